//! The word that was meant: near matches for names that do not exist.

/// The candidate nearest to `word`, when it is near enough to be what was meant: a few letters
/// off, or beginning with all of it.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = word.to_lowercase().chars().collect();
    let limit = (word.len() / 3).clamp(1, 4);
    let mut best: Option<(usize, &'a str)> = None;
    let mut other: Vec<char> = Vec::new();
    for candidate in candidates {
        other.clear();
        other.extend(candidate.chars().flat_map(char::to_lowercase));
        let begins = word.len() >= 3 && other.starts_with(&word);
        let distance = match distance(&word, &other, limit) {
            Some(distance) => distance,
            None if begins => other.len() - word.len(),
            None => continue,
        };
        if best.is_none_or(|best| (distance, candidate) < best) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// The number of single-character edits between two words, a swap of neighbours counting as one;
/// nothing if there are more than `limit`.
fn distance(a: &[char], b: &[char], limit: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        for (j, y) in b.iter().enumerate() {
            let mut best = (above[j] + usize::from(x != y)).min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        if row.iter().chain(&above).all(|cell| *cell > limit) {
            return None;
        }
        before = above;
        above = row;
    }
    above.last().copied().filter(|distance| *distance <= limit)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_what_was_meant() {
        let words = ["depends", "no-transaction", "lock-timeout", "statement-timeout"];
        assert_eq!(nearest("depend", words), Some("depends"));
        assert_eq!(nearest("lock-timout", words), Some("lock-timeout"));
        assert_eq!(nearest("no_transaction", words), Some("no-transaction"));
        assert_eq!(nearest("dpeends", words), Some("depends"));
        assert_eq!(nearest("wibble", words), None);
    }
}

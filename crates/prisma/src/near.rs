//! The word that was meant.

/// ``; did you mean `x`?`` when one of the candidates is a letter or two away, else nothing.
pub(crate) fn hint<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    let limit = (word.chars().count() / 3).clamp(1, 3);
    let best = candidates
        .into_iter()
        .map(|candidate| (distance(&word.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min();
    best.map(|(_, candidate)| format!("; did you mean `{candidate}`?")).unwrap_or_default()
}

fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let best = (above[j] + usize::from(x != *y)).min(above[j + 1] + 1).min(row[j] + 1);
            row.push(best);
        }
        above = row;
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::hint;

    #[test]
    fn says_what_was_meant_and_nothing_else() {
        assert_eq!(hint("Strin", ["String", "Int"]), "; did you mean `String`?");
        assert_eq!(hint("string", ["String", "Int"]), "; did you mean `String`?");
        assert_eq!(hint("Wibble", ["String", "Int"]), "");
    }
}

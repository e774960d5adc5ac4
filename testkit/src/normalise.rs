//! Output without what differs from run to run.

/// Replaces what changes between runs by words, for snapshots: each of
/// `known` (a literal and its name, as a temporary path and `<dir>`), then
/// timestamps, durations, ports of 127.0.0.1, process ids, UUIDs and long
/// hexadecimal hashes.
#[must_use]
pub fn normalise(text: &str, known: &[(&str, &str)]) -> String {
    let mut text = text.replace("\r\n", "\n");
    let mut known: Vec<_> = known.iter().filter(|(literal, _)| !literal.is_empty()).collect();
    // The longest first: a path before the path above it.
    known.sort_by_key(|(literal, _)| std::cmp::Reverse(literal.len()));
    for (literal, name) in known {
        text = text.replace(literal, name);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    let mut previous = ' ';
    while let Some(c) = rest.chars().next() {
        let starts_word = !previous.is_ascii_alphanumeric() && previous != '_';
        let found = if starts_word { replacement(rest, &out) } else { None };
        let taken = match found {
            Some((taken, name)) => {
                out.push_str(name);
                taken
            }
            None => {
                out.push(c);
                c.len_utf8()
            }
        };
        previous = rest.get(..taken).and_then(|t| t.chars().last()).unwrap_or(' ');
        rest = rest.get(taken..).unwrap_or_default();
    }
    out
}

/// How much of `rest` to replace by what.
fn replacement(rest: &str, before: &str) -> Option<(usize, &'static str)> {
    timestamp(rest)
        .map(|n| (n, "<time>"))
        .or_else(|| uuid(rest).map(|n| (n, "<uuid>")))
        .or_else(|| hash(rest).map(|n| (n, "<hash>")))
        .or_else(|| duration(rest).map(|n| (n, "<duration>")))
        .or_else(|| after(before, rest, &["127.0.0.1:", "localhost:", "port ", "port="]).map(|n| (n, "<port>")))
        .or_else(|| after(before, rest, &["pid ", "pid=", "pid: ", "process ", "PID "]).map(|n| (n, "<pid>")))
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

fn after(before: &str, rest: &str, words: &[&str]) -> Option<usize> {
    let n = digits(rest);
    (n > 0 && words.iter().any(|word| before.ends_with(word))).then_some(n)
}

/// Matches a pattern of `0` for a digit, `x` for a hexadecimal one.
fn pattern(text: &str, pattern: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let matches = pattern.bytes().enumerate().all(|(i, p)| match (p, bytes.get(i)) {
        (b'0', Some(b)) => b.is_ascii_digit(),
        (b'x', Some(b)) => b.is_ascii_hexdigit(),
        (p, Some(b)) => p == *b,
        (_, None) => false,
    });
    matches.then_some(pattern.len())
}

fn timestamp(text: &str) -> Option<usize> {
    let mut n = pattern(text, "0000-00-00T00:00").or_else(|| pattern(text, "0000-00-00 00:00"))?;
    n += pattern(text.get(n..)?, ":00").unwrap_or(0);
    let rest = text.get(n..)?;
    if let Some(fraction) = rest.strip_prefix('.') {
        n += 1 + digits(fraction);
    }
    let rest = text.get(n..)?;
    let zone = ["Z", " UTC"]
        .iter()
        .find(|zone| rest.starts_with(**zone))
        .map(|zone| zone.len())
        .or_else(|| pattern(rest, "+00:00").or_else(|| pattern(rest, "-00:00")))
        .or_else(|| pattern(rest, "+00").or_else(|| pattern(rest, "-00")));
    Some(n + zone.unwrap_or(0))
}

fn uuid(text: &str) -> Option<usize> {
    pattern(text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")
}

/// 12 hexadecimal digits and more, of which not all are digits.
fn hash(text: &str) -> Option<usize> {
    let n = text.bytes().take_while(u8::is_ascii_hexdigit).count();
    let all_digits = digits(text) >= n;
    let ends = text.as_bytes().get(n).is_none_or(|b| !b.is_ascii_alphanumeric() && *b != b'_');
    (n >= 12 && ends && (!all_digits || n >= 40)).then_some(n)
}

/// `12 ms`, `1.5s`, `3 min`, `2m 5s` stays two.
fn duration(text: &str) -> Option<usize> {
    let whole = digits(text);
    if whole == 0 {
        return None;
    }
    let mut n = whole;
    if let Some(fraction) = text.get(n..)?.strip_prefix('.') {
        let places = digits(fraction);
        if places > 0 {
            n += 1 + places;
        }
    }
    let rest = text.get(n..)?;
    let gap = usize::from(rest.starts_with(' '));
    let unit = rest.get(gap..)?;
    for name in ["ms", "µs", "us", "ns", "min", "s", "m", "h"] {
        if let Some(behind) = unit.strip_prefix(name)
            && !behind.starts_with(|c: char| c.is_alphanumeric() || c == '_')
        {
            return Some(n + gap + name.len());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::normalise;

    #[test]
    fn what_changes_is_named_and_the_rest_stays() {
        let text = "applied 001_users in 12 ms at 2026-11-21T12:00:00.123Z\r\n\
            /tmp/x1/db/file of /tmp/x1, process 4711 on 127.0.0.1:40123 took 1.5s\n\
            9f86d081884c7d659a2feaa0c55ad015 and 9b2c7e52-7d3e-4a51-9a9b-1f2e3d4c5b6a\n\
            20250101120000_name has 3 statements, version 15.20, 2026-11-21 12:00:00+00";
        assert_eq!(
            normalise(text, &[("/tmp/x1", "<dir>"), ("/tmp/x1/db", "<db>")]),
            "applied 001_users in <duration> at <time>\n\
             <db>/file of <dir>, process <pid> on 127.0.0.1:<port> took <duration>\n\
             <hash> and <uuid>\n\
             20250101120000_name has 3 statements, version 15.20, <time>"
        );
    }
}

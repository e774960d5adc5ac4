//! Expected lines against printed ones.

/// What differs, for reading; nothing when all is as expected.
pub(crate) fn difference(expected: &[String], actual: &[String]) -> Option<String> {
    if matches(expected, actual) {
        return None;
    }
    let show = |lines: &[String], mark: char| lines.iter().map(|l| format!("  {mark} {l}\n")).collect::<String>();
    Some(format!("{}{}", show(expected, '-'), show(actual, '+')))
}

fn matches(expected: &[String], actual: &[String]) -> bool {
    match (expected.split_first(), actual.split_first()) {
        (None, None) => true,
        (Some((e, rest)), _) if e == "..." => {
            matches(rest, actual) || actual.split_first().is_some_and(|(_, behind)| matches(expected, behind))
        }
        (Some((e, expected)), Some((a, actual))) => line_matches(e, a) && matches(expected, actual),
        _ => false,
    }
}

fn line_matches(expected: &str, actual: &str) -> bool {
    let mut parts = expected.split("[..]");
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = actual.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(part) = last.replace(part) {
            let Some(at) = rest.find(part) else { return false };
            rest = &rest[at + part.len()..];
        }
    }
    match last {
        None => rest.is_empty(),
        Some(last) => rest.ends_with(last),
    }
}

#[test]
fn wildcards() {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    for (expected, actual, same) in [
        ("a\nb", "a\nb", true),
        ("a\n...", "a\nb\nc", true),
        ("...\nc", "a\nb\nc", true),
        ("...\nd", "a\nb\nc", false),
        ("a [..] c", "a b c", true),
        ("a [..] c", "a b d", false),
        ("a [..]", "b", false),
        ("a", "a b", false),
    ] {
        assert_eq!(difference(&lines(expected), &lines(actual)).is_none(), same, "{expected} / {actual}");
    }
}

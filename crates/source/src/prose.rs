//! Dependencies that a header states in prose.
//!
//! `Requires migration 004 (adds the audit table)` clearly names a migration; `Requires PostgreSQL
//! 13` does not. Only what is clear is taken: a whole id or file name, a number with a zero in
//! front, or a number that follows a word like "migration". What stands in parentheses explains,
//! and a sentence with a "not" in it says something else.

use crate::number::{digit_run, digits};

/// A migration that prose names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mention {
    /// As written, without punctuation.
    pub(crate) text: String,
    /// Whether it can be nothing but a migration, so that its absence deserves a warning.
    pub(crate) certain: bool,
}

/// Finds the migrations that a text says it requires. `known` tells whether a name is one.
pub(crate) fn mentions(text: &str, known: &dyn Fn(&str) -> bool) -> Vec<Mention> {
    let mut found: Vec<Mention> = Vec::new();
    let plain = without_parentheses(text);
    for sentence in plain.split(['\n', ';']).flat_map(|line| line.split(". ")) {
        if is_negative(sentence) {
            continue;
        }
        let mut announced = false;
        for raw in sentence.split([' ', '\t', ',', '/', '+']).filter(|word| !word.is_empty()) {
            let word = raw.trim_matches(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'));
            let word = word.trim_matches('-');
            let word = word.rsplit('/').next().unwrap_or(word);
            let word = word.strip_suffix(".sql").unwrap_or(word);
            if word.is_empty() {
                announced |= raw == "#";
                continue;
            }
            let lower = word.to_ascii_lowercase();
            if ANNOUNCING.contains(&lower.as_str()) {
                announced = true;
                continue;
            }
            if matches!(lower.as_str(), "and" | "or" | "to" | "through" | "the") {
                continue;
            }
            if let Some(mention) = mention(word, announced, known) {
                if !found.iter().any(|earlier| earlier.text == mention.text) {
                    found.push(mention);
                }
            } else {
                announced = false;
            }
        }
    }
    found
}

const ANNOUNCING: &[&str] = &[
    "migration",
    "migrations",
    "requires",
    "require",
    "required",
    "needs",
    "after",
    "depends",
    "on",
    "of",
    "dependencies",
    "dependency",
];

fn mention(word: &str, announced: bool, known: &dyn Fn(&str) -> bool) -> Option<Mention> {
    let run = digit_run(word);
    let all_digits = run == word.len();
    if all_digits {
        digits(word)?;
        let padded = word.starts_with('0') && word.len() >= 2;
        let certain = padded || announced;
        return (certain || (word.len() >= 8 && known(word))).then(|| Mention { text: word.to_owned(), certain });
    }
    // `003_add_x`, `V1.2__x`, `R__views`; a word that merely is a migration's name is not clear.
    let named = run >= 1 && word[run..].starts_with(['_', '-']) && word.len() > run + 1;
    let is_range = named && digits(word[run..].trim_start_matches(['_', '-'])).is_some();
    if named && !is_range {
        return Some(Mention { text: word.to_owned(), certain: run >= 3 })
            .filter(|mention| mention.certain || known(&mention.text));
    }
    if is_range && announced {
        // `001-003`: the last of them comes after the others.
        let last = word.rsplit(['-', '_']).next()?;
        return Some(Mention { text: last.to_owned(), certain: true });
    }
    (word.contains("__") && known(word)).then(|| Mention { text: word.to_owned(), certain: true })
}

fn is_negative(sentence: &str) -> bool {
    sentence.split(|c: char| !c.is_alphanumeric() && c != '\'').any(|word| {
        matches!(
            word.to_ascii_lowercase().as_str(),
            "not"
                | "no"
                | "none"
                | "before"
                | "independent"
                | "replaces"
                | "supersedes"
                | "never"
                | "without"
                | "doesn't"
                | "don't"
                | "optional"
                | "optionally"
        )
    })
}

fn without_parentheses(text: &str) -> String {
    let mut depth = 0_usize;
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::mentions;

    fn named(text: &str) -> Vec<String> {
        let known = |word: &str| matches!(word, "V1__init" | "20240215120000" | "7_add");
        mentions(text, &known).into_iter().map(|mention| mention.text).collect()
    }

    #[test]
    fn takes_what_is_clear() {
        assert_eq!(named("Requires migration 004 (record_audit from 002)"), ["004"]);
        assert_eq!(named("Requires 002, 003"), ["002", "003"]);
        assert_eq!(named("Migrations 2 and 5 must have run"), ["2", "5"]);
        assert_eq!(named("003_add_tamper_detection"), ["003_add_tamper_detection"]);
        assert_eq!(named("- 001_initial_schema.sql\n- 7_add"), ["001_initial_schema", "7_add"]);
        assert_eq!(named("migrations 001-003"), ["003"]);
        assert_eq!(named("V1__init"), ["V1__init"]);
        assert_eq!(named("after 20240215120000"), ["20240215120000"]);
        assert_eq!(named("database/migrations/001_initial.sql"), ["001_initial"]);
    }

    #[test]
    fn leaves_the_rest() {
        for text in [
            "None",
            "N/A",
            "Requires PostgreSQL 13 or later",
            "pgcrypto 1.3",
            "must run before migration 007",
            "does not require 002",
            "List any prerequisite migrations or conditions",
            "Table record_audit with 12 columns",
            "RFC 3161",
            "TICKET-001",
        ] {
            assert!(named(text).is_empty(), "{text}: {:?}", named(text));
        }
    }
}

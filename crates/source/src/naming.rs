//! Names of new migrations, and rules about names.

use std::fmt;

use crate::number::{Number, is_date};
use crate::set::{Migration, MigrationSet};

/// What stands before a migration's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameFormat {
    /// `001`
    Numbered,
    /// `20240215120000`
    Timestamp,
}

/// How the words of a name are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameCase {
    /// `add_patient_email_index`
    Snake,
    /// `add-patient-email-index`
    Kebab,
    /// Nothing is required.
    Any,
}

/// What the names of migrations must look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamingRules {
    /// How words are written.
    pub case: NameCase,
    /// The words a name may start with; none means any.
    pub starts_with_verb: Vec<String>,
    /// The most characters a name may have, without the number.
    pub max_len: Option<usize>,
    /// What stands before the name.
    pub format: NameFormat,
}

impl Default for NamingRules {
    /// The medical-record document: snake case, a verb first, at most 50 characters.
    fn default() -> Self {
        Self {
            case: NameCase::Snake,
            starts_with_verb: VERBS.iter().map(|verb| (*verb).to_owned()).collect(),
            max_len: Some(50),
            format: NameFormat::Numbered,
        }
    }
}

/// A way in which a name breaks the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameProblem {
    /// It is empty.
    Empty,
    /// It is not written in the required case; how it would be.
    Case {
        /// The name in the right case.
        suggestion: String,
        /// The case.
        case: NameCase,
    },
    /// It does not start with one of the verbs.
    Verb {
        /// The word it starts with.
        word: String,
        /// The verb that was probably meant.
        near: Option<String>,
        /// The verbs.
        verbs: Vec<String>,
    },
    /// It is too long.
    Length {
        /// Its length in characters.
        len: usize,
        /// The most allowed.
        max: usize,
    },
    /// Its number is not of the required format.
    Format {
        /// The format.
        expected: NameFormat,
    },
}

impl fmt::Display for NameProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the name is empty"),
            Self::Case { suggestion, case } => {
                let case = match case {
                    NameCase::Snake => "snake_case",
                    NameCase::Kebab => "kebab-case",
                    NameCase::Any => "any case",
                };
                write!(f, "the name is not in {case}: write `{suggestion}`")
            }
            Self::Verb { word, near, verbs } => {
                write!(f, "the name starts with `{word}`, not with one of {}", verbs.join(", "))?;
                match near {
                    Some(near) => write!(f, "; did you mean `{near}`?"),
                    None => Ok(()),
                }
            }
            Self::Length { len, max } => {
                write!(f, "the name has {len} characters, more than {max}")
            }
            Self::Format { expected: NameFormat::Numbered } => {
                f.write_str("the name starts with a time, not with a number")
            }
            Self::Format { expected: NameFormat::Timestamp } => {
                f.write_str("the name starts with a number, not with a time of 14 digits")
            }
        }
    }
}

impl NamingRules {
    /// What is wrong with a name (without its number).
    pub fn check(&self, name: &str) -> Vec<NameProblem> {
        if name.is_empty() {
            return vec![NameProblem::Empty];
        }
        let mut problems = Vec::new();
        let separator = if self.case == NameCase::Kebab { '-' } else { '_' };
        if self.case != NameCase::Any && !is_cased(name, separator) {
            let suggestion = words(name, separator);
            problems.push(NameProblem::Case { suggestion, case: self.case });
        }
        let word = name.split(['_', '-', ' ']).next().unwrap_or(name).to_lowercase();
        if !self.starts_with_verb.is_empty() && !self.starts_with_verb.contains(&word) {
            let verbs = self.starts_with_verb.iter().map(String::as_str);
            problems.push(NameProblem::Verb {
                near: crate::near::nearest(&word, verbs).map(str::to_owned),
                word,
                verbs: self.starts_with_verb.clone(),
            });
        }
        let len = name.chars().count();
        if let Some(max) = self.max_len.filter(|max| len > *max) {
            problems.push(NameProblem::Length { len, max });
        }
        problems
    }

    /// What is wrong with a migration's name and number. The first migration of a history may
    /// have any verb (`initial_schema`).
    pub fn check_migration(&self, migration: &Migration, is_first: bool) -> Vec<NameProblem> {
        let mut problems = self.check(&migration.name);
        if is_first {
            problems.retain(|problem| !matches!(problem, NameProblem::Verb { .. }));
        }
        let single = migration.number.as_ref().and_then(Number::single);
        let is_time = single.is_some_and(|number| is_timestamp(&number.to_string()));
        let expected_time = self.format == NameFormat::Timestamp;
        if !migration.repeatable && is_time != expected_time {
            problems.push(NameProblem::Format { expected: self.format });
        }
        problems
    }
}

/// A title as a name: `Add patient's e-mail index!` becomes `add_patients_e_mail_index`.
pub fn slugify(title: &str) -> String {
    words(title, '_')
}

/// The number for a new migration: one above the greatest, with as many digits as the others are
/// padded to. An empty history starts with `001`.
///
/// Dates and timestamps are passed over where there are plain numbers too; where there are none
/// but they, there is no next number: pass the time to [`timestamp_id`] instead.
pub fn next_number(set: &MigrationSet) -> Option<String> {
    let plain = |migration: &&Migration| {
        let single = migration.number.as_ref().and_then(Number::single);
        single.is_some_and(|number| !starts_with_date(&number.to_string()))
    };
    let of = |migration: &Migration| migration.number.as_ref().and_then(Number::single);
    let greatest = set.versioned().filter(plain).max_by_key(|migration| of(migration));
    let Some(greatest) = greatest else {
        let others = set.versioned().next().is_some();
        return (!others).then(|| "001".to_owned());
    };
    let next = of(greatest)?.checked_add(1)?;
    // As written: the id of a folder is its whole name.
    let written = |migration: &Migration| {
        let digits = |c: &char| c.is_ascii_digit();
        migration.id.trim_start_matches(['V', 'v']).chars().take_while(digits).collect::<String>()
    };
    let padded = set.versioned().filter(plain).any(|migration| written(migration).starts_with('0'));
    let width = if padded {
        set.versioned().filter(plain).map(|migration| written(migration).len()).max().unwrap_or(0)
    } else if of(greatest)? >= 100 {
        written(greatest).len()
    } else {
        0
    };
    Some(format!("{next:0width$}"))
}

/// The id of a migration made at a time, given as the digits `YYYYMMDDHHMMSS`, moved on second by
/// second (as a number) until it sorts after every other of the set.
pub fn timestamp_id(set: &MigrationSet, now: &str) -> Option<String> {
    let now: u128 = is_timestamp(now).then(|| now.parse().ok())??;
    let last = set
        .versioned()
        .filter_map(|migration| migration.number.as_ref()?.parts().first().copied())
        .filter(|number| is_timestamp(&number.to_string()))
        .max();
    let next = match last {
        Some(last) if last >= now => last.checked_add(1)?,
        _ => now,
    };
    Some(next.to_string())
}

const VERBS: &[&str] = &[
    "add",
    "remove",
    "update",
    "rename",
    "create",
    "drop",
    "alter",
    "change",
    "delete",
    "insert",
    "move",
    "merge",
    "split",
    "enable",
    "disable",
    "grant",
    "revoke",
    "revert",
    "set",
    "backfill",
    "migrate",
    "convert",
    "fix",
    "replace",
    "validate",
    "make",
    "index",
    "partition",
    "seed",
];

fn is_timestamp(text: &str) -> bool {
    text.len() == 14 && starts_with_date(text)
}

fn starts_with_date(text: &str) -> bool {
    text.len() >= 8 && text.bytes().all(|byte| byte.is_ascii_digit()) && text.get(..8).is_some_and(is_date)
}

fn is_cased(name: &str, separator: char) -> bool {
    name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == separator)
        && !name.starts_with(separator)
        && !name.ends_with(separator)
        && !name.contains(&format!("{separator}{separator}"))
}

/// The words of a text in lower case; camel case is taken apart, accents and marks are dropped.
fn words(text: &str, separator: char) -> String {
    let mut out = String::new();
    let mut lower_before = false;
    for c in text.chars() {
        if matches!(c, '\'' | '’') {
            continue;
        }
        if !c.is_alphanumeric() {
            lower_before = false;
            if !out.is_empty() && !out.ends_with(separator) {
                out.push(separator);
            }
            continue;
        }
        if c.is_uppercase() && lower_before {
            out.push(separator);
        }
        lower_before = c.is_lowercase() || c.is_ascii_digit();
        match plain(c) {
            Some(plain) => out.push_str(plain),
            None => out.extend(c.to_lowercase().filter(char::is_ascii_alphanumeric)),
        }
    }
    out.trim_matches(separator).to_owned()
}

/// The usual way to write a letter of the Latin alphabet without its mark.
fn plain(c: char) -> Option<&'static str> {
    let lower = c.to_lowercase().next()?;
    Some(match lower {
        'ä' | 'æ' => "ae",
        'ö' | 'ø' | 'œ' => "oe",
        'ü' => "ue",
        'ß' => "ss",
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ā' | 'ą' => "a",
        'ç' | 'ć' | 'č' => "c",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' => "e",
        'ì' | 'í' | 'î' | 'ï' => "i",
        'ł' => "l",
        'ñ' | 'ń' => "n",
        'ò' | 'ó' | 'ô' | 'õ' => "o",
        'ś' | 'š' => "s",
        'ù' | 'ú' | 'û' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_names() {
        for (title, name) in [
            ("Add patient's e-mail index!", "add_patients_e_mail_index"),
            ("addVitalSigns", "add_vital_signs"),
            ("  create  Table  ", "create_table"),
            ("Größe ändern", "groesse_aendern"),
            ("drop v2", "drop_v2"),
            ("!!!", ""),
        ] {
            assert_eq!(slugify(title), name, "{title}");
        }
    }

    #[test]
    fn judges_names() {
        let rules = NamingRules::default();
        assert_eq!(rules.check("add_patient_email_index"), []);
        assert_eq!(rules.check(""), [NameProblem::Empty]);
        let told: Vec<String> = rules.check("AddThing").iter().map(ToString::to_string).collect();
        assert!(told.iter().any(|t| t.contains("snake_case: write `add_thing`")), "{told:?}");
        let told: Vec<String> = rules.check("crate_table").iter().map(ToString::to_string).collect();
        assert!(told.iter().any(|t| t.contains("did you mean `create`?")), "{told:?}");
        let long = format!("add_{}", "x".repeat(60));
        assert_eq!(rules.check(&long), [NameProblem::Length { len: 64, max: 50 }]);
    }
}

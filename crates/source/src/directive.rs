//! `-- surefoot: ...`: what a file asks of the engine.
//!
//! One directive on a comment line, any number of lines, anywhere in the file.

use std::time::Duration;

use crate::duration::parse_duration;
use crate::near::nearest;
use crate::sqltext::Comment;

/// Another role to run a migration under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The role or URL that the project configures for what the ordinary one may not do.
    Elevated,
}

/// The part a migration plays in a change made without downtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Adds what the new application needs; the old one still works.
    Expand,
    /// Moves the data.
    Migrate,
    /// Takes away what only the old application needed.
    Contract,
}

impl Phase {
    /// As written in a directive.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Expand => "expand",
            Self::Migrate => "migrate",
            Self::Contract => "contract",
        }
    }
}

/// A reference to another migration, with the line it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// As written.
    pub text: String,
    /// The line in the file.
    pub line: usize,
}

/// A migration that a checkpoint stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// Its id.
    pub id: String,
    /// The hash of its file when the checkpoint was made, as lower-case hex.
    pub sha256: String,
    /// Its file, relative to the project.
    pub path: String,
    /// The line of the checkpoint that says so.
    pub line: usize,
}

/// All directives of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directives {
    /// `depends 002 003`
    pub depends: Vec<Reference>,
    /// `no-transaction`
    pub no_transaction: bool,
    /// `role elevated`
    pub role: Option<Role>,
    /// `lock-timeout 2s`; zero is none.
    pub lock_timeout: Option<Duration>,
    /// `statement-timeout 10min`; zero is none.
    pub statement_timeout: Option<Duration>,
    /// `phase expand`
    pub phase: Option<Phase>,
    /// `environments production staging`; empty is all.
    pub environments: Vec<String>,
    /// `owner cds-team`
    pub owner: Option<String>,
    /// `retry 5`
    pub retry: Option<u32>,
    /// `drop-data`: what the file drops is not kept in the attic.
    pub drop_data: bool,
    /// `replaces 001 1f2e... migrations/001_first.sql`, in a checkpoint.
    pub replaces: Vec<Replaced>,
}

impl Directives {
    /// Whether the file asks for nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A directive that cannot be obeyed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    Unknown { line: usize, name: String, near: Option<String> },
    Bad { line: usize, name: String, reason: String },
}

/// The names of all directives.
pub const DIRECTIVE_NAMES: [&str; 11] = [
    "depends",
    "no-transaction",
    "role",
    "lock-timeout",
    "statement-timeout",
    "phase",
    "environments",
    "owner",
    "retry",
    "drop-data",
    "replaces",
];

/// Whether a line of a comment is meant for Surefoot.
pub(crate) fn is_directive(text: &str) -> bool {
    body(text).is_some()
}

/// Reads the directives out of a file's comments.
///
/// `in_down` refuses those that say something about the migration and not about its rollback.
pub(crate) fn parse(comments: &[Comment<'_>], in_down: bool) -> (Directives, Vec<Fault>) {
    let mut reader = Reader { in_down, ..Reader::default() };
    for comment in comments {
        if !comment.text.as_bytes().windows(8).any(|word| word.eq_ignore_ascii_case(b"surefoot")) {
            continue;
        }
        for (offset, raw) in comment.text.split('\n').enumerate() {
            let text = raw.trim();
            let text = if comment.block { text.trim_start_matches('*').trim_start() } else { text };
            if let Some(body) = body(text) {
                reader.line(body, comment.line + offset);
            }
        }
    }
    (reader.directives, reader.faults)
}

/// What follows `surefoot:`; also without the colon, when a directive's name follows.
fn body(text: &str) -> Option<Result<&str, &str>> {
    let head = text.get(..8)?;
    let rest = text.get(8..)?;
    if !head.eq_ignore_ascii_case("surefoot") {
        return None;
    }
    if let Some(rest) = rest.trim_start().strip_prefix(':') {
        return Some(Ok(rest.trim()));
    }
    let word = rest.trim_start_matches(['=', '-', ' ']).split_whitespace().next()?;
    (rest.starts_with([' ', '=', '-']) && DIRECTIVE_NAMES.contains(&word)).then_some(Err(word))
}

#[derive(Default)]
struct Reader {
    directives: Directives,
    faults: Vec<Fault>,
    seen: Vec<(String, usize)>,
    in_down: bool,
}

impl Reader {
    fn line(&mut self, body: Result<&str, &str>, line: usize) {
        let body = match body {
            Ok(body) => body,
            Err(word) => {
                let reason = format!("the colon is missing; write `surefoot: {word}`");
                self.faults.push(Fault::Bad { line, name: word.to_owned(), reason });
                return;
            }
        };
        let (name, value) = body.split_once(char::is_whitespace).unwrap_or((body, ""));
        if !DIRECTIVE_NAMES.contains(&name) {
            let near = nearest(name, DIRECTIVE_NAMES).map(str::to_owned);
            self.faults.push(Fault::Unknown { line, name: name.to_owned(), near });
            return;
        }
        if let Err(reason) = self.obey(name, value.trim(), line) {
            self.faults.push(Fault::Bad { line, name: name.to_owned(), reason });
        }
    }

    fn obey(&mut self, name: &str, value: &str, line: usize) -> Result<(), String> {
        if self.in_down && matches!(name, "depends" | "phase" | "environments" | "owner" | "drop-data" | "replaces") {
            return Err("belongs in the migration, not in its rollback".to_owned());
        }
        let several = matches!(name, "depends" | "environments" | "replaces");
        if let Some((_, first)) = self.seen.iter().find(|(seen, _)| seen == name && !several) {
            return Err(format!("is given twice; first in line {first}"));
        }
        self.seen.push((name.to_owned(), line));
        let directives = &mut self.directives;
        match name {
            "depends" => {
                let texts = words(value)?;
                let references = texts.into_iter().map(|text| Reference { text: text.to_owned(), line });
                directives.depends.extend(references);
            }
            "no-transaction" => {
                if !value.is_empty() {
                    return Err(format!("takes no value, but `{value}` follows"));
                }
                directives.no_transaction = true;
            }
            "drop-data" => {
                if !value.is_empty() {
                    return Err(format!("takes no value, but `{value}` follows"));
                }
                directives.drop_data = true;
            }
            "role" => {
                directives.role = Some(match one(value)? {
                    "elevated" => Role::Elevated,
                    other => return Err(not_one_of(other, &["elevated"])),
                });
            }
            "lock-timeout" => directives.lock_timeout = Some(parse_duration(value)?),
            "statement-timeout" => directives.statement_timeout = Some(parse_duration(value)?),
            "phase" => {
                directives.phase = Some(match one(value)? {
                    "expand" => Phase::Expand,
                    "migrate" => Phase::Migrate,
                    "contract" => Phase::Contract,
                    other => return Err(not_one_of(other, &["expand", "migrate", "contract"])),
                });
            }
            "environments" => {
                directives.environments.extend(words(value)?.into_iter().map(str::to_owned));
            }
            "owner" => directives.owner = Some(one(value)?.to_owned()),
            "retry" => {
                let count = one(value)?;
                let count = count.parse().map_err(|_| format!("`{count}` is not a count"))?;
                directives.retry = Some(count);
            }
            "replaces" => {
                let [id, sha256, path] = words(value)?[..] else {
                    return Err("needs the id of a migration, the SHA-256 of its file and its path".to_owned());
                };
                let replaced = Replaced { id: id.into(), sha256: sha256.into(), path: path.into(), line };
                directives.replaces.push(replaced);
            }
            _ => return Err("is not known here".to_owned()),
        }
        Ok(())
    }
}

/// Words parted by spaces or commas; a word with spaces in it stands in double quotes.
fn words(value: &str) -> Result<Vec<&str>, String> {
    let mut words = Vec::new();
    let mut rest = value.trim_start_matches(APART);
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').ok_or_else(|| "has an open quote".to_owned())?,
            None => rest.split_at(rest.find(APART).unwrap_or(rest.len())),
        };
        words.push(word);
        rest = after.trim_start_matches(APART);
    }
    if words.is_empty() { Err("needs at least one value".to_owned()) } else { Ok(words) }
}

const APART: [char; 3] = [' ', '\t', ','];

fn one(value: &str) -> Result<&str, String> {
    let mut words = value.split_whitespace();
    match (words.next(), words.next()) {
        (Some(word), None) => Ok(word),
        (None, _) => Err("needs a value".to_owned()),
        (Some(_), Some(second)) => Err(format!("takes one value, but `{second}` follows")),
    }
}

fn not_one_of(value: &str, allowed: &[&str]) -> String {
    let near =
        nearest(value, allowed.iter().copied()).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    format!("`{value}` is not one of {}{near}", allowed.join(", "))
}

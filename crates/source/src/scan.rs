//! One file, read once: its hash, its header, its directives.

use sha2::{Digest, Sha256};

use crate::dir::Dir;
use crate::directive::{self, Directives, Fault};
use crate::error::Problem;
use crate::header::{self, Header};
use crate::sqltext::{self, Comment, Include};

/// A file as it was when it was read. Its text is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRef {
    /// Relative to the project.
    pub path: String,
    /// SHA-256 of the bytes, as lower-case hex.
    pub sha256: String,
    /// The size.
    pub bytes: u64,
}

/// The SHA-256 of bytes, as lower-case hex: what [`FileRef::sha256`] holds.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// What one reading of a file gave.
#[derive(Debug)]
pub(crate) struct Scan {
    pub(crate) file: FileRef,
    pub(crate) header: Header,
    pub(crate) directives: Directives,
    pub(crate) includes: Vec<Include>,
    pub(crate) has_effect: bool,
    pub(crate) problems: Vec<Problem>,
}

impl Scan {
    /// What stands in for a file that cannot be read: the migration is still there, so that
    /// nothing else is reported missing because of it.
    pub(crate) fn failed(path: &str, problem: Problem) -> Self {
        Self {
            file: FileRef { path: path.to_owned(), sha256: String::new(), bytes: 0 },
            header: Header::default(),
            directives: Directives::default(),
            includes: Vec::new(),
            has_effect: true,
            problems: vec![problem],
        }
    }
}

/// Reads a file. `in_down` says that it is a rollback.
pub(crate) fn scan(dir: &dyn Dir, path: &str, in_down: bool) -> Result<Scan, Problem> {
    let bytes =
        dir.read(path).map_err(|error| Problem::Unreadable { path: path.to_owned(), reason: error.to_string() })?;
    let file = FileRef { path: path.to_owned(), sha256: sha256_hex(&bytes), bytes: bytes.len() as u64 };
    let text = text_of(path, &bytes)?;
    let outline = sqltext::outline(text);
    let (directives, faults) = directive::parse(&outline.comments, in_down);
    let mut problems: Vec<Problem> = faults.into_iter().map(|fault| fault_problem(path, fault)).collect();
    problems.extend(foreign_sections(path, &outline.comments));
    Ok(Scan {
        file,
        header: header::parse(&outline.comments),
        directives,
        includes: outline.includes,
        has_effect: outline.has_effect,
        problems,
    })
}

/// The text of a file, without its byte order mark.
pub(crate) fn text_of<'a>(path: &str, bytes: &'a [u8]) -> Result<&'a str, Problem> {
    let line_of = |offset: usize| {
        let before = bytes.get(..offset).unwrap_or_default();
        1 + before.iter().filter(|byte| **byte == b'\n').count()
    };
    if let Some(offset) = bytes.iter().position(|byte| *byte == 0) {
        return Err(Problem::NulByte { path: path.to_owned(), line: line_of(offset), offset });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let offset = error.valid_up_to();
        Problem::NotUtf8 {
            path: path.to_owned(),
            line: line_of(offset),
            offset,
            byte: bytes.get(offset).copied().unwrap_or_default(),
        }
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

fn fault_problem(path: &str, fault: Fault) -> Problem {
    let path = path.to_owned();
    match fault {
        Fault::Unknown { line, name, near } => Problem::UnknownDirective { path, line, name, near },
        Fault::Bad { line, name, reason } => Problem::BadDirective { path, line, name, reason },
    }
}

/// The marks of tools that keep up and down in one file. Run as one migration, such a file would
/// undo itself.
fn foreign_sections(path: &str, comments: &[Comment<'_>]) -> Option<Problem> {
    comments.iter().find_map(|comment| {
        let text = comment.text.trim();
        let mut words = text.split_whitespace();
        let tool = match (words.next()?, words.next()) {
            ("migrate:up" | "migrate:down", _) => "dbmate",
            ("+goose", Some(word)) if is_direction(word) => "goose",
            ("+migrate", Some(word)) if is_direction(word) => "sql-migrate",
            ("--", Some("create")) if text.contains("drop below") => "tern",
            _ => return None,
        };
        Some(Problem::ForeignSections { path: path.to_owned(), line: comment.line, tool, marker: text.to_owned() })
    })
}

fn is_direction(word: &str) -> bool {
    word.eq_ignore_ascii_case("up") || word.eq_ignore_ascii_case("down")
}

//! The comment at the head of a file, as metadata.
//!
//! Teams write `-- Key: value` in several styles. A value may stand on the lines below its key;
//! it ends at the next key, at a rule (`=====`), at an empty comment line that no text follows, or
//! where the comment block ends.

use crate::number::{digit_run, digits};
use crate::sqltext::Comment;

/// One `Key: value` of a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderField {
    /// As written, without the colon.
    pub key: String,
    /// The text, its lines joined by `\n`; may be empty.
    pub value: String,
    /// The line of the key.
    pub line: usize,
}

/// All fields of a header, in the order they stand in the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// Known and unknown fields alike.
    pub fields: Vec<HeaderField>,
}

impl Header {
    /// The value of the first field with this key, whatever its case, unless it is empty.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.field(key).map(|field| field.value.as_str())
    }

    /// The first field with this key that has a value.
    pub fn field(&self, key: &str) -> Option<&HeaderField> {
        self.fields.iter().find(|field| field.key.eq_ignore_ascii_case(key) && !field.value.is_empty())
    }

    /// The title: `Title:`, or what follows the number in `Migration: 007 - Title`.
    pub fn title(&self) -> Option<&str> {
        self.get("title").or_else(|| self.numbered().and_then(|(_, title)| title))
    }

    /// The number the header gives itself, as written: `Number: 007`, `Migration: 007 - Title`.
    pub fn number(&self) -> Option<&str> {
        self.number_field().map(|(number, _)| number)
    }

    /// `Ticket:`, `Jira:`, `Issue:` or `Change Request:`.
    pub fn ticket(&self) -> Option<&str> {
        self.first(&["ticket", "tickets", "jira", "issue", "change request", "change request id"])
    }

    /// `Author:` or `Created by:`.
    pub fn author(&self) -> Option<&str> {
        self.first(&["author", "authors", "created by", "owner"])
    }

    /// `Date:` or `Created:`, as written.
    pub fn date(&self) -> Option<&str> {
        self.first(&["date", "created", "created on", "created at", "created date"])
    }

    /// `Purpose:`.
    pub fn purpose(&self) -> Option<&str> {
        self.first(&["purpose", "reason"])
    }

    /// `Description:`.
    pub fn description(&self) -> Option<&str> {
        self.first(&["description", "summary"])
    }

    /// `Dependencies:`, as prose.
    pub fn dependencies(&self) -> Option<&str> {
        self.first(DEPENDENCY_KEYS)
    }

    /// `Impact:`.
    pub fn impact(&self) -> Option<&str> {
        self.first(&["impact", "impact assessment"])
    }

    /// `Risk:`.
    pub fn risk(&self) -> Option<&str> {
        self.first(&["risk", "risk assessment", "risks"])
    }

    /// `Rollback:`, the words about it.
    pub fn rollback(&self) -> Option<&str> {
        self.first(&["rollback", "rollback plan"])
    }

    /// `Version:`. It may be the application's; it is never the migration's id.
    pub fn version(&self) -> Option<&str> {
        self.get("version")
    }

    /// The dependencies' field, for its line.
    pub(crate) fn dependency_field(&self) -> Option<&HeaderField> {
        DEPENDENCY_KEYS.iter().find_map(|key| self.field(key))
    }

    /// The number the header gives itself, and its line.
    pub(crate) fn number_field(&self) -> Option<(&str, usize)> {
        let explicit = ["number", "migration number"].iter().find_map(|key| self.field(key));
        if let Some(field) = explicit {
            let run = digit_run(&field.value);
            return (run > 0).then(|| (&field.value[..run], field.line));
        }
        let field = self.field("migration").or_else(|| self.field("rollback"))?;
        self.numbered().map(|(number, _)| (number, field.line))
    }

    /// `007 - Title` as its parts, from `Migration:` or, in a rollback, `Rollback:`.
    fn numbered(&self) -> Option<(&str, Option<&str>)> {
        let value = self.get("migration").or_else(|| self.get("rollback"))?;
        let value = value.lines().next()?;
        let run = digit_run(value);
        digits(&value[..run])?;
        let rest = value[run..].trim_start();
        let marks = [':', '-', '–', '—'];
        if rest.is_empty() {
            return Some((&value[..run], None));
        }
        if let Some(name) = value[run..].strip_prefix('_') {
            return (!name.contains(' ')).then_some((&value[..run], None));
        }
        let title = rest.strip_prefix(marks)?.trim();
        Some((&value[..run], (!title.is_empty()).then_some(title)))
    }

    fn first(&self, keys: &[&str]) -> Option<&str> {
        keys.iter().find_map(|key| self.get(key))
    }
}

/// Reads the header out of a file's leading comments.
pub(crate) fn parse(comments: &[Comment<'_>]) -> Header {
    let mut reader = Reader::default();
    for comment in comments.iter().take_while(|comment| comment.leading) {
        for (offset, raw) in comment.text.split('\n').enumerate() {
            let mut text = raw.trim_end();
            if comment.block {
                let inner = text.trim_start();
                text = inner.strip_prefix('*').unwrap_or(text);
            }
            reader.line(text, comment.line + offset);
        }
    }
    reader.finish()
}

const DEPENDENCY_KEYS: &[&str] = &["dependencies", "dependency", "depends on", "depends", "requires", "prerequisites"];

/// Keys that are taken whatever their case and wherever they stand.
const KNOWN: &[&str] = &[
    "migration",
    "number",
    "migration number",
    "title",
    "name",
    "ticket",
    "tickets",
    "jira",
    "issue",
    "change request",
    "change request id",
    "author",
    "authors",
    "created by",
    "owner",
    "date",
    "created",
    "created on",
    "created at",
    "created date",
    "purpose",
    "reason",
    "description",
    "summary",
    "dependencies",
    "dependency",
    "depends on",
    "depends",
    "requires",
    "prerequisites",
    "impact",
    "impact assessment",
    "risk",
    "risk assessment",
    "risks",
    "rollback",
    "rollback plan",
    "version",
    "reviewer",
    "reviewed by",
    "approved by",
    "downtime",
    "compliance",
    "compliance impact",
    "reference",
    "references",
    "related",
    "database",
    "schema",
    "environment",
    "status",
    "testing",
    "breaking",
    "breaking changes",
];

#[derive(Default)]
struct Reader {
    header: Header,
    open: Option<Open>,
    last_line: usize,
}

struct Open {
    field: HeaderField,
    /// How far the key is indented.
    indent: usize,
    /// An empty comment line came after the last text.
    gap: bool,
}

impl Reader {
    fn line(&mut self, text: &str, line: usize) {
        let apart = line > self.last_line + 1;
        self.last_line = line;
        if apart && self.open.as_ref().is_some_and(|open| !open.field.value.is_empty()) {
            self.close();
        }
        let content = text.trim();
        if is_rule(content) {
            if self.open.as_ref().is_some_and(|open| !open.field.value.is_empty()) {
                self.close();
            }
            return;
        }
        if content.is_empty() {
            if let Some(open) = &mut self.open {
                open.gap = !open.field.value.is_empty();
            }
            return;
        }
        if crate::directive::is_directive(content) {
            self.close();
            return;
        }
        let indent = text.len() - text.trim_start().len();
        let deeper = self.open.as_ref().is_some_and(|open| indent > open.indent);
        if let Some((key, value)) = key_of(content, deeper) {
            self.close();
            let field = HeaderField { key, value, line };
            self.open = Some(Open { field, indent, gap: false });
            return;
        }
        if let Some(open) = &mut self.open {
            let value = &mut open.field.value;
            if !value.is_empty() {
                value.push_str(if open.gap { "\n\n" } else { "\n" });
            }
            value.push_str(content);
            open.gap = false;
        }
    }

    fn close(&mut self) {
        if let Some(open) = self.open.take() {
            self.header.fields.push(open.field);
        }
    }

    fn finish(mut self) -> Header {
        self.close();
        self.header
    }
}

/// A line of nothing but the marks people draw rules with.
fn is_rule(text: &str) -> bool {
    text.chars().count() >= 3 && text.chars().all(|c| "=-*#~_+─━═".contains(c))
}

/// `Key: value`, if the line starts with something that reads like a key.
///
/// A word list decides for known keys. Another key must look like a title (`Change Control ID`)
/// and must not be indented below the key above it.
fn key_of(text: &str, deeper: bool) -> Option<(String, String)> {
    let text = text.strip_prefix('@').unwrap_or(text);
    let (key, value) = text.split_once(':')?;
    let key = key.trim().trim_matches('*').trim();
    let value = value.trim_start_matches('*').trim();
    if value.starts_with("//") || value.starts_with('=') || value.starts_with(':') {
        return None;
    }
    let known = KNOWN.iter().any(|known| known.eq_ignore_ascii_case(key));
    if known {
        return Some((key.to_owned(), value.to_owned()));
    }
    // `Migration 007: Title`
    let mut words = key.split_whitespace();
    if let (Some(word), Some(number), None) = (words.next(), words.next(), words.next())
        && ["migration", "rollback"].iter().any(|known| known.eq_ignore_ascii_case(word))
        && digits(number.trim_start_matches('#')).is_some()
    {
        let number = number.trim_start_matches('#');
        let joined = if value.is_empty() { number.to_owned() } else { format!("{number} - {value}") };
        return Some((word.to_owned(), joined));
    }
    let words: Vec<&str> = key.split_whitespace().collect();
    let title = words.first().is_some_and(|word| word.starts_with(char::is_uppercase))
        && words.iter().all(|word| word.starts_with(char::is_uppercase) || matches!(*word, "of" | "by" | "for" | "to"));
    let plain = key.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '-' | '/' | '_'));
    let shouted = matches!(key, "NOTE" | "WARNING" | "TODO" | "FIXME" | "IMPORTANT" | "CAUTION");
    (!deeper && plain && title && words.len() <= 4 && !shouted).then(|| (key.to_owned(), value.to_owned()))
}

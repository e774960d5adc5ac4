//! Comments, and whether there is anything else, in a text of SQL.
//!
//! The tokens are `surefoot-sql`'s; here the data of `COPY ... FROM stdin` and psql's backslash
//! commands are passed over, in one reading and without building statements.

use surefoot_sql::lexer::{Token, TokenKind, tokens};

/// One comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Comment<'a> {
    /// Without the marks that open and close it.
    pub(crate) text: &'a str,
    /// The line it starts on, from 1.
    pub(crate) line: usize,
    pub(crate) block: bool,
    /// Whether it stands before every statement.
    pub(crate) leading: bool,
}

/// A file named by `\i` or `\ir`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Include {
    pub(crate) path: String,
    /// `\ir`: from the folder of the file that says so.
    pub(crate) relative: bool,
}

/// What a text holds.
#[derive(Debug, Default)]
pub(crate) struct Outline<'a> {
    pub(crate) comments: Vec<Comment<'a>>,
    pub(crate) includes: Vec<Include>,
    /// Whether any statement does more than open or close a transaction.
    pub(crate) has_effect: bool,
}

/// Reads a text once, from start to end.
pub(crate) fn outline(text: &str) -> Outline<'_> {
    let mut out = Outline::default();
    let mut lines = Lines { bytes: text.as_bytes(), line: 1, counted: 0 };
    let mut leading = true;
    let mut statement = Statement::default();
    let mut tokens = tokens(text);
    while let Some(token) = tokens.next() {
        match token.kind {
            TokenKind::Whitespace => {}
            TokenKind::LineComment | TokenKind::BlockComment => {
                let block = token.kind == TokenKind::BlockComment;
                let (line, text) = (lines.at(token.start), inside(text, token, block));
                out.comments.push(Comment { text, line, block, leading });
            }
            TokenKind::Backslash if statement.is_empty() => {
                let end = line_end(text, token.start);
                // An included file may do anything; of a command that is refused later nothing is said now.
                let command = text.get(token.start..end).unwrap_or_default();
                out.has_effect |= !is_idle(command);
                out.includes.extend(include(command));
                tokens.jump(end);
            }
            TokenKind::Semicolon => {
                out.has_effect |= statement.has_effect();
                if statement.reads_stdin() {
                    tokens.jump(after_copy_data(text, token.end));
                }
                statement = Statement::default();
            }
            _ => {
                let word = token.text(text);
                if word != "\u{feff}" {
                    leading = false;
                    statement.add(word);
                }
            }
        }
    }
    out.has_effect |= statement.has_effect();
    out
}

/// The first words of a statement: enough to tell BEGIN and COPY FROM STDIN.
#[derive(Debug, Default)]
struct Statement {
    words: Vec<String>,
    stdin: bool,
}

impl Statement {
    fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    fn add(&mut self, word: &str) {
        if self.words.len() < 2 {
            self.words.push(word.to_ascii_uppercase());
        } else {
            let copy = self.words.first().is_some_and(|first| first == "COPY");
            self.stdin |= copy && word.eq_ignore_ascii_case("stdin");
        }
    }

    fn reads_stdin(&self) -> bool {
        self.stdin
    }

    fn has_effect(&self) -> bool {
        let word = |index: usize| self.words.get(index).map_or("", String::as_str);
        match word(0) {
            "" | "BEGIN" | "COMMIT" | "END" => false,
            "START" => word(1) != "TRANSACTION",
            _ => true,
        }
    }
}

/// Counts lines, each byte once.
struct Lines<'a> {
    bytes: &'a [u8],
    line: usize,
    counted: usize,
}

impl Lines<'_> {
    fn at(&mut self, offset: usize) -> usize {
        let passed = self.bytes.get(self.counted..offset).unwrap_or_default();
        self.line += passed.iter().filter(|byte| **byte == b'\n').count();
        self.counted = offset;
        self.line
    }
}

/// A comment without its marks.
fn inside(text: &str, token: Token, block: bool) -> &str {
    let end = if block { token.end.saturating_sub(2) } else { token.end };
    text.get(token.start + 2..end).unwrap_or_default()
}

/// `\i FILE`, `\ir FILE` and their long names; the name may stand in single quotes.
/// Whether a meta-command changes nothing in the database.
fn is_idle(command: &str) -> bool {
    let name = command.trim_start_matches('\\').split([' ', '\t', '\r', '\\']).next().unwrap_or_default();
    [
        "set",
        "unset",
        "echo",
        "qecho",
        "warn",
        "if",
        "elif",
        "else",
        "endif",
        "q",
        "quit",
        "g",
        "gx",
        "encoding",
        "timing",
        "pset",
        "x",
        "t",
        "a",
        "f",
        "H",
        "html",
        "C",
        "T",
        "conninfo",
        "errverbose",
        "restrict",
        "unrestrict",
    ]
    .contains(&name)
}

fn include(command: &str) -> Option<Include> {
    let (word, rest) = command.split_once(char::is_whitespace)?;
    let relative = match word {
        "\\i" | "\\include" => false,
        "\\ir" | "\\include_relative" => true,
        _ => return None,
    };
    let rest = rest.trim();
    let path = match rest.strip_prefix('\'') {
        Some(quoted) => quoted.split('\'').next(),
        None => rest.split_whitespace().next(),
    };
    path.filter(|path| !path.is_empty()).map(|path| Include { path: path.to_owned(), relative })
}

fn line_end(text: &str, from: usize) -> usize {
    let rest = text.as_bytes().get(from..).unwrap_or_default();
    rest.iter().position(|byte| *byte == b'\n').map_or(text.len(), |found| from + found)
}

/// Where the data ends that follows `COPY ... FROM stdin;`: after the line `\.`.
fn after_copy_data(text: &str, from: usize) -> usize {
    let mut at = line_end(text, from);
    while at < text.len() {
        let end = line_end(text, at + 1);
        if text.get(at + 1..end).is_some_and(|line| line.trim_end() == "\\.") {
            return end;
        }
        at = end;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::outline;

    fn comments(text: &str) -> Vec<(String, usize)> {
        outline(text).comments.iter().map(|c| (c.text.trim().to_owned(), c.line)).collect()
    }

    #[test]
    fn a_comment_is_not_a_string() {
        let text = "SELECT '-- no', E'\\'-- no', \"-- no\", $$ -- no $$, $a$ -- $$ no $a$; -- yes\n\
                    /* out /* in */ still */ SELECT $1;\n-- last";
        let expected = [("yes", 1), ("out /* in */ still", 2), ("last", 3)];
        assert_eq!(comments(text), expected.map(|(t, l)| (t.to_owned(), l)));
    }

    #[test]
    fn copy_data_is_not_sql() {
        let text = "COPY t (a) FROM stdin;\n-- data\nit's\n\\.\n-- after\n";
        assert_eq!(comments(text), [("after".to_owned(), 5)]);
    }

    #[test]
    fn nothing_is_nothing() {
        for text in ["", "-- a\n", "/* a */ ;;", "BEGIN;\nCOMMIT;", "START TRANSACTION; END", "\\echo hello\n"] {
            assert!(!outline(text).has_effect, "{text}");
        }
        for text in ["SELECT 1", "BEGIN; DROP TABLE t; COMMIT", "\\i other.sql"] {
            assert!(outline(text).has_effect, "{text}");
        }
    }
}

//! How much of a text can be run already: for files that are too large to be held.

use super::kind::{StatementKind, statement_kind};
use super::state::Tracker;
use crate::lexer::{TokenKind, Tokens};

/// The part of a text that holds whole statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whole {
    /// Byte offset after the last whole statement or meta-command; 0 when there is none.
    pub end: usize,
    /// Byte offset of a `COPY ... FROM STDIN` that is the last of them: its data follows on the next line.
    pub copy: Option<usize>,
}

/// Finds the whole statements at the beginning of `text`, up to the first `COPY ... FROM STDIN`. The text must be cut at
/// the end of a line.
#[must_use]
pub fn whole(text: &str) -> Whole {
    let mut tracker = Tracker::default();
    let mut start = None;
    let mut end = 0;
    let mut tokens = Tokens::starting_at(text, if text.starts_with('\u{feff}') { 3 } else { 0 });
    while let Some(token) = tokens.next() {
        match token.kind {
            TokenKind::Unterminated(_) => break,
            TokenKind::Semicolon if tracker.splits() => {
                end = token.end;
                if let Some(start) = start.take()
                    && statement_kind(&text[start..token.start]) == StatementKind::CopyFromStdin
                {
                    return Whole { end, copy: Some(start) };
                }
                tracker = Tracker::default();
            }
            TokenKind::Backslash => {
                let line = text[token.start..].find('\n').map_or(text.len(), |at| token.start + at + 1);
                tokens.jump(line);
                if start.is_none() {
                    end = line;
                }
            }
            kind if kind.is_significant() => {
                start.get_or_insert(token.start);
                tracker.token(kind, token.text(text), token.start);
            }
            _ => {}
        }
    }
    Whole { end, copy: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> (&str, Option<&str>) {
        let found = whole(text);
        (&text[..found.end], found.copy.map(|at| &text[at..found.end]))
    }

    #[test]
    fn stops_before_what_is_not_closed() {
        assert_eq!(split("SELECT 1; SELECT ';"), ("SELECT 1;", None));
        assert_eq!(split("SELECT 1;\nCREATE FUNCTION f() AS $$ a;"), ("SELECT 1;", None));
        assert_eq!(split("SELECT 1; /* ;"), ("SELECT 1;", None));
        assert_eq!(split("SELECT (1; 2"), ("", None));
        assert_eq!(split("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2;"), ("", None));
        assert_eq!(split("SELECT 1"), ("", None));
    }

    #[test]
    fn stops_at_rows() {
        let copy = "COPY t (a) FROM stdin;";
        assert_eq!(split(&format!("SELECT 1; {copy}\n1\n\\.\nSELECT 2;")), (&*format!("SELECT 1; {copy}"), Some(copy)));
        assert_eq!(split("COPY t TO stdout; SELECT 1;"), ("COPY t TO stdout; SELECT 1;", None));
    }

    #[test]
    fn passes_over_meta_commands() {
        assert_eq!(split("\\restrict a;b\nSELECT 1"), ("\\restrict a;b\n", None));
        assert_eq!(split("\\restrict a'b\nSELECT 1;\n"), ("\\restrict a'b\nSELECT 1;", None));
    }
}

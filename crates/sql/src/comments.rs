//! Comments of a text, where directives and headers live.

use std::ops::Range;

use crate::lexer::{TokenKind, Tokens, tokens};
use crate::lines::count_line_ends;

/// A comment with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment<'a> {
    /// The bytes it takes, markers included.
    pub span: Range<usize>,
    /// The line it starts on, from 1.
    pub line: usize,
    /// Whether it is `/* */` rather than `--`.
    pub block: bool,
    /// Whether SQL stands before it on its line.
    pub trailing: bool,
    /// What it says: without the markers, white space trimmed.
    pub body: &'a str,
}

/// The comments of SQL text. What looks like a comment inside a string, a quoted identifier or a
/// function body is none. For a file with `COPY` data, read the [`script`](crate::script) first
/// and look only at the text between statements.
#[must_use]
pub fn comments(text: &str) -> Comments<'_> {
    Comments { text, tokens: tokens(text), counted: 0, line: 1, sql_on_line: None }
}

/// Iterator over [`Comment`]s; see [`comments`].
#[derive(Debug, Clone)]
pub struct Comments<'a> {
    text: &'a str,
    tokens: Tokens<'a>,
    counted: usize,
    line: usize,
    /// The end of the last significant token.
    sql_on_line: Option<usize>,
}

impl<'a> Iterator for Comments<'a> {
    type Item = Comment<'a>;

    fn next(&mut self) -> Option<Comment<'a>> {
        loop {
            let token = self.tokens.next()?;
            if token.kind.is_significant() {
                if token.text(self.text) != "\u{feff}" {
                    self.sql_on_line = Some(token.end);
                }
                continue;
            }
            if !token.kind.is_comment() {
                continue;
            }
            let bytes = self.text.as_bytes();
            self.line += count_line_ends(&bytes[self.counted..token.start]);
            self.counted = token.start;
            let block = token.kind == TokenKind::BlockComment;
            let whole = token.text(self.text);
            let inner = if block { &whole[2..whole.len() - 2] } else { &whole[2..] };
            return Some(Comment {
                span: token.start..token.end,
                line: self.line,
                block,
                trailing: self.sql_on_line.is_some_and(|end| !bytes[end..token.start].contains(&b'\n')),
                body: inner.trim(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_comments_only() {
        let text = "\u{feff}-- surefoot: a\r\nselect '-- no', $$ -- no $$; -- b\n/* c\n /* d */ */ x /*e*/";
        let found: Vec<_> = comments(text).map(|c| (c.line, c.block, c.trailing, c.body)).collect();
        assert_eq!(
            found,
            [
                (1, false, false, "surefoot: a"),
                (2, false, true, "b"),
                (3, true, false, "c\n /* d */"),
                (4, true, true, "e"),
            ]
        );
    }
}

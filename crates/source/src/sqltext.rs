//! Comments, and whether there is anything else, in a text of SQL.
//!
//! Just enough lexing to know a comment from a string: quotes, `E''`, dollar quotes, nested block
//! comments, psql's backslash commands and the data of `COPY ... FROM stdin`.

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

/// What a text holds.
#[derive(Debug, Default)]
pub(crate) struct Outline<'a> {
    pub(crate) comments: Vec<Comment<'a>>,
    /// Whether any statement does more than open or close a transaction.
    pub(crate) has_effect: bool,
}

/// Reads a text once, from start to end.
pub(crate) fn outline(text: &str) -> Outline<'_> {
    let mut lexer = Lexer {
        text,
        bytes: text.as_bytes(),
        at: 0,
        line: 1,
        counted: 0,
    };
    let mut out = Outline::default();
    let mut leading = true;
    let mut statement = Statement::default();
    while let Some(byte) = lexer.peek(0) {
        match byte {
            b'-' if lexer.peek(1) == Some(b'-') => {
                let line = lexer.line();
                let start = lexer.at + 2;
                lexer.skip_line();
                let text = text.get(start..lexer.at).unwrap_or_default();
                out.comments.push(Comment {
                    text,
                    line,
                    block: false,
                    leading,
                });
            }
            b'/' if lexer.peek(1) == Some(b'*') => {
                let line = lexer.line();
                let start = lexer.at + 2;
                let end = lexer.skip_block_comment();
                let text = text.get(start..end).unwrap_or_default();
                out.comments.push(Comment {
                    text,
                    line,
                    block: true,
                    leading,
                });
            }
            b'\\' if statement.is_empty() => {
                let start = lexer.at;
                lexer.skip_line();
                // An included file may do anything.
                let command = text.get(start..lexer.at).unwrap_or_default();
                out.has_effect |= command.starts_with("\\i") && !command.starts_with("\\if");
            }
            b';' => {
                lexer.at += 1;
                out.has_effect |= statement.has_effect();
                if statement.reads_stdin() {
                    lexer.skip_copy_data();
                }
                statement = Statement::default();
            }
            byte if byte.is_ascii_whitespace() => lexer.at += 1,
            _ => {
                leading = false;
                let word = lexer.token();
                statement.add(word);
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

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    line: usize,
    counted: usize,
}

impl<'a> Lexer<'a> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    /// The line of the current position; counts each byte once.
    fn line(&mut self) -> usize {
        let passed = self.bytes.get(self.counted..self.at).unwrap_or_default();
        self.line += passed.iter().filter(|byte| **byte == b'\n').count();
        self.counted = self.at;
        self.line
    }

    fn skip_line(&mut self) {
        while self
            .peek(0)
            .is_some_and(|byte| byte != b'\n' && byte != b'\r')
        {
            self.at += 1;
        }
    }

    /// Passes over a nested comment; gives where its text ends.
    fn skip_block_comment(&mut self) -> usize {
        let mut depth = 0_usize;
        while let Some(byte) = self.peek(0) {
            match (byte, self.peek(1)) {
                (b'/', Some(b'*')) => {
                    depth += 1;
                    self.at += 2;
                }
                (b'*', Some(b'/')) => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return self.at - 2;
                    }
                }
                _ => self.at += 1,
            }
        }
        self.at
    }

    /// Passes over one word, string, quoted name or other character.
    fn token(&mut self) -> &'a str {
        let start = self.at;
        match self.peek(0) {
            Some(b'\'') => self.skip_string(false),
            Some(b'"') => self.skip_quoted(b'"'),
            Some(b'$') => self.skip_dollar(),
            Some(b'e' | b'E') if self.peek(1) == Some(b'\'') => {
                self.at += 1;
                self.skip_string(true);
            }
            Some(byte) if is_word(byte) => {
                while self
                    .peek(0)
                    .is_some_and(|byte| is_word(byte) || byte == b'$')
                {
                    self.at += 1;
                }
            }
            _ => self.at += 1,
        }
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn skip_string(&mut self, backslashes: bool) {
        self.at += 1;
        while let Some(byte) = self.peek(0) {
            self.at += 1;
            if byte == b'\\' && backslashes {
                self.at += 1;
            } else if byte == b'\'' {
                if self.peek(0) != Some(b'\'') {
                    return;
                }
                self.at += 1;
            }
        }
        self.at = self.at.min(self.bytes.len());
    }

    fn skip_quoted(&mut self, quote: u8) {
        self.at += 1;
        while let Some(byte) = self.peek(0) {
            self.at += 1;
            if byte == quote {
                return;
            }
        }
    }

    fn skip_dollar(&mut self) {
        let rest = &self.bytes[self.at + 1..];
        let length = rest.iter().take_while(|byte| is_word(**byte)).count();
        let digit = rest.first().is_some_and(u8::is_ascii_digit);
        if rest.get(length) != Some(&b'$') || digit {
            self.at += 1;
            return;
        }
        let tag = self
            .text
            .get(self.at..self.at + length + 2)
            .unwrap_or_default();
        let body = self.at + length + 2;
        let found = self.text.get(body..).and_then(|body| body.find(tag));
        self.at = found.map_or(self.bytes.len(), |found| body + found + tag.len());
    }

    /// Passes over the data that follows `COPY ... FROM stdin;` to the line `\.`.
    fn skip_copy_data(&mut self) {
        loop {
            self.skip_line();
            while self.peek(0) == Some(b'\r') {
                self.at += 1;
            }
            if self.peek(0).is_none() {
                return;
            }
            self.at += 1;
            if self.peek(0) == Some(b'\\') && self.peek(1) == Some(b'.') {
                self.at += 2;
                return;
            }
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::outline;

    fn comments(text: &str) -> Vec<(String, usize)> {
        outline(text)
            .comments
            .iter()
            .map(|c| (c.text.trim().to_owned(), c.line))
            .collect()
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
        for text in [
            "",
            "-- a\n",
            "/* a */ ;;",
            "BEGIN;\nCOMMIT;",
            "START TRANSACTION; END",
            "\\echo hello\n",
        ] {
            assert!(!outline(text).has_effect, "{text}");
        }
        for text in ["SELECT 1", "BEGIN; DROP TABLE t; COMMIT", "\\i other.sql"] {
            assert!(outline(text).has_effect, "{text}");
        }
    }
}

//! The words of a schema file. Line ends are words: a field ends with its line.

use crate::diagnostic::{Code, Report, Span};

/// One word of a schema.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TokenKind {
    /// A name; also `9lives`, which no rule accepts.
    Word(String),
    /// A string, with its escapes resolved.
    Text(String),
    /// A number as it was written.
    Number(String),
    /// `@@`
    At2,
    /// Any other punctuation.
    Mark(char),
    /// The end of a line.
    Newline,
    /// The end of the file.
    End,
}

/// Cuts a text into words. What cannot be one is reported and left out.
pub(crate) fn tokens(file: usize, text: &str, report: &mut Report<'_>) -> Vec<Token> {
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut lexer = Lexer { file, text, at: start, tokens: Vec::new() };
    lexer.run(report);
    lexer.tokens
}

struct Lexer<'a> {
    file: usize,
    text: &'a str,
    at: usize,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    fn run(&mut self, report: &mut Report<'_>) {
        while let Some(next) = self.peek() {
            let start = self.at;
            let kind = match next {
                '\n' => {
                    self.at += 1;
                    TokenKind::Newline
                }
                _ if next.is_whitespace() => {
                    self.at += next.len_utf8();
                    continue;
                }
                '/' if self.rest().starts_with("//") => {
                    self.skip_while(|c| c != '\n');
                    continue;
                }
                '/' if self.rest().starts_with("/*") => {
                    self.block_comment(report);
                    continue;
                }
                '"' => self.string(report),
                '@' if self.rest().starts_with("@@") => {
                    self.at += 2;
                    TokenKind::At2
                }
                '{' | '}' | '(' | ')' | '[' | ']' | ',' | ':' | '=' | '.' | '?' | '@' | '!' => {
                    self.at += 1;
                    TokenKind::Mark(next)
                }
                _ if next.is_ascii_digit() || (next == '-' && self.digit_follows()) => self.number(),
                _ if next.is_ascii_alphanumeric() => TokenKind::Word(self.skip_while(is_word)),
                _ => {
                    self.at += next.len_utf8();
                    report.add(
                        Code::Syntax,
                        Span { file: self.file, start },
                        "file",
                        format!("the character `{next}` has no meaning here"),
                        "names are made of ASCII letters, digits and `_` and begin with a letter; \
                         put other names in `@map(\"...\")`",
                    );
                    continue;
                }
            };
            self.tokens.push(Token { kind, span: Span { file: self.file, start } });
        }
        let span = Span { file: self.file, start: self.at };
        self.tokens.push(Token { kind: TokenKind::Newline, span });
        self.tokens.push(Token { kind: TokenKind::End, span });
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn digit_follows(&self) -> bool {
        self.rest().chars().nth(1).is_some_and(|c| c.is_ascii_digit())
    }

    fn skip_while(&mut self, keep: impl Fn(char) -> bool) -> String {
        let length = self.rest().find(|c| !keep(c)).unwrap_or(self.rest().len());
        let word = self.rest()[..length].to_owned();
        self.at += length;
        word
    }

    fn number(&mut self) -> TokenKind {
        let start = self.at;
        if self.peek() == Some('-') {
            self.at += 1;
        }
        self.skip_while(|c| c.is_ascii_digit());
        if self.peek() == Some('.') && self.digit_follows() {
            self.at += 1;
            self.skip_while(|c| c.is_ascii_digit());
        }
        if self.peek().is_some_and(is_word) {
            self.skip_while(is_word);
            return TokenKind::Word(self.text[start..self.at].to_owned());
        }
        TokenKind::Number(self.text[start..self.at].to_owned())
    }

    fn block_comment(&mut self, report: &mut Report<'_>) {
        let start = self.at;
        match self.rest().find("*/") {
            Some(length) => self.at += length + 2,
            None => {
                report.add(
                    Code::Syntax,
                    Span { file: self.file, start },
                    "file",
                    "this comment has no end",
                    "close it with `*/`",
                );
                self.at = self.text.len();
            }
        }
    }

    fn string(&mut self, report: &mut Report<'_>) -> TokenKind {
        let start = self.at;
        self.at += 1;
        let mut value = String::new();
        loop {
            let at = self.at;
            let Some(next) = self.peek().filter(|c| *c != '\n') else {
                report.add(
                    Code::Syntax,
                    Span { file: self.file, start },
                    "file",
                    "this string has no end",
                    "close it with `\"` on the same line; write a line break as `\\n`",
                );
                return TokenKind::Text(value);
            };
            self.at += next.len_utf8();
            match next {
                '"' => return TokenKind::Text(value),
                '\\' => match self.escape() {
                    Some(c) => value.push(c),
                    None => report.add(
                        Code::Syntax,
                        Span { file: self.file, start: at },
                        "file",
                        "this is no escape sequence",
                        "write a backslash as `\\\\`; known are \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX",
                    ),
                },
                c => value.push(c),
            }
        }
    }

    /// What comes after a backslash.
    fn escape(&mut self) -> Option<char> {
        let next = self.peek()?;
        let value = match next {
            '"' | '\\' | '/' => next,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => return self.unicode(),
            _ => return None,
        };
        self.at += 1;
        Some(value)
    }

    /// `uXXXX`, or two of them for a character beyond the first plane.
    fn unicode(&mut self) -> Option<char> {
        let first = self.hex()?;
        if (0xD800..0xDC00).contains(&first) && self.rest().starts_with('\\') {
            self.at += 1;
            let second = self.hex().filter(|unit| (0xDC00..0xE000).contains(unit))?;
            return char::from_u32(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00));
        }
        char::from_u32(first)
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.rest().strip_prefix('u')?.get(..4)?;
        let value = u32::from_str_radix(digits, 16).ok()?;
        self.at += 5;
        Some(value)
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

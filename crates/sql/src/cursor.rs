//! A reader over the words of one statement.

use crate::ident::ObjectName;
use crate::keywords;
use crate::lexer::{Token, TokenKind, Tokens};
use crate::literal::{ident_value, string_value};

/// Walks the significant tokens (no white space, no comments) of a text. Cheap to clone, so
/// trying something and going back is `let before = cursor.clone()`.
#[derive(Debug, Clone)]
pub struct Cursor<'a> {
    text: &'a str,
    tokens: Tokens<'a>,
    peeked: Option<Token>,
    last_end: usize,
}

impl<'a> Cursor<'a> {
    /// A cursor before the first token of `text`.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
        let mut cursor = Self { text, tokens: Tokens::starting_at(text, start), peeked: None, last_end: start };
        cursor.fill();
        cursor
    }

    fn fill(&mut self) {
        self.peeked = self.tokens.find(|token| token.kind.is_significant());
    }

    /// The text the cursor walks.
    #[must_use]
    pub const fn text(&self) -> &'a str {
        self.text
    }

    /// The next token, not consumed.
    #[must_use]
    pub const fn peek(&self) -> Option<Token> {
        self.peeked
    }

    /// The text of the next token; empty at the end.
    #[must_use]
    pub fn peek_text(&self) -> &'a str {
        self.peeked.map_or("", |token| token.text(self.text))
    }

    /// Consumes the next token.
    pub fn bump(&mut self) -> Option<Token> {
        let token = self.peeked?;
        self.last_end = token.end;
        self.fill();
        Some(token)
    }

    /// Whether no token is left.
    #[must_use]
    pub const fn at_end(&self) -> bool {
        self.peeked.is_none()
    }

    /// Byte offset of the next token, or the end of the text.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.peeked.map_or(self.text.len(), |token| token.start)
    }

    /// Byte offset after the last consumed token.
    #[must_use]
    pub const fn last_end(&self) -> usize {
        self.last_end
    }

    /// Whether the next token is this unquoted word, in any case.
    #[must_use]
    pub fn peek_kw(&self, word: &str) -> bool {
        self.peeked.is_some_and(|token| token.is_word(self.text, word))
    }

    /// Whether the next tokens are these words, in order.
    #[must_use]
    pub fn peek_kws(&self, words: &[&str]) -> bool {
        match words {
            [] => true,
            [first, ..] if !self.peek_kw(first) => false,
            _ => self.clone().accept_all(words),
        }
    }

    /// Consumes the next token if it is this word.
    pub fn accept(&mut self, word: &str) -> bool {
        let found = self.peek_kw(word);
        if found {
            self.bump();
        }
        found
    }

    /// Consumes these words, all or none.
    pub fn accept_all(&mut self, words: &[&str]) -> bool {
        let before = self.clone();
        let found = words.iter().all(|word| self.accept(word));
        if !found {
            *self = before;
        }
        found
    }

    /// Consumes the next token if it is one of these words, and says which.
    pub fn accept_any<'w>(&mut self, words: &[&'w str]) -> Option<&'w str> {
        let found = words.iter().copied().find(|word| self.peek_kw(word))?;
        self.bump();
        Some(found)
    }

    /// Whether the next token is this punctuation or operator.
    #[must_use]
    pub fn peek_symbol(&self, symbol: &str) -> bool {
        self.peeked.is_some_and(|token| {
            matches!(token.kind, TokenKind::Punct(_) | TokenKind::Operator | TokenKind::Semicolon)
                && token.text(self.text) == symbol
        })
    }

    /// Consumes the next token if it is this punctuation or operator.
    pub fn symbol(&mut self, symbol: &str) -> bool {
        let found = self.peek_symbol(symbol);
        if found {
            self.bump();
        }
        found
    }

    /// Consumes a word or quoted identifier of any kind, key words included, and gives the name
    /// it stands for.
    pub fn any_ident(&mut self) -> Option<String> {
        let name = ident_value(&self.peeked?, self.text)?.into_owned();
        self.bump();
        Some(name)
    }

    /// Consumes an identifier that can name a column or table: unquoted reserved words are not.
    pub fn ident(&mut self) -> Option<String> {
        let token = self.peeked?;
        let name = ident_value(&token, self.text)?;
        if token.kind == TokenKind::Ident && keywords::is_reserved(&name) {
            return None;
        }
        let name = name.into_owned();
        self.bump();
        Some(name)
    }

    /// Consumes `name`, `schema.name` or `database.schema.name` (the database is dropped).
    /// Nothing is consumed when there is no name.
    pub fn object_name(&mut self) -> Option<ObjectName> {
        let before = self.clone();
        let mut name = ObjectName::bare(self.ident()?);
        while self.symbol(".") {
            let Some(next) = self.any_ident() else {
                *self = before;
                return None;
            };
            name = ObjectName::qualified(name.name, next);
        }
        Some(name)
    }

    /// Consumes object names separated by commas, each optionally followed by `*` or preceded by
    /// `ONLY`, as in `TRUNCATE ONLY a, b *`.
    pub fn object_names(&mut self) -> Vec<ObjectName> {
        let mut names = Vec::new();
        loop {
            self.accept("only");
            let Some(name) = self.object_name() else {
                return names;
            };
            names.push(name);
            self.symbol("*");
            if !self.symbol(",") {
                return names;
            }
        }
    }

    /// Consumes a string constant and gives its value. Nothing is consumed for other tokens.
    pub fn string(&mut self) -> Option<String> {
        let value = string_value(&self.peeked?, self.text)?.into_owned();
        self.bump();
        Some(value)
    }

    /// Consumes a balanced group in parentheses, if one is next. An unclosed group reaches to the
    /// end.
    pub fn skip_parens(&mut self) -> bool {
        if !self.peek_symbol("(") {
            return false;
        }
        let mut depth = 0_usize;
        while let Some(token) = self.bump() {
            match token.kind {
                TokenKind::Punct('(') => depth += 1,
                TokenKind::Punct(')') => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                _ => {}
            }
        }
        true
    }

    /// Consumes one token, or a whole group in parentheses.
    pub fn skip_one(&mut self) {
        if !self.skip_parens() {
            self.bump();
        }
    }

    /// Goes forward to one of these words outside parentheses, without consuming it. Says whether
    /// it was found; if not the cursor is at the end.
    pub fn skip_to(&mut self, words: &[&str]) -> bool {
        while !self.at_end() {
            if words.iter().any(|word| self.peek_kw(word)) {
                return true;
            }
            self.skip_one();
        }
        false
    }

    /// Whether any of the tokens left, at any depth, is one of these words.
    #[must_use]
    pub fn mentions(&self, words: &[&str]) -> bool {
        let mut rest = self.clone();
        while !rest.at_end() {
            if words.iter().any(|word| rest.peek_kw(word)) {
                return true;
            }
            rest.bump();
        }
        false
    }
}

impl Iterator for Cursor<'_> {
    type Item = Token;

    /// The same as [`Cursor::bump`].
    fn next(&mut self) -> Option<Token> {
        self.bump()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walks() {
        let mut cursor = Cursor::new("Create /* x */ INDEX concurrently ON s.\"T\" (a, (b)) where x");
        assert!(cursor.peek_kws(&["create", "index"]));
        assert!(!cursor.accept_all(&["create", "table"]));
        assert!(cursor.accept_all(&["create", "index"]));
        assert!(cursor.object_name().is_none(), "reserved");
        assert_eq!(cursor.accept_any(&["x", "concurrently"]), Some("concurrently"));
        assert!(cursor.object_name().is_none(), "reserved");
        assert!(cursor.accept("on"));
        assert_eq!(cursor.object_name(), Some(ObjectName::qualified("s", "T")));
        assert!(cursor.mentions(&["b"]));
        assert!(cursor.skip_to(&["where"]));
        assert!(!cursor.mentions(&["b"]));
        assert!(!cursor.skip_to(&["b"]));
        assert!(cursor.at_end());
        assert_eq!(Cursor::new("only a, b *, c.d x").object_names().len(), 3);
    }
}

//! Where a statement ends: not at a semicolon in parentheses, nor in a `BEGIN ATOMIC` body.

use crate::lexer::TokenKind;

/// The words a statement began with, as far as they matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Head {
    #[default]
    Start,
    Create,
    CreateOr,
    CreateOrReplace,
    /// `CREATE [OR REPLACE] FUNCTION | PROCEDURE`: may have a body between `BEGIN ATOMIC` and `END`.
    Routine,
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Previous {
    #[default]
    Other,
    Begin,
    /// After `AS` or a dot, `CASE` and `END` are names.
    NameFollows,
}

/// Follows the tokens of a statement.
#[derive(Debug, Clone, Default)]
pub(super) struct Tracker {
    head: Head,
    previous: Previous,
    parens: usize,
    brackets: usize,
    blocks: usize,
    opened: Option<usize>,
}

impl Tracker {
    /// Whether a semicolon here ends the statement.
    pub(super) const fn splits(&self) -> bool {
        self.parens == 0 && self.blocks == 0
    }

    /// Whether the place is outside parentheses and brackets.
    pub(super) const fn is_outside(&self) -> bool {
        self.parens == 0 && self.brackets == 0
    }

    /// Where the parenthesis or block that keeps the statement open was opened.
    pub(super) const fn open(&self) -> Option<usize> {
        if self.splits() { None } else { self.opened }
    }

    /// Takes a significant token; `at` is its place in the file.
    pub(super) fn token(&mut self, kind: TokenKind, text: &str, at: usize) {
        let previous = std::mem::take(&mut self.previous);
        match kind {
            TokenKind::Ident => self.word(text, at, previous),
            TokenKind::Punct('(') => {
                if self.splits() {
                    self.opened = Some(at);
                }
                self.parens += 1;
                self.leave_head();
            }
            TokenKind::Punct(')') => {
                self.parens = self.parens.saturating_sub(1);
                self.leave_head();
            }
            TokenKind::Punct('[') => self.brackets += 1,
            TokenKind::Punct(']') => self.brackets = self.brackets.saturating_sub(1),
            TokenKind::Punct('.') => {
                self.previous = Previous::NameFollows;
                self.leave_head();
            }
            _ => self.leave_head(),
        }
    }

    fn leave_head(&mut self) {
        if self.head != Head::Routine {
            self.head = Head::Other;
        }
    }

    fn word(&mut self, text: &str, at: usize, previous: Previous) {
        let is = |word: &str| text.eq_ignore_ascii_case(word);
        self.head = match self.head {
            Head::Start if is("create") => Head::Create,
            Head::Create if is("or") => Head::CreateOr,
            Head::CreateOr if is("replace") => Head::CreateOrReplace,
            Head::Create | Head::CreateOrReplace if is("function") || is("procedure") => Head::Routine,
            Head::Routine => {
                self.body_word(text, at, previous);
                return;
            }
            _ => Head::Other,
        };
    }

    fn body_word(&mut self, text: &str, at: usize, previous: Previous) {
        if self.parens > 0 {
            return;
        }
        let is = |word: &str| text.eq_ignore_ascii_case(word);
        if is("as") {
            self.previous = Previous::NameFollows;
        } else if self.blocks == 0 {
            if is("begin") {
                self.previous = Previous::Begin;
            } else if is("atomic") && previous == Previous::Begin {
                self.blocks = 1;
                self.opened = Some(at);
            }
        } else if previous != Previous::NameFollows {
            if is("case") {
                self.blocks += 1;
            } else if is("end") {
                self.blocks -= 1;
            }
        }
    }
}

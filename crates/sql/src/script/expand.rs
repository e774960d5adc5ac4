//! Puts the values of variables into statements.

use std::ops::Range;

use super::reader::{Current, EXPANSION_LIMIT, Reader};
use super::vars::{Reference, Replacement};
use super::{Expansion, Piece, ScriptError, ScriptErrorKind};
use crate::lexer::{TokenKind, tokens};

impl Reader<'_> {
    /// Replaces a variable; `false` when it is not set, and its text stays.
    pub(super) fn substitute(
        &mut self,
        current: &mut Current,
        reference: &Reference<'_>,
        at: usize,
    ) -> Result<bool, ScriptError> {
        let Some(replacement) = reference.value(&self.vars) else {
            if reference.is_plain() && current.pending.tracker.is_outside() {
                let message = format!("variable {} is not set; left as it is", reference.name);
                self.warn(current.file, at, message);
            }
            return Ok(false);
        };
        let expansion = current.cut(at, reference.end);
        expansion.pieces.push(Piece { at: expansion.text.len(), source: at, verbatim: false });
        let span = at..reference.end;
        self.insert(current, replacement, &mut vec![reference.name], &span)?;
        if current.pending.start.is_none() {
            current.pending.expansion = None;
        }
        Ok(true)
    }

    fn insert(
        &mut self,
        current: &mut Current,
        replacement: Replacement,
        names: &mut Vec<&str>,
        span: &Range<usize>,
    ) -> Result<(), ScriptError> {
        let value = match replacement {
            Replacement::Atom(atom) => {
                current.significant(TokenKind::String, "", span.clone());
                return self.append(current, &atom, names, span);
            }
            Replacement::Sql(value) => value,
        };
        let name = names.last().copied().unwrap_or_default().to_owned();
        let fault = |reason: String| ScriptErrorKind::Variable { name: name.clone(), reason };
        let mut tokens = tokens(&value);
        while let Some(token) = tokens.next() {
            match token.kind {
                TokenKind::Unterminated(what) => {
                    let kind = fault(format!("holds an unterminated {}", what.name()));
                    return Err(self.error(current.file, span.start, kind));
                }
                TokenKind::Backslash => {
                    let kind = fault("holds a backslash outside quotes".to_owned());
                    return Err(self.error(current.file, span.start, kind));
                }
                TokenKind::Semicolon if current.pending.tracker.splits() => {
                    self.finish(current, span.end)?;
                    current.pending.copied_to = span.end;
                    current.pending.expansion = Some(Box::new(Expansion {
                        text: String::new(),
                        pieces: vec![Piece { at: 0, source: span.start, verbatim: false }],
                    }));
                    continue;
                }
                TokenKind::Punct(':') => {
                    if let Some(inner) = Reference::at(&value, token.start)
                        && !names.contains(&inner.name)
                        && let Some(replacement) = inner.value(&self.vars)
                    {
                        // Names are few and nesting is shallow: a copy keeps lifetimes simple.
                        let mut deeper: Vec<&str> = names.clone();
                        deeper.push(inner.name);
                        self.insert(current, replacement, &mut deeper, span)?;
                        tokens.jump(inner.end);
                        continue;
                    }
                    current.significant(token.kind, ":", span.clone());
                }
                kind if kind.is_significant() => {
                    current.significant(kind, token.text(&value), span.clone());
                }
                _ if current.pending.start.is_none() => continue,
                _ => {}
            }
            self.append(current, token.text(&value), names, span)?;
        }
        Ok(())
    }

    fn append(
        &self,
        current: &mut Current,
        text: &str,
        names: &[&str],
        span: &Range<usize>,
    ) -> Result<(), ScriptError> {
        let expansion = current.pending.expansion.get_or_insert_default();
        expansion.text.push_str(text);
        if expansion.text.len() <= EXPANSION_LIMIT {
            return Ok(());
        }
        let kind = ScriptErrorKind::Variable {
            name: names.first().copied().unwrap_or_default().to_owned(),
            reason: format!("grows the statement beyond {EXPANSION_LIMIT} bytes"),
        };
        Err(self.error(current.file, span.start, kind))
    }
}

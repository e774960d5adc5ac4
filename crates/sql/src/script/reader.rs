//! Reads files into statements.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::kind::{StatementKind, statement_kind};
use super::state::Tracker;
use super::vars::Reference;
use super::{Expansion, Include, Piece, Script, ScriptError, ScriptErrorKind, SourceFile, Statement, Warning};
use crate::cursor::Cursor;
use crate::lexer::{TokenKind, Tokens};
use crate::lines::{count_line_ends, line_col};

/// How long the text of one statement may become by replacing variables, in bytes.
pub(super) const EXPANSION_LIMIT: usize = 64 << 20;

pub(super) fn read(
    name: &str,
    text: Arc<str>,
    vars: &BTreeMap<String, String>,
    include: &mut dyn Include,
) -> Result<Script, ScriptError> {
    let mut reader =
        Reader { script: Script::default(), vars: vars.clone(), include, open_files: Vec::new(), old_strings: None };
    let file = reader.add_file(name.to_owned(), text);
    reader.read_file(file)?;
    Ok(reader.script)
}

pub(super) struct Reader<'i> {
    pub(super) script: Script,
    pub(super) vars: BTreeMap<String, String>,
    pub(super) include: &'i mut dyn Include,
    /// Files being read, the outermost first.
    pub(super) open_files: Vec<usize>,
    /// The line that switched `standard_conforming_strings` off.
    old_strings: Option<usize>,
}

/// The statement being read.
#[derive(Clone, Default)]
pub(super) struct Pending {
    pub(super) start: Option<usize>,
    pub(super) end: usize,
    pub(super) leading_from: usize,
    pub(super) tracker: Tracker,
    pub(super) expansion: Option<Box<Expansion>>,
    /// How far the file is copied into the expansion.
    pub(super) copied_to: usize,
}

pub(super) struct Condition {
    pub(super) at: usize,
    pub(super) outer_active: bool,
    pub(super) active: bool,
    /// A branch was active already.
    pub(super) taken: bool,
    pub(super) seen_else: bool,
}

/// A file being read.
pub(super) struct Current {
    pub(super) file: usize,
    pub(super) text: Arc<str>,
    pub(super) pending: Pending,
    /// The statement set aside while a branch that does not count is skipped.
    pub(super) parked: Option<Pending>,
    pub(super) conditions: Vec<Condition>,
    /// `COPY` data starts on the next line, for this statement; `Some(None)` in a skipped branch.
    pub(super) copy: Option<Option<usize>>,
    counted: usize,
    line: usize,
}

impl Current {
    pub(super) fn is_active(&self) -> bool {
        self.conditions.last().is_none_or(|last| last.active)
    }

    fn line_of(&mut self, offset: usize) -> usize {
        if offset >= self.counted {
            self.line += count_line_ends(&self.text.as_bytes()[self.counted..offset]);
            self.counted = offset;
            self.line
        } else {
            line_col(&self.text, offset).line
        }
    }

    pub(super) fn significant(&mut self, kind: TokenKind, token_text: &str, span: Range<usize>) {
        let pending = &mut self.pending;
        if pending.start.is_none() {
            pending.start = Some(span.start);
        }
        pending.end = span.end;
        pending.tracker.token(kind, token_text, span.start);
    }

    /// Copies the file up to `to` into the expansion and goes on copying from `resume`.
    pub(super) fn cut(&mut self, to: usize, resume: usize) -> &mut Expansion {
        let pending = &mut self.pending;
        let expansion = pending.expansion.get_or_insert_with(|| {
            pending.copied_to = pending.start.unwrap_or(to);
            Box::default()
        });
        if pending.copied_to < to && pending.start.is_some() {
            expansion.pieces.push(Piece { at: expansion.text.len(), source: pending.copied_to, verbatim: true });
            expansion.text.push_str(&self.text[pending.copied_to..to]);
        }
        pending.copied_to = resume;
        expansion
    }
}

pub(super) enum After {
    Continue(usize),
    Quit,
}

impl Reader<'_> {
    pub(super) fn add_file(&mut self, name: String, text: Arc<str>) -> usize {
        let known = self.script.files.iter().position(|file| file.name == name && file.text == text);
        known.unwrap_or_else(|| {
            self.script.files.push(SourceFile { name, text });
            self.script.files.len() - 1
        })
    }

    pub(super) fn error(&self, file: usize, offset: usize, kind: ScriptErrorKind) -> ScriptError {
        let place = self.script.place_of(file, offset);
        ScriptError { file: place.file.to_owned(), at: place.at, kind }
    }

    pub(super) fn warn(&mut self, file: usize, offset: usize, message: String) {
        let at = self.script.place_of(file, offset).at;
        self.script.warnings.push(Warning { file, at, message });
    }

    pub(super) fn read_file(&mut self, file: usize) -> Result<(), ScriptError> {
        let text = Arc::clone(&self.script.files[file].text);
        if text.as_bytes().contains(&0) {
            let at = text.find('\0').unwrap_or(0);
            return Err(self.error(file, at, ScriptErrorKind::Nul));
        }
        let begin = if text.starts_with('\u{feff}') { 3 } else { 0 };
        let mut current = Current {
            file,
            text: Arc::clone(&text),
            pending: Pending { leading_from: begin, ..Pending::default() },
            parked: None,
            conditions: Vec::new(),
            copy: None,
            counted: 0,
            line: 1,
        };
        self.open_files.push(file);
        let mut tokens = Tokens::starting_at(&text, begin);
        loop {
            if let Some(statement) = current.copy.take() {
                tokens.jump(self.copy_data(&mut current, statement, tokens.offset())?);
            }
            let Some(token) = tokens.next() else {
                if let Some(open) = current.conditions.first() {
                    return Err(self.error(file, open.at, ScriptErrorKind::OpenIf));
                }
                break;
            };
            match token.kind {
                TokenKind::Whitespace | TokenKind::LineComment | TokenKind::BlockComment => {}
                TokenKind::Unterminated(what) => {
                    let kind = ScriptErrorKind::Unterminated(what);
                    return Err(self.error(file, token.start, kind));
                }
                TokenKind::Backslash => match self.meta(&mut current, token.start)? {
                    After::Continue(at) => tokens.jump(at),
                    After::Quit => break,
                },
                TokenKind::Semicolon if current.pending.tracker.splits() => {
                    self.finish(&mut current, token.end)?;
                }
                TokenKind::Punct(':')
                    if let Some(reference) = Reference::at(&text, token.start)
                        && current.is_active()
                        && self.substitute(&mut current, &reference, token.start)? =>
                {
                    tokens.jump(reference.end);
                }
                // Where such a string ends, and what it says, is another matter then.
                TokenKind::String
                    if let Some(since) = self.old_strings
                        && current.is_active()
                        && token.text(&text).contains('\\') =>
                {
                    return Err(self.error(file, token.start, ScriptErrorKind::OldString { since }));
                }
                kind => current.significant(kind, token.text(&text), token.start..token.end),
            }
        }
        if let Some(at) = current.pending.tracker.open() {
            self.warn(
                file,
                at,
                "what is opened here is never closed, so the rest of the file is one statement".to_owned(),
            );
        }
        self.finish(&mut current, text.len())?;
        if let Some(Some(statement)) = current.copy {
            self.script.statements[statement].copy_data = Some(text.len()..text.len());
        }
        self.open_files.pop();
        Ok(())
    }

    /// Ends the statement being read; `after` is where the file goes on.
    pub(super) fn finish(&mut self, current: &mut Current, after: usize) -> Result<(), ScriptError> {
        let active = current.is_active();
        let leading_from = current.pending.leading_from;
        let Some(start) = current.pending.start else {
            current.pending = Pending { leading_from, ..Pending::default() };
            return Ok(());
        };
        let end = current.pending.end;
        if current.copy.is_some() {
            return Err(self.error(current.file, start, ScriptErrorKind::TextBeforeCopyData));
        }
        if current.pending.expansion.is_some() && current.pending.copied_to < end {
            current.cut(end, end);
        }
        let pending = std::mem::replace(&mut current.pending, Pending { leading_from: after, ..Pending::default() });
        let mut expansion = pending.expansion;
        if let Some(expansion) = &mut expansion {
            expansion.text.truncate(expansion.text.trim_end().len());
        }
        let kind = match &expansion {
            Some(expansion) => statement_kind(&expansion.text),
            None => statement_kind(&current.text[start..end]),
        };
        let copies = kind == StatementKind::CopyFromStdin;
        if active {
            let line = current.line_of(start);
            let whole = expansion.as_ref().map_or(&current.text[start..end], |e| &e.text);
            match conforming_strings(whole) {
                Some(true) => self.old_strings = None,
                Some(false) => self.old_strings = Some(line),
                None => {}
            }
            self.script.statements.push(Statement {
                file: current.file,
                start,
                end,
                line,
                leading: leading_from.min(start)..start,
                kind,
                copy_data: None,
                expansion,
            });
        }
        if copies {
            current.copy = Some(active.then(|| self.script.statements.len() - 1));
        }
        Ok(())
    }

    /// Takes the lines after `COPY ... FROM STDIN` up to `\.`; gives where SQL goes on.
    fn copy_data(&mut self, current: &mut Current, statement: Option<usize>, pos: usize) -> Result<usize, ScriptError> {
        let text = Arc::clone(&current.text);
        let mut data = text.len();
        for token in Tokens::starting_at(&text, pos) {
            let line_end = token.text(&text).find('\n');
            match (token.kind, line_end) {
                (TokenKind::Whitespace, Some(at)) => {
                    data = token.start + at + 1;
                    break;
                }
                (TokenKind::Whitespace | TokenKind::LineComment, None) | (TokenKind::BlockComment, None) => {}
                _ => {
                    let kind = ScriptErrorKind::TextBeforeCopyData;
                    return Err(self.error(current.file, token.start, kind));
                }
            }
        }
        let (end, after) = data_end(&text, data);
        if let Some(statement) = statement {
            self.script.statements[statement].copy_data = Some(data..end);
        }
        current.pending.leading_from = after;
        Ok(after)
    }
}

/// What a statement sets `standard_conforming_strings` to, if it does.
fn conforming_strings(statement: &str) -> Option<bool> {
    let mut cursor = Cursor::new(statement);
    if cursor.accept("reset") {
        return (cursor.accept("standard_conforming_strings") || cursor.accept("all")).then_some(true);
    }
    if !cursor.accept("set") {
        return None;
    }
    let _ = cursor.accept_any(&["session", "local"]);
    if !cursor.accept("standard_conforming_strings") || !(cursor.symbol("=") || cursor.accept("to")) {
        return None;
    }
    let value = cursor.peek_text().trim_matches('\'').to_ascii_lowercase();
    // Any beginning of the word is taken (PostgreSQL manual, 20.1.1).
    let off = ["off", "of"].contains(&value.as_str())
        || value == "0"
        || !value.is_empty() && ("false".starts_with(&value) || "no".starts_with(&value));
    Some(!off)
}

/// Where `COPY` data ends and where SQL goes on: at a line that is `\.`, or with the text.
fn data_end(text: &str, data: usize) -> (usize, usize) {
    let rest = &text[data..];
    let after_marker = |at: usize| {
        let after = rest.get(at + 2..)?;
        if after.is_empty() {
            Some(at + 2)
        } else if after.starts_with('\n') {
            Some(at + 3)
        } else {
            after.starts_with("\r\n").then_some(at + 4)
        }
    };
    if rest.starts_with("\\.")
        && let Some(after) = after_marker(0)
    {
        return (data, data + after);
    }
    let mut from = 0;
    while let Some(found) = rest[from..].find("\n\\.") {
        let at = from + found + 1;
        if let Some(after) = after_marker(at) {
            return (data + at, data + after);
        }
        from = at;
    }
    (text.len(), text.len())
}

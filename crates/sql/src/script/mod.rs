//! A file as psql reads it: statements, `COPY` data, meta-commands, variables, included files.
//!
//! The reading is lexical, as psql's own is. What psql decides by asking the server (where `COPY`
//! data starts) is decided from the text, and what would read or write outside the script
//! (`\copy`, `\!`, `\o`, `\gexec` ...) is refused by name, because a migration must not depend on
//! the machine it is started from.

mod commands;
mod error;
mod expand;
mod kind;
mod meta;
mod reader;
mod state;
mod vars;
mod whole;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

pub use error::{ScriptError, ScriptErrorKind, Warning};
pub use kind::{StatementKind, statement_kind};
pub use whole::{Whole, whole};

use crate::lines::{LineCol, LineIndex, line_col};
use crate::normalise::{line_ends_folded, normalised};

/// Finds the files that `\i` and `\ir` name. Implemented by the caller: this crate reads no files.
pub trait Include {
    /// The name and text of the file at `path`, as written in the script. When `relative_to_file`
    /// is set (`\ir`), the path is relative to the folder of `from_file` (a name given to
    /// [`parse`] or returned from here); else to the working folder.
    ///
    /// # Errors
    /// In plain words, why there is no such text.
    fn load(&mut self, from_file: &str, path: &str, relative_to_file: bool) -> Result<(String, Arc<str>), String>;
}

/// An [`Include`] that refuses every file.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoIncludes;

impl Include for NoIncludes {
    fn load(&mut self, _: &str, _: &str, _: bool) -> Result<(String, Arc<str>), String> {
        Err("including files is not possible here".to_owned())
    }
}

/// Reads a script.
///
/// `name` is what errors call the file. `vars` are psql variables set from outside (`psql -v`).
/// A file with a byte order mark, CRLF line ends, no final semicolon, or nothing in it is fine.
///
/// # Errors
/// [`ScriptError`], with file, line and column, for what psql could not read either (an open
/// quote, a broken `\if`) and for the meta-commands that a migration cannot use.
pub fn parse(
    name: &str,
    text: Arc<str>,
    vars: &BTreeMap<String, String>,
    include: &mut dyn Include,
) -> Result<Script, ScriptError> {
    reader::read(name, text, vars, include)
}

/// What was read.
#[derive(Debug, Clone, Default)]
pub struct Script {
    /// The file itself, then included files in the order they were first included.
    pub files: Vec<SourceFile>,
    /// The statements in the order they run.
    pub statements: Vec<Statement>,
    /// Output of `\echo`, `\qecho` and `\warn`, in order.
    pub echoes: Vec<Echo>,
    /// What is worth saying and does not stop the script.
    pub warnings: Vec<Warning>,
}

/// A text that statements come from.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// The name errors use.
    pub name: String,
    /// The whole text.
    pub text: Arc<str>,
}

/// One statement.
#[derive(Debug, Clone)]
pub struct Statement {
    /// Index into [`Script::files`].
    pub file: usize,
    /// Byte offset in the file of the first token: white space and comments before it are left out.
    pub start: usize,
    /// Byte offset in the file after the last token, not counting the semicolon.
    pub end: usize,
    /// The line `start` is on, from 1.
    pub line: usize,
    /// What lies before the statement since the one before it, as bytes of the file: comments,
    /// white space, meta-commands. Its comments belong to the statement.
    pub leading: Range<usize>,
    /// What kind of statement it is, as far as running a script needs to know.
    pub kind: StatementKind,
    /// The bytes of the file that follow as `COPY` data: whole lines, without the final `\.`.
    pub copy_data: Option<Range<usize>>,
    expansion: Option<Box<Expansion>>,
}

/// The text of a statement that is not the file's own, because variables were replaced or
/// meta-commands stood in it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Expansion {
    pub(crate) text: String,
    /// Where pieces of `text` come from, in order of both offsets.
    pub(crate) pieces: Vec<Piece>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece {
    /// Offset in the expanded text.
    pub(crate) at: usize,
    /// Offset in the file.
    pub(crate) source: usize,
    /// Whether it is a copy of the file; else all of it comes from the one place.
    pub(crate) verbatim: bool,
}

/// Output asked for by `\echo`, `\qecho` or `\warn`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Echo {
    /// The statement it comes before: an index into [`Script::statements`], or their number when
    /// it comes after the last.
    pub before: usize,
    /// What to print, with the line end unless `-n` was given.
    pub text: String,
    /// Whether it is a `\warn`, for standard error.
    pub warn: bool,
}

/// A statement or an output, see [`Script::items`].
#[derive(Debug, Clone, Copy)]
pub enum Item<'a> {
    /// A statement with its index.
    Statement(usize, &'a Statement),
    /// Something to print.
    Echo(&'a Echo),
}

/// A place in a script, for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place<'a> {
    /// The name of the file.
    pub file: &'a str,
    /// Byte offset in the file.
    pub offset: usize,
    /// Line and column.
    pub at: LineCol,
}

impl std::fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.at)
    }
}

impl Statement {
    /// Whether variables were replaced in it, so that its text is not the file's.
    #[must_use]
    pub const fn is_expanded(&self) -> bool {
        self.expansion.is_some()
    }
}

impl Script {
    /// The text to send for a statement, which must be one of this script.
    #[must_use]
    pub fn text<'a>(&'a self, statement: &'a Statement) -> &'a str {
        match &statement.expansion {
            Some(expansion) => &expansion.text,
            None => self.file_text(statement.file).get(statement.start..statement.end).unwrap_or(""),
        }
    }

    /// The `COPY` data that follows a statement, if it has any.
    #[must_use]
    pub fn copy_data(&self, statement: &Statement) -> Option<&str> {
        self.file_text(statement.file).get(statement.copy_data.clone()?)
    }

    /// Where a statement starts.
    #[must_use]
    pub fn place(&self, statement: &Statement) -> Place<'_> {
        self.place_of(statement.file, statement.start)
    }

    /// The place in the file of an error position that PostgreSQL reported for a statement:
    /// characters from 1, counted in the text that was sent. In replaced text it is the place of
    /// the variable.
    #[must_use]
    pub fn position(&self, statement: &Statement, position: usize) -> Place<'_> {
        let text = self.text(statement);
        let skip = position.saturating_sub(1);
        let in_text = text.char_indices().nth(skip).map_or(text.len(), |(offset, _)| offset);
        let offset = match &statement.expansion {
            None => statement.start + in_text,
            Some(expansion) => {
                let index = expansion.pieces.partition_point(|piece| piece.at <= in_text);
                match index.checked_sub(1).map(|index| expansion.pieces[index]) {
                    Some(piece) if piece.verbatim => piece.source + (in_text - piece.at),
                    Some(piece) => piece.source,
                    None => statement.start,
                }
            }
        };
        self.place_of(statement.file, offset)
    }

    /// Statements and outputs in the order psql would run them.
    pub fn items(&self) -> impl Iterator<Item = Item<'_>> {
        let mut echoes = self.echoes.iter().peekable();
        let mut statements = self.statements.iter().enumerate();
        let mut done = 0;
        std::iter::from_fn(move || {
            if let Some(echo) = echoes.next_if(|echo| echo.before <= done) {
                return Some(Item::Echo(echo));
            }
            match statements.next() {
                Some((index, statement)) => {
                    done = index + 1;
                    Some(Item::Statement(index, statement))
                }
                None => echoes.next().map(Item::Echo),
            }
        })
    }

    /// Line starts of a file, for many look-ups; `None` when there is no such file.
    #[must_use]
    pub fn lines(&self, file: usize) -> Option<LineIndex<'_>> {
        Some(LineIndex::new(&self.files.get(file)?.text))
    }

    /// Feeds `sink` all statements in [`normalised`] form, with the data of `COPY`: what the
    /// script does, whatever it looks like. Included files and replaced variables count as if
    /// they were written in place; `\echo` does not count.
    pub fn normalised(&self, sink: &mut dyn FnMut(&[u8])) {
        for statement in &self.statements {
            normalised(self.text(statement), sink);
            sink(b";\n");
            if let Some(data) = self.copy_data(statement) {
                line_ends_folded(data, sink);
                if !data.is_empty() && !data.ends_with('\n') {
                    sink(b"\n");
                }
                sink(b"\\.\n");
            }
        }
    }

    fn place_of(&self, file: usize, offset: usize) -> Place<'_> {
        let source = self.files.get(file);
        Place {
            file: source.map_or("", |source| source.name.as_str()),
            offset,
            at: line_col(self.file_text(file), offset),
        }
    }

    fn file_text(&self, file: usize) -> &str {
        self.files.get(file).map_or("", |source| &source.text)
    }
}

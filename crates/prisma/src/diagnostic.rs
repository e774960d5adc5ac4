//! What is wrong with a schema, and what is worth knowing about one.

use std::fmt;

use surefoot_sql::LineIndex;

/// One thing wrong in a schema: where, with what, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {object}: {message}\n  help: {help}")]
pub struct Diagnostic {
    /// Which check failed.
    pub code: Code,
    /// Where.
    pub place: Place,
    /// The object: ``field `Post.author` ``, ``enum `Role` ``, `file`.
    pub object: String,
    /// What is wrong with it.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

/// Something that a schema says and its DDL does not, or that PostgreSQL will treat otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What kind of thing.
    pub kind: NoteKind,
    /// Where.
    pub place: Place,
    /// The object, as in [`Diagnostic::object`].
    pub object: String,
    /// What there is to know.
    pub message: String,
}

/// A place in one of the texts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file's name, as it was given.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// The kinds of [`Diagnostic`]. The words are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Code {
    /// The text is not in the language.
    Syntax,
    /// No `datasource` block, two of them, or one that cannot be used.
    Datasource,
    /// A database other than PostgreSQL.
    Provider,
    /// Two things of one name.
    Duplicate,
    /// A name that is reserved or empty.
    Name,
    /// A field's type that does not exist.
    UnknownType,
    /// A composite type, which PostgreSQL does not have in Prisma.
    CompositeType,
    /// An attribute that does not exist there.
    UnknownAttribute,
    /// An argument that does not exist, is missing, or is of the wrong kind.
    Argument,
    /// A field that does not exist, or is of the wrong kind for where it is named.
    UnknownField,
    /// A `@db.` type that does not exist or does not fit its field.
    NativeType,
    /// A default that does not fit its field.
    Default,
    /// A primary key that cannot be one.
    Id,
    /// An index that cannot be built.
    Index,
    /// A relation that is incomplete or contradicts itself.
    Relation,
    /// Relations that cannot be told apart.
    AmbiguousRelation,
    /// A database schema that is not declared, or a missing `@@schema`.
    Schema,
    /// Two constraints or indexes of one name.
    ConstraintName,
}

impl Code {
    /// All of them.
    pub const ALL: &[Code] = &[
        Code::Syntax,
        Code::Datasource,
        Code::Provider,
        Code::Duplicate,
        Code::Name,
        Code::UnknownType,
        Code::CompositeType,
        Code::UnknownAttribute,
        Code::Argument,
        Code::UnknownField,
        Code::NativeType,
        Code::Default,
        Code::Id,
        Code::Index,
        Code::Relation,
        Code::AmbiguousRelation,
        Code::Schema,
        Code::ConstraintName,
    ];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::Syntax => "syntax",
            Code::Datasource => "datasource",
            Code::Provider => "provider",
            Code::Duplicate => "duplicate",
            Code::Name => "name",
            Code::UnknownType => "unknown-type",
            Code::CompositeType => "composite-type",
            Code::UnknownAttribute => "unknown-attribute",
            Code::Argument => "argument",
            Code::UnknownField => "unknown-field",
            Code::NativeType => "native-type",
            Code::Default => "default",
            Code::Id => "id",
            Code::Index => "index",
            Code::Relation => "relation",
            Code::AmbiguousRelation => "ambiguous-relation",
            Code::Schema => "schema",
            Code::ConstraintName => "constraint-name",
        }
    }
}

/// The kinds of [`Note`]. The words are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum NoteKind {
    /// A view: described for the client, not created.
    View,
    /// A default that the client makes, such as `uuid()`: the column has none.
    ClientDefault,
    /// `@updatedAt`: kept by the client, not by the database.
    UpdatedAt,
    /// `relationMode = "prisma"`: no foreign keys.
    NoForeignKeys,
    /// A type of an extension that the schema does not create.
    Extension,
    /// A name longer than PostgreSQL keeps.
    LongName,
    /// A word that Prisma would print so that it does not load; printed rightly here.
    Quoted,
}

impl NoteKind {
    /// All of them.
    pub const ALL: &[NoteKind] = &[
        NoteKind::View,
        NoteKind::ClientDefault,
        NoteKind::UpdatedAt,
        NoteKind::NoForeignKeys,
        NoteKind::Extension,
        NoteKind::LongName,
        NoteKind::Quoted,
    ];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            NoteKind::View => "view",
            NoteKind::ClientDefault => "client-default",
            NoteKind::UpdatedAt => "updated-at",
            NoteKind::NoForeignKeys => "no-foreign-keys",
            NoteKind::Extension => "extension",
            NoteKind::LongName => "long-name",
            NoteKind::Quoted => "quoted",
        }
    }
}

/// A stretch of one of the texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) file: usize,
    pub(crate) start: usize,
}

/// Collects what is found, turning offsets into lines.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    files: &'a [(String, String)],
    lines: Vec<LineIndex<'a>>,
    found: Vec<(Span, Diagnostic)>,
    notes: Vec<(Span, Note)>,
}

impl<'a> Report<'a> {
    pub(crate) fn new(files: &'a [(String, String)]) -> Self {
        let lines = files.iter().map(|(_, text)| LineIndex::new(text)).collect();
        Report { files, lines, found: Vec::new(), notes: Vec::new() }
    }

    pub(crate) fn add(
        &mut self,
        code: Code,
        span: Span,
        object: impl Into<String>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let diagnostic = Diagnostic {
            code,
            place: self.place(span),
            object: object.into(),
            message: message.into(),
            help: help.into(),
        };
        self.found.push((span, diagnostic));
    }

    pub(crate) fn note(&mut self, kind: NoteKind, span: Span, object: impl Into<String>, message: impl Into<String>) {
        let note = Note { kind, place: self.place(span), object: object.into(), message: message.into() };
        self.notes.push((span, note));
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.found.is_empty()
    }

    /// The notes, or everything wrong, in the order of the texts.
    pub(crate) fn finish(mut self) -> Result<Vec<Note>, Vec<Diagnostic>> {
        if self.found.is_empty() {
            self.notes.sort_by_key(|(span, note)| (span.file, span.start, note.kind));
            return Ok(self.notes.into_iter().map(|(_, note)| note).collect());
        }
        self.found.sort_by_key(|(span, _)| (span.file, span.start));
        let mut found: Vec<Diagnostic> = self.found.into_iter().map(|(_, diagnostic)| diagnostic).collect();
        // One mistake seen twice, from both ends of a relation for instance, is one mistake.
        found.dedup();
        Err(found)
    }

    fn place(&self, span: Span) -> Place {
        let (file, (line, column)) = match (self.files.get(span.file), self.lines.get(span.file)) {
            (Some((name, _)), Some(lines)) => {
                let at = lines.line_col(span.start);
                (name.clone(), (at.line, at.column))
            }
            _ => ("schema.prisma".to_owned(), (1, 1)),
        };
        Place { file, line, column }
    }
}

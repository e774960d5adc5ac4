//! From blocks to what they mean: names are looked up, attributes read, relations paired.
//!
//! Checked is what changes the DDL or makes it impossible. What only the generated client cares
//! for (names of compound keys, `@ignore` on both ends of a relation) is not.

mod attributes;
mod datasource;
mod declare;
mod default;
mod index;
mod literal;
mod predicate;
mod relation;
mod unique;

use crate::ast;
use crate::diagnostic::{Report, Span};
use crate::opclass::Method;
use crate::scalar::{Native, Scalar};

/// A schema in which every name is known.
#[derive(Debug)]
pub(crate) struct Db<'a> {
    pub(crate) datasource: Datasource,
    pub(crate) models: Vec<Model<'a>>,
    pub(crate) enums: Vec<Enum<'a>>,
    pub(crate) relations: Vec<Relation>,
}

/// What a `datasource` block says of the DDL.
#[derive(Debug, Default)]
pub(crate) struct Datasource {
    /// The block's name, which is also the prefix of native types.
    pub(crate) name: String,
    pub(crate) schemas: Option<Vec<String>>,
    pub(crate) extensions: Vec<Extension>,
    /// `relationMode = "prisma"`
    pub(crate) emulated: Option<Span>,
}

#[derive(Debug)]
pub(crate) struct Extension {
    pub(crate) name: String,
    pub(crate) schema: Option<String>,
    pub(crate) version: Option<String>,
}

/// A model or a view.
#[derive(Debug)]
pub(crate) struct Model<'a> {
    pub(crate) ast: &'a ast::Block,
    pub(crate) db_name: String,
    pub(crate) schema: Option<String>,
    pub(crate) ignored: bool,
    pub(crate) fields: Vec<Field<'a>>,
    pub(crate) id: Option<Key>,
    pub(crate) indexes: Vec<Index>,
}

impl Model<'_> {
    pub(crate) fn name(&self) -> &str {
        &self.ast.name.text
    }

    pub(crate) fn object(&self) -> String {
        format!("{} `{}`", self.ast.kind.word(), self.name())
    }

    pub(crate) fn is_view(&self) -> bool {
        self.ast.kind == ast::BlockKind::View
    }

    pub(crate) fn field(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.ast.name.text == name)
    }

    /// ``field `Model.name` ``
    pub(crate) fn field_object(&self, field: usize) -> String {
        format!("field `{}.{}`", self.name(), self.fields[field].ast.name.text)
    }

    pub(crate) fn field_names(&self, fields: &[usize]) -> String {
        fields.iter().map(|field| self.fields[*field].ast.name.text.as_str()).collect::<Vec<_>>().join(", ")
    }
}

#[derive(Debug)]
pub(crate) struct Field<'a> {
    pub(crate) ast: &'a ast::Field,
    pub(crate) kind: Kind,
    pub(crate) db_name: String,
    pub(crate) native: Option<Native>,
    pub(crate) default: Option<Default>,
    pub(crate) updated_at: bool,
    pub(crate) ends: Ends,
}

impl Field<'_> {
    pub(crate) fn span(&self) -> Span {
        self.ast.name.span
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Scalar(Scalar),
    Enum(usize),
    Unsupported(String),
    Relation(usize),
    /// A type that does not exist; reported already.
    Unknown,
}

/// The default of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Default {
    /// SQL for `DEFAULT`.
    Sql(String),
    /// The elements of a list, as SQL.
    List(Vec<String>),
    /// `autoincrement()`
    Serial,
    /// A function of the client.
    Client(String),
    /// `dbgenerated()`: there is one, which the schema does not know.
    Unknown,
}

#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) fields: Vec<usize>,
    pub(crate) name: Option<String>,
    pub(crate) span: Span,
}

#[derive(Debug)]
pub(crate) struct Index {
    pub(crate) unique: bool,
    pub(crate) columns: Vec<IndexColumn>,
    pub(crate) name: Option<String>,
    pub(crate) method: Method,
    /// `where`, as SQL in brackets.
    pub(crate) predicate: Option<String>,
    pub(crate) span: Span,
}

impl Index {
    pub(crate) fn fields(&self) -> Vec<usize> {
        self.columns.iter().map(|column| column.field).collect()
    }
}

#[derive(Debug, Clone)]
pub(crate) struct IndexColumn {
    pub(crate) field: usize,
    /// `ASC` or `DESC` where it is written.
    pub(crate) sort: Option<&'static str>,
    pub(crate) ops: Option<String>,
}

/// What `@relation` says, names looked up.
#[derive(Debug, Default)]
pub(crate) struct Ends {
    pub(crate) name: Option<String>,
    pub(crate) fields: Option<Vec<usize>>,
    pub(crate) references: Option<Vec<usize>>,
    pub(crate) on_delete: Option<(Action, Span)>,
    pub(crate) on_update: Option<(Action, Span)>,
    pub(crate) map: Option<String>,
    pub(crate) span: Option<Span>,
}

/// What happens to the rows that refer to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Cascade,
    Restrict,
    Nothing,
    SetNull,
    SetDefault,
}

impl Action {
    pub(crate) const ALL: [(&'static str, Action); 5] = [
        ("Cascade", Action::Cascade),
        ("Restrict", Action::Restrict),
        ("NoAction", Action::Nothing),
        ("SetNull", Action::SetNull),
        ("SetDefault", Action::SetDefault),
    ];

    pub(crate) fn sql(self) -> &'static str {
        match self {
            Action::Cascade => "CASCADE",
            Action::Restrict => "RESTRICT",
            Action::Nothing => "NO ACTION",
            Action::SetNull => "SET NULL",
            Action::SetDefault => "SET DEFAULT",
        }
    }
}

/// A relation, paired.
#[derive(Debug)]
pub(crate) enum Relation {
    /// A foreign key, held by `model`.
    Key { model: usize, field: usize },
    /// A table of pairs. `A` is the first of the two models by name.
    Join { a: (usize, usize), b: (usize, usize), name: String },
}

#[derive(Debug)]
pub(crate) struct Enum<'a> {
    pub(crate) ast: &'a ast::Enum,
    pub(crate) db_name: String,
    pub(crate) schema: Option<String>,
    /// Names in the schema and in the database.
    pub(crate) values: Vec<(&'a str, String)>,
}

/// Looks everything up. The result is whole only when nothing was reported.
pub(crate) fn check<'a>(document: &'a ast::Document, report: &mut Report<'_>) -> Db<'a> {
    let datasource = datasource::read(document, report);
    let mut db = declare::declare(document, datasource, report);
    attributes::read(&mut db, report);
    db.relations = relation::pair(&db, report);
    index::check(&db, report);
    unique::check(&db, report);
    db
}

//! What a schema file stands for: tables as they will be, with the names they have in the file.

use crate::diagnostic::Note;
use crate::opclass::Method;

/// The database that a schema describes, and what its parts are called in the schema.
///
/// Everything is in the order in which Prisma prints it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Schema {
    /// Database schemas that hold something, sorted.
    pub schemas: Vec<String>,
    /// Extensions, sorted by name.
    pub extensions: Vec<Extension>,
    /// Enums.
    pub enums: Vec<Enum>,
    /// Tables of models, then those between two models.
    pub tables: Vec<Table>,
    /// Where schema and database part.
    pub notes: Vec<Note>,
}

/// The name of a table or type in the database.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DbName {
    /// The database schema, where `@@schema` says one.
    pub schema: Option<String>,
    /// The name, unquoted.
    pub name: String,
}

/// An extension to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// Its name in the database.
    pub name: String,
    /// The database schema for its objects.
    pub schema: Option<String>,
    /// Its version.
    pub version: Option<String>,
}

/// An enum type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enum {
    /// Its name in the schema file.
    pub prisma_name: String,
    /// Its name in the database.
    pub db_name: DbName,
    /// Its values.
    pub values: Vec<EnumValue>,
}

/// A value of an enum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnumValue {
    /// Its name in the schema file.
    pub prisma_name: String,
    /// Its label in the database.
    pub db_name: String,
}

/// What a table is in the schema file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// A model, by name.
    Model(String),
    /// The table between two models that have lists of each other.
    Join {
        /// Model and field that column `A` stands for the rows of: the model comes first by name.
        a: (String, String),
        /// The other end.
        b: (String, String),
    },
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What it is in the schema file.
    pub origin: Origin,
    /// Its name in the database.
    pub db_name: DbName,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its primary key.
    pub primary_key: Option<PrimaryKey>,
    /// Its indexes. Unique constraints are unique indexes, as Prisma makes them.
    pub indexes: Vec<Index>,
    /// Its foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name in the schema file. `A` and `B` of a table between models have no other.
    pub prisma_name: String,
    /// Its name in the database.
    pub db_name: String,
    /// Its type as SQL, with the brackets of an array.
    pub sql_type: String,
    /// Whether it is `NOT NULL`. Arrays are not, as Prisma makes them.
    pub not_null: bool,
    /// Its default as SQL.
    pub default: Option<String>,
}

/// A primary key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrimaryKey {
    /// Its name.
    pub name: String,
    /// Its columns, by their names in the database.
    pub columns: Vec<String>,
}

/// An index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Whether it is unique.
    pub unique: bool,
    /// How it is built.
    pub method: Method,
    /// The condition of a partial index as SQL, in brackets.
    pub predicate: Option<String>,
    /// Its columns.
    pub columns: Vec<IndexColumn>,
}

/// A column of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexColumn {
    /// Its name in the database.
    pub name: String,
    /// The operator class, where the schema names one.
    pub operator_class: Option<String>,
    /// `ASC` or `DESC`, where the schema says so.
    pub sort: Option<&'static str>,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    /// Its name.
    pub name: String,
    /// Its columns.
    pub columns: Vec<String>,
    /// The table it refers to.
    pub references: DbName,
    /// The columns it refers to.
    pub referenced_columns: Vec<String>,
    /// The action as SQL.
    pub on_delete: &'static str,
    /// The action as SQL.
    pub on_update: &'static str,
}

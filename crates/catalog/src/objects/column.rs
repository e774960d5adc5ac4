//! Columns of tables, and their defaults.

use serde::{Deserialize, Serialize};

use crate::Acl;
use crate::objects::SequenceSettings;

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its place among the columns; not compared, because PostgreSQL cannot change it.
    pub position: i32,
    /// Its type as SQL.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Its collation as SQL, when it is not the type's.
    pub collation: Option<String>,
    /// Whether NULL is refused.
    pub not_null: bool,
    /// From version 18: the constraint that refuses NULL, when its name is not the one PostgreSQL makes up, or it has
    /// `NO INHERIT` or `NOT VALID`; as SQL with the name first.
    pub not_null_constraint: Option<String>,
    /// From version 18: the comment on the constraint that refuses NULL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_null_comment: Option<String>,
    /// How it is computed, if it is.
    pub generated: Option<Generated>,
    /// Its identity, if it has one.
    pub identity: Option<Identity>,
    /// Its storage, when it is not the type's: `PLAIN`, `EXTERNAL`, `EXTENDED` or `MAIN`.
    pub storage: Option<String>,
    /// The storage its type usually has.
    pub usual_storage: String,
    /// Its compression method, when one is set.
    pub compression: Option<String>,
    /// Its statistics target, when one is set.
    pub statistics: Option<i32>,
    /// `n_distinct=...` and the like, sorted.
    pub options: Vec<String>,
    /// Options for the foreign data wrapper, `name=value`, sorted.
    pub server_options: Vec<String>,
    /// Whether it comes from a parent table, or from the type of a typed table.
    pub inherited: bool,
    /// Whether the table itself says so too.
    pub local: bool,
}

/// How a column is computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generated {
    /// The expression as SQL.
    pub expression: String,
    /// Whether it is kept on disk; a virtual one (from version 18) is computed when read.
    pub stored: bool,
}

/// The identity of a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// `GENERATED ALWAYS`, else `BY DEFAULT`.
    pub always: bool,
    /// The name of its sequence as SQL, when it is not the one PostgreSQL makes up.
    pub sequence: Option<String>,
    /// The settings of its sequence.
    pub settings: SequenceSettings,
    /// Whether the sequence is kept out of the log though the table is not, or the reverse.
    pub unlogged: bool,
    /// The comment on the sequence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The privileges on the sequence, where they were ever changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acl: Option<Acl>,
}

/// The default of a column of a table or view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Default {
    /// The expression as SQL.
    pub expression: String,
}

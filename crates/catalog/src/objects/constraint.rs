//! Constraints of tables.

use serde::{Deserialize, Serialize};

use crate::Id;

/// What sort of constraint it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConstraintKind {
    /// `PRIMARY KEY`.
    PrimaryKey,
    /// `UNIQUE`.
    Unique,
    /// `EXCLUDE`.
    Exclusion,
    /// `FOREIGN KEY`.
    ForeignKey,
    /// `CHECK`.
    Check,
}

/// A constraint of a table. `NOT NULL` is said at the column, constraint triggers are triggers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Constraint {
    /// What sort it is.
    pub sort: ConstraintKind,
    /// As `pg_get_constraintdef` writes it, without `NOT VALID`.
    pub definition: String,
    /// Whether the rows that were there were checked.
    pub validated: bool,
    /// Whether it is enforced (from version 18 it may not be).
    pub enforced: bool,
    /// Whether its check may be put off, and is by default.
    pub deferrable: bool,
    /// See `deferrable`.
    pub deferred: bool,
    /// Whether it comes from a parent table.
    pub inherited: bool,
    /// Whether the table itself says so too.
    pub local: bool,
    /// The constraint of the partitioned table that it is part of.
    pub parent: Option<Id>,
    /// The table a foreign key points to.
    pub references: Option<Id>,
    /// Storage parameters of its index, sorted.
    pub options: Vec<String>,
    /// The tablespace of its index.
    pub tablespace: Option<String>,
    /// Whether the table is clustered on its index.
    pub clustered: bool,
    /// Whether its index is the table's replica identity.
    pub replica_identity: bool,
    /// The comment of its index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index_comment: Option<String>,
    /// For a foreign key whose triggers were switched: `D`isabled, `A`lways, `R`eplica.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub triggers: Option<String>,
}

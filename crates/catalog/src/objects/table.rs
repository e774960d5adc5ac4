//! Tables: plain, partitioned and foreign.

use serde::{Deserialize, Serialize};

use crate::Id;

/// What sort of table it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableKind {
    /// An ordinary table.
    Plain,
    /// A partitioned table.
    Partitioned,
    /// A foreign table.
    Foreign,
}

/// Whether it survives a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Persistence {
    /// `LOGGED`.
    Permanent,
    /// `UNLOGGED`.
    Unlogged,
}

/// What identifies a row to logical replication, where no index is named (that is said at the index).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplicaIdentity {
    /// The primary key.
    Default,
    /// The whole row.
    Full,
    /// Nothing.
    Nothing,
    /// An index.
    Index,
}

/// A table. Its columns, defaults, constraints, indexes, triggers, rules and policies are objects of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Plain, partitioned or foreign.
    pub sort: TableKind,
    /// Logged or not.
    pub persistence: Persistence,
    /// The composite type of a typed table, as SQL.
    pub of_type: Option<String>,
    /// The tables it inherits from, in their order; not the one it is a partition of.
    pub inherits: Vec<Id>,
    /// Whether it is a partition (of what and for which values: [`Partition`]).
    pub is_partition: bool,
    /// `RANGE (created_at)`: how it is partitioned.
    pub partition_key: Option<String>,
    /// Storage parameters, `name=value`, sorted.
    pub options: Vec<String>,
    /// Storage parameters of its TOAST table, sorted.
    pub toast_options: Vec<String>,
    /// Its tablespace, when it is not the database's.
    pub tablespace: Option<String>,
    /// Its access method, when it is not `heap`.
    pub access_method: Option<String>,
    /// Whether row-level security is on.
    pub row_security: bool,
    /// Whether it binds the owner too.
    pub force_row_security: bool,
    /// What identifies a row to logical replication.
    pub replica_identity: ReplicaIdentity,
    /// The server of a foreign table.
    pub server: Option<String>,
    /// The options of a foreign table, `name=value`, sorted.
    pub server_options: Vec<String>,
}

/// That a table is a partition of another. An object of its own, because a partition is best made complete before
/// it is attached: its indexes keep their names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partition {
    /// The partitioned table.
    pub parent: Id,
    /// `FOR VALUES ...` or `DEFAULT`.
    pub bound: String,
}

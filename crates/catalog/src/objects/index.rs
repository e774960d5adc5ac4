//! Indexes that no constraint owns.

use serde::{Deserialize, Serialize};

use crate::Id;

/// An index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// The table or materialized view.
    pub table: Id,
    /// `CREATE INDEX ...` as the server writes it, without storage parameters.
    pub definition: String,
    /// Whether it is unique.
    pub unique: bool,
    /// Storage parameters, `name=value`, sorted.
    pub options: Vec<String>,
    /// Its tablespace, when it is not the database's.
    pub tablespace: Option<String>,
    /// Whether the table is clustered on it.
    pub clustered: bool,
    /// Whether it is the table's replica identity.
    pub replica_identity: bool,
    /// Whether it can be used; one that a failed `CREATE INDEX CONCURRENTLY` left cannot.
    pub valid: bool,
    /// Statistics targets of its expressions, by position.
    pub statistics: Vec<(i32, i32)>,
    /// Whether it is on a partitioned table.
    pub partitioned: bool,
    /// The index of the partitioned table that it is attached to.
    pub parent: Option<Id>,
}

//! Extended statistics.

use serde::{Deserialize, Serialize};

use crate::Id;

/// Extended statistics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statistics {
    /// The table or materialized view.
    pub table: Id,
    /// `CREATE STATISTICS ...` as the server writes it.
    pub definition: String,
    /// Its target, when one is set.
    pub target: Option<i32>,
}

//! Rules.

use serde::{Deserialize, Serialize};

/// A rule, other than the one a view is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// `CREATE RULE ...` as the server writes it.
    pub definition: String,
    /// When it fires: `O`rigin, `D`isabled, `R`eplica, `A`lways (`pg_rewrite.ev_enabled`).
    pub enabled: char,
}

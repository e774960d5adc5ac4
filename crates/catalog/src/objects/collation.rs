//! Collations and conversions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A collation. Its version belongs to the machine and is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Collation {
    /// What `CREATE COLLATION` takes: `provider`, `locale`, `lc_collate`, `lc_ctype`, `deterministic`, `rules`; each
    /// value as SQL.
    pub attributes: BTreeMap<String, String>,
}

/// A conversion between encodings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversion {
    /// Whether it is taken when none is named.
    pub default: bool,
    /// The encoding it reads.
    pub source: String,
    /// The encoding it writes.
    pub target: String,
    /// The function that converts, as SQL.
    pub function: String,
}

//! Aggregates.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// An aggregate: plain, ordered-set or hypothetical-set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aggregate {
    /// Its parameters with names and `ORDER BY`, or `*`.
    pub arguments: String,
    /// What it returns, as SQL.
    pub result: String,
    /// `n`ormal, `o`rdered set or `h`ypothetical set (`pg_aggregate.aggkind`).
    pub sort: char,
    /// What `CREATE AGGREGATE` takes (`sfunc`, `stype` and so on), each value as SQL.
    pub attributes: BTreeMap<String, String>,
}

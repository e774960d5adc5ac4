//! Base types.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A base type, made of functions that read and write its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BaseType {
    /// What `CREATE TYPE` takes (`input`, `output`, `internallength` and so on), each value as SQL. Empty for a shell:
    /// a name that waits for its functions.
    pub attributes: BTreeMap<String, String>,
}

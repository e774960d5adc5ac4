//! Procedural languages, access methods, casts and transforms: names for functions that do the work.

use serde::{Deserialize, Serialize};

/// A procedural language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Language {
    /// Whether everybody may use it.
    pub trusted: bool,
    /// The function that runs its functions, as SQL.
    pub handler: Option<String>,
    /// The function that runs `DO` blocks.
    pub inline: Option<String>,
    /// The function that checks its functions.
    pub validator: Option<String>,
}

/// An access method for tables or indexes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessMethod {
    /// `TABLE` or `INDEX`.
    pub sort: String,
    /// Its handler function, as SQL.
    pub handler: String,
}

/// A cast.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cast {
    /// `WITH FUNCTION ...`, `WITH INOUT` or `WITHOUT FUNCTION`.
    pub method: String,
    /// `AS ASSIGNMENT`, `AS IMPLICIT`, or nothing for casts that have to be written.
    pub context: Option<String>,
}

/// A transform: how values of a type get into a language and out of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transform {
    /// The function for the way in, as SQL with its arguments.
    pub from_sql: Option<String>,
    /// The function for the way out, as SQL with its arguments.
    pub to_sql: Option<String>,
}

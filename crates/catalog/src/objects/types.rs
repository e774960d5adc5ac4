//! Enums, domains, composite types and ranges.

use serde::{Deserialize, Serialize};

/// An enum type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enum {
    /// Its values, in their order.
    pub labels: Vec<String>,
}

/// A domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Domain {
    /// The type it restricts, as SQL.
    pub base: String,
    /// Its collation as SQL, when it is not the base type's.
    pub collation: Option<String>,
    /// Its default as SQL.
    pub default: Option<String>,
    /// Whether NULL is refused.
    pub not_null: bool,
    /// Its checks, sorted by name.
    pub constraints: Vec<DomainConstraint>,
}

/// A check of a domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainConstraint {
    /// Its name.
    pub name: String,
    /// `CHECK (...)`, with `NOT VALID` where it is not.
    pub definition: String,
    /// Its comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// A composite type of its own (not the row type of a table).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Composite {
    /// Its attributes, in their order.
    pub attributes: Vec<Attribute>,
}

/// An attribute of a composite type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Its type as SQL.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Its collation as SQL, when it is not the type's.
    pub collation: Option<String>,
    /// Its comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// A range type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// The type of its bounds, as SQL.
    pub subtype: String,
    /// The operator class that orders them, as SQL, when it is not the default one.
    pub opclass: Option<String>,
    /// Its collation as SQL, when it is not the subtype's.
    pub collation: Option<String>,
    /// The function that gives the canonical form, as SQL.
    pub canonical: Option<String>,
    /// The function that gives the difference of two bounds, as SQL.
    pub subtype_diff: Option<String>,
    /// The name of its multirange type, when it is not the one PostgreSQL makes up; from version 14.
    pub multirange: Option<String>,
}

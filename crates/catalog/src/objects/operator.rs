//! Operators, and the families and classes that tell indexes what they mean.

use serde::{Deserialize, Serialize};

use crate::Id;

/// An operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operator {
    /// The type on its left, as SQL.
    pub left: Option<String>,
    /// The type on its right, as SQL.
    pub right: Option<String>,
    /// The function behind it, as SQL.
    pub function: String,
    /// What it returns, as SQL.
    pub result: String,
    /// The operator that does the same with the sides exchanged.
    pub commutator: Option<Id>,
    /// The operator that says the opposite.
    pub negator: Option<Id>,
    /// The function that estimates how many rows a comparison with a constant leaves.
    pub restrict: Option<String>,
    /// The same for joins.
    pub join: Option<String>,
    /// Whether it can be used in hash joins.
    pub hashes: bool,
    /// Whether it can be used in merge joins.
    pub merges: bool,
}

/// An operator or function in a family.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OperatorMember {
    /// `OPERATOR` or `FUNCTION`.
    pub sort: String,
    /// The strategy or support number.
    pub number: i32,
    /// The types it is for, as SQL: left and right.
    pub types: (String, String),
    /// The operator or function with the types of its arguments, as SQL; for an operator with `FOR ORDER BY`.
    pub what: String,
}

/// A family of operator classes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorFamily {
    /// The members that belong to no class, sorted.
    pub members: Vec<OperatorMember>,
}

/// An operator class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorClass {
    /// Whether it is the one for its type.
    pub default: bool,
    /// The type it is for, as SQL.
    pub data_type: String,
    /// Its family, as SQL.
    pub family: String,
    /// The type that is kept in the index, when it is another one.
    pub storage: Option<String>,
    /// Its members, sorted.
    pub members: Vec<OperatorMember>,
}

//! Sequences.

use serde::{Deserialize, Serialize};

use crate::Id;

/// A sequence of its own (those behind identity columns belong to the column).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequence {
    /// Its settings.
    #[serde(flatten)]
    pub settings: SequenceSettings,
    /// Whether it is `UNLOGGED` (from version 15).
    pub unlogged: bool,
}

/// The settings of a sequence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SequenceSettings {
    /// `smallint`, `integer` or `bigint`.
    pub data_type: String,
    /// `START WITH`.
    pub start: i64,
    /// `INCREMENT BY`.
    pub increment: i64,
    /// `MINVALUE`.
    pub min: i64,
    /// `MAXVALUE`.
    pub max: i64,
    /// `CACHE`.
    pub cache: i64,
    /// `CYCLE`.
    pub cycle: bool,
}

/// `OWNED BY`: the column a sequence is dropped with. An object of its own, because the sequence comes before the
/// column whose default uses it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SequenceOwner {
    /// The column.
    pub column: Id,
}

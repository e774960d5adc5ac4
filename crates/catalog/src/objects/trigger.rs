//! Triggers.

use serde::{Deserialize, Serialize};

/// A trigger, also a constraint trigger. Those that a foreign key is made of, and those that a partition has from
/// its partitioned table, are not objects of their own, unless their state differs from the parent's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// `CREATE TRIGGER ...` as the server writes it.
    pub definition: String,
    /// When it fires: `O`rigin, `D`isabled, `R`eplica, `A`lways (`pg_trigger.tgenabled`).
    pub enabled: char,
    /// Whether it comes from the partitioned table.
    pub inherited: bool,
    /// Whether it is on a view, where it fires instead.
    pub on_view: bool,
    /// Whether it is a constraint trigger.
    pub constraint: bool,
}

//! Event triggers.

use serde::{Deserialize, Serialize};

/// An event trigger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventTrigger {
    /// `ddl_command_start` and the like.
    pub event: String,
    /// The commands it is for, sorted; none for all.
    pub tags: Vec<String>,
    /// The function it runs, as SQL.
    pub function: String,
    /// When it fires: `O`rigin, `D`isabled, `R`eplica, `A`lways (`pg_event_trigger.evtenabled`).
    pub enabled: char,
}

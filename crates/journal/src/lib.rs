//! The journal: what happened in a target, kept in the target.
//!
//! Events are append-only and chained: each event's exact text names the hash
//! of the event before, so an edit in the middle shows. The server builds the
//! event (`append` in `schema.sql`): its clock, its role, and a compare-and-set
//! on the last sequence number that keeps out a runner that slept through
//! another's run. The same function serves the SQL script of a dry run.
//!
//! What is not here: deciding what runs (`plan`), running it (`executor`), and
//! reading other tools' histories.

mod error;
mod event;
mod read;
mod recorder;
mod verify;
mod write;

pub use error::Error;
pub use event::{Actor, Event, EventKind};
pub use read::{EventRow, Head, Journal, Recorded, State, StepRow, StepState};
pub use recorder::{recorder_body, recorder_install_sql, recorder_triggers, recorder_uninstall_sql};
pub use verify::{ChainReport, Finding};
pub use write::{FileRecord, Transition, create_sql};

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// The journal format this program writes and reads.
pub const FORMAT: u32 = 1;

/// The schema the journal lives in unless configured otherwise.
pub const DEFAULT_SCHEMA: &str = "surefoot";

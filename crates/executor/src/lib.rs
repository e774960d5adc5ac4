//! Runs planned migrations and records each with its change.
//!
//! One session holds the migration lock and runs the statements, so that the
//! lock cannot outlive or precede them. A transaction commits together with
//! its journal entry; a statement that no transaction protects is announced,
//! run, and its outcome recorded, and after a crash the catalog says what
//! became of it. There is no state that needs a human to clear a flag.
//!
//! What is not here: which migrations run (`surefoot`), and what the statements
//! mean (`effects`).

mod again;
mod alone;
mod attic;
mod connect;
mod elevated;
mod entries;
mod error;
mod guard;
mod observer;
mod runner;
mod script;
mod settle;
mod together;
mod transaction;
mod watch;

pub use attic::{
    AtticChange, AtticItem, AtticKind, AtticOptions, AtticState, attic_items, discard_sql, install_sql, move_back_sql,
    put_back_by_hand_sql, record_sql, version_sql,
};
pub use connect::{Connector, RunOptions, pooler_in_between, setup_sql};
pub use entries::included;
pub use error::{Error, Place, StatementFailure};
pub use observer::{Blocker, Interrupt, Observer, Progress, Quiet};
pub use runner::{Done, Runner, committed_parts, place};
pub use script::{ScriptInput, script};

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

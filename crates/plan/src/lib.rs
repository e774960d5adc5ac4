//! A migration plan as data: what runs, in which transactions, in which order.
//!
//! A file becomes [`Unit`]s. A unit is what commits together: a transaction
//! that holds several statements, or one statement that PostgreSQL refuses to
//! run in a transaction. The file's own `BEGIN` and `COMMIT` set the borders;
//! outside of them statements share one transaction, because a file without
//! them expects all or nothing. Everything that cannot be honoured is an error
//! here, before anything runs.
//!
//! What is not here: reading files (`source`), running (`executor`), and facts
//! about statements (`effects`).

mod calls;
mod error;
mod keep;
mod units;
mod work;

pub use calls::{called_procedure, calls_in, committing_procedure, controls_transactions, created_procedure};
pub use error::PlanError;
pub use keep::Keep;
pub use units::{Planned, Policy, Unit, UnitKind, units};
pub use work::{Direction, FileRef, Replaced, Settings, Work, WorkInput};

/// Result of this crate.
pub type Result<T> = std::result::Result<T, PlanError>;

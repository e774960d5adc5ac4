//! What a statement does to PostgreSQL: transaction rule, locks, loss.
//!
//! [`effects`] reads one statement and says what can be known without asking the database:
//! whether it may run in a transaction, what it locks and how hard, whether it rewrites or scans
//! a table, whether data is lost, how to find out after a crash whether it took effect. This is
//! the one place where such facts about PostgreSQL are written down; lint, plan and executor
//! read it.
//!
//! What is not here: what only the catalog knows (whether a table is partitioned, a type is a
//! domain, a CHECK proves NOT NULL). Where the answer hangs on that, it says so:
//! [`Work::Maybe`], [`Reach`], [`TransactionRule::ForbiddenIfPartitioned`].

mod lock;
mod model;
mod statement;
mod tag;

pub use lock::{Lock, LockMode, Reach};
pub use model::{Effects, EnumValue, Parameter, Removal, Settle, TransactionRule, Work};
pub use statement::{effects, uses_literal};

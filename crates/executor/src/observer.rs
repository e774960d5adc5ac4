//! What happens during a run, told as it happens, and the way to stop it.

use std::sync::Arc;
use std::time::Duration;

use surefoot_pg::{Holder, Notice};
use surefoot_plan::Work;
use tokio::sync::watch;

use crate::Place;

/// A session that keeps one of our statements waiting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocker {
    /// Backend process id.
    pub pid: i32,
    /// Database role.
    pub user: String,
    /// `application_name`.
    pub application: String,
    /// `active`, `idle in transaction` ...
    pub state: String,
    /// Age of its transaction, as the server prints it.
    pub age: String,
    /// The start of its query, without literals.
    pub query: String,
}

/// One thing that happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// Another run holds the migration lock.
    Waiting {
        /// Who holds it, when the server tells.
        holder: Option<&'a Holder>,
        /// How long we have waited.
        waited: Duration,
    },
    /// A migration begins, or goes on after its first `done` units.
    Started {
        /// The migration.
        work: &'a Work,
        /// Units that were committed before.
        done: usize,
    },
    /// A statement begins.
    Statement {
        /// The migration.
        work: &'a Work,
        /// Number of the statement in the file, from 1.
        number: usize,
        /// Where it stands.
        place: Place,
        /// Its text.
        text: &'a str,
    },
    /// The statement ended well.
    StatementDone {
        /// How long it took.
        elapsed: Duration,
        /// Rows affected.
        rows: u64,
    },
    /// The server sent a message.
    Notice {
        /// The migration.
        work: &'a Work,
        /// The statement that caused it.
        place: Place,
        /// The message.
        notice: &'a Notice,
    },
    /// Something about the files that is worth knowing; told before anything runs, so that a failure does not hide it.
    Warning(&'a str),
    /// `\echo` in the file.
    Echo(&'a str),
    /// Our statement waits for others.
    Blocked {
        /// For whom.
        blockers: &'a [Blocker],
        /// How long it has run.
        waited: Duration,
    },
    /// An index build reports how far it is.
    Building {
        /// Phase, in the server's words.
        phase: &'a str,
        /// Per cent of the phase, when known.
        percent: Option<u8>,
    },
    /// A transaction was rolled back and is tried again.
    Retry {
        /// Which try comes.
        attempt: u32,
        /// Of how many.
        of: u32,
        /// Why.
        reason: &'a str,
        /// After how long.
        pause: Duration,
    },
    /// What a crash or a failure had left was put right.
    Repaired {
        /// What was done.
        what: &'a str,
    },
    /// Rows of a column that will be dropped are copied, a batch at a time.
    Copied {
        /// The table.
        table: &'a str,
        /// How many so far.
        rows: u64,
    },
    /// Something went into the attic or came back, and is committed.
    Attic(&'a crate::AtticChange),
    /// A part of a migration is committed.
    UnitCommitted {
        /// Which, from 1.
        unit: usize,
        /// Of how many.
        of: usize,
    },
    /// A migration is done.
    Finished {
        /// The migration.
        work: &'a Work,
        /// How long it took.
        elapsed: Duration,
    },
    /// A point at which a crash would be interesting; for fault tests.
    Boundary(&'static str),
}

/// Listens to a run.
pub trait Observer: Send + Sync {
    /// Called for everything that happens, in order; should return quickly.
    fn observe(&self, progress: &Progress<'_>);
}

/// Listens to nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quiet;

impl Observer for Quiet {
    fn observe(&self, _progress: &Progress<'_>) {}
}

/// Asks a run to stop: the running statement is cancelled, its transaction rolled back, the lock given back.
#[derive(Debug, Clone)]
pub struct Interrupt {
    sender: Arc<watch::Sender<bool>>,
    receiver: watch::Receiver<bool>,
}

impl Default for Interrupt {
    fn default() -> Self {
        let (sender, receiver) = watch::channel(false);
        Self { sender: Arc::new(sender), receiver }
    }
}

impl Interrupt {
    /// Asks.
    pub fn raise(&self) {
        // There is always a receiver: this one.
        let _ = self.sender.send(true);
    }

    /// Whether someone asked.
    pub fn is_raised(&self) -> bool {
        *self.receiver.borrow()
    }

    /// Resolves when someone asks.
    pub async fn raised(&self) {
        let mut receiver = self.receiver.clone();
        if receiver.wait_for(|raised| *raised).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

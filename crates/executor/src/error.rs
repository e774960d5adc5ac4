//! Why a run stopped.

use std::fmt;
use std::time::Duration;

use surefoot_pg::{ErrorClass, Holder};

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Path within the project.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// A statement that failed.
#[derive(Debug)]
pub struct StatementFailure {
    /// Migration id.
    pub migration: String,
    /// Where the error is.
    pub place: Place,
    /// The line of the file it is in, for showing with a caret.
    pub source_line: Option<String>,
    /// Command tag of the statement.
    pub tag: String,
    /// What the server said.
    pub error: surefoot_pg::Error,
    /// How often it was tried.
    pub attempts: u32,
    /// Who was in the way, when it was a lock.
    pub blockers: Vec<crate::Blocker>,
    /// Units of this migration that stay committed.
    pub units_done: usize,
    /// Units in all.
    pub units_total: usize,
}

/// Executor errors.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The session failed.
    #[error(transparent)]
    Pg(#[from] surefoot_pg::Error),
    /// The journal failed.
    #[error(transparent)]
    Journal(#[from] surefoot_journal::Error),
    /// Another run holds the migration lock.
    #[error("{}", lock_message(.holder.as_deref(), .waited))]
    LockNotObtained {
        /// Who.
        holder: Option<Box<Holder>>,
        /// How long we waited.
        waited: Duration,
    },
    /// A statement failed.
    #[error("{}: {}", .0.place, .0.error)]
    Statement(Box<StatementFailure>),
    /// The check after a migration failed.
    #[error("{place}: the check of migration {migration} failed: {reason}")]
    Verify {
        /// Migration id.
        migration: String,
        /// Where.
        place: Place,
        /// Why.
        reason: String,
        /// Units that stay committed.
        units_done: usize,
        /// Units in all.
        units_total: usize,
    },
    /// The user asked to stop.
    #[error("interrupted{}", .migration.as_ref().map(|m| format!(" in migration {m}")).unwrap_or_default())]
    Interrupted {
        /// In which migration.
        migration: Option<String>,
        /// Units that stay committed.
        units_done: usize,
        /// Units in all.
        units_total: usize,
    },
    /// It cannot be found out whether a statement took effect.
    #[error("{place}: a run died while this {tag} was running, and the catalog does not tell whether it took effect")]
    InDoubt {
        /// Migration id.
        migration: String,
        /// Where.
        place: Place,
        /// Command.
        tag: String,
    },
    /// A part that is already committed reads differently now.
    #[error("{file}: part {unit} of migration {migration} is already committed, but its text was changed since")]
    PartChanged {
        /// Migration id.
        migration: String,
        /// File.
        file: String,
        /// Which part, from 1.
        unit: usize,
    },
    /// Someone else wrote to the journal while we had the lock.
    #[error("another run took over while this one was away: the journal ends at event {found}, expected {expected}")]
    TakenOver {
        /// Our last event.
        expected: u64,
        /// The last event now.
        found: u64,
    },
    /// A migration asks for the elevated role and none is configured.
    #[error("migration {migration} asks for `role elevated`, and no elevated role is configured for this environment")]
    NoElevatedRole {
        /// Migration id.
        migration: String,
    },
    /// The session may not become the elevated role.
    #[error("migration {migration} asks for `role elevated`, and {user} may not SET ROLE {role}: {reason}")]
    MayNotElevate {
        /// Migration id.
        migration: String,
        /// The role of the connection.
        user: String,
        /// The elevated role.
        role: String,
        /// Why.
        reason: &'static str,
    },
    /// The connection of the elevated role cannot be made.
    #[error("migration {migration} asks for `role elevated`: {error}")]
    ElevatedUrl {
        /// Migration id.
        migration: String,
        /// What the connection said.
        error: surefoot_pg::Error,
    },
    /// A connection pooler hands our statements to changing server sessions.
    #[error("a transaction-pooling proxy stands between us and the server: the session changes between statements")]
    Pooler,
}

impl Error {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Pg(e) => e.hint(),
            Self::Journal(e) => e.hint(),
            Self::LockNotObtained { holder, .. } => Some(match holder {
                Some(h) => format!(
                    "wait for it, raise --migration-lock-timeout, or, if it is dead, end it: SELECT pg_terminate_backend({});",
                    h.pid
                ),
                None => "wait for it, or raise --migration-lock-timeout".into(),
            }),
            Self::Statement(f) => match f.error.class() {
                ErrorClass::LockTimeout => Some(
                    "end the sessions in the way, choose a quieter time, or raise --lock-timeout or --retry-attempts".into(),
                ),
                ErrorClass::TransactionControl => Some(
                    "a procedure that commits cannot run in a transaction: take it out of the file's BEGIN ... COMMIT; in a file without them put `-- surefoot: no-transaction`".into(),
                ),
                ErrorClass::ActiveTransaction => {
                    Some("put `-- surefoot: no-transaction` in the file".into())
                }
                _ => f.error.hint(),
            },
            Self::Verify { .. } => Some("correct the migration or its check, then run the command again".into()),
            Self::Interrupted { units_done, .. } => Some(if *units_done > 0 {
                "run the command again: it goes on after the last committed part".into()
            } else {
                "run the command again".into()
            }),
            Self::InDoubt { migration, .. } => Some(format!(
                "look at the database, then say what you found: surefoot resolve --applied {migration} --reason ..., or surefoot resolve --retry {migration} --reason ..."
            )),
            Self::PartChanged { migration, .. } => Some(format!(
                "restore the file (surefoot recover {migration}), or say how it ended: surefoot resolve --applied|--rolled-back {migration} --reason ..."
            )),
            Self::TakenOver { .. } => Some("look at `surefoot status`, then run the command again".into()),
            Self::NoElevatedRole { .. } => {
                Some("set elevated-url or elevated-role in [environments.<name>], or SUREFOOT_ELEVATED_URL".into())
            }
            Self::MayNotElevate { user, role, .. } => Some(format!(
                "as a superuser run: GRANT {} TO {}; or set another elevated-role or an elevated-url",
                surefoot_pg::ident(role),
                surefoot_pg::ident(user)
            )),
            Self::ElevatedUrl { error, .. } => error.hint(),
            Self::Pooler => Some("give the direct URL of the server: direct-url in [environments.<name>], or --url".into()),
        }
    }
}

fn lock_message(holder: Option<&Holder>, waited: &Duration) -> String {
    let waited = waited.as_secs_f64();
    match holder {
        Some(h) => format!(
            "another run holds the migration lock since {}: pid {}, role {}, from {}, application {:?} ({}); waited {waited:.1} s",
            h.since, h.pid, h.user, h.host, h.application, h.state
        ),
        None => format!("another run holds the migration lock; waited {waited:.1} s"),
    }
}

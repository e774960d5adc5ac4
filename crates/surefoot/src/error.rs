//! Everything that can stop a use case, each with a stable code and a way out.

use surefoot_executor::Done;

/// Library errors. Codes and exit classes are stable.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// `surefoot.toml` cannot be used.
    #[error(transparent)]
    Config(#[from] crate::config::ConfigError),
    /// The migrations on disk cannot be used; every problem is listed.
    #[error("{}", list(.0.problems.iter()))]
    Load(#[from] surefoot_source::LoadError),
    /// A reference leads to no migration, or to several.
    #[error(transparent)]
    Find(#[from] surefoot_source::FindError),
    /// Files cannot be read as SQL; each with the line of its place, for a caret.
    #[error("{}", list(.0.iter().map(|(e, _)| e)))]
    Script(Vec<(surefoot_sql::script::ScriptError, Option<String>)>),
    /// A file cannot be run as written.
    #[error("{}", list(.0.iter()))]
    Plan(Vec<surefoot_plan::PlanError>),
    /// A statement does not parse; nothing has run.
    #[error("{place}: {message}")]
    Syntax {
        /// Where.
        place: surefoot_executor::Place,
        /// The server's message.
        message: String,
        /// The line, for a caret.
        source_line: Option<String>,
        /// The server's hint.
        hint: Option<String>,
    },
    /// A run stopped; what was done before it stays done.
    #[error("{source}")]
    Run {
        /// Migrations that were completed in this run.
        done: Vec<Done>,
        /// Why it stopped.
        source: Box<surefoot_executor::Error>,
    },
    /// The executor failed before or after a migration.
    #[error(transparent)]
    Executor(#[from] surefoot_executor::Error),
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] surefoot_journal::Error),
    /// The session failed.
    #[error(transparent)]
    Pg(#[from] surefoot_pg::Error),
    /// The dev or embedded database failed.
    #[error(transparent)]
    DevDb(#[from] surefoot_devdb::Error),
    /// The catalog could not be read.
    #[error(transparent)]
    Introspect(#[from] surefoot_introspect::Error),
    /// A rule refuses the command; nothing was changed.
    #[error("{message}")]
    Refused {
        /// Stable code.
        code: &'static str,
        /// What and why.
        message: String,
        /// What to do.
        hint: String,
    },
    /// A schema cannot be read or compared.
    #[error("{message}")]
    Schema {
        /// Stable code.
        code: &'static str,
        /// What and why.
        message: String,
        /// What to do.
        hint: String,
    },
    /// A file cannot be read or written.
    #[error("cannot {action} {path}: {reason}")]
    Io {
        /// `read`, `write` ...
        action: &'static str,
        /// Path.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// The command makes no sense as given.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to write instead.
        hint: String,
    },
    /// A hook or another command of the configuration failed.
    #[error("{what} failed: {reason}")]
    Command {
        /// Which.
        what: String,
        /// Exit status or reason.
        reason: String,
    },
    /// A time limit ran out while waiting for a schema.
    #[error("{0}")]
    NotReady(String),
}

/// How a command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Failed.
    Failed,
    /// Refused by a rule.
    Refused,
    /// Another run holds the lock.
    Locked,
    /// Wrong use.
    Usage,
    /// Stopped by its user.
    Interrupted,
}

impl Error {
    /// A short, stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Config(_) => "config",
            Self::Load(_) => "migrations",
            Self::Find(_) => "unknown-migration",
            Self::Script(_) => "script",
            Self::Plan(_) => "plan",
            Self::Syntax { .. } => "syntax",
            Self::Run { source, .. } => executor_code(source),
            Self::Executor(e) => executor_code(e),
            Self::Journal(e) => journal_code(e),
            Self::Pg(e) => pg_code(e),
            Self::DevDb(surefoot_devdb::Error::HoldsData { .. }) => "dev-url-holds-data",
            Self::DevDb(_) => "dev-database",
            Self::Introspect(_) => "catalog",
            Self::Refused { code, .. } | Self::Schema { code, .. } => code,
            Self::Io { .. } => "io",
            Self::Usage { .. } => "usage",
            Self::Command { .. } => "command",
            Self::NotReady(_) => "not-ready",
        }
    }

    /// What to do about it; several lines are several hints.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Config(_) => Some("see docs/configuration.md for every key".into()),
            Self::Load(e) => Some(join(e.problems.iter().filter_map(surefoot_source::Problem::hint))),
            Self::Find(e) => e.hint(),
            Self::Script(e) => Some(join(e.iter().map(|(e, _)| e.hint().to_owned()))),
            Self::Plan(e) => Some(join(e.iter().map(surefoot_plan::PlanError::hint))),
            Self::Syntax { hint, .. } => {
                hint.clone().or(Some("nothing was run: correct the file and run the command again".into()))
            }
            Self::Run { source, .. } => source.hint(),
            Self::Executor(e) => e.hint(),
            Self::Journal(e) => e.hint(),
            Self::Pg(e) => e.hint(),
            Self::DevDb(e) => e.hint(),
            Self::Introspect(e) => e.hint(),
            Self::Refused { hint, .. } | Self::Schema { hint, .. } | Self::Usage { hint, .. } => Some(hint.clone()),
            Self::Io { .. } | Self::Command { .. } | Self::NotReady(_) => None,
        }
        .filter(|h| !h.is_empty())
    }

    /// How the command ends.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Refused { .. } | Self::DevDb(surefoot_devdb::Error::HoldsData { .. }) => Exit::Refused,
            Self::Usage { .. } | Self::Find(_) => Exit::Usage,
            Self::Run { source, .. } => executor_exit(source),
            Self::Executor(e) => executor_exit(e),
            _ => Exit::Failed,
        }
    }
}

fn executor_exit(e: &surefoot_executor::Error) -> Exit {
    match e {
        surefoot_executor::Error::LockNotObtained { .. } => Exit::Locked,
        surefoot_executor::Error::Interrupted { .. } => Exit::Interrupted,
        _ => Exit::Failed,
    }
}

fn executor_code(e: &surefoot_executor::Error) -> &'static str {
    use surefoot_executor::Error as E;
    match e {
        E::Pg(e) => pg_code(e),
        E::Journal(e) => journal_code(e),
        E::LockNotObtained { .. } => "locked",
        E::Statement(_) => "statement",
        E::Verify { .. } => "verification",
        E::Interrupted { .. } => "interrupted",
        E::InDoubt { .. } => "in-doubt",
        E::PartChanged { .. } => "part-changed",
        E::TakenOver { .. } => "taken-over",
        E::NoElevatedRole { .. } => "no-elevated-role",
        E::MayNotElevate { .. } | E::ElevatedUrl { .. } => "elevated-role",
        E::Pooler => "pooler",
        _ => "failed",
    }
}

fn journal_code(e: &surefoot_journal::Error) -> &'static str {
    use surefoot_journal::Error as E;
    match e {
        E::Pg(e) => pg_code(e),
        E::NewerFormat { .. } => "journal-newer",
        E::WrongProject { .. } => "wrong-project",
        E::Altered { .. } => "journal-altered",
        E::MayNotCreate { .. } | E::NoAccess { .. } => "privilege",
        _ => "journal",
    }
}

fn pg_code(e: &surefoot_pg::Error) -> &'static str {
    match e {
        surefoot_pg::Error::Connect { .. } => "connect",
        surefoot_pg::Error::Url(_) => "url",
        surefoot_pg::Error::Tls(_) => "tls",
        surefoot_pg::Error::Lost { .. } => "connection-lost",
        _ => "server",
    }
}

fn list<T: ToString>(items: impl Iterator<Item = T>) -> String {
    items.map(|i| i.to_string()).collect::<Vec<_>>().join("\n")
}

fn join(items: impl Iterator<Item = String>) -> String {
    let mut out: Vec<String> = Vec::new();
    for item in items {
        if !item.is_empty() && !out.contains(&item) {
            out.push(item);
        }
    }
    out.join("\n")
}

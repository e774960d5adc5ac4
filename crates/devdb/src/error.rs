//! What can go wrong, said as facts, each with the way out.

use std::path::PathBuf;
use std::time::Duration;

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why no dev database could be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another process serves this database directory.
    #[error("{} is in use by process {} since {}{}", path.display(), holder.pid, holder.since, waited_text(*waited))]
    Busy {
        /// The directory.
        path: PathBuf,
        /// Who has it.
        holder: crate::Holder,
        /// How long we waited for it.
        waited: Duration,
    },
    /// The embedded PostgreSQL is not in this build.
    #[error("the embedded PostgreSQL is not part of this build")]
    NotEmbedded,
    /// The embedded PostgreSQL cannot unpack itself anywhere.
    #[error("the cache directory {} cannot be written: {reason}", path.display())]
    Cache {
        /// The directory it would use.
        path: PathBuf,
        /// Why it cannot be used.
        reason: String,
    },
    /// The embedded PostgreSQL did not start.
    #[error("the embedded PostgreSQL did not start: {0}")]
    Embedded(String),
    /// The directory was made by an embedded PostgreSQL this build cannot read.
    #[error("{} was made by the embedded PostgreSQL {found}; this build has {ours}", path.display())]
    Format {
        /// The directory.
        path: PathBuf,
        /// What made it.
        found: String,
        /// What this build contains.
        ours: String,
    },
    /// PostgreSQL binaries were asked for and are not there.
    #[error("no PostgreSQL server binaries in {}", path.display())]
    NoBinaries {
        /// Where we looked.
        path: PathBuf,
    },
    /// A program of PostgreSQL failed.
    #[error("{program} failed: {output}")]
    Program {
        /// Which one.
        program: String,
        /// The end of what it wrote.
        output: String,
    },
    /// PostgreSQL did not become ready in time.
    #[error("PostgreSQL from {} was not ready after {:.1} s: {log}", bindir.display(), waited.as_secs_f64())]
    NotReady {
        /// Its binaries.
        bindir: PathBuf,
        /// How long we waited.
        waited: Duration,
        /// The end of its log.
        log: String,
    },
    /// PostgreSQL refuses to run as root and there is no other user to become.
    #[error("PostgreSQL does not run as root and there is no user `postgres` or `nobody` to run it as")]
    NoUnprivilegedUser,
    /// Nothing at hand can serve what was asked.
    #[error("no dev database {wanted}: {}", tried.join("; "))]
    NoChoice {
        /// What was needed.
        wanted: String,
        /// Each candidate and why it is no use.
        tried: Vec<String>,
        /// Whether the build contains the embedded PostgreSQL.
        embedded: bool,
    },
    /// The dev URL cannot be read.
    #[error("the dev URL cannot be read: {0}")]
    Url(String),
    /// The database that the dev URL names is in use for something else.
    #[error("the dev URL names database {database}, which holds data: {tables} {}, such as {example}; it is left alone", if *tables == 1 { "table" } else { "tables" })]
    HoldsData {
        /// The database.
        database: String,
        /// How many tables it has.
        tables: u64,
        /// One of them.
        example: String,
    },
    /// The database server refused.
    #[error(transparent)]
    Sql(#[from] surefoot_pg::Error),
    /// A file or directory operation failed.
    #[error("{action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which path.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A worker thread ended without a result.
    #[error("an internal worker ended early: {0}")]
    Worker(String),
}

impl Error {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Busy { holder, .. } => format!(
                "wait for process {} to end, or end it; the embedded PostgreSQL serves one process at a time",
                holder.pid
            ),
            Self::NotEmbedded => {
                "use PostgreSQL binaries on this machine or set `dev.url`; the embedded PostgreSQL comes with the cargo feature `embedded`".into()
            }
            Self::Cache { .. } => "set XDG_CACHE_HOME to a directory that can be written".into(),
            Self::Embedded(_) => {
                "set `dev.url`, or install PostgreSQL and put its bin directory in PG_BIN".into()
            }
            Self::Format { .. } => {
                "dump it with the version that made it and restore the dump into a new directory".into()
            }
            Self::NoBinaries { .. } | Self::Program { .. } | Self::NotReady { .. } => {
                "check PG_BIN and `pg_config --bindir`, or set `dev.url`".into()
            }
            Self::NoUnprivilegedUser => {
                "run as an ordinary user, or set `dev.url`".into()
            }
            Self::NoChoice { embedded, .. } => {
                let mut ways = vec![
                    "install PostgreSQL with what is missing and put its bin directory in PG_BIN",
                    "set `dev.url` to a server that has it (Surefoot makes a scratch database there)",
                ];
                if !embedded {
                    ways.push("use a build with the embedded PostgreSQL");
                }
                ways.push("leave it out: name the extension in `dev.ignore`, if nothing but its own statements needs it");
                ways.join("; or ")
            }
            Self::HoldsData { .. } => {
                "name an empty database of a server for development, such as postgres; Surefoot makes databases of its own beside it and drops them again".into()
            }
            Self::Url(_) => "write it as postgres://user@host:port/database".into(),
            Self::Sql(error) => return error.hint(),
            Self::Io { .. } | Self::Worker(_) => return None,
        })
    }

    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}

fn waited_text(waited: Duration) -> String {
    if waited.is_zero() { String::new() } else { format!(" (waited {:.1} s)", waited.as_secs_f64()) }
}

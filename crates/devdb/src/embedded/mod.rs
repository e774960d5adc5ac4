//! The embedded PostgreSQL: `pglite-oxide`, PostgreSQL compiled to WebAssembly.
//!
//! What it can and cannot do is in `docs/embedded-postgresql.md`; each line
//! there is a test of this crate.

mod cache;
mod front;
mod root;
mod watch;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::hold::Hold;
use crate::owned::OwnedDir;
use crate::{Error, Kind, Observer, Provider, Result, Server};
pub use cache::{Cache, prepare_cache, restart_with_cache};
use front::Front;

/// The version of PostgreSQL inside.
pub const VERSION: &str = "17.5";

/// How an embedded server is started.
#[derive(Debug, Clone)]
pub struct EmbeddedOptions {
    /// How long to wait for another process that has the directory.
    pub wait_for_holder: Duration,
    /// How long a second connection waits for the first to end before it is
    /// refused with SQLSTATE 53300.
    pub wait_for_seat: Duration,
    /// Told of what takes time.
    pub observer: Observer,
}

impl Default for EmbeddedOptions {
    fn default() -> Self {
        Self { wait_for_holder: Duration::ZERO, wait_for_seat: Duration::from_secs(20), observer: Observer::default() }
    }
}

/// The names `CREATE EXTENSION` knows in the embedded PostgreSQL.
#[must_use]
pub fn extensions() -> Vec<String> {
    let mut names: Vec<String> = root::bundled().map(|e| e.sql_name().to_owned()).collect();
    names.push("plpgsql".into());
    names.sort();
    names
}

impl Server {
    /// Starts the embedded PostgreSQL: in a temporary directory, or on the
    /// database kept in `path`, which is made when it is not there.
    ///
    /// All bundled extensions can be created. One process may have a
    /// directory; another gets [`Error::Busy`] naming it.
    pub fn embedded(path: Option<&Path>, options: EmbeddedOptions) -> Result<Self> {
        Embedded::start(path, options).map(Self::new)
    }
}

#[derive(Debug)]
struct Embedded {
    front: Option<Front>,
    // After `front`: the directory goes when nothing serves from it.
    place: Place,
}

#[derive(Debug)]
enum Place {
    Temporary(OwnedDir),
    Kept { _hold: Hold },
}

impl Embedded {
    fn start(path: Option<&Path>, options: EmbeddedOptions) -> Result<Self> {
        let cache = cache::writable()?;
        let (place, dir) = match path {
            None => {
                let dir = OwnedDir::create()?;
                let path = dir.path().join("db");
                (Place::Temporary(dir), path)
            }
            Some(path) => {
                let path = absolute(path)?;
                let hold = Hold::acquire(&path, options.wait_for_holder, &options.observer)?;
                (Place::Kept { _hold: hold }, path)
            }
        };
        cache::tell_if_first(&cache, &options.observer);
        root::prepare(&dir, matches!(place, Place::Kept { .. }))?;
        let front = Front::start(dir, options.wait_for_seat)?;
        Ok(Self { front: Some(front), place })
    }
}

impl Provider for Embedded {
    fn kind(&self) -> Kind {
        Kind::Embedded
    }

    fn version(&self) -> String {
        VERSION.into()
    }

    fn database(&self) -> String {
        "postgres".into()
    }

    fn url(&self, database: &str) -> String {
        let port = self.front.as_ref().map_or(0, Front::port);
        // A name needs no escape here: it is ours or was made by `name_database`.
        format!("postgres://postgres@127.0.0.1:{port}/{database}?sslmode=disable")
    }

    fn single_connection(&self) -> bool {
        true
    }

    fn extensions(&self) -> Vec<String> {
        extensions()
    }

    fn stop(&mut self) -> Result<()> {
        let Some(front) = self.front.take() else { return Ok(()) };
        front.stop();
        match &self.place {
            Place::Temporary(dir) => dir.remove(),
            Place::Kept { .. } => Ok(()),
        }
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(Error::io("find", path))
}

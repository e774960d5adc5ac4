//! The one trait behind which a dev database may be replaced, and the running
//! server that callers hold.

use std::path::{Path, PathBuf};

use crate::{Error, Result, blocking};

/// Where a server comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// PostgreSQL inside this process.
    Embedded,
    /// A private cluster made with binaries of this machine.
    LocalBinaries {
        /// The directory of `postgres` and `initdb`.
        bindir: PathBuf,
        /// Their version, as `17.5`.
        version: String,
    },
    /// A scratch database on a server the user named.
    Url,
}

impl Kind {
    /// The word used in evidence and configuration.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::LocalBinaries { .. } => "local",
            Self::Url => "url",
        }
    }
}

/// A source of throw-away databases.
///
/// Everything that is not said here is the same for every provider: it speaks
/// PostgreSQL at [`Provider::url`].
pub trait Provider: std::fmt::Debug + Send + Sync {
    /// Where it comes from.
    fn kind(&self) -> Kind;
    /// The server's version, as `17.5`.
    fn version(&self) -> String;
    /// The database to work in.
    fn database(&self) -> String;
    /// The URL of a database of this server.
    fn url(&self, database: &str) -> String;
    /// Whether a second connection has to wait for the first to end.
    fn single_connection(&self) -> bool {
        false
    }
    /// The names `CREATE EXTENSION` knows.
    fn extensions(&self) -> Vec<String>;
    /// Gives a name to one more database; remembered, so that `stop` drops it
    /// where the server outlives us.
    fn name_database(&self, label: &str) -> String {
        label.to_owned()
    }
    /// Ends it and removes what was temporary.
    fn stop(&mut self) -> Result<()>;
}

/// A running PostgreSQL that Surefoot may do anything to.
///
/// Starting, stopping and the methods here block. Dropping it stops it and
/// removes its temporary directory; [`Server::stop`] does the same and tells
/// of errors.
#[derive(Debug)]
pub struct Server {
    provider: Box<dyn Provider>,
    stopped: bool,
}

impl Server {
    /// A server of a provider written elsewhere.
    #[must_use]
    pub fn new(provider: impl Provider + 'static) -> Self {
        Self { provider: Box::new(provider), stopped: false }
    }

    /// The URL of the database to work in.
    #[must_use]
    pub fn url(&self) -> String {
        self.provider.url(&self.provider.database())
    }

    /// The URL of another database of this server.
    #[must_use]
    pub fn url_of(&self, database: &str) -> String {
        self.provider.url(database)
    }

    /// The name of the database to work in.
    #[must_use]
    pub fn database(&self) -> String {
        self.provider.database()
    }

    /// Where the server comes from.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.provider.kind()
    }

    /// Its version, as `17.5`.
    #[must_use]
    pub fn version(&self) -> String {
        self.provider.version()
    }

    /// Its major version.
    #[must_use]
    pub fn major(&self) -> u32 {
        major_of(&self.version()).unwrap_or(0)
    }

    /// Whether it serves one connection at a time: a second one waits until
    /// the first has ended and is refused with SQLSTATE 53300 after a while.
    #[must_use]
    pub fn single_connection(&self) -> bool {
        self.provider.single_connection()
    }

    /// The names `CREATE EXTENSION` knows there, sorted.
    #[must_use]
    pub fn extensions_available(&self) -> Vec<String> {
        self.provider.extensions()
    }

    /// Creates one more database, empty or as a copy of `template`, and
    /// returns its name. On a server of the user the name is made unique.
    ///
    /// Where [`Server::single_connection`] holds, no session may be open.
    pub fn create_database(&self, label: &str, template: Option<&str>) -> Result<String> {
        let name = self.provider.name_database(label);
        // template0: a dev server's template1 may have been filled by somebody.
        let template = template.unwrap_or("template0");
        self.maintain(format!(
            "CREATE DATABASE {} TEMPLATE {}",
            surefoot_pg::ident(&name),
            surefoot_pg::ident(template)
        ))?;
        Ok(name)
    }

    /// Drops a database made by [`Server::create_database`].
    pub fn drop_database(&self, name: &str) -> Result<()> {
        let force = if self.single_connection() { "" } else { " WITH (FORCE)" };
        self.maintain(format!("DROP DATABASE IF EXISTS {}{force}", surefoot_pg::ident(name)))
    }

    fn maintain(&self, sql: String) -> Result<()> {
        blocking::run_sql(self.provider.url(&self.maintenance_database()), sql)
    }

    fn maintenance_database(&self) -> String {
        match self.provider.kind() {
            Kind::Url => self.provider.database(),
            Kind::Embedded | Kind::LocalBinaries { .. } => "template1".into(),
        }
    }

    /// Stops it and removes what was temporary.
    pub fn stop(mut self) -> Result<()> {
        self.stopped = true;
        self.provider.stop()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !self.stopped {
            // A destructor has nobody to tell; `stop` is there for who asks.
            let _ = self.provider.stop();
        }
    }
}

/// `17` of `17.5`, `16` of `16beta1`.
pub(crate) fn major_of(version: &str) -> Option<u32> {
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// The names of the extensions below a share directory of PostgreSQL.
pub(crate) fn control_files(extension_dir: &Path) -> Result<Vec<String>> {
    let entries = std::fs::read_dir(extension_dir).map_err(Error::io("read", extension_dir))?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| {
            let name = entry.ok()?.file_name().into_string().ok()?;
            name.strip_suffix(".control").map(str::to_owned)
        })
        .collect();
    names.sort();
    Ok(names)
}

//! Real PostgreSQL clusters.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use surefoot_devdb::Provider;
use surefoot_devdb::local::{self, LocalOptions, Stop};

use crate::fetch::find_major;
use crate::sql::{SqlError, query, try_query};

/// Which major version of PostgreSQL a test wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Major {
    /// Whatever is there.
    Any,
    /// This one.
    Is(u32),
}

/// How a cluster is started.
#[derive(Debug, Clone, Default)]
pub struct ClusterOptions {
    /// Whether what is committed is on the disk.
    pub durable: bool,
    /// Further lines of `postgresql.conf`.
    pub config: Vec<String>,
}

/// A running cluster. It stops and its files go when it is dropped, and also
/// when the test program is killed.
#[derive(Debug)]
pub struct Cluster {
    inner: Mutex<local::Cluster>,
    url: String,
    major: u32,
    data: PathBuf,
}

impl Cluster {
    /// Starts one; `None` when this machine has no such server.
    ///
    /// # Panics
    /// When there is one and it does not start.
    #[must_use]
    pub fn start(major: Major) -> Option<Self> {
        Self::start_with(major, ClusterOptions::default())
    }

    /// Starts one with options.
    ///
    /// # Panics
    /// When there is one and it does not start.
    #[must_use]
    pub fn start_with(major: Major, options: ClusterOptions) -> Option<Self> {
        let found = find_major(major)?;
        let options = LocalOptions { durable: options.durable, config: options.config, ..LocalOptions::default() };
        let inner = local::Cluster::start(&found.bindir, options)
            .unwrap_or_else(|e| panic!("PostgreSQL in {}: {e}", found.bindir.display()));
        Some(Self { url: inner.url("{db}"), data: inner.data(), major: found.major(), inner: Mutex::new(inner) })
    }

    /// The one cluster of this major version that the tests of this program
    /// share. Not to be stopped or killed; it ends with the program.
    #[must_use]
    pub fn shared(major: Major) -> Option<Arc<Self>> {
        type Shared = Mutex<HashMap<Major, Option<Arc<Cluster>>>>;
        static SHARED: OnceLock<Shared> = OnceLock::new();
        let mut shared = SHARED.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
        shared.entry(major).or_insert_with(|| Self::start(major).map(Arc::new)).clone()
    }

    /// The URL of a database, as superuser `postgres`.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        self.url.replace("{db}", database)
    }

    /// The URL of a database as another role (trust: no password).
    #[must_use]
    pub fn url_as(&self, role: &str, database: &str) -> String {
        self.url(database).replacen("postgres@", &format!("{role}@"), 1)
    }

    /// Its major version.
    #[must_use]
    pub fn major(&self) -> u32 {
        self.major
    }

    /// `127.0.0.1:port`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.with(|c| c.port()))
    }

    /// Its data directory.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The directory of its binaries (`psql`, `pg_dump`, where they are there).
    #[must_use]
    pub fn bindir(&self) -> PathBuf {
        self.with(|c| c.binaries().bindir.clone())
    }

    /// The end of its log.
    #[must_use]
    pub fn log(&self) -> String {
        self.with(|c| c.log())
    }

    /// The process id of the postmaster, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.with(|c| c.pid())
    }

    /// Whether `CREATE EXTENSION name` is possible.
    #[must_use]
    pub fn has_extension(&self, name: &str) -> bool {
        self.with(|c| c.extensions().iter().any(|e| e == name))
    }

    /// Stops it in order; [`Cluster::restart`] starts it again.
    ///
    /// # Panics
    /// When it does not stop.
    pub fn stop(&self) {
        self.with(|c| c.halt(Stop::Fast)).expect("stop");
    }

    /// SIGKILL to the postmaster; [`Cluster::restart`] recovers.
    ///
    /// # Panics
    /// When it does not end.
    pub fn kill9(&self) {
        self.with(|c| c.halt(Stop::Kill)).expect("kill");
    }

    /// Starts it again on the same port, stopping it first if it runs.
    ///
    /// # Panics
    /// When it does not start.
    pub fn restart(&self) {
        self.with(local::Cluster::restart).expect("restart");
    }

    /// Adds configuration lines and restarts.
    pub fn configure(&self, lines: &[&str]) {
        self.with(|c| c.configure(lines.iter().map(|line| (*line).to_owned())));
        self.restart();
    }

    /// Runs SQL as superuser; an error fails the test.
    #[track_caller]
    pub fn sql(&self, database: &str, text: &str) -> Vec<Vec<String>> {
        query(&self.url(database), text)
    }

    /// Runs SQL as superuser.
    pub fn try_sql(&self, database: &str, text: &str) -> Result<Vec<Vec<String>>, SqlError> {
        try_query(&self.url(database), text)
    }

    /// Creates a database.
    #[track_caller]
    pub fn create_database(&self, name: &str) {
        let _ = self.sql("template1", &format!("CREATE DATABASE \"{name}\" TEMPLATE template0"));
    }

    /// Creates a role that can log in and nothing else.
    #[track_caller]
    pub fn create_role(&self, name: &str) {
        let _ = self.sql("template1", &format!("CREATE ROLE \"{name}\" LOGIN NOSUPERUSER"));
    }

    fn with<T>(&self, f: impl FnOnce(&mut local::Cluster) -> T) -> T {
        f(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A fresh database on a shared cluster, dropped at the end.
#[derive(Debug)]
pub struct TestDb {
    cluster: Arc<Cluster>,
    name: String,
    roles: Mutex<Vec<String>>,
}

impl TestDb {
    /// Creates one on the shared cluster; `None` when there is no server.
    #[must_use]
    pub fn new(major: Major) -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let cluster = Cluster::shared(major)?;
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        cluster.create_database(&name);
        Some(Self { cluster, name, roles: Mutex::default() })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its cluster.
    #[must_use]
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Its URL, as superuser.
    #[must_use]
    pub fn url(&self) -> String {
        self.cluster.url(&self.name)
    }

    /// Creates an ordinary role of its own, which may create schemas and
    /// tables here and nothing elsewhere, and returns its name and URL.
    #[track_caller]
    #[must_use]
    pub fn ordinary_role(&self) -> (String, String) {
        let mut roles = self.roles.lock().unwrap_or_else(PoisonError::into_inner);
        let role = format!("{}_role_{}", self.name, roles.len());
        self.cluster.create_role(&role);
        roles.push(role.clone());
        let _ = self.sql(&format!(
            "GRANT CREATE ON DATABASE \"{}\" TO \"{role}\"; GRANT ALL ON SCHEMA public TO \"{role}\"",
            self.name
        ));
        let url = self.cluster.url_as(&role, &self.name);
        (role, url)
    }

    /// Runs SQL as superuser; an error fails the test.
    #[track_caller]
    pub fn sql(&self, text: &str) -> Vec<Vec<String>> {
        self.cluster.sql(&self.name, text)
    }

    /// Runs SQL as superuser.
    pub fn try_sql(&self, text: &str) -> Result<Vec<Vec<String>>, SqlError> {
        self.cluster.try_sql(&self.name, text)
    }

    /// The first column of the first row, `""` where there is none.
    #[track_caller]
    #[must_use]
    pub fn one(&self, text: &str) -> String {
        self.sql(text).into_iter().flatten().next().unwrap_or_default()
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        // The cluster goes with the program; this only saves room.
        let _ = self.cluster.try_sql("template1", &format!("DROP DATABASE IF EXISTS \"{}\" WITH (FORCE)", self.name));
        for role in self.roles.get_mut().unwrap_or_else(PoisonError::into_inner) {
            let _ = self.cluster.try_sql("template1", &format!("DROP ROLE IF EXISTS \"{role}\""));
        }
    }
}

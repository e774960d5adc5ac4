//! A private, throw-away cluster made with PostgreSQL binaries of this machine.

mod template;
mod watchdog;

use std::fmt::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::binaries::Found;
use crate::owned::OwnedDir;
use crate::{Error, Kind, Observer, Provider, Result, Server};
use watchdog::Watchdog;
pub(crate) use watchdog::end_orphan;

/// How a cluster is started.
#[derive(Debug, Clone)]
pub struct LocalOptions {
    /// Whether what is committed is on the disk. Off by default: the cluster
    /// is thrown away.
    pub durable: bool,
    /// Further lines of `postgresql.conf`.
    pub config: Vec<String>,
    /// How long to wait until it is ready.
    pub patience: Duration,
    /// Told of what takes time.
    pub observer: Observer,
}

impl Default for LocalOptions {
    fn default() -> Self {
        Self { durable: false, config: Vec::new(), patience: Duration::from_secs(60), observer: Observer::default() }
    }
}

/// How a cluster is made to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Disconnect everybody and shut down cleanly.
    Fast,
    /// Leave without cleaning up, as after a crash.
    Immediate,
    /// SIGKILL to the postmaster.
    Kill,
}

impl Server {
    /// Starts a private cluster with the binaries in `bindir`: trust
    /// authentication, superuser `postgres`, reachable over TCP on 127.0.0.1
    /// and over a Unix socket. It ends with this process, however that ends.
    pub fn local(bindir: &Path, options: LocalOptions) -> Result<Self> {
        Cluster::start(bindir, options).map(Self::new)
    }
}

/// A running private cluster, with the levers that tests of faults need.
#[derive(Debug)]
pub struct Cluster {
    found: Found,
    options: LocalOptions,
    port: u16,
    watchdog: Option<Watchdog>,
    // Last: removed when nothing runs in it any more.
    dir: OwnedDir,
}

const START_ATTEMPTS: u32 = 4;

impl Cluster {
    /// Starts one. See [`Server::local`].
    pub fn start(bindir: &Path, options: LocalOptions) -> Result<Self> {
        let found = Found::at(bindir).ok_or_else(|| Error::NoBinaries { path: bindir.to_path_buf() })?;
        let user = watchdog::user()?;
        let dir = OwnedDir::create()?;
        if user.is_some() {
            // The server's user has to reach its directory below ours.
            watchdog::set_mode(dir.path(), 0o711)?;
        }
        let template = template::get(&found, user, &options.observer)?;
        let home = dir.path().join("pg");
        std::fs::create_dir(&home).map_err(Error::io("create", &home))?;
        watchdog::own(&home, user, 0o700)?;
        template::copy(&template, &home.join("data"), user)?;
        let mut cluster = Self { found, options, port: 0, watchdog: None, dir };
        cluster.launch_on_free_port(user)?;
        Ok(cluster)
    }

    fn launch_on_free_port(&mut self, user: Option<watchdog::User>) -> Result<()> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            self.port = free_port()?;
            match self.launch(user) {
                // Somebody may have taken the port in between.
                Err(Error::NotReady { log, .. }) if attempt < START_ATTEMPTS && log.contains("could not bind") => {}
                other => return other,
            }
        }
    }

    fn launch(&mut self, user: Option<watchdog::User>) -> Result<()> {
        let data = self.data();
        let conf = data.join("surefoot.conf");
        std::fs::write(&conf, self.config_text()).map_err(Error::io("write", &conf))?;
        watchdog::own(&conf, user, 0o600)?;
        let log = self.home().join("log");
        // A killed server leaves its pid file, and that says "ready".
        let stale = pid_in(&data);
        let mut dog = Watchdog::start(&self.found.bindir, &self.home(), user)?;
        let start = Instant::now();
        while !ready(&data, stale) {
            let ended = dog.ended();
            if ended || start.elapsed() > self.options.patience {
                return Err(Error::NotReady {
                    bindir: self.found.bindir.clone(),
                    waited: start.elapsed(),
                    log: tail(&log),
                });
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        self.watchdog = Some(dog);
        Ok(())
    }

    fn config_text(&self) -> String {
        let mut text = format!(
            "listen_addresses = '127.0.0.1'\nport = {}\nunix_socket_directories = '{}'\n",
            self.port,
            self.home().display()
        );
        if !self.options.durable {
            text.push_str("fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nmax_wal_size = '2GB'\n");
        }
        // Enough for what runs in it, small enough to start at once.
        text.push_str("shared_buffers = '32MB'\nlogging_collector = off\n");
        for line in &self.options.config {
            let _ = writeln!(text, "{line}");
        }
        text
    }

    /// Stops it as told; the data stays and [`Cluster::restart`] starts it.
    pub fn halt(&mut self, how: Stop) -> Result<()> {
        let Some(mut dog) = self.watchdog.take() else { return Ok(()) };
        dog.end(how);
        if how == Stop::Kill {
            // Its children notice, but the shared memory is theirs until then.
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Starts it again on the same port, stopping it first if it runs.
    pub fn restart(&mut self) -> Result<()> {
        self.halt(Stop::Fast)?;
        let deadline = Instant::now() + self.options.patience;
        loop {
            // After a kill the old children may hold the directory a moment.
            match self.launch(watchdog::user()?) {
                Err(Error::NotReady { log, .. })
                    if Instant::now() < deadline
                        && (log.contains("pre-existing shared memory")
                            || log.contains("lock file")
                            || log.contains("could not bind")) =>
                {
                    std::thread::sleep(Duration::from_millis(50));
                }
                other => return other,
            }
        }
    }

    /// Adds configuration lines that hold from the next [`Cluster::restart`].
    pub fn configure(&mut self, lines: impl IntoIterator<Item = String>) {
        self.options.config.extend(lines);
    }

    /// The process id of the postmaster, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.watchdog.as_ref()?;
        pid_in(&self.data())
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The directory of the Unix socket.
    #[must_use]
    pub fn socket_dir(&self) -> PathBuf {
        self.home()
    }

    /// The data directory.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.home().join("data")
    }

    /// The end of the server's log.
    #[must_use]
    pub fn log(&self) -> String {
        tail(&self.home().join("log"))
    }

    /// The binaries it runs.
    #[must_use]
    pub fn binaries(&self) -> &Found {
        &self.found
    }

    fn home(&self) -> PathBuf {
        self.dir.path().join("pg")
    }
}

impl Provider for Cluster {
    fn kind(&self) -> Kind {
        Kind::LocalBinaries { bindir: self.found.bindir.clone(), version: self.found.version.clone() }
    }

    fn version(&self) -> String {
        self.found.version.clone()
    }

    fn database(&self) -> String {
        "postgres".into()
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}?sslmode=disable", self.port)
    }

    fn extensions(&self) -> Vec<String> {
        self.found.extensions()
    }

    fn stop(&mut self) -> Result<()> {
        // Nothing is to be kept: no need to shut down in order.
        self.halt(Stop::Immediate)?;
        self.dir.remove()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = Provider::stop(self);
    }
}

fn free_port() -> Result<u16> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(Error::io("find a free port on", "127.0.0.1"))
}

/// The postmaster writes its state into the last line of its pid file.
fn ready(data: &Path, stale: Option<u32>) -> bool {
    std::fs::read_to_string(data.join("postmaster.pid"))
        .is_ok_and(|text| text.lines().nth(7).is_some_and(|line| line.trim() == "ready") && pid_of(&text) != stale)
}

fn pid_in(data: &Path) -> Option<u32> {
    pid_of(&std::fs::read_to_string(data.join("postmaster.pid")).ok()?)
}

fn pid_of(pid_file: &str) -> Option<u32> {
    pid_file.lines().next()?.trim().parse().ok()
}

fn tail(path: &Path) -> String {
    let text = std::fs::read(path).map(|b| String::from_utf8_lossy(&b).into_owned()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().rev().take(12).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}

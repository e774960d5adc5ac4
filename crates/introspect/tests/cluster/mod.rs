//! A private, throw-away server for the tests of this crate.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use surefoot_pg::{ConnectOptions, ConnectUrl, Session};

/// Program folders of the servers to test with: `SUREFOOT_TEST_PG_BIN` (several separated by colons), else what the
/// distribution installed.
pub(crate) fn programs() -> Vec<PathBuf> {
    if let Some(list) = std::env::var_os("SUREFOOT_TEST_PG_BIN") {
        return std::env::split_paths(&list).collect();
    }
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path().join("bin"))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    found.sort();
    found
}

/// A running server, stopped and deleted when dropped.
#[derive(Debug)]
pub(crate) struct Cluster {
    bin: PathBuf,
    dir: tempfile::TempDir,
    port: u16,
    as_postgres: bool,
}

impl Cluster {
    /// Starts one that listens on a free port of this machine only.
    pub(crate) fn start(bin: &Path) -> Self {
        let dir =
            tempfile::Builder::new().prefix("surefoot-introspect").tempdir_in("/tmp").expect("a temporary folder");
        let root = Command::new("id").arg("-u").output().expect("id").stdout == b"0\n";
        let cluster = Self { bin: bin.to_owned(), dir, port: free_port(), as_postgres: root };
        if root {
            // PostgreSQL refuses to run as root.
            check(Command::new("chown").arg("postgres").arg(cluster.dir.path()).output().expect("chown"));
        }
        let data = cluster.data();
        check(cluster.run("initdb", &["-D", &data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]));
        let socket = cluster.dir.path().display();
        let options =
            format!("-p {} -k {socket} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=20", cluster.port);
        let log = format!("{socket}/log");
        check(cluster.run("pg_ctl", &["-D", &data, "-w", "-s", "-l", &log, "-o", &options, "start"]));
        cluster
    }

    fn data(&self) -> String {
        self.dir.path().join("data").display().to_string()
    }

    /// Runs one of the server's programs.
    pub(crate) fn run(&self, program: &str, args: &[&str]) -> Output {
        let program = self.bin.join(program);
        let mut command = if self.as_postgres {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.args(args).current_dir("/").output().expect("the program runs")
    }

    /// Whether the folder has this program; some packages come without `pg_dump`.
    pub(crate) fn has(&self, program: &str) -> bool {
        self.bin.join(program).exists()
    }

    /// A schema-only dump of a database as statements, without what only psql reads.
    pub(crate) fn dump(&self, database: &str) -> String {
        let port = self.port.to_string();
        let output =
            check(self.run("pg_dump", &["-h", "127.0.0.1", "-p", &port, "-U", "postgres", "--schema-only", database]));
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        text.lines().filter(|line| !line.starts_with('\\')).collect::<Vec<_>>().join("\n")
    }

    /// A session on a database.
    pub(crate) async fn connect(&self, database: &str, user: &str) -> Session {
        let text = format!("postgres://{user}@127.0.0.1:{}/{database}?sslmode=disable", self.port);
        let url = ConnectUrl::parse(&text).expect("a connection string");
        Session::connect(&ConnectOptions::new(url, "surefoot-introspect tests")).await.expect("connects")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.run("pg_ctl", &["-D", &self.data(), "-m", "immediate", "-s", "stop"]);
    }
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

fn check(output: Output) -> Output {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

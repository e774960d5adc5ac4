//! `initdb` once per machine and version; every cluster starts from a copy.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::watchdog::{self, User};
use crate::binaries::Found;
use crate::{Error, Event, Observer, Result};

/// Changed when what `initdb` is told changes.
const FORMAT: &str = "1";

/// The directory of the initialised cluster to copy, made if it is not there.
pub(crate) fn get(found: &Found, user: Option<User>, observer: &Observer) -> Result<PathBuf> {
    let cache = cache_dir()?;
    let name = format!(
        "{FORMAT}-{}-{}",
        found.version,
        found.bindir.to_string_lossy().replace(|c: char| !c.is_ascii_alphanumeric(), "_")
    );
    let template = cache.join(&name);
    if template.join("PG_VERSION").is_file() {
        return Ok(template);
    }
    let lock_path = cache.join(format!("{name}.lock"));
    let lock = File::create(&lock_path).map_err(Error::io("create", &lock_path))?;
    lock.lock().map_err(Error::io("lock", &lock_path))?;
    if template.join("PG_VERSION").is_file() {
        return Ok(template);
    }
    observer.tell(&Event::Initialising { bindir: found.bindir.clone() });
    // Where the server's user can write; then moved to where only we can.
    let stage = crate::owned::OwnedDir::create()?;
    if user.is_some() {
        watchdog::set_mode(stage.path(), 0o711)?;
    }
    let home = stage.path().join("pg");
    std::fs::create_dir(&home).map_err(Error::io("create", &home))?;
    watchdog::own(&home, user, 0o700)?;
    let data = home.join("data");
    // Where the C library has no C.UTF-8, C does: only case mapping differs.
    initdb(found, user, &data, "C.UTF-8").or_else(|_| initdb(found, user, &data, "C"))?;
    let conf = data.join("postgresql.conf");
    let text = std::fs::read_to_string(&conf).map_err(Error::io("read", &conf))?;
    std::fs::write(&conf, format!("{text}\ninclude_if_exists 'surefoot.conf'\n")).map_err(Error::io("write", &conf))?;
    let fresh = cache.join(format!("{name}.new"));
    if fresh.exists() {
        std::fs::remove_dir_all(&fresh).map_err(Error::io("remove", &fresh))?;
    }
    copy(&data, &fresh, None)?;
    std::fs::rename(&fresh, &template).map_err(Error::io("create", &template))?;
    Ok(template)
}

fn initdb(found: &Found, user: Option<User>, data: &Path, locale: &str) -> Result<()> {
    let mut command = Command::new(found.bindir.join("initdb"));
    command
        .arg("-D")
        .arg(data)
        .args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"])
        .arg(format!("--locale={locale}"))
        // Small segments: the copy made for each cluster is 15 MB smaller.
        .arg("--wal-segsize=1")
        .stdin(Stdio::null())
        .env_remove("PGDATA")
        .current_dir("/");
    watchdog::become_user(&mut command, user);
    let output = command.output().map_err(Error::io("run", found.bindir.join("initdb")))?;
    if output.status.success() {
        return Ok(());
    }
    if data.exists() {
        std::fs::remove_dir_all(data).map_err(Error::io("remove", data))?;
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = text.lines().rev().take(5).collect();
    Err(Error::Program { program: "initdb".into(), output: lines.into_iter().rev().collect::<Vec<_>>().join("; ") })
}

/// Copies a directory, giving every entry to `user`.
pub(crate) fn copy(from: &Path, to: &Path, user: Option<User>) -> Result<()> {
    std::fs::create_dir(to).map_err(Error::io("create", to))?;
    watchdog::own(to, user, 0o700)?;
    for entry in std::fs::read_dir(from).map_err(Error::io("read", from))? {
        let entry = entry.map_err(Error::io("read", from))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().map_err(Error::io("read", &source))?;
        if kind.is_dir() {
            copy(&source, &target, user)?;
        } else if kind.is_file() {
            std::fs::copy(&source, &target).map_err(Error::io("copy", &source))?;
            if user.is_some() {
                watchdog::own(&target, user, 0o600)?;
            }
        }
    }
    Ok(())
}

/// `~/.cache/surefoot/pg`, or a directory beside the temporary ones where
/// there is no home to write to.
fn cache_dir() -> Result<PathBuf> {
    let xdg = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|p| p.is_absolute());
    let home = std::env::home_dir().filter(|p| p.is_absolute()).map(|h| h.join(".cache"));
    for base in xdg.into_iter().chain(home) {
        let dir = base.join("surefoot").join("pg");
        if std::fs::create_dir_all(&dir).and_then(|()| tempfile::tempfile_in(&dir)).is_ok() {
            return Ok(dir);
        }
    }
    watchdog::private_dir(&std::env::temp_dir(), "surefoot-pg")
}

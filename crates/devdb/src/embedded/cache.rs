//! Where the embedded PostgreSQL unpacks itself, once per machine: about
//! 100 MB below the user's cache directory (`XDG_CACHE_HOME` or `~/.cache`).

use std::path::{Path, PathBuf};

use crate::{Error, Event, Observer, Result};

/// What [`prepare_cache`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cache {
    /// The cache directory can be written.
    Ready(PathBuf),
    /// It cannot; `XDG_CACHE_HOME` has to be this private temporary directory,
    /// which only a process that starts anew can bring about
    /// ([`restart_with_cache`]).
    Restart(PathBuf),
}

/// Looks for a place for the cache. To be called early by a program, not by a
/// library: when the home directory is missing or read-only the way out is to
/// restart the program with another environment.
pub fn prepare_cache() -> Result<Cache> {
    match writable() {
        Ok(dir) => Ok(Cache::Ready(dir)),
        #[cfg(target_os = "linux")]
        Err(_) => private_temp().map(Cache::Restart),
        #[cfg(not(target_os = "linux"))]
        Err(error) => Err(error),
    }
}

/// Replaces this process by itself with `XDG_CACHE_HOME` set to `dir`.
/// Returns only when that fails.
#[cfg(unix)]
pub fn restart_with_cache(dir: &Path) -> Error {
    use std::os::unix::process::CommandExt;
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(e) => return Error::io("find the running program from", dir)(e),
    };
    let mut args = std::env::args_os();
    let mut command = std::process::Command::new(&program);
    if let Some(name) = args.next() {
        command.arg0(name);
    }
    let error = command.args(args).env("XDG_CACHE_HOME", dir).exec();
    Error::io("run", program)(error)
}

/// Replaces this process by itself with `XDG_CACHE_HOME` set to `dir`.
/// Not possible on this system.
#[cfg(not(unix))]
pub fn restart_with_cache(dir: &Path) -> Error {
    Error::Cache { path: dir.to_path_buf(), reason: "a restart needs a Unix system".into() }
}

/// The cache directory, if it can be written.
pub(crate) fn writable() -> Result<PathBuf> {
    // The same call as the embedded server makes, hence the same answer.
    let dirs = directories::ProjectDirs::from("dev", "pglite-oxide", "pglite-oxide")
        .ok_or_else(|| Error::Cache { path: PathBuf::from("~"), reason: "there is no home directory".into() })?;
    let dir = dirs.cache_dir().to_path_buf();
    std::fs::create_dir_all(&dir)
        .and_then(|()| tempfile::tempfile_in(&dir))
        .map_err(|e| Error::Cache { path: dir.clone(), reason: e.to_string() })?;
    Ok(dir)
}

pub(crate) fn tell_if_first(cache: &Path, observer: &Observer) {
    if !cache.join("runtime").exists() {
        observer.tell(&Event::Unpacking { cache: cache.to_path_buf() });
    }
}

/// A directory in the temporary directory that is ours alone: native code is
/// loaded from it, so a directory that somebody else made there will not do.
#[cfg(target_os = "linux")]
fn private_temp() -> Result<PathBuf> {
    use std::os::unix::fs::{DirBuilderExt, MetadataExt};
    let base = std::env::temp_dir();
    let me = tempfile::tempfile_in(&base).and_then(|f| f.metadata()).map_err(Error::io("write in", &base))?.uid();
    let dir = base.join(format!("surefoot-cache-{me}"));
    let made = std::fs::DirBuilder::new().mode(0o700).create(&dir);
    if let Err(e) = made
        && e.kind() != std::io::ErrorKind::AlreadyExists
    {
        return Err(Error::io("create", &dir)(e));
    }
    let found = std::fs::symlink_metadata(&dir).map_err(Error::io("read", &dir))?;
    if found.is_dir() && found.uid() == me && found.mode() & 0o077 == 0 {
        Ok(dir)
    } else {
        Err(Error::Cache { path: dir, reason: "it is not a private directory of this user".into() })
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_cache_open_to_others_is_refused() {
        let dir = super::private_temp().expect("private");
        std::fs::set_permissions(&dir, PermissionsExt::from_mode(0o755)).expect("chmod");
        assert!(super::private_temp().is_err());
        std::fs::set_permissions(&dir, PermissionsExt::from_mode(0o700)).expect("chmod");
        assert!(super::private_temp().is_ok());
    }
}

//! Temporary directories that are cleaned up even when their owner was killed:
//! each holds a lock file, and a directory whose lock is free has no owner.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use crate::{Error, Result};

const PREFIX: &str = "surefoot-dev-";
const LOCK: &str = "owner.lock";
/// A Unix socket path has about 100 bytes; ours adds some 60 to the base.
const LONGEST_BASE: usize = 40;

#[derive(Debug)]
pub(crate) struct OwnedDir {
    path: PathBuf,
    // Held for its lock, which ends with the process.
    _lock: File,
}

impl OwnedDir {
    /// Makes one, after removing those of dead owners.
    pub(crate) fn create() -> Result<Self> {
        let base = base();
        sweep(&base);
        let fresh = tempfile::Builder::new()
            .prefix(".surefoot-new-")
            .rand_bytes(10)
            .tempdir_in(&base)
            .map_err(Error::io("create a directory in", &base))?;
        let lock_path = fresh.path().join(LOCK);
        let lock = File::create(&lock_path).map_err(Error::io("create", &lock_path))?;
        lock.try_lock().map_err(|e| Error::Io { action: "lock", path: lock_path, source: e.into() })?;
        // Only a locked directory gets the name that `sweep` looks for.
        let name = fresh.path().file_name().map(|n| n.to_string_lossy().into_owned());
        let random = name.as_deref().and_then(|n| n.rsplit('-').next()).unwrap_or_default();
        let path = base.join(format!("{PREFIX}{random}"));
        std::fs::rename(fresh.path(), &path).map_err(Error::io("create", &path))?;
        // The old name is gone: nothing is left for `TempDir` to remove.
        let _ = fresh.keep();
        Ok(Self { path, _lock: lock })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn remove(&self) -> Result<()> {
        match std::fs::remove_dir_all(&self.path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", &self.path)(e)),
            _ => Ok(()),
        }
    }
}

impl Drop for OwnedDir {
    fn drop(&mut self) {
        // What stays behind is swept by the next start.
        let _ = self.remove();
    }
}

fn base() -> PathBuf {
    let base = std::env::temp_dir();
    if base.as_os_str().len() <= LONGEST_BASE || !cfg!(unix) { base } else { PathBuf::from("/tmp") }
}

/// Removes the directories of owners that are dead. Best effort: what cannot
/// be removed belongs to somebody else or will be tried again.
pub(crate) fn sweep(base: &Path) {
    let Ok(entries) = std::fs::read_dir(base) else { return };
    for entry in entries.flatten() {
        if !entry.file_name().to_string_lossy().starts_with(PREFIX) {
            continue;
        }
        let path = entry.path();
        // Never through a symbolic link that somebody put there.
        if !entry.file_type().is_ok_and(|t| t.is_dir()) {
            continue;
        }
        let Ok(lock) = OpenOptions::new().read(true).write(true).open(path.join(LOCK)) else {
            continue;
        };
        if lock.try_lock().is_ok() {
            #[cfg(unix)]
            crate::local::end_orphan(&path);
            let _ = std::fs::remove_dir_all(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_of_the_dead_are_swept_and_those_of_the_living_stay() {
        let mine = OwnedDir::create().expect("create");
        let base = base();
        let dead = base.join(format!("{PREFIX}test-{}", std::process::id()));
        std::fs::create_dir_all(dead.join("data")).expect("dir");
        std::fs::write(dead.join(LOCK), "").expect("lock file");
        sweep(&base);
        assert!(!dead.exists());
        assert!(mine.path().exists());
        let path = mine.path().to_owned();
        drop(mine);
        assert!(!path.exists());
    }
}

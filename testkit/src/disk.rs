//! A file system that fills up.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A small tmpfs, unmounted when dropped.
#[derive(Debug)]
pub struct SmallDisk {
    dir: tempfile::TempDir,
}

impl SmallDisk {
    /// Mounts one of so many megabytes, writable by everybody; `None` where
    /// mounting is not permitted.
    #[must_use]
    pub fn mount(megabytes: u32) -> Option<Self> {
        let dir = tempfile::Builder::new().prefix("surefoot-disk-").tempdir().ok()?;
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}m,mode=1777"), "tmpfs"])
            .arg(dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        mounted.then_some(Self { dir })
    }

    /// Where it is mounted.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Fills it up, leaving about so many kilobytes; the file that does it can
    /// be removed to make room again.
    ///
    /// # Panics
    /// When it cannot be written at all.
    #[must_use]
    pub fn fill(&self, leave_kilobytes: u64) -> PathBuf {
        use std::io::Write;
        let path = self.path().join(".filler");
        let mut file = std::fs::File::create(&path).expect("filler");
        let block = [0_u8; 4096];
        while file.write_all(&block).is_ok() {}
        let length = file.metadata().map(|m| m.len()).unwrap_or(0);
        file.set_len(length.saturating_sub(leave_kilobytes * 1024)).expect("make room");
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a server may still be ending on it.
        let _ =
            Command::new("umount").arg("-l").arg(self.dir.path()).stdin(Stdio::null()).stderr(Stdio::null()).status();
    }
}

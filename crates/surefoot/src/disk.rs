//! The project folder on disk, for `surefoot-source`.

use std::io;
use std::path::{Path, PathBuf};

use surefoot_source::{Dir, Entry};

/// A folder on disk. Paths given to it are relative and separated by `/`.
#[derive(Debug, Clone)]
pub struct DiskDir {
    root: PathBuf,
}

impl DiskDir {
    /// The folder `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The path on disk of a path within the project.
    pub fn path(&self, path: &str) -> PathBuf {
        if path.is_empty() { self.root.clone() } else { self.root.join(path) }
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }
}

impl Dir for DiskDir {
    fn entries(&self, path: &str) -> io::Result<Vec<Entry>> {
        let mut out = Vec::new();
        for entry in std::fs::read_dir(self.path(path))? {
            let entry = entry?;
            let kind = entry.file_type()?;
            // A link counts as what it points to; a dangling one as a file, so that reading it names it.
            let is_dir = if kind.is_symlink() {
                std::fs::metadata(entry.path()).is_ok_and(|m| m.is_dir())
            } else {
                kind.is_dir()
            };
            out.push(Entry { name: entry.file_name().to_string_lossy().into_owned(), is_dir });
        }
        Ok(out)
    }

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        std::fs::read(self.path(path))
    }

    fn exists(&self, path: &str) -> bool {
        self.path(path).exists()
    }
}

//! A directory of files made for a test.

use std::path::{Path, PathBuf};

use crate::cmd::Cmd;

/// A temporary directory with files; removed when dropped.
#[derive(Debug)]
pub struct Project {
    dir: tempfile::TempDir,
}

impl Default for Project {
    fn default() -> Self {
        Self::new()
    }
}

impl Project {
    /// An empty one.
    ///
    /// # Panics
    /// When there is no temporary directory.
    #[must_use]
    pub fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("surefoot-project-").tempdir().expect("temp dir");
        Self { dir }
    }

    /// A copy of a directory, as of `examples/warehouse`.
    ///
    /// # Panics
    /// When it cannot be copied.
    #[must_use]
    pub fn copy_of(source: &Path) -> Self {
        let project = Self::new();
        copy(source, project.path());
        project
    }

    /// Writes a file, with the directories it needs, and hands the project on.
    #[must_use]
    pub fn file(self, path: &str, text: impl AsRef<[u8]>) -> Self {
        self.write(path, text);
        self
    }

    /// Writes a file, with the directories it needs.
    ///
    /// # Panics
    /// When it cannot be written.
    #[track_caller]
    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).expect("directory");
        }
        std::fs::write(path, text).expect("write");
    }

    /// Removes a file.
    ///
    /// # Panics
    /// When it is not there.
    #[track_caller]
    pub fn remove(&self, path: &str) {
        std::fs::remove_file(self.join(path)).expect("remove");
    }

    /// Reads a file.
    ///
    /// # Panics
    /// When it is not there.
    #[track_caller]
    #[must_use]
    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    /// Every file below it, as paths with `/`, sorted.
    #[must_use]
    pub fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        walk(self.path(), &mut |path| {
            if let Ok(inner) = path.strip_prefix(self.path()) {
                found.push(inner.to_string_lossy().replace('\\', "/"));
            }
        });
        found.sort();
        found
    }

    /// Its directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// A path below it.
    #[must_use]
    pub fn join(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    /// A program to be run in it.
    #[must_use]
    pub fn command(&self, program: impl AsRef<Path>) -> Cmd {
        Cmd::new(program).current_dir(self.path())
    }
}

fn walk(dir: &Path, each: &mut impl FnMut(&Path)) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|t| t.is_dir()) {
            walk(&path, each);
        } else {
            each(&path);
        }
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("directory");
    for entry in std::fs::read_dir(from).unwrap_or_else(|e| panic!("{}: {e}", from.display())) {
        let entry = entry.expect("entry");
        let target = to.join(entry.file_name());
        if entry.file_type().is_ok_and(|t| t.is_dir()) {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copy");
        }
    }
}

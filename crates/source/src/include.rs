//! Files that migrations include with psql's `\\i` and `\\ir`.
//!
//! They run as part of the migration, so their hashes belong to it too. A file that is not there
//! is not told here: reading the script tells it, with its place in the statement.

use std::collections::HashMap;

use crate::dir::{Dir, join, normalize, split};
use crate::scan::{FileRef, sha256_hex};
use crate::sqltext::{Include, outline};

/// The files that were included so far, each read once.
pub(crate) struct Included<'a> {
    dir: &'a dyn Dir,
    /// The file and what it includes itself; nothing if it cannot be read.
    files: HashMap<String, Option<(FileRef, Vec<Include>)>>,
    by: HashMap<String, String>,
}

impl<'a> Included<'a> {
    pub(crate) fn new(dir: &'a dyn Dir) -> Self {
        Self { dir, files: HashMap::new(), by: HashMap::new() }
    }

    /// The file that includes a path.
    pub(crate) fn by(&self, path: &str) -> Option<&str> {
        self.by.get(path).map(String::as_str)
    }

    /// All that a file includes, directly or not, in the order it is reached, each once.
    pub(crate) fn follow(&mut self, from: &str, includes: &[Include]) -> Vec<FileRef> {
        let mut found: Vec<FileRef> = Vec::new();
        let mut open: Vec<(String, Include)> =
            includes.iter().rev().map(|include| (from.to_owned(), include.clone())).collect();
        while let Some((from, include)) = open.pop() {
            let Some(path) = self.resolve(&from, &include) else {
                continue;
            };
            if found.iter().any(|earlier| earlier.path == path) {
                continue;
            }
            self.by.entry(path.clone()).or_insert_with(|| from.clone());
            if let Some((file, more)) = self.read(&path) {
                let more = more.iter().rev().map(|include| (path.clone(), include.clone()));
                open.extend(more);
                found.push(file.clone());
            }
        }
        found
    }

    /// `\\ir` starts from the file's folder, `\\i` from where psql is started: the project, or,
    /// with teams that go there first, the file's folder.
    fn resolve(&self, from: &str, include: &Include) -> Option<String> {
        let beside = normalize(&join(split(from).0, &include.path));
        let in_project = normalize(&include.path);
        let candidates = if include.relative { vec![beside] } else { vec![in_project, beside] };
        candidates.into_iter().find(|path| !path.is_empty() && self.dir.exists(path))
    }

    fn read(&mut self, path: &str) -> Option<&(FileRef, Vec<Include>)> {
        let dir = self.dir;
        let entry = self.files.entry(path.to_owned()).or_insert_with(|| {
            let bytes = dir.read(path).ok()?;
            let includes = match std::str::from_utf8(&bytes) {
                Ok(text) => outline(text).includes,
                Err(_) => Vec::new(),
            };
            let file = FileRef { path: path.to_owned(), sha256: sha256_hex(&bytes), bytes: bytes.len() as u64 };
            Some((file, includes))
        });
        entry.as_ref()
    }
}

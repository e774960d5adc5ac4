//! Where files come from.
//!
//! The crate touches no disk. A caller hands in a [`Dir`]; the command line implements it over
//! `std::fs`, the journal can implement it over kept file texts, and tests use [`MemoryDir`].

use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// One name inside a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The last component of the path.
    pub name: String,
    /// Whether it is a folder. A symbolic link is reported as what it points to.
    pub is_dir: bool,
}

/// A tree of files. Paths are relative to the project, separated by `/`, and `""` is its root.
///
/// An implementation gives names as they are; a name that is not UTF-8 is given lossily, so that
/// reading it fails and the file is named instead of passed over.
pub trait Dir: Send + Sync {
    /// What lies directly in `path`, in any order.
    ///
    /// # Errors
    /// The operating system's, for a path that is missing, not a folder, or not readable.
    fn entries(&self, path: &str) -> io::Result<Vec<Entry>>;

    /// The whole of one file.
    ///
    /// # Errors
    /// The operating system's.
    fn read(&self, path: &str) -> io::Result<Vec<u8>>;

    /// Whether `path` names a file or a folder.
    fn exists(&self, path: &str) -> bool;
}

/// Everything below a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Every file, sorted.
    pub files: Vec<String>,
    /// Every folder that was entered, sorted, without the root itself.
    pub folders: Vec<String>,
    /// What could not be listed, and why.
    pub unreadable: Vec<(String, String)>,
}

/// Lists all that lies below `root`, entering the folders for which `enter` holds.
///
/// Folders nested deeper than 32 levels are named in `unreadable`: that is a link that leads back.
pub fn walk(dir: &dyn Dir, root: &str, enter: &dyn Fn(&str) -> bool) -> Listing {
    let mut listing = Listing::default();
    let mut open = vec![(root.to_owned(), 0_usize)];
    while let Some((folder, depth)) = open.pop() {
        if depth > MAX_DEPTH {
            let reason = format!("nested deeper than {MAX_DEPTH} folders");
            listing.unreadable.push((folder, reason));
            continue;
        }
        let entries = match dir.entries(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                listing.unreadable.push((folder, error.to_string()));
                continue;
            }
        };
        for entry in entries {
            let path = join(&folder, &entry.name);
            if !entry.is_dir {
                listing.files.push(path);
            } else if enter(&path) {
                listing.folders.push(path.clone());
                open.push((path, depth + 1));
            }
        }
    }
    listing.files.sort();
    listing.folders.sort();
    listing.unreadable.sort();
    listing
}

/// Files held in memory: for tests, and for histories that are not on a disk.
#[derive(Debug, Clone, Default)]
pub struct MemoryDir {
    files: BTreeMap<String, Result<Vec<u8>, String>>,
    folders: BTreeSet<String>,
}

impl MemoryDir {
    /// A tree without files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces a file.
    #[must_use]
    pub fn with(mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.insert(path, bytes);
        self
    }

    /// Adds or replaces a file.
    pub fn insert(&mut self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.add_parents(path);
        self.files.insert(path.to_owned(), Ok(bytes.into()));
    }

    /// Adds a file whose reading fails with `reason`.
    pub fn insert_unreadable(&mut self, path: &str, reason: &str) {
        self.add_parents(path);
        self.files.insert(path.to_owned(), Err(reason.to_owned()));
    }

    /// Adds a folder, empty until a file is put in it.
    pub fn insert_folder(&mut self, path: &str) {
        self.add_parents(path);
        self.folders.insert(path.to_owned());
    }

    /// Takes a file away, and gives its bytes if it was there and readable.
    pub fn remove(&mut self, path: &str) -> Option<Vec<u8>> {
        self.files.remove(path)?.ok()
    }

    fn add_parents(&mut self, path: &str) {
        let mut rest = path;
        while let Some((parent, _)) = rest.rsplit_once('/') {
            self.folders.insert(parent.to_owned());
            rest = parent;
        }
    }
}

impl Dir for MemoryDir {
    fn entries(&self, path: &str) -> io::Result<Vec<Entry>> {
        let path = path.trim_end_matches('/');
        if !path.is_empty() && !self.folders.contains(path) {
            return Err(not_found());
        }
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        let inside = |full: &String| -> Option<String> {
            let name = full.strip_prefix(&prefix)?;
            (!name.is_empty() && !name.contains('/')).then(|| name.to_owned())
        };
        let folders = self.folders.iter().filter_map(inside).map(|name| Entry { name, is_dir: true });
        let files = self.files.keys().filter_map(inside).map(|name| Entry { name, is_dir: false });
        Ok(folders.chain(files).collect())
    }

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        match self.files.get(path) {
            Some(Ok(bytes)) => Ok(bytes.clone()),
            Some(Err(reason)) => Err(io::Error::other(reason.clone())),
            None => Err(not_found()),
        }
    }

    fn exists(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        path.is_empty() || self.files.contains_key(path) || self.folders.contains(path)
    }
}

/// `folder/name`, or `name` at the root.
pub(crate) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// The folder of a path and its last component.
pub(crate) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// A path as written in a configuration file, in the form used here: no `./`, no trailing `/`.
pub(crate) fn normalize(path: &str) -> String {
    let slashes = path.replace('\\', "/");
    let mut parts: Vec<&str> = Vec::new();
    for part in slashes.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    let root = if slashes.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}

const MAX_DEPTH: usize = 32;

fn not_found() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "no such file or folder")
}

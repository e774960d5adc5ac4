//! Replays kept in the project's private folder: `.surefoot/cache/replay-<key>.json`.
//!
//! A file is written beside its name and renamed, so that two runs at once and one that dies leave a whole file or none.
//! Its first line holds the hash of the rest: a damaged file is as good as none, and is written again.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use surefoot_catalog::Catalog;

use crate::Project;

/// First word of a kept file, and the number of its form.
const HEAD: &str = "surefoot-replay 1";

/// How many are kept; the oldest go.
const MOST: usize = 12;

/// One kept replay.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) place: String,
    pub(crate) warnings: Vec<String>,
    pub(crate) catalog: Catalog,
}

/// What is said of the catalog in a line of its own, before it.
#[derive(Debug, Serialize, Deserialize)]
struct About {
    place: String,
    warnings: Vec<String>,
}

/// The place of one replay.
#[derive(Debug)]
pub(crate) struct Cache {
    private: PathBuf,
    path: PathBuf,
}

impl Cache {
    pub(crate) fn new(project: &Project, key: String) -> Self {
        Self::at(project.private_dir(), &key)
    }

    fn at(private: PathBuf, key: &str) -> Self {
        Self { path: private.join("cache").join(format!("replay-{key}.json")), private }
    }

    /// What was kept, if it is there and whole.
    pub(crate) fn read(&self) -> Option<Kept> {
        let text = std::fs::read_to_string(&self.path).ok()?;
        let (head, body) = text.split_once('\n')?;
        if head != format!("{HEAD} {}", sha256(body)) {
            return None;
        }
        let (about, catalog) = body.split_once('\n')?;
        let About { place, warnings } = serde_json::from_str(about).ok()?;
        Some(Kept { place, warnings, catalog: Catalog::from_json(catalog).ok()? })
    }

    /// Keeps one.
    pub(crate) fn write(&self, kept: &Kept) -> std::io::Result<()> {
        let folder = self.path.parent().unwrap_or(&self.private);
        std::fs::create_dir_all(folder)?;
        // Nobody wants it in a repository.
        let ignore = self.private.join(".gitignore");
        if !ignore.exists() {
            std::fs::write(ignore, "*\n")?;
        }
        let about = About { place: kept.place.clone(), warnings: kept.warnings.clone() };
        let body = format!("{}\n{}", serde_json::to_string(&about)?, serde_json::to_string(&kept.catalog)?);
        let mut file = tempfile::Builder::new().prefix(".replay-").tempfile_in(folder)?;
        file.write_all(format!("{HEAD} {}\n{body}", sha256(&body)).as_bytes())?;
        file.persist(&self.path).map_err(|e| e.error)?;
        tidy(folder);
        Ok(())
    }
}

fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// Removes all but the newest. What cannot be removed is tried again the next time.
fn tidy(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut files: Vec<_> = entries
        .flatten()
        .filter(|e| e.file_name().to_string_lossy().contains("replay-"))
        .filter_map(|e| Some((e.metadata().ok()?.modified().ok()?, e.path())))
        .collect();
    files.sort();
    let surplus = files.len().saturating_sub(MOST);
    for (_, path) in files.into_iter().take(surplus) {
        let _ = std::fs::remove_file(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(place: &str) -> Kept {
        Kept { place: place.into(), warnings: Vec::new(), catalog: Catalog::default() }
    }

    #[test]
    fn what_is_damaged_is_not_there() {
        let dir = tempfile::tempdir().expect("temp dir");
        let cache = Cache::at(dir.path().to_owned(), "k");
        assert!(cache.read().is_none());
        cache.write(&kept("here")).expect("written");
        assert_eq!(cache.read().expect("kept").place, "here");
        let whole = std::fs::read(&cache.path).expect("file");
        for damaged in [&whole[..whole.len() - 3], b"", b"\xff\xfe\n"] {
            std::fs::write(&cache.path, damaged).expect("damaged");
            assert!(cache.read().is_none());
        }
        let mut flipped = whole.clone();
        let at = whole.len() - 10;
        flipped[at] ^= 1;
        std::fs::write(&cache.path, flipped).expect("damaged");
        assert!(cache.read().is_none());
        cache.write(&kept("again")).expect("written");
        assert_eq!(cache.read().expect("kept").place, "again");
    }

    #[test]
    fn writers_at_once_leave_a_whole_file_and_no_other() {
        let dir = tempfile::tempdir().expect("temp dir");
        std::thread::scope(|scope| {
            for i in 0..8 {
                let private = dir.path().to_owned();
                scope.spawn(move || {
                    let cache = Cache::at(private, "k");
                    for _ in 0..20 {
                        cache.write(&kept(&format!("writer {i}"))).expect("written");
                        assert!(cache.read().is_some());
                    }
                });
            }
        });
        let names: Vec<String> = std::fs::read_dir(dir.path().join("cache"))
            .expect("folder")
            .map(|e| e.expect("entry").file_name().to_string_lossy().into_owned())
            .collect();
        assert_eq!(names, ["replay-k.json"]);
    }

    #[test]
    fn the_oldest_go() {
        let dir = tempfile::tempdir().expect("temp dir");
        for i in 0..MOST + 5 {
            Cache::at(dir.path().to_owned(), &i.to_string()).write(&kept("x")).expect("written");
        }
        assert_eq!(std::fs::read_dir(dir.path().join("cache")).expect("folder").count(), MOST);
    }
}

//! Files that count only once they were read as what they were meant to be.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};

use surefoot_source::{Dir, load};

use crate::new::style::{Files, split};
use crate::new::{DEFAULT_DIR, NewReport};
use crate::{Error, Project, Result};

/// Writes the files, reads the history again, and takes them back when it is not what it should be.
pub(super) fn finish(
    project: &Project,
    files: &Files,
    up: &str,
    down: Option<&str>,
    report: &mut NewReport,
) -> Result<()> {
    let mut draft = Draft { project, paths: Vec::new(), folders: Vec::new() };
    draft.write(&files.up, up)?;
    if let Some(down) = down {
        draft.write(&files.down, down)?;
    }
    let mut source = project.source.clone();
    source.dirs.retain(|d| project.dir.exists(&d.path));
    if source.dirs.is_empty() {
        source.dirs.push(surefoot_source::MigrationDir::new(DEFAULT_DIR));
    }
    let set = load(&project.dir, &source)?;
    let wrong = |what: String| Error::Refused {
        code: "name",
        message: format!("{what}; nothing was written"),
        hint: "choose another name".into(),
    };
    let Some(migration) = set.versioned().find(|m| m.up.path == files.up) else {
        return Err(wrong(format!("{} would not be read as a migration", files.up)));
    };
    if down.is_some() && migration.down.as_ref().is_none_or(|d| d.path != files.down) {
        return Err(wrong(format!("{} would not be read as the rollback of {}", files.down, files.up)));
    }
    report.id.clone_from(&migration.id);
    report.files = draft.keep();
    Ok(())
}

/// Writes the rollback of a migration that is there, and takes it back when it is not read as that.
pub(super) fn add(project: &Project, migration: &surefoot_source::Migration, path: &str, text: &str) -> Result<()> {
    let mut draft = Draft { project, paths: Vec::new(), folders: Vec::new() };
    draft.write(path, text)?;
    let set = load(&project.dir, &project.source)?;
    let read = set.get(&migration.id).and_then(|m| m.down.as_ref()).is_some_and(|d| d.path == path);
    if !read {
        return Err(Error::Refused {
            code: "name",
            message: format!("{path} would not be read as the rollback of {}; nothing was written", migration.up.path),
            hint: "print it, and write it where it belongs: surefoot derive-down --format sql".into(),
        });
    }
    draft.keep();
    Ok(())
}

/// Files that vanish again unless they are kept.
struct Draft<'a> {
    project: &'a Project,
    paths: Vec<String>,
    folders: Vec<String>,
}

impl Draft<'_> {
    fn write(&mut self, path: &str, text: &str) -> Result<()> {
        self.create_folders(split(path).0)?;
        let fail = |e: std::io::Error| match e.kind() {
            ErrorKind::AlreadyExists => Error::Refused {
                code: "exists",
                message: format!("{path} is there already; nothing was written"),
                hint: "choose another name, or run the command again when someone else has just made one".into(),
            },
            _ => Error::Io { action: "write", path: path.to_owned(), reason: e.to_string() },
        };
        let mut file =
            OpenOptions::new().write(true).create_new(true).open(self.project.dir.path(path)).map_err(fail)?;
        self.paths.push(path.to_owned());
        file.write_all(text.as_bytes()).map_err(fail)
    }

    fn create_folders(&mut self, folder: &str) -> Result<()> {
        if folder.is_empty() || self.project.dir.path(folder).is_dir() {
            return Ok(());
        }
        self.create_folders(split(folder).0)?;
        match std::fs::create_dir(self.project.dir.path(folder)) {
            Ok(()) => self.folders.push(folder.to_owned()),
            Err(e) if e.kind() == ErrorKind::AlreadyExists && self.project.dir.path(folder).is_dir() => {}
            Err(e) => {
                return Err(Error::Io { action: "create", path: folder.to_owned(), reason: e.to_string() });
            }
        }
        Ok(())
    }

    fn keep(mut self) -> Vec<String> {
        self.folders.clear();
        std::mem::take(&mut self.paths)
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        // What cannot be removed is seen by the next run, which names it.
        for path in self.paths.drain(..) {
            let _ = std::fs::remove_file(self.project.dir.path(&path));
        }
        for folder in self.folders.drain(..).rev() {
            let _ = std::fs::remove_dir(self.project.dir.path(&folder));
        }
    }
}

//! Checkpoints: one file that stands for the beginning of a history.
//!
//! `007_add_index.checkpoint.sql` makes in an empty database what the migrations up to 007 make. It names each of them
//! with the hash of its file, so that a checkpoint that no longer says the same is noticed, and so that the files may go
//! once every target is past them: a migration without a file stays in the set, marked as squashed.

use std::collections::HashMap;

use crate::collect::Report;
use crate::dir::{Dir, split};
use crate::directive::{Directives, Replaced};
use crate::error::Problem;
use crate::header::Header;
use crate::layout::{self, Class, Layout};
use crate::number::Number;
use crate::scan::{FileRef, scan};
use crate::set::Migration;

/// A checkpoint on disk.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// The last migration it stands for.
    pub id: String,
    /// Its file.
    pub file: FileRef,
    /// The migrations it stands for, in order.
    pub replaces: Vec<Replaced>,
    /// What it asks of the engine.
    pub directives: Directives,
    /// Migrations whose files are there and are not what it was made from, in order.
    pub stale: Vec<String>,
}

impl Checkpoint {
    /// Whether it stands for this migration.
    #[must_use]
    pub fn covers(&self, id: &str) -> bool {
        self.replaces.iter().any(|r| r.id == id)
    }
}

/// Reads the checkpoints among the files, and gives those migrations a place whose files are gone. `migrations` are in
/// id order and stay so.
pub(crate) fn read(
    dir: &dyn Dir,
    paths: &[String],
    migrations: &mut Vec<Migration>,
    report: &mut Report,
) -> Vec<Checkpoint> {
    let mut found: Vec<Checkpoint> = Vec::new();
    for path in paths {
        let scan = match scan(dir, path, false) {
            Ok(scan) => scan,
            Err(problem) => {
                report.problems.push(problem);
                continue;
            }
        };
        report.problems.extend(scan.problems);
        let Some(last) = scan.directives.replaces.last() else {
            report.problems.push(Problem::BadDirective {
                path: path.clone(),
                line: 1,
                name: "replaces".into(),
                reason: "is missing: a checkpoint says which migrations it stands for".into(),
            });
            continue;
        };
        found.push(Checkpoint {
            id: last.id.clone(),
            file: scan.file,
            replaces: scan.directives.replaces.clone(),
            directives: scan.directives,
            stale: Vec::new(),
        });
    }
    found.sort_by(|a, b| a.replaces.len().cmp(&b.replaces.len()).then_with(|| a.file.path.cmp(&b.file.path)));
    if let Some(longest) = found.last() {
        add_squashed(longest, migrations);
    }
    let files: HashMap<&str, &Migration> = migrations.iter().map(|m| (m.id.as_str(), m)).collect();
    for checkpoint in &mut found {
        let differs = |r: &&Replaced| files.get(r.id.as_str()).is_some_and(|m| m.up.sha256 != r.sha256);
        checkpoint.stale = checkpoint.replaces.iter().filter(differs).map(|r| r.id.clone()).collect();
    }
    // The list of a team may still name what is gone.
    let gone = |filename: &str| {
        let file = split(filename).1;
        found.iter().flat_map(|c| &c.replaces).any(|r| split(&r.path).1 == file)
    };
    report.problems.retain(|problem| match problem {
        Problem::ListedFileMissing { filename, .. } => !gone(filename),
        _ => true,
    });
    found
}

/// The migrations of a checkpoint that have no file, before those that come after them.
fn add_squashed(checkpoint: &Checkpoint, migrations: &mut Vec<Migration>) {
    let have: HashMap<String, usize> = migrations.iter().enumerate().map(|(i, m)| (m.id.clone(), i)).collect();
    if checkpoint.replaces.iter().all(|r| have.contains_key(&r.id)) {
        return;
    }
    let mut rest: Vec<Option<Migration>> = std::mem::take(migrations).into_iter().map(Some).collect();
    for replaced in &checkpoint.replaces {
        let there = have.get(&replaced.id).and_then(|i| rest[*i].take());
        migrations.push(there.unwrap_or_else(|| squashed(replaced)));
    }
    migrations.extend(rest.into_iter().flatten());
}

fn squashed(replaced: &Replaced) -> Migration {
    let path = replaced.path.as_str();
    let folder = split(path).0.to_owned();
    let in_folder = |other: &str| layout::is_folder_up(split(path).1) && other == folder;
    let class = layout::classify(path, "", &in_folder, &["sql".to_owned()]);
    let (number, name, layout) = match class {
        Class::Part(part) => (part.number, part.name, part.layout),
        _ => (Number::parse(&replaced.id), replaced.id.clone(), Layout::Numbered),
    };
    Migration {
        id: replaced.id.clone(),
        number,
        title: name.replace(['_', '-'], " "),
        name,
        up: FileRef { path: path.to_owned(), sha256: replaced.sha256.clone(), bytes: 0 },
        includes: Vec::new(),
        down: None,
        verify: None,
        header: Header::default(),
        directives: Directives::default(),
        down_directives: Directives::default(),
        depends: Vec::new(),
        declares_depends: false,
        prose_depends: 0,
        owner: None,
        repeatable: false,
        has_effect: true,
        estimated_duration: None,
        rollback_supported: None,
        squashed: true,
        layout,
    }
}

#[cfg(test)]
mod tests {
    use crate::{MemoryDir, MigrationDir, SourceConfig, load, sha256_hex};

    fn config() -> SourceConfig {
        let dirs = vec![MigrationDir { path: "m".into(), owner: None }];
        SourceConfig { dirs, ..SourceConfig::default() }
    }

    fn checkpoint() -> String {
        let (a, b) = (sha256_hex(b"SELECT 1;"), sha256_hex(b"SELECT 2;"));
        format!("-- surefoot: replaces 001 {a} m/001_a.sql\n-- surefoot: replaces 002 {b} m/002_b.sql\nSELECT 3;\n")
    }

    fn dir() -> MemoryDir {
        MemoryDir::new()
            .with("m/002_b.checkpoint.sql", checkpoint())
            .with("m/003_c.sql", "-- surefoot: depends 002\nSELECT 4;")
    }

    #[test]
    fn stands_for_migrations_that_are_there_or_gone() {
        let all = dir().with("m/001_a.sql", "SELECT 1;").with("m/002_b.sql", "SELECT 2;");
        for (dir, squashed) in
            [(all, [false, false]), (dir().with("m/002_b.sql", "SELECT 2;"), [true, false]), (dir(), [true, true])]
        {
            let set = load(&dir, &config()).expect("a set");
            let ids: Vec<&str> = set.migrations().iter().map(|m| m.id.as_str()).collect();
            assert_eq!(ids, ["001", "002", "003"]);
            assert_eq!(squashed, [set.migrations()[0].squashed, set.migrations()[1].squashed]);
            assert_eq!(set.migrations()[1].name, "b");
            assert_eq!(set.checkpoints.len(), 1);
            assert_eq!(set.checkpoints[0].id, "002");
            assert!(set.checkpoints[0].covers("001") && set.checkpoints[0].stale.is_empty());
            assert!(set.warnings.is_empty(), "{:?}", set.warnings);
        }
    }

    #[test]
    fn an_edited_file_makes_it_stale() {
        let set = load(&dir().with("m/001_a.sql", "SELECT 1"), &config()).expect("a set");
        assert_eq!(set.checkpoints[0].stale, ["001"]);
    }

    #[test]
    fn says_what_it_stands_for() {
        let error =
            load(&MemoryDir::new().with("m/002_b.checkpoint.sql", "SELECT 1;"), &config()).expect_err("a problem");
        assert!(error.to_string().contains("m/002_b.checkpoint.sql:1: directive `replaces`: is missing"), "{error}");
        let elsewhere = MemoryDir::new().with("m/001_a.sql", "-- surefoot: replaces 001 x y\nSELECT 1;");
        let error = load(&elsewhere, &config()).expect_err("a problem");
        assert!(error.to_string().contains("belongs in a checkpoint"), "{error}");
    }
}

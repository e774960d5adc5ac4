//! The rules that a list of migrations sets: `validation.files` and `validation.migrations`.

use std::collections::HashMap;

use crate::collect::{Report, Root};
use crate::dir::{join, normalize, split};
use crate::error::{Problem, Warning};
use crate::number::Number;
use crate::set::Migration;
use crate::warehouse::{Listed, MigrationConfig};

/// Checks migrations, in id order, against the lists of their directories.
pub(crate) fn check(migrations: &[Migration], roots: &[Root], lists: &[MigrationConfig], report: &mut Report) {
    for root in roots {
        let Some(list) = root.list.and_then(|index| lists.get(index)) else {
            continue;
        };
        let own: Vec<&Migration> = migrations
            .iter()
            .filter(|migration| owner_root(roots, &migration.up.path) == Some(root.path.as_str()))
            .collect();
        let mut entries = HashMap::new();
        for entry in &list.migrations {
            for folder in [split(&list.path).0, root.path.as_str(), ""] {
                let path = normalize(&join(folder, &entry.filename));
                entries.entry(path).or_insert(entry);
            }
        }
        let checker = Checker { list, root, own, all: migrations, entries };
        checker.check(report);
    }
}

/// The deepest migration directory that a file lies in.
fn owner_root<'r>(roots: &'r [Root], path: &str) -> Option<&'r str> {
    let inside = |root: &&Root| {
        root.path.is_empty() || path.strip_prefix(root.path.as_str()).is_some_and(|rest| rest.starts_with('/'))
    };
    roots.iter().filter(inside).map(|root| root.path.as_str()).max_by_key(|path| path.len())
}

struct Checker<'a> {
    list: &'a MigrationConfig,
    root: &'a Root,
    own: Vec<&'a Migration>,
    all: &'a [Migration],
    /// The entries of the list by the path of their file.
    entries: HashMap<String, &'a Listed>,
}

impl<'a> Checker<'a> {
    fn check(&self, report: &mut Report) {
        let files = &self.list.validation.files;
        let rules = &self.list.validation.migrations;
        for migration in self.own.iter().filter(|migration| !migration.squashed) {
            let entry = self.entry(migration);
            if entry.is_none() && !migration.repeatable && !self.list.migrations.is_empty() {
                report
                    .warnings
                    .push(Warning::Unlisted { path: migration.up.path.clone(), config: self.list.path.clone() });
            }
            self.rollback(migration, entry, report);
            self.file_rules(migration, entry, report);
        }
        if files.require_version_prefix {
            self.unmatched(report);
        }
        if rules.require_sequential_versions {
            self.sequence(report);
        }
    }

    fn entry(&self, migration: &Migration) -> Option<&'a Listed> {
        self.entries.get(&migration.up.path).copied()
    }

    fn rollback(&self, migration: &Migration, entry: Option<&Listed>, report: &mut Report) {
        let Some(entry) = entry else { return };
        let fact = match (entry.rollback_supported, &migration.down) {
            (Some(true), None) if self.list.validation.migrations.require_rollback_validation => {
                report.problems.push(self.rule(
                    &migration.up.path,
                    "its rollback is supported, but there is no rollback file",
                    "validation.migrations.require_rollback_validation",
                    format!(
                        "write {}.rollback.sql, or set rollback_supported: false in line {}",
                        migration.stem(),
                        entry.line
                    ),
                ));
                return;
            }
            (Some(true), None) => "the list says that its rollback is supported, but there is no rollback file",
            (Some(false), Some(_)) => "the list says that its rollback is not supported, but there is a rollback file",
            (Some(true), Some(_)) | (Some(false), None) | (None, _) => return,
        };
        report.warnings.push(Warning::RollbackSupport {
            path: migration.up.path.clone(),
            fact: fact.to_owned(),
            config: self.list.path.clone(),
            line: entry.line,
        });
    }

    fn file_rules(&self, migration: &Migration, entry: Option<&Listed>, report: &mut Report) {
        let rules = &self.list.validation.files;
        let path = &migration.up.path;
        let starts = |id: &str| {
            let stem = migration.stem().trim_start_matches(['V', 'v']);
            stem.starts_with(id) || Number::parse(id).is_some_and(|n| Some(n) == own_number(stem))
        };
        if rules.require_version_prefix && !migration.repeatable && !starts(&migration.id) {
            report.problems.push(self.rule(
                path,
                &format!("its name does not start with its version {}", migration.id),
                "validation.files.require_version_prefix",
                format!("name it {}_{}.sql", migration.id, migration.name),
            ));
        }
        let described = !migration.name.is_empty()
            || entry.is_some_and(|entry| entry.description.as_ref().is_some_and(|d| !d.is_empty()))
            || migration.header.title().is_some()
            || migration.header.description().is_some();
        if rules.require_description && !described {
            report.problems.push(self.rule(
                path,
                "nothing describes it",
                "validation.files.require_description",
                format!("name it {}_what_it_does.sql", migration.id),
            ));
        }
        let files = [Some(&migration.up), migration.down.as_ref(), migration.verify.as_ref()];
        for file in files.into_iter().flatten() {
            #[expect(clippy::cast_precision_loss, reason = "a size in megabytes needs no last byte")]
            let megabytes = file.bytes as f64 / (1024.0 * 1024.0);
            if let Some(most) = rules.max_file_size_mb.filter(|most| megabytes > *most) {
                report.problems.push(self.rule(
                    &file.path,
                    &format!("is {} bytes, more than {most} MB", file.bytes),
                    "validation.files.max_file_size_mb",
                    "split the migration, or raise the limit".to_owned(),
                ));
            }
            let extension = file.path.rsplit_once('.').map_or("", |(_, extension)| extension);
            let extension = extension.to_ascii_lowercase();
            if rules.allowed_extensions.as_ref().is_some_and(|all| !all.contains(&extension)) {
                report.problems.push(self.rule(
                    &file.path,
                    &format!("`.{extension}` is not an allowed extension"),
                    "validation.files.allowed_extensions",
                    format!("rename the file, or allow .{extension}"),
                ));
            }
        }
    }

    /// A SQL file without a number breaks the rule that files start with their version.
    fn unmatched(&self, report: &mut Report) {
        let mut problems = Vec::new();
        for warning in &report.warnings {
            if let Warning::UnmatchedSql { path, reason } = warning
                && reason.contains("does not start with a number")
                && path.starts_with(&self.root.path)
            {
                problems.push(self.rule(
                    path,
                    reason,
                    "validation.files.require_version_prefix",
                    "name it NNN_name.sql, or move it out of the folder".to_owned(),
                ));
            }
        }
        report.problems.append(&mut problems);
    }

    fn sequence(&self, report: &mut Report) {
        let numbered = self
            .all
            .iter()
            .filter_map(|migration| Some((migration, migration.number.as_ref().and_then(Number::single)?)));
        let numbered: Vec<(&Migration, u128)> = numbered.collect();
        for pair in numbered.windows(2) {
            let [(before, low), (after, high)] = pair else {
                continue;
            };
            if *high > low + 1 {
                report.problems.push(self.rule(
                    &after.up.path,
                    &format!("follows {}: {} is missing between them", before.up.path, low + 1),
                    "validation.migrations.require_sequential_versions",
                    "number it without a gap, or allow gaps".to_owned(),
                ));
            }
        }
    }

    fn rule(&self, path: &str, fact: &str, rule: &'static str, hint: String) -> Problem {
        Problem::Rule { path: path.to_owned(), fact: fact.to_owned(), config: self.list.path.clone(), rule, hint }
    }
}

fn own_number(stem: &str) -> Option<Number> {
    crate::layout::parse_stem(stem).map(|stem| stem.number)
}

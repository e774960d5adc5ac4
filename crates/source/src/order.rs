//! Who waits for whom: dependencies declared in files, in lists and in prose, and the order that
//! follows from them.

use std::collections::HashMap;

use crate::collect::{Report, Root};
use crate::dir::{join, normalize, split};
use crate::error::{Edge, Problem, Warning};
use crate::graph;
use crate::prose;
use crate::set::{FindError, Migration, MigrationSet};
use crate::warehouse::MigrationConfig;

/// Resolves the dependencies of migrations in id order and brings them into the order they run.
pub(crate) fn order(
    migrations: Vec<Migration>,
    roots: &[Root],
    lists: &[MigrationConfig],
    report: &mut Report,
) -> Vec<Migration> {
    let set = MigrationSet::new(migrations);
    let listed = listed_dependencies(&set, roots, lists);
    let duplicates = report.problems.iter().any(|problem| matches!(problem, Problem::DuplicateNumber { .. }));
    let mut resolver = Resolver { set: &set, report, duplicates, near_left: NEAR_MATCHES };
    let mut edges: Vec<Edges> = Vec::with_capacity(set.len());
    let mut branches: Vec<bool> = Vec::with_capacity(set.len());
    for (index, migration) in set.migrations().iter().enumerate() {
        let mut own = Edges::new();
        let path = migration.up.path.as_str();
        for reference in &migration.directives.depends {
            resolver.declared(index, &mut own, (path, reference.line), &reference.text, true);
        }
        branches.push(!own.is_empty());
        for listed in listed.get(&index).into_iter().flatten() {
            let place = (listed.path, listed.line);
            resolver.declared(index, &mut own, place, listed.text, listed.must_exist);
        }
        if let Some(field) = migration.header.dependency_field() {
            resolver.prose(index, &mut own, (path, field.line), &field.value);
        }
        edges.push(own);
    }
    let ids: Vec<String> = set.migrations().iter().map(|m| m.id.clone()).collect();
    let mut migrations = set.into_migrations();
    for ((migration, own), branches) in migrations.iter_mut().zip(&edges).zip(branches) {
        migration.depends = own.iter().map(|(position, _)| ids[*position].clone()).collect();
        migration.prose_depends = own.iter().filter(|(_, edge)| *edge == Edge::Header).count();
        // A list says what must be there first; it is one list, and its order is one chain.
        migration.declares_depends = branches;
    }
    match graph::sort(migrations, &edges) {
        Ok(sorted) => sorted,
        Err(mut problems) => {
            report.problems.append(&mut problems);
            Vec::new()
        }
    }
}

/// What a migration comes after: position and reason.
type Edges = Vec<(usize, Edge)>;

/// How many near matches are looked for: each compares with every name there is.
const NEAR_MATCHES: usize = 50;

/// A dependency that a list states.
struct ListedDependency<'a> {
    text: &'a str,
    path: &'a str,
    line: usize,
    must_exist: bool,
}

fn listed_dependencies<'a>(
    set: &MigrationSet,
    roots: &[Root],
    lists: &'a [MigrationConfig],
) -> HashMap<usize, Vec<ListedDependency<'a>>> {
    let mut found: HashMap<usize, Vec<_>> = HashMap::new();
    if lists.is_empty() {
        return found;
    }
    let paths = set.migrations().iter().enumerate();
    let by_path: HashMap<&str, usize> = paths.map(|(i, m)| (m.up.path.as_str(), i)).collect();
    for root in roots {
        let Some(list) = root.list.and_then(|list| lists.get(list)) else {
            continue;
        };
        let must_exist = list.validation.migrations.require_dependency_validation;
        for entry in &list.migrations {
            let folders = [split(&list.path).0, root.path.as_str(), ""];
            let position =
                folders.iter().find_map(|folder| by_path.get(normalize(&join(folder, &entry.filename)).as_str()));
            let Some(position) = position else { continue };
            let dependencies = entry.dependencies.iter().map(|(text, line)| ListedDependency {
                text,
                path: &list.path,
                line: usize::try_from(*line).unwrap_or(usize::MAX),
                must_exist,
            });
            found.entry(*position).or_default().extend(dependencies);
        }
    }
    found
}

struct Resolver<'a> {
    set: &'a MigrationSet,
    report: &'a mut Report,
    /// Two files carry one number: then a reference to it says nothing new.
    duplicates: bool,
    near_left: usize,
}

/// Why a reference cannot be followed.
struct Lost {
    reason: String,
    near: Option<String>,
}

impl Resolver<'_> {
    fn declared(&mut self, index: usize, own: &mut Edges, (path, line): (&str, usize), text: &str, must_exist: bool) {
        match self.follow(index, text) {
            Ok(Some(position)) => add(own, position, Edge::Declared),
            Ok(None) => {}
            Err(Lost { reason, near }) => {
                let (path, reference) = (path.to_owned(), text.to_owned());
                if must_exist {
                    let problem = Problem::Dependency { path, line, reference, reason, near };
                    self.report.problems.push(problem);
                } else {
                    self.warn(path, line, reference, reason, near);
                }
            }
        }
    }

    fn prose(&mut self, index: usize, own: &mut Edges, (path, line): (&str, usize), text: &str) {
        let set = self.set;
        let known = |word: &str| set.resolve(word).is_ok();
        for mention in prose::mentions(text, &known) {
            let told = |this: &mut Self, reason: &str, near: Option<String>| {
                this.warn(path.to_owned(), line, mention.text.clone(), reason.to_owned(), near);
            };
            match self.follow(index, &mention.text) {
                Ok(Some(position)) if position < index => add(own, position, Edge::Header),
                Ok(Some(position)) if position == index => {
                    told(self, "which is this migration itself", None);
                }
                Ok(Some(_)) => {
                    let reason = "which comes later; the order is not changed by a header";
                    told(self, reason, None);
                }
                Err(Lost { reason, near }) if mention.certain => told(self, &reason, near),
                Ok(None) | Err(_) => {}
            }
        }
    }

    /// Where a reference of the migration at `index` leads; nowhere that matters if it is to a
    /// number that two files carry.
    fn follow(&mut self, index: usize, reference: &str) -> Result<Option<usize>, Lost> {
        let migration = match self.set.resolve(reference) {
            Ok(migration) => migration,
            Err(FindError::Unknown { .. }) => {
                let near = if self.near_left > 0 {
                    self.near_left -= 1;
                    self.set.near(reference)
                } else {
                    None
                };
                return Err(Lost { reason: "which does not exist".to_owned(), near });
            }
            Err(FindError::Ambiguous { .. }) if self.duplicates => return Ok(None),
            Err(FindError::Ambiguous { candidates, .. }) => {
                let reason = format!("which may be any of {}", candidates.join(", "));
                return Err(Lost { reason, near: None });
            }
        };
        let own_repeatable = self.set.migrations().get(index).is_some_and(|own| own.repeatable);
        if migration.repeatable && !own_repeatable {
            let reason = "which is repeatable and runs after every versioned one".to_owned();
            return Err(Lost { reason, near: None });
        }
        Ok(self.set.position(&migration.id))
    }

    fn warn(&mut self, path: String, line: usize, reference: String, reason: String, near: Option<String>) {
        let warning = Warning::UnfollowedDependency { path, line, reference, reason, near };
        self.report.warnings.push(warning);
    }
}

fn add(own: &mut Edges, position: usize, edge: Edge) {
    if own.iter().all(|(earlier, _)| *earlier != position) {
        own.push((position, edge));
    }
}

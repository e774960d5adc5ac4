//! Reading a whole history.

use std::collections::HashMap;

use crate::collect::{self, Bundle, Report, Root};
use crate::config::SourceConfig;
use crate::dir::{Dir, join, normalize};
use crate::error::{LoadError, Problem, Warning};
use crate::header::Header;
use crate::include::Included;
use crate::layout::Layout;
use crate::near::nearest;
use crate::number::{Number, is_date};
use crate::order::order;
use crate::read::{Reading, read_all};
use crate::scan::text_of;
use crate::set::{Ignored, Migration, MigrationSet};
use crate::warehouse::{Listed, MigrationConfig};

/// Reads every migration of a project.
///
/// Each file is read once. Nothing is kept of it but its hash, its header and its directives.
///
/// # Errors
/// Everything that is wrong, not only the first.
pub fn load(dir: &dyn Dir, config: &SourceConfig) -> Result<MigrationSet, LoadError> {
    let mut report = Report::default();
    let (roots, lists) = roots(dir, config, &mut report);
    let bundles = collect::collect(dir, &roots, &lists, &mut report);
    let mut loader = Loader::new(dir, &roots, &lists, report);
    let mut migrations = loader.migrations(bundles);
    let paths = std::mem::take(&mut loader.report.checkpoints);
    let checkpoints = crate::checkpoint::read(dir, &paths, &mut migrations, &mut loader.report);
    loader.settle_included();
    loader.look_at_names(&migrations);
    crate::rules::check(&migrations, &roots, &lists, &mut loader.report);
    let mut report = loader.report;
    let sorted = order(migrations, &roots, &lists, &mut report);
    for list in &lists {
        for setting in list.unobeyed() {
            let (config, setting) = (list.path.clone(), setting.clone());
            report.warnings.push(Warning::Unobeyed { config, setting });
        }
    }
    if !report.problems.is_empty() {
        report.problems.sort_by_cached_key(|problem| {
            let place = problem.place();
            (place.path.to_owned(), place.line, place.column, problem.to_string())
        });
        report.problems.dedup();
        return Err(LoadError { problems: report.problems, warnings: report.warnings, configs: lists });
    }
    let mut set = MigrationSet::new(sorted);
    report.ignored.sort();
    set.ignored = report.ignored;
    set.warnings = report.warnings;
    set.configs = lists;
    set.checkpoints = checkpoints;
    Ok(set)
}

/// The migration directories, each with its list.
fn roots(dir: &dyn Dir, config: &SourceConfig, report: &mut Report) -> (Vec<Root>, Vec<MigrationConfig>) {
    let mut roots: Vec<Root> = Vec::new();
    let mut lists: Vec<MigrationConfig> = Vec::new();
    let explicit = config.migration_config.as_ref().map(|path| normalize(path));
    let mut explicit = explicit.and_then(|path| read_list(dir, &path, config, report));
    for (nth, configured) in config.dirs.iter().enumerate() {
        let path = normalize(&configured.path);
        if !dir.exists(&path) {
            let configured = |folder: &str| config.dirs.iter().any(|d| normalize(&d.path) == folder);
            let near = crate::detect::usual_folders()
                .find(|folder| !configured(folder) && dir.exists(folder))
                .map(str::to_owned);
            report.problems.push(Problem::MissingDirectory { path, near });
            continue;
        }
        if roots.iter().any(|root| root.path == path) {
            continue;
        }
        let list = if nth == 0 && explicit.is_some() {
            explicit.take()
        } else if config.migration_config.is_none() {
            ["migration_config.yaml", "migration_config.yml"]
                .iter()
                .map(|name| join(&path, name))
                .find(|list| dir.exists(list))
                .and_then(|list| read_list(dir, &list, config, report))
        } else {
            None
        };
        let list = list.map(|list| {
            lists.push(list);
            lists.len() - 1
        });
        roots.push(Root { path, owner: configured.owner.clone(), list });
    }
    (roots, lists)
}

fn read_list(dir: &dyn Dir, path: &str, config: &SourceConfig, report: &mut Report) -> Option<MigrationConfig> {
    let unreadable = |error: std::io::Error| Problem::Unreadable { path: path.to_owned(), reason: error.to_string() };
    let read = dir.read(path).map_err(unreadable);
    let parsed = read.and_then(|bytes| {
        let text = text_of(path, &bytes)?;
        Ok(MigrationConfig::parse(path, text, &config.variables))
    });
    match parsed {
        Ok(Ok(list)) => {
            let Some(name) = &config.environment else {
                return Some(list);
            };
            if !list.environments.is_empty() && !list.environments.contains(name) {
                let names = list.environments.iter().map(String::as_str);
                report.warnings.push(Warning::NoEnvironment {
                    config: path.to_owned(),
                    name: name.clone(),
                    near: nearest(name, names).map(str::to_owned),
                });
            }
            Some(list.for_environment(name))
        }
        Ok(Err(problems)) => {
            report.problems.extend(problems.into_iter().map(Problem::Setting));
            None
        }
        Err(problem) => {
            report.problems.push(problem);
            None
        }
    }
}

struct Loader<'a> {
    dir: &'a dyn Dir,
    roots: &'a [Root],
    lists: &'a [MigrationConfig],
    report: Report,
    included: Included<'a>,
    /// The lists whose versions are not all numbers.
    named: Vec<usize>,
}

impl<'a> Loader<'a> {
    fn new(dir: &'a dyn Dir, roots: &'a [Root], lists: &'a [MigrationConfig], report: Report) -> Self {
        let named =
            |list: &MigrationConfig| list.migrations.iter().any(|entry| Number::parse(&entry.version).is_none());
        let named = lists.iter().enumerate().filter(|(_, list)| named(list));
        Self { dir, roots, lists, report, included: Included::new(dir), named: named.map(|(index, _)| index).collect() }
    }

    /// A SQL file that a migration includes is no stray file.
    fn settle_included(&mut self) {
        let mut warnings = std::mem::take(&mut self.report.warnings);
        warnings.retain(|warning| match warning {
            Warning::UnmatchedSql { path, .. } => match self.included.by(path) {
                Some(by) => {
                    let reason = format!("included by {by}");
                    self.report.ignored.push(Ignored { path: path.clone(), reason });
                    false
                }
                None => true,
            },
            _ => true,
        });
        self.report.warnings = warnings;
    }

    /// Reads the files and brings the migrations into id order.
    fn migrations(&mut self, bundles: Vec<Bundle>) -> Vec<Migration> {
        let mut ranked = Vec::with_capacity(bundles.len());
        let readings = read_all(self.dir, &bundles);
        for (bundle, reading) in bundles.into_iter().zip(readings) {
            let rank = self.rank(&bundle);
            ranked.push((rank, self.migration(bundle, reading)));
        }
        ranked.sort_by_cached_key(|(rank, migration)| {
            let name = (migration.stem().to_owned(), migration.up.path.clone());
            let number = migration.number.clone();
            (migration.repeatable, *rank, number.is_none(), number, name)
        });
        ranked.into_iter().map(|(_, migration)| migration).collect()
    }

    /// A list whose versions are not all numbers gives the order itself; what it leaves out comes
    /// last.
    fn rank(&self, bundle: &Bundle) -> usize {
        let list = self.roots.get(bundle.root).and_then(|root| root.list);
        if list.is_none_or(|list| !self.named.contains(&list)) {
            return 0;
        }
        bundle.listed.map_or(usize::MAX, |(_, position)| position)
    }

    fn migration(&mut self, bundle: Bundle, reading: Reading) -> Migration {
        let Reading { mut up, mut down, mut verify } = reading;
        for scan in [Some(&mut up), down.as_mut(), verify.as_mut()].into_iter().flatten() {
            self.report.problems.append(&mut scan.problems);
        }
        let entry = self.entry(bundle.listed);
        let owner = self.roots.get(bundle.root).and_then(|root| root.owner.clone());
        let part = bundle.up;
        if let Some(replaced) = up.directives.replaces.first() {
            self.report.problems.push(Problem::BadDirective {
                path: part.path.clone(),
                line: replaced.line,
                name: "replaces".into(),
                reason: "belongs in a checkpoint, which `surefoot squash` writes".into(),
            });
        }
        if !up.has_effect && up.directives.depends.len() < 2 {
            self.report.warnings.push(Warning::Empty { path: part.path.clone() });
        }
        if let Some(down) = down.as_ref().filter(|down| up.has_effect && !down.has_effect) {
            self.report.warnings.push(Warning::Empty { path: down.file.path.clone() });
        }
        if let Some(verify) = verify.as_ref().filter(|verify| !verify.directives.is_empty()) {
            let path = verify.file.path.clone();
            self.report.warnings.push(Warning::VerifyDirectives { path });
        }
        if is_copy(&part.name) {
            let folder = matches!(part.layout, Layout::Folders | Layout::Prisma);
            let path = if folder { crate::dir::split(&part.path).0 } else { &part.path };
            self.report.warnings.push(Warning::Copy { path: path.to_owned() });
        }
        let listed_description = entry.and_then(|entry| entry.description.clone());
        let title = up.header.title().map(str::to_owned).or(listed_description);
        let title = title.unwrap_or_else(|| part.name.replace(['_', '-'], " "));
        let estimated_duration = entry.and_then(|entry| entry.estimated_duration);
        let rollback_supported = entry.and_then(|entry| entry.rollback_supported);
        if let Some(verify) = &verify {
            self.included.follow(&verify.file.path, &verify.includes);
        }
        let (down_file, down_directives) = match down {
            Some(down) => {
                self.included.follow(&down.file.path, &down.includes);
                self.compare_numbers(&part.number, part.layout, &down.header, &down.file.path, &part.id);
                (Some(down.file), down.directives)
            }
            None => (None, crate::directive::Directives::default()),
        };
        self.compare_numbers(&part.number, part.layout, &up.header, &part.path, &part.id);
        Migration {
            title: if title.is_empty() { part.id.clone() } else { title },
            id: part.id,
            number: part.number,
            name: part.name,
            owner: up.directives.owner.clone().or(owner),
            includes: self.included.follow(&up.file.path, &up.includes),
            up: up.file,
            down: down_file,
            verify: verify.map(|verify| verify.file),
            header: up.header,
            directives: up.directives,
            down_directives,
            depends: Vec::new(),
            declares_depends: false,
            prose_depends: 0,
            repeatable: part.repeatable,
            has_effect: up.has_effect,
            estimated_duration,
            rollback_supported,
            squashed: false,
            layout: part.layout,
        }
    }

    fn entry(&self, listed: Option<(usize, usize)>) -> Option<&'a Listed> {
        let (list, position) = listed?;
        self.lists.get(list)?.migrations.get(position)
    }

    /// A header copied from another file still says that file's number.
    fn compare_numbers(&mut self, number: &Option<Number>, layout: Layout, header: &Header, path: &str, id: &str) {
        if matches!(layout, Layout::Folders | Layout::Prisma) {
            return;
        }
        let Some((text, line)) = header.number_field() else {
            return;
        };
        let Some(own) = number.as_ref().and_then(Number::last) else {
            return;
        };
        if crate::number::digits(text).is_some_and(|said| said != own) {
            self.report.warnings.push(Warning::HeaderNumber {
                path: path.to_owned(),
                line,
                header: text.to_owned(),
                number: id.to_owned(),
            });
        }
    }

    /// Ids used twice, and numbers mixed with dates.
    fn look_at_names(&mut self, migrations: &[Migration]) {
        let mut by_id: HashMap<&str, Vec<&Migration>> = HashMap::new();
        for migration in migrations {
            by_id.entry(&migration.id).or_default().push(migration);
        }
        for (id, members) in by_id.iter().filter(|(_, members)| members.len() > 1) {
            let files: Vec<String> = members.iter().map(|m| m.up.path.clone()).collect();
            let told = |problem: &Problem| match problem {
                Problem::DuplicateNumber { files: told, .. } | Problem::DuplicateId { files: told, .. } => {
                    files.iter().all(|file| told.contains(file))
                }
                _ => false,
            };
            if !self.report.problems.iter().any(told) {
                let id = (*id).to_owned();
                let mut files = files;
                files.sort();
                self.report.problems.push(Problem::DuplicateId { id, files });
            }
        }
        let dated = |migration: &&Migration| {
            migration.number.as_ref().and_then(|number| number.parts().first()).is_some_and(|first| {
                let text = first.to_string();
                text.len() >= 8 && text.get(..8).is_some_and(is_date)
            })
        };
        // Prisma's baseline is `0_init`; a zero is first in any order.
        let versioned = || migrations.iter().filter(|m| m.number.as_ref().is_some_and(|n| n.parts() != [0]));
        let number = versioned().rfind(|migration| !dated(migration));
        let date = versioned().find(dated);
        if let (Some(number), Some(date)) = (number, date) {
            self.report
                .warnings
                .push(Warning::MixedNumbers { number: number.up.path.clone(), date: date.up.path.clone() });
        }
    }
}

/// Whether a name is what a file manager calls a copy: `x copy`, `x copy 2`, `x - Copy`, `x (1)`.
fn is_copy(name: &str) -> bool {
    let name = name.to_lowercase();
    let base = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ');
    base.ends_with(" copy")
        || base.ends_with("-copy")
        || base.ends_with("_copy") && base.contains(' ')
        || name.ends_with(')')
            && name
                .rsplit_once(" (")
                .is_some_and(|(_, n)| n.trim_end_matches(')').bytes().all(|byte| byte.is_ascii_digit()) && n.len() > 1)
}

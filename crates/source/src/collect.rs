//! From a folder full of files to parts that belong together.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::dir::{Dir, join, split, walk};
use crate::error::{Problem, Warning};
use crate::layout::{self, Class, Key, Layout, Part, Role};
use crate::near::nearest;
use crate::number::Number;
use crate::set::Ignored;
use crate::warehouse::MigrationConfig;

/// A migration directory of the configuration, with its list if it has one.
#[derive(Debug)]
pub(crate) struct Root {
    pub(crate) path: String,
    pub(crate) owner: Option<String>,
    /// An index into the lists.
    pub(crate) list: Option<usize>,
}

/// The files of one migration.
#[derive(Debug)]
pub(crate) struct Bundle {
    pub(crate) up: Part,
    pub(crate) down: Option<String>,
    pub(crate) verify: Option<String>,
    /// An index into the roots.
    pub(crate) root: usize,
    /// The entry of the list that names it: list and position.
    pub(crate) listed: Option<(usize, usize)>,
}

/// What was found besides migrations.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) problems: Vec<Problem>,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) ignored: Vec<Ignored>,
    /// Files of checkpoints.
    pub(crate) checkpoints: Vec<String>,
}

/// Finds every migration below the roots.
pub(crate) fn collect(dir: &dyn Dir, roots: &[Root], lists: &[MigrationConfig], report: &mut Report) -> Vec<Bundle> {
    let mut found = Found::default();
    for index in 0..roots.len() {
        found.folder(dir, roots, index, lists, report);
    }
    found.siblings(dir, roots, lists, report);
    missing_listed(dir, roots, lists, &found, report);
    found.reassign_by_name();
    let downs = std::mem::take(&mut found.downs);
    let verifies = std::mem::take(&mut found.verifies);
    let mut bundles = found.bundles();
    let index = Index::of(&bundles);
    attach(&mut bundles, &index, downs, "rollback", report);
    attach(&mut bundles, &index, verifies, "verify", report);
    bundles
}

/// A migration's file, its root and its entry in a list.
type Up = (Part, usize, Option<(usize, usize)>);

#[derive(Debug, Default)]
struct Found {
    ups: Vec<Up>,
    downs: Vec<Part>,
    verifies: Vec<Part>,
    /// Every file that was seen, for near matches.
    files: Vec<String>,
}

impl Found {
    fn folder(&mut self, dir: &dyn Dir, roots: &[Root], index: usize, lists: &[MigrationConfig], report: &mut Report) {
        let Some(root) = roots.get(index) else { return };
        let enter = |path: &str| {
            let name = split(path).1;
            let other = roots.iter().any(|other| other.path == path);
            !(other || name.starts_with('.') || matches!(name, "node_modules" | "__pycache__"))
        };
        let listing = walk(dir, &root.path, &enter);
        for (path, reason) in listing.unreadable {
            report.problems.push(Problem::Unreadable { path, reason });
        }
        let folders: HashSet<String> = listing
            .files
            .iter()
            .map(|path| split(path))
            .filter(|(folder, file)| {
                *folder != root.path && layout::is_folder_up(file) && layout::folder_number(folder).is_some()
            })
            .map(|(folder, _)| folder.to_owned())
            .collect();
        let prisma: HashSet<String> = listing
            .files
            .iter()
            .map(|path| split(path))
            .filter(|(_, file)| *file == "migration_lock.toml")
            .map(|(folder, _)| folder.to_owned())
            .collect();
        let extensions = extensions(root.list.and_then(|list| lists.get(list)));
        let entries = listed_paths(root, lists);
        let in_folder = |folder: &str| folders.contains(folder);
        let mut used: BTreeSet<&str> = BTreeSet::new();
        for path in &listing.files {
            let mut class = layout::classify(path, &root.path, &in_folder, &extensions);
            let entry = entries.get(path.as_str()).copied();
            if let Some((list, position)) = entry {
                class = listed_class(path, class, lists, (list, position), report);
            }
            match class {
                Class::Part(mut part) => {
                    used.insert(split(path).0);
                    if part.layout == Layout::Folders && prisma.contains(split(split(path).0).0) {
                        part.layout = Layout::Prisma;
                    }
                    match part.role {
                        Role::Up => self.ups.push((part, index, entry)),
                        Role::Down => self.downs.push(part),
                        Role::Verify => self.verifies.push(part),
                    }
                }
                Class::PrismaLock => report.problems.extend(prisma_lock(dir, path)),
                Class::Config => {}
                Class::Checkpoint => report.checkpoints.push(path.clone()),
                Class::Ignored(reason) => {
                    let reason = reason.to_owned();
                    report.ignored.push(Ignored { path: path.clone(), reason });
                }
                Class::Unmatched(reason) => {
                    let reason = reason.to_owned();
                    report.warnings.push(Warning::UnmatchedSql { path: path.clone(), reason });
                }
            }
        }
        for folder in &listing.folders {
            if layout::is_timestamped(folder) && !used.contains(folder.as_str()) {
                report.warnings.push(Warning::EmptyFolder { path: folder.clone() });
            }
        }
        self.files.extend(listing.files);
    }

    /// Rollbacks in a folder *beside* a migration directory (`db/rollbacks` for `db/migrations`).
    fn siblings(&mut self, dir: &dyn Dir, roots: &[Root], lists: &[MigrationConfig], report: &mut Report) {
        let mut seen: BTreeSet<String> = BTreeSet::new();
        for root in roots.iter().filter(|root| !root.path.is_empty()) {
            let (parent, name) = split(&root.path);
            let names: &[&str] = if name.eq_ignore_ascii_case("up") {
                &["down", "rollback", "rollbacks"]
            } else {
                &["rollback", "rollbacks"]
            };
            let extensions = extensions(root.list.and_then(|list| lists.get(list)));
            for name in names {
                let folder = join(parent, name);
                let inside = |root: &Root| {
                    folder == root.path || root.path.is_empty() || folder.starts_with(&format!("{}/", root.path))
                };
                if roots.iter().any(inside) || !dir.exists(&folder) || !seen.insert(folder.clone()) {
                    continue;
                }
                let listing = walk(dir, &folder, &|path| !split(path).1.starts_with('.'));
                for (path, reason) in listing.unreadable {
                    report.problems.push(Problem::Unreadable { path, reason });
                }
                for path in listing.files {
                    match layout::classify(&path, parent, &|_| false, &extensions) {
                        Class::Part(part) if part.role == Role::Down => self.downs.push(part),
                        Class::Part(_) | Class::PrismaLock | Class::Config | Class::Checkpoint => {}
                        Class::Ignored(reason) => {
                            report.ignored.push(Ignored { path, reason: reason.to_owned() });
                        }
                        Class::Unmatched(reason) => {
                            let reason = reason.to_owned();
                            report.warnings.push(Warning::UnmatchedSql { path, reason });
                        }
                    }
                }
            }
        }
    }

    /// `003_name_rollback.sql` beside `003_name.sql` is its rollback, though no dot says so. Alone
    /// it is one too, without its migration: a rollback taken for a migration would undo things.
    /// `_down`, `_up` and `_verify` count only in company, for such words end names as well.
    fn reassign_by_name(&mut self) {
        let mut by_number: HashMap<Number, Vec<usize>> = HashMap::new();
        for (position, (part, _, listed)) in self.ups.iter().enumerate() {
            if let (Key::Number(number), None) = (&part.key, listed) {
                by_number.entry(number.clone()).or_default().push(position);
            }
        }
        let mut moved: BTreeMap<usize, Role> = BTreeMap::new();
        for group in by_number.values() {
            let role_of = |position: &usize| {
                let name = self.ups[*position].0.name.to_ascii_lowercase();
                let ends = |word: &str| name == word || name.ends_with(&format!("_{word}"));
                if ends("rollback") || (group.len() > 1 && ends("down")) {
                    Some(Role::Down)
                } else if group.len() > 1 && ends("verify") {
                    Some(Role::Verify)
                } else {
                    None
                }
            };
            let roles: Vec<(usize, Role)> = group.iter().filter_map(|p| role_of(p).map(|role| (*p, role))).collect();
            if roles.len() < group.len() || group.len() == 1 {
                moved.extend(roles);
            }
        }
        let mut kept = Vec::new();
        for (position, (mut part, root, listed)) in std::mem::take(&mut self.ups).into_iter().enumerate() {
            match moved.get(&position) {
                Some(role) => {
                    part.role = *role;
                    match role {
                        Role::Verify => self.verifies.push(part),
                        Role::Down | Role::Up => self.downs.push(part),
                    }
                }
                None => kept.push((part, root, listed)),
            }
        }
        self.ups = kept;
    }

    fn bundles(self) -> Vec<Bundle> {
        self.ups.into_iter().map(|(up, root, listed)| Bundle { up, down: None, verify: None, root, listed }).collect()
    }
}

/// Which migrations a number or a key leads to.
struct Index {
    by_key: HashMap<Key, Vec<usize>>,
    by_sequence: HashMap<u128, Vec<usize>>,
}

impl Index {
    fn of(bundles: &[Bundle]) -> Self {
        let mut by_key: HashMap<Key, Vec<usize>> = HashMap::new();
        let mut by_sequence: HashMap<u128, Vec<usize>> = HashMap::new();
        for (position, bundle) in bundles.iter().enumerate() {
            by_key.entry(bundle.up.key.clone()).or_default().push(position);
            let sequence = bundle.up.number.as_ref().and_then(Number::last);
            if let (Layout::Dated, Some(sequence)) = (bundle.up.layout, sequence) {
                by_sequence.entry(sequence).or_default().push(position);
            }
        }
        Self { by_key, by_sequence }
    }

    fn lookup(&self, key: &Key) -> &[usize] {
        if let Some(found) = self.by_key.get(key) {
            return found;
        }
        // `rollback/001_rollback.sql` for `20251014_001_name.sql`.
        let sequence = match key {
            Key::Number(number) => number.single(),
            Key::Text(_) => None,
        };
        match sequence.and_then(|sequence| self.by_sequence.get(&sequence)) {
            Some(found) if found.len() == 1 => found,
            _ => &[],
        }
    }
}

/// Gives each rollback or verification to its migration, and reports numbers used twice.
fn attach(bundles: &mut [Bundle], index: &Index, parts: Vec<Part>, kind: &'static str, report: &mut Report) {
    let mut given: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let mut shared: HashMap<Key, Vec<String>> = HashMap::new();
    for part in parts {
        match index.lookup(&part.key) {
            [] => report.warnings.push(Warning::Orphan {
                path: part.path,
                part: kind,
                reference: if part.repeatable { part.id } else { part.id.clone() },
            }),
            [only] => given.entry(*only).or_default().push(part.path),
            _ => shared.entry(part.key).or_default().push(part.path),
        }
    }
    for (position, mut files) in given {
        let Some(bundle) = bundles.get_mut(position) else {
            continue;
        };
        if files.len() > 1 {
            files.sort();
            let migration = bundle.up.path.clone();
            report.problems.push(Problem::DuplicatePart { migration, part: kind, files });
            continue;
        }
        let file = files.pop();
        if kind == "rollback" {
            bundle.down = file;
        } else {
            bundle.verify = file;
        }
    }
    if kind == "rollback" {
        report_shared_numbers(bundles, index, &mut shared, report);
    }
}

fn report_shared_numbers(
    bundles: &[Bundle],
    index: &Index,
    rollbacks: &mut HashMap<Key, Vec<String>>,
    report: &mut Report,
) {
    for (key, positions) in &index.by_key {
        if positions.len() < 2 {
            continue;
        }
        let mut members: Vec<&Part> = positions.iter().map(|p| &bundles[*p].up).collect();
        members.sort_by(|a, b| a.path.cmp(&b.path));
        let files = members.iter().map(|part| part.path.clone()).collect();
        let id = members.first().map(|part| part.id.clone()).unwrap_or_default();
        let mut rollbacks = rollbacks.remove(key).unwrap_or_default();
        rollbacks.sort();
        report.problems.push(match key {
            Key::Number(_) => Problem::DuplicateNumber { number: id, files, rollbacks },
            Key::Text(_) => Problem::DuplicateId { id, files },
        });
    }
}

/// The endings of SQL files: `.sql`, and what else the list allows.
fn extensions(list: Option<&MigrationConfig>) -> Vec<String> {
    let allowed = list.and_then(|list| list.validation.files.allowed_extensions.clone());
    match allowed {
        None => vec!["sql".to_owned()],
        Some(mut allowed) => {
            let other = ["yaml", "yml", "md", "toml", "json", "txt"];
            allowed.retain(|extension| !other.contains(&extension.as_str()));
            allowed
        }
    }
}

/// The paths that the list of a root names, with the list and the position in it.
fn listed_paths(root: &Root, lists: &[MigrationConfig]) -> HashMap<String, (usize, usize)> {
    let mut paths = HashMap::new();
    if let Some((index, list)) = root.list.and_then(|index| Some((index, lists.get(index)?))) {
        for (position, entry) in list.migrations.iter().enumerate() {
            for folder in [split(&list.path).0, root.path.as_str(), ""] {
                let path = crate::dir::normalize(&join(folder, &entry.filename));
                paths.entry(path).or_insert((index, position));
            }
        }
    }
    paths
}

/// A file that the list names is a migration, whatever its name, and the version is its id.
fn listed_class(
    path: &str,
    class: Class,
    lists: &[MigrationConfig],
    (list, position): (usize, usize),
    report: &mut Report,
) -> Class {
    let Some((config, entry)) = lists.get(list).and_then(|config| Some((config, config.migrations.get(position)?)))
    else {
        return class;
    };
    let number = Number::parse(&entry.version);
    match class {
        Class::Part(part) if part.role == Role::Up => {
            Class::Part(Part { id: entry.version.clone(), number: number.or(part.number), ..part })
        }
        Class::Part(part) => {
            report.problems.push(Problem::Listing {
                config: config.path.clone(),
                line: entry.line,
                fact: format!(
                    "lists `{}`, which is named as the rollback or verification of a migration",
                    split(path).1
                ),
            });
            Class::Part(part)
        }
        Class::Checkpoint => class,
        Class::PrismaLock | Class::Config | Class::Ignored(_) | Class::Unmatched(_) => {
            let file = split(path).1;
            let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
            Class::Part(Part {
                path: path.to_owned(),
                role: Role::Up,
                key: number.clone().map_or_else(|| Key::Text(path.to_owned()), Key::Number),
                id: entry.version.clone(),
                number,
                name: stem.to_owned(),
                repeatable: false,
                layout: Layout::Numbered,
            })
        }
    }
}

fn missing_listed(dir: &dyn Dir, roots: &[Root], lists: &[MigrationConfig], found: &Found, report: &mut Report) {
    let seen: HashSet<(usize, usize)> = found.ups.iter().filter_map(|up| up.2).collect();
    for (index, list) in lists.iter().enumerate() {
        for (position, entry) in list.migrations.iter().enumerate() {
            if seen.contains(&(index, position)) {
                continue;
            }
            let folders = roots.iter().filter(|root| root.list == Some(index));
            let exists = folders
                .map(|root| root.path.as_str())
                .chain([split(&list.path).0])
                .any(|folder| dir.exists(&crate::dir::normalize(&join(folder, &entry.filename))));
            let twice = list.migrations[..position].iter().any(|e| e.filename == entry.filename);
            if exists && !twice {
                continue;
            }
            report.problems.push(if twice {
                Problem::Listing {
                    config: list.path.clone(),
                    line: entry.line,
                    fact: format!("lists `{}` a second time", entry.filename),
                }
            } else {
                Problem::ListedFileMissing {
                    config: list.path.clone(),
                    line: entry.line,
                    filename: entry.filename.clone(),
                    near: near_file(&entry.filename, &found.files),
                }
            });
        }
    }
}

/// The file whose name, without its ending, is nearest to a name.
fn near_file(name: &str, files: &[String]) -> Option<String> {
    let stem = |name| -> &str { str::rsplit_once(name, '.').map_or(name, |(stem, _)| stem) };
    let names: Vec<&str> = files.iter().map(|path| split(path).1).collect();
    let near = nearest(stem(name), names.iter().map(|name| stem(name)))?;
    names.into_iter().find(|name| stem(name) == near).map(str::to_owned)
}

/// Looks whether Prisma's lock file names PostgreSQL.
fn prisma_lock(dir: &dyn Dir, path: &str) -> Option<Problem> {
    let bytes = match dir.read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            return Some(Problem::Unreadable { path: path.to_owned(), reason: error.to_string() });
        }
    };
    let text = match crate::scan::text_of(path, &bytes) {
        Ok(text) => text,
        Err(problem) => return Some(problem),
    };
    let mut provider = None;
    for (index, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default();
        if let Some((key, value)) = line.split_once('=')
            && key.trim() == "provider"
        {
            let value = value.trim().trim_matches(['"', '\'']).to_owned();
            if matches!(value.as_str(), "postgresql" | "postgres") {
                return None;
            }
            provider = Some((index + 1, value));
        }
    }
    let (line, provider) = match provider {
        Some((line, provider)) => (line, Some(provider)),
        None => (1, None),
    };
    Some(Problem::PrismaProvider { path: path.to_owned(), line, provider })
}

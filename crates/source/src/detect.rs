//! Finding the migrations of a project that has no configuration yet.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::config::{MigrationDir, SourceConfig};
use crate::dir::{Dir, join, split, walk};
use crate::layout::{self, Class, Layout, Part, Role};

/// What a project has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Detection {
    /// Folders with migrations, the most likely first.
    pub folders: Vec<Found>,
    /// `schema.prisma`
    pub prisma_schema: Option<String>,
    /// Folders and files with seed data.
    pub seeds: Vec<String>,
    /// Signs of tools whose migrations are not SQL files: the tool and the file that tells.
    pub foreign: Vec<(String, String)>,
}

/// A folder with migrations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Relative to the project; empty is the project itself.
    pub path: String,
    /// How most of its migrations are named.
    pub layout: Layout,
    /// Every layout that occurs.
    pub layouts: BTreeSet<Layout>,
    /// How many versioned migrations there are.
    pub migrations: usize,
    /// How many of them have a rollback.
    pub rollbacks: usize,
    /// How many have a verification.
    pub verifications: usize,
    /// How many repeatable ones there are.
    pub repeatables: usize,
    /// `migration_config.yaml`
    pub migration_config: Option<String>,
}

impl Detection {
    /// The configuration that follows: the first folder, and every other that is not inside it
    /// and is as likely a home of the same chain.
    pub fn to_config(&self) -> SourceConfig {
        let dirs = self.folders.iter().take(1).map(|found| MigrationDir::new(&found.path));
        SourceConfig { dirs: dirs.collect(), ..SourceConfig::default() }
    }
}

/// Looks through a project for migrations, seeds and what belongs to them.
///
/// Dependencies, build output and hidden folders are not entered. What cannot be read is passed
/// over: `load` will name it.
pub fn detect(dir: &dyn Dir) -> Detection {
    let enter = |path: &str| {
        let name = split(path).1;
        let depth = path.matches('/').count();
        let skipped = ["node_modules", "target", "vendor", "dist", "build", "venv", "__pycache__"];
        depth < MAX_DEPTH && !name.starts_with('.') && !skipped.contains(&name)
    };
    let listing = walk(dir, "", &enter);
    let folder_ups: HashSet<&str> = listing
        .files
        .iter()
        .map(|path| split(path))
        .filter(|(folder, file)| layout::is_folder_up(file) && layout::folder_number(folder).is_some())
        .map(|(folder, _)| folder)
        .collect();
    let mut detection = Detection::default();
    let mut homes: BTreeMap<String, Home> = BTreeMap::new();
    let extensions = ["sql".to_owned()];
    for path in &listing.files {
        let (folder, file) = split(path);
        note_signs(&mut detection, path, folder, file);
        let in_folder = |folder: &str| folder_ups.contains(folder);
        // Judged from the project's root, so that `tests/` anywhere is passed over.
        let Class::Part(part) = layout::classify(path, "", &in_folder, &extensions) else {
            if layout::is_config_name(&file.to_ascii_lowercase()) {
                homes.entry(folder.to_owned()).or_default().config = Some(path.clone());
            }
            continue;
        };
        homes.entry(home_of(&part, folder)).or_default().add(&part);
    }
    for path in &listing.files {
        let (folder, file) = split(path);
        if file == "migration_lock.toml"
            && let Some(home) = homes.get_mut(folder)
        {
            home.prisma = true;
        }
    }
    let mut found: Vec<Found> = merge_below_usual(homes)
        .into_iter()
        .filter(|(path, home)| home.ups > 0 && (!path.is_empty() || home.downs > 0 || home.ups > 1))
        .map(|(path, home)| home.found(path))
        .collect();
    found.sort_by_key(|found| (rank(&found.path), usize::MAX - found.migrations, found.path.clone()));
    detection.folders = found;
    detection
}

/// The folders where teams keep migrations, the usual first.
pub(crate) fn usual_folders() -> impl Iterator<Item = &'static str> {
    USUAL.iter().copied()
}

const MAX_DEPTH: usize = 8;

const USUAL: &[&str] = &[
    "migrations",
    "db/migrations",
    "database/migrations",
    "prisma/migrations",
    "data/postgres/migrations",
    "sql/migrations",
    "sql",
    "db/migrate",
    "migrate",
    "src/main/resources/db/migration",
    "db/migration",
    "backend/migrations",
    "backend/db/migrations",
    "server/migrations",
    "schema/migrations",
    "database",
    "db",
];

#[derive(Debug, Default)]
struct Home {
    layouts: BTreeMap<Layout, usize>,
    ups: usize,
    downs: usize,
    verifies: usize,
    repeatables: usize,
    config: Option<String>,
    prisma: bool,
}

impl Home {
    fn add(&mut self, part: &Part) {
        match part.role {
            Role::Up if part.repeatable => self.repeatables += 1,
            Role::Up => self.ups += 1,
            Role::Down => self.downs += 1,
            Role::Verify => self.verifies += 1,
        }
        if part.role == Role::Up && !part.repeatable {
            *self.layouts.entry(part.layout).or_default() += 1;
        }
    }

    fn take(&mut self, other: Self) {
        let Self { layouts, ups, downs, verifies, repeatables, config, prisma } = other;
        for (layout, count) in layouts {
            *self.layouts.entry(layout).or_default() += count;
        }
        self.ups += ups;
        self.downs += downs;
        self.verifies += verifies;
        self.repeatables += repeatables;
        self.config = self.config.take().or(config);
        self.prisma |= prisma;
    }

    fn found(self, path: String) -> Found {
        let mut layouts: BTreeMap<Layout, usize> = self.layouts;
        if self.prisma
            && let Some(count) = layouts.remove(&Layout::Folders)
        {
            layouts.insert(Layout::Prisma, count);
        }
        let most = layouts.iter().max_by_key(|(layout, count)| (**count, std::cmp::Reverse(**layout)));
        Found {
            path,
            layout: most.map_or(Layout::Numbered, |(layout, _)| *layout),
            layouts: layouts.keys().copied().collect(),
            migrations: self.ups,
            rollbacks: self.downs,
            verifications: self.verifies,
            repeatables: self.repeatables,
            migration_config: self.config,
        }
    }
}

/// The migration directory that a part lies in: above its rollback folder, its own folder, and
/// folders that only sort files by year.
fn home_of(part: &Part, folder: &str) -> String {
    let mut home = folder;
    if matches!(part.layout, Layout::Folders | Layout::Prisma) {
        home = split(home).0;
    }
    loop {
        let (above, name) = split(home);
        let year = name.len() == 4 && name.bytes().all(|byte| byte.is_ascii_digit());
        let role = layout::folder_role(name).is_some() || name.eq_ignore_ascii_case("up");
        if home.is_empty() || !(year || role) {
            return home.to_owned();
        }
        home = above;
    }
}

/// Homes below a folder that is called `migrations` belong to it: one chain, sorted into folders.
fn merge_below_usual(homes: BTreeMap<String, Home>) -> BTreeMap<String, Home> {
    let mut merged: BTreeMap<String, Home> = BTreeMap::new();
    let mut rollbacks: Vec<(String, Home)> = Vec::new();
    for (path, home) in homes {
        let parts: Vec<&str> = path.split('/').collect();
        let at = parts
            .iter()
            .position(|part| matches!(part.to_ascii_lowercase().as_str(), "migrations" | "migration" | "migrate"));
        let top = at.map_or_else(|| path.clone(), |at| parts[..=at].join("/"));
        if home.ups == 0 && home.config.is_none() && at.is_none() {
            rollbacks.push((top, home));
        } else {
            merged.entry(top).or_default().take(home);
        }
    }
    // `db/rollbacks` is counted at `db`; it belongs to the migrations below that folder.
    for (path, home) in rollbacks {
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        let mut below = merged
            .iter_mut()
            .filter(|(other, _)| **other == path || split(other).0 == path || other.starts_with(&prefix));
        if let Some((_, target)) = below.next() {
            target.take(home);
        }
    }
    merged
}

fn rank(path: &str) -> usize {
    let usual = USUAL.iter().position(|usual| *usual == path);
    let ends = || USUAL.iter().position(|usual| path.ends_with(&format!("/{usual}")));
    usual.or_else(|| ends().map(|at| at + USUAL.len())).unwrap_or(2 * USUAL.len()) + path.matches('/').count().min(3)
}

fn note_signs(detection: &mut Detection, path: &str, folder: &str, file: &str) {
    if file == "schema.prisma" && detection.prisma_schema.is_none() {
        detection.prisma_schema = Some(path.to_owned());
    }
    let folder_name = split(folder).1.to_ascii_lowercase();
    if matches!(folder_name.as_str(), "seed" | "seeds") && file.ends_with(".sql") {
        if !detection.seeds.iter().any(|seed| seed == folder) {
            detection.seeds.push(folder.to_owned());
        }
    } else if matches!(file, "seed.sql" | "seeds.sql" | "seed.ts" | "seed.js") {
        detection.seeds.push(path.to_owned());
    }
    let tool = match file {
        "alembic.ini" => "Alembic",
        "flyway.conf" | "flyway.toml" => "Flyway",
        "sqitch.plan" => "Sqitch",
        "diesel.toml" => "Diesel",
        "atlas.hcl" => "Atlas",
        "knexfile.js" | "knexfile.ts" => "Knex",
        "liquibase.properties" => "Liquibase",
        _ => return,
    };
    detection.foreign.push((tool.to_owned(), join(folder, file)));
}

//! A history: every migration of a project in the order it runs.

use std::collections::HashMap;
use std::sync::OnceLock;
use std::time::Duration;

use thiserror::Error;

use crate::checkpoint::Checkpoint;
use crate::directive::Directives;
use crate::error::Warning;
use crate::header::Header;
use crate::layout::Layout;
use crate::near::nearest;
use crate::number::Number;
use crate::scan::FileRef;
use crate::warehouse::MigrationConfig;

/// One change: what is known of it without keeping its text.
#[derive(Debug, Clone, PartialEq)]
pub struct Migration {
    /// What names it: the digits as written, the folder's name, or `R__name`.
    pub id: String,
    /// The value of its number; repeatable migrations have none.
    pub number: Option<Number>,
    /// What stands after the number in its name; may be empty.
    pub name: String,
    /// For people: the header's title, the list's description, or the name with spaces.
    pub title: String,
    /// The change.
    pub up: FileRef,
    /// The files that `up` includes with `\i` and `\ir`, directly or not: they run with it, but
    /// its hash does not cover them.
    pub includes: Vec<FileRef>,
    /// Its rollback.
    pub down: Option<FileRef>,
    /// Its verification.
    pub verify: Option<FileRef>,
    /// The comment at its head.
    pub header: Header,
    /// What it asks of the engine.
    pub directives: Directives,
    /// What its rollback asks of the engine.
    pub down_directives: Directives,
    /// The ids of the migrations it was declared to come after, without repetition, in the order
    /// they were given: directives, then the list, then the header's prose.
    pub depends: Vec<String>,
    /// Whether a directive declares dependencies. They then stand in the place of the implied one
    /// on the migration before; the list and prose only add to it.
    pub declares_depends: bool,
    /// How many of `depends`, at its end, come from prose.
    pub(crate) prose_depends: usize,
    /// The team it belongs to: its directive's, else its directory's.
    pub owner: Option<String>,
    /// Run again whenever its text changes, after the versioned ones.
    pub repeatable: bool,
    /// Whether it holds a statement that does anything.
    pub has_effect: bool,
    /// How the list says it will take.
    pub estimated_duration: Option<Duration>,
    /// What the list says about its rollback.
    pub rollback_supported: Option<bool>,
    /// Whether its file is gone, and only a checkpoint stands for it.
    pub squashed: bool,
    /// How its files are named.
    pub layout: Layout,
}

impl Migration {
    /// The name of its file without endings, or of its folder: `003_add_tamper_detection`.
    pub fn stem(&self) -> &str {
        let (folder, file) = crate::dir::split(&self.up.path);
        if matches!(self.layout, Layout::Folders | Layout::Prisma) {
            return crate::dir::split(folder).1;
        }
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        stem.strip_suffix(".up").unwrap_or(stem)
    }
}

/// A file that was passed over.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ignored {
    /// The file.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// Every migration of a project.
#[derive(Debug, Clone, Default)]
pub struct MigrationSet {
    migrations: Vec<Migration>,
    by_id: HashMap<String, usize>,
    by_number: HashMap<Number, Vec<usize>>,
    names: OnceLock<Names>,
    /// Files that are no part of any migration, and need not be.
    pub ignored: Vec<Ignored>,
    /// What the team should know.
    pub warnings: Vec<Warning>,
    /// The lists of migrations that were found (`migration_config.yaml`).
    pub configs: Vec<MigrationConfig>,
    /// The checkpoints, the one that stands for most last.
    pub checkpoints: Vec<Checkpoint>,
}

/// The migrations by the names of their files, and by their own.
#[derive(Debug, Clone, Default)]
struct Names {
    by_stem: HashMap<String, Vec<usize>>,
    by_name: HashMap<String, Vec<usize>>,
}

/// A reference that does not lead to one migration.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FindError {
    /// No migration fits.
    #[error("there is no migration `{reference}`")]
    Unknown {
        /// As typed.
        reference: String,
        /// What was probably meant.
        near: Option<String>,
    },
    /// Several fit.
    #[error("`{reference}` may be any of {}", candidates.join(", "))]
    Ambiguous {
        /// As typed.
        reference: String,
        /// The ids, in order; at most ten.
        candidates: Vec<String>,
    },
}

impl FindError {
    /// What helps.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { near: Some(near), .. } => Some(format!("did you mean `{near}`?")),
            Self::Unknown { .. } => Some("`surefoot status` lists the migrations".to_owned()),
            Self::Ambiguous { .. } => Some("write the whole id".to_owned()),
        }
    }
}

impl MigrationSet {
    /// A set of migrations that are in the order they run.
    pub(crate) fn new(migrations: Vec<Migration>) -> Self {
        let mut set = Self { migrations, ..Self::default() };
        for (index, migration) in set.migrations.iter().enumerate() {
            set.by_id.insert(migration.id.clone(), index);
            if let Some(number) = &migration.number {
                set.by_number.entry(number.clone()).or_default().push(index);
            }
        }
        set
    }

    /// The migrations in the order they run: declared dependencies first, otherwise by number and
    /// name, repeatable ones last.
    pub fn migrations(&self) -> &[Migration] {
        &self.migrations
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.migrations.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.migrations.is_empty()
    }

    /// The migration with exactly this id.
    pub fn get(&self, id: &str) -> Option<&Migration> {
        self.by_id.get(id).map(|index| &self.migrations[*index])
    }

    /// Where a migration stands in the order, from 0.
    pub fn position(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// The versioned migrations.
    pub fn versioned(&self) -> impl Iterator<Item = &Migration> {
        self.migrations.iter().filter(|migration| !migration.repeatable)
    }

    /// The migration a person means: by id, by number with or without zeros in front, by the name
    /// of its file, by name, or by the beginning of its id that no other has.
    ///
    /// # Errors
    /// When none fits, with the nearest; when several do, with their ids.
    pub fn find(&self, reference: &str) -> Result<&Migration, FindError> {
        let reference = reference.trim();
        match self.resolve(reference) {
            Err(FindError::Unknown { .. }) => {
                let starts = |migration: &&Migration| {
                    migration.id.starts_with(reference) || migration.stem().starts_with(reference)
                };
                let found: Vec<&Migration> = self.migrations.iter().filter(starts).take(TOLD + 1).collect();
                match found.as_slice() {
                    [only] if !reference.is_empty() => Ok(only),
                    [_, _, ..] if !reference.is_empty() => Err(ambiguous(reference, &found)),
                    _ => Err(FindError::Unknown { reference: reference.to_owned(), near: self.near(reference) }),
                }
            }
            other => other,
        }
    }

    /// As [`find`](Self::find), without beginnings of ids and near matches: what a file may
    /// declare.
    pub(crate) fn resolve(&self, reference: &str) -> Result<&Migration, FindError> {
        if let Some(migration) = self.get(reference) {
            return Ok(migration);
        }
        let file = crate::dir::split(reference).1;
        let stem = file.strip_suffix(".sql").unwrap_or(file);
        let number = Number::parse(reference);
        let found = number
            .as_ref()
            .and_then(|number| self.by_number.get(number))
            .or_else(|| self.names().by_stem.get(stem))
            .or_else(|| self.names().by_name.get(reference).filter(|_| !reference.is_empty()));
        let found: Vec<&Migration> = match found {
            Some(found) => found.iter().map(|index| &self.migrations[*index]).collect(),
            None => self.by_sequence(number.as_ref().and_then(Number::single)),
        };
        match found.as_slice() {
            [only] => Ok(only),
            [] => Err(FindError::Unknown { reference: reference.to_owned(), near: None }),
            _ => Err(ambiguous(reference, &found)),
        }
    }

    /// Built when a name is first asked for: most runs ask for none.
    fn names(&self) -> &Names {
        self.names.get_or_init(|| {
            let mut names = Names::default();
            for (index, migration) in self.migrations.iter().enumerate() {
                names.by_stem.entry(migration.stem().to_owned()).or_default().push(index);
                names.by_name.entry(migration.name.clone()).or_default().push(index);
            }
            names
        })
    }

    /// The number beside a date: `001` for `20251014_001`.
    fn by_sequence(&self, sequence: Option<u128>) -> Vec<&Migration> {
        let Some(sequence) = sequence else {
            return Vec::new();
        };
        let fits = |migration: &&Migration| {
            migration.layout == Layout::Dated && migration.number.as_ref().and_then(Number::last) == Some(sequence)
        };
        self.migrations.iter().filter(fits).collect()
    }

    pub(crate) fn into_migrations(self) -> Vec<Migration> {
        self.migrations
    }

    /// What was probably meant by a reference that leads nowhere.
    pub(crate) fn near(&self, reference: &str) -> Option<String> {
        let ids = self.migrations.iter().map(|migration| migration.id.as_str());
        let names = self.migrations.iter().map(|migration| migration.name.as_str());
        let stems = self.migrations.iter().map(Migration::stem);
        // Any two numbers are near each other; only a name says what was meant.
        if reference.bytes().all(|byte| byte.is_ascii_digit()) && reference.len() < 8 {
            return None;
        }
        nearest(reference, ids.chain(stems).chain(names)).map(str::to_owned)
    }
}

const TOLD: usize = 10;

fn ambiguous(reference: &str, found: &[&Migration]) -> FindError {
    FindError::Ambiguous {
        reference: reference.to_owned(),
        candidates: found.iter().take(TOLD).map(|migration| migration.id.clone()).collect(),
    }
}

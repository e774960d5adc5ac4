//! `new` and `merge`: migrations written in the style of those that are there.
//!
//! The newest migration of a folder is the model: how its number is padded and separated, where its rollback lies and
//! how that is named, whether its files carry `BEGIN` and `COMMIT`. What is written is read again before it counts,
//! and taken back when it would not be read as the migration it was meant to be. The time comes as a value.

mod draft;
mod name;
mod style;
mod text;

use std::fs::File;

use surefoot_source::{Dir, Graph, Migration, MigrationSet, SourceConfig, load, merge_name, merge_text};

use crate::new::draft::finish;
use crate::new::name::{judge, sentence};
use crate::new::style::{Style, number_of, root_of};
use crate::new::text::{HeaderText, list_entry};
use crate::{CONFIG_FILE, Error, Project, Result};

/// The folder of migrations when nothing says another.
pub(crate) const DEFAULT_DIR: &str = "migrations";

/// What a new migration shall be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewMigration {
    /// A name, or a title in words, which becomes one.
    pub name: String,
    /// Whose folder, when there are several.
    pub owner: Option<String>,
    /// Write no rollback.
    pub no_down: bool,
    /// Ticket for the header.
    pub ticket: Option<String>,
    /// Author for the header.
    pub author: Option<String>,
    /// Pass over the naming rules.
    pub any_name: bool,
    /// The statements of the change, where they are known.
    pub up_sql: Option<String>,
    /// The statements of the rollback.
    pub down_sql: Option<String>,
    /// A statement cannot run in a transaction, so the files have none of their own.
    pub no_transaction: bool,
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewReport {
    /// The migration's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its files: the change, then the rollback.
    pub files: Vec<String>,
    /// What it comes after.
    pub after: Vec<String>,
    /// What the team should know.
    pub warnings: Vec<String>,
    /// The team's list of migrations, and the lines to add to it.
    pub list_entry: Option<(String, String)>,
}

/// Writes a new migration. `now` is the time in UTC as `YYYYMMDDHHMMSS`.
///
/// # Errors
/// [`Error::Refused`] for a name against the rules, with one that keeps them; [`Error::Usage`] when the owner is
/// missing or unknown; [`Error::Load`] when the history cannot be read.
pub fn new_migration(project: &Project, wanted: &NewMigration, now: &str) -> Result<NewReport> {
    let _guard = guard(project);
    let set = read(project)?;
    let root = choose_root(project, &set, wanted.owner.as_deref())?;
    let (name, title, warnings) = judge(&project.config.naming, &set, wanted)?;
    let style = Style::of(project, &set, &root);
    let number = style.next(project.config.naming.style.as_deref(), now)?;
    let files = style.place(&number, &name, now);
    let before = set.versioned().last();
    let header = HeaderText {
        number: &number,
        title: &title,
        ticket: wanted.ticket.as_deref(),
        author: wanted.author.as_deref(),
        now,
        before,
    };
    let transaction = style.writes_transactions(project) && !wanted.no_transaction;
    let down = (!wanted.no_down).then(|| header.down(&files.stem, transaction, wanted.down_sql.as_deref()));
    let mut report =
        NewReport { name, after: before.map(|m| m.id.clone()).into_iter().collect(), warnings, ..NewReport::default() };
    finish(project, &files, &header.up(transaction, wanted.up_sql.as_deref()), down.as_deref(), &mut report)?;
    let heads = Graph::of(&set).heads().len();
    if heads > 1 {
        report.warnings.push(format!("the history has {heads} heads; join them first with `surefoot merge`"));
    }
    report.list_entry = list_entry(&set, &files, &title, &report, !wanted.no_down);
    Ok(report)
}

/// Writes a rollback beside a migration that has none, where the others of its folder lie, and gives its path. It is
/// taken back when it would not be read as that.
///
/// # Errors
/// As [`new_migration`].
pub(crate) fn add_rollback(project: &Project, set: &MigrationSet, migration: &Migration, sql: &str) -> Result<String> {
    let _guard = guard(project);
    let style = Style::of(project, set, &root_of(project, &migration.up.path));
    let path = style.down_of(migration);
    let number = migration.number.as_ref().map_or_else(|| migration.id.clone(), |_| number_of(migration));
    let header =
        HeaderText { number: &number, title: &migration.title, ticket: None, author: None, now: "", before: None };
    let text = header.down(migration.stem(), style.writes_transactions(project), Some(sql));
    draft::add(project, migration, &path, &text)?;
    Ok(path)
}

/// Writes the migration that joins heads: those given, else all. Nothing to join gives `None`.
///
/// # Errors
/// [`Error::Usage`] when what is given is no head or only one; as [`new_migration`] otherwise.
pub fn merge(project: &Project, heads: &[String], now: &str) -> Result<Option<NewReport>> {
    let _guard = guard(project);
    let set = read(project)?;
    let graph = Graph::of(&set);
    let all = graph.heads();
    let mut chosen: Vec<&str> = Vec::new();
    for reference in heads {
        let id = set.find(reference).map_err(Error::Find)?.id.as_str();
        if !all.contains(&id) {
            return Err(Error::Usage {
                message: format!("{id} is not a head: {} comes after it", graph.children(id).join(", ")),
                hint: format!("the heads: {}", all.join(", ")),
            });
        }
        if !chosen.contains(&id) {
            chosen.push(id);
        }
    }
    if all.len() < 2 {
        return Ok(None);
    }
    match chosen.len() {
        0 => chosen = all,
        1 => {
            return Err(Error::Usage {
                message: format!("{} alone cannot be merged", chosen[0]),
                hint: format!("name another head as well: {}", all.join(", ")),
            });
        }
        _ => chosen.sort_by_key(|id| set.position(id)),
    }
    let last = chosen.last().and_then(|id| set.get(id));
    let root = last.map_or_else(|| DEFAULT_DIR.to_owned(), |m| root_of(project, &m.up.path));
    let style = Style::of(project, &set, &root);
    let name = &merge_name(&chosen);
    let number = style.next(project.config.naming.style.as_deref(), now)?;
    let files = style.place(&number, name, now);
    let mut report = NewReport {
        name: name.to_owned(),
        after: chosen.iter().map(|id| (*id).to_owned()).collect(),
        ..NewReport::default()
    };
    let down = "-- Nothing to undo: it only joins branches.\n";
    finish(project, &files, &merge_text(&set, &chosen), Some(down), &mut report)?;
    report.list_entry = list_entry(&set, &files, &sentence(name), &report, true);
    Ok(Some(report))
}

/// Two runs at once shall not choose one number. Where there is no locking, reading what was written tells.
fn guard(project: &Project) -> Option<File> {
    let path = if project.configured { project.dir.path(CONFIG_FILE) } else { project.dir.root().to_path_buf() };
    let file = File::open(path).ok()?;
    file.lock().ok()?;
    Some(file)
}

/// The history; a configured folder that does not exist yet holds nothing.
fn read(project: &Project) -> Result<MigrationSet> {
    let dirs = project.source.dirs.iter().filter(|d| project.dir.exists(&d.path)).cloned().collect();
    Ok(load(&project.dir, &SourceConfig { dirs, ..project.source.clone() })?)
}

fn choose_root(project: &Project, set: &MigrationSet, owner: Option<&str>) -> Result<String> {
    let dirs = &project.source.dirs;
    let told = || {
        let each = dirs.iter().map(|d| match &d.owner {
            Some(owner) => format!("{owner} ({})", d.path),
            None => d.path.clone(),
        });
        each.collect::<Vec<_>>().join(", ")
    };
    if let Some(owner) = owner {
        let fits = |d: &&surefoot_source::MigrationDir| d.owner.as_deref() == Some(owner) || d.path == owner;
        return dirs.iter().find(fits).map(|d| d.path.clone()).ok_or_else(|| Error::Usage {
            message: format!("there is no migrations folder of owner {owner:?}"),
            hint: if dirs.iter().any(|d| d.owner.is_some()) {
                format!("the owners: {}", told())
            } else {
                "owners are set with [[migrations.dirs]] in surefoot.toml".into()
            },
        });
    }
    match dirs.as_slice() {
        [] if set.is_empty() => Ok(DEFAULT_DIR.to_owned()),
        [] => Ok(String::new()),
        [only] => Ok(only.path.clone()),
        [first, ..] => Err(Error::Usage {
            message: format!("there are {} migrations folders: {}", dirs.len(), told()),
            hint: format!("say whose it is: --owner {}", first.owner.as_ref().unwrap_or(&first.path)),
        }),
    }
}

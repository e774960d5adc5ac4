//! `derive-down`: the rollbacks that are missing, from the schemas before and after.

use surefoot_diff::{Action, Script, diff};
use surefoot_plan::{Direction, Work};
use surefoot_source::{Migration, MigrationSet};

use crate::new::add_rollback;
use crate::schema::load::schemas_between;
use crate::work::Workshop;
use crate::{Error, Invocation, Project, Result};

/// What to derive.
#[derive(Debug, Clone, Default)]
pub struct DeriveOptions {
    /// Migrations; those without a rollback when there are none.
    pub migrations: Vec<String>,
    /// Write the files.
    pub write: bool,
    /// Where to replay the history.
    pub on: Option<String>,
}

/// A rollback.
#[derive(Debug)]
pub struct DerivedDown {
    /// The migration.
    pub id: String,
    /// The statements.
    pub script: Script,
    /// What it makes again and the attic gives its data back: names of tables and columns.
    pub kept: Vec<String>,
    /// What it makes again empty: names of tables and columns whose data the migration dropped.
    pub emptied: Vec<String>,
    /// The file, if it was written.
    pub file: Option<String>,
}

/// All of them.
#[derive(Debug)]
pub struct Derived {
    /// In the order of the history.
    pub downs: Vec<DerivedDown>,
    /// Where the history was replayed; empty when nothing was.
    pub place: String,
    /// Worth knowing.
    pub warnings: Vec<String>,
}

/// Derives rollbacks, and writes them where the others lie when asked to.
///
/// # Errors
/// [`Error::Refused`] for a migration that has a rollback already; when the history does not replay.
pub async fn derive_down(
    project: &Project,
    invocation: &Invocation,
    set: &MigrationSet,
    options: &DeriveOptions,
) -> Result<Derived> {
    let mut wanted: Vec<&Migration> = Vec::new();
    for reference in &options.migrations {
        let migration = set.find(reference)?;
        if let Some(down) = &migration.down {
            return Err(Error::Refused {
                code: "has-rollback",
                message: format!("{} has a rollback: {}", migration.id, down.path),
                hint: "delete the file first, or compare: surefoot check".into(),
            });
        }
        wanted.push(migration);
    }
    if options.migrations.is_empty() {
        wanted.extend(set.versioned().filter(|m| m.down.is_none()));
    }
    let order: Vec<&str> = set.migrations().iter().map(|m| m.id.as_str()).collect();
    wanted.sort_by_key(|m| order.iter().position(|id| *id == m.id));
    let Some(last) = wanted.last() else {
        return Ok(Derived { downs: Vec::new(), place: String::new(), warnings: Vec::new() });
    };
    let (schemas, place, mut warnings) = schemas_between(project, invocation, options.on.as_deref(), &last.id).await?;
    let settings = surefoot_diff::Options::default();
    let mut downs = Vec::new();
    for migration in wanted {
        let Some(i) = order.iter().position(|id| *id == migration.id) else { continue };
        let (Some(before), Some(after)) = (schemas.get(i), schemas.get(i + 1)) else { continue };
        let mut script = diff(after, before, &settings).map_err(|e| Error::Schema {
            code: "no-order",
            message: e.to_string(),
            hint: e.hint(),
        })?;
        let up = diff(before, after, &settings).map_err(|e| Error::Schema {
            code: "no-order",
            message: e.to_string(),
            hint: e.hint(),
        })?;
        let lost = up.steps.iter().filter(|s| s.action == Action::Drop && s.loss.is_some());
        let mut emptied: Vec<String> = lost.map(|s| s.object.to_string()).collect();
        emptied.dedup();
        let mut kept = Vec::new();
        if keeps(project, invocation, set, migration) {
            std::mem::swap(&mut kept, &mut emptied);
            values_first(&mut script);
        }
        if script.is_empty() {
            warnings.push(format!("{} changes no schema: what it does to rows has no derived rollback", migration.id));
            continue;
        }
        let file = if options.write {
            let mut sql = String::new();
            for name in &kept {
                sql.push_str(&format!("-- {name} comes back with its data, from the attic.\n"));
            }
            for name in &emptied {
                sql.push_str(&format!("-- {name} comes back without its data.\n"));
            }
            sql.push_str(&script.to_sql());
            Some(add_rollback(project, set, migration, &sql)?)
        } else {
            None
        };
        downs.push(DerivedDown { id: migration.id.clone(), script, kept, emptied, file });
    }
    Ok(Derived { downs, place, warnings })
}

/// Whether what a migration drops goes into the attic.
fn keeps(project: &Project, invocation: &Invocation, set: &MigrationSet, migration: &Migration) -> bool {
    let environment = crate::TargetSpec::environment(project, invocation);
    let Ok(variables) = project.sql_variables(invocation, &environment) else { return false };
    let workshop = Workshop { project, set, variables, major: 17, keep: true };
    // A file that cannot be planned did not get here.
    workshop.build_all(&[(migration, None)], Direction::Up).is_ok_and(|works| works.iter().any(Work::keeps))
}

/// A column that must not be NULL and has no default: its values come back once it is there, so the rule comes after.
fn values_first(script: &mut Script) {
    let mut steps = Vec::with_capacity(script.steps.len());
    for mut step in std::mem::take(&mut script.steps) {
        let split = step.sql.strip_suffix(" NOT NULL").and_then(|head| {
            let (table, column) = head.strip_prefix("ALTER TABLE ")?.split_once(" ADD COLUMN ")?;
            let bare = !column.contains(" DEFAULT ") && !column.contains(" GENERATED ");
            let name = bare.then(|| surefoot_sql::Cursor::new(column).any_ident()).flatten()?;
            Some((
                head.to_owned(),
                format!("ALTER TABLE {table} ALTER COLUMN {} SET NOT NULL", surefoot_sql::quote_ident(&name)),
            ))
        });
        match split {
            Some((add, rule)) if !add.contains(" CONSTRAINT ") => {
                step.sql = add;
                let mut second = step.clone();
                second.action = Action::Alter;
                second.sql = rule;
                steps.extend([step, second]);
            }
            _ => steps.push(step),
        }
    }
    script.steps = steps;
}

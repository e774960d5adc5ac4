//! `derive-down`: the rollbacks that are missing, from the schemas before and after.

use surefoot_diff::{Action, Script, diff};
use surefoot_source::{Migration, MigrationSet};

use crate::new::add_rollback;
use crate::schema::load::schemas_between;
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
        let script = diff(after, before, &settings).map_err(|e| Error::Schema {
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
        let emptied: Vec<String> = lost.map(|s| s.object.to_string()).collect();
        if script.is_empty() {
            warnings.push(format!("{} changes no schema: what it does to rows has no derived rollback", migration.id));
            continue;
        }
        let file = if options.write {
            let mut sql = String::new();
            for name in &emptied {
                sql.push_str(&format!("-- {name} comes back without its data.\n"));
            }
            sql.push_str(&script.to_sql());
            Some(add_rollback(project, set, migration, &sql)?)
        } else {
            None
        };
        downs.push(DerivedDown { id: migration.id.clone(), script, emptied, file });
    }
    Ok(Derived { downs, place, warnings })
}

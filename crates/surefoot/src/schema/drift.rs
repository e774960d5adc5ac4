//! `drift`: a target against what its applied history says.

use surefoot_catalog::{Catalog, Kind, Object};
use surefoot_diff::{Script, diff};
use surefoot_journal::State;

use crate::schema::load::{AppliedText, Replayed, replay_recorded};
use crate::schema::{SchemaChange, summary};
use crate::state::History;
use crate::{Error, Invocation, Project, Result, Target};
use surefoot_source::MigrationSet;

/// What to leave out.
#[derive(Debug, Clone, Default)]
pub struct DriftOptions {
    /// Where to replay the history.
    pub on: Option<String>,
    /// Names that do not count, with `*` for any text.
    pub ignore: Vec<String>,
}

/// What differs.
#[derive(Debug)]
pub struct DriftReport {
    /// What in the target is not as the history says, object by object: `Create` is missing there, `Drop` is extra.
    pub differences: Vec<SchemaChange>,
    /// The statements that take the drift back.
    pub repair: Script,
    /// The statements that would make the history's schema into what is there.
    pub adopt: Script,
    /// Migrations that were replayed.
    pub replayed: usize,
    /// Migrations that wait, which are no drift.
    pub pending: usize,
    /// Applied migrations whose file was changed since, or is gone.
    pub files: Vec<String>,
    /// Where it was replayed.
    pub place: String,
    /// Worth knowing.
    pub warnings: Vec<String>,
}

impl DriftReport {
    /// Whether there is none.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.differences.is_empty() && self.files.is_empty()
    }
}

/// Replays the applied migrations, as the journal keeps them, on the dev database, and compares. Pending migrations
/// are no drift.
///
/// # Errors
/// When the target has no journal, the history does not replay, or a catalog cannot be read.
pub async fn drift(
    project: &Project,
    invocation: &Invocation,
    set: &MigrationSet,
    target: &Target,
    options: &DriftOptions,
) -> Result<DriftReport> {
    let session = target.look().await?;
    let read = async {
        let history = History::read(project, set, &target.spec.environment, Some(&session)).await?;
        let look = surefoot_introspect::Options { excluded_schemas: project.own_schemas() };
        let there = surefoot_introspect::catalog(&session, &look).await?;
        let mut texts = Vec::new();
        if let Some(journal) = &history.journal {
            for row in history.recorded.iter().filter(|r| r.state == State::Applied) {
                let text = journal.file(&session, &row.up_sha256).await?;
                texts.push(AppliedText { id: row.id.clone(), path: row.up_file.clone(), text });
            }
        }
        Ok::<_, Error>((history, there, texts))
    }
    .await;
    session.close().await;
    let (history, there, texts) = read?;
    let replayed = replay_recorded(project, invocation, &texts, options.on.as_deref(), there.major()).await?;
    let Replayed { catalog: expected, place, mut warnings } = replayed;
    if history.journal.is_none() {
        warnings.push("the target has no journal: everything in it counts as drift".into());
    }
    // The comment and settings of a database belong to the environment, not to the history.
    let keep = |object: &Object| {
        object.id.kind != Kind::Database && !options.ignore.iter().any(|p| matches(p, &object.id.relation()))
    };
    let (there, expected) = (there.filtered(keep), as_role(expected.filtered(keep), &there.role));
    // Owners and privileges come from who runs what: they are compared between environments, not against a replay.
    let settings = surefoot_diff::Options { owners: false, privileges: false, ..Default::default() };
    let order = |e: surefoot_diff::Error| Error::Schema { code: "no-order", message: e.to_string(), hint: e.hint() };
    let repair = diff(&there, &expected, &settings).map_err(order)?;
    let adopt = diff(&expected, &there, &settings).map_err(order)?;
    let mut files: Vec<String> =
        history.comparison.missing.iter().map(|m| format!("{}: the file is gone", m.applied.id)).collect();
    files.extend(history.comparison.changed.iter().map(|c| format!("{}: the file was changed", c.id)));
    Ok(DriftReport {
        differences: summary(&repair),
        repair,
        adopt,
        replayed: texts.len(),
        pending: history.to_run(set).len(),
        files,
        place,
        warnings,
    })
}

fn as_role(mut catalog: Catalog, role: &str) -> Catalog {
    role.clone_into(&mut catalog.role);
    catalog
}

/// `*` for any text.
fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(rest) = name.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    let mut rest = rest;
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns() {
        assert!(matches("public.tmp_*", "public.tmp_1"));
        assert!(matches("*", "anything"));
        assert!(matches("a*c*e", "abcde"));
        assert!(!matches("public.tmp", "public.tmp_1"));
        assert!(!matches("a*b", "ac"));
    }
}

//! Checkpoints in use: which one an empty database starts from, and that an existing one knows it.

use std::collections::HashSet;

use serde_json::{Map, json};
use surefoot_executor::{Interrupt, Observer, Runner};
use surefoot_journal::{Event, EventKind, Journal, State};
use surefoot_pg::{Session, ident, literal, release};
use surefoot_plan::{Direction, Work};
use surefoot_source::{Checkpoint, Migration, MigrationSet, Role};

use crate::state::History;
use crate::target::Target;
use crate::work::Workshop;
use crate::{Error, Invocation, Project, Result};

/// What a run begins with, and the migrations after it.
pub(crate) type Begun<'s> = (Option<&'s Checkpoint>, Vec<&'s Migration>);

/// Finds the checkpoint that a run of these migrations starts from: the one that stands for most, where nothing is
/// applied yet.
///
/// # Errors
/// [`Error::Refused`] when a migration would have to run whose file is gone.
pub(crate) fn begin<'s>(set: &'s MigrationSet, history: &History, chosen: Vec<&'s Migration>) -> Result<Begun<'s>> {
    let fresh = history.recorded.iter().all(|r| r.repeatable || r.state == State::Reverted);
    if !fresh {
        return match chosen.iter().find(|m| m.squashed) {
            None => Ok((None, chosen)),
            Some(gone) => Err(behind(set, history, gone)),
        };
    }
    of_fresh(set, chosen)
}

/// The same for a database that has nothing.
pub(crate) fn of_fresh<'s>(set: &'s MigrationSet, mut chosen: Vec<&'s Migration>) -> Result<Begun<'s>> {
    let ids: HashSet<&str> = chosen.iter().map(|m| m.id.as_str()).collect();
    let fits = |c: &&Checkpoint| c.replaces.iter().all(|r| ids.contains(r.id.as_str()));
    let found = set.checkpoints.iter().rev().filter(fits).find(|c| c.stale.is_empty());
    if let Some(checkpoint) = found {
        let covered: HashSet<&str> = checkpoint.replaces.iter().map(|r| r.id.as_str()).collect();
        chosen.retain(|m| !covered.contains(m.id.as_str()));
    }
    match chosen.iter().find(|m| m.squashed) {
        None => Ok((found, chosen)),
        Some(gone) => Err(unusable(set, gone)),
    }
}

/// Work for a replay of these migrations, all of which are wanted: from their files where they are there, else from the
/// checkpoint that stands for them.
pub(crate) fn replay_works(workshop: &Workshop<'_>, chosen: &[&Migration]) -> Result<Vec<Work>> {
    let plain = |migrations: &[&Migration]| -> Result<Vec<Work>> {
        let migrations: Vec<_> = migrations.iter().map(|m| (*m, None)).collect();
        workshop.build_all(&migrations, Direction::Up)
    };
    if chosen.iter().all(|m| !m.squashed) {
        return plain(chosen);
    }
    let (checkpoint, rest) = of_fresh(workshop.set, chosen.to_vec())?;
    let mut works = Vec::new();
    if let Some(checkpoint) = checkpoint {
        works.push(workshop.build_checkpoint(checkpoint)?);
    }
    works.extend(plain(&rest)?);
    Ok(works)
}

/// The checkpoint that stands for a migration whose file is gone.
pub(crate) fn standing_for<'s>(set: &'s MigrationSet, id: &str) -> Option<&'s Checkpoint> {
    set.checkpoints.iter().rev().find(|c| c.covers(id))
}

fn behind(set: &MigrationSet, history: &History, gone: &Migration) -> Error {
    let file = standing_for(set, &gone.id).map_or("", |c| c.file.path.as_str());
    let current = history.current(set).map_or("nothing", |r| r.id.as_str());
    Error::Refused {
        code: "behind-checkpoint",
        message: format!(
            "this database is at {current}, and the file of {} is gone: {file} stands for it only in an empty database",
            gone.id
        ),
        hint: format!("bring {} back from version control until this database is past the checkpoint", gone.up.path),
    }
}

fn unusable(set: &MigrationSet, gone: &Migration) -> Error {
    let checkpoint = standing_for(set, &gone.id);
    let file = checkpoint.map_or("", |c| c.file.path.as_str());
    let (message, hint) = match checkpoint {
        Some(c) if !c.stale.is_empty() => (
            format!("{file} was made from another text of {}, and the file of {} is gone", c.stale.join(", "), gone.id),
            "bring the files back, and squash again".to_owned(),
        ),
        _ => (
            format!("the file of {} is gone, and {file} leads further than this run", gone.id),
            format!("go at least to {}", checkpoint.map_or(gone.id.as_str(), |c| c.id.as_str())),
        ),
    };
    Error::Refused { code: "behind-checkpoint", message, hint }
}

/// Makes the extensions of a checkpoint as the elevated role, where the migrations it stands for had it.
pub(crate) async fn elevated_extensions(target: &Target, session: &Session, work: &Work) -> Result<()> {
    let statements: Vec<String> = work
        .script
        .statements
        .iter()
        .map(|s| work.script.text(s))
        .filter(|sql| sql.starts_with("CREATE EXTENSION IF NOT EXISTS"))
        .map(str::to_owned)
        .collect();
    if statements.is_empty() {
        return Ok(());
    }
    Ok(target.connector.run_elevated(session, &target.spec.options, &work.id, &statements).await?)
}

/// Whether a checkpoint's extensions are the elevated role's.
pub(crate) fn wants_elevated(checkpoint: &Checkpoint) -> bool {
    matches!(checkpoint.directives.role, Some(Role::Elevated))
}

/// Records that a checkpoint stands for what is applied, once; gives a sentence about it, as an error when it
/// cannot be. Nothing runs.
#[expect(clippy::too_many_arguments, reason = "the surroundings every use case has")]
pub(crate) async fn adopt(
    project: &Project,
    invocation: &Invocation,
    set: &MigrationSet,
    target: &Target,
    session: &Session,
    history: &History,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<Option<std::result::Result<String, String>>> {
    let Some(journal) = &history.journal else { return Ok(None) };
    let applied = |id: &str| history.recorded(id).filter(|r| r.state == State::Applied);
    let all = |c: &&Checkpoint| c.replaces.iter().all(|r| applied(&r.id).is_some());
    let Some(checkpoint) = set.checkpoints.iter().rev().find(all) else { return Ok(None) };
    let other: Vec<&str> = checkpoint
        .replaces
        .iter()
        .filter(|r| applied(&r.id).is_some_and(|row| row.up_sha256 != r.sha256))
        .map(|r| r.id.as_str())
        .collect();
    if !other.is_empty() {
        return Ok(Some(Err(format!(
            "{} is not adopted: here another text of {} was applied than it was made from",
            checkpoint.file.path,
            other.join(", ")
        ))));
    }
    if is_known(journal, session, checkpoint).await? {
        return Ok(None);
    }
    Runner::lock(session, project.journal_schema(), &target.spec.options, observer, interrupt).await?;
    let mut detail = Map::new();
    detail.insert("file".into(), json!(checkpoint.file.path));
    detail.insert("sha256".into(), json!(checkpoint.file.sha256));
    detail.insert("replaces".into(), json!(checkpoint.replaces.iter().map(|r| &r.id).collect::<Vec<_>>()));
    let event = Event {
        kind: EventKind::CheckpointAdopted,
        migration: Some(checkpoint.id.clone()),
        state: None,
        run: invocation.run.clone(),
        actor: invocation.actor.clone(),
        detail,
    };
    // Another run may have recorded it while this one waited.
    let recorded = match is_known(journal, session, checkpoint).await {
        Ok(true) => Ok(false),
        Ok(false) => session.run(&journal.append_sql(None, &event)).await.map(|_| true).map_err(Error::from),
        Err(e) => Err(e),
    };
    release(session, Journal::lock_key(project.journal_schema())).await?;
    Ok(recorded?.then(|| {
        Ok(format!(
            "{} stands for the {} migrations up to {}, which are applied: recorded, nothing had to run",
            checkpoint.file.path,
            checkpoint.replaces.len(),
            checkpoint.id
        ))
    }))
}

/// Whether the journal has an event of a checkpoint in this text.
async fn is_known(journal: &Journal, session: &Session, checkpoint: &Checkpoint) -> Result<bool> {
    let kinds = [EventKind::Checkpoint, EventKind::CheckpointAdopted].map(|kind| literal(kind.as_str()));
    let rows = session
        .rows(&format!(
            "SELECT 1 FROM {}.events WHERE kind IN ({}) AND migration = {} AND position({} IN body) > 0 LIMIT 1",
            ident(journal.schema()),
            kinds.join(", "),
            literal(&checkpoint.id),
            literal(&checkpoint.file.sha256),
        ))
        .await?;
    Ok(!rows.is_empty())
}

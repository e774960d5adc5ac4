//! `redo`: roll back the newest migrations and apply them again.

use surefoot_executor::{Interrupt, Observer};
use surefoot_journal::State;
use surefoot_plan::Direction;
use surefoot_source::{Migration, MigrationSet};

use crate::state::{Allow, History, check_history};
use crate::target::Target;
use crate::up::{RunReport, unchanged_statements};
use crate::work::Workshop;
use crate::{DownOptions, DownTo, Invocation, Project, Result, UpOptions, down, up};

/// Rolls back the newest `count` migrations and applies them again; the reports of both, or `None` when nothing is
/// applied.
///
/// # Errors
/// As [`down()`] and [`up()`]. What `up` would refuse afterwards is refused before anything is rolled back.
pub async fn redo(
    project: &Project,
    invocation: &Invocation,
    set: &MigrationSet,
    target: &Target,
    count: usize,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<Option<(RunReport, RunReport)>> {
    if !look(project, invocation, set, target, count).await? {
        return Ok(None);
    }
    let options = DownOptions { to: DownTo::Count(count), single_transaction: false };
    let back = down(project, invocation, set, target, &options, observer, interrupt).await?;
    let Some(newest) = back.done.first().map(|d| d.id.clone()) else { return Ok(None) };
    let options = UpOptions { to: Some(newest), ..UpOptions::default() };
    let again = up(project, invocation, set, target, &options, observer, interrupt).await?;
    Ok(Some((back, again)))
}

/// Whether there is something to redo, once it is clear that it can be applied again.
async fn look(
    project: &Project,
    invocation: &Invocation,
    set: &MigrationSet,
    target: &Target,
    count: usize,
) -> Result<bool> {
    let session = target.look().await?;
    let environment = &target.spec.environment;
    let history = History::read(project, set, environment, Some(&session)).await?;
    // A late migration would slip in between the way down and the way up.
    check_history(set, &history, Allow { changed: true, missing: true, ..Allow::default() }, &[])?;
    let chosen: Vec<&Migration> =
        crate::down::choose(set, &history, &DownTo::Count(count))?.into_iter().map(|(m, _)| m).collect();
    if chosen.is_empty() {
        session.close().await;
        return Ok(false);
    }
    let mut recorded = history.recorded.clone();
    for row in recorded.iter_mut().filter(|r| chosen.iter().any(|m| m.id == r.id)) {
        row.state = State::Reverted;
    }
    let after = History::compare(set, environment, history.journal.clone(), recorded);
    let same = unchanged_statements(project, invocation, set, &after);
    check_history(set, &after, Allow::default(), &same)?;
    let workshop = Workshop {
        project,
        set,
        variables: project.sql_variables(invocation, environment)?,
        major: session.major(),
        keep: true,
    };
    let migrations: Vec<_> = chosen.iter().map(|m| (*m, None)).collect();
    let works = workshop.build_on(&session, &migrations, Direction::Up).await?;
    crate::preflight::preflight(target, &session, history.journal.as_ref(), &works).await?;
    session.close().await;
    Ok(true)
}

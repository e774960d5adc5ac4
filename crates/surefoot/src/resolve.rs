//! `resolve` and `baseline`: say what is so without running anything. History
//! is never rewritten; each is a new event with its reason.

use serde_json::{Map, json};
use surefoot_executor::{Interrupt, Observer, Runner};
use surefoot_journal::{EventKind, FileRecord, Recorded, State, Transition};
use surefoot_plan::Direction;
use surefoot_source::{Migration, MigrationSet};

use crate::state::History;
use crate::target::Target;
use crate::up::create_journal;
use crate::work::Workshop;
use crate::{Error, Invocation, Project, Result};

/// What is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Declared {
    /// The migration is applied.
    Applied(String),
    /// The migration is not applied.
    RolledBack(String),
    /// The statement in doubt did not take effect.
    Retry(String),
    /// The changed file is the right one.
    Checksum(String),
}

/// What was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// Migrations concerned, in order.
    pub migrations: Vec<String>,
    /// Sequence number of the last event.
    pub event: u64,
}

/// Declares how a migration ended.
///
/// # Errors
/// [`Error::Refused`] when the declaration does not fit the state of the migration, [`Error::Usage`] without a reason.
#[expect(clippy::too_many_arguments, reason = "the surroundings every use case has")]
pub async fn resolve(
    project: &Project,
    invocation: &Invocation,
    set: &MigrationSet,
    target: &Target,
    declared: &Declared,
    reason: &str,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<Resolution> {
    need_reason(reason)?;
    let (history, mut runner) = begin(project, invocation, set, target, observer, interrupt).await?;
    let result = declare(project, invocation, set, target, &history, &mut runner, declared, reason).await;
    let released = runner.finish().await;
    let id = result?;
    let session = released?;
    let event = match &history.journal {
        Some(journal) => journal.head(&session).await?.seq,
        None => 0,
    };
    session.close().await;
    Ok(Resolution { migrations: vec![id], event })
}

/// Records every migration up to `to` as applied without running it.
///
/// # Errors
/// [`Error::Refused`] when one of them is recorded already, [`Error::Usage`] without a reason.
#[expect(clippy::too_many_arguments, reason = "the surroundings every use case has")]
pub async fn baseline(
    project: &Project,
    invocation: &Invocation,
    set: &MigrationSet,
    target: &Target,
    to: &str,
    reason: &str,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<Resolution> {
    need_reason(reason)?;
    let last = set.find(to)?;
    let end = set.position(&last.id).unwrap_or_default();
    let wanted: Vec<&Migration> =
        set.migrations().iter().filter(|m| !m.repeatable && set.position(&m.id).is_some_and(|p| p <= end)).collect();
    let (history, mut runner) = begin(project, invocation, set, target, observer, interrupt).await?;
    let result = async {
        let known: Vec<&str> = wanted
            .iter()
            .filter(|m| history.recorded(&m.id).is_some_and(|r| r.state != State::Reverted))
            .map(|m| m.id.as_str())
            .collect();
        if !known.is_empty() {
            return Err(Error::Refused {
                code: "already-recorded",
                message: format!("the target has a record of {} already", known.join(", ")),
                hint: "baseline is for databases without a history; see `surefoot status`".into(),
            });
        }
        for m in &wanted {
            record_applied(project, invocation, set, target, &mut runner, m, EventKind::Baseline, reason).await?;
        }
        Ok(())
    }
    .await;
    let released = runner.finish().await;
    result?;
    let session = released?;
    let journal = surefoot_journal::Journal::planned(project.journal_schema(), &project.name);
    let event = journal.head(&session).await?.seq;
    session.close().await;
    Ok(Resolution { migrations: wanted.iter().map(|m| m.id.clone()).collect(), event })
}

fn need_reason(reason: &str) -> Result<()> {
    if reason.trim().is_empty() {
        return Err(Error::Usage {
            message: "a reason is needed".into(),
            hint: "--reason \"what happened, and the ticket\": it is kept in the journal".into(),
        });
    }
    Ok(())
}

async fn begin<'a>(
    project: &Project,
    invocation: &Invocation,
    set: &MigrationSet,
    target: &Target,
    observer: &'a dyn Observer,
    interrupt: &Interrupt,
) -> Result<(History, Runner<'a>)> {
    let session = target.connect().await?;
    Runner::lock(&session, project.journal_schema(), &target.spec.options, observer, interrupt).await?;
    let mut history = History::read(project, set, &target.spec.environment, Some(&session)).await?;
    let journal = match history.journal.clone() {
        Some(journal) => journal,
        None => create_journal(project, invocation, &session).await?,
    };
    history.journal = Some(journal.clone());
    let runner = Runner::open(
        target.connector.clone(),
        target.spec.options.clone(),
        journal,
        session,
        invocation.run.clone(),
        invocation.actor.clone(),
        observer,
        interrupt.clone(),
    )
    .await?;
    Ok((history, runner))
}

#[expect(clippy::too_many_arguments, reason = "the inside of `resolve`, split off so that the lock is always released")]
async fn declare(
    project: &Project,
    invocation: &Invocation,
    set: &MigrationSet,
    target: &Target,
    history: &History,
    runner: &mut Runner<'_>,
    declared: &Declared,
    reason: &str,
) -> Result<String> {
    match declared {
        Declared::Applied(reference) => {
            let m = set.find(reference)?;
            if history.recorded(&m.id).is_some_and(|r| r.state == State::Applied) {
                return Err(nothing(&m.id, "is applied already"));
            }
            record_applied(project, invocation, set, target, runner, m, EventKind::ResolvedApplied, reason).await?;
            Ok(m.id.clone())
        }
        Declared::RolledBack(reference) => {
            let row = row(set, history, reference)?;
            if row.state == State::Reverted {
                return Err(nothing(&row.id, "is rolled back already"));
            }
            change(runner, row, EventKind::ResolvedRolledBack, State::Reverted, reason, None, true).await?;
            Ok(row.id.clone())
        }
        Declared::Retry(reference) => {
            let row = row(set, history, reference)?;
            let journal = runner.journal().clone();
            let in_doubt: Vec<_> = journal
                .steps(runner.session())
                .await?
                .into_iter()
                .filter(|s| s.migration == row.id && s.state == surefoot_journal::StepState::Intent)
                .collect();
            if in_doubt.is_empty() {
                return Err(nothing(&row.id, "has no statement in doubt"));
            }
            let mut detail = Map::new();
            detail.insert("reason".into(), json!(reason));
            detail.insert("resolution".into(), json!("the statement in doubt did not take effect"));
            let event = runner.event(EventKind::Outcome, Some(&row.id), Some(row.state), detail);
            let forget = format!(
                "DELETE FROM {}.steps WHERE migration = {} AND state = 'intent'",
                surefoot_pg::ident(journal.schema()),
                surefoot_pg::literal(&row.id)
            );
            runner.record(&event, &[forget]).await?;
            Ok(row.id.clone())
        }
        Declared::Checksum(reference) => {
            let m = set.find(reference)?;
            let Some(row) = history.recorded(&m.id).filter(|r| r.state == State::Applied) else {
                return Err(nothing(&m.id, "is not applied"));
            };
            if row.up_sha256 == m.up.sha256 && row.down_sha256 == m.down.as_ref().map(|d| d.sha256.clone()) {
                return Err(nothing(&m.id, "is as it was applied"));
            }
            record_applied(project, invocation, set, target, runner, m, EventKind::ResolvedChecksum, reason).await?;
            Ok(m.id.clone())
        }
    }
}

fn nothing(id: &str, what: &str) -> Error {
    Error::Refused {
        code: "nothing-to-resolve",
        message: format!("migration {id} {what}"),
        hint: "see `surefoot status`".into(),
    }
}

/// A row by reference: also of a migration whose file is gone.
fn row<'h>(set: &MigrationSet, history: &'h History, reference: &str) -> Result<&'h Recorded> {
    if let Some(row) = history.recorded(reference) {
        return Ok(row);
    }
    let m = set.find(reference)?;
    history.recorded(&m.id).ok_or_else(|| nothing(&m.id, "was never applied"))
}

/// Records a migration as applied, with the texts of its files.
#[expect(clippy::too_many_arguments, reason = "what a record is made of")]
async fn record_applied(
    project: &Project,
    invocation: &Invocation,
    set: &MigrationSet,
    target: &Target,
    runner: &mut Runner<'_>,
    m: &Migration,
    kind: EventKind,
    reason: &str,
) -> Result<()> {
    let workshop = Workshop {
        project,
        set,
        variables: project.sql_variables(invocation, &target.spec.environment)?,
        major: runner.session().major(),
    };
    let works = workshop.build_all(&[(m, None)], Direction::Up)?;
    let Some(work) = works.first() else { return Ok(()) };
    let journal = runner.journal().clone();
    let mut detail = Map::new();
    detail.insert("reason".into(), json!(reason));
    detail.insert("name".into(), json!(work.name));
    detail.insert("file".into(), json!(work.up.path));
    detail.insert("sha256".into(), json!(work.up.sha256));
    let record = |f: &surefoot_plan::FileRef| FileRecord { path: f.path.clone(), sha256: f.sha256.clone() };
    let total = work.units.len().max(1);
    let transition = Transition {
        id: work.id.clone(),
        position: work.position,
        name: work.name.clone(),
        owner: work.owner.clone(),
        repeatable: work.repeatable,
        state: State::Applied,
        units_done: total,
        units_total: total,
        up: record(&work.up),
        up_statements: work.up_statements.clone(),
        down: work.down.as_ref().map(record),
        verify: work.verify.as_ref().map(record),
        duration_ms: 0,
    };
    let mut extra: Vec<String> = work.texts.iter().flat_map(|(sha, text)| journal.file_sql(sha, text)).collect();
    extra.push(journal.transition_sql(&transition));
    extra.push(journal.clear_steps_sql(&work.id));
    let event = runner.event(kind, Some(&work.id), Some(State::Applied), detail);
    runner.record(&event, &extra).await?;
    Ok(())
}

/// Records another state of a row that is there.
pub(crate) async fn change(
    runner: &mut Runner<'_>,
    row: &Recorded,
    kind: EventKind,
    state: State,
    reason: &str,
    resolution: Option<&str>,
    clear: bool,
) -> Result<()> {
    let journal = runner.journal().clone();
    let mut detail = Map::new();
    detail.insert("reason".into(), json!(reason));
    detail.insert("name".into(), json!(row.name));
    detail.insert("was".into(), json!(row.state.as_str()));
    if let Some(resolution) = resolution {
        detail.insert("resolution".into(), json!(resolution));
    }
    let pair = |path: &Option<String>, sha: &Option<String>| match (path, sha) {
        (Some(path), Some(sha256)) => Some(FileRecord { path: path.clone(), sha256: sha256.clone() }),
        _ => None,
    };
    let transition = Transition {
        id: row.id.clone(),
        position: row.position,
        name: row.name.clone(),
        owner: row.owner.clone(),
        repeatable: row.repeatable,
        state,
        units_done: row.units_total,
        units_total: row.units_total,
        up: FileRecord { path: row.up_file.clone(), sha256: row.up_sha256.clone() },
        up_statements: row.up_statements.clone(),
        down: pair(&row.down_file, &row.down_sha256),
        verify: pair(&row.verify_file, &row.verify_sha256),
        duration_ms: row.duration_ms.unwrap_or(0),
    };
    let mut extra = vec![journal.transition_sql(&transition)];
    if clear {
        extra.push(journal.clear_steps_sql(&row.id));
    }
    let event = runner.event(kind, Some(&row.id), Some(state), detail);
    runner.record(&event, &extra).await?;
    Ok(())
}

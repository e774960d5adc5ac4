//! `resolve` and `baseline`: say what is so without running anything. History
//! is never rewritten; each is a new event with its reason.

use serde_json::{Map, json};
use surefoot_executor::{Interrupt, Observer, Runner, included};
use surefoot_journal::{Event, EventKind, FileRecord, Recorded, State, StepState, Transition};
use surefoot_pg::Session;
use surefoot_plan::{Direction, Work};
use surefoot_source::{Graph, Migration, MigrationSet};

use crate::state::History;
use crate::target::Target;
use crate::up::{altered, create_journal, record_refusal};
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
    /// Worth knowing.
    pub warnings: Vec<String>,
}

/// Declares how a migration ended. Over pending ones only if it may be `out_of_order`.
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
    out_of_order: bool,
    reason: &str,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<Resolution> {
    need_reason(reason)?;
    let (history, session) = look(project, set, target, observer, interrupt).await?;
    let decision = match decide(project, invocation, set, target, &history, &session, declared, out_of_order).await {
        Ok(decision) => decision,
        Err(e) => return refused(invocation, &history, session, "resolve", e).await,
    };
    let mut runner = begin(project, invocation, &history, session, target, observer, interrupt).await?;
    let result = carry_out(&mut runner, &decision, reason).await;
    let released = runner.finish().await;
    result?;
    let mut resolution = end(project, released?, vec![decision.id().to_owned()]).await?;
    if let Decision::RolledBack(row) = &decision {
        resolution.warnings.extend(stand_on(set, &history, &row.id));
    }
    Ok(resolution)
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
    let end_at = set.position(&last.id).unwrap_or_default();
    let wanted: Vec<&Migration> =
        set.migrations().iter().filter(|m| !m.repeatable && set.position(&m.id).is_some_and(|p| p <= end_at)).collect();
    let (history, session) = look(project, set, target, observer, interrupt).await?;
    let known: Vec<&str> = wanted
        .iter()
        .filter(|m| history.recorded(&m.id).is_some_and(|r| r.state != State::Reverted))
        .map(|m| m.id.as_str())
        .collect();
    if !known.is_empty() {
        let e = Error::Refused {
            code: "already-recorded",
            message: format!("the target has a record of {} already", known.join(", ")),
            hint: "baseline is for databases without a history; see `surefoot status`".into(),
        };
        return refused(invocation, &history, session, "baseline", e).await;
    }
    // All are read before the first is recorded.
    let works = match works(project, invocation, set, target, &session, &wanted) {
        Ok(works) => works,
        Err(e) => return refused(invocation, &history, session, "baseline", e).await,
    };
    let mut runner = begin(project, invocation, &history, session, target, observer, interrupt).await?;
    let result = record_applied(&mut runner, &works, EventKind::Baseline, reason).await;
    let released = runner.finish().await;
    result?;
    end(project, released?, wanted.iter().map(|m| m.id.clone()).collect()).await
}

/// What a migration that adopts drift was made from; it is recorded only while that still holds.
pub(crate) struct Premise<'a> {
    /// The last event of the journal.
    pub(crate) head: u64,
    /// Hash of the target's whole catalog.
    pub(crate) catalog: &'a str,
}

/// Records a migration that holds what is there already as applied.
#[expect(clippy::too_many_arguments, reason = "the surroundings every use case has")]
pub(crate) async fn adopt(
    project: &Project,
    invocation: &Invocation,
    set: &MigrationSet,
    target: &Target,
    id: &str,
    premise: Premise<'_>,
    reason: &str,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<Resolution> {
    let (history, session) = look(project, set, target, observer, interrupt).await?;
    let checked = async {
        let journal = surefoot_journal::Journal::planned(project.journal_schema(), &project.name);
        let same_history = history.journal.is_some() && journal.head(&session).await?.seq == premise.head;
        let look = surefoot_introspect::Options {
            excluded_schemas: project.own_schemas(),
            ..surefoot_introspect::Options::default()
        };
        if !same_history || surefoot_introspect::catalog(&session, &look).await?.hash() != premise.catalog {
            return Err(Error::Refused {
                code: "moved-on",
                message: "the target was changed while its drift was looked at; nothing was recorded".into(),
                hint: "run the command again".into(),
            });
        }
        let migration = set.find(id)?;
        works(project, invocation, set, target, &session, &[migration])
    }
    .await;
    let work = match checked {
        Ok(work) => work,
        Err(e) => return refused(invocation, &history, session, "drift --adopt", e).await,
    };
    let mut runner = begin(project, invocation, &history, session, target, observer, interrupt).await?;
    let result = record_applied(&mut runner, &work, EventKind::DriftAdopted, reason).await;
    let released = runner.finish().await;
    result?;
    end(project, released?, vec![id.to_owned()]).await
}

pub(crate) fn need_reason(reason: &str) -> Result<()> {
    if reason.trim().is_empty() {
        return Err(Error::Usage {
            message: "a reason is needed".into(),
            hint: "--reason \"what happened, and the ticket\": it is kept in the journal".into(),
        });
    }
    Ok(())
}

/// A session with the lock, and what is recorded. Nothing is written.
async fn look(
    project: &Project,
    set: &MigrationSet,
    target: &Target,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<(History, Session)> {
    let session = target.connect().await?;
    Runner::lock(&session, project.journal_schema(), &target.spec.options, observer, interrupt).await?;
    let history = History::read(project, set, &target.spec.environment, Some(&session)).await?;
    Ok((history, session))
}

/// A refusal is on record, and leaves no session behind.
async fn refused(
    invocation: &Invocation,
    history: &History,
    session: Session,
    command: &str,
    error: Error,
) -> Result<Resolution> {
    record_refusal(invocation, history, &session, command, &error).await;
    session.close().await;
    Err(error)
}

async fn begin<'a>(
    project: &Project,
    invocation: &Invocation,
    history: &History,
    session: Session,
    target: &Target,
    observer: &'a dyn Observer,
    interrupt: &Interrupt,
) -> Result<Runner<'a>> {
    let journal = match history.journal.clone() {
        Some(journal) => {
            if let Some(finding) = journal.quick_check(&session).await? {
                return Err(altered(&journal, finding));
            }
            journal
        }
        None => create_journal(project, invocation, &session).await?,
    };
    Ok(Runner::open(
        target.connector.clone(),
        target.spec.options.clone(),
        journal,
        session,
        invocation.run.clone(),
        invocation.actor.clone(),
        observer,
        interrupt.clone(),
    )
    .await?)
}

async fn end(project: &Project, session: Session, migrations: Vec<String>) -> Result<Resolution> {
    let journal = surefoot_journal::Journal::planned(project.journal_schema(), &project.name);
    let event = journal.head(&session).await?.seq;
    session.close().await;
    Ok(Resolution { migrations, event, warnings: Vec::new() })
}

/// A declaration that fits.
enum Decision<'h> {
    Record { work: Vec<Work>, id: String, kind: EventKind },
    RolledBack(&'h Recorded),
    Retry(&'h Recorded),
}

impl Decision<'_> {
    fn id(&self) -> &str {
        match self {
            Self::Record { id, .. } => id,
            Self::RolledBack(row) | Self::Retry(row) => &row.id,
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "the surroundings every use case has")]
async fn decide<'h>(
    project: &Project,
    invocation: &Invocation,
    set: &MigrationSet,
    target: &Target,
    history: &'h History,
    session: &Session,
    declared: &Declared,
    out_of_order: bool,
) -> Result<Decision<'h>> {
    let record = |m: &Migration, kind| {
        let work = works(project, invocation, set, target, session, &[m])?;
        Ok(Decision::Record { work, id: m.id.clone(), kind })
    };
    match declared {
        Declared::Applied(reference) => {
            let m = set.find(reference)?;
            if history.recorded(&m.id).is_some_and(|r| r.state == State::Applied) {
                return Err(nothing(&m.id, "is applied already"));
            }
            if !out_of_order {
                refuse_a_gap(set, history, m)?;
            }
            record(m, EventKind::ResolvedApplied)
        }
        Declared::RolledBack(reference) => {
            let row = row(set, history, reference)?;
            if row.state == State::Reverted {
                return Err(nothing(&row.id, "is rolled back already"));
            }
            Ok(Decision::RolledBack(row))
        }
        Declared::Retry(reference) => {
            let row = row(set, history, reference)?;
            let steps = match &history.journal {
                Some(journal) => journal.steps(session).await?,
                None => Vec::new(),
            };
            if !steps.iter().any(|s| s.migration == row.id && s.state == StepState::Intent) {
                return Err(nothing(&row.id, "has no statement in doubt"));
            }
            Ok(Decision::Retry(row))
        }
        Declared::Checksum(reference) => {
            let m = set.find(reference)?;
            let Some(row) = history.recorded(&m.id).filter(|r| r.state == State::Applied) else {
                return Err(nothing(&m.id, "is not applied"));
            };
            let sha256 = |f: &Option<surefoot_source::FileRef>| f.as_ref().map(|f| f.sha256.clone());
            if row.up_sha256 == m.up.sha256
                && row.down_sha256 == sha256(&m.down)
                && row.verify_sha256 == sha256(&m.verify)
            {
                return Err(nothing(&m.id, "is as it was applied"));
            }
            record(m, EventKind::ResolvedChecksum)
        }
    }
}

async fn carry_out(runner: &mut Runner<'_>, decision: &Decision<'_>, reason: &str) -> Result<()> {
    match decision {
        Decision::Record { work, kind, .. } => record_applied(runner, work, *kind, reason).await,
        Decision::RolledBack(row) => {
            change(runner, row, EventKind::ResolvedRolledBack, State::Reverted, reason, None, true).await
        }
        Decision::Retry(row) => {
            let mut detail = Map::new();
            detail.insert("reason".into(), json!(reason));
            detail.insert("resolution".into(), json!("the statement in doubt did not take effect"));
            let event = runner.event(EventKind::Outcome, Some(&row.id), Some(row.state), detail);
            let forget = format!(
                "DELETE FROM {}.steps WHERE migration = {} AND state = 'intent'",
                surefoot_pg::ident(runner.journal().schema()),
                surefoot_pg::literal(&row.id)
            );
            runner.record(&event, &[forget]).await?;
            Ok(())
        }
    }
}

/// A migration is not declared applied over pending ones: that is mostly a slip, and `up` would call them late.
fn refuse_a_gap(set: &MigrationSet, history: &History, m: &Migration) -> Result<()> {
    let graph = Graph::of(set);
    let before = graph.ancestors([m.id.as_str()]);
    let pending = history.comparison.pending.iter().map(String::as_str).filter(|id| before.contains(id));
    let pending: Vec<&str> = pending.collect();
    let Some(last) = pending.last() else { return Ok(()) };
    Err(Error::Refused {
        code: "out-of-order",
        message: format!("migration {} comes after {}, still pending", m.id, pending.join(", ")),
        hint: format!(
            "say first how these ended (surefoot resolve --applied {last} --reason ...; all of a database that was there before: surefoot baseline --to {}), or record it over them with --allow-out-of-order",
            m.id
        ),
    })
}

/// The applied migrations that come after one which is not applied any more.
fn stand_on(set: &MigrationSet, history: &History, id: &str) -> Option<String> {
    let graph = Graph::of(set);
    let after = graph.descendants(id);
    let applied: Vec<&str> =
        history.comparison.applied.iter().map(String::as_str).filter(|id| after.contains(id)).collect();
    (!applied.is_empty()).then(|| {
        format!("{} come after {id} and are still applied: `surefoot up` will call {id} late", applied.join(", "))
    })
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

fn works(
    project: &Project,
    invocation: &Invocation,
    set: &MigrationSet,
    target: &Target,
    session: &Session,
    migrations: &[&Migration],
) -> Result<Vec<Work>> {
    let workshop = Workshop {
        project,
        set,
        variables: project.sql_variables(invocation, &target.spec.environment)?,
        major: session.major(),
        keep: true,
    };
    let mut out = Vec::with_capacity(migrations.len());
    for migration in migrations {
        // Nothing runs: the hash that the checkpoint has of a file that is gone will do.
        if migration.squashed {
            out.push(workshop.squashed(migration)?);
        } else {
            out.extend(workshop.build_all(&[(*migration, None)], Direction::Up)?);
        }
    }
    Ok(out)
}

/// Records migrations as applied, with the texts of their files: all or none.
async fn record_applied(runner: &mut Runner<'_>, works: &[Work], kind: EventKind, reason: &str) -> Result<()> {
    let session = runner.session();
    session.run("BEGIN").await?;
    let result = async {
        for work in works {
            let journal = runner.journal();
            for (sha256, text) in &work.texts {
                for sql in journal.file_sql(sha256, text) {
                    session.run(&sql).await?;
                }
            }
            // The lock is ours and the journal's end was read under it.
            let entry = [
                journal.append_sql(None, &applied_event(runner, work, kind, reason)),
                journal.transition_sql(&applied_row(work)),
                journal.clear_steps_sql(&work.id),
            ];
            session.run(&entry.join("; ")).await?;
        }
        session.run("COMMIT").await
    }
    .await;
    if let Err(e) = result {
        // A dead session has rolled back by itself.
        let _ = session.run("ROLLBACK").await;
        return Err(e.into());
    }
    Ok(())
}

fn applied_event(runner: &Runner<'_>, work: &Work, kind: EventKind, reason: &str) -> Event {
    let mut detail = Map::new();
    detail.insert("reason".into(), json!(reason));
    detail.insert("name".into(), json!(work.name));
    detail.insert("file".into(), json!(work.up.path));
    detail.insert("sha256".into(), json!(work.up.sha256));
    let files = included(work);
    if !files.is_empty() {
        detail.insert("included".into(), json!(files));
    }
    runner.event(kind, Some(&work.id), Some(State::Applied), detail)
}

fn applied_row(work: &Work) -> Transition {
    let record = |f: &surefoot_plan::FileRef| FileRecord { path: f.path.clone(), sha256: f.sha256.clone() };
    let total = work.units.len().max(1);
    Transition {
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
    }
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

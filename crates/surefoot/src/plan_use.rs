//! `plan`: what `up` or `down` would run. Reads only.

use std::collections::HashSet;

use serde_json::{Map, Value, json};
use surefoot_effects::{LockMode, Reach};
use surefoot_executor::{AtticItem, ScriptInput, attic_items, committed_parts, script};
use surefoot_journal::{Event, EventKind, Journal, Recorded, State, StepState};
use surefoot_pg::Session;
use surefoot_plan::{Direction, UnitKind, Work};
use surefoot_source::{Migration, MigrationSet};

use crate::attic::{PlannedKeep, planned_keeps};
use crate::preflight::preflight;
use crate::state::{History, check_history};
use crate::target::Target;
use crate::up::{UpOptions, refuse_unless_single, unchanged_statements};
use crate::work::Workshop;
use crate::{DownOptions, Error, Invocation, Project, Result, TargetSpec};

/// Major version assumed for a target that does not exist yet: the embedded PostgreSQL's.
const ASSUMED_MAJOR: u32 = 17;

/// What would run.
#[derive(Debug, Clone)]
pub enum Wanted {
    /// `up`.
    Up(UpOptions),
    /// `down`.
    Down(DownOptions),
}

/// A plan for one target.
#[derive(Debug)]
pub struct Plan {
    /// Up or down.
    pub direction: Direction,
    /// The migrations, in the order they would run.
    pub works: Vec<Work>,
    /// How many leading parts of each are committed already.
    pub done: Vec<usize>,
    /// Migrations with a statement whose outcome nobody knows; the next run settles it.
    pub in_doubt: Vec<String>,
    /// Everything in one transaction.
    pub single: bool,
    /// The target's journal, when it has one.
    pub journal: Option<Journal>,
    /// Its last event.
    pub head: Option<u64>,
    /// What is in the target's attic.
    pub attic: Vec<AtticItem>,
    /// What the migrations would keep there, of what is there now.
    pub keeps: Vec<PlannedKeep>,
    /// Worth knowing.
    pub warnings: Vec<String>,
    /// Meant for other environments.
    pub elsewhere: Vec<(String, Vec<String>)>,
    /// The newest applied migration now.
    pub current: Option<String>,
    /// The newest applied migration afterwards.
    pub then: Option<String>,
}

/// A lock worth telling about: on something that is there before the migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedLock {
    /// On what.
    pub relation: String,
    /// How strong.
    pub mode: LockMode,
    /// The command that takes it.
    pub tag: String,
    /// Line of the file.
    pub line: usize,
}

/// Something else worth telling about a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hazard {
    /// Stable word: `data loss`, `rewrite`, `scan`, `not transactional`, `cluster-wide role`.
    pub kind: &'static str,
    /// Why.
    pub what: String,
    /// The command.
    pub tag: String,
    /// Line of the file.
    pub line: usize,
}

/// Plans for a target; `target` is `None` for an embedded one that was never started.
///
/// # Errors
/// As `up` or `down` would refuse.
pub async fn plan(
    project: &Project,
    invocation: &Invocation,
    set: &MigrationSet,
    spec: &TargetSpec,
    target: Option<&Target>,
    wanted: &Wanted,
) -> Result<Plan> {
    let session = match target {
        Some(target) => Some(target.connect().await?),
        None => None,
    };
    let result = plan_on(project, invocation, set, spec, target, session.as_ref(), wanted).await;
    if let Some(session) = session {
        session.close().await;
    }
    result
}

async fn plan_on(
    project: &Project,
    invocation: &Invocation,
    set: &MigrationSet,
    spec: &TargetSpec,
    target: Option<&Target>,
    session: Option<&Session>,
    wanted: &Wanted,
) -> Result<Plan> {
    let history = History::read(project, set, &spec.environment, session).await?;
    let rows = history.by_id();
    let mut start = None;
    let (direction, chosen): (Direction, Vec<(&Migration, Option<&Recorded>)>) = match wanted {
        Wanted::Up(options) => {
            let same = unchanged_statements(project, invocation, set, &history);
            check_history(set, &history, options.allow, &same)?;
            let chosen = crate::up::choose(set, &history, options)?;
            let (begun, chosen) = crate::checkpoint::begin(set, &history, chosen)?;
            start = begun;
            (Direction::Up, chosen.into_iter().map(|m| (m, rows.get(m.id.as_str()).copied())).collect())
        }
        Wanted::Down(options) => (Direction::Down, crate::down::choose(set, &history, &options.to)?),
    };
    let single = match wanted {
        Wanted::Up(options) => options.single_transaction,
        Wanted::Down(options) => options.single_transaction,
    };
    let workshop = Workshop {
        project,
        set,
        variables: project.sql_variables(invocation, &spec.environment)?,
        major: session.map_or(ASSUMED_MAJOR, Session::major),
        keep: true,
    };
    let mut works = match session {
        Some(session) => workshop.build_on(session, &chosen, direction).await?,
        None => workshop.build_all(&chosen, direction)?,
    };
    if let Some(checkpoint) = start {
        works.insert(0, workshop.build_checkpoint(checkpoint)?);
    }
    if single {
        refuse_unless_single(&works)?;
    }
    let warnings = works.iter().flat_map(|w| w.warnings.iter().cloned()).collect();
    if let (Some(target), Some(session)) = (target, session)
        && !works.is_empty()
    {
        preflight(target, session, history.journal.as_ref(), &works).await?;
    }
    let head = match (&history.journal, session) {
        (Some(journal), Some(session)) => Some(journal.head(session).await?.seq),
        _ => None,
    };
    let steps = match (&history.journal, session) {
        (Some(journal), Some(session)) if !works.is_empty() => journal.steps(session).await?,
        _ => Vec::new(),
    };
    let (mut done, mut in_doubt) = (Vec::with_capacity(works.len()), Vec::new());
    for work in &works {
        let own: Vec<_> =
            steps.iter().filter(|s| s.migration == work.id && s.direction == direction.as_str()).cloned().collect();
        done.push(committed_parts(work, &own)?);
        if own.iter().any(|s| s.state == StepState::Intent) {
            in_doubt.push(work.id.clone());
        }
    }
    let current = history.current(set).map(|r| r.id.clone());
    let then = newest_after(set, &history, &works, direction);
    let (journal, elsewhere) = (history.journal, history.elsewhere);
    let (attic, keeps) = match (direction, session) {
        (Direction::Down, Some(session)) => (attic_items(session, &project.attic_schema()).await?, Vec::new()),
        (Direction::Down, None) => (Vec::new(), Vec::new()),
        (Direction::Up, session) => (Vec::new(), planned_keeps(session, &works).await?),
    };
    Ok(Plan {
        direction,
        works,
        done,
        in_doubt,
        single,
        journal,
        head,
        attic,
        keeps,
        warnings,
        elsewhere,
        current,
        then,
    })
}

/// The newest applied migration once `works` have run.
fn newest_after(set: &MigrationSet, history: &History, works: &[Work], direction: Direction) -> Option<String> {
    let planned = |id: &str| works.iter().any(|w| w.id == id);
    let stays = history
        .applied_newest_first(set)
        .into_iter()
        .find(|r| r.state == State::Applied && (direction == Direction::Up || !planned(&r.id)));
    let position = |id: &str| set.position(id);
    let added = works.iter().filter(|w| direction == Direction::Up && !w.repeatable).max_by_key(|w| w.position);
    match (stays, added) {
        (Some(stays), Some(added)) if position(&stays.id) > position(&added.id) => Some(stays.id.clone()),
        (_, Some(added)) => Some(added.id.clone()),
        (stays, None) => stays.map(|r| r.id.clone()),
    }
}

impl Plan {
    /// The plan as a script for psql, with the journal entries.
    ///
    /// # Errors
    /// [`Error::Refused`] when the outcome of a statement is in doubt: only a run can settle it.
    pub fn to_sql(&self, project: &Project, invocation: &Invocation, spec: &TargetSpec) -> Result<String> {
        if let Some(id) = self.in_doubt.first() {
            return Err(Error::Refused {
                code: "in-doubt",
                message: format!(
                    "the outcome of a statement of migration {id} is not on record: no script can go on from there"
                ),
                hint: "let `surefoot up` look at the catalog and go on".into(),
            });
        }
        let planned = Journal::planned(project.journal_schema(), &project.name);
        let mut detail = Map::new();
        detail.insert("project".into(), json!(project.name));
        let created = Event {
            kind: EventKind::Created,
            migration: None,
            state: None,
            run: invocation.run.clone(),
            actor: invocation.actor.clone(),
            detail,
        };
        let title = format!(
            "{} of {}: {} for {} ({})\nRun with: psql -X -v ON_ERROR_STOP=1 -f <this file>\n\
             Made for a journal that ends at event {}; on any other it stops before anything runs.{}",
            if self.direction == Direction::Up { "Migrations" } else { "Rollbacks" },
            project.name,
            self.works.len(),
            spec.environment,
            spec.describe(),
            self.head.unwrap_or(0),
            self.elevated(spec),
        );
        let planned_or_there = self.journal.as_ref().unwrap_or(&planned);
        let app = &project.config.application;
        let name = app.name.as_deref().unwrap_or(&project.name);
        let closing = planned_or_there.application_sql(name, app.version.as_deref(), self.then.as_deref());
        Ok(script(ScriptInput {
            works: &self.works,
            done: &self.done,
            single: self.single,
            journal: planned_or_there,
            head: self.head,
            run: &invocation.run,
            actor: &invocation.actor,
            options: &spec.options,
            elevated_role: spec.elevated_role(),
            title: &title,
            created: &created,
            attic: &self.attic,
            closing: &[closing],
        }))
    }

    /// What a script says about migrations that need more than the owner's rights.
    fn elevated(&self, spec: &TargetSpec) -> String {
        let ids: Vec<&str> = self.works.iter().filter(|w| w.settings.elevated).map(|w| w.id.as_str()).collect();
        if ids.is_empty() || spec.elevated_role().is_some() {
            return String::new();
        }
        format!("\nNeeds an elevated role for {}: run it as one that may do what they do.", ids.join(", "))
    }

    /// The plan as JSON.
    pub fn to_json(&self, project: &Project, spec: &TargetSpec) -> Value {
        let migrations: Vec<Value> = self
            .works
            .iter()
            .enumerate()
            .map(|(i, work)| {
                let mut json = work_json(work);
                let keeps: Vec<Value> =
                    self.keeps.iter().filter(|k| k.migration == work.id).map(PlannedKeep::to_json).collect();
                json["keeps"] = json!(keeps);
                json["parts_done"] = json!(self.done.get(i).copied().unwrap_or_default());
                json["in_doubt"] = json!(self.in_doubt.contains(&work.id));
                json
            })
            .collect();
        json!({
            "command": "plan",
            "project": project.name,
            "environment": spec.environment,
            "target": spec.describe(),
            "direction": self.direction.as_str(),
            "current": self.current,
            "then": self.then,
            "single_transaction": self.single,
            "journal_event": self.head,
            "migrations": migrations,
            "warnings": self.warnings,
        })
    }
}

/// The locks a migration takes on relations it did not make itself, the strongest of each.
pub fn planned_locks(work: &Work) -> Vec<PlannedLock> {
    let mut made: HashSet<String> = HashSet::new();
    let mut out: Vec<PlannedLock> = Vec::new();
    for planned in work.units.iter().flat_map(|u| &u.statements) {
        let line = work.script.statements[planned.index].line;
        let effects = &planned.effects;
        for lock in &effects.locks {
            let relation = lock.reach.describe(&lock.relation.to_string());
            if made.contains(&lock.relation.name.to_lowercase()) && lock.reach == Reach::Itself {
                continue;
            }
            // What any reader or writer takes is not worth a line, and what goes with the relation is understood.
            if lock.mode <= LockMode::RowExclusive || matches!(lock.reach, Reach::Children | Reach::Indexes) {
                continue;
            }
            match out.iter_mut().find(|l| l.relation == relation) {
                Some(known) if known.mode >= lock.mode => {}
                Some(known) => {
                    known.mode = lock.mode;
                    known.tag.clone_from(&effects.tag);
                    known.line = line;
                }
                None => out.push(PlannedLock { relation, mode: lock.mode, tag: effects.tag.clone(), line }),
            }
        }
        if effects.tag.starts_with("CREATE")
            && let Some(object) = &effects.object
        {
            made.insert(object.name.to_lowercase());
        }
    }
    out
}

/// What else a migration does that someone may want to know before.
pub fn hazards(work: &Work) -> Vec<Hazard> {
    let mut made: HashSet<String> = HashSet::new();
    let mut out = Vec::new();
    for unit in &work.units {
        for planned in &unit.statements {
            let line = work.script.statements[planned.index].line;
            let effects = &planned.effects;
            let is_made = |o: &surefoot_sql::ObjectName| made.contains(&o.name.to_lowercase());
            let mut touched = effects.locks.iter().filter(|l| l.reach == Reach::Itself).peekable();
            let fresh = effects.object.as_ref().is_some_and(is_made)
                || (touched.peek().is_some() && touched.all(|l| is_made(&l.relation)));
            let mut add = |kind: &'static str, what: &str| {
                out.push(Hazard { kind, what: what.to_owned(), tag: effects.tag.clone(), line });
            };
            if unit.kind == UnitKind::Alone {
                add("not transactional", "runs outside a transaction; its outcome is recorded by itself");
            }
            if !fresh {
                // What is kept is not lost.
                if let Some(loss) = effects.data_loss.as_ref().filter(|_| planned.keep.is_none()) {
                    add("data loss", loss);
                }
                if let Some(reason) = effects.rewrite.reason() {
                    add("rewrite", reason);
                }
                if let Some(reason) = effects.scan.reason() {
                    add("scan", reason);
                }
            }
            if let Some(role) = &effects.creates_role {
                add("cluster-wide role", &format!("role {role} is shared by all databases of the server"));
            }
            if effects.tag.starts_with("CREATE")
                && let Some(object) = &effects.object
            {
                made.insert(object.name.to_lowercase());
            }
        }
    }
    out
}

fn work_json(work: &Work) -> Value {
    let units: Vec<Value> = work
        .units
        .iter()
        .map(|unit| {
            let statements: Vec<Value> = unit
                .statements
                .iter()
                .map(|p| {
                    let statement = &work.script.statements[p.index];
                    json!({ "line": statement.line, "command": p.effects.tag, "sql": work.script.text(statement) })
                })
                .collect();
            json!({
                "transaction": unit.kind != UnitKind::Alone,
                "statements": statements,
            })
        })
        .collect();
    let locks: Vec<Value> = planned_locks(work)
        .iter()
        .map(|l| {
            json!({ "relation": l.relation, "mode": l.mode.name(), "blocks": l.mode.blocks(), "command": l.tag, "line": l.line })
        })
        .collect();
    let hazards: Vec<Value> = hazards(work)
        .iter()
        .map(|h| json!({ "kind": h.kind, "what": h.what, "command": h.tag, "line": h.line }))
        .collect();
    json!({
        "id": work.id,
        "name": work.name,
        "owner": work.owner,
        "file": work.file().path,
        "sha256": work.file().sha256,
        "elevated": work.settings.elevated,
        "header": work.header.iter().map(|(k, v)| (k.clone(), json!(v))).collect::<Map<String, Value>>(),
        "parts": units,
        "locks": locks,
        "hazards": hazards,
    })
}

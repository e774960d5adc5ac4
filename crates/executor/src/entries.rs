//! The journal entries of a migration, as SQL: the same for a run and for the
//! script of a dry run.

use std::time::Duration;

use serde_json::{Map, Value, json};
use surefoot_journal::{Actor, Event, EventKind, FileRecord, Journal, State, StepState, Transition};
use surefoot_pg::Notice;
use surefoot_plan::{Direction, UnitKind, Work};

/// How many notices of one migration the journal keeps, and how long each may be.
const KEPT_NOTICES: usize = 50;
const KEPT_NOTICE_CHARS: usize = 500;

/// Texts that are smaller than this, in bytes, travel with the entry.
const TOGETHER: usize = 256 * 1024;

/// Gives back the role a file switched to: it may not write the journal.
pub(crate) const OWN_ROLE: &str = "RESET SESSION AUTHORIZATION; RESET ROLE";

/// What all entries of a run share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entries<'a> {
    pub(crate) journal: &'a Journal,
    /// The event that must be the last when the entry is made.
    pub(crate) head: Option<u64>,
    pub(crate) run: &'a str,
    pub(crate) actor: &'a Actor,
}

impl Entries<'_> {
    pub(crate) fn event(
        &self,
        kind: EventKind,
        migration: Option<&str>,
        state: Option<State>,
        detail: Map<String, Value>,
    ) -> Event {
        Event {
            kind,
            migration: migration.map(str::to_owned),
            state,
            run: self.run.to_owned(),
            actor: self.actor.clone(),
            detail,
        }
    }

    /// A finished migration, in statements. Large texts go before it: [`Entries::large_texts`].
    pub(crate) fn done(&self, work: &Work, elapsed: Duration, notices: &[Notice]) -> Vec<String> {
        let (kind, state) = match work.direction {
            Direction::Up if work.repeatable => (EventKind::Repeated, State::Applied),
            Direction::Up if !work.replaces.is_empty() => (EventKind::Checkpoint, State::Applied),
            Direction::Up => (EventKind::Applied, State::Applied),
            Direction::Down => (EventKind::Reverted, State::Reverted),
        };
        let total = work.units.len();
        let mut detail = detail(work);
        detail.insert("duration_ms".into(), json!(millis(elapsed)));
        detail.insert("statements".into(), json!(work.statement_count()));
        if total > 1 {
            detail.insert("parts".into(), json!(total));
        }
        if !notices.is_empty() {
            detail.insert("notices".into(), kept(notices));
        }
        let mut entry = vec![
            OWN_ROLE.to_owned(),
            self.journal.entry_sql(
                self.head,
                &self.event(kind, Some(&work.id), Some(state), detail),
                &transition(work, state, total, elapsed),
            ),
        ];
        entry.splice(1..1, self.small_texts(work));
        entry.extend(self.replaced(work));
        if total > 1 || matches!(work.units.first().map(|u| &u.kind), Some(UnitKind::Alone)) {
            entry.push(self.journal.clear_steps_sql(&work.id));
        }
        entry
    }

    /// The other migrations that a checkpoint stands for, each with an event of its own.
    fn replaced(&self, work: &Work) -> Vec<String> {
        let others = work.replaces.iter().filter(|r| r.id != work.id);
        others
            .map(|replaced| {
                let mut detail = Map::new();
                detail.insert("name".into(), json!(replaced.name));
                detail.insert("file".into(), json!(replaced.up.path));
                detail.insert("sha256".into(), json!(replaced.up.sha256));
                detail.insert("checkpoint".into(), json!(work.up.path));
                let event = self.event(EventKind::Checkpoint, Some(&replaced.id), Some(State::Applied), detail);
                self.journal.entry_sql(None, &event, &replaced_row(replaced))
            })
            .collect()
    }

    /// The texts that are too large to travel with the entry, one statement at a time; nothing for small ones.
    pub(crate) fn large_texts<'w>(&self, work: &'w Work) -> impl Iterator<Item = String> + use<'w> {
        let texts = std::iter::once(OWN_ROLE.to_owned()).chain(self.file_texts(work));
        (texts_size(work) >= TOGETHER).then_some(texts).into_iter().flatten()
    }

    /// A committed part, in statements.
    pub(crate) fn part(&self, work: &Work, index: usize, elapsed: Duration) -> Vec<String> {
        let (state, total) = (in_progress(work), work.units.len());
        let mut detail = detail(work);
        detail.insert("part".into(), json!(index + 1));
        detail.insert("of".into(), json!(total));
        detail.insert("duration_ms".into(), json!(millis(elapsed)));
        let kind = if work.units[index].kind == UnitKind::Alone { EventKind::Outcome } else { EventKind::UnitDone };
        let mut entry = vec![
            OWN_ROLE.to_owned(),
            self.journal.entry_sql(
                self.head,
                &self.event(kind, Some(&work.id), Some(state), detail),
                &transition(work, state, index + 1, elapsed),
            ),
            self.step(work, index, StepState::Done),
        ];
        // A partly applied file can be recovered, too.
        if index == 0 {
            entry.extend(self.small_texts(work));
        }
        entry
    }

    /// The announcement of a statement outside a transaction: its event and what goes with it.
    pub(crate) fn intent(
        &self,
        work: &Work,
        index: usize,
        elapsed: Duration,
        indexes_before: Option<Vec<String>>,
    ) -> (Event, Vec<String>) {
        let mut detail = detail(work);
        detail.insert("part".into(), json!(index + 1));
        detail.insert("of".into(), json!(work.units.len()));
        if let Some(planned) = work.units[index].statements.first() {
            detail.insert("command".into(), json!(planned.effects.tag));
        }
        if let Some(before) = indexes_before {
            detail.insert("indexes_before".into(), json!(before));
        }
        let state = in_progress(work);
        let event = self.event(EventKind::Intent, Some(&work.id), Some(state), detail);
        let mut extra = vec![
            self.journal.transition_sql(&transition(work, state, index, elapsed)),
            self.step(work, index, StepState::Intent),
        ];
        extra.extend(self.small_texts(work));
        (event, extra)
    }

    /// The texts a migration runs, to be kept with its entry. Made one statement at a time.
    fn file_texts<'w>(&self, work: &'w Work) -> impl Iterator<Item = String> + use<'w> {
        let journal = self.journal.clone();
        work.texts.iter().flat_map(move |(sha256, text)| journal.file_sql(sha256, text))
    }

    /// Those of files so small that they travel with the entry in one message; nothing for larger ones.
    fn small_texts(&self, work: &Work) -> Vec<String> {
        if texts_size(work) < TOGETHER { self.file_texts(work).collect() } else { Vec::new() }
    }

    fn step(&self, work: &Work, index: usize, state: StepState) -> String {
        let unit = &work.units[index];
        let statement = unit.statements.first().map(|p| p.effects.tag.clone()).unwrap_or_default();
        self.journal.step_sql(&work.id, work.direction.as_str(), index, state, &statement, &work.unit_sha256(unit))
    }
}

fn texts_size(work: &Work) -> usize {
    work.texts.iter().map(|(_, text)| text.len()).sum()
}

/// What every entry of a migration says.
pub(crate) fn detail(work: &Work) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("name".into(), json!(work.name));
    map.insert("direction".into(), json!(work.direction.as_str()));
    map.insert("file".into(), json!(work.file().path));
    map.insert("sha256".into(), json!(work.file().sha256));
    if !work.replaces.is_empty() {
        let ids: Vec<&str> = work.replaces.iter().map(|r| r.id.as_str()).collect();
        map.insert("replaces".into(), json!(ids));
    }
    if let Some(owner) = &work.owner {
        map.insert("owner".into(), json!(owner));
    }
    let files = included(work);
    if !files.is_empty() {
        map.insert("included".into(), json!(files));
    }
    if !work.header.is_empty() {
        let header: Map<String, Value> = work.header.iter().map(|(k, v)| (k.clone(), json!(v))).collect();
        map.insert("header".into(), Value::Object(header));
    }
    map
}

/// Path and SHA-256 of the files that the migration's own includes: the entry says where each kept text was.
pub fn included(work: &Work) -> std::collections::BTreeMap<String, String> {
    // The texts begin with the script's files, in order.
    let files = work.script.files.iter().zip(&work.texts).skip(1);
    files.map(|(file, (sha256, _))| (file.name.clone(), sha256.clone())).collect()
}

/// The row of a migration in a state.
pub(crate) fn transition(work: &Work, state: State, units_done: usize, elapsed: Duration) -> Transition {
    if let Some(own) = work.replaces.iter().find(|r| r.id == work.id) {
        return Transition { duration_ms: millis(elapsed), ..replaced_row(own) };
    }
    let record = |f: &surefoot_plan::FileRef| FileRecord { path: f.path.clone(), sha256: f.sha256.clone() };
    Transition {
        id: work.id.clone(),
        position: work.position,
        name: work.name.clone(),
        owner: work.owner.clone(),
        repeatable: work.repeatable,
        state,
        units_done,
        units_total: work.units.len().max(1),
        up: record(&work.up),
        up_statements: work.up_statements.clone(),
        down: work.down.as_ref().map(record),
        verify: work.verify.as_ref().map(record),
        duration_ms: millis(elapsed),
    }
}

/// The row of a migration that a checkpoint stands for: as if it had been applied by itself.
fn replaced_row(replaced: &surefoot_plan::Replaced) -> Transition {
    let record = |f: &surefoot_plan::FileRef| FileRecord { path: f.path.clone(), sha256: f.sha256.clone() };
    Transition {
        id: replaced.id.clone(),
        position: replaced.position,
        name: replaced.name.clone(),
        owner: replaced.owner.clone(),
        repeatable: false,
        state: State::Applied,
        units_done: 1,
        units_total: 1,
        up: record(&replaced.up),
        up_statements: replaced.up_statements.clone(),
        down: replaced.down.as_ref().map(record),
        verify: replaced.verify.as_ref().map(record),
        duration_ms: 0,
    }
}

/// The state of a migration between its first and its last part.
pub(crate) fn in_progress(work: &Work) -> State {
    match work.direction {
        Direction::Up => State::Applying,
        Direction::Down => State::Reverting,
    }
}

/// `SET LOCAL` for what a migration asks for.
pub(crate) fn local_settings(work: &Work, elevated_role: Option<&str>) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(role) = elevated_role.filter(|_| work.settings.elevated) {
        out.push(format!("SET LOCAL ROLE {}", surefoot_pg::ident(role)));
    }
    if let Some(t) = work.settings.lock_timeout {
        out.push(format!("SET LOCAL lock_timeout = {}", t.as_millis()));
    }
    if let Some(t) = work.settings.statement_timeout {
        out.push(format!("SET LOCAL statement_timeout = {}", t.as_millis()));
    }
    out
}

fn millis(d: Duration) -> u64 {
    u64::try_from(d.as_millis()).unwrap_or(u64::MAX)
}

pub(crate) fn kept(notices: &[Notice]) -> Value {
    let mut list: Vec<Value> = notices
        .iter()
        .take(KEPT_NOTICES)
        .map(|n| {
            let message: String = n.message.chars().take(KEPT_NOTICE_CHARS).collect();
            json!({ "severity": n.severity, "message": message })
        })
        .collect();
    if notices.len() > KEPT_NOTICES {
        list.push(json!({ "severity": "NOTE", "message": format!("{} more", notices.len() - KEPT_NOTICES) }));
    }
    Value::Array(list)
}

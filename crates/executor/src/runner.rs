//! A run: the session, the lock, the journal's head, and one migration after another.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use surefoot_journal::{Actor, Event, EventKind, Journal, State, StepRow};
use surefoot_pg::{Notice, Session, release};
use surefoot_plan::{UnitKind, Work};

use crate::again::{TIMES, has_moved};
use crate::connect::{Connector, RunOptions, acquire, clean_sql};
use crate::entries::Entries;
use crate::watch::Monitor;
use crate::{Error, Interrupt, Observer, Place, Progress, Result, StatementFailure};

/// A migration that was run.
#[derive(Debug, Clone)]
pub struct Done {
    /// Migration id.
    pub id: String,
    /// How long it took.
    pub elapsed: Duration,
    /// Statements run.
    pub statements: usize,
    /// Units that had been committed by an earlier run.
    pub resumed_after: usize,
    /// What went into the attic, or came back.
    pub attic: Vec<crate::AtticChange>,
}

/// A run that holds the migration lock.
pub struct Runner<'a> {
    pub(crate) connector: Connector,
    pub(crate) options: RunOptions,
    pub(crate) journal: Journal,
    pub(crate) session: Session,
    /// The session of the elevated role, while a migration needs it.
    pub(crate) elevated: Option<Session>,
    pub(crate) monitor: Monitor,
    pub(crate) head: u64,
    pub(crate) run: String,
    pub(crate) actor: Actor,
    pub(crate) observer: &'a dyn Observer,
    pub(crate) interrupt: Interrupt,
    pub(crate) locked: bool,
    /// Units under way as last read; `None` when they may have changed since.
    steps: Option<Vec<StepRow>>,
    /// What cleans the session after a file.
    pub(crate) clean: String,
    pub(crate) attic: crate::attic::AtticRun,
    /// The session is being cleaned behind the last commit.
    pub(crate) cleaning: Option<surefoot_pg::Behind>,
}

impl std::fmt::Debug for Runner<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner").field("run", &self.run).field("head", &self.head).finish_non_exhaustive()
    }
}

impl<'a> Runner<'a> {
    /// Takes the migration lock on `session`. The journal may not exist yet; see [`Runner::open`].
    ///
    /// # Errors
    /// [`Error::LockNotObtained`] naming the holder, [`Error::Pooler`].
    pub async fn lock(
        session: &Session,
        schema: &str,
        options: &RunOptions,
        observer: &dyn Observer,
        interrupt: &Interrupt,
    ) -> Result<()> {
        if crate::pooler_in_between(session).await? {
            return Err(Error::Pooler);
        }
        acquire(session, schema, options, observer, interrupt).await
    }

    /// A run on a session that holds the lock and was set up by [`Connector::connect`].
    ///
    /// # Errors
    /// When the journal's head cannot be read.
    #[expect(clippy::too_many_arguments, reason = "a run is what brings these together")]
    pub async fn open(
        connector: Connector,
        options: RunOptions,
        journal: Journal,
        session: Session,
        run: String,
        actor: Actor,
        observer: &'a dyn Observer,
        interrupt: Interrupt,
    ) -> Result<Self> {
        let head = journal.head(&session).await?.seq;
        let clean = clean_sql(&session, &options).await?;
        Ok(Self {
            monitor: Monitor::new(connector.clone(), options.lock_timeout),
            connector,
            options,
            journal,
            session,
            elevated: None,
            head,
            run,
            actor,
            observer,
            interrupt,
            locked: true,
            steps: None,
            attic: crate::attic::AtticRun::default(),
            clean,
            cleaning: None,
        })
    }

    /// The session, between migrations.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Who listens to the run.
    pub fn observer(&self) -> &'a dyn Observer {
        self.observer
    }

    /// The journal.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Gives the lock back and the session with it.
    ///
    /// # Errors
    /// Never for a dead session: its lock is gone with it.
    pub async fn finish(mut self) -> Result<Session> {
        if self.locked && !self.session.is_closed() {
            let released = release(&self.session, Journal::lock_key(self.journal.schema())).await;
            self.locked = false;
            if let Err(e) = released
                && e.class() != surefoot_pg::ErrorClass::ConnectionLost
            {
                return Err(e.into());
            }
        }
        Ok(self.session)
    }

    /// Runs one migration in one direction and records it.
    ///
    /// # Errors
    /// [`Error::Statement`] and others; whatever was not committed is rolled back, and the failure is on record.
    pub async fn run(&mut self, work: &Work) -> Result<Done> {
        let started = Instant::now();
        let mut times = TIMES;
        if work.settings.elevated || !matches!(work.units.first().map(|u| &u.kind), Some(UnitKind::Transaction { .. }))
        {
            self.cleaned().await?;
        }
        let under_way = loop {
            if let Some(known) = self.steps.take() {
                break known;
            }
            match self.journal.steps(&self.session).await {
                Ok(steps) => break steps,
                // Between two migrations nothing can be lost with the connection.
                Err(e) => self.again(None, e.into(), &mut times).await?,
            };
        };
        let own = |s: &&StepRow| s.migration == work.id && s.direction == work.direction.as_str();
        let steps: Vec<StepRow> = under_way.iter().filter(own).cloned().collect();
        let done = committed_parts(work, &steps)?;
        if self.interrupt.is_raised() {
            return Err(Error::Interrupted { migration: None, units_done: 0, units_total: 0 });
        }
        self.enter_attic(work).await?;
        self.observer.observe(&Progress::Started { work, done });
        let mut notices = Vec::new();
        let result = self.run_units(work, done, &steps, started, &mut notices).await;
        self.leave_elevated().await;
        self.drop_locks(work).await;
        if let Err(e) = result {
            self.record_failure(work, &e, &notices).await;
            if !self.session.is_closed() {
                self.clean_session().await?;
            }
            return Err(e);
        }
        let end = work.script.statements.len();
        for echo in work.script.echoes.iter().filter(|e| e.before >= end) {
            self.observer.observe(&Progress::Echo(&echo.text));
        }
        let elapsed = started.elapsed();
        if work.units.iter().all(|u| u.kind != UnitKind::Alone) && work.units.len() <= 1 {
            // One transaction leaves no step, and nobody else writes while the lock is ours.
            self.steps = Some(under_way);
        }
        if self.cleaning.is_none()
            && let Err(e) = self.clean_session().await
        {
            // A new session is a clean one.
            self.again(None, e, &mut times).await?;
        }
        let attic = std::mem::take(&mut self.attic.changes);
        self.observer.observe(&Progress::Finished { work, elapsed });
        for change in &attic {
            self.observer.observe(&Progress::Attic(change));
        }
        Ok(Done { id: work.id.clone(), elapsed, statements: work.statement_count(), resumed_after: done, attic })
    }

    /// Appends an event outside of any migration's transaction.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub async fn record(&mut self, event: &Event, extra_sql: &[String]) -> Result<()> {
        let mut times = TIMES;
        loop {
            let mut sql = String::from("BEGIN; ");
            sql.push_str(&self.journal.append_sql(Some(self.head), event));
            for s in extra_sql {
                sql.push_str("; ");
                sql.push_str(s);
            }
            sql.push_str("; COMMIT");
            let Err(e) = self.session.run(&sql).await else {
                self.head += 1;
                return Ok(());
            };
            // The transaction of the batch is aborted; without this the session stays in it.
            let _ = self.session.run("ROLLBACK").await;
            if has_moved(&e) && times > 0 {
                times -= 1;
                self.moved_on().await?;
            } else if self.again(None, e.into(), &mut times).await? {
                return Ok(());
            }
        }
    }

    /// An event of this run.
    pub fn event(
        &self,
        kind: EventKind,
        migration: Option<&str>,
        state: Option<State>,
        detail: Map<String, Value>,
    ) -> Event {
        self.entries().event(kind, migration, state, detail)
    }

    async fn run_units(
        &mut self,
        work: &Work,
        done: usize,
        steps: &[StepRow],
        started: Instant,
        notices: &mut Vec<Notice>,
    ) -> Result<()> {
        if work.settings.elevated {
            self.enter_elevated(work).await?;
        }
        if done > 0 {
            self.replay_settings(work, done).await?;
        }
        let total = work.units.len();
        if total == 0 || done == total {
            // Nothing to run, or only the check and the last entry are missing.
            return self.settle_with_entry(work, started, notices).await;
        }
        for (index, unit) in work.units.iter().enumerate().skip(done) {
            let last = index + 1 == total;
            match &unit.kind {
                UnitKind::Alone => {
                    let in_doubt = steps.iter().find(|s| s.unit == index);
                    self.alone(work, index, in_doubt, last, started, notices).await?;
                }
                UnitKind::Transaction { rollback, read_only, .. } => {
                    let leaves_nothing = *rollback || *read_only;
                    self.transaction(work, index, last, started, notices).await?;
                    if leaves_nothing && last {
                        self.settle_with_entry(work, started, notices).await?;
                    }
                }
            }
            if !last {
                self.observer.observe(&Progress::UnitCommitted { unit: index + 1, of: total });
            }
        }
        Ok(())
    }

    /// A resumed migration needs the session settings its committed parts had made.
    pub(crate) async fn replay_settings(&mut self, work: &Work, done: usize) -> Result<()> {
        for unit in &work.units[..done] {
            if matches!(unit.kind, UnitKind::Transaction { rollback: true, .. }) {
                continue;
            }
            for planned in &unit.statements {
                let is_session = planned.effects.sets.iter().any(|s| !s.local) || planned.effects.role_change;
                if is_session {
                    let text = work.script.text(&work.script.statements[planned.index]);
                    self.active().run(text).await?;
                }
            }
        }
        Ok(())
    }

    /// The entry of a migration whose last unit could not carry it.
    async fn settle_with_entry(&mut self, work: &Work, started: Instant, notices: &mut Vec<Notice>) -> Result<()> {
        self.entry_alone(work, work.units.len(), true, started, notices).await
    }

    /// An entry in a transaction of its own, after what it tells about; with the check when it is the last. A lost
    /// connection is made again, and the journal asked.
    pub(crate) async fn entry_alone(
        &mut self,
        work: &Work,
        index: usize,
        last: bool,
        started: Instant,
        notices: &mut Vec<Notice>,
    ) -> Result<()> {
        let mut times = TIMES;
        let changes = self.attic.changes.len();
        loop {
            self.begin_attic(changes);
            let e = match self.try_entry(work, index, last, started, notices).await {
                Ok(appended) => {
                    self.head += appended;
                    return Ok(());
                }
                Err(e) => e,
            };
            if !self.is_lost(&e) {
                let _ = self.active().run("ROLLBACK").await;
                if matches!(&e, Error::Pg(e) if has_moved(e)) && times > 0 {
                    times -= 1;
                    self.moved_on().await?;
                    continue;
                }
                return Err(e);
            }
            if self.again(Some(work), e, &mut times).await? {
                return Ok(());
            }
            self.replay_settings(work, index).await?;
        }
    }

    async fn try_entry(
        &mut self,
        work: &Work,
        index: usize,
        last: bool,
        started: Instant,
        notices: &mut Vec<Notice>,
    ) -> Result<u64> {
        self.send("BEGIN").await?;
        let mut announced = 0;
        if last {
            self.put_back_rest(work).await?;
            self.verify(work, notices).await?;
            if self.is_in_attic(work, usize::MAX) {
                announced = self.announce(work).await?;
            }
        }
        self.head += announced;
        let entry = self.entry(work, index, last, started, notices).await;
        self.head -= announced;
        let entry = entry?;
        self.observer.observe(&Progress::Boundary("before-commit"));
        self.send(&format!("{entry}; COMMIT")).await?;
        self.observer.observe(&Progress::Boundary("after-commit"));
        Ok(announced + if last { work.entries() } else { 1 })
    }

    /// The entry of unit `index`, or of the whole migration when it is the last, for the open transaction. Texts that
    /// are too large to travel with it are written.
    pub(crate) async fn entry(
        &mut self,
        work: &Work,
        index: usize,
        last: bool,
        started: Instant,
        notices: &[Notice],
    ) -> std::result::Result<String, surefoot_pg::Error> {
        if last || index == 0 {
            let texts = self.entries().large_texts(work);
            for sql in texts {
                self.send(&sql).await?;
            }
        }
        let entry = if last {
            self.entries().done(work, started.elapsed(), notices)
        } else {
            self.entries().part(work, index, started.elapsed())
        };
        Ok(entry.join("; "))
    }

    pub(crate) fn detail(&self, work: &Work) -> Map<String, Value> {
        crate::entries::detail(work)
    }

    pub(crate) fn entries(&self) -> Entries<'_> {
        Entries { journal: &self.journal, head: Some(self.head), run: &self.run, actor: &self.actor }
    }

    pub(crate) async fn record_failure(&mut self, work: &Work, error: &Error, notices: &[Notice]) {
        if self.session.is_closed() {
            return;
        }
        let (kind, mut detail) = match error {
            Error::Interrupted { .. } => (EventKind::Interrupted, self.detail(work)),
            Error::LockNotObtained { .. } | Error::TakenOver { .. } => return,
            _ => (EventKind::Failed, self.detail(work)),
        };
        match error {
            Error::Statement(f) => {
                detail.insert("place".into(), json!(f.place.to_string()));
                detail.insert("command".into(), json!(f.tag));
                detail.insert("attempts".into(), json!(f.attempts));
                detail.insert("parts_done".into(), json!(f.units_done));
                // Only the primary message: DETAIL quotes rows.
                detail.insert("message".into(), json!(f.error.to_string()));
                if let Some(code) = f.error.code() {
                    detail.insert("sqlstate".into(), json!(code));
                }
            }
            other => {
                detail.insert("message".into(), json!(other.to_string()));
            }
        }
        if !notices.is_empty() {
            detail.insert("notices".into(), crate::entries::kept(notices));
        }
        let event = self.event(kind, Some(&work.id), None, detail);
        // The failure itself is reported in any case; a journal that cannot be written now must not hide it.
        let _ = self.record(&event, &[]).await;
    }

    /// Undoes what a file left in the session.
    pub(crate) async fn clean_session(&self) -> Result<()> {
        self.session.run(&self.clean).await?;
        Ok(())
    }

    /// The session that runs the statements of the current migration.
    pub(crate) fn active(&self) -> &Session {
        self.elevated.as_ref().unwrap_or(&self.session)
    }

    /// The end of a run that its user stopped.
    pub(crate) fn interrupted(&self, work: &Work, units_done: usize) -> Error {
        Error::Interrupted { migration: Some(work.id.clone()), units_done, units_total: work.units.len() }
    }

    /// The failure of a statement, with its place in the file.
    pub(crate) fn failure(
        &self,
        work: &Work,
        statement: usize,
        tag: &str,
        error: surefoot_pg::Error,
        attempts: u32,
        units_done: usize,
    ) -> Error {
        use surefoot_pg::ErrorClass as Class;
        // What would have been tried again was not, because the user asked to stop.
        let stopped = matches!(
            error.class(),
            Class::Cancelled | Class::LockTimeout | Class::Deadlock | Class::Serialization | Class::ConnectionLost
        );
        if stopped && self.interrupt.is_raised() {
            return self.interrupted(work, units_done);
        }
        let position = error.server().and_then(|e| e.position);
        let (place, source_line) = error
            .server()
            .and_then(|e| copy_place(&work.script, statement, e.context.as_deref()?))
            .unwrap_or_else(|| place(&work.script, statement, position));
        Error::Statement(Box::new(StatementFailure {
            migration: work.id.clone(),
            place,
            source_line,
            tag: tag.to_owned(),
            blockers: self.monitor.last.clone(),
            error,
            attempts,
            units_done,
            units_total: work.units.len(),
        }))
    }
}

/// The number of leading parts that are committed, by the steps of the migration in its direction; each must read as it
/// did then.
///
/// # Errors
/// [`Error::PartChanged`].
pub fn committed_parts(work: &Work, steps: &[StepRow]) -> Result<usize> {
    let mut done = 0;
    for (index, unit) in work.units.iter().enumerate() {
        let Some(step) = steps.iter().find(|s| s.unit == index) else { break };
        if step.sha256 != work.unit_sha256(unit) {
            return Err(Error::PartChanged {
                migration: work.id.clone(),
                file: work.file().path.clone(),
                unit: index + 1,
            });
        }
        if step.state == surefoot_journal::StepState::Intent {
            break;
        }
        done = index + 1;
    }
    if let Some(beyond) = steps.iter().find(|s| s.unit >= work.units.len()) {
        return Err(Error::PartChanged {
            migration: work.id.clone(),
            file: work.file().path.clone(),
            unit: beyond.unit + 1,
        });
    }
    Ok(done)
}

/// The line of `COPY` data that the server's context names (`COPY t, line 3, column at: ...`); `None` for other errors.
/// Servers that speak another language write the same with another word for the line, or without one.
fn copy_place(
    script: &surefoot_sql::script::Script,
    statement: usize,
    context: &str,
) -> Option<(Place, Option<String>)> {
    let statement = script.statements.get(statement)?;
    let data = statement.copy_data.clone()?;
    let number = copy_line(context)?;
    let source = script.files.get(statement.file)?;
    let before = source.text.get(..data.start)?.matches('\n').count();
    // Its text is not shown: it is a row.
    Some((Place { file: source.name.clone(), line: before + number, column: 1 }, None))
}

fn copy_line(context: &str) -> Option<usize> {
    let told = context.split('\n').find_map(|line| line.strip_prefix("COPY "))?;
    // Behind the table's name, which may hold digits itself.
    let (_, place) = told.split_once([',', '、'])?;
    let digits = place.trim_start_matches(|c: char| !c.is_ascii_digit()).split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok().filter(|n| *n > 0)
}

/// Where in its file a statement is, or the character of it that the server pointed at; and that line.
pub fn place(
    script: &surefoot_sql::script::Script,
    statement: usize,
    position: Option<u32>,
) -> (Place, Option<String>) {
    let Some(statement) = script.statements.get(statement) else {
        let file = script.files.first().map_or_else(String::new, |f| f.name.clone());
        return (Place { file, line: 1, column: 1 }, None);
    };
    let source = script.files.get(statement.file);
    let text = source.map_or("", |f| &f.text);
    let file = source.map_or_else(String::new, |f| f.name.clone());
    // The line is known; only errors pay for counting through the file.
    let (offset, line) = match position {
        None => (statement.start, statement.line),
        Some(p) => {
            let found = script.position(statement, usize::try_from(p).unwrap_or(1));
            (found.offset, found.at.line)
        }
    };
    let offset = offset.min(text.len());
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let begin = text[..offset].rfind('\n').map_or(mark.min(offset), |i| i + 1);
    let end = text[offset..].find('\n').map_or(text.len(), |i| offset + i);
    let column = text[begin..offset].chars().count() + 1;
    let line_text = text[begin..end].trim_end_matches('\r').to_owned();
    (Place { file, line, column }, Some(line_text))
}

#[cfg(test)]
mod tests {
    use super::copy_line;

    #[test]
    fn the_line_of_copy_data() {
        for (context, line) in [
            ("COPY t1, line 3, column at: \"x, line 9\"", Some(3)),
            ("COPY t1, Zeile 12, Spalte b: »x«", Some(12)),
            ("COPY t1, ligne 3, colonne b : « x »", Some(3)),
            ("COPY t1、行 7、列 b: \"x\"", Some(7)),
            ("SQL statement\nCOPY t1, строка 5", Some(5)),
            ("PL/pgSQL function f() line 3 at RAISE", None),
            ("COPY t1", None),
        ] {
            assert_eq!(copy_line(context), line, "{context}");
        }
    }
}

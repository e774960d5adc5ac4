//! A unit that is one transaction: tried, and tried again where that is safe.

use std::time::{Duration, Instant};

use surefoot_pg::{ErrorClass, Notice};
use surefoot_plan::{Direction, UnitKind, Work};

use crate::again::has_moved;
use crate::entries::OWN_ROLE;
use crate::guard::may_unlock;
use crate::runner::place;
use crate::watch::{Watched, attended};
use crate::{Error, Place, Progress, Result, Runner};

/// A transaction that took longer is worth a look at the journal before its entry.
const LONG: Duration = Duration::from_millis(200);

/// A first statement shorter than this, in bytes, travels with its `BEGIN`; a longer one is not worth the copy.
const OPENED: usize = 64 * 1024;

/// Where a try failed.
pub(crate) enum Failed {
    /// At a statement.
    Statement { index: usize, error: surefoot_pg::Error },
    /// At `BEGIN`, at our own entry, or at `COMMIT`.
    Around { error: surefoot_pg::Error, committing: bool },
    /// For a reason that no other try changes.
    Final(Error),
}

impl Runner<'_> {
    /// Runs unit `index`; `last` brings the migration's entry with it.
    pub(crate) async fn transaction(
        &mut self,
        work: &Work,
        index: usize,
        last: bool,
        started: Instant,
        notices: &mut Vec<Notice>,
    ) -> Result<()> {
        if work.keeps() {
            self.copy_ahead(work, index).await?;
        }
        let tries = work.settings.retries.unwrap_or(self.options.retry_attempts) + 1;
        let mut attempt = 1;
        let changes = self.attic.changes.len();
        loop {
            let kept = notices.len();
            self.begin_attic(changes);
            let failed = match self.try_transaction(work, index, last, started, notices).await {
                Ok(appended) => {
                    self.head += appended;
                    return Ok(());
                }
                Err(failed) => failed,
            };
            let (at, error, committing) = match failed {
                Failed::Final(error) => {
                    // A dead session has rolled back by itself.
                    self.roll_back().await;
                    if work.units[index].statements.iter().any(|p| may_unlock(&p.effects)) {
                        self.keep_lock().await?;
                    }
                    return Err(error);
                }
                Failed::Statement { index, error } => (Some(index), error, false),
                Failed::Around { error, committing } => (None, error, committing),
            };
            let class = error.class();
            let lost = class == ErrorClass::ConnectionLost || self.active().is_closed();
            if lost {
                if self.interrupt.is_raised() {
                    return Err(self.interrupted(work, index));
                }
                let recorded = self.reconnect(Some(work), &error).await?;
                // The answer to COMMIT was lost: the journal knows whether it took place.
                if committing && recorded {
                    return Ok(());
                }
            } else {
                self.roll_back().await;
                if work.units[index].statements.iter().any(|p| may_unlock(&p.effects)) {
                    self.keep_lock().await?;
                }
            }
            if self.hold_back(&error) {
                notices.truncate(kept);
                continue;
            }
            let moved = at.is_none() && has_moved(&error);
            if moved {
                self.moved_on().await?;
            }
            let again = lost
                || moved
                || matches!(class, ErrorClass::LockTimeout | ErrorClass::Deadlock | ErrorClass::Serialization);
            if !again || attempt >= tries || self.interrupt.is_raised() {
                let planned = &work.units[index].statements;
                let statement = at.or_else(|| planned.last().map(|p| p.index)).unwrap_or_default();
                let tag = match at {
                    Some(i) => {
                        planned.iter().find(|p| p.index == i).map_or_else(String::new, |p| p.effects.tag.clone())
                    }
                    None => "COMMIT".to_owned(),
                };
                return Err(self.failure(work, statement, &tag, error, attempt, index));
            }
            notices.truncate(kept);
            let pause = pause(self.options.retry_delay, attempt);
            attempt += 1;
            self.observer.observe(&Progress::Retry { attempt, of: tries, reason: &error.to_string(), pause });
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.interrupt.raised() => {}
            }
            if self.interrupt.is_raised() {
                return Err(self.interrupted(work, index));
            }
            if lost {
                self.replay_settings(work, index).await?;
            }
        }
    }

    async fn try_transaction(
        &mut self,
        work: &Work,
        index: usize,
        last: bool,
        started: Instant,
        notices: &mut Vec<Notice>,
    ) -> std::result::Result<u64, Failed> {
        let around = |error| Failed::Around { error, committing: false };
        let unit = &work.units[index];
        let UnitKind::Transaction { begin, rollback, read_only, .. } = &unit.kind else {
            return Err(Failed::Final(Error::Pg(surefoot_pg::Error::Unexpected("not a transaction".into()))));
        };
        let begun = Instant::now();
        self.observer.observe(&Progress::Boundary("before-begin"));
        let settings = self.local_settings(work);
        // Where settings follow, an error may be theirs.
        let first = unit.statements.first().filter(|p| {
            let statement = &work.script.statements[p.index];
            settings.is_empty()
                && !may_unlock(&p.effects)
                && !self.concerns_attic(work, p)
                && work.script.copy_data(statement).is_none()
                && work.script.text(statement).len() < OPENED
        });
        match first {
            Some(planned) => {
                self.first_statement(begin, work, planned.index, notices)
                    .await
                    .map_err(|error| Failed::Statement { index: planned.index, error })?;
                self.observer.observe(&Progress::Boundary("after-statement"));
            }
            None => self.begin(&format!("{begin}{settings}")).await.map_err(around)?,
        }
        let mut guarded = false;
        for planned in unit.statements.iter().skip(usize::from(first.is_some())) {
            if !guarded && may_unlock(&planned.effects) {
                let sql = self.hold_in_transaction();
                self.send(&sql).await.map_err(around)?;
                guarded = true;
            }
            self.statement_kept(work, planned, notices)
                .await
                .map_err(|error| Failed::Statement { index: planned.index, error })?;
            self.observer.observe(&Progress::Boundary("after-statement"));
        }
        let leaves_nothing = *rollback || *read_only;
        if last && !leaves_nothing {
            self.put_back_rest(work).await.map_err(around)?;
            self.verify(work, notices).await.map_err(|e| match e {
                Error::Pg(error) => around(error),
                other => Failed::Final(other),
            })?;
        }
        if guarded {
            let sql = self.hold_beyond_transaction();
            self.send(&sql).await.map_err(around)?;
        }
        if leaves_nothing {
            self.send(if *rollback { "ROLLBACK" } else { "COMMIT" }).await.map_err(around)?;
            return Ok(0);
        }
        if begun.elapsed() > LONG {
            // A refused command may have been recorded meanwhile; that is no reason to do all this again. A role the
            // file switched to may not read the journal.
            self.send(OWN_ROLE).await.map_err(around)?;
            self.catch_up().await.map_err(|e| match e {
                Error::Pg(error) | Error::Journal(surefoot_journal::Error::Pg(error)) => around(error),
                other => Failed::Final(other),
            })?;
        }
        let announced = if self.is_in_attic(work, index) {
            self.announce(work).await.map_err(|e| self.entry_error(e))?
        } else {
            0
        };
        self.head += announced;
        let entry = self.entry(work, index, last, started, notices).await;
        self.head -= announced;
        let entry = entry.map_err(|e| self.entry_error(e))?;
        self.observer.observe(&Progress::Boundary("before-commit"));
        let committed = self.commit(&entry, last && index == 0).await;
        self.late_notices(work, unit.statements.last().map_or(0, |p| p.index));
        committed?;
        self.observer.observe(&Progress::Boundary("after-commit"));
        Ok(announced + if last { work.entries() } else { 1 })
    }

    /// The entry and `COMMIT` in one round trip: the server makes a rollback of `COMMIT` when the entry fails. With
    /// `whole`, the session is cleaned behind them.
    async fn commit(&mut self, entry: &str, whole: bool) -> std::result::Result<(), Failed> {
        let session = self.elevated.as_ref().unwrap_or(&self.session);
        let clean = if whole && self.elevated.is_none() { Some(self.clean.as_str()) } else { None };
        let messages = [entry, "COMMIT"];
        let sent = async {
            let outcomes = session.run_pipelined(&messages);
            match clean {
                Some(clean) => {
                    let behind = session.run_behind(clean);
                    let (outcomes, behind) = tokio::join!(outcomes, behind);
                    (outcomes, Some(behind))
                }
                None => (outcomes.await, None),
            }
        };
        let committing = |error| Failed::Around { error, committing: true };
        let sent = attended(session, &mut self.monitor, self.observer, sent).await;
        let (outcomes, cleaning) = sent.map_err(committing)?;
        self.cleaning = cleaning;
        let mut outcomes = outcomes.into_iter();
        if let Some(Err(error)) = outcomes.next() {
            return Err(self.entry_error(error));
        }
        if let Some(Err(error)) = outcomes.next() {
            return Err(committing(error));
        }
        Ok(())
    }

    /// Sees to it that the session was cleaned behind the last commit.
    pub(crate) async fn cleaned(&mut self) -> Result<()> {
        if let Some(cleaning) = self.cleaning.take()
            && !cleaning.was_good().await
        {
            self.clean_session().await?;
        }
        Ok(())
    }

    /// `BEGIN`, in a session that is clean: it was cleaned behind the last commit, without waiting for that.
    async fn begin(&mut self, opening: &str) -> std::result::Result<(), surefoot_pg::Error> {
        let begun = self.send(opening).await;
        if let Some(cleaning) = self.cleaning.take()
            && !cleaning.was_good().await
        {
            self.roll_back().await;
            self.session.run(&self.clean).await?;
            return self.send(opening).await.map(drop);
        }
        begun.map(drop)
    }

    /// Ends a failed transaction. Where `COMMIT` has done so the server warns, and nobody wants to hear it.
    pub(crate) async fn roll_back(&self) {
        let _ = self.active().run("ROLLBACK").await;
        let _ = self.active().take_notices();
    }

    /// What triggers that waited for `COMMIT` had to say: too late for the entry, and not of the next statement.
    fn late_notices(&self, work: &Work, statement: usize) {
        let (place, _) = place(&work.script, statement, None);
        for notice in self.active().take_notices() {
            self.observer.observe(&Progress::Notice { work, place: place.clone(), notice: &notice });
        }
    }

    /// Our own entry failed: the journal may not be written, or something else. When it was the connection, `COMMIT`
    /// may have arrived all the same.
    fn entry_error(&self, error: surefoot_pg::Error) -> Failed {
        match error.code() {
            Some("42501") => Failed::Final(Error::Journal(surefoot_journal::Error::NoAccess {
                role: self.active().url().user().to_owned(),
                schema: self.journal.schema().to_owned(),
                what: "write",
            })),
            _ => Failed::Around { error, committing: true },
        }
    }

    /// Runs one statement and tells about it.
    pub(crate) async fn statement(
        &mut self,
        work: &Work,
        index: usize,
        notices: &mut Vec<Notice>,
    ) -> std::result::Result<surefoot_pg::Outcome, surefoot_pg::Error> {
        self.statement_behind(None, work, index, notices).await
    }

    /// Runs the first statement of a transaction in one message with its `BEGIN`, in a session that is clean.
    async fn first_statement(
        &mut self,
        begin: &str,
        work: &Work,
        index: usize,
        notices: &mut Vec<Notice>,
    ) -> std::result::Result<(), surefoot_pg::Error> {
        let kept = notices.len();
        let run = self.statement_behind(Some(begin), work, index, notices).await;
        if let Some(cleaning) = self.cleaning.take()
            && !cleaning.was_good().await
            && !self.active().is_closed()
        {
            self.roll_back().await;
            notices.truncate(kept);
            self.session.run(&self.clean).await?;
            return self.statement_behind(Some(begin), work, index, notices).await.map(drop);
        }
        run.map(drop)
    }

    async fn statement_behind(
        &mut self,
        opening: Option<&str>,
        work: &Work,
        index: usize,
        notices: &mut Vec<Notice>,
    ) -> std::result::Result<surefoot_pg::Outcome, surefoot_pg::Error> {
        let statement = &work.script.statements[index];
        for echo in work.script.echoes.iter().filter(|e| e.before == index) {
            self.observer.observe(&Progress::Echo(&echo.text));
        }
        let text = work.script.text(statement);
        let (place, _) = place(&work.script, index, None);
        self.observer.observe(&Progress::Statement { work, number: index + 1, place: place.clone(), text });
        let begun = Instant::now();
        let session = self.elevated.as_ref().unwrap_or(&self.session);
        let watched = Watched {
            session,
            monitor: &mut self.monitor,
            observer: self.observer,
            interrupt: &self.interrupt,
            work,
            place: &place,
            notices,
        };
        let outcome = watched.run(opening, text, work.script.copy_data(statement).map(str::as_bytes)).await?;
        self.observer.observe(&Progress::StatementDone { elapsed: begun.elapsed(), rows: outcome.rows });
        Ok(outcome)
    }

    /// Runs the migration's check inside the open transaction and leaves no trace of it.
    pub(crate) async fn verify(&mut self, work: &Work, notices: &mut Vec<Notice>) -> Result<()> {
        let Some(script) = &work.verify_script else { return Ok(()) };
        if work.direction == Direction::Down || script.statements.is_empty() {
            return Ok(());
        }
        self.active().run("SAVEPOINT surefoot_verify").await?;
        for (index, statement) in script.statements.iter().enumerate() {
            if statement.kind.is_transaction_boundary() {
                continue;
            }
            let (place, _) = place(script, index, None);
            let session = self.elevated.as_ref().unwrap_or(&self.session);
            let watched = Watched {
                session,
                monitor: &mut self.monitor,
                observer: self.observer,
                interrupt: &self.interrupt,
                work,
                place: &place,
                notices,
            };
            let result = watched.run(None, script.text(statement), None).await;
            let failed = |place: Place, reason: String| Error::Verify {
                migration: work.id.clone(),
                place,
                reason,
                units_done: work.units.len().saturating_sub(1),
                units_total: work.units.len(),
            };
            match result {
                Ok(outcome) => {
                    if self.is_false(script.text(statement), &outcome.false_in).await? {
                        return Err(failed(place, "a query of the check returned false".into()));
                    }
                }
                Err(e) if e.class() == ErrorClass::ConnectionLost => return Err(e.into()),
                Err(e) => {
                    let position = e.server().and_then(|s| s.position);
                    return Err(failed(crate::runner::place(script, index, position).0, e.to_string()));
                }
            }
        }
        self.active().run("ROLLBACK TO SAVEPOINT surefoot_verify; RELEASE SAVEPOINT surefoot_verify").await?;
        Ok(())
    }

    /// Whether one of the columns that read `f` is a boolean. Where the server cannot tell it is taken for one: a
    /// check fails rather than passes by mistake.
    async fn is_false(&self, query: &str, columns: &[usize]) -> Result<bool> {
        if columns.is_empty() {
            return Ok(false);
        }
        self.active().run("SAVEPOINT surefoot_types").await?;
        let booleans = self.active().booleans(query).await;
        self.active().run("ROLLBACK TO SAVEPOINT surefoot_types; RELEASE SAVEPOINT surefoot_types").await?;
        Ok(booleans.map_or(true, |booleans| columns.iter().any(|i| booleans.contains(i))))
    }

    /// `SET LOCAL` for what this migration asks for, to follow `BEGIN` in the same message.
    fn local_settings(&self, work: &Work) -> String {
        let role = self.connector.elevated_role.as_deref().filter(|_| self.elevated.is_none());
        crate::entries::local_settings(work, role).iter().map(|s| format!("; {s}")).collect()
    }
}

/// A pause that grows with each attempt, with jitter.
pub(crate) fn pause(first: Duration, attempt: u32) -> Duration {
    let grown = first.saturating_mul(1 << attempt.saturating_sub(1).min(5)).min(Duration::from_secs(30));
    let jitter = 0.5 + fastrand::f64();
    grown.mul_f64(jitter)
}

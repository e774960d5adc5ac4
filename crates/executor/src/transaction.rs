//! A unit that is one transaction: tried, and tried again where that is safe.

use std::time::{Duration, Instant};

use surefoot_journal::{State, StepState};
use surefoot_pg::{ErrorClass, Notice, Session, literal};
use surefoot_plan::{Direction, UnitKind, Work};

use crate::connect::acquire;
use crate::runner::place;
use crate::watch::Watched;
use crate::{Error, Place, Progress, Result, Runner};

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
        let tries = work.settings.retries.unwrap_or(self.options.retry_attempts) + 1;
        let mut attempt = 1;
        loop {
            let kept = notices.len();
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
                    let _ = self.active().run("ROLLBACK").await;
                    return Err(error);
                }
                Failed::Statement { index, error } => (Some(index), error, false),
                Failed::Around { error, committing } => (None, error, committing),
            };
            let class = error.class();
            let lost = class == ErrorClass::ConnectionLost || self.active().is_closed();
            if lost {
                if self.interrupt.is_raised() {
                    return Err(Error::Interrupted {
                        migration: Some(work.id.clone()),
                        units_done: index,
                        units_total: work.units.len(),
                    });
                }
                self.reconnect(work, &error).await?;
                // The answer to COMMIT was lost: the journal knows whether it took place.
                if committing && self.unit_is_recorded(work, index, last).await? {
                    return Ok(());
                }
            } else {
                let _ = self.active().run("ROLLBACK").await;
            }
            let again = lost
                || matches!(class, ErrorClass::LockTimeout | ErrorClass::Deadlock | ErrorClass::Serialization);
            if !again || attempt >= tries || self.interrupt.is_raised() {
                let planned = &work.units[index].statements;
                let statement = at.or_else(|| planned.last().map(|p| p.index)).unwrap_or_default();
                let tag = match at {
                    Some(i) => planned.iter().find(|p| p.index == i).map_or_else(String::new, |p| p.effects.tag.clone()),
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
            if lost {
                self.back_to_unit(work, index).await?;
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
        self.observer.observe(&Progress::Boundary("before-begin"));
        let mut opening = begin.clone();
        opening.push_str(&self.local_settings(work));
        self.active().run(&opening).await.map_err(around)?;
        for planned in &unit.statements {
            self.statement(work, planned.index, notices)
                .await
                .map_err(|error| Failed::Statement { index: planned.index, error })?;
            self.observer.observe(&Progress::Boundary("after-statement"));
        }
        if *rollback {
            self.active().run("ROLLBACK").await.map_err(around)?;
            return Ok(0);
        }
        if *read_only {
            self.active().run("COMMIT").await.map_err(around)?;
            return Ok(0);
        }
        if last {
            self.verify(work, notices).await.map_err(|e| match e {
                Error::Pg(error) => around(error),
                other => Failed::Final(other),
            })?;
        }
        self.write_entry(work, index, last, started, notices).await.map_err(|e| self.entry_error(e))?;
        self.observer.observe(&Progress::Boundary("before-commit"));
        self.active().run("COMMIT").await.map_err(|error| Failed::Around { error, committing: true })?;
        self.observer.observe(&Progress::Boundary("after-commit"));
        Ok(1)
    }

    /// Our own entry failed: the journal moved on, or may not be written.
    fn entry_error(&self, error: surefoot_pg::Error) -> Failed {
        match error.code() {
            Some("SF001") => Failed::Final(Error::TakenOver { expected: self.head, found: 0 }),
            Some("42501") => Failed::Final(Error::Journal(surefoot_journal::Error::NoAccess {
                role: self.active().url().user().to_owned(),
                schema: self.journal.schema().to_owned(),
                what: "write",
            })),
            _ => Failed::Around { error, committing: false },
        }
    }

    /// Runs one statement and tells about it.
    pub(crate) async fn statement(
        &mut self,
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
        let outcome = watched.run(text, work.script.copy_data(statement).map(str::as_bytes)).await?;
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
            let result = watched.run(script.text(statement), None).await;
            let failed = |place: Place, reason: String| Error::Verify {
                migration: work.id.clone(),
                place,
                reason,
                units_done: work.units.len().saturating_sub(1),
                units_total: work.units.len(),
            };
            match result {
                Ok(outcome) if outcome.any_false => {
                    return Err(failed(place, "a query of the check returned false".into()));
                }
                Ok(_) => {}
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

    /// `SET LOCAL` for what this migration asks for, to follow `BEGIN` in the same message.
    fn local_settings(&self, work: &Work) -> String {
        let role = self.connector.elevated_role.as_deref().filter(|_| self.elevated.is_none());
        crate::entries::local_settings(work, role).iter().map(|s| format!("; {s}")).collect()
    }

    /// A new session after a lost one: with the lock, and with nobody having written in between.
    pub(crate) async fn reconnect(&mut self, work: &Work, error: &surefoot_pg::Error) -> Result<()> {
        let old = self.session.pid();
        let main_lost = self.session.is_closed() || self.elevated.is_none();
        self.elevated = None;
        if main_lost {
            self.locked = false;
            self.session = self.connect_again(error).await?;
            end_orphan(&self.session, old, &self.connector.application_name).await;
            acquire(&self.session, self.journal.schema(), &self.options, self.observer, &self.interrupt).await?;
            self.locked = true;
        }
        let head = self.journal.head(&self.session).await?.seq;
        if head != self.head {
            // Our own commit whose answer was lost, or somebody else's.
            let ours = self
                .journal
                .events(&self.session, self.head, 2, None)
                .await?
                .iter()
                .all(|e| e.run.as_deref() == Some(&self.run) && e.migration.as_deref() == Some(&work.id));
            if !ours {
                return Err(Error::TakenOver { expected: self.head, found: head });
            }
            self.head = head;
        }
        if work.settings.elevated {
            self.enter_elevated(work).await?;
        }
        Ok(())
    }

    /// The server may be restarting: be patient for as long as for another run.
    async fn connect_again(&self, error: &surefoot_pg::Error) -> Result<Session> {
        let begun = Instant::now();
        let mut attempt = 1;
        loop {
            match self.connector.connect(&self.options).await {
                Ok(session) => return Ok(session),
                Err(e) => {
                    if begun.elapsed() > self.options.migration_lock_timeout || self.interrupt.is_raised() {
                        return Err(e);
                    }
                    let pause = pause(self.options.retry_delay, attempt);
                    self.observer.observe(&Progress::Retry {
                        attempt: attempt + 1,
                        of: 0,
                        reason: &format!("{error}; {e}"),
                        pause,
                    });
                    attempt += 1;
                    tokio::select! {
                        () = tokio::time::sleep(pause) => {}
                        () = self.interrupt.raised() => {}
                    }
                }
            }
        }
    }

    /// Session settings of the parts before, after a new connection.
    async fn back_to_unit(&mut self, work: &Work, index: usize) -> Result<()> {
        for unit in &work.units[..index] {
            for planned in &unit.statements {
                if planned.effects.sets.iter().any(|s| !s.local) || planned.effects.role_change {
                    self.active().run(work.script.text(&work.script.statements[planned.index])).await?;
                }
            }
        }
        Ok(())
    }

    /// Whether the journal has the entry of a unit.
    async fn unit_is_recorded(&mut self, work: &Work, index: usize, last: bool) -> Result<bool> {
        if last {
            let wanted = if work.direction == Direction::Up { State::Applied } else { State::Reverted };
            let events = self.journal.events(&self.session, self.head.saturating_sub(1), 1, Some(&work.id)).await?;
            return Ok(events.iter().any(|e| {
                e.run.as_deref() == Some(&self.run) && e.state.as_deref() == Some(wanted.as_str())
            }));
        }
        let steps = self.journal.steps(&self.session).await?;
        Ok(steps.iter().any(|s| {
            s.migration == work.id
                && s.direction == work.direction.as_str()
                && s.unit == index
                && s.state == StepState::Done
        }))
    }
}

/// A pause that grows with each attempt, with jitter.
pub(crate) fn pause(first: Duration, attempt: u32) -> Duration {
    let grown = first.saturating_mul(1 << attempt.saturating_sub(1).min(5)).min(Duration::from_secs(30));
    let jitter = 0.5 + fastrand::f64();
    grown.mul_f64(jitter)
}

/// Ends the server session of a connection that we lost, so that its lock does not keep us waiting. Only a session of
/// the same program and pid is touched; a role may always end its own sessions.
async fn end_orphan(session: &Session, pid: i32, application: &str) {
    // Not being allowed to only means that we wait for the server to notice.
    let _ = session
        .run(&format!(
            "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity \
             WHERE pid = {pid} AND application_name = {} AND pid <> pg_catalog.pg_backend_pid()",
            literal(application)
        ))
        .await;
}

//! A statement that no transaction protects: announced, run, and its outcome
//! recorded. After a crash the catalog decides, never blind repetition.

use std::time::{Duration, Instant};

use serde_json::json;
use surefoot_effects::{Effects, Settle, TransactionRule};
use surefoot_journal::{EventKind, StepRow};
use surefoot_pg::{ErrorClass, Notice, literal};
use surefoot_plan::Work;

use crate::entries::{in_progress, transition};
use crate::guard::may_unlock;
use crate::runner::place;
use crate::settle::{Found, look, repairs};
use crate::transaction::pause;
use crate::watch::run_attended;
use crate::{Error, Progress, Result, Runner};

impl Runner<'_> {
    /// Runs the single statement of unit `index`.
    pub(crate) async fn alone(
        &mut self,
        work: &Work,
        index: usize,
        in_doubt: Option<&StepRow>,
        last: bool,
        started: Instant,
        notices: &mut Vec<Notice>,
    ) -> Result<()> {
        let Some(planned) = work.units[index].statements.first() else { return Ok(()) };
        let statement = planned.index;
        let effects = &planned.effects;
        if let Some(step) = in_doubt {
            self.wait_for_orphan(work, step).await?;
            if self.settled(work, index, effects, statement).await? {
                return self.outcome(work, index, last, started, notices).await;
            }
        } else {
            // An INVALID index of that name, left by whoever, would be taken for done by IF NOT EXISTS; a detach that
            // someone else began is finished, not begun again.
            let finishes = matches!(effects.settle, Some(Settle::DetachConcurrently { .. }))
                && look(self.active(), effects, None).await? == Found::Half;
            if !finishes {
                self.repair(effects, None, Duration::ZERO).await?;
            }
            self.intent(work, index, effects, started).await?;
            if finishes && self.settled(work, index, effects, statement).await? {
                return self.outcome(work, index, last, started, notices).await;
            }
        }
        let tries = work.settings.retries.unwrap_or(self.options.retry_attempts) + 1;
        let mut attempt = 1;
        let limits = self.limits(work, effects).await?;
        loop {
            self.patience(work, effects).await?;
            self.observer.observe(&Progress::Boundary("before-statement-alone"));
            let error = match self.statement(work, statement, notices).await {
                // The embedded PostgreSQL gives up its session once a procedure has committed in it; its work stays
                // (docs/embedded-postgresql.md).
                Err(e)
                    if self.is_fragile(effects)
                        && e.code() == Some("0A000")
                        && e.to_string().contains("committed stays") =>
                {
                    self.reconnect(Some(work), &e).await?;
                    return self.outcome(work, index, last, started, notices).await;
                }
                Ok(_) => {
                    if self.is_fragile(effects) {
                        self.session.abandon();
                        let reason = "the embedded PostgreSQL needs a new session after a COMMIT in a block".into();
                        self.reconnect(Some(work), &surefoot_pg::Error::Lost { reason }).await?;
                    }
                    if may_unlock(effects) {
                        self.keep_lock().await?;
                    }
                    self.observer.observe(&Progress::Boundary("after-statement-alone"));
                    self.outcome(work, index, last, started, notices).await?;
                    if !last {
                        self.give_back(&limits).await;
                    }
                    return Ok(());
                }
                Err(error) => error,
            };
            let class = error.class();
            let lost = class == ErrorClass::ConnectionLost || self.active().is_closed();
            // What stays half-done stays announced, so that the next run settles it.
            let mut left = false;
            if lost {
                if self.interrupt.is_raised() {
                    return Err(self.interrupted(work, index));
                }
                self.reconnect(Some(work), &error).await?;
                if self.settled(work, index, effects, statement).await? {
                    return self.outcome(work, index, last, started, notices).await;
                }
            } else {
                if may_unlock(effects) {
                    self.keep_lock().await?;
                }
                // The server answered, so the outcome is known: it failed. Leave nothing half-built behind, unless
                // whoever was in the way of the statement is in the way of that, too.
                let before = self.known_before(work, index).await?;
                if look(self.active(), effects, before.as_deref()).await? == Found::Half {
                    let blockers = std::mem::take(&mut self.monitor.last);
                    match self.repair(effects, before.as_deref(), self.tidy_time()).await {
                        Ok(true) if matches!(effects.settle, Some(Settle::DetachConcurrently { .. })) => {
                            return self.outcome(work, index, last, started, notices).await;
                        }
                        Ok(_) => left = matches!(effects.settle, Some(Settle::DropIndexConcurrently { .. })),
                        Err(e) if self.is_lost(&e) => return Err(e),
                        Err(_) => left = true,
                    }
                    self.monitor.last = blockers;
                }
            }
            let again =
                lost || matches!(class, ErrorClass::LockTimeout | ErrorClass::Deadlock | ErrorClass::Serialization);
            if !again || attempt >= tries || self.interrupt.is_raised() {
                if !lost && !left {
                    self.forget_intent(work, index).await?;
                }
                return Err(self.failure(work, statement, &effects.tag, error, attempt, index));
            }
            let pause = pause(self.options.retry_delay, attempt);
            attempt += 1;
            self.observer.observe(&Progress::Retry { attempt, of: tries, reason: &error.to_string(), pause });
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.interrupt.raised() => {}
            }
            if self.interrupt.is_raised() {
                if !left {
                    self.forget_intent(work, index).await?;
                }
                return Err(self.interrupted(work, index));
            }
            if lost {
                self.replay_settings(work, index).await?;
            }
            if left {
                // Without that the statement would meet its own remains.
                let before = self.known_before(work, index).await?;
                match self.repair(effects, before.as_deref(), self.tidy_time()).await {
                    Ok(true) if matches!(effects.settle, Some(Settle::DetachConcurrently { .. })) => {
                        return self.outcome(work, index, last, started, notices).await;
                    }
                    Ok(_) => {}
                    Err(e) if self.is_lost(&e) => return Err(e),
                    Err(_) if self.interrupt.is_raised() => return Err(self.interrupted(work, index)),
                    Err(_) => return Err(self.failure(work, statement, &effects.tag, error, attempt, index)),
                }
            }
        }
    }

    /// How long clearing up after a failure may wait for others; not at all when the user wants to leave.
    fn tidy_time(&self) -> Duration {
        let most = Duration::from_secs(3);
        if self.interrupt.is_raised() {
            Duration::from_millis(500)
        } else if self.options.lock_timeout.is_zero() {
            most
        } else {
            self.options.lock_timeout.min(most)
        }
    }

    /// An error of our own statements, which is an interrupt when the user asked for one.
    fn stopped(&self, work: &Work, index: usize, error: Error) -> Error {
        match &error {
            Error::Pg(e) if self.interrupt.is_raised() && e.class() == ErrorClass::Cancelled => {
                self.interrupted(work, index)
            }
            _ => error,
        }
    }

    /// Puts right what is half-done, waiting so long for locks (zero: without limit). True when there was something.
    async fn repair(&mut self, effects: &Effects, before: Option<&[String]>, lock_timeout: Duration) -> Result<bool> {
        let repairs = repairs(self.active(), effects, before).await?;
        let any = !repairs.is_empty();
        if any {
            let sql = format!("SET lock_timeout = {}; SET statement_timeout = 0", lock_timeout.as_millis());
            self.send(&sql).await?;
        }
        for repair in repairs {
            // A user who asked to stop already has asked for this, too: it is short.
            let interrupt = (!self.interrupt.is_raised()).then_some(&self.interrupt);
            let session = self.elevated.as_ref().unwrap_or(&self.session);
            run_attended(session, &mut self.monitor, self.observer, interrupt, &repair.sql).await?;
            self.observer.observe(&Progress::Repaired { what: &repair.what });
        }
        Ok(any)
    }

    fn is_fragile(&self, effects: &Effects) -> bool {
        self.connector.single_connection && matches!(effects.transaction, TransactionRule::MayCommit { .. })
    }

    /// What became of a statement whose outcome nobody recorded; true when it took effect.
    async fn settled(&mut self, work: &Work, index: usize, effects: &Effects, statement: usize) -> Result<bool> {
        let before = self.known_before(work, index).await?;
        match look(self.active(), effects, before.as_deref()).await? {
            Found::Done => {
                self.observer.observe(&Progress::Repaired { what: &format!("{}: it had taken effect", effects.tag) });
                Ok(true)
            }
            Found::NotDone => Ok(false),
            Found::Half => {
                self.repair(effects, before.as_deref(), Duration::ZERO)
                    .await
                    .map_err(|e| self.stopped(work, index, e))?;
                // DETACH PARTITION CONCURRENTLY is finished by the repair, an index is built anew.
                Ok(matches!(effects.settle, Some(Settle::DetachConcurrently { .. })))
            }
            Found::Unknown => Err(Error::InDoubt {
                migration: work.id.clone(),
                place: place(&work.script, statement, None).0,
                tag: effects.tag.clone(),
            }),
        }
    }

    /// Announces the statement in a transaction of its own.
    async fn intent(&mut self, work: &Work, index: usize, effects: &Effects, started: Instant) -> Result<()> {
        let before = match &effects.settle {
            Some(Settle::CreateIndexConcurrently { table, .. }) => {
                Some(crate::settle::indexes(self.active(), table).await?)
            }
            _ => None,
        };
        let (event, extra) = self.entries().intent(work, index, started.elapsed(), before);
        self.record(&event, &extra).await?;
        self.observer.observe(&Progress::Boundary("after-intent"));
        Ok(())
    }

    /// Records that the statement took effect; with the migration's entry when it is the last.
    async fn outcome(
        &mut self,
        work: &Work,
        index: usize,
        last: bool,
        started: Instant,
        notices: &mut Vec<Notice>,
    ) -> Result<()> {
        let result = self.entry_alone(work, index, last, started, notices).await;
        if last && matches!(result, Err(Error::Verify { .. })) {
            // The statement did take effect: on record, so that the next run only checks.
            self.entry_alone(work, index, false, started, notices).await?;
        }
        result
    }

    /// The statement failed and its outcome is known: nothing is in doubt any more.
    async fn forget_intent(&mut self, work: &Work, index: usize) -> Result<()> {
        let mut detail = self.detail(work);
        detail.insert("part".into(), json!(index + 1));
        detail.insert("result".into(), json!("failed"));
        let none_done = index == 0;
        // With nothing committed the migration is where it was before the run.
        let state = match (none_done, work.direction) {
            (true, surefoot_plan::Direction::Up) => surefoot_journal::State::Reverted,
            (true, surefoot_plan::Direction::Down) => surefoot_journal::State::Applied,
            (false, _) => in_progress(work),
        };
        let event = self.event(EventKind::Outcome, Some(&work.id), Some(state), detail);
        let extra = vec![
            format!(
                "DELETE FROM {}.steps WHERE migration = {} AND direction = {} AND unit = {index}",
                surefoot_pg::ident(self.journal.schema()),
                literal(&work.id),
                literal(work.direction.as_str()),
            ),
            match state {
                // As it was before the rollback began; when and by whom it was applied still stands.
                surefoot_journal::State::Applied => format!(
                    "UPDATE {0}.migrations SET state = 'applied', units_done = 1, units_total = 1, \
                     event = (SELECT pg_catalog.max(seq) FROM {0}.events) WHERE id = {1}",
                    surefoot_pg::ident(self.journal.schema()),
                    literal(&work.id),
                ),
                _ => self.journal.transition_sql(&transition(work, state, index, Duration::ZERO)),
            },
        ];
        self.record(&event, &extra).await
    }

    /// What the statement's own limits replace: the rest of the file goes on with these.
    async fn limits(&self, work: &Work, effects: &Effects) -> Result<Vec<(Limit, String)>> {
        let mut out = Vec::new();
        for limit in own_limits(work, effects) {
            let rows = self.active().rows(&format!("SELECT pg_catalog.current_setting('{}')", limit.0)).await?;
            out.extend(rows.first().and_then(|r| r.get(0)).map(|before| (limit, before.to_owned())));
        }
        Ok(out)
    }

    /// Sets back what [`Self::patience`] set, unless the statement itself set it.
    async fn give_back(&self, limits: &[(Limit, String)]) {
        for ((name, ours), before) in limits {
            let sql = format!(
                "SELECT pg_catalog.set_config('{name}', {}, false) FROM pg_catalog.pg_settings \
                 WHERE name = '{name}' AND setting = '{ours}'",
                literal(before)
            );
            // Of a lost connection the next part hears; a new one has the file's settings.
            let _ = self.active().run(&sql).await;
        }
    }

    async fn patience(&self, work: &Work, effects: &Effects) -> Result<()> {
        let mut sql: Vec<String> =
            own_limits(work, effects).into_iter().map(|(name, ours)| format!("SET {name} = {ours}")).collect();
        if let Some(role) = &self.connector.elevated_role
            && work.settings.elevated
            && self.elevated.is_none()
        {
            sql.push(format!("SET ROLE {}", surefoot_pg::ident(role)));
        }
        if !sql.is_empty() {
            self.active().run(&sql.join("; ")).await?;
        }
        Ok(())
    }

    /// A killed runner's statement may still be running on the server.
    async fn wait_for_orphan(&mut self, work: &Work, step: &StepRow) -> Result<()> {
        let (Some(pid), Some(start)) = (step.backend_pid, &step.backend_start) else { return Ok(()) };
        let begun = Instant::now();
        loop {
            let rows = self
                .session
                .rows(&format!(
                    "SELECT 1 FROM pg_catalog.pg_stat_activity WHERE pid = {pid} AND backend_start = {} \
                     AND pid <> pg_catalog.pg_backend_pid()",
                    literal(start)
                ))
                .await?;
            if rows.is_empty() {
                return Ok(());
            }
            if begun.elapsed() > self.options.migration_lock_timeout {
                return Err(Error::InDoubt {
                    migration: work.id.clone(),
                    place: place(&work.script, work.units[step.unit].statements[0].index, None).0,
                    tag: step.statement.clone(),
                });
            }
            // Not being allowed to only means that we wait longer.
            let _ = self.session.run(&format!("SELECT pg_catalog.pg_terminate_backend({pid})")).await;
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    }

    /// For an index: the indexes its table had before, from the intent.
    async fn known_before(&self, work: &Work, index: usize) -> Result<Option<Vec<String>>> {
        let index = work.units[index]
            .statements
            .first()
            .is_some_and(|p| matches!(p.effects.settle, Some(Settle::CreateIndexConcurrently { .. })));
        if !index {
            return Ok(None);
        }
        let events = self.journal.events(&self.session, 0, 100_000, Some(&work.id)).await?;
        Ok(events.iter().rev().filter(|e| e.kind == EventKind::Intent.as_str()).find_map(|e| {
            let list = e.json()["detail"]["indexes_before"].as_array()?.clone();
            Some(list.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect())
        }))
    }
}

/// A time-out and its milliseconds.
pub(crate) type Limit = (&'static str, u128);

/// The limits a statement outside a transaction runs with, where they differ from the session's. `CONCURRENTLY` waits
/// for old transactions, and `lock_timeout` would end that wait and leave an INVALID index: it has a budget of its own.
pub(crate) fn own_limits(work: &Work, effects: &Effects) -> Vec<Limit> {
    let lock = match work.settings.lock_timeout {
        Some(t) => Some(t.as_millis()),
        None => effects.tag.contains("CONCURRENTLY").then_some(0),
    };
    let statement = work.settings.statement_timeout.map(|t| t.as_millis());
    let both = [("lock_timeout", lock), ("statement_timeout", statement)];
    both.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

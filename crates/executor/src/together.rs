//! Several migrations in one transaction: all or nothing.

use std::time::Instant;

use surefoot_pg::{ErrorClass, Notice};
use surefoot_plan::Work;

use crate::guard::may_unlock;
use crate::transaction::pause;
use crate::{Done, Error, Progress, Result, Runner};

impl Runner<'_> {
    /// Runs every migration in one transaction. The caller has refused what cannot be in one.
    ///
    /// # Errors
    /// As [`Runner::run`]; nothing of any migration stays.
    pub async fn run_together(&mut self, works: &[Work]) -> Result<Vec<Done>> {
        for work in works {
            self.enter_attic(work).await?;
        }
        let tries = self.options.retry_attempts + 1;
        let mut attempt = 1;
        loop {
            let head = self.head;
            let mut done = Vec::with_capacity(works.len());
            let mut notices = Vec::new();
            let Err(error) = self.try_together(works, &mut done, &mut notices).await else {
                self.clean_session().await?;
                return Ok(done);
            };
            self.head = head;
            let lost = self.is_lost(&error);
            if lost {
                let mut once = 1;
                // The answer to COMMIT was lost: the journal knows whether it took place.
                if self.again(None, error, &mut once).await? {
                    self.all_done(works, &done);
                    return Ok(done);
                }
                if attempt < tries {
                    attempt += 1;
                    continue;
                }
                return Err(Error::Pg(surefoot_pg::Error::Lost { reason: format!("{attempt} times") }));
            }
            self.roll_back().await;
            self.keep_lock().await?;
            if let Error::Statement(failure) = &error
                && self.hold_back(&failure.error)
            {
                continue;
            }
            let class = match &error {
                Error::Statement(f) => f.error.class(),
                Error::Pg(e) => e.class(),
                _ => ErrorClass::Other,
            };
            let again = matches!(class, ErrorClass::LockTimeout | ErrorClass::Deadlock | ErrorClass::Serialization);
            if !again || attempt >= tries || self.interrupt.is_raised() {
                if !self.session.is_closed() {
                    self.clean_session().await?;
                }
                if let Some(work) = works.get(done.len()).or(works.last()) {
                    self.record_failure(work, &error, &notices).await;
                }
                return Err(error);
            }
            let pause = pause(self.options.retry_delay, attempt);
            attempt += 1;
            self.observer.observe(&Progress::Retry { attempt, of: tries, reason: &error.to_string(), pause });
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.interrupt.raised() => {}
            }
            if self.interrupt.is_raised() {
                return Err(Error::Interrupted { migration: None, units_done: 0, units_total: 0 });
            }
        }
    }

    /// Adds to `out` what is through, and leaves in `notices` what was said in the migration that is not.
    async fn try_together(&mut self, works: &[Work], out: &mut Vec<Done>, notices: &mut Vec<Notice>) -> Result<()> {
        self.send("BEGIN").await?;
        let mut guarded = false;
        for work in works {
            let started = Instant::now();
            self.observer.observe(&Progress::Started { work, done: 0 });
            notices.clear();
            self.wait_in_attic(work).await?;
            for planned in work.units.iter().flat_map(|u| &u.statements) {
                if !guarded && may_unlock(&planned.effects) {
                    let sql = self.hold_in_transaction();
                    self.send(&sql).await?;
                    guarded = true;
                }
                if let Err(error) = self.statement_kept(work, planned, notices).await {
                    return Err(self.failure(work, planned.index, &planned.effects.tag, error, 1, 0));
                }
            }
            self.put_back_rest(work).await?;
            self.verify(work, notices).await?;
            if (0..work.units.len()).any(|i| self.is_in_attic(work, i)) {
                self.head += self.announce(work).await?;
            }
            let entry = self.entry(work, work.units.len(), true, started, notices).await?;
            self.send(&entry).await?;
            self.head += work.entries();
            // What one file sets must not reach the next, here neither.
            self.clean_session().await?;
            let elapsed = started.elapsed();
            let attic = std::mem::take(&mut self.attic.changes);
            let id = work.id.clone();
            out.push(Done { id, elapsed, statements: work.statement_count(), resumed_after: 0, attic });
        }
        if guarded {
            let sql = self.hold_beyond_transaction();
            self.send(&sql).await?;
        }
        self.observer.observe(&Progress::Boundary("before-commit"));
        self.send("COMMIT").await?;
        self.observer.observe(&Progress::Boundary("after-commit"));
        self.all_done(works, out);
        Ok(())
    }

    /// None of them is done before all are.
    fn all_done(&self, works: &[Work], done: &[Done]) {
        for (work, done) in works.iter().zip(done) {
            self.observer.observe(&Progress::Finished { work, elapsed: done.elapsed });
            for change in &done.attic {
                self.observer.observe(&Progress::Attic(change));
            }
        }
    }
}

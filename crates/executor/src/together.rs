//! Several migrations in one transaction: all or nothing.

use std::time::Instant;

use surefoot_pg::ErrorClass;
use surefoot_plan::Work;

use crate::connect::setup_sql;
use crate::transaction::pause;
use crate::{Done, Error, Progress, Result, Runner};

impl Runner<'_> {
    /// Runs every migration in one transaction. The caller has refused what cannot be in one.
    ///
    /// # Errors
    /// As [`Runner::run`]; nothing of any migration stays.
    pub async fn run_together(&mut self, works: &[Work]) -> Result<Vec<Done>> {
        let tries = self.options.retry_attempts + 1;
        let mut attempt = 1;
        loop {
            let head = self.head;
            let error = match self.try_together(works).await {
                Ok(done) => {
                    self.clean_session().await?;
                    return Ok(done);
                }
                Err(e) => e,
            };
            self.head = head;
            // A dead session has rolled back by itself.
            let _ = self.session.run("ROLLBACK").await;
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
                return Err(error);
            }
            let pause = pause(self.options.retry_delay, attempt);
            attempt += 1;
            self.observer.observe(&Progress::Retry { attempt, of: tries, reason: &error.to_string(), pause });
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.interrupt.raised() => {}
            }
        }
    }

    async fn try_together(&mut self, works: &[Work]) -> Result<Vec<Done>> {
        let mut out = Vec::with_capacity(works.len());
        self.session.run("BEGIN").await?;
        for work in works {
            let started = Instant::now();
            self.observer.observe(&Progress::Started { work, done: 0 });
            let mut notices = Vec::new();
            for planned in work.units.iter().flat_map(|u| &u.statements) {
                if let Err(error) = self.statement(work, planned.index, &mut notices).await {
                    return Err(self.failure(work, planned.index, &planned.effects.tag, error, 1, 0));
                }
            }
            self.verify(work, &mut notices).await?;
            self.write_entry(work, work.units.len(), true, started, &notices).await?;
            self.head += 1;
            // What one file sets must not reach the next, here neither.
            self.session
                .run(&format!("RESET SESSION AUTHORIZATION; RESET ALL; {}", setup_sql(&self.session, &self.options)))
                .await?;
            let elapsed = started.elapsed();
            self.observer.observe(&Progress::Finished { work, elapsed });
            out.push(Done { id: work.id.clone(), elapsed, statements: work.statement_count(), resumed_after: 0 });
        }
        self.observer.observe(&Progress::Boundary("before-commit"));
        self.session.run("COMMIT").await?;
        self.observer.observe(&Progress::Boundary("after-commit"));
        Ok(out)
    }
}

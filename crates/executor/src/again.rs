//! Taking up again after a lost connection, or when the journal moved on.

use std::time::{Duration, Instant};

use surefoot_journal::EventKind;
use surefoot_pg::{ErrorClass, Outcome, Session, literal};
use surefoot_plan::Work;

use crate::connect::acquire;
use crate::transaction::pause;
use crate::watch::run_attended;
use crate::{Error, Progress, Result, Runner};

/// How long a connection may take to answer before we take it for dead.
const ANSWER: Duration = Duration::from_secs(5);
/// How often one step is taken up again on a new connection.
pub(crate) const TIMES: u32 = 3;

impl Runner<'_> {
    /// Sends one of our own statements on the active session, and notices when its answer is lost.
    pub(crate) async fn send(&mut self, sql: &str) -> std::result::Result<Outcome, surefoot_pg::Error> {
        let session = self.elevated.as_ref().unwrap_or(&self.session);
        run_attended(session, &mut self.monitor, self.observer, None, sql).await
    }

    /// Whether an error means that the connection is gone.
    pub(crate) fn is_lost(&self, error: &Error) -> bool {
        let error = match error {
            Error::Pg(e) | Error::Journal(surefoot_journal::Error::Pg(e)) => Some(e),
            Error::Statement(f) => Some(&f.error),
            _ => None,
        };
        error.is_some_and(|e| e.class() == ErrorClass::ConnectionLost)
            || self.session.is_closed()
            || self.active().is_closed()
    }

    /// After an error at a step that can be taken again: a new connection when the old one is lost, else the error.
    /// True when the journal shows that the step had been recorded.
    pub(crate) async fn again(&mut self, work: Option<&Work>, error: Error, times: &mut u32) -> Result<bool> {
        if !self.is_lost(&error) || *times == 0 {
            return Err(error);
        }
        if self.interrupt.is_raised() {
            return Err(Error::Interrupted { migration: None, units_done: 0, units_total: 0 });
        }
        *times -= 1;
        let error = match error {
            Error::Pg(e) | Error::Journal(surefoot_journal::Error::Pg(e)) => e,
            other => surefoot_pg::Error::Lost { reason: other.to_string() },
        };
        let reason = error.to_string();
        self.observer.observe(&Progress::Retry {
            attempt: TIMES + 1 - *times,
            of: TIMES + 1,
            reason: &reason,
            pause: Duration::ZERO,
        });
        self.reconnect(work, &error).await
    }

    /// A new session after a lost one: with the lock, and with nobody having written in between. True when the
    /// journal has an event of this run that we did not hear of: our last commit took place.
    pub(crate) async fn reconnect(&mut self, work: Option<&Work>, error: &surefoot_pg::Error) -> Result<bool> {
        let elevated = self.elevated.take().map(|session| {
            session.abandon();
            session.pid()
        });
        // The elevated session was lost, or both were.
        if elevated.is_none() || !answers(&self.session).await {
            let old = self.session.pid();
            self.locked = false;
            self.session.abandon();
            self.session = self.connect_again(error).await?;
            end_orphan(&self.session, old, &self.connector.application_name).await;
            if let Some(pid) = elevated {
                self.end_elevated(pid).await;
            }
            acquire(&self.session, self.journal.schema(), &self.options, self.observer, &self.interrupt).await?;
            self.locked = true;
        } else if let Some(pid) = elevated {
            self.end_elevated(pid).await;
        }
        let ours = self.catch_up().await?;
        if let Some(work) = work
            && work.settings.elevated
        {
            self.enter_elevated(work).await?;
        }
        Ok(ours)
    }

    async fn end_elevated(&self, pid: i32) {
        end_orphan(&self.session, pid, &format!("{} elevated", self.connector.application_name)).await;
    }

    /// Reads what was written to the journal since our last event. A refused command writes its event at any time
    /// and disturbs nobody; our own events tell that a commit took place whose answer was lost, which is what is
    /// returned.
    ///
    /// # Errors
    /// [`Error::TakenOver`] when another run was at work.
    pub(crate) async fn catch_up(&mut self) -> Result<bool> {
        let mut ours = false;
        loop {
            let events = self.journal.events(&self.session, self.head, 1000, None).await?;
            let Some(last) = events.last() else { break };
            for event in &events {
                if event.run.as_deref() == Some(&self.run) {
                    ours = true;
                } else if event.kind != EventKind::Refused.as_str() {
                    return Err(Error::TakenOver { expected: self.head, found: last.seq });
                }
            }
            self.head = last.seq;
        }
        Ok(ours)
    }

    /// After the journal refused our entry because it had moved on.
    ///
    /// # Errors
    /// [`Error::TakenOver`] unless only refused commands were recorded.
    pub(crate) async fn moved_on(&mut self) -> Result<()> {
        let expected = self.head;
        self.catch_up().await?;
        if self.head == expected {
            let found = self.journal.head(&self.session).await?.seq;
            return Err(Error::TakenOver { expected, found });
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
                    if self.interrupt.is_raised() {
                        return Err(Error::Interrupted { migration: None, units_done: 0, units_total: 0 });
                    }
                    if begun.elapsed() > self.options.migration_lock_timeout {
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
}

/// Whether the journal refused an entry because another was made meanwhile.
pub(crate) fn has_moved(error: &surefoot_pg::Error) -> bool {
    match error.code() {
        Some("SF001") => true,
        // Two at the same instant: the second has the number of the first.
        Some("23505") => error
            .server()
            .and_then(|e| e.constraint.as_deref())
            .is_some_and(|c| matches!(c, "events_pkey" | "events_hash_key")),
        _ => false,
    }
}

async fn answers(session: &Session) -> bool {
    !session.is_closed() && tokio::time::timeout(ANSWER, session.rows("SELECT 1")).await.is_ok_and(|r| r.is_ok())
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

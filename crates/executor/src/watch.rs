//! Running one statement while listening: to the user, to the server's notices,
//! to who is in the way, and to whether an answer can still come.

use std::time::{Duration, Instant};

use surefoot_pg::{Error as PgError, Notice, Outcome, Session};
use surefoot_plan::Work;

use crate::connect::Connector;
use crate::{Blocker, Interrupt, Observer, Place, Progress};

/// After how long we look who is in the way.
const PATIENCE: Duration = Duration::from_millis(700);
/// How long one look may take, and a request to cancel.
const LOOK: Duration = Duration::from_secs(5);
/// How long a cancelled statement may take to end before we take the connection for dead.
const CANCELLED: Duration = Duration::from_secs(10);
/// How long the server may have been idle while we wait for its answer.
const SILENT_SECONDS: f64 = 4.0;

/// A second connection that looks at what the first is doing; opened only when a statement takes long.
#[derive(Debug)]
pub(crate) struct Monitor {
    connector: Connector,
    session: Option<Session>,
    first: Duration,
    /// The server process that it has seen: where it was never seen, perhaps we look at another server (several hosts
    /// in the URL), and not seeing it says nothing.
    seen: Option<i32>,
    /// How often in a row the server had nothing to do with our statement.
    silent: u32,
    pub(crate) last: Vec<Blocker>,
}

impl Monitor {
    /// `lock_timeout` of the run: whoever is in the way is to be seen before it ends the wait.
    pub(crate) fn new(connector: Connector, lock_timeout: Duration) -> Self {
        let first = if lock_timeout.is_zero() { PATIENCE } else { PATIENCE.min(lock_timeout / 3) };
        Self { connector, session: None, first, seen: None, silent: 0, last: Vec::new() }
    }

    /// After how long the first look is due, where a migration has its own lock time-out.
    pub(crate) fn first_look(&self, work: Option<&Work>) -> Duration {
        match work.and_then(|w| w.settings.lock_timeout) {
            Some(t) if !t.is_zero() => self.first.min(t / 3),
            _ => self.first,
        }
    }

    fn begin(&mut self) {
        self.last.clear();
        self.silent = 0;
    }

    /// Who blocks `pid`, and how far its index build is; whether its answer is lost. Failure to look is no failure of
    /// the run.
    async fn look(&mut self, pid: i32, waited: Duration, observer: &dyn Observer) -> bool {
        if self.connector.single_connection {
            return false;
        }
        let looked = tokio::time::timeout(LOOK, self.try_look(pid, waited, observer)).await;
        match looked {
            Ok(Some(silent)) => self.silent = if silent { self.silent + 1 } else { 0 },
            // What does not answer is of no use.
            Ok(None) | Err(_) => self.session = None,
        }
        self.silent >= 2
    }

    async fn try_look(&mut self, pid: i32, waited: Duration, observer: &dyn Observer) -> Option<bool> {
        if self.session.as_ref().is_none_or(Session::is_closed) {
            self.seen = None;
            self.session = self.connector.bare().await.ok();
        }
        let session = self.session.as_ref()?;
        let rows = session.rows(&blockers_sql(pid)).await.ok()?;
        let blockers: Vec<Blocker> = rows
            .iter()
            .map(|r| Blocker {
                pid: r.parse(0).unwrap_or_default(),
                user: r.get(1).unwrap_or_default().to_owned(),
                application: r.get(2).unwrap_or_default().to_owned(),
                state: r.get(3).unwrap_or_default().to_owned(),
                age: r.get(4).unwrap_or_default().to_owned(),
                query: r.get(5).unwrap_or_default().to_owned(),
            })
            .collect();
        if !blockers.is_empty() {
            observer.observe(&Progress::Blocked { blockers: &blockers, waited });
            self.last = blockers;
        }
        let rows = session
            .rows(&format!(
                "SELECT phase, CASE WHEN blocks_total > 0 THEN blocks_done * 100 / blocks_total \
                 WHEN tuples_total > 0 THEN tuples_done * 100 / tuples_total END \
                 FROM pg_catalog.pg_stat_progress_create_index WHERE pid = {pid}"
            ))
            .await
            .ok()?;
        if let Some(row) = rows.first() {
            observer.observe(&Progress::Building { phase: row.get(0).unwrap_or_default(), percent: row.parse(1) });
        }
        let rows = session
            .rows(&format!(
                "SELECT state LIKE 'idle%', extract(epoch FROM clock_timestamp() - state_change) \
                 FROM pg_catalog.pg_stat_activity WHERE pid = {pid}"
            ))
            .await
            .ok()?;
        if !rows.is_empty() {
            self.seen = Some(pid);
        }
        Some(match rows.first() {
            None => self.seen == Some(pid),
            Some(row) => row.get(0) == Some("t") && row.parse::<f64>(1).is_some_and(|s| s > SILENT_SECONDS),
        })
    }
}

/// The sessions, and the prepared transactions, that keep `pid` waiting.
fn blockers_sql(pid: i32) -> String {
    let age = |since: &str| {
        format!("coalesce(justify_interval(date_trunc('milliseconds', clock_timestamp() - {since}))::text, '')")
    };
    format!(
        "WITH b AS (SELECT DISTINCT unnest(pg_blocking_pids({pid})) AS pid) \
         SELECT * FROM (SELECT a.pid, a.usename::text, a.application_name, a.state, {}, \
         left(regexp_replace(regexp_replace(a.query, '''[^'']*''', '?', 'g'), '\\s+', ' ', 'g'), 120) \
         FROM b JOIN pg_stat_activity a ON a.pid = b.pid ORDER BY a.xact_start) s \
         UNION ALL SELECT 0, p.owner::text, '', 'prepared', {}, 'prepared transaction ' || quote_literal(p.gid) \
         FROM pg_prepared_xacts p WHERE p.database = current_database() AND EXISTS (SELECT FROM b WHERE pid = 0) \
         AND EXISTS (SELECT FROM pg_locks held JOIN pg_locks waits ON waits.pid = {pid} AND NOT waits.granted \
           AND waits.locktype = held.locktype AND waits.relation IS NOT DISTINCT FROM held.relation \
           JOIN pg_locks own ON own.virtualtransaction = held.virtualtransaction AND own.pid IS NULL \
           AND own.locktype = 'transactionid' AND own.transactionid = p.transaction \
           WHERE held.pid IS NULL AND held.granted)",
        age("a.xact_start"),
        age("p.prepared"),
    )
}

/// What a watched statement needs around it.
pub(crate) struct Watched<'a> {
    pub(crate) session: &'a Session,
    pub(crate) monitor: &'a mut Monitor,
    pub(crate) observer: &'a dyn Observer,
    pub(crate) interrupt: &'a Interrupt,
    pub(crate) work: &'a Work,
    pub(crate) place: &'a Place,
    /// Notices are kept for the journal.
    pub(crate) notices: &'a mut Vec<Notice>,
}

impl Watched<'_> {
    /// Runs `sql`, with `data` for a COPY, or behind an `opening`.
    pub(crate) async fn run(
        self,
        opening: Option<&str>,
        sql: &str,
        data: Option<&[u8]>,
    ) -> std::result::Result<Outcome, PgError> {
        let Watched { session, monitor, observer, interrupt, work, place, notices } = self;
        let first = monitor.first_look(Some(work));
        let statement = async {
            match (data, opening) {
                (Some(data), _) => session.copy_in(sql, data).await.map(|rows| Outcome { rows, ..Outcome::default() }),
                (None, Some(opening)) => session.run_opened(opening, sql).await,
                (None, None) => session.run(sql).await,
            }
        };
        let mut tell = |session: &Session| {
            for notice in session.take_notices() {
                observer.observe(&Progress::Notice { work, place: place.clone(), notice: &notice });
                notices.push(notice);
            }
        };
        let result = attend(statement, session, monitor, observer, Some(interrupt), first, &mut tell).await;
        tell(session);
        result
    }
}

/// Runs a statement of our own; only lost answers are watched for, and an interrupt when it is given.
pub(crate) async fn run_attended(
    session: &Session,
    monitor: &mut Monitor,
    observer: &dyn Observer,
    interrupt: Option<&Interrupt>,
    sql: &str,
) -> std::result::Result<Outcome, PgError> {
    let first = monitor.first_look(None);
    attend(session.run(sql), session, monitor, observer, interrupt, first, &mut |_| {}).await
}

/// Runs something of our own that sends more than one message; only lost answers are watched for.
pub(crate) async fn attended<T>(
    session: &Session,
    monitor: &mut Monitor,
    observer: &dyn Observer,
    work: impl Future<Output = T>,
) -> std::result::Result<T, PgError> {
    let look = monitor.first_look(None);
    attend(async { Ok(work.await) }, session, monitor, observer, None, look, &mut |_| {}).await
}

/// Waits for a statement, cancels it on interrupt, and stops waiting when its answer cannot come any more: then the
/// connection is given up, and the error is that of a lost one.
async fn attend<T>(
    statement: impl Future<Output = std::result::Result<T, PgError>>,
    session: &Session,
    monitor: &mut Monitor,
    observer: &dyn Observer,
    interrupt: Option<&Interrupt>,
    first_look: Duration,
    tell: &mut (dyn FnMut(&Session) + Send),
) -> std::result::Result<T, PgError> {
    let started = Instant::now();
    monitor.begin();
    tokio::pin!(statement);
    let raised = async {
        match interrupt {
            Some(interrupt) => interrupt.raised().await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(raised);
    let mut cancelled: Option<Instant> = None;
    let mut next_look = first_look;
    let reason = loop {
        let patience = cancelled.map_or(Duration::MAX, |at| CANCELLED.saturating_sub(at.elapsed()));
        let pause = next_look.saturating_sub(started.elapsed());
        let look = async {
            tokio::time::sleep(pause).await;
            monitor.look(session.pid(), started.elapsed(), observer).await
        };
        tokio::select! {
            biased;
            result = &mut statement => return result,
            () = &mut raised, if cancelled.is_none() => {
                cancelled = Some(Instant::now());
                let handle = session.cancel_handle();
                // If the request does not arrive the statement goes on; a second interrupt ends the process.
                tokio::spawn(tokio::time::timeout(LOOK, async move { handle.cancel().await }));
            }
            () = tokio::time::sleep(patience), if cancelled.is_some() => {
                break "it was to be cancelled, and nothing came back";
            }
            lost = look => {
                tell(session);
                if lost {
                    break "the server is done with the statement, and its answer did not come";
                }
                next_look = started.elapsed() + Duration::from_secs(1);
            }
        }
    };
    session.abandon();
    Err(PgError::Lost { reason: reason.to_owned() })
}

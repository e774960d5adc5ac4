//! Running one statement while listening: to the user, to the server's notices,
//! and to who is in the way.

use std::time::{Duration, Instant};

use surefoot_pg::{Error as PgError, Notice, Outcome, Session};
use surefoot_plan::Work;

use crate::connect::Connector;
use crate::{Blocker, Interrupt, Observer, Place, Progress};

/// After how long we look who is in the way.
const PATIENCE: Duration = Duration::from_millis(700);

/// A second connection that looks at what the first is doing; opened only when a statement takes long.
#[derive(Debug)]
pub(crate) struct Monitor {
    connector: Connector,
    session: Option<Session>,
    pub(crate) last: Vec<Blocker>,
}

impl Monitor {
    pub(crate) fn new(connector: Connector) -> Self {
        Self { connector, session: None, last: Vec::new() }
    }

    /// Who blocks `pid`, and how far its index build is. Failure to look is no failure of the run.
    async fn look(&mut self, pid: i32, waited: Duration, observer: &dyn Observer) {
        if self.connector.single_connection {
            return;
        }
        if self.session.as_ref().is_none_or(Session::is_closed) {
            self.session = self.connector.bare().await.ok();
        }
        let Some(session) = &self.session else { return };
        if let Ok(rows) = session
            .rows(&format!(
                "SELECT a.pid, a.usename, a.application_name, a.state, \
                 coalesce(justify_interval(date_trunc('milliseconds', clock_timestamp() - a.xact_start))::text, ''), \
                 left(regexp_replace(regexp_replace(a.query, '''[^'']*''', '?', 'g'), '\\s+', ' ', 'g'), 120) \
                 FROM unnest(pg_blocking_pids({pid})) b(pid) JOIN pg_stat_activity a ON a.pid = b.pid ORDER BY a.xact_start"
            ))
            .await
        {
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
        }
        if let Ok(rows) = session
            .rows(&format!(
                "SELECT phase, CASE WHEN blocks_total > 0 THEN blocks_done * 100 / blocks_total \
                 WHEN tuples_total > 0 THEN tuples_done * 100 / tuples_total END \
                 FROM pg_stat_progress_create_index WHERE pid = {pid}"
            ))
            .await
            && let Some(row) = rows.first()
        {
            observer.observe(&Progress::Building { phase: row.get(0).unwrap_or_default(), percent: row.parse(1) });
        }
    }
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
    /// Runs `sql`, with `data` for a COPY.
    pub(crate) async fn run(self, sql: &str, data: Option<&[u8]>) -> std::result::Result<Outcome, PgError> {
        let Watched { session, monitor, observer, interrupt, work, place, notices } = self;
        let started = Instant::now();
        monitor.last.clear();
        let statement = async {
            match data {
                Some(data) => {
                    session.copy_in(sql, data).await.map(|rows| Outcome { rows, ..Outcome::default() })
                }
                None => session.run(sql).await,
            }
        };
        tokio::pin!(statement);
        let mut cancelled = false;
        let mut next_look = PATIENCE;
        let result = loop {
            let wait = next_look.saturating_sub(started.elapsed());
            tokio::select! {
                result = &mut statement => break result,
                () = interrupt.raised(), if !cancelled => {
                    cancelled = true;
                    // If the request does not arrive the statement goes on; a second interrupt ends the process.
                    let _ = session.cancel_handle().cancel().await;
                }
                () = tokio::time::sleep(wait) => {
                    tell(session, observer, work, place, notices);
                    monitor.look(session.pid(), started.elapsed(), observer).await;
                    next_look = started.elapsed() + Duration::from_secs(1);
                }
            }
        };
        tell(session, observer, work, place, notices);
        result
    }
}

fn tell(session: &Session, observer: &dyn Observer, work: &Work, place: &Place, notices: &mut Vec<Notice>) {
    for notice in session.take_notices() {
        observer.observe(&Progress::Notice { work, place: place.clone(), notice: &notice });
        notices.push(notice);
    }
}

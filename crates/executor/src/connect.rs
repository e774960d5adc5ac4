//! Sessions for a run, and how they are set up.

use std::time::{Duration, Instant};

use surefoot_journal::Journal;
use surefoot_pg::{AdvisoryKey, ConnectOptions, ConnectUrl, Session, holder, release, try_acquire};

use crate::{Error, Observer, Progress, Result};

/// How statements run, unless a migration says otherwise.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// Longest wait for a relation lock; zero is without limit.
    pub lock_timeout: Duration,
    /// Longest time for a statement; zero is without limit.
    pub statement_timeout: Duration,
    /// Longest wait for another run.
    pub migration_lock_timeout: Duration,
    /// Further tries of a transaction.
    pub retry_attempts: u32,
    /// First pause before another try.
    pub retry_delay: Duration,
    /// How dropped tables and columns are kept.
    pub attic: crate::AtticOptions,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            // Longer than deadlock_timeout (1 s): a shorter wait never gets past an autovacuum, which yields only then.
            lock_timeout: Duration::from_secs(3),
            statement_timeout: Duration::ZERO,
            migration_lock_timeout: Duration::from_secs(60),
            retry_attempts: 5,
            retry_delay: Duration::from_millis(500),
            attic: crate::AtticOptions::default(),
        }
    }
}

/// How to reach the target.
#[derive(Debug, Clone)]
pub struct Connector {
    /// The owner's connection.
    pub url: ConnectUrl,
    /// Connection of the elevated role.
    pub elevated_url: Option<ConnectUrl>,
    /// Role to switch to instead.
    pub elevated_role: Option<String>,
    /// The target serves one connection at a time (the embedded PostgreSQL).
    pub single_connection: bool,
    /// `application_name`.
    pub application_name: String,
}

impl Connector {
    /// Opens a session that is set up for migrations.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn connect(&self, options: &RunOptions) -> Result<Session> {
        let session = self.bare().await?;
        session.run(&setup_sql(&session, options)).await?;
        Ok(session)
    }

    /// Opens a session for looking only.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn bare(&self) -> Result<Session> {
        Ok(Session::connect(&ConnectOptions::new(self.url.clone(), self.application_name.clone())).await?)
    }

    pub(crate) async fn elevated(&self, options: &RunOptions) -> Result<Option<Session>> {
        let Some(url) = &self.elevated_url else { return Ok(None) };
        let session =
            Session::connect(&ConnectOptions::new(url.clone(), format!("{} elevated", self.application_name))).await?;
        session.run(&setup_sql(&session, options)).await?;
        Ok(Some(session))
    }
}

/// The settings of a migration session.
pub fn setup_sql(session: &Session, options: &RunOptions) -> String {
    let mut sql = limits_sql(options);
    sql.push_str(
        "; SELECT pg_catalog.set_config('synchronous_commit', 'on', false) \
           WHERE pg_catalog.current_setting('synchronous_commit') IN ('off', 'local')",
    );
    if session.major() >= 14 {
        // The statement of a runner that died ends within a second, not when it is done.
        sql.push_str(
            "; SELECT pg_catalog.set_config('client_connection_check_interval', '1000', false) \
             WHERE pg_catalog.version() ~ 'linux'",
        );
    }
    sql
}

fn limits_sql(options: &RunOptions) -> String {
    format!(
        "SET lock_timeout = {}; SET statement_timeout = {}; \
         SET idle_in_transaction_session_timeout = 60000; SET client_min_messages = notice; \
         SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3",
        options.lock_timeout.as_millis(),
        options.statement_timeout.as_millis(),
    )
}

/// Brings a session back to what [`setup_sql`] made of it, so that what a file leaves behind (`SET search_path`,
/// `SET lock_timeout`, temporary tables) does not reach the next. Runs after every migration, so it asks nothing.
///
/// # Errors
/// When the server cannot be asked for what the set-up came to.
pub(crate) async fn clean_sql(session: &Session, options: &RunOptions) -> Result<String> {
    let rows = session
        .rows(
            "SELECT pg_catalog.current_setting('synchronous_commit'), \
                    pg_catalog.current_setting('client_connection_check_interval', true)",
        )
        .await?;
    let mut sql = format!(
        "RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; CLOSE ALL; DEALLOCATE ALL; UNLISTEN *; DISCARD TEMP; \
         DISCARD SEQUENCES; {}",
        limits_sql(options)
    );
    for (i, name) in ["synchronous_commit", "client_connection_check_interval"].into_iter().enumerate() {
        if let Some(value) = rows.first().and_then(|r| r.get(i)) {
            sql.push_str(&format!("; SET {name} = {}", surefoot_pg::literal(value)));
        }
    }
    Ok(sql)
}

/// Whether a proxy hands out server sessions by transaction or by statement: two statements land in two of them, or
/// a second connection is given the one that has just served us.
///
/// # Errors
/// When the server cannot be asked.
pub async fn pooler_in_between(session: &Session) -> Result<bool> {
    let pid = async |session: &Session| -> Result<Option<i32>> {
        let rows = session.rows("SELECT pg_catalog.pg_backend_pid()").await?;
        Ok(rows.first().and_then(|r| r.parse(0)))
    };
    let own = Some(session.pid());
    if pid(session).await? != own {
        return Ok(true);
    }
    // The embedded PostgreSQL has one connection, and nothing in between.
    if !session.rows("SELECT 1 WHERE pg_catalog.version() ~ 'wasm'").await?.is_empty() {
        return Ok(false);
    }
    let options = ConnectOptions::new(session.url().clone(), "surefoot looks for a pooler");
    // No second connection to be had tells nothing.
    let Ok(other) = Session::connect(&options).await else { return Ok(pid(session).await? != own) };
    // Its transaction keeps the server session that it got.
    let looked = async {
        other.run("BEGIN").await?;
        Ok::<_, Error>(pid(&other).await? == own || pid(session).await? != own)
    }
    .await;
    other.close().await;
    looked
}

/// Takes the migration lock, by polling.
pub(crate) async fn acquire(
    session: &Session,
    schema: &str,
    options: &RunOptions,
    observer: &dyn Observer,
    interrupt: &crate::Interrupt,
) -> Result<()> {
    let key = Journal::lock_key(schema);
    let elevated = Journal::elevated_lock_key(schema);
    let started = Instant::now();
    let mut told = Duration::ZERO;
    loop {
        if try_acquire(session, key).await? {
            // A dead run's elevated session may still be at work.
            if try_acquire(session, elevated).await? {
                release(session, elevated).await?;
                return Ok(());
            }
            release(session, key).await?;
        }
        let waited = started.elapsed();
        if waited >= options.migration_lock_timeout {
            return Err(Error::LockNotObtained {
                holder: holding(session, key, elevated).await?.map(Box::new),
                waited,
            });
        }
        if interrupt.is_raised() {
            return Err(Error::Interrupted { migration: None, units_done: 0, units_total: 0 });
        }
        if told.is_zero() || waited - told > Duration::from_secs(2) {
            told = waited.max(Duration::from_millis(1));
            let holder = holding(session, key, elevated).await?;
            observer.observe(&Progress::Waiting { holder: holder.as_ref(), waited });
        }
        // Jitter, so that twenty waiters do not knock together.
        let pause = Duration::from_millis(50 + fastrand::u64(0..150));
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = interrupt.raised() => {}
        }
    }
}

async fn holding(session: &Session, key: AdvisoryKey, elevated: AdvisoryKey) -> Result<Option<surefoot_pg::Holder>> {
    match holder(session, key).await? {
        Some(h) => Ok(Some(h)),
        None => Ok(holder(session, elevated).await?),
    }
}

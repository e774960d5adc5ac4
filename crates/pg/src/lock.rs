//! The migration lock: a session advisory lock, taken by polling.
//!
//! A blocking `pg_advisory_lock` waiter holds a snapshot and deadlocks with the
//! holder's `CREATE INDEX CONCURRENTLY`; a waiter that polls
//! `pg_try_advisory_lock` does not. The polling loop is the executor's, because
//! it also talks to the user.

use crate::{Result, Session};

/// The two halves of an advisory lock key (PostgreSQL manual, 9.28.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdvisoryKey {
    /// First half: the program.
    pub class: i32,
    /// Second half: the journal within the database.
    pub object: i32,
}

/// Who holds the migration lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Backend process id on the server.
    pub pid: i32,
    /// Database role.
    pub user: String,
    /// Client address, or `local socket`.
    pub host: String,
    /// `application_name`.
    pub application: String,
    /// When its session began, server clock.
    pub since: String,
    /// `active`, `idle in transaction` ...
    pub state: String,
}

/// Takes the lock if it is free. Never waits.
///
/// # Errors
/// When the server cannot be asked.
pub async fn try_acquire(session: &Session, key: AdvisoryKey) -> Result<bool> {
    let rows = session.rows(&format!("SELECT pg_catalog.pg_try_advisory_lock({}, {})", key.class, key.object)).await?;
    Ok(rows.first().and_then(|r| r.get(0)) == Some("t"))
}

/// Gives the lock back; false when this session did not hold it.
///
/// # Errors
/// When the server cannot be asked; the lock ends with the session in any case.
pub async fn release(session: &Session, key: AdvisoryKey) -> Result<bool> {
    let rows = session.rows(&format!("SELECT pg_catalog.pg_advisory_unlock({}, {})", key.class, key.object)).await?;
    Ok(rows.first().and_then(|r| r.get(0)) == Some("t"))
}

/// The session that holds the lock in this database, if any.
///
/// # Errors
/// When the server cannot be asked.
pub async fn holder(session: &Session, key: AdvisoryKey) -> Result<Option<Holder>> {
    // objsubid 2 marks a lock with two 32-bit keys (PostgreSQL manual, 54.13 pg_locks).
    let rows = session
        .rows(&format!(
            "SELECT l.pid, a.usename, coalesce(a.client_addr::text, 'local socket'), a.application_name, \
                    to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), a.state \
             FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid \
             WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 \
               AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()) \
               AND l.classid::bigint = {} AND l.objid::bigint = {} AND l.pid <> pg_backend_pid()",
            u64::from(key.class.cast_unsigned()),
            u64::from(key.object.cast_unsigned()),
        ))
        .await?;
    Ok(rows.first().map(|r| Holder {
        pid: r.get(0).and_then(|p| p.parse().ok()).unwrap_or_default(),
        user: r.get(1).unwrap_or("unknown").to_owned(),
        host: r.get(2).unwrap_or("unknown").to_owned(),
        application: r.get(3).unwrap_or_default().to_owned(),
        since: r.get(4).unwrap_or("unknown").to_owned(),
        state: r.get(5).unwrap_or("unknown").to_owned(),
    }))
}

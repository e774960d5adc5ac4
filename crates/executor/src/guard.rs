//! The migration lock against the files themselves: `pg_advisory_unlock_all()`
//! gives up every session lock, ours too.

use surefoot_effects::Effects;
use surefoot_journal::Journal;
use surefoot_pg::{AdvisoryKey, try_acquire};
use surefoot_plan::Work;

use crate::connect::acquire;
use crate::{Result, Runner};

impl Runner<'_> {
    /// The lock that the active session holds.
    fn own_key(&self) -> AdvisoryKey {
        let schema = self.journal.schema();
        if self.elevated.is_some() { Journal::elevated_lock_key(schema) } else { Journal::lock_key(schema) }
    }

    /// Ties the lock to the open transaction too, before a statement that may unlock: a lock of a transaction cannot
    /// be given up, so nobody else gets in. Granted at once, since this session holds it.
    pub(crate) fn hold_in_transaction(&self) -> String {
        let key = self.own_key();
        format!("SELECT pg_catalog.pg_advisory_xact_lock({}, {})", key.class, key.object)
    }

    /// Takes the session's lock anew while the transaction still holds its own; once, whether it was lost or not.
    pub(crate) fn hold_beyond_transaction(&self) -> String {
        let AdvisoryKey { class, object } = self.own_key();
        format!(
            "SET LOCAL client_min_messages = error; SELECT pg_catalog.pg_advisory_unlock({class}, {object}); \
             SELECT pg_catalog.pg_try_advisory_lock({class}, {object})"
        )
    }

    /// Outside a transaction: looks whether the lock is still held, takes it again if not, and makes sure that nobody
    /// used the moment.
    ///
    /// # Errors
    /// [`crate::Error::TakenOver`] when another run did.
    pub(crate) async fn keep_lock(&mut self) -> Result<()> {
        let key = self.own_key();
        // objsubid 2 marks a lock with two 32-bit keys (PostgreSQL manual, 54.13 pg_locks).
        let held = self
            .active()
            .rows(&format!(
                "SELECT 1 FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND granted \
                 AND pid = pg_catalog.pg_backend_pid() AND classid::bigint = {} AND objid::bigint = {} \
                 AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())",
                u64::from(key.class.cast_unsigned()),
                u64::from(key.object.cast_unsigned()),
            ))
            .await?;
        if !held.is_empty() {
            return Ok(());
        }
        if self.elevated.is_some() {
            // Our own session keeps the others out.
            try_acquire(self.active(), key).await?;
            return Ok(());
        }
        self.locked = false;
        acquire(&self.session, self.journal.schema(), &self.options, self.observer, &self.interrupt).await?;
        self.locked = true;
        self.catch_up().await?;
        Ok(())
    }
}

/// Session locks that one migration may leave.
const MOST_LOCKS: usize = 1000;

impl Runner<'_> {
    /// Gives up the session advisory locks that a file took and left: the migrations after it, and everybody else,
    /// would have to do with them until the run ends. Ours stays.
    pub(crate) async fn drop_locks(&self, work: &Work) {
        let texts = work.script.statements.iter().map(|s| work.script.text(s));
        let may = work.units.iter().flat_map(|u| &u.statements).any(|p| p.effects.opaque)
            || texts.into_iter().any(mentions_advisory);
        if !may || self.session.is_closed() {
            return;
        }
        let AdvisoryKey { class, object } = Journal::lock_key(self.journal.schema());
        let signed = |column: &str| {
            format!(
                "(CASE WHEN {column}::bigint > 2147483647 THEN {column}::bigint - 4294967296 ELSE {column}::bigint END)::int"
            )
        };
        let (classid, objid) = (signed("classid"), signed("objid"));
        let sql = format!(
            "SET LOCAL client_min_messages = error; \
             SELECT CASE WHEN objsubid = 1 AND mode = 'ShareLock' \
                THEN pg_catalog.pg_advisory_unlock_shared((classid::bigint << 32) | objid::bigint) \
              WHEN objsubid = 1 THEN pg_catalog.pg_advisory_unlock((classid::bigint << 32) | objid::bigint) \
              WHEN mode = 'ShareLock' THEN pg_catalog.pg_advisory_unlock_shared({classid}, {objid}) \
              ELSE pg_catalog.pg_advisory_unlock({classid}, {objid}) END \
             FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND granted AND pid = pg_catalog.pg_backend_pid() \
             AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) \
             AND NOT (objsubid = 2 AND {classid} = {class} AND {objid} = {object})"
        );
        // A lock that was taken twice is given up twice.
        for _ in 0..MOST_LOCKS {
            match self.session.rows(&sql).await {
                Ok(rows) if rows.iter().any(|r| r.get(0) == Some("t")) => {}
                // A lock that stays does no harm to the migration that is done.
                _ => break,
            }
        }
    }
}

fn mentions_advisory(text: &str) -> bool {
    const WORD: &[u8] = b"advisory";
    text.as_bytes().windows(WORD.len()).any(|w| w.eq_ignore_ascii_case(WORD))
}

/// Whether a statement can give up the lock: it says so, or runs code that its text does not show.
pub(crate) fn may_unlock(effects: &Effects) -> bool {
    effects.mentions_advisory_unlock || effects.opaque
}

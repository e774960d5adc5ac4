//! What else is going on in the database: locks, transactions, what was left behind.

use std::time::Instant;

use surefoot_journal::Journal;
use surefoot_pg::{holder, literal};

use super::{Asked, Look, age, text};

/// Clocks that differ more make the journal's times misleading.
const CLOCK_TOLERANCE: f64 = 5.0;

impl Look<'_> {
    pub(super) async fn lock(&mut self) -> Asked {
        match holder(self.session, Journal::lock_key(self.project.journal_schema())).await? {
            None => self.report.ok("migration lock", "free"),
            Some(h) => self.report.warn(
                "migration lock",
                format!(
                    "held by pid {} (role {}, from {}, application {:?}, since {}, {})",
                    h.pid, h.user, h.host, h.application, h.since, h.state
                ),
                format!("wait for it; if it is dead: SELECT pg_terminate_backend({});", h.pid),
            ),
        }
        Ok(())
    }

    pub(super) async fn clock(&mut self) -> Asked {
        let (wall, begun) = (jiff::Timestamp::now(), Instant::now());
        let row = self.one("SELECT extract(epoch FROM pg_catalog.clock_timestamp())").await?;
        let half = begun.elapsed().as_secs_f64() / 2.0;
        let server: f64 = text(&row, 0).parse().unwrap_or_default();
        let here = wall.as_microsecond() as f64 / 1_000_000.0 + half;
        let skew = server - here;
        let words = if skew < 0.0 { "behind" } else { "ahead of" };
        if skew.abs() > CLOCK_TOLERANCE {
            self.report.warn(
                "clock",
                format!("the server is {:.1} s {words} this machine", skew.abs()),
                "synchronise both with NTP: the journal keeps both times",
            );
        } else {
            self.report.ok("clock", format!("{:.0} ms {words} this machine", (skew * 1000.0).abs()));
        }
        Ok(())
    }

    pub(super) async fn sessions(&mut self) -> Asked {
        if self.target.connector.single_connection {
            return Ok(());
        }
        let rows = self
            .session
            .rows(
                "SELECT a.pid, coalesce(a.usename, ''), a.application_name, coalesce(a.state, a.backend_type), \
                   extract(epoch FROM clock_timestamp() - a.xact_start)::bigint, \
                   a.query LIKE 'autovacuum:%(to prevent wraparound)' \
                 FROM pg_catalog.pg_stat_activity a \
                 WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.xact_start IS NOT NULL \
                   AND (a.state LIKE 'idle in transaction%' AND a.state_change < clock_timestamp() - interval '10 s' \
                     OR a.backend_type = 'client backend' AND a.xact_start < clock_timestamp() - interval '1 min' \
                     OR a.query LIKE 'autovacuum:%(to prevent wraparound)') \
                 ORDER BY a.xact_start LIMIT 6",
            )
            .await?;
        if rows.is_empty() {
            let hidden = self
                .one(
                    "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE datname = current_database() \
                     AND query = '<insufficient privilege>'",
                )
                .await?;
            let hidden: u64 = text(&hidden, 0).parse().unwrap_or_default();
            if hidden > 0 {
                self.report.ok(
                    "sessions",
                    format!("no long transaction among those this role may see ({hidden} hidden: pg_read_all_stats shows them)"),
                );
            } else {
                self.report.ok("sessions", "no transaction that would hold a migration up");
            }
            return Ok(());
        }
        let found: Vec<String> = rows
            .iter()
            .map(|r| {
                let seconds: u64 = r.parse(4).unwrap_or_default();
                format!(
                    "pid {} ({}, {:?}, {}) has a transaction open for {}",
                    r.get(0).unwrap_or_default(),
                    r.get(1).unwrap_or_default(),
                    r.get(2).unwrap_or_default(),
                    if r.get(5) == Some("t") {
                        "autovacuum to prevent wraparound"
                    } else {
                        r.get(3).unwrap_or_default()
                    },
                    age(seconds)
                )
            })
            .collect();
        let first = rows.first().and_then(|r| r.get(0)).unwrap_or_default();
        self.report.warn(
            "sessions",
            format!("a change of tables they use would have to wait: {}", found.join("; ")),
            format!("let them end, or end them: SELECT pg_terminate_backend({first});"),
        );
        Ok(())
    }

    pub(super) async fn indexes(&mut self) -> Asked {
        let rows = self
            .session
            .rows(
                "SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) FROM pg_catalog.pg_index i \
                 JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 WHERE NOT i.indisvalid AND c.relkind = 'i' AND n.nspname !~ '^pg_' \
                   AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = c.oid) \
                 ORDER BY 1 LIMIT 10",
            )
            .await?;
        let names: Vec<&str> = rows.iter().filter_map(|r| r.get(0)).collect();
        if names.is_empty() {
            self.report.ok("indexes", "all valid");
        } else {
            self.report.warn(
                "indexes",
                format!("invalid, left by a CREATE INDEX CONCURRENTLY that failed: {}", names.join(", ")),
                format!(
                    "build it again: REINDEX INDEX CONCURRENTLY {0}; or drop it: DROP INDEX CONCURRENTLY {0};",
                    names[0]
                ),
            );
        }
        Ok(())
    }

    pub(super) async fn prepared(&mut self) -> Asked {
        let rows = self
            .session
            .rows(
                "SELECT gid, extract(epoch FROM clock_timestamp() - prepared)::bigint FROM pg_catalog.pg_prepared_xacts \
                 WHERE database = current_database() ORDER BY prepared LIMIT 10",
            )
            .await?;
        if rows.is_empty() {
            self.report.ok("prepared transactions", "none");
            return Ok(());
        }
        let found: Vec<String> = rows
            .iter()
            .map(|r| format!("{} for {}", r.get(0).unwrap_or_default(), age(r.parse(1).unwrap_or_default())))
            .collect();
        self.report.warn(
            "prepared transactions",
            format!("they hold their locks until they are ended: {}", found.join(", ")),
            format!("ROLLBACK PREPARED {};", literal(rows[0].get(0).unwrap_or_default()).trim_start()),
        );
        Ok(())
    }
}

//! The server and the way to it.

use std::time::{Duration, Instant};

use surefoot_executor::pooler_in_between;
use surefoot_pg::literal;

use super::{Asked, Look, is_local, millis, text};

/// Versions of PostgreSQL that Surefoot knows.
const OLDEST: u32 = 13;
const NEWEST: u32 = 18;

impl Look<'_> {
    pub(super) async fn server(&mut self, connecting: Duration) -> Asked {
        let row = self.one("SELECT pg_catalog.version(), pg_catalog.current_setting('server_version')").await?;
        let full = text(&row, 0);
        let mut fastest = Duration::MAX;
        for _ in 0..3 {
            let begun = Instant::now();
            self.session.rows("SELECT 1").await?;
            fastest = fastest.min(begun.elapsed());
        }
        let kind = match () {
            () if self.target.connector.single_connection => "embedded PostgreSQL",
            () if full.contains("CockroachDB") => "CockroachDB",
            () if full.contains("YugabyteDB") || full.contains("-YB-") => "YugabyteDB",
            () if full.contains("Redshift") => "Redshift",
            () => "PostgreSQL",
        };
        let found = format!(
            "{kind} {}, answers in {:.1} ms, connected in {} ms",
            text(&row, 1),
            fastest.as_secs_f64() * 1000.0,
            connecting.as_millis()
        );
        let major = self.session.major();
        if !kind.ends_with("PostgreSQL") {
            self.report.fail(
                "server",
                found,
                "Surefoot is for PostgreSQL: its catalogs and locks are not this server's",
            );
        } else if major < OLDEST {
            self.report.fail("server", found, format!("upgrade the server to PostgreSQL {OLDEST} or newer"));
        } else if major > NEWEST {
            self.report.warn(
                "server",
                found,
                format!("this surefoot knows PostgreSQL {OLDEST} to {NEWEST}: look for a newer surefoot"),
            );
        } else {
            self.report.ok("server", found);
        }
        Ok(())
    }

    pub(super) async fn tls(&mut self) -> Asked {
        if self.target.connector.single_connection {
            self.report.ok("tls", "not needed: the server is in this process");
            return Ok(());
        }
        let url = &self.target.connector.url;
        let local = url.hosts().iter().all(|(h, _)| is_local(h));
        let row = self
            .one("SELECT ssl, version, cipher FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid()")
            .await?;
        if text(&row, 0) == "t" {
            let found = format!("{} {}", text(&row, 1), text(&row, 2));
            let verified = ["verify-full", "verify-ca"].iter().any(|mode| url.expose().contains(mode));
            if verified || local {
                self.report.ok("tls", found);
            } else {
                self.report.warn(
                    "tls",
                    format!("{found}, but the server's certificate is not checked"),
                    "add sslmode=verify-full (and sslrootcert=...) to the URL",
                );
            }
        } else if local {
            self.report.ok("tls", "none; the server is on this machine");
        } else {
            self.report.warn(
                "tls",
                "none: passwords and data cross the network in the clear",
                "switch ssl on in the server and add sslmode=verify-full to the URL",
            );
        }
        Ok(())
    }

    pub(super) async fn pooler(&mut self) -> Asked {
        let remedy = format!(
            "give the server's own address: direct-url in [environments.{}], or --url",
            self.target.spec.environment
        );
        match pooler_in_between(self.session).await {
            Ok(true) => self.report.fail(
                "pooler",
                "a transaction-pooling proxy stands between: the server session changes between statements",
                remedy,
            ),
            Ok(false) => {
                let marked = self.target.connector.url.ignored().iter().any(|p| p == "pgbouncer");
                if marked {
                    self.report.warn("pooler", "the URL has pgbouncer=..., so a pooler may stand between", remedy);
                } else {
                    self.report.ok("pooler", "none: one session from statement to statement");
                }
            }
            Err(surefoot_executor::Error::Pg(e)) => return Err(e),
            Err(e) => self.report.error("pooler", &e.into()),
        }
        Ok(())
    }

    pub(super) async fn writable(&mut self) -> Asked {
        let row = self
            .one("SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('default_transaction_read_only')")
            .await?;
        if text(&row, 0) == "t" {
            self.report.fail(
                "writable",
                "the server is a standby: it accepts no changes",
                "use the URL of the primary",
            );
        } else if text(&row, 1) == "on" {
            self.report.fail(
                "writable",
                "sessions are read-only (default_transaction_read_only = on)",
                "use a role or database without that setting",
            );
        } else {
            self.report.ok("writable", "a primary that accepts changes");
        }
        Ok(())
    }

    pub(super) async fn settings(&mut self) -> Asked {
        let names = [
            "lock_timeout",
            "statement_timeout",
            "idle_in_transaction_session_timeout",
            "synchronous_commit",
            "fsync",
            "full_page_writes",
            "session_replication_role",
            "standard_conforming_strings",
            "server_encoding",
            "max_locks_per_transaction",
            "search_path",
        ];
        let list: Vec<String> =
            names.iter().map(|n| format!("pg_catalog.current_setting({}, true)", literal(n))).collect();
        let row = self.one(&format!("SELECT {}", list.join(", "))).await?;
        let value = |name: &str| names.iter().position(|n| *n == name).map_or("", |i| text(&row, i));
        let (mut wrong, mut remedies) = (Vec::new(), Vec::new());
        let embedded = self.target.connector.single_connection;
        for name in ["fsync", "full_page_writes"] {
            if value(name) == "off" && !embedded {
                wrong.push(format!("{name} is off: a crash can lose or damage the database"));
                remedies.push(format!("switch {name} on, unless this database may be lost"));
            }
        }
        if matches!(value("synchronous_commit"), "off" | "local") {
            wrong.push(format!(
                "synchronous_commit is {}; migrations set it to on for themselves",
                value("synchronous_commit")
            ));
            remedies.push("decide whether the application may lose its last commits".to_owned());
        }
        if value("session_replication_role") != "origin" {
            wrong.push(format!(
                "session_replication_role is {}: triggers and foreign keys do not work",
                value("session_replication_role")
            ));
            remedies.push("reset it for the role: ALTER ROLE ... RESET session_replication_role".to_owned());
        }
        if value("standard_conforming_strings") == "off" {
            wrong.push("standard_conforming_strings is off: backslashes in SQL files mean something else".to_owned());
            remedies.push("switch it on".to_owned());
        }
        if value("server_encoding") != "UTF8" {
            wrong.push(format!("the database has encoding {}, and files are UTF-8", value("server_encoding")));
            remedies.push("create the database with ENCODING 'UTF8'".to_owned());
        }
        let options = &self.target.spec.options;
        let found = format!(
            "migrations wait {} for a lock and run {}; other sessions: lock_timeout {}, statement_timeout {}, idle_in_transaction_session_timeout {}",
            millis(options.lock_timeout),
            if options.statement_timeout.is_zero() {
                "without limit".to_owned()
            } else {
                format!("at most {}", millis(options.statement_timeout))
            },
            value("lock_timeout"),
            value("statement_timeout"),
            value("idle_in_transaction_session_timeout"),
        );
        if wrong.is_empty() {
            self.report.ok("settings", found);
        } else {
            self.report.warn("settings", wrong.join("; "), remedies.join("; "));
        }
        Ok(())
    }
}

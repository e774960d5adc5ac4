//! What is asserted of one case, on one server.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use surefoot_catalog::Catalog;
use surefoot_diff::{Script, diff};
use surefoot_introspect::{Options, Snapshot, catalog, snapshot};
use surefoot_pg::{ConnectOptions, ConnectUrl, Session};

use super::Case;

type Result<T> = std::result::Result<T, String>;

/// A schema as the engine reads it, and as the judge does.
struct Seen {
    model: Catalog,
    lines: Snapshot,
}

/// The server that cases are tried on.
pub(crate) struct Server {
    /// With `{db}` where the name of the database goes.
    pub(crate) url: String,
    pub(crate) major: u32,
    /// What `CREATE EXTENSION` would find.
    pub(crate) extensions: Vec<String>,
}

impl Server {
    pub(crate) fn at(url: &str) -> Self {
        let extensions = "SELECT name FROM pg_available_extensions";
        let (major, extensions) = block_on(async {
            let session = connect(url, "postgres").await;
            (session.major(), session.rows(extensions).await.expect("extensions"))
        });
        let extensions = extensions.iter().filter_map(|row| row.get(0).map(str::to_owned)).collect();
        Self { url: url.to_owned(), major, extensions }
    }

    /// Makes the roles that are not there.
    pub(crate) fn create_roles(&self, names: &BTreeSet<&String>) {
        block_on(async {
            let session = connect(&self.url, "postgres").await;
            for name in names {
                let there =
                    session.rows(&format!("SELECT FROM pg_roles WHERE rolname = '{name}'")).await.expect("roles");
                if there.is_empty() {
                    session.run(&format!("CREATE ROLE \"{name}\"")).await.expect("a role");
                }
            }
        });
    }
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

/// One worker: a database in which the schemas are loaded and rolled back, and one, made for each case, in which the
/// scripts run.
pub(crate) struct Trial {
    admin: Session,
    scratch: Session,
    url: String,
    name: String,
    show: bool,
}

impl Trial {
    /// `url` has `{db}` where the name of the database goes.
    pub(crate) async fn new(url: &str, number: usize, show: bool) -> Self {
        let admin = connect(url, "postgres").await;
        let name = format!("trial_{number}");
        for database in [format!("scratch_{number}"), name.clone()] {
            admin.run(&format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)")).await.expect("drop database");
        }
        admin.run(&format!("CREATE DATABASE scratch_{number} TEMPLATE template0")).await.expect("create database");
        let scratch = connect(url, &format!("scratch_{number}")).await;
        Self { admin, scratch, url: url.to_owned(), name, show }
    }

    /// Says what is wrong; nothing when all holds.
    pub(crate) async fn run(&self, case: &Case) -> Result<()> {
        let before = self.look(&case.before, case.with_roles).await.map_err(|e| format!("before: {e}"))?;
        let after = self.look(&case.after, case.with_roles).await.map_err(|e| format!("after: {e}"))?;
        // The judge does not see everything: a subscription's connection is not in its lines.
        let judged_same = before.lines.diff(&after.lines).iter().all(|d| d.order_only);
        if judged_same && before.model.objects() == after.model.objects() {
            return Err("before and after are the same".into());
        }

        // A transaction that is rolled back costs a tenth of a database. What it finds wrong is tried again in one.
        match self.in_a_transaction(case, &before, &after).await? {
            Some(Ok(())) => return Ok(()),
            // Elsewhere the roles would stay.
            Some(Err(error)) if case.with_roles => return Err(error),
            None if case.with_roles => return Err("a case with roles has to fit into a transaction".into()),
            _ => {}
        }
        let session = self.fresh(&[&case.before, &case.rows]).await?;
        self.forward(&session, case, &before, &after).await?;
        let session = match &case.rows_after {
            None => session,
            Some(rows) => {
                self.leave(session).await;
                self.fresh(&[&case.after, rows]).await?
            }
        };
        self.way(&session, &after, &before).await.map_err(|e| format!("back: {e}"))?;
        self.leave(session).await;
        Ok(())
    }

    /// Whether all holds inside of one transaction. `None`: not tried where a transaction hides what would fail: the values of
    /// an enum that it made itself can be used at once.
    async fn in_a_transaction(&self, case: &Case, before: &Seen, after: &Seen) -> Result<Option<Result<()>>> {
        let tells = |sql: &String| !sql.contains("ENUM") && !sql.contains("SUBSCRIPTION");
        if !tells(&case.before) || !tells(&case.after) || case.rows_after.is_some() {
            return Ok(None);
        }
        let session = &self.scratch;
        session.run("BEGIN").await.map_err(|e| e.to_string())?;
        let all = async {
            for sql in [&case.before, &case.rows] {
                session.run(sql).await.map_err(|e| e.to_string())?;
            }
            session.run("RESET ROLE; SET CONSTRAINTS ALL IMMEDIATE").await.map_err(|e| e.to_string())?;
            self.forward(session, case, before, after).await?;
            self.way(session, after, before).await
        };
        let result = all.await.map(|_| ());
        session.run("ROLLBACK").await.map_err(|e| e.to_string())?;
        session.run("RESET ALL; RESET ROLE").await.map_err(|e| e.to_string())?;
        Ok(Some(result))
    }

    async fn forward(&self, session: &Session, case: &Case, before: &Seen, after: &Seen) -> Result<()> {
        let kept = rows(session, &case.keeps).await.map_err(|e| format!("keeps, before: {e}"))?;
        let forward = self.way(session, before, after).await.map_err(|e| format!("forward: {e}"))?;
        let keeps = rows(session, &case.keeps).await.map_err(|e| format!("keeps, after: {e}"))?;
        if kept != keeps {
            return Err(format!("rows: {kept:?} became {keeps:?}\n{}", self.shown(&forward)));
        }
        if !case.accept_drop
            && let Some(step) = forward.steps.iter().find(|step| step.loss.is_some())
        {
            return Err(format!("loses {}: {}", step.loss.as_deref().unwrap_or_default(), step.sql));
        }
        Ok(())
    }

    /// Applies the way from one to the other, and looks whether it leads there.
    async fn way(&self, session: &Session, from: &Seen, to: &Seen) -> Result<Script> {
        let options = surefoot_diff::Options::default();
        let script = diff(&from.model, &to.model, &options).map_err(|e| e.to_string())?;
        session.run("SET check_function_bodies = off").await.map_err(|e| e.to_string())?;
        for step in &script.steps {
            if let Err(error) = session.run(&step.sql).await {
                return Err(format!("{}\n    {error}\n{}", step.sql, self.shown(&script)));
            }
        }
        session.run("RESET ALL").await.map_err(|e| e.to_string())?;
        let reached = see(session, from.model.roles).await?;
        let mut text = String::new();
        for difference in reached.lines.diff(&to.lines).iter().filter(|d| !d.order_only) {
            let _ = writeln!(text, "differs: {difference}");
        }
        let again = diff(&reached.model, &to.model, &options).map_err(|e| e.to_string())?;
        if !again.is_empty() {
            let _ = writeln!(text, "not empty the second time: {}", again.to_sql().trim());
        }
        if text.is_empty() { Ok(script) } else { Err(format!("{}\n{}", text.trim_end(), self.shown(&script))) }
    }

    fn shown(&self, script: &Script) -> String {
        if self.show { format!("---- script\n{}", script.to_sql()) } else { String::new() }
    }

    /// Loads a schema, reads it, and forgets it.
    async fn look(&self, sql: &str, roles: bool) -> Result<Seen> {
        self.scratch.run("BEGIN").await.map_err(|e| e.to_string())?;
        let seen = match self.scratch.run(sql).await {
            Ok(_) => see(&self.scratch, roles).await,
            Err(e) => Err(e.to_string()),
        };
        self.scratch.run("ROLLBACK").await.map_err(|e| e.to_string())?;
        seen
    }

    /// The database of this worker, made anew.
    async fn fresh(&self, texts: &[&str]) -> Result<Session> {
        self.admin
            .run(&format!("CREATE DATABASE {} TEMPLATE template0", self.name))
            .await
            .map_err(|e| e.to_string())?;
        let session = connect(&self.url, &self.name).await;
        for sql in texts {
            session.run(sql).await.map_err(|e| e.to_string())?;
        }
        session.run("RESET ALL; RESET ROLE").await.map_err(|e| e.to_string())?;
        Ok(session)
    }

    /// Gives the database up.
    async fn leave(&self, session: Session) {
        session.close().await;
        self.clean().await;
    }

    /// Drops what a case left. A database with a subscription cannot be dropped.
    pub(crate) async fn clean(&self) {
        let exists = format!("SELECT 1 FROM pg_database WHERE datname = '{}'", self.name);
        if self.admin.rows(&exists).await.expect("pg_database").is_empty() {
            return;
        }
        let subscriptions = "SELECT format(verb, subname) FROM pg_subscription s
             CROSS JOIN LATERAL (VALUES (1, 'ALTER SUBSCRIPTION %I DISABLE'), (2, 'ALTER SUBSCRIPTION %I SET (slot_name = NONE)'),
                                        (3, 'DROP SUBSCRIPTION %I')) v (n, verb)
             JOIN pg_database d ON d.oid = s.subdbid WHERE d.datname = current_database() ORDER BY subname, n";
        let session = connect(&self.url, &self.name).await;
        for row in session.rows(subscriptions).await.unwrap_or_default() {
            // It may be disabled already, and have no slot.
            let _ = session.run(row.get(0).unwrap_or_default()).await;
        }
        session.close().await;
        self.admin.run(&format!("DROP DATABASE {} WITH (FORCE)", self.name)).await.expect("drop database");
    }
}

async fn see(session: &Session, roles: bool) -> Result<Seen> {
    let options = Options { roles, ..Options::default() };
    Ok(Seen {
        model: catalog(session, &options).await.map_err(|e| e.to_string())?,
        lines: snapshot(session, &options).await.map_err(|e| e.to_string())?,
    })
}

async fn rows(session: &Session, sql: &str) -> Result<Vec<Vec<Option<String>>>> {
    if sql.is_empty() {
        return Ok(Vec::new());
    }
    let rows = session.rows(sql).await.map_err(|e| e.to_string())?;
    Ok(rows.iter().map(|row| (0..row.len()).map(|i| row.get(i).map(str::to_owned)).collect()).collect())
}

async fn connect(url: &str, database: &str) -> Session {
    let url = ConnectUrl::parse(&url.replace("{db}", database)).expect("a URL");
    Session::connect(&ConnectOptions::new(url, "cases")).await.expect("a session")
}

//! The elevated role: for the migrations that ask for it, and only for them.

use std::time::{Duration, Instant};

use surefoot_journal::Journal;
use surefoot_pg::{Session, literal};
use surefoot_plan::Work;

use crate::connect::{Connector, RunOptions};
use crate::{Error, Result, Runner};

impl Connector {
    /// Looks before anything runs whether the migrations that ask for the elevated role will get it.
    ///
    /// # Errors
    /// [`Error::NoElevatedRole`], [`Error::MayNotElevate`], [`Error::ElevatedUrl`].
    pub async fn check_elevated(&self, session: &Session, options: &RunOptions, works: &[Work]) -> Result<()> {
        let Some(work) = works.iter().find(|w| w.settings.elevated) else { return Ok(()) };
        let migration = work.id.clone();
        if self.elevated_url.is_some() {
            return match self.elevated(options).await {
                Ok(session) => {
                    if let Some(session) = session {
                        session.close().await;
                    }
                    Ok(())
                }
                Err(Error::Pg(error)) => Err(Error::ElevatedUrl { migration, error }),
                Err(e) => Err(e),
            };
        }
        let Some(role) = &self.elevated_role else { return self.needs_nobody(session, work).await };
        // From 16 on membership alone is not enough (PostgreSQL manual, GRANT).
        let privilege = if session.major() >= 16 { "SET" } else { "MEMBER" };
        let rows = session
            .rows(&format!(
                "SELECT session_user, \
                        (SELECT pg_catalog.pg_has_role(session_user, r.oid, '{privilege}') \
                         FROM pg_catalog.pg_roles r WHERE r.rolname = {})",
                literal(role)
            ))
            .await?;
        let Some(row) = rows.first() else { return Ok(()) };
        let reason = match row.get(1) {
            Some("t") => return Ok(()),
            Some(_) => "it is not a member of that role",
            None => "there is no such role",
        };
        Err(Error::MayNotElevate {
            migration,
            user: row.get(0).unwrap_or_default().to_owned(),
            role: role.clone(),
            reason,
        })
    }

    /// Runs statements as the elevated role, each by itself, before the ordinary role goes on.
    ///
    /// # Errors
    /// [`Error::NoElevatedRole`] when there is none; the server's.
    pub async fn run_elevated(
        &self,
        session: &Session,
        options: &RunOptions,
        migration: &str,
        statements: &[String],
    ) -> Result<()> {
        if let Some(elevated) = self.elevated(options).await? {
            let mut done = Ok(());
            for sql in statements {
                done = elevated.run(sql).await.map(|_| ());
                if done.is_err() {
                    break;
                }
            }
            elevated.close().await;
            return Ok(done?);
        }
        let Some(role) = &self.elevated_role else {
            if self.single_connection {
                return Ok(());
            }
            let rows = session.rows("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user").await?;
            return match rows.first().and_then(|r| r.get(0)) {
                Some("t") => Ok(()),
                _ => Err(Error::NoElevatedRole { migration: migration.to_owned() }),
            };
        };
        for sql in statements {
            let role = surefoot_pg::ident(role);
            if let Err(e) = session.run(&format!("BEGIN; SET LOCAL ROLE {role}; {sql}; COMMIT")).await {
                // The batch stops inside its own transaction.
                let _ = session.run("ROLLBACK").await;
                return Err(e.into());
            }
        }
        Ok(())
    }

    /// A superuser needs nobody above him, and the embedded PostgreSQL has only one.
    async fn needs_nobody(&self, session: &Session, work: &Work) -> Result<()> {
        if self.single_connection {
            return Ok(());
        }
        let rows = session.rows("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user").await?;
        if rows.first().and_then(|r| r.get(0)) == Some("t") {
            return Ok(());
        }
        Err(Error::NoElevatedRole { migration: work.id.clone() })
    }
}

impl Runner<'_> {
    pub(crate) async fn enter_elevated(&mut self, work: &Work) -> Result<()> {
        if self.connector.elevated_url.is_some() {
            if let Some(session) = self.connector.elevated(&self.options).await? {
                // So that another run waits for this session even when ours is gone.
                // The one before it may still be ending.
                let key = Journal::elevated_lock_key(self.journal.schema());
                let begun = Instant::now();
                while !surefoot_pg::try_acquire(&session, key).await? {
                    if begun.elapsed() > self.options.migration_lock_timeout {
                        let holder = surefoot_pg::holder(&session, key).await?.map(Box::new);
                        return Err(Error::LockNotObtained { holder, waited: begun.elapsed() });
                    }
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                self.elevated = Some(session);
            }
            return Ok(());
        }
        if self.connector.elevated_role.is_some() {
            return Ok(());
        }
        self.connector.needs_nobody(&self.session, work).await
    }

    pub(crate) async fn leave_elevated(&mut self) {
        if let Some(session) = self.elevated.take() {
            session.close().await;
        }
    }
}

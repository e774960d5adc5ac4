//! `reset`: empty a database, so that everything can be applied anew.
//!
//! Goes: every schema but the system's and the journal's, with what is in it;
//! the content of `public`, and `public` itself where the role may make it
//! again as the server makes it; extensions, publications, event triggers,
//! foreign data wrappers and servers, languages, casts, large objects.
//!
//! Stays: the journal, because it is the history: each migration gets an event
//! that says it was reset. What belongs to the whole cluster (roles,
//! tablespaces, settings of the database), global default privileges,
//! subscriptions. Extensions of another role stay unless the elevated role may
//! drop them.
//!
//! Change and journal entry commit together. Only where the server has not
//! enough room for the locks (`max_locks_per_transaction`) the entry is
//! committed first and the objects go one by one after it.

use serde_json::{Map, json};
use surefoot_executor::{Connector, Error as ExecutorError, Interrupt, Observer, Progress, Runner};
use surefoot_journal::{Event, EventKind, FileRecord, Journal, Recorded, State, Transition};
use surefoot_pg::{ConnectOptions, ConnectUrl, ErrorClass, Session, ident, literal};
use surefoot_source::MigrationSet;

mod inventory;

use self::inventory::{Inventory, member, mine};
use crate::config::interpolate;
use crate::preflight::preflight;
use crate::state::History;
use crate::target::{Place, Target, TargetSpec};
use crate::up::{create_journal, record_refusal};
use crate::{Error, Invocation, Project, Result};

/// What a reset would destroy, for the question that is asked first.
#[derive(Debug, Clone, Default)]
pub struct ResetSurvey {
    /// Name of the database.
    pub database: String,
    /// Schemas besides the system's and the journal's.
    pub schemas: usize,
    /// Tables in them.
    pub tables: usize,
    /// Size of the database, as the server prints it.
    pub size: String,
    /// Migrations that are applied, wholly or in part.
    pub applied: usize,
    /// Whether the database has this project's journal.
    pub has_journal: bool,
}

/// What a reset did.
#[derive(Debug, Clone, Default)]
pub struct ResetReport {
    /// Environment.
    pub environment: String,
    /// Target in words.
    pub target: String,
    /// What was dropped, as `schema app`, `extension vector`.
    pub dropped: Vec<String>,
    /// What was left, and why.
    pub left: Vec<String>,
    /// Migrations that were applied before, newest first.
    pub reverted: Vec<String>,
    /// Identity of the run in the journal.
    pub run: String,
}

/// Refuses what must not be done to a protected environment: neither under its own name nor through a URL that leads
/// to the same database.
///
/// # Errors
/// [`Error::Refused`].
pub fn refuse_protected(project: &Project, invocation: &Invocation, spec: &TargetSpec, command: &str) -> Result<()> {
    let refused = |environment: &str, how: &str| Error::Refused {
        code: "protected",
        message: format!("environment {environment} is protected: `{command}` is refused there{how}"),
        hint: format!(
            "use another environment with --env; `surefoot up` and `surefoot down` work on {environment}, or remove `protected` from [environments.{environment}] of surefoot.toml"
        ),
    };
    if spec.protected {
        return Err(refused(&spec.environment, ""));
    }
    let Place::Url(url) = &spec.place else { return Ok(()) };
    for (name, section) in project.config.environments.iter().filter(|(_, s)| s.protected) {
        for text in section.url.iter().chain(&section.direct_url) {
            // A URL whose variable is not set here leads nowhere.
            let Ok(text) = interpolate(text, &invocation.variables) else { continue };
            let Ok(other) = ConnectUrl::parse(&text) else { continue };
            if other.hosts() == url.hosts() && other.database() == url.database() {
                return Err(refused(name, &format!(", and {} leads to its database", spec.describe())));
            }
        }
    }
    Ok(())
}

/// Records a refusal in the target's journal, where there is one and it can be reached. Never creates anything.
pub async fn record_refused(
    project: &Project,
    invocation: &Invocation,
    set: &MigrationSet,
    target: &Target,
    command: &str,
    error: &Error,
) {
    // The refusal stands whether or not it can be recorded.
    let Ok(session) = target.look().await else { return };
    if let Ok(history) = History::read(project, set, &target.spec.environment, Some(&session)).await {
        record_refusal(invocation, &history, &session, command, error).await;
    }
    session.close().await;
}

/// Looks at what a reset would destroy.
///
/// # Errors
/// When the target cannot be read, or its journal is another project's.
pub async fn survey_reset(project: &Project, set: &MigrationSet, target: &Target) -> Result<ResetSurvey> {
    let session = target.look().await?;
    let history = History::read(project, set, &target.spec.environment, Some(&session)).await?;
    let rows = session
        .rows(&format!(
            "SELECT pg_catalog.current_database(), \
               (SELECT pg_catalog.count(*) FROM pg_catalog.pg_namespace n WHERE {mine} AND n.nspname <> 'public'), \
               (SELECT pg_catalog.count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n \
                  ON n.oid = c.relnamespace WHERE {mine} AND c.relkind IN ('r', 'p') AND NOT {member}), \
               pg_catalog.pg_size_pretty(pg_catalog.pg_database_size(pg_catalog.current_database()))",
            mine = mine(project.journal_schema()),
            member = member("pg_class", "c.oid"),
        ))
        .await?;
    let row = rows.first();
    let survey = ResetSurvey {
        database: row.and_then(|r| r.get(0)).unwrap_or_default().to_owned(),
        schemas: row.and_then(|r| r.parse(1)).unwrap_or_default(),
        tables: row.and_then(|r| r.parse(2)).unwrap_or_default(),
        size: row.and_then(|r| r.get(3)).unwrap_or_default().to_owned(),
        applied: history.recorded.iter().filter(|r| r.state != State::Reverted).count(),
        has_journal: history.journal.is_some(),
    };
    session.close().await;
    Ok(survey)
}

/// Empties the target's database. The caller has made sure that it is meant.
///
/// # Errors
/// [`Error::Refused`] for a protected environment and for a database that another project's journal is in;
/// otherwise the server's, and then nothing was changed.
pub async fn reset(
    project: &Project,
    invocation: &Invocation,
    set: &MigrationSet,
    target: &Target,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<ResetReport> {
    refuse_protected(project, invocation, &target.spec, "reset")?;
    let session = target.connect().await?;
    Runner::lock(&session, project.journal_schema(), &target.spec.options, observer, interrupt).await?;
    let history = History::read(project, set, &target.spec.environment, Some(&session)).await?;
    let other = other_journals(&session, project.journal_schema()).await?;
    if !other.is_empty() {
        let error = Error::Refused {
            code: "shared-database",
            message: format!(
                "the database also has the journal of another project, in schema {}: reset would destroy what is there",
                other.join(", ")
            ),
            hint: "roll this project back instead: surefoot down --to base".into(),
        };
        record_refusal(invocation, &history, &session, "reset", &error).await;
        return Err(error);
    }
    preflight(target, &session, history.journal.as_ref(), &[]).await?;
    let inventory = Inventory::read(&session, project.journal_schema(), target).await?;
    let journal = match history.journal.clone() {
        Some(journal) => journal,
        None => create_journal(project, invocation, &session).await?,
    };
    let mut report = ResetReport {
        environment: target.spec.environment.clone(),
        target: target.spec.describe(),
        dropped: inventory.dropped.clone(),
        left: inventory.left.clone(),
        run: invocation.run.clone(),
        reverted: Vec::new(),
    };
    let mut standing: Vec<&Recorded> = history.recorded.iter().filter(|r| r.state != State::Reverted).collect();
    standing.sort_by_key(|r| std::cmp::Reverse((r.repeatable, r.position, r.event)));
    report.reverted = standing.iter().map(|r| r.id.clone()).collect();
    let entry = Entry { project, invocation, journal: &journal, standing: &standing, report: &report };
    empty(target, &session, &inventory, &entry.sql(), observer, interrupt).await?;
    session.close().await;
    for name in &inventory.elevated_extensions {
        match drop_elevated(&target.connector, name).await {
            Ok(()) => report.dropped.push(format!("extension {name}")),
            Err(e) => report.left.push(format!("extension {name}: {e}")),
        }
    }
    Ok(report)
}

/// Drops and records in one transaction; again after a lock time-out, and in pieces when there is no room for locks.
async fn empty(
    target: &Target,
    session: &Session,
    inventory: &Inventory,
    entry: &[String],
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<()> {
    let options = &target.spec.options;
    let tries = options.retry_attempts + 1;
    let mut attempt = 1;
    loop {
        let error = match together(session, inventory, entry, interrupt).await {
            Ok(()) => return Ok(()),
            Err(e) => e,
        };
        // A dead session has rolled back by itself.
        let _ = session.run("ROLLBACK").await;
        if interrupt.is_raised() {
            return Err(ExecutorError::Interrupted { migration: None, units_done: 0, units_total: 0 }.into());
        }
        // out_of_memory is what a full lock table gives ("You might need to increase max_locks_per_transaction").
        if error.code() == Some("53200") {
            observer.observe(&Progress::Repaired {
                what: "the lock table of the server is too small to empty the database at once: object by object instead",
            });
            return in_pieces(session, inventory, entry, interrupt).await;
        }
        let again = matches!(error.class(), ErrorClass::LockTimeout | ErrorClass::Deadlock);
        if !again || attempt >= tries {
            return Err(match error.class() {
                ErrorClass::LockTimeout => Error::Executor(ExecutorError::Pg(error)),
                _ => error.into(),
            });
        }
        let pause = options.retry_delay.saturating_mul(attempt);
        attempt += 1;
        observer.observe(&Progress::Retry { attempt, of: tries, reason: &error.to_string(), pause });
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = interrupt.raised() => {}
        }
    }
}

async fn together(
    session: &Session,
    inventory: &Inventory,
    entry: &[String],
    interrupt: &Interrupt,
) -> std::result::Result<(), surefoot_pg::Error> {
    session.run("BEGIN").await?;
    for sql in &inventory.whole {
        run(session, sql, interrupt).await?;
    }
    for sql in entry {
        session.run(sql).await?;
    }
    if interrupt.is_raised() {
        return Err(surefoot_pg::Error::Unexpected("interrupted".into()));
    }
    session.run("COMMIT").await?;
    Ok(())
}

async fn in_pieces(session: &Session, inventory: &Inventory, entry: &[String], interrupt: &Interrupt) -> Result<()> {
    session.run("BEGIN").await?;
    for sql in entry {
        if let Err(e) = session.run(sql).await {
            let _ = session.run("ROLLBACK").await;
            return Err(e.into());
        }
    }
    session.run("COMMIT").await?;
    for sql in inventory.pieces.iter().chain(&inventory.whole) {
        run(session, sql, interrupt).await?;
    }
    Ok(())
}

async fn run(session: &Session, sql: &str, interrupt: &Interrupt) -> std::result::Result<(), surefoot_pg::Error> {
    let running = session.run(sql);
    tokio::pin!(running);
    tokio::select! {
        result = &mut running => return result.map(drop),
        () = interrupt.raised() => {
            // If the request does not arrive the statement goes on; a second interrupt ends the process.
            let _ = session.cancel_handle().cancel().await;
        }
    }
    running.await.map(drop)
}

/// The extensions that only the elevated role may drop. Nothing depends on them any more.
async fn drop_elevated(connector: &Connector, name: &str) -> Result<()> {
    let sql = format!("DROP EXTENSION IF EXISTS {}", ident(name));
    if let Some(url) = &connector.elevated_url {
        let options = ConnectOptions::new(url.clone(), format!("{} elevated", connector.application_name));
        let session = Session::connect(&options).await?;
        let dropped = session.run(&format!("SET lock_timeout = 3000; {sql}")).await;
        session.close().await;
        dropped?;
    } else if let Some(role) = &connector.elevated_role {
        let session = connector.bare().await?;
        let dropped = session.run(&format!("SET lock_timeout = 3000; SET ROLE {}; {sql}", ident(role))).await;
        session.close().await;
        dropped?;
    }
    Ok(())
}

/// Schemas of this database, besides ours, that look like a journal.
async fn other_journals(session: &Session, schema: &str) -> Result<Vec<String>> {
    let rows = session
        .rows(&format!(
            "SELECT n.nspname FROM pg_catalog.pg_namespace n WHERE n.nspname <> {} AND \
             (SELECT pg_catalog.count(*) FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid AND c.relkind = 'r' \
                AND c.relname IN ('meta', 'events', 'migrations', 'files', 'steps', 'application')) = 6 \
             AND EXISTS (SELECT FROM pg_catalog.pg_proc p WHERE p.pronamespace = n.oid AND p.proname = 'append') \
             ORDER BY 1",
            literal(schema)
        ))
        .await?;
    Ok(rows.iter().filter_map(|r| r.get(0)).map(str::to_owned).collect())
}

/// The journal's statements for a reset: one event for the whole, one and a new row for each migration.
struct Entry<'a> {
    project: &'a Project,
    invocation: &'a Invocation,
    journal: &'a Journal,
    standing: &'a [&'a Recorded],
    report: &'a ResetReport,
}

impl Entry<'_> {
    fn sql(&self) -> Vec<String> {
        let mut detail = Map::new();
        detail.insert("environment".into(), json!(self.report.environment));
        detail.insert("dropped".into(), json!(self.report.dropped));
        detail.insert("left".into(), json!(self.report.left));
        detail.insert("migrations".into(), json!(self.standing.len()));
        let mut statements = vec![self.journal.append_sql(None, &self.event(None, detail))];
        for r in self.standing {
            let mut detail = Map::new();
            detail.insert("name".into(), json!(r.name));
            detail.insert("was".into(), json!(r.state.as_str()));
            statements.push(self.journal.append_sql(None, &self.event(Some(&r.id), detail)));
            statements.push(self.journal.transition_sql(&reverted(r)));
            statements.push(self.journal.clear_steps_sql(&r.id));
        }
        let app = &self.project.config.application;
        let name = app.name.as_deref().unwrap_or(&self.project.name);
        statements.push(self.journal.application_sql(name, app.version.as_deref(), None));
        // A thousand statements travel as well as one.
        statements.chunks(300).map(|c| c.join("; ")).collect()
    }

    fn event(&self, migration: Option<&str>, detail: Map<String, serde_json::Value>) -> Event {
        Event {
            kind: EventKind::Reset,
            migration: migration.map(str::to_owned),
            state: migration.map(|_| State::Reverted),
            run: self.invocation.run.clone(),
            actor: self.invocation.actor.clone(),
            detail,
        }
    }
}

fn reverted(r: &Recorded) -> Transition {
    let file = |path: Option<&String>, sha256: Option<&String>| {
        path.zip(sha256).map(|(path, sha256)| FileRecord { path: path.clone(), sha256: sha256.clone() })
    };
    Transition {
        id: r.id.clone(),
        position: r.position,
        name: r.name.clone(),
        owner: r.owner.clone(),
        repeatable: r.repeatable,
        state: State::Reverted,
        units_done: r.units_total,
        units_total: r.units_total,
        up: FileRecord { path: r.up_file.clone(), sha256: r.up_sha256.clone() },
        up_statements: r.up_statements.clone(),
        down: file(r.down_file.as_ref(), r.down_sha256.as_ref()),
        verify: file(r.verify_file.as_ref(), r.verify_sha256.as_ref()),
        duration_ms: 0,
    }
}

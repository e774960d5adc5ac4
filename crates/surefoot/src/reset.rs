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

/// What there is to drop.
#[derive(Debug, Default)]
struct Inventory {
    /// Statements that empty the database.
    whole: Vec<String>,
    /// Statements that drop the larger things one by one, before `whole`.
    pieces: Vec<String>,
    /// Extensions for the elevated role, afterwards.
    elevated_extensions: Vec<String>,
    dropped: Vec<String>,
    left: Vec<String>,
}

impl Inventory {
    async fn read(session: &Session, journal: &str, target: &Target) -> Result<Self> {
        let mut out = Self::default();
        let elevated = target.connector.elevated_url.is_some() || target.connector.elevated_role.is_some();
        // Event triggers first: they would fire on our own drops.
        out.named(
            session,
            "EVENT TRIGGER",
            &format!(
                "SELECT e.evtname, {} FROM pg_catalog.pg_event_trigger e JOIN pg_catalog.pg_proc p ON p.oid = e.evtfoid \
                 JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
                 WHERE n.nspname <> {} AND NOT {}",
                mine_to_drop("e.evtowner"),
                literal(journal),
                member("pg_event_trigger", "e.oid"),
            ),
        )
        .await?;
        let kept = out.extensions(session, elevated).await?;
        for (kind, query) in [
            (
                "PUBLICATION",
                format!("SELECT p.pubname, {} FROM pg_catalog.pg_publication p", mine_to_drop("p.pubowner")),
            ),
            (
                "SERVER",
                format!(
                    "SELECT s.srvname, {} FROM pg_catalog.pg_foreign_server s WHERE NOT {}",
                    mine_to_drop("s.srvowner"),
                    member("pg_foreign_server", "s.oid"),
                ),
            ),
            (
                "FOREIGN DATA WRAPPER",
                format!(
                    "SELECT f.fdwname, {} FROM pg_catalog.pg_foreign_data_wrapper f WHERE NOT {}",
                    mine_to_drop("f.fdwowner"),
                    member("pg_foreign_data_wrapper", "f.oid"),
                ),
            ),
        ] {
            out.named(session, kind, &query).await?;
        }
        out.schemas(session, journal, &kept).await?;
        // A language after the functions written in it.
        out.named(
            session,
            "LANGUAGE",
            &format!(
                "SELECT l.lanname, {} FROM pg_catalog.pg_language l WHERE l.oid >= 16384 AND NOT {}",
                mine_to_drop("l.lanowner"),
                member("pg_language", "l.oid"),
            ),
        )
        .await?;
        out.casts(session).await?;
        out.large_objects(session).await?;
        let subscriptions =
            session.rows("SELECT pg_catalog.has_table_privilege('pg_catalog.pg_subscription', 'SELECT')").await?;
        if subscriptions.first().and_then(|r| r.get(0)) == Some("t") {
            let rows = session
                .rows(
                    "SELECT s.subname FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d \
                     ON d.oid = s.subdbid WHERE d.datname = pg_catalog.current_database() ORDER BY 1",
                )
                .await?;
            for name in rows.iter().filter_map(|r| r.get(0)) {
                out.left.push(format!("subscription {name}: its slot is on another server"));
            }
        }
        Ok(out)
    }

    /// Things with a plain name: `query` gives the name and whether we may drop it.
    async fn named(&mut self, session: &Session, kind: &str, query: &str) -> Result<()> {
        for row in session.rows(&format!("{query} ORDER BY 1")).await? {
            let name = row.get(0).unwrap_or_default();
            if row.get(1) == Some("t") {
                self.whole.push(format!("DROP {kind} IF EXISTS {} CASCADE", ident(name)));
                self.dropped.push(format!("{} {name}", kind.to_lowercase()));
            } else {
                self.left.push(format!("{} {name}: it belongs to another role", kind.to_lowercase()));
            }
        }
        Ok(())
    }

    /// Returns the schemas that must stay because an extension that stays lives there.
    async fn extensions(&mut self, session: &Session, elevated: bool) -> Result<Vec<String>> {
        let rows = session
            .rows(&format!(
                "SELECT e.extname, n.nspname, {} FROM pg_catalog.pg_extension e \
                 JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname <> 'plpgsql' ORDER BY 1",
                mine_to_drop("e.extowner")
            ))
            .await?;
        let mut kept = Vec::new();
        for row in rows {
            let (name, schema) = (row.get(0).unwrap_or_default(), row.get(1).unwrap_or_default());
            if row.get(2) == Some("t") {
                self.whole.push(format!("DROP EXTENSION IF EXISTS {} CASCADE", ident(name)));
                self.dropped.push(format!("extension {name}"));
                continue;
            }
            kept.push(schema.to_owned());
            if elevated {
                self.elevated_extensions.push(name.to_owned());
            } else {
                self.left.push(format!("extension {name}: it belongs to another role"));
            }
        }
        Ok(kept)
    }

    async fn schemas(&mut self, session: &Session, journal: &str, kept: &[String]) -> Result<()> {
        let rows = session
            .rows(&format!(
                "SELECT n.nspname, {}, pg_catalog.pg_get_userbyid(n.nspowner), {} FROM pg_catalog.pg_namespace n \
                 WHERE {} ORDER BY n.nspname = 'public', 1",
                mine_to_drop("n.nspowner"),
                member("pg_namespace", "n.oid"),
                mine(journal),
            ))
            .await?;
        let standard = standard_public(session).await?;
        let mut has_public = false;
        for row in rows {
            let (name, owner) = (row.get(0).unwrap_or_default(), row.get(2).unwrap_or_default());
            let (mine, of_extension) = (row.get(1) == Some("t"), row.get(3) == Some("t"));
            has_public |= name == "public";
            let stays = !mine || of_extension || kept.iter().any(|k| k == name);
            let content = content(session, name).await?;
            self.pieces.extend(content.iter().cloned());
            if stays {
                if !content.is_empty() {
                    self.dropped.push(format!("content of schema {name}"));
                    self.whole.extend(content);
                }
                if name != "public" && !of_extension {
                    let why = if mine { "an extension that stays is in it" } else { "it belongs to another role" };
                    self.left.push(format!("schema {name}: {why}"));
                }
                continue;
            }
            self.whole.push(format!("DROP SCHEMA IF EXISTS {} CASCADE", ident(name)));
            if name != "public" {
                self.dropped.push(format!("schema {name}"));
                continue;
            }
            self.dropped.push("content of schema public".into());
            self.whole.push(standard.create(Some(owner)));
        }
        if !has_public && standard.may_create {
            self.whole.push(standard.create(None));
        }
        Ok(())
    }

    async fn casts(&mut self, session: &Session) -> Result<()> {
        let rows = session
            .rows(&format!(
                "SELECT (pg_catalog.pg_identify_object('pg_catalog.pg_cast'::regclass, c.oid, 0)).identity \
                 FROM pg_catalog.pg_cast c JOIN pg_catalog.pg_type s ON s.oid = c.castsource \
                 JOIN pg_catalog.pg_type t ON t.oid = c.casttarget \
                 WHERE c.oid >= 16384 AND NOT {} AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend y \
                   WHERE y.classid = 'pg_catalog.pg_cast'::regclass AND y.objid = c.oid AND y.deptype = 'i') \
                 AND ({} OR {}) ORDER BY 1",
                member("pg_cast", "c.oid"),
                mine_to_drop("s.typowner"),
                mine_to_drop("t.typowner"),
            ))
            .await?;
        for cast in rows.iter().filter_map(|r| r.get(0)) {
            self.whole.push(format!("DROP CAST IF EXISTS {cast} CASCADE"));
            self.dropped.push(format!("cast {cast}"));
        }
        Ok(())
    }

    async fn large_objects(&mut self, session: &Session) -> Result<()> {
        let from = format!("FROM pg_catalog.pg_largeobject_metadata l WHERE {}", mine_to_drop("l.lomowner"));
        let rows = session.rows(&format!("SELECT pg_catalog.count(*) {from}")).await?;
        let count: u64 = rows.first().and_then(|r| r.parse(0)).unwrap_or_default();
        if count > 0 {
            self.whole.push(format!("SELECT pg_catalog.lo_unlink(l.oid) {from}"));
            self.dropped.push(format!("{count} large objects"));
        }
        Ok(())
    }
}

/// The schema `public` as the server makes it for a new database.
struct StandardPublic {
    owner: String,
    may_give: bool,
    may_create: bool,
    grant: &'static str,
}

impl StandardPublic {
    /// `owner` is whom it belonged to, when it was there.
    fn create(&self, owner: Option<&str>) -> String {
        let owner = if self.may_give { Some(self.owner.as_str()) } else { owner };
        let authorization = owner.map(|o| format!(" AUTHORIZATION {}", ident(o))).unwrap_or_default();
        format!(
            "CREATE SCHEMA public{authorization}; GRANT {} ON SCHEMA public TO PUBLIC; \
             COMMENT ON SCHEMA public IS 'standard public schema'",
            self.grant
        )
    }
}

async fn standard_public(session: &Session) -> Result<StandardPublic> {
    // Since PostgreSQL 15 it belongs to the owner of the database, and only he may create there.
    let modern = session.major() >= 15;
    let rows = session
        .rows(&format!(
            "SELECT r.rolname, {}, pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') \
             FROM pg_catalog.pg_roles r JOIN pg_catalog.pg_database d ON d.datname = pg_catalog.current_database() \
             WHERE {}",
            if modern { mine_to_drop("d.datdba") } else { "pg_catalog.pg_has_role(r.oid, 'MEMBER')".to_owned() },
            if modern { "r.rolname = 'pg_database_owner'" } else { "r.oid = 10" },
        ))
        .await?;
    let row = rows.first();
    Ok(StandardPublic {
        owner: row.and_then(|r| r.get(0)).unwrap_or_default().to_owned(),
        may_give: row.and_then(|r| r.get(1)) == Some("t"),
        may_create: row.and_then(|r| r.get(2)) == Some("t"),
        grant: if modern { "USAGE" } else { "ALL" },
    })
}

/// A condition on `pg_namespace n`: neither the system's nor the journal's.
fn mine(journal: &str) -> String {
    format!("n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', {})", literal(journal))
}

/// A condition: the role has the rights of `owner`.
fn mine_to_drop(owner: &str) -> String {
    format!("pg_catalog.pg_has_role({owner}, 'USAGE')")
}

/// A condition: the object belongs to an extension.
fn member(catalog: &str, oid: &str) -> String {
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_depend x WHERE x.classid = 'pg_catalog.{catalog}'::regclass \
         AND x.objid = {oid} AND x.deptype = 'e')"
    )
}

/// Statements that drop what is in a schema, one by one, without what belongs to extensions.
async fn content(session: &Session, schema: &str) -> Result<Vec<String>> {
    // Catalog, columns for schema and owner, further condition, rank.
    let kinds = [
        // The sequence of an identity column goes with its table, and not otherwise.
        (
            "pg_class",
            "relnamespace",
            "relowner",
            "(o.relkind IN ('r', 'p', 'v', 'm', 'f') OR o.relkind = 'S' AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend y \
             WHERE y.classid = 'pg_catalog.pg_class'::regclass AND y.objid = o.oid AND y.deptype = 'i'))",
            1,
        ),
        ("pg_proc", "pronamespace", "proowner", "true", 2),
        ("pg_operator", "oprnamespace", "oprowner", "true", 3),
        ("pg_opfamily", "opfnamespace", "opfowner", "true", 3),
        // Not the row types of tables, not array types, and not the multirange that comes with a range.
        (
            "pg_type",
            "typnamespace",
            "typowner",
            "(o.typrelid = 0 OR (SELECT c.relkind FROM pg_catalog.pg_class c WHERE c.oid = o.typrelid) = 'c') \
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.typarray = o.oid) AND o.typtype <> 'm'",
            4,
        ),
        ("pg_collation", "collnamespace", "collowner", "true", 5),
        ("pg_conversion", "connamespace", "conowner", "true", 5),
        ("pg_statistic_ext", "stxnamespace", "stxowner", "true", 5),
        ("pg_ts_config", "cfgnamespace", "cfgowner", "true", 5),
        ("pg_ts_dict", "dictnamespace", "dictowner", "true", 6),
    ];
    let parts: Vec<String> = kinds
        .iter()
        .map(|(catalog, namespace, owner, condition, rank)| {
            format!(
                "SELECT {rank} AS rank, i.type, i.identity FROM pg_catalog.{catalog} o \
                 JOIN pg_catalog.pg_namespace n ON n.oid = o.{namespace} \
                 CROSS JOIN LATERAL pg_catalog.pg_identify_object('pg_catalog.{catalog}'::regclass, o.oid, 0) i \
                 WHERE n.nspname = {} AND o.oid >= 16384 AND {condition} AND NOT {} AND {}",
                literal(schema),
                member(catalog, "o.oid"),
                mine_to_drop(&format!("o.{owner}")),
            )
        })
        .collect();
    let rows = session.rows(&format!("{} ORDER BY 1, 2, 3", parts.join(" UNION ALL "))).await?;
    Ok(rows
        .iter()
        .filter_map(|r| {
            let (kind, identity) = (r.get(1)?, r.get(2)?);
            let kind = match kind {
                "statistics object" => "STATISTICS".to_owned(),
                "composite type" => "TYPE".to_owned(),
                other => other.to_uppercase(),
            };
            Some(format!("DROP {kind} IF EXISTS {identity} CASCADE"))
        })
        .collect())
}

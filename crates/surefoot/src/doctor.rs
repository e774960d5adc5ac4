//! `doctor`: look at everything a run depends on, and say what to do about it.
//!
//! Each check stands by itself: one that cannot be made says so and does not
//! stop the others. Nothing is written, nothing is created, and no text of a
//! check holds a password.

use std::time::{Duration, Instant};

use surefoot_devdb::{Found, Request, Surroundings, choose, find_binaries, holder as directory_holder};
use surefoot_effects::effects;
use surefoot_executor::pooler_in_between;
use surefoot_journal::{Journal, StepState};
use surefoot_pg::{ConnectOptions, ConnectUrl, Session, holder, ident, literal};
use surefoot_source::{Graph, Migration, MigrationSet};
use surefoot_sql::script::parse;

use crate::config::interpolate;
use crate::project::ProjectFiles;
use crate::state::History;
use crate::status::{Standing, status};
use crate::target::{EMBEDDED, Place, Target, TargetSpec, UrlOrigin};
use crate::up::unchanged_statements;
use crate::{CONFIG_FILE, Error, Invocation, Project};

/// Versions of PostgreSQL that Surefoot knows.
const OLDEST: u32 = 13;
const NEWEST: u32 = 18;
/// Clocks that differ more make the journal's times misleading.
const CLOCK_TOLERANCE: f64 = 5.0;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// Good.
    Ok,
    /// It works, but something should be looked at.
    Warn,
    /// Something will not work.
    Fail,
    /// Could not be looked at, because something before it failed or is not there yet.
    Skipped,
}

impl Health {
    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Skipped => "skipped",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone)]
pub struct Check {
    /// Stable name.
    pub name: &'static str,
    /// How it is.
    pub health: Health,
    /// What was found.
    pub found: String,
    /// What to do about it.
    pub remedy: Option<String>,
}

/// Everything that was looked at.
#[derive(Debug, Clone, Default)]
pub struct DoctorReport {
    /// Environment.
    pub environment: String,
    /// Target in words, when there is one.
    pub target: Option<String>,
    /// The checks, in order.
    pub checks: Vec<Check>,
}

impl DoctorReport {
    /// How many checks ended so.
    pub fn count(&self, health: Health) -> usize {
        self.checks.iter().filter(|c| c.health == health).count()
    }

    fn add(&mut self, name: &'static str, health: Health, found: impl Into<String>, remedy: Option<String>) {
        self.checks.push(Check { name, health, found: found.into(), remedy });
    }

    fn ok(&mut self, name: &'static str, found: impl Into<String>) {
        self.add(name, Health::Ok, found, None);
    }

    fn warn(&mut self, name: &'static str, found: impl Into<String>, remedy: impl Into<String>) {
        self.add(name, Health::Warn, found, Some(remedy.into()));
    }

    fn fail(&mut self, name: &'static str, found: impl Into<String>, remedy: impl Into<String>) {
        self.add(name, Health::Fail, found, Some(remedy.into()));
    }

    fn error(&mut self, name: &'static str, error: &Error) {
        self.add(name, Health::Fail, error.to_string(), error.hint());
    }
}

type Asked = Result<(), surefoot_pg::Error>;

/// Looks at everything.
pub async fn doctor(invocation: &Invocation) -> DoctorReport {
    let mut report = DoctorReport::default();
    let project = match Project::open(invocation) {
        Ok(project) => project,
        Err(e) => {
            report.error("project", &e);
            machine(&mut report, invocation, None, &[], None);
            return report;
        }
    };
    report.environment = TargetSpec::environment(&project, invocation);
    if project.configured {
        report.ok("project", format!("{}, {}", project.name, project.dir.path(CONFIG_FILE).display()));
    } else {
        report.warn(
            "project",
            format!("there is no {CONFIG_FILE}: {} with what can be detected", project.name),
            "write one: surefoot init",
        );
    }
    let set = migrations(&mut report, &project);
    let mut major = None;
    let extensions =
        set.as_ref().map(|s| extensions_of(&project, invocation, &s.migrations().iter().collect::<Vec<_>>()));
    match TargetSpec::resolve(&project, invocation, set.as_ref()) {
        Err(e) => report.error("target", &e),
        Ok(spec) => {
            report.target = Some(spec.describe());
            report.ok("target", format!("{} {} ({})", report.environment, spec.describe(), origin(&spec)));
            major = target(&mut report, &project, invocation, set.as_ref(), spec).await;
        }
    }
    let names: Vec<String> = extensions.into_iter().flatten().map(|(name, _)| name).collect();
    machine(&mut report, invocation, Some(&project), &names, major);
    report
}

fn origin(spec: &TargetSpec) -> String {
    match &spec.origin {
        UrlOrigin::Flag => "from --url".into(),
        UrlOrigin::Variable(name) => format!("from {name}"),
        UrlOrigin::Environment => format!("from [environments.{}]", spec.environment),
        UrlOrigin::MigrationConfig => "from migration_config.yaml".into(),
        UrlOrigin::Default => "nothing else is configured".into(),
    }
}

fn migrations(report: &mut DoctorReport, project: &Project) -> Option<MigrationSet> {
    let set = match project.load(Some(&report.environment)) {
        Ok(set) => set,
        Err(e) => {
            report.error("migrations", &e);
            return None;
        }
    };
    let folders: Vec<&str> = project.source.dirs.iter().map(|d| d.path.as_str()).collect();
    let place = if folders.is_empty() { "this folder".to_owned() } else { folders.join(", ") };
    let graph = Graph::of(&set);
    let heads = graph.heads();
    let without = set.versioned().filter(|m| m.down.is_none()).count();
    let counted = format!(
        "{} in {place}{}",
        plural(set.len(), "migration"),
        if without == 0 { String::new() } else { format!(", {without} without a rollback") }
    );
    if set.is_empty() {
        report.warn("migrations", format!("none in {place}"), "write one: surefoot new add_something");
    } else if heads.len() > 1 {
        report.fail(
            "migrations",
            format!("{counted}; {} heads: {}", heads.len(), heads.join(", ")),
            format!("join them: surefoot merge {}", heads.join(" ")),
        );
    } else if let Some(first) = set.warnings.first() {
        let more = set.warnings.len() - 1;
        let more = if more == 0 { String::new() } else { format!(" (and {more} more)") };
        report.warn("migrations", format!("{counted}; {first}{more}"), "`surefoot status` lists the warnings");
    } else {
        report.ok("migrations", counted);
    }
    Some(set)
}

/// Looks at the target; gives its major version.
async fn target(
    report: &mut DoctorReport,
    project: &Project,
    invocation: &Invocation,
    set: Option<&MigrationSet>,
    spec: TargetSpec,
) -> Option<u32> {
    if let Place::Embedded(path) = &spec.place {
        if !spec.exists() {
            report.add(
                "server",
                Health::Ok,
                format!("the embedded PostgreSQL has no database in {} yet: `surefoot up` makes it", path.display()),
                None,
            );
            return None;
        }
        if let Some(holder) = directory_holder(path) {
            report.warn(
                "server",
                format!("{} is in use by process {} since {}", path.display(), holder.pid, holder.since),
                "wait for it to end; the embedded PostgreSQL serves one process at a time",
            );
            return None;
        }
    }
    let protected = spec.protected;
    let begun = Instant::now();
    let opened = match spec.open(Duration::ZERO).await {
        Ok(target) => target,
        Err(e) => {
            report.error("server", &e);
            return None;
        }
    };
    let session = match connect(&opened).await {
        Ok(session) => session,
        Err(e) => {
            report.error("server", &e.into());
            // A server that was ours to start is stopped; how that goes is no finding about the target.
            let _ = opened.close().await;
            return None;
        }
    };
    let major = session.major();
    let mut look = Look { report, project, invocation, set, target: &opened, session: &session, protected };
    look.all(begun.elapsed()).await;
    session.close().await;
    if let Err(e) = opened.close().await {
        report.error("server", &e);
    }
    Some(major)
}

async fn connect(target: &Target) -> Result<Session, surefoot_pg::Error> {
    let mut options =
        ConnectOptions::new(target.connector.url.clone(), format!("{} doctor", target.connector.application_name));
    options.timeout = Duration::from_secs(5);
    Session::connect(&options).await
}

struct Look<'a> {
    report: &'a mut DoctorReport,
    project: &'a Project,
    invocation: &'a Invocation,
    set: Option<&'a MigrationSet>,
    target: &'a Target,
    session: &'a Session,
    protected: bool,
}

impl Look<'_> {
    async fn all(&mut self, connecting: Duration) {
        // A check that the server does not let us make is worth a line, not the end.
        let done = self.server(connecting).await;
        self.unless_asked("server", done);
        let done = self.tls().await;
        self.unless_asked("tls", done);
        let done = self.pooler().await;
        self.unless_asked("pooler", done);
        let done = self.writable().await;
        self.unless_asked("writable", done);
        let done = self.role().await;
        self.unless_asked("role", done);
        self.elevated().await;
        let done = self.settings().await;
        self.unless_asked("settings", done);
        self.journal().await;
        let done = self.extensions().await;
        self.unless_asked("extensions", done);
        let done = self.lock().await;
        self.unless_asked("migration lock", done);
        let done = self.clock().await;
        self.unless_asked("clock", done);
        let done = self.sessions().await;
        self.unless_asked("sessions", done);
        let done = self.indexes().await;
        self.unless_asked("indexes", done);
        let done = self.prepared().await;
        self.unless_asked("prepared transactions", done);
    }

    fn unless_asked(&mut self, name: &'static str, asked: Asked) {
        if let Err(e) = asked {
            self.report.add(name, Health::Skipped, format!("could not be looked at: {e}"), e.hint());
        }
    }

    async fn one(&self, sql: &str) -> Result<Vec<Option<String>>, surefoot_pg::Error> {
        let mut rows = self.session.rows(sql).await?;
        let Some(row) = rows.first_mut() else { return Ok(Vec::new()) };
        Ok((0..row.len()).map(|i| row.take(i)).collect())
    }

    async fn server(&mut self, connecting: Duration) -> Asked {
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

    async fn tls(&mut self) -> Asked {
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

    async fn pooler(&mut self) -> Asked {
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

    async fn writable(&mut self) -> Asked {
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

    async fn role(&mut self) -> Asked {
        let row = self
            .one(
                "SELECT current_user, r.rolsuper, \
                   pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'), \
                   pg_catalog.pg_get_userbyid(d.datdba), pg_catalog.current_database(), \
                   coalesce(pg_catalog.has_schema_privilege((SELECT oid FROM pg_catalog.pg_namespace \
                     WHERE nspname = 'public'), 'CREATE'), false) \
                 FROM pg_catalog.pg_roles r, pg_catalog.pg_database d \
                 WHERE r.rolname = current_user AND d.datname = pg_catalog.current_database()",
            )
            .await?;
        let (role, database) = (text(&row, 0), text(&row, 4));
        let (superuser, may_create, in_public) = (text(&row, 1) == "t", text(&row, 2) == "t", text(&row, 5) == "t");
        let owner = text(&row, 3);
        let mut found = role.to_owned();
        if superuser {
            found.push_str(", a superuser");
        } else if owner == role {
            found.push_str(&format!(", owner of database {database}"));
        }
        let schema = self.project.journal_schema();
        let journal = self
            .one(&format!(
                "SELECT pg_catalog.has_schema_privilege(n.oid, 'USAGE'), \
                   coalesce((SELECT pg_catalog.bool_and(pg_catalog.has_table_privilege(c.oid, w.privilege)) \
                     FROM (VALUES ('meta', 'SELECT'), ('events', 'SELECT'), ('events', 'INSERT'), ('migrations', 'SELECT'), \
                       ('migrations', 'INSERT'), ('migrations', 'UPDATE'), ('files', 'INSERT'), ('steps', 'INSERT'), \
                       ('steps', 'UPDATE'), ('steps', 'DELETE'), ('application', 'INSERT'), ('application', 'UPDATE')) \
                       w(name, privilege) \
                     JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name), true) \
                 FROM pg_catalog.pg_namespace n WHERE n.nspname = {}",
                literal(schema)
            ))
            .await?;
        let quoted = ident(role);
        if journal.is_empty() && !may_create {
            self.report.fail(
                "role",
                format!("{found}; may not create schema {schema} for the journal"),
                format!("as an administrator: GRANT CREATE ON DATABASE {} TO {quoted};", ident(database)),
            );
        } else if !journal.is_empty() && (text(&journal, 0) != "t" || text(&journal, 1) != "t") {
            self.report.fail(
                "role",
                format!("{found}; may not write the journal in schema {schema}: it can look, not migrate"),
                format!(
                    "as its owner: GRANT USAGE ON SCHEMA {schema} TO {quoted}; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {quoted};"
                ),
            );
        } else if superuser && self.protected {
            self.report.warn(
                "role",
                format!("{found}, in a protected environment"),
                "use an ordinary role that owns the schema, and elevated-url for the migrations that need more",
            );
        } else if !may_create && !in_public {
            self.report.warn(
                "role",
                format!("{found}; may create neither schemas nor anything in schema public"),
                format!("grant what the migrations need, for one: GRANT CREATE ON SCHEMA public TO {quoted};"),
            );
        } else {
            let rights = match (may_create, in_public) {
                (true, true) => "may create schemas, and tables in public",
                (true, false) => "may create schemas",
                _ => "may create tables in public",
            };
            self.report.ok("role", format!("{found}; {rights}"));
        }
        Ok(())
    }

    async fn elevated(&mut self) {
        let asked: Vec<&str> = self
            .set
            .into_iter()
            .flat_map(|s| s.migrations())
            .filter(|m| matches!(m.directives.role, Some(surefoot_source::Role::Elevated)))
            .map(|m| m.id.as_str())
            .collect();
        let connector = &self.target.connector;
        let environment = &self.target.spec.environment;
        if let Some(url) = &connector.elevated_url {
            let mut options = ConnectOptions::new(url.clone(), "surefoot doctor");
            options.timeout = Duration::from_secs(5);
            match Session::connect(&options).await {
                Ok(session) => {
                    let same = url.database() == connector.url.database();
                    session.close().await;
                    if same {
                        self.report.ok("elevated role", format!("{url} answers"));
                    } else {
                        self.report.fail(
                            "elevated role",
                            format!("{url} leads to another database than {}", connector.url),
                            format!("correct elevated-url in [environments.{environment}]"),
                        );
                    }
                }
                Err(e) => self.report.error("elevated role", &e.into()),
            }
        } else if let Some(role) = &connector.elevated_role {
            let may = self
                .one(&format!(
                    "SELECT pg_catalog.pg_has_role(oid, 'MEMBER') FROM pg_catalog.pg_roles WHERE rolname = {}",
                    literal(role)
                ))
                .await;
            match may {
                Ok(row) if text(&row, 0) == "t" => self.report.ok("elevated role", format!("SET ROLE {role}")),
                Ok(row) if row.is_empty() => self.report.fail(
                    "elevated role",
                    format!("there is no role {role}"),
                    format!("create it, or correct elevated-role in [environments.{environment}]"),
                ),
                Ok(_) => self.report.fail(
                    "elevated role",
                    format!("{} may not SET ROLE {role}", connector.url.user()),
                    format!("as an administrator: GRANT {} TO {};", ident(role), ident(connector.url.user())),
                ),
                Err(e) => self.unless_asked("elevated role", Err(e)),
            }
        } else if !asked.is_empty() && !connector.single_connection {
            let superuser = self.one("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user").await;
            if superuser.is_ok_and(|row| text(&row, 0) == "t") {
                self.report.ok("elevated role", "not needed: the role is a superuser");
            } else {
                self.report.warn(
                    "elevated role",
                    format!("none is configured, and {} asks for it", asked.join(", ")),
                    format!(
                        "set elevated-url or elevated-role in [environments.{environment}], or SUREFOOT_ELEVATED_URL"
                    ),
                );
            }
        }
    }

    async fn settings(&mut self) -> Asked {
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

    async fn journal(&mut self) {
        let opened = Journal::open(self.session, self.project.journal_schema(), Some(&self.project.name)).await;
        let journal = match opened {
            Ok(Some(journal)) => journal,
            Ok(None) => {
                self.report.ok("journal", "none yet: the first `surefoot up` makes it");
                return;
            }
            Err(e) => {
                self.report.error("journal", &e.into());
                return;
            }
        };
        let checked = async {
            let finding = journal.quick_check(self.session).await?;
            let head = journal.head(self.session).await?;
            let steps = journal.steps(self.session).await?;
            Ok::<_, surefoot_journal::Error>((finding, head, steps))
        }
        .await;
        match checked {
            Err(e) => {
                self.report.error("journal", &e.into());
                return;
            }
            Ok((Some(finding), ..)) => {
                let at = finding.seq.map(|seq| format!("event {seq}: ")).unwrap_or_default();
                self.report.fail(
                    "journal",
                    format!("it was altered: {at}{}", finding.what),
                    "`surefoot verify` gives the whole list; restore the tables from a backup",
                );
            }
            Ok((None, head, steps)) => {
                let found = format!(
                    "schema {}, {}, the chain is whole",
                    journal.schema(),
                    plural(usize::try_from(head.seq).unwrap_or(0), "event")
                );
                match steps.iter().find(|s| s.state == StepState::Intent) {
                    Some(step) => self.report.warn(
                        "journal",
                        format!("{found}; a run died while `{}` of {} was running", step.statement, step.migration),
                        "run `surefoot up` again: it finds out what became of it",
                    ),
                    None => self.report.ok("journal", found),
                }
            }
        }
        self.history().await;
    }

    async fn history(&mut self) {
        let Some(set) = self.set else { return };
        let history = match History::read(self.project, set, &self.target.spec.environment, Some(self.session)).await {
            Ok(history) => history,
            Err(e) => {
                self.report.error("history", &e);
                return;
            }
        };
        let same = unchanged_statements(self.project, self.invocation, set, &history);
        let status = status(set, &history, &same);
        let current = status.current.as_deref().unwrap_or("nothing").to_owned();
        let wrong = [
            (Standing::Changed, "changed after it was applied", "see what changed: surefoot verify"),
            (Standing::Missing, "applied, its file is gone", "restore it: surefoot recover"),
            (Standing::Partial, "applied in part", "finish it: surefoot up"),
            (Standing::PartlyRolledBack, "rolled back in part", "finish it: surefoot down"),
            (
                Standing::OutOfOrder,
                "late: one after it is applied",
                "surefoot up --allow-out-of-order, or give it a new number",
            ),
        ];
        let mut worst = None;
        for (standing, what, remedy) in wrong {
            if let Some(line) = status.lines.iter().find(|l| l.standing == standing) {
                worst = Some((format!("{} is {what}", line.id), remedy));
                break;
            }
        }
        let pending = status.count(Standing::Pending);
        match worst {
            Some((what, remedy)) => self.report.warn("history", format!("at {current}; {what}"), remedy),
            None => self.report.ok("history", format!("at {current}, {pending} pending")),
        }
    }

    async fn extensions(&mut self) -> Asked {
        let Some(set) = self.set else { return Ok(()) };
        let history = History::read(self.project, set, &self.target.spec.environment, Some(self.session)).await;
        let pending: Vec<&Migration> = match &history {
            Ok(history) => history.to_run(set),
            // The journal's own check has told why.
            Err(_) => return Ok(()),
        };
        let wanted = extensions_of(self.project, self.invocation, &pending);
        if wanted.is_empty() {
            self.report.ok("extensions", "pending migrations create none");
            return Ok(());
        }
        let names: Vec<String> = wanted.iter().map(|(n, _)| literal(n)).collect();
        let rows = self
            .session
            .rows(&format!(
                "SELECT w.name, a.default_version, e.extversion, coalesce(v.trusted, false) OR r.rolsuper OR NOT coalesce(v.superuser, true) \
                 FROM unnest(ARRAY[{}]::text[]) w(name) \
                 LEFT JOIN pg_catalog.pg_available_extensions a ON a.name = w.name \
                 LEFT JOIN pg_catalog.pg_extension e ON e.extname = w.name \
                 LEFT JOIN pg_catalog.pg_available_extension_versions v ON v.name = a.name AND v.version = a.default_version \
                 CROSS JOIN pg_catalog.pg_roles r WHERE r.rolname = current_user ORDER BY 1",
                names.join(", ")
            ))
            .await?;
        let connector = &self.target.connector;
        let elevated = connector.elevated_url.is_some() || connector.elevated_role.is_some();
        let (mut good, mut bad, mut remedies) = (Vec::new(), Vec::new(), Vec::new());
        for row in &rows {
            let name = row.get(0).unwrap_or_default();
            let by = wanted.iter().find(|(n, _)| n == name).map_or("", |(_, id)| id.as_str());
            match (row.get(1), row.get(2)) {
                (_, Some(version)) => good.push(format!("{name} {version} is there")),
                (None, None) => {
                    bad.push(format!("{name}, which {by} creates, is not on the server"));
                    remedies.push(if connector.single_connection {
                        "use a server that has it: --url, or url in [environments.<name>]".to_owned()
                    } else {
                        format!("install the package of {name} on the server")
                    });
                }
                (Some(version), None) if row.get(3) == Some("t") || elevated => {
                    good.push(format!("{name} {version} can be created"));
                }
                (Some(version), None) => {
                    bad.push(format!("{name} {version}, which {by} creates, needs a superuser"));
                    remedies.push(format!(
                        "set elevated-url and put `-- surefoot: role elevated` in {by}, or as a superuser: CREATE EXTENSION {};",
                        ident(name)
                    ));
                }
            }
        }
        if bad.is_empty() {
            self.report.ok("extensions", good.join(", "));
        } else {
            self.report.fail("extensions", bad.join("; "), remedies.join("; "));
        }
        Ok(())
    }

    async fn lock(&mut self) -> Asked {
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

    async fn clock(&mut self) -> Asked {
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

    async fn sessions(&mut self) -> Asked {
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

    async fn indexes(&mut self) -> Asked {
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

    async fn prepared(&mut self) -> Asked {
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

/// This machine: server binaries and the dev database.
fn machine(
    report: &mut DoctorReport,
    invocation: &Invocation,
    project: Option<&Project>,
    extensions: &[String],
    major: Option<u32>,
) {
    let var = |name: &str| invocation.variables.get(name).filter(|v| !v.is_empty());
    let binaries = find_binaries(&Surroundings {
        pg_bin: var("PG_BIN").map(Into::into),
        path: var("PATH").map(Into::into),
        root: None,
    });
    if binaries.is_empty() {
        report.ok("binaries", "no PostgreSQL server on this machine; the embedded one serves as dev database");
    } else {
        let list: Vec<String> =
            binaries.iter().map(|f| format!("PostgreSQL {} in {}", f.version, f.bindir.display())).collect();
        report.ok("binaries", list.join(", "));
    }
    let Some(project) = project else { return };
    dev_database(report, invocation, project, extensions, major, binaries);
}

fn dev_database(
    report: &mut DoctorReport,
    invocation: &Invocation,
    project: &Project,
    extensions: &[String],
    major: Option<u32>,
    binaries: Vec<Found>,
) {
    let name = "dev database";
    let configured = invocation
        .variables
        .get("SUREFOOT_DEV_URL")
        .filter(|v| !v.is_empty())
        .cloned()
        .or_else(|| project.config.dev.url.clone());
    let url = match configured.map(|u| interpolate(&u, &invocation.variables)).transpose() {
        Ok(url) => url,
        Err(reason) => {
            report.fail(
                name,
                format!("[dev] url: {reason}"),
                "set the variable, or remove the key: a dev database is found by itself",
            );
            return;
        }
    };
    if url.as_deref() == Some(EMBEDDED) {
        report.ok(name, "the embedded PostgreSQL, as configured");
        return;
    }
    let shown = match url.as_deref().map(ConnectUrl::parse).transpose() {
        Ok(shown) => shown,
        Err(e) => {
            report.fail(name, format!("[dev] url: {e}"), e.hint());
            return;
        }
    };
    let mut extensions = extensions.to_vec();
    extensions.sort();
    extensions.dedup();
    let request = Request { url, major: project.config.dev.major.or(major), extensions, needs: Vec::new(), binaries };
    match choose(&request) {
        Err(e) => report.warn(name, e.to_string(), e.hint().unwrap_or_default()),
        Ok(choice) => {
            let source = match (&choice.source, &shown) {
                (surefoot_devdb::Source::Url(_), Some(url)) => format!("a scratch database on {url}: "),
                _ => String::new(),
            };
            let found = format!("{source}{}", choice.reason);
            match choice.other_major {
                Some((target, dev)) => report.warn(
                    name,
                    format!("{found}, but the target is PostgreSQL {target} and this is {dev}"),
                    format!("install PostgreSQL {target} on this machine, or set url in [dev] of surefoot.toml"),
                ),
                None => report.ok(name, found),
            }
        }
    }
}

/// The extensions that migrations create, with the migration that does. A file that cannot be read has none here.
fn extensions_of(project: &Project, invocation: &Invocation, migrations: &[&Migration]) -> Vec<(String, String)> {
    let variables = project
        .sql_variables(invocation, invocation.environment.as_deref().unwrap_or("development"))
        .unwrap_or_default();
    let mut out: Vec<(String, String)> = Vec::new();
    for migration in migrations {
        let Ok(text) = project.read_text(&migration.up.path) else { continue };
        // Most files create none, and reading a name takes no parser.
        if !text.to_ascii_lowercase().contains("extension") {
            continue;
        }
        let Ok(script) = parse(&migration.up.path, text, &variables, &mut ProjectFiles { project }) else { continue };
        for statement in &script.statements {
            if let Some(name) = effects(script.text(statement), 17).extension
                && !out.iter().any(|(n, _)| *n == name)
            {
                out.push((name, migration.id.clone()));
            }
        }
    }
    out
}

fn text(row: &[Option<String>], i: usize) -> &str {
    row.get(i).and_then(Option::as_deref).unwrap_or_default()
}

fn is_local(host: &str) -> bool {
    host.starts_with('/') || host == "localhost" || host == "::1" || host.starts_with("127.")
}

fn plural(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

fn millis(d: Duration) -> String {
    if d.is_zero() {
        "without limit".into()
    } else if d.as_millis() < 1000 {
        format!("{} ms", d.as_millis())
    } else {
        format!("{} s", d.as_secs())
    }
}

fn age(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3600),
    }
}

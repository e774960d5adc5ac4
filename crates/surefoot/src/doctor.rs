//! `doctor`: look at everything a run depends on, and say what to do about it.
//!
//! Each check stands by itself: one that cannot be made says so and does not
//! stop the others. Nothing is written, nothing is created, and no text of a
//! check holds a password.

mod around;
mod machine;
mod record;
mod rights;
mod server;

use std::time::{Duration, Instant};

use surefoot_devdb::{Need, holder as directory_holder};
use surefoot_effects::effects;
use surefoot_pg::{ConnectOptions, Session};
use surefoot_plan::Direction;
use surefoot_source::{Graph, Migration, MigrationSet};
use surefoot_sql::script::parse;

use crate::check::needs;
use crate::project::ProjectFiles;
use crate::target::{Place, Target, TargetSpec, UrlOrigin};
use crate::work::Workshop;
use crate::{CONFIG_FILE, Error, Invocation, Project};

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
            machine::machine(&mut report, invocation, None, &[], Vec::new(), None);
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
    let needs = set.as_ref().map(|set| needs_of(&project, invocation, set)).unwrap_or_default();
    machine::machine(&mut report, invocation, Some(&project), &names, needs, major);
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
}

/// What the migrations need that not every dev database has. Files that cannot be read have no needs here.
fn needs_of(project: &Project, invocation: &Invocation, set: &MigrationSet) -> Vec<Need> {
    let environment = TargetSpec::environment(project, invocation);
    let variables = project.sql_variables(invocation, &environment).unwrap_or_default();
    let workshop = Workshop { project, set, variables, major: 17, keep: true };
    let migrations: Vec<_> = set.migrations().iter().map(|m| (m, None)).collect();
    workshop.build_all(&migrations, Direction::Up).map(|works| needs(&works)).unwrap_or_default()
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

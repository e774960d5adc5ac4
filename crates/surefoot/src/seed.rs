//! `seed`: load the seed data of an environment, all of it in one transaction.
//!
//! Seeds come from `[seeds]` of `surefoot.toml`: by name of the environment a
//! file, a folder (its `.sql` files in the order of their names), or a list of
//! both. What stands under `all` is loaded first, in every environment. Without
//! the section they are looked for in `prisma/seeds`, `seeds`, `db/seeds` and
//! `database/seeds`, as `<environment>.sql` or `<environment>/*.sql`, and `all`
//! likewise.
//!
//! A seed is run each time: that running it again does no harm is the team's
//! promise (`ON CONFLICT DO NOTHING`). The journal keeps the SHA-256 of each
//! file, so a run can say when it was loaded before; it keeps no seed's text.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use surefoot_executor::{Error as ExecutorError, Interrupt, Observer, Progress, Runner, StatementFailure};
use surefoot_journal::{Event, EventKind, Journal, State};
use surefoot_pg::{ErrorClass, Outcome, Session, ident, literal};
use surefoot_plan::{Direction, FileRef, Policy, Settings, UnitKind, Work, WorkInput};
use surefoot_source::{MigrationSet, sha256_hex};
use surefoot_sql::script::{StatementKind, parse};

use crate::config::interpolate;
use crate::preflight::preflight;
use crate::project::ProjectFiles;
use crate::state::History;
use crate::target::{Target, TargetSpec};
use crate::up::create_journal;
use crate::work::statements_hash;
use crate::{Error, Invocation, Project, Result};

/// The key of `[seeds]` whose files are loaded in every environment, before its own.
pub const EVERY_ENVIRONMENT: &str = "all";

/// Folders that are looked into when the configuration has no `[seeds]`.
const FOLDERS: [&str; 4] = ["prisma/seeds", "seeds", "db/seeds", "database/seeds"];

/// The seeds of an environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seeds {
    /// Files, in the order they are loaded.
    pub files: Vec<String>,
    /// Where seeds would have been found, for saying that there are none.
    pub looked: Vec<String>,
    /// Worth knowing.
    pub warnings: Vec<String>,
}

/// Whether a seed was loaded before, with the server time of the last time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadedBefore {
    /// Not since the database was made or emptied.
    Never,
    /// As it is now.
    Same(String),
    /// With another text.
    Changed(String),
}

/// One seed file.
#[derive(Debug, Clone)]
pub struct SeedFile {
    /// Path within the project.
    pub path: String,
    /// SHA-256 of its bytes, hex.
    pub sha256: String,
    /// Statements, transaction control left out.
    pub statements: usize,
    /// Rows its statements affected; 0 when it was not run.
    pub rows: u64,
    /// How long it took.
    pub elapsed: Duration,
    /// Whether it was loaded before.
    pub before: LoadedBefore,
}

/// What was loaded, or would be.
#[derive(Debug, Clone, Default)]
pub struct SeedReport {
    /// Environment.
    pub environment: String,
    /// Target in words.
    pub target: String,
    /// The files, in order.
    pub files: Vec<SeedFile>,
    /// Where seeds were looked for, when there are none.
    pub looked: Vec<String>,
    /// Worth knowing.
    pub warnings: Vec<String>,
    /// Identity of the run in the journal.
    pub run: String,
}

/// The seed files of an environment. Reads folders, no files.
///
/// # Errors
/// [`Error::Refused`] when the configuration names a file that is not there.
pub fn find_seeds(project: &Project, invocation: &Invocation, environment: &str) -> Result<Seeds> {
    let mut seeds = Seeds::default();
    let wanted: &[&str] =
        if environment == EVERY_ENVIRONMENT { &[EVERY_ENVIRONMENT] } else { &[EVERY_ENVIRONMENT, environment] };
    if !project.config.seeds.is_empty() {
        for key in wanted {
            seeds.looked.push(format!("[seeds] {key} of surefoot.toml"));
            for path in project.config.seeds.get(*key).into_iter().flat_map(crate::config::OneOrMany::as_slice) {
                let path = interpolate(path, &invocation.variables).map_err(|reason| Error::Refused {
                    code: "variable",
                    message: format!("[seeds] {key}: {reason}"),
                    hint: "set it, or give it a default: ${NAME:default}".into(),
                })?;
                add(project, &path, key, &mut seeds)?;
            }
        }
        return Ok(seeds);
    }
    // An environment's name is part of a path here; a strange one has no seeds.
    let named: Vec<&str> = wanted.iter().copied().filter(|w| !w.contains(['/', '\\']) && *w != "..").collect();
    for folder in FOLDERS {
        let before = seeds.files.len();
        let mut found = Vec::new();
        for name in &named {
            for path in [format!("{folder}/{name}.sql"), format!("{folder}/{name}")] {
                if project.dir.path(&path).exists() {
                    found.push((path, *name));
                }
            }
        }
        if found.is_empty() {
            continue;
        }
        if before > 0 {
            seeds.warnings.push(format!(
                "seeds in {folder} are not loaded: those in another folder come first; name them in [seeds] of surefoot.toml"
            ));
            continue;
        }
        for (path, name) in found {
            add(project, &path, name, &mut seeds)?;
        }
    }
    seeds.looked = FOLDERS.iter().map(|f| format!("{f}/{environment}.sql")).collect();
    Ok(seeds)
}

fn add(project: &Project, path: &str, key: &str, seeds: &mut Seeds) -> Result<()> {
    let path = path.trim_start_matches("./").trim_end_matches('/');
    let on_disk = project.dir.path(path);
    if on_disk.is_dir() {
        let mut names: Vec<String> = std::fs::read_dir(&on_disk)
            .map_err(|e| Error::Io { action: "read", path: path.into(), reason: e.to_string() })?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| name.to_ascii_lowercase().ends_with(".sql") && !name.starts_with('.'))
            .collect();
        names.sort();
        if names.is_empty() {
            seeds.warnings.push(format!("{path} has no .sql file"));
        }
        seeds.files.extend(names.into_iter().map(|name| format!("{path}/{name}")));
    } else if on_disk.is_file() {
        seeds.files.push(path.to_owned());
    } else {
        return Err(Error::Refused {
            code: "missing-seed",
            message: format!("[seeds] {key} names {path}, and there is no such file or folder"),
            hint: "correct the path in surefoot.toml; it is relative to the project's folder".into(),
        });
    }
    Ok(())
}

/// Says what [`seed`] would load, without running anything. `target` is none when there is no database yet.
///
/// # Errors
/// As [`seed`], before anything runs.
pub async fn plan_seed(
    project: &Project,
    invocation: &Invocation,
    set: &MigrationSet,
    spec: &TargetSpec,
    target: Option<&Target>,
) -> Result<SeedReport> {
    let seeds = find_seeds(project, invocation, &spec.environment)?;
    let mut report = report(invocation, spec, &seeds);
    let (mut before, mut major) = (Vec::new(), 0);
    if let Some(target) = target {
        let session = target.look().await?;
        major = session.major();
        let history = History::read(project, set, &spec.environment, Some(&session)).await?;
        before = loaded(history.journal.as_ref(), &session).await?;
        session.close().await;
    }
    let works = build(project, invocation, &spec.environment, &seeds.files, major)?;
    for work in &works {
        report.files.push(file(work, &before));
        report.warnings.extend(work.warnings.iter().cloned());
    }
    Ok(report)
}

/// Loads the seeds of the target's environment: all files and the journal's entry in one transaction.
///
/// # Errors
/// [`Error::Refused`] before anything runs; [`Error::Executor`] with file, line and column of a statement that
/// failed: nothing of any file stays.
pub async fn seed(
    project: &Project,
    invocation: &Invocation,
    set: &MigrationSet,
    target: &Target,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<SeedReport> {
    let seeds = find_seeds(project, invocation, &target.spec.environment)?;
    let mut report = report(invocation, &target.spec, &seeds);
    if seeds.files.is_empty() {
        return Ok(report);
    }
    let session = target.connect().await?;
    Runner::lock(&session, project.journal_schema(), &target.spec.options, observer, interrupt).await?;
    let history = History::read(project, set, &target.spec.environment, Some(&session)).await?;
    if !set.is_empty() && !history.recorded.iter().any(|r| r.state == State::Applied) {
        return Err(nothing_applied(&report.environment));
    }
    let pending = history.to_run(set).len();
    if pending > 0 {
        report.warnings.push(format!(
            "{pending} {} pending in {}: seeds written for them will fail",
            if pending == 1 { "migration is" } else { "migrations are" },
            report.environment
        ));
    }
    let works = build(project, invocation, &target.spec.environment, &seeds.files, session.major())?;
    for work in &works {
        report.warnings.extend(work.warnings.iter().cloned());
    }
    preflight(target, &session, history.journal.as_ref(), &works).await?;
    let journal = match history.journal {
        Some(journal) => journal,
        None => create_journal(project, invocation, &session).await?,
    };
    let before = loaded(Some(&journal), &session).await?;
    report.files = works.iter().map(|w| file(w, &before)).collect();
    let loading = Loading { session: &session, target, journal: &journal, invocation, observer, interrupt };
    loading.run(&works, &mut report).await?;
    for (work, file) in works.iter().zip(&report.files) {
        observer.observe(&Progress::Finished { work, elapsed: file.elapsed });
    }
    session.close().await;
    Ok(report)
}

/// Why seeds are not loaded into a database that no migration was applied to.
pub fn nothing_applied(environment: &str) -> Error {
    Error::Refused {
        code: "nothing-applied",
        message: format!("no migration is applied in {environment} yet: the seeds have no tables to go to"),
        hint: "run `surefoot up` first, or `surefoot dev`, which does both".into(),
    }
}

fn report(invocation: &Invocation, spec: &TargetSpec, seeds: &Seeds) -> SeedReport {
    SeedReport {
        environment: spec.environment.clone(),
        target: spec.describe(),
        looked: seeds.looked.clone(),
        warnings: seeds.warnings.clone(),
        run: invocation.run.clone(),
        ..SeedReport::default()
    }
}

fn file(work: &Work, before: &[(String, String, String)]) -> SeedFile {
    let at = |found: Option<&(String, String, String)>| found.map(|(_, _, at)| at.clone());
    let same = at(before.iter().find(|(_, sha256, _)| *sha256 == work.up.sha256));
    let other = at(before.iter().find(|(path, _, _)| *path == work.up.path));
    SeedFile {
        path: work.up.path.clone(),
        sha256: work.up.sha256.clone(),
        statements: work.statement_count(),
        rows: 0,
        elapsed: Duration::ZERO,
        before: match (same, other) {
            (Some(at), _) => LoadedBefore::Same(at),
            (None, Some(at)) => LoadedBefore::Changed(at),
            (None, None) => LoadedBefore::Never,
        },
    }
}

/// Path, SHA-256 and time of every seed loaded since the database was last emptied, newest first.
async fn loaded(journal: Option<&Journal>, session: &Session) -> Result<Vec<(String, String, String)>> {
    let Some(journal) = journal else { return Ok(Vec::new()) };
    let s = ident(journal.schema());
    let rows = session
        .rows(&format!(
            "SELECT f ->> 'path', f ->> 'sha256', \
                    pg_catalog.to_char(pg_catalog.max(e.at) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') \
             FROM {s}.events e, pg_catalog.json_array_elements(e.body::json -> 'detail' -> 'files') f \
             WHERE e.kind = {} AND e.seq > coalesce((SELECT pg_catalog.max(seq) FROM {s}.events WHERE kind = {}), 0) \
             GROUP BY 1, 2 ORDER BY pg_catalog.max(e.seq) DESC",
            literal(EventKind::Seeded.as_str()),
            literal(EventKind::Reset.as_str()),
        ))
        .await?;
    Ok(rows
        .into_iter()
        .map(|mut r| (r.take(0).unwrap_or_default(), r.take(1).unwrap_or_default(), r.take(2).unwrap_or_default()))
        .collect())
}

/// Reads the files and refuses what cannot be part of one transaction.
fn build(
    project: &Project,
    invocation: &Invocation,
    environment: &str,
    files: &[String],
    major: u32,
) -> Result<Vec<Work>> {
    let variables = project.sql_variables(invocation, environment)?;
    let mut works = Vec::with_capacity(files.len());
    let (mut scripts, mut plans, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    for path in files {
        let text = project.read_text(path)?;
        let sha256 = sha256_hex(text.as_bytes());
        match one(project, path, text, sha256, &variables, major, &mut refused) {
            Ok(Ok(work)) => works.push(work),
            Ok(Err(e)) => plans.push(e),
            Err(e) => scripts.push(e),
        }
    }
    if !scripts.is_empty() {
        return Err(project.script_error(scripts));
    }
    if !plans.is_empty() {
        return Err(Error::Plan(plans));
    }
    if !refused.is_empty() {
        return Err(Error::Refused {
            code: "seed-transaction",
            message: refused.join("\n"),
            hint: "all seeds of an environment are loaded in one transaction: move the statement to a migration, or remove it".into(),
        });
    }
    Ok(works)
}

type Built =
    std::result::Result<std::result::Result<Work, surefoot_plan::PlanError>, surefoot_sql::script::ScriptError>;

fn one(
    project: &Project,
    path: &str,
    text: Arc<str>,
    sha256: String,
    variables: &BTreeMap<String, String>,
    major: u32,
    refused: &mut Vec<String>,
) -> Built {
    let script = parse(path, text, variables, &mut ProjectFiles { project })?;
    let modes: Vec<(usize, String)> = script
        .statements
        .iter()
        .filter_map(|s| match &s.kind {
            StatementKind::Begin { options } if !options.is_empty() => Some((s.line, options.clone())),
            _ => None,
        })
        .collect();
    let input = WorkInput {
        id: "seed".into(),
        name: path.to_owned(),
        position: 0,
        owner: None,
        repeatable: true,
        direction: Direction::Up,
        up_statements: statements_hash(&script),
        script,
        verify_script: None,
        up: FileRef { path: path.to_owned(), sha256 },
        down: None,
        verify: None,
        texts: Vec::new(),
        header: Vec::new(),
        settings: Settings::default(),
        major,
        keep: false,
        policy: Policy::default(),
        replaces: Vec::new(),
    };
    // Whether a procedure commits cannot be told from here; the server refuses it in a transaction.
    let mut work = match Work::new(input, &|_| false) {
        Ok(work) => work,
        Err(e) => return Ok(Err(e)),
    };
    for unit in &work.units {
        let Some(planned) = unit.statements.first() else { continue };
        let statement = &work.script.statements[planned.index];
        let at = format!("{}:{}", work.script.place(statement).file, statement.line);
        match &unit.kind {
            UnitKind::Alone => {
                refused.push(format!("{at}: {} cannot run in a transaction", planned.effects.tag));
            }
            UnitKind::Transaction { rollback: true, .. } => {
                refused.push(format!("{at}: the file rolls back the transaction that begins before this"));
            }
            UnitKind::Transaction { .. } => {}
        }
    }
    for (line, options) in modes {
        work.warnings.push(format!("{path}:{line}: {options} has no effect: the file is part of our transaction"));
    }
    Ok(Ok(work))
}

struct Loading<'a> {
    session: &'a Session,
    target: &'a Target,
    journal: &'a Journal,
    invocation: &'a Invocation,
    observer: &'a dyn Observer,
    interrupt: &'a Interrupt,
}

/// Where a try failed: a file and a statement of it, unless it was our own.
struct Failed {
    at: Option<(usize, usize)>,
    error: surefoot_pg::Error,
}

impl Loading<'_> {
    async fn run(&self, works: &[Work], report: &mut SeedReport) -> Result<()> {
        let options = &self.target.spec.options;
        let tries = options.retry_attempts + 1;
        let mut attempt = 1;
        loop {
            let failed = match self.attempt(works, report).await {
                Ok(()) => return Ok(()),
                Err(failed) => failed,
            };
            // A dead session has rolled back by itself.
            let _ = self.session.run("ROLLBACK").await;
            let class = failed.error.class();
            let again = matches!(class, ErrorClass::LockTimeout | ErrorClass::Deadlock | ErrorClass::Serialization);
            if !again || attempt >= tries || self.interrupt.is_raised() {
                let error = self.failure(works, failed, attempt);
                self.record_failure(&error).await;
                return Err(error);
            }
            let pause = options.retry_delay.saturating_mul(attempt).min(Duration::from_secs(30));
            attempt += 1;
            self.observer.observe(&Progress::Retry { attempt, of: tries, reason: &failed.error.to_string(), pause });
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.interrupt.raised() => {}
            }
        }
    }

    async fn attempt(&self, works: &[Work], report: &mut SeedReport) -> std::result::Result<(), Failed> {
        let ours = |error| Failed { at: None, error };
        let session = self.session;
        let begun = Instant::now();
        let clean = format!(
            "RESET SESSION AUTHORIZATION; RESET ALL; {}",
            surefoot_executor::setup_sql(session, &self.target.spec.options)
        );
        session.run("BEGIN").await.map_err(ours)?;
        for (number, work) in works.iter().enumerate() {
            let started = Instant::now();
            self.observer.observe(&Progress::Started { work, done: 0 });
            let mut rows = 0;
            for planned in work.units.iter().flat_map(|u| &u.statements) {
                let outcome = self
                    .statement(work, planned.index)
                    .await
                    .map_err(|error| Failed { at: Some((number, planned.index)), error })?;
                rows += outcome.rows;
            }
            // What one file sets must not reach the next.
            session.run(&clean).await.map_err(ours)?;
            if let Some(file) = report.files.get_mut(number) {
                file.rows = rows;
                file.elapsed = started.elapsed();
            }
        }
        session.run(&self.journal.append_sql(None, &self.entry(report, begun.elapsed()))).await.map_err(ours)?;
        if self.interrupt.is_raised() {
            return Err(ours(surefoot_pg::Error::Unexpected("interrupted".into())));
        }
        session.run("COMMIT").await.map_err(ours)?;
        Ok(())
    }

    async fn statement(&self, work: &Work, index: usize) -> std::result::Result<Outcome, surefoot_pg::Error> {
        let script = &work.script;
        let statement = &script.statements[index];
        for echo in script.echoes.iter().filter(|e| e.before == index) {
            self.observer.observe(&Progress::Echo(&echo.text));
        }
        let (place, _) = surefoot_executor::place(&work.script, index, None);
        let text = script.text(statement);
        self.observer.observe(&Progress::Statement { work, number: index + 1, place: place.clone(), text });
        let begun = Instant::now();
        let running = async {
            match script.copy_data(statement) {
                Some(data) => {
                    let rows = self.session.copy_in(text, data.as_bytes()).await?;
                    Ok(Outcome { rows, ..Outcome::default() })
                }
                None => self.session.run(text).await,
            }
        };
        tokio::pin!(running);
        let mut asked = false;
        let result = loop {
            tokio::select! {
                result = &mut running => break result,
                () = self.interrupt.raised(), if !asked => {
                    asked = true;
                    // If the request does not arrive the statement goes on; a second interrupt ends the process.
                    let _ = self.session.cancel_handle().cancel().await;
                }
            }
        };
        for notice in self.session.take_notices() {
            self.observer.observe(&Progress::Notice { work, place: place.clone(), notice: &notice });
        }
        let outcome = result?;
        self.observer.observe(&Progress::StatementDone { elapsed: begun.elapsed(), rows: outcome.rows });
        Ok(outcome)
    }

    fn entry(&self, report: &SeedReport, elapsed: Duration) -> Event {
        let files: Vec<Value> = report
            .files
            .iter()
            .map(|f| json!({ "path": f.path, "sha256": f.sha256, "statements": f.statements, "rows": f.rows }))
            .collect();
        let mut detail = Map::new();
        detail.insert("environment".into(), json!(report.environment));
        detail.insert("files".into(), Value::Array(files));
        detail.insert("duration_ms".into(), json!(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)));
        self.event(EventKind::Seeded, detail)
    }

    fn event(&self, kind: EventKind, detail: Map<String, Value>) -> Event {
        Event {
            kind,
            migration: None,
            state: None,
            run: self.invocation.run.clone(),
            actor: self.invocation.actor.clone(),
            detail,
        }
    }

    fn failure(&self, works: &[Work], failed: Failed, attempts: u32) -> Error {
        if self.interrupt.is_raised() {
            return ExecutorError::Interrupted { migration: None, units_done: 0, units_total: 0 }.into();
        }
        let last = works.len().checked_sub(1).map(|w| (w, works[w].script.statements.len().saturating_sub(1)));
        // A deferred constraint fails when we commit: then the last statement has to stand for all.
        let deferred = failed.at.is_none() && failed.error.code().is_some_and(|c| c.starts_with("23"));
        let Some((number, index)) = failed.at.or(last.filter(|_| deferred)) else {
            return failed.error.into();
        };
        let work = &works[number];
        let position = failed.error.server().and_then(|s| s.position).filter(|_| !deferred);
        let (place, source_line) = surefoot_executor::place(&work.script, index, position);
        let planned = work.units.iter().flat_map(|u| &u.statements).find(|p| p.index == index);
        ExecutorError::Statement(Box::new(StatementFailure {
            migration: work.id.clone(),
            place,
            source_line,
            tag: if deferred { "COMMIT".into() } else { planned.map_or_else(String::new, |p| p.effects.tag.clone()) },
            error: failed.error,
            attempts,
            blockers: Vec::new(),
            units_done: 0,
            units_total: 1,
        }))
        .into()
    }

    async fn record_failure(&self, error: &Error) {
        let mut detail = Map::new();
        detail.insert("command".into(), json!("seed"));
        detail.insert("environment".into(), json!(self.target.spec.environment));
        // Only the primary message: DETAIL quotes rows.
        detail.insert("message".into(), json!(error.to_string()));
        let interrupted = matches!(error, Error::Executor(ExecutorError::Interrupted { .. }));
        let kind = if interrupted { EventKind::Interrupted } else { EventKind::Failed };
        // The failure is reported in any case; a journal that cannot be written now must not hide it.
        let _ = self.session.run("RESET SESSION AUTHORIZATION; RESET ALL").await;
        let _ = self.session.run(&self.journal.append_sql(None, &self.event(kind, detail))).await;
    }
}

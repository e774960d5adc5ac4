//! `up`: apply what is pending.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use surefoot_executor::{Done, Interrupt, Observer, Progress, Runner};
use surefoot_journal::{Event, EventKind, Finding, Journal};
use surefoot_plan::{Direction, PlanError, UnitKind, Work};
use surefoot_source::{Migration, MigrationSet, Problem, Warning};

use crate::preflight::preflight;
use crate::state::{Allow, History, check_history};
use crate::target::{Target, TargetSpec};
use crate::work::Workshop;
use crate::{Error, Invocation, Project, Result, checkpoint, command};

/// What to apply.
#[derive(Debug, Clone, Default)]
pub struct UpOptions {
    /// The last migration to apply.
    pub to: Option<String>,
    /// How many to apply.
    pub count: Option<usize>,
    /// Everything in one transaction.
    pub single_transaction: bool,
    /// What may be passed over.
    pub allow: Allow,
}

/// What was applied.
#[derive(Debug, Default)]
pub struct RunReport {
    /// Environment.
    pub environment: String,
    /// Target in words.
    pub target: String,
    /// Migrations run, in order.
    pub done: Vec<Done>,
    /// Still pending, because of `to` or `count`.
    pub left: usize,
    /// Pending here by files, but meant for other environments.
    pub elsewhere: Vec<(String, Vec<String>)>,
    /// Worth knowing.
    pub warnings: Vec<String>,
    /// That a checkpoint was recorded which stands for what is applied.
    pub adopted: Option<String>,
    /// The newest applied migration after the run.
    pub current: Option<String>,
    /// Identity of the run in the journal.
    pub run: String,
}

impl RunReport {
    /// Tells a warning at once and keeps it.
    pub(crate) fn warn(&mut self, observer: &dyn Observer, warning: String) {
        observer.observe(&Progress::Warning(&warning));
        self.warnings.push(warning);
    }
}

/// Loads the migrations for the environment of an invocation and finds its target.
///
/// # Errors
/// As [`Project::load`] and [`TargetSpec::resolve`].
pub fn prepare(project: &Project, invocation: &Invocation) -> Result<(MigrationSet, TargetSpec)> {
    let environment = TargetSpec::environment(project, invocation);
    let mut set = project.load(Some(&environment))?;
    let spec = TargetSpec::resolve(project, invocation, Some(&set))?;
    let unknown = unknown_environments(project, &set, &environment);
    set.warnings.extend(unknown);
    Ok((set, spec))
}

/// As [`prepare`], for a command that brings files back: that some of them are gone may be the very reason why the
/// others cannot be read. The set is then empty, but for the team's settings, and what is wrong comes as text.
///
/// # Errors
/// As [`TargetSpec::resolve`], and [`Error::Load`] where the settings themselves cannot be read.
pub fn prepare_recovery(project: &Project, invocation: &Invocation) -> Result<(MigrationSet, TargetSpec, Vec<String>)> {
    let error = match prepare(project, invocation) {
        Ok((set, spec)) => return Ok((set, spec, Vec::new())),
        Err(Error::Load(error)) if error.problems.iter().all(|p| !matches!(p, Problem::Setting(_))) => error,
        Err(other) => return Err(other),
    };
    let mut set = MigrationSet::default();
    set.warnings = error.warnings;
    set.configs = error.configs;
    let spec = TargetSpec::resolve(project, invocation, Some(&set))?;
    Ok((set, spec, error.problems.iter().map(ToString::to_string).collect()))
}

/// `-- surefoot: environments` with a name that no configuration has: the file would wait for ever.
fn unknown_environments(project: &Project, set: &MigrationSet, environment: &str) -> Vec<Warning> {
    let known: BTreeSet<&str> = project
        .config
        .environments
        .keys()
        .chain(set.configs.iter().flat_map(|c| &c.environments))
        .map(String::as_str)
        .collect();
    if known.is_empty() {
        return Vec::new();
    }
    let mut out = Vec::new();
    for m in set.migrations() {
        for name in m.directives.environments.iter().filter(|n| *n != environment && !known.contains(n.as_str())) {
            out.push(Warning::UnknownEnvironment {
                path: m.up.path.clone(),
                name: name.clone(),
                near: surefoot_source::nearest(name, known.iter().copied()).map(str::to_owned),
            });
        }
    }
    out
}

/// Applies pending migrations to a target.
///
/// # Errors
/// [`Error::Refused`] before anything runs; [`Error::Run`] with what was done before the failure.
pub async fn up(
    project: &Project,
    invocation: &Invocation,
    set: &MigrationSet,
    target: &Target,
    options: &UpOptions,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<RunReport> {
    let mut report = RunReport {
        environment: target.spec.environment.clone(),
        target: target.spec.describe(),
        run: invocation.run.clone(),
        ..RunReport::default()
    };
    if project.source.dirs.is_empty() {
        return Err(no_migrations(project));
    }
    let session = target.connect().await?;
    let history = History::read(project, set, &target.spec.environment, Some(&session)).await?;
    if !set.checkpoints.is_empty()
        && let Some(told) =
            checkpoint::adopt(project, invocation, set, target, &session, &history, observer, interrupt).await?
    {
        match told {
            Ok(adopted) => report.adopted = Some(adopted),
            Err(warning) => report.warn(observer, warning),
        }
    }
    let (start, chosen) = checkpoint::begin(set, &history, choose(set, &history, options)?)?;
    if chosen.is_empty() && start.is_none() {
        check(project, invocation, set, &history, options, &session, observer).await?;
        if let Some(journal) = &history.journal
            && let Some(finding) = journal.quick_check(&session).await?
        {
            return Err(altered(journal, finding));
        }
        report.left = history.to_run(set).len();
        report.elsewhere.clone_from(&history.elsewhere);
        report.current = history.current(set).map(|r| r.id.clone());
        new_application_version(project, &history, report.current.as_deref(), &session).await?;
        session.close().await;
        return Ok(report);
    }
    Runner::lock(&session, project.journal_schema(), &target.spec.options, observer, interrupt).await?;
    // Another run may have been at work while we waited.
    let history = History::read(project, set, &target.spec.environment, Some(&session)).await?;
    check(project, invocation, set, &history, options, &session, observer).await?;
    let (start, chosen) = match checkpoint::begin(set, &history, choose(set, &history, options)?) {
        Ok(begun) => begun,
        Err(error) => {
            record_refusal(invocation, &history, &session, "up", &error).await;
            return Err(error);
        }
    };
    let workshop = Workshop {
        project,
        set,
        variables: project.sql_variables(invocation, &target.spec.environment)?,
        major: session.major(),
        keep: true,
    };
    let rows = history.by_id();
    let migrations: Vec<(&Migration, Option<&surefoot_journal::Recorded>)> =
        chosen.iter().map(|m| (*m, rows.get(m.id.as_str()).copied())).collect();
    let mut works = workshop.build_on(&session, &migrations, Direction::Up).await?;
    let covered = start.map_or(0, |checkpoint| checkpoint.replaces.len());
    let left = history.to_run(set).len().saturating_sub(works.len() + covered);
    if let Some(checkpoint) = start {
        works.insert(0, workshop.build_checkpoint(checkpoint)?);
        if checkpoint::wants_elevated(checkpoint) {
            checkpoint::elevated_extensions(target, &session, &works[0]).await?;
        }
    }
    if options.single_transaction {
        refuse_unless_single(&works)?;
    }
    for warning in works.iter().flat_map(|w| &w.warnings) {
        report.warn(observer, warning.clone());
    }
    if let Err(error) = preflight(target, &session, history.journal.as_ref(), &works).await {
        record_refusal(invocation, &history, &session, "up", &error).await;
        return Err(error);
    }
    if let Some(hook) = &project.config.hooks.before_up {
        let input = hook_input("before-up", project, target, invocation, &works, None);
        if let Err(e) = command::run("hook before-up", hook, project.dir.root(), &input).await {
            record_refusal(invocation, &history, &session, "up", &e).await;
            return Err(e);
        }
    }
    let journal = match history.journal.clone() {
        Some(journal) => {
            if let Some(finding) = journal.quick_check(&session).await? {
                return Err(altered(&journal, finding));
            }
            journal
        }
        None => create_journal(project, invocation, &session).await?,
    };
    // Now, and not only at the end, which a run that dies does not see.
    let app = &project.config.application;
    let name = app.name.as_deref().unwrap_or(&project.name);
    let current = history.current(set).map(|r| r.id.as_str());
    session.run(&journal.application_sql(name, app.version.as_deref(), current)).await?;
    let mut runner = Runner::open(
        target.connector.clone(),
        target.spec.options.clone(),
        journal,
        session,
        invocation.run.clone(),
        invocation.actor.clone(),
        observer,
        interrupt.clone(),
    )
    .await?;
    let result =
        run_all(&mut runner, project, target, invocation, &works, options.single_transaction, &mut report).await;
    finish(runner, project, invocation, set, target, &works, result, &mut report, "up").await?;
    report.left = left;
    report.elsewhere = history.elsewhere;
    Ok(report)
}

/// A run of another application version is worth its row even when there is nothing to apply.
async fn new_application_version(
    project: &Project,
    history: &History,
    current: Option<&str>,
    session: &surefoot_pg::Session,
) -> Result<()> {
    let app = &project.config.application;
    let (Some(journal), Some(version)) = (&history.journal, &app.version) else { return Ok(()) };
    let name = app.name.as_deref().unwrap_or(&project.name);
    if journal.application_version(session, name).await?.as_deref() != Some(version) {
        session.run(&journal.application_sql(name, Some(version), current)).await?;
    }
    Ok(())
}

/// A journal that was changed by something else.
pub(crate) fn altered(journal: &Journal, finding: Finding) -> Error {
    let what = match finding.seq {
        Some(seq) => format!("event {seq}: {}", finding.what),
        None => finding.what,
    };
    surefoot_journal::Error::Altered { schema: journal.schema().to_owned(), what }.into()
}

/// The error of a project in which no migrations are found.
pub fn no_migrations(project: &Project) -> Error {
    Error::Usage {
        message: format!("there are no migrations in {}", project.dir.root().display()),
        hint: "give the folder of the project with -C, or begin with: surefoot init; surefoot new create_first_table"
            .into(),
    }
}

/// Creates the journal of a project in a target.
pub(crate) async fn create_journal(
    project: &Project,
    invocation: &Invocation,
    session: &surefoot_pg::Session,
) -> Result<Journal> {
    let mut detail = Map::new();
    detail.insert("project".into(), json!(project.name));
    let event = Event {
        kind: EventKind::Created,
        migration: None,
        state: None,
        run: invocation.run.clone(),
        actor: invocation.actor.clone(),
        detail,
    };
    Ok(Journal::create(session, project.journal_schema(), &project.name, &event).await?)
}

/// Runs the works with the hooks around each.
pub(crate) async fn run_all(
    runner: &mut Runner<'_>,
    project: &Project,
    target: &Target,
    invocation: &Invocation,
    works: &[Work],
    single: bool,
    report: &mut RunReport,
) -> Result<()> {
    let hooks = &project.config.hooks;
    if single {
        match runner.run_together(works).await {
            Ok(done) => report.done.extend(done),
            Err(e) => {
                on_failure(runner.observer(), project, target, invocation, works, &e, report).await;
                return Err(Error::Run { done: Vec::new(), source: Box::new(e) });
            }
        }
        return Ok(());
    }
    for work in works {
        let one = std::slice::from_ref(work);
        if let Some(hook) = &hooks.before_each {
            let input = hook_input("before-each", project, target, invocation, one, None);
            command::run("hook before-each", hook, project.dir.root(), &input).await?;
        }
        match runner.run(work).await {
            Ok(done) => report.done.push(done),
            Err(e) => {
                on_failure(runner.observer(), project, target, invocation, one, &e, report).await;
                return Err(Error::Run { done: report.done.clone(), source: Box::new(e) });
            }
        }
        if let Some(hook) = &hooks.after_each {
            let input = hook_input("after-each", project, target, invocation, one, None);
            command::run("hook after-each", hook, project.dir.root(), &input).await?;
        }
    }
    Ok(())
}

/// The hook for a run that failed; that the hook fails too is only a warning.
async fn on_failure(
    observer: &dyn Observer,
    project: &Project,
    target: &Target,
    invocation: &Invocation,
    works: &[Work],
    error: &surefoot_executor::Error,
    report: &mut RunReport,
) {
    let Some(hook) = &project.config.hooks.on_failure else { return };
    let input = hook_input("on-failure", project, target, invocation, works, Some(&error.to_string()));
    if let Err(e) = command::run("hook on-failure", hook, project.dir.root(), &input).await {
        report.warn(observer, e.to_string());
    }
}

/// Ends a run: the application's row, the lock, the last hook. The lock is given back on every path.
#[expect(clippy::too_many_arguments, reason = "the tail that up and down share")]
pub(crate) async fn finish(
    runner: Runner<'_>,
    project: &Project,
    invocation: &Invocation,
    set: &MigrationSet,
    target: &Target,
    works: &[Work],
    result: Result<()>,
    report: &mut RunReport,
    direction: &str,
) -> Result<()> {
    let wrapped = async {
        if runner.session().is_closed() {
            return Ok(None);
        }
        let history = History::read(project, set, &target.spec.environment, Some(runner.session())).await?;
        let current = history.current(set).map(|r| r.id.clone());
        if let Some(journal) = &history.journal
            && !report.done.is_empty()
        {
            let app = &project.config.application;
            let name = app.name.as_deref().unwrap_or(&project.name);
            let sql = journal.application_sql(name, app.version.as_deref(), current.as_deref());
            runner.session().run(&sql).await?;
        }
        Ok::<_, Error>(current)
    }
    .await;
    let released = runner.finish().await;
    result?;
    report.current = wrapped?;
    released?.close().await;
    let hooks = &project.config.hooks;
    let (name, hook) =
        if direction == "up" { ("after-up", &hooks.after_up) } else { ("after-down", &hooks.after_down) };
    if let Some(hook) = hook {
        let input = hook_input(name, project, target, invocation, works, None);
        command::run(&format!("hook {name}"), hook, project.dir.root(), &input).await?;
    }
    Ok(())
}

pub(crate) fn hook_input(
    event: &str,
    project: &Project,
    target: &Target,
    invocation: &Invocation,
    works: &[Work],
    error: Option<&str>,
) -> Value {
    let migrations: Vec<Value> = works
        .iter()
        .map(|w| {
            json!({ "id": w.id, "name": w.name, "direction": w.direction.as_str(), "file": w.file().path,
                    "sha256": w.file().sha256, "owner": w.owner })
        })
        .collect();
    json!({
        "event": event,
        "project": project.name,
        "environment": target.spec.environment,
        "target": target.spec.describe(),
        "run": invocation.run,
        "migrations": migrations,
        "error": error,
    })
}

/// The migrations an `up` with these options runs, in order.
pub(crate) fn choose<'s>(set: &'s MigrationSet, history: &History, options: &UpOptions) -> Result<Vec<&'s Migration>> {
    let mut wanted = history.to_run(set);
    if let Some(reference) = &options.to {
        let last = set.find(reference)?;
        let end = set.position(&last.id).unwrap_or_default();
        let applied = history.comparison.applied.contains(&last.id);
        if applied && !wanted.iter().any(|m| set.position(&m.id).is_some_and(|p| p <= end)) {
            return Ok(Vec::new());
        }
        // Repeatable ones come after all versioned ones, so not before the last of these.
        let all = wanted.iter().all(|m| m.repeatable || set.position(&m.id).is_some_and(|p| p <= end));
        wanted.retain(|m| all || !m.repeatable && set.position(&m.id).is_some_and(|p| p <= end));
    }
    if let Some(count) = options.count {
        wanted.truncate(count);
    }
    if let Some(half) = history.recorded.iter().find(|r| r.state == surefoot_journal::State::Reverting) {
        return Err(Error::Refused {
            code: "half-rolled-back",
            message: format!(
                "migration {} is rolled back in part: {} of {} parts",
                half.id, half.units_done, half.units_total
            ),
            hint: format!(
                "finish it with `surefoot down`, or say how it ended: surefoot resolve --rolled-back {} --reason ...",
                half.id
            ),
        });
    }
    Ok(wanted)
}

async fn check(
    project: &Project,
    invocation: &Invocation,
    set: &MigrationSet,
    history: &History,
    options: &UpOptions,
    session: &surefoot_pg::Session,
    _observer: &dyn Observer,
) -> Result<()> {
    let comment_only = unchanged_statements(project, invocation, set, history);
    let checked = check_history(set, history, options.allow, &comment_only);
    if let Err(error) = &checked {
        record_refusal(invocation, history, session, "up", error).await;
    }
    checked
}

/// A refusal is an event where there is a journal. Failing to record it must not hide it.
pub(crate) async fn record_refusal(
    invocation: &Invocation,
    history: &History,
    session: &surefoot_pg::Session,
    what: &str,
    error: &Error,
) {
    let Some(journal) = &history.journal else { return };
    let mut detail = Map::new();
    detail.insert("command".into(), json!(what));
    detail.insert("code".into(), json!(error.code()));
    detail.insert("message".into(), json!(error.to_string()));
    let event = Event {
        kind: EventKind::Refused,
        migration: None,
        state: None,
        run: invocation.run.clone(),
        actor: invocation.actor.clone(),
        detail,
    };
    let _ = session.run(&journal.append_sql(None, &event)).await;
}

/// Changed files whose statements are the same: only comments, white space or line ends differ.
pub fn unchanged_statements(
    project: &Project,
    invocation: &Invocation,
    set: &MigrationSet,
    history: &History,
) -> Vec<String> {
    let same = |id: &str| {
        let (Some(m), Some(r)) = (set.get(id), history.recorded(id)) else { return false };
        same_statements(project, invocation, m, r)
    };
    history.comparison.changed.iter().map(|c| c.id.clone()).filter(|id| same(id)).collect()
}

/// Whether a migration's files hold the statements that were applied.
pub(crate) fn same_statements(
    project: &Project,
    invocation: &Invocation,
    migration: &Migration,
    recorded: &surefoot_journal::Recorded,
) -> bool {
    let environment = TargetSpec::environment(project, invocation);
    let variables = project.sql_variables(invocation, &environment).unwrap_or_default();
    let Ok(text) = project.read_text(&migration.up.path) else { return false };
    let mut files = crate::project::ProjectFiles { project };
    surefoot_sql::script::parse(&migration.up.path, text, &variables, &mut files)
        .is_ok_and(|script| crate::work::statements_hash(&script) == recorded.up_statements)
}

pub(crate) fn refuse_unless_single(works: &[Work]) -> Result<()> {
    let mut wrong = Vec::new();
    for work in works {
        for unit in &work.units {
            let (reason, rollback) = match &unit.kind {
                UnitKind::Alone => ("it cannot run in a transaction".to_owned(), false),
                UnitKind::Transaction { rollback, .. } => ("it is rolled back by the file".to_owned(), *rollback),
            };
            if matches!(unit.kind, UnitKind::Alone) || rollback {
                let Some(planned) = unit.statements.first() else { continue };
                let statement = &work.script.statements[planned.index];
                wrong.push(PlanError::NotSingle {
                    file: work.file().path.clone(),
                    line: statement.line,
                    tag: planned.effects.tag.clone(),
                    reason,
                });
            }
        }
        if work.units.len() > 1 && wrong.is_empty() {
            let second = work.units.get(1).and_then(|u| u.statements.first());
            if let Some(planned) = second {
                wrong.push(PlanError::NotSingle {
                    file: work.file().path.clone(),
                    line: work.script.statements[planned.index].line,
                    tag: planned.effects.tag.clone(),
                    reason: "the file commits before it".into(),
                });
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Error::Plan(wrong)) }
}

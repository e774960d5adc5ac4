//! One file for each command.

pub(crate) mod attic;
mod check;
mod check_version;
mod compare;
mod completions;
mod current;
mod derive_down;
mod dev;
mod diff;
mod doctor;
mod down;
mod drift;
mod dump;
mod graph;
mod heads;
mod history;
mod hooks;
mod init;
mod inspect;
mod load;
mod log;
mod merge;
mod new;
mod plan;
mod recorder;
mod recover;
mod redo;
mod reset;
mod resolve;
mod seed;
mod squash;
mod status;
mod up;
mod verify;
mod wait;
mod watch;

use std::time::Duration;

use surefoot::source::MigrationSet;
use surefoot::{History, Project, Target, TargetSpec};

use crate::args::{Command, Format};
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::ui::{BOLD, DIM, Ui};

pub(crate) async fn run(context: &Context, ui: &Ui, command: Command) -> Result<Code, Failure> {
    if ui.format == Format::Sql && !gives_sql(&command) {
        return Err(Failure::usage(
            "--format sql is for plan, inspect, diff, derive-down and drift, and for up and down with --dry-run",
            "for example: surefoot up --dry-run --format sql > for-the-dba.sql",
        ));
    }
    match command {
        Command::Attic(args) => attic::run(context, ui, args).await,
        Command::Init(args) => init::run(context, ui, args).await,
        Command::Inspect(args) => inspect::run(context, ui, args).await,
        Command::Diff(args) => diff::run(context, ui, args).await,
        Command::DeriveDown(args) => derive_down::run(context, ui, args).await,
        Command::Compare(args) => compare::run(context, ui, args).await,
        Command::Drift(args) => drift::run(context, ui, args).await,
        Command::Squash(args) => squash::run(context, ui, args).await,
        Command::Dump(args) => dump::run(context, ui, args).await,
        Command::Load(args) => load::run(context, ui, args).await,
        Command::Recorder(args) => recorder::run(context, ui, args).await,
        Command::New(args) => new::run(context, ui, args).await,
        Command::Merge(args) => merge::run(context, ui, args).await,
        Command::Heads => heads::run(context, ui).await,
        Command::Current => current::run(context, ui).await,
        Command::Graph(args) => graph::run(context, ui, args).await,
        Command::History(args) => history::run(context, ui, args).await,
        Command::Log(args) => log::run(context, ui, args).await,
        Command::Completions(args) => completions::run(ui, args).await,
        Command::Dev(args) => dev::run(context, ui, args).await,
        Command::Reset(args) => reset::run(context, ui, args).await,
        Command::Seed(args) => seed::run(context, ui, args).await,
        Command::Watch(args) => watch::run(context, ui, args).await,
        Command::Wait(args) => wait::run(context, ui, args).await,
        Command::CheckVersion(args) => check_version::run(context, ui, args).await,
        Command::Hooks(args) => hooks::run(context, ui, args).await,
        Command::Doctor => doctor::run(context, ui).await,
        Command::Up(args) => up::run(context, ui, args).await,
        Command::Check(args) => check::run(context, ui, args).await,
        Command::Redo(args) => redo::run(context, ui, args).await,
        Command::Resolve(args) => resolve::run(context, ui, args).await,
        Command::Baseline(args) => resolve::run_baseline(context, ui, args).await,
        Command::Verify => verify::run(context, ui).await,
        Command::Recover(args) => recover::run(context, ui, args).await,
        Command::Plan(args) => plan::run(context, ui, args).await,
        Command::Down(args) => down::run(context, ui, args).await,
        Command::Status(args) => status::run(context, ui, args).await,
    }
}

fn gives_sql(command: &Command) -> bool {
    match command {
        Command::Plan(_) | Command::Inspect(_) | Command::Diff(_) | Command::Drift(_) | Command::DeriveDown(_) => true,
        Command::Up(args) => args.dry_run,
        Command::Down(args) => args.dry_run,
        _ => false,
    }
}

/// A project with its migrations and its target, for the commands that need all three.
pub(crate) struct Opened {
    pub(crate) project: Project,
    pub(crate) set: MigrationSet,
    pub(crate) spec: TargetSpec,
}

pub(crate) fn open(context: &Context, ui: &Ui) -> Result<Opened, Failure> {
    let project = context.project()?;
    let (set, spec) = surefoot::prepare(&project, &context.invocation)?;
    for warning in &set.warnings {
        ui.warn(warning.to_string());
    }
    Ok(Opened { project, set, spec })
}

/// A project with its migrations, for the commands that need no target.
pub(crate) fn files(context: &Context, ui: &Ui) -> Result<(Project, MigrationSet), Failure> {
    let project = context.project()?;
    let set = project.load(Some(&TargetSpec::environment(&project, &context.invocation)))?;
    for warning in &set.warnings {
        ui.warn(warning.to_string());
    }
    Ok((project, set))
}

/// What is on disk against what is in the target, which is not created for that.
pub(crate) async fn look(ui: &Ui, opened: Opened) -> Result<(Project, MigrationSet, History), Failure> {
    let Opened { project, set, spec } = opened;
    let environment = spec.environment.clone();
    if !spec.exists() {
        let history = History::read(&project, &set, &environment, None).await?;
        return Ok((project, set, history));
    }
    let target = open_target(ui, spec).await?;
    let history = async {
        let session = target.look().await?;
        let history = History::read(&project, &set, &environment, Some(&session)).await?;
        session.close().await;
        Ok::<_, surefoot::Error>(history)
    }
    .await;
    target.close().await?;
    Ok((project, set, history?))
}

/// Opens the target; an embedded one that another process has is waited for a little.
pub(crate) async fn open_target(ui: &Ui, spec: TargetSpec) -> Result<Target, Failure> {
    if matches!(spec.place, surefoot::TargetPlace::Embedded(_)) {
        prepare_embedded()?;
    }
    ui.progress(format!("opening {}", spec.describe()));
    let patience = spec.options.migration_lock_timeout.min(Duration::from_secs(60));
    let target = spec.open(patience).await;
    ui.progress_done();
    Ok(target?)
}

/// Where the home directory cannot be written, the embedded PostgreSQL needs another place for its cache; only a new
/// process can have one.
pub(crate) fn prepare_embedded() -> Result<(), Failure> {
    #[cfg(feature = "embedded")]
    {
        use surefoot::devdb::embedded::{Cache, prepare_cache, restart_with_cache};
        if let Cache::Restart(dir) = prepare_cache().map_err(surefoot::Error::from)? {
            return Err(surefoot::Error::from(restart_with_cache(&dir)).into());
        }
    }
    Ok(())
}

/// The headline of a command that works on a target.
pub(crate) fn headline(ui: &Ui, project: &Project, spec: &TargetSpec) {
    ui.say(format!("{BOLD}{}{BOLD:#} → {} {DIM}{}{DIM:#}", project.name, spec.environment, spec.describe()));
}

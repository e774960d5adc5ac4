//! One file for each command.

mod check;
mod down;
mod plan;
mod recover;
mod redo;
mod resolve;
mod status;
mod up;
mod verify;

use std::time::Duration;

use surefoot::source::MigrationSet;
use surefoot::{Project, Target, TargetSpec};

use crate::args::Command;
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::ui::{BOLD, DIM, Ui};

pub(crate) async fn run(context: &Context, ui: &Ui, command: Command) -> Result<Code, Failure> {
    match command {
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
        _ => Err(Failure::other("not yet", "x")),
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
    for key in set.configs.iter().flat_map(|c| c.unobeyed()) {
        ui.warn(format!("not obeyed by surefoot: {key}"));
    }
    Ok(Opened { project, set, spec })
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

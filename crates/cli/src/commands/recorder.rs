//! `surefoot recorder`.

use serde_json::json;
use surefoot::executor::Quiet;
use surefoot::{RecorderStatus, install_recorder, recorder_status, remove_recorder};

use crate::args::{Recorder, RecorderCommand};
use crate::commands::{open, open_target};
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::ui::{BOLD, DIM, GREEN, RED, Ui, YELLOW, count};

pub(crate) async fn run(context: &Context, ui: &Ui, args: Recorder) -> Result<Code, Failure> {
    let opened = open(context, ui)?;
    if !opened.spec.exists() {
        return Err(Failure::usage(
            format!("{} does not exist yet", opened.spec.describe()),
            "apply the migrations first: surefoot up",
        ));
    }
    let environment = opened.spec.environment.clone();
    let target = open_target(ui, opened.spec).await?;
    let (project, invocation) = (&opened.project, &context.invocation);
    let done = match args.command {
        RecorderCommand::Install => install_recorder(project, invocation, &target, &Quiet, &context.interrupt).await,
        RecorderCommand::Status => recorder_status(project, &target).await,
        RecorderCommand::Uninstall => remove_recorder(project, invocation, &target, &Quiet, &context.interrupt).await,
    };
    target.close().await?;
    let status = done?;
    if ui.is_human() {
        human(ui, &environment, args.command, &status);
    } else {
        ui.json(&json!({ "command": "recorder", "environment": environment, "recorder": status }));
    }
    let wanted = args.command == RecorderCommand::Uninstall || status.is_sound();
    Ok(if wanted { Code::Done } else { Code::Something })
}

fn human(ui: &Ui, environment: &str, command: RecorderCommand, status: &RecorderStatus) {
    let name = format!("{BOLD}{environment}{BOLD:#}");
    match (command, status.installed) {
        (RecorderCommand::Uninstall, _) => {
            ui.human(format!("{GREEN}✓{GREEN:#} the recorder is taken away from {name}; what it recorded stays"));
        }
        (RecorderCommand::Install, _) => {
            ui.human(format!("{GREEN}✓{GREEN:#} the recorder is installed in {name}"));
        }
        (RecorderCommand::Status, true) if status.is_sound() => {
            ui.human(format!("{GREEN}✓{GREEN:#} the recorder of {name} is sound"));
        }
        (RecorderCommand::Status, true) => ui.human(format!("{RED}✗{RED:#} the recorder of {name} is damaged")),
        (RecorderCommand::Status, false) => ui.human(format!("{YELLOW}-{YELLOW:#} {name} has no recorder")),
    }
    for problem in &status.problems {
        ui.human(format!("  {RED}{problem}{RED:#}"));
    }
    if let Some(since) = &status.since {
        let entries = count(usize::try_from(status.entries).unwrap_or(usize::MAX), "change");
        ui.human(format!("  {entries} recorded since {since}"));
    }
    if status.missed > 0 {
        ui.human(format!("  {YELLOW}{} could not be recorded{YELLOW:#}", status.missed));
    }
    if let Some(last) = &status.last {
        ui.human(format!(
            "  {DIM}last by hand:{DIM:#} {} {} {}",
            last.tag,
            last.object,
            crate::commands::drift::by(last)
        ));
    }
}

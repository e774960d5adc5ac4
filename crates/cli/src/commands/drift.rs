//! `surefoot drift`.

use serde_json::{Value, json};
use surefoot::diff::Action;
use surefoot::schema::{DriftOptions, DriftReport, drift};

use crate::args::{Drift, Format};
use crate::commands::diff::write;
use crate::commands::{open, open_target};
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::ui::{BOLD, DIM, GREEN, RED, Ui, YELLOW, count};

pub(crate) async fn run(context: &Context, ui: &Ui, args: Drift) -> Result<Code, Failure> {
    crate::commands::prepare_embedded()?;
    let opened = open(context, ui)?;
    if !opened.spec.exists() {
        return Err(Failure::usage(
            format!("{} does not exist yet", opened.spec.describe()),
            "apply the migrations first: surefoot up",
        ));
    }
    let environment = opened.spec.environment.clone();
    let target = open_target(ui, opened.spec).await?;
    let options = DriftOptions { on: args.on, ignore: args.ignore };
    ui.progress("replaying the history");
    let report = drift(&opened.project, &context.invocation, &opened.set, &target, &options).await;
    ui.progress_done();
    target.close().await?;
    let report = report?;
    if let Some(path) = &args.out {
        write(path, &report.repair.to_sql())?;
        ui.say(format!("Wrote {}", path.display()));
    }
    for warning in &report.warnings {
        ui.warn(warning);
    }
    match ui.format {
        Format::Json => ui.json(&to_json(&environment, &report)),
        Format::Sql => ui.raw(&report.repair.to_sql()),
        Format::Human => human(ui, &environment, &report),
    }
    Ok(if report.is_none() { Code::Done } else { Code::Something })
}

fn human(ui: &Ui, environment: &str, report: &DriftReport) {
    let replayed = count(report.replayed, "migration");
    if report.is_none() {
        ui.human(format!("{GREEN}✓{GREEN:#} {BOLD}{environment}{BOLD:#} is what its {replayed} say"));
    } else {
        ui.human(format!("{BOLD}{environment}{BOLD:#} is not what its {replayed} say:"));
    }
    for change in &report.differences {
        let (word, style) = match change.action {
            Action::Create => ("missing", RED),
            Action::Drop => ("extra", YELLOW),
            Action::Alter | Action::DropToReplace | Action::Recreate => ("changed", YELLOW),
        };
        ui.human(format!("  {style}{word:<8}{style:#} {DIM}{}{DIM:#} {}", change.kind, change.name));
    }
    for file in &report.files {
        ui.human(format!("  {YELLOW}file{YELLOW:#}     {file}"));
    }
    if report.pending > 0 {
        ui.human(format!("{DIM}{} pending, which is no drift{DIM:#}", count(report.pending, "migration")));
    }
    if !report.differences.is_empty() {
        ui.human("\nWhat would take it back:");
        for line in report.repair.to_sql().lines() {
            ui.human(if line.is_empty() { String::new() } else { format!("    {line}") });
        }
    }
}

fn to_json(environment: &str, report: &DriftReport) -> Value {
    json!({
        "command": "drift",
        "environment": environment,
        "drift": !report.is_none(),
        "differences": report.differences,
        "files": report.files,
        "replayed": report.replayed,
        "pending": report.pending,
        "replayed_on": report.place,
        "repair": report.repair.steps,
        "adopt": report.adopt.steps,
        "warnings": report.warnings,
    })
}

//! `surefoot diff`.

use std::path::Path;

use serde_json::{Value, json};
use surefoot::diff::{Action, Script};
use surefoot::schema::{DiffOptions, DiffReport, SchemaChange, SchemaSource, ScriptProof, compare};
use surefoot::{Error, Project};

use crate::args::{Diff, Format, HowToDiff};
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::ui::{BOLD, DIM, GREEN, RED, Ui, YELLOW, count};

pub(crate) async fn run(context: &Context, ui: &Ui, args: Diff) -> Result<Code, Failure> {
    crate::commands::prepare_embedded()?;
    let project = optional_project(context)?;
    let folder = &context.invocation.folder;
    let from = SchemaSource::parse(&args.from, project.as_ref(), folder)?;
    let to = SchemaSource::parse(&args.to, project.as_ref(), folder)?;
    let options = options(&args.how, args.at);
    ui.progress(format!("reading {from} and {to}"));
    let report = compare(project.as_ref(), &context.invocation, &from, &to, &options).await;
    ui.progress_done();
    let report = report?;
    if let Some(path) = &args.out {
        write(path, &report.script.to_sql())?;
        ui.say(format!("Wrote {}", path.display()));
    }
    print(ui, &report);
    let failed = matches!(report.proof, Some(ScriptProof::Failed { .. }));
    Ok(match (failed, report.is_same()) {
        (true, _) => Code::Failed,
        (_, true) => Code::Done,
        _ => Code::Something,
    })
}

/// The project, for the commands that can do without one.
pub(crate) fn optional_project(context: &Context) -> Result<Option<Project>, Failure> {
    let project = context.project()?;
    Ok((project.configured || !project.source.dirs.is_empty()).then_some(project))
}

pub(crate) fn options(how: &HowToDiff, at: Option<String>) -> DiffOptions {
    DiffOptions {
        online: how.online,
        at,
        on: how.on.clone(),
        prove: how.prove,
        accept_drops: how.accept_drops,
        renamed: how.renamed.clone(),
        no_privileges: how.no_privileges,
    }
}

pub(crate) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|e| {
        Failure::from(Error::Io { action: "write", path: path.display().to_string(), reason: e.to_string() })
    })
}

fn print(ui: &Ui, report: &DiffReport) {
    for warning in &report.warnings {
        ui.warn(warning);
    }
    match ui.format {
        Format::Json => ui.json(&to_json(report)),
        Format::Sql => ui.raw(&report.script.to_sql()),
        Format::Human => human(ui, report),
    }
    for pair in &report.look_alikes {
        ui.warn(format!("{pair}: it may be a rename; --renamed OLD=NEW keeps the data"));
    }
}

fn human(ui: &Ui, report: &DiffReport) {
    if report.is_same() {
        ui.human(format!(
            "{GREEN}✓{GREEN:#} {BOLD}{}{BOLD:#} and {BOLD}{}{BOLD:#} are the same",
            report.from, report.to
        ));
        return;
    }
    ui.human(format!("From {BOLD}{}{BOLD:#} to {BOLD}{}{BOLD:#}:", report.from, report.to));
    changes(ui, &report.differences);
    ui.human("");
    statements(ui, &report.script);
    match &report.proof {
        Some(ScriptProof::Proven { place }) => ui.human(format!(
            "{GREEN}✓{GREEN:#} proven on {place}: the statements give the wanted schema, and the way back the one before"
        )),
        Some(ScriptProof::Failed { reason }) => ui.human(format!("{RED}✗{RED:#} not proven: {reason}")),
        None => {}
    }
}

/// One line for each object.
pub(crate) fn changes(ui: &Ui, differences: &[SchemaChange]) {
    for change in differences {
        let (sign, style) = match change.action {
            Action::Create => ("+", GREEN),
            Action::Drop => ("-", RED),
            Action::Alter => ("~", YELLOW),
            Action::DropToReplace | Action::Recreate => ("±", YELLOW),
        };
        ui.human(format!("  {style}{sign}{style:#} {DIM}{}{DIM:#} {}", change.kind, change.name));
        for loss in &change.losses {
            ui.human(format!("      {RED}loses{RED:#} {loss}"));
        }
    }
}

fn statements(ui: &Ui, script: &Script) {
    for line in script.to_sql().lines() {
        ui.human(if line.is_empty() { String::new() } else { format!("    {line}") });
    }
    let losses = script.steps.iter().filter(|s| s.loss.is_some()).count();
    let lost = if losses == 0 { String::new() } else { format!(", {RED}{losses} of them lose data{RED:#}") };
    ui.human(format!("{}{lost}", count(script.steps.len(), "statement")));
}

fn to_json(report: &DiffReport) -> Value {
    json!({
        "command": "diff",
        "from": { "schema": report.from, "hash": report.hashes.0 },
        "to": { "schema": report.to, "hash": report.hashes.1 },
        "same": report.is_same(),
        "differences": report.differences,
        "steps": report.script.steps,
        "back": report.back.steps,
        "look_alikes": report.look_alikes,
        "proof": report.proof,
        "warnings": report.warnings,
    })
}

//! `surefoot diff`.

use std::path::Path;
use std::pin::Pin;

use serde_json::{Value, json};
use surefoot::diff::{Action, Script};
use surefoot::executor::Error as ExecutorError;
use surefoot::schema::{
    AskRename, DiffOptions, DiffReport, Rename, RenameAnswer, SchemaChange, SchemaSource, ScriptProof, StepHazards,
    compare,
};
use surefoot::{Error, Project};

use crate::args::{Diff, Format, HowToDiff};
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::observer::on_interrupt;
use crate::ui::{BOLD, DIM, GREEN, RED, Ui, YELLOW, count};

pub(crate) async fn run(context: &Context, ui: &Ui, args: Diff) -> Result<Code, Failure> {
    crate::commands::prepare_embedded()?;
    let project = optional_project(context)?;
    let folder = &context.invocation.folder;
    let from = SchemaSource::parse(&args.from, project.as_ref(), folder)?;
    let to = SchemaSource::parse(&args.to, project.as_ref(), folder)?;
    let options = options(context, &args.how, args.at, &Proving::InCi);
    let report = compared(context, ui, project.as_ref(), (&from, &to), &options).await?;
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

/// Whether a script is tried where nothing is said about it.
pub(crate) enum Proving {
    /// In continuous integration.
    InCi,
    /// Always: it becomes a migration.
    Always,
}

pub(crate) fn options(context: &Context, how: &HowToDiff, at: Option<String>, proving: &Proving) -> DiffOptions {
    let ci = || context.invocation.variables.get("CI").is_some_and(|v| !v.is_empty() && v != "false" && v != "0");
    DiffOptions {
        online: match (how.online, how.no_online) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        },
        at,
        on: how.on.clone(),
        prove: how.prove || !how.no_prove && (matches!(proving, Proving::Always) || ci()),
        accept_drops: how.accept_drops,
        renamed: how.renamed.clone(),
        no_privileges: how.no_privileges,
        roles: how.roles,
    }
}

/// Compares two schemas. It can be interrupted, also while it asks.
pub(crate) async fn compared(
    context: &Context,
    ui: &Ui,
    project: Option<&Project>,
    (from, to): (&SchemaSource, &SchemaSource),
    options: &DiffOptions,
) -> Result<DiffReport, Failure> {
    ui.progress(format!("reading {from} and {to}"));
    let ask = Asker::new(context, ui);
    on_interrupt(context.interrupt.clone());
    let report = tokio::select! {
        report = compare(project, &context.invocation, from, to, options, &ask) => report.map_err(Failure::from),
        () = context.interrupt.raised() => Err(interrupted()),
    };
    ui.progress_done();
    report
}

pub(crate) fn interrupted() -> Failure {
    Error::from(ExecutorError::Interrupted { migration: None, units_done: 0, units_total: 0 }).into()
}

/// Asks whether what looks like a rename is one; a terminal only is asked, and `--yes` is no answer to that.
pub(crate) struct Asker<'a> {
    ui: &'a Ui,
    attended: bool,
}

impl<'a> Asker<'a> {
    pub(crate) fn new(context: &Context, ui: &'a Ui) -> Self {
        let attended = ui.is_attended() && context.invocation.actor.ci.is_none();
        Self { ui, attended }
    }
}

impl AskRename for Asker<'_> {
    fn ask<'a>(&'a self, rename: &'a Rename) -> Pin<Box<dyn Future<Output = RenameAnswer> + 'a>> {
        Box::pin(async move {
            let what = rename.what();
            let said = format!(
                "{YELLOW}?{YELLOW:#} {what} {BOLD}{}{BOLD:#} is gone, and {what} {BOLD}{}{BOLD:#} is new. Is it renamed? \
                 {DIM}yes keeps what is in it, no drops it, stop does nothing{DIM:#}",
                rename.from(),
                rename.to()
            );
            match self.ui.choose(&said, &["yes", "no", "stop"]).await {
                Some("yes") => RenameAnswer::Yes,
                Some("no") => RenameAnswer::No,
                _ => RenameAnswer::Stop,
            }
        })
    }

    fn can_answer(&self) -> bool {
        self.attended
    }
}

pub(crate) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|e| {
        Failure::from(Error::Io { action: "write", path: path.display().to_string(), reason: e.to_string() })
    })
}

fn print(ui: &Ui, report: &DiffReport) {
    said_beside(ui, report);
    match ui.format {
        Format::Json => ui.json(&to_json("diff", report)),
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
    changes(ui, report);
    ui.human("");
    statements(ui, &report.script, &report.hazards);
    proof(ui, report);
}

/// What is worth knowing about how a script was made.
pub(crate) fn said_beside(ui: &Ui, report: &DiffReport) {
    for warning in &report.warnings {
        ui.warn(warning);
    }
    if let Some(environment) = &report.online_for {
        ui.say(format!(
            "{DIM}written to run while {environment} is in use: indexes are built concurrently, constraints validated in a \
             step of their own (--no-online){DIM:#}"
        ));
    }
}

/// What trying the script has shown.
pub(crate) fn proof(ui: &Ui, report: &DiffReport) {
    match &report.proof {
        Some(ScriptProof::Proven { place, rows }) => {
            let kept = match (&rows.depends, rows.rows) {
                (Some(_), _) => ", tried without rows".to_owned(),
                (None, 0) => String::new(),
                (None, n) => format!(" with {n} rows in {}", count(rows.tables, "table")),
            };
            ui.human(format!(
                "{GREEN}✓{GREEN:#} proven on {place}{kept}: gives the wanted schema, keeps the rows, nothing is left to do, \
                 and the way back gives the schema before"
            ));
            if let Some(reason) = &rows.depends {
                ui.warn(format!("it fails on some rows; look at those of the target first: {reason}"));
            }
            if !rows.empty.is_empty() {
                ui.say(format!("{DIM}no rows could be made up for {}{DIM:#}", rows.empty.join(", ")));
            }
        }
        Some(ScriptProof::Failed { reason }) => ui.human(format!("{RED}✗{RED:#} not proven: {reason}")),
        None => {}
    }
}

/// One line for each object.
pub(crate) fn changes(ui: &Ui, report: &DiffReport) {
    for rename in &report.renames {
        ui.human(format!(
            "  {YELLOW}→{YELLOW:#} {DIM}{}{DIM:#} {} is renamed to {}",
            rename.kind, rename.from, rename.to
        ));
    }
    each(ui, &report.differences);
}

/// One line for each object that is made, changed or dropped.
pub(crate) fn each(ui: &Ui, differences: &[SchemaChange]) {
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

/// The statements, each with what it does to what is there.
pub(crate) fn statements(ui: &Ui, script: &Script, hazards: &[StepHazards]) {
    let nothing = StepHazards::default();
    let hazards = hazards.iter().chain(std::iter::repeat(&nothing));
    let mut last = None;
    for (step, known) in script.steps.iter().zip(hazards) {
        let object = (step.object.kind, step.object.relation());
        if last.as_ref().is_some_and(|last| *last != object) {
            ui.human("");
        }
        last = Some(object);
        for line in format!("{};", step.sql).lines() {
            ui.human(if line.is_empty() { String::new() } else { format!("    {line}") });
        }
        for alike in known.locks.chunk_by(|a, b| a.mode == b.mode) {
            let relations: Vec<&str> = alike.iter().map(|lock| lock.relation.as_str()).collect();
            let (mode, blocks) = (alike[0].mode, alike[0].blocks);
            ui.human(format!("      {DIM}locks{DIM:#}  {}  {mode} {DIM}({blocks}){DIM:#}", relations.join(", ")));
        }
        for hazard in &known.hazards {
            let style = if hazard.kind == "data loss" { RED } else { YELLOW };
            ui.human(format!("      {style}{}{style:#}  {}", hazard.kind, hazard.what));
        }
    }
    let losses = script.steps.iter().filter(|s| s.loss.is_some()).count();
    let lost = if losses == 0 {
        String::new()
    } else {
        format!(", {RED}{losses} of them {} data{RED:#}", if losses == 1 { "loses" } else { "lose" })
    };
    ui.human(format!("{}{lost}", count(script.steps.len(), "statement")));
}

pub(crate) fn to_json(command: &str, report: &DiffReport) -> Value {
    let steps = report.script.steps.iter().zip(&report.hazards).map(|(step, known)| {
        let mut step = json!(step);
        step["locks"] = json!(known.locks);
        step["hazards"] = json!(known.hazards);
        step
    });
    json!({
        "command": command,
        "from": { "schema": report.from, "hash": report.hashes.0 },
        "to": { "schema": report.to, "hash": report.hashes.1 },
        "same": report.is_same(),
        "renames": report.renames,
        "differences": report.differences,
        "online_for": report.online_for,
        "steps": steps.collect::<Vec<_>>(),
        "back": report.back.steps,
        "look_alikes": report.look_alikes,
        "proof": report.proof,
        "warnings": report.warnings,
    })
}

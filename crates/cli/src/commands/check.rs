//! `surefoot check`.

use std::path::Path;

use serde_json::{Value, json};
use surefoot::{CheckOptions, CheckReport, Checked, Cycle, Proof, TargetSpec, check, differences, junit};

use crate::args::Check;
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::observer::{Talk, Terminal, on_interrupt};
use crate::ui::{BOLD, DIM, GREEN, RED, Ui, YELLOW, count, label, span};

pub(crate) async fn run(context: &Context, ui: &Ui, args: Check) -> Result<Code, Failure> {
    crate::commands::prepare_embedded()?;
    let project = context.project()?;
    if let Some(path) = &args.junit {
        writable(path)?;
    }
    let environment = TargetSpec::environment(&project, &context.invocation);
    let set = project.load(Some(&environment))?;
    for warning in &set.warnings {
        ui.warn(warning.to_string());
    }
    ui.say(format!(
        "{BOLD}{}{BOLD:#}: up, down and up again for each of {}",
        project.name,
        count(set.len(), "migration")
    ));
    on_interrupt(context.interrupt.clone());
    let options = CheckOptions { on: args.on.clone(), allow_no_down: args.allow_no_down };
    let terminal = Terminal::new(ui, Talk::ProgressOnly);
    let on_checked = |checked: &Checked| one(ui, checked, args.allow_no_down);
    let report = check(&project, &context.invocation, &set, &options, &terminal, &context.interrupt, &on_checked).await;
    ui.progress_done();
    let report = report?;
    if let Some(path) = &args.junit {
        std::fs::write(path, junit(&report, &project.name, args.allow_no_down))
            .map_err(|e| Failure::other(&format!("cannot write {}", path.display()), e.to_string()))?;
    }
    let passed = report.passed(args.allow_no_down);
    if ui.is_human() {
        print(ui, &report, passed);
    } else {
        ui.json(&to_json(&report, passed));
    }
    if let Some(failure) = report.failure {
        // In JSON the document holds it already.
        if ui.is_human() {
            return Err(failure.into());
        }
        return Ok(Code::Failed);
    }
    Ok(if passed { Code::Done } else { Code::Something })
}

/// Makes the folder of a report, and sees that the report can be written: not after the check, which may take long.
fn writable(path: &Path) -> Result<(), Failure> {
    let fail = |e: std::io::Error| Failure::other(&format!("cannot write {}", path.display()), e.to_string());
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(fail)?;
    }
    std::fs::OpenOptions::new().append(true).create(true).open(path).map_err(fail)?;
    Ok(())
}

fn one(ui: &Ui, checked: &Checked, allow_no_down: bool) {
    if !ui.is_human() {
        return;
    }
    let label = label(&checked.id, &checked.name);
    let tail = format!("{DIM}{}, {}{DIM:#}", count(checked.changes, "object"), span(checked.elapsed));
    match &checked.proof {
        Proof::Proven { order_only } => {
            let note = if *order_only { "  the rollback leaves columns in another order" } else { "" };
            ui.line(format!("  {GREEN}✓{GREEN:#} {label}  {tail}{YELLOW}{note}{YELLOW:#}"));
        }
        Proof::Repeatable => ui.line(format!("  {GREEN}✓{GREEN:#} {label}  {tail}  repeatable")),
        Proof::NotSupported => ui.line(format!("  {DIM}-{DIM:#} {label}  {tail}  rollback_supported: false")),
        Proof::Missing if allow_no_down => ui.line(format!("  {DIM}-{DIM:#} {label}  {tail}  no rollback")),
        Proof::Missing => ui.line(format!("  {RED}✗{RED:#} {label}  {tail}  no rollback")),
        Proof::Fails(e) => ui.line(format!("  {RED}✗{RED:#} {label}  {tail}  the rollback fails: {e}")),
        Proof::UpAgainFails(e) => {
            ui.line(format!("  {RED}✗{RED:#} {label}  {tail}  after its rollback it does not apply again: {e}"));
        }
        Proof::Differs(list) => {
            ui.line(format!("  {RED}✗{RED:#} {label}  {tail}  the rollback leaves another schema:"));
            indent(ui, &differences(list));
        }
        Proof::LosesRows(rows) => {
            ui.line(format!("  {RED}✗{RED:#} {label}  {tail}  the rollback does not give back its rows"));
            for row in rows {
                ui.line(format!("      {row}"));
            }
        }
        Proof::UpAgainDiffers(list) => {
            ui.line(format!("  {RED}✗{RED:#} {label}  {tail}  applied again it gives another schema:"));
            indent(ui, &differences(list));
        }
    }
}

fn indent(ui: &Ui, text: &str) {
    for line in text.lines().take(40) {
        ui.line(format!("      {line}"));
    }
}

fn print(ui: &Ui, report: &CheckReport, passed: bool) {
    for warning in &report.warnings {
        ui.warn(warning);
    }
    match &report.cycle {
        Cycle::Proven => ui.line(format!("  {GREEN}✓{GREEN:#} down to base and up again")),
        Cycle::Skipped(why) => ui.line(format!("  {DIM}- down to base and up again: not tried, {why}{DIM:#}")),
        Cycle::Fails(e) => ui.line(format!("  {RED}✗{RED:#} down to base and up again: {e}")),
        Cycle::BaseDiffers(list) => {
            ui.line(format!("  {RED}✗{RED:#} the base differs from the empty database:"));
            indent(ui, &differences(list));
        }
        Cycle::TopDiffers(list) => {
            ui.line(format!("  {RED}✗{RED:#} the second way up gives another schema:"));
            indent(ui, &differences(list));
        }
    }
    for proof in &report.checkpoints {
        if proof.holds() {
            ui.line(format!("  {GREEN}✓{GREEN:#} {} makes what the migrations up to {} make", proof.file, proof.id));
        } else {
            ui.line(format!("  {RED}✗{RED:#} {} is not what the migrations up to {} make:", proof.file, proof.id));
            indent(ui, &proof.told());
        }
    }
    let proven = report.migrations.iter().filter(|m| matches!(m.proof, Proof::Proven { .. })).count();
    ui.line(format!(
        "{}: {proven} of {} proven on {} in {}. {DIM}{}{DIM:#}",
        if passed { "Passed" } else { "Not passed" },
        count(report.migrations.len(), "rollback"),
        report.place,
        span(report.elapsed),
        report.reason
    ));
}

fn to_json(report: &CheckReport, passed: bool) -> Value {
    let listed =
        |list: &[surefoot::introspect::Difference]| -> Vec<String> { list.iter().map(ToString::to_string).collect() };
    let migrations: Vec<Value> = report
        .migrations
        .iter()
        .map(|m| {
            let (error, different) = match &m.proof {
                Proof::Fails(e) | Proof::UpAgainFails(e) => (Some(e.to_string()), Vec::new()),
                Proof::Differs(d) | Proof::UpAgainDiffers(d) => (None, listed(d)),
                Proof::LosesRows(rows) => (Some(rows.join("; ")), Vec::new()),
                Proof::Proven { .. } | Proof::Missing | Proof::NotSupported | Proof::Repeatable => (None, Vec::new()),
            };
            json!({
                "id": m.id, "name": m.name, "file": m.file, "rollback": m.proof.as_str(),
                "duration_ms": m.elapsed.as_millis() as u64, "objects_changed": m.changes,
                "error": error, "differences": different,
                "column_order_differs": matches!(m.proof, Proof::Proven { order_only: true }),
            })
        })
        .collect();
    let (cycle, why) = match &report.cycle {
        Cycle::Proven => ("proven", Vec::new()),
        Cycle::Skipped(why) => ("not tried", vec![why.clone()]),
        Cycle::Fails(e) => ("fails", vec![e.to_string()]),
        Cycle::BaseDiffers(d) => ("base differs", listed(d)),
        Cycle::TopDiffers(d) => ("top differs", listed(d)),
    };
    json!({
        "command": "check",
        "passed": passed,
        "place": report.place,
        "postgresql": report.version,
        "reason": report.reason,
        "duration_ms": report.elapsed.as_millis() as u64,
        "schema_hash": report.schema_hash,
        "migrations": migrations,
        "down_to_base_and_up_again": { "result": cycle, "detail": why },
        "error": report.failure.as_ref().map(|e| json!({ "code": e.code(), "message": e.to_string(), "hint": e.hint() })),
        "checkpoints": report.checkpoints.iter().map(crate::commands::squash::proof_json).collect::<Vec<_>>(),
        "warnings": report.warnings,
    })
}

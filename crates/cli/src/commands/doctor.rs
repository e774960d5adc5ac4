//! `surefoot doctor`.

use serde_json::{Value, json};
use surefoot::{DoctorReport, Health, doctor};

use crate::commands::prepare_embedded;
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::ui::{BOLD, CYAN, DIM, GREEN, RED, Ui, YELLOW, count};

pub(crate) async fn run(context: &Context, ui: &Ui) -> Result<Code, Failure> {
    // Where this fails the check of the server says so.
    let _ = prepare_embedded();
    ui.progress("looking");
    let report = doctor(&context.invocation).await;
    ui.progress_done();
    if ui.is_human() {
        print(ui, &report);
    } else {
        ui.json(&to_json(&report));
    }
    Ok(if report.count(Health::Fail) > 0 { Code::Something } else { Code::Done })
}

fn print(ui: &Ui, report: &DoctorReport) {
    let width = report.checks.iter().map(|c| c.name.len()).max().unwrap_or_default();
    for check in &report.checks {
        let (mark, style) = match check.health {
            Health::Ok => ("✓", GREEN),
            Health::Warn => ("!", YELLOW),
            Health::Fail => ("✗", RED),
            Health::Skipped => ("-", DIM),
        };
        let mut lines = check.found.lines();
        ui.human(format!(
            "  {style}{mark}{style:#} {BOLD}{:width$}{BOLD:#}  {}",
            check.name,
            lines.next().unwrap_or_default()
        ));
        for line in lines {
            ui.human(format!("    {:width$}  {line}", ""));
        }
        for line in check.remedy.iter().flat_map(|r| r.lines()) {
            ui.human(format!("    {:width$}  {CYAN}→{CYAN:#} {line}", ""));
        }
    }
    let (fail, warn) = (report.count(Health::Fail), report.count(Health::Warn));
    let looked = count(report.checks.len(), "check");
    ui.human(match (fail, warn) {
        (0, 0) => format!("{GREEN}All is well{GREEN:#}: {looked}."),
        (0, _) => format!("{looked}: nothing fails, {} to look at.", count(warn, "thing")),
        (_, 0) => format!("{looked}: {RED}{fail} failed{RED:#}."),
        _ => format!("{looked}: {RED}{fail} failed{RED:#}, {} to look at.", count(warn, "thing")),
    });
}

fn to_json(report: &DoctorReport) -> Value {
    let checks: Vec<Value> = report
        .checks
        .iter()
        .map(|c| json!({ "name": c.name, "health": c.health.as_str(), "found": c.found, "remedy": c.remedy }))
        .collect();
    json!({
        "command": "doctor",
        "environment": report.environment,
        "target": report.target,
        "ok": report.count(Health::Fail) == 0,
        "failed": report.count(Health::Fail),
        "warnings": report.count(Health::Warn),
        "checks": checks,
    })
}

//! `surefoot check-version`.

use std::time::Duration;

use serde_json::{Value, json};
use surefoot::{VersionReport, check_version};

use crate::args::CheckVersion;
use crate::commands::wait::requirement;
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::ui::Ui;

pub(crate) async fn run(context: &Context, ui: &Ui, args: CheckVersion) -> Result<Code, Failure> {
    let (spec, requirement) = requirement(context, args.at_least, args.exact, args.journal, "--at-least")?;
    let report = check_version(&spec, &context.invocation, &requirement, Duration::from_secs(10)).await?;
    if ui.is_human() {
        ui.human(report.line());
    } else {
        ui.json(&to_json("check-version", &report));
    }
    Ok(if report.is_ok() { Code::Done } else { Code::Something })
}

pub(crate) fn to_json(command: &str, report: &VersionReport) -> Value {
    json!({
        "command": command,
        "ok": report.is_ok(),
        "project": report.project,
        "place": report.place,
        "current": report.at.as_ref().map(|at| json!({
            "id": at.id,
            "name": at.name,
            "applied_at": at.applied_at,
            "applied_by": at.applied_by,
        })),
        "application_version": report.application,
        "missing": report.missing,
        "ahead": report.ahead,
        "line": report.line(),
    })
}

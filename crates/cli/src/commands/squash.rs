//! `surefoot squash`.

use serde_json::{Value, json};
use surefoot::{CheckpointProof, SquashOptions, SquashReport, no_migrations, squash};

use crate::args::{Format, Squash};
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::ui::{BOLD, DIM, GREEN, RED, Ui, count};

pub(crate) async fn run(context: &Context, ui: &Ui, args: Squash) -> Result<Code, Failure> {
    crate::commands::prepare_embedded()?;
    let (project, set) = crate::commands::files(context, ui)?;
    if project.source.dirs.is_empty() {
        return Err(no_migrations(&project).into());
    }
    let options = SquashOptions { to: args.to, on: args.on, dry_run: args.dry_run };
    ui.progress("replaying the history, and the checkpoint beside it");
    let report = squash(&project, &context.invocation, &set, &options).await;
    ui.progress_done();
    let report = report?;
    for warning in &report.warnings {
        ui.warn(warning);
    }
    if ui.format == Format::Json {
        ui.json(&to_json(&report));
    } else {
        human(ui, &report);
    }
    Ok(if report.proof.holds() { Code::Done } else { Code::Something })
}

fn human(ui: &Ui, report: &SquashReport) {
    let range = match report.replaces.as_slice() {
        [only] => only.clone(),
        [first, .., last] => format!("{first} to {last}"),
        [] => String::new(),
    };
    if !report.proof.holds() {
        ui.human(format!("{RED}✗{RED:#} {BOLD}{}{BOLD:#} is not written: it is not what {range} make", report.file));
        for line in report.proof.told().lines() {
            ui.human(format!("    {line}"));
        }
        return;
    }
    let wrote = if report.written { "wrote" } else { "would write" };
    ui.human(format!("{GREEN}✓{GREEN:#} {wrote} {BOLD}{}{BOLD:#}, which stands for {range}", report.file));
    let rows = if report.rows == 1 { "1 row".to_owned() } else { format!("{} rows", report.rows) };
    ui.human(format!(
        "  {}, {rows} of reference data  {DIM}{} bytes{DIM:#}",
        count(report.objects, "object"),
        report.text.len()
    ));
    if !report.roles.is_empty() {
        ui.human(format!("  roles, made where they are missing: {}", report.roles.join(", ")));
    }
    ui.human(format!(
        "  proven on {}: the same catalog, rows and sequences, also after what follows",
        report.proof.place
    ));
    ui.say("An empty database starts from it; one that is past it records that with the next `surefoot up`.");
}

/// A proof as JSON.
pub(crate) fn proof_json(proof: &CheckpointProof) -> Value {
    let list = |differences: &[surefoot::introspect::Difference]| -> Vec<String> {
        differences.iter().map(ToString::to_string).collect()
    };
    json!({
        "holds": proof.holds(),
        "id": proof.id,
        "file": proof.file,
        "place": proof.place,
        "objects": list(&proof.objects),
        "rows": proof.rows,
        "later": list(&proof.later),
        "failure": proof.failure,
    })
}

fn to_json(report: &SquashReport) -> Value {
    json!({
        "command": "squash",
        "id": report.id,
        "file": report.file,
        "written": report.written,
        "replaces": report.replaces,
        "objects": report.objects,
        "rows": report.rows,
        "roles": report.roles,
        "bytes": report.text.len(),
        "proof": proof_json(&report.proof),
        "warnings": report.warnings,
    })
}

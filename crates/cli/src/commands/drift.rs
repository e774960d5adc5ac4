//! `surefoot drift`.

use serde_json::{Value, json};
use surefoot::executor::Quiet;
use surefoot::schema::{DriftOptions, DriftReport, Drifted, How, Reconciled, Severity, adopt_drift, drift, fix_drift};
use surefoot::{NewMigration, Target, Witness};

use crate::args::{Drift, FailOn, Format};
use crate::commands::diff::write;
use crate::commands::new::{author, now, print};
use crate::commands::{Opened, open, open_target};
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::ui::{BOLD, CYAN, DIM, GREEN, RED, Ui, YELLOW, count};

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
    let target = open_target(ui, opened.spec.clone()).await?;
    let options = DriftOptions { on: args.on.clone(), ignore: args.ignore.clone(), fresh: args.fresh };
    ui.progress("replaying the history");
    let report = drift(&opened.project, &context.invocation, &opened.set, &target, &options).await;
    ui.progress_done();
    let done = match report {
        Ok(report) => {
            let reconciled = reconcile(context, ui, &opened, &target, &report, &args, &environment).await;
            reconciled.map(|reconciled| (report, reconciled))
        }
        Err(e) => Err(e.into()),
    };
    target.close().await?;
    let (report, reconciled) = done?;
    if let Some(path) = &args.out {
        write(path, &report.repair.to_sql())?;
        ui.say(format!("Wrote {}", path.display()));
    }
    for warning in &report.warnings {
        ui.warn(warning);
    }
    let statements = reconciled.is_none();
    match ui.format {
        Format::Json => ui.json(&to_json(&environment, &report, reconciled.as_ref())),
        Format::Sql => ui.raw(&report.repair.to_sql()),
        Format::Human => human(ui, &environment, &report, statements),
    }
    if let Some(reconciled) = &reconciled {
        wrote(ui, &environment, reconciled);
        if reconciled.event.is_some() && report.files.is_empty() {
            return Ok(Code::Done);
        }
    }
    let limit = match (args.fail_on, opened.project.config.drift.fail_on.as_deref()) {
        (Some(FailOn::Info), _) => Severity::Info,
        (Some(FailOn::Warning), _) => Severity::Warning,
        (Some(FailOn::Critical), _) => Severity::Critical,
        (None, word) => word.and_then(Severity::parse).unwrap_or(Severity::Info),
    };
    Ok(if report.worst().is_some_and(|worst| worst >= limit) { Code::Something } else { Code::Done })
}

/// Writes the migration that was asked for.
async fn reconcile(
    context: &Context,
    ui: &Ui,
    opened: &Opened,
    target: &Target,
    report: &DriftReport,
    args: &Drift,
    environment: &str,
) -> Result<Option<Reconciled>, Failure> {
    if !(args.fix || args.adopt) || (args.fix && report.is_none()) {
        return Ok(None);
    }
    let (verb, reason) = (if args.fix { "reconcile" } else { "adopt" }, args.reason.clone().unwrap_or_default());
    let place: String = environment.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let wanted = NewMigration {
        name: args.name.clone().unwrap_or_else(|| format!("{verb}_drift_of_{}", place.to_ascii_lowercase())),
        // The verb of a name that was not chosen is nobody's fault.
        any_name: args.name.is_none(),
        owner: args.owner.clone(),
        author: author(context),
        ..NewMigration::default()
    };
    ui.progress("trying the migration");
    let (project, invocation, on) = (&opened.project, &context.invocation, args.on.as_deref());
    let done = if args.fix {
        fix_drift(project, invocation, report, wanted, on, &now()).await
    } else {
        let interrupt = &context.interrupt;
        adopt_drift(project, invocation, target, report, wanted, on, &now(), &reason, &Quiet, interrupt).await
    };
    ui.progress_done();
    Ok(Some(done?))
}

fn wrote(ui: &Ui, environment: &str, reconciled: &Reconciled) {
    for warning in &reconciled.warnings {
        ui.warn(warning);
    }
    if !ui.is_human() {
        return;
    }
    ui.human("");
    print(ui, &reconciled.written);
    if let Some(place) = &reconciled.proven {
        ui.human(format!("{GREEN}✓{GREEN:#} proven on {place}"));
    }
    let id = &reconciled.written.id;
    match reconciled.event {
        Some(event) => {
            ui.human(format!(
                "{GREEN}✓{GREEN:#} {id} is recorded as applied in {BOLD}{environment}{BOLD:#}, event {event}"
            ));
            ui.say(format!("Next: commit it; the other environments get it with {CYAN}surefoot up{CYAN:#}"));
        }
        None => ui.say(format!("Next: read it, then {CYAN}surefoot up --env {environment}{CYAN:#}")),
    }
}

fn human(ui: &Ui, environment: &str, report: &DriftReport, statements: bool) {
    let replayed = match report.replayed {
        1 => "1 migration says".to_owned(),
        n => format!("{n} migrations say"),
    };
    if report.is_none() {
        ui.human(format!("{GREEN}✓{GREEN:#} {BOLD}{environment}{BOLD:#} is what its {replayed}"));
    } else {
        ui.human(format!("{BOLD}{environment}{BOLD:#} is not what its {replayed}:"));
    }
    for difference in &report.differences {
        one(ui, difference);
    }
    for file in &report.files {
        let what = match file.how {
            How::Missing => "the file is gone",
            _ if file.comments_only => "only comments of the file were changed",
            _ => "the file was changed",
        };
        ui.human(format!("  {} {} {}, {what}: {}", severity(file.severity), how(file.how), file.migration, file.file));
    }
    if !report.is_none() {
        ui.human(format!("  {DIM}{}{DIM:#}", counted(report)));
    }
    if !report.pending.is_empty() {
        ui.human(format!("{DIM}{} pending, which is no drift{DIM:#}", count(report.pending.len(), "migration")));
    }
    if report.managed > 0 {
        ui.human(format!(
            "{DIM}{} made by a partition manager, which is no drift{DIM:#}",
            count(report.managed, "table")
        ));
    }
    if report.ignored > 0 {
        ui.human(format!("{DIM}{} left out by a pattern{DIM:#}", count(report.ignored, "object")));
    }
    if !report.differences.is_empty() && statements {
        ui.human("\nWhat would take it back:");
        for line in report.repair.to_sql().lines() {
            ui.human(if line.is_empty() { String::new() } else { format!("    {line}") });
        }
    }
}

fn one(ui: &Ui, d: &Drifted) {
    ui.human(format!("  {} {} {DIM}{}{DIM:#} {}", severity(d.severity), how(d.how), d.kind, d.name));
    for change in &d.changes {
        let (expected, found) = pair(&change.expected, &change.found);
        ui.human(format!("      {}: {expected} {DIM}→{DIM:#} {found}", change.what));
    }
    if let Some(witness) = &d.last_change {
        ui.human(format!("      {} {}", if d.how == How::Missing { "dropped" } else { "changed" }, by(witness)));
    }
}

/// `by alice via psql at 2026-11-21T18:00:00Z from 10.0.0.3`.
pub(crate) fn by(witness: &Witness) -> String {
    let role = if witness.acting_role == witness.session_role {
        witness.session_role.clone()
    } else {
        format!("{} as {}", witness.session_role, witness.acting_role)
    };
    let application = if witness.application.is_empty() { "an unnamed program" } else { &witness.application };
    format!("by {BOLD}{role}{BOLD:#} via {application} at {} from {}", witness.at, witness.address)
}

fn severity(severity: Severity) -> String {
    let style = match severity {
        Severity::Critical => RED,
        Severity::Warning => YELLOW,
        Severity::Info => DIM,
    };
    format!("{style}{:<8}{style:#}", severity.as_str())
}

fn how(how: How) -> String {
    format!("{:<7}", how.as_str())
}

/// Two values, each in one short line; of long ones the part where they begin to differ.
pub(crate) fn pair(expected: &str, found: &str) -> (String, String) {
    let words = |text: &str| {
        let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        clean.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    let (a, b) = (words(expected), words(found));
    let long = expected.len().max(found.len()) > MOST;
    let same = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    // A few words before the place, to find it by.
    let from = if long { same.saturating_sub(3) } else { 0 };
    (short(&a, from), short(&b, from))
}

/// Characters shown of a value.
const MOST: usize = 70;

fn short(words: &[String], from: usize) -> String {
    let line = words.get(from..).unwrap_or_default().join(" ");
    let start = if from > 0 { "... " } else { "" };
    match line.char_indices().nth(MOST) {
        Some((at, _)) => format!("{start}{} ...", &line[..at]),
        None if words.is_empty() => "none".into(),
        None => format!("{start}{line}"),
    }
}

fn counted(report: &DriftReport) -> String {
    let of = |wanted: Severity| {
        report.differences.iter().filter(|d| d.severity == wanted).count()
            + report.files.iter().filter(|f| f.severity == wanted).count()
    };
    [Severity::Critical, Severity::Warning, Severity::Info]
        .into_iter()
        .filter(|s| of(*s) > 0)
        .map(|s| format!("{} {}", of(s), s.as_str()))
        .collect::<Vec<_>>()
        .join(", ")
}

fn to_json(environment: &str, report: &DriftReport, reconciled: Option<&Reconciled>) -> Value {
    json!({
        "command": "drift",
        "environment": environment,
        "drift": !report.is_none(),
        "worst": report.worst(),
        "differences": report.differences,
        "files": report.files,
        "replayed": report.replayed,
        "replayed_on": report.place,
        "cached": report.cached,
        "pending": report.pending,
        "managed": report.managed,
        "ignored": report.ignored,
        "repair": report.repair.steps,
        "adopt": report.adopt.steps,
        "written": reconciled.map(|r| json!({
            "id": r.written.id,
            "files": r.written.files,
            "proven_on": r.proven,
            "event": r.event,
            "warnings": r.warnings,
        })),
        "warnings": report.warnings,
    })
}

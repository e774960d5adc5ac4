//! `surefoot new`.

use std::process::{Command, Stdio};

use serde_json::{Value, json};
use surefoot::diff::Script;
use surefoot::schema::{DiffReport, SchemaSource, ScriptProof};
use surefoot::{NewMigration, NewReport, Project, new_migration};

use crate::args::{HowToDiff, New};
use crate::commands::diff::{Proving, changes, compared, options, proof, said_beside};
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::ui::{BOLD, CYAN, Ui};

pub(crate) async fn run(context: &Context, ui: &Ui, args: New) -> Result<Code, Failure> {
    let project = context.project()?;
    let derived = match &args.from_schema {
        Some(source) => match derive(context, ui, &project, source, &args.how).await? {
            Some(report) => Some(report),
            None => return Ok(Code::Done),
        },
        None => None,
    };
    let sql = |script: fn(&DiffReport) -> &Script| derived.as_ref().map(|r| script(r).to_sql());
    let wanted = NewMigration {
        up_sql: sql(|r| &r.script),
        down_sql: sql(|r| &r.back),
        no_transaction: derived.as_ref().is_some_and(|r| r.script.steps.iter().any(|s| s.alone)),
        name: args.name,
        owner: args.owner,
        no_down: args.no_down,
        ticket: args.ticket,
        author: args.author.or_else(|| author(context)),
        any_name: args.any_name,
    };
    let report = new_migration(&project, &wanted, &now())?;
    if ui.is_human() {
        if let Some(derived) = &derived {
            changes(ui, derived);
        }
        print(ui, &report);
        if derived.is_some() {
            ui.say(format!("Next: read it, then {CYAN}surefoot check{CYAN:#} and {CYAN}surefoot up{CYAN:#}"));
            return Ok(Code::Done);
        }
        ui.say(format!("Next: write the SQL, then {CYAN}surefoot plan{CYAN:#} and {CYAN}surefoot up{CYAN:#}"));
        if !project.configured {
            ui.say(format!("There is no surefoot.toml yet: {CYAN}surefoot init{CYAN:#} writes one"));
        }
    } else {
        ui.json(&to_json("new", &report));
    }
    Ok(Code::Done)
}

/// What makes the history's schema into the wanted one; `None` when it is that already.
async fn derive(
    context: &Context,
    ui: &Ui,
    project: &Project,
    source: &str,
    how: &HowToDiff,
) -> Result<Option<DiffReport>, Failure> {
    crate::commands::prepare_embedded()?;
    let to = SchemaSource::parse(source, Some(project), &context.invocation.folder)?;
    let from = SchemaSource::Migrations { folder: None };
    let report =
        compared(context, ui, Some(project), (&from, &to), &options(context, how, None, &Proving::Always)).await?;
    said_beside(ui, &report);
    if let Some(ScriptProof::Failed { reason }) = &report.proof {
        return Err(Failure::other("the migration is not proven, and was not written", reason.clone()));
    }
    if report.is_same() {
        if ui.is_human() {
            ui.human(format!("Nothing to do: the migrations lead to the schema of {to}."));
        } else {
            ui.json(&json!({ "command": "new", "files": [], "same": true }));
        }
        return Ok(None);
    }
    proof(ui, &report);
    Ok(Some(report))
}

/// The time in UTC as migrations carry it.
pub(crate) fn now() -> String {
    jiff::Timestamp::now().strftime("%Y%m%d%H%M%S").to_string()
}

/// Who writes: git knows, else the system.
pub(crate) fn author(context: &Context) -> Option<String> {
    let git = Command::new("git")
        .args(["config", "user.name"])
        .current_dir(&context.invocation.folder)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    let named = git.ok().filter(|o| o.status.success()).and_then(|o| String::from_utf8(o.stdout).ok());
    let named = named.map(|n| n.trim().to_owned()).filter(|n| !n.is_empty());
    named.or_else(|| context.invocation.actor.os_user.clone())
}

pub(crate) fn print(ui: &Ui, report: &NewReport) {
    for warning in &report.warnings {
        ui.warn(warning);
    }
    for file in &report.files {
        ui.human(format!("Wrote {BOLD}{file}{BOLD:#}"));
    }
    if let Some((list, entry)) = &report.list_entry {
        ui.warn(format!("{list} does not list it yet; add to `migrations`:\n\n{entry}"));
    }
}

pub(crate) fn to_json(command: &str, report: &NewReport) -> Value {
    json!({
        "command": command,
        "id": report.id,
        "name": report.name,
        "files": report.files,
        "after": report.after,
        "warnings": report.warnings,
        "list": report.list_entry.as_ref().map(|(list, entry)| json!({ "file": list, "add": entry })),
    })
}

//! `surefoot new`.

use std::process::{Command, Stdio};

use serde_json::{Value, json};
use surefoot::{NewMigration, NewReport, new_migration};

use crate::args::New;
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::ui::{BOLD, CYAN, Ui};

pub(crate) async fn run(context: &Context, ui: &Ui, args: New) -> Result<Code, Failure> {
    let project = context.project()?;
    let wanted = NewMigration {
        name: args.name,
        owner: args.owner,
        no_down: args.no_down,
        ticket: args.ticket,
        author: args.author.or_else(|| author(context)),
        any_name: args.any_name,
    };
    let report = new_migration(&project, &wanted, &now())?;
    if ui.is_human() {
        print(ui, &report);
        ui.say(format!("Next: write the SQL, then {CYAN}surefoot plan{CYAN:#} and {CYAN}surefoot up{CYAN:#}"));
        if !project.configured {
            ui.say(format!("There is no surefoot.toml yet: {CYAN}surefoot init{CYAN:#} writes one"));
        }
    } else {
        ui.json(&to_json("new", &report));
    }
    Ok(Code::Done)
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

//! `surefoot init`.

use serde_json::{Value, json};
use surefoot::{CONFIG_FILE, InitOptions, InitReport, init};

use crate::args::Init;
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::ui::{BOLD, CYAN, DIM, GREEN, Ui, count};

pub(crate) async fn run(context: &Context, ui: &Ui, args: Init) -> Result<Code, Failure> {
    let options = InitOptions { name: args.name, dir: args.dir, force: args.force };
    let mut report = init(&context.invocation.folder, &options)?;
    if report.written
        && let Some(variable) = ["SUREFOOT_URL", "DATABASE_URL"]
            .into_iter()
            .find(|v| context.invocation.variables.get(*v).is_some_and(|value| !value.is_empty()))
    {
        report.notes.push(format!(
            "{variable} is set, here or in .env: commands go there and not to the embedded PostgreSQL{}",
            if variable == "DATABASE_URL" { ", unless you give --env development" } else { "" }
        ));
    }
    if ui.is_human() {
        print(ui, &report);
    } else {
        ui.json(&to_json(&report));
    }
    Ok(Code::Done)
}

fn print(ui: &Ui, report: &InitReport) {
    if !report.written {
        ui.human(format!("{CONFIG_FILE} is here already; nothing was written."));
        ui.say(format!("{CYAN}hint:{CYAN:#} `surefoot status` shows where it stands; --force writes the file anew"));
        return;
    }
    let mut found = false;
    let mut line = |what: &str, detail: String| {
        found = true;
        ui.human(format!(
            "  {GREEN}✓{GREEN:#} {what}{}{DIM}{detail}{DIM:#}",
            if detail.is_empty() { "" } else { "  " }
        ));
    };
    ui.human(format!("{BOLD}{}{BOLD:#}", report.name));
    for folder in report.found.folders.iter().filter(|f| report.dirs.iter().any(|d| d.path == f.path)) {
        let mut parts = vec![count(folder.migrations, "migration")];
        if folder.repeatables > 0 {
            parts.push(format!("{} repeatable", folder.repeatables));
        }
        parts.push(match folder.rollbacks {
            0 => "no rollbacks".to_owned(),
            n if n == folder.migrations => "each with a rollback".to_owned(),
            n => format!("{n} with a rollback"),
        });
        if folder.verifications > 0 {
            parts.push(count(folder.verifications, "verification"));
        }
        let path = if folder.path.is_empty() { "." } else { &folder.path };
        line(
            &format!("{path}: {}", parts.join(", ")),
            format!("{}, like {}", folder.layout.name(), folder.layout.example()),
        );
        if let Some(list) = &folder.migration_config {
            line(list, "dependencies, limits and environments are read from it".to_owned());
        }
    }
    if let Some(schema) = &report.found.prisma_schema {
        line(schema, "Prisma's schema; its migrations run as they are".to_owned());
    }
    for seed in &report.found.seeds {
        let is_script = [".ts", ".js"].iter().any(|end| seed.ends_with(end));
        line(seed, if is_script { "seeds that are not SQL: not run by surefoot" } else { "seeds" }.to_owned());
    }
    for (tool, file) in &report.found.foreign {
        line(file, format!("{tool}; only migrations that are SQL files are read"));
    }
    if !found {
        ui.human(format!("  {DIM}No migrations here yet.{DIM:#}"));
    }
    for note in &report.notes {
        ui.warn(note);
    }
    for file in &report.created {
        ui.human(format!("Wrote {file}"));
    }
    ui.human(format!("Wrote {BOLD}{CONFIG_FILE}{BOLD:#}"));
    let empty = report.found.folders.iter().all(|f| f.migrations == 0);
    ui.say(if empty {
        format!("Next: {CYAN}surefoot new create_first_table{CYAN:#}, write the SQL, {CYAN}surefoot up{CYAN:#}")
    } else {
        format!("Next: {CYAN}surefoot plan{CYAN:#} shows what would run, {CYAN}surefoot up{CYAN:#} applies it")
    });
}

fn to_json(report: &InitReport) -> Value {
    let folders: Vec<Value> = report
        .found
        .folders
        .iter()
        .map(|f| {
            json!({
                "path": f.path,
                "layout": f.layout.name(),
                "layouts": f.layouts.iter().map(|l| l.name()).collect::<Vec<_>>(),
                "migrations": f.migrations,
                "rollbacks": f.rollbacks,
                "verifications": f.verifications,
                "repeatables": f.repeatables,
                "migration_config": f.migration_config,
                "used": report.dirs.iter().any(|d| d.path == f.path),
            })
        })
        .collect();
    json!({
        "command": "init",
        "project": report.name,
        "config": CONFIG_FILE,
        "written": report.written,
        "created": report.created,
        "directories": report.dirs.iter().map(|d| json!({ "path": d.path, "owner": d.owner })).collect::<Vec<_>>(),
        "found": {
            "folders": folders,
            "prisma_schema": report.found.prisma_schema,
            "seeds": report.found.seeds,
            "foreign": report.found.foreign.iter().map(|(tool, file)| json!({ "tool": tool, "file": file })).collect::<Vec<_>>(),
        },
        "warnings": report.notes,
    })
}

//! `surefoot seed`.

use serde_json::{Value, json};
use surefoot::{LoadedBefore, SeedReport, find_seeds, nothing_applied, plan_seed, seed};

use crate::args::Seed;
use crate::commands::{Opened, headline, open, open_target};
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::observer::{Talk, Terminal, on_interrupt};
use crate::ui::{BOLD, DIM, Ui, count};

pub(crate) async fn run(context: &Context, ui: &Ui, args: Seed) -> Result<Code, Failure> {
    let opened = open(context, ui)?;
    headline(ui, &opened.project, &opened.spec);
    let seeds = find_seeds(&opened.project, &context.invocation, &opened.spec.environment)?;
    if args.dry_run {
        let report = dry_run(context, ui, opened).await?;
        print(ui, &report, true);
        return Ok(Code::Done);
    }
    if seeds.files.is_empty() {
        let report = SeedReport {
            environment: opened.spec.environment.clone(),
            target: opened.spec.describe(),
            looked: seeds.looked,
            warnings: seeds.warnings,
            run: context.invocation.run.clone(),
            ..SeedReport::default()
        };
        print(ui, &report, false);
        return Ok(Code::Done);
    }
    // Looking whether there is something to seed must not make a database.
    if !opened.spec.exists() && !opened.set.is_empty() {
        return Err(nothing_applied(&opened.spec.environment).into());
    }
    let target = open_target(ui, opened.spec).await?;
    on_interrupt(context.interrupt.clone());
    let terminal = Terminal::new(ui, Talk::Full);
    let result = seed(&opened.project, &context.invocation, &opened.set, &target, &terminal, &context.interrupt).await;
    ui.progress_done();
    let closed = target.close().await;
    let report = result?;
    closed?;
    print(ui, &report, false);
    Ok(Code::Done)
}

async fn dry_run(context: &Context, ui: &Ui, opened: Opened) -> Result<SeedReport, Failure> {
    let Opened { project, set, spec } = opened;
    if !spec.exists() {
        return Ok(plan_seed(&project, &context.invocation, &set, &spec, None).await?);
    }
    let target = open_target(ui, spec.clone()).await?;
    let report = plan_seed(&project, &context.invocation, &set, &spec, Some(&target)).await;
    target.close().await?;
    Ok(report?)
}

fn print(ui: &Ui, report: &SeedReport, dry_run: bool) {
    for warning in &report.warnings {
        ui.warn(warning);
    }
    if !ui.is_human() {
        ui.json(&to_json(report, dry_run));
        return;
    }
    if dry_run {
        for file in &report.files {
            ui.human(format!(
                "  · {}  {DIM}{}{}{DIM:#}",
                file.path,
                count(file.statements, "statement"),
                before(&file.before)
            ));
        }
        if !report.files.is_empty() {
            ui.human(format!(
                "{} would be loaded in {}, in one transaction.",
                count(report.files.len(), "seed"),
                report.environment
            ));
            return;
        }
    }
    say(ui, report);
}

/// The end of a seeding in words; its files were told as they went.
pub(crate) fn say(ui: &Ui, report: &SeedReport) {
    if report.files.is_empty() {
        ui.human(format!("No seeds for {}.", report.environment));
        ui.say(format!("{DIM}looked for {}{DIM:#}", report.looked.join(", ")));
        return;
    }
    for file in &report.files {
        if file.before != LoadedBefore::Never {
            ui.say(format!("  {DIM}{}{}{DIM:#}", file.path, before(&file.before)));
        }
    }
    let rows = usize::try_from(report.files.iter().map(|f| f.rows).sum::<u64>()).unwrap_or(usize::MAX);
    ui.human(format!(
        "Loaded {BOLD}{}{BOLD:#} in {}, {}.",
        count(report.files.len(), "seed"),
        report.environment,
        count(rows, "row")
    ));
}

fn before(before: &LoadedBefore) -> String {
    match before {
        LoadedBefore::Never => String::new(),
        LoadedBefore::Same(at) => format!(", loaded before at {at}"),
        LoadedBefore::Changed(at) => format!(", changed since it was loaded at {at}"),
    }
}

pub(crate) fn to_json(report: &SeedReport, dry_run: bool) -> Value {
    let files: Vec<Value> = report
        .files
        .iter()
        .map(|f| {
            let (same, changed) = match &f.before {
                LoadedBefore::Never => (None, None),
                LoadedBefore::Same(at) => (Some(at), None),
                LoadedBefore::Changed(at) => (None, Some(at)),
            };
            json!({
                "path": f.path,
                "sha256": f.sha256,
                "statements": f.statements,
                "rows": f.rows,
                "duration_ms": u64::try_from(f.elapsed.as_millis()).unwrap_or(u64::MAX),
                "loaded_before_at": same,
                "changed_since_loaded_at": changed,
            })
        })
        .collect();
    json!({
        "command": "seed",
        "environment": report.environment,
        "target": report.target,
        "run": report.run,
        "dry_run": dry_run,
        "seeds": files,
        "warnings": report.warnings,
    })
}

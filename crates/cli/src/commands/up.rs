//! `surefoot up`.

use serde_json::{Value, json};
use surefoot::{Allow, RunReport, UpOptions, up};

use crate::args::{AllowArgs, Up};
use crate::commands::{headline, open, open_target};
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::observer::{Talk, Terminal, on_interrupt};
use crate::ui::{BOLD, DIM, GREEN, Ui, count, span};

impl From<&AllowArgs> for Allow {
    fn from(a: &AllowArgs) -> Self {
        Self { out_of_order: a.allow_out_of_order, changed: a.allow_changed, missing: a.allow_missing }
    }
}

pub(crate) async fn run(context: &Context, ui: &Ui, args: Up) -> Result<Code, Failure> {
    if args.dry_run {
        let options = UpOptions {
            to: args.range.to,
            count: args.range.count,
            single_transaction: args.single_transaction,
            allow: Allow::from(&args.allow),
        };
        crate::commands::plan::show(context, ui, &surefoot::Wanted::Up(options)).await?;
        return Ok(Code::Done);
    }
    let opened = open(context, ui)?;
    headline(ui, &opened.project, &opened.spec);
    let options = UpOptions {
        to: args.range.to.clone(),
        count: args.range.count,
        single_transaction: args.single_transaction,
        allow: Allow::from(&args.allow),
    };
    if opened.project.source.dirs.is_empty() {
        // Before anything is made on disk.
        return Err(surefoot::no_migrations(&opened.project).into());
    }
    let target = open_target(ui, opened.spec).await?;
    on_interrupt(context.interrupt.clone());
    let started = std::time::Instant::now();
    let terminal = Terminal::new(ui, Talk::Full);
    let result =
        up(&opened.project, &context.invocation, &opened.set, &target, &options, &terminal, &context.interrupt).await;
    ui.progress_done();
    let closed = target.close().await;
    let report = result?;
    closed?;
    for (id, environments) in &report.elsewhere {
        ui.say(format!("  {DIM}{id} is for {} only{DIM:#}", environments.join(", ")));
    }
    if let Some(adopted) = &report.adopted {
        ui.human(format!("  {GREEN}✓{GREEN:#} {adopted}"));
    }
    if ui.is_human() {
        let current = report.current.as_deref().unwrap_or("nothing");
        if report.done.is_empty() {
            ui.human(format!("Nothing to apply: {} is at {BOLD}{current}{BOLD:#}.", report.environment));
        } else {
            ui.human(format!(
                "Applied {} in {}. {} is at {BOLD}{current}{BOLD:#}.",
                count(report.done.len(), "migration"),
                span(started.elapsed()),
                report.environment
            ));
        }
        if report.left > 0 {
            ui.human(format!("{DIM}{} left pending.{DIM:#}", count(report.left, "migration")));
        }
    } else {
        let mut json = to_json("up", &report);
        if let Some(warnings) = json["warnings"].as_array_mut() {
            warnings.extend(opened.set.warnings.iter().map(|w| w.to_string().into()));
        }
        ui.json(&json);
    }
    Ok(Code::Done)
}

pub(crate) fn to_json(command: &str, report: &RunReport) -> Value {
    let done: Vec<Value> = report
        .done
        .iter()
        .map(|d| {
            json!({ "id": d.id, "duration_ms": d.elapsed.as_millis() as u64, "statements": d.statements,
                    "resumed_after_parts": d.resumed_after,
                    "attic": d.attic.iter().map(crate::commands::attic::change_json).collect::<Vec<_>>() })
        })
        .collect();
    let mut json = json!({
        "command": command,
        "environment": report.environment,
        "target": report.target,
        "run": report.run,
        "migrations": done,
        "left_pending": report.left,
        "current": report.current,
        "warnings": report.warnings,
    });
    if let Some(adopted) = &report.adopted {
        json["checkpoint_adopted"] = json!(adopted);
    }
    json
}

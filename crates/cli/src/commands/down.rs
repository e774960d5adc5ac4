//! `surefoot down`.

use surefoot::{DownOptions, DownTo, down, record_refused};

use crate::args::{Down, Range};
use crate::commands::{Opened, headline, open, open_target};
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::observer::{Talk, Terminal, on_interrupt};
use crate::ui::{BOLD, Ui, count, span};

/// How far down a range goes.
pub(crate) fn down_to(range: &Range, all: bool) -> DownTo {
    match &range.to {
        _ if all => DownTo::Base,
        Some(to) if matches!(to.as_str(), "base" | "zero" | "0") => DownTo::Base,
        Some(to) => DownTo::Migration(to.clone()),
        None => DownTo::Count(range.count.unwrap_or(1)),
    }
}

/// A protected environment wants a yes. That it was refused is on record.
pub(crate) async fn ask_if_protected(
    context: &Context,
    ui: &Ui,
    opened: Opened,
    command: &str,
) -> Result<Opened, Failure> {
    let environment = &opened.spec.environment;
    if !opened.spec.protected || ui.confirm(&format!("{environment} is protected. Roll back there?")) {
        return Ok(opened);
    }
    let error = surefoot::Error::Refused {
        code: "protected",
        message: format!("environment {environment} is protected: nothing was rolled back"),
        hint: "give --yes when you mean it".into(),
    };
    if opened.spec.exists()
        && let Ok(target) = open_target(ui, opened.spec).await
    {
        record_refused(&opened.project, &context.invocation, &opened.set, &target, command, &error).await;
        // The refusal is what counts.
        let _ = target.close().await;
    }
    Err(error.into())
}

/// The report of a command that found no database.
pub(crate) fn nothing(context: &Context, spec: &surefoot::TargetSpec) -> surefoot::RunReport {
    surefoot::RunReport {
        environment: spec.environment.clone(),
        target: spec.describe(),
        run: context.invocation.run.clone(),
        ..surefoot::RunReport::default()
    }
}

pub(crate) async fn run(context: &Context, ui: &Ui, args: Down) -> Result<Code, Failure> {
    if args.dry_run {
        let to = down_to(&args.range, args.all);
        crate::commands::plan::show(
            context,
            ui,
            &surefoot::Wanted::Down(DownOptions { to, single_transaction: args.single_transaction }),
        )
        .await?;
        return Ok(Code::Done);
    }
    let opened = open(context, ui)?;
    headline(ui, &opened.project, &opened.spec);
    let opened = ask_if_protected(context, ui, opened, "down").await?;
    if !opened.spec.exists() {
        if ui.is_human() {
            ui.human(format!("Nothing to roll back: {} has no database yet.", opened.spec.environment));
        } else {
            ui.json(&crate::commands::up::to_json("down", &nothing(context, &opened.spec)));
        }
        return Ok(Code::Done);
    }
    let options = DownOptions { to: down_to(&args.range, args.all), single_transaction: args.single_transaction };
    let target = open_target(ui, opened.spec).await?;
    on_interrupt(context.interrupt.clone());
    let started = std::time::Instant::now();
    let terminal = Terminal::new(ui, Talk::Full);
    let result =
        down(&opened.project, &context.invocation, &opened.set, &target, &options, &terminal, &context.interrupt).await;
    ui.progress_done();
    let closed = target.close().await;
    let report = result?;
    closed?;
    if ui.is_human() {
        let current = report.current.as_deref().unwrap_or("nothing");
        if report.done.is_empty() {
            ui.human(format!("Nothing to roll back: {} is at {BOLD}{current}{BOLD:#}.", report.environment));
        } else {
            ui.human(format!(
                "Rolled back {} in {}. {} is at {BOLD}{current}{BOLD:#}.",
                count(report.done.len(), "migration"),
                span(started.elapsed()),
                report.environment
            ));
        }
    } else {
        ui.json(&crate::commands::up::to_json("down", &report));
    }
    Ok(Code::Done)
}

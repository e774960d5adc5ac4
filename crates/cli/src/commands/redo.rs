//! `surefoot redo`.

use surefoot::{RunReport, redo};

use crate::args::Redo;
use crate::commands::{headline, open, open_target};
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::observer::{Talk, Terminal, on_interrupt};
use crate::ui::{BOLD, Ui, count};

pub(crate) async fn run(context: &Context, ui: &Ui, args: Redo) -> Result<Code, Failure> {
    let opened = open(context, ui)?;
    headline(ui, &opened.project, &opened.spec);
    let opened = crate::commands::down::ask_if_protected(context, ui, opened, "redo").await?;
    let nothing = crate::commands::down::nothing(context, &opened.spec);
    if !opened.spec.exists() {
        none(ui, &nothing);
        return Ok(Code::Done);
    }
    let target = open_target(ui, opened.spec).await?;
    on_interrupt(context.interrupt.clone());
    let terminal = Terminal::new(ui, Talk::Full);
    let result =
        redo(&opened.project, &context.invocation, &opened.set, &target, args.count, &terminal, &context.interrupt)
            .await;
    ui.progress_done();
    let closed = target.close().await;
    let done = result?;
    closed?;
    match done {
        None => none(ui, &nothing),
        Some((back, report)) if ui.is_human() => {
            ui.human(format!(
                "Redid {}. {} is at {BOLD}{}{BOLD:#}.",
                count(back.done.len(), "migration"),
                report.environment,
                report.current.as_deref().unwrap_or("nothing")
            ));
        }
        Some((_, report)) => ui.json(&crate::commands::up::to_json("redo", &report)),
    }
    Ok(Code::Done)
}

fn none(ui: &Ui, report: &RunReport) {
    if ui.is_human() {
        ui.human("Nothing to redo: nothing is applied.");
    } else {
        ui.json(&crate::commands::up::to_json("redo", report));
    }
}

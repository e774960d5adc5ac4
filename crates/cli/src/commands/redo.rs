//! `surefoot redo`.

use surefoot::{DownOptions, DownTo, UpOptions, down, up};

use crate::args::Redo;
use crate::commands::{headline, open, open_target};
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::observer::{Talk, Terminal, on_interrupt};
use crate::ui::{BOLD, Ui, count};

pub(crate) async fn run(context: &Context, ui: &Ui, args: Redo) -> Result<Code, Failure> {
    let opened = open(context, ui)?;
    headline(ui, &opened.project, &opened.spec);
    crate::commands::down::ask_if_protected(ui, &opened.spec)?;
    if !opened.spec.exists() {
        ui.human("Nothing to redo: nothing is applied.");
        return Ok(Code::Done);
    }
    let target = open_target(ui, opened.spec).await?;
    on_interrupt(context.interrupt.clone());
    let terminal = Terminal::new(ui, Talk::Full);
    let result = async {
        let to = DownOptions { to: DownTo::Count(args.count), single_transaction: false };
        let back =
            down(&opened.project, &context.invocation, &opened.set, &target, &to, &terminal, &context.interrupt)
                .await?;
        let Some(last) = back.done.first().map(|d| d.id.clone()) else { return Ok(None) };
        let again = UpOptions { to: Some(last), ..UpOptions::default() };
        let report =
            up(&opened.project, &context.invocation, &opened.set, &target, &again, &terminal, &context.interrupt)
                .await?;
        Ok::<_, surefoot::Error>(Some((back, report)))
    }
    .await;
    ui.progress_done();
    let closed = target.close().await;
    let done = result?;
    closed?;
    match done {
        None => ui.human("Nothing to redo: nothing is applied."),
        Some((back, report)) if ui.is_human() => {
            for warning in back.warnings.iter().chain(&report.warnings) {
                ui.warn(warning);
            }
            ui.human(format!(
                "Redid {}. {} is at {BOLD}{}{BOLD:#}.",
                count(report.done.len(), "migration"),
                report.environment,
                report.current.as_deref().unwrap_or("nothing")
            ));
        }
        Some((_, report)) => ui.json(&crate::commands::up::to_json("redo", &report)),
    }
    Ok(Code::Done)
}

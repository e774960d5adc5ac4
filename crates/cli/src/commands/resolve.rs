//! `surefoot resolve` and `surefoot baseline`.

use serde_json::json;
use surefoot::executor::Quiet;
use surefoot::{Declared, Resolution, baseline, resolve};

use crate::args::{Baseline, Resolve};
use crate::commands::{headline, open, open_target};
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::ui::{BOLD, Ui, count};

pub(crate) async fn run(context: &Context, ui: &Ui, args: Resolve) -> Result<Code, Failure> {
    let given = [
        args.applied.map(Declared::Applied),
        args.rolled_back.map(Declared::RolledBack),
        args.retry.map(Declared::Retry),
        args.checksum.map(Declared::Checksum),
    ];
    let mut given = given.into_iter().flatten();
    let (Some(declared), None) = (given.next(), given.next()) else {
        return Err(Failure::usage(
            "resolve needs one of --applied, --rolled-back, --retry and --checksum",
            "for example: surefoot resolve --applied 004 --reason \"run by hand, INC-17\"",
        ));
    };
    let opened = open(context, ui)?;
    headline(ui, &opened.project, &opened.spec);
    let target = open_target(ui, opened.spec).await?;
    let result = resolve(
        &opened.project,
        &context.invocation,
        &opened.set,
        &target,
        &declared,
        args.allow_out_of_order,
        &args.reason,
        &Quiet,
        &context.interrupt,
    )
    .await;
    let closed = target.close().await;
    let resolution = result?;
    closed?;
    let what = match &declared {
        Declared::Applied(_) => "recorded as applied",
        Declared::RolledBack(_) => "recorded as rolled back",
        Declared::Retry(_) => "will run the statement in doubt again",
        Declared::Checksum(_) => "accepted as it is now",
    };
    print(ui, "resolve", &resolution, what);
    Ok(Code::Done)
}

pub(crate) async fn run_baseline(context: &Context, ui: &Ui, args: Baseline) -> Result<Code, Failure> {
    let opened = open(context, ui)?;
    headline(ui, &opened.project, &opened.spec);
    let target = open_target(ui, opened.spec).await?;
    let result = baseline(
        &opened.project,
        &context.invocation,
        &opened.set,
        &target,
        &args.to,
        &args.reason,
        &Quiet,
        &context.interrupt,
    )
    .await;
    let closed = target.close().await;
    let resolution = result?;
    closed?;
    print(ui, "baseline", &resolution, "recorded as applied, without running");
    Ok(Code::Done)
}

fn print(ui: &Ui, command: &str, resolution: &Resolution, what: &str) {
    if ui.is_human() {
        let ids = &resolution.migrations;
        let label = match ids.as_slice() {
            [one] => one.clone(),
            many => count(many.len(), "migration"),
        };
        ui.human(format!("{BOLD}{label}{BOLD:#} {what}; event {} of the journal.", resolution.event));
        for warning in &resolution.warnings {
            ui.warn(warning);
        }
    } else {
        ui.json(&json!({ "command": command, "migrations": resolution.migrations, "event": resolution.event, "result": what, "warnings": resolution.warnings }));
    }
}

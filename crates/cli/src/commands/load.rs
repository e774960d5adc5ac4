//! `surefoot load`.

use serde_json::json;
use surefoot::{LoadOptions, LoadReport, TargetSpec, load};

use crate::args::{Format, Load};
use crate::commands::{headline, open_target};
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::observer::{Talk, Terminal, on_interrupt};
use crate::ui::{DIM, GREEN, Ui, count, span};

pub(crate) async fn run(context: &Context, ui: &Ui, args: Load) -> Result<Code, Failure> {
    let project = context.project()?;
    // The migrations play no part; only the team's file may say where the target is.
    let set = project.load(Some(&TargetSpec::environment(&project, &context.invocation))).ok();
    let spec = TargetSpec::resolve(&project, &context.invocation, set.as_ref())?;
    headline(ui, &project, &spec);
    let path = context.invocation.folder.join(&args.path);
    if !path.exists() {
        return Err(Failure::usage(
            format!("there is no file {}", args.path.display()),
            "give what `surefoot dump --out` or pg_dump has written",
        ));
    }
    let environment = spec.environment.clone();
    let target = open_target(ui, spec).await?;
    on_interrupt(context.interrupt.clone());
    let terminal = Terminal::new(ui, Talk::ProgressOnly);
    let options = LoadOptions { into: args.into, no_privileges: args.no_privileges };
    let tell = |file: &str, read: u64, size: u64| {
        let percent = (read * 100).checked_div(size).unwrap_or(100).min(100);
        ui.progress(format!("loading {file}  {percent} %"));
    };
    let interrupt = &context.interrupt;
    let done = load(&project, &context.invocation, &target, &path, &options, &terminal, interrupt, &tell).await;
    ui.progress_done();
    let place = target.spec.describe();
    target.close().await?;
    print(ui, &environment, &place, &done?);
    Ok(Code::Done)
}

fn print(ui: &Ui, environment: &str, place: &str, report: &LoadReport) {
    for warning in &report.warnings {
        ui.warn(warning);
    }
    if ui.format == Format::Json {
        ui.json(&json!({
            "command": "load",
            "environment": environment,
            "target": place,
            "duration_ms": u64::try_from(report.elapsed.as_millis()).unwrap_or(u64::MAX),
            "load": report,
        }));
        return;
    }
    ui.human(format!(
        "{GREEN}✓{GREEN:#} loaded {}, {} row{} by COPY  {DIM}{}{DIM:#}",
        count(usize::try_from(report.statements).unwrap_or(usize::MAX), "statement"),
        report.rows,
        if report.rows == 1 { "" } else { "s" },
        span(report.elapsed)
    ));
}

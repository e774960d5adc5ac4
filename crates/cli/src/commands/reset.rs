//! `surefoot reset`.

use serde_json::json;
use surefoot::{
    Error, ResetReport, ResetSurvey, UpOptions, find_seeds, record_refused, refuse_protected, reset, seed,
    survey_reset, up,
};

use crate::args::Reset;
use crate::commands::{Opened, headline, open, open_target};
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::observer::{Talk, Terminal, on_interrupt};
use crate::ui::{BOLD, DIM, Ui, YELLOW, count};

pub(crate) async fn run(context: &Context, ui: &Ui, args: Reset) -> Result<Code, Failure> {
    let Opened { project, set, spec } = open(context, ui)?;
    headline(ui, &project, &spec);
    let invocation = &context.invocation;
    if let Err(error) = refuse_protected(&project, invocation, &spec, "surefoot reset") {
        if spec.exists()
            && let Ok(target) = open_target(ui, spec).await
        {
            record_refused(&project, invocation, &set, &target, "reset", &error).await;
            // The refusal is what counts.
            let _ = target.close().await;
        }
        return Err(error.into());
    }
    let seeds = if args.skip_seed { Vec::new() } else { find_seeds(&project, invocation, &spec.environment)?.files };
    let exists = spec.exists();
    let target = open_target(ui, spec).await?;
    if exists && !args.force {
        let sure = match survey_reset(&project, &set, &target).await {
            Ok(survey) => ask(ui, &target.spec.environment, &survey),
            Err(e) => Err(e.into()),
        };
        if let Err(failure) = sure {
            target.close().await?;
            return Err(failure);
        }
    }
    on_interrupt(context.interrupt.clone());
    let terminal = Terminal::new(ui, Talk::Full);
    let interrupt = &context.interrupt;
    let result = async {
        let emptied = if exists {
            ui.progress("emptying the database");
            let report = reset(&project, invocation, &set, &target, &terminal, interrupt).await?;
            ui.progress_done();
            tell(ui, &report);
            Some(report)
        } else {
            None
        };
        let applied = up(&project, invocation, &set, &target, &UpOptions::default(), &terminal, interrupt).await?;
        ui.progress_done();
        let seeded = match seeds.as_slice() {
            [] => None,
            _ => Some(seed(&project, invocation, &set, &target, &terminal, interrupt).await?),
        };
        Ok::<_, Error>((emptied, applied, seeded))
    }
    .await;
    ui.progress_done();
    let closed = target.close().await;
    let (emptied, applied, seeded) = result?;
    closed?;
    for warning in seeded.iter().flat_map(|s| &s.warnings) {
        ui.warn(warning);
    }
    if !ui.is_human() {
        ui.json(&json!({
            "command": "reset",
            "environment": applied.environment,
            "target": applied.target,
            "run": applied.run,
            "dropped": emptied.as_ref().map(|e| &e.dropped),
            "left": emptied.as_ref().map(|e| &e.left),
            "reverted": emptied.as_ref().map(|e| &e.reverted),
            "up": crate::commands::up::to_json("up", &applied),
            "seed": seeded.as_ref().map(|s| crate::commands::seed::to_json(s, false)),
        }));
        return Ok(Code::Done);
    }
    ui.human(format!(
        "Applied {}. {} is at {BOLD}{}{BOLD:#}.",
        count(applied.done.len(), "migration"),
        applied.environment,
        applied.current.as_deref().unwrap_or("nothing")
    ));
    if let Some(report) = &seeded {
        crate::commands::seed::say(ui, report);
    }
    Ok(Code::Done)
}

/// Says what would be lost and asks.
fn ask(ui: &Ui, environment: &str, survey: &ResetSurvey) -> Result<(), Failure> {
    let schemas = match survey.schemas {
        0 => String::new(),
        n => format!(" in public and {}", count(n, "other schema")),
    };
    let content = format!(
        "{}{schemas}, {}, {} applied",
        count(survey.tables, "table"),
        survey.size,
        count(survey.applied, "migration"),
    );
    if !survey.has_journal && survey.tables > 0 {
        ui.warn(format!("database {} has no journal: surefoot did not make what is in it", survey.database));
    }
    let question = format!(
        "{YELLOW}Everything{YELLOW:#} in database {BOLD}{}{BOLD:#} of {environment} will be dropped: {content}. Go on?",
        survey.database
    );
    if ui.confirm(&question) {
        return Ok(());
    }
    Err(Error::Refused {
        code: "not-confirmed",
        message: format!("not confirmed: database {} stays as it is ({content})", survey.database),
        hint: "give --force when you mean it".into(),
    }
    .into())
}

fn tell(ui: &Ui, report: &ResetReport) {
    for dropped in &report.dropped {
        ui.say(format!("  {DIM}dropped{DIM:#} {dropped}"));
    }
    for left in &report.left {
        ui.say(format!("  {YELLOW}left{YELLOW:#} {left}"));
    }
    ui.human(format!(
        "Emptied {}; {} on record as reset.",
        report.environment,
        count(report.reverted.len(), "migration")
    ));
}

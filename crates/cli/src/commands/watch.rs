//! `surefoot watch`.

use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use serde_json::{Value, json};
use surefoot::schema::{
    AskLosses, AskRename, Rename, RenameAnswer, SchemaSource, Watch as Watching, WatchOptions, WatchRound,
    default_source,
};
use surefoot::{Project, TargetPlace, generate};

use crate::args::Watch;
use crate::commands::diff::{Asker, changes};
use crate::commands::{Opened, headline, open};
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::observer::on_interrupt;
use crate::ui::{BOLD, DIM, GREEN, RED, Ui, YELLOW};

pub(crate) async fn run(context: &Context, ui: &Ui, args: Watch) -> Result<Code, Failure> {
    crate::commands::prepare_embedded()?;
    let Opened { project, spec, .. } = open(context, ui)?;
    headline(ui, &project, &spec);
    let source = match args.source {
        Some(source) => SchemaSource::parse(&source, Some(&project), &context.invocation.folder)?,
        None => found(&project)?,
    };
    let options = WatchOptions {
        on: args.on,
        accept_losses: args.accept_losses,
        accept_drops: args.accept_drops,
        renamed: args.renamed,
    };
    on_interrupt(context.interrupt.clone());
    ui.progress(format!("opening {}", spec.describe()));
    let embedded = matches!(spec.place, TargetPlace::Embedded(_));
    let patience = spec.options.migration_lock_timeout.min(Duration::from_secs(60));
    let watch = Watching::start(&project, &context.invocation, source.clone(), spec, options, patience).await;
    ui.progress_done();
    let mut watch = watch?;
    if embedded {
        ui.say(format!("{DIM}reachable meanwhile at {}{DIM:#}", watch.target().connector.url));
    }
    let interrupt = &context.interrupt;
    let asker = Asks { renames: Asker::new(context, ui), ui };
    let mut told = false;
    let code = loop {
        ui.progress(format!("reading {source}"));
        let round = tokio::select! {
            round = watch.round(&asker, interrupt) => round,
            // Ctrl-C is how a watch ends; what was not committed is rolled back.
            () = interrupt.raised() => break if args.once { Code::Interrupted } else { Code::Done },
        };
        ui.progress_done();
        if !std::mem::replace(&mut told, true) {
            for warning in &watch.warnings {
                ui.warn(warning);
            }
        }
        let mut code = tell(ui, &source, &round);
        if matches!(round, WatchRound::Applied(_)) && !args.skip_generate && project.config.dev.generate.is_some() {
            ui.progress("generating");
            let generated = generate(&project, &context.invocation, watch.target(), None, interrupt).await;
            ui.progress_done();
            if let Err(e) = generated {
                Failure::from(e).print(ui);
                code = Code::Failed;
            }
        }
        if args.once {
            break code;
        }
        if !watch.changed(interrupt).await {
            break Code::Done;
        }
    };
    ui.progress_done();
    watch.close().await?;
    Ok(code)
}

/// The schema files that lie where they usually do, named as seen from here.
fn found(project: &Project) -> Result<SchemaSource, Failure> {
    let path = default_source(project)?;
    let here = std::env::current_dir().unwrap_or_default();
    let near = path.strip_prefix(&here).unwrap_or(&path);
    Ok(SchemaSource::parse(&near.to_string_lossy(), Some(project), Path::new("."))?)
}

/// What came of a round, and the exit code if it were the last.
fn tell(ui: &Ui, source: &SchemaSource, round: &WatchRound) -> Code {
    let at = jiff::Zoned::now().strftime("%H:%M:%S").to_string();
    if !ui.is_human() {
        ui.line(line(source, round).to_string());
    }
    match round {
        WatchRound::Same => {
            ui.human(format!("{DIM}{at}{DIM:#} {GREEN}✓{GREEN:#} the database is as {BOLD}{source}{BOLD:#} says"));
            Code::Done
        }
        WatchRound::Applied(report) => {
            for warning in &report.warnings {
                ui.warn(warning);
            }
            ui.human(format!("{DIM}{at}{DIM:#} {GREEN}✓{GREEN:#} applied:"));
            changes(ui, report);
            Code::Done
        }
        WatchRound::Held { report, losses } => {
            ui.human(format!("{DIM}{at}{DIM:#} {YELLOW}left undone{YELLOW:#}: it would lose {}", losses.join(", ")));
            changes(ui, report);
            ui.say("Change the file again, or start with --accept-losses");
            Code::Refused
        }
        WatchRound::Broken(error) => {
            if ui.is_human() {
                ui.human(format!("{DIM}{at}{DIM:#} {RED}✗{RED:#} {error}"));
                if let Some(hint) = error.hint() {
                    ui.say(format!("{DIM}{hint}{DIM:#}"));
                }
            }
            Code::Failed
        }
    }
}

/// The round as one line of JSON.
fn line(source: &SchemaSource, round: &WatchRound) -> Value {
    let (outcome, report, losses, error) = match round {
        WatchRound::Same => ("same", None, None, None),
        WatchRound::Applied(report) => ("applied", Some(report), None, None),
        WatchRound::Held { report, losses } => ("held", Some(report), Some(losses), None),
        WatchRound::Broken(error) => ("broken", None, None, Some(error)),
    };
    json!({
        "command": "watch",
        "at": jiff::Timestamp::now().to_string(),
        "source": source.to_string(),
        "outcome": outcome,
        "renames": report.map(|r| &r.renames),
        "differences": report.map(|r| &r.differences),
        "losses": losses,
        "error": error.map(|e| json!({ "code": e.code(), "message": e.to_string(), "hint": e.hint() })),
    })
}

/// Asks about renames and losses.
struct Asks<'a> {
    renames: Asker<'a>,
    ui: &'a Ui,
}

impl AskRename for Asks<'_> {
    fn ask<'a>(&'a self, rename: &'a Rename) -> Pin<Box<dyn Future<Output = RenameAnswer> + 'a>> {
        self.renames.ask(rename)
    }

    fn can_answer(&self) -> bool {
        self.renames.can_answer()
    }
}

impl AskLosses for Asks<'_> {
    fn ask_losses<'a>(&'a self, losses: &'a [String]) -> Pin<Box<dyn Future<Output = Option<bool>> + 'a>> {
        Box::pin(async move {
            if !self.renames.can_answer() {
                return None;
            }
            let question = format!("{YELLOW}?{YELLOW:#} This loses {BOLD}{}{BOLD:#}. Go on?", losses.join(", "));
            Some(self.ui.choose(&question, &["yes", "no"]).await == Some("yes"))
        })
    }
}

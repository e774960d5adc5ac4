//! `surefoot dev`.

use serde_json::json;
use surefoot::{
    NewMigration, UpOptions, find_seeds, generate, new_migration, prepare, record_refused, refuse_protected, seed, up,
};

use crate::args::Dev;
use crate::commands::{Opened, headline, open, open_target};
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::observer::{Talk, Terminal, on_interrupt};
use crate::ui::{BOLD, DIM, Ui, count};

pub(crate) async fn run(context: &Context, ui: &Ui, args: Dev) -> Result<Code, Failure> {
    let Opened { project, mut set, mut spec } = open(context, ui)?;
    headline(ui, &project, &spec);
    if let Err(error) = refuse_protected(&project, &context.invocation, &spec, "surefoot dev") {
        if let Ok(target) = open_target(ui, spec).await {
            record_refused(&project, &context.invocation, &set, &target, "dev", &error).await;
            // The refusal is what counts.
            let _ = target.close().await;
        }
        return Err(error.into());
    }
    let mut created = None;
    if let Some(name) = &args.name {
        let wanted = NewMigration {
            name: name.clone(),
            owner: args.owner.clone(),
            author: crate::commands::new::author(context),
            ..NewMigration::default()
        };
        let report = new_migration(&project, &wanted, &crate::commands::new::now())?;
        if ui.is_human() {
            crate::commands::new::print(ui, &report);
        }
        (set, spec) = prepare(&project, &context.invocation)?;
        // A file that only waits to be written would be recorded as applied, and then be a changed one.
        let empty = set.get(&report.id).is_some_and(|m| !m.has_effect);
        let files = report.files.clone();
        created = Some(report);
        if args.create_only || empty {
            if ui.is_human() {
                let up = files.first().map_or("", String::as_str);
                ui.human(format!("Write the change in {BOLD}{up}{BOLD:#}, then run `surefoot dev`."));
            } else {
                ui.json(&json!({
                    "command": "dev",
                    "environment": spec.environment,
                    "created": files,
                    "up": null,
                    "seed": null,
                    "generated": false,
                }));
            }
            return Ok(Code::Done);
        }
    }
    let seeds =
        if args.skip_seed { Vec::new() } else { find_seeds(&project, &context.invocation, &spec.environment)?.files };
    let target = open_target(ui, spec).await?;
    on_interrupt(context.interrupt.clone());
    let terminal = Terminal::new(ui, Talk::Full);
    let invocation = &context.invocation;
    let interrupt = &context.interrupt;
    let result = async {
        let applied = up(&project, invocation, &set, &target, &UpOptions::default(), &terminal, interrupt).await?;
        ui.progress_done();
        let seeded = match seeds.as_slice() {
            [] => None,
            _ => Some(seed(&project, invocation, &set, &target, &terminal, interrupt).await?),
        };
        ui.progress_done();
        let mut generated = false;
        if !args.skip_generate && project.config.dev.generate.is_some() {
            ui.progress("generating");
            generated = generate(&project, invocation, &target, applied.current.as_deref(), interrupt).await?;
        }
        Ok::<_, surefoot::Error>((applied, seeded, generated))
    }
    .await;
    ui.progress_done();
    let closed = target.close().await;
    let (applied, seeded, generated) = result?;
    closed?;
    if !ui.is_human() {
        ui.json(&json!({
            "command": "dev",
            "environment": applied.environment,
            "created": created.map(|c| c.files),
            "up": crate::commands::up::to_json("up", &applied),
            "seed": seeded.as_ref().map(|s| crate::commands::seed::to_json(s, false)),
            "generated": generated,
        }));
        return Ok(Code::Done);
    }
    let current = applied.current.as_deref().unwrap_or("nothing");
    let did = if applied.done.is_empty() {
        "Nothing to apply".to_owned()
    } else {
        format!("Applied {}", count(applied.done.len(), "migration"))
    };
    ui.human(format!("{did}. {} is at {BOLD}{current}{BOLD:#}.", applied.environment));
    match &seeded {
        Some(report) => {
            for warning in &report.warnings {
                ui.warn(warning);
            }
            crate::commands::seed::say(ui, report);
        }
        None if args.skip_seed => {}
        None => ui.say(format!("{DIM}no seeds for {}{DIM:#}", applied.environment)),
    }
    if generated {
        let command = project.config.dev.generate.as_deref().unwrap_or_default();
        ui.human(format!("Generated: {command}"));
    }
    Ok(Code::Done)
}

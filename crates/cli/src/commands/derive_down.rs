//! `surefoot derive-down`.

use serde_json::json;
use surefoot::schema::{DeriveOptions, derive_down};

use crate::args::{DeriveDown, Format};
use crate::commands::files;
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::ui::{BOLD, CYAN, DIM, GREEN, RED, Ui};

pub(crate) async fn run(context: &Context, ui: &Ui, args: DeriveDown) -> Result<Code, Failure> {
    crate::commands::prepare_embedded()?;
    let (project, set) = files(context, ui)?;
    let options = DeriveOptions { migrations: args.migrations, write: args.write, on: args.on };
    ui.progress("replaying the history");
    let derived = derive_down(&project, &context.invocation, &set, &options).await;
    ui.progress_done();
    let derived = derived?;
    for warning in &derived.warnings {
        ui.warn(warning);
    }
    match ui.format {
        Format::Json => ui.json(&json!({
            "command": "derive-down",
            "replayed_on": derived.place,
            "downs": derived.downs.iter().map(|d| json!({
                "id": d.id, "file": d.file, "steps": d.script.steps, "kept": d.kept, "emptied": d.emptied,
            })).collect::<Vec<_>>(),
            "warnings": derived.warnings,
        })),
        Format::Sql => {
            for down in &derived.downs {
                ui.raw(&format!("-- {}\n{}\n", down.id, down.script.to_sql()));
            }
        }
        Format::Human => {
            for down in &derived.downs {
                match &down.file {
                    Some(file) => ui.human(format!("Wrote {BOLD}{file}{BOLD:#}")),
                    None => {
                        ui.human(format!("{BOLD}{}{BOLD:#}", down.id));
                        for line in down.script.to_sql().lines() {
                            ui.human(if line.is_empty() { String::new() } else { format!("    {line}") });
                        }
                    }
                }
                for name in &down.kept {
                    ui.human(format!("    {GREEN}with its data{GREEN:#}  {name} {DIM}(from the attic){DIM:#}"));
                }
                for name in &down.emptied {
                    ui.human(format!("    {RED}without its data{RED:#}  {name}"));
                }
            }
            if derived.downs.is_empty() && derived.warnings.is_empty() {
                ui.human("Every migration has a rollback.");
            } else if args.write {
                ui.say(format!("Next: read them, then {CYAN}surefoot check{CYAN:#}"));
            }
        }
    }
    Ok(Code::Done)
}

//! `surefoot hooks`.

use serde_json::json;
use surefoot::{install_hook, run_hook};

use crate::args::{Hooks, HooksCommand};
use crate::commands::prepare_embedded;
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::ui::{DIM, Ui};

pub(crate) async fn run(context: &Context, ui: &Ui, args: Hooks) -> Result<Code, Failure> {
    let project = context.project()?;
    match args.command {
        HooksCommand::Install(args) => {
            let installed = install_hook(&project, &context.invocation, args.force)?;
            let path = installed.path.display().to_string();
            if !ui.is_human() {
                ui.json(&json!({
                    "command": "hooks install",
                    "path": path,
                    "was_there": installed.was_there,
                    "kept": installed.kept.map(|k| k.display().to_string()),
                }));
                return Ok(Code::Done);
            }
            ui.human(if installed.was_there { format!("Updated {path}.") } else { format!("Installed {path}.") });
            if let Some(kept) = installed.kept {
                ui.human(format!("The hook that was there runs first, as {}.", kept.display()));
            }
            ui.say(format!(
                "{DIM}It refuses the deletion and edit of migrations that others have; `git commit --no-verify` passes over it.{DIM:#}"
            ));
        }
        HooksCommand::Run => {
            // An embedded target that cannot be opened is a note of the hook, no failure.
            let _ = prepare_embedded();
            let report = run_hook(&project, &context.invocation).await?;
            for note in &report.notes {
                ui.say(format!("{DIM}surefoot:{DIM:#} {note}"));
            }
            if !ui.is_human() {
                ui.json(&json!({ "command": "hooks run", "staged": report.staged, "notes": report.notes }));
            }
        }
    }
    Ok(Code::Done)
}

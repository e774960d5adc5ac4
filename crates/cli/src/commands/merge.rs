//! `surefoot merge`.

use serde_json::json;
use surefoot::merge;

use crate::args::Merge;
use crate::commands::new;
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::ui::{CYAN, Ui};

pub(crate) async fn run(context: &Context, ui: &Ui, args: Merge) -> Result<Code, Failure> {
    let project = context.project()?;
    match merge(&project, &args.heads, &new::now())? {
        Some(report) if ui.is_human() => {
            new::print(ui, &report);
            ui.human(format!("It joins {}.", report.after.join(" and ")));
            ui.say(format!("Next: look at both branches together with {CYAN}surefoot check{CYAN:#}"));
        }
        Some(report) => ui.json(&new::to_json("merge", &report)),
        None if ui.is_human() => ui.human("Nothing to merge: the history has one head at most."),
        None => ui.json(&json!({ "command": "merge", "id": null, "files": [], "after": [] })),
    }
    Ok(Code::Done)
}

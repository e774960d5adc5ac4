//! `surefoot heads`.

use serde_json::{Value, json};
use surefoot::source::{Graph, Migration};

use crate::commands::files;
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::ui::{BOLD, CYAN, DIM, Ui, label};

pub(crate) async fn run(context: &Context, ui: &Ui) -> Result<Code, Failure> {
    let (_, set) = files(context, ui)?;
    let graph = Graph::of(&set);
    let heads: Vec<&Migration> = graph.heads().into_iter().filter_map(|id| set.get(id)).collect();
    if ui.is_human() {
        for head in &heads {
            let name = &label(&head.id, &head.name)[head.id.len()..];
            ui.human(format!("{BOLD}{}{BOLD:#}{name}  {DIM}{}{DIM:#}", head.id, head.up.path));
        }
        match heads.len() {
            0 => ui.say("No migrations yet."),
            1 => {}
            n => ui.say(format!("{n} heads: {CYAN}surefoot merge{CYAN:#} joins them")),
        }
    } else {
        let heads: Vec<Value> =
            heads.iter().map(|m| json!({ "id": m.id, "name": m.name, "owner": m.owner, "file": m.up.path })).collect();
        ui.json(&json!({ "command": "heads", "heads": heads }));
    }
    Ok(if heads.len() > 1 { Code::Something } else { Code::Done })
}

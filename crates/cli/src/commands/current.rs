//! `surefoot current`.

use serde_json::json;

use crate::commands::{look, open};
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::ui::{BOLD, Ui, label};

pub(crate) async fn run(context: &Context, ui: &Ui) -> Result<Code, Failure> {
    let opened = open(context, ui)?;
    let (environment, target) = (opened.spec.environment.clone(), opened.spec.describe());
    let (_, set, history) = look(ui, opened).await?;
    let current = history.current(&set);
    if ui.is_human() {
        match current {
            Some(r) => ui.human(format!("{BOLD}{}{BOLD:#}{}", r.id, &label(&r.id, &r.name)[r.id.len()..])),
            None => ui.human("none"),
        }
    } else {
        let current = current.map(|r| {
            json!({ "id": r.id, "name": r.name, "owner": r.owner, "applied_at": r.applied_at, "applied_by": r.applied_by })
        });
        ui.json(&json!({ "command": "current", "environment": environment, "target": target, "current": current }));
    }
    Ok(Code::Done)
}

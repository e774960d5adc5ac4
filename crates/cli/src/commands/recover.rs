//! `surefoot recover`.

use serde_json::{Value, json};
use surefoot::{RecoverOptions, recover};

use crate::args::Recover;
use crate::commands::{Opened, headline, open_target};
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::ui::{GREEN, Ui, count};

pub(crate) async fn run(context: &Context, ui: &Ui, args: Recover) -> Result<Code, Failure> {
    let project = context.project()?;
    let (set, spec, problems) = surefoot::prepare_recovery(&project, &context.invocation)?;
    for warning in set.warnings.iter().map(ToString::to_string).chain(problems) {
        ui.warn(warning);
    }
    let opened = Opened { project, set, spec };
    headline(ui, &opened.project, &opened.spec);
    if !opened.spec.exists() {
        return Err(surefoot::recover_needs_journal(&opened.spec).into());
    }
    let target = open_target(ui, opened.spec).await?;
    let options = RecoverOptions { migrations: args.migrations, changed: args.changed, dry_run: args.dry_run };
    let result = recover(&opened.project, &context.invocation, &opened.set, &target, &options).await;
    let closed = target.close().await;
    let files = result?;
    closed?;
    if ui.is_human() {
        for f in &files {
            let (mark, verb) = match (options.dry_run, f.replaced) {
                (false, false) => ("✓", "restored"),
                (false, true) => ("✓", "replaced"),
                (true, false) => ("·", "would restore"),
                (true, true) => ("·", "would replace"),
            };
            ui.human(format!("  {GREEN}{mark}{GREEN:#} {verb} {}  ({})", f.path, f.id));
        }
        ui.human(match (files.len(), options.dry_run) {
            (0, _) => "Nothing to recover: every applied migration has its files.".to_owned(),
            (n, true) => format!("Would write {}.", count(n, "file")),
            (n, false) => format!("Wrote {} from the journal.", count(n, "file")),
        });
    } else {
        let list: Vec<Value> =
            files.iter().map(|f| json!({ "id": f.id, "file": f.path, "replaced": f.replaced })).collect();
        ui.json(&json!({ "command": "recover", "dry_run": options.dry_run, "files": list }));
    }
    Ok(Code::Done)
}

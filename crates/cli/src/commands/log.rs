//! `surefoot log`: JSON lines for a log collector.

use serde_json::{Map, Value, json};
use surefoot::Error;
use surefoot::history::{Entry, since};
use surefoot::journal::Journal;

use crate::args::Log;
use crate::commands::history::{Recorded, recorded};
use crate::commands::open_target;
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::ui::Ui;

pub(crate) async fn run(context: &Context, ui: &Ui, args: Log) -> Result<Code, Failure> {
    let Recorded { project, spec, .. } = recorded(context, ui)?;
    if !spec.exists() {
        return Ok(Code::Done);
    }
    let target = open_target(ui, spec).await?;
    let read = async {
        let session = target.look().await?;
        if let Some(journal) = Journal::open(&session, project.journal_schema(), Some(&project.name)).await? {
            since(&journal, &session, args.after, |entry| ui.line(line(&entry).to_string())).await?;
        }
        session.close().await;
        Ok::<_, Error>(())
    }
    .await;
    target.close().await?;
    read?;
    Ok(Code::Done)
}

/// What is not known is left out.
fn line(e: &Entry) -> Value {
    let mut out = Map::new();
    out.insert("seq".into(), json!(e.seq));
    out.insert("time".into(), json!(e.at));
    out.insert("event".into(), json!(e.kind));
    let mut add = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            out.insert(key.into(), value);
        }
    };
    add("migration", e.migration.as_ref().map(|m| json!(m)));
    add("name", e.name.as_ref().map(|n| json!(n)));
    add("duration_ms", e.duration_ms.map(|d| json!(d)));
    add("part", e.part.map(|p| json!(p.0)));
    add("parts", e.part.map(|p| json!(p.1)));
    add("role", e.role.as_ref().map(|r| json!(r)));
    add("os_user", e.os_user.as_ref().map(|u| json!(u)));
    add("host", e.host.as_ref().map(|h| json!(h)));
    add("ci", e.ci.as_ref().map(|c| json!(c)));
    add("run", e.run.as_ref().map(|r| json!(r)));
    add("error", e.error.as_ref().map(|message| json!({ "code": e.error_code, "message": message })));
    Value::Object(out)
}

//! `surefoot history`.

use serde_json::{Value, json};
use surefoot::history::{Entry, newest};
use surefoot::journal::Journal;
use surefoot::{Error, Project, TargetSpec};

use crate::args::History;
use crate::commands::{headline, open_target};
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::ui::{BOLD, CYAN, DIM, GREEN, RED, Ui, YELLOW, label, span};

pub(crate) async fn run(context: &Context, ui: &Ui, args: History) -> Result<Code, Failure> {
    let Recorded { project, spec, set } = recorded(context, ui)?;
    headline(ui, &project, &spec);
    let (environment, described) = (spec.environment.clone(), spec.describe());
    // A migration whose file is gone has a history all the same.
    let found = args.migration.as_deref().map(|text| match &set {
        Some(set) => set.find(text).map(|m| m.id.clone()).map_err(|e| (text.to_owned(), Some(e))),
        None => Err((text.to_owned(), None)),
    });
    let (migration, unknown) = match found {
        None => (None, None),
        Some(Ok(id)) => (Some(id), None),
        Some(Err((text, why))) => (Some(text), why),
    };
    let mut entries = Vec::new();
    if spec.exists() {
        let target = open_target(ui, spec).await?;
        let read = async {
            let session = target.look().await?;
            let entries = match Journal::open(&session, project.journal_schema(), Some(&project.name)).await? {
                Some(journal) => newest(&journal, &session, migration.as_deref(), args.limit).await?,
                None => Vec::new(),
            };
            session.close().await;
            Ok::<_, Error>(entries)
        }
        .await;
        target.close().await?;
        entries = read?;
    }
    if entries.is_empty()
        && let Some(why) = unknown
    {
        return Err(Error::Find(why).into());
    }
    if ui.is_human() {
        print(ui, &entries, migration.as_deref());
    } else {
        ui.json(&json!({
            "command": "history",
            "environment": environment,
            "target": described,
            "events": entries.iter().map(to_json).collect::<Vec<_>>(),
        }));
    }
    Ok(Code::Done)
}

/// A project and its target, for looking at what is recorded: files that cannot be read do not stop that.
pub(crate) struct Recorded {
    pub(crate) project: Project,
    pub(crate) spec: TargetSpec,
    pub(crate) set: Option<surefoot::source::MigrationSet>,
}

pub(crate) fn recorded(context: &Context, ui: &Ui) -> Result<Recorded, Failure> {
    let project = context.project()?;
    let environment = TargetSpec::environment(&project, &context.invocation);
    let set = match project.load(Some(&environment)) {
        Ok(set) => Some(set),
        Err(e) => {
            let text = e.to_string();
            ui.warn(format!("the migrations on disk cannot be read: {}", text.lines().next().unwrap_or_default()));
            None
        }
    };
    let spec = TargetSpec::resolve(&project, &context.invocation, set.as_ref())?;
    Ok(Recorded { project, spec, set })
}

fn print(ui: &Ui, entries: &[Entry], migration: Option<&str>) {
    if entries.is_empty() {
        ui.human(match migration {
            Some(id) => format!("No history of {id} yet."),
            None => "No history yet.".to_owned(),
        });
        return;
    }
    let rows: Vec<[String; 7]> = entries.iter().map(row).collect();
    let width = |column: usize| rows.iter().map(|r| r[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..7).map(width).collect();
    for (entry, [seq, at, kind, migration, who, took, outcome]) in entries.iter().zip(&rows) {
        let style = match entry.kind.as_str() {
            "applied" | "repeated" | "baseline" | "resolved applied" => GREEN,
            "failed" | "refused" => RED,
            "reverted" | "interrupted" | "reset" | "resolved rolled back" => YELLOW,
            _ => CYAN,
        };
        let outcome = match &entry.error {
            _ if outcome.is_empty() => String::new(),
            Some(_) => format!("{RED}{outcome}{RED:#}"),
            None => format!("{DIM}{outcome}{DIM:#}"),
        };
        let text = format!(
            "{seq:>0$}  {DIM}{at}{DIM:#}  {style}{kind:1$}{style:#}  {BOLD}{migration:2$}{BOLD:#}  {who:3$}  {took:>4$}  {outcome}",
            widths[0], widths[2], widths[3], widths[4], widths[5],
        );
        ui.human(text.trim_end());
    }
}

fn row(e: &Entry) -> [String; 7] {
    let migration = match (&e.migration, &e.name) {
        (Some(id), Some(name)) => label(id, name),
        (Some(id), _) => id.clone(),
        _ => String::new(),
    };
    let person = match (&e.ci, &e.os_user, &e.host) {
        (Some(ci), ..) => ci.clone(),
        (_, Some(user), Some(host)) => format!("{user}@{host}"),
        (_, Some(one), None) | (_, None, Some(one)) => one.clone(),
        _ => String::new(),
    };
    let role = e.role.as_deref().unwrap_or("?");
    let who = if person.is_empty() { role.to_owned() } else { format!("{role} ({person})") };
    [
        e.seq.to_string(),
        e.at.get(..19).unwrap_or(&e.at).replace('T', " "),
        e.kind.clone(),
        migration.chars().take(48).collect(),
        who.chars().take(48).collect(),
        e.duration_ms.map(|ms| span(std::time::Duration::from_millis(ms))).unwrap_or_default(),
        e.outcome(),
    ]
}

fn to_json(e: &Entry) -> Value {
    json!({
        "seq": e.seq,
        "at": e.at,
        "kind": e.kind,
        "migration": e.migration,
        "state": e.state,
        "run": e.run,
        "hash": e.hash,
        "body": e.body,
    })
}

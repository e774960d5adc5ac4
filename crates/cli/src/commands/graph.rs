//! `surefoot graph`.

use serde_json::{Value, json};
use surefoot::source::{Edge, Graph as DependencyGraph, MigrationSet, NodeState, States};
use surefoot::{Error, Standing, status, unchanged_statements};

use crate::args::{Drawing, Graph};
use crate::commands::{files, look, open};
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::ui::Ui;

pub(crate) async fn run(context: &Context, ui: &Ui, args: Graph) -> Result<Code, Failure> {
    let (set, states) = if args.state {
        let (project, set, history) = look(ui, open(context, ui)?).await?;
        let same = unchanged_statements(&project, &context.invocation, &set, &history);
        let report = status(&set, &history, &same);
        let states = report.lines.into_iter().filter_map(|l| Some((l.id, node_state(l.standing)?))).collect();
        (set, states)
    } else {
        (files(context, ui)?.1, States::new())
    };
    let graph = DependencyGraph::of(&set);
    let text = if ui.is_human() {
        match args.r#as {
            Drawing::Text => graph.to_text(&states) + &checkpoints(&set),
            Drawing::Dot => graph.to_dot(&states),
            Drawing::Svg => graph.to_svg(&states),
        }
    } else {
        let json = to_json(&set, &graph, &states);
        format!("{}\n", serde_json::to_string_pretty(&json).unwrap_or_else(|_| json.to_string()))
    };
    match args.output {
        Some(path) => {
            std::fs::write(&path, text).map_err(|e| Error::Io {
                action: "write",
                path: path.display().to_string(),
                reason: e.to_string(),
            })?;
            ui.say(format!("Wrote {}", path.display()));
        }
        None if set.is_empty() && ui.is_human() && args.r#as == Drawing::Text => ui.human("No migrations yet."),
        None => ui.raw(&text),
    }
    Ok(Code::Done)
}

/// A line for each checkpoint, under the drawing.
fn checkpoints(set: &MigrationSet) -> String {
    let line = |c: &surefoot::source::Checkpoint| {
        let first = c.replaces.first().map_or("", |r| r.id.as_str());
        format!("checkpoint {} stands for {first} to {}\n", c.file.path, c.id)
    };
    set.checkpoints.iter().map(line).collect()
}

fn node_state(standing: Standing) -> Option<NodeState> {
    match standing {
        Standing::Applied | Standing::AppliedCommentsChanged => Some(NodeState::Applied),
        Standing::Changed | Standing::Missing => Some(NodeState::Changed),
        Standing::Partial | Standing::PartlyRolledBack => Some(NodeState::Partial),
        Standing::Pending => Some(NodeState::Pending),
        Standing::OutOfOrder => Some(NodeState::OutOfOrder),
        Standing::Elsewhere => None,
    }
}

fn to_json(set: &MigrationSet, graph: &DependencyGraph, states: &States) -> Value {
    let migrations: Vec<Value> = set
        .migrations()
        .iter()
        .map(|m| {
            let after: Vec<Value> = graph
                .parents(&m.id)
                .into_iter()
                .map(|(id, edge)| {
                    let why = match edge {
                        Edge::Declared => "declared",
                        Edge::Header => "header",
                        Edge::Previous => "order",
                    };
                    json!({ "id": id, "why": why })
                })
                .collect();
            json!({
                "id": m.id,
                "title": m.title,
                "owner": m.owner,
                "repeatable": m.repeatable,
                "state": states.get(&m.id).map(|s| s.as_str()),
                "after": after,
            })
        })
        .collect();
    let checkpoints: Vec<Value> = set
        .checkpoints
        .iter()
        .map(|c| {
            let replaces: Vec<&str> = c.replaces.iter().map(|r| r.id.as_str()).collect();
            json!({ "id": c.id, "file": c.file.path, "replaces": replaces })
        })
        .collect();
    json!({ "command": "graph", "heads": graph.heads(), "migrations": migrations, "checkpoints": checkpoints })
}

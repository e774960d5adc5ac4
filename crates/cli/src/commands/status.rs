//! `surefoot status`.

use serde_json::{Value, json};
use surefoot::{History, Standing, StatusLine, StatusReport, journal_problem, status, unchanged_statements};

use crate::args::Status;
use crate::commands::{headline, open, open_target};
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::ui::{BOLD, CYAN, DIM, GREEN, RED, Ui, YELLOW, count, label};

pub(crate) async fn run(context: &Context, ui: &Ui, args: Status) -> Result<Code, Failure> {
    let opened = open(context, ui)?;
    headline(ui, &opened.project, &opened.spec);
    let environment = opened.spec.environment.clone();
    let described = opened.spec.describe();
    let (history, problem) = if opened.spec.exists() {
        let target = open_target(ui, opened.spec).await?;
        let history = async {
            let session = target.look().await?;
            let history = History::read(&opened.project, &opened.set, &environment, Some(&session)).await?;
            let problem = match &history.journal {
                Some(journal) => journal_problem(journal, &session).await?,
                None => None,
            };
            session.close().await;
            Ok::<_, surefoot::Error>((history, problem))
        }
        .await;
        target.close().await?;
        history?
    } else {
        (History::read(&opened.project, &opened.set, &environment, None).await?, None)
    };
    let same = unchanged_statements(&opened.project, &context.invocation, &opened.set, &history);
    let report = StatusReport { journal_problem: problem, ..status(&opened.set, &history, &same) };
    if ui.is_human() {
        print(ui, &report, &environment, args.pending);
    } else {
        ui.json(&to_json(&report, &environment, &described));
    }
    Ok(if report.needs_action() { Code::Something } else { Code::Done })
}

fn print(ui: &Ui, report: &StatusReport, environment: &str, only_pending: bool) {
    let id_width = report.lines.iter().map(|l| shown_id(l).chars().count()).max().unwrap_or(0);
    let name_width = report.lines.iter().map(|l| shown_name(l).chars().count()).max().unwrap_or(0).min(48);
    for line in &report.lines {
        if only_pending && !line.standing.needs_action() {
            continue;
        }
        let (mark, style) = match line.standing {
            Standing::Applied => ("✓", GREEN),
            Standing::AppliedCommentsChanged => ("✓", YELLOW),
            Standing::Pending => ("·", CYAN),
            Standing::Partial | Standing::PartlyRolledBack => ("◐", YELLOW),
            Standing::Changed | Standing::Missing | Standing::OutOfOrder => ("✗", RED),
            Standing::Elsewhere => ("-", DIM),
        };
        let mut what = match line.standing {
            Standing::Applied => String::new(),
            other => other.as_str().to_owned(),
        };
        if let Some((done, total)) = line.parts {
            what.push_str(&format!(" {done} of {total} parts"));
        }
        if line.standing == Standing::Elsewhere {
            what = format!("only for {}", line.environments.join(", "));
        }
        if line.was_reverted && line.standing == Standing::Pending {
            what.push_str(", rolled back before");
        }
        let when = match (&line.applied_at, line.duration_ms) {
            (Some(at), Some(ms)) if line.standing != Standing::Pending => {
                format!("{} {} ms", at.replace('T', " ").replace('Z', ""), ms)
            }
            (Some(at), None) => at.replace('T', " ").replace('Z', ""),
            _ => String::new(),
        };
        let owner = line.owner.as_ref().map(|o| format!(" [{o}]")).unwrap_or_default();
        let no_way_back = if line.has_down || line.repeatable { "" } else { "  no rollback" };
        let text = format!(
            "  {style}{mark}{style:#} {:id_width$}  {:name_width$}  {style}{what}{style:#}{}{when}{DIM}{owner}{no_way_back}{DIM:#}",
            shown_id(line),
            shown_name(line),
            if what.is_empty() || when.is_empty() { "" } else { "  " },
        );
        ui.human(text.trim_end());
    }
    let pending = report.count(Standing::Pending) + report.count(Standing::OutOfOrder);
    let mut parts =
        vec![format!("{} applied", report.count(Standing::Applied) + report.count(Standing::AppliedCommentsChanged))];
    if pending > 0 {
        let late = match report.count(Standing::OutOfOrder) {
            0 => String::new(),
            late => format!(" ({late} late)"),
        };
        parts.push(format!("{pending} pending{late}"));
    }
    for (standing, word) in [
        (Standing::Partial, "partial"),
        (Standing::PartlyRolledBack, "partly rolled back"),
        (Standing::Changed, "changed after it was applied"),
        (Standing::Missing, "without a file"),
    ] {
        let n = report.count(standing);
        if n > 0 {
            parts.push(format!("{n} {word}"));
        }
    }
    let current = report.current.as_deref().unwrap_or("nothing");
    ui.human(format!(
        "{environment} is at {BOLD}{current}{BOLD:#}: {} of {}.",
        parts.join(", "),
        count(report.lines.len(), "migration")
    ));
    for checkpoint in &report.checkpoints {
        let what = match checkpoint.standing {
            "past" => "behind us",
            "start" => "where this database would start",
            "stale" => "not used: it was made from other texts; squash again",
            _ if checkpoint.gone > 0 => "for empty databases; this one needs the files that are gone",
            _ => "for empty databases; this one goes on with the files",
        };
        let gone = if checkpoint.gone == 0 { String::new() } else { format!(", {} without a file", checkpoint.gone) };
        ui.human(format!(
            "checkpoint {} stands for {}{gone}: {what}.",
            checkpoint.file,
            count(checkpoint.replaces, "migration")
        ));
    }
    if let Some(problem) = &report.journal_problem {
        ui.warn(format!("{problem}; `surefoot verify` gives the whole list"));
    }
    if report.heads.len() > 1 {
        ui.warn(format!("two or more heads: {}; join them with `surefoot merge`", report.heads.join(", ")));
    }
}

fn shown_id(line: &StatusLine) -> String {
    line.id.clone()
}

/// A timestamped folder's id holds its name already.
fn shown_name(line: &StatusLine) -> &str {
    if label(&line.id, &line.name) == line.id { "" } else { &line.name }
}

fn to_json(report: &StatusReport, environment: &str, target: &str) -> Value {
    let lines: Vec<Value> = report
        .lines
        .iter()
        .map(|l| {
            json!({
                "id": l.id,
                "name": l.name,
                "owner": l.owner,
                "state": l.standing.as_str(),
                "applied_at": l.applied_at,
                "applied_by": l.applied_by,
                "duration_ms": l.duration_ms,
                "parts_done": l.parts.map(|p| p.0),
                "parts": l.parts.map(|p| p.1),
                "rolled_back_before": l.was_reverted,
                "has_rollback": l.has_down,
                "repeatable": l.repeatable,
                "file": l.file,
            })
        })
        .collect();
    json!({
        "command": "status",
        "environment": environment,
        "target": target,
        "current": report.current,
        "applied": report.count(Standing::Applied) + report.count(Standing::AppliedCommentsChanged),
        "pending": report.count(Standing::Pending) + report.count(Standing::OutOfOrder),
        "heads": report.heads,
        "journal_problem": report.journal_problem,
        "checkpoints": report.checkpoints.iter().map(|c| json!({
            "id": c.id, "file": c.file, "replaces": c.replaces, "without_file": c.gone, "standing": c.standing,
        })).collect::<Vec<_>>(),
        "migrations": lines,
    })
}

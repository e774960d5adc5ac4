//! `surefoot verify`.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use surefoot::{FileFinding, VerifyReport, verify};

use crate::commands::{headline, open, open_target};
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::ui::{DIM, GREEN, RED, Ui, YELLOW, count};

pub(crate) async fn run(context: &Context, ui: &Ui) -> Result<Code, Failure> {
    let opened = open(context, ui)?;
    headline(ui, &opened.project, &opened.spec);
    let report = if opened.spec.exists() {
        let target = open_target(ui, opened.spec).await?;
        let report = verify(&opened.project, &context.invocation, &opened.set, &target).await;
        target.close().await?;
        report?
    } else {
        VerifyReport::default()
    };
    if ui.is_human() {
        print(ui, &report);
    } else {
        ui.json(&to_json(&report));
    }
    Ok(if report.has_findings() { Code::Something } else { Code::Done })
}

fn print(ui: &Ui, report: &VerifyReport) {
    let Some(chain) = &report.chain else {
        ui.human("Nothing to verify: the target has no journal.");
        return;
    };
    if chain.findings.is_empty() {
        let head: String = chain.head.chars().take(16).collect();
        ui.human(format!(
            "  {GREEN}✓{GREEN:#} the journal's chain is whole: {}, head {head}",
            count(usize::try_from(chain.events).unwrap_or(0), "event")
        ));
    }
    for finding in &chain.findings {
        ui.human(format!("  {RED}✗{RED:#} journal: {}", finding.what));
    }
    if report.squashed > 0 {
        ui.human(format!(
            "  {DIM}-{DIM:#} a checkpoint stands for {}, whose files are gone",
            count(report.squashed, "migration")
        ));
    }
    for file in &report.files {
        let (style, mark, what) = match file.finding {
            FileFinding::CommentsOnly => (YELLOW, "~", "differs in comments or white space only"),
            FileFinding::Statements => (RED, "✗", "was changed after it was applied"),
            FileFinding::Missing => (RED, "✗", "is gone"),
        };
        ui.human(format!("  {style}{mark}{style:#} {} {}: {} {what}", file.id, file.role, file.path));
        for line in file.diff.lines().take(60) {
            let style = match line.as_bytes().first() {
                Some(b'+') => GREEN,
                Some(b'-') => RED,
                _ => DIM,
            };
            ui.human(format!("      {style}{line}{style:#}"));
        }
    }
    if report.files.is_empty() {
        ui.human(format!(
            "  {GREEN}✓{GREEN:#} the files of {} are as they were applied",
            count(report.same, "migration")
        ));
    } else {
        let ids: BTreeSet<&str> = report.files.iter().map(|f| f.id.as_str()).collect();
        ui.human(format!(
            "{} of {} with another text or gone, {} as applied. {DIM}Restore: surefoot recover; accept: surefoot resolve --checksum ID --reason ...{DIM:#}",
            count(report.files.len(), "file"),
            count(ids.len(), "migration"),
            count(report.same, "migration")
        ));
    }
}

fn to_json(report: &VerifyReport) -> Value {
    let findings: Vec<Value> =
        report.chain.iter().flat_map(|c| &c.findings).map(|f| json!({ "event": f.seq, "what": f.what })).collect();
    let files: Vec<Value> = report
        .files
        .iter()
        .map(|f| {
            let finding = match f.finding {
                FileFinding::CommentsOnly => "comments only",
                FileFinding::Statements => "changed",
                FileFinding::Missing => "missing",
            };
            json!({ "id": f.id, "role": f.role, "file": f.path, "finding": finding, "diff": f.diff })
        })
        .collect();
    json!({
        "command": "verify",
        "ok": !report.has_findings(),
        "events": report.chain.as_ref().map(|c| c.events),
        "head": report.chain.as_ref().map(|c| c.head.clone()),
        "journal_findings": findings,
        "files": files,
        "unchanged": report.same,
        "squashed": report.squashed,
    })
}

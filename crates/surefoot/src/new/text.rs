//! What is in a new migration.

use surefoot_source::{Migration, MigrationSet};

use crate::new::NewReport;
use crate::new::name::one_line;
use crate::new::style::{Files, Written, split, written_date};

/// The header of the clinical-trial document.
pub(super) struct HeaderText<'a> {
    pub(super) number: &'a str,
    pub(super) title: &'a str,
    pub(super) ticket: Option<&'a str>,
    pub(super) author: Option<&'a str>,
    pub(super) now: &'a str,
    pub(super) before: Option<&'a Migration>,
}

const RULE: &str = "-- =====================================================";

impl HeaderText<'_> {
    pub(super) fn up(&self, transaction: bool, sql: Option<&str>) -> String {
        let field = |key: &str, value: Option<&str>| match value.map(one_line).filter(|v| !v.is_empty()) {
            Some(value) => format!("-- {key}: {value}\n"),
            None => format!("-- {key}:\n"),
        };
        let dependencies = match self.before {
            Some(m) => {
                let number = m.number.as_ref().map_or_else(|| m.id.clone(), |_| Written::of(m).number);
                format!("Requires migration {number} ({}).", one_line(&m.title).replace(['(', ')'], ""))
            }
            None => "None.".to_owned(),
        };
        let mut text = format!("{RULE}\n-- Migration: {} - {}\n", self.number, self.title);
        text.push_str(&field("Ticket", self.ticket));
        text.push_str(&field("Author", self.author));
        text.push_str(&field("Date", Some(&written_date("-", self.now))));
        text.push_str(&format!("{RULE}\n\n-- Purpose:\n-- {}.\n\n", self.title.trim_end_matches('.')));
        text.push_str(&format!("-- Dependencies:\n-- {dependencies}\n\n"));
        match (sql, transaction) {
            (Some(sql), true) => text.push_str(&format!("BEGIN;\n\n{sql}\nCOMMIT;\n")),
            (Some(sql), false) => text.push_str(sql),
            (None, true) => text.push_str("BEGIN;\n\n\n\nCOMMIT;\n"),
            (None, false) => {}
        }
        text
    }

    /// A rollback that is empty would leave the change in place and say it is undone; this one refuses.
    pub(super) fn down(&self, stem: &str, transaction: bool, sql: Option<&str>) -> String {
        if let Some(sql) = sql {
            let body = if transaction { format!("BEGIN;\n\n{sql}\nCOMMIT;\n") } else { sql.to_owned() };
            return format!("{RULE}\n-- Rollback: {} - {}\n{RULE}\n\n{body}", self.number, self.title);
        }
        let refusal = format!(
            "-- Write the rollback in place of this statement, which refuses so that nothing passes for undone.\n\
             DO $$ BEGIN\n    RAISE EXCEPTION 'the rollback of {} is not written yet';\nEND $$;\n",
            stem.replace('\'', "''").replace('%', "%%").replace('$', "")
        );
        let body = if transaction { format!("BEGIN;\n\n{refusal}\nCOMMIT;\n") } else { refusal };
        format!("{RULE}\n-- Rollback: {} - {}\n{RULE}\n\n{body}", self.number, self.title)
    }
}

/// The lines for the team's list of migrations.
pub(super) fn list_entry(
    set: &MigrationSet,
    files: &Files,
    title: &str,
    report: &NewReport,
    rollback: bool,
) -> Option<(String, String)> {
    let list = set.configs.iter().find(|c| {
        let folder = split(&c.path).0;
        !c.migrations.is_empty() && (folder.is_empty() || files.up.starts_with(&format!("{folder}/")))
    })?;
    let file = files.up.strip_prefix(split(&list.path).0).unwrap_or(&files.up).trim_start_matches('/');
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let after: Vec<String> = report.after.iter().map(|id| quoted(id)).collect();
    let text = format!(
        "  - version: {}\n    filename: {}\n    description: {}\n    dependencies: [{}]\n    rollback_supported: {rollback}\n",
        quoted(&report.id),
        quoted(file),
        quoted(title),
        after.join(", ")
    );
    Some((list.path.clone(), text))
}

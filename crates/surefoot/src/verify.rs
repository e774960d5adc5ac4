//! `verify`: the journal's chain, and the files against what was applied.

use similar::TextDiff;
use surefoot_journal::{ChainReport, State};
use surefoot_source::{MigrationSet, sha256_hex};

use crate::recover::included_files;
use crate::state::History;
use crate::target::Target;
use crate::up::{same_statements, unchanged_statements};
use crate::{Invocation, Project, Result};

/// How a file differs from what was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileFinding {
    /// Comments, white space or line ends.
    CommentsOnly,
    /// Statements.
    Statements,
    /// It is gone.
    Missing,
}

/// A file that differs.
#[derive(Debug, Clone)]
pub struct FileReport {
    /// Migration id.
    pub id: String,
    /// `migration`, `rollback`, `check` or `included`.
    pub role: &'static str,
    /// Path.
    pub path: String,
    /// How.
    pub finding: FileFinding,
    /// Unified diff from what was applied to what is there; empty when the journal has no text.
    pub diff: String,
}

/// Result of `verify`.
#[derive(Debug, Default)]
pub struct VerifyReport {
    /// The chain; `None` when the target has no journal.
    pub chain: Option<ChainReport>,
    /// Applied migrations whose files are the same.
    pub same: usize,
    /// Applied migrations whose files are gone, and for which a checkpoint stands.
    pub squashed: usize,
    /// Files that differ.
    pub files: Vec<FileReport>,
}

impl VerifyReport {
    /// Whether anything is wrong; a change of comments is not.
    pub fn has_findings(&self) -> bool {
        self.chain.as_ref().is_some_and(|c| !c.findings.is_empty())
            || self.files.iter().any(|f| f.finding != FileFinding::CommentsOnly)
    }
}

/// Checks a target's journal and the project's files. Reads only.
///
/// # Errors
/// When the journal cannot be read at all.
pub async fn verify(
    project: &Project,
    invocation: &Invocation,
    set: &MigrationSet,
    target: &Target,
) -> Result<VerifyReport> {
    let session = target.look().await?;
    let history = History::read(project, set, &target.spec.environment, Some(&session)).await?;
    let mut report = VerifyReport::default();
    let Some(journal) = &history.journal else {
        session.close().await;
        return Ok(report);
    };
    report.chain = Some(journal.verify(&session).await?);
    let comments = unchanged_statements(project, invocation, set, &history);
    let included = included_files(journal, &session).await?;
    for row in history.recorded.iter().filter(|r| r.state != State::Reverted) {
        let migration = set.get(&row.id);
        if migration.is_some_and(|m| m.squashed) {
            report.squashed += 1;
            continue;
        }
        let mut differs = false;
        let files = [
            ("migration", Some((&row.up_file, &row.up_sha256)), migration.map(|m| &m.up)),
            ("rollback", row.down_file.as_ref().zip(row.down_sha256.as_ref()), migration.and_then(|m| m.down.as_ref())),
            (
                "check",
                row.verify_file.as_ref().zip(row.verify_sha256.as_ref()),
                migration.and_then(|m| m.verify.as_ref()),
            ),
        ];
        for (role, recorded, now) in files {
            let Some((path, sha256)) = recorded else { continue };
            let finding = match now {
                None => FileFinding::Missing,
                Some(now) if now.sha256 == *sha256 => continue,
                Some(_) if role == "migration" && comments.contains(&row.id) => FileFinding::CommentsOnly,
                Some(_) => FileFinding::Statements,
            };
            differs = true;
            let old = journal.file(&session, sha256).await?;
            let new = match now {
                Some(now) => project.read_text(&now.path).ok(),
                None => None,
            };
            let diff = diff(old.as_deref(), new.as_deref(), path, now.map_or(path.as_str(), |n| n.path.as_str()));
            report.files.push(FileReport {
                id: row.id.clone(),
                role,
                path: now.map_or_else(|| path.clone(), |n| n.path.clone()),
                finding,
                diff,
            });
        }
        for (path, sha256) in included.get(&row.id).into_iter().flatten() {
            let new = project.read_text(path).ok();
            let finding = match &new {
                None => FileFinding::Missing,
                Some(text) if sha256_hex(text.as_bytes()) == *sha256 => continue,
                Some(_) if migration.is_some_and(|m| same_statements(project, invocation, m, row)) => {
                    FileFinding::CommentsOnly
                }
                Some(_) => FileFinding::Statements,
            };
            differs = true;
            let old = journal.file(&session, sha256).await?;
            let diff = diff(old.as_deref(), new.as_deref(), path, path);
            report.files.push(FileReport { id: row.id.clone(), role: "included", path: path.clone(), finding, diff });
        }
        report.same += usize::from(!differs);
    }
    session.close().await;
    Ok(report)
}

/// A unified diff, empty when one side has no text.
fn diff(old: Option<&str>, new: Option<&str>, was: &str, is: &str) -> String {
    let (Some(old), Some(new)) = (old, new) else { return String::new() };
    TextDiff::from_lines(old, new).unified_diff().header(&format!("{was} (as applied)"), is).to_string()
}

//! `status`: what is applied and what is pending.

use surefoot_journal::{Journal, State};
use surefoot_pg::Session;
use surefoot_source::{Graph, MigrationSet};

use crate::Result;
use crate::state::History;

/// How one migration stands in a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Applied whole.
    Applied,
    /// Applied; the file differs in comments or white space only.
    AppliedCommentsChanged,
    /// Applied; the file was changed since.
    Changed,
    /// Applied; the file is gone.
    Missing,
    /// Some parts are committed.
    Partial,
    /// Its rollback is committed in part.
    PartlyRolledBack,
    /// To be applied.
    Pending,
    /// To be applied, though one after it is applied.
    OutOfOrder,
    /// Not for this environment.
    Elsewhere,
}

impl Standing {
    /// The stable word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::AppliedCommentsChanged => "applied, comments changed",
            Self::Changed => "changed",
            Self::Missing => "missing",
            Self::Partial => "partial",
            Self::PartlyRolledBack => "partly rolled back",
            Self::Pending => "pending",
            Self::OutOfOrder => "out of order",
            Self::Elsewhere => "not for this environment",
        }
    }

    /// Whether someone has to act.
    pub fn needs_action(self) -> bool {
        !matches!(self, Self::Applied | Self::AppliedCommentsChanged | Self::Elsewhere)
    }
}

/// One line of a status.
#[derive(Debug, Clone)]
pub struct StatusLine {
    /// Migration id.
    pub id: String,
    /// Description.
    pub name: String,
    /// Team.
    pub owner: Option<String>,
    /// How it stands.
    pub standing: Standing,
    /// Was applied once and rolled back.
    pub was_reverted: bool,
    /// Parts done and in all, when it is partial.
    pub parts: Option<(usize, usize)>,
    /// Server time, RFC 3339 in UTC.
    pub applied_at: Option<String>,
    /// Database role.
    pub applied_by: Option<String>,
    /// Milliseconds its statements took.
    pub duration_ms: Option<u64>,
    /// Whether it has a rollback.
    pub has_down: bool,
    /// `R__` file.
    pub repeatable: bool,
    /// File of the migration.
    pub file: String,
    /// Environments it is for, when not for this one.
    pub environments: Vec<String>,
}

/// A status.
#[derive(Debug, Clone, Default)]
pub struct StatusReport {
    /// In order.
    pub lines: Vec<StatusLine>,
    /// Ids of the heads, when there are several.
    pub heads: Vec<String>,
    /// Newest applied migration.
    pub current: Option<String>,
    /// What a look at the journal found wrong with it.
    pub journal_problem: Option<String>,
    /// Checkpoints, the one that stands for most last.
    pub checkpoints: Vec<CheckpointLine>,
}

/// A checkpoint and what it is to a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointLine {
    /// The last migration it stands for.
    pub id: String,
    /// Its file.
    pub file: String,
    /// How many migrations it stands for.
    pub replaces: usize,
    /// How many of them have no file any more.
    pub gone: usize,
    /// `start`: this target would begin with it; `past`: all it stands for is applied; `behind`: only some is;
    /// `stale`: it was made from other texts.
    pub standing: &'static str,
}

fn checkpoint_lines(set: &MigrationSet, history: &History) -> Vec<CheckpointLine> {
    let state = |id: &str| history.recorded(id).map(|r| r.state).filter(|s| *s != State::Reverted);
    let lines = set.checkpoints.iter().map(|checkpoint| {
        let ids = || checkpoint.replaces.iter().map(|r| r.id.as_str());
        let standing = if ids().all(|id| state(id) == Some(State::Applied)) {
            "past"
        } else if !checkpoint.stale.is_empty() {
            "stale"
        } else if history.recorded.iter().all(|r| r.repeatable || r.state == State::Reverted) {
            "start"
        } else {
            "behind"
        };
        CheckpointLine {
            id: checkpoint.id.clone(),
            file: checkpoint.file.path.clone(),
            replaces: checkpoint.replaces.len(),
            gone: ids().filter(|id| set.get(id).is_some_and(|m| m.squashed)).count(),
            standing,
        }
    });
    lines.collect()
}

impl StatusReport {
    /// How many lines stand so.
    pub fn count(&self, standing: Standing) -> usize {
        self.lines.iter().filter(|l| l.standing == standing).count()
    }

    /// Whether anything is pending or wrong.
    pub fn needs_action(&self) -> bool {
        self.journal_problem.is_some() || self.heads.len() > 1 || self.lines.iter().any(|l| l.standing.needs_action())
    }
}

/// Looks at the newest events of a journal and at its states: what is wrong, if anything. A role that may not read the
/// events finds nothing.
///
/// # Errors
/// When the session fails.
pub async fn journal_problem(journal: &Journal, session: &Session) -> Result<Option<String>> {
    let finding = match journal.glance(session).await {
        Ok(finding) => finding,
        Err(surefoot_journal::Error::Pg(e)) if e.class() == surefoot_pg::ErrorClass::Privilege => None,
        Err(e) => return Err(e.into()),
    };
    Ok(finding.map(|finding| crate::up::altered(journal, finding).to_string()))
}

/// Compares a set with a history. `comment_only` names changed files whose statements are the same.
pub fn status(set: &MigrationSet, history: &History, comment_only: &[String]) -> StatusReport {
    let rows = history.by_id();
    let c = &history.comparison;
    let late: std::collections::HashSet<&str> = c.out_of_order.iter().map(|o| o.id.as_str()).collect();
    let changed: std::collections::HashSet<&str> = c.changed.iter().map(|x| x.id.as_str()).collect();
    let elsewhere: std::collections::HashSet<&str> = history.elsewhere.iter().map(|(id, _)| id.as_str()).collect();
    let mut lines = Vec::with_capacity(set.len());
    for m in set.migrations() {
        let row = rows.get(m.id.as_str()).copied();
        let repeat_again = m.repeatable && c.repeatable_pending.contains(&m.id);
        let standing = match row.map(|r| r.state) {
            Some(State::Applying) => Standing::Partial,
            Some(State::Reverting) => Standing::PartlyRolledBack,
            Some(State::Applied) if repeat_again => Standing::Pending,
            Some(State::Applied) if changed.contains(m.id.as_str()) => {
                if comment_only.contains(&m.id) {
                    Standing::AppliedCommentsChanged
                } else {
                    Standing::Changed
                }
            }
            Some(State::Applied) => Standing::Applied,
            Some(State::Reverted) | None if elsewhere.contains(m.id.as_str()) => Standing::Elsewhere,
            Some(State::Reverted) | None if late.contains(m.id.as_str()) => Standing::OutOfOrder,
            Some(State::Reverted) | None => Standing::Pending,
        };
        let half = matches!(standing, Standing::Partial | Standing::PartlyRolledBack);
        lines.push(StatusLine {
            id: m.id.clone(),
            name: m.name.clone(),
            owner: m.owner.clone(),
            standing,
            was_reverted: row.is_some_and(|r| r.state == State::Reverted && r.applied_at.is_some()),
            parts: row.filter(|_| half).map(|r| (r.units_done, r.units_total)),
            applied_at: row.filter(|r| r.state == State::Applied).and_then(|r| r.applied_at.clone()),
            applied_by: row.filter(|r| r.state == State::Applied).and_then(|r| r.applied_by.clone()),
            duration_ms: row.filter(|r| r.state == State::Applied).and_then(|r| r.duration_ms),
            has_down: m.down.is_some() && m.rollback_supported != Some(false),
            repeatable: m.repeatable,
            file: m.up.path.clone(),
            environments: m.directives.environments.clone(),
        });
    }
    for missing in &c.missing {
        let row = rows.get(missing.applied.id.as_str()).copied();
        let line = StatusLine {
            id: missing.applied.id.clone(),
            name: missing.applied.name.clone(),
            owner: row.and_then(|r| r.owner.clone()),
            standing: Standing::Missing,
            was_reverted: false,
            parts: None,
            applied_at: row.and_then(|r| r.applied_at.clone()),
            applied_by: row.and_then(|r| r.applied_by.clone()),
            duration_ms: row.and_then(|r| r.duration_ms),
            has_down: row.is_some_and(|r| r.down_sha256.is_some()),
            repeatable: row.is_some_and(|r| r.repeatable),
            file: row.map_or_else(String::new, |r| r.up_file.clone()),
            environments: Vec::new(),
        };
        // Where it was when it was applied.
        let at = row.map_or(usize::MAX, |r| usize::try_from(r.position).unwrap_or(usize::MAX)).min(lines.len());
        lines.insert(at, line);
    }
    let graph = Graph::of(set);
    let heads: Vec<String> = graph.heads().into_iter().map(str::to_owned).collect();
    StatusReport {
        lines,
        heads: if heads.len() > 1 { heads } else { Vec::new() },
        current: history.current(set).map(|r| r.id.clone()),
        journal_problem: None,
        checkpoints: checkpoint_lines(set, history),
    }
}

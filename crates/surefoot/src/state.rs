//! What is on disk against what is in a target.

use std::collections::{HashMap, HashSet};

use surefoot_journal::{EventKind, Journal, Recorded, State};
use surefoot_pg::{Session, ident, literal};
use surefoot_source::{AppliedRef, AppliedState, Changed, Graph, Migration, MigrationSet, Reconciliation, reconcile};

use crate::{Error, Project, Result};

/// A target's history beside the project's.
#[derive(Debug)]
pub struct History {
    /// The journal, when the target has one.
    pub journal: Option<Journal>,
    /// What the target knows, in order.
    pub recorded: Vec<Recorded>,
    /// The comparison.
    pub comparison: Reconciliation,
    /// Migrations that this environment leaves out, with the environments they are for.
    pub elsewhere: Vec<(String, Vec<String>)>,
}

impl History {
    /// Reads the journal and compares. Never writes.
    ///
    /// # Errors
    /// When the journal cannot be read, is altered, or is another project's.
    pub async fn read(
        project: &Project,
        set: &MigrationSet,
        environment: &str,
        session: Option<&Session>,
    ) -> Result<Self> {
        let journal = match session {
            Some(session) => Journal::open(session, project.journal_schema(), Some(&project.name)).await?,
            None => None,
        };
        let recorded = match (&journal, session) {
            (Some(journal), Some(session)) => journal.migrations(session).await?,
            _ => Vec::new(),
        };
        let mut history = Self::compare(set, environment, journal, recorded);
        if let Some(session) = session {
            history.add_changed_includes(set, session).await?;
            history.add_repeatables_before_a_rollback(set, session).await?;
        }
        Ok(history)
    }

    /// Adds the repeatable migrations that ran before something was rolled back: what they made may have gone with it
    /// (`DROP TABLE ... CASCADE` takes the views), although their text is the same.
    async fn add_repeatables_before_a_rollback(&mut self, set: &MigrationSet, session: &Session) -> Result<()> {
        let Some(journal) = &self.journal else { return Ok(()) };
        let settled: Vec<&Recorded> = self
            .recorded
            .iter()
            .filter(|r| r.repeatable && r.state == State::Applied && set.get(&r.id).is_some())
            .filter(|r| !self.comparison.repeatable_pending.contains(&r.id))
            .filter(|r| self.elsewhere.iter().all(|(id, _)| *id != r.id))
            .collect();
        if settled.is_empty() {
            return Ok(());
        }
        let kinds = [EventKind::Reverted, EventKind::ResolvedRolledBack].map(|kind| literal(kind.as_str()));
        let rows = session
            .rows(&format!(
                "SELECT max(seq) FROM {}.events WHERE kind IN ({})",
                ident(journal.schema()),
                kinds.join(", ")
            ))
            .await?;
        let last = rows.first().and_then(|row| row.get(0)).and_then(|seq| seq.parse::<u64>().ok());
        let again: Vec<String> =
            settled.iter().filter(|r| last.is_some_and(|last| r.event < last)).map(|r| r.id.clone()).collect();
        self.comparison.repeatable_pending.extend(again);
        Ok(())
    }

    /// Adds the applied migrations whose own file is the same, but not a file it includes: the journal has no such text.
    async fn add_changed_includes(&mut self, set: &MigrationSet, session: &Session) -> Result<()> {
        let Some(journal) = &self.journal else { return Ok(()) };
        let including: Vec<(&Migration, &Recorded)> = self
            .recorded
            .iter()
            .filter(|r| r.state == State::Applied)
            .filter_map(|r| Some((set.get(&r.id)?, r)))
            .filter(|(m, r)| !m.includes.is_empty() && m.up.sha256 == r.up_sha256)
            .collect();
        if including.is_empty() {
            return Ok(());
        }
        let wanted: Vec<String> =
            including.iter().flat_map(|(m, _)| &m.includes).map(|file| literal(&file.sha256)).collect();
        let rows = session
            .rows(&format!(
                "SELECT DISTINCT sha256 FROM {}.files WHERE sha256 IN ({})",
                ident(journal.schema()),
                wanted.join(", ")
            ))
            .await?;
        let known: HashSet<&str> = rows.iter().filter_map(|r| r.get(0)).collect();
        for (m, r) in including {
            let Some(file) = m.includes.iter().find(|file| !known.contains(file.sha256.as_str())) else { continue };
            if m.repeatable {
                if !self.comparison.repeatable_pending.contains(&m.id) {
                    self.comparison.repeatable_pending.push(m.id.clone());
                }
                continue;
            }
            self.comparison.changed.push(Changed {
                id: m.id.clone(),
                applied_sha256: r.up_sha256.clone(),
                sha256: file.sha256.clone(),
            });
        }
        Ok(())
    }

    /// Compares what was read.
    pub fn compare(set: &MigrationSet, environment: &str, journal: Option<Journal>, recorded: Vec<Recorded>) -> Self {
        let applied: Vec<AppliedRef> = recorded
            .iter()
            .map(|r| AppliedRef {
                id: r.id.clone(),
                name: r.name.clone(),
                sha256: r.up_sha256.clone(),
                state: match r.state {
                    State::Applying => AppliedState::Applying,
                    State::Applied => AppliedState::Applied,
                    State::Reverting => AppliedState::Reverting,
                    State::Reverted => AppliedState::Reverted,
                },
            })
            .collect();
        let mut comparison = reconcile(set, &applied);
        let mut elsewhere = Vec::new();
        let here = |id: &String| -> bool {
            set.get(id).is_none_or(|m| {
                m.directives.environments.is_empty() || m.directives.environments.iter().any(|e| e == environment)
            })
        };
        for id in comparison.pending.iter().chain(&comparison.repeatable_pending) {
            if !here(id)
                && let Some(m) = set.get(id)
            {
                elsewhere.push((id.clone(), m.directives.environments.clone()));
            }
        }
        comparison.pending.retain(here);
        comparison.repeatable_pending.retain(here);
        comparison.out_of_order.retain(|o| here(&o.id));
        Self { journal, recorded, comparison, elsewhere }
    }

    /// A migration's row by id.
    pub fn recorded(&self, id: &str) -> Option<&Recorded> {
        self.recorded.iter().find(|r| r.id == id)
    }

    /// Rows by id, for many look-ups.
    pub fn by_id(&self) -> HashMap<&str, &Recorded> {
        self.recorded.iter().map(|r| (r.id.as_str(), r)).collect()
    }

    /// What `up` would run, in order: unfinished ones, pending ones, repeatables.
    pub fn to_run<'s>(&self, set: &'s MigrationSet) -> Vec<&'s Migration> {
        let c = &self.comparison;
        let mut wanted: Vec<&Migration> =
            c.partial.iter().chain(&c.pending).chain(&c.repeatable_pending).filter_map(|id| set.get(id)).collect();
        wanted.sort_by_key(|m| (m.repeatable, set.position(&m.id)));
        wanted
    }

    /// Versioned migrations that are applied here, newest first, with their rows.
    pub fn applied_newest_first<'a>(&'a self, set: &MigrationSet) -> Vec<&'a Recorded> {
        let mut applied: Vec<&Recorded> = self
            .recorded
            .iter()
            .filter(|r| !r.repeatable && matches!(r.state, State::Applied | State::Reverting | State::Applying))
            .collect();
        // By the order on disk; a row without a file keeps the place it had.
        applied.sort_by_key(|r| std::cmp::Reverse((set.position(&r.id).map_or(r.position, |p| p as u64), r.event)));
        applied
    }

    /// The newest applied versioned migration.
    pub fn current<'a>(&'a self, set: &MigrationSet) -> Option<&'a Recorded> {
        self.applied_newest_first(set).into_iter().find(|r| r.state == State::Applied)
    }
}

/// What may be passed over.
#[derive(Debug, Clone, Copy, Default)]
pub struct Allow {
    /// Pending migrations that sort before an applied one.
    pub out_of_order: bool,
    /// Applied files that were changed since.
    pub changed: bool,
    /// Applied files that are gone.
    pub missing: bool,
}

/// An applied migration with the file that it came from.
pub(crate) fn with_file(history: &History, id: &str) -> String {
    history.recorded(id).map_or_else(|| id.to_owned(), |row| format!("{id} ({})", row.up_file))
}

/// Refuses what must not be passed over in silence.
///
/// # Errors
/// [`Error::Refused`] naming files, reason and the command that helps.
pub(crate) fn check_history(
    set: &MigrationSet,
    history: &History,
    allow: Allow,
    comment_only: &[String],
) -> Result<()> {
    let c = &history.comparison;
    let heads = Graph::of(set);
    let heads = heads.heads();
    if heads.len() > 1 {
        return Err(Error::Refused {
            code: "two-heads",
            message: format!(
                "the history has {} heads: {}",
                heads.len(),
                heads
                    .iter()
                    .map(|h| set.get(h).map_or((*h).to_owned(), |m| format!("{h} ({})", m.up.path)))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
            hint: format!("join them: surefoot merge {}", heads.join(" ")),
        });
    }
    if !allow.missing
        && let Some(first) = c.missing.first()
    {
        let all: Vec<&str> = c.missing.iter().map(|m| m.applied.id.as_str()).collect();
        let files: Vec<String> = all.iter().map(|id| with_file(history, id)).collect();
        let renamed = first.renamed_to.as_ref().map(|id| format!("; it has the text of {id}: was it renamed?"));
        return Err(Error::Refused {
            code: "missing-file",
            message: format!(
                "applied migrations have no file any more: {}{}",
                files.join(", "),
                renamed.unwrap_or_default()
            ),
            hint: format!("restore them: surefoot recover {}; or pass over with --allow-missing", all.join(" ")),
        });
    }
    let changed: Vec<&str> =
        c.changed.iter().map(|x| x.id.as_str()).filter(|id| !comment_only.iter().any(|c| c == id)).collect();
    if !allow.changed && !changed.is_empty() {
        let files: Vec<String> = changed
            .iter()
            .map(|id| set.get(id).map_or((*id).to_owned(), |m| format!("{id} ({})", m.up.path)))
            .collect();
        return Err(Error::Refused {
            code: "changed-file",
            message: format!("migrations were changed after they were applied: {}", files.join(", ")),
            hint: format!(
                "see what changed: surefoot verify; bring the old text back: surefoot recover --changed {}; accept the new: surefoot resolve --checksum {} --reason ...; or pass over with --allow-changed",
                changed.join(" "),
                changed[0],
            ),
        });
    }
    if !allow.out_of_order
        && let Some(first) = c.out_of_order.first()
    {
        let all: Vec<String> = c
            .out_of_order
            .iter()
            .map(|o| {
                let path = set.get(&o.id).map_or("", |m| m.up.path.as_str());
                format!("{} ({path}) comes before {}, which is applied", o.id, o.after)
            })
            .collect();
        return Err(Error::Refused {
            code: "out-of-order",
            message: format!("late migrations: {}", all.join("; ")),
            hint: format!(
                "give {} a number after {}, or run it late on purpose with --allow-out-of-order",
                first.id,
                history.current(set).map_or(first.after.as_str(), |r| r.id.as_str()),
            ),
        });
    }
    Ok(())
}

//! What is on disk against what a target has.

use std::collections::{HashMap, HashSet};

use crate::graph::Graph;
use crate::set::{Migration, MigrationSet};

/// How far a migration got in a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppliedState {
    /// Part of it is committed.
    Applying,
    /// All of it is.
    Applied,
    /// Part of its rollback is committed.
    Reverting,
    /// It was rolled back whole; it counts as not applied.
    Reverted,
}

/// A migration as a target's journal knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedRef {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The hash of the file that was applied, as lower-case hex. Empty where it is not known
    /// (a baseline, another tool's history): such a file never counts as changed.
    pub sha256: String,
    /// How far it got.
    pub state: AppliedState,
}

/// A migration that was applied and whose file is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// As the journal knows it.
    pub applied: AppliedRef,
    /// The id of a pending migration with the same text: the file was probably renamed.
    pub renamed_to: Option<String>,
}

/// A migration whose file is not what was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Its id.
    pub id: String,
    /// The hash when it was applied.
    pub applied_sha256: String,
    /// The file's hash now.
    pub sha256: String,
}

/// A pending migration that others, already applied, come after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutOfOrder {
    /// Its id.
    pub id: String,
    /// The first applied migration that comes after it.
    pub after: String,
}

/// The comparison. All lists hold ids in the order the migrations run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reconciliation {
    /// Versioned and applied whole, with a file; changed ones too.
    pub applied: Vec<String>,
    /// Versioned and not applied, or rolled back; in the order they run, out-of-order ones too.
    pub pending: Vec<String>,
    /// Begun or half rolled back: to be resumed before anything else.
    pub partial: Vec<String>,
    /// Applied, but the file is gone; in the order of the journal.
    pub missing: Vec<Missing>,
    /// Applied, but the file is another.
    pub changed: Vec<Changed>,
    /// Pending, though applied migrations depend on them, by declaration or by number.
    pub out_of_order: Vec<OutOfOrder>,
    /// Repeatable and never applied, or applied with another text.
    pub repeatable_pending: Vec<String>,
}

impl Reconciliation {
    /// Whether disk and target agree and nothing is to do.
    pub fn is_settled(&self) -> bool {
        let Self { applied: _, pending, partial, missing, changed, out_of_order, repeatable_pending } = self;
        pending.is_empty()
            && partial.is_empty()
            && missing.is_empty()
            && changed.is_empty()
            && out_of_order.is_empty()
            && repeatable_pending.is_empty()
    }
}

/// Compares a set with what a target has.
///
/// If `applied` names an id twice, the last entry counts.
pub fn reconcile(set: &MigrationSet, applied: &[AppliedRef]) -> Reconciliation {
    let by_id: HashMap<&str, &AppliedRef> = applied.iter().map(|entry| (entry.id.as_str(), entry)).collect();
    let mut out = Reconciliation::default();
    let mut standing: Vec<&Migration> = Vec::new();
    for migration in set.migrations() {
        let id = migration.id.clone();
        let entry = by_id.get(id.as_str()).copied();
        match entry.map(|entry| (entry, entry.state)) {
            Some((_, AppliedState::Applying | AppliedState::Reverting)) => {
                out.partial.push(id);
                standing.push(migration);
            }
            Some((entry, AppliedState::Applied)) => {
                // Without a file there is nothing that could have been changed.
                let same = entry.sha256.is_empty() || entry.sha256 == migration.up.sha256 || migration.squashed;
                if migration.repeatable {
                    if !same {
                        out.repeatable_pending.push(id);
                    }
                    continue;
                }
                if !same {
                    out.changed.push(Changed {
                        id: id.clone(),
                        applied_sha256: entry.sha256.clone(),
                        sha256: migration.up.sha256.clone(),
                    });
                }
                out.applied.push(id);
                standing.push(migration);
            }
            Some((_, AppliedState::Reverted)) | None => {
                if migration.repeatable {
                    out.repeatable_pending.push(id);
                } else {
                    out.pending.push(id);
                }
            }
        }
    }
    out.missing = missing(set, applied, &by_id, &out);
    out.out_of_order = out_of_order(set, &standing, &out.pending);
    out
}

fn missing(
    set: &MigrationSet,
    applied: &[AppliedRef],
    by_id: &HashMap<&str, &AppliedRef>,
    out: &Reconciliation,
) -> Vec<Missing> {
    let pending = out.pending.iter().chain(&out.repeatable_pending);
    let by_hash: HashMap<&str, &str> = pending
        .filter_map(|id| set.get(id))
        .map(|migration| (migration.up.sha256.as_str(), migration.id.as_str()))
        .collect();
    let mut told: HashSet<&str> = HashSet::new();
    applied
        .iter()
        .filter(|entry| set.get(&entry.id).is_none() && told.insert(&entry.id))
        .filter_map(|entry| by_id.get(entry.id.as_str()).copied())
        .filter(|entry| entry.state != AppliedState::Reverted)
        .map(|entry| Missing {
            applied: entry.clone(),
            renamed_to: by_hash.get(entry.sha256.as_str()).map(|id| (*id).to_owned()),
        })
        .collect()
}

/// A pending migration is late if something applied comes after it. A branch that nothing applied
/// depends on is not late, whatever its number.
fn out_of_order(set: &MigrationSet, standing: &[&Migration], pending: &[String]) -> Vec<OutOfOrder> {
    if standing.is_empty() || pending.is_empty() {
        return Vec::new();
    }
    let graph = Graph::of(set);
    // In the order they run, the first applied descendant of each node.
    let mut after: Vec<Option<usize>> = vec![None; set.len()];
    let standing: HashSet<usize> = standing.iter().filter_map(|migration| set.position(&migration.id)).collect();
    for index in (0..set.len()).rev() {
        let own = if standing.contains(&index) { Some(index) } else { after[index] };
        let Some(own) = own else { continue };
        for (parent, _) in graph.parent_positions(index) {
            let first = after[*parent].map_or(own, |earlier| earlier.min(own));
            after[*parent] = Some(first);
        }
    }
    let migrations = set.migrations();
    pending
        .iter()
        .filter_map(|id| {
            let after = after[set.position(id)?]?;
            Some(OutOfOrder { id: id.clone(), after: migrations[after].id.clone() })
        })
        .collect()
}

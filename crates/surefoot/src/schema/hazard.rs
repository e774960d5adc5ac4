//! What each step of a script does to the tables that are there: locks, rewrites, scans, losses.

use std::collections::HashSet;

use serde::Serialize;
use surefoot_catalog::Kind;
use surefoot_diff::{Action, Script, Step};
use surefoot_effects::{LockMode, Reach, effects};

/// A lock worth telling about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepLock {
    /// On what.
    pub relation: String,
    /// PostgreSQL's name of the lock: `ACCESS EXCLUSIVE`.
    pub mode: &'static str,
    /// What others cannot do meanwhile, in words.
    pub blocks: &'static str,
}

/// Something else worth telling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepHazard {
    /// Stable word: `data loss`, `rewrite`, `scan`, `not transactional`.
    pub kind: &'static str,
    /// Why.
    pub what: String,
}

/// What is to be known about one step before it runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct StepHazards {
    /// Locks on what was there before the script; weak ones, which readers and writers take too, are left out.
    pub locks: Vec<StepLock>,
    /// The rest.
    pub hazards: Vec<StepHazard>,
}

impl StepHazards {
    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.locks.is_empty() && self.hazards.is_empty()
    }
}

/// The hazards of each step of a script, on a server of this major version. What the script makes itself is not waited
/// for by anyone, and holds no rows.
#[must_use]
pub fn hazards_of(script: &Script, major: u32) -> Vec<StepHazards> {
    let mut made: HashSet<String> = HashSet::new();
    script.steps.iter().map(|step| of_step(step, major, &mut made)).collect()
}

fn of_step(step: &Step, major: u32, made: &mut HashSet<String>) -> StepHazards {
    let effects = effects(&step.sql, major);
    let mut out = StepHazards::default();
    let mut fresh = made.contains(&step.object.relation());
    let (mut touched, mut touched_made) = (0, 0);
    for lock in &effects.locks {
        let relation = lock.relation.to_string();
        let own = made.contains(&relation) && lock.reach == Reach::Itself;
        touched += usize::from(lock.reach == Reach::Itself);
        touched_made += usize::from(own);
        let understood = matches!(lock.reach, Reach::Children | Reach::Indexes);
        if own || understood || lock.mode <= LockMode::RowExclusive {
            continue;
        }
        let relation = lock.reach.describe(&relation);
        out.locks.push(StepLock { relation, mode: lock.mode.name(), blocks: lock.mode.blocks() });
    }
    fresh |= touched > 0 && touched == touched_made;
    let mut add = |kind, what: &str| out.hazards.push(StepHazard { kind, what: what.to_owned() });
    if step.alone {
        add("not transactional", "runs outside a transaction; its outcome is recorded by itself");
    }
    if let Some(loss) = &step.loss {
        add("data loss", loss);
    }
    if !fresh {
        if let Some(reason) = effects.rewrite.reason() {
            add("rewrite", reason);
        }
        if let Some(reason) = effects.scan.reason() {
            add("scan", reason);
        }
    }
    let makes = matches!(step.action, Action::Create | Action::Recreate);
    if makes && matches!(step.object.kind, Kind::Table | Kind::MaterializedView | Kind::View | Kind::Sequence) {
        made.insert(step.object.relation());
    }
    out
}

#[cfg(test)]
mod tests {
    use surefoot_catalog::Id;

    use super::*;

    fn step(kind: Kind, action: Action, name: &str, sql: &str) -> Step {
        Step { object: Id::new(kind, "public", name), action, sql: sql.into(), loss: None, alone: false }
    }

    #[test]
    fn a_table_that_was_there_is_locked_and_one_that_is_made_is_not() {
        let script = Script {
            steps: vec![
                step(Kind::Table, Action::Create, "pet", "CREATE TABLE public.pet (id int)"),
                step(Kind::Index, Action::Create, "pet_id", "CREATE INDEX pet_id ON public.pet (id)"),
                step(Kind::Index, Action::Create, "old_id", "CREATE INDEX old_id ON public.old (id)"),
                step(Kind::Column, Action::Alter, "old", "ALTER TABLE public.old ALTER COLUMN id TYPE bigint"),
            ],
        };
        let hazards = hazards_of(&script, 17);
        assert!(hazards[0].is_empty() && hazards[1].is_empty(), "{hazards:?}");
        assert_eq!(hazards[2].locks[0].blocks, "blocks writes");
        assert_eq!(hazards[2].locks[0].relation, "public.old");
        assert_eq!(hazards[3].locks[0].mode, "ACCESS EXCLUSIVE");
        assert!(hazards[3].hazards.iter().any(|h| h.kind == "rewrite"), "{hazards:?}");
    }
}

//! Triggers.

use surefoot_catalog::{Object, objects::Trigger};

use crate::change::{Change, Statement};

pub(crate) fn create(object: &Object, body: &Trigger) -> Vec<Statement> {
    let mut out = Vec::new();
    if !body.inherited {
        out.push(body.definition.clone().into());
    }
    if body.enabled != 'O' || body.inherited {
        out.push(state(object, body));
    }
    out
}

/// `CREATE OR REPLACE TRIGGER` came with version 14 and not for constraint triggers, and an object that depends on a
/// trigger is rare: it is made again.
pub(crate) fn alter(object: &Object, old: &Trigger, new: &Trigger) -> Change {
    if old.definition != new.definition || old.inherited != new.inherited {
        return Change::Replace;
    }
    if old.enabled == new.enabled { Change::Same } else { Change::of(vec![state(object, new)]) }
}

fn state(object: &Object, body: &Trigger) -> Statement {
    let verb = match body.enabled {
        'D' => "DISABLE",
        'R' => "ENABLE REPLICA",
        'A' => "ENABLE ALWAYS",
        _ => "ENABLE",
    };
    // Without ONLY the partitions' copies would follow.
    format!("ALTER TABLE ONLY {} {verb} TRIGGER {}", object.id.relation(), object.id.part_name()).into()
}

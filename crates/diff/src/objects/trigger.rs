//! Triggers.

use surefoot_catalog::{Body, Kind, Object, objects::Trigger};

use crate::change::{Change, Context, Statement};

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

/// A partition's copy cannot be dropped: it gets the state of the partitioned table's.
pub(crate) fn drop(cx: Context<'_>, object: &Object, body: &Trigger) -> Vec<Statement> {
    if !body.inherited {
        return vec![format!("DROP TRIGGER {}", object.id.reference()).into()];
    }
    let parent = match cx.to.get(&object.id.with_kind_only(Kind::Partition)).map(|o| &o.body) {
        Some(Body::Partition(partition)) => cx.to.get(&partition.parent.part(Kind::Trigger, &object.id.sub)),
        _ => return Vec::new(),
    };
    match parent.map(|o| &o.body) {
        Some(Body::Trigger(parent)) => vec![with_state(object, parent.enabled)],
        _ => Vec::new(),
    }
}

fn state(object: &Object, body: &Trigger) -> Statement {
    with_state(object, body.enabled)
}

fn with_state(object: &Object, enabled: char) -> Statement {
    let verb = match enabled {
        'D' => "DISABLE",
        'R' => "ENABLE REPLICA",
        'A' => "ENABLE ALWAYS",
        _ => "ENABLE",
    };
    // Without ONLY the partitions' copies would follow.
    format!("ALTER TABLE ONLY {} {verb} TRIGGER {}", object.id.relation(), object.id.part_name()).into()
}

//! Rules.

use surefoot_catalog::{Object, objects::Rule};

use crate::change::{Change, Statement};

pub(crate) fn create(object: &Object, body: &Rule) -> Vec<Statement> {
    let mut out = vec![body.definition.trim_end_matches(';').to_owned().into()];
    if body.enabled != 'O' {
        out.push(state(object, body));
    }
    out
}

pub(crate) fn alter(object: &Object, old: &Rule, new: &Rule) -> Change {
    let mut out: Vec<Statement> = Vec::new();
    if old.definition != new.definition {
        let definition = new.definition.trim_end_matches(';');
        out.push(definition.replacen("CREATE RULE", "CREATE OR REPLACE RULE", 1).into());
    }
    if old.enabled != new.enabled {
        out.push(state(object, new));
    }
    Change::of(out)
}

fn state(object: &Object, body: &Rule) -> Statement {
    let verb = match body.enabled {
        'D' => "DISABLE",
        'R' => "ENABLE REPLICA",
        'A' => "ENABLE ALWAYS",
        _ => "ENABLE",
    };
    format!("ALTER TABLE {} {verb} RULE {}", object.id.relation(), object.id.part_name()).into()
}

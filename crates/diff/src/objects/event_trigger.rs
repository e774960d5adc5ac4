//! Event triggers.

use surefoot_catalog::Object;
use surefoot_catalog::objects::EventTrigger;

use crate::change::{Change, Statement};
use crate::common::literal_or_null;

pub(crate) fn create(object: &Object, body: &EventTrigger) -> Vec<Statement> {
    let name = object.id.relation();
    let tags: Vec<String> = body.tags.iter().map(|tag| literal_or_null(Some(tag))).collect();
    let when = if tags.is_empty() { String::new() } else { format!("\n    WHEN TAG IN ({})", tags.join(", ")) };
    let mut out: Vec<Statement> = vec![
        format!("CREATE EVENT TRIGGER {name} ON {}{when}\n    EXECUTE FUNCTION {}()", body.event, body.function).into(),
    ];
    if body.enabled != 'O' {
        out.push(enable(object, body.enabled));
    }
    out
}

fn enable(object: &Object, state: char) -> Statement {
    let verb = match state {
        'D' => "DISABLE",
        'R' => "ENABLE REPLICA",
        'A' => "ENABLE ALWAYS",
        _ => "ENABLE",
    };
    format!("ALTER EVENT TRIGGER {} {verb}", object.id.relation()).into()
}

pub(crate) fn alter(object: &Object, old: &EventTrigger, new: &EventTrigger) -> Change {
    if old == new {
        return Change::Same;
    }
    if (&old.event, &old.tags, &old.function) != (&new.event, &new.tags, &new.function) {
        return Change::Replace;
    }
    Change::of(vec![enable(object, new.enabled)])
}

//! Aggregates.

use surefoot_catalog::Object;
use surefoot_catalog::objects::Aggregate;

use crate::change::{Change, Statement};

pub(crate) fn create(object: &Object, body: &Aggregate) -> Vec<Statement> {
    vec![sql(object, body, "CREATE").into()]
}

fn sql(object: &Object, body: &Aggregate, verb: &str) -> String {
    let lines: Vec<String> = body.attributes.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    format!("{verb} AGGREGATE {}({}) (\n    {}\n)", object.id.relation(), body.arguments, lines.join(",\n    "))
}

/// `CREATE OR REPLACE` keeps the parameters, the result and the sort of aggregate.
pub(crate) fn alter(object: &Object, old: &Aggregate, new: &Aggregate) -> Change {
    if old == new {
        return Change::Same;
    }
    if old.arguments != new.arguments || old.result != new.result || old.sort != new.sort {
        return Change::Replace;
    }
    Change::one(sql(object, new, "CREATE OR REPLACE"))
}

//! Extended statistics.

use surefoot_catalog::Object;
use surefoot_catalog::objects::Statistics;

use crate::change::{Change, Statement};

pub(crate) fn create(object: &Object, body: &Statistics) -> Vec<Statement> {
    let mut out: Vec<Statement> = vec![body.definition.clone().into()];
    out.extend(body.target.map(|target| set_target(object, target)));
    out
}

fn set_target(object: &Object, target: i32) -> Statement {
    format!("ALTER STATISTICS {} SET STATISTICS {target}", object.id.relation()).into()
}

pub(crate) fn alter(object: &Object, old: &Statistics, new: &Statistics) -> Change {
    if old.definition != new.definition {
        return Change::Replace;
    }
    if old.target == new.target {
        return Change::Same;
    }
    Change::of(vec![set_target(object, new.target.unwrap_or(-1))])
}

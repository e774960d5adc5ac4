//! Procedural languages, access methods, casts and transforms.

use surefoot_catalog::Object;
use surefoot_catalog::objects::{AccessMethod, Cast, Language, Transform};

use crate::change::{Change, Statement};

pub(crate) fn create(object: &Object, body: &Language) -> Vec<Statement> {
    vec![sql(object, body, "CREATE").into()]
}

fn sql(object: &Object, body: &Language, verb: &str) -> String {
    let trusted = if body.trusted { "TRUSTED " } else { "" };
    let mut sql = format!("{verb} {trusted}LANGUAGE {}", object.id.relation());
    for (word, function) in [("HANDLER", &body.handler), ("INLINE", &body.inline), ("VALIDATOR", &body.validator)] {
        if let Some(function) = function {
            sql.push_str(&format!(" {word} {function}"));
        }
    }
    sql
}

pub(crate) fn alter(object: &Object, old: &Language, new: &Language) -> Change {
    if old == new { Change::Same } else { Change::one(sql(object, new, "CREATE OR REPLACE")) }
}

pub(crate) fn create_access_method(object: &Object, body: &AccessMethod) -> Vec<Statement> {
    let name = object.id.relation();
    vec![format!("CREATE ACCESS METHOD {name} TYPE {} HANDLER {}", body.sort, body.handler).into()]
}

pub(crate) fn create_cast(object: &Object, body: &Cast) -> Vec<Statement> {
    let context = body.context.as_ref().map(|c| format!(" {c}")).unwrap_or_default();
    vec![format!("CREATE CAST {} {}{context}", object.id.reference(), body.method).into()]
}

pub(crate) fn create_transform(object: &Object, body: &Transform) -> Vec<Statement> {
    vec![transform(object, body, "CREATE").into()]
}

fn transform(object: &Object, body: &Transform, verb: &str) -> String {
    let from = body.from_sql.as_ref().map(|f| format!("FROM SQL WITH FUNCTION {f}"));
    let to = body.to_sql.as_ref().map(|f| format!("TO SQL WITH FUNCTION {f}"));
    let ways: Vec<String> = from.into_iter().chain(to).collect();
    format!("{verb} TRANSFORM {} ({})", object.id.reference(), ways.join(", "))
}

pub(crate) fn alter_transform(object: &Object, old: &Transform, new: &Transform) -> Change {
    if old == new { Change::Same } else { Change::one(transform(object, new, "CREATE OR REPLACE")) }
}

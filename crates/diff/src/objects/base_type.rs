//! Base types, and ranges that are made like them. Their functions need the type and the type needs them: first comes a shell, then the functions, then
//! the type itself (see `planner::edges`).

use std::collections::BTreeMap;

use surefoot_catalog::objects::BaseType;
use surefoot_catalog::{Body, Object};

use crate::change::{Change, Statement};
use crate::common::attributes;
use crate::objects::types;

pub(crate) fn create_shell(object: &Object) -> Vec<Statement> {
    vec![format!("CREATE TYPE {}", object.id.relation()).into()]
}

/// Whether the type is a shell first: a base type for its functions, a range for the one that gives its canonical form.
pub(crate) fn has_shell(body: &Body) -> bool {
    match body {
        Body::BaseType(body) => !body.attributes.is_empty(),
        Body::Range(range) => range.canonical.is_some(),
        _ => false,
    }
}

/// The same of an object that may not be there.
pub(crate) fn has_shell_of(object: Option<&Object>) -> bool {
    object.is_some_and(|object| has_shell(&object.body))
}

/// What follows when the functions are there; nothing for what stays a shell.
pub(crate) fn define(object: &Object) -> Vec<Statement> {
    match &object.body {
        Body::BaseType(body) => {
            vec![format!("CREATE TYPE {} ({})", object.id.relation(), attributes(&body.attributes)).into()]
        }
        Body::Range(range) => types::create_range(object, range),
        _ => Vec::new(),
    }
}

/// Its functions go with it: neither can be dropped without the other.
pub(crate) fn drop(object: &Object) -> Vec<Statement> {
    let cascade = if has_shell(&object.body) { " CASCADE" } else { "" };
    vec![format!("DROP TYPE {}{cascade}", object.id.relation()).into()]
}

/// What `ALTER TYPE ... SET` takes (PostgreSQL manual, reference page of ALTER TYPE).
const SETTABLE: &[&str] = &["receive", "send", "typmod_in", "typmod_out", "analyze", "subscript", "storage"];

pub(crate) fn alter(object: &Object, old: &BaseType, new: &BaseType) -> Change {
    let (a, b) = (&old.attributes, &new.attributes);
    let names = a.keys().chain(b.keys().filter(|name| !a.contains_key(*name)));
    let changed: Vec<&String> = names.filter(|name| a.get(*name) != b.get(*name)).collect();
    let to_plain = b.get("storage").is_some_and(|s| s == "plain") && a.get("storage") != b.get("storage");
    if a.is_empty() != b.is_empty() || to_plain || changed.iter().any(|name| !SETTABLE.contains(&name.as_str())) {
        return Change::Replace;
    }
    if changed.is_empty() {
        return Change::Same;
    }
    let value = |name: &String| b.get(name).cloned().unwrap_or_else(|| "NONE".into());
    let set: BTreeMap<String, String> = changed.into_iter().map(|name| (name.clone(), value(name))).collect();
    Change::one(format!("ALTER TYPE {} SET ({})", object.id.relation(), attributes(&set)))
}

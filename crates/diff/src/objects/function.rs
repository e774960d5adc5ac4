//! Functions and procedures.

use surefoot_catalog::objects::Function;

use crate::change::{Change, Statement};

pub(crate) fn create(body: &Function) -> Vec<Statement> {
    vec![body.definition.trim_end().to_owned().into()]
}

/// `CREATE OR REPLACE` refuses another result, other names for the parameters, fewer defaults, and another kind
/// (PostgreSQL manual, reference page of CREATE FUNCTION).
pub(crate) fn alter(old: &Function, new: &Function) -> Change {
    if old == new {
        return Change::Same;
    }
    let renamed =
        old.input_names.iter().enumerate().any(|(i, name)| !name.is_empty() && new.input_names.get(i) != Some(name));
    if old.result != new.result
        || old.window != new.window
        || renamed
        || new.defaults < old.defaults
        || old_out_differs(old, new)
    {
        return Change::Replace;
    }
    Change::one(new.definition.trim_end().to_owned())
}

/// Whether the parameters that return something differ, which changes the row type of the result.
fn old_out_differs(old: &Function, new: &Function) -> bool {
    let has_out = |f: &Function| f.arguments.split(", ").any(|a| a.starts_with("OUT ") || a.starts_with("INOUT "));
    (has_out(old) || has_out(new)) && old.arguments != new.arguments
}

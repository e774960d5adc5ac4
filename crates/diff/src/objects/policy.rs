//! Row-level security policies.

use surefoot_catalog::{Object, objects::Policy};

use crate::change::{Change, Statement};

pub(crate) fn create(object: &Object, body: &Policy) -> Vec<Statement> {
    let mut sql = format!("CREATE POLICY {}", object.id.reference());
    if !body.permissive {
        sql.push_str(" AS RESTRICTIVE");
    }
    if body.command != "ALL" {
        sql.push_str(" FOR ");
        sql.push_str(&body.command);
    }
    sql.push_str(&format!(" TO {}", body.roles.join(", ")));
    sql.push_str(&expressions(body));
    vec![sql.into()]
}

pub(crate) fn alter(object: &Object, old: &Policy, new: &Policy) -> Change {
    if old == new {
        return Change::Same;
    }
    let removed = (old.using.is_some() && new.using.is_none()) || (old.check.is_some() && new.check.is_none());
    if old.permissive != new.permissive || old.command != new.command || removed {
        return Change::Replace;
    }
    let mut sql = format!("ALTER POLICY {}", object.id.reference());
    if old.roles != new.roles {
        sql.push_str(&format!(" TO {}", new.roles.join(", ")));
    }
    sql.push_str(&expressions(new));
    Change::one(sql)
}

fn expressions(body: &Policy) -> String {
    let mut sql = String::new();
    if let Some(using) = &body.using {
        sql.push_str(&format!(" USING {}", in_parentheses(using)));
    }
    if let Some(check) = &body.check {
        sql.push_str(&format!(" WITH CHECK {}", in_parentheses(check)));
    }
    sql
}

fn in_parentheses(expression: &str) -> String {
    format!("({expression})")
}

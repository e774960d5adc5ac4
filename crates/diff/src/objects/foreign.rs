//! Foreign data wrappers, servers and user mappings.

use surefoot_catalog::Object;
use surefoot_catalog::objects::{ForeignDataWrapper, Server, UserMapping};
use surefoot_sql::quote_ident;

use crate::change::{Change, Statement};
use crate::common::literal_or_null;
use crate::objects::table::{change_server_options, server_options};

pub(crate) fn create_wrapper(object: &Object, body: &ForeignDataWrapper) -> Vec<Statement> {
    let mut sql = format!("CREATE FOREIGN DATA WRAPPER {}", object.id.relation());
    for (word, function) in [("HANDLER", &body.handler), ("VALIDATOR", &body.validator)] {
        if let Some(function) = function {
            sql.push_str(&format!(" {word} {function}"));
        }
    }
    sql.push_str(&options(&body.options));
    vec![sql.into()]
}

fn options(options: &[String]) -> String {
    if options.is_empty() { String::new() } else { format!(" OPTIONS ({})", server_options(options)) }
}

pub(crate) fn alter_wrapper(object: &Object, old: &ForeignDataWrapper, new: &ForeignDataWrapper) -> Change {
    let mut clauses = String::new();
    for (word, a, b) in [("HANDLER", &old.handler, &new.handler), ("VALIDATOR", &old.validator, &new.validator)] {
        match b {
            b if a == b => {}
            Some(function) => clauses.push_str(&format!(" {word} {function}")),
            None => clauses.push_str(&format!(" NO {word}")),
        }
    }
    if old.options != new.options {
        clauses.push_str(&format!(" OPTIONS ({})", change_server_options(&old.options, &new.options)));
    }
    if clauses.is_empty() {
        return Change::Same;
    }
    Change::one(format!("ALTER FOREIGN DATA WRAPPER {}{clauses}", object.id.relation()))
}

pub(crate) fn create_server(object: &Object, body: &Server) -> Vec<Statement> {
    let mut sql = format!("CREATE SERVER {}", object.id.relation());
    for (word, text) in [("TYPE", &body.server_type), ("VERSION", &body.version)] {
        if let Some(text) = text {
            sql.push_str(&format!(" {word} {}", literal_or_null(Some(text))));
        }
    }
    sql.push_str(&format!(" FOREIGN DATA WRAPPER {}{}", quote_ident(&body.wrapper), options(&body.options)));
    vec![statement(object, sql)]
}

pub(crate) fn alter_server(object: &Object, old: &Server, new: &Server) -> Change {
    if old.server_type != new.server_type || old.wrapper != new.wrapper {
        return Change::Replace;
    }
    let mut clauses = String::new();
    if old.version != new.version {
        clauses.push_str(&format!(" VERSION {}", literal_or_null(new.version.as_deref())));
    }
    if old.options != new.options {
        clauses.push_str(&format!(" OPTIONS ({})", change_server_options(&old.options, &new.options)));
    }
    if clauses.is_empty() {
        return Change::Same;
    }
    Change::of(vec![statement(object, format!("ALTER SERVER {}{clauses}", object.id.relation()))])
}

pub(crate) fn create_mapping(object: &Object, body: &UserMapping) -> Vec<Statement> {
    let options = options(body.options.as_deref().unwrap_or_default());
    vec![statement(object, format!("CREATE USER MAPPING {}{options}", mapping(object)))]
}

/// `FOR role SERVER server`; `PUBLIC` stands as the server prints it.
fn mapping(object: &Object) -> String {
    object.id.reference()
}

pub(crate) fn alter_mapping(object: &Object, old: &UserMapping, new: &UserMapping) -> Change {
    let (Some(a), Some(b)) = (&old.options, &new.options) else { return Change::Same };
    if a == b {
        return Change::Same;
    }
    let options = change_server_options(a, b);
    Change::of(vec![statement(object, format!("ALTER USER MAPPING {} OPTIONS ({options})", mapping(object)))])
}

/// A secret is never read, so it has to be filled in where it is new.
fn statement(object: &Object, sql: String) -> Statement {
    if sql.contains("(hidden)") {
        Statement::losing(sql, format!("the secret of {}, which is not read: fill it in", object.id))
    } else {
        sql.into()
    }
}

//! Statements that change the session or the transaction, and functions called by name.

use surefoot_sql::{Cursor, TokenKind, string_value};

use crate::model::{Effects, Parameter, Settle, TransactionRule};

pub(super) fn session(cursor: &mut Cursor<'_>) -> Effects {
    let word = cursor.peek_text().to_ascii_uppercase();
    cursor.bump();
    match word.as_str() {
        "SET" => set(cursor),
        "RESET" => reset(cursor),
        "DISCARD" => discard(cursor),
        "DO" => run_block(cursor),
        "CALL" => call(cursor),
        "PREPARE" if !cursor.peek_kw("transaction") => Effects::new("PREPARE"),
        "LOAD" => Effects::new("LOAD"),
        "EXECUTE" => {
            let mut effects = Effects::new("EXECUTE");
            effects.opaque = true;
            effects.reversible = false;
            effects
        }
        _ => control(cursor, &word),
    }
}

fn control(cursor: &Cursor<'_>, word: &str) -> Effects {
    if cursor.peek_kw("prepared") {
        let (tag, reason) = if word == "COMMIT" {
            ("COMMIT PREPARED", "COMMIT PREPARED cannot run inside a transaction block")
        } else {
            ("ROLLBACK PREPARED", "ROLLBACK PREPARED cannot run inside a transaction block")
        };
        let mut effects = Effects::new(tag);
        effects.forbid(reason, Settle::Unknown);
        effects.reversible = false;
        return effects;
    }
    let mut effects = Effects::new(match word {
        "START" => "START TRANSACTION",
        "PREPARE" => "PREPARE TRANSACTION",
        "END" => "COMMIT",
        "ABORT" => "ROLLBACK",
        other => other,
    });
    effects.transaction = TransactionRule::Control;
    effects
}

fn set(cursor: &mut Cursor<'_>) -> Effects {
    let mut effects = Effects::new("SET");
    if cursor.accept_all(&["session", "characteristics"]) {
        parameter(&mut effects, "default_transaction_isolation", false);
        parameter(&mut effects, "default_transaction_read_only", false);
        return effects;
    }
    if cursor.peek_kws(&["session", "authorization"]) {
        role(&mut effects, "session_authorization", false);
        return effects;
    }
    // A parameter called `local` would be followed by `=` or `TO`.
    let local = match cursor.accept_any(&["local", "session"]) {
        Some(word) => word == "local",
        None => false,
    };
    if cursor.peek_kws(&["session", "authorization"]) {
        role(&mut effects, "session_authorization", local);
    } else if cursor.accept("transaction") && !assigns(cursor) {
        effects.tag.push_str(" TRANSACTION");
        effects.transaction = TransactionRule::Control;
    } else if cursor.accept("constraints") && !assigns(cursor) {
        effects.tag.push_str(" CONSTRAINTS");
    } else if cursor.accept("role") {
        role(&mut effects, "role", local);
    } else if cursor.accept_all(&["time", "zone"]) {
        parameter(&mut effects, "timezone", local);
    } else if cursor.accept("names") {
        parameter(&mut effects, "client_encoding", local);
    } else if cursor.accept("schema") && !assigns(cursor) {
        parameter(&mut effects, "search_path", local);
    } else if cursor.accept_all(&["xml", "option"]) {
        parameter(&mut effects, "xmloption", local);
    } else if let Some(name) = parameter_name(cursor) {
        named(&mut effects, &name, local);
    }
    effects
}

fn assigns(cursor: &Cursor<'_>) -> bool {
    cursor.peek_symbol("=") || cursor.peek_kw("to") || cursor.peek_symbol(".")
}

/// `name` or `extension.name`.
fn parameter_name(cursor: &mut Cursor<'_>) -> Option<String> {
    let mut name = cursor.any_ident()?;
    while cursor.symbol(".") {
        name.push('.');
        name.push_str(&cursor.any_ident()?);
    }
    Some(name.to_ascii_lowercase())
}

fn parameter(effects: &mut Effects, name: &str, local: bool) {
    effects.sets.push(Parameter { name: name.to_owned(), local });
}

fn role(effects: &mut Effects, name: &str, local: bool) {
    effects.role_change = true;
    parameter(effects, name, local);
}

fn named(effects: &mut Effects, name: &str, local: bool) {
    if matches!(name, "role" | "session_authorization") {
        effects.role_change = true;
    }
    parameter(effects, name, local);
}

fn reset(cursor: &mut Cursor<'_>) -> Effects {
    let mut effects = Effects::new("RESET");
    if cursor.accept_all(&["session", "authorization"]) {
        role(&mut effects, "session_authorization", false);
    } else if cursor.accept_all(&["time", "zone"]) {
        parameter(&mut effects, "timezone", false);
    } else if cursor.peek_kws(&["transaction", "isolation"]) {
        effects.transaction = TransactionRule::Control;
    } else if let Some(name) = parameter_name(cursor) {
        named(&mut effects, &name, false);
    }
    effects
}

fn discard(cursor: &mut Cursor<'_>) -> Effects {
    let mut effects = Effects::new("DISCARD");
    let Some(what) = cursor.any_ident() else {
        return effects;
    };
    effects.tag = format!("DISCARD {}", what.to_ascii_uppercase());
    match what.as_str() {
        "all" => {
            effects.forbid("DISCARD ALL cannot run inside a transaction block", Settle::Repeatable);
            effects.mentions_advisory_unlock = true;
            role(&mut effects, "all", false);
        }
        "temp" | "temporary" => effects.loses("temporary tables of the session are dropped"),
        _ => {}
    }
    effects
}

fn call(cursor: &mut Cursor<'_>) -> Effects {
    let mut effects = Effects::new("CALL");
    effects.object = cursor.object_name();
    effects.transaction =
        TransactionRule::MayCommit { reason: "a procedure may commit, which fails inside a transaction block" };
    effects.settle = Some(Settle::Unknown);
    effects.opaque = true;
    effects.reversible = false;
    effects
}

/// `DO`: its body is code in some language, mostly PL/pgSQL.
fn run_block(cursor: &mut Cursor<'_>) -> Effects {
    let mut effects = Effects::new("DO");
    effects.opaque = true;
    effects.reversible = false;
    while let Some(token) = cursor.bump() {
        let Some(body) = string_value(&token, cursor.text()) else {
            continue;
        };
        if commits(&body) {
            effects.transaction = TransactionRule::MayCommit {
                reason: "the block commits or rolls back, which fails inside a transaction block",
            };
            effects.settle = Some(Settle::Unknown);
        }
        calls(&body, &mut effects);
    }
    effects
}

/// Whether a PL/pgSQL body has `COMMIT` or `ROLLBACK` as a statement.
fn commits(body: &str) -> bool {
    let mut cursor = Cursor::new(body);
    let mut previous = String::new();
    while let Some(token) = cursor.bump() {
        let word = token.text(body).to_ascii_lowercase();
        if token.kind == TokenKind::Ident && matches!(word.as_str(), "commit" | "rollback") {
            let starts = matches!(previous.as_str(), ";" | "begin" | "then" | "else" | "loop" | ">>" | "");
            let ends =
                cursor.peek_symbol(";") || ["and", "work", "transaction"].iter().any(|next| cursor.peek_kw(next));
            if starts && ends {
                return true;
            }
        }
        previous = word;
    }
    false
}

/// Functions that PostgreSQL or an extension refuses inside a transaction block, or in one that
/// has written.
const NOT_IN_TRANSACTION: &[(&str, &str)] = &[
    (
        "create_distributed_table_concurrently",
        "create_distributed_table_concurrently cannot run inside a transaction block",
    ),
    (
        "pg_create_logical_replication_slot",
        "a logical replication slot cannot be created in a transaction that has written",
    ),
];

/// Notes what functions called by name do to the session.
pub(super) fn calls(text: &str, effects: &mut Effects) {
    let runs = matches!(
        effects.tag.as_str(),
        "SELECT"
            | "SELECT INTO"
            | "DO"
            | "INSERT"
            | "UPDATE"
            | "DELETE"
            | "MERGE"
            | "CALL"
            | "EXPLAIN ANALYZE"
            | "CREATE TABLE AS"
            | "CREATE MATERIALIZED VIEW"
    );
    if !runs {
        return;
    }
    let mut cursor = Cursor::new(text);
    while let Some(token) = cursor.bump() {
        if !matches!(token.kind, TokenKind::Ident | TokenKind::QuotedIdent) || !cursor.peek_symbol("(") {
            continue;
        }
        let name = token.text(text).trim_matches('"').to_ascii_lowercase();
        match name.as_str() {
            "set_config" => {
                let mut arguments = cursor.clone();
                arguments.bump();
                if let Some(parameter) = arguments.string() {
                    let local = {
                        arguments.skip_one();
                        let mut last = "";
                        while !arguments.at_end() && !arguments.peek_symbol(")") {
                            last = arguments.peek_text();
                            arguments.skip_one();
                        }
                        ["true", "'t'", "'true'", "'on'"].iter().any(|word| last.eq_ignore_ascii_case(word))
                    };
                    named(effects, &parameter.to_ascii_lowercase(), local);
                }
            }
            "pg_advisory_unlock" | "pg_advisory_unlock_all" | "pg_advisory_unlock_shared" => {
                effects.mentions_advisory_unlock = true;
            }
            _ => {
                let refused = NOT_IN_TRANSACTION.iter().find(|(known, _)| *known == name);
                if let Some(&(_, reason)) = refused
                    && super::is_allowed(&effects.transaction)
                {
                    effects.forbid(reason, Settle::Unknown);
                }
            }
        }
        if effects.tag == "SELECT" && !PURE.contains(&name.as_str()) {
            effects.opaque = true;
            effects.reversible = false;
        }
    }
}

/// Words before a parenthesis in a query that run no code of the user's.
const PURE: &[&str] = &[
    "set_config",
    "count",
    "sum",
    "min",
    "max",
    "avg",
    "now",
    "coalesce",
    "exists",
    "in",
    "and",
    "or",
    "not",
    "any",
    "all",
    "as",
    "on",
    "where",
    "from",
    "by",
    "lower",
    "upper",
    "cast",
    "over",
    "filter",
    "values",
    "select",
    "nullif",
    "greatest",
    "least",
    "extract",
    "length",
    "current_setting",
    "version",
    "array_agg",
    "string_agg",
    "format",
    "concat",
    "to_char",
    "date_trunc",
    "numeric",
    "varchar",
    "using",
    "case",
    "when",
    "then",
    "else",
    "is",
    "like",
    "ilike",
    "having",
    "row",
    "array",
    "generate_series",
    "union",
    "except",
    "intersect",
    "distinct",
    "limit",
    "offset",
];

//! One module for each family of statements.

mod alter;
mod alter_table;
mod column;
mod create;
mod drop;
mod maintenance;
mod rows;
mod session;

use surefoot_sql::{Cursor, ObjectName, TokenKind, string_value, tokens};

use crate::lock::{LockMode, Reach};
use crate::model::{Effects, TransactionRule};
use crate::tag;

/// What one statement does, from its text alone. `server_major` is the major version of the
/// server it would run on (13 to 18, or later).
///
/// Never fails: of a statement that PostgreSQL would refuse as well, little is said.
#[must_use]
pub fn effects(statement_text: &str, server_major: u32) -> Effects {
    let mut cursor = Cursor::new(statement_text);
    let first = cursor.peek_text().to_ascii_uppercase();
    let mut effects = match first.as_str() {
        "CREATE" => create::create(&mut cursor, server_major),
        "ALTER" => alter::alter(&mut cursor, server_major),
        "DROP" => drop::drop(&mut cursor),
        "VACUUM" | "ANALYZE" | "ANALYSE" | "REINDEX" | "CLUSTER" | "REPACK" | "REFRESH" | "CHECKPOINT" => {
            maintenance::maintenance(&mut cursor)
        }
        "INSERT" | "UPDATE" | "DELETE" | "MERGE" | "TRUNCATE" | "COPY" | "SELECT" | "WITH" | "VALUES" | "TABLE"
        | "(" | "LOCK" | "EXPLAIN" => rows::rows(&mut cursor),
        "SET" | "RESET" | "DISCARD" | "DO" | "CALL" | "BEGIN" | "START" | "COMMIT" | "END" | "ROLLBACK" | "ABORT"
        | "SAVEPOINT" | "RELEASE" | "PREPARE" | "EXECUTE" | "LOAD" => session::session(&mut cursor),
        "COMMENT" => comment(&mut cursor),
        "SECURITY" => {
            cursor.accept_all(&["security", "label"]);
            let mut effects = Effects::new("SECURITY LABEL");
            cursor.skip_to(&["on"]);
            comment_target(&mut cursor, &mut effects);
            effects
        }
        "GRANT" | "REVOKE" => grant(&mut cursor, server_major),
        "REASSIGN" => Effects::new("REASSIGN OWNED"),
        _ => Effects::new(first),
    };
    session::calls(statement_text, &mut effects);
    effects
}

/// Whether a string constant in the statement, in an array constant, or in a function body in
/// it, is exactly `value`: whether the statement may use an enum value of that name. Data of
/// `COPY` is not part of the statement; look there as well.
#[must_use]
pub fn uses_literal(statement_text: &str, value: &str) -> bool {
    tokens(statement_text).any(|token| {
        let Some(literal) = string_value(&token, statement_text) else {
            return false;
        };
        if literal == value {
            return true;
        }
        if token.kind == TokenKind::DollarString || literal.contains('\'') {
            return uses_literal(&literal, value);
        }
        literal.starts_with('{')
            && literal.split(['{', '}', ',']).any(|element| element.trim().trim_matches('"') == value)
    })
}

fn comment(cursor: &mut Cursor<'_>) -> Effects {
    let mut effects = Effects::new("COMMENT");
    cursor.accept("comment");
    comment_target(cursor, &mut effects);
    effects
}

/// After `COMMENT` or `SECURITY LABEL`: `ON <kind> <name>`.
fn comment_target(cursor: &mut Cursor<'_>, effects: &mut Effects) {
    cursor.accept("on");
    let Some(kind) = tag::kind(cursor) else {
        return;
    };
    let name = cursor.object_name();
    match kind {
        "TABLE" | "INDEX" | "VIEW" | "MATERIALIZED VIEW" | "SEQUENCE" | "FOREIGN TABLE" => {
            if let Some(name) = &name {
                effects.lock(name, Reach::Itself, LockMode::ShareUpdateExclusive);
            }
        }
        "COLUMN" => {
            // `table.column` was read as `schema.name`, `schema.table.column` lost its schema.
            let table = name.as_ref().and_then(|name| column_table(cursor, name));
            if let Some(table) = table {
                effects.lock(&table, Reach::Itself, LockMode::ShareUpdateExclusive);
            }
        }
        "CONSTRAINT" | "TRIGGER" | "POLICY" | "RULE" => {
            if cursor.accept("on")
                && !cursor.accept("domain")
                && let Some(table) = cursor.object_name()
            {
                effects.lock(&table, Reach::Itself, LockMode::AccessShare);
            }
        }
        _ => {}
    }
    effects.object = name;
}

/// The table of the column `name` ends in, read again from the text before the cursor.
fn column_table(cursor: &Cursor<'_>, name: &ObjectName) -> Option<ObjectName> {
    let text = cursor.text().get(..cursor.last_end())?;
    let mut parts = Vec::new();
    let mut again = Cursor::new(text);
    again.skip_to(&["column"]);
    again.accept("column");
    while let Some(part) = again.any_ident() {
        parts.push(part);
        if !again.symbol(".") {
            break;
        }
    }
    match parts.as_slice() {
        [table, _] => Some(ObjectName::bare(table)),
        [.., schema, table, _] => Some(ObjectName::qualified(schema, table)),
        _ => Some(ObjectName::bare(&name.name)),
    }
}

fn grant(cursor: &mut Cursor<'_>, server_major: u32) -> Effects {
    let granting = cursor.accept("grant");
    cursor.accept("revoke");
    let mut effects = Effects::new(if granting { "GRANT" } else { "REVOKE" });
    if !cursor.skip_to(&["on"]) {
        effects.tag.push_str(" ROLE");
        return effects;
    }
    cursor.accept("on");
    if cursor.accept("all") {
        return effects;
    }
    let mut words = cursor.clone();
    let kind = match tag::kind(&mut words) {
        // A table may be called `owned`, `type` ...: a kind is followed by a name.
        Some(kind) if words.object_name().is_some() => {
            tag::kind(cursor);
            kind
        }
        _ => "TABLE",
    };
    if kind == "TABLE" || kind == "SEQUENCE" {
        let names = cursor.object_names();
        effects.object = names.first().cloned();
        // PostgreSQL 18 holds the relation still while it writes the privileges.
        if server_major >= 18 {
            for name in &names {
                effects.lock(name, Reach::Itself, LockMode::AccessShare);
            }
        }
    } else {
        effects.object = cursor.object_name();
    }
    effects
}

/// Whether the statement may not run in a transaction in some case.
pub(crate) const fn is_allowed(rule: &TransactionRule) -> bool {
    matches!(rule, TransactionRule::Allowed)
}

/// Consumes `IF EXISTS`.
fn if_exists(cursor: &mut Cursor<'_>) -> bool {
    cursor.accept_all(&["if", "exists"])
}

/// Consumes `IF NOT EXISTS`.
fn if_not_exists(cursor: &mut Cursor<'_>) -> bool {
    cursor.accept_all(&["if", "not", "exists"])
}

/// The value of an option in a parenthesised list: `(a, b true, c = off)`. An option without a
/// value is on. `None` when it is not listed.
fn option(list: &str, name: &str) -> Option<bool> {
    let mut cursor = Cursor::new(list);
    let mut at_start = true;
    while let Some(token) = cursor.bump() {
        if at_start && token.text(list).eq_ignore_ascii_case(name) {
            cursor.symbol("=");
            let value = cursor.string().unwrap_or_else(|| cursor.peek_text().to_owned());
            let off = ["false", "off", "0", "no", "none"].iter().any(|word| value.eq_ignore_ascii_case(word));
            return Some(!off);
        }
        at_start = matches!(token.kind, TokenKind::Punct('(' | ','));
    }
    None
}

/// Consumes a group in parentheses and gives its text; empty when there is none.
fn group<'a>(cursor: &mut Cursor<'a>) -> &'a str {
    let start = cursor.offset();
    if cursor.skip_parens() { cursor.text().get(start..cursor.last_end()).unwrap_or("") } else { "" }
}

/// Splits the rest of a statement at commas outside parentheses and brackets.
fn split_commas<'a>(cursor: &mut Cursor<'a>) -> Vec<&'a str> {
    let text = cursor.text();
    let mut parts = Vec::new();
    let mut start = cursor.offset();
    let mut depth = 0_usize;
    while let Some(token) = cursor.bump() {
        match token.kind {
            TokenKind::Punct('(' | '[') => depth += 1,
            TokenKind::Punct(')' | ']') => depth = depth.saturating_sub(1),
            TokenKind::Punct(',') if depth == 0 => {
                parts.push(text.get(start..token.start).unwrap_or(""));
                start = token.end;
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).unwrap_or(""));
    parts
}

/// Names separated by commas, each with what is in parentheses after it: `a (x, y), b, ONLY c`.
fn names_with_groups(cursor: &mut Cursor<'_>) -> Vec<ObjectName> {
    let mut names = Vec::new();
    loop {
        cursor.accept("only");
        let Some(name) = cursor.object_name() else {
            return names;
        };
        names.push(name);
        cursor.symbol("*");
        cursor.skip_parens();
        if !cursor.symbol(",") {
            return names;
        }
    }
}

//! `ALTER ...`.

use surefoot_sql::{Cursor, ObjectName};

use super::alter_table;
use super::create::publication_tables;
use super::{group, if_exists, if_not_exists, option};
use crate::lock::{LockMode, Reach};
use crate::model::{Effects, EnumValue, Settle, Work};
use crate::tag;

pub(super) fn alter(cursor: &mut Cursor<'_>, server_major: u32) -> Effects {
    cursor.accept("alter");
    let Some(kind) = tag::kind(cursor) else {
        return Effects::new("ALTER");
    };
    let mut effects = Effects::new(format!("ALTER {kind}"));
    match kind {
        "TABLE" | "FOREIGN TABLE" => table(cursor, &mut effects, server_major),
        "MATERIALIZED VIEW" => {
            if cursor.accept_all(&["all", "in", "tablespace"]) {
                all_in_tablespace(cursor, &mut effects);
                return effects;
            }
            let Some(view) = named(cursor, &mut effects) else {
                return effects;
            };
            alter_table::actions(cursor, &mut effects, &view, true, server_major);
        }
        "VIEW" => {
            if let Some(view) = named(cursor, &mut effects) {
                effects.lock(&view, Reach::Itself, LockMode::AccessExclusive);
            }
        }
        "INDEX" => index(cursor, &mut effects),
        "SEQUENCE" => sequence(cursor, &mut effects),
        "TRIGGER" | "RULE" | "POLICY" => {
            effects.object = cursor.object_name();
            if cursor.accept("on")
                && let Some(table) = cursor.object_name()
            {
                effects.lock(&table, Reach::Itself, LockMode::AccessExclusive);
            }
        }
        "TYPE" => alter_type(cursor, &mut effects),
        "DOMAIN" => domain(cursor, &mut effects),
        "PUBLICATION" => {
            effects.object = cursor.object_name();
            let word = cursor.accept_any(&["add", "set", "drop"]);
            if word.is_some() {
                publication_tables(cursor, &mut effects);
            }
            // The tables that are no longer published are locked too.
            if word == Some("set")
                && !effects.locks.is_empty()
                && let Some(publication) = effects.object.clone()
            {
                effects.lock(&publication, Reach::Dependents, LockMode::ShareUpdateExclusive);
            }
        }
        "DATABASE" => {
            effects.object = cursor.object_name();
            if cursor.accept_all(&["set", "tablespace"]) {
                effects
                    .forbid("ALTER DATABASE SET TABLESPACE cannot run inside a transaction block", Settle::Repeatable);
            }
        }
        "SYSTEM" => effects.forbid("ALTER SYSTEM cannot run inside a transaction block", Settle::Repeatable),
        "SUBSCRIPTION" => subscription(cursor, &mut effects, server_major),
        "DEFAULT PRIVILEGES" => {}
        _ => {
            named(cursor, &mut effects);
        }
    }
    effects
}

/// Consumes `[IF EXISTS] name` and notes it as the object.
fn named(cursor: &mut Cursor<'_>, effects: &mut Effects) -> Option<ObjectName> {
    if_exists(cursor);
    effects.object = cursor.object_name();
    effects.object.clone()
}

fn table(cursor: &mut Cursor<'_>, effects: &mut Effects, server_major: u32) {
    if cursor.accept_all(&["all", "in", "tablespace"]) {
        all_in_tablespace(cursor, effects);
        return;
    }
    if_exists(cursor);
    let only = cursor.accept("only");
    let Some(table) = cursor.object_name() else {
        return;
    };
    cursor.symbol("*");
    effects.object = Some(table.clone());
    alter_table::actions(cursor, effects, &table, only, server_major);
}

fn all_in_tablespace(cursor: &mut Cursor<'_>, effects: &mut Effects) {
    effects.object = cursor.object_name();
    effects.rewrite = Work::Yes("everything in the tablespace is copied");
    effects.note("takes ACCESS EXCLUSIVE on everything in the tablespace, one after another");
}

fn index(cursor: &mut Cursor<'_>, effects: &mut Effects) {
    if cursor.accept_all(&["all", "in", "tablespace"]) {
        all_in_tablespace(cursor, effects);
        return;
    }
    let Some(index) = named(cursor, effects) else {
        return;
    };
    if cursor.accept_all(&["set", "tablespace"]) {
        effects.lock(&index, Reach::Itself, LockMode::AccessExclusive);
        effects.rewrite = Work::Yes("the index is copied to the other tablespace");
        return;
    }
    effects.lock(&index, Reach::Itself, LockMode::ShareUpdateExclusive);
    if cursor.accept_all(&["attach", "partition"])
        && let Some(child) = cursor.object_name()
    {
        effects.lock(&child, Reach::Itself, LockMode::AccessExclusive);
        effects.lock(&index, Reach::TableOfIndex, LockMode::AccessShare);
    }
}

fn sequence(cursor: &mut Cursor<'_>, effects: &mut Effects) {
    let Some(sequence) = named(cursor, effects) else {
        return;
    };
    let moves = cursor.peek_kw("rename")
        || cursor.peek_kws(&["owner", "to"])
        || cursor.peek_kws(&["set", "schema"])
        || cursor.peek_kws(&["set", "logged"])
        || cursor.peek_kws(&["set", "unlogged"]);
    let mode = if moves { LockMode::AccessExclusive } else { LockMode::ShareRowExclusive };
    effects.lock(&sequence, Reach::Itself, mode);
    if cursor.mentions(&["restart"]) {
        effects.reversible = false;
    }
}

fn alter_type(cursor: &mut Cursor<'_>, effects: &mut Effects) {
    let Some(type_name) = named(cursor, effects) else {
        return;
    };
    if cursor.accept_all(&["add", "value"]) {
        let if_not_exists = if_not_exists(cursor);
        if let Some(value) = cursor.string() {
            effects.adds_enum_value = Some(EnumValue { type_name, value, if_not_exists });
            effects.note("the value can be used only after its transaction has committed");
        }
        effects.reversible = false;
        return;
    }
    for action in super::split_commas(cursor) {
        let mut action = Cursor::new(action);
        let cascade = action.mentions(&["cascade"]);
        let mut second = action.clone();
        second.bump();
        if second.peek_kw("attribute") {
            effects.lock(&type_name, Reach::Itself, LockMode::AccessExclusive);
        }
        if action.accept_all(&["drop", "attribute"]) {
            if_exists(&mut action);
            let attribute = action.any_ident().unwrap_or_default();
            effects.loses(format!("attribute {attribute} of {type_name} is dropped"));
        } else if action.accept_all(&["alter", "attribute"]) {
            effects.reversible = false;
        }
        if cascade {
            effects.lock_noted(&type_name, Reach::TablesOfType, LockMode::AccessExclusive, Some("typed tables"));
        }
    }
}

fn domain(cursor: &mut Cursor<'_>, effects: &mut Effects) {
    let Some(domain) = named(cursor, effects) else {
        return;
    };
    let checks = if cursor.accept("add") {
        let mut rest = cursor.clone();
        let mut not_valid = false;
        while !not_valid && rest.skip_to(&["not"]) {
            not_valid = rest.accept_all(&["not", "valid"]);
            rest.accept("not");
        }
        !not_valid
    } else {
        cursor.peek_kws(&["set", "not"]) || cursor.peek_kw("validate")
    };
    if checks {
        effects.lock(&domain, Reach::TablesOfType, LockMode::Share);
        effects.scan = Work::Yes("every table with a column of the domain is checked");
    }
}

fn subscription(cursor: &mut Cursor<'_>, effects: &mut Effects, server_major: u32) {
    effects.object = cursor.object_name();
    let Some(word) = cursor.accept_any(&["refresh", "set", "add", "drop"]) else {
        return;
    };
    if word == "set" && cursor.peek_symbol("(") {
        let options = group(cursor);
        let slot_changes = (server_major >= 17 && option(options, "failover").is_some())
            || (server_major >= 18 && option(options, "two_phase").is_some());
        if slot_changes {
            effects.forbid(
                "ALTER SUBSCRIPTION that changes its slot cannot run inside a transaction block",
                Settle::Repeatable,
            );
        }
        return;
    }
    let refreshes = word == "refresh" || {
        let options = if cursor.skip_to(&["with"]) {
            cursor.accept("with");
            group(cursor)
        } else {
            ""
        };
        option(options, "refresh").unwrap_or(true)
    };
    if refreshes {
        let settle = match word {
            "refresh" | "set" => Settle::Repeatable,
            // Adding what is there, or dropping what is not, is an error.
            _ => Settle::Unknown,
        };
        effects.forbid("ALTER SUBSCRIPTION with refresh cannot run inside a transaction block", settle);
    }
}

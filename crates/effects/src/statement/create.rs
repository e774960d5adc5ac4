//! `CREATE ...`.

use surefoot_sql::{Cursor, ObjectName, TokenKind};

use super::{group, if_not_exists, option};
use crate::lock::{LockMode, Reach};
use crate::model::{Effects, Settle, TransactionRule, Work};
use crate::tag;

pub(super) fn create(cursor: &mut Cursor<'_>, server_major: u32) -> Effects {
    cursor.accept("create");
    let replace = cursor.accept_all(&["or", "replace"]);
    while cursor.accept_any(&["temp", "temporary", "local", "global", "unlogged", "recursive", "unique"]).is_some() {}
    let Some(kind) = tag::kind(cursor) else {
        return Effects::new("CREATE");
    };
    let mut effects = Effects::new(format!("CREATE {kind}"));
    match kind {
        "TABLE" | "FOREIGN TABLE" => table(cursor, &mut effects),
        "INDEX" => index(cursor, &mut effects),
        "TRIGGER" => on_table(cursor, &mut effects, "on", LockMode::ShareRowExclusive),
        "RULE" => on_table(cursor, &mut effects, "to", LockMode::AccessExclusive),
        "POLICY" => on_table(cursor, &mut effects, "on", LockMode::AccessExclusive),
        "VIEW" => view(cursor, &mut effects, replace),
        "MATERIALIZED VIEW" => materialized_view(cursor, &mut effects),
        "STATISTICS" => statistics(cursor, &mut effects),
        "PUBLICATION" => {
            effects.object = cursor.object_name();
            publication_tables(cursor, &mut effects);
        }
        "TYPE" | "DOMAIN" => {
            effects.object = cursor.object_name();
            effects.creates_type.clone_from(&effects.object);
        }
        "EXTENSION" => {
            if_not_exists(cursor);
            effects.object = cursor.object_name();
            effects.extension = effects.object.as_ref().map(|name| name.name.clone());
        }
        "ROLE" => {
            effects.object = cursor.object_name();
            effects.creates_role = effects.object.as_ref().map(|name| name.name.clone());
            effects.note("roles are shared by all databases of the server");
        }
        "DATABASE" => {
            effects.object = cursor.object_name();
            effects.forbid(
                "CREATE DATABASE cannot run inside a transaction block",
                Settle::CreateDatabase(name_of(&effects)),
            );
        }
        "TABLESPACE" => {
            effects.object = cursor.object_name();
            effects.forbid(
                "CREATE TABLESPACE cannot run inside a transaction block",
                Settle::CreateTablespace(name_of(&effects)),
            );
        }
        "SUBSCRIPTION" => subscription(cursor, &mut effects),
        "SCHEMA" => schema(cursor, &mut effects, server_major),
        _ => {
            if_not_exists(cursor);
            effects.object = cursor.object_name();
        }
    }
    effects
}

pub(super) fn name_of(effects: &Effects) -> String {
    effects.object.as_ref().map_or_else(String::new, |name| name.name.clone())
}

fn table(cursor: &mut Cursor<'_>, effects: &mut Effects) {
    if if_not_exists(cursor) {
        effects.note("IF NOT EXISTS passes over a table of another shape");
    }
    effects.object = cursor.object_name();
    if cursor.accept_all(&["partition", "of"])
        && let Some(parent) = cursor.object_name()
    {
        effects.lock(&parent, Reach::Itself, LockMode::AccessExclusive);
        effects.lock(&parent, Reach::DefaultPartition, LockMode::AccessExclusive);
        effects.scan.raise(Work::Maybe("if there is a default partition, its rows are checked"));
    }
    while !cursor.at_end() {
        if cursor.peek_symbol("(") {
            elements(group(cursor), effects);
        } else if cursor.accept("inherits") {
            let mut parents = Cursor::new(group(cursor));
            parents.bump();
            for parent in parents.object_names() {
                effects.lock(&parent, Reach::Itself, LockMode::ShareUpdateExclusive);
            }
        } else if cursor.accept("as") {
            effects.tag.push_str(" AS");
            query(cursor, effects);
            return;
        } else {
            cursor.bump();
        }
    }
}

/// The columns and constraints of a new table: which other tables they touch.
fn elements(list: &str, effects: &mut Effects) {
    let mut cursor = Cursor::new(list);
    let mut at_start = false;
    while let Some(token) = cursor.bump() {
        if token.is_word(list, "references") {
            let own = effects.object.clone();
            if let Some(target) = cursor.object_name().filter(|name| Some(name) != own.as_ref()) {
                effects.lock(&target, Reach::Itself, LockMode::ShareRowExclusive);
            }
        } else if at_start
            && token.is_word(list, "like")
            && let Some(source) = cursor.object_name()
        {
            effects.lock(&source, Reach::Itself, LockMode::AccessShare);
        }
        at_start = matches!(token.kind, TokenKind::Punct('(' | ','));
    }
}

/// A query whose result is stored; the cursor is before it.
fn query(cursor: &Cursor<'_>, effects: &mut Effects) {
    let mut rest = cursor.clone();
    let mut no_data = false;
    while !no_data && rest.skip_to(&["with"]) {
        no_data = rest.accept_all(&["with", "no", "data"]);
        rest.accept("with");
    }
    if !no_data {
        effects.scan.raise(Work::Maybe("its query is run"));
    }
}

fn index(cursor: &mut Cursor<'_>, effects: &mut Effects) {
    let concurrently = cursor.accept("concurrently");
    let if_not_exists = if_not_exists(cursor);
    effects.object = cursor.object_name();
    if !cursor.accept("on") {
        return;
    }
    let only = cursor.accept("only");
    let Some(table) = cursor.object_name() else {
        return;
    };
    effects.scan = Work::Yes("the index is built");
    if concurrently {
        effects.tag.push_str(" CONCURRENTLY");
        effects.lock(&table, Reach::Itself, LockMode::ShareUpdateExclusive);
        let index = effects.object.as_ref().map(|name| name.name.clone());
        effects.forbid(
            "CREATE INDEX CONCURRENTLY cannot run inside a transaction block",
            Settle::CreateIndexConcurrently { index, table, if_not_exists },
        );
        if if_not_exists {
            effects.note("IF NOT EXISTS passes over an invalid index of the same name");
        }
        return;
    }
    effects.lock(&table, Reach::Itself, LockMode::Share);
    if only {
        effects.scan = Work::Maybe("on a partitioned table ONLY builds nothing yet");
    } else {
        effects.lock(&table, Reach::Children, LockMode::Share);
    }
}

/// Objects that belong to a table, named after `word`.
fn on_table(cursor: &mut Cursor<'_>, effects: &mut Effects, word: &str, mode: LockMode) {
    effects.object = cursor.object_name();
    if cursor.skip_to(&[word])
        && cursor.accept(word)
        && let Some(table) = cursor.object_name()
    {
        effects.lock(&table, Reach::Itself, mode);
        if effects.tag == "CREATE TRIGGER" {
            effects.lock(&table, Reach::Children, mode);
        }
    }
}

fn view(cursor: &mut Cursor<'_>, effects: &mut Effects, replace: bool) {
    effects.object = cursor.object_name();
    if replace && let Some(view) = effects.object.clone() {
        effects.lock_noted(&view, Reach::Itself, LockMode::AccessExclusive, Some("if the view exists"));
    }
}

fn materialized_view(cursor: &mut Cursor<'_>, effects: &mut Effects) {
    if_not_exists(cursor);
    effects.object = cursor.object_name();
    query(cursor, effects);
    let mut options = cursor.clone();
    let continuous =
        options.skip_to(&["with"]) && options.accept("with") && group(&mut options).contains("timescaledb.");
    if continuous && !effects.scan.is_no() {
        effects
            .forbid("a continuous aggregate WITH DATA cannot be created inside a transaction block", Settle::Unknown);
    }
}

fn statistics(cursor: &mut Cursor<'_>, effects: &mut Effects) {
    if_not_exists(cursor);
    effects.object = cursor.object_name();
    if cursor.skip_to(&["from"])
        && cursor.accept("from")
        && let Some(table) = cursor.object_name()
    {
        effects.lock(&table, Reach::Itself, LockMode::ShareUpdateExclusive);
    }
}

/// The tables of `... TABLE a, b (columns) WHERE (...), TABLE c`.
pub(super) fn publication_tables(cursor: &mut Cursor<'_>, effects: &mut Effects) {
    if !cursor.skip_to(&["table"]) {
        return;
    }
    for part in super::split_commas(cursor) {
        let mut part = Cursor::new(part);
        part.accept("table");
        part.accept("only");
        if part.peek_kw("tables") || part.peek_kw("all") {
            return;
        }
        if let Some(table) = part.object_name() {
            effects.lock(&table, Reach::Itself, LockMode::ShareUpdateExclusive);
        }
    }
}

fn subscription(cursor: &mut Cursor<'_>, effects: &mut Effects) {
    effects.object = cursor.object_name();
    let options = if cursor.skip_to(&["with"]) {
        cursor.accept("with");
        group(cursor)
    } else {
        ""
    };
    let creates_slot = option(options, "create_slot").unwrap_or(true) && option(options, "connect").unwrap_or(true);
    if creates_slot {
        effects.forbid(
            "CREATE SUBSCRIPTION that creates a slot cannot run inside a transaction block",
            Settle::CreateSubscription(name_of(effects)),
        );
    }
}

/// `CREATE SCHEMA name CREATE TABLE ...` holds further statements.
fn schema(cursor: &mut Cursor<'_>, effects: &mut Effects, server_major: u32) {
    if_not_exists(cursor);
    effects.object = if cursor.peek_kw("authorization") { None } else { cursor.object_name() };
    if !cursor.skip_to(&["create"]) {
        return;
    }
    let inside: ObjectName = effects.object.clone().unwrap_or_else(|| ObjectName::bare(""));
    let text = cursor.text();
    let mut start = cursor.offset();
    cursor.bump();
    loop {
        let more = cursor.skip_to(&["create"]);
        let element = text.get(start..cursor.offset()).unwrap_or("");
        let inner = create(&mut Cursor::new(element), server_major);
        for mut lock in inner.locks {
            if lock.relation.schema.is_none() && !inside.name.is_empty() {
                lock.relation.schema = Some(inside.name.clone());
            }
            effects.lock_noted(&lock.relation, lock.reach, lock.mode, lock.note);
        }
        effects.scan.raise(inner.scan);
        if let TransactionRule::Forbidden { .. } = inner.transaction {
            effects.transaction = inner.transaction;
            effects.settle = Some(Settle::Unknown);
        }
        if !more {
            return;
        }
        start = cursor.offset();
        cursor.bump();
    }
}

//! `VACUUM`, `ANALYZE`, `REINDEX`, `CLUSTER`, `REPACK`, `REFRESH`.

use surefoot_sql::{Cursor, ObjectName};

use super::{group, names_with_groups, option};
use crate::lock::{LockMode, Reach};
use crate::model::{Effects, Settle, TransactionRule, Work};

pub(super) fn maintenance(cursor: &mut Cursor<'_>) -> Effects {
    match cursor.accept_any(&["vacuum", "reindex", "cluster", "repack", "refresh", "checkpoint"]) {
        Some("vacuum") => vacuum(cursor),
        Some("reindex") => reindex(cursor),
        Some("cluster") => cluster(cursor),
        Some("repack") => repack(cursor),
        Some("refresh") => refresh(cursor),
        Some(_) => Effects::new("CHECKPOINT"),
        None => analyze(cursor),
    }
}

fn vacuum(cursor: &mut Cursor<'_>) -> Effects {
    let mut effects = Effects::new("VACUUM");
    effects.forbid("VACUUM cannot run inside a transaction block", Settle::Repeatable);
    let mut full = option(group(cursor), "full").unwrap_or(false);
    while let Some(word) = cursor.accept_any(&["full", "freeze", "verbose", "analyze", "analyse"]) {
        full |= word == "full";
    }
    let mode = if full {
        effects.rewrite = Work::Yes("VACUUM FULL writes the table and its indexes anew");
        LockMode::AccessExclusive
    } else {
        effects.scan = Work::Maybe("pages that may hold dead rows are read");
        LockMode::ShareUpdateExclusive
    };
    for name in names_with_groups(cursor) {
        effects.object.get_or_insert_with(|| name.clone());
        effects.lock(&name, Reach::Itself, mode);
        effects.lock(&name, Reach::Children, mode);
    }
    effects
}

fn analyze(cursor: &mut Cursor<'_>) -> Effects {
    let mut effects = Effects::new("ANALYZE");
    cursor.accept_any(&["analyze", "analyse"]);
    group(cursor);
    cursor.accept("verbose");
    effects.scan = Work::Maybe("a sample of the rows is read");
    for name in names_with_groups(cursor) {
        effects.object.get_or_insert_with(|| name.clone());
        effects.lock(&name, Reach::Itself, LockMode::ShareUpdateExclusive);
    }
    if effects.object.is_none() {
        effects.note("locks every table of the database, to the end of the transaction if in one");
    }
    effects
}

fn reindex(cursor: &mut Cursor<'_>) -> Effects {
    let mut effects = Effects::new("REINDEX");
    let listed = option(group(cursor), "concurrently").unwrap_or(false);
    let kind = match cursor.accept_any(&["index", "table", "schema", "database", "system"]) {
        Some("index") => "INDEX",
        Some("table") => "TABLE",
        Some("schema") => "SCHEMA",
        Some("database") => "DATABASE",
        _ => "SYSTEM",
    };
    let concurrently = cursor.accept("concurrently") || listed;
    let name = cursor.object_name();
    effects.object.clone_from(&name);
    effects.rewrite = Work::Yes("the indexes are built anew");
    effects.scan = Work::Yes("the tables of the indexes are read");
    if concurrently {
        effects.tag.push_str(" CONCURRENTLY");
        if let Some(name) = &name {
            let mode = LockMode::ShareUpdateExclusive;
            if matches!(kind, "INDEX" | "TABLE") {
                effects.lock(name, Reach::Itself, mode);
            }
            if kind == "INDEX" {
                effects.lock(name, Reach::TableOfIndex, mode);
            }
        }
        effects.forbid(
            "REINDEX CONCURRENTLY cannot run inside a transaction block",
            Settle::ReindexConcurrently { kind, name },
        );
        return effects;
    }
    match (kind, name) {
        ("INDEX", Some(name)) => {
            effects.lock(&name, Reach::Itself, LockMode::AccessExclusive);
            effects.lock(&name, Reach::TableOfIndex, LockMode::Share);
            effects.note("reads of the table wait too, because planning locks every index");
            if_partitioned(
                &mut effects,
                name,
                "REINDEX INDEX of a partitioned index cannot run inside a transaction block",
            );
        }
        ("TABLE", Some(name)) => {
            effects.lock(&name, Reach::Itself, LockMode::Share);
            effects.lock(&name, Reach::Indexes, LockMode::AccessExclusive);
            effects.note("reads of the table wait too, because planning locks every index");
            if_partitioned(
                &mut effects,
                name,
                "REINDEX TABLE of a partitioned table cannot run inside a transaction block",
            );
        }
        _ => effects.forbid(
            "REINDEX of a schema, a database or the system catalogs cannot run inside a transaction block",
            Settle::Repeatable,
        ),
    }
    effects
}

fn if_partitioned(effects: &mut Effects, relation: ObjectName, reason: &'static str) {
    effects.transaction = TransactionRule::ForbiddenIfPartitioned { relation, reason };
    effects.settle = Some(Settle::Repeatable);
}

fn cluster(cursor: &mut Cursor<'_>) -> Effects {
    let mut effects = Effects::new("CLUSTER");
    group(cursor);
    cursor.accept("verbose");
    rewrite_table(cursor, &mut effects);
    effects
}

/// A table written anew, or all of them when none is named.
fn rewrite_table(cursor: &mut Cursor<'_>, effects: &mut Effects) {
    effects.rewrite = Work::Yes("the table and its indexes are written anew");
    let first = cursor.object_name();
    // The old form names the index first: CLUSTER index ON table.
    let table = if cursor.accept("on") { cursor.object_name() } else { first };
    effects.object.clone_from(&table);
    match table {
        Some(table) => {
            effects.lock(&table, Reach::Itself, LockMode::AccessExclusive);
            effects.lock(&table, Reach::Indexes, LockMode::AccessExclusive);
            if_partitioned(effects, table, "CLUSTER of a partitioned table cannot run inside a transaction block");
        }
        None => effects.forbid("CLUSTER without a table cannot run inside a transaction block", Settle::Repeatable),
    }
}

/// `REPACK`, of PostgreSQL 19.
fn repack(cursor: &mut Cursor<'_>) -> Effects {
    let mut effects = Effects::new("REPACK");
    let listed = option(group(cursor), "concurrently").unwrap_or(false);
    if cursor.accept("concurrently") || listed {
        effects.tag.push_str(" CONCURRENTLY");
        effects.object = cursor.object_name();
        effects.rewrite = Work::Yes("the table and its indexes are written anew");
        if let Some(table) = effects.object.clone() {
            effects.lock_noted(&table, Reach::Itself, LockMode::AccessExclusive, Some("for a short time at the end"));
        }
        effects.forbid("REPACK CONCURRENTLY cannot run inside a transaction block", Settle::Repeatable);
        return effects;
    }
    rewrite_table(cursor, &mut effects);
    effects
}

fn refresh(cursor: &mut Cursor<'_>) -> Effects {
    let mut effects = Effects::new("REFRESH MATERIALIZED VIEW");
    if !cursor.accept_all(&["materialized", "view"]) {
        effects.tag = "REFRESH".to_owned();
        return effects;
    }
    let mode = if cursor.accept("concurrently") {
        effects.tag.push_str(" CONCURRENTLY");
        effects.scan = Work::Yes("the query is run and compared with what the view holds");
        LockMode::Exclusive
    } else {
        effects.rewrite = Work::Yes("the view is written anew");
        LockMode::AccessExclusive
    };
    effects.object = cursor.object_name();
    if let Some(view) = effects.object.clone() {
        effects.lock(&view, Reach::Itself, mode);
        if mode == LockMode::AccessExclusive {
            effects.lock(&view, Reach::Indexes, mode);
        }
    }
    effects
}

//! Statements over rows, and `LOCK`.

use surefoot_sql::Cursor;

use crate::lock::{LockMode, Reach};
use crate::model::{Effects, Work};

pub(super) fn rows(cursor: &mut Cursor<'_>) -> Effects {
    let mut explained = false;
    let analyzed = cursor.peek_kw("explain") && {
        explained = true;
        cursor.accept("explain");
        let listed = super::option(super::group(cursor), "analyze").unwrap_or(false);
        let plain = cursor.accept_any(&["analyze", "analyse"]).is_some();
        cursor.accept("verbose");
        listed || plain
    };
    if explained && !analyzed {
        return Effects::new("EXPLAIN");
    }
    let mut changes_rows = false;
    if cursor.accept("with") {
        changes_rows = cursor.mentions(&["insert", "update", "delete", "merge"]);
        common_tables(cursor);
    }
    let word = cursor
        .accept_any(&["insert", "update", "delete", "merge", "truncate", "copy", "lock", "select", "values", "table"]);
    let mut effects = match word {
        Some("insert") => insert(cursor),
        Some("update") => change(cursor, "UPDATE"),
        Some("delete") => {
            cursor.accept("from");
            change(cursor, "DELETE")
        }
        Some("merge") => {
            cursor.accept("into");
            change(cursor, "MERGE")
        }
        Some("truncate") => truncate(cursor),
        Some("copy") => copy(cursor),
        Some("lock") => lock(cursor),
        _ => select(cursor),
    };
    if changes_rows {
        effects.reversible = false;
    }
    if explained {
        effects.tag = "EXPLAIN ANALYZE".to_owned();
    }
    effects
}

/// Skips `[RECURSIVE] name [(columns)] AS [[NOT] MATERIALIZED] (query), ...`.
fn common_tables(cursor: &mut Cursor<'_>) {
    cursor.skip_to(&["insert", "update", "delete", "merge", "select", "values", "table"]);
}

fn insert(cursor: &mut Cursor<'_>) -> Effects {
    let mut effects = Effects::new("INSERT");
    effects.reversible = false;
    cursor.accept("into");
    effects.object = cursor.object_name();
    if let Some(table) = effects.object.clone() {
        effects.lock(&table, Reach::Itself, LockMode::RowExclusive);
    }
    effects
}

fn change(cursor: &mut Cursor<'_>, tag: &str) -> Effects {
    let mut effects = Effects::new(tag);
    effects.reversible = false;
    cursor.accept("only");
    effects.object = cursor.object_name();
    let Some(table) = effects.object.clone() else {
        return effects;
    };
    effects.lock(&table, Reach::Itself, LockMode::RowExclusive);
    if tag != "MERGE" && !cursor.clone().skip_to(&["where"]) {
        effects.scan = Work::Yes("every row is changed");
        if tag == "DELETE" {
            effects.loses(format!("every row of {table} is deleted: there is no WHERE"));
        } else {
            effects.note("every row is changed: there is no WHERE");
        }
    }
    effects
}

fn truncate(cursor: &mut Cursor<'_>) -> Effects {
    let mut effects = Effects::new("TRUNCATE TABLE");
    cursor.accept("table");
    let names = cursor.object_names();
    let cascade = cursor.mentions(&["cascade"]);
    effects.object = names.first().cloned();
    for name in &names {
        effects.lock(name, Reach::Itself, LockMode::AccessExclusive);
        effects.lock(name, Reach::Children, LockMode::AccessExclusive);
        if cascade {
            effects.lock(name, Reach::ReferencingTables, LockMode::AccessExclusive);
            effects.note("CASCADE empties every table that references it as well");
        }
        effects.loses(format!("every row of {name} is deleted"));
    }
    effects
}

fn copy(cursor: &mut Cursor<'_>) -> Effects {
    let mut effects = Effects::new("COPY");
    cursor.accept("binary");
    effects.object = cursor.object_name();
    cursor.skip_parens();
    let writes = cursor.accept("from");
    effects.reversible = !writes;
    if let Some(table) = effects.object.clone() {
        let mode = if writes { LockMode::RowExclusive } else { LockMode::AccessShare };
        effects.lock(&table, Reach::Itself, mode);
    }
    if cursor.peek_kw("program") || cursor.clone().string().is_some() {
        effects.note("reads or writes a file on the server");
    }
    effects
}

fn lock(cursor: &mut Cursor<'_>) -> Effects {
    let mut effects = Effects::new("LOCK TABLE");
    cursor.accept("table");
    let names = cursor.object_names();
    effects.object = names.first().cloned();
    let mode = if cursor.accept("in") {
        // Longer names first: SHARE begins three of them.
        let mut modes = LockMode::ALL;
        modes.sort_by_key(|mode| std::cmp::Reverse(mode.name().len()));
        modes
            .into_iter()
            .find(|mode| {
                let name = mode.name().to_ascii_lowercase();
                let words: Vec<&str> = name.split(' ').collect();
                cursor.peek_kws(&words)
            })
            .unwrap_or(LockMode::AccessExclusive)
    } else {
        LockMode::AccessExclusive
    };
    for name in &names {
        effects.lock(name, Reach::Itself, mode);
        effects.lock(name, Reach::Children, mode);
    }
    effects
}

fn select(cursor: &mut Cursor<'_>) -> Effects {
    let mut effects = Effects::new("SELECT");
    if cursor.clone().skip_to(&["into"]) {
        effects.tag = "SELECT INTO".to_owned();
        cursor.skip_to(&["into"]);
        cursor.accept("into");
        while cursor.accept_any(&["temp", "temporary", "local", "global", "unlogged", "table"]).is_some() {}
        effects.object = cursor.object_name();
    }
    effects
}

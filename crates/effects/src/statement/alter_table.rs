//! `ALTER TABLE` and its kin, one action at a time (manual page "ALTER TABLE").

use surefoot_sql::{Cursor, ObjectName};

use super::{column, split_commas};
use crate::lock::{LockMode, Reach};
use crate::model::{Effects, Removal, Settle, Work};

const CONSTRAINT_WORDS: &[&str] = &["constraint", "check", "unique", "primary", "foreign", "not"];

/// The table, and how it was named.
struct Target<'a> {
    table: &'a ObjectName,
    only: bool,
    server_major: u32,
}

/// Reads the actions after `ALTER TABLE [IF EXISTS] [ONLY] name`.
pub(super) fn actions(
    cursor: &mut Cursor<'_>,
    effects: &mut Effects,
    table: &ObjectName,
    only: bool,
    server_major: u32,
) {
    let target = Target { table, only, server_major };
    let actions = split_commas(cursor);
    let count = actions.len();
    let mut drops_constraint = false;
    let mut sets_not_null = false;
    for text in actions {
        let mut action = Cursor::new(text);
        drops_constraint |= action.peek_kws(&["drop", "constraint"]);
        sets_not_null |= is_set_not_null(action.clone());
        one(&mut action, effects, &target);
    }
    if count > 1 && drops_constraint && sets_not_null {
        effects.scan.raise(Work::Yes("SET NOT NULL cannot use a CHECK that the same statement drops"));
    }
}

fn is_set_not_null(mut action: Cursor<'_>) -> bool {
    action.accept("alter")
        && {
            action.accept("column");
            action.any_ident().is_some()
        }
        && action.peek_kws(&["set", "not", "null"])
}

impl Target<'_> {
    /// A lock on the table, and on its children when the action goes down to them.
    fn lock(&self, effects: &mut Effects, mode: LockMode, recurses: bool) {
        effects.lock(self.table, Reach::Itself, mode);
        if recurses && !self.only {
            effects.lock(self.table, Reach::Children, mode);
        }
    }
}

fn one(cursor: &mut Cursor<'_>, effects: &mut Effects, target: &Target<'_>) {
    let exclusive = LockMode::AccessExclusive;
    match cursor.peek_text().to_ascii_lowercase().as_str() {
        "add" => add(cursor, effects, target),
        "drop" => drop(cursor, effects, target),
        "alter" => alter(cursor, effects, target),
        "rename" => {
            cursor.accept("rename");
            target.lock(effects, exclusive, !cursor.peek_kw("to"));
        }
        "validate" => {
            target.lock(effects, LockMode::ShareUpdateExclusive, true);
            effects.lock_noted(target.table, Reach::ReferencedTables, LockMode::RowShare, Some("for a foreign key"));
            effects.scan.raise(Work::Yes("every row is checked"));
        }
        "enable" | "disable" => {
            cursor.bump();
            cursor.accept_any(&["always", "replica"]);
            if cursor.accept("trigger") {
                target.lock(effects, LockMode::ShareRowExclusive, true);
            } else {
                target.lock(effects, exclusive, false);
            }
        }
        "cluster" => {
            target.lock(effects, LockMode::ShareUpdateExclusive, false);
            effects.lock(target.table, Reach::Indexes, LockMode::ShareUpdateExclusive);
        }
        "owner" => {
            target.lock(effects, exclusive, false);
            effects.lock(target.table, Reach::Indexes, exclusive);
        }
        "set" => set(cursor, effects, target),
        "reset" => set(cursor, effects, target),
        "attach" => attach(cursor, effects, target),
        "detach" => detach(cursor, effects, target),
        "inherit" => {
            cursor.accept("inherit");
            target.lock(effects, exclusive, false);
            if let Some(parent) = cursor.object_name() {
                effects.lock(&parent, Reach::Itself, LockMode::ShareUpdateExclusive);
            }
        }
        "no" => {
            cursor.accept("no");
            target.lock(effects, exclusive, false);
            if cursor.accept("inherit")
                && let Some(parent) = cursor.object_name()
            {
                effects.lock(&parent, Reach::Itself, LockMode::AccessShare);
            }
        }
        _ => target.lock(effects, exclusive, false),
    }
}

fn add(cursor: &mut Cursor<'_>, effects: &mut Effects, target: &Target<'_>) {
    cursor.accept("add");
    let is_constraint = CONSTRAINT_WORDS.iter().any(|word| cursor.peek_kw(word)) || {
        let mut exclude = cursor.clone();
        exclude.accept("exclude") && (exclude.peek_kw("using") || exclude.peek_symbol("("))
    };
    if is_constraint {
        add_constraint(cursor, effects, target);
        return;
    }
    cursor.accept("column");
    super::if_not_exists(cursor);
    target.lock(effects, LockMode::AccessExclusive, true);
    column::add(cursor, effects, target.table, target.server_major);
}

fn add_constraint(cursor: &mut Cursor<'_>, effects: &mut Effects, target: &Target<'_>) {
    if cursor.accept("constraint") {
        cursor.any_ident();
    }
    let not_valid = {
        let mut rest = cursor.clone();
        let mut found = false;
        while !found && rest.skip_to(&["not"]) {
            found = rest.accept_all(&["not", "valid"]);
            rest.accept("not");
        }
        found
    };
    if cursor.accept("foreign") {
        target.lock(effects, LockMode::ShareRowExclusive, true);
        if cursor.skip_to(&["references"])
            && cursor.accept("references")
            && let Some(referenced) = cursor.object_name()
        {
            effects.lock(&referenced, Reach::Itself, LockMode::ShareRowExclusive);
        }
        if !not_valid {
            effects.scan.raise(Work::Yes("the foreign key is checked on every row"));
        }
        return;
    }
    target.lock(effects, LockMode::AccessExclusive, true);
    let scan = if cursor.accept("check") {
        Work::Yes("the CHECK is checked on every row")
    } else if cursor.accept("not") {
        Work::Yes("NOT NULL is checked on every row")
    } else if cursor.accept("exclude") {
        Work::Yes("the index of the constraint is built under the lock")
    } else {
        let primary = cursor.accept_all(&["primary", "key"]);
        cursor.accept("unique");
        match (cursor.peek_kws(&["using", "index"]), primary) {
            (true, true) => Work::Maybe("if a key column is nullable, every row is checked"),
            (true, false) => Work::No,
            (false, _) => Work::Yes("the index of the constraint is built under the lock"),
        }
    };
    if !not_valid {
        effects.scan.raise(scan);
    }
}

fn drop(cursor: &mut Cursor<'_>, effects: &mut Effects, target: &Target<'_>) {
    cursor.accept("drop");
    target.lock(effects, LockMode::AccessExclusive, true);
    if cursor.accept("constraint") {
        effects.lock_noted(
            target.table,
            Reach::ReferencedTables,
            LockMode::AccessExclusive,
            Some("if the constraint is a foreign key"),
        );
        return;
    }
    cursor.accept("column");
    super::if_exists(cursor);
    let name = cursor.any_ident().unwrap_or_default();
    effects.loses(format!("column {name} of {} is dropped", target.table));
    match &mut effects.removes {
        Some(Removal::Columns { names, .. }) => names.push(name),
        removes => {
            *removes = Some(Removal::Columns { table: target.table.clone(), only: target.only, names: vec![name] });
        }
    }
    if cursor.accept("cascade") {
        cascades(effects, target.table);
    }
}

/// Notes that objects which are not named are dropped too.
pub(super) fn cascades(effects: &mut Effects, name: &ObjectName) {
    effects.lock(name, Reach::Dependents, LockMode::AccessExclusive);
    effects.note("CASCADE drops what depends on it as well");
}

fn alter(cursor: &mut Cursor<'_>, effects: &mut Effects, target: &Target<'_>) {
    cursor.accept("alter");
    let exclusive = LockMode::AccessExclusive;
    if cursor.peek_kw("constraint") {
        target.lock(effects, exclusive, true);
        return;
    }
    cursor.accept("column");
    cursor.any_ident();
    if cursor.peek_kw("type") || cursor.peek_kws(&["set", "data", "type"]) {
        target.lock(effects, exclusive, true);
        effects.lock_noted(
            target.table,
            Reach::ReferencingTables,
            exclusive,
            Some("if foreign keys point to the column"),
        );
        effects.lock_noted(target.table, Reach::ReferencedTables, exclusive, Some("if the column has a foreign key"));
        effects.rewrite.raise(Work::Maybe(
            "unless the new type stores values the same way, the table and its indexes are written anew",
        ));
        effects.scan.raise(Work::Maybe("if a CHECK mentions the column, every row is checked"));
        effects.reversible = false;
    } else if cursor.accept_all(&["set", "not", "null"]) {
        target.lock(effects, exclusive, true);
        effects.scan.raise(Work::Maybe("unless a valid CHECK proves that no value is null, every row is checked"));
    } else if cursor.accept_all(&["set", "statistics"]) || {
        let mut options = cursor.clone();
        options.accept_any(&["set", "reset"]).is_some() && options.peek_symbol("(")
    } {
        target.lock(effects, LockMode::ShareUpdateExclusive, true);
    } else if cursor.accept_all(&["set", "expression"]) {
        target.lock(effects, exclusive, true);
        effects.rewrite.raise(Work::Maybe("if the generated column is stored, it is computed for every row"));
    } else {
        target.lock(effects, exclusive, true);
    }
}

fn set(cursor: &mut Cursor<'_>, effects: &mut Effects, target: &Target<'_>) {
    cursor.accept_any(&["set", "reset"]);
    let exclusive = LockMode::AccessExclusive;
    if cursor.peek_symbol("(") {
        let mode = if cursor.mentions(&["user_catalog_table"]) { exclusive } else { LockMode::ShareUpdateExclusive };
        target.lock(effects, mode, false);
        return;
    }
    if cursor.accept_all(&["without", "cluster"]) {
        target.lock(effects, LockMode::ShareUpdateExclusive, false);
        return;
    }
    target.lock(effects, exclusive, false);
    let rewrite = if cursor.accept("unlogged") {
        effects.note("an unlogged table is emptied after a crash and absent on replicas");
        Work::Yes("the table is written anew without the log")
    } else if cursor.accept("logged") {
        Work::Yes("the table is written anew to the log")
    } else if cursor.accept("tablespace") {
        Work::Yes("the table is copied to the other tablespace")
    } else if cursor.accept_all(&["access", "method"]) {
        Work::Yes("the table is written anew by the other access method")
    } else {
        Work::No
    };
    if !rewrite.is_no() {
        effects.lock(target.table, Reach::Indexes, exclusive);
    }
    effects.rewrite.raise(rewrite);
}

fn attach(cursor: &mut Cursor<'_>, effects: &mut Effects, target: &Target<'_>) {
    cursor.accept_all(&["attach", "partition"]);
    effects.lock(target.table, Reach::Itself, LockMode::ShareUpdateExclusive);
    if let Some(partition) = cursor.object_name() {
        effects.lock(&partition, Reach::Itself, LockMode::AccessExclusive);
    }
    effects.lock(target.table, Reach::DefaultPartition, LockMode::AccessExclusive);
    effects.scan.raise(Work::Maybe(
        "unless a CHECK proves the bounds, every row of the new and of the default partition is checked",
    ));
}

fn detach(cursor: &mut Cursor<'_>, effects: &mut Effects, target: &Target<'_>) {
    cursor.accept_all(&["detach", "partition"]);
    let Some(partition) = cursor.object_name() else {
        return;
    };
    let concurrently = cursor.accept("concurrently");
    if concurrently || cursor.accept("finalize") {
        effects.lock(target.table, Reach::Itself, LockMode::ShareUpdateExclusive);
        effects.lock_noted(
            &partition,
            Reach::Itself,
            LockMode::AccessExclusive,
            concurrently.then_some("after waiting for transactions that use the partitioned table"),
        );
    } else {
        effects.lock(target.table, Reach::Itself, LockMode::AccessExclusive);
        let mode = if target.server_major < 14 { LockMode::ShareUpdateExclusive } else { LockMode::AccessExclusive };
        effects.lock(&partition, Reach::Itself, mode);
        effects.lock(target.table, Reach::DefaultPartition, LockMode::AccessExclusive);
    }
    if concurrently {
        effects.forbid(
            "ALTER TABLE ... DETACH PARTITION ... CONCURRENTLY cannot run inside a transaction block",
            Settle::DetachConcurrently { parent: target.table.clone(), partition },
        );
    }
}

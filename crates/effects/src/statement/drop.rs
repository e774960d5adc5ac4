//! `DROP ...`.

use surefoot_sql::{Cursor, ObjectName};

use super::alter_table::cascades;
use super::create::name_of;
use super::{if_exists, names_with_groups};
use crate::lock::{LockMode, Reach};
use crate::model::{Effects, Removal, Settle};
use crate::tag;

pub(super) fn drop(cursor: &mut Cursor<'_>) -> Effects {
    cursor.accept("drop");
    let Some(kind) = tag::kind(cursor) else {
        return Effects::new("DROP");
    };
    let mut effects = Effects::new(format!("DROP {kind}"));
    let concurrently = kind == "INDEX" && cursor.accept("concurrently");
    if kind == "OWNED" {
        effects.loses("everything the role owns in this database is dropped");
        return effects;
    }
    if_exists(cursor);
    let names = names_with_groups(cursor);
    effects.object = names.first().cloned();
    let cascade = cursor.mentions(&["cascade"]);
    effects.removes = removal(kind, &names, cascade);
    for name in &names {
        if concurrently {
            drop_index_concurrently(&mut effects, name);
        } else {
            drop_one(&mut effects, kind, name, cursor, cascade);
        }
        if cascade && !matches!(kind, "DATABASE" | "TABLESPACE" | "ROLE") {
            cascades(&mut effects, name);
        }
    }
    effects
}

fn removal(kind: &'static str, names: &[ObjectName], cascade: bool) -> Option<Removal> {
    let names = names.to_vec();
    Some(match kind {
        "TABLE" => Removal::Tables { names, cascade },
        "SCHEMA" if cascade => Removal::Schemas(names.into_iter().map(|n| n.name).collect()),
        "TYPE" | "DOMAIN" | "EXTENSION" | "SCHEMA" | "COLLATION" => Removal::Types { kind, names },
        _ => return None,
    })
}

fn drop_index_concurrently(effects: &mut Effects, index: &ObjectName) {
    if !effects.tag.ends_with("CONCURRENTLY") {
        effects.tag.push_str(" CONCURRENTLY");
    }
    let mode = LockMode::ShareUpdateExclusive;
    effects.lock(index, Reach::Itself, mode);
    effects.lock(index, Reach::TableOfIndex, mode);
    let index = index.clone();
    effects.forbid(
        "DROP INDEX CONCURRENTLY cannot run inside a transaction block",
        Settle::DropIndexConcurrently { index },
    );
}

fn drop_one(effects: &mut Effects, kind: &str, name: &ObjectName, cursor: &Cursor<'_>, cascade: bool) {
    let exclusive = LockMode::AccessExclusive;
    match kind {
        "TABLE" => {
            effects.lock(name, Reach::Itself, exclusive);
            for reach in [Reach::ReferencedTables, Reach::PartitionParent, Reach::Children] {
                effects.lock(name, reach, exclusive);
            }
            effects.loses(format!("table {name} is dropped with its rows"));
        }
        "INDEX" => {
            effects.lock(name, Reach::Itself, exclusive);
            effects.lock(name, Reach::TableOfIndex, exclusive);
        }
        "VIEW" | "MATERIALIZED VIEW" | "FOREIGN TABLE" => {
            effects.lock(name, Reach::Itself, exclusive);
            if kind == "MATERIALIZED VIEW" {
                effects.lock(name, Reach::Indexes, exclusive);
            }
        }
        "SEQUENCE" => {
            effects.lock(name, Reach::Itself, exclusive);
            effects.loses(format!("sequence {name} is dropped with its position"));
        }
        "TRIGGER" | "RULE" | "POLICY" => {
            let mut rest = cursor.clone();
            if rest.accept("on")
                && let Some(table) = rest.object_name()
            {
                effects.lock(&table, Reach::Itself, exclusive);
                if kind == "TRIGGER" {
                    effects.lock(&table, Reach::Children, exclusive);
                }
            }
        }
        "STATISTICS" => effects.lock(name, Reach::TableOfObject, LockMode::ShareUpdateExclusive),
        "SCHEMA" if cascade => effects.loses(format!("schema {name} is dropped with all in it")),
        "TYPE" | "DOMAIN" if cascade => {
            effects.lock(name, Reach::TablesOfType, exclusive);
            effects.loses(format!("columns of type {name} are dropped"));
        }
        "EXTENSION" if cascade => {
            effects.loses(format!("columns that use extension {name} are dropped"));
        }
        "EXTENSION" => {
            effects.note("tables that the extension created are dropped with it");
        }
        "DATABASE" => {
            effects.loses(format!("database {name} is dropped"));
            let settle = Settle::DropDatabase(name_of(effects));
            effects.forbid("DROP DATABASE cannot run inside a transaction block", settle);
        }
        "TABLESPACE" => {
            let settle = Settle::DropTablespace(name_of(effects));
            effects.forbid("DROP TABLESPACE cannot run inside a transaction block", settle);
        }
        "SUBSCRIPTION" => {
            let settle = Settle::DropSubscription(name_of(effects));
            effects.forbid("DROP SUBSCRIPTION cannot run inside a transaction block unless its slot is NONE", settle);
            effects.reversible = false;
        }
        "ROLE" => effects.note("roles are shared by all databases of the server"),
        _ => {}
    }
}

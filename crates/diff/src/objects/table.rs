//! Tables: plain, partitioned and foreign; and partitions.

use surefoot_catalog::objects::{ConstraintKind, Partition, Persistence, ReplicaIdentity, Table, TableKind};
use surefoot_catalog::{Body, Id, Kind, Object};
use surefoot_sql::{quote_ident, quote_literal};

use crate::change::{Change, Context, Statement};
use crate::common::literal_or_null;
use crate::objects::{column, constraint, inheritance, setting};

/// The table with the parts that are written inside the parentheses.
pub(crate) fn create(cx: Context<'_>, object: &Object, body: &Table, parts: &[&Object]) -> Vec<Statement> {
    let name = object.id.relation();
    let mut lines = Vec::new();
    let default_of = |id: &Id| {
        parts.iter().find_map(|part| match &part.body {
            Body::Default(default) if part.id.sub == id.sub => Some(default),
            _ => None,
        })
    };
    for part in parts {
        if let Body::Column(column) = &part.body {
            let default = default_of(&part.id);
            lines.push(column::line(cx, part, column, default, body.of_type.is_some(), body.is_partition));
        }
    }
    for part in parts {
        if let Body::Constraint(c) = &part.body {
            lines.push(constraint::line(part, c));
        }
    }
    let unlogged = if body.persistence == Persistence::Unlogged { "UNLOGGED " } else { "" };
    let foreign = if body.sort == TableKind::Foreign { "FOREIGN " } else { "" };
    let mut sql = format!("CREATE {foreign}{unlogged}TABLE {name}");
    if let Some(of) = &body.of_type {
        sql.push_str(&format!(" OF {of}"));
    }
    if !lines.is_empty() {
        sql.push_str(&format!(" (\n    {}\n)", lines.join(",\n    ")));
    } else if body.of_type.is_none() {
        sql.push_str(" ()");
    }
    if !body.inherits.is_empty() {
        let parents: Vec<String> = body.inherits.iter().map(Id::relation).collect();
        sql.push_str(&format!("\nINHERITS ({})", parents.join(", ")));
    }
    if let Some(key) = &body.partition_key {
        sql.push_str(&format!("\nPARTITION BY {key}"));
    }
    if let Some(server) = &body.server {
        sql.push_str(&format!("\nSERVER {}", quote_ident(server)));
        if !body.server_options.is_empty() {
            sql.push_str(&format!(" OPTIONS ({})", server_options(&body.server_options)));
        }
    }
    if let Some(method) = &body.access_method {
        sql.push_str(&format!("\nUSING {}", quote_ident(method)));
    }
    let toast = body.toast_options.iter().map(|o| format!("toast.{o}"));
    let options: Vec<String> = body.options.iter().cloned().chain(toast).collect();
    if !options.is_empty() {
        sql.push_str(&format!("\nWITH ({})", options_sql(&options)));
    }
    if let Some(tablespace) = &body.tablespace {
        sql.push_str(&format!("\nTABLESPACE {}", quote_ident(tablespace)));
    }
    let mut out: Vec<Statement> = vec![sql.into()];
    for part in parts {
        if let Body::Column(column) = &part.body {
            out.extend(column::settings(cx, part, column, None));
        }
    }
    for part in parts {
        if let Body::Constraint(c) = &part.body {
            out.extend(constraint::settings(cx, part, c, None));
        }
    }
    if !body.inherits.is_empty() {
        let inside = |id: &Id| parts.iter().any(|part| part.id == *id);
        for part in cx.to.columns(&object.id).into_iter().filter(|part| !inside(&part.id)) {
            out.extend(inheritance::own_settings(cx, part, body));
        }
    }
    row_security(object, None, body, &mut out);
    replica_identity(object, None, body, &mut out);
    out
}

pub(crate) fn drop(object: &Object, body: &Table) -> Vec<Statement> {
    let foreign = if body.sort == TableKind::Foreign { "FOREIGN " } else { "" };
    let name = object.id.relation();
    let sql = format!("DROP {foreign}TABLE {name}");
    if body.sort == TableKind::Plain {
        vec![Statement::losing(sql, format!("the rows of {name}"))]
    } else {
        vec![sql.into()]
    }
}

pub(crate) fn alter(cx: Context<'_>, object: &Object, old: &Table, new: &Table) -> Change {
    if old.sort != new.sort || old.partition_key != new.partition_key || old.server != new.server {
        return Change::Replace;
    }
    let name = object.id.relation();
    let mut out: Vec<Statement> = Vec::new();
    if old.of_type != new.of_type {
        out.push(match &new.of_type {
            Some(of) => format!("ALTER TABLE {name} OF {of}").into(),
            None => format!("ALTER TABLE {name} NOT OF").into(),
        });
    }
    out.extend(inheritance::leave(cx, object, old, new));
    if old.persistence != new.persistence {
        let word = if new.persistence == Persistence::Unlogged { "UNLOGGED" } else { "LOGGED" };
        out.push(format!("ALTER TABLE {name} SET {word}").into());
    }
    out.extend(change_options(&format!("ALTER TABLE {name}"), "", &old.options, &new.options));
    out.extend(change_options(&format!("ALTER TABLE {name}"), "toast.", &old.toast_options, &new.toast_options));
    if old.tablespace != new.tablespace {
        let tablespace = new.tablespace.as_deref().unwrap_or("pg_default");
        out.push(format!("ALTER TABLE {name} SET TABLESPACE {}", quote_ident(tablespace)).into());
    }
    if old.access_method != new.access_method {
        let method = new.access_method.as_deref().unwrap_or("heap");
        out.push(format!("ALTER TABLE {name} SET ACCESS METHOD {}", quote_ident(method)).into());
    }
    if old.server_options != new.server_options {
        let options = change_server_options(&old.server_options, &new.server_options);
        out.push(format!("ALTER FOREIGN TABLE {name} OPTIONS ({options})").into());
    }
    row_security(object, Some(old), new, &mut out);
    replica_identity(object, Some(old), new, &mut out);
    Change::of(out)
}

fn row_security(object: &Object, old: Option<&Table>, new: &Table, out: &mut Vec<Statement>) {
    let name = object.id.relation();
    if old.is_some_and(|o| o.row_security) != new.row_security {
        let verb = if new.row_security { "ENABLE" } else { "DISABLE" };
        out.push(format!("ALTER TABLE {name} {verb} ROW LEVEL SECURITY").into());
    }
    if old.is_some_and(|o| o.force_row_security) != new.force_row_security {
        let verb = if new.force_row_security { "FORCE" } else { "NO FORCE" };
        out.push(format!("ALTER TABLE {name} {verb} ROW LEVEL SECURITY").into());
    }
}

/// An index as the identity is said where the index is.
fn replica_identity(object: &Object, old: Option<&Table>, new: &Table, out: &mut Vec<Statement>) {
    let before = old.map_or(ReplicaIdentity::Default, |o| o.replica_identity);
    if before == new.replica_identity {
        return;
    }
    let word = match new.replica_identity {
        ReplicaIdentity::Default => "DEFAULT",
        ReplicaIdentity::Full => "FULL",
        ReplicaIdentity::Nothing => "NOTHING",
        ReplicaIdentity::Index => return,
    };
    out.push(format!("ALTER TABLE {} REPLICA IDENTITY {word}", object.id.relation()).into());
}

pub(crate) fn attach(object: &Object, body: &Partition) -> Vec<Statement> {
    let (parent, child) = (body.parent.relation(), object.id.relation());
    vec![format!("ALTER TABLE {parent} ATTACH PARTITION {child} {}", body.bound).into()]
}

pub(crate) fn detach(cx: Context<'_>, object: &Object, body: &Partition) -> Vec<Statement> {
    let (parent, child) = (body.parent.relation(), object.id.relation());
    let mut out: Vec<Statement> = vec![format!("ALTER TABLE {parent} DETACH PARTITION {child}").into()];
    // What it has of the foreign keys of those above stays with it, under names that the server made up.
    let mut above = Some(&body.parent);
    let mut keeps = false;
    while let Some(table) = above {
        let foreign = |o: &&Object| matches!(&o.body, Body::Constraint(c) if c.sort == ConstraintKind::ForeignKey);
        keeps |= cx.from.parts(table, Kind::Constraint).filter(foreign).any(|o| cx.to.get(&o.id).is_some());
        above = match cx.from.get(&table.with_kind(Kind::Partition)).map(|o| &o.body) {
            Some(Body::Partition(partition)) => Some(&partition.parent),
            _ => None,
        };
    }
    let table = object.id.with_kind(Kind::Table);
    if keeps && cx.to.get(&table).is_some() {
        let own = cx.from.parts(&table, Kind::Constraint).map(|o| literal_or_null(Some(&o.id.sub)));
        out.push(
            setting::block(&format!(
                "DECLARE copy name; BEGIN FOR copy IN SELECT conname FROM pg_catalog.pg_constraint WHERE conrelid = \
                 {}::pg_catalog.regclass AND contype = 'f' AND conname <> ALL (ARRAY[{}]::name[]) LOOP EXECUTE \
                 pg_catalog.format({}, copy); END LOOP; END",
                literal_or_null(Some(&child)),
                own.collect::<Vec<_>>().join(", "),
                literal_or_null(Some(&format!("ALTER TABLE {} DROP CONSTRAINT %I", child.replace('%', "%%")))),
            ))
            .into(),
        );
    }
    out
}

/// `name=value` pairs as they stand in `WITH (...)`.
pub(crate) fn options_sql(options: &[String]) -> String {
    let each = options.iter().map(|option| match option.split_once('=') {
        Some((name, value)) => format!("{name}={}", option_value(value)),
        None => option.clone(),
    });
    each.collect::<Vec<_>>().join(", ")
}

fn option_value(value: &str) -> String {
    let plain = !value.is_empty() && value.chars().all(|c| c.is_ascii_digit() || c == '.');
    let word = matches!(value, "true" | "false" | "on" | "off");
    if plain || word { value.to_owned() } else { quote_literal(value).trim_start().to_owned() }
}

/// `SET (...)` and `RESET (...)` after `prefix`, the names written after `namespace`.
pub(crate) fn change_options(prefix: &str, namespace: &str, old: &[String], new: &[String]) -> Vec<Statement> {
    let name = |option: &str| option.split('=').next().unwrap_or_default().to_owned();
    let mut out: Vec<Statement> = Vec::new();
    let gone: Vec<String> = old
        .iter()
        .map(|o| name(o))
        .filter(|n| !new.iter().any(|o| name(o) == *n))
        .map(|n| format!("{namespace}{n}"))
        .collect();
    if !gone.is_empty() {
        out.push(format!("{prefix} RESET ({})", gone.join(", ")).into());
    }
    let set: Vec<String> = new.iter().filter(|o| !old.contains(o)).map(|o| format!("{namespace}{o}")).collect();
    if !set.is_empty() {
        out.push(format!("{prefix} SET ({})", options_sql(&set)).into());
    }
    out
}

/// The same for an index, whose definition shows the parameters in the order in which they were set: all are set anew.
pub(crate) fn change_index_options(index: &str, old: &[String], new: &[String]) -> Vec<Statement> {
    let mut out: Vec<Statement> = Vec::new();
    if old != new {
        let names: Vec<&str> = old.iter().filter_map(|o| o.split('=').next()).collect();
        if !names.is_empty() {
            out.push(format!("ALTER INDEX {index} RESET ({})", names.join(", ")).into());
        }
        if !new.is_empty() {
            out.push(format!("ALTER INDEX {index} SET ({})", options_sql(new)).into());
        }
    }
    out
}

/// `name=value` pairs as they stand in `OPTIONS (...)` of foreign objects.
pub(crate) fn server_options(options: &[String]) -> String {
    let each = options.iter().map(|option| server_option("", option));
    each.collect::<Vec<_>>().join(", ")
}

fn server_option(verb: &str, option: &str) -> String {
    let (name, value) = option.split_once('=').unwrap_or((option, ""));
    format!("{verb}{} {}", quote_ident(name), quote_literal(value).trim_start())
}

/// `ADD`, `SET` and `DROP` that make the one list of options into the other.
pub(crate) fn change_server_options(old: &[String], new: &[String]) -> String {
    let name = |option: &str| option.split('=').next().unwrap_or_default().to_owned();
    let mut out = Vec::new();
    for option in old {
        if !new.iter().any(|o| name(o) == name(option)) {
            out.push(format!("DROP {}", quote_ident(&name(option))));
        }
    }
    for option in new.iter().filter(|o| !old.contains(o)) {
        let verb = if old.iter().any(|o| name(o) == name(option)) { "SET " } else { "ADD " };
        out.push(server_option(verb, option));
    }
    out.join(", ")
}

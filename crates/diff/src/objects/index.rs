//! Indexes that no constraint owns.

use surefoot_catalog::objects::Index;
use surefoot_catalog::{Body, Kind, Object};
use surefoot_sql::quote_ident;

use crate::change::{Change, Context, Statement};
use crate::objects::table;

pub(crate) fn create(cx: Context<'_>, object: &Object, body: &Index) -> Vec<Statement> {
    let mut out: Vec<Statement> = Vec::new();
    // An index on a table that was there is best built while the table is used; not possible for a partitioned one.
    let online = cx.options.online && !body.partitioned && cx.from.get(&body.table).is_some();
    let sql = definition(body);
    if online {
        let verb = if body.unique { "CREATE UNIQUE INDEX " } else { "CREATE INDEX " };
        out.push(Statement::alone(sql.replacen(verb, &format!("{verb}CONCURRENTLY "), 1)));
    } else {
        out.push(sql.into());
    }
    settings(cx, object, body, None, &mut out);
    // A partition attached before, and an index of the partitioned table that was there: nobody joins the two.
    let incomplete =
        |id: &surefoot_catalog::Id| matches!(cx.to.get(id).map(|o| &o.body), Some(Body::Index(i)) if !i.valid);
    if let Some(parent) = &body.parent
        && ((stays(cx, parent)
            && cx.from.get(&body.table.with_kind(Kind::Partition)).is_some()
            && cx.from.get(&object.id).is_none())
            || (!stays(cx, parent) && incomplete(parent)))
    {
        out.push(attach(object, parent));
    }
    out
}

/// The server's text with storage parameters and tablespace, which stand before `WHERE`. For an index of a
/// partitioned table the server writes `ON ONLY`; without it the partitions' indexes are found or made.
fn definition(body: &Index) -> String {
    let mut clauses = String::new();
    if !body.options.is_empty() {
        clauses.push_str(&format!(" WITH ({})", table::options_sql(&body.options)));
    }
    if let Some(tablespace) = &body.tablespace {
        clauses.push_str(&format!(" TABLESPACE {}", quote_ident(tablespace)));
    }
    let mut sql = body.definition.clone();
    if body.partitioned && body.valid {
        sql = sql.replacen(" ON ONLY ", " ON ", 1);
    }
    if clauses.is_empty() {
        return sql;
    }
    let end = where_clause(&sql);
    format!("{}{clauses}{}", &sql[..end], &sql[end..])
}

/// Where ` WHERE ` begins outside of parentheses and quotes, or the end.
fn where_clause(sql: &str) -> usize {
    let (mut depth, mut quote) = (0i32, None);
    for (i, c) in sql.char_indices() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            (None, ' ') if depth == 0 && sql[i..].starts_with(" WHERE ") => return i,
            _ => {}
        }
    }
    sql.len()
}

/// Whether an index is in both schemas and need not be made again.
fn stays(cx: Context<'_>, id: &surefoot_catalog::Id) -> bool {
    match (cx.from.get(id).map(|o| &o.body), cx.to.get(id).map(|o| &o.body)) {
        (Some(Body::Index(a)), Some(Body::Index(b))) => a.definition == b.definition && a.table == b.table,
        _ => false,
    }
}

fn attach(object: &Object, parent: &surefoot_catalog::Id) -> Statement {
    format!("ALTER INDEX {} ATTACH PARTITION {}", parent.relation(), object.id.relation()).into()
}

fn settings(cx: Context<'_>, object: &Object, new: &Index, old: Option<&Index>, out: &mut Vec<Statement>) {
    let name = quote_ident(&object.id.name);
    let kind = if new.table.kind == Kind::MaterializedView { "MATERIALIZED VIEW" } else { "TABLE" };
    let table = new.table.relation();
    if new.clustered && !old.is_some_and(|o| o.clustered) {
        out.push(format!("ALTER {kind} {table} CLUSTER ON {name}").into());
    } else if !new.clustered && old.is_some_and(|o| o.clustered) && !clustered(cx, &new.table) {
        out.push(format!("ALTER {kind} {table} SET WITHOUT CLUSTER").into());
    }
    if new.replica_identity && !old.is_some_and(|o| o.replica_identity) {
        out.push(format!("ALTER TABLE {table} REPLICA IDENTITY USING INDEX {name}").into());
    }
    let index = object.id.relation();
    let none = Vec::new();
    let before = old.map_or(&none, |o| &o.statistics);
    for (column, target) in &new.statistics {
        if !before.contains(&(*column, *target)) {
            out.push(format!("ALTER INDEX {index} ALTER COLUMN {column} SET STATISTICS {target}").into());
        }
    }
    for (column, _) in before.iter().filter(|(c, _)| !new.statistics.iter().any(|(n, _)| n == c)) {
        out.push(format!("ALTER INDEX {index} ALTER COLUMN {column} SET STATISTICS -1").into());
    }
}

/// Whether the table is to be clustered on another index, which takes it away from this one.
pub(crate) fn clustered(cx: Context<'_>, table: &surefoot_catalog::Id) -> bool {
    cx.to.parts(table, Kind::Constraint).any(|o| matches!(&o.body, Body::Constraint(c) if c.clustered))
        || cx.to.objects().iter().any(|o| matches!(&o.body, Body::Index(i) if i.clustered && i.table == *table))
}

pub(crate) fn drop(cx: Context<'_>, object: &Object, body: &Index) -> Vec<Statement> {
    let name = object.id.relation();
    if cx.options.online && !body.partitioned && body.parent.is_none() && cx.to.get(&body.table).is_some() {
        return vec![Statement::alone(format!("DROP INDEX CONCURRENTLY {name}"))];
    }
    vec![format!("DROP INDEX {name}").into()]
}

pub(crate) fn alter(cx: Context<'_>, object: &Object, old: &Index, new: &Index) -> Change {
    let detached = old.parent.is_some() && old.parent != new.parent;
    let made_invalid = new.partitioned && old.valid && !new.valid;
    if made_invalid
        || old.definition != new.definition
        || old.table != new.table
        || (new.valid && !old.valid && !new.partitioned)
    {
        return Change::Replace;
    }
    let mut out: Vec<Statement> = Vec::new();
    let name = object.id.relation();
    out.extend(table::change_index_options(&name, &old.options, &new.options));
    if old.tablespace != new.tablespace {
        let tablespace = new.tablespace.as_deref().unwrap_or("pg_default");
        out.push(format!("ALTER INDEX {name} SET TABLESPACE {}", quote_ident(tablespace)).into());
    }
    settings(cx, object, new, Some(old), &mut out);
    // When the table is attached, or the index of the partitioned table is made, its index finds this one.
    if let Some(parent) = &new.parent
        && old.parent.as_ref() != Some(parent)
        && !detached
        && stays(cx, parent)
        && cx.from.get(&new.table.with_kind(Kind::Partition)).is_some()
    {
        out.push(attach(object, parent));
    }
    Change::of(out)
}

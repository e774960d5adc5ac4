//! Rows: which tables have some, in what order they are written, and where sequences stand.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use surefoot_catalog::{Body, Catalog};
use surefoot_pg::{Session, literal};
use surefoot_sql::quote_ident;

use crate::{Error, Result};

/// A table whose rows can be copied.
#[derive(Debug, Clone)]
pub(crate) struct TableRows {
    pub(crate) schema: String,
    pub(crate) name: String,
    /// The columns that take a value, as SQL; empty when there are none.
    columns: String,
    /// The primary key as SQL; empty when there is none.
    key: String,
    /// Which rows, for the tables of an extension: `WHERE ...`.
    filter: String,
    /// Whether its rows are kept in tables below it.
    below: bool,
}

impl TableRows {
    /// The name as SQL.
    pub(crate) fn sql(&self) -> String {
        format!("{}.{}", quote_ident(&self.schema), quote_ident(&self.name))
    }

    /// The statement that takes the rows in; `None` for a table without columns to fill.
    pub(crate) fn copy_in(&self) -> Option<String> {
        (!self.columns.is_empty()).then(|| format!("COPY {} ({}) FROM stdin;", self.sql(), self.columns))
    }

    fn copy_out(&self, ordered: bool) -> String {
        let table = self.sql();
        if !ordered && self.filter.is_empty() && !self.below {
            return format!("COPY {table} ({}) TO STDOUT", self.columns);
        }
        let order = match (ordered, self.key.is_empty()) {
            (false, _) => String::new(),
            (true, false) => format!(" ORDER BY {}", self.key),
            (true, true) => format!(" ORDER BY ROW({})::text COLLATE pg_catalog.\"C\"", self.columns),
        };
        let only = if self.below { "" } else { "ONLY " };
        format!("COPY (SELECT {} FROM {only}{table} t {}{order}) TO STDOUT", self.columns, self.filter)
    }
}

/// Where a sequence stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SequenceValue {
    pub(crate) schema: String,
    pub(crate) name: String,
    /// `SELECT pg_catalog.setval(...);`
    pub(crate) sql: String,
    /// Whether a value was ever taken.
    pub(crate) used: bool,
}

/// Excluded schemas, and the system's own.
fn user_schema(excluded: &[String]) -> String {
    let names: Vec<String> = excluded.iter().map(|s| format!(", {}", literal(s))).collect();
    format!(
        "n.nspname NOT IN ('pg_catalog', 'information_schema'{}) AND n.nspname !~ '^pg_(toast|temp)' \
         AND n.nspname !~ '^_timescaledb_'",
        names.concat()
    )
}

/// The tables of a database whose rows are its own, sorted by name; second, what is left out, in words.
pub(crate) async fn tables(session: &Session, excluded: &[String]) -> Result<(Vec<TableRows>, Vec<String>)> {
    chosen_tables(session, excluded, Columns::All).await
}

async fn chosen_tables(
    session: &Session,
    excluded: &[String],
    columns: Columns,
) -> Result<(Vec<TableRows>, Vec<String>)> {
    let wanted = match columns {
        Columns::All => "",
        Columns::Repeatable => {
            "AND a.atttypid NOT IN ('timestamp'::regtype, 'timestamptz'::regtype, 'date'::regtype, \
             'time'::regtype, 'timetz'::regtype, 'uuid'::regtype)"
        }
    };
    let member = "EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass \
                  AND d.objid = c.oid AND d.deptype = 'e')";
    let rows = session
        .rows(&format!(
            "SELECT n.nspname, c.relname, c.relkind, \
               (SELECT string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum) \
                FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
                AND a.attgenerated = '' {wanted}), \
               (SELECT string_agg(pg_catalog.quote_ident(a.attname) || \
                       CASE WHEN a.attcollation <> 0 THEN ' COLLATE pg_catalog.\"C\"' ELSE '' END, ', ' ORDER BY k.place) \
                FROM pg_catalog.pg_index i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY k(att, place) \
                JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.att \
                WHERE i.indrelid = c.oid AND i.indisprimary AND k.place <= i.indnkeyatts), \
               coalesce((SELECT e.extcondition[array_position(e.extconfig, c.oid)] \
                FROM pg_catalog.pg_extension e WHERE c.oid = ANY (e.extconfig)), ''), \
               EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'ts_insert_blocker') \
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relkind IN ('r', 'f') AND c.relpersistence <> 't' AND {} \
               AND (NOT {member} OR EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE c.oid = ANY (e.extconfig))) \
             ORDER BY n.nspname COLLATE \"C\", c.relname COLLATE \"C\"",
            user_schema(excluded)
        ))
        .await?;
    let (mut out, mut left_out) = (Vec::new(), Vec::new());
    for mut row in rows {
        let foreign = row.get(2) == Some("f");
        let mut text = |i: usize| row.take(i).unwrap_or_default();
        let (schema, name) = (text(0), text(1));
        if foreign {
            left_out.push(format!(
                "the rows of foreign table {}.{}, which are its server's",
                quote_ident(&schema),
                quote_ident(&name)
            ));
            continue;
        }
        let (filled, key, filter, below) = (text(3), text(4), text(5), text(6) == "t");
        // A key that is left out cannot give the order.
        let key = if columns == Columns::All { key } else { String::new() };
        if below {
            left_out.push(format!(
                "that {}.{} is a hypertable: make it one before its rows are loaded",
                quote_ident(&schema),
                quote_ident(&name)
            ));
        }
        out.push(TableRows { schema, name, columns: filled, key, filter, below });
    }
    Ok((out, left_out))
}

/// Brings tables into an order in which each comes after those its foreign keys point to; second, those in a circle.
pub(crate) fn by_foreign_keys(tables: Vec<TableRows>, catalog: &Catalog) -> (Vec<TableRows>, Vec<String>) {
    let index: BTreeMap<(String, String), usize> =
        tables.iter().enumerate().map(|(i, t)| ((t.schema.clone(), t.name.clone()), i)).collect();
    let place = |schema: &str, name: &str| index.get(&(schema.to_owned(), name.to_owned())).copied();
    let mut needs: Vec<Vec<usize>> = vec![Vec::new(); tables.len()];
    for object in catalog.objects() {
        if let Body::Constraint(constraint) = &object.body
            && let Some(to) = &constraint.references
            && let (Some(from), Some(to)) = (place(&object.id.schema, &object.id.name), place(&to.schema, &to.name))
            && from != to
        {
            needs[from].push(to);
        }
    }
    let mut order: Vec<usize> = Vec::new();
    let mut placed = vec![false; tables.len()];
    let mut circle = Vec::new();
    while order.len() < tables.len() {
        let ready = (0..tables.len()).find(|i| !placed[*i] && needs[*i].iter().all(|n| placed[*n]));
        let next = ready.or_else(|| (0..tables.len()).find(|i| !placed[*i]));
        let Some(next) = next else { break };
        if ready.is_none() {
            circle.push(tables[next].sql());
        }
        placed[next] = true;
        order.push(next);
    }
    let mut slots: Vec<Option<TableRows>> = tables.into_iter().map(Some).collect();
    (order.into_iter().filter_map(|i| slots[i].take()).collect(), circle)
}

/// Where the sequences of a database stand, sorted by name.
pub(crate) async fn sequences(session: &Session, excluded: &[String]) -> Result<Vec<SequenceValue>> {
    let names = session
        .rows(&format!(
            "SELECT n.nspname, c.relname, s.seqstart FROM pg_catalog.pg_class c \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid \
             WHERE c.relpersistence <> 't' AND {} AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d \
               WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') \
             ORDER BY n.nspname COLLATE \"C\", c.relname COLLATE \"C\"",
            user_schema(excluded)
        ))
        .await?;
    let mut out = Vec::new();
    // In pieces: one statement over thousands of relations takes a lock on each at once.
    for some in names.chunks(500) {
        let parts: Vec<String> = some
            .iter()
            .enumerate()
            .map(|(i, row)| {
                let name = qualified(row.get(0).unwrap_or_default(), row.get(1).unwrap_or_default());
                format!("SELECT {i} AS i, last_value, is_called FROM {name}")
            })
            .collect();
        let values = session
            .rows(&format!("{} ORDER BY 1", parts.join(" UNION ALL ")))
            .await
            .map_err(|e| unreadable("the sequences", e))?;
        for (row, value) in some.iter().zip(values) {
            let (schema, name) = (row.get(0).unwrap_or_default(), row.get(1).unwrap_or_default());
            let (last, called) = (value.get(1).unwrap_or_default(), value.get(2) == Some("t"));
            out.push(SequenceValue {
                schema: schema.to_owned(),
                name: name.to_owned(),
                sql: format!(
                    "SELECT pg_catalog.setval({}, {last}, {called});",
                    literal(&qualified(schema, name)).trim_start()
                ),
                used: called || row.get(2) != Some(last),
            });
        }
    }
    Ok(out)
}

fn qualified(schema: &str, name: &str) -> String {
    format!("{}.{}", quote_ident(schema), quote_ident(name))
}

/// Materialized views that hold no rows, in SQL.
pub(crate) async fn unpopulated(session: &Session, excluded: &[String]) -> Result<Vec<String>> {
    let rows = session
        .rows(&format!(
            "SELECT n.nspname, c.relname FROM pg_catalog.pg_class c \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relkind = 'm' AND NOT c.relispopulated AND {} ORDER BY 1, 2",
            user_schema(excluded)
        ))
        .await?;
    Ok(rows.iter().map(|r| qualified(r.get(0).unwrap_or_default(), r.get(1).unwrap_or_default())).collect())
}

/// Sends the rows of a table to `take`, in the text format of `COPY`; gives their number.
pub(crate) async fn copy(
    session: &Session,
    table: &TableRows,
    ordered: bool,
    take: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<u64> {
    let failed = |e| unreadable(&table.sql(), e);
    if table.columns.is_empty() {
        let only = if table.below { "" } else { "ONLY " };
        let rows = session.rows(&format!("SELECT count(*) FROM {only}{}", table.sql())).await.map_err(failed)?;
        return Ok(rows.first().and_then(|r| r.parse(0)).unwrap_or(0));
    }
    let mut stream = session.copy_out(&table.copy_out(ordered)).await.map_err(failed)?;
    let mut rows = 0;
    while let Some(bytes) = stream.next().await.map_err(failed)? {
        // A line end in a value is written as \n, so each of these ends a row.
        rows += bytes.iter().filter(|b| **b == b'\n').count() as u64;
        take(&bytes)?;
    }
    Ok(rows)
}

/// Which columns count when rows are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Columns {
    /// All.
    All,
    /// Those that the same statements fill with the same values again: not times and not random identifiers.
    Repeatable,
}

/// The number of rows of each table with a hash over all of them, and where each used sequence stands.
pub(crate) async fn fingerprint(
    session: &Session,
    excluded: &[String],
    columns: Columns,
) -> Result<BTreeMap<String, String>> {
    let mut out = BTreeMap::new();
    for table in chosen_tables(session, excluded, columns).await?.0 {
        let mut sha = Sha256::new();
        let rows = copy(session, &table, true, &mut |bytes| {
            sha.update(bytes);
            Ok(())
        })
        .await?;
        if rows > 0 {
            let hash = hex::encode(sha.finalize());
            out.insert(format!("table {}", table.sql()), format!("{rows} rows, {}", &hash[..16]));
        }
    }
    for sequence in sequences(session, excluded).await?.into_iter().filter(|s| s.used) {
        out.insert(format!("sequence {}", qualified(&sequence.schema, &sequence.name)), sequence.sql);
    }
    Ok(out)
}

/// Rows that may not be read, or not all of them.
fn unreadable(what: &str, error: surefoot_pg::Error) -> Error {
    if error.code() != Some("42501") {
        return error.into();
    }
    let message = error.server().map(|e| e.message.clone()).unwrap_or_default();
    if message.contains("row-level security") {
        return Error::Refused {
            code: "rows-hidden",
            message: format!("{what}: row-level security would hide rows from this role"),
            hint: "connect as the owner, as a superuser, or as a role with BYPASSRLS: a dump without a word about \
                   missing rows is no dump"
                .into(),
        };
    }
    Error::Refused {
        code: "may-not-read",
        message: format!("{what}: {message}"),
        hint: "connect as a role that may read it (pg_read_all_data may read everything)".into(),
    }
}

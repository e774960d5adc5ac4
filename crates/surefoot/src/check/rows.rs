//! Rows put into what a migration drops, to see whether its rollback gives them back.

use std::collections::BTreeMap;

use surefoot_executor::attic_items;
use surefoot_pg::{Session, ident, literal};
use surefoot_plan::{Keep, Work};

use crate::Result;

/// Rows of a sample.
const SAMPLE: usize = 3;
/// How far references to empty tables are followed.
const DEPTH: usize = 3;

/// What was in the tables before.
#[derive(Debug, Default)]
pub(super) struct Noted {
    /// By table: number of rows, and their hash.
    rows: BTreeMap<String, (String, String)>,
    /// Tables that were empty and were given rows, in order.
    sampled: Vec<String>,
}

impl Noted {
    /// Looks at the tables that a migration drops, whole or in part; empty ones get a few rows where that is possible.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(super) async fn before(session: &Session, work: &Work) -> Result<Self> {
        let mut out = Self::default();
        for planned in work.units.iter().flat_map(|u| &u.statements) {
            let names = match &planned.keep {
                Some(Keep::Tables { keep, .. }) => keep.clone(),
                Some(Keep::Columns { table, .. }) => vec![table.clone()],
                Some(Keep::Schemas(_)) | None => Vec::new(),
            };
            for name in names {
                let rows = session
                    .rows(&format!(
                        "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_class c \
                         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                         WHERE c.oid = pg_catalog.to_regclass({}) AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't'",
                        literal(&name.to_string())
                    ))
                    .await?;
                let Some(table) = rows.first().and_then(|r| r.get(0)) else { continue };
                out.sample(session, table, DEPTH).await?;
                if let Some(hash) = hash(session, table).await? {
                    out.rows.insert(table.to_owned(), hash);
                }
            }
        }
        Ok(out)
    }

    /// Whether rows were put into empty tables.
    pub(super) fn has_samples(&self) -> bool {
        !self.sampled.is_empty()
    }

    /// What the rollback did not give back, a line for each table; nothing for a table that is not there, which the
    /// comparison of schemas tells.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(super) async fn missing(&self, session: &Session) -> Result<Vec<String>> {
        let mut out = Vec::new();
        for (table, before) in &self.rows {
            match hash(session, table).await? {
                Some(after) if after.0 != before.0 => {
                    out.push(format!("table {table}: {} rows before, {} after", before.0, after.0));
                }
                Some(after) if after.1 != before.1 => {
                    out.push(format!("table {table}: {} rows, some with other values", before.0));
                }
                _ => {}
            }
        }
        Ok(out)
    }

    /// Takes the samples out again, from the tables and from the attic: what follows expects empty tables.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub(super) async fn clear(&self, session: &Session, attic: &str, migration: &str) -> Result<()> {
        for table in self.sampled.iter().rev() {
            let sql = format!(
                "BEGIN; SET LOCAL session_replication_role = replica; \
                 DO {}; COMMIT",
                literal(&format!(
                    "BEGIN IF pg_catalog.to_regclass({}) IS NOT NULL THEN DELETE FROM {table}; END IF; END",
                    literal(table)
                ))
            );
            session.run(&sql).await?;
        }
        if self.sampled.is_empty() {
            return Ok(());
        }
        for item in attic_items(session, attic).await? {
            let table = format!("{}.{}", ident_if_needed(&item.schema), ident_if_needed(&item.table));
            if item.migration == migration && self.sampled.contains(&table) {
                session.run(&format!("DELETE FROM {}.{}", ident(attic), ident(&item.name))).await?;
            }
        }
        Ok(())
    }

    /// Gives an empty table a few rows; tables that it refers to first. What does not go in is left.
    async fn sample(&mut self, session: &Session, table: &str, depth: usize) -> Result<()> {
        let empty = session.rows(&format!("SELECT 1 WHERE NOT EXISTS (SELECT FROM {table})")).await?;
        if empty.is_empty() || depth == 0 || self.sampled.iter().any(|t| t == table) {
            return Ok(());
        }
        let columns = session
            .rows(&format!(
                "SELECT pg_catalog.quote_ident(a.attname), pg_catalog.format_type(a.atttypid, a.atttypmod), \
                   t.typcategory, b.typname, \
                   (SELECT e.enumlabel FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder LIMIT 1), \
                   f.parent, f.col \
                 FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
                 JOIN pg_catalog.pg_type b ON b.oid = CASE WHEN t.typbasetype = 0 THEN t.oid ELSE t.typbasetype END \
                 LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
                 LEFT JOIN LATERAL (SELECT pg_catalog.format('%I.%I', n.nspname, p.relname) AS parent, \
                     pg_catalog.quote_ident(r.attname) AS col FROM pg_catalog.pg_constraint k \
                     JOIN pg_catalog.pg_class p ON p.oid = k.confrelid JOIN pg_catalog.pg_namespace n ON n.oid = p.relnamespace \
                     JOIN pg_catalog.pg_attribute r ON r.attrelid = k.confrelid AND r.attnum = k.confkey[1] \
                     WHERE k.contype = 'f' AND k.conrelid = a.attrelid AND k.conkey = ARRAY[a.attnum] LIMIT 1) f ON true \
                 WHERE a.attrelid = {}::pg_catalog.regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' \
                   AND a.attidentity = '' AND coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid), '') NOT LIKE 'nextval(%' \
                 ORDER BY a.attnum",
                literal(table)
            ))
            .await?;
        for parent in columns.iter().filter_map(|c| c.get(5)).filter(|p| *p != table) {
            Box::pin(self.sample(session, parent, depth - 1)).await?;
        }
        self.sampled.push(table.to_owned());
        let names: Vec<&str> = columns.iter().filter_map(|c| c.get(0)).collect();
        let (list, overriding) = match names.as_slice() {
            [] => (String::new(), "DEFAULT VALUES".to_owned()),
            names => (format!(" ({})", names.join(", ")), String::new()),
        };
        for n in 1..=SAMPLE {
            let values: Vec<String> = columns.iter().map(|c| value(c, table, n)).collect();
            let values = if values.is_empty() { overriding.clone() } else { format!("VALUES ({})", values.join(", ")) };
            let sql = format!(
                "BEGIN; SET LOCAL session_replication_role = replica; INSERT INTO {table}{list} {values}; COMMIT"
            );
            if session.run(&sql).await.is_err() {
                // A rule that no guess satisfies: then nothing is proven about this table's rows.
                session.run("ROLLBACK").await?;
                break;
            }
        }
        // The notices are about the failed guesses.
        let _ = session.take_notices();
        Ok(())
    }
}

/// A value for a column, as SQL.
fn value(column: &surefoot_pg::Row, table: &str, n: usize) -> String {
    let kind = column.get(1).unwrap_or("text");
    if let (Some(parent), Some(referenced)) = (column.get(5), column.get(6)) {
        // A reference to its own table cannot be told before its first row is there.
        return if parent == table { "NULL".into() } else { format!("(SELECT {referenced} FROM {parent} LIMIT 1)") };
    }
    let text = match (column.get(2).unwrap_or_default(), column.get(3).unwrap_or_default()) {
        ("N", _) => n.to_string(),
        ("S", _) => format!("s{n}"),
        ("B", _) => "true".into(),
        ("D", _) => format!("2001-02-0{n} 04:05:0{n}+00"),
        ("T", _) => format!("{n} days"),
        ("A", _) => "{}".into(),
        ("I", _) => format!("10.0.0.{n}"),
        ("R", _) => "empty".into(),
        ("E", _) => column.get(4).unwrap_or_default().to_owned(),
        (_, "uuid") => format!("00000000-0000-4000-8000-00000000000{n}"),
        (_, "json" | "jsonb") => format!("{{\"n\": {n}}}"),
        (_, "bytea") => format!("\\x0{n}"),
        (_, "point") => format!("({n},{n})"),
        _ => return "NULL".into(),
    };
    format!("{}::text::{kind}", literal(&text))
}

/// Number of rows and a hash of them, whatever their order and that of the columns; `None` without the table.
async fn hash(session: &Session, table: &str) -> Result<Option<(String, String)>> {
    let rows = session
        .rows(&format!(
            "SELECT pg_catalog.string_agg(pg_catalog.format('%I::text', a.attname), ', ' ORDER BY a.attname) \
             FROM pg_catalog.pg_attribute a WHERE a.attrelid = pg_catalog.to_regclass({}) AND a.attnum > 0 AND NOT a.attisdropped",
            literal(table)
        ))
        .await?;
    let Some(columns) = rows.first().and_then(|r| r.get(0)) else { return Ok(None) };
    let rows = session
        .rows(&format!(
            "SELECT pg_catalog.count(*), coalesce(pg_catalog.md5(pg_catalog.string_agg(x.r, '|' ORDER BY x.r)), '') \
             FROM (SELECT ROW({columns})::text AS r FROM {table}) x"
        ))
        .await?;
    Ok(rows.first().map(|r| (r.get(0).unwrap_or_default().to_owned(), r.get(1).unwrap_or_default().to_owned())))
}

/// As the server's `%I` writes it.
fn ident_if_needed(name: &str) -> String {
    surefoot_sql::quote_ident(name)
}

//! Rows for a schema that has none: as many as its types, keys and checks let in, to see what becomes of them.

use std::collections::{BTreeMap, HashMap};

use surefoot_pg::{Row, Session, literal};
use surefoot_sql::quote_ident;

use crate::Result;

/// Rows that are tried for each table.
const ROWS: usize = 3;
/// How often a row is tried with other values, where checks refuse it.
const TRIES: usize = 24;

/// What was filled.
#[derive(Debug, Default)]
pub(super) struct Filled {
    /// Tables that have rows now, in SQL.
    pub(super) tables: usize,
    /// Their rows.
    pub(super) rows: u64,
    /// Tables that took none, with the server's last word.
    pub(super) empty: Vec<String>,
}

struct Column {
    name: String,
    /// The type under a domain.
    base: String,
    category: String,
    kind: String,
    element: String,
    modifier: i32,
    not_null: bool,
    has_default: bool,
    labels: Vec<String>,
    /// Texts and numbers that its checks name.
    hints: Vec<String>,
}

struct Table {
    name: String,
    columns: Vec<Column>,
    /// Column, referenced table, referenced column.
    keys: Vec<(String, String, String)>,
    /// Values that its place in a partitioned table asks for.
    bound: Option<(String, String)>,
}

/// Puts rows into every table. A table that refuses them stays empty.
pub(super) async fn fill(session: &Session) -> Result<Filled> {
    let tables = ordered(read(session).await?);
    let mut filled = Filled::default();
    let mut counts: HashMap<String, u64> = HashMap::new();
    for table in &tables {
        let mut rows = 0;
        let mut refused = String::new();
        for number in 1..=ROWS {
            for attempt in 0..TRIES {
                // The last tries go without triggers, which may refuse for reasons of their own.
                let quiet = attempt + 4 >= TRIES;
                let sql = insert(table, number, attempt, &counts);
                let sql = if quiet {
                    format!("SET session_replication_role = replica; {sql}; RESET session_replication_role")
                } else {
                    sql
                };
                match session.run(&sql).await {
                    Ok(_) => {
                        rows += 1;
                        break;
                    }
                    Err(e) => {
                        refused = e.server().map_or_else(|| e.to_string(), |e| e.message.clone());
                        if session.is_closed() {
                            return Err(e.into());
                        }
                        if quiet {
                            let _ = session.run("RESET session_replication_role").await;
                        }
                    }
                }
            }
        }
        counts.insert(table.name.clone(), rows);
        if rows == 0 {
            filled.empty.push(format!("{} ({refused})", table.name));
        } else {
            filled.tables += 1;
            filled.rows += rows;
        }
    }
    Ok(filled)
}

/// Tables after those their foreign keys point to.
fn ordered(mut tables: Vec<Table>) -> Vec<Table> {
    let mut out: Vec<Table> = Vec::with_capacity(tables.len());
    while !tables.is_empty() {
        let names: Vec<String> = tables.iter().map(|t| t.name.clone()).collect();
        let free = |t: &Table| t.keys.iter().all(|(_, to, _)| *to == t.name || !names.contains(to));
        // In a circle any one may be first: a key that may be NULL is.
        let next = tables.iter().position(free).unwrap_or(0);
        out.push(tables.remove(next));
    }
    out
}

fn insert(table: &Table, number: usize, attempt: usize, counts: &HashMap<String, u64>) -> String {
    let (mut names, mut values) = (Vec::new(), Vec::new());
    for (at, column) in table.columns.iter().enumerate() {
        let key = table.keys.iter().find(|(name, _, _)| *name == column.name);
        let value = match (&table.bound, key) {
            (Some((name, value)), _) if *name == column.name => Some(value.clone()),
            (_, Some((_, to, referenced))) => match counts.get(to).copied().unwrap_or(0) {
                0 if column.not_null => value(column, number, attempt, at),
                0 => None,
                n => Some(format!(
                    "(SELECT r.{r} FROM {to} r WHERE r.{r} IS NOT NULL ORDER BY r.{r}::text LIMIT 1 OFFSET {})",
                    (number - 1) % usize::try_from(n).unwrap_or(1),
                    r = quote_ident(referenced),
                )),
            },
            // With the default in the first row, without it in the others.
            _ if column.has_default && (number == 1 || attempt % 2 == 1) => continue,
            // NULL where it may be, now and then: it is a value too.
            _ if !column.not_null
                && (attempt % 3 == 2 || (number == ROWS && attempt == 0 && column.hints.is_empty())) =>
            {
                None
            }
            _ => value(column, number, attempt, at),
        };
        names.push(quote_ident(&column.name));
        values.push(value.unwrap_or_else(|| "NULL".to_owned()));
    }
    if names.is_empty() {
        return format!("INSERT INTO {} DEFAULT VALUES", table.name);
    }
    format!("INSERT INTO {} ({}) VALUES ({})", table.name, names.join(", "), values.join(", "))
}

/// A value for a column, as SQL.
fn value(column: &Column, number: usize, attempt: usize, at: usize) -> Option<String> {
    // What a check names is the first to try, in another mixture each time.
    if !column.hints.is_empty() && attempt < 16 {
        let turn = (number + attempt / (1 + at % 3)) % column.hints.len();
        return column.hints.get(turn).map(|hint| literal(hint));
    }
    if column.kind == "e" {
        return column.labels.get((number + attempt) % column.labels.len().max(1)).map(|label| literal(label));
    }
    let text = if column.category == "A" {
        let element = plain(&column.element, -1, number, attempt)?;
        let element =
            if column.labels.is_empty() { element } else { column.labels[number % column.labels.len()].clone() };
        format!("{{\"{}\"}}", element.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        plain(&column.base, column.modifier, number, attempt)?
    };
    Some(literal(&text))
}

/// A value of a type, as text; `None` for NULL.
fn plain(base: &str, modifier: i32, n: usize, attempt: usize) -> Option<String> {
    let length = usize::try_from(modifier - 4).ok();
    let texts = [
        format!("text {n}"),
        format!("a{n}"),
        format!("name{n}@example.org"),
        format!("A{n}"),
        format!("+4930123456{n}"),
        format!("{n}"),
        format!("2024-01-0{n}"),
        format!("https://example.org/{n}"),
    ];
    let numbers = [n, n + 9, 18 + n, 100 + n, n + 1000, n - 1];
    Some(match base {
        "int2" | "int4" | "int8" | "oid" => numbers[attempt % numbers.len()].to_string(),
        "numeric" => {
            let precise = length.map(|m| (m >> 16, m & 0x7ff));
            match precise {
                Some((precision, scale)) if precision == scale => format!("0.{n}"),
                _ => numbers[attempt % numbers.len()].to_string(),
            }
        }
        "float4" | "float8" | "money" => format!("{n}.5"),
        "text" | "varchar" | "bpchar" | "citext" | "name" => {
            let text = &texts[attempt % texts.len()];
            let text = if text.len() > length.unwrap_or(60).max(1) { n.to_string() } else { text.clone() };
            match length {
                Some(length) if base == "bpchar" => format!("{text:0<length$}"),
                _ => text,
            }
        }
        "char" => "a".to_owned(),
        "bool" => (n % 2 == 1).to_string(),
        "date" => format!("2024-01-0{n}"),
        "timestamp" | "timestamptz" => format!("2024-01-0{n} 12:00:00"),
        "time" | "timetz" => format!("0{n}:00:00"),
        "interval" => format!("{n} days"),
        "uuid" => format!("00000000-0000-4000-8000-00000000000{n}"),
        "json" | "jsonb" => format!("{{\"n\": {n}}}"),
        "bytea" => format!("\\x0{n}"),
        "inet" => format!("10.0.0.{n}"),
        "cidr" => format!("10.0.{n}.0/24"),
        "macaddr" => format!("08:00:2b:01:02:0{n}"),
        "macaddr8" => format!("08:00:2b:01:02:03:04:0{n}"),
        "bit" => format!("{:0>width$}", n % 2, width = usize::try_from(modifier).unwrap_or(1).max(1)),
        "varbit" => "1".to_owned(),
        "point" => format!("({n},{n})"),
        "line" => format!("{{{n},1,0}}"),
        "lseg" | "box" => format!("(0,0),({n},{n})"),
        "path" | "polygon" => format!("((0,0),({n},0),({n},{n}))"),
        "circle" => format!("<(0,0),{n}>"),
        "xml" => format!("<n>{n}</n>"),
        "tsvector" | "tsquery" => format!("word{n}"),
        "int4range" | "int8range" | "numrange" => format!("[{},{})", n * 10, n * 10 + 5),
        "daterange" => format!("[2024-0{n}-01,2024-0{n}-10)"),
        "tsrange" | "tstzrange" => format!("[2024-0{n}-01 00:00,2024-0{n}-10 00:00)"),
        "hstore" => format!("n=>{n}"),
        "ltree" => format!("top.n{n}"),
        "vector" | "halfvec" => {
            let dimensions = usize::try_from(modifier).ok().filter(|d| *d > 0).unwrap_or(3);
            format!("[{}]", vec![n.to_string(); dimensions].join(","))
        }
        "pg_lsn" => format!("0/{n}"),
        base if base.ends_with("multirange") => "{}".to_owned(),
        base if base.ends_with("range") => "empty".to_owned(),
        _ => return None,
    })
}

async fn read(session: &Session) -> Result<Vec<Table>> {
    let rows = session.rows(COLUMNS).await?;
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    for row in &rows {
        let text = |i: usize| row.get(i).unwrap_or_default().to_owned();
        let table = tables.entry(text(0)).or_insert_with(|| Table {
            name: text(0),
            columns: Vec::new(),
            keys: Vec::new(),
            bound: bound(row),
        });
        if row.get(1).is_none() {
            continue;
        }
        let checks = text(12);
        table.columns.push(Column {
            name: text(1),
            base: text(2),
            category: text(3),
            kind: text(4),
            element: text(5),
            modifier: row.parse(6).unwrap_or(-1),
            not_null: row.get(7) == Some("t"),
            has_default: row.get(8) == Some("t"),
            labels: text(9).split('\u{1}').filter(|l| !l.is_empty()).map(str::to_owned).collect(),
            hints: hints(&checks, &text(3)),
        });
    }
    for row in session.rows(KEYS).await? {
        let text = |i: usize| row.get(i).unwrap_or_default().to_owned();
        if let Some(table) = tables.get_mut(&text(0)) {
            table.keys.push((text(1), text(2), text(3)));
        }
    }
    Ok(tables.into_values().collect())
}

/// The key column of a partition and a value that belongs there.
fn bound(row: &Row) -> Option<(String, String)> {
    let (bound, key) = (row.get(10)?, row.get(11)?);
    let inner = bound.split_once("FROM (").or_else(|| bound.split_once("IN ("))?.1;
    let first = inner.split([',', ')']).next()?.trim();
    let value = if first == "MINVALUE" {
        // Below the upper end, if that can be said of it.
        let upper = bound.split_once("TO (")?.1.split([',', ')']).next()?.trim().trim_matches('\'');
        let upper: i64 = upper.parse().ok()?;
        format!("{}", upper - 1)
    } else {
        first.to_owned()
    };
    (value != "NULL" && !key.is_empty()).then(|| (key.to_owned(), value))
}

/// Texts and numbers that the checks of a column name, and numbers around them.
fn hints(checks: &str, category: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    if checks.is_empty() {
        return out;
    }
    if category == "N" {
        let words = checks.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-'));
        for number in words.filter_map(|w| w.trim_matches('.').parse::<f64>().ok()) {
            for near in [number + 1.0, number, number - 1.0] {
                out.push(near.to_string());
            }
        }
    } else if category == "S" || category == "E" {
        let mut parts = checks.split('\'');
        while let (Some(_), Some(inside)) = (parts.next(), parts.next()) {
            let is_pattern = inside.contains(['^', '%', '\\', '[', '*']);
            if !is_pattern {
                out.push(inside.to_owned());
            }
        }
    }
    out.dedup();
    out
}

const COLUMNS: &str = "\
SELECT format('%I.%I', n.nspname, c.relname), a.attname, b.typname, b.typcategory, b.typtype, \
       coalesce(e.typname, ''), CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END, \
       a.attnotnull OR t.typnotnull, a.atthasdef OR t.typdefault IS NOT NULL, \
       (SELECT string_agg(l.enumlabel, E'\\x01' ORDER BY l.enumsortorder) FROM pg_catalog.pg_enum l \
         WHERE l.enumtypid = CASE WHEN b.typcategory = 'A' THEN e.oid ELSE b.oid END), \
       CASE WHEN c.relispartition THEN pg_catalog.pg_get_expr(c.relpartbound, c.oid) END, \
       (SELECT ka.attname FROM pg_catalog.pg_inherits i \
         JOIN pg_catalog.pg_partitioned_table p ON p.partrelid = i.inhparent AND p.partnatts = 1 \
         JOIN pg_catalog.pg_attribute ka ON ka.attrelid = i.inhparent AND ka.attnum = p.partattrs[0] \
        WHERE i.inhrelid = c.oid), \
       (SELECT string_agg(pg_catalog.pg_get_constraintdef(k.oid), ' ') FROM pg_catalog.pg_constraint k \
         WHERE k.contype = 'c' AND (k.conrelid = c.oid AND a.attnum = ANY (k.conkey) \
            OR t.typtype = 'd' AND k.contypid = t.oid)) \
  FROM pg_catalog.pg_class c \
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
  LEFT JOIN (pg_catalog.pg_attribute a \
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
    LEFT JOIN pg_catalog.pg_type d ON t.typtype = 'd' AND d.oid = t.typbasetype \
    JOIN pg_catalog.pg_type b ON b.oid = CASE WHEN t.typtype <> 'd' THEN t.oid \
      WHEN d.typtype = 'd' THEN d.typbasetype ELSE d.oid END \
    LEFT JOIN pg_catalog.pg_type e ON e.oid = b.typelem AND b.typcategory = 'A') \
    ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity = '' \
 WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema') \
   AND n.nspname !~ '^(pg_toast|_timescaledb_)' \
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend x WHERE x.classid = 'pg_catalog.pg_class'::regclass \
     AND x.objid = c.oid AND x.deptype = 'e') \
 ORDER BY 1, a.attnum";

const KEYS: &str = "\
SELECT format('%I.%I', n.nspname, c.relname), a.attname, format('%I.%I', fn.nspname, fc.relname), fa.attname \
  FROM pg_catalog.pg_constraint k \
  JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
  JOIN pg_catalog.pg_class fc ON fc.oid = k.confrelid JOIN pg_catalog.pg_namespace fn ON fn.oid = fc.relnamespace \
  CROSS JOIN LATERAL unnest(k.conkey, k.confkey) u(own, other) \
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.own \
  JOIN pg_catalog.pg_attribute fa ON fa.attrelid = fc.oid AND fa.attnum = u.other \
 WHERE k.contype = 'f' ORDER BY 1, 2";

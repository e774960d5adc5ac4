//! What became of a statement that ran outside a transaction: the catalog knows.

use surefoot_effects::{Effects, Settle};
use surefoot_pg::{Session, ident, literal};
use surefoot_sql::ObjectName;

use crate::Result;

/// What the catalog says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// It took effect.
    Done,
    /// It did not.
    NotDone,
    /// Half: an INVALID index, a detach that is pending.
    Half,
    /// The catalog cannot tell.
    Unknown,
}

/// Looks whether a statement took effect. `before` names the indexes its table had.
pub(crate) async fn look(session: &Session, effects: &Effects, before: Option<&[String]>) -> Result<Found> {
    let exists = async |sql: String| -> Result<bool> { Ok(!session.rows(&sql).await?.is_empty()) };
    Ok(match &effects.settle {
        Some(Settle::CreateIndexConcurrently { index: Some(name), table, .. }) => {
            let index = in_schema_of(session, &ObjectName::bare(name), table).await?;
            match index_state(session, &index).await? {
                None => Found::NotDone,
                // It was there before: ours was never made, and the statement shall say so itself.
                Some(true) if before.is_some_and(|b| b.iter().any(|i| parse(i) == index)) => Found::NotDone,
                Some(true) => Found::Done,
                Some(false) => Found::Half,
            }
        }
        Some(Settle::CreateIndexConcurrently { index: None, table, .. }) => {
            let Some(before) = before else { return Ok(Found::Unknown) };
            let new: Vec<String> = indexes(session, table).await?.into_iter().filter(|i| !before.contains(i)).collect();
            match new.as_slice() {
                [] => Found::NotDone,
                [one] => match index_state(session, &parse(one)).await? {
                    Some(true) => Found::Done,
                    Some(false) => Found::Half,
                    None => Found::NotDone,
                },
                _ => Found::Unknown,
            }
        }
        Some(Settle::DropIndexConcurrently { index }) => match index_state(session, index).await? {
            None => Found::Done,
            Some(true) => Found::NotDone,
            Some(false) => Found::Half,
        },
        // Rebuilding again is safe once the leftovers are gone.
        Some(Settle::ReindexConcurrently { .. }) => Found::Half,
        Some(Settle::DetachConcurrently { parent, partition }) => {
            let rows = session
                .rows(&format!(
                    "SELECT inhdetachpending FROM pg_catalog.pg_inherits \
                     WHERE inhparent = pg_catalog.to_regclass({}) AND inhrelid = pg_catalog.to_regclass({})",
                    literal(&parent.to_string()),
                    literal(&partition.to_string())
                ))
                .await?;
            match rows.first().and_then(|r| r.get(0)) {
                None => Found::Done,
                Some("t") => Found::Half,
                Some(_) => Found::NotDone,
            }
        }
        Some(Settle::CreateDatabase(name)) => done_if(exists(database(name)).await?),
        Some(Settle::DropDatabase(name)) => done_if(!exists(database(name)).await?),
        Some(Settle::CreateTablespace(name)) => done_if(exists(tablespace(name)).await?),
        Some(Settle::DropTablespace(name)) => done_if(!exists(tablespace(name)).await?),
        Some(Settle::CreateSubscription(name)) => done_if(exists(subscription(name)).await?),
        Some(Settle::DropSubscription(name)) => done_if(!exists(subscription(name)).await?),
        Some(Settle::Repeatable) => Found::NotDone,
        Some(Settle::Unknown) | None => Found::Unknown,
    })
}

/// A statement that puts right what another left half-done.
#[derive(Debug)]
pub(crate) struct Repair {
    pub(crate) sql: String,
    /// What it does, in the past tense.
    pub(crate) what: String,
}

/// How to put right what a failed or killed statement left half-done.
pub(crate) async fn repairs(session: &Session, effects: &Effects, before: Option<&[String]>) -> Result<Vec<Repair>> {
    let drop = |name: &str, what: &str| Repair {
        sql: format!("DROP INDEX CONCURRENTLY IF EXISTS {name}"),
        what: format!("dropped {what} {name}"),
    };
    match &effects.settle {
        Some(Settle::CreateIndexConcurrently { index, table, .. }) => {
            let names: Vec<ObjectName> = match (index, before) {
                (Some(name), _) => vec![in_schema_of(session, &ObjectName::bare(name), table).await?],
                (None, Some(before)) => indexes(session, table)
                    .await?
                    .into_iter()
                    .filter(|i| !before.contains(i))
                    .map(|i| parse(&i))
                    .collect(),
                (None, None) => Vec::new(),
            };
            let mut out = Vec::new();
            for name in names {
                if index_state(session, &name).await? == Some(false) {
                    out.push(drop(&name.to_string(), "the invalid index"));
                }
            }
            Ok(out)
        }
        Some(Settle::ReindexConcurrently { kind, name }) => {
            // The manual, REINDEX: a failed concurrent rebuild leaves invalid indexes with these suffixes. Those of
            // other tables are not ours.
            let object = literal(&name.as_ref().map(ToString::to_string).unwrap_or_default());
            let relations = |roots: String| {
                format!(
                    "i.indrelid IN (SELECT pg_catalog.unnest(ARRAY[t.oid, t.reltoastrelid]) FROM pg_catalog.pg_class t \
                     WHERE t.oid IN ({roots} UNION ALL SELECT p.relid FROM ({roots}) r(oid), \
                     LATERAL pg_catalog.pg_partition_tree(r.oid::regclass) p))"
                )
            };
            let scope = match *kind {
                "TABLE" => relations(format!("SELECT pg_catalog.to_regclass({object})::oid")),
                "INDEX" => relations(format!(
                    "SELECT x.indrelid FROM pg_catalog.pg_index x WHERE x.indexrelid = pg_catalog.to_regclass({object})"
                )),
                "SCHEMA" => format!("n.nspname = {}", literal(name.as_ref().map_or("", |n| n.name.as_str()))),
                _ => "true".to_owned(),
            };
            let rows = session
                .rows(&format!(
                    "SELECT n.nspname, c.relname FROM pg_catalog.pg_index i \
                     JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
                     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                     WHERE NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$' AND {scope} \
                     AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = c.oid)",
                ))
                .await?;
            Ok(rows
                .iter()
                .map(|row| {
                    let name =
                        format!("{}.{}", ident(row.get(0).unwrap_or_default()), ident(row.get(1).unwrap_or_default()));
                    drop(&name, "the leftover")
                })
                .collect())
        }
        Some(Settle::DetachConcurrently { parent, partition }) => {
            if look(session, effects, None).await? != Found::Half {
                return Ok(Vec::new());
            }
            Ok(vec![Repair {
                sql: format!("ALTER TABLE {parent} DETACH PARTITION {partition} FINALIZE"),
                what: format!("finished detaching {partition} from {parent}"),
            }])
        }
        _ => Ok(Vec::new()),
    }
}

/// The indexes of a table, as schema-qualified quoted names.
pub(crate) async fn indexes(session: &Session, table: &ObjectName) -> Result<Vec<String>> {
    let rows = session
        .rows(&format!(
            "SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) \
             FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE i.indrelid = pg_catalog.to_regclass({}) ORDER BY 1",
            literal(&table.to_string())
        ))
        .await?;
    Ok(rows.into_iter().filter_map(|mut r| r.take(0)).collect())
}

/// Whether an index is valid; `None` when there is none.
async fn index_state(session: &Session, index: &ObjectName) -> Result<Option<bool>> {
    let rows = session
        .rows(&format!(
            "SELECT i.indisvalid AND i.indisready FROM pg_catalog.pg_index i \
             WHERE i.indexrelid = pg_catalog.to_regclass({})",
            literal(&index.to_string())
        ))
        .await?;
    Ok(rows.first().map(|r| r.get(0) == Some("t")))
}

/// An index lives in the schema of its table.
async fn in_schema_of(session: &Session, index: &ObjectName, table: &ObjectName) -> Result<ObjectName> {
    if index.schema.is_some() {
        return Ok(index.clone());
    }
    let rows = session
        .rows(&format!(
            "SELECT n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.oid = pg_catalog.to_regclass({})",
            literal(&table.to_string())
        ))
        .await?;
    Ok(ObjectName { schema: rows.into_iter().next().and_then(|mut r| r.take(0)), name: index.name.clone() })
}

/// A name as `indexes` gives it.
fn parse(quoted: &str) -> ObjectName {
    surefoot_sql::parse_object_name(quoted).unwrap_or_else(|| ObjectName::bare(quoted))
}

fn done_if(done: bool) -> Found {
    if done { Found::Done } else { Found::NotDone }
}

fn database(name: &str) -> String {
    format!("SELECT 1 FROM pg_catalog.pg_database WHERE datname = {}", literal(name))
}

fn tablespace(name: &str) -> String {
    format!("SELECT 1 FROM pg_catalog.pg_tablespace WHERE spcname = {}", literal(name))
}

fn subscription(name: &str) -> String {
    format!("SELECT 1 FROM pg_catalog.pg_subscription WHERE subname = {}", literal(name))
}

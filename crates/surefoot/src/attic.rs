//! The attic: what migrations dropped and may come back.

use std::time::Duration;

use serde_json::{Map, Value, json};
use surefoot_executor::{
    AtticItem, AtticKind, AtticOptions, AtticState, Interrupt, Observer, Runner, attic_items, discard_sql, install_sql,
    move_back_sql, put_back_by_hand_sql, record_sql, version_sql,
};
use surefoot_journal::{Event, EventKind, Journal};
use surefoot_pg::{Session, ident, literal};
use surefoot_plan::{Keep, Work};
use surefoot_sql::ObjectName;

use crate::target::Target;
use crate::{Error, Invocation, Project, Result};

/// What a migration would put into the attic, of what is in the target now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedKeep {
    /// The migration.
    pub migration: String,
    /// Line of the statement.
    pub line: usize,
    /// What it is, in words.
    pub what: String,
    /// Rows, as the server estimates them; `None` where it was never asked, or there is no such table yet.
    pub rows: Option<u64>,
    /// Size of the table, with its indexes.
    pub bytes: Option<u64>,
    /// Why whole rows are copied for a column.
    pub whole_rows: bool,
    /// The table is not there yet.
    pub absent: bool,
}

/// Which items a purge is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AtticChoice {
    /// Those whose time is over.
    Expired,
    /// Those older than this.
    OlderThan(Duration),
    /// By name, number or table.
    Named(Vec<String>),
    /// All.
    All,
}

/// What a purge took, or would take.
#[derive(Debug)]
pub struct Purged {
    /// The items.
    pub items: Vec<AtticItem>,
    /// Others that stay.
    pub left: usize,
}

/// What came back.
#[derive(Debug)]
pub struct AtticRestored {
    /// The item.
    pub item: AtticItem,
    /// Where it is now: a table, or a column of one.
    pub place: String,
    /// Statements that would make it what it was and did not succeed or were not tried, with the reason.
    pub not_done: Vec<(String, String)>,
}

/// What is in the attic of a target, oldest first. Never writes.
///
/// # Errors
/// When it cannot be read.
pub async fn attic_list(project: &Project, target: &Target) -> Result<Vec<AtticItem>> {
    let session = target.look().await?;
    let items = attic_items(&session, &project.attic_schema()).await;
    session.close().await;
    Ok(items?)
}

/// Removes items for good, and says so in the journal. With `dry_run` nothing is removed.
///
/// # Errors
/// [`Error::Refused`] for a name that is not there or means several; when the target cannot be written.
#[expect(clippy::too_many_arguments, reason = "what every command on a target takes")]
pub async fn attic_purge(
    project: &Project,
    invocation: &Invocation,
    target: &Target,
    choice: &AtticChoice,
    dry_run: bool,
    reason: &str,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<Purged> {
    let schema = project.attic_schema();
    if dry_run {
        let session = target.look().await?;
        let chosen = chosen(&session, &schema, choice).await;
        session.close().await;
        return chosen;
    }
    let (session, journal, options) = enter(project, target, observer, interrupt).await?;
    let purged = chosen(&session, &schema, choice).await?;
    if !purged.items.is_empty() {
        install(&session, &options, &journal).await?;
        let mut sql = String::from("BEGIN; ");
        for item in &purged.items {
            sql.push_str(&discard_sql(&options, item.id, reason));
            sql.push_str("; ");
        }
        let mut detail = Map::new();
        detail.insert("reason".into(), json!(reason));
        let event = event(invocation, EventKind::Purged, None, detail);
        sql.push_str(&record_sql(&options, &event));
        sql.push_str("; COMMIT");
        in_transaction(&session, &sql).await?;
    }
    session.close().await;
    Ok(purged)
}

/// Takes an item back by hand: a table to its place, or under another name; a column's values to where no values are.
///
/// # Errors
/// [`Error::Refused`] for a name that is not there, a table or column in the way, a table that is gone.
#[expect(clippy::too_many_arguments, reason = "what every command on a target takes")]
pub async fn attic_restore(
    project: &Project,
    invocation: &Invocation,
    target: &Target,
    name: &str,
    as_name: Option<&str>,
    reason: Option<&str>,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<AtticRestored> {
    let (session, journal, options) = enter(project, target, observer, interrupt).await?;
    let items = attic_items(&session, &options.schema).await?;
    let item = find(&items, name)?.clone();
    if item.state == AtticState::Copying {
        return Err(Error::Refused {
            code: "not-kept",
            message: format!("{} is a copy that was begun for migration {} and never used", item.name, item.migration),
            hint: "the column was not dropped; run the migration, or purge the copy".into(),
        });
    }
    install(&session, &options, &journal).await?;
    session.run("BEGIN").await?;
    let done = match item.kind {
        AtticKind::Table => table_back(&session, &options, &item, as_name).await,
        AtticKind::Columns => columns_back(&session, &options, &item, as_name).await,
    };
    let (place, not_done) = match done {
        Ok(done) => done,
        Err(e) => {
            let _ = session.run("ROLLBACK").await;
            session.close().await;
            return Err(e);
        }
    };
    let mut detail = Map::new();
    detail.insert("by_hand".into(), json!(true));
    if let Some(reason) = reason {
        detail.insert("reason".into(), json!(reason));
    }
    let event = event(invocation, EventKind::Restored, Some(&item.migration), detail);
    in_transaction(&session, &format!("{}; COMMIT", record_sql(&options, &event))).await?;
    session.close().await;
    Ok(AtticRestored { item, place, not_done })
}

/// What migrations would keep, with what the target, if there is one, knows of it. Asks only where something would be kept.
///
/// # Errors
/// When it cannot be asked.
pub async fn planned_keeps(session: Option<&Session>, works: &[Work]) -> Result<Vec<PlannedKeep>> {
    let mut out = Vec::new();
    let mut asks: Vec<String> = Vec::new();
    let mut ask = |table: &str, columns: &[String]| {
        let columns: Vec<String> = columns.iter().map(|c| literal(c)).collect();
        asks.push(format!("({}, {}, ARRAY[{}]::text[])", asks.len(), literal(table), columns.join(", ")));
    };
    for work in works {
        for planned in work.units.iter().flat_map(|u| &u.statements) {
            let line = work.script.statements[planned.index].line;
            let mut add = |what: String| {
                out.push(PlannedKeep {
                    migration: work.id.clone(),
                    line,
                    what,
                    rows: None,
                    bytes: None,
                    whole_rows: false,
                    absent: true,
                });
            };
            match &planned.keep {
                Some(Keep::Tables { keep, .. }) => {
                    for name in keep {
                        add(format!("table {name}"));
                        ask(&name.to_string(), &[]);
                    }
                }
                Some(Keep::Columns { table, names, .. }) => {
                    let columns = if names.len() == 1 { "column" } else { "columns" };
                    add(format!("{columns} {} of {table}", names.join(", ")));
                    ask(&table.to_string(), names);
                }
                Some(Keep::Schemas(names)) => {
                    for name in names {
                        add(format!("tables of schema {}", ident(name)));
                        ask("", &[]);
                    }
                }
                None => {}
            }
        }
    }
    let Some(session) = session.filter(|_| !asks.is_empty()) else { return Ok(out) };
    let rows = session
        .rows(&format!(
            "SELECT w.place, c.oid IS NOT NULL, \
               (SELECT CASE WHEN pg_catalog.bool_or(p.reltuples < 0) THEN NULL ELSE pg_catalog.sum(p.reltuples)::bigint END \
                FROM pg_catalog.pg_class p WHERE p.relkind = 'r' AND (p.oid = c.oid \
                  OR p.oid IN (SELECT t.relid FROM pg_catalog.pg_partition_tree(c.oid) t))), \
               (SELECT pg_catalog.sum(pg_catalog.pg_total_relation_size(p.oid))::bigint FROM pg_catalog.pg_class p \
                WHERE p.oid = c.oid OR p.oid IN (SELECT t.relid FROM pg_catalog.pg_partition_tree(c.oid) t)), \
               c.oid IS NOT NULL AND pg_catalog.cardinality(w.cols) > 0 AND NOT EXISTS ( \
                 SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid \
                   AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL AND NOT EXISTS ( \
                     SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey) \
                       AND (NOT a.attnotnull OR a.attname = ANY (w.cols)))) \
             FROM (VALUES {}) AS w (place, name, cols) \
             LEFT JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(NULLIF(w.name, '')) \
             ORDER BY w.place",
            asks.join(", ")
        ))
        .await?;
    for (keep, row) in out.iter_mut().zip(&rows) {
        keep.absent = row.get(1) != Some("t");
        keep.rows = row.parse(2);
        keep.bytes = row.parse(3);
        keep.whole_rows = row.get(4) == Some("t");
    }
    Ok(out)
}

impl PlannedKeep {
    /// As JSON.
    pub fn to_json(&self) -> Value {
        json!({ "migration": self.migration, "line": self.line, "what": self.what, "rows_estimated": self.rows,
                "bytes": self.bytes, "whole_rows": self.whole_rows, "absent": self.absent })
    }
}

/// A session with the lock, the journal, and how the attic is kept.
async fn enter(
    project: &Project,
    target: &Target,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<(Session, Journal, AtticOptions)> {
    let session = target.connect().await?;
    Runner::lock(&session, project.journal_schema(), &target.spec.options, observer, interrupt).await?;
    let Some(journal) = Journal::open(&session, project.journal_schema(), Some(&project.name)).await? else {
        session.close().await;
        return Err(Error::Refused {
            code: "no-journal",
            message: format!("{} has no journal, and so no attic", target.spec.environment),
            hint: "the attic is made when a migration drops something; see `surefoot status`".into(),
        });
    };
    Ok((session, journal, target.spec.options.attic.clone()))
}

async fn install(session: &Session, options: &AtticOptions, journal: &Journal) -> Result<()> {
    let there = session.rows(&version_sql(options, journal)).await?;
    if there.first().and_then(|r| r.get(0)) != Some("t") {
        in_transaction(session, &format!("BEGIN;\n{}COMMIT", install_sql(options, journal))).await?;
    }
    Ok(())
}

async fn in_transaction(session: &Session, sql: &str) -> Result<()> {
    if let Err(e) = session.run(sql).await {
        let _ = session.run("ROLLBACK").await;
        return Err(e.into());
    }
    Ok(())
}

fn event(invocation: &Invocation, kind: EventKind, migration: Option<&str>, detail: Map<String, Value>) -> Event {
    Event {
        kind,
        migration: migration.map(str::to_owned),
        state: None,
        run: invocation.run.clone(),
        actor: invocation.actor.clone(),
        detail,
    }
}

async fn chosen(session: &Session, schema: &str, choice: &AtticChoice) -> Result<Purged> {
    let items = attic_items(session, schema).await?;
    let all = items.len();
    let items: Vec<AtticItem> = match choice {
        AtticChoice::All => items,
        AtticChoice::Expired => items.into_iter().filter(|i| i.expired).collect(),
        AtticChoice::OlderThan(age) => {
            let rows = session
                .rows(&format!(
                    "SELECT id FROM {}.items WHERE kept_at <= pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => {})",
                    ident(schema),
                    age.as_secs()
                ))
                .await;
            // Without an attic there is nothing to ask.
            let old: Vec<u64> = match rows {
                Ok(rows) => rows.iter().filter_map(|r| r.parse(0)).collect(),
                Err(_) if items.is_empty() => Vec::new(),
                Err(e) => return Err(e.into()),
            };
            items.into_iter().filter(|i| old.contains(&i.id)).collect()
        }
        AtticChoice::Named(names) => {
            let mut wanted: Vec<AtticItem> = Vec::new();
            for name in names {
                let item = find(&items, name)?;
                if !wanted.contains(item) {
                    wanted.push(item.clone());
                }
            }
            wanted
        }
    };
    Ok(Purged { left: all - items.len(), items })
}

/// The item of a name, a number, or the table it was, where that means one.
fn find<'i>(items: &'i [AtticItem], name: &str) -> Result<&'i AtticItem> {
    if let Some(item) = items.iter().find(|i| i.name == name || i.id.to_string() == name) {
        return Ok(item);
    }
    let of_table: Vec<&AtticItem> = items
        .iter()
        .filter(|i| {
            let table = format!("{}.{}", i.schema, i.table);
            let mut names = vec![i.table.clone(), table.clone()];
            names.extend(
                i.columns
                    .iter()
                    .filter(|_| i.kind == AtticKind::Columns)
                    .flat_map(|c| [format!("{}.{c}", i.table), format!("{table}.{c}")]),
            );
            names.iter().any(|n| n == name)
        })
        .collect();
    match of_table.as_slice() {
        [one] => Ok(one),
        [] => Err(Error::Refused {
            code: "not-in-attic",
            message: format!("there is nothing called {name:?} in the attic"),
            hint: "see what there is: surefoot attic list".into(),
        }),
        several => Err(Error::Refused {
            code: "several-in-attic",
            message: format!(
                "{name:?} means several: {}",
                several.iter().map(|i| i.name.as_str()).collect::<Vec<_>>().join(", ")
            ),
            hint: "say which, by its name in `surefoot attic list`".into(),
        }),
    }
}

type Back = (String, Vec<(String, String)>);

async fn table_back(
    session: &Session,
    options: &AtticOptions,
    item: &AtticItem,
    as_name: Option<&str>,
) -> Result<Back> {
    let name = as_name.unwrap_or(&item.table);
    let place = ObjectName::qualified(&item.schema, name).to_string();
    let look = format!(
        "SELECT pg_catalog.to_regnamespace({}) IS NULL, pg_catalog.to_regclass({}) IS NOT NULL",
        literal(&ident(&item.schema)),
        literal(&place)
    );
    let rows = session.rows(&look).await?;
    let is = |i: usize| rows.first().and_then(|r| r.get(i)) == Some("t");
    if is(0) {
        return Err(Error::Refused {
            code: "no-schema",
            message: format!("schema {} is gone", item.schema),
            hint: format!("make it first: CREATE SCHEMA {}", ident(&item.schema)),
        });
    }
    if is(1) {
        return Err(Error::Refused {
            code: "in-the-way",
            message: format!("there is a {place} already"),
            hint: format!("put it beside: surefoot attic restore {} --as {name}_old", item.name),
        });
    }
    let gone = session
        .rows(&format!(
            "SELECT d ->> 'was' FROM {}.items i, pg_catalog.jsonb_array_elements(i.definition -> 'dependents') d \
             WHERE i.id = {} AND d ->> 'was' IS NOT NULL",
            ident(&options.schema),
            item.id
        ))
        .await?;
    let gone = gone
        .iter()
        .filter_map(|r| r.get(0))
        .map(|sql| (sql.to_owned(), "it went with the table, by CASCADE".to_owned()));
    let gone: Vec<(String, String)> = gone.collect();
    let rows = session.rows(&move_back_sql(options, item.id, as_name)).await?;
    let statements = rows.iter().filter_map(|r| r.get(0)).map(str::to_owned);
    let mut not_done = if as_name.is_some() {
        statements.map(|sql| (sql, "it belongs to the old name".to_owned())).collect()
    } else {
        each_if_possible(session, statements).await?
    };
    not_done.extend(gone);
    Ok((place, not_done))
}

async fn columns_back(
    session: &Session,
    options: &AtticOptions,
    item: &AtticItem,
    as_name: Option<&str>,
) -> Result<Back> {
    let attic = ident(&options.schema);
    let table = ObjectName::qualified(&item.schema, &item.table).to_string();
    if let Some(name) = as_name {
        let [column] = item.columns.as_slice() else {
            return Err(Error::Usage {
                message: format!("{} holds {} columns: one name is not enough", item.name, item.columns.len()),
                hint: "restore it without --as".into(),
            });
        };
        let (from, to) = (ident(column), ident(name));
        session
            .run(&format!(
                "ALTER TABLE {attic}.{} RENAME COLUMN {from} TO {to}; \
                 UPDATE {attic}.items SET columns = ARRAY[{}], definition = pg_catalog.jsonb_set(definition, '{{columns,0,name}}', \
                 pg_catalog.to_jsonb({}::text)) WHERE id = {}",
                ident(&item.name),
                literal(name),
                literal(name),
                item.id
            ))
            .await?;
    }
    let columns = session
        .rows(&format!(
            "SELECT x ->> 'name', x ->> 'type', x ->> 'collation', x ->> 'default', x ->> 'not_null', x ->> 'identity', \
             x ->> 'comment', pg_catalog.to_regclass({}) IS NULL, EXISTS (SELECT FROM pg_catalog.pg_attribute a \
             WHERE a.attrelid = pg_catalog.to_regclass({}) AND a.attname = x ->> 'name' AND NOT a.attisdropped) \
             FROM {attic}.items i, pg_catalog.jsonb_array_elements(i.definition -> 'columns') x WHERE i.id = {}",
            literal(&table),
            literal(&table),
            item.id
        ))
        .await?;
    if columns.iter().any(|r| r.get(7) == Some("t")) {
        return Err(Error::Refused {
            code: "no-table",
            message: format!("table {table} is gone, and its columns have nowhere to go"),
            hint: "restore the table first, if it is in the attic: surefoot attic list".into(),
        });
    }
    let mut later: Vec<String> = Vec::new();
    for row in &columns {
        if row.get(8) == Some("t") {
            continue;
        }
        let column = ident(row.get(0).unwrap_or_default());
        let collation = row.get(2).map(|c| format!(" COLLATE {c}")).unwrap_or_default();
        session
            .run(&format!("ALTER TABLE {table} ADD COLUMN {column} {}{collation}", row.get(1).unwrap_or("text")))
            .await?;
        // After the values: a default is for the rows to come.
        if let Some(default) = row.get(3) {
            later.push(format!("ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {default}"));
        }
        if row.get(4) == Some("true") {
            later.push(format!("ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL"));
        }
        match row.get(5) {
            Some("a") => {
                later.push(format!("ALTER TABLE {table} ALTER COLUMN {column} ADD GENERATED ALWAYS AS IDENTITY"))
            }
            Some("d") => {
                later.push(format!("ALTER TABLE {table} ALTER COLUMN {column} ADD GENERATED BY DEFAULT AS IDENTITY"));
            }
            _ => {}
        }
        if let Some(comment) = row.get(6) {
            later.push(format!("COMMENT ON COLUMN {table}.{column} IS {}", literal(comment)));
        }
    }
    if as_name.is_none() {
        let more = session
            .rows(&format!(
                "SELECT y FROM {attic}.items i, pg_catalog.jsonb_array_elements_text(i.definition -> 'remake') y WHERE i.id = {}",
                item.id
            ))
            .await?;
        later.extend(more.iter().filter_map(|r| r.get(0)).map(str::to_owned));
    }
    let rows = session.rows(&put_back_by_hand_sql(options, item.id)).await?;
    let word = rows.first().and_then(|r| r.get(0)).unwrap_or_default().to_owned();
    if word != "done" {
        return Err(Error::Refused {
            code: "not-restored",
            message: format!("{}: {word}", item.name),
            hint: "what was kept stays in the attic; see `surefoot attic list`".into(),
        });
    }
    let place = format!("{table} ({})", as_name.map_or_else(|| item.columns.join(", "), str::to_owned));
    Ok((place, each_if_possible(session, later.into_iter()).await?))
}

/// Runs statements one by one; those that fail are told and change nothing.
async fn each_if_possible(
    session: &Session,
    statements: impl Iterator<Item = String>,
) -> Result<Vec<(String, String)>> {
    let mut not_done = Vec::new();
    for sql in statements {
        session.run("SAVEPOINT surefoot_attic").await?;
        match session.run(&sql).await {
            Ok(_) => {
                session.run("RELEASE SAVEPOINT surefoot_attic").await?;
            }
            Err(e) if session.is_closed() => return Err(e.into()),
            Err(e) => {
                session.run("ROLLBACK TO SAVEPOINT surefoot_attic; RELEASE SAVEPOINT surefoot_attic").await?;
                not_done.push((sql, e.to_string()));
            }
        }
    }
    Ok(not_done)
}

//! The attic: tables and columns that a migration drops, kept until they are purged.
//!
//! All of it is SQL, in functions of the attic's own schema, so that a run and a script for psql do the same. A dropped
//! table moves there; the values of a dropped column are copied there with the key of their rows. Both happen in the
//! transaction of the drop. A rollback that makes the table or column again gets the rows back.

mod due;
mod run;
mod sql;

use surefoot_pg::{Session, ident, literal};

pub use sql::{discard_sql, install_sql, move_back_sql, put_back_by_hand_sql, record_sql, version_sql};
pub(crate) use sql::{entry_sql, keep_sql, let_go_sql, put_back_sql};

pub(crate) use due::{Due, due};
pub(crate) use run::{AtticRun, attic_detail, type_change};

use crate::Result;

/// How the attic is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtticOptions {
    /// Its schema.
    pub schema: String,
    /// Days until an item may be purged without being named.
    pub days: u32,
    /// Rows of a batch; a column of a table with fewer is copied in one statement.
    pub batch: u64,
}

impl Default for AtticOptions {
    fn default() -> Self {
        Self { schema: "surefoot_attic".into(), days: 90, batch: 100_000 }
    }
}

/// What an item holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtticKind {
    /// A table, whole.
    Table,
    /// Values of columns, with the key of their rows.
    Columns,
}

/// Where an item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtticState {
    /// It is being copied; the drop has not happened yet.
    Copying,
    /// The rollback of its migration puts it back.
    Kept,
    /// A rollback has run and could not put it back, or not all of it: only a human does.
    Left,
}

impl AtticState {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Copying => "copying",
            Self::Kept => "kept",
            Self::Left => "left",
        }
    }
}

/// Something in the attic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtticItem {
    /// Its number.
    pub id: u64,
    /// Its name: that of the table in the attic's schema.
    pub name: String,
    /// What it holds.
    pub kind: AtticKind,
    /// Where it stands.
    pub state: AtticState,
    /// Schema of the table it was, or was a part of.
    pub schema: String,
    /// Name of that table.
    pub table: String,
    /// Its columns: those that were dropped, or all of the table.
    pub columns: Vec<String>,
    /// The columns that tell its rows apart; none where whole rows are kept.
    pub key: Vec<String>,
    /// The migration that dropped it.
    pub migration: String,
    /// When, RFC 3339 in UTC.
    pub kept_at: String,
    /// Database role.
    pub kept_by: String,
    /// Until when it shall stay, RFC 3339 in UTC.
    pub keep_until: Option<String>,
    /// Whether that time is over, by the server's clock.
    pub expired: bool,
    /// Rows.
    pub rows: Option<u64>,
    /// Whether they were counted, not estimated.
    pub rows_exact: bool,
    /// Size on disk.
    pub bytes: Option<u64>,
}

impl AtticItem {
    /// What it was, in words: `table public.orders`, `column phone of public.patients`.
    pub fn describe(&self) -> String {
        let table = surefoot_sql::ObjectName::qualified(&self.schema, &self.table);
        match (self.kind, self.columns.as_slice()) {
            (AtticKind::Table, _) => format!("table {table}"),
            (AtticKind::Columns, [one]) => format!("column {one} of {table}"),
            (AtticKind::Columns, all) => format!("columns {} of {table}", all.join(", ")),
        }
    }
}

/// What a migration did with the attic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtticChange {
    /// `kept` or `restored`.
    pub what: String,
    /// Name of the item.
    pub item: String,
    /// The table.
    pub table: String,
    /// The columns; empty for a whole table.
    pub columns: Vec<String>,
    /// Rows.
    pub rows: Option<u64>,
    /// Size on disk, of what was kept.
    pub bytes: Option<u64>,
    /// Why it stays in the attic, when a rollback could not put it back.
    pub stays: Option<String>,
}

impl AtticChange {
    /// What it is about, in words.
    pub fn describe(&self) -> String {
        match self.columns.as_slice() {
            [] => format!("table {}", self.table),
            [one] => format!("column {one} of {}", self.table),
            all => format!("columns {} of {}", all.join(", "), self.table),
        }
    }
}

/// Everything in the attic, oldest first; nothing where there is no attic.
///
/// # Errors
/// When it cannot be read.
pub async fn attic_items(session: &Session, schema: &str) -> Result<Vec<AtticItem>> {
    let there =
        session.rows(&format!("SELECT pg_catalog.to_regclass({}) IS NOT NULL", literal(&items_table(schema)))).await?;
    if there.first().and_then(|r| r.get(0)) != Some("t") {
        return Ok(Vec::new());
    }
    let time =
        |column: &str| format!("pg_catalog.to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')");
    let list = |column: &str| format!("pg_catalog.array_to_json({column})");
    let rows = session
        .rows(&format!(
            "SELECT id, name, kind, state, schema_name, table_name, {}, {}, migration, {}, kept_by, {}, \
             keep_until < pg_catalog.clock_timestamp(), rows, rows_exact, bytes FROM {} ORDER BY id",
            list("columns"),
            list("key"),
            time("kept_at"),
            time("keep_until"),
            items_table(schema)
        ))
        .await?;
    let text = |row: &surefoot_pg::Row, i: usize| row.get(i).unwrap_or_default().to_owned();
    let names = |row: &surefoot_pg::Row, i: usize| -> Vec<String> {
        row.get(i).and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
    };
    Ok(rows
        .iter()
        .map(|r| AtticItem {
            id: r.parse(0).unwrap_or_default(),
            name: text(r, 1),
            kind: if r.get(2) == Some("table") { AtticKind::Table } else { AtticKind::Columns },
            state: match r.get(3) {
                Some("copying") => AtticState::Copying,
                Some("kept") => AtticState::Kept,
                _ => AtticState::Left,
            },
            schema: text(r, 4),
            table: text(r, 5),
            columns: names(r, 6),
            key: names(r, 7),
            migration: text(r, 8),
            kept_at: text(r, 9),
            kept_by: text(r, 10),
            keep_until: r.get(11).map(str::to_owned),
            expired: r.get(12) == Some("t"),
            rows: r.parse(13),
            rows_exact: r.get(14) == Some("t"),
            bytes: r.parse(15),
        })
        .collect())
}

fn items_table(schema: &str) -> String {
    format!("{}.items", ident(schema))
}

//! When, within a rollback, a kept item is put back.

use surefoot_plan::Work;
use surefoot_sql::{Cursor, ObjectName};

use super::{AtticItem, AtticKind};

/// After which statement an item is put back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Due {
    /// After these, so that what follows (constraints, indexes, triggers) finds the rows: a table when it has all its
    /// columns, a column as soon as it is there.
    After(Vec<usize>),
    /// When everything else has run.
    AtEnd,
}

impl Due {
    /// Whether it is due after a statement.
    pub(crate) fn is_after(&self, index: usize) -> bool {
        matches!(self, Self::After(all) if all.contains(&index))
    }
}

/// Looks for the statements that make the table, or the columns, again. Where statements of the rollback write rows
/// into the table themselves, or may, they have the first word.
pub(crate) fn due(work: &Work, item: &AtticItem) -> Due {
    let mut at = Vec::new();
    let planned = || work.units.iter().flat_map(|u| &u.statements);
    for p in planned() {
        let text = work.script.text(&work.script.statements[p.index]);
        let made = match item.kind {
            AtticKind::Table => makes_table(text).is_some_and(|n| is(item, &n)) || adds(text, item),
            AtticKind::Columns => adds(text, item),
        };
        if made {
            if item.kind == AtticKind::Table {
                at.clear();
            }
            at.push(p.index);
        }
    }
    let Some(last) = at.last().copied() else { return Due::AtEnd };
    let writes = item.kind == AtticKind::Table
        && planned().filter(|p| p.index != last).any(|p| {
            let text = work.script.text(&work.script.statements[p.index]);
            let tag = p.effects.tag.as_str();
            let rows = ["INSERT", "COPY", "MERGE", "WITH", "SELECT"].iter().any(|w| tag.starts_with(w));
            (rows || p.effects.opaque) && text.to_lowercase().contains(&item.table.to_lowercase())
        });
    if writes { Due::AtEnd } else { Due::After(at) }
}

fn is(item: &AtticItem, name: &ObjectName) -> bool {
    name.name == item.table && name.schema.as_ref().is_none_or(|s| *s == item.schema)
}

fn makes_table(text: &str) -> Option<ObjectName> {
    let mut cursor = Cursor::new(text);
    if !cursor.accept("create") {
        return None;
    }
    cursor.accept("unlogged");
    if !cursor.accept("table") {
        return None;
    }
    cursor.accept_all(&["if", "not", "exists"]);
    cursor.object_name()
}

/// Whether an `ALTER TABLE` adds one of the item's columns.
fn adds(text: &str, item: &AtticItem) -> bool {
    let mut cursor = Cursor::new(text);
    if !cursor.accept_all(&["alter", "table"]) {
        return false;
    }
    cursor.accept_all(&["if", "exists"]);
    cursor.accept("only");
    if !cursor.object_name().is_some_and(|name| is(item, &name)) {
        return false;
    }
    while cursor.skip_to(&["add"]) {
        cursor.accept("add");
        cursor.accept("column");
        cursor.accept_all(&["if", "not", "exists"]);
        if cursor.any_ident().is_some_and(|name| item.columns.contains(&name)) {
            return true;
        }
    }
    false
}

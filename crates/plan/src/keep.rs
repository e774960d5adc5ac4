//! What of a migration's drops is kept.

use std::collections::HashSet;

use surefoot_effects::Removal;
use surefoot_sql::script::Script;
use surefoot_sql::{Cursor, ObjectName};

use crate::Unit;

/// What the attic keeps of what a statement drops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keep {
    /// Tables, whole.
    Tables {
        /// Those that are kept, as the statement names them.
        keep: Vec<ObjectName>,
        /// Those that the same migration has made: they go.
        fresh: Vec<ObjectName>,
        /// Whether `CASCADE` is written.
        cascade: bool,
    },
    /// The values of columns.
    Columns {
        /// The table.
        table: ObjectName,
        /// Whether `ONLY` is written.
        only: bool,
        /// The columns.
        names: Vec<String>,
    },
    /// All tables of schemas.
    Schemas(Vec<String>),
}

/// Marks what is kept. What the migration has made itself holds nothing of anybody.
pub(crate) fn mark(script: &Script, units: &mut [Unit]) {
    let mut made: HashSet<ObjectName> = HashSet::new();
    for planned in units.iter_mut().flat_map(|u| &mut u.statements) {
        let fresh = |name: &ObjectName| made.contains(name);
        planned.keep = match &planned.effects.removes {
            Some(Removal::Tables { names, cascade }) => {
                let (fresh, keep): (Vec<_>, Vec<_>) = names.iter().cloned().partition(fresh);
                (!keep.is_empty()).then_some(Keep::Tables { keep, fresh, cascade: *cascade })
            }
            Some(Removal::Columns { table, only, names }) if !fresh(table) => {
                Some(Keep::Columns { table: table.clone(), only: *only, names: names.clone() })
            }
            Some(Removal::Schemas(names)) => Some(Keep::Schemas(names.clone())),
            _ => None,
        };
        // From here on a name may be another table's.
        if planned.effects.sets.iter().any(|p| p.name == "search_path" || p.name == "all") {
            made.clear();
        }
        let text = script.text(&script.statements[planned.index]);
        if let Some(name) = made_table(text) {
            made.insert(name);
        }
        if let Some(Removal::Tables { names, .. }) = &planned.effects.removes {
            for name in names {
                made.remove(name);
            }
        }
    }
}

/// The table a `CREATE TABLE` makes for certain.
fn made_table(text: &str) -> Option<ObjectName> {
    let mut cursor = Cursor::new(text);
    if !cursor.accept("create") {
        return None;
    }
    while cursor.accept_any(&["global", "local", "temporary", "temp", "unlogged"]).is_some() {}
    if !cursor.accept("table") || cursor.peek_kws(&["if", "not", "exists"]) {
        return None;
    }
    cursor.object_name()
}

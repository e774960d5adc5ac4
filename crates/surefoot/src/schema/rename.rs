//! Renames: said beside the object, given on the command line, or only suspected.

use std::fmt;

use surefoot_catalog::{Body, Catalog, Id, Kind};
use surefoot_diff::{Action, Step};
use surefoot_pg::Session;
use surefoot_sql::script::Script;
use surefoot_sql::{Cursor, quote_ident};

use crate::Result;

/// A table or column under two names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rename {
    /// As it was.
    old: Id,
    /// As it shall be.
    new: Id,
}

impl Rename {
    /// Reads `schema.old=new` for a table and `schema.table.old=new` for a column. The schema may be left out.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (old, new) = text.split_once('=')?;
        let parts: Vec<&str> = old.split('.').map(str::trim).collect();
        let last = new.trim().rsplit('.').next().filter(|n| !n.is_empty())?;
        let rename = match parts[..] {
            [name] => Self::table("public", name, last),
            [schema, name] => Self::table(schema, name, last),
            [schema, table, column] => Self::column(schema, table, column, last),
            _ => return None,
        };
        (!parts.iter().any(|p| p.is_empty())).then_some(rename)
    }

    fn table(schema: &str, old: &str, new: &str) -> Self {
        Self { old: Id::new(Kind::Table, schema, old), new: Id::new(Kind::Table, schema, new) }
    }

    fn column(schema: &str, table: &str, old: &str, new: &str) -> Self {
        let table = Id::new(Kind::Table, schema, table);
        Self { old: table.part(Kind::Column, old), new: table.part(Kind::Column, new) }
    }

    /// Whether it still has to be done: the old name is there, the new one is wanted and not there.
    pub(crate) fn applies(&self, from: &Catalog, to: &Catalog) -> bool {
        from.get(&self.new).is_none() && from.get(&self.old).is_some() && to.get(&self.new).is_some()
    }

    fn sql(&self) -> String {
        let table = self.old.relation();
        if self.old.kind == Kind::Column {
            format!("ALTER TABLE {table} RENAME COLUMN {} TO {}", self.old.part_name(), self.new.part_name())
        } else {
            format!("ALTER TABLE {table} RENAME TO {}", quote_ident(&self.new.name))
        }
    }

    /// Whether a step is one of [`apply`]'s.
    pub(crate) fn is_step(step: &Step) -> bool {
        step.action == Action::Alter && step.sql.starts_with("ALTER TABLE ") && step.sql.contains(" RENAME ")
    }

    /// The steps that take renames back, last first.
    pub(crate) fn undo(steps: &[Step]) -> Vec<Step> {
        steps
            .iter()
            .rev()
            .filter_map(|step| {
                let (table, rest) = step.sql.strip_prefix("ALTER TABLE ")?.split_once(" RENAME ")?;
                let sql = match rest.strip_prefix("COLUMN ") {
                    Some(names) => {
                        let (old, new) = names.split_once(" TO ")?;
                        format!("ALTER TABLE {table} RENAME COLUMN {new} TO {old}")
                    }
                    None => {
                        let new = rest.strip_prefix("TO ")?;
                        let schema = quote_ident(&step.object.schema);
                        format!("ALTER TABLE {schema}.{new} RENAME TO {}", quote_ident(&step.object.name))
                    }
                };
                Some(Step { sql, ..step.clone() })
            })
            .collect()
    }

    pub(crate) fn old_name(&self) -> String {
        if self.old.kind == Kind::Column { self.old.part_name() } else { quote_ident(&self.old.name) }
    }

    pub(crate) fn new_name(&self) -> String {
        self.new.reference()
    }

    /// As `--renamed` takes it.
    pub(crate) fn written(&self) -> String {
        let new = if self.new.kind == Kind::Column { self.new.part_name() } else { quote_ident(&self.new.name) };
        format!("{}={new}", self.old.reference())
    }
}

impl fmt::Display for Rename {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is gone and {} is new", self.old, self.new)
    }
}

/// Runs the renames and gives them as steps.
pub(crate) async fn apply(session: &Session, renames: &[Rename]) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    // Columns are named by their table's old name, so they come first.
    let columns = renames.iter().filter(|r| r.old.kind == Kind::Column);
    for rename in columns.chain(renames.iter().filter(|r| r.old.kind == Kind::Table)) {
        let sql = rename.sql();
        session.run(&sql).await?;
        steps.push(Step { object: rename.old.clone(), action: Action::Alter, sql, loss: None, alone: false });
    }
    Ok(steps)
}

/// What `-- surefoot: renamed-from old` says in schema files: before a `CREATE TABLE`, before a column's line or at
/// its end.
pub(crate) fn annotated(scripts: &[Script]) -> Vec<Rename> {
    let mut out = Vec::new();
    for script in scripts {
        for statement in &script.statements {
            let text = script.text(statement);
            let mut cursor = Cursor::new(text);
            if !(cursor.accept("create") && skip_to_table(&mut cursor)) {
                continue;
            }
            let Some(name) = cursor.object_name() else { continue };
            let schema = name.schema.clone().unwrap_or_else(|| "public".into());
            let file = script.files.get(statement.file).map_or("", |f| &f.text);
            let leading = file.get(statement.leading.clone()).unwrap_or_default();
            if let Some(old) = leading.lines().rev().find_map(directive) {
                out.push(Rename::table(&schema, &old, &name.name));
            }
            let mut wanted: Option<String> = None;
            for line in text.lines() {
                let (code, said) = match line.find("--") {
                    Some(at) => (&line[..at], directive(&line[at..])),
                    None => (line, None),
                };
                let column = Cursor::new(code.trim().trim_start_matches('(')).any_ident();
                match (column, said.or_else(|| wanted.take().filter(|_| !code.trim().is_empty()))) {
                    (Some(column), Some(old)) if !code.trim().is_empty() => {
                        out.push(Rename::column(&schema, &name.name, &old, &column));
                    }
                    (_, said) => wanted = said,
                }
            }
        }
    }
    out
}

/// `old` of `-- surefoot: renamed-from old`.
fn directive(line: &str) -> Option<String> {
    let rest = line.trim().strip_prefix("--")?.trim().strip_prefix("surefoot:")?.trim();
    let name = rest.strip_prefix("renamed-from")?.trim();
    Cursor::new(name).any_ident()
}

/// What disappears and what appears beside it with the same shape.
pub(crate) fn candidates(from: &Catalog, to: &Catalog) -> Vec<Rename> {
    let gone = |id: &Id| to.get(id).is_none();
    let added = |id: &Id| from.get(id).is_none();
    let shape = |catalog: &Catalog, id: &Id| -> Vec<(String, String)> {
        let columns = catalog.columns(id).into_iter().filter_map(|o| match &o.body {
            Body::Column(c) => Some((o.id.sub.to_string(), c.type_name.clone())),
            _ => None,
        });
        columns.collect()
    };
    let mut out = Vec::new();
    let tables = |catalog: &'_ Catalog| -> Vec<Id> {
        catalog.objects().iter().filter(|o| o.id.kind == Kind::Table).map(|o| o.id.clone()).collect()
    };
    let new_tables: Vec<Id> = tables(to).into_iter().filter(|id| added(id)).collect();
    for old in tables(from) {
        if gone(&old) {
            let columns = shape(from, &old);
            let alike = new_tables.iter().filter(|new| new.schema == old.schema).find(|new| {
                let theirs = shape(to, new);
                let common = columns.iter().filter(|c| theirs.contains(c)).count();
                common > 0 && common * 5 >= columns.len().max(theirs.len()) * 3
            });
            out.extend(alike.map(|new| Rename { old: old.clone(), new: new.clone() }));
            continue;
        }
        let new_columns: Vec<(Id, String)> = to
            .columns(&old)
            .into_iter()
            .filter(|o| added(&o.id))
            .filter_map(|o| match &o.body {
                Body::Column(c) => Some((o.id.clone(), c.type_name.clone())),
                _ => None,
            })
            .collect();
        let old_columns: Vec<(Id, String)> = from
            .columns(&old)
            .into_iter()
            .filter(|o| gone(&o.id))
            .filter_map(|o| match &o.body {
                Body::Column(c) if !c.inherited => Some((o.id.clone(), c.type_name.clone())),
                _ => None,
            })
            .collect();
        for (id, type_name) in old_columns {
            let alike = new_columns.iter().find(|(_, t)| *t == type_name);
            out.extend(alike.map(|(new, _)| Rename { old: id.clone(), new: new.clone() }));
        }
    }
    out
}

fn skip_to_table(cursor: &mut Cursor<'_>) -> bool {
    for word in ["unlogged", "foreign", "temp", "temporary"] {
        cursor.accept(word);
    }
    if !cursor.accept("table") {
        return false;
    }
    if cursor.accept("if") {
        cursor.accept("not");
        cursor.accept("exists");
    }
    true
}

//! Renames that someone has written down: in the schema's text, or on the command line.

use surefoot_catalog::{Catalog, Id, Kind};
use surefoot_sql::script::{Script, Statement};
use surefoot_sql::{Cursor, ObjectName};

use super::{Rename, is_function, labels};
use crate::{Error, Result};

const RELATIONS: &[Kind] =
    &[Kind::Table, Kind::View, Kind::MaterializedView, Kind::Sequence, Kind::Index, Kind::Enum, Kind::Domain];
const OTHERS: &[Kind] = &[Kind::Composite, Kind::Range, Kind::Function, Kind::Procedure, Kind::Aggregate, Kind::Schema];
const PARTS: &[Kind] = &[Kind::Column, Kind::Constraint, Kind::Trigger, Kind::Policy, Kind::Rule];

/// A rename as it was written; what it means hangs on what there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::schema) enum Said {
    /// Of what has a name of its own.
    Object {
        /// What it can be.
        kinds: Vec<Kind>,
        /// The old name; in the schema of the new one when it names none.
        old: ObjectName,
        /// The new name; when it names no schema, in `public` or the only one that has it.
        new: ObjectName,
    },
    /// Of a part of something, a label of an enum among them.
    Part {
        /// What it is in, by its new name.
        of: ObjectName,
        /// The old name.
        old: String,
        /// The new name.
        new: String,
    },
    /// One that is known for certain.
    Known(Rename),
}

impl Said {
    /// What it means for these two; nothing when there is nothing to rename.
    pub(super) fn resolve(&self, from: &Catalog, to: &Catalog) -> Vec<Rename> {
        let found = match self {
            Self::Known(rename) => vec![rename.clone()],
            Self::Object { kinds, old, new } => named(to, kinds, new)
                .into_iter()
                .filter_map(|new| Some(Rename { old: former(from, &new, old)?, new }))
                .collect(),
            Self::Part { of, old, new } => {
                let mut found = Vec::new();
                for relation in named(to, RELATIONS, of) {
                    for kind in PARTS {
                        found.push(Rename { old: relation.part(*kind, old), new: relation.part(*kind, new) });
                    }
                    if relation.kind == Kind::Enum && !labels(to, &relation).is_empty() {
                        found.push(Rename { old: relation.part(Kind::Enum, old), new: relation.part(Kind::Enum, new) });
                    }
                }
                found
            }
        };
        found.into_iter().filter(|rename| rename.applies(from, to)).collect()
    }

    /// After another rename: a part of what was renamed is a part of the new one.
    pub(super) fn follow(&mut self, done: &Rename) {
        let is = |name: &ObjectName, id: &Id| *name.name == *id.name && *schema_of(name) == *id.schema;
        if let Self::Part { of, .. } = self
            && done.old.sub.is_empty()
            && is(of, &done.old)
        {
            *of = ObjectName::qualified(done.new.schema.to_string(), done.new.name.to_string());
        }
    }
}

fn schema_of(name: &ObjectName) -> &str {
    name.schema.as_deref().unwrap_or("public")
}

/// Objects of this name.
fn named(catalog: &Catalog, kinds: &[Kind], name: &ObjectName) -> Vec<Id> {
    let all =
        catalog.objects().iter().map(|object| &object.id).filter(|id| {
            kinds.contains(&id.kind) && *id.name == *name.name && (id.sub.is_empty() || is_function(id.kind))
        });
    let wanted = |id: &&Id| match (&name.schema, id.kind) {
        (_, Kind::Schema) => true,
        (Some(schema), _) => *id.schema == **schema,
        (None, _) => &*id.schema == "public",
    };
    let found: Vec<Id> = all.clone().filter(wanted).cloned().collect();
    if !found.is_empty() || name.schema.is_some() {
        return found;
    }
    // A file may have set a search_path.
    let others: Vec<Id> = all.cloned().collect();
    if others.iter().all(|id| id.schema == others[0].schema) { others } else { Vec::new() }
}

/// What this object was before, when it had another name.
fn former(from: &Catalog, new: &Id, old: &ObjectName) -> Option<Id> {
    let schema = match (&old.schema, new.kind) {
        (_, Kind::Schema) => "",
        (Some(schema), _) => schema,
        (None, _) => &new.schema,
    };
    let same = Id { schema: schema.into(), name: old.name.as_str().into(), ..new.clone() };
    if from.get(&same).is_some() || !is_function(new.kind) {
        return Some(same);
    }
    // Its arguments may be of types that have new names as well.
    let mut alike = from
        .objects()
        .iter()
        .map(|o| &o.id)
        .filter(|id| id.kind == new.kind && *id.schema == *schema && *id.name == *old.name);
    alike.next().filter(|_| alike.next().is_none()).cloned()
}

/// Reads `--renamed`: `old=new`, `schema.old=new`, `table.old=new`, `schema.table.old=new`.
pub(in crate::schema) fn given(renamed: &[String]) -> Result<Vec<Said>> {
    let mut out = Vec::new();
    for text in renamed {
        let wrong = || Error::Usage {
            message: format!("--renamed {text}: not understood"),
            hint: "write public.old_table=new_table, or public.table.old_column=new_column".into(),
        };
        let mut cursor = Cursor::new(text);
        let old = path(&mut cursor).ok_or_else(wrong)?;
        if !cursor.symbol("=") {
            return Err(wrong());
        }
        let new = path(&mut cursor).ok_or_else(wrong)?;
        if cursor.bump().is_some() {
            return Err(wrong());
        }
        let last = |path: &[String]| path.last().cloned().unwrap_or_default();
        let object = |schema: Option<&String>| {
            let schema_new = match new.as_slice() {
                [schema, _] => Some(schema),
                _ => schema,
            };
            let name = |schema: Option<&String>, name: String| match schema {
                Some(schema) => ObjectName::qualified(schema.clone(), name),
                None => ObjectName::bare(name),
            };
            Said::Object {
                kinds: RELATIONS.iter().chain(OTHERS).copied().collect(),
                old: name(schema, last(&old)),
                new: name(schema_new, last(&new)),
            }
        };
        match old.as_slice() {
            [_] => out.push(object(None)),
            [first, name] => {
                out.push(object(Some(first)));
                out.push(Said::Part { of: ObjectName::bare(first.clone()), old: name.clone(), new: last(&new) });
            }
            [schema, of, name] => {
                let of = ObjectName::qualified(schema.clone(), of.clone());
                out.push(Said::Part { of, old: name.clone(), new: last(&new) });
            }
            _ => return Err(wrong()),
        }
    }
    Ok(out)
}

/// Names with dots between them.
fn path(cursor: &mut Cursor<'_>) -> Option<Vec<String>> {
    let mut out = vec![cursor.any_ident()?];
    while cursor.symbol(".") {
        out.push(cursor.any_ident()?);
    }
    Some(out)
}

/// What `-- surefoot: renamed-from old` says in schema files: before a statement that makes something, before the line
/// of a column, constraint or label, or at its end. A directive that is beside nothing is a warning.
pub(in crate::schema) fn annotated(scripts: &[Script]) -> (Vec<Said>, Vec<String>) {
    let (mut out, mut warnings) = (Vec::new(), Vec::new());
    for script in scripts {
        for statement in &script.statements {
            beside(script, statement, &mut out, &mut warnings);
        }
    }
    (out, warnings)
}

fn beside(script: &Script, statement: &Statement, out: &mut Vec<Said>, warnings: &mut Vec<String>) {
    let file = script.files.get(statement.file);
    let source = file.map_or("", |f| &*f.text);
    let mut leading = source.get(statement.leading.clone()).unwrap_or_default();
    // What stands behind a statement on its last line is that one's.
    if source.get(..statement.leading.start).is_some_and(|before| !before.is_empty() && !before.ends_with('\n')) {
        leading = leading.split_once('\n').map_or("", |(_, rest)| rest);
    }
    let behind = source.get(statement.end..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let behind = behind.trim_start_matches(|c: char| c == ';' || c.is_whitespace());
    let text = script.text(statement);
    let before = directive(behind).or_else(|| leading.lines().rev().find_map(directive));
    if before.is_none() && !text.contains("renamed-from") {
        return;
    }
    let place = || format!("{}:{}", file.map_or("", |f| &f.name), statement.line);
    let made = created(&mut Cursor::new(text));
    if let Some(old) = before {
        match (&made, old) {
            (Some(made), Some(old)) => out.extend(made.renamed(old)),
            (None, Some(_)) => {
                warnings
                    .push(format!("{}: renamed-from stands before a statement that makes nothing of a name", place()));
            }
            (_, None) => warnings.push(format!("{}: renamed-from names nothing", place())),
        }
    }
    let Some(Made::Object { kinds, name }) = made else { return };
    if kinds == [Kind::Table] || kinds == TYPES {
        lines(text, &name, &place, out, warnings);
    }
}

/// Looks line by line at what is in the brackets of a table or an enum.
fn lines(text: &str, of: &ObjectName, place: &dyn Fn() -> String, out: &mut Vec<Said>, warnings: &mut Vec<String>) {
    let mut wanted: Option<ObjectName> = None;
    for line in text.lines() {
        let (code, said) = match line.find("--") {
            Some(at) => (&line[..at], directive(&line[at..])),
            None => (line, None),
        };
        if said == Some(None) {
            warnings.push(format!("{}: renamed-from names nothing", place()));
        }
        let said = said.flatten();
        let code = code.trim().trim_start_matches('(').trim_start_matches(',').trim();
        if code.is_empty() {
            wanted = said.or(wanted);
            continue;
        }
        let Some(old) = said.or_else(|| wanted.take()) else { continue };
        let mut cursor = Cursor::new(code);
        cursor.accept("constraint");
        match cursor.string().or_else(|| cursor.any_ident()) {
            Some(new) => out.push(Said::Part { of: of.clone(), old: old.name, new }),
            None => warnings.push(format!("{}: renamed-from {} stands beside nothing of a name", place(), old.name)),
        }
    }
}

/// What follows `-- surefoot: renamed-from`; an inner `None` when it is no name.
pub(super) fn directive(line: &str) -> Option<Option<ObjectName>> {
    let rest = line.trim().strip_prefix("--")?.trim().strip_prefix("surefoot:")?.trim();
    let mut cursor = Cursor::new(rest.strip_prefix("renamed-from")?.trim());
    if let Some(label) = cursor.string() {
        return Some(Some(ObjectName::bare(label)));
    }
    Some(path(&mut cursor).and_then(|mut path| {
        let name = path.pop()?;
        Some(
            path.pop()
                .map_or_else(|| ObjectName::bare(name.clone()), |schema| ObjectName::qualified(schema, name.clone())),
        )
    }))
}

const TYPES: &[Kind] = &[Kind::Enum, Kind::Composite, Kind::Range];

/// What a statement makes.
enum Made {
    /// Something with a name of its own.
    Object { kinds: Vec<Kind>, name: ObjectName },
    /// A part of a table.
    Part { of: ObjectName, name: String },
}

impl Made {
    fn renamed(&self, old: ObjectName) -> Option<Said> {
        Some(match self {
            Self::Object { kinds, name } => Said::Object { kinds: kinds.clone(), old, new: name.clone() },
            Self::Part { of, name } => Said::Part { of: of.clone(), old: old.name, new: name.clone() },
        })
    }
}

fn created(cursor: &mut Cursor<'_>) -> Option<Made> {
    if cursor.accept_all(&["alter", "table"]) {
        cursor.accept_all(&["if", "exists"]);
        cursor.accept("only");
        let of = cursor.object_name()?;
        if !cursor.accept("add") {
            return None;
        }
        if !cursor.accept("constraint") {
            cursor.accept("column");
            cursor.accept_all(&["if", "not", "exists"]);
        }
        return Some(Made::Part { of, name: cursor.any_ident()? });
    }
    if !cursor.accept("create") {
        return None;
    }
    cursor.accept_all(&["or", "replace"]);
    while cursor
        .accept_any(&[
            "global",
            "local",
            "temp",
            "temporary",
            "unlogged",
            "foreign",
            "recursive",
            "constraint",
            "unique",
        ])
        .is_some()
    {}
    let word = if cursor.accept_all(&["materialized", "view"]) {
        "materialized view"
    } else {
        cursor.accept_any(&[
            "table",
            "view",
            "sequence",
            "type",
            "domain",
            "index",
            "function",
            "procedure",
            "aggregate",
            "schema",
            "trigger",
            "policy",
            "rule",
        ])?
    };
    cursor.accept("concurrently");
    cursor.accept_all(&["if", "not", "exists"]);
    let kinds = match word {
        "table" => vec![Kind::Table],
        "view" => vec![Kind::View],
        "materialized view" => vec![Kind::MaterializedView],
        "sequence" => vec![Kind::Sequence],
        "type" => TYPES.to_vec(),
        "domain" => vec![Kind::Domain],
        "function" => vec![Kind::Function],
        "procedure" => vec![Kind::Procedure],
        "aggregate" => vec![Kind::Aggregate],
        "schema" => vec![Kind::Schema],
        "index" => {
            let name = cursor.ident()?;
            cursor.accept("on").then_some(())?;
            cursor.accept("only");
            let table = cursor.object_name()?;
            let name =
                table.schema.map_or_else(|| ObjectName::bare(name.clone()), |s| ObjectName::qualified(s, name.clone()));
            return Some(Made::Object { kinds: vec![Kind::Index], name });
        }
        _ => {
            let name = cursor.any_ident()?;
            // A trigger has its events first; a rule its event; `OF column` may come in between.
            while !cursor.accept("on") {
                cursor.bump()?;
            }
            if word == "rule" {
                cursor.bump()?;
                cursor.accept("to").then_some(())?;
            }
            return Some(Made::Part { of: cursor.object_name()?, name });
        }
    };
    Some(Made::Object { kinds, name: cursor.object_name()? })
}

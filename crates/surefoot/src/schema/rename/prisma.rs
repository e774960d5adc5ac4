//! Renames that a Prisma schema tells of: a field keeps its name in the file when `@map` gives its column another.

use std::path::Path;

use surefoot_catalog::{Catalog, Id, Kind};
use surefoot_prisma::{DbName, Origin, Rename as PrismaRename, Schema, renames};
use surefoot_sql::ObjectName;

use super::said::directive;
use super::{Rename, Said, exists};
use crate::schema::texts::{git, parse_prisma};

/// How many earlier versions of a file are looked at.
const VERSIONS: &str = "-n30";

/// What is renamed from one schema to the other: both are what the files say.
pub(in crate::schema) fn exact(old: &Schema, new: &Schema) -> Vec<Rename> {
    renames(old, new).iter().map(translated).collect()
}

/// What earlier versions of the file in git tell about a database: a field that had the name of a column there.
pub(in crate::schema) fn from_git(path: &Path, new: &Schema, from: &Catalog, to: &Catalog) -> Vec<Rename> {
    let whole = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    let folder = if whole.as_os_str().is_empty() { Path::new(".") } else { whole };
    let name =
        if path.is_dir() { ".".into() } else { path.file_name().unwrap_or_default().to_string_lossy().into_owned() };
    // Without git there is no earlier version.
    let Ok(versions) = git(folder, &["log", VERSIONS, "--format=%H", "--", &name]) else { return Vec::new() };
    let mut out: Vec<Rename> = Vec::new();
    for version in versions.lines() {
        let Ok(files) = git(folder, &["ls-tree", "-r", "--name-only", version, "--", &name]) else { continue };
        let texts: Vec<(String, String)> = files
            .lines()
            .filter(|file| file.ends_with(".prisma"))
            .filter_map(|file| Some((file.to_owned(), git(folder, &["show", &format!("{version}:./{file}")]).ok()?)))
            .collect();
        let Ok(old) = parse_prisma(&texts) else { continue };
        for rename in exact(&old, new) {
            let known = out.iter().any(|other| other.old == rename.old || other.new == rename.new);
            // Keys and indexes that are the same but for their names are renamed anyway.
            if !known && rename.level() < 3 && relevant(&rename, from, to) {
                out.push(rename);
            }
        }
    }
    out
}

/// What `// surefoot: renamed-from old` says in the files of a schema, beside a model, an enum, a field or a value. The
/// old name is the one in the database.
pub(in crate::schema) fn annotated_prisma(texts: &[(String, String)], schema: &Schema) -> Vec<Said> {
    let mut out = Vec::new();
    for (_, text) in texts.iter().filter(|(_, text)| text.contains("renamed-from")) {
        let (mut block, mut wanted) = (None, None);
        for line in text.lines() {
            let (code, comment) = line.split_at(line.find("//").unwrap_or(line.len()));
            let said = directive(&comment.replacen("//", "--", 1)).flatten().or_else(|| wanted.take());
            let mut words = code.split_whitespace();
            match (words.next(), &block) {
                (None, _) => wanted = said,
                (Some("}"), _) => block = None,
                (Some(word @ ("model" | "enum")), None) => {
                    let name = words.next().unwrap_or_default().trim_end_matches('{');
                    let table = schema.tables.iter().find(|t| t.origin == Origin::Model(name.to_owned()));
                    let of = schema.enums.iter().find(|e| e.prisma_name == name);
                    let (kind, new) = match word {
                        "model" => (Kind::Table, table.map(|t| &t.db_name)),
                        _ => (Kind::Enum, of.map(|e| &e.db_name)),
                    };
                    if let (Some(old), Some(new)) = (said, new) {
                        out.push(Said::Object { kinds: vec![kind], old, new: qualified(new) });
                    }
                    block = Some(name.to_owned());
                }
                (Some(field), Some(name)) => {
                    let Some(old) = said else { continue };
                    let table = schema.tables.iter().find(|t| t.origin == Origin::Model(name.clone()));
                    let column = table.and_then(|t| {
                        let column = t.columns.iter().find(|c| c.prisma_name == field)?;
                        Some((&t.db_name, &column.db_name))
                    });
                    let of = schema.enums.iter().find(|e| e.prisma_name == *name);
                    let value = of.and_then(|e| {
                        let value = e.values.iter().find(|v| v.prisma_name == field)?;
                        Some((&e.db_name, &value.db_name))
                    });
                    if let Some((of, new)) = column.or(value) {
                        out.push(Said::Part { of: qualified(of), old: old.name, new: new.clone() });
                    }
                }
                (Some(_), None) => {}
            }
        }
    }
    out
}

/// What the names in the file tell by themselves: the table or column has the name of the model or field (perhaps with
/// other capitals and underscores), and the file maps that to a name that is not there yet.
pub(in crate::schema) fn from_catalog(new: &Schema, from: &Catalog, to: &Catalog) -> Vec<Rename> {
    let mut out = Vec::new();
    let mut take = |rename: Rename| {
        if relevant(&rename, from, to) {
            out.push(rename);
        }
    };
    let relations: Vec<&Id> = from.objects().iter().map(|o| &o.id).filter(|id| id.kind == Kind::Table).collect();
    for table in &new.tables {
        let Origin::Model(model) = &table.origin else { continue };
        let id = table_id(&table.db_name);
        if from.get(&id).is_none() {
            let gone = relations.iter().filter(|old| old.schema == id.schema && to.get(old).is_none());
            if let Some(old) = only(gone.filter(|old| alike(&old.name, model))) {
                take(Rename { old: (*old).clone(), new: id });
            }
            continue;
        }
        for column in table.columns.iter().filter(|column| from.get(&id.part(Kind::Column, &column.db_name)).is_none())
        {
            let columns = from.columns(&id);
            let gone = columns.iter().map(|o| &o.id).filter(|old| to.get(old).is_none());
            if let Some(old) = only(gone.filter(|old| alike(&old.sub, &column.prisma_name))) {
                take(Rename { old: old.clone(), new: id.part(Kind::Column, &column.db_name) });
            }
        }
    }
    for of in &new.enums {
        let id = Id::new(Kind::Enum, schema(&of.db_name), &of.db_name.name);
        if from.get(&id).is_none() {
            let enums = from.objects().iter().map(|o| &o.id).filter(|old| old.kind == Kind::Enum);
            let gone = enums.filter(|old| old.schema == id.schema && to.get(old).is_none());
            if let Some(old) = only(gone.filter(|old| alike(&old.name, &of.prisma_name))) {
                take(Rename { old: old.clone(), new: id });
            }
            continue;
        }
        for value in &of.values {
            let old = super::labels(from, &id).iter().filter(|label| alike(label, &value.prisma_name));
            if let Some(old) = only(old) {
                take(Rename { old: id.part(Kind::Enum, old), new: id.part(Kind::Enum, &value.db_name) });
            }
        }
    }
    out
}

/// The old name goes and the new one comes. What is inside something that is renamed as well is looked at later.
fn relevant(rename: &Rename, from: &Catalog, to: &Catalog) -> bool {
    let inside = !rename.old.sub.is_empty();
    let outside = rename.old.with_kind_only(if rename.old.kind == Kind::Column { Kind::Table } else { Kind::Enum });
    if inside && from.get(&outside).is_none() {
        return exists(to, &rename.new);
    }
    rename.applies(from, to) && !exists(to, &rename.old)
}

/// The one there is.
fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    let first = items.next()?;
    items.next().is_none().then_some(first)
}

/// The same but for capitals and underscores: `firstName`, `first_name`.
fn alike(a: &str, b: &str) -> bool {
    let plain = |text: &str| -> String { text.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect() };
    plain(a) == plain(b)
}

fn schema(name: &DbName) -> &str {
    name.schema.as_deref().unwrap_or("public")
}

fn qualified(name: &DbName) -> ObjectName {
    ObjectName::qualified(schema(name), name.name.clone())
}

fn table_id(name: &DbName) -> Id {
    Id::new(Kind::Table, schema(name), &name.name)
}

fn translated(rename: &PrismaRename) -> Rename {
    let named = |kind: Kind, name: &DbName| Id::new(kind, schema(name), &name.name);
    let part = |table: &DbName, kind: Kind, name: &str| table_id(table).part(kind, name);
    let (old, new) = match rename {
        PrismaRename::Table { from, to, .. } => (table_id(from), table_id(to)),
        PrismaRename::Column { table, from, to, .. } => {
            (part(table, Kind::Column, from), part(table, Kind::Column, to))
        }
        PrismaRename::Sequence { from, to } => (named(Kind::Sequence, from), named(Kind::Sequence, to)),
        PrismaRename::Constraint { table, from, to } => {
            (part(table, Kind::Constraint, from), part(table, Kind::Constraint, to))
        }
        PrismaRename::Index { table, from, to } => {
            (Id::new(Kind::Index, schema(table), from), Id::new(Kind::Index, schema(table), to))
        }
        PrismaRename::Enum { from, to, .. } => (named(Kind::Enum, from), named(Kind::Enum, to)),
        PrismaRename::EnumValue { of, from, to, .. } => {
            let of = named(Kind::Enum, of);
            (of.part(Kind::Enum, from), of.part(Kind::Enum, to))
        }
    };
    Rename { old, new }
}

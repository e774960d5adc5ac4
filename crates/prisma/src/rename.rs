//! Renames that two schemas agree on.

use std::collections::{HashMap, HashSet};

use crate::naming;
use crate::schema::{Column, DbName, Enum, ForeignKey, Index, Origin, Schema, Table};

/// A thing that is the same in two schemas and has another name in the database.
///
/// Tables and enums come before what is in them. Where two names are swapped, one needs a third
/// name in between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rename {
    /// A table, by `@@map`, `@@schema`, or the name of the relation it stands for.
    Table {
        /// The model; of a table between two models, the two with their fields.
        origin: Origin,
        /// Its name before.
        from: DbName,
        /// Its name after.
        to: DbName,
    },
    /// A column, by `@map`.
    Column {
        /// The table's name after its own rename.
        table: DbName,
        /// The model.
        model: String,
        /// The field.
        field: String,
        /// The column's name before.
        from: String,
        /// The column's name after.
        to: String,
    },
    /// The sequence behind `autoincrement()`, which PostgreSQL names after table and column.
    Sequence {
        /// Its name before, in the schema that its table is in after its own rename.
        from: DbName,
        /// Its name after.
        to: DbName,
    },
    /// A primary key or foreign key, by `map` or because its name is made from others.
    Constraint {
        /// The table's name after its own rename.
        table: DbName,
        /// Its name before.
        from: String,
        /// Its name after.
        to: String,
    },
    /// An index, by `map` or because its name is made from others. Unique constraints are indexes.
    Index {
        /// The table's name after its own rename.
        table: DbName,
        /// Its name before.
        from: String,
        /// Its name after.
        to: String,
    },
    /// An enum, by `@@map` or `@@schema`.
    Enum {
        /// The enum.
        prisma_name: String,
        /// Its name before.
        from: DbName,
        /// Its name after.
        to: DbName,
    },
    /// A value of an enum, by `@map`.
    EnumValue {
        /// The enum's name in the database after its own rename.
        of: DbName,
        /// The value.
        prisma_name: String,
        /// Its label before.
        from: String,
        /// Its label after.
        to: String,
    },
}

/// What changed its name in the database from one schema to the next while keeping the one it has
/// in the file. A table or column whose name in the file changed is not among them: nothing says
/// that it is the same. Keys and indexes have no names in the file; they are the same when they
/// are over the same fields in the same manner.
#[must_use]
pub fn renames(old: &Schema, new: &Schema) -> Vec<Rename> {
    let mut renames = Vec::new();
    let mut inside = Vec::new();
    let enums: HashMap<&str, &Enum> = old.enums.iter().map(|of| (of.prisma_name.as_str(), of)).collect();
    for to in &new.enums {
        if let Some(from) = enums.get(to.prisma_name.as_str()) {
            enumeration(from, to, &mut renames, &mut inside);
        }
    }
    let tables: HashMap<&Origin, &Table> = old.tables.iter().map(|table| (&table.origin, table)).collect();
    let (before, after) = (Names::of(old), Names::of(new));
    for to in &new.tables {
        let Some(from) = tables.get(&to.origin) else {
            continue;
        };
        if !same(&from.db_name, &to.db_name) {
            renames.push(Rename::Table {
                origin: to.origin.clone(),
                from: from.db_name.clone(),
                to: to.db_name.clone(),
            });
        }
        columns(from, to, &mut inside);
        keys(from, to, &before, &after, &mut inside);
    }
    renames.extend(inside);
    renames
}

fn enumeration(from: &Enum, to: &Enum, renames: &mut Vec<Rename>, inside: &mut Vec<Rename>) {
    if !same(&from.db_name, &to.db_name) {
        renames.push(Rename::Enum {
            prisma_name: to.prisma_name.clone(),
            from: from.db_name.clone(),
            to: to.db_name.clone(),
        });
    }
    for value in &to.values {
        let before = from.values.iter().find(|before| before.prisma_name == value.prisma_name);
        if let Some(before) = before.filter(|before| before.db_name != value.db_name) {
            inside.push(Rename::EnumValue {
                of: to.db_name.clone(),
                prisma_name: value.prisma_name.clone(),
                from: before.db_name.clone(),
                to: value.db_name.clone(),
            });
        }
    }
}

fn columns(from: &Table, to: &Table, renames: &mut Vec<Rename>) {
    let Origin::Model(model) = &to.origin else {
        return;
    };
    let before: HashMap<&str, &str> =
        from.columns.iter().map(|column| (column.prisma_name.as_str(), column.db_name.as_str())).collect();
    let serial = |column: &&Column| column.sql_type.ends_with("SERIAL");
    for column in to.columns.iter().filter(serial) {
        let before = from.columns.iter().filter(serial).find(|before| before.prisma_name == column.prisma_name);
        let name = |table: &Table, column: &Column| DbName {
            schema: to.db_name.schema.clone(),
            name: naming::sequence(&table.db_name.name, &column.db_name),
        };
        if let Some(old) = before.map(|before| name(from, before)).filter(|old| *old != name(to, column)) {
            renames.push(Rename::Sequence { from: old, to: name(to, column) });
        }
    }
    for column in &to.columns {
        if let Some(name) = before.get(column.prisma_name.as_str()).filter(|name| **name != column.db_name) {
            renames.push(Rename::Column {
                table: to.db_name.clone(),
                model: model.clone(),
                field: column.prisma_name.clone(),
                from: (*name).to_owned(),
                to: column.db_name.clone(),
            });
        }
    }
}

/// Keys and indexes of one table that are alike but for their names.
fn keys(from: &Table, to: &Table, before: &Names<'_>, after: &Names<'_>, renames: &mut Vec<Rename>) {
    let constraint = |from: &str, name: &str| Rename::Constraint {
        table: to.db_name.clone(),
        from: from.to_owned(),
        to: name.to_owned(),
    };
    let index = |from: &str, name: &str| Rename::Index {
        table: to.db_name.clone(),
        from: from.to_owned(),
        to: name.to_owned(),
    };
    if let (Some(old), Some(new)) = (&from.primary_key, &to.primary_key)
        && old.name != new.name
        && fields(from, &old.columns) == fields(to, &new.columns)
    {
        renames.push(constraint(&old.name, &new.name));
    }
    let alike = |old: &Index, new: &Index| {
        let manner = |index: &Index| -> Vec<_> {
            index.columns.iter().map(|column| (column.operator_class.clone(), column.sort)).collect()
        };
        let names = |index: &Index| -> Vec<String> { index.columns.iter().map(|column| column.name.clone()).collect() };
        (old.unique, old.method, &old.predicate) == (new.unique, new.method, &new.predicate)
            && manner(old) == manner(new)
            && fields(from, &names(old)) == fields(to, &names(new))
    };
    pair(&from.indexes, &to.indexes, |index| &index.name, alike, |from, to| renames.push(index(from, to)));
    let alike = |old: &ForeignKey, new: &ForeignKey| {
        (old.on_delete, old.on_update) == (new.on_delete, new.on_update)
            && fields(from, &old.columns) == fields(to, &new.columns)
            && before.referenced(old) == after.referenced(new)
    };
    pair(&from.foreign_keys, &to.foreign_keys, |key| &key.name, alike, |from, to| renames.push(constraint(from, to)));
}

/// Of what is not in both lists by name, those that are alike, each once.
fn pair<T>(
    old: &[T],
    new: &[T],
    name: impl Fn(&T) -> &str,
    alike: impl Fn(&T, &T) -> bool,
    mut found: impl FnMut(&str, &str),
) {
    let kept: HashSet<&str> = old.iter().map(&name).filter(|own| new.iter().any(|other| name(other) == *own)).collect();
    let mut left: Vec<&T> = old.iter().filter(|old| !kept.contains(name(old))).collect();
    for new in new.iter().filter(|new| !kept.contains(name(new))) {
        if let Some(at) = left.iter().position(|old| alike(old, new)) {
            found(name(left.remove(at)), name(new));
        }
    }
}

/// The tables of a schema by their names in the database.
struct Names<'s> {
    tables: HashMap<&'s DbName, &'s Table>,
}

impl<'s> Names<'s> {
    fn of(schema: &'s Schema) -> Self {
        Names { tables: schema.tables.iter().map(|table| (&table.db_name, table)).collect() }
    }

    /// What a foreign key refers to, by its names in the file.
    fn referenced(&self, key: &ForeignKey) -> Option<(&'s Origin, Vec<Option<&'s str>>)> {
        let table = self.tables.get(&key.references)?;
        Some((&table.origin, fields(table, &key.referenced_columns)))
    }
}

/// The names in the file of some columns.
fn fields<'t>(table: &'t Table, columns: &[String]) -> Vec<Option<&'t str>> {
    let field = |name: &String| table.columns.iter().find(|column| column.db_name == *name);
    columns.iter().map(|name| field(name).map(|column| column.prisma_name.as_str())).collect()
}

/// Whether two names are one: no schema is `public`.
fn same(a: &DbName, b: &DbName) -> bool {
    let schema = |name: &DbName| name.schema.clone().unwrap_or_else(|| "public".to_owned());
    a.name == b.name && schema(a) == schema(b)
}

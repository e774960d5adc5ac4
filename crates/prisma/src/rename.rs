//! Renames that two schemas agree on.

use std::collections::HashMap;

use crate::schema::{DbName, Enum, Origin, Schema, Table};

/// A thing that keeps its name in the schema file and gets another in the database.
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
/// that it is the same.
#[must_use]
pub fn renames(old: &Schema, new: &Schema) -> Vec<Rename> {
    let tables: HashMap<&Origin, &Table> = old.tables.iter().map(|table| (&table.origin, table)).collect();
    let enums: HashMap<&str, &Enum> = old.enums.iter().map(|of| (of.prisma_name.as_str(), of)).collect();
    let mut renames = Vec::new();
    let mut inside = Vec::new();
    for to in &new.enums {
        let Some(from) = enums.get(to.prisma_name.as_str()) else {
            continue;
        };
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
        let Origin::Model(model) = &to.origin else {
            continue;
        };
        for column in &to.columns {
            let before = from.columns.iter().find(|before| before.prisma_name == column.prisma_name);
            if let Some(before) = before.filter(|before| before.db_name != column.db_name) {
                inside.push(Rename::Column {
                    table: to.db_name.clone(),
                    model: model.clone(),
                    field: column.prisma_name.clone(),
                    from: before.db_name.clone(),
                    to: column.db_name.clone(),
                });
            }
        }
    }
    renames.extend(inside);
    renames
}

/// Whether two names are one: no schema is `public`.
fn same(a: &DbName, b: &DbName) -> bool {
    let schema = |name: &DbName| name.schema.clone().unwrap_or_else(|| "public".to_owned());
    a.name == b.name && schema(a) == schema(b)
}

//! Tables as the script that Prisma prints for them.

pub(crate) use surefoot_sql::quote_ident_always as quote;

use crate::opclass::Method;
use crate::schema::{Column, DbName, Extension, ForeignKey, Index, Schema, Table};

impl Schema {
    /// The statements that build the schema in an empty database, as Prisma Migrate prints them:
    /// schemas, extensions, enums, tables, indexes, foreign keys, each under its heading.
    ///
    /// A schema with nothing in it gives Prisma's comment saying so.
    #[must_use]
    pub fn to_sql(&self) -> String {
        let mut steps = Vec::new();
        for name in &self.schemas {
            steps.push(("CreateSchema", format!("CREATE SCHEMA IF NOT EXISTS {};", quote(name))));
        }
        for extension in &self.extensions {
            steps.push(("CreateExtension", create_extension(extension)));
        }
        for of in &self.enums {
            let values: Vec<String> = of.values.iter().map(|value| text(&value.db_name)).collect();
            let sql = format!("CREATE TYPE {} AS ENUM ({});", qualified(&of.db_name), values.join(", "));
            steps.push(("CreateEnum", sql));
        }
        for table in &self.tables {
            steps.push(("CreateTable", create_table(table)));
        }
        for table in &self.tables {
            for index in &table.indexes {
                steps.push(("CreateIndex", create_index(table, index)));
            }
        }
        for table in &self.tables {
            for key in &table.foreign_keys {
                steps.push(("AddForeignKey", add_foreign_key(table, key)));
            }
        }
        if steps.is_empty() {
            return "-- This is an empty migration.\n".to_owned();
        }
        steps.iter().map(|(heading, sql)| format!("-- {heading}\n{sql}\n")).collect::<Vec<_>>().join("\n")
    }
}

/// A table's or type's name as SQL. `public` is left out, as it is found without.
pub(crate) fn qualified(name: &DbName) -> String {
    match name.schema.as_deref() {
        None | Some("public") => quote(&name.name),
        Some(schema) => format!("{}.{}", quote(schema), quote(&name.name)),
    }
}

/// A string as SQL. Backslashes are themselves, as `standard_conforming_strings` is on.
pub(crate) fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

fn create_extension(extension: &Extension) -> String {
    let mut sql = format!("CREATE EXTENSION IF NOT EXISTS {}", quote(&extension.name));
    if extension.schema.is_some() || extension.version.is_some() {
        sql.push_str(" WITH");
    }
    if let Some(schema) = &extension.schema {
        sql.push_str(&format!(" SCHEMA {}", quote(schema)));
    }
    if let Some(version) = &extension.version {
        sql.push_str(&format!(" VERSION {}", quote(version)));
    }
    sql + ";"
}

fn create_table(table: &Table) -> String {
    let mut lines: Vec<String> = table.columns.iter().map(|column| format!("    {}", define(column))).collect();
    if let Some(key) = &table.primary_key {
        // Prisma sets the key off with an empty line.
        lines.push(format!("\n    CONSTRAINT {} PRIMARY KEY ({})", quote(&key.name), list(&key.columns, ",")));
    }
    format!("CREATE TABLE {} (\n{}\n);", qualified(&table.db_name), lines.join(",\n"))
}

fn define(column: &Column) -> String {
    let not_null = if column.not_null { " NOT NULL" } else { "" };
    let default = column.default.as_ref().map(|sql| format!(" DEFAULT {sql}")).unwrap_or_default();
    format!("{} {}{not_null}{default}", quote(&column.db_name), column.sql_type)
}

fn create_index(table: &Table, index: &Index) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    // Only a method that is not the usual one is named, and then with spaces around.
    let using = match index.method {
        Method::BTree => String::new(),
        method => format!(" USING {} ", method.sql()),
    };
    let columns: Vec<String> = index
        .columns
        .iter()
        .map(|column| {
            let class = column.operator_class.as_ref().map(|class| format!(" {class}")).unwrap_or_default();
            let sort = column.sort.map(|sort| format!(" {sort}")).unwrap_or_default();
            format!("{}{class}{sort}", quote(&column.name))
        })
        .collect();
    let name = quote(&index.name);
    let predicate = index.predicate.as_ref().map(|sql| format!(" WHERE {sql}")).unwrap_or_default();
    format!("CREATE {unique}INDEX {name} ON {}{using}({}){predicate};", qualified(&table.db_name), columns.join(", "))
}

fn add_foreign_key(table: &Table, key: &ForeignKey) -> String {
    format!(
        "ALTER TABLE {} ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {}({}) ON DELETE {} ON UPDATE {};",
        qualified(&table.db_name),
        quote(&key.name),
        list(&key.columns, ", "),
        qualified(&key.references),
        list(&key.referenced_columns, ", "),
        key.on_delete,
        key.on_update,
    )
}

fn list(names: &[String], separator: &str) -> String {
    names.iter().map(|name| quote(name)).collect::<Vec<_>>().join(separator)
}

//! Names that can exist once in the database: columns, tables, constraints and indexes.

use std::collections::HashMap;

use super::{Db, Kind, Relation};
use crate::build;
use crate::diagnostic::{Code, Report, Span};
use crate::naming;

pub(super) fn check(db: &Db<'_>, report: &mut Report<'_>) {
    if !report.is_clean() {
        // Names made from what is wrong say nothing.
        return;
    }
    tables(db, report);
    for model in &db.models {
        let mut columns: HashMap<&str, usize> = HashMap::new();
        for (at, field) in model.fields.iter().enumerate().filter(|(_, field)| !matches!(field.kind, Kind::Relation(_)))
        {
            if let Some(other) = columns.insert(&field.db_name, at) {
                report.add(
                    Code::Duplicate,
                    field.span(),
                    model.field_object(at),
                    format!(
                        "the column \"{}\" is the field `{}` already",
                        field.db_name, model.fields[other].ast.name.text
                    ),
                    "`@map` one of them to another column",
                );
            }
        }
    }
    constraints(db, report);
    long_names(db, report);
}

/// Names given with `map`. Those made from others are cut to fit.
fn long_names(db: &Db<'_>, report: &mut Report<'_>) {
    for model in db.models.iter().filter(|model| !model.is_view()) {
        let key = model.id.iter().map(|id| (&id.name, id.span, model.object()));
        let indexes = model.indexes.iter().map(|index| (&index.name, index.span, model.object()));
        let fields =
            model.fields.iter().enumerate().map(|(at, field)| (&field.ends.map, field.span(), model.field_object(at)));
        for (name, span, object) in key.chain(indexes).chain(fields) {
            let Some(name) = name.as_ref().filter(|name| name.len() > naming::LIMIT) else {
                continue;
            };
            report.add(
                Code::ConstraintName,
                span,
                object,
                format!("the name \"{name}\" has {} bytes, and PostgreSQL keeps {}", name.len(), naming::LIMIT),
                "give it a shorter one",
            );
        }
    }
}

fn tables(db: &Db<'_>, report: &mut Report<'_>) {
    let mut tables: HashMap<(Option<&str>, &str), String> = HashMap::new();
    let models =
        db.models.iter().map(|model| (model.schema.as_deref(), &model.db_name, model.object(), model.ast.name.span));
    // A table's row type has the table's name, so that an enum cannot have it too.
    let enums = db
        .enums
        .iter()
        .map(|of| (of.schema.as_deref(), &of.db_name, format!("enum `{}`", of.ast.name.text), of.ast.name.span));
    for (schema, name, object, span) in models.chain(enums) {
        match tables.get(&(schema, name.as_str())) {
            Some(other) => report.add(
                Code::Duplicate,
                span,
                &object,
                format!("the name \"{name}\" in the database is that of {other} already"),
                "`@@map` one of them to another name",
            ),
            None => {
                tables.insert((schema, name), object);
            }
        }
    }
}

/// Keys, indexes and unique constraints of a database schema share one set of names; foreign keys
/// share those of their table.
fn constraints(db: &Db<'_>, report: &mut Report<'_>) {
    let mut relations: HashMap<(Option<&str>, String), String> = HashMap::new();
    let mut foreign: HashMap<(usize, String), String> = HashMap::new();
    for (at, model) in db.models.iter().enumerate().filter(|(_, model)| !model.is_view()) {
        let key = model.id.iter().map(|id| (build::key_name(model, id), id.span));
        let indexes = model.indexes.iter().map(|index| (build::index_name(model, index), index.span));
        for (name, span) in key.chain(indexes) {
            foreign.insert((at, name.clone()), model.object());
            if let Some(other) = relations.insert((model.schema.as_deref(), name.clone()), model.object()) {
                clash(&name, span, &model.object(), &other, report);
            }
        }
    }
    for relation in &db.relations {
        let Relation::Key { model: at, field } = *relation else {
            continue;
        };
        let model = &db.models[at];
        let name = build::foreign_key_name(model, field);
        let object = model.field_object(field);
        if let Some(other) = foreign.insert((at, name.clone()), object.clone()) {
            clash(&name, model.fields[field].span(), &object, &other, report);
        }
    }
}

fn clash(name: &str, span: Span, object: &str, other: &str, report: &mut Report<'_>) {
    let message = format!("the name \"{name}\" is taken by a constraint or index of {other}");
    report.add(Code::ConstraintName, span, object, message, "give one of them another name with `map: \"...\"`");
}

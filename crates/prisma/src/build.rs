//! From what a schema means to the tables it stands for.

use crate::ast::Arity;
use crate::check::{self, Action, Db, Default, Kind, Relation};
use crate::diagnostic::{NoteKind, Report};
use crate::naming;
use crate::render;
use crate::scalar::{column_type, serial_type};
use crate::schema::{
    Column, DbName, Enum, EnumValue, Extension, ForeignKey, Index, IndexColumn, Origin, PrimaryKey, Schema, Table,
};

/// Builds the tables of a schema in which nothing is wrong.
pub(crate) fn build(db: &Db<'_>, report: &mut Report<'_>) -> Schema {
    let mut schema = Schema { extensions: extensions(db), ..Schema::default() };
    for of in &db.enums {
        schema.enums.push(Enum {
            prisma_name: of.ast.name.text.clone(),
            db_name: DbName { schema: of.schema.clone(), name: of.db_name.clone() },
            values: of
                .values
                .iter()
                .map(|(name, db_name)| EnumValue { prisma_name: (*name).to_owned(), db_name: db_name.clone() })
                .collect(),
        });
    }
    let mut joins = Vec::new();
    // The table of each model; views have none.
    let mut places = vec![None; db.models.len()];
    for (at, model) in db.models.iter().enumerate() {
        if model.is_view() {
            report.note(
                NoteKind::View,
                model.ast.name.span,
                model.object(),
                "views are described for the client; create it with a migration of your own",
            );
        } else {
            places[at] = Some(schema.tables.len());
            schema.tables.push(table(db, at, report));
        }
    }
    for relation in &db.relations {
        match relation {
            Relation::Key { model, field } => {
                if let (Some(key), Some(table)) = (foreign_key(db, *model, *field), places[*model]) {
                    schema.tables[table].foreign_keys.push(key);
                }
            }
            Relation::Join { a, b, name } => joins.extend(join(db, *a, *b, name)),
        }
    }
    if let Some(span) = db.datasource.emulated {
        report.note(
            NoteKind::NoForeignKeys,
            span,
            format!("datasource `{}`", db.datasource.name),
            "relationMode is \"prisma\": relations have no foreign keys, and nothing but the client guards them",
        );
    }
    schema.tables.extend(joins);
    long_names(db, report);
    quoted(db, report);
    schema.schemas = namespaces(db);
    schema
}

/// The name of a model's primary key.
pub(crate) fn key_name(model: &check::Model<'_>, key: &check::Key) -> String {
    key.name.clone().unwrap_or_else(|| naming::primary_key(&model.db_name))
}

/// The name of an index.
pub(crate) fn index_name(model: &check::Model<'_>, index: &check::Index) -> String {
    index.name.clone().unwrap_or_else(|| {
        let fields = index.fields();
        let columns: Vec<&str> = fields.iter().map(|field| model.fields[*field].db_name.as_str()).collect();
        if index.unique { naming::unique(&model.db_name, &columns) } else { naming::index(&model.db_name, &columns) }
    })
}

/// The name of the foreign key that a relation field stands for.
pub(crate) fn foreign_key_name(model: &check::Model<'_>, field: usize) -> String {
    let ends = &model.fields[field].ends;
    ends.map.clone().unwrap_or_else(|| {
        let fields = ends.fields.as_deref().unwrap_or_default();
        let columns: Vec<&str> = fields.iter().map(|field| model.fields[*field].db_name.as_str()).collect();
        naming::foreign_key(&model.db_name, &columns)
    })
}

fn db_name(model: &check::Model<'_>) -> DbName {
    DbName { schema: model.schema.clone(), name: model.db_name.clone() }
}

fn column_names(model: &check::Model<'_>, fields: &[usize]) -> Vec<String> {
    fields.iter().map(|field| model.fields[*field].db_name.clone()).collect()
}

fn extensions(db: &Db<'_>) -> Vec<Extension> {
    let mut extensions: Vec<Extension> = db
        .datasource
        .extensions
        .iter()
        .map(|extension| Extension {
            name: extension.name.clone(),
            schema: extension.schema.clone(),
            version: extension.version.clone(),
        })
        .collect();
    extensions.sort_by(|a, b| a.name.cmp(&b.name));
    extensions
}

/// Schemas that something is in. Without `@@schema` that is `public`.
fn namespaces(db: &Db<'_>) -> Vec<String> {
    let models = db.models.iter().filter(|model| !model.is_view()).map(|model| &model.schema);
    let enums = db.enums.iter().map(|of| &of.schema);
    let mut names: Vec<String> =
        models.chain(enums).map(|schema| schema.clone().unwrap_or_else(|| "public".to_owned())).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn table(db: &Db<'_>, at: usize, report: &mut Report<'_>) -> Table {
    let model = &db.models[at];
    let columns = (0..model.fields.len()).filter_map(|field| column(db, at, field, report)).collect();
    let primary_key =
        model.id.as_ref().map(|id| PrimaryKey { name: key_name(model, id), columns: column_names(model, &id.fields) });
    let indexes = model
        .indexes
        .iter()
        .map(|index| Index {
            name: index_name(model, index),
            unique: index.unique,
            method: index.method,
            predicate: index.predicate.clone(),
            columns: index
                .columns
                .iter()
                .map(|column| IndexColumn {
                    name: model.fields[column.field].db_name.clone(),
                    operator_class: column.ops.clone(),
                    sort: column.sort,
                })
                .collect(),
        })
        .collect();
    Table {
        origin: Origin::Model(model.name().to_owned()),
        db_name: db_name(model),
        columns,
        primary_key,
        indexes,
        foreign_keys: Vec::new(),
    }
}

/// The column of a field; relation fields have none.
fn column(db: &Db<'_>, model: usize, at: usize, report: &mut Report<'_>) -> Option<Column> {
    let field = &db.models[model].fields[at];
    let object = db.models[model].field_object(at);
    let list = field.ast.arity == Arity::List;
    let mut sql_type = element_type(db, &field.kind, field.native.as_ref())?;
    if list {
        sql_type.push_str("[]");
    }
    if field.native.as_ref().is_some_and(|native| native.name == "Citext")
        && !db.datasource.extensions.iter().any(|extension| extension.name == "citext")
    {
        report.note(
            NoteKind::Extension,
            field.span(),
            &object,
            "the type citext comes with the extension of that name, which `extensions` in the datasource does not have",
        );
    }
    if field.updated_at {
        report.note(
            NoteKind::UpdatedAt,
            field.span(),
            &object,
            "`@updatedAt` is kept by the client; rows changed otherwise keep the old value",
        );
    }
    let default = match &field.default {
        None | Some(Default::Unknown) => None,
        Some(Default::Sql(sql)) => Some(sql.clone()),
        Some(Default::List(elements)) => Some(format!("ARRAY[{}]::{sql_type}", elements.join(", "))),
        Some(Default::Serial) => {
            if let Kind::Scalar(scalar) = field.kind
                && let Some(serial) = serial_type(scalar, field.native.as_ref())
            {
                sql_type = serial.to_owned();
            }
            None
        }
        Some(Default::Client(function)) => {
            report.note(
                NoteKind::ClientDefault,
                field.span(),
                &object,
                format!("`{function}()` is made by the client; the column has no default"),
            );
            None
        }
    };
    Some(Column {
        prisma_name: field.ast.name.text.clone(),
        db_name: field.db_name.clone(),
        sql_type,
        not_null: field.ast.arity == Arity::Required,
        default,
    })
}

fn element_type(db: &Db<'_>, kind: &Kind, native: Option<&crate::scalar::Native>) -> Option<String> {
    match kind {
        Kind::Scalar(scalar) => Some(column_type(*scalar, native).to_owned()),
        Kind::Enum(at) => {
            let of = &db.enums[*at];
            Some(render::qualified(&DbName { schema: of.schema.clone(), name: of.db_name.clone() }))
        }
        Kind::Unsupported(sql) => Some(sql.clone()),
        Kind::Relation(_) | Kind::Unknown => None,
    }
}

fn foreign_key(db: &Db<'_>, at: usize, field: usize) -> Option<ForeignKey> {
    let model = &db.models[at];
    let Kind::Relation(target) = model.fields[field].kind else {
        return None;
    };
    let target = &db.models[target];
    if db.datasource.emulated.is_some() || model.is_view() || target.is_view() {
        return None;
    }
    let ends = &model.fields[field].ends;
    let fields = ends.fields.as_deref().unwrap_or_default();
    let required = fields.iter().any(|field| model.fields[*field].ast.arity == Arity::Required);
    let on_delete =
        ends.on_delete.map_or(if required { Action::Restrict } else { Action::SetNull }, |(action, _)| action);
    let on_update = ends.on_update.map_or(Action::Cascade, |(action, _)| action);
    Some(ForeignKey {
        name: foreign_key_name(model, field),
        columns: column_names(model, fields),
        references: db_name(target),
        referenced_columns: column_names(target, ends.references.as_deref().unwrap_or_default()),
        on_delete: on_delete.sql(),
        on_update: on_update.sql(),
    })
}

/// The table of pairs behind two lists.
fn join(db: &Db<'_>, a: (usize, usize), b: (usize, usize), name: &str) -> Option<Table> {
    let table = naming::join_table(name);
    let mut columns = Vec::new();
    let mut foreign_keys = Vec::new();
    for (letter, (at, _)) in [("A", a), ("B", b)] {
        let model = &db.models[at];
        let id = *model.id.as_ref()?.fields.first()?;
        let field = &model.fields[id];
        columns.push(Column {
            prisma_name: letter.to_owned(),
            db_name: letter.to_owned(),
            sql_type: element_type(db, &field.kind, field.native.as_ref())?,
            not_null: true,
            default: None,
        });
        if db.datasource.emulated.is_none() && !model.is_view() {
            foreign_keys.push(ForeignKey {
                name: naming::join_foreign_key(&table, letter),
                columns: vec![letter.to_owned()],
                references: db_name(model),
                referenced_columns: vec![field.db_name.clone()],
                on_delete: Action::Cascade.sql(),
                on_update: Action::Cascade.sql(),
            });
        }
    }
    let end = |(model, field): (usize, usize)| {
        let model = &db.models[model];
        (model.name().to_owned(), model.fields[field].ast.name.text.clone())
    };
    Some(Table {
        origin: Origin::Join { a: end(a), b: end(b) },
        primary_key: Some(PrimaryKey { name: naming::join_key(&table), columns: vec!["A".to_owned(), "B".to_owned()] }),
        indexes: vec![Index {
            name: naming::join_index(&table),
            unique: false,
            method: crate::opclass::Method::BTree,
            predicate: None,
            columns: vec![IndexColumn { name: "B".to_owned(), operator_class: None, sort: None }],
        }],
        db_name: DbName { schema: db.models[a.0].schema.clone(), name: table },
        columns,
        foreign_keys,
    })
}

/// Names that Prisma prints whole and PostgreSQL cuts.
fn long_names(db: &Db<'_>, report: &mut Report<'_>) {
    let mut check = |name: &str, span, object: String| {
        if name.len() > naming::LIMIT {
            let message = format!("\"{name}\" has {} bytes; PostgreSQL keeps {}", name.len(), naming::LIMIT);
            report.note(NoteKind::LongName, span, object, message);
        }
    };
    for model in db.models.iter().filter(|model| !model.is_view()) {
        check(&model.db_name, model.ast.name.span, model.object());
        for (at, field) in model.fields.iter().enumerate().filter(|(_, field)| !matches!(field.kind, Kind::Relation(_)))
        {
            check(&field.db_name, field.span(), model.field_object(at));
        }
    }
    for of in &db.enums {
        check(&of.db_name, of.ast.name.span, format!("enum `{}`", of.ast.name.text));
    }
}

/// Names and labels with quotes, which Prisma prints as they are.
fn quoted(db: &Db<'_>, report: &mut Report<'_>) {
    let mut check = |name: &str, quote: char, span, object: String| {
        if name.contains(quote) {
            let message = format!(
                "<{name}> has a quote, which is doubled here; Prisma prints it as it is, and its script does not load"
            );
            report.note(NoteKind::Quoted, span, object, message);
        }
    };
    for model in db.models.iter().filter(|model| !model.is_view()) {
        check(&model.db_name, '"', model.ast.name.span, model.object());
        for (at, field) in model.fields.iter().enumerate() {
            check(&field.db_name, '"', field.span(), model.field_object(at));
        }
    }
    for of in &db.enums {
        check(&of.db_name, '"', of.ast.name.span, format!("enum `{}`", of.ast.name.text));
        for (value, (_, label)) in of.ast.values.iter().zip(&of.values) {
            let object = format!("enum value `{}.{}`", of.ast.name.text, value.name.text);
            check(label, '\'', value.name.span, object);
        }
    }
}

//! The attributes of fields and blocks.

use super::declare::{is_list, known, word};
use super::index::{columns, index, sort};
use super::{Action, Db, Ends, Enum, Index, IndexColumn, Key, Kind, Model, default, predicate};
use crate::args::Args;
use crate::ast::{Arity, Attribute, Value, ValueKind};
use crate::diagnostic::{Code, Report, Span};
use crate::near;
use crate::opclass::Method;
use crate::scalar;

const ON_COLUMNS: [&str; 6] = ["id", "unique", "default", "map", "updatedAt", "ignore"];
const ON_RELATIONS: [&str; 2] = ["relation", "ignore"];
const ON_BLOCKS: [&str; 6] = ["id", "unique", "index", "map", "schema", "ignore"];

/// Reads all attributes but those that give names, which are known by now.
pub(super) fn read(db: &mut Db<'_>, report: &mut Report<'_>) {
    for model in 0..db.models.len() {
        for field in 0..db.models[model].fields.len() {
            read_field(db, model, field, report);
        }
        read_block(&mut db.models[model], &db.enums, report);
    }
}

fn read_field(db: &mut Db<'_>, model: usize, field: usize, report: &mut Report<'_>) {
    let object = db.models[model].field_object(field);
    let ast = db.models[model].fields[field].ast;
    let kind = db.models[model].fields[field].kind.clone();
    let prefix = format!("{}.", db.datasource.name);
    let (natives, others): (Vec<_>, Vec<_>) = ast.attributes.iter().partition(|attribute| attribute.name.contains('.'));
    let allowed: &[&str] = if matches!(kind, Kind::Relation(_)) { &ON_RELATIONS } else { &ON_COLUMNS };
    for (at, attribute) in others.iter().enumerate() {
        field_attribute_allowed(attribute, allowed, &object, report);
        if others[..at].iter().any(|other| other.name == attribute.name) {
            report.add(
                Code::Duplicate,
                attribute.span,
                &object,
                format!("`@{}` is given twice", attribute.name),
                "keep one",
            );
        }
    }
    for (at, attribute) in natives.into_iter().enumerate() {
        if at > 0 {
            let message = format!("`@{}` is a second type for the field", attribute.name);
            report.add(Code::Duplicate, attribute.span, &object, message, "keep one");
        }
        match attribute.name.strip_prefix(&prefix) {
            Some(name) => db.models[model].fields[field].native = native(name, attribute, &kind, &object, report),
            None => {
                let name = attribute.name.split('.').next_back().unwrap_or_default();
                report.add(
                    Code::UnknownAttribute,
                    attribute.span,
                    &object,
                    format!("`@{}` does not begin with the datasource's name", attribute.name),
                    format!("write `@{prefix}{name}`"),
                );
            }
        }
    }
    let find = |name: &str| ast.attributes.iter().find(|attribute| attribute.name == name);
    if let Kind::Relation(target) = kind {
        if let Some(attribute) = find("relation") {
            let ends = relation(db, model, target, attribute, &object, report);
            db.models[model].fields[field].ends = ends;
        }
        return;
    }
    if let Some(attribute) = find("default") {
        let value = default::read(db, model, field, attribute, &object, report);
        db.models[model].fields[field].default = value;
    }
    let (model, enums) = (&mut db.models[model], &db.enums);
    if let Some(attribute) = find("updatedAt") {
        Args::new(attribute, &object).finish(&[], report);
        model.fields[field].updated_at = true;
        if kind != Kind::Scalar(scalar::Scalar::DateTime) || is_list(&model.fields[field]) {
            report.add(
                Code::Argument,
                attribute.span,
                &object,
                "`@updatedAt` is for DateTime fields that are no list",
                "remove it",
            );
        }
    }
    if let Some(attribute) = find("ignore") {
        Args::new(attribute, &object).finish(&[], report);
    }
    if let Some(attribute) = find("id") {
        let mut args = Args::new(attribute, &object);
        let name = args.text("map", report).map(str::to_owned);
        unsupported(&mut args, &["length", "sort", "clustered"], attribute, &object, report);
        args.finish(&["map"], report);
        set_id(model, Key { fields: vec![field], name, span: attribute.span }, report);
    }
    if let Some(attribute) = find("unique") {
        let mut args = Args::new(attribute, &object);
        let name = args.text("map", report).map(str::to_owned);
        let sort = args.named("sort").and_then(|value| sort(value, &object, report));
        let predicate = predicate::read(model, enums, &mut args, &object, report);
        unsupported(&mut args, &["length", "clustered"], attribute, &object, report);
        args.finish(&["map", "sort", "where"], report);
        let columns = vec![IndexColumn { field, sort, ops: None }];
        model.indexes.push(Index {
            unique: true,
            columns,
            name,
            method: Method::BTree,
            predicate,
            span: attribute.span,
        });
    }
}

fn field_attribute_allowed(attribute: &Attribute, allowed: &[&str], object: &str, report: &mut Report<'_>) {
    let name = attribute.name.as_str();
    if allowed.contains(&name) {
        return;
    }
    let relation = allowed == ON_RELATIONS;
    let (message, help) = if relation && ON_COLUMNS.contains(&name) {
        (
            format!("`@{name}` is for columns, and a relation field has none"),
            "put it on the field that holds the key".to_owned(),
        )
    } else if !relation && name == "relation" {
        ("`@relation` is for fields whose type is a model".to_owned(), "put it on the relation field".to_owned())
    } else {
        let near = near::hint(name, allowed.iter().copied());
        let list = allowed.iter().map(|name| format!("@{name}")).collect::<Vec<_>>().join(", ");
        (format!("there is no attribute `@{name}` here{near}"), format!("there are {list}, and @db. with a type"))
    };
    report.add(Code::UnknownAttribute, attribute.span, object, message, help);
}

fn native(
    name: &str,
    attribute: &Attribute,
    kind: &Kind,
    object: &str,
    report: &mut Report<'_>,
) -> Option<scalar::Native> {
    let Kind::Scalar(of) = kind else {
        if *kind != Kind::Unknown {
            report.add(
                Code::NativeType,
                attribute.span,
                object,
                format!("`@{}` is for scalar fields", attribute.name),
                "remove it",
            );
        }
        return None;
    };
    let args: Vec<&str> = attribute
        .args
        .iter()
        .map(|arg| match &arg.value.kind {
            ValueKind::Number(number) => number.as_str(),
            ValueKind::Word(text) | ValueKind::Text(text) => text.as_str(),
            ValueKind::Call(..) | ValueKind::List(_) | ValueKind::Object(_) => "...",
        })
        .collect();
    match scalar::native(name, &args, *of) {
        Ok(native) => Some(native),
        Err((message, help)) => {
            report.add(Code::NativeType, attribute.span, object, message, help);
            None
        }
    }
}

fn read_block(model: &mut Model<'_>, enums: &[Enum<'_>], report: &mut Report<'_>) {
    let object = model.object();
    let ast = model.ast;
    known(&ast.attributes, &ON_BLOCKS, "@@", &object, report);
    for attribute in ast.attributes.iter().filter(|attribute| attribute.name == "id") {
        let mut args = Args::new(attribute, &object);
        let columns = columns(model, &mut args, attribute, Method::BTree, &object, report);
        let name = args.text("map", report).map(str::to_owned);
        // For the client only.
        args.text("name", report);
        unsupported(&mut args, &["clustered"], attribute, &object, report);
        args.finish(&["fields", "map", "name"], report);
        if columns.iter().any(|column| column.sort.is_some() || column.ops.is_some()) {
            report.add(
                Code::Id,
                attribute.span,
                &object,
                "a primary key has no sort order and no operator class",
                "name the fields alone",
            );
        }
        let fields = columns.iter().map(|column| column.field).collect();
        set_id(model, Key { fields, name, span: attribute.span }, report);
    }
    // Prisma builds all plain indexes before the unique ones of the block.
    for which in ["index", "unique"] {
        for attribute in ast.attributes.iter().filter(|attribute| attribute.name == which) {
            if let Some(index) = index(model, enums, attribute, which == "unique", &object, report) {
                model.indexes.push(index);
            }
        }
    }
}

/// Arguments that other databases have.
pub(super) fn unsupported(
    args: &mut Args<'_>,
    names: &[&str],
    attribute: &Attribute,
    object: &str,
    report: &mut Report<'_>,
) {
    for name in names {
        if let Some(value) = args.named(name) {
            report.add(
                Code::Argument,
                value.span,
                object,
                format!("`{name}` of `@{}` is not for PostgreSQL", attribute.name),
                "remove it",
            );
        }
    }
}

fn set_id(model: &mut Model<'_>, key: Key, report: &mut Report<'_>) {
    if key.fields.is_empty() {
        return;
    }
    for field in &key.fields {
        let ast = model.fields[*field].ast;
        let message = match ast.arity {
            Arity::Required => continue,
            Arity::Optional => "a primary key cannot be null",
            Arity::List => "a primary key cannot be a list",
        };
        report.add(
            Code::Id,
            key.span,
            model.field_object(*field),
            message,
            "make the field required, or use `@unique`",
        );
    }
    if model.id.is_some() {
        report.add(
            Code::Id,
            key.span,
            model.object(),
            "there are two primary keys",
            "keep one `@id`, or write `@@id([a, b])` for both fields",
        );
        return;
    }
    model.id = Some(key);
}

fn relation(
    db: &Db<'_>,
    model: usize,
    target: usize,
    attribute: &Attribute,
    object: &str,
    report: &mut Report<'_>,
) -> Ends {
    let mut args = Args::new(attribute, object);
    let mut ends = Ends { span: Some(attribute.span), ..Ends::default() };
    if let Some(value) = args.first("name") {
        ends.name = args.as_text("name", value, report).map(str::to_owned);
    }
    ends.map = args.text("map", report).map(str::to_owned);
    ends.fields = args.named("fields").map(|value| names(&db.models[model], "fields", value, object, report));
    ends.references =
        args.named("references").map(|value| names(&db.models[target], "references", value, object, report));
    ends.on_delete = args.named("onDelete").and_then(|value| action("onDelete", value, object, report));
    ends.on_update = args.named("onUpdate").and_then(|value| action("onUpdate", value, object, report));
    args.finish(&["name", "fields", "references", "onDelete", "onUpdate", "map"], report);
    ends
}

/// The columns that `fields` or `references` names.
fn names(model: &Model<'_>, argument: &str, value: &Value, object: &str, report: &mut Report<'_>) -> Vec<usize> {
    let items = match &value.kind {
        ValueKind::List(items) => items.as_slice(),
        _ => std::slice::from_ref(value),
    };
    let mut fields = Vec::new();
    for item in items {
        let Some(name) = word(&item.kind) else {
            report.add(
                Code::Argument,
                item.span,
                object,
                format!("`{argument}` names {}", item.kind.describe()),
                "write field names",
            );
            continue;
        };
        let found = model.field(name);
        match found.map(|field| &model.fields[field].kind) {
            Some(Kind::Relation(_)) => {
                let message = format!(
                    "`{argument}` names `{name}` of model `{}`, which is a relation field and has no column",
                    model.name()
                );
                report.add(Code::UnknownField, item.span, object, message, "name the field that holds the key");
            }
            Some(_) => fields.extend(found),
            None => {
                let near = near::hint(name, model.fields.iter().map(|field| field.ast.name.text.as_str()));
                let message = format!("`{argument}` names `{name}`, which {} does not have{near}", model.object());
                report.add(
                    Code::UnknownField,
                    item.span,
                    object,
                    message,
                    format!("add the field to {}, or name another", model.object()),
                );
            }
        }
    }
    fields
}

fn action(argument: &str, value: &Value, object: &str, report: &mut Report<'_>) -> Option<(Action, Span)> {
    let found = word(&value.kind).and_then(|name| Action::ALL.into_iter().find(|(known, _)| *known == name));
    if found.is_none() {
        let names = Action::ALL.map(|(name, _)| name);
        let near = word(&value.kind).map(|name| near::hint(name, names)).unwrap_or_default();
        let message = format!("`{argument}` is {}{near}", value.kind.describe());
        report.add(Code::Argument, value.span, object, message, format!("choose one of {}", names.join(", ")));
    }
    found.map(|(_, action)| (action, value.span))
}

//! Indexes: what is written, and whether PostgreSQL can build it. Models without a way to find a row.

use super::attributes::unsupported;
use super::declare::word;
use super::{Db, Enum, Field, Index, IndexColumn, Kind, Model, predicate};
use crate::args::Args;
use crate::ast::{Arity, Attribute, Value, ValueKind};
use crate::diagnostic::{Code, Report, Span};
use crate::near;
use crate::opclass::{self, Indexed, Method};

pub(super) fn check(db: &Db<'_>, report: &mut Report<'_>) {
    for model in &db.models {
        for index in &model.indexes {
            check_index(model, index, report);
        }
        if !model.is_view() && !model.ignored && !has_identity(model) {
            report.add(
                Code::Id,
                model.ast.name.span,
                model.object(),
                "nothing tells its rows apart",
                "mark a required field with `@id` or `@unique`, or fields together with `@@id([...])`; \
                 `@@ignore` takes the model out of the client",
            );
        }
    }
}

/// A field as operator classes see it.
pub(super) fn indexed<'f>(field: &'f Field<'_>) -> Indexed<'f> {
    Indexed {
        scalar: match &field.kind {
            Kind::Scalar(scalar) => Some(*scalar),
            _ => None,
        },
        native: field.native.as_ref().map(|native| native.name),
        list: super::declare::is_list(field),
        unsupported: matches!(field.kind, Kind::Unsupported(_)),
    }
}

fn check_index(model: &Model<'_>, index: &Index, report: &mut Report<'_>) {
    let object = match index.columns.as_slice() {
        [only] => model.field_object(only.field),
        _ => model.object(),
    };
    let mut refuse = |message: String, help: &str| report.add(Code::Index, index.span, &object, message, help);
    if index.method == Method::SpGist && index.columns.len() > 1 {
        refuse("an SpGist index has one column".to_owned(), "make one index for each field");
    }
    if index.method == Method::Hash && index.columns.iter().any(|column| column.sort.is_some()) {
        refuse("a Hash index has no order".to_owned(), "remove `sort`");
    }
    for column in &index.columns {
        let field = &model.fields[column.field];
        let name = &field.ast.name.text;
        if field.native.as_ref().is_some_and(|native| native.name == "Xml") {
            refuse(
                format!("values of the field `{name}`, of type xml, cannot be compared"),
                "leave it out of the index",
            );
        }
        if column.ops.is_none() && !opclass::has_default(index.method, indexed(field)) {
            refuse(
                format!(
                    "the type of the field `{name}` has no usual operator class for {} indexes",
                    index.method.name()
                ),
                "choose another index type, or name the class: `field(ops: raw(\"gin_trgm_ops\"))`",
            );
        }
    }
}

fn has_identity(model: &Model<'_>) -> bool {
    let required = |fields: &[usize]| {
        fields.iter().all(|field| {
            let field = &model.fields[*field];
            field.ast.arity == Arity::Required && !matches!(field.kind, Kind::Unsupported(_))
        })
    };
    // A key that is null or a list has been reported as such; one that names nothing, too.
    let fields = model.fields.iter().flat_map(|field| &field.ast.attributes);
    let keyed = fields.chain(&model.ast.attributes).any(|attribute| attribute.name == "id");
    let unsupported =
        |fields: &[usize]| fields.iter().any(|field| matches!(model.fields[*field].kind, Kind::Unsupported(_)));
    (keyed && !model.id.as_ref().is_some_and(|id| unsupported(&id.fields)))
        || model.indexes.iter().any(|index| index.unique && required(&index.fields()))
}

pub(super) fn index(
    model: &Model<'_>,
    enums: &[Enum<'_>],
    attribute: &Attribute,
    unique: bool,
    object: &str,
    report: &mut Report<'_>,
) -> Option<Index> {
    let mut args = Args::new(attribute, object);
    let method = if unique { Some(Method::BTree) } else { method(&mut args, object, report) };
    let columns = columns(model, &mut args, attribute, method?, object, report);
    let map = args.text("map", report).map(str::to_owned);
    let name = args.text("name", report).map(str::to_owned);
    let predicate = predicate::read(model, enums, &mut args, object, report);
    unsupported(&mut args, &["clustered", "length"], attribute, object, report);
    args.finish(
        if unique { &["fields", "map", "name", "where"] } else { &["fields", "map", "name", "type", "where"] },
        report,
    );
    if !unique && map.is_some() && name.is_some() {
        report.add(
            Code::Argument,
            attribute.span,
            object,
            "`name` of an index is an old word for `map`, and both are given",
            "keep `map`",
        );
    }
    if unique && columns.iter().any(|column| column.ops.is_some()) {
        report.add(
            Code::Index,
            attribute.span,
            object,
            "a unique index has no operator classes here",
            "use `@@index`, or name the fields alone",
        );
    }
    // Of a unique index, `name` is the client's.
    let name = if unique { map } else { map.or(name) };
    (!columns.is_empty()).then_some(Index { unique, columns, name, method: method?, predicate, span: attribute.span })
}

fn method(args: &mut Args<'_>, object: &str, report: &mut Report<'_>) -> Option<Method> {
    let Some(value) = args.named("type") else {
        return Some(Method::BTree);
    };
    let found = word(&value.kind).and_then(|name| Method::ALL.into_iter().find(|method| method.name() == name));
    if found.is_none() {
        let names = Method::ALL.map(Method::name);
        let near = word(&value.kind).map(|name| near::hint(name, names)).unwrap_or_default();
        report.add(
            Code::Index,
            value.span,
            object,
            format!("there is no index type {}{near}", value.kind.describe()),
            format!("choose one of {}", names.join(", ")),
        );
    }
    found
}

/// The fields of a key or index, with what is written behind them.
pub(super) fn columns(
    model: &Model<'_>,
    args: &mut Args<'_>,
    attribute: &Attribute,
    method: Method,
    object: &str,
    report: &mut Report<'_>,
) -> Vec<IndexColumn> {
    let at = format!("@@{}", attribute.name);
    let items = match args.first("fields") {
        Some(Value { kind: ValueKind::List(items), .. }) if !items.is_empty() => items.as_slice(),
        // One field may stand without brackets.
        Some(single @ Value { kind: ValueKind::Word(_) | ValueKind::Call(..), .. }) => std::slice::from_ref(single),
        _ => {
            report.add(
                Code::Argument,
                attribute.span,
                object,
                format!("`{at}` names no fields"),
                format!("write `{at}([field, ...])`"),
            );
            return Vec::new();
        }
    };
    let mut columns: Vec<IndexColumn> = Vec::new();
    for item in items {
        let (name, options) = match &item.kind {
            ValueKind::Word(name) => (name, [].as_slice()),
            ValueKind::Call(name, options) => (name, options.as_slice()),
            other => {
                report.add(
                    Code::Argument,
                    item.span,
                    object,
                    format!("`{at}` names {} where a field is expected", other.describe()),
                    "write field names",
                );
                continue;
            }
        };
        let Some(field) = column_field(model, name, item.span, &at, object, report) else {
            continue;
        };
        if columns.iter().any(|column| column.field == field) {
            report.add(
                Code::Duplicate,
                item.span,
                object,
                format!("`{at}` names the field `{name}` twice"),
                "remove one",
            );
            continue;
        }
        let mut column = IndexColumn { field, sort: None, ops: None };
        for option in options {
            match option.name.as_ref().map(|name| name.text.as_str()) {
                Some("sort") => column.sort = sort(&option.value, object, report),
                // What is wrong with it has been said: it is one given, all the same.
                Some("ops") => {
                    column.ops = Some(ops(&option.value, method, model, field, object, report).unwrap_or_default())
                }
                Some("length") => report.add(
                    Code::Index,
                    option.value.span,
                    object,
                    "PostgreSQL has no `length` in an index",
                    "remove it",
                ),
                _ => report.add(
                    Code::Argument,
                    option.value.span,
                    object,
                    format!("the field `{name}` of `{at}` has an unknown argument"),
                    "it takes sort and ops",
                ),
            }
        }
        columns.push(column);
    }
    columns
}

fn column_field(
    model: &Model<'_>,
    name: &str,
    span: Span,
    at: &str,
    object: &str,
    report: &mut Report<'_>,
) -> Option<usize> {
    let found = model.field(name);
    let (message, help) = match found.map(|field| &model.fields[field]) {
        Some(field) if matches!(field.kind, Kind::Relation(_)) => {
            let key = field.ast.attributes.iter().find(|attribute| attribute.name == "relation");
            let key = key.and_then(|key| {
                key.args.iter().find(|arg| arg.name.as_ref().is_some_and(|name| name.text == "fields"))
            });
            let names = match key.map(|arg| &arg.value.kind) {
                Some(ValueKind::List(values)) => {
                    values.iter().filter_map(|value| word(&value.kind)).collect::<Vec<_>>().join(", ")
                }
                _ => String::new(),
            };
            let help =
                if names.is_empty() { "name scalar fields".to_owned() } else { format!("write `{at}([{names}])`") };
            (format!("`{at}` names the relation field `{name}`, which has no column"), help)
        }
        Some(_) => return found,
        None => {
            let near = near::hint(name, model.fields.iter().map(|field| field.ast.name.text.as_str()));
            (format!("`{at}` names the unknown field `{name}`{near}"), "name fields of this block".to_owned())
        }
    };
    report.add(Code::UnknownField, span, object, message, help);
    None
}

pub(super) fn sort(value: &Value, object: &str, report: &mut Report<'_>) -> Option<&'static str> {
    match word(&value.kind) {
        Some("Asc") => Some("ASC"),
        Some("Desc") => Some("DESC"),
        _ => {
            report.add(
                Code::Argument,
                value.span,
                object,
                format!("`sort` is {}", value.kind.describe()),
                "write Asc or Desc",
            );
            None
        }
    }
}

fn ops(
    value: &Value,
    method: Method,
    model: &Model<'_>,
    field: usize,
    object: &str,
    report: &mut Report<'_>,
) -> Option<String> {
    match &value.kind {
        ValueKind::Word(name) => match opclass::resolve(name, method, indexed(&model.fields[field])) {
            Ok(sql) => Some(sql.to_owned()),
            Err(message) => {
                report.add(
                    Code::Index,
                    value.span,
                    object,
                    message,
                    "choose another, or write `ops: raw(\"...\")`, which nothing checks",
                );
                None
            }
        },
        ValueKind::Call(name, args) if name == "raw" => match args.as_slice() {
            [arg] => match &arg.value.kind {
                ValueKind::Text(text) if !text.is_empty() => Some(text.clone()),
                other => {
                    report.add(
                        Code::Argument,
                        arg.value.span,
                        object,
                        format!("`raw` is given {}", other.describe()),
                        "write the class as a string",
                    );
                    None
                }
            },
            _ => {
                report.add(
                    Code::Argument,
                    value.span,
                    object,
                    "`raw` takes one string",
                    "write `ops: raw(\"gin_trgm_ops\")`",
                );
                None
            }
        },
        other => {
            report.add(
                Code::Argument,
                value.span,
                object,
                format!("`ops` is {}", other.describe()),
                "write the name of a class, or `raw(\"...\")`",
            );
            None
        }
    }
}

//! What exists: models, fields, enums, their database names and schemas.

use std::collections::HashMap;

use super::{Datasource, Db, Ends, Enum, Field, Kind, Model};
use crate::args::Args;
use crate::ast::{Arity, Attribute, BlockKind, Document, FieldType, Name, ValueKind};
use crate::diagnostic::{Code, Report};
use crate::near;
use crate::scalar::Scalar;

#[derive(Clone, Copy)]
enum Named {
    Model(usize),
    Enum(usize),
    Composite,
}

pub(super) fn declare<'a>(document: &'a Document, datasource: Datasource, report: &mut Report<'_>) -> Db<'a> {
    let mut names: HashMap<&str, Named> = HashMap::new();
    let blocks: Vec<_> = document.blocks.iter().filter(|block| block.kind != BlockKind::Type).collect();
    for (at, block) in blocks.iter().enumerate() {
        claim(&mut names, block.kind.word(), &block.name, Named::Model(at), report);
    }
    for (at, block) in document.enums.iter().enumerate() {
        claim(&mut names, "enum", &block.name, Named::Enum(at), report);
    }
    for block in document.blocks.iter().filter(|block| block.kind == BlockKind::Type) {
        claim(&mut names, "type", &block.name, Named::Composite, report);
        report.add(
            Code::CompositeType,
            block.name.span,
            format!("type `{}`", block.name.text),
            "composite types are for MongoDB; Prisma has none for PostgreSQL",
            "make it a model with a relation, or a `Json` field",
        );
    }
    let enums = document.enums.iter().map(|ast| enumeration(ast, &datasource, report)).collect();
    let models = blocks.iter().map(|ast| model(ast, &datasource, &names, report)).collect();
    Db { datasource, models, enums, relations: Vec::new() }
}

fn claim<'a>(names: &mut HashMap<&'a str, Named>, kind: &str, name: &'a Name, meaning: Named, report: &mut Report<'_>) {
    let object = format!("{kind} `{}`", name.text);
    if Scalar::named(&name.text).is_some() || name.text == "Unsupported" {
        report.add(
            Code::Name,
            name.span,
            object,
            "this is the name of a type of the language",
            "choose another, and `@@map` it",
        );
    } else if names.insert(&name.text, meaning).is_some() {
        report.add(
            Code::Duplicate,
            name.span,
            object,
            "there is another model, view or enum of this name",
            "rename one of them, and `@@map` it",
        );
    }
}

fn model<'a>(
    ast: &'a crate::ast::Block,
    datasource: &Datasource,
    names: &HashMap<&str, Named>,
    report: &mut Report<'_>,
) -> Model<'a> {
    let object = format!("{} `{}`", ast.kind.word(), ast.name.text);
    let mut fields: Vec<Field<'a>> = Vec::new();
    for field in &ast.fields {
        let object = format!("field `{}.{}`", ast.name.text, field.name.text);
        if fields.iter().any(|other| other.ast.name.text == field.name.text) {
            report.add(
                Code::Duplicate,
                field.name.span,
                object,
                "there is another field of this name",
                "rename or remove one of them",
            );
            continue;
        }
        let kind = kind(field, &object, names, report);
        let relation = matches!(kind, Kind::Relation(_));
        let map = if relation { None } else { mapped(&field.attributes, "map", &object, report) };
        fields.push(Field {
            ast: field,
            kind,
            db_name: map.unwrap_or_else(|| field.name.text.clone()),
            native: None,
            default: None,
            updated_at: false,
            ends: Ends::default(),
        });
    }
    Model {
        ast,
        db_name: mapped(&ast.attributes, "map", &object, report).unwrap_or_else(|| ast.name.text.clone()),
        schema: schema(&ast.attributes, &ast.name, &object, datasource, report),
        ignored: ast.attributes.iter().any(|attribute| attribute.name == "ignore"),
        fields,
        id: None,
        indexes: Vec::new(),
    }
}

fn kind(field: &crate::ast::Field, object: &str, names: &HashMap<&str, Named>, report: &mut Report<'_>) -> Kind {
    let name = match &field.kind {
        FieldType::Unsupported(sql) if sql.is_empty() => {
            report.add(
                Code::UnknownType,
                field.name.span,
                object,
                "`Unsupported` names no type",
                "write the database's: `Unsupported(\"circle\")`",
            );
            return Kind::Unknown;
        }
        FieldType::Unsupported(sql) => return Kind::Unsupported(sql.clone()),
        FieldType::Named(name) => name,
    };
    if let Some(scalar) = Scalar::named(&name.text) {
        return Kind::Scalar(scalar);
    }
    match names.get(name.text.as_str()) {
        Some(Named::Model(model)) => Kind::Relation(*model),
        Some(Named::Enum(at)) => Kind::Enum(*at),
        Some(Named::Composite) => Kind::Unknown,
        None => {
            let known = Scalar::ALL.iter().map(|scalar| scalar.name()).chain(names.keys().copied());
            let near = near::hint(&name.text, known);
            report.add(
                Code::UnknownType,
                name.span,
                object,
                format!("there is no type `{}`{near}", name.text),
                "declare a model or an enum of that name, or write `Unsupported(\"...\")` for a type of the database",
            );
            Kind::Unknown
        }
    }
}

fn enumeration<'a>(ast: &'a crate::ast::Enum, datasource: &Datasource, report: &mut Report<'_>) -> Enum<'a> {
    let object = format!("enum `{}`", ast.name.text);
    let mut values: Vec<(&'a str, String)> = Vec::new();
    for value in &ast.values {
        let object = format!("enum value `{}.{}`", ast.name.text, value.name.text);
        let db_name = mapped(&value.attributes, "map", &object, report).unwrap_or_else(|| value.name.text.clone());
        if values.iter().any(|(name, other)| *name == value.name.text || *other == db_name) {
            report.add(
                Code::Duplicate,
                value.name.span,
                object,
                "there is another value of this name",
                "rename or remove one of them",
            );
            continue;
        }
        known(&value.attributes, &["map"], "@", &object, report);
        values.push((&value.name.text, db_name));
    }
    if values.is_empty() {
        report.add(
            Code::Syntax,
            ast.name.span,
            object.clone(),
            "the enum has no values",
            "write at least one, each on its line",
        );
    }
    known(&ast.attributes, &["map", "schema"], "@@", &object, report);
    Enum {
        ast,
        db_name: mapped(&ast.attributes, "map", &object, report).unwrap_or_else(|| ast.name.text.clone()),
        schema: schema(&ast.attributes, &ast.name, &object, datasource, report),
        values,
    }
}

/// Reports attributes that do not exist there or are given twice.
pub(super) fn known(attributes: &[Attribute], names: &[&str], at: &str, object: &str, report: &mut Report<'_>) {
    for (index, attribute) in attributes.iter().enumerate() {
        if !names.contains(&attribute.name.as_str()) {
            let near = near::hint(&attribute.name, names.iter().copied());
            let help =
                format!("there are {}", names.iter().map(|name| format!("{at}{name}")).collect::<Vec<_>>().join(", "));
            report.add(
                Code::UnknownAttribute,
                attribute.span,
                object,
                format!("there is no attribute `{at}{}` here{near}", attribute.name),
                help,
            );
        } else if attributes[..index].iter().any(|other| other.name == attribute.name)
            && !["index", "unique"].contains(&attribute.name.as_str())
        {
            report.add(
                Code::Duplicate,
                attribute.span,
                object,
                format!("`{at}{}` is given twice", attribute.name),
                "keep one",
            );
        }
    }
}

/// The string of `@map`, `@@map` or `@@schema`.
fn mapped(attributes: &[Attribute], which: &str, object: &str, report: &mut Report<'_>) -> Option<String> {
    let attribute = attributes.iter().find(|attribute| attribute.name == which)?;
    let mut args = Args::new(attribute, object);
    let Some(value) = args.first("name") else {
        report.add(
            Code::Argument,
            attribute.span,
            object,
            format!("`@{which}` names nothing"),
            "write the database's name as a string",
        );
        return None;
    };
    let text = args.as_text("name", value, report).map(str::to_owned);
    args.finish(&["name"], report);
    text
}

fn schema(
    attributes: &[Attribute],
    name: &Name,
    object: &str,
    datasource: &Datasource,
    report: &mut Report<'_>,
) -> Option<String> {
    let attribute = attributes.iter().find(|attribute| attribute.name == "schema");
    let Some(attribute) = attribute else {
        if datasource.schemas.is_some() {
            report.add(
                Code::Schema,
                name.span,
                object,
                "`schemas` is set, and this does not say in which it is",
                "add `@@schema(\"...\")`",
            );
        }
        return None;
    };
    // Prisma takes the name without an argument name, or as `map`.
    let mut args = Args::new(attribute, object);
    let Some(value) = args.first("map") else {
        report.add(Code::Argument, attribute.span, object, "`@@schema` names nothing", "write the schema as a string");
        return None;
    };
    let schema = args.as_text("map", value, report).map(str::to_owned)?;
    args.finish(&["map"], report);
    match &datasource.schemas {
        None => report.add(
            Code::Schema,
            attribute.span,
            object,
            "`@@schema` needs the list of schemas",
            format!("write `schemas = [\"{schema}\"]` in the datasource"),
        ),
        Some(schemas) if !schemas.contains(&schema) => {
            let near = near::hint(&schema, schemas.iter().map(String::as_str));
            report.add(
                Code::Schema,
                attribute.span,
                object,
                format!("the schema \"{schema}\" is not in the list{near}"),
                "add it to `schemas` in the datasource",
            );
        }
        Some(_) => {}
    }
    Some(schema)
}

/// Whether a field may hold several values.
pub(super) fn is_list(field: &Field<'_>) -> bool {
    field.ast.arity == Arity::List
}

/// The word of a value, if it is a bare one.
pub(super) fn word(kind: &ValueKind) -> Option<&str> {
    match kind {
        ValueKind::Word(word) => Some(word),
        _ => None,
    }
}

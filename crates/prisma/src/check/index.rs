//! Indexes that PostgreSQL could not build, and models without a way to find a row.

use super::{Db, Field, Index, Kind, Model};
use crate::ast::Arity;
use crate::diagnostic::{Code, Report};
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
    // A key that cannot be one has been reported as such.
    let fields = model.fields.iter().flat_map(|field| &field.ast.attributes);
    fields.chain(&model.ast.attributes).any(|attribute| attribute.name == "id")
        || model.indexes.iter().any(|index| index.unique && required(&index.fields()))
}

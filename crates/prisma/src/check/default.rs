//! `@default`: what of it becomes part of the column.

use super::declare::is_list;
use super::{Db, Default, Kind, literal};
use crate::args::Args;
use crate::ast::{Arg, Attribute, Value, ValueKind};
use crate::diagnostic::{Code, Report};
use crate::near;
use crate::render::text;
use crate::scalar::Scalar;

/// Functions that the client runs, and the type they give.
const CLIENT: [&str; 4] = ["uuid", "cuid", "nanoid", "ulid"];
const FUNCTIONS: [&str; 7] = ["autoincrement", "now", "dbgenerated", "uuid", "cuid", "nanoid", "ulid"];

pub(super) fn read(
    db: &Db<'_>,
    model: usize,
    field: usize,
    attribute: &Attribute,
    object: &str,
    report: &mut Report<'_>,
) -> Option<Default> {
    let mut args = Args::new(attribute, object);
    let value = args.first("value");
    if let Some(map) = args.named("map") {
        report.add(Code::Default, map.span, object, "PostgreSQL's defaults have no names", "remove `map`");
    }
    args.finish(&["value"], report);
    let Some(value) = value else {
        report.add(Code::Default, attribute.span, object, "`@default` gives no value", "write `@default(...)`");
        return None;
    };
    let field = &db.models[model].fields[field];
    if let ValueKind::Call(name, args) = &value.kind {
        return call(name, args, value, &field.kind, is_list(field), object, report);
    }
    let element = |value: &Value, report: &mut Report<'_>| match &field.kind {
        Kind::Scalar(scalar) => constant(*scalar, value, object, report),
        Kind::Enum(at) => enum_value(db, *at, value, object, report),
        Kind::Unsupported(_) => {
            report.add(
                Code::Default,
                value.span,
                object,
                format!("{} cannot be judged for a type of the database", value.kind.describe()),
                "write it as SQL: `@default(dbgenerated(\"...\"))`",
            );
            None
        }
        Kind::Relation(_) | Kind::Unknown => None,
    };
    match (&value.kind, is_list(field)) {
        (ValueKind::List(values), true) => {
            let elements: Vec<_> = values.iter().map(|value| element(value, report)).collect();
            elements.into_iter().collect::<Option<Vec<_>>>().map(Default::List)
        }
        (ValueKind::List(_), false) => {
            report.add(
                Code::Default,
                value.span,
                object,
                "the default is a list, and the field is none",
                "write one value, or make the type a list with `[]`",
            );
            None
        }
        (other, true) => {
            report.add(
                Code::Default,
                value.span,
                object,
                format!("the field is a list, and the default is {}", other.describe()),
                "write it in brackets: `@default([...])`",
            );
            None
        }
        (_, false) => element(value, report).map(Default::Sql),
    }
}

fn call(
    name: &str,
    args: &[Arg],
    value: &Value,
    kind: &Kind,
    list: bool,
    object: &str,
    report: &mut Report<'_>,
) -> Option<Default> {
    let scalar = match kind {
        Kind::Scalar(scalar) => Some(*scalar),
        _ => None,
    };
    // What the database makes, it makes for single values; the client fills lists as well.
    let single = scalar.filter(|_| !list);
    let mut refuse = |message: String, help: &str| {
        report.add(Code::Default, value.span, object, message, help);
        None
    };
    match (name, args) {
        ("dbgenerated", []) => Some(Default::Unknown),
        ("dbgenerated", [Arg { value: Value { kind: ValueKind::Text(sql), .. }, .. }]) if !sql.is_empty() => {
            Some(Default::Sql(sql.clone()))
        }
        ("dbgenerated", _) => refuse(
            "`dbgenerated` takes one string that is not empty, or nothing".to_owned(),
            "write the default as SQL",
        ),
        ("autoincrement" | "now", [_, ..]) => refuse(format!("`{name}()` takes nothing"), "empty the brackets"),
        ("autoincrement", []) if matches!(single, Some(Scalar::Int | Scalar::BigInt)) => Some(Default::Serial),
        ("autoincrement", []) => refuse(
            "`autoincrement()` is for Int and BigInt, and not for lists".to_owned(),
            "change the type, or the default",
        ),
        ("now", []) if single == Some(Scalar::DateTime) => Some(Default::Sql("CURRENT_TIMESTAMP".to_owned())),
        ("now", []) => {
            refuse("`now()` is for DateTime, and not for lists".to_owned(), "change the type, or the default")
        }
        (name, args) if CLIENT.contains(&name) => {
            if scalar != Some(Scalar::String) {
                return refuse(format!("`{name}()` is for String"), "change the type, or the default");
            }
            let number = match args {
                [] => Ok(None),
                [Arg { value: Value { kind: ValueKind::Number(number), .. }, .. }] => Ok(number.parse::<u8>().ok()),
                _ => Err(()),
            };
            let (fits, help) = match name {
                "uuid" => (matches!(number, Ok(None | Some(4 | 7))), "write `uuid()`, `uuid(4)` or `uuid(7)`"),
                "cuid" => (matches!(number, Ok(None | Some(1 | 2))), "write `cuid()`, `cuid(1)` or `cuid(2)`"),
                "nanoid" => (
                    matches!(number, Ok(None | Some(2..))),
                    "write `nanoid()`, or its length from 2 to 255: `nanoid(16)`",
                ),
                _ => (args.is_empty(), "write `ulid()`"),
            };
            if !fits || (number == Ok(None) && !args.is_empty()) {
                return refuse(format!("`{name}` does not take that"), help);
            }
            Some(Default::Client(name.to_owned()))
        }
        ("sequence", _) => refuse(
            "`sequence()` is CockroachDB's".to_owned(),
            "write `autoincrement()`, or `dbgenerated(\"nextval('name')\")`",
        ),
        ("auto", _) => refuse("`auto()` is MongoDB's".to_owned(), "write `autoincrement()` or `uuid()`"),
        (name, _) => {
            let near = near::hint(name, FUNCTIONS);
            refuse(
                format!("there is no function `{name}()`{near}"),
                "for a function of the database write `dbgenerated(\"name()\")`",
            )
        }
    }
}

/// A constant of a scalar type, as SQL.
fn constant(scalar: Scalar, value: &Value, object: &str, report: &mut Report<'_>) -> Option<String> {
    let help = match (scalar, &value.kind) {
        (Scalar::String, ValueKind::Text(string)) => return Some(text(string)),
        (Scalar::Boolean, ValueKind::Word(word)) if word == "true" || word == "false" => return Some(word.clone()),
        (Scalar::Int | Scalar::BigInt, ValueKind::Number(number)) => match number.parse::<i64>() {
            Ok(number) => return Some(number.to_string()),
            Err(_) => "write a whole number of 64 bits",
        },
        (Scalar::Float | Scalar::Decimal, ValueKind::Number(number)) => return Some(number.clone()),
        (Scalar::Decimal, ValueKind::Text(number)) if literal::is_decimal(number) => return Some(number.clone()),
        (Scalar::Json, ValueKind::Text(json)) => match serde_json::from_str::<serde_json::Value>(json) {
            Ok(_) => return Some(text(json)),
            Err(_) => "write JSON in a string, with its quotes escaped: `\"{\\\"a\\\": 1}\"`",
        },
        (Scalar::Bytes, ValueKind::Text(encoded)) => match literal::base64(encoded) {
            Some(bytes) => return Some(bytea(&bytes)),
            None => "write base64 in a string, with its padding",
        },
        (Scalar::DateTime, ValueKind::Text(written)) => match literal::date_time(written) {
            Some(sql) => return Some(text(&sql)),
            None => "write it as RFC 3339 does: \"2024-05-17T09:30:00Z\"",
        },
        (Scalar::String | Scalar::Json | Scalar::Bytes | Scalar::DateTime, _) => "write it as a string",
        (Scalar::Boolean, _) => "write true or false",
        (Scalar::Int | Scalar::BigInt | Scalar::Float | Scalar::Decimal, _) => "write a number",
    };
    let message = format!("{} is no default for {}", value.kind.describe(), scalar.name());
    report.add(Code::Default, value.span, object, message, help);
    None
}

fn bytea(bytes: &[u8]) -> String {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("'\\x{digits}'")
}

fn enum_value(db: &Db<'_>, at: usize, value: &Value, object: &str, report: &mut Report<'_>) -> Option<String> {
    let of = &db.enums[at];
    let found = super::declare::word(&value.kind).and_then(|word| of.values.iter().find(|(name, _)| *name == word));
    if found.is_none() {
        let names: Vec<&str> = of.values.iter().map(|(name, _)| *name).collect();
        let near =
            super::declare::word(&value.kind).map(|word| near::hint(word, names.iter().copied())).unwrap_or_default();
        let message = format!("{} is no value of enum `{}`{near}", value.kind.describe(), of.ast.name.text);
        report.add(
            Code::Default,
            value.span,
            object,
            message,
            format!("choose one of {}, without quotes", names.join(", ")),
        );
    }
    found.map(|(_, db_name)| text(db_name))
}

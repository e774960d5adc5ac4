//! Prisma's scalar types, and PostgreSQL's types behind `@db.`.

use crate::near;

/// The scalar types of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scalar {
    String,
    Boolean,
    Int,
    BigInt,
    Float,
    Decimal,
    DateTime,
    Json,
    Bytes,
}

impl Scalar {
    pub(crate) const ALL: [Scalar; 9] = [
        Scalar::String,
        Scalar::Boolean,
        Scalar::Int,
        Scalar::BigInt,
        Scalar::Float,
        Scalar::Decimal,
        Scalar::DateTime,
        Scalar::Json,
        Scalar::Bytes,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Scalar::String => "String",
            Scalar::Boolean => "Boolean",
            Scalar::Int => "Int",
            Scalar::BigInt => "BigInt",
            Scalar::Float => "Float",
            Scalar::Decimal => "Decimal",
            Scalar::DateTime => "DateTime",
            Scalar::Json => "Json",
            Scalar::Bytes => "Bytes",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Scalar> {
        Scalar::ALL.into_iter().find(|scalar| scalar.name() == name)
    }

    /// The type of a column without `@db.`.
    fn usual(self) -> &'static str {
        match self {
            Scalar::String => "TEXT",
            Scalar::Boolean => "BOOLEAN",
            Scalar::Int => "INTEGER",
            Scalar::BigInt => "BIGINT",
            Scalar::Float => "DOUBLE PRECISION",
            Scalar::Decimal => "DECIMAL(65,30)",
            Scalar::DateTime => "TIMESTAMP(3)",
            Scalar::Json => "JSONB",
            Scalar::Bytes => "BYTEA",
        }
    }
}

/// A type given with `@db.`, with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Native {
    /// Its name in the language: `VarChar`.
    pub(crate) name: &'static str,
    /// As SQL: `VARCHAR(20)`.
    pub(crate) sql: String,
}

/// The SQL type of a scalar field, without the brackets of a list.
pub(crate) fn column_type(scalar: Scalar, native: Option<&Native>) -> &str {
    native.map_or(scalar.usual(), |native| &native.sql)
}

/// The pseudo-type of a column whose default is `autoincrement()`; nothing where Prisma makes no
/// sequence.
pub(crate) fn serial_type(scalar: Scalar, native: Option<&Native>) -> Option<&'static str> {
    match (scalar, native.map(|native| native.name)) {
        (_, Some("SmallInt")) => Some("SMALLSERIAL"),
        (_, Some("Integer")) | (Scalar::Int, None) => Some("SERIAL"),
        (_, Some("BigInt")) | (Scalar::BigInt, None) => Some("BIGSERIAL"),
        _ => None,
    }
}

/// What a `@db.` type takes in brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    Nothing,
    /// A length, from 1.
    Length,
    /// Digits of a second, 0 to 6.
    Fraction,
    /// Precision and scale, both or neither.
    Precision,
}

const NATIVE: [(&str, &str, Scalar, Takes); 26] = [
    ("Text", "TEXT", Scalar::String, Takes::Nothing),
    ("Char", "CHAR", Scalar::String, Takes::Length),
    ("VarChar", "VARCHAR", Scalar::String, Takes::Length),
    ("Bit", "BIT", Scalar::String, Takes::Length),
    ("VarBit", "VARBIT", Scalar::String, Takes::Length),
    ("Uuid", "UUID", Scalar::String, Takes::Nothing),
    ("Xml", "XML", Scalar::String, Takes::Nothing),
    ("Inet", "INET", Scalar::String, Takes::Nothing),
    ("Citext", "CITEXT", Scalar::String, Takes::Nothing),
    ("Boolean", "BOOLEAN", Scalar::Boolean, Takes::Nothing),
    ("SmallInt", "SMALLINT", Scalar::Int, Takes::Nothing),
    ("Integer", "INTEGER", Scalar::Int, Takes::Nothing),
    ("Oid", "OID", Scalar::Int, Takes::Nothing),
    ("BigInt", "BIGINT", Scalar::BigInt, Takes::Nothing),
    ("Real", "REAL", Scalar::Float, Takes::Nothing),
    ("DoublePrecision", "DOUBLE PRECISION", Scalar::Float, Takes::Nothing),
    ("Decimal", "DECIMAL", Scalar::Decimal, Takes::Precision),
    ("Money", "MONEY", Scalar::Decimal, Takes::Nothing),
    ("Timestamp", "TIMESTAMP", Scalar::DateTime, Takes::Fraction),
    ("Timestamptz", "TIMESTAMPTZ", Scalar::DateTime, Takes::Fraction),
    ("Date", "DATE", Scalar::DateTime, Takes::Nothing),
    ("Time", "TIME", Scalar::DateTime, Takes::Fraction),
    ("Timetz", "TIMETZ", Scalar::DateTime, Takes::Fraction),
    ("Json", "JSON", Scalar::Json, Takes::Nothing),
    ("JsonB", "JSONB", Scalar::Json, Takes::Nothing),
    ("ByteA", "BYTEA", Scalar::Bytes, Takes::Nothing),
];

/// The type `@db.<name>(<args>)` on a field of type `scalar`; else what is wrong and what helps.
pub(crate) fn native(name: &str, args: &[&str], scalar: Scalar) -> Result<Native, (String, String)> {
    let fitting =
        || -> Vec<&str> { NATIVE.iter().filter(|(.., of, _)| *of == scalar).map(|(name, ..)| *name).collect() };
    let Some((name, sql, of, takes)) = NATIVE.iter().find(|entry| entry.0 == name) else {
        let near = near::hint(name, NATIVE.iter().map(|entry| entry.0));
        return Err((
            format!("there is no type `@db.{name}` for PostgreSQL{near}"),
            format!("{} has {}; any other type can be written `Unsupported(\"...\")`", scalar.name(), list(&fitting())),
        ));
    };
    if *of != scalar {
        return Err((
            format!("`@db.{name}` is a type for {} fields, and this is {}", of.name(), scalar.name()),
            format!("write the field's type as {}, or choose one of {}", of.name(), list(&fitting())),
        ));
    }
    let numbers: Option<Vec<u32>> = args.iter().map(|arg| arg.parse().ok()).collect();
    let rendered = match (takes, numbers.as_deref()) {
        (_, Some([])) => sql.to_string(),
        (Takes::Length, Some([length])) if *length > 0 => format!("{sql}({length})"),
        (Takes::Fraction, Some([digits])) if *digits <= 6 => format!("{sql}({digits})"),
        (Takes::Precision, Some([precision, scale])) if (1..=1000).contains(precision) && scale <= precision => {
            format!("{sql}({precision},{scale})")
        }
        (takes, _) => {
            let help = match takes {
                Takes::Nothing => format!("write `@db.{name}` without brackets"),
                Takes::Length => format!("write `@db.{name}` or, with a length from 1, `@db.{name}(20)`"),
                Takes::Fraction => format!("write `@db.{name}` or, with 0 to 6 digits of a second, `@db.{name}(3)`"),
                Takes::Precision => format!(
                    "write `@db.{name}` or, with precision (1 to 1000) and a scale that is not greater, `@db.{name}(10, 2)`"
                ),
            };
            return Err((format!("`@db.{name}` does not take ({})", args.join(", ")), help));
        }
    };
    Ok(Native { name, sql: rendered })
}

fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("@db.{name}")).collect::<Vec<_>>().join(", ")
}

//! Columns that `ALTER TABLE ... ADD COLUMN` adds.

use surefoot_sql::{Cursor, ObjectName, TokenKind};

use crate::lock::{LockMode, Reach};
use crate::model::{Effects, Work};

/// Words that start a column constraint or another clause after the type.
const CLAUSES: &[&str] = &[
    "default",
    "not",
    "null",
    "check",
    "unique",
    "primary",
    "references",
    "constraint",
    "generated",
    "collate",
    "storage",
    "compression",
    "deferrable",
    "initially",
    "options",
];

/// Functions that PostgreSQL or a well-known extension declares volatile: a default that calls
/// one is computed for every row.
const VOLATILE: &[&str] = &[
    "clock_timestamp",
    "timeofday",
    "random",
    "random_normal",
    "setseed",
    "nextval",
    "setval",
    "currval",
    "lastval",
    "gen_random_uuid",
    "uuidv4",
    "uuidv7",
    "uuid_generate_v1",
    "uuid_generate_v1mc",
    "uuid_generate_v4",
    "gen_random_bytes",
    "gen_salt",
    "pg_sleep",
    "nanoid",
    "gen_ulid",
    "ulid",
    "txid_current",
    "pg_current_xact_id",
];

/// Functions known not to be volatile: a default that calls only these is computed once.
const STABLE: &[&str] = &[
    "now",
    "transaction_timestamp",
    "statement_timestamp",
    "current_setting",
    "current_database",
    "current_schema",
    "lower",
    "upper",
    "concat",
    "coalesce",
    "nullif",
    "greatest",
    "least",
    "cast",
    "row",
    "array",
    "to_timestamp",
    "to_date",
    "to_char",
    "to_number",
    "to_jsonb",
    "to_json",
    "date_trunc",
    "date_part",
    "extract",
    "timezone",
    "make_date",
    "make_time",
    "make_timestamp",
    "make_timestamptz",
    "make_interval",
    "md5",
    "sha256",
    "encode",
    "decode",
    "json_build_object",
    "json_build_array",
    "jsonb_build_object",
    "jsonb_build_array",
    "json_object",
    "jsonb_object",
    "format",
    "left",
    "right",
    "lpad",
    "rpad",
    "repeat",
    "replace",
    "trim",
    "btrim",
    "ltrim",
    "rtrim",
    "substring",
    "substr",
    "position",
    "length",
    "char_length",
    "abs",
    "round",
    "floor",
    "ceil",
    "ceiling",
    "power",
    "sqrt",
    "array_fill",
    "string_to_array",
    "array_append",
    "uuid_nil",
    "uuid_generate_v5",
    "uuid_generate_v3",
    "txid_snapshot_xmin",
    "inet_client_addr",
    "interval",
    "numeric",
    "decimal",
    "varchar",
    "char",
    "bit",
    "timestamp",
    "time",
    "character",
    "and",
    "or",
    "not",
    "in",
    "any",
    "all",
    "is",
    "when",
    "then",
    "else",
];

/// Types that are certainly not domains.
const PLAIN_TYPES: &[&str] = &[
    "bigint",
    "int8",
    "bit",
    "varbit",
    "boolean",
    "bool",
    "box",
    "bytea",
    "character",
    "char",
    "bpchar",
    "varchar",
    "cidr",
    "circle",
    "date",
    "double",
    "float",
    "float4",
    "float8",
    "inet",
    "integer",
    "int",
    "int4",
    "interval",
    "json",
    "jsonb",
    "jsonpath",
    "line",
    "lseg",
    "macaddr",
    "macaddr8",
    "money",
    "name",
    "national",
    "nchar",
    "numeric",
    "decimal",
    "dec",
    "oid",
    "path",
    "pg_lsn",
    "point",
    "polygon",
    "real",
    "regclass",
    "regproc",
    "regprocedure",
    "regrole",
    "regtype",
    "smallint",
    "int2",
    "text",
    "time",
    "timetz",
    "timestamp",
    "timestamptz",
    "tsquery",
    "tsvector",
    "uuid",
    "xml",
    "xid",
    "xid8",
    "int4range",
    "int8range",
    "numrange",
    "tsrange",
    "tstzrange",
    "daterange",
    "int4multirange",
    "int8multirange",
    "nummultirange",
    "tsmultirange",
    "tstzmultirange",
    "datemultirange",
    "citext",
    "hstore",
    "ltree",
    "vector",
    "halfvec",
    "sparsevec",
    "geometry",
    "geography",
    "cube",
];

const SERIAL: &[&str] = &["smallserial", "serial2", "serial", "serial4", "bigserial", "serial8"];

/// Reads a column definition, from the column's name on, and notes what adding it costs.
pub(super) fn add(cursor: &mut Cursor<'_>, effects: &mut Effects, table: &ObjectName, server_major: u32) {
    if cursor.any_ident().is_none() {
        return;
    }
    column_type(cursor, effects);
    let mut default = Work::No;
    let mut has_default = false;
    let mut not_null = false;
    while cursor.skip_to(CLAUSES) {
        if cursor.accept("default") {
            has_default = !cursor.peek_kw("null");
            default.raise(volatility(expression(cursor)));
        } else if cursor.accept("generated") {
            has_default = true;
            default.raise(generated(cursor, server_major));
        } else if cursor.accept("not") {
            not_null |= cursor.accept("null");
        } else if cursor.accept("check") {
            cursor.skip_parens();
            effects.scan.raise(Work::Yes("a CHECK written with the column is checked on every row"));
        } else if cursor.accept("unique") || cursor.accept_all(&["primary", "key"]) {
            effects.scan.raise(Work::Yes("the index of the constraint is built under the lock"));
        } else if cursor.accept("references") {
            if let Some(target) = cursor.object_name() {
                effects.lock(&target, Reach::Itself, LockMode::ShareRowExclusive);
                if has_default || cursor.mentions(&["default"]) {
                    effects.scan.raise(Work::Yes("the foreign key is checked on every row"));
                }
            }
        } else {
            cursor.bump();
        }
    }
    if !default.is_no() || matches!(effects.rewrite, Work::Yes(_)) {
        effects.lock(table, Reach::Indexes, LockMode::AccessExclusive);
    }
    effects.rewrite.raise(default);
    if not_null && !has_default && effects.rewrite.is_no() {
        effects.note("NOT NULL without a default fails when the table has rows");
    }
}

fn column_type(cursor: &mut Cursor<'_>, effects: &mut Effects) {
    let Some(mut name) = cursor.any_ident() else {
        return;
    };
    while cursor.symbol(".") {
        name = cursor.any_ident().unwrap_or_default();
    }
    if SERIAL.contains(&name.as_str()) {
        effects.rewrite.raise(Work::Yes("every row takes a value from the new sequence"));
    } else if !PLAIN_TYPES.contains(&name.as_str()) {
        let array = cursor.clone().skip_to(&["array"]) || cursor.peek_symbol("[");
        if !array {
            effects.rewrite.raise(Work::Maybe("if the type is a domain with a constraint, every row is written anew"));
        }
    }
}

/// The text of a default expression, up to the next clause.
fn expression<'a>(cursor: &mut Cursor<'a>) -> &'a str {
    let start = cursor.offset();
    cursor.skip_one();
    while !cursor.at_end() && !CLAUSES.iter().any(|clause| cursor.peek_kw(clause)) {
        cursor.skip_one();
    }
    cursor.text().get(start..cursor.last_end()).unwrap_or("")
}

/// After `GENERATED`.
fn generated(cursor: &mut Cursor<'_>, server_major: u32) -> Work {
    cursor.accept_any(&["always", "by"]);
    cursor.accept("default");
    cursor.accept("as");
    if cursor.accept("identity") {
        return Work::Yes("every row takes a value from the new sequence");
    }
    cursor.skip_parens();
    if cursor.accept("stored") || (server_major < 18 && !cursor.accept("virtual")) {
        return Work::Yes("the generated column is computed and stored for every row");
    }
    cursor.accept("virtual");
    Work::No
}

/// Whether an expression must be computed for each row.
pub(super) fn volatility(expression: &str) -> Work {
    let mut work = Work::No;
    let mut cursor = Cursor::new(expression);
    let mut after_cast = false;
    while let Some(token) = cursor.bump() {
        let is_name = matches!(token.kind, TokenKind::Ident | TokenKind::QuotedIdent);
        if is_name && !after_cast && cursor.peek_symbol("(") {
            let name = token.text(expression).trim_matches('"').to_ascii_lowercase();
            if VOLATILE.contains(&name.as_str()) {
                return Work::Yes("the default is volatile, so it is computed for every row");
            }
            if !STABLE.contains(&name.as_str()) {
                work = Work::Maybe("if a function in the default is volatile, every row is written anew");
            }
        }
        after_cast = token.text(expression) == "::" || (after_cast && !is_name);
    }
    work
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volatile_defaults() {
        for (expression, rank) in [
            ("0", 0),
            ("'x'::varchar(3)", 0),
            ("now()", 0),
            ("CURRENT_TIMESTAMP", 0),
            ("(now() at time zone 'utc')", 0),
            ("'random()'", 0),
            ("cast(1 as numeric(3,1))", 0),
            ("'{}'::pg_catalog.numeric(1)[]", 0),
            ("random()", 2),
            ("pg_catalog.nextval('s'::regclass)", 2),
            ("public.\"gen_random_uuid\"()", 2),
            ("my_function(1)", 1),
        ] {
            let got = match volatility(expression) {
                Work::No => 0,
                Work::Maybe(_) => 1,
                Work::Yes(_) => 2,
            };
            assert_eq!(got, rank, "{expression}");
        }
    }
}

//! Index methods and operator classes.

use crate::scalar::Scalar;

/// How an index is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    /// `BTree`, which is what PostgreSQL does unasked.
    #[default]
    BTree,
    /// `Hash`
    Hash,
    /// `Gist`
    Gist,
    /// `Gin`
    Gin,
    /// `SpGist`
    SpGist,
    /// `Brin`
    Brin,
}

impl Method {
    pub(crate) const ALL: [Method; 6] =
        [Method::BTree, Method::Hash, Method::Gist, Method::Gin, Method::SpGist, Method::Brin];

    /// The name in a schema file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Method::BTree => "BTree",
            Method::Hash => "Hash",
            Method::Gist => "Gist",
            Method::Gin => "Gin",
            Method::SpGist => "SpGist",
            Method::Brin => "Brin",
        }
    }

    /// The name in SQL.
    #[must_use]
    pub fn sql(self) -> &'static str {
        match self {
            Method::BTree => "BTREE",
            Method::Hash => "HASH",
            Method::Gist => "GIST",
            Method::Gin => "GIN",
            Method::SpGist => "SPGIST",
            Method::Brin => "BRIN",
        }
    }
}

/// What an indexed field is, as far as operator classes care.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Indexed<'a> {
    /// Nothing for enums and for `Unsupported`.
    pub(crate) scalar: Option<Scalar>,
    pub(crate) native: Option<&'a str>,
    pub(crate) list: bool,
    pub(crate) unsupported: bool,
}

/// An operator class of the language: its name, SQL's, the methods, and the types it is for.
struct Class {
    name: &'static str,
    sql: &'static str,
    methods: &'static [Method],
    types: &'static [&'static str],
}

const fn class(
    name: &'static str,
    sql: &'static str,
    methods: &'static [Method],
    types: &'static [&'static str],
) -> Class {
    Class { name, sql, methods, types }
}

const BRIN: &[Method] = &[Method::Brin];
const CHAR: &[&str] = &["Char"];
const DATE: &[&str] = &["Date"];
const REAL: &[&str] = &["Real"];
const DOUBLE: &[&str] = &["DoublePrecision"];
const INET: &[&str] = &["Inet"];
const INT2: &[&str] = &["SmallInt"];
const INT4: &[&str] = &["Integer"];
const INT8: &[&str] = &["BigInt"];
const NUMERIC: &[&str] = &["Decimal"];
const OID: &[&str] = &["Oid"];
const BYTEA: &[&str] = &["ByteA"];
const TEXT: &[&str] = &["Text", "VarChar", "Char"];
const TEXT_BRIN: &[&str] = &["Text", "VarChar"];
const TIMESTAMP: &[&str] = &["Timestamp"];
const TIMESTAMPTZ: &[&str] = &["Timestamptz"];
const TIME: &[&str] = &["Time"];
const TIMETZ: &[&str] = &["Timetz"];
const UUID: &[&str] = &["Uuid"];
const JSONB: &[&str] = &["JsonB"];

const CLASSES: [Class; 56] = [
    class("InetOps", "inet_ops", &[Method::Gist, Method::SpGist], INET),
    class("JsonbOps", "jsonb_ops", &[Method::Gin], JSONB),
    class("JsonbPathOps", "jsonb_path_ops", &[Method::Gin], JSONB),
    class("ArrayOps", "array_ops", &[Method::Gin], &[]),
    class("TextOps", "text_ops", &[Method::SpGist], TEXT),
    class("BitMinMaxOps", "bit_minmax_ops", BRIN, &["Bit"]),
    class("VarBitMinMaxOps", "varbit_minmax_ops", BRIN, &["VarBit"]),
    class("BpcharBloomOps", "bpchar_bloom_ops", BRIN, CHAR),
    class("BpcharMinMaxOps", "bpchar_minmax_ops", BRIN, CHAR),
    class("ByteaBloomOps", "bytea_bloom_ops", BRIN, BYTEA),
    class("ByteaMinMaxOps", "bytea_minmax_ops", BRIN, BYTEA),
    class("DateBloomOps", "date_bloom_ops", BRIN, DATE),
    class("DateMinMaxOps", "date_minmax_ops", BRIN, DATE),
    class("DateMinMaxMultiOps", "date_minmax_multi_ops", BRIN, DATE),
    class("Float4BloomOps", "float4_bloom_ops", BRIN, REAL),
    class("Float4MinMaxOps", "float4_minmax_ops", BRIN, REAL),
    class("Float4MinMaxMultiOps", "float4_minmax_multi_ops", BRIN, REAL),
    class("Float8BloomOps", "float8_bloom_ops", BRIN, DOUBLE),
    class("Float8MinMaxOps", "float8_minmax_ops", BRIN, DOUBLE),
    class("Float8MinMaxMultiOps", "float8_minmax_multi_ops", BRIN, DOUBLE),
    class("InetInclusionOps", "inet_inclusion_ops", BRIN, INET),
    class("InetBloomOps", "inet_bloom_ops", BRIN, INET),
    class("InetMinMaxOps", "inet_minmax_ops", BRIN, INET),
    class("InetMinMaxMultiOps", "inet_minmax_multi_ops", BRIN, INET),
    class("Int2BloomOps", "int2_bloom_ops", BRIN, INT2),
    class("Int2MinMaxOps", "int2_minmax_ops", BRIN, INT2),
    class("Int2MinMaxMultiOps", "int2_minmax_multi_ops", BRIN, INT2),
    class("Int4BloomOps", "int4_bloom_ops", BRIN, INT4),
    class("Int4MinMaxOps", "int4_minmax_ops", BRIN, INT4),
    class("Int4MinMaxMultiOps", "int4_minmax_multi_ops", BRIN, INT4),
    class("Int8BloomOps", "int8_bloom_ops", BRIN, INT8),
    class("Int8MinMaxOps", "int8_minmax_ops", BRIN, INT8),
    class("Int8MinMaxMultiOps", "int8_minmax_multi_ops", BRIN, INT8),
    class("NumericBloomOps", "numeric_bloom_ops", BRIN, NUMERIC),
    class("NumericMinMaxOps", "numeric_minmax_ops", BRIN, NUMERIC),
    class("NumericMinMaxMultiOps", "numeric_minmax_multi_ops", BRIN, NUMERIC),
    class("OidBloomOps", "oid_bloom_ops", BRIN, OID),
    class("OidMinMaxOps", "oid_minmax_ops", BRIN, OID),
    class("OidMinMaxMultiOps", "oid_minmax_multi_ops", BRIN, OID),
    class("TextBloomOps", "text_bloom_ops", BRIN, TEXT_BRIN),
    class("TextMinMaxOps", "text_minmax_ops", BRIN, TEXT_BRIN),
    class("TimestampBloomOps", "timestamp_bloom_ops", BRIN, TIMESTAMP),
    class("TimestampMinMaxOps", "timestamp_minmax_ops", BRIN, TIMESTAMP),
    class("TimestampMinMaxMultiOps", "timestamp_minmax_multi_ops", BRIN, TIMESTAMP),
    class("TimestampTzBloomOps", "timestamptz_bloom_ops", BRIN, TIMESTAMPTZ),
    class("TimestampTzMinMaxOps", "timestamptz_minmax_ops", BRIN, TIMESTAMPTZ),
    class("TimestampTzMinMaxMultiOps", "timestamptz_minmax_multi_ops", BRIN, TIMESTAMPTZ),
    class("TimeBloomOps", "time_bloom_ops", BRIN, TIME),
    class("TimeMinMaxOps", "time_minmax_ops", BRIN, TIME),
    class("TimeMinMaxMultiOps", "time_minmax_multi_ops", BRIN, TIME),
    class("TimeTzBloomOps", "timetz_bloom_ops", BRIN, TIMETZ),
    class("TimeTzMinMaxOps", "timetz_minmax_ops", BRIN, TIMETZ),
    class("TimeTzMinMaxMultiOps", "timetz_minmax_multi_ops", BRIN, TIMETZ),
    class("UuidBloomOps", "uuid_bloom_ops", BRIN, UUID),
    class("UuidMinMaxOps", "uuid_minmax_ops", BRIN, UUID),
    class("UuidMinMaxMultiOps", "uuid_minmax_multi_ops", BRIN, UUID),
];

/// The SQL of an operator class on a field; else what is wrong with it.
pub(crate) fn resolve(name: &str, method: Method, field: Indexed<'_>) -> Result<&'static str, String> {
    let Some(class) = CLASSES.iter().find(|class| class.name == name) else {
        let near = crate::near::hint(name, CLASSES.iter().map(|class| class.name));
        return Err(format!("there is no operator class `{name}`{near}"));
    };
    if !class.methods.contains(&method) {
        let methods: Vec<_> = class.methods.iter().map(|method| method.name()).collect();
        return Err(format!("operator class `{name}` is for indexes of type {}", methods.join(" or ")));
    }
    let fits = match name {
        "ArrayOps" => field.list,
        _ => type_of(field).is_some_and(|name| class.types.contains(&name)),
    };
    if fits || field.unsupported {
        return Ok(class.sql);
    }
    Err(format!("operator class `{name}` does not fit the field's type"))
}

/// Whether a field can be indexed by a method without naming an operator class.
pub(crate) fn has_default(method: Method, field: Indexed<'_>) -> bool {
    if field.unsupported {
        return true;
    }
    let own = type_of(field);
    match method {
        Method::BTree | Method::Hash => true,
        Method::Gist => false,
        Method::Gin => field.list || own == Some("JsonB"),
        Method::SpGist => own.is_some_and(|name| TEXT.contains(&name) || name == "Inet"),
        Method::Brin => {
            own.is_some_and(|name| CLASSES.iter().any(|class| class.methods == BRIN && class.types.contains(&name)))
        }
    }
}

/// The `@db.` type of a field, written or not.
fn type_of(field: Indexed<'_>) -> Option<&str> {
    field.native.or(match field.scalar? {
        Scalar::String => Some("Text"),
        Scalar::Boolean => Some("Boolean"),
        Scalar::Int => Some("Integer"),
        Scalar::BigInt => Some("BigInt"),
        Scalar::Float => Some("DoublePrecision"),
        Scalar::Decimal => Some("Decimal"),
        Scalar::DateTime => Some("Timestamp"),
        Scalar::Json => Some("JsonB"),
        Scalar::Bytes => Some("ByteA"),
    })
}

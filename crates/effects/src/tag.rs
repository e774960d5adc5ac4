//! Names of kinds of objects, as `CREATE`, `ALTER`, `DROP` and `COMMENT` write them.

use surefoot_sql::Cursor;

/// Kinds, those of more words before those they begin with.
const KINDS: &[(&[&str], &str)] = &[
    (&["access", "method"], "ACCESS METHOD"),
    (&["aggregate"], "AGGREGATE"),
    (&["cast"], "CAST"),
    (&["collation"], "COLLATION"),
    (&["column"], "COLUMN"),
    (&["constraint", "trigger"], "TRIGGER"),
    (&["constraint"], "CONSTRAINT"),
    (&["conversion"], "CONVERSION"),
    (&["database"], "DATABASE"),
    (&["default", "privileges"], "DEFAULT PRIVILEGES"),
    (&["default", "conversion"], "CONVERSION"),
    (&["domain"], "DOMAIN"),
    (&["event", "trigger"], "EVENT TRIGGER"),
    (&["extension"], "EXTENSION"),
    (&["foreign", "data", "wrapper"], "FOREIGN DATA WRAPPER"),
    (&["foreign", "table"], "FOREIGN TABLE"),
    (&["function"], "FUNCTION"),
    (&["group"], "ROLE"),
    (&["index"], "INDEX"),
    (&["language"], "LANGUAGE"),
    (&["procedural", "language"], "LANGUAGE"),
    (&["trusted", "language"], "LANGUAGE"),
    (&["trusted", "procedural", "language"], "LANGUAGE"),
    (&["large", "object"], "LARGE OBJECT"),
    (&["materialized", "view"], "MATERIALIZED VIEW"),
    (&["operator", "class"], "OPERATOR CLASS"),
    (&["operator", "family"], "OPERATOR FAMILY"),
    (&["operator"], "OPERATOR"),
    (&["owned"], "OWNED"),
    (&["policy"], "POLICY"),
    (&["procedure"], "PROCEDURE"),
    (&["publication"], "PUBLICATION"),
    (&["role"], "ROLE"),
    (&["routine"], "ROUTINE"),
    (&["rule"], "RULE"),
    (&["schema"], "SCHEMA"),
    (&["sequence"], "SEQUENCE"),
    (&["server"], "SERVER"),
    (&["statistics"], "STATISTICS"),
    (&["subscription"], "SUBSCRIPTION"),
    (&["system"], "SYSTEM"),
    (&["tablespace"], "TABLESPACE"),
    (&["table"], "TABLE"),
    (
        &["text", "search", "configuration"],
        "TEXT SEARCH CONFIGURATION",
    ),
    (&["text", "search", "dictionary"], "TEXT SEARCH DICTIONARY"),
    (&["text", "search", "parser"], "TEXT SEARCH PARSER"),
    (&["text", "search", "template"], "TEXT SEARCH TEMPLATE"),
    (&["transform"], "TRANSFORM"),
    (&["trigger"], "TRIGGER"),
    (&["type"], "TYPE"),
    (&["user", "mapping"], "USER MAPPING"),
    (&["user"], "ROLE"),
    (&["view"], "VIEW"),
];

/// Consumes the kind of object that comes next.
pub(crate) fn kind(cursor: &mut Cursor<'_>) -> Option<&'static str> {
    KINDS
        .iter()
        .find(|(words, _)| cursor.accept_all(words))
        .map(|&(_, name)| name)
}

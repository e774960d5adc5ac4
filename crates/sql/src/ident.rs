//! Names and constants written as SQL, and names read from it.

use std::fmt;

use crate::cursor::Cursor;
use crate::keywords;

/// A name as SQL: quoted only when it must be (upper case, odd characters, a key word).
/// Agrees with the server function `quote_ident`.
#[must_use]
pub fn quote_ident(name: &str) -> String {
    let mut bytes = name.bytes();
    let plain = bytes.next().is_some_and(|byte| byte.is_ascii_lowercase() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && !keywords::needs_quotes(name);
    if plain { name.to_owned() } else { quote_ident_always(name) }
}

/// A name as a quoted identifier, as psql's `:"name"` gives it.
#[must_use]
pub fn quote_ident_always(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A string as an SQL constant, safe whatever `standard_conforming_strings` is: with a backslash
/// in it, it takes the form ` E'...'`, whose leading space keeps it apart from a word before it.
#[must_use]
pub fn quote_literal(value: &str) -> String {
    let doubled = value.replace('\'', "''");
    if doubled.contains('\\') { format!(" E'{}'", doubled.replace('\\', "\\\\")) } else { format!("'{doubled}'") }
}

/// The name of something that lives in a schema. Holds names, not SQL: folded and unquoted.
/// `Display` writes SQL, quoted where needed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectName {
    /// The schema, when one is written.
    pub schema: Option<String>,
    /// The name itself.
    pub name: String,
}

impl ObjectName {
    /// A name without a schema.
    #[must_use]
    pub fn bare(name: impl Into<String>) -> Self {
        Self { schema: None, name: name.into() }
    }

    /// A name in a schema.
    #[must_use]
    pub fn qualified(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self { schema: Some(schema.into()), name: name.into() }
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{}.", quote_ident(schema))?;
        }
        f.write_str(&quote_ident(&self.name))
    }
}

/// Reads `name` or `schema.name` (or `database.schema.name`, whose database is dropped) from text
/// that holds nothing else. `None` when it is not one name.
#[must_use]
pub fn parse_object_name(text: &str) -> Option<ObjectName> {
    let mut cursor = Cursor::new(text);
    let name = cursor.object_name()?;
    cursor.at_end().then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting() {
        for (name, sql) in [
            ("a_1", "a_1"),
            ("A", "\"A\""),
            ("1a", "\"1a\""),
            ("a$b", "\"a$b\""),
            ("user", "\"user\""),
            ("int", "\"int\""),
            ("name", "name"),
            ("é", "\"é\""),
            ("a\"b", "\"a\"\"b\""),
            ("", "\"\""),
        ] {
            assert_eq!(quote_ident(name), sql);
        }
        assert_eq!(quote_literal("it's"), "'it''s'");
        assert_eq!(quote_literal("a\\'b"), " E'a\\\\''b'");
    }

    #[test]
    fn names() {
        for (text, shown) in [
            ("Foo", Some("foo")),
            ("\"Foo\" . Bar", Some("\"Foo\".bar")),
            ("db.s.t", Some("s.t")),
            ("s.user", Some("s.\"user\"")),
            ("table", None),
            ("a b", None),
            ("a.", None),
            ("", None),
        ] {
            let name = parse_object_name(text).map(|name| name.to_string());
            assert_eq!(name.as_deref(), shown, "{text}");
        }
    }

    #[test]
    fn names_round_trip() {
        for name in ["a", "A b", "x\"y", "select", "ünï", "$", "a.b", "--", "1"] {
            let object = ObjectName::qualified(name, name);
            assert_eq!(parse_object_name(&object.to_string()), Some(object));
        }
    }
}

//! YAML as a tree that remembers where everything stands.
//!
//! serde alone stops at the first fault and forgets places once values are merged. Settings here
//! are overridden per environment and all their faults are told together, so the reader builds a
//! tree first; [`crate::settings`] takes typed values out of it.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use crate::error::ConfigProblem;

/// A node and where it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) line: u64,
    pub(crate) column: u64,
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    /// `typed` says that the text may stand for a number or a truth value: it is not quoted, or it
    /// came from a variable.
    Scalar {
        text: String,
        typed: bool,
    },
    /// A scalar with a variable that has neither value nor default.
    Missing {
        variable: String,
    },
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A key and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) text: String,
    pub(crate) line: u64,
    pub(crate) column: u64,
}

impl Node {
    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|(k, _)| k.text == key).map(|(_, node)| node),
            _ => None,
        }
    }

    /// What kind of value this is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Scalar { .. } | Value::Missing { .. } => "a single value",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }

    /// Lays `over` on this node: mappings key by key, everything else as a whole.
    pub(crate) fn overlay(&mut self, over: &Node) {
        match (&mut self.value, &over.value) {
            (Value::Map(entries), Value::Map(overs)) => {
                for (key, node) in overs {
                    match entries.iter_mut().find(|(k, _)| k.text == key.text) {
                        Some((_, below)) => below.overlay(node),
                        None => entries.push((key.clone(), node.clone())),
                    }
                }
            }
            // A key with nothing after it changes nothing.
            (_, Value::Null) => {}
            _ => *self = over.clone(),
        }
    }
}

/// Reads one document and puts variables into it.
pub(crate) fn parse(path: &str, text: &str, variables: &BTreeMap<String, String>) -> Result<Node, ConfigProblem> {
    if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        return Ok(Node { value: Value::Null, line: 1, column: 1 });
    }
    let raw: Raw = serde_saphyr::from_str(text).map_err(|error| {
        let location = error.location();
        ConfigProblem {
            path: path.to_owned(),
            line: location.map_or(1, |location| location.line()),
            column: location.map_or(1, |location| location.column()),
            message: error_text(&error),
            hint: None,
        }
    })?;
    Builder { path, text, variables }.node(raw)
}

/// The parser's words without its picture of the source and its place, which we give ourselves.
fn error_text(error: &serde_saphyr::Error) -> String {
    let text = error.without_snippet().to_string();
    let text = text.lines().next().unwrap_or("not valid YAML");
    let text = text.split(" at line ").next().unwrap_or(text);
    let text = text.strip_prefix("error: ").unwrap_or(text);
    // Advice for programmers, not for those who write the file.
    let text = text.split(", set DuplicateKeyPolicy").next().unwrap_or(text);
    text.trim_end_matches([':', ',']).to_owned()
}

struct Raw(Spanned<RawValue>);

enum RawValue {
    Null,
    Text(String),
    /// A plain scalar that reads as a number or a truth value; its text is in the source.
    Typed(String),
    List(Vec<Raw>),
    Map(Vec<(Spanned<RawKey>, Raw)>),
}

struct RawKey(String);

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Spanned::<RawValue>::deserialize(deserializer).map(Raw)
    }
}

impl<'de> Deserialize<'de> for RawValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

impl<'de> Deserialize<'de> for RawKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(RawKey)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = RawValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<RawValue, E> {
        Ok(RawValue::Typed(value.to_string()))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<RawValue, E> {
        Ok(RawValue::Typed(value.to_string()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<RawValue, E> {
        Ok(RawValue::Typed(value.to_string()))
    }

    fn visit_i128<E: de::Error>(self, value: i128) -> Result<RawValue, E> {
        Ok(RawValue::Typed(value.to_string()))
    }

    fn visit_u128<E: de::Error>(self, value: u128) -> Result<RawValue, E> {
        Ok(RawValue::Typed(value.to_string()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<RawValue, E> {
        Ok(RawValue::Typed(value.to_string()))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<RawValue, E> {
        Ok(RawValue::Text(value.to_owned()))
    }

    fn visit_unit<E: de::Error>(self) -> Result<RawValue, E> {
        Ok(RawValue::Null)
    }

    fn visit_none<E: de::Error>(self) -> Result<RawValue, E> {
        Ok(RawValue::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<RawValue, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<RawValue, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(RawValue::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawValue, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(RawValue::Map(entries))
    }
}

struct Builder<'a> {
    path: &'a str,
    text: &'a str,
    variables: &'a BTreeMap<String, String>,
}

impl Builder<'_> {
    fn node(&self, raw: Raw) -> Result<Node, ConfigProblem> {
        let referenced = raw.0.referenced;
        let (line, column) = (referenced.line(), referenced.column());
        let value = match raw.0.value {
            RawValue::Null => Value::Null,
            RawValue::Text(text) => self.scalar(text, false, line, column)?,
            RawValue::Typed(text) => {
                // `001` must stay `001`: what was read as a number is taken from the source.
                let span = raw.0.defined.span();
                let source = span.byte_offset().zip(span.byte_len()).and_then(|(start, length)| {
                    let start = usize::try_from(start).ok()?;
                    let length = usize::try_from(length).ok()?;
                    self.text.get(start..start.checked_add(length)?)
                });
                let source = source.map(str::trim).filter(|source| !source.is_empty());
                Value::Scalar { text: source.map_or(text, str::to_owned), typed: true }
            }
            RawValue::List(items) => {
                let nodes: Result<_, _> = items.into_iter().map(|item| self.node(item)).collect();
                Value::List(nodes?)
            }
            RawValue::Map(entries) => {
                let mut nodes = Vec::new();
                for (key, item) in entries {
                    let place = key.referenced;
                    let key = Key { text: key.value.0, line: place.line(), column: place.column() };
                    nodes.push((key, self.node(item)?));
                }
                Value::Map(nodes)
            }
        };
        Ok(Node { value, line, column })
    }

    /// Puts variables into a text: `${NAME}`, `${NAME:default}`, `${NAME:-default}`; `$$` is `$`.
    fn scalar(&self, text: String, typed: bool, line: u64, column: u64) -> Result<Value, ConfigProblem> {
        if !text.contains('$') {
            return Ok(Value::Scalar { text, typed });
        }
        let mut out = String::new();
        let mut rest = text.as_str();
        let mut from_variable = false;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            if let Some(after) = after.strip_prefix('$') {
                out.push('$');
                rest = after;
                continue;
            }
            let Some(body) = after.strip_prefix('{') else {
                out.push('$');
                rest = after;
                continue;
            };
            let problem = |message: &str, hint: &str| ConfigProblem {
                path: self.path.to_owned(),
                line,
                column,
                message: message.to_owned(),
                hint: Some(hint.to_owned()),
            };
            let Some(end) = body.find('}') else {
                return Err(problem("`${` without `}`", "close it, or write `$${` for the characters themselves"));
            };
            let (name, default) = match body[..end].split_once(':') {
                Some((name, default)) => (name, Some(default.strip_prefix('-').unwrap_or(default))),
                None => (&body[..end], None),
            };
            let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if !plain {
                let message = format!("`{name}` is not the name of a variable");
                return Err(problem(&message, "write ${NAME} or ${NAME:default}"));
            }
            // As in a shell: an empty variable counts as none where there is a default.
            let value = self.variables.get(name).map(String::as_str);
            match value.filter(|value| !value.is_empty() || default.is_none()).or(default) {
                Some(value) => out.push_str(value),
                None => {
                    return Ok(Value::Missing { variable: name.to_owned() });
                }
            }
            from_variable = true;
            rest = &body[end + 1..];
        }
        out.push_str(rest);
        Ok(Value::Scalar { text: out, typed: typed || from_variable })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Node {
        parse("c.yaml", text, &BTreeMap::from([("SET".to_owned(), "9".to_owned())])).unwrap()
    }

    #[test]
    fn keeps_places_and_texts() {
        let node = read("a:\n  b: 001\n  c: [x, '2']\nd: yes # no\ne: 1.50\n");
        let b = node.get("a").and_then(|a| a.get("b")).unwrap();
        assert_eq!(b.value, Value::Scalar { text: "001".to_owned(), typed: true });
        assert_eq!((b.line, b.column), (2, 6));
        let e = node.get("e").unwrap();
        assert_eq!(e.value, Value::Scalar { text: "1.50".to_owned(), typed: true });
    }

    #[test]
    fn puts_variables_in() {
        let node = read("a: '${SET:1}'\nb: ${UNSET:1}\nc: x-${UNSET:-y}\nd: ${UNSET}\ne: a$$b\nf: ${UNSET:}");
        let text = |key: &str| node.get(key).map(|n| n.value.clone()).unwrap();
        assert_eq!(text("a"), Value::Scalar { text: "9".to_owned(), typed: true });
        assert_eq!(text("b"), Value::Scalar { text: "1".to_owned(), typed: true });
        assert_eq!(text("c"), Value::Scalar { text: "x-y".to_owned(), typed: true });
        assert_eq!(text("d"), Value::Missing { variable: "UNSET".to_owned() });
        assert_eq!(text("e"), Value::Scalar { text: "a$b".to_owned(), typed: false });
        assert_eq!(text("f"), Value::Scalar { text: String::new(), typed: true });
    }

    #[test]
    fn a_fault_has_a_place() {
        let problem = parse("c.yaml", "a: 1\nb: [1,\nc: 2\n", &BTreeMap::new()).unwrap_err();
        assert!(problem.line >= 2, "{problem}");
        let problem = parse("c.yaml", "a: 1\na: 2\n", &BTreeMap::new()).unwrap_err();
        assert_eq!(problem.line, 2, "{problem}");
    }
}

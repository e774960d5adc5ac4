//! A schema as it is written, before anything is known of what its names mean.

use crate::diagnostic::Span;

#[derive(Debug, Default)]
pub(crate) struct Document {
    pub(crate) configs: Vec<Config>,
    pub(crate) blocks: Vec<Block>,
    pub(crate) enums: Vec<Enum>,
}

#[derive(Debug, Clone)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// `datasource db { ... }`; a `generator` is read and let go.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) name: Name,
    pub(crate) properties: Vec<(Name, Value)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlockKind {
    Model,
    View,
    Type,
}

impl BlockKind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            BlockKind::Model => "model",
            BlockKind::View => "view",
            BlockKind::Type => "type",
        }
    }
}

#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) kind: BlockKind,
    pub(crate) name: Name,
    pub(crate) fields: Vec<Field>,
    pub(crate) attributes: Vec<Attribute>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arity {
    Required,
    Optional,
    List,
}

#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: Name,
    pub(crate) kind: FieldType,
    pub(crate) arity: Arity,
    pub(crate) attributes: Vec<Attribute>,
}

#[derive(Debug)]
pub(crate) enum FieldType {
    Named(Name),
    Unsupported(String),
}

#[derive(Debug)]
pub(crate) struct Enum {
    pub(crate) name: Name,
    pub(crate) values: Vec<EnumValue>,
    pub(crate) attributes: Vec<Attribute>,
}

#[derive(Debug)]
pub(crate) struct EnumValue {
    pub(crate) name: Name,
    pub(crate) attributes: Vec<Attribute>,
}

/// `@name(args)` or `@@name(args)`; the name of `@db.Uuid` is `db.Uuid`.
#[derive(Debug)]
pub(crate) struct Attribute {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) args: Vec<Arg>,
}

#[derive(Debug)]
pub(crate) struct Arg {
    pub(crate) name: Option<Name>,
    pub(crate) value: Value,
}

#[derive(Debug)]
pub(crate) struct Value {
    pub(crate) kind: ValueKind,
    pub(crate) span: Span,
}

#[derive(Debug)]
pub(crate) enum ValueKind {
    Text(String),
    Number(String),
    /// A bare word: a field, an enum value, `true`, `Cascade`.
    Word(String),
    Call(String, Vec<Arg>),
    List(Vec<Value>),
    Object(Vec<(Name, Value)>),
}

impl ValueKind {
    /// What it is, for messages.
    pub(crate) fn describe(&self) -> String {
        match self {
            ValueKind::Text(text) => format!("the string \"{text}\""),
            ValueKind::Number(number) => format!("the number {number}"),
            ValueKind::Word(word) => format!("`{word}`"),
            ValueKind::Call(name, _) => format!("`{name}()`"),
            ValueKind::List(_) => "a list".to_owned(),
            ValueKind::Object(_) => "an object".to_owned(),
        }
    }
}

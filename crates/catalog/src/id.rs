//! What an object is called.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use surefoot_sql::quote_ident;

/// A name; shared, because a table's name is part of the identity of all its parts.
pub type Name = Arc<str>;

/// The kinds of objects. Their order is the one in which a schema is best read: what stands on nothing first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are PostgreSQL's own")]
pub enum Kind {
    Role,
    Membership,
    Database,
    Schema,
    Extension,
    Language,
    AccessMethod,
    ForeignDataWrapper,
    Server,
    UserMapping,
    Collation,
    Conversion,
    BaseType,
    Enum,
    Domain,
    Composite,
    Range,
    TextSearchParser,
    TextSearchTemplate,
    TextSearchDictionary,
    TextSearchConfiguration,
    Function,
    Procedure,
    Aggregate,
    Operator,
    OperatorFamily,
    OperatorClass,
    Cast,
    Transform,
    Sequence,
    Table,
    Column,
    Default,
    SequenceOwner,
    Constraint,
    Index,
    Partition,
    Statistics,
    View,
    MaterializedView,
    Rule,
    Trigger,
    Policy,
    EventTrigger,
    Publication,
    Subscription,
    DefaultPrivilege,
    Setting,
}

impl Kind {
    /// The words SQL has for it, as in `COMMENT ON MATERIALIZED VIEW`.
    #[must_use]
    pub fn sql(self) -> &'static str {
        match self {
            Self::Role => "ROLE",
            Self::Membership => "MEMBERSHIP",
            Self::Database => "DATABASE",
            Self::Schema => "SCHEMA",
            Self::Extension => "EXTENSION",
            Self::Language => "LANGUAGE",
            Self::AccessMethod => "ACCESS METHOD",
            Self::ForeignDataWrapper => "FOREIGN DATA WRAPPER",
            Self::Server => "SERVER",
            Self::UserMapping => "USER MAPPING",
            Self::Collation => "COLLATION",
            Self::Conversion => "CONVERSION",
            Self::BaseType | Self::Enum | Self::Composite | Self::Range => "TYPE",
            Self::Domain => "DOMAIN",
            Self::TextSearchParser => "TEXT SEARCH PARSER",
            Self::TextSearchTemplate => "TEXT SEARCH TEMPLATE",
            Self::TextSearchDictionary => "TEXT SEARCH DICTIONARY",
            Self::TextSearchConfiguration => "TEXT SEARCH CONFIGURATION",
            Self::Function => "FUNCTION",
            Self::Procedure => "PROCEDURE",
            Self::Aggregate => "AGGREGATE",
            Self::Operator => "OPERATOR",
            Self::OperatorFamily => "OPERATOR FAMILY",
            Self::OperatorClass => "OPERATOR CLASS",
            Self::Cast => "CAST",
            Self::Transform => "TRANSFORM",
            Self::Sequence => "SEQUENCE",
            Self::Table => "TABLE",
            Self::Column => "COLUMN",
            Self::Default => "DEFAULT",
            Self::SequenceOwner => "SEQUENCE OWNER",
            Self::Constraint => "CONSTRAINT",
            Self::Index => "INDEX",
            Self::Partition => "PARTITION",
            Self::Statistics => "STATISTICS",
            Self::View => "VIEW",
            Self::MaterializedView => "MATERIALIZED VIEW",
            Self::Rule => "RULE",
            Self::Trigger => "TRIGGER",
            Self::Policy => "POLICY",
            Self::EventTrigger => "EVENT TRIGGER",
            Self::Publication => "PUBLICATION",
            Self::Subscription => "SUBSCRIPTION",
            Self::DefaultPrivilege => "DEFAULT PRIVILEGES",
            Self::Setting => "SETTING",
        }
    }

    /// The same in lower case, for sentences.
    #[must_use]
    pub fn word(self) -> String {
        match self {
            Self::Server => "foreign server".into(),
            Self::Enum => "enum".into(),
            Self::Composite => "composite type".into(),
            Self::Range => "range type".into(),
            Self::BaseType => "base type".into(),
            kind => kind.sql().to_lowercase(),
        }
    }

    /// Whether it is a data type that columns can have.
    #[must_use]
    pub fn is_type(self) -> bool {
        matches!(self, Self::BaseType | Self::Enum | Self::Domain | Self::Composite | Self::Range)
    }
}

/// The identity of an object: stable between databases, which OIDs are not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Id {
    /// What it is.
    pub kind: Kind,
    /// The schema, empty for what lives in none.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub schema: Name,
    /// The name. For a part of a relation (column, constraint, trigger, rule, policy) the relation's name; for a
    /// function and its like the name with the argument types.
    pub name: Name,
    /// The name of the part, or of the second object it takes (the role of a user mapping), else empty. For a
    /// function and its like the types of the input arguments, separated by comma and space.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub sub: Name,
}

fn is_empty(name: &Name) -> bool {
    name.is_empty()
}

impl Id {
    /// An identity of a kind that lives in a schema.
    #[must_use]
    pub fn new(kind: Kind, schema: &str, name: &str) -> Self {
        Self { kind, schema: schema.into(), name: name.into(), sub: "".into() }
    }

    /// The identity of a part of this relation or domain.
    #[must_use]
    pub fn part(&self, kind: Kind, sub: &str) -> Self {
        Self { kind, schema: self.schema.clone(), name: self.name.clone(), sub: sub.into() }
    }

    /// The same names under another kind.
    #[must_use]
    pub fn with_kind(&self, kind: Kind) -> Self {
        Self { kind, ..self.clone() }
    }

    /// The object of this kind that this one is a part of, or shares schema and name with.
    #[must_use]
    pub fn with_kind_only(&self, kind: Kind) -> Self {
        Self { kind, sub: "".into(), ..self.clone() }
    }

    /// Schema and name as SQL: `public.orders`, without the part.
    #[must_use]
    pub fn relation(&self) -> String {
        if self.schema.is_empty() {
            quote_ident(&self.name)
        } else {
            format!("{}.{}", quote_ident(&self.schema), quote_ident(&self.name))
        }
    }

    /// The part's name as SQL.
    #[must_use]
    pub fn part_name(&self) -> String {
        quote_ident(&self.sub)
    }

    /// How SQL refers to it after the words of its kind: `public.add(integer, integer)`, `low ON public.orders`.
    #[must_use]
    pub fn reference(&self) -> String {
        match self.kind {
            Kind::Aggregate if self.sub.is_empty() => format!("{}(*)", self.relation()),
            Kind::Function | Kind::Procedure | Kind::Aggregate => format!("{}({})", self.relation(), self.sub),
            Kind::Operator if self.schema.is_empty() => format!("{} ({})", self.name, self.sub),
            Kind::Operator => format!("{}.{} ({})", quote_ident(&self.schema), self.name, self.sub),
            Kind::OperatorClass | Kind::OperatorFamily => format!("{} USING {}", self.relation(), self.part_name()),
            Kind::Constraint | Kind::Trigger | Kind::Policy | Kind::Rule => {
                format!("{} ON {}", self.part_name(), self.relation())
            }
            Kind::Column | Kind::Default => format!("{}.{}", self.relation(), self.part_name()),
            Kind::Cast => format!("({} AS {})", self.name, self.sub),
            Kind::Transform => format!("FOR {} LANGUAGE {}", self.name, self.part_name()),
            Kind::Membership => format!("of {} in {}", self.part_name(), self.relation()),
            Kind::UserMapping => format!("FOR {} SERVER {}", self.sub, self.relation()),
            _ => self.relation(),
        }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.word(), self.reference())
    }
}

//! What has to be done about one object.

use surefoot_catalog::{Body, Catalog, Object};

use crate::{Options, objects};

/// What the modules of the kinds may look at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) from: &'a Catalog,
    pub(crate) to: &'a Catalog,
    pub(crate) options: &'a Options,
}

/// A statement of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) sql: String,
    pub(crate) loss: Option<String>,
    pub(crate) alone: bool,
}

impl Statement {
    /// A statement that loses something.
    pub(crate) fn losing(sql: String, loss: impl Into<String>) -> Self {
        Self { sql, loss: Some(loss.into()), alone: false }
    }

    /// A statement that cannot run in a transaction.
    pub(crate) fn alone(sql: String) -> Self {
        Self { sql, loss: None, alone: true }
    }
}

impl From<String> for Statement {
    fn from(sql: String) -> Self {
        Self { sql, loss: None, alone: false }
    }
}

/// What has to be done about an object that both schemas have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// Nothing.
    Same,
    /// These statements. `disturbs` means that what depends on it cannot stay meanwhile (see `planner::disturbed`).
    Alter { statements: Vec<Statement>, disturbs: bool },
    /// PostgreSQL cannot change it: it is dropped and made again.
    Replace,
}

impl Change {
    /// These statements, which disturb nobody; nothing when there are none.
    pub(crate) fn of(statements: Vec<Statement>) -> Self {
        if statements.is_empty() { Self::Same } else { Self::Alter { statements, disturbs: false } }
    }

    /// One statement that disturbs nobody.
    pub(crate) fn one(sql: String) -> Self {
        Self::of(vec![sql.into()])
    }
}

/// The statements that make an object, without owner, privileges and comment.
pub(crate) fn create(cx: Context<'_>, object: &Object) -> Vec<Statement> {
    match &object.body {
        Body::Schema(_) => objects::schema::create(object),
        Body::Enum(body) => objects::types::create_enum(object, body),
        Body::Domain(body) => objects::types::create_domain(object, body),
        Body::Composite(body) => objects::types::create_composite(object, body),
        Body::Range(body) => objects::types::create_range(object, body),
        Body::Function(body) => objects::function::create(body),
        Body::Sequence(body) => objects::sequence::create(object, body),
        Body::SequenceOwner(body) => objects::sequence::own(object, body),
        Body::Table(body) => objects::table::create(cx, object, body, &[]),
        Body::Column(body) => objects::column::add(cx, object, body, None),
        Body::Default(body) => objects::column::set_default(object, body),
        Body::Constraint(body) => objects::constraint::create(cx, object, body),
        Body::Index(body) => objects::index::create(cx, object, body),
        Body::Partition(body) => objects::table::attach(object, body),
        Body::View(body) => objects::view::create(object, body),
        Body::MaterializedView(body) => objects::view::create_materialized(object, body),
        Body::Rule(body) => objects::rule::create(object, body),
        Body::Trigger(body) => objects::trigger::create(object, body),
        Body::Policy(body) => objects::policy::create(object, body),
    }
}

/// The statements that drop an object.
pub(crate) fn drop(cx: Context<'_>, object: &Object) -> Vec<Statement> {
    match &object.body {
        Body::Schema(_)
        | Body::Enum(_)
        | Body::Domain(_)
        | Body::Composite(_)
        | Body::Range(_)
        | Body::Function(_)
        | Body::Sequence(_)
        | Body::View(_)
        | Body::MaterializedView(_) => {
            vec![format!("DROP {} {}", object.id.kind.sql(), object.id.reference()).into()]
        }
        Body::Trigger(body) => objects::trigger::drop(cx, object, body),
        Body::Rule(_) | Body::Policy(_) => {
            vec![format!("DROP {} {}", object.id.kind.sql(), object.id.reference()).into()]
        }
        Body::SequenceOwner(_) => objects::sequence::disown(cx, object),
        Body::Table(body) => objects::table::drop(object, body),
        Body::Column(_) => objects::column::drop(object),
        Body::Default(_) => objects::column::drop_default(object),
        Body::Constraint(_) => objects::constraint::drop(object),
        Body::Index(body) => objects::index::drop(cx, object, body),
        Body::Partition(body) => objects::table::detach(object, body),
    }
}

/// What makes `old` into `new`, which has the same identity; owner, privileges and comment aside.
pub(crate) fn alter(cx: Context<'_>, old: &Object, new: &Object) -> Change {
    match (&old.body, &new.body) {
        (Body::Schema(_), Body::Schema(_)) => Change::Same,
        (Body::Enum(a), Body::Enum(b)) => objects::types::alter_enum(new, a, b),
        (Body::Domain(a), Body::Domain(b)) => objects::types::alter_domain(cx, new, a, b),
        (Body::Composite(a), Body::Composite(b)) => objects::types::alter_composite(cx, new, a, b),
        (Body::Range(a), Body::Range(b)) => same_or_replace(a, b),
        (Body::Function(a), Body::Function(b)) => objects::function::alter(a, b),
        (Body::Sequence(a), Body::Sequence(b)) => objects::sequence::alter(new, a, b),
        (Body::SequenceOwner(a), Body::SequenceOwner(b)) => {
            if a == b {
                Change::Same
            } else {
                Change::of(objects::sequence::own(new, b))
            }
        }
        (Body::Table(a), Body::Table(b)) => objects::table::alter(cx, new, a, b),
        (Body::Column(a), Body::Column(b)) => objects::column::alter(cx, new, a, b),
        (Body::Default(a), Body::Default(b)) => {
            if a == b {
                Change::Same
            } else {
                Change::of(objects::column::set_default(new, b))
            }
        }
        (Body::Constraint(a), Body::Constraint(b)) => objects::constraint::alter(cx, new, a, b),
        (Body::Index(a), Body::Index(b)) => objects::index::alter(cx, new, a, b),
        (Body::Partition(a), Body::Partition(b)) => same_or_replace(a, b),
        (Body::View(a), Body::View(b)) => objects::view::alter(new, a, b),
        (Body::MaterializedView(a), Body::MaterializedView(b)) => objects::view::alter_materialized(new, a, b),
        (Body::Rule(a), Body::Rule(b)) => objects::rule::alter(new, a, b),
        (Body::Trigger(a), Body::Trigger(b)) => objects::trigger::alter(new, a, b),
        (Body::Policy(a), Body::Policy(b)) => objects::policy::alter(new, a, b),
        // The same identity means the same kind; should two kinds ever share one, this is right for them.
        _ => Change::Replace,
    }
}

/// For kinds that PostgreSQL cannot alter.
pub(crate) fn same_or_replace<T: PartialEq>(old: &T, new: &T) -> Change {
    if old == new { Change::Same } else { Change::Replace }
}

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
        Body::Role(body) => objects::role::create(object, body),
        Body::Membership(body) => objects::role::join(cx, object, body),
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
        Body::Database(_) => Vec::new(),
        Body::Extension(body) => objects::extension::create(object, body),
        Body::Language(body) => objects::language::create(object, body),
        Body::AccessMethod(body) => objects::language::create_access_method(object, body),
        Body::Cast(body) => objects::language::create_cast(object, body),
        Body::Transform(body) => objects::language::create_transform(object, body),
        Body::ForeignDataWrapper(body) => objects::foreign::create_wrapper(object, body),
        Body::Server(body) => objects::foreign::create_server(object, body),
        Body::UserMapping(body) => objects::foreign::create_mapping(object, body),
        Body::Collation(body) => objects::collation::create(object, body),
        Body::Conversion(body) => objects::collation::create_conversion(object, body),
        Body::BaseType(_) => objects::base_type::create_shell(object),
        Body::TextSearchParser(body) => objects::text_search::create_functions(object, &body.functions),
        Body::TextSearchTemplate(body) => objects::text_search::create_functions(object, &body.functions),
        Body::TextSearchDictionary(body) => objects::text_search::create_dictionary(object, body),
        Body::TextSearchConfiguration(body) => objects::text_search::create_configuration(object, body),
        Body::Aggregate(body) => objects::aggregate::create(object, body),
        Body::Operator(body) => objects::operator::create(object, body),
        Body::OperatorFamily(body) => objects::operator::create_family(object, body),
        Body::OperatorClass(body) => objects::operator::create_class(object, body),
        Body::Statistics(body) => objects::statistics::create(object, body),
        Body::EventTrigger(body) => objects::event_trigger::create(object, body),
        Body::Publication(body) => objects::publication::create(object, body),
        Body::Subscription(body) => objects::publication::create_subscription(object, body),
        Body::Setting(body) => objects::setting::set(object, body),
        Body::DefaultPrivilege(body) => objects::setting::create_default(cx, object, body),
    }
}

/// The statements that drop an object.
pub(crate) fn drop(cx: Context<'_>, object: &Object) -> Vec<Statement> {
    match &object.body {
        Body::Schema(_)
        | Body::Enum(_)
        | Body::Domain(_)
        | Body::Composite(_)
        | Body::Function(_)
        | Body::Sequence(_)
        | Body::View(_)
        | Body::MaterializedView(_) => {
            vec![format!("DROP {} {}", object.id.kind.sql(), object.id.reference()).into()]
        }
        Body::Trigger(body) => objects::trigger::drop(cx, object, body),
        Body::Extension(_) => objects::extension::drop(cx, object),
        Body::Rule(_)
        | Body::Policy(_)
        | Body::Language(_)
        | Body::AccessMethod(_)
        | Body::Cast(_)
        | Body::Transform(_)
        | Body::ForeignDataWrapper(_)
        | Body::Server(_)
        | Body::UserMapping(_)
        | Body::Collation(_)
        | Body::Conversion(_)
        | Body::TextSearchParser(_)
        | Body::TextSearchTemplate(_)
        | Body::TextSearchDictionary(_)
        | Body::TextSearchConfiguration(_)
        | Body::Aggregate(_)
        | Body::Operator(_)
        | Body::OperatorFamily(_)
        | Body::OperatorClass(_)
        | Body::Statistics(_)
        | Body::EventTrigger(_)
        | Body::Publication(_) => {
            vec![format!("DROP {} {}", object.id.kind.sql(), object.id.reference()).into()]
        }
        Body::Role(_) => objects::role::drop(object),
        Body::Membership(body) => objects::role::leave(object, body),
        // It is where everything else is.
        Body::Database(_) => Vec::new(),
        Body::BaseType(_) | Body::Range(_) => objects::base_type::drop(object),
        Body::Subscription(body) => objects::publication::drop_subscription(object, body),
        Body::Setting(_) => objects::setting::reset(object),
        Body::DefaultPrivilege(body) => objects::setting::drop_default(cx, object, body),
        Body::SequenceOwner(_) => objects::sequence::disown(cx, object),
        Body::Table(body) => objects::table::drop(object, body),
        Body::Column(_) => objects::column::drop(cx, object),
        Body::Default(_) => objects::column::drop_default(object),
        Body::Constraint(_) => objects::constraint::drop(object),
        Body::Index(body) => objects::index::drop(cx, object, body),
        Body::Partition(body) => objects::table::detach(cx, object, body),
    }
}

/// What makes `old` into `new`, which has the same identity; owner, privileges and comment aside.
pub(crate) fn alter(cx: Context<'_>, old: &Object, new: &Object) -> Change {
    match (&old.body, &new.body) {
        (Body::Role(a), Body::Role(b)) => objects::role::alter(new, a, b),
        (Body::Membership(a), Body::Membership(b)) => objects::role::alter_membership(cx, new, a, b),
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
        (Body::Database(_), Body::Database(_)) => Change::Same,
        (Body::Extension(a), Body::Extension(b)) => objects::extension::alter(cx, new, a, b),
        (Body::Language(a), Body::Language(b)) => objects::language::alter(new, a, b),
        (Body::AccessMethod(a), Body::AccessMethod(b)) => same_or_replace(a, b),
        (Body::Cast(a), Body::Cast(b)) => same_or_replace(a, b),
        (Body::Transform(a), Body::Transform(b)) => objects::language::alter_transform(new, a, b),
        (Body::ForeignDataWrapper(a), Body::ForeignDataWrapper(b)) => objects::foreign::alter_wrapper(new, a, b),
        (Body::Server(a), Body::Server(b)) => objects::foreign::alter_server(new, a, b),
        (Body::UserMapping(a), Body::UserMapping(b)) => objects::foreign::alter_mapping(new, a, b),
        (Body::Collation(a), Body::Collation(b)) => same_or_replace(a, b),
        (Body::Conversion(a), Body::Conversion(b)) => same_or_replace(a, b),
        (Body::BaseType(a), Body::BaseType(b)) => objects::base_type::alter(new, a, b),
        (Body::TextSearchParser(a), Body::TextSearchParser(b)) => same_or_replace(a, b),
        (Body::TextSearchTemplate(a), Body::TextSearchTemplate(b)) => same_or_replace(a, b),
        (Body::TextSearchDictionary(a), Body::TextSearchDictionary(b)) => {
            objects::text_search::alter_dictionary(new, a, b)
        }
        (Body::TextSearchConfiguration(a), Body::TextSearchConfiguration(b)) => {
            objects::text_search::alter_configuration(new, a, b)
        }
        (Body::Aggregate(a), Body::Aggregate(b)) => objects::aggregate::alter(new, a, b),
        (Body::Operator(a), Body::Operator(b)) => objects::operator::alter(cx, new, a, b),
        (Body::OperatorFamily(a), Body::OperatorFamily(b)) => objects::operator::alter_family(new, a, b),
        (Body::OperatorClass(a), Body::OperatorClass(b)) => same_or_replace(a, b),
        (Body::Statistics(a), Body::Statistics(b)) => objects::statistics::alter(new, a, b),
        (Body::EventTrigger(a), Body::EventTrigger(b)) => objects::event_trigger::alter(new, a, b),
        (Body::Publication(a), Body::Publication(b)) => objects::publication::alter(new, a, b),
        (Body::Subscription(a), Body::Subscription(b)) => objects::publication::alter_subscription(new, a, b),
        (Body::Setting(a), Body::Setting(b)) => {
            if a == b {
                Change::Same
            } else {
                Change::of(objects::setting::set(new, b))
            }
        }
        (Body::DefaultPrivilege(a), Body::DefaultPrivilege(b)) => objects::setting::alter_default(cx, new, a, b),
        // The same identity means the same kind; should two kinds ever share one, this is right for them.
        _ => Change::Replace,
    }
}

/// For kinds that PostgreSQL cannot alter.
pub(crate) fn same_or_replace<T: PartialEq>(old: &T, new: &T) -> Change {
    if old == new { Change::Same } else { Change::Replace }
}

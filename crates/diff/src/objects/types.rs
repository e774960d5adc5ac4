//! Enums, domains, composite types and ranges.

use surefoot_catalog::objects::{Attribute, Composite, Domain, Enum, Range};
use surefoot_catalog::{Body, Kind, Object};
use surefoot_sql::{quote_ident, quote_literal};

use crate::change::{Change, Context, Statement};
use crate::common::literal_or_null;

pub(crate) fn create_enum(object: &Object, body: &Enum) -> Vec<Statement> {
    let labels: Vec<String> = body.labels.iter().map(|l| label(l)).collect();
    vec![format!("CREATE TYPE {} AS ENUM ({})", object.id.relation(), labels.join(", ")).into()]
}

fn label(text: &str) -> String {
    quote_literal(text).trim_start().to_owned()
}

/// Values are added in place. One that is gone, or another order, takes a new type (`planner` swaps it in).
pub(crate) fn alter_enum(object: &Object, old: &Enum, new: &Enum) -> Change {
    let mut kept = new.labels.iter().filter(|l| old.labels.contains(l));
    if !old.labels.iter().all(|l| kept.next() == Some(l)) {
        return Change::Replace;
    }
    let mut out: Vec<Statement> = Vec::new();
    for (i, added) in new.labels.iter().enumerate().filter(|(_, l)| !old.labels.contains(l)) {
        let place = match i.checked_sub(1).and_then(|i| new.labels.get(i)) {
            Some(before) if new.labels[i..].iter().any(|l| old.labels.contains(l)) => {
                format!(" AFTER {}", label(before))
            }
            Some(_) => String::new(),
            None => old.labels.first().map(|first| format!(" BEFORE {}", label(first))).unwrap_or_default(),
        };
        out.push(format!("ALTER TYPE {} ADD VALUE {}{place}", object.id.relation(), label(added)).into());
    }
    Change::of(out)
}

pub(crate) fn create_domain(object: &Object, body: &Domain) -> Vec<Statement> {
    let mut sql = format!("CREATE DOMAIN {} AS {}", object.id.relation(), body.base);
    if let Some(collation) = &body.collation {
        sql.push_str(&format!(" COLLATE {collation}"));
    }
    if let Some(default) = &body.default {
        sql.push_str(&format!(" DEFAULT {default}"));
    }
    if body.not_null {
        sql.push_str(" NOT NULL");
    }
    let (valid, not_valid): (Vec<_>, Vec<_>) =
        body.constraints.iter().partition(|c| !c.definition.ends_with(" NOT VALID"));
    for constraint in valid {
        sql.push_str(&format!("\n    CONSTRAINT {} {}", quote_ident(&constraint.name), constraint.definition));
    }
    let mut out: Vec<Statement> = vec![sql.into()];
    for constraint in not_valid {
        out.push(add_domain_constraint(object, constraint));
    }
    for constraint in &body.constraints {
        if constraint.comment.is_some() {
            out.push(domain_comment(object, constraint));
        }
    }
    out
}

/// A domain without its checks, which come when the functions they call are there.
pub(crate) fn without_checks(body: &Domain) -> Domain {
    Domain { constraints: Vec::new(), ..body.clone() }
}

/// The checks of a domain that was made without them.
pub(crate) fn add_checks(object: &Object) -> Vec<Statement> {
    let Body::Domain(body) = &object.body else { return Vec::new() };
    let comments = body.constraints.iter().filter(|c| c.comment.is_some());
    let checks = body.constraints.iter().map(|c| add_domain_constraint(object, c));
    checks.chain(comments.map(|c| domain_comment(object, c))).collect()
}

/// Takes the checks of a domain away before the functions they call are dropped.
pub(crate) fn drop_checks(object: &Object) -> Vec<Statement> {
    let Body::Domain(body) = &object.body else { return Vec::new() };
    let drop = |c: &surefoot_catalog::objects::DomainConstraint| {
        format!("ALTER DOMAIN {} DROP CONSTRAINT {}", object.id.relation(), quote_ident(&c.name)).into()
    };
    body.constraints.iter().map(drop).collect()
}

fn add_domain_constraint(object: &Object, constraint: &surefoot_catalog::objects::DomainConstraint) -> Statement {
    let name = quote_ident(&constraint.name);
    format!("ALTER DOMAIN {} ADD CONSTRAINT {name} {}", object.id.relation(), constraint.definition).into()
}

fn domain_comment(object: &Object, constraint: &surefoot_catalog::objects::DomainConstraint) -> Statement {
    format!(
        "COMMENT ON CONSTRAINT {} ON DOMAIN {} IS {}",
        quote_ident(&constraint.name),
        object.id.relation(),
        literal_or_null(constraint.comment.as_deref())
    )
    .into()
}

pub(crate) fn alter_domain(cx: Context<'_>, object: &Object, old: &Domain, new: &Domain) -> Change {
    // The server does not look for offending values inside of composite values, and refuses.
    let checks = |d: &Domain| d.constraints.iter().map(|c| c.definition.clone()).collect::<Vec<_>>();
    let tighter = (new.not_null && !old.not_null) || checks(new).iter().any(|c| !checks(old).contains(c));
    let inside = tighter && (used_by(cx, object, Kind::Composite) || in_array(cx, object));
    if inside || old.base != new.base || old.collation != new.collation {
        return Change::Replace;
    }
    let name = object.id.relation();
    let mut out: Vec<Statement> = Vec::new();
    for constraint in &old.constraints {
        let same = |c: &&surefoot_catalog::objects::DomainConstraint| c.name == constraint.name;
        match new.constraints.iter().find(same) {
            Some(after) if after.definition == constraint.definition => {}
            Some(after) if constraint.definition.strip_suffix(" NOT VALID") == Some(&after.definition) => {
                out.push(format!("ALTER DOMAIN {name} VALIDATE CONSTRAINT {}", quote_ident(&after.name)).into());
            }
            _ => out.push(format!("ALTER DOMAIN {name} DROP CONSTRAINT {}", quote_ident(&constraint.name)).into()),
        }
    }
    if old.default != new.default {
        out.push(match &new.default {
            Some(default) => format!("ALTER DOMAIN {name} SET DEFAULT {default}").into(),
            None => format!("ALTER DOMAIN {name} DROP DEFAULT").into(),
        });
    }
    if old.not_null != new.not_null {
        let verb = if new.not_null { "SET" } else { "DROP" };
        out.push(format!("ALTER DOMAIN {name} {verb} NOT NULL").into());
    }
    for constraint in &new.constraints {
        let before = old.constraints.iter().find(|c| c.name == constraint.name);
        let stays = before.is_some_and(|b| {
            b.definition == constraint.definition
                || b.definition.strip_suffix(" NOT VALID") == Some(&constraint.definition)
        });
        if !stays {
            out.push(add_domain_constraint(object, constraint));
        }
        let comment = before.filter(|_| stays).and_then(|b| b.comment.as_ref());
        if comment != constraint.comment.as_ref() {
            out.push(domain_comment(object, constraint));
        }
    }
    Change::of(out)
}

pub(crate) fn create_composite(object: &Object, body: &Composite) -> Vec<Statement> {
    let attributes: Vec<String> = body.attributes.iter().map(attribute).collect();
    let inside = if attributes.is_empty() { String::new() } else { format!("\n    {}\n", attributes.join(",\n    ")) };
    let mut out: Vec<Statement> = vec![format!("CREATE TYPE {} AS ({inside})", object.id.relation()).into()];
    for a in body.attributes.iter().filter(|a| a.comment.is_some()) {
        out.push(attribute_comment(object, a));
    }
    out
}

fn attribute(a: &Attribute) -> String {
    let collation = a.collation.as_ref().map(|c| format!(" COLLATE {c}")).unwrap_or_default();
    format!("{} {}{collation}", quote_ident(&a.name), a.type_name)
}

fn attribute_comment(object: &Object, a: &Attribute) -> Statement {
    let comment = literal_or_null(a.comment.as_deref());
    format!("COMMENT ON COLUMN {}.{} IS {comment}", object.id.relation(), quote_ident(&a.name)).into()
}

/// Attributes at the end are added and attributes are dropped in place; the type of one can be changed while no
/// column uses the composite type.
pub(crate) fn alter_composite(cx: Context<'_>, object: &Object, old: &Composite, new: &Composite) -> Change {
    let kept: Vec<&Attribute> =
        old.attributes.iter().filter(|a| new.attributes.iter().any(|b| b.name == a.name)).collect();
    let in_order = new.attributes.iter().zip(&kept).all(|(b, a)| a.name == b.name);
    let retyped = kept.iter().any(|a| {
        new.attributes.iter().any(|b| b.name == a.name && (b.type_name != a.type_name || b.collation != a.collation))
    });
    if !in_order || (retyped && used_by_column(cx, object)) {
        return Change::Replace;
    }
    let name = object.id.relation();
    // Typed tables follow.
    let cascade = if used_by_table(cx, object) { " CASCADE" } else { "" };
    let mut out: Vec<Statement> = Vec::new();
    for a in &old.attributes {
        match new.attributes.iter().find(|b| b.name == a.name) {
            None => out.push(Statement::losing(
                format!("ALTER TYPE {name} DROP ATTRIBUTE {}{cascade}", quote_ident(&a.name)),
                format!("the attribute {} of all values of {name}", quote_ident(&a.name)),
            )),
            Some(b) if b.type_name != a.type_name || b.collation != a.collation => {
                let collation = b.collation.as_ref().map(|c| format!(" COLLATE {c}")).unwrap_or_default();
                let attribute = quote_ident(&b.name);
                out.push(
                    format!("ALTER TYPE {name} ALTER ATTRIBUTE {attribute} TYPE {}{collation}{cascade}", b.type_name)
                        .into(),
                );
            }
            Some(_) => {}
        }
    }
    for b in &new.attributes {
        let before = old.attributes.iter().find(|a| a.name == b.name);
        if before.is_none() {
            out.push(format!("ALTER TYPE {name} ADD ATTRIBUTE {}{cascade}", attribute(b)).into());
        }
        if before.and_then(|a| a.comment.as_ref()) != b.comment.as_ref() {
            out.push(attribute_comment(object, b));
        }
    }
    Change::of(out)
}

fn used_by(cx: Context<'_>, object: &Object, kind: Kind) -> bool {
    let Some(position) = cx.from.position(&object.id) else { return false };
    (0..cx.from.objects().len())
        .filter(|i| cx.from.objects()[*i].id.kind == kind)
        .any(|i| cx.from.depends_on(i).iter().any(|to| *to as usize == position))
}

/// Whether a column holds arrays of it.
fn in_array(cx: Context<'_>, object: &Object) -> bool {
    let array = format!("{}[]", object.id.relation());
    cx.from.objects().iter().any(|o| matches!(&o.body, surefoot_catalog::Body::Column(c) if c.type_name == array))
}

fn used_by_column(cx: Context<'_>, object: &Object) -> bool {
    used_by(cx, object, Kind::Column)
}

fn used_by_table(cx: Context<'_>, object: &Object) -> bool {
    used_by(cx, object, Kind::Table)
}

pub(crate) fn create_range(object: &Object, body: &Range) -> Vec<Statement> {
    let mut clauses = vec![format!("SUBTYPE = {}", body.subtype)];
    for (name, value) in [
        ("SUBTYPE_OPCLASS", &body.opclass),
        ("COLLATION", &body.collation),
        ("CANONICAL", &body.canonical),
        ("SUBTYPE_DIFF", &body.subtype_diff),
        ("MULTIRANGE_TYPE_NAME", &body.multirange),
    ] {
        clauses.extend(value.as_ref().map(|value| format!("{name} = {value}")));
    }
    vec![format!("CREATE TYPE {} AS RANGE ({})", object.id.relation(), clauses.join(", ")).into()]
}

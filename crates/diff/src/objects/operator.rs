//! Operators, operator families and operator classes.

use surefoot_catalog::objects::{Operator, OperatorClass, OperatorFamily, OperatorMember};
use surefoot_catalog::{Body, Id, Object};
use surefoot_sql::quote_ident;

use crate::change::{Change, Context, Statement};

pub(crate) fn create(object: &Object, body: &Operator) -> Vec<Statement> {
    let mut lines = vec![format!("FUNCTION = {}", body.function)];
    let other = |id: &Id| format!("OPERATOR({})", bare(id));
    let links = [
        ("LEFTARG", body.left.clone()),
        ("RIGHTARG", body.right.clone()),
        ("COMMUTATOR", body.commutator.as_ref().map(other)),
        ("NEGATOR", body.negator.as_ref().map(other)),
        ("RESTRICT", body.restrict.clone()),
        ("JOIN", body.join.clone()),
    ];
    lines.extend(links.into_iter().filter_map(|(name, value)| Some(format!("{name} = {}", value?))));
    lines.extend(body.hashes.then(|| "HASHES".to_owned()));
    lines.extend(body.merges.then(|| "MERGES".to_owned()));
    vec![format!("CREATE OPERATOR {} (\n    {}\n)", bare(&object.id), lines.join(",\n    ")).into()]
}

/// Schema and name, without the types.
fn bare(id: &Id) -> String {
    format!("{}.{}", quote_ident(&id.schema), id.name)
}

/// The links between two operators are set on both sides when the second is made, and go when one is dropped.
pub(crate) fn alter(cx: Context<'_>, object: &Object, old: &Operator, new: &Operator) -> Change {
    let fixed = |o: &Operator| (o.function.clone(), o.left.clone(), o.right.clone(), o.result.clone());
    if fixed(old) != fixed(new) {
        return Change::Replace;
    }
    let left = |id: &Option<Id>| id.clone().filter(|id| cx.to.get(id).is_some() || cx.from.get(id).is_none());
    let comes = |id: &Id, back: fn(&Operator) -> &Option<Id>| {
        cx.from.get(id).is_none()
            && matches!(cx.to.get(id).map(|o| &o.body), Some(Body::Operator(o)) if back(o).as_ref() == Some(&object.id))
    };
    let mut set = Vec::new();
    for (name, a, b, back) in [
        ("COMMUTATOR", &old.commutator, &new.commutator, (|o| &o.commutator) as fn(&Operator) -> &Option<Id>),
        ("NEGATOR", &old.negator, &new.negator, |o| &o.negator),
    ] {
        match (left(a), b) {
            (a, b) if a == *b => {}
            (None, Some(id)) if comes(id, back) => {}
            (None, Some(id)) => set.push(format!("{name} = OPERATOR({})", bare(id))),
            _ => return Change::Replace,
        }
    }
    for (name, a, b) in [("HASHES", old.hashes, new.hashes), ("MERGES", old.merges, new.merges)] {
        match (a, b) {
            (false, true) => set.push(name.to_owned()),
            (true, false) => return Change::Replace,
            _ => {}
        }
    }
    if !set.is_empty() && cx.from.major() < 17 {
        return Change::Replace;
    }
    for (name, a, b) in [("RESTRICT", &old.restrict, &new.restrict), ("JOIN", &old.join, &new.join)] {
        if a != b {
            set.push(format!("{name} = {}", b.as_deref().unwrap_or("NONE")));
        }
    }
    if set.is_empty() {
        return Change::Same;
    }
    Change::one(format!("ALTER OPERATOR {} SET ({})", object.id.reference(), set.join(", ")))
}

fn member(member: &OperatorMember) -> String {
    if member.sort == "OPERATOR" {
        return format!("OPERATOR {} {}", member.number, member.what);
    }
    format!("FUNCTION {} ({}, {}) {}", member.number, member.types.0, member.types.1, member.what)
}

pub(crate) fn create_family(object: &Object, body: &OperatorFamily) -> Vec<Statement> {
    let mut out: Vec<Statement> = vec![format!("CREATE OPERATOR FAMILY {}", object.id.reference()).into()];
    out.extend(add(object, body.members.iter()));
    out
}

fn add<'a>(object: &Object, members: impl Iterator<Item = &'a OperatorMember>) -> Option<Statement> {
    let list: Vec<String> = members.map(member).collect();
    (!list.is_empty())
        .then(|| format!("ALTER OPERATOR FAMILY {} ADD\n    {}", object.id.reference(), list.join(",\n    ")).into())
}

pub(crate) fn alter_family(object: &Object, old: &OperatorFamily, new: &OperatorFamily) -> Change {
    let mut out: Vec<Statement> = Vec::new();
    let gone: Vec<String> = old
        .members
        .iter()
        .filter(|m| !new.members.contains(m))
        .map(|m| format!("{} {} ({}, {})", m.sort, m.number, m.types.0, m.types.1))
        .collect();
    if !gone.is_empty() {
        let list = gone.join(",\n    ");
        out.push(format!("ALTER OPERATOR FAMILY {} DROP\n    {list}", object.id.reference()).into());
    }
    out.extend(add(object, new.members.iter().filter(|m| !old.members.contains(m))));
    Change::of(out)
}

pub(crate) fn create_class(object: &Object, body: &OperatorClass) -> Vec<Statement> {
    let default = if body.default { "DEFAULT " } else { "" };
    let mut lines: Vec<String> = body.members.iter().map(member).collect();
    if let Some(storage) = &body.storage {
        lines.push(format!("STORAGE {storage}"));
    }
    if lines.is_empty() {
        // The list may not be empty; this says nothing.
        lines.push(format!("STORAGE {}", body.data_type));
    }
    let (name, method) = (object.id.relation(), object.id.part_name());
    vec![
        format!(
            "CREATE OPERATOR CLASS {name} {default}FOR TYPE {} USING {method} FAMILY {} AS\n    {}",
            body.data_type,
            body.family,
            lines.join(",\n    ")
        )
        .into(),
    ]
}

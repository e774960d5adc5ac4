//! Some tables of a schema, with what they need.

use std::collections::BTreeSet;

use surefoot_catalog::{Body, Catalog, Id, Kind};

use super::rows::SequenceValue;
use crate::{Error, Result};

/// The part of a schema that these tables need; all of it when none are named.
///
/// # Errors
/// [`Error::Usage`] for a pattern that no table fits.
pub(super) fn catalog(whole: &Catalog, patterns: &[String], left_out: &mut Vec<String>) -> Result<Catalog> {
    if patterns.is_empty() {
        return Ok(whole.clone());
    }
    let mut chosen: BTreeSet<Id> = BTreeSet::new();
    for pattern in patterns {
        let before = chosen.len();
        for object in whole.objects().iter().filter(|o| o.id.kind == Kind::Table) {
            let full = format!("{}.{}", object.id.schema, object.id.name);
            if fits(pattern, &full) || (!pattern.contains('.') && fits(pattern, &object.id.name)) {
                chosen.insert(object.id.clone());
            }
        }
        if chosen.len() == before {
            let names = whole.objects().iter().filter(|o| o.id.kind == Kind::Table);
            let names: Vec<String> = names.map(|o| format!("{}.{}", o.id.schema, o.id.name)).collect();
            let near = surefoot_source::nearest(pattern, names.iter().map(String::as_str));
            return Err(Error::Usage {
                message: format!("no table is called {pattern}"),
                hint: near.map_or_else(
                    || "write schema.table, with * for any text".to_owned(),
                    |near| format!("did you mean {near}?"),
                ),
            });
        }
    }
    // The partitions of a table are its rows.
    loop {
        let more: Vec<Id> = whole
            .objects()
            .iter()
            .filter_map(|o| match &o.body {
                Body::Partition(partition) if chosen.contains(&partition.parent) => {
                    Some(o.id.with_kind_only(Kind::Table))
                }
                _ => None,
            })
            .filter(|id| !chosen.contains(id))
            .collect();
        if more.is_empty() {
            break;
        }
        chosen.extend(more);
    }
    let mut keep = vec![false; whole.objects().len()];
    let mut open: Vec<usize> = Vec::new();
    for (i, object) in whole.objects().iter().enumerate() {
        let table = match &object.body {
            Body::Index(index) => index.table.clone(),
            _ => object.id.with_kind_only(Kind::Table),
        };
        let part = matches!(
            object.id.kind,
            Kind::Table
                | Kind::Column
                | Kind::Default
                | Kind::Constraint
                | Kind::Index
                | Kind::Partition
                | Kind::Trigger
        ) || matches!(object.id.kind, Kind::Policy | Kind::Rule);
        let owned = matches!(&object.body, Body::SequenceOwner(owner)
            if chosen.contains(&owner.column.with_kind_only(Kind::Table)));
        let statistics = object.id.kind == Kind::Statistics
            && whole.depends_on(i).iter().any(|to| {
                let to = &whole.objects()[*to as usize].id;
                chosen.contains(&to.with_kind_only(Kind::Table))
            });
        if !(part && chosen.contains(&table) || owned || statistics) {
            continue;
        }
        let away = match &object.body {
            Body::Constraint(c) => c.references.as_ref().filter(|to| !chosen.contains(to)),
            Body::Partition(p) => Some(&p.parent).filter(|to| !chosen.contains(to)),
            _ => None,
        };
        if let Some(to) = away {
            left_out.push(format!("{}, which needs {}", object.id, to.relation()));
            continue;
        }
        keep[i] = true;
        open.push(i);
    }
    while let Some(i) = open.pop() {
        for to in whole.depends_on(i) {
            let to = *to as usize;
            if !keep[to] {
                keep[to] = true;
                open.push(to);
            }
        }
    }
    let keeps = |id: &Id| whole.position(id).is_some_and(|i| keep[i]);
    Ok(whole.filtered(|o| {
        keeps(&o.id)
            || (o.id.kind == Kind::Column || o.id.kind == Kind::Default) && keeps(&o.id.with_kind_only(Kind::Table))
    }))
}

/// Whether a schema has this table.
pub(super) fn has_table(catalog: &Catalog, schema: &str, name: &str) -> bool {
    catalog.get(&Id::new(Kind::Table, schema, name)).is_some()
}

/// Whether a schema has this sequence, by itself or behind a column.
pub(super) fn has_sequence(catalog: &Catalog, sequence: &SequenceValue) -> bool {
    catalog.get(&Id::new(Kind::Sequence, &sequence.schema, &sequence.name)).is_some()
        || catalog.objects().iter().any(|o| match &o.body {
            Body::Column(column) => column.identity.as_ref().is_some_and(|identity| match &identity.sequence {
                Some(name) => surefoot_sql::parse_object_name(name).is_some_and(|n| n.name == sequence.name),
                None => sequence.schema == *o.id.schema && sequence.name == format!("{}_{}_seq", o.id.name, o.id.sub),
            }),
            _ => false,
        })
}

/// The roles that owners, privileges and policies name, sorted, but for the one that reads.
pub(crate) fn roles(catalog: &Catalog) -> Vec<String> {
    let mut out: BTreeSet<&str> = BTreeSet::new();
    for object in catalog.objects() {
        out.extend(object.owner.as_deref());
        let passed_on = object.acl.iter().flat_map(|acl| acl.passed_on.values().flat_map(|grants| grants.keys()));
        out.extend(object.acl.iter().flat_map(|acl| acl.own.keys()).chain(passed_on).map(String::as_str));
        match &object.body {
            Body::Policy(policy) => out.extend(policy.roles.iter().map(|r| r.trim_matches('"'))),
            Body::DefaultPrivilege(default) => {
                out.insert(&object.id.name);
                out.extend(default.acl.own.keys().map(String::as_str));
            }
            Body::Setting(_) | Body::UserMapping(_) => {
                out.insert(&object.id.sub);
            }
            _ => {}
        }
    }
    let system = |role: &str| {
        role.is_empty() || role == catalog.role || role.starts_with("pg_") || role.eq_ignore_ascii_case("public")
    };
    out.into_iter().filter(|role| !system(role)).map(str::to_owned).collect()
}

/// Whether a name fits a pattern in which `*` is any text.
pub(crate) fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, rest)) => name.strip_prefix(head).is_some_and(|tail| {
            tail.char_indices()
                .map(|(i, _)| i)
                .chain([tail.len()])
                .any(|i| tail.get(i..).is_some_and(|after| fits(rest, after)))
        }),
    }
}

//! What is no drift: names that the configuration leaves out, and what a partition manager, TimescaleDB or Citus makes.

use std::collections::HashSet;

use surefoot_catalog::{Body, Catalog, Id, Kind, Object};

/// `*` for any text.
pub(crate) fn glob(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(rest) = name.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    let mut rest = rest;
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Whether a pattern names an object: by its relation (`public.orders`), its own name (`public.orders.total`), or with
/// its kind (`index public.orders_*`).
pub(crate) fn ignored(patterns: &[String], object: &Object) -> bool {
    if patterns.is_empty() {
        return false;
    }
    let id = &object.id;
    let mut names = vec![id.relation(), id.reference(), id.to_string()];
    if let Body::Index(index) = &object.body {
        names.push(index.table.relation());
    }
    patterns.iter().any(|pattern| names.iter().any(|name| glob(pattern, name)))
}

/// The partitions that only one of two schemas has, of parents that `managed` says yes to, and the tables of `made`,
/// which an extension makes: none of them was ever meant to be in a migration.
pub(crate) fn partitions(
    there: &Catalog,
    expected: &Catalog,
    managed: impl Fn(&Id) -> bool,
    made: &HashSet<(String, String)>,
) -> HashSet<Id> {
    let mut out = HashSet::new();
    for (one, other) in [(there, expected), (expected, there)] {
        // A partition of a partition is managed with its parent; parents need not come first in the list.
        loop {
            let before = out.len();
            for object in one.objects() {
                let parents: &[Id] = match &object.body {
                    Body::Partition(partition) => std::slice::from_ref(&partition.parent),
                    Body::Table(table) => &table.inherits,
                    _ => continue,
                };
                let table = object.id.with_kind(Kind::Table);
                if other.get(&table).is_none()
                    && (parents.iter().any(|p| managed(p) || out.contains(p)) || is_made(&table, made))
                {
                    out.insert(table);
                }
            }
            if out.len() == before {
                break;
            }
        }
    }
    out
}

fn is_made(table: &Id, made: &HashSet<(String, String)>) -> bool {
    !made.is_empty() && made.contains(&(table.schema.to_string(), table.name.to_string()))
}

/// Whether an object is one of these tables or a part of one.
pub(crate) fn belongs_to(object: &Object, tables: &HashSet<Id>) -> bool {
    if tables.is_empty() {
        return false;
    }
    relations(object).iter().any(|table| tables.contains(table))
}

/// The relation an object is, or is a part of; under the kinds that one can be.
pub(crate) fn relations(object: &Object) -> Vec<Id> {
    match &object.body {
        Body::Index(index) => vec![index.table.clone()],
        Body::SequenceOwner(owner) => vec![owner.column.with_kind_only(Kind::Table)],
        Body::Column(_)
        | Body::Default(_)
        | Body::Constraint(_)
        | Body::Trigger(_)
        | Body::Policy(_)
        | Body::Rule(_)
        | Body::Partition(_)
        | Body::Table(_)
        | Body::View(_)
        | Body::MaterializedView(_) => [Kind::Table, Kind::View, Kind::MaterializedView]
            .into_iter()
            .map(|kind| object.id.with_kind_only(kind))
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        assert!(glob("public.tmp_*", "public.tmp_1"));
        assert!(glob("*", "anything"));
        assert!(glob("a*c*e", "abcde"));
        assert!(!glob("public.tmp", "public.tmp_1"));
        assert!(!glob("a*b", "ac"));
    }
}

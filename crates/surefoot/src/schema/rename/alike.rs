//! What only looks like a rename: something goes, and something like it comes.

use std::collections::HashSet;

use surefoot_catalog::objects::Index;
use surefoot_catalog::{Body, Catalog, Id, Kind, Object};
use surefoot_sql::quote_ident;

use super::{Rename, labels};

/// Pairs that someone has to be asked about, because a drop and an addition would lose something. What was declined is
/// left out, and each object is in one pair only.
pub(super) fn candidates(from: &Catalog, to: &Catalog, declined: &[Rename]) -> Vec<Rename> {
    let mut pairs = Pairs { from, to, declined, taken: HashSet::new(), out: Vec::new() };
    pairs.find(Kind::Schema, |old, new| {
        let names = |catalog: &Catalog, id: &Id| -> Vec<String> {
            let inside = catalog.objects().iter().filter(|o| o.id.schema == id.name && o.id.sub.is_empty());
            inside.map(|o| format!("{:?} {}", o.id.kind, o.id.name)).collect()
        };
        mostly(&names(from, &old.id), &names(to, &new.id))
    });
    pairs.find(Kind::Table, |old, new| {
        let (Body::Table(a), Body::Table(b)) = (&old.body, &new.body) else { return false };
        // Partitions of a table are alike, and come and go.
        let plain = !a.is_partition && !b.is_partition;
        plain && old.id.schema == new.id.schema && mostly(&columns(from, &old.id), &columns(to, &new.id))
    });
    pairs.find(Kind::Enum, |old, new| old.id.schema == new.id.schema && old.body == new.body);
    pairs.find(Kind::Sequence, |old, new| {
        let owned = |catalog: &Catalog, id: &Id| catalog.get(&id.with_kind(Kind::SequenceOwner)).is_some();
        old.id.schema == new.id.schema && old.body == new.body && !owned(from, &old.id) && !owned(to, &new.id)
    });
    pairs.columns();
    pairs.values();
    pairs.out
}

/// Renames that take no asking, because what is dropped and made again would be the same but for its name: keys,
/// indexes, the sequence of a column.
pub(super) fn same_but_for_the_name(from: &Catalog, to: &Catalog) -> Vec<Rename> {
    let mut pairs = Pairs { from, to, declined: &[], taken: HashSet::new(), out: Vec::new() };
    pairs.find(Kind::Index, |old, new| {
        let (Body::Index(a), Body::Index(b)) = (&old.body, &new.body) else { return false };
        // `CREATE UNIQUE INDEX name ON ...`
        let called = |object: &Object| format!(" INDEX {} ON ", quote_ident(&object.id.name));
        let renamed = Index { definition: a.definition.replacen(&called(old), &called(new), 1), ..a.clone() };
        old.id.schema == new.id.schema && renamed == *b && a.parent.is_none() && !a.partitioned && a.valid
    });
    pairs.find(Kind::Constraint, |old, new| {
        let (Body::Constraint(a), Body::Constraint(b)) = (&old.body, &new.body) else { return false };
        let table = |catalog: &Catalog, id: &Id| match catalog.get(&id.with_kind_only(Kind::Table)).map(|o| &o.body) {
            Some(Body::Table(table)) => {
                table.partition_key.is_none() && table.inherits.is_empty() && !table.is_partition
            }
            _ => false,
        };
        let alone = a.parent.is_none() && !a.inherited && a.local && table(from, &old.id);
        alone && (&old.id.schema, &old.id.name) == (&new.id.schema, &new.id.name) && a == b
    });
    let owner = |catalog: &Catalog, id: &Id| match catalog.get(&id.with_kind(Kind::SequenceOwner)).map(|o| &o.body) {
        Some(Body::SequenceOwner(owner)) => Some(owner.column.clone()),
        _ => None,
    };
    pairs.find(Kind::Sequence, |old, new| {
        let (before, after) = (owner(from, &old.id), owner(to, &new.id));
        before.is_some() && before == after && old.id.schema == new.id.schema
    });
    pairs.out
}

struct Pairs<'c> {
    from: &'c Catalog,
    to: &'c Catalog,
    declined: &'c [Rename],
    taken: HashSet<Id>,
    out: Vec<Rename>,
}

impl<'c> Pairs<'c> {
    /// Pairs what goes with what comes, of one kind.
    fn find(&mut self, kind: Kind, alike: impl Fn(&Object, &Object) -> bool) {
        let only = |here: &'c Catalog, there: &Catalog| -> Vec<&'c Object> {
            here.objects().iter().filter(|o| o.id.kind == kind && there.get(&o.id).is_none()).collect()
        };
        let (gone, added) = (only(self.from, self.to), only(self.to, self.from));
        self.pair(&gone, &added, |a, b| alike(a, b));
    }

    fn pair(&mut self, gone: &[&Object], added: &[&Object], alike: impl Fn(&Object, &Object) -> bool) {
        for old in gone {
            let new = added.iter().find(|new| {
                let pair = Rename { old: old.id.clone(), new: new.id.clone() };
                !self.taken.contains(&new.id) && !self.declined.contains(&pair) && alike(old, new)
            });
            if let Some(new) = new {
                self.taken.insert(new.id.clone());
                self.out.push(Rename { old: old.id.clone(), new: new.id.clone() });
            }
        }
    }

    /// Columns of tables that stay.
    fn columns(&mut self) {
        let (from, to) = (self.from, self.to);
        let tables = from.objects().iter().filter(|o| o.id.kind == Kind::Table && to.get(&o.id).is_some());
        for table in tables {
            let of = |here: &'c Catalog, there: &Catalog| -> Vec<&'c Object> {
                let own = |o: &&Object| matches!(&o.body, Body::Column(c) if !c.inherited);
                here.columns(&table.id).into_iter().filter(|o| there.get(&o.id).is_none()).filter(own).collect()
            };
            let (gone, added) = (of(from, to), of(to, from));
            self.pair(&gone, &added, |a, b| match (&a.body, &b.body) {
                // What is generated holds nothing of its own.
                (Body::Column(a), Body::Column(b)) => {
                    a.type_name == b.type_name && a.generated.is_none() && b.generated.is_none()
                }
                _ => false,
            });
        }
    }

    /// Values of enums that stay: one that stands where another stood.
    fn values(&mut self) {
        for object in self.from.objects().iter().filter(|o| o.id.kind == Kind::Enum) {
            let (before, after) = (labels(self.from, &object.id), labels(self.to, &object.id));
            if before.len() != after.len() {
                continue;
            }
            for (old, new) in before.iter().zip(after) {
                if !after.contains(old) && !before.contains(new) {
                    let part = |label: &str| object.id.part(Kind::Enum, label);
                    let rename = Rename { old: part(old), new: part(new) };
                    if !self.declined.contains(&rename) {
                        self.out.push(rename);
                    }
                }
            }
        }
    }
}

fn columns(catalog: &Catalog, table: &Id) -> Vec<String> {
    let columns = catalog.columns(table).into_iter().filter_map(|o| match &o.body {
        Body::Column(c) => Some(format!("{} {}", o.id.sub, c.type_name)),
        _ => None,
    });
    columns.collect()
}

/// Whether three fifths of the longer list are in both.
fn mostly(a: &[String], b: &[String]) -> bool {
    let b_set: HashSet<&String> = b.iter().collect();
    let common = a.iter().filter(|x| b_set.contains(x)).count();
    common > 0 && common * 5 >= a.len().max(b.len()) * 3
}

//! What others take care of: parts that go with their table, and those written inside `CREATE TABLE`.

use std::collections::HashSet;

use surefoot_catalog::{Body, Catalog, Id, Kind};

use super::{DROP, MAKE, Op, Planner, SLOTS, parents};
use crate::objects::{constraint, inheritance};

impl Planner<'_> {
    /// Finds the slots that others take care of: parts that go with their table, and those written inside
    /// `CREATE TABLE`.
    pub(super) fn cover(&mut self) {
        self.covered.clear();
        for i in 0..self.nodes.len() {
            if self.nodes[i].destroyed()
                && !self.apart.contains(&(i * SLOTS + DROP))
                && let Some(owner) = self.drop_owner(i)
            {
                // A column of a typed table goes when its type is changed.
                let slot = if self.nodes[owner].destroyed() { DROP } else { MAKE };
                self.covered.insert(i * SLOTS + DROP, owner * SLOTS + slot);
            }
            let made = self.nodes[i].made() || self.nodes[i].disturbs();
            if made
                && !self.apart.contains(&(i * SLOTS + MAKE))
                && let Some(owner) = self.make_owner(i)
            {
                self.covered.insert(i * SLOTS + MAKE, owner * SLOTS + MAKE);
            }
        }
    }

    /// The object with which this one is dropped.
    pub(super) fn drop_owner(&self, i: usize) -> Option<usize> {
        let node = &self.nodes[i];
        let old = node.old?;
        let id = node.id;
        let destroyed = |id: &Id| self.node(id).filter(|i| self.nodes[*i].destroyed());
        let relation =
            || destroyed(&id.with_kind_only(Kind::Table)).or_else(|| destroyed(&id.with_kind_only(Kind::View)));
        match &old.body {
            Body::Column(column) => relation().or_else(|| {
                if let Some(of) = self.type_of_table(self.cx.from, id) {
                    return Some(of);
                }
                if column.inherited && !column.local {
                    self.parent_part(self.cx.from, id, |p| destroyed(p))
                } else {
                    None
                }
            }),
            Body::Default(_) => relation().or_else(|| destroyed(&id.with_kind(Kind::Column))),
            // One that belongs to a partitioned table's goes with that. Before a table is moved out of the way the
            // names have to be free.
            Body::Constraint(c) => {
                c.parent.as_ref().filter(|_| !self.is_detached(id)).and_then(&destroyed).or_else(|| {
                    if self.table_is_retired(id) {
                        let handed_down = c.inherited && !c.local && c.parent.is_none();
                        if handed_down { self.parent_part(self.cx.from, id, |p| destroyed(p)) } else { None }
                    } else if c.inherited && !c.local && c.parent.is_none() {
                        relation().or_else(|| self.parent_part(self.cx.from, id, |p| destroyed(p)))
                    } else {
                        relation()
                    }
                })
            }
            Body::Index(index) => index
                .parent
                .as_ref()
                .filter(|_| !self.is_detached(&index.table))
                .and_then(&destroyed)
                .or_else(|| if self.table_is_retired(&index.table) { None } else { destroyed(&index.table) }),
            // A partition that makes place for another table of its name is detached, unless its parent moves too.
            Body::Partition(partition)
                if self.table_is_retired(id)
                    && !self.node(&partition.parent).is_some_and(|i| self.retired.contains(&i)) =>
            {
                None
            }
            // One of a table that others refer to cannot be dropped before it is detached.
            Body::Partition(partition)
                if self.node(&partition.parent).is_some_and(|i| !self.nodes[i].destroyed())
                    && self.is_referred_to(&partition.parent) =>
            {
                None
            }
            Body::Trigger(_) | Body::Policy(_) | Body::Rule(_) | Body::Partition(_) => {
                relation().or_else(|| destroyed(&id.with_kind_only(Kind::MaterializedView)))
            }
            Body::SequenceOwner(owner) => destroyed(&id.with_kind(Kind::Sequence)).or_else(|| {
                // A sequence that stays would go with the column.
                let stays = self.cx.to.get(&id.with_kind(Kind::Sequence)).is_some();
                if stays { None } else { destroyed(&owner.column) }
            }),
            Body::Table(_) => {
                // A partition of a table that is rebuilt keeps its rows until they are copied.
                let partition = self.cx.from.get(&id.with_kind(Kind::Partition))?;
                let Body::Partition(partition) = &partition.body else { return None };
                let parent = self.node(&partition.parent)?;
                self.retired.contains(&parent).then_some(parent)
            }
            Body::Statistics(statistics) => destroyed(&statistics.table),
            Body::DefaultPrivilege(_) if !id.schema.is_empty() => destroyed(&Id::new(Kind::Schema, "", &id.schema)),
            Body::Function(_) => self.type_of_function(i),
            Body::Sequence(_) if node.op == Op::Drop => {
                let owner = self.cx.from.get(&id.with_kind(Kind::SequenceOwner))?;
                let Body::SequenceOwner(owner) = &owner.body else { return None };
                destroyed(&owner.column)
            }
            _ => None,
        }
    }

    /// The type that is dropped and of which this is a function: neither goes without the other.
    fn type_of_function(&self, i: usize) -> Option<usize> {
        let catalog = self.cx.from;
        let function = catalog.position(self.nodes[i].id)?;
        let of = |t: &u32| catalog.depends_on(*t as usize).iter().any(|f| *f as usize == function);
        let types = catalog.depends_on(function).iter().filter(|t| of(t));
        types
            .map(|t| &catalog.objects()[*t as usize].id)
            .filter(|id| matches!(id.kind, Kind::BaseType | Kind::Range))
            .find_map(|id| self.node(id).filter(|t| self.nodes[*t].destroyed()))
    }

    /// The functions that a type needs and that need the type.
    pub(super) fn functions_of_type(&self, id: &Id) -> impl Iterator<Item = &Id> {
        let catalog = self.cx.from;
        let place = catalog.position(id);
        let needs = place.map(|place| catalog.depends_on(place)).unwrap_or_default();
        needs
            .iter()
            .filter(move |f| catalog.depends_on(**f as usize).iter().any(|t| Some(*t as usize) == place))
            .map(|f| &catalog.objects()[*f as usize].id)
    }

    /// The object with which this one is made.
    pub(super) fn make_owner(&self, i: usize) -> Option<usize> {
        let node = &self.nodes[i];
        let new = node.new?;
        let id = node.id;
        let made = |id: &Id| self.node(id).filter(|i| self.nodes[*i].made());
        let table = || made(&id.with_kind_only(Kind::Table));
        match &new.body {
            Body::Column(column) => table().or_else(|| {
                if let Some(of) = self.type_of_table(self.cx.to, id) {
                    return Some(of);
                }
                // The parent's change reaches the children.
                let follows = column.inherited && !column.local;
                if !follows {
                    return None;
                }
                self.parent_part(self.cx.to, id, |p| {
                    self.node(p).filter(|i| self.nodes[*i].made() == node.made() && self.nodes[*i].op != Op::Keep)
                })
            }),
            Body::Default(_) => table().or_else(|| made(&id.with_kind(Kind::Column))),
            Body::Constraint(c) => {
                if let Some(table) = table() {
                    return (constraint::inline(c)).then_some(table);
                }
                if c.inherited && !c.local && c.parent.is_none() {
                    self.parent_part(self.cx.to, id, |p| made(p))
                } else {
                    None
                }
            }
            _ => None,
        }
    }

    /// Whether the partition that this is a part of is detached, and so keeps what it has from the partitioned table.
    fn is_detached(&self, part: &Id) -> bool {
        let partition = self.node(&part.with_kind_only(Kind::Partition));
        partition.is_some_and(|i| self.nodes[i].destroyed() && self.drop_owner(i).is_none())
    }

    /// Whether a foreign key points to the table.
    fn is_referred_to(&self, table: &Id) -> bool {
        let refers = |body: &Body| matches!(body, Body::Constraint(c) if c.references.as_ref() == Some(table));
        self.cx.from.objects().iter().any(|o| refers(&o.body))
    }

    pub(super) fn table_is_retired(&self, part: &Id) -> bool {
        self.node(&part.with_kind_only(Kind::Table)).is_some_and(|i| self.retired.contains(&i))
    }

    /// The type that a typed table has its columns from, if it changes in place.
    fn type_of_table(&self, catalog: &Catalog, part: &Id) -> Option<usize> {
        let table = part.with_kind_only(Kind::Table);
        let position = catalog.position(&table)?;
        let Body::Table(body) = &catalog.objects()[position].body else { return None };
        body.of_type.as_ref()?;
        let types = catalog.depends_on(position).iter().map(|i| &catalog.objects()[*i as usize].id);
        let of = types.into_iter().find(|id| id.kind == Kind::Composite)?;
        self.node(of).filter(|i| matches!(self.nodes[*i].op, Op::Alter { .. }))
    }

    /// The part of the same name of a parent table, if `pick` takes it.
    pub(super) fn parent_part(&self, catalog: &Catalog, id: &Id, pick: impl Fn(&Id) -> Option<usize>) -> Option<usize> {
        let table = id.with_kind_only(Kind::Table);
        let all = parents(catalog, &table);
        all.iter()
            .filter(|parent| self.stays_below(&table, parent))
            .find_map(|parent| pick(&parent.part(id.kind, &id.sub)))
    }

    /// Whether the table does not leave its parent or join it, so that what is done to the one reaches the other. One
    /// that is made or goes as a whole is not asked.
    fn stays_below(&self, table: &Id, parent: &Id) -> bool {
        let Some(node) = self.node(table).map(|i| &self.nodes[i]) else { return true };
        let (Some(Body::Table(old)), Some(Body::Table(new))) = (node.old.map(|o| &o.body), node.new.map(|o| &o.body))
        else {
            return true;
        };
        if node.op == Op::Replace {
            return true;
        }
        if old.is_partition || new.is_partition {
            let partition = self.node(&table.with_kind(Kind::Partition)).map(|i| &self.nodes[i]);
            return partition.is_none_or(|partition| !partition.made() && !partition.destroyed());
        }
        old.inherits.contains(parent)
            && new.inherits.contains(parent)
            && !inheritance::joined(self.cx, table, old, new).contains(parent)
    }

    /// Takes parts out of what covers them, where a cycle runs through it. False when there is nothing to take out.
    pub(super) fn take_apart(&mut self, cycle: &[usize]) -> bool {
        let in_cycle: HashSet<usize> = cycle.iter().copied().collect();
        let parts: Vec<usize> = self
            .covered
            .keys()
            .copied()
            .filter(|slot| in_cycle.contains(&self.representative(*slot)))
            .filter(|slot| {
                let node = &self.nodes[slot / SLOTS];
                // What a partition has from the partitioned table cannot be dropped by itself.
                let handed_down = match node.old.map(|o| &o.body) {
                    Some(Body::Constraint(c)) => c.parent.is_some() || (c.inherited && !c.local),
                    Some(Body::Index(index)) => index.parent.is_some(),
                    _ => false,
                };
                match slot % SLOTS {
                    DROP if handed_down => false,
                    MAKE => matches!(node.id.kind, Kind::Default | Kind::Constraint),
                    _ => matches!(
                        node.id.kind,
                        Kind::Default | Kind::Constraint | Kind::Policy | Kind::Rule | Kind::Trigger | Kind::Index
                    ),
                }
            })
            .collect();
        let domains = cycle.iter().copied().filter(|slot| {
            let node = &self.nodes[slot / SLOTS];
            matches!(slot % SLOTS, MAKE | DROP) && node.id.kind == Kind::Domain
        });
        let before = self.apart.len();
        self.apart.extend(parts);
        self.apart.extend(domains);
        self.apart.len() > before
    }
}

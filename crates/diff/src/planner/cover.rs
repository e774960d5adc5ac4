//! What others take care of: parts that go with their table, and those written inside `CREATE TABLE`.

use std::collections::HashSet;

use surefoot_catalog::{Body, Catalog, Id, Kind};

use super::{DROP, MAKE, Op, Planner, SLOTS, parents};
use crate::objects::constraint;

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
                self.covered.insert(i * SLOTS + DROP, owner * SLOTS + DROP);
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
                if column.inherited && !column.local {
                    self.parent_part(self.cx.from, id, |p| destroyed(p))
                } else {
                    None
                }
            }),
            Body::Default(_) => relation().or_else(|| destroyed(&id.with_kind(Kind::Column))),
            Body::Constraint(c) => relation().or_else(|| c.parent.as_ref().and_then(&destroyed)).or_else(|| {
                if c.inherited && !c.local { self.parent_part(self.cx.from, id, |p| destroyed(p)) } else { None }
            }),
            Body::Index(index) => destroyed(&index.table).or_else(|| index.parent.as_ref().and_then(destroyed)),
            Body::Trigger(_) | Body::Policy(_) | Body::Rule(_) | Body::Partition(_) => {
                relation().or_else(|| destroyed(&id.with_kind_only(Kind::MaterializedView)))
            }
            Body::SequenceOwner(owner) => destroyed(&id.with_kind(Kind::Sequence))
                .or_else(|| destroyed(&owner.column))
                .or_else(|| destroyed(&owner.column.with_kind_only(Kind::Table))),
            Body::Sequence(_) if node.op == Op::Drop => {
                let owner = self.cx.from.get(&id.with_kind(Kind::SequenceOwner))?;
                let Body::SequenceOwner(owner) = &owner.body else { return None };
                destroyed(&owner.column)
            }
            _ => None,
        }
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

    /// The part of the same name of a parent table, if `pick` takes it.
    pub(super) fn parent_part(&self, catalog: &Catalog, id: &Id, pick: impl Fn(&Id) -> Option<usize>) -> Option<usize> {
        parents(catalog, &id.with_kind_only(Kind::Table)).iter().find_map(|parent| pick(&parent.part(id.kind, &id.sub)))
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
                match slot % SLOTS {
                    MAKE => matches!(node.id.kind, Kind::Default | Kind::Constraint),
                    _ => matches!(node.id.kind, Kind::Default | Kind::Constraint),
                }
            })
            .collect();
        let before = self.apart.len();
        self.apart.extend(parts);
        self.apart.len() > before
    }
}

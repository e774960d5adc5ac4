//! What has to come before what.

use std::collections::HashMap;

use surefoot_catalog::objects::{ConstraintKind, Persistence};
use surefoot_catalog::{Body, Id, Kind, Object};

use super::{DROP, LATE, MAKE, Op, Planner, RETIRE, SLOTS};
use crate::objects::{base_type, inheritance};

impl Planner<'_> {
    pub(super) fn edges(&self) -> Vec<(usize, usize)> {
        let mut edges = Vec::new();
        let mut before = |a: usize, b: usize| {
            let (a, b) = (self.representative(a), self.representative(b));
            if a != b {
                edges.push((a, b));
            }
        };
        for (x, node) in self.nodes.iter().enumerate() {
            self.row_type_edges(x, &mut before);
            self.membership_edges(x, &mut before);
            let makes = node.made() || matches!(node.op, Op::Alter { .. });
            if makes {
                for y in self.depends_in_to(x) {
                    if self.child_first(x, y) {
                        before(x * SLOTS + MAKE, y * SLOTS + MAKE);
                    } else if base_type::has_shell_of(self.nodes[y].new) && self.depends_in_to(y).contains(&x) {
                        // A function of the type makes do with the shell, or with the type as it was.
                        if self.completes_later(y).is_some() {
                            before(y * SLOTS + MAKE, x * SLOTS + MAKE);
                        }
                    } else if self.checks_apart(x, MAKE) && is_routine(self.nodes[y].id.kind) {
                        before(y * SLOTS + MAKE, x * SLOTS + LATE);
                    } else {
                        before(self.ready(y), self.ready(x));
                    }
                }
            }
            if node.destroyed() || makes {
                for y in self.dependents_of(x) {
                    let other = &self.nodes[y];
                    if other.destroyed() {
                        if self.checks_apart(y, DROP) && is_routine(node.id.kind) {
                            before(y * SLOTS + RETIRE, x * SLOTS + DROP);
                        } else if node.destroyed() {
                            before(y * SLOTS + DROP, x * SLOTS + DROP);
                        } else if base_type::has_shell_of(node.old) && self.dependents_of(y).contains(&x) {
                            // A function that the type has no more is dropped after the type was told so.
                        } else if !(node.id.kind == Kind::Table
                            || node.id.kind == Kind::Schema
                            || self.goes_with_moved(y))
                        {
                            before(y * SLOTS + DROP, x * SLOTS + MAKE);
                        }
                        if self.retired.contains(&x) {
                            self.retire_edge(x, y, &mut before);
                        }
                    } else if node.destroyed() && matches!(other.op, Op::Alter { .. }) {
                        before(y * SLOTS + MAKE, x * SLOTS + DROP);
                    }
                }
            }
            if node.op == Op::Replace {
                before(self.freed_by(x), x * SLOTS + MAKE);
            }
            if self.retired.contains(&x) || self.checks_apart(x, DROP) {
                before(x * SLOTS + RETIRE, x * SLOTS + DROP);
            }
            if self.checks_apart(x, MAKE) {
                before(x * SLOTS + MAKE, x * SLOTS + LATE);
            }
            if self.completes_later(x).is_some() {
                before(x * SLOTS + MAKE, x * SLOTS + LATE);
            }
            self.partition_edges(x, &mut before);
            self.leaving_edges(x, &mut before);
            self.own_part_edges(x, &mut before);
            if self.copies(x) {
                self.copy_edges(x, &mut before);
            }
            self.persistence_edges(x, &mut before);
            if let Some((new, _, table)) = self.inherits_later(x) {
                for part in self.cx.to.columns(&new.id).into_iter().chain(self.cx.to.parts(&new.id, Kind::Constraint)) {
                    self.node(&part.id).into_iter().for_each(|c| before(c * SLOTS + MAKE, x * SLOTS + LATE));
                }
                for parent in &table.inherits {
                    for part in self.cx.to.columns(parent) {
                        self.node(&part.id).into_iter().for_each(|c| before(c * SLOTS + MAKE, x * SLOTS + LATE));
                    }
                }
                before(x * SLOTS + MAKE, x * SLOTS + LATE);
            }
        }
        self.name_edges(&mut before);
        edges
    }

    /// Whether it is dropped with a table that was moved out of the way, and so in the way of nothing.
    fn goes_with_moved(&self, x: usize) -> bool {
        let slot = self.representative(x * SLOTS + DROP);
        slot != x * SLOTS + DROP && slot % SLOTS == DROP && self.retired.contains(&(slot / SLOTS))
    }

    /// The slot after which the name of an object is free.
    fn freed_by(&self, x: usize) -> usize {
        let slot = self.representative(x * SLOTS + DROP);
        let owner = slot / SLOTS;
        if slot % SLOTS == DROP && self.retired.contains(&owner) { owner * SLOTS + RETIRE } else { slot }
    }

    /// What uses an object goes before it is moved out of the way, unless it is moved too, or goes with it.
    fn retire_edge(&self, x: usize, y: usize, before: &mut impl FnMut(usize, usize)) {
        if self.retired.contains(&y) {
            before(y * SLOTS + RETIRE, x * SLOTS + RETIRE);
            return;
        }
        let slot = self.representative(y * SLOTS + DROP);
        // The rows of a table that is built anew are read after this.
        let moved = self.retired.contains(&(slot / SLOTS));
        if !moved && slot != self.representative(x * SLOTS + DROP) {
            before(y * SLOTS + DROP, x * SLOTS + RETIRE);
        }
    }

    /// The rows are copied when the new table and its partitions are there, and before anything fires on them.
    fn copy_edges(&self, x: usize, before: &mut impl FnMut(usize, usize)) {
        before(x * SLOTS + MAKE, x * SLOTS + LATE);
        before(x * SLOTS + LATE, x * SLOTS + DROP);
        for (y, node) in self.nodes.iter().enumerate() {
            match node.new.map(|o| &o.body) {
                Some(Body::Partition(_)) if self.is_below(node.id, x) => {
                    before(y * SLOTS + MAKE, x * SLOTS + LATE);
                }
                Some(Body::SequenceOwner(owner)) if owner.column.with_kind_only(Kind::Table) == *self.nodes[x].id => {
                    before(y * SLOTS + MAKE, x * SLOTS + DROP);
                }
                // The rows that a key points to are there before it is.
                Some(Body::Constraint(c)) if node.made() && c.references.as_ref() == Some(self.nodes[x].id) => {
                    before(x * SLOTS + LATE, y * SLOTS + MAKE);
                }
                Some(Body::Trigger(_) | Body::Rule(_))
                    if node.made() && node.id.with_kind_only(Kind::Table) == *self.nodes[x].id =>
                {
                    before(x * SLOTS + LATE, y * SLOTS + MAKE);
                }
                _ => {}
            }
        }
    }

    /// Whether this is a partition of the table, or of one of its partitions, in `to`.
    fn is_below(&self, partition: &Id, table: usize) -> bool {
        let mut up = partition.with_kind(Kind::Partition);
        while let Some(Body::Partition(partition)) = self.cx.to.get(&up).map(|o| &o.body) {
            if partition.parent == *self.nodes[table].id {
                return true;
            }
            up = partition.parent.with_kind(Kind::Partition);
        }
        false
    }

    /// A role that may pass a membership on has it before it does, and as long as what it passed on.
    fn membership_edges(&self, x: usize, before: &mut impl FnMut(usize, usize)) {
        let node = &self.nodes[x];
        let changes = matches!(node.op, Op::Alter { .. });
        let passed_on_by = |object: Option<&Object>| -> Vec<usize> {
            let Some(Body::Membership(membership)) = object.map(|o| &o.body) else { return Vec::new() };
            let grantors = membership.grants.iter().filter_map(|grant| grant.grantor.as_ref());
            grantors.filter_map(|grantor| self.node(&node.id.part(Kind::Membership, grantor))).collect()
        };
        for y in passed_on_by(node.old).into_iter().filter(|y| self.nodes[*y].destroyed()) {
            if node.destroyed() {
                before(x * SLOTS + DROP, y * SLOTS + DROP);
            } else if changes {
                before(x * SLOTS + MAKE, y * SLOTS + DROP);
            }
        }
        if node.made() || changes {
            passed_on_by(node.new).into_iter().for_each(|y| before(y * SLOTS + MAKE, x * SLOTS + MAKE));
        }
    }

    /// While a column has the row type of a table, the table's columns keep their types: one that is new comes after
    /// their change, and one that goes, goes before it.
    fn row_type_edges(&self, x: usize, before: &mut impl FnMut(usize, usize)) {
        let node = &self.nodes[x];
        if node.id.kind != Kind::Column {
            return;
        }
        let own = node.id.with_kind_only(Kind::Table);
        let retyped = |catalog: &surefoot_catalog::Catalog| -> Vec<usize> {
            let types = catalog.position(node.id).map(|i| catalog.depends_on(i)).unwrap_or_default();
            types
                .iter()
                .map(|i| &catalog.objects()[*i as usize].id)
                .filter(|id| id.kind == Kind::Table && **id != own)
                .flat_map(|table| catalog.parts(table, Kind::Column))
                .filter_map(|column| self.node(&column.id))
                .filter(|column| self.nodes[*column].disturbs())
                .collect()
        };
        if node.made() {
            retyped(self.cx.to).into_iter().for_each(|column| before(column * SLOTS + MAKE, x * SLOTS + MAKE));
        }
        if node.destroyed() {
            retyped(self.cx.from).into_iter().for_each(|column| before(x * SLOTS + DROP, column * SLOTS + MAKE));
        }
    }

    /// A column or check that a table has from a parent and also by itself goes after the parent's.
    fn own_part_edges(&self, x: usize, before: &mut impl FnMut(usize, usize)) {
        let node = &self.nodes[x];
        let both = match node.old.map(|o| &o.body) {
            Some(Body::Column(c)) => c.inherited && c.local,
            Some(Body::Constraint(c)) => c.inherited && c.local && c.parent.is_none(),
            _ => false,
        };
        if both && node.destroyed() {
            let theirs = |id: &Id| self.node(id).filter(|i| self.nodes[*i].destroyed());
            if let Some(parent) = self.parent_part(self.cx.from, node.id, theirs) {
                before(parent * SLOTS + DROP, x * SLOTS + DROP);
            }
        }
    }

    /// A table leaves its parents before anything happens to their columns and checks, or to those it had from them.
    fn leaving_edges(&self, x: usize, before: &mut impl FnMut(usize, usize)) {
        let (Some(old), Some(new)) = (self.nodes[x].old, self.nodes[x].new) else { return };
        let (Body::Table(a), Body::Table(b)) = (&old.body, &new.body) else { return };
        if self.nodes[x].op == Op::Replace {
            return;
        }
        let joined = inheritance::joined(self.cx, &old.id, a, b);
        let mut left = a.inherits.iter().filter(|id| !b.inherits.contains(id) || joined.contains(id)).peekable();
        if left.peek().is_none() {
            return;
        }
        for table in left.chain([&old.id]) {
            let parts = self.cx.from.parts(table, Kind::Column).chain(self.cx.from.parts(table, Kind::Constraint));
            for part in parts.filter_map(|part| self.node(&part.id)) {
                if self.nodes[part].destroyed() {
                    before(x * SLOTS + MAKE, part * SLOTS + DROP);
                }
                if matches!(self.nodes[part].op, Op::Alter { .. }) {
                    before(x * SLOTS + MAKE, part * SLOTS + MAKE);
                }
            }
        }
    }

    /// A logged table cannot point to one that is not: the one pointed to is logged first and unlogged last.
    fn persistence_edges(&self, x: usize, before: &mut impl FnMut(usize, usize)) {
        let Some(Body::Constraint(constraint)) = self.nodes[x].new.map(|o| &o.body) else { return };
        let Some(to) = constraint.references.as_ref().and_then(|id| self.node(id)) else { return };
        let Some(from) = self.node(&self.nodes[x].id.with_kind_only(Kind::Table)) else { return };
        let persistence = |object: Option<&Object>| match object.map(|o| &o.body) {
            Some(Body::Table(table)) => Some(table.persistence),
            _ => None,
        };
        let (old, new) = (persistence(self.nodes[from].old), persistence(self.nodes[from].new));
        if from == to || old.is_none() || old == new {
            return;
        }
        match new {
            Some(Persistence::Permanent) => before(to * SLOTS + MAKE, from * SLOTS + MAKE),
            _ => before(from * SLOTS + MAKE, to * SLOTS + MAKE),
        }
    }

    /// Whether `x` has to be made before `y`, on which it depends: an index of a partition is found by the index of
    /// the partitioned table, and keeps its name.
    pub(super) fn child_first(&self, x: usize, y: usize) -> bool {
        let parent = match self.nodes[x].new.map(|o| &o.body) {
            Some(Body::Index(index)) => index.parent.as_ref(),
            Some(Body::Constraint(c)) => c.parent.as_ref(),
            _ => None,
        };
        parent == Some(self.nodes[y].id) && self.nodes[y].made() && !is_on_parent_only(self.nodes[y].new)
    }

    /// A partition is attached when both tables are complete, and detached before either changes.
    pub(super) fn partition_edges(&self, x: usize, before: &mut impl FnMut(usize, usize)) {
        let node = &self.nodes[x];
        for (object, catalog, attach) in [(node.new, self.cx.to, true), (node.old, self.cx.from, false)] {
            let Some(Body::Partition(partition)) = object.map(|o| &o.body) else { continue };
            if (attach && !node.made()) || (!attach && !node.destroyed()) {
                continue;
            }
            for table in [&node.id.with_kind_only(Kind::Table), &partition.parent] {
                let columns = catalog.parts(table, Kind::Column).chain(catalog.parts(table, Kind::Constraint));
                let mut parts: Vec<&Id> = columns.map(|o| &o.id).collect();
                parts.extend(self.indexes.get(table).into_iter().flatten().copied());
                let detaches = !attach && !self.covered.contains_key(&(x * SLOTS + DROP));
                for part in parts.into_iter().filter_map(|id| self.node(id)) {
                    let changed = &self.nodes[part];
                    let foreign_key = matches!(changed.old.map(|o| &o.body), Some(Body::Constraint(c)) if c.sort == ConstraintKind::ForeignKey);
                    if attach && is_on_parent_only(changed.new) {
                        before(x * SLOTS + MAKE, part * SLOTS + MAKE);
                    } else if attach {
                        before(part * SLOTS + MAKE, x * SLOTS + MAKE);
                    } else if !changed.destroyed() && !self.goes_with_moved(x) {
                        before(x * SLOTS + DROP, part * SLOTS + MAKE);
                    } else if detaches && foreign_key && table == &partition.parent {
                        // What the partition has of it would stay there.
                        before(part * SLOTS + DROP, x * SLOTS + DROP);
                    } else if detaches {
                        before(x * SLOTS + DROP, part * SLOTS + DROP);
                    }
                }
            }
        }
    }

    /// A name has to be free before it is taken again by an object of another identity.
    pub(super) fn name_edges(&self, before: &mut impl FnMut(usize, usize)) {
        let mut freed: HashMap<NameKey<'_>, usize> = HashMap::new();
        for (i, node) in self.nodes.iter().enumerate() {
            let Some(old) = node.old else { continue };
            let slot = match node.op {
                Op::Drop | Op::Replace => self.freed_by(i),
                Op::Alter { .. } if node.id.kind == Kind::Column => i * SLOTS + MAKE,
                _ => continue,
            };
            let kept =
                if node.op == Op::Replace || matches!(node.op, Op::Alter { .. }) { node.new.map(names) } else { None };
            for key in names(old) {
                if !kept.as_ref().is_some_and(|k| k.contains(&key)) {
                    freed.insert(key, slot);
                }
            }
        }
        for (i, node) in self.nodes.iter().enumerate() {
            let Some(new) = node.new else { continue };
            if !(node.made() || matches!(node.op, Op::Alter { .. })) {
                continue;
            }
            for key in names(new) {
                if let Some(slot) = freed.get(&key)
                    && slot / SLOTS != i
                {
                    before(*slot, i * SLOTS + MAKE);
                }
            }
        }
    }
}

/// An index of a partitioned table that its partitions have not: it is made when they are there.
fn is_on_parent_only(object: Option<&Object>) -> bool {
    matches!(object.map(|o| &o.body), Some(Body::Index(index)) if index.partitioned && !index.valid)
}

pub(super) fn is_routine(kind: Kind) -> bool {
    matches!(kind, Kind::Function | Kind::Procedure)
}

/// A name that only one object can have at a time: name space, schema, name.
type NameKey<'a> = (&'static str, &'a str, String);

/// The names an object takes in `pg_class` and `pg_type`.
fn names(object: &Object) -> Vec<NameKey<'_>> {
    let id = &object.id;
    let mut out = Vec::new();
    let schema: &str = &id.schema;
    match &object.body {
        Body::Table(_) | Body::View(_) | Body::MaterializedView(_) | Body::Composite(_) => {
            out.push(("class", schema, id.name.to_string()));
            out.push(("type", schema, id.name.to_string()));
        }
        Body::Sequence(_) | Body::Index(_) => out.push(("class", schema, id.name.to_string())),
        Body::Constraint(c)
            if matches!(c.sort, ConstraintKind::PrimaryKey | ConstraintKind::Unique | ConstraintKind::Exclusion) =>
        {
            out.push(("class", schema, id.sub.to_string()));
        }
        Body::Column(column) => {
            if let Some(identity) = &column.identity
                && identity.sequence.is_none()
            {
                out.push(("class", schema, format!("{}_{}_seq", id.name, id.sub)));
            }
        }
        Body::BaseType(_) | Body::Enum(_) | Body::Domain(_) | Body::Range(_) => {
            out.push(("type", schema, id.name.to_string()))
        }
        Body::Function(_) | Body::Aggregate(_) => out.push(("proc", schema, format!("{}({})", id.name, id.sub))),
        _ => {}
    }
    out
}

//! From what differs to what has to be done, in order.

mod cover;
mod edges;
mod mentions;
mod reparse;
mod write;

use std::collections::{BTreeSet, HashMap, HashSet};

use surefoot_catalog::objects::{Column, ConstraintKind, Table, TableKind};
use surefoot_catalog::{Body, Catalog, Id, Kind, Object};

use crate::change::{Change, Context, Statement};
use crate::objects::{base_type, column, inheritance};
use crate::{Error, Options, Result, Script, change, common, graph};

/// What happens to an object.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Op {
    Keep,
    Create,
    Drop,
    Replace,
    Alter { statements: Vec<Statement>, disturbs: bool },
}

struct Node<'a> {
    id: &'a Id,
    old: Option<&'a Object>,
    new: Option<&'a Object>,
    op: Op,
}

impl Node<'_> {
    fn destroyed(&self) -> bool {
        matches!(self.op, Op::Drop | Op::Replace)
    }

    fn made(&self) -> bool {
        matches!(self.op, Op::Create | Op::Replace)
    }

    fn disturbs(&self) -> bool {
        matches!(self.op, Op::Alter { disturbs: true, .. })
    }
}

/// What an object may have done, each at its own time. A type in use is first moved out of the way (`Retire`) and
/// dropped when no column has it any more.
const SLOTS: usize = 4;
const RETIRE: usize = 0;
const DROP: usize = 1;
const MAKE: usize = 2;
/// What has to wait for the parts.
const LATE: usize = 3;

struct Planner<'a> {
    cx: Context<'a>,
    nodes: Vec<Node<'a>>,
    by_id: HashMap<&'a Id, usize>,
    /// For each object of `from`, by position: who depends on it.
    dependents: Vec<Vec<u32>>,
    /// The indexes of each table, in either schema.
    indexes: HashMap<&'a Id, Vec<&'a Id>>,
    /// Types and tables that are renamed before they are dropped, because values or rows move to the new ones.
    retired: BTreeSet<usize>,
    /// Slots that another slot takes care of.
    covered: HashMap<usize, usize>,
    /// Parts that have to be made on their own, and drops that have to be said, because a cycle ran through them.
    apart: HashSet<usize>,
}

pub(crate) fn plan(from: &Catalog, to: &Catalog, options: &Options) -> Result<Script> {
    let cx = Context { from, to, options };
    let mut planner = Planner::new(cx);
    planner.spread();
    planner.find_retired();
    let mut mentions = planner.mentions();
    // Each round takes something out of a cycle; the bound keeps a mistake from looping.
    for _ in 0..64 {
        planner.cover();
        let mut edges = planner.edges();
        edges.extend(&mentions);
        let slots = planner.slots();
        match graph::order(&slots, &edges, planner.nodes.len() * SLOTS, |slot| planner.rank(slot)) {
            Ok(order) => return Ok(planner.script(&order)),
            Err(cycle) => {
                let in_cycle = |slot: &usize| cycle.contains(slot);
                let wishes = mentions.len();
                mentions.retain(|(from, to)| !(in_cycle(from) && in_cycle(to)));
                if mentions.len() == wishes && !planner.take_apart(&cycle) {
                    let mut objects: Vec<Id> = Vec::new();
                    for slot in cycle {
                        let id = planner.nodes[slot / SLOTS].id;
                        if objects.last() != Some(id) {
                            objects.push(id.clone());
                        }
                    }
                    return Err(Error::Cycle { objects });
                }
            }
        }
    }
    Err(Error::Cycle { objects: Vec::new() })
}

impl<'a> Planner<'a> {
    fn new(cx: Context<'a>) -> Self {
        let (a, b) = (cx.from.objects(), cx.to.objects());
        // Where one of the two does not say which roles there are, it cannot be said which differ.
        let compared = |id: &Id| cx.from.roles == cx.to.roles || !matches!(id.kind, Kind::Role | Kind::Membership);
        let mut nodes = Vec::with_capacity(a.len().max(b.len()));
        let (mut i, mut j) = (0, 0);
        while i < a.len() || j < b.len() {
            let ordering = match (a.get(i), b.get(j)) {
                (Some(a), Some(b)) => a.id.cmp(&b.id),
                (Some(_), None) => std::cmp::Ordering::Less,
                _ => std::cmp::Ordering::Greater,
            };
            let old = if ordering.is_le() { a.get(i) } else { None };
            let new = if ordering.is_ge() { b.get(j) } else { None };
            i += usize::from(old.is_some());
            j += usize::from(new.is_some());
            let op = match (old, new) {
                (Some(old), Some(new)) => compare(cx, old, new),
                (Some(_), None) => Op::Drop,
                _ => Op::Create,
            };
            if let Some(object) = old.or(new).filter(|object| compared(&object.id)) {
                nodes.push(Node { id: &object.id, old, new, op });
            }
        }
        let by_id = nodes.iter().enumerate().map(|(i, node): (usize, &Node<'_>)| (node.id, i)).collect();
        let mut indexes: HashMap<&Id, Vec<&Id>> = HashMap::new();
        for object in a.iter().chain(b) {
            if let Body::Index(index) = &object.body {
                indexes.entry(&index.table).or_default().push(&object.id);
            }
        }
        Self {
            cx,
            nodes,
            by_id,
            dependents: cx.from.dependents(),
            indexes,
            retired: BTreeSet::new(),
            covered: HashMap::new(),
            apart: HashSet::new(),
        }
    }

    fn node(&self, id: &Id) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// Those that depend on the object in `from`.
    fn dependents_of(&self, node: usize) -> Vec<usize> {
        let Some(position) = self.nodes[node].old.and_then(|old| self.cx.from.position(&old.id)) else {
            return Vec::new();
        };
        self.dependents[position].iter().filter_map(|i| self.node(&self.cx.from.objects()[*i as usize].id)).collect()
    }

    fn depends_in_to(&self, node: usize) -> Vec<usize> {
        let Some(position) = self.cx.to.position(self.nodes[node].id) else { return Vec::new() };
        let list = self.cx.to.depends_on(position);
        list.iter().filter_map(|i| self.node(&self.cx.to.objects()[*i as usize].id)).collect()
    }

    /// Finds what has to be dropped and made again, or converted, because of what it depends on.
    fn spread(&mut self) {
        self.rebuild_by_key();
        let mut work: Vec<usize> =
            (0..self.nodes.len()).filter(|i| self.nodes[*i].destroyed() || self.nodes[*i].disturbs()).collect();
        while let Some(x) = work.pop() {
            // A partition of a table that is built anew is built anew too.
            if self.nodes[x].id.kind == Kind::Partition
                && self.nodes[x].op == Op::Replace
                && self.parent_is_replaced(&self.nodes[x])
                && let Some(table) = self.node(&self.nodes[x].id.with_kind(Kind::Table))
                && !self.nodes[table].destroyed()
            {
                self.nodes[table].op = Op::Replace;
                work.push(table);
            }
            for y in self.dependents_of(x) {
                if self.nodes[y].destroyed() {
                    continue;
                }
                let reaction = self.reaction(x, y);
                let (Some(old), Some(new)) = (self.nodes[y].old, self.nodes[y].new) else { continue };
                match reaction {
                    Reaction::Stay => continue,
                    Reaction::Replace => self.nodes[y].op = Op::Replace,
                    Reaction::Convert => {
                        let (Body::Column(a), Body::Column(b)) = (&old.body, &new.body) else { continue };
                        if let Some(table) = self.table_keyed_by(y) {
                            self.nodes[table].op = Op::Replace;
                            work.push(table);
                            continue;
                        }
                        let mut statements = match &self.nodes[y].op {
                            Op::Alter { disturbs: true, .. } => continue,
                            Op::Alter { statements, .. } => statements.clone(),
                            _ => Vec::new(),
                        };
                        if !(b.inherited && a.inherited && !b.local) {
                            statements.insert(0, column::retype_same(self.cx, new, b));
                            statements.splice(1..1, column::after_retype(self.cx, new, b));
                        }
                        self.nodes[y].op = Op::Alter { statements, disturbs: true };
                    }
                }
                work.push(y);
            }
        }
    }

    /// A column in a partition key cannot change its type: the table is built anew and its rows are copied.
    fn rebuild_by_key(&mut self) {
        for i in 0..self.nodes.len() {
            if self.nodes[i].disturbs()
                && let Some(table) = self.table_keyed_by(i)
            {
                self.nodes[table].op = Op::Replace;
            }
        }
    }

    /// The partitioned table of a column, when the column is in its key.
    fn table_keyed_by(&self, column: usize) -> Option<usize> {
        let id = self.nodes[column].id;
        let table = self.node(&id.with_kind_only(Kind::Table))?;
        let Body::Table(body) = &self.nodes[table].old?.body else { return None };
        let key = body.partition_key.as_ref()?;
        let name = id.part_name();
        let word = |c: char| c.is_alphanumeric() || c == '_' || c == '"';
        key.split(|c| !word(c)).any(|w| w == name).then_some(table)
    }

    fn reaction(&self, x: usize, y: usize) -> Reaction {
        let (from, to) = (&self.nodes[x], &self.nodes[y]);
        let generated = |node: &Node<'_>| {
            [node.old, node.new].iter().flatten().any(|o| matches!(&o.body, Body::Column(c) if c.generated.is_some()))
        };
        if !from.destroyed() {
            // A column that changes its type: the server converts indexes and checks by itself.
            let foreign_key = |node: &Node<'_>| matches!(node.old.map(|o| &o.body), Some(Body::Constraint(c)) if c.sort == ConstraintKind::ForeignKey);
            return match to.id.kind {
                Kind::Column if generated(to) => Reaction::Replace,
                Kind::Constraint if foreign_key(to) => Reaction::Replace,
                Kind::Default
                | Kind::View
                | Kind::MaterializedView
                | Kind::Rule
                | Kind::Trigger
                | Kind::Policy
                | Kind::Function
                | Kind::Procedure
                | Kind::Publication
                | Kind::Statistics => Reaction::Replace,
                _ => Reaction::Stay,
            };
        }
        // A change of its own may have made it independent.
        let still = self.depends_in_to(y).contains(&x);
        let altered = matches!(to.op, Op::Alter { .. });
        match to.id.kind {
            Kind::Column if generated(to) => Reaction::Replace,
            Kind::Column if from.id.kind.is_type() || from.id.kind == Kind::Collation => {
                let same_type = match (to.old.map(|o| &o.body), to.new.map(|o| &o.body)) {
                    (Some(Body::Column(a)), Some(Body::Column(b))) => a.type_name == b.type_name,
                    _ => false,
                };
                if same_type { Reaction::Convert } else { Reaction::Stay }
            }
            Kind::Column
            | Kind::Default
            | Kind::Constraint
            | Kind::Index
            | Kind::Partition
            | Kind::Trigger
            | Kind::Policy
            | Kind::Rule
                if is_relation(from.id.kind) && same_relation(from.id, to.id) =>
            {
                Reaction::Replace
            }
            // The partitions of a table that is built anew are built anew too, and filled through it.
            Kind::Partition if from.id.kind == Kind::Table && from.op == Op::Replace => Reaction::Replace,
            Kind::Table if from.id.kind == Kind::Server => Reaction::Replace,
            Kind::Table | Kind::Column | Kind::Sequence | Kind::Schema | Kind::Partition => Reaction::Stay,
            _ if altered && !still => Reaction::Stay,
            _ => Reaction::Replace,
        }
    }

    fn parent_is_replaced(&self, partition: &Node<'_>) -> bool {
        let Some(Body::Partition(body)) = partition.old.map(|o| &o.body) else { return false };
        self.node(&body.parent).is_some_and(|i| self.nodes[i].op == Op::Replace)
    }

    /// Whether the rows of a table that is built anew are copied here; those of a partition are copied from the top.
    fn copies(&self, i: usize) -> bool {
        let node = &self.nodes[i];
        let rows = |o: Option<&Object>| matches!(o.map(|o| &o.body), Some(Body::Table(t)) if t.sort != surefoot_catalog::objects::TableKind::Foreign);
        node.id.kind == Kind::Table
            && self.retired.contains(&i)
            && rows(node.old)
            && rows(node.new)
            && !self
                .node(&node.id.with_kind(Kind::Partition))
                .is_some_and(|p| self.nodes[p].old.is_some() && self.parent_is_replaced(&self.nodes[p]))
    }

    fn find_retired(&mut self) {
        for i in 0..self.nodes.len() {
            let node = &self.nodes[i];
            if node.id.kind == Kind::Table && node.op == Op::Replace && !is_foreign(node) {
                self.retired.insert(i);
            }
        }
        // A type may be in use by way of one that is in use.
        loop {
            let before = self.retired.len();
            for i in 0..self.nodes.len() {
                if self.has_to_make_place(i) {
                    self.retired.insert(i);
                }
            }
            if self.retired.len() == before {
                break;
            }
        }
    }

    /// Whether this is a type whose name is taken while columns still have it.
    fn has_to_make_place(&self, i: usize) -> bool {
        let node = &self.nodes[i];
        if !(node.id.kind.is_type() || node.id.kind == Kind::Collation) || !node.destroyed() {
            return false;
        }
        let taken =
            node.op == Op::Replace || type_kinds().any(|kind| self.cx.to.get(&node.id.with_kind(kind)).is_some());
        taken
            && self.dependents_of(i).into_iter().any(|y| {
                let other = &self.nodes[y];
                let in_use = other.id.kind == Kind::Column && (!other.destroyed() || self.table_is_retired(other.id));
                in_use || (other.id.kind.is_type() && self.retired.contains(&y))
            })
    }

    /// The slots that hold something to do.
    fn slots(&self) -> Vec<usize> {
        let mut out = Vec::new();
        for (i, node) in self.nodes.iter().enumerate() {
            if self.retired.contains(&i) {
                out.push(i * SLOTS + RETIRE);
            }
            if node.destroyed() {
                out.push(i * SLOTS + DROP);
            }
            if node.made() || matches!(node.op, Op::Alter { .. }) {
                out.push(i * SLOTS + MAKE);
            }
            if self.inherits_later(i).is_some()
                || self.copies(i)
                || self.completes_later(i).is_some()
                || self.checks_apart(i, MAKE)
            {
                out.push(i * SLOTS + LATE);
            }
            if self.checks_apart(i, DROP) {
                out.push(i * SLOTS + RETIRE);
            }
        }
        out.retain(|slot| !self.covered.contains_key(slot));
        out
    }

    fn inherits_later(&self, i: usize) -> Option<(&'a Object, &'a Table, &'a Table)> {
        let node = &self.nodes[i];
        let (Some(old), Some(new)) = (node.old, node.new) else { return None };
        let (Body::Table(a), Body::Table(b)) = (&old.body, &new.body) else { return None };
        (!inheritance::joined(self.cx, &new.id, a, b).is_empty()).then_some((new, a, b))
    }

    /// A type that its functions need and that needs its functions: first it is a shell.
    fn completes_later(&self, i: usize) -> Option<&'a Object> {
        let node = &self.nodes[i];
        node.new.filter(|new| node.made() && base_type::has_shell(&new.body))
    }

    /// Whether the checks of a domain come after it is made, or go before it is dropped: the functions they call need
    /// the domain.
    fn checks_apart(&self, i: usize, slot: usize) -> bool {
        let node = &self.nodes[i];
        let happens = if slot == MAKE { node.made() } else { node.destroyed() && !self.retired.contains(&i) };
        node.id.kind == Kind::Domain && happens && self.apart.contains(&(i * SLOTS + slot))
    }

    /// The slot in which the node is fit for use.
    fn ready(&self, i: usize) -> usize {
        i * SLOTS + if self.completes_later(i).is_some() { LATE } else { MAKE }
    }

    fn representative(&self, slot: usize) -> usize {
        let mut slot = slot;
        // A default goes with its column, which goes with its table.
        for _ in 0..8 {
            match self.covered.get(&slot) {
                Some(owner) => slot = *owner,
                None => break,
            }
        }
        slot
    }

    /// What comes first when nothing else decides: drops, from the outside in, then the rest from the inside out.
    fn rank(&self, slot: usize) -> (bool, i32, &'a Id, usize) {
        let node = &self.nodes[slot / SLOTS];
        let kind = node.id.kind as i32;
        match slot % SLOTS {
            // A role goes when nothing is left that names it.
            DROP if matches!(node.id.kind, Kind::Role | Kind::Membership) => (true, i32::MAX - kind, node.id, slot),
            // What is made meanwhile gets the privileges that were the default before.
            DROP if node.id.kind == Kind::DefaultPrivilege => (true, kind, node.id, slot),
            DROP | RETIRE => (false, -kind, node.id, slot),
            _ => (true, kind, node.id, slot),
        }
    }
}

/// What has to happen to an object when one it depends on is dropped or changes its type.
enum Reaction {
    Stay,
    Replace,
    /// Its values become values of the new type of the same name.
    Convert,
}

/// What has to be done about an object that both have.
fn compare(cx: Context<'_>, old: &Object, new: &Object) -> Op {
    if untouched(old, new) {
        return Op::Keep;
    }
    let common = || common::alter(cx, old, new);
    match change::alter(cx, old, new) {
        Change::Replace => Op::Replace,
        Change::Same => {
            let statements = common();
            if statements.is_empty() { Op::Keep } else { Op::Alter { statements, disturbs: false } }
        }
        Change::Alter { mut statements, disturbs } => {
            statements.extend(common());
            Op::Alter { statements, disturbs }
        }
    }
}

/// Whether nothing is to be done, as can be seen without looking at other objects: of most objects of two schemas.
fn untouched(old: &Object, new: &Object) -> bool {
    let alone = match (&old.body, &new.body) {
        // The place of a column cannot be changed, and the sequence of an identity is looked up.
        (Body::Column(a), Body::Column(b)) => {
            a.identity.is_none()
                && (a == b || (a.position != b.position && Column { position: b.position, ..(**a).clone() } == **b))
                && old.owner == new.owner
                && old.acl == new.acl
                && old.comment == new.comment
                && old.labels == new.labels
        }
        (
            Body::Table(_)
            | Body::Default(_)
            | Body::Constraint(_)
            | Body::Index(_)
            | Body::Partition(_)
            | Body::View(_)
            | Body::MaterializedView(_)
            | Body::Function(_)
            | Body::Trigger(_)
            | Body::Policy(_)
            | Body::Enum(_),
            _,
        ) => old == new,
        _ => false,
    };
    alone && old.id == new.id
}

/// The tables a table inherits from or is a partition of.
fn parents(catalog: &Catalog, table: &Id) -> Vec<Id> {
    let mut out = match catalog.get(table).map(|o| &o.body) {
        Some(Body::Table(table)) => table.inherits.clone(),
        _ => Vec::new(),
    };
    if let Some(Body::Partition(partition)) = catalog.get(&table.with_kind(Kind::Partition)).map(|o| &o.body) {
        out.push(partition.parent.clone());
    }
    out
}

/// A foreign table has no rows of its own to keep.
fn is_foreign(node: &Node<'_>) -> bool {
    let foreign = |o: &Object| matches!(&o.body, Body::Table(table) if table.sort == TableKind::Foreign);
    node.old.is_some_and(foreign) && node.new.is_some_and(foreign)
}

fn is_relation(kind: Kind) -> bool {
    matches!(kind, Kind::Table | Kind::View | Kind::MaterializedView)
}

fn same_relation(a: &Id, b: &Id) -> bool {
    a.schema == b.schema && a.name == b.name
}

fn type_kinds() -> impl Iterator<Item = Kind> {
    [Kind::BaseType, Kind::Enum, Kind::Domain, Kind::Composite, Kind::Range].into_iter()
}

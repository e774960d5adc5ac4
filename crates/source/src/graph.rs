//! The order of migrations and who waits for whom.
//!
//! Declared dependencies bind. A migration that declares none follows the one before it in the
//! order, so a plainly numbered chain has one head. Where two migrations declare the same parent
//! the history has two branches, and two heads until a migration declares both.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};

use crate::error::{CycleMember, Edge, Problem};
use crate::set::{Migration, MigrationSet};

/// The dependencies of a [`MigrationSet`].
#[derive(Debug, Clone)]
pub struct Graph {
    nodes: Vec<Node>,
    by_id: HashMap<String, usize>,
}

/// One migration in a graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The migration's id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Whether it is repeatable: such migrations have no parents unless they declare them.
    pub repeatable: bool,
    parents: Vec<(usize, Edge)>,
    children: Vec<usize>,
}

impl Graph {
    /// The graph of a set.
    pub fn of(set: &MigrationSet) -> Self {
        let mut nodes: Vec<Node> = Vec::with_capacity(set.len());
        let mut previous = None;
        for (index, migration) in set.migrations().iter().enumerate() {
            let mut parents: Vec<(usize, Edge)> = Vec::new();
            let declared = migration.depends.len().saturating_sub(migration.prose_depends);
            for (nth, id) in migration.depends.iter().enumerate() {
                let edge = if nth < declared { Edge::Declared } else { Edge::Header };
                if let Some(parent) = set.position(id) {
                    parents.push((parent, edge));
                }
            }
            if !migration.repeatable {
                if let Some(previous) = previous
                    && !migration.declares_depends
                    && parents.iter().all(|(parent, _)| *parent != previous)
                {
                    parents.push((previous, Edge::Previous));
                }
                previous = Some(index);
            }
            parents.sort_unstable();
            nodes.push(Node {
                id: migration.id.clone(),
                title: migration.title.clone(),
                repeatable: migration.repeatable,
                parents,
                children: Vec::new(),
            });
        }
        for index in 0..nodes.len() {
            for (parent, _) in nodes[index].parents.clone() {
                nodes[parent].children.push(index);
            }
        }
        let by_id = nodes.iter().enumerate().map(|(index, node)| (node.id.clone(), index));
        let by_id = by_id.collect();
        Self { nodes, by_id }
    }

    /// All migrations, in the order they run.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The ids in the order they run.
    pub fn order(&self) -> impl Iterator<Item = &str> {
        self.nodes.iter().map(|node| node.id.as_str())
    }

    /// What a migration comes after, and why, in order.
    pub fn parents(&self, id: &str) -> Vec<(&str, Edge)> {
        let node = self.by_id.get(id).map(|index| &self.nodes[*index]);
        let parents = node.map(|node| node.parents.as_slice()).unwrap_or_default();
        parents.iter().map(|(parent, edge)| (self.nodes[*parent].id.as_str(), *edge)).collect()
    }

    /// What comes directly after a migration, in order.
    pub fn children(&self, id: &str) -> Vec<&str> {
        let node = self.by_id.get(id).map(|index| &self.nodes[*index]);
        let children = node.map(|node| node.children.as_slice()).unwrap_or_default();
        children.iter().map(|child| self.nodes[*child].id.as_str()).collect()
    }

    /// The versioned migrations that nothing comes after, in order. More than one means that
    /// branches were not merged.
    pub fn heads(&self) -> Vec<&str> {
        let is_head =
            |node: &&Node| !node.repeatable && node.children.iter().all(|child| self.nodes[*child].repeatable);
        self.nodes.iter().filter(is_head).map(|node| node.id.as_str()).collect()
    }

    /// Every migration that one of `ids` comes after, directly or not. Unknown ids are passed over.
    pub fn ancestors<'a>(&self, ids: impl IntoIterator<Item = &'a str>) -> BTreeSet<&str> {
        let start = ids.into_iter().filter_map(|id| self.by_id.get(id).copied());
        self.reach(start, |node| node.parents.iter().map(|(parent, _)| *parent).collect())
    }

    /// Every migration that comes after `id`, directly or not: what must be undone before it.
    pub fn descendants(&self, id: &str) -> BTreeSet<&str> {
        self.reach(self.by_id.get(id).copied(), |node| node.children.clone())
    }

    fn reach(&self, start: impl IntoIterator<Item = usize>, next: impl Fn(&Node) -> Vec<usize>) -> BTreeSet<&str> {
        let mut seen = vec![false; self.nodes.len()];
        let mut open: Vec<usize> = start.into_iter().collect();
        let mut found = BTreeSet::new();
        while let Some(index) = open.pop() {
            for other in next(&self.nodes[index]) {
                if !seen[other] {
                    seen[other] = true;
                    found.insert(self.nodes[other].id.as_str());
                    open.push(other);
                }
            }
        }
        found
    }

    /// For drawing: each node's parents by position.
    pub(crate) fn parent_positions(&self, index: usize) -> &[(usize, Edge)] {
        &self.nodes[index].parents
    }
}

/// Brings migrations that are in id order into the order they run, or names the cycles.
///
/// `edges` holds, for each migration, the positions it was declared to come after.
pub(crate) fn sort(migrations: Vec<Migration>, edges: &[Vec<(usize, Edge)>]) -> Result<Vec<Migration>, Vec<Problem>> {
    let mut waiting: Vec<usize> = edges.iter().map(Vec::len).collect();
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); migrations.len()];
    for (index, parents) in edges.iter().enumerate() {
        for (parent, _) in parents {
            children[*parent].push(index);
        }
    }
    let ready = waiting.iter().enumerate().filter(|(_, count)| **count == 0);
    let mut ready: BinaryHeap<Reverse<usize>> = ready.map(|(index, _)| Reverse(index)).collect();
    let mut place: Vec<Option<usize>> = vec![None; migrations.len()];
    let mut next = 0;
    while let Some(Reverse(index)) = ready.pop() {
        place[index] = Some(next);
        next += 1;
        for child in &children[index] {
            waiting[*child] -= 1;
            if waiting[*child] == 0 {
                ready.push(Reverse(*child));
            }
        }
    }
    if next < migrations.len() {
        return Err(cycles(&migrations, edges, &place));
    }
    let mut placed: Vec<(Option<usize>, Migration)> = place.into_iter().zip(migrations).collect();
    placed.sort_by_key(|(place, _)| *place);
    Ok(placed.into_iter().map(|(_, migration)| migration).collect())
}

/// The cycles among the migrations that found no place: each of them waits for another such one,
/// so following the waits leads round.
fn cycles(migrations: &[Migration], edges: &[Vec<(usize, Edge)>], place: &[Option<usize>]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut seen = vec![false; migrations.len()];
    for start in 0..migrations.len() {
        if place[start].is_some() || seen[start] {
            continue;
        }
        let mut path: Vec<(usize, Edge)> = Vec::new();
        let mut at = start;
        loop {
            if let Some(first) = path.iter().position(|(index, _)| *index == at) {
                problems.push(Problem::Cycle { members: members(migrations, &path[first..]) });
                break;
            }
            if seen[at] {
                break;
            }
            seen[at] = true;
            let Some((parent, edge)) = edges[at].iter().find(|(p, _)| place[*p].is_none()) else {
                break;
            };
            path.push((at, *edge));
            at = *parent;
        }
    }
    problems
}

fn members(migrations: &[Migration], path: &[(usize, Edge)]) -> Vec<CycleMember> {
    let least = path.iter().enumerate().min_by_key(|(_, (index, _))| *index);
    let turn = least.map_or(0, |(turn, _)| turn);
    let turned = path.iter().cycle().skip(turn).take(path.len());
    turned
        .map(|(index, edge)| CycleMember {
            id: migrations[*index].id.clone(),
            path: migrations[*index].up.path.clone(),
            because: *edge,
        })
        .collect()
}

//! Putting things in order.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The nodes in an order that respects the edges (first before second); among those that could go next the one with
/// the smallest rank. Fails with the nodes of a cycle, each before the next.
pub(crate) fn order<R: Ord + Clone>(
    nodes: &[usize],
    edges: &[(usize, usize)],
    size: usize,
    rank: impl Fn(usize) -> R,
) -> Result<Vec<usize>, Vec<usize>> {
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); size];
    let mut waits = vec![0usize; size];
    let mut wanted = vec![false; size];
    for node in nodes {
        wanted[*node] = true;
    }
    for (from, to) in edges {
        if wanted[*from] && wanted[*to] && from != to {
            next[*from].push(*to);
            waits[*to] += 1;
        }
    }
    let mut ready: BinaryHeap<Reverse<(R, usize)>> =
        nodes.iter().filter(|n| waits[**n] == 0).map(|n| Reverse((rank(*n), *n))).collect();
    let mut done = Vec::with_capacity(nodes.len());
    while let Some(Reverse((_, node))) = ready.pop() {
        done.push(node);
        wanted[node] = false;
        for to in &next[node] {
            waits[*to] -= 1;
            if waits[*to] == 0 {
                ready.push(Reverse((rank(*to), *to)));
            }
        }
    }
    if done.len() == nodes.len() { Ok(done) } else { Err(cycle(nodes, &next, &wanted)) }
}

/// One cycle among the nodes that are left. Every one of them waits for another, so walking backwards must come
/// round.
fn cycle(nodes: &[usize], next: &[Vec<usize>], left: &[bool]) -> Vec<usize> {
    let mut before: Vec<Option<usize>> = vec![None; left.len()];
    for from in nodes.iter().filter(|n| left[**n]) {
        for to in next[*from].iter().filter(|to| left[**to]) {
            before[*to] = Some(*from);
        }
    }
    let Some(mut at) = nodes.iter().copied().find(|n| left[*n] && before[*n].is_some()) else { return Vec::new() };
    let mut seen = vec![false; left.len()];
    while !seen[at] {
        seen[at] = true;
        match before[at] {
            Some(from) => at = from,
            None => return vec![at],
        }
    }
    let start = at;
    let mut found = vec![start];
    while let Some(from) = before[at] {
        if from == start {
            break;
        }
        found.push(from);
        at = from;
    }
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_first_then_rank() {
        assert_eq!(order(&[0, 1, 2], &[(2, 0)], 3, |n| n), Ok(vec![1, 2, 0]));
        assert_eq!(order(&[0, 2], &[(2, 0), (0, 1), (1, 2)], 3, |n| n), Ok(vec![2, 0]));
    }

    #[test]
    fn a_cycle_is_told_in_its_order() {
        let mut found = order(&[0, 1, 2, 3], &[(0, 1), (1, 2), (2, 1), (2, 3)], 4, |n| n).expect_err("a cycle");
        found.sort_unstable();
        assert_eq!(found, [1, 2]);
    }
}

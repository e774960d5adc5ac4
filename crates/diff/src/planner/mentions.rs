//! What the bodies of functions mention. The server does not look into them before they run, but an index, a check or
//! a materialized view runs them while the script is on its way.

use std::collections::HashMap;

use surefoot_catalog::Body;

use super::{MAKE, Op, Planner, SLOTS};

impl Planner<'_> {
    /// Pairs of slots: the function that is mentioned, and the one that mentions it. A wish, not a need: a mention
    /// may be a comment, and functions may call each other.
    pub(super) fn mentions(&self) -> Vec<(usize, usize)> {
        let mut bodies: Vec<(usize, &str)> = Vec::new();
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        for (i, node) in self.nodes.iter().enumerate() {
            if let Some(Body::Function(function)) = node.new.map(|o| &o.body)
                && (node.made() || matches!(node.op, Op::Alter { .. }))
            {
                bodies.push((i, &function.definition));
                by_name.entry(&node.id.name).or_default().push(i);
            }
        }
        let mut out = Vec::new();
        for (x, text) in bodies {
            let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'));
            for y in words.filter_map(|word| by_name.get(word)).flatten() {
                // Its own name, and others of that name, stand in the heading.
                if self.nodes[*y].id.name != self.nodes[x].id.name {
                    out.push((y * SLOTS + MAKE, x * SLOTS + MAKE));
                }
            }
        }
        out.sort_unstable();
        out.dedup();
        out
    }
}

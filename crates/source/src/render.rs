//! Drawings of a graph: plain text, DOT and SVG.
//!
//! One line per migration in the order they run, and beside it one lane per branch that is open
//! there. An edge that others imply is not drawn.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::error::Edge;
use crate::graph::Graph;

/// What a target has of a migration, for a drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeState {
    /// Applied.
    Applied,
    /// Committed in part.
    Partial,
    /// Not applied.
    Pending,
    /// Not applied, though what comes after it is.
    OutOfOrder,
    /// Applied with another text.
    Changed,
}

impl NodeState {
    /// A word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Partial => "partial",
            Self::Pending => "pending",
            Self::OutOfOrder => "out of order",
            Self::Changed => "changed",
        }
    }
}

/// The states of migrations by id; those without one are drawn without.
pub type States = BTreeMap<String, NodeState>;

impl Graph {
    /// The graph in ASCII, first migration on top: `*` is applied, `o` is not, `x` needs a look.
    pub fn to_text(&self, states: &States) -> String {
        let drawing = Drawing::of(self);
        let heads = self.heads();
        let width = self.nodes().iter().map(|node| node.id.chars().count()).max().unwrap_or(0);
        let mut out = String::new();
        let lanes = drawing.lanes();
        let mut repeatable_told = false;
        for row in &drawing.rows {
            let node = &self.nodes()[row.node];
            let state = states.get(&node.id).copied();
            if node.repeatable && !repeatable_told {
                out.push_str("repeatable:\n");
                repeatable_told = true;
            }
            for merge in &row.merges {
                link_line(&mut out, merge, '\'');
            }
            let mark = match state {
                None | Some(NodeState::Applied) => '*',
                Some(NodeState::Pending) => 'o',
                Some(NodeState::Partial | NodeState::OutOfOrder | NodeState::Changed) => 'x',
            };
            let mut line = String::new();
            for (lane, open) in row.open.iter().enumerate() {
                line.push(if lane == row.lane {
                    mark
                } else if *open {
                    '|'
                } else {
                    ' '
                });
                line.push(' ');
            }
            line.extend(std::iter::repeat_n(' ', 2 * (lanes - row.open.len())));
            let _ = write!(line, " {:width$}  {}", node.id, node.title);
            if let Some(state) = state {
                let _ = write!(line, "  [{}]", state.as_str());
            }
            if heads.len() > 1 && heads.contains(&node.id.as_str()) {
                line.push_str("  <- head");
            }
            out.push_str(line.trim_end());
            out.push('\n');
            for fork in &row.forks {
                link_line(&mut out, fork, '.');
            }
        }
        out
    }

    /// The graph in the language of Graphviz. Dashed edges follow from the order alone, dotted ones
    /// from a header's prose.
    pub fn to_dot(&self, states: &States) -> String {
        let mut out = String::from(
            "digraph migrations {\n  rankdir=TB;\n  node [shape=box, style=\"rounded,filled\", \
             fillcolor=white, fontname=\"sans-serif\"];\n",
        );
        for node in self.nodes() {
            let state = states.get(&node.id).copied();
            let (colour, note) = match state {
                None => ("white", ""),
                Some(state) => (fill(state), state.as_str()),
            };
            let id = dot_text(&node.id);
            let title = dot_text(&node.title);
            let _ = write!(out, "  \"{id}\" [label=\"{id}\\n{title}\", fillcolor=\"{colour}\"");
            if !note.is_empty() {
                let _ = write!(out, ", tooltip=\"{note}\"");
            }
            out.push_str("];\n");
        }
        for (index, node) in self.nodes().iter().enumerate() {
            for (parent, edge) in self.parent_positions(index) {
                let style = match edge {
                    Edge::Declared => "solid",
                    Edge::Previous => "dashed",
                    Edge::Header => "dotted",
                };
                let from = dot_text(&self.nodes()[*parent].id);
                let to = dot_text(&node.id);
                let _ = writeln!(out, "  \"{from}\" -> \"{to}\" [style={style}];");
            }
        }
        out.push_str("}\n");
        out
    }

    /// The graph as a picture that can be read on a light and on a dark page.
    pub fn to_svg(&self, states: &States) -> String {
        let drawing = Drawing::of(self);
        let lanes = drawing.lanes();
        let label_x = MARGIN + lanes * LANE + 8;
        let longest = self.nodes().iter().map(|node| {
            let state = states.get(&node.id).map_or(0, |state| state.as_str().len() + 3);
            node.id.chars().count() + node.title.chars().count() + state + 3
        });
        let width = label_x + longest.max().unwrap_or(0) * 8 + MARGIN;
        let height = 2 * MARGIN + drawing.rows.len() * ROW;
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"migrations\">\n{STYLE}"
        );
        let mut row_of = vec![0; self.nodes().len()];
        for (position, row) in drawing.rows.iter().enumerate() {
            row_of[row.node] = position;
        }
        for line in &drawing.lines {
            let (from, to) = (row_of[line.parent], row_of[line.child]);
            let (x0, y0) = (x(drawing.rows[from].lane), y(from));
            let (x1, y1) = (x(drawing.rows[to].lane), y(to));
            let lane = x(line.lane);
            let mut path = format!("M{x0} {y0}");
            let mut at = (x0, y0);
            if to > from + 1 {
                curve(&mut path, at, (lane, y0 + ROW));
                at = (lane, y1 - ROW);
                let _ = write!(path, " L{} {}", at.0, at.1);
            }
            curve(&mut path, at, (x1, y1));
            let _ = writeln!(out, "<path class=\"edge\" d=\"{path}\"/>");
        }
        for (position, row) in drawing.rows.iter().enumerate() {
            let node = &self.nodes()[row.node];
            let state = states.get(&node.id).copied();
            let class = state.map_or("none", class);
            let (cx, cy) = (x(row.lane), y(position));
            let _ = write!(
                out,
                "<g><title>{0}</title><circle class=\"{class}\" cx=\"{cx}\" cy=\"{cy}\" r=\"6\"/>\
                 <text x=\"{label_x}\" y=\"{1}\"><tspan class=\"id\">{2}</tspan> {3}",
                xml(&format!("{} {}", node.id, node.title)),
                cy + 5,
                xml(&node.id),
                xml(&node.title),
            );
            if let Some(state) = state {
                let _ = write!(out, " <tspan class=\"state\">{}</tspan>", state.as_str());
            }
            out.push_str("</text></g>\n");
        }
        out.push_str("</svg>\n");
        out
    }
}

const ROW: usize = 32;
const LANE: usize = 22;
const MARGIN: usize = 16;

const STYLE: &str = "<style>\n\
    text{font:14px ui-sans-serif,system-ui,sans-serif;fill:#1c2733}\n\
    .id{font-weight:600;font-family:ui-monospace,monospace}.state{fill:#5b6b7b;font-style:italic}\n\
    .edge{fill:none;stroke:#8a97a5;stroke-width:2}\n\
    circle{stroke:#1c2733;stroke-width:2;fill:#fff}\n\
    .applied{fill:#2e8b57}.pending{fill:#fff}.partial,.late{fill:#d9822b}.changed{fill:#c23b3b}\n\
    @media (prefers-color-scheme:dark){text{fill:#e6edf3}.state{fill:#9fb0c0}\
    circle{stroke:#e6edf3}.pending,.none{fill:#0d1117}}\n\
    </style>\n";

fn x(lane: usize) -> usize {
    MARGIN + lane * LANE + LANE / 2
}

fn y(row: usize) -> usize {
    MARGIN + row * ROW + ROW / 2
}

fn curve(path: &mut String, (x0, y0): (usize, usize), (x1, y1): (usize, usize)) {
    let middle = usize::midpoint(y0, y1);
    if x0 == x1 {
        let _ = write!(path, " L{x1} {y1}");
    } else {
        let _ = write!(path, " C{x0} {middle} {x1} {middle} {x1} {y1}");
    }
}

fn class(state: NodeState) -> &'static str {
    match state {
        NodeState::Applied => "applied",
        NodeState::Partial => "partial",
        NodeState::Pending => "pending",
        NodeState::OutOfOrder => "late",
        NodeState::Changed => "changed",
    }
}

fn fill(state: NodeState) -> &'static str {
    match state {
        NodeState::Applied => "#cfead9",
        NodeState::Pending => "white",
        NodeState::Partial | NodeState::OutOfOrder => "#fbe3c8",
        NodeState::Changed => "#f6cccc",
    }
}

fn dot_text(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', " ")
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .chars()
        .filter(|c| !c.is_control())
        .collect()
}

/// Where everything stands.
#[derive(Debug, Default)]
struct Drawing {
    rows: Vec<Row>,
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Row {
    node: usize,
    lane: usize,
    /// Which lanes are open beside the node.
    open: Vec<bool>,
    /// Lanes that end here, drawn above the node.
    merges: Vec<Link>,
    /// Lanes that begin here, drawn below it.
    forks: Vec<Link>,
}

/// A lane that joins or leaves another, and which lanes are open beside it.
#[derive(Debug)]
struct Link {
    lane: usize,
    other: usize,
    open: Vec<bool>,
}

#[derive(Debug)]
struct Line {
    parent: usize,
    child: usize,
    lane: usize,
}

impl Drawing {
    /// How many lanes there are side by side at most.
    fn lanes(&self) -> usize {
        self.rows.iter().map(|row| row.open.len()).max().unwrap_or(1)
    }

    fn of(graph: &Graph) -> Self {
        let parents = reduced(graph);
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); parents.len()];
        for (child, own) in parents.iter().enumerate() {
            for parent in own {
                children[*parent].push(child);
            }
        }
        let mut drawing = Self::default();
        // Each open lane leads from a parent to a child.
        let mut lanes: Vec<Option<(usize, usize)>> = Vec::new();
        for (node, own) in children.iter().enumerate() {
            let incoming: Vec<usize> =
                (0..lanes.len()).filter(|lane| lanes[*lane].is_some_and(|(_, child)| child == node)).collect();
            let lane = incoming.first().copied().unwrap_or_else(|| free(&mut lanes));
            let mut merges = Vec::new();
            for other in &incoming {
                if let Some((parent, child)) = lanes[*other] {
                    drawing.lines.push(Line { parent, child, lane: *other });
                }
                if *other != lane {
                    let open = lanes.iter().map(Option::is_some).collect();
                    merges.push(Link { lane, other: *other, open });
                    lanes[*other] = None;
                }
            }
            lanes[lane] = Some((node, node));
            while lanes.last().is_some_and(Option::is_none) {
                lanes.pop();
            }
            let open: Vec<bool> = lanes.iter().map(Option::is_some).collect();
            let mut forks = Vec::new();
            lanes[lane] = own.first().map(|child| (node, *child));
            for child in own.iter().skip(1) {
                let other = free(&mut lanes);
                lanes[other] = Some((node, *child));
                let open = lanes.iter().map(Option::is_some).collect();
                forks.push(Link { lane, other, open });
            }
            drawing.rows.push(Row { node, lane, open, merges, forks });
        }
        drawing
    }
}

fn free(lanes: &mut Vec<Option<(usize, usize)>>) -> usize {
    match lanes.iter().position(Option::is_none) {
        Some(lane) => lane,
        None => {
            lanes.push(None);
            lanes.len() - 1
        }
    }
}

/// Each node's parents without those that another of them comes after.
fn reduced(graph: &Graph) -> Vec<Vec<usize>> {
    (0..graph.nodes().len())
        .map(|index| {
            let all: Vec<usize> = graph.parent_positions(index).iter().map(|(p, _)| *p).collect();
            let Some(least) = all.iter().min().copied().filter(|_| all.len() > 1) else {
                return all;
            };
            let mut implied = vec![false; index + 1 - least];
            let mut open = all.clone();
            while let Some(node) = open.pop() {
                for (parent, _) in graph.parent_positions(node) {
                    if *parent >= least && !implied[*parent - least] {
                        implied[*parent - least] = true;
                        open.push(*parent);
                    }
                }
            }
            all.into_iter().filter(|parent| !implied[*parent - least]).collect()
        })
        .collect()
}

fn link_line(out: &mut String, link: &Link, end: char) {
    let (low, high) = (link.lane.min(link.other), link.lane.max(link.other));
    let mut line = String::new();
    for lane in 0..link.open.len().max(high + 1) {
        let open = link.open.get(lane).copied().unwrap_or(false);
        let between = low < lane && lane < high;
        line.push(if lane == link.other {
            end
        } else if open || lane == link.lane {
            '|'
        } else if between {
            '-'
        } else {
            ' '
        });
        line.push(if low <= lane && lane < high { '-' } else { ' ' });
    }
    out.push_str(line.trim_end());
    out.push('\n');
}

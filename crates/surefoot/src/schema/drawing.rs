//! Tables and what points where, as a drawing.

use std::fmt::Write as _;

use surefoot_catalog::objects::{Column, ConstraintKind};
use surefoot_catalog::{Body, Catalog, Id, Kind, Object};

/// A foreign key: from table, to table, its name.
struct Link<'a> {
    from: Id,
    to: &'a Id,
    name: &'a str,
}

fn tables(catalog: &Catalog) -> Vec<&Object> {
    catalog.objects().iter().filter(|o| matches!(&o.body, Body::Table(table) if !table.is_partition)).collect()
}

fn columns<'a>(catalog: &'a Catalog, table: &Id) -> Vec<(&'a str, &'a Column)> {
    let columns = catalog.columns(table).into_iter().filter_map(|o| match &o.body {
        Body::Column(column) => Some((&*o.id.sub, &**column)),
        _ => None,
    });
    columns.collect()
}

fn links(catalog: &Catalog) -> Vec<Link<'_>> {
    let keys = catalog.objects().iter().filter_map(|o| match &o.body {
        Body::Constraint(c) if c.sort == ConstraintKind::ForeignKey => {
            Some(Link { from: o.id.with_kind_only(Kind::Table), to: c.references.as_ref()?, name: &o.id.sub })
        }
        _ => None,
    });
    keys.collect()
}

/// Mermaid's `erDiagram`.
#[must_use]
pub fn mermaid(catalog: &Catalog) -> String {
    let word = |text: &str| -> String { text.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect() };
    let mut out = String::from("erDiagram\n");
    for table in tables(catalog) {
        // Writing to a string cannot fail, here and below.
        let _ = writeln!(out, "    {}[\"{}\"] {{", word(&table.id.relation()), table.id.relation().replace('"', "'"));
        for (name, column) in columns(catalog, &table.id) {
            let _ = writeln!(out, "        {} {}", word(&column.type_name), word(name));
        }
        out.push_str("    }\n");
    }
    for link in links(catalog) {
        let (from, to) = (word(&link.from.relation()), word(&link.to.relation()));
        let _ = writeln!(out, "    {to} ||--o{{ {from} : \"{}\"", link.name.replace('"', "'"));
    }
    out
}

/// Graphviz.
#[must_use]
pub fn dot(catalog: &Catalog) -> String {
    let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    let mut out =
        String::from("digraph schema {\n    rankdir=LR;\n    node [shape=record, fontname=\"sans-serif\"];\n");
    let field = |text: &str| -> String {
        let mut escaped = String::new();
        for c in quoted(text).chars() {
            if "{}|<> ".contains(c) {
                escaped.push('\\');
            }
            escaped.push(c);
        }
        escaped
    };
    for table in tables(catalog) {
        let name = table.id.relation();
        let lines: Vec<String> = columns(catalog, &table.id)
            .iter()
            .map(|(n, c)| format!("{}\\l", field(&format!("{n} {}", c.type_name))))
            .collect();
        let _ = writeln!(out, "    \"{}\" [label=\"{{{}|{}}}\"];", quoted(&name), field(&name), lines.join(""));
    }
    for link in links(catalog) {
        let (from, to) = (quoted(&link.from.relation()), quoted(&link.to.relation()));
        let _ = writeln!(out, "    \"{from}\" -> \"{to}\" [label=\"{}\"];", quoted(link.name));
    }
    out.push_str("}\n");
    out
}

const WIDTH: usize = 280;
const LINE: usize = 18;
const GAP: usize = 60;

/// A picture: the tables in columns, a line for each foreign key.
#[must_use]
pub fn svg(catalog: &Catalog) -> String {
    let tables = tables(catalog);
    let across = (1..).find(|n| n * n >= tables.len()).unwrap_or(1).max(1);
    let mut heights = vec![GAP; across];
    let mut boxes = Vec::new();
    for table in &tables {
        let lines = columns(catalog, &table.id);
        let place = (0..across).min_by_key(|i| heights[*i]).unwrap_or_default();
        let height = LINE * (lines.len() + 1) + 12;
        boxes.push((table, lines, GAP + place * (WIDTH + GAP), heights[place], height));
        heights[place] += height + GAP;
    }
    let width = GAP + across * (WIDTH + GAP);
    let height = heights.iter().max().copied().unwrap_or(GAP);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    let find = |id: &Id| boxes.iter().find(|(table, ..)| table.id == *id);
    for link in links(catalog) {
        let (Some((_, _, x1, y1, _)), Some((_, _, x2, y2, _))) = (find(&link.from), find(link.to)) else { continue };
        let (start, end) = if x1 < x2 { (x1 + WIDTH, *x2) } else { (*x1, x2 + WIDTH) };
        let bend = if x1 < x2 { start + GAP / 2 } else { start.saturating_sub(GAP / 2) };
        let (y1, y2) = (y1 + LINE / 2 + 4, y2 + LINE / 2 + 4);
        let _ = writeln!(
            out,
            "<path d=\"M{start} {y1} C{bend} {y1} {bend} {y2} {end} {y2}\" fill=\"none\" stroke=\"#888\"><title>{}</title></path>",
            escape(link.name)
        );
    }
    for (table, lines, x, y, height) in &boxes {
        let _ = writeln!(
            out,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{height}\" rx=\"4\" fill=\"#fafafa\" stroke=\"#444\"/>\n\
             <text x=\"{}\" y=\"{}\" font-weight=\"bold\">{}</text>",
            x + 8,
            y + LINE - 2,
            escape(&cut(&table.id.relation(), 36))
        );
        for (i, (name, column)) in lines.iter().enumerate() {
            let text = cut(&format!("{name}  {}", column.type_name), 42);
            let y = y + LINE * (i + 2) - 2;
            let _ = writeln!(out, "<text x=\"{}\" y=\"{y}\" fill=\"#333\">{}</text>", x + 8, escape(&text));
        }
    }
    out.push_str("</svg>\n");
    out
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most - 1).chain(['…']).collect() }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

//! The report of a comparison as one HTML file: no script, no other file, readable on paper.

use std::fmt::Write as _;

use similar::{ChangeTag, TextDiff};

use crate::schema::drift::How;
use crate::schema::sides::{Compared, Expected, SideDifference};

const STYLE: &str = "\
:root{--line:#d0d7de;--add:#dafbe1;--del:#ffebe9;--dim:#59636e}\
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:1200px;padding:0 1rem;color:#1f2328;background:#fff}\
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem;border-bottom:1px solid var(--line)}\
h3{font-size:1rem;margin:1.5rem 0 .3rem}.dim{color:var(--dim)}.ok{color:#1a7f37}.bad{color:#b42318}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.25rem .6rem;border:1px solid var(--line);vertical-align:top}\
th{background:#f6f8fa}table.code{table-layout:fixed;font:12px/1.45 ui-monospace,monospace}\
table.code td{white-space:pre-wrap;overflow-wrap:anywhere;border-top:0;border-bottom:0;padding:0 .5rem}\
td.add{background:var(--add)}td.del{background:var(--del)}td.none{background:#f6f8fa}\
nav a{margin-right:1rem}section.object{break-inside:avoid-page}\
@media print{body{margin:0;max-width:none;font-size:11px}table.code{font-size:9px}nav{display:none}\
td.add,td.del{-webkit-print-color-adjust:exact;print-color-adjust:exact}}";

/// The report, for a browser or a printer. `when` is the time of the comparison, for its head.
#[must_use]
pub fn html_report(compared: &Compared, when: &str) -> String {
    let mut page = Page::default();
    let title = format!("{} and {}", compared.first, compared.second);
    page.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.element("title", "", &format!("Schemas of {title}"))
        .raw("\n<style>")
        .raw(STYLE)
        .raw("</style>\n</head>\n<body>\n");
    page.element("h1", "", &format!("Schemas of {title}"));
    verdict(&mut page, compared, when);
    history(&mut page, compared);
    settings(&mut page, compared);
    objects(&mut page, compared);
    definitions(&mut page, compared);
    page.raw("</body>\n</html>\n");
    page.out
}

fn verdict(page: &mut Page, compared: &Compared, when: &str) {
    let (class, text) = match (compared.as_expected(), compared.expected) {
        (true, Expected::None) => ("ok", "There is no difference."),
        (true, Expected::Pending) if compared.differences.is_empty() && compared.history.is_empty() => {
            ("ok", "There is no difference.")
        }
        (true, Expected::Pending) => ("ok", "There are only the differences that pending migrations explain."),
        (false, _) => ("bad", "There are differences that were not expected."),
    };
    page.raw("<p>").element("strong", class, text).raw("</p>\n");
    page.element("p", "dim", &format!("Compared at {when}.")).raw("\n");
    for warning in &compared.warnings {
        page.element("p", "", &format!("Note: {warning}")).raw("\n");
    }
}

fn history(page: &mut Page, compared: &Compared) {
    page.element("h2", "", "History").raw("\n");
    let number = |n: Option<usize>| n.map_or_else(|| "no history".to_owned(), |n| format!("{n} applied"));
    let line = format!(
        "{}: {}. {}: {}.",
        compared.first,
        number(compared.applied.0),
        compared.second,
        number(compared.applied.1)
    );
    page.element("p", "", &line).raw("\n");
    let rows = compared.history.iter().map(|h| {
        let class = if h.pending { "ok" } else { "bad" };
        (class, vec![h.migration.clone(), h.name.clone(), h.what.clone()])
    });
    page.table(&["Migration", "Name", "What"], rows.collect());
}

fn settings(page: &mut Page, compared: &Compared) {
    if compared.settings.is_empty() {
        return;
    }
    page.element("h2", "", "Settings and versions").raw("\n");
    let rows = compared.settings.iter().map(|s| {
        let class = if s.matters { "bad" } else { "dim" };
        (class, vec![s.name.clone(), s.first.clone(), s.second.clone()])
    });
    page.table(&["Name", &compared.first, &compared.second], rows.collect());
}

fn objects(page: &mut Page, compared: &Compared) {
    page.element("h2", "", "Objects").raw("\n");
    if compared.differences.is_empty() {
        page.element("p", "", "The schemas are the same.").raw("\n");
        return;
    }
    let rows = compared.differences.iter().map(|d| {
        let class = if d.expected { "ok" } else { "bad" };
        let expected = if d.expected { "expected" } else { "not expected" };
        (class, vec![expected.to_owned(), format!("{} {}", d.kind, d.name), place(compared, d), d.why.clone()])
    });
    page.table(&["", "Object", "Where", "Why"], rows.collect());
}

fn place(compared: &Compared, d: &SideDifference) -> String {
    match d.how {
        How::Missing => format!("only in {}", compared.first),
        How::Extra => format!("only in {}", compared.second),
        How::Changed => {
            let names: Vec<&str> = d.changes.iter().map(|c| c.what.as_str()).collect();
            if names.is_empty() { "differs".to_owned() } else { format!("differs in {}", names.join(", ")) }
        }
    }
}

fn definitions(page: &mut Page, compared: &Compared) {
    if compared.definitions.is_empty() {
        return;
    }
    page.element("h2", "", "Side by side").raw("\n");
    for (file, (first, second)) in &compared.definitions {
        let of_file = compared.differences.iter().filter(|d| d.file == *file);
        let expected = of_file.clone().all(|d| d.expected);
        page.raw("<section class=\"object\">");
        let name = file.rsplit_once('/').map_or(file.as_str(), |(_, name)| name).trim_end_matches(".sql");
        page.element("h3", if expected { "ok" } else { "bad" }, name).raw("\n");
        for change in of_file.flat_map(|d| d.changes.iter().map(move |c| (d, c))) {
            let (d, c) = change;
            if ["owner", "privileges"].contains(&c.what.as_str()) {
                let line = format!("{} {}: {}: {} / {}", d.kind, d.name, c.what, c.expected, c.found);
                page.element("p", "dim", &line).raw("\n");
            }
        }
        side_by_side(page, &compared.first, &compared.second, first, second);
        page.raw("</section>\n");
    }
}

fn side_by_side(page: &mut Page, first: &str, second: &str, a: &str, b: &str) {
    page.raw("<table class=\"code\"><thead><tr>");
    page.element("th", "", first).element("th", "", second).raw("</tr></thead><tbody>\n");
    let diff = TextDiff::from_lines(a, b);
    // What goes and what comes in its place stand beside each other.
    let (mut gone, mut come): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let flush = |page: &mut Page, gone: &mut Vec<String>, come: &mut Vec<String>| {
        for i in 0..gone.len().max(come.len()) {
            page.raw("<tr>");
            for (list, class) in [(&*gone, "del"), (&*come, "add")] {
                match list.get(i) {
                    Some(line) => page.element("td", class, line),
                    None => page.element("td", "none", ""),
                };
            }
            page.raw("</tr>\n");
        }
        gone.clear();
        come.clear();
    };
    for change in diff.iter_all_changes() {
        let line = change.value().trim_end_matches('\n').to_owned();
        match change.tag() {
            ChangeTag::Delete => gone.push(line),
            ChangeTag::Insert => come.push(line),
            ChangeTag::Equal => {
                flush(page, &mut gone, &mut come);
                page.raw("<tr>").element("td", "", &line).element("td", "", &line).raw("</tr>\n");
            }
        }
    }
    flush(page, &mut gone, &mut come);
    page.raw("</tbody></table>\n");
}

/// HTML being written. Text only gets in escaped; `raw` takes what this file itself says.
#[derive(Default)]
struct Page {
    out: String,
}

impl Page {
    fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.out.push_str(markup);
        self
    }

    fn text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                '\'' => self.out.push_str("&#39;"),
                // Most control characters are not allowed in HTML at all.
                c if c.is_control() && !"\n\t".contains(c) => {
                    let _ = write!(self.out, "\u{fffd}");
                }
                c => self.out.push(c),
            }
        }
        self
    }

    fn element(&mut self, name: &'static str, class: &'static str, text: &str) -> &mut Self {
        self.out.push('<');
        self.raw(name);
        if !class.is_empty() {
            self.raw(" class=\"").raw(class).raw("\"");
        }
        self.raw(">").text(text).raw("</").raw(name).raw(">")
    }

    /// A table with a class for each row's first cell.
    fn table(&mut self, head: &[&str], rows: Vec<(&'static str, Vec<String>)>) {
        if rows.is_empty() {
            return;
        }
        self.raw("<table><thead><tr>");
        for name in head {
            self.element("th", "", name);
        }
        self.raw("</tr></thead><tbody>\n");
        for (class, cells) in rows {
            self.raw("<tr>");
            for (i, cell) in cells.iter().enumerate() {
                self.element("td", if i == 0 { class } else { "" }, cell);
            }
            self.raw("</tr>\n");
        }
        self.raw("</tbody></table>\n");
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn report() -> Compared {
        let evil = "<script>alert('x')</script>\u{1b}";
        Compared {
            first: evil.into(),
            second: "b & c".into(),
            applied: (Some(1), None),
            history: Vec::new(),
            differences: vec![SideDifference {
                kind: "table".into(),
                name: evil.into(),
                how: How::Changed,
                expected: false,
                why: evil.into(),
                changes: Vec::new(),
                file: "tables/public.t.sql".into(),
            }],
            settings: Vec::new(),
            expected: Expected::Pending,
            definitions: BTreeMap::from([(
                "tables/public.t.sql".into(),
                ("CREATE TABLE t (\n    a int\n);\n".into(), format!("CREATE TABLE t (\n    b \"{evil}\"\n);\n")),
            )]),
            warnings: vec![evil.into()],
        }
    }

    #[test]
    fn nothing_gets_in_unescaped() {
        let page = html_report(&report(), "now");
        assert!(!page.contains("<script") && !page.contains("alert('"), "{page}");
        assert!(!page.contains('\u{1b}'));
        assert!(page.contains("b &amp; c"));
        // One file: nothing is fetched.
        for word in ["http:", "https:", "src=", "<link", "@import", "url("] {
            assert!(!page.contains(word), "{word}");
        }
    }

    #[test]
    fn what_changed_stands_beside_what_it_was() {
        let page = html_report(&report(), "now");
        let row = page.lines().find(|line| line.contains("class=\"del\">    a int")).expect("the row");
        assert!(row.contains("class=\"add\">    b "), "{row}");
        assert_eq!(page.matches("<td>);</td><td>);</td>").count(), 1);
    }
}

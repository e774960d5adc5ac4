//! Case files.

use std::ops::Range;

/// A file of cases.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) server: bool,
    pub(crate) cases: Vec<Case>,
}

/// One `##` section.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) title: String,
    pub(crate) blocks: Vec<Block>,
}

/// One fenced block.
#[derive(Debug)]
pub(crate) enum Block {
    File { path: String, how: Vec<String>, text: String },
    Env(Vec<(String, String)>),
    Server(String),
    Step(Step),
}

/// A command and what it should print.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) command: String,
    pub(crate) expected: Vec<String>,
    /// Line of the command, from 1.
    pub(crate) line: usize,
    /// The lines of `expected`, from 0.
    pub(crate) lines: Range<usize>,
}

/// Reads a file of cases.
pub(crate) fn parse(text: &str) -> Document {
    let lines: Vec<&str> = text.lines().collect();
    let mut document = Document { server: false, cases: Vec::new() };
    let mut i = 0;
    if lines.first() == Some(&"---") {
        i = 1;
        while lines[i] != "---" {
            match lines[i] {
                "server: true" => document.server = true,
                other => panic!("front matter: {other}"),
            }
            i += 1;
        }
    }
    while i < lines.len() {
        let line = lines[i];
        i += 1;
        if let Some(title) = line.strip_prefix("## ") {
            document.cases.push(Case { title: title.to_owned(), blocks: Vec::new() });
        }
        let ticks = line.len() - line.trim_start_matches('`').len();
        if ticks < 3 {
            continue;
        }
        let start = i;
        while lines.get(i).is_some_and(|l| *l != "`".repeat(ticks)) {
            i += 1;
        }
        assert!(i < lines.len(), "line {start}: the block has no end");
        let body = &lines[start..i];
        i += 1;
        let info = &line[ticks..];
        let (kind, rest) = info.split_once(' ').unwrap_or((info, ""));
        let case = document.cases.last_mut().expect("a heading before the first block");
        match kind {
            "file" => {
                let (path, how) = match rest.strip_prefix('"').and_then(|r| r.split_once('"')) {
                    Some((path, how)) => (path, how),
                    None => rest.split_once(' ').unwrap_or((rest, "")),
                };
                let mut text = body.join("\n");
                if !body.is_empty() {
                    text.push('\n');
                }
                let how = how.split_whitespace().map(str::to_owned).collect();
                case.blocks.push(Block::File { path: path.to_owned(), how, text });
            }
            "env" => case.blocks.push(Block::Env(
                body.iter()
                    .map(|l| l.split_once('=').expect("NAME=value"))
                    .map(|(k, v)| (k.to_owned(), v.to_owned()))
                    .collect(),
            )),
            "server" => case.blocks.push(Block::Server(body.join("\n"))),
            "console" => steps(start, body, &mut case.blocks),
            other => panic!("line {start}: there is no block {other:?}"),
        }
    }
    document
}

fn steps(start: usize, body: &[&str], blocks: &mut Vec<Block>) {
    let mut open: Option<Step> = None;
    for (offset, line) in body.iter().enumerate() {
        let at = start + offset;
        if let Some(command) = line.strip_prefix("$ ") {
            blocks.extend(open.take().map(Block::Step));
            open =
                Some(Step { command: command.to_owned(), expected: Vec::new(), line: at + 1, lines: at + 1..at + 1 });
        } else {
            let step = open.as_mut().expect("a command before its output");
            step.expected.push((*line).to_owned());
            step.lines.end = at + 1;
        }
    }
    blocks.extend(open.map(Block::Step));
}

/// The text with ranges of lines replaced.
pub(crate) fn replace_lines(text: &str, mut edits: Vec<(Range<usize>, Vec<String>)>) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    for (range, new) in edits {
        lines.splice(range, new);
    }
    lines.join("\n") + "\n"
}

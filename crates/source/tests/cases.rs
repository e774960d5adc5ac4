//! Runs the cases in `tests/cases/*.md`.
//!
//! A case is a heading (`## ...`) with fenced blocks: `file PATH`, `bytes PATH` (with `\xNN`),
//! `unreadable PATH`, `folder PATH`, at most one `run`, and one `expect` that holds the whole
//! outcome. The lines of `run`: `dir PATH [OWNER]`, `list PATH`, `var NAME=VALUE`, `environment NAME`
//! and what to show after loading: `detect`, `find REF`, `heads`, `edges`, `text`, `dot`, `svg`,
//! `merge`, `next`, `naming FORMAT`, `header ID`, `directives ID`, `settings`, and
//! `applied ID [same|SHA] [STATE]`, which together make a comparison. Without `dir` the folder is
//! `migrations`.
//!
//! `SUREFOOT_BLESS=1` writes the outcomes into the files; read the difference before committing it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use surefoot_source::{
    AppliedRef, AppliedState, DIRECTIVE_NAMES, Directives, Graph, Layout, LoadError, MemoryDir, Migration,
    MigrationDir, MigrationSet, NameFormat, NamingRules, NodeState, Problem, SourceConfig, States, Warning, detect,
    load, merge_name, merge_text, next_number, reconcile,
};

#[test]
fn every_case_gives_what_it_expects() {
    let bless = std::env::var_os("SUREFOOT_BLESS").is_some();
    let mut failed = Vec::new();
    for path in files() {
        let text = std::fs::read_to_string(&path).unwrap();
        let mut blessed = text.clone();
        for case in cases(&text) {
            let outcome = run(&case);
            if outcome == case.expect {
                continue;
            }
            if bless {
                let place = case.expect_at.clone();
                let shift = blessed.len() as isize - text.len() as isize;
                let start = (place.start as isize + shift) as usize;
                let end = (place.end as isize + shift) as usize;
                blessed.replace_range(start..end, &outcome);
            } else {
                failed.push(format!(
                    "{}: {}\n--- expected\n{}--- outcome\n{outcome}",
                    path.display(),
                    case.title,
                    case.expect
                ));
            }
        }
        if bless && blessed != text {
            std::fs::write(&path, blessed).unwrap();
        }
    }
    assert!(failed.is_empty(), "{} cases failed\n\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn every_layout_directive_problem_and_warning_has_a_case() {
    let mut layouts = BTreeSet::new();
    let mut problems = BTreeSet::new();
    let mut warnings = BTreeSet::new();
    let mut directives = BTreeSet::new();
    for path in files() {
        let text = std::fs::read_to_string(&path).unwrap();
        for name in DIRECTIVE_NAMES {
            if text.contains(&format!("surefoot: {name}")) {
                directives.insert(name);
            }
        }
        for case in cases(&text) {
            let (dir, plan) = (case.dir(), Plan::of(&case.run));
            let told = match load(&dir, &plan.config) {
                Ok(set) => {
                    layouts.extend(set.migrations().iter().map(|migration| migration.layout));
                    set.warnings
                }
                Err(LoadError { problems: found, warnings, .. }) => {
                    problems.extend(found.iter().map(variant));
                    warnings
                }
            };
            warnings.extend(told.iter().map(variant));
        }
    }
    assert_eq!(layouts, Layout::ALL.into_iter().collect(), "layouts without a case");
    assert_eq!(directives, DIRECTIVE_NAMES.into_iter().collect(), "directives without a case");
    let source = include_str!("../src/error.rs");
    assert_eq!(problems, variants(source, "Problem"), "problems without a case");
    // Found by the caller, who knows the project's environments.
    warnings.insert("UnknownEnvironment".to_owned());
    assert_eq!(warnings, variants(source, "Warning"), "warnings without a case");
}

/// The name of a value's variant, from its `Debug` form.
fn variant(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    text.split([' ', '(']).next().unwrap_or_default().to_owned()
}

/// The variants of an enum, from its source.
fn variants(source: &str, name: &str) -> BTreeSet<String> {
    let start = source.find(&format!("pub enum {name} {{")).unwrap();
    let body = &source[start..];
    let body = &body[..body.find("\n}").unwrap()];
    body.lines()
        .filter_map(|line| line.strip_prefix("    "))
        .filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()))
        .map(|line| line.split([' ', '(', ',']).next().unwrap_or_default().to_owned())
        .collect()
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let entries = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    files.sort();
    assert!(!files.is_empty());
    files
}

#[derive(Debug, Default)]
struct Case {
    title: String,
    files: Vec<(String, Vec<u8>)>,
    unreadable: Vec<(String, String)>,
    folders: Vec<String>,
    run: String,
    expect: String,
    expect_at: std::ops::Range<usize>,
}

impl Case {
    fn dir(&self) -> MemoryDir {
        let mut dir = MemoryDir::new();
        for (path, bytes) in &self.files {
            dir.insert(path, bytes.clone());
        }
        for (path, reason) in &self.unreadable {
            dir.insert_unreadable(path, reason);
        }
        for path in &self.folders {
            dir.insert_folder(path);
        }
        dir
    }
}

fn cases(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut at = 0;
    let mut fence: Option<(String, usize)> = None;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let plain = line.trim_end_matches('\n');
        match &fence {
            None => {
                if let Some(title) = plain.strip_prefix("## ") {
                    cases.push(Case { title: title.to_owned(), ..Case::default() });
                } else if let Some(info) = plain.strip_prefix("```").filter(|info| !info.is_empty()) {
                    fence = Some((info.to_owned(), at));
                }
            }
            Some((info, body)) if plain == "```" => {
                let content = &text[*body..start];
                let case = cases.last_mut().expect("a block before the first heading");
                let (kind, path) = info.split_once(' ').unwrap_or((info, ""));
                match kind {
                    "file" => case.files.push((path.to_owned(), content.as_bytes().to_vec())),
                    "bytes" => case.files.push((path.to_owned(), unescape(content.trim_end()))),
                    "unreadable" => {
                        case.unreadable.push((path.to_owned(), content.trim_end().to_owned()));
                    }
                    "folder" => case.folders.push(path.to_owned()),
                    "run" => case.run = content.to_owned(),
                    "expect" => {
                        case.expect = content.to_owned();
                        case.expect_at = *body..start;
                    }
                    other => panic!("unknown block `{other}`"),
                }
                fence = None;
            }
            Some(_) => {}
        }
    }
    for case in &cases {
        assert!(case.expect_at.start > 0, "{}: no expect block", case.title);
    }
    cases
}

fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("\\x") {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        out.push(u8::from_str_radix(&rest[at + 2..at + 4], 16).unwrap());
        rest = &rest[at + 4..];
    }
    out.extend_from_slice(rest.as_bytes());
    out
}

#[derive(Debug, Default)]
struct Plan {
    config: SourceConfig,
    shows: Vec<(String, String)>,
    applied: Vec<(String, String, AppliedState)>,
}

impl Plan {
    fn of(run: &str) -> Self {
        let mut plan = Self::default();
        for line in run.lines() {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            match word {
                "dir" => {
                    let (path, owner) = rest.split_once(' ').unwrap_or((rest, ""));
                    let owner = (!owner.is_empty()).then(|| owner.to_owned());
                    plan.config.dirs.push(MigrationDir { path: path.to_owned(), owner });
                }
                "list" => plan.config.migration_config = Some(rest.to_owned()),
                "environment" => plan.config.environment = Some(rest.to_owned()),
                "var" => {
                    let (name, value) = rest.split_once('=').unwrap();
                    plan.config.variables.insert(name.to_owned(), value.to_owned());
                }
                "applied" => {
                    let mut words = rest.split(' ');
                    let id = words.next().unwrap().replace('\u{b7}', " ");
                    let hash = words.next().unwrap_or("same").to_owned();
                    let state = match words.next().unwrap_or("applied") {
                        "applying" => AppliedState::Applying,
                        "applied" => AppliedState::Applied,
                        "reverting" => AppliedState::Reverting,
                        "reverted" => AppliedState::Reverted,
                        other => panic!("unknown state `{other}`"),
                    };
                    plan.applied.push((id, hash, state));
                }
                _ => plan.shows.push((word.to_owned(), rest.to_owned())),
            }
        }
        if plan.config.dirs.is_empty() {
            plan.config.dirs.push(MigrationDir::new("migrations"));
        }
        plan
    }
}

fn run(case: &Case) -> String {
    let (dir, plan) = (case.dir(), Plan::of(&case.run));
    let mut out = String::new();
    if plan.shows.iter().any(|(word, _)| word == "detect") {
        let _ = writeln!(out, "{:#?}", detect(&dir));
        return out;
    }
    match load(&dir, &plan.config) {
        Err(error) => {
            for problem in &error.problems {
                tell(&mut out, "problem", problem, Problem::hint(problem));
            }
            for warning in &error.warnings {
                tell(&mut out, "warning", warning, Warning::hint(warning));
            }
        }
        Ok(set) => {
            for migration in set.migrations() {
                describe(&mut out, migration);
            }
            for warning in &set.warnings {
                tell(&mut out, "warning", warning, Warning::hint(warning));
            }
            for ignored in &set.ignored {
                let _ = writeln!(out, "ignored: {}: {}", ignored.path, ignored.reason);
            }
            for (word, rest) in &plan.shows {
                show(&mut out, &set, &plan, word, rest);
            }
            if !plan.applied.is_empty() {
                let reconciliation = reconcile(&set, &applied(&set, &plan));
                let _ = writeln!(out, "{reconciliation:#?}");
            }
        }
    }
    out
}

fn tell(out: &mut String, kind: &str, message: &impl std::fmt::Display, hint: Option<String>) {
    let _ = writeln!(out, "{kind}: {message}");
    if let Some(hint) = hint {
        let _ = writeln!(out, "  hint: {hint}");
    }
}

fn describe(out: &mut String, migration: &Migration) {
    let _ = write!(out, "{} `{}`", migration.id, migration.name);
    if migration.title != migration.name.replace(['_', '-'], " ") {
        let _ = write!(out, " titled `{}`", migration.title);
    }
    let _ = write!(out, " {} {}", migration.layout.name(), migration.up.path);
    if let Some(down) = &migration.down {
        let _ = write!(out, " down={}", down.path);
    }
    if let Some(verify) = &migration.verify {
        let _ = write!(out, " verify={}", verify.path);
    }
    for include in &migration.includes {
        let _ = write!(out, " includes={}", include.path);
    }
    if let Some(owner) = &migration.owner {
        let _ = write!(out, " owner={owner}");
    }
    if !migration.depends.is_empty() {
        let word = if migration.declares_depends { "depends" } else { "also" };
        let _ = write!(out, " {word}={}", migration.depends.join(","));
    }
    if migration.repeatable {
        out.push_str(" repeatable");
    }
    if let Some(duration) = migration.estimated_duration {
        let _ = write!(out, " estimated={duration:?}");
    }
    if let Some(supported) = migration.rollback_supported {
        let _ = write!(out, " rollback_supported={supported}");
    }
    out.push('\n');
}

fn show(out: &mut String, set: &MigrationSet, plan: &Plan, word: &str, rest: &str) {
    let graph = Graph::of(set);
    let states: States = plan
        .applied
        .iter()
        .map(|(id, _, _)| (id.clone(), NodeState::Applied))
        .chain(set.migrations().iter().map(|m| (m.id.clone(), NodeState::Pending)))
        .rev()
        .collect();
    let states = if plan.applied.is_empty() { BTreeMap::new() } else { states };
    match word {
        "find" => match set.find(rest) {
            Ok(migration) => {
                let _ = writeln!(out, "find {rest}: {}", migration.id);
            }
            Err(error) => tell(out, &format!("find {rest}"), &error, error.hint()),
        },
        "heads" => {
            let _ = writeln!(out, "heads: {}", graph.heads().join(", "));
        }
        "edges" => {
            for id in graph.order() {
                let parents = graph.parents(id);
                let parents: Vec<String> = parents.iter().map(|(parent, edge)| format!("{parent} {edge:?}")).collect();
                let _ = writeln!(out, "edges: {id} <- {}", parents.join(", "));
            }
        }
        "text" => out.push_str(&graph.to_text(&states)),
        "dot" => out.push_str(&graph.to_dot(&states)),
        "svg" => out.push_str(&graph.to_svg(&states)),
        "merge" => {
            let heads = graph.heads();
            let _ = writeln!(out, "merge: {}", merge_name(&heads));
            out.push_str(&merge_text(set, &heads));
        }
        "next" => {
            let _ = writeln!(out, "next: {:?}", next_number(set));
        }
        "naming" => {
            let format = if rest == "timestamp" { NameFormat::Timestamp } else { NameFormat::Numbered };
            let rules = NamingRules { format, ..NamingRules::default() };
            for (index, migration) in set.migrations().iter().enumerate() {
                for problem in rules.check_migration(migration, index == 0) {
                    let _ = writeln!(out, "naming: {}: {problem}", migration.id);
                }
            }
        }
        "header" => {
            let migration = set.get(rest).unwrap();
            for field in &migration.header.fields {
                let _ = writeln!(out, "header {}: {} = {:?}", field.line, field.key, field.value);
            }
            let header = &migration.header;
            let known = [
                ("title", header.title()),
                ("number", header.number()),
                ("ticket", header.ticket()),
                ("author", header.author()),
                ("date", header.date()),
                ("purpose", header.purpose()),
                ("description", header.description()),
                ("dependencies", header.dependencies()),
                ("impact", header.impact()),
                ("risk", header.risk()),
                ("rollback", header.rollback()),
                ("version", header.version()),
            ];
            for (name, value) in known {
                if let Some(value) = value {
                    let _ = writeln!(out, "  {name}: {value:?}");
                }
            }
        }
        "directives" => {
            let migration = set.get(rest).unwrap();
            for (file, directives) in [("up", &migration.directives), ("down", &migration.down_directives)] {
                if !directives.is_empty() {
                    let _ = writeln!(out, "{file}: {}", told(directives));
                }
            }
        }
        "settings" => {
            for config in &set.configs {
                let _ = writeln!(out, "{:#?}", config.settings);
                let _ = writeln!(out, "{:#?}", config.validation.sql);
                let needed = config.need("settings.database");
                for problem in needed.err().into_iter().flatten() {
                    tell(out, "needed", &problem, problem.hint.clone());
                }
            }
        }
        other => panic!("unknown line `{other}` in a run block"),
    }
}

fn told(directives: &Directives) -> String {
    let text = format!("{directives:?}");
    text.strip_prefix("Directives ").unwrap_or(&text).to_owned()
}

fn applied(set: &MigrationSet, plan: &Plan) -> Vec<AppliedRef> {
    let entries = plan.applied.iter().map(|(id, hash, state)| {
        let found = set.get(id);
        let sha256 = match hash.strip_prefix("same:").or((hash == "same").then_some(id.as_str())) {
            Some(other) => set.get(other).map_or_else(String::new, |m| m.up.sha256.clone()),
            None => hash.clone(),
        };
        let name = found.map_or_else(String::new, |migration| migration.name.clone());
        AppliedRef { id: id.clone(), name, sha256, state: *state }
    });
    entries.collect()
}

//! Every row of the tables in `tests/cases/*.md`: a statement, and what is said about it.
//!
//! The second cell may be left empty while writing; `UPDATE_CASES=1` fills the cells in, and the
//! difference is to be read. A pipe in a statement is written `\|`. PostgreSQL 15 is assumed
//! unless the heading above the table ends in another number, as `## Columns 18`.

use std::path::Path;

use surefoot_effects::{Effects, Reach, TransactionRule, Work, effects, uses_literal};

fn render(effects: &Effects) -> String {
    let mut out = vec![effects.tag.clone()];
    if let Some(object) = &effects.object {
        out.push(format!("of {object}"));
    }
    match &effects.transaction {
        TransactionRule::Allowed => {}
        TransactionRule::Forbidden { .. } => out.push("no transaction".to_owned()),
        TransactionRule::ForbiddenIfPartitioned { relation, .. } => {
            out.push(format!("no transaction if {relation} is partitioned"));
        }
        TransactionRule::MayCommit { .. } => out.push("may commit".to_owned()),
        TransactionRule::Control => out.push("control".to_owned()),
    }
    for lock in &effects.locks {
        let reach = match lock.reach {
            Reach::Itself => String::new(),
            other => format!(" {other:?}"),
        };
        let mode: String = lock
            .mode
            .name()
            .split(' ')
            .map(|word| if word == "EXCLUSIVE" { 'X' } else { word.chars().next().unwrap_or(' ') })
            .collect();
        out.push(format!("{mode} {}{reach}", lock.relation));
    }
    for (what, work) in [("rewrite", effects.rewrite), ("scan", effects.scan)] {
        match work {
            Work::No => {}
            Work::Maybe(_) => out.push(format!("maybe {what}")),
            Work::Yes(_) => out.push(what.to_owned()),
        }
    }
    if let Some(loss) = &effects.data_loss {
        out.push(format!("loses: {loss}"));
    } else if !effects.reversible {
        out.push("irreversible".to_owned());
    }
    if let Some(settle) = &effects.settle {
        out.push(format!("settle {settle:?}"));
    }
    if let Some(extension) = &effects.extension {
        out.push(format!("extension {extension}"));
    }
    if let Some(added) = &effects.adds_enum_value {
        out.push(format!("adds {} to {}", added.value, added.type_name));
    }
    if let Some(created) = &effects.creates_type {
        out.push(format!("type {created}"));
    }
    for parameter in &effects.sets {
        let local = if parameter.local { " locally" } else { "" };
        out.push(format!("sets {}{local}", parameter.name));
    }
    if let Some(role) = &effects.creates_role {
        out.push(format!("creates role {role}"));
    }
    for (flag, word) in
        [(effects.mentions_advisory_unlock, "unlocks"), (effects.role_change, "role"), (effects.opaque, "opaque")]
    {
        if flag {
            out.push(word.to_owned());
        }
    }
    out.join("; ")
}

fn cells(line: &str) -> Option<(String, String)> {
    let inner = line.strip_prefix('|')?.strip_suffix('|')?;
    let marked = inner.replace("\\|", "\u{1}");
    let (statement, reading) = marked.split_once('|')?;
    let plain = |cell: &str| cell.trim().trim_matches('`').replace('\u{1}', "|");
    Some((plain(statement), plain(reading)))
}

#[test]
fn all_cases() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("cases folder").map(|entry| entry.expect("entry").path()).collect();
    files.sort();
    let (mut count, mut failures) = (0, Vec::new());
    for path in files {
        let text = std::fs::read_to_string(&path).expect("case file");
        let mut updated = String::new();
        let mut major = 15;
        for line in text.lines() {
            if line.starts_with("## ") {
                let last = line.rsplit(' ').next().unwrap_or("");
                major = last.parse().unwrap_or(15);
            }
            match cells(line) {
                Some((statement, reading)) if statement != "statement" && !statement.starts_with("--") => {
                    count += 1;
                    let got = render(&effects(&statement, major));
                    if got != reading {
                        failures.push(format!("{statement}\n  expected {reading}\n  got      {got}"));
                    }
                    let statement = statement.replace('|', "\\|");
                    updated.push_str(&format!("| `{statement}` | {} |\n", got.replace('|', "\\|")));
                }
                _ => {
                    updated.push_str(line);
                    updated.push('\n');
                }
            }
        }
        if std::env::var_os("UPDATE_CASES").is_some() {
            std::fs::write(&path, updated).expect("write cases");
        }
    }
    assert!(count > 200, "only {count} cases were found");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn literals() {
    #[track_caller]
    fn check(text: &str, expected: bool) {
        assert_eq!(uses_literal(text, "new"), expected, "{text}");
    }
    check("insert into t values ('new')", true);
    check("insert into t values (E'n\\x65w')", true);
    check("insert into t values ('{old, \"new\"}'::e[])", true);
    check("insert into t values ('newer', 'New')", false);
    check("select new from \"new\" -- 'new'", false);
    check("do $$ begin execute 'insert into t values (''new'')'; end $$", true);
    check("create function f() returns e language sql as $f$ select 'new'::e $f$", true);
    check("insert into t values ($$new$$)", true);
    check("insert into t values ('it is new')", false);
}

/// Nothing in the text of a statement makes reading it fail or run on.
#[test]
fn any_words_are_read() {
    let words = [
        "create",
        "alter",
        "drop",
        "table",
        "index",
        "concurrently",
        "if",
        "not",
        "exists",
        "only",
        "t",
        "on",
        "(",
        ")",
        ",",
        "add",
        "column",
        "constraint",
        "default",
        "references",
        "set",
        "null",
        "type",
        "using",
        "'x'",
        "with",
        "as",
        "select",
        "delete",
        "from",
        "where",
        "$$begin commit; end$$",
        "do",
        "call",
        "reindex",
        "vacuum",
        "schema",
        "subscription",
        "domain",
        "value",
        "partition",
        "of",
        "attach",
        ".",
        "=",
        ";",
        "\"q",
    ];
    let mut state = 99_u64;
    for _ in 0..50_000 {
        let mut text = String::new();
        for _ in 0..9 {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            text.push_str(words[(state >> 33) as usize % words.len()]);
            text.push(' ');
        }
        let _ = render(&effects(&text, 18));
    }
}

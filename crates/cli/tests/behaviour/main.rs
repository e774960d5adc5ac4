//! What Surefoot does with real files, case by case.
//!
//! The cases are Markdown in `cases/`: each `##` heading begins one, on an
//! empty folder and an empty database. Blocks are carried out in order:
//!
//! - ` ```file <path> ` writes a file. Words after the path change the bytes:
//!   `crlf`, `bom`, `escapes` (`\xNN` and `\0` mean bytes), `open` (no newline
//!   at the end). A path with spaces stands in double quotes.
//! - ` ```env ` sets variables for the commands that follow.
//! - ` ```server ` is SQL for a superuser before anything else.
//! - ` ```console ` holds steps and what they print, standard output and
//!   standard error as one: `$ surefoot ...`, `$ sql SELECT ...` in the target
//!   and `$ sh ...` in the folder. `[exit 1]` is the exit code when it is not 0.
//!   A line `...` stands for any lines, `[..]` for any text within one.
//!
//! Front matter `server: true` runs the cases of a file on a real server; in
//! all blocks `{url}` is the target as superuser, `{owner}` as an ordinary
//! role that owns it, `{role}` that role, `{db}` the database.
//!
//! `SUREFOOT_BLESS=1` writes what was printed into the files; `SUREFOOT_CASE`
//! chooses cases by a part of their title.
#![allow(clippy::expect_used, clippy::print_stderr, clippy::unwrap_used, reason = "tests")]

mod case;
mod compare;
mod own_server;
mod run;

use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/behaviour/cases")
}

/// Runs the cases of one file.
#[track_caller]
fn check(name: &str) {
    let path = folder().join(format!("{name}.md"));
    let text = std::fs::read_to_string(&path).expect("case file");
    let document = case::parse(&text);
    let wanted = std::env::var("SUREFOOT_CASE").unwrap_or_default();
    let bless = std::env::var_os("SUREFOOT_BLESS").is_some();
    let (mut failed, mut blessed) = (Vec::new(), Vec::new());
    for case in document.cases.iter().filter(|c| c.title.contains(&wanted)) {
        let Some(steps) = run::run(&document, case) else { return };
        for step in steps {
            if let Some(difference) = compare::difference(&step.expected, &step.actual) {
                failed.push(format!("{name}.md:{}: {}\n{difference}", step.line, case.title));
                blessed.push((step.lines, step.actual));
            }
        }
    }
    if bless {
        std::fs::write(&path, case::replace_lines(&text, blessed)).expect("bless");
    } else {
        assert!(failed.is_empty(), "{}", failed.join("\n"));
    }
}

macro_rules! cases {
    ($($name:ident)*) => {
        $(#[test] fn $name() { check(stringify!($name)); })*

        #[test]
        fn every_case_file_is_run() {
            let mut there: Vec<String> = std::fs::read_dir(folder())
                .expect("cases")
                .map(|e| e.expect("entry").path().file_stem().expect("stem").to_string_lossy().into_owned())
                .collect();
            there.sort();
            let mut listed = vec![$(stringify!($name).to_owned()),*];
            listed.sort();
            assert_eq!(there, listed);
        }
    };
}

cases! {
    attic
    bad_input
    compare
    config
    dev_url
    drift
    graph
    headers
    reading
    recorder
    recovery
    server
    roles
    schema
    transactions
    layouts
}

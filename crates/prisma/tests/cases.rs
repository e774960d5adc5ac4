//! Runs the cases in `tests/cases`, one folder each.
//!
//! A case has a `schema.prisma`, or several `*.prisma` read in the order of their names, and either
//! `expected.sql`, the script of Prisma's own engine (see `compare-prisma.sh` beside this file), or
//! `expected.err`, the problems found. Where there is an `expected.notes`, the notes are compared
//! too; where there is an `expected.renames`, the schema is compared with the one in `before/`.
//!
//! `SUREFOOT_BLESS=1` writes all of these but `expected.sql`, which only Prisma writes.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use surefoot_prisma::{Code, NoteKind, Schema, parse, renames};

fn cases() -> Vec<PathBuf> {
    let mut cases: Vec<PathBuf> = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    cases
}

fn schema_files(folder: &Path) -> Vec<(String, String)> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "prisma"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} has no schema", folder.display());
    paths
        .iter()
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(path).unwrap()))
        .collect()
}

fn problems(folder: &Path) -> Result<Schema, String> {
    parse(&schema_files(folder)).map_err(|all| {
        all.iter().fold(String::new(), |mut text, one| {
            writeln!(text, "[{}] {one}", one.code.as_str()).unwrap();
            text
        })
    })
}

fn notes(schema: &Schema) -> String {
    schema.notes.iter().fold(String::new(), |mut text, note| {
        writeln!(text, "[{}] {}: {}: {}", note.kind.as_str(), note.place, note.object, note.message).unwrap();
        text
    })
}

/// Compares with a file, or writes it when blessing.
fn compare(path: &Path, outcome: &str, failed: &mut Vec<String>) {
    if std::env::var_os("SUREFOOT_BLESS").is_some() {
        std::fs::write(path, outcome).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    if expected != outcome {
        let lines: BTreeSet<&str> = expected.lines().collect();
        let new: Vec<&str> = outcome.lines().filter(|line| !lines.contains(line)).collect();
        let own: BTreeSet<&str> = outcome.lines().collect();
        let gone: Vec<&str> = expected.lines().filter(|line| !own.contains(line)).collect();
        failed.push(format!("{}\n  expected and absent: {gone:#?}\n  found instead: {new:#?}", path.display()));
    }
}

#[test]
fn every_case_gives_what_it_expects() {
    let mut failed = Vec::new();
    let mut scripts = 0;
    for case in cases() {
        let sql = case.join("expected.sql");
        match problems(&case) {
            Ok(schema) if sql.exists() => {
                scripts += 1;
                let expected = std::fs::read_to_string(&sql).unwrap();
                if schema.to_sql() != expected {
                    // Never blessed: it is Prisma's.
                    let lines: BTreeSet<&str> = expected.lines().collect();
                    let found = schema.to_sql();
                    let new: Vec<&str> = found.lines().filter(|line| !lines.contains(line)).collect();
                    let own: BTreeSet<&str> = found.lines().collect();
                    let gone: Vec<&str> = expected.lines().filter(|line| !own.contains(line)).collect();
                    failed.push(format!("{}\n  Prisma: {gone:#?}\n  found: {new:#?}", sql.display()));
                }
                if case.join("expected.notes").exists() {
                    compare(&case.join("expected.notes"), &notes(&schema), &mut failed);
                }
                if case.join("expected.renames").exists() {
                    let before = problems(&case.join("before")).unwrap();
                    let found = renames(&before, &schema).iter().fold(String::new(), |mut text, rename| {
                        writeln!(text, "{rename:?}").unwrap();
                        text
                    });
                    compare(&case.join("expected.renames"), &found, &mut failed);
                }
            }
            Ok(schema) => failed.push(format!("{} was expected to be refused:\n{}", case.display(), schema.to_sql())),
            Err(found) if sql.exists() => failed.push(format!("{} was refused:\n{found}", case.display())),
            Err(found) => compare(&case.join("expected.err"), &found, &mut failed),
        }
    }
    assert!(failed.is_empty(), "{} failed\n\n{}", failed.len(), failed.join("\n\n"));
    assert!(scripts >= 60, "only {scripts} scripts were compared");
}

#[test]
fn every_kind_of_problem_and_note_has_a_case() {
    let mut codes = BTreeSet::new();
    let mut kinds = BTreeSet::new();
    for case in cases() {
        match parse(&schema_files(&case)) {
            Ok(schema) if case.join("expected.notes").exists() => {
                kinds.extend(schema.notes.iter().map(|note| note.kind));
            }
            Ok(_) => {}
            Err(all) => codes.extend(all.iter().map(|one| one.code)),
        }
    }
    let codes_without: Vec<_> = Code::ALL.iter().filter(|code| !codes.contains(code)).collect();
    let kinds_without: Vec<_> = NoteKind::ALL.iter().filter(|kind| !kinds.contains(kind)).collect();
    assert!(codes_without.is_empty() && kinds_without.is_empty(), "no case for {codes_without:?} {kinds_without:?}");
}

/// A schema compared with itself has no renames.
#[test]
fn nothing_is_renamed_from_a_schema_to_itself() {
    for case in cases() {
        if let Ok(schema) = problems(&case) {
            assert_eq!(renames(&schema, &schema), [], "{}", case.display());
        }
    }
}

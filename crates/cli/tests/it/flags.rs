//! How far `up` and `down` go, all or nothing, and their other names.

use insta::assert_snapshot;
use surefoot_testkit::{Major, Project, TestDb, require};

use crate::{on, on_said, said, surefoot};

fn three() -> Project {
    Project::new()
        .file("surefoot.toml", "[project]\nname = \"three\"\n")
        .file("migrations/001_a.sql", "CREATE TABLE a (id int);\n")
        .file("migrations/001_a.down.sql", "DROP TABLE a;\n")
        .file("migrations/002_b.sql", "CREATE TABLE b (id int);\n")
        .file("migrations/002_b.down.sql", "DROP TABLE b;\n")
        .file("migrations/003_c.sql", "CREATE TABLE c (id int);\n")
        .file("migrations/003_c.down.sql", "DROP TABLE c;\n")
}

fn tables(db: &TestDb) -> String {
    db.one("SELECT coalesce(string_agg(relname, ' ' ORDER BY relname), '') FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
}

#[test]
fn so_far_and_so_many() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = three();
    assert_snapshot!(on_said(&project, &db, &["up", "--to", "1"]), @"");
    assert_snapshot!(on_said(&project, &db, &["up", "--count", "1"]), @"");
    assert_snapshot!(on_said(&project, &db, &["up", "--to", "001"]), @"");
    assert_snapshot!(on_said(&project, &db, &["up", "--count", "0"]), @"");
    assert_eq!(tables(&db), "a b");
    assert_snapshot!(on_said(&project, &db, &["up", "--to", "004"]), @"");
    assert_snapshot!(on_said(&project, &db, &["up", "--to", "003", "--count", "1"]), @"");
    assert_snapshot!(on_said(&project, &db, &["up"]), @"");
    assert_snapshot!(on_said(&project, &db, &["down", "--count", "2"]), @"");
    assert_eq!(tables(&db), "a");
    assert_snapshot!(on_said(&project, &db, &["down", "--to", "002"]), @"");
    assert_snapshot!(on_said(&project, &db, &["down", "--to", "001"]), @"");
    assert_snapshot!(on_said(&project, &db, &["down", "--to", "base", "--json"]), @"");
    assert_eq!(tables(&db), "");
}

#[test]
fn dry_runs_write_nothing() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = three();
    assert_snapshot!(on_said(&project, &db, &["up", "--dry-run"]), @"");
    assert_eq!(db.one("SELECT count(*) FROM pg_namespace WHERE nspname = 'surefoot'"), "0");
    let _ = on(&project, &db, &["up"]).run().success();
    let events = db.sql("SELECT seq, hash FROM surefoot.events ORDER BY seq");
    assert_snapshot!(on_said(&project, &db, &["down", "--all", "--dry-run"]), @"");
    assert_eq!(db.sql("SELECT seq, hash FROM surefoot.events ORDER BY seq"), events);
    assert_eq!(tables(&db), "a b c");
}

#[test]
fn all_or_nothing() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = three();
    project.write("migrations/003_c.sql", "CREATE TABLE c (id int);\nINSERT INTO missing VALUES (1);\n");
    assert_snapshot!(on_said(&project, &db, &["up", "--single-transaction"]), @"");
    assert_eq!(tables(&db), "");
    assert_eq!(db.one("SELECT count(*) FROM surefoot.migrations WHERE state = 'applied'"), "0");
    // Without the flag the first two stay.
    let _ = on(&project, &db, &["up"]).run().code(1);
    assert_eq!(tables(&db), "a b");
    project.write("migrations/003_c.sql", "CREATE TABLE c (id int);\n");
    let _ = on(&project, &db, &["up", "--single-transaction"]).run().success();
    project.write("migrations/001_a.down.sql", "DROP TABLE a;\nSELECT 1 / 0;\n");
    assert_snapshot!(on_said(&project, &db, &["down", "--all", "--single-transaction"]), @"");
    assert_eq!(tables(&db), "a b c");
    let _ = on(&project, &db, &["verify"]).run();
    let _ = on(&project, &db, &["status"]).run().success();
}

#[test]
fn what_cannot_be_in_one_transaction_is_refused_with_its_line() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = three()
        .file("migrations/002_b.sql", "CREATE TABLE b (id int);\n\nCREATE INDEX CONCURRENTLY b_id ON b (id);\n")
        .file("migrations/002_b.down.sql", "-- First the index.\nDROP INDEX CONCURRENTLY b_id;\nDROP TABLE b;\n")
        .file("migrations/003_c.sql", "BEGIN;\nCREATE TABLE c (id int);\nCOMMIT;\nBEGIN;\nCREATE TABLE d (id int);\nCOMMIT;\n");
    assert_snapshot!(on_said(&project, &db, &["up", "--single-transaction"]), @"");
    assert_snapshot!(on_said(&project, &db, &["up", "--single-transaction", "--dry-run"]), @"");
    assert_eq!(db.one("SELECT count(*) FROM pg_namespace WHERE nspname = 'surefoot'"), "0");
    project.write("migrations/003_c.sql", "BEGIN;\nCREATE TABLE c (id int);\nCOMMIT;\n");
    let _ = on(&project, &db, &["up"]).run().success();
    assert_snapshot!(on_said(&project, &db, &["down", "--all", "--single-transaction"]), @"");
    assert_eq!(tables(&db), "a b c");
}

#[test]
fn other_names() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = three();
    for up in ["migrate", "apply", "upgrade", "deploy"] {
        let _ = on(&project, &db, &[up, "--target", "003"]).run().success();
        assert_eq!(tables(&db), "a b c", "{up}");
        let _ = on(&project, &db, &["down", "--all"]).run().success();
    }
    for down in ["rollback", "downgrade", "revert"] {
        let _ = on(&project, &db, &["up"]).run().success();
        let _ = on(&project, &db, &[down, "-n", "3"]).run().success();
        assert_eq!(tables(&db), "", "{down}");
    }
    for base in ["base", "zero", "0"] {
        let _ = on(&project, &db, &["up"]).run().success();
        let _ = on(&project, &db, &["down", "--to", base]).run().success();
        assert_eq!(tables(&db), "", "{base}");
    }
}

#[test]
fn nothing_to_do_is_a_document_too() {
    let project = three();
    assert_snapshot!(said(&project, &["down"]), @"");
    assert_snapshot!(said(&project, &["down", "--json"]), @"");
    assert_snapshot!(said(&project, &["redo", "--json"]), @"");
    assert!(!project.join(".surefoot").exists());
}

#[test]
fn an_undo_of_what_cannot_be_applied_again_is_refused_first() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = three();
    let _ = on(&project, &db, &["up"]).run().success();
    assert_snapshot!(on_said(&project, &db, &["redo", "-n", "2"]), @"");
    assert_eq!(tables(&db), "a b c");
    // The migration that is redone may have changed: that is what redo is for.
    project.write("migrations/003_c.sql", "CREATE TABLE c (id int, more text);\n");
    let _ = on(&project, &db, &["redo"]).run().success();
    assert_eq!(db.one("SELECT count(*) FROM pg_attribute WHERE attrelid = 'c'::regclass AND attname = 'more'"), "1");
    // Another one may not, nor may it be broken.
    project.write("migrations/001_a.sql", "CREATE TABLE a (id int, more text);\n");
    assert_snapshot!(on_said(&project, &db, &["redo"]), @"");
    assert_eq!(tables(&db), "a b c");
    project.write("migrations/001_a.sql", "CREATE TABLE a (id int);\n");
    project.write("migrations/003_c.sql", "CREAT TABLE c (id int);\n");
    assert_snapshot!(on_said(&project, &db, &["redo"]), @"");
    assert_eq!(tables(&db), "a b c");
    project.write("migrations/003_c.sql", "CREATE TABLE c (id int);\n");
    project.write("migrations/0025_late.sql", "CREATE TABLE late (id int);\n");
    assert_snapshot!(on_said(&project, &db, &["redo"]), @"");
    assert_eq!(tables(&db), "a b c");
    let _ = surefoot(&project, &["heads"]).run().success();
}

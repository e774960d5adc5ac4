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
    assert_snapshot!(on_said(&project, &db, &["up", "--to", "1"]), @r"
    exit code 0
    ----- stdout
      ✓ 001 a  1 statement, <duration>
    Applied 1 migration in <duration>. development is at 001.
    2 migrations left pending.
    ----- stderr
    three → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    assert_snapshot!(on_said(&project, &db, &["up", "--count", "1"]), @r"
    exit code 0
    ----- stdout
      ✓ 002 b  1 statement, <duration>
    Applied 1 migration in <duration>. development is at 002.
    1 migration left pending.
    ----- stderr
    three → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    assert_snapshot!(on_said(&project, &db, &["up", "--to", "001"]), @r"
    exit code 0
    ----- stdout
    Nothing to apply: development is at 002.
    1 migration left pending.
    ----- stderr
    three → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    assert_snapshot!(on_said(&project, &db, &["up", "--count", "0"]), @r"
    exit code 0
    ----- stdout
    Nothing to apply: development is at 002.
    1 migration left pending.
    ----- stderr
    three → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    assert_eq!(tables(&db), "a b");
    assert_snapshot!(on_said(&project, &db, &["up", "--to", "004"]), @r"
    exit code 64
    ----- stdout
    ----- stderr
    three → development postgres://postgres@127.0.0.1:<port>/<db>
    error: there is no migration `004`
    hint: `surefoot status` lists the migrations
    ");
    assert_snapshot!(on_said(&project, &db, &["up", "--to", "003", "--count", "1"]), @r"
    exit code 64
    ----- stdout
    ----- stderr
    error: the argument '--to <ID>' cannot be used with '--count <N>'

    Usage: surefoot up --to <ID>

    For more information, try '--help'.
    ");
    assert_snapshot!(on_said(&project, &db, &["up"]), @r"
    exit code 0
    ----- stdout
      ✓ 003 c  1 statement, <duration>
    Applied 1 migration in <duration>. development is at 003.
    ----- stderr
    three → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    assert_snapshot!(on_said(&project, &db, &["down", "--count", "2"]), @r"
    exit code 0
    ----- stdout
      ↩ rolled back 003 c  1 statement, <duration>
      ↩ rolled back 002 b  1 statement, <duration>
    Rolled back 2 migrations in <duration>. development is at 001.
    ----- stderr
    three → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    assert_eq!(tables(&db), "a");
    assert_snapshot!(on_said(&project, &db, &["down", "--to", "002"]), @r"
    exit code 3
    ----- stdout
    ----- stderr
    three → development postgres://postgres@127.0.0.1:<port>/<db>
    error: migration 002 is not applied: there is no way down to it
    hint: see `surefoot status`; to roll back everything: surefoot down --to base
    ");
    assert_snapshot!(on_said(&project, &db, &["down", "--to", "001"]), @r"
    exit code 0
    ----- stdout
    Nothing to roll back: development is at 001.
    ----- stderr
    three → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    assert_snapshot!(on_said(&project, &db, &["down", "--to", "base", "--json"]), @r#"
    exit code 0
    ----- stdout
    {
      "command": "down",
      "environment": "development",
      "target": "postgres://postgres@127.0.0.1:<port>/<db>",
      "run": <varies>,
      "migrations": [
        {
          "id": "001",
          "duration_ms": <varies>,
          "statements": 1,
          "resumed_after_parts": 0,
          "attic": []
        }
      ],
      "left_pending": 0,
      "current": null,
      "warnings": []
    }
    ----- stderr
    "#);
    assert_eq!(tables(&db), "");
}

#[test]
fn dry_runs_write_nothing() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = three();
    assert_snapshot!(on_said(&project, &db, &["up", "--dry-run"]), @r"
    exit code 0
    ----- stdout
      · 001 a  1 statement, one transaction  migrations/001_a.sql
      · 002 b  1 statement, one transaction  migrations/002_b.sql
      · 003 c  1 statement, one transaction  migrations/003_c.sql
    Would apply 3 migrations with 3 statements; the target is at nothing. Nothing was changed.
    ----- stderr
    three → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    assert_eq!(db.one("SELECT count(*) FROM pg_namespace WHERE nspname = 'surefoot'"), "0");
    let _ = on(&project, &db, &["up"]).run().success();
    let events = db.sql("SELECT seq, hash FROM surefoot.events ORDER BY seq");
    assert_snapshot!(on_said(&project, &db, &["down", "--all", "--dry-run"]), @r"
    exit code 0
    ----- stdout
      · 003 c  1 statement, one transaction  migrations/003_c.down.sql
          locks  c, the tables that c references, the partitioned table of c  ACCESS EXCLUSIVE (blocks reads and writes), DROP TABLE line 1
          data loss  table c is dropped with its rows (DROP TABLE line 1)
      · 002 b  1 statement, one transaction  migrations/002_b.down.sql
          locks  b, the tables that b references, the partitioned table of b  ACCESS EXCLUSIVE (blocks reads and writes), DROP TABLE line 1
          data loss  table b is dropped with its rows (DROP TABLE line 1)
      · 001 a  1 statement, one transaction  migrations/001_a.down.sql
          locks  a, the tables that a references, the partitioned table of a  ACCESS EXCLUSIVE (blocks reads and writes), DROP TABLE line 1
          data loss  table a is dropped with its rows (DROP TABLE line 1)
    Would roll back 3 migrations with 3 statements; the target is at 003. Nothing was changed.
    ----- stderr
    three → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    assert_eq!(db.sql("SELECT seq, hash FROM surefoot.events ORDER BY seq"), events);
    assert_eq!(tables(&db), "a b c");
}

#[test]
fn all_or_nothing() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = three();
    project.write("migrations/003_c.sql", "CREATE TABLE c (id int);\nINSERT INTO missing VALUES (1);\n");
    assert_snapshot!(on_said(&project, &db, &["up", "--single-transaction"]), @r#"
    exit code 1
    ----- stdout
    ----- stderr
    three → development postgres://postgres@127.0.0.1:<port>/<db>
    error: migrations/003_c.sql:2:13: relation "missing" does not exist (SQLSTATE 42P01)
    2 | INSERT INTO missing VALUES (1);
      |             ^
    state: 003 is as it was before: what this run did to it was rolled back
    "#);
    assert_eq!(tables(&db), "");
    assert_eq!(db.one("SELECT count(*) FROM surefoot.migrations WHERE state = 'applied'"), "0");
    // Without the flag the first two stay.
    let _ = on(&project, &db, &["up"]).run().code(1);
    assert_eq!(tables(&db), "a b");
    project.write("migrations/003_c.sql", "CREATE TABLE c (id int);\n");
    let _ = on(&project, &db, &["up", "--single-transaction"]).run().success();
    project.write("migrations/001_a.down.sql", "DROP TABLE a;\nSELECT 1 / 0;\n");
    assert_snapshot!(on_said(&project, &db, &["down", "--all", "--single-transaction"]), @r"
    exit code 1
    ----- stdout
    ----- stderr
    three → development postgres://postgres@127.0.0.1:<port>/<db>
    warning: migrations/001_a.down.sql was changed after 001 was applied; the new text runs
    error: migrations/001_a.down.sql:2:1: division by zero (SQLSTATE 22012)
    2 | SELECT 1 / 0;
      | ^
    state: 001 is as it was before: what this run did to it was rolled back
    ");
    assert_eq!(tables(&db), "a b c");
    let _ = on(&project, &db, &["verify"]).run().code(2);
    let _ = on(&project, &db, &["status"]).run().success();
}

#[test]
fn what_cannot_be_in_one_transaction_is_refused_with_its_line() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = three()
        .file("migrations/002_b.sql", "CREATE TABLE b (id int);\n\nCREATE INDEX CONCURRENTLY b_id ON b (id);\n")
        .file("migrations/002_b.down.sql", "-- First the index.\nDROP INDEX CONCURRENTLY b_id;\nDROP TABLE b;\n")
        .file(
            "migrations/003_c.sql",
            "BEGIN;\nCREATE TABLE c (id int);\nCOMMIT;\nBEGIN;\nCREATE TABLE d (id int);\nCOMMIT;\n",
        );
    assert_snapshot!(on_said(&project, &db, &["up", "--single-transaction"]), @r"
    exit code 1
    ----- stdout
    ----- stderr
    three → development postgres://postgres@127.0.0.1:<port>/<db>
    error: migrations/002_b.sql:3: CREATE INDEX CONCURRENTLY cannot be part of a single transaction: it cannot run in a transaction
    hint: run without --single-transaction
    ");
    assert_snapshot!(on_said(&project, &db, &["up", "--single-transaction", "--dry-run"]), @r"
    exit code 1
    ----- stdout
    ----- stderr
    three → development postgres://postgres@127.0.0.1:<port>/<db>
    error: migrations/002_b.sql:3: CREATE INDEX CONCURRENTLY cannot be part of a single transaction: it cannot run in a transaction
    hint: run without --single-transaction
    ");
    assert_eq!(db.one("SELECT count(*) FROM pg_namespace WHERE nspname = 'surefoot'"), "0");
    project.write("migrations/003_c.sql", "BEGIN;\nCREATE TABLE c (id int);\nCOMMIT;\n");
    let _ = on(&project, &db, &["up"]).run().success();
    assert_snapshot!(on_said(&project, &db, &["down", "--all", "--single-transaction"]), @r"
    exit code 1
    ----- stdout
    ----- stderr
    three → development postgres://postgres@127.0.0.1:<port>/<db>
    error: migrations/002_b.down.sql:2: DROP INDEX CONCURRENTLY cannot be part of a single transaction: it cannot run in a transaction
    hint: run without --single-transaction
    ");
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
    assert_snapshot!(said(&project, &["down"]), @r"
    exit code 0
    ----- stdout
    Nothing to roll back: development has no database yet.
    ----- stderr
    three → development embedded PostgreSQL (.surefoot/db)
    ");
    assert_snapshot!(said(&project, &["down", "--json"]), @r#"
    exit code 0
    ----- stdout
    {
      "command": "down",
      "environment": "development",
      "target": "embedded PostgreSQL (.surefoot/db)",
      "run": <varies>,
      "migrations": [],
      "left_pending": 0,
      "current": null,
      "warnings": []
    }
    ----- stderr
    "#);
    assert_snapshot!(said(&project, &["redo", "--json"]), @r#"
    exit code 0
    ----- stdout
    {
      "command": "redo",
      "environment": "development",
      "target": "embedded PostgreSQL (.surefoot/db)",
      "run": <varies>,
      "migrations": [],
      "left_pending": 0,
      "current": null,
      "warnings": []
    }
    ----- stderr
    "#);
    assert!(!project.join(".surefoot").exists());
}

#[test]
fn an_undo_of_what_cannot_be_applied_again_is_refused_first() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = three();
    project.remove("migrations/002_b.sql");
    project.remove("migrations/002_b.down.sql");
    project.write("migrations/004_d.sql", "CREATE TABLE d (id int);\n");
    project.write("migrations/004_d.down.sql", "DROP TABLE d;\n");
    let _ = on(&project, &db, &["up"]).run().success();
    assert_snapshot!(on_said(&project, &db, &["redo", "-n", "2"]), @r"
    exit code 0
    ----- stdout
      ↩ rolled back 004 d  1 statement, <duration>
      ↩ rolled back 003 c  1 statement, <duration>
      ✓ 003 c  1 statement, <duration>
      ✓ 004 d  1 statement, <duration>
    Redid 2 migrations. development is at 004.
    ----- stderr
    three → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    assert_eq!(tables(&db), "a c d");
    // The migration that is redone may have changed: that is what redo is for.
    project.write("migrations/004_d.sql", "CREATE TABLE d (id int, more text);\n");
    let _ = on(&project, &db, &["redo"]).run().success();
    assert_eq!(db.one("SELECT count(*) FROM pg_attribute WHERE attrelid = 'd'::regclass AND attname = 'more'"), "1");
    // Another one may not, nor may it be broken.
    project.write("migrations/001_a.sql", "CREATE TABLE a (id int, more text);\n");
    assert_snapshot!(on_said(&project, &db, &["redo"]), @r"
    exit code 3
    ----- stdout
    ----- stderr
    three → development postgres://postgres@127.0.0.1:<port>/<db>
    error: migrations were changed after they were applied: 001 (migrations/001_a.sql)
    hint: see what changed: surefoot verify; bring the old text back: surefoot recover --changed 001; accept the new: surefoot resolve --checksum 001 --reason ...; or pass over with --allow-changed
    ");
    assert_eq!(tables(&db), "a c d");
    project.write("migrations/001_a.sql", "CREATE TABLE a (id int);\n");
    project.write("migrations/004_d.sql", "CREAT TABLE d (id int);\n");
    assert_snapshot!(on_said(&project, &db, &["redo"]), @r#"
    exit code 1
    ----- stdout
    ----- stderr
    three → development postgres://postgres@127.0.0.1:<port>/<db>
    error: migrations/004_d.sql:1:1: syntax error at or near "CREAT"
    1 | CREAT TABLE d (id int);
      | ^
    hint: nothing was run: correct the file and run the command again
    "#);
    assert_eq!(tables(&db), "a c d");
    project.write("migrations/004_d.sql", "CREATE TABLE d (id int);\n");
    project.write("migrations/002_late.sql", "CREATE TABLE late (id int);\n");
    assert_snapshot!(on_said(&project, &db, &["redo"]), @r"
    exit code 3
    ----- stdout
    ----- stderr
    three → development postgres://postgres@127.0.0.1:<port>/<db>
    error: late migrations: 002 (migrations/002_late.sql) comes before 003, which is applied
    hint: give 002 a number after 004, or run it late on purpose with --allow-out-of-order
    ");
    assert_eq!(tables(&db), "a c d");
    let _ = surefoot(&project, &["heads"]).run().success();
}

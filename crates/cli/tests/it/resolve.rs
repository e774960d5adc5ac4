//! `resolve`, `baseline` and `redo`: what a person knows better than the journal.

use insta::assert_snapshot;
use surefoot_testkit::{Major, Project, TestDb, require};

use crate::{on, on_said, surefoot};

fn project() -> Project {
    Project::new()
        .file("surefoot.toml", "[project]\nname = \"resolved\"\n")
        .file("migrations/001_a.sql", "CREATE TABLE a (id int);\n")
        .file("migrations/001_a.down.sql", "DROP TABLE a;\n")
        .file(
            "migrations/002_b.sql",
            "BEGIN;\nCREATE TABLE b (id int);\nCOMMIT;\nBEGIN;\nINSERT INTO missing VALUES (1);\nCOMMIT;\n",
        )
        .file("migrations/002_b.down.sql", "DROP TABLE b;\n")
        .file("migrations/003_c.sql", "CREATE TABLE c (id int);\n")
        .file("migrations/003_c.down.sql", "DROP TABLE c;\n")
}

fn journal(db: &TestDb) -> String {
    db.one("SELECT count(*) FROM pg_namespace WHERE nspname = 'surefoot'")
}

#[test]
fn wrong_declarations_change_nothing() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = project();
    // Before there is a journal none is made for a refusal.
    for (args, code) in [
        (&["resolve", "--rolled-back", "001", "--reason", "x"][..], 3),
        (&["resolve", "--retry", "001", "--reason", "x"], 3),
        (&["resolve", "--checksum", "001", "--reason", "x"], 3),
        (&["resolve", "--applied", "009", "--reason", "x"], 64),
        (&["resolve", "--applied", "001", "--reason", " "], 64),
        (&["resolve", "--applied", "001"], 64),
        (&["resolve", "--reason", "x"], 64),
        (&["resolve", "--applied", "001", "--retry", "002", "--reason", "x"], 64),
        (&["baseline", "--to", "001", "--reason", ""], 64),
        (&["baseline", "--to", "001"], 64),
        (&["baseline", "--to", "nothing", "--reason", "x"], 64),
    ] {
        let output = on(&project, &db, args).run();
        assert_eq!(output.code, Some(code), "{args:?}: {output}");
    }
    assert_eq!(journal(&db), "0");
    // A file that cannot be read spoils the whole baseline.
    project.write("migrations/003_c.sql", "CREATE TABLE c (id int);\n\\gexec\n");
    let _ = on(&project, &db, &["baseline", "--to", "003", "--reason", "x"]).run().code(1);
    assert_eq!(journal(&db), "0");
    project.write("migrations/003_c.sql", "CREATE TABLE c (id int);\n");

    let _ = on(&project, &db, &["up", "--to", "001"]).run().success();
    assert_snapshot!(on_said(&project, &db, &["resolve", "--applied", "001", "--reason", "x"]), @r"
    exit code 3
    ----- stdout
    ----- stderr
    resolved → development postgres://postgres@127.0.0.1:<port>/<db>
    error: migration 001 is applied already
    hint: see `surefoot status`
    ");
    assert_snapshot!(on_said(&project, &db, &["resolve", "--rolled-back", "002", "--reason", "x"]), @r"
    exit code 3
    ----- stdout
    ----- stderr
    resolved → development postgres://postgres@127.0.0.1:<port>/<db>
    error: migration 002 was never applied
    hint: see `surefoot status`
    ");
    assert_snapshot!(on_said(&project, &db, &["resolve", "--retry", "001", "--reason", "x"]), @r"
    exit code 3
    ----- stdout
    ----- stderr
    resolved → development postgres://postgres@127.0.0.1:<port>/<db>
    error: migration 001 has no statement in doubt
    hint: see `surefoot status`
    ");
    assert_snapshot!(on_said(&project, &db, &["resolve", "--checksum", "001", "--reason", "x"]), @r"
    exit code 3
    ----- stdout
    ----- stderr
    resolved → development postgres://postgres@127.0.0.1:<port>/<db>
    error: migration 001 is as it was applied
    hint: see `surefoot status`
    ");
    assert_snapshot!(on_said(&project, &db, &["resolve", "--checksum", "002", "--reason", "x"]), @r"
    exit code 3
    ----- stdout
    ----- stderr
    resolved → development postgres://postgres@127.0.0.1:<port>/<db>
    error: migration 002 is not applied
    hint: see `surefoot status`
    ");
    assert_snapshot!(on_said(&project, &db, &["baseline", "--to", "002", "--reason", "x"]), @r"
    exit code 3
    ----- stdout
    ----- stderr
    resolved → development postgres://postgres@127.0.0.1:<port>/<db>
    error: the target has a record of 001 already
    hint: baseline is for databases without a history; see `surefoot status`
    ");
    // Each refusal is on record, with its code.
    let refused = "SELECT kind FROM surefoot.events WHERE kind = 'refused'";
    assert_eq!(db.sql(refused).len(), 6);
    assert_eq!(db.sql("SELECT id, state FROM surefoot.migrations"), [["001", "applied"]]);
    let _ = on(&project, &db, &["verify"]).run().success();
    // No database is made for it.
    let project = self::project();
    let _ = surefoot(&project, &["recover"]).run().code(3);
    assert!(!project.join(".surefoot").exists());
}

#[test]
fn each_declaration() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = project();
    let _ = on(&project, &db, &["up"]).run().code(1);
    assert_snapshot!(on_said(&project, &db, &["resolve", "--applied", "2", "--reason", "INSERT was a mistake, INC-17"]), @r"
    exit code 0
    ----- stdout
    002 recorded as applied; event 5 of the journal.
    ----- stderr
    resolved → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    let _ = on(&project, &db, &["up"]).run().success();
    let _ = on(&project, &db, &["status"]).run().success();
    assert_eq!(db.one("SELECT count(*) FROM surefoot.steps"), "0");
    let history = on(&project, &db, &["history", "002"]).run().success();
    assert!(history.stdout.contains("resolved applied") && history.stdout.contains("INC-17"), "{history}");

    let _ = db.sql("DROP TABLE c");
    assert_snapshot!(on_said(&project, &db, &["resolve", "--rolled-back", "003", "--reason", "dropped by hand", "--json"]), @r#"
    exit code 0
    ----- stdout
    {
      "command": "resolve",
      "migrations": [
        "003"
      ],
      "event": 7,
      "result": "recorded as rolled back",
      "warnings": []
    }
    ----- stderr
    "#);
    let _ = on(&project, &db, &["up"]).run().success();
    assert_eq!(db.one("SELECT count(*) FROM pg_class WHERE relname = 'c'"), "1");

    // Only the rollback, only the check, and the file itself.
    for (path, text) in [
        ("migrations/003_c.down.sql", "DROP TABLE IF EXISTS c;\n"),
        ("migrations/003_c.sql", "CREATE TABLE c (id int); -- the ids\n"),
        ("migrations/003_c.sql", "CREATE TABLE c (id bigint);\n"),
    ] {
        project.write(path, text);
        let _ = on(&project, &db, &["resolve", "--checksum", "003", "--reason", "reviewed"]).run().success();
        let _ = on(&project, &db, &["verify"]).run().success();
        let _ = on(&project, &db, &["up"]).run().success();
    }
    // A row whose file is gone.
    project.remove("migrations/003_c.sql");
    project.remove("migrations/003_c.down.sql");
    let _ = on(&project, &db, &["resolve", "--rolled-back", "003", "--reason", "given up"]).run().success();
    let _ = on(&project, &db, &["status"]).run().success();
    let _ = on(&project, &db, &["verify"]).run().success();
}

#[test]
fn a_check_that_changed_is_accepted() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = Project::new()
        .file("migrations/20250101000000_t/migration.sql", "CREATE TABLE t (id int);\n")
        .file("migrations/20250101000000_t/verify.sql", "SELECT true;\n");
    let _ = on(&project, &db, &["up"]).run().success();
    project.write("migrations/20250101000000_t/verify.sql", "SELECT count(*) = 0 FROM t;\n");
    let _ = on(&project, &db, &["verify"]).run().code(2);
    let _ = on(&project, &db, &["resolve", "--checksum", "20250101000000", "--reason", "better"]).run().success();
    let _ = on(&project, &db, &["verify"]).run().success();
}

#[test]
fn a_statement_in_doubt_is_tried_again() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = Project::new()
        .file("surefoot.toml", "[project]\nname = \"doubt\"\n")
        .file("migrations/001_p.sql", "CREATE TABLE t (id int);\nCREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO t VALUES (1); COMMIT; END $$;\n")
        .file("migrations/002_call.sql", "CALL p();\n");
    // The program ends between the announcement and the statement.
    let output = on(&project, &db, &["up"]).env("SUREFOOT_FAULT", "after-intent").run();
    assert_eq!(output.code, None, "{output}");
    assert_snapshot!(on_said(&project, &db, &["plan"]), @r"
    exit code 2
    ----- stdout
      · 002 call  1 statement, 1 part, 1 outside a transaction  migrations/002_call.sql
          in doubt  a statement was begun and its outcome is not on record; the run looks first
          not transactional  runs outside a transaction; its outcome is recorded by itself (CALL line 1)
    Would apply 1 migration with 1 statement; the target is at 001. Nothing was changed.
    ----- stderr
    doubt → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    assert_snapshot!(on_said(&project, &db, &["plan", "--format", "sql"]), @r"
    exit code 3
    ----- stdout
    ----- stderr
    error: the outcome of a statement of migration 002 is not on record: no script can go on from there
    hint: let `surefoot up` look at the catalog and go on
    ");
    assert_snapshot!(on_said(&project, &db, &["up"]), @r"
    exit code 1
    ----- stdout
    ----- stderr
    doubt → development postgres://postgres@127.0.0.1:<port>/<db>
    error: migrations/002_call.sql:1:1: a run died while this CALL was running, and the catalog does not tell whether it took effect
    hint: look at the database, then say what you found: surefoot resolve --applied 002 --reason ..., or surefoot resolve --retry 002 --reason ...
    ");
    assert_snapshot!(on_said(&project, &db, &["resolve", "--retry", "002", "--reason", "t is empty"]), @r"
    exit code 0
    ----- stdout
    002 will run the statement in doubt again; event 5 of the journal.
    ----- stderr
    doubt → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    let _ = on(&project, &db, &["up"]).run().success();
    assert_eq!(db.one("SELECT count(*) FROM t"), "1");
    let _ = on(&project, &db, &["verify"]).run().success();
}

#[test]
fn a_database_that_was_there_before() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = project().file("migrations/002_b.sql", "CREATE TABLE b (id int);\n");
    let _ = db.sql("CREATE TABLE a (id int); CREATE TABLE b (id int); INSERT INTO a VALUES (7)");
    assert_snapshot!(on_said(&project, &db, &["baseline", "--to", "002", "--reason", "built before Surefoot"]), @r"
    exit code 0
    ----- stdout
    2 migrations recorded as applied, without running; event 3 of the journal.
    ----- stderr
    resolved → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    assert_snapshot!(on_said(&project, &db, &["up"]), @r"
    exit code 0
    ----- stdout
      ✓ 003 c  1 statement, <duration>
    Applied 1 migration in <duration>. development is at 003.
    ----- stderr
    resolved → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    let _ = on(&project, &db, &["status"]).run().success();
    let _ = on(&project, &db, &["verify"]).run().success();
    assert_eq!(db.one("SELECT id FROM a"), "7");
    let _ = on(&project, &db, &["stamp", "--to", "003", "--reason", "again"]).run().code(3);
    let _ = on(&project, &db, &["down", "--all"]).run().success();
    // After everything is rolled back the database has no history again.
    assert_snapshot!(on_said(&project, &db, &["baseline", "--to", "001", "--reason", "anew", "--json"]), @r#"
    exit code 0
    ----- stdout
    {
      "command": "baseline",
      "migrations": [
        "001"
      ],
      "event": 9,
      "result": "recorded as applied, without running",
      "warnings": []
    }
    ----- stderr
    "#);
}

#[test]
fn redo_runs_the_newest_again() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = project().file("migrations/002_b.sql", "CREATE TABLE b (id int);\n");
    assert_snapshot!(on_said(&project, &db, &["redo"]), @r"
    exit code 0
    ----- stdout
    Nothing to redo: nothing is applied.
    ----- stderr
    resolved → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    let _ = on(&project, &db, &["up", "--to", "002"]).run().success();
    let _ = db.sql("INSERT INTO a VALUES (1); INSERT INTO b VALUES (1)");
    assert_snapshot!(on_said(&project, &db, &["redo"]), @r"
    exit code 0
    ----- stdout
      ↩ rolled back 002 b  1 statement, <duration>
      ✓ 002 b  1 statement, <duration>
    Redid 1 migration. development is at 002.
    ----- stderr
    resolved → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    assert_eq!(db.sql("SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b)"), [["1", "0"]]);
    let json: serde_json::Value =
        serde_json::from_str(&on(&project, &db, &["redo", "-n", "9", "--json"]).run().success().stdout).unwrap();
    assert_eq!(json["migrations"].as_array().map(Vec::len), Some(2));
    assert_eq!(json["current"], "002");
    assert_eq!(json["left_pending"], 1);
    // Where it is protected it asks.
    project.write("surefoot.toml", "[project]\nname = \"resolved\"\n[environments.development]\nprotected = true\n");
    let _ = on(&project, &db, &["redo"]).run().code(3);
    let _ = on(&project, &db, &["redo", "--yes"]).run().success();
}

//! What a run that fails says, and what of it is kept.

use surefoot_testkit::{Major, Project, TestDb, require};

use crate::{on, surefoot};

#[test]
fn an_error_in_copy_data_points_at_its_line() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = Project::new().file(
        "migrations/001_t.sql",
        "-- two lines before\nCREATE TABLE t (a int, b text);\nCOPY t (a, b) FROM stdin;\n1\tone\n2\ttwo\nthree\tthree\n4\tfour\n\\.\n",
    );
    let output = on(&project, &db, &["up"]).run().code(1);
    assert!(output.stderr.contains("error: migrations/001_t.sql:6:1: invalid input syntax"), "{output}");
    assert!(!output.stderr.contains("COPY t (a, b)"), "{output}");
    let place = db.one("SELECT detail ->> 'place' FROM surefoot.audit_log WHERE event = 'failed'");
    assert_eq!(place, "migrations/001_t.sql:6:1");
    // With lines that Windows ends, a header, and a field over two lines.
    project.write(
        "migrations/001_t.sql",
        "CREATE TABLE t (a int, b text);\r\nCOPY t FROM stdin (FORMAT csv, HEADER);\r\na,b\r\n1,\"one\r\nand more\"\r\nx,two\r\n\\.\r\n",
    );
    let output = on(&project, &db, &["up"]).run().code(1);
    assert!(output.stderr.contains("error: migrations/001_t.sql:6:1: invalid input syntax"), "{output}");
    // An error of the statement itself stays where it is.
    project.write("migrations/001_t.sql", "CREATE TABLE t (a int);\n\nCOPY t (c) FROM stdin;\n1\n\\.\n");
    let output = on(&project, &db, &["up"]).run().code(1);
    assert!(output.stderr.contains("error: migrations/001_t.sql:3:"), "{output}");
}

#[test]
fn notices_before_a_failure_are_shown_and_kept() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    for (n, args) in [&["up"][..], &["up", "--single-transaction"]].iter().enumerate() {
        let project = Project::new().file("surefoot.toml", format!("[journal]\nschema = \"kept{n}\"\n")).file(
            "migrations/001_t.sql",
            "DO $$ BEGIN RAISE NOTICE 'seventeen rows'; RAISE WARNING 'three left out'; END $$;\nSELECT 1 / 0;\n",
        );
        let output = on(&project, &db, args).run().code(1);
        assert!(output.stderr.contains("seventeen rows"), "{output}");
        let kept = db.one(&format!("SELECT detail -> 'notices' FROM kept{n}.audit_log WHERE event = 'failed'"));
        assert!(kept.contains("seventeen rows") && kept.contains("three left out"), "{args:?}: {kept}");
    }
}

/// What a trigger says at COMMIT belongs to the migration that commits, not to the next statement.
#[test]
fn words_of_a_deferred_trigger_are_told() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = Project::new()
        .file(
            "migrations/001_t.sql",
            "CREATE TABLE t (a int);\n\
             CREATE FUNCTION say() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'at the end: %', new.a; RETURN new; END $$;\n\
             CREATE CONSTRAINT TRIGGER late AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION say();\n\
             INSERT INTO t VALUES (7);\n",
        )
        .file("migrations/002_u.sql", "CREATE TABLE u (a int);\n");
    let output = on(&project, &db, &["up"]).run().success();
    assert!(output.stderr.contains("at the end: 7 (migrations/001_t.sql:4:1)"), "{output}");
}

#[test]
fn warnings_are_told_before_anything_runs() {
    let project = Project::new()
        .file("migrations/001_nothing.sql", "-- nothing yet\n")
        .file("migrations/002_fails.sql", "SELECT 1 / 0;\n");
    let output = surefoot(&project, &["up"]).run().code(1);
    assert!(output.stderr.contains("warning: ") && output.stderr.contains("001_nothing.sql"), "{output}");
    let calls = Project::new()
        .file(
            "migrations/001_t.sql",
            "CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$;\nCREATE PROCEDURE q() LANGUAGE plpgsql AS $$ BEGIN NULL; END $$;\n",
        )
        .file("migrations/002_call.sql", "BEGIN;\nCALL q();\nCALL p();\nCOMMIT;\n");
    let output = surefoot(&calls, &["up"]).run().code(1);
    let told = "warning: migrations/002_call.sql:3: CALL runs code with COMMIT or ROLLBACK";
    assert_eq!(output.stderr.matches("runs code with COMMIT").count(), 1, "{output}");
    assert!(output.stderr.contains(told), "{output}");
    assert!(output.stderr.contains("take it out of the file's BEGIN"), "{output}");
}

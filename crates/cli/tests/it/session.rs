//! The session between files: its locks, its role.

use surefoot_testkit::{Major, Project, TestDb, require};

use crate::on;

#[test]
fn locks_that_a_file_leaves_are_given_up_and_ours_stays() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let held = "INSERT INTO held SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()";
    let project = Project::new()
        .file("migrations/001_held.sql", "CREATE TABLE held (n int);\n")
        .file(
            "migrations/002_locks.sql",
            "SELECT pg_advisory_lock(42), pg_advisory_lock(42), pg_advisory_lock(-1), pg_advisory_lock_shared(7),\n\
             \u{20} pg_advisory_lock(-5, 6), pg_advisory_lock_shared(1, -2), pg_advisory_lock(9223372036854775807);\n",
        )
        .file("migrations/003_count.sql", format!("{held};\n"))
        .file("migrations/004_hidden.sql", "DO $$ BEGIN PERFORM pg_advisory_lock(43); END $$;\nVACUUM held;\n")
        .file("migrations/005_count.sql", format!("{held};\n"))
        .file("migrations/006_all.sql", "SELECT pg_advisory_lock(44);\nSELECT pg_advisory_unlock_all();\n")
        .file("migrations/007_count.sql", format!("{held};\n"))
        .file("migrations/008_fails.sql", "SELECT pg_advisory_lock(45);\nSELECT 1 / 0;\n");
    let _ = on(&project, &db, &["up", "--to", "007"]).run().success();
    assert_eq!(db.sql("SELECT n FROM held"), [["1"], ["1"], ["1"]], "only the lock of the run is held");
    let _ = on(&project, &db, &["up"]).run().code(1);
}

#[test]
fn what_a_file_leaves_in_its_session_does_not_reach_the_next() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let left = "CREATE TEMP TABLE scratch (a int);\nPREPARE p AS SELECT 1;\nLISTEN bell;\n\
                DECLARE c CURSOR WITH HOLD FOR SELECT 1;\nSET search_path = pg_catalog;\nSET ROLE pg_monitor;\n";
    let next = "CREATE TABLE public.seen{n} AS SELECT current_user = session_user AS role, \
                (SELECT count(*) FROM pg_prepared_statements) AS prepared, (SELECT count(*) FROM pg_cursors) AS cursors, \
                (SELECT count(*) FROM pg_listening_channels()) AS channels, to_regclass('pg_temp.scratch') AS scratch, \
                current_setting('search_path') AS path;\n";
    for (n, args) in [&["up"][..], &["up", "--single-transaction"]].iter().enumerate() {
        let project = Project::new()
            .file("surefoot.toml", format!("[journal]\nschema = \"left{n}\"\n"))
            .file("migrations/001_leaves.sql", left)
            .file("migrations/002_sees.sql", next.replace("{n}", &n.to_string()))
            // The same names once more.
            .file("migrations/003_leaves_again.sql", left);
        let _ = on(&project, &db, args).run().success();
        assert_eq!(
            db.sql(&format!("SELECT role, prepared, cursors, channels, scratch IS NULL, path FROM seen{n}")),
            [["t", "0", "0", "0", "t", "\"$user\", public"]],
            "{args:?}"
        );
    }
}

#[test]
fn an_elevated_role_that_cannot_be_had_is_told_before_anything_runs() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let (owner, url) = db.ordinary_role();
    let project = Project::new()
        .file("migrations/001_t.sql", "CREATE TABLE t (a int);\n")
        .file("migrations/002_e.sql", "-- surefoot: role elevated\nCREATE TABLE e (a int);\n");
    let cases = [
        ("elevated-role = \"postgres\"", "may not SET ROLE postgres: it is not a member of that role"),
        ("elevated-role = \"nobody_here\"", "may not SET ROLE nobody_here: there is no such role"),
        ("elevated-url = \"postgres://x@127.0.0.1:1/x\"", "asks for `role elevated`: cannot connect to"),
        ("protected = false", "no elevated role is configured"),
    ];
    for (setting, told) in cases {
        project.write("surefoot.toml", format!("[environments.development]\n{setting}\n"));
        let output = on(&project, &db, &["up", "--url", &url]).run().code(1);
        assert!(output.stderr.contains("migration 002 asks for `role elevated`"), "{setting}: {output}");
        assert!(output.stderr.contains(told) && output.stderr.contains("hint: "), "{setting}: {output}");
        assert_eq!(db.one("SELECT to_regclass('t') IS NULL"), "t", "{setting}: something ran");
    }
    let _ = db.sql(&format!(
        "CREATE ROLE {owner}_high; GRANT {owner}_high TO {owner}; GRANT CREATE ON SCHEMA public TO {owner}_high"
    ));
    project.write("surefoot.toml", format!("[environments.development]\nelevated-role = \"{owner}_high\"\n"));
    let _ = on(&project, &db, &["up", "--url", &url]).run().success();
    assert_eq!(db.one("SELECT tableowner FROM pg_tables WHERE tablename = 'e'"), format!("{owner}_high"));
    let _ = db.sql(&format!("DROP TABLE e; DROP OWNED BY {owner}_high; DROP ROLE {owner}_high"));
}

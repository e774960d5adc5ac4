//! The SQL script of a dry run: what a DBA runs by hand leaves what a run leaves.

use std::time::Duration;

use surefoot::introspect::{Options, snapshot};
use surefoot::pg::{ConnectOptions, ConnectUrl, Session};
use surefoot_testkit::{Cmd, Major, Output, Project, TestDb, require};

use crate::on;

/// Everything a file of a team may hold that psql and Surefoot must read alike.
fn project() -> Project {
    Project::new()
        .file("surefoot.toml", "[project]\nname = \"script\"\n[application]\nname = \"clinic\"\nversion = \"2.1\"\n")
        .file(
            "migrations/001_create_patients.sql",
            "-- Creates the patients.\n\\echo 'It''s a \\\\ beginning'\nCREATE TABLE patients (\n  id int PRIMARY KEY,\n  \
             name text DEFAULT 'a;b', -- a comment; with a semicolon\n  note text\n);\n\
             COPY patients (id, name, note) FROM stdin;\n1\tAnn\ttab\\there\n2\tBob\t\\N\n\\.\n\
             CREATE FUNCTION double(i int) RETURNS int LANGUAGE sql AS $fn$ SELECT i * 2; $fn$;\n\
             CREATE FUNCTION triple(i int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT i * 3; END;\n\
             COMMENT ON TABLE patients IS E'it\\'s :not a variable' -- no semicolon at the end",
        )
        .file("migrations/001_create_patients.down.sql", "DROP FUNCTION triple, double;\nDROP TABLE patients;\n")
        .file(
            "migrations/002_index_names.sql",
            "SET lock_timeout = '5s';\nBEGIN;\nALTER TABLE patients ADD email text;\nCOMMIT;\n\
             CREATE INDEX CONCURRENTLY patients_name ON patients (name);\n\
             BEGIN;\nALTER TABLE patients ADD CONSTRAINT email_at CHECK (email ~ '@') NOT VALID;\nCOMMIT;\n\
             ALTER TABLE patients VALIDATE CONSTRAINT email_at;\n\\echo done\n",
        )
        .file(
            "migrations/002_index_names.down.sql",
            "ALTER TABLE patients DROP CONSTRAINT email_at;\nDROP INDEX CONCURRENTLY patients_name;\nALTER TABLE patients DROP email;\n",
        )
        .file(
            "migrations/003_own_schema.sql",
            "CREATE SCHEMA lab;\nSET search_path = lab;\nCREATE TABLE results (id int);\nSET ROLE pg_read_all_data;\n",
        )
        .file("migrations/003_own_schema.down.sql", "DROP SCHEMA lab CASCADE;\n")
        .file("migrations/004_nothing.sql", "-- nothing yet\n")
        .file("migrations/004_nothing.down.sql", "-- nothing either\n")
        .file("migrations/005_after.sql", "CREATE TABLE after_it (id int);\n")
        .file("migrations/005_after.down.sql", "DROP TABLE after_it;\n")
        .file("migrations/R__count.sql", "CREATE OR REPLACE FUNCTION patients_count() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM patients); END';\n")
}

/// psql with a script on its standard input; `None` where there is no psql.
pub(crate) fn psql(db: &TestDb, script: &str) -> Option<Output> {
    let program = [db.cluster().bindir().join("psql"), "/usr/bin/psql".into()].into_iter().find(|p| p.exists())?;
    Some(
        Cmd::new(program)
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", &db.url(), "-f", "-"])
            .timeout(Duration::from_secs(120))
            .stdin(script)
            .run(),
    )
}

fn has_psql(db: &TestDb) -> Option<()> {
    psql(db, "SELECT 1;").map(|_| ())
}

/// The catalog, without the journal.
pub(crate) fn catalog(db: &TestDb) -> String {
    let url = ConnectUrl::parse(&db.url()).expect("url");
    let runtime = tokio::runtime::Runtime::new().expect("runtime");
    runtime.block_on(async {
        let session = Session::connect(&ConnectOptions::new(url, "test")).await.expect("connect");
        let look = Options { excluded_schemas: vec!["surefoot".into(), "surefoot_attic".into()], ..Options::default() };
        let catalog = snapshot(&session, &look).await.expect("snapshot");
        session.close().await;
        format!("{}\n{}", catalog.hash(), catalog.to_text())
    })
}

fn script_of(project: &Project, db: &TestDb, args: &[&str]) -> String {
    let args: Vec<&str> = args.iter().copied().chain(["--dry-run", "--format", "sql"]).collect();
    on(project, db, &args).run().success().stdout
}

/// What a journal says, without times, runs and hashes.
fn told(db: &TestDb) -> Vec<Vec<String>> {
    db.sql(
        "SELECT id, state, units_done, units_total, up_sha256, up_statements, down_sha256, up_file \
         FROM surefoot.migrations ORDER BY position",
    )
}

fn events(db: &TestDb) -> Vec<Vec<String>> {
    db.sql("SELECT seq, kind, migration FROM surefoot.events ORDER BY seq")
}

#[test]
fn a_script_leaves_what_a_run_leaves() {
    let run = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let by_hand = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    require!(has_psql(&by_hand), "psql");
    let project = project();
    let script = script_of(&project, &by_hand, &["up"]);
    assert_eq!(by_hand.one("SELECT count(*) FROM pg_namespace WHERE nspname = 'surefoot'"), "0", "a dry run wrote");
    let _ = on(&project, &run, &["up"]).run().success();
    let output = psql(&by_hand, &script).expect("psql").success();
    assert!(output.stdout.contains("It's a \\ beginning\n"), "{output}");
    assert!(output.stdout.contains("done\n"), "{output}");
    assert_eq!(catalog(&by_hand), catalog(&run));
    let rows = "SELECT * FROM patients ORDER BY id";
    assert_eq!(by_hand.sql(rows), run.sql(rows));
    assert_eq!(told(&by_hand), told(&run));
    assert_eq!(events(&by_hand), events(&run));
    let application = "SELECT name, version, schema_version FROM surefoot.application";
    assert_eq!(by_hand.sql(application), run.sql(application));
    let files = "SELECT sha256, part, md5(body) FROM surefoot.files ORDER BY 1, 2";
    assert_eq!(by_hand.sql(files), run.sql(files));

    // The program takes over where the script ended.
    let _ = on(&project, &by_hand, &["status"]).run().success();
    let _ = on(&project, &by_hand, &["verify"]).run().success();
    let _ = on(&project, &by_hand, &["up"]).run().success();
    let again = psql(&by_hand, &script).expect("psql").code(3);
    assert!(again.stderr.contains("the journal is there already"), "{again}");

    // And down, by a script of its own.
    let script = script_of(&project, &by_hand, &["down", "--to", "base"]);
    let _ = on(&project, &run, &["down", "--to", "base"]).run().success();
    let _ = psql(&by_hand, &script).expect("psql").success();
    assert_eq!(catalog(&by_hand), catalog(&run));
    assert_eq!(told(&by_hand), told(&run));
    let _ = on(&project, &by_hand, &["verify"]).run().success();
    let twice = psql(&by_hand, &script).expect("psql").code(3);
    assert!(twice.stderr.contains("the journal has moved on"), "{twice}");
    let _ = on(&project, &by_hand, &["up"]).run().success();
}

#[test]
fn a_script_stops_where_the_journal_moved_on() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    require!(has_psql(&db), "psql");
    let project = project();
    let _ = on(&project, &db, &["up", "--to", "001"]).run().success();
    let script = script_of(&project, &db, &["up"]);
    let _ = on(&project, &db, &["up", "--count", "1"]).run().success();
    let before = (catalog(&db), events(&db));
    let output = psql(&db, &script).expect("psql").code(3);
    assert!(output.stderr.contains("the journal has moved on since this script was made"), "{output}");
    assert_eq!((catalog(&db), events(&db)), before);
    assert_eq!(db.one("SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE locktype = 'advisory' AND datname = current_database()"), "0");
}

#[test]
fn a_script_stops_while_a_run_holds_the_lock() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    require!(has_psql(&db), "psql");
    let project = Project::new().file("migrations/001_wait.sql", "SELECT pg_sleep(4);\n");
    let script = script_of(&project, &db, &["up"]);
    let mut run = on(&project, &db, &["up"]).start();
    run.wait_until(|_| db.one("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(4)%' AND pid <> pg_backend_pid() AND state = 'active'") == "1");
    let output = psql(&db, &script).expect("psql").code(3);
    assert!(output.stderr.contains("another run holds the migration lock"), "{output}");
    let _ = run.wait().success();
}

#[test]
fn a_script_goes_on_after_the_parts_that_are_committed() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    require!(has_psql(&db), "psql");
    let project = Project::new()
        .file(
            "migrations/001_parts.sql",
            "SET search_path = shop;\nBEGIN;\nCREATE SCHEMA shop;\nCREATE TABLE t (id int);\nINSERT INTO t VALUES (1);\nCOMMIT;\n\
             BEGIN;\nINSERT INTO t SELECT 10 / count(*) FROM pg_class WHERE relname = 'gate';\nCOMMIT;\n",
        );
    let _ = on(&project, &db, &["up"]).run().code(1);
    let plan = on(&project, &db, &["plan"]).run().code(2);
    assert!(plan.stdout.contains("2 of 3 parts committed already"), "{plan}");
    let plan: serde_json::Value =
        serde_json::from_str(&on(&project, &db, &["plan", "--json"]).run().code(2).stdout).unwrap();
    assert_eq!(plan["migrations"][0]["parts_done"], 2, "{plan:#}");
    let _ = db.sql("CREATE TABLE gate ()");
    let script = script_of(&project, &db, &["up"]);
    let _ = psql(&db, &script).expect("psql").success();
    assert_eq!(db.sql("SELECT id FROM shop.t ORDER BY 1"), [["1"], ["10"]]);
    let _ = on(&project, &db, &["status"]).run().success();
    let _ = on(&project, &db, &["verify"]).run().success();
}

#[test]
fn a_script_holds_the_check_of_a_migration() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    require!(has_psql(&db), "psql");
    let project = Project::new()
        .file("migrations/20250101000000_t/migration.sql", "CREATE TABLE t (id int);\n")
        .file("migrations/20250101000000_t/down.sql", "DROP TABLE t;\n")
        .file(
            "migrations/20250101000000_t/verify.sql",
            "INSERT INTO t VALUES (1);\nSELECT count(*) = 1 AS \"?\", 'f' AS \"?\" FROM t;\nSELECT count(*) > 1 FROM t;\n",
        );
    let script = script_of(&project, &db, &["up"]);
    let output = psql(&db, &script).expect("psql").code(3);
    assert!(
        output.stderr.contains("migrations/20250101000000_t/verify.sql:3:1: a query of the check returned false"),
        "{output}"
    );
    assert_eq!(db.one("SELECT count(*) FROM pg_class WHERE relname = 't'"), "0");
    project.write("migrations/20250101000000_t/verify.sql", "INSERT INTO t VALUES (1);\nSELECT count(*) = 1 FROM t;\n");
    let script = script_of(&project, &db, &["up"]);
    let _ = psql(&db, &script).expect("psql").success();
    assert_eq!(db.one("SELECT count(*) FROM t"), "0", "the check left its row");
    let _ = on(&project, &db, &["status"]).run().success();
}

#[test]
fn a_script_switches_to_the_elevated_role() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    require!(has_psql(&db), "psql");
    let (owner, _) = db.ordinary_role();
    let project = Project::new()
        .file("surefoot.toml", format!("[environments.development]\nelevated-role = \"{owner}\"\n"))
        .file("migrations/001_a.sql", "CREATE TABLE a (id int);\n")
        .file(
            "migrations/002_b.sql",
            "-- surefoot: role elevated\nCREATE TABLE b (id int);\nBEGIN;\nCREATE TABLE c (id int);\nCOMMIT;\n\
             CREATE INDEX CONCURRENTLY b_id ON b (id);\n",
        );
    let script = script_of(&project, &db, &["up"]);
    let _ = psql(&db, &script).expect("psql").success();
    assert_eq!(
        db.sql("SELECT relname, pg_get_userbyid(relowner) = 'postgres' FROM pg_class WHERE relname IN ('a', 'b', 'c', 'b_id') ORDER BY 1"),
        [["a", "t"], ["b", "f"], ["b_id", "f"], ["c", "f"]]
    );
    let _ = on(&project, &db, &["verify"]).run().success();
}

#[test]
fn a_script_in_one_transaction() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    require!(has_psql(&db), "psql");
    let project = Project::new()
        .file("migrations/001_a.sql", "CREATE TABLE a (id int);\n")
        .file("migrations/001_a.down.sql", "DROP TABLE a;\n")
        .file("migrations/002_b.sql", "INSERT INTO a SELECT 1 / count(*) FROM pg_class WHERE relname = 'gate';\n")
        .file("migrations/002_b.down.sql", "DELETE FROM a;\n");
    let script = script_of(&project, &db, &["up", "--single-transaction"]);
    let output = psql(&db, &script).expect("psql").code(3);
    assert!(output.stderr.contains("division by zero"), "{output}");
    assert_eq!(db.one("SELECT count(*) FROM pg_class WHERE relname = 'a'"), "0", "the first file stayed");
    let _ = db.sql("CREATE TABLE gate ()");
    let script = script_of(&project, &db, &["up", "--single-transaction"]);
    let _ = psql(&db, &script).expect("psql").success();
    let _ = on(&project, &db, &["status"]).run().success();
    let script = script_of(&project, &db, &["down", "--all", "--single-transaction"]);
    let _ = psql(&db, &script).expect("psql").success();
    assert_eq!(db.one("SELECT count(*) FROM pg_class WHERE relname = 'a'"), "0");
    let _ = on(&project, &db, &["verify"]).run().success();
}

#[test]
fn a_script_of_nothing_does_nothing() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    require!(has_psql(&db), "psql");
    let project = Project::new().file("migrations/001_a.sql", "CREATE TABLE a (id int);\n");
    let script = script_of(&project, &db, &["up", "--count", "0"]);
    let _ = psql(&db, &script).expect("psql").success();
    assert_eq!(db.one("SELECT count(*) FROM pg_namespace WHERE nspname = 'surefoot'"), "0");
}

#[test]
fn sql_is_for_plans_only() {
    let project = Project::new().file("migrations/001_a.sql", "CREATE TABLE a (id int);\n");
    for args in [&["up"][..], &["down"], &["status"], &["verify"]] {
        let args: Vec<&str> = args.iter().copied().chain(["--format", "sql"]).collect();
        let output = crate::surefoot(&project, &args).run().code(64);
        assert_eq!(output.stdout, "");
        assert!(output.stderr.contains("--format sql is for plan"), "{output}");
    }
    assert!(!project.join(".surefoot").exists());
    // What is wrong is said where psql does not read it.
    project.write("migrations/001_b.sql", "SELECT 1;\n");
    let output = crate::surefoot(&project, &["plan", "--format", "sql"]).run().code(1);
    assert_eq!(output.stdout, "");
    assert!(output.stderr.contains("error:"), "{output}");
}

#[test]
fn limits_come_back_after_a_statement_that_has_its_own() {
    let by_hand = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let run = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    require!(has_psql(&by_hand), "psql");
    let project = Project::new().file(
        "migrations/001_t.sql",
        "CREATE TABLE t (at text, value text);\nSET statement_timeout = '77s';\nCREATE INDEX CONCURRENTLY t_at ON t (at);\n\
         INSERT INTO t SELECT name, setting FROM pg_settings WHERE name IN ('lock_timeout', 'statement_timeout');\n",
    );
    let script = script_of(&project, &by_hand, &["up"]);
    let _ = psql(&by_hand, &script).expect("psql").success();
    let limits = [["lock_timeout", "3000"], ["statement_timeout", "77000"]];
    assert_eq!(by_hand.sql("SELECT * FROM t ORDER BY 1"), limits);
    let _ = on(&project, &run, &["up"]).run().success();
    assert_eq!(run.sql("SELECT * FROM t ORDER BY 1"), limits);
}

/// A script keeps what it drops, and gives it back, as a run does.
#[test]
fn what_a_script_drops_is_kept() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    require!(has_psql(&db), "psql");
    let project = Project::new()
        .file("surefoot.toml", "[project]\nname = \"script\"\n")
        .file(
            "migrations/001_a.sql",
            "CREATE TYPE mood AS ENUM ('calm');\nCREATE TABLE a (id int PRIMARY KEY, v text, m mood);\n\
             CREATE TABLE b (id serial, m mood);\nCREATE VIEW w AS SELECT * FROM b;\n\
             INSERT INTO a VALUES (1, 'it''s', 'calm'), (2, 'a;b', NULL);\nINSERT INTO b (m) VALUES ('calm');\n",
        )
        .file("migrations/002_b.sql", "DROP TABLE b CASCADE;\nALTER TABLE a DROP v, DROP m;\nDROP TYPE mood;\n")
        .file(
            "migrations/002_b.down.sql",
            "CREATE TYPE mood AS ENUM ('calm');\nCREATE TABLE b (id serial, m mood);\nCREATE VIEW w AS SELECT * FROM b;\n\
             ALTER TABLE a ADD v text;\nALTER TABLE a ADD m mood;\n",
        );
    let _ = on(&project, &db, &["up", "--to", "001"]).run().success();
    let rows = || (db.sql("SELECT * FROM a ORDER BY id"), db.sql("SELECT * FROM w"));
    let before = rows();
    let up = script_of(&project, &db, &["up"]);
    let _ = psql(&db, &up).map(Output::success);
    assert_eq!(db.sql("SELECT kind, migration FROM surefoot.events WHERE kind = 'kept'"), [["kept", "002"]]);
    assert_eq!(db.one("SELECT count(*) FROM surefoot_attic.items"), "2");
    let _ = on(&project, &db, &["verify"]).run().success();
    let down = script_of(&project, &db, &["down"]);
    let _ = psql(&db, &down).map(Output::success);
    assert_eq!(rows(), before);
    assert_eq!(db.one("SELECT count(*) FROM surefoot_attic.items"), "0");
    let _ = on(&project, &db, &["verify"]).run().success();
}

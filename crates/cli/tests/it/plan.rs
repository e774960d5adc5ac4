//! `plan`: what would run, what it locks, and nothing changed.

use insta::assert_snapshot;
use serde_json::Value;
use surefoot_testkit::{Major, Project, TestDb, require};

use crate::{on, on_said, said, surefoot};

fn project() -> Project {
    Project::new()
        .file("surefoot.toml", "[project]\nname = \"planned\"\n")
        .file("migrations/001_create_patients.sql", "CREATE TABLE patients (id int PRIMARY KEY, name text);\nCREATE INDEX patients_name ON patients (name);\nALTER TABLE patients ADD note text;\n")
        .file("migrations/001_create_patients.down.sql", "DROP TABLE patients;\n")
        .file("migrations/002_widen_ids.sql", "ALTER TABLE patients ALTER id TYPE bigint;\nALTER TABLE patients DROP note;\nUPDATE patients SET name = upper(name);\nCREATE ROLE reader;\n")
        .file("migrations/002_widen_ids.down.sql", "ALTER TABLE patients ALTER id TYPE int;\nALTER TABLE patients ADD note text;\nDROP ROLE reader;\n")
        .file("migrations/003_index.sql", "-- surefoot: owner web\nCREATE INDEX CONCURRENTLY patients_id ON patients (id);\n")
        .file("migrations/003_index.down.sql", "DROP INDEX CONCURRENTLY patients_id;\n")
}

#[test]
fn a_target_that_was_never_started_stays_so() {
    let project = project();
    let before = project.files();
    assert_snapshot!(said(&project, &["plan"]), @"");
    assert_snapshot!(said(&project, &["plan", "--to", "1", "--verbose"]), @"");
    assert_snapshot!(said(&project, &["plan", "--down"]), @"");
    assert_snapshot!(said(&project, &["plan", "--json", "--count", "1"]), @"");
    let script = surefoot(&project, &["plan", "--format", "sql"]).run().code(2).stdout;
    assert!(script.contains("CREATE INDEX CONCURRENTLY patients_id"), "{script}");
    let _ = surefoot(&project, &["status"]).run().code(2);
    let _ = surefoot(&project, &["verify"]).run().success();
    let _ = surefoot(&project, &["recover"]).run().code(3);
    assert_eq!(project.files(), before);
}

#[test]
fn a_plan_reads_only() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = project();
    let _ = on(&project, &db, &["plan"]).run().code(2);
    assert_eq!(db.one("SELECT count(*) FROM pg_namespace WHERE nspname = 'surefoot'"), "0");
    let _ = on(&project, &db, &["up", "--to", "001"]).run().success();
    let events = db.sql("SELECT * FROM surefoot.events ORDER BY seq");
    let plan: Value = serde_json::from_str(&on(&project, &db, &["plan", "--json"]).run().code(2).stdout).unwrap();
    assert_eq!(plan["current"], "001");
    assert_eq!(plan["then"], "003");
    assert_eq!(plan["migrations"][0]["id"], "002");
    assert_eq!(plan["migrations"][0]["locks"][0]["relation"], "patients");
    assert_snapshot!(on_said(&project, &db, &["plan", "--down"]), @"");
    let down: Value =
        serde_json::from_str(&on(&project, &db, &["plan", "--down", "--json"]).run().code(2).stdout).unwrap();
    assert_eq!((&down["direction"], &down["then"]), (&"down".into(), &Value::Null));
    let _ = on(&project, &db, &["plan", "--format", "sql"]).run().code(2);
    // What is refused is refused in a plan, too, and leaves nothing behind.
    project.write("migrations/001_create_patients.sql", "CREATE TABLE changed ();\n");
    assert_snapshot!(on_said(&project, &db, &["plan"]), @"");
    project.write("migrations/002_widen_ids.sql", "ALTER TABEL patients;\n");
    assert_snapshot!(on_said(&project, &db, &["plan", "--allow-changed"]), @"");
    let _ = on(&project, &db, &["plan", "--to", "9"]).run().code(64);
    assert_eq!(db.sql("SELECT * FROM surefoot.events ORDER BY seq"), events);
}

#[test]
fn nothing_to_run() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = Project::new().file("migrations/001_a.sql", "CREATE TABLE a (id int);\n").file("migrations/001_a.down.sql", "DROP TABLE a;\n");
    let _ = on(&project, &db, &["up"]).run().success();
    assert_snapshot!(on_said(&project, &db, &["plan"]), @"");
    let _ = on(&project, &db, &["plan", "--json"]).run().success();
    let _ = on(&project, &db, &["down"]).run().success();
    assert_snapshot!(on_said(&project, &db, &["plan", "--down"]), @"");
}

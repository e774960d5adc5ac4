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
    assert_snapshot!(said(&project, &["plan"]), @r"
    exit code 2
    ----- stdout
      · 001 create_patients  3 statements, one transaction  migrations/001_create_patients.sql
      · 002 widen_ids  4 statements, one transaction  migrations/002_widen_ids.sql
          locks  patients, the tables that reference patients, the tables that patients references  ACCESS EXCLUSIVE (blocks reads and writes), ALTER TABLE line 1
          rewrite  unless the new type stores values the same way, the table and its indexes are written anew (ALTER TABLE line 1)
          scan  if a CHECK mentions the column, every row is checked (ALTER TABLE line 1)
          scan  every row is changed (UPDATE line 3)
          cluster-wide role  role reader is shared by all databases of the server (CREATE ROLE line 4)
          keeps  column note of patients (line 2; not there now, so its size is not known)
      · 003 index  1 statement, 1 part, 1 outside a transaction [web]  migrations/003_index.sql
          locks  patients  SHARE UPDATE EXCLUSIVE (blocks other schema changes), CREATE INDEX CONCURRENTLY line 2
          not transactional  runs outside a transaction; its outcome is recorded by itself (CREATE INDEX CONCURRENTLY line 2)
          scan  the index is built (CREATE INDEX CONCURRENTLY line 2)
    Would apply 3 migrations with 8 statements; the target is at nothing. Nothing was changed.
    ----- stderr
    planned → development embedded PostgreSQL (.surefoot/db)
    ");
    assert_snapshot!(said(&project, &["plan", "--to", "1", "--verbose"]), @r"
    exit code 2
    ----- stdout
      · 001 create_patients  3 statements, one transaction  migrations/001_create_patients.sql
             1  CREATE TABLE patients (id int PRIMARY KEY, name text)
             2  CREATE INDEX patients_name ON patients (name)
             3  ALTER TABLE patients ADD note text
    Would apply 1 migration with 3 statements; the target is at nothing. Nothing was changed.
    ----- stderr
    planned → development embedded PostgreSQL (.surefoot/db)
    ");
    assert_snapshot!(said(&project, &["plan", "--down"]), @r"
    exit code 0
    ----- stdout
    Nothing to run: the target is at nothing.
    ----- stderr
    planned → development embedded PostgreSQL (.surefoot/db)
    ");
    assert_snapshot!(said(&project, &["plan", "--json", "--count", "1"]), @r#"
    exit code 2
    ----- stdout
    {
      "command": "plan",
      "project": "planned",
      "environment": "development",
      "target": "embedded PostgreSQL (.surefoot/db)",
      "direction": "up",
      "current": null,
      "then": "001",
      "single_transaction": false,
      "journal_event": null,
      "migrations": [
        {
          "id": "001",
          "name": "create_patients",
          "owner": null,
          "file": "migrations/001_create_patients.sql",
          "sha256": "<hash>",
          "elevated": false,
          "header": {},
          "parts": [
            {
              "transaction": true,
              "statements": [
                {
                  "line": 1,
                  "command": "CREATE TABLE",
                  "sql": "CREATE TABLE patients (id int PRIMARY KEY, name text)"
                },
                {
                  "line": 2,
                  "command": "CREATE INDEX",
                  "sql": "CREATE INDEX patients_name ON patients (name)"
                },
                {
                  "line": 3,
                  "command": "ALTER TABLE",
                  "sql": "ALTER TABLE patients ADD note text"
                }
              ]
            }
          ],
          "locks": [],
          "hazards": [],
          "keeps": [],
          "parts_done": 0,
          "in_doubt": false
        }
      ],
      "warnings": []
    }
    ----- stderr
    "#);
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
    assert_snapshot!(on_said(&project, &db, &["plan", "--down"]), @r"
    exit code 2
    ----- stdout
      · 001 create_patients  1 statement, one transaction  migrations/001_create_patients.down.sql
          locks  patients, the tables that patients references, the partitioned table of patients  ACCESS EXCLUSIVE (blocks reads and writes), DROP TABLE line 1
          data loss  table patients is dropped with its rows (DROP TABLE line 1)
    Would roll back 1 migration with 1 statement; the target is at 001. Nothing was changed.
    ----- stderr
    planned → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    let down: Value =
        serde_json::from_str(&on(&project, &db, &["plan", "--down", "--json"]).run().code(2).stdout).unwrap();
    assert_eq!((&down["direction"], &down["then"]), (&"down".into(), &Value::Null));
    let _ = on(&project, &db, &["plan", "--format", "sql"]).run().code(2);
    // What is refused is refused in a plan, too, and leaves nothing behind.
    project.write("migrations/001_create_patients.sql", "CREATE TABLE changed ();\n");
    assert_snapshot!(on_said(&project, &db, &["plan"]), @r"
    exit code 3
    ----- stdout
    ----- stderr
    planned → development postgres://postgres@127.0.0.1:<port>/<db>
    error: migrations were changed after they were applied: 001 (migrations/001_create_patients.sql)
    hint: see what changed: surefoot verify; bring the old text back: surefoot recover --changed 001; accept the new: surefoot resolve --checksum 001 --reason ...; or pass over with --allow-changed
    ");
    project.write("migrations/002_widen_ids.sql", "ALTER TABEL patients;\n");
    assert_snapshot!(on_said(&project, &db, &["plan", "--allow-changed"]), @r#"
    exit code 1
    ----- stdout
    ----- stderr
    planned → development postgres://postgres@127.0.0.1:<port>/<db>
    error: migrations/002_widen_ids.sql:1:7: syntax error at or near "TABEL"
    1 | ALTER TABEL patients;
      |       ^
    hint: nothing was run: correct the file and run the command again
    "#);
    let _ = on(&project, &db, &["plan", "--to", "9", "--allow-changed"]).run().code(64);
    assert_eq!(db.sql("SELECT * FROM surefoot.events ORDER BY seq"), events);
}

#[test]
fn nothing_to_run() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = Project::new()
        .file("migrations/001_a.sql", "CREATE TABLE a (id int);\n")
        .file("migrations/001_a.down.sql", "DROP TABLE a;\n");
    let _ = on(&project, &db, &["up"]).run().success();
    assert_snapshot!(on_said(&project, &db, &["plan"]), @r"
    exit code 0
    ----- stdout
    Nothing to run: the target is at 001.
    ----- stderr
    <name> → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    let _ = on(&project, &db, &["plan", "--json"]).run().success();
    let _ = on(&project, &db, &["down"]).run().success();
    assert_snapshot!(on_said(&project, &db, &["plan", "--down"]), @r"
    exit code 0
    ----- stdout
    Nothing to run: the target is at nothing.
    ----- stderr
    <name> → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
}

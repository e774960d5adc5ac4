//! `verify` and `recover`: what is there against what was applied.

use insta::assert_snapshot;
use serde_json::Value;
use surefoot_testkit::{Major, Project, TestDb, require};

use crate::{on, on_said};

fn project() -> Project {
    Project::new()
        .file("surefoot.toml", "[project]\nname = \"checked\"\n[vars]\nowner = \"nobody\"\n[environments.development.vars]\nowner = \"postgres\"\n")
        .file("migrations/20250101000000_patients/up.sql", "-- The patients.\nCREATE TABLE patients (\n  id int,\n  name text\n);\n\\ir ../../sql/grants.sql\n")
        .file("migrations/20250101000000_patients/down.sql", "DROP TABLE patients;\n")
        .file("migrations/20250101000000_patients/verify.sql", "SELECT count(*) = 0 FROM patients;\n")
        .file("sql/grants.sql", "-- Rights.\nALTER TABLE patients OWNER TO :\"owner\";\n")
        .file("migrations/20250102000000_visits/up.sql", "CREATE TABLE visits (id int);\n")
        .file("migrations/20250102000000_visits/down.sql", "DROP TABLE visits;\n")
}

fn applied() -> Option<(Project, TestDb)> {
    let db = TestDb::new(Major::Any)?;
    let project = project();
    let _ = on(&project, &db, &["up"]).run().success();
    Some((project, db))
}

const UP1: &str = "migrations/20250101000000_patients/up.sql";
const DOWN1: &str = "migrations/20250101000000_patients/down.sql";
const VERIFY1: &str = "migrations/20250101000000_patients/verify.sql";
const UP2: &str = "migrations/20250102000000_visits/up.sql";

#[test]
fn files_against_the_journal() {
    let (project, db) = require!(applied(), "a PostgreSQL server");
    assert_snapshot!(on_said(&project, &db, &["verify"]), @r"
    exit code 0
    ----- stdout
      ✓ the journal's chain is whole: 3 events, head <hash>
      ✓ the files of 2 migrations are as they were applied
    ----- stderr
    checked → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    // Comments, in the file and in one it includes; the variables are those of the environment.
    let text = project.read(UP1);
    project.write(UP1, text.replace("-- The patients.", "-- All patients.\r"));
    project.write("sql/grants.sql", "-- Rights, and more.\nALTER TABLE patients OWNER TO :\"owner\";\n");
    assert_snapshot!(on_said(&project, &db, &["verify"]), @r#"
    exit code 0
    ----- stdout
      ✓ the journal's chain is whole: 3 events, head <hash>
      ~ 20250101000000_patients migration: migrations/20250101000000_patients/up.sql differs in comments or white space only
          --- migrations/20250101000000_patients/up.sql (as applied)
          +++ migrations/20250101000000_patients/up.sql
          @@ -1,4 +1,4 @@
          --- The patients.
          +-- All patients.
           CREATE TABLE patients (
             id int,
             name text
      ~ 20250101000000_patients included: sql/grants.sql differs in comments or white space only
          --- sql/grants.sql (as applied)
          +++ sql/grants.sql
          @@ -1,2 +1,2 @@
          --- Rights.
          +-- Rights, and more.
           ALTER TABLE patients OWNER TO :"owner";
    2 files of 1 migration with another text or gone, 1 migration as applied. Restore: surefoot recover; accept: surefoot resolve --checksum ID --reason ...
    ----- stderr
    checked → development postgres://postgres@127.0.0.1:<port>/<db>
    "#);
    assert_snapshot!(on_said(&project, &db, &["status"]), @r"
    exit code 0
    ----- stdout
      ✓ 20250101000000_patients    applied, comments changed  <time> <duration>
      ✓ 20250102000000_visits      <time> <duration>
    development is at 20250102000000_visits: 2 applied of 2 migrations.
    ----- stderr
    checked → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    let _ = on(&project, &db, &["up"]).run().success();
    // Statements.
    project.write(UP1, text.replace("name text", "name varchar"));
    project.write(DOWN1, "DROP TABLE patients CASCADE;\n");
    project.remove(VERIFY1);
    assert_snapshot!(on_said(&project, &db, &["verify"]), @r#"
    exit code 2
    ----- stdout
      ✓ the journal's chain is whole: 3 events, head <hash>
      ✗ 20250101000000_patients migration: migrations/20250101000000_patients/up.sql was changed after it was applied
          --- migrations/20250101000000_patients/up.sql (as applied)
          +++ migrations/20250101000000_patients/up.sql
          @@ -1,6 +1,6 @@
           -- The patients.
           CREATE TABLE patients (
             id int,
          -  name text
          +  name varchar
           );
           \ir ../../sql/grants.sql
      ✗ 20250101000000_patients rollback: migrations/20250101000000_patients/down.sql was changed after it was applied
          --- migrations/20250101000000_patients/down.sql (as applied)
          +++ migrations/20250101000000_patients/down.sql
          @@ -1 +1 @@
          -DROP TABLE patients;
          +DROP TABLE patients CASCADE;
      ✗ 20250101000000_patients check: migrations/20250101000000_patients/verify.sql is gone
      ✗ 20250101000000_patients included: sql/grants.sql was changed after it was applied
          --- sql/grants.sql (as applied)
          +++ sql/grants.sql
          @@ -1,2 +1,2 @@
          --- Rights.
          +-- Rights, and more.
           ALTER TABLE patients OWNER TO :"owner";
    4 files of 1 migration with another text or gone, 1 migration as applied. Restore: surefoot recover; accept: surefoot resolve --checksum ID --reason ...
    ----- stderr
    checked → development postgres://postgres@127.0.0.1:<port>/<db>
    "#);
    assert_snapshot!(on_said(&project, &db, &["verify", "--json"]), @r#"
    exit code 2
    ----- stdout
    {
      "command": "verify",
      "ok": false,
      "events": 3,
      "head": "<hash>",
      "journal_findings": [],
      "files": [
        {
          "id": "20250101000000_patients",
          "role": "migration",
          "file": "migrations/20250101000000_patients/up.sql",
          "finding": "changed",
          "diff": "--- migrations/20250101000000_patients/up.sql (as applied)\n+++ migrations/20250101000000_patients/up.sql\n@@ -1,6 +1,6 @@\n -- The patients.\n CREATE TABLE patients (\n   id int,\n-  name text\n+  name varchar\n );\n \\ir ../../sql/grants.sql\n"
        },
        {
          "id": "20250101000000_patients",
          "role": "rollback",
          "file": "migrations/20250101000000_patients/down.sql",
          "finding": "changed",
          "diff": "--- migrations/20250101000000_patients/down.sql (as applied)\n+++ migrations/20250101000000_patients/down.sql\n@@ -1 +1 @@\n-DROP TABLE patients;\n+DROP TABLE patients CASCADE;\n"
        },
        {
          "id": "20250101000000_patients",
          "role": "check",
          "file": "migrations/20250101000000_patients/verify.sql",
          "finding": "missing",
          "diff": ""
        },
        {
          "id": "20250101000000_patients",
          "role": "included",
          "file": "sql/grants.sql",
          "finding": "changed",
          "diff": "--- sql/grants.sql (as applied)\n+++ sql/grants.sql\n@@ -1,2 +1,2 @@\n--- Rights.\n+-- Rights, and more.\n ALTER TABLE patients OWNER TO :\"owner\";\n"
        }
      ],
      "unchanged": 1,
      "squashed": 0
    }
    ----- stderr
    "#);
    assert_snapshot!(on_said(&project, &db, &["status"]), @r"
    exit code 2
    ----- stdout
      ✗ 20250101000000_patients    changed  <time> <duration>
      ✓ 20250102000000_visits      <time> <duration>
    development is at 20250102000000_visits: 1 applied, 1 changed after it was applied of 2 migrations.
    ----- stderr
    checked → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    let _ = on(&project, &db, &["up"]).run().code(3);
    // An included file alone.
    project.write(UP1, &text);
    project.write(DOWN1, "DROP TABLE patients;\n");
    project.write(VERIFY1, "SELECT count(*) = 0 FROM patients;\n");
    project.write("sql/grants.sql", "ALTER TABLE patients OWNER TO CURRENT_USER;\n");
    assert_snapshot!(on_said(&project, &db, &["verify"]), @r#"
    exit code 2
    ----- stdout
      ✓ the journal's chain is whole: 4 events, head <hash>
      ✗ 20250101000000_patients included: sql/grants.sql was changed after it was applied
          --- sql/grants.sql (as applied)
          +++ sql/grants.sql
          @@ -1,2 +1 @@
          --- Rights.
          -ALTER TABLE patients OWNER TO :"owner";
          +ALTER TABLE patients OWNER TO CURRENT_USER;
    1 file of 1 migration with another text or gone, 1 migration as applied. Restore: surefoot recover; accept: surefoot resolve --checksum ID --reason ...
    ----- stderr
    checked → development postgres://postgres@127.0.0.1:<port>/<db>
    "#);
    let _ = on(&project, &db, &["up"]).run().code(3);
}

#[test]
fn files_come_back() {
    let (project, db) = require!(applied(), "a PostgreSQL server");
    assert_snapshot!(on_said(&project, &db, &["recover"]), @r"
    exit code 0
    ----- stdout
    Nothing to recover: every applied migration has its files.
    ----- stderr
    checked → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    let before: Vec<(String, String)> = project.files().into_iter().map(|f| (f.clone(), project.read(&f))).collect();
    for gone in [UP1, DOWN1, VERIFY1, "sql/grants.sql"] {
        project.remove(gone);
    }
    let _ = on(&project, &db, &["status"]).run().code(2);
    let events = db.one("SELECT count(*) FROM surefoot.events");
    assert_snapshot!(on_said(&project, &db, &["recover", "--dry-run"]), @r"
    exit code 0
    ----- stdout
      · would restore migrations/20250101000000_patients/up.sql  (20250101000000_patients)
      · would restore migrations/20250101000000_patients/down.sql  (20250101000000_patients)
      · would restore migrations/20250101000000_patients/verify.sql  (20250101000000_patients)
      · would restore sql/grants.sql  (20250101000000_patients)
    Would write 4 files.
    ----- stderr
    warning: migrations/20250101000000_patients: a folder named like a migration, without migration.sql or up.sql
    checked → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    assert_eq!(db.one("SELECT count(*) FROM surefoot.events"), events);
    assert!(!project.join(UP1).exists());
    assert_snapshot!(on_said(&project, &db, &["recover", "--json"]), @r#"
    exit code 0
    ----- stdout
    {
      "command": "recover",
      "dry_run": false,
      "files": [
        {
          "id": "20250101000000_patients",
          "file": "migrations/20250101000000_patients/up.sql",
          "replaced": false
        },
        {
          "id": "20250101000000_patients",
          "file": "migrations/20250101000000_patients/down.sql",
          "replaced": false
        },
        {
          "id": "20250101000000_patients",
          "file": "migrations/20250101000000_patients/verify.sql",
          "replaced": false
        },
        {
          "id": "20250101000000_patients",
          "file": "sql/grants.sql",
          "replaced": false
        }
      ]
    }
    ----- stderr
    "#);
    let after: Vec<(String, String)> = project.files().into_iter().map(|f| (f.clone(), project.read(&f))).collect();
    assert_eq!(after, before);
    assert_eq!(db.one("SELECT kind FROM surefoot.events ORDER BY seq DESC LIMIT 1"), "recovered");

    // A changed file only when that is asked for.
    project.write(UP2, "CREATE TABLE other (id int);\n");
    assert_snapshot!(on_said(&project, &db, &["recover"]), @r"
    exit code 0
    ----- stdout
    Nothing to recover: every applied migration has its files.
    ----- stderr
    checked → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    assert_snapshot!(on_said(&project, &db, &["recover", "20250102000000"]), @r"
    exit code 3
    ----- stdout
    ----- stderr
    checked → development postgres://postgres@127.0.0.1:<port>/<db>
    error: migrations/20250102000000_visits/up.sql is there, with another text
    hint: see the difference: surefoot verify; write over it: surefoot recover --changed 20250102000000_visits
    ");
    assert_snapshot!(on_said(&project, &db, &["recover", "20250102000000", "--changed"]), @r"
    exit code 0
    ----- stdout
      ✓ replaced migrations/20250102000000_visits/up.sql  (20250102000000_visits)
    Wrote 1 file from the journal.
    ----- stderr
    checked → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    assert_eq!(project.read(UP2), "CREATE TABLE visits (id int);\n");
    // A deleted file that was the only one in its folder.
    project.write("sql/grants.sql", "SELECT 1;\n");
    let _ = on(&project, &db, &["recover", "--changed"]).run().success();
    assert!(project.read("sql/grants.sql").contains("OWNER TO"));
    let _ = on(&project, &db, &["verify"]).run().success();
    let _ = on(&project, &db, &["recover", "nothing"]).run().code(64);
    project.write("migrations/20250103000000_more/up.sql", "SELECT 1;\n");
    let _ = on(&project, &db, &["recover", "20250103000000"]).run().code(3);
}

#[test]
fn a_journal_altered_by_hand_is_found() {
    let (project, db) = require!(applied(), "a PostgreSQL server");
    let guarded = db.try_sql("UPDATE surefoot.events SET body = body || ' ' WHERE seq = 2").unwrap_err();
    assert_eq!(guarded.code, "SF002", "{guarded}");
    // A superuser gets round the triggers.
    let alter = |sql: &str| {
        let _ = db.sql(&format!(
            "ALTER TABLE surefoot.events DISABLE TRIGGER USER; SET session_replication_role = replica; {sql}; RESET session_replication_role; \
             DO $$ DECLARE name text; BEGIN FOR name IN SELECT tgname FROM pg_trigger \
             WHERE tgrelid = 'surefoot.events'::regclass AND NOT tgisinternal LOOP \
             EXECUTE format('ALTER TABLE surefoot.events ENABLE ALWAYS TRIGGER %I', name); END LOOP; END $$"
        ));
    };
    let keep = "CREATE TABLE public.kept AS SELECT * FROM surefoot.events";
    let _ = db.sql(keep);
    let back = "DELETE FROM surefoot.events; INSERT INTO surefoot.events SELECT * FROM public.kept";
    alter("UPDATE surefoot.events SET body = replace(body, 'applied', 'agreed') WHERE seq = 2");
    assert_snapshot!(on_said(&project, &db, &["verify"]), @r"
    exit code 2
    ----- stdout
      ✗ journal: the hash of event 2 does not match its text
      ✗ journal: the columns of event 2 differ from its text
      ✓ the files of 2 migrations are as they were applied
    ----- stderr
    checked → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    alter(&format!("{back}; DELETE FROM surefoot.events WHERE seq = 3"));
    assert_snapshot!(on_said(&project, &db, &["verify"]), @r"
    exit code 2
    ----- stdout
      ✗ journal: migration 20250102000000_visits is recorded as applied but the events say nothing
      ✗ journal: migration 20250102000000_visits names event 3, but the last one is 2: events were removed
      ✓ the files of 2 migrations are as they were applied
    ----- stderr
    checked → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    alter(&format!("{back}; DELETE FROM surefoot.events WHERE seq = 2"));
    assert_snapshot!(on_said(&project, &db, &["verify"]), @r"
    exit code 2
    ----- stdout
      ✗ journal: event 3 follows event 1: 1 missing between them
      ✗ journal: event 3 does not follow the event before it
      ✗ journal: migration 20250101000000_patients is recorded as applied but the events say nothing
      ✓ the files of 2 migrations are as they were applied
    ----- stderr
    checked → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    let json: Value = serde_json::from_str(&on(&project, &db, &["verify", "--json"]).run().code(2).stdout).unwrap();
    assert_eq!(json["ok"], false);
    alter(back);
    let _ = on(&project, &db, &["verify"]).run().success();
}

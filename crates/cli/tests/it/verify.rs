//! `verify`, `recover` and `status`: what is there against what was applied.

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
      "unchanged": 1
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

#[test]
fn every_standing() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = Project::new()
        .file("surefoot.toml", "[project]\nname = \"stand\"\n[environments.development]\n[environments.production]\n")
        .file("migrations/010_applied.sql", "CREATE TABLE a (id int);\n")
        .file("migrations/010_applied.down.sql", "DROP TABLE a;\n")
        .file("migrations/020_comments.sql", "CREATE TABLE b (id int);\n")
        .file("migrations/030_changed.sql", "CREATE TABLE c (id int);\n")
        .file("migrations/040_missing.sql", "CREATE TABLE d (id int);\n")
        .file("migrations/060_elsewhere.sql", "-- surefoot: environments production\nCREATE TABLE e (id int);\n")
        .file("migrations/070_reverted.sql", "CREATE TABLE f (id int);\n")
        .file("migrations/070_reverted.down.sql", "BEGIN;\nDROP TABLE f;\nCOMMIT;\nBEGIN;\nSELECT 1 / (count(*) - 1) FROM pg_class WHERE relname = 'g';\nCOMMIT;\n");
    let _ = on(&project, &db, &["up"]).run().success();
    // A rollback that commits half.
    let _ = db.sql("CREATE TABLE g ()");
    let _ = on(&project, &db, &["down"]).run().code(1);
    assert_snapshot!(on_said(&project, &db, &["status"]), @r"
    exit code 2
    ----- stdout
      ✓ 010  applied    <time> <duration>
      ✓ 020  comments   <time> <duration>  no rollback
      ✓ 030  changed    <time> <duration>  no rollback
      ✓ 040  missing    <time> <duration>  no rollback
      - 060  elsewhere  only for production  no rollback
      ◐ 070  reverted   partly rolled back 1 of 2 parts
    development is at 040: 4 applied, 1 partly rolled back of 6 migrations.
    ----- stderr
    stand → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    let _ = on(&project, &db, &["up"]).run().code(3);
    let _ = db.sql("DROP TABLE g");
    let _ = on(&project, &db, &["down"]).run().success();
    project.write("migrations/020_comments.sql", "-- b\nCREATE TABLE b (id int);\n");
    project.write("migrations/030_changed.sql", "CREATE TABLE c (id bigint);\n");
    project.remove("migrations/040_missing.sql");
    project.write("migrations/035_late.sql", "CREATE TABLE h (id int);\n");
    project.write(
        "migrations/080_partial.sql",
        "BEGIN;\nCREATE TABLE i (id int);\nCOMMIT;\nBEGIN;\nSELECT 1 / 0;\nCOMMIT;\nSELECT 2;\n",
    );
    let _ =
        on(&project, &db, &["up", "--allow-changed", "--allow-missing", "--allow-out-of-order", "--to", "080"]).run();
    project.write("migrations/036_late.sql", "CREATE TABLE j (id int);\n");
    project.write("migrations/090_pending.sql", "CREATE TABLE k (id int);\n");
    project.write("migrations/R__view.sql", "SELECT 1;\n");
    assert_snapshot!(on_said(&project, &db, &["status"]), @r"
    exit code 2
    ----- stdout
      ✓ 010      applied    <time> <duration>
      ✓ 020      comments   applied, comments changed  <time> <duration>  no rollback
      ✗ 030      changed    changed  <time> <duration>  no rollback
      ✗ 040      missing    missing  <time> <duration>  no rollback
      ✓ 035      late       <time> <duration>  no rollback
      ✗ 036      late       out of order  no rollback
      - 060      elsewhere  only for production  no rollback
      ✓ 070      reverted   <time> <duration>
      ◐ 080      partial    partial 1 of 3 parts  no rollback
      · 090      pending    pending  no rollback
      · R__view             pending
    development is at 070: 4 applied, 3 pending (1 late), 1 partial, 1 changed after it was applied, 1 without a file of 11 migrations.
    ----- stderr
    stand → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    assert_snapshot!(on_said(&project, &db, &["status", "--pending"]), @r"
    exit code 2
    ----- stdout
      ✗ 030      changed    changed  <time> <duration>  no rollback
      ✗ 040      missing    missing  <time> <duration>  no rollback
      ✗ 036      late       out of order  no rollback
      ◐ 080      partial    partial 1 of 3 parts  no rollback
      · 090      pending    pending  no rollback
      · R__view             pending
    development is at 070: 4 applied, 3 pending (1 late), 1 partial, 1 changed after it was applied, 1 without a file of 11 migrations.
    ----- stderr
    stand → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    assert_snapshot!(on_said(&project, &db, &["status", "--json"]), @r#"
    exit code 2
    ----- stdout
    {
      "command": "status",
      "environment": "development",
      "target": "postgres://postgres@127.0.0.1:<port>/<db>",
      "current": "070",
      "applied": 4,
      "pending": 3,
      "heads": [],
      "migrations": [
        {
          "id": "010",
          "name": "applied",
          "owner": null,
          "state": "applied",
          "applied_at": "<time>",
          "applied_by": "postgres",
          "duration_ms": <varies>,
          "parts_done": null,
          "parts": null,
          "rolled_back_before": false,
          "has_rollback": true,
          "repeatable": false,
          "file": "migrations/010_applied.sql"
        },
        {
          "id": "020",
          "name": "comments",
          "owner": null,
          "state": "applied, comments changed",
          "applied_at": "<time>",
          "applied_by": "postgres",
          "duration_ms": <varies>,
          "parts_done": null,
          "parts": null,
          "rolled_back_before": false,
          "has_rollback": false,
          "repeatable": false,
          "file": "migrations/020_comments.sql"
        },
        {
          "id": "030",
          "name": "changed",
          "owner": null,
          "state": "changed",
          "applied_at": "<time>",
          "applied_by": "postgres",
          "duration_ms": <varies>,
          "parts_done": null,
          "parts": null,
          "rolled_back_before": false,
          "has_rollback": false,
          "repeatable": false,
          "file": "migrations/030_changed.sql"
        },
        {
          "id": "040",
          "name": "missing",
          "owner": null,
          "state": "missing",
          "applied_at": "<time>",
          "applied_by": "postgres",
          "duration_ms": <varies>,
          "parts_done": null,
          "parts": null,
          "rolled_back_before": false,
          "has_rollback": false,
          "repeatable": false,
          "file": "migrations/040_missing.sql"
        },
        {
          "id": "035",
          "name": "late",
          "owner": null,
          "state": "applied",
          "applied_at": "<time>",
          "applied_by": "postgres",
          "duration_ms": <varies>,
          "parts_done": null,
          "parts": null,
          "rolled_back_before": false,
          "has_rollback": false,
          "repeatable": false,
          "file": "migrations/035_late.sql"
        },
        {
          "id": "036",
          "name": "late",
          "owner": null,
          "state": "out of order",
          "applied_at": null,
          "applied_by": null,
          "duration_ms": null,
          "parts_done": null,
          "parts": null,
          "rolled_back_before": false,
          "has_rollback": false,
          "repeatable": false,
          "file": "migrations/036_late.sql"
        },
        {
          "id": "060",
          "name": "elsewhere",
          "owner": null,
          "state": "not for this environment",
          "applied_at": null,
          "applied_by": null,
          "duration_ms": null,
          "parts_done": null,
          "parts": null,
          "rolled_back_before": false,
          "has_rollback": false,
          "repeatable": false,
          "file": "migrations/060_elsewhere.sql"
        },
        {
          "id": "070",
          "name": "reverted",
          "owner": null,
          "state": "applied",
          "applied_at": "<time>",
          "applied_by": "postgres",
          "duration_ms": <varies>,
          "parts_done": null,
          "parts": null,
          "rolled_back_before": false,
          "has_rollback": true,
          "repeatable": false,
          "file": "migrations/070_reverted.sql"
        },
        {
          "id": "080",
          "name": "partial",
          "owner": null,
          "state": "partial",
          "applied_at": null,
          "applied_by": null,
          "duration_ms": null,
          "parts_done": 1,
          "parts": 3,
          "rolled_back_before": false,
          "has_rollback": false,
          "repeatable": false,
          "file": "migrations/080_partial.sql"
        },
        {
          "id": "090",
          "name": "pending",
          "owner": null,
          "state": "pending",
          "applied_at": null,
          "applied_by": null,
          "duration_ms": null,
          "parts_done": null,
          "parts": null,
          "rolled_back_before": false,
          "has_rollback": false,
          "repeatable": false,
          "file": "migrations/090_pending.sql"
        },
        {
          "id": "R__view",
          "name": "view",
          "owner": null,
          "state": "pending",
          "applied_at": null,
          "applied_by": null,
          "duration_ms": null,
          "parts_done": null,
          "parts": null,
          "rolled_back_before": false,
          "has_rollback": false,
          "repeatable": true,
          "file": "migrations/R__view.sql"
        }
      ]
    }
    ----- stderr
    "#);
    let _ = on(&project, &db, &["status", "--env", "production"]).run().code(2);
}

//! `seed`: which files, in one transaction, again and again.

use surefoot_testkit::{Major, Project, TestDb, require};

use crate::surefoot;

const TABLES: &str = "CREATE TABLE clinics (id int PRIMARY KEY, name text NOT NULL);\n\
                      CREATE TABLE visits (id int PRIMARY KEY, clinic int NOT NULL REFERENCES clinics DEFERRABLE);\n";

fn project(db: &TestDb) -> Project {
    Project::new().file("migrations/001_create_tables.sql", TABLES).file(
        "surefoot.toml",
        format!("[project]\nname = \"clinic\"\n[environments.development]\nurl = \"{0}\"\n[environments.staging]\nurl = \"{0}\"\n", db.url()),
    )
}

#[test]
fn files_are_found_by_environment_and_run_in_order_in_one_transaction() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = project(&db)
        .file("seeds/all.sql", "INSERT INTO clinics VALUES (1, 'All') ON CONFLICT DO NOTHING;\n")
        .file(
            "seeds/development/02_visits.sql",
            "BEGIN;\nINSERT INTO visits VALUES (1, 7) ON CONFLICT DO NOTHING;\nCOMMIT;\n",
        )
        .file(
            "seeds/development/01_clinics.sql",
            "COPY clinics (id, name) FROM stdin;\n7\tNorth; 'and' South\n8\t$$\n\\.\n",
        )
        .file("seeds/development/notes.txt", "no seed")
        .file("seeds/staging.sql", "INSERT INTO clinics VALUES (2, 'Staging') ON CONFLICT DO NOTHING;\n");

    let early = surefoot(&project, &["seed"]).run().code(3);
    assert!(early.stderr.contains("no migration is applied in development yet"), "{early}");

    let _ = surefoot(&project, &["up"]).run().success();
    let dry = surefoot(&project, &["seed", "--dry-run"]).run().success();
    assert!(dry.stdout.contains("3 seeds would be loaded in development, in one transaction."), "{dry}");
    assert_eq!(db.one("SELECT count(*) FROM clinics"), "0");

    let out = surefoot(&project, &["seed"]).run().success();
    let order: Vec<usize> = ["seeds/all.sql", "01_clinics.sql", "02_visits.sql"]
        .iter()
        .map(|name| out.stdout.find(name).unwrap_or_else(|| panic!("{name}: {out}")))
        .collect();
    assert!(order.is_sorted(), "{out}");
    assert!(out.stdout.contains("Loaded 3 seeds in development, 4 rows."), "{out}");
    assert_eq!(db.one("SELECT string_agg(name, '|' ORDER BY id) FROM clinics"), "All|North; 'and' South|$$");
    assert_eq!(
        db.one("SELECT count(DISTINCT x) FROM (SELECT xmin::text AS x FROM clinics UNION ALL SELECT xmin::text FROM visits) x"),
        "1"
    );

    // Again: COPY meets its own rows, and nothing of the whole run stays.
    db.sql("DELETE FROM clinics WHERE id = 1");
    let again = surefoot(&project, &["seed"]).run().code(1);
    assert!(again.stderr.contains("seeds/development/01_clinics.sql:1:1"), "{again}");
    assert_eq!(db.one("SELECT count(*) FROM clinics"), "2");
    project.write("seeds/development/01_clinics.sql", "SELECT 1;\n");
    let again = surefoot(&project, &["seed"]).run().success();
    assert!(again.stderr.contains("seeds/all.sql, loaded before at 2"), "{again}");
    assert!(again.stderr.contains("01_clinics.sql, changed since it was loaded at 2"), "{again}");

    let staging = surefoot(&project, &["seed", "--env", "staging", "--json"]).run().success();
    assert!(staging.stdout.contains("\"path\": \"seeds/staging.sql\""), "{staging}");
    assert!(!staging.stdout.contains("development"), "{staging}");
    assert_eq!(
        db.one("SELECT string_agg(kind, ',' ORDER BY seq) FROM surefoot.events WHERE kind IN ('seeded', 'failed')"),
        "seeded,failed,seeded,seeded"
    );
    let _ = surefoot(&project, &["verify"]).run().success();
}

#[test]
fn a_failing_seed_shows_the_place_and_leaves_nothing() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = project(&db)
        .file("seeds/development/1.sql", "INSERT INTO clinics VALUES (1, 'x');\nSET search_path = nowhere;\n")
        .file("seeds/development/2.sql", "SELECT 1;\n\n  INSERT INTO visits (id, klinic) VALUES (1, 1);\n");
    let _ = surefoot(&project, &["up"]).run().success();
    let out = surefoot(&project, &["seed"]).run().code(1);
    assert!(out.stderr.contains("seeds/development/2.sql:3:27: column \"klinic\""), "{out}");
    assert!(out.stderr.contains("3 |   INSERT INTO visits (id, klinic)"), "{out}");
    assert!(!out.stdout.contains("✓"), "{out}");
    assert_eq!(db.one("SELECT count(*) FROM clinics"), "0");

    // A deferred constraint fails at the commit.
    project.write("seeds/development/2.sql", "SET CONSTRAINTS ALL DEFERRED;\nINSERT INTO visits VALUES (1, 99);\n");
    let out = surefoot(&project, &["seed", "--json"]).run().code(1);
    assert!(out.stdout.contains("\"command\": \"COMMIT\"") && out.stdout.contains("23503"), "{out}");
    assert_eq!(db.one("SELECT count(*) FROM clinics"), "0");

    // A syntax error is found before anything runs.
    project.write("seeds/development/2.sql", "SELECT 1;\nSELEC 2;\n");
    let out = surefoot(&project, &["seed"]).run().code(1);
    assert!(out.stderr.contains("seeds/development/2.sql:2:1: syntax error"), "{out}");
}

#[test]
fn what_cannot_be_in_a_transaction_is_refused_by_name() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = project(&db)
        .file("seeds/development/1.sql", "INSERT INTO clinics VALUES (1, 'x');\nVACUUM clinics;\n")
        .file("seeds/development/2.sql", "BEGIN;\nSELECT 1;\nROLLBACK;\n");
    let _ = surefoot(&project, &["up"]).run().success();
    let out = surefoot(&project, &["seed"]).run().code(3);
    assert!(out.stderr.contains("seeds/development/1.sql:2: VACUUM cannot run in a transaction"), "{out}");
    assert!(out.stderr.contains("seeds/development/2.sql:2: the file rolls back"), "{out}");
    assert_eq!(db.one("SELECT count(*) FROM clinics"), "0");
}

#[test]
fn no_seeds_is_said_and_is_no_failure() {
    let project = Project::new().file("migrations/001_create_tables.sql", TABLES);
    let out = surefoot(&project, &["seed"]).run().success();
    assert_eq!(out.stdout, "No seeds for development.\n");
    assert!(out.stderr.contains("seeds/development.sql"), "{out}");
    // Looking makes no database.
    assert!(!project.join(".surefoot").exists());

    project.write("surefoot.toml", "[seeds]\ndevelopment = [\"a.sql\", \"more\"]\n");
    let out = surefoot(&project, &["seed"]).run().code(3);
    assert!(out.stderr.contains("[seeds] development names a.sql, and there is no such file or folder"), "{out}");
}

#[test]
fn an_interrupted_seed_leaves_nothing() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project =
        project(&db).file("seeds/development.sql", "INSERT INTO clinics VALUES (1, 'x');\nSELECT pg_sleep(60);\n");
    let _ = surefoot(&project, &["up"]).run().success();
    let mut running = surefoot(&project, &["seed"]).start();
    let name = db.name().to_owned();
    running.wait_until(|_| {
        db.one(&format!(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}' AND query = 'SELECT pg_sleep(60)'"
        )) == "1"
    });
    running.interrupt();
    let out = running.wait().code(130);
    assert!(out.stderr.contains("interrupted"), "{out}");
    assert_eq!(db.one("SELECT count(*) FROM clinics"), "0");
    assert_eq!(db.one("SELECT kind FROM surefoot.events ORDER BY seq DESC LIMIT 1"), "interrupted");
}

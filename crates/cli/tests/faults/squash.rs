//! Checkpoints: what starts from one ends where the whole history ends, whatever dies on the way.

use std::path::Path;

use surefoot_testkit::{Cmd, Major, Project, TestDb, require};

use crate::lab::{End, end, surefoot};

fn command(project: &Project, db: &TestDb, args: &[&str]) -> Cmd {
    let command = project.command(surefoot()).args(args).arg("--yes");
    command.env("SUREFOOT_URL", db.url()).env("SUREFOOT_ELEVATED_URL", db.url())
}

/// Applies everything in a database of its own.
fn up(project: &Project) -> (TestDb, End) {
    let db = TestDb::new(Major::Any).expect("a database");
    let _ = command(project, &db, &["up"]).run().success();
    let end = end(&db.url());
    (db, end)
}

fn squash(project: &Project, to: &str) {
    let squash = project.command(surefoot()).args(["squash", "--to", to, "--on", "embedded"]).run();
    let _ = squash.success();
}

/// A history with what is hard to squash: reference rows, a sequence, a role, a statement outside of transactions.
fn history() -> Project {
    Project::new()
        .file("surefoot.toml", "[project]\nname = \"shop\"\n[migrations]\ndir = \"migrations\"\n")
        .file(
            "migrations/001_shops.sql",
            "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'squash_reader') THEN \
             CREATE ROLE squash_reader; END IF; END $$;\n\
             CREATE TABLE shop (id serial PRIMARY KEY, name text NOT NULL, note text);\n\
             INSERT INTO shop (name, note) VALUES ('a\\b', NULL), ('', 'it''s\tone');\n\
             GRANT SELECT ON shop TO squash_reader;\n",
        )
        .file("migrations/001_shops.rollback.sql", "DROP TABLE shop;\n")
        .file("migrations/002_index.sql", "CREATE INDEX CONCURRENTLY shop_name ON shop (name);\n")
        .file("migrations/002_index.rollback.sql", "DROP INDEX shop_name;\n")
        .file("migrations/003_open.sql", "ALTER TABLE shop ADD open boolean NOT NULL DEFAULT true;\n")
        .file("migrations/003_open.rollback.sql", "ALTER TABLE shop DROP COLUMN open;\n")
        .file(
            "migrations/004_items.sql",
            "-- surefoot: depends 003\nCREATE TABLE item (shop int REFERENCES shop);\nINSERT INTO item SELECT id FROM shop;\n",
        )
        .file("migrations/004_items.rollback.sql", "DROP TABLE item;\n")
}

const CHECKPOINT: &str = "migrations/003_open.checkpoint.sql";

fn without_the_old_files(project: &Project) {
    for name in ["001_shops", "002_index", "003_open"] {
        for end in ["sql", "rollback.sql"] {
            std::fs::remove_file(project.join(&format!("migrations/{name}.{end}"))).expect("remove");
        }
    }
}

#[test]
fn each_database_goes_its_way_past_a_checkpoint() {
    let part = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = history();
    let (full, expected) = up(&project);
    let _ = command(&project, &part, &["up", "--to", "001"]).run().success();
    squash(&project, "003");
    // An empty one starts from it, and then is as the others are.
    let (fresh, got) = up(&project);
    assert_eq!(got.catalog(), expected.catalog());
    assert_eq!(got.rows, expected.rows);
    let event = "SELECT count(*) FROM surefoot.events WHERE kind = ";
    assert_eq!(fresh.one(&format!("{event}'checkpoint'")), "3");
    // What comes next in a sequence is the same.
    let next = "SELECT nextval('shop_id_seq')::text";
    assert_eq!(fresh.one(next), full.one(next));
    // An old one adopts it, once, and nothing runs.
    let adopted = command(&project, &full, &["up"]).run().success();
    assert!(adopted.stdout.contains("recorded, nothing had to run"), "{adopted}");
    let again = command(&project, &full, &["up"]).run().success();
    assert!(!again.stdout.contains("recorded"), "{again}");
    assert_eq!(full.one(&format!("{event}'checkpoint adopted'")), "1");
    assert_eq!(end(&full.url()).catalog(), expected.catalog());
    // One that is before it goes on with the files; its rollbacks are those of the files.
    let _ = command(&project, &part, &["up"]).run().success();
    assert_eq!(end(&part.url()).catalog(), expected.catalog());
    let _ = command(&project, &fresh, &["down", "--to", "001"]).run().success();
    let _ = command(&project, &fresh, &["up"]).run().success();
    assert_eq!(end(&fresh.url()).catalog(), expected.catalog());
    let script = command(&project, &TestDb::new(Major::Any).expect("a database"), &["plan", "--format", "sql"]).run();
    assert!(script.code(2).stdout.contains("COPY public.shop"));
    for db in [&full, &part, &fresh] {
        let _ = command(&project, db, &["verify"]).run().success();
    }
}

#[test]
fn the_old_files_may_go() {
    let behind = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = history();
    let (full, expected) = up(&project);
    let _ = command(&project, &behind, &["up", "--to", "002"]).run().success();
    squash(&project, "003");
    without_the_old_files(&project);
    let (fresh, got) = up(&project);
    assert_eq!(got.catalog(), expected.catalog());
    assert_eq!(got.rows, expected.rows);
    for db in [&full, &fresh] {
        let _ = command(&project, db, &["up"]).run().success();
        let _ = command(&project, db, &["status"]).run().success();
        let _ = command(&project, db, &["verify"]).run().success();
        let kept = command(&project, db, &["recover", "--dry-run"]).run().success();
        assert!(kept.stdout.contains("Nothing to recover"), "{kept}");
        let refused = command(&project, db, &["down", "--to", "001"]).run().code(3);
        assert!(refused.stderr.contains("003_open.checkpoint.sql has no way back"), "{refused}");
        let _ = command(&project, db, &["down", "--to", "003"]).run().success();
    }
    let refused = command(&project, &behind, &["up"]).run().code(3);
    assert!(refused.stderr.contains("this database is at 002, and the file of 003 is gone"), "{refused}");
    // A database from before Surefoot can be said to be past it.
    let old = TestDb::new(Major::Any).expect("a database");
    let _ = command(&project, &old, &["baseline", "--to", "003", "--reason", "test"]).run().success();
    let status = command(&project, &old, &["status", "--json"]).run();
    assert!(status.stdout.contains("\"current\": \"003\""), "{status}");
    // And the next checkpoint is made from this one.
    squash(&project, "004");
    let (_, got) = up(&project);
    assert_eq!(got.catalog(), expected.catalog());
    assert_eq!(got.rows, expected.rows);
}

#[test]
fn a_checkpoint_of_other_texts_is_not_used() {
    let _ = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = history();
    squash(&project, "003");
    project.write("migrations/003_open.sql", "ALTER TABLE shop ADD open boolean NOT NULL DEFAULT false;\n");
    let (db, _) = up(&project);
    assert_eq!(db.one("SELECT string_agg(DISTINCT kind, ',') FROM surefoot.events WHERE migration = '003'"), "applied");
    assert_eq!(db.one("SELECT bool_or(open)::text FROM shop"), "false");
    let check = project.command(surefoot()).args(["check", "--on", "embedded"]).run().code(2);
    assert!(check.stdout.contains("it was made from another text of 003"), "{check}");
}

#[test]
fn a_crash_while_it_is_applied_ends_where_none_ends() {
    let _ = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = history();
    squash(&project, "003");
    let (_, expected) = up(&project);
    for point in ["before-commit", "after-commit", "after-statement:3"] {
        let db = TestDb::new(Major::Any).expect("a database");
        let crashed = command(&project, &db, &["up"]).env("SUREFOOT_FAULT", point).run();
        assert_ne!(crashed.code, Some(0), "{point}: {crashed}");
        let begun = db.one("SELECT to_regclass('public.shop') IS NOT NULL") == "t";
        assert_eq!(begun, point == "after-commit", "{point}: all of it or nothing");
        let _ = command(&project, &db, &["up"]).run().success();
        let got = end(&db.url());
        assert_eq!(got.catalog(), expected.catalog(), "{point}");
        assert_eq!(got.rows, expected.rows, "{point}");
        let _ = command(&project, &db, &["verify"]).run().success();
    }
}

#[test]
fn a_crash_while_it_is_written_leaves_the_history_as_it_was() {
    let _ = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = history();
    let folder = project.join("migrations");
    let hidden = || {
        let entries = std::fs::read_dir(&folder).expect("the folder").flatten();
        entries.filter(|e| e.file_name().to_string_lossy().ends_with(".tmp")).count()
    };
    let running = project.command(surefoot()).args(["squash", "--to", "003", "--on", "embedded"]).start();
    let _ = running.kill9_when(|_| hidden() > 0);
    assert!(!project.join(CHECKPOINT).exists());
    let (_, expected) = up(&project);
    squash(&project, "003");
    assert_eq!(hidden(), 0, "what the dead run left is gone");
    let (_, got) = up(&project);
    assert_eq!(got.catalog(), expected.catalog());
}

fn example(name: &str, to: &str, extension: Option<&str>) {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    if let Some(extension) = extension
        && !db.cluster().has_extension(extension)
    {
        surefoot_testkit::pass_over(&format!("{name} needs the extension {extension}"));
        return;
    }
    let project = Project::copy_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name));
    let (_, expected) = up(&project);
    squash(&project, to);
    let (db, got) = up(&project);
    let checkpoints = "SELECT count(*) > 0 FROM surefoot.events WHERE kind = 'checkpoint'";
    assert_eq!(db.one(checkpoints), "t", "{name} starts from the checkpoint");
    assert_eq!(got.catalog(), expected.catalog(), "{name}");
    assert_eq!(got.hash, expected.hash, "{name}");
    let counts = |end: &End| end.rows.iter().map(|(table, (n, _))| (table.clone(), n.clone())).collect::<Vec<_>>();
    assert_eq!(counts(&got), counts(&expected), "{name}");
}

#[test]
fn clinical_trial_diary() {
    example("clinical-trial-diary", "007", None);
}

#[test]
fn dentamind() {
    example("dentamind", "0007", None);
}

#[test]
fn derm_cds() {
    example("derm-cds", "004", Some("vector"));
}

#[test]
fn medical_record() {
    example("medical-record", "20240219110000_add_transcription_status", None);
}

#[test]
fn warehouse() {
    example("warehouse", "002", None);
}

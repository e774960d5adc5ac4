//! The runner is killed while it keeps what it drops, and while it gives it back.

use surefoot_testkit::{Major, TestDb, require};

use crate::lab::{End, Lab, project};

const FILES: &[(&str, &str)] = &[
    (
        "001_base.up.sql",
        "CREATE TYPE state AS ENUM ('open', 'paid');\n\
         CREATE TABLE people (id int PRIMARY KEY, born int NOT NULL, name text);\n\
         INSERT INTO people SELECT g, 1900 + g, 'name ' || g FROM generate_series(1, 100) g;\n\
         CREATE TABLE orders (id serial PRIMARY KEY, person int REFERENCES people, state state);\n\
         CREATE INDEX orders_person ON orders (person);\n\
         INSERT INTO orders (person, state) SELECT g, 'paid' FROM generate_series(1, 30) g;\n\
         CREATE TABLE notes (person int, note text, stars int);\n\
         INSERT INTO notes SELECT g % 5, 'note', g FROM generate_series(1, 40) g;\n",
    ),
    ("001_base.down.sql", "DROP TABLE notes, orders, people;\nDROP TYPE state;\n"),
    (
        "002_parts.up.sql",
        "-- surefoot: no-transaction\nALTER TABLE people DROP COLUMN name;\nDROP TABLE orders;\nDROP TYPE state;\n\
         ALTER TABLE notes DROP stars;\n",
    ),
    (
        "002_parts.down.sql",
        "-- surefoot: no-transaction\nALTER TABLE notes ADD stars int;\nCREATE TYPE state AS ENUM ('open', 'paid');\n\
         CREATE TABLE orders (id serial PRIMARY KEY, person int REFERENCES people, state state);\n\
         CREATE INDEX orders_person ON orders (person);\nALTER TABLE people ADD COLUMN name text;\n",
    ),
    ("003_whole.up.sql", "ALTER TABLE people DROP COLUMN born;\nDROP TABLE notes;\n"),
    (
        "003_whole.down.sql",
        "CREATE TABLE notes (person int, note text);\nALTER TABLE people ADD COLUMN born int;\n\
         ALTER TABLE people ALTER COLUMN born SET NOT NULL;\n",
    ),
];

/// A project with the first migration applied, and tables large enough for batches.
fn lab() -> Option<Lab> {
    let project = project(FILES).file(
        "surefoot.toml",
        "[project]\nname = \"faults\"\n[migrations]\ndir = \"migrations\"\n[attic]\nbatch-rows = 20\n\
         [execution]\nretry-delay = \"50ms\"\nmigration-lock-timeout = \"40s\"\n",
    );
    let lab = Lab { project, db: TestDb::new(Major::Any)? };
    let _ = lab.run(&["up", "--to", "001"]).success();
    let _ = lab.db.sql("ANALYZE");
    Some(lab)
}

/// What is in the attic: what it was, and a hash of its rows.
fn attic(lab: &Lab) -> Vec<String> {
    if lab.db.one("SELECT (to_regclass('surefoot_attic.items') IS NOT NULL)::text") != "true" {
        return Vec::new();
    }
    let items = lab.db.sql(
        "SELECT name, concat_ws(' ', kind, schema_name, table_name, columns, key, state, migration, rows) \
         FROM surefoot_attic.items ORDER BY 2",
    );
    let rows = |name: &str| {
        lab.db.one(&format!(
            "SELECT count(*) || ' ' || md5(string_agg(t::text, '|' ORDER BY t::text)) FROM surefoot_attic.{name} t"
        ))
    };
    items.iter().map(|item| format!("{}: {}", item[1], rows(&item[0]))).collect()
}

/// Nothing is in the attic's schema that no item speaks of, and nothing is left untold.
fn is_tidy(lab: &Lab, when: &str) {
    let stray = lab.db.sql(
        "SELECT c.relname FROM pg_class c WHERE c.relnamespace = to_regnamespace('surefoot_attic') AND c.relkind = 'r' \
         AND c.relname NOT IN ('items', 'unrecorded') AND c.relname NOT IN (SELECT name FROM surefoot_attic.items)",
    );
    assert!(stray.is_empty(), "{when}: {stray:?}");
    assert_eq!(lab.db.one("SELECT count(*) FROM surefoot_attic.unrecorded"), "0", "{when}");
}

fn sweep(points: &[&str], args: &[&str], expected: &(End, Vec<String>), least: usize, prepare: impl Fn(&Lab)) {
    let mut boundaries = 0;
    for point in points {
        for n in 1.. {
            let lab = lab().unwrap();
            prepare(&lab);
            let when = format!("{args:?} killed at {point} {n}");
            let output = lab.crash(args, point, n);
            if output.code.is_some() {
                let _ = output.success();
                break;
            }
            boundaries += 1;
            let again = lab.run(args);
            assert_eq!(again.code, Some(0), "{when}: {again}");
            lab.ended_as(&expected.0, &when);
            assert_eq!(attic(&lab), expected.1, "{when}: attic");
            is_tidy(&lab, &when);
            let twice = lab.db.sql(
                "SELECT i ->> 'item' FROM surefoot.events e, json_array_elements(e.body::json -> 'detail' -> 'items') i \
                 WHERE e.kind = 'kept' GROUP BY 1 HAVING count(*) > 1",
            );
            assert!(twice.is_empty(), "{when}: {twice:?}");
        }
    }
    assert!(boundaries >= least, "only {boundaries} boundaries");
}

#[test]
fn killed_anywhere_while_it_keeps() {
    let whole = require!(lab(), "a PostgreSQL server");
    let _ = whole.run(&["up"]).success();
    let expected = (whole.end(), attic(&whole));
    assert_eq!(expected.1.len(), 5, "{:?}", expected.1);
    sweep(&["after-batch", "after-keep", "before-commit", "after-commit"], &["up"], &expected, 20, |_| {});
}

#[test]
fn killed_anywhere_while_it_gives_back() {
    let whole = require!(lab(), "a PostgreSQL server");
    let before = whole.end();
    let down = &["down", "--to", "001"];
    sweep(&["after-put-back", "before-commit", "after-commit"], down, &(before, Vec::new()), 12, |lab| {
        let _ = lab.run(&["up"]).success();
    });
}

/// Rows that are written between the batches and the drop are kept as they are at the drop, those deleted are not.
#[test]
fn what_is_written_between_the_batches_is_kept() {
    let lab = require!(lab(), "a PostgreSQL server");
    let output = lab.crash(&["up", "--to", "002"], "after-batch", 2);
    assert_eq!(output.code, None, "{output}");
    assert_eq!(lab.db.one("SELECT count(*) FROM surefoot_attic.items WHERE state = 'copying'"), "1");
    let _ = lab.db.sql(
        "UPDATE people SET name = 'changed' WHERE id IN (1, 99); DELETE FROM people WHERE id IN (35, 98); \
         INSERT INTO people VALUES (0, 1, 'before'), (101, 2, 'after')",
    );
    let before = lab.db.sql("SELECT id, name FROM people ORDER BY id");
    let _ = lab.run(&["up", "--to", "002"]).success();
    let _ = lab.db.sql("INSERT INTO people VALUES (35, 3), (102, 4)");
    let _ = lab.run(&["down"]).success();
    let after = lab.db.sql("SELECT id, name FROM people WHERE id NOT IN (35, 102) ORDER BY id");
    assert_eq!(after, before);
    assert_eq!(lab.db.one("SELECT count(name) FROM people WHERE id IN (35, 102)"), "0");
}

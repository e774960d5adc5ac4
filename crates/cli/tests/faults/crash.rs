//! The runner is killed at every boundary, on the way up and on the way down.

use surefoot_testkit::require;

use crate::lab::{End, Lab, Part, Witness, alone, part};

/// Migrations of every shape: one transaction; blocks of the file with statements between them that no transaction
/// may hold; no transaction at all; a data file; a check.
pub(crate) const SHAPES: &[(&str, &str)] = &[
    (
        "001_accounts.up.sql",
        "CREATE TABLE accounts (id bigint PRIMARY KEY, name text NOT NULL, born date);\n\
         INSERT INTO accounts SELECT g, 'name ' || g, date '2000-01-01' + g FROM generate_series(1, 40) g;\n\
         CREATE VIEW grown AS SELECT id FROM accounts WHERE born < date '2000-01-20';\n\
         DO $$ BEGIN ASSERT (SELECT count(*) = 40 FROM accounts); RAISE NOTICE 'forty'; END $$;\n",
    ),
    ("001_accounts.down.sql", "DROP VIEW grown;\nDROP TABLE accounts;\n"),
    (
        "002_email.up.sql",
        "BEGIN;\nALTER TABLE accounts ADD COLUMN email text;\nUPDATE accounts SET email = id || '@example.org';\nCOMMIT;\n\
         CREATE UNIQUE INDEX CONCURRENTLY accounts_email ON accounts (email);\n\
         BEGIN;\nALTER TABLE accounts ADD CONSTRAINT email_given CHECK (email IS NOT NULL) NOT VALID;\nCOMMIT;\n\
         BEGIN;\nALTER TABLE accounts VALIDATE CONSTRAINT email_given;\nCOMMIT;\n\
         CREATE INDEX CONCURRENTLY ON accounts (born);\n",
    ),
    (
        "002_email.down.sql",
        "DROP INDEX CONCURRENTLY accounts_born_idx;\n\
         BEGIN;\nALTER TABLE accounts DROP CONSTRAINT email_given;\nCOMMIT;\n\
         DROP INDEX CONCURRENTLY accounts_email;\n\
         BEGIN;\nALTER TABLE accounts DROP COLUMN email;\nCOMMIT;\n",
    ),
    (
        "003_ledger.up.sql",
        "-- surefoot: no-transaction\n\
         CREATE TABLE ledger (entry int, amount int);\n\
         INSERT INTO ledger SELECT g, 10 FROM generate_series(1, 5) g;\n\
         UPDATE ledger SET amount = amount + 1;\n\
         VACUUM ledger;\n",
    ),
    ("003_ledger.down.sql", "DROP TABLE ledger;\n"),
    (
        "004_countries.up.sql",
        "CREATE TABLE countries (code text PRIMARY KEY, name text);\n\
         COPY countries (code, name) FROM stdin;\nde\tGermany\nfr\tFrance; Marianne\nit\tItaly\n\\.\n\
         UPDATE ledger SET amount = amount * 2;\n",
    ),
    (
        "004_countries.down.sql",
        "BEGIN;\nUPDATE ledger SET amount = amount / 2;\nCOMMIT;\nBEGIN;\nDROP TABLE countries;\nCOMMIT;\n",
    ),
    (
        "005_mood.up.sql",
        "CREATE TYPE mood AS ENUM ('calm', 'tense');\nALTER TABLE accounts ADD COLUMN mood mood DEFAULT 'calm';\n\
         CREATE INDEX accounts_mood ON accounts (mood);\n",
    ),
    ("005_mood.down.sql", "ALTER TABLE accounts DROP COLUMN mood;\nDROP TYPE mood;\n"),
];

pub(crate) const IDS: &[&str] = &["001", "002", "003", "004", "005"];

const fn gone(took_effect: &'static str) -> Part {
    part(took_effect)
}

/// What shows in the database that a part of [`SHAPES`] took effect.
pub(crate) const WITNESSES: &[Witness] = &[
    Witness {
        id: "001",
        up: &[part("to_regclass('accounts') IS NOT NULL")],
        down: &[gone("to_regclass('accounts') IS NULL")],
    },
    Witness {
        id: "002",
        up: &[
            part("EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('accounts') AND attname = 'email')"),
            alone("EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('accounts_email') AND indisvalid)"),
            part("EXISTS (SELECT FROM pg_constraint WHERE conname = 'email_given')"),
            part("EXISTS (SELECT FROM pg_constraint WHERE conname = 'email_given' AND convalidated)"),
            alone("EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('accounts_born_idx') AND indisvalid)"),
        ],
        down: &[
            alone("to_regclass('accounts_born_idx') IS NULL"),
            part("NOT EXISTS (SELECT FROM pg_constraint WHERE conname = 'email_given')"),
            alone("to_regclass('accounts_email') IS NULL"),
            part(
                "NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('accounts') AND attname = 'email')",
            ),
        ],
    },
    Witness {
        id: "003",
        up: &[
            part("to_regclass('ledger') IS NOT NULL"),
            part(
                "xpath_exists('//amount', query_to_xml('SELECT * FROM ' || coalesce(to_regclass('ledger')::text, '(VALUES (1)) v'), true, false, ''))",
            ),
            part(
                "xpath_exists('//amount[. mod 10 > 0]', query_to_xml('SELECT * FROM ' || coalesce(to_regclass('ledger')::text, '(VALUES (1)) v'), true, false, ''))",
            ),
        ],
        down: &[gone("to_regclass('ledger') IS NULL")],
    },
    Witness {
        id: "004",
        up: &[part("to_regclass('countries') IS NOT NULL")],
        down: &[
            part(
                "NOT xpath_exists('//amount[. = 22]', query_to_xml('SELECT * FROM ' || coalesce(to_regclass('ledger')::text, '(VALUES (1)) v'), true, false, ''))",
            ),
            part("to_regclass('countries') IS NULL"),
        ],
    },
    Witness { id: "005", up: &[part("to_regtype('mood') IS NOT NULL")], down: &[gone("to_regtype('mood') IS NULL")] },
];

const POINTS: &[&str] = &[
    "before-begin",
    "after-statement",
    "before-commit",
    "after-commit",
    "after-intent",
    "before-statement-alone",
    "after-statement-alone",
];

/// The database before and after an undisturbed run.
fn undisturbed() -> Option<(End, End)> {
    let lab = Lab::new(SHAPES)?;
    let before = lab.end();
    let _ = lab.run(&["up"]).success();
    lab.tells_the_truth(WITNESSES, "undisturbed");
    lab.is_clean("undisturbed");
    Some((before, lab.end()))
}

/// Crashes `args` at every boundary of `points`, from a database made by `prepare`.
fn sweep(points: &[&str], args: &[&str], expected: &End, least: usize, prepare: impl Fn(&Lab)) {
    let mut boundaries = 0;
    for point in points {
        for n in 1.. {
            let lab = Lab::new(SHAPES).unwrap();
            prepare(&lab);
            let when = format!("{args:?} killed at {point} {n}");
            let output = lab.crash(args, point, n);
            if output.code.is_some() {
                // Past the last: the run was undisturbed.
                let _ = output.success();
                break;
            }
            boundaries += 1;
            lab.tells_the_truth(WITNESSES, &when);
            let again = lab.run(args);
            assert_eq!(again.code, Some(0), "{when}: {again}");
            lab.tells_the_truth(WITNESSES, &when);
            lab.ended_as(expected, &when);
            let recorded = if args[0] == "up" { "applied" } else { "reverted" };
            let twice = lab.db.sql(&format!(
                "SELECT migration, count(*) FROM surefoot.events WHERE kind = '{recorded}' GROUP BY 1 HAVING count(*) <> 1"
            ));
            assert!(twice.is_empty(), "{when}: {twice:?}");
            let version = lab.db.one("SELECT coalesce(schema_version, '') FROM surefoot.application_metadata");
            let current = if args[0] == "up" { "005" } else { "" };
            assert_eq!(version, current, "{when}: application_metadata");
        }
    }
    assert!(boundaries >= least, "only {boundaries} boundaries");
}

#[test]
fn killed_anywhere_around_transactions_on_the_way_up() {
    let (_, after) = require!(undisturbed(), "a PostgreSQL server");
    sweep(&POINTS[..2], &["up"], &after, 24, |_| {});
}

#[test]
fn killed_anywhere_around_commits_and_single_statements_on_the_way_up() {
    let (_, after) = require!(undisturbed(), "a PostgreSQL server");
    sweep(&POINTS[2..], &["up"], &after, 30, |_| {});
}

#[test]
fn killed_anywhere_on_the_way_down() {
    let (before, _) = require!(undisturbed(), "a PostgreSQL server");
    sweep(POINTS, &["down", "--all"], &before, 36, |lab| {
        let _ = lab.run(&["up"]).success();
    });
}

#[test]
fn killed_in_one_transaction_for_all() {
    let files = [SHAPES[0], SHAPES[1], SHAPES[8], SHAPES[9]];
    let whole = require!(Lab::new(&files), "a PostgreSQL server");
    let _ = whole.run(&["up", "--single-transaction"]).success();
    let expected = whole.end();
    for point in ["before-commit", "after-commit"] {
        let lab = Lab::new(&files).unwrap();
        let output = lab.crash(&["up", "--single-transaction"], point, 1);
        assert_eq!(output.code, None, "{output}");
        let state = if point == "before-commit" { "pending" } else { "applied" };
        assert_eq!([lab.state("001"), lab.state("005")], [state, state], "{point}");
        let _ = lab.run(&["up", "--single-transaction"]).success();
        lab.applied_once(&["001", "005"], point);
        lab.ended_as(&expected, point);
    }
}

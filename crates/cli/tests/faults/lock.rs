//! The migration lock: waited for, named, given back, never lost in silence.

use std::time::Duration;

use surefoot_testkit::require;

use crate::lab::Lab;

const SLEEPING: &str = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE query ~ 'pg_sleep' AND state = 'active' \
     AND application_name LIKE 'surefoot%' AND datname = current_database())";

#[test]
fn the_holder_is_named_and_the_wait_ends() {
    let lab = require!(Lab::new(&[("001_slow.sql", "SELECT pg_sleep(3);\n")]), "a PostgreSQL server");
    let holder = lab.cmd(&["up"]).start();
    lab.wait_for("the slow statement", SLEEPING);
    let pid = lab.db.one("SELECT pid FROM pg_stat_activity WHERE query ~ '^SELECT pg_sleep' AND application_name LIKE 'surefoot%' AND datname = current_database()");
    let output = lab.run(&["up", "--migration-lock-timeout", "1s"]).code(4);
    assert!(output.took > Duration::from_millis(900) && output.took < Duration::from_secs(5), "{output}");
    assert!(output.stderr.contains(&format!("pid {pid}, role postgres, from 127.0.0.1")), "{output}");
    assert!(output.stderr.contains("application \"surefoot faults\" (active)"), "{output}");
    assert!(output.stderr.contains(&format!("pg_terminate_backend({pid})")), "{output}");
    let json = lab.run(&["up", "--migration-lock-timeout", "100ms", "--json"]).code(4);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["error"]["code"], "locked");
    // Looking needs no lock.
    assert_eq!(lab.state("001"), "pending");
    let _ = holder.wait().success();
    lab.is_clean("held");
    assert_eq!(lab.run(&["up", "--migration-lock-timeout", "1s"]).success().code, Some(0));
}

/// Gives up every session lock, as a careless file does.
const UNLOCKING: &[&str] = &[
    "CREATE TABLE t (a int);\nSELECT pg_advisory_unlock_all();\nSELECT pg_sleep(1.5);\nINSERT INTO t VALUES (1);\n",
    "CREATE TABLE t (a int);\nDO $$ BEGIN PERFORM pg_advisory_unlock_all(); END $$;\nSELECT pg_sleep(1.5);\nINSERT INTO t VALUES (1);\n",
    // Where the text does not show it.
    "CREATE TABLE t (a int);\nSELECT careless();\nSELECT pg_sleep(1.5);\nINSERT INTO t VALUES (1);\n",
    "BEGIN;\nCREATE TABLE t (a int);\nSELECT pg_advisory_unlock_all();\nCOMMIT;\nSELECT pg_sleep(1.5);\nINSERT INTO t VALUES (1);\n",
    "-- surefoot: no-transaction\nCREATE TABLE t (a int);\nSELECT pg_advisory_unlock_all();\nSELECT pg_sleep(1.5);\nINSERT INTO t VALUES (1);\n",
    "BEGIN;\nSET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\nSELECT pg_advisory_unlock_all();\nSELECT pg_sleep(1.5);\nCREATE TABLE t (a int);\nINSERT INTO t VALUES (1);\nCOMMIT;\n",
];

#[test]
fn a_file_that_unlocks_everything_does_not_let_another_run_in() {
    for text in UNLOCKING {
        let files =
            [("001_careless.sql", *text), ("002_next.sql", "SELECT pg_sleep(0.5);\nINSERT INTO t VALUES (2);\n")];
        let lab = require!(Lab::new(&files), "a PostgreSQL server");
        let _ = lab.db.sql("CREATE FUNCTION careless() RETURNS void LANGUAGE sql AS 'SELECT pg_advisory_unlock_all()'");
        let first = lab.cmd(&["up", "--json"]).start();
        lab.wait_for("the slow statement", SLEEPING);
        let second = lab.cmd(&["up", "--json"]).start().wait();
        let first = first.wait();
        for output in [&first, &second] {
            assert_eq!(output.code, Some(0), "{text}{output}");
        }
        let json: serde_json::Value = serde_json::from_str(&second.stdout).unwrap();
        assert_eq!(json["migrations"].as_array().map(Vec::len), Some(0), "{text}{second}");
        assert_eq!(lab.db.sql("SELECT a FROM t ORDER BY 1"), [["1"], ["2"]], "{text}");
        lab.applied_once(&["001", "002"], text);
        lab.is_clean(text);
    }
}

/// Outside a transaction the lock is gone for a moment; it is taken again before anything else.
#[test]
fn the_lock_is_taken_again_after_a_statement_of_its_own() {
    let files = [
        (
            "001_discard.sql",
            "-- surefoot: no-transaction\nDISCARD ALL;\nSELECT pg_sleep(1);\nCREATE TABLE t (a int);\n",
        ),
        ("002_next.sql", "SELECT pg_sleep(0.5);\nINSERT INTO t VALUES (2);\n"),
    ];
    let lab = require!(Lab::new(&files), "a PostgreSQL server");
    let first = lab.cmd(&["up"]).start();
    lab.wait_for("the slow statement", SLEEPING);
    let output = lab.run(&["up", "--migration-lock-timeout", "100ms"]);
    assert_eq!(output.code, Some(4), "{output}");
    let _ = first.wait().success();
    lab.applied_once(&["001", "002"], "discard");
    lab.is_clean("discard");
}

#[test]
fn the_elevated_session_keeps_its_lock_too() {
    let files = [(
        "001_elevated.sql",
        "-- surefoot: role elevated\nCREATE TABLE t (a int);\nSELECT pg_advisory_unlock_all();\nSELECT pg_sleep(1);\n",
    )];
    let lab = require!(Lab::new(&files), "a PostgreSQL server");
    let (_, url) = lab.db.ordinary_role();
    let runner = lab.cmd_at(&url, &["up"]).env("SUREFOOT_ELEVATED_URL", lab.db.url()).start();
    lab.wait_for("the slow statement", SLEEPING);
    // Our own session is ended; the elevated one is at work and must keep others out.
    let _ = lab.db.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'surefoot faults' AND datname = current_database()");
    let _ = lab
        .cmd_at(&url, &["up", "--migration-lock-timeout", "100ms"])
        .env("SUREFOOT_ELEVATED_URL", lab.db.url())
        .run()
        .code(4);
    let output = runner.wait();
    assert!(matches!(output.code, Some(0 | 1)), "{output}");
    if lab.state("001") == "pending" {
        let _ = lab.cmd_at(&url, &["up"]).env("SUREFOOT_ELEVATED_URL", lab.db.url()).run().success();
    }
    lab.applied_once(&["001"], "elevated");
    lab.is_clean("elevated");
}

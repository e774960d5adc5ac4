//! Several runners at once, and one that wakes up too late.

use std::time::Duration;

use surefoot_testkit::require;

use crate::lab::{Lab, Other};

#[test]
fn two_at_the_same_instant_a_hundred_times() {
    let files = [
        ("001_one.sql", "CREATE TABLE one (a int);\nINSERT INTO one VALUES (1);\n"),
        ("002_two.sql", "INSERT INTO one VALUES (2);\n"),
    ];
    let lab = require!(Lab::new(&files), "a PostgreSQL server");
    for round in 0..100 {
        let runners = [lab.cmd(&["up", "--json"]).start(), lab.cmd(&["up", "--json"]).start()];
        let mut applied = 0;
        for runner in runners {
            let output = runner.wait().success();
            let json: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
            applied += json["migrations"].as_array().unwrap().len();
        }
        assert_eq!(applied, 2, "round {round}");
        assert_eq!(lab.db.sql("SELECT a FROM one ORDER BY 1"), [["1"], ["2"]], "round {round}");
        let events =
            lab.db.one("SELECT string_agg(kind || coalesce(migration, ''), ' ' ORDER BY seq) FROM surefoot.events");
        assert_eq!(events, "created applied001 applied002", "round {round}");
        if round % 25 == 0 {
            lab.is_clean("two");
        }
        let _ = lab.db.sql("DROP TABLE one; DROP SCHEMA surefoot CASCADE");
    }
}

#[test]
fn twenty_with_an_index_built_concurrently() {
    let files = [
        ("001_t.sql", "CREATE TABLE t (a int);\nINSERT INTO t SELECT generate_series(1, 1000);\n"),
        ("002_index.sql", "CREATE INDEX CONCURRENTLY t_a ON t (a);\nINSERT INTO t VALUES (0);\n"),
    ];
    let lab = require!(Lab::new(&files), "a PostgreSQL server");
    // Holds the build up until all are there.
    let _ = lab.run(&["up", "--count", "1"]).success();
    let reader = Other::open(&lab.db.url(), "reader", "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM t");
    let runners: Vec<_> = (0..20).map(|_| lab.cmd(&["up", "--json"]).start()).collect();
    lab.wait_for(
        "all of them",
        "SELECT count(DISTINCT pid) >= 20 FROM pg_stat_activity WHERE application_name LIKE 'surefoot%' AND datname = current_database()",
    );
    std::thread::sleep(Duration::from_millis(300));
    reader.end();
    let mut applied = 0;
    for runner in runners {
        let output = runner.wait().success();
        let json: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
        applied += json["migrations"].as_array().unwrap().len();
    }
    assert_eq!(applied, 1);
    assert_eq!(lab.db.one("SELECT count(*) FROM t"), "1001");
    lab.applied_once(&["001", "002"], "twenty");
    lab.is_clean("twenty");
}

const SLEEPING: &str = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE query ~ '^SELECT pg_sleep' \
     AND application_name LIKE 'surefoot%' AND datname = current_database())";

/// Paused, its session ended, another run takes over, and then it wakes.
#[test]
fn a_paused_runner_wakes_after_another_took_over() {
    let texts = [
        "CREATE TABLE t (a int);\nSELECT pg_sleep(:pause);\nINSERT INTO t VALUES (1);\n",
        // The pause is a part of its own.
        "BEGIN;\nCREATE TABLE t (a int);\nCOMMIT;\nBEGIN;\nSELECT pg_sleep(:pause);\nINSERT INTO t VALUES (1);\nCOMMIT;\nCREATE INDEX CONCURRENTLY ON t (a);\n",
    ];
    for text in texts {
        let lab = require!(
            Lab::new(&[("001_t.sql", text), ("002_u.sql", "CREATE TABLE u (a int);\n")]),
            "a PostgreSQL server"
        );
        let paused = lab.cmd(&["up", "--var", "pause=2"]).start();
        lab.wait_for("the slow statement", SLEEPING);
        paused.signal("STOP");
        let _ = lab.db.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'surefoot%' AND datname = current_database()");
        // The same files and variables: the parts on record must read the same.
        let _ = lab.run(&["up", "--var", "pause=2"]).success();
        let after = lab.end();
        let events = lab.events("001");
        paused.signal("CONT");
        let output = paused.wait();
        assert!(output.code == Some(1), "{output}");
        assert!(output.stderr.contains("took over"), "{output}");
        assert_eq!(lab.db.one("SELECT count(*) FROM t"), "1");
        assert_eq!(lab.events("001"), events);
        lab.applied_once(&["001", "002"], text);
        lab.ended_as(&after, text);
    }
}

/// Paused in the middle of a transaction of quick statements, its session alive: the others wait, it goes on.
#[test]
fn a_paused_runner_keeps_its_lock_while_its_session_lives() {
    let files = [("001_t.sql", "CREATE TABLE t (a int);\nSELECT pg_sleep(1);\nINSERT INTO t VALUES (1);\n")];
    let lab = require!(Lab::new(&files), "a PostgreSQL server");
    let paused = lab.cmd(&["up"]).start();
    lab.wait_for("the slow statement", SLEEPING);
    paused.signal("STOP");
    let _ = lab.run(&["up", "--migration-lock-timeout", "1500ms"]).code(4);
    paused.signal("CONT");
    let _ = paused.wait().success();
    lab.applied_once(&["001"], "paused");
    lab.is_clean("paused");
}

/// A command that is refused writes that down while a run is at work; the run is not disturbed by it.
#[test]
fn a_refusal_does_not_disturb_a_run() {
    let files = [
        ("001_a.sql", "CREATE TABLE a (a int);\n"),
        ("002_b.sql", "CREATE TABLE b (a int);\nSELECT pg_sleep(1.5);\n"),
        ("003_c.sql", "SELECT pg_sleep(0.5);\nCREATE TABLE c (a int);\nCREATE INDEX CONCURRENTLY ON c (a);\n"),
    ];
    let lab = require!(Lab::new(&files), "a PostgreSQL server");
    let _ = lab.run(&["up", "--count", "1"]).success();
    // Someone else has another text of 001, and nothing pending.
    let rival = crate::lab::project(&[("001_a.sql", "CREATE TABLE a (a bigint);\n")]);
    let runner = lab.cmd(&["up"]).start();
    lab.wait_for("the slow statement", SLEEPING);
    let refused = rival.command(crate::lab::surefoot()).arg("up").env("SUREFOOT_URL", lab.db.url()).run().code(3);
    assert!(refused.stderr.contains("changed after"), "{refused}");
    let output = runner.wait();
    assert_eq!(output.code, Some(0), "{output}");
    assert_eq!(lab.db.one("SELECT count(*) FROM surefoot.events WHERE kind = 'refused'"), "1");
    lab.applied_once(&["001", "002", "003"], "refused");
    lab.is_clean("refused");
}

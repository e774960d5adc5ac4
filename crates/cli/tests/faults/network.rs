//! Connections cut, black-holed, and COMMITs whose answer is lost.

use std::time::Duration;

use surefoot_testkit::{Fault, Proxy, require};

use crate::crash::{IDS, SHAPES, WITNESSES};
use crate::lab::Lab;

const SLOW: &[(&str, &str)] = &[
    ("001_first.sql", "CREATE TABLE first (a int);\n"),
    ("002_slow.sql", "CREATE TABLE second (a int);\nSELECT pg_sleep(1.5);\nINSERT INTO second VALUES (1);\n"),
];

const SLEEPING: &str = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE query ~ '^SELECT pg_sleep' \
     AND state = 'active' AND application_name LIKE 'surefoot%' AND datname = current_database())";

#[test]
fn reset_in_the_middle_of_a_statement() {
    let lab = require!(Lab::new(SLOW), "a PostgreSQL server");
    let proxy = Proxy::start(lab.db.cluster().address());
    let runner = lab.cmd_at(&proxy.url(&lab.db.url()), &["up"]).start();
    lab.wait_for("the slow statement", SLEEPING);
    proxy.set(Fault::Reset);
    std::thread::sleep(Duration::from_millis(300));
    proxy.set(Fault::Pass);
    let output = runner.wait().success();
    assert!(output.stderr.contains("retry"), "{output}");
    lab.applied_once(&["001", "002"], "reset");
    assert_eq!(lab.db.one("SELECT count(*) FROM second"), "1");
    lab.is_clean("reset");
}

#[test]
fn a_server_that_does_not_come_back_is_a_clear_error() {
    let lab = require!(Lab::new(SLOW), "a PostgreSQL server");
    let proxy = Proxy::start(lab.db.cluster().address());
    let runner = lab.cmd_at(&proxy.url(&lab.db.url()), &["up", "--migration-lock-timeout", "1s"]).start();
    lab.wait_for("the slow statement", SLEEPING);
    proxy.set(Fault::Reset);
    let output = runner.wait().code(1);
    assert!(output.stderr.contains("error:") && output.stderr.contains("hint:"), "{output}");
    drop(proxy);
    assert_eq!([lab.state("001"), lab.state("002")], ["applied", "pending"]);
    let _ = lab.run(&["up"]).success();
    lab.applied_once(&["001", "002"], "gone");
    assert_eq!(lab.db.one("SELECT count(*) FROM second"), "1");
    lab.is_clean("gone");
}

#[test]
fn black_holed_in_the_middle_of_a_statement() {
    let lab = require!(Lab::new(SLOW), "a PostgreSQL server");
    let proxy = Proxy::start(lab.db.cluster().address());
    let runner = lab.cmd_at(&proxy.url(&lab.db.url()), &["up"]).start();
    lab.wait_for("the slow statement", SLEEPING);
    proxy.set(Fault::BlackHole);
    // The statement ends meanwhile; nobody hears of it.
    std::thread::sleep(Duration::from_millis(3500));
    proxy.set(Fault::Pass);
    let _ = runner.wait().success();
    lab.applied_once(&["001", "002"], "black hole");
    assert_eq!(lab.db.one("SELECT count(*) FROM second"), "1");
    lab.is_clean("black hole");
}

/// The old connection stays dead without anybody being told, and a new one works: as after a firewall has forgotten
/// the connection.
#[test]
fn a_stranded_connection_is_given_up() {
    let lab = require!(Lab::new(SLOW), "a PostgreSQL server");
    let proxy = Proxy::start(lab.db.cluster().address());
    let runner = lab.cmd_at(&proxy.url(&lab.db.url()), &["up"]).start();
    lab.wait_for("the slow statement", SLEEPING);
    proxy.strand();
    let output = runner.wait().success();
    assert!(output.stderr.contains("retry"), "{output}");
    lab.applied_once(&["001", "002"], "stranded");
    assert_eq!(lab.db.one("SELECT count(*) FROM second"), "1");
    drop(proxy);
    lab.is_clean("stranded");
}

/// The answer to each COMMIT in turn is lost, and with it the connection: the run finds out by itself.
#[test]
fn the_answer_to_any_commit_is_lost() {
    let whole = require!(Lab::new(SHAPES), "a PostgreSQL server");
    let counting = Proxy::start(whole.db.cluster().address());
    let _ = whole.cmd_at(&counting.url(&whole.db.url()), &["up"]).run().success();
    let expected = whole.end();
    let commits = counting.commits();
    assert!(commits > 14, "{commits}");
    for n in 1..=commits {
        let lab = Lab::new(SHAPES).unwrap();
        let proxy = Proxy::start(lab.db.cluster().address());
        proxy.lose_commit_reply(n);
        let when = format!("answer to COMMIT {n} of {commits} lost");
        let output = lab.cmd_at(&proxy.url(&lab.db.url()), &["up"]).run();
        drop(proxy);
        lab.tells_the_truth(WITNESSES, &when);
        if output.code != Some(0) {
            // Before the first migration: a question about procedures that commit, and the journal being made.
            assert!(n <= 2 && output.code == Some(1), "{when}: {output}");
            let _ = lab.run(&["up"]).success();
        }
        lab.applied_once(IDS, &when);
        lab.ended_as(&expected, &when);
    }
}

#[test]
fn the_answer_to_the_commit_of_all_is_lost() {
    let files = [SHAPES[0], SHAPES[8]];
    let args = ["up", "--single-transaction"];
    let whole = require!(Lab::new(&files), "a PostgreSQL server");
    let counting = Proxy::start(whole.db.cluster().address());
    let _ = whole.cmd_at(&counting.url(&whole.db.url()), &args).run().success();
    let lab = Lab::new(&files).unwrap();
    let proxy = Proxy::start(lab.db.cluster().address());
    proxy.lose_commit_reply(counting.commits());
    let output = lab.cmd_at(&proxy.url(&lab.db.url()), &args).run().success();
    assert!(output.stdout.contains("Applied 2 migrations"), "{output}");
    drop(proxy);
    lab.applied_once(&["001", "005"], "single transaction");
    lab.ended_as(&whole.end(), "single transaction");
}

/// The connection is cut at any message of a run, before and after the server had it.
#[test]
fn cut_at_any_message() {
    // What the shapes have of each kind, in fewer messages.
    let files: Vec<(&str, &str)> = SHAPES
        .iter()
        .filter(|(name, _)| name.contains("up.sql") && !name.starts_with("005"))
        .map(|(name, text)| (*name, *text))
        .collect();
    let whole = require!(Lab::new(&files), "a PostgreSQL server");
    let counting = Proxy::start(whole.db.cluster().address());
    let _ = whole.cmd_at(&counting.url(&whole.db.url()), &["up"]).run().success();
    let expected = whole.end();
    let pieces = counting.pieces();
    let mut recovered = 0;
    for n in 1..=pieces {
        // Both ways for each would take a minute.
        let after = n % 2 == 0;
        let lab = Lab::new(&files).unwrap();
        let proxy = Proxy::start(lab.db.cluster().address());
        proxy.cut_at_piece(n, after);
        let when = format!("cut {} piece {n} of {pieces}", if after { "after" } else { "before" });
        let output = lab.cmd_at(&proxy.url(&lab.db.url()), &["up"]).run();
        drop(proxy);
        lab.tells_the_truth(&WITNESSES[..4], &when);
        if output.code == Some(0) {
            recovered += 1;
        } else {
            assert_eq!(output.code, Some(1), "{when}: {output}");
            assert!(output.stderr.contains("error:"), "{when}: {output}");
            let again = lab.run(&["up"]);
            assert_eq!(again.code, Some(0), "{when}: {output}{again}");
        }
        lab.applied_once(&IDS[..4], &when);
        lab.ended_as(&expected, &when);
    }
    // Most of a run is migrations, and those are taken up again.
    assert!(recovered * 2 > pieces, "{recovered} of {pieces}");
}

//! Ctrl-C once and twice, and SIGTERM.

use std::time::Duration;

use surefoot_testkit::{Fault, Proxy, require};

use crate::lab::{Lab, Other};

const SLOW: &[(&str, &str)] = &[
    ("001_first.sql", "CREATE TABLE first (a int);\n"),
    ("002_slow.sql", "CREATE TABLE second (a int);\nSELECT pg_sleep(:pause);\nCREATE TABLE third (a int);\n"),
];

const SLEEPING: &str = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE query ~ '^SELECT pg_sleep' \
     AND state = 'active' AND application_name LIKE 'surefoot%' AND datname = current_database())";

#[test]
fn the_statement_is_cancelled_and_rolled_back() {
    let whole = require!(Lab::new(SLOW), "a PostgreSQL server");
    let _ = whole.run(&["up", "--var", "pause=0"]).success();
    let expected = whole.end();
    for signal in ["INT", "TERM"] {
        let lab = Lab::new(SLOW).unwrap();
        let runner = lab.cmd(&["up", "--var", "pause=30"]).start();
        lab.wait_for("the slow statement", SLEEPING);
        runner.signal(signal);
        let output = runner.wait().code(130);
        assert!(output.took < Duration::from_secs(10), "{output}");
        assert!(
            output.stderr.contains("interrupted in migration 002") && output.stderr.contains("rolled back"),
            "{output}"
        );
        assert_eq!([lab.state("001"), lab.state("002")], ["applied", "pending"]);
        assert_eq!(lab.events("002"), ["interrupted"]);
        assert_eq!(lab.db.one("SELECT to_regclass('second') IS NULL"), "t");
        lab.is_clean(signal);
        let _ = lab.run(&["up", "--var", "pause=0"]).success();
        lab.applied_once(&["001", "002"], signal);
        lab.ended_as(&expected, signal);
    }
}

#[test]
fn a_rollback_is_cancelled_too() {
    let files = [
        ("001_t.up.sql", "CREATE TABLE t (a int);\n"),
        ("001_t.down.sql", "DROP TABLE t;\nSELECT pg_sleep(:pause);\n"),
    ];
    let lab = require!(Lab::new(&files), "a PostgreSQL server");
    let before = lab.end();
    let _ = lab.run(&["up"]).success();
    let applied = lab.end();
    let runner = lab.cmd(&["down", "--var", "pause=30"]).start();
    lab.wait_for("the slow statement", SLEEPING);
    runner.interrupt();
    let _ = runner.wait().code(130);
    assert_eq!(lab.state("001"), "applied");
    lab.ended_as(&applied, "rollback interrupted");
    let _ = lab.run(&["down", "--var", "pause=0"]).success();
    lab.ended_as(&before, "rolled back");
}

#[test]
fn between_two_parts_the_rest_waits_for_the_next_run() {
    let files = [(
        "001_parts.sql",
        "BEGIN;\nCREATE TABLE a (a int);\nCOMMIT;\nSELECT pg_sleep(:pause);\nBEGIN;\nCREATE TABLE b (a int);\nCOMMIT;\n",
    )];
    let lab = require!(Lab::new(&files), "a PostgreSQL server");
    let runner = lab.cmd(&["up", "--var", "pause=30"]).start();
    lab.wait_for("the slow statement", SLEEPING);
    runner.interrupt();
    let output = runner.wait().code(130);
    assert!(output.stderr.contains("1 of 3 parts committed"), "{output}");
    assert_eq!(lab.state("001"), "partial");
    // The text of a part that is not yet committed may change.
    let _ = lab.run(&["up", "--var", "pause=0"]).success();
    lab.applied_once(&["001"], "parts");
    lab.is_clean("parts");
}

#[test]
fn while_data_is_copied() {
    let rows: String = (0..200_000).map(|n| format!("{n}\tsome text to make it long\n")).collect();
    let text = format!("CREATE TABLE big (id int, note text);\nCOPY big FROM stdin;\n{rows}\\.\n");
    let lab = require!(Lab::new(&[("001_data.sql", &text)]), "a PostgreSQL server");
    let _ = lab.db.sql("CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.001); RETURN NEW; END $$");
    lab.project.write(
        "migrations/001_data.sql",
        text.replacen(
            "COPY",
            "CREATE TRIGGER slow BEFORE INSERT ON big FOR EACH ROW EXECUTE FUNCTION slow();\nCOPY",
            1,
        ),
    );
    let before = lab.end();
    let runner = lab.cmd(&["up"]).start();
    // The trigger sleeps for each row, in every version; 13 has no pg_stat_progress_copy.
    lab.wait_for(
        "the copy",
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE query ~ '^COPY' AND wait_event = 'PgSleep' \
         AND datname = current_database())",
    );
    runner.interrupt();
    let output = runner.wait().code(130);
    assert!(output.took < Duration::from_secs(20), "{output}");
    assert_eq!(lab.events("001"), ["interrupted"]);
    lab.ended_as(&before, "copy interrupted");
}

#[test]
fn while_waiting_for_another_run() {
    let lab = require!(Lab::new(SLOW), "a PostgreSQL server");
    let runner = lab.cmd(&["up", "--var", "pause=30"]).start();
    lab.wait_for("the slow statement", SLEEPING);
    let mut second = lab.cmd(&["up", "--var", "pause=30"]).start();
    second.wait_until(|p| p.stderr().contains("waiting"));
    second.interrupt();
    let output = second.wait().code(130);
    assert!(output.took < Duration::from_secs(10), "{output}");
    runner.interrupt();
    let _ = runner.wait().code(130);
    lab.is_clean("two interrupted");
}

#[test]
fn between_two_tries() {
    let files = [("001_alter.sql", "ALTER TABLE bystander ADD COLUMN more int;\n")];
    let lab = require!(Lab::new(&files), "a PostgreSQL server");
    lab.project.write("surefoot.toml", lab.project.read("surefoot.toml").replace("50ms", "20s"));
    let before = lab.end();
    let reader = Other::open(&lab.db.url(), "reader", "BEGIN; SELECT * FROM bystander");
    let mut runner = lab.cmd(&["up", "--lock-timeout", "200ms"]).start();
    runner.wait_until(|p| p.stderr().contains("retry"));
    runner.interrupt();
    let output = runner.wait();
    assert_eq!(output.code, Some(130), "{output}");
    assert!(output.took < Duration::from_secs(10), "{output}");
    reader.end();
    assert_eq!(lab.state("001"), "pending");
    lab.ended_as(&before, "interrupted between tries");
}

/// The network is gone, so the first Ctrl-C cannot end the statement.
#[test]
fn twice_ends_at_once() {
    let lab = require!(Lab::new(SLOW), "a PostgreSQL server");
    let proxy = Proxy::start(lab.db.cluster().address());
    let mut runner = lab.cmd_at(&proxy.url(&lab.db.url()), &["up", "--var", "pause=30"]).start();
    lab.wait_for("the slow statement", SLEEPING);
    proxy.set(Fault::BlackHole);
    runner.interrupt();
    runner.wait_until(|p| p.stderr().contains("once more"));
    std::thread::sleep(Duration::from_millis(100));
    let second = std::time::Instant::now();
    runner.interrupt();
    let output = runner.wait().code(130);
    assert!(second.elapsed() < Duration::from_secs(2), "{output}");
    drop(proxy);
    let _ = lab.run(&["up", "--var", "pause=0"]).success();
    lab.applied_once(&["001", "002"], "twice");
    lab.is_clean("twice");
}

/// The same with one Ctrl-C: the run gives up by itself.
#[test]
fn once_is_enough_when_the_network_is_gone() {
    let lab = require!(Lab::new(SLOW), "a PostgreSQL server");
    let proxy = Proxy::start(lab.db.cluster().address());
    let runner = lab.cmd_at(&proxy.url(&lab.db.url()), &["up", "--var", "pause=30"]).start();
    lab.wait_for("the slow statement", SLEEPING);
    // Long enough that the second connection, which looks who is in the way, is open too.
    std::thread::sleep(Duration::from_millis(1500));
    proxy.set(Fault::BlackHole);
    runner.interrupt();
    let output = runner.wait();
    assert_eq!(output.code, Some(130), "{output}");
    assert!(output.took < Duration::from_secs(25), "{output}");
    drop(proxy);
    let _ = lab.run(&["up", "--var", "pause=0"]).success();
    lab.applied_once(&["001", "002"], "network gone");
    lab.is_clean("network gone");
}

//! A reader that holds the table.

use std::time::Duration;

use surefoot_testkit::require;

use crate::lab::{Lab, Other};

const FILES: &[(&str, &str)] = &[
    ("001_before.sql", "CREATE TABLE before (a int);\n"),
    ("002_alter.sql", "INSERT INTO before VALUES (1);\nALTER TABLE bystander ADD COLUMN more int;\n"),
];

#[test]
fn a_reader_that_ends_is_waited_for_in_short_tries() {
    let lab = require!(Lab::new(FILES), "a PostgreSQL server");
    let reader = Other::open(&lab.db.url(), "nightly report", "BEGIN; SELECT * FROM bystander");
    let mut runner = lab.cmd(&["up", "--lock-timeout", "400ms", "--retry-attempts", "30"]).start();
    runner.wait_until(|p| p.stderr().matches("retry").count() >= 3);
    // Between the tries nobody queues behind us.
    assert_eq!(lab.db.one("SELECT count(*) FROM before"), "0");
    let blocked = runner.stderr();
    assert!(blocked.contains("blocked") && blocked.contains(&format!("pid {}", reader.pid())), "{blocked}");
    assert!(blocked.contains("nightly report") && blocked.contains("transaction open for"), "{blocked}");
    reader.end();
    let _ = runner.wait().success();
    assert_eq!(lab.db.one("SELECT count(*) FROM before"), "1");
    lab.applied_once(&["001", "002"], "reader");
    lab.is_clean("reader");
}

#[test]
fn a_reader_that_stays_is_named_in_a_clear_failure() {
    let lab = require!(Lab::new(FILES), "a PostgreSQL server");
    let reader = Other::open(&lab.db.url(), "nightly report", "BEGIN; SELECT * FROM bystander");
    for lock_timeout in ["1s", "200ms"] {
        let output = lab.run(&["up", "--lock-timeout", lock_timeout, "--retry-attempts", "1"]).code(1);
        assert!(output.took < Duration::from_secs(10), "{output}");
        assert!(output.stderr.contains("55P03") && output.stderr.contains("tried: 2 times"), "{output}");
        let by = format!("blocked by: pid {} postgres \"nightly report\" idle in transaction", reader.pid());
        assert!(output.stderr.contains(&by), "{output}");
        assert!(output.stderr.contains("002_alter.sql:2:1"), "{output}");
        assert_eq!([lab.state("001"), lab.state("002")], ["applied", "pending"]);
        assert_eq!(lab.db.one("SELECT count(*) FROM before"), "0");
    }
    reader.end();
    lab.is_clean("reader stays");
    let _ = lab.run(&["up"]).success();
    lab.applied_once(&["001", "002"], "reader gone");
}

/// A lock that no session holds: its transaction was prepared.
#[test]
fn a_prepared_transaction_in_the_way() {
    let options =
        surefoot_testkit::ClusterOptions { config: vec!["max_prepared_transactions = 2".into()], ..Default::default() };
    let cluster =
        require!(surefoot_testkit::Cluster::start_with(surefoot_testkit::Major::Any, options), "a PostgreSQL server");
    cluster.create_database("db");
    let _ = cluster.sql("db", "CREATE TABLE bystander (a int)");
    let _ = cluster.sql("db", "BEGIN; SELECT * FROM bystander; PREPARE TRANSACTION 'forgotten'");
    let project = crate::lab::project(FILES);
    let up = || {
        project
            .command(crate::lab::surefoot())
            .args(["up", "--lock-timeout", "900ms", "--retry-attempts", "1"])
            .env("SUREFOOT_URL", cluster.url("db"))
    };
    let output = up().run().code(1);
    assert!(output.stderr.contains("forgotten"), "{output}");
    let _ = cluster.sql("db", "ROLLBACK PREPARED 'forgotten'");
    let _ = up().run().success();
}

/// A deadlock with someone else: one of the two loses, and the migration is tried again when it is ours.
#[test]
fn a_deadlock_is_tried_again() {
    let files =
        [("001_two.sql", "LOCK TABLE one;\nSELECT pg_sleep(0.5);\nLOCK TABLE two;\nINSERT INTO two VALUES (1);\n")];
    let lab = require!(Lab::new(&files), "a PostgreSQL server");
    let _ = lab.db.sql("CREATE TABLE one (a int); CREATE TABLE two (a int)");
    // It waits for a deadlock longer than we do, so that we lose.
    let other = Other::open(&lab.db.url(), "other", "SET deadlock_timeout = '30s'; BEGIN; LOCK TABLE two");
    let runner = lab.cmd(&["up", "--lock-timeout", "10s"]).start();
    lab.wait_for(
        "the first lock",
        "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'one'::regclass AND mode = 'AccessExclusiveLock')",
    );
    other.run("LOCK TABLE one; COMMIT");
    let output = runner.wait().success();
    assert!(output.stderr.contains("deadlock detected"), "{output}");
    assert_eq!(lab.db.one("SELECT count(*) FROM two"), "1");
    other.end();
    lab.is_clean("deadlock");
}

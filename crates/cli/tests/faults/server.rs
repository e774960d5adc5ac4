//! The server dies and comes back; someone ends or cancels our session.

use std::time::Duration;

use surefoot_testkit::{Cluster, ClusterOptions, Major, require};

use crate::lab::{Lab, clean, end, project, surefoot};

const FILES: &[(&str, &str)] = &[
    ("001_first.sql", "CREATE TABLE first (a int);\n"),
    (
        "002_parts.sql",
        "BEGIN;\nCREATE TABLE second (a int);\nINSERT INTO second VALUES (1);\nCOMMIT;\n\
         CREATE INDEX CONCURRENTLY ON second (a);\n\
         BEGIN;\nUPDATE second SET a = a + 1;\nSELECT pg_sleep(:pause);\nUPDATE second SET a = a + 1;\nCOMMIT;\n",
    ),
    ("003_last.sql", "CREATE TABLE third (a int);\n"),
];

const SLEEPING: &str = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE query ~ '^SELECT pg_sleep' \
     AND state = 'active' AND application_name LIKE 'surefoot%' AND datname = current_database())";

#[test]
fn killed_and_restarted_in_the_middle() {
    let options = ClusterOptions { durable: true, ..ClusterOptions::default() };
    let cluster = require!(Cluster::start_with(Major::Any, options), "a PostgreSQL server");
    cluster.create_database("whole");
    cluster.create_database("db");
    let project = project(FILES);
    let up = |database: &str, pause: &str| {
        project
            .command(surefoot())
            .args(["up", "--var", &format!("pause={pause}")])
            .env("SUREFOOT_URL", cluster.url(database))
    };
    let _ = up("whole", "0").run().success();
    let expected = end(&cluster.url("whole"));
    let runner = up("db", "2").start();
    crate::lab::wait_for("the slow statement", || cluster.sql("db", SLEEPING) == [["t"]]);
    cluster.kill9();
    std::thread::sleep(Duration::from_millis(500));
    cluster.restart();
    let output = runner.wait().success();
    assert!(output.stderr.contains("retry"), "{output}");
    crate::lab::same(&end(&cluster.url("db")), &expected, "server killed");
    assert_eq!(cluster.sql("db", "SELECT a FROM second"), [["3"]]);
    clean(&cluster.url("db"), "server killed");

    // The runner dies with the server: what it had committed is there, and the rest follows.
    cluster.create_database("both");
    let runner = up("both", "5").start();
    crate::lab::wait_for("the slow statement", || cluster.sql("both", SLEEPING) == [["t"]]);
    let _ = runner.kill9();
    cluster.kill9();
    cluster.restart();
    let _ = up("both", "0").run().success();
    crate::lab::same(&end(&cluster.url("both")), &expected, "both killed");
    clean(&cluster.url("both"), "both killed");

    // Right after a commit, on a server that does not wait for the disk by itself.
    cluster.create_database("lazy");
    let _ = cluster.sql("lazy", "ALTER DATABASE lazy SET synchronous_commit = off");
    let output = up("lazy", "0").env("SUREFOOT_FAULT", "after-commit:1").run();
    assert_eq!(output.code, None, "{output}");
    cluster.kill9();
    cluster.restart();
    let rows = cluster.sql("lazy", "SELECT to_regclass('first') IS NOT NULL, count(*) FROM surefoot.migrations");
    assert_eq!(rows, [["t", "1"]]);
    let _ = up("lazy", "0").run().success();
    let _ = cluster.sql("lazy", "ALTER DATABASE lazy RESET synchronous_commit");
    crate::lab::same(&end(&cluster.url("lazy")), &expected, "not waiting for the disk");
    clean(&cluster.url("lazy"), "not waiting for the disk");
}

#[test]
fn terminated() {
    let lab = require!(Lab::new(FILES), "a PostgreSQL server");
    let runner = lab.cmd(&["up", "--var", "pause=1"]).start();
    lab.wait_for("the slow statement", SLEEPING);
    let _ = lab.db.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ '^SELECT pg_sleep' AND datname = current_database() AND pid <> pg_backend_pid()");
    let output = runner.wait().success();
    assert!(output.stderr.contains("retry"), "{output}");
    assert_eq!(lab.db.sql("SELECT a FROM second"), [["3"]]);
    lab.applied_once(&["001", "002", "003"], "terminated");
    lab.is_clean("terminated");
}

#[test]
fn cancelled_by_someone_else() {
    let lab = require!(Lab::new(FILES), "a PostgreSQL server");
    let runner = lab.cmd(&["up", "--var", "pause=30"]).start();
    lab.wait_for("the slow statement", SLEEPING);
    let _ = lab.db.sql("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query ~ '^SELECT pg_sleep' AND datname = current_database() AND pid <> pg_backend_pid()");
    let output = runner.wait().code(1);
    assert!(output.stderr.contains("57014") && output.stderr.contains("2 of 3 parts committed"), "{output}");
    assert_eq!(lab.state("002"), "partial");
    assert_eq!(lab.events("002").last().map(String::as_str), Some("failed"));
    let _ = lab.run(&["up", "--var", "pause=0"]).success();
    assert_eq!(lab.db.sql("SELECT a FROM second"), [["3"]]);
    lab.applied_once(&["001", "002", "003"], "cancelled");
    lab.is_clean("cancelled");
}

/// The elevated role's session and our own are lost together.
#[test]
fn terminated_with_an_elevated_session() {
    let files = [(
        "001_elevated.sql",
        "-- surefoot: role elevated\nCREATE TABLE a (a int);\nSELECT pg_sleep(1);\nINSERT INTO a VALUES (1);\n",
    )];
    let lab = require!(Lab::new(&files), "a PostgreSQL server");
    let (_, url) = lab.db.ordinary_role();
    for which in ["application_name ~ '^surefoot.*elevated'", "application_name ~ '^surefoot'"] {
        let _ = lab.db.sql("DROP SCHEMA IF EXISTS surefoot CASCADE; DROP TABLE IF EXISTS a");
        let runner = lab.cmd_at(&url, &["up"]).env("SUREFOOT_ELEVATED_URL", lab.db.url()).start();
        lab.wait_for("the slow statement", SLEEPING);
        let _ = lab.db.sql(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {which} AND datname = current_database()"
        ));
        let output = runner.wait().success();
        assert!(output.stderr.contains("retry"), "{which}: {output}");
        assert_eq!(lab.db.one("SELECT count(*) FROM a"), "1", "{which}");
        lab.applied_once(&["001"], which);
        lab.is_clean(which);
    }
}

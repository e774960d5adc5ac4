//! Statements that no transaction protects: killed, orphaned, cancelled, half-done.

use std::time::Duration;

use surefoot_testkit::{Cluster, Fault, Major, Proxy, require};

use crate::lab::{End, Lab, Other, wait_for};

struct Case {
    name: &'static str,
    /// Before the migration.
    setup: &'static str,
    migration: &'static str,
    /// What someone else's open transaction has read, with a snapshot that it keeps, so that the statement waits.
    reader: &'static str,
}

const TABLE: &str =
    "CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t SELECT g, g FROM generate_series(1, 100) g;";
const PARTS: &str = "CREATE TABLE p (id int) PARTITION BY RANGE (id); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10); \
                     CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20); INSERT INTO p SELECT g FROM generate_series(0, 19) g;";

const CASES: &[Case] = &[
    Case { name: "named", setup: TABLE, migration: "CREATE INDEX CONCURRENTLY t_v ON t (v)", reader: "t" },
    Case { name: "unnamed", setup: TABLE, migration: "CREATE INDEX CONCURRENTLY ON t (v)", reader: "t" },
    Case {
        name: "if not exists",
        setup: TABLE,
        migration: "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS t_v ON t (v)",
        reader: "t",
    },
    Case {
        name: "drop",
        setup: "CREATE TABLE t (id int PRIMARY KEY, v int); CREATE INDEX t_v ON t (v);",
        migration: "DROP INDEX CONCURRENTLY t_v",
        reader: "t",
    },
    Case {
        name: "reindex",
        setup: "CREATE TABLE t (id int PRIMARY KEY, v text); CREATE INDEX t_v ON t (v); INSERT INTO t VALUES (1, 'a');",
        migration: "REINDEX TABLE CONCURRENTLY t",
        reader: "t",
    },
    Case {
        name: "reindex index",
        setup: "CREATE TABLE t (id int PRIMARY KEY, v int); CREATE INDEX t_v ON t (v);",
        migration: "REINDEX INDEX CONCURRENTLY t_v",
        reader: "t",
    },
    Case { name: "detach", setup: PARTS, migration: "ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY", reader: "p" },
];

/// Those that the server knows: a partition is detached concurrently from 14 on.
fn cases() -> impl Iterator<Item = &'static Case> {
    let major = Cluster::shared(Major::Any).map_or(14, |c| c.major());
    CASES.iter().filter(move |case| major >= 14 || case.name != "detach")
}

impl Case {
    fn lab(&self) -> Option<Lab> {
        let text = format!("{};\nCREATE TABLE after_it (a int);\n", self.migration);
        let lab = Lab::new(&[("001_alone.sql", &text)])?;
        let _ = lab.db.sql(self.setup);
        Some(lab)
    }

    fn expected(&self) -> Option<End> {
        let lab = self.lab()?;
        let _ = lab.run(&["up"]).success();
        lab.is_clean(self.name);
        Some(lab.end())
    }

    fn reader(&self, lab: &Lab) -> Other {
        Other::open(
            &lab.db.url(),
            "reader",
            &format!("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM {}", self.reader),
        )
    }
}

/// A statement of ours waits for the reader.
const WAITING: &str = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name LIKE 'surefoot%' \
     AND wait_event_type = 'Lock' AND query ~ 'CONCURRENTLY|FINALIZE' AND datname = current_database())";

#[test]
fn killed_in_the_middle_of_each() {
    for case in cases() {
        let expected = require!(case.expected(), "a PostgreSQL server");
        let lab = case.lab().unwrap();
        let reader = case.reader(&lab);
        let runner = lab.cmd(&["up"]).start();
        lab.wait_for(case.name, WAITING);
        let _ = runner.kill9();
        assert_eq!(lab.state("001"), "partial", "{}", case.name);
        // The next run comes while the reader, and perhaps the orphan, is still there.
        let again = lab.cmd(&["up"]).start();
        std::thread::sleep(Duration::from_millis(300));
        reader.end();
        let again = again.wait();
        assert_eq!(again.code, Some(0), "{}: {again}", case.name);
        lab.applied_once(&["001"], case.name);
        lab.ended_as(&expected, case.name);
    }
}

/// The server does not notice that the runner is gone: its statement goes on, and the next run must not begin
/// before it has ended.
#[test]
fn an_orphan_that_is_still_at_work_is_waited_for() {
    for case in &CASES[..2] {
        let expected = require!(case.expected(), "a PostgreSQL server");
        let lab = case.lab().unwrap();
        let proxy = Proxy::start(lab.db.cluster().address());
        let reader = case.reader(&lab);
        let runner = lab.cmd_at(&proxy.url(&lab.db.url()), &["up"]).start();
        lab.wait_for(case.name, WAITING);
        proxy.set(Fault::BlackHole);
        let _ = runner.kill9();
        let mut again = lab.cmd(&["up"]).start();
        again.wait_until(|p| p.stderr().contains("so far"));
        assert!(again.stderr().contains("for the migration lock, held by pid"), "{}", again.stderr());
        reader.end();
        lab.wait_for(
            "the orphan's index",
            "SELECT bool_and(indisvalid) AND count(*) = 2 FROM pg_index WHERE indrelid = 't'::regclass",
        );
        assert!(again.stdout().is_empty());
        drop(proxy);
        let again = again.wait();
        assert_eq!(again.code, Some(0), "{}: {again}", case.name);
        assert!(again.stderr.contains("it had taken effect"), "{again}");
        lab.applied_once(&["001"], case.name);
        lab.ended_as(&expected, case.name);
    }
}

#[test]
fn an_invalid_index_does_not_pass_for_a_finished_one() {
    for text in [
        "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS t_v ON t (v);\n",
        "CREATE UNIQUE INDEX CONCURRENTLY t_v ON t (v);\n",
    ] {
        let lab = require!(Lab::new(&[("001_index.sql", text)]), "a PostgreSQL server");
        let _ = lab.db.sql("CREATE TABLE t (v int); INSERT INTO t VALUES (1), (1)");
        assert!(lab.db.try_sql("CREATE UNIQUE INDEX CONCURRENTLY t_v ON t (v)").is_err());
        let _ = lab.db.sql("DELETE FROM t WHERE ctid = (SELECT min(ctid) FROM t)");
        let output = lab.run(&["up"]).success();
        assert!(output.stderr.contains("dropped the invalid index"), "{output}");
        assert_eq!(lab.db.one("SELECT indisvalid FROM pg_index WHERE indexrelid = 't_v'::regclass"), "t");
        lab.is_clean(text);
    }
}

/// A build that fails leaves nothing, and the migration is as pending as before.
#[test]
fn a_failed_build_leaves_nothing() {
    for name in ["t_v", ""] {
        let text = format!("CREATE UNIQUE INDEX CONCURRENTLY {name} ON t (v);\n");
        let lab = require!(Lab::new(&[("001_index.sql", &text)]), "a PostgreSQL server");
        let _ = lab.db.sql("CREATE TABLE t (v int); INSERT INTO t VALUES (1), (1)");
        let before = lab.end();
        for _ in 0..2 {
            let _ = lab.run(&["up"]).code(1);
            assert_eq!(lab.state("001"), "pending");
            lab.ended_as(&before, &text);
        }
        let _ = lab.db.sql("DELETE FROM t WHERE ctid = (SELECT min(ctid) FROM t)");
        let _ = lab.run(&["up"]).success();
        lab.applied_once(&["001"], &text);
        lab.is_clean(&text);
    }
}

/// A crash before the statement was sent, where an index of that name was there already: the statement did not take
/// effect, though an index of that name is valid.
#[test]
fn an_index_that_was_there_before_is_not_taken_for_ours() {
    let files = [("001_index.sql", "CREATE INDEX CONCURRENTLY t_v ON t (v);\n")];
    let lab = require!(Lab::new(&files), "a PostgreSQL server");
    let _ = lab.db.sql("CREATE TABLE t (v int, w int); CREATE INDEX t_v ON t (w)");
    let output = lab.crash(&["up"], "after-intent", 1);
    assert_eq!(output.code, None, "{output}");
    let output = lab.run(&["up"]).code(1);
    assert!(output.stderr.contains("already exists"), "{output}");
    assert_eq!(lab.state("001"), "pending");
    lab.is_clean("an index of that name");
}

/// What others left behind is not ours to remove.
#[test]
fn a_reindex_leaves_alone_what_others_left() {
    let files = [("001_reindex.sql", "REINDEX TABLE CONCURRENTLY t;\n")];
    let lab = require!(Lab::new(&files), "a PostgreSQL server");
    let _ = lab.db.sql("CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE u (v int); INSERT INTO u VALUES (1), (1)");
    assert!(lab.db.try_sql("CREATE UNIQUE INDEX CONCURRENTLY u_v_ccnew ON u (v)").is_err());
    let _ = lab.run(&["up"]).success();
    assert_eq!(lab.db.one("SELECT to_regclass('u_v_ccnew') IS NOT NULL"), "t");
}

/// Ctrl-C, while someone else's transaction keeps the build and the removal of its remains from ending.
#[test]
fn interrupted_while_waiting_for_a_reader() {
    for case in cases() {
        let expected = require!(case.expected(), "a PostgreSQL server");
        let lab = case.lab().unwrap();
        let reader = case.reader(&lab);
        let runner = lab.cmd(&["up"]).start();
        lab.wait_for(case.name, WAITING);
        runner.interrupt();
        let output = runner.wait();
        assert_eq!(output.code, Some(130), "{}: {output}", case.name);
        assert!(output.took < Duration::from_secs(15), "{}: {output}", case.name);
        assert!(lab.events("001").contains(&"interrupted".to_owned()), "{}: {:?}", case.name, lab.events("001"));
        assert!(["partial", "pending"].contains(&lab.state("001").as_str()), "{}", case.name);
        reader.end();
        let again = lab.run(&["up"]);
        assert_eq!(again.code, Some(0), "{}: {again}", case.name);
        lab.applied_once(&["001"], case.name);
        lab.ended_as(&expected, case.name);
    }
}

/// A time-out that the file asks for ends the wait; what is left is settled, whichever way.
#[test]
fn timed_out_while_waiting_for_a_reader() {
    for case in cases() {
        let expected = require!(case.expected(), "a PostgreSQL server");
        let lab = case.lab().unwrap();
        lab.project.write(
            "migrations/001_alone.sql",
            format!("-- surefoot: lock-timeout 200ms\n{};\nCREATE TABLE after_it (a int);\n", case.migration),
        );
        let reader = case.reader(&lab);
        let output = lab.run(&["up", "--retry-attempts", "1"]);
        assert_eq!(output.code, Some(1), "{}: {output}", case.name);
        assert!(output.stderr.contains(&format!("pid {}", reader.pid())), "{}: {output}", case.name);
        assert!(["partial", "pending"].contains(&lab.state("001").as_str()), "{}", case.name);
        reader.end();
        let again = lab.run(&["up"]);
        assert_eq!(again.code, Some(0), "{}: {again}", case.name);
        lab.applied_once(&["001"], case.name);
        lab.ended_as(&expected, case.name);
    }
}

/// A rollback of such statements that fails is not a rollback, and what is on record about the migration stays.
#[test]
fn a_failed_rollback_keeps_what_is_on_record() {
    let files = [
        ("001_t.up.sql", "CREATE TABLE t (v int);\nCREATE INDEX t_v ON t (v);\n"),
        ("001_t.down.sql", "DROP INDEX CONCURRENTLY no_such_index;\nDROP TABLE t;\n"),
    ];
    let lab = require!(Lab::new(&files), "a PostgreSQL server");
    let _ = lab.run(&["up"]).success();
    let row = "SELECT state, applied_at::text, applied_by, units_done, units_total FROM surefoot.migrations";
    let before = lab.db.sql(row);
    let _ = lab.run(&["down"]).code(1);
    assert_eq!(lab.db.sql(row), before);
    assert_eq!(lab.state("001"), "applied");
    lab.is_clean("failed rollback");
}

/// A terminated or lost session in the middle of each: the run itself goes on.
#[test]
fn terminated_in_the_middle_of_each() {
    for case in cases() {
        let expected = require!(case.expected(), "a PostgreSQL server");
        let lab = case.lab().unwrap();
        let reader = case.reader(&lab);
        let runner = lab.cmd(&["up"]).start();
        lab.wait_for(case.name, WAITING);
        let _ = lab.db.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ 'CONCURRENTLY' \
             AND application_name LIKE 'surefoot%' AND datname = current_database()",
        );
        wait_for("another try", || runner.stderr().contains("retry") || lab.db.one(WAITING) == "t");
        std::thread::sleep(Duration::from_millis(100));
        reader.end();
        let output = runner.wait();
        assert_eq!(output.code, Some(0), "{}: {output}", case.name);
        lab.applied_once(&["001"], case.name);
        lab.ended_as(&expected, case.name);
    }
}

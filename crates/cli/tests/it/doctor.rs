//! `doctor`: what is wrong is seen, named, and comes with a remedy.

use surefoot_testkit::{Cluster, ClusterOptions, Major, Project, TestDb, require};

use crate::surefoot;

fn project(url: &str) -> Project {
    Project::new()
        .file("migrations/001_create_a.sql", "CREATE TABLE a (id int, b int);\n")
        .file("surefoot.toml", format!("[project]\nname = \"shop\"\n[environments.development]\nurl = \"{url}\"\n"))
}

/// The lines of one check.
fn check(output: &str, name: &str) -> String {
    let mut lines =
        output.lines().skip_while(|l| !l.get(2..).is_some_and(|l| l.contains(name) && !l.starts_with("  ")));
    let first = lines.next().unwrap_or_else(|| panic!("no check {name}:\n{output}")).to_owned();
    lines.take_while(|l| l.starts_with("    ")).fold(first, |all, line| all + "\n" + line)
}

#[test]
fn a_healthy_project_is_well() {
    let project = project("embedded");
    let out = surefoot(&project, &["doctor"]).run().success();
    assert!(check(&out.stdout, "server").contains("has no database in"), "{out}");
    assert!(!project.join(".surefoot").exists(), "looking makes no database");
    let _ = surefoot(&project, &["up"]).run().success();
    let out = surefoot(&project, &["doctor", "--json"]).run().success();
    assert!(out.stdout.contains("\"ok\": true"), "{out}");
    assert!(out.stdout.contains("the chain is whole"), "{out}");
}

#[test]
fn what_stands_in_the_way_is_named() {
    let options = ClusterOptions { config: vec!["max_prepared_transactions = 2".into()], ..ClusterOptions::default() };
    let cluster = require!(Cluster::start_with(Major::Any, options), "a PostgreSQL server");
    let url = cluster.url("postgres").replacen("postgres@", "postgres:s3cret@", 1);
    let project = project(&url);
    let _ = surefoot(&project, &["up"]).run().success();
    let _ = cluster.sql("postgres", "INSERT INTO a VALUES (1, 1), (1, 2)");
    let _ = cluster.try_sql("postgres", "CREATE UNIQUE INDEX CONCURRENTLY a_id ON a (id)");
    let _ = cluster.sql("postgres", "BEGIN; DELETE FROM a WHERE b = 1; PREPARE TRANSACTION 'left over'");
    // Holds the migration lock, in an open transaction.
    project.write("migrations/002_slow.sql", "SELECT pg_sleep(30);\n");
    let mut holder = surefoot(&project, &["up"]).start();
    holder.wait_until(|_| {
        cluster.sql("postgres", "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(30)'")
            == [["1"]]
    });
    let out = surefoot(&project, &["doctor"]).run().success();
    assert!(check(&out.stdout, "! indexes").contains("DROP INDEX CONCURRENTLY public.a_id"), "{out}");
    assert!(check(&out.stdout, "! prepared transactions").contains("ROLLBACK PREPARED 'left over';"), "{out}");
    assert!(check(&out.stdout, "! migration lock").contains("surefoot shop"), "{out}");
    assert!(check(&out.stdout, "✓ server").contains(&format!("PostgreSQL {}", cluster.major())), "{out}");
    holder.interrupt();
    let _ = holder.wait();
    for format in ["human", "json"] {
        let out = surefoot(&project, &["doctor", "--format", format]).run();
        assert!(!out.to_string().contains("s3cret"), "{out}");
    }
    cluster.stop();
    let out = surefoot(&project, &["doctor"]).run().code(2);
    assert!(check(&out.stdout, "✗ server").contains("cannot connect to postgres://postgres@127.0.0.1"), "{out}");
    assert!(!out.to_string().contains("s3cret"), "{out}");
}

#[test]
fn what_the_role_may_not_do_is_told_before_a_run_fails() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let (role, url) = db.ordinary_role();
    db.sql(&format!("REVOKE CREATE ON DATABASE \"{}\" FROM \"{role}\"", db.name()));
    let project = project(&url)
        .file("migrations/002_create_nonesuch.sql", "CREATE EXTENSION nonesuch;\n")
        .file("migrations/003_create_file_fdw.sql", "-- surefoot: role elevated\nCREATE EXTENSION file_fdw;\n");
    let out = surefoot(&project, &["doctor"]).run().code(2);
    assert!(check(&out.stdout, "✗ role").contains("GRANT CREATE ON DATABASE"), "{out}");
    assert!(check(&out.stdout, "! elevated role").contains("003 asks for it"), "{out}");
    let extensions = check(&out.stdout, "✗ extensions");
    assert!(extensions.contains("nonesuch, which 002 creates, is not on the server"), "{out}");
    db.sql(&format!("ALTER ROLE \"{role}\" SET default_transaction_read_only = on; ALTER ROLE \"{role}\" SET synchronous_commit = off"));
    let out = surefoot(&project, &["doctor"]).run().code(2);
    assert!(out.stdout.contains("✗ writable"), "{out}");
    assert!(check(&out.stdout, "! settings").contains("synchronous_commit is off"), "{out}");
}

#[test]
fn an_altered_journal_and_a_broken_project_fail() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = project(&db.url());
    let _ = surefoot(&project, &["up"]).run().success();
    db.sql("ALTER TABLE surefoot.events DISABLE TRIGGER append_only; UPDATE surefoot.events SET body = replace(body, 'create_a', 'create_z')");
    let out = surefoot(&project, &["doctor"]).run().code(2);
    assert!(check(&out.stdout, "✗ journal").contains("altered"), "{out}");
    project.write("migrations/001_again.sql", "SELECT 1;\n");
    let out = surefoot(&project, &["doctor"]).run().code(2);
    assert!(check(&out.stdout, "✗ migrations").contains("001_again.sql"), "{out}");
    project.write("surefoot.toml", "[projekt]\n");
    let out = surefoot(&project, &["doctor"]).run().code(2);
    assert!(check(&out.stdout, "✗ project").contains("projekt"), "{out}");
}

#[test]
fn every_version_answers_every_question() {
    for major in [13, 14, 16, 17, 18] {
        let Some(db) = TestDb::new(Major::Is(major)) else { continue };
        let project = project(&db.url());
        let _ = surefoot(&project, &["up"]).run().success();
        let out = surefoot(&project, &["doctor"]).run().success();
        assert!(!out.stdout.contains("could not be looked at"), "{out}");
        assert!(check(&out.stdout, "✓ server").contains(&format!("PostgreSQL {major}")), "{out}");
    }
}

//! `wait` and `check-version`, as a service calls them: a URL, an id, no files, no rights.

use std::time::Duration;

use surefoot_testkit::{Cluster, Major, Project, TestDb, require};

use crate::surefoot;

fn project(url: &str) -> Project {
    Project::new()
        .file("migrations/005_create_a.sql", "CREATE TABLE a (id int);\n")
        .file("migrations/006_create_b.sql", "CREATE TABLE b (id int);\n")
        .file("migrations/007_add_c.sql", "ALTER TABLE b ADD c int;\n")
        .file("migrations/007_add_c.rollback.sql", "ALTER TABLE b DROP c;\n")
        .file(
            "surefoot.toml",
            format!("[project]\nname = \"derm-cds\"\n[environments.production]\nurl = \"{url}\"\n[application]\nversion = \"1.4.0\"\n"),
        )
}

#[test]
fn a_reader_with_nothing_but_select_checks_the_version() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = project(&db.url());
    let reader = format!("{}_reader", db.name());
    db.cluster().create_role(&reader);
    let url = db.cluster().url_as(&reader, db.name());
    let service = Project::new();
    let check = |args: &[&str]| surefoot(&service, &[&["check-version", "--url", &url], args].concat()).run();

    let out = check(&["--at-least", "007"]).code(2);
    assert_eq!(
        out.stdout,
        format!(
            "surefoot: no journal in database {}: NOT READY: there is no journal (schema surefoot), so 007 is missing\n",
            db.name()
        )
    );
    let _ = surefoot(&project, &["up", "--to", "006"]).run().success();
    let out = check(&["--at-least", "007"]).code(1);
    assert!(out.stderr.contains("may not read the journal"), "{out}");
    db.sql(&format!(
        "GRANT USAGE ON SCHEMA surefoot TO \"{reader}\"; GRANT SELECT ON ALL TABLES IN SCHEMA surefoot TO \"{reader}\""
    ));
    let events = db.one("SELECT count(*) FROM surefoot.events");

    let out = check(&["--at-least", "007"]).code(2);
    assert!(out.stdout.ends_with(": NOT READY: 007 is not applied\n"), "{out}");
    let out = check(&["--at-least", "6", "--exact"]).success();
    assert!(
        out.stdout.starts_with(&format!(
            "surefoot: derm-cds database {} at 006 create_b (application 1.4.0, applied 2",
            db.name()
        )),
        "{out}"
    );
    assert!(out.stdout.ends_with(" by postgres): ok\n"), "{out}");
    assert_eq!(out.stderr, "");
    assert!(out.took < Duration::from_secs(2), "{out}");
    let out = check(&["--at-least", "006", "--project-name", "another"]).code(1);
    assert!(out.stderr.contains("belongs to project \"derm-cds\""), "{out}");
    let out = check(&["--at-least", "006", "--schema", "elsewhere"]).code(2);
    assert!(out.stdout.contains("schema elsewhere"), "{out}");

    let _ = surefoot(&project, &["up"]).run().success();
    let _ = check(&["--at-least", "006"]).success();
    let out = check(&["--at-least", "006", "--exact", "--json"]).code(2);
    assert!(out.stdout.contains("\"ahead\": [\n    \"007\"\n  ]"), "{out}");
    let events_after = db.one("SELECT count(*) FROM surefoot.events");
    assert_eq!(events_after.parse::<u32>().unwrap(), events.parse::<u32>().unwrap() + 1);
    let _ = surefoot(&project, &["down"]).run().success();
    let out = check(&["--at-least", "007"]).code(2);
    assert!(out.stdout.contains("007 is rolled back"), "{out}");
    db.sql(&format!("DROP OWNED BY \"{reader}\"; DROP ROLE \"{reader}\""));
}

#[test]
fn with_files_every_one_of_them_must_be_there() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = project(&db.url());
    let _ = surefoot(&project, &["up", "--to", "5"]).run().success();
    let out = surefoot(&project, &["check-version"]).run().code(2);
    assert!(out.stdout.starts_with("surefoot: derm-cds production at 005 create_a"), "{out}");
    assert!(out.stdout.contains("NOT READY: 006, 007 are not applied"), "{out}");
    let out = surefoot(&project, &["wait", "--timeout", "1s"]).run().code(1);
    assert!(out.stderr.contains("not ready after 1 s: 006, 007 are not applied; production is at 005"), "{out}");
    let _ = surefoot(&project, &["up"]).run().success();
    let _ = surefoot(&project, &["check-version", "--exact"]).run().success();
    // The program is older than the schema.
    project.remove("migrations/007_add_c.sql");
    project.remove("migrations/007_add_c.rollback.sql");
    let _ = surefoot(&project, &["check-version"]).run().success();
    let out = surefoot(&project, &["check-version", "--exact"]).run().code(2);
    assert!(out.stdout.contains("it is ahead: 007"), "{out}");
}

#[test]
fn waits_for_a_server_that_is_down_and_a_migration_that_comes() {
    let cluster = require!(Cluster::start(Major::Any), "a PostgreSQL server");
    let url = cluster.url("postgres");
    let project = project(&url);
    cluster.stop();
    let service = Project::new();
    let mut waiting = surefoot(&service, &["wait", "--for", "007", "--timeout", "50s", "--url", &url]).start();
    waiting.wait_until(|w| w.stderr().contains("refused"));
    cluster.restart();
    waiting.wait_until(|w| w.stderr().contains("there is no journal"));
    let _ = surefoot(&project, &["up", "--to", "006"]).run().success();
    waiting.wait_until(|w| w.stderr().contains("007 is not applied; database postgres is at 006"));
    let _ = surefoot(&project, &["up"]).run().success();
    let out = waiting.wait().success();
    assert!(out.stdout.starts_with("surefoot: derm-cds database postgres at 007 add_c"), "{out}");
    assert_eq!(out.stdout.lines().count(), 1, "{out}");

    cluster.stop();
    let out = surefoot(&service, &["wait", "--for", "007", "--timeout", "1s", "--url", &url, "--json"]).run().code(1);
    assert!(out.stdout.contains("\"code\": \"not-ready\""), "{out}");
    let running = surefoot(&service, &["wait", "--for", "007", "--url", &url]).start();
    std::thread::sleep(Duration::from_millis(300));
    running.interrupt();
    let _ = running.wait().code(130);
}

#[test]
fn says_what_is_missing_on_the_command_line() {
    let service = Project::new();
    let out = surefoot(&service, &["check-version", "--at-least", "007"]).run().code(64);
    assert!(out.stderr.contains("DATABASE_URL"), "{out}");
    let out = surefoot(&service, &["wait", "--timeout", "soon", "--for", "1"]).run().code(64);
    assert!(out.stderr.contains("--timeout"), "{out}");
}

#[test]
fn a_standby_is_read_and_never_changed() {
    let cluster = require!(Cluster::start(Major::Any), "a PostgreSQL server");
    let project = project(&cluster.url("postgres")).file("seeds/production.sql", "SELECT 1;\n");
    let _ = surefoot(&project, &["up"]).run().success();
    cluster.stop();
    // A server with this file starts as a standby; that there is no primary to follow does not matter to its readers.
    std::fs::write(cluster.data().join("standby.signal"), "").expect("write");
    cluster.restart();
    let _ = surefoot(&project, &["check-version"]).run().success();
    let _ = surefoot(&project, &["wait", "--for", "7", "--timeout", "5s"]).run().success();
    let out = surefoot(&project, &["doctor"]).run().code(2);
    assert!(out.stdout.contains("✗ writable"), "{out}");
    assert!(out.stdout.contains("the server is a standby"), "{out}");
    for command in [&["seed"][..], &["reset", "--force"]] {
        let out = surefoot(&project, command).run().code(3);
        assert!(out.stderr.contains("is a standby: it accepts no changes"), "{out}");
    }
}

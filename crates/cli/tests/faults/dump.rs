//! `dump` and `load`: what comes out goes in again, and nothing half-way is ever left.

use std::path::Path;

use surefoot_testkit::{Major, Project, TestDb, require};

use crate::lab::{end, surefoot};

/// Values that have been lost on such ways before, and objects that stand in the way of rows.
const NASTY: &str = include_str!("nasty.sql");

fn run(project: &Project, args: &[&str]) -> surefoot_testkit::Output {
    project.command(surefoot()).args(args).run()
}

fn done(project: &Project, args: &[&str]) {
    let _ = run(project, args).success();
}

/// Dumps a database as a file and as a folder, loads each, and compares; gives the file.
fn goes_round(project: &Project, from: &TestDb, what: &str) -> String {
    for out in ["dump.sql", "dump/"] {
        done(project, &["dump", &from.url(), "--ordered", "--out", out]);
        let to = TestDb::new(Major::Any).expect("a second database");
        done(project, &["load", out, "--url", &to.url()]);
        let (before, after) = (end(&from.url()), end(&to.url()));
        assert_eq!(after.catalog(), before.catalog(), "{what}: {out}");
        assert_eq!(after.rows, before.rows, "{what}: {out}");
    }
    std::fs::read_to_string(project.join("dump.sql")).expect("the dump")
}

#[test]
fn every_kind_of_value_and_object_goes_round() {
    let from = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    from.cluster().create_role("dump_reader");
    from.sql(NASTY);
    let project = Project::new();
    let text = goes_round(&project, &from, "nasty");
    // The same rows give the same file.
    done(&project, &["dump", &from.url(), "--ordered", "--out", "again.sql"]);
    assert_eq!(std::fs::read_to_string(project.join("again.sql")).expect("the second dump"), text);
    let sequences = "SELECT string_agg(sequencename || ' ' || last_value, ', ' ORDER BY sequencename) FROM pg_sequences \
                     WHERE last_value IS NOT NULL";
    let to = TestDb::new(Major::Any).expect("a second database");
    done(&project, &["load", "dump.sql", "--url", &to.url()]);
    assert_eq!(to.one(sequences), from.one(sequences));
    assert_eq!(to.one("SELECT c::text FROM counted"), "20");
    // Into a database that holds it already: refused, and then nothing is changed.
    let refused = run(&project, &["load", "dump.sql", "--url", &to.url()]).code(3);
    assert!(refused.stderr.contains("is not empty: it holds"), "{refused}");
}

fn example(name: &str, extension: Option<&str>) {
    let from = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    if let Some(extension) = extension
        && !from.cluster().has_extension(extension)
    {
        surefoot_testkit::pass_over(&format!("{name} needs the extension {extension}"));
        return;
    }
    let project = Project::copy_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name));
    let up = |db: &TestDb| {
        let command = project.command(surefoot()).args(["up", "--yes"]);
        command.env("SUREFOOT_URL", db.url()).env("SUREFOOT_ELEVATED_URL", db.url()).run().success()
    };
    let _ = up(&from);
    goes_round(&project, &from, name);
    // The journal came along: the copy knows that nothing is left to do.
    let to = TestDb::new(Major::Any).expect("a second database");
    done(&project, &["load", "dump.sql", "--url", &to.url()]);
    let again = up(&to);
    assert!(again.stdout.contains("Nothing to apply"), "{again}");
}

#[test]
fn clinical_trial_diary() {
    example("clinical-trial-diary", None);
}

#[test]
fn dentamind() {
    example("dentamind", None);
}

#[test]
fn derm_cds() {
    example("derm-cds", Some("vector"));
}

#[test]
fn medical_record() {
    example("medical-record", None);
}

#[test]
fn warehouse() {
    example("warehouse", None);
}

#[test]
fn rows_that_are_hidden_are_not_left_out_in_silence() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let (role, _) = db.ordinary_role();
    db.sql(&format!(
        "CREATE TABLE secret (a int); ALTER TABLE secret ENABLE ROW LEVEL SECURITY; GRANT SELECT ON secret TO \"{role}\""
    ));
    let project = Project::new();
    let url = db.cluster().url_as(&role, db.name());
    let refused = run(&project, &["dump", &url, "--out", "dump.sql"]).code(3);
    assert!(refused.stderr.contains("row-level security would hide rows"), "{refused}");
    let left: Vec<_> = std::fs::read_dir(project.path()).expect("the folder").collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_load_that_dies_leaves_nothing() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let rows: String = (0..400_000).map(|i| format!("{i}\tsome text\n")).collect();
    let project = Project::new().file(
        "dump.sql",
        format!(
            "CREATE TABLE t (a int, b text);\nCOPY t FROM stdin;\n{rows}\\.\nSELECT pg_sleep(30);\nCREATE TABLE u (a int);\n"
        ),
    );
    let running = project.command(surefoot()).args(["load", "dump.sql", "--url", &db.url()]).start();
    let busy = format!(
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = '{}' AND query LIKE '%pg_sleep%' \
         AND pid <> pg_backend_pid())",
        db.name()
    );
    crate::lab::wait_for("the load to be under way", || db.one(&busy) == "t");
    running.kill9();
    // The server notices when the statement is over; it is not waited for.
    db.sql(&format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}' AND pid <> pg_backend_pid()",
        db.name()
    ));
    let none = || db.one("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == "0";
    crate::lab::wait_for("the server to roll back", none);
    // And a file that is cut off is not begun.
    project.write("cut.sql", "CREATE TABLE t (a int);\nCOPY t FROM stdin;\n1\n2\n");
    let refused = run(&project, &["load", "cut.sql", "--url", &db.url()]).code(3);
    assert!(refused.stderr.contains("cut.sql:2: the rows of this COPY have no end"), "{refused}");
    assert!(none());
}

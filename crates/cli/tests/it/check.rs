//! `check`: a history is proven, and what is wrong with one is named.

use std::path::Path;
use std::time::Duration;

use insta::assert_snapshot;
use serde_json::Value;
use surefoot::devdb::{Surroundings, find_binaries};
use surefoot_testkit::{Cluster, Cmd, Major, Project, require};

use crate::{said, surefoot};

fn project(down: &str) -> Project {
    Project::new()
        .file("surefoot.toml", "[project]\nname = \"proof <&> \\\"1\\\"\"\n")
        .file("migrations/001_a.sql", "CREATE TABLE a (id int);\n")
        .file("migrations/001_a.down.sql", "DROP TABLE a;\n")
        .file("migrations/002_b.sql", "CREATE TABLE b (id int, name text);\nCREATE INDEX b_name ON b (name);\n")
        .file("migrations/002_b.down.sql", down)
        .file("migrations/003_c.sql", "CREATE TABLE c (id int);\n")
        .file("migrations/003_c.down.sql", "DROP TABLE c;\n")
}

fn check(project: &Project, place: &Place, args: &[&str]) -> Cmd {
    let url = place.url();
    let args: Vec<&str> = ["check", "--on", &url].iter().chain(args).copied().collect();
    surefoot(project, &args)
}

fn check_said(project: &Project, place: &Place, args: &[&str]) -> String {
    let url = place.url();
    let args: Vec<&str> = ["check", "--on", &url].iter().chain(args).copied().collect();
    let major = place.0.major().to_string();
    let version = place
        .0
        .sql("postgres", "SHOW server_version")
        .concat()
        .concat()
        .split(' ')
        .next()
        .unwrap_or_default()
        .to_owned();
    said(project, &args).replace(&version, "<version>").replace(&format!("PostgreSQL {major}"), "PostgreSQL <version>")
}

/// A report is well-formed and counts its cases: returns tests, failures, skipped.
fn junit(xml: &str) -> (usize, usize, usize) {
    let mut open: Vec<String> = Vec::new();
    let mut counts = (0, 0, 0);
    let mut rest = xml;
    while let Some(start) = rest.find('<') {
        assert!(!rest[..start].contains('>'), "a stray > in {xml}");
        let text = rest[..start].replace("&amp;", "").replace("&lt;", "").replace("&gt;", "").replace("&quot;", "");
        assert!(!text.contains('&'), "a stray & in {text}");
        let end = start + rest[start..].find('>').unwrap_or_else(|| panic!("a tag without end in {xml}"));
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if tag.starts_with('?') {
            continue;
        }
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name), "{xml}");
            continue;
        }
        let name = tag.trim_end_matches('/').split_whitespace().next().unwrap_or_default().to_owned();
        match name.as_str() {
            "testcase" => counts.0 += 1,
            "failure" => counts.1 += 1,
            "skipped" => counts.2 += 1,
            _ => {}
        }
        if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?} not closed in {xml}");
    let head = format!("tests=\"{}\" failures=\"{}\" skipped=\"{}\"", counts.0, counts.1, counts.2);
    assert!(xml.contains(&head), "{head} is not in {xml}");
    counts
}

/// A server of its own: what is left on it was left by the test.
struct Place(Cluster);

impl Place {
    fn new() -> Option<Self> {
        let cluster = Cluster::start(Major::Any)?;
        cluster.create_database("target");
        Some(Self(cluster))
    }

    fn url(&self) -> String {
        self.0.url("target")
    }

    fn databases(&self) -> String {
        self.0.sql("postgres", "SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1").concat().join(" ")
    }
}

#[test]
fn what_is_proven_and_what_is_not() {
    let place = require!(Place::new(), "a PostgreSQL server");
    let project = project("DROP TABLE b;\n");
    assert_snapshot!(check_said(&project, &place, &["--junit", "report.xml"]), @r#"
    exit code 0
    ----- stdout
      ✓ 001 a  1 object, <duration>
      ✓ 002 b  1 object, <duration>
      ✓ 003 c  1 object, <duration>
      ✓ down to base and up again
    Passed: 3 of 3 rollbacks proven on scratch database on PostgreSQL <version> in <duration>. asked for
    ----- stderr
    proof <&> "1": up, down and up again for each of 3 migrations
    "#);
    assert_eq!(junit(&project.read("report.xml")), (4, 0, 0));
    let json: Value = serde_json::from_str(&check(&project, &place, &["--json"]).run().success().stdout).unwrap();
    assert_eq!(json["passed"], true);
    assert_eq!(json["down_to_base_and_up_again"]["result"], "proven");
    assert_eq!(json["migrations"][1]["rollback"], "proven");

    // Does nothing.
    project.write("migrations/002_b.down.sql", "SELECT 1;\n");
    assert_snapshot!(check_said(&project, &place, &["--junit", "report.xml"]), @r#"
    exit code 2
    ----- stdout
      ✓ 001 a  1 object, <duration>
      ✗ 002 b  1 object, <duration>  the rollback leaves another schema:
          table public.b: extra
            + OWNER TO postgres
      ✓ 003 c  1 object, <duration>
      ✗ the base differs from the empty database:
          table public.b: extra
            + OWNER TO postgres
    Not passed: 2 of 3 rollbacks proven on scratch database on PostgreSQL <version> in <duration>. asked for
    ----- stderr
    proof <&> "1": up, down and up again for each of 3 migrations
    "#);
    let counts = junit(&project.read("report.xml"));
    assert!(counts.1 >= 1, "{counts:?}");
    // Leaves another schema.
    project.write("migrations/002_b.down.sql", "DROP TABLE b;\nCREATE VIEW left_over AS SELECT id FROM a;\n");
    project.write("migrations/002_b.sql", "DROP VIEW IF EXISTS left_over;\nCREATE TABLE b (id int);\n");
    assert_snapshot!(check_said(&project, &place, &[]), @r#"
    exit code 2
    ----- stdout
      ✓ 001 a  1 object, <duration>
      ✗ 002 b  1 object, <duration>  the rollback leaves another schema:
          view public.left_over: extra
            +  SELECT a.id
            +    FROM public.a;
            + COLUMNS (id integer)
            + OWNER TO postgres
      ✓ 003 c  1 object, <duration>
      ✗ down to base and up again: migrations/001_a.down.sql:1:1: cannot drop table a because other objects depend on it (SQLSTATE 2BP01)
    Not passed: 2 of 3 rollbacks proven on scratch database on PostgreSQL <version> in <duration>. asked for
    ----- stderr
    proof <&> "1": up, down and up again for each of 3 migrations
    "#);
    // Fails.
    project.write("migrations/002_b.down.sql", "DROP TABLE b, missing;\n");
    assert_snapshot!(check_said(&project, &place, &["--junit", "report.xml"]), @r#"
    exit code 2
    ----- stdout
      ✓ 001 a  1 object, <duration>
      ✗ 002 b  1 object, <duration>  the rollback fails: migrations/002_b.down.sql:1:1: table "missing" does not exist (SQLSTATE 42P01)
      ✓ 003 c  1 object, <duration>
      ✗ down to base and up again: migrations/002_b.down.sql:1:1: table "missing" does not exist (SQLSTATE 42P01)
    Not passed: 2 of 3 rollbacks proven on scratch database on PostgreSQL <version> in <duration>. asked for
    ----- stderr
    proof <&> "1": up, down and up again for each of 3 migrations
    "#);
    let counts = junit(&project.read("report.xml"));
    assert!(counts.1 >= 1, "{counts:?}");
    // Is missing.
    project.remove("migrations/002_b.down.sql");
    assert_snapshot!(check_said(&project, &place, &["--junit", "report.xml"]), @r#"
    exit code 2
    ----- stdout
      ✓ 001 a  1 object, <duration>
      ✗ 002 b  1 object, <duration>  no rollback
      ✓ 003 c  1 object, <duration>
      - down to base and up again: not tried, no rollback for 002
    Not passed: 2 of 3 rollbacks proven on scratch database on PostgreSQL <version> in <duration>. asked for
    ----- stderr
    proof <&> "1": up, down and up again for each of 3 migrations
    "#);
    assert_eq!(junit(&project.read("report.xml")), (4, 1, 1));
    let _ = check(&project, &place, &["--allow-no-down", "--junit", "report.xml"]).run().success();
    assert_eq!(junit(&project.read("report.xml")), (4, 0, 2));
    // Lets nobody up again.
    project.write("migrations/002_b.sql", "CREATE TABLE b (id int);\nSELECT 1 / (last_value = 1)::int FROM (SELECT nextval('counter') AS last_value) n;\n");
    project.write("migrations/001_a.sql", "CREATE TABLE a (id int);\nCREATE SEQUENCE counter;\n");
    project.write("migrations/001_a.down.sql", "DROP TABLE a;\nDROP SEQUENCE counter;\n");
    project.write("migrations/002_b.down.sql", "DROP TABLE b;\n");
    assert_snapshot!(check_said(&project, &place, &["--junit", "report.xml"]), @r#"
    exit code 2
    ----- stdout
      ✓ 001 a  2 objects, <duration>
      ✗ 002 b  1 object, <duration>  after its rollback it does not apply again: migrations/002_b.sql:2:1: division by zero (SQLSTATE 22012)
      - down to base and up again: not tried, migration 002 does not go down and up again
    Not passed: 1 of 2 rollbacks proven on scratch database on PostgreSQL <version> in <duration>. asked for
    ----- stderr
    proof <&> "1": up, down and up again for each of 3 migrations
    "#);
    let counts = junit(&project.read("report.xml"));
    assert!(counts.1 >= 1, "{counts:?}");
    // Does not go up at all.
    project.write("migrations/002_b.sql", "INSERT INTO missing VALUES ('<&>');\n");
    assert_snapshot!(check_said(&project, &place, &["--junit", "report.xml"]), @r#"
    exit code 1
    ----- stdout
      ✓ 001 a  2 objects, <duration>
      - down to base and up again: not tried, migration 002 does not apply
    Not passed: 1 of 1 rollback proven on scratch database on PostgreSQL <version> in <duration>. asked for
    ----- stderr
    proof <&> "1": up, down and up again for each of 3 migrations
    error: migrations/002_b.sql:1:13: relation "missing" does not exist (SQLSTATE 42P01)
    1 | INSERT INTO missing VALUES ('<&>');
      |             ^
    state: 002 is as it was before: what this run did to it was rolled back
    "#);
    assert_eq!(junit(&project.read("report.xml")), (3, 1, 1));
    let output = check(&project, &place, &["--json"]).run().code(1);
    let json: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|e| panic!("{e}: {output}"));
    assert_eq!(json["error"]["code"], "statement");
    assert_eq!(place.databases(), "postgres target");
    let _ = check(&project, &place, &["--junit", "no/such/folder/report.xml"]).run().code(1);
    let schemas = place.0.sql("target", "SELECT count(*) FROM pg_namespace WHERE nspname = 'surefoot'");
    assert_eq!(schemas, [["0"]], "the target was touched");
    assert_eq!(place.databases(), "postgres target");
}

#[test]
fn places_to_check_on() {
    let project = project("DROP TABLE b;\n");
    let output = surefoot(&project, &["check", "--on", "embedded"]).run().success();
    assert!(output.stdout.contains("embedded PostgreSQL"), "{output}");
    assert!(!project.join(".surefoot").exists());
    if find_binaries(&Surroundings::of_process()).is_empty() {
        let _ = surefoot(&project, &["check", "--on", "local"]).run().code(3);
    } else {
        let output = surefoot(&project, &["check", "--on", "local"]).run().success();
        assert!(output.stdout.contains("private PostgreSQL"), "{output}");
    }
    let _ = surefoot(&project, &["check", "--on", "postgres://nobody@127.0.0.1:1/none"]).run().code(1);
}

fn example(name: &str) -> Project {
    Project::copy_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name))
}

const EXAMPLES: [&str; 5] = ["medical-record", "clinical-trial-diary", "dentamind", "derm-cds", "warehouse"];

#[test]
fn the_examples_are_proven() {
    for name in ["medical-record", "dentamind"] {
        let output = surefoot(&example(name), &["check", "--on", "embedded", "--junit", "report.xml"])
            .timeout(Duration::from_secs(300))
            .run();
        assert_eq!(output.code, Some(0), "{name} on embedded: {output}");
    }
    let found = find_binaries(&Surroundings::of_process());
    let first = require!(found.first(), "PostgreSQL binaries");
    for name in EXAMPLES {
        if name == "derm-cds" && !first.extensions().iter().any(|e| e == "vector") {
            surefoot_testkit::pass_over("derm-cds on local binaries needs pgvector");
            continue;
        }
        let project = example(name);
        let output = surefoot(&project, &["check", "--on", "local", "--junit", "report.xml"])
            .timeout(Duration::from_secs(300))
            .run();
        assert_eq!(output.code, Some(0), "{name} on local binaries: {output}");
        let counts = junit(&project.read("report.xml"));
        assert!(counts.0 > 2 && counts.1 == 0, "{name}: {counts:?}");
    }
}

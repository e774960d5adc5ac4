//! `history`, `log` and `current`.

use insta::assert_snapshot;
use serde_json::Value;
use surefoot_testkit::Project;

use crate::{said, surefoot};

#[test]
fn looking_creates_nothing() {
    let project = Project::new().file("migrations/001_create_users.sql", "CREATE TABLE users (id int);\n");
    assert_snapshot!(said(&project, &["history"]), @r"
    exit code 0
    ----- stdout
    No history yet.
    ----- stderr
    <name> → development embedded PostgreSQL (.surefoot/db)
    ");
    assert_snapshot!(said(&project, &["history", "1"]), @r"
    exit code 0
    ----- stdout
    No history of 001 yet.
    ----- stderr
    <name> → development embedded PostgreSQL (.surefoot/db)
    ");
    assert_snapshot!(said(&project, &["history", "--json"]), @r#"
    exit code 0
    ----- stdout
    {
      "command": "history",
      "environment": "development",
      "target": "embedded PostgreSQL (.surefoot/db)",
      "events": []
    }
    ----- stderr
    "#);
    assert_snapshot!(said(&project, &["history", "2"]), @r"
    exit code 64
    ----- stdout
    ----- stderr
    <name> → development embedded PostgreSQL (.surefoot/db)
    error: there is no migration `2`
    hint: `surefoot status` lists the migrations
    ");
    assert_snapshot!(said(&project, &["log"]), @r"
    exit code 0
    ----- stdout
    ----- stderr
    ");
    assert_snapshot!(said(&project, &["current"]), @r"
    exit code 0
    ----- stdout
    none
    ----- stderr
    ");
    assert_snapshot!(said(&project, &["current", "--json"]), @r#"
    exit code 0
    ----- stdout
    {
      "command": "current",
      "environment": "development",
      "target": "embedded PostgreSQL (.surefoot/db)",
      "current": null
    }
    ----- stderr
    "#);
    assert_eq!(project.files(), ["migrations/001_create_users.sql"]);
}

#[test]
fn what_happened_is_told() {
    let project = Project::new()
        .file("migrations/001_create_users.sql", "CREATE TABLE users (id int);\n")
        .file("migrations/001_create_users.rollback.sql", "DROP TABLE users;\n")
        .file("migrations/002_add_email.sql", "ALTER TABLE users ADD email text;\n")
        .file("migrations/002_add_email.rollback.sql", "ALTER TABLE users DROP emial;\n")
        .file("migrations/003_divide.sql", "SELECT 1/0;\n");
    let _ = surefoot(&project, &["up"]).run().code(1);
    let _ = surefoot(&project, &["down"]).run().code(1);

    let events = |args: &[&str]| -> Vec<(u64, String, String)> {
        let json: Value = serde_json::from_str(&surefoot(&project, args).run().success().stdout).unwrap();
        let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
        json["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| {
                assert_eq!(e["body"]["seq"], e["seq"]);
                (e["seq"].as_u64().unwrap(), text(&e["kind"]), text(&e["migration"]))
            })
            .collect()
    };
    let row = |seq: u64, kind: &str, migration: &str| (seq, kind.to_owned(), migration.to_owned());
    assert_eq!(
        events(&["history", "--json"]),
        [
            row(5, "failed", "002"),
            row(4, "failed", "003"),
            row(3, "applied", "002"),
            row(2, "applied", "001"),
            row(1, "created", "")
        ]
    );
    assert_eq!(events(&["history", "--json", "-n", "1"]), [row(5, "failed", "002")]);
    assert_eq!(events(&["history", "--json", "2"]), [row(5, "failed", "002"), row(3, "applied", "002")]);
    assert_eq!(events(&["history", "--json", "add_email", "-n", "1"]), [row(5, "failed", "002")]);

    let human = surefoot(&project, &["history"]).run().success().stdout;
    let first = human.lines().next().unwrap();
    assert!(first.contains("failed") && first.contains("002 add_email") && first.contains("42703"), "{human}");
    assert!(human.lines().all(|line| line == line.trim_end()), "{human}");

    let log = |args: &[&str]| -> Vec<Value> {
        let out = surefoot(&project, args).run().success().stdout;
        out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let all = log(&["log"]);
    assert_eq!(all.len(), 5);
    assert!(all[1]["duration_ms"].is_u64(), "{}", all[1]);
    assert_eq!(all[1]["role"], "postgres");
    assert_eq!(all[3]["error"]["code"], "22012");
    assert_eq!(log(&["log", "--after", "3"]).len(), 2);
    assert_eq!(log(&["log", "--after", "5"]).len(), 0);

    // A file that is gone, or files that cannot be read, hide nothing.
    project.remove("migrations/003_divide.sql");
    assert_eq!(events(&["history", "--json", "003"]), [row(4, "failed", "003")]);
    project.write("migrations/002_again.sql", "SELECT 1;\n");
    assert_eq!(events(&["history", "--json"]).len(), 5);
    assert_eq!(log(&["log"]).len(), 5);
}

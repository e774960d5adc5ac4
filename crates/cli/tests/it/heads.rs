//! `heads`, `merge` and `graph`.

use insta::assert_snapshot;
use surefoot_testkit::Project;

use crate::{said, surefoot};

/// Two branches from one migration.
fn branches() -> Project {
    Project::new()
        .file("migrations/001_create_users.sql", "CREATE TABLE users (id int);\n")
        .file("migrations/001_create_users.down.sql", "DROP TABLE users;\n")
        .file("migrations/002_add_email.sql", "-- surefoot: depends 001\nALTER TABLE users ADD email text;\n")
        .file("migrations/002_add_email.down.sql", "ALTER TABLE users DROP email;\n")
        .file("migrations/003_add_phone.sql", "-- surefoot: depends 001\nALTER TABLE users ADD phone text;\n")
        .file("migrations/003_add_phone.down.sql", "ALTER TABLE users DROP phone;\n")
}

#[test]
fn branches_are_named_and_joined() {
    let project = branches();
    assert_snapshot!(said(&project, &["heads"]), @r"
    exit code 2
    ----- stdout
    002 add_email  migrations/002_add_email.sql
    003 add_phone  migrations/003_add_phone.sql
    ----- stderr
    2 heads: surefoot merge joins them
    ");
    assert_snapshot!(said(&project, &["heads", "--json"]), @r#"
    exit code 2
    ----- stdout
    {
      "command": "heads",
      "heads": [
        {
          "id": "002",
          "name": "add_email",
          "owner": null,
          "file": "migrations/002_add_email.sql"
        },
        {
          "id": "003",
          "name": "add_phone",
          "owner": null,
          "file": "migrations/003_add_phone.sql"
        }
      ]
    }
    ----- stderr
    "#);
    assert_snapshot!(said(&project, &["graph"]), @r"
    exit code 0
    ----- stdout
    *    001  create users
    |-.
    * |  002  add email  <- head
      *  003  add phone  <- head
    ----- stderr
    ");
    assert_snapshot!(said(&project, &["merge", "2"]), @r"
    exit code 64
    ----- stdout
    ----- stderr
    error: 002 alone cannot be merged
    hint: name another head as well: 002, 003
    ");
    assert_snapshot!(said(&project, &["merge", "1", "2"]), @r"
    exit code 64
    ----- stdout
    ----- stderr
    error: 001 is not a head: 002, 003 comes after it
    hint: the heads: 002, 003
    ");
    assert_snapshot!(said(&project, &["merge"]), @r"
    exit code 0
    ----- stdout
    Wrote migrations/004_merge_002_003.sql
    Wrote migrations/004_merge_002_003.down.sql
    It joins 002 and 003.
    ----- stderr
    Next: look at both branches together with surefoot check
    ");
    assert_snapshot!(project.read("migrations/004_merge_002_003.sql"), @r"
    -- Merges branches that were made side by side:
    --   002 add email
    --   003 add phone
    -- surefoot: depends 002 003
    ");
    assert_snapshot!(said(&project, &["heads"]), @r"
    exit code 0
    ----- stdout
    004 merge_002_003  migrations/004_merge_002_003.sql
    ----- stderr
    ");
    assert_snapshot!(said(&project, &["merge"]), @r"
    exit code 0
    ----- stdout
    Nothing to merge: the history has one head at most.
    ----- stderr
    ");
    assert_snapshot!(said(&project, &["merge", "--json"]), @r#"
    exit code 0
    ----- stdout
    {
      "command": "merge",
      "id": null,
      "files": [],
      "after": []
    }
    ----- stderr
    "#);
    assert_snapshot!(said(&project, &["graph"]), @r"
    exit code 0
    ----- stdout
    *    001  create users
    |-.
    * |  002  add email
    | *  003  add phone
    |-'
    *    004  merge 002 003
    ----- stderr
    ");
}

#[test]
fn a_merge_goes_up_and_down() {
    let project = branches();
    let _ = surefoot(&project, &["merge"]).run().success();
    let _ = surefoot(&project, &["up"]).run().success();
    assert_snapshot!(said(&project, &["current"]), @r"
    exit code 0
    ----- stdout
    004 merge_002_003
    ----- stderr
    ");
    assert_snapshot!(said(&project, &["graph", "--state"]), @r"
    exit code 0
    ----- stdout
    *    001  create users  [applied]
    |-.
    * |  002  add email  [applied]
    | *  003  add phone  [applied]
    |-'
    *    004  merge 002 003  [applied]
    ----- stderr
    ");
    let _ = surefoot(&project, &["down", "--to", "base"]).run().success();
    assert_snapshot!(said(&project, &["current"]), @r"
    exit code 0
    ----- stdout
    none
    ----- stderr
    ");
}

#[test]
fn graphs_are_drawn_in_each_form() {
    let project = branches();
    assert_snapshot!(said(&project, &["graph", "--as", "dot"]), @r#"
    exit code 0
    ----- stdout
    digraph migrations {
      rankdir=TB;
      node [shape=box, style="rounded,filled", fillcolor=white, fontname="sans-serif"];
      "001" [label="001\ncreate users", fillcolor="white"];
      "002" [label="002\nadd email", fillcolor="white"];
      "003" [label="003\nadd phone", fillcolor="white"];
      "001" -> "002" [style=solid];
      "001" -> "003" [style=solid];
    }
    ----- stderr
    "#);
    assert_snapshot!(said(&project, &["graph", "--as", "svg", "--output", "graph.svg"]), @r"
    exit code 0
    ----- stdout
    ----- stderr
    Wrote graph.svg
    ");
    assert!(project.read("graph.svg").starts_with("<svg"));
    assert_snapshot!(said(&project, &["graph", "--as", "svg", "-o", "no/graph.svg"]), @r"
    exit code 1
    ----- stdout
    ----- stderr
    error: cannot write no/graph.svg: No such file or directory (os error 2)
    ");
    let json: serde_json::Value =
        serde_json::from_str(&surefoot(&project, &["graph", "--json"]).run().success().stdout).unwrap();
    assert_eq!(json["heads"], serde_json::json!(["002", "003"]));
    assert_eq!(json["migrations"][2]["after"], serde_json::json!([{ "id": "001", "why": "declared" }]));
}

#[test]
fn completions_for_each_shell() {
    let project = Project::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = surefoot(&project, &["completions", shell]).run().success();
        assert!(output.stdout.contains("check-version"), "{shell}");
        assert_eq!(output.stderr, "");
    }
}

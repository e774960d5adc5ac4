//! `status`: how each migration stands.

use insta::assert_snapshot;
use surefoot_testkit::{Major, Project, TestDb, require};

use crate::{on, on_said};

#[test]
fn every_standing() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = Project::new()
        .file("surefoot.toml", "[project]\nname = \"stand\"\n[environments.development]\n[environments.production]\n")
        .file("migrations/010_applied.sql", "CREATE TABLE a (id int);\n")
        .file("migrations/010_applied.down.sql", "DROP TABLE a;\n")
        .file("migrations/020_comments.sql", "CREATE TABLE b (id int);\n")
        .file("migrations/030_changed.sql", "CREATE TABLE c (id int);\n")
        .file("migrations/040_missing.sql", "CREATE TABLE d (id int);\n")
        .file("migrations/060_elsewhere.sql", "-- surefoot: environments production\nCREATE TABLE e (id int);\n")
        .file("migrations/070_reverted.sql", "CREATE TABLE f (id int);\n")
        .file("migrations/070_reverted.down.sql", "BEGIN;\nDROP TABLE f;\nCOMMIT;\nBEGIN;\nSELECT 1 / (count(*) - 1) FROM pg_class WHERE relname = 'g';\nCOMMIT;\n");
    let _ = on(&project, &db, &["up"]).run().success();
    // A rollback that commits half.
    let _ = db.sql("CREATE TABLE g ()");
    let _ = on(&project, &db, &["down"]).run().code(1);
    assert_snapshot!(on_said(&project, &db, &["status"]), @r"
    exit code 2
    ----- stdout
      ✓ 010  applied    <time> <duration>
      ✓ 020  comments   <time> <duration>  no rollback
      ✓ 030  changed    <time> <duration>  no rollback
      ✓ 040  missing    <time> <duration>  no rollback
      - 060  elsewhere  only for production  no rollback
      ◐ 070  reverted   partly rolled back 1 of 2 parts
    development is at 040: 4 applied, 1 partly rolled back of 6 migrations.
    ----- stderr
    stand → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    let _ = on(&project, &db, &["up"]).run().code(3);
    let _ = db.sql("DROP TABLE g");
    let _ = on(&project, &db, &["down"]).run().success();
    project.write("migrations/020_comments.sql", "-- b\nCREATE TABLE b (id int);\n");
    project.write("migrations/030_changed.sql", "CREATE TABLE c (id bigint);\n");
    project.remove("migrations/040_missing.sql");
    project.write("migrations/035_late.sql", "CREATE TABLE h (id int);\n");
    project.write(
        "migrations/080_partial.sql",
        "BEGIN;\nCREATE TABLE i (id int);\nCOMMIT;\nBEGIN;\nSELECT 1 / 0;\nCOMMIT;\nSELECT 2;\n",
    );
    let _ =
        on(&project, &db, &["up", "--allow-changed", "--allow-missing", "--allow-out-of-order", "--to", "080"]).run();
    project.write("migrations/036_late.sql", "CREATE TABLE j (id int);\n");
    project.write("migrations/090_pending.sql", "CREATE TABLE k (id int);\n");
    project.write("migrations/R__view.sql", "SELECT 1;\n");
    assert_snapshot!(on_said(&project, &db, &["status"]), @r"
    exit code 2
    ----- stdout
      ✓ 010      applied    <time> <duration>
      ✓ 020      comments   applied, comments changed  <time> <duration>  no rollback
      ✗ 030      changed    changed  <time> <duration>  no rollback
      ✗ 040      missing    missing  <time> <duration>  no rollback
      ✓ 035      late       <time> <duration>  no rollback
      ✗ 036      late       out of order  no rollback
      - 060      elsewhere  only for production  no rollback
      ✓ 070      reverted   <time> <duration>
      ◐ 080      partial    partial 1 of 3 parts  no rollback
      · 090      pending    pending  no rollback
      · R__view             pending
    development is at 070: 4 applied, 3 pending (1 late), 1 partial, 1 changed after it was applied, 1 without a file of 11 migrations.
    ----- stderr
    stand → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    assert_snapshot!(on_said(&project, &db, &["status", "--pending"]), @r"
    exit code 2
    ----- stdout
      ✗ 030      changed    changed  <time> <duration>  no rollback
      ✗ 040      missing    missing  <time> <duration>  no rollback
      ✗ 036      late       out of order  no rollback
      ◐ 080      partial    partial 1 of 3 parts  no rollback
      · 090      pending    pending  no rollback
      · R__view             pending
    development is at 070: 4 applied, 3 pending (1 late), 1 partial, 1 changed after it was applied, 1 without a file of 11 migrations.
    ----- stderr
    stand → development postgres://postgres@127.0.0.1:<port>/<db>
    ");
    assert_snapshot!(on_said(&project, &db, &["status", "--json"]), @r#"
    exit code 2
    ----- stdout
    {
      "command": "status",
      "environment": "development",
      "target": "postgres://postgres@127.0.0.1:<port>/<db>",
      "current": "070",
      "applied": 4,
      "pending": 3,
      "heads": [],
      "journal_problem": null,
      "checkpoints": [],
      "migrations": [
        {
          "id": "010",
          "name": "applied",
          "owner": null,
          "state": "applied",
          "applied_at": "<time>",
          "applied_by": "postgres",
          "duration_ms": <varies>,
          "parts_done": null,
          "parts": null,
          "rolled_back_before": false,
          "has_rollback": true,
          "repeatable": false,
          "file": "migrations/010_applied.sql"
        },
        {
          "id": "020",
          "name": "comments",
          "owner": null,
          "state": "applied, comments changed",
          "applied_at": "<time>",
          "applied_by": "postgres",
          "duration_ms": <varies>,
          "parts_done": null,
          "parts": null,
          "rolled_back_before": false,
          "has_rollback": false,
          "repeatable": false,
          "file": "migrations/020_comments.sql"
        },
        {
          "id": "030",
          "name": "changed",
          "owner": null,
          "state": "changed",
          "applied_at": "<time>",
          "applied_by": "postgres",
          "duration_ms": <varies>,
          "parts_done": null,
          "parts": null,
          "rolled_back_before": false,
          "has_rollback": false,
          "repeatable": false,
          "file": "migrations/030_changed.sql"
        },
        {
          "id": "040",
          "name": "missing",
          "owner": null,
          "state": "missing",
          "applied_at": "<time>",
          "applied_by": "postgres",
          "duration_ms": <varies>,
          "parts_done": null,
          "parts": null,
          "rolled_back_before": false,
          "has_rollback": false,
          "repeatable": false,
          "file": "migrations/040_missing.sql"
        },
        {
          "id": "035",
          "name": "late",
          "owner": null,
          "state": "applied",
          "applied_at": "<time>",
          "applied_by": "postgres",
          "duration_ms": <varies>,
          "parts_done": null,
          "parts": null,
          "rolled_back_before": false,
          "has_rollback": false,
          "repeatable": false,
          "file": "migrations/035_late.sql"
        },
        {
          "id": "036",
          "name": "late",
          "owner": null,
          "state": "out of order",
          "applied_at": null,
          "applied_by": null,
          "duration_ms": null,
          "parts_done": null,
          "parts": null,
          "rolled_back_before": false,
          "has_rollback": false,
          "repeatable": false,
          "file": "migrations/036_late.sql"
        },
        {
          "id": "060",
          "name": "elsewhere",
          "owner": null,
          "state": "not for this environment",
          "applied_at": null,
          "applied_by": null,
          "duration_ms": null,
          "parts_done": null,
          "parts": null,
          "rolled_back_before": false,
          "has_rollback": false,
          "repeatable": false,
          "file": "migrations/060_elsewhere.sql"
        },
        {
          "id": "070",
          "name": "reverted",
          "owner": null,
          "state": "applied",
          "applied_at": "<time>",
          "applied_by": "postgres",
          "duration_ms": <varies>,
          "parts_done": null,
          "parts": null,
          "rolled_back_before": false,
          "has_rollback": true,
          "repeatable": false,
          "file": "migrations/070_reverted.sql"
        },
        {
          "id": "080",
          "name": "partial",
          "owner": null,
          "state": "partial",
          "applied_at": null,
          "applied_by": null,
          "duration_ms": null,
          "parts_done": 1,
          "parts": 3,
          "rolled_back_before": false,
          "has_rollback": false,
          "repeatable": false,
          "file": "migrations/080_partial.sql"
        },
        {
          "id": "090",
          "name": "pending",
          "owner": null,
          "state": "pending",
          "applied_at": null,
          "applied_by": null,
          "duration_ms": null,
          "parts_done": null,
          "parts": null,
          "rolled_back_before": false,
          "has_rollback": false,
          "repeatable": false,
          "file": "migrations/090_pending.sql"
        },
        {
          "id": "R__view",
          "name": "view",
          "owner": null,
          "state": "pending",
          "applied_at": null,
          "applied_by": null,
          "duration_ms": null,
          "parts_done": null,
          "parts": null,
          "rolled_back_before": false,
          "has_rollback": false,
          "repeatable": true,
          "file": "migrations/R__view.sql"
        }
      ]
    }
    ----- stderr
    "#);
    let _ = on(&project, &db, &["status", "--env", "production"]).run().code(2);
}

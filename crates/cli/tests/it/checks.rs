//! `verify.sql`: which answers of a query fail the migration.

use surefoot_testkit::{Major, Project, TestDb, require};

use crate::on;

/// A query and whether the migration passes.
const QUERIES: &[(&str, bool)] = &[
    ("SELECT true", true),
    ("SELECT false", false),
    ("SELECT count(*) AS n, count(*) = 1 AS fine FROM t", false),
    ("SELECT 'f'::text, 'f'::char(1), 1", true),
    ("SELECT 'f'::text AS letter, true AS fine, 'x' AS x", true),
    ("SELECT 'f'::text AS letter, false AS fine", false),
    ("SELECT true UNION ALL SELECT false", false),
    ("SELECT NULL::boolean", true),
    ("SELECT a > 0 FROM t", true),
    ("SELECT 'f'::mood", true),
    ("SELECT 'f'::mood, false", false),
    ("SELECT false::flag", false),
    ("SELECT false::flag, 'f'::mood", false),
    ("TABLE t", true),
    ("VALUES (1, true), (2, false)", false),
    ("WITH x AS (SELECT false AS bad) SELECT 'f' AS letter, bad FROM x", false),
    ("INSERT INTO t VALUES (1) RETURNING a > 1", false),
    ("SHOW transaction_read_only", true),
];

#[test]
fn a_false_in_any_boolean_column_fails() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let _ = db.sql("CREATE TYPE mood AS ENUM ('f', 't')");
    let _ = db.sql("CREATE DOMAIN flag AS boolean");
    let project = Project::new();
    for (n, (query, passes)) in QUERIES.iter().enumerate() {
        // Two checks in one run: what the first made the driver remember must not be in the way of the second.
        for (half, text) in [("a", "SELECT 'f'::mood;\n"), ("b", *query)] {
            let folder = format!("migrations/202501010000{n:02}{}_t{half}", if half == "a" { 1 } else { 2 });
            project.write(&format!("{folder}/up.sql"), "CREATE TABLE IF NOT EXISTS t (a int);\n");
            project.write(&format!("{folder}/verify.sql"), format!("-- a check\n{text};\n"));
        }
        let output = on(&project, &db, &["up"]).run();
        assert_eq!(output.code == Some(0), *passes, "{query}: {output}");
        if !passes {
            assert!(output.stderr.contains("verify.sql:2:1: the check of migration"), "{query}: {output}");
            assert!(output.stderr.contains("a query of the check returned false"), "{query}: {output}");
            let folder = format!("migrations/202501010000{n:02}2_tb");
            project.write(&format!("{folder}/verify.sql"), "SELECT true;\n");
            let _ = on(&project, &db, &["up"]).run().success();
        }
    }
    assert_eq!(db.one("SELECT count(*) FROM t"), "0", "a check left its row");
}

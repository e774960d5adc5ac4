//! The disk fills up.

use surefoot_testkit::{Cluster, ClusterOptions, Major, SmallDisk, require};

use crate::lab::{clean, end, project, same, surefoot};

#[test]
fn full_in_the_middle_of_a_migration() {
    let disk = require!(SmallDisk::mount(24), "the right to mount a tmpfs");
    let cluster = require!(Cluster::start_with(Major::Any, ClusterOptions::default()), "a PostgreSQL server");
    let space = disk.path().join("space");
    std::fs::create_dir(&space).unwrap();
    // The server's user has to own it.
    let owner = std::process::Command::new("chown")
        .arg("--reference")
        .arg(cluster.data())
        .arg(&space)
        .status()
        .is_ok_and(|s| s.success());
    assert!(owner, "chown");
    let _ = cluster.sql("postgres", &format!("CREATE TABLESPACE small LOCATION '{}'", space.display()));
    cluster.create_database("db");
    let files = [
        ("001_small.sql", "CREATE TABLE small (a int) TABLESPACE small;\nINSERT INTO small VALUES (1);\n"),
        (
            "002_big.sql",
            "BEGIN;\nCREATE TABLE noted (a int);\nCOMMIT;\n\
             BEGIN;\nINSERT INTO noted VALUES (1);\nCREATE TABLE big (t text) TABLESPACE small;\n\
             INSERT INTO big SELECT (SELECT string_agg(md5(g || '-' || i), '') FROM generate_series(1, 30) i) FROM generate_series(1, 14000) g;\nCOMMIT;\n\
             CREATE INDEX CONCURRENTLY ON big (t) TABLESPACE small;\n",
        ),
    ];
    let project = project(&files);
    let up = || project.command(surefoot()).arg("up").env("SUREFOOT_URL", cluster.url("db"));
    let filler = disk.fill(4096);
    let output = up().run().code(1);
    assert!(output.stderr.contains("53100") && output.stderr.contains("free disk space"), "{output}");
    assert!(output.stderr.contains("1 of 3 parts committed"), "{output}");
    assert_eq!(cluster.sql("db", "SELECT count(*) FROM noted"), [["0"]]);
    assert_eq!(
        cluster.sql("db", "SELECT state, units_done FROM surefoot.migrations ORDER BY id"),
        [["applied", "1"], ["applying", "1"]]
    );
    // Room for the table (15 MB), none for the index.
    std::fs::remove_file(filler).unwrap();
    let output = up().run().code(1);
    assert!(output.stderr.contains("53100") && output.stderr.contains("2 of 3 parts committed"), "{output}");
    assert_eq!(cluster.sql("db", "SELECT count(*) FROM pg_index WHERE NOT indisvalid"), [["0"]]);
    assert_eq!(
        cluster.sql("db", "SELECT state, units_done FROM surefoot.migrations ORDER BY id"),
        [["applied", "1"], ["applying", "2"]]
    );
    // Room for all.
    let bigger = std::process::Command::new("mount").args(["-o", "remount,size=128m"]).arg(disk.path()).status();
    assert!(bigger.is_ok_and(|s| s.success()), "remount");
    let _ = up().run().success();
    clean(&cluster.url("db"), "disk full");
    cluster.create_database("whole");
    let whole = project.command(surefoot()).arg("up").env("SUREFOOT_URL", cluster.url("whole"));
    let _ = whole.run().success();
    same(&end(&cluster.url("db")), &end(&cluster.url("whole")), "disk full");
}

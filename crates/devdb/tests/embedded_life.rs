//! The life of an embedded server: one seat, clients that vanish, one holder
//! per directory, SIGKILL, first starts, no output.
#![cfg(feature = "embedded")]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests; a child talks to its parent")]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use support::{Session, embedded};
use surefoot_devdb::embedded::{Cache, EmbeddedOptions, prepare_cache};
use surefoot_devdb::{Error, Kind, Server, holder};

#[tokio::test(flavor = "multi_thread")]
async fn a_second_connection_waits_and_is_refused_with_the_reason() {
    let server = embedded();
    let first = Session::open(&server.url()).await.unwrap();
    let start = Instant::now();
    let error = Session::open(&server.url()).await.err().unwrap();
    let refusal = error.as_db_error().unwrap();
    assert_eq!(refusal.code().code(), "53300");
    assert!(refusal.message().contains("one connection at a time"), "{refusal}");
    assert!(start.elapsed() >= Duration::from_secs(1));
    // One that waits gets the seat when it is free.
    let url = server.url();
    let waiting = tokio::spawn(async move { Session::open(&url).await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    first.close().await;
    let second = waiting.await.unwrap().unwrap();
    assert_eq!(second.one("SELECT 1").await, "1");
    // Stopping ends an open session.
    server.stop().unwrap();
    assert!(second.ask("SELECT 1").await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_session_is_left_for_the_next() {
    let server = embedded();
    let s = Session::open(&server.url()).await.unwrap();
    s.one("CREATE TABLE kept (a int)").await;
    s.one("SET work_mem = '3MB'").await;
    s.one("PREPARE ps AS SELECT 1").await;
    s.one("SELECT pg_advisory_lock(77)").await;
    s.one("CREATE TEMP TABLE tmp (a int)").await;
    s.one("BEGIN; CREATE TABLE gone (a int)").await;
    s.close().await;
    let s = Session::open(&server.url()).await.unwrap();
    assert_eq!(s.one("SELECT to_regclass('kept') IS NOT NULL").await, "t");
    assert_eq!(s.one("SELECT to_regclass('gone') IS NULL AND to_regclass('tmp') IS NULL").await, "t");
    assert_eq!(s.one("SHOW work_mem").await, "4MB");
    assert_eq!(s.one("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'").await, "0");
    s.fails("EXECUTE ps", "26000").await;
    s.close().await;
    server.stop().unwrap();
}

/// A statement cannot be stopped, but it does not hold up the end of a program
/// for longer than a few seconds.
#[tokio::test(flavor = "multi_thread")]
async fn stopping_does_not_wait_for_a_long_statement() {
    let server = embedded();
    let s = Session::open(&server.url()).await.unwrap();
    let asking = tokio::spawn(async move { s.ask("SELECT pg_sleep(12)").await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let start = Instant::now();
    let _ = server.stop();
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
    assert!(asking.await.unwrap().is_err());
}

/// The program's own handling of Ctrl-C stays its own.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn no_handler_of_interrupts_is_installed() {
    let server = embedded();
    Session::open(&server.url()).await.unwrap().close().await;
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|l| l.strip_prefix("SigCgt:")).unwrap();
    let caught = u64::from_str_radix(line.trim(), 16).unwrap();
    for signal in [1, 2, 15] {
        assert_eq!(caught >> (signal - 1) & 1, 0, "signal {signal} is caught: {caught:x}");
    }
    server.stop().unwrap();
}

fn frame(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![kind];
    out.extend((body.len() as u32 + 4).to_be_bytes());
    out.extend(body);
    out
}

/// A client that says hello, asks, and is cut off with answers on the way.
fn rude_client(port: u16, last_words: &[u8]) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let body = b"\0\x03\0\0user\0postgres\0database\0postgres\0\0";
    let mut hello = (body.len() as u32 + 4).to_be_bytes().to_vec();
    hello.extend(body);
    stream.write_all(&hello).unwrap();
    let mut some = [0; 9];
    stream.read_exact(&mut some).unwrap();
    stream.write_all(last_words).unwrap();
    // Unread answers turn the close into a reset.
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_vanish_do_no_harm() {
    let server = embedded();
    let port = server.url().split(':').nth(2).unwrap().split('/').next().unwrap().parse().unwrap();
    let query = |sql: &str| frame(b'Q', format!("{sql}\0").as_bytes());
    for last_words in [
        query("BEGIN; CREATE TABLE gone (a int)"),
        query("SELECT repeat('x', 1000) FROM generate_series(1, 50000)"),
        query("SELECT pg_sleep(0.3)"),
        query("COPY (SELECT 1) TO STDOUT"),
        query("CREATE TEMP TABLE c (a int); COPY c FROM STDIN"),
        b"Q\0\0\xff".to_vec(),
        b"\0nonsense".to_vec(),
        Vec::new(),
    ] {
        rude_client(port, &last_words);
        let s = Session::open(&server.url()).await.unwrap_or_else(|e| panic!("after {last_words:?}: {e:?}"));
        assert_eq!(s.one("SELECT to_regclass('gone') IS NULL").await, "t");
        s.close().await;
    }
    drop(TcpStream::connect(("127.0.0.1", port)).unwrap());
    Session::open(&server.url()).await.unwrap().close().await;
    server.stop().unwrap();
}

/// Runs one test of this program again as a child process.
fn child(test: &str, dir: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env("SUREFOOT_TEST_CHILD", dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn child_dir() -> Option<std::path::PathBuf> {
    std::env::var_os("SUREFOOT_TEST_CHILD").map(Into::into)
}

fn await_line(child: &mut Child, start: &str) {
    BufReader::new(child.stdout.as_mut().unwrap())
        .lines()
        .map_while(Result::ok)
        .find(|line| line.starts_with(start))
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_has_one_holder_and_survives_its_sigkill() {
    if let Some(dir) = child_dir() {
        let server = Server::embedded(Some(&dir), EmbeddedOptions::default()).unwrap();
        let s = Session::open(&server.url()).await.unwrap();
        s.one("CREATE TABLE committed (a int); INSERT INTO committed VALUES (1)").await;
        s.one("BEGIN; INSERT INTO committed VALUES (2)").await;
        println!("\nREADY");
        std::thread::sleep(Duration::from_secs(60));
        return;
    }
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("sub").join("db");
    let mut child = child("a_directory_has_one_holder_and_survives_its_sigkill", &dir);
    await_line(&mut child, "READY");
    let error = Server::embedded(Some(&dir), EmbeddedOptions::default()).unwrap_err();
    assert!(matches!(&error, Error::Busy { holder, .. } if holder.pid == child.id()), "{error}");
    assert!(error.to_string().contains("since 2"), "{error}");
    assert_eq!(holder(&dir).unwrap().pid, child.id());

    // One that waits gets it when the holder dies.
    let path = dir.clone();
    let waiting = std::thread::spawn(move || {
        Server::embedded(
            Some(&path),
            EmbeddedOptions { wait_for_holder: Duration::from_secs(20), ..Default::default() },
        )
    });
    std::thread::sleep(Duration::from_millis(100));
    child.kill().unwrap();
    child.wait().unwrap();
    let server = waiting.join().unwrap().unwrap();
    assert_eq!(server.kind(), Kind::Embedded);
    let s = Session::open(&server.url()).await.unwrap();
    assert_eq!(s.one("SELECT count(*) FROM committed").await, "1");
    s.close().await;
    server.stop().unwrap();
    // And again after an orderly end; the data is in the directory itself.
    let server = Server::embedded(Some(&dir), EmbeddedOptions::default()).unwrap();
    let s = Session::open(&server.url()).await.unwrap();
    assert_eq!(s.one("SELECT count(*) FROM committed").await, "1");
    s.close().await;
    server.stop().unwrap();
    assert!(dir.join("tmp/pglite/base/base/1/PG_VERSION").exists());
    assert_eq!(holder(&dir), None);

    std::fs::write(dir.join("surefoot-format"), "pglite-oxide 9.9").unwrap();
    let error = Server::embedded(Some(&dir), EmbeddedOptions::default()).unwrap_err();
    assert!(matches!(error, Error::Format { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_of_one_process_are_apart() {
    let (one, two) = (embedded(), embedded());
    let a = Session::open(&one.url()).await.unwrap();
    let b = Session::open(&two.url()).await.unwrap();
    a.one("CREATE TABLE only_here (a int)").await;
    assert_eq!(b.one("SELECT to_regclass('only_here') IS NULL").await, "t");
    a.close().await;
    b.close().await;
    one.stop().unwrap();
    two.stop().unwrap();
}

/// Two processes that unpack into one empty cache at the same time, and the
/// silence of both.
#[tokio::test(flavor = "multi_thread")]
async fn first_starts_may_coincide_and_nothing_is_printed() {
    if let Some(dir) = child_dir() {
        let _ = dir;
        let server = embedded();
        let s = Session::open(&server.url()).await.unwrap();
        let _ = s.ask("SELECT 1/0").await;
        s.one("DO $$ BEGIN RAISE WARNING 'loud'; END $$").await;
        s.close().await;
        server.stop().unwrap();
        return;
    }
    let cache = tempfile::tempdir().unwrap();
    let children: Vec<Child> = (0..2)
        .map(|_| {
            Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "first_starts_may_coincide_and_nothing_is_printed", "--nocapture", "-q"])
                .env("SUREFOOT_TEST_CHILD", cache.path())
                .env("XDG_CACHE_HOME", cache.path())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{out}{err}");
        assert_eq!(err, "");
        // What the test harness itself prints, and nothing else.
        let rest: String = out
            .lines()
            .filter(|l| {
                !l.trim().is_empty() && !l.contains("running 1 test") && !l.contains("test result") && l.trim() != "."
            })
            .collect();
        assert_eq!(rest, "");
    }
}

/// Without a home directory the way out is named, and a restart takes it.
#[cfg(target_os = "linux")]
#[test]
fn a_cache_that_cannot_be_written_is_named() {
    if let Some(dir) = child_dir() {
        let error = Server::embedded(None, EmbeddedOptions::default()).unwrap_err();
        assert!(matches!(error, Error::Cache { .. }), "{error}");
        match prepare_cache().unwrap() {
            Cache::Restart(way_out) => assert_ne!(way_out, dir),
            ready @ Cache::Ready(_) => panic!("{ready:?}"),
        }
        return;
    }
    // A file where the directory should be stops root as well.
    let file = tempfile::NamedTempFile::new().unwrap();
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_cache_that_cannot_be_written_is_named"])
        .env("SUREFOOT_TEST_CHILD", file.path())
        .env("XDG_CACHE_HOME", file.path())
        .status()
        .unwrap();
    assert!(status.success());
}

#[cfg(target_os = "linux")]
#[test]
fn a_restart_takes_the_cache_along() {
    if let Some(dir) = child_dir() {
        if std::env::var_os("XDG_CACHE_HOME").as_deref() == Some(dir.as_os_str()) {
            println!("\nRESTARTED");
            return;
        }
        let error = surefoot_devdb::embedded::restart_with_cache(&dir);
        panic!("{error}");
    }
    let dir = tempfile::tempdir().unwrap();
    let mut child = child("a_restart_takes_the_cache_along", dir.path());
    await_line(&mut child, "RESTARTED");
    assert!(child.wait().unwrap().success());
}

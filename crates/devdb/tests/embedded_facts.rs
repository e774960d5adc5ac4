//! What the embedded PostgreSQL does and does not do: each line of
//! `docs/embedded-postgresql.md`. When one of these fails after an update of
//! the embedded server, the document (and `Need`) has to change with it.
#![cfg(feature = "embedded")]
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::SinkExt;
use support::{Session, embedded};
use tokio_postgres::NoTls;

#[tokio::test(flavor = "multi_thread")]
async fn it_is_postgresql_17_with_the_usual_defaults() {
    let server = embedded();
    let s = Session::open(&server.url()).await.unwrap();
    assert!(server.single_connection());
    assert_eq!(s.one("SHOW server_version").await, server.version());
    assert_eq!(s.one("SELECT current_database()").await, "postgres");
    assert_eq!(s.one("SELECT session_user").await, "postgres");
    assert_eq!(s.one("SHOW search_path").await, "\"$user\", public");
    assert_eq!(s.one("SHOW server_encoding").await, "UTF8");
    assert_eq!(s.one("SHOW timezone").await, "UTC");
    assert_eq!(s.one("SELECT lower('ÄÖÜ')").await, "äöü");
    // Differences that are visible.
    assert!(s.one("SELECT version()").await.contains("wasm32"));
    assert_eq!(s.one("SHOW allow_system_table_mods").await, "on");
    assert_eq!(s.one("SHOW fsync").await, "off");
    assert_eq!(s.one("SHOW wal_level").await, "replica");
    assert_eq!(s.one("SHOW max_worker_processes").await, "0");
    assert_eq!(s.one("SELECT pg_backend_pid()").await, "1");
    assert_eq!(s.one("SELECT string_agg(backend_type, ',') FROM pg_stat_activity").await, "standalone backend");
    s.close().await;
    server.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_works() {
    let server = embedded();
    let s = Session::open(&server.url()).await.unwrap();
    for sql in [
        "CREATE TABLE t (a int PRIMARY KEY, b text)",
        "INSERT INTO t SELECT g, 'x' || g FROM generate_series(1, 1000) g",
        "CREATE INDEX CONCURRENTLY ti ON t (b)",
        "REINDEX INDEX CONCURRENTLY ti",
        "DROP INDEX CONCURRENTLY ti",
        "VACUUM t",
        "VACUUM FULL t",
        "CLUSTER t USING t_pkey",
        "CREATE TABLE p (a int) PARTITION BY RANGE (a)",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10)",
        "ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY",
        "CREATE MATERIALIZED VIEW mv AS SELECT * FROM t",
        "CREATE UNIQUE INDEX ON mv (a)",
        "REFRESH MATERIALIZED VIEW CONCURRENTLY mv",
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
        "CREATE TYPE e AS ENUM ('a')",
        "ALTER TYPE e ADD VALUE 'b'",
        "CREATE PUBLICATION pub FOR TABLE t",
        "CHECKPOINT",
    ] {
        s.one(sql).await;
    }
    assert_eq!(s.one("SELECT bool_and(indisvalid) FROM pg_index").await, "t");

    // Advisory locks, and seeing them.
    assert_eq!(s.one("SELECT pg_try_advisory_lock(1, 2)").await, "t");
    assert_eq!(s.one("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'").await, "1");
    assert_eq!(s.one("SELECT pg_advisory_unlock(1, 2)").await, "t");

    // Savepoints survive errors; so do sessions.
    s.one("BEGIN").await;
    s.one("SAVEPOINT sp").await;
    s.fails("INSERT INTO t VALUES (1)", "23505").await;
    s.one("ROLLBACK TO sp").await;
    s.one("INSERT INTO t VALUES (-1)").await;
    s.one("COMMIT").await;
    s.fails("DO $$ BEGIN RAISE EXCEPTION 'check failed'; END $$", "P0001 check failed").await;
    assert_eq!(s.one("SELECT count(*) FROM t").await, "1001");

    // An EXCEPTION clause that has nothing to catch is no trouble.
    s.one("DO $$ BEGIN CREATE TYPE e2 AS ENUM ('a'); EXCEPTION WHEN duplicate_object THEN NULL; END $$").await;

    // Procedures that leave transactions alone.
    s.one("CREATE PROCEDURE pr() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO t VALUES (-2); END $$").await;
    s.one("CALL pr()").await;
    assert_eq!(s.one("SELECT count(*) FROM t").await, "1002");

    // Event triggers, although it runs standalone.
    s.heard();
    s.one(
        "CREATE FUNCTION et() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'saw %', tg_tag; END $$",
    )
    .await;
    s.one("CREATE EVENT TRIGGER et ON ddl_command_end EXECUTE FUNCTION et()").await;
    s.one("CREATE TABLE after_et (a int)").await;
    assert_eq!(s.heard(), ["saw CREATE TABLE"]);

    // LISTEN in the one session there is.
    s.one("LISTEN ch").await;
    s.one("NOTIFY ch, 'hello'").await;
    s.one("SELECT 1").await;
    assert_eq!(s.heard(), ["ch: hello"]);

    // Roles and privileges.
    s.one("CREATE ROLE r1 LOGIN; GRANT SELECT ON t TO r1; SET ROLE r1").await;
    s.fails("DELETE FROM t", "42501").await;
    s.one("RESET ROLE").await;
    s.close().await;
    server.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_work() {
    let server = embedded();
    let s = Session::open(&server.url()).await.unwrap();
    // Timeouts are accepted and have no effect.
    s.one("SET statement_timeout = '50ms'; SET transaction_timeout = '50ms'; SET idle_in_transaction_session_timeout = '50ms'").await;
    s.one("BEGIN").await;
    tokio::time::sleep(Duration::from_millis(150)).await;
    s.one("SELECT pg_sleep(0.2)").await;
    s.one("COMMIT").await;
    s.one("RESET ALL").await;

    // A cancel request is answered at once and has no effect.
    let token = s.client.cancel_token();
    let cancel = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let start = Instant::now();
        token.cancel_query(NoTls).await.unwrap();
        start.elapsed()
    });
    s.one("SELECT pg_sleep(0.6)").await;
    assert!(cancel.await.unwrap() < Duration::from_millis(300));

    // The one backend does not end itself.
    assert_eq!(s.one("SELECT pg_terminate_backend(pg_backend_pid())").await, "t");
    assert_eq!(s.one("SELECT 1").await, "1");

    // Notices come with the end of their query, not before.
    s.fails("CREATE COLLATION c (PROVIDER = icu, LOCALE = 'de')", "ICU is not supported").await;
    s.fails("SELECT xmlparse(DOCUMENT '<a/>')", "unsupported XML").await;
    s.fails("SELECT pg_create_logical_replication_slot('s', 'pgoutput')", "wal_level").await;
    s.fails("CREATE SUBSCRIPTION s CONNECTION 'host=h' PUBLICATION p WITH (connect = false)", "libpqwalreceiver").await;
    s.fails("COPY (SELECT 1) TO PROGRAM 'cat'", "Function not implemented").await;
    for name in
        ["pgcrypto", "uuid-ossp", "postgis", "pg_stat_statements", "postgres_fdw", "dblink", "pg_cron", "timescaledb"]
    {
        s.fails(&format!("CREATE EXTENSION \"{name}\""), "is not available").await;
    }
    assert_eq!(s.one("SELECT count(gen_random_uuid())").await, "1");

    // RESET SESSION AUTHORIZATION does not come back; naming the user does.
    s.one("CREATE ROLE r1; SET SESSION AUTHORIZATION r1; RESET SESSION AUTHORIZATION").await;
    assert_eq!(s.one("SELECT session_user").await, "r1");
    s.one("SET SESSION AUTHORIZATION postgres").await;
    assert_eq!(s.one("SELECT session_user").await, "postgres");
    s.close().await;
    server.stop().unwrap();
}

/// PL/pgSQL is a library beside the server, and errors do not find their way
/// into its EXCEPTION clauses.
#[tokio::test(flavor = "multi_thread")]
async fn an_exception_clause_that_has_to_catch_ends_the_session() {
    let server = embedded();
    let s = Session::open(&server.url()).await.unwrap();
    s.one("CREATE TABLE kept (a int)").await;
    s.one("BEGIN; CREATE TABLE lost (a int)").await;
    s.fails("DO $$ BEGIN PERFORM 1/0; EXCEPTION WHEN division_by_zero THEN NULL; END $$", "22012").await;
    s.fails("SELECT 1", "25P02").await;
    s.fails("ROLLBACK", "0A000 the embedded PostgreSQL cannot catch errors").await;
    s.fails("SELECT 1", "closed").await;
    let s = Session::open(&server.url()).await.unwrap();
    assert_eq!(s.one("SELECT to_regclass('kept') IS NOT NULL AND to_regclass('lost') IS NULL").await, "t");
    s.close().await;
    server.stop().unwrap();
}

/// COMMIT inside a procedure frees what the server still uses. What was
/// committed stays; the session ends before the damage is done.
#[tokio::test(flavor = "multi_thread")]
async fn a_procedure_that_commits_ends_the_session() {
    let server = embedded();
    let s = Session::open(&server.url()).await.unwrap();
    s.one("CREATE TABLE t (a int)").await;
    s.one("CREATE PROCEDURE pr() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO t VALUES (1); COMMIT; INSERT INTO t VALUES (2); ROLLBACK; END $$").await;
    s.one("CALL pr()").await;
    s.fails("SELECT 1", "closed").await;
    let s = Session::open(&server.url()).await.unwrap();
    assert_eq!(s.one("SELECT count(*) FROM t").await, "1");
    // In a DO block there is no sign of it; the caller has to reconnect.
    s.one("DO $$ BEGIN INSERT INTO t VALUES (3); COMMIT; END $$").await;
    s.close().await;
    let s = Session::open(&server.url()).await.unwrap();
    assert_eq!(s.one("SELECT count(*) FROM t").await, "2");
    s.close().await;
    server.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bundled_extension_can_be_created_and_none_is_there_unasked() {
    let server = embedded();
    let s = Session::open(&server.url()).await.unwrap();
    assert_eq!(s.one("SELECT string_agg(extname, ',') FROM pg_extension").await, "plpgsql");
    let names = server.extensions_available();
    assert!(names.len() > 30, "{names:?}");
    for name in &names {
        s.one(&format!("CREATE EXTENSION IF NOT EXISTS \"{name}\" CASCADE")).await;
    }
    let listed = s.one("SELECT string_agg(name, ',' ORDER BY name COLLATE \"C\") FROM pg_available_extensions").await;
    assert_eq!(listed, names.join(","));
    s.one("CREATE TABLE v (e vector(3)); INSERT INTO v SELECT ARRAY[random(), random(), random()]::vector FROM generate_series(1, 500)").await;
    s.one("CREATE INDEX ON v USING hnsw (e vector_l2_ops); CREATE INDEX ON v USING ivfflat (e vector_l2_ops)").await;
    s.close().await;
    // A new session finds them too: the libraries are loaded again.
    let s = Session::open(&server.url()).await.unwrap();
    assert_eq!(s.one("SELECT 'A'::citext = 'a'::citext AND 'a.b'::ltree @> 'a.b.c'").await, "t");
    assert_eq!(s.one("SELECT count(*) FROM (SELECT * FROM v ORDER BY e <-> '[1,1,1]' LIMIT 1) x").await, "1");
    s.close().await;
    server.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn databases_roles_and_settings_of_a_connection() {
    let server = embedded();
    let s = Session::open(&server.url()).await.unwrap();
    s.one("CREATE TABLE t (a int); INSERT INTO t VALUES (1)").await;
    s.one("CREATE ROLE r1 LOGIN; ALTER ROLE r1 SET work_mem = '9MB'").await;
    s.close().await;
    let copy = server.create_database("copy", Some("postgres")).unwrap();
    let s = Session::open(&server.url_of(&copy)).await.unwrap();
    assert_eq!(s.one("SELECT count(*) FROM t").await, "1");
    s.one("ALTER DATABASE copy SET work_mem = '7MB'").await;
    s.close().await;

    // Settings of databases and roles are not applied at the start.
    let s = Session::open(&server.url_of(&copy)).await.unwrap();
    assert_eq!(s.one("SHOW work_mem").await, "4MB");
    s.close().await;
    // Settings in the connection string are.
    let s = Session::open(&format!("{}&options=-cwork_mem%3D12MB&application_name=me", server.url())).await.unwrap();
    assert_eq!(s.one("SHOW work_mem").await, "12MB");
    assert_eq!(s.one("SHOW application_name").await, "me");
    s.close().await;
    // Another user is a role set on top of the superuser.
    let s = Session::open(&server.url().replace("postgres@", "r1@")).await.unwrap();
    assert_eq!(s.one("SELECT session_user || ' ' || current_user").await, "postgres r1");
    s.fails("CREATE TABLE x (a int)", "42501").await;
    s.one("RESET ROLE").await;
    assert_eq!(s.one("SELECT current_user").await, "postgres");
    s.close().await;

    // What is not there is said in a way a client understands.
    let error = Session::open(&server.url_of("nonesuch")).await.err().unwrap();
    assert_eq!(error.code().unwrap().code(), "3D000", "{error:?}");
    assert!(Session::open(&server.url().replace("postgres@", "nobody@")).await.is_err());
    server.drop_database(&copy).unwrap();
    server.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn large_statements_and_copy() {
    let server = embedded();
    let s = Session::open(&server.url()).await.unwrap();
    s.one("CREATE TABLE big (v text)").await;
    s.one(&format!("INSERT INTO big VALUES ('{}')", "x".repeat(50_000_000))).await;
    assert_eq!(s.one("SELECT length(v) FROM big").await, "50000000");
    s.one(&"INSERT INTO big VALUES ('y');".repeat(20_000)).await;
    {
        let sink = s.client.copy_in::<_, bytes::Bytes>("COPY big FROM STDIN").await.unwrap();
        let mut sink = pin!(sink);
        for _ in 0..10 {
            sink.send(bytes::Bytes::from("z\n".repeat(10_000))).await.unwrap();
        }
        assert_eq!(sink.finish().await.unwrap(), 100_000);
    }
    assert_eq!(s.one("SELECT count(*) FROM big").await, "120001");
    // The session goes on after COPY, errors and transactions included.
    s.fails("SELECT 1/0", "22012").await;
    s.one("BEGIN; CREATE TABLE gone (a int)").await;
    s.close().await;
    let s = Session::open(&server.url()).await.unwrap();
    assert_eq!(s.one("SELECT to_regclass('gone') IS NULL").await, "t");
    s.close().await;
    server.stop().unwrap();
}

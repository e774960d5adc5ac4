//! What extensions are in charge of, told by fabricated views: TimescaleDB, Citus and pg_partman are not everywhere.

use surefoot_introspect::special;
use surefoot_pg::Session;

use crate::cluster::{self, Cluster};

const FABRICATED: &str = "
CREATE TABLE metrics (at timestamptz NOT NULL, v float8);
CREATE SCHEMA timescaledb_information;
CREATE TABLE timescaledb_information.hypertables AS SELECT 'public'::name AS hypertable_schema,
    'metrics'::name AS hypertable_name, 2::bigint AS num_chunks, true AS compression_enabled;
CREATE TABLE timescaledb_information.dimensions AS SELECT 'public'::name AS hypertable_schema,
    'metrics'::name AS hypertable_name, 1::bigint AS dimension_number, 'at'::name AS column_name;
CREATE TABLE timescaledb_information.chunks AS SELECT 'data'::name AS chunk_schema, '_hyper_1_1_chunk'::name AS chunk_name;
CREATE TABLE timescaledb_information.continuous_aggregates AS SELECT 'public'::name AS view_schema, 'hourly'::name AS view_name,
    'public'::name AS hypertable_schema, 'metrics'::name AS hypertable_name, true AS materialized_only;
CREATE TABLE timescaledb_information.jobs AS SELECT 'policy_retention'::name AS proc_name, 'public'::name AS hypertable_schema,
    'metrics'::name AS hypertable_name, '1 day'::interval AS schedule_interval, '{\"drop_after\": \"30 days\"}'::jsonb AS config;
CREATE SCHEMA partman;
CREATE TABLE partman.part_config AS SELECT 'public.events'::text AS parent_table, 'partman.template_events'::text AS template_table;
";

const FABRICATED_CITUS: &str = "
SET allow_system_table_mods = on;
CREATE TABLE public.orders (id int, customer int);
CREATE TABLE pg_catalog.pg_dist_partition AS SELECT 'public.orders'::regclass AS logicalrelid, 'h'::\"char\" AS partmethod,
    '{VAR :varno 1 :varattno 2 :vartype 23}'::text AS partkey, 3 AS colocationid;
CREATE TABLE pg_catalog.pg_dist_shard AS SELECT 'public.orders'::regclass AS logicalrelid, 102008::bigint AS shardid;
";

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_extensions_say_of_themselves_is_understood() {
    let Some(programs) = cluster::programs().into_iter().next_back() else {
        assert!(std::env::var_os("CI").is_none(), "no PostgreSQL: set SUREFOOT_TEST_PG_BIN");
        eprintln!("SKIPPED: no PostgreSQL found; set SUREFOOT_TEST_PG_BIN to a folder with initdb");
        return;
    };
    let cluster = Cluster::start(&programs);
    let session = cluster.connect("postgres", "postgres").await;
    assert!(special(&session).await.expect("looked").recognised.is_empty());
    run(&session, FABRICATED).await;
    run(&session, FABRICATED_CITUS).await;
    let found = special(&session).await.expect("looked");
    let told: Vec<String> =
        found.recognised.iter().map(|r| format!("{}: {} {} ({})", r.extension, r.what, r.name, r.detail)).collect();
    assert_eq!(
        told,
        [
            "citus: distributed table orders (co-location group 3, by customer)",
            "pg_partman: managed partitions public.events ()",
            "timescaledb: continuous aggregate public.hourly (over public.metrics, materialized only)",
            "timescaledb: hypertable public.metrics (by at, 2 chunks, compressed)",
            "timescaledb: policy policy_retention on public.metrics (every 1 day, {\"drop_after\": \"30 days\"})",
        ]
    );
    for (schema, name) in [("data", "_hyper_1_1_chunk"), ("public", "orders_102008"), ("partman", "template_events")] {
        assert!(found.is_made(schema, name), "{schema}.{name}");
    }
    assert!(!found.is_made("public", "orders"));
    assert!(found.parents.contains(&("public".into(), "events".into())));
    // Who may not read them is told so, and nothing else fails.
    run(&session, "CREATE ROLE nobody LOGIN; REVOKE ALL ON SCHEMA timescaledb_information, partman FROM PUBLIC").await;
    run(&session, "SET ROLE nobody").await;
    let found = special(&session).await.expect("looked");
    assert!(found.unreadable.iter().any(|what| what == "part_config of pg_partman"), "{:?}", found.unreadable);
    session.close().await;
}

async fn run(session: &Session, sql: &str) {
    if let Err(e) = session.run(sql).await {
        panic!("{e}: {sql:.200}");
    }
}

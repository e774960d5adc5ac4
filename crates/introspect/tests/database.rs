//! The snapshot on real servers: `SUREFOOT_TEST_PG_BIN` or /usr/lib/postgresql/*/bin.

#![allow(clippy::print_stderr, reason = "what was skipped must be seen")]

mod cluster;
mod special;

use std::collections::BTreeSet;

use cluster::Cluster;
use surefoot_introspect::{Options, Snapshot, catalog, snapshot};
use surefoot_pg::Session;

const ROLES: &str = "CREATE ROLE sf_owner; CREATE ROLE sf_app; CREATE ROLE \"sf Reader\"; CREATE ROLE plain LOGIN";

/// The lines of a file of this crate's tests that are meant for a major version.
fn for_major(text: &str, major: u32) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let (line, tag) = line.split_once("--@").map_or((line, None), |(line, tag)| (line, Some(tag)));
        let low: u32 =
            tag.and_then(|t| t.trim().strip_suffix('+')).map_or(0, |low| low.parse().expect("a major version"));
        if major >= low {
            out.push_str(line.trim_end());
            out.push('\n');
        }
    }
    out
}

async fn take(session: &Session) -> Snapshot {
    snapshot(session, &Options::default()).await.unwrap_or_else(|e| panic!("PostgreSQL {}: {e}", session.major()))
}

async fn run(session: &Session, sql: &str) {
    if let Err(e) = session.run(sql).await {
        panic!("PostgreSQL {}: {e}: {sql:.300}", session.major());
    }
}

fn names(before: &Snapshot, after: &Snapshot) -> BTreeSet<String> {
    before.diff(after).iter().map(|d| format!("{} {}", d.kind, d.identity)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn on_every_server() {
    let programs = cluster::programs();
    if programs.is_empty() {
        assert!(std::env::var_os("CI").is_none(), "no PostgreSQL: set SUREFOOT_TEST_PG_BIN");
        eprintln!("SKIPPED: no PostgreSQL found; set SUREFOOT_TEST_PG_BIN to a folder with initdb");
        return;
    }
    for bin in programs {
        let cluster = Cluster::start(&bin);
        let admin = cluster.connect("postgres", "postgres").await;
        run(&admin, ROLES).await;
        for name in ["rich", "again", "restored"] {
            run(&admin, &format!("CREATE DATABASE {name}")).await;
        }
        let rich = cluster.connect("rich", "postgres").await;
        let sql = for_major(include_str!("rich.sql"), rich.major());
        run(&rich, &sql).await;
        rich.take_notices();

        covers_every_kind(&rich).await;
        leaves_no_trace(&rich).await;
        an_unprivileged_role_can_read(&cluster, &rich).await;
        each_change_shows(&rich).await;
        order_alone(&rich).await;

        let again = cluster.connect("again", "postgres").await;
        run(&again, &sql).await;
        same("loaded twice", &take(&rich).await, &take(&again).await);
        if cluster.has("pg_dump") {
            let restored = cluster.connect("restored", "postgres").await;
            run(&restored, &cluster.dump("rich")).await;
            // Settings belong to the database, which the dump does not create.
            run(&restored, "ALTER DATABASE restored SET work_mem = '5MB'").await;
            same("dumped and restored", &take(&rich).await, &take(&restored).await);
        } else {
            eprintln!("SKIPPED for {}: it has no pg_dump", bin.display());
        }
        eprintln!("tested on PostgreSQL {}", rich.major());
    }
}

fn same(what: &str, a: &Snapshot, b: &Snapshot) {
    let text: Vec<String> = a.diff(b).iter().map(ToString::to_string).collect();
    assert!(text.is_empty(), "{what}:\n{}", text.join("\n"));
    assert_eq!(a.hash_with_order(), b.hash_with_order(), "{what}");
    assert_eq!(a.to_text(), b.to_text(), "{what}");
}

async fn covers_every_kind(session: &Session) {
    let snap = take(session).await;
    let kinds: BTreeSet<&str> = snap.count_by_kind().into_keys().collect();
    let mut expected: BTreeSet<&str> = KINDS.iter().copied().collect();
    if session.major() < 15 {
        expected.remove("publication schema");
    }
    assert_eq!(kinds, expected, "PostgreSQL {}", session.major());
    let unique: BTreeSet<(&str, &str)> =
        snap.entries().iter().map(|e| (e.kind.as_str(), e.identity.as_str())).collect();
    assert_eq!(unique.len(), snap.entries().len(), "two entries have one name");
    let text = snap.to_text();
    for hidden in ["hunter2", "journal", "chunk", "passing", "pg_toast", "pg_attver", "similarity("] {
        assert!(!text.contains(hidden), "{hidden} in:\n{text}");
    }
    // Deleted columns leave no gap, and a list of names survives odd names.
    let order = snap.get("column order", "\"Odd \"\"Names\"\"\".\"Table.With.Dots\"").expect("a column order");
    assert_eq!(order.definition, "\"Col,With, Comma\", \"and \"\"quote\"\"\"");
    let bound = snap.get("table", "shop.event_2024").expect("a partition");
    assert!(bound.definition.contains("FROM ('2024-01-01 00:00:00+00')"), "{}", bound.definition);
}

const KINDS: &[&str] = &[
    "access method",
    "aggregate",
    "attribute",
    "attribute order",
    "cast",
    "collation",
    "column",
    "column order",
    "comment",
    "constraint",
    "conversion",
    "database setting",
    "default privilege",
    "domain",
    "domain constraint",
    "enum value",
    "enum value order",
    "event trigger",
    "extension",
    "foreign data wrapper",
    "foreign server",
    "foreign table",
    "function",
    "index",
    "language",
    "materialized view",
    "operator",
    "operator class",
    "operator family",
    "policy",
    "privilege",
    "procedure",
    "publication",
    "publication schema",
    "publication table",
    "rule",
    "schema",
    "sequence",
    "statistics",
    "subscription",
    "table",
    "text search configuration",
    "text search dictionary",
    "text search parser",
    "text search template",
    "transform",
    "trigger",
    "type",
    "user mapping",
    "view",
];

/// Settings, transaction and open work of the caller are untouched, whatever they were.
async fn leaves_no_trace(session: &Session) {
    const SHOW: &str = "SELECT current_setting('search_path'), current_setting('TimeZone'), current_setting('jit'), \
                        current_setting('enable_nestloop'), current_setting('DateStyle')";
    run(
        session,
        "SET search_path = shop, \"Odd \"\"Names\"\"\", public; SET TimeZone = 'Asia/Tokyo'; SET DateStyle = 'German'",
    )
    .await;
    let before = session.rows(SHOW).await.expect("settings");
    let plain = take(session).await;
    assert_eq!(session.rows(SHOW).await.expect("settings"), before);

    run(session, "BEGIN; SET LOCAL TimeZone = 'Asia/Kolkata'; CREATE TABLE public.open_work (a integer)").await;
    let inside = session.rows(SHOW).await.expect("settings");
    let snap = take(session).await;
    assert!(snap.get("table", "public.open_work").is_some(), "sees the caller's own change");
    assert_eq!(session.rows(SHOW).await.expect("settings"), inside);
    run(session, "ROLLBACK").await;
    assert_eq!(session.rows(SHOW).await.expect("settings"), before);
    same("after ROLLBACK", &plain, &take(session).await);
    run(session, "RESET ALL").await;
    same("with other settings", &plain, &take(session).await);
    let notices = session.take_notices();
    assert!(notices.is_empty(), "{notices:?}");
}

async fn an_unprivileged_role_can_read(cluster: &Cluster, rich: &Session) {
    let plain = cluster.connect("rich", "plain").await;
    let (all, seen) = (take(rich).await, take(&plain).await);
    // Options of other people's user mappings are not for everybody.
    let differ = names(&all, &seen);
    assert_eq!(differ, BTreeSet::from(["user mapping for sf_app server far".to_owned()]));
}

async fn each_change_shows(session: &Session) {
    let base = take(session).await;
    let major = session.major();
    let changes = include_str!("changes.txt");
    let (mut tested, mut wrong) = (0, Vec::new());
    for case in for_major(changes, major).split("\n\n") {
        let mut lines = case.lines().filter(|line| !line.starts_with('#')).peekable();
        if lines.peek().is_none() {
            continue;
        }
        let (expected, sql): (Vec<&str>, Vec<&str>) = lines.partition(|line| line.starts_with("= "));
        let expected: BTreeSet<String> = expected.iter().map(|line| line[2..].to_owned()).collect();
        let sql = sql.join("\n");
        assert!(!expected.is_empty(), "nothing expected of {sql}");
        if let Err(e) = session.run(&format!("BEGIN; {sql}")).await {
            wrong.push(format!("{sql}\n    {e}"));
            run(session, "ROLLBACK").await;
            continue;
        }
        let after = take(session).await;
        run(session, "ROLLBACK").await;
        let found = names(&base, &after);
        if found != expected || base.hash() == after.hash() {
            let only =
                |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).cloned().collect::<Vec<_>>().join("; ");
            wrong.push(format!(
                "{sql}\n    not shown: {}\n    shown too: {}",
                only(&expected, &found),
                only(&found, &expected)
            ));
        }
        tested += 1;
    }
    assert!(wrong.is_empty(), "PostgreSQL {major}:\n{}", wrong.join("\n"));
    assert!(tested > 80, "{tested}");
    same("after all", &base, &take(session).await);
}

async fn order_alone(session: &Session) {
    let base = take(session).await;
    run(
        session,
        "BEGIN; ALTER TABLE shop.orders DROP COLUMN during; ALTER TABLE shop.orders ADD during tstzrange; \
                  ALTER TABLE shop.orders ADD EXCLUDE USING gist (during WITH &&)",
    )
    .await;
    let after = take(session).await;
    run(session, "ROLLBACK").await;
    let diff = base.diff(&after);
    assert_eq!(diff.len(), 1, "{diff:?}");
    assert!(diff[0].order_only);
    assert_eq!(
        diff[0].to_string(),
        "column order shop.orders: same columns in another order\n  - id, customer_id, during, body\n  + id, customer_id, body, during"
    );
    assert_eq!(base.hash(), after.hash());
    assert_ne!(base.hash_with_order(), after.hash_with_order());
}

const SECRETS: &str = "
SELECT lo_create(424242);
CREATE TABLE t (id int);
CREATE FOREIGN DATA WRAPPER w;
CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (host 'far', token 'cher-1');
CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (user 'me', password 'cher-2');
CREATE SUBSCRIPTION sub CONNECTION 'host=nowhere.invalid password=''cher-3 it'' user=me' PUBLICATION p
    WITH (connect = false, slot_name = NONE);
CREATE SUBSCRIPTION url CONNECTION 'postgres://me:cher-4@nowhere.invalid/x' PUBLICATION p
    WITH (connect = false, slot_name = NONE);
";

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn secrets_are_not_read_and_what_is_left_out_is_listed() {
    let programs = cluster::programs();
    if programs.is_empty() {
        assert!(std::env::var_os("CI").is_none(), "no PostgreSQL: set SUREFOOT_TEST_PG_BIN");
        eprintln!("SKIPPED: no PostgreSQL found; set SUREFOOT_TEST_PG_BIN to a folder with initdb");
        return;
    }
    for bin in programs {
        let cluster = Cluster::start(&bin);
        let session = cluster.connect("postgres", "postgres").await;
        session.run(SECRETS).await.expect("the schema");

        let model = catalog(&session, &Options::default()).await.expect("the model");
        let text = serde_json::to_string(&model).expect("JSON");
        assert!(!text.contains("cher-"), "a secret was read: {text}");
        assert!(text.contains("host=nowhere.invalid password=(hidden) user=me"), "{text}");
        assert!(text.contains("postgres://me:(hidden)@nowhere.invalid/x"), "{text}");
        assert!(text.contains("password=(hidden)") && text.contains("token=(hidden)"), "{text}");
        let left: Vec<&str> = model.unmodelled.iter().map(|u| u.what.as_str()).collect();
        assert_eq!(left, ["large object 424242"]);

        // Who may not read connection strings still gets a model.
        session.run("CREATE ROLE plain").await.expect("a role");
        session.run("SET ROLE plain").await.expect("the role");
        let model = catalog(&session, &Options::default()).await.expect("the model");
        let text = serde_json::to_string(&model).expect("JSON");
        assert!(text.contains("\"subscription\"") && !text.contains("nowhere.invalid"), "{text}");
    }
}

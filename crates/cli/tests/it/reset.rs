//! `reset`: everything goes but the history.

use std::time::Duration;

use surefoot_testkit::{Cluster, ClusterOptions, Major, Project, TestDb, require};

use crate::surefoot;

/// One of each kind of thing that a database may hold, beside what the migrations make.
const CLUTTER: &str = r#"
CREATE SCHEMA app; CREATE TABLE app.t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, s serial);
CREATE TABLE loose (id int GENERATED ALWAYS AS IDENTITY, n serial, a int) PARTITION BY RANGE (a);
CREATE TABLE loose_1 PARTITION OF loose FOR VALUES FROM (0) TO (10);
CREATE VIEW v AS SELECT * FROM loose; CREATE MATERIALIZED VIEW mv AS SELECT * FROM v;
CREATE SEQUENCE free_seq; CREATE STATISTICS st (dependencies) ON id, a FROM loose;
CREATE TYPE mood AS ENUM ('ok'); CREATE TYPE pair AS (a int, b mood); CREATE DOMAIN posint AS int CHECK (value > 0);
CREATE TYPE span AS RANGE (subtype = float8);
CREATE FUNCTION f(m mood) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE agg(int) (sfunc = int4pl, stype = int);
CREATE OPERATOR === (leftarg = int, rightarg = int, function = int4eq);
CREATE OPERATOR FAMILY of1 USING btree;
CREATE COLLATION c1 FROM "C"; CREATE TEXT SEARCH DICTIONARY d1 (template = simple); CREATE TEXT SEARCH CONFIGURATION c2 (copy = simple);
CREATE CAST (mood AS int) WITH FUNCTION f(mood);
CREATE PUBLICATION pub; SELECT lo_create(0); GRANT CREATE ON SCHEMA public TO PUBLIC; COMMENT ON SCHEMA public IS 'ours';
"#;

const OBJECTS: &str = "SELECT count(*) FROM (
  SELECT oid FROM pg_class WHERE oid >= 16384 AND relnamespace <> 'surefoot'::regnamespace AND relnamespace <> 'pg_toast'::regnamespace
  UNION ALL SELECT oid FROM pg_proc WHERE oid >= 16384 AND pronamespace <> 'surefoot'::regnamespace
  UNION ALL SELECT oid FROM pg_type WHERE oid >= 16384 AND typnamespace NOT IN ('surefoot'::regnamespace, 'pg_toast'::regnamespace)
  UNION ALL SELECT oid FROM pg_namespace WHERE oid >= 16384 AND nspname NOT IN ('surefoot', 'public') AND nspname !~ '^pg_'
  UNION ALL SELECT oid FROM pg_operator WHERE oid >= 16384 UNION ALL SELECT oid FROM pg_opfamily WHERE oid >= 16384
  UNION ALL SELECT oid FROM pg_collation WHERE oid >= 16384 UNION ALL SELECT oid FROM pg_ts_config WHERE oid >= 16384
  UNION ALL SELECT oid FROM pg_ts_dict WHERE oid >= 16384 UNION ALL SELECT oid FROM pg_statistic_ext
  UNION ALL SELECT oid FROM pg_cast WHERE oid >= 16384 UNION ALL SELECT oid FROM pg_publication
  UNION ALL SELECT oid FROM pg_event_trigger UNION ALL SELECT oid FROM pg_extension WHERE extname <> 'plpgsql'
  UNION ALL SELECT oid FROM pg_largeobject_metadata) x";

const PUBLIC: &str = "SELECT pg_get_userbyid(nspowner) || ' ' || nspacl::text || ' ' || obj_description(oid, 'pg_namespace') \
                      FROM pg_namespace WHERE nspname = 'public'";

fn project(url: &str) -> Project {
    Project::new()
        .file("migrations/001_create_a.sql", "CREATE TABLE a (id int);\n")
        .file("migrations/002_create_b.sql", "CREATE TABLE b (id int);\n")
        .file("migrations/R__view.sql", "CREATE OR REPLACE VIEW av AS SELECT * FROM a;\n")
        .file("seeds/development.sql", "INSERT INTO a VALUES (1);\n")
        .file("surefoot.toml", format!("[project]\nname = \"shop\"\n[environments.development]\nurl = \"{url}\"\n"))
}

#[test]
fn empties_the_database_as_if_it_were_new() {
    empties(&require!(TestDb::new(Major::Any), "a PostgreSQL server"));
    // Where the test servers are there: the schema public differs before 15, and each adds kinds.
    for major in [13, 14, 17, 18] {
        if let Some(db) = TestDb::new(Major::Is(major)) {
            empties(&db);
        }
    }
}

fn empties(db: &TestDb) {
    let fresh = db.one(PUBLIC);
    let project = project(&db.url());
    let _ = surefoot(&project, &["up"]).run().success();
    let _ = surefoot(&project, &["seed"]).run().success();
    db.sql(CLUTTER);
    db.sql(
        "CREATE FUNCTION app.no() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'no drops'; END$$; \
            CREATE EVENT TRIGGER no ON sql_drop EXECUTE FUNCTION app.no()",
    );

    let asked = surefoot(&project, &["reset"]).run().code(3);
    assert!(asked.stderr.contains("stays as it is") && asked.stderr.contains("3 migrations applied"), "{asked}");
    assert!(asked.stderr.contains("--force"), "{asked}");

    // Nothing that makes anything and nothing to seed afterwards: what is left is what a reset leaves.
    project.write("migrations/003_look.sql", "SELECT 1;\n");
    for file in [
        "migrations/001_create_a.sql",
        "migrations/002_create_b.sql",
        "migrations/R__view.sql",
        "seeds/development.sql",
    ] {
        project.remove(file);
    }
    let out = surefoot(&project, &["reset", "--force"]).run().success();
    assert!(out.stdout.contains("Emptied development; 3 migrations on record as reset."), "{out}");
    assert_eq!(db.one(OBJECTS), "0", "{:?}", db.sql("SELECT relname FROM pg_class WHERE oid >= 16384"));
    assert_eq!(db.one(PUBLIC), fresh);
    assert_eq!(db.one("SELECT string_agg(DISTINCT state, ',') FROM surefoot.migrations WHERE id <> '003'"), "reverted");
    assert_eq!(db.one("SELECT count(*) FROM surefoot.events WHERE kind = 'reset'"), "4");
}

#[test]
fn applies_and_seeds_anew_and_the_chain_holds() {
    let project = project("embedded");
    let _ = surefoot(&project, &["up"]).run().success();
    let out = surefoot(&project, &["reset", "--yes", "--json"]).run().success();
    assert!(out.stdout.contains("\"R__view\",\n    \"002\",\n    \"001\""), "{out}");
    assert!(out.stdout.contains("\"path\": \"seeds/development.sql\""), "{out}");
    let _ = surefoot(&project, &["verify"]).run().success();
    let _ = surefoot(&project, &["status"]).run().success();
    let out = surefoot(&project, &["history"]).run().success();
    assert_eq!(out.stdout.matches(" reset ").count(), 4, "{out}");
}

#[test]
fn an_ordinary_owner_gets_the_same_and_leaves_what_is_others() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    if db.cluster().major() < 15 {
        return;
    }
    let (role, url) = db.ordinary_role();
    db.sql(&format!(
        "ALTER DATABASE \"{}\" OWNER TO \"{role}\"; CREATE SCHEMA dba; CREATE TABLE dba.t (); CREATE EXTENSION IF NOT EXISTS plpgsql",
        db.name()
    ));
    let others = db.cluster().has_extension("file_fdw");
    if others {
        db.sql("CREATE EXTENSION file_fdw SCHEMA public");
    }
    let project = project(&url);
    let _ = surefoot(&project, &["up"]).run().success();
    let _ = db.sql("CREATE TABLE public.dbas_own ()");
    let out = surefoot(&project, &["reset", "--force"]).run().success();
    assert!(out.stderr.contains("left schema dba: it belongs to another role"), "{out}");
    assert_eq!(db.one("SELECT count(*) FROM pg_tables WHERE schemaname = 'dba'"), "1");
    if others {
        assert!(out.stderr.contains("left extension file_fdw: it belongs to another role"), "{out}");
        assert_eq!(db.one("SELECT count(*) FROM pg_extension WHERE extname = 'file_fdw'"), "1");
        // The schema had to stay, so what is not ours in it does too.
        assert_eq!(db.one("SELECT count(*) FROM pg_tables WHERE tablename = 'dbas_own'"), "1");
        db.sql("DROP EXTENSION file_fdw");
    }
    let _ = surefoot(&project, &["reset", "--force"]).run().success();
    assert!(db.one(PUBLIC).starts_with("pg_database_owner "), "{}", db.one(PUBLIC));
    let _ = surefoot(&project, &["verify"]).run().success();
}

#[test]
fn a_protected_environment_is_refused_whatever_the_url_is_called() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = project("embedded");
    project.write(
        "surefoot.toml",
        format!("[project]\nname = \"shop\"\n[environments.development]\nurl = \"embedded\"\n[environments.production]\nurl = \"{}\"\nprotected = true\n", db.url()),
    );
    let _ = surefoot(&project, &["up", "--env", "production"]).run().success();
    for command in [
        &["reset", "--force", "--env", "production"][..],
        &["reset", "--force", "--url", &db.url()],
        &["dev", "--env", "production"],
    ] {
        let out = surefoot(&project, command).run().code(3);
        assert!(out.stderr.contains("environment production is protected"), "{out}");
    }
    assert_eq!(db.one("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "2");
    assert_eq!(
        db.one("SELECT string_agg(body::json -> 'detail' ->> 'command', ',' ORDER BY seq) FROM surefoot.events WHERE kind = 'refused'"),
        "reset,reset,dev"
    );
    let _ = surefoot(&project, &["verify", "--env", "production"]).run().success();
}

#[test]
fn another_projects_journal_is_not_destroyed() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = project(&db.url());
    let _ = surefoot(&project, &["up"]).run().success();
    let other = Project::new().file("migrations/001_create_x.sql", "CREATE TABLE x ();\n").file(
        "surefoot.toml",
        format!("[project]\nname = \"other\"\n[journal]\nschema = \"other_journal\"\n[environments.development]\nurl = \"{}\"\n", db.url()),
    );
    let _ = surefoot(&other, &["up"]).run().success();
    let out = surefoot(&project, &["reset", "--force"]).run().code(3);
    assert!(out.stderr.contains("schema other_journal"), "{out}");
    assert_eq!(db.one("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "3");
}

#[test]
fn more_tables_than_the_server_has_locks_for() {
    let options = ClusterOptions {
        config: vec!["max_locks_per_transaction = 10".into(), "max_connections = 10".into(), "autovacuum = off".into()],
        ..ClusterOptions::default()
    };
    let cluster = require!(Cluster::start_with(Major::Any, options), "a PostgreSQL server");
    let project = project(&cluster.url("postgres"));
    let _ = surefoot(&project, &["up"]).run().success();
    for chunk in 0..30 {
        let tables: Vec<String> =
            (0..100).map(|n| format!("CREATE TABLE many.t{chunk}_{n} (id int PRIMARY KEY)")).collect();
        // Each by itself: a transaction of all would meet the limit here already.
        let text = format!("CREATE SCHEMA IF NOT EXISTS many; {}", tables.join("; COMMIT; "));
        let _ = cluster.sql("postgres", &text.replace("; COMMIT", "").replace("many; ", "many; COMMIT; "));
    }
    let out = surefoot(&project, &["reset", "--force"]).timeout(Duration::from_secs(120)).run().success();
    assert!(out.stderr.contains("lock table of the server is too small"), "{out}");
    assert_eq!(cluster.sql("postgres", "SELECT count(*) FROM pg_tables WHERE schemaname = 'many'"), [["0"]]);
    let _ = surefoot(&project, &["verify"]).run().success();
}

#[test]
fn what_the_elevated_role_made_it_drops_again() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    if !db.cluster().has_extension("file_fdw") {
        return surefoot_testkit::skip("no file_fdw on this server");
    }
    let (_, url) = db.ordinary_role();
    let project = project(&url);
    project.write("migrations/003_create_file_fdw.sql", "-- surefoot: role elevated\nCREATE EXTENSION file_fdw;\n");
    let text = project.read("surefoot.toml");
    project.write("surefoot.toml", format!("{text}elevated-url = \"{}\"\n", db.url()));
    let _ = surefoot(&project, &["up"]).run().success();
    let out = surefoot(&project, &["reset", "--force"]).run().success();
    assert!(out.stderr.contains("dropped extension file_fdw"), "{out}");
    assert!(out.stdout.contains("Applied 4 migrations."), "{out}");
    assert_eq!(db.one("SELECT count(*) FROM pg_extension WHERE extname = 'file_fdw'"), "1");
    let _ = surefoot(&project, &["verify"]).run().success();
}

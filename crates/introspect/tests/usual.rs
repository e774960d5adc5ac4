//! What the model says of the kinds of which there are many, against what the server's own functions say of each.

#![allow(clippy::print_stderr, reason = "what was skipped must be seen")]

#[expect(dead_code, reason = "shared with other tests, which use more of it")]
mod cluster;

use std::collections::BTreeMap;

use cluster::Cluster;
use surefoot_catalog::{Body, Catalog, Kind};
use surefoot_introspect::{Options, catalog};
use surefoot_pg::Session;

/// The lines that are meant for a major version.
fn for_major(text: &str, major: u32) -> String {
    let kept = text.lines().filter(|line| match line.split_once("--@") {
        Some((_, tag)) => major >= tag.trim().trim_end_matches('+').parse().expect("a major version"),
        None => true,
    });
    kept.collect::<Vec<_>>().join("\n")
}

/// By name, what the server says.
async fn asked(session: &Session, sql: &str) -> BTreeMap<String, String> {
    let in_schemas = "n.nspname IN ('public', 'Odd \"schema')";
    let sql =
        format!("BEGIN; SET LOCAL search_path = pg_catalog, pg_temp; {}; COMMIT", sql.replace("@ours@", in_schemas));
    let rows = session.rows(&sql).await.unwrap_or_else(|e| panic!("PostgreSQL {}: {e}", session.major()));
    rows.into_iter().map(|mut row| (row.take(0).unwrap_or_default(), row.take(1).unwrap_or_default())).collect()
}

/// By name, what the model says.
fn modelled(catalog: &Catalog, kind: Kind, text: impl Fn(&Body) -> Option<String>) -> BTreeMap<String, String> {
    let of_kind = catalog.objects().iter().filter(|o| o.id.kind == kind);
    of_kind.filter_map(|o| Some((format!("{}.{}", o.id.name, o.id.sub), text(&o.body)?))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn definitions_are_those_of_the_server() {
    let programs = cluster::programs();
    if programs.is_empty() {
        assert!(std::env::var_os("CI").is_none(), "no PostgreSQL: set SUREFOOT_TEST_PG_BIN");
        eprintln!("SKIPPED: no PostgreSQL found; set SUREFOOT_TEST_PG_BIN to a folder with initdb");
        return;
    }
    for bin in programs {
        let cluster = Cluster::start(&bin);
        let session = cluster.connect("postgres", "postgres").await;
        let sql = for_major(include_str!("keys.sql"), session.major());
        session.run(&sql).await.unwrap_or_else(|e| panic!("PostgreSQL {}: {e}", session.major()));
        let model = catalog(&session, &Options::default()).await.expect("the model");

        let indexes = asked(
            &session,
            "SELECT c.relname || '.', pg_get_indexdef(c.oid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
               JOIN pg_namespace n ON n.oid = c.relnamespace
              WHERE @ours@ AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x'))",
        )
        .await;
        assert!(indexes.len() > 20, "{indexes:?}");
        let found = modelled(&model, Kind::Index, |body| match body {
            Body::Index(index) => Some(index.definition.clone()),
            _ => None,
        });
        assert_eq!(found, indexes, "PostgreSQL {}", session.major());

        let constraints = asked(
            &session,
            r"SELECT c.relname || '.' || k.conname,
                     regexp_replace(pg_get_constraintdef(k.oid), ' NOT VALID$| NOT ENFORCED$| WITH \(fillfactor=''60''\)', '')
                FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE @ours@ AND k.contype IN ('p', 'u', 'x', 'f', 'c')",
        )
        .await;
        assert!(constraints.len() > 15, "{constraints:?}");
        let found = modelled(&model, Kind::Constraint, |body| match body {
            Body::Constraint(constraint) => Some(constraint.definition.clone()),
            _ => None,
        });
        assert_eq!(found, constraints, "PostgreSQL {}", session.major());

        let references = asked(
            &session,
            "SELECT c.relname || '.' || k.conname, k.confrelid::regclass FROM pg_constraint k
               JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
              WHERE @ours@ AND k.contype = 'f'",
        )
        .await;
        let found = modelled(&model, Kind::Constraint, |body| match body {
            Body::Constraint(constraint) => constraint.references.as_ref().map(|id| id.relation()),
            _ => None,
        });
        assert_eq!(found, references, "PostgreSQL {}", session.major());

        let columns = asked(
            &session,
            "SELECT c.relname || '.' || a.attname, concat_ws(' ', a.attnum, format_type(a.atttypid, a.atttypmod), a.attnotnull)
               FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
              WHERE @ours@ AND a.attnum > 0 AND c.relkind IN ('r', 'p')",
        )
        .await;
        let found = modelled(&model, Kind::Column, |body| match body {
            Body::Column(c) => Some(format!("{} {} {}", c.position, c.type_name, if c.not_null { "t" } else { "f" })),
            _ => None,
        });
        assert_eq!(found, columns, "PostgreSQL {}", session.major());

        let defaults = asked(
            &session,
            "SELECT c.relname || '.' || a.attname, pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d
               JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum JOIN pg_class c ON c.oid = d.adrelid
               JOIN pg_namespace n ON n.oid = c.relnamespace WHERE @ours@",
        )
        .await;
        let mut found = modelled(&model, Kind::Default, |body| match body {
            Body::Default(default) => Some(default.expression.clone()),
            _ => None,
        });
        found.extend(modelled(&model, Kind::Column, |body| match body {
            Body::Column(column) => column.generated.as_ref().map(|g| g.expression.clone()),
            _ => None,
        }));
        assert_eq!(found, defaults, "PostgreSQL {}", session.major());
        eprintln!("tested on PostgreSQL {}", session.major());
    }
}

//! Prisma schemas on a real server: the script of each, what a change of one leads to beside what Prisma's own script
//! for it leads to, and renames that keep the rows.
//!
//! The schemas, and Prisma's scripts, are those of `crates/prisma/tests`.

use std::path::{Path, PathBuf};

use surefoot::catalog::{Catalog, Kind, Object};
use surefoot::diff::{Options, diff};
use surefoot::pg::{ConnectOptions, ConnectUrl, Session};
use surefoot::schema::{DiffOptions, DiffReport, NobodyToAsk, SchemaSource, ScriptProof, compare};
use surefoot::sql::script::{NoIncludes, Script, parse};
use surefoot::{Error, Invocation};
use surefoot_testkit::{Major, TestDb, require};

fn folders(name: &str) -> Vec<PathBuf> {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("../prisma/tests").join(name);
    let mut folders: Vec<PathBuf> = std::fs::read_dir(all).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

fn name(folder: &Path) -> String {
    folder.file_name().unwrap().to_string_lossy().into_owned()
}

fn invocation() -> Invocation {
    Invocation { folder: PathBuf::from("."), ..Invocation::default() }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

async fn session(db: &TestDb) -> Session {
    let url = ConnectUrl::parse(&db.url()).unwrap();
    Session::connect(&ConnectOptions::new(url, "surefoot test")).await.unwrap()
}

/// Runs a script statement by statement, as psql does.
async fn run(session: &Session, sql: &str) -> Result<(), String> {
    let script: Script = parse("script", sql.into(), &Default::default(), &mut NoIncludes).unwrap();
    for statement in &script.statements {
        let text = script.text(statement);
        session.run(text).await.map_err(|e| format!("{e}: {text}"))?;
    }
    Ok(())
}

async fn catalog(session: &Session) -> Catalog {
    let all = surefoot::introspect::catalog(session, &Default::default()).await.unwrap();
    all.filtered(|object: &Object| !matches!(object.id.kind, Kind::Role | Kind::Database))
}

fn differences(a: &Catalog, b: &Catalog) -> String {
    let options = Options { owners: false, privileges: false, ..Options::default() };
    diff(a, b, &options).unwrap().to_sql()
}

/// The schema of a file or folder as the SQL that makes it.
fn sql_of(path: &Path) -> String {
    let files: Vec<PathBuf> = if path.is_dir() {
        let files = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
        let mut files: Vec<PathBuf> = files.filter(|p| p.extension().is_some_and(|e| e == "prisma")).collect();
        files.sort();
        files
    } else {
        vec![path.to_owned()]
    };
    let text = |file: &PathBuf| (name(file), std::fs::read_to_string(file).unwrap());
    surefoot_prisma::parse(&files.iter().map(text).collect::<Vec<_>>()).unwrap().to_sql()
}

async fn compared(from: SchemaSource, to: &Path, db: &TestDb, accept_drops: bool) -> Result<DiffReport, Error> {
    let options = DiffOptions {
        on: Some(db.cluster().url("postgres")),
        accept_drops,
        no_privileges: true,
        prove: !accept_drops,
        ..DiffOptions::default()
    };
    compare(None, &invocation(), &from, &SchemaSource::Prisma(to.to_owned()), &options, &NobodyToAsk).await
}

async fn apply(session: &Session, report: &DiffReport) -> Result<(), String> {
    for step in &report.script.steps {
        session.run(&step.sql).await.map_err(|e| format!("{e}: {}", step.sql))?;
    }
    Ok(())
}

/// Empties a database: quicker than a new one each time.
async fn empty(session: &Session) {
    let drop = "DO $$ DECLARE it text; BEGIN \
         FOR it IN SELECT quote_ident(extname) FROM pg_extension WHERE extname <> 'plpgsql' \
         LOOP EXECUTE 'DROP EXTENSION ' || it || ' CASCADE'; END LOOP; \
         FOR it IN SELECT quote_ident(nspname) FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' \
         LOOP EXECUTE 'DROP SCHEMA ' || it || ' CASCADE'; END LOOP; END $$; CREATE SCHEMA public";
    session.run(drop).await.unwrap();
}

#[test]
fn every_schema_loads() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let (mut loaded, mut left_out, mut wrong) = (0, Vec::new(), Vec::new());
    wait(async {
        let session = session(&db).await;
        for case in folders("cases") {
            let Ok(sql) = std::fs::read_to_string(case.join("expected.sql")) else { continue };
            // What the schema takes for granted.
            let needs = std::fs::read_to_string(case.join("needs.sql")).unwrap_or_default();
            let lines = sql.lines().chain(needs.lines()).filter_map(|line| line.strip_prefix("CREATE EXTENSION "));
            let mut names = lines.map(|rest| {
                let rest = rest.trim_start_matches("IF NOT EXISTS ").trim_start_matches('"');
                rest.split(['"', ';', ' ']).next().unwrap_or_default()
            });
            if names.any(|name| !db.cluster().has_extension(name)) {
                left_out.push(name(&case));
                continue;
            }
            empty(&session).await;
            run(&session, &needs).await.unwrap();
            // Prisma takes any text for the SQL of a default, a type or a condition.
            let any_text = std::fs::read_to_string(case.join("not-sql"));
            match (run(&session, &sql_of(&case)).await, any_text) {
                (Ok(()), Err(_)) => loaded += 1,
                (Err(e), Ok(wanted)) if e.contains(wanted.trim()) => {}
                (outcome, _) => wrong.push(format!("{}: {outcome:?}", name(&case))),
            }
        }
        session.close().await;
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(loaded >= 45, "{loaded} schemas loaded; without their extensions: {left_out:?}");
}

#[test]
fn a_change_leads_where_prisma_leads() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let all = folders("changes");
    assert!(all.len() >= 50);
    let mut wrong = Vec::new();
    wait(async {
        let session = session(&db).await;
        for change in all {
            let (before, after) = (sql_of(&change.join("before.prisma")), sql_of(&change.join("after.prisma")));
            let prisma = std::fs::read_to_string(change.join("prisma.sql")).unwrap();
            empty(&session).await;
            let outcome = async {
                run(&session, &after).await?;
                let aim = catalog(&session).await;
                empty(&session).await;
                run(&session, &before).await?;
                let is = catalog(&session).await;
                // Where Prisma's script is wrong, ours has to lead where the schema itself does.
                let theirs = if change.join("differs-from-prisma").exists() {
                    aim.clone()
                } else {
                    run(&session, &prisma).await?;
                    catalog(&session).await
                };
                empty(&session).await;
                run(&session, &before).await?;
                let options = Options { owners: false, privileges: false, ..Options::default() };
                for step in diff(&is, &aim, &options).unwrap().steps {
                    session.run(&step.sql).await.map_err(|e| format!("{e}: {}", step.sql))?;
                }
                match differences(&catalog(&session).await, &theirs).as_str() {
                    "" => Ok(()),
                    left => Err(format!("from ours to Prisma's:\n{left}")),
                }
            };
            let outcome: Result<(), String> = outcome.await;
            wrong.extend(outcome.err().map(|e| format!("{}: {e}", name(&change))));
        }
        session.close().await;
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_changed_map_renames_and_keeps_what_is_there() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    for case in ["renames-by-map", "renames-across-schemas"] {
        let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("../prisma/tests/cases").join(case);
        let before = case.join("before");
        wait(async {
            let report = compared(SchemaSource::Prisma(before.clone()), &case, &db, false).await.unwrap();
            assert!(matches!(report.proof, Some(ScriptProof::Proven { .. })), "{:?}", report.proof);
            assert!(report.renames.len() >= 3, "{:?}", report.renames);
            let lost: Vec<&str> =
                report.script.steps.iter().filter(|s| s.loss.is_some()).map(|s| s.sql.as_str()).collect();
            assert!(lost.is_empty(), "{lost:?}");
            let session = session(&db).await;
            empty(&session).await;
            run(&session, &sql_of(&before)).await.unwrap();
            apply(&session, &report).await.unwrap();
            let got = catalog(&session).await;
            empty(&session).await;
            run(&session, &sql_of(&case)).await.unwrap();
            assert_eq!(differences(&got, &catalog(&session).await), "");
            session.close().await;
        });
    }
}

#[test]
fn the_medical_record_schema_is_its_first_migration() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/medical-record");
    let migration = example.join("prisma/migrations/20240215120000_initial_schema/migration.sql");
    let other = TestDb::new(Major::Any).unwrap();
    wait(async {
        let (ours, theirs) = (session(&db).await, session(&other).await);
        run(&ours, &sql_of(&example.join("initial/schema.prisma"))).await.unwrap();
        run(&theirs, &std::fs::read_to_string(migration).unwrap()).await.unwrap();
        let (ours, theirs) = (catalog(&ours).await, catalog(&theirs).await);
        assert!(ours.count_by_kind()[&Kind::Table] > 5);
        assert_eq!(differences(&ours, &theirs), "");
        assert_eq!(ours.hash(), theirs.hash());
    });
}

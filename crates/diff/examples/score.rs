//! How many pairs of schemas end in the right catalog, in both directions.
//!
//! ```text
//! cargo run -p surefoot-diff --example score -- postgres://postgres@localhost:5432/postgres pairs/*
//! ```
//!
//! Each folder holds `a.sql` and `b.sql`. The judge is the snapshot of crate `introspect`, which shares no query with
//! the catalog that the engine reads. With `SHOW=1` the script and what remains are printed for each failure.
#![allow(clippy::print_stdout, reason = "it is a program")]

use std::error::Error;
use std::path::Path;

use surefoot_introspect::{Options, catalog, snapshot};
use surefoot_pg::{ConnectOptions, ConnectUrl, Session};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let url = args.next().ok_or("usage: score URL FOLDER...")?;
    let show = std::env::var_os("SHOW").is_some();
    let (mut good, mut all) = (0, 0);
    for folder in args {
        let folder = Path::new(&folder);
        for (from, to) in [("a", "b"), ("b", "a")] {
            all += 1;
            match pair(&url, folder, from, to, show).await {
                Ok(left) if left.is_empty() => good += 1,
                Ok(left) => println!("DIFFERS {} {from}->{to}\n{left}", folder.display()),
                Err(error) => println!("FAILS {} {from}->{to}\n    {error}", folder.display()),
            }
        }
    }
    println!("{good} of {all}");
    Ok(())
}

async fn connect(url: &str, database: &str) -> Result<Session> {
    let base = url.rsplit_once('/').map_or(url, |(base, _)| base);
    let url = ConnectUrl::parse(&format!("{base}/{database}"))?;
    Ok(Session::connect(&ConnectOptions::new(url, "score")).await?)
}

async fn load(url: &str, admin: &Session, database: &str, file: &Path) -> Result<Session> {
    leave_no_subscription(url, admin, database).await?;
    admin.run(&format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)")).await?;
    let strategy = if admin.major() >= 15 { " STRATEGY FILE_COPY" } else { "" };
    admin.run(&format!("CREATE DATABASE {database} TEMPLATE template0{strategy}")).await?;
    let session = connect(url, database).await?;
    let sql = std::fs::read_to_string(file)?;
    session.run(&sql).await.map_err(|e| format!("{}: {e}", file.display()))?;
    session.run("RESET ALL; RESET ROLE").await?;
    Ok(session)
}

/// A database with a subscription cannot be dropped.
async fn leave_no_subscription(url: &str, admin: &Session, database: &str) -> Result<()> {
    let rows = admin
        .rows(&format!(
            "SELECT quote_ident(s.subname) FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid \
             WHERE d.datname = '{database}'"
        ))
        .await?;
    if rows.is_empty() {
        return Ok(());
    }
    let session = connect(url, database).await?;
    for name in rows.iter().filter_map(|row| row.get(0)) {
        let alter = format!("ALTER SUBSCRIPTION {name}");
        session.run(&format!("{alter} DISABLE; {alter} SET (slot_name = NONE); DROP SUBSCRIPTION {name}")).await?;
    }
    Ok(())
}

async fn pair(url: &str, folder: &Path, from: &str, to: &str, show: bool) -> Result<String> {
    let admin = connect(url, "postgres").await?;
    let a = load(url, &admin, "score_a", &folder.join(format!("{from}.sql"))).await?;
    let b = load(url, &admin, "score_b", &folder.join(format!("{to}.sql"))).await?;
    let options = Options::default();
    let (before, after) = (catalog(&a, &options).await?, catalog(&b, &options).await?);
    let script = surefoot_diff::diff(&before, &after, &surefoot_diff::Options::default())?;
    let sql = script.to_sql();
    let mut text = String::new();
    a.run("SET check_function_bodies = off").await?;
    for step in &script.steps {
        if let Err(error) = a.run(&step.sql).await {
            text = format!("    {}\n    {error}\n", step.sql.replace('\n', "\n    "));
            break;
        }
    }
    if text.is_empty() {
        let left = snapshot(&a, &options).await?.diff(&snapshot(&b, &options).await?);
        for difference in left.iter().filter(|d| !d.order_only) {
            text.push_str(&format!("    {}\n", difference.to_string().replace('\n', "\n    ")));
        }
        let again = surefoot_diff::diff(&catalog(&a, &options).await?, &after, &surefoot_diff::Options::default())?;
        if !again.is_empty() {
            text.push_str(&format!("    not empty the second time: {}\n", again.to_sql().replace('\n', "\n    ")));
        }
    }
    if show && !text.is_empty() {
        text.push_str(&format!("    ---- script\n    {}\n", sql.replace('\n', "\n    ")));
    }
    Ok(text)
}

//! Reading the model with a role that may not read everything: what it may not is named, and is not taken for missing.

use std::collections::BTreeSet;

use surefoot_catalog::{Body, Catalog, Kind, Unreadable};
use surefoot_pg::{ErrorClass, Session};

use crate::model::{FILES, read_model};
use crate::{Error, Options, Result};

/// Without these there is no schema to speak of; nor without what the queries of the rows in [`CARRIERS`] need.
const ESSENTIAL: &[&str] = &["pg_namespace", "pg_class", "pg_attribute", "pg_type", "pg_depend"];

/// What other rows are looked up in.
const CARRIERS: &[&str] = &["schema", "#table", "#type", "#column"];

/// Catalogs that a query joins in passing, and what it can join in their place.
const SPARED: &[(&str, &str)] = &[
    ("pg_foreign_server", "(SELECT NULL::oid AS oid, NULL::name AS srvname)"),
    ("pg_foreign_table", "(SELECT NULL::oid AS ftrelid, NULL::oid AS ftserver, NULL::text[] AS ftoptions)"),
    ("pg_tablespace", "(SELECT NULL::oid AS oid, NULL::name AS spcname)"),
];

/// System catalogs that a server may close one by one before we give up.
const MOST: usize = 30;

/// In the place of `pg_description`.
const NO_COMMENTS: &str = "(SELECT NULL::oid AS classoid, NULL::oid AS objoid, NULL::int AS objsubid, \
                           NULL::text AS description WHERE false)";

/// Reads the schema of the session's database: two round trips, whatever its size, and a third where there is an index or
/// a constraint of which the server has to be asked more.
///
/// Works inside a transaction of the caller's as well as outside one, writes nothing, and leaves the settings of the
/// session as they were. What the role may not read is named in [`Catalog::unreadable`].
///
/// # Errors
/// [`Error::Version`] before PostgreSQL 13, [`Error::Unreadable`] when the role may not read what every schema is made
/// of, otherwise what the server said.
pub async fn catalog(session: &Session, options: &Options) -> Result<Catalog> {
    let mut closed: Vec<String> = Vec::new();
    for _ in 0..MOST {
        let denied = match read_model(session, options, &closed).await {
            Ok(mut catalog) => {
                catalog.unreadable = unreadable(&catalog, &closed);
                return Ok(catalog);
            }
            Err(Error::Session(e)) if e.class() == ErrorClass::Privilege => e,
            Err(other) => return Err(other),
        };
        let named = denied.server().and_then(|e| table_of(&e.message)).map(str::to_owned);
        let before = closed.len();
        closed.extend(named.filter(|name| name.starts_with("pg_")));
        // The rest of them, if they can be asked for; else they turn up one by one.
        let rows = session
            .rows(
                "SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                  WHERE n.nspname = 'pg_catalog' AND c.relkind IN ('r', 'v') \
                    AND NOT pg_catalog.has_any_column_privilege(c.oid, 'SELECT')",
            )
            .await
            .unwrap_or_default();
        closed.extend(rows.iter().filter_map(|row| row.get(0)).map(str::to_owned));
        closed.sort();
        closed.dedup();
        let essential: Vec<String> =
            closed.iter().filter(|name| ESSENTIAL.contains(&name.as_str()) || carries(name)).cloned().collect();
        if !essential.is_empty() {
            return Err(Error::Unreadable { role: session.url().user().to_owned(), catalogs: essential });
        }
        if closed.len() == before {
            return Err(denied.into());
        }
    }
    Err(Error::Unreadable { role: session.url().user().to_owned(), catalogs: closed })
}

/// The name in `permission denied for table pg_foreign_server`.
fn table_of(message: &str) -> Option<&str> {
    let rest = message.strip_prefix("permission denied for ")?;
    let (what, name) = rest.split_once(' ')?;
    ["table", "view", "relation"].contains(&what).then_some(name)
}

/// Whether a query reads one of these catalogs.
pub(crate) fn needs(file: &str, closed: &[String]) -> bool {
    !closed.is_empty() && words(&spared(file.to_owned(), closed)).any(|word| closed.iter().any(|name| name == word))
}

fn carries(catalog: &str) -> bool {
    let closed = [catalog.to_owned()];
    FILES.iter().any(|file| made(file).any(|row| CARRIERS.contains(&row)) && needs(file, &closed))
}

/// A query without what it asks for only in passing, where that cannot be read.
pub(crate) fn spared(mut sql: String, closed: &[String]) -> String {
    for name in closed {
        for (catalog, instead) in SPARED.iter().filter(|(catalog, _)| catalog == name) {
            sql = sql.replace(&format!("LEFT JOIN {catalog} "), &format!("LEFT JOIN {instead} "));
        }
        if name == "pg_description" {
            // Without a separator there is no text: NULL, whatever the arguments are.
            sql = sql.replace("obj_description(", "concat_ws(NULL, ").replace("col_description(", "concat_ws(NULL, ");
            for word in ["FROM", "JOIN"] {
                sql = sql.replace(&format!("{word} pg_description "), &format!("{word} {NO_COMMENTS} "));
            }
        }
    }
    sql
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter(|line| !line.trim_start().starts_with("--"))
        .flat_map(|line| line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')))
}

fn unreadable(catalog: &Catalog, closed: &[String]) -> Vec<Unreadable> {
    let mut out = Vec::new();
    for name in closed {
        let files = FILES.iter().filter(|file| needs(file, std::slice::from_ref(name)));
        let rows: BTreeSet<&str> = files.flat_map(|file| made(file)).collect();
        let kinds: BTreeSet<Kind> = rows
            .iter()
            .map(|word| word.trim_start_matches('#'))
            .filter_map(|word| serde_json::from_value(serde_json::Value::String(word.to_owned())).ok())
            .collect();
        let mut what: Vec<String> = kinds.iter().map(|kind| kind.word()).collect();
        what.extend((name == "pg_description").then(|| "comment".to_owned()));
        what.extend(rows.contains("#label").then(|| "security label".to_owned()));
        if !what.is_empty() {
            let kinds = kinds.into_iter().collect();
            out.push(Unreadable { catalog: name.clone(), what: what.join(", "), kinds });
        }
    }
    let hidden = |what: &str, hides: fn(&Body) -> bool| {
        let n = catalog.objects().iter().filter(|o| hides(&o.body)).count();
        (n > 0).then(|| format!("{what} ({n})"))
    };
    let mappings = hidden("options of user mapping", |b| matches!(b, Body::UserMapping(m) if m.options.is_none()));
    let connections =
        hidden("connection of subscription", |b| matches!(b, Body::Subscription(s) if s.connection.is_none()));
    for (catalog, what) in [("pg_user_mapping", mappings), ("pg_subscription", connections)] {
        out.extend(what.map(|what| Unreadable { catalog: catalog.into(), what, kinds: Vec::new() }));
    }
    out
}

/// The first words of the rows that a query makes: `SELECT 'policy', ...`, `SELECT CASE ... THEN 'procedure' ... END, ...`.
fn made(file: &str) -> impl Iterator<Item = &str> {
    file.split("SELECT ").skip(1).flat_map(|rest| {
        let mut words = Vec::new();
        if let Some(quoted) = rest.strip_prefix('\'') {
            words.extend(quoted.split_once("',").map(|(word, _)| word));
        } else if let Some((cases, _)) = rest.strip_prefix("CASE ").and_then(|rest| rest.split_once(" END")) {
            let after = |keyword: &'static str| cases.split(keyword).skip(1).filter_map(|w| w.split_once('\''));
            words.extend(after("THEN '").chain(after("ELSE '")).map(|(word, _)| word));
        }
        words
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_catalog_closes_the_kinds_that_need_it() {
        let closed = ["pg_foreign_server".to_owned()];
        assert!(FILES.iter().any(|file| needs(file, &closed)));
        let kinds: Vec<Kind> = unreadable(&Catalog::default(), &closed).into_iter().flat_map(|u| u.kinds).collect();
        assert!(kinds.contains(&Kind::Server) && kinds.contains(&Kind::UserMapping), "{kinds:?}");
        // A part of a name is no name.
        assert!(!needs("SELECT FROM pg_foreign_server_x", &closed));
        assert!(!needs("-- pg_foreign_server", &closed));
        let closed = ["pg_proc".to_owned()];
        let kinds: Vec<Kind> = unreadable(&Catalog::default(), &closed).into_iter().flat_map(|u| u.kinds).collect();
        assert!(kinds.contains(&Kind::Function) && kinds.contains(&Kind::Procedure), "{kinds:?}");
        assert_eq!(table_of("permission denied for table pg_policy"), Some("pg_policy"));
        assert_eq!(table_of("permission denied for schema public"), None);
    }
}

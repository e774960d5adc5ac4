//! A scratch database on a server that the user named.
//!
//! The database of the URL itself is only connected to: everything happens in
//! a database of our own beside it, dropped at the end. One that holds tables is
//! refused all the same: whoever names it may think that it is the one that is
//! worked in, and a server with somebody's data is no place for rehearsals.
//! Roles are shared by all databases of a server: what creates roles does so for
//! real there.

use std::hash::{BuildHasher, Hasher};
use std::sync::{Mutex, PoisonError};

use surefoot_pg::{ConnectUrl, ident, literal};

use crate::{Error, Kind, Provider, Result, Server, blocking};

/// How the names of our databases begin.
pub const PREFIX: &str = "surefoot_dev_";
const COMMENT: &str = "surefoot dev database, created ";

impl Server {
    /// Creates a scratch database on the server of `url`, which needs the
    /// right to create databases. It is dropped by [`Server::stop`].
    pub fn scratch(url: &str) -> Result<Self> {
        Scratch::create(url).map(Self::new)
    }
}

#[derive(Debug)]
struct Scratch {
    base: ConnectUrl,
    version: String,
    name: String,
    // All that `stop` has to drop.
    names: Mutex<Vec<String>>,
}

impl Scratch {
    fn create(url: &str) -> Result<Self> {
        let base = ConnectUrl::parse(url).map_err(|e| Error::Url(e.to_string()))?;
        let rows = query(&base, "SELECT current_setting('server_version')")?;
        let version = rows
            .first()
            .and_then(|row| row.get(0))
            .and_then(|text| text.split_whitespace().next())
            .unwrap_or_default()
            .to_owned();
        refuse_data(&base)?;
        let name = format!("{PREFIX}{}", random());
        let database = ident(&name);
        // template0: template1 of a shared server may have been filled.
        query(&base, &format!("CREATE DATABASE {database} TEMPLATE template0"))?;
        let scratch = Self { base, version, names: Mutex::new(vec![name.clone()]), name };
        let comment = format!("{COMMENT}{:.0}", jiff::Timestamp::now());
        query(&scratch.base, &format!("COMMENT ON DATABASE {database} IS {}", literal(&comment)))?;
        Ok(scratch)
    }
}

/// Refuses a database that has tables of its own. Tables of extensions do not count, nor temporary ones.
fn refuse_data(base: &ConnectUrl) -> Result<()> {
    let rows = query(
        base,
        "SELECT current_database(), count(*), min(quote_ident(n.nspname) || '.' || quote_ident(c.relname)) \
           FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
          WHERE c.relkind IN ('r', 'p', 'm', 'f') AND c.relpersistence <> 't' \
            AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' \
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d \
                             WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')",
    )?;
    let Some(row) = rows.first() else { return Ok(()) };
    match row.parse::<u64>(1) {
        Some(tables) if tables > 0 => Err(Error::HoldsData {
            database: row.get(0).unwrap_or_default().to_owned(),
            tables,
            example: row.get(2).unwrap_or_default().to_owned(),
        }),
        _ => Ok(()),
    }
}

impl Provider for Scratch {
    fn kind(&self) -> Kind {
        Kind::Url
    }

    fn version(&self) -> String {
        self.version.clone()
    }

    fn database(&self) -> String {
        self.name.clone()
    }

    fn url(&self, database: &str) -> String {
        self.base.with_database(database).expose().to_owned()
    }

    fn extensions(&self) -> Vec<String> {
        let sql = "SELECT name FROM pg_available_extensions ORDER BY name";
        // A server that does not answer has none to offer; the next statement
        // will say why.
        query(&self.base.with_database(&self.name), sql)
            .unwrap_or_default()
            .iter()
            .filter_map(|row| row.get(0).map(str::to_owned))
            .collect()
    }

    fn name_database(&self, label: &str) -> String {
        let word: String = label.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(20).collect();
        let name = format!("{PREFIX}{}_{word}", random());
        self.names.lock().unwrap_or_else(PoisonError::into_inner).push(name.clone());
        name
    }

    fn stop(&mut self) -> Result<()> {
        let names = std::mem::take(self.names.get_mut().unwrap_or_else(PoisonError::into_inner));
        let mut result = Ok(());
        for name in names {
            let dropped = query(&self.base, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", ident(&name)));
            result = result.and(dropped.map(|_| ()));
        }
        result
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}

/// A scratch database that its run did not drop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// Its name.
    pub name: String,
    /// When it was created, RFC 3339, where its comment says so.
    pub created: Option<String>,
    /// Sessions that are in it now.
    pub sessions: u32,
}

/// The scratch databases on the server of `url`, those in use included.
pub fn leftovers(url: &str) -> Result<Vec<Leftover>> {
    let base = ConnectUrl::parse(url).map_err(|e| Error::Url(e.to_string()))?;
    let rows = query(
        &base,
        &format!(
            "SELECT d.datname, shobj_description(d.oid, 'pg_database'), \
             (SELECT count(*) FROM pg_stat_activity a WHERE a.datid = d.oid) \
             FROM pg_database d WHERE starts_with(d.datname, {}) ORDER BY 1",
            literal(PREFIX)
        ),
    )?;
    Ok(rows
        .iter()
        .map(|row| Leftover {
            name: row.get(0).unwrap_or_default().to_owned(),
            created: row.get(1).and_then(|c| c.strip_prefix(COMMENT)).map(str::to_owned),
            sessions: row.parse(2).unwrap_or(0),
        })
        .collect())
}

/// Drops a scratch database of a dead run. Other names are refused, and so is
/// a database that somebody is in.
pub fn drop_leftover(url: &str, name: &str) -> Result<()> {
    if !name.starts_with(PREFIX) {
        return Err(Error::Url(format!("{name} is not a scratch database of Surefoot")));
    }
    let base = ConnectUrl::parse(url).map_err(|e| Error::Url(e.to_string()))?;
    query(&base, &format!("DROP DATABASE IF EXISTS {}", ident(name))).map(|_| ())
}

fn query(base: &ConnectUrl, sql: &str) -> Result<Vec<surefoot_pg::Row>> {
    blocking::query(base.expose().to_owned(), sql.to_owned())
}

fn random() -> String {
    // Seeded by the operating system for each state.
    let number = std::hash::RandomState::new().build_hasher().finish();
    format!("{number:016x}")
}

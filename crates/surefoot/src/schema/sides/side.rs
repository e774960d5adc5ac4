//! One side of a comparison: its schema, what its journal says, and the settings that matter.

use std::collections::BTreeMap;
use std::time::Duration;

use surefoot_catalog::Catalog;
use surefoot_introspect::{Options, Special};
use surefoot_journal::{DEFAULT_SCHEMA, Journal, State};
use surefoot_pg::{ConnectOptions, Session};

use crate::schema::drift::AppliedText;
use crate::schema::load::{Prepared, prepare};
use crate::schema::{SchemaSource, read_schema};
use crate::{Invocation, Project, Result};

/// Settings under which the same statements may come out differently.
const SETTINGS: &str = "'DateStyle', 'IntervalStyle', 'TimeZone', 'array_nulls', 'bytea_output', \
    'default_table_access_method', 'default_tablespace', 'default_text_search_config', \
    'default_toast_compression', 'default_transaction_isolation', 'lc_monetary', \
    'lc_numeric', 'lc_time', 'row_security', 'search_path', 'server_encoding', 'server_version', \
    'session_replication_role', 'standard_conforming_strings', 'transform_null_equals', 'xmloption'";

/// A migration as a side has it.
#[derive(Debug, Clone)]
pub(super) struct Applied {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) sha256: String,
    pub(super) unfinished: bool,
}

/// One side.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) name: String,
    /// Whether it is a database.
    pub(super) live: bool,
    pub(super) catalog: Catalog,
    /// Its history, where it has one.
    pub(super) applied: Option<Vec<Applied>>,
    /// The texts that were applied, where the journal of a database has them.
    pub(super) texts: Option<Vec<AppliedText>>,
    pub(super) settings: BTreeMap<String, String>,
    pub(super) special: Special,
    pub(super) warnings: Vec<String>,
}

impl Side {
    pub(super) async fn read(
        project: Option<&Project>,
        invocation: &Invocation,
        source: &SchemaSource,
        on: Option<&str>,
    ) -> Result<Self> {
        let name = match source {
            SchemaSource::Environment(name) => name.clone(),
            other => other.to_string(),
        };
        match prepare(project, invocation, source, None)? {
            Prepared::Live(spec) if spec.exists() => {
                let target = spec.open(Duration::from_secs(10)).await?;
                let session = target.look().await?;
                let side = Self::of_database(project, name, &session).await;
                session.close().await;
                target.close().await?;
                side
            }
            Prepared::Url(url) => {
                let session = Session::connect(&ConnectOptions::new(*url, "surefoot")).await?;
                let side = Self::of_database(project, name, &session).await;
                session.close().await;
                side
            }
            prepared => {
                let applied = match &prepared {
                    Prepared::History(history) => Some(
                        history
                            .set
                            .migrations()
                            .iter()
                            .map(|m| Applied {
                                id: m.id.clone(),
                                name: m.name.clone(),
                                sha256: m.up.sha256.clone(),
                                unfinished: false,
                            })
                            .collect(),
                    ),
                    _ => None,
                };
                drop(prepared);
                let loaded = read_schema(project, invocation, source, None, on).await?;
                Ok(Self {
                    name,
                    live: false,
                    catalog: loaded.catalog,
                    applied,
                    texts: None,
                    settings: BTreeMap::new(),
                    special: Special::default(),
                    warnings: loaded.warnings,
                })
            }
        }
    }

    async fn of_database(project: Option<&Project>, name: String, session: &Session) -> Result<Self> {
        let options = project
            .map_or_else(Options::default, |p| Options { excluded_schemas: p.own_schemas(), ..Options::default() });
        let catalog = surefoot_introspect::catalog(session, &options).await?;
        let special = surefoot_introspect::special(session).await?;
        let mut warnings: Vec<String> = special
            .unreadable
            .iter()
            .map(|what| format!("{name}: {what} cannot be read: its tables may count as differences"))
            .collect();
        warnings.extend(crate::schema::not_readable(&catalog).into_iter().map(|what| format!("{name}: {what}")));
        let schema = project.map_or(DEFAULT_SCHEMA, Project::journal_schema);
        let journal = Journal::open(session, schema, project.map(|p| p.name.as_str())).await?;
        let (mut applied, mut texts) = (None, None);
        match &journal {
            None => warnings.push(format!("{name} has no journal: nothing explains its differences")),
            Some(journal) => {
                let rows = journal.migrations(session).await?;
                let standing: Vec<_> = rows.into_iter().filter(|r| r.state != State::Reverted).collect();
                let mut kept = Vec::new();
                for row in standing.iter().filter(|r| r.state == State::Applied) {
                    let text = journal.file(session, &row.up_sha256).await?;
                    kept.push(AppliedText { id: row.id.clone(), path: row.up_file.clone(), text });
                }
                texts = Some(kept);
                applied = Some(
                    standing
                        .into_iter()
                        .map(|r| Applied {
                            id: r.id,
                            name: r.name,
                            sha256: r.up_sha256,
                            unfinished: r.state != State::Applied,
                        })
                        .collect(),
                );
            }
        }
        let settings = settings(session).await?;
        Ok(Self { name, live: true, catalog, applied, texts, settings, special, warnings })
    }
}

async fn settings(session: &Session) -> Result<BTreeMap<String, String>> {
    let provider = if session.major() >= 15 { "d.datlocprovider::text" } else { "'c'" };
    let rows = session
        .rows(&format!(
            "SELECT name, setting FROM pg_catalog.pg_settings WHERE name IN ({SETTINGS}) \
             UNION ALL SELECT x.name, x.value FROM pg_catalog.pg_database d, LATERAL (VALUES \
               ('collation', d.datcollate::text), ('character classes', d.datctype::text), \
               ('locale provider', {provider})) x (name, value) WHERE d.datname = current_database() \
             UNION ALL SELECT 'major version', (current_setting('server_version_num')::int / 10000)::text"
        ))
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((row.get(0)?.to_owned(), row.get(1).unwrap_or_default().to_owned())))
        .collect())
}

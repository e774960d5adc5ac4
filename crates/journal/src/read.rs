//! Reading the journal. Nothing here writes, so a read command never creates one.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;
use surefoot_pg::{AdvisoryKey, ErrorClass, Session, ident, literal};

use crate::{Error, FORMAT, Result};

/// State of a migration in a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Some parts are committed, more must follow.
    Applying,
    /// Applied whole.
    Applied,
    /// Its rollback is committed in part.
    Reverting,
    /// Rolled back whole.
    Reverted,
}

impl State {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applying => "applying",
            Self::Applied => "applied",
            Self::Reverting => "reverting",
            Self::Reverted => "reverted",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for State {
    type Err = String;
    fn from_str(s: &str) -> std::result::Result<Self, String> {
        [Self::Applying, Self::Applied, Self::Reverting, Self::Reverted]
            .into_iter()
            .find(|k| k.as_str() == s)
            .ok_or_else(|| format!("unknown state {s:?}"))
    }
}

/// State of one unit of a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepState {
    /// About to run, outside a transaction; the outcome is not known.
    Intent,
    /// Done.
    Done,
}

impl StepState {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Intent => "intent",
            Self::Done => "done",
        }
    }
}

/// A unit in progress.
#[derive(Debug, Clone)]
pub struct StepRow {
    /// Migration id.
    pub migration: String,
    /// `up` or `down`.
    pub direction: String,
    /// Number of the unit, from 0.
    pub unit: usize,
    /// Where it stands.
    pub state: StepState,
    /// The first words of the statement.
    pub statement: String,
    /// SHA-256 of the unit's text, hex.
    pub sha256: String,
    /// The backend that ran it.
    pub backend_pid: Option<i32>,
    /// Since when that backend lived, as the server prints it.
    pub backend_start: Option<String>,
}

/// A migration as the target knows it.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Migration id.
    pub id: String,
    /// Place in the order when it was applied.
    pub position: u64,
    /// Description.
    pub name: String,
    /// Team.
    pub owner: Option<String>,
    /// `R__` file.
    pub repeatable: bool,
    /// State.
    pub state: State,
    /// Committed parts.
    pub units_done: usize,
    /// Parts in all.
    pub units_total: usize,
    /// File of the migration.
    pub up_file: String,
    /// SHA-256 of its bytes, hex.
    pub up_sha256: String,
    /// SHA-256 over its statements, hex.
    pub up_statements: String,
    /// File of the rollback.
    pub down_file: Option<String>,
    /// SHA-256 of its bytes, hex.
    pub down_sha256: Option<String>,
    /// File of the check.
    pub verify_file: Option<String>,
    /// SHA-256 of its bytes, hex.
    pub verify_sha256: Option<String>,
    /// Server time, RFC 3339 in UTC.
    pub applied_at: Option<String>,
    /// Database role.
    pub applied_by: Option<String>,
    /// Milliseconds its statements took.
    pub duration_ms: Option<u64>,
    /// Its last event.
    pub event: u64,
}

/// The last event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Sequence number; 0 for an empty journal.
    pub seq: u64,
    /// Hash of the last event, hex.
    pub hash: String,
}

/// An event as stored.
#[derive(Debug, Clone)]
pub struct EventRow {
    /// Sequence number.
    pub seq: u64,
    /// Server time, RFC 3339 in UTC.
    pub at: String,
    /// Kind.
    pub kind: String,
    /// Migration.
    pub migration: Option<String>,
    /// State after it.
    pub state: Option<String>,
    /// Run.
    pub run: Option<String>,
    /// The exact text that is hashed.
    pub body: String,
    /// Hash, hex.
    pub hash: String,
}

impl EventRow {
    /// The body as JSON, `Null` when it is not JSON (it was altered).
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }
}

/// An open journal.
#[derive(Debug, Clone)]
pub struct Journal {
    pub(crate) schema: String,
    project: String,
}

impl Journal {
    /// Opens the journal in `schema`, or `None` when there is none. Never writes.
    ///
    /// # Errors
    /// [`Error::NewerFormat`], [`Error::WrongProject`] (when `project` is given), [`Error::Altered`].
    pub async fn open(session: &Session, schema: &str, project: Option<&str>) -> Result<Option<Self>> {
        // One round trip: the columns of every table, in order; an absent schema gives no rows.
        let rows = session
            .rows(&format!(
                "SELECT c.relname, pg_catalog.string_agg(a.attname, ',' ORDER BY a.attnum) \
                 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
                 WHERE n.nspname = {} AND c.relkind = 'r' GROUP BY c.relname",
                literal(schema)
            ))
            .await?;
        if rows.is_empty() {
            return Ok(None);
        }
        let found = |table: &str| rows.iter().find(|r| r.get(0) == Some(table)).and_then(|r| r.get(1));
        let access = |e: surefoot_pg::Error| match e.class() {
            ErrorClass::Privilege => {
                Error::NoAccess { role: session.url().user().to_owned(), schema: schema.to_owned(), what: "read" }
            }
            _ => Error::Pg(e),
        };
        let altered = |what: String| Error::Altered { schema: schema.to_owned(), what };
        if found("meta") != Some("key,value") {
            return Err(altered("table meta is missing or has other columns".into()));
        }
        let meta = session.rows(&format!("SELECT key, value FROM {}.meta", ident(schema))).await.map_err(access)?;
        let value = |key: &str| meta.iter().find(|r| r.get(0) == Some(key)).and_then(|r| r.get(1));
        let format: u32 =
            value("format").and_then(|v| v.parse().ok()).ok_or_else(|| altered("meta names no format".into()))?;
        if format > FORMAT {
            return Err(Error::NewerFormat { schema: schema.to_owned(), found: format, known: FORMAT });
        }
        for (table, columns) in TABLES {
            match found(table) {
                Some(have) if have == *columns => {}
                Some(have) => {
                    return Err(altered(format!("table {table} {}", columns_differ(have, columns))));
                }
                None => return Err(altered(format!("table {table} is missing"))),
            }
        }
        let in_database = value("project").unwrap_or_default().to_owned();
        if let Some(expected) = project
            && expected != in_database
        {
            return Err(Error::WrongProject {
                schema: schema.to_owned(),
                found: in_database,
                expected: expected.to_owned(),
            });
        }
        Ok(Some(Self { schema: schema.to_owned(), project: in_database }))
    }

    /// A journal that does not exist yet, for rendering the SQL of a dry run.
    pub fn planned(schema: &str, project: &str) -> Self {
        Self { schema: schema.to_owned(), project: project.to_owned() }
    }

    /// Schema of the journal.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// Project it belongs to.
    pub fn project(&self) -> &str {
        &self.project
    }

    /// The key of the migration lock for a journal schema: a function of the schema's name; the database is part of
    /// every advisory lock anyway.
    pub fn lock_key(schema: &str) -> AdvisoryKey {
        use sha2::{Digest, Sha256};
        let digest = Sha256::digest(schema.as_bytes());
        let object = i32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
        AdvisoryKey { class: LOCK_CLASS, object }
    }

    /// The key that the session of an elevated role holds while it works, so that a new runner waits for it even
    /// when the runner's own session is gone.
    pub fn elevated_lock_key(schema: &str) -> AdvisoryKey {
        AdvisoryKey { class: LOCK_CLASS + 1, ..Self::lock_key(schema) }
    }

    /// Every migration the target knows, in order.
    ///
    /// # Errors
    /// When the session fails or a state is unknown.
    pub async fn migrations(&self, session: &Session) -> Result<Vec<Recorded>> {
        let rows = session
            .rows(&format!(
                "SELECT id, position, name, owner, repeatable, state, units_done, units_total, up_file, up_sha256, \
                 up_statements, down_file, down_sha256, verify_file, verify_sha256, \
                 pg_catalog.to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), applied_by, \
                 duration_ms, event FROM {}.migrations ORDER BY repeatable, position, id",
                self.quoted()
            ))
            .await
            .map_err(|e| match e.class() {
                ErrorClass::Privilege => {
                    Error::NoAccess { role: session.url().user().to_owned(), schema: self.schema.clone(), what: "read" }
                }
                _ => Error::Pg(e),
            })?;
        rows.into_iter()
            .map(|mut r| {
                let state = r
                    .get(5)
                    .unwrap_or_default()
                    .parse()
                    .map_err(|what| Error::Altered { schema: self.schema.clone(), what })?;
                Ok(Recorded {
                    position: r.parse(1).unwrap_or_default(),
                    repeatable: r.get(4) == Some("t"),
                    state,
                    units_done: r.parse(6).unwrap_or_default(),
                    units_total: r.parse(7).unwrap_or_default(),
                    duration_ms: r.parse(17),
                    event: r.parse(18).unwrap_or_default(),
                    id: r.take(0).unwrap_or_default(),
                    name: r.take(2).unwrap_or_default(),
                    owner: r.take(3),
                    up_file: r.take(8).unwrap_or_default(),
                    up_sha256: r.take(9).unwrap_or_default(),
                    up_statements: r.take(10).unwrap_or_default(),
                    down_file: r.take(11),
                    down_sha256: r.take(12),
                    verify_file: r.take(13),
                    verify_sha256: r.take(14),
                    applied_at: r.take(15),
                    applied_by: r.take(16),
                })
            })
            .collect()
    }

    /// The last event.
    ///
    /// # Errors
    /// When the session fails.
    pub async fn head(&self, session: &Session) -> Result<Head> {
        let rows =
            session.rows(&format!("SELECT seq, hash FROM {}.events ORDER BY seq DESC LIMIT 1", self.quoted())).await?;
        Ok(rows.into_iter().next().map_or_else(
            || Head { seq: 0, hash: "0".repeat(64) },
            |mut r| Head { seq: r.parse(0).unwrap_or_default(), hash: r.take(1).unwrap_or_default() },
        ))
    }

    /// Units in progress.
    ///
    /// # Errors
    /// When the session fails.
    pub async fn steps(&self, session: &Session) -> Result<Vec<StepRow>> {
        let rows = session
            .rows(&format!(
                "SELECT migration, direction, unit, state, statement, sha256, backend_pid, backend_start \
                 FROM {}.steps ORDER BY migration, direction, unit",
                self.quoted()
            ))
            .await?;
        Ok(rows
            .into_iter()
            .map(|mut r| StepRow {
                unit: r.parse(2).unwrap_or_default(),
                state: if r.get(3) == Some("done") { StepState::Done } else { StepState::Intent },
                backend_pid: r.parse(6),
                migration: r.take(0).unwrap_or_default(),
                direction: r.take(1).unwrap_or_default(),
                statement: r.take(4).unwrap_or_default(),
                sha256: r.take(5).unwrap_or_default(),
                backend_start: r.take(7),
            })
            .collect())
    }

    /// The text of a file that was run, by its SHA-256.
    ///
    /// # Errors
    /// When the session fails.
    pub async fn file(&self, session: &Session, sha256: &str) -> Result<Option<String>> {
        let rows = session
            .rows(&format!("SELECT body FROM {}.files WHERE sha256 = {} ORDER BY part", self.quoted(), literal(sha256)))
            .await?;
        if rows.is_empty() {
            return Ok(None);
        }
        Ok(Some(rows.iter().filter_map(|r| r.get(0)).collect()))
    }

    /// The version of an application that last ran here.
    ///
    /// # Errors
    /// When the session fails.
    pub async fn application_version(&self, session: &Session, name: &str) -> Result<Option<String>> {
        let rows = session
            .rows(&format!("SELECT version FROM {}.application WHERE name = {}", self.quoted(), literal(name)))
            .await?;
        Ok(rows.into_iter().next().and_then(|mut r| r.take(0)))
    }

    /// Events after `after`, at most `limit`, oldest first; only those of `migration` when it is given.
    ///
    /// # Errors
    /// When the session fails.
    pub async fn events(
        &self,
        session: &Session,
        after: u64,
        limit: usize,
        migration: Option<&str>,
    ) -> Result<Vec<EventRow>> {
        let filter = migration.map(|m| format!("AND migration = {}", literal(m))).unwrap_or_default();
        let rows = session
            .rows(&format!(
                "SELECT seq, pg_catalog.to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), kind, \
                 migration, state, run, body, hash FROM {}.events WHERE seq > {after} {filter} ORDER BY seq LIMIT {limit}",
                self.quoted()
            ))
            .await?;
        Ok(rows
            .into_iter()
            .map(|mut r| EventRow {
                seq: r.parse(0).unwrap_or_default(),
                at: r.take(1).unwrap_or_default(),
                kind: r.take(2).unwrap_or_default(),
                migration: r.take(3),
                state: r.take(4),
                run: r.take(5),
                body: r.take(6).unwrap_or_default(),
                hash: r.take(7).unwrap_or_default(),
            })
            .collect())
    }
}

/// First half of our advisory lock keys: "SFT" in ASCII and a zero.
const LOCK_CLASS: i32 = 0x5346_5400;

/// How the columns of a table differ from those it should have.
fn columns_differ(have: &str, expected: &str) -> String {
    let only = |these: &str, those: &str| {
        let those: Vec<&str> = those.split(',').collect();
        these.split(',').filter(|c| !those.contains(c)).collect::<Vec<_>>().join(", ")
    };
    match (only(expected, have), only(have, expected)) {
        (missing, more) if missing.is_empty() && more.is_empty() => "has its columns in another order".to_owned(),
        (missing, more) if more.is_empty() => format!("has no column {missing} any more"),
        (missing, more) if missing.is_empty() => format!("has a column more: {more}"),
        (missing, more) => format!("has {more} in the place of {missing}"),
    }
}

/// Tables of format 1 and their columns.
const TABLES: &[(&str, &str)] = &[
    ("events", "seq,at,kind,migration,state,run,body,hash"),
    (
        "migrations",
        "id,position,name,owner,repeatable,state,units_done,units_total,up_file,up_sha256,up_statements,down_file,\
         down_sha256,verify_file,verify_sha256,applied_at,applied_by,duration_ms,event",
    ),
    ("files", "sha256,part,body"),
    ("steps", "migration,direction,unit,state,statement,sha256,backend_pid,backend_start,at"),
    ("application", "name,version,schema_version,updated_at,updated_by"),
];

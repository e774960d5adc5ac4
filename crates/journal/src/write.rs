//! The SQL that writes the journal. Text, so that the executor, the transaction
//! of a migration and the script of a dry run all use the same.

use surefoot_pg::{ErrorClass, Session, ident, literal};

use crate::{Error, Event, Journal, Result, State};

/// Largest part of a file text in one row, bytes.
const PART: usize = 1 << 20;

/// A file as it was run.
#[derive(Debug, Clone)]
pub struct FileRecord {
    /// Path within the project.
    pub path: String,
    /// SHA-256 of the bytes, hex.
    pub sha256: String,
}

/// A migration's row after an event.
#[derive(Debug, Clone)]
pub struct Transition {
    /// Migration id.
    pub id: String,
    /// Place in the order.
    pub position: u64,
    /// Description.
    pub name: String,
    /// Team.
    pub owner: Option<String>,
    /// `R__` file.
    pub repeatable: bool,
    /// State after the event.
    pub state: State,
    /// Committed parts.
    pub units_done: usize,
    /// Parts in all.
    pub units_total: usize,
    /// The migration's file.
    pub up: FileRecord,
    /// Hash over its statements, hex.
    pub up_statements: String,
    /// Its rollback.
    pub down: Option<FileRecord>,
    /// Its check.
    pub verify: Option<FileRecord>,
    /// Milliseconds the statements took.
    pub duration_ms: u64,
}

/// The statements that create a journal, separated by semicolons.
pub fn create_sql(schema: &str, project: &str) -> String {
    include_str!("schema.sql")
        .replace("{schema_text}", literal(&ident(schema)).trim_start())
        .replace("{schema}", &ident(schema))
        .replace("{project}", literal(project).trim_start())
}

impl Journal {
    /// Creates the journal in one transaction.
    ///
    /// # Errors
    /// [`Error::MayNotCreate`] when the role lacks the privilege.
    pub async fn create(session: &Session, schema: &str, project: &str, created: &Event) -> Result<Self> {
        let sql = format!(
            "BEGIN;\n{}\nSELECT {}.append(0, 'created', NULL, NULL, {}, {});\nCOMMIT;",
            create_sql(schema, project),
            ident(schema),
            literal(&created.run),
            literal(&created.detail_json()),
        );
        if let Err(e) = session.run(&sql).await {
            // The batch stops inside its own transaction.
            let _ = session.run("ROLLBACK").await;
            if e.class() == ErrorClass::Privilege {
                return Err(Error::MayNotCreate {
                    role: session.url().user().to_owned(),
                    schema: schema.to_owned(),
                    database: session.url().database().to_owned(),
                });
            }
            return Err(e.into());
        }
        match Self::open(session, schema, Some(project)).await? {
            Some(journal) => Ok(journal),
            None => Err(Error::Altered { schema: schema.to_owned(), what: "it vanished after it was created".into() }),
        }
    }

    /// Appends an event, expecting `head` to be the last one; the statement returns the new sequence number.
    pub fn append_sql(&self, head: Option<u64>, event: &Event) -> String {
        format!("SELECT {}", self.append_call(head, event))
    }

    fn append_call(&self, head: Option<u64>, event: &Event) -> String {
        let opt = |v: Option<&str>| v.map_or_else(|| "NULL".to_owned(), literal);
        format!(
            "{}.append({}, {}, {}, {}, {}, {})",
            self.quoted(),
            head.map_or_else(|| "NULL".to_owned(), |h| h.to_string()),
            literal(event.kind.as_str()),
            opt(event.migration.as_deref()),
            opt(event.state.map(State::as_str)),
            literal(&event.run),
            literal(&event.detail_json()),
        )
    }

    /// Writes the migration's row as it is after the last event.
    pub fn transition_sql(&self, t: &Transition) -> String {
        format!("SELECT {}", self.settle_call(t, "NULL"))
    }

    /// Appends an event and writes the migration's row after it, in one statement.
    pub fn entry_sql(&self, head: Option<u64>, event: &Event, t: &Transition) -> String {
        format!("SELECT {}", self.settle_call(t, &self.append_call(head, event)))
    }

    /// The call that writes the row, with the expression that gives its event.
    fn settle_call(&self, t: &Transition, event: &str) -> String {
        let opt = |v: Option<&str>| v.map_or_else(|| "NULL".to_owned(), literal);
        format!(
            "{}.settle({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {event})",
            self.quoted(),
            literal(&t.id),
            t.position,
            literal(&t.name),
            opt(t.owner.as_deref()),
            t.repeatable,
            literal(t.state.as_str()),
            t.units_done,
            t.units_total,
            literal(&t.up.path),
            literal(&t.up.sha256),
            literal(&t.up_statements),
            opt(t.down.as_ref().map(|f| f.path.as_str())),
            opt(t.down.as_ref().map(|f| f.sha256.as_str())),
            opt(t.verify.as_ref().map(|f| f.path.as_str())),
            opt(t.verify.as_ref().map(|f| f.sha256.as_str())),
            t.duration_ms,
        )
    }

    /// Keeps the text of a file, in parts, once per content. The statements are made one at a time: a large file is
    /// not held twice.
    pub fn file_sql<'a>(&self, sha256: &'a str, text: &'a str) -> impl Iterator<Item = String> + use<'a> {
        let table = format!("{}.files", self.quoted());
        let mut rest = Some(text);
        let mut part = 0;
        std::iter::from_fn(move || {
            let text = rest?;
            let mut cut = text.len().min(PART);
            while !text.is_char_boundary(cut) {
                cut -= 1;
            }
            let (head, tail) = text.split_at(cut);
            rest = (!tail.is_empty()).then_some(tail);
            let sql = format!(
                "INSERT INTO {table} (sha256, part, body) VALUES ({}, {part}, {}) ON CONFLICT DO NOTHING",
                literal(sha256),
                literal(head),
            );
            part += 1;
            Some(sql)
        })
    }

    /// Marks a unit of a migration: `intent` before a statement that no transaction protects, `done` after.
    pub fn step_sql(
        &self,
        migration: &str,
        direction: &str,
        unit: usize,
        state: crate::StepState,
        statement: &str,
        sha256: &str,
    ) -> String {
        format!(
            "INSERT INTO {}.steps AS s (migration, direction, unit, state, statement, sha256, backend_pid, backend_start) \
             VALUES ({}, {}, {unit}, {}, {}, {}, pg_catalog.pg_backend_pid(), \
             (SELECT a.backend_start FROM pg_catalog.pg_stat_activity a WHERE a.pid = pg_catalog.pg_backend_pid())) \
             ON CONFLICT (migration, direction, unit) DO UPDATE SET state = excluded.state, \
             statement = excluded.statement, sha256 = excluded.sha256, backend_pid = excluded.backend_pid, \
             backend_start = excluded.backend_start, at = excluded.at",
            self.quoted(),
            literal(migration),
            literal(direction),
            literal(state.as_str()),
            literal(statement),
            literal(sha256),
        )
    }

    /// Forgets the steps of a migration once it is settled; the events keep what happened.
    pub fn clear_steps_sql(&self, migration: &str) -> String {
        format!("DELETE FROM {}.steps WHERE migration = {}", self.quoted(), literal(migration))
    }

    /// Records which application version last ran, and the schema version it left.
    pub fn application_sql(&self, name: &str, version: Option<&str>, schema_version: Option<&str>) -> String {
        let opt = |v: Option<&str>| v.map_or_else(|| "NULL".to_owned(), literal);
        format!(
            "INSERT INTO {}.application (name, version, schema_version, updated_at, updated_by) \
             VALUES ({}, {}, {}, pg_catalog.clock_timestamp(), session_user) \
             ON CONFLICT (name) DO UPDATE SET version = coalesce(excluded.version, application.version), \
             schema_version = excluded.schema_version, updated_at = excluded.updated_at, \
             updated_by = excluded.updated_by",
            self.quoted(),
            literal(name),
            opt(version),
            opt(schema_version),
        )
    }

    pub(crate) fn quoted(&self) -> String {
        ident(&self.schema)
    }
}

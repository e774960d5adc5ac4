//! What extensions make of tables: hypertables, chunks, continuous aggregates and policies of TimescaleDB, distributed
//! tables and shards of Citus, partitions under pg_partman, types and index methods of pgvector.
//!
//! The tables are found by what the extensions say of themselves, in their own views. Which of these there are is asked
//! first: without the extension there is nothing to ask.

use std::collections::HashSet;

use serde::Serialize;
use surefoot_pg::{ErrorClass, Row, Session, ident};

use crate::Result;

/// Schema and name of a relation.
pub type Relation = (String, String);

/// One thing that an extension is in charge of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Recognised {
    /// The extension.
    pub extension: String,
    /// What it is: `hypertable`, `continuous aggregate`, `policy`, `distributed table`, `vector index` ...
    pub what: String,
    /// Its name.
    pub name: String,
    /// What is to be known of it.
    pub detail: String,
}

/// What extensions make of the tables of a database.
#[derive(Debug, Clone, Default)]
pub struct Special {
    /// For people, sorted.
    pub recognised: Vec<Recognised>,
    /// Tables that come and go by themselves: chunks, shards, templates of a partition manager.
    pub tables: HashSet<Relation>,
    /// Tables whose partitions come and go by themselves.
    pub parents: HashSet<Relation>,
    /// Hypertables; their triggers `ts_...` are TimescaleDB's.
    pub hypertables: HashSet<Relation>,
    /// Views that are continuous aggregates.
    pub aggregates: HashSet<Relation>,
    /// What could not be read for want of a privilege.
    pub unreadable: Vec<String>,
}

/// One question: the relation that must be there, what is recognised, and the query. Columns: what for, schema, name,
/// kind, name in words, detail; the last three may be NULL.
struct Question {
    needs: &'static str,
    extension: &'static str,
    sql: &'static str,
}

const QUESTIONS: &[Question] = &[
    Question {
        needs: "timescaledb_information.hypertables",
        extension: "timescaledb",
        sql: include_str!("special/hypertables.sql"),
    },
    Question {
        needs: "timescaledb_information.chunks",
        extension: "timescaledb",
        sql: "SELECT 'table', chunk_schema::text, chunk_name::text, NULL, NULL, NULL FROM timescaledb_information.chunks",
    },
    Question {
        needs: "timescaledb_information.continuous_aggregates",
        extension: "timescaledb",
        sql: include_str!("special/aggregates.sql"),
    },
    Question {
        needs: "timescaledb_information.jobs",
        extension: "timescaledb",
        sql: include_str!("special/policies.sql"),
    },
    Question {
        needs: "pg_catalog.pg_dist_partition",
        extension: "citus",
        sql: include_str!("special/distributed.sql"),
    },
    Question { needs: "pg_catalog.pg_dist_shard", extension: "citus", sql: include_str!("special/shards.sql") },
];

/// pgvector is asked for by the extension: it has no relation of its own.
const VECTOR: &str = include_str!("special/vector.sql");

/// pg_partman may be in any schema.
const PARTMAN: &str = "SELECT 'parent', split_part(parent_table, '.', 1), substr(parent_table, strpos(parent_table, '.') + 1), \
                       'managed partitions', parent_table, NULL FROM @schema@.part_config";
const PARTMAN_TEMPLATES: &str = "SELECT 'table', split_part(template_table, '.', 1), \
                                 substr(template_table, strpos(template_table, '.') + 1), NULL, NULL, NULL \
                                 FROM @schema@.part_config WHERE template_table IS NOT NULL";

/// Looks for what extensions make of tables. Reads only; two round trips where there is none of them.
///
/// # Errors
/// What the server said; a missing privilege is no error but an entry in [`Special::unreadable`].
pub async fn special(session: &Session) -> Result<Special> {
    // Not to_regclass, which is an error where the schema may not be used.
    let there: Vec<String> = QUESTIONS
        .iter()
        .map(|q| {
            let (schema, name) = q.needs.split_once('.').unwrap_or(("", q.needs));
            format!(
                "EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                          WHERE n.nspname = '{schema}' AND c.relname = '{name}')"
            )
        })
        .collect();
    let rows = session
        .rows(&format!(
            "SELECT (SELECT n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                      JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = 'parent_table' \
                     WHERE c.relname = 'part_config' AND c.relkind = 'r' ORDER BY 1 LIMIT 1), \
                    EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'vector'), {}",
            there.join(", ")
        ))
        .await?;
    let mut special = Special::default();
    let Some(row) = rows.first() else { return Ok(special) };
    let mut wanted: Vec<(&str, &str, String)> = Vec::new();
    if let Some(schema) = row.get(0) {
        for sql in [PARTMAN, PARTMAN_TEMPLATES] {
            wanted.push(("pg_partman", "part_config", sql.replace("@schema@", &ident(schema))));
        }
    }
    if row.get(1) == Some("t") {
        wanted.push(("vector", "pg_extension", VECTOR.to_owned()));
    }
    for (i, question) in QUESTIONS.iter().enumerate() {
        if row.get(i + 2) == Some("t") {
            wanted.push((question.extension, question.needs, question.sql.to_owned()));
        }
    }
    for (extension, needs, sql) in wanted {
        match session.rows(&sql).await {
            Ok(rows) => rows.into_iter().for_each(|row| special.take(extension, row)),
            Err(e) if e.class() == ErrorClass::Privilege => {
                special.unreadable.push(format!("{needs} of {extension}"));
            }
            Err(e) => return Err(e.into()),
        }
    }
    special.recognised.sort();
    special.recognised.dedup();
    Ok(special)
}

impl Special {
    fn take(&mut self, extension: &str, mut row: Row) {
        let role = row.take(0).unwrap_or_default();
        if let (Some(schema), Some(name)) = (row.take(1), row.take(2)) {
            let set = match role.as_str() {
                "table" => Some(&mut self.tables),
                "parent" => Some(&mut self.parents),
                "hypertable" => Some(&mut self.hypertables),
                "aggregate" => Some(&mut self.aggregates),
                _ => None,
            };
            if let Some(set) = set {
                set.insert((schema, name));
            }
        }
        if let (Some(what), Some(name)) = (row.take(3), row.take(4)) {
            let detail = row.take(5).unwrap_or_default();
            self.recognised.push(Recognised { extension: extension.to_owned(), what, name, detail });
        }
    }

    /// What is said of two databases, together.
    #[must_use]
    pub fn merged(mut self, other: Self) -> Self {
        self.recognised.extend(other.recognised);
        self.tables.extend(other.tables);
        self.parents.extend(other.parents);
        self.hypertables.extend(other.hypertables);
        self.aggregates.extend(other.aggregates);
        self.unreadable.extend(other.unreadable);
        self
    }

    /// Whether a relation comes and goes by itself.
    #[must_use]
    pub fn is_made(&self, schema: &str, name: &str) -> bool {
        !self.tables.is_empty() && self.tables.contains(&(schema.to_owned(), name.to_owned()))
    }
}

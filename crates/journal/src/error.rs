//! What can be wrong with a journal.

/// Journal errors.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The session failed.
    #[error(transparent)]
    Pg(#[from] surefoot_pg::Error),
    /// The journal was written by a newer program.
    #[error("the journal in schema {schema} has format {found}; this surefoot reads up to format {known}")]
    NewerFormat {
        /// Journal schema.
        schema: String,
        /// Format in the database.
        found: u32,
        /// Newest format known here.
        known: u32,
    },
    /// Another project's journal is in this schema.
    #[error("the journal in schema {schema} belongs to project {found:?}, not to {expected:?}")]
    WrongProject {
        /// Journal schema.
        schema: String,
        /// Project in the database.
        found: String,
        /// Project of the configuration.
        expected: String,
    },
    /// A table, column or function of the journal is not as it was made.
    #[error("the journal in schema {schema} was altered: {what}")]
    Altered {
        /// Journal schema.
        schema: String,
        /// What differs.
        what: String,
    },
    /// The role may not create the journal schema.
    #[error("role {role} may not create schema {schema} in database {database}")]
    MayNotCreate {
        /// Database role.
        role: String,
        /// Journal schema.
        schema: String,
        /// Database.
        database: String,
    },
    /// The role may not use the journal.
    #[error("role {role} may not {what} the journal in schema {schema}")]
    NoAccess {
        /// Database role.
        role: String,
        /// Journal schema.
        schema: String,
        /// `read` or `write`.
        what: &'static str,
    },
}

impl Error {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Pg(e) => e.hint(),
            Self::NewerFormat { .. } => Some("use the surefoot version that wrote it, or a newer one".into()),
            Self::WrongProject { .. } => Some(
                "check the URL; if two projects share this database on purpose, give this one its own schema: [journal] schema = \"surefoot_<project>\"".into(),
            ),
            Self::Altered { .. } => Some(
                "run `surefoot verify` for the whole list; restore the tables from a backup, or start a new journal in another schema with `surefoot baseline`".into(),
            ),
            Self::MayNotCreate { role, schema, database } => Some(format!(
                "as an administrator run: GRANT CREATE ON DATABASE \"{database}\" TO \"{role}\"; or: CREATE SCHEMA {schema} AUTHORIZATION \"{role}\";"
            )),
            Self::NoAccess { role, schema, .. } => Some(format!(
                "as its owner run: GRANT USAGE ON SCHEMA {schema} TO \"{role}\"; GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA {schema} TO \"{role}\";"
            )),
        }
    }
}

//! What can go wrong while the catalog is read.

/// Why there is no snapshot.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server is older than what the queries know.
    #[error("PostgreSQL {major} is not supported: its catalog cannot be read")]
    Version {
        /// Major version of the server.
        major: u32,
    },
    /// The server refused or the connection broke.
    #[error("cannot read the catalog: {0}")]
    Session(#[from] surefoot_pg::Error),
    /// The role may not read what every schema is made of.
    #[error("role {role} may not read {}: without it there is no schema to be read", catalogs.join(", "))]
    Unreadable {
        /// The role.
        role: String,
        /// The system catalogs.
        catalogs: Vec<String>,
    },
    /// A row had no kind or identity.
    #[error("cannot read the catalog: the server returned a row without {0}")]
    Row(&'static str),
    /// What a row says of an object is not what the model expects.
    #[error("cannot read the catalog: the description of {what} is not understood: {error}")]
    Model {
        /// The object.
        what: String,
        /// What is wrong with it.
        error: serde_json::Error,
    },
}

impl Error {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unreadable { catalogs, .. } => Some(format!(
                "ask a superuser for: GRANT SELECT ON {} TO ...",
                catalogs.iter().map(|name| format!("pg_catalog.{name}")).collect::<Vec<_>>().join(", ")
            )),
            Self::Version { .. } => Some("use PostgreSQL 13 or later".into()),
            Self::Session(e) => match e.code() {
                // An object was dropped between the start of the query and the call that describes it.
                Some("XX000" | "42P01" | "42704" | "42883") => Some(
                    "the schema may have changed while it was read: run the command again when no migration is running"
                        .into(),
                ),
                Some("42501") => Some("ask a superuser to grant SELECT on what is named to the role of the URL".into()),
                Some("25P02") => Some("the transaction had already failed: roll it back first".into()),
                _ => e.hint(),
            },
            Self::Row(_) | Self::Model { .. } => Some("please report this with the version of the server".into()),
        }
    }
}

//! SQL from code that is not async.

use std::fmt;

use tokio_postgres::{NoTls, SimpleQueryMessage};

/// What the server said against a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlError {
    /// The SQLSTATE, or "" when it was the connection that failed.
    pub code: String,
    /// The message.
    pub message: String,
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.message)
    }
}

impl std::error::Error for SqlError {}

impl From<tokio_postgres::Error> for SqlError {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(db) => Self { code: db.code().code().into(), message: db.message().into() },
            None => Self { code: String::new(), message: format!("{error:?}") },
        }
    }
}

/// Runs `text` in a session of its own and returns the rows of all its
/// statements as text, NULL as `NULL`.
pub fn try_query(url: &str, text: &str) -> Result<Vec<Vec<String>>, SqlError> {
    let (url, text) = (url.to_owned(), text.to_owned());
    // On a thread of its own: the caller may be inside a runtime.
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| SqlError { code: String::new(), message: e.to_string() })?;
        runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&url, NoTls).await?;
            let running = tokio::spawn(connection);
            let messages = client.simple_query(&text).await?;
            drop(client);
            // How the connection ends does not change what was answered.
            let _ = running.await;
            Ok(messages
                .iter()
                .filter_map(|message| match message {
                    SimpleQueryMessage::Row(row) => {
                        Some((0..row.len()).map(|i| row.get(i).unwrap_or("NULL").to_owned()).collect())
                    }
                    _ => None,
                })
                .collect())
        })
    })
    .join()
    .unwrap_or_else(|_| Err(SqlError { code: String::new(), message: "panicked".into() }))
}

/// The same; an error fails the test.
///
/// # Panics
/// On any error.
#[track_caller]
#[must_use]
pub fn query(url: &str, text: &str) -> Vec<Vec<String>> {
    try_query(url, text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

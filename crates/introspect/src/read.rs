//! Reading a snapshot from a session.

use surefoot_pg::{Session, literal};

use crate::query::{OLDEST, SETTINGS, catalog};
use crate::{Entry, Error, Result, Snapshot};

/// What to leave out of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Schemas that do not count, with everything in them. By default the journal's, `surefoot`, and its attic.
    pub excluded_schemas: Vec<String>,
    /// Whether roles and memberships count, which belong to the server. Passwords are never read.
    pub roles: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { excluded_schemas: vec!["surefoot".into(), "surefoot_attic".into()], roles: false }
    }
}

/// Columns of the catalog query. The statements around it return another number.
const COLUMNS: usize = 4;

/// Reads the catalog of the session's database: two round trips, whatever its size.
///
/// Works inside a transaction of the caller's as well as outside one, sees what that transaction changed, writes
/// nothing, and leaves the settings of the session as they were.
///
/// # Errors
/// [`Error::Version`] before PostgreSQL 13, otherwise what the server said. Inside a transaction an error of the
/// server leaves that transaction failed, as any statement would.
pub async fn snapshot(session: &Session, options: &Options) -> Result<Snapshot> {
    if session.major() < OLDEST {
        return Err(Error::Version { major: session.major() });
    }
    let current: Vec<String> =
        SETTINGS.iter().map(|(name, _)| format!("pg_catalog.current_setting({})", literal(name))).collect();
    let rows = session.rows(&format!("SELECT {}", current.join(", "))).await?;
    let before = rows.first().ok_or(Error::Row("the session's settings"))?;
    let before: Vec<(&str, &str)> =
        SETTINGS.iter().enumerate().map(|(i, (name, _))| (*name, before.get(i).unwrap_or_default())).collect();

    // Several statements in one message are one transaction (PostgreSQL manual, 55.2.2.1), so outside a transaction
    // the settings end with it; inside one the last statement puts them back.
    let sql = format!("{};\n{};\n{}", set_local(SETTINGS), catalog(session.major(), options), set_local(&before),);
    let mut entries = Vec::new();
    for mut row in session.rows(&sql).await? {
        if row.len() != COLUMNS {
            continue;
        }
        let mut entry = Entry::new(
            row.take(0).ok_or(Error::Row("a kind"))?,
            row.take(1).ok_or(Error::Row("an identity"))?,
            row.take(3).unwrap_or_default(),
        );
        entry.part_of = row.take(2);
        entries.push(entry);
    }
    Ok(Snapshot::new(entries))
}

/// One statement that sets all for the rest of the transaction. `set_config` takes the text of a list as it is
/// shown; `SET` would take it for one name.
pub(crate) fn set_local(settings: &[(&str, &str)]) -> String {
    let calls: Vec<String> = settings
        .iter()
        .map(|(name, value)| format!("pg_catalog.set_config({}, {}, true)", literal(name), literal(value)))
        .collect();
    format!("SELECT '{SETTINGS_ROW}', {}", calls.join(", "))
}

/// What the row begins with that [`set_local`] returns.
pub(crate) const SETTINGS_ROW: &str = "#settings";

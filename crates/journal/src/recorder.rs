//! The recorder: event triggers that write down who made which DDL, beside the journal. As text, like the journal.

use surefoot_pg::{ident, literal};

use crate::Journal;

const INSTALL: &str = include_str!("recorder.sql");

/// The names of the recorder's two event triggers, which belong to the whole database.
#[must_use]
pub fn recorder_triggers(schema: &str) -> [String; 2] {
    [format!("{schema}_ddl_end"), format!("{schema}_ddl_drop")]
}

/// The statements that install the recorder, or bring it up to date; to be run in a transaction. What was recorded
/// before stays.
#[must_use]
pub fn recorder_install_sql(schema: &str) -> String {
    let [end, drop] = recorder_triggers(schema);
    let (lock, elevated) = (Journal::lock_key(schema), Journal::elevated_lock_key(schema));
    let quoted = ident(schema);
    INSTALL
        .replace("{schema_name}", literal(schema).trim_start())
        .replace("{log_text}", literal(&format!("{quoted}.ddl_log")).trim_start())
        .replace("{missed_text}", literal(&format!("{quoted}.ddl_missed")).trim_start())
        .replace("{schema}", &quoted)
        .replace("{end_trigger}", &ident(&end))
        .replace("{drop_trigger}", &ident(&drop))
        .replace("{lock_class}", &lock.class.cast_unsigned().to_string())
        .replace("{elevated_class}", &elevated.class.cast_unsigned().to_string())
        .replace("{lock_object}", &lock.object.cast_unsigned().to_string())
}

/// The statements that take the recorder away. What it recorded stays.
#[must_use]
pub fn recorder_uninstall_sql(schema: &str) -> String {
    let [end, drop] = recorder_triggers(schema);
    format!(
        "DROP EVENT TRIGGER IF EXISTS {}; DROP EVENT TRIGGER IF EXISTS {}; DROP FUNCTION IF EXISTS {}.record_ddl()",
        ident(&end),
        ident(&drop),
        ident(schema)
    )
}

/// The body of the recorder's function, as the server keeps it.
#[must_use]
pub fn recorder_body(schema: &str) -> String {
    let sql = recorder_install_sql(schema);
    sql.split("$surefoot$").nth(1).unwrap_or_default().to_owned()
}

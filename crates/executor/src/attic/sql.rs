//! The statements that keep and give back.

use sha2::{Digest, Sha256};
use surefoot_journal::{Event, Journal};
use surefoot_pg::{ident, literal};
use surefoot_plan::{Keep, Work};
use surefoot_sql::ObjectName;

use super::AtticOptions;

/// The functions, in the order in which they call each other.
const FUNCTIONS: [&str; 3] = [include_str!("keep.sql"), include_str!("columns.sql"), include_str!("put_back.sql")];

/// Makes the attic, or brings its functions up to date. Several statements.
pub fn install_sql(options: &AtticOptions, journal: &Journal) -> String {
    let attic = ident(&options.schema);
    let escaped = attic.replace('%', "%%").replace('\'', "''");
    let mut sql = FUNCTIONS
        .join("\n")
        .replace("{attic_text}", literal(&attic).trim_start())
        .replace("{items_text}", literal(&format!("{attic}.items")).trim_start())
        .replace("{attic_escaped}", &escaped)
        .replace("{attic}", &attic)
        .replace("{journal}", &ident(journal.schema()));
    sql.push_str(&format!(
        "\nCOMMENT ON FUNCTION {attic}.announce(bigint, text, text, text) IS {};\n",
        literal(&version(options, journal))
    ));
    sql
}

/// A query for the version of the attic's functions; see [`install_sql`]. No row, or NULL, where there are none.
pub fn version_sql(options: &AtticOptions, journal: &Journal) -> String {
    format!(
        "SELECT pg_catalog.obj_description(pg_catalog.to_regproc({})::oid, 'pg_proc') = {}",
        literal(&format!("{}.announce", ident(&options.schema))),
        literal(&version(options, journal))
    )
}

/// What the functions are made of, as a short hash.
fn version(options: &AtticOptions, journal: &Journal) -> String {
    let mut hasher = Sha256::new();
    for part in FUNCTIONS.into_iter().chain([options.schema.as_str(), journal.schema()]) {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    hex::encode(hasher.finalize()).chars().take(16).collect()
}

/// What runs before the statement itself, and what after it, to keep what it drops.
pub(crate) fn keep_sql(options: &AtticOptions, work: &Work, run: &str, keep: &Keep) -> (Vec<String>, Vec<String>) {
    let attic = ident(&options.schema);
    let own = if work.settings.elevated { "" } else { "_own" };
    let tail = format!("{}, {}, {}", literal(&work.id), literal(run), options.days);
    match keep {
        // The drop is tried and taken back: what PostgreSQL refuses is refused, in its words.
        Keep::Tables { keep, fresh, cascade } => {
            let (kept, fresh) = (oids(keep), oids(fresh));
            (
                vec![format!("SELECT {attic}.hold({kept} || {fresh})"), "SAVEPOINT surefoot_attic".into()],
                vec![
                    "ROLLBACK TO SAVEPOINT surefoot_attic".into(),
                    "RELEASE SAVEPOINT surefoot_attic".into(),
                    format!("SELECT {attic}.keep_tables{own}({kept}, {fresh}, {cascade}, {tail})"),
                ],
            )
        }
        Keep::Columns { table, only, names } => {
            let names: Vec<String> = names.iter().map(|n| literal(n)).collect();
            let list = names.join(", ");
            let sql =
                format!("SELECT {attic}.keep_columns{own}({}, {only}, ARRAY[{list}]::text[], {tail})", oid(table));
            (vec![sql], Vec::new())
        }
        Keep::Schemas(names) => {
            let names: Vec<String> = names.iter().map(|n| literal(n)).collect();
            let tables = format!(
                "ARRAY(SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 WHERE n.nspname IN ({}) AND c.relkind IN ('r', 'p') AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d \
                 WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e') \
                 ORDER BY c.oid)",
                names.join(", ")
            );
            (vec![format!("SELECT {attic}.keep_tables{own}({tables}, '{{}}', true, {tail})")], Vec::new())
        }
    }
}

/// Before types go: kept tables let go of them. Does nothing where there is no attic.
pub(crate) fn let_go_sql(options: &AtticOptions, kind: &str, names: &[ObjectName]) -> String {
    let attic = ident(&options.schema);
    let (class, lookup): (&str, fn(&ObjectName) -> String) = match kind {
        "EXTENSION" => ("pg_extension", |n| {
            format!("(SELECT oid FROM pg_catalog.pg_extension WHERE extname = {})", literal(&n.name))
        }),
        "SCHEMA" => ("pg_namespace", |n| format!("pg_catalog.to_regnamespace({})::oid", literal(&ident(&n.name)))),
        "COLLATION" => ("pg_collation", |n| {
            format!(
                "(SELECT c.oid FROM pg_catalog.pg_collation c WHERE c.collname = {} \
                     AND pg_catalog.pg_collation_is_visible(c.oid))",
                literal(&n.name)
            )
        }),
        _ => ("pg_type", |n| format!("pg_catalog.to_regtype({})::oid", literal(&n.to_string()))),
    };
    let objects: Vec<String> = names.iter().map(lookup).collect();
    let body = format!(
        "BEGIN IF pg_catalog.to_regproc({}) IS NOT NULL THEN \
         PERFORM {attic}.let_go('pg_catalog.{class}'::pg_catalog.regclass, ARRAY[{}]::oid[]); END IF; END",
        literal(&format!("{attic}.let_go")),
        objects.join(", ")
    );
    format!("DO {}", literal(&body))
}

/// Puts an item back; gives a word, or why it stays.
pub(crate) fn put_back_sql(options: &AtticOptions, elevated: bool, item: u64, last: bool) -> String {
    let own = if elevated { "" } else { "_own" };
    format!("SELECT {}.put_back{own}({item}, {last}, false)", ident(&options.schema))
}

/// Tells the journal what the open transaction kept and gave back: the number of the last event. `head` is the one
/// before; without it nothing is expected.
pub(crate) fn entry_sql(options: &AtticOptions, head: Option<u64>, event: &Event) -> String {
    format!(
        "SELECT {}.announce({}, {}, {}, {})",
        ident(&options.schema),
        head.map_or_else(|| "NULL".to_owned(), |h| h.to_string()),
        event.migration.as_deref().map_or_else(|| "NULL".to_owned(), literal),
        literal(&event.run),
        literal(&event.detail_json()),
    )
}

/// As a run tells the journal, for a command that works on the attic by itself.
pub fn record_sql(options: &AtticOptions, event: &Event) -> String {
    entry_sql(options, None, event)
}

/// Ends an item, in the open transaction.
pub fn discard_sql(options: &AtticOptions, item: u64, reason: &str) -> String {
    let attic = ident(&options.schema);
    format!(
        "SELECT {attic}.note('purged', {item}, (SELECT pg_catalog.jsonb_build_object('rows', i.rows, 'reason', {}::text) \
         FROM {attic}.items i WHERE i.id = {item})); SELECT {attic}.discard({item})",
        literal(reason)
    )
}

/// Moves a table back, under another name if one is given: the statements that make it what it was.
pub fn move_back_sql(options: &AtticOptions, item: u64, name: Option<&str>) -> String {
    let name = name.map_or_else(|| "NULL".to_owned(), literal);
    format!("SELECT * FROM {}.move_back({item}, {name})", ident(&options.schema))
}

/// Puts values of columns where none are; gives a word, or why they stay.
pub fn put_back_by_hand_sql(options: &AtticOptions, item: u64) -> String {
    format!("SELECT {}.put_back({item}, true, true)", ident(&options.schema))
}

pub(super) fn oid(name: &ObjectName) -> String {
    format!("pg_catalog.to_regclass({})::oid", literal(&name.to_string()))
}

fn oids(names: &[ObjectName]) -> String {
    let each: Vec<String> = names.iter().map(oid).collect();
    format!("ARRAY[{}]::oid[]", each.join(", "))
}

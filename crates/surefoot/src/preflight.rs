//! Everything that can be refused before the first effect.

use surefoot_journal::Journal;
use surefoot_pg::{Session, literal};
use surefoot_plan::Work;
use surefoot_sql::script::StatementKind;

use crate::target::Target;
use crate::{Error, Result};

/// Statements checked in one round trip.
const CHUNK: usize = 500;
/// Files larger than this are data; their syntax shows when they run, in their own transaction.
const LARGEST: usize = 4 << 20;

/// Looks at the server and at every statement before anything runs.
///
/// # Errors
/// [`Error::Syntax`]; [`Error::Refused`] for a standby, a missing extension, a missing privilege.
pub(crate) async fn preflight(
    target: &Target,
    session: &Session,
    journal: Option<&Journal>,
    works: &[Work],
) -> Result<()> {
    server(session, journal, target).await?;
    extensions(target, session, works).await?;
    target.connector.check_elevated(session, &target.spec.options, works).await?;
    syntax(session, works).await
}

async fn server(session: &Session, journal: Option<&Journal>, target: &Target) -> Result<()> {
    let rows = session
        .rows(
            "SELECT pg_catalog.pg_is_in_recovery(), \
             pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') \
               OR EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname NOT LIKE 'pg\\_%' \
                          AND pg_catalog.pg_has_role(n.nspowner, 'USAGE')), \
             pg_catalog.current_setting('transaction_read_only')",
        )
        .await?;
    let Some(row) = rows.first() else { return Ok(()) };
    if row.get(0) == Some("t") {
        return Err(Error::Refused {
            code: "standby",
            message: format!("{} is a standby: it accepts no changes", target.spec.describe()),
            hint: "use the URL of the primary".into(),
        });
    }
    if row.get(2) == Some("on") {
        return Err(Error::Refused {
            code: "read-only",
            message: format!("{} is read-only (default_transaction_read_only)", target.spec.describe()),
            hint: "use a role or database that may write".into(),
        });
    }
    if journal.is_none() && row.get(1) == Some("f") {
        return Err(surefoot_journal::Error::MayNotCreate {
            role: session.url().user().to_owned(),
            schema: "surefoot".into(),
            database: session.url().database().to_owned(),
        }
        .into());
    }
    Ok(())
}

/// `CREATE EXTENSION` of something the server does not have, or the role may not create.
async fn extensions(target: &Target, session: &Session, works: &[Work]) -> Result<()> {
    let mut wanted: Vec<(&Work, &str, usize)> = Vec::new();
    for work in works {
        for planned in work.units.iter().flat_map(|u| &u.statements) {
            if let Some(name) = &planned.effects.extension
                && let Some(statement) = work.script.statements.get(planned.index)
            {
                wanted.push((work, name, statement.line));
            }
        }
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = wanted.iter().map(|(_, n, _)| literal(n)).collect();
    let rows = session
        .rows(&format!(
            "SELECT w.name, a.name IS NOT NULL, e.extname IS NOT NULL, \
                    coalesce(v.trusted, false) OR r.rolsuper, coalesce(v.superuser, true) \
             FROM (SELECT DISTINCT unnest(ARRAY[{}]::text[]) AS name) w \
             LEFT JOIN pg_catalog.pg_available_extensions a ON a.name = w.name \
             LEFT JOIN pg_catalog.pg_extension e ON e.extname = w.name \
             LEFT JOIN pg_catalog.pg_available_extension_versions v ON v.name = a.name AND v.version = a.default_version \
             CROSS JOIN pg_catalog.pg_roles r WHERE r.rolname = current_user",
            names.join(", ")
        ))
        .await?;
    for row in rows {
        let name = row.get(0).unwrap_or_default();
        let Some((work, _, line)) = wanted.iter().find(|(_, n, _)| *n == name) else { continue };
        let place = format!("{}:{line}", work.file().path);
        if row.get(2) == Some("t") {
            continue;
        }
        if row.get(1) == Some("f") {
            let hint = if target.connector.single_connection {
                format!(
                    "the embedded PostgreSQL does not have it: use a server that does (--url, or [environments.{}] url in surefoot.toml; for the dev database PG_BIN, [dev] url or [dev] ignore)",
                    target.spec.environment
                )
            } else {
                format!("install the package of {name} on the server, or use a server that has it")
            };
            return Err(Error::Refused {
                code: "missing-extension",
                message: format!("{place}: the server has no extension {name}"),
                hint,
            });
        }
        let may = row.get(3) == Some("t") || row.get(4) == Some("f");
        let elevated = work.settings.elevated
            && (target.connector.elevated_url.is_some() || target.connector.elevated_role.is_some());
        if !may && !elevated {
            let hint = if work.settings.elevated {
                format!(
                    "set elevated-url or elevated-role in [environments.{}], or SUREFOOT_ELEVATED_URL",
                    target.spec.environment
                )
            } else {
                format!(
                    "put `-- surefoot: role elevated` in the file and configure elevated-url, or as a superuser run: CREATE EXTENSION {};",
                    surefoot_pg::ident(name)
                )
            };
            return Err(Error::Refused {
                code: "extension-privilege",
                message: format!(
                    "{place}: role {} may not create extension {name}, which is not a trusted one",
                    session.url().user()
                ),
                hint,
            });
        }
    }
    Ok(())
}

/// The target's own parser reads every statement, many in one round trip.
async fn syntax(session: &Session, works: &[Work]) -> Result<()> {
    let mut texts = Vec::new();
    let mut places = Vec::new();
    let mut size = 0;
    for work in works {
        let text: usize = work.script.files.iter().map(|f| f.text.len()).sum();
        if text > LARGEST {
            continue;
        }
        size += text;
        for planned in work.units.iter().flat_map(|u| &u.statements) {
            let statement = &work.script.statements[planned.index];
            if !matches!(statement.kind, StatementKind::Other | StatementKind::CopyFromStdin) {
                continue;
            }
            let text = work.script.text(statement);
            // These are analysed when they are parsed, and the tables they name may not exist yet.
            if ["EXPLAIN", "CREATE TABLE AS", "CREATE MATERIALIZED VIEW", "DECLARE CURSOR", "CALL"]
                .contains(&planned.effects.tag.as_str())
            {
                continue;
            }
            let query = starts_a_query(text);
            texts.push(if query { format!("{PREPARE}{text}") } else { text.to_owned() });
            places.push((work, planned.index, if query { PREPARE.len() } else { 0 }));
        }
        if size > LARGEST || texts.len() >= CHUNK {
            check(session, &texts, &places).await?;
            texts.clear();
            places.clear();
            size = 0;
        }
    }
    check(session, &texts, &places).await
}

/// Lets the server parse `texts`; each belongs to a statement of a work, behind so many bytes of our own.
async fn check(session: &Session, texts: &[String], places: &[(&Work, usize, usize)]) -> Result<()> {
    for (chunk, places) in texts.chunks(CHUNK).zip(places.chunks(CHUNK)) {
        let Some((i, error)) = session.check_syntax(chunk).await? else { continue };
        let (work, index, prefix) = places[i];
        let server = error.server();
        let position = server
            .and_then(|e| e.position)
            .map_or(1, |p| usize::try_from(p).unwrap_or(1).saturating_sub(prefix).max(1));
        let statement = &work.script.statements[index];
        let place = work.script.position(statement, position);
        let source_line = work
            .script
            .files
            .get(statement.file)
            .and_then(|f| f.text.split('\n').nth(place.at.line.saturating_sub(1)))
            .map(|l| l.trim_end_matches('\r').trim_start_matches('\u{feff}').to_owned());
        let unset = source_line.as_deref().and_then(|line| unset_variable(line, place.at.column));
        return Err(Error::Syntax {
            place: surefoot_executor::Place {
                file: place.file.to_owned(),
                line: place.at.line,
                column: place.at.column,
            },
            message: server.map_or_else(|| error.to_string(), |e| e.message.clone()),
            source_line,
            hint: unset.or_else(|| server.and_then(|e| e.hint.clone())),
        });
    }
    Ok(())
}

/// What psql would have replaced at this column: `:name`, `:'name'` or `:"name"` stays as it is where no such variable
/// is set.
fn unset_variable(line: &str, column: usize) -> Option<String> {
    let rest: String = line.chars().skip(column.checked_sub(1)?).collect();
    let rest = rest.strip_prefix(':')?.trim_start_matches(['\'', '"']);
    let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let is_name = name.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_');
    is_name.then(|| format!("the variable {name} is not set: give --var {name}=..., or set it in [vars] or with \\set"))
}

/// `PREPARE` parses a query without looking up its tables.
const PREPARE: &str = "PREPARE surefoot_syntax AS ";

fn starts_a_query(text: &str) -> bool {
    let cursor = surefoot_sql::Cursor::new(text);
    ["select", "insert", "update", "delete", "with", "values", "merge", "table"].iter().any(|w| cursor.peek_kw(w))
        || cursor.peek_symbol("(")
}

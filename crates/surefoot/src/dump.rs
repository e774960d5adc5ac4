//! `dump`: a schema with its rows, as SQL that loads again. Needs no program of PostgreSQL's.

mod choose;
mod output;
pub(crate) mod rows;
pub(crate) mod stages;

use std::path::PathBuf;

use surefoot_catalog::{Catalog, Kind};
use surefoot_executor::Interrupt;
use surefoot_pg::Session;

pub(crate) use self::output::beside;
pub use self::output::{Memory, Output};
use self::rows::TableRows;
use crate::schema::{Lab, SchemaSource, opened};
use crate::{Error, Invocation, Project, Result};

/// What goes into a dump, and where it goes.
#[derive(Debug, Clone, Default)]
pub struct DumpOptions {
    /// A file, or a folder when it ends in `/` or is one; standard output when there is none.
    pub out: Option<PathBuf>,
    /// Rows only.
    pub data_only: bool,
    /// The schema only.
    pub schema_only: bool,
    /// These tables only, `*` for any text; with what they need.
    pub tables: Vec<String>,
    /// Rows by primary key, else by their text: the same rows give the same file.
    pub ordered: bool,
    /// Leave owners and privileges out.
    pub no_privileges: bool,
    /// Leave the journal out.
    pub no_journal: bool,
    /// For a history: up to this migration.
    pub at: Option<String>,
    /// Where to load text: `embedded`, `local`, or a URL; else as configured, else chosen.
    pub on: Option<String>,
}

/// A table and what was written of it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct DumpedTable {
    /// Its name as SQL.
    pub name: String,
    /// Its rows.
    pub rows: u64,
    /// Their size as text, in bytes.
    pub bytes: u64,
}

/// What was written.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct DumpReport {
    /// Objects of the schema.
    pub objects: usize,
    /// The tables whose rows were written.
    pub tables: Vec<DumpedTable>,
    /// Sequences whose position was written.
    pub sequences: usize,
    /// Roles that owners and privileges name: they belong to the server and have to be there.
    pub roles: Vec<String>,
    /// What is in the database and not in the dump.
    pub left_out: Vec<String>,
    /// Worth knowing.
    pub warnings: Vec<String>,
}

/// Told before each table, with its name.
pub type OnDumped<'a> = &'a (dyn Fn(&str) + Send + Sync);

/// Writes a schema and its rows, all as they are at one moment.
///
/// # Errors
/// When something cannot be read; [`Error::Refused`] with code `rows-hidden` when row-level security would hide rows.
/// Then nothing is left at the place of the file.
pub async fn dump(
    project: Option<&Project>,
    invocation: &Invocation,
    source: &SchemaSource,
    options: &DumpOptions,
    stdout: Box<dyn std::io::Write + Send>,
    interrupt: &Interrupt,
    on_table: OnDumped<'_>,
) -> Result<DumpReport> {
    if options.data_only && options.schema_only {
        return Err(Error::Usage {
            message: "--data and --schema-only leave nothing to write".into(),
            hint: "leave both out for all of it".into(),
        });
    }
    let own = project.map_or_else(|| surefoot_introspect::Options::default().excluded_schemas, Project::own_schemas);
    // A copy of a database remembers its history; a schema made from text has none worth keeping.
    let live = matches!(source, SchemaSource::Environment(_) | SchemaSource::Url(_));
    let with_journal = live && !options.no_journal && !options.schema_only && options.tables.is_empty();
    let excluded = if with_journal { Vec::new() } else { own };
    let mut output = output::open(options.out.as_deref(), stdout)?;
    let lab_needed = source.needs_lab();
    let at = options.at.as_deref();
    let done = if matches!(source, SchemaSource::Snapshot(_) | SchemaSource::Empty) {
        let loaded = crate::schema::read_schema(project, invocation, source, at, None).await?;
        let mut report = DumpReport { warnings: loaded.warnings, ..DumpReport::default() };
        if !options.schema_only {
            report.left_out.push("rows: a saved schema has none".into());
        }
        write_schema_only(&loaded.catalog, options, output.as_mut(), &mut report).map(|()| report)
    } else {
        let prepared = crate::schema::prepare(project, invocation, source, at)?;
        let lab = if lab_needed {
            let (extensions, needs) = prepared.wants();
            Some(Lab::start(project, invocation, options.on.as_deref(), extensions, needs, None).await?)
        } else {
            None
        };
        let done = async {
            let opened = opened(project, invocation, prepared, lab.as_ref()).await?;
            let done = database(&opened.session, &excluded, options, output.as_mut(), interrupt, on_table).await;
            opened.close().await?;
            let mut report = done?;
            report.warnings.splice(0..0, opened_warnings(&lab));
            Ok(report)
        }
        .await;
        if let Some(lab) = lab {
            lab.stop().await?;
        }
        done
    };
    let report = done?;
    output.finish()?;
    Ok(report)
}

fn opened_warnings(lab: &Option<Lab>) -> Vec<String> {
    lab.as_ref().map(|lab| lab.warnings.clone()).unwrap_or_default()
}

/// Writes the database of a session, in one transaction that sees one moment.
pub(crate) async fn database(
    session: &Session,
    excluded: &[String],
    options: &DumpOptions,
    output: &mut dyn Output,
    interrupt: &Interrupt,
    on_table: OnDumped<'_>,
) -> Result<DumpReport> {
    session.run(SETTINGS).await?;
    session.run("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY").await?;
    let done = in_transaction(session, excluded, options, output, interrupt, on_table).await;
    // A dead session has ended its transaction by itself.
    let _ = session.run("ROLLBACK").await;
    done
}

/// How values are written: so that they read the same everywhere.
const SETTINGS: &str = "SET row_security = off; SET statement_timeout = 0; SET lock_timeout = 0; \
     SET idle_in_transaction_session_timeout = 0; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = postgres; \
     SET TimeZone = 'UTC'; SET extra_float_digits = 3; SET bytea_output = hex; SET xmloption = content; \
     SET client_encoding = 'UTF8'; SET search_path = pg_catalog";

/// What a file begins with: it means the same whoever loads it.
const HEADER: &str = "SET statement_timeout = 0;\nSET lock_timeout = 0;\nSET client_encoding = 'UTF8';\n\
SET standard_conforming_strings = on;\nSET check_function_bodies = off;\nSET xmloption = content;\n\
SET client_min_messages = warning;\nSET row_security = off;\nSET DateStyle = 'ISO, YMD';\n\
SET IntervalStyle = postgres;\n";

async fn in_transaction(
    session: &Session,
    excluded: &[String],
    options: &DumpOptions,
    output: &mut dyn Output,
    interrupt: &Interrupt,
    on_table: OnDumped<'_>,
) -> Result<DumpReport> {
    let look =
        surefoot_introspect::Options { excluded_schemas: excluded.to_vec(), ..surefoot_introspect::Options::default() };
    let whole = surefoot_introspect::catalog(session, &look).await?;
    let mut report = DumpReport::default();
    report.left_out.extend(whole.unmodelled.iter().map(|u| u.what.clone()));
    let catalog = without_privileges(choose::catalog(&whole, &options.tables, &mut report.left_out)?, options);
    let (mut tables, left_out) = rows::tables(session, excluded).await?;
    tables.retain(|t| options.tables.is_empty() || choose::has_table(&catalog, &t.schema, &t.name));
    let sequences = rows::sequences(session, excluded).await?;
    let sequences: Vec<rows::SequenceValue> =
        sequences.into_iter().filter(|s| options.tables.is_empty() || choose::has_sequence(&catalog, s)).collect();
    if !options.schema_only && options.tables.is_empty() {
        report.left_out.extend(left_out);
    }
    header(session, options, output)?;
    if options.data_only {
        let (tables, circle) = rows::by_foreign_keys(tables, &catalog);
        if !circle.is_empty() {
            report.warnings.push(format!(
                "foreign keys lead in a circle through {}: their rows load only where the keys are DEFERRABLE or not \
                 there yet",
                circle.join(", ")
            ));
        }
        for table in &tables {
            write_rows(session, table, options, output, interrupt, on_table, &mut report).await?;
        }
        write_sequences(&sequences, true, output, &mut report)?;
        return Ok(report);
    }
    report.objects = catalog.objects().len();
    let settings = settings(options);
    if settings.owners {
        report.roles = choose::roles(&catalog);
    }
    let staged = stages::stages(&catalog, &settings)?;
    for (stage, script) in staged.scripts.iter().enumerate() {
        if !script.is_empty() {
            output.part(PARTS[stage])?;
            output.write(script.to_sql().as_bytes())?;
            output.write(b"\n")?;
        }
        if options.schema_only {
            continue;
        }
        for table in tables.iter().filter(|t| staged.of_table(&t.schema, &t.name) == stage) {
            write_rows(session, table, options, output, interrupt, on_table, &mut report).await?;
        }
        if stage == 0 {
            write_sequences(&sequences, false, output, &mut report)?;
        }
    }
    let empty = rows::unpopulated(session, excluded).await?;
    if !empty.is_empty() && options.tables.is_empty() {
        output.part("6-empty.sql")?;
        for view in empty {
            output.write(format!("REFRESH MATERIALIZED VIEW {view} WITH NO DATA;\n").as_bytes())?;
        }
    }
    Ok(report)
}

/// The files of a folder, in the order they load; rows are `2-rows/`, sequences `3-sequences.sql`.
const PARTS: [&str; stages::STAGES] = ["1-schema.sql", "4-keys.sql", "5-rest.sql"];

fn settings(options: &DumpOptions) -> surefoot_diff::Options {
    surefoot_diff::Options {
        owners: !options.no_privileges,
        privileges: !options.no_privileges,
        ..surefoot_diff::Options::default()
    }
}

/// What is only about roles.
fn without_privileges(catalog: Catalog, options: &DumpOptions) -> Catalog {
    if !options.no_privileges {
        return catalog;
    }
    let about_roles = |kind| matches!(kind, Kind::DefaultPrivilege | Kind::UserMapping);
    catalog.filtered(|o| !about_roles(o.id.kind) && (o.id.kind != Kind::Setting || o.id.sub.is_empty()))
}

fn header(session: &Session, options: &DumpOptions, output: &mut dyn Output) -> Result<()> {
    let version = session.version();
    let what = match (options.data_only, options.schema_only) {
        (true, _) => "rows",
        (_, true) => "schema",
        _ => "schema and rows",
    };
    let from = format!("-- PostgreSQL {}.{}: {what}\n\n", version / 10_000, version % 10_000);
    output.header(format!("{from}{HEADER}\n").as_bytes())
}

fn write_schema_only(
    catalog: &Catalog,
    options: &DumpOptions,
    output: &mut dyn Output,
    report: &mut DumpReport,
) -> Result<()> {
    if options.data_only {
        return Err(Error::Usage {
            message: "a saved schema has no rows".into(),
            hint: "leave --data out, or dump a database".into(),
        });
    }
    let catalog = without_privileges(choose::catalog(catalog, &options.tables, &mut report.left_out)?, options);
    report.objects = catalog.objects().len();
    let settings = settings(options);
    if settings.owners {
        report.roles = choose::roles(&catalog);
    }
    output.header(format!("-- schema\n\n{HEADER}\n").as_bytes())?;
    for (script, part) in stages::stages(&catalog, &settings)?.scripts.iter().zip(PARTS) {
        if !script.is_empty() {
            output.part(part)?;
            output.write(script.to_sql().as_bytes())?;
            output.write(b"\n")?;
        }
    }
    Ok(())
}

/// Writes the rows of a table as `COPY`; nothing when it has none.
async fn write_rows(
    session: &Session,
    table: &TableRows,
    options: &DumpOptions,
    output: &mut dyn Output,
    interrupt: &Interrupt,
    on_table: OnDumped<'_>,
    report: &mut DumpReport,
) -> Result<()> {
    let name = table.sql();
    on_table(&name);
    let head = table.copy_in();
    let mut bytes = 0;
    let rows = rows::copy(session, table, options.ordered, &mut |chunk| {
        if bytes == 0 {
            output.part(&format!("2-rows/{}.sql", output::file_name(&table.schema, &table.name)))?;
            output.write(format!("{}\n", head.as_deref().unwrap_or_default()).as_bytes())?;
        }
        if interrupt.is_raised() {
            return Err(surefoot_executor::Error::Interrupted { migration: None, units_done: 0, units_total: 0 }.into());
        }
        bytes += chunk.len() as u64;
        output.write(chunk)
    })
    .await?;
    if bytes > 0 {
        output.write(b"\\.\n\n")?;
    }
    if head.is_none() && rows > 0 {
        // Rows without a value: COPY has no way to say how many.
        output.part(&format!("2-rows/{}.sql", output::file_name(&table.schema, &table.name)))?;
        for _ in 0..rows {
            output.write(format!("INSERT INTO {name} DEFAULT VALUES;\n").as_bytes())?;
        }
        output.write(b"\n")?;
    }
    report.tables.push(DumpedTable { name, rows, bytes });
    Ok(())
}

fn write_sequences(
    sequences: &[rows::SequenceValue],
    all: bool,
    output: &mut dyn Output,
    report: &mut DumpReport,
) -> Result<()> {
    for sequence in sequences.iter().filter(|s| all || s.used) {
        if report.sequences == 0 {
            output.part("3-sequences.sql")?;
        }
        output.write(format!("{}\n", sequence.sql).as_bytes())?;
        report.sequences += 1;
    }
    if report.sequences > 0 {
        output.write(b"\n")?;
    }
    Ok(())
}

//! `surefoot dump`.

use serde_json::json;
use surefoot::schema::SchemaSource;
use surefoot::{DumpOptions, DumpReport, Project, TargetSpec, dump};

use crate::args::{Dump, Format};
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::observer::on_interrupt;
use crate::ui::{GREEN, Ui, count};

pub(crate) async fn run(context: &Context, ui: &Ui, args: Dump) -> Result<Code, Failure> {
    crate::commands::prepare_embedded()?;
    if args.out.is_none() && ui.format == Format::Json {
        return Err(Failure::usage("--json needs --out", "standard output is for the SQL: add --out dump.sql"));
    }
    // Without a project there is still the embedded database of the folder, or DATABASE_URL.
    let project = Some(context.project()?);
    let source = source(context, project.as_ref(), args.source.as_deref())?;
    let options = DumpOptions {
        out: args.out.as_ref().map(|path| context.invocation.folder.join(path)),
        data_only: args.data,
        schema_only: args.schema_only,
        tables: args.tables,
        ordered: args.ordered,
        no_privileges: args.no_privileges,
        no_journal: args.no_journal,
        at: args.at,
        on: args.on,
    };
    on_interrupt(context.interrupt.clone());
    ui.progress(format!("reading {source}"));
    let tell = |table: &str| ui.progress(format!("rows of {table}"));
    let stdout = Box::new(std::io::stdout());
    let report =
        dump(project.as_ref(), &context.invocation, &source, &options, stdout, &context.interrupt, &tell).await;
    ui.progress_done();
    print(ui, &source, args.out.as_deref(), &report?);
    Ok(Code::Done)
}

/// What a command reads that takes a source: the one named, else the target.
pub(crate) fn source(
    context: &Context,
    project: Option<&Project>,
    named: Option<&str>,
) -> Result<SchemaSource, Failure> {
    let folder = &context.invocation.folder;
    match (named.or(context.invocation.url.as_deref()), project) {
        (Some(text), _) if text != "embedded" => Ok(SchemaSource::parse(text, project, folder)?),
        (_, Some(project)) => Ok(SchemaSource::Environment(TargetSpec::environment(project, &context.invocation))),
        _ => Err(Failure::usage("there is no project here", "say what to read: a URL, or a file")),
    }
}

fn print(ui: &Ui, source: &SchemaSource, out: Option<&std::path::Path>, report: &DumpReport) {
    for warning in &report.warnings {
        ui.warn(warning);
    }
    for left_out in &report.left_out {
        ui.warn(format!("left out: {left_out}"));
    }
    if !report.roles.is_empty() {
        ui.warn(format!(
            "it names roles, which have to be there where it is loaded: {} (--no-privileges leaves them out)",
            report.roles.join(", ")
        ));
    }
    let rows: u64 = report.tables.iter().map(|t| t.rows).sum();
    let Some(out) = out else { return };
    if ui.format == Format::Json {
        ui.json(&json!({
            "command": "dump",
            "source": source.to_string(),
            "out": out.display().to_string(),
            "rows": rows,
            "dump": report,
        }));
        return;
    }
    let schema = if report.objects > 0 { format!("{}, ", count(report.objects, "object")) } else { String::new() };
    let filled = report.tables.iter().filter(|t| t.rows > 0).count();
    let rows = format!("{rows} row{} of {}", if rows == 1 { "" } else { "s" }, count(filled, "table"));
    ui.say(format!("{GREEN}✓{GREEN:#} wrote {}: {schema}{rows}", out.display()));
}

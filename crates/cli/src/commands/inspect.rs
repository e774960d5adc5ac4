//! `surefoot inspect`.

use std::collections::BTreeMap;

use serde_json::json;
use surefoot::TargetSpec;
use surefoot::catalog::{Catalog, Kind};
use surefoot::introspect::Recognised;
use surefoot::schema::{Loaded, SchemaSource, drawing, files, read_schema, read_schema_and_roles};

use crate::args::{Erd, Format, Inspect};
use crate::commands::diff::{optional_project, write};
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::ui::{BOLD, DIM, Ui, count};

pub(crate) async fn run(context: &Context, ui: &Ui, args: Inspect) -> Result<Code, Failure> {
    crate::commands::prepare_embedded()?;
    let project = optional_project(context)?;
    let source = match (&args.source, &context.invocation.url) {
        (Some(text), _) => SchemaSource::parse(text, project.as_ref(), &context.invocation.folder)?,
        (None, Some(url)) => SchemaSource::parse(url, project.as_ref(), &context.invocation.folder)?,
        (None, None) => match &project {
            Some(project) => SchemaSource::Environment(TargetSpec::environment(project, &context.invocation)),
            None => {
                return Err(Failure::usage(
                    "there is no project here",
                    "say whose schema: surefoot inspect schema.sql",
                ));
            }
        },
    };
    ui.progress(format!("reading {source}"));
    let (at, on) = (args.at.as_deref(), args.on.as_deref());
    let loaded = if args.roles {
        read_schema_and_roles(project.as_ref(), &context.invocation, &source, at, on).await
    } else {
        read_schema(project.as_ref(), &context.invocation, &source, at, on).await
    };
    ui.progress_done();
    let Loaded { catalog, warnings, recognised } = loaded?;
    for warning in &warnings {
        ui.warn(warning);
    }
    if args.unmodelled {
        return Ok(unmodelled(ui, &catalog));
    }
    if let Some(form) = args.erd {
        let text = match form {
            Erd::Mermaid => drawing::mermaid(&catalog),
            Erd::Dot => drawing::dot(&catalog),
            Erd::Svg => drawing::svg(&catalog),
        };
        return put(ui, args.out.as_deref(), &text);
    }
    match ui.format {
        Format::Json => put(ui, args.out.as_deref(), &to_json(&source, &catalog, &recognised)),
        Format::Sql => {
            let script = surefoot::schema::creation(&catalog)?;
            match args.out.as_deref() {
                Some(path) if path.is_dir() || path.to_string_lossy().ends_with('/') => {
                    let written = files::write(path, &script)?;
                    ui.say(format!("Wrote {} to {}", count(written, "file"), path.display()));
                    Ok(Code::Done)
                }
                out => put(ui, out, &script.to_sql()),
            }
        }
        Format::Human => {
            if args.out.is_some() {
                return Err(Failure::usage("--out needs a form", "add --format sql, --format json or --erd svg"));
            }
            human(ui, &source, &catalog);
            for r in &recognised {
                let detail = if r.detail.is_empty() { String::new() } else { format!("  {DIM}{}{DIM:#}", r.detail) };
                ui.human(format!("  {} {}{detail}", r.what, r.name));
            }
            Ok(Code::Done)
        }
    }
}

fn put(ui: &Ui, out: Option<&std::path::Path>, text: &str) -> Result<Code, Failure> {
    match out {
        Some(path) => {
            write(path, text)?;
            ui.say(format!("Wrote {}", path.display()));
        }
        None => ui.raw(text),
    }
    Ok(Code::Done)
}

fn unmodelled(ui: &Ui, catalog: &Catalog) -> Code {
    if ui.is_human() {
        for item in &catalog.unmodelled {
            ui.line(format!("  {} {DIM}({}){DIM:#}", item.what, item.catalog));
        }
        if catalog.unmodelled.is_empty() {
            ui.line("Everything in it is in the model.");
        }
    } else {
        ui.json(&json!({ "command": "inspect", "unmodelled": catalog.unmodelled }));
    }
    if catalog.unmodelled.is_empty() { Code::Done } else { Code::Something }
}

fn human(ui: &Ui, source: &SchemaSource, catalog: &Catalog) {
    let version = if catalog.major() == 0 { String::new() } else { format!(", PostgreSQL {}", catalog.major()) };
    ui.human(format!("{BOLD}{source}{BOLD:#}{version}  {DIM}{}{DIM:#}", &catalog.hash()[..12]));
    for (kind, n) in catalog.count_by_kind() {
        if !matches!(kind, Kind::Default | Kind::SequenceOwner | Kind::Partition) {
            ui.human(format!("  {n:>6}  {}", plural(kind, n)));
        }
    }
    for line in surefoot::schema::tables(catalog) {
        ui.human(format!("  {line}"));
    }
    if !catalog.unmodelled.is_empty() {
        ui.warn(format!(
            "{} not in the model: surefoot inspect --unmodelled",
            count(catalog.unmodelled.len(), "object")
        ));
    }
}

fn plural(kind: Kind, n: usize) -> String {
    let word = kind.word();
    match word.as_str() {
        _ if n == 1 => word,
        w if w.ends_with("index") => format!("{w}es"),
        w if w.ends_with('y') => format!("{}ies", &w[..w.len() - 1]),
        w if w.ends_with('s') => word,
        w => format!("{w}s"),
    }
}

/// The JSON document, written without building it as a value first: large schemas are.
#[derive(serde::Serialize)]
struct Document<'a> {
    command: &'static str,
    schema: String,
    hash: String,
    objects: BTreeMap<String, usize>,
    recognised: &'a [Recognised],
    catalog: &'a Catalog,
}

fn to_json(source: &SchemaSource, catalog: &Catalog, recognised: &[Recognised]) -> String {
    let document = Document {
        command: "inspect",
        schema: source.to_string(),
        hash: catalog.hash(),
        objects: catalog.count_by_kind().iter().map(|(kind, n)| (kind.word(), *n)).collect(),
        recognised,
        catalog,
    };
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

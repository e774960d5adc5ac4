//! The `datasource` block: which database, which schemas, which extensions.

use super::{Datasource, Extension};
use crate::ast::{Config, Document, Name, Value, ValueKind};
use crate::diagnostic::{Code, Report, Span};
use crate::near;

/// Connection settings: read by Prisma, of no consequence for the DDL. Prisma 7 has none of them.
const ELSEWHERE: [&str; 3] = ["url", "directUrl", "shadowDatabaseUrl"];
const KNOWN: [&str; 7] = ["provider", "schemas", "extensions", "relationMode", "url", "directUrl", "shadowDatabaseUrl"];

pub(super) fn read(document: &Document, report: &mut Report<'_>) -> Datasource {
    let mut datasource = Datasource { name: "db".to_owned(), ..Datasource::default() };
    let Some(config) = document.configs.first() else {
        report.add(
            Code::Datasource,
            Span { file: 0, start: 0 },
            "schema",
            "there is no `datasource` block",
            "write `datasource db { provider = \"postgresql\" }`, with a line for each part",
        );
        return datasource;
    };
    for other in document.configs.iter().skip(1) {
        report.add(
            Code::Datasource,
            other.name.span,
            object(other),
            format!("there is a `datasource` block already: `{}`", config.name.text),
            "keep one",
        );
    }
    datasource.name.clone_from(&config.name.text);
    let mut provider = false;
    for (name, value) in &config.properties {
        match name.text.as_str() {
            "provider" => {
                provider = true;
                check_provider(config, value, report);
            }
            "schemas" => datasource.schemas = Some(schemas(config, value, report)),
            "extensions" => datasource.extensions = extensions(config, value, report),
            "relationMode" => match &value.kind {
                ValueKind::Text(mode) if mode == "prisma" => datasource.emulated = Some(name.span),
                ValueKind::Text(mode) if mode == "foreignKeys" => {}
                other => unfit(
                    config,
                    value.span,
                    format!("`relationMode` is {}", other.describe()),
                    "write \"foreignKeys\" or \"prisma\"",
                    report,
                ),
            },
            known if ELSEWHERE.contains(&known) => {}
            unknown => {
                let near = near::hint(unknown, KNOWN);
                unfit(config, name.span, format!("there is no setting `{unknown}`{near}"), "remove it", report);
            }
        }
    }
    if !provider {
        unfit(
            config,
            config.name.span,
            "there is no `provider`".to_owned(),
            "write `provider = \"postgresql\"`",
            report,
        );
    }
    datasource
}

fn object(config: &Config) -> String {
    format!("datasource `{}`", config.name.text)
}

fn unfit(config: &Config, span: Span, message: String, help: &str, report: &mut Report<'_>) {
    report.add(Code::Datasource, span, object(config), message, help);
}

fn check_provider(config: &Config, value: &Value, report: &mut Report<'_>) {
    let message = match &value.kind {
        ValueKind::Text(name) if name == "postgresql" || name == "postgres" => return,
        ValueKind::Text(name) if name == "cockroachdb" => {
            "the provider is CockroachDB, whose types and sequences are not PostgreSQL's".to_owned()
        }
        ValueKind::Text(name) => format!("the provider is \"{name}\""),
        other => format!("the provider is {}", other.describe()),
    };
    let help = "only `provider = \"postgresql\"` is read; for another database use Prisma's own tool";
    report.add(Code::Provider, value.span, object(config), message, help);
}

fn schemas(config: &Config, value: &Value, report: &mut Report<'_>) -> Vec<String> {
    let ValueKind::List(values) = &value.kind else {
        unfit(
            config,
            value.span,
            format!("`schemas` is {}", value.kind.describe()),
            "write a list of strings: `[\"public\"]`",
            report,
        );
        return Vec::new();
    };
    if values.is_empty() {
        unfit(config, value.span, "`schemas` is empty".to_owned(), "name a schema, or remove the line", report);
    }
    let mut schemas: Vec<String> = Vec::new();
    for value in values {
        match &value.kind {
            ValueKind::Text(name) if schemas.contains(name) => {
                unfit(config, value.span, format!("the schema \"{name}\" is listed twice"), "remove one", report);
            }
            ValueKind::Text(name) if !name.is_empty() => schemas.push(name.clone()),
            other => unfit(
                config,
                value.span,
                format!("a schema is {}", other.describe()),
                "write its name as a string",
                report,
            ),
        }
    }
    schemas
}

fn extensions(config: &Config, value: &Value, report: &mut Report<'_>) -> Vec<Extension> {
    let ValueKind::List(values) = &value.kind else {
        unfit(
            config,
            value.span,
            format!("`extensions` is {}", value.kind.describe()),
            "write a list: `[pg_trgm]`",
            report,
        );
        return Vec::new();
    };
    let mut extensions: Vec<Extension> = Vec::new();
    for value in values {
        let (name, args) = match &value.kind {
            ValueKind::Word(name) => (name, [].as_slice()),
            ValueKind::Call(name, args) => (name, args.as_slice()),
            other => {
                let help = "write `pg_trgm`, or `uuid_ossp(map: \"uuid-ossp\", schema: \"x\", version: \"1\")`";
                unfit(config, value.span, format!("an extension is {}", other.describe()), help, report);
                continue;
            }
        };
        let mut extension = Extension { name: name.clone(), schema: None, version: None };
        for arg in args {
            let slot = match arg.name.as_ref().map(|Name { text, .. }| text.as_str()) {
                Some("map") => &mut extension.name,
                Some("schema") => extension.schema.get_or_insert_default(),
                Some("version") => extension.version.get_or_insert_default(),
                _ => {
                    unfit(
                        config,
                        arg.value.span,
                        format!("extension `{name}` has an unknown argument"),
                        "it takes map, schema and version",
                        report,
                    );
                    continue;
                }
            };
            match &arg.value.kind {
                ValueKind::Text(text) if !text.is_empty() => slot.clone_from(text),
                other => unfit(
                    config,
                    arg.value.span,
                    format!("extension `{name}` is given {}", other.describe()),
                    "write a string that is not empty",
                    report,
                ),
            }
        }
        if extensions.iter().any(|other| other.name == extension.name) {
            unfit(
                config,
                value.span,
                format!("the extension \"{}\" is listed twice", extension.name),
                "remove one",
                report,
            );
            continue;
        }
        extensions.push(extension);
    }
    extensions
}

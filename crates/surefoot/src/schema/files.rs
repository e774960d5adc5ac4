//! A schema as a folder of files: one for each object, in folders by kind.

use std::collections::BTreeMap;
use std::path::Path;

use surefoot_catalog::{Id, Kind};
use surefoot_diff::Script;

use crate::{Error, Result};

/// Writes the script that makes a schema, a file for each table, view, function ... with its parts, and gives their
/// number. Files of a schema that was written there before and are no longer part of it stay: git shows them.
///
/// # Errors
/// When a file cannot be written.
pub fn write(folder: &Path, script: &Script) -> Result<usize> {
    let texts = texts(script);
    for (name, text) in &texts {
        let path = folder.join(name);
        let done = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&path, text));
        done.map_err(|e| Error::Io { action: "write", path: path.display().to_string(), reason: e.to_string() })?;
    }
    Ok(texts.len())
}

/// The text of each file.
pub(crate) fn texts(script: &Script) -> BTreeMap<String, String> {
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    for step in &script.steps {
        let text = texts.entry(file(&step.object)).or_default();
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&step.sql);
        text.push_str(";\n");
    }
    texts
}

/// Where an object is written: parts of a table in the table's file.
pub(crate) fn file(id: &Id) -> String {
    let folder = match id.kind {
        Kind::Column
        | Kind::Default
        | Kind::Constraint
        | Kind::Index
        | Kind::Partition
        | Kind::Trigger
        | Kind::Policy
        | Kind::Rule
        | Kind::Table => "tables",
        Kind::SequenceOwner | Kind::Sequence => "sequences",
        Kind::View | Kind::MaterializedView => "views",
        Kind::Function | Kind::Procedure | Kind::Aggregate => "functions",
        kind if kind.is_type() => "types",
        Kind::Schema => "schemas",
        Kind::Extension => "extensions",
        _ => "other",
    };
    let plain = |text: &str| -> String {
        text.chars().map(|c| if c.is_alphanumeric() || "_-.".contains(c) { c } else { '_' }).collect()
    };
    let schema = if id.schema.is_empty() { String::new() } else { format!("{}.", plain(&id.schema)) };
    format!("{folder}/{schema}{}.sql", plain(&id.name))
}

//! The migration that joins branches.

use crate::naming::{next_number, timestamp_id};
use crate::set::MigrationSet;

/// The path, relative to a migration directory, of a migration that merges heads.
///
/// It follows the history's own style: a numbered file, or a folder where the history is made of
/// folders. `now` is the time as `YYYYMMDDHHMMSS`, used where names start with a time.
pub fn merge_file_name(set: &MigrationSet, heads: &[&str], now: &str) -> String {
    let mut name = "merge".to_owned();
    for head in heads {
        name.push('_');
        name.extend(head.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(20));
    }
    name.truncate(60);
    let name = name.trim_end_matches('_');
    if let Some(number) = next_number(set) {
        return format!("{number}_{name}.sql");
    }
    let id = timestamp_id(set, now).unwrap_or_else(|| now.to_owned());
    let last = set.versioned().last();
    match last.map(|migration| crate::dir::split(&migration.up.path).1) {
        Some(file) if crate::layout::is_folder_up(file) => format!("{id}_{name}/{file}"),
        _ => format!("{id}_{name}.sql"),
    }
}

/// The text of a migration that merges heads: no statement, only what it depends on.
pub fn merge_text(set: &MigrationSet, heads: &[&str]) -> String {
    let mut text = String::from("-- Merges branches that were made side by side:\n");
    for head in heads {
        let title = set.get(head).map_or("", |migration| migration.title.as_str());
        text.push_str(format!("--   {head} {title}").trim_end());
        text.push('\n');
    }
    let references: Vec<String> = heads.iter().map(|head| reference(head)).collect();
    text.push_str(&format!("-- surefoot: depends {}\n", references.join(" ")));
    text
}

/// An id in a directive: in quotes if there are spaces in it.
fn reference(id: &str) -> String {
    if id.contains([' ', ',']) { format!("\"{id}\"") } else { id.to_owned() }
}

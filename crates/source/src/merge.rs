//! The migration that joins branches.

use crate::set::MigrationSet;

/// The name of a migration that merges heads, without number or ending.
pub fn merge_name(heads: &[&str]) -> String {
    let mut name = "merge".to_owned();
    for head in heads {
        name.push('_');
        name.extend(head.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(20));
    }
    name.truncate(60);
    name.trim_end_matches('_').to_owned()
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

//! Text search parsers, templates, dictionaries and configurations.

use std::collections::BTreeMap;

use surefoot_catalog::Object;
use surefoot_catalog::objects::{TextSearchConfiguration, TextSearchDictionary};

use crate::change::{Change, Statement};
use crate::common::attributes;

/// A parser or a template: a list of functions.
pub(crate) fn create_functions(object: &Object, functions: &BTreeMap<String, String>) -> Vec<Statement> {
    vec![format!("CREATE {} {} ({})", object.id.kind.sql(), object.id.relation(), attributes(functions)).into()]
}

pub(crate) fn create_dictionary(object: &Object, body: &TextSearchDictionary) -> Vec<Statement> {
    let options = body.options.as_ref().map(|o| format!(", {o}")).unwrap_or_default();
    let name = object.id.relation();
    vec![format!("CREATE TEXT SEARCH DICTIONARY {name} (TEMPLATE = {}{options})", body.template).into()]
}

/// Options are changed one by one; one without a value goes back to its default.
pub(crate) fn alter_dictionary(object: &Object, old: &TextSearchDictionary, new: &TextSearchDictionary) -> Change {
    if old == new {
        return Change::Same;
    }
    if old.template != new.template {
        return Change::Replace;
    }
    let (a, b) = (options(&old.options), options(&new.options));
    // What is set anew goes to the end of the list, and the order counts.
    let kept = names(&old.options).into_iter().filter(|name| a.get(name) == b.get(name));
    let added = names(&new.options).into_iter().filter(|name| a.get(name) != b.get(name));
    let in_order = kept.chain(added).eq(names(&new.options));
    let gone = a.keys().filter(|name| !b.contains_key(*name)).map(|name| (*name).to_owned());
    let set = names(&new.options).into_iter().filter(|name| !in_order || a.get(name) != b.get(name));
    let list: Vec<String> = gone.chain(set.map(|name| format!("{name} = {}", b[name]))).collect();
    Change::one(format!("ALTER TEXT SEARCH DICTIONARY {} ({})", object.id.relation(), list.join(", ")))
}

/// The names and values in `a = 'b', "c" = 'd'`, as SQL.
fn pairs(text: Option<&str>) -> Vec<(&str, &str)> {
    let text = text.unwrap_or_default();
    let (mut start, mut quote) = (0, None);
    let mut parts = Vec::new();
    for (i, c) in text.char_indices() {
        match quote {
            None if c == '\'' || c == '"' => quote = Some(c),
            None if c == ',' => {
                parts.push(&text[start..i]);
                start = i + 1;
            }
            Some(q) if q == c => quote = None,
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts.into_iter().filter_map(|part| part.trim().split_once(" = ")).collect()
}

fn options(options: &Option<String>) -> BTreeMap<&str, &str> {
    pairs(options.as_deref()).into_iter().collect()
}

fn names(options: &Option<String>) -> Vec<&str> {
    pairs(options.as_deref()).into_iter().map(|(name, _)| name).collect()
}

pub(crate) fn create_configuration(object: &Object, body: &TextSearchConfiguration) -> Vec<Statement> {
    let name = object.id.relation();
    let mut out: Vec<Statement> =
        vec![format!("CREATE TEXT SEARCH CONFIGURATION {name} (PARSER = {})", body.parser).into()];
    map(object, "ADD", body.mappings.iter(), &mut out);
    out
}

/// Tokens with the same dictionaries go into one statement.
fn map<'a>(
    object: &Object,
    verb: &str,
    mappings: impl Iterator<Item = (&'a String, &'a Vec<String>)>,
    out: &mut Vec<Statement>,
) {
    let mut by_list: BTreeMap<&Vec<String>, Vec<&str>> = BTreeMap::new();
    for (token, list) in mappings {
        by_list.entry(list).or_default().push(token);
    }
    for (list, tokens) in by_list {
        let (name, tokens) = (object.id.relation(), tokens.join(", "));
        let list = list.join(", ");
        out.push(format!("ALTER TEXT SEARCH CONFIGURATION {name}\n    {verb} MAPPING FOR {tokens} WITH {list}").into());
    }
}

pub(crate) fn alter_configuration(
    object: &Object,
    old: &TextSearchConfiguration,
    new: &TextSearchConfiguration,
) -> Change {
    if old.parser != new.parser {
        return Change::Replace;
    }
    let mut out: Vec<Statement> = Vec::new();
    let gone: Vec<&str> =
        old.mappings.keys().filter(|token| !new.mappings.contains_key(*token)).map(String::as_str).collect();
    if !gone.is_empty() {
        let name = object.id.relation();
        out.push(format!("ALTER TEXT SEARCH CONFIGURATION {name}\n    DROP MAPPING FOR {}", gone.join(", ")).into());
    }
    let changed = new.mappings.iter().filter(|(t, list)| old.mappings.get(*t).is_some_and(|before| before != *list));
    map(object, "ALTER", changed, &mut out);
    map(object, "ADD", new.mappings.iter().filter(|(t, _)| !old.mappings.contains_key(*t)), &mut out);
    Change::of(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_parted_outside_quotes() {
        let list = pairs(Some("language = 'a, b''s', stopwords = 'english'"));
        assert_eq!(list, [("language", "'a, b''s'"), ("stopwords", "'english'")]);
        assert!(pairs(None).is_empty());
    }
}

//! Names of new migrations, held against the rules.

use surefoot_source::{MigrationSet, NameCase, NameFormat, NameProblem, NamingRules, slugify};

use crate::config::NamingSection;
use crate::new::NewMigration;
use crate::{Error, Result};

/// The name, the title for people, and warnings.
pub(super) fn judge(
    section: &NamingSection,
    set: &MigrationSet,
    wanted: &NewMigration,
) -> Result<(String, String, Vec<String>)> {
    let typed = wanted.name.trim();
    let rules = rules(section, set);
    let in_words = typed.contains(char::is_whitespace);
    let name = if in_words { cased(&rules, typed) } else { typed.to_owned() };
    if let Some(wrong) = name.chars().find(|c| c.is_control() || "/\\:*?\"<>|".contains(*c)) {
        return Err(Error::Usage {
            message: format!("{typed:?} cannot be the name of a file: it has {wrong:?} in it"),
            hint: match slugify(typed).as_str() {
                "" => "name what the migration does: add_patient_email".into(),
                slug => format!("write {slug}"),
            },
        });
    }
    let mut problems = rules.check(&name);
    if set.versioned().next().is_none() {
        // A history may begin with `initial_schema`.
        problems.retain(|p| !matches!(p, NameProblem::Verb { .. }));
    }
    if problems.contains(&NameProblem::Empty) {
        return Err(Error::Usage {
            message: format!("{typed:?} makes no name"),
            hint: "name what the migration does: add_patient_email".into(),
        });
    }
    let mut warnings = Vec::new();
    if !problems.is_empty() && !wanted.any_name {
        let facts: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let facts = facts.join("\n");
        let proposal = propose(&rules, &name);
        if section.enforce == Some(false) {
            warnings.extend(problems.iter().map(|p| format!("{name}: {p}")));
        } else {
            let command = match &proposal {
                Some(better) => format!("surefoot new {better}"),
                None => "choose another name".to_owned(),
            };
            return Err(Error::Refused {
                code: "name",
                message: format!("{name:?} is against the naming rules\n{facts}"),
                hint: format!(
                    "{command}\nor pass over the rules with --any-name; they are set in [naming] of surefoot.toml"
                ),
            });
        }
    }
    let title = if in_words { one_line(typed) } else { sentence(&name) };
    Ok((name, title, warnings))
}

/// The rules of the configuration, and the case that the history has where it sets none.
fn rules(section: &NamingSection, set: &MigrationSet) -> NamingRules {
    let default = NamingRules::default();
    let names = || set.versioned().map(|m| m.name.as_str());
    let kebab = names().filter(|n| n.contains('-') && !n.contains('_')).count();
    let snake = names().filter(|n| n.contains('_')).count();
    NamingRules {
        case: match section.case.as_deref() {
            Some("any") => NameCase::Any,
            None if kebab > snake => NameCase::Kebab,
            _ => NameCase::Snake,
        },
        starts_with_verb: match &section.verbs {
            Some(verbs) => verbs.iter().map(|v| v.to_lowercase()).collect(),
            None => default.starts_with_verb,
        },
        max_len: section.max_length.or(default.max_len),
        format: if section.style.as_deref() == Some("timestamp") {
            NameFormat::Timestamp
        } else {
            NameFormat::Numbered
        },
    }
}

fn cased(rules: &NamingRules, text: &str) -> String {
    let slug = slugify(text);
    if rules.case == NameCase::Kebab { slug.replace('_', "-") } else { slug }
}

/// A name near this one that keeps the rules.
fn propose(rules: &NamingRules, name: &str) -> Option<String> {
    let slug = slugify(name);
    let slug = slug.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_');
    let mut words: Vec<String> = slug.split('_').filter(|w| !w.is_empty()).map(str::to_owned).collect();
    let verbs = &rules.starts_with_verb;
    let first = words.first()?.clone();
    if !verbs.is_empty() && !verbs.contains(&first) {
        let known = |verb: &str| verbs.iter().any(|v| v == verb).then(|| verb.to_owned());
        let same = |word: &str| {
            // "adding", "added", "creates": the verb that the word begins with.
            let stem = verbs.iter().filter(|v| word.starts_with(v.trim_end_matches('e'))).max_by_key(|v| v.len());
            stem.filter(|v| word.len() <= v.len() + 3).cloned()
        };
        let other = || match first.as_str() {
            "new" | "introduce" | "init" => known("create"),
            "modify" | "adjust" => known("alter"),
            "clean" | "purge" => known("remove"),
            "correct" | "repair" => known("fix"),
            "populate" | "load" | "fill" => known("backfill"),
            _ => None,
        };
        let near = || surefoot_source::nearest(&first, verbs.iter().map(String::as_str)).map(str::to_owned);
        if let Some(verb) = same(&first).or_else(other).or_else(near) {
            words[0] = verb;
        } else if let Some(at) = words.iter().rposition(|w| verbs.contains(w)) {
            let verb = words.remove(at);
            words.insert(0, verb);
        } else {
            words.insert(0, known("add").unwrap_or_else(|| verbs[0].clone()));
        }
    }
    let separator = if rules.case == NameCase::Kebab { "-" } else { "_" };
    while words.len() > 2 && rules.max_len.is_some_and(|max| words.join(separator).chars().count() > max) {
        words.pop();
    }
    let proposal = words.join(separator);
    (proposal != name && rules.check(&proposal).is_empty()).then_some(proposal)
}

/// `add_patient_email` as `Add patient email`.
pub(super) fn sentence(name: &str) -> String {
    let text = name.replace(['_', '-'], " ");
    let mut chars = text.trim().chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

pub(super) fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_control() || c.is_whitespace()).filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
}

//! How much a difference matters: a table of rules, first those of the configuration, then these.

use serde::Serialize;
use surefoot_catalog::{Body, Object};

use crate::config::DriftSection;
use crate::schema::drift::exempt::glob;

/// How much a difference matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing: neither rows nor statements come out differently.
    Info,
    /// To be looked at: something is there that nobody reviewed, or performs differently.
    Warning,
    /// The application may fail, or what guards rows is not there.
    Critical,
}

impl Severity {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Info, Self::Warning, Self::Critical].into_iter().find(|s| s.as_str() == word)
    }
}

/// How the target differs from what its history says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// The history has it, the target has not.
    Missing,
    /// The target has it, the history has not.
    Extra,
    /// Both have it, and it is not the same.
    Changed,
}

impl How {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Extra => "extra",
            Self::Changed => "changed",
        }
    }
}

/// The built-in rules; the first that fits counts. docs/schema.md prints the same table, and a test compares the two.
pub const RULES: &[(&str, Severity)] = &[
    ("missing file", Severity::Critical),
    ("changed file", Severity::Critical),
    ("changed file comment", Severity::Info),
    ("missing unique index", Severity::Critical),
    ("missing index", Severity::Warning),
    ("missing statistics", Severity::Info),
    ("missing setting", Severity::Warning),
    ("missing *", Severity::Critical),
    ("extra policy", Severity::Critical),
    ("extra trigger", Severity::Critical),
    ("extra rule", Severity::Critical),
    ("extra index", Severity::Info),
    ("extra statistics", Severity::Info),
    ("extra *", Severity::Warning),
    ("changed * comment", Severity::Info),
    ("changed view options", Severity::Critical),
    ("changed foreign server options", Severity::Warning),
    ("changed user mapping options", Severity::Warning),
    ("changed * options", Severity::Info),
    ("changed * toast_options", Severity::Info),
    ("changed * statistics", Severity::Info),
    ("changed * tablespace", Severity::Info),
    ("changed column storage", Severity::Info),
    ("changed column compression", Severity::Info),
    ("changed table row_security=false", Severity::Critical),
    ("changed table force_row_security=false", Severity::Critical),
    ("changed column type", Severity::Critical),
    ("changed column not_null", Severity::Critical),
    ("changed column generated", Severity::Critical),
    ("changed column identity", Severity::Critical),
    ("changed column collation", Severity::Critical),
    ("changed constraint *", Severity::Critical),
    ("changed policy *", Severity::Critical),
    ("changed trigger *", Severity::Critical),
    ("changed rule *", Severity::Critical),
    ("changed function *", Severity::Critical),
    ("changed procedure *", Severity::Critical),
    ("changed enum *", Severity::Critical),
    ("changed domain *", Severity::Critical),
    ("changed composite type *", Severity::Critical),
    ("changed *", Severity::Warning),
];

/// The rules of a project.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    own: Vec<(String, Severity)>,
}

impl Rules {
    pub(crate) fn of(section: &DriftSection) -> Self {
        let lists = [
            (&section.critical, Severity::Critical),
            (&section.warning, Severity::Warning),
            (&section.info, Severity::Info),
        ];
        let own = lists.into_iter().flat_map(|(list, severity)| list.iter().map(move |rule| (rule.clone(), severity)));
        Self { own: own.collect() }
    }

    /// The severity of a difference, and the rule that says so. Of several things that changed the worst counts.
    pub(crate) fn judge(&self, how: How, subject: &str, changed: &[(String, String)]) -> (Severity, String) {
        if how != How::Changed || changed.is_empty() {
            return self.one(&[format!("{} {subject}", how.as_str())]);
        }
        changed
            .iter()
            .map(|(what, found)| {
                let plain = format!("changed {subject} {what}");
                self.one(&[format!("{plain}={found}"), plain, format!("changed {subject}")])
            })
            .max_by_key(|(severity, _)| *severity)
            .unwrap_or((Severity::Warning, "changed *".into()))
    }

    /// The first rule that fits one of these texts.
    fn one(&self, texts: &[String]) -> (Severity, String) {
        let own = self.own.iter().map(|(rule, severity)| (rule.as_str(), *severity));
        own.chain(RULES.iter().copied())
            .find(|(rule, _)| texts.iter().any(|text| glob(rule, text)))
            .map_or((Severity::Warning, String::new()), |(rule, severity)| (severity, rule.to_owned()))
    }
}

/// What a rule calls an object: its kind, and of an index whether it is unique.
pub(crate) fn subject(object: &Object) -> String {
    match &object.body {
        Body::Index(index) if index.unique => "unique index".into(),
        _ => object.id.kind.word(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(how: How, subject: &str, changed: &[(&str, &str)]) -> Severity {
        let changed: Vec<(String, String)> = changed.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect();
        Rules::default().judge(how, subject, &changed).0
    }

    #[test]
    fn what_guards_rows_is_critical_and_what_only_costs_time_is_not() {
        for subject in ["table", "column", "constraint", "policy", "trigger", "unique index", "function", "default"] {
            assert_eq!(judged(How::Missing, subject, &[]), Severity::Critical, "{subject}");
        }
        assert_eq!(judged(How::Missing, "index", &[]), Severity::Warning);
        assert_eq!(judged(How::Extra, "index", &[]), Severity::Info);
        assert_eq!(judged(How::Extra, "unique index", &[]), Severity::Warning);
        assert_eq!(judged(How::Extra, "policy", &[]), Severity::Critical);
        assert_eq!(judged(How::Changed, "table", &[("row_security", "false")]), Severity::Critical);
        assert_eq!(judged(How::Changed, "table", &[("row_security", "true")]), Severity::Warning);
        assert_eq!(judged(How::Changed, "table", &[("comment", "x")]), Severity::Info);
        // The worst of several counts.
        assert_eq!(judged(How::Changed, "column", &[("comment", "x"), ("type", "text")]), Severity::Critical);
    }

    #[test]
    fn configured_rules_come_first() {
        let rules = Rules::of(&DriftSection {
            critical: vec!["extra index".into()],
            info: vec!["missing *".into()],
            ..DriftSection::default()
        });
        assert_eq!(rules.judge(How::Extra, "index", &[]), (Severity::Critical, "extra index".into()));
        assert_eq!(rules.judge(How::Missing, "table", &[]).0, Severity::Info);
        assert_eq!(rules.judge(How::Extra, "table", &[]).0, Severity::Warning);
    }

    #[test]
    fn the_documentation_has_the_same_rules() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/drift.md");
        let text = std::fs::read_to_string(path).expect("docs/drift.md");
        let documented: Vec<(&str, &str)> = text
            .lines()
            .filter_map(|line| {
                let mut cells = line.strip_prefix("| `")?.strip_suffix(" |")?.split("` | ");
                Some((cells.next()?, cells.next()?))
            })
            .filter(|(_, severity)| Severity::parse(severity).is_some())
            .collect();
        let rules: Vec<(&str, &str)> = RULES.iter().map(|(rule, severity)| (*rule, severity.as_str())).collect();
        assert_eq!(documented, rules);
    }
}

//! Typed values out of a YAML tree, with every fault collected.

use crate::error::ConfigProblem;
use crate::near::nearest;
use crate::yaml::{Key, Node, Value};

/// A setting whose value hangs on a variable that is not set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingVariable {
    /// The setting, as `settings.database.password`.
    pub setting: String,
    /// The variable's name.
    pub variable: String,
    /// The line of the setting, from 1.
    pub line: u64,
    /// The column of the setting, from 1.
    pub column: u64,
}

/// Takes values and remembers what was wrong.
#[derive(Debug)]
pub(crate) struct Taker<'a> {
    pub(crate) path: &'a str,
    pub(crate) problems: Vec<ConfigProblem>,
    pub(crate) missing: Vec<MissingVariable>,
}

/// A mapping and the keys that lead to it.
#[derive(Debug, Clone)]
pub(crate) struct Section<'n> {
    node: Option<&'n Node>,
    name: String,
}

impl<'n> Section<'n> {
    /// The line of the mapping.
    pub(crate) fn line(&self) -> u64 {
        self.node.map_or(1, |node| node.line)
    }

    /// Whether it is written at all.
    pub(crate) fn is_present(&self) -> bool {
        self.node.is_some()
    }

    /// Its keys.
    pub(crate) fn entries(&self) -> &'n [(Key, Node)] {
        match self.node.map(|node| &node.value) {
            Some(Value::Map(entries)) => entries,
            _ => &[],
        }
    }

    fn key(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }
}

impl<'a> Taker<'a> {
    pub(crate) fn new(path: &'a str) -> Self {
        Self { path, problems: Vec::new(), missing: Vec::new() }
    }

    /// The whole document as a section.
    pub(crate) fn root<'n>(&mut self, node: &'n Node, keys: &[&str]) -> Section<'n> {
        self.section_of(Some(node), String::new(), keys)
    }

    /// The mapping below a key; other keys in it than `keys` are faults. No keys means any.
    pub(crate) fn section<'n>(&mut self, parent: &Section<'n>, key: &str, keys: &[&str]) -> Section<'n> {
        let node = parent.node.and_then(|node| node.get(key));
        self.section_of(node, parent.key(key), keys)
    }

    /// The mappings of a list below a key.
    pub(crate) fn sections<'n>(&mut self, parent: &Section<'n>, key: &str, keys: &[&str]) -> Vec<Section<'n>> {
        let name = parent.key(key);
        match parent.node.and_then(|node| node.get(key)) {
            None | Some(Node { value: Value::Null, .. }) => Vec::new(),
            Some(Node { value: Value::List(items), .. }) => items
                .iter()
                .enumerate()
                .map(|(index, item)| self.section_of(Some(item), format!("{name}[{index}]"), keys))
                .collect(),
            Some(node) => {
                self.wrong::<()>(node, &name, "a list");
                Vec::new()
            }
        }
    }

    /// A text. Numbers are taken as they are written.
    pub(crate) fn text(&mut self, section: &Section<'_>, key: &str) -> Option<String> {
        let (node, name) = self.value(section, key)?;
        match &node.value {
            Value::Scalar { text, .. } => Some(text.clone()),
            _ => self.wrong(node, &name, "a text"),
        }
    }

    /// A text out of a few.
    pub(crate) fn choice(&mut self, section: &Section<'_>, key: &str, allowed: &[&str]) -> Option<String> {
        let text = self.text(section, key)?;
        if allowed.contains(&text.as_str()) {
            return Some(text);
        }
        let (node, name) = self.value(section, key)?;
        let hint = nearest(&text, allowed.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        let message = format!("{name} is `{text}`, not one of {}", allowed.join(", "));
        self.problem(node.line, node.column, message, hint);
        None
    }

    /// `true` or `false`, in YAML's older spellings too.
    pub(crate) fn boolean(&mut self, section: &Section<'_>, key: &str) -> Option<bool> {
        let (node, name) = self.value(section, key)?;
        if let Value::Scalar { text, .. } = &node.value {
            match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" if is_typed(node) => return Some(true),
                "false" | "no" | "off" if is_typed(node) => return Some(false),
                _ => {}
            }
        }
        self.wrong(node, &name, "true or false")
    }

    /// A whole number from zero.
    pub(crate) fn count<T: std::str::FromStr>(&mut self, section: &Section<'_>, key: &str) -> Option<T> {
        let (node, name) = self.value(section, key)?;
        if let Value::Scalar { text, .. } = &node.value
            && is_typed(node)
            && let Ok(count) = text.trim().parse()
        {
            return Some(count);
        }
        self.wrong(node, &name, "a whole number")
    }

    /// A number from zero, with decimals.
    pub(crate) fn number(&mut self, section: &Section<'_>, key: &str) -> Option<f64> {
        let (node, name) = self.value(section, key)?;
        if let Value::Scalar { text, .. } = &node.value
            && is_typed(node)
            && let Ok(number) = text.trim().parse::<f64>()
            && number.is_finite()
            && number >= 0.0
        {
            return Some(number);
        }
        let negative = matches!(&node.value, Value::Scalar { text, .. } if text.trim().starts_with('-'));
        self.wrong(node, &name, if negative { "a number, zero or more" } else { "a number" })
    }

    /// A list of texts, each with its line.
    pub(crate) fn texts(&mut self, section: &Section<'_>, key: &str) -> Option<Vec<(String, u64)>> {
        let (node, name) = self.value(section, key)?;
        let Value::List(items) = &node.value else {
            return self.wrong(node, &name, "a list");
        };
        let mut texts = Vec::new();
        for item in items {
            match &item.value {
                Value::Scalar { text, .. } => texts.push((text.clone(), item.line)),
                Value::Missing { variable } => self.note_missing(item, &name, variable),
                _ => {
                    self.wrong::<()>(item, &name, "a list of texts");
                }
            }
        }
        Some(texts)
    }

    /// Makes a fault of every variable that is missing below a setting.
    pub(crate) fn need(&mut self, setting: &str) {
        let (needed, rest) =
            std::mem::take(&mut self.missing).into_iter().partition(|missing| missing.setting.starts_with(setting));
        self.missing = rest;
        let needed: Vec<MissingVariable> = needed;
        self.problems.extend(needed.iter().map(|missing| missing.problem(self.path)));
    }

    /// Remembers a fault.
    pub(crate) fn problem(&mut self, line: u64, column: u64, message: String, hint: Option<String>) {
        self.problems.push(ConfigProblem { path: self.path.to_owned(), line, column, message, hint });
    }

    fn section_of<'n>(&mut self, node: Option<&'n Node>, name: String, keys: &[&str]) -> Section<'n> {
        let Some(found) = node else {
            return Section { node: None, name };
        };
        match &found.value {
            Value::Map(entries) => {
                let section = Section { node: Some(found), name };
                if !keys.is_empty() {
                    for (key, _) in entries {
                        self.check_key(key, &section, keys);
                    }
                }
                section
            }
            Value::Null => Section { node: None, name },
            _ => {
                self.wrong::<()>(found, &name, "a mapping");
                Section { node: None, name }
            }
        }
    }

    fn check_key(&mut self, key: &Key, section: &Section<'_>, keys: &[&str]) {
        if keys.contains(&key.text.as_str()) {
            return;
        }
        let hint = nearest(&key.text, keys.iter().copied())
            .map_or_else(|| format!("the keys here are {}", keys.join(", ")), |near| format!("did you mean `{near}`?"));
        let message = format!("unknown key `{}`", section.key(&key.text));
        self.problem(key.line, key.column, message, Some(hint));
    }

    fn value<'n>(&mut self, section: &Section<'n>, key: &str) -> Option<(&'n Node, String)> {
        let node = section.node?.get(key)?;
        let name = section.key(key);
        match &node.value {
            Value::Null => None,
            Value::Missing { variable } => {
                self.note_missing(node, &name, variable);
                None
            }
            _ => Some((node, name)),
        }
    }

    fn note_missing(&mut self, node: &Node, name: &str, variable: &str) {
        self.missing.push(MissingVariable {
            setting: name.to_owned(),
            variable: variable.to_owned(),
            line: node.line,
            column: node.column,
        });
    }

    fn wrong<T>(&mut self, node: &Node, name: &str, expected: &str) -> Option<T> {
        let (found, hint) = match &node.value {
            Value::Scalar { text, .. } if expected.starts_with("a list") => {
                (format!("the text `{text}`"), Some(format!("write [\"{text}\"]")))
            }
            Value::Scalar { text, typed: false } => {
                let unquoted = text.parse::<f64>().is_ok() || matches!(text.as_str(), "true" | "false");
                let hint = unquoted.then(|| format!("write {text} without quotes"));
                (format!("the text `{text}`"), hint)
            }
            Value::Scalar { text, .. } => (format!("`{text}`"), None),
            Value::Null | Value::Missing { .. } | Value::List(_) | Value::Map(_) => (node.kind().to_owned(), None),
        };
        let name = if name.is_empty() { "the file" } else { name };
        let message = format!("{name} must be {expected}, not {found}");
        self.problem(node.line, node.column, message, hint);
        None
    }
}

impl MissingVariable {
    /// As a fault, for a setting that is needed now.
    pub fn problem(&self, path: &str) -> ConfigProblem {
        ConfigProblem {
            path: path.to_owned(),
            line: self.line,
            column: self.column,
            message: format!("{} needs the variable {}, which is not set", self.setting, self.variable),
            hint: Some(format!("set {0}, or write a default: ${{{0}:default}}", self.variable)),
        }
    }
}

/// Whether a scalar may be read as a number or a truth value.
fn is_typed(node: &Node) -> bool {
    match &node.value {
        Value::Scalar { text, typed } => {
            // `yes` and `on` are texts to YAML 1.2, and truth values to the teams that write them.
            *typed || matches!(text.as_str(), "yes" | "no" | "on" | "off" | "Yes" | "No")
        }
        _ => false,
    }
}

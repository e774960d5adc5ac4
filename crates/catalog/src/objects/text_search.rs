//! Text search: parsers, templates, dictionaries and configurations.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A parser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TextSearchParser {
    /// Its functions, by what they are for (`start`, `gettoken`, `end`, `lextypes`, `headline`), as SQL.
    pub functions: BTreeMap<String, String>,
}

/// A template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TextSearchTemplate {
    /// Its functions, by what they are for (`init`, `lexize`), as SQL.
    pub functions: BTreeMap<String, String>,
}

/// A dictionary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextSearchDictionary {
    /// Its template, as SQL.
    pub template: String,
    /// `name = 'value', ...`, as the server keeps them.
    pub options: Option<String>,
}

/// A configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextSearchConfiguration {
    /// Its parser, as SQL.
    pub parser: String,
    /// For each kind of token the dictionaries that are asked, in their order, as SQL.
    pub mappings: BTreeMap<String, Vec<String>>,
}

//! A catalog as a sorted list of entries.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// One object of a database, or one property worth a line of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is: `table`, `column`, `constraint`, `index`, `privilege`, ...
    pub kind: String,
    /// Its name, schema-qualified and quoted where SQL needs it: `public.orders.total`.
    pub identity: String,
    /// Everything about it, in SQL's words. Several lines for most kinds.
    pub definition: String,
    /// Kind and identity of what it belongs to and disappears with, such as `table public.orders`.
    pub part_of: Option<String>,
}

impl Entry {
    /// An entry that stands for itself.
    pub fn new(kind: impl Into<String>, identity: impl Into<String>, definition: impl Into<String>) -> Self {
        Self { kind: kind.into(), identity: identity.into(), definition: definition.into(), part_of: None }
    }

    /// Whether it holds an order of names rather than an object.
    pub(crate) fn is_order(&self) -> bool {
        self.is_column_order() || self.kind == "enum value order"
    }

    /// Whether it holds the order of columns, which a rollback may change without harm. That of enum values decides
    /// how they compare, and is not of this kind.
    pub(crate) fn is_column_order(&self) -> bool {
        matches!(self.kind.as_str(), "column order" | "attribute order")
    }

    pub(crate) fn cmp_key(&self, other: &Self) -> Ordering {
        self.kind.cmp(&other.kind).then_with(|| self.identity.cmp(&other.identity))
    }
}

/// The catalog of a database at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    entries: Vec<Entry>,
}

impl Snapshot {
    /// A snapshot of these entries, in any order.
    pub fn new(mut entries: Vec<Entry>) -> Self {
        entries.sort_unstable_by(|a, b| a.cmp_key(b).then_with(|| a.definition.cmp(&b.definition)));
        Self { entries }
    }

    /// The entries, sorted by kind and identity.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry of this kind and identity.
    pub fn get(&self, kind: &str, identity: &str) -> Option<&Entry> {
        self.entries
            .binary_search_by(|e| e.kind.as_str().cmp(kind).then_with(|| e.identity.as_str().cmp(identity)))
            .ok()
            .and_then(|i| self.entries.get(i))
    }

    /// SHA-256 over everything but the order of columns, in hexadecimal.
    pub fn hash(&self) -> String {
        self.digest(false)
    }

    /// SHA-256 over everything, in hexadecimal.
    pub fn hash_with_order(&self) -> String {
        self.digest(true)
    }

    fn digest(&self, with_order: bool) -> String {
        let mut sha = Sha256::new();
        for entry in self.entries.iter().filter(|e| with_order || !e.is_column_order()) {
            // PostgreSQL's texts cannot hold the zero byte, so no two lists give the same bytes.
            for part in [&entry.kind, &entry.identity, &entry.definition] {
                sha.update(part.as_bytes());
                sha.update([0]);
            }
        }
        hex::encode(sha.finalize())
    }

    /// How many entries there are of each kind.
    pub fn count_by_kind(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for entry in &self.entries {
            *counts.entry(entry.kind.as_str()).or_default() += 1;
        }
        counts
    }

    /// A stable listing that line-based tools compare well: kind and identity, then the definition indented.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        for entry in &self.entries {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{} {}", entry.kind, entry.identity);
            for line in lines(&entry.definition) {
                let _ = if line.is_empty() { writeln!(out) } else { writeln!(out, "    {line}") };
            }
        }
        out
    }
}

/// The lines of a definition. Unlike [`str::lines`] it keeps a carriage return, which a function's body may differ by.
pub(crate) fn lines(definition: &str) -> Vec<&str> {
    if definition.is_empty() { Vec::new() } else { definition.split('\n').collect() }
}

//! What differs between two snapshots.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::fmt;

use crate::snapshot::lines;
use crate::{Entry, Snapshot};

/// How an object differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It was there before and is not there after.
    Missing {
        /// Its definition.
        before: String,
    },
    /// It was not there before and is there after.
    Extra {
        /// Its definition.
        after: String,
    },
    /// It is there both times and is not the same.
    Changed {
        /// Its definition before.
        before: String,
        /// Its definition after.
        after: String,
    },
}

/// One object that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What it is.
    pub kind: String,
    /// Its name.
    pub identity: String,
    /// How it differs.
    pub change: Change,
    /// Whether the columns are the same and only their order is another.
    pub order_only: bool,
    /// The object it belongs to, when that one is missing or extra as a whole and says enough: a reader who was told
    /// of a missing table need not be told of its columns.
    pub part_of: Option<String>,
}

impl Snapshot {
    /// What differs from `self`, taken before, to `other`, taken after; sorted by kind and identity. Empty, or only
    /// [`Difference::order_only`], exactly when [`Snapshot::hash`] is the same.
    pub fn diff(&self, other: &Self) -> Vec<Difference> {
        let (before, after) = (self.entries(), other.entries());
        let mut found = Vec::new();
        let (mut i, mut j) = (0, 0);
        loop {
            let ordering = match (before.get(i), after.get(j)) {
                (Some(a), Some(b)) => a.cmp_key(b),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => break,
            };
            if ordering == Ordering::Less {
                found.push((&before[i], Change::Missing { before: before[i].definition.clone() }));
            } else if ordering == Ordering::Greater {
                found.push((&after[j], Change::Extra { after: after[j].definition.clone() }));
            } else if before[i].definition != after[j].definition {
                found.push((
                    &before[i],
                    Change::Changed { before: before[i].definition.clone(), after: after[j].definition.clone() },
                ));
            }
            i += usize::from(ordering != Ordering::Greater);
            j += usize::from(ordering != Ordering::Less);
        }
        // An order counts where the same names stand in another one; which names there are, other entries say.
        found.retain(|(entry, change)| !entry.is_order() || reordered(change));
        let whole: HashSet<(String, bool)> = found
            .iter()
            .filter_map(|(e, change)| side(change).map(|side| (format!("{} {}", e.kind, e.identity), side)))
            .collect();
        found.into_iter().map(|(entry, change)| difference(entry, change, &whole)).collect()
    }
}

fn difference(entry: &Entry, change: Change, whole: &HashSet<(String, bool)>) -> Difference {
    let part_of =
        entry.part_of.clone().filter(|owner| side(&change).is_some_and(|side| whole.contains(&(owner.clone(), side))));
    Difference {
        kind: entry.kind.clone(),
        identity: entry.identity.clone(),
        order_only: entry.is_column_order(),
        change,
        part_of,
    }
}

/// Which of the two snapshots has it, when only one has.
fn side(change: &Change) -> Option<bool> {
    match change {
        Change::Missing { .. } => Some(false),
        Change::Extra { .. } => Some(true),
        Change::Changed { .. } => None,
    }
}

/// Whether the names that both lists have stand in another order.
fn reordered(change: &Change) -> bool {
    let Change::Changed { before, after } = change else {
        return false;
    };
    let (before, after) = (names(before), names(after));
    let (in_before, in_after): (HashSet<&str>, HashSet<&str>) =
        (before.iter().copied().collect(), after.iter().copied().collect());
    let kept = before.iter().filter(|name| in_after.contains(*name));
    kept.ne(after.iter().filter(|name| in_before.contains(*name)))
}

/// The names of a list such as `a, "b, c", "d""e"`, as written.
fn names(list: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut quoted = false;
    let mut start = 0;
    for (i, c) in list.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => {
                out.push(list[start..i].trim());
                start = i + 1;
            }
            _ => {}
        }
    }
    out.push(list[start..].trim());
    out
}

/// Lines shown of each side before the rest is counted.
const SHOWN: usize = 12;

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, before, after) = match &self.change {
            Change::Missing { before } => ("missing", before.as_str(), ""),
            Change::Extra { after } => ("extra", "", after.as_str()),
            Change::Changed { before, after } if self.order_only => {
                ("same columns in another order", before.as_str(), after.as_str())
            }
            Change::Changed { before, after } => ("changed", before.as_str(), after.as_str()),
        };
        write!(f, "{} {}: {word}", self.kind, self.identity)?;
        let (before, after) = without_common(before, after);
        side_lines(f, '-', &before)?;
        side_lines(f, '+', &after)
    }
}

/// The lines of both texts without those they begin and end with in common.
fn without_common<'a>(before: &'a str, after: &'a str) -> (Vec<&'a str>, Vec<&'a str>) {
    let (before, after): (Vec<&str>, Vec<&str>) = (lines(before), lines(after));
    let head = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
    let tail = before[head..].iter().rev().zip(after[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    (before[head..before.len() - tail].to_vec(), after[head..after.len() - tail].to_vec())
}

fn side_lines(f: &mut fmt::Formatter<'_>, sign: char, lines: &[&str]) -> fmt::Result {
    for line in lines.iter().take(SHOWN) {
        // Texts of a database may hold what a terminal would obey.
        let line: String = line
            .chars()
            .map(|c| if c.is_control() && c != '\t' { c.escape_default().to_string() } else { c.to_string() })
            .collect();
        write!(f, "\n  {sign} {line}")?;
    }
    match lines.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        1 => write!(f, "\n  {sign} ... 1 more line"),
        more => write!(f, "\n  {sign} ... {more} more lines"),
    }
}

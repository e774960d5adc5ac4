//! What can go wrong.

use surefoot_catalog::Id;

/// Why there is no script.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The objects need each other, and none can go first.
    #[error("no order works for {}", list(.objects))]
    Cycle {
        /// The objects, each waiting for the next.
        objects: Vec<Id>,
    },
}

impl Error {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Cycle { .. } => "make the change in two steps: first take the reference out of one of them".into(),
        }
    }
}

fn list(objects: &[Id]) -> String {
    let names: Vec<String> = objects.iter().map(ToString::to_string).collect();
    names.join(" -> ")
}

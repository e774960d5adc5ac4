//! The result: statements with what each is for.

use serde::{Deserialize, Serialize};
use surefoot_catalog::Id;

/// What a step does to its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Makes it.
    Create,
    /// Changes it in place.
    Alter,
    /// Drops it for good.
    Drop,
    /// Drops it, to make it again later in the script.
    DropToReplace,
    /// Makes it again.
    Recreate,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The object it is about.
    pub object: Id,
    /// What it does to it.
    pub action: Action,
    /// The statement, without the semicolon.
    pub sql: String,
    /// What is lost, where something is: rows, values, or the name under which they were found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<String>,
    /// Whether it cannot run in a transaction.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub alone: bool,
}

/// The statements in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// The steps.
    pub steps: Vec<Step>,
}

impl Script {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The script as SQL, with an empty line between objects.
    #[must_use]
    pub fn to_sql(&self) -> String {
        let mut out = String::new();
        if self.steps.iter().any(|step| {
            matches!(step.object.kind, surefoot_catalog::Kind::Function | surefoot_catalog::Kind::Procedure)
                && step.action != Action::Drop
        }) {
            out.push_str("SET check_function_bodies = off;\n\n");
        }
        let mut last: Option<&Id> = None;
        for step in &self.steps {
            if last.is_some_and(|last| last.relation() != step.object.relation() || last.kind != step.object.kind) {
                out.push('\n');
            }
            if let Some(loss) = &step.loss {
                out.push_str("-- loses ");
                out.push_str(&loss.replace('\n', " "));
                out.push('\n');
            }
            out.push_str(&step.sql);
            out.push_str(";\n");
            last = Some(&step.object);
        }
        out
    }
}

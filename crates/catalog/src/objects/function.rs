//! Functions, procedures and window functions.

use serde::{Deserialize, Serialize};

/// A function, procedure or window function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// `CREATE OR REPLACE ...` as the server writes it.
    pub definition: String,
    /// What it returns, as SQL; `None` for procedures.
    pub result: Option<String>,
    /// All parameters with their names and modes, without defaults.
    pub arguments: String,
    /// The names of the input parameters, empty where there is none.
    pub input_names: Vec<String>,
    /// How many parameters have a default.
    pub defaults: i32,
    /// Whether it is a window function.
    pub window: bool,
}

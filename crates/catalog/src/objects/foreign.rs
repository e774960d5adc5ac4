//! Foreign data wrappers, servers and user mappings.

use serde::{Deserialize, Serialize};

/// A foreign data wrapper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignDataWrapper {
    /// Its handler function, as SQL.
    pub handler: Option<String>,
    /// Its validator function, as SQL.
    pub validator: Option<String>,
    /// `name=value`, sorted.
    pub options: Vec<String>,
}

/// A foreign server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// Its wrapper.
    pub wrapper: String,
    /// Its type.
    #[serde(rename = "type")]
    pub server_type: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// `name=value`, sorted. Secrets are `(hidden)`.
    pub options: Vec<String>,
}

/// How a role logs in to a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserMapping {
    /// `name=value`, sorted; secrets are `(hidden)`. `None` when the reader may not see them.
    pub options: Option<Vec<String>>,
}

//! Extensions.

use serde::{Deserialize, Serialize};

/// An extension. What belongs to it is not in the model; what depends on that depends on the extension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// Its version.
    pub version: String,
    /// The schema its objects are in.
    pub schema: String,
    /// Whether it can move to another schema.
    pub relocatable: bool,
    /// Whether its comment is the one of its control file, which it gets when it is made.
    pub usual_comment: bool,
}

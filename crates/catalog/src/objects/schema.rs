//! Schemas.

use serde::{Deserialize, Serialize};

/// A schema: a name and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {}

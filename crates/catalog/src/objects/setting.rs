//! What belongs to the database as a whole: itself, parameters set on it, default privileges.

use serde::{Deserialize, Serialize};

use crate::Acl;

/// The database: it has a comment and privileges. Its name is no part of a schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Database {}

/// A parameter set with `ALTER DATABASE ... SET`, or with `ALTER ROLE ... IN DATABASE ... SET` for one role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// Its value, as the server keeps it.
    pub value: String,
}

/// The privileges that objects get which a role makes, everywhere or in one schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefaultPrivilege {
    /// Everywhere: all they get. In a schema: what they get in addition.
    pub acl: Acl,
}

//! Roles, and who is a member of whom. They belong to the server, and are read only when that is asked for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A role; its password is not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// What it may do, as in `CREATE ROLE`.
    pub superuser: bool,
    /// Whether it has the privileges of the roles it is a member of.
    pub inherit: bool,
    /// Whether it may make roles.
    pub create_role: bool,
    /// Whether it may make databases.
    pub create_db: bool,
    /// Whether it may log in.
    pub login: bool,
    /// Whether it may replicate.
    pub replication: bool,
    /// Whether row-level security does not bind it.
    pub bypass_rls: bool,
    /// How many sessions it may have; -1 is any number.
    pub connection_limit: i32,
    /// Until when its password is good, as a time in UTC.
    pub valid_until: Option<String>,
    /// Parameters set with `ALTER ROLE ... SET` for all databases.
    pub settings: BTreeMap<String, String>,
}

/// That one role is a member of another: the other's name is the name of the object, the member's that of its part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// Who granted it, and how: from version 16 several may have. Sorted.
    pub grants: Vec<MembershipGrant>,
}

/// One grant of a membership.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MembershipGrant {
    /// From version 16: the role that granted it, when it is not the server's first superuser.
    pub grantor: Option<String>,
    /// Whether the member may grant it to others.
    pub admin: bool,
    /// From version 16: whether the member has the privileges without a `SET ROLE`.
    pub inherit: Option<bool>,
    /// From version 16: whether the member may `SET ROLE` to it.
    pub set: Option<bool>,
}

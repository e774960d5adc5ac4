//! Two schemas to the statements that lead from one to the other.
//!
//! [`diff`] compares two [`Catalog`]s object by object (`objects/<kind>.rs`), finds what has to be dropped and made
//! again because of what it depends on, and puts everything in an order that works: what depends on an object goes
//! before it is dropped and comes after it is made. The order is the same every time.
//!
//! The least destructive way is taken: an object is altered where PostgreSQL can, replaced in place where it can, and
//! dropped and made again only then, with its privileges, comments, indexes and triggers. Tables are never dropped to
//! be made again.
//!
//! A schema from nothing is the difference from the empty catalog: [`create`].

mod change;
mod common;
mod error;
mod graph;
mod objects;
mod planner;
mod script;

pub use error::Error;
pub use script::{Action, Script, Step};
use surefoot_catalog::Catalog;

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What to compare, and how to write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Build indexes `CONCURRENTLY` and validate constraints in a step of their own, on tables that were there.
    pub online: bool,
    /// Compare owners.
    pub owners: bool,
    /// Compare privileges.
    pub privileges: bool,
    /// Compare comments.
    pub comments: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { online: false, owners: true, privileges: true, comments: true }
    }
}

/// The statements that make `from` into `to`.
///
/// # Errors
/// [`Error::Cycle`] when no order works.
pub fn diff(from: &Catalog, to: &Catalog, options: &Options) -> Result<Script> {
    if from.unreadable.is_empty() && to.unreadable.is_empty() {
        return planner::plan(from, to, options);
    }
    // What one side could not be asked for is not missing there.
    let unreadable = || from.unreadable.iter().chain(&to.unreadable);
    let known = |object: &surefoot_catalog::Object| !unreadable().any(|u| u.kinds.contains(&object.id.kind));
    let options = Options {
        comments: options.comments && !unreadable().any(|u| u.catalog == "pg_description"),
        ..options.clone()
    };
    planner::plan(&from.filtered(known), &to.filtered(known), &options)
}

/// The statements that make an empty database into `to`; to read, not only to run.
///
/// # Errors
/// [`Error::Cycle`] when no order works.
pub fn create(to: &Catalog, options: &Options) -> Result<Script> {
    let mut empty = Catalog::empty(to.server_version, to.role.clone());
    empty.roles = to.roles;
    planner::plan(&empty, to, options)
}

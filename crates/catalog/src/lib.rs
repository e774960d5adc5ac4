//! The model of a PostgreSQL schema, as values: every object with what it is
//! made of, what it depends on, who owns it and who may use it.
//!
//! A [`Catalog`] is read from a database by `introspect`, saved and loaded as
//! JSON, hashed here, and compared by `diff`. Texts that only PostgreSQL can
//! judge (expressions, types, the bodies of views) are kept as the server
//! prints them with an empty `search_path`, so that they are fully qualified.
//!
//! Left out, because they are no part of a schema: rows, the position of
//! sequences, whether a materialized view is populated, statistics, OIDs.

mod acl;
mod catalog;
mod hash;
mod id;
mod object;
pub mod objects;
mod places;

pub use acl::{Acl, Grant, Privilege};
pub use catalog::{Catalog, Unmodelled, Unreadable};
pub use hash::{FastBuild, FastHasher};
pub use id::{Id, Kind, Name};
pub use object::{Body, Object};

//! The catalog of a database as comparable lines.
//!
//! [`snapshot`] reads everything a schema is made of into a sorted list of
//! entries: a kind, an identity, and a definition in SQL's words. Two snapshots
//! are compared with [`Snapshot::diff`], which names each object that is
//! missing, extra or changed; [`Snapshot::hash`] is the short form.
//!
//! An entry is text made by the server itself (`pg_get_*def`, `format_type`),
//! so two snapshots compare well when they come from the same major version.
//!
//! Left out: roles, unless asked for (they belong to the cluster), rows, the position of
//! sequences, whether a materialized view is populated, statistics, sizes and
//! OIDs; system and temporary schemas, the members of extensions (the extension
//! and its version are an entry), the schemas named in [`Options`], and
//! TimescaleDB's internal schemas.
//!
//! A new kind is one file in `src/sql` and one line in `query::FILES`.
//!
//! [`catalog`] reads the same database as the model of crate `catalog`, with what depends on what, for those who
//! have to write a migration. Its queries are in `src/objects`, one file per kind.

mod diff;
mod error;
mod model;
mod query;
mod read;
mod snapshot;
mod special;
mod unreadable;
mod usual;

pub use diff::{Change, Difference};
pub use error::Error;
pub use model::fingerprint;
pub use read::{Options, snapshot};
pub use snapshot::{Entry, Snapshot};
pub use special::{Recognised, Relation, Special, special};
pub use unreadable::catalog;

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

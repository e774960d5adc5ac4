//! Logical replication: publications and subscriptions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Id;

/// A publication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// Whether it publishes all tables.
    pub all_tables: bool,
    /// `insert`, `update`, `delete`, `truncate`: what is published, with a comma and a space between.
    pub publish: String,
    /// Whether changes of partitions are published as those of the partitioned table.
    pub via_root: bool,
    /// Whether stored generated columns are published (from version 18): `none` or `stored`.
    pub generated: Option<String>,
    /// The tables, sorted.
    pub tables: Vec<PublishedTable>,
    /// The schemas of which all tables are published, sorted.
    pub schemas: Vec<String>,
}

/// A table in a publication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedTable {
    /// The table.
    pub table: Id,
    /// The columns that are published, when not all are.
    pub columns: Option<Vec<String>>,
    /// Which rows are published, as SQL.
    pub filter: Option<String>,
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// How to reach the publisher; a password is `(hidden)`. `None` when the reader may not see it.
    pub connection: Option<String>,
    /// The publications, sorted.
    pub publications: Vec<String>,
    /// Whether it runs.
    pub enabled: bool,
    /// The replication slot at the publisher.
    pub slot: Option<String>,
    /// What `WITH (...)` takes besides: `binary`, `streaming`, `origin` and so on.
    pub options: BTreeMap<String, String>,
}

//! Views and materialized views.

use serde::{Deserialize, Serialize};

use crate::Acl;

/// A view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// The query.
    pub query: String,
    /// `security_barrier=true` and the like, sorted.
    pub options: Vec<String>,
    /// Its columns, in their order.
    pub columns: Vec<ViewColumn>,
}

/// A column of a view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewColumn {
    /// Its name.
    pub name: String,
    /// Its type as SQL.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Its collation as SQL, when it is not the type's.
    pub collation: Option<String>,
    /// Its comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The privileges on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acl: Option<Acl>,
}

/// A materialized view. Its indexes are objects of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaterializedView {
    /// The query.
    pub query: String,
    /// Storage parameters, sorted.
    pub options: Vec<String>,
    /// Its tablespace, when it is not the database's.
    pub tablespace: Option<String>,
    /// Its access method, when it is not `heap`.
    pub access_method: Option<String>,
    /// Its columns, in their order.
    pub columns: Vec<MaterializedColumn>,
}

/// A column of a materialized view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaterializedColumn {
    /// What it shares with a view's.
    #[serde(flatten)]
    pub column: ViewColumn,
    /// Its storage, when it is not the type's.
    pub storage: Option<String>,
    /// The storage its type usually has.
    pub usual_storage: String,
    /// Its compression method, when one is set.
    pub compression: Option<String>,
    /// Its statistics target, when one is set.
    pub statistics: Option<i32>,
    /// `n_distinct=...` and the like, sorted.
    pub options: Vec<String>,
}

//! Schemas as data: where one can come from, and what is done with two.
//!
//! A schema is read as a [`Catalog`]: from a database, or by loading text into the dev database and reading it back,
//! because only PostgreSQL knows what its SQL means.

mod compare;
mod derive_down;
pub mod drawing;
mod drift;
pub mod files;
mod hazard;
mod lab;
mod load;
mod opened;
mod proof;
mod rename;
mod roles;
mod run_scripts;
mod same_words;
mod sample;
mod sides;
mod source;
mod texts;
mod watch;

pub(crate) use compare::about_roles;
pub use compare::{DiffOptions, DiffReport, Difference as SchemaChange, Renaming, compare, is_production, summary};
pub use derive_down::{DeriveOptions, Derived, DerivedDown, derive_down};
pub use drift::{
    DriftOptions, DriftReport, Drifted, FieldChange, FileDrift, How, RULES, Reconciled, Severity, adopt_drift, drift,
    fix_drift,
};
pub use hazard::{StepHazard, StepHazards, StepLock, hazards_of};
pub use lab::Lab;
pub use load::{Loaded, read_schema, read_schema_and_roles};
pub(crate) use load::{prepare, wants_of};
pub(crate) use opened::opened;
pub use proof::{Proof as ScriptProof, RowsKept};
pub use rename::{AskRename, NobodyToAsk, Rename, RenameAnswer};
pub(crate) use run_scripts::missing_role;
pub use sides::{
    CompareOptions, Compared, Expected, HistoryDifference, SettingDifference, SideDifference, compare_sides,
    html_report,
};
pub use source::SchemaSource;
pub(crate) use texts::sql_files;
pub use watch::{AskLosses, Watch, WatchOptions, WatchRound, default_source};

use surefoot_catalog::{Acl, Body, Catalog, Kind, Object};
use surefoot_diff::Script;

use crate::{Error, Result};

/// The statements that make this schema in an empty database, which has the schema `public` already.
///
/// # Errors
/// When no order works.
pub fn creation(catalog: &Catalog) -> Result<Script> {
    let blank = blank(catalog);
    surefoot_diff::diff(&blank, catalog, &surefoot_diff::Options::default()).map_err(|e| Error::Schema {
        code: "no-order",
        message: e.to_string(),
        hint: e.hint(),
    })
}

/// What a role could not read, in sentences.
pub(crate) fn not_readable(catalog: &Catalog) -> Vec<String> {
    let role = &catalog.role;
    let sentence = |u: &surefoot_catalog::Unreadable| {
        format!("role {role} may not read {}: not known, and not compared: {}", u.catalog, u.what)
    };
    catalog.unreadable.iter().map(sentence).collect()
}

/// What every new database has, as it is in this one, but for who may do what in the schema `public`: that is as in a
/// new one.
pub(crate) fn blank(catalog: &Catalog) -> Catalog {
    catalog.rewritten(|object| match object.id.kind {
        Kind::Schema if &*object.id.name == "public" => Some(Object { acl: usual(object, catalog), ..object.clone() }),
        Kind::Extension if &*object.id.name == "plpgsql" => Some(object.clone()),
        Kind::Database => Some(object.clone()),
        _ => None,
    })
}

/// The privileges on `public` in a new database; from 15 on only its owner may create in it (PostgreSQL manual, 5.10.6).
fn usual(public: &Object, catalog: &Catalog) -> Option<Acl> {
    let owner = public.owner.as_deref()?;
    let mut acl = Acl::default_for(Kind::Schema, owner, catalog.major());
    acl.add("", if catalog.major() < 15 { "UC" } else { "U" });
    Some(acl)
}

/// A line for each table: its name, its columns in number, what points where.
#[must_use]
pub fn tables(catalog: &Catalog) -> Vec<String> {
    let mut out = Vec::new();
    for object in catalog.objects() {
        let Body::Table(table) = &object.body else { continue };
        let columns = catalog.parts(&object.id, Kind::Column).count();
        let mut line = format!("{}  {columns} columns", object.id.relation());
        if let Some(key) = &table.partition_key {
            line.push_str(&format!(", partitioned by {key}"));
        }
        let mut to: Vec<String> = catalog
            .parts(&object.id, Kind::Constraint)
            .filter_map(|o| match &o.body {
                Body::Constraint(c) => c.references.as_ref().map(surefoot_catalog::Id::relation),
                _ => None,
            })
            .collect();
        to.dedup();
        if !to.is_empty() {
            line.push_str(&format!(" -> {}", to.join(", ")));
        }
        out.push(line);
    }
    out
}

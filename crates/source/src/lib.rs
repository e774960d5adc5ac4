//! Migrations on disk: layouts, headers, directives, dependency graph.
//!
//! [`load`] reads the folders a team keeps its migrations in, in whatever layout it brought, and
//! gives a [`MigrationSet`] in the order the migrations run, or every problem at once. [`detect`]
//! finds such folders in a project. [`Graph`] says who waits for whom, [`reconcile`] compares the
//! set with what a target has, [`NamingRules`] judges and makes names.
//!
//! Everything is values in, values out: files come through [`Dir`]. File texts are hashed, searched
//! for their header and directives, and let go, so that ten thousand migrations fit in memory.
//! What the statements of a file do is not looked at here; that is `surefoot-effects`.

mod checkpoint;
mod collect;
mod config;
mod detect;
mod dir;
mod directive;
mod duration;
mod error;
mod graph;
mod header;
mod include;
mod layout;
mod load;
mod merge;
mod naming;
mod near;
mod number;
mod order;
mod prose;
mod read;
mod reconcile;
mod render;
mod rules;
mod scan;
mod set;
mod settings;
mod sqltext;
mod warehouse;
mod yaml;

pub use checkpoint::Checkpoint;
pub use config::{MigrationDir, SourceConfig};
pub use detect::{Detection, Found, detect};
pub use dir::{Dir, Entry, Listing, MemoryDir, walk};
pub use directive::{DIRECTIVE_NAMES, Directives, Phase, Reference, Replaced, Role};
pub use duration::parse_duration;
pub use error::{ConfigProblem, CycleMember, Edge, LoadError, Place, Problem, Warning};
pub use graph::{Graph, Node};
pub use header::{Header, HeaderField};
pub use layout::Layout;
pub use load::load;
pub use merge::{merge_name, merge_text};
pub use naming::{NameCase, NameFormat, NameProblem, NamingRules, next_number, slugify, timestamp_id};
pub use near::nearest;
pub use number::Number;
pub use reconcile::{AppliedRef, AppliedState, Changed, Missing, OutOfOrder, Reconciliation, reconcile};
pub use render::{NodeState, States};
pub use scan::{FileRef, sha256_hex};
pub use set::{FindError, Ignored, Migration, MigrationSet};
pub use settings::MissingVariable;
pub use warehouse::{
    BackupSettings, DatabaseSettings, ExecutionSettings, FileRules, Listed, LoggingSettings, MigrationConfig,
    MigrationRules, Settings, SqlPolicy, Validation,
};

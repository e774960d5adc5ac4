//! Surefoot as a library: PostgreSQL schema migrations, one module per use case.
//!
//! Configuration and environment come in as values ([`Invocation`],
//! [`config::Config`]), progress goes out through an
//! [`Observer`](surefoot_executor::Observer). Nothing here reads the process
//! environment or writes to standard output.

mod attic;
mod check;
mod checkpoint;
mod command;
pub mod config;
mod dev;
mod disk;
mod doctor;
mod down;
mod dump;
mod error;
mod git_hooks;
pub mod history;
mod init;
mod load;
mod new;
mod plan_use;
mod preflight;
mod project;
mod recorder;
mod recover;
mod redo;
mod reset;
mod resolve;
pub mod schema;
mod seed;
mod squash;
mod state;
mod status;
mod target;
mod up;
mod verify;
mod wait;
mod work;

pub use attic::{
    AtticChoice, AtticRestored, PlannedKeep, Purged, attic_list, attic_purge, attic_restore, planned_keeps,
};
pub use check::{CheckOptions, CheckReport, Checked, Cycle, OnChecked, Proof, check, differences, junit};
pub use dev::generate;
pub use disk::DiskDir;
pub use doctor::{Check as DoctorCheck, DoctorReport, Health, doctor};
pub use down::{DownOptions, DownTo, down};
pub use dump::{DumpOptions, DumpReport, DumpedTable, Memory, OnDumped, Output, dump};
pub use error::{Error, Exit};
pub use git_hooks::{HookInstalled, HookReport, install_hook, run_hook};
pub use init::{InitOptions, InitReport, init};
pub use load::{LoadOptions, LoadReport, OnLoad, load};
pub use new::{NewMigration, NewReport, merge, new_migration};
pub use plan_use::{Hazard, Plan, PlannedLock, Wanted, hazards, plan, planned_locks};
pub use project::{CONFIG_FILE, Invocation, Project};
pub use recorder::{RecorderStatus, Witness, install_recorder, recorder_status, remove_recorder};
pub use recover::{RecoverOptions, Recovered, recover, recover_needs_journal};
pub use redo::redo;
pub use reset::{ResetReport, ResetSurvey, record_refused, refuse_protected, reset, survey_reset};
pub use resolve::{Declared, Resolution, baseline, resolve};
pub use seed::{
    EVERY_ENVIRONMENT, LoadedBefore, SeedFile, SeedReport, Seeds, find_seeds, nothing_applied, plan_seed, seed,
};
pub use squash::{CheckpointProof, SquashOptions, SquashReport, squash};
pub use state::{Allow, History};
pub use status::{CheckpointLine, Standing, StatusLine, StatusReport, journal_problem, status};
pub use target::{EMBEDDED, Place as TargetPlace, Target, TargetSpec, UrlOrigin};
pub use up::{RunReport, UpOptions, no_migrations, prepare, prepare_recovery, unchanged_statements, up};

pub use verify::{FileFinding, FileReport, VerifyReport, verify};
pub use wait::{
    AppliedVersion, Requirement, VersionReport, check_version, place_name, service_project, wait, wanted_on_disk,
};

pub use {
    surefoot_catalog as catalog, surefoot_devdb as devdb, surefoot_diff as diff, surefoot_effects as effects,
    surefoot_executor as executor, surefoot_introspect as introspect, surefoot_journal as journal, surefoot_pg as pg,
    surefoot_plan as plan, surefoot_source as source, surefoot_sql as sql,
};

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

//! The warehouse team's `migration_config.yaml`: the list of migrations and the rules about them.
//!
//! Everything in it is read into types; unknown keys and wrong types are faults with their place.
//! This crate obeys `migrations` and `validation.files` and `.migrations`; the caller obeys
//! `settings.database`, `.execution` and `.logging`, the planner `validation.sql`. What nobody
//! obeys is named by [`MigrationConfig::unobeyed`].

mod read;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use self::read::read;
use crate::error::ConfigProblem;
use crate::settings::MissingVariable;
use crate::yaml::{self, Node};

/// The whole file, for one environment.
#[derive(Debug, Clone, PartialEq)]
pub struct MigrationConfig {
    /// The file.
    pub path: String,
    /// `migration_system.version`
    pub system_version: Option<String>,
    /// `migration_system.description`
    pub system_description: Option<String>,
    /// `settings`
    pub settings: Settings,
    /// `migrations`, in the order they are listed.
    pub migrations: Vec<Listed>,
    /// `validation`
    pub validation: Validation,
    /// The names under `environments`.
    pub environments: Vec<String>,
    /// The environment whose overrides are in force.
    pub environment: Option<String>,
    /// Settings without value because a variable is not set. They matter once they are used.
    pub missing: Vec<MissingVariable>,
    unobeyed: Vec<String>,
    root: Root,
}

/// `settings`; what is not written is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// `settings.database`
    pub database: DatabaseSettings,
    /// `settings.execution`
    pub execution: ExecutionSettings,
    /// `settings.logging`
    pub logging: LoggingSettings,
    /// `settings.backup`
    pub backup: BackupSettings,
}

/// `settings.database`; its `Debug` does not show the password.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct DatabaseSettings {
    /// `host`
    pub host: Option<String>,
    /// `port`
    pub port: Option<u16>,
    /// `name`
    pub name: Option<String>,
    /// `user`
    pub user: Option<String>,
    /// `password`
    pub password: Option<String>,
    /// `ssl_mode`, one of libpq's words.
    pub ssl_mode: Option<String>,
}

impl fmt::Debug for DatabaseSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, name, user, password, ssl_mode } = self;
        f.debug_struct("DatabaseSettings")
            .field("host", host)
            .field("port", port)
            .field("name", name)
            .field("user", user)
            .field("password", &password.as_ref().map(|_| "***"))
            .field("ssl_mode", ssl_mode)
            .finish()
    }
}

/// `settings.execution`
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExecutionSettings {
    /// `timeout_seconds`
    pub timeout: Option<Duration>,
    /// `retry_attempts`
    pub retry_attempts: Option<u32>,
    /// `retry_delay_seconds`
    pub retry_delay: Option<Duration>,
    /// `dry_run_enabled`
    pub dry_run_enabled: Option<bool>,
    /// `rollback_enabled`
    pub rollback_enabled: Option<bool>,
}

/// `settings.logging`
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoggingSettings {
    /// `level`
    pub level: Option<String>,
    /// `format`
    pub format: Option<String>,
    /// `include_sql`
    pub include_sql: Option<bool>,
    /// `include_timing`
    pub include_timing: Option<bool>,
}

/// `settings.backup`
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BackupSettings {
    /// `enabled`
    pub enabled: Option<bool>,
    /// `backup_before_migration`
    pub before_migration: Option<bool>,
    /// `backup_retention_days`
    pub retention_days: Option<u32>,
    /// `backup_location`
    pub location: Option<String>,
}

/// One entry of `migrations`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// `version`: the migration's id.
    pub version: String,
    /// `filename`, in the folder of the list.
    pub filename: String,
    /// `description`
    pub description: Option<String>,
    /// `dependencies`, each with its line.
    pub dependencies: Vec<(String, u64)>,
    /// `rollback_supported`
    pub rollback_supported: Option<bool>,
    /// `estimated_duration_seconds`
    pub estimated_duration: Option<Duration>,
    /// The line of the entry, from 1.
    pub line: u64,
}

/// `validation`
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Validation {
    /// `validation.sql`, for the planner.
    pub sql: SqlPolicy,
    /// `validation.files`
    pub files: FileRules,
    /// `validation.migrations`
    pub migrations: MigrationRules,
}

/// `validation.sql`: what the statements of a migration may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SqlPolicy {
    /// `allow_ddl`; allowed unless forbidden.
    pub allow_ddl: bool,
    /// `allow_dml`; allowed unless forbidden.
    pub allow_dml: bool,
    /// `allow_drop`; allowed unless forbidden.
    pub allow_drop: bool,
    /// `require_transaction`; not required unless asked for.
    pub require_transaction: bool,
}

impl Default for SqlPolicy {
    fn default() -> Self {
        Self { allow_ddl: true, allow_dml: true, allow_drop: true, require_transaction: false }
    }
}

/// `validation.files`
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FileRules {
    /// `require_version_prefix`
    pub require_version_prefix: bool,
    /// `require_description`
    pub require_description: bool,
    /// `max_file_size_mb`
    pub max_file_size_mb: Option<f64>,
    /// `allowed_extensions`, lower case and without the dot.
    pub allowed_extensions: Option<Vec<String>>,
}

/// `validation.migrations`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationRules {
    /// `require_unique_versions`; Surefoot requires it always.
    pub require_unique_versions: bool,
    /// `require_sequential_versions`
    pub require_sequential_versions: bool,
    /// `require_dependency_validation`: a dependency that does not exist is an error, not a
    /// warning. So unless switched off.
    pub require_dependency_validation: bool,
    /// `require_rollback_validation`: a migration whose rollback is supported must have one.
    pub require_rollback_validation: bool,
}

impl Default for MigrationRules {
    fn default() -> Self {
        Self {
            require_unique_versions: true,
            require_sequential_versions: false,
            require_dependency_validation: true,
            require_rollback_validation: false,
        }
    }
}

impl MigrationConfig {
    /// Reads the file. `variables` are put where it says `${NAME}` or `${NAME:default}`.
    ///
    /// # Errors
    /// Everything that is wrong with it, in every environment.
    pub fn parse(path: &str, text: &str, variables: &BTreeMap<String, String>) -> Result<Self, Vec<ConfigProblem>> {
        let root = yaml::parse(path, text, variables).map_err(|problem| vec![problem])?;
        let mut problems = Vec::new();
        let base = read(path, &root, None, &mut problems);
        for name in &base.environments {
            read(path, &root, Some(name), &mut problems);
        }
        problems.sort_by_key(|problem| (problem.line, problem.column));
        problems.dedup();
        if problems.is_empty() { Ok(base) } else { Err(problems) }
    }

    /// The same file with the overrides of an environment in force; without, if it names none.
    pub fn for_environment(&self, name: &str) -> Self {
        let known = self.environments.iter().any(|known| known == name);
        // Every environment was read, and found right, when the file was.
        read(&self.path, &self.root.0, known.then_some(name), &mut Vec::new())
    }

    /// Whether every variable below a setting is set.
    ///
    /// # Errors
    /// One problem for each that is not.
    pub fn need(&self, setting: &str) -> Result<(), Vec<ConfigProblem>> {
        let below = |missing: &&MissingVariable| {
            missing.setting.strip_prefix(setting).is_some_and(|r| r.is_empty() || r.starts_with('.'))
        };
        let problems: Vec<ConfigProblem> =
            self.missing.iter().filter(below).map(|missing| missing.problem(&self.path)).collect();
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// What the file asks for that Surefoot does not do: the key, and why.
    pub fn unobeyed(&self) -> &[String] {
        &self.unobeyed
    }
}

/// The tree behind a configuration; it may hold a password, so its `Debug` shows nothing.
#[derive(Clone, PartialEq)]
struct Root(Node);

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

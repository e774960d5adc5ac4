//! The warehouse team's `migration_config.yaml`: the list of migrations and the rules about them.
//!
//! Everything in it is read into types; unknown keys and wrong types are faults with their place.
//! This crate obeys `migrations` and `validation.files` and `.migrations`; the caller obeys
//! `settings.database`, `.execution` and `.logging`, the planner `validation.sql`. What nobody
//! obeys is named by [`MigrationConfig::unobeyed`].

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::error::ConfigProblem;
use crate::settings::{MissingVariable, Section, Taker};
use crate::yaml::{self, Key, Node, Value};

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
        let Self {
            host,
            port,
            name,
            user,
            password,
            ssl_mode,
        } = self;
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
        Self {
            allow_ddl: true,
            allow_dml: true,
            allow_drop: true,
            require_transaction: false,
        }
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
    pub fn parse(
        path: &str,
        text: &str,
        variables: &BTreeMap<String, String>,
    ) -> Result<Self, Vec<ConfigProblem>> {
        let root = yaml::parse(path, text, variables).map_err(|problem| vec![problem])?;
        let mut problems = Vec::new();
        let base = read(path, &root, None, &mut problems);
        for name in &base.environments {
            read(path, &root, Some(name), &mut problems);
        }
        problems.sort_by_key(|problem| (problem.line, problem.column));
        problems.dedup();
        if problems.is_empty() {
            Ok(base)
        } else {
            Err(problems)
        }
    }

    /// The same file with the overrides of an environment in force; without, if it names none.
    pub fn for_environment(&self, name: &str) -> Self {
        let known = self.environments.iter().any(|known| known == name);
        // Every environment was read, and found right, when the file was.
        read(
            &self.path,
            &self.root.0,
            known.then_some(name),
            &mut Vec::new(),
        )
    }

    /// Whether every variable below a setting is set.
    ///
    /// # Errors
    /// One problem for each that is not.
    pub fn need(&self, setting: &str) -> Result<(), Vec<ConfigProblem>> {
        let below = |missing: &&MissingVariable| {
            missing
                .setting
                .strip_prefix(setting)
                .is_some_and(|r| r.is_empty() || r.starts_with('.'))
        };
        let problems: Vec<ConfigProblem> = self
            .missing
            .iter()
            .filter(below)
            .map(|missing| missing.problem(&self.path))
            .collect();
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
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

const TOP: &[&str] = &[
    "migration_system",
    "settings",
    "migrations",
    "environments",
    "validation",
    "monitoring",
];
const SETTINGS: &[&str] = &["database", "execution", "logging", "backup"];
const OVERRIDABLE: &[&str] = &[
    "database",
    "execution",
    "logging",
    "backup",
    "settings",
    "validation",
    "monitoring",
    "migration_system",
];
const SSL_MODES: &[&str] = &[
    "disable",
    "allow",
    "prefer",
    "require",
    "verify-ca",
    "verify-full",
];

fn read(
    path: &str,
    root: &Node,
    environment: Option<&str>,
    problems: &mut Vec<ConfigProblem>,
) -> MigrationConfig {
    let mut taker = Taker::new(path);
    let environments = {
        let top = taker.root(root, TOP);
        let section = taker.section(&top, "environments", &[]);
        let names: Vec<String> = section
            .entries()
            .iter()
            .map(|(key, _)| key.text.clone())
            .collect();
        for name in &names {
            taker.section(&section, name, OVERRIDABLE);
        }
        names
    };
    let merged = match environment {
        Some(name) => overlaid(root, name),
        None => root.clone(),
    };
    let top = taker.root(&merged, TOP);
    let keys = &["version", "description", "created", "last_updated"];
    let system = taker.section(&top, "migration_system", keys);
    let settings = settings(&mut taker, &top);
    let migrations = listed(&mut taker, &top);
    let validation = validation(&mut taker, &top);
    let unobeyed = unobeyed(&mut taker, &top, &settings, &validation);
    taker.need("migrations");
    taker.need("validation");
    let config = MigrationConfig {
        path: path.to_owned(),
        system_version: taker.text(&system, "version"),
        system_description: taker.text(&system, "description"),
        settings,
        migrations,
        validation,
        environments,
        environment: environment.map(str::to_owned),
        missing: taker.missing,
        unobeyed,
        root: Root(root.clone()),
    };
    problems.append(&mut taker.problems);
    config
}

/// The tree with an environment's settings laid over the common ones.
fn overlaid(root: &Node, environment: &str) -> Node {
    let mut merged = root.clone();
    let over = root
        .get("environments")
        .and_then(|environments| environments.get(environment));
    let Some(Node {
        value: Value::Map(entries),
        line,
        column,
    }) = over
    else {
        return merged;
    };
    let known = |(key, _): &&(Key, Node)| OVERRIDABLE.contains(&key.text.as_str());
    for (key, node) in entries.iter().filter(known) {
        let mut entry = vec![(key.clone(), node.clone())];
        if SETTINGS.contains(&key.text.as_str()) {
            let inner = Node {
                value: Value::Map(entry),
                line: *line,
                column: *column,
            };
            let settings = Key {
                text: "settings".to_owned(),
                line: *line,
                column: *column,
            };
            entry = vec![(settings, inner)];
        }
        merged.overlay(&Node {
            value: Value::Map(entry),
            line: *line,
            column: *column,
        });
    }
    merged
}

fn settings(taker: &mut Taker<'_>, top: &Section<'_>) -> Settings {
    let all = taker.section(top, "settings", SETTINGS);
    let keys = &["host", "port", "name", "user", "password", "ssl_mode"];
    let section = taker.section(&all, "database", keys);
    let database = DatabaseSettings {
        host: taker.text(&section, "host"),
        port: taker.count(&section, "port"),
        name: taker.text(&section, "name"),
        user: taker.text(&section, "user"),
        password: taker.text(&section, "password"),
        ssl_mode: taker.choice(&section, "ssl_mode", SSL_MODES),
    };
    let keys = &[
        "timeout_seconds",
        "retry_attempts",
        "retry_delay_seconds",
        "dry_run_enabled",
        "rollback_enabled",
    ];
    let section = taker.section(&all, "execution", keys);
    let execution = ExecutionSettings {
        timeout: seconds(taker, &section, "timeout_seconds"),
        retry_attempts: taker.count(&section, "retry_attempts"),
        retry_delay: seconds(taker, &section, "retry_delay_seconds"),
        dry_run_enabled: taker.boolean(&section, "dry_run_enabled"),
        rollback_enabled: taker.boolean(&section, "rollback_enabled"),
    };
    let keys = &["level", "format", "include_sql", "include_timing"];
    let section = taker.section(&all, "logging", keys);
    let logging = LoggingSettings {
        level: taker.text(&section, "level"),
        format: taker.text(&section, "format"),
        include_sql: taker.boolean(&section, "include_sql"),
        include_timing: taker.boolean(&section, "include_timing"),
    };
    let keys = &[
        "enabled",
        "backup_before_migration",
        "backup_retention_days",
        "backup_location",
    ];
    let section = taker.section(&all, "backup", keys);
    let backup = BackupSettings {
        enabled: taker.boolean(&section, "enabled"),
        before_migration: taker.boolean(&section, "backup_before_migration"),
        retention_days: taker.count(&section, "backup_retention_days"),
        location: taker.text(&section, "backup_location"),
    };
    Settings {
        database,
        execution,
        logging,
        backup,
    }
}

fn listed(taker: &mut Taker<'_>, top: &Section<'_>) -> Vec<Listed> {
    let keys = &[
        "version",
        "filename",
        "description",
        "dependencies",
        "rollback_supported",
        "estimated_duration_seconds",
    ];
    let mut listed = Vec::new();
    for (index, section) in taker
        .sections(top, "migrations", keys)
        .into_iter()
        .enumerate()
    {
        let version = taker.text(&section, "version");
        let filename = taker.text(&section, "filename");
        let entry = Listed {
            version: version.clone().unwrap_or_default(),
            filename: filename.clone().unwrap_or_default(),
            description: taker.text(&section, "description"),
            dependencies: taker.texts(&section, "dependencies").unwrap_or_default(),
            rollback_supported: taker.boolean(&section, "rollback_supported"),
            estimated_duration: seconds(taker, &section, "estimated_duration_seconds"),
            line: section.line(),
        };
        for (key, value) in [("version", &version), ("filename", &filename)] {
            let told = section
                .entries()
                .iter()
                .any(|(k, node)| k.text == key && !matches!(node.value, Value::Null));
            if section.is_present() && value.as_ref().is_none_or(String::is_empty) && !told {
                let message = format!("migrations[{index}] has no `{key}`");
                taker.problem(section.line(), 1, message, None);
            }
        }
        if version.is_some() && filename.is_some() {
            listed.push(entry);
        }
    }
    listed
}

fn validation(taker: &mut Taker<'_>, top: &Section<'_>) -> Validation {
    let all = taker.section(top, "validation", &["sql", "files", "migrations"]);
    let keys = &[
        "allow_ddl",
        "allow_dml",
        "allow_drop",
        "require_transaction",
    ];
    let section = taker.section(&all, "sql", keys);
    let default = SqlPolicy::default();
    let sql = SqlPolicy {
        allow_ddl: taker
            .boolean(&section, "allow_ddl")
            .unwrap_or(default.allow_ddl),
        allow_dml: taker
            .boolean(&section, "allow_dml")
            .unwrap_or(default.allow_dml),
        allow_drop: taker
            .boolean(&section, "allow_drop")
            .unwrap_or(default.allow_drop),
        require_transaction: taker
            .boolean(&section, "require_transaction")
            .unwrap_or(default.require_transaction),
    };
    let keys = &[
        "require_version_prefix",
        "require_description",
        "max_file_size_mb",
        "allowed_extensions",
    ];
    let section = taker.section(&all, "files", keys);
    let extensions = taker.texts(&section, "allowed_extensions").map(|texts| {
        let plain = |text: String| text.trim_start_matches(['*', '.']).to_ascii_lowercase();
        texts.into_iter().map(|(text, _)| plain(text)).collect()
    });
    let files = FileRules {
        require_version_prefix: flag(taker, &section, "require_version_prefix"),
        require_description: flag(taker, &section, "require_description"),
        max_file_size_mb: taker.number(&section, "max_file_size_mb"),
        allowed_extensions: extensions,
    };
    let keys = &[
        "require_unique_versions",
        "require_sequential_versions",
        "require_dependency_validation",
        "require_rollback_validation",
    ];
    let section = taker.section(&all, "migrations", keys);
    let default = MigrationRules::default();
    let migrations = MigrationRules {
        require_unique_versions: taker
            .boolean(&section, "require_unique_versions")
            .unwrap_or(default.require_unique_versions),
        require_sequential_versions: flag(taker, &section, "require_sequential_versions"),
        require_dependency_validation: taker
            .boolean(&section, "require_dependency_validation")
            .unwrap_or(default.require_dependency_validation),
        require_rollback_validation: flag(taker, &section, "require_rollback_validation"),
    };
    Validation {
        sql,
        files,
        migrations,
    }
}

/// What is asked for and not done. Something switched off asks for nothing.
fn unobeyed(
    taker: &mut Taker<'_>,
    top: &Section<'_>,
    settings: &Settings,
    validation: &Validation,
) -> Vec<String> {
    let mut out = Vec::new();
    let backup = &settings.backup;
    if backup.enabled != Some(false) {
        let asked = [
            ("enabled", backup.enabled == Some(true)),
            (
                "backup_before_migration",
                backup.before_migration == Some(true),
            ),
            ("backup_retention_days", backup.retention_days.is_some()),
            ("backup_location", backup.location.is_some()),
        ];
        for (key, _) in asked.iter().filter(|(_, asked)| *asked) {
            out.push(format!(
                "settings.backup.{key} is not obeyed: Surefoot takes no backups yet"
            ));
        }
    }
    if let Some(format) = &settings.logging.format {
        out.push(format!(
            "settings.logging.format `{format}` is not obeyed: the output is chosen with --format"
        ));
    }
    let monitoring = taker.section(top, "monitoring", &["health_check", "metrics", "alerts"]);
    for name in ["health_check", "metrics", "alerts"] {
        let section = taker.section(&monitoring, name, &[]);
        let enabled = taker.boolean(&section, "enabled");
        if section.is_present() && enabled != Some(false) {
            out.push(format!(
                "monitoring.{name} is not obeyed: Surefoot does not run as a service yet"
            ));
        }
    }
    if !validation.migrations.require_unique_versions {
        out.push(
            "validation.migrations.require_unique_versions cannot be switched off: \
             a version names one migration"
                .to_owned(),
        );
    }
    out
}

fn flag(taker: &mut Taker<'_>, section: &Section<'_>, key: &str) -> bool {
    taker.boolean(section, key).unwrap_or(false)
}

fn seconds(taker: &mut Taker<'_>, section: &Section<'_>, key: &str) -> Option<Duration> {
    let seconds = taker.number(section, key)?;
    Duration::try_from_secs_f64(seconds).ok()
}

//! From the tree of `migration_config.yaml` to its types.

use std::time::Duration;

use super::{
    BackupSettings, DatabaseSettings, ExecutionSettings, FileRules, Listed, LoggingSettings, MigrationConfig,
    MigrationRules, Root, Settings, SqlPolicy, Validation,
};
use crate::error::ConfigProblem;
use crate::settings::{Section, Taker};
use crate::yaml::{Key, Node, Value};

const TOP: &[&str] = &["migration_system", "settings", "migrations", "environments", "validation", "monitoring"];
const SETTINGS: &[&str] = &["database", "execution", "logging", "backup"];
const OVERRIDABLE: &[&str] =
    &["database", "execution", "logging", "backup", "settings", "validation", "monitoring", "migration_system"];
const SSL_MODES: &[&str] = &["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

/// Reads the tree for one environment, or for none, and collects what is wrong.
pub(super) fn read(
    path: &str,
    root: &Node,
    environment: Option<&str>,
    problems: &mut Vec<ConfigProblem>,
) -> MigrationConfig {
    let mut taker = Taker::new(path);
    let environments = {
        let top = taker.root(root, TOP);
        let section = taker.section(&top, "environments", &[]);
        let names: Vec<String> = section.entries().iter().map(|(key, _)| key.text.clone()).collect();
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
    let over = root.get("environments").and_then(|environments| environments.get(environment));
    let Some(Node { value: Value::Map(entries), line, column }) = over else {
        return merged;
    };
    let known = |(key, _): &&(Key, Node)| OVERRIDABLE.contains(&key.text.as_str());
    for (key, node) in entries.iter().filter(known) {
        let mut entry = vec![(key.clone(), node.clone())];
        if SETTINGS.contains(&key.text.as_str()) {
            let inner = Node { value: Value::Map(entry), line: *line, column: *column };
            let settings = Key { text: "settings".to_owned(), line: *line, column: *column };
            entry = vec![(settings, inner)];
        }
        merged.overlay(&Node { value: Value::Map(entry), line: *line, column: *column });
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
    let keys = &["timeout_seconds", "retry_attempts", "retry_delay_seconds", "dry_run_enabled", "rollback_enabled"];
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
    let keys = &["enabled", "backup_before_migration", "backup_retention_days", "backup_location"];
    let section = taker.section(&all, "backup", keys);
    let backup = BackupSettings {
        enabled: taker.boolean(&section, "enabled"),
        before_migration: taker.boolean(&section, "backup_before_migration"),
        retention_days: taker.count(&section, "backup_retention_days"),
        location: taker.text(&section, "backup_location"),
    };
    Settings { database, execution, logging, backup }
}

fn listed(taker: &mut Taker<'_>, top: &Section<'_>) -> Vec<Listed> {
    let keys =
        &["version", "filename", "description", "dependencies", "rollback_supported", "estimated_duration_seconds"];
    let mut listed = Vec::new();
    for (index, section) in taker.sections(top, "migrations", keys).into_iter().enumerate() {
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
            let told = section.entries().iter().any(|(k, node)| k.text == key && !matches!(node.value, Value::Null));
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
    let keys = &["allow_ddl", "allow_dml", "allow_drop", "require_transaction"];
    let section = taker.section(&all, "sql", keys);
    let default = SqlPolicy::default();
    let sql = SqlPolicy {
        allow_ddl: taker.boolean(&section, "allow_ddl").unwrap_or(default.allow_ddl),
        allow_dml: taker.boolean(&section, "allow_dml").unwrap_or(default.allow_dml),
        allow_drop: taker.boolean(&section, "allow_drop").unwrap_or(default.allow_drop),
        require_transaction: taker.boolean(&section, "require_transaction").unwrap_or(default.require_transaction),
    };
    let keys = &["require_version_prefix", "require_description", "max_file_size_mb", "allowed_extensions"];
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
    Validation { sql, files, migrations }
}

/// What is asked for and not done. Something switched off asks for nothing.
fn unobeyed(taker: &mut Taker<'_>, top: &Section<'_>, settings: &Settings, validation: &Validation) -> Vec<String> {
    let mut out = Vec::new();
    let backup = &settings.backup;
    if backup.enabled != Some(false) {
        let asked = [
            ("enabled", backup.enabled == Some(true)),
            ("backup_before_migration", backup.before_migration == Some(true)),
            ("backup_retention_days", backup.retention_days.is_some()),
            ("backup_location", backup.location.is_some()),
        ];
        let asked = asked.into_iter().filter(|(_, asked)| *asked).map(|(key, _)| key);
        out.extend(together("settings.backup", asked, "Surefoot takes no backups yet"));
    }
    let logging = &settings.logging;
    if let Some(level) = logging.level.as_ref().filter(|level| !level.eq_ignore_ascii_case("info")) {
        out.push(format!("settings.logging.level `{level}` is not obeyed: use --verbose or --quiet"));
    }
    if logging.include_sql == Some(true) {
        out.push(
            "settings.logging.include_sql is not obeyed: --verbose shows statements, the journal keeps the files"
                .to_owned(),
        );
    }
    if logging.include_timing == Some(false) {
        out.push("settings.logging.include_timing `false` is not obeyed: durations are always recorded".to_owned());
    }
    if settings.execution.dry_run_enabled == Some(false) {
        out.push("settings.execution.dry_run_enabled `false` is not obeyed: a dry run changes nothing".to_owned());
    }
    if let Some(format) = &settings.logging.format {
        out.push(format!("settings.logging.format `{format}` is not obeyed: the output is chosen with --format"));
    }
    let monitoring = taker.section(top, "monitoring", &["health_check", "metrics", "alerts"]);
    let asked = ["health_check", "metrics", "alerts"].into_iter().filter(|name| {
        let section = taker.section(&monitoring, name, &[]);
        let enabled = taker.boolean(&section, "enabled");
        section.is_present() && enabled != Some(false)
    });
    out.extend(together("monitoring", asked, "Surefoot does not run as a service yet"));
    if !validation.migrations.require_unique_versions {
        out.push(
            "validation.migrations.require_unique_versions cannot be switched off: \
             a version names one migration"
                .to_owned(),
        );
    }
    out
}

/// One line for the keys of a section that are not obeyed for one reason.
fn together<'k>(section: &str, keys: impl Iterator<Item = &'k str>, why: &str) -> Option<String> {
    let keys: Vec<&str> = keys.collect();
    let verb = if keys.len() == 1 { "is" } else { "are" };
    (!keys.is_empty()).then(|| format!("{section}.{} {verb} not obeyed: {why}", keys.join(", .")))
}

fn flag(taker: &mut Taker<'_>, section: &Section<'_>, key: &str) -> bool {
    taker.boolean(section, key).unwrap_or(false)
}

fn seconds(taker: &mut Taker<'_>, section: &Section<'_>, key: &str) -> Option<Duration> {
    let seconds = taker.number(section, key)?;
    Duration::try_from_secs_f64(seconds).ok()
}

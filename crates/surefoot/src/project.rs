//! A project: its folder, its configuration, its migrations.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use surefoot_source::{Dir, MigrationDir, MigrationSet, SourceConfig, detect, load};
use surefoot_sql::script::{Include, ScriptError};

use crate::config::{Config, interpolate};
use crate::{DiskDir, Error, Result};

/// Name of the configuration file.
pub const CONFIG_FILE: &str = "surefoot.toml";

/// What a command was told besides its own arguments.
#[derive(Debug, Clone, Default)]
pub struct Invocation {
    /// Where to look for the project.
    pub folder: PathBuf,
    /// Environment variables, `.env` included.
    pub variables: BTreeMap<String, String>,
    /// `--env`.
    pub environment: Option<String>,
    /// `--url`.
    pub url: Option<String>,
    /// `--lock-timeout` and its like, which win over the configuration.
    pub execution: crate::config::ExecutionSection,
    /// `--var name=value`.
    pub sql_variables: BTreeMap<String, String>,
    /// Who acts.
    pub actor: surefoot_journal::Actor,
    /// Identity of this run.
    pub run: String,
}

impl Invocation {
    /// What a connection string need not say: the variables of libpq, and its password file where only its owner can
    /// read it.
    #[must_use]
    pub fn connect_defaults(&self) -> surefoot_pg::Defaults {
        let var = |name: &str| self.variables.get(name).filter(|v| !v.is_empty()).cloned();
        let file = var("PGPASSFILE").or_else(|| var("HOME").map(|home| format!("{home}/.pgpass")));
        surefoot_pg::Defaults {
            user: var("PGUSER").or_else(|| var("USER")),
            password: var("PGPASSWORD"),
            password_file: file.and_then(|path| private_text(Path::new(&path))),
        }
    }
}

/// A file's text, unless others may read it: libpq passes over such a password file.
fn private_text(path: &Path) -> Option<String> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if std::fs::metadata(path).ok()?.permissions().mode() & 0o077 != 0 {
            return None;
        }
    }
    std::fs::read_to_string(path).ok()
}

/// An opened project.
#[derive(Debug)]
pub struct Project {
    /// Its folder.
    pub dir: DiskDir,
    /// Its configuration; empty when there is no file.
    pub config: Config,
    /// Whether there is a configuration file.
    pub configured: bool,
    /// Its name.
    pub name: String,
    /// Where its migrations are.
    pub source: SourceConfig,
    /// Extensions whose own statements are left out: those of `[dev] ignore` in a rehearsal, else none.
    pub without: Vec<String>,
}

impl Project {
    /// Opens the project that `invocation.folder` is in: the nearest folder upwards with a configuration file, else
    /// the folder itself with what can be detected in it.
    ///
    /// # Errors
    /// [`Error::Config`]; [`Error::Refused`] when no migrations are found.
    pub fn open(invocation: &Invocation) -> Result<Self> {
        let root = find_root(&invocation.folder);
        let file = root.join(CONFIG_FILE);
        let configured = file.is_file();
        let config = if configured {
            let text = std::fs::read_to_string(&file).map_err(|e| Error::Io {
                action: "read",
                path: CONFIG_FILE.into(),
                reason: e.to_string(),
            })?;
            Config::parse(CONFIG_FILE, &text)?
        } else {
            Config::default()
        };
        let dir = DiskDir::new(root.clone());
        let dirs = migration_dirs(&config, &dir)?;
        let source = SourceConfig {
            dirs,
            migration_config: config.migrations.config_file.clone(),
            variables: invocation.variables.clone(),
            environment: None,
        };
        let name = config.project.name.clone().unwrap_or_else(|| folder_name(&root));
        Ok(Self { dir, config, configured, name, source, without: Vec::new() })
    }

    /// Reads the migrations, with the team's settings for an environment.
    ///
    /// # Errors
    /// [`Error::Load`] with every problem.
    pub fn load(&self, environment: Option<&str>) -> Result<MigrationSet> {
        let mut source = self.source.clone();
        source.environment = environment.map(str::to_owned);
        Ok(load(&self.dir, &source)?)
    }

    /// The same for a dev database, which does without the extensions of `[dev] ignore`.
    pub(crate) fn rehearsing(&self) -> Self {
        Self {
            dir: self.dir.clone(),
            config: self.config.clone(),
            configured: self.configured,
            name: self.name.clone(),
            source: self.source.clone(),
            without: self.config.dev.ignore.clone(),
        }
    }

    /// Schema of the journal.
    pub fn journal_schema(&self) -> &str {
        self.config.journal.schema.as_deref().unwrap_or(surefoot_journal::DEFAULT_SCHEMA)
    }

    /// Schema of the attic.
    pub fn attic_schema(&self) -> String {
        self.config.attic.schema.clone().unwrap_or_else(|| format!("{}_attic", self.journal_schema()))
    }

    /// The schemas that are Surefoot's own and no part of any schema that is compared.
    pub fn own_schemas(&self) -> Vec<String> {
        vec![self.journal_schema().to_owned(), self.attic_schema()]
    }

    /// How the attic is kept.
    pub fn attic(&self) -> surefoot_executor::AtticOptions {
        let section = &self.config.attic;
        let default = surefoot_executor::AtticOptions::default();
        surefoot_executor::AtticOptions {
            schema: self.attic_schema(),
            days: section
                .retention
                .map_or(default.days, |s| u32::try_from(s.0.as_secs() / 86_400).unwrap_or(u32::MAX / 2)),
            batch: section.batch_rows.unwrap_or(default.batch).max(1),
        }
    }

    /// Folder for what Surefoot keeps on this machine.
    pub fn private_dir(&self) -> PathBuf {
        self.dir.path(".surefoot")
    }

    /// Reads a text file of the project.
    ///
    /// # Errors
    /// [`Error::Io`], also when it is not UTF-8.
    pub fn read_text(&self, path: &str) -> Result<Arc<str>> {
        let bytes =
            self.dir.read(path).map_err(|e| Error::Io { action: "read", path: path.into(), reason: e.to_string() })?;
        match String::from_utf8(bytes) {
            Ok(text) => Ok(text.into()),
            Err(e) => Err(Error::Io {
                action: "read",
                path: path.into(),
                reason: format!("not UTF-8: the byte at offset {} is wrong", e.utf8_error().valid_up_to()),
            }),
        }
    }

    /// An error of a file that is no SQL, with the line it is about.
    pub(crate) fn script_error(&self, errors: Vec<ScriptError>) -> Error {
        let with_line = |error: ScriptError| {
            let text = self.read_text(&error.file).ok();
            let line = text.as_deref().and_then(|text| text.lines().nth(error.at.line.checked_sub(1)?));
            let line = line.map(|line| line.trim_start_matches('\u{feff}').to_owned());
            (error, line)
        };
        Error::Script(errors.into_iter().map(with_line).collect())
    }

    /// Variables for SQL files in an environment.
    ///
    /// # Errors
    /// When a value names an unset variable.
    pub fn sql_variables(&self, invocation: &Invocation, environment: &str) -> Result<BTreeMap<String, String>> {
        let mut out = BTreeMap::new();
        let section = self.config.environments.get(environment);
        for (name, value) in self.config.vars.iter().chain(section.iter().flat_map(|e| e.vars.iter())) {
            let value = interpolate(value, &invocation.variables).map_err(|reason| Error::Refused {
                code: "variable",
                message: format!("[vars] {name}: {reason}"),
                hint: "set it, or give it a default: ${NAME:default}".into(),
            })?;
            out.insert(name.clone(), value);
        }
        out.extend(invocation.sql_variables.clone());
        Ok(out)
    }
}

/// Files that a migration includes with `\i` and `\ir`: from the project's folder only.
#[derive(Debug)]
pub(crate) struct ProjectFiles<'a> {
    pub(crate) project: &'a Project,
}

impl Include for ProjectFiles<'_> {
    fn load(
        &mut self,
        from: &str,
        path: &str,
        relative_to_file: bool,
    ) -> std::result::Result<(String, Arc<str>), String> {
        let base = if relative_to_file { from.rsplit_once('/').map_or("", |(dir, _)| dir) } else { "" };
        let mut parts: Vec<&str> = Vec::new();
        if path.starts_with('/') {
            return Err("a path outside the project folder".into());
        }
        for part in base.split('/').chain(path.split('/')) {
            match part {
                "" | "." => {}
                ".." => {
                    if parts.pop().is_none() {
                        return Err("a path outside the project folder".into());
                    }
                }
                part => parts.push(part),
            }
        }
        let name = parts.join("/");
        let text = self.project.read_text(&name).map_err(|e| match e {
            Error::Io { reason, .. } => reason,
            other => other.to_string(),
        })?;
        Ok((name, text))
    }
}

fn find_root(folder: &Path) -> PathBuf {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
    absolute.ancestors().find(|dir| dir.join(CONFIG_FILE).is_file()).map_or_else(|| absolute.clone(), Path::to_path_buf)
}

fn folder_name(root: &Path) -> String {
    root.file_name().map_or_else(|| "project".to_owned(), |n| n.to_string_lossy().into_owned())
}

fn migration_dirs(config: &Config, dir: &DiskDir) -> Result<Vec<MigrationDir>> {
    if !config.migrations.dirs.is_empty() {
        return Ok(config
            .migrations
            .dirs
            .iter()
            .map(|d| MigrationDir { path: clean(&d.path), owner: d.owner.clone() })
            .collect());
    }
    if let Some(path) = &config.migrations.dir {
        return Ok(vec![MigrationDir::new(clean(path))]);
    }
    let found = detect(dir);
    Ok(found.folders.into_iter().take(1).map(|f| MigrationDir::new(f.path)).collect())
}

fn clean(path: &str) -> String {
    path.trim_start_matches("./").trim_end_matches('/').to_owned()
}

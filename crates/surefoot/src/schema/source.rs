//! Where a schema can come from.

use std::fmt;
use std::path::{Path, PathBuf};

use surefoot_pg::ConnectUrl;
use surefoot_source::detect;

use crate::{CONFIG_FILE, DiskDir, Error, Project, Result};

/// A place that a schema can be read from.
#[derive(Debug, Clone)]
pub enum SchemaSource {
    /// An empty database.
    Empty,
    /// The target of an environment of the project.
    Environment(String),
    /// A database.
    Url(Box<ConnectUrl>),
    /// The history in this folder, or that of the project.
    Migrations {
        /// The folder; `None` for the project's own.
        folder: Option<PathBuf>,
    },
    /// SQL files, in any order: one, or all of a folder.
    Sql(PathBuf),
    /// A Prisma schema: a file, or all `.prisma` files of a folder.
    Prisma(PathBuf),
    /// What `surefoot inspect --format json` wrote.
    Snapshot(PathBuf),
    /// A file or folder as it was at a git revision.
    Git {
        /// The revision.
        revision: String,
        /// The path, from the top of the repository or relative to the project.
        path: String,
    },
    /// The SQL that a command prints.
    Command(String),
}

impl SchemaSource {
    /// Reads what a user writes: `empty`, `migrations`, a URL, the name of an environment, `env:NAME`, a path,
    /// `git:REVISION:PATH`, `cmd:COMMAND`.
    ///
    /// # Errors
    /// [`Error::Usage`] when it is none of these, with those it could be.
    pub fn parse(text: &str, project: Option<&Project>, folder: &Path) -> Result<Self> {
        if let Some(command) = text.strip_prefix("cmd:") {
            return Ok(Self::Command(command.trim().to_owned()));
        }
        if let Some(rest) = text.strip_prefix("git:") {
            let Some((revision, path)) = rest.split_once(':').filter(|(r, p)| !r.is_empty() && !p.is_empty()) else {
                return Err(Error::Usage {
                    message: format!("{text:?} names no revision and path"),
                    hint: "write git:HEAD~1:schema.sql".into(),
                });
            };
            return Ok(Self::Git { revision: revision.to_owned(), path: path.to_owned() });
        }
        if text.contains("://") {
            let url = ConnectUrl::parse(text).map_err(surefoot_pg::Error::from)?;
            return Ok(Self::Url(Box::new(url)));
        }
        let known = |name: &str| {
            project.is_some_and(|p| p.config.environments.contains_key(name))
                || (name == "development" && project.is_some())
        };
        if let Some(name) = text.strip_prefix("env:") {
            return if known(name) { Ok(Self::Environment(name.to_owned())) } else { Err(unknown(text, project)) };
        }
        match text {
            "empty" => return Ok(Self::Empty),
            "migrations" if !folder.join(text).exists() => return Ok(Self::Migrations { folder: None }),
            _ => {}
        }
        let path = if folder == Path::new(".") { PathBuf::from(text) } else { folder.join(text) };
        if path.is_file() {
            return Ok(Self::of_file(path));
        }
        if path.is_dir() {
            return Ok(Self::of_folder(path, project));
        }
        if known(text) { Ok(Self::Environment(text.to_owned())) } else { Err(unknown(text, project)) }
    }

    fn of_file(path: PathBuf) -> Self {
        match path.extension().and_then(|e| e.to_str()) {
            Some("prisma") => Self::Prisma(path),
            Some("json") => Self::Snapshot(path),
            _ => Self::Sql(path),
        }
    }

    fn of_folder(path: PathBuf, project: Option<&Project>) -> Self {
        let same = |other: &Path| match (path.canonicalize(), other.canonicalize()) {
            (Ok(a), Ok(b)) => a == b,
            _ => false,
        };
        let own =
            project.is_some_and(|p| same(&p.dir.path("")) || p.source.dirs.iter().any(|d| same(&p.dir.path(&d.path))));
        if own {
            return Self::Migrations { folder: None };
        }
        let has = |extension: &str| {
            std::fs::read_dir(&path).is_ok_and(|entries| {
                entries.flatten().any(|e| e.path().extension().and_then(|x| x.to_str()) == Some(extension))
            })
        };
        if has("prisma") {
            return Self::Prisma(path);
        }
        let history = path.join(CONFIG_FILE).is_file() || !detect(&DiskDir::new(path.clone())).folders.is_empty();
        if history { Self::Migrations { folder: Some(path) } } else { Self::Sql(path) }
    }

    /// Whether reading it takes a dev database.
    #[must_use]
    pub fn needs_lab(&self) -> bool {
        match self {
            Self::Empty | Self::Environment(_) | Self::Url(_) | Self::Snapshot(_) => false,
            Self::Migrations { .. } | Self::Sql(_) | Self::Prisma(_) | Self::Git { .. } | Self::Command(_) => true,
        }
    }
}

impl fmt::Display for SchemaSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "an empty database"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Url(url) => write!(f, "{url}"),
            Self::Migrations { folder: None } => write!(f, "the migrations"),
            Self::Migrations { folder: Some(path) } => write!(f, "the migrations in {}", path.display()),
            Self::Sql(path) | Self::Prisma(path) | Self::Snapshot(path) => write!(f, "{}", path.display()),
            Self::Git { revision, path } => write!(f, "{path} at {revision}"),
            Self::Command(command) => write!(f, "the output of `{command}`"),
        }
    }
}

fn unknown(text: &str, project: Option<&Project>) -> Error {
    let environments: Vec<String> =
        project.map(|p| p.config.environments.keys().cloned().collect()).unwrap_or_default();
    let known = if environments.is_empty() { String::new() } else { format!(" ({})", environments.join(", ")) };
    Error::Usage {
        message: format!("{text:?} is no file, folder or environment"),
        hint: format!(
            "give a path, an environment{known}, a URL, `migrations`, `empty`, git:REVISION:PATH or cmd:COMMAND"
        ),
    }
}

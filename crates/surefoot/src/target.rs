//! Which database a command works on, and how to reach it.

use std::path::PathBuf;
use std::time::Duration;

use surefoot_devdb::Server;
use surefoot_executor::{Connector, RunOptions};
use surefoot_pg::{ConnectUrl, Session};

use surefoot_source::{MigrationConfig, MigrationSet};

use crate::config::{EnvironmentSection, ExecutionSection, interpolate};
use crate::{Error, Invocation, Project, Result};

/// The word for the embedded PostgreSQL in place of a URL.
pub const EMBEDDED: &str = "embedded";

/// Where a URL came from, for telling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UrlOrigin {
    /// `--url`.
    Flag,
    /// An environment variable.
    Variable(&'static str),
    /// `[environments.<name>]`.
    Environment,
    /// The team's `migration_config.yaml`.
    MigrationConfig,
    /// Nothing was configured.
    Default,
}

/// A target that is known but not opened.
#[derive(Debug, Clone)]
pub struct TargetSpec {
    /// Name of the environment.
    pub environment: String,
    /// `reset` is refused, `down` asks.
    pub protected: bool,
    /// Where to.
    pub place: Place,
    /// Where that was said.
    pub origin: UrlOrigin,
    /// How statements run.
    pub options: RunOptions,
    elevated_url: Option<ConnectUrl>,
    elevated_role: Option<String>,
    application_name: String,
}

/// Where a target is.
#[derive(Debug, Clone)]
pub enum Place {
    /// The embedded PostgreSQL, kept in a folder.
    Embedded(PathBuf),
    /// A server.
    Url(Box<ConnectUrl>),
}

/// An opened target.
#[derive(Debug)]
pub struct Target {
    /// What was opened.
    pub spec: TargetSpec,
    /// How to reach it.
    pub connector: Connector,
    server: Option<Server>,
}

impl TargetSpec {
    /// The environment of a command: `--env`, `SUREFOOT_ENV`, `default-environment`, `development`, the only one.
    pub fn environment(project: &Project, invocation: &Invocation) -> String {
        let environments = &project.config.environments;
        let only = if environments.len() == 1 { environments.keys().next() } else { None };
        invocation
            .environment
            .as_ref()
            .or_else(|| invocation.variables.get("SUREFOOT_ENV").filter(|v| !v.is_empty()))
            .or(project.config.default_environment.as_ref())
            .cloned()
            .or_else(|| environments.contains_key("development").then(|| "development".to_owned()))
            .or_else(|| only.cloned())
            .unwrap_or_else(|| "development".to_owned())
    }

    /// Finds the target of a command. Order: `--url`, `SUREFOOT_URL`, the environment named by `--env` or
    /// `SUREFOOT_ENV`, `DATABASE_URL`, the default environment, the team's own configuration, `PG*`, the embedded
    /// PostgreSQL.
    ///
    /// # Errors
    /// An unknown environment, a URL that cannot be read, a variable that is not set.
    pub fn resolve(project: &Project, invocation: &Invocation, set: Option<&MigrationSet>) -> Result<Self> {
        let vars = &invocation.variables;
        let var = |name: &str| vars.get(name).filter(|v| !v.is_empty());
        let environments = &project.config.environments;
        let named = invocation.environment.as_ref().or_else(|| var("SUREFOOT_ENV"));
        if let Some(name) = named
            && !environments.contains_key(name)
            && !(environments.is_empty() && known_elsewhere(set, name))
        {
            let of_team = set.into_iter().flat_map(|s| &s.configs).flat_map(|c| &c.environments);
            let known: Vec<&str> = match environments.is_empty() {
                true => of_team.map(String::as_str).collect(),
                false => environments.keys().map(String::as_str).collect(),
            };
            return Err(Error::Usage {
                message: format!("there is no environment {name:?}"),
                hint: if known.is_empty() {
                    format!("add [environments.{name}] to surefoot.toml")
                } else {
                    format!("one of: {}", known.join(", "))
                },
            });
        }
        let environment = Self::environment(project, invocation);
        let empty = EnvironmentSection::default();
        let section = environments.get(&environment).unwrap_or(&empty);
        let fill = |what: &str, text: &str| {
            interpolate(text, vars).map_err(|reason| Error::Refused {
                code: "variable",
                message: format!("[environments.{environment}] {what}: {reason}"),
                hint: format!("set the variable, or choose another environment with --env, or give --url ({environment} is used now)"),
            })
        };
        let configured = match (&section.direct_url, &section.url) {
            (Some(direct), _) => Some(("direct-url", direct)),
            (None, Some(url)) => Some(("url", url)),
            (None, None) => None,
        };
        let (text, origin) = if let Some(url) = &invocation.url {
            (url.clone(), UrlOrigin::Flag)
        } else if let Some(url) = var("SUREFOOT_URL") {
            (url.clone(), UrlOrigin::Variable("SUREFOOT_URL"))
        } else if let (Some(_), Some((key, url))) = (named, configured) {
            (fill(key, url)?, UrlOrigin::Environment)
        } else if let Some(url) = var("DATABASE_URL") {
            (url.clone(), UrlOrigin::Variable("DATABASE_URL"))
        } else if let Some((key, url)) = configured {
            (fill(key, url)?, UrlOrigin::Environment)
        } else if let Some(url) = set.and_then(url_of_team) {
            (url?, UrlOrigin::MigrationConfig)
        } else if var("PGHOST").is_some() || var("PGDATABASE").is_some() {
            (url_of_libpq(vars), UrlOrigin::Variable("PGHOST"))
        } else {
            (EMBEDDED.to_owned(), UrlOrigin::Default)
        };
        let defaults = invocation.connect_defaults();
        let place = if text.trim() == EMBEDDED {
            Place::Embedded(project.private_dir().join("db"))
        } else {
            Place::Url(Box::new(ConnectUrl::parse_with(&text, &defaults).map_err(surefoot_pg::Error::from)?))
        };
        let elevated_url = match (&section.elevated_url, var("SUREFOOT_ELEVATED_URL")) {
            (_, Some(url)) => Some(url.clone()),
            // An elevated URL whose variable is not set is missed only by a migration that asks for it.
            (Some(url), None) => interpolate(url, vars).ok().filter(|u| !u.is_empty()),
            (None, None) => None,
        };
        let elevated_url = elevated_url
            .map(|u| ConnectUrl::parse_with(&u, &defaults).map_err(surefoot_pg::Error::from))
            .transpose()?;
        Ok(Self {
            protected: section.protected,
            place,
            origin,
            options: options(project, invocation, section, set)?,
            elevated_url,
            elevated_role: section.elevated_role.clone(),
            application_name: format!("surefoot {}", project.name),
            environment,
        })
    }

    /// The target in words, without a password.
    pub fn describe(&self) -> String {
        match &self.place {
            Place::Embedded(path) => {
                let short = path.iter().rev().take(2).map(|p| p.to_string_lossy()).collect::<Vec<_>>();
                format!("embedded PostgreSQL ({})", short.into_iter().rev().collect::<Vec<_>>().join("/"))
            }
            Place::Url(url) => url.to_string(),
        }
    }

    /// The role to `SET ROLE` to for migrations with `role elevated`; `None` when they have a URL of their own.
    pub fn elevated_role(&self) -> Option<&str> {
        self.elevated_role.as_deref().filter(|_| self.elevated_url.is_none())
    }

    /// Whether there is anything to open: an embedded database that was never started has no history, and looking at
    /// it should not create it.
    pub fn exists(&self) -> bool {
        match &self.place {
            Place::Embedded(path) => path.exists(),
            Place::Url(_) => true,
        }
    }

    /// Opens the target, starting the embedded server when that is what it is.
    ///
    /// # Errors
    /// [`Error::DevDb`] naming the process that has the embedded database.
    pub async fn open(self, patience: Duration) -> Result<Target> {
        let (url, server) = match &self.place {
            Place::Url(url) => ((**url).clone(), None),
            Place::Embedded(path) => {
                let server = start_embedded(Some(path.clone()), patience).await?;
                (ConnectUrl::parse(&server.url()).map_err(surefoot_pg::Error::from)?, Some(server))
            }
        };
        let connector = Connector {
            url,
            elevated_url: self.elevated_url.clone(),
            elevated_role: self.elevated_role.clone(),
            single_connection: server.as_ref().is_some_and(Server::single_connection),
            application_name: self.application_name.clone(),
        };
        Ok(Target { spec: self, connector, server })
    }
}

impl Target {
    /// A target on a server that was started for the purpose.
    pub fn scratch(environment: &str, project: &Project, url: ConnectUrl, single: bool, options: RunOptions) -> Self {
        let application_name = format!("surefoot {}", project.name);
        Self {
            connector: Connector {
                url: url.clone(),
                elevated_url: None,
                elevated_role: None,
                single_connection: single,
                application_name: application_name.clone(),
            },
            spec: TargetSpec {
                environment: environment.to_owned(),
                protected: false,
                place: Place::Url(Box::new(url)),
                origin: UrlOrigin::Default,
                options,
                elevated_url: None,
                elevated_role: None,
                application_name,
            },
            server: None,
        }
    }

    /// Opens a session set up for migrations.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn connect(&self) -> Result<Session> {
        Ok(self.connector.connect(&self.spec.options).await?)
    }

    /// Opens a session for looking.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn look(&self) -> Result<Session> {
        Ok(self.connector.bare().await?)
    }

    /// Stops an embedded server and says whether that went well.
    ///
    /// # Errors
    /// [`Error::DevDb`].
    pub async fn close(self) -> Result<()> {
        if let Some(server) = self.server {
            stop(server).await?;
        }
        Ok(())
    }
}

#[cfg(not(feature = "embedded"))]
pub(crate) async fn start_embedded(_path: Option<PathBuf>, _patience: Duration) -> Result<Server> {
    Err(Error::Refused {
        code: "no-embedded",
        message: "this build of surefoot has no embedded PostgreSQL".into(),
        hint: "give a server: --url postgres://..., or url in [environments.<name>] of surefoot.toml".into(),
    })
}

#[cfg(feature = "embedded")]
pub(crate) async fn start_embedded(path: Option<PathBuf>, patience: Duration) -> Result<Server> {
    use surefoot_devdb::embedded::EmbeddedOptions;
    let options = EmbeddedOptions { wait_for_holder: patience, ..EmbeddedOptions::default() };
    blocking(move || {
        if let Some(parent) = path.as_deref().and_then(std::path::Path::parent) {
            std::fs::create_dir_all(parent).map_err(|e| Error::Io {
                action: "create",
                path: parent.display().to_string(),
                reason: e.to_string(),
            })?;
            // The folder holds a database; nobody wants it in a repository.
            let ignore = parent.join(".gitignore");
            if !ignore.exists() {
                let _ = std::fs::write(ignore, "*\n");
            }
        }
        Ok(Server::embedded(path.as_deref(), options)?)
    })
    .await
}

pub(crate) async fn stop(server: Server) -> Result<()> {
    blocking(move || Ok(server.stop()?)).await
}

/// Runs something that blocks away from the runtime's own thread.
pub(crate) async fn blocking<T: Send + 'static>(f: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match tokio::task::spawn_blocking(f).await {
        Ok(result) => result,
        Err(e) => Err(Error::Command { what: "a background task".into(), reason: e.to_string() }),
    }
}

fn options(
    project: &Project,
    invocation: &Invocation,
    environment: &EnvironmentSection,
    set: Option<&MigrationSet>,
) -> Result<RunOptions> {
    let mut out = RunOptions { attic: project.attic(), ..RunOptions::default() };
    if let Some(config) = set.and_then(|s| s.configs.first()) {
        need(config, "settings.execution", "set the variable, or give the setting a default: ${NAME:default}")?;
        let e = &config.settings.execution;
        out.statement_timeout = e.timeout.unwrap_or(out.statement_timeout);
        out.retry_attempts = e.retry_attempts.unwrap_or(out.retry_attempts);
        out.retry_delay = e.retry_delay.unwrap_or(out.retry_delay);
    }
    for section in [&project.config.execution, &environment.execution, &invocation.execution] {
        let ExecutionSection { lock_timeout, statement_timeout, migration_lock_timeout, retry_attempts, retry_delay } =
            section;
        out.lock_timeout = lock_timeout.map_or(out.lock_timeout, |s| s.0);
        out.statement_timeout = statement_timeout.map_or(out.statement_timeout, |s| s.0);
        out.migration_lock_timeout = migration_lock_timeout.map_or(out.migration_lock_timeout, |s| s.0);
        out.retry_attempts = retry_attempts.unwrap_or(out.retry_attempts);
        out.retry_delay = retry_delay.map_or(out.retry_delay, |s| s.0);
    }
    Ok(out)
}

/// Refuses a section of the team's settings that names a variable which is not set.
fn need(config: &MigrationConfig, section: &str, hint: &str) -> Result<()> {
    config.need(section).map_err(|problems| Error::Refused {
        code: "variable",
        message: problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        hint: hint.to_owned(),
    })
}

fn known_elsewhere(set: Option<&MigrationSet>, name: &str) -> bool {
    name == "development" || set.is_some_and(|s| s.configs.iter().any(|c| c.environments.iter().any(|e| e == name)))
}

/// The connection of the team's `migration_config.yaml`.
fn url_of_team(set: &MigrationSet) -> Option<Result<String>> {
    let config = set.configs.first()?;
    let d = &config.settings.database;
    // A variable that is not set must not lead to another database in silence.
    let way = "set the variable, or give the target another way: --url, DATABASE_URL, or [environments.<name>] in surefoot.toml";
    if let Err(error) = need(config, "settings.database", way) {
        return Some(Err(error));
    }
    if d.host.is_none() && d.name.is_none() {
        return None;
    }
    let quote = |v: &str| v.replace('\\', "\\\\").replace('\'', "\\'");
    let mut text = String::new();
    let mut add = |key: &str, value: Option<&str>| {
        if let Some(v) = value.filter(|v| !v.is_empty()) {
            text.push_str(&format!("{key}='{}' ", quote(v)));
        }
    };
    add("host", d.host.as_deref().or(Some("localhost")));
    add("port", d.port.map(|p| p.to_string()).as_deref());
    add("dbname", d.name.as_deref());
    add("user", d.user.as_deref());
    add("password", d.password.as_deref());
    add("sslmode", d.ssl_mode.as_deref());
    Some(Ok(text))
}

fn url_of_libpq(vars: &std::collections::BTreeMap<String, String>) -> String {
    let quote = |v: &str| v.replace('\\', "\\\\").replace('\'', "\\'");
    let mut text = String::new();
    for (key, variable) in [
        ("host", "PGHOST"),
        ("port", "PGPORT"),
        ("user", "PGUSER"),
        ("password", "PGPASSWORD"),
        ("dbname", "PGDATABASE"),
        ("sslmode", "PGSSLMODE"),
        ("sslrootcert", "PGSSLROOTCERT"),
    ] {
        if let Some(value) = vars.get(variable).filter(|v| !v.is_empty()) {
            text.push_str(&format!("{key}='{}' ", quote(value)));
        }
    }
    if !vars.contains_key("PGHOST") {
        text.push_str("host=localhost ");
    }
    if !vars.contains_key("PGUSER")
        && let Some(user) = vars.get("USER")
    {
        text.push_str(&format!("user='{}' ", quote(user)));
    }
    text
}

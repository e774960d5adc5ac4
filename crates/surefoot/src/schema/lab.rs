//! The dev database while schemas are loaded into it.

use std::sync::Arc;

use surefoot_catalog::Catalog;
use surefoot_devdb::{Choice, Need, Server};
use surefoot_introspect::Options;
use surefoot_pg::{ConnectOptions, ConnectUrl, Session};

use crate::check::start_dev_for;
use crate::target::{blocking, stop};
use crate::{Invocation, Project, Result};

/// A dev database with room for several schemas, each in a database of its own.
#[derive(Debug)]
pub struct Lab {
    server: Arc<Server>,
    made: std::sync::atomic::AtomicUsize,
    /// What it is, in words.
    pub place: String,
    /// Worth knowing about the choice.
    pub warnings: Vec<String>,
    /// Extensions that it does without.
    pub(crate) without: Vec<String>,
}

impl Lab {
    /// Starts one: as `on` says (`embedded`, `local`, a URL), else as configured, else chosen by what is needed.
    ///
    /// # Errors
    /// When none of the possible databases has what is needed, with the ways out.
    pub async fn start(
        project: Option<&Project>,
        invocation: &Invocation,
        on: Option<&str>,
        extensions: Vec<String>,
        needs: Vec<Need>,
        major: Option<u32>,
    ) -> Result<Self> {
        let (server, choice) = start_dev_for(project, invocation, on, extensions, needs, major).await?;
        let without = project.map(|p| p.config.dev.ignore.clone()).unwrap_or_default();
        Ok(Self { without, ..Self::of(server, &choice) })
    }

    /// Starts what was chosen.
    pub(crate) async fn start_chosen(choice: Choice) -> Result<Self> {
        let (server, choice) = blocking(move || {
            let server = choice.start(surefoot_devdb::Observer::default())?;
            Ok((server, choice))
        })
        .await?;
        Ok(Self::of(server, &choice))
    }

    fn of(server: Server, choice: &Choice) -> Self {
        let version = server.version();
        let place = match server.kind() {
            surefoot_devdb::Kind::Embedded => format!("embedded PostgreSQL {version}"),
            surefoot_devdb::Kind::LocalBinaries { .. } => format!("private PostgreSQL {version}"),
            surefoot_devdb::Kind::Url => format!("scratch database on PostgreSQL {version}"),
        };
        let mut warnings = choice.passed_over.clone();
        if let Some((wanted, have)) = choice.other_major {
            warnings.push(format!("the target has PostgreSQL {wanted}, the dev database {have}"));
        }
        Self { server: Arc::new(server), made: Default::default(), place, warnings, without: Vec::new() }
    }

    /// Its major version.
    #[must_use]
    pub fn major(&self) -> u32 {
        self.server.major()
    }

    /// Whether the server is ours alone, so that roles may be made in it.
    #[must_use]
    pub fn owns_server(&self) -> bool {
        self.server.kind() != surefoot_devdb::Kind::Url
    }

    /// Whether it serves one session at a time.
    #[must_use]
    pub fn single_connection(&self) -> bool {
        self.server.single_connection()
    }

    /// Makes an empty database and gives its URL.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn database(&self, label: &str) -> Result<ConnectUrl> {
        let n = self.made.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        let (server, label) = (self.server.clone(), format!("{label}_{n}"));
        let name = blocking(move || Ok(server.create_database(&label, None)?)).await?;
        Ok(ConnectUrl::parse(&self.server.url_of(&name)).map_err(surefoot_pg::Error::from)?)
    }

    /// Opens a session. An embedded database serves one at a time: close it before the next is opened.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn session(&self, url: &ConnectUrl) -> Result<Session> {
        let session = Session::connect(&ConnectOptions::new(url.clone(), "surefoot")).await?;
        // Bodies may name what comes later in the text.
        session.run("SET check_function_bodies = off").await?;
        Ok(session)
    }

    /// Reads the schema of a database.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn read(&self, url: &ConnectUrl, excluded_schemas: &[String]) -> Result<Catalog> {
        let session = self.session(url).await?;
        let options = Options { excluded_schemas: excluded_schemas.to_vec(), ..Options::default() };
        let catalog = surefoot_introspect::catalog(&session, &options).await;
        session.close().await;
        Ok(catalog?)
    }

    /// Stops it and removes what it left.
    ///
    /// # Errors
    /// When that fails.
    pub async fn stop(self) -> Result<()> {
        match Arc::into_inner(self.server) {
            Some(server) => stop(server).await,
            None => Ok(()),
        }
    }
}

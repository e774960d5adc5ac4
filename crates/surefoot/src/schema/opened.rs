//! A source as a database: for those who want its rows too.

use surefoot_pg::{ConnectOptions, Session};

use crate::schema::Lab;
use crate::schema::load::{Prepared, replay};
use crate::schema::run_scripts::run_scripts;
use crate::target::Target;
use crate::{Error, Invocation, Project, Result};

/// A database that holds a source, with its rows.
pub(crate) struct Opened {
    pub(crate) session: Session,
    target: Option<Target>,
    /// Files of a git revision.
    _kept: Option<tempfile::TempDir>,
}

impl Opened {
    /// Ends the session and gives the target back.
    pub(crate) async fn close(self) -> Result<()> {
        self.session.close().await;
        match self.target {
            Some(target) => target.close().await,
            None => Ok(()),
        }
    }
}

/// Opens the database of a source, or makes one in the lab and loads it.
pub(crate) async fn opened(
    project: Option<&Project>,
    invocation: &Invocation,
    prepared: Prepared,
    lab: Option<&Lab>,
) -> Result<Opened> {
    let plain = |session| Opened { session, target: None, _kept: None };
    match (prepared, lab) {
        (Prepared::Url(url), _) => Ok(plain(Session::connect(&ConnectOptions::new(*url, "surefoot")).await?)),
        (Prepared::Live(spec), _) => {
            if !spec.exists() {
                return Err(Error::Refused {
                    code: "no-database",
                    message: format!("{} does not exist yet", spec.describe()),
                    hint: "make it with: surefoot up".into(),
                });
            }
            let target = spec.open(std::time::Duration::from_secs(10)).await?;
            let session = target.look().await?;
            Ok(Opened { session, target: Some(target), _kept: None })
        }
        (Prepared::Kept(inner, kept), lab) => {
            let opened = Box::pin(opened(project, invocation, *inner, lab)).await?;
            Ok(Opened { _kept: Some(kept), ..opened })
        }
        (Prepared::Scripts(scripts) | Prepared::Prisma(_, scripts), Some(lab)) => {
            let url = lab.database("schema").await?;
            let session = lab.session(&url).await?;
            run_scripts(&session, &scripts, lab, &mut Vec::new()).await?;
            Ok(plain(session))
        }
        (Prepared::History(history), Some(lab)) => {
            let url = lab.database("history").await?;
            replay(&history, invocation, lab, &url).await?;
            Ok(plain(lab.session(&url).await?))
        }
        (Prepared::Catalog(_) | Prepared::Scripts(_) | Prepared::Prisma(..) | Prepared::History(_), _) => {
            Err(Error::Refused {
                code: "no-rows",
                message: "this schema was saved without its rows".into(),
                hint: "give a database, or text that makes one".into(),
            })
        }
    }
}

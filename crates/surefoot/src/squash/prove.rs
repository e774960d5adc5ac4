//! A checkpoint beside the history it stands for: the same catalog, the same rows, and the same after what follows.

use std::collections::BTreeMap;

use surefoot_executor::{Interrupt, Quiet, Runner};
use surefoot_introspect::{Difference, Options, Snapshot, snapshot};
use surefoot_journal::Journal;
use surefoot_pg::{ConnectUrl, Session};
use surefoot_plan::Work;
use surefoot_source::{Checkpoint, Migration, MigrationSet};

use super::works_of;
use crate::dump::rows::{Columns, fingerprint};
use crate::schema::Lab;
use crate::target::Target;
use crate::work::Workshop;
use crate::{Error, Invocation, Project, Result};

/// What comparing a checkpoint with its history has shown.
#[derive(Debug)]
pub struct CheckpointProof {
    /// The checkpoint's file.
    pub file: String,
    /// The last migration it stands for.
    pub id: String,
    /// Where it was tried.
    pub place: String,
    /// Objects that differ from those of the history.
    pub objects: Vec<Difference>,
    /// Tables and sequences whose rows or values differ.
    pub rows: Vec<String>,
    /// Objects that differ once what follows has run on both.
    pub later: Vec<Difference>,
    /// Why it could not be tried to the end.
    pub failure: Option<String>,
}

impl CheckpointProof {
    /// Whether it stands for its history.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.objects.is_empty() && self.rows.is_empty() && self.later.is_empty() && self.failure.is_none()
    }

    /// Everything that differs, as text.
    #[must_use]
    pub fn told(&self) -> String {
        let mut out: Vec<String> = self.failure.iter().cloned().collect();
        out.extend(self.objects.iter().map(ToString::to_string));
        out.extend(self.rows.iter().cloned());
        out.extend(self.later.iter().map(|d| format!("after what follows: {d}")));
        out.join("\n")
    }
}

/// A database that a history was replayed in, on a server of its own: roles are the server's.
pub(crate) struct Side {
    lab: Lab,
    url: ConnectUrl,
    before: Vec<String>,
}

/// What is compared.
pub(crate) struct Compared {
    snapshot: Snapshot,
    rows: BTreeMap<String, String>,
    columns: Columns,
    /// After what follows; or why it did not run.
    later: std::result::Result<Snapshot, String>,
}

impl Side {
    /// Replays the history up to a migration.
    pub(crate) async fn of_history(
        project: &Project,
        invocation: &Invocation,
        set: &MigrationSet,
        upto: &str,
        on: Option<&str>,
    ) -> Result<(Self, Vec<String>)> {
        let end = set.position(upto).unwrap_or_default();
        let migrations: Vec<&Migration> = set.migrations().iter().take(end + 1).filter(|m| !m.repeatable).collect();
        let side = Self::start(project, invocation, set, on).await?;
        let workshop = workshop(project, invocation, set, &side.lab)?;
        let warnings = side.lab.warnings.clone();
        let done = match crate::checkpoint::replay_works(&workshop, &migrations) {
            Ok(works) => side.apply(project, invocation, &works).await,
            Err(e) => Err(e),
        };
        match done {
            Ok(()) => Ok((side, warnings)),
            Err(e) => {
                side.stop().await?;
                Err(e)
            }
        }
    }

    async fn start(project: &Project, invocation: &Invocation, set: &MigrationSet, on: Option<&str>) -> Result<Self> {
        let (extensions, needs) = crate::schema::wants_of(project, set, None);
        let lab = Lab::start(Some(project), invocation, on, extensions, needs, None).await?;
        let begun = async {
            let url = lab.database("squash").await?;
            let session = lab.session(&url).await?;
            let rows = session.rows("SELECT rolname FROM pg_catalog.pg_roles").await;
            session.close().await;
            let before = rows?.into_iter().filter_map(|mut r| r.take(0)).collect();
            Ok::<_, Error>((url, before))
        }
        .await;
        match begun {
            Ok((url, before)) => Ok(Self { lab, url, before }),
            Err(e) => {
                lab.stop().await?;
                Err(e)
            }
        }
    }

    /// The roles that were there before.
    pub(crate) fn roles_before(&self) -> &[String] {
        &self.before
    }

    pub(crate) async fn session(&self) -> Result<Session> {
        self.lab.session(&self.url).await
    }

    pub(crate) async fn stop(self) -> Result<()> {
        self.lab.stop().await
    }

    async fn apply(&self, project: &Project, invocation: &Invocation, works: &[Work]) -> Result<()> {
        let target =
            Target::scratch("dev", project, self.url.clone(), self.lab.single_connection(), Default::default());
        let session = target.connect().await?;
        let journal = match Journal::open(&session, project.journal_schema(), Some(&project.name)).await? {
            Some(journal) => journal,
            None => crate::up::create_journal(project, invocation, &session).await?,
        };
        let mut runner = Runner::open(
            target.connector.clone(),
            target.spec.options.clone(),
            journal,
            session,
            invocation.run.clone(),
            invocation.actor.clone(),
            &Quiet,
            Interrupt::default(),
        )
        .await?;
        let mut done = Ok(());
        for work in works {
            if let Err(e) = runner.run(work).await {
                done = Err(Error::Run { done: Vec::new(), source: Box::new(e) });
                break;
            }
        }
        runner.finish().await?.close().await;
        done
    }

    /// Looks, runs what follows, and looks again.
    pub(crate) async fn compared(
        &self,
        project: &Project,
        invocation: &Invocation,
        set: &MigrationSet,
        later: &[&Migration],
    ) -> Result<Compared> {
        self.look(project, invocation, set, later, Columns::All).await
    }

    /// As [`Side::compared`], but for columns that another run of the same files may fill in another way.
    pub(crate) async fn compared_loosely(
        &self,
        project: &Project,
        invocation: &Invocation,
        set: &MigrationSet,
    ) -> Result<Compared> {
        self.look(project, invocation, set, &[], Columns::Repeatable).await
    }

    async fn look(
        &self,
        project: &Project,
        invocation: &Invocation,
        set: &MigrationSet,
        later: &[&Migration],
        columns: Columns,
    ) -> Result<Compared> {
        let excluded = project.own_schemas();
        let session = self.session().await?;
        let seen = async {
            let snapshot =
                snapshot(&session, &Options { excluded_schemas: excluded.clone(), ..Options::default() }).await?;
            let rows = fingerprint(&session, &excluded, columns).await?;
            Ok::<_, Error>((snapshot, rows))
        }
        .await;
        session.close().await;
        let (snapshot, rows) = seen?;
        let after = if later.is_empty() {
            Ok(snapshot.clone())
        } else {
            let workshop = workshop(project, invocation, set, &self.lab)?;
            match self.apply(project, invocation, &works_of(&workshop, later)?).await {
                Ok(()) => Ok(self.snapshot(&excluded).await?),
                Err(e) => Err(e.to_string()),
            }
        };
        Ok(Compared { snapshot, rows, columns, later: after })
    }

    async fn snapshot(&self, excluded: &[String]) -> Result<Snapshot> {
        let session = self.session().await?;
        let seen = snapshot(&session, &Options { excluded_schemas: excluded.to_vec(), ..Options::default() }).await;
        session.close().await;
        Ok(seen?)
    }
}

fn workshop<'a>(
    project: &'a Project,
    invocation: &Invocation,
    set: &'a MigrationSet,
    lab: &Lab,
) -> Result<Workshop<'a>> {
    let variables = project.sql_variables(invocation, "check")?;
    Ok(Workshop { project, set, variables, major: lab.major(), keep: false })
}

/// Proves every checkpoint of a set whose migrations have their files.
pub(crate) async fn prove_all(
    project: &Project,
    invocation: &Invocation,
    set: &MigrationSet,
    on: Option<&str>,
) -> Result<Vec<CheckpointProof>> {
    let mut out = Vec::new();
    let gone = |id: &str| set.get(id).is_none_or(|m| m.squashed);
    for checkpoint in set.checkpoints.iter().filter(|c| !c.replaces.iter().any(|r| gone(&r.id))) {
        if !checkpoint.stale.is_empty() {
            let other = checkpoint.stale.join(", ");
            out.push(CheckpointProof {
                file: checkpoint.file.path.clone(),
                id: checkpoint.id.clone(),
                place: String::new(),
                objects: Vec::new(),
                rows: Vec::new(),
                later: Vec::new(),
                failure: Some(format!(
                    "it was made from another text of {other}: surefoot squash --to {}",
                    checkpoint.id
                )),
            });
            continue;
        }
        let (side, _) = Side::of_history(project, invocation, set, &checkpoint.id, on).await?;
        let expected = side.compared_loosely(project, invocation, set).await;
        side.stop().await?;
        out.push(prove(project, invocation, set, checkpoint, on, &[], &expected?).await?);
    }
    Ok(out)
}

/// Applies a checkpoint to an empty database of a new server and compares.
pub(crate) async fn prove(
    project: &Project,
    invocation: &Invocation,
    set: &MigrationSet,
    checkpoint: &Checkpoint,
    on: Option<&str>,
    later: &[&Migration],
    expected: &Compared,
) -> Result<CheckpointProof> {
    let side = Side::start(project, invocation, set, on).await?;
    let mut proof = CheckpointProof {
        file: checkpoint.file.path.clone(),
        id: checkpoint.id.clone(),
        place: side.lab.place.clone(),
        objects: Vec::new(),
        rows: Vec::new(),
        later: Vec::new(),
        failure: None,
    };
    let tried = async {
        let workshop = workshop(project, invocation, set, &side.lab)?;
        let work = workshop.build_checkpoint(checkpoint)?;
        side.apply(project, invocation, &[work]).await?;
        side.look(project, invocation, set, later, expected.columns).await
    }
    .await;
    side.stop().await?;
    let got = match tried {
        Ok(got) => got,
        Err(e @ (Error::DevDb(_) | Error::Executor(surefoot_executor::Error::Interrupted { .. }))) => return Err(e),
        Err(e) => {
            proof.failure = Some(e.to_string());
            return Ok(proof);
        }
    };
    proof.objects = expected.snapshot.diff(&got.snapshot);
    for name in expected.rows.keys().chain(got.rows.keys()) {
        let (a, b) = (expected.rows.get(name), got.rows.get(name));
        if a != b && !proof.rows.iter().any(|told| told.starts_with(&format!("{name}: "))) {
            let none = "nothing".to_owned();
            proof.rows.push(format!(
                "{name}: {} after the history, {} after the checkpoint",
                a.unwrap_or(&none),
                b.unwrap_or(&none)
            ));
        }
    }
    match (&expected.later, &got.later) {
        (Ok(a), Ok(b)) if proof.objects.is_empty() => proof.later = a.diff(b),
        (Ok(_), Err(e)) => proof.failure = Some(format!("what follows does not run after it: {e}")),
        // What the history itself cannot do is not the checkpoint's fault.
        _ => {}
    }
    Ok(proof)
}

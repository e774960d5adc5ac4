//! `recover`: write files back that were deleted or changed after they were
//! applied, from the texts the journal keeps.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, json};
use surefoot_journal::{Event, EventKind, Journal, State};
use surefoot_pg::Session;
use surefoot_source::{MigrationSet, sha256_hex};

use crate::state::History;
use crate::target::{Target, TargetSpec};
use crate::{Error, Invocation, Project, Result};

/// What to recover.
#[derive(Debug, Clone, Default)]
pub struct RecoverOptions {
    /// These migrations; all of which a file is gone when empty.
    pub migrations: Vec<String>,
    /// Write over files that were changed.
    pub changed: bool,
    /// Only tell.
    pub dry_run: bool,
}

/// A file written back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// Migration id.
    pub id: String,
    /// Path within the project.
    pub path: String,
    /// Whether a changed file was written over.
    pub replaced: bool,
}

/// Writes files back from the journal.
///
/// # Errors
/// [`Error::Refused`] for a migration the journal does not know, or a changed file without `changed`.
pub async fn recover(
    project: &Project,
    invocation: &Invocation,
    set: &MigrationSet,
    target: &Target,
    options: &RecoverOptions,
) -> Result<Vec<Recovered>> {
    let session = target.connect().await?;
    let history = History::read(project, set, &target.spec.environment, Some(&session)).await?;
    let Some(journal) = history.journal.clone() else {
        return Err(recover_needs_journal(&target.spec));
    };
    let mut wanted = Vec::new();
    for reference in &options.migrations {
        let id = match history.recorded(reference) {
            Some(row) => row.id.clone(),
            None => set.find(reference)?.id.clone(),
        };
        if history.recorded(&id).is_none() {
            return Err(Error::Refused {
                code: "not-recorded",
                message: format!("the journal does not know migration {id}"),
                hint: "see `surefoot status`".into(),
            });
        }
        wanted.push(id);
    }
    let included = included_files(&journal, &session).await?;
    let none = Included::new();
    let mut jobs: Vec<(Recovered, String)> = Vec::new();
    let mut without_text = Vec::new();
    for row in &history.recorded {
        let named = wanted.contains(&row.id);
        // What a checkpoint stands for may be gone.
        let squashed = set.get(&row.id).is_some_and(|m| m.squashed);
        if !named && (!wanted.is_empty() || row.state == State::Reverted || squashed) {
            continue;
        }
        let files = [
            Some((&row.up_file, &row.up_sha256)),
            row.down_file.as_ref().zip(row.down_sha256.as_ref()),
            row.verify_file.as_ref().zip(row.verify_sha256.as_ref()),
        ];
        let own = files.into_iter().flatten();
        for (path, sha256) in own.chain(included.get(&row.id).unwrap_or(&none)) {
            if jobs.iter().any(|(job, _)| job.path == *path) {
                continue;
            }
            let disk = project.dir.path(path);
            let now = std::fs::read(&disk).ok();
            match &now {
                Some(bytes) if sha256_hex(bytes) == *sha256 => continue,
                Some(_) if !options.changed && !named => continue,
                Some(_) if !options.changed => {
                    return Err(Error::Refused {
                        code: "file-is-there",
                        message: format!("{path} is there, with another text"),
                        hint: format!(
                            "see the difference: surefoot verify; write over it: surefoot recover --changed {}",
                            row.id
                        ),
                    });
                }
                _ => {}
            }
            match journal.file(&session, sha256).await? {
                Some(text) => {
                    jobs.push((Recovered { id: row.id.clone(), path: path.clone(), replaced: now.is_some() }, text))
                }
                None => without_text.push(path.clone()),
            }
        }
    }
    if !without_text.is_empty() {
        return Err(Error::Refused {
            code: "no-text",
            message: format!("the journal has no text of {}", without_text.join(", ")),
            hint: "look in the version control system".into(),
        });
    }
    if !options.dry_run && !jobs.is_empty() {
        for (job, text) in &jobs {
            write(project, &job.path, text)?;
        }
        let mut detail = Map::new();
        detail.insert("files".into(), json!(jobs.iter().map(|(j, _)| j.path.clone()).collect::<Vec<_>>()));
        let event = Event {
            kind: EventKind::Recovered,
            migration: None,
            state: None,
            run: invocation.run.clone(),
            actor: invocation.actor.clone(),
            detail,
        };
        session.run(&journal.append_sql(None, &event)).await?;
    }
    session.close().await;
    Ok(jobs.into_iter().map(|(job, _)| job).collect())
}

/// The refusal for a target without a journal, also one that was never started.
pub fn recover_needs_journal(spec: &TargetSpec) -> Error {
    Error::Refused {
        code: "no-journal",
        message: format!("{} has no journal: there is nothing to recover from", spec.describe()),
        hint: "choose the environment where the migrations were applied: --env or --url".into(),
    }
}

/// Files that a migration includes with `\i` and `\ir`, by path.
pub(crate) type Included = BTreeMap<String, String>;

/// Path and SHA-256 of the files each migration included when it was last applied.
pub(crate) async fn included_files(journal: &Journal, session: &Session) -> Result<HashMap<String, Included>> {
    let mut out = HashMap::new();
    crate::history::since(journal, session, 0, |entry| {
        let detail = &entry.body["detail"];
        let Some(id) = entry.migration else { return };
        if entry.state.as_deref() != Some(State::Applied.as_str()) {
            return;
        }
        let files = detail["included"].as_object();
        let files: Included = files
            .into_iter()
            .flatten()
            .filter_map(|(path, sha256)| Some((path.clone(), sha256.as_str()?.to_owned())))
            .collect();
        out.insert(id, files);
    })
    .await?;
    Ok(out)
}

/// Writes beside the place and moves, so that a crash leaves no half file.
fn write(project: &Project, path: &str, text: &str) -> Result<()> {
    let disk = project.dir.path(path);
    let fail = |action: &'static str| {
        let path = path.to_owned();
        move |e: std::io::Error| Error::Io { action, path, reason: e.to_string() }
    };
    if let Some(parent) = disk.parent() {
        std::fs::create_dir_all(parent).map_err(fail("create the folder of"))?;
    }
    let beside = disk.with_extension("surefoot-tmp");
    std::fs::write(&beside, text).map_err(fail("write"))?;
    std::fs::rename(&beside, &disk).map_err(fail("write"))
}

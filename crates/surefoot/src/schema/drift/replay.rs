//! The schema that an applied history leads to: replayed on the dev database, and kept so that the next look is quick.

use std::path::Path;

use sha2::{Digest, Sha256};
use surefoot_catalog::Catalog;

use crate::check::choose_dev;
use crate::schema::Lab;
use crate::schema::drift::cache::{Cache, Kept};
use crate::schema::load::{History, Prepared, load};
use crate::schema::texts::io;
use crate::target::blocking;
use crate::{Error, Invocation, Project, Result};

/// A migration as it was applied.
#[derive(Debug)]
pub(crate) struct AppliedText {
    pub(crate) id: String,
    pub(crate) path: String,
    /// What the journal keeps; a migration that was only declared may have none.
    pub(crate) text: Option<String>,
}

/// The schema that a history leads to.
#[derive(Debug)]
pub(crate) struct Replayed {
    pub(crate) catalog: Catalog,
    pub(crate) place: String,
    pub(crate) warnings: Vec<String>,
    /// Whether it was known from an earlier replay.
    pub(crate) cached: bool,
}

/// Where to replay, and whether an earlier result will do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReplayOptions<'a> {
    pub(crate) on: Option<&'a str>,
    /// The major version of the target.
    pub(crate) major: u32,
    pub(crate) cached: bool,
}

/// Applies migrations in the texts they were applied in, whatever is on disk now, to a database of the lab.
pub(crate) async fn replay_recorded(
    project: &Project,
    invocation: &Invocation,
    applied: &[AppliedText],
    options: ReplayOptions<'_>,
) -> Result<Replayed> {
    let folder = tempfile::tempdir().map_err(|e| io("make", "a temporary folder", &e))?;
    lay_out(project, applied, folder.path())?;
    let invocation = Invocation { folder: folder.path().to_owned(), ..invocation.clone() };
    let copy = Project::open(&invocation)?.rehearsing();
    let copy = Project {
        name: project.name.clone(),
        source: surefoot_source::SourceConfig { dirs: project.source.dirs.clone(), ..copy.source.clone() },
        ..copy
    };
    let set = copy.load(None)?;
    let variables = copy.sql_variables(&invocation, "check")?;
    let only = applied.iter().map(|m| m.id.clone()).collect();
    let history = History { project: copy, set, at: None, only: Some(only) };
    let mut key = Key::new();
    key.history(&history, applied, folder.path())?;
    for (name, value) in &variables {
        key.add(name).add(value);
    }
    let prepared = Prepared::History(Box::new(history));
    let (extensions, needs) = prepared.wants();
    let choice = choose_dev(Some(project), &invocation, options.on, extensions, needs, Some(options.major)).await?;
    // A server that does not answer says so when it is started.
    let asked = choice.clone();
    let identity = blocking(move || Ok(asked.identity()?)).await.ok();
    let cache = identity.map(|identity| Cache::new(project, key.add(&identity).finish()));
    if options.cached
        && let Some(kept) = cache.as_ref().and_then(Cache::read)
    {
        return Ok(Replayed { catalog: kept.catalog, place: kept.place, warnings: kept.warnings, cached: true });
    }
    let lab = Lab::start_chosen(choice).await?;
    let loaded = load(Some(project), &invocation, prepared, Some(&lab)).await;
    let (place, mut warnings) = (lab.place.clone(), lab.warnings.clone());
    lab.stop().await?;
    let loaded = loaded.map_err(|e| does_not_replay(e, &place))?;
    warnings.extend(loaded.warnings);
    let kept = Kept { place, warnings, catalog: loaded.catalog };
    let unkept = cache.and_then(|cache| cache.write(&kept).err());
    let Kept { place, mut warnings, catalog } = kept;
    warnings.extend(unkept.map(|e| format!("the replay is not kept for the next time: {e}")));
    Ok(Replayed { catalog, place, warnings, cached: false })
}

/// What failed on the dev database failed nowhere else.
fn does_not_replay(error: Error, place: &str) -> Error {
    match error {
        Error::Run { source, .. } => Error::Schema {
            code: "history-does-not-replay",
            message: format!("the applied history does not replay on {place}: {source}"),
            hint:
                "the target was not touched; it may lean on what no migration makes (an extension, a role, rows): see \
                   docs/drift.md, and surefoot check"
                    .into(),
        },
        other => other,
    }
}

/// A copy of the project's migrations, with the applied ones in the texts the journal keeps.
fn lay_out(project: &Project, applied: &[AppliedText], folder: &Path) -> Result<()> {
    let put = |path: &str, text: &[u8]| -> Result<()> {
        let to = folder.join(path);
        let made = to.parent().map_or(Ok(()), std::fs::create_dir_all);
        made.and_then(|()| std::fs::write(&to, text)).map_err(|e| io("write", path, &e))
    };
    for path in std::iter::once(crate::CONFIG_FILE).chain(project.config.migrations.config_file.as_deref()) {
        if let Ok(bytes) = std::fs::read(project.dir.path(path)) {
            put(path, &bytes)?;
        }
    }
    for dir in &project.source.dirs {
        copy_folder(&project.dir.path(&dir.path), &folder.join(&dir.path))?;
    }
    for migration in applied {
        if let Some(text) = &migration.text {
            put(&migration.path, text.as_bytes())?;
        }
    }
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    let named = |path: &Path| path.display().to_string();
    let Ok(entries) = std::fs::read_dir(from) else { return Ok(()) };
    std::fs::create_dir_all(to).map_err(|e| io("make", &named(to), &e))?;
    for entry in entries.flatten() {
        let (path, hidden) = (entry.path(), entry.file_name().to_string_lossy().starts_with('.'));
        let target = to.join(entry.file_name());
        if hidden {
            continue;
        }
        if path.is_dir() {
            copy_folder(&path, &target)?;
        } else if path.is_file() {
            std::fs::copy(&path, &target).map_err(|e| io("copy", &named(&path), &e))?;
        }
    }
    Ok(())
}

/// Everything that a replay's result hangs on, as one hash.
struct Key(Sha256);

impl Key {
    fn new() -> Self {
        let mut key = Self(Sha256::new());
        // Another program may read a catalog into another model.
        key.add(env!("CARGO_PKG_VERSION")).add(&surefoot_introspect::fingerprint());
        key
    }

    fn add(&mut self, part: &str) -> &mut Self {
        self.0.update((part.len() as u64).to_le_bytes());
        self.0.update(part.as_bytes());
        self
    }

    /// The applied texts in their order, and what they may lean on: the settings, and the files they include.
    fn history(&mut self, history: &History, applied: &[AppliedText], folder: &Path) -> Result<&mut Self> {
        self.add(history.project.journal_schema());
        for migration in history.set.migrations() {
            let Some(row) = applied.iter().find(|a| a.id == migration.id) else { continue };
            let text = history.project.read_text(&migration.up.path)?;
            self.add(&row.id).add(&row.path).add(&text).add(&format!("{:?}", migration.directives));
            for file in &migration.includes {
                self.add(&file.path).add(&file.sha256);
            }
        }
        for path in std::iter::once(crate::CONFIG_FILE).chain(history.project.config.migrations.config_file.as_deref())
        {
            self.add(&std::fs::read_to_string(folder.join(path)).unwrap_or_default());
        }
        Ok(self)
    }

    fn finish(&mut self) -> String {
        hex::encode(self.0.clone().finalize())
    }
}

//! `watch`: a development database that follows the schema files while someone edits them.
//!
//! Files are looked at a few times a second: that works on every file system, and with every editor's way of saving.
//! Each round reads them, compares with the database, and applies the difference in a transaction. What does not load,
//! or would lose something that nobody agreed to lose, leaves the database as it is until the files change again.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::time::Duration;

use surefoot_catalog::{Catalog, Id, Kind};
use surefoot_devdb::Need;
use surefoot_diff::{Action, Script, Step};
use surefoot_executor::{Interrupt, Quiet, Runner};
use surefoot_introspect::Options;
use surefoot_journal::State;
use surefoot_pg::Session;

use crate::schema::compare::{Known, is_production, report};
use crate::schema::load::{load, prepare};
use crate::schema::rename::{AskRename, carry_out};
use crate::schema::same_words::same_words;
use crate::schema::{DiffOptions, DiffReport, Lab, SchemaSource};
use crate::target::Target;
use crate::{Error, History, Invocation, Project, Result, TargetSpec, refuse_protected};

/// Pause between two looks at the files.
const LOOK: Duration = Duration::from_millis(250);
/// Databases made in the throw-away server before it is replaced.
const ROUNDS_OF_A_LAB: usize = 40;

/// How to follow.
#[derive(Debug, Clone, Default)]
pub struct WatchOptions {
    /// Where to load text: `embedded`, `local`, or a URL; else as configured, else chosen.
    pub on: Option<String>,
    /// Apply what loses data without asking.
    pub accept_losses: bool,
    /// What looks like a rename is meant as a drop and an addition.
    pub accept_drops: bool,
    /// Renames, as `diff` takes them.
    pub renamed: Vec<String>,
}

/// Someone who can be asked whether data may go.
pub trait AskLosses: AskRename {
    /// Whether these may go; `None` when nobody is there to be asked.
    fn ask_losses<'a>(&'a self, losses: &'a [String]) -> Pin<Box<dyn Future<Output = Option<bool>> + 'a>>;
}

/// What came of one look at the files.
#[derive(Debug)]
pub enum WatchRound {
    /// The database is as the files say.
    Same,
    /// It was not, and is now.
    Applied(Box<DiffReport>),
    /// It is not, and stays so: these would be lost, and nobody agreed.
    Held {
        /// What would have been done.
        report: Box<DiffReport>,
        /// What would be lost.
        losses: Vec<String>,
    },
    /// The files do not load, or the database does not take what they say.
    Broken(Error),
}

/// A database that follows files.
#[derive(Debug)]
pub struct Watch<'a> {
    project: &'a Project,
    invocation: &'a Invocation,
    source: SchemaSource,
    options: WatchOptions,
    target: Target,
    lab: Option<Lab>,
    lab_has: (Vec<String>, Vec<Need>),
    lab_rounds: usize,
    rounds: usize,
    seen: Vec<(PathBuf, u64)>,
    /// Worth knowing.
    pub warnings: Vec<String>,
}

/// The schema files of a project when nobody names them: `schema.sql`, `schema/`, `schema.prisma` where Prisma has it.
///
/// # Errors
/// [`Error::Usage`] when there is none, or more than one.
pub fn default_source(project: &Project) -> Result<PathBuf> {
    let known = ["schema.sql", "schema", "db/schema.sql", "db/schema", "prisma/schema.prisma", "schema.prisma"];
    let found: Vec<&str> = known.into_iter().filter(|path| project.dir.path(path).exists()).collect();
    match found.as_slice() {
        [one] => Ok(project.dir.path(one)),
        [] => Err(Error::Usage {
            message: "there are no schema files to watch".into(),
            hint: format!("name them: surefoot watch db/model.sql (looked for: {})", known.join(", ")),
        }),
        several => Err(Error::Usage {
            message: format!("there are several schemas: {}", several.join(", ")),
            hint: format!("say which: surefoot watch {}", several[0]),
        }),
    }
}

impl<'a> Watch<'a> {
    /// Opens the target. Nothing is compared yet.
    ///
    /// # Errors
    /// [`Error::Refused`] when the target is protected or called production; [`Error::Usage`] when the source is not made
    /// of files.
    pub async fn start(
        project: &'a Project,
        invocation: &'a Invocation,
        source: SchemaSource,
        spec: TargetSpec,
        options: WatchOptions,
        patience: Duration,
    ) -> Result<Self> {
        if !matches!(source, SchemaSource::Sql(_) | SchemaSource::Prisma(_)) {
            return Err(Error::Usage {
                message: format!("{source} cannot be watched"),
                hint: "give SQL files, a folder of them, or a schema.prisma; `surefoot dev` applies migrations".into(),
            });
        }
        refuse_protected(project, invocation, &spec, "surefoot watch")?;
        if is_production(project, &spec.environment) {
            return Err(Error::Refused {
                code: "protected",
                message: format!("environment {} is no place for `surefoot watch`", spec.environment),
                hint: "choose a development database with --env or --url".into(),
            });
        }
        let target = spec.open(patience).await?;
        let mut watch = Self {
            project,
            invocation,
            source,
            options,
            target,
            lab: None,
            lab_has: (Vec::new(), Vec::new()),
            lab_rounds: 0,
            rounds: 0,
            seen: Vec::new(),
            warnings: Vec::new(),
        };
        if let Err(e) = watch.look_at_history().await {
            watch.target.close().await?;
            return Err(e);
        }
        Ok(watch)
    }

    /// The database that follows.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// One round: reads the files and makes the database as they say.
    pub async fn round(&mut self, ask: &dyn AskLosses, interrupt: &Interrupt) -> WatchRound {
        self.seen = self.files();
        let done = self.try_round(ask, interrupt).await.unwrap_or_else(WatchRound::Broken);
        self.rounds += 1;
        done
    }

    /// Waits until the files are other ones than those of the last round, and have come to rest. `false` when
    /// interrupted.
    pub async fn changed(&self, interrupt: &Interrupt) -> bool {
        let mut before = self.seen.clone();
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = interrupt.raised() => return false,
            }
            let now = self.files();
            if now == before && now != self.seen {
                return true;
            }
            before = now;
        }
    }

    /// Stops what was started.
    ///
    /// # Errors
    /// When that fails.
    pub async fn close(self) -> Result<()> {
        let stopped = match self.lab {
            Some(lab) => lab.stop().await,
            None => Ok(()),
        };
        self.target.close().await?;
        stopped
    }

    /// A target that migrations made will be ahead of them.
    async fn look_at_history(&mut self) -> Result<()> {
        let set = self.project.load(None)?;
        let session = self.target.look().await?;
        let history = History::read(self.project, &set, &self.target.spec.environment, Some(&session)).await;
        session.close().await;
        let applied = history?.recorded.iter().filter(|r| r.state == State::Applied).count();
        if applied > 0 {
            let are = if applied == 1 { "migration is" } else { "migrations are" };
            self.warnings.push(format!(
                "{applied} {are} applied here, and the files will get ahead of them; when the change is done: \
                 surefoot new NAME --from-schema, then surefoot resolve --applied ID"
            ));
        }
        Ok(())
    }

    async fn try_round(&mut self, ask: &dyn AskLosses, interrupt: &Interrupt) -> Result<WatchRound> {
        let prepared = prepare(Some(self.project), self.invocation, &self.source, None)?;
        let there = self.read().await?;
        self.lab_for(prepared.wants(), there.major()).await?;
        let known = Known::of(None, &prepared, &self.options.renamed)?;
        let mut warnings = known.warnings.clone();
        let wanted = load(Some(self.project), self.invocation, prepared, self.lab.as_ref()).await?;
        warnings.extend(wanted.warnings);
        let from = SchemaSource::Environment(self.target.spec.environment.clone());
        let sides = (&from, &self.source);
        let there = match &self.lab {
            Some(lab) => same_words(lab, there, &wanted.catalog, &mut warnings).await?,
            None => there,
        };
        let known = known.rounds(sides, (&there, &wanted.catalog), self.options.accept_drops, ask);
        let (project, invocation, on) = (self.project, self.invocation, self.options.on.clone());
        let has = self.lab_has.clone();
        let there_major = there.major();
        let start =
            || Lab::start(Some(project), invocation, on.as_deref(), has.0.clone(), has.1.clone(), Some(there_major));
        let renamed = carry_out(known, there.clone(), &wanted.catalog, &mut self.lab, start).await?;
        let options = DiffOptions { online: Some(false), ..DiffOptions::default() };
        let report = report(sides, &there, renamed, &wanted.catalog, &options, None, warnings)?;
        if report.is_same() {
            return Ok(WatchRound::Same);
        }
        let losses = self.losses(&report.script, &there).await?;
        if !losses.is_empty() && !self.options.accept_losses && ask.ask_losses(&losses).await != Some(true) {
            return Ok(WatchRound::Held { report: Box::new(report), losses });
        }
        self.apply(&report.script, interrupt).await?;
        Ok(WatchRound::Applied(Box::new(report)))
    }

    /// A throw-away database with what the text needs; the one of the last round when it will do.
    async fn lab_for(&mut self, (extensions, needs): (Vec<String>, Vec<Need>), major: u32) -> Result<()> {
        let has =
            extensions.iter().all(|e| self.lab_has.0.contains(e)) && needs.iter().all(|n| self.lab_has.1.contains(n));
        self.lab_rounds += 1;
        if self.lab.is_some() && has && self.lab_rounds < ROUNDS_OF_A_LAB {
            return Ok(());
        }
        if let Some(lab) = self.lab.take() {
            lab.stop().await?;
        }
        let on = self.options.on.as_deref();
        let lab =
            Lab::start(Some(self.project), self.invocation, on, extensions.clone(), needs.clone(), Some(major)).await?;
        if self.rounds == 0 {
            self.warnings.extend(lab.warnings.iter().cloned());
        }
        (self.lab, self.lab_has, self.lab_rounds) = (Some(lab), (extensions, needs), 0);
        Ok(())
    }

    async fn read(&self) -> Result<Catalog> {
        let session = self.target.look().await?;
        let options = Options { excluded_schemas: self.project.own_schemas(), ..Options::default() };
        let catalog = surefoot_introspect::catalog(&session, &options).await;
        session.close().await;
        Ok(catalog?)
    }

    /// What a script would lose: rows that there are, and in the first round whatever it drops, because the database may
    /// not be the one that was meant.
    async fn losses(&self, script: &Script, there: &Catalog) -> Result<Vec<String>> {
        let mut out = Vec::new();
        let session = self.target.look().await?;
        let looked = async {
            for step in &script.steps {
                if self.rounds == 0 && step.action == Action::Drop && step.object.sub.is_empty() {
                    out.push(step.object.to_string());
                } else if let Some(loss) = &step.loss
                    && has_rows(&session, step, there).await?
                {
                    out.push(loss.clone());
                }
            }
            Ok::<_, Error>(())
        }
        .await;
        session.close().await;
        looked?;
        Ok(out)
    }

    async fn apply(&self, script: &Script, interrupt: &Interrupt) -> Result<()> {
        let session = self.target.connect().await?;
        let done = async {
            Runner::lock(&session, self.project.journal_schema(), &self.target.spec.options, &Quiet, interrupt).await?;
            let major = session.major();
            let mut open = false;
            for step in &script.steps {
                if !open && !step.alone {
                    session.run("BEGIN; SET LOCAL check_function_bodies = off").await?;
                    open = true;
                } else if open && step.alone {
                    session.run("COMMIT").await?;
                    open = false;
                }
                if let Err(e) = session.run(&step.sql).await {
                    return Err(refused(step, &e));
                }
                // A new value of an enum can be used once its transaction has ended.
                if open && surefoot_effects::effects(&step.sql, major).adds_enum_value.is_some() {
                    session.run("COMMIT").await?;
                    open = false;
                }
            }
            if open {
                session.run("COMMIT").await?;
            }
            Ok(())
        }
        .await;
        // What is open is rolled back with the session.
        session.close().await;
        done
    }

    /// The files with hashes of their texts. One that cannot be read is not there: reading it tells why.
    fn files(&self) -> Vec<(PathBuf, u64)> {
        let (path, extension) = match &self.source {
            SchemaSource::Prisma(path) => (path, "prisma"),
            SchemaSource::Sql(path) => (path, "sql"),
            _ => return Vec::new(),
        };
        let mut out = Vec::new();
        collect(path, extension, &mut out);
        out.sort();
        out
    }
}

fn collect(path: &Path, extension: &str, out: &mut Vec<(PathBuf, u64)>) {
    if !path.is_dir() {
        let Ok(text) = std::fs::read(path) else { return };
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        out.push((path.to_owned(), hasher.finish()));
        return;
    }
    for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
        let path = entry.path();
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if !hidden && (path.is_dir() || path.extension().is_some_and(|e| e == extension)) {
            collect(&path, extension, out);
        }
    }
}

/// Whether the relation that a step takes something from holds a row. One that is called otherwise now is taken to.
async fn has_rows(session: &Session, step: &Step, there: &Catalog) -> Result<bool> {
    let id: &Id = &step.object;
    let table = id.with_kind_only(Kind::Table);
    if there.get(&table).is_none() {
        return Ok(true);
    }
    let rows = session.rows(&format!("SELECT 1 FROM {} LIMIT 1", table.relation())).await?;
    Ok(!rows.is_empty())
}

fn refused(step: &Step, error: &surefoot_pg::Error) -> Error {
    let first = step.sql.lines().next().unwrap_or_default();
    Error::Schema {
        code: "database-refuses",
        message: format!("{first}: {error}"),
        hint: error.hint().unwrap_or_else(|| "nothing was changed; correct the files, or the data".into()),
    }
}

//! `check`: prove a history on a throw-away database.
//!
//! Each migration goes up, down and up again, and the catalog is compared after
//! each step; at the end everything goes down to the base and up once more. A
//! rollback that fails, does nothing or leaves another schema is named, with
//! the objects that differ.

mod junit;
mod rows;

use std::sync::Arc;
use std::time::{Duration, Instant};

use surefoot_devdb::{Choice, Need, Request, Server, Surroundings, choose, find_binaries};
use surefoot_executor::{Interrupt, Observer, RunOptions, Runner};
use surefoot_introspect::{Difference, Options, Snapshot, snapshot};
use surefoot_journal::{Journal, Recorded};
use surefoot_pg::{ConnectOptions, ConnectUrl, Session};
use surefoot_plan::{Direction, Work};
use surefoot_source::{Graph, Migration, MigrationSet};

pub use self::junit::junit;
use crate::check::rows::Noted;
use crate::target::{Place, Target, TargetSpec, blocking, stop};
use crate::work::Workshop;
use crate::{Error, Invocation, Project, Result};

/// How to check.
#[derive(Debug, Clone, Default)]
pub struct CheckOptions {
    /// `embedded`, `local`, or a URL; else as configured, else chosen.
    pub on: Option<String>,
    /// A migration without a rollback is no finding.
    pub allow_no_down: bool,
}

/// What became of a migration's rollback.
#[derive(Debug)]
pub enum Proof {
    /// Up, down, up: catalogs equal.
    Proven {
        /// Only the order of columns differed after the rollback.
        order_only: bool,
    },
    /// There is none.
    Missing,
    /// The configuration says that there is none.
    NotSupported,
    /// It failed.
    Fails(Box<surefoot_executor::Error>),
    /// It left another schema than before the migration.
    Differs(Vec<Difference>),
    /// After it the migration did not apply again.
    UpAgainFails(Box<surefoot_executor::Error>),
    /// After it the migration applied again, but gave another schema.
    UpAgainDiffers(Vec<Difference>),
    /// The rollback does not give back the rows that its migration dropped, although the attic has them.
    LosesRows(Vec<String>),
    /// A repeatable has nothing to go back to.
    Repeatable,
}

impl Proof {
    /// The stable word.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Proven { .. } => "proven",
            Self::Missing => "missing",
            Self::NotSupported => "not supported",
            Self::Fails(_) => "fails",
            Self::Differs(_) => "differs",
            Self::UpAgainFails(_) => "up again fails",
            Self::UpAgainDiffers(_) => "up again differs",
            Self::LosesRows(_) => "loses rows",
            Self::Repeatable => "repeatable",
        }
    }
}

/// One migration's result.
#[derive(Debug)]
pub struct Checked {
    /// Migration id.
    pub id: String,
    /// Description.
    pub name: String,
    /// File.
    pub file: String,
    /// How long all of it took.
    pub elapsed: Duration,
    /// Objects the migration added, removed or changed.
    pub changes: usize,
    /// The rollback.
    pub proof: Proof,
}

/// How the whole went.
#[derive(Debug)]
pub enum Cycle {
    /// Down to the base and up again gave the same catalogs.
    Proven,
    /// Not tried, and why.
    Skipped(String),
    /// It failed.
    Fails(Box<Error>),
    /// The base differs from the empty database.
    BaseDiffers(Vec<Difference>),
    /// The second way up gave another schema.
    TopDiffers(Vec<Difference>),
}

/// A check's result.
#[derive(Debug)]
pub struct CheckReport {
    /// Where it ran, in words.
    pub place: String,
    /// Why there.
    pub reason: String,
    /// Version of PostgreSQL.
    pub version: String,
    /// Results, in order.
    pub migrations: Vec<Checked>,
    /// A migration that did not go up; what follows it was not tried.
    pub failure: Option<Error>,
    /// The whole.
    pub cycle: Cycle,
    /// Worth knowing.
    pub warnings: Vec<String>,
    /// How long it took.
    pub elapsed: Duration,
    /// Hash of the final catalog.
    pub schema_hash: String,
    /// Checkpoints beside the migrations they stand for; not those whose migrations have no files any more.
    pub checkpoints: Vec<crate::CheckpointProof>,
}

impl CheckReport {
    /// Whether everything is proven, with migrations without a rollback allowed or not.
    pub fn passed(&self, allow_no_down: bool) -> bool {
        let fine = |p: &Proof| match p {
            Proof::Proven { .. } | Proof::Repeatable | Proof::NotSupported => true,
            Proof::Missing => allow_no_down,
            Proof::Fails(_)
            | Proof::Differs(_)
            | Proof::UpAgainFails(_)
            | Proof::UpAgainDiffers(_)
            | Proof::LosesRows(_) => false,
        };
        self.failure.is_none()
            && self.migrations.iter().all(|m| fine(&m.proof))
            && matches!(self.cycle, Cycle::Proven | Cycle::Skipped(_))
            && self.checkpoints.iter().all(crate::CheckpointProof::holds)
    }
}

/// Told after each migration.
pub type OnChecked<'a> = &'a (dyn Fn(&Checked) + Send + Sync);

/// Starts the dev database for a set of works.
pub(crate) async fn start_dev(
    project: &Project,
    invocation: &Invocation,
    on: Option<&str>,
    set: &MigrationSet,
    works: &[Work],
) -> Result<(Server, Choice)> {
    let extensions: Vec<String> = works
        .iter()
        .flat_map(|w| w.units.iter().flat_map(|u| &u.statements))
        .filter_map(|p| p.effects.extension.clone())
        .collect();
    // Where the place is given nothing is chosen by the version.
    let major = if on.is_none() { target_major(project, invocation, set).await } else { None };
    start_dev_for(Some(project), invocation, on, extensions, needs(works), major).await
}

/// Starts a dev database that has these extensions and can do what is needed, of the version that is configured, else
/// of `major`.
pub(crate) async fn start_dev_for(
    project: Option<&Project>,
    invocation: &Invocation,
    on: Option<&str>,
    extensions: Vec<String>,
    needs: Vec<Need>,
    major: Option<u32>,
) -> Result<(Server, Choice)> {
    let choice = choose_dev(project, invocation, on, extensions, needs, major).await?;
    blocking(move || {
        let server = choice.start(surefoot_devdb::Observer::default())?;
        Ok((server, choice))
    })
    .await
}

/// Chooses a dev database, as [`start_dev_for`] does, and does not start it.
pub(crate) async fn choose_dev(
    project: Option<&Project>,
    invocation: &Invocation,
    on: Option<&str>,
    mut extensions: Vec<String>,
    needs: Vec<Need>,
    major: Option<u32>,
) -> Result<Choice> {
    let configured = on
        .map(str::to_owned)
        .or_else(|| invocation.variables.get("SUREFOOT_DEV_URL").filter(|u| !u.is_empty()).cloned())
        .or_else(|| {
            let url = project?.config.dev.url.as_deref()?;
            crate::config::interpolate(url, &invocation.variables).ok()
        });
    let ignored: Vec<String> = project.map(|p| p.config.dev.ignore.clone()).unwrap_or_default();
    let mut left_out: Vec<String> = extensions.iter().filter(|e| ignored.contains(e)).cloned().collect();
    left_out.sort();
    left_out.dedup();
    extensions.retain(|e| !ignored.contains(e));
    extensions.sort();
    extensions.dedup();
    let place = configured.as_deref();
    let request = Request {
        url: place.filter(|p| !["embedded", "local"].contains(p)).map(str::to_owned),
        major: project.and_then(|p| p.config.dev.major).or(major),
        extensions,
        needs,
        binaries: if place == Some("embedded") { Vec::new() } else { find_binaries(&Surroundings::of_process()) },
    };
    let asked = on.is_some_and(|on| !["embedded", "local"].contains(&on));
    let forced = place.filter(|p| ["embedded", "local"].contains(p)).map(str::to_owned);
    blocking(move || {
        let choice = match forced.as_deref() {
            Some("local") => match request.binaries.first() {
                Some(found) => Choice {
                    source: surefoot_devdb::Source::Local(found.clone()),
                    reason: format!("asked for: PostgreSQL {} in {}", found.version, found.bindir.display()),
                    passed_over: Vec::new(),
                    other_major: None,
                },
                None => {
                    return Err(Error::Refused {
                        code: "no-binaries",
                        message: "no PostgreSQL binaries were found on this machine".into(),
                        hint: "install PostgreSQL, set PG_BIN to its bin folder, or use --on embedded".into(),
                    });
                }
            },
            Some(_) => Choice {
                source: surefoot_devdb::Source::Embedded,
                reason: "asked for".into(),
                passed_over: Vec::new(),
                other_major: None,
            },
            None => choose(&request)?,
        };
        let mut choice = choice;
        choice.passed_over.extend(left_out.iter().map(|e| format!("extension {e} is left out ([dev] ignore)")));
        Ok(if asked { Choice { reason: "asked for".into(), ..choice } } else { choice })
    })
    .await
}

/// The major version of the target, which the dev database should have: asked where it is a server that answers at once.
async fn target_major(project: &Project, invocation: &Invocation, set: &MigrationSet) -> Option<u32> {
    let Ok(TargetSpec { place: Place::Url(url), .. }) = TargetSpec::resolve(project, invocation, Some(set)) else {
        return None;
    };
    let mut options = ConnectOptions::new(*url, format!("surefoot {} check", project.name));
    options.timeout = Duration::from_secs(2);
    let session = Session::connect(&options).await.ok()?;
    let major = session.major();
    session.close().await;
    Some(major)
}

/// What the files need that not every dev database has.
pub(crate) fn needs(works: &[Work]) -> Vec<Need> {
    let mut out = Vec::new();
    for work in works {
        for planned in work.units.iter().flat_map(|u| &u.statements) {
            let text = work.script.text(&work.script.statements[planned.index]);
            if has_handler(text) {
                push(&mut out, Need::CaughtErrors);
            }
            if matches!(planned.effects.transaction, surefoot_effects::TransactionRule::MayCommit { .. })
                && planned.effects.tag == "DO"
                || surefoot_plan::committing_procedure(text).is_some()
            {
                push(&mut out, Need::TransactionControl);
            }
        }
    }
    out
}

fn push(list: &mut Vec<Need>, need: Need) {
    if !list.contains(&need) {
        list.push(need);
    }
}

/// `EXCEPTION WHEN` in a body.
pub(crate) fn has_handler(text: &str) -> bool {
    let mut words = text.split_ascii_whitespace();
    while let Some(word) = words.next() {
        if word.eq_ignore_ascii_case("exception")
            && words.clone().next().is_some_and(|w| w.eq_ignore_ascii_case("when"))
        {
            return true;
        }
    }
    false
}

/// Proves the history of a project.
///
/// # Errors
/// When the dev database cannot be started or the migrations cannot be read. What the migrations do wrong is in the
/// report.
pub async fn check(
    project: &Project,
    invocation: &Invocation,
    set: &MigrationSet,
    options: &CheckOptions,
    observer: &dyn Observer,
    interrupt: &Interrupt,
    on_checked: OnChecked<'_>,
) -> Result<CheckReport> {
    let started = Instant::now();
    let graph = Graph::of(set);
    let heads = graph.heads();
    if heads.len() > 1 {
        return Err(Error::Refused {
            code: "two-heads",
            message: format!("the history has {} heads: {}", heads.len(), heads.join(", ")),
            hint: format!("join them: surefoot merge {}", heads.join(" ")),
        });
    }
    let migrations: Vec<&Migration> = set.migrations().iter().collect();
    let rehearsed = project.rehearsing();
    let project = &rehearsed;
    let variables = project.sql_variables(invocation, "check")?;
    let mut workshop = Workshop { project, set, variables, major: 17, keep: true };
    // Parsed once to know what the dev database must offer.
    let works = crate::checkpoint::replay_works(&workshop, &migrations)?;
    let (server, choice) = start_dev(project, invocation, options.on.as_deref(), set, &works).await?;
    drop(works);
    let (version, single, major) = (server.version(), server.single_connection(), server.major());
    workshop.major = major;
    let place = match server.kind() {
        surefoot_devdb::Kind::Embedded => format!("embedded PostgreSQL {version}"),
        surefoot_devdb::Kind::LocalBinaries { .. } => format!("private PostgreSQL {version}"),
        surefoot_devdb::Kind::Url => format!("scratch database on PostgreSQL {version}"),
    };
    let server = Arc::new(server);
    let url = ConnectUrl::parse(&server.url()).map_err(surefoot_pg::Error::from)?;
    let options_of_run = RunOptions { attic: project.attic(), ..RunOptions::default() };
    let target = Target::scratch("check", project, url, single, options_of_run);
    let mut report = CheckReport {
        place,
        reason: choice.reason.clone(),
        version,
        migrations: Vec::new(),
        failure: None,
        cycle: Cycle::Skipped("nothing was applied".into()),
        warnings: choice.passed_over.clone(),
        elapsed: Duration::ZERO,
        schema_hash: String::new(),
        checkpoints: Vec::new(),
    };
    if let Some((wanted, have)) = choice.other_major {
        report.warnings.push(format!("the target has PostgreSQL {wanted}, the dev database {have}"));
    }
    let result = run(project, invocation, set, &workshop, &target, observer, interrupt, on_checked, &mut report).await;
    if let Some(server) = Arc::into_inner(server) {
        stop(server).await?;
    }
    result?;
    if report.failure.is_none() {
        report.checkpoints = crate::squash::prove_all(project, invocation, set, options.on.as_deref()).await?;
    }
    report.elapsed = started.elapsed();
    Ok(report)
}

#[expect(clippy::too_many_arguments, reason = "the inside of `check`, split off so that the server is always stopped")]
async fn run(
    project: &Project,
    invocation: &Invocation,
    set: &MigrationSet,
    workshop: &Workshop<'_>,
    target: &Target,
    observer: &dyn Observer,
    interrupt: &Interrupt,
    on_checked: OnChecked<'_>,
    report: &mut CheckReport,
) -> Result<()> {
    let session = target.connect().await?;
    Runner::lock(&session, project.journal_schema(), &target.spec.options, observer, interrupt).await?;
    let all: Vec<&Migration> = set.migrations().iter().collect();
    let mut works = crate::checkpoint::replay_works(workshop, &all)?;
    crate::preflight::preflight(target, &session, None, &works).await?;
    let journal = crate::up::create_journal(project, invocation, &session).await?;
    let mut runner = Runner::open(
        target.connector.clone(),
        target.spec.options.clone(),
        journal,
        session,
        invocation.run.clone(),
        invocation.actor.clone(),
        observer,
        interrupt.clone(),
    )
    .await?;
    let look = Options { excluded_schemas: project.own_schemas(), ..Options::default() };
    // Where files are gone the history begins with a checkpoint, which has no way back.
    let start = if works.first().is_some_and(|w| !w.replaces.is_empty()) { Some(works.remove(0)) } else { None };
    if let Some(start) = &start {
        runner.run(start).await.map_err(|e| Error::Run { done: Vec::new(), source: Box::new(e) })?;
    }
    let covered = |m: &&&Migration| !start.iter().flat_map(|s| &s.replaces).any(|r| r.id == m.id);
    let migrations: Vec<&Migration> = all.iter().filter(covered).copied().collect();
    let empty = snapshot(runner.session(), &look).await?;
    let mut before = empty.clone();
    for (migration, work) in migrations.iter().copied().zip(&works) {
        let begun = Instant::now();
        let mut noted = if work.keeps() && migration.down.is_some() {
            Noted::before(runner.session(), work).await?
        } else {
            Noted::default()
        };
        let mut went = runner.run(work).await;
        if went.is_err() && noted.has_samples() && !runner.session().is_closed() {
            // It may work on empty tables only: then its rows cannot be tried.
            noted.clear(runner.session(), &project.attic_schema(), &migration.id).await?;
            noted = Noted::default();
            went = runner.run(work).await;
        }
        if let Err(e) = went {
            if matches!(e, surefoot_executor::Error::Interrupted { .. }) {
                return Err(e.into());
            }
            let done = Vec::new();
            report.failure = Some(Error::Run { done, source: Box::new(e) });
            report.cycle = Cycle::Skipped(format!("migration {} does not apply", migration.id));
            return Ok(());
        }
        let after = snapshot(runner.session(), &look).await?;
        let proof = prove(&mut runner, workshop, migration, work, &look, (&before, &after), &noted).await?;
        noted.clear(runner.session(), &project.attic_schema(), &migration.id).await?;
        let checked = Checked {
            id: migration.id.clone(),
            name: migration.name.clone(),
            file: migration.up.path.clone(),
            elapsed: begun.elapsed(),
            changes: before.diff(&after).iter().filter(|d| d.part_of.is_none()).count(),
            proof,
        };
        on_checked(&checked);
        let stuck = matches!(checked.proof, Proof::UpAgainFails(_));
        let half = matches!(&checked.proof, Proof::Fails(_)) && is_half(&runner, &migration.id).await?;
        report.migrations.push(checked);
        if stuck || half {
            report.cycle = Cycle::Skipped(format!("migration {} does not go down and up again", migration.id));
            return Ok(());
        }
        // A rollback that leaves another schema spoils what follows; what it left is not held against the next.
        before = snapshot(runner.session(), &look).await?;
    }
    report.schema_hash = before.hash();
    report.cycle = cycle(&mut runner, project, &migrations, workshop, &works, &look, &empty, &before).await?;
    runner.finish().await?.close().await;
    Ok(())
}

async fn prove(
    runner: &mut Runner<'_>,
    workshop: &Workshop<'_>,
    migration: &Migration,
    work: &Work,
    look: &Options,
    (before, after): (&Snapshot, &Snapshot),
    noted: &Noted,
) -> Result<Proof> {
    if migration.repeatable && migration.down.is_none() {
        return Ok(Proof::Repeatable);
    }
    if migration.down.is_none() {
        return Ok(if migration.rollback_supported == Some(false) { Proof::NotSupported } else { Proof::Missing });
    }
    let rows = runner.journal().migrations(runner.session()).await?;
    let row = rows.iter().find(|r| r.id == migration.id);
    let down = workshop.build_all(&[(migration, row)], Direction::Down)?;
    for work in &down {
        if let Err(e) = runner.run(work).await {
            if matches!(e, surefoot_executor::Error::Interrupted { .. }) {
                return Err(e.into());
            }
            return Ok(Proof::Fails(Box::new(e)));
        }
    }
    let back = snapshot(runner.session(), look).await?;
    let (differences, order_only) = judge(before.diff(&back));
    let missing = if differences.is_empty() { noted.missing(runner.session()).await? } else { Vec::new() };
    if let Err(e) = runner.run(work).await {
        if matches!(e, surefoot_executor::Error::Interrupted { .. }) {
            return Err(e.into());
        }
        return Ok(if differences.is_empty() { Proof::UpAgainFails(Box::new(e)) } else { Proof::Differs(differences) });
    }
    if !differences.is_empty() {
        return Ok(Proof::Differs(differences));
    }
    if !missing.is_empty() {
        return Ok(Proof::LosesRows(missing));
    }
    let again = snapshot(runner.session(), look).await?;
    let (differences, _) = judge(after.diff(&again));
    if differences.is_empty() { Ok(Proof::Proven { order_only }) } else { Ok(Proof::UpAgainDiffers(differences)) }
}

/// Differences that count, and whether there were others, in column order alone.
fn judge(differences: Vec<Difference>) -> (Vec<Difference>, bool) {
    let order_only = differences.iter().any(|d| d.order_only);
    (differences.into_iter().filter(|d| !d.order_only && d.part_of.is_none()).collect(), order_only)
}

async fn is_half(runner: &Runner<'_>, id: &str) -> Result<bool> {
    let rows = runner.journal().migrations(runner.session()).await?;
    Ok(rows.iter().any(|r| r.id == id && r.state != surefoot_journal::State::Applied))
}

#[expect(clippy::too_many_arguments, reason = "the last act of `check`")]
async fn cycle(
    runner: &mut Runner<'_>,
    project: &Project,
    migrations: &[&Migration],
    workshop: &Workshop<'_>,
    works: &[Work],
    look: &Options,
    empty: &Snapshot,
    top: &Snapshot,
) -> Result<Cycle> {
    let without: Vec<&str> =
        migrations.iter().filter(|m| !m.repeatable && m.down.is_none()).map(|m| m.id.as_str()).collect();
    if migrations.is_empty() {
        return Ok(Cycle::Skipped("there are no migrations".into()));
    }
    if !without.is_empty() {
        return Ok(Cycle::Skipped(format!("no rollback for {}", without.join(", "))));
    }
    let rows = runner.journal().migrations(runner.session()).await?;
    let down: Vec<(&Migration, Option<&Recorded>)> = migrations
        .iter()
        .rev()
        .filter(|m| m.down.is_some())
        .map(|m| (*m, rows.iter().find(|r| r.id == m.id)))
        .collect();
    for work in workshop.build_all(&down, Direction::Down)? {
        if let Err(e) = runner.run(&work).await {
            return Ok(Cycle::Fails(Box::new(Error::Run { done: Vec::new(), source: Box::new(e) })));
        }
    }
    let base = snapshot(runner.session(), look).await?;
    // Repeatables without a rollback stay; what they left is theirs.
    let stays = migrations.iter().any(|m| m.repeatable && m.down.is_none());
    let (differences, _) = judge(empty.diff(&base));
    if !differences.is_empty() && !stays {
        return Ok(Cycle::BaseDiffers(differences));
    }
    // Repeatables run again after a rollback, as `up` does.
    for work in works {
        if let Err(e) = runner.run(work).await {
            return Ok(Cycle::Fails(Box::new(Error::Run { done: Vec::new(), source: Box::new(e) })));
        }
    }
    let again = snapshot(runner.session(), look).await?;
    let (differences, _) = judge(top.diff(&again));
    if !differences.is_empty() {
        return Ok(Cycle::TopDiffers(differences));
    }
    let journal: &Journal = runner.journal();
    if let Some(finding) = journal.quick_check(runner.session()).await? {
        return Ok(Cycle::Fails(Box::new(
            surefoot_journal::Error::Altered { schema: project.journal_schema().to_owned(), what: finding.what }.into(),
        )));
    }
    Ok(Cycle::Proven)
}

/// Differences as text.
pub fn differences(list: &[Difference]) -> String {
    list.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

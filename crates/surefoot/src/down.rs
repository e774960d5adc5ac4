//! `down`: roll back what is applied, newest first.

use surefoot_executor::{Interrupt, Observer, Runner};
use surefoot_journal::Recorded;
use surefoot_plan::Direction;
use surefoot_source::{Migration, MigrationSet};

use crate::preflight::preflight;
use crate::state::{History, with_file};
use crate::target::Target;
use crate::up::{RunReport, altered, finish, hook_input, record_refusal, refuse_unless_single, run_all};
use crate::work::Workshop;
use crate::{Error, Invocation, Project, Result, command};

/// How far to roll back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DownTo {
    /// So many migrations.
    Count(usize),
    /// Until this one is the newest that stays.
    Migration(String),
    /// All of them.
    Base,
}

/// What to roll back.
#[derive(Debug, Clone)]
pub struct DownOptions {
    /// How far.
    pub to: DownTo,
    /// Everything in one transaction.
    pub single_transaction: bool,
}

/// Rolls back applied migrations of a target.
///
/// # Errors
/// [`Error::Refused`] before anything runs, for one when a rollback is missing in mid-chain; [`Error::Run`] with what
/// was done before the failure.
pub async fn down(
    project: &Project,
    invocation: &Invocation,
    set: &MigrationSet,
    target: &Target,
    options: &DownOptions,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<RunReport> {
    let mut report = RunReport {
        environment: target.spec.environment.clone(),
        target: target.spec.describe(),
        run: invocation.run.clone(),
        ..RunReport::default()
    };
    if let Some(config) = set.configs.iter().find(|c| c.settings.execution.rollback_enabled == Some(false)) {
        return Err(Error::Refused {
            code: "rollback-disabled",
            message: format!(
                "rollbacks are switched off: {} sets settings.execution.rollback_enabled to false",
                config.path
            ),
            hint: "set it to true, or override it under `environments` for this environment".into(),
        });
    }
    let session = target.connect().await?;
    Runner::lock(&session, project.journal_schema(), &target.spec.options, observer, interrupt).await?;
    let history = History::read(project, set, &target.spec.environment, Some(&session)).await?;
    let Some(journal) = history.journal.clone() else {
        session.close().await;
        return Ok(report);
    };
    // First of all: what to roll back is read from the journal.
    if let Some(finding) = journal.quick_check(&session).await? {
        return Err(altered(&journal, finding));
    }
    let chosen = match choose(set, &history, &options.to) {
        Ok(chosen) => chosen,
        Err(e) => {
            record_refusal(invocation, &history, &session, "down", &e).await;
            return Err(e);
        }
    };
    if chosen.is_empty() {
        report.current = history.current(set).map(|r| r.id.clone());
        session.close().await;
        return Ok(report);
    }
    let workshop = Workshop {
        project,
        set,
        variables: project.sql_variables(invocation, &target.spec.environment)?,
        major: session.major(),
        keep: true,
    };
    let works = workshop.build_on(&session, &chosen, Direction::Down).await?;
    if options.single_transaction {
        refuse_unless_single(&works)?;
    }
    for warning in works.iter().flat_map(|w| &w.warnings) {
        report.warn(observer, warning.clone());
    }
    for (migration, recorded) in &chosen {
        if let (Some(recorded), Some(down)) = (recorded, &migration.down)
            && recorded.down_sha256.as_deref().is_some_and(|old| old != down.sha256)
        {
            let warning = format!("{} was changed after {} was applied; the new text runs", down.path, migration.id);
            report.warn(observer, warning);
        }
    }
    if let Err(error) = preflight(target, &session, Some(&journal), &works).await {
        record_refusal(invocation, &history, &session, "down", &error).await;
        return Err(error);
    }
    if let Some(hook) = &project.config.hooks.before_down {
        let input = hook_input("before-down", project, target, invocation, &works, None);
        if let Err(e) = command::run("hook before-down", hook, project.dir.root(), &input).await {
            record_refusal(invocation, &history, &session, "down", &e).await;
            return Err(e);
        }
    }
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
    let result =
        run_all(&mut runner, project, target, invocation, &works, options.single_transaction, &mut report).await;
    finish(runner, project, invocation, set, target, &works, result, &mut report, "down").await?;
    Ok(report)
}

/// What a `down` rolls back, newest first.
pub(crate) fn choose<'a>(
    set: &'a MigrationSet,
    history: &'a History,
    to: &DownTo,
) -> Result<Vec<(&'a Migration, Option<&'a Recorded>)>> {
    let applied = history.applied_newest_first(set);
    let chosen: Vec<&Recorded> = match to {
        DownTo::Count(n) => applied.into_iter().take(*n).collect(),
        DownTo::Base => {
            let mut all: Vec<&Recorded> = Vec::new();
            // A repeatable with a rollback depends on the versioned ones: it goes first.
            for r in &history.recorded {
                if r.repeatable
                    && r.state == surefoot_journal::State::Applied
                    && set.get(&r.id).is_some_and(|m| m.down.is_some())
                {
                    all.push(r);
                }
            }
            all.reverse();
            all.extend(applied);
            all
        }
        DownTo::Migration(reference) => {
            let stays = set.find(reference)?;
            let Some(index) = applied.iter().position(|r| r.id == stays.id) else {
                return Err(Error::Refused {
                    code: "not-applied",
                    message: format!("migration {} is not applied: there is no way down to it", stays.id),
                    hint: "see `surefoot status`; to roll back everything: surefoot down --to base".into(),
                });
            };
            applied.into_iter().take(index).collect()
        }
    };
    if let Some(half) = chosen.iter().find(|r| r.state == surefoot_journal::State::Applying) {
        return Err(Error::Refused {
            code: "half-applied",
            message: format!(
                "migration {} is applied in part: {} of {} parts; its rollback expects all of it",
                half.id, half.units_done, half.units_total
            ),
            hint: format!(
                "finish it with `surefoot up`, or undo the parts by hand and say so: surefoot resolve --rolled-back {} --reason ...",
                half.id
            ),
        });
    }
    let squashed: Vec<&str> =
        chosen.iter().map(|r| r.id.as_str()).filter(|id| set.get(id).is_some_and(|m| m.squashed)).collect();
    if let Some(first) = squashed.first() {
        let by = crate::checkpoint::standing_for(set, first).map_or("", |c| c.file.path.as_str());
        return Err(Error::Refused {
            code: "squashed",
            message: format!("the files of {} are gone, and {by} has no way back", squashed.join(", ")),
            hint: format!("stop at {first}: surefoot down --to {first}; or bring the files back from version control"),
        });
    }
    let (mut gone, mut without, mut recoverable, mut out) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for r in chosen {
        match set.get(&r.id) {
            None => gone.push(r.id.as_str()),
            Some(m) if m.down.is_none() => {
                without.push(format!("{} ({})", m.id, m.up.path));
                recoverable.extend(r.down_file.is_some().then_some(r.id.as_str()));
            }
            Some(m) if m.rollback_supported == Some(false) => {
                without.push(format!("{} (rollback_supported: false)", m.id));
            }
            Some(m) => out.push((m, Some(r))),
        }
    }
    if !gone.is_empty() {
        return Err(Error::Refused {
            code: "missing-file",
            message: format!(
                "applied migrations have no file any more: {}",
                gone.iter().map(|id| with_file(history, id)).collect::<Vec<_>>().join(", ")
            ),
            hint: format!("restore them first: surefoot recover {}", gone.join(" ")),
        });
    }
    if !without.is_empty() {
        return Err(Error::Refused {
            code: "no-rollback",
            message: format!("no rollback for: {}; nothing was rolled back", without.join(", ")),
            hint: if recoverable.is_empty() {
                "write the missing rollbacks, or stop above them with --to or --count".into()
            } else {
                format!(
                    "bring back what was there when they were applied: surefoot recover {}; or write the missing rollbacks, or stop above them with --to or --count",
                    recoverable.join(" ")
                )
            },
        });
    }
    Ok(out)
}

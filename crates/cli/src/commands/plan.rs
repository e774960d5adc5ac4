//! `surefoot plan`, and the dry runs of `up` and `down`.

use surefoot::executor::AtticState;
use surefoot::plan::{Direction, UnitKind, Work};
use surefoot::schema::{SchemaSource, ScriptProof};
use surefoot::{Allow, DownOptions, Plan, Project, UpOptions, Wanted, hazards, plan, planned_locks};

use crate::args::{self, Format, HowToDiff, Range};
use crate::commands::diff::{Proving, changes, compared, options, proof, said_beside, statements, to_json};
use crate::commands::{Opened, headline, open, open_target};
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::ui::{BOLD, CYAN, DIM, RED, Ui, YELLOW, count, label};

pub(crate) async fn run(context: &Context, ui: &Ui, args: args::Plan) -> Result<Code, Failure> {
    let project = context.project()?;
    if let Some(source) = wanted_schema(context, &project, &args)? {
        return to_schema(context, ui, &project, &source, &args.how).await;
    }
    if args.how != HowToDiff::default() {
        return Err(Failure::usage(
            "--on, --online, --prove and their like are for a plan to a schema",
            "for example: surefoot plan --to schema.sql --prove",
        ));
    }
    let range = Range { to: args.to, count: args.count };
    let wanted = if args.down {
        let to = crate::commands::down::down_to(&range, false);
        Wanted::Down(DownOptions { to, single_transaction: false })
    } else {
        Wanted::Up(UpOptions {
            to: range.to.clone(),
            count: range.count,
            single_transaction: false,
            allow: Allow::from(&args.allow),
        })
    };
    let plan = show(context, ui, &wanted).await?;
    Ok(if plan.works.is_empty() { Code::Done } else { Code::Something })
}

/// The schema that `--to` names; `None` when it names a migration, or nothing that there is.
fn wanted_schema(context: &Context, project: &Project, args: &args::Plan) -> Result<Option<SchemaSource>, Failure> {
    let Some(to) = args.to.as_deref().filter(|to| !args.down && *to != "base") else { return Ok(None) };
    let folder = &context.invocation.folder;
    let written_as_one = to.contains(':') || to == "empty" || folder.join(to).is_file();
    if !written_as_one && project.load(None).is_ok_and(|set| set.find(to).is_ok()) {
        return Ok(None);
    }
    match SchemaSource::parse(to, Some(project), folder) {
        Ok(source) => Ok(Some(source)),
        Err(e) if written_as_one || to.contains(['/', '.']) => Err(e.into()),
        // As a migration it gets the better answer.
        Err(_) => Ok(None),
    }
}

/// Shows what `new --from-schema` would write.
async fn to_schema(
    context: &Context,
    ui: &Ui,
    project: &Project,
    to: &SchemaSource,
    how: &HowToDiff,
) -> Result<Code, Failure> {
    crate::commands::prepare_embedded()?;
    let from = SchemaSource::Migrations { folder: None };
    let report =
        compared(context, ui, Some(project), (&from, to), &options(context, how, None, &Proving::Always)).await?;
    said_beside(ui, &report);
    match ui.format {
        Format::Json => ui.json(&to_json("plan", &report)),
        Format::Sql => ui.raw(&report.script.to_sql()),
        Format::Human if report.is_same() => {
            ui.human(format!("Nothing to do: the migrations lead to the schema of {to}."));
        }
        Format::Human => {
            ui.human(format!("From {BOLD}{}{BOLD:#} to {BOLD}{}{BOLD:#}:", report.from, report.to));
            changes(ui, &report);
            ui.human("");
            statements(ui, &report.script, &report.hazards);
            ui.human(format!("{DIM}and back:{DIM:#}"));
            statements(ui, &report.back, &[]);
            proof(ui, &report);
            ui.human(format!(
                "Nothing was written. {CYAN}surefoot new NAME --from-schema{CYAN:#} writes both as a migration."
            ));
        }
    }
    Ok(match (&report.proof, report.is_same()) {
        (Some(ScriptProof::Failed { .. }), _) => Code::Failed,
        (_, true) => Code::Done,
        _ => Code::Something,
    })
}

/// Makes a plan and prints it; writes nothing.
pub(crate) async fn show(context: &Context, ui: &Ui, wanted: &Wanted) -> Result<Plan, Failure> {
    let Opened { project, set, spec } = open(context, ui)?;
    headline(ui, &project, &spec);
    let (plan, spec) = if spec.exists() {
        let target = open_target(ui, spec.clone()).await?;
        let plan = plan(&project, &context.invocation, &set, &spec, Some(&target), wanted).await;
        target.close().await?;
        (plan?, spec)
    } else {
        (plan(&project, &context.invocation, &set, &spec, None, wanted).await?, spec)
    };
    match ui.format {
        Format::Json => ui.json(&plan.to_json(&project, &spec)),
        Format::Sql => {
            for warning in &plan.warnings {
                ui.warn(warning);
            }
            ui.raw(&plan.to_sql(&project, &context.invocation, &spec)?);
        }
        Format::Human => print(ui, &plan),
    }
    Ok(plan)
}

fn print(ui: &Ui, plan: &Plan) {
    for warning in &plan.warnings {
        ui.warn(warning);
    }
    for (id, environments) in &plan.elsewhere {
        ui.say(format!("  {DIM}{id} is for {} only{DIM:#}", environments.join(", ")));
    }
    let current = plan.current.as_deref().unwrap_or("nothing");
    if plan.works.is_empty() {
        ui.human(format!("Nothing to run: the target is at {BOLD}{current}{BOLD:#}."));
        return;
    }
    let verb = if plan.direction == Direction::Up { "apply" } else { "roll back" };
    for (work, done) in plan.works.iter().zip(&plan.done) {
        one(ui, work, *done, plan.in_doubt.contains(&work.id));
        for keep in plan.keeps.iter().filter(|k| k.migration == work.id) {
            ui.human(format!("      {CYAN}keeps{CYAN:#}  {}", crate::commands::attic::planned(keep)));
        }
        for item in plan.attic.iter().filter(|i| {
            plan.direction == surefoot::plan::Direction::Down && i.migration == work.id && i.state == AtticState::Kept
        }) {
            ui.human(format!(
                "      {CYAN}gives back{CYAN:#}  {} {DIM}(attic item {}){DIM:#}",
                crate::commands::attic::size(item),
                item.name
            ));
        }
    }
    let statements: usize = plan.works.iter().map(Work::statement_count).sum();
    ui.human(format!(
        "Would {verb} {} with {}; the target is at {BOLD}{current}{BOLD:#}. Nothing was changed.",
        count(plan.works.len(), "migration"),
        count(statements, "statement")
    ));
}

fn one(ui: &Ui, work: &Work, done: usize, in_doubt: bool) {
    let shape = if work.units.is_empty() {
        "no statement".to_owned()
    } else if work.is_atomic() {
        "one transaction".to_owned()
    } else {
        let alone = work.units.iter().filter(|u| u.kind == UnitKind::Alone).count();
        match alone {
            0 => count(work.units.len(), "transaction"),
            n => format!("{}, {n} outside a transaction", count(work.units.len(), "part")),
        }
    };
    let role = if work.settings.elevated { ", elevated role" } else { "" };
    let owner = work.owner.as_ref().map(|o| format!(" [{o}]")).unwrap_or_default();
    let label = label(&work.id, &work.name);
    let name = &label[work.id.len()..];
    ui.human(format!(
        "  {CYAN}·{CYAN:#} {BOLD}{}{BOLD:#}{name}  {DIM}{}, {shape}{role}{owner}  {}{DIM:#}",
        work.id,
        count(work.statement_count(), "statement"),
        work.file().path
    ));
    if done > 0 {
        ui.human(format!(
            "      {YELLOW}partial{YELLOW:#}  {done} of {} committed already; goes on from there",
            count(work.units.len(), "part")
        ));
    }
    if in_doubt {
        ui.human(format!(
            "      {YELLOW}in doubt{YELLOW:#}  a statement was begun and its outcome is not on record; the run looks first"
        ));
    }
    // What one statement locks alike is one line: the table, and what hangs on it.
    let locks = planned_locks(work);
    for alike in locks.chunk_by(|a, b| (a.mode, &a.tag, a.line) == (b.mode, &b.tag, b.line)) {
        let Some(lock) = alike.first() else { continue };
        let relations: Vec<&str> = alike.iter().map(|l| l.relation.as_str()).collect();
        ui.human(format!(
            "      {DIM}locks{DIM:#}  {}  {} {DIM}({}), {} line {}{DIM:#}",
            relations.join(", "),
            lock.mode.name(),
            lock.mode.blocks(),
            lock.tag,
            lock.line
        ));
    }
    for hazard in hazards(work) {
        let style = if hazard.kind == "data loss" { RED } else { YELLOW };
        ui.human(format!(
            "      {style}{}{style:#}  {} {DIM}({} line {}){DIM:#}",
            hazard.kind, hazard.what, hazard.tag, hazard.line
        ));
    }
    if ui.verbose {
        for planned in work.units.iter().flat_map(|u| &u.statements) {
            let statement = &work.script.statements[planned.index];
            let text: String = work.script.text(statement).split_whitespace().collect::<Vec<_>>().join(" ");
            let text: String = text.chars().take(110).collect();
            ui.human(format!("      {DIM}{:>4}{DIM:#}  {text}", statement.line));
        }
    }
}

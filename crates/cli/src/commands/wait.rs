//! `surefoot wait`.

use std::time::Instant;

use serde_json::json;
use surefoot::config::parse_span;
use surefoot::{Requirement, TargetPlace, TargetSpec, UrlOrigin, service_project, wait, wanted_on_disk};

use crate::args::{JournalArgs, Wait};
use crate::commands::prepare_embedded;
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::observer::on_interrupt;
use crate::ui::{DIM, Ui, span};

pub(crate) async fn run(context: &Context, ui: &Ui, args: Wait) -> Result<Code, Failure> {
    let timeout = parse_span(&args.timeout)
        .map_err(|e| Failure::usage(format!("--timeout: {e}"), "write 500ms, 2s, 10min or 1h"))?;
    let (spec, requirement) = requirement(context, args.wanted, false, args.journal, "--for")?;
    on_interrupt(context.interrupt.clone());
    let begun = Instant::now();
    let mut tell = |why: &str, waited| ui.say(format!("{DIM}waiting ({}):{DIM:#} {why}", span(waited)));
    let report = wait(&spec, &context.invocation, &requirement, timeout, &context.interrupt, &mut tell).await?;
    if ui.is_human() {
        ui.human(report.line());
    } else {
        let mut value = crate::commands::check_version::to_json("wait", &report);
        value["waited_ms"] = json!(u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX));
        ui.json(&value);
    }
    Ok(Code::Done)
}

/// What a service needs, and where. Migration files are read only when no version is named.
pub(crate) fn requirement(
    context: &Context,
    wanted: Option<String>,
    exact: bool,
    journal: JournalArgs,
    flag: &str,
) -> Result<(TargetSpec, Requirement), Failure> {
    let invocation = &context.invocation;
    let (project, spec, wanted) = match wanted {
        Some(wanted) => {
            let project = service_project(invocation)?;
            let spec = TargetSpec::resolve(&project, invocation, None)?;
            if !project.configured && spec.origin == UrlOrigin::Default && !spec.exists() {
                return Err(Failure::usage("no target is given", "give the database with --url, or in DATABASE_URL"));
            }
            (project, spec, vec![wanted])
        }
        None => {
            let project = context.project()?;
            let (set, spec) = surefoot::prepare(&project, invocation)?;
            let wanted = wanted_on_disk(&set, &spec.environment);
            if wanted.is_empty() {
                return Err(Failure::usage(
                    "there are no migration files here that would tell which version is needed",
                    format!("name the version: {flag} 007"),
                ));
            }
            (project, spec, wanted)
        }
    };
    if matches!(spec.place, TargetPlace::Embedded(_)) && spec.exists() {
        prepare_embedded()?;
    }
    let named = (!project.name.is_empty()).then(|| project.name.clone());
    let requirement = Requirement {
        wanted,
        exact,
        project: journal.project_name.or(named),
        schema: journal.schema.unwrap_or_else(|| project.journal_schema().to_owned()),
    };
    Ok((spec, requirement))
}

//! `surefoot compare`.

use serde_json::{Value, json};
use surefoot::schema::{
    CompareOptions, Compared, Expected, How, SchemaSource, SideDifference, compare_sides, html_report,
};

use crate::args::{Compare, Expect};
use crate::commands::diff::{optional_project, write};
use crate::commands::drift::pair;
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::ui::{BOLD, DIM, GREEN, RED, Ui, YELLOW, count};

pub(crate) async fn run(context: &Context, ui: &Ui, args: Compare) -> Result<Code, Failure> {
    crate::commands::prepare_embedded()?;
    let project = optional_project(context)?;
    let folder = &context.invocation.folder;
    let first = SchemaSource::parse(&args.first, project.as_ref(), folder)?;
    let second = SchemaSource::parse(&args.second, project.as_ref(), folder)?;
    let options = CompareOptions {
        expected: match args.expect {
            Expect::Pending => Expected::Pending,
            Expect::None => Expected::None,
        },
        on: args.on,
        ignore: args.ignore,
        privileges: args.privileges,
        fresh: args.fresh,
    };
    ui.progress(format!("comparing {first} and {second}"));
    let compared = compare_sides(project.as_ref(), &context.invocation, &first, &second, &options).await;
    ui.progress_done();
    let compared = compared?;
    for warning in &compared.warnings {
        ui.warn(warning);
    }
    if let Some(path) = &args.html {
        let now = jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC").to_string();
        write(path, &html_report(&compared, &now))?;
        ui.say(format!("Wrote {}", path.display()));
    }
    if ui.is_human() {
        human(ui, &compared);
    } else {
        ui.json(&to_json(&compared));
    }
    Ok(if compared.as_expected() { Code::Done } else { Code::Something })
}

fn human(ui: &Ui, compared: &Compared) {
    ui.human(format!("{BOLD}{}{BOLD:#} and {BOLD}{}{BOLD:#}", compared.first, compared.second));
    for h in &compared.history {
        let style = if h.pending && compared.expected == Expected::Pending { DIM } else { RED };
        let name = crate::ui::label(&h.migration, &h.name);
        ui.human(format!("  {style}migration{style:#} {name}: {}", h.what));
    }
    for s in &compared.settings {
        let style = if s.matters { RED } else { DIM };
        let (a, b) = pair(&s.first, &s.second);
        ui.human(format!("  {style}setting{style:#}   {}: {a} {DIM}/{DIM:#} {b}", s.name));
    }
    for d in &compared.differences {
        one(ui, compared, d);
    }
    let (explained, unexpected) = compared.differences.iter().partition::<Vec<_>, _>(|d| d.expected);
    let pending = count(compared.pending().len(), "pending migration");
    match (compared.as_expected(), compared.expected) {
        (true, Expected::Pending) if !explained.is_empty() || !compared.history.is_empty() => ui.human(format!(
            "{GREEN}✓{GREEN:#} only the expected differences: {} from {pending}",
            count(explained.len(), "object")
        )),
        (true, _) => ui.human(format!("{GREEN}✓{GREEN:#} there is no difference")),
        (false, Expected::Pending) => {
            let settings = compared.settings.iter().filter(|s| s.matters).count();
            let history = compared.history.iter().filter(|h| !h.pending).count();
            let mut parts = Vec::new();
            for (n, noun) in [(unexpected.len(), "object"), (history, "migration"), (settings, "setting")] {
                if n > 0 {
                    parts.push(count(n, noun));
                }
            }
            ui.human(format!(
                "{RED}✗{RED:#} not expected: {}; expected: {} from {pending}",
                parts.join(", "),
                count(explained.len(), "object")
            ));
        }
        (false, Expected::None) => ui.human(format!("{RED}✗{RED:#} there are differences, and none was expected")),
    }
}

fn one(ui: &Ui, compared: &Compared, d: &SideDifference) {
    let (word, style) = match (d.expected, compared.expected) {
        (true, Expected::Pending) => ("expected  ", DIM),
        _ => ("unexpected", RED),
    };
    let place = match d.how {
        How::Missing => format!("only in {}", compared.first),
        How::Extra => format!("only in {}", compared.second),
        How::Changed => "differs".to_owned(),
    };
    ui.human(format!("  {style}{word}{style:#} {DIM}{}{DIM:#} {}, {YELLOW}{place}{YELLOW:#}", d.kind, d.name));
    for change in &d.changes {
        let (a, b) = pair(&change.expected, &change.found);
        ui.human(format!("      {}: {a} {DIM}/{DIM:#} {b}", change.what));
    }
    ui.human(format!("      {DIM}{}{DIM:#}", d.why));
}

fn to_json(compared: &Compared) -> Value {
    json!({
        "command": "compare",
        "first": { "name": compared.first, "applied": compared.applied.0 },
        "second": { "name": compared.second, "applied": compared.applied.1 },
        "expect": match compared.expected { Expected::Pending => "pending", Expected::None => "none" },
        "as_expected": compared.as_expected(),
        "pending": compared.pending(),
        "history": compared.history,
        "differences": compared.differences,
        "settings": compared.settings,
        "warnings": compared.warnings,
    })
}

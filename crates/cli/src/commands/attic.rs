//! `surefoot attic`.

use serde_json::{Value, json};
use surefoot::executor::{AtticChange, AtticItem, AtticKind, AtticState};
use surefoot::{AtticChoice, Error, PlannedKeep, attic_list, attic_purge, attic_restore};

use crate::args::{Attic, AtticCommand, AtticPurge, AtticRestore, Format};
use crate::commands::{Opened, headline, open, open_target};
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::observer::{Talk, Terminal, on_interrupt};
use crate::ui::{BOLD, CYAN, DIM, GREEN, Ui, YELLOW, count};

pub(crate) async fn run(context: &Context, ui: &Ui, args: Attic) -> Result<Code, Failure> {
    let opened = open(context, ui)?;
    headline(ui, &opened.project, &opened.spec);
    match args.command {
        AtticCommand::List => list(ui, opened).await,
        AtticCommand::Restore(args) => restore(context, ui, opened, args).await,
        AtticCommand::Purge(args) => purge(context, ui, opened, args).await,
    }
}

/// What a migration would keep, in a line.
pub(crate) fn planned(keep: &PlannedKeep) -> String {
    if keep.absent {
        return format!("{} {DIM}(line {}; not there now, so its size is not known){DIM:#}", keep.what, keep.line);
    }
    let rows =
        keep.rows.map_or_else(|| "rows not estimated".to_owned(), |n| format!("about {}", count(to_usize(n), "row")));
    let whole = if keep.whole_rows { "; without a key, so whole rows are copied" } else { "" };
    format!("{} {DIM}(line {}; {rows}, {}{whole}){DIM:#}", keep.what, keep.line, bytes(keep.bytes))
}

/// What an item was and how large it is.
pub(crate) fn size(item: &AtticItem) -> String {
    let about = if item.rows_exact { "" } else { "about " };
    let rows = item.rows.map_or_else(String::new, |n| format!(", {about}{}", count(to_usize(n), "row")));
    format!("{}{rows}, {}", item.describe(), bytes(item.bytes))
}

/// Says what became of a dropped table or column.
pub(crate) fn tell(ui: &Ui, change: &AtticChange) {
    let rows = change.rows.map_or_else(String::new, |n| format!(", {}", count(to_usize(n), "row")));
    match (change.what.as_str(), &change.stays) {
        ("kept", _) => ui.human(format!(
            "    {CYAN}kept{CYAN:#} {}{rows}, {} {DIM}(attic item {}){DIM:#}",
            change.describe(),
            bytes(change.bytes),
            change.item
        )),
        (_, None) => ui.human(format!("    {GREEN}given back{GREEN:#} {}{rows}", change.describe())),
        (_, Some(why)) => {
            ui.warn(format!("not given back: {}: {why}; it stays in the attic as {}", change.describe(), change.item))
        }
    }
}

pub(crate) fn change_json(change: &AtticChange) -> Value {
    json!({ "what": change.what, "item": change.item, "table": change.table, "columns": change.columns,
            "rows": change.rows, "bytes": change.bytes, "stays": change.stays })
}

async fn list(ui: &Ui, opened: Opened) -> Result<Code, Failure> {
    let items = if opened.spec.exists() {
        let target = open_target(ui, opened.spec).await?;
        let items = attic_list(&opened.project, &target).await;
        target.close().await?;
        items?
    } else {
        Vec::new()
    };
    if ui.format == Format::Json {
        let list: Vec<Value> = items.iter().map(item_json).collect();
        ui.json(&json!({ "command": "attic list", "schema": opened.project.attic_schema(), "items": list }));
        return Ok(Code::Done);
    }
    if items.is_empty() {
        ui.human("The attic is empty.");
        return Ok(Code::Done);
    }
    for item in &items {
        let state = match item.state {
            AtticState::Kept => String::new(),
            AtticState::Left => format!("  {YELLOW}left{YELLOW:#}: a rollback could not put it back"),
            AtticState::Copying => format!("  {YELLOW}copying{YELLOW:#}: begun, the drop has not happened"),
        };
        ui.human(format!("  {BOLD}{}{BOLD:#}  {}{state}", item.name, size(item)));
        let until = item.keep_until.as_deref().map_or_else(String::new, |t| {
            let over = if item.expired { ", which is over" } else { "" };
            format!("; kept until {t}{over}")
        });
        ui.human(format!(
            "      {DIM}dropped by migration {} at {} as {}{until}{DIM:#}",
            item.migration, item.kept_at, item.kept_by
        ));
    }
    let total: u64 = items.iter().filter_map(|i| i.bytes).sum();
    ui.human(format!(
        "{} in schema {}, {}.",
        count(items.len(), "item"),
        opened.project.attic_schema(),
        bytes(Some(total))
    ));
    Ok(Code::Done)
}

async fn restore(context: &Context, ui: &Ui, opened: Opened, args: AtticRestore) -> Result<Code, Failure> {
    if !opened.spec.exists() {
        return Err(no_database(&opened.spec.environment));
    }
    let target = open_target(ui, opened.spec).await?;
    on_interrupt(context.interrupt.clone());
    let terminal = Terminal::new(ui, Talk::Full);
    let result = attic_restore(
        &opened.project,
        &context.invocation,
        &target,
        &args.name,
        args.as_name.as_deref(),
        args.reason.as_deref(),
        &terminal,
        &context.interrupt,
    )
    .await;
    let closed = target.close().await;
    let restored = result?;
    closed?;
    if ui.format == Format::Json {
        let not_done: Vec<Value> =
            restored.not_done.iter().map(|(sql, reason)| json!({ "sql": sql, "reason": reason })).collect();
        ui.json(&json!({ "command": "attic restore", "item": item_json(&restored.item), "place": restored.place,
                         "not_done": not_done }));
        return Ok(Code::Done);
    }
    ui.human(format!("Restored {} to {BOLD}{}{BOLD:#}.", restored.item.describe(), restored.place));
    if !restored.not_done.is_empty() {
        ui.human("Not done, because what is needed is not there or belongs to another name:");
        for (sql, reason) in &restored.not_done {
            ui.human(format!("  {sql};  {DIM}-- {reason}{DIM:#}"));
        }
    }
    Ok(Code::Done)
}

async fn purge(context: &Context, ui: &Ui, opened: Opened, args: AtticPurge) -> Result<Code, Failure> {
    let choice = match (&args.older_than, args.all, args.names.as_slice()) {
        (Some(age), false, []) => {
            let span =
                surefoot::config::parse_span(age).map_err(|e| Failure::usage(e, "for example --older-than 30d"))?;
            AtticChoice::OlderThan(span)
        }
        (None, true, []) => AtticChoice::All,
        (None, false, []) => AtticChoice::Expired,
        (None, false, names) => AtticChoice::Named(names.to_vec()),
        _ => {
            return Err(Failure::usage(
                "names, --older-than and --all exclude each other",
                "for example: surefoot attic purge --older-than 30d",
            ));
        }
    };
    let environment = opened.spec.environment.clone();
    if !opened.spec.exists() {
        return Err(no_database(&environment));
    }
    let target = open_target(ui, opened.spec).await?;
    on_interrupt(context.interrupt.clone());
    let terminal = Terminal::new(ui, Talk::Full);
    let result = async {
        let step = |dry_run: bool| {
            attic_purge(
                &opened.project,
                &context.invocation,
                &target,
                &choice,
                dry_run,
                args.reason.as_deref().unwrap_or_default(),
                &terminal,
                &context.interrupt,
            )
        };
        let would = step(true).await?;
        if args.dry_run || would.items.is_empty() {
            return Ok(would);
        }
        let sizes: Vec<String> = would.items.iter().map(|i| format!("{} ({})", i.name, size(i))).collect();
        let question = format!("{YELLOW}Gone for good{YELLOW:#} from {environment}: {}. Go on?", sizes.join("; "));
        if !ui.confirm(&question) {
            return Err(Failure::from(Error::Refused {
                code: "not-confirmed",
                message: format!(
                    "not confirmed: {} in the attic of {environment}",
                    count(would.items.len(), "item stays")
                ),
                hint: "give --yes when you mean it; --dry-run only looks".into(),
            }));
        }
        if args.reason.as_deref().unwrap_or_default().trim().is_empty() {
            return Err(Failure::usage(
                "a purge needs a reason",
                "--reason \"what for, and the ticket\": it is kept in the journal",
            ));
        }
        Ok(step(false).await?)
    }
    .await;
    let closed = target.close().await;
    let purged = result?;
    closed?;
    if ui.format == Format::Json {
        let list: Vec<Value> = purged.items.iter().map(item_json).collect();
        ui.json(&json!({ "command": "attic purge", "dry_run": args.dry_run, "purged": list, "left": purged.left }));
        return Ok(Code::Done);
    }
    for item in &purged.items {
        ui.human(format!("  {BOLD}{}{BOLD:#}  {}", item.name, size(item)));
    }
    let verb = if args.dry_run { "Would purge" } else { "Purged" };
    ui.human(format!("{verb} {}; {} left in the attic.", count(purged.items.len(), "item"), purged.left));
    Ok(Code::Done)
}

fn no_database(environment: &str) -> Failure {
    Failure::from(Error::Refused {
        code: "no-database",
        message: format!("{environment} has no database yet, and so no attic"),
        hint: "see `surefoot status`".into(),
    })
}

fn item_json(item: &AtticItem) -> Value {
    json!({
        "name": item.name,
        "kind": if item.kind == AtticKind::Table { "table" } else { "columns" },
        "state": item.state.as_str(),
        "schema": item.schema,
        "table": item.table,
        "columns": item.columns,
        "key": item.key,
        "migration": item.migration,
        "kept_at": item.kept_at,
        "kept_by": item.kept_by,
        "keep_until": item.keep_until,
        "expired": item.expired,
        "rows": item.rows,
        "rows_exact": item.rows_exact,
        "bytes": item.bytes,
    })
}

fn to_usize(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// A size as people say it.
fn bytes(n: Option<u64>) -> String {
    let Some(n) = n else { return "size not known".into() };
    let units = ["bytes", "kB", "MB", "GB", "TB"];
    let mut value = n;
    let mut unit = 0;
    while value >= 10_240 && unit + 1 < units.len() {
        value = (value + 512) / 1024;
        unit += 1;
    }
    format!("{value} {}", units.get(unit).copied().unwrap_or("TB"))
}

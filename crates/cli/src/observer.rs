//! A run on the terminal, as it happens.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use surefoot::executor::{Interrupt, Observer, Progress};
use surefoot::plan::Direction;
use surefoot::sql::redacted;

use crate::ui::{CYAN, DIM, GREEN, Ui, YELLOW, count, label, span};

/// How much of a run is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Talk {
    /// Each migration is a line of the result; notices, waits and retries are talk.
    Full,
    /// Only what is going on right now: the result is told by the command.
    ProgressOnly,
}

/// Prints progress.
pub(crate) struct Terminal<'a> {
    ui: &'a Ui,
    talk: Talk,
    last_blockers: Mutex<(Option<Instant>, Vec<i32>)>,
    /// Crash here: `SUREFOOT_FAULT=point[:n]`, in debug builds only, for the fault tests.
    fault: Option<Mutex<(String, usize)>>,
}

impl<'a> Terminal<'a> {
    pub(crate) fn new(ui: &'a Ui, talk: Talk) -> Self {
        let fault = cfg!(debug_assertions).then(|| std::env::var("SUREFOOT_FAULT").ok()).flatten().map(|spec| {
            let (point, n) = spec.split_once(':').unwrap_or((spec.as_str(), "1"));
            Mutex::new((point.to_owned(), n.parse().unwrap_or(1)))
        });
        Self { ui, talk, last_blockers: Mutex::default(), fault }
    }

    fn crash_if_asked(&self, point: &str) {
        let Some(fault) = &self.fault else { return };
        let Ok(mut fault) = fault.lock() else { return };
        if fault.0 == point {
            fault.1 = fault.1.saturating_sub(1);
            if fault.1 == 0 {
                std::process::abort();
            }
        }
    }
}

impl Observer for Terminal<'_> {
    fn observe(&self, progress: &Progress<'_>) {
        let ui = self.ui;
        let silent = self.talk == Talk::ProgressOnly
            && matches!(
                progress,
                Progress::Notice { .. }
                    | Progress::Warning(_)
                    | Progress::Echo(_)
                    | Progress::Finished { .. }
                    | Progress::Attic(_)
                    | Progress::UnitCommitted { .. }
            );
        if silent {
            return;
        }
        match progress {
            Progress::Waiting { holder, waited } => {
                ui.progress_done();
                let who = holder.map_or_else(
                    || "another run".to_owned(),
                    |h| {
                        format!(
                            "pid {} (role {}, from {}, application {:?}, since {}, {})",
                            h.pid, h.user, h.host, h.application, h.since, h.state
                        )
                    },
                );
                ui.say(format!(
                    "{YELLOW}waiting{YELLOW:#} for the migration lock, held by {who}; {} so far",
                    span(*waited)
                ));
            }
            Progress::Started { work, done } => {
                let verb = if work.direction == Direction::Up { "applying" } else { "rolling back" };
                if *done > 0 {
                    ui.say(format!(
                        "  {CYAN}resume{CYAN:#} {}: {done} of {} are committed already",
                        label(&work.id, &work.name),
                        count(work.units.len(), "part")
                    ));
                }
                ui.progress(format!("{verb} {}", label(&work.id, &work.name)));
            }
            Progress::Statement { work, number, place, text } => {
                let head: String = text.chars().take(400).collect();
                let first: String = redacted(&head).split_whitespace().take(8).collect::<Vec<_>>().join(" ");
                let first: String = first.chars().take(70).collect();
                if ui.verbose {
                    ui.say(format!("    {DIM}{place}{DIM:#} {first}"));
                }
                let what = label(&work.id, &work.name);
                ui.progress(format!("{what}  [{number}/{}] {first}", work.script.statements.len()));
            }
            Progress::StatementDone { elapsed, rows } if ui.verbose => {
                let rows = count(usize::try_from(*rows).unwrap_or(0), "row");
                ui.say(format!("      {DIM}{}, {rows}{DIM:#}", span(*elapsed)));
            }
            Progress::Notice { place, notice, .. } => {
                // CREATE ... IF NOT EXISTS and DROP ... IF EXISTS say that they had nothing to do.
                let minor = notice.severity == "NOTICE"
                    && matches!(notice.code.as_str(), "42P07" | "42710" | "42701" | "00000" | "42P06")
                    && !notice.code.starts_with("00");
                if minor && !ui.verbose {
                    return;
                }
                ui.say(format!(
                    "    {DIM}{}{DIM:#} {} {DIM}({place}){DIM:#}",
                    notice.severity.to_lowercase(),
                    notice.message
                ));
            }
            Progress::Warning(text) => ui.warn(text),
            Progress::Echo(text) => ui.say(format!("    {}", text.trim_end())),
            Progress::Blocked { blockers, waited } => {
                let pids: Vec<i32> = blockers.iter().map(|b| b.pid).collect();
                if let Ok(mut last) = self.last_blockers.lock() {
                    let recent = last.0.is_some_and(|at| at.elapsed() < Duration::from_secs(10));
                    if recent && last.1 == pids {
                        return;
                    }
                    *last = (Some(Instant::now()), pids);
                }
                ui.say(format!("    {YELLOW}blocked{YELLOW:#} for {}, by:", span(*waited)));
                for b in *blockers {
                    ui.say(format!(
                        "      pid {} {} {:?} {}, transaction open for {}: {}",
                        b.pid,
                        b.user,
                        b.application,
                        b.state,
                        b.age,
                        redacted(&b.query)
                    ));
                }
            }
            Progress::Building { phase, percent } => {
                ui.progress(match percent {
                    Some(p) => format!("{phase}: {p} %"),
                    None => (*phase).to_owned(),
                });
            }
            Progress::Retry { attempt, of, reason, pause } => {
                let of = if *of > 0 { format!(" of {of}") } else { String::new() };
                ui.say(format!("    {YELLOW}retry{YELLOW:#} {attempt}{of} in {}: {reason}", span(*pause)));
            }
            Progress::Repaired { what } => ui.say(format!("    {CYAN}repaired{CYAN:#} {what}")),
            Progress::UnitCommitted { unit, of } if ui.verbose => {
                ui.say(format!("    {DIM}part {unit} of {of} committed{DIM:#}"));
            }
            Progress::Finished { work, elapsed } => {
                ui.progress_done();
                let (mark, verb) = match work.direction {
                    Direction::Up => ("✓", ""),
                    Direction::Down => ("↩", "rolled back "),
                };
                ui.human(format!(
                    "  {GREEN}{mark}{GREEN:#} {verb}{}  {DIM}{}, {}{DIM:#}",
                    label(&work.id, &work.name),
                    count(work.statement_count(), "statement"),
                    span(*elapsed)
                ));
            }
            Progress::Copied { table, rows } => ui.progress(format!("keeping values of {table}: {rows} rows")),
            Progress::Attic(change) => crate::commands::attic::tell(ui, change),
            Progress::Boundary(point) => self.crash_if_asked(point),
            _ => {}
        }
    }
}

/// Ctrl-C: once asks the run to stop, twice ends the process.
pub(crate) fn on_interrupt(interrupt: Interrupt) {
    tokio::spawn(async move {
        let mut times = 0;
        while wait_for_signal().await {
            times += 1;
            if times > 1 {
                leave(130);
            }
            // Plain text: the run is still drawing.
            let mut err = anstream::stderr().lock();
            // There is nowhere to report that standard error is closed.
            let _ = std::io::Write::write_all(
                &mut err,
                b"\ninterrupted: cancelling the running statement and rolling back; once more to stop at once\n",
            );
            interrupt.raise();
        }
    });
}

#[expect(clippy::exit, reason = "the second Ctrl-C must not wait for anything")]
fn leave(code: i32) -> ! {
    std::process::exit(code)
}

#[cfg(unix)]
async fn wait_for_signal() -> bool {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut term) = signal(SignalKind::terminate()) else { return tokio::signal::ctrl_c().await.is_ok() };
    tokio::select! {
        r = tokio::signal::ctrl_c() => r.is_ok(),
        r = term.recv() => r.is_some(),
    }
}

#[cfg(not(unix))]
async fn wait_for_signal() -> bool {
    tokio::signal::ctrl_c().await.is_ok()
}

//! All output: data on standard output, talk on standard error.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use crate::args::{Format, Global};

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const GREEN: Style = AnsiColor::Green.on_default();
pub(crate) const YELLOW: Style = AnsiColor::Yellow.on_default();
pub(crate) const RED: Style = AnsiColor::Red.on_default().bold();
pub(crate) const CYAN: Style = AnsiColor::Cyan.on_default();

/// Where a command writes to.
#[derive(Debug)]
pub(crate) struct Ui {
    pub(crate) format: Format,
    pub(crate) quiet: bool,
    pub(crate) verbose: bool,
    pub(crate) yes: bool,
    bar: Option<ProgressBar>,
    /// Standard output is gone (`| head`): not an error, but no use going on writing.
    closed: Mutex<bool>,
}

impl Ui {
    pub(crate) fn new(global: &Global) -> Self {
        let bar = (std::io::stderr().is_terminal() && !global.quiet).then(|| {
            let bar = ProgressBar::hidden();
            if let Ok(style) = ProgressStyle::with_template("  {spinner} {msg}  {elapsed}") {
                bar.set_style(style);
            }
            bar
        });
        Self {
            format: if global.json { Format::Json } else { global.format },
            quiet: global.quiet,
            verbose: global.verbose,
            yes: global.yes,
            bar,
            closed: Mutex::new(false),
        }
    }

    pub(crate) fn is_human(&self) -> bool {
        self.format == Format::Human
    }

    /// A line of the result.
    pub(crate) fn line(&self, text: impl AsRef<str>) {
        let write = || {
            let mut out = anstream::stdout().lock();
            writeln!(out, "{}", text.as_ref())
        };
        let result = match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        };
        if result.is_err()
            && let Ok(mut closed) = self.closed.lock()
        {
            *closed = true;
        }
    }

    /// A line of the result for people only.
    pub(crate) fn human(&self, text: impl AsRef<str>) {
        if self.is_human() {
            self.line(text);
        }
    }

    /// Text of the result, as it is.
    pub(crate) fn raw(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        // A closed pipe is the reader's choice.
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }

    /// The result as JSON.
    pub(crate) fn json(&self, value: &Value) {
        let text = serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string());
        self.line(text);
    }

    /// Talk.
    pub(crate) fn say(&self, text: impl AsRef<str>) {
        if !self.quiet && self.is_human() {
            self.err(text.as_ref());
        }
    }

    /// A warning.
    pub(crate) fn warn(&self, text: impl AsRef<str>) {
        if self.format != Format::Json {
            self.err(&format!("{YELLOW}warning:{YELLOW:#} {}", text.as_ref()));
        }
    }

    /// An error, which nothing silences.
    pub(crate) fn err(&self, text: &str) {
        let write = || {
            let mut out = anstream::stderr().lock();
            // There is nowhere to report that standard error is closed.
            let _ = writeln!(out, "{text}");
        };
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// What is going on right now, on a terminal.
    pub(crate) fn progress(&self, text: impl Into<String>) {
        if let Some(bar) = &self.bar
            && self.is_human()
        {
            if bar.is_hidden() {
                bar.set_draw_target(indicatif::ProgressDrawTarget::stderr());
                bar.enable_steady_tick(Duration::from_millis(100));
                bar.reset_elapsed();
            }
            bar.set_message(text.into());
        }
    }

    pub(crate) fn progress_done(&self) {
        if let Some(bar) = &self.bar {
            bar.disable_steady_tick();
            bar.finish_and_clear();
            bar.set_draw_target(indicatif::ProgressDrawTarget::hidden());
            bar.reset();
        }
    }

    /// Whether someone sits at the terminal and wants to be asked.
    pub(crate) fn is_attended(&self) -> bool {
        let terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        terminal && self.is_human() && !self.yes
    }

    /// Asks for one of these words, of which the first letter will do, until it gets one; `None` at the end of input.
    pub(crate) async fn choose<'w>(&self, question: &str, words: &[&'w str]) -> Option<&'w str> {
        self.progress_done();
        loop {
            self.err(&format!("{question} [{}] ", words.join("/")));
            // Elsewhere, so that Ctrl-C is heard meanwhile.
            let read = tokio::task::spawn_blocking(|| {
                let mut answer = String::new();
                std::io::stdin().read_line(&mut answer).is_ok_and(|n| n > 0).then_some(answer)
            });
            let answer = read.await.ok().flatten()?.trim().to_ascii_lowercase();
            let fits = |word: &&&str| !answer.is_empty() && (**word == answer || word[..1] == answer);
            if let Some(word) = words.iter().find(fits) {
                return Some(word);
            }
        }
    }

    /// Asks; without a terminal the answer is no.
    pub(crate) fn confirm(&self, question: &str) -> bool {
        if self.yes {
            return true;
        }
        if !std::io::stdin().is_terminal() {
            return false;
        }
        self.err(&format!("{question} [y/N] "));
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer).is_ok()
            && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
    }
}

/// A duration for people: `38 ms`, `1.2 s`, `3 min 12 s`.
pub(crate) fn span(d: Duration) -> String {
    let ms = d.as_millis();
    if ms < 1000 {
        format!("{ms} ms")
    } else if ms < 60_000 {
        format!("{:.1} s", d.as_secs_f64())
    } else {
        format!("{} min {} s", ms / 60_000, ms % 60_000 / 1000)
    }
}

/// A migration for people: its id and its name, which the id of a timestamped folder holds already.
pub(crate) fn label(id: &str, name: &str) -> String {
    if name.is_empty() || id == name || id.strip_suffix(name).is_some_and(|rest| rest.ends_with(['_', '-', ' ', '.'])) {
        id.to_owned()
    } else {
        format!("{id} {name}")
    }
}

/// `1 migration`, `2 migrations`.
pub(crate) fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

//! The one place where an error becomes text, JSON and an exit code.

use std::process::ExitCode;

use serde_json::{Value, json};
use surefoot::executor::{Error as ExecutorError, StatementFailure};
use surefoot::sql::redacted;
use surefoot::{Error, Exit};

use crate::args::Format;
use crate::ui::{BOLD, CYAN, DIM, RED, Ui, count};

/// Exit codes. Stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    Done = 0,
    Failed = 1,
    Something = 2,
    Refused = 3,
    Locked = 4,
    Usage = 64,
    Interrupted = 130,
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code as u8)
    }
}

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    Library(Box<Error>),
    Usage { message: String, hint: String },
    Other { what: String, reason: String },
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(e: E) -> Self {
        Self::Library(Box::new(e.into()))
    }
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: hint.into() }
    }

    pub(crate) fn other(what: &str, reason: impl Into<String>) -> Self {
        Self::Other { what: what.to_owned(), reason: reason.into() }
    }

    pub(crate) fn code(&self) -> Code {
        match self {
            Self::Library(e) => match e.exit() {
                Exit::Failed => Code::Failed,
                Exit::Refused => Code::Refused,
                Exit::Locked => Code::Locked,
                Exit::Usage => Code::Usage,
                Exit::Interrupted => Code::Interrupted,
            },
            Self::Usage { .. } => Code::Usage,
            Self::Other { .. } => Code::Failed,
        }
    }

    pub(crate) fn print(&self, ui: &Ui) {
        // An SQL script on standard output is for psql.
        if ui.format == Format::Json {
            ui.json(&json!({ "error": self.to_json() }));
            return;
        }
        let message = match self {
            Self::Library(e) => e.to_string(),
            Self::Usage { message, .. } => message.clone(),
            Self::Other { what, reason } => format!("{what}: {reason}"),
        };
        let mut lines = message.lines();
        ui.err(&format!("{RED}error:{RED:#} {BOLD}{}{BOLD:#}", lines.next().unwrap_or_default()));
        for line in lines {
            ui.err(&format!("       {BOLD}{line}{BOLD:#}"));
        }
        if let Self::Library(e) = self {
            details(ui, e);
        }
        for hint in self.hint().iter().flat_map(|h| h.lines()) {
            ui.err(&format!("{CYAN}hint:{CYAN:#} {hint}"));
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Library(e) => e.hint(),
            Self::Usage { hint, .. } => Some(hint.clone()),
            Self::Other { .. } => None,
        }
    }

    fn to_json(&self) -> Value {
        match self {
            Self::Library(e) => {
                let mut out = json!({
                    "code": e.code(),
                    "message": e.to_string(),
                    "hint": e.hint(),
                    "exit": self.code() as u8,
                });
                if let Error::Load(load) = e.as_ref() {
                    out["problems"] = load
                        .problems
                        .iter()
                        .map(|p| {
                            let place = p.place();
                            json!({ "code": p.code(), "file": place.path, "line": place.line, "column": place.column,
                                    "message": p.to_string(), "hint": p.hint() })
                        })
                        .collect();
                }
                if let Error::Run { done, .. } = e.as_ref() {
                    out["completed"] = done.iter().map(|d| d.id.clone()).collect();
                }
                if let Some(f) = statement_failure(e) {
                    out["migration"] = json!(f.migration);
                    out["file"] = json!(f.place.file);
                    out["line"] = json!(f.place.line);
                    out["column"] = json!(f.place.column);
                    out["command"] = json!(f.tag);
                    out["sqlstate"] = json!(f.error.code());
                    out["attempts"] = json!(f.attempts);
                    out["parts_done"] = json!(f.units_done);
                    out["parts"] = json!(f.units_total);
                }
                if let Error::Script(errors) = e.as_ref()
                    && let Some((first, _)) = errors.first()
                {
                    out["file"] = json!(first.file);
                    out["line"] = json!(first.at.line);
                    out["column"] = json!(first.at.column);
                }
                if let Error::Syntax { place, .. } = e.as_ref() {
                    out["file"] = json!(place.file);
                    out["line"] = json!(place.line);
                    out["column"] = json!(place.column);
                }
                out
            }
            Self::Usage { message, hint } => json!({ "code": "usage", "message": message, "hint": hint, "exit": 64 }),
            Self::Other { what, reason } => {
                json!({ "code": "failed", "message": format!("{what}: {reason}"), "exit": 1 })
            }
        }
    }
}

fn statement_failure(e: &Error) -> Option<&StatementFailure> {
    match e {
        Error::Run { source, .. } => match source.as_ref() {
            ExecutorError::Statement(f) => Some(f),
            _ => None,
        },
        Error::Executor(ExecutorError::Statement(f)) => Some(f),
        _ => None,
    }
}

/// The line with a caret, the server's words, and what stays.
fn details(ui: &Ui, e: &Error) {
    if let Error::Syntax { place, source_line: Some(line), .. } = e {
        caret(ui, place.line, place.column, line);
    }
    // Of several, each names its place, and a line without its file would only confuse.
    if let Error::Script(errors) = e
        && let [(error, Some(line))] = errors.as_slice()
    {
        caret(ui, error.at.line, error.at.column, line);
    }
    if let Some(f) = statement_failure(e) {
        if let Some(line) = &f.source_line {
            caret(ui, f.place.line, f.place.column, line);
        }
        if let Some(server) = f.error.server() {
            if let Some(detail) = &server.detail {
                ui.err(&format!("{DIM}detail:{DIM:#} {detail}"));
            }
            if let Some(context) = &server.context {
                for line in context.lines().take(6) {
                    ui.err(&format!("{DIM}context:{DIM:#} {line}"));
                }
            }
        }
        if f.attempts > 1 {
            ui.err(&format!("{DIM}tried:{DIM:#} {} times", f.attempts));
        }
        for b in &f.blockers {
            ui.err(&format!(
                "{DIM}blocked by:{DIM:#} pid {} {} {:?} {}, transaction open for {}: {}",
                b.pid,
                b.user,
                b.application,
                b.state,
                b.age,
                redacted(&b.query)
            ));
        }
    }
    let (migration, done, total) = match e {
        Error::Run { source, .. } => match source.as_ref() {
            ExecutorError::Statement(f) => (Some(f.migration.as_str()), f.units_done, f.units_total),
            ExecutorError::Verify { migration, units_done, units_total, .. } => {
                (Some(migration.as_str()), *units_done, *units_total)
            }
            ExecutorError::Interrupted { migration, units_done, units_total } => {
                (migration.as_deref(), *units_done, *units_total)
            }
            _ => (None, 0, 0),
        },
        _ => (None, 0, 0),
    };
    if let Some(id) = migration {
        if done > 0 {
            ui.err(&format!(
                "{DIM}state:{DIM:#} {id} is partial: {done} of {} committed and on record; running again goes on from there",
                count(total, "part")
            ));
        } else {
            ui.err(&format!("{DIM}state:{DIM:#} {id} is as it was before: what this run did to it was rolled back"));
        }
    }
    if let Error::Run { done, .. } = e
        && !done.is_empty()
    {
        let ids: Vec<&str> = done.iter().map(|d| d.id.as_str()).collect();
        ui.err(&format!("{DIM}completed before it:{DIM:#} {}", shorten(&ids)));
    }
}

fn shorten(ids: &[&str]) -> String {
    if ids.len() <= 8 {
        return ids.join(", ");
    }
    format!("{} ... {} ({})", ids[0], ids[ids.len() - 1], count(ids.len(), "migration"))
}

fn caret(ui: &Ui, line: usize, column: usize, text: &str) {
    // A password before the place moves the caret.
    let before: String = text.chars().take(column.saturating_sub(1)).collect();
    let column = if redacted(&before) == before { column } else { redacted(&before).chars().count() + 1 };
    let text = redacted(text);
    // Long lines are shown around the place.
    let chars: Vec<char> = text.chars().map(|c| if c == '\t' { ' ' } else { c }).collect();
    let from = column.saturating_sub(60);
    let shown: String = chars.iter().skip(from).take(110).collect();
    let number = line.to_string();
    ui.err(&format!("{DIM}{number} |{DIM:#} {shown}"));
    ui.err(&format!(
        "{DIM}{} |{DIM:#} {}{RED}^{RED:#}",
        " ".repeat(number.len()),
        " ".repeat(column.saturating_sub(1).saturating_sub(from))
    ));
}

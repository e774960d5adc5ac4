//! `history` and `log`: the events of a target's journal. Nothing here writes.

use serde_json::Value;
use surefoot_journal::{EventRow, Journal};
use surefoot_pg::Session;

use crate::Result;

/// How many events are read at once.
const PAGE: usize = 1000;

/// An event, with what people ask for taken out of its body.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Sequence number.
    pub seq: u64,
    /// Server time, RFC 3339 in UTC.
    pub at: String,
    /// Kind.
    pub kind: String,
    /// Migration id.
    pub migration: Option<String>,
    /// The migration's name.
    pub name: Option<String>,
    /// State of the migration after it.
    pub state: Option<String>,
    /// The run it belongs to.
    pub run: Option<String>,
    /// Database role.
    pub role: Option<String>,
    /// User of the operating system.
    pub os_user: Option<String>,
    /// Host of the runner.
    pub host: Option<String>,
    /// CI identity.
    pub ci: Option<String>,
    /// Milliseconds it took.
    pub duration_ms: Option<u64>,
    /// SQLSTATE or the code of a refusal.
    pub error_code: Option<String>,
    /// What went wrong.
    pub error: Option<String>,
    /// Why someone did it by hand.
    pub reason: Option<String>,
    /// Which part of how many, of a migration in parts.
    pub part: Option<(u64, u64)>,
    /// Hash, hex.
    pub hash: String,
    /// The whole event; `Null` when it was altered and is no JSON.
    pub body: Value,
}

impl Entry {
    fn of(row: EventRow) -> Self {
        let body = row.json();
        let detail = &body["detail"];
        let actor = &detail["actor"];
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let went_wrong = matches!(row.kind.as_str(), "failed" | "refused" | "interrupted");
        Self {
            name: text(&detail["name"]),
            role: text(&body["role"]),
            os_user: text(&actor["os_user"]),
            host: text(&actor["host"]),
            ci: text(&actor["ci"]),
            duration_ms: detail["duration_ms"].as_u64(),
            error_code: text(&detail["sqlstate"]).or_else(|| text(&detail["code"])),
            error: text(&detail["message"]).filter(|_| went_wrong),
            reason: text(&detail["reason"]),
            part: detail["part"].as_u64().zip(detail["of"].as_u64()),
            seq: row.seq,
            at: row.at,
            kind: row.kind,
            migration: row.migration,
            state: row.state,
            run: row.run,
            hash: row.hash,
            body,
        }
    }

    /// How it ended, in a few words.
    pub fn outcome(&self) -> String {
        let first_line = |text: &str| text.lines().next().unwrap_or_default().to_owned();
        if let Some(error) = &self.error {
            return match &self.error_code {
                Some(code) if !error.contains(code.as_str()) => format!("{} ({code})", first_line(error)),
                _ => first_line(error),
            };
        }
        if let Some((part, of)) = self.part {
            return format!("part {part} of {of}");
        }
        if let Some(reason) = &self.reason {
            return first_line(reason);
        }
        // Of `recovered` and `seeded`: which files.
        let files = self.body["detail"]["files"].as_array().map(Vec::as_slice).unwrap_or_default();
        let files = files.iter().map(|f| f.as_str().or_else(|| f["path"].as_str()).or_else(|| f["file"].as_str()));
        files.flatten().collect::<Vec<_>>().join(", ")
    }
}

/// The newest `limit` events, newest first; only those of one migration when it is given.
///
/// # Errors
/// When the session fails.
pub async fn newest(journal: &Journal, session: &Session, migration: Option<&str>, limit: usize) -> Result<Vec<Entry>> {
    let head = journal.head(session).await?.seq;
    let mut kept: Vec<EventRow> = Vec::new();
    // Numbers have no gaps, so that the newest of all are found by number.
    let mut after = match migration {
        Some(_) => 0,
        None => head.saturating_sub(limit as u64),
    };
    loop {
        let page = journal.events(session, after, PAGE, migration).await?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        let more = page.len() == PAGE;
        kept.extend(page);
        if kept.len() > limit {
            kept.drain(..kept.len() - limit);
        }
        if !more {
            break;
        }
    }
    Ok(kept.into_iter().rev().map(Entry::of).collect())
}

/// Events after a number, oldest first, handed on page by page.
///
/// # Errors
/// When the session fails.
pub async fn since(journal: &Journal, session: &Session, mut after: u64, mut each: impl FnMut(Entry)) -> Result<()> {
    loop {
        let page = journal.events(session, after, PAGE, None).await?;
        let more = page.len() == PAGE;
        after = page.last().map_or(after, |last| last.seq);
        page.into_iter().map(Entry::of).for_each(&mut each);
        if !more {
            return Ok(());
        }
    }
}

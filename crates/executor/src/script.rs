//! A plan as an SQL script that a person can run with psql: the statements and
//! the journal entries, so that the target's history is the same as after a run.

use std::fmt::Write as _;
use std::time::Duration;

use surefoot_journal::{Actor, Event, Journal, create_sql};
use surefoot_pg::literal;
use surefoot_plan::{UnitKind, Work};

use crate::connect::RunOptions;
use crate::entries::{Entries, local_settings};

/// What a script is made of.
#[derive(Debug, Clone, Copy)]
pub struct ScriptInput<'a> {
    /// The migrations, in order.
    pub works: &'a [Work],
    /// The journal, or what it will be.
    pub journal: &'a Journal,
    /// Its last event; `None` when the script has to create it.
    pub head: Option<u64>,
    /// Identity of the run.
    pub run: &'a str,
    /// Who made the script.
    pub actor: &'a Actor,
    /// Time-outs.
    pub options: &'a RunOptions,
    /// Role of migrations with `role elevated`, when it is reached by `SET ROLE`.
    pub elevated_role: Option<&'a str>,
    /// First lines of the script, as comments.
    pub title: &'a str,
    /// The event that creates the journal.
    pub created: &'a Event,
}

/// Renders the script.
pub fn script(input: ScriptInput<'_>) -> String {
    let mut out = String::new();
    for line in input.title.lines() {
        let _ = writeln!(out, "-- {line}");
    }
    let key = Journal::lock_key(input.journal.schema());
    out.push_str("\\set ON_ERROR_STOP on\n\n");
    let _ = writeln!(
        out,
        "DO $surefoot$ BEGIN\n  IF NOT pg_catalog.pg_try_advisory_lock({}, {}) THEN\n    \
         RAISE EXCEPTION 'another run holds the migration lock';\n  END IF;\nEND $surefoot$;",
        key.class, key.object
    );
    let settings = format!(
        "SET lock_timeout = {};\nSET statement_timeout = {};\n",
        input.options.lock_timeout.as_millis(),
        input.options.statement_timeout.as_millis()
    );
    out.push_str(&settings);
    let mut head = match input.head {
        Some(head) => head,
        None => {
            let entries = Entries { journal: input.journal, head: Some(0), run: input.run, actor: input.actor };
            let _ = write!(
                out,
                "\n-- The journal\nBEGIN;\n{}{};\nCOMMIT;\n",
                create_sql(input.journal.schema(), input.journal.project()),
                entries.journal.append_sql(Some(0), input.created),
            );
            1
        }
    };
    for work in input.works {
        let _ = write!(
            out,
            "\n-- {} {} {} ({}, sha256 {})\n",
            work.direction.as_str(),
            work.id,
            work.name,
            work.file().path,
            work.file().sha256
        );
        head = migration(&mut out, input, work, head);
        out.push_str("RESET SESSION AUTHORIZATION;\nRESET ALL;\nDISCARD TEMP;\n");
        out.push_str(&settings);
    }
    let _ = writeln!(out, "\nSELECT pg_catalog.pg_advisory_unlock({}, {});", key.class, key.object);
    out
}

/// One migration; returns the number of the last event after it.
fn migration(out: &mut String, input: ScriptInput<'_>, work: &Work, mut head: u64) -> u64 {
    let entries =
        |head: u64| Entries { journal: input.journal, head: Some(head), run: input.run, actor: input.actor };
    let total = work.units.len();
    let mut recorded = false;
    for (index, unit) in work.units.iter().enumerate() {
        let last = index + 1 == total;
        let entry = |head: u64| {
            if last { entries(head).done(work, Duration::ZERO, &[]) } else { entries(head).part(work, index, Duration::ZERO) }
        };
        match &unit.kind {
            UnitKind::Transaction { begin, rollback, read_only, .. } => {
                let _ = writeln!(out, "{begin};");
                for s in local_settings(work, input.elevated_role) {
                    let _ = writeln!(out, "{s};");
                }
                statements(out, work, index);
                if *rollback {
                    out.push_str("ROLLBACK;\n");
                } else if *read_only {
                    out.push_str("COMMIT;\n");
                } else {
                    texts(out, input, work, last);
                    lines(out, &[entry(head)]);
                    out.push_str("COMMIT;\n");
                    head += 1;
                    recorded = last;
                }
            }
            UnitKind::Alone => {
                let (event, extra) = entries(head).intent(work, index, Duration::ZERO, None);
                out.push_str("BEGIN;\n");
                let _ = writeln!(out, "{};", input.journal.append_sql(Some(head), &event));
                lines(out, &extra);
                out.push_str("COMMIT;\nSET lock_timeout = 0;\n");
                statements(out, work, index);
                out.push_str("BEGIN;\n");
                texts(out, input, work, last);
                lines(out, &[entry(head + 1)]);
                out.push_str("COMMIT;\n");
                head += 2;
                recorded = last;
            }
        }
    }
    if !recorded {
        out.push_str("BEGIN;\n");
        texts(out, input, work, true);
        lines(out, &[entries(head).done(work, Duration::ZERO, &[])]);
        out.push_str("COMMIT;\n");
        head += 1;
    }
    head
}

fn statements(out: &mut String, work: &Work, index: usize) {
    for planned in &work.units[index].statements {
        let statement = &work.script.statements[planned.index];
        for echo in work.script.echoes.iter().filter(|e| e.before == planned.index) {
            let _ = writeln!(out, "\\echo {}", literal(echo.text.trim_end()));
        }
        let _ = writeln!(out, "{};", work.script.text(statement));
        if let Some(data) = work.script.copy_data(statement) {
            out.push_str(data);
            if !data.is_empty() && !data.ends_with('\n') {
                out.push('\n');
            }
            out.push_str("\\.\n");
        }
    }
}

/// Texts too large for the entry, before the last one.
fn texts(out: &mut String, input: ScriptInput<'_>, work: &Work, last: bool) {
    if last {
        let entries = Entries { journal: input.journal, head: None, run: input.run, actor: input.actor };
        for sql in entries.large_texts(work) {
            let _ = writeln!(out, "{sql};");
        }
    }
}

fn lines(out: &mut String, sql: &[String]) {
    for s in sql {
        let _ = writeln!(out, "{s};");
    }
}

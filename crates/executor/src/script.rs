//! A plan as an SQL script that a person can run with psql: the statements and
//! the journal entries, so that the target's history is the same as after a run.

use std::fmt::Write as _;
use std::time::Duration;

use surefoot_journal::{Actor, Event, Journal, create_sql};
use surefoot_pg::{ident, literal};
use surefoot_plan::{Direction, Planned, UnitKind, Work};

use crate::alone::own_limits;
use crate::attic::{
    AtticItem, AtticState, attic_detail, due, entry_sql, install_sql, keep_sql, let_go_sql, put_back_sql, type_change,
};
use crate::connect::RunOptions;
use crate::entries::{Entries, local_settings};
use crate::runner::place;

/// What a script is made of.
#[derive(Debug, Clone, Copy)]
pub struct ScriptInput<'a> {
    /// The migrations, in order.
    pub works: &'a [Work],
    /// How many leading parts of each are committed already; what is not listed has none.
    pub done: &'a [usize],
    /// Everything in one transaction; the caller has refused what cannot be in one.
    pub single: bool,
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
    /// What is in the attic of the target.
    pub attic: &'a [AtticItem],
    /// Statements that follow the last migration.
    pub closing: &'a [String],
}

/// Renders the script; without migrations it does nothing.
pub fn script(input: ScriptInput<'_>) -> String {
    let mut out = String::new();
    for line in input.title.lines() {
        let _ = writeln!(out, "-- {line}");
    }
    if input.works.is_empty() {
        out.push_str("-- There is nothing to run.\n");
        return out;
    }
    let key = Journal::lock_key(input.journal.schema());
    out.push_str("\\set ON_ERROR_STOP on\n\\set AUTOCOMMIT on\n\n");
    let _ = writeln!(
        out,
        "DO $surefoot$ BEGIN\n  IF NOT pg_catalog.pg_try_advisory_lock({}, {}) THEN\n    \
         RAISE EXCEPTION 'another run holds the migration lock';\n  END IF;\n{}END $surefoot$;",
        key.class,
        key.object,
        same_journal(input)
    );
    let settings = format!(
        "SET lock_timeout = {};\nSET statement_timeout = {};\n",
        input.options.lock_timeout.as_millis(),
        input.options.statement_timeout.as_millis()
    );
    out.push_str(&settings);
    let mut head = Some(match input.head {
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
    });
    if input.works.iter().any(|w| w.keeps() || !waiting(input, w).is_empty()) {
        let _ = write!(
            out,
            "\n-- The attic, where dropped tables and columns are kept\nBEGIN;\n{}COMMIT;\n",
            install_sql(&input.options.attic, input.journal)
        );
    }
    if input.single {
        out.push_str("\nBEGIN;\n");
    }
    for (i, work) in input.works.iter().enumerate() {
        let _ = write!(
            out,
            "\n-- {} {} {} ({}, sha256 {})\n",
            work.direction.as_str(),
            work.id,
            work.name,
            work.file().path,
            work.file().sha256
        );
        head = if input.single {
            together(&mut out, input, work, head)
        } else {
            migration(&mut out, input, work, input.done.get(i).copied().unwrap_or_default(), head)
        };
        out.push_str(
            "RESET SESSION AUTHORIZATION;\nRESET ROLE;\nRESET ALL;\nCLOSE ALL;\nDEALLOCATE ALL;\nUNLISTEN *;\n\
             DISCARD TEMP;\nDISCARD SEQUENCES;\n",
        );
        out.push_str(&settings);
    }
    out.push('\n');
    lines(&mut out, input.closing);
    if input.single {
        out.push_str("COMMIT;\n");
    }
    let _ = writeln!(out, "SELECT pg_catalog.pg_advisory_unlock({}, {});", key.class, key.object);
    out
}

/// Stops a script that was made for another state of the journal before it runs anything.
fn same_journal(input: ScriptInput<'_>) -> String {
    let schema = input.journal.schema();
    match input.head {
        Some(head) => format!(
            "  IF (SELECT pg_catalog.max(seq) FROM {}.events) IS DISTINCT FROM {head} THEN\n    \
             RAISE EXCEPTION 'the journal has moved on since this script was made: make it anew';\n  END IF;\n",
            ident(schema)
        ),
        None => format!(
            "  IF EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = {}) THEN\n    \
             RAISE EXCEPTION 'the journal is there already: make this script anew';\n  END IF;\n",
            literal(schema)
        ),
    }
}

/// One migration from its part `done` on; returns the number of the last event after it.
fn migration(out: &mut String, input: ScriptInput<'_>, work: &Work, done: usize, mut head: Option<u64>) -> Option<u64> {
    let entries = |head: Option<u64>| Entries { journal: input.journal, head, run: input.run, actor: input.actor };
    let total = work.units.len();
    let mut recorded = false;
    if done > 0 {
        let _ = writeln!(out, "-- {done} of {total} parts are committed already");
        session_settings(out, work, done);
    }
    for (index, unit) in work.units.iter().enumerate().skip(done) {
        let last = index + 1 == total;
        let entry = |head: Option<u64>| {
            if last {
                entries(head).done(work, Duration::ZERO, &[])
            } else {
                entries(head).part(work, index, Duration::ZERO)
            }
        };
        match &unit.kind {
            UnitKind::Transaction { begin, rollback, read_only, .. } => {
                let _ = writeln!(out, "{begin};");
                for s in local_settings(work, input.elevated_role) {
                    let _ = writeln!(out, "{s};");
                }
                statements(out, input, work, &unit.statements);
                if *rollback {
                    out.push_str("ROLLBACK;\n");
                } else if *read_only {
                    out.push_str("COMMIT;\n");
                } else {
                    if last {
                        put_back(out, input, work, None);
                        check(out, work);
                    }
                    texts(out, input, work, index, last);
                    head = announce(out, input, work, &unit.statements, head);
                    lines(out, &entry(head));
                    out.push_str("COMMIT;\n");
                    head = head.map(|h| h + if last { work.entries() } else { 1 });
                    recorded = last;
                }
            }
            UnitKind::Alone => {
                let (event, extra) = entries(head).intent(work, index, Duration::ZERO, None);
                out.push_str("BEGIN;\n");
                lines(out, &[input.journal.append_sql(head, &event)]);
                lines(out, &extra);
                out.push_str("COMMIT;\n");
                alone(out, input, work, &unit.statements);
                out.push_str("BEGIN;\n");
                head = head.map(|h| h + 1);
                if last {
                    put_back(out, input, work, None);
                    check(out, work);
                    head = announce(out, input, work, &[], head);
                }
                texts(out, input, work, index, last);
                lines(out, &entry(head));
                out.push_str("COMMIT;\n");
                head = head.map(|h| h + 1);
                recorded = last;
            }
        }
    }
    if !recorded {
        out.push_str("BEGIN;\n");
        put_back(out, input, work, None);
        check(out, work);
        head = announce(out, input, work, &[], head);
        texts(out, input, work, total, true);
        lines(out, &entries(head).done(work, Duration::ZERO, &[]));
        out.push_str("COMMIT;\n");
        head = head.map(|h| h + work.entries());
    }
    echoes(out, work, work.script.statements.len()..usize::MAX);
    head
}

/// One migration within the one transaction of all.
fn together(out: &mut String, input: ScriptInput<'_>, work: &Work, mut head: Option<u64>) -> Option<u64> {
    for unit in &work.units {
        statements(out, input, work, &unit.statements);
    }
    put_back(out, input, work, None);
    check(out, work);
    for unit in work.units.iter().take(1) {
        head = announce(out, input, work, &unit.statements, head);
    }
    texts(out, input, work, work.units.len(), true);
    let entries = Entries { journal: input.journal, head, run: input.run, actor: input.actor };
    lines(out, &entries.done(work, Duration::ZERO, &[]));
    echoes(out, work, work.script.statements.len()..usize::MAX);
    head.map(|h| h + work.entries())
}

/// A statement outside a transaction, with time-outs of its own; the file's come back after it, unless it set them.
fn alone(out: &mut String, input: ScriptInput<'_>, work: &Work, unit: &[Planned]) {
    let own = unit.first().map(|p| own_limits(work, &p.effects)).unwrap_or_default();
    for (name, ours) in &own {
        let _ = writeln!(out, "SELECT pg_catalog.current_setting('{name}') AS surefoot_{name} \\gset");
        let _ = writeln!(out, "SET {name} = {ours};");
    }
    let role = input.elevated_role.filter(|_| work.settings.elevated);
    if let Some(role) = role {
        let _ = writeln!(out, "SET ROLE {};", ident(role));
    }
    statements(out, input, work, unit);
    if role.is_some() {
        out.push_str("RESET ROLE;\n");
    }
    for (name, ours) in &own {
        let _ = writeln!(
            out,
            "SELECT pg_catalog.set_config('{name}', :'surefoot_{name}', false) FROM pg_catalog.pg_settings \
             WHERE name = '{name}' AND setting = '{ours}';"
        );
    }
}

/// What the committed parts set in their session.
fn session_settings(out: &mut String, work: &Work, done: usize) {
    for unit in &work.units[..done] {
        if matches!(unit.kind, UnitKind::Transaction { rollback: true, .. }) {
            continue;
        }
        for planned in &unit.statements {
            if planned.effects.sets.iter().any(|s| !s.local) || planned.effects.role_change {
                let _ = writeln!(out, "{};", work.script.text(&work.script.statements[planned.index]));
            }
        }
    }
}

fn statements(out: &mut String, input: ScriptInput<'_>, work: &Work, unit: &[Planned]) {
    let attic = &input.options.attic;
    for planned in unit {
        let statement = &work.script.statements[planned.index];
        echoes(out, work, planned.index..planned.index + 1);
        let kept = planned.keep.as_ref().map(|keep| keep_sql(attic, work, input.run, keep));
        if let Some((before, _)) = &kept {
            lines(out, before);
        }
        if let Some((kind, names)) = type_change(work, planned) {
            let _ = writeln!(out, "{};", let_go_sql(attic, kind, &names));
        }
        let _ = writeln!(out, "{};", work.script.text(statement));
        if let Some(data) = work.script.copy_data(statement) {
            out.push_str(data);
            if !data.is_empty() && !data.ends_with('\n') {
                out.push('\n');
            }
            out.push_str("\\.\n");
        }
        if let Some((_, after)) = &kept {
            lines(out, after);
        }
        put_back(out, input, work, Some(planned.index));
    }
}

/// What a rollback has to give back, newest first.
fn waiting<'i>(input: ScriptInput<'i>, work: &Work) -> Vec<&'i AtticItem> {
    let mine =
        |i: &&AtticItem| work.direction == Direction::Down && i.migration == work.id && i.state == AtticState::Kept;
    input.attic.iter().filter(mine).rev().collect()
}

/// Gives back what is due after a statement, or at the end what is left. What does not go in stops the script: a run
/// would leave it in the attic and say so.
fn put_back(out: &mut String, input: ScriptInput<'_>, work: &Work, after: Option<usize>) {
    for item in waiting(input, work) {
        if after.is_none_or(|index| due(work, item).is_after(index)) {
            let sql = put_back_sql(&input.options.attic, work.settings.elevated, item.id, after.is_none());
            lines(out, &[sql]);
        }
    }
}

/// Tells the journal what was kept and given back. How many events that makes is not known here, so nothing is expected
/// of the journal's number from then on.
fn announce(out: &mut String, input: ScriptInput<'_>, work: &Work, unit: &[Planned], head: Option<u64>) -> Option<u64> {
    if !unit.iter().any(|p| p.keep.is_some()) && waiting(input, work).is_empty() {
        return head;
    }
    let entries = Entries { journal: input.journal, head, run: input.run, actor: input.actor };
    let event = entries.event(surefoot_journal::EventKind::Kept, Some(&work.id), None, attic_detail(work));
    let sql = entry_sql(&input.options.attic, head, &event);
    lines(out, &[crate::entries::OWN_ROLE.to_owned(), sql]);
    None
}

/// The migration's check, which leaves no trace. A query that returns a false value fails, as in a run.
fn check(out: &mut String, work: &Work) {
    let Some(script) = work.verify_script.as_ref().filter(|_| work.direction == Direction::Up) else { return };
    if script.statements.is_empty() {
        return;
    }
    out.push_str("SAVEPOINT surefoot_verify;\n");
    for (index, statement) in script.statements.iter().enumerate() {
        if statement.kind.is_transaction_boundary() {
            continue;
        }
        let text = script.text(statement);
        let cursor = surefoot_sql::Cursor::new(text);
        if ["select", "with", "values", "table"].iter().any(|w| cursor.peek_kw(w)) || cursor.peek_symbol("(") {
            let where_ = place(script, index, None).0.to_string();
            let body = format!(
                "DECLARE r record; BEGIN FOR r IN EXECUTE {} LOOP \
                 IF EXISTS (SELECT FROM pg_catalog.json_each(pg_catalog.row_to_json(r)) AS c(key, value) \
                 WHERE c.value::text = 'false') THEN \
                 RAISE EXCEPTION USING MESSAGE = {}; END IF; END LOOP; END",
                literal(text),
                literal(&format!("{where_}: a query of the check returned false"))
            );
            let _ = writeln!(out, "DO {};", literal(&body));
        } else {
            let _ = writeln!(out, "{text};");
        }
    }
    out.push_str("ROLLBACK TO SAVEPOINT surefoot_verify;\nRELEASE SAVEPOINT surefoot_verify;\n");
}

/// The outputs before the statements of a range.
fn echoes(out: &mut String, work: &Work, before: std::ops::Range<usize>) {
    for echo in work.script.echoes.iter().filter(|e| before.contains(&e.before)) {
        let command = if echo.warn { "\\warn" } else { "\\echo" };
        let (text, flag) = match echo.text.strip_suffix('\n') {
            Some(text) => (text, ""),
            None => (echo.text.as_str(), " -n"),
        };
        let _ = writeln!(out, "{command}{flag} {}", psql_word(text));
    }
}

/// A text as one argument of a psql command.
fn psql_word(text: &str) -> String {
    let mut out = String::from("'");
    for c in text.chars() {
        match c {
            '\'' => out.push_str("''"),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

/// Texts too large for the entry, before the one they belong to, as in a run.
fn texts(out: &mut String, input: ScriptInput<'_>, work: &Work, index: usize, last: bool) {
    if last || index == 0 {
        let entries = Entries { journal: input.journal, head: None, run: input.run, actor: input.actor };
        for sql in entries.large_texts(work) {
            let _ = writeln!(out, "{sql};");
        }
    }
}

fn lines(out: &mut String, sql: &[String]) {
    for s in sql {
        // What the journal's functions give is of no interest; psql keeps it in variables.
        let end = if s.starts_with("SELECT ") { " \\gset surefoot_" } else { ";" };
        let _ = writeln!(out, "{s}{end}");
    }
}

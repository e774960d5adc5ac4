//! A run and the attic.

use serde_json::{Map, Value};
use surefoot_effects::Removal;
use surefoot_journal::EventKind;
use surefoot_pg::{ErrorClass, Notice, Outcome, Row, ident, literal};
use surefoot_plan::{Direction, Keep, Planned, UnitKind, Work};
use surefoot_sql::{Cursor, ObjectName};

use super::sql::oid;
use super::{
    AtticChange, AtticItem, AtticState, Due, attic_items, due, entry_sql, install_sql, keep_sql, let_go_sql,
    put_back_sql, version_sql,
};
use crate::again::TIMES;
use crate::entries::OWN_ROLE;
use crate::runner::place;
use crate::watch::{Watched, attended};
use crate::{Progress, Result, Runner};

/// What a run knows of the attic.
#[derive(Debug, Default)]
pub(crate) struct AtticRun {
    /// Its functions are there, and of this version.
    ready: bool,
    /// What comes back has broken a statement that followed: it waits until all others have run.
    held_back: bool,
    /// It is known to be empty.
    empty: bool,
    /// What the migration that is being rolled back has to get back, newest first.
    waiting: Vec<(AtticItem, Due)>,
    /// What the open transaction has put back already.
    back: Vec<u64>,
    /// What the migration has done with it, as far as it is committed or about to be.
    pub(crate) changes: Vec<AtticChange>,
}

impl Runner<'_> {
    /// Before a migration: the attic is made where it is needed, and what a rollback has to give back is looked up.
    pub(crate) async fn enter_attic(&mut self, work: &Work) -> Result<()> {
        self.attic.held_back = false;
        if work.keeps() {
            self.cleaned().await?;
            self.install_attic().await?;
            self.attic.empty = false;
        }
        self.wait_in_attic(work).await?;
        if !self.attic.waiting.is_empty() {
            self.install_attic().await?;
        }
        Ok(())
    }

    /// Looks up what a rollback has to give back.
    pub(crate) async fn wait_in_attic(&mut self, work: &Work) -> Result<()> {
        let held_back = std::mem::take(&mut self.attic.held_back);
        self.attic.waiting.clear();
        self.attic.changes.clear();
        self.begin_attic(0);
        if work.direction == Direction::Up || self.attic.empty {
            return Ok(());
        }
        self.cleaned().await?;
        let mut times = TIMES;
        let items = loop {
            match attic_items(&self.session, &self.options.attic.schema).await {
                Ok(items) => break items,
                Err(e) => self.again(None, e, &mut times).await?,
            };
        };
        self.attic.empty = items.is_empty();
        let mine = items.into_iter().filter(|i| i.migration == work.id && i.state == AtticState::Kept);
        self.attic.waiting = (mine.rev())
            .map(|i| (if held_back { Due::AtEnd } else { due(work, &i) }, i))
            .map(|(due, i)| (i, due))
            .collect();
        self.attic.held_back = held_back;
        Ok(())
    }

    async fn install_attic(&mut self) -> Result<()> {
        let mut times = TIMES;
        while !self.attic.ready {
            let (look, make) = {
                let options = &self.options.attic;
                (version_sql(options, &self.journal), install_sql(options, &self.journal))
            };
            let tried = async {
                let there = self.session.rows(&look).await?;
                if there.first().and_then(|r| r.get(0)) != Some("t") {
                    self.session.run(&format!("BEGIN;\n{make}COMMIT")).await?;
                }
                Ok::<_, surefoot_pg::Error>(())
            }
            .await;
            match tried {
                Ok(()) => self.attic.ready = true,
                Err(e) => {
                    let _ = self.session.run("ROLLBACK").await;
                    self.again(None, e.into(), &mut times).await?;
                }
            }
            let _ = self.session.take_notices();
        }
        Ok(())
    }

    /// Whether the attic has something to do at a statement.
    pub(crate) fn concerns_attic(&self, work: &Work, planned: &Planned) -> bool {
        planned.keep.is_some() || !self.attic.waiting.is_empty() || type_change(work, planned).is_some()
    }

    /// Runs a statement with what the attic has to do before and after it.
    pub(crate) async fn statement_kept(
        &mut self,
        work: &Work,
        planned: &Planned,
        notices: &mut Vec<Notice>,
    ) -> std::result::Result<Outcome, surefoot_pg::Error> {
        let index = planned.index;
        let outcome = if let Some(keep) = &planned.keep {
            let (before, after) = keep_sql(&self.options.attic, work, &self.run, keep);
            self.attended(work, index, &before.join("; "), notices).await?;
            self.let_go(work, planned, notices).await?;
            let outcome = self.statement(work, index, notices).await?;
            if !after.is_empty() {
                self.attended(work, index, &after.join("; "), notices).await?;
            }
            self.observer.observe(&Progress::Boundary("after-keep"));
            outcome
        } else {
            self.let_go(work, planned, notices).await?;
            self.statement(work, index, notices).await?
        };
        if !self.attic.waiting.is_empty() {
            self.put_back(work, Some(index)).await?;
        }
        Ok(outcome)
    }

    /// Before types go: kept tables let go of them, or the drop would be refused, or take columns of theirs along.
    async fn let_go(
        &mut self,
        work: &Work,
        planned: &Planned,
        notices: &mut Vec<Notice>,
    ) -> std::result::Result<(), surefoot_pg::Error> {
        if let Some((kind, names)) = type_change(work, planned) {
            let sql = let_go_sql(&self.options.attic, kind, &names);
            self.attended(work, planned.index, &sql, notices).await?;
        }
        Ok(())
    }

    /// Whether unit `index` may have something to tell the journal about the attic.
    pub(crate) fn is_in_attic(&self, work: &Work, index: usize) -> bool {
        !self.attic.waiting.is_empty()
            || work.units.get(index).is_some_and(|u| u.statements.iter().any(|p| p.keep.is_some()))
    }

    /// At the end of a rollback: what is still waiting. Items that refer to others find their rows in a later round.
    pub(crate) async fn put_back_rest(&mut self, work: &Work) -> std::result::Result<(), surefoot_pg::Error> {
        if work.direction == Direction::Up || self.attic.waiting.is_empty() {
            return Ok(());
        }
        self.put_back(work, None).await
    }

    /// Puts back what is due after a statement, or at the end everything.
    async fn put_back(&mut self, work: &Work, after: Option<usize>) -> std::result::Result<(), surefoot_pg::Error> {
        let is_last = after.is_none();
        let wanted = |d: &Due| is_last || after.is_some_and(|index| d.is_after(index));
        let mut open: Vec<u64> = (self.attic.waiting.iter())
            .filter(|(i, d)| wanted(d) && !self.attic.back.contains(&i.id))
            .map(|(i, _)| i.id)
            .collect();
        loop {
            let mut again = Vec::new();
            let before = open.len();
            for id in open {
                self.send("SAVEPOINT surefoot_attic").await?;
                let sql = put_back_sql(&self.options.attic, work.settings.elevated, id, is_last);
                match self.attic_rows(&sql).await {
                    Ok(rows) => {
                        self.send("RELEASE SAVEPOINT surefoot_attic").await?;
                        if rows.first().and_then(|r| r.get(0)) != Some("not there") {
                            self.attic.back.push(id);
                        }
                    }
                    Err(e) => {
                        let Some(reason) = harmless(&e) else { return Err(e) };
                        self.send("ROLLBACK TO SAVEPOINT surefoot_attic; RELEASE SAVEPOINT surefoot_attic").await?;
                        again.push((id, reason));
                    }
                }
            }
            // What fails before the end may succeed there.
            if !is_last || again.is_empty() {
                break;
            }
            if again.len() == before {
                for (id, reason) in again {
                    let attic = ident(&self.options.attic.schema);
                    let sql = format!(
                        "{OWN_ROLE}; UPDATE {attic}.items SET state = 'left' WHERE id = {id}; \
                         SELECT {attic}.note('restored', {id}, pg_catalog.jsonb_build_object('rows', 0, 'stays', {}::text))",
                        literal(&reason)
                    );
                    self.send(&sql).await?;
                    self.attic.back.push(id);
                }
                break;
            }
            open = again.into_iter().map(|(id, _)| id).collect();
        }
        self.observer.observe(&Progress::Boundary("after-put-back"));
        Ok(())
    }

    /// Tells the journal, in the open transaction; gives how many events that made.
    pub(crate) async fn announce(&mut self, work: &Work) -> std::result::Result<u64, surefoot_pg::Error> {
        let event = self.event(EventKind::Kept, Some(&work.id), None, attic_detail(work));
        let sql = format!(
            "{OWN_ROLE}; SELECT u.kind, u.item FROM {}.unrecorded u ORDER BY u.id; {}",
            ident(&self.options.attic.schema),
            entry_sql(&self.options.attic, Some(self.head), &event)
        );
        let rows = self.attic_rows(&sql).await?;
        let mut head = self.head;
        for row in &rows {
            if row.len() == 2 {
                self.attic.changes.extend(change(row));
            } else {
                head = row.parse(0).unwrap_or(head);
            }
        }
        Ok(head - self.head)
    }

    /// Rows that came back may break a rule that the rollback makes afterwards, because what they refer to is gone. Then
    /// the transaction is tried once more, without them until the end. Whether that makes sense after an error.
    pub(crate) fn hold_back(&mut self, error: &surefoot_pg::Error) -> bool {
        let rule = error.code().is_some_and(|c| c.starts_with("23"));
        if !rule || self.attic.back.is_empty() || self.attic.held_back {
            return false;
        }
        self.attic.held_back = true;
        for (_, due) in &mut self.attic.waiting {
            *due = Due::AtEnd;
        }
        true
    }

    /// A transaction is begun (again).
    pub(crate) fn begin_attic(&mut self, committed: usize) {
        self.attic.back.clear();
        self.attic.changes.truncate(committed);
    }

    /// Copies columns of large tables in batches, each committed, before the transaction that drops them begins: under
    /// its lock only what was written meanwhile is left to copy. Whatever is in the way of that, the transaction copies
    /// all by itself.
    pub(crate) async fn copy_ahead(&mut self, work: &Work, index: usize) -> Result<()> {
        let unit = &work.units[index];
        if self.connector.single_connection
            || work.settings.elevated
            || !matches!(unit.kind, UnitKind::Transaction { rollback: false, read_only: false, .. })
        {
            return Ok(());
        }
        let mut tables: Vec<(String, String, String)> = Vec::new();
        for planned in &unit.statements {
            // From here on a name may be another table's, or another role may be asked.
            if planned.effects.role_change || planned.effects.sets.iter().any(|p| p.name == "search_path") {
                break;
            }
            if let Some(Keep::Columns { table, only: false, names }) = &planned.keep {
                let columns: Vec<String> = names.iter().map(|n| literal(n)).collect();
                tables.push((oid(table), columns.join(", "), table.to_string()));
            }
        }
        for (rel, columns, table) in tables {
            if let Err(e) = self.copy_table_ahead(work, &rel, &columns, &table).await
                && (self.interrupt.is_raised() || self.is_lost(&crate::Error::Pg(e)))
            {
                if self.interrupt.is_raised() {
                    return Err(self.interrupted(work, index));
                }
                let mut times = TIMES;
                let lost = surefoot_pg::Error::Lost { reason: "while copying ahead".into() };
                self.again(Some(work), lost.into(), &mut times).await?;
            }
        }
        Ok(())
    }

    async fn copy_table_ahead(
        &mut self,
        work: &Work,
        rel: &str,
        columns: &str,
        table: &str,
    ) -> std::result::Result<(), surefoot_pg::Error> {
        let attic = ident(&self.options.attic.schema);
        let batch = self.options.attic.batch;
        let begin = format!(
            "SELECT {attic}.begin_copy({rel}, ARRAY[{columns}]::text[], {}, {}, {}, {batch})",
            literal(&work.id),
            literal(&self.run),
            self.options.attic.days
        );
        let rows = self.attic_rows(&begin).await?;
        let Some(item) = rows.first().and_then(|r| r.parse::<u64>(0)) else { return Ok(()) };
        let mut total = 0;
        loop {
            let rows = self.attic_rows(&format!("SELECT {attic}.copy_batch({item}, {batch})")).await?;
            let copied: u64 = rows.first().and_then(|r| r.parse(0)).unwrap_or_default();
            total += copied;
            self.observer.observe(&Progress::Copied { table, rows: total });
            self.observer.observe(&Progress::Boundary("after-batch"));
            if copied < batch || self.interrupt.is_raised() {
                return if self.interrupt.is_raised() {
                    Err(surefoot_pg::Error::Unexpected("interrupted".into()))
                } else {
                    Ok(())
                };
            }
        }
    }

    /// A statement of ours that may take as long as one of the file's: who is in its way is shown, and it can be
    /// interrupted.
    async fn attended(
        &mut self,
        work: &Work,
        index: usize,
        sql: &str,
        notices: &mut Vec<Notice>,
    ) -> std::result::Result<Outcome, surefoot_pg::Error> {
        let (place, _) = place(&work.script, index, None);
        let session = self.elevated.as_ref().unwrap_or(&self.session);
        let watched = Watched {
            session,
            monitor: &mut self.monitor,
            observer: self.observer,
            interrupt: &self.interrupt,
            work,
            place: &place,
            notices,
        };
        watched.run(None, sql, None).await
    }

    async fn attic_rows(&mut self, sql: &str) -> std::result::Result<Vec<Row>, surefoot_pg::Error> {
        let session = self.elevated.as_ref().unwrap_or(&self.session);
        attended(session, &mut self.monitor, self.observer, session.rows(sql)).await?
    }
}

/// What the events about the attic say beside the items.
pub(crate) fn attic_detail(work: &Work) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("name".into(), work.name.clone().into());
    map.insert("direction".into(), work.direction.as_str().into());
    map
}

/// The type, or what holds types, that a statement drops or changes.
pub(crate) fn type_change(work: &Work, planned: &Planned) -> Option<(&'static str, Vec<ObjectName>)> {
    let words = Cursor::new(work.script.text(&work.script.statements[planned.index]));
    match &planned.effects.removes {
        Some(Removal::Types { kind, names }) => Some((kind, names.clone())),
        Some(Removal::Schemas(names)) => Some(("SCHEMA", names.iter().map(ObjectName::bare).collect())),
        // A kept row must not stand in the way of a new rule for its type.
        _ if planned.effects.tag == "ALTER DOMAIN" && words.mentions(&["add", "validate"])
            || planned.effects.tag == "ALTER TYPE" && words.mentions(&["attribute"]) =>
        {
            planned.effects.object.clone().map(|name| ("TYPE", vec![name]))
        }
        _ => None,
    }
}

/// Why rows could not be put back, where the rollback may go on without them: they stay in the attic. Messages about
/// values quote them, so they are not told.
fn harmless(error: &surefoot_pg::Error) -> Option<String> {
    if error.class() == ErrorClass::ConnectionLost {
        return None;
    }
    let code = error.code()?;
    match code.get(..2)? {
        "22" => Some(format!("a value does not fit its column (SQLSTATE {code})")),
        "23" | "42" => Some(error.to_string()),
        _ => None,
    }
}

fn change(row: &Row) -> Option<AtticChange> {
    let item: Value = serde_json::from_str(row.get(1)?).ok()?;
    let text = |key: &str| item[key].as_str().unwrap_or_default().to_owned();
    Some(AtticChange {
        what: row.get(0)?.to_owned(),
        item: text("item"),
        table: text("table"),
        columns: item["columns"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|c| c.as_str().map(str::to_owned))
            .collect(),
        rows: item["rows"].as_u64(),
        bytes: item["bytes"].as_u64(),
        stays: item["stays"].as_str().map(str::to_owned),
    })
}

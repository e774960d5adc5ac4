//! Where transactions begin and end.

use surefoot_effects::{Effects, TransactionRule, effects, uses_literal};
use surefoot_sql::script::{Script, Statement, StatementKind};

use crate::{PlanError, Result};

/// What the team's configuration allows in a migration (`validation.sql` of `migration_config.yaml`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Statements that change the schema.
    pub ddl: bool,
    /// Statements that change rows.
    pub dml: bool,
    /// `DROP` and what else loses data.
    pub drop: bool,
    /// Every statement must be able to run in a transaction.
    pub require_transaction: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self { ddl: true, dml: true, drop: true, require_transaction: false }
    }
}

/// A statement of a unit.
#[derive(Debug, Clone)]
pub struct Planned {
    /// Its index in the script.
    pub index: usize,
    /// What it does.
    pub effects: Effects,
    /// What of it is kept in the attic.
    pub keep: Option<crate::Keep>,
}

/// What commits together.
#[derive(Debug, Clone)]
pub struct Unit {
    /// How it runs.
    pub kind: UnitKind,
    /// Its statements; transaction control is in `kind`.
    pub statements: Vec<Planned>,
}

/// How a unit runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnitKind {
    /// One transaction.
    Transaction {
        /// The `BEGIN` to send: the file's own, with its isolation level, or ours.
        begin: String,
        /// The file ends it with `ROLLBACK`: nothing stays.
        rollback: bool,
        /// The file declared it `READ ONLY`: no entry can join it, and none is needed.
        read_only: bool,
        /// The file drew this border itself.
        by_file: bool,
    },
    /// One statement outside a transaction.
    Alone,
}

/// Cuts a script into units.
///
/// # Errors
/// What cannot be run as written, with file and line.
pub fn units(
    script: &Script,
    major: u32,
    no_transaction: bool,
    policy: &Policy,
    may_commit: &dyn Fn(&str) -> bool,
    warnings: &mut Vec<String>,
) -> Result<Vec<Unit>> {
    let mut cutter = Cutter { script, units: Vec::new(), open: None, file_block: None };
    for (index, statement) in script.statements.iter().enumerate() {
        let (file, line) = at(script, statement);
        match &statement.kind {
            StatementKind::Begin { .. } => {
                if let Some((_, begin)) = cutter.file_block {
                    warnings.push(format!(
                        "{file}:{line}: BEGIN inside the transaction begun at line {begin} does nothing"
                    ));
                    continue;
                }
                cutter.close();
                cutter.file_block = Some((index, line));
                cutter.open = Some(Unit { kind: transaction(script.text(statement), true), statements: Vec::new() });
            }
            StatementKind::Commit { chain } | StatementKind::Rollback { chain } => {
                let rollback = matches!(statement.kind, StatementKind::Rollback { .. });
                let Some((begin, _)) = cutter.file_block.take() else {
                    let tag = if rollback { "ROLLBACK" } else { "COMMIT" };
                    return Err(PlanError::OutsideTransaction { file: file.into(), line, tag: tag.into() });
                };
                if let Some(unit) = &mut cutter.open
                    && let UnitKind::Transaction { rollback: r, .. } = &mut unit.kind
                {
                    *r = rollback;
                }
                cutter.close();
                if *chain {
                    cutter.file_block = Some((begin, line));
                    cutter.open = Some(Unit {
                        kind: transaction(script.text(&script.statements[begin]), true),
                        statements: Vec::new(),
                    });
                }
            }
            StatementKind::PrepareTransaction | StatementKind::CommitPrepared | StatementKind::RollbackPrepared => {
                return Err(PlanError::TwoPhase {
                    file: file.into(),
                    line,
                    tag: first_words(script.text(statement), 2),
                });
            }
            StatementKind::Savepoint | StatementKind::RollbackTo | StatementKind::Release
                if cutter.file_block.is_none() && cutter.open.is_none() =>
            {
                return Err(PlanError::OutsideTransaction {
                    file: file.into(),
                    line,
                    tag: first_words(script.text(statement), 1),
                });
            }
            _ => {
                let text = script.text(statement);
                let effects = effects(text, major);
                check_policy(&effects, policy, file, line)?;
                if breaks_encoding(&effects, text) {
                    return Err(PlanError::Encoding { file: file.into(), line });
                }
                if let Some((_, begin)) = cutter.file_block
                    && commits_inside(&effects, text, may_commit)
                {
                    warnings.push(format!(
                        "{file}:{line}: {} runs code with COMMIT or ROLLBACK, which PostgreSQL refuses inside the transaction begun at line {begin}",
                        effects.tag
                    ));
                }
                cutter.add(Planned { index, effects, keep: None }, statement, no_transaction, policy, may_commit)?;
            }
        }
    }
    if let Some((begin, _)) = cutter.file_block {
        let (file, line) = at(script, &script.statements[begin]);
        return Err(PlanError::NeverCommitted { file: file.into(), line });
    }
    cutter.close();
    split_enum_use(script, &mut cutter.units, major)?;
    Ok(cutter.units)
}

struct Cutter<'a> {
    script: &'a Script,
    units: Vec<Unit>,
    open: Option<Unit>,
    /// Index and line of the file's own BEGIN.
    file_block: Option<(usize, usize)>,
}

impl Cutter<'_> {
    fn close(&mut self) {
        if let Some(unit) = self.open.take()
            && !unit.statements.is_empty()
        {
            self.units.push(unit);
        }
    }

    fn add(
        &mut self,
        planned: Planned,
        statement: &Statement,
        no_transaction: bool,
        policy: &Policy,
        may_commit: &dyn Fn(&str) -> bool,
    ) -> Result<()> {
        let text = self.script.text(statement);
        let reason = match &planned.effects.transaction {
            TransactionRule::Forbidden { reason } => Some(reason.to_string()),
            // A DO block shows its COMMIT; a CALL is asked for. Inside the file's own block it stays where the team
            // put it: PostgreSQL then says whether the procedure may commit.
            TransactionRule::MayCommit { reason } if self.file_block.is_none() => {
                (planned.effects.tag != "CALL" || may_commit(text)).then(|| reason.to_string())
            }
            TransactionRule::MayCommit { .. } | TransactionRule::Control => None,
            // A block without a COMMIT of its own that calls a procedure with one.
            TransactionRule::Allowed
                if planned.effects.tag == "DO" && self.file_block.is_none() && may_commit(text) =>
            {
                Some("it calls a procedure that commits".to_owned())
            }
            // Most tables are not partitioned; where one is, PostgreSQL refuses and the hint names the directive.
            TransactionRule::Allowed | TransactionRule::ForbiddenIfPartitioned { .. } => None,
        };
        if let Some(reason) = reason {
            let (file, line) = at(self.script, statement);
            if let Some((_, begin)) = self.file_block {
                return Err(PlanError::InsideTransaction {
                    file: file.into(),
                    line,
                    tag: planned.effects.tag.clone(),
                    begin,
                    reason,
                });
            }
            if policy.require_transaction {
                return Err(PlanError::Forbidden {
                    file: file.into(),
                    line,
                    tag: planned.effects.tag.clone(),
                    rule: "validation.sql.require_transaction".into(),
                });
            }
            self.close();
            self.units.push(Unit { kind: UnitKind::Alone, statements: vec![planned] });
            return Ok(());
        }
        if no_transaction && self.file_block.is_none() {
            self.close();
            self.units.push(Unit { kind: transaction("BEGIN", false), statements: vec![planned] });
            return Ok(());
        }
        self.open
            .get_or_insert_with(|| Unit { kind: transaction("BEGIN", false), statements: Vec::new() })
            .statements
            .push(planned);
        Ok(())
    }
}

/// Whether code with a COMMIT or ROLLBACK would run, which its condition may still keep from it: no reason to refuse.
fn commits_inside(effects: &Effects, text: &str, may_commit: &dyn Fn(&str) -> bool) -> bool {
    match &effects.transaction {
        TransactionRule::MayCommit { .. } => effects.tag != "CALL" || may_commit(text),
        TransactionRule::Allowed => effects.tag == "DO" && may_commit(text),
        _ => false,
    }
}

fn transaction(begin: &str, by_file: bool) -> UnitKind {
    let upper = begin.to_ascii_uppercase();
    let words: Vec<&str> = upper.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let read_only = words.windows(2).any(|w| w == ["READ", "ONLY"]);
    UnitKind::Transaction { begin: begin.to_owned(), rollback: false, read_only, by_file }
}

/// A value added to an enum cannot be used before its transaction commits (PostgreSQL manual, ALTER TYPE): where a
/// later statement of a transaction that is ours to shape names the value, the transaction ends in between. In one that
/// the file drew itself it is an error.
fn split_enum_use(script: &Script, units: &mut Vec<Unit>, major: u32) -> Result<()> {
    let mut out: Vec<Unit> = Vec::with_capacity(units.len());
    for unit in units.drain(..) {
        if matches!(unit.kind, UnitKind::Alone) || !unit.statements.iter().any(|p| p.effects.adds_enum_value.is_some())
        {
            out.push(unit);
            continue;
        }
        let by_file = matches!(&unit.kind, UnitKind::Transaction { by_file: true, .. });
        // From 17 on, a value of a type made in the same transaction is usable at once.
        let created: Vec<String> = (unit.statements.iter())
            .filter(|_| major >= 17)
            .filter_map(|p| p.effects.creates_type.as_ref().map(|t| t.name.clone()))
            .collect();
        // Values with the line that adds them.
        let mut fresh: Vec<(String, usize)> = Vec::new();
        let mut current = Unit { kind: unit.kind.clone(), statements: Vec::new() };
        for planned in unit.statements {
            let statement = &script.statements[planned.index];
            let text = script.text(statement);
            let data = script.copy_data(statement).unwrap_or_default();
            // Adding another value, or placing one beside it, is no use of it.
            let used = fresh.iter().find(|(value, _)| {
                planned.effects.adds_enum_value.is_none()
                    && (uses_literal(text, value) || data.contains(value.as_str()))
            });
            if let Some((value, added)) = used {
                if by_file {
                    let (file, line) = at(script, statement);
                    return Err(PlanError::EnumValueUsed {
                        file: file.into(),
                        line,
                        tag: planned.effects.tag.clone(),
                        value: value.clone(),
                        added: *added,
                    });
                }
                out.push(std::mem::replace(&mut current, Unit { kind: unit.kind.clone(), statements: Vec::new() }));
                fresh.clear();
            }
            if let Some(added) = &planned.effects.adds_enum_value
                && !created.contains(&added.type_name.name)
            {
                fresh.push((added.value.clone(), statement.line));
            }
            current.statements.push(planned);
        }
        out.push(current);
    }
    *units = out;
    Ok(())
}

fn check_policy(effects: &Effects, policy: &Policy, file: &str, line: usize) -> Result<()> {
    let rule = if !policy.drop && drops(effects) {
        "validation.sql.allow_drop"
    } else if !policy.ddl && changes_schema(effects) {
        "validation.sql.allow_ddl"
    } else if !policy.dml && changes_rows(effects) {
        "validation.sql.allow_dml"
    } else {
        return Ok(());
    };
    Err(PlanError::Forbidden { file: file.into(), line, tag: effects.tag.clone(), rule: rule.into() })
}

fn drops(effects: &Effects) -> bool {
    effects.tag.starts_with("DROP") || (effects.tag.starts_with("ALTER") && effects.data_loss.is_some())
}

fn changes_schema(effects: &Effects) -> bool {
    ["CREATE", "ALTER", "DROP", "COMMENT", "GRANT", "REVOKE", "SECURITY LABEL", "REASSIGN", "IMPORT"]
        .iter()
        .any(|word| effects.tag.starts_with(word))
}

fn changes_rows(effects: &Effects) -> bool {
    ["INSERT", "UPDATE", "DELETE", "MERGE", "COPY", "TRUNCATE"].iter().any(|word| effects.tag.starts_with(word))
}

/// `SET client_encoding` to anything but UTF-8: the server would read our text as something else.
fn breaks_encoding(effects: &Effects, text: &str) -> bool {
    let sets = effects.sets.iter().any(|p| p.name == "client_encoding" || p.name == "names");
    if !sets {
        return false;
    }
    let upper = text.to_ascii_uppercase().replace(['-', '_'], "");
    !["UTF8", "UNICODE", "DEFAULT", "RESET"].iter().any(|fine| upper.contains(fine))
}

/// File and line of a statement, without counting lines again.
fn at<'s>(script: &'s Script, statement: &Statement) -> (&'s str, usize) {
    (script.files.get(statement.file).map_or("", |f| &f.name), statement.line)
}

/// The first `n` words of a statement, for messages.
pub(crate) fn first_words(text: &str, n: usize) -> String {
    text.split_whitespace().take(n).map(str::to_ascii_uppercase).collect::<Vec<_>>().join(" ")
}

//! One migration to run in one direction.

use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use surefoot_sql::script::Script;

use crate::{Result, Unit, UnitKind, units};

/// Up or down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Apply.
    Up,
    /// Roll back.
    Down,
}

impl Direction {
    /// `up` or `down`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }
}

/// A file and what it contained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRef {
    /// Path within the project.
    pub path: String,
    /// SHA-256 of its bytes, hex.
    pub sha256: String,
}

/// How the statements of one migration run, where it differs from the run's own settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// Longest wait for a relation lock.
    pub lock_timeout: Option<Duration>,
    /// Longest time for a statement.
    pub statement_timeout: Option<Duration>,
    /// Further tries of a transaction.
    pub retries: Option<u32>,
    /// Runs as the elevated role.
    pub elevated: bool,
    /// Every statement by itself.
    pub no_transaction: bool,
}

/// A migration that a checkpoint stands for: it is recorded as applied with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// Migration id.
    pub id: String,
    /// Description.
    pub name: String,
    /// Place in the order.
    pub position: u64,
    /// Team.
    pub owner: Option<String>,
    /// Its file.
    pub up: FileRef,
    /// Hash over the statements of its file, hex; empty when the file is gone.
    pub up_statements: String,
    /// Its rollback.
    pub down: Option<FileRef>,
    /// Its check.
    pub verify: Option<FileRef>,
}

/// What [`Work::new`] needs.
#[derive(Debug)]
pub struct WorkInput {
    /// Migration id.
    pub id: String,
    /// Description.
    pub name: String,
    /// Place in the order.
    pub position: u64,
    /// Team.
    pub owner: Option<String>,
    /// What the header comment says: ticket, author, risk ... in its order.
    pub header: Vec<(String, String)>,
    /// `R__` file.
    pub repeatable: bool,
    /// Up or down.
    pub direction: Direction,
    /// The parsed file that runs.
    pub script: Script,
    /// The parsed check that runs after it.
    pub verify_script: Option<Script>,
    /// The migration's file.
    pub up: FileRef,
    /// Its rollback.
    pub down: Option<FileRef>,
    /// Its check.
    pub verify: Option<FileRef>,
    /// Hash over the statements of the migration's file.
    pub up_statements: String,
    /// Texts to keep in the journal, each with its SHA-256: the file, its rollback, its check, what they include.
    pub texts: Vec<(String, Arc<str>)>,
    /// Settings.
    pub settings: Settings,
    /// Major version of the target.
    pub major: u32,
    /// Tables and columns that it drops are kept in the attic.
    pub keep: bool,
    /// What the team's configuration forbids.
    pub policy: crate::Policy,
    /// For a checkpoint: all migrations it stands for, in order.
    pub replaces: Vec<Replaced>,
}

/// One migration to run in one direction, ready to execute.
#[derive(Debug)]
pub struct Work {
    /// Migration id.
    pub id: String,
    /// Description.
    pub name: String,
    /// Place in the order.
    pub position: u64,
    /// Team.
    pub owner: Option<String>,
    /// What the header comment says: ticket, author, risk ... in its order.
    pub header: Vec<(String, String)>,
    /// `R__` file.
    pub repeatable: bool,
    /// Up or down.
    pub direction: Direction,
    /// The parsed file that runs.
    pub script: Script,
    /// The parsed check that runs after it.
    pub verify_script: Option<Script>,
    /// The migration's file.
    pub up: FileRef,
    /// Its rollback.
    pub down: Option<FileRef>,
    /// Its check.
    pub verify: Option<FileRef>,
    /// Hash over the statements of the migration's file, hex.
    pub up_statements: String,
    /// Texts to keep in the journal, each with its SHA-256.
    pub texts: Vec<(String, Arc<str>)>,
    /// Settings.
    pub settings: Settings,
    /// What commits together.
    pub units: Vec<Unit>,
    /// Worth knowing before it runs.
    pub warnings: Vec<String>,
    /// For a checkpoint: all migrations it stands for, in order.
    pub replaces: Vec<Replaced>,
}

impl Work {
    /// Plans a parsed file.
    ///
    /// `may_commit` answers for a `CALL` whether the procedure controls transactions; the text alone cannot tell.
    ///
    /// # Errors
    /// What cannot be run as written.
    pub fn new(input: WorkInput, may_commit: &dyn Fn(&str) -> bool) -> Result<Self> {
        let mut warnings: Vec<String> = input
            .script
            .warnings
            .iter()
            .map(|w| {
                let file = input.script.files.get(w.file).map_or("", |f| f.name.as_str());
                format!("{file}:{}: {}", w.at.line, w.message)
            })
            .collect();
        let mut units = units::units(
            &input.script,
            input.major,
            input.settings.no_transaction,
            &input.policy,
            may_commit,
            &mut warnings,
        )?;
        if input.keep {
            crate::keep::mark(&input.script, &mut units);
        }
        Ok(Self {
            id: input.id,
            name: input.name,
            position: input.position,
            owner: input.owner,
            header: input.header,
            repeatable: input.repeatable,
            direction: input.direction,
            script: input.script,
            verify_script: input.verify_script,
            up: input.up,
            down: input.down,
            verify: input.verify,
            up_statements: input.up_statements,
            texts: input.texts,
            settings: input.settings,
            units,
            warnings,
            replaces: input.replaces,
        })
    }

    /// The file that runs: the migration's or its rollback.
    pub fn file(&self) -> &FileRef {
        match self.direction {
            Direction::Up => &self.up,
            Direction::Down => self.down.as_ref().unwrap_or(&self.up),
        }
    }

    /// How many events its last entry is: one, for a checkpoint one for each migration.
    pub fn entries(&self) -> u64 {
        self.replaces.len().max(1) as u64
    }

    /// Whether everything commits in one transaction.
    pub fn is_atomic(&self) -> bool {
        match self.units.as_slice() {
            [] => true,
            [one] => matches!(one.kind, UnitKind::Transaction { rollback: false, read_only: false, .. }),
            _ => false,
        }
    }

    /// Whether something that it drops is kept.
    pub fn keeps(&self) -> bool {
        self.units.iter().flat_map(|u| &u.statements).any(|p| p.keep.is_some())
    }

    /// Number of statements, transaction control left out.
    pub fn statement_count(&self) -> usize {
        self.units.iter().map(|u| u.statements.len()).sum()
    }

    /// SHA-256 over the text of a unit, hex: a resumed run compares it, so that a part which is already committed is
    /// not silently another.
    pub fn unit_sha256(&self, unit: &Unit) -> String {
        let mut hasher = Sha256::new();
        for planned in &unit.statements {
            let statement = &self.script.statements[planned.index];
            hasher.update(self.script.text(statement).as_bytes());
            hasher.update(b";\n");
            if let Some(data) = self.script.copy_data(statement) {
                hasher.update(data.as_bytes());
            }
        }
        hex::encode(hasher.finalize())
    }
}

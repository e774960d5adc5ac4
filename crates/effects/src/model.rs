//! The answer: what is known about a statement.

use surefoot_sql::ObjectName;

use crate::lock::{Lock, LockMode, Reach};

/// What a statement does, as far as its text tells. See the crate's documentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effects {
    /// The command in PostgreSQL's words: `CREATE INDEX CONCURRENTLY`, `ALTER TABLE`. The first
    /// word of the statement where nothing better is known; empty for an empty statement.
    pub tag: String,
    /// The first object the statement names as its target.
    pub object: Option<ObjectName>,
    /// Whether it may run inside a transaction.
    pub transaction: TransactionRule,
    /// Table locks it takes, strongest per relation and reach, in the order they are named.
    pub locks: Vec<Lock>,
    /// Whether a table or its indexes are written anew under the lock.
    pub rewrite: Work,
    /// Whether a table is read from end to end under the lock (checking rows, building an index).
    pub scan: Work,
    /// Why data is lost for good, if it is.
    pub data_loss: Option<String>,
    /// What holds rows or is the type of columns and goes with it, as far as the text names it.
    pub removes: Option<Removal>,
    /// Whether another statement can undo it without data kept elsewhere.
    pub reversible: bool,
    /// For a statement that cannot run in a transaction: how to learn whether it took effect.
    pub settle: Option<Settle>,
    /// The extension a `CREATE EXTENSION` names.
    pub extension: Option<String>,
    /// The value an `ALTER TYPE ... ADD VALUE` adds: not usable before its transaction commits.
    pub adds_enum_value: Option<EnumValue>,
    /// The type a `CREATE TYPE` or `CREATE DOMAIN` creates. An enum type created in the same
    /// transaction makes values added to it usable at once.
    pub creates_type: Option<ObjectName>,
    /// Parameters it sets or resets, by `SET`, `RESET`, `DISCARD ALL` or `set_config('...', ...)`.
    pub sets: Vec<Parameter>,
    /// Whether it can release the advisory lock that guards migrations.
    pub mentions_advisory_unlock: bool,
    /// Whether it changes the role of the session.
    pub role_change: bool,
    /// The role it creates; roles are shared by all databases of the server.
    pub creates_role: Option<String>,
    /// Whether it runs code whose effects its text does not show (`DO`, `CALL`, functions).
    pub opaque: bool,
    /// Further facts worth saying.
    pub notes: Vec<String>,
}

impl Effects {
    pub(crate) fn new(tag: impl Into<String>) -> Self {
        Self {
            tag: tag.into(),
            object: None,
            transaction: TransactionRule::Allowed,
            locks: Vec::new(),
            rewrite: Work::No,
            scan: Work::No,
            data_loss: None,
            removes: None,
            reversible: true,
            settle: None,
            extension: None,
            adds_enum_value: None,
            creates_type: None,
            sets: Vec::new(),
            mentions_advisory_unlock: false,
            role_change: false,
            creates_role: None,
            opaque: false,
            notes: Vec::new(),
        }
    }

    /// The strongest lock on the relations named themselves or reached from them.
    #[must_use]
    pub fn strongest_lock(&self) -> Option<&Lock> {
        self.locks.iter().reduce(|best, lock| if lock.mode > best.mode { lock } else { best })
    }

    pub(crate) fn lock(&mut self, relation: &ObjectName, reach: Reach, mode: LockMode) {
        self.lock_noted(relation, reach, mode, None);
    }

    pub(crate) fn lock_noted(
        &mut self,
        relation: &ObjectName,
        reach: Reach,
        mode: LockMode,
        note: Option<&'static str>,
    ) {
        let known = self.locks.iter_mut().find(|lock| lock.reach == reach && lock.relation == *relation);
        match known {
            Some(lock) if lock.mode >= mode => {}
            Some(lock) => {
                lock.mode = mode;
                lock.note = note;
            }
            None => self.locks.push(Lock { relation: relation.clone(), reach, mode, note }),
        }
    }

    pub(crate) fn forbid(&mut self, reason: &'static str, settle: Settle) {
        self.transaction = TransactionRule::Forbidden { reason };
        self.settle = Some(settle);
    }

    pub(crate) fn loses(&mut self, what: impl Into<String>) {
        let what = what.into();
        self.data_loss = Some(match self.data_loss.take() {
            Some(before) => format!("{before}; {what}"),
            None => what,
        });
        self.reversible = false;
    }

    pub(crate) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }
}

/// What a statement takes away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removal {
    /// `DROP TABLE`.
    Tables {
        /// The tables, as they are written.
        names: Vec<ObjectName>,
        /// Whether `CASCADE` is written.
        cascade: bool,
    },
    /// `ALTER TABLE ... DROP COLUMN`, once or several times.
    Columns {
        /// The table.
        table: ObjectName,
        /// Whether `ONLY` is written: children keep the column.
        only: bool,
        /// The columns.
        names: Vec<String>,
    },
    /// `DROP SCHEMA ... CASCADE`, with the tables in it.
    Schemas(Vec<String>),
    /// `DROP` of something that a column's type may hang on.
    Types {
        /// `TYPE`, `DOMAIN`, `EXTENSION`, `SCHEMA` or `COLLATION`.
        kind: &'static str,
        /// What it names.
        names: Vec<ObjectName>,
    },
}

/// Whether a statement may run inside a transaction block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransactionRule {
    /// It may.
    Allowed,
    /// PostgreSQL refuses it there.
    Forbidden {
        /// Why, naming the command.
        reason: &'static str,
    },
    /// PostgreSQL refuses it there when the relation is partitioned, and takes it otherwise.
    ForbiddenIfPartitioned {
        /// The table or index.
        relation: ObjectName,
        /// Why, naming the command.
        reason: &'static str,
    },
    /// It may commit by itself, and then fails in a transaction block.
    MayCommit {
        /// Why, naming the command.
        reason: &'static str,
    },
    /// It starts, steers or ends the transaction itself.
    Control,
}

/// Whether work grows with the size of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// It does not happen.
    No,
    /// It hangs on what the catalog says; the text tells on what.
    Maybe(&'static str),
    /// It happens; the text tells why.
    Yes(&'static str),
}

impl Work {
    /// Whether it is certain not to happen.
    #[must_use]
    pub const fn is_no(self) -> bool {
        matches!(self, Self::No)
    }

    /// The reason, if it can happen.
    #[must_use]
    pub const fn reason(self) -> Option<&'static str> {
        match self {
            Self::No => None,
            Self::Maybe(reason) | Self::Yes(reason) => Some(reason),
        }
    }

    /// Takes the more certain of two.
    pub(crate) fn raise(&mut self, other: Self) {
        let rank = |work: &Self| match work {
            Self::No => 0,
            Self::Maybe(_) => 1,
            Self::Yes(_) => 2,
        };
        if rank(&other) > rank(self) {
            *self = other;
        }
    }
}

/// A value added to an enum type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnumValue {
    /// The type.
    pub type_name: ObjectName,
    /// The new value.
    pub value: String,
    /// Whether `IF NOT EXISTS` is written.
    pub if_not_exists: bool,
}

/// A parameter that is set or reset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name in lower case: `client_encoding`, `search_path`, `role`; `all` for `RESET ALL`.
    pub name: String,
    /// Whether the change ends with the transaction (`SET LOCAL`).
    pub local: bool,
}

/// How to learn, after a lost connection, whether a statement outside a transaction took effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settle {
    /// Look for the index: valid is done, invalid is to be dropped and built again.
    CreateIndexConcurrently {
        /// The index, when it is named (in the schema of the table).
        index: Option<String>,
        /// The table.
        table: ObjectName,
        /// Whether `IF NOT EXISTS` is written: it would pass over an invalid index.
        if_not_exists: bool,
    },
    /// Look for the index: absent is done, present (perhaps invalid) is to be dropped again.
    DropIndexConcurrently {
        /// The index.
        index: ObjectName,
    },
    /// Safe to run again once left-over invalid `_ccnew` and `_ccold` indexes are dropped.
    ReindexConcurrently {
        /// `INDEX`, `TABLE`, `SCHEMA`, `DATABASE` or `SYSTEM`.
        kind: &'static str,
        /// What it names; `DATABASE` and `SYSTEM` may name nothing.
        name: Option<ObjectName>,
    },
    /// Look for the partition in `pg_inherits`: absent is done, pending is to be finalized.
    DetachConcurrently {
        /// The partitioned table.
        parent: ObjectName,
        /// The partition.
        partition: ObjectName,
    },
    /// Look in `pg_database`.
    CreateDatabase(String),
    /// Look in `pg_database`; a half-dropped one has `datconnlimit = -2` and is dropped again.
    DropDatabase(String),
    /// Look in `pg_tablespace`.
    CreateTablespace(String),
    /// Look in `pg_tablespace`.
    DropTablespace(String),
    /// Look in `pg_subscription`, and for the slot on the publisher.
    CreateSubscription(String),
    /// Look in `pg_subscription`, and for the slot on the publisher.
    DropSubscription(String),
    /// Running it again does no harm.
    Repeatable,
    /// Nothing is known; someone has to look.
    Unknown,
}

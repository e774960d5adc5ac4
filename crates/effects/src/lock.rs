//! Table-level locks (manual chapter "Explicit Locking").

use std::fmt;

use surefoot_sql::ObjectName;

/// A table-level lock mode, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LockMode {
    /// Taken by reading.
    AccessShare,
    /// Taken by `SELECT ... FOR UPDATE` and its kin.
    RowShare,
    /// Taken by writing.
    RowExclusive,
    /// Taken by `VACUUM`, `ANALYZE`, `CREATE INDEX CONCURRENTLY` and mild `ALTER TABLE` forms.
    ShareUpdateExclusive,
    /// Taken by `CREATE INDEX`.
    Share,
    /// Taken by `CREATE TRIGGER` and foreign keys.
    ShareRowExclusive,
    /// Taken by `REFRESH MATERIALIZED VIEW CONCURRENTLY`.
    Exclusive,
    /// Taken by most `ALTER TABLE` forms, `DROP`, `TRUNCATE`.
    AccessExclusive,
}

impl LockMode {
    /// All modes, weakest first.
    pub const ALL: [Self; 8] = [
        Self::AccessShare,
        Self::RowShare,
        Self::RowExclusive,
        Self::ShareUpdateExclusive,
        Self::Share,
        Self::ShareRowExclusive,
        Self::Exclusive,
        Self::AccessExclusive,
    ];

    /// Whether two sessions cannot hold these modes on one table at the same time (manual,
    /// table "Conflicting Lock Modes").
    #[must_use]
    pub const fn conflicts(self, other: Self) -> bool {
        // For each mode, the weakest mode it conflicts with; the relation is upward closed but
        // for SHARE, which does not conflict with itself.
        let weakest = match self {
            Self::AccessShare => Self::AccessExclusive,
            Self::RowShare => Self::Exclusive,
            Self::RowExclusive => Self::Share,
            Self::ShareUpdateExclusive => Self::ShareUpdateExclusive,
            Self::Share | Self::ShareRowExclusive => Self::RowExclusive,
            Self::Exclusive => Self::RowShare,
            Self::AccessExclusive => Self::AccessShare,
        };
        let both_share = matches!((self, other), (Self::Share, Self::Share));
        other as u8 >= weakest as u8 && !both_share
    }

    /// What other sessions cannot do meanwhile, in words.
    #[must_use]
    pub const fn blocks(self) -> &'static str {
        match self {
            Self::AccessExclusive => "blocks reads and writes",
            Self::Exclusive | Self::ShareRowExclusive | Self::Share => "blocks writes",
            Self::ShareUpdateExclusive => "blocks other schema changes",
            Self::RowExclusive | Self::RowShare | Self::AccessShare => "blocks no reads or writes",
        }
    }

    /// Whether ordinary writes wait for it.
    #[must_use]
    pub const fn blocks_writes(self) -> bool {
        self.conflicts(Self::RowExclusive)
    }

    /// Whether ordinary reads wait for it.
    #[must_use]
    pub const fn blocks_reads(self) -> bool {
        self.conflicts(Self::AccessShare)
    }

    /// Its name as written in `LOCK TABLE ... IN <name> MODE`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccessShare => "ACCESS SHARE",
            Self::RowShare => "ROW SHARE",
            Self::RowExclusive => "ROW EXCLUSIVE",
            Self::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            Self::Share => "SHARE",
            Self::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Self::Exclusive => "EXCLUSIVE",
            Self::AccessExclusive => "ACCESS EXCLUSIVE",
        }
    }

    /// Its name as `pg_locks.mode` shows it.
    #[must_use]
    pub const fn catalog_name(self) -> &'static str {
        match self {
            Self::AccessShare => "AccessShareLock",
            Self::RowShare => "RowShareLock",
            Self::RowExclusive => "RowExclusiveLock",
            Self::ShareUpdateExclusive => "ShareUpdateExclusiveLock",
            Self::Share => "ShareLock",
            Self::ShareRowExclusive => "ShareRowExclusiveLock",
            Self::Exclusive => "ExclusiveLock",
            Self::AccessExclusive => "AccessExclusiveLock",
        }
    }
}

impl fmt::Display for LockMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a lock falls on, seen from the relation that the statement names. Other than
/// [`Reach::Itself`], these are found in the catalog, and there may be none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// The relation named.
    Itself,
    /// The table that the named index is on.
    TableOfIndex,
    /// The table that the named object (statistics, trigger) is on.
    TableOfObject,
    /// The indexes of the named table.
    Indexes,
    /// The partitions, and the children by inheritance, of the named table.
    Children,
    /// The table that the named table is a partition of.
    PartitionParent,
    /// The default partition of the named table.
    DefaultPartition,
    /// The tables that foreign keys of the named table point to.
    ReferencedTables,
    /// The tables whose foreign keys point to the named table.
    ReferencingTables,
    /// The tables with a column of the named type.
    TablesOfType,
    /// Whatever depends on the named object.
    Dependents,
}

impl Reach {
    /// In words, given the name of the relation as SQL.
    #[must_use]
    pub fn describe(self, relation: &str) -> String {
        match self {
            Self::Itself => relation.to_owned(),
            Self::TableOfIndex => format!("the table of index {relation}"),
            Self::TableOfObject => format!("the table of {relation}"),
            Self::Indexes => format!("the indexes of {relation}"),
            Self::Children => format!("the partitions and children of {relation}"),
            Self::PartitionParent => format!("the partitioned table of {relation}"),
            Self::DefaultPartition => format!("the default partition of {relation}"),
            Self::ReferencedTables => format!("the tables that {relation} references"),
            Self::ReferencingTables => format!("the tables that reference {relation}"),
            Self::TablesOfType => format!("the tables that use type {relation}"),
            Self::Dependents => format!("what depends on {relation}"),
        }
    }
}

/// A lock that a statement takes and holds to the end of its transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// The relation as the statement names it.
    pub relation: ObjectName,
    /// What the lock falls on, seen from there.
    pub reach: Reach,
    /// How strong it is.
    pub mode: LockMode,
    /// When or why, if that needs saying.
    pub note: Option<&'static str>,
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let relation = self.reach.describe(&self.relation.to_string());
        write!(f, "{} on {relation}", self.mode)?;
        match self.note {
            Some(note) => write!(f, " ({note})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of the manual, row by row.
    #[test]
    fn conflicts_are_those_of_the_manual() {
        let table = ["       X", "      XX", "    XXXX", "   XXXXX", "  XX XXX", "  XXXXXX", " XXXXXXX", "XXXXXXXX"];
        for (row, one) in LockMode::ALL.into_iter().enumerate() {
            for (column, other) in LockMode::ALL.into_iter().enumerate() {
                let expected = table[row].as_bytes()[column] == b'X';
                assert_eq!(one.conflicts(other), expected, "{one} {other}");
                assert_eq!(one.conflicts(other), other.conflicts(one));
            }
        }
    }
}

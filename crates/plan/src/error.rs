//! Why a file cannot be planned.

/// A reason, with the place in the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// `BEGIN` without `COMMIT` or `ROLLBACK`.
    #[error("{file}:{line}: the transaction begun here is never committed")]
    NeverCommitted {
        /// File.
        file: String,
        /// Line of `BEGIN`.
        line: usize,
    },
    /// A statement that cannot run in a transaction stands between `BEGIN` and `COMMIT`.
    #[error("{file}:{line}: {tag} cannot run inside the transaction begun at line {begin}: {reason}")]
    InsideTransaction {
        /// File.
        file: String,
        /// Line of the statement.
        line: usize,
        /// Command.
        tag: String,
        /// Line of `BEGIN`.
        begin: usize,
        /// PostgreSQL's rule.
        reason: String,
    },
    /// An enum value is used in the transaction that adds it.
    #[error("{file}:{line}: {tag} uses the enum value '{value}' in the transaction that adds it at line {added}")]
    EnumValueUsed {
        /// File.
        file: String,
        /// Line of the use.
        line: usize,
        /// Command.
        tag: String,
        /// The value.
        value: String,
        /// Line of `ALTER TYPE`.
        added: usize,
    },
    /// Two-phase commit leaves a transaction behind that no journal entry can join.
    #[error("{file}:{line}: {tag} is not supported in a migration")]
    TwoPhase {
        /// File.
        file: String,
        /// Line.
        line: usize,
        /// Command.
        tag: String,
    },
    /// A transaction command that has no transaction to act on.
    #[error("{file}:{line}: {tag} stands outside a transaction")]
    OutsideTransaction {
        /// File.
        file: String,
        /// Line.
        line: usize,
        /// Command.
        tag: String,
    },
    /// The file changes an encoding this program depends on.
    #[error("{file}:{line}: the file sets client_encoding, but files are read as UTF-8")]
    Encoding {
        /// File.
        file: String,
        /// Line.
        line: usize,
    },
    /// `--single-transaction` with something that cannot be in one.
    #[error("{file}:{line}: {tag} cannot be part of a single transaction: {reason}")]
    NotSingle {
        /// File.
        file: String,
        /// Line.
        line: usize,
        /// Command.
        tag: String,
        /// Why.
        reason: String,
    },
    /// The team's own configuration forbids the statement.
    #[error("{file}:{line}: {tag} is forbidden by {rule}")]
    Forbidden {
        /// File.
        file: String,
        /// Line.
        line: usize,
        /// Command.
        tag: String,
        /// Key of the configuration.
        rule: String,
    },
}

impl PlanError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::NeverCommitted { .. } => {
                "add COMMIT; at the end, or remove BEGIN: a migration runs in a transaction by itself".into()
            }
            Self::InsideTransaction { tag, .. } => {
                format!(
                    "move COMMIT before the {tag} and BEGIN after it: each part is then committed and recorded by itself"
                )
            }
            Self::EnumValueUsed { added, .. } => format!(
                "PostgreSQL allows that only after a COMMIT: put COMMIT; BEGIN; after the ALTER TYPE at line {added}, or leave BEGIN and COMMIT to surefoot"
            ),
            Self::TwoPhase { .. } => "use an ordinary COMMIT".into(),
            Self::OutsideTransaction { .. } => "add the BEGIN it belongs to, or remove it".into(),
            Self::Encoding { .. } => "convert the file to UTF-8 and remove the statement".into(),
            Self::NotSingle { .. } => "run without --single-transaction".into(),
            Self::Forbidden { rule, .. } => format!("change the file, or {rule} in the configuration"),
        }
    }
}

//! Which statements steer the transaction they run in (manual chapter "SQL Commands").

use crate::cursor::Cursor;

/// A statement as far as running a script needs to know it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StatementKind {
    /// `BEGIN` or `START TRANSACTION`, with the modes written after it (may be empty).
    Begin {
        /// For example `ISOLATION LEVEL SERIALIZABLE, READ ONLY`.
        options: String,
    },
    /// `COMMIT` or `END`; with `AND CHAIN` a new transaction starts at once.
    Commit {
        /// Whether `AND CHAIN` is written.
        chain: bool,
    },
    /// `ROLLBACK` or `ABORT`.
    Rollback {
        /// Whether `AND CHAIN` is written.
        chain: bool,
    },
    /// `SAVEPOINT name`.
    Savepoint,
    /// `ROLLBACK TO name`.
    RollbackTo,
    /// `RELEASE name`.
    Release,
    /// `PREPARE TRANSACTION 'id'`.
    PrepareTransaction,
    /// `COMMIT PREPARED 'id'`.
    CommitPrepared,
    /// `ROLLBACK PREPARED 'id'`.
    RollbackPrepared,
    /// `SET [LOCAL | SESSION] TRANSACTION ...`, which must come first in its transaction.
    SetTransaction,
    /// `COPY ... FROM STDIN`.
    CopyFromStdin,
    /// Everything else.
    Other,
}

impl StatementKind {
    /// Whether it starts, ends or prepares a transaction.
    #[must_use]
    pub const fn is_transaction_boundary(&self) -> bool {
        matches!(
            self,
            Self::Begin { .. }
                | Self::Commit { .. }
                | Self::Rollback { .. }
                | Self::PrepareTransaction
                | Self::CommitPrepared
                | Self::RollbackPrepared
        )
    }
}

/// The kind of one statement, given its text.
#[must_use]
pub fn statement_kind(text: &str) -> StatementKind {
    let mut cursor = Cursor::new(text);
    let Some(word) = cursor.accept_any(&[
        "begin",
        "start",
        "commit",
        "end",
        "rollback",
        "abort",
        "savepoint",
        "release",
        "prepare",
        "set",
        "copy",
    ]) else {
        return StatementKind::Other;
    };
    match word {
        "begin" => begin(&mut cursor),
        "start" if cursor.peek_kw("transaction") => begin(&mut cursor),
        "commit" if cursor.peek_kw("prepared") => StatementKind::CommitPrepared,
        "commit" | "end" => StatementKind::Commit { chain: chain(&mut cursor) },
        "rollback" if cursor.peek_kw("prepared") => StatementKind::RollbackPrepared,
        "rollback" | "abort" => {
            cursor.accept_any(&["work", "transaction"]);
            if cursor.peek_kw("to") {
                StatementKind::RollbackTo
            } else {
                StatementKind::Rollback { chain: chain(&mut cursor) }
            }
        }
        "savepoint" => StatementKind::Savepoint,
        "release" => StatementKind::Release,
        "prepare" if cursor.peek_kw("transaction") => StatementKind::PrepareTransaction,
        "set" => {
            cursor.accept_any(&["local", "session"]);
            // `SET transaction = x` would be a parameter of that name.
            if cursor.accept("transaction") && !cursor.peek_symbol("=") && !cursor.peek_kw("to") {
                StatementKind::SetTransaction
            } else {
                StatementKind::Other
            }
        }
        "copy" if copies_from_stdin(&mut cursor) => StatementKind::CopyFromStdin,
        _ => StatementKind::Other,
    }
}

fn begin(cursor: &mut Cursor<'_>) -> StatementKind {
    cursor.accept_any(&["work", "transaction"]);
    let options = cursor.text().get(cursor.offset()..).unwrap_or("");
    StatementKind::Begin { options: options.trim_end().to_owned() }
}

fn chain(cursor: &mut Cursor<'_>) -> bool {
    cursor.accept_any(&["work", "transaction"]);
    cursor.accept_all(&["and", "chain"])
}

/// After `COPY`: `[BINARY] name [(columns)] FROM STDIN`. The grammar takes `STDOUT` for the same.
fn copies_from_stdin(cursor: &mut Cursor<'_>) -> bool {
    cursor.accept("binary");
    if cursor.object_name().is_none() {
        return false;
    }
    cursor.skip_parens();
    cursor.accept("from") && cursor.accept_any(&["stdin", "stdout"]).is_some()
}

//! What can go wrong on a session, and of which class it is.

use std::fmt;

/// An error the server reported, with the fields of the protocol's
/// `ErrorResponse` (PostgreSQL manual, 55.8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerError {
    /// SQLSTATE, five characters.
    pub code: String,
    /// `ERROR`, `FATAL` or `PANIC`.
    pub severity: String,
    /// The primary message.
    pub message: String,
    /// More detail; may carry row values, so never show it on regulated targets.
    pub detail: Option<String>,
    /// The server's own advice.
    pub hint: Option<String>,
    /// Place in the statement sent: characters, from 1.
    pub position: Option<u32>,
    /// Place in `internal_query`, when the error arose inside a function.
    pub internal_position: Option<u32>,
    /// The query inside a function that failed.
    pub internal_query: Option<String>,
    /// Call stack of functions (`CONTEXT`).
    pub context: Option<String>,
    /// Table the error is about.
    pub table: Option<String>,
    /// Constraint the error is about.
    pub constraint: Option<String>,
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (SQLSTATE {})", self.message, self.code)
    }
}

/// Everything a session can fail with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No connection could be made.
    #[error("cannot connect to {target}: {reason}")]
    Connect {
        /// Host, port, database and user, without the password.
        target: String,
        /// Why.
        reason: String,
        /// SQLSTATE, when a server answered.
        code: Option<String>,
    },
    /// The server answered with an error.
    #[error("{0}")]
    Server(Box<ServerError>),
    /// The connection is gone; whether the last statement took effect is not known.
    #[error("the connection to the server was lost: {reason}")]
    Lost {
        /// What the operating system or the driver said.
        reason: String,
    },
    /// The connection string is wrong.
    #[error(transparent)]
    Url(#[from] crate::UrlError),
    /// TLS could not be set up.
    #[error("cannot set up TLS: {0}")]
    Tls(String),
    /// The server answered something this program does not understand.
    #[error("unexpected answer from the server: {0}")]
    Unexpected(String),
}

/// What a caller may want to do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorClass {
    /// `lock_timeout` ran out (55P03).
    LockTimeout,
    /// Deadlock (40P01).
    Deadlock,
    /// Serialization failure (40001).
    Serialization,
    /// Cancelled by request or `statement_timeout` (57014).
    Cancelled,
    /// The connection is gone, or the server shut it (class 08, 57P01 to 57P03).
    ConnectionLost,
    /// `COMMIT` or `ROLLBACK` where none may be (2D000), as in a procedure called in a transaction.
    TransactionControl,
    /// Not allowed inside a transaction block (25001).
    ActiveTransaction,
    /// Syntax error (42601).
    Syntax,
    /// Missing privilege (42501).
    Privilege,
    /// Disk full or other lack of resources (class 53).
    Resources,
    /// The target does not accept writes (25006).
    ReadOnly,
    /// Anything else.
    Other,
}

impl Error {
    /// The class of the error.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Server(e) => match e.code.as_str() {
                "55P03" => ErrorClass::LockTimeout,
                "40P01" => ErrorClass::Deadlock,
                "40001" => ErrorClass::Serialization,
                "57014" => ErrorClass::Cancelled,
                "57P01" | "57P02" | "57P03" | "57P05" | "25P03" => ErrorClass::ConnectionLost,
                "2D000" => ErrorClass::TransactionControl,
                "25001" => ErrorClass::ActiveTransaction,
                "42601" => ErrorClass::Syntax,
                "42501" => ErrorClass::Privilege,
                "25006" => ErrorClass::ReadOnly,
                code if code.starts_with("08") => ErrorClass::ConnectionLost,
                code if code.starts_with("53") => ErrorClass::Resources,
                _ => ErrorClass::Other,
            },
            Self::Lost { .. } => ErrorClass::ConnectionLost,
            _ => ErrorClass::Other,
        }
    }

    /// SQLSTATE, when a server answered.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Server(e) => Some(&e.code),
            Self::Connect { code, .. } => code.as_deref(),
            _ => None,
        }
    }

    /// The server's error, if it is one.
    pub fn server(&self) -> Option<&ServerError> {
        match self {
            Self::Server(e) => Some(e),
            _ => None,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Connect { code, reason, .. } => Some(match code.as_deref() {
                Some("28P01" | "28000") => {
                    "check the user and the password of the URL, and pg_hba.conf on the server".into()
                }
                Some("3D000") => "create the database first, or correct its name in the URL".into(),
                Some("53300") => "the server has no connection slot left: close sessions or raise max_connections".into(),
                // What the driver says itself, in these words.
                _ if reason.contains("does not support TLS") => {
                    "the server speaks no TLS: sslmode=prefer or sslmode=disable in the URL, where the network may be trusted"
                        .into()
                }
                _ if reason.contains("password missing") => {
                    "the server asks for a password: put it in the URL, PGPASSWORD or a .pgpass file".into()
                }
                _ if reason.contains("refused") => {
                    "is the server running, and do host and port of the URL name it?".into()
                }
                _ => "check host, port and network; `surefoot doctor` looks at each part".into(),
            }),
            Self::Server(e) => e.hint.clone().or_else(|| match e.code.as_str() {
                "42501" => Some("grant the privilege to the role of the URL, or run the migration with `-- surefoot: role elevated`".into()),
                "25006" => Some("the target is a standby or read-only: use the primary's URL".into()),
                "53100" => Some("free disk space on the server and run the command again; nothing was half-applied".into()),
                _ => None,
            }),
            Self::Url(e) => Some(e.hint()),
            Self::Lost { .. } => Some("run the command again: what was committed is in the journal".into()),
            Self::Tls(_) => Some("check sslmode and sslrootcert of the URL".into()),
            Self::Unexpected(_) => None,
        }
    }

    /// The error of a statement that was sent behind so many characters of ours.
    pub(crate) fn behind(mut self, ours: u32) -> Self {
        if let Self::Server(e) = &mut self {
            e.position = e.position.and_then(|p| p.checked_sub(ours)).filter(|p| *p > 0);
        }
        self
    }

    pub(crate) fn from_driver(e: tokio_postgres::Error) -> Self {
        if let Some(db) = e.as_db_error() {
            return Self::Server(Box::new(ServerError::from_driver(db)));
        }
        Self::Lost { reason: root_cause(&e) }
    }
}

impl ServerError {
    pub(crate) fn from_driver(db: &tokio_postgres::error::DbError) -> Self {
        let (position, internal_position, internal_query) = match db.position() {
            Some(tokio_postgres::error::ErrorPosition::Original(p)) => (Some(*p), None, None),
            Some(tokio_postgres::error::ErrorPosition::Internal { position, query }) => {
                (None, Some(*position), Some(query.clone()))
            }
            None => (None, None, None),
        };
        Self {
            code: db.code().code().to_owned(),
            severity: db.severity().to_owned(),
            message: db.message().to_owned(),
            detail: db.detail().map(str::to_owned),
            hint: db.hint().map(str::to_owned),
            position,
            internal_position,
            internal_query,
            context: db.where_().map(str::to_owned),
            table: db.table().map(str::to_owned),
            constraint: db.constraint().map(str::to_owned),
        }
    }
}

/// The innermost message of an error chain: the driver's own text ("error
/// communicating with the server") says less than its source.
pub(crate) fn root_cause(e: &dyn std::error::Error) -> String {
    let mut last = e;
    while let Some(next) = last.source() {
        last = next;
    }
    last.to_string()
}

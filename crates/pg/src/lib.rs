//! One PostgreSQL session: connecting, TLS, cancelling, notices, error classes
//! and the advisory lock.
//!
//! This is the only crate that knows the driver. Everything goes through the
//! simple query protocol, except `COPY` and the syntax check, so
//! that no prepared statement outlives a call and a file may run
//! `DEALLOCATE ALL` without harm.
//!
//! What is not here: what the statements mean (`effects`), what is recorded
//! (`journal`), and when to try again (`executor`).

mod copy;
mod error;
mod lock;
mod password_file;
mod session;
mod tls;
mod url;

pub use copy::{CopyIn, CopyOut};
pub use error::{Error, ErrorClass, ServerError};
pub use lock::{AdvisoryKey, Holder, holder, release, try_acquire};
pub use session::{Behind, CancelHandle, ConnectOptions, Notice, Outcome, Row, RowView, Session};
pub use url::{ConnectUrl, Defaults, UrlError};

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// `text` as an SQL string literal that reads the same whatever
/// `standard_conforming_strings` says (PostgreSQL manual, 4.1.2.1 and 4.1.2.2).
pub fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    if text.contains('\\') {
        out.push_str(" E'");
    } else {
        out.push('\'');
    }
    for c in text.chars() {
        match c {
            '\'' => out.push_str("''"),
            '\\' => out.push_str("\\\\"),
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

/// `name` as an SQL identifier, always quoted.
pub fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    #[test]
    fn literals_are_safe_under_both_settings() {
        assert_eq!(super::literal("it's"), "'it''s'");
        assert_eq!(super::literal("a\\b'"), " E'a\\\\b'''");
        assert_eq!(super::ident("a\"b"), "\"a\"\"b\"");
    }
}

//! SQL text to statements, as PostgreSQL and psql read it.
//!
//! Text goes in, spans come out: the [`lexer`] follows PostgreSQL's scanner (manual chapter
//! "Lexical Structure"), [`script`] follows psql's reading of a file (reference page "psql"):
//! where statements end, where `COPY` data lies, what meta-commands and variables mean.
//! On top are the small tools everyone needs: [`Cursor`] to look at the words of one statement,
//! quoting, names, comments, line numbers and a [`normalised`] form to hash.
//!
//! What is not here: a grammar. Whether a statement is valid is PostgreSQL's to say.

mod comments;
mod cursor;
mod ident;
mod keywords;
pub mod lexer;
mod lines;
mod literal;
mod normalise;
mod redact;
pub mod script;

pub use comments::{Comment, Comments, comments};
pub use cursor::Cursor;
pub use ident::{ObjectName, parse_object_name, quote_ident, quote_ident_always, quote_literal};
pub use lexer::{Token, TokenKind, Tokens, Unterminated, tokens};
pub use lines::{LineCol, LineIndex, line_col};
pub use literal::{ident_value, string_value};
pub use normalise::normalised;
pub use redact::redacted;

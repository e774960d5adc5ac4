//! psql variables in SQL text and in the arguments of meta-commands (psql manual, "SQL
//! Interpolation").

use std::collections::BTreeMap;

use crate::ident::{quote_ident_always, quote_literal};
use crate::lexer::is_variable_byte;

/// How a variable is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `:name`
    Plain,
    /// `:'name'`
    Literal,
    /// `:"name"`
    Ident,
    /// `:{?name}`
    Test,
}

/// A variable written in a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reference<'a> {
    form: Form,
    pub(super) name: &'a str,
    /// Offset after it.
    pub(super) end: usize,
}

/// What a variable is replaced by.
#[derive(Debug)]
pub(super) enum Replacement {
    /// SQL, to be read as if it stood there.
    Sql(String),
    /// One constant or identifier, finished.
    Atom(String),
}

impl<'a> Reference<'a> {
    /// The variable written at `pos`, where a colon stands.
    pub(super) fn at(text: &'a str, pos: usize) -> Option<Self> {
        let bytes = text.as_bytes();
        let (form, open, close): (Form, usize, &str) = match bytes.get(pos + 1)? {
            b'\'' => (Form::Literal, 2, "'"),
            b'"' => (Form::Ident, 2, "\""),
            b'{' if bytes.get(pos + 2) == Some(&b'?') => (Form::Test, 3, "}"),
            _ => (Form::Plain, 1, ""),
        };
        let start = pos + open;
        let length =
            bytes.get(start..)?.iter().position(|&byte| !is_variable_byte(byte)).unwrap_or(bytes.len() - start);
        let end = start + length;
        (length > 0 && text[end..].starts_with(close)).then(|| Self {
            form,
            name: &text[start..end],
            end: end + close.len(),
        })
    }

    /// What it stands for; `None` when the variable is not set, and the text stays as it is.
    pub(super) fn value(&self, vars: &BTreeMap<String, String>) -> Option<Replacement> {
        let value = vars.get(self.name);
        Some(match self.form {
            Form::Plain => Replacement::Sql(value?.clone()),
            Form::Literal => Replacement::Atom(quote_literal(value?)),
            Form::Ident => Replacement::Atom(quote_ident_always(value?)),
            Form::Test => Replacement::Atom(if value.is_some() { "TRUE" } else { "FALSE" }.to_owned()),
        })
    }

    /// Whether it is written as plain `:name`.
    pub(super) fn is_plain(&self) -> bool {
        self.form == Form::Plain
    }
}

/// Whether a variable may have this name.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(is_variable_byte)
}

/// A truth value in the words psql takes: prefixes of true, false, yes, no; on, off; 1, 0.
pub(super) fn boolean(value: &str) -> Option<bool> {
    let value = value.to_ascii_lowercase();
    let begins = |word: &str, least: usize| value.len() >= least && word.starts_with(&value);
    if begins("true", 1) || begins("yes", 1) || begins("on", 2) || value == "1" {
        Some(true)
    } else if begins("false", 1) || begins("no", 1) || begins("off", 2) || value == "0" {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booleans() {
        for yes in ["t", "TRUE", "y", "yes", "on", "1", "tr"] {
            assert_eq!(boolean(yes), Some(true), "{yes}");
        }
        for no in ["f", "n", "of", "OFF", "0", "no"] {
            assert_eq!(boolean(no), Some(false), "{no}");
        }
        for neither in ["", "o", "2", "truex", ":x", "yes no"] {
            assert_eq!(boolean(neither), None, "{neither}");
        }
    }
}

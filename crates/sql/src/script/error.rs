//! What can be wrong with a script.

use crate::lexer::Unterminated;
use crate::lines::LineCol;

/// Why a script could not be read, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{at}: {kind}")]
pub struct ScriptError {
    /// The file it is in.
    pub file: String,
    /// Where in the file.
    pub at: LineCol,
    /// What is wrong.
    pub kind: ScriptErrorKind,
}

impl ScriptError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &str {
        self.kind.hint()
    }
}

/// What is wrong with a script.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScriptErrorKind {
    /// A quote or comment that starts here is never closed.
    #[error("unterminated {} that starts here", .0.name())]
    Unterminated(Unterminated),
    /// Text PostgreSQL can never take.
    #[error("the file contains a NUL byte")]
    Nul,
    /// A meta-command that does something a migration must not, or that nobody knows.
    #[error("psql meta-command \\{command} cannot be used in a migration")]
    Refused {
        /// Its name.
        command: String,
        /// What to do instead.
        hint: &'static str,
    },
    /// A known meta-command, used wrongly.
    #[error("\\{command}: {reason}")]
    Meta {
        /// Its name.
        command: String,
        /// What is wrong.
        reason: String,
        /// What to do about it.
        hint: &'static str,
    },
    /// `\if` without `\endif`.
    #[error("\\if without \\endif")]
    OpenIf,
    /// `\elif`, `\else` or `\endif` without `\if`, or after `\else`.
    #[error("\\{command} {reason}")]
    StrayBranch {
        /// Its name.
        command: String,
        /// What is wrong about its place.
        reason: &'static str,
    },
    /// A file that could not be included.
    #[error("cannot include {path}: {reason}")]
    Include {
        /// The path as written.
        path: String,
        /// Why not.
        reason: String,
    },
    /// Files that include each other.
    #[error("{path} includes itself: {chain}")]
    IncludeCycle {
        /// The file met twice.
        path: String,
        /// The files from the first to the second meeting, joined by arrows.
        chain: String,
    },
    /// Included files nested too deeply.
    #[error("included files are nested more than {limit} deep")]
    IncludeDepth {
        /// How deep is allowed.
        limit: usize,
    },
    /// SQL on the line where `COPY` data is announced.
    #[error("text after COPY ... FROM STDIN on the same line")]
    TextBeforeCopyData,
    /// A string that means something else because of an earlier `SET`.
    #[error("a backslash in a plain string, with standard_conforming_strings off since line {since}")]
    OldString {
        /// The line of the `SET`.
        since: usize,
    },
    /// A variable's value that cannot be put into SQL.
    #[error("the value of variable {name} {reason}")]
    Variable {
        /// The variable.
        name: String,
        /// What is wrong with its value.
        reason: String,
    },
}

impl ScriptErrorKind {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &str {
        match self {
            Self::Unterminated(Unterminated::Comment) => "close it with */; comments nest, so every /* needs its own",
            Self::Unterminated(Unterminated::String) => "close it with '; a quote inside is written ''",
            Self::Unterminated(Unterminated::QuotedIdent) => "close it with \"; a quote inside is written \"\"",
            Self::Unterminated(Unterminated::DollarString) => {
                "repeat the same $tag$ at its end; upper and lower case differ"
            }
            Self::Nul => "save the file as UTF-8 text (UTF-16 is a common cause)",
            Self::Refused { hint, .. } | Self::Meta { hint, .. } => hint,
            Self::OpenIf => "add \\endif in the same file",
            Self::StrayBranch { .. } => "write \\if, then any number of \\elif, then at most one \\else, then \\endif",
            Self::Include { .. } => "\\i is relative to the working folder, \\ir to the file it is written in",
            Self::IncludeCycle { .. } => "remove one of the \\i commands",
            Self::IncludeDepth { .. } => "include fewer levels of files",
            Self::TextBeforeCopyData => "start the next statement on a new line, after the data and its \\. line",
            Self::OldString { .. } => "write the string as E'...', which reads the same with either setting",
            Self::Variable { .. } => "use :'name' for a string and :\"name\" for an identifier, which quote the value",
        }
    }
}

/// Something worth saying about a script that can be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Index of the file in [`Script::files`](super::Script::files).
    pub file: usize,
    /// Where in the file.
    pub at: LineCol,
    /// What it is.
    pub message: String,
}

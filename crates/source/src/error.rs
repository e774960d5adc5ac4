//! What is wrong with a history on disk, and what deserves a warning.
//!
//! A message is a fact and names the files; [`Problem::hint`] and [`Warning::hint`] say what helps.
//! Rendering (colour, order, indentation) is the caller's.

use std::fmt;

use thiserror::Error;

/// A history that cannot be used, with everything that is wrong with it.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadError {
    /// At least one.
    pub problems: Vec<Problem>,
    /// What would have been warned of had the load succeeded.
    pub warnings: Vec<Warning>,
    /// The lists of migrations that could be read.
    pub configs: Vec<crate::warehouse::MigrationConfig>,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            let line_break = if index > 0 { "\n" } else { "" };
            write!(f, "{line_break}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for LoadError {}

/// One thing that stops a load.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Problem {
    /// The operating system does not give the file or folder.
    #[error("{path}: cannot be read: {reason}")]
    Unreadable {
        /// The file or folder.
        path: String,
        /// The operating system's words.
        reason: String,
    },
    /// A migration directory of the configuration is not there.
    #[error("{path}: the migration directory does not exist")]
    MissingDirectory {
        /// As configured.
        path: String,
        /// A folder that holds migrations.
        near: Option<String>,
    },
    /// A file is not UTF-8.
    #[error("{path}:{line}: not UTF-8 at byte {offset} (0x{byte:02x})")]
    NotUtf8 {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
        /// The offset of the first wrong byte, from 0.
        offset: usize,
        /// That byte.
        byte: u8,
    },
    /// A file holds a NUL byte, which no SQL text can.
    #[error("{path}:{line}: a NUL byte at byte {offset}")]
    NulByte {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
        /// The offset, from 0.
        offset: usize,
    },
    /// Several files carry one number.
    #[error("number {number} is carried by {}{}", list(files), rollback_note(rollbacks))]
    DuplicateNumber {
        /// The number, as the first file writes it.
        number: String,
        /// The files, sorted.
        files: Vec<String>,
        /// The rollbacks for that number: which of the files they undo cannot be told.
        rollbacks: Vec<String>,
    },
    /// Several migrations have one id.
    #[error("id `{id}` is claimed by {}", list(files))]
    DuplicateId {
        /// The id.
        id: String,
        /// The files, sorted.
        files: Vec<String>,
    },
    /// A migration has two rollbacks or two verifications.
    #[error("{migration} has two {part} files: {}", list(files))]
    DuplicatePart {
        /// The migration's file.
        migration: String,
        /// `rollback` or `verify`.
        part: &'static str,
        /// The files, sorted.
        files: Vec<String>,
    },
    /// `migration_lock.toml` names another database, or none.
    #[error("{path}:{line}: {}", provider_fact(provider.as_deref()))]
    PrismaProvider {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
        /// The provider it names.
        provider: Option<String>,
    },
    /// A directive nobody knows.
    #[error("{path}:{line}: unknown directive `{name}`")]
    UnknownDirective {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
        /// As written.
        name: String,
        /// What was probably meant.
        near: Option<String>,
    },
    /// A directive with a value that cannot be obeyed.
    #[error("{path}:{line}: directive `{name}`: {reason}")]
    BadDirective {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
        /// Its name.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// A declared dependency names no migration, or several.
    #[error("{path}:{line}: depends on `{reference}`, {reason}")]
    Dependency {
        /// The file that declares it.
        path: String,
        /// The line, from 1.
        line: usize,
        /// As written.
        reference: String,
        /// Why it cannot be followed.
        reason: String,
        /// What was probably meant.
        near: Option<String>,
    },
    /// Migrations that wait for each other.
    #[error("dependency cycle: {}", cycle(members))]
    Cycle {
        /// Each waits for the next, and the last for the first.
        members: Vec<CycleMember>,
    },
    /// A file that holds the sections of another tool, up and down in one.
    #[error("{path}:{line}: holds sections of {tool} (`{marker}`), which would run as one migration")]
    ForeignSections {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
        /// The tool's name.
        tool: &'static str,
        /// The comment that gives it away.
        marker: String,
    },
    /// A setting in a YAML file that cannot be read.
    #[error("{0}")]
    Setting(ConfigProblem),
    /// The list names a file that is not there.
    #[error("{config}:{line}: lists `{filename}`, which does not exist")]
    ListedFileMissing {
        /// The file with the list.
        config: String,
        /// The line, from 1.
        line: u64,
        /// As listed.
        filename: String,
        /// A file with a name like it.
        near: Option<String>,
    },
    /// The list names a file in a way that makes no sense.
    #[error("{config}:{line}: {fact}")]
    Listing {
        /// The file with the list.
        config: String,
        /// The line, from 1.
        line: u64,
        /// What is so.
        fact: String,
    },
    /// A rule under `validation` is broken.
    #[error("{path}: {fact} ({config} sets {rule})")]
    Rule {
        /// The file that breaks it.
        path: String,
        /// What is so.
        fact: String,
        /// The file with the rule.
        config: String,
        /// The rule's key.
        rule: &'static str,
        /// What helps.
        hint: String,
    },
}

/// A member of a dependency cycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CycleMember {
    /// The migration's id.
    pub id: String,
    /// Its file.
    pub path: String,
    /// Why it waits for the next member.
    pub because: Edge,
}

/// Why a migration comes after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Edge {
    /// A directive or the list of migrations says so.
    Declared,
    /// The header's prose says so.
    Header,
    /// It is the one before by number.
    Previous,
}

/// A setting of a YAML file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{path}:{line}:{column}: {message}")]
pub struct ConfigProblem {
    /// The file.
    pub path: String,
    /// The line, from 1.
    pub line: u64,
    /// The column, from 1.
    pub column: u64,
    /// What is wrong.
    pub message: String,
    /// What was probably meant, or what to write.
    pub hint: Option<String>,
}

/// Where something is: a file, and a line and column where they are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place<'a> {
    /// The file or folder; the first of them where there are several.
    pub path: &'a str,
    /// The line, from 1.
    pub line: Option<u64>,
    /// The column, from 1.
    pub column: Option<u64>,
}

impl<'a> Place<'a> {
    fn file(path: &'a str) -> Self {
        Self { path, line: None, column: None }
    }

    fn first(files: &'a [String]) -> Self {
        Self::file(files.first().map_or("", String::as_str))
    }

    fn line(path: &'a str, line: usize) -> Self {
        Self { path, line: u64::try_from(line).ok(), column: None }
    }
}

impl Problem {
    /// A short, stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "unreadable",
            Self::MissingDirectory { .. } => "missing-directory",
            Self::NotUtf8 { .. } => "not-utf8",
            Self::NulByte { .. } => "nul-byte",
            Self::DuplicateNumber { .. } => "duplicate-number",
            Self::DuplicateId { .. } => "duplicate-id",
            Self::DuplicatePart { .. } => "duplicate-part",
            Self::PrismaProvider { .. } => "provider",
            Self::UnknownDirective { .. } => "unknown-directive",
            Self::BadDirective { .. } => "bad-directive",
            Self::Dependency { .. } => "missing-dependency",
            Self::Cycle { .. } => "cycle",
            Self::ForeignSections { .. } => "foreign-sections",
            Self::Setting(_) => "setting",
            Self::ListedFileMissing { .. } => "listed-file-missing",
            Self::Listing { .. } => "listing",
            Self::Rule { .. } => "rule",
        }
    }

    /// Where it is.
    pub fn place(&self) -> Place<'_> {
        match self {
            Self::Unreadable { path, .. } | Self::MissingDirectory { path, .. } | Self::Rule { path, .. } => {
                Place::file(path)
            }
            Self::NotUtf8 { path, line, .. }
            | Self::NulByte { path, line, .. }
            | Self::PrismaProvider { path, line, .. }
            | Self::UnknownDirective { path, line, .. }
            | Self::BadDirective { path, line, .. }
            | Self::Dependency { path, line, .. }
            | Self::ForeignSections { path, line, .. } => Place::line(path, *line),
            Self::DuplicateNumber { files, .. } | Self::DuplicateId { files, .. } => Place::first(files),
            Self::DuplicatePart { migration, .. } => Place::file(migration),
            Self::Cycle { members } => Place::file(members.first().map_or("", |member| member.path.as_str())),
            Self::Setting(ConfigProblem { path, line, column, .. }) => {
                Place { path, line: Some(*line), column: Some(*column) }
            }
            Self::ListedFileMissing { config, line, .. } | Self::Listing { config, line, .. } => {
                Place { path: config, line: Some(*line), column: None }
            }
        }
    }

    /// What helps, as an imperative.
    pub fn hint(&self) -> Option<String> {
        let did_you_mean = |near: &Option<String>| near.as_ref().map(|n| format!("did you mean `{n}`?"));
        match self {
            Self::Unreadable { reason, .. } if reason.starts_with("No such file") => {
                Some("it may be a link that leads nowhere: restore what it leads to, or remove it".to_owned())
            }
            Self::Unreadable { .. } => Some("check the permissions of the file".to_owned()),
            Self::MissingDirectory { near, .. } => Some(match near {
                Some(near) => format!("set the directory to `{near}`, where there are migrations"),
                None => "create it, or correct the path in the configuration".to_owned(),
            }),
            Self::NotUtf8 { .. } => Some("save the file as UTF-8 (`iconv -f LATIN1 -t UTF-8` converts)".to_owned()),
            Self::NulByte { .. } => Some("remove the byte; the file may be UTF-16 or not text at all".to_owned()),
            Self::DuplicateNumber { rollbacks, .. } if rollbacks.len() == 1 => Some(
                "give one of them the next free number, and the rollback the number of the one it undoes".to_owned(),
            ),
            Self::DuplicateNumber { .. } => Some("give one of them the next free number".to_owned()),
            Self::DuplicateId { .. } => Some("rename one of them".to_owned()),
            Self::DuplicatePart { .. } => Some("keep one of them".to_owned()),
            Self::PrismaProvider { .. } => {
                Some("Surefoot runs on PostgreSQL: the line must be `provider = \"postgresql\"`".to_owned())
            }
            Self::UnknownDirective { name, .. } if name == "backfill" => Some(
                "backfills are not supported yet: write the batches as statements, each between its own BEGIN and COMMIT"
                    .to_owned(),
            ),
            Self::UnknownDirective { near, .. } => did_you_mean(near)
                .or_else(|| Some(format!("the directives are {}", crate::directive::DIRECTIVE_NAMES.join(", ")))),
            Self::BadDirective { .. } => None,
            Self::Dependency { near, .. } => did_you_mean(near).or_else(|| {
                Some("correct the reference, or bring the missing file back with `surefoot recover`".to_owned())
            }),
            Self::Cycle { .. } => Some("remove one of these dependencies".to_owned()),
            Self::ForeignSections { .. } => {
                Some("move the part below the down marker to a file NAME.down.sql and delete the markers".to_owned())
            }
            Self::Setting(problem) => problem.hint.clone(),
            Self::ListedFileMissing { near, .. } => did_you_mean(near)
                .or_else(|| Some("correct the file name, or bring the file back with `surefoot recover`".to_owned())),
            Self::Listing { .. } => Some("take the entry out of the list".to_owned()),
            Self::Rule { hint, .. } => Some(hint.clone()),
        }
    }
}

/// Something the team should know, that does not stop a load.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Warning {
    /// A SQL file that is no part of any migration.
    #[error("{path}: not a migration: {reason}")]
    UnmatchedSql {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// A rollback or verification without its migration.
    #[error("{path}: a {part} file, but there is no migration {reference}")]
    Orphan {
        /// The file.
        path: String,
        /// `rollback` or `verify`.
        part: &'static str,
        /// The number or name it belongs to.
        reference: String,
    },
    /// A name that a file manager gives to a copy.
    #[error("{path}: the name says that this is a copy")]
    Copy {
        /// The file or folder.
        path: String,
    },
    /// A directive names an environment that the project does not have.
    #[error("{path}: is only for `{name}`, and there is no such environment")]
    UnknownEnvironment {
        /// The file.
        path: String,
        /// As written.
        name: String,
        /// What was probably meant.
        near: Option<String>,
    },
    /// A migration without a statement.
    #[error("{path}: has no effect: there is no statement in it")]
    Empty {
        /// The file.
        path: String,
    },
    /// The header names another number than the file.
    #[error("{path}:{line}: the header says {header}, the file name says {number}")]
    HeaderNumber {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
        /// The header's number.
        header: String,
        /// The file's.
        number: String,
    },
    /// A dependency that is not followed: the header's prose, or a list whose dependencies are
    /// not to be validated, names a migration that does not exist.
    #[error("{path}:{line}: requires `{reference}`, {reason}")]
    UnfollowedDependency {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
        /// As written.
        reference: String,
        /// Why it is not followed.
        reason: String,
        /// What was probably meant.
        near: Option<String>,
    },
    /// Numbers and dates in one chain.
    #[error("numbers and dates are mixed: {number} sorts before {date}, and so will every number after it")]
    MixedNumbers {
        /// The file with the greatest plain number.
        number: String,
        /// The file with the least date.
        date: String,
    },
    /// A folder named like a migration without one in it.
    #[error("{path}: a folder named like a migration, without migration.sql or up.sql")]
    EmptyFolder {
        /// The folder.
        path: String,
    },
    /// A migration that the list leaves out.
    #[error("{path}: not listed in {config}; it is pending all the same")]
    Unlisted {
        /// The file.
        path: String,
        /// The file with the list.
        config: String,
    },
    /// A rollback file where the list says there is none, or the reverse.
    #[error("{path}: {fact} ({config}:{line})")]
    RollbackSupport {
        /// The migration's file.
        path: String,
        /// What is so.
        fact: String,
        /// The file with the list.
        config: String,
        /// The line, from 1.
        line: u64,
    },
    /// A setting that is read and not obeyed.
    #[error("{config}: {setting}")]
    Unobeyed {
        /// The file.
        config: String,
        /// The key, and what it would do.
        setting: String,
    },
    /// The list has settings for environments, but none for this one.
    #[error("{config}: has no settings for the environment `{name}`")]
    NoEnvironment {
        /// The file.
        config: String,
        /// The environment asked for.
        name: String,
        /// One that there is.
        near: Option<String>,
    },
    /// A directive where it can do nothing.
    #[error("{path}: directives have no effect in a verify file")]
    VerifyDirectives {
        /// The file.
        path: String,
    },
}

impl Warning {
    /// Where it is.
    pub fn place(&self) -> Place<'_> {
        match self {
            Self::UnmatchedSql { path, .. }
            | Self::Orphan { path, .. }
            | Self::Copy { path }
            | Self::Empty { path }
            | Self::UnknownEnvironment { path, .. }
            | Self::EmptyFolder { path }
            | Self::Unlisted { path, .. }
            | Self::RollbackSupport { path, .. }
            | Self::VerifyDirectives { path } => Place::file(path),
            Self::HeaderNumber { path, line, .. } | Self::UnfollowedDependency { path, line, .. } => {
                Place::line(path, *line)
            }
            Self::MixedNumbers { number, .. } => Place::file(number),
            Self::Unobeyed { config, .. } | Self::NoEnvironment { config, .. } => Place::file(config),
        }
    }

    /// What helps, as an imperative.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnmatchedSql { reason, .. } if reason.contains("folder of one migration") => {
                Some("move its statements into the migration, or the file out of the folder".to_owned())
            }
            Self::UnmatchedSql { .. } => {
                Some("name it NNN_name.sql to make it a migration, or move it out of the folder".to_owned())
            }
            Self::Orphan { .. } => {
                Some("correct the number, or bring the migration back with `surefoot recover`".to_owned())
            }
            Self::Copy { .. } => Some("delete it, or give it a name of its own".to_owned()),
            Self::Empty { .. } => None,
            Self::HeaderNumber { .. } => Some("correct the header or rename the file".to_owned()),
            Self::UnfollowedDependency { near, .. } => near.as_ref().map(|near| format!("did you mean `{near}`?")),
            Self::MixedNumbers { .. } => Some(
                "name new migrations by date, or declare what they depend on with `-- surefoot: depends`".to_owned(),
            ),
            Self::EmptyFolder { .. } => {
                Some("delete the folder, or bring its files back with `surefoot recover`".to_owned())
            }
            Self::Unlisted { config, .. } => Some(format!("add it to `migrations` in {config}")),
            Self::RollbackSupport { .. } => Some("make `rollback_supported` say what is so".to_owned()),
            Self::Unobeyed { .. } => None,
            Self::UnknownEnvironment { near, .. } | Self::NoEnvironment { near, .. } => {
                near.as_ref().map(|near| format!("did you mean `{near}`?"))
            }
            Self::VerifyDirectives { .. } => Some("move them to the migration".to_owned()),
        }
    }
}

fn list(files: &[String]) -> String {
    match files {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn rollback_note(rollbacks: &[String]) -> String {
    match rollbacks {
        [] => String::new(),
        [only] => format!("; the one rollback {only} cannot belong to all of them"),
        several => format!("; the rollbacks are {}", list(several)),
    }
}

fn provider_fact(provider: Option<&str>) -> String {
    match provider {
        Some(provider) => format!("the provider is `{provider}`, not `postgresql`"),
        None => "no provider is named".to_owned(),
    }
}

fn cycle(members: &[CycleMember]) -> String {
    let mut text = String::new();
    for (index, member) in members.iter().enumerate() {
        let which = if index > 0 { ", which " } else { " " };
        let because = match member.because {
            Edge::Declared => "depends on",
            Edge::Header => "requires by its header",
            Edge::Previous => "follows",
        };
        let next = members.get((index + 1) % members.len());
        let next = next.map_or(String::new(), |next| {
            if index + 1 < members.len() { format!("{} ({})", next.id, next.path) } else { next.id.clone() }
        });
        if index == 0 {
            text.push_str(&format!("{} ({})", member.id, member.path));
        }
        text.push_str(&format!("{which}{because} {next}"));
    }
    text
}

//! Arguments of the commands about schemas.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// What a schema can be read from, for the help of several commands.
const SOURCES: &str = "A schema is read from: an environment, a URL, `migrations` or a folder of migrations, an SQL \
file or a folder of them in any order, a schema.prisma, a saved schema (inspect --format json), git:REVISION:PATH, \
cmd:COMMAND (SQL on its standard output), or `empty`.";

/// `inspect`.
#[derive(Debug, Args)]
#[command(
    after_help = format!("{SOURCES}\n\nExamples:\n  surefoot inspect\n  surefoot inspect production --format json > production.json\n  surefoot inspect migrations --format sql\n  surefoot inspect schema.prisma --format sql --out schema.sql\n  surefoot inspect --out schema/ --format sql\n  surefoot inspect --erd mermaid\n  surefoot inspect production --roles --format sql")
)]
pub(crate) struct Inspect {
    /// Whose schema (default: the target's)
    pub(crate) source: Option<String>,
    /// For a history: up to this migration
    #[arg(long, value_name = "ID")]
    pub(crate) at: Option<String>,
    /// Where to load text: `embedded`, `local` or a URL
    #[arg(long, value_name = "WHERE")]
    pub(crate) on: Option<String>,
    /// Write to this file; with --format sql and a folder, a file per object
    #[arg(long, short, value_name = "PATH")]
    pub(crate) out: Option<PathBuf>,
    /// Draw the tables and what points where
    #[arg(long, value_enum, value_name = "FORM")]
    pub(crate) erd: Option<Erd>,
    /// Roles and memberships too, which belong to the whole server; never a password
    #[arg(long)]
    pub(crate) roles: bool,
    /// List what is in the database and in no schema that Surefoot can write
    #[arg(long)]
    pub(crate) unmodelled: bool,
}

/// Forms of a drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Erd {
    /// Mermaid's erDiagram
    Mermaid,
    /// Graphviz
    Dot,
    /// A picture
    Svg,
}

/// `diff`.
#[derive(Debug, Args)]
#[command(
    after_help = format!("{SOURCES}\n\nExit code 2 when they differ.\n\nExamples:\n  surefoot diff migrations schema.sql\n  surefoot diff staging production\n  surefoot diff git:main:schema.sql schema.sql --format sql\n  surefoot diff production schema.prisma --prove\n  surefoot diff migrations 'cmd:python print_models.py'\n  surefoot diff staging production --roles")
)]
pub(crate) struct Diff {
    /// The schema as it is
    pub(crate) from: String,
    /// The schema as it shall be
    pub(crate) to: String,
    /// For a history: up to this migration
    #[arg(long, value_name = "ID")]
    pub(crate) at: Option<String>,
    #[command(flatten)]
    pub(crate) how: HowToDiff,
    /// Write the SQL to this file
    #[arg(long, short, value_name = "PATH")]
    pub(crate) out: Option<PathBuf>,
}

/// How differences are judged and written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Args)]
pub(crate) struct HowToDiff {
    /// Where to load text: `embedded`, `local` or a URL
    #[arg(long, value_name = "WHERE")]
    pub(crate) on: Option<String>,
    /// Build indexes concurrently and validate constraints in a step of their own; so it is anyway where the script is
    /// for a protected environment or one called production
    #[arg(long, overrides_with = "no_online")]
    pub(crate) online: bool,
    /// Build them in one step, also for production
    #[arg(long, overrides_with = "online")]
    pub(crate) no_online: bool,
    /// Try the statements and their way back on the dev database, with rows in the tables; always so for a new
    /// migration and for a plan to a schema, and where CI is set
    #[arg(long, overrides_with = "no_prove")]
    pub(crate) prove: bool,
    /// Do not
    #[arg(long, overrides_with = "prove")]
    pub(crate) no_prove: bool,
    /// What looks like a rename is a drop and an addition: the data goes
    #[arg(long)]
    pub(crate) accept_drops: bool,
    /// A rename: public.orders=purchases, or public.orders.total=amount
    #[arg(long, value_name = "OLD=NEW")]
    pub(crate) renamed: Vec<String>,
    /// Leave owners and privileges out
    #[arg(long)]
    pub(crate) no_privileges: bool,
    /// Compare roles and memberships too, which belong to the whole server; never a password
    #[arg(long)]
    pub(crate) roles: bool,
}

/// `compare`.
#[derive(Debug, Args)]
#[command(
    after_help = format!("A difference is explained when each side is what its own history says and the histories differ. Exit code 2 when there is another difference than those expected.\n\n{SOURCES}\n\nExamples:\n  surefoot compare staging production\n  surefoot compare staging production --expect none\n  surefoot compare migrations production --html report.html\n  surefoot compare staging production --privileges --json")
)]
pub(crate) struct Compare {
    /// The side that is ahead: an environment, or what else a schema is read from
    pub(crate) first: String,
    /// The side that is compared with it
    pub(crate) second: String,
    /// Which differences there may be
    #[arg(long, value_enum, value_name = "WHICH", default_value_t = Expect::Pending)]
    pub(crate) expect: Expect,
    /// Write the report to this file, side by side, for a browser or a printer
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Compare owners and privileges too
    #[arg(long)]
    pub(crate) privileges: bool,
    /// Objects that do not count: a name with its schema, * for any text
    #[arg(long, value_name = "PATTERN")]
    pub(crate) ignore: Vec<String>,
    /// Where to replay histories: `embedded`, `local` or a URL
    #[arg(long, value_name = "WHERE")]
    pub(crate) on: Option<String>,
    /// Replay histories also when the result of an earlier replay is kept
    #[arg(long)]
    pub(crate) fresh: bool,
}

/// Differences that may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Expect {
    /// What the migrations make that the second side has not applied yet
    Pending,
    /// None
    None,
}

/// `drift`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit code 2 when there is drift of the severity of --fail-on or worse. docs/drift.md has the rules.\n\nExamples:\n  surefoot drift --env production\n  surefoot drift --env production --fail-on critical --json\n  surefoot drift --env production --format sql\n  surefoot drift --env production --ignore 'public.tmp_*'\n  surefoot drift --env production --fix\n  surefoot drift --env production --adopt --reason \"index of the incident, INC-17\""
)]
pub(crate) struct Drift {
    /// Where to replay the history: `embedded`, `local` or a URL
    #[arg(long, value_name = "WHERE")]
    pub(crate) on: Option<String>,
    /// Objects that are not Surefoot's: a name with its schema, * for any text
    #[arg(long, value_name = "PATTERN")]
    pub(crate) ignore: Vec<String>,
    /// The least severity that gives exit code 2 (default: [drift] fail-on, else info)
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<FailOn>,
    /// Replay the history also when the result of an earlier replay is kept
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Write the statements that take the drift back to this file
    #[arg(long, short, value_name = "PATH")]
    pub(crate) out: Option<PathBuf>,
    /// Write a migration that takes the drift back; it is not applied
    #[arg(long, conflicts_with_all = ["adopt", "out"])]
    pub(crate) fix: bool,
    /// Write a migration that makes what is there, and record it as applied here; needs --reason
    #[arg(long, requires = "reason", conflicts_with = "out")]
    pub(crate) adopt: bool,
    /// Name of the migration that --fix or --adopt writes
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Whose folder that migration goes to, when there are several
    #[arg(long)]
    pub(crate) owner: Option<String>,
    /// Why the drift is adopted; kept in the journal
    #[arg(long, requires = "adopt")]
    pub(crate) reason: Option<String>,
}

/// Severities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// Any drift
    Info,
    /// What is to be looked at
    Warning,
    /// What may break the application, or guards rows
    Critical,
}

/// `recorder`.
#[derive(Debug, Args)]
#[command(
    after_help = "The recorder is a pair of event triggers. Installing it takes a superuser, or the role that stands in for one on a managed server; nothing else does. A statement is never refused because it could not be recorded.\n\nExamples:\n  surefoot recorder install --env production --url postgres://postgres@db.example.org/shop\n  surefoot recorder status --env production\n  surefoot recorder uninstall --env production"
)]
pub(crate) struct Recorder {
    #[command(subcommand)]
    pub(crate) command: RecorderCommand,
}

/// Sub-commands of `recorder`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub(crate) enum RecorderCommand {
    /// Install it, or bring it up to date
    #[command(after_help = "Example:\n  surefoot recorder install --url postgres://postgres@db.example.org/shop")]
    Install,
    /// Whether it is there and sound, and what it saw last; exit code 2 when it is not
    #[command(after_help = "Example:\n  surefoot recorder status --json")]
    Status,
    /// Take it away; what it recorded stays
    #[command(after_help = "Example:\n  surefoot recorder uninstall --url postgres://postgres@db.example.org/shop")]
    Uninstall,
}

/// `derive-down`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  surefoot derive-down              show the rollbacks that are missing\n  surefoot derive-down 003 --write   write that of 003 beside the others"
)]
pub(crate) struct DeriveDown {
    /// Migrations (default: all without a rollback)
    pub(crate) migrations: Vec<String>,
    /// Write the files
    #[arg(long)]
    pub(crate) write: bool,
    /// Where to replay the history: `embedded`, `local` or a URL
    #[arg(long, value_name = "WHERE")]
    pub(crate) on: Option<String>,
}

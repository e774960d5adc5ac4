//! Arguments of `attic`.

use clap::{Args, Subcommand};

/// `attic`.
#[derive(Debug, Args)]
#[command(
    after_help = "A migration that drops a table or a column keeps it in the attic, and its rollback gives it back.\n`-- surefoot: drop-data` in a migration lets it go.\n\nExamples:\n  surefoot attic list --env production\n  surefoot attic restore orders_3\n  surefoot attic restore orders --as orders_before_003\n  surefoot attic purge --dry-run\n  surefoot attic purge --older-than 180d --reason \"retention, OPS-12\" --yes"
)]
pub(crate) struct Attic {
    #[command(subcommand)]
    pub(crate) command: AtticCommand,
}

/// Sub-commands of `attic`.
#[derive(Debug, Subcommand)]
pub(crate) enum AtticCommand {
    /// What is kept: from which migration, since when, how large, until when
    List,
    /// Take a table or the values of columns back
    Restore(AtticRestore),
    /// Let what is kept go for good
    Purge(AtticPurge),
}

/// `attic restore`.
#[derive(Debug, Args)]
#[command(
    after_help = "A table comes back with its rows, constraints, indexes, triggers, policies and privileges. Values of columns go to where no value is.\n\nExamples:\n  surefoot attic restore orders_3\n  surefoot attic restore patients.phone --as phone_old"
)]
pub(crate) struct AtticRestore {
    /// Name in the attic, its number, or the table or table.column it was
    pub(crate) name: String,
    /// Under another name: of the table, or of the column
    #[arg(long = "as", value_name = "NAME")]
    pub(crate) as_name: Option<String>,
    /// Why; kept in the journal
    #[arg(long)]
    pub(crate) reason: Option<String>,
}

/// `attic purge`.
#[derive(Debug, Args)]
#[command(
    after_help = "Without names: what has been kept longer than [attic] retention (90 days unless set).\n\nExamples:\n  surefoot attic purge --dry-run\n  surefoot attic purge --reason \"retention\" --yes\n  surefoot attic purge orders_3 --reason \"GDPR request 17\" --yes"
)]
pub(crate) struct AtticPurge {
    /// Names in the attic (default: all whose time is over)
    pub(crate) names: Vec<String>,
    /// All older than this: 30d, 12h
    #[arg(long, value_name = "AGE")]
    pub(crate) older_than: Option<String>,
    /// All
    #[arg(long)]
    pub(crate) all: bool,
    /// Only show
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Why; kept in the journal
    #[arg(long)]
    pub(crate) reason: Option<String>,
}

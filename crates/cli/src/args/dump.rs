//! Arguments of `dump`, `load` and `squash`.

use std::path::PathBuf;

use clap::Args;

/// `dump`.
#[derive(Debug, Args)]
#[command(
    after_help = "A schema is read from what `inspect` reads. All of it is as it was at one moment; psql loads it as well as `surefoot load`.\nRows that row-level security would hide make the dump fail. Large objects, and what else is left out, are named.\n\nExamples:\n  surefoot dump --out backup.sql\n  surefoot dump production --out backup/\n  surefoot dump migrations --ordered --out reference.sql\n  surefoot dump --tables 'public.order*' --data --out orders.sql"
)]
pub(crate) struct Dump {
    /// What to dump (default: the target)
    pub(crate) source: Option<String>,
    /// Write to this file, or to a folder with a file per table; a name that ends in / is a folder (default: standard output)
    #[arg(long, short, value_name = "PATH")]
    pub(crate) out: Option<PathBuf>,
    /// Rows only
    #[arg(long, visible_alias = "data-only", conflicts_with = "schema_only")]
    pub(crate) data: bool,
    /// The schema only
    #[arg(long)]
    pub(crate) schema_only: bool,
    /// Only these tables and what they need; * is any text
    #[arg(long, short, value_name = "TABLE", num_args = 1.., value_delimiter = ',')]
    pub(crate) tables: Vec<String>,
    /// Rows in the order of the primary key: the same rows give the same file
    #[arg(long)]
    pub(crate) ordered: bool,
    /// Leave owners and privileges out
    #[arg(long)]
    pub(crate) no_privileges: bool,
    /// Leave Surefoot's own journal out
    #[arg(long)]
    pub(crate) no_journal: bool,
    /// For a history: up to this migration
    #[arg(long, value_name = "ID")]
    pub(crate) at: Option<String>,
    /// Where to load text: `embedded`, `local` or a URL
    #[arg(long, value_name = "WHERE")]
    pub(crate) on: Option<String>,
}

/// `squash`.
#[derive(Debug, Args)]
#[command(
    after_help = "The checkpoint is proven before it is written: on a throw-away database it gives the same catalog, the same rows and the same sequences as the migrations, and so does what follows them. The migrations stay where they are, and may go once every database is past the checkpoint.\n\nExit code 2 when it is not proven; then nothing is written.\n\nExamples:\n  surefoot squash --to 007\n  surefoot squash --to 007 --dry-run"
)]
pub(crate) struct Squash {
    /// The last migration that the checkpoint stands for
    #[arg(long, value_name = "ID")]
    pub(crate) to: String,
    /// Prove it, write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Where to replay: `embedded`, `local` or a URL
    #[arg(long, value_name = "WHERE")]
    pub(crate) on: Option<String>,
}

/// `load`.
#[derive(Debug, Args)]
#[command(
    after_help = "Loads what `surefoot dump` writes, plain files of pg_dump, and other SQL that psql loads: in one transaction, unless a statement forbids it. The target has to be empty.\n\nExamples:\n  surefoot load backup.sql --url postgres://postgres@localhost/copy\n  surefoot load backup/ --env staging\n  surefoot load orders.sql --into"
)]
pub(crate) struct Load {
    /// The file, or a folder that `dump` has written
    pub(crate) path: PathBuf,
    /// Into a database that holds something
    #[arg(long)]
    pub(crate) into: bool,
    /// Leave out what is about owners and privileges
    #[arg(long)]
    pub(crate) no_privileges: bool,
}

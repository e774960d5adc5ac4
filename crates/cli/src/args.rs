//! The command line, as it is typed.

mod attic;
mod dump;
mod schema;
mod watch;

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use attic::{Attic, AtticCommand, AtticPurge, AtticRestore};
pub(crate) use dump::{Dump, Load, Squash};
pub(crate) use schema::{
    Compare, DeriveDown, Diff, Drift, Erd, Expect, FailOn, HowToDiff, Inspect, Recorder, RecorderCommand,
};
pub(crate) use watch::Watch;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// PostgreSQL schema migrations that are rehearsed, recorded and reversible.
#[derive(Debug, Parser)]
#[command(
    name = "surefoot",
    version,
    styles = STYLES,
    propagate_version = false,
    after_help = "Exit codes: 0 done; 1 failed; 2 there is something (pending, differences, findings); 3 refused by a rule; \
4 migration lock not obtained; 64 wrong use; 130 interrupted.\n\nStart here:\n  surefoot init      look at the folder and write surefoot.toml\n  surefoot up        apply what is pending, by default to an embedded PostgreSQL\n  surefoot status    what is applied and what is pending"
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Folder of the project (default: this one, or the nearest above with surefoot.toml)
    #[arg(short = 'C', long, global = true, value_name = "DIR", default_value = ".")]
    pub(crate) project: PathBuf,
    /// Environment of surefoot.toml [env: SUREFOOT_ENV]
    #[arg(short = 'e', long, global = true, value_name = "NAME")]
    pub(crate) env: Option<String>,
    /// Connection string of the target, or `embedded` [env: SUREFOOT_URL, DATABASE_URL]
    #[arg(short = 'u', long, global = true, value_name = "URL", visible_alias = "database-url")]
    pub(crate) url: Option<String>,
    /// Form of the output
    #[arg(long, global = true, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
    /// Short for --format json
    #[arg(long, global = true, conflicts_with = "format")]
    pub(crate) json: bool,
    /// Answer yes to questions
    #[arg(short = 'y', long, global = true)]
    pub(crate) yes: bool,
    /// Say less
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Show every statement
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// Longest wait of a statement for a relation lock, such as 3s
    #[arg(long, global = true, value_name = "TIME", env = "SUREFOOT_LOCK_TIMEOUT", hide_env_values = true)]
    pub(crate) lock_timeout: Option<String>,
    /// Longest time for a statement; 0 is without limit
    #[arg(long, global = true, value_name = "TIME", env = "SUREFOOT_STATEMENT_TIMEOUT", hide_env_values = true)]
    pub(crate) statement_timeout: Option<String>,
    /// Longest wait for another run
    #[arg(long, global = true, value_name = "TIME", env = "SUREFOOT_MIGRATION_LOCK_TIMEOUT", hide_env_values = true)]
    pub(crate) migration_lock_timeout: Option<String>,
    /// Further tries of a transaction after a lock time-out, deadlock or lost connection
    #[arg(long, global = true, value_name = "N", env = "SUREFOOT_RETRY_ATTEMPTS", hide_env_values = true)]
    pub(crate) retry_attempts: Option<u32>,
    /// Variable for :name in SQL files, as psql -v
    #[arg(long = "var", global = true, value_name = "NAME=VALUE")]
    pub(crate) vars: Vec<String>,
}

/// Output forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Human,
    /// One JSON document on standard output
    Json,
    /// SQL, for plan and dry runs
    Sql,
}

/// Commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Look at the folder and write surefoot.toml
    Init(Init),
    /// Write a new migration
    #[command(visible_aliases = ["create", "add"])]
    New(New),
    /// Show what `up` or `down` would run, and what it locks
    Plan(Plan),
    /// Apply pending migrations
    #[command(visible_aliases = ["migrate", "apply", "upgrade", "deploy"])]
    Up(Up),
    /// Roll back applied migrations, newest first
    #[command(visible_aliases = ["rollback", "downgrade", "revert"])]
    Down(Down),
    /// Roll back the newest migration and apply it again
    Redo(Redo),
    /// What is applied and what is pending
    #[command(visible_aliases = ["info"])]
    Status(Status),
    /// What happened to a target, event by event
    History(History),
    /// The newest applied migration
    #[command(after_help = "Examples:\n  surefoot current\n  surefoot current --env production --json")]
    Current,
    /// Migrations that no other depends on
    #[command(after_help = "Examples:\n  surefoot heads\n  surefoot heads --json")]
    Heads,
    /// The dependency graph
    Graph(Graph),
    /// Write a migration that joins heads
    Merge(Merge),
    /// Check the journal's chain, and files against what was applied
    #[command(after_help = "Examples:\n  surefoot verify\n  surefoot verify --env production --json")]
    Verify,
    /// Prove the history: up, down to base, up again, on a throw-away database
    Check(Check),
    /// Show the schema of a database, a folder or a file: for people, as JSON, as SQL
    Inspect(Inspect),
    /// Compare two schemas, and write the statements from one to the other
    Diff(Diff),
    /// Write the rollbacks that are missing, from the schemas before and after
    DeriveDown(DeriveDown),
    /// Compare a target with what its history says
    Drift(Drift),
    /// Compare two environments: are there only the differences that pending migrations explain?
    Compare(Compare),
    /// Write one checkpoint that stands for the migrations up to one of them
    Squash(Squash),
    /// Write schema and rows of a database as SQL that loads again
    Dump(Dump),
    /// Load a dump into an empty database
    Load(Load),
    /// Write down who makes which DDL in a target, for `drift`
    Recorder(Recorder),
    /// Apply to the development target, seed it, and generate code
    Dev(Dev),
    /// Keep a development database in step with the schema files while they are edited
    Watch(Watch),
    /// Empty the target and apply everything anew
    Reset(Reset),
    /// Load the seed data of the environment
    Seed(Seed),
    /// Say how a migration ended, or accept a changed file
    Resolve(Resolve),
    /// Take over a database: record migrations as applied without running them
    #[command(visible_aliases = ["stamp"])]
    Baseline(Baseline),
    /// What migrations dropped: list it, take it back, let it go
    Attic(Attic),
    /// Write deleted or changed files back from the journal
    Recover(Recover),
    /// Wait until a target has a schema version
    Wait(Wait),
    /// Check that a target has a schema version, for services that do not migrate
    CheckVersion(CheckVersion),
    /// Git hooks that guard applied migrations
    Hooks(Hooks),
    /// Run times and errors as JSON lines
    Log(Log),
    /// Look at connection, privileges, extensions and settings
    #[command(after_help = "Examples:\n  surefoot doctor\n  surefoot doctor --url postgres://app@db.example.org/shop")]
    Doctor,
    /// Shell completions
    Completions(Completions),
}

/// `init`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  surefoot init\n  surefoot init --name shop --dir db/migrations")]
pub(crate) struct Init {
    /// Name of the project (default: the folder's)
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Folder of the migrations (default: what is found, else `migrations`)
    #[arg(long)]
    pub(crate) dir: Option<String>,
    /// Write over an existing surefoot.toml
    #[arg(long)]
    pub(crate) force: bool,
}

/// `new`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  surefoot new add_patient_email_index\n  surefoot new \"Add patient email index\" --owner cds-team"
)]
pub(crate) struct New {
    /// What it does: a verb first, such as add_patient_email
    pub(crate) name: String,
    /// Whose folder, when there are several
    #[arg(long)]
    pub(crate) owner: Option<String>,
    /// Write no rollback
    #[arg(long)]
    pub(crate) no_down: bool,
    /// Ticket for the header
    #[arg(long)]
    pub(crate) ticket: Option<String>,
    /// Author for the header (default: git's user.name)
    #[arg(long)]
    pub(crate) author: Option<String>,
    /// Pass over the naming rules
    #[arg(long)]
    pub(crate) any_name: bool,
    /// Write what makes the history's schema into this one, and the way back: an SQL file or folder, a schema.prisma,
    /// a database ... (see `diff`)
    #[arg(long, value_name = "SOURCE")]
    pub(crate) from_schema: Option<String>,
    #[command(flatten)]
    pub(crate) how: HowToDiff,
}

/// `plan`.
#[derive(Debug, Args)]
#[command(
    after_help = "With --to and a schema (a file, a folder, a database ..., see `diff`) instead of a migration: what `surefoot new NAME --from-schema` would write, and nothing is written. The options under \"A schema\" are for that.\n\nExit code 2 when there is something to run.\n\nExamples:\n  surefoot plan\n  surefoot plan --to 004\n  surefoot plan --down --to 002\n  surefoot plan --to schema.sql\n  surefoot plan --to prisma/schema.prisma --env production\n  surefoot plan --format sql > for-the-dba.sql"
)]
pub(crate) struct Plan {
    /// Plan a rollback
    #[arg(long)]
    pub(crate) down: bool,
    /// The last migration to apply, or the one that stays the newest (`base` rolls back all); or a schema that the
    /// migrations shall lead to
    #[arg(long, visible_alias = "target", value_name = "ID|SCHEMA")]
    pub(crate) to: Option<String>,
    /// How many
    #[arg(long, short = 'n', conflicts_with = "to", value_name = "N")]
    pub(crate) count: Option<usize>,
    #[command(flatten)]
    pub(crate) allow: AllowArgs,
    #[command(flatten, next_help_heading = "A schema")]
    pub(crate) how: HowToDiff,
}

/// Which migrations.
#[derive(Debug, Clone, Args)]
pub(crate) struct Range {
    /// The last migration to apply, or the one that stays the newest (`base` rolls back all)
    #[arg(long, visible_alias = "target", value_name = "ID")]
    pub(crate) to: Option<String>,
    /// How many
    #[arg(long, short = 'n', conflicts_with = "to", value_name = "N")]
    pub(crate) count: Option<usize>,
}

/// What may be passed over.
#[derive(Debug, Clone, Args)]
pub(crate) struct AllowArgs {
    /// Run late migrations, which sort before an applied one
    #[arg(long)]
    pub(crate) allow_out_of_order: bool,
    /// Pass over applied files that were changed since
    #[arg(long)]
    pub(crate) allow_changed: bool,
    /// Pass over applied files that are gone
    #[arg(long)]
    pub(crate) allow_missing: bool,
}

/// `up`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  surefoot up\n  surefoot up --to 004\n  surefoot up --count 1\n  surefoot up --env production --dry-run --format sql\n  surefoot up --url postgres://app@db/shop"
)]
pub(crate) struct Up {
    #[command(flatten)]
    pub(crate) range: Range,
    /// Print the plan, write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Everything in one transaction
    #[arg(long)]
    pub(crate) single_transaction: bool,
    #[command(flatten)]
    pub(crate) allow: AllowArgs,
}

/// `down`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  surefoot down                 the newest migration\n  surefoot down --count 3\n  surefoot down --to 003        003 stays\n  surefoot down --to base       everything"
)]
pub(crate) struct Down {
    #[command(flatten)]
    pub(crate) range: Range,
    /// Everything: short for --to base
    #[arg(long, conflicts_with_all = ["to", "count"])]
    pub(crate) all: bool,
    /// Print the plan, write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Everything in one transaction
    #[arg(long)]
    pub(crate) single_transaction: bool,
}

/// `redo`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  surefoot redo\n  surefoot redo --count 2")]
pub(crate) struct Redo {
    /// How many
    #[arg(long, short = 'n', default_value_t = 1, value_name = "N")]
    pub(crate) count: usize,
}

/// `status`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit code 2 when something is pending or wrong.\n\nExamples:\n  surefoot status\n  surefoot status --env production --format json"
)]
pub(crate) struct Status {
    /// Only what is pending or wrong
    #[arg(long)]
    pub(crate) pending: bool,
}

/// `history`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  surefoot history\n  surefoot history 007\n  surefoot history --limit 10 --json")]
pub(crate) struct History {
    /// Only events of this migration
    pub(crate) migration: Option<String>,
    /// The newest so many
    #[arg(long, short = 'n', default_value_t = 50)]
    pub(crate) limit: usize,
}

/// `graph`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  surefoot graph\n  surefoot graph --as dot | dot -Tpng > history.png\n  surefoot graph --as svg --output history.svg --state"
)]
pub(crate) struct Graph {
    /// Form of the drawing
    #[arg(long, value_enum, default_value_t = Drawing::Text)]
    pub(crate) r#as: Drawing,
    /// Write to a file
    #[arg(long, short)]
    pub(crate) output: Option<PathBuf>,
    /// Colour by what is applied in the target
    #[arg(long)]
    pub(crate) state: bool,
}

/// Forms of a graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Drawing {
    /// For the terminal
    Text,
    /// Graphviz
    Dot,
    /// A picture
    Svg,
}

/// `merge`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  surefoot merge\n  surefoot merge 007 008")]
pub(crate) struct Merge {
    /// The heads to join (default: all)
    pub(crate) heads: Vec<String>,
}

/// `check`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  surefoot check\n  surefoot check --on postgres://postgres@localhost/postgres\n  surefoot check --junit report.xml"
)]
pub(crate) struct Check {
    /// Server for the throw-away database: `embedded`, `local`, or a URL (default: [dev] of surefoot.toml)
    #[arg(long, value_name = "WHERE")]
    pub(crate) on: Option<String>,
    /// Write a JUnit report
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Accept migrations without a rollback
    #[arg(long)]
    pub(crate) allow_no_down: bool,
}

/// `dev`.
#[derive(Debug, Args)]
#[command(
    after_help = "Refused where the environment is protected.\n\nExamples:\n  surefoot dev\n  surefoot dev --name add_patient_email_index --create-only\n  surefoot dev --skip-seed"
)]
pub(crate) struct Dev {
    /// Write a new migration of this name first
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Whose folder the new migration goes to, when there are several
    #[arg(long, requires = "name")]
    pub(crate) owner: Option<String>,
    /// Write the migration, apply nothing
    #[arg(long, requires = "name")]
    pub(crate) create_only: bool,
    /// Load no seeds
    #[arg(long)]
    pub(crate) skip_seed: bool,
    /// Generate nothing
    #[arg(long)]
    pub(crate) skip_generate: bool,
}

/// `reset`.
#[derive(Debug, Args)]
#[command(
    after_help = "Drops everything in the database but the journal, which keeps the history; roles of the server stay. Then runs `up` and `seed`.\nRefused where the environment is protected, also through a URL that leads there.\n\nExamples:\n  surefoot reset\n  surefoot reset --force --skip-seed"
)]
pub(crate) struct Reset {
    /// Do not ask
    #[arg(long)]
    pub(crate) force: bool,
    /// Load no seeds
    #[arg(long)]
    pub(crate) skip_seed: bool,
}

/// `seed`.
#[derive(Debug, Args)]
#[command(
    after_help = "Seeds are SQL files that may be run again. They come from [seeds] of surefoot.toml, by environment (`all` for every one), else from prisma/seeds, seeds, db/seeds or database/seeds: <environment>.sql or <environment>/*.sql.\nAll files of a run are one transaction.\n\nExamples:\n  surefoot seed\n  surefoot seed --env staging --dry-run"
)]
pub(crate) struct Seed {
    /// Print what would run
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// `resolve`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  surefoot resolve --applied 004 --reason \"run by hand, INC-17\"\n  surefoot resolve --rolled-back 004 --reason \"undone by hand\"\n  surefoot resolve --retry 006 --reason \"the CALL had not run\"\n  surefoot resolve --checksum 002 --reason \"formatter\""
)]
pub(crate) struct Resolve {
    /// It is applied
    #[arg(long, value_name = "ID")]
    pub(crate) applied: Option<String>,
    /// It is not applied, or rolled back
    #[arg(long, value_name = "ID")]
    pub(crate) rolled_back: Option<String>,
    /// The statement in doubt did not take effect: run it again
    #[arg(long, value_name = "ID")]
    pub(crate) retry: Option<String>,
    /// The changed file is accepted as it is now
    #[arg(long, value_name = "ID")]
    pub(crate) checksum: Option<String>,
    /// With --applied: also when migrations before it are pending
    #[arg(long)]
    pub(crate) allow_out_of_order: bool,
    /// Why; kept in the journal
    #[arg(long)]
    pub(crate) reason: String,
}

/// `baseline`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  surefoot baseline --to 007 --reason \"database built before Surefoot\"")]
pub(crate) struct Baseline {
    /// The last migration that is in the database already
    #[arg(long, value_name = "ID")]
    pub(crate) to: String,
    /// Why; kept in the journal
    #[arg(long)]
    pub(crate) reason: String,
}

/// `recover`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  surefoot recover\n  surefoot recover --dry-run\n  surefoot recover --changed 007")]
pub(crate) struct Recover {
    /// Which migrations (default: all whose files are gone)
    pub(crate) migrations: Vec<String>,
    /// Also write over changed files
    #[arg(long)]
    pub(crate) changed: bool,
    /// Show what would be written
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// `wait`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  surefoot wait --for 007 --timeout 2min && exec my-service\n\nNeeds no migration files and no rights but SELECT on the journal."
)]
pub(crate) struct Wait {
    /// Migration that must be applied (default: all on disk)
    #[arg(long = "for", value_name = "ID")]
    pub(crate) wanted: Option<String>,
    /// Give up after
    #[arg(long, default_value = "1min", value_name = "TIME")]
    pub(crate) timeout: String,
    #[command(flatten)]
    pub(crate) journal: JournalArgs,
}

/// Which journal, for services that have no project folder.
#[derive(Debug, Clone, Args)]
pub(crate) struct JournalArgs {
    /// Project the journal must belong to (default: the one of surefoot.toml, if there is one)
    #[arg(long, value_name = "NAME")]
    pub(crate) project_name: Option<String>,
    /// Schema of the journal (default: the one of surefoot.toml, else surefoot)
    #[arg(long, value_name = "NAME")]
    pub(crate) schema: Option<String>,
}

/// `check-version`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit code 0 when the target has at least the version, 2 when it does not.\n\nExamples:\n  surefoot check-version\n  surefoot check-version --at-least 007 --project-name derm-cds --url postgres://reader@db/pms"
)]
pub(crate) struct CheckVersion {
    /// Migration that must be applied (default: all on disk)
    #[arg(long, value_name = "ID")]
    pub(crate) at_least: Option<String>,
    /// Also fail when something newer is applied
    #[arg(long)]
    pub(crate) exact: bool,
    #[command(flatten)]
    pub(crate) journal: JournalArgs,
}

/// `hooks`.
#[derive(Debug, Args)]
#[command(
    after_help = "`git commit --no-verify` passes over the hook.\n\nExamples:\n  surefoot hooks install\n  surefoot hooks run"
)]
pub(crate) struct Hooks {
    #[command(subcommand)]
    pub(crate) command: HooksCommand,
}

/// Sub-commands of `hooks`.
#[derive(Debug, Subcommand)]
pub(crate) enum HooksCommand {
    /// Install a git pre-commit hook that refuses deletion or edit of applied migrations
    Install(HooksInstall),
    /// What the hook runs: look at the staged changes
    Run,
}

/// `hooks install`.
#[derive(Debug, Args)]
pub(crate) struct HooksInstall {
    /// Replace a hook that is there
    #[arg(long)]
    pub(crate) force: bool,
}

/// `log`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  surefoot log --env production\n  surefoot log --after 120 >> migrations.jsonl")]
pub(crate) struct Log {
    /// Events after this number
    #[arg(long, default_value_t = 0)]
    pub(crate) after: u64,
}

/// `completions`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  surefoot completions bash > /etc/bash_completion.d/surefoot\n  surefoot completions zsh > ~/.zfunc/_surefoot"
)]
pub(crate) struct Completions {
    /// Which shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

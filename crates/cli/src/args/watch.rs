//! Arguments of `watch`.

use clap::Args;

/// `watch`.
#[derive(Debug, Args)]
#[command(
    after_help = "Rows are kept. What loses data is asked about on a terminal, and else left undone without --accept-losses; a file that does not load is shown with its line, and watched on. [dev] generate runs after each change. No migration is written: when the change is done, `surefoot new NAME --from-schema` does that.\nRefused where the environment is protected or called production. With --format json a line for each round. Ctrl-C ends it.\n\nExamples:\n  surefoot watch\n  surefoot watch schema.sql\n  surefoot watch prisma/schema.prisma --url postgres://localhost/scratch\n  surefoot watch schema/ --once"
)]
pub(crate) struct Watch {
    /// SQL file, folder of SQL files, or schema.prisma (default: the one that is found)
    pub(crate) source: Option<String>,
    /// One round: do what is to be done and end
    #[arg(long)]
    pub(crate) once: bool,
    /// Apply what loses data without asking
    #[arg(long)]
    pub(crate) accept_losses: bool,
    /// What looks like a rename is a drop and an addition
    #[arg(long)]
    pub(crate) accept_drops: bool,
    /// A rename: public.orders=purchases, or public.orders.total=amount
    #[arg(long, value_name = "OLD=NEW")]
    pub(crate) renamed: Vec<String>,
    /// Generate nothing
    #[arg(long)]
    pub(crate) skip_generate: bool,
    /// Where to load text: `embedded`, `local` or a URL
    #[arg(long, value_name = "WHERE")]
    pub(crate) on: Option<String>,
}

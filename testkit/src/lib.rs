//! Throw-away PostgreSQL clusters and hermetic commands for tests.
//!
//! - [`Cluster`]: a real server of a given major version, with levers to stop,
//!   kill and restart it; [`TestDb`]: a fresh database on a shared one.
//! - [`Proxy`]: a TCP proxy that breaks connections on purpose.
//! - [`Cmd`] and [`Project`]: a program run in a bare environment on files
//!   made for the test; [`normalise`]: output fit for snapshots.
//! - [`SmallDisk`]: a file system that fills up.
//!
//! What a test needs and the machine lacks is skipped loudly, or fails when
//! the environment variable `CI` is set. Everything here panics rather than
//! return errors: a test has nothing better to do with them.

mod cluster;
mod cmd;
mod disk;
mod fetch;
mod normalise;
mod project;
mod proxy;
mod sql;
#[cfg(unix)]
mod terminal;

pub use cluster::{Cluster, ClusterOptions, Major, TestDb};
pub use cmd::{Cmd, Output, Running};
pub use disk::SmallDisk;
pub use fetch::{fetch_major, find_major};
pub use normalise::normalise;
pub use project::Project;
pub use proxy::{Fault, Proxy};
pub use sql::{SqlError, query, try_query};

/// Tells that a test is skipped and why, or fails it where nothing may be
/// skipped.
///
/// # Panics
/// When the environment variable `CI` is set.
#[expect(clippy::print_stderr, reason = "a skipped test has to be seen")]
pub fn skip(reason: &str) {
    assert!(std::env::var_os("CI").is_none(), "cannot be skipped in CI: {reason}");
    eprintln!("\n******** SKIPPED: {reason} ********\n");
}

/// Says that a test does nothing for want of something that not every distribution packages (an extension): loud, and
/// no failure in CI either.
#[expect(clippy::print_stderr, reason = "a skipped test has to be seen")]
pub fn pass_over(reason: &str) {
    eprintln!("\n******** SKIPPED: {reason} ********\n");
}

/// The value of an `Option`, or the end of the test as skipped with a reason.
///
/// ```text
/// let cluster = require!(Cluster::shared(Major::Any), "a PostgreSQL server");
/// ```
#[macro_export]
macro_rules! require {
    ($value:expr, $what:expr) => {
        match $value {
            Some(value) => value,
            None => {
                $crate::skip(&format!("{} needs {}", module_path!(), $what));
                return;
            }
        }
    };
}

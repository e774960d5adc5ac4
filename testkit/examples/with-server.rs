//! Runs a command while a private server runs: `with-server cargo test -p surefoot-sql`. The command finds the arguments
//! for `psql` in `SUREFOOT_TEST_PSQL`.
#![expect(clippy::print_stderr, reason = "a program for people")]

use std::process::{Command, ExitCode};

use surefoot_testkit::{Cluster, Major};

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let Some(program) = words.next() else {
        eprintln!("usage: with-server COMMAND ...");
        return ExitCode::FAILURE;
    };
    let Some(cluster) = Cluster::start(Major::Any) else {
        eprintln!("there are no PostgreSQL server programs");
        return ExitCode::FAILURE;
    };
    let address = cluster.address();
    let (host, port) = address.split_once(':').unwrap_or((address.as_str(), "5432"));
    let psql = format!("-h {host} -p {port} -U postgres postgres");
    match Command::new(&program).args(words).env("SUREFOOT_TEST_PSQL", psql).status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(e) => {
            eprintln!("{}: {e}", program.to_string_lossy());
            ExitCode::FAILURE
        }
    }
}

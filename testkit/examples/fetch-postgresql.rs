//! Fetches PostgreSQL servers for the tests: `fetch-postgresql 13 18`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for people")]

use std::process::ExitCode;

fn main() -> ExitCode {
    for argument in std::env::args().skip(1) {
        let Ok(major) = argument.parse() else {
            eprintln!("{argument} is not a major version");
            return ExitCode::FAILURE;
        };
        match surefoot_testkit::fetch_major(major) {
            Ok(found) => println!("PostgreSQL {} in {}", found.version, found.bindir.display()),
            Err(e) => {
                eprintln!("PostgreSQL {major}: {e}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

//! Project chores: `cargo xtask tour`, `cargo xtask test`, `cargo xtask tidy`.
//!
//! Everything a newcomer or a CI machine has to do is a chore here, so that there is one way to do
//! it. Nothing here is part of the product, and the product does not depend on it.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "chores talk to the person who runs them")]

mod run;
mod servers;
mod test;
mod tidy;
mod tour;

use std::process::ExitCode;

/// Result of a chore: a failure is a sentence.
type Result<T> = std::result::Result<T, String>;

const USAGE: &str = "usage: cargo xtask <chore>

  tour            build surefoot and watch it work on an example, with the embedded PostgreSQL
  test [-p CRATE] [FILTER]
                  run every test, with a real PostgreSQL found or fetched
  tidy            check what the compiler cannot: boundaries of crates, documentation, leftovers";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["tour"] => tour::tour(),
        ["test", filters @ ..] => test::test(filters),
        ["tidy"] => tidy::tidy(),
        ["help" | "-h" | "--help"] => {
            println!("{USAGE}");
            Ok(())
        }
        _ => Err(USAGE.to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

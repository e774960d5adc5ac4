//! Every test of the workspace, with servers, and their number at the end.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::Result;
use crate::run::{cargo, has, must, shown};
use crate::servers;

/// What the test programs said.
#[derive(Debug, Default)]
struct Tally {
    programs: usize,
    passed: usize,
    failed: usize,
    ignored: usize,
    /// Tests that did nothing, with the reason.
    skipped: Vec<String>,
}

/// Runs all tests, or those of the crates named with `-p`, or whose names contain a filter.
pub(crate) fn test(arguments: &[&str]) -> Result<()> {
    let started = Instant::now();
    let (mut crates, mut filters) = (Vec::new(), Vec::new());
    let mut words = arguments.iter().copied();
    while let Some(word) = words.next() {
        if word == "-p" {
            crates.extend(["-p", words.next().ok_or("-p needs the name of a crate")?]);
        } else {
            filters.push(word);
        }
    }
    if crates.is_empty() {
        crates.push("--workspace");
    }
    let found = servers::provide()?;
    if found.is_empty() {
        let message = "no PostgreSQL server programs, and no way to get them: install PostgreSQL, or set \
                       SUREFOOT_TEST_PG_BIN to the folder of initdb";
        if std::env::var_os("CI").is_some() {
            return Err(message.into());
        }
        eprintln!("warning: {message}; tests that need a server are skipped");
    }
    for dir in &found {
        println!("PostgreSQL server programs: {}", dir.display());
    }
    let list = std::env::join_paths(&found).map_err(|e| e.to_string())?;
    // What psql does with a file is compared with what we do, where there is a psql to ask.
    let with_psql = !found.is_empty() && has("psql") && std::env::var_os("SUREFOOT_TEST_PSQL").is_none();
    let prepared = |with_server: bool, arguments: &[&str]| {
        let mut command = cargo();
        if with_server {
            let cargo = command.get_program().to_os_string();
            command.args(["run", "--quiet", "-p", "surefoot-testkit", "--example", "with-server", "--"]).arg(cargo);
        }
        command.arg("test").args(&crates).args(arguments);
        if !found.is_empty() {
            command.env("SUREFOOT_TEST_PG_BIN", &list);
        }
        command
    };
    // Built first, so that a slow compiler is not taken for a slow test.
    must(&mut prepared(false, &["--all-targets", "--no-run"]))?;
    let mut tally = Tally::default();
    // One program after the other, its tests in parallel: they share a server within a program.
    // Benchmarks are built above and not run.
    let mut tests = prepared(with_psql, &["--lib", "--bins", "--tests", "--examples", "--no-fail-fast"]);
    let mut sound = watch(tests.args(["--", "--show-output"]).args(&filters), &mut tally)?;
    if crates == ["--workspace"] {
        sound &= watch(prepared(false, &["--doc", "--no-fail-fast"]).arg("--").args(&filters), &mut tally)?;
    }

    println!();
    for reason in &tally.skipped {
        println!("SKIPPED  {reason}");
    }
    println!(
        "{} tests passed, {} failed, {} ignored, {} skipped, in {} test programs, {} s",
        tally.passed,
        tally.failed,
        tally.ignored,
        tally.skipped.len(),
        tally.programs,
        started.elapsed().as_secs()
    );
    if sound && tally.failed == 0 { Ok(()) } else { Err("tests failed".into()) }
}

/// Runs `cargo test`, shows what matters of its output, and counts.
fn watch(command: &mut Command, tally: &mut Tally) -> Result<bool> {
    println!("\n$ {}", shown(command));
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|e| format!("cannot run cargo: {e}"))?;
    let stdout = child.stdout.take().ok_or("no output")?;
    // What passing tests print is wanted for its SKIPPED lines only.
    let mut of_passing = false;
    for line in BufReader::new(stdout).lines() {
        let line = line.map_err(|e| e.to_string())?;
        if let Some(reason) = line.split("SKIPPED:").nth(1) {
            let reason = reason.trim().trim_end_matches('*').trim().to_owned();
            tally.skipped.push(reason);
        }
        if line == "successes:" {
            of_passing = true;
        } else if line == "failures:" || line.starts_with("test result:") {
            of_passing = false;
        }
        if let Some(counts) = line.strip_prefix("test result:") {
            tally.add(counts);
        }
        if !of_passing && !line.is_empty() {
            // A reader that went away is no reason to stop the tests.
            let _ = writeln!(std::io::stdout(), "{line}");
        }
    }
    Ok(child.wait().map_err(|e| e.to_string())?.success())
}

impl Tally {
    /// Adds ` ok. 3 passed; 0 failed; 1 ignored; 0 measured; ...`.
    fn add(&mut self, counts: &str) {
        self.programs += 1;
        let words: Vec<&str> = counts.split([' ', ';', '.']).filter(|word| !word.is_empty()).collect();
        for pair in words.windows(2) {
            let Ok(number) = pair[0].parse::<usize>() else { continue };
            match pair[1] {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn counts_are_read_from_what_cargo_prints() {
        let mut tally = Tally::default();
        tally.add(" ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.52s");
        tally.add(" FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.02s");
        assert_eq!((tally.passed, tally.failed, tally.ignored, tally.programs), (14, 1, 1, 2));
    }
}

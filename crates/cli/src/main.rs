//! The surefoot command: parses the command line, calls the library, prints.
//!
//! One place turns errors into text, JSON and exit codes (`failure.rs`), one
//! prints (`ui.rs`); a command is a file in `commands/`.

mod args;
mod commands;
mod context;
mod failure;
mod observer;
mod ui;

use std::process::ExitCode;

use clap::Parser;

use crate::args::Cli;
use crate::context::Context;
use crate::failure::{Code, Failure};
use crate::ui::Ui;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) => {
            let wrong = e.use_stderr();
            // The message goes where clap sends it; a closed pipe is the reader's choice.
            let _ = e.print();
            return if wrong { Code::Usage.into() } else { Code::Done.into() };
        }
    };
    let ui = Ui::new(&cli.global);
    let result = Context::new(cli.global).and_then(|context| run(context, &ui, cli.command));
    ui.progress_done();
    match result {
        Ok(code) => code.into(),
        Err(failure) => {
            failure.print(&ui);
            failure.code().into()
        }
    }
}

fn run(context: Context, ui: &Ui, command: args::Command) -> Result<Code, Failure> {
    // One thread: with more, every answer of the server is handed from one to another.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::other("cannot start the runtime", e.to_string()))?;
    let result = runtime.block_on(commands::run(&context, ui, command));
    // A connection attempt in the background must not hold the exit up.
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    result
}

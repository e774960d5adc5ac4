//! Migrations from within a program: applies what is pending in a project folder to a server.
//!
//! ```sh
//! cargo run -p surefoot --example embed -- examples/dentamind postgres://postgres@localhost/postgres
//! ```

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use surefoot::executor::{Interrupt, Observer, Progress};
use surefoot::journal::Actor;
use surefoot::{Error, Exit, Invocation, Project, RunReport, UpOptions, prepare, up};

/// Tells what happens while it happens.
#[derive(Debug)]
struct Printer;

impl Observer for Printer {
    fn observe(&self, progress: &Progress<'_>) {
        match progress {
            Progress::Waiting { waited, .. } => say(&format!("another run is at work; waited {waited:.0?}")),
            Progress::Finished { work, elapsed } => say(&format!("{} {} in {elapsed:.0?}", work.id, work.name)),
            Progress::Notice { notice, place, .. } => say(&format!("{place}: {}", notice.message)),
            Progress::Blocked { blockers, .. } => {
                for b in *blockers {
                    say(&format!("blocked by pid {} ({}): {}", b.pid, b.user, b.query));
                }
            }
            Progress::Retry { attempt, reason, .. } => say(&format!("try {attempt}: {reason}")),
            // There is more, and there will be: take what your program wants to know.
            _ => {}
        }
    }
}

/// Applies what is pending and says what was done.
///
/// # Errors
/// As [`up`]: refused before anything ran, or stopped at a migration, with what was done before it.
pub(crate) async fn migrate(folder: &Path, url: &str) -> Result<RunReport, Error> {
    let invocation = Invocation {
        folder: folder.to_path_buf(),
        url: Some(url.to_owned()),
        // Who did it, for the journal.
        actor: Actor { tool: "embed 1.0".into(), ..Actor::default() },
        run: format!("embed-{}", std::process::id()),
        // The library reads no environment: what `surefoot.toml` may use is given.
        variables: std::env::vars().collect(),
        ..Invocation::default()
    };
    let project = Project::open(&invocation)?;
    let (set, spec) = prepare(&project, &invocation)?;
    for warning in &set.warnings {
        say(&format!("warning: {warning}"));
    }
    let target = spec.open(Duration::from_secs(30)).await?;
    // Raise it, for one from a signal handler, and the run stops at the next safe place.
    let interrupt = Interrupt::default();
    let result = up(&project, &invocation, &set, &target, &UpOptions::default(), &Printer, &interrupt).await;
    target.close().await?;
    result
}

fn say(text: &str) {
    use std::io::Write as _;
    // There is nowhere to report that standard error is closed.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// What `main` does, apart from the arguments.
#[tokio::main(flavor = "current_thread")]
async fn run(folder: &Path, url: &str) -> ExitCode {
    match migrate(folder, url).await {
        Ok(report) if report.done.is_empty() => {
            say(&format!("nothing to do: at {}", report.current.as_deref().unwrap_or("nothing")));
            ExitCode::SUCCESS
        }
        Ok(report) => {
            say(&format!(
                "applied {} to {}: at {}",
                report.done.len(),
                report.target,
                report.current.as_deref().unwrap_or("nothing")
            ));
            ExitCode::SUCCESS
        }
        Err(error) => {
            // `code` is stable; `exit` says whether to try again, to ask somebody, or to give up.
            say(&format!("{}: {error}", error.code()));
            if let Some(hint) = error.hint() {
                say(&hint);
            }
            if let Error::Run { done, .. } = &error {
                say(&format!("{} done before it", done.len()));
            }
            if matches!(error.exit(), Exit::Locked) { ExitCode::from(75) } else { ExitCode::FAILURE }
        }
    }
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [folder, url] = args.as_slice() else {
        say("usage: embed PROJECT-FOLDER URL");
        return ExitCode::from(64);
    };
    run(Path::new(folder), url)
}

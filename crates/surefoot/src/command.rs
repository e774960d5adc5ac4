//! Commands of the configuration: hooks and generators.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::{Error, Result};

/// Runs a shell command in the project's folder with `input` as JSON on its standard input. Its output goes where
/// ours goes.
///
/// # Errors
/// [`Error::Command`] when it cannot be started or does not succeed.
pub(crate) async fn run(what: &str, command: &str, folder: &Path, input: &Value) -> Result<()> {
    run_with(what, command, folder, input, &[], std::future::pending()).await.map(|_| ())
}

/// The same with variables, until something else ends it: `false` then, and the command is killed.
///
/// # Errors
/// As [`run`].
pub(crate) async fn run_with(
    what: &str,
    command: &str,
    folder: &Path,
    input: &Value,
    variables: &[(&str, &str)],
    ended: impl Future<Output = ()>,
) -> Result<bool> {
    let fail = |reason: String| Error::Command { what: format!("{what} `{command}`"), reason };
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut child = Command::new(shell)
        .arg(flag)
        .arg(command)
        .current_dir(folder)
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        // Standard output is the command's data; a hook's talk goes to standard error.
        .stdout(std::io::stderr())
        .kill_on_drop(true)
        .spawn()
        .map_err(|e| fail(e.to_string()))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A hook that does not read its input is no error.
        let _ = stdin.write_all(format!("{input}\n").as_bytes()).await;
    }
    let status = tokio::select! {
        status = child.wait() => status.map_err(|e| fail(e.to_string()))?,
        () = ended => return Ok(false),
    };
    if status.success() {
        return Ok(true);
    }
    Err(fail(match status.code() {
        Some(code) => format!("exit status {code}"),
        None => "it was ended by a signal".into(),
    }))
}

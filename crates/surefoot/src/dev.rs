//! `dev`: what a developer does after every change: apply, seed, generate.

use std::process::Stdio;

use serde_json::{Map, json};
use surefoot_executor::{Error as ExecutorError, Interrupt};
use tokio::io::AsyncWriteExt;

use crate::target::Target;
use crate::{Error, Invocation, Project, Result};

/// Runs the `[dev] generate` command of the configuration in the project's folder; `false` when there is none.
///
/// It gets a JSON object on standard input and, in `DATABASE_URL`, the address of the target, which also for the
/// embedded PostgreSQL answers while the command runs. What it prints goes to standard error.
///
/// # Errors
/// [`Error::Command`] when it cannot be started or does not succeed; the schema stays as it is.
pub async fn generate(
    project: &Project,
    invocation: &Invocation,
    target: &Target,
    schema_version: Option<&str>,
    interrupt: &Interrupt,
) -> Result<bool> {
    let Some(command) = &project.config.dev.generate else { return Ok(false) };
    let fail = |reason: String| Error::Command { what: format!("[dev] generate `{command}`"), reason };
    let mut input = Map::new();
    input.insert("event".into(), json!("generate"));
    input.insert("project".into(), json!(project.name));
    input.insert("environment".into(), json!(target.spec.environment));
    input.insert("target".into(), json!(target.spec.describe()));
    input.insert("schema_version".into(), json!(schema_version));
    input.insert("run".into(), json!(invocation.run));
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut child = tokio::process::Command::new(shell)
        .arg(flag)
        .arg(command)
        .current_dir(project.dir.root())
        .env("DATABASE_URL", target.connector.url.expose())
        .stdin(Stdio::piped())
        .stdout(std::io::stderr())
        .kill_on_drop(true)
        .spawn()
        .map_err(|e| fail(e.to_string()))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A command that does not read its input is no error.
        let _ = stdin.write_all(format!("{}\n", serde_json::Value::Object(input)).as_bytes()).await;
    }
    let status = tokio::select! {
        status = child.wait() => status.map_err(|e| fail(e.to_string()))?,
        () = interrupt.raised() => {
            return Err(ExecutorError::Interrupted { migration: None, units_done: 0, units_total: 0 }.into());
        }
    };
    if status.success() {
        return Ok(true);
    }
    Err(fail(match status.code() {
        Some(code) => format!("exit status {code}; the database is up to date, only what is generated is not"),
        None => "it was ended by a signal".into(),
    }))
}

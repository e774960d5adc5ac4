//! `dev`: what a developer does after every change: apply, seed, generate.

use serde_json::{Map, json};
use surefoot_executor::{Error as ExecutorError, Interrupt};

use crate::target::Target;
use crate::{Error, Invocation, Project, Result, command};

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
    let mut input = Map::new();
    input.insert("event".into(), json!("generate"));
    input.insert("project".into(), json!(project.name));
    input.insert("environment".into(), json!(target.spec.environment));
    input.insert("target".into(), json!(target.spec.describe()));
    input.insert("schema_version".into(), json!(schema_version));
    input.insert("run".into(), json!(invocation.run));
    let variables = [("DATABASE_URL", target.connector.url.expose())];
    let folder = project.dir.root();
    let input = serde_json::Value::Object(input);
    match command::run_with("[dev] generate", command, folder, &input, &variables, interrupt.raised()).await {
        Ok(true) => Ok(true),
        Ok(false) => Err(ExecutorError::Interrupted { migration: None, units_done: 0, units_total: 0 }.into()),
        Err(Error::Command { what, reason }) => Err(Error::Command {
            what,
            reason: format!("{reason}; the database is up to date, only what is generated is not"),
        }),
        Err(other) => Err(other),
    }
}

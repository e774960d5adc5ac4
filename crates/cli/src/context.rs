//! What a command finds around it, gathered once and passed on as values.

use std::collections::BTreeMap;
use std::path::Path;

use surefoot::config::{ExecutionSection, Span, parse_span};
use surefoot::executor::Interrupt;
use surefoot::journal::Actor;
use surefoot::{Invocation, Project};

use crate::args::Global;
use crate::failure::Failure;

/// The surroundings of a command.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) invocation: Invocation,
    pub(crate) interrupt: Interrupt,
}

impl Context {
    pub(crate) fn new(global: Global) -> Result<Self, Failure> {
        if !global.project.is_dir() {
            return Err(Failure::usage(
                format!("there is no folder {}", global.project.display()),
                "give the folder of the project with -C",
            ));
        }
        let mut variables = dotenv(&global.project)?;
        variables.extend(std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))));
        let time = |flag: &str, value: &Option<String>| match value {
            None => Ok(None),
            Some(text) => parse_span(text)
                .map(|d| Some(Span(d)))
                .map_err(|e| Failure::usage(format!("--{flag}: {e}"), "write 500ms, 2s, 10min or 1h")),
        };
        let execution = ExecutionSection {
            lock_timeout: time("lock-timeout", &global.lock_timeout)?,
            statement_timeout: time("statement-timeout", &global.statement_timeout)?,
            migration_lock_timeout: time("migration-lock-timeout", &global.migration_lock_timeout)?,
            retry_attempts: global.retry_attempts,
            retry_delay: None,
        };
        let mut sql_variables = BTreeMap::new();
        for pair in &global.vars {
            let Some((name, value)) = pair.split_once('=') else {
                return Err(Failure::usage(format!("--var {pair}: no \"=\""), "write --var name=value"));
            };
            sql_variables.insert(name.to_owned(), value.to_owned());
        }
        let actor = actor(&variables);
        Ok(Self {
            invocation: Invocation {
                folder: global.project,
                environment: global.env,
                url: global.url,
                execution,
                sql_variables,
                run: run_id(),
                actor,
                variables,
            },
            interrupt: Interrupt::default(),
        })
    }

    pub(crate) fn project(&self) -> Result<Project, Failure> {
        Ok(Project::open(&self.invocation)?)
    }
}

/// Variables of the nearest `.env` upwards; the process environment wins over them.
fn dotenv(folder: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let mut out = BTreeMap::new();
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
    let Some(file) = absolute.ancestors().take(8).map(|d| d.join(".env")).find(|f| f.is_file()) else {
        return Ok(out);
    };
    let text = std::fs::read_to_string(&file)
        .map_err(|e| Failure::other(&format!("cannot read {}", file.display()), e.to_string()))?;
    for line in text.lines() {
        let line = line.trim().trim_start_matches("export ");
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((name, value)) = line.split_once('=') else { continue };
        let value = value.trim();
        let value = match value.chars().next() {
            Some(q @ ('"' | '\'')) => value[1..].split(q).next().unwrap_or_default(),
            _ => value.split(" #").next().unwrap_or_default().trim_end(),
        };
        out.insert(name.trim().to_owned(), value.to_owned());
    }
    Ok(out)
}

/// Time-ordered and unique enough to name a run: milliseconds since 1970 and the process.
fn run_id() -> String {
    let now = jiff::Timestamp::now();
    format!("{}-{}", now.strftime("%Y%m%dT%H%M%S%3fZ"), std::process::id())
}

fn actor(variables: &BTreeMap<String, String>) -> Actor {
    let var = |name: &str| variables.get(name).filter(|v| !v.is_empty()).cloned();
    let ci = if variables.contains_key("GITHUB_ACTIONS") {
        Some(format!(
            "github {} run {} by {}",
            var("GITHUB_REPOSITORY").unwrap_or_default(),
            var("GITHUB_RUN_ID").unwrap_or_default(),
            var("GITHUB_ACTOR").unwrap_or_default()
        ))
    } else if variables.contains_key("GITLAB_CI") {
        Some(format!(
            "gitlab {} job {} by {}",
            var("CI_PROJECT_PATH").unwrap_or_default(),
            var("CI_JOB_ID").unwrap_or_default(),
            var("GITLAB_USER_LOGIN").unwrap_or_default()
        ))
    } else {
        var("CI").map(|_| "ci".to_owned())
    };
    Actor {
        os_user: whoami::username().ok().or_else(|| var("USER")),
        host: whoami::hostname().ok(),
        ci,
        tool: concat!("surefoot ", env!("CARGO_PKG_VERSION")).to_owned(),
        clock: Some(jiff::Timestamp::now().to_string()),
    }
}

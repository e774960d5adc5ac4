//! Loading text in any order: a statement that lacks an object waits for it.

use std::collections::BTreeSet;

use surefoot_pg::Session;
use surefoot_sql::script::{Script, Statement, StatementKind};

use crate::schema::Lab;
use crate::schema::roles::made_by;
use crate::{Error, Result};

/// A statement that may have to wait for another.
struct Waiting<'a> {
    script: &'a Script,
    statement: &'a Statement,
    /// What the file had set before it.
    settings: Vec<&'a str>,
}

/// Runs the statements; those that lack an object wait until others have run.
pub(super) async fn run_scripts(
    session: &Session,
    scripts: &[Script],
    lab: &Lab,
    warnings: &mut Vec<String>,
) -> Result<BTreeSet<String>> {
    let made = made_by(scripts);
    let mut mentioned = BTreeSet::new();
    let mut waiting = Vec::new();
    for script in scripts {
        let name = |file: usize| script.files.get(file).map_or("", |f| f.name.as_str());
        warnings.extend(script.warnings.iter().map(|w| format!("{}:{}: {}", name(w.file), w.at, w.message)));
        let mut settings: Vec<&str> = Vec::new();
        for statement in &script.statements {
            let text = script.text(statement);
            // Each statement stands for itself, so that those that have to wait can.
            if statement.kind != StatementKind::Other && statement.kind != StatementKind::CopyFromStdin {
                continue;
            }
            if !lab.without.is_empty() && crate::work::about_extension(text, &lab.without) {
                continue;
            }
            if is_setting(text) {
                settings.push(text);
            } else {
                waiting.push(Waiting { script, statement, settings: settings.clone() });
            }
        }
    }
    loop {
        let before = waiting.len();
        let mut still = Vec::new();
        let mut first: Option<Error> = None;
        for wait in waiting {
            if let Err(error) = run_one(session, &wait, lab, &made, &mut mentioned).await {
                let later = error.code().is_some_and(|code| {
                    matches!(
                        code,
                        "42P01" | "42704" | "42883" | "3F000" | "42703" | "42P17" | "55000" | "2BP01" | "42809"
                    )
                });
                let told = placed(&wait, &error);
                if !later {
                    return Err(told);
                }
                first.get_or_insert(told);
                still.push(wait);
            }
        }
        match first {
            None => return Ok(mentioned),
            // Nothing moved: what is missing is in no file.
            Some(error) if still.len() == before => return Err(error),
            Some(_) => waiting = still,
        }
    }
}

async fn run_one(
    session: &Session,
    wait: &Waiting<'_>,
    lab: &Lab,
    made: &BTreeSet<String>,
    mentioned: &mut BTreeSet<String>,
) -> std::result::Result<(), surefoot_pg::Error> {
    session.run("RESET ALL; SET check_function_bodies = off").await?;
    for setting in &wait.settings {
        session.run(setting).await?;
    }
    let text = wait.script.text(wait.statement);
    if let Some(data) = wait.script.copy_data(wait.statement) {
        session.copy_in(text, data.as_bytes()).await?;
        return Ok(());
    }
    for _ in 0..50 {
        let error = match session.run(text).await {
            Ok(_) => return Ok(()),
            Err(error) => error,
        };
        // Roles belong to a server; on one that is ours alone they are made as they are met.
        let role = error.server().filter(|e| e.code == "42704").and_then(|e| missing_role(&e.message));
        match role {
            // One that the text makes itself is waited for.
            Some(role) if lab.owns_server() && !made.contains(role) => {
                mentioned.insert(role.to_owned());
                session.run(&format!("CREATE ROLE {}", surefoot_pg::ident(role))).await?;
            }
            _ => return Err(error),
        }
    }
    Ok(())
}

/// The name in `role "name" does not exist`.
pub(crate) fn missing_role(message: &str) -> Option<&str> {
    message.strip_prefix("role \"")?.strip_suffix("\" does not exist")
}

fn is_setting(text: &str) -> bool {
    let start: String = text.chars().take(60).collect::<String>().to_ascii_lowercase();
    start.starts_with("set ") || start.starts_with("reset ") || start.starts_with("select pg_catalog.set_config(")
}

fn placed(wait: &Waiting<'_>, error: &surefoot_pg::Error) -> Error {
    let place = match error.server().and_then(|e| e.position) {
        Some(position) => wait.script.position(wait.statement, position as usize),
        None => wait.script.place(wait.statement),
    };
    let message = error.server().map_or_else(|| error.to_string(), |e| e.message.clone());
    let code = error.code().unwrap_or_default();
    let hint = match (code, error.hint()) {
        ("0A000" | "58P01", hint) if message.contains("extension") => format!(
            "{}use PostgreSQL binaries that have it (PG_BIN, --on local), a server that has it (`dev.url`), or leave it \
             out (`dev.ignore`)",
            hint.map(|h| format!("{h}; ")).unwrap_or_default()
        ),
        (_, Some(hint)) => hint,
        _ => "the object it needs is in none of the files, or the statement is not right".into(),
    };
    let what = headline(wait.script.text(wait.statement));
    Error::Schema { code: "schema-does-not-load", message: format!("{place}: {what}: {message}"), hint }
}

/// The beginning of a statement, which names its object: `CREATE TABLE public.orders`.
fn headline(statement: &str) -> String {
    let words: Vec<&str> = statement
        .lines()
        .map(|line| line.split_once("--").map_or(line, |(code, _)| code))
        .flat_map(str::split_whitespace)
        .take_while(|word| !word.eq_ignore_ascii_case("as"))
        .take(12)
        .collect();
    let line = words.join(" ");
    let line = line.split(['(', ';', '\'']).next().unwrap_or_default().trim();
    match line.char_indices().nth(60) {
        Some((at, _)) => format!("{} ...", &line[..at]),
        None => line.to_owned(),
    }
}

//! The commands around a project, as a person types them: what they write and what they say.

mod check;
mod checks;
mod dev;
mod doctor;
mod failures;
mod flags;
mod heads;
mod history;
mod hooks;
mod hooks_config;
mod init;
mod new;
mod plan;
mod rename;
mod reset;
mod resolve;
mod script;
mod seed;
mod session;
mod sqlalchemy;
mod status;
mod verify;
mod wait;
mod watch;

use surefoot_testkit::{Cmd, Project, TestDb, normalise};

/// The program in a project.
pub(crate) fn surefoot(project: &Project, args: &[&str]) -> Cmd {
    project.command(env!("CARGO_BIN_EXE_surefoot")).env("USER", "ann").args(args)
}

/// Everything a command says, fit for a snapshot.
#[must_use]
pub(crate) fn said(project: &Project, args: &[&str]) -> String {
    let output = surefoot(project, args).run();
    let path = project.path().canonicalize().expect("path");
    let name = path.file_name().expect("name").to_string_lossy().into_owned();
    steady(&normalise(&output.to_string(), &[(&path.to_string_lossy(), "<dir>"), (&name, "<name>")]))
}

/// The program in a project, on a database of a server.
pub(crate) fn on(project: &Project, db: &TestDb, args: &[&str]) -> Cmd {
    surefoot(project, args).env("SUREFOOT_URL", db.url())
}

/// Everything a command on a database of a server says, fit for a snapshot.
#[must_use]
pub(crate) fn on_said(project: &Project, db: &TestDb, args: &[&str]) -> String {
    let output = on(project, db, args).run();
    let path = project.path().canonicalize().expect("path");
    let name = path.file_name().expect("name").to_string_lossy().into_owned();
    let known = [
        (db.url(), "<url>"),
        (db.name().to_owned(), "<db>"),
        (path.to_string_lossy().into_owned(), "<dir>"),
        (name, "<name>"),
    ];
    let known: Vec<(&str, &str)> = known.iter().map(|(text, word)| (text.as_str(), *word)).collect();
    steady(&normalise(&output.to_string(), &known))
}

/// Numbers of JSON that differ from run to run.
fn steady(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let known = ["\"duration_ms\": ", "\"run\": "].iter().find_map(|key| Some((key, line.find(key)? + key.len())));
        match known {
            Some((_, at)) if !line[at..].starts_with("null") => {
                let comma = if line.trim_end().ends_with(',') { "," } else { "" };
                out.push_str(&format!("{}<varies>{comma}\n", &line[..at]));
            }
            _ => out.push_str(line),
        }
    }
    out
}

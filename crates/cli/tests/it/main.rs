//! The commands around a project, as a person types them: what they write and what they say.

mod dev;
mod doctor;
mod heads;
mod history;
mod hooks;
mod init;
mod new;
mod reset;
mod seed;
mod wait;

use surefoot_testkit::{Cmd, Project, normalise};

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
    normalise(&output.to_string(), &[(&path.to_string_lossy(), "<dir>"), (&name, "<name>")])
}

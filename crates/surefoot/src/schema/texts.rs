//! The texts of a source: files, what git has, what a command prints.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use surefoot_sql::script::{NoIncludes, Script, parse};

use crate::{Error, Project, Result};

pub(super) fn scripts(files: &[std::path::PathBuf], folder: &Path) -> Result<Vec<Script>> {
    let mut out = Vec::new();
    let mut wrong = Vec::new();
    for file in files {
        let name = file.strip_prefix(folder).unwrap_or(file).display().to_string();
        let text: Arc<str> = read(file)?.into();
        match parse(&name, text, &Default::default(), &mut NoIncludes) {
            Ok(script) => out.push(script),
            Err(e) => wrong.push(e),
        }
    }
    if wrong.is_empty() { Ok(out) } else { Err(Error::Script(wrong.into_iter().map(|e| (e, None)).collect())) }
}

/// The SQL files of a folder and its sub-folders, or the one.
pub(crate) fn sql_files(path: &Path) -> Result<Vec<std::path::PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut out = Vec::new();
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|e| io("read", &folder.display().to_string(), &e))?;
        for entry in entries.flatten() {
            let path = entry.path();
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            if path.is_dir() && !hidden {
                folders.push(path);
            } else if path.extension().and_then(|e| e.to_str()) == Some("sql") {
                out.push(path);
            }
        }
    }
    out.sort();
    if out.is_empty() {
        return Err(Error::Usage {
            message: format!("there is no .sql file in {}", path.display()),
            hint: "give the folder that holds the schema".into(),
        });
    }
    Ok(out)
}

/// A Prisma schema, and its files by name.
pub(super) type PrismaTexts = (surefoot_prisma::Schema, Vec<(String, String)>);

pub(super) fn prisma(path: &Path, folder: &Path) -> Result<PrismaTexts> {
    let mut files = Vec::new();
    if path.is_dir() {
        let entries = std::fs::read_dir(path).map_err(|e| io("read", &path.display().to_string(), &e))?;
        files.extend(entries.flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "prisma")));
        files.sort();
    } else {
        files.push(path.to_owned());
    }
    let mut texts = Vec::new();
    for file in files {
        let name = file.strip_prefix(folder).unwrap_or(&file).display().to_string();
        texts.push((name, read(&file)?));
    }
    Ok((parse_prisma(&texts)?, texts))
}

/// Reads a Prisma schema from its files, given as names and texts.
pub(super) fn parse_prisma(texts: &[(String, String)]) -> Result<surefoot_prisma::Schema> {
    surefoot_prisma::parse(texts).map_err(|wrong| {
        let lines: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        Error::Schema {
            code: "prisma-schema",
            message: lines.join("\n"),
            hint: "docs/prisma.md says what is read".into(),
        }
    })
}

pub(super) fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|e| io("read", &path.display().to_string(), &e))
}

pub(super) fn io(action: &'static str, path: &str, error: &std::io::Error) -> Error {
    Error::Io { action, path: path.to_owned(), reason: error.to_string() }
}

pub(super) fn not_a_snapshot(path: &Path, error: &serde_json::Error) -> Error {
    Error::Schema {
        code: "snapshot",
        message: format!("{} is no saved schema: {error}", path.display()),
        hint: "write one with: surefoot inspect --format json > schema.json".into(),
    }
}

pub(super) fn folder_of(project: Option<&Project>, folder: &Path) -> std::path::PathBuf {
    project.map_or_else(|| folder.to_owned(), |p| p.dir.path(""))
}

pub(super) fn git(folder: &Path, args: &[&str]) -> Result<String> {
    finished("git", Command::new("git").args(args).current_dir(folder))
}

pub(super) fn output(command: &str, folder: &Path) -> Result<String> {
    finished(command, Command::new("sh").args(["-c", command]).current_dir(folder))
}

pub(super) fn finished(what: &str, command: &mut Command) -> Result<String> {
    let failed = |reason: String| Error::Command { what: what.to_owned(), reason };
    let done = command.output().map_err(|e| failed(e.to_string()))?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr);
        // The reason stands at the end; what leads to it can be long.
        let lines: Vec<&str> = said.trim().lines().collect();
        let last = lines[lines.len().saturating_sub(12)..].join("\n");
        return Err(failed(format!("{}: {last}", done.status)));
    }
    String::from_utf8(done.stdout).map_err(|_| failed("its output is not UTF-8".into()))
}

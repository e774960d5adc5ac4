//! `squash`: one file that makes in an empty database what the history up to a migration makes, and the proof of it.

mod prove;
mod roles;

use std::path::PathBuf;

use surefoot_plan::Direction;
use surefoot_source::{Checkpoint, FileRef, Graph, Layout, Migration, MigrationSet, Replaced, Role, sha256_hex};

pub use self::prove::CheckpointProof;
use self::prove::{Compared, Side};
pub(crate) use self::prove::{prove, prove_all};
use crate::dump::{DumpOptions, Memory, database};
use crate::work::Workshop;
use crate::{Error, Invocation, Project, Result};

/// What to squash.
#[derive(Debug, Clone, Default)]
pub struct SquashOptions {
    /// The last migration that the checkpoint stands for.
    pub to: String,
    /// Where to replay: `embedded`, `local`, or a URL; else as configured, else chosen.
    pub on: Option<String>,
    /// Prove it and write nothing.
    pub dry_run: bool,
}

/// A checkpoint that was made.
#[derive(Debug)]
pub struct SquashReport {
    /// The last migration it stands for.
    pub id: String,
    /// Its file, within the project.
    pub file: String,
    /// The migrations it stands for, in order.
    pub replaces: Vec<String>,
    /// Objects it makes.
    pub objects: usize,
    /// Rows it brings: reference data that the migrations insert.
    pub rows: u64,
    /// Roles it makes where they are missing.
    pub roles: Vec<String>,
    /// Its text.
    pub text: String,
    /// The proof.
    pub proof: CheckpointProof,
    /// Whether it was written; it is not when the proof fails.
    pub written: bool,
    /// Worth knowing.
    pub warnings: Vec<String>,
}

/// Makes a checkpoint, proves it, and writes it beside the files it stands for, which stay.
///
/// # Errors
/// [`Error::Refused`] when the history up to there cannot be one file; when it does not replay.
pub async fn squash(
    project: &Project,
    invocation: &Invocation,
    set: &MigrationSet,
    options: &SquashOptions,
) -> Result<SquashReport> {
    let last = set.find(&options.to)?;
    let covered = covered(set, last)?;
    let path = path(project, last);
    let (side, mut warnings) = Side::of_history(project, invocation, set, &last.id, options.on.as_deref()).await?;
    // The server is stopped whatever comes out.
    let made = make(project, set, last, &covered, &side).await;
    let made = match made {
        Ok(made) => made,
        Err(e) => {
            side.stop().await?;
            return Err(e);
        }
    };
    let later = later(set, last);
    let expected = side.compared(project, invocation, set, &later).await;
    side.stop().await?;
    let expected = expected?;
    warnings.extend(made.warnings.iter().cloned());
    // Until it is proven it has a name that nobody reads; then a rename puts it in its place at once.
    let temporary = temporary(&path);
    remove_left_over(project, &path);
    write(project, &temporary, &made.text)?;
    let proven = prove_text(project, invocation, set, &made, &temporary, options, &later, &expected).await;
    let proof = match proven {
        Ok(proof) => proof,
        Err(e) => {
            let _ = std::fs::remove_file(project.dir.path(&temporary));
            return Err(e);
        }
    };
    let proof = CheckpointProof { file: path.clone(), ..proof };
    let written = proof.holds() && !options.dry_run;
    let from = project.dir.path(&temporary);
    if written {
        std::fs::rename(&from, project.dir.path(&path)).map_err(|e| {
            let _ = std::fs::remove_file(&from);
            io("write", &path, &e)
        })?;
    } else {
        std::fs::remove_file(&from).map_err(|e| io("remove", &temporary, &e))?;
    }
    Ok(SquashReport {
        id: last.id.clone(),
        file: path,
        replaces: covered.iter().map(|m| m.id.clone()).collect(),
        objects: made.objects,
        rows: made.rows,
        roles: made.roles,
        text: made.text,
        proof,
        written,
        warnings,
    })
}

/// The migrations a checkpoint stands for: all up to it, which must be one line.
fn covered<'s>(set: &'s MigrationSet, last: &Migration) -> Result<Vec<&'s Migration>> {
    let refused = |message: String, hint: &str| Error::Refused { code: "cannot-squash", message, hint: hint.into() };
    if last.repeatable {
        return Err(refused(
            format!("{} is repeatable: it runs again whenever it changes", last.id),
            "name a versioned migration",
        ));
    }
    if last.squashed {
        return Err(refused(
            format!("{} is squashed already, and its file is gone", last.id),
            "name a later migration",
        ));
    }
    let end = set.position(&last.id).unwrap_or_default();
    let covered: Vec<&Migration> = set.migrations().iter().take(end + 1).filter(|m| !m.repeatable).collect();
    let graph = Graph::of(set);
    let before = graph.ancestors([last.id.as_str()]);
    if let Some(beside) = covered.iter().find(|m| m.id != last.id && !before.contains(m.id.as_str())) {
        return Err(refused(
            format!("{} is not among those that {} comes after: the history has branches there", beside.id, last.id),
            "name a migration that comes after both, such as the one that joins them",
        ));
    }
    if let Some(some) = covered.iter().find(|m| !m.directives.environments.is_empty()) {
        return Err(refused(
            format!(
                "{} is for {} only, and a checkpoint is for every environment",
                some.id,
                some.directives.environments.join(", ")
            ),
            "name a migration before it",
        ));
    }
    Ok(covered)
}

fn later<'s>(set: &'s MigrationSet, last: &Migration) -> Vec<&'s Migration> {
    let end = set.position(&last.id).unwrap_or_default();
    set.migrations().iter().skip(end + 1).collect()
}

/// The text of a checkpoint and what is in it.
struct Made {
    text: String,
    replaces: Vec<Replaced>,
    objects: usize,
    rows: u64,
    roles: Vec<String>,
    warnings: Vec<String>,
}

async fn make(
    project: &Project,
    set: &MigrationSet,
    last: &Migration,
    covered: &[&Migration],
    side: &Side,
) -> Result<Made> {
    let session = side.session().await?;
    let excluded = project.own_schemas();
    let mut memory = Memory::default();
    let options = DumpOptions { ordered: true, ..DumpOptions::default() };
    let done = async {
        let report = database(&session, &excluded, &options, &mut memory, &Default::default(), &|_: &str| {}).await?;
        let roles = roles::read(&session, side.roles_before()).await?;
        Ok::<_, Error>((report, roles))
    }
    .await;
    session.close().await;
    let (report, roles) = done?;
    let lost: Vec<&String> = report.left_out.iter().filter(|what| !what.contains("foreign table")).collect();
    if let Some(first) = lost.first() {
        return Err(Error::Refused {
            code: "cannot-squash",
            message: format!("a checkpoint cannot hold {first}, which the migrations make"),
            hint: "name a migration before the one that makes it".into(),
        });
    }
    let mut warnings = Vec::new();
    let missing: Vec<&String> = report.roles.iter().filter(|r| !roles.names.contains(*r)).collect();
    if !missing.is_empty() {
        let names: Vec<&str> = missing.iter().map(|r| r.as_str()).collect();
        warnings.push(format!("it names roles that the migrations do not make: {}", names.join(", ")));
    }
    let elevated: Vec<&str> =
        covered.iter().filter(|m| matches!(m.directives.role, Some(Role::Elevated))).map(|m| m.id.as_str()).collect();
    let was_elevated = !elevated.is_empty()
        || set.checkpoints.iter().any(|c| c.covers(&last.id) && matches!(c.directives.role, Some(Role::Elevated)));
    let data = String::from_utf8(memory.bytes).map_err(|_| Error::Refused {
        code: "cannot-squash",
        message: "the rows are not UTF-8".into(),
        hint: "make the dev database with encoding UTF8".into(),
    })?;
    let replaces: Vec<Replaced> = covered
        .iter()
        .map(|m| Replaced { id: m.id.clone(), sha256: m.up.sha256.clone(), path: m.up.path.clone(), line: 0 })
        .collect();
    let mut text = format!(
        "-- An empty database starts here, instead of running the {} up to {}.\n\
         -- Written by `surefoot squash --to {}`; the files stay as long as a database needs them.\n--\n",
        if covered.len() == 1 { "migration".to_owned() } else { format!("{} migrations", covered.len()) },
        last.stem(),
        last.id,
    );
    for r in &replaces {
        text.push_str(&format!("-- surefoot: replaces {} {} {}\n", word(&r.id), r.sha256, word(&r.path)));
    }
    if was_elevated {
        text.push_str("-- surefoot: role elevated\n");
    }
    text.push('\n');
    text.push_str(&roles.sql);
    text.push_str(data.trim_end());
    text.push('\n');
    Ok(Made {
        text,
        replaces,
        objects: report.objects,
        rows: report.tables.iter().map(|t| t.rows).sum(),
        roles: roles.names,
        warnings,
    })
}

/// A word of a directive.
fn word(text: &str) -> String {
    if text.contains([' ', '\t', ',']) { format!("\"{text}\"") } else { text.to_owned() }
}

/// Beside the file or the folder of the migration.
fn path(project: &Project, last: &Migration) -> String {
    let folder = |path: &str| path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned());
    let mut parent = folder(&last.up.path);
    let name = match last.layout {
        Layout::Folders | Layout::Prisma => {
            parent = folder(&parent);
            last.stem().to_owned()
        }
        // Flyway would take a name that begins with V for one of its own.
        Layout::Flyway => last.id.clone(),
        _ => last.stem().to_owned(),
    };
    // A folder for one kind of file (`up/`) is still within the migrations.
    let root = project.source.dirs.iter().map(|d| d.path.trim_matches('/')).find(|d| *d == parent);
    let parent = root.map_or(parent.clone(), str::to_owned);
    if parent.is_empty() { format!("{name}.checkpoint.sql") } else { format!("{parent}/{name}.checkpoint.sql") }
}

fn temporary(path: &str) -> String {
    let hidden = crate::dump::beside(&PathBuf::from(path));
    hidden.to_string_lossy().replace('\\', "/")
}

/// Removes what a run that died has left beside the place; one that lives still needs its own.
fn remove_left_over(project: &Project, path: &str) {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let Ok(entries) = std::fs::read_dir(project.dir.path(folder)) else { return };
    for entry in entries.flatten() {
        let file = entry.file_name().to_string_lossy().into_owned();
        let pid = file.strip_prefix(&format!(".{name}.")).and_then(|rest| rest.strip_suffix(".tmp"));
        let dead =
            |pid: &str| std::path::Path::new("/proc").is_dir() && !PathBuf::from(format!("/proc/{pid}")).exists();
        if pid.is_some_and(dead) {
            // It is in nobody's way: nothing reads hidden files.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

fn write(project: &Project, path: &str, text: &str) -> Result<()> {
    let target = project.dir.path(path);
    let written = std::fs::File::create(&target).and_then(|mut file| {
        std::io::Write::write_all(&mut file, text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|e| {
        let _ = std::fs::remove_file(&target);
        io("write", path, &e)
    })
}

fn io(action: &'static str, path: &str, error: &std::io::Error) -> Error {
    Error::Io { action, path: path.to_owned(), reason: error.to_string() }
}

#[expect(clippy::too_many_arguments, reason = "the last act of `squash`")]
async fn prove_text(
    project: &Project,
    invocation: &Invocation,
    set: &MigrationSet,
    made: &Made,
    path: &str,
    options: &SquashOptions,
    later: &[&Migration],
    expected: &Compared,
) -> Result<CheckpointProof> {
    let id = made.replaces.last().map(|r| r.id.clone()).unwrap_or_default();
    let checkpoint = Checkpoint {
        id,
        file: FileRef {
            path: path.to_owned(),
            sha256: sha256_hex(made.text.as_bytes()),
            bytes: made.text.len() as u64,
        },
        replaces: made.replaces.clone(),
        directives: Default::default(),
        stale: Vec::new(),
    };
    prove(project, invocation, set, &checkpoint, options.on.as_deref(), later, expected).await
}

/// Work for migrations that have files.
pub(crate) fn works_of(workshop: &Workshop<'_>, migrations: &[&Migration]) -> Result<Vec<surefoot_plan::Work>> {
    let all: Vec<_> = migrations.iter().map(|m| (*m, None)).collect();
    workshop.build_all(&all, Direction::Up)
}

//! The main job, watched: the real program on an example with the embedded PostgreSQL.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::run::{cargo, must, root, target};

const EXAMPLE: &str = "clinical-trial-diary";

/// What is typed, and what to look at.
const STEPS: &[(&str, &[&str])] = &[
    ("What would run, and what would it lock?", &["plan"]),
    ("Apply it. Each migration commits together with its entry in the journal.", &["up"]),
    ("Where are we?", &["status"]),
    ("Back to 010, by the team's own rollbacks.", &["down", "--to", "010"]),
    ("And where are we now?", &["status"]),
    ("Up again.", &["up"]),
    ("Is the record whole, and are the files what was applied?", &["verify"]),
];

pub(crate) fn tour() -> Result<()> {
    println!("Building surefoot; the first time this takes minutes, most of them for the embedded PostgreSQL.");
    must(cargo().args(["build", "-p", "surefoot-cli"]))?;
    let program = target().join("debug").join(format!("surefoot{}", std::env::consts::EXE_SUFFIX));
    let place = target().join("tour").join(EXAMPLE);
    if place.exists() {
        std::fs::remove_dir_all(&place).map_err(|e| format!("{}: {e}", place.display()))?;
    }
    copy(&root().join("examples").join(EXAMPLE), &place)?;
    println!("\nThe example {EXAMPLE}, copied to {}.", shorter(&place).display());
    for (what, arguments) in STEPS {
        println!("\n# {what}\n$ surefoot {}", arguments.join(" "));
        let status = Command::new(&program)
            .args(*arguments)
            .current_dir(&place)
            // The tour is about this project: no target from outside.
            .env_remove("SUREFOOT_URL")
            .env_remove("SUREFOOT_ENV")
            .env_remove("DATABASE_URL")
            .status()
            .map_err(|e| format!("{}: {e}", program.display()))?;
        // 2 is "there is something": pending migrations.
        if !matches!(status.code(), Some(0 | 2)) {
            return Err(format!("surefoot {} ended with {status}", arguments.join(" ")));
        }
    }
    println!(
        "\nThe copy and its database stay: go on with\n  cd {}\n  ../../debug/surefoot history",
        shorter(&place).display()
    );
    Ok(())
}

/// Relative to where we are, when it is below.
fn shorter(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).to_path_buf()
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let at = |path: &Path, e: std::io::Error| format!("{}: {e}", path.display());
    std::fs::create_dir_all(to).map_err(|e| at(to, e))?;
    for entry in std::fs::read_dir(from).map_err(|e| at(from, e))? {
        let entry = entry.map_err(|e| at(from, e))?;
        // A database that someone made in the checkout is not part of the example.
        if entry.file_name() == ".surefoot" {
            continue;
        }
        let (source, copied) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            copy(&source, &copied)?;
        } else {
            std::fs::copy(&source, &copied).map_err(|e| at(&source, e))?;
        }
    }
    Ok(())
}

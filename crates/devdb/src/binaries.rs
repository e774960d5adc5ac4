//! PostgreSQL server binaries on this machine.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::provider::{control_files, major_of};

/// A directory with `postgres` and `initdb`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The directory.
    pub bindir: PathBuf,
    /// What `postgres --version` says, as `17.5`.
    pub version: String,
}

impl Found {
    /// Its major version.
    #[must_use]
    pub fn major(&self) -> u32 {
        major_of(&self.version).unwrap_or(0)
    }

    /// The binaries in `bindir`, if they run.
    #[must_use]
    pub fn at(bindir: &Path) -> Option<Self> {
        let name = |name: &str| bindir.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
        if !name("initdb").is_file() {
            return None;
        }
        let text = output(&name("postgres"), &["--version"])?;
        Some(Self { bindir: bindir.to_path_buf(), version: parse_version(&text)? })
    }

    /// The names `CREATE EXTENSION` knows with these binaries.
    #[must_use]
    pub fn extensions(&self) -> Vec<String> {
        extension_dir(&self.bindir).and_then(|dir| control_files(&dir).ok()).unwrap_or_default()
    }

    /// The same with their default versions: `hstore 1.8`.
    #[must_use]
    pub fn extension_versions(&self) -> Vec<String> {
        let Some(dir) = extension_dir(&self.bindir) else { return Vec::new() };
        let version = |name: &str| {
            let text = std::fs::read_to_string(dir.join(format!("{name}.control"))).ok()?;
            let line = text.lines().find_map(|line| line.trim_start().strip_prefix("default_version"))?;
            Some(line.trim_start_matches([' ', '=']).trim().trim_matches('\'').to_owned())
        };
        control_files(&dir)
            .unwrap_or_default()
            .iter()
            .map(|name| format!("{name} {}", version(name).unwrap_or_default()))
            .collect()
    }
}

/// Where to look, taken from the environment once.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The value of `PG_BIN`, a directory.
    pub pg_bin: Option<PathBuf>,
    /// The value of `PATH`.
    pub path: Option<OsString>,
    /// Put before the system's folders; `/` unless testing.
    pub root: Option<PathBuf>,
}

impl Surroundings {
    /// Those of this process.
    #[must_use]
    pub fn of_process() -> Self {
        Self {
            pg_bin: std::env::var_os("PG_BIN").filter(|v| !v.is_empty()).map(PathBuf::from),
            path: std::env::var_os("PATH"),
            root: None,
        }
    }
}

/// Every PostgreSQL server found: `PG_BIN`, `pg_config --bindir`, the
/// distributions' and Homebrew's folders, then `PATH`; each once. Within the
/// system's folders newer versions come first.
#[must_use]
pub fn find_binaries(surroundings: &Surroundings) -> Vec<Found> {
    let root = surroundings.root.as_deref().unwrap_or(Path::new("/"));
    let path: Vec<PathBuf> = surroundings.path.as_deref().map(std::env::split_paths).into_iter().flatten().collect();

    let mut groups: Vec<Vec<PathBuf>> = vec![surroundings.pg_bin.clone().into_iter().collect()];
    let pg_config = path.iter().map(|dir| dir.join("pg_config")).find(|p| p.is_file());
    groups.push(pg_config.and_then(|p| output(&p, &["--bindir"])).map(|t| t.trim().into()).into_iter().collect());
    let mut system = Vec::new();
    for (parent, prefix, rest) in [
        ("usr/lib/postgresql", "", "bin"),
        ("usr/lib64/postgresql", "", "bin"),
        ("usr", "pgsql-", "bin"),
        ("usr/local", "pgsql", "bin"),
        ("opt/homebrew/opt", "postgresql", "bin"),
        ("usr/local/opt", "postgresql", "bin"),
        ("home/linuxbrew/.linuxbrew/opt", "postgresql", "bin"),
        ("Library/PostgreSQL", "", "bin"),
        ("Applications/Postgres.app/Contents/Versions", "", "bin"),
    ] {
        system.extend(children(&root.join(parent), prefix).into_iter().map(|dir| dir.join(rest)));
    }
    groups.push(system);
    groups.push(path);

    let mut found: Vec<Found> = Vec::new();
    let mut seen: Vec<PathBuf> = Vec::new();
    for group in groups {
        let mut here = Vec::new();
        for dir in group {
            let real = dir.canonicalize().unwrap_or_else(|_| dir.clone());
            if seen.contains(&real) {
                continue;
            }
            here.extend(Found::at(&dir));
            seen.push(real);
        }
        // Stable: PATH and PG_BIN keep their own order where versions are equal.
        here.sort_by_key(|f| std::cmp::Reverse(f.major()));
        found.extend(here);
    }
    found
}

fn children(parent: &Path, prefix: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(parent) else { return Vec::new() };
    let mut dirs: Vec<PathBuf> =
        entries.flatten().filter(|e| e.file_name().to_string_lossy().starts_with(prefix)).map(|e| e.path()).collect();
    dirs.sort();
    dirs
}

fn output(program: &Path, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// `postgres (PostgreSQL) 15.20 (Debian 15.20-1)` is version `15.20`.
fn parse_version(text: &str) -> Option<String> {
    let word = text.split_whitespace().find(|w| w.starts_with(|c: char| c.is_ascii_digit()))?;
    Some(word.to_owned())
}

/// The directory of the control files: what `pg_config` of these binaries
/// says, else where the usual layouts have it.
fn extension_dir(bindir: &Path) -> Option<PathBuf> {
    let pg_config = bindir.join("pg_config");
    let said = pg_config.is_file().then(|| output(&pg_config, &["--sharedir"])).flatten();
    let parent = bindir.parent()?;
    let major = parent.file_name().map(PathBuf::from).unwrap_or_default();
    said.map(|text| PathBuf::from(text.trim()))
        .into_iter()
        .chain([
            parent.join("share"),
            parent.join("share/postgresql"),
            PathBuf::from("/usr/share/postgresql").join(major),
        ])
        .map(|dir| dir.join("extension"))
        .find(|dir| dir.join("plpgsql.control").is_file())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn fake(dir: &Path, version: &str) {
        std::fs::create_dir_all(dir).expect("dir");
        for name in ["postgres", "initdb"] {
            let path = dir.join(name);
            std::fs::write(&path, format!("#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")).expect("write");
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).expect("chmod");
        }
    }

    #[test]
    fn order_is_pg_bin_then_system_newest_first_then_path_each_once() {
        let dir = tempfile::tempdir().expect("temp dir");
        let root = dir.path();
        fake(&root.join("mine"), "13.1");
        fake(&root.join("usr/lib/postgresql/15/bin"), "15.20 (Debian 15.20-1)");
        fake(&root.join("usr/lib/postgresql/17/bin"), "17.5");
        fake(&root.join("usr/pgsql-18/bin"), "18beta1");
        fake(&root.join("elsewhere"), "16.3");
        std::fs::create_dir_all(root.join("usr/lib/postgresql/14/bin")).expect("client only");
        let found = find_binaries(&Surroundings {
            pg_bin: Some(root.join("mine")),
            path: Some(
                std::env::join_paths([root.join("elsewhere"), root.join("usr/lib/postgresql/17/bin")]).expect("join"),
            ),
            root: Some(root.to_path_buf()),
        });
        let versions: Vec<_> = found.iter().map(|f| f.version.as_str()).collect();
        assert_eq!(versions, ["13.1", "18beta1", "17.5", "15.20", "16.3"]);
        assert_eq!(found.iter().map(Found::major).collect::<Vec<_>>(), [13, 18, 17, 15, 16]);
    }
}

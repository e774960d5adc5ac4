//! `init`: looks at a folder and writes the `surefoot.toml` that follows from it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use surefoot_source::{
    Detection, Dir, Found, MigrationDir, MigrationSet, NameProblem, NamingRules, Number, Problem, SourceConfig, detect,
    load,
};

use crate::config::Config;
use crate::new::DEFAULT_DIR;
use crate::{CONFIG_FILE, DiskDir, Error, Result};

/// What `init` was told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InitOptions {
    /// Name of the project; default: the folder's.
    pub name: Option<String>,
    /// Folder of the migrations; default: what is found.
    pub dir: Option<String>,
    /// Write over a `surefoot.toml` that is there.
    pub force: bool,
}

/// What `init` found and wrote.
#[derive(Debug, Clone)]
pub struct InitReport {
    /// The project's folder.
    pub root: PathBuf,
    /// Name of the project.
    pub name: String,
    /// What lies in the folder.
    pub found: Detection,
    /// The folders of the one chain of migrations.
    pub dirs: Vec<MigrationDir>,
    /// Whether `surefoot.toml` was written; else it was there.
    pub written: bool,
    /// Other files that were written.
    pub created: Vec<String>,
    /// What the team should know.
    pub notes: Vec<String>,
}

/// Looks at a folder and writes `surefoot.toml`; where there is one, writes nothing unless forced.
///
/// # Errors
/// [`Error::Usage`] for a folder outside the project; [`Error::Io`].
pub fn init(folder: &Path, options: &InitOptions) -> Result<InitReport> {
    let root = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
    let root = root.components().collect::<PathBuf>();
    let dir = DiskDir::new(&root);
    let found = detect(&dir);
    let mut report = InitReport {
        name: options.name.clone().unwrap_or_else(|| folder_name(&root)),
        root,
        found,
        dirs: Vec::new(),
        written: false,
        created: Vec::new(),
        notes: Vec::new(),
    };
    if dir.exists(CONFIG_FILE) && !options.force {
        return Ok(report);
    }
    if let Some(above) = report.root.ancestors().skip(1).find(|d| d.join(CONFIG_FILE).is_file()) {
        report
            .notes
            .push(format!("there is a {CONFIG_FILE} in {} as well; here it is this one that counts", above.display()));
    }
    let chosen = match &options.dir {
        Some(path) => vec![MigrationDir::new(inside(path)?)],
        None => choose(&dir, &mut report),
    };
    report.dirs.clone_from(&chosen);
    let set = read(&dir, &mut report);
    let text = render(&dir, &report, &set);
    // What is written here must be readable there.
    Config::parse(CONFIG_FILE, &text)?;
    for d in &report.dirs {
        if !dir.exists(&d.path) {
            let keep = format!("{}/.gitkeep", d.path);
            create_dir(&dir, &d.path)?;
            write(&dir, &keep, "")?;
            report.created.push(keep);
        }
    }
    write(&dir, CONFIG_FILE, &text)?;
    report.written = true;
    if ignore(&dir)? {
        report.created.push(".gitignore".into());
    }
    Ok(report)
}

/// The folders of one chain: the likeliest, and those of the same name that go on with its numbers.
fn choose(dir: &DiskDir, report: &mut InitReport) -> Vec<MigrationDir> {
    let with_migrations: Vec<&Found> = report.found.folders.iter().filter(|f| f.migrations > 0).collect();
    let Some((first, others)) = with_migrations.split_first() else {
        let prisma = report.found.prisma_schema.as_deref();
        let beside = prisma.map(|schema| match schema.rsplit_once('/') {
            Some((folder, _)) => format!("{folder}/migrations"),
            None => "prisma/migrations".to_owned(),
        });
        return vec![MigrationDir::new(beside.unwrap_or_else(|| DEFAULT_DIR.to_owned()))];
    };
    let last = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let mut chain: Vec<&str> = vec![&first.path];
    let mut apart: Vec<&Found> = Vec::new();
    for other in others {
        if other.path.is_empty() || first.path.is_empty() || last(&other.path) != last(&first.path) {
            apart.push(other);
            continue;
        }
        let dirs = chain.iter().chain([&other.path.as_str()]).map(|p| MigrationDir::new(*p)).collect();
        let clash = load(dir, &SourceConfig { dirs, ..SourceConfig::default() }).err().is_some_and(|e| {
            let is_clash = |p: &Problem| {
                matches!(
                    p,
                    Problem::DuplicateNumber { .. } | Problem::DuplicateId { .. } | Problem::DuplicatePart { .. }
                )
            };
            e.problems.iter().any(is_clash)
        });
        if clash { apart.push(other) } else { chain.push(&other.path) }
    }
    for other in apart {
        report.notes.push(format!(
            "{} has {} of its own, left out here: `surefoot init -C {}` makes it a project",
            place(&other.path),
            count(other.migrations, "migration"),
            project_of(&other.path),
        ));
    }
    let owners = owners(&chain);
    chain.iter().zip(owners).map(|(path, owner)| MigrationDir { path: (*path).to_owned(), owner }).collect()
}

/// What tells paths apart: `backend` and `cds` of `backend/migrations` and `cds/migrations`.
fn owners(paths: &[&str]) -> Vec<Option<String>> {
    if paths.len() < 2 {
        return vec![None; paths.len()];
    }
    let parts: Vec<Vec<&str>> = paths.iter().map(|p| p.split('/').collect()).collect();
    let shortest = parts.iter().map(Vec::len).min().unwrap_or(0);
    let same = |at: &dyn Fn(&Vec<&str>) -> String| parts.iter().all(|p| at(p) == at(&parts[0]));
    let head = (0..shortest).take_while(|i| same(&|p| p[*i].to_owned())).count();
    let tail = (0..shortest - head).take_while(|i| same(&|p| p[p.len() - 1 - i].to_owned())).count();
    parts.iter().map(|p| Some(p[head..p.len() - tail].join("-")).filter(|o| !o.is_empty())).collect()
}

/// The folder that a migrations folder belongs to.
fn project_of(path: &str) -> String {
    let mut parts: Vec<&str> = path.split('/').collect();
    while parts.len() > 1
        && parts.last().is_some_and(|p| {
            ["migrations", "migration", "migrate", "versions", "db", "database", "postgres", "sql", "prisma"]
                .contains(&p.to_ascii_lowercase().as_str())
        })
    {
        parts.pop();
    }
    parts.join("/")
}

fn read(dir: &DiskDir, report: &mut InitReport) -> MigrationSet {
    let dirs = report.dirs.iter().filter(|d| dir.exists(&d.path)).cloned().collect();
    match load(dir, &SourceConfig { dirs, ..SourceConfig::default() }) {
        Ok(set) => set,
        Err(e) => {
            let more = e.problems.len() - 1;
            report.notes.push(format!(
                "the migrations cannot be used yet: {}{}; `surefoot status` tells all",
                e.problems[0],
                if more > 0 { format!(", and {more} more") } else { String::new() }
            ));
            MigrationSet::default()
        }
    }
}

// ---- the file ------------------------------------------------------------------------------------------------------

fn render(dir: &DiskDir, report: &InitReport, set: &MigrationSet) -> String {
    let mut out = String::from(
        "# Surefoot. Every key: docs/configuration.md. What is not written here is detected or has a default.\n\n",
    );
    // Writing to a string does not fail.
    let _ = writeln!(
        out,
        "[project]\n# The journal in each target remembers this name: do not change it later.\nname = {}\n",
        quoted(&report.name)
    );
    match report.dirs.as_slice() {
        [only] => {
            let _ = writeln!(out, "[migrations]\ndir = {}\n", quoted(&only.path));
        }
        several => {
            out.push_str("# One chain in several folders: numbers go on from one to the other.\n");
            for d in several {
                let _ = writeln!(out, "[[migrations.dirs]]\npath = {}", quoted(&d.path));
                if let Some(owner) = &d.owner {
                    let _ = writeln!(out, "owner = {}", quoted(owner));
                }
                out.push('\n');
            }
        }
    }
    environments(&mut out, set);
    seeds(&mut out, dir, &report.found);
    naming(&mut out, report, set);
    let _ = writeln!(
        out,
        "# [application]\n# Kept in the target by each run, and logged by `surefoot check-version`.\n# name = {}\n# version = \"1.0.0\"",
        quoted(&report.name)
    );
    out
}

fn environments(out: &mut String, set: &MigrationSet) {
    out.push_str(
        "# Where migrations go. `embedded` is the PostgreSQL inside surefoot, kept in .surefoot/db.\n\
         # --url and SUREFOOT_URL win over what is written here, and so does DATABASE_URL unless --env is given.\n\
         [environments.development]\nurl = \"embedded\"\n\n",
    );
    let mut known: Vec<&str> = Vec::new();
    for config in &set.configs {
        for name in config.environments.iter().filter(|n| *n != "development") {
            if !known.contains(&name.as_str()) {
                known.push(name);
                let _ = writeln!(
                    out,
                    "# The database is the one of {}.\n[environments.{}]{}\n",
                    config.path,
                    key(name),
                    if name == "production" { "\nprotected = true" } else { "" }
                );
            }
        }
    }
    if !known.contains(&"staging") {
        out.push_str("# [environments.staging]\n# url = \"${STAGING_DATABASE_URL}\"\n\n");
    }
    if !known.contains(&"production") {
        out.push_str(
            "# [environments.production]\n# url = \"${PRODUCTION_DATABASE_URL}\"\n\
             # Refuses `reset`, and asks before `down`.\n# protected = true\n\
             # For migrations that ask for `role elevated`, such as CREATE EXTENSION vector:\n\
             # elevated-url = \"${PRODUCTION_ELEVATED_URL}\"\n\n",
        );
    }
}

fn seeds(out: &mut String, dir: &DiskDir, found: &Detection) {
    let mut lines: Vec<String> = Vec::new();
    let mut others: Vec<&str> = Vec::new();
    let mut has: Vec<String> = Vec::new();
    let mut add = |environment: &str, path: &str| {
        if !has.iter().any(|e| e == environment) {
            lines.push(format!("{} = {}", key(environment), quoted(path)));
            has.push(environment.to_owned());
        }
    };
    for seed in &found.seeds {
        let is_sql = Path::new(seed).extension().is_some_and(|e| e.eq_ignore_ascii_case("sql"));
        if dir.path(seed).is_dir() {
            let stages = ["development", "dev", "staging", "stage", "production", "prod", "test"];
            let files: Vec<String> = stages
                .into_iter()
                .filter(|stage| dir.exists(&format!("{seed}/{stage}.sql")))
                .map(str::to_owned)
                .collect();
            for stage in &files {
                let environment = match stage.as_str() {
                    "dev" => "development",
                    "stage" => "staging",
                    "prod" => "production",
                    other => other,
                };
                add(environment, &format!("{seed}/{stage}.sql"));
            }
            if files.is_empty() {
                add("development", seed);
            }
        } else if is_sql {
            add("development", seed);
        } else {
            others.push(seed);
        }
    }
    for other in &others {
        let _ = writeln!(out, "# {other} is not SQL: surefoot seed does not run it.");
    }
    if lines.is_empty() {
        out.push_str(
            "# [seeds]\n# Files or folders that `surefoot seed` and `surefoot dev` load.\n# development = \"seeds/development.sql\"\n\n",
        );
    } else {
        let _ = writeln!(out, "# What `surefoot seed` and `surefoot dev` load.\n[seeds]\n{}\n", lines.join("\n"));
    }
}

fn naming(out: &mut String, report: &InitReport, set: &MigrationSet) {
    let rules = NamingRules::default();
    let newest = set.versioned().max_by(|a, b| a.number.cmp(&b.number));
    let by_time = match newest {
        Some(m) => m.number.as_ref().and_then(Number::single).is_some_and(|n| n.to_string().len() == 14),
        None => report.found.prisma_schema.is_some(),
    };
    let names: Vec<&str> = set.versioned().skip(1).map(|m| m.name.as_str()).collect();
    let against = |wrong: fn(&NameProblem) -> bool| names.iter().filter(|n| rules.check(n).iter().any(wrong)).count();
    let verbless = against(|p| matches!(p, NameProblem::Verb { .. }));
    let caseless = against(|p| matches!(p, NameProblem::Case { .. }));
    out.push_str(
        "# Names that `surefoot new` gives and accepts: snake_case, a verb first, at most 50 characters.\n[naming]\n",
    );
    let _ = writeln!(out, "style = {}", if by_time { "\"timestamp\"" } else { "\"numbered\"" });
    if verbless * 2 > names.len() {
        let _ = writeln!(out, "# {verbless} of {} names here start with no verb.\nverbs = []", names.len());
    } else {
        out.push_str("# verbs = [\"add\", \"remove\", \"update\", \"rename\", \"create\"]\n");
    }
    if caseless * 2 > names.len() && !names.iter().any(|n| n.contains('-')) {
        let _ = writeln!(out, "# {caseless} of {} names here are not in snake_case.\ncase = \"any\"", names.len());
    }
    out.push_str("# max-length = 50\n# enforce = false   # warn instead of refuse\n\n");
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn key(text: &str) -> String {
    let bare = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if bare { text.to_owned() } else { quoted(text) }
}

// ---- the disk ------------------------------------------------------------------------------------------------------

/// A folder of the project as it was typed.
fn inside(path: &str) -> Result<String> {
    let parts: Vec<&str> = path.split(['/', '\\']).filter(|p| !p.is_empty() && *p != ".").collect();
    if Path::new(path).is_absolute() || parts.contains(&"..") || parts.is_empty() {
        return Err(Error::Usage {
            message: format!("--dir {path}: not a folder inside the project"),
            hint: "give it relative to the project, such as db/migrations".into(),
        });
    }
    Ok(parts.join("/"))
}

/// Adds `.surefoot/` to `.gitignore` in a repository that does not ignore it yet.
fn ignore(dir: &DiskDir) -> Result<bool> {
    let Some(repository) = dir.root().ancestors().find(|d| d.join(".git").exists()) else { return Ok(false) };
    let ignores = |text: &str| {
        text.lines()
            .any(|l| l.trim().trim_start_matches("**/").trim_start_matches('/').trim_end_matches('/') == ".surefoot")
    };
    for folder in dir.root().ancestors() {
        if std::fs::read_to_string(folder.join(".gitignore")).is_ok_and(|text| ignores(&text)) {
            return Ok(false);
        }
        if folder == repository {
            break;
        }
    }
    let mut text = match std::fs::read_to_string(dir.path(".gitignore")) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(e) => return Err(Error::Io { action: "read", path: ".gitignore".into(), reason: e.to_string() }),
    };
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(".surefoot/\n");
    write(dir, ".gitignore", &text)?;
    Ok(true)
}

fn write(dir: &DiskDir, path: &str, text: &str) -> Result<()> {
    std::fs::write(dir.path(path), text).map_err(|e| Error::Io {
        action: "write",
        path: path.to_owned(),
        reason: e.to_string(),
    })
}

fn create_dir(dir: &DiskDir, path: &str) -> Result<()> {
    std::fs::create_dir_all(dir.path(path)).map_err(|e| Error::Io {
        action: "create",
        path: path.to_owned(),
        reason: e.to_string(),
    })
}

fn folder_name(root: &Path) -> String {
    root.file_name().map_or_else(|| "project".to_owned(), |n| n.to_string_lossy().into_owned())
}

fn place(path: &str) -> &str {
    if path.is_empty() { "this folder" } else { path }
}

fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

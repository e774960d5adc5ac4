//! `hooks`: a git pre-commit hook that guards migrations which others have.
//!
//! The rules, for what is staged against `HEAD`:
//!
//! - Deleting a migration is always refused: history stays whole.
//! - Editing or renaming one is refused when it is *published* (in the upstream
//!   branch, `origin`'s default branch, or without a remote in `main` or
//!   `master`; failing those, in `HEAD`), or when the journal of the development
//!   target says it is applied. A change of comments and white space only is
//!   no edit. A move to another folder that keeps name and text is no rename.
//! - Deleting the rollback of such a migration is refused; improving it is not.
//! - Repeatable migrations may be edited: that is what they are for.
//! - What makes the history unreadable (a number twice, a missing parent) or
//!   gives it two heads is refused where it was not so before.
//! - What a merge brings from the other branch is not this commit's doing.
//!
//! The target is asked only where that decides something, and never waited
//! for: when it cannot be reached a note says so. Files are read from git, not
//! from the work tree, because only what is staged is committed.
//! `git commit --no-verify` passes over all of it.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use surefoot_journal::{Journal, State};
use surefoot_pg::{ConnectOptions, Session};
use surefoot_source::{Dir, Entry, Graph, Migration, MigrationDir, MigrationSet, SourceConfig, detect, load};
use surefoot_sql::script::{Include, parse};

use crate::config::Config;
use crate::target::{Place, TargetSpec};
use crate::work::statements_hash;
use crate::{CONFIG_FILE, Error, Invocation, Project, Result};

/// What tells our hook from another.
const MARK: &str = "surefoot hooks run";
/// How a line of our hook begins that guards one project.
const LINE: &str = "guard ";
/// Where a hook goes that was there before.
const KEPT: &str = "pre-commit.before-surefoot";

/// What `hooks install` did.
#[derive(Debug, Clone)]
pub struct HookInstalled {
    /// The hook.
    pub path: PathBuf,
    /// A hook that was there and now runs first.
    pub kept: Option<PathBuf>,
    /// Ours was there already.
    pub was_there: bool,
}

/// What `hooks run` found where it refused nothing.
#[derive(Debug, Clone, Default)]
pub struct HookReport {
    /// Staged paths that belong to the project.
    pub staged: usize,
    /// Worth knowing.
    pub notes: Vec<String>,
}

/// Writes the pre-commit hook into the repository of a project, or adds the project to it.
///
/// # Errors
/// [`Error::Refused`] outside a repository, and when another hook is there and `force` is not given.
pub fn install_hook(project: &Project, invocation: &Invocation, force: bool) -> Result<HookInstalled> {
    let git = Git::new(project, invocation)?;
    let text = git.text(&["rev-parse", "--git-path", "hooks"])?;
    let folder = git.dir.join(text.trim_end_matches('\n'));
    let path = folder.join("pre-commit");
    let io = |action: &'static str, path: &Path| {
        let path = path.display().to_string();
        move |e: std::io::Error| Error::Io { action, path, reason: e.to_string() }
    };
    let mut guarded = vec![if git.prefix.is_empty() { ".".to_owned() } else { git.prefix.clone() }];
    let mut kept = folder.join(KEPT);
    let mut was_there = false;
    let mut moved = None;
    if path.symlink_metadata().is_ok() {
        let old = std::fs::read(&path).map_err(io("read", &path))?;
        let old = String::from_utf8_lossy(&old);
        if old.contains(MARK) {
            was_there = true;
            let others = old.lines().filter_map(|l| l.strip_prefix(LINE)).map(unquote);
            let others: Vec<String> = others.filter(|g| *g != guarded[0]).collect();
            guarded.splice(0..0, others);
        } else if !force {
            return Err(Error::Refused {
                code: "hook-exists",
                message: format!("there is another pre-commit hook: {}", path.display()),
                hint: "add the line `surefoot hooks run || exit $?` to it, or give --force: it is then kept and runs first".into(),
            });
        } else {
            let mut n = 1;
            while kept.symlink_metadata().is_ok() {
                n += 1;
                kept = folder.join(format!("{KEPT}.{n}"));
            }
            std::fs::rename(&path, &kept).map_err(io("rename", &path))?;
            moved = Some(kept.clone());
        }
    }
    let chained = if moved.is_some() {
        kept.file_name().map_or_else(|| KEPT.to_owned(), |n| n.to_string_lossy().into_owned())
    } else {
        KEPT.to_owned()
    };
    std::fs::create_dir_all(&folder).map_err(io("create", &folder))?;
    std::fs::write(&path, hook_text(&guarded, &chained)).map_err(io("write", &path))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).map_err(io("write", &path))?;
    }
    Ok(HookInstalled { path, kept: moved, was_there })
}

fn hook_text(guarded: &[String], chained: &str) -> String {
    let mut out = format!(
        "#!/bin/sh\n\
         # Written by `surefoot hooks install`: refuses to commit the deletion or edit of migrations\n\
         # that others have (`{MARK}`). To pass over it once: git commit --no-verify\n\n\
         before=\"$(dirname \"$0\")/{chained}\"\n\
         if [ -x \"$before\" ]; then\n    \"$before\" \"$@\" || exit $?\nfi\n\
         guard() {{\n\
         \x20   command -v surefoot >/dev/null 2>&1 || {{\n\
         \x20       echo 'surefoot is not in PATH, so nothing guards the migrations.' >&2\n\
         \x20       echo 'Install it, or pass over this once with: git commit --no-verify' >&2\n\
         \x20       exit 1\n\
         \x20   }}\n\
         \x20   surefoot -C \"$1\" hooks run || exit $?\n\
         }}\n"
    );
    for folder in guarded {
        out.push_str(&format!("{LINE}'{}'\n", folder.replace('\'', "'\\''")));
    }
    out
}

fn unquote(text: &str) -> String {
    let text = text.trim();
    text.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')).unwrap_or(text).replace("'\\''", "'")
}

/// Looks at what is staged.
///
/// # Errors
/// [`Error::Refused`] naming every file, the reason and the way out.
pub async fn run_hook(project: &Project, invocation: &Invocation) -> Result<HookReport> {
    let git = Git::new(project, invocation)?;
    let mut report = HookReport::default();
    let staged = git.staged()?;
    report.staged = staged.len();
    if staged.is_empty() {
        return Ok(report);
    }
    let new = Tree::of_index(&git)?;
    let head = git.commit("HEAD");
    let old = match &head {
        Some(commit) => Tree::of_commit(&git, commit)?,
        None => Tree::empty(),
    };
    let old_dirs = dirs_of(&old, None)?;
    let dirs = dirs_of(&new, Some((&old, &old_dirs)))?;
    let inside = |path: &String| {
        dirs.iter()
            .chain(&old_dirs)
            .any(|d| d.path.is_empty() || path.strip_prefix(d.path.as_str()).is_some_and(|rest| rest.starts_with('/')))
    };
    if !staged.iter().any(inside) {
        return Ok(report);
    }
    let after = load_tree(project, invocation, &new, dirs);
    let before = load_tree(project, invocation, &old, old_dirs.clone());
    let mut refusals = Vec::new();
    let after = match after {
        Ok(set) => set,
        Err(e) => {
            let known: Vec<String> = match &before {
                Ok(_) => Vec::new(),
                Err(b) => b.problems.iter().map(ToString::to_string).collect(),
            };
            let fresh: Vec<_> = e.problems.iter().filter(|p| !known.contains(&p.to_string())).collect();
            if fresh.is_empty() {
                report
                    .notes
                    .push("the migrations could not be read before this commit either: nothing was compared".into());
                return Ok(report);
            }
            for problem in fresh {
                refusals.push(Refusal { what: problem.to_string(), remedy: problem.hint() });
            }
            return Err(refused(refusals));
        }
    };
    let Ok(before) = before else {
        report.notes.push("the migrations in HEAD cannot be read: nothing was compared".into());
        return Ok(report);
    };
    let theirs = match git.commit("MERGE_HEAD") {
        Some(commit) => {
            let tree = Tree::of_commit(&git, &commit)?;
            let dirs = dirs_of(&tree, Some((&old, &old_dirs)))?;
            load_tree(project, invocation, &tree, dirs).ok()
        }
        None => None,
    };
    let heads = |set: &MigrationSet| Graph::of(set).heads().into_iter().map(str::to_owned).collect::<Vec<_>>();
    let (heads_before, heads_after) = (heads(&before), heads(&after));
    if heads_after.len() > 1 && heads_before.len() <= 1 {
        let named: Vec<String> = heads_after
            .iter()
            .map(|id| after.get(id).map_or_else(|| id.clone(), |m| format!("{id} ({})", m.up.path)))
            .collect();
        refusals.push(Refusal {
            what: format!("the history gets {} heads: {}", heads_after.len(), named.join(", ")),
            remedy: Some(format!("join them: surefoot merge {}", heads_after.join(" "))),
        });
    }
    let changes = changes(&before, &after, theirs.as_ref(), &old, &new);
    let mut judge = Judge { git: &git, project, invocation, set: &after, published: None, applied: None };
    for change in &changes {
        if let Some(refusal) = judge.judge(change, &mut report.notes).await? {
            refusals.push(refusal);
        }
    }
    if refusals.is_empty() { Ok(report) } else { Err(refused(refusals)) }
}

struct Refusal {
    what: String,
    remedy: Option<String>,
}

fn refused(refusals: Vec<Refusal>) -> Error {
    let mut message = "this commit would break the history of the migrations:".to_owned();
    let mut hints: Vec<String> = Vec::new();
    for refusal in refusals {
        for line in refusal.what.lines() {
            message.push_str(&format!("\n- {line}"));
        }
        for hint in refusal.remedy.iter().flat_map(|r| r.lines()) {
            if !hints.iter().any(|h| h == hint) {
                hints.push(hint.to_owned());
            }
        }
    }
    hints.push("to pass over this once, knowing why: git commit --no-verify".to_owned());
    Error::Refused { code: "commit-refused", message, hint: hints.join("\n") }
}

/// Something that happened to a migration of `HEAD`.
struct Change<'a> {
    migration: &'a Migration,
    kind: ChangeKind,
}

enum ChangeKind {
    Deleted,
    Renamed { to: String },
    Edited,
    CommentsOnly,
    RollbackDeleted { path: String },
}

fn changes<'a>(
    before: &'a MigrationSet,
    after: &MigrationSet,
    theirs: Option<&MigrationSet>,
    old: &Tree,
    new: &Tree,
) -> Vec<Change<'a>> {
    let by_text: HashMap<&str, &Migration> =
        after.migrations().iter().filter(|m| before.get(&m.id).is_none()).map(|m| (m.up.sha256.as_str(), m)).collect();
    let mut out = Vec::new();
    for migration in before.migrations() {
        let here = after.get(&migration.id);
        if let Some(theirs) = theirs {
            // As the other branch has it: decided there.
            let there = theirs.get(&migration.id);
            if there.map(|m| (&m.up.sha256, &m.down)) == here.map(|m| (&m.up.sha256, &m.down)) {
                continue;
            }
        }
        let mut push = |kind| out.push(Change { migration, kind });
        let Some(here) = here else {
            // The same text under another id, or, when it was edited as well, the same name.
            let renamed = by_text.get(migration.up.sha256.as_str()).copied().or_else(|| {
                after
                    .migrations()
                    .iter()
                    .find(|m| before.get(&m.id).is_none() && m.name == migration.name && !m.name.is_empty())
            });
            push(match renamed {
                Some(to) => ChangeKind::Renamed { to: to.up.path.clone() },
                None => ChangeKind::Deleted,
            });
            continue;
        };
        let same_includes = here.includes.iter().map(|i| &i.sha256).eq(migration.includes.iter().map(|i| &i.sha256));
        if here.up.sha256 != migration.up.sha256 || !same_includes {
            if !migration.repeatable {
                let same = statements(old, &migration.up.path);
                let same = same.is_some() && same == statements(new, &here.up.path);
                push(if same { ChangeKind::CommentsOnly } else { ChangeKind::Edited });
            }
        } else if here.stem() != migration.stem() {
            push(ChangeKind::Renamed { to: here.up.path.clone() });
        }
        if let (Some(down), None) = (&migration.down, &here.down) {
            push(ChangeKind::RollbackDeleted { path: down.path.clone() });
        }
    }
    out
}

/// The hash over the statements of a file in a tree, if it reads as SQL.
fn statements(tree: &Tree, path: &str) -> Option<String> {
    let text = String::from_utf8(tree.read(path).ok()?).ok()?;
    let script = parse(path, text.into(), &BTreeMap::new(), &mut TreeFiles { tree }).ok()?;
    Some(statements_hash(&script))
}

/// Knows who else has a migration; asks only when it must.
struct Judge<'a> {
    git: &'a Git,
    project: &'a Project,
    invocation: &'a Invocation,
    set: &'a MigrationSet,
    published: Option<(String, Vec<Vec<String>>)>,
    applied: Option<Applied>,
}

enum Applied {
    Known(HashMap<String, State>),
    Unknown(String),
}

impl Judge<'_> {
    async fn judge(&mut self, change: &Change<'_>, notes: &mut Vec<String>) -> Result<Option<Refusal>> {
        let m = change.migration;
        let path = &m.up.path;
        let (what, verb) = match &change.kind {
            ChangeKind::CommentsOnly => {
                notes.push(format!("{path}: only comments or white space changed"));
                return Ok(None);
            }
            ChangeKind::Deleted => {
                let spec = self.git.pathspec(path);
                return Ok(Some(Refusal {
                    what: format!(
                        "{path} is deleted: migrations are never deleted, so that every database can tell what it has"
                    ),
                    remedy: Some(format!(
                        "bring it back: git restore --staged --worktree --source=HEAD -- {spec}\n\
                         to undo what it did: surefoot down, or a new migration"
                    )),
                }));
            }
            ChangeKind::Renamed { to } => (format!("{path} is renamed to {to}"), "rename"),
            ChangeKind::Edited => (format!("{path} is edited"), "edit"),
            ChangeKind::RollbackDeleted { path } => (format!("{path} is deleted, the rollback of {}", m.id), "delete"),
        };
        let back = match &change.kind {
            ChangeKind::RollbackDeleted { path } => path,
            _ => path,
        };
        let spec = self.git.pathspec(back);
        let restore = format!("bring it back: git restore --staged --worktree --source=HEAD -- {spec}");
        if let Some(place) = self.published_in(path)? {
            return Ok(Some(Refusal {
                what: format!("{what}, and it is published: {place} has it"),
                remedy: Some(format!("{restore}\nfor a change, write a new migration: surefoot new ...")),
            }));
        }
        if self.applied.is_none() {
            self.applied = Some(applied(self.project, self.invocation, self.set).await);
        }
        match &self.applied {
            Some(Applied::Known(states)) => match states.get(&m.id) {
                Some(State::Reverted) | None => Ok(None),
                Some(state) => Ok(Some(Refusal {
                    what: format!("{what}, and it is {state} in the development target"),
                    remedy: Some(format!("roll it back first (surefoot down), then {verb} it\n{restore}")),
                })),
            },
            Some(Applied::Unknown(why)) => {
                notes.push(format!("{what}; whether it is applied in the development target is not known: {why}"));
                Ok(None)
            }
            None => Ok(None),
        }
    }

    /// The branch that has a file, in words.
    fn published_in(&mut self, path: &str) -> Result<Option<String>> {
        if self.published.is_none() {
            let mut found = Vec::new();
            for name in ["@{upstream}", "origin/HEAD", "origin/main", "origin/master"] {
                found.extend(self.git.commit(name).map(|c| (name, c)));
            }
            if found.is_empty() {
                for name in ["main", "master"] {
                    found.extend(self.git.commit(&format!("refs/heads/{name}")).map(|c| (name, c)));
                }
            }
            if found.is_empty() {
                found.extend(self.git.commit("HEAD").map(|c| ("HEAD", c)));
            }
            let mut lists = Vec::new();
            let mut names = Vec::new();
            for (name, commit) in found {
                lists.push(self.git.listing(&["ls-tree", "-r", "-z", "--full-tree", "--name-only", &commit])?);
                names.push(name);
            }
            self.published = Some((names.join("\n"), lists));
        }
        let Some((names, lists)) = &self.published else { return Ok(None) };
        let wanted = self.git.in_repository(path);
        Ok(names.lines().zip(lists).find(|(_, l)| l.contains(&wanted)).map(|(name, _)| name.to_owned()))
    }
}

/// What the development target has, without waiting for it.
async fn applied(project: &Project, invocation: &Invocation, set: &MigrationSet) -> Applied {
    let spec = match TargetSpec::resolve(project, invocation, Some(set)) {
        Ok(spec) => spec,
        Err(e) => return Applied::Unknown(e.to_string()),
    };
    if !spec.exists() {
        return Applied::Known(HashMap::new());
    }
    match ask(project, &spec).await {
        Ok(states) => Applied::Known(states),
        Err(e) => Applied::Unknown(e.to_string()),
    }
}

async fn ask(project: &Project, spec: &TargetSpec) -> Result<HashMap<String, State>> {
    async fn read(project: &Project, session: &Session) -> Result<HashMap<String, State>> {
        let Some(journal) = Journal::open(session, project.journal_schema(), Some(&project.name)).await? else {
            return Ok(HashMap::new());
        };
        Ok(journal.migrations(session).await?.into_iter().map(|r| (r.id, r.state)).collect())
    }
    match &spec.place {
        Place::Url(url) => {
            let mut options = ConnectOptions::new((**url).clone(), "surefoot hooks");
            options.timeout = Duration::from_secs(1);
            let session = Session::connect(&options).await?;
            let states = read(project, &session).await;
            session.close().await;
            states
        }
        Place::Embedded(_) => {
            let target = spec.clone().open(Duration::ZERO).await?;
            let states = match target.look().await {
                Ok(session) => {
                    let states = read(project, &session).await;
                    session.close().await;
                    states
                }
                Err(e) => Err(e),
            };
            target.close().await?;
            states
        }
    }
}

/// Where the migrations of a tree are: by its own configuration, else as detected. What is detected beside the folders
/// of the tree before is a home of the same migrations only if it is new: then they were moved there.
fn dirs_of(tree: &Tree, before: Option<(&Tree, &[MigrationDir])>) -> Result<Vec<MigrationDir>> {
    let config = match tree.read(CONFIG_FILE) {
        Ok(bytes) => Config::parse(CONFIG_FILE, &String::from_utf8_lossy(&bytes))?,
        Err(_) => Config::default(),
    };
    let clean = |path: &str| path.trim_start_matches("./").trim_end_matches('/').to_owned();
    if !config.migrations.dirs.is_empty() {
        let dirs = config.migrations.dirs.iter();
        return Ok(dirs.map(|d| MigrationDir { path: clean(&d.path), owner: d.owner.clone() }).collect());
    }
    if let Some(path) = &config.migrations.dir {
        return Ok(vec![MigrationDir::new(clean(path))]);
    }
    let found: Vec<MigrationDir> =
        detect(tree).folders.into_iter().take(1).map(|f| MigrationDir::new(f.path)).collect();
    match (found.first(), before) {
        (Some(dir), Some((old, dirs))) if !dirs.is_empty() && old.exists(&dir.path) => Ok(dirs.to_vec()),
        (None, Some((_, dirs))) => Ok(dirs.to_vec()),
        _ => Ok(found),
    }
}

fn load_tree(
    project: &Project,
    invocation: &Invocation,
    tree: &Tree,
    dirs: Vec<MigrationDir>,
) -> std::result::Result<MigrationSet, surefoot_source::LoadError> {
    // A folder that is not there (yet, or any more) has no migrations, and that is no problem here.
    let dirs: Vec<MigrationDir> = dirs.into_iter().filter(|d| d.path.is_empty() || tree.exists(&d.path)).collect();
    if dirs.is_empty() {
        return Ok(MigrationSet::default());
    }
    let config = SourceConfig {
        dirs,
        migration_config: project.source.migration_config.clone(),
        variables: invocation.variables.clone(),
        environment: Some(TargetSpec::environment(project, invocation)),
    };
    load(tree, &config)
}

/// The repository of a project.
struct Git {
    /// Where git is run. In a hook git has set variables that are relative to its own folder.
    dir: PathBuf,
    /// The project's folder within the repository; empty at its top.
    prefix: String,
}

impl Git {
    fn new(project: &Project, invocation: &Invocation) -> Result<Self> {
        let in_hook = ["GIT_INDEX_FILE", "GIT_DIR"].iter().any(|v| invocation.variables.contains_key(*v));
        let dir = if in_hook { PathBuf::from(".") } else { project.dir.root().to_path_buf() };
        let mut git = Self { dir, prefix: String::new() };
        let top = git.text(&["rev-parse", "--show-toplevel"]).map_err(|e| match e {
            Error::Command { reason, .. } if reason.contains("not a git repository") => Error::Refused {
                code: "no-repository",
                message: format!("{} is not in a git repository", project.dir.root().display()),
                hint: "run `git init` first, or give the folder of the project with -C".into(),
            },
            other => other,
        })?;
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let top = real(Path::new(top.trim_end_matches('\n')));
        let root = real(project.dir.root());
        let inner = root.strip_prefix(&top).unwrap_or(Path::new(""));
        git.prefix = inner.components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
        Ok(git)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("git");
        command
            // What a user's configuration changes in the output of git.
            .args(["-c", "diff.relative=false", "-c", "diff.renames=true", "-c", "core.quotePath=false"])
            .args(args)
            .current_dir(&self.dir)
            .env("LC_ALL", "C")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .stdin(Stdio::null());
        command
    }

    fn bytes(&self, args: &[&str]) -> Result<Vec<u8>> {
        let fail = |reason: String| Error::Command { what: format!("`git {}`", args.join(" ")), reason };
        let output = self.command(args).output().map_err(|e| {
            fail(if e.kind() == std::io::ErrorKind::NotFound { "git is not installed".into() } else { e.to_string() })
        })?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        Err(fail(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
    }

    fn text(&self, args: &[&str]) -> Result<String> {
        Ok(String::from_utf8_lossy(&self.bytes(args)?).into_owned())
    }

    /// The parts of an answer that are ended by a zero byte.
    fn listing(&self, args: &[&str]) -> Result<Vec<String>> {
        Ok(self
            .bytes(args)?
            .split(|b| *b == 0)
            .filter(|p| !p.is_empty())
            .map(|p| String::from_utf8_lossy(p).into_owned())
            .collect())
    }

    /// The commit of a name, if there is one.
    fn commit(&self, name: &str) -> Option<String> {
        let text = self.text(&["rev-parse", "--verify", "--quiet", &format!("{name}^{{commit}}")]).ok()?;
        Some(text.trim().to_owned())
    }

    /// Staged paths of the project, relative to it; both names of a renamed one.
    fn staged(&self) -> Result<Vec<String>> {
        let parts = self.listing(&["diff", "--cached", "--no-ext-diff", "--name-status", "-M", "-z"])?;
        let mut out = Vec::new();
        let mut parts = parts.into_iter();
        while let Some(status) = parts.next() {
            let names = if status.starts_with(['R', 'C']) { 2 } else { 1 };
            out.extend(parts.by_ref().take(names).filter_map(|p| self.in_project(&p)));
        }
        Ok(out)
    }

    fn in_project(&self, path: &str) -> Option<String> {
        if self.prefix.is_empty() {
            return Some(path.to_owned());
        }
        path.strip_prefix(&self.prefix)?.strip_prefix('/').map(str::to_owned)
    }

    fn in_repository(&self, path: &str) -> String {
        if self.prefix.is_empty() { path.to_owned() } else { format!("{}/{path}", self.prefix) }
    }

    /// A path to type, wherever in the repository one is.
    fn pathspec(&self, path: &str) -> String {
        let path = self.in_repository(path);
        if path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-".contains(&b)) {
            format!(":/{path}")
        } else {
            format!("':/{}'", path.replace('\'', "'\\''"))
        }
    }
}

/// The files of a commit or of the index, without a work tree.
struct Tree {
    /// Path within the project to the name of its blob.
    files: BTreeMap<String, String>,
    blobs: Option<Mutex<Blobs>>,
}

impl Tree {
    fn empty() -> Self {
        Self { files: BTreeMap::new(), blobs: None }
    }

    fn of_commit(git: &Git, commit: &str) -> Result<Self> {
        // <mode> SP <type> SP <object> TAB <path>
        let lines = git.listing(&["ls-tree", "-r", "-z", "--full-tree", commit])?;
        Self::new(git, lines, 2)
    }

    fn of_index(git: &Git) -> Result<Self> {
        // <mode> SP <object> SP <stage> TAB <path>
        let lines = git.listing(&["ls-files", "-s", "-z", "--full-name", "--", ":/"])?;
        Self::new(git, lines, 1)
    }

    fn new(git: &Git, lines: Vec<String>, object: usize) -> Result<Self> {
        let mut files = BTreeMap::new();
        for line in lines {
            let Some((head, path)) = line.split_once('\t') else { continue };
            // Not links, which have no text, and not sub-modules.
            if !head.starts_with("100") {
                continue;
            }
            let (Some(blob), Some(path)) = (head.split(' ').nth(object), git.in_project(path)) else { continue };
            files.insert(path, blob.to_owned());
        }
        Ok(Self { files, blobs: Some(Mutex::new(Blobs::start(git)?)) })
    }
}

impl Dir for Tree {
    fn entries(&self, path: &str) -> std::io::Result<Vec<Entry>> {
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        let mut out: Vec<Entry> = Vec::new();
        for name in self.files.range(prefix.clone()..).map(|(name, _)| name) {
            let Some(rest) = name.strip_prefix(&prefix) else { break };
            let (name, is_dir) = rest.split_once('/').map_or((rest, false), |(folder, _)| (folder, true));
            if out.last().is_none_or(|e| e.name != name) {
                out.push(Entry { name: name.to_owned(), is_dir });
            }
        }
        // `a/x` and `a.sql` and `a/y` are not neighbours.
        out.sort();
        out.dedup();
        if out.is_empty() && !path.is_empty() {
            return Err(std::io::ErrorKind::NotFound.into());
        }
        Ok(out)
    }

    fn read(&self, path: &str) -> std::io::Result<Vec<u8>> {
        let (Some(blob), Some(blobs)) = (self.files.get(path), &self.blobs) else {
            return Err(std::io::ErrorKind::NotFound.into());
        };
        match blobs.lock() {
            Ok(mut blobs) => blobs.read(blob),
            Err(_) => Err(std::io::Error::other("git cat-file ended")),
        }
    }

    fn exists(&self, path: &str) -> bool {
        let folder = format!("{path}/");
        self.files.contains_key(path)
            || self.files.range(folder.clone()..).next().is_some_and(|(name, _)| name.starts_with(&folder))
    }
}

/// Files that a migration includes, from the same tree.
struct TreeFiles<'a> {
    tree: &'a Tree,
}

impl Include for TreeFiles<'_> {
    fn load(
        &mut self,
        from: &str,
        path: &str,
        relative_to_file: bool,
    ) -> std::result::Result<(String, Arc<str>), String> {
        let base = if relative_to_file { from.rsplit_once('/').map_or("", |(dir, _)| dir) } else { "" };
        let mut parts: Vec<&str> = Vec::new();
        for part in base.split('/').chain(path.split('/')) {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()),
                part => parts.push(part),
            }
        }
        let name = parts.join("/");
        let bytes = self.tree.read(&name).map_err(|e| e.to_string())?;
        Ok((name, String::from_utf8(bytes).map_err(|e| e.to_string())?.into()))
    }
}

/// `git cat-file --batch`: one process for any number of files.
struct Blobs {
    child: Child,
    ask: Option<ChildStdin>,
    answer: BufReader<ChildStdout>,
}

impl Blobs {
    fn start(git: &Git) -> Result<Self> {
        let fail = |reason: String| Error::Command { what: "`git cat-file --batch`".into(), reason };
        let mut child = git
            .command(&["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| fail(e.to_string()))?;
        let (Some(ask), Some(answer)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(fail("it has no pipes".into()));
        };
        Ok(Self { child, ask: Some(ask), answer: BufReader::new(answer) })
    }

    fn read(&mut self, blob: &str) -> std::io::Result<Vec<u8>> {
        let Some(ask) = &mut self.ask else { return Err(std::io::ErrorKind::BrokenPipe.into()) };
        ask.write_all(format!("{blob}\n").as_bytes())?;
        ask.flush()?;
        let mut head = String::new();
        self.answer.read_line(&mut head)?;
        // <object> SP <type> SP <size>
        let size: usize = head
            .trim_end()
            .rsplit(' ')
            .next()
            .and_then(|size| size.parse().ok())
            .ok_or_else(|| std::io::Error::other(format!("git cat-file said {:?}", head.trim_end())))?;
        let mut bytes = vec![0; size + 1];
        self.answer.read_exact(&mut bytes)?;
        bytes.pop();
        Ok(bytes)
    }
}

impl Drop for Blobs {
    fn drop(&mut self) {
        // It ends when it is asked nothing more.
        self.ask = None;
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hook_remembers_whom_it_guards() {
        let guarded = vec![".".to_owned(), "it's/here".to_owned()];
        let text = hook_text(&guarded, KEPT);
        let again: Vec<String> = text.lines().filter_map(|l| l.strip_prefix(LINE)).map(unquote).collect();
        assert_eq!(again, guarded);
        assert!(text.contains(MARK));
    }
}

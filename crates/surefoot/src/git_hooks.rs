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
use std::path::{Path, PathBuf};
use std::time::Duration;

use surefoot_journal::{Journal, State};
use surefoot_pg::{ConnectOptions, Session};
use surefoot_source::{Dir, Graph, Migration, MigrationDir, MigrationSet, SourceConfig, detect, load};
use surefoot_sql::script::parse;

mod repository;

use self::repository::{Git, Tree, TreeFiles};
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

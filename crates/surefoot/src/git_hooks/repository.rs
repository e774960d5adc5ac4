//! Reading a git repository: commits and the index as folders of files.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};

use surefoot_source::{Dir, Entry};
use surefoot_sql::script::Include;

use crate::{Error, Invocation, Project, Result};

/// The repository of a project.
pub(super) struct Git {
    /// Where git is run. In a hook git has set variables that are relative to its own folder.
    pub(super) dir: PathBuf,
    /// The project's folder within the repository; empty at its top.
    pub(super) prefix: String,
}

impl Git {
    pub(super) fn new(project: &Project, invocation: &Invocation) -> Result<Self> {
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

    pub(super) fn command(&self, args: &[&str]) -> Command {
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

    pub(super) fn bytes(&self, args: &[&str]) -> Result<Vec<u8>> {
        let fail = |reason: String| Error::Command { what: format!("`git {}`", args.join(" ")), reason };
        let output = self.command(args).output().map_err(|e| {
            fail(if e.kind() == std::io::ErrorKind::NotFound { "git is not installed".into() } else { e.to_string() })
        })?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        Err(fail(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
    }

    pub(super) fn text(&self, args: &[&str]) -> Result<String> {
        Ok(String::from_utf8_lossy(&self.bytes(args)?).into_owned())
    }

    /// The parts of an answer that are ended by a zero byte.
    pub(super) fn listing(&self, args: &[&str]) -> Result<Vec<String>> {
        Ok(self
            .bytes(args)?
            .split(|b| *b == 0)
            .filter(|p| !p.is_empty())
            .map(|p| String::from_utf8_lossy(p).into_owned())
            .collect())
    }

    /// The commit of a name, if there is one.
    pub(super) fn commit(&self, name: &str) -> Option<String> {
        let text = self.text(&["rev-parse", "--verify", "--quiet", &format!("{name}^{{commit}}")]).ok()?;
        Some(text.trim().to_owned())
    }

    /// Staged paths of the project, relative to it; both names of a renamed one.
    pub(super) fn staged(&self) -> Result<Vec<String>> {
        let parts = self.listing(&["diff", "--cached", "--no-ext-diff", "--name-status", "-M", "-z"])?;
        let mut out = Vec::new();
        let mut parts = parts.into_iter();
        while let Some(status) = parts.next() {
            let names = if status.starts_with(['R', 'C']) { 2 } else { 1 };
            out.extend(parts.by_ref().take(names).filter_map(|p| self.in_project(&p)));
        }
        Ok(out)
    }

    pub(super) fn in_project(&self, path: &str) -> Option<String> {
        if self.prefix.is_empty() {
            return Some(path.to_owned());
        }
        path.strip_prefix(&self.prefix)?.strip_prefix('/').map(str::to_owned)
    }

    pub(super) fn in_repository(&self, path: &str) -> String {
        if self.prefix.is_empty() { path.to_owned() } else { format!("{}/{path}", self.prefix) }
    }

    /// A path to type, wherever in the repository one is.
    pub(super) fn pathspec(&self, path: &str) -> String {
        let path = self.in_repository(path);
        if path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-".contains(&b)) {
            format!(":/{path}")
        } else {
            format!("':/{}'", path.replace('\'', "'\\''"))
        }
    }
}

/// The files of a commit or of the index, without a work tree.
pub(super) struct Tree {
    /// Path within the project to the name of its blob.
    pub(super) files: BTreeMap<String, String>,
    blobs: Option<Mutex<Blobs>>,
}

impl Tree {
    pub(super) fn empty() -> Self {
        Self { files: BTreeMap::new(), blobs: None }
    }

    pub(super) fn of_commit(git: &Git, commit: &str) -> Result<Self> {
        // <mode> SP <type> SP <object> TAB <path>
        let lines = git.listing(&["ls-tree", "-r", "-z", "--full-tree", commit])?;
        Self::new(git, lines, 2)
    }

    pub(super) fn of_index(git: &Git) -> Result<Self> {
        // <mode> SP <object> SP <stage> TAB <path>
        let lines = git.listing(&["ls-files", "-s", "-z", "--full-name", "--", ":/"])?;
        Self::new(git, lines, 1)
    }

    pub(super) fn new(git: &Git, lines: Vec<String>, object: usize) -> Result<Self> {
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
pub(super) struct TreeFiles<'a> {
    pub(super) tree: &'a Tree,
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
pub(super) struct Blobs {
    child: Child,
    ask: Option<ChildStdin>,
    answer: BufReader<ChildStdout>,
}

impl Blobs {
    pub(super) fn start(git: &Git) -> Result<Self> {
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

    pub(super) fn read(&mut self, blob: &str) -> std::io::Result<Vec<u8>> {
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

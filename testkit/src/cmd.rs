//! A program run in a bare environment.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A program, its arguments and all it may know of the world.
#[derive(Debug, Clone)]
pub struct Cmd {
    program: PathBuf,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    dir: Option<PathBuf>,
    stdin: Vec<u8>,
    timeout: Duration,
}

/// What it left.
#[derive(Debug, Clone)]
pub struct Output {
    /// Its exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
    /// How long it ran.
    pub took: Duration,
}

impl Cmd {
    /// A program with nothing in its environment but a `PATH` of the system's
    /// directories, `HOME` where the caches are, and fixed `COLUMNS`,
    /// `NO_COLOR`, `TZ` and `LC_ALL`.
    #[must_use]
    pub fn new(program: impl AsRef<Path>) -> Self {
        let mut env: Vec<(OsString, OsString)> = [
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
            ("COLUMNS", "100"),
            ("NO_COLOR", "1"),
            ("TZ", "UTC"),
            ("LC_ALL", "C.UTF-8"),
        ]
        .map(|(key, value)| (key.into(), value.into()))
        .into();
        // The caches of unpacked servers; without them each run starts cold.
        for key in ["HOME", "XDG_CACHE_HOME", "TMPDIR"] {
            env.extend(std::env::var_os(key).map(|value| (key.into(), value)));
        }
        Self {
            program: program.as_ref().to_path_buf(),
            args: Vec::new(),
            env,
            dir: None,
            stdin: Vec::new(),
            timeout: Duration::from_secs(60),
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Sets a variable.
    #[must_use]
    pub fn env(mut self, key: &str, value: impl AsRef<OsStr>) -> Self {
        self.env.retain(|(k, _)| k != key);
        self.env.push((key.into(), value.as_ref().to_owned()));
        self
    }

    /// Takes a variable away.
    #[must_use]
    pub fn env_remove(mut self, key: &str) -> Self {
        self.env.retain(|(k, _)| k != key);
        self
    }

    /// Where it runs.
    #[must_use]
    pub fn current_dir(mut self, dir: impl AsRef<Path>) -> Self {
        self.dir = Some(dir.as_ref().to_path_buf());
        self
    }

    /// What it reads; nothing if not said.
    #[must_use]
    pub fn stdin(mut self, text: impl AsRef<[u8]>) -> Self {
        self.stdin = text.as_ref().to_vec();
        self
    }

    /// How long it may run; a minute if not said.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Runs it to its end.
    ///
    /// # Panics
    /// When it cannot be started or does not end in time.
    #[track_caller]
    #[must_use]
    pub fn run(self) -> Output {
        self.start().wait()
    }

    /// Starts it.
    ///
    /// # Panics
    /// When it cannot be started.
    #[track_caller]
    #[must_use]
    pub fn start(self) -> Running {
        let mut command = self.command();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let started = Instant::now();
        let mut child = command.spawn().unwrap_or_else(|e| panic!("{}: {e}", self.program.display()));
        if let Some(mut pipe) = child.stdin.take() {
            // A program need not read what it is given.
            std::thread::spawn(move || pipe.write_all(&self.stdin));
        }
        let stdout = Reader::start(child.stdout.take());
        let stderr = Reader::start(child.stderr.take());
        Running { child, stdout, stderr, started, timeout: self.timeout, keyboard: None }
    }

    /// Starts it with a terminal as standard input and standard error; what it writes to the terminal, and what is
    /// typed, counts as standard error.
    ///
    /// # Panics
    /// When it cannot be started, or there are no terminals.
    #[cfg(unix)]
    #[track_caller]
    #[must_use]
    pub fn start_on_terminal(self) -> Running {
        let (ours, theirs) = crate::terminal::open().unwrap_or_else(|e| panic!("no terminal: {e}"));
        let both = theirs.try_clone().and_then(|again| Ok((again, ours.try_clone()?)));
        let (again, keyboard) = both.unwrap_or_else(|e| panic!("no terminal: {e}"));
        let mut command = self.command();
        command.stdin(Stdio::from(theirs)).stdout(Stdio::piped()).stderr(Stdio::from(again));
        let started = Instant::now();
        let mut child = command.spawn().unwrap_or_else(|e| panic!("{}: {e}", self.program.display()));
        // The terminal ends when the program's end of it is closed; the command holds it too.
        drop(command);
        let stdout = Reader::start(child.stdout.take());
        let stderr = Reader::start(Some(ours));
        Running { child, stdout, stderr, started, timeout: self.timeout, keyboard: Some(keyboard) }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args).env_clear().envs(self.env.iter().map(|(k, v)| (k, v)));
        if let Some(dir) = &self.dir {
            command.current_dir(dir);
        }
        command
    }
}

/// A program that runs; killed when dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    stdout: Reader,
    stderr: Reader,
    started: Instant,
    timeout: Duration,
    keyboard: Option<File>,
}

impl Running {
    /// Types a line.
    ///
    /// # Panics
    /// When it was not started on a terminal, or is gone.
    #[track_caller]
    pub fn type_line(&mut self, text: &str) {
        let keyboard = self.keyboard.as_mut().unwrap_or_else(|| panic!("there is no terminal"));
        writeln!(keyboard, "{text}").unwrap_or_else(|e| panic!("the terminal is gone: {e}"));
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has written to standard output so far.
    #[must_use]
    pub fn stdout(&self) -> String {
        self.stdout.so_far()
    }

    /// What it has written to standard error so far.
    #[must_use]
    pub fn stderr(&self) -> String {
        self.stderr.so_far()
    }

    /// Waits until `predicate` holds.
    ///
    /// # Panics
    /// When it ends first, or time runs out.
    #[track_caller]
    pub fn wait_until(&mut self, mut predicate: impl FnMut(&Self) -> bool) {
        while !predicate(self) {
            if !matches!(self.child.try_wait(), Ok(None)) {
                panic!("it ended first:\n{}{}", self.stdout(), self.stderr());
            }
            self.check_time();
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// SIGKILL as soon as `predicate` holds.
    ///
    /// # Panics
    /// When it ends first, or time runs out.
    #[track_caller]
    pub fn kill9_when(mut self, predicate: impl FnMut(&Self) -> bool) -> Output {
        self.wait_until(predicate);
        self.kill9()
    }

    /// SIGKILL.
    pub fn kill9(mut self) -> Output {
        // It may have ended in between; then there is nothing to kill.
        let _ = self.child.kill();
        self.wait()
    }

    /// SIGINT, as of Ctrl-C.
    pub fn interrupt(&self) {
        self.signal("INT");
    }

    /// Sends a signal by name, as `TERM`, `STOP`, `CONT`.
    ///
    /// # Panics
    /// When there is no shell.
    pub fn signal(&self, name: &str) {
        let status = Command::new("/bin/sh")
            .args(["-c", "kill -s \"$1\" \"$2\"", "sh", name, &self.pid().to_string()])
            .stderr(Stdio::null())
            .status();
        assert!(status.is_ok(), "no shell");
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When time runs out; it is killed then.
    #[track_caller]
    pub fn wait(mut self) -> Output {
        let status = loop {
            match self.child.try_wait() {
                Ok(Some(status)) => break Some(status),
                Ok(None) => {}
                Err(_) => break None,
            }
            self.check_time();
            std::thread::sleep(Duration::from_millis(2));
        };
        Output {
            code: status.and_then(|s: ExitStatus| s.code()),
            took: self.started.elapsed(),
            stdout: self.stdout.all(),
            stderr: self.stderr.all(),
        }
    }

    #[track_caller]
    fn check_time(&mut self) {
        if self.started.elapsed() > self.timeout {
            let _ = self.child.kill();
            let _ = self.child.wait();
            panic!("still running after {:?}:\n{}{}", self.timeout, self.stdout(), self.stderr());
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Output {
    /// Fails the test unless it ended with this code.
    ///
    /// # Panics
    /// When it did not.
    #[track_caller]
    #[must_use]
    pub fn code(self, wanted: i32) -> Self {
        assert_eq!(self.code, Some(wanted), "{self}");
        self
    }

    /// Fails the test unless it ended with 0.
    ///
    /// # Panics
    /// When it did not.
    #[track_caller]
    #[must_use]
    pub fn success(self) -> Self {
        self.code(0)
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => writeln!(f, "exit code {code}")?,
            None => writeln!(f, "ended by a signal")?,
        }
        write!(f, "----- stdout\n{}----- stderr\n{}", self.stdout, self.stderr)
    }
}

#[derive(Debug)]
struct Reader {
    bytes: Arc<Mutex<Vec<u8>>>,
    thread: Option<JoinHandle<()>>,
}

impl Reader {
    fn start(pipe: Option<impl Read + Send + 'static>) -> Self {
        let bytes: Arc<Mutex<Vec<u8>>> = Arc::default();
        let sink = Arc::clone(&bytes);
        let thread = pipe.map(|mut pipe| {
            std::thread::spawn(move || {
                let mut buffer = [0; 8192];
                while let Ok(n) = pipe.read(&mut buffer) {
                    if n == 0 {
                        break;
                    }
                    let mut sink = sink.lock().unwrap_or_else(PoisonError::into_inner);
                    sink.extend_from_slice(buffer.get(..n).unwrap_or_default());
                }
            })
        });
        Self { bytes, thread }
    }

    fn so_far(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    fn all(&mut self) -> String {
        if let Some(thread) = self.thread.take() {
            // A child of the program may hold the pipe open for longer.
            let deadline = Instant::now() + Duration::from_secs(2);
            while !thread.is_finished() && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        self.so_far()
    }
}

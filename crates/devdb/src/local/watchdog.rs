//! The process between us and the postmaster.
//!
//! A shell holds the reading end of a pipe whose writing end is ours. When we
//! end, in whatever way, the pipe closes and the shell stops the server. It is
//! in a process group of its own, so that Ctrl-C in a terminal does not reach
//! the server, which would take it for an order to shut down.

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::Stop;
use crate::{Error, Result};

/// `$1` is the postmaster's program, `$2` its home. A line on standard input
/// is a signal to send; the end of it means that we are gone.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
exec 3<&0 </dev/null
"$1" -D "$2/data" >>"$2/log" 2>&1 3<&- &
pid=$!
{
  while read -r signal; do kill -s "$signal" $pid; done
  : >"$2/orphan"
  kill -s QUIT $pid
  sleep 2
  kill -s KILL $pid
} <&3 2>/dev/null &
reader=$!
exec 3<&-
wait $pid
kill -s KILL $reader 2>/dev/null
[ -e "$2/orphan" ] && rm -rf "$2"
exit 0
"#;

const END_PATIENCE: Duration = Duration::from_secs(30);

/// An unprivileged user to run the server as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct User {
    uid: u32,
    gid: u32,
}

#[derive(Debug)]
pub(crate) struct Watchdog {
    child: Child,
}

impl Watchdog {
    pub(crate) fn start(bindir: &Path, home: &Path, user: Option<User>) -> Result<Self> {
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", SCRIPT, "surefoot-watchdog"])
            .arg(bindir.join("postgres"))
            .arg(home)
            .current_dir("/")
            .env_remove("PGDATA")
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0);
        become_user(&mut command, user);
        let child = command.spawn().map_err(Error::io("run", "/bin/sh"))?;
        Ok(Self { child })
    }

    /// Whether the server is gone.
    pub(crate) fn ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Tells the server to stop and waits for it.
    pub(crate) fn end(&mut self, how: Stop) {
        self.signal(match how {
            Stop::Fast => "INT",
            Stop::Immediate => "QUIT",
            Stop::Kill => "KILL",
        });
        let start = Instant::now();
        while !self.ended() {
            if start.elapsed() > END_PATIENCE {
                self.signal("KILL");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn signal(&mut self, name: &str) {
        if let Some(pipe) = &mut self.child.stdin {
            // A closed pipe means that it is gone already.
            let _ = writeln!(pipe, "{name}");
        }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        if !self.ended() {
            self.end(Stop::Immediate);
        }
    }
}

/// Stops a server whose owner and watchdog are both gone.
pub(crate) fn end_orphan(dir: &Path) {
    let data = dir.join("pg").join("data");
    let Some(pid) = super::pid_in(&data) else { return };
    // Only if that process still is this server: numbers are used again.
    let Ok(command) = std::fs::read(format!("/proc/{pid}/cmdline")) else { return };
    if String::from_utf8_lossy(&command).contains(&*data.to_string_lossy()) {
        let _ = Command::new("/bin/sh")
            .args(["-c", "kill -s QUIT \"$1\"", "sh", &pid.to_string()])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .status();
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Whom to become: nobody unless we are root, whom PostgreSQL refuses.
pub(crate) fn user() -> Result<Option<User>> {
    if own_uid()? != 0 {
        return Ok(None);
    }
    let passwd = std::fs::read_to_string("/etc/passwd").map_err(Error::io("read", "/etc/passwd"))?;
    ["postgres", "nobody"].iter().find_map(|name| entry(&passwd, name)).map(Some).ok_or(Error::NoUnprivilegedUser)
}

fn entry(passwd: &str, name: &str) -> Option<User> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next() != Some(name) {
            return None;
        }
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        (uid != 0).then_some(User { uid, gid })
    })
}

/// A file of ours belongs to whom we act as; there is no safe call for it.
fn own_uid() -> Result<u32> {
    let base = std::env::temp_dir();
    tempfile::tempfile_in(&base)
        .and_then(|file| file.metadata())
        .map(|meta| meta.uid())
        .map_err(Error::io("write in", base))
}

pub(crate) fn become_user(command: &mut Command, user: Option<User>) {
    if let Some(user) = user {
        // Also drops root's supplementary groups.
        command.uid(user.uid).gid(user.gid);
    }
}

pub(crate) fn own(path: &Path, user: Option<User>, mode: u32) -> Result<()> {
    set_mode(path, mode)?;
    if let Some(user) = user {
        chown(path, Some(user.uid), Some(user.gid)).map_err(Error::io("give away", path))?;
    }
    Ok(())
}

pub(crate) fn set_mode(path: &Path, mode: u32) -> Result<()> {
    std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).map_err(Error::io("set the permissions of", path))
}

/// A directory below `base` that is ours alone, whoever may write to `base`.
pub(crate) fn private_dir(base: &Path, name: &str) -> Result<PathBuf> {
    let me = own_uid()?;
    let dir = base.join(format!("{name}-{me}"));
    if let Err(e) = std::fs::DirBuilder::new().mode(0o700).create(&dir)
        && e.kind() != std::io::ErrorKind::AlreadyExists
    {
        return Err(Error::io("create", &dir)(e));
    }
    let found = std::fs::symlink_metadata(&dir).map_err(Error::io("read", &dir))?;
    if found.is_dir() && found.uid() == me && found.mode() & 0o077 == 0 {
        Ok(dir)
    } else {
        Err(Error::Cache { path: dir, reason: "it is not a private directory of this user".into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_is_read_from_the_password_file() {
        let text = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65533:n:/:/bin/false\n";
        assert_eq!(entry(text, "nobody"), Some(User { uid: 65534, gid: 65533 }));
        assert_eq!(entry(text, "postgres"), None);
        assert_eq!(entry(text, "root"), None);
    }
}

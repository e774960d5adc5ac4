//! Who has a database directory: an advisory file lock that names its holder.
//!
//! The operating system drops the lock when the holder dies, however it dies,
//! so a lock cannot be stale: what is left in the file is only text.

use std::fs::{File, OpenOptions, TryLockError};
#[cfg(any(feature = "embedded", test))]
use std::io::Write;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
#[cfg(any(feature = "embedded", test))]
use std::time::{Duration, Instant};

#[cfg(any(feature = "embedded", test))]
use crate::{Error, Event, Observer, Result};

/// The process that has a database directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its process id.
    pub pid: u32,
    /// When it took the directory, RFC 3339.
    pub since: String,
}

#[cfg(any(feature = "embedded", test))]
/// A held directory; dropping it lets go.
#[derive(Debug)]
pub(crate) struct Hold {
    file: File,
}

#[cfg(any(feature = "embedded", test))]
const POLL: Duration = Duration::from_millis(25);

#[cfg(any(feature = "embedded", test))]
impl Hold {
    /// Takes the lock beside `path`, waiting up to `wait`.
    pub(crate) fn acquire(path: &Path, wait: Duration, observer: &Observer) -> Result<Self> {
        let lock = lock_path(path);
        if let Some(parent) = lock.parent() {
            std::fs::create_dir_all(parent).map_err(Error::io("create", parent))?;
        }
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock)
            .map_err(Error::io("open", &lock))?;
        let start = Instant::now();
        let mut told = false;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(source)) => {
                    return Err(Error::Io { action: "lock", path: lock, source });
                }
            }
            let holder = read_holder(&mut file);
            if start.elapsed() >= wait {
                return Err(Error::Busy {
                    path: path.to_path_buf(),
                    holder,
                    waited: if wait.is_zero() { wait } else { start.elapsed() },
                });
            }
            if !told {
                observer.tell(&Event::WaitingForHolder { path: path.to_path_buf(), holder });
                told = true;
            }
            std::thread::sleep(POLL.min(wait));
        }
        let text = format!("pid {}\nsince {:.0}\n", std::process::id(), jiff::Timestamp::now());
        file.set_len(0)
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .and_then(|_| file.write_all(text.as_bytes()))
            .map_err(Error::io("write", &lock))?;
        Ok(Self { file })
    }
}

#[cfg(any(feature = "embedded", test))]
impl Drop for Hold {
    fn drop(&mut self) {
        // The text of a free lock names nobody. Failure leaves words, not a lock.
        let _ = self.file.set_len(0);
        let _ = self.file.unlock();
    }
}

/// Who holds `path` now, without taking it.
pub fn holder(path: &Path) -> Option<Holder> {
    let mut file = OpenOptions::new().read(true).write(true).open(lock_path(path)).ok()?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Some(read_holder(&mut file)),
        _ => None,
    }
}

fn lock_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

fn read_holder(file: &mut File) -> Holder {
    let mut text = String::new();
    // A holder that has just taken the lock may not have written yet.
    let _ = file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_string(&mut text));
    let mut holder = Holder { pid: 0, since: "just now".into() };
    for line in text.lines() {
        match line.split_once(' ') {
            Some(("pid", pid)) => holder.pid = pid.parse().unwrap_or(0),
            Some(("since", since)) => holder.since = since.to_owned(),
            _ => {}
        }
    }
    holder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_taker_is_told_who_has_it() {
        let dir = tempfile::tempdir().expect("temp dir");
        let path = dir.path().join("db");
        let quiet = Observer::default();
        let first = Hold::acquire(&path, Duration::ZERO, &quiet).expect("free");
        let error = Hold::acquire(&path, Duration::from_millis(60), &quiet).expect_err("held");
        let text = error.to_string();
        assert!(text.contains(&format!("process {}", std::process::id())), "{text}");
        assert!(text.contains("since 2"), "{text}");
        assert!(text.contains("waited"), "{text}");
        assert!(error.hint().is_some());
        assert_eq!(holder(&path).map(|h| h.pid), Some(std::process::id()));
        drop(first);
        assert_eq!(holder(&path), None);
        Hold::acquire(&path, Duration::ZERO, &quiet).expect("free again");
    }

    #[test]
    fn words_of_a_dead_holder_do_not_hold() {
        let dir = tempfile::tempdir().expect("temp dir");
        let path = dir.path().join("db");
        std::fs::write(lock_path(&path), "pid 999999\nsince 2020-01-01T00:00:00Z\n").expect("write");
        Hold::acquire(&path, Duration::ZERO, &Observer::default()).expect("nobody holds it");
    }
}

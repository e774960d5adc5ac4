//! Where a dump goes: a file or folder that appears only when it is complete, or a stream.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// Takes a dump, part by part.
pub trait Output: Send {
    /// What every file begins with.
    ///
    /// # Errors
    /// When it cannot be written.
    fn header(&mut self, text: &[u8]) -> Result<()>;

    /// Goes on with the part of this name; in a folder each is a file.
    ///
    /// # Errors
    /// When it cannot be made.
    fn part(&mut self, name: &str) -> Result<()>;

    /// Writes.
    ///
    /// # Errors
    /// When it cannot be written.
    fn write(&mut self, bytes: &[u8]) -> Result<()>;

    /// Everything was written. Without this call nothing is left behind.
    ///
    /// # Errors
    /// When it cannot be put in its place.
    fn finish(&mut self) -> Result<()>;
}

/// The file name of a table: what names may hold and paths may not is replaced.
pub(super) fn file_name(schema: &str, name: &str) -> String {
    let plain = |text: &str| -> String {
        text.chars()
            .map(|c| if c.is_alphanumeric() || "_-".contains(c) { c.to_string() } else { format!("%{:x}", c as u32) })
            .collect()
    };
    format!("{}.{}", plain(schema), plain(name))
}

/// Opens the place of a dump; nothing is visible there until it is finished.
pub(super) fn open(path: Option<&Path>, stdout: Box<dyn Write + Send>) -> Result<Box<dyn Output>> {
    let Some(path) = path else {
        return Ok(Box::new(Stream { out: BufWriter::new(stdout) }));
    };
    let shown = path.display().to_string();
    if path.is_dir() || shown.ends_with('/') {
        let path = PathBuf::from(shown.trim_end_matches('/'));
        return Ok(Box::new(Folder::new(path)?));
    }
    let temporary = beside(path);
    let file = File::create(&temporary).map_err(|e| io(&shown, &e))?;
    Ok(Box::new(OneFile { path: path.to_owned(), temporary: Some(temporary), out: BufWriter::new(file) }))
}

/// A hidden name beside a path, on the same disk, so that a rename puts it in place.
pub(crate) fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().map_or_else(|| "dump".to_owned(), |n| n.to_string_lossy().into_owned());
    path.with_file_name(format!(".{name}.{}.tmp", std::process::id()))
}

fn io(path: &str, error: &std::io::Error) -> Error {
    Error::Io { action: "write", path: path.to_owned(), reason: error.to_string() }
}

struct Stream {
    out: BufWriter<Box<dyn Write + Send>>,
}

impl Output for Stream {
    fn header(&mut self, text: &[u8]) -> Result<()> {
        self.write(text)
    }

    fn part(&mut self, _: &str) -> Result<()> {
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.write_all(bytes).map_err(|e| io("standard output", &e))
    }

    fn finish(&mut self) -> Result<()> {
        self.out.flush().map_err(|e| io("standard output", &e))
    }
}

struct OneFile {
    path: PathBuf,
    temporary: Option<PathBuf>,
    out: BufWriter<File>,
}

impl Output for OneFile {
    fn header(&mut self, text: &[u8]) -> Result<()> {
        self.write(text)
    }

    fn part(&mut self, _: &str) -> Result<()> {
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.write_all(bytes).map_err(|e| io(&self.path.display().to_string(), &e))
    }

    fn finish(&mut self) -> Result<()> {
        let Some(temporary) = self.temporary.take() else { return Ok(()) };
        let done = self
            .out
            .flush()
            .and_then(|()| self.out.get_ref().sync_all())
            .and_then(|()| std::fs::rename(&temporary, &self.path));
        done.map_err(|e| {
            let _ = std::fs::remove_file(&temporary);
            io(&self.path.display().to_string(), &e)
        })
    }
}

impl Drop for OneFile {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            let _ = std::fs::remove_file(temporary);
        }
    }
}

struct Folder {
    path: PathBuf,
    temporary: Option<PathBuf>,
    header: Vec<u8>,
    out: Option<BufWriter<File>>,
}

/// By which a folder is known to be a dump.
pub(crate) const FIRST: [&str; 2] = ["1-schema.sql", "2-rows"];

impl Folder {
    fn new(path: PathBuf) -> Result<Self> {
        let shown = path.display().to_string();
        let filled = std::fs::read_dir(&path).is_ok_and(|mut entries| entries.next().is_some());
        if filled && !FIRST.iter().any(|name| path.join(name).exists()) {
            return Err(Error::Refused {
                code: "folder-in-use",
                message: format!("{shown} is not empty, and what is in it is no dump"),
                hint: "give another folder, or a file that ends in .sql".into(),
            });
        }
        let temporary = beside(&path);
        std::fs::create_dir_all(&temporary).map_err(|e| io(&shown, &e))?;
        Ok(Self { path, temporary: Some(temporary), header: Vec::new(), out: None })
    }

    fn close(&mut self) -> std::io::Result<()> {
        if let Some(mut out) = self.out.take() {
            out.flush()?;
            out.get_ref().sync_all()?;
        }
        Ok(())
    }
}

impl Output for Folder {
    fn header(&mut self, text: &[u8]) -> Result<()> {
        self.header = text.to_vec();
        Ok(())
    }

    fn part(&mut self, name: &str) -> Result<()> {
        let Some(temporary) = &self.temporary else { return Ok(()) };
        let path = temporary.join(name);
        let opened = self.close().and_then(|()| {
            path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
            let mut out = BufWriter::new(File::create(&path)?);
            out.write_all(&self.header)?;
            Ok(out)
        });
        self.out = Some(opened.map_err(|e| io(&path.display().to_string(), &e))?);
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        match &mut self.out {
            Some(out) => out.write_all(bytes).map_err(|e| io(&self.path.display().to_string(), &e)),
            None => Ok(()),
        }
    }

    fn finish(&mut self) -> Result<()> {
        let closed = self.close();
        let Some(temporary) = self.temporary.take() else { return Ok(()) };
        let old = temporary.with_extension("old");
        let done = closed.and_then(|()| {
            // Also an empty dump is a dump.
            if std::fs::read_dir(&temporary)?.next().is_none() {
                std::fs::write(temporary.join(FIRST[0]), &self.header)?;
            }
            if self.path.exists() {
                std::fs::rename(&self.path, &old)?;
            }
            std::fs::rename(&temporary, &self.path)?;
            if old.exists() { std::fs::remove_dir_all(&old) } else { Ok(()) }
        });
        done.map_err(|e| {
            let _ = std::fs::remove_dir_all(&temporary);
            io(&self.path.display().to_string(), &e)
        })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            let _ = std::fs::remove_dir_all(temporary);
        }
    }
}

/// A dump held in memory.
#[derive(Debug, Default)]
pub struct Memory {
    /// What was written.
    pub bytes: Vec<u8>,
}

impl Output for Memory {
    fn header(&mut self, _: &[u8]) -> Result<()> {
        Ok(())
    }

    fn part(&mut self, _: &str) -> Result<()> {
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        Ok(())
    }
}

//! What the compiler does not check: boundaries of crates, leftovers, documentation.
//!
//! The rules about crates are written in ARCHITECTURE.md, in blocks that are read here, so that the
//! description and the rule cannot differ.

mod arrows;
mod docs;
mod text;

use std::path::PathBuf;
use std::process::Command;

use crate::Result;
use crate::run::{output, root};

/// Everything that is wrong.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<String>);

impl Findings {
    fn add(&mut self, place: impl std::fmt::Display, what: impl std::fmt::Display) {
        self.0.push(format!("{place}: {what}"));
    }
}

/// A text file of the repository.
#[derive(Debug)]
pub(crate) struct File {
    /// With `/`, from the root.
    path: String,
    text: String,
}

impl File {
    fn is(&self, extension: &str) -> bool {
        self.path.rsplit_once('.').is_some_and(|(_, e)| e == extension)
    }

    /// Lines with their numbers.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }
}

pub(crate) fn tidy() -> Result<()> {
    let files = files()?;
    let architecture = files.iter().find(|file| file.path == "ARCHITECTURE.md").ok_or("there is no ARCHITECTURE.md")?;
    let mut findings = Findings::default();
    arrows::check(&architecture.text, &mut findings)?;
    arrows::forgotten_tests(&files, &mut findings)?;
    text::check(&files, &arrows::list(&architecture.text, "pure"), &mut findings);
    docs::check(&files, &mut findings);
    if findings.0.is_empty() {
        println!("tidy: {} files, nothing to say", files.len());
        return Ok(());
    }
    findings.0.sort();
    Err(format!("{}\ntidy: {} findings", findings.0.join("\n"), findings.0.len()))
}

/// The files git knows or would add, as far as they are text.
fn files() -> Result<Vec<File>> {
    let listed = output(
        Command::new("git").args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(root()),
    )
    .ok_or("git ls-files failed: tidy works in a git checkout")?;
    let mut files = Vec::new();
    for path in listed.split('\0').filter(|path| !path.is_empty()) {
        let full: PathBuf = root().join(path);
        // A file that was just deleted, or that is no text on purpose.
        let Ok(text) = std::fs::read_to_string(full) else { continue };
        files.push(File { path: path.to_owned(), text });
    }
    Ok(files)
}

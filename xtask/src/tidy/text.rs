//! What is written in files: leftovers, effects in pure crates, length, machine paths.

use std::collections::BTreeSet;

use super::{File, Findings};

/// Longest source file, in lines.
const LONGEST: usize = 600;

/// Effects that a pure crate leaves to others.
const EFFECTS: &[&str] =
    &["std::fs", "std::env", "std::net", "std::process", "SystemTime::now", "Instant::now", "async fn", "println!"];

pub(super) fn check(files: &[File], pure: &BTreeSet<String>, findings: &mut Findings) {
    for file in files {
        machine_paths(file, findings);
        if file.is("rs") {
            length(file, findings);
            leftovers(file, findings);
            allowances(file, findings);
            module_doc(file, findings);
            if let Some(name) = pure.iter().find(|name| file.path.starts_with(&format!("crates/{name}/src/"))) {
                effects(file, name, findings);
            }
        }
    }
}

fn length(file: &File, findings: &mut Findings) {
    let lines = file.text.lines().count();
    if lines > LONGEST {
        findings.add(&file.path, format!("{lines} lines, more than {LONGEST}: part it by subject"));
    }
}

fn leftovers(file: &File, findings: &mut Findings) {
    // This file names what it looks for.
    if file.path == "xtask/src/tidy/text.rs" {
        return;
    }
    for (number, line) in file.lines() {
        let code = line.split("//").next().unwrap_or_default();
        for wrong in ["todo!(", "unimplemented!(", "dbg!(", "#[ignore"] {
            if code.contains(wrong) {
                findings.add(format!("{}:{number}", file.path), format!("{wrong} is left over"));
            }
        }
        let comment = line.split_once("//").map_or("", |(_, comment)| comment);
        // A comment that talks about such words quotes them.
        let plain: String = comment.split(['`', '"']).step_by(2).collect();
        for wrong in ["FIXME", "XXX", "TODO", "HACK"] {
            if plain.split(|c: char| !c.is_alphanumeric()).any(|word| word == wrong) {
                findings.add(format!("{}:{number}", file.path), format!("{wrong} is left over: do it, or say why not"));
            }
        }
    }
}

/// An exception from a lint says why. An attribute may go over several lines.
fn allowances(file: &File, findings: &mut Findings) {
    for mark in ["[allow(", "[expect("] {
        for (start, _) in
            file.text.match_indices(&format!("#{mark}")).chain(file.text.match_indices(&format!("#!{mark}")))
        {
            let attribute = &file.text[start..];
            let attribute = &attribute[..attribute.find(")]").unwrap_or(attribute.len())];
            if !attribute.contains("reason") {
                let number = file.text[..start].matches('\n').count() + 1;
                findings.add(format!("{}:{number}", file.path), "an exception without a reason");
            }
            if attribute.contains("clippy::print_") && in_silent_crate(&file.path) {
                let number = file.text[..start].matches('\n').count() + 1;
                findings.add(format!("{}:{number}", file.path), "only cli prints");
            }
        }
    }
}

fn in_silent_crate(path: &str) -> bool {
    path.starts_with("crates/") && path.contains("/src/") && !path.starts_with("crates/cli/")
}

fn module_doc(file: &File, findings: &mut Findings) {
    let root = file.path.ends_with("/src/lib.rs") || file.path.ends_with("/src/main.rs");
    if root && !file.text.starts_with("//!") {
        findings.add(&file.path, "a crate begins with what it is and what is not in it (`//!`)");
    }
}

fn effects(file: &File, name: &str, findings: &mut Findings) {
    for (number, line) in file.lines() {
        // Tests stand at the end of a file and may do anything.
        if line.starts_with("#[cfg(test)]") {
            return;
        }
        let code = line.split("//").next().unwrap_or_default();
        for effect in EFFECTS.iter().filter(|effect| code.contains(**effect)) {
            findings.add(format!("{}:{number}", file.path), format!("{effect} in the pure crate {name}"));
        }
    }
}

/// Paths of the machine that something was made on.
fn machine_paths(file: &File, findings: &mut Findings) {
    for (number, line) in file.lines() {
        for wrong in ["/home/", "/Users/", "/root/", "/work/"] {
            let own = line.match_indices(wrong).any(|(at, _)| {
                // The path has to begin here: `crates/work/src` is none.
                !line[..at].ends_with(|c: char| c.is_alphanumeric() || "_-.~>}".contains(c))
            });
            // This list, and places where Linux distributions and Homebrew keep programs.
            if own && !file.path.starts_with("xtask/src/tidy/") && !line.contains("linuxbrew") {
                findings.add(format!("{}:{number}", file.path), format!("a path of one machine: {wrong}"));
            }
        }
    }
}

//! Which crate may use which: ARCHITECTURE.md against what cargo says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use super::{File, Findings};
use crate::Result;
use crate::run::{cargo, output, root};

/// A crate of the workspace.
#[derive(Debug, Default)]
struct Package {
    /// Ordinary dependencies within the workspace, by their short names.
    ours: BTreeSet<String>,
    /// Other ordinary dependencies.
    foreign: BTreeSet<String>,
    /// Dependencies of tests within the workspace.
    tests: BTreeSet<String>,
    /// Source files that cargo builds programs and libraries from, from the root.
    roots: BTreeSet<String>,
}

pub(super) fn check(architecture: &str, findings: &mut Findings) -> Result<()> {
    let packages = packages()?;
    let place = "ARCHITECTURE.md";
    let allowed = map(architecture, "arrows", "->");
    let trials = map(architecture, "trials", "->");
    if allowed.is_empty() {
        findings.add(place, "has no block of arrows");
    }
    for (name, package) in &packages {
        let Some(may) = allowed.get(name) else {
            findings.add(place, format!("says nothing about the arrows of crate {name}"));
            continue;
        };
        for extra in package.ours.difference(may) {
            findings.add(name, format!("depends on {extra}, which {place} does not allow"));
        }
        for absent in may.difference(&package.ours) {
            findings.add(place, format!("says that {name} depends on {absent}, and it does not"));
        }
        if package.ours.contains("testkit") {
            findings.add(name, "depends on testkit outside of its tests");
        }
        let none = BTreeSet::new();
        let tried_with = trials.get(name).unwrap_or(&none);
        let backwards = package
            .tests
            .iter()
            .filter(|test| *test != "testkit" && !may.contains(*test) && !tried_with.contains(*test));
        for test in backwards {
            findings.add(name, format!("its tests depend on {test}, which the crate itself does not"));
        }
    }
    for name in allowed.keys().filter(|name| !packages.contains_key(*name)) {
        findings.add(place, format!("describes crate {name}, which does not exist"));
    }
    for (dependency, owners) in map(architecture, "owners", ":") {
        for (name, package) in &packages {
            if package.foreign.contains(&dependency) && !owners.contains(name) {
                findings.add(name, format!("uses {dependency}, which belongs to {}", words(&owners)));
            }
        }
    }
    for name in list(architecture, "pure") {
        if packages.get(&name).is_some_and(|package| package.foreign.contains("tokio")) {
            findings.add(name, "is a pure crate and depends on tokio");
        }
    }
    Ok(())
}

/// A test that cargo does not know is never run (`autotests = false`).
pub(super) fn forgotten_tests(files: &[File], findings: &mut Findings) -> Result<()> {
    let packages = packages()?;
    for file in files.iter().filter(|file| file.is("rs")) {
        let Some((_, inner)) = file.path.split_once("/tests/") else { continue };
        let is_root = !inner.contains('/') || (inner.ends_with("/main.rs") && inner.matches('/').count() == 1);
        if is_root && !packages.values().any(|package| package.roots.contains(&file.path)) {
            findings.add(&file.path, "is no test for cargo: add it as [[test]]");
        }
    }
    Ok(())
}

/// The words of a fenced block of the given kind.
pub(super) fn list(text: &str, kind: &str) -> BTreeSet<String> {
    block(text, kind).iter().flat_map(|line| line.split_whitespace()).map(str::to_owned).collect()
}

/// The lines `name <mark> words` of a fenced block of the given kind.
fn map(text: &str, kind: &str, mark: &str) -> BTreeMap<String, BTreeSet<String>> {
    let words = |text: &str| -> BTreeSet<String> {
        text.split([',', ' ']).map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    block(text, kind)
        .into_iter()
        .filter_map(|line| line.split_once(mark))
        .map(|(name, rest)| (name.trim().to_owned(), words(rest)))
        .collect()
}

fn block<'a>(text: &'a str, kind: &str) -> Vec<&'a str> {
    let fence = format!("```{kind}");
    text.lines().skip_while(|line| *line != fence).skip(1).take_while(|line| *line != "```").collect()
}

fn words(set: &BTreeSet<String>) -> String {
    set.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn packages() -> Result<BTreeMap<String, Package>> {
    let text =
        output(cargo().args(["metadata", "--no-deps", "--format-version", "1"])).ok_or("cargo metadata failed")?;
    let metadata: Value = serde_json::from_str(&text).map_err(|e| format!("cargo metadata: {e}"))?;
    let array = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut packages = BTreeMap::new();
    for package in array(&metadata["packages"]) {
        let mut out = Package::default();
        for dependency in array(&package["dependencies"]) {
            let name = dependency["name"].as_str().unwrap_or_default();
            let ours = dependency["path"].is_string();
            match (dependency["kind"].as_str(), ours) {
                (None, true) => out.ours.insert(short(name)),
                (None, false) => out.foreign.insert(name.to_owned()),
                (Some("dev"), true) => out.tests.insert(short(name)),
                _ => false,
            };
        }
        for target in array(&package["targets"]) {
            let path = Path::new(target["src_path"].as_str().unwrap_or_default()).to_path_buf();
            let inner = path.strip_prefix(root()).unwrap_or(&path);
            out.roots.insert(inner.to_string_lossy().replace('\\', "/"));
        }
        packages.insert(short(package["name"].as_str().unwrap_or_default()), out);
    }
    Ok(packages)
}

/// `surefoot-sql` is called `sql`.
fn short(name: &str) -> String {
    name.strip_prefix("surefoot-").unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::{list, map};

    #[test]
    fn blocks_are_read() {
        let text = "before\n```arrows\nsql ->\nplan -> sql, source\n```\nafter\n```pure\nsql plan\n```\n";
        let arrows = map(text, "arrows", "->");
        assert!(arrows["sql"].is_empty());
        assert_eq!(arrows["plan"].iter().collect::<Vec<_>>(), ["source", "sql"]);
        assert_eq!(list(text, "pure").len(), 2);
    }
}

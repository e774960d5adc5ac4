//! Odd names and texts never panic, and every file is accounted for.

use std::collections::BTreeSet;

use surefoot_source::{
    Graph, MemoryDir, SourceConfig, States, detect, load, merge_name, merge_text, next_number, reconcile,
};

const NAMES: &[&str] = &[
    "001",
    "1",
    "7",
    "20251014",
    "2025-10-14",
    "20240215120000",
    "99999999999999999999999999999999999999999",
    "_",
    "-",
    ".",
    " ",
    "__",
    "V",
    "U",
    "R__",
    "v1",
    "add",
    "ä",
    "日本",
    "copy",
    " (1)",
    "rollback",
    "down",
    "up",
    "verify",
    ".sql",
    ".SQL",
    ".rollback",
    ".md",
    "migration",
    "/",
    "/rollback/",
    "/test/",
    "/2024/",
    "20240101000000_x/",
    "migration_lock.toml",
    "migration_config.yaml",
];

const TEXTS: &[&str] = &[
    "--",
    "/*",
    "*/",
    "'",
    "\"",
    "$$",
    "$a$",
    "\n",
    "\r\n",
    ";",
    "SELECT 1",
    "surefoot: ",
    "depends ",
    "001 ",
    "surefoot depends",
    "\\i ",
    "\\ir x.sql",
    "COPY t FROM stdin;",
    "\\.",
    "Migration: ",
    "Dependencies: ",
    "requires 001-003",
    "ä",
    "日本",
    "=====",
    "Purpose:",
    "lock-timeout ",
    "2s",
    "\u{feff}",
    "\\",
    " ",
    "\t",
    "migrations:",
    "\n  - ",
    "version: ",
    "${A",
    "${A:b}",
    "settings: ",
    "[",
    "]",
    "{",
    "}",
    "&a ",
    "*a",
    "|",
    "provider = ",
];

/// A plain generator of numbers that look random; the same every time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn words(&mut self, words: &[&str], most: usize) -> String {
        let count = 1 + self.below(most);
        (0..count).map(|_| words[self.below(words.len())]).collect()
    }
}

#[test]
fn nothing_panics_and_no_sql_file_vanishes() {
    let mut random = Random(42);
    for round in 0..4000 {
        let mut dir = MemoryDir::new();
        let mut paths = BTreeSet::new();
        dir.insert_folder("migrations");
        for _ in 0..1 + random.below(6) {
            let name = random.words(NAMES, 5);
            let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty()).collect();
            let mut path = format!("migrations/{}", parts.join("/"));
            if random.below(3) > 0 {
                path.push_str(".sql");
            }
            let text = random.words(TEXTS, 12);
            if paths
                .iter()
                .any(|other: &String| other.starts_with(&format!("{path}/")) || path.starts_with(&format!("{other}/")))
            {
                continue;
            }
            dir.insert(&path, text);
            paths.insert(path);
        }
        detect(&dir);
        let config = SourceConfig::with_dir("migrations");
        let set = match load(&dir, &config) {
            Ok(set) => set,
            Err(error) => {
                assert!(!error.problems.is_empty());
                for problem in &error.problems {
                    let _ = (problem.to_string(), problem.hint(), problem.place());
                }
                continue;
            }
        };
        let graph = Graph::of(&set);
        let _ = (graph.to_text(&States::new()), graph.to_dot(&States::new()), graph.to_svg(&States::new()));
        let heads = graph.heads();
        let _ = (merge_name(&heads), merge_text(&set, &heads));
        let _ = (next_number(&set), reconcile(&set, &[]));
        for migration in set.migrations() {
            assert_eq!(set.find(&migration.id).map(|found| &found.id), Ok(&migration.id));
        }
        let mut told: BTreeSet<String> = set.ignored.iter().map(|i| i.path.clone()).collect();
        told.extend(set.warnings.iter().map(|warning| warning.place().path.to_owned()));
        for migration in set.migrations() {
            let files = [Some(&migration.up), migration.down.as_ref(), migration.verify.as_ref()];
            told.extend(files.into_iter().flatten().map(|file| file.path.clone()));
        }
        for path in paths.iter().filter(|path| path.to_lowercase().ends_with(".sql")) {
            let hidden = path.split('/').any(|part| part.starts_with('.'));
            assert!(hidden || told.contains(path), "round {round}: {path} vanished");
        }
    }
}

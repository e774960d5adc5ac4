//! The case files as values.

use std::path::{Path, PathBuf};

/// One pair of schemas.
#[derive(Debug, Default)]
pub(crate) struct Case {
    /// `file: name of the case`, without `.md`.
    pub(crate) title: String,
    pub(crate) before: String,
    pub(crate) after: String,
    pub(crate) rows: String,
    pub(crate) rows_after: Option<String>,
    pub(crate) keeps: String,
    pub(crate) since: u32,
    pub(crate) until: u32,
    pub(crate) extensions: Vec<String>,
    pub(crate) roles: Vec<String>,
    /// The way forward loses something, and that is wanted.
    pub(crate) accept_drop: bool,
    /// Roles and memberships are compared. They belong to the server, so all of it happens in one transaction.
    pub(crate) with_roles: bool,
}

/// The folder of the case files.
pub(crate) fn folder() -> PathBuf {
    std::env::var_os("SUREFOOT_CASES_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join("cases"), PathBuf::from)
}

/// All cases, by file and place.
pub(crate) fn all() -> Vec<Case> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder())
        .expect("the folder of cases")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "md") && !path.ends_with("README.md"))
        .collect();
    files.sort();
    files.iter().flat_map(|file| read(file)).collect()
}

fn read(file: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(file).expect("a case file");
    let stem = file.file_stem().expect("a name").to_string_lossy();
    let mut cases: Vec<Case> = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let place = || format!("{}:{}", file.display(), number + 1);
        if let Some(name) = line.strip_prefix("## ") {
            let title = format!("{stem}: {}", name.trim());
            assert!(cases.iter().all(|case| case.title != title), "{}: the name is taken", place());
            cases.push(Case { title, until: u32::MAX, ..Case::default() });
            continue;
        }
        let Some(case) = cases.last_mut() else { continue };
        if let Some(block) = line.strip_prefix("```sql ") {
            let mut sql = String::new();
            for (_, line) in lines.by_ref().take_while(|(_, line)| !line.starts_with("```")) {
                sql.push_str(line);
                sql.push('\n');
            }
            match block.trim() {
                "before" => case.before = sql,
                "after" => case.after = sql,
                "rows" => case.rows = sql,
                "rows-after" => case.rows_after = Some(sql),
                "keeps" => case.keeps = sql,
                other => panic!("{}: no block is called {other:?}", place()),
            }
        } else if let Some((key, value)) = line.split_once(": ") {
            let words = || value.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            match key {
                "since" => case.since = value.trim().parse().unwrap_or_else(|_| panic!("{}", place())),
                "until" => case.until = value.trim().parse().unwrap_or_else(|_| panic!("{}", place())),
                "extensions" => case.extensions = words(),
                "roles" => case.roles = words(),
                "options" => {
                    for word in words() {
                        match word.as_str() {
                            "accept-drop" => case.accept_drop = true,
                            "with-roles" => case.with_roles = true,
                            other => panic!("{}: no option is called {other:?}", place()),
                        }
                    }
                }
                _ => {}
            }
        }
    }
    cases
}

/// The cases known not to work on this major: lines of `open.txt`, `file: name` with the majors in parentheses after
/// it where it is not all of them.
pub(crate) fn open(major: u32) -> Vec<String> {
    let text = std::fs::read_to_string(folder().join("open.txt")).unwrap_or_default();
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .filter_map(|line| match line.rsplit_once(" (") {
            Some((title, majors)) if majors.starts_with(|c: char| c.is_ascii_digit()) => {
                majors.trim_end_matches(')').split(", ").any(|m| m.parse() == Ok(major)).then(|| title.to_owned())
            }
            _ => Some(line.to_owned()),
        })
        .collect()
}

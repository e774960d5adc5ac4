//! What a path is, judged by its name alone.
//!
//! One function, [`classify`], reads the words teams use. Everything it knows about naming is here:
//!
//! - `NNN_name.sql` with `_`, `-`, `.` or a space after the number, padded or not, up to 38 digits;
//! - `V1__name.sql`, `V1.2__name.sql`, `V1_2__name.sql`, `U1__name.sql`, `R__name.sql`;
//! - a date *before* the number (`20251014_001_name.sql`, `2025-10-14_001_name.sql`): the date is
//!   part of the id and sorts first, because such numbers often start again each day;
//! - a date *after* the number (`001_2025-10-14_name.sql`): the number is the id, the date is not
//!   part of the name;
//! - a date alone (`20251014_name.sql`): a number of eight digits like any other;
//! - `NNNN_name/migration.sql` or `up.sql`, with `down.sql` and `verify.sql` beside it;
//! - `rollback/`, `rollbacks/`, `down/` and `verify/` folders;
//! - `NNN_name.checkpoint.sql`, beside the files or folders it stands for.

use crate::dir::split;
use crate::number::{Number, digit_run, digits, is_date, iso_date};

/// How the files of a history are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Layout {
    /// `001_name.sql`
    Numbered,
    /// `001_name.up.sql` and `001_name.down.sql`
    UpDown,
    /// `V1__name.sql`, `U1__name.sql`, `R__name.sql`
    Flyway,
    /// `20251014_001_name.sql`
    Dated,
    /// `20240215120000_name/up.sql` or `migration.sql`
    Folders,
    /// Folders with Prisma's `migration_lock.toml` beside them.
    Prisma,
}

impl Layout {
    /// Every layout, for tables and tests.
    pub const ALL: [Self; 6] = [Self::Numbered, Self::UpDown, Self::Flyway, Self::Dated, Self::Folders, Self::Prisma];

    /// A word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Numbered => "numbered",
            Self::UpDown => "up-down",
            Self::Flyway => "flyway",
            Self::Dated => "dated",
            Self::Folders => "folders",
            Self::Prisma => "prisma",
        }
    }

    /// An example of its names.
    pub fn example(self) -> &'static str {
        match self {
            Self::Numbered => "001_name.sql",
            Self::UpDown => "001_name.up.sql, 001_name.down.sql",
            Self::Flyway => "V1__name.sql, U1__name.sql",
            Self::Dated => "20251014_001_name.sql",
            Self::Folders => "20240215120000_name/up.sql, down.sql",
            Self::Prisma => "20240215120000_name/migration.sql",
        }
    }
}

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    Up,
    Down,
    Verify,
}

/// What a part belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Key {
    /// A versioned file: numbers are compared by value.
    Number(Number),
    /// A folder (by its path) or a repeatable file (by its id): compared as text.
    Text(String),
}

/// A file that belongs to a migration.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) path: String,
    pub(crate) role: Role,
    pub(crate) key: Key,
    pub(crate) id: String,
    pub(crate) number: Option<Number>,
    pub(crate) name: String,
    pub(crate) repeatable: bool,
    pub(crate) layout: Layout,
}

/// What a path turned out to be.
#[derive(Debug, Clone)]
pub(crate) enum Class {
    Part(Part),
    /// `migration_lock.toml`
    PrismaLock,
    /// `migration_config.yaml`
    Config,
    /// `007_name.checkpoint.sql`
    Checkpoint,
    Ignored(&'static str),
    /// A SQL file whose name says nothing.
    Unmatched(&'static str),
}

/// Judges `path`, a file below the migration directory `root`.
///
/// `in_folder` says whether a folder is one migration (it holds `up.sql` or `migration.sql`);
/// `extensions` are the endings, lower case and without dot, that SQL files have.
pub(crate) fn classify(path: &str, root: &str, in_folder: &dyn Fn(&str) -> bool, extensions: &[String]) -> Class {
    let relative = path.strip_prefix(root).unwrap_or(path).trim_start_matches('/');
    let (folders, file) = split(relative);
    if let Some(reason) = folders.split('/').filter(|f| !f.is_empty()).find_map(ignored_folder) {
        return Class::Ignored(reason);
    }
    if file.starts_with('.') {
        return Class::Ignored("hidden file");
    }
    let lower = file.to_ascii_lowercase();
    if lower == "migration_lock.toml" {
        return Class::PrismaLock;
    }
    if is_config_name(&lower) {
        return Class::Config;
    }
    if lower.starts_with("readme") {
        return Class::Ignored("documentation");
    }
    let Some((stem, extension)) = file.rsplit_once('.') else {
        return Class::Ignored("not an SQL file");
    };
    let extension = extension.to_ascii_lowercase();
    if !extensions.contains(&extension) {
        return match extension.as_str() {
            "md" | "txt" | "rst" | "adoc" => Class::Ignored("documentation"),
            "sql" => Class::Unmatched("`.sql` is not among the allowed extensions"),
            _ => Class::Ignored("not an SQL file"),
        };
    }
    if stem.to_ascii_lowercase().ends_with(".checkpoint") {
        return Class::Checkpoint;
    }
    let folder = split(path).0;
    if in_folder(folder) {
        return folder_part(path, folder, stem);
    }
    numbered_part(path, folders, stem)
}

/// Whether a folder is named like a migration: digits, then a name.
pub(crate) fn folder_number(folder: &str) -> Option<(Number, String)> {
    let name = split(folder).1;
    let stem = parse_stem(name)?;
    let timestamp = digit_run(name) >= 8 || iso_date(name).is_some();
    (timestamp || !stem.name.is_empty()).then_some((stem.number, stem.name))
}

/// Whether a folder is named like a timestamped migration, even if nothing is in it.
pub(crate) fn is_timestamped(folder: &str) -> bool {
    let name = split(folder).1;
    digit_run(name) >= 14 && parse_stem(name).is_some()
}

/// Whether a file makes its folder a migration.
pub(crate) fn is_folder_up(file: &str) -> bool {
    matches!(file.to_ascii_lowercase().as_str(), "migration.sql" | "up.sql")
}

/// Whether a file is the warehouse's list of migrations.
pub(crate) fn is_config_name(file: &str) -> bool {
    matches!(file, "migration_config.yaml" | "migration_config.yml")
}

/// Why a folder is passed over, if it is.
pub(crate) fn ignored_folder(name: &str) -> Option<&'static str> {
    if name.starts_with('.') {
        return Some("in a hidden folder");
    }
    match name.to_ascii_lowercase().as_str() {
        "test" | "tests" | "__tests__" | "spec" | "specs" => Some("in a folder of tests"),
        "fixtures" | "testdata" => Some("in a folder of test data"),
        "seed" | "seeds" => Some("in a folder of seeds"),
        "docs" | "doc" => Some("in a folder of documentation"),
        "node_modules" | "__pycache__" => Some("in a folder of another tool"),
        _ => None,
    }
}

/// The role that a folder's name gives to what lies in it.
pub(crate) fn folder_role(name: &str) -> Option<Role> {
    match name.to_ascii_lowercase().as_str() {
        "rollback" | "rollbacks" | "down" | "downs" | "undo" | "revert" | "reverts" => Some(Role::Down),
        "verify" | "verification" => Some(Role::Verify),
        _ => None,
    }
}

/// A number and a name read from the stem of a file or the name of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stem {
    pub(crate) number: Number,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) dated: bool,
}

/// Reads `NNN_name` in all the ways of the module's description, but not Flyway's.
pub(crate) fn parse_stem(stem: &str) -> Option<Stem> {
    let date_end = if iso_date(stem).is_some() {
        Some(10)
    } else if digit_run(stem) == 8 && is_date(&stem[..8]) {
        Some(8)
    } else {
        None
    };
    if let Some(end) = date_end {
        let date = digits(&stem[..end].replace('-', ""))?;
        let rest = &stem[end..];
        if rest.is_empty() {
            return Some(stem_of(vec![date], &stem[..end], "", false));
        }
        let after = rest.strip_prefix(SEPARATORS)?;
        let run = digit_run(after);
        let tail = &after[run..];
        if (1..=6).contains(&run) && (tail.is_empty() || tail.starts_with(SEPARATORS)) {
            let parts = vec![date, digits(&after[..run])?];
            return Some(stem_of(parts, &stem[..end + 1 + run], tail, true));
        }
        return Some(stem_of(vec![date], &stem[..end], after, false));
    }
    let mut end = digit_run(stem);
    let mut parts = vec![digits(&stem[..end])?];
    while let Some(more) = stem[end..].strip_prefix('.') {
        let run = digit_run(more);
        let after = &more[run..];
        if run == 0 || !(after.is_empty() || after.starts_with(SEPARATORS)) {
            break;
        }
        parts.push(digits(&more[..run])?);
        end += 1 + run;
    }
    let rest = &stem[end..];
    if !(rest.is_empty() || rest.starts_with(SEPARATORS)) {
        return None;
    }
    let name = strip_date(rest.trim_start_matches(SEPARATORS));
    Some(stem_of(parts, &stem[..end], name, false))
}

const SEPARATORS: [char; 4] = ['_', '-', '.', ' '];

fn stem_of(parts: Vec<u128>, id: &str, name: &str, dated: bool) -> Stem {
    Stem { number: Number::from_parts(parts), id: id.to_owned(), name: name.trim_matches(SEPARATORS).to_owned(), dated }
}

/// A name without the date before it, unless the date is all there is.
fn strip_date(name: &str) -> &str {
    let rest = match iso_date(name) {
        Some((_, rest)) => rest,
        None if digit_run(name) == 8 && is_date(&name[..8]) => &name[8..],
        None => return name,
    };
    let rest = rest.trim_start_matches(SEPARATORS);
    if rest.is_empty() { name } else { rest }
}

fn folder_part(path: &str, folder: &str, stem: &str) -> Class {
    let role = match stem.to_ascii_lowercase().as_str() {
        "migration" | "up" => Role::Up,
        "down" | "rollback" => Role::Down,
        "verify" => Role::Verify,
        _ => return Class::Unmatched("stray file in the folder of one migration"),
    };
    let Some((number, name)) = folder_number(folder) else {
        return Class::Unmatched("its folder's name does not start with a number");
    };
    Class::Part(Part {
        path: path.to_owned(),
        role,
        key: Key::Text(folder.to_owned()),
        id: split(folder).1.to_owned(),
        number: Some(number),
        name,
        repeatable: false,
        layout: Layout::Folders,
    })
}

fn numbered_part(path: &str, folders: &str, full_stem: &str) -> Class {
    let by_folder = folders.rsplit('/').find_map(folder_role);
    let (stem, by_suffix) = match full_stem.rsplit_once('.') {
        Some((stem, suffix)) => match suffix_role(suffix) {
            Some(role) => (stem, Some(role)),
            None => (full_stem, None),
        },
        None => match suffix_role(full_stem) {
            Some(_) => {
                return Class::Unmatched("a folder named after a number must hold it");
            }
            None => (full_stem, None),
        },
    };
    let mut role = by_suffix.or(by_folder).unwrap_or(Role::Up);
    let mut layout = match by_suffix {
        Some(Role::Up) => Layout::UpDown,
        Some(Role::Down) if !full_stem.to_ascii_lowercase().ends_with(".rollback") => Layout::UpDown,
        _ => Layout::Numbered,
    };
    if let Some(part) = repeatable_part(path, stem, role) {
        return Class::Part(part);
    }
    let parsed = if let Some((undo, parsed)) = flyway_stem(stem) {
        layout = Layout::Flyway;
        if undo && role == Role::Up {
            role = Role::Down;
        }
        Some(parsed)
    } else {
        let prefixed = strip_word(stem, "rollback").or_else(|| strip_word(stem, "verify"));
        if let Some(rest) = prefixed.filter(|rest| digit_run(rest) > 0) {
            role = if stem.to_ascii_lowercase().starts_with('v') { Role::Verify } else { Role::Down };
            parse_stem(rest)
        } else {
            parse_stem(stem)
        }
    };
    let Some(parsed) = parsed else {
        return Class::Unmatched("its name does not start with a number");
    };
    if parsed.dated {
        layout = Layout::Dated;
    }
    if role == Role::Up {
        match parsed.name.to_ascii_lowercase().as_str() {
            "rollback" | "down" | "undo" | "revert" => role = Role::Down,
            _ => {}
        }
    }
    Class::Part(Part {
        path: path.to_owned(),
        role,
        key: Key::Number(parsed.number.clone()),
        id: parsed.id,
        number: Some(parsed.number),
        name: parsed.name,
        repeatable: false,
        layout,
    })
}

fn suffix_role(suffix: &str) -> Option<Role> {
    match suffix.to_ascii_lowercase().as_str() {
        "up" => Some(Role::Up),
        "down" | "rollback" | "undo" | "revert" => Some(Role::Down),
        "verify" => Some(Role::Verify),
        _ => None,
    }
}

fn repeatable_part(path: &str, stem: &str, role: Role) -> Option<Part> {
    let name = stem.strip_prefix("R__").or_else(|| stem.strip_prefix("r__"))?;
    (!name.is_empty()).then(|| Part {
        path: path.to_owned(),
        role,
        key: Key::Text(stem.to_owned()),
        id: stem.to_owned(),
        number: None,
        name: name.to_owned(),
        repeatable: true,
        layout: Layout::Flyway,
    })
}

/// `V1__name`, `V1.2__name`, `V1_2__name`, `V1_name`; true for `U`.
fn flyway_stem(stem: &str) -> Option<(bool, Stem)> {
    let first = stem.chars().next()?;
    let undo = matches!(first, 'U' | 'u');
    if !undo && !matches!(first, 'V' | 'v') {
        return None;
    }
    let rest = stem.get(1..)?;
    if digit_run(rest) == 0 {
        return None;
    }
    let (version, name) = match rest.split_once("__") {
        Some((version, name)) => (version.to_owned(), name.to_owned()),
        None => {
            let parsed = parse_stem(rest)?;
            (parsed.id, parsed.name)
        }
    };
    let number = Number::parse(&version)?;
    let id = if version.contains('_') && !is_date_pair(&version) { version.replace('_', ".") } else { version };
    Some((undo, Stem { number, id, name: name.trim_matches(SEPARATORS).to_owned(), dated: false }))
}

fn is_date_pair(version: &str) -> bool {
    version.split_once('_').is_some_and(|(date, _)| is_date(date) || iso_date(date).is_some())
}

/// The rest of `word_rest` or `word-rest`, whatever the case of the word.
fn strip_word<'a>(stem: &'a str, word: &str) -> Option<&'a str> {
    let head = stem.get(..word.len())?;
    let rest = stem.get(word.len()..)?;
    head.eq_ignore_ascii_case(word).then(|| rest.trim_start_matches(SEPARATORS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stem(text: &str) -> Option<(String, String, String)> {
        parse_stem(text).map(|s| (s.id, s.number.to_string(), s.name))
    }

    #[test]
    fn reads_numbers_and_names() {
        for (text, id, number, name) in [
            ("001_initial_schema", "001", "1", "initial_schema"),
            ("7-add", "7", "7", "add"),
            ("007.add", "007", "7", "add"),
            ("001", "001", "1", ""),
            ("1.2_fix", "1.2", "1.2", "fix"),
            ("001 - with spaces", "001", "1", "with spaces"),
            ("20240215120000_init", "20240215120000", "20240215120000", "init"),
            ("20251014_001_x", "20251014_001", "20251014.1", "x"),
            ("2025-10-14_001_x", "2025-10-14_001", "20251014.1", "x"),
            ("2025-10-14-120000_x", "2025-10-14-120000", "20251014.120000", "x"),
            ("20251014_x", "20251014", "20251014", "x"),
            ("20251014_3d_model", "20251014", "20251014", "3d_model"),
            ("001_2025-10-14_x", "001", "1", "x"),
            ("001_20251014_x", "001", "1", "x"),
            ("001_20251014", "001", "1", "20251014"),
        ] {
            let expected = Some((id.to_owned(), number.to_owned(), name.to_owned()));
            assert_eq!(stem(text), expected, "{text}");
        }
        assert_eq!(stem("1st_table"), None);
        assert_eq!(stem("init"), None);
    }
}

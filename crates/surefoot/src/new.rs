//! `new` and `merge`: migrations written in the style of those that are there.
//!
//! The newest migration of a folder is the model: how its number is padded and separated, where its rollback lies and
//! how that is named, whether its files carry `BEGIN` and `COMMIT`. What is written is read again before it counts,
//! and taken back when it would not be read as the migration it was meant to be. The time comes as a value.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};

use surefoot_source::{
    Dir, Graph, Layout, Migration, MigrationSet, NameCase, NameFormat, NameProblem, NamingRules, Number, SourceConfig,
    load, merge_file_name, merge_text, next_number, slugify, timestamp_id,
};

use crate::config::NamingSection;
use crate::{CONFIG_FILE, Error, Project, Result};

/// The folder of migrations when nothing says another.
pub(crate) const DEFAULT_DIR: &str = "migrations";

/// What a new migration shall be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewMigration {
    /// A name, or a title in words, which becomes one.
    pub name: String,
    /// Whose folder, when there are several.
    pub owner: Option<String>,
    /// Write no rollback.
    pub no_down: bool,
    /// Ticket for the header.
    pub ticket: Option<String>,
    /// Author for the header.
    pub author: Option<String>,
    /// Pass over the naming rules.
    pub any_name: bool,
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewReport {
    /// The migration's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its files: the change, then the rollback.
    pub files: Vec<String>,
    /// What it comes after.
    pub after: Vec<String>,
    /// What the team should know.
    pub warnings: Vec<String>,
    /// The team's list of migrations, and the lines to add to it.
    pub list_entry: Option<(String, String)>,
}

/// Writes a new migration. `now` is the time in UTC as `YYYYMMDDHHMMSS`.
///
/// # Errors
/// [`Error::Refused`] for a name against the rules, with one that keeps them; [`Error::Usage`] when the owner is
/// missing or unknown; [`Error::Load`] when the history cannot be read.
pub fn new_migration(project: &Project, wanted: &NewMigration, now: &str) -> Result<NewReport> {
    let _guard = guard(project);
    let set = read(project)?;
    let root = choose_root(project, &set, wanted.owner.as_deref())?;
    let (name, title, warnings) = judge(&project.config.naming, &set, wanted)?;
    let style = Style::of(project, &set, &root);
    let number = style.next(project.config.naming.style.as_deref(), now)?;
    let files = style.place(&number, &name, now);
    let before = set.versioned().last();
    let header = HeaderText {
        number: &number,
        title: &title,
        ticket: wanted.ticket.as_deref(),
        author: wanted.author.as_deref(),
        now,
        before,
    };
    let transaction = style.writes_transactions(project);
    let down = (!wanted.no_down).then(|| header.down(&files.stem, transaction));
    let mut report = NewReport {
        name,
        after: before.map(|m| m.id.clone()).into_iter().collect(),
        warnings,
        ..NewReport::default()
    };
    finish(project, &files, &header.up(transaction), down.as_deref(), &mut report)?;
    let heads = Graph::of(&set).heads().len();
    if heads > 1 {
        report.warnings.push(format!("the history has {heads} heads; join them first with `surefoot merge`"));
    }
    report.list_entry = list_entry(&set, &files, &title, &report.after, !wanted.no_down);
    Ok(report)
}

/// Writes the migration that joins heads: those given, else all. Nothing to join gives `None`.
///
/// # Errors
/// [`Error::Usage`] when what is given is no head or only one; as [`new_migration`] otherwise.
pub fn merge(project: &Project, heads: &[String], now: &str) -> Result<Option<NewReport>> {
    let _guard = guard(project);
    let set = read(project)?;
    let graph = Graph::of(&set);
    let all = graph.heads();
    let mut chosen: Vec<&str> = Vec::new();
    for reference in heads {
        let id = set.find(reference).map_err(Error::Find)?.id.as_str();
        if !all.contains(&id) {
            return Err(Error::Usage {
                message: format!("{id} is not a head: {} comes after it", graph.children(id).join(", ")),
                hint: format!("the heads: {}", all.join(", ")),
            });
        }
        if !chosen.contains(&id) {
            chosen.push(id);
        }
    }
    if all.len() < 2 {
        return Ok(None);
    }
    match chosen.len() {
        0 => chosen = all,
        1 => {
            return Err(Error::Usage {
                message: format!("{} alone cannot be merged", chosen[0]),
                hint: format!("name another head as well: {}", all.join(", ")),
            });
        }
        _ => chosen.sort_by_key(|id| set.position(id)),
    }
    let last = chosen.last().and_then(|id| set.get(id));
    let root = last.map_or_else(|| DEFAULT_DIR.to_owned(), |m| root_of(project, &m.up.path));
    let style = Style::of(project, &set, &root);
    let proposed = merge_file_name(&set, &chosen, now);
    let name = proposed.split_once('_').map_or(proposed.as_str(), |(_, name)| name);
    let name = name.split(['/', '.']).next().unwrap_or(name);
    let number = style.next(project.config.naming.style.as_deref(), now)?;
    let files = style.place(&number, name, now);
    let mut report = NewReport {
        name: name.to_owned(),
        after: chosen.iter().map(|id| (*id).to_owned()).collect(),
        ..NewReport::default()
    };
    let down = "-- Nothing to undo: it only joins branches.\n";
    finish(project, &files, &merge_text(&set, &chosen), Some(down), &mut report)?;
    report.list_entry = list_entry(&set, &files, &sentence(name), &report.after, true);
    Ok(Some(report))
}

/// Two runs at once shall not choose one number. Where there is no locking, reading what was written tells.
fn guard(project: &Project) -> Option<File> {
    let path = if project.configured { project.dir.path(CONFIG_FILE) } else { project.dir.root().to_path_buf() };
    let file = File::open(path).ok()?;
    file.lock().ok()?;
    Some(file)
}

/// The history; a configured folder that does not exist yet holds nothing.
fn read(project: &Project) -> Result<MigrationSet> {
    let dirs = project.source.dirs.iter().filter(|d| project.dir.exists(&d.path)).cloned().collect();
    Ok(load(&project.dir, &SourceConfig { dirs, ..project.source.clone() })?)
}

fn choose_root(project: &Project, set: &MigrationSet, owner: Option<&str>) -> Result<String> {
    let dirs = &project.source.dirs;
    let told = || {
        let each = dirs.iter().map(|d| match &d.owner {
            Some(owner) => format!("{owner} ({})", d.path),
            None => d.path.clone(),
        });
        each.collect::<Vec<_>>().join(", ")
    };
    if let Some(owner) = owner {
        let fits = |d: &&surefoot_source::MigrationDir| d.owner.as_deref() == Some(owner) || d.path == owner;
        return dirs.iter().find(fits).map(|d| d.path.clone()).ok_or_else(|| Error::Usage {
            message: format!("there is no migrations folder of owner {owner:?}"),
            hint: if dirs.iter().any(|d| d.owner.is_some()) {
                format!("the owners: {}", told())
            } else {
                "owners are set with [[migrations.dirs]] in surefoot.toml".into()
            },
        });
    }
    match dirs.as_slice() {
        [] if set.is_empty() => Ok(DEFAULT_DIR.to_owned()),
        [] => Ok(String::new()),
        [only] => Ok(only.path.clone()),
        [first, ..] => Err(Error::Usage {
            message: format!("there are {} migrations folders: {}", dirs.len(), told()),
            hint: format!("say whose it is: --owner {}", first.owner.as_ref().unwrap_or(&first.path)),
        }),
    }
}

/// The migrations folder that a file lies in.
fn root_of(project: &Project, path: &str) -> String {
    let inside = |root: &str| root.is_empty() || path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'));
    let roots = project.source.dirs.iter().map(|d| d.path.as_str()).filter(|root| inside(root));
    roots.max_by_key(|root| root.len()).unwrap_or_default().to_owned()
}

// ---- names ---------------------------------------------------------------------------------------------------------

/// The name, the title for people, and warnings.
fn judge(
    section: &NamingSection,
    set: &MigrationSet,
    wanted: &NewMigration,
) -> Result<(String, String, Vec<String>)> {
    let typed = wanted.name.trim();
    let rules = rules(section, set);
    let in_words = typed.contains(char::is_whitespace);
    let name = if in_words { cased(&rules, typed) } else { typed.to_owned() };
    if let Some(wrong) = name.chars().find(|c| c.is_control() || "/\\:*?\"<>|".contains(*c)) {
        return Err(Error::Usage {
            message: format!("{typed:?} cannot be the name of a file: it has {wrong:?} in it"),
            hint: match slugify(typed).as_str() {
                "" => "name what the migration does: add_patient_email".into(),
                slug => format!("write {slug}"),
            },
        });
    }
    let mut problems = rules.check(&name);
    if set.versioned().next().is_none() {
        // A history may begin with `initial_schema`.
        problems.retain(|p| !matches!(p, NameProblem::Verb { .. }));
    }
    if problems.contains(&NameProblem::Empty) {
        return Err(Error::Usage {
            message: format!("{typed:?} makes no name"),
            hint: "name what the migration does: add_patient_email".into(),
        });
    }
    let mut warnings = Vec::new();
    if !problems.is_empty() && !wanted.any_name {
        let facts: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let facts = facts.join("\n");
        let proposal = propose(&rules, &name);
        if section.enforce == Some(false) {
            warnings.extend(problems.iter().map(|p| format!("{name}: {p}")));
        } else {
            let command = match &proposal {
                Some(better) => format!("surefoot new {better}"),
                None => "choose another name".to_owned(),
            };
            return Err(Error::Refused {
                code: "name",
                message: format!("{name:?} is against the naming rules\n{facts}"),
                hint: format!(
                    "{command}\nor pass over the rules with --any-name; they are set in [naming] of surefoot.toml"
                ),
            });
        }
    }
    let title = if in_words { one_line(typed) } else { sentence(&name) };
    Ok((name, title, warnings))
}

/// The rules of the configuration, and the case that the history has where it sets none.
pub(crate) fn rules(section: &NamingSection, set: &MigrationSet) -> NamingRules {
    let default = NamingRules::default();
    let names = || set.versioned().map(|m| m.name.as_str());
    let kebab = names().filter(|n| n.contains('-') && !n.contains('_')).count();
    let snake = names().filter(|n| n.contains('_')).count();
    NamingRules {
        case: match section.case.as_deref() {
            Some("any") => NameCase::Any,
            None if kebab > snake => NameCase::Kebab,
            _ => NameCase::Snake,
        },
        starts_with_verb: match &section.verbs {
            Some(verbs) => verbs.iter().map(|v| v.to_lowercase()).collect(),
            None => default.starts_with_verb,
        },
        max_len: section.max_length.or(default.max_len),
        format: if section.style.as_deref() == Some("timestamp") { NameFormat::Timestamp } else { NameFormat::Numbered },
    }
}

fn cased(rules: &NamingRules, text: &str) -> String {
    let slug = slugify(text);
    if rules.case == NameCase::Kebab { slug.replace('_', "-") } else { slug }
}

/// A name near this one that keeps the rules.
fn propose(rules: &NamingRules, name: &str) -> Option<String> {
    let slug = slugify(name);
    let slug = slug.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_');
    let mut words: Vec<String> = slug.split('_').filter(|w| !w.is_empty()).map(str::to_owned).collect();
    let verbs = &rules.starts_with_verb;
    let first = words.first()?.clone();
    if !verbs.is_empty() && !verbs.contains(&first) {
        let known = |verb: &str| verbs.iter().any(|v| v == verb).then(|| verb.to_owned());
        let same = |word: &str| {
            // "adding", "added", "creates": the verb that the word begins with.
            let stem = verbs.iter().filter(|v| word.starts_with(v.trim_end_matches('e'))).max_by_key(|v| v.len());
            stem.filter(|v| word.len() <= v.len() + 3).cloned()
        };
        let other = || match first.as_str() {
            "new" | "introduce" | "init" => known("create"),
            "modify" | "adjust" => known("alter"),
            "clean" | "purge" => known("remove"),
            "correct" | "repair" => known("fix"),
            "populate" | "load" | "fill" => known("backfill"),
            _ => None,
        };
        let near = || surefoot_source::nearest(&first, verbs.iter().map(String::as_str)).map(str::to_owned);
        if let Some(verb) = same(&first).or_else(other).or_else(near) {
            words[0] = verb;
        } else if let Some(at) = words.iter().position(|w| verbs.contains(w)) {
            let verb = words.remove(at);
            words.insert(0, verb);
        } else {
            words.insert(0, known("add").unwrap_or_else(|| verbs[0].clone()));
        }
    }
    let separator = if rules.case == NameCase::Kebab { "-" } else { "_" };
    while words.len() > 2 && rules.max_len.is_some_and(|max| words.join(separator).chars().count() > max) {
        words.pop();
    }
    let proposal = words.join(separator);
    (proposal != name && rules.check(&proposal).is_empty()).then_some(proposal)
}

/// `add_patient_email` as `Add patient email`.
fn sentence(name: &str) -> String {
    let text = name.replace(['_', '-'], " ");
    let mut chars = text.trim().chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_control() || c.is_whitespace()).filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
}

// ---- style ---------------------------------------------------------------------------------------------------------

/// How the files of a folder are named.
struct Style<'a> {
    set: &'a MigrationSet,
    /// The folder of the new migration.
    root: String,
    /// The folder of the models, which is another when this one is empty.
    model_root: String,
    /// The newest migration.
    model: Option<&'a Migration>,
    /// The newest with a rollback.
    model_down: Option<&'a Migration>,
    /// The first folder for rollbacks that is there, though perhaps empty.
    rollback_dir: Option<String>,
    /// `[naming] style` is `timestamp`.
    timestamp: bool,
}

/// Where the files of a new migration go.
struct Files {
    stem: String,
    up: String,
    down: String,
}

const SEPARATORS: [char; 4] = ['_', '-', '.', ' '];

impl<'a> Style<'a> {
    fn of(project: &Project, set: &'a MigrationSet, root: &str) -> Self {
        let newest = |here: bool, with_down: bool| {
            set.versioned()
                .filter(|m| !here || root_of(project, &m.up.path) == root)
                .filter(|m| !with_down || m.down.is_some())
                .max_by(|a, b| a.number.cmp(&b.number).then_with(|| a.id.cmp(&b.id)))
        };
        let model = newest(true, false).or_else(|| newest(false, false));
        let model_down = newest(true, true).or_else(|| newest(false, true));
        let rollback_dir = ["rollback", "rollbacks"]
            .map(|name| join(root, name))
            .into_iter()
            .find(|path| project.dir.path(path).is_dir());
        Self {
            set,
            root: root.to_owned(),
            model_root: model.map(|m| root_of(project, &m.up.path)).unwrap_or_default(),
            model,
            model_down,
            rollback_dir,
            timestamp: project.config.naming.style.as_deref() == Some("timestamp"),
        }
    }

    /// The number of the next migration, as it is written.
    fn next(&self, style: Option<&str>, now: &str) -> Result<String> {
        let time = || timestamp_id(self.set, now).unwrap_or_else(|| now.to_owned());
        if style == Some("timestamp") {
            return Ok(time());
        }
        let newest = self.set.versioned().max_by(|a, b| a.number.cmp(&b.number));
        let single = newest.and_then(|m| m.number.as_ref().and_then(Number::single));
        let Some(newest) = newest else {
            return Ok(next_number(self.set).unwrap_or_else(|| "001".to_owned()));
        };
        let is_time = single.is_some_and(|n| n.to_string().len() == 14);
        if style == Some("numbered") && is_time {
            return Err(Error::Refused {
                code: "naming-style",
                message: format!(
                    "[naming] style is \"numbered\", but {} is newer than any plain number",
                    newest.up.path
                ),
                hint: "set style = \"timestamp\", or take the line out".into(),
            });
        }
        if is_time {
            return Ok(time());
        }
        let written = Written::of(newest);
        let Some(single) = single else {
            return Ok(match newest.layout {
                Layout::Dated => self.dated(newest, now),
                // `V1.2` is followed by `V1.3`.
                _ => bump(&written.number),
            });
        };
        let digits = single.to_string();
        if digits.len() == 8 && next_number(self.set).is_none() {
            // A date alone: today, unless today is taken.
            let today: u128 = now.get(..8).and_then(|d| d.parse().ok()).unwrap_or_default();
            return Ok(if today > single { written_date(&written.number, now) } else { time() });
        }
        if (1_000_000_000..4_000_000_000).contains(&single)
            && let Some(seconds) = unix_seconds(now)
        {
            // Seconds since 1970.
            return Ok((single + 1).max(seconds).to_string());
        }
        Ok(next_number(self.set).unwrap_or_else(time))
    }

    /// `20251014_001`: today and the number after; from 1 again where the team begins again each day.
    fn dated(&self, newest: &Migration, now: &str) -> String {
        let parts = |m: &Migration| match m.number.as_ref().map(Number::parts) {
            Some([date, nth]) => Some((*date, *nth)),
            _ => None,
        };
        let all: Vec<(u128, u128)> = self.set.versioned().filter_map(parts).collect();
        let (last_date, last) = parts(newest).unwrap_or_default();
        let today: u128 = now.get(..8).and_then(|d| d.parse().ok()).unwrap_or_default();
        let again = all.iter().any(|a| all.iter().any(|b| a.0 < b.0 && a.1 >= b.1));
        let (next, date) = match today > last_date {
            true => (if again { 1 } else { last + 1 }, today),
            false => (last + 1, last_date),
        };
        let written = Written::of(newest).number;
        let width = written.len() - written.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        let head = &written[..written.len() - width];
        let separator = head.chars().last().filter(|c| SEPARATORS.contains(c)).unwrap_or('_');
        format!("{}{separator}{next:0width$}", written_date(head, &format!("{date}000000")))
    }

    fn place(&self, number: &str, name: &str, now: &str) -> Files {
        let Some(model) = self.model else {
            return self.place_first(number, name);
        };
        let written = Written::of(model);
        let stem = written.with(number, name, now);
        let (folder, file) = split(&model.up.path);
        if is_folder(model) {
            let new_folder = join(&self.here(split(folder).0, now), &stem);
            let down = match self.model_down.and_then(|m| m.down.as_ref().map(|d| (m, d))) {
                Some((m, d)) if split(&d.path).0 == split(&m.up.path).0 => split(&d.path).1,
                _ => "down.sql",
            };
            return Files { up: join(&new_folder, file), down: join(&new_folder, down), stem };
        }
        let up_folder = self.here(folder, now);
        let suffix = file.strip_prefix(model.stem()).unwrap_or(".sql");
        let up = join(&up_folder, &format!("{stem}{suffix}"));
        let down = match self.model_down.and_then(|m| m.down.as_ref().map(|d| (m, d.path.as_str()))) {
            Some((m, path)) if !is_folder(m) => {
                let (down_folder, down_file) = split(path);
                let folder = if down_folder == split(&m.up.path).0 {
                    up_folder
                } else {
                    self.here(down_folder, now)
                };
                join(&folder, &down_name(m, down_file, &stem, number, name))
            }
            _ => self.first_down(&up_folder, model.layout, &stem, number),
        };
        Files { stem, up, down }
    }

    /// The first migration of a history.
    fn place_first(&self, number: &str, name: &str) -> Files {
        let stem = format!("{number}_{name}");
        if self.timestamp {
            let folder = join(&self.root, &stem);
            return Files { up: join(&folder, "migration.sql"), down: join(&folder, "down.sql"), stem };
        }
        let down = self.first_down(&self.root, Layout::Numbered, &stem, number);
        Files { up: join(&self.root, &format!("{stem}.sql")), down, stem }
    }

    /// The rollback of a migration in a history that has none yet.
    fn first_down(&self, up_folder: &str, layout: Layout, stem: &str, number: &str) -> String {
        if let Some(folder) = &self.rollback_dir {
            return join(folder, &format!("{number}_rollback.sql"));
        }
        let file = match layout {
            Layout::UpDown => format!("{stem}.down.sql"),
            Layout::Flyway => format!("U{}.sql", stem.trim_start_matches(['V', 'v'])),
            _ => format!("{stem}.rollback.sql"),
        };
        join(up_folder, &file)
    }

    /// A folder of the model as one of the new migration: below its root, and of this year if it is of a year.
    fn here(&self, folder: &str, now: &str) -> String {
        let inner = folder.strip_prefix(self.model_root.as_str()).unwrap_or(folder).trim_start_matches('/');
        let year = |part: &str| part.len() == 4 && part.starts_with("20") && part.bytes().all(|b| b.is_ascii_digit());
        let parts: Vec<&str> = inner
            .split('/')
            .filter(|p| !p.is_empty())
            .map(|p| if year(p) { now.get(..4).unwrap_or(p) } else { p })
            .collect();
        join(&self.root, &parts.join("/"))
    }

    /// Whether the team writes `BEGIN` and `COMMIT` into its files.
    fn writes_transactions(&self, project: &Project) -> bool {
        let small = self.model.filter(|m| m.up.bytes < 1024 * 1024);
        small.and_then(|m| project.read_text(&m.up.path).ok()).is_some_and(|text| {
            let begins: BTreeSet<String> = text.lines().map(|l| l.trim().to_ascii_uppercase()).collect();
            begins.contains("BEGIN;") && begins.contains("COMMIT;")
        })
    }
}

/// The parts of a migration's stem as they are written.
struct Written {
    prefix: String,
    number: String,
    separator: String,
    /// A date between number and name, with what separates it.
    date: Option<(String, String)>,
}

impl Written {
    fn of(migration: &Migration) -> Self {
        let stem = migration.stem();
        let at = stem.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
        let (prefix, rest) = stem.split_at(at);
        let end = match rest.strip_prefix(migration.id.as_str()) {
            Some(_) if !is_folder(migration) => migration.id.len(),
            _ if migration.layout == Layout::Flyway => rest.find("__").unwrap_or_else(|| run(rest)),
            _ => run(rest),
        };
        let (number, rest) = rest.split_at(end);
        let name = rest.trim_start_matches(SEPARATORS);
        let separator = &rest[..rest.len() - name.len()];
        let date = [10, 8].into_iter().find_map(|len| {
            let (date, after) = (name.get(..len)?, name.get(len..)?);
            let digits = date.bytes().filter(u8::is_ascii_digit).count();
            let dashes = date.bytes().filter(|b| *b == b'-').count();
            let tail = after.trim_start_matches(SEPARATORS);
            let fits = digits == 8 && digits + dashes == len && date.starts_with("20") && tail.len() < after.len();
            fits.then(|| (date.to_owned(), after[..after.len() - tail.len()].to_owned()))
        });
        Self {
            prefix: prefix.to_owned(),
            number: number.to_owned(),
            separator: if separator.is_empty() { "_".to_owned() } else { separator.to_owned() },
            date: date.filter(|_| !is_folder(migration)),
        }
    }

    fn with(&self, number: &str, name: &str, now: &str) -> String {
        let Self { prefix, separator, date, .. } = self;
        let date = date.as_ref().map(|(date, after)| format!("{}{after}", written_date(date, now)));
        format!("{prefix}{number}{separator}{}{name}", date.unwrap_or_default())
    }
}

/// The file of a rollback after the model of another migration's.
fn down_name(model: &Migration, file: &str, stem: &str, number: &str, name: &str) -> String {
    if let Some(rest) = file.strip_prefix(model.stem()) {
        return format!("{stem}{rest}");
    }
    let written = Written::of(model).number;
    let at = file.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
    let (prefix, rest) = file.split_at(at);
    let (number, rest) = match rest.strip_prefix(written.as_str()) {
        Some(rest) => (number.to_owned(), rest),
        None => {
            // Padded in another way than the migration.
            let width = run(rest);
            (format!("{:0>width$}", number.trim_start_matches('0')), &rest[width..])
        }
    };
    let rest = if model.name.is_empty() { rest.to_owned() } else { rest.replacen(&model.name, name, 1) };
    format!("{prefix}{number}{rest}")
}

fn is_folder(migration: &Migration) -> bool {
    matches!(migration.layout, Layout::Folders | Layout::Prisma)
}

/// `1.2` as `1.3`, `1_09` as `1_10`.
fn bump(number: &str) -> String {
    let head = number.trim_end_matches(|c: char| c.is_ascii_digit());
    let (width, last) = (number.len() - head.len(), &number[head.len()..]);
    let next = last.parse::<u128>().unwrap_or_default() + 1;
    if last.starts_with('0') { format!("{head}{next:0width$}") } else { format!("{head}{next}") }
}

/// The date of `now` in the way of `like`: with dashes or without.
fn written_date(like: &str, now: &str) -> String {
    let (year, month, day) =
        (now.get(..4).unwrap_or_default(), now.get(4..6).unwrap_or_default(), now.get(6..8).unwrap_or_default());
    if like.contains('-') { format!("{year}-{month}-{day}") } else { format!("{year}{month}{day}") }
}

fn unix_seconds(now: &str) -> Option<u128> {
    let time = jiff::civil::DateTime::strptime("%Y%m%d%H%M%S", now).ok()?;
    let seconds = time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second();
    u128::try_from(seconds).ok()
}

fn run(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

fn join(folder: &str, name: &str) -> String {
    match (folder, name) {
        ("", name) => name.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, name) => format!("{folder}/{name}"),
    }
}

// ---- texts ---------------------------------------------------------------------------------------------------------

/// The header of the clinical-trial document.
struct HeaderText<'a> {
    number: &'a str,
    title: &'a str,
    ticket: Option<&'a str>,
    author: Option<&'a str>,
    now: &'a str,
    before: Option<&'a Migration>,
}

const RULE: &str = "-- =====================================================";

impl HeaderText<'_> {
    fn up(&self, transaction: bool) -> String {
        let field = |key: &str, value: Option<&str>| match value.map(one_line).filter(|v| !v.is_empty()) {
            Some(value) => format!("-- {key}: {value}\n"),
            None => format!("-- {key}:\n"),
        };
        let dependencies = match self.before {
            Some(m) => {
                let number = m.number.as_ref().map_or_else(|| m.id.clone(), |_| Written::of(m).number);
                format!("Requires migration {number} ({}).", one_line(&m.title).replace(['(', ')'], ""))
            }
            None => "None.".to_owned(),
        };
        let mut text = format!("{RULE}\n-- Migration: {} - {}\n", self.number, self.title);
        text.push_str(&field("Ticket", self.ticket));
        text.push_str(&field("Author", self.author));
        text.push_str(&field("Date", Some(&written_date("-", self.now))));
        text.push_str(&format!("{RULE}\n\n-- Purpose:\n-- {}.\n\n", self.title.trim_end_matches('.')));
        text.push_str(&format!("-- Dependencies:\n-- {dependencies}\n\n"));
        if transaction {
            text.push_str("BEGIN;\n\n\n\nCOMMIT;\n");
        }
        text
    }

    /// A rollback that is empty would leave the change in place and say it is undone; this one refuses.
    fn down(&self, stem: &str, transaction: bool) -> String {
        let refusal = format!(
            "-- Write the rollback in the place of this statement, which refuses to do as if.\n\
             DO $$ BEGIN\n    RAISE EXCEPTION 'the rollback of {} is not written yet';\nEND $$;\n",
            stem.replace('\'', "''").replace('%', "%%").replace('$', "")
        );
        let body = if transaction { format!("BEGIN;\n\n{refusal}\nCOMMIT;\n") } else { refusal };
        format!("{RULE}\n-- Rollback: {} - {}\n{RULE}\n\n{body}", self.number, self.title)
    }
}

/// The lines for the team's list of migrations.
fn list_entry(
    set: &MigrationSet,
    files: &Files,
    title: &str,
    after: &[String],
    rollback: bool,
) -> Option<(String, String)> {
    let list = set.configs.iter().find(|c| {
        let folder = split(&c.path).0;
        !c.migrations.is_empty() && (folder.is_empty() || files.up.starts_with(&format!("{folder}/")))
    })?;
    let file = files.up.strip_prefix(split(&list.path).0).unwrap_or(&files.up).trim_start_matches('/');
    let number = file.split(SEPARATORS).next().unwrap_or(file);
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let after: Vec<String> = after.iter().map(|id| quoted(id)).collect();
    let text = format!(
        "  - version: {}\n    filename: {}\n    description: {}\n    dependencies: [{}]\n    rollback_supported: {rollback}\n",
        quoted(number),
        quoted(file),
        quoted(title),
        after.join(", ")
    );
    Some((list.path.clone(), text))
}

// ---- writing -------------------------------------------------------------------------------------------------------

/// Writes the files, reads the history again, and takes them back when it is not what it should be.
fn finish(project: &Project, files: &Files, up: &str, down: Option<&str>, report: &mut NewReport) -> Result<()> {
    let mut draft = Draft { project, paths: Vec::new(), folders: Vec::new() };
    draft.write(&files.up, up)?;
    if let Some(down) = down {
        draft.write(&files.down, down)?;
    }
    let mut source = project.source.clone();
    source.dirs.retain(|d| project.dir.exists(&d.path));
    if source.dirs.is_empty() {
        source.dirs.push(surefoot_source::MigrationDir::new(DEFAULT_DIR));
    }
    let set = load(&project.dir, &source)?;
    let wrong = |what: String| Error::Refused {
        code: "name",
        message: format!("{what}; nothing was written"),
        hint: "choose another name".into(),
    };
    let Some(migration) = set.versioned().find(|m| m.up.path == files.up) else {
        return Err(wrong(format!("{} would not be read as a migration", files.up)));
    };
    if down.is_some() && migration.down.as_ref().is_none_or(|d| d.path != files.down) {
        return Err(wrong(format!("{} would not be read as the rollback of {}", files.down, files.up)));
    }
    report.id.clone_from(&migration.id);
    report.files = draft.keep();
    Ok(())
}

/// Files that vanish again unless they are kept.
struct Draft<'a> {
    project: &'a Project,
    paths: Vec<String>,
    folders: Vec<String>,
}

impl Draft<'_> {
    fn write(&mut self, path: &str, text: &str) -> Result<()> {
        self.create_folders(split(path).0)?;
        let fail = |e: std::io::Error| match e.kind() {
            ErrorKind::AlreadyExists => Error::Refused {
                code: "exists",
                message: format!("{path} is there already; nothing was written"),
                hint: "choose another name, or run the command again when someone else has just made one".into(),
            },
            _ => Error::Io { action: "write", path: path.to_owned(), reason: e.to_string() },
        };
        let mut file =
            OpenOptions::new().write(true).create_new(true).open(self.project.dir.path(path)).map_err(fail)?;
        self.paths.push(path.to_owned());
        file.write_all(text.as_bytes()).map_err(fail)
    }

    fn create_folders(&mut self, folder: &str) -> Result<()> {
        if folder.is_empty() || self.project.dir.path(folder).is_dir() {
            return Ok(());
        }
        self.create_folders(split(folder).0)?;
        match std::fs::create_dir(self.project.dir.path(folder)) {
            Ok(()) => self.folders.push(folder.to_owned()),
            Err(e) if e.kind() == ErrorKind::AlreadyExists && self.project.dir.path(folder).is_dir() => {}
            Err(e) => {
                return Err(Error::Io { action: "create", path: folder.to_owned(), reason: e.to_string() });
            }
        }
        Ok(())
    }

    fn keep(mut self) -> Vec<String> {
        self.folders.clear();
        std::mem::take(&mut self.paths)
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        // What cannot be removed is seen by the next run, which names it.
        for path in self.paths.drain(..) {
            let _ = std::fs::remove_file(self.project.dir.path(&path));
        }
        for folder in self.folders.drain(..).rev() {
            let _ = std::fs::remove_dir(self.project.dir.path(&folder));
        }
    }
}

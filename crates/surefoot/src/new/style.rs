//! How the files of a folder are named, and how the next ones follow from that.

use std::collections::BTreeSet;

use surefoot_source::{Layout, Migration, MigrationSet, Number, next_number, timestamp_id};

use crate::{Error, Project, Result};

/// How the files of a folder are named.
pub(super) struct Style<'a> {
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
pub(super) struct Files {
    pub(super) stem: String,
    pub(super) up: String,
    pub(super) down: String,
}

/// The number of a migration as its file writes it.
pub(super) fn number_of(migration: &Migration) -> String {
    Written::of(migration).number
}

pub(super) const SEPARATORS: [char; 4] = ['_', '-', '.', ' '];

impl<'a> Style<'a> {
    pub(super) fn of(project: &Project, set: &'a MigrationSet, root: &str) -> Self {
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
    pub(super) fn next(&self, style: Option<&str>, now: &str) -> Result<String> {
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

    /// Where the rollback of a migration belongs, by the model of the newest one that has one.
    pub(super) fn down_of(&self, migration: &Migration) -> String {
        let (folder, file) = split(&migration.up.path);
        let model = self.model_down.and_then(|m| m.down.as_ref().map(|d| (m, split(&d.path))));
        if is_folder(migration) {
            return join(folder, model.map_or("down.sql", |(_, (_, file))| file));
        }
        if let Some(stem) = file.strip_suffix(".up.sql") {
            return join(folder, &format!("{stem}.down.sql"));
        }
        let stem = migration.stem();
        match model {
            Some((m, (down_folder, down))) => {
                let folder = if down_folder == split(&m.up.path).0 { folder } else { down_folder };
                let end = down.strip_prefix(m.stem());
                let by_number = down.strip_prefix(Written::of(m).number.as_str());
                match (end, by_number) {
                    (Some(end), _) => join(folder, &format!("{stem}{end}")),
                    (None, Some(end)) => join(folder, &format!("{}{end}", Written::of(migration).number)),
                    _ => join(folder, &format!("{stem}.rollback.sql")),
                }
            }
            None => match &self.rollback_dir {
                Some(dir) => join(dir, &format!("{}_rollback.sql", Written::of(migration).number)),
                None => join(folder, &format!("{stem}.rollback.sql")),
            },
        }
    }

    pub(super) fn place(&self, number: &str, name: &str, now: &str) -> Files {
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
                let folder = if down_folder == split(&m.up.path).0 { up_folder } else { self.here(down_folder, now) };
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
    pub(super) fn writes_transactions(&self, project: &Project) -> bool {
        let small = self.model.filter(|m| m.up.bytes < 1024 * 1024);
        small.and_then(|m| project.read_text(&m.up.path).ok()).is_some_and(|text| {
            let lines: BTreeSet<String> = text.lines().map(|l| l.trim().to_ascii_uppercase()).collect();
            lines.contains("BEGIN;") && lines.contains("COMMIT;")
        })
    }
}

/// The parts of a migration's stem as they are written.
pub(super) struct Written {
    prefix: String,
    pub(super) number: String,
    separator: String,
    /// A date between number and name, with what separates it.
    date: Option<(String, String)>,
}

impl Written {
    pub(super) fn of(migration: &Migration) -> Self {
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
    format!("{prefix}{number}{}", renamed(rest, &model.name, name))
}

/// `_undo_old.sql` as `_undo_new.sql`; a name within another word is no name.
fn renamed(text: &str, old: &str, new: &str) -> String {
    let whole = |at: &usize| {
        let (before, after) = (&text[..*at], &text[at + old.len()..]);
        before.ends_with(SEPARATORS) && after.starts_with(SEPARATORS)
    };
    match text.match_indices(old).map(|(at, _)| at).find(whole).filter(|_| !old.is_empty()) {
        Some(at) => format!("{}{new}{}", &text[..at], &text[at + old.len()..]),
        None => text.to_owned(),
    }
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
pub(super) fn written_date(like: &str, now: &str) -> String {
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

pub(super) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

fn join(folder: &str, name: &str) -> String {
    match (folder, name) {
        ("", name) => name.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, name) => format!("{folder}/{name}"),
    }
}

/// The migrations folder that a file lies in.
pub(super) fn root_of(project: &Project, path: &str) -> String {
    let inside = |root: &str| root.is_empty() || path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'));
    let roots = project.source.dirs.iter().map(|d| d.path.as_str()).filter(|root| inside(root));
    roots.max_by_key(|root| root.len()).unwrap_or_default().to_owned()
}

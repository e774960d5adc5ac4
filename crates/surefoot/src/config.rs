//! `surefoot.toml`: what a project is and where it goes.
//!
//! Values of environments may hold `${VAR}` and `${VAR:default}`; they are
//! resolved only for the environment that is used, so that a laptop needs no
//! production secret. The variables come as a value: this module reads no
//! environment.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

/// What `surefoot.toml` says.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Config {
    /// The project.
    pub project: ProjectSection,
    /// Where migrations are.
    pub migrations: MigrationsSection,
    /// Where the journal is.
    pub journal: JournalSection,
    /// What becomes of dropped tables and columns.
    pub attic: AtticSection,
    /// How statements run.
    pub execution: ExecutionSection,
    /// The stages, by name.
    pub environments: BTreeMap<String, EnvironmentSection>,
    /// The environment used when none is named.
    pub default_environment: Option<String>,
    /// The dev database.
    pub dev: DevSection,
    /// Seed files by environment: a path, a folder, or a list of them.
    pub seeds: BTreeMap<String, OneOrMany>,
    /// Rules for names of new migrations.
    pub naming: NamingSection,
    /// Commands run around migrations.
    pub hooks: HooksSection,
    /// The application whose schema this is.
    pub application: ApplicationSection,
    /// What counts as drift.
    pub drift: DriftSection,
    /// Variables for `:name` in SQL files, as `psql -v` sets them.
    pub vars: BTreeMap<String, String>,
}

/// `[project]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ProjectSection {
    /// Name of the project; the journal remembers it. Default: the folder's name.
    pub name: Option<String>,
}

/// `[migrations]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct MigrationsSection {
    /// The one folder.
    pub dir: Option<String>,
    /// Several folders, each with its owner.
    pub dirs: Vec<DirSection>,
    /// The team's own `migration_config.yaml`; found by itself when it lies in a migrations folder.
    pub config_file: Option<String>,
}

/// One of several migration folders.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DirSection {
    /// Path within the project.
    pub path: String,
    /// Team.
    pub owner: Option<String>,
}

/// `[journal]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct JournalSection {
    /// Schema of the journal, default `surefoot`.
    pub schema: Option<String>,
}

/// `[attic]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct AtticSection {
    /// Whether dropped tables and columns are kept, default `true`.
    pub keep: Option<bool>,
    /// Schema of the attic, default the journal's with `_attic`.
    pub schema: Option<String>,
    /// How long what is kept shall stay: `attic purge` without names leaves younger items alone. Default 90 days.
    pub retention: Option<Span>,
    /// A column of a table with more rows than this is copied in batches of so many, each committed. Default 100,000.
    pub batch_rows: Option<u64>,
}

/// `[execution]`, also within an environment, which wins.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ExecutionSection {
    /// How long a statement may wait for a relation lock.
    pub lock_timeout: Option<Span>,
    /// How long a statement may run; `0` is without limit.
    pub statement_timeout: Option<Span>,
    /// How long to wait for another run to end.
    pub migration_lock_timeout: Option<Span>,
    /// How often a transaction is tried again after a lock time-out, deadlock, serialization failure or lost connection.
    pub retry_attempts: Option<u32>,
    /// First pause before another try; it grows.
    pub retry_delay: Option<Span>,
}

/// `[environments.<name>]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct EnvironmentSection {
    /// `embedded` or a connection string.
    pub url: Option<String>,
    /// A connection string that goes round the pooler; used instead of `url` for everything Surefoot does.
    pub direct_url: Option<String>,
    /// Connection string of a role that may do what the owner may not; used only by migrations with `role elevated`.
    pub elevated_url: Option<String>,
    /// A role to `SET ROLE` to for migrations with `role elevated`.
    pub elevated_role: Option<String>,
    /// Refuses `reset`, and asks before `down`.
    pub protected: bool,
    /// Overrides `[execution]`.
    pub execution: ExecutionSection,
    /// Adds to `[vars]`.
    pub vars: BTreeMap<String, String>,
}

/// `[dev]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct DevSection {
    /// A server on which scratch databases may be made; `embedded` forces the embedded one.
    pub url: Option<String>,
    /// Major version of the target, which the dev database should have.
    pub major: Option<u32>,
    /// Extensions that the dev database does without: statements about them, and calls of their functions, are left out.
    pub ignore: Vec<String>,
    /// Command that generates code from the schema, run by `surefoot dev`.
    pub generate: Option<String>,
}

/// `[drift]`: what counts, and how much. A rule is `missing`, `extra` or `changed` and a kind of object, for a change
/// also what changed: `extra index`, `changed table row_security=false`; `*` stands for any text.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct DriftSection {
    /// Names that do not count, with their schema: `public.tmp_*`, `index public.hotfix_*`.
    pub ignore: Vec<String>,
    /// Partitioned tables whose partitions come and go without a migration.
    pub partitions_of: Vec<String>,
    /// The least severity that makes `drift` end with 2: `info` (default), `warning` or `critical`.
    pub fail_on: Option<String>,
    /// Rules for what is critical; they come before the built-in ones.
    pub critical: Vec<String>,
    /// Rules for what is a warning.
    pub warning: Vec<String>,
    /// Rules for what is only worth knowing.
    pub info: Vec<String>,
}

/// `[naming]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct NamingSection {
    /// `numbered` or `timestamp`; default: as the folder has it.
    pub style: Option<String>,
    /// Verbs a name may start with; an empty list allows any word.
    pub verbs: Option<Vec<String>>,
    /// Longest description.
    pub max_length: Option<usize>,
    /// `snake_case` is the only rule; `any` switches it off.
    pub case: Option<String>,
    /// Whether a name against the rules is refused (default) or only warned of.
    pub enforce: Option<bool>,
}

/// `[hooks]`: shell commands that get JSON on standard input.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct HooksSection {
    /// Before the first migration of `up`; failure stops the run before it starts.
    pub before_up: Option<String>,
    /// After `up` succeeded.
    pub after_up: Option<String>,
    /// Before the first rollback of `down`.
    pub before_down: Option<String>,
    /// After `down` succeeded.
    pub after_down: Option<String>,
    /// Before each migration or rollback.
    pub before_each: Option<String>,
    /// After each migration or rollback.
    pub after_each: Option<String>,
    /// When a migration or rollback failed.
    pub on_failure: Option<String>,
}

/// `[application]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ApplicationSection {
    /// Name, default the project's.
    pub name: Option<String>,
    /// Version, kept in `application_metadata` by each run.
    pub version: Option<String>,
}

/// A string or a list of strings.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    /// One.
    One(String),
    /// Several, in order.
    Many(Vec<String>),
}

impl OneOrMany {
    /// As a list.
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// A duration written as `500ms`, `2s`, `10min`, `1h`, or a number of seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span(pub Duration);

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Raw {
            Number(f64),
            Text(String),
        }
        match Raw::deserialize(d)? {
            Raw::Number(seconds) if seconds >= 0.0 && seconds.is_finite() => Ok(Self(Duration::from_secs_f64(seconds))),
            Raw::Number(n) => Err(serde::de::Error::custom(format!("{n} is not a duration"))),
            Raw::Text(text) => parse_span(&text).map(Self).map_err(serde::de::Error::custom),
        }
    }
}

/// Reads `500ms`, `2s`, `10min` (or `m`), `1h`, or a number of seconds.
///
/// # Errors
/// A sentence that says what a duration looks like.
pub fn parse_span(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let wrong = || format!("{text:?} is not a duration: write 500ms, 2s, 10min or 1h");
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let seconds = match unit.trim() {
        "ms" => number / 1000.0,
        "" | "s" | "sec" => number,
        "m" | "min" => number * 60.0,
        "h" => number * 3600.0,
        "d" => number * 86_400.0,
        _ => return Err(wrong()),
    };
    Duration::try_from_secs_f64(seconds).map_err(|_| wrong())
}

/// A configuration file that cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{file}: {message}")]
pub struct ConfigError {
    /// The file.
    pub file: String,
    /// What is wrong, with line and column.
    pub message: String,
}

impl Config {
    /// Reads the text of a configuration file.
    ///
    /// # Errors
    /// [`ConfigError`] with line, column and the key.
    pub fn parse(file: &str, text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|e| {
            let place = e.span().map(|span| {
                let at = surefoot_sql::line_col(text, span.start);
                format!("line {}, column {}: ", at.line, at.column)
            });
            ConfigError {
                file: file.to_owned(),
                message: format!("{}{}", place.unwrap_or_default(), e.message().trim()),
            }
        })?;
        if config.migrations.dir.is_some() && !config.migrations.dirs.is_empty() {
            return Err(ConfigError {
                file: file.to_owned(),
                message: "[migrations] has both dir and dirs: keep one".into(),
            });
        }
        if let Some(name) = &config.default_environment
            && !config.environments.contains_key(name)
        {
            return Err(ConfigError {
                file: file.to_owned(),
                message: format!("default-environment {name:?} is not among [environments]"),
            });
        }
        if let Some(style) = &config.naming.style
            && !["numbered", "timestamp"].contains(&style.as_str())
        {
            return Err(ConfigError {
                file: file.to_owned(),
                message: format!("[naming] style {style:?}: write \"numbered\" or \"timestamp\""),
            });
        }
        if let Some(case) = &config.naming.case
            && !["snake_case", "any"].contains(&case.as_str())
        {
            return Err(ConfigError {
                file: file.to_owned(),
                message: format!("[naming] case {case:?}: write \"snake_case\" or \"any\""),
            });
        }
        if let Some(word) = &config.drift.fail_on
            && !["info", "warning", "critical"].contains(&word.as_str())
        {
            return Err(ConfigError {
                file: file.to_owned(),
                message: format!("[drift] fail-on {word:?}: write \"info\", \"warning\" or \"critical\""),
            });
        }
        for rule in config.drift.critical.iter().chain(&config.drift.warning).chain(&config.drift.info) {
            if !["missing ", "extra ", "changed ", "* "].iter().any(|start| rule.starts_with(start)) {
                return Err(ConfigError {
                    file: file.to_owned(),
                    message: format!(
                        "[drift] {rule:?}: a rule begins with missing, extra or changed, such as \"extra index\""
                    ),
                });
            }
        }
        Ok(config)
    }
}

/// Replaces `${VAR}`, `${VAR:default}` and `${VAR:-default}` from `vars`.
///
/// # Errors
/// The name of a variable that is not set and has no default.
pub fn interpolate(text: &str, vars: &BTreeMap<String, String>) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        out.push_str(&rest[..start]);
        let Some(end) = rest[start..].find('}') else {
            return Err(format!("\"${{\" without \"}}\" in {text:?}"));
        };
        let inner = &rest[start + 2..start + end];
        let (name, default) = match inner.split_once(':') {
            Some((name, default)) => (name, Some(default.strip_prefix('-').unwrap_or(default))),
            None => (inner, None),
        };
        match (vars.get(name).filter(|v| !v.is_empty()), default) {
            (Some(value), _) => out.push_str(value),
            (None, Some(default)) => out.push_str(default),
            (None, None) => return Err(format!("environment variable {name} is not set")),
        }
        rest = &rest[start + end + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, ms) in [("500ms", 500), ("2s", 2_000), ("10min", 600_000), ("1h", 3_600_000), ("7", 7_000)] {
            assert_eq!(parse_span(text).unwrap(), Duration::from_millis(ms), "{text}");
        }
        assert!(parse_span("2 fortnights").is_err());
        assert!(parse_span("").is_err());
    }

    #[test]
    fn variables() {
        let vars = BTreeMap::from([("HOST".to_owned(), "db".to_owned())]);
        assert_eq!(interpolate("${HOST}:${PORT:5432}/${X:-y}", &vars).unwrap(), "db:5432/y");
        assert!(interpolate("${NOPE}", &vars).unwrap_err().contains("NOPE"));
    }

    #[test]
    fn a_wrong_key_is_named_with_its_line() {
        let err = Config::parse("surefoot.toml", "[project]\nname = \"x\"\nnmae = 1\n").unwrap_err();
        assert!(err.to_string().contains("line 3"), "{err}");
        assert!(err.to_string().contains("nmae"), "{err}");
        let err = Config::parse("surefoot.toml", "[execution]\nlock-timeout = \"soon\"\n").unwrap_err();
        assert!(err.to_string().contains("line 2") && err.to_string().contains("soon"), "{err}");
    }
}

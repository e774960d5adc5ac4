//! Which PostgreSQL to rehearse on, and why.

use std::fmt;

use crate::binaries::Found;
use crate::{Error, Observer, Result, Server};

/// Something the embedded PostgreSQL cannot do; see
/// `docs/embedded-postgresql.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Need {
    /// An EXCEPTION clause of PL/pgSQL catches an error.
    CaughtErrors,
    /// A procedure or a DO block commits or rolls back.
    TransactionControl,
    /// Two sessions at a time.
    TwoSessions,
    /// `statement_timeout`, `lock_timeout` or a cancel request takes effect.
    Timeouts,
    /// Collations of the ICU provider.
    Icu,
    /// The `xml` functions.
    Xml,
    /// Logical replication: subscriptions and slots.
    Replication,
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CaughtErrors => "EXCEPTION clauses that catch errors",
            Self::TransactionControl => "procedures that commit",
            Self::TwoSessions => "two sessions at a time",
            Self::Timeouts => "timeouts and cancelling",
            Self::Icu => "ICU collations",
            Self::Xml => "xml functions",
            Self::Replication => "logical replication",
        })
    }
}

/// What a dev database has to offer.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// `dev.url` or `SUREFOOT_DEV_URL`.
    pub url: Option<String>,
    /// The target's major version, where it is known.
    pub major: Option<u32>,
    /// The extensions the migrations create.
    pub extensions: Vec<String>,
    /// What else they need.
    pub needs: Vec<Need>,
    /// The binaries of this machine: [`crate::find_binaries`].
    pub binaries: Vec<Found>,
}

/// Where the dev database comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A scratch database on this server.
    Url(String),
    /// A private cluster with these binaries.
    Local(Found),
    /// The embedded PostgreSQL.
    Embedded,
}

/// A choice with its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What was chosen.
    pub source: Source,
    /// Why, as a clause: "PostgreSQL 15.20 in … has the target's major version".
    pub reason: String,
    /// What would have come first, and why it is no use.
    pub passed_over: Vec<String>,
    /// The target's and the chosen major version, when they differ.
    pub other_major: Option<(u32, u32)>,
}

/// Picks a dev database: the URL; else binaries of the target's major version;
/// else the embedded PostgreSQL; else any binaries that have what is needed.
pub fn choose(request: &Request) -> Result<Choice> {
    let mut passed_over = Vec::new();
    let chosen = |source, reason, passed_over, major: Option<u32>| {
        let other_major = request.major.zip(major).filter(|(target, dev)| target != dev);
        Ok(Choice { source, reason, passed_over, other_major })
    };
    if let Some(url) = &request.url {
        // The user's word: what is missing there, its server will say.
        let reason = "the configuration names a dev URL".to_owned();
        return chosen(Source::Url(url.clone()), reason, passed_over, None);
    }
    if let Some(major) = request.major {
        for found in request.binaries.iter().filter(|f| f.major() == major) {
            match missing_extensions(request, &found.extensions()) {
                None => {
                    let reason = format!("{} has the target's major version", at(found));
                    return chosen(Source::Local(found.clone()), reason, passed_over, Some(major));
                }
                Some(missing) => passed_over.push(format!("{} lacks {missing}", at(found))),
            }
        }
        if passed_over.is_empty() {
            passed_over.push(format!("there are no binaries of PostgreSQL {major}"));
        }
    }
    match embedded_lacks(request) {
        None => {
            let reason = "the embedded PostgreSQL has what is needed".to_owned();
            if request.major == Some(17) {
                // Nothing better could have been found.
                passed_over.clear();
            }
            return chosen(Source::Embedded, reason, passed_over, Some(17));
        }
        Some(missing) => passed_over.push(missing),
    }
    for found in request.binaries.iter().filter(|f| Some(f.major()) != request.major) {
        match missing_extensions(request, &found.extensions()) {
            None => {
                let reason = format!("{} has what is needed", at(found));
                let major = found.major();
                return chosen(Source::Local(found.clone()), reason, passed_over, Some(major));
            }
            Some(missing) => passed_over.push(format!("{} lacks {missing}", at(found))),
        }
    }
    if request.binaries.is_empty() {
        passed_over.push("there are no PostgreSQL binaries on this machine".into());
    }
    let mut wanted: Vec<String> = Vec::new();
    if !request.extensions.is_empty() {
        wanted.push(format!("with the extensions {}", request.extensions.join(", ")));
    }
    if !request.needs.is_empty() {
        wanted.push(format!("with {}", join(&request.needs)));
    }
    Err(Error::NoChoice {
        wanted: if wanted.is_empty() { "can be started".into() } else { wanted.join(" and ") },
        tried: passed_over,
        embedded: cfg!(feature = "embedded"),
    })
}

impl Choice {
    /// What tells this database apart from another that may give other results: its version, and the extensions it has
    /// with their versions.
    ///
    /// # Errors
    /// When a server that was named does not answer.
    pub fn identity(&self) -> Result<String> {
        match &self.source {
            Source::Url(url) => {
                let sql = "SELECT current_setting('server_version') || ' ' || coalesce((SELECT \
                           string_agg(name || ' ' || coalesce(default_version, ''), ', ' ORDER BY name COLLATE \"C\") \
                           FROM pg_available_extensions), '')";
                let rows = crate::blocking::query(url.clone(), sql.to_owned())?;
                Ok(format!("url {}", rows.first().and_then(|row| row.get(0)).unwrap_or_default()))
            }
            Source::Local(found) => Ok(format!(
                "local {} {} {}",
                found.bindir.display(),
                found.version,
                found.extension_versions().join(", ")
            )),
            #[cfg(feature = "embedded")]
            Source::Embedded => Ok(format!("embedded {}", crate::embedded::VERSION)),
            #[cfg(not(feature = "embedded"))]
            Source::Embedded => Err(Error::NotEmbedded),
        }
    }

    /// Starts what was chosen.
    pub fn start(&self, observer: Observer) -> Result<Server> {
        match &self.source {
            Source::Url(url) => Server::scratch(url),
            #[cfg(unix)]
            Source::Local(found) => {
                Server::local(&found.bindir, crate::local::LocalOptions { observer, ..Default::default() })
            }
            #[cfg(not(unix))]
            Source::Local(found) => Err(Error::NoBinaries { path: found.bindir.clone() }),
            #[cfg(feature = "embedded")]
            Source::Embedded => {
                Server::embedded(None, crate::embedded::EmbeddedOptions { observer, ..Default::default() })
            }
            #[cfg(not(feature = "embedded"))]
            Source::Embedded => {
                let _ = observer;
                Err(Error::NotEmbedded)
            }
        }
    }
}

fn at(found: &Found) -> String {
    format!("PostgreSQL {} in {}", found.version, found.bindir.display())
}

fn join<T: fmt::Display>(items: &[T]) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}

fn missing_extensions(request: &Request, available: &[String]) -> Option<String> {
    let missing: Vec<&str> =
        request.extensions.iter().filter(|name| !available.contains(name)).map(String::as_str).collect();
    (!missing.is_empty()).then(|| missing.join(", "))
}

#[cfg(feature = "embedded")]
fn embedded_lacks(request: &Request) -> Option<String> {
    let mut lacks: Vec<String> = Vec::new();
    lacks.extend(missing_extensions(request, &crate::embedded::extensions()));
    lacks.extend(request.needs.iter().map(Need::to_string));
    (!lacks.is_empty()).then(|| format!("the embedded PostgreSQL lacks {}", lacks.join(", ")))
}

#[cfg(not(feature = "embedded"))]
fn embedded_lacks(_request: &Request) -> Option<String> {
    Some("the embedded PostgreSQL is not part of this build".into())
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;

    fn binaries(root: &Path, version: &str, extensions: &[&str]) -> Found {
        let home = root.join(version);
        let dir = home.join("share").join("extension");
        std::fs::create_dir_all(&dir).expect("dir");
        for name in extensions.iter().chain(&["plpgsql"]) {
            std::fs::write(dir.join(format!("{name}.control")), "").expect("write");
        }
        Found { bindir: home.join("bin"), version: version.into() }
    }

    #[test]
    fn the_url_comes_first() {
        let choice = choose(&Request {
            url: Some("postgres://h/d".into()),
            extensions: vec!["nonesuch".into()],
            ..Request::default()
        })
        .expect("chosen");
        assert_eq!(choice.source, Source::Url("postgres://h/d".into()));
    }

    #[test]
    fn then_the_targets_major_with_the_extensions() {
        let dir = tempfile::tempdir().expect("temp dir");
        let bare = binaries(dir.path(), "15.2", &[]);
        let full = binaries(dir.path(), "15.9", &["vector"]);
        let choice = choose(&Request {
            major: Some(15),
            extensions: vec!["vector".into()],
            binaries: vec![bare, full.clone()],
            ..Request::default()
        })
        .expect("chosen");
        assert_eq!(choice.source, Source::Local(full));
        assert!(choice.reason.contains("target's major"), "{}", choice.reason);
        assert!(choice.passed_over.join(" ").contains("15.2"), "{:?}", choice.passed_over);
        assert_eq!(choice.other_major, None);
    }

    #[test]
    fn then_the_embedded_one_then_any_other_that_has_what_is_needed() {
        let dir = tempfile::tempdir().expect("temp dir");
        let other = binaries(dir.path(), "16.1", &["vector", "timescaledb"]);
        let ask = |extension: &str, needs: Vec<Need>| {
            choose(&Request {
                major: Some(15),
                extensions: vec![extension.into()],
                needs,
                binaries: vec![other.clone()],
                ..Request::default()
            })
            .expect("chosen")
        };
        let plain = ask("vector", vec![]);
        if cfg!(feature = "embedded") {
            assert_eq!(plain.source, Source::Embedded);
            assert_eq!(plain.other_major, Some((15, 17)));
        } else {
            assert_eq!(plain.source, Source::Local(other.clone()));
        }
        assert_eq!(ask("timescaledb", vec![]).source, Source::Local(other.clone()));
        assert_eq!(ask("vector", vec![Need::CaughtErrors]).source, Source::Local(other.clone()));
    }

    #[test]
    fn else_an_error_that_names_the_ways_out() {
        let error = choose(&Request {
            extensions: vec!["timescaledb".into()],
            binaries: vec![Found { bindir: PathBuf::from("/nowhere/bin"), version: "16.1".into() }],
            ..Request::default()
        })
        .expect_err("nobody has it");
        let text = error.to_string();
        assert!(text.contains("timescaledb") && text.contains("16.1"), "{text}");
        let hint = error.hint().expect("hint");
        for way in ["PG_BIN", "dev.url", "dev.ignore"] {
            assert!(hint.contains(way), "{hint}");
        }
    }
}

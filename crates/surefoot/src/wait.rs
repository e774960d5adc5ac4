//! `wait` and `check-version`: for services that use a schema and never migrate it.
//!
//! Both read the journal only, need no migration file and no right but
//! `SELECT` on the journal's tables, and never write.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use surefoot_executor::{Error as ExecutorError, Interrupt};
use surefoot_journal::{Error as JournalError, Journal, Recorded, State};
use surefoot_pg::{ConnectOptions, Error as PgError, Session, ident, literal};
use surefoot_source::{MigrationSet, Number, SourceConfig};

use crate::config::Config;
use crate::target::{Place, TargetSpec, UrlOrigin};
use crate::{CONFIG_FILE, DiskDir, Error, Invocation, Project, Result};

/// Pause between two looks at a server, and at the embedded PostgreSQL, which takes longer to look at.
const PAUSE: Duration = Duration::from_millis(500);
const EMBEDDED_PAUSE: Duration = Duration::from_secs(2);

/// What a service needs.
#[derive(Debug, Clone)]
pub struct Requirement {
    /// Migrations that must be applied, in order, as they are named by id, number or name.
    pub wanted: Vec<String>,
    /// Nothing after the last of them may be applied.
    pub exact: bool,
    /// The project the journal must belong to; any, when none is given.
    pub project: Option<String>,
    /// Schema of the journal.
    pub schema: String,
}

/// The newest applied migration, as the journal has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedVersion {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Server time, RFC 3339 in UTC.
    pub applied_at: Option<String>,
    /// Database role.
    pub applied_by: Option<String>,
}

/// What a target has against what is needed.
#[derive(Debug, Clone, Default)]
pub struct VersionReport {
    /// The project, by the journal.
    pub project: Option<String>,
    /// The environment, or the database where no environment was named.
    pub place: String,
    /// The newest applied migration.
    pub at: Option<AppliedVersion>,
    /// Version of the application that last migrated.
    pub application: Option<String>,
    /// Why the target is not what is needed; empty when it is.
    pub missing: Vec<String>,
    /// Applied migrations that should not be there yet, with `exact`.
    pub ahead: Vec<String>,
}

impl VersionReport {
    /// Whether the target is what is needed.
    pub fn is_ok(&self) -> bool {
        self.missing.is_empty() && self.ahead.is_empty()
    }

    /// One line for the log of a service.
    pub fn line(&self) -> String {
        let project = self.project.as_deref().unwrap_or("no journal in");
        let mut out = format!("surefoot: {project} {}", self.place);
        match &self.at {
            Some(at) => {
                out.push_str(&format!(" at {}", at.id));
                // The id of a timestamped folder holds the name already.
                if !at.name.is_empty() && !at.id.ends_with(&at.name) {
                    out.push_str(&format!(" {}", at.name));
                }
                let mut notes = Vec::new();
                notes.extend(self.application.as_ref().map(|v| format!("application {v}")));
                if let Some(when) = &at.applied_at {
                    let by = at.applied_by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
                    notes.push(format!("applied {when}{by}"));
                }
                if !notes.is_empty() {
                    out.push_str(&format!(" ({})", notes.join(", ")));
                }
            }
            None if self.project.is_some() => out.push_str(" has nothing applied"),
            None => {}
        }
        if self.is_ok() {
            out.push_str(": ok");
        } else {
            out.push_str(&format!(": NOT READY: {}", self.why()));
        }
        out
    }

    /// What is wrong, in words.
    pub fn why(&self) -> String {
        let mut parts = self.missing.clone();
        if !self.ahead.is_empty() {
            parts.push(format!("it is ahead: {} applied too", self.ahead.join(", ")));
        }
        parts.join("; ")
    }
}

/// A project as far as a service knows it: its configuration, if there is one. Looks for no migrations.
///
/// # Errors
/// [`Error::Config`].
pub fn service_project(invocation: &Invocation) -> Result<Project> {
    let absolute = std::path::absolute(&invocation.folder).unwrap_or_else(|_| invocation.folder.clone());
    let root = absolute.ancestors().find(|d| d.join(CONFIG_FILE).is_file()).map(Path::to_path_buf);
    let configured = root.is_some();
    let root = root.unwrap_or(absolute);
    let config = if configured {
        let text = std::fs::read_to_string(root.join(CONFIG_FILE)).map_err(|e| Error::Io {
            action: "read",
            path: CONFIG_FILE.into(),
            reason: e.to_string(),
        })?;
        Config::parse(CONFIG_FILE, &text)?
    } else {
        Config::default()
    };
    let name = config.project.name.clone().unwrap_or_default();
    Ok(Project {
        dir: DiskDir::new(root),
        config,
        configured,
        name,
        source: SourceConfig::default(),
        without: Vec::new(),
    })
}

/// The migrations on disk that an environment must have: all versioned ones that are meant for it.
pub fn wanted_on_disk(set: &MigrationSet, environment: &str) -> Vec<String> {
    set.versioned()
        .filter(|m| m.directives.environments.is_empty() || m.directives.environments.iter().any(|e| e == environment))
        .map(|m| m.id.clone())
        .collect()
}

/// How a target is called in a log: by its environment where one was named, else by its database.
pub fn place_name(spec: &TargetSpec, invocation: &Invocation) -> String {
    let named = invocation.environment.is_some()
        || invocation.variables.get("SUREFOOT_ENV").is_some_and(|v| !v.is_empty())
        || matches!(spec.origin, UrlOrigin::Environment);
    match &spec.place {
        Place::Url(url) if !named => format!("database {}", url.database()),
        _ => spec.environment.clone(),
    }
}

/// Looks at a target once.
///
/// # Errors
/// When it cannot be reached or its journal cannot be read. An absent journal is no error: everything is missing then.
pub async fn check_version(
    spec: &TargetSpec,
    invocation: &Invocation,
    requirement: &Requirement,
    timeout: Duration,
) -> Result<VersionReport> {
    let place = place_name(spec, invocation);
    if !spec.exists() {
        return Ok(judge(place, None, requirement));
    }
    let url = match &spec.place {
        Place::Url(url) => url.clone(),
        Place::Embedded(_) => {
            let target = spec.clone().open(Duration::ZERO).await?;
            let report = match target.look().await {
                Ok(session) => read(place, session, requirement).await,
                Err(e) => Err(e),
            };
            target.close().await?;
            return report;
        }
    };
    let mut options = ConnectOptions::new(*url, "surefoot check-version");
    options.timeout = timeout;
    read(place, Session::connect(&options).await?, requirement).await
}

/// Looks at a target again and again, until it has what is needed. `tell` is called when the reason for waiting
/// changes.
///
/// # Errors
/// [`Error::NotReady`] when the time is over, naming what is missing. What waiting cannot change ends it at once: a
/// URL or certificate that is wrong, another project's journal, a newer format of it.
pub async fn wait(
    spec: &TargetSpec,
    invocation: &Invocation,
    requirement: &Requirement,
    timeout: Duration,
    interrupt: &Interrupt,
    tell: &mut dyn FnMut(&str, Duration),
) -> Result<VersionReport> {
    let begun = Instant::now();
    let pause = if matches!(spec.place, Place::Embedded(_)) { EMBEDDED_PAUSE } else { PAUSE };
    let mut told = String::new();
    loop {
        let left = timeout.saturating_sub(begun.elapsed());
        // A try may take as long as there is time, but a dead address should not take all of it.
        let patience = left.clamp(Duration::from_millis(500), Duration::from_secs(3));
        let look = check_version(spec, invocation, requirement, patience);
        let result = tokio::select! {
            result = look => result,
            () = interrupt.raised() => return Err(interrupted()),
        };
        let why = match result {
            Ok(report) if report.is_ok() => return Ok(report),
            // Time does not take a migration away again.
            Ok(report) if report.missing.is_empty() => return Err(Error::NotReady(report.why())),
            Ok(report) => {
                let at = report.at.as_ref().map_or_else(|| "nothing".to_owned(), |at| at.id.clone());
                match report.project {
                    Some(_) => format!("{}; {} is at {at}", report.why(), report.place),
                    None => report.why(),
                }
            }
            Err(e) if is_final(&e) => return Err(e),
            Err(e) => e.to_string(),
        };
        if why != told {
            tell(&why, begun.elapsed());
            told.clone_from(&why);
        }
        let left = timeout.saturating_sub(begun.elapsed());
        if left.is_zero() {
            return Err(Error::NotReady(format!("not ready after {:.0} s: {why}", timeout.as_secs_f64())));
        }
        tokio::select! {
            // The last look is at the very end.
            () = tokio::time::sleep(pause.min(left)) => {}
            () = interrupt.raised() => return Err(interrupted()),
        }
    }
}

fn interrupted() -> Error {
    ExecutorError::Interrupted { migration: None, units_done: 0, units_total: 0 }.into()
}

fn is_final(error: &Error) -> bool {
    let journal = |e: &JournalError| matches!(e, JournalError::NewerFormat { .. } | JournalError::WrongProject { .. });
    match error {
        Error::Pg(e) | Error::Journal(JournalError::Pg(e)) => matches!(e, PgError::Url(_) | PgError::Tls(_)),
        Error::Journal(e) => journal(e),
        // An embedded database that another process has now, it lets go later.
        Error::DevDb(e) => !matches!(e, surefoot_devdb::Error::Busy { .. }),
        Error::Executor(ExecutorError::Pg(_)) => false,
        _ => true,
    }
}

/// What the journal says.
struct Facts {
    project: String,
    recorded: Vec<Recorded>,
    application: Option<String>,
}

async fn read(place: String, session: Session, requirement: &Requirement) -> Result<VersionReport> {
    let facts = facts(&session, requirement).await;
    session.close().await;
    Ok(judge(place, facts?, requirement))
}

async fn facts(session: &Session, requirement: &Requirement) -> Result<Option<Facts>> {
    let Some(journal) = Journal::open(session, &requirement.schema, requirement.project.as_deref()).await? else {
        return Ok(None);
    };
    let recorded = journal.migrations(session).await?;
    // Not every reader may see this table; its version is only told.
    let allowed = format!("{}.application", ident(journal.schema()));
    let may = session.rows(&format!("SELECT pg_catalog.has_table_privilege({}, 'SELECT')", literal(&allowed))).await?;
    let mut application = None;
    if may.first().and_then(|r| r.get(0)) == Some("t") {
        let rows = session.rows(&format!("SELECT version FROM {allowed} ORDER BY updated_at DESC LIMIT 1")).await?;
        application = rows.first().and_then(|r| r.get(0)).map(str::to_owned);
    }
    Ok(Some(Facts { project: journal.project().to_owned(), recorded, application }))
}

/// Compares. Pure.
fn judge(place: String, facts: Option<Facts>, requirement: &Requirement) -> VersionReport {
    let Some(Facts { project, recorded, application }) = facts else {
        let wanted = match requirement.wanted.as_slice() {
            [] => String::new(),
            [.., last] => format!(", so {last} is missing"),
        };
        return VersionReport {
            place,
            missing: vec![format!("there is no journal (schema {}){wanted}", requirement.schema)],
            ..VersionReport::default()
        };
    };
    let mut applied: Vec<&Recorded> = recorded.iter().filter(|r| !r.repeatable && r.state == State::Applied).collect();
    applied.sort_by_key(|r| (r.position, r.event));
    let mut report = VersionReport {
        project: Some(project),
        place,
        at: applied.last().map(|r| AppliedVersion {
            id: r.id.clone(),
            name: r.name.clone(),
            applied_at: r.applied_at.clone(),
            applied_by: r.applied_by.clone(),
        }),
        application,
        ..VersionReport::default()
    };
    let mut absent = Vec::new();
    let mut last = None;
    let by_id: HashMap<&str, &Recorded> = recorded.iter().map(|r| (r.id.as_str(), r)).collect();
    // Names that people type come one at a time; several are the ids of files.
    let typed = requirement.wanted.len() == 1;
    for wanted in &requirement.wanted {
        let found = match by_id.get(wanted.as_str()) {
            Some(r) => Found::One(r),
            None if typed => find(&recorded, wanted),
            None => Found::None,
        };
        match found {
            Found::One(r) if r.state == State::Applied => last = Some(r),
            Found::One(r) => report.missing.push(match r.state {
                State::Applying => {
                    format!("{} is applied in part ({} of {} parts)", r.id, r.units_done, r.units_total)
                }
                State::Reverting => format!("{} is being rolled back", r.id),
                State::Reverted | State::Applied => format!("{} is rolled back", r.id),
            }),
            Found::Several(ids) => report.missing.push(format!("{wanted} may be any of {}", ids.join(", "))),
            Found::None => absent.push(wanted.as_str()),
        }
    }
    match absent.as_slice() {
        [] => {}
        [one] => report.missing.push(format!("{one} is not applied")),
        many if many.len() <= 8 => report.missing.push(format!("{} are not applied", many.join(", "))),
        [first, .., end] => {
            report.missing.push(format!("{} migrations are not applied, {first} to {end}", absent.len()));
        }
    }
    if requirement.exact && report.missing.is_empty() {
        report.ahead = applied
            .iter()
            .filter(|r| last.is_none_or(|l| (r.position, r.event) > (l.position, l.event)))
            .filter(|r| !requirement.wanted.contains(&r.id))
            .map(|r| r.id.clone())
            .collect();
    }
    report
}

enum Found<'a> {
    One(&'a Recorded),
    Several(Vec<String>),
    None,
}

/// The migration a service means, if not by its id: by number with or without zeros in front, by name, by id and name.
fn find<'a>(recorded: &'a [Recorded], reference: &str) -> Found<'a> {
    let stem = reference.strip_suffix(".sql").unwrap_or(reference);
    let number = Number::parse(stem);
    let fits = |r: &&Recorded| {
        number.is_some() && Number::parse(&r.id) == number
            || r.name == stem && !stem.is_empty()
            || stem
                .strip_prefix(r.id.as_str())
                .is_some_and(|rest| rest.strip_prefix(['_', '-', '.']).is_some_and(|rest| rest == r.name))
            || r.id.strip_prefix(stem).is_some_and(|rest| rest.starts_with(['_', '-']))
    };
    let found: Vec<&Recorded> = recorded.iter().filter(fits).collect();
    match found.as_slice() {
        [one] => Found::One(one),
        [] => Found::None,
        many => Found::Several(many.iter().take(8).map(|r| r.id.clone()).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(id: &str, name: &str, position: u64, state: State) -> Recorded {
        Recorded {
            id: id.into(),
            position,
            name: name.into(),
            owner: None,
            repeatable: false,
            state,
            units_done: 1,
            units_total: 2,
            up_file: String::new(),
            up_sha256: String::new(),
            up_statements: String::new(),
            down_file: None,
            down_sha256: None,
            verify_file: None,
            verify_sha256: None,
            applied_at: Some("2026-11-21T10:00:00Z".into()),
            applied_by: Some("pms_owner".into()),
            duration_ms: None,
            event: position + 1,
        }
    }

    fn report(wanted: &[&str], exact: bool) -> VersionReport {
        let recorded = vec![
            recorded("005", "create_lesion_tables", 0, State::Applied),
            recorded("006", "create_vector_tables", 1, State::Applied),
            recorded("007", "add_lesion_change_tracking", 2, State::Applied),
            recorded("008", "half", 3, State::Applying),
            recorded("009", "gone", 4, State::Reverted),
        ];
        let facts = Facts { project: "derm-cds".into(), recorded, application: Some("1.4.0".into()) };
        let requirement = Requirement {
            wanted: wanted.iter().map(|w| (*w).to_owned()).collect(),
            exact,
            project: None,
            schema: "surefoot".into(),
        };
        judge("production".into(), Some(facts), &requirement)
    }

    #[test]
    fn the_line_for_the_log() {
        assert_eq!(
            report(&["007"], false).line(),
            "surefoot: derm-cds production at 007 add_lesion_change_tracking \
             (application 1.4.0, applied 2026-11-21T10:00:00Z by pms_owner): ok"
        );
    }

    #[test]
    fn a_version_is_named_in_many_ways() {
        for name in [
            "007",
            "7",
            "add_lesion_change_tracking",
            "007_add_lesion_change_tracking",
            "007_add_lesion_change_tracking.sql",
        ] {
            assert!(report(&[name], false).is_ok(), "{name}");
        }
        for name in ["8", "009", "010", "", "00", "lesion"] {
            assert!(!report(&[name], false).is_ok(), "{name}");
        }
    }

    #[test]
    fn what_is_missing_is_said() {
        assert_eq!(report(&["008"], false).why(), "008 is applied in part (1 of 2 parts)");
        assert_eq!(report(&["009"], false).why(), "009 is rolled back");
        assert_eq!(report(&["010", "011"], false).why(), "010, 011 are not applied");
    }

    #[test]
    fn exactly_means_nothing_newer() {
        assert!(report(&["007"], true).is_ok());
        assert_eq!(report(&["006"], true).ahead, ["007"]);
        assert!(report(&["006"], false).is_ok());
    }
}

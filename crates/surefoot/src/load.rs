//! `load`: a dump into a database, in one transaction where that is possible. Reads what [`crate::dump`] writes, what
//! pg_dump writes as plain text, and other files that psql would load.

mod stream;

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Map, json};
use surefoot_catalog::Kind;
use surefoot_effects::TransactionRule;
use surefoot_executor::{Interrupt, Observer, Runner};
use surefoot_journal::{Event, EventKind, Journal};
use surefoot_pg::Session;
use surefoot_sql::script::{NoIncludes, Script, ScriptErrorKind, Statement, StatementKind, parse};

use self::stream::{Piece, Reader};
use crate::preflight::preflight;
use crate::schema::{about_roles, missing_role, sql_files};
use crate::target::Target;
use crate::{Error, Invocation, Project, Result};

/// How to load.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// Into a database that is not empty.
    pub into: bool,
    /// Leave out what is about owners and privileges.
    pub no_privileges: bool,
}

/// What was loaded.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct LoadReport {
    /// Files, in their order.
    pub files: Vec<String>,
    /// Statements that ran, `COPY` included.
    pub statements: u64,
    /// Rows that `COPY` brought.
    pub rows: u64,
    /// Whether all of it was one transaction.
    pub single_transaction: bool,
    /// Worth knowing.
    pub warnings: Vec<String>,
    /// How long it took.
    #[serde(skip)]
    pub elapsed: Duration,
}

/// Told now and then: what is being loaded, bytes read, bytes in all.
pub type OnLoad<'a> = &'a (dyn Fn(&str, u64, u64) + Send + Sync);

/// Statements sent before their answers are waited for.
const AT_ONCE: usize = 32;

/// Loads a file or a folder into a target.
///
/// # Errors
/// [`Error::Refused`] with code `not-empty` for a target that holds something, unless `into` is set. An error in a file
/// names file and line; where all is one transaction nothing was changed.
#[expect(clippy::too_many_arguments, reason = "the surroundings every use case has")]
pub async fn load(
    project: &Project,
    invocation: &Invocation,
    target: &Target,
    path: &Path,
    options: &LoadOptions,
    observer: &dyn Observer,
    interrupt: &Interrupt,
    on_load: OnLoad<'_>,
) -> Result<LoadReport> {
    let started = Instant::now();
    if !path.exists() {
        return Err(Error::Usage {
            message: format!("there is no file {}", path.display()),
            hint: "give what `surefoot dump --out` or pg_dump has written".into(),
        });
    }
    let files = sql_files(path)?;
    if options.into {
        crate::reset::refuse_protected(project, invocation, &target.spec, "load --into")?;
    }
    let session = target.connect().await?;
    Runner::lock(&session, project.journal_schema(), &target.spec.options, observer, interrupt).await?;
    preflight(target, &session, None, &[]).await?;
    if !options.into {
        refuse_unless_empty(&session, target).await?;
    }
    // Everything is read once before anything runs: a broken file changes nothing.
    let survey = survey(&files, session.major())?;
    let mut loading = Loading {
        session: &session,
        interrupt,
        on_load,
        options,
        single: survey.forbidden.is_none(),
        known: parameters(&session).await?,
        report: LoadReport::default(),
        batch: Vec::new(),
        read: 0,
        size: survey.size,
    };
    loading.report.single_transaction = loading.single;
    if let Some(reason) = survey.forbidden {
        loading.report.warnings.push(format!("not in one transaction: {reason}"));
    }
    let done = loading.all(&files, project, invocation).await;
    let mut report = std::mem::take(&mut loading.report);
    let single = loading.single;
    if done.is_err() && single {
        // A dead session has rolled back by itself.
        let _ = session.run("ROLLBACK").await;
    }
    session.close().await;
    done?;
    report.elapsed = started.elapsed();
    Ok(report)
}

async fn refuse_unless_empty(session: &Session, target: &Target) -> Result<()> {
    let everything =
        surefoot_introspect::Options { excluded_schemas: Vec::new(), ..surefoot_introspect::Options::default() };
    let catalog = surefoot_introspect::catalog(session, &everything).await?;
    let blank = crate::schema::blank(&catalog);
    let harmless = [Kind::Extension, Kind::Setting, Kind::DefaultPrivilege, Kind::Column, Kind::Default];
    let mut found: Vec<String> = catalog
        .objects()
        .iter()
        .filter(|o| blank.get(&o.id).is_none() && !harmless.contains(&o.id.kind))
        .map(|o| o.id.to_string())
        .collect();
    if found.is_empty() {
        return Ok(());
    }
    let more = found.len().saturating_sub(3);
    found.truncate(3);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Err(Error::Refused {
        code: "not-empty",
        message: format!("{} is not empty: it holds {}{more}", target.spec.describe(), found.join(", ")),
        hint: "load into an empty database, or add to this one with --into".into(),
    })
}

/// What files ask for, seen before they run.
struct Survey {
    /// Bytes in all.
    size: u64,
    /// Why they cannot run in one transaction.
    forbidden: Option<String>,
}

fn survey(files: &[PathBuf], major: u32) -> Result<Survey> {
    let mut survey = Survey { size: 0, forbidden: None };
    for path in files {
        let name = shown(path);
        let mut reader = open(path)?;
        survey.size += path.metadata().map_or(0, |m| m.len());
        while let Some(piece) = reader.next()? {
            let Piece::Sql { text, line } = piece else { continue };
            let script = script(&name, &text, line)?;
            for statement in &script.statements {
                let effects = surefoot_effects::effects(script.text(statement), major);
                if let TransactionRule::Forbidden { reason } | TransactionRule::MayCommit { reason } =
                    effects.transaction
                    && survey.forbidden.is_none()
                {
                    survey.forbidden = Some(format!("{name}:{}: {reason}", line + statement.line - 1));
                }
            }
        }
    }
    Ok(survey)
}

/// A path as its user wrote it.
fn shown(path: &Path) -> String {
    path.strip_prefix(".").unwrap_or(path).display().to_string()
}

fn open(path: &Path) -> Result<Reader<BufReader<File>>> {
    let name = shown(path);
    let file = File::open(path).map_err(|e| Error::Io { action: "read", path: name.clone(), reason: e.to_string() })?;
    Ok(Reader::new(BufReader::with_capacity(1 << 18, file), &name))
}

/// Reads statements that begin on a line of a file.
fn script(name: &str, text: &str, line: usize) -> Result<Script> {
    parse(name, text.into(), &BTreeMap::new(), &mut NoIncludes).map_err(|mut e| {
        e.at.line += line - 1;
        if let ScriptErrorKind::Refused { command, .. } = &e.kind {
            let hint = match command.as_str() {
                "c" | "connect" => "it makes a database and goes there: write the dump without --create",
                _ => "only what runs on the server can be loaded",
            };
            return Error::Refused {
                code: "meta-command",
                message: format!("{}:{}: psql's \\{command} cannot be loaded", e.file, e.at),
                hint: hint.into(),
            };
        }
        Error::Script(vec![(e, None)])
    })
}

/// The parameters the server knows: a dump of a newer version sets some that it does not.
async fn parameters(session: &Session) -> Result<HashSet<String>> {
    let rows = session.rows("SELECT lower(name) FROM pg_catalog.pg_settings").await?;
    Ok(rows.into_iter().filter_map(|mut r| r.take(0)).collect())
}

struct Loading<'a> {
    session: &'a Session,
    interrupt: &'a Interrupt,
    on_load: OnLoad<'a>,
    options: &'a LoadOptions,
    single: bool,
    known: HashSet<String>,
    report: LoadReport,
    /// Statements to send, each with its place.
    batch: Vec<(String, String)>,
    read: u64,
    size: u64,
}

impl Loading<'_> {
    async fn all(&mut self, files: &[PathBuf], project: &Project, invocation: &Invocation) -> Result<()> {
        if self.single {
            self.session.run("BEGIN").await?;
        }
        for path in files {
            self.file(path).await?;
        }
        self.record(project, invocation).await?;
        if self.single {
            self.session.run("COMMIT").await.map_err(|e| at_end(&e))?;
        }
        Ok(())
    }

    async fn file(&mut self, path: &Path) -> Result<()> {
        let name = shown(path);
        let mut reader = open(path)?;
        self.report.files.push(name.clone());
        // Another file does not go on with what the one before has set.
        while let Some(piece) = reader.next()? {
            self.check_interrupt()?;
            match piece {
                Piece::Sql { text, line } => self.sql(&name, &text, line).await?,
                Piece::Copy { text, line } => {
                    self.flush().await?;
                    self.copy(&mut reader, &name, &text, line).await?;
                }
                // Rows come after their COPY only.
                Piece::Rows(_) | Piece::EndOfRows => {}
            }
        }
        self.flush().await
    }

    async fn sql(&mut self, name: &str, text: &str, line: usize) -> Result<()> {
        self.read += text.len() as u64;
        (self.on_load)(name, self.read, self.size);
        let script = script(name, text, line)?;
        for statement in &script.statements {
            let at = format!("{name}:{}", line + statement.line - 1);
            let sql = script.text(statement);
            if self.leaves_out(statement, sql, &at) {
                continue;
            }
            self.batch.push((sql.to_owned(), at));
            if self.batch.len() >= AT_ONCE || !self.single {
                self.flush().await?;
            }
        }
        Ok(())
    }

    /// Statements that have no place in the one transaction, or are not wanted, or that this server does not know.
    fn leaves_out(&mut self, statement: &Statement, sql: &str, at: &str) -> bool {
        let steers = !matches!(statement.kind, StatementKind::Other | StatementKind::CopyFromStdin);
        if steers && self.single {
            let harmless = matches!(
                statement.kind,
                StatementKind::Begin { .. } | StatementKind::Commit { .. } | StatementKind::SetTransaction
            );
            return harmless;
        }
        if self.options.no_privileges && about_roles(sql) {
            return true;
        }
        if let Some(parameter) = set_parameter(sql)
            && !parameter.contains('.')
            && !self.known.contains(&parameter)
        {
            self.report.warnings.push(format!("{at}: the server has no parameter {parameter}: left out"));
            return true;
        }
        false
    }

    async fn flush(&mut self) -> Result<()> {
        let batch = std::mem::take(&mut self.batch);
        let texts: Vec<&str> = batch.iter().map(|(sql, _)| sql.as_str()).collect();
        for (result, (_, at)) in self.session.run_pipelined(&texts).await.into_iter().zip(&batch) {
            result.map_err(|e| self.failed(&e, at))?;
            self.report.statements += 1;
        }
        Ok(())
    }

    async fn copy<R: std::io::BufRead>(
        &mut self,
        reader: &mut Reader<R>,
        name: &str,
        sql: &str,
        line: usize,
    ) -> Result<()> {
        let at = format!("{name}:{line}");
        let mut sink = self.session.copy_from(sql).await.map_err(|e| self.failed(&e, &at))?;
        let mut sent = Ok(());
        while let Some(piece) = reader.next()? {
            self.check_interrupt()?;
            let Piece::Rows(rows) = piece else { break };
            self.read += rows.len() as u64;
            (self.on_load)(name, self.read, self.size);
            if sent.is_ok() {
                sent = sink.send(rows).await;
            }
        }
        // What the server said comes at the end; that nothing could be sent is only its consequence.
        let finished = sink.finish().await;
        let rows = match (sent, finished) {
            (Ok(()), Ok(rows)) => rows,
            (_, Err(e)) | (Err(e), Ok(_)) => {
                let row = e
                    .server()
                    .and_then(|e| e.context.as_deref())
                    .and_then(|c| c.split_once(", line ")?.1.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok());
                let at = row.map_or(at, |row: usize| format!("{name}:{}", line + row));
                return Err(self.failed(&e, &at));
            }
        };
        self.report.rows += rows;
        self.report.statements += 1;
        Ok(())
    }

    fn check_interrupt(&self) -> Result<()> {
        if self.interrupt.is_raised() {
            return Err(surefoot_executor::Error::Interrupted { migration: None, units_done: 0, units_total: 0 }.into());
        }
        Ok(())
    }

    /// A journal that is there afterwards knows what came into its database.
    async fn record(&mut self, project: &Project, invocation: &Invocation) -> Result<()> {
        let Some(journal) = Journal::open(self.session, project.journal_schema(), None).await? else {
            return Ok(());
        };
        let mut detail = Map::new();
        detail.insert("files".into(), json!(self.report.files));
        detail.insert("statements".into(), json!(self.report.statements));
        detail.insert("rows".into(), json!(self.report.rows));
        let event = Event {
            kind: EventKind::Loaded,
            migration: None,
            state: None,
            run: invocation.run.clone(),
            actor: invocation.actor.clone(),
            detail,
        };
        self.session.run(&journal.append_sql(None, &event)).await?;
        Ok(())
    }

    fn failed(&self, error: &surefoot_pg::Error, at: &str) -> Error {
        let Some(server) = error.server() else {
            return Error::Schema { code: "load-fails", message: format!("{at}: {error}"), hint: self.state().into() };
        };
        let hint = if missing_role(&server.message).is_some() {
            "roles belong to the server: make it first, or load with --no-privileges".to_owned()
        } else if let Some(hint) = &server.hint {
            hint.clone()
        } else if matches!(server.code.as_str(), "42P07" | "42710" | "42P06" | "42723" | "23505") {
            "it is there already: load into an empty database".to_owned()
        } else if server.code.starts_with("22") || server.code.starts_with("23") {
            "a row does not fit its table".to_owned()
        } else if server.code == "42601" {
            "PostgreSQL cannot read this statement".to_owned()
        } else {
            "the file needs something that is not there, or is of another version".to_owned()
        };
        Error::Schema {
            code: "load-fails",
            message: format!("{at}: {}", server.message),
            hint: format!("{hint}; {}", self.state()),
        }
    }

    fn state(&self) -> &'static str {
        if self.single { "nothing was changed" } else { "what ran before it stays" }
    }
}

/// Deferred constraints are checked at the end.
fn at_end(error: &surefoot_pg::Error) -> Error {
    Error::Schema {
        code: "load-fails",
        message: format!("at the end: {error}"),
        hint: "the rows break a constraint that is checked at the end; nothing was changed".into(),
    }
}

/// The parameter of a `SET`, in lower case.
fn set_parameter(sql: &str) -> Option<String> {
    let mut words = sql.split(|c: char| c.is_whitespace() || c == '=').filter(|w| !w.is_empty());
    if !words.next()?.eq_ignore_ascii_case("set") {
        return None;
    }
    let name = words.next()?.to_ascii_lowercase();
    let name = match name.as_str() {
        "session" | "local" => words.next()?.to_ascii_lowercase(),
        _ => name,
    };
    // SET ROLE, SET TIME ZONE, SET CONSTRAINTS ... are no parameters.
    let words = ["role", "time", "constraints", "transaction", "session", "characteristics", "schema", "names", "xml"];
    (!words.contains(&name.as_str()) && name != "authorization").then(|| name.trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::set_parameter;

    #[test]
    fn parameters_are_told_from_other_settings() {
        assert_eq!(set_parameter("SET transaction_timeout = 0").as_deref(), Some("transaction_timeout"));
        assert_eq!(set_parameter("set local Work_Mem to '1MB'").as_deref(), Some("work_mem"));
        assert_eq!(set_parameter("SET ROLE x"), None);
        assert_eq!(set_parameter("SET SESSION AUTHORIZATION x"), None);
        assert_eq!(set_parameter("UPDATE t SET a = 1"), None);
    }
}

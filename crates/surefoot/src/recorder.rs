//! `recorder`: the optional event triggers that write down who made which DDL, so that drift has a name and a time.

use serde::Serialize;
use serde_json::{Map, json};
use surefoot_catalog::{Id, Kind};
use surefoot_executor::{Interrupt, Observer, Runner};
use surefoot_journal::{
    Event, EventKind, Journal, recorder_body, recorder_install_sql, recorder_triggers, recorder_uninstall_sql,
};
use surefoot_pg::{ErrorClass, Session, ident, literal};

use crate::{Error, Invocation, Project, Result, Target};

/// Who changed an object, as the recorder saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Witness {
    /// When, RFC 3339 in UTC, by the server's clock.
    pub at: String,
    /// The role that was logged in.
    pub session_role: String,
    /// The role that was set (`SET ROLE`); the same where none was.
    pub acting_role: String,
    /// `application_name` of the session.
    pub application: String,
    /// Address of the client, or `local socket`.
    pub address: String,
    /// The command: `ALTER TABLE`.
    pub tag: String,
    /// What the command was about: the object, or the table it is a part of.
    pub object: String,
}

/// How the recorder stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RecorderStatus {
    /// Whether its event triggers are there.
    pub installed: bool,
    /// What keeps it from recording everything.
    pub problems: Vec<String>,
    /// Rows recorded.
    pub entries: u64,
    /// DDL statements that could not be recorded.
    pub missed: u64,
    /// The time of the first row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// The last change that no run of Surefoot made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Witness>,
}

impl RecorderStatus {
    /// Whether it records everything.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.installed && self.problems.is_empty()
    }
}

/// What is done to the recorder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Install,
    Remove,
}

/// Installs the recorder, or brings it up to date. An event of the journal says so.
///
/// # Errors
/// [`Error::Refused`] when the target has no journal, or the role may not create event triggers.
pub async fn install_recorder(
    project: &Project,
    invocation: &Invocation,
    target: &Target,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<RecorderStatus> {
    change(project, invocation, target, Change::Install, observer, interrupt).await
}

/// Takes the recorder away. What it recorded stays.
///
/// # Errors
/// As [`install_recorder`].
pub async fn remove_recorder(
    project: &Project,
    invocation: &Invocation,
    target: &Target,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<RecorderStatus> {
    change(project, invocation, target, Change::Remove, observer, interrupt).await
}

/// Looks at the recorder. Writes nothing.
///
/// # Errors
/// When the session fails.
pub async fn recorder_status(project: &Project, target: &Target) -> Result<RecorderStatus> {
    let session = target.look().await?;
    let status = look(&session, project.journal_schema()).await;
    session.close().await;
    status
}

async fn change(
    project: &Project,
    invocation: &Invocation,
    target: &Target,
    change: Change,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<RecorderStatus> {
    let session = target.connect().await?;
    let done = async {
        let schema = project.journal_schema();
        // The journal's events have one writer at a time.
        Runner::lock(&session, schema, &target.spec.options, observer, interrupt).await?;
        let Some(journal) = Journal::open(&session, schema, Some(&project.name)).await? else {
            return Err(Error::Refused {
                code: "no-journal",
                message: "the target has no journal, which the recorder is a part of".into(),
                hint: "apply the migrations first: surefoot up".into(),
            });
        };
        let before = look(&session, schema).await?;
        if change == Change::Remove && !before.installed && before.problems.is_empty() {
            return Err(Error::Refused {
                code: "no-recorder",
                message: "the recorder is not installed".into(),
                hint: "see: surefoot recorder status".into(),
            });
        }
        let (sql, kind) = match change {
            Change::Install => (recorder_install_sql(schema), EventKind::RecorderInstalled),
            Change::Remove => (recorder_uninstall_sql(schema), EventKind::RecorderRemoved),
        };
        let mut detail = Map::new();
        detail.insert("triggers".into(), json!(recorder_triggers(schema)));
        let event = Event {
            kind,
            migration: None,
            state: None,
            run: invocation.run.clone(),
            actor: invocation.actor.clone(),
            detail,
        };
        // Both or none: the recorder, and the event that says so.
        let batch = format!("BEGIN;\n{sql};\n{};\nCOMMIT;", journal.append_sql(None, &event));
        if let Err(e) = session.run(&batch).await {
            let _ = session.run("ROLLBACK").await;
            return Err(if e.class() == ErrorClass::Privilege { may_not(&session, &e) } else { e.into() });
        }
        look(&session, schema).await
    }
    .await;
    session.close().await;
    done
}

fn may_not(session: &Session, error: &surefoot_pg::Error) -> Error {
    let said = error.server().map_or_else(|| error.to_string(), |e| e.message.clone());
    Error::Refused {
        code: "privilege",
        message: format!(
            "role {} may not change the recorder, nothing was changed: {said}",
            ident(session.url().user())
        ),
        hint: "event triggers take a superuser, or on a managed server the role that stands in for one (such as \
               rds_superuser of Amazon RDS): run it once with --url postgres://ADMIN@.../...; `up` and `drift` do not need it"
            .into(),
    }
}

async fn look(session: &Session, schema: &str) -> Result<RecorderStatus> {
    let triggers: Vec<String> = recorder_triggers(schema).iter().map(|t| literal(t)).collect();
    let rows = session
        .rows(&format!(
            "SELECT e.evtname, e.evtenabled, p.prosrc, p.prosecdef \
               FROM pg_catalog.pg_event_trigger e JOIN pg_catalog.pg_proc p ON p.oid = e.evtfoid \
              WHERE e.evtname IN ({}) ORDER BY 1",
            triggers.join(", ")
        ))
        .await?;
    let mut status = RecorderStatus { installed: !rows.is_empty(), ..RecorderStatus::default() };
    let body = recorder_body(schema);
    for name in recorder_triggers(schema) {
        match rows.iter().find(|row| row.get(0) == Some(&name)) {
            None if status.installed => {
                status.problems.push(format!("event trigger {name} is gone: surefoot recorder install"))
            }
            None => {}
            Some(row) if row.get(1) != Some("A") => {
                status.problems.push(format!("event trigger {name} is not enabled always: surefoot recorder install"));
            }
            Some(row) if row.get(2) != Some(&body) || row.get(3) != Some("t") => {
                status
                    .problems
                    .push(format!("the function of event trigger {name} is not the one this program installs: surefoot recorder install"));
            }
            Some(_) => {}
        }
    }
    if !has_log(session, schema).await? {
        if status.installed {
            status.problems.push(format!("role {} may not read {}.ddl_log", session.url().user(), ident(schema)));
        }
        return Ok(status);
    }
    let s = ident(schema);
    let rows = session
        .rows(&format!(
            "SELECT (SELECT count(*) FROM {s}.ddl_log), (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {s}.ddl_missed), \
                    (SELECT {} FROM {s}.ddl_log ORDER BY id LIMIT 1), \
                    (SELECT pg_catalog.pg_get_userbyid(c.relowner) FROM pg_catalog.pg_class c \
                       JOIN pg_catalog.pg_proc p ON p.oid = pg_catalog.to_regproc({}) \
                      WHERE c.oid = pg_catalog.to_regclass({}) AND c.relowner <> p.proowner)",
            time("at"),
            literal(&format!("{s}.record_ddl")),
            literal(&format!("{s}.ddl_log")),
        ))
        .await?;
    if let Some(row) = rows.first() {
        status.entries = row.parse(0).unwrap_or(0);
        status.missed = row.parse(1).unwrap_or(0);
        status.since = row.get(2).map(str::to_owned);
        if let Some(owner) = row.get(3) {
            status.problems.push(format!(
                "{schema}.ddl_log belongs to {owner}, so nothing is recorded: give it to the role that installed the recorder"
            ));
        }
    }
    let rows = session
        .rows(&format!("SELECT {} FROM {s}.ddl_log l WHERE NOT l.by_surefoot ORDER BY l.id DESC LIMIT 1", columns()))
        .await?;
    status.last = rows.first().map(|row| witness(row, 0));
    Ok(status)
}

/// Whether there is a log that the role may read.
pub(crate) async fn has_log(session: &Session, schema: &str) -> Result<bool> {
    let table = literal(&format!("{}.ddl_log", ident(schema)));
    let rows = session
        .rows(&format!(
            "SELECT coalesce(pg_catalog.has_schema_privilege({}, 'USAGE') \
                 AND pg_catalog.has_table_privilege(pg_catalog.to_regclass({table}), 'SELECT'), false) \
               FROM pg_catalog.pg_namespace WHERE nspname = {}",
            literal(schema),
            literal(schema)
        ))
        .await?;
    Ok(rows.first().and_then(|row| row.get(0)) == Some("t"))
}

/// For each object the last change of it, or of the table it is a part of, that no run of Surefoot made.
pub(crate) async fn witnesses(session: &Session, schema: &str, objects: &[&Id]) -> Result<Vec<Option<Witness>>> {
    let mut names: Vec<String> = Vec::new();
    for (i, id) in objects.iter().enumerate() {
        for (rank, (name, prefix)) in identities(id).into_iter().enumerate() {
            names.push(format!("({i}, {rank}, {}, {prefix})", literal(&name)));
        }
    }
    let mut out = vec![None; objects.len()];
    if names.is_empty() {
        return Ok(out);
    }
    let rows = session
        .rows(&format!(
            "SELECT v.i, w.* FROM (VALUES {}) v (i, rank, name, prefix) CROSS JOIN LATERAL \
                 (SELECT {} FROM {}.ddl_log l WHERE NOT l.by_surefoot AND l.object_identity = v.name \
                      OR v.prefix AND NOT l.by_surefoot AND starts_with(l.object_identity, v.name) \
                   ORDER BY l.id DESC LIMIT 1) w ORDER BY v.i, v.rank",
            names.join(", "),
            columns(),
            ident(schema)
        ))
        .await?;
    for row in &rows {
        if let Some(i) = row.parse::<usize>(0)
            && let Some(slot @ None) = out.get_mut(i)
        {
            *slot = Some(witness(row, 1));
        }
    }
    Ok(out)
}

fn columns() -> String {
    format!("{}, l.session_role, l.acting_role, l.application, l.address, l.tag, l.object_identity", time("l.at"))
}

fn time(column: &str) -> String {
    format!("pg_catalog.to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")
}

fn witness(row: &surefoot_pg::Row, from: usize) -> Witness {
    let text = |i: usize| row.get(from + i).unwrap_or_default().to_owned();
    Witness {
        at: text(0),
        session_role: text(1),
        acting_role: text(2),
        application: text(3),
        address: text(4),
        tag: text(5),
        object: text(6),
    }
}

/// What the server calls an object in an event trigger, the best name first, and whether it is only the beginning.
/// `ALTER TABLE` names the table, whatever it changes.
fn identities(id: &Id) -> Vec<(String, bool)> {
    let relation = (id.relation(), false);
    match id.kind {
        Kind::Column => vec![(id.reference(), false), relation],
        Kind::Default => vec![(format!("for {}", id.reference()), false), relation],
        Kind::Constraint | Kind::Policy | Kind::Trigger | Kind::Rule => {
            vec![(format!("{} on {}", id.part_name(), id.relation()), false), relation]
        }
        Kind::Function | Kind::Procedure | Kind::Aggregate => {
            vec![(id.reference(), false), (format!("{}(", id.relation()), true)]
        }
        _ => vec![relation],
    }
}

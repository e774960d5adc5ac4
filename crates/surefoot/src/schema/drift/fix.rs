//! Drift taken back, or taken over, by a migration.

use surefoot_catalog::{Catalog, Kind};
use surefoot_diff::{Script, diff};
use surefoot_executor::{Interrupt, Observer};

use crate::new::new_migration;
use crate::resolve::{Premise, adopt, need_reason};
use crate::schema::drift::guarded::guarded;
use crate::schema::drift::{DriftReport, Drifted, How, Schemas};
use crate::schema::{Lab, summary};
use crate::{Error, Invocation, NewMigration, NewReport, Project, Result, Target};

/// A migration that was written because of drift.
#[derive(Debug)]
pub struct Reconciled {
    /// What was written.
    pub written: NewReport,
    /// Where it was proven.
    pub proven: Option<String>,
    /// The event that says it is applied, for drift that was adopted.
    pub event: Option<u64>,
    /// Worth knowing.
    pub warnings: Vec<String>,
}

/// Writes the migration that makes the target what its history says, and does nothing where that is so already. It is
/// not applied. Its rollback is empty: without it the history says the same schema.
///
/// `now` is the time in UTC as `YYYYMMDDHHMMSS`.
///
/// # Errors
/// [`Error::Refused`] when the schema has no drift, or the statements do not lead to the history's schema.
pub async fn fix_drift(
    project: &Project,
    invocation: &Invocation,
    report: &DriftReport,
    wanted: NewMigration,
    on: Option<&str>,
    now: &str,
) -> Result<Reconciled> {
    something_to_do(report)?;
    let script = guarded(&report.repair, &report.schemas.expected);
    let schemas = &report.schemas;
    let lab = start_lab(project, invocation, &report.schemas, on).await?;
    let tried = async {
        let drifted = leads_to(&lab, "drifted", &schemas.there, &script, &schemas.expected).await?;
        let sound = leads_to(&lab, "sound", &schemas.expected, &script, &schemas.expected).await?;
        Ok::<_, Error>((drifted, sound))
    }
    .await;
    let place = lab.place.clone();
    lab.stop().await?;
    let mut warnings = Vec::new();
    let proven = match tried? {
        (Outcome::Same, Outcome::Same) => Some(place),
        (Outcome::Differs(what), _) => return Err(not_proven(&what)),
        (_, Outcome::Differs(what)) => {
            return Err(not_proven(&format!("where there is no drift it should do nothing, and does not: {what}")));
        }
        (Outcome::NoStart(what), _) | (_, Outcome::NoStart(what)) => {
            warnings.push(format!("not proven: {what}"));
            None
        }
    };
    let mut down = String::from(
        "-- Without this migration the history says the same schema.\n\
         SELECT 'nothing to undo' AS note;\n\n-- What would bring the drift back:\n",
    );
    for line in report.adopt.to_sql().lines() {
        down.push_str(format!("--   {line}").trim_end());
        down.push('\n');
    }
    let wanted = NewMigration {
        up_sql: Some(format!("{}\n{}", told(&report.differences, "Taken back here"), script.to_sql())),
        down_sql: Some(down),
        no_transaction: script.steps.iter().any(|s| s.alone),
        ..wanted
    };
    let written = new_migration(project, &wanted, now)?;
    Ok(Reconciled { written, proven, event: None, warnings })
}

/// Writes the migration that makes the history's schema into what is there, and records it as applied in this target,
/// with the reason. Every other environment gets it with its next `up`.
///
/// # Errors
/// [`Error::Refused`] when the schema has no drift, migrations are pending, the statements do not lead to what is
/// there, or the target was changed meanwhile; nothing stays written then.
#[expect(clippy::too_many_arguments, reason = "the surroundings every use case has")]
pub async fn adopt_drift(
    project: &Project,
    invocation: &Invocation,
    target: &Target,
    report: &DriftReport,
    wanted: NewMigration,
    on: Option<&str>,
    now: &str,
    reason: &str,
    observer: &dyn Observer,
    interrupt: &Interrupt,
) -> Result<Reconciled> {
    need_reason(reason)?;
    something_to_do(report)?;
    if !report.pending.is_empty() {
        return Err(Error::Refused {
            code: "pending",
            message: format!(
                "{} pending: what is adopted would come after them in the history, and is there before them",
                report.pending.join(", ")
            ),
            hint: "apply them first: surefoot up; one that an earlier --adopt wrote and did not get to record: \
                   surefoot resolve --applied ID --reason ..."
                .into(),
        });
    }
    let schemas = &report.schemas;
    let lab = start_lab(project, invocation, &report.schemas, on).await?;
    let tried = async {
        let up = leads_to(&lab, "history", &schemas.expected, &report.adopt, &schemas.there).await?;
        let down = leads_to(&lab, "there", &schemas.there, &report.repair, &schemas.expected).await?;
        Ok::<_, Error>((up, down))
    }
    .await;
    let place = lab.place.clone();
    lab.stop().await?;
    let mut warnings = Vec::new();
    let proven = match tried? {
        (Outcome::Same, Outcome::Same) => Some(place),
        (Outcome::Differs(what), _) | (_, Outcome::Differs(what)) => return Err(not_proven(&what)),
        (Outcome::NoStart(what), _) | (_, Outcome::NoStart(what)) => {
            warnings.push(format!("not proven: {what}"));
            None
        }
    };
    let wanted = NewMigration {
        up_sql: Some(format!("{}\n{}", told(&report.differences, "Adopted here"), report.adopt.to_sql())),
        down_sql: Some(report.repair.to_sql()),
        no_transaction: report.adopt.steps.iter().chain(&report.repair.steps).any(|s| s.alone),
        ..wanted
    };
    let written = new_migration(project, &wanted, now)?;
    let recorded = async {
        let set = project.load(Some(&target.spec.environment))?;
        let premise = Premise { head: report.head, catalog: &report.catalog };
        adopt(project, invocation, &set, target, &written.id, premise, reason, observer, interrupt).await
    }
    .await;
    match recorded {
        Ok(resolution) => Ok(Reconciled { written, proven, event: Some(resolution.event), warnings }),
        Err(e) => {
            // What is not recorded would be pending, and fail.
            for file in &written.files {
                let path = project.dir.path(file);
                let _ = std::fs::remove_file(&path);
                if let Some(folder) = path.parent() {
                    // Only an empty one goes: that of a migration with a folder of its own.
                    let _ = std::fs::remove_dir(folder);
                }
            }
            Err(e)
        }
    }
}

fn something_to_do(report: &DriftReport) -> Result<()> {
    if !report.repair.is_empty() {
        return Ok(());
    }
    let hint = if report.files.is_empty() {
        "there is nothing to write".to_owned()
    } else {
        "files that were changed or are gone: surefoot recover brings them back, surefoot resolve --checksum ID accepts \
         a change"
            .to_owned()
    };
    Err(Error::Refused { code: "no-drift", message: "the schema has no drift".into(), hint })
}

fn not_proven(what: &str) -> Error {
    Error::Refused {
        code: "not-proven",
        message: format!(
            "the migration was tried on the dev database and does not do what it should: {what}; nothing was written"
        ),
        hint: "see the statements: surefoot drift --format sql; what is not to be compared: [drift] ignore".into(),
    }
}

/// The differences as comments, with who made them.
fn told(differences: &[Drifted], what: &str) -> String {
    let mut out = format!("-- {what}:\n");
    for d in differences {
        let who = d
            .last_change
            .as_ref()
            .map_or_else(String::new, |w| format!(", by {} via {} at {}", w.acting_role, w.application, w.at));
        let how = match d.how {
            How::Missing => "was missing",
            How::Extra => "was extra",
            How::Changed => "was changed",
        };
        out.push_str(&format!("-- {} {} {how}{who}\n", d.kind, d.name).replace('\r', " "));
    }
    out
}

/// A dev database in which both schemas can be made.
pub(super) async fn start_lab(
    project: &Project,
    invocation: &Invocation,
    schemas: &Schemas,
    on: Option<&str>,
) -> Result<Lab> {
    let both = [&schemas.there, &schemas.expected];
    let names = both.iter().flat_map(|c| c.objects()).filter(|o| o.id.kind == Kind::Extension);
    let extensions = names.map(|o| o.id.name.to_string()).filter(|name| name != "plpgsql").collect();
    Lab::start(Some(project), invocation, on, extensions, Vec::new(), Some(schemas.there.major())).await
}

/// What trying a script has shown.
enum Outcome {
    Same,
    Differs(String),
    /// The schema to start from could not be made.
    NoStart(String),
}

/// Makes one schema in the lab, runs the script, and compares with the other.
async fn leads_to(lab: &Lab, label: &str, from: &Catalog, script: &Script, to: &Catalog) -> Result<Outcome> {
    let options = surefoot_diff::Options { owners: false, privileges: false, ..Default::default() };
    let url = lab.database(label).await?;
    let session = lab.session(&url).await?;
    let ran = async {
        let here = surefoot_introspect::catalog(&session, &Default::default()).await?;
        let making = match diff(&here, from, &options) {
            Ok(making) => making,
            Err(e) => return Ok(Some(Outcome::NoStart(e.to_string()))),
        };
        if let Some(what) = run(&session, lab, &making).await? {
            return Ok(Some(Outcome::NoStart(what)));
        }
        Ok::<_, Error>(run(&session, lab, script).await?.map(Outcome::Differs))
    }
    .await;
    session.close().await;
    if let Some(tried) = ran? {
        return Ok(tried);
    }
    let now = lab.read(&url, &[]).await?;
    let kept =
        |c: &Catalog| c.filtered(|o| !matches!(o.id.kind, Kind::Database | Kind::Setting | Kind::DefaultPrivilege));
    Ok(match diff(&kept(&now), &kept(to), &options) {
        Ok(left) if left.is_empty() => Outcome::Same,
        Ok(left) => {
            let names: Vec<String> = summary(&left).iter().map(|d| format!("{} {}", d.kind, d.name)).collect();
            Outcome::Differs(format!("differences are left in {}", names.join(", ")))
        }
        Err(e) => Outcome::Differs(e.to_string()),
    })
}

/// Runs a script; `Some` says which statement failed and why. On a server of our own, roles are made as they are met.
async fn run(session: &surefoot_pg::Session, lab: &Lab, script: &Script) -> Result<Option<String>> {
    for step in &script.steps {
        for _ in 0..20 {
            let Err(e) = session.run(&step.sql).await else { break };
            let role = e.server().filter(|e| e.code == "42704").and_then(|e| {
                e.message.strip_prefix("role \"").and_then(|rest| rest.strip_suffix("\" does not exist"))
            });
            match role {
                Some(role) if lab.owns_server() => {
                    session.run(&format!("CREATE ROLE {}", surefoot_pg::ident(role))).await?;
                }
                _ => {
                    let first = step.sql.lines().next().unwrap_or_default();
                    let said = e.server().map_or_else(|| e.to_string(), |e| e.message.clone());
                    return Ok(Some(format!("{first}: {said}")));
                }
            }
        }
    }
    Ok(None)
}

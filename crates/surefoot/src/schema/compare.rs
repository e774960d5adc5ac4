//! `diff`: two schemas, and the script from one to the other.

use serde::Serialize;
use surefoot_catalog::{Body, Catalog, Id, Kind, Object};
use surefoot_diff::{Action, Script, diff};
use surefoot_pg::{ConnectUrl, Session};

use crate::schema::load::{Prepared, load, prepare};
use crate::schema::rename::{Rename, annotated, apply, candidates};
use crate::schema::{Lab, SchemaSource, blank};
use crate::{Error, Invocation, Project, Result};

/// How to compare.
#[derive(Debug, Clone, Default)]
pub struct DiffOptions {
    /// Build indexes `CONCURRENTLY` and validate constraints in a step of their own.
    pub online: bool,
    /// For a history: up to this migration.
    pub at: Option<String>,
    /// Where to load text: `embedded`, `local`, or a URL; else as configured, else chosen.
    pub on: Option<String>,
    /// Try the script and its way back on the dev database.
    pub prove: bool,
    /// What looks like a rename is meant as a drop and an addition.
    pub accept_drops: bool,
    /// Renames, as `old=new`: `public.orders=public.purchases`, `public.orders.total=amount`.
    pub renamed: Vec<String>,
    /// Leave owners and privileges out.
    pub no_privileges: bool,
}

/// One object that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Its kind, in words.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// What the script does to it.
    pub action: Action,
    /// What is lost.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<String>,
}

/// What trying the script has shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "proof", rename_all = "snake_case")]
pub enum Proof {
    /// The script gives exactly the wanted schema, and the way back the one before.
    Proven {
        /// Where it was tried.
        place: String,
    },
    /// It does not.
    Failed {
        /// What happened.
        reason: String,
    },
}

/// Two schemas compared.
#[derive(Debug)]
pub struct DiffReport {
    /// The first, in words.
    pub from: String,
    /// The second.
    pub to: String,
    /// Hashes of the two.
    pub hashes: (String, String),
    /// The statements from the first to the second.
    pub script: Script,
    /// The statements back.
    pub back: Script,
    /// The same, object by object.
    pub differences: Vec<Difference>,
    /// What looks like a rename and was taken for a drop and an addition.
    pub look_alikes: Vec<String>,
    /// The proof, if one was asked for.
    pub proof: Option<Proof>,
    /// Worth knowing.
    pub warnings: Vec<String>,
}

impl DiffReport {
    /// Whether the schemas are the same.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.script.is_empty()
    }
}

/// Compares two schemas and writes the script from the first to the second.
///
/// # Errors
/// When a source cannot be read; [`Error::Refused`] with code `looks-like-rename` when the second is text, something
/// looks like a rename, and nothing says whether it is one.
pub async fn compare(
    project: Option<&Project>,
    invocation: &Invocation,
    from: &SchemaSource,
    to: &SchemaSource,
    options: &DiffOptions,
) -> Result<DiffReport> {
    let history = |source: &SchemaSource| matches!(source, SchemaSource::Migrations { .. });
    let at = options.at.as_deref();
    // With one history `--at` is about that one, with two about the first.
    let at_from = at.filter(|_| history(from) || !history(to));
    let at_to = at.filter(|_| history(to) && !history(from));
    let first = prepare(project, invocation, from, at_from)?;
    let second = prepare(project, invocation, to, at_to)?;
    let mut renames = given(&options.renamed)?;
    if let Prepared::Scripts(scripts) = &second {
        renames.extend(annotated(scripts));
    }
    let needs_lab = from.needs_lab() || to.needs_lab() || options.prove || !renames.is_empty();
    if !needs_lab {
        let (a, b) = (load(project, invocation, first, None).await?, load(project, invocation, second, None).await?);
        let mut warnings = a.warnings;
        warnings.extend(b.warnings);
        return report(from, to, &a.catalog, &b.catalog, Vec::new(), options, warnings);
    }
    let (mut extensions, mut needs) = first.wants();
    let (more, others) = second.wants();
    extensions.extend(more);
    needs.extend(others.into_iter().filter(|n| !needs.contains(n)).collect::<Vec<_>>());
    let lab = Lab::start(project, invocation, options.on.as_deref(), extensions, needs, None).await?;
    let done = in_lab(project, invocation, (from, to), (first, second), renames, options, &lab).await;
    lab.stop().await?;
    done
}

async fn in_lab(
    project: Option<&Project>,
    invocation: &Invocation,
    (from, to): (&SchemaSource, &SchemaSource),
    (first, second): (Prepared, Prepared),
    renames: Vec<Rename>,
    options: &DiffOptions,
    lab: &Lab,
) -> Result<DiffReport> {
    let mut warnings = lab.warnings.clone();
    let a = load(project, invocation, first, Some(lab)).await?;
    let b = load(project, invocation, second, Some(lab)).await?;
    warnings.extend(a.warnings);
    warnings.extend(b.warnings);
    let renames: Vec<Rename> = renames.into_iter().filter(|r| r.applies(&a.catalog, &b.catalog)).collect();
    let mut before = a.catalog;
    let mut first_steps = Vec::new();
    if !renames.is_empty() {
        let url = lab.database("renamed").await?;
        build(lab, &url, &before).await?;
        let session = lab.session(&url).await?;
        first_steps = apply(&session, &renames).await?;
        session.close().await;
        let role = before.role.clone();
        before = lab.read(&url, &[]).await?;
        before.role = role;
    }
    let mut report = report(from, to, &before, &b.catalog, first_steps, options, warnings)?;
    if options.prove {
        report.proof = Some(prove(lab, &before, &b.catalog, &report).await?);
    }
    Ok(report)
}

fn report(
    from: &SchemaSource,
    to: &SchemaSource,
    a: &Catalog,
    b: &Catalog,
    first_steps: Vec<surefoot_diff::Step>,
    options: &DiffOptions,
    warnings: Vec<String>,
) -> Result<DiffReport> {
    let settings = surefoot_diff::Options {
        online: options.online,
        owners: !options.no_privileges && same_roles(from, to),
        privileges: !options.no_privileges,
        ..Default::default()
    };
    // An empty database is one in which nothing was made yet.
    let blanks = (blank(b), blank(a));
    let a = if matches!(from, SchemaSource::Empty) { &blanks.0 } else { a };
    let b = if matches!(to, SchemaSource::Empty) { &blanks.1 } else { b };
    // Text says nothing of the database it is loaded into.
    let of_text = |object: &Object| !matches!(object.id.kind, Kind::Database | Kind::Role);
    let (plain_a, plain_b);
    let (a, b) = if same_roles(from, to) {
        (a, b)
    } else {
        (plain_a, plain_b) = (a.filtered(of_text), b.filtered(of_text));
        (&plain_a, &plain_b)
    };
    let mut look_alikes: Vec<String> = Vec::new();
    if !options.accept_drops {
        let found = candidates(a, b);
        if to.needs_lab() && !found.is_empty() {
            return Err(looks_like_rename(&found));
        }
        look_alikes = found.iter().map(ToString::to_string).collect();
    }
    let mut script = diff(a, b, &settings).map_err(|e| order(&e))?;
    // The way back is reviewed by people, not run on a busy table without them.
    let mut back = diff(b, a, &settings).map_err(|e| order(&e))?;
    back.steps.extend(Rename::undo(&first_steps));
    script.steps.splice(0..0, first_steps);
    let differences = summary(&script);
    Ok(DiffReport {
        from: from.to_string(),
        to: to.to_string(),
        hashes: (a.hash(), b.hash()),
        script,
        back,
        differences,
        look_alikes,
        proof: None,
        warnings,
    })
}

/// Text says nothing of owners: what it makes belongs to whoever runs it, which is another role in each database.
fn same_roles(from: &SchemaSource, to: &SchemaSource) -> bool {
    !from.needs_lab() && !to.needs_lab()
}

fn order(error: &surefoot_diff::Error) -> Error {
    Error::Schema { code: "no-order", message: error.to_string(), hint: error.hint() }
}

fn given(renamed: &[String]) -> Result<Vec<Rename>> {
    renamed
        .iter()
        .map(|text| {
            Rename::parse(text).ok_or_else(|| Error::Usage {
                message: format!("--renamed {text}: not understood"),
                hint: "write public.old_table=new_table, or public.table.old_column=new_column".into(),
            })
        })
        .collect()
}

fn looks_like_rename(found: &[Rename]) -> Error {
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    let first = &found[0];
    Error::Refused {
        code: "looks-like-rename",
        message: format!("{}: a rename, or a drop and an addition?", lines.join("; ")),
        hint: format!(
            "say it in the schema, beside {}: -- surefoot: renamed-from {}; or with --renamed {}; or, if the data shall \
             go, --accept-drops",
            first.new_name(),
            first.old_name(),
            first.written(),
        ),
    }
}

/// The objects a script is about, each once, with the strongest thing that happens to it.
#[must_use]
pub fn summary(script: &Script) -> Vec<Difference> {
    let mut out: Vec<Difference> = Vec::new();
    let mut seen: std::collections::HashMap<&Id, usize> = std::collections::HashMap::new();
    for step in &script.steps {
        let action = match step.action {
            Action::DropToReplace => Action::Recreate,
            other => other,
        };
        let i = *seen.entry(&step.object).or_insert_with(|| {
            out.push(Difference {
                kind: step.object.kind.word(),
                name: step.object.reference(),
                action,
                losses: Vec::new(),
            });
            out.len() - 1
        });
        let entry = &mut out[i];
        if entry.action == Action::Alter {
            entry.action = action;
        }
        entry.losses.extend(step.loss.clone());
    }
    out
}

/// Makes a schema in an empty database of the lab.
pub(crate) async fn build(lab: &Lab, url: &ConnectUrl, catalog: &Catalog) -> Result<()> {
    let options = surefoot_diff::Options { owners: false, privileges: false, ..Default::default() };
    let session = lab.session(url).await?;
    let done = async {
        let here = surefoot_introspect::catalog(&session, &surefoot_introspect::Options::default()).await?;
        let script = diff(&here, catalog, &options).map_err(|e| order(&e))?;
        run(&session, &script).await
    }
    .await;
    session.close().await;
    done
}

async fn run(session: &Session, script: &Script) -> Result<()> {
    for step in &script.steps {
        if let Err(e) = session.run(&step.sql).await {
            return Err(Error::Schema {
                code: "script-fails",
                message: format!("{}: {e}", first_line(&step.sql)),
                hint: "please report the two schemas: this script should work".into(),
            });
        }
    }
    Ok(())
}

fn first_line(sql: &str) -> &str {
    sql.lines().next().unwrap_or_default()
}

/// Applies the script to a copy of the first schema, compares with the second, and goes back.
async fn prove(lab: &Lab, a: &Catalog, b: &Catalog, report: &DiffReport) -> Result<Proof> {
    let url = lab.database("proof").await?;
    let tried = async {
        build(lab, &url, a).await?;
        let plain = |c: &Catalog| bare(c);
        let options = surefoot_diff::Options { owners: false, privileges: false, ..Default::default() };
        let renames = report.script.steps.iter().take_while(|s| Rename::is_step(s)).count();
        for (steps, wanted, what) in
            [(&report.script.steps[renames..], b, "the script"), (back_steps(report, renames), a, "the way back")]
        {
            let session = lab.session(&url).await?;
            let script = Script { steps: steps.iter().filter(|s| !about_roles(&s.sql)).cloned().collect() };
            let ran = run(&session, &script).await;
            session.close().await;
            ran?;
            let now = lab.read(&url, &[]).await?;
            let left = diff(&plain(&now), &plain(wanted), &options).map_err(|e| order(&e))?;
            if !left.is_empty() {
                let names: Vec<String> = summary(&left).iter().map(|d| format!("{} {}", d.kind, d.name)).collect();
                return Ok(Some(format!("{what} leaves differences in {}", names.join(", "))));
            }
        }
        Ok(None)
    }
    .await;
    Ok(match tried {
        Ok(None) => Proof::Proven { place: lab.place.clone() },
        Ok(Some(reason)) => Proof::Failed { reason },
        Err(Error::Schema { message, .. }) => Proof::Failed { reason: message },
        Err(other) => return Err(other),
    })
}

fn back_steps(report: &DiffReport, renames: usize) -> &[surefoot_diff::Step] {
    &report.back.steps[..report.back.steps.len() - renames]
}

/// Roles are not there in the dev database.
fn about_roles(sql: &str) -> bool {
    sql.starts_with("GRANT ") || sql.starts_with("REVOKE ") || (sql.starts_with("ALTER ") && sql.contains(" OWNER TO "))
}

fn bare(catalog: &Catalog) -> Catalog {
    catalog.filtered(|object: &Object| {
        !matches!(object.id.kind, Kind::Role | Kind::Database | Kind::DefaultPrivilege | Kind::Setting)
            && !matches!(&object.body, Body::Schema(_) if &*object.id.name == "surefoot")
    })
}

//! `diff`: two schemas, and the script from one to the other.

use serde::Serialize;
use surefoot_catalog::{Catalog, Id, Kind, Object};
use surefoot_diff::{Action, Script, Step, diff};
use surefoot_pg::{ConnectUrl, Session};

use crate::config::interpolate;
use crate::schema::hazard::{StepHazards, hazards_of};
use crate::schema::load::{Loaded, Prepared, load_with, prepare};
use crate::schema::proof::{Proof, prove};
use crate::schema::rename::{
    AskRename, Rename, Renamed, Rounds, Said, annotated, annotated_prisma, carry_out, exact, from_git, given,
};
use crate::schema::roles::limited;
use crate::schema::run_scripts::missing_role;
use crate::schema::same_words::{in_doubt, same_words};
use crate::schema::{Lab, SchemaSource, blank};
use crate::{Error, Invocation, Project, Result, TargetSpec};

/// How to compare.
#[derive(Debug, Clone, Default)]
pub struct DiffOptions {
    /// Build indexes `CONCURRENTLY` and validate constraints in a step of their own; where nothing is said, when the
    /// script is for a production environment (see [`is_production`]).
    pub online: Option<bool>,
    /// For a history: up to this migration.
    pub at: Option<String>,
    /// Where to load text: `embedded`, `local`, or a URL; else as configured, else chosen.
    pub on: Option<String>,
    /// Try the script and its way back on the dev database, with rows in the tables.
    pub prove: bool,
    /// What looks like a rename is meant as a drop and an addition.
    pub accept_drops: bool,
    /// Renames, as `old=new`: `public.orders=public.purchases`, `public.orders.total=amount`.
    pub renamed: Vec<String>,
    /// Leave owners and privileges out.
    pub no_privileges: bool,
    /// Compare roles and memberships, which belong to the server, too. Between text and a database only the roles that
    /// the text makes are compared.
    pub roles: bool,
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
    /// The object.
    #[serde(skip)]
    pub id: Id,
}

/// One object under two names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Renaming {
    /// What it is, in words.
    pub kind: String,
    /// Its name as it is.
    pub from: String,
    /// Its name as it shall be.
    pub to: String,
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
    /// What is to be known about each of its steps.
    pub hazards: Vec<StepHazards>,
    /// What has another name; the script begins with these.
    pub renames: Vec<Renaming>,
    /// The production environment that the script is written for, when that is why it is written to run online.
    pub online_for: Option<String>,
    /// The rest, object by object.
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

/// Compares two schemas and writes the script from the first to the second. What looks like a rename is asked about.
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
    ask: &dyn AskRename,
) -> Result<DiffReport> {
    let history = |source: &SchemaSource| matches!(source, SchemaSource::Migrations { .. });
    let at = options.at.as_deref();
    // With one history `--at` is about that one, with two about the first.
    let at_from = at.filter(|_| history(from) || !history(to));
    let at_to = at.filter(|_| history(to) && !history(from));
    let first = prepare(project, invocation, from, at_from)?;
    let second = prepare(project, invocation, to, at_to)?;
    let (mut extensions, mut needs) = first.wants();
    let (more, others) = second.wants();
    extensions.extend(more);
    needs.extend(others.into_iter().filter(|n| !needs.contains(n)).collect::<Vec<_>>());
    let on = options.on.as_deref();
    // A server of the version that the script is for prints as that one does.
    let major = match first.major().await {
        Some(major) => Some(major),
        None => second.major().await,
    };
    let start = || Lab::start(project, invocation, on, extensions.clone(), needs.clone(), major);
    let mut lab = if from.needs_lab() || to.needs_lab() || options.prove { Some(start().await?) } else { None };
    let done = async {
        let known = Known::of(Some(&first), &second, &options.renamed)?;
        let (a, b) = load_both(project, invocation, first, second, lab.as_ref(), options.roles).await?;
        let mut warnings = known.warnings.clone();
        warnings.extend(lab.iter().flat_map(|lab| lab.warnings.clone()));
        warnings.extend(a.warnings);
        warnings.extend(b.warnings);
        let known = known.rounds((from, to), (&a.catalog, &b.catalog), options.accept_drops, ask);
        // An empty database has nothing to rename.
        let blanks = (blank(&b.catalog), blank(&a.catalog));
        let a = if matches!(from, SchemaSource::Empty) { blanks.0 } else { a.catalog };
        let b = if matches!(to, SchemaSource::Empty) { blanks.1 } else { b.catalog };
        let (a, b) = match (from.needs_lab(), to.needs_lab()) {
            (false, true) => (limited(&a, &b), b),
            (true, false) => {
                let b = limited(&b, &a);
                (a, b)
            }
            _ => (a, b),
        };
        if lab.is_none() && in_doubt(&a, &b) {
            lab = Some(start().await?);
        }
        let a = match &lab {
            Some(lab) => same_words(lab, a, &b, &mut warnings).await?,
            None => a,
        };
        let before = a.clone();
        let renamed = carry_out(known, a, &b, &mut lab, start).await?;
        let online_for = production(project, invocation, from);
        let mut report = report((from, to), &before, renamed, &b, options, online_for, warnings)?;
        if let Some(lab) = lab.as_ref().filter(|_| options.prove && !report.is_same()) {
            report.proof = Some(prove(lab, &before, &b, &report).await?);
        }
        Ok(report)
    }
    .await;
    if let Some(lab) = lab {
        lab.stop().await?;
    }
    done
}

/// Loads both, at the same time where each is on a server of its own accord: one reads while the other waits.
async fn load_both(
    project: Option<&Project>,
    invocation: &Invocation,
    first: Prepared,
    second: Prepared,
    lab: Option<&Lab>,
    roles: bool,
) -> Result<(Loaded, Loaded)> {
    let apart = first.is_on_a_server() && second.is_on_a_server();
    let (first, second) =
        (load_with(project, invocation, first, lab, roles), load_with(project, invocation, second, lab, roles));
    if apart { tokio::try_join!(first, second) } else { Ok((first.await?, second.await?)) }
}

/// What the texts and the command line say about renames.
pub(super) struct Known {
    said: Vec<Said>,
    exact: Vec<Rename>,
    prisma: Option<surefoot_prisma::Schema>,
    /// What is wrong with what they say.
    pub(super) warnings: Vec<String>,
}

impl Known {
    /// Reads it; the first schema may be one without texts.
    pub(super) fn of(first: Option<&Prepared>, second: &Prepared, renamed: &[String]) -> Result<Self> {
        let mut said = given(renamed)?;
        let (beside, warnings) = annotated(second.scripts());
        said.extend(beside);
        said.extend(second.prisma().map(|(schema, texts)| annotated_prisma(texts, schema)).unwrap_or_default());
        let exact = match (first.and_then(Prepared::prisma), second.prisma()) {
            (Some((old, _)), Some((new, _))) => exact(old, new),
            _ => Vec::new(),
        };
        Ok(Self { said, exact, prisma: second.prisma().map(|(schema, _)| schema.clone()), warnings })
    }

    /// The same for two schemas as they were loaded.
    pub(super) fn rounds<'a>(
        mut self,
        (from, to): (&SchemaSource, &SchemaSource),
        (a, b): (&Catalog, &Catalog),
        accept_drops: bool,
        ask: &'a dyn AskRename,
    ) -> Rounds<'a> {
        if let (Some(schema), SchemaSource::Prisma(path)) = (&self.prisma, to)
            && !matches!(from, SchemaSource::Prisma(_))
            && self.exact.is_empty()
        {
            self.said.extend(from_git(path, schema, a, b).into_iter().map(Said::Known));
        }
        Rounds { said: self.said, exact: self.exact, prisma: self.prisma, accept_drops, strict: to.needs_lab(), ask }
    }
}

pub(super) fn report(
    (from, to): (&SchemaSource, &SchemaSource),
    before: &Catalog,
    renamed: Renamed,
    b: &Catalog,
    options: &DiffOptions,
    online_for: Option<String>,
    warnings: Vec<String>,
) -> Result<DiffReport> {
    let settings = surefoot_diff::Options {
        online: options.online.unwrap_or(online_for.is_some()),
        owners: !options.no_privileges && same_roles(from, to),
        privileges: !options.no_privileges,
        ..Default::default()
    };
    // Text says nothing of the database it is loaded into.
    let of_text = |object: &Object| object.id.kind != Kind::Database;
    let plain = |catalog: &Catalog| if same_roles(from, to) { catalog.clone() } else { catalog.filtered(of_text) };
    let (before, a, b) = (plain(before), plain(&renamed.catalog), plain(b));
    // The way back is reviewed by people, not run on a busy table without them. The hashes of large schemas take as long
    // as the scripts.
    let (script, back, hashes) = std::thread::scope(|scope| {
        let hashes = scope.spawn(|| (before.hash(), b.hash()));
        let scripts = diff(&a, &b, &settings).and_then(|script| Ok((script, diff(&b, &a, &settings)?)));
        let hashes = hashes.join().unwrap_or_else(|_| (before.hash(), b.hash()));
        scripts.map(|(script, back)| (script, back, hashes))
    })
    .map_err(|e| order(&e))?;
    let (mut script, mut back) = (script, back);
    back.steps.extend(renamed.back);
    let differences = summary(&script);
    script.steps.splice(0..0, renamed.steps);
    let hazards = hazards_of(&script, if before.major() == 0 { b.major() } else { before.major() });
    let named = |r: &Rename| Renaming { kind: r.what(), from: r.from(), to: r.to() };
    let online_for = online_for.filter(|_| options.online.is_none());
    Ok(DiffReport {
        from: from.to_string(),
        to: to.to_string(),
        hashes,
        script,
        back,
        hazards,
        renames: renamed.done.iter().map(named).collect(),
        online_for,
        differences,
        look_alikes: renamed.look_alikes.iter().map(ToString::to_string).collect(),
        proof: None,
        warnings,
    })
}

/// The production environment that a script from this schema is written for.
fn production(project: Option<&Project>, invocation: &Invocation, from: &SchemaSource) -> Option<String> {
    let project = project?;
    match from {
        SchemaSource::Environment(name) => Some(name.clone()),
        SchemaSource::Url(url) => environment_of(project, invocation, url),
        SchemaSource::Migrations { folder: None } => Some(TargetSpec::environment(project, invocation)),
        _ => None,
    }
    .filter(|name| is_production(project, name))
}

/// Whether an environment is one where nobody may be kept waiting: it is protected, or called so.
#[must_use]
pub fn is_production(project: &Project, environment: &str) -> bool {
    let called = ["production", "prod", "live"].contains(&environment.to_ascii_lowercase().as_str());
    called || project.config.environments.get(environment).is_some_and(|section| section.protected)
}

/// The environment that has this database.
fn environment_of(project: &Project, invocation: &Invocation, url: &ConnectUrl) -> Option<String> {
    let leads_there = |text: &String| {
        let text = interpolate(text, &invocation.variables).ok()?;
        let other = ConnectUrl::parse(&text).ok()?;
        Some(other.hosts() == url.hosts() && other.database() == url.database())
    };
    let found =
        project.config.environments.iter().find(|(_, section)| {
            section.url.iter().chain(&section.direct_url).any(|text| leads_there(text) == Some(true))
        });
    found.map(|(name, _)| name.clone())
}

/// Text says nothing of owners: what it makes belongs to whoever runs it, which is another role in each database.
fn same_roles(from: &SchemaSource, to: &SchemaSource) -> bool {
    !from.needs_lab() && !to.needs_lab()
}

pub(super) fn order(error: &surefoot_diff::Error) -> Error {
    Error::Schema { code: "no-order", message: error.to_string(), hint: error.hint() }
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
                id: step.object.clone(),
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
        run(&session, &script, lab).await
    }
    .await;
    session.close().await;
    done
}

async fn run(session: &Session, script: &Script, lab: &Lab) -> Result<()> {
    for step in &script.steps {
        if let Err(e) = run_step(session, &step.sql, lab).await {
            return Err(Error::Schema {
                code: "script-fails",
                message: format!("{}: {e}", first_line(&step.sql)),
                hint: "please report the two schemas: this script should work".into(),
            });
        }
    }
    Ok(())
}

/// Roles that a policy or user mapping names are made as they are met, on a server that is ours alone.
pub(super) async fn run_step(session: &Session, sql: &str, lab: &Lab) -> std::result::Result<(), surefoot_pg::Error> {
    for _ in 0..50 {
        let Err(error) = session.run(sql).await else { return Ok(()) };
        let role = error.server().filter(|e| e.code == "42704").and_then(|e| missing_role(&e.message));
        match role {
            Some(role) if lab.owns_server() => {
                session.run(&format!("CREATE ROLE {}", surefoot_pg::ident(role))).await?;
            }
            _ => return Err(error),
        }
    }
    Ok(())
}

pub(super) fn first_line(sql: &str) -> &str {
    sql.lines().next().unwrap_or_default()
}

/// A role would be made for the whole server.
pub(super) fn is_role(step: &Step) -> bool {
    matches!(step.object.kind, Kind::Role | Kind::Membership)
}

/// Roles are not there in the dev database.
pub(crate) fn about_roles(sql: &str) -> bool {
    sql.contains("set_config('role'")
        || sql.starts_with("GRANT ")
        || sql.starts_with("ALTER DEFAULT PRIVILEGES ")
        || sql.starts_with("REVOKE ")
        || (sql.starts_with("ALTER ") && sql.contains(" OWNER TO "))
}

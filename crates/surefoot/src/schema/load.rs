//! Reading a schema from where it comes.

use std::collections::BTreeSet;

use surefoot_catalog::Catalog;
use surefoot_devdb::Need;
use surefoot_introspect::{Options, Recognised, Special};
use surefoot_pg::{ConnectOptions, ConnectUrl, Session};
use surefoot_source::{Graph, Migration, MigrationSet};
use surefoot_sql::script::{NoIncludes, Script, parse};

use crate::check::has_handler;
use crate::schema::roles::RolesBefore;
use crate::schema::run_scripts::run_scripts;
use crate::schema::texts::{PrismaTexts, folder_of, git, io, not_a_snapshot, output, prisma, read, scripts, sql_files};
use crate::schema::{Lab, SchemaSource};
use crate::target::{Place, Target};
use crate::work::Workshop;
use crate::{Error, Invocation, Project, Result, TargetSpec};

/// A source as far as it can be read without a database.
#[derive(Debug)]
pub(crate) enum Prepared {
    Catalog(Box<Catalog>),
    Live(Box<TargetSpec>),
    Url(Box<ConnectUrl>),
    Scripts(Vec<Script>),
    /// What a Prisma schema says, with its texts, and the SQL that makes it.
    Prisma(Box<PrismaTexts>, Vec<Script>),
    History(Box<History>),
    /// Files of a git revision, kept until they are read.
    Kept(Box<Self>, tempfile::TempDir),
}

/// A history to replay.
#[derive(Debug)]
pub(crate) struct History {
    pub(crate) project: Project,
    pub(crate) set: MigrationSet,
    /// The last migration to apply; all when there is none.
    pub(crate) at: Option<String>,
    /// These only, where not all.
    pub(crate) only: Option<std::collections::HashSet<String>>,
}

/// A schema, and what should be known about how it was read.
#[derive(Debug)]
pub struct Loaded {
    /// The schema.
    pub catalog: Catalog,
    /// Worth knowing.
    pub warnings: Vec<String>,
    /// What extensions are in charge of, where it was read from a database.
    pub recognised: Vec<Recognised>,
}

/// Reads the schema of a source, starting a dev database only when it takes one.
///
/// # Errors
/// When the source cannot be read or does not load, with file and line.
pub async fn read_schema(
    project: Option<&Project>,
    invocation: &Invocation,
    source: &SchemaSource,
    at: Option<&str>,
    on: Option<&str>,
) -> Result<Loaded> {
    read_with(project, invocation, source, at, on, false).await
}

/// The same with roles and memberships, as far as they are not on every server.
///
/// # Errors
/// Those of [`read_schema`], and [`Error::Refused`] with code `shared-roles` when text would have to be loaded on a
/// server that others use.
pub async fn read_schema_and_roles(
    project: Option<&Project>,
    invocation: &Invocation,
    source: &SchemaSource,
    at: Option<&str>,
    on: Option<&str>,
) -> Result<Loaded> {
    read_with(project, invocation, source, at, on, true).await
}

async fn read_with(
    project: Option<&Project>,
    invocation: &Invocation,
    source: &SchemaSource,
    at: Option<&str>,
    on: Option<&str>,
    roles: bool,
) -> Result<Loaded> {
    let prepared = prepare(project, invocation, source, at)?;
    if !source.needs_lab() {
        return load_with(project, invocation, prepared, None, roles).await;
    }
    let (extensions, needs) = prepared.wants();
    let lab = Lab::start(project, invocation, on, extensions, needs, None).await?;
    let mut warnings = lab.warnings.clone();
    let loaded = load_with(project, invocation, prepared, Some(&lab), roles).await;
    lab.stop().await?;
    let mut loaded = loaded?;
    warnings.append(&mut loaded.warnings);
    Ok(Loaded { warnings, ..loaded })
}

/// Reads the files of a source.
pub(crate) fn prepare(
    project: Option<&Project>,
    invocation: &Invocation,
    source: &SchemaSource,
    at: Option<&str>,
) -> Result<Prepared> {
    if at.is_some() && !matches!(source, SchemaSource::Migrations { .. } | SchemaSource::Git { .. }) {
        return Err(Error::Usage {
            message: format!("--at needs a history, and {source} is none"),
            hint: "leave --at out, or compare with `migrations`".into(),
        });
    }
    let folder = &invocation.folder;
    match source {
        SchemaSource::Empty => Ok(Prepared::Catalog(Box::default())),
        SchemaSource::Url(url) => {
            Ok(Prepared::Url(Box::new((**url).clone().with_password_of(&invocation.connect_defaults()))))
        }
        SchemaSource::Environment(name) => {
            let Some(project) = project else {
                return Err(Error::Usage {
                    message: format!("there is no project, so no environment {name}"),
                    hint: "give a URL, or run in the folder of a project".into(),
                });
            };
            let mut invocation = Invocation { environment: Some(name.clone()), url: None, ..invocation.clone() };
            // It was named: no variable leads elsewhere.
            invocation.variables.remove("SUREFOOT_URL");
            Ok(Prepared::Live(Box::new(TargetSpec::resolve(project, &invocation, None)?)))
        }
        SchemaSource::Migrations { folder: path } => {
            let invocation = match path {
                Some(path) => Invocation { folder: path.clone(), ..invocation.clone() },
                None => invocation.clone(),
            };
            let project = Project::open(&invocation)?.rehearsing();
            let set = project.load(None)?;
            let heads = Graph::of(&set).heads().len();
            if heads > 1 {
                return Err(Error::Refused {
                    code: "two-heads",
                    message: format!("the history has {heads} heads"),
                    hint: "join them: surefoot merge".into(),
                });
            }
            let at = at.map(|id| set.find(id).map(|m| m.id.clone())).transpose()?;
            Ok(Prepared::History(Box::new(History { project, set, at, only: None })))
        }
        SchemaSource::Sql(path) => Ok(Prepared::Scripts(scripts(&sql_files(path)?, folder)?)),
        SchemaSource::Prisma(path) => {
            let schema = prisma(path, folder)?;
            let script = parse("schema.prisma as SQL", schema.0.to_sql().into(), &Default::default(), &mut NoIncludes)
                .map_err(|e| Error::Script(vec![(e, None)]))?;
            Ok(Prepared::Prisma(Box::new(schema), vec![script]))
        }
        SchemaSource::Snapshot(path) => {
            let text = read(path)?;
            // `inspect --format json` wraps the catalog with what it says of it.
            let json: serde_json::Value = serde_json::from_str(&text).map_err(|e| not_a_snapshot(path, &e))?;
            let catalog = json.get("catalog").map_or_else(|| text.clone(), ToString::to_string);
            let catalog = Catalog::from_json(&catalog).map_err(|e| not_a_snapshot(path, &e))?;
            Ok(Prepared::Catalog(Box::new(catalog)))
        }
        SchemaSource::Git { revision, path } => {
            let kept = tempfile::tempdir().map_err(|e| io("make", "a temporary folder", &e))?;
            let root = folder_of(project, folder);
            let files = git(&root, &["ls-tree", "-r", "--name-only", revision, "--", path])?;
            let files: Vec<&str> = files.lines().filter(|l| !l.is_empty()).collect();
            if files.is_empty() {
                return Err(Error::Usage {
                    message: format!("git has no {path} at {revision}"),
                    hint: "paths are relative to the project's folder".into(),
                });
            }
            for file in &files {
                let text = git(&root, &["show", &format!("{revision}:./{file}")])?;
                let to = kept.path().join(file);
                if let Some(parent) = to.parent() {
                    std::fs::create_dir_all(parent).map_err(|e| io("make", file, &e))?;
                }
                std::fs::write(&to, text).map_err(|e| io("write", file, &e))?;
            }
            let inner = SchemaSource::parse(path, None, kept.path())?;
            let prepared =
                prepare(None, &Invocation { folder: kept.path().to_owned(), ..invocation.clone() }, &inner, at)?;
            Ok(Prepared::Kept(Box::new(prepared), kept))
        }
        SchemaSource::Command(command) => {
            let sql = output(command, &folder_of(project, folder))?;
            let name = format!("output of `{command}`");
            let script = parse(&name, sql.into(), &Default::default(), &mut NoIncludes)
                .map_err(|e| Error::Script(vec![(e, None)]))?;
            if script.statements.is_empty() {
                return Err(Error::Schema {
                    code: "prints-nothing",
                    message: format!("`{command}` printed no SQL"),
                    hint: "for a schema with nothing in it, say `empty`".into(),
                });
            }
            Ok(Prepared::Scripts(vec![script]))
        }
    }
}

impl Prepared {
    /// Whether it is read from a server that others use meanwhile, which the embedded one is not.
    pub(crate) fn is_on_a_server(&self) -> bool {
        match self {
            Self::Url(_) => true,
            Self::Live(spec) => matches!(spec.place, Place::Url(_)),
            _ => false,
        }
    }

    /// The major version of the server, where it is one that runs already. That it cannot be reached shows when it is
    /// read.
    pub(crate) async fn major(&self) -> Option<u32> {
        let url = match self {
            Self::Url(url) => url,
            Self::Live(spec) => match &spec.place {
                Place::Url(url) => url,
                Place::Embedded(_) => return None,
            },
            Self::Catalog(_) | Self::Scripts(_) | Self::Prisma(..) | Self::History(_) | Self::Kept(..) => return None,
        };
        let session = Session::connect(&ConnectOptions::new((**url).clone(), "surefoot")).await.ok()?;
        let major = session.major();
        session.close().await;
        Some(major)
    }

    /// The texts, where it is made of texts.
    pub(crate) fn scripts(&self) -> &[Script] {
        match self {
            Self::Scripts(scripts) | Self::Prisma(_, scripts) => scripts,
            Self::Kept(inner, _) => inner.scripts(),
            Self::Catalog(_) | Self::Live(_) | Self::Url(_) | Self::History(_) => &[],
        }
    }

    /// The Prisma schema with its texts, where it is one.
    pub(crate) fn prisma(&self) -> Option<&PrismaTexts> {
        match self {
            Self::Prisma(schema, _) => Some(schema),
            Self::Kept(inner, _) => inner.prisma(),
            Self::Catalog(_) | Self::Live(_) | Self::Url(_) | Self::History(_) | Self::Scripts(_) => None,
        }
    }

    /// Extensions and abilities that the dev database must have.
    pub(crate) fn wants(&self) -> (Vec<String>, Vec<Need>) {
        let mut extensions = Vec::new();
        let mut needs = Vec::new();
        let mut look = |text: &str| {
            extensions.extend(surefoot_effects::effects(text, 17).extension);
            if has_handler(text) && !needs.contains(&Need::CaughtErrors) {
                needs.push(Need::CaughtErrors);
            }
        };
        match self {
            Self::Catalog(_) | Self::Live(_) | Self::Url(_) => {}
            Self::Scripts(scripts) | Self::Prisma(_, scripts) => {
                for script in scripts {
                    script.statements.iter().for_each(|s| look(script.text(s)));
                }
            }
            Self::History(history) => return wants_of(&history.project, &history.set, history.only.as_ref()),
            Self::Kept(inner, _) => return inner.wants(),
        }
        (extensions, needs)
    }
}

/// What a dev database must have for the migrations of a project.
pub(crate) fn wants_of(
    project: &Project,
    set: &MigrationSet,
    only: Option<&std::collections::HashSet<String>>,
) -> (Vec<String>, Vec<Need>) {
    let (mut extensions, mut needs) = (Vec::new(), Vec::new());
    let wanted = |id: &str| only.is_none_or(|only| only.contains(id));
    let migrations = set.migrations().iter().filter(|m| wanted(&m.id)).map(|m| &m.up.path);
    let checkpoints = set.checkpoints.iter().filter(|c| wanted(&c.id)).map(|c| &c.file.path);
    for path in migrations.chain(checkpoints) {
        let Ok(text) = project.read_text(path) else { continue };
        let Ok(script) = parse(path, text, &Default::default(), &mut NoIncludes) else { continue };
        for statement in &script.statements {
            let text = script.text(statement);
            extensions.extend(surefoot_effects::effects(text, 17).extension);
            if has_handler(text) && !needs.contains(&Need::CaughtErrors) {
                needs.push(Need::CaughtErrors);
            }
        }
    }
    (extensions, needs)
}

/// Reads the schema, in the lab where it takes one.
pub(crate) async fn load(
    project: Option<&Project>,
    invocation: &Invocation,
    prepared: Prepared,
    lab: Option<&Lab>,
) -> Result<Loaded> {
    load_with(project, invocation, prepared, lab, false).await
}

/// The same, on request with roles and memberships.
pub(crate) async fn load_with(
    project: Option<&Project>,
    invocation: &Invocation,
    prepared: Prepared,
    lab: Option<&Lab>,
    roles: bool,
) -> Result<Loaded> {
    let mut options = Options { roles, ..Options::default() };
    if let Some(project) = project {
        options.excluded_schemas = project.own_schemas();
    }
    let mut warnings = Vec::new();
    let (catalog, special) = match (prepared, lab) {
        (Prepared::Catalog(catalog), _) => (*catalog, Special::default()),
        (Prepared::Url(url), _) => {
            let session = Session::connect(&ConnectOptions::new(*url, "surefoot")).await?;
            let seen = look(&session, &options).await;
            session.close().await;
            seen?
        }
        (Prepared::Live(spec), _) => {
            if !spec.exists() {
                warnings.push(format!("{} does not exist yet: it is taken as empty", spec.describe()));
                return Ok(Loaded { catalog: Catalog::default(), warnings, recognised: Vec::new() });
            }
            let target = spec.open(std::time::Duration::from_secs(10)).await?;
            let session = target.look().await?;
            let seen = look(&session, &options).await;
            session.close().await;
            target.close().await?;
            seen?
        }
        (Prepared::Kept(inner, kept), lab) => {
            let loaded = Box::pin(load_with(None, invocation, *inner, lab, roles)).await;
            drop(kept);
            return loaded;
        }
        (Prepared::Scripts(scripts) | Prepared::Prisma(_, scripts), Some(lab)) => {
            let url = lab.database("schema").await?;
            let session = lab.session(&url).await?;
            let read = async {
                let before = RolesBefore::of(&session, lab, roles).await?;
                let mentioned = run_scripts(&session, &scripts, lab, &mut warnings).await?;
                let (catalog, recognised) = look(&session, &options).await?;
                before.restore(&session).await?;
                Ok((if roles { before.without(&catalog, &mentioned) } else { catalog }, recognised))
            };
            let seen: Result<_> = read.await;
            session.close().await;
            seen?
        }
        (Prepared::History(history), Some(lab)) => {
            let url = lab.database("history").await?;
            let session = lab.session(&url).await?;
            let before = RolesBefore::of(&session, lab, roles).await;
            session.close().await;
            let before = before?;
            replay(&history, invocation, lab, &url).await?;
            let session = lab.session(&url).await?;
            let read = async {
                let options = Options { excluded_schemas: history.project.own_schemas(), ..options.clone() };
                let (catalog, recognised) = look(&session, &options).await?;
                before.restore(&session).await?;
                Ok((if roles { before.without(&catalog, &BTreeSet::new()) } else { catalog }, recognised))
            };
            let seen: Result<_> = read.await;
            session.close().await;
            seen?
        }
        (Prepared::Scripts(_) | Prepared::Prisma(..) | Prepared::History(_), None) => {
            return Err(Error::Refused {
                code: "no-dev-database",
                message: "this schema has to be loaded to be read, and there is no dev database".into(),
                hint: "set [dev] url in surefoot.toml".into(),
            });
        }
    };
    warnings.extend(crate::schema::not_readable(&catalog));
    warnings.extend(special.unreadable.iter().map(|what| format!("{what} cannot be read")));
    Ok(Loaded { catalog, warnings, recognised: special.recognised })
}

/// The schema of a database, without what extensions make by themselves.
async fn look(session: &Session, options: &Options) -> Result<(Catalog, Special)> {
    let catalog = surefoot_introspect::catalog(session, options).await?;
    let special = surefoot_introspect::special(session).await?;
    if special.tables.is_empty() {
        return Ok((catalog, special));
    }
    let made = |o: &surefoot_catalog::Object| {
        crate::schema::drift::relations(o).iter().any(|id| special.is_made(&id.schema, &id.name))
    };
    Ok((catalog.filtered(|o| !made(o)), special))
}

/// Applies a history to a database of the lab, as `up` would.
pub(super) async fn replay(history: &History, invocation: &Invocation, lab: &Lab, url: &ConnectUrl) -> Result<()> {
    replay_with(history, invocation, lab, url, None).await
}

/// The schemas between the migrations of a project: the one before the first, and the one after each.
pub(crate) async fn schemas_between(
    project: &Project,
    invocation: &Invocation,
    on: Option<&str>,
    upto: &str,
) -> Result<(Vec<Catalog>, String, Vec<String>)> {
    let set = project.load(None)?;
    let project = Project::open(invocation)?.rehearsing();
    let history = History { project, set, at: Some(upto.to_owned()), only: None };
    let prepared = Prepared::History(Box::new(history));
    let (extensions, needs) = prepared.wants();
    let Prepared::History(history) = prepared else { return Ok(Default::default()) };
    let lab = Lab::start(Some(&history.project), invocation, on, extensions, needs, None).await?;
    let mut seen = Vec::new();
    let done = async {
        let url = lab.database("history").await?;
        replay_with(&history, invocation, &lab, &url, Some(&mut seen)).await
    }
    .await;
    let (place, warnings) = (lab.place.clone(), lab.warnings.clone());
    lab.stop().await?;
    done?;
    Ok((seen, place, warnings))
}

async fn replay_with(
    history: &History,
    invocation: &Invocation,
    lab: &Lab,
    url: &ConnectUrl,
    mut seen: Option<&mut Vec<Catalog>>,
) -> Result<()> {
    let project = &history.project;
    let mut chosen: Vec<&Migration> = Vec::new();
    for migration in history.set.migrations() {
        if history.only.as_ref().is_none_or(|only| only.contains(&migration.id)) {
            chosen.push(migration);
        }
        if history.at.as_deref() == Some(migration.id.as_str()) {
            break;
        }
    }
    let variables = project.sql_variables(invocation, "check")?;
    let workshop = Workshop { project, set: &history.set, variables, major: lab.major(), keep: false };
    let works = crate::checkpoint::replay_works(&workshop, &chosen)?;
    let target = Target::scratch("dev", project, url.clone(), lab.single_connection(), Default::default());
    let session = target.connect().await?;
    let journal = crate::up::create_journal(project, invocation, &session).await?;
    let mut runner = surefoot_executor::Runner::open(
        target.connector.clone(),
        target.spec.options.clone(),
        journal,
        session,
        invocation.run.clone(),
        invocation.actor.clone(),
        &surefoot_executor::Quiet,
        surefoot_executor::Interrupt::default(),
    )
    .await?;
    let look = Options { excluded_schemas: project.own_schemas(), ..Options::default() };
    if let Some(seen) = seen.as_deref_mut() {
        seen.push(surefoot_introspect::catalog(runner.session(), &look).await?);
    }
    for work in &works {
        runner.run(work).await.map_err(|e| Error::Run { done: Vec::new(), source: Box::new(e) })?;
        if let Some(seen) = seen.as_deref_mut() {
            let catalog = surefoot_introspect::catalog(runner.session(), &look).await?;
            // What a checkpoint stands for was not there one by one.
            seen.extend(std::iter::repeat_n(catalog, work.replaces.len().max(1)));
        }
    }
    runner.finish().await?.close().await;
    Ok(())
}

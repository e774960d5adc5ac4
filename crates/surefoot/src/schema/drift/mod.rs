//! `drift`: a target against what its applied history says.

mod cache;
mod exempt;
mod fix;
mod guarded;
mod replay;
mod severity;

pub use fix::{Reconciled, adopt_drift, fix_drift};
pub use severity::{How, RULES, Severity};

pub(crate) use exempt::{belongs_to, glob, ignored, partitions, relations};
pub(crate) use replay::{AppliedText, ReplayOptions, Replayed, replay_recorded};
pub(crate) use severity::{Rules, subject};

use std::collections::HashSet;

use serde::Serialize;
use surefoot_catalog::{Body, Catalog, Id, Kind, Object};
use surefoot_diff::{Action, Script, diff};
use surefoot_introspect::Special;
use surefoot_journal::State;
use surefoot_pg::Session;
use surefoot_source::MigrationSet;

use crate::config::DriftSection;
use crate::recorder::{Witness, witnesses};
use crate::schema::same_words::{in_doubt, same_words};
use crate::schema::{SchemaChange, summary};
use crate::state::History;
use crate::up::unchanged_statements;
use crate::{Error, Invocation, Project, Result, Target};

/// What to leave out, and where to look.
#[derive(Debug, Clone, Default)]
pub struct DriftOptions {
    /// Where to replay the history.
    pub on: Option<String>,
    /// Names that do not count, besides those of the configuration, with `*` for any text.
    pub ignore: Vec<String>,
    /// Replay also when the result of an earlier replay is kept.
    pub fresh: bool,
}

/// One object that is not as the history says.
#[derive(Debug, Clone, Serialize)]
pub struct Drifted {
    /// Its kind, in words.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Missing, extra or changed.
    pub how: How,
    /// How much it matters.
    pub severity: Severity,
    /// The rule that says so.
    pub rule: String,
    /// What the repair does to it.
    pub action: Action,
    /// What is not the same, of an object that both have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<FieldChange>,
    /// What the repair loses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<String>,
    /// The last change of it that the recorder saw and that no run of Surefoot made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_change: Option<Witness>,
    /// The object.
    #[serde(skip)]
    pub id: Id,
}

/// One property that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// Its name.
    pub what: String,
    /// What the history says.
    pub expected: String,
    /// What is there.
    pub found: String,
}

/// An applied migration whose file is not what was applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileDrift {
    /// The migration.
    pub migration: String,
    /// Its file.
    pub file: String,
    /// Missing or changed.
    pub how: How,
    /// Whether only comments and white space changed.
    pub comments_only: bool,
    /// How much it matters.
    pub severity: Severity,
}

/// What differs.
#[derive(Debug)]
pub struct DriftReport {
    /// What in the target is not as the history says, the worst first.
    pub differences: Vec<Drifted>,
    /// The statements that take the drift back.
    pub repair: Script,
    /// The statements that would make the history's schema into what is there.
    pub adopt: Script,
    /// Migrations that were replayed.
    pub replayed: usize,
    /// Migrations that wait, which are no drift.
    pub pending: Vec<String>,
    /// Applied migrations whose file was changed since, or is gone.
    pub files: Vec<FileDrift>,
    /// Where it was replayed.
    pub place: String,
    /// Whether an earlier replay was used.
    pub cached: bool,
    /// Objects left out: partitions that are managed, chunks, shards.
    pub managed: usize,
    /// Objects left out by a pattern.
    pub ignored: usize,
    /// Worth knowing.
    pub warnings: Vec<String>,
    /// Both schemas, without what does not count.
    pub(crate) schemas: Schemas,
    /// The last event of the journal when it was looked at.
    pub(crate) head: u64,
    /// Hash of the whole catalog that was seen.
    pub(crate) catalog: String,
}

/// The two schemas of a comparison, without what does not count.
#[derive(Debug)]
pub(crate) struct Schemas {
    pub(crate) there: Catalog,
    pub(crate) expected: Catalog,
}

impl DriftReport {
    /// Whether there is none.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.worst().is_none()
    }

    /// The severity of the worst difference.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.differences.iter().map(|d| d.severity).chain(self.files.iter().map(|f| f.severity)).max()
    }
}

/// Replays the applied migrations, as the journal keeps them, on the dev database, and compares. Pending migrations
/// are no drift.
///
/// # Errors
/// When the history does not replay, or a catalog cannot be read.
pub async fn drift(
    project: &Project,
    invocation: &Invocation,
    set: &MigrationSet,
    target: &Target,
    options: &DriftOptions,
) -> Result<DriftReport> {
    let session = target.look().await?;
    let seen = Seen::read(project, set, &target.spec.environment, &session).await;
    session.close().await;
    let seen = seen?;
    let replay = ReplayOptions { on: options.on.as_deref(), major: seen.there.major(), cached: !options.fresh };
    let Replayed { catalog, place, mut warnings, cached } =
        replay_recorded(project, invocation, &seen.texts, replay).await?;
    if seen.history.journal.is_none() {
        warnings.push("the target has no journal: everything in it counts as drift".into());
    }
    warnings.extend(crate::schema::not_readable(&seen.there));
    warnings.extend(
        seen.managed.unreadable.iter().map(|what| format!("{what} cannot be read: its tables may count as drift")),
    );
    let section = &project.config.drift;
    let mut patterns: Vec<String> = section.ignore.iter().chain(&options.ignore).cloned().collect();
    // What the dev database does without is not compared.
    patterns.extend(project.config.dev.ignore.iter().map(|name| format!("extension {name}")));
    let left_out = LeftOut::find(&seen.there, &catalog, section, &seen.managed, &patterns);
    let (managed, ignored) =
        (left_out.count([&seen.there, &catalog], false), left_out.count([&seen.there, &catalog], true));
    let schemas = Schemas {
        there: seen.there.filtered(|o| left_out.keeps(o)),
        expected: as_role(catalog.filtered(|o| left_out.keeps(o)), &seen.there.role),
    };
    let schemas = if in_doubt(&schemas.there, &schemas.expected) {
        let lab = fix::start_lab(project, invocation, &schemas, options.on.as_deref()).await?;
        let there = same_words(&lab, schemas.there, &schemas.expected, &mut warnings).await;
        lab.stop().await?;
        Schemas { there: there?, ..schemas }
    } else {
        schemas
    };
    let (repair, adopt) = (schemas.script(true)?, schemas.script(false)?);
    let rules = Rules::of(section);
    let mut differences = drifted(&schemas, &repair, &rules);
    if !differences.is_empty() && seen.recorder {
        let session = target.look().await?;
        let journal = project.journal_schema();
        let found = witnesses(&session, journal, &differences.iter().map(|d| &d.id).collect::<Vec<_>>()).await;
        session.close().await;
        match found {
            Ok(found) => differences.iter_mut().zip(found).for_each(|(d, witness)| d.last_change = witness),
            Err(e) => warnings.push(format!("what the recorder saw cannot be read: {e}")),
        }
    }
    Ok(DriftReport {
        differences,
        repair,
        adopt,
        replayed: seen.texts.len(),
        pending: seen.history.to_run(set).iter().map(|m| m.id.clone()).collect(),
        files: files(&seen.history, &unchanged_statements(project, invocation, set, &seen.history), &rules),
        place,
        cached,
        managed,
        ignored,
        warnings,
        head: seen.head,
        catalog: seen.there.hash(),
        schemas,
    })
}

/// What a look at the target gives.
pub(crate) struct Seen {
    pub(crate) history: History,
    pub(crate) there: Catalog,
    pub(crate) texts: Vec<AppliedText>,
    pub(crate) managed: Special,
    pub(crate) recorder: bool,
    pub(crate) head: u64,
}

impl Seen {
    pub(crate) async fn read(
        project: &Project,
        set: &MigrationSet,
        environment: &str,
        session: &Session,
    ) -> Result<Self> {
        let history = History::read(project, set, environment, Some(session)).await?;
        let schema = project.journal_schema();
        let look = surefoot_introspect::Options {
            excluded_schemas: project.own_schemas(),
            ..surefoot_introspect::Options::default()
        };
        let there = surefoot_introspect::catalog(session, &look).await?;
        let managed = surefoot_introspect::special(session).await?;
        let mut texts = Vec::new();
        let (mut recorder, mut head) = (false, 0);
        if let Some(journal) = &history.journal {
            for row in history.recorded.iter().filter(|r| r.state == State::Applied) {
                let text = journal.file(session, &row.up_sha256).await?;
                texts.push(AppliedText { id: row.id.clone(), path: row.up_file.clone(), text });
            }
            recorder = crate::recorder::has_log(session, schema).await?;
            head = journal.head(session).await?.seq;
        }
        Ok(Self { history, there, texts, managed, recorder, head })
    }
}

/// What does not count, on either side.
pub(crate) struct LeftOut<'a> {
    tables: HashSet<Id>,
    aggregates: HashSet<Id>,
    hypertables: HashSet<Id>,
    patterns: &'a [String],
}

impl<'a> LeftOut<'a> {
    pub(crate) fn find(
        there: &Catalog,
        expected: &Catalog,
        section: &DriftSection,
        managed: &Special,
        patterns: &'a [String],
    ) -> Self {
        let parent = |id: &Id| {
            managed.parents.contains(&(id.schema.to_string(), id.name.to_string()))
                || section.partitions_of.iter().any(|pattern| glob(pattern, &id.relation()))
        };
        let tables = partitions(there, expected, parent, &managed.tables);
        // Their text names the tables that hold what was computed, by a number that each database counts itself.
        let view = |(schema, name): &(String, String)| Id::new(Kind::View, schema, name);
        let both = |id: &Id| there.get(id).is_some() && expected.get(id).is_some();
        let aggregates = managed.aggregates.iter().map(view).filter(both).collect();
        let hypertables = managed.hypertables.iter().map(|(s, n)| Id::new(Kind::Table, s, n)).collect();
        Self { tables, aggregates, hypertables, patterns }
    }

    pub(crate) fn keeps(&self, object: &Object) -> bool {
        // The comment and settings of a database belong to the environment, not to the history.
        object.id.kind != Kind::Database && !self.is_managed(object) && !ignored(self.patterns, object)
    }

    fn is_managed(&self, object: &Object) -> bool {
        let own_trigger = object.id.kind == Kind::Trigger
            && ["ts_insert_blocker", "ts_cagg_invalidation_trigger"].contains(&&*object.id.sub)
            && belongs_to(object, &self.hypertables);
        own_trigger || belongs_to(object, &self.tables) || self.aggregates.contains(&object.id)
    }

    /// Tables that are managed, or relations and other objects that a pattern leaves out, in either schema.
    fn count(&self, catalogs: [&Catalog; 2], by_pattern: bool) -> usize {
        let objects = catalogs.into_iter().flat_map(Catalog::objects);
        let names: HashSet<String> = if by_pattern {
            objects.filter(|o| ignored(self.patterns, o)).map(|o| o.id.relation()).collect()
        } else {
            let tables = objects.filter(|o| matches!(o.body, Body::Table(_)));
            tables.filter(|o| self.is_managed(o)).map(|o| o.id.relation()).collect()
        };
        names.len()
    }
}

impl Schemas {
    /// The statements from what is there to what is expected, or back. Owners and privileges come from who runs what:
    /// they are compared between environments, not against a replay.
    fn script(&self, repair: bool) -> Result<Script> {
        let settings = surefoot_diff::Options { owners: false, privileges: false, ..Default::default() };
        let (from, to) = if repair { (&self.there, &self.expected) } else { (&self.expected, &self.there) };
        diff(from, to, &settings).map_err(|e| Error::Schema {
            code: "no-order",
            message: e.to_string(),
            hint: e.hint(),
        })
    }
}

/// The objects that differ, the worst first. What a script drops and makes again only because of what it stands on is
/// not among them, nor are the parts of a table that is missing or extra as a whole.
fn drifted(schemas: &Schemas, repair: &Script, rules: &Rules) -> Vec<Drifted> {
    let mut whole: HashSet<(Id, How)> = HashSet::new();
    let mut found = Vec::new();
    for step in &repair.steps {
        let (there, expected) = (schemas.there.get(&step.object), schemas.expected.get(&step.object));
        if let Some((how, _)) = how(there, expected)
            && matches!(step.object.kind, Kind::Table | Kind::View | Kind::MaterializedView)
            && how != How::Changed
        {
            whole.insert((step.object.clone(), how));
        }
    }
    for SchemaChange { kind, name, action, losses, id } in summary(repair) {
        let (there, expected) = (schemas.there.get(&id), schemas.expected.get(&id));
        let Some((how, changes)) = how(there, expected) else { continue };
        let Some(object) = there.or(expected) else { continue };
        let part = exempt::relations(object).into_iter().any(|r| r != id && whole.contains(&(r, how)))
            || owned_by(if how == How::Missing { &schemas.expected } else { &schemas.there }, &id)
                .is_some_and(|table| whole.contains(&(table, how)));
        if part {
            continue;
        }
        let facts: Vec<(String, String)> = changes.iter().map(|c| (c.what.clone(), c.found.clone())).collect();
        let (severity, rule) = rules.judge(how, &subject(object), &facts);
        found.push(Drifted { kind, name, how, severity, rule, action, changes, losses, last_change: None, id });
    }
    found.sort_by_key(|d| std::cmp::Reverse(d.severity));
    found
}

/// The table whose column owns a sequence.
fn owned_by(catalog: &Catalog, sequence: &Id) -> Option<Id> {
    if sequence.kind != Kind::Sequence {
        return None;
    }
    match &catalog.get(&sequence.with_kind(Kind::SequenceOwner))?.body {
        Body::SequenceOwner(owner) => Some(owner.column.with_kind_only(Kind::Table)),
        _ => None,
    }
}

/// How an object differs and in what; `None` when it is the same.
pub(crate) fn how(there: Option<&Object>, expected: Option<&Object>) -> Option<(How, Vec<FieldChange>)> {
    match (there, expected) {
        (Some(_), None) => Some((How::Extra, Vec::new())),
        (None, Some(_)) => Some((How::Missing, Vec::new())),
        // A step about what is no object of its own.
        (None, None) => Some((How::Changed, Vec::new())),
        (Some(there), Some(expected)) => {
            let changes = field_changes(there, expected);
            (!changes.is_empty()).then_some((How::Changed, changes))
        }
    }
}

/// The properties that differ. The position of a column is none: PostgreSQL cannot change it.
fn field_changes(there: &Object, expected: &Object) -> Vec<FieldChange> {
    let (found, wanted) = (fields(there), fields(expected));
    let mut names: Vec<&String> = wanted.keys().chain(found.keys()).collect();
    names.sort();
    names.dedup();
    let said = |map: &serde_json::Map<String, serde_json::Value>, name: &str| match map.get(name) {
        None | Some(serde_json::Value::Null) => String::new(),
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    };
    // What the role may not see of a mapping or a subscription is no difference.
    let hidden = |what: &str| {
        ["options", "connection"].contains(&what)
            && matches!(there.id.kind, Kind::UserMapping | Kind::Subscription)
            && [&found, &wanted].iter().any(|map| map.get(what).is_none_or(serde_json::Value::is_null))
    };
    names
        .into_iter()
        .filter(|what| !hidden(what))
        .map(|what| FieldChange { what: what.clone(), expected: said(&wanted, what), found: said(&found, what) })
        .filter(|change| change.expected != change.found)
        .collect()
}

fn fields(object: &Object) -> serde_json::Map<String, serde_json::Value> {
    let body = serde_json::to_value(&object.body).unwrap_or_default();
    // The body is a map of one entry, named for the kind.
    let inner = body.as_object().and_then(|map| map.values().next()).and_then(|v| v.as_object()).cloned();
    let mut map = inner.unwrap_or_default();
    map.remove("position");
    map.insert("comment".into(), serde_json::json!(object.comment));
    map.insert("labels".into(), serde_json::json!(object.labels));
    map
}

fn files(history: &History, same_statements: &[String], rules: &Rules) -> Vec<FileDrift> {
    let path = |id: &str| history.recorded(id).map_or_else(String::new, |row| row.up_file.clone());
    let gone = history.comparison.missing.iter().map(|m| (m.applied.id.clone(), How::Missing));
    let changed = history.comparison.changed.iter().map(|c| (c.id.clone(), How::Changed));
    gone.chain(changed)
        .map(|(migration, how)| {
            let comments_only = same_statements.contains(&migration);
            let subject = if comments_only { "file comment" } else { "file" };
            let severity = rules.judge(how, subject, &[]).0;
            FileDrift { file: path(&migration), severity, migration, how, comments_only }
        })
        .collect()
}

pub(crate) fn as_role(mut catalog: Catalog, role: &str) -> Catalog {
    role.clone_into(&mut catalog.role);
    catalog
}

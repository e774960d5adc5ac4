//! `compare`: two environments, and which of their differences are to be expected.
//!
//! A difference is explained when each side is, in that object, what its own history says, and the histories differ: the
//! migrations that one lacks make it. What is left differs for a reason that no migration knows.

mod html;
mod side;

pub use html::html_report;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use surefoot_catalog::{Body, Catalog, Id, Kind, Object};

use crate::schema::drift::{FieldChange, How, LeftOut, ReplayOptions, how, replay_recorded};
use crate::schema::sides::side::{Applied, Side};
use crate::schema::{SchemaSource, creation, files};
use crate::{Invocation, Project, Result};

/// Which differences there may be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Expected {
    /// Those that the migrations make which the second side has not applied yet.
    #[default]
    Pending,
    /// None.
    None,
}

/// How to compare.
#[derive(Debug, Clone, Default)]
pub struct CompareOptions {
    /// Which differences there may be.
    pub expected: Expected,
    /// Where to replay histories.
    pub on: Option<String>,
    /// Names that do not count, besides those of `[drift] ignore`.
    pub ignore: Vec<String>,
    /// Compare owners and privileges too.
    pub privileges: bool,
    /// Replay also when the result of an earlier replay is kept.
    pub fresh: bool,
}

/// One object that the two sides do not have alike.
#[derive(Debug, Clone, Serialize)]
pub struct SideDifference {
    /// Its kind, in words.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Missing on the second side, extra there, or changed.
    pub how: How,
    /// Whether the migrations that one side lacks make it.
    pub expected: bool,
    /// Why, in words.
    pub why: String,
    /// What is not the same: first side, second side.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<FieldChange>,
    /// The file that `inspect --out` would write it to; the key of [`Compared::definitions`].
    #[serde(skip)]
    pub(crate) file: String,
}

/// One migration that the two sides do not have alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HistoryDifference {
    /// The migration.
    pub migration: String,
    /// Its name.
    pub name: String,
    /// What differs, in words.
    pub what: String,
    /// Whether it is pending on the second side, which is to be expected.
    pub pending: bool,
}

/// A setting or version that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SettingDifference {
    /// Its name.
    pub name: String,
    /// On the first side.
    pub first: String,
    /// On the second.
    pub second: String,
    /// Whether it may make the same statements come out differently. A minor version does not.
    pub matters: bool,
}

/// Two sides compared.
#[derive(Debug)]
pub struct Compared {
    /// The first side, in words.
    pub first: String,
    /// The second.
    pub second: String,
    /// Migrations applied on each, where there is a history.
    pub applied: (Option<usize>, Option<usize>),
    /// Migrations that are not alike.
    pub history: Vec<HistoryDifference>,
    /// Objects that are not alike, the unexpected ones first.
    pub differences: Vec<SideDifference>,
    /// Settings and versions that differ.
    pub settings: Vec<SettingDifference>,
    /// Which differences there may be.
    pub expected: Expected,
    /// The statements that make each object that differs, on both sides, by file.
    pub definitions: BTreeMap<String, (String, String)>,
    /// Worth knowing.
    pub warnings: Vec<String>,
}

impl Compared {
    /// Whether there is no other difference than those that may be.
    #[must_use]
    pub fn as_expected(&self) -> bool {
        let no_settings = self.settings.iter().all(|s| !s.matters);
        match self.expected {
            Expected::None => self.differences.is_empty() && self.history.is_empty() && no_settings,
            Expected::Pending => {
                self.differences.iter().all(|d| d.expected) && self.history.iter().all(|h| h.pending) && no_settings
            }
        }
    }

    /// The migrations that are pending on the second side.
    #[must_use]
    pub fn pending(&self) -> Vec<&str> {
        self.history.iter().filter(|h| h.pending).map(|h| h.migration.as_str()).collect()
    }
}

/// Compares two sides.
///
/// # Errors
/// When a side cannot be read, or a history does not replay.
pub async fn compare_sides(
    project: Option<&Project>,
    invocation: &Invocation,
    first: &SchemaSource,
    second: &SchemaSource,
    options: &CompareOptions,
) -> Result<Compared> {
    let on = options.on.as_deref();
    let a = Side::read(project, invocation, first, on).await?;
    let b = Side::read(project, invocation, second, on).await?;
    let mut warnings: Vec<String> = a.warnings.iter().chain(&b.warnings).cloned().collect();
    let text = !(a.live && b.live);
    let history = history(&a, &b);
    let own = project.map(|p| p.config.drift.ignore.clone()).unwrap_or_default();
    let patterns: Vec<String> = own.into_iter().chain(options.ignore.iter().cloned()).collect();
    let section = project.map(|p| p.config.drift.clone()).unwrap_or_default();
    let special = a.special.clone().merged(b.special.clone());
    let unreadable = |o: &Object| {
        let mut closed = a.catalog.unreadable.iter().chain(&b.catalog.unreadable).flat_map(|u| &u.kinds);
        closed.any(|kind| *kind == o.id.kind)
    };
    let alike = |c: &Catalog, other: &Catalog| {
        let left_out = LeftOut::find(c, other, &section, &special, &patterns);
        c.filtered(|o| {
            left_out.keeps(o) && !unreadable(o) && !(text && matches!(o.id.kind, Kind::Setting | Kind::Role))
        })
    };
    let (here, there) = (alike(&a.catalog, &b.catalog), alike(&b.catalog, &a.catalog));
    let mut found = differing(&here, &there, options.privileges && !text);
    if a.catalog.unreadable.iter().chain(&b.catalog.unreadable).any(|u| u.catalog == "pg_description") {
        found.retain_mut(|(_, d)| {
            d.changes.retain(|c| !["comment", "usual_comment"].contains(&c.what.as_str()));
            d.how != How::Changed || !d.changes.is_empty()
        });
    }
    if !found.is_empty() {
        let replayed = async |side: &Side| match (project, &side.texts) {
            (Some(project), Some(texts)) => {
                let replay = ReplayOptions { on, major: side.catalog.major(), cached: !options.fresh };
                replay_recorded(project, invocation, texts, replay).await.map(Some)
            }
            _ => Ok(None),
        };
        let (said_a, said_b) = (replayed(&a).await?, replayed(&b).await?);
        for said in [&said_a, &said_b].into_iter().flatten() {
            warnings.extend(said.warnings.iter().filter(|w| !warnings.contains(w)).cloned().collect::<Vec<_>>());
        }
        // A history on disk is what it says.
        let says = |side: &Side, said: Option<crate::schema::drift::Replayed>| match said {
            Some(said) => Some(said.catalog),
            None if side.applied.is_some() && !side.live => Some(side.catalog.clone()),
            None => None,
        };
        let says = (says(&a, said_a), says(&b, said_b));
        let explain = Explain {
            here: &here,
            there: &there,
            says: (says.0.as_ref(), says.1.as_ref()),
            a: &a,
            b: &b,
            history: &history,
        };
        found.iter_mut().for_each(|(id, d)| explain.one(id, d));
    }
    let definitions = definitions(&here, &there, found.iter().map(|(_, d)| d.file.as_str()).collect());
    let mut differences: Vec<SideDifference> = found.into_iter().map(|(_, d)| d).collect();
    differences.sort_by_key(|d| d.expected);
    let settings = if text { Vec::new() } else { settings(&a, &b) };
    Ok(Compared {
        first: a.name,
        second: b.name,
        applied: (a.applied.map(|l| l.len()), b.applied.map(|l| l.len())),
        history,
        differences,
        settings,
        expected: options.expected,
        definitions,
        warnings,
    })
}

fn history(a: &Side, b: &Side) -> Vec<HistoryDifference> {
    let (Some(first), Some(second)) = (&a.applied, &b.applied) else { return Vec::new() };
    let find = |list: &[Applied], id: &str| list.iter().find(|m| m.id == id).cloned();
    let mut out = Vec::new();
    let mut add = |m: &Applied, what: String, pending: bool| {
        out.push(HistoryDifference { migration: m.id.clone(), name: m.name.clone(), what, pending });
    };
    for m in first {
        match find(second, &m.id) {
            None if m.unfinished => add(m, format!("unfinished on {}", a.name), false),
            None => add(m, format!("pending on {}", b.name), true),
            Some(other) if other.sha256 != m.sha256 => {
                add(m, format!("another text was applied on {} than on {}", b.name, a.name), false);
            }
            Some(other) if other.unfinished != m.unfinished => {
                let place = if m.unfinished { &a.name } else { &b.name };
                add(m, format!("unfinished on {place}"), false);
            }
            Some(_) => {}
        }
    }
    for m in second {
        if find(first, &m.id).is_none() {
            add(m, format!("applied on {}, not on {}", b.name, a.name), false);
        }
    }
    out
}

fn settings(a: &Side, b: &Side) -> Vec<SettingDifference> {
    let names: BTreeSet<&String> = a.settings.keys().chain(b.settings.keys()).collect();
    names
        .into_iter()
        .map(|name| {
            let of = |side: &Side| side.settings.get(name).cloned().unwrap_or_default();
            // Only the major version decides what a statement means.
            SettingDifference { name: name.clone(), first: of(a), second: of(b), matters: name != "server_version" }
        })
        .filter(|s| s.first != s.second)
        .collect()
}

/// The objects that differ, in the order in which a schema is best read. Parts of a table that only one side has are
/// not named besides it.
fn differing(a: &Catalog, b: &Catalog, privileges: bool) -> Vec<(Id, SideDifference)> {
    let mut ids: Vec<&Id> = a.objects().iter().chain(b.objects()).map(|o| &o.id).collect();
    ids.sort();
    ids.dedup();
    let mut out = Vec::new();
    for id in ids {
        let (here, there) = (a.get(id), b.get(id));
        let Some(object) = here.or(there) else { continue };
        let mut found = how(there, here);
        if privileges && let (Some(x), Some(y)) = (here, there) {
            let rights = rights(x, y);
            if !rights.is_empty() {
                let mut changes = found.map_or_else(Vec::new, |(_, changes)| changes);
                changes.extend(rights);
                found = Some((How::Changed, changes));
            }
        }
        let Some((how, changes)) = found else { continue };
        if how != How::Changed && is_part(object, if how == How::Missing { b } else { a }) {
            continue;
        }
        out.push((
            id.clone(),
            SideDifference {
                kind: id.kind.word(),
                name: id.reference(),
                how,
                expected: false,
                why: String::new(),
                changes,
                file: files::file(&owner(object)),
            },
        ));
    }
    out
}

/// Whether the table that an object is a part of is not in `lacks` either.
fn is_part(object: &Object, lacks: &Catalog) -> bool {
    let own = [Kind::Table, Kind::View, Kind::MaterializedView];
    let owner = owner(object);
    owner != object.id && own.iter().all(|kind| lacks.get(&owner.with_kind(*kind)).is_none())
}

/// The table or view an object is a part of, else itself.
fn owner(object: &Object) -> Id {
    match &object.body {
        Body::Index(index) => index.table.clone(),
        Body::SequenceOwner(owner) => owner.column.with_kind_only(Kind::Table),
        Body::Column(_)
        | Body::Default(_)
        | Body::Constraint(_)
        | Body::Trigger(_)
        | Body::Policy(_)
        | Body::Rule(_)
        | Body::Partition(_) => object.id.with_kind_only(Kind::Table),
        _ => object.id.clone(),
    }
}

fn rights(a: &Object, b: &Object) -> Vec<FieldChange> {
    let said = |value: serde_json::Value| if value.is_null() { String::new() } else { value.to_string() };
    let text = |what: &str, x: serde_json::Value, y: serde_json::Value| FieldChange {
        what: what.into(),
        expected: said(x),
        found: said(y),
    };
    [
        text("owner", serde_json::json!(a.owner), serde_json::json!(b.owner)),
        text("privileges", serde_json::json!(a.acl), serde_json::json!(b.acl)),
    ]
    .into_iter()
    .filter(|change| change.expected != change.found)
    .collect()
}

/// Who knows why two sides differ.
struct Explain<'a> {
    here: &'a Catalog,
    there: &'a Catalog,
    /// What the histories say.
    says: (Option<&'a Catalog>, Option<&'a Catalog>),
    a: &'a Side,
    b: &'a Side,
    history: &'a [HistoryDifference],
}

impl Explain<'_> {
    fn one(&self, id: &Id, difference: &mut SideDifference) {
        let (Some(a), Some(b)) = self.says else {
            let side = if self.says.0.is_none() { self.a } else { self.b };
            difference.why = format!("{} has no history to explain it", side.name);
            return;
        };
        let own = |catalog: &Catalog, said: &Catalog| {
            let (is, should) = (catalog.get(id), said.get(id));
            match how(is, should) {
                None => true,
                // A dev database of another version writes some texts differently, and has other versions of extensions.
                Some((How::Changed, _)) if is.is_none() => true,
                Some((How::Changed, _)) => id.kind == Kind::Extension || catalog.major() != said.major(),
                Some(_) => false,
            }
        };
        let (sound_a, sound_b) = (own(self.here, a), own(self.there, b));
        let rights_only = difference.changes.iter().all(|c| ["owner", "privileges"].contains(&c.what.as_str()));
        if difference.how == How::Changed && rights_only {
            difference.why = "owners and privileges are in no history".into();
        } else if !sound_a || !sound_b {
            let drifted: Vec<&str> = [(sound_a, self.a), (sound_b, self.b)]
                .into_iter()
                .filter(|(sound, _)| !sound)
                .map(|(_, side)| side.name.as_str())
                .collect();
            difference.why = format!("no migration makes it so on {}", drifted.join(" and on "));
        } else if difference.how == How::Changed && how(b.get(id), a.get(id)).is_none() {
            difference.why = "no migration makes it: the histories say the same".into();
        } else {
            let pending: Vec<&str> = self.history.iter().filter(|h| h.pending).map(|h| h.migration.as_str()).collect();
            let other: Vec<&str> = self.history.iter().filter(|h| !h.pending).map(|h| h.migration.as_str()).collect();
            difference.expected = other.is_empty() && !pending.is_empty();
            difference.why = match (pending.is_empty(), other.is_empty()) {
                (false, true) => format!("pending on {}: {}", self.b.name, pending.join(", ")),
                (true, true) => "the same migrations led to another result".into(),
                _ => format!("the histories differ: {}", [pending, other].concat().join(", ")),
            };
        }
    }
}

/// The statements that make the files in question, on both sides.
fn definitions(a: &Catalog, b: &Catalog, wanted: BTreeSet<&str>) -> BTreeMap<String, (String, String)> {
    if wanted.is_empty() {
        return BTreeMap::new();
    }
    // A schema without an order that works is shown without its statements.
    let texts = |c: &Catalog| creation(c).map(|script| files::texts(&script)).unwrap_or_default();
    let (a, b) = (texts(a), texts(b));
    let text = |of: &BTreeMap<String, String>, file: &str| of.get(file).cloned().unwrap_or_default();
    wanted.into_iter().map(|file| (file.to_owned(), (text(&a, file), text(&b, file)))).collect()
}

//! Carrying renames out on a copy of the first schema, outermost first, until there is none left.

use surefoot_catalog::{Catalog, Id, Kind, Object};
use surefoot_diff::Step;
use surefoot_pg::ConnectUrl;

use super::alike::{candidates, same_but_for_the_name};
use super::prisma::from_catalog;
use super::{AskRename, Rename, RenameAnswer, Said, exists};
use crate::schema::Lab;
use crate::schema::compare::build;
use crate::{Error, Result};

/// What is known about renames before anything is compared.
pub(in crate::schema) struct Rounds<'a> {
    /// Those that count when the old name is there and the new one is not.
    pub(in crate::schema) said: Vec<Said>,
    /// Those between two texts that know what became of what.
    pub(in crate::schema) exact: Vec<Rename>,
    /// A Prisma schema that leads to the second: its names tell what was called otherwise.
    pub(in crate::schema) prisma: Option<surefoot_prisma::Schema>,
    /// What looks like a rename is none.
    pub(in crate::schema) accept_drops: bool,
    /// Whether what looks like a rename stops the command when nobody can be asked.
    pub(in crate::schema) strict: bool,
    /// Whom to ask.
    pub(in crate::schema) ask: &'a dyn AskRename,
}

/// A schema after its renames.
#[derive(Debug)]
pub(in crate::schema) struct Renamed {
    pub(in crate::schema) catalog: Catalog,
    /// The renames.
    pub(in crate::schema) done: Vec<Rename>,
    /// What led to it.
    pub(in crate::schema) steps: Vec<Step>,
    /// What leads back.
    pub(in crate::schema) back: Vec<Step>,
    /// What looks like a rename and was not asked about.
    pub(in crate::schema) look_alikes: Vec<Rename>,
}

/// Renames in `from` what has another name in `to`. The lab is started when the first rename needs it.
///
/// # Errors
/// [`Error::Refused`] with code `looks-like-rename` when nobody says what is meant, `stopped` when someone says stop.
pub(in crate::schema) async fn carry_out<S>(
    mut known: Rounds<'_>,
    from: Catalog,
    to: &Catalog,
    lab: &mut Option<Lab>,
    start: impl Fn() -> S,
) -> Result<Renamed>
where
    S: Future<Output = Result<Lab>>,
{
    let mut copy: Option<ConnectUrl> = None;
    let mut declined: Vec<Rename> = Vec::new();
    let (done, steps, back, look_alikes) = Default::default();
    let mut out = Renamed { catalog: from, done, steps, back, look_alikes };
    loop {
        let mut next = known.next(&out.catalog, to);
        if next.is_empty() && lab.is_some() {
            next = same_but_for_the_name(&out.catalog, to);
        }
        if next.is_empty() {
            if known.accept_drops {
                break;
            }
            let found = candidates(&out.catalog, to, &declined);
            if !known.ask.can_answer() {
                if known.strict && !found.is_empty() {
                    return Err(looks_like_rename(&found, known.prisma.is_some()));
                }
                out.look_alikes = found;
                break;
            }
            if found.is_empty() {
                break;
            }
            for rename in found {
                match known.ask.ask(&rename).await {
                    RenameAnswer::Yes => {
                        let outside = rename.level() < 2;
                        known.said.push(Said::Known(rename));
                        if outside {
                            break;
                        }
                    }
                    RenameAnswer::No => declined.push(rename),
                    RenameAnswer::Stop => return Err(stopped(&rename)),
                    RenameAnswer::NotAsked => return Err(looks_like_rename(&[rename], known.prisma.is_some())),
                }
            }
            continue;
        }
        if lab.is_none() {
            *lab = Some(start().await?);
        }
        let Some(lab) = lab.as_ref() else { break };
        let url = match &copy {
            Some(url) => url,
            None => {
                let url = lab.database("renamed").await?;
                build(lab, &url, &out.catalog).await?;
                copy.insert(url)
            }
        };
        let session = lab.session(url).await?;
        let ran = run(&session, &next, &mut out).await;
        session.close().await;
        ran?;
        let read = lab.read(url, &[]).await?;
        for rename in &next {
            known.said.iter_mut().for_each(|said| said.follow(rename));
        }
        out.catalog = with_what_a_copy_lacks(read, &out.catalog, &next);
        out.done.extend(next);
    }
    Ok(out)
}

async fn run(session: &surefoot_pg::Session, renames: &[Rename], out: &mut Renamed) -> Result<()> {
    for rename in renames {
        let (there, mut back) = rename.steps(&out.catalog);
        for step in &there {
            session.run(&step.sql).await.map_err(|e| Error::Schema {
                code: "rename-fails",
                message: format!("{}: {e}", step.sql),
                hint: "rename it in a migration of your own first, or see --accept-drops".into(),
            })?;
        }
        out.steps.extend(there);
        back.append(&mut out.back);
        out.back = back;
    }
    Ok(())
}

impl Rounds<'_> {
    /// What can be renamed now: of one level, so that names are those of now.
    fn next(&mut self, now: &Catalog, to: &Catalog) -> Vec<Rename> {
        let mut pending: Vec<Rename> = Vec::new();
        let told = self.prisma.iter().flat_map(|schema| from_catalog(schema, now, to));
        for rename in self.said.iter().flat_map(|said| said.resolve(now, to)).chain(told) {
            if !pending.iter().any(|other| other.old == rename.old || other.new == rename.new) {
                pending.push(rename);
            }
        }
        self.exact.retain(|rename| exists(now, &rename.old) || !is_reachable(rename, now));
        let exact: Vec<Rename> = self.exact.iter().filter(|rename| exists(now, &rename.old)).cloned().collect();
        let Some(level) = pending.iter().chain(&exact).map(Rename::level).min() else { return Vec::new() };
        pending.retain(|rename| rename.level() == level);
        let exact: Vec<Rename> = exact.into_iter().filter(|rename| rename.level() == level).collect();
        let free: Vec<Rename> = exact.iter().filter(|rename| !exists(now, &rename.new)).cloned().collect();
        self.exact.retain(|rename| !free.contains(rename));
        if free.is_empty() && pending.is_empty() {
            // Names that change places: one steps aside.
            let waits = |rename: &&Rename| exact.iter().any(|other| other.old == rename.new);
            let Some(first) = exact.iter().find(waits) else {
                self.exact.retain(|rename| !exact.contains(rename));
                return Vec::new();
            };
            let aside = aside(&first.old);
            for rename in &mut self.exact {
                if rename == first {
                    rename.old = aside.clone();
                }
            }
            return vec![Rename { old: first.old.clone(), new: aside }];
        }
        pending.retain(|rename| !free.iter().any(|other| other.old == rename.old));
        pending.extend(free);
        // Functions are called by the types of their arguments as well.
        pending.sort_by_key(|rename| !super::is_function(rename.old.kind));
        pending
    }
}

/// Whether what the object is in is there under its name of then, so that the object would have to be there too.
fn is_reachable(rename: &Rename, now: &Catalog) -> bool {
    rename.old.sub.is_empty() || now.get(&rename.old.with_kind_only(Kind::Table)).is_some()
}

/// A name that nothing else has.
fn aside(id: &Id) -> Id {
    let part = !id.sub.is_empty() && !super::is_function(id.kind);
    let name = "surefoot_changes_places".into();
    if part { Id { sub: name, ..id.clone() } } else { Id { name, ..id.clone() } }
}

/// Owners, privileges and labels are not made in a copy, nor is what belongs to the whole server.
fn with_what_a_copy_lacks(copy: Catalog, before: &Catalog, renames: &[Rename]) -> Catalog {
    let mut objects: Vec<Object> = copy.objects().to_vec();
    for object in &mut objects {
        let id = was(&object.id, renames);
        // Arguments may be of types that have new names now.
        let by_name = || {
            let same = |o: &&Object| o.id.kind == id.kind && o.id.schema == id.schema && o.id.name == id.name;
            let mut found = before.objects().iter().filter(|_| super::is_function(id.kind)).filter(same);
            found.next().filter(|_| found.next().is_none())
        };
        if let Some(was) = before.get(&id).or_else(by_name) {
            object.owner.clone_from(&was.owner);
            object.acl.clone_from(&was.acl);
            object.labels.clone_from(&was.labels);
        }
    }
    let everywhere = [Kind::Role, Kind::Database, Kind::DefaultPrivilege, Kind::Setting];
    objects.retain(|object| !everywhere.contains(&object.id.kind));
    objects.extend(before.objects().iter().filter(|o| everywhere.contains(&o.id.kind)).cloned());
    let mut depends = Vec::new();
    for (i, object) in copy.objects().iter().enumerate() {
        for on in copy.depends_on(i) {
            depends.push((object.id.clone(), copy.objects()[*on as usize].id.clone()));
        }
    }
    let mut catalog = Catalog::new(before.server_version, before.role.clone(), objects, &depends);
    catalog.unmodelled.clone_from(&before.unmodelled);
    catalog
}

/// What this was called before the renames.
fn was(id: &Id, renames: &[Rename]) -> Id {
    let mut id = id.clone();
    for rename in renames.iter().rev() {
        let (old, new) = (&rename.old, &rename.new);
        if id == *new {
            id = old.clone();
        } else if new.kind == Kind::Schema && id.schema == new.name {
            id.schema = old.name.clone();
        } else if new.sub.is_empty() && !id.sub.is_empty() && (&id.schema, &id.name) == (&new.schema, &new.name) {
            id.schema = old.schema.clone();
            id.name = old.name.clone();
        }
    }
    id
}

fn looks_like_rename(found: &[Rename], prisma: bool) -> Error {
    let comment = if prisma { "//" } else { "--" };
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    let first = &found[0];
    Error::Refused {
        code: "looks-like-rename",
        message: format!("{}: a rename, or a drop and an addition?", lines.join("; ")),
        hint: format!(
            "say it in the schema, beside {}: {comment} surefoot: renamed-from {}; or with --renamed {}; or, if the data shall \
             go, --accept-drops",
            first.to(),
            first.old_name(),
            first.written(),
        ),
    }
}

fn stopped(rename: &Rename) -> Error {
    Error::Refused {
        code: "stopped",
        message: format!(
            "stopped at the question whether {} is renamed to {}; nothing was written",
            rename.from(),
            rename.to()
        ),
        hint: "the answer can be given beforehand: -- surefoot: renamed-from in the schema, --renamed, --accept-drops"
            .into(),
    }
}

//! All objects of a database, and what depends on what.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::places::Places;
use crate::{Id, Kind, Object};

/// Objects whose texts are held in memory at a time to be hashed, by each of two writers.
const HASHED_AT_ONCE: usize = 4096;

/// Something in the database that the model does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmodelled {
    /// The system catalog it is in, such as `pg_largeobject_metadata`.
    pub catalog: String,
    /// What it is, in words.
    pub what: String,
}

/// Something in the database that the reader's role may not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unreadable {
    /// The system catalog it is in, such as `pg_foreign_server`.
    pub catalog: String,
    /// What is not known because of that, in words.
    pub what: String,
    /// The kinds of objects that are not in the model for that reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<Kind>,
}

/// The schema of a database at one moment. A clone shares the objects with the original, which never change.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Catalog {
    /// The server's version as a number: 170005 is 17.5. 0 for the empty catalog.
    pub server_version: u32,
    /// The role that read it, and that owns what it creates.
    pub role: String,
    /// Whether roles and memberships were read. Where they were not, none are compared.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub roles: bool,
    /// What is there and not in `objects`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmodelled: Vec<Unmodelled>,
    /// What the role may not read, which is not to be taken for missing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<Unreadable>,
    /// The objects, sorted by identity.
    objects: Arc<Vec<Object>>,
    /// For each object the positions of those it depends on, sorted.
    depends: Arc<Vec<Vec<u32>>>,
    #[serde(skip)]
    index: Arc<Places>,
}

impl Catalog {
    /// A catalog of these objects, in any order. `depends` holds pairs: the first depends on the second. A pair
    /// with an object that is not there is left out, as is one of an object with itself.
    #[must_use]
    pub fn new(server_version: u32, role: String, objects: Vec<Object>, depends: &[(Id, Id)]) -> Self {
        let (mut catalog, _) = Self::of_objects(server_version, role, objects);
        let places = depends.iter().filter_map(|(from, to)| Some((catalog.place(from)?, catalog.place(to)?)));
        let places = places.collect();
        catalog.set_depends(places);
        catalog
    }

    /// A catalog of these objects, in any order, in which nothing depends on anything yet; and where each of them went.
    /// Of several with the same identity the first is taken.
    #[must_use]
    pub fn of_objects(server_version: u32, role: String, objects: Vec<Object>) -> (Self, Vec<u32>) {
        let mut order: Vec<u32> = (0..objects.len()).map_while(|i| u32::try_from(i).ok()).collect();
        // Equal identities stay in the order they came in.
        order.sort_unstable_by(|a, b| by_id(&objects[*a as usize].id, &objects[*b as usize].id).then(a.cmp(b)));
        let mut places = vec![0; objects.len()];
        let mut objects: Vec<Option<Object>> = objects.into_iter().map(Some).collect();
        let mut sorted: Vec<Object> = Vec::with_capacity(objects.len());
        for i in order {
            let Some(object) = objects[i as usize].take() else { continue };
            if sorted.last().is_none_or(|last| last.id != object.id) {
                sorted.push(object);
            }
            places[i as usize] = u32::try_from(sorted.len() - 1).unwrap_or(u32::MAX);
        }
        let mut catalog = Self { server_version, role, objects: Arc::new(sorted), ..Self::default() };
        catalog.reindex();
        catalog.depends = Arc::new(vec![Vec::new(); catalog.objects.len()]);
        (catalog, places)
    }

    /// Says what depends on what, by positions in [`Catalog::objects`]: the first of each pair on the second. A pair with
    /// a position that does not exist is left out, as is one of an object with itself.
    pub fn set_depends(&mut self, mut pairs: Vec<(u32, u32)>) {
        pairs.sort_unstable();
        pairs.dedup();
        let mut depends = vec![Vec::new(); self.objects.len()];
        for list in pairs.chunk_by(|a, b| a.0 == b.0) {
            let from = list[0].0;
            if let Some(slot) = depends.get_mut(from as usize) {
                let there = self.objects.len();
                slot.extend(list.iter().map(|(_, to)| *to).filter(|to| *to != from && (*to as usize) < there));
            }
        }
        self.depends = Arc::new(depends);
    }

    /// A catalog with nothing in it.
    #[must_use]
    pub fn empty(server_version: u32, role: String) -> Self {
        Self { server_version, role, ..Self::default() }
    }

    /// Reads a catalog saved with `serde`.
    ///
    /// # Errors
    /// When the text is not one.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        let mut catalog: Self = serde_json::from_str(text)?;
        catalog.reindex();
        Ok(catalog)
    }

    fn reindex(&mut self) {
        self.index = Arc::new(Places::of(&self.objects));
    }

    /// The server's major version.
    #[must_use]
    pub fn major(&self) -> u32 {
        self.server_version / 10_000
    }

    /// The objects, sorted by identity.
    #[must_use]
    pub fn objects(&self) -> &[Object] {
        &self.objects
    }

    /// The object of this identity.
    #[must_use]
    pub fn get(&self, id: &Id) -> Option<&Object> {
        self.position(id).map(|i| &self.objects[i])
    }

    /// The position of an object in [`Catalog::objects`].
    #[must_use]
    pub fn position(&self, id: &Id) -> Option<usize> {
        self.index.find(&self.objects, id)
    }

    fn place(&self, id: &Id) -> Option<u32> {
        self.position(id).and_then(|i| u32::try_from(i).ok())
    }

    /// What the object at this position depends on, as positions.
    #[must_use]
    pub fn depends_on(&self, position: usize) -> &[u32] {
        self.depends.get(position).map_or(&[], Vec::as_slice)
    }

    /// For each object the positions of those that depend on it.
    #[must_use]
    pub fn dependents(&self) -> Vec<Vec<u32>> {
        let mut reverse = vec![Vec::new(); self.objects.len()];
        for (list, from) in self.depends.iter().zip(0..) {
            for to in list {
                reverse[*to as usize].push(from);
            }
        }
        reverse
    }

    /// The columns of a relation, in their order.
    #[must_use]
    pub fn columns(&self, relation: &Id) -> Vec<&Object> {
        let mut columns: Vec<&Object> = self.parts(relation, Kind::Column).collect();
        columns.sort_by_key(|object| match &object.body {
            crate::Body::Column(column) => column.position,
            _ => 0,
        });
        columns
    }

    /// The parts of one kind of a relation, sorted by name.
    pub fn parts(&self, relation: &Id, kind: Kind) -> impl Iterator<Item = &Object> {
        let first = relation.part(kind, "");
        let start = self.objects.partition_point(|object| object.id < first);
        self.objects[start..].iter().take_while(move |object| {
            object.id.kind == kind && object.id.schema == first.schema && object.id.name == first.name
        })
    }

    /// SHA-256 over all objects, in hexadecimal: the same exactly when the schemas are, whoever reads them.
    #[must_use]
    pub fn hash(&self) -> String {
        let mut sha = Sha256::new();
        let mut texts = [Vec::new(), Vec::new()];
        // Writing the texts takes most of the time, so two write at once where there are many.
        for block in self.objects.chunks(2 * HASHED_AT_ONCE) {
            let (first, second) = block.split_at(block.len().min(HASHED_AT_ONCE));
            let [one, other] = &mut texts;
            let write = |objects: &[Object], text: &mut Vec<u8>| {
                text.clear();
                objects.iter().for_each(|object| object.write(text));
            };
            if second.is_empty() {
                write(first, one);
                other.clear();
            } else {
                std::thread::scope(|scope| {
                    scope.spawn(|| write(second, other));
                    write(first, one);
                });
            }
            sha.update(&*one);
            sha.update(&*other);
        }
        hex::encode(sha.finalize())
    }

    /// How many objects there are of each kind.
    #[must_use]
    pub fn count_by_kind(&self) -> BTreeMap<Kind, usize> {
        let mut counts = BTreeMap::new();
        for object in self.objects.iter() {
            *counts.entry(object.id.kind).or_default() += 1;
        }
        counts
    }

    /// Keeps the objects that `keep` says yes to, with the dependencies between them.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(&Object) -> bool) -> Self {
        self.rewritten(|object| keep(object).then(|| object.clone()))
    }

    /// Keeps what `rewrite` gives for each object, which must have the same identity, with the dependencies between
    /// them.
    #[must_use]
    pub fn rewritten(&self, rewrite: impl Fn(&Object) -> Option<Object>) -> Self {
        let mut places = vec![None; self.objects.len()];
        let mut objects = Vec::new();
        for (object, place) in self.objects.iter().zip(&mut places) {
            if let Some(object) = rewrite(object) {
                *place = u32::try_from(objects.len()).ok();
                objects.push(object);
            }
        }
        // Identities stay, and so does their order: where each was put is where it is.
        let (mut catalog, _) = Self::of_objects(self.server_version, self.role.clone(), objects);
        let mut pairs = Vec::new();
        for (list, from) in self.depends.iter().zip(&places) {
            let Some(from) = from else { continue };
            pairs.extend(list.iter().filter_map(|to| Some((*from, (*places.get(*to as usize)?)?))));
        }
        catalog.set_depends(pairs);
        catalog.unmodelled = self.unmodelled.clone();
        catalog.roles = self.roles;
        catalog.unreadable = self.unreadable.clone();
        catalog
    }
}

/// The order of [`Id`], quicker where names are shared.
fn by_id(a: &Id, b: &Id) -> std::cmp::Ordering {
    let names = |a: &crate::Name, b: &crate::Name| {
        if std::sync::Arc::ptr_eq(a, b) { std::cmp::Ordering::Equal } else { a.cmp(b) }
    };
    a.kind
        .cmp(&b.kind)
        .then_with(|| names(&a.schema, &b.schema))
        .then_with(|| names(&a.name, &b.name))
        .then_with(|| names(&a.sub, &b.sub))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Body;
    use crate::objects::Default as ColumnDefault;

    #[test]
    fn the_hash_is_over_the_objects_in_their_order() {
        let objects: Vec<Object> = (0..2 * HASHED_AT_ONCE + 5)
            .map(|i| Object {
                id: Id::new(Kind::Default, "public", &format!("t{i:06}")),
                owner: None,
                acl: None,
                comment: None,
                labels: BTreeMap::new(),
                body: Body::Default(ColumnDefault { expression: i.to_string() }),
            })
            .collect();
        let mut text = Vec::new();
        objects.iter().for_each(|object| object.write(&mut text));
        let mut mixed = objects.clone();
        mixed.reverse();
        let catalog = Catalog::new(170_000, "me".into(), mixed, &[]);
        assert_eq!(catalog.hash(), hex::encode(Sha256::digest(&text)));
        let few = Catalog::new(170_000, "me".into(), objects[..3].to_vec(), &[]);
        assert_ne!(few.hash(), catalog.hash());
        assert_eq!(few.clone().hash(), few.hash());
    }
}

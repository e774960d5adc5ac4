//! All objects of a database, and what depends on what.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Id, Kind, Object};

/// Something in the database that the model does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmodelled {
    /// The system catalog it is in, such as `pg_largeobject_metadata`.
    pub catalog: String,
    /// What it is, in words.
    pub what: String,
}

/// The schema of a database at one moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Catalog {
    /// The server's version as a number: 170005 is 17.5. 0 for the empty catalog.
    pub server_version: u32,
    /// The role that read it, and that owns what it creates.
    pub role: String,
    /// What is there and not in `objects`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmodelled: Vec<Unmodelled>,
    /// The objects, sorted by identity.
    objects: Vec<Object>,
    /// For each object the positions of those it depends on, sorted.
    depends: Vec<Vec<u32>>,
    #[serde(skip)]
    index: HashMap<Id, u32>,
}

impl Catalog {
    /// A catalog of these objects, in any order. `depends` holds pairs: the first depends on the second. A pair
    /// with an object that is not there is left out, as is one of an object with itself.
    #[must_use]
    pub fn new(server_version: u32, role: String, mut objects: Vec<Object>, depends: &[(Id, Id)]) -> Self {
        objects.sort_by(|a, b| a.id.cmp(&b.id));
        objects.dedup_by(|a, b| a.id == b.id);
        let mut catalog = Self { server_version, role, objects, ..Self::default() };
        catalog.reindex();
        catalog.depends = vec![Vec::new(); catalog.objects.len()];
        for (from, to) in depends {
            if let (Some(from), Some(to)) = (catalog.position(from), catalog.position(to))
                && from != to
            {
                catalog.depends[from].push(u32::try_from(to).unwrap_or(u32::MAX));
            }
        }
        for list in &mut catalog.depends {
            list.sort_unstable();
            list.dedup();
        }
        catalog
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
        self.index = self.objects.iter().zip(0..).map(|(object, i)| (object.id.clone(), i)).collect();
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
        self.index.get(id).map(|i| *i as usize)
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
        for object in &self.objects {
            object.digest(&mut sha);
        }
        hex::encode(sha.finalize())
    }

    /// How many objects there are of each kind.
    #[must_use]
    pub fn count_by_kind(&self) -> BTreeMap<Kind, usize> {
        let mut counts = BTreeMap::new();
        for object in &self.objects {
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
        let depends: Vec<(Id, Id)> = self
            .depends
            .iter()
            .enumerate()
            .flat_map(|(from, list)| {
                list.iter().map(move |to| (self.objects[from].id.clone(), self.objects[*to as usize].id.clone()))
            })
            .collect();
        let objects = self.objects.iter().filter_map(rewrite).collect();
        let mut catalog = Self::new(self.server_version, self.role.clone(), objects, &depends);
        catalog.unmodelled = self.unmodelled.clone();
        catalog
    }
}

//! Where an object is, by its identity.

use std::hash::{Hash, Hasher};

use crate::hash::FastHasher;
use crate::{Id, Object};

/// The positions of objects in a list, by identity. It keeps no copy of the identities: the list is asked.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Places {
    /// A power of two of slots, at most half of them taken; `FREE` elsewhere.
    slots: Vec<u32>,
}

const FREE: u32 = u32::MAX;

impl Places {
    /// Of a list in which no two objects have the same identity.
    pub(crate) fn of(objects: &[Object]) -> Self {
        let mut slots = vec![FREE; (objects.len() * 2).next_power_of_two()];
        let mask = slots.len() - 1;
        for (object, i) in objects.iter().zip(0..FREE) {
            let mut at = hash(&object.id) & mask;
            while slots[at] != FREE {
                at = (at + 1) & mask;
            }
            slots[at] = i;
        }
        Self { slots }
    }

    /// Where the object of this identity is in the list this was made of.
    pub(crate) fn find(&self, objects: &[Object], id: &Id) -> Option<usize> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut at = hash(id) & mask;
        while self.slots[at] != FREE {
            let place = self.slots[at] as usize;
            if objects[place].id == *id {
                return Some(place);
            }
            at = (at + 1) & mask;
        }
        None
    }
}

fn hash(id: &Id) -> usize {
    let mut hasher = FastHasher::default();
    id.hash(&mut hasher);
    // The mask takes the low bits, which the multiplication mixes least.
    (hasher.finish() >> 20) as usize
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::objects::Schema;
    use crate::{Body, Kind};

    #[test]
    fn every_object_is_found_and_no_other() {
        let objects: Vec<Object> = (0..1000)
            .map(|i| Object {
                id: Id::new(Kind::Table, "public", &format!("t{i}")),
                owner: None,
                acl: None,
                comment: None,
                labels: Default::default(),
                body: Body::Schema(Schema {}),
            })
            .collect();
        let places = Places::of(&objects);
        for (i, object) in objects.iter().enumerate() {
            assert_eq!(places.find(&objects, &object.id), Some(i));
            assert_eq!(places.find(&objects, &object.id.with_kind(Kind::View)), None);
        }
        assert_eq!(Places::of(&[]).find(&[], &objects[0].id), None);
        assert_eq!(Places::default().find(&[], &objects[0].id), None);
    }

    #[test]
    fn names_that_differ_little_hash_apart() {
        let hashes: HashSet<usize> =
            (0..10_000).map(|i| hash(&Id::new(Kind::Table, "public", &format!("table_{i:05}")))).collect();
        assert_eq!(hashes.len(), 10_000);
    }
}

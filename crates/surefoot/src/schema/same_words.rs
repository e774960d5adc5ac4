//! Expressions of servers of different major versions, in the words of one.
//!
//! A server prints expressions in its own way, and the way changes between versions: 16 no longer writes the table's
//! name before each column of a view, for one. What was written alike would be taken for changed. So what differs is
//! made and read in one server before anybody hears of it.

use surefoot_catalog::{Catalog, Id, Object};

use crate::schema::Lab;
use crate::schema::compare::build;
use crate::{Error, Result};

/// Whether the two have objects that differ, perhaps only because their servers print differently.
pub(crate) fn in_doubt(a: &Catalog, b: &Catalog) -> bool {
    let known = |c: &Catalog| c.major() != 0;
    known(a) && known(b) && a.major() != b.major() && a.objects().iter().any(|object| differs(object, b))
}

/// The first catalog, with the second's words for whatever is the same once it is made in the lab. What cannot be made
/// there stays as it is, and the warning says so.
///
/// # Errors
/// When the lab fails.
pub(crate) async fn same_words(lab: &Lab, a: Catalog, b: &Catalog, warnings: &mut Vec<String>) -> Result<Catalog> {
    if !in_doubt(&a, b) {
        return Ok(a);
    }
    let (there, here) = match (read_anew(lab, &a).await, read_anew(lab, b).await) {
        (Ok(there), Ok(here)) => (there, here),
        (Err(e @ Error::Schema { .. }), _) | (_, Err(e @ Error::Schema { .. })) => {
            warnings.push(format!(
                "PostgreSQL {} and {} print expressions differently, and these schemas cannot be made in one server, so \
                 some differences may be of words only: {e}",
                a.major(),
                b.major()
            ));
            return Ok(a);
        }
        (Err(e), _) | (_, Err(e)) => return Err(e),
    };
    let body = |catalog: &Option<Catalog>, own: &Catalog, id: &Id| {
        catalog.as_ref().unwrap_or(own).get(id).map(|object| object.body.clone())
    };
    Ok(a.rewritten(|object| {
        let mut object = object.clone();
        if differs(&object, b)
            && let Some(other) = b.get(&object.id)
            && let (Some(first), Some(second)) = (body(&there, &a, &object.id), body(&here, b, &object.id))
            && first == second
        {
            object.body = other.body.clone();
        }
        Some(object)
    }))
}

fn differs(object: &Object, other: &Catalog) -> bool {
    other.get(&object.id).is_some_and(|o| o.body != object.body)
}

/// The catalog as the lab reads it; `None` when it is of the lab's version already.
async fn read_anew(lab: &Lab, catalog: &Catalog) -> Result<Option<Catalog>> {
    if catalog.major() == lab.major() {
        return Ok(None);
    }
    let url = lab.database("same words").await?;
    build(lab, &url, catalog).await?;
    Ok(Some(lab.read(&url, &[]).await?))
}

//! Schemas.

use surefoot_catalog::Object;

use crate::change::Statement;

pub(crate) fn create(object: &Object) -> Vec<Statement> {
    vec![format!("CREATE SCHEMA {}", object.id.relation()).into()]
}

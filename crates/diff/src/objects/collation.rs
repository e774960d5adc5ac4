//! Collations and conversions.

use surefoot_catalog::Object;
use surefoot_catalog::objects::{Collation, Conversion};

use crate::change::Statement;
use crate::common::{attributes, literal_or_null};

pub(crate) fn create(object: &Object, body: &Collation) -> Vec<Statement> {
    vec![format!("CREATE COLLATION {} ({})", object.id.relation(), attributes(&body.attributes)).into()]
}

pub(crate) fn create_conversion(object: &Object, body: &Conversion) -> Vec<Statement> {
    let default = if body.default { "DEFAULT " } else { "" };
    let (source, target) = (literal_or_null(Some(&body.source)), literal_or_null(Some(&body.target)));
    let name = object.id.relation();
    vec![format!("CREATE {default}CONVERSION {name} FOR {source} TO {target} FROM {}", body.function).into()]
}

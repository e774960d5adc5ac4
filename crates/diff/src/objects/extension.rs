//! Extensions.

use surefoot_catalog::Object;
use surefoot_catalog::objects::Extension;
use surefoot_sql::quote_ident;

use crate::change::{Change, Statement};
use crate::common::literal_or_null;

/// What every database is made with.
const PRESENT: &str = "plpgsql";

pub(crate) fn create(object: &Object, body: &Extension) -> Vec<Statement> {
    let present = if &*object.id.name == PRESENT { "IF NOT EXISTS " } else { "" };
    let (name, schema) = (object.id.relation(), quote_ident(&body.schema));
    // Without a version it is the one the server comes with.
    let version = match body.version.as_str() {
        "" => String::new(),
        version => format!(" VERSION {}", literal_or_null(Some(version))),
    };
    vec![format!("CREATE EXTENSION {present}{name} WITH SCHEMA {schema}{version}").into()]
}

/// There may be no way from the one version to the other; then the server says so.
pub(crate) fn alter(object: &Object, old: &Extension, new: &Extension) -> Change {
    let name = object.id.relation();
    let mut out: Vec<Statement> = Vec::new();
    if old.schema != new.schema {
        if !old.relocatable {
            return Change::Replace;
        }
        out.push(format!("ALTER EXTENSION {name} SET SCHEMA {}", quote_ident(&new.schema)).into());
    }
    if old.version != new.version {
        out.push(format!("ALTER EXTENSION {name} UPDATE TO {}", literal_or_null(Some(&new.version))).into());
    }
    Change::of(out)
}

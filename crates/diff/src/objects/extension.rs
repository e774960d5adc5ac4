//! Extensions.

use surefoot_catalog::objects::Extension;
use surefoot_catalog::{Kind, Object};
use surefoot_sql::quote_ident;

use crate::change::{Change, Context, Statement};
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

pub(crate) fn drop(cx: Context<'_>, object: &Object) -> Vec<Statement> {
    let name = object.id.relation();
    let sql = format!("DROP EXTENSION {name}");
    if cx.to.get(&object.id).is_none() {
        return vec![sql.into()];
    }
    vec![Statement::losing(sql, format!("what extension {name} keeps in tables of its own"))]
}

/// To an older version the extension is dropped and made again, with what is built on it, unless columns have its
/// types: then only a script of its own can lead there.
pub(crate) fn alter(cx: Context<'_>, object: &Object, old: &Extension, new: &Extension) -> Change {
    let name = object.id.relation();
    let mut out: Vec<Statement> = Vec::new();
    let moves = old.schema != new.schema;
    if moves && !old.relocatable {
        return Change::Replace;
    }
    // Hardly an extension has scripts for the way back.
    let back = older(&new.version, &old.version);
    if back && !holds_values(cx, object) {
        return Change::Replace;
    }
    if moves {
        out.push(format!("ALTER EXTENSION {name} SET SCHEMA {}", quote_ident(&new.schema)).into());
    }
    if old.version != new.version {
        let sql = format!("ALTER EXTENSION {name} UPDATE TO {}", literal_or_null(Some(&new.version)));
        out.push(if back {
            let (from, to) = (&old.version, &new.version);
            let what =
                format!("nothing, if extension {name} has a script from version {from} back to {to}; else it fails");
            Statement::losing(sql, what)
        } else {
            sql.into()
        });
    }
    Change::of(out)
}

/// Whether anything that cannot be made again without a loss depends on it.
fn holds_values(cx: Context<'_>, extension: &Object) -> bool {
    let Some(place) = cx.from.position(&extension.id) else { return false };
    let uses = |(i, object): (usize, &Object)| {
        matches!(
            object.id.kind,
            Kind::Column | Kind::Table | Kind::Domain | Kind::Composite | Kind::Range | Kind::Extension
        ) && cx.from.depends_on(i).iter().any(|to| *to as usize == place)
    };
    cx.from.objects().iter().enumerate().any(uses)
}

/// Whether version `a` comes before `b`: numbers by their value, the rest by the alphabet.
fn older(a: &str, b: &str) -> bool {
    let parts = |version: &str| {
        let parts = version.split(|c: char| !c.is_alphanumeric()).map(|part| match part.parse::<u64>() {
            Ok(number) => (number, String::new()),
            Err(_) => (0, part.to_owned()),
        });
        parts.collect::<Vec<_>>()
    };
    parts(a) < parts(b)
}

#[cfg(test)]
mod tests {
    use super::older;

    #[test]
    fn versions_compare_by_number() {
        assert!(older("1.9", "1.10") && !older("1.10", "1.9") && !older("1.6", "1.6"));
        assert!(older("2.0", "2.0.1") && older("1.0-a", "1.0-b") && older("unpackaged", "1.0"));
    }
}

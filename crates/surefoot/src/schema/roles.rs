//! Roles and memberships, which belong to a server and not to one of its databases.
//!
//! What text says of roles is tried on a server that is ours alone, where they are taken away again once they are read:
//! on one that others use, a role would be made or dropped for real.

use std::collections::BTreeSet;

use surefoot_catalog::{Catalog, Kind};
use surefoot_pg::{Session, ident};
use surefoot_sql::script::Script;

use crate::schema::Lab;
use crate::{Error, Result};

/// The roles of a server, as they were before a text was loaded.
#[derive(Debug)]
pub(crate) struct RolesBefore(Option<BTreeSet<String>>);

impl RolesBefore {
    /// Remembers them, on a server that is ours alone.
    ///
    /// # Errors
    /// [`Error::Refused`] with code `shared-roles` when they are `wanted` and the server is not.
    pub(crate) async fn of(session: &Session, lab: &Lab, wanted: bool) -> Result<Self> {
        if !lab.owns_server() && !wanted {
            return Ok(Self(None));
        }
        if !lab.owns_server() {
            return Err(Error::Refused {
                code: "shared-roles",
                message: "roles belong to a whole server, and the dev database is on one that others use".into(),
                hint: "load the text on a server of our own: --on embedded or --on local; or leave --roles out".into(),
            });
        }
        Ok(Self(Some(all(session).await?)))
    }

    /// Takes the roles away that are new, with all that is theirs in this database: another text may make them too.
    pub(crate) async fn restore(&self, session: &Session) -> Result<()> {
        let Some(before) = &self.0 else { return Ok(()) };
        let new: Vec<String> = all(session).await?.difference(before).map(|name| ident(name)).collect();
        if !new.is_empty() {
            let names = new.join(", ");
            session.run(&format!("RESET ROLE; DROP OWNED BY {names} CASCADE; DROP ROLE {names}")).await?;
        }
        Ok(())
    }

    /// The catalog without roles that were there before, and without those that the text only mentions.
    pub(crate) fn without(&self, catalog: &Catalog, mentioned: &BTreeSet<String>) -> Catalog {
        let counts =
            |name: &str| !self.0.as_ref().is_some_and(|before| before.contains(name)) && !mentioned.contains(name);
        catalog.filtered(|object| match object.id.kind {
            Kind::Role => counts(&object.id.name),
            Kind::Membership => counts(&object.id.sub),
            _ => true,
        })
    }
}

async fn all(session: &Session) -> Result<BTreeSet<String>> {
    let rows = session.rows("SELECT rolname FROM pg_catalog.pg_roles").await?;
    Ok(rows.iter().filter_map(|row| row.get(0).map(str::to_owned)).collect())
}

/// The names that stand after `CREATE ROLE`, `CREATE USER` and `CREATE GROUP` anywhere in the texts, also inside of
/// blocks.
pub(crate) fn made_by(scripts: &[Script]) -> BTreeSet<String> {
    let texts = scripts.iter().flat_map(|script| script.statements.iter().map(|statement| script.text(statement)));
    texts.flat_map(made_in).collect()
}

fn made_in(text: &str) -> Vec<String> {
    let lower = text.to_ascii_lowercase();
    let after = |from: usize, word: &str| {
        let rest = lower[from..].trim_start();
        let start = lower.len() - rest.len();
        let end = start + word.len();
        (rest.starts_with(word) && lower[end..].starts_with(char::is_whitespace)).then_some(end)
    };
    let places = lower.match_indices("create").filter_map(|(i, word)| {
        let end = i + word.len();
        ["role", "user", "group"].iter().find_map(|kind| after(end, kind)).filter(|end| *end > i)
    });
    places.filter_map(|end| name_at(text[end..].trim_start())).collect()
}

/// The name at the beginning of the text, as the server reads it.
fn name_at(text: &str) -> Option<String> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(text.len());
        return (end > 0).then(|| text[..end].to_lowercase());
    };
    let mut name = String::new();
    let mut chars = quoted.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '"' {
            name.push(c);
        } else if chars.next_if_eq(&'"').is_some() {
            name.push('"');
        } else {
            return Some(name);
        }
    }
    None
}

/// The catalog of a database with the roles only that the text on the other side makes: a role that the text does not
/// know is somebody else's.
pub(crate) fn limited(live: &Catalog, text: &Catalog) -> Catalog {
    let makes = |name: &str| text.objects().iter().any(|o| o.id.kind == Kind::Role && &*o.id.name == name);
    live.filtered(|object| match object.id.kind {
        Kind::Role => makes(&object.id.name),
        Kind::Membership => makes(&object.id.sub) && (makes(&object.id.name) || object.id.name.starts_with("pg_")),
        _ => true,
    })
}

#[cfg(test)]
mod tests {
    use super::made_in;

    #[test]
    fn names_are_found_in_blocks_too() {
        assert_eq!(made_in("CREATE ROLE app LOGIN"), ["app"]);
        assert_eq!(made_in("DO $$ BEGIN\n  create user \"The App\";\nEND $$"), ["The App"]);
        assert_eq!(made_in("DO $$ BEGIN create group Ops; CREATE ROLE \"A\"\"b\"; END $$"), ["ops", "A\"b"]);
        assert!(made_in("CREATE TABLE role (id int)").is_empty());
    }
}

//! The database itself, parameters set on it, and default privileges.

use surefoot_catalog::objects::{DefaultPrivilege, Setting};
use surefoot_catalog::{Acl, Id, Kind, Object};
use surefoot_sql::quote_ident;

use crate::change::{Change, Context, Statement};
use crate::common::{grants, known_to_both, literal_or_null};

/// A statement about the database, which has another name wherever it runs: `""` after `DATABASE` stands for it.
pub(crate) fn on_this_database(sql: &str) -> String {
    let template = sql.replace('%', "%%").replacen("DATABASE \"\"", "DATABASE %I", 1);
    let template = literal_or_null(Some(&template));
    block(&format!("BEGIN EXECUTE format({template}, current_database()); END"))
}

/// An anonymous block, in quotes that its text does not hold.
pub(crate) fn block(text: &str) -> String {
    let mut tag = "do".to_owned();
    while text.contains(&format!("${tag}$")) {
        tag.push('o');
    }
    format!("DO ${tag}$ {text} ${tag}$")
}

/// Parameters whose value is a list of names, each quoted where needed (`GUC_LIST_QUOTE` in the server).
const LISTS: &[&str] = &[
    "local_preload_libraries",
    "search_path",
    "session_preload_libraries",
    "shared_preload_libraries",
    "temp_tablespaces",
    "unix_socket_directories",
];

pub(crate) fn set(object: &Object, body: &Setting) -> Vec<Statement> {
    let (name, value) = (parameter(&object.id.name), value(&object.id.name, &body.value));
    vec![on_this_database(&format!("{} SET {name} = {value}", target(&object.id))).into()]
}

pub(crate) fn reset(object: &Object) -> Vec<Statement> {
    vec![on_this_database(&format!("{} RESET {}", target(&object.id), parameter(&object.id.name))).into()]
}

fn target(id: &Id) -> String {
    if id.sub.is_empty() {
        "ALTER DATABASE \"\"".into()
    } else {
        format!("ALTER ROLE {} IN DATABASE \"\"", id.part_name())
    }
}

/// A value as it stands after `SET name =`.
pub(crate) fn value(parameter: &str, value: &str) -> String {
    match value {
        "" | "\"\"" => "''".to_owned(),
        list if LISTS.contains(&parameter) => list.to_owned(),
        value => literal_or_null(Some(value)),
    }
}

/// The name of a parameter as SQL.
pub(crate) fn parameter(name: &str) -> String {
    name.split('.').map(quote_ident).collect::<Vec<_>>().join(".")
}

/// What `GRANT ... ON` says in `ALTER DEFAULT PRIVILEGES`, and what stands before it.
pub(crate) fn default_privilege_words(id: &Id) -> (String, String) {
    let schema = if id.schema.is_empty() { String::new() } else { format!(" IN SCHEMA {}", quote_ident(&id.schema)) };
    (id.sub.to_uppercase(), format!("ALTER DEFAULT PRIVILEGES FOR ROLE {}{schema} ", quote_ident(&id.name)))
}

pub(crate) fn create_default(cx: Context<'_>, object: &Object, body: &DefaultPrivilege) -> Vec<Statement> {
    change(cx, object, &unset(&object.id, cx.from.major()), &body.acl)
}

pub(crate) fn drop_default(cx: Context<'_>, object: &Object, body: &DefaultPrivilege) -> Vec<Statement> {
    change(cx, object, &body.acl, &unset(&object.id, cx.from.major()))
}

pub(crate) fn alter_default(
    cx: Context<'_>,
    object: &Object,
    old: &DefaultPrivilege,
    new: &DefaultPrivilege,
) -> Change {
    Change::of(change(cx, object, &old.acl, &new.acl))
}

fn change(cx: Context<'_>, object: &Object, before: &Acl, after: &Acl) -> Vec<Statement> {
    let mut out = Vec::new();
    grants(object, &known_to_both(cx, before.clone()), &known_to_both(cx, after.clone()), &mut out);
    out
}

/// What there is while nothing is said: in a schema nothing is added to the defaults.
fn unset(id: &Id, major: u32) -> Acl {
    if !id.schema.is_empty() {
        return Acl::default();
    }
    let kind = match &*id.sub {
        "tables" => Kind::Table,
        "sequences" => Kind::Sequence,
        "functions" => Kind::Function,
        "types" => Kind::BaseType,
        "schemas" => Kind::Schema,
        _ => {
            // Large objects, which are no kind of the model.
            let mut acl = Acl::default();
            acl.add(&id.name, "rw");
            return acl;
        }
    };
    Acl::default_for(kind, &id.name, major)
}

/// The privileges an object has right after `role` has made it, with the default privileges in force.
pub(crate) fn initial(cx: Context<'_>, id: &Id, role: &str) -> Acl {
    let kind = id.kind;
    let mut usual = Acl::default_for(kind, role, cx.from.major());
    if kind == Kind::Database {
        // What its owner may do is not in the model.
        usual.own.remove(role);
    }
    let word = match kind {
        Kind::Table | Kind::View | Kind::MaterializedView => "tables",
        Kind::Sequence => "sequences",
        Kind::Function | Kind::Procedure | Kind::Aggregate => "functions",
        Kind::Schema => "schemas",
        kind if kind.is_type() => "types",
        _ => return usual,
    };
    let said = |schema: &str| {
        let said = Id { kind: Kind::DefaultPrivilege, schema: schema.into(), name: role.into(), sub: word.into() };
        match cx.from.get(&said).map(|o| &o.body) {
            Some(surefoot_catalog::Body::DefaultPrivilege(body)) => Some(&body.acl),
            _ => None,
        }
    };
    let mut acl = said("").cloned().unwrap_or(usual);
    let here = if id.schema.is_empty() { None } else { said(&id.schema) };
    for (role, grant) in here.iter().flat_map(|acl| &acl.own) {
        let entry = acl.own.entry(role.clone()).or_default();
        for (privilege, grantable) in &grant.0 {
            let held = entry.0.entry(*privilege).or_insert(*grantable);
            *held |= grantable;
        }
    }
    acl
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_is_named_when_it_runs() {
        assert_eq!(
            on_this_database("COMMENT ON DATABASE \"\" IS '5% $do$'"),
            "DO $doo$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS ''5%% $do$''', current_database()); END $doo$"
        );
    }
}

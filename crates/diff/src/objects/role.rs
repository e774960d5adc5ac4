//! Roles and memberships.

use std::collections::BTreeMap;

use surefoot_catalog::objects::{Membership, MembershipGrant, Role};
use surefoot_catalog::{Id, Object};
use surefoot_sql::quote_ident;

use crate::change::{Change, Context, Statement};
use crate::common::literal_or_null;
use crate::objects::setting;

/// A role without a password: who makes it has to give it one.
pub(crate) fn create(object: &Object, body: &Role) -> Vec<Statement> {
    let usual = Role {
        superuser: false,
        inherit: true,
        create_role: false,
        create_db: false,
        login: false,
        replication: false,
        bypass_rls: false,
        connection_limit: -1,
        valid_until: None,
        settings: BTreeMap::new(),
    };
    let name = object.id.relation();
    let attributes = attributes(&usual, body);
    let with = if attributes.is_empty() { String::new() } else { format!(" {}", attributes.join(" ")) };
    let mut out: Vec<Statement> = vec![format!("CREATE ROLE {name}{with}").into()];
    settings(&name, &usual.settings, &body.settings, &mut out);
    out
}

pub(crate) fn drop(object: &Object) -> Vec<Statement> {
    let name = object.id.relation();
    let loss = format!("role {name} with its password; it fails while another database of the server uses it");
    vec![Statement::losing(format!("DROP ROLE {name}"), loss)]
}

pub(crate) fn alter(object: &Object, old: &Role, new: &Role) -> Change {
    let name = object.id.relation();
    let mut out: Vec<Statement> = Vec::new();
    let attributes = attributes(old, new);
    if !attributes.is_empty() {
        out.push(format!("ALTER ROLE {name} {}", attributes.join(" ")).into());
    }
    settings(&name, &old.settings, &new.settings, &mut out);
    Change::of(out)
}

/// What differs, in the words of `CREATE ROLE`.
fn attributes(old: &Role, new: &Role) -> Vec<String> {
    let switches = [
        (old.superuser, new.superuser, "SUPERUSER"),
        (old.inherit, new.inherit, "INHERIT"),
        (old.create_role, new.create_role, "CREATEROLE"),
        (old.create_db, new.create_db, "CREATEDB"),
        (old.login, new.login, "LOGIN"),
        (old.replication, new.replication, "REPLICATION"),
        (old.bypass_rls, new.bypass_rls, "BYPASSRLS"),
    ];
    let changed = switches.into_iter().filter(|(old, new, _)| old != new);
    let mut out: Vec<String> =
        changed.map(|(_, on, word)| if on { word.to_owned() } else { format!("NO{word}") }).collect();
    if old.connection_limit != new.connection_limit {
        out.push(format!("CONNECTION LIMIT {}", new.connection_limit));
    }
    if old.valid_until != new.valid_until {
        out.push(format!("VALID UNTIL {}", literal_or_null(Some(new.valid_until.as_deref().unwrap_or("infinity")))));
    }
    out
}

fn settings(name: &str, old: &BTreeMap<String, String>, new: &BTreeMap<String, String>, out: &mut Vec<Statement>) {
    for parameter in old.keys().filter(|parameter| !new.contains_key(*parameter)) {
        out.push(format!("ALTER ROLE {name} RESET {}", setting::parameter(parameter)).into());
    }
    for (parameter, value) in new.iter().filter(|(parameter, value)| old.get(*parameter) != Some(*value)) {
        let (word, value) = (setting::parameter(parameter), setting::value(parameter, value));
        out.push(format!("ALTER ROLE {name} SET {word} = {value}").into());
    }
}

pub(crate) fn join(cx: Context<'_>, object: &Object, body: &Membership) -> Vec<Statement> {
    body.grants.iter().map(|one| grant(cx, &object.id, one)).collect()
}

pub(crate) fn leave(object: &Object, body: &Membership) -> Vec<Statement> {
    body.grants.iter().rev().map(|one| revoke(&object.id, one)).collect()
}

pub(crate) fn alter_membership(cx: Context<'_>, object: &Object, old: &Membership, new: &Membership) -> Change {
    // A server before version 16 does not say all of it.
    let alike = |a: &MembershipGrant, b: &MembershipGrant| {
        let same = |a: Option<bool>, b: Option<bool>| a.is_none() || b.is_none() || a == b;
        a.grantor == b.grantor && a.admin == b.admin && same(a.inherit, b.inherit) && same(a.set, b.set)
    };
    let mut out: Vec<Statement> = Vec::new();
    for gone in &old.grants {
        let after = new.grants.iter().find(|one| one.grantor == gone.grantor);
        match after {
            None => out.push(revoke(&object.id, gone)),
            // Before version 16 an option is taken away by a statement of its own.
            Some(after) if gone.admin && !after.admin => {
                let (role, member) = (object.id.relation(), object.id.part_name());
                out.push(format!("REVOKE ADMIN OPTION FOR {role} FROM {member}{}", by(gone)).into());
            }
            Some(_) => {}
        }
    }
    let changed = new.grants.iter().filter(|one| !old.grants.iter().any(|other| alike(one, other)));
    out.extend(changed.map(|one| grant(cx, &object.id, one)));
    Change::of(out)
}

fn grant(cx: Context<'_>, id: &Id, one: &MembershipGrant) -> Statement {
    let mut with = Vec::new();
    if cx.from.major() >= 16 {
        let word = |on: bool| if on { "TRUE" } else { "FALSE" };
        with.push(format!("ADMIN {}", word(one.admin)));
        with.extend(one.inherit.map(|on| format!("INHERIT {}", word(on))));
        with.extend(one.set.map(|on| format!("SET {}", word(on))));
    } else if one.admin {
        with.push("ADMIN OPTION".into());
    }
    let with = if with.is_empty() { String::new() } else { format!(" WITH {}", with.join(", ")) };
    format!("GRANT {} TO {}{with}{}", id.relation(), id.part_name(), by(one)).into()
}

fn revoke(id: &Id, one: &MembershipGrant) -> Statement {
    format!("REVOKE {} FROM {}{}", id.relation(), id.part_name(), by(one)).into()
}

fn by(one: &MembershipGrant) -> String {
    one.grantor.as_ref().map(|grantor| format!(" GRANTED BY {}", quote_ident(grantor))).unwrap_or_default()
}

//! What many kinds share: owner, comment, privileges, security labels.

use std::collections::BTreeMap;

use surefoot_catalog::{Acl, Body, Grant, Kind, Object};
use surefoot_sql::{quote_ident, quote_literal};

use crate::change::{Context, Statement};
use crate::objects::setting;

/// What follows the creation of an object.
pub(crate) fn after_create(cx: Context<'_>, object: &Object) -> Vec<Statement> {
    let mut out = Vec::new();
    let owner = object.owner.as_deref();
    if let Some(owner) = owner
        && cx.options.owners
        && owner != cx.from.role
    {
        out.push(set_owner(object, owner));
    }
    if cx.options.comments
        && !has_usual_comment(object)
        && (object.comment.is_some() || object.id.kind == Kind::Extension)
    {
        out.extend(set_comment(object, object.comment.as_deref()));
    }
    if cx.options.comments && object.comment.is_none() && object.id.kind == Kind::Schema && &*object.id.name == "public"
    {
        // Every database is made with this one, so the model does not say it.
        out.extend(set_comment(object, Some("standard public schema")));
    }
    for (provider, label) in &object.labels {
        out.push(set_label(object, provider, Some(label)));
    }
    if cx.options.privileges && carries_privileges(object) {
        let maker = cx.from.role.as_str();
        let mut before = known_to_both(cx, setting::initial(cx, &object.id, maker));
        let owner = owner.filter(|_| cx.options.owners).unwrap_or(maker);
        before.hand_on(maker, owner);
        let after = privileges(cx, object, owner);
        grants(object, &before, &after, &mut out);
    }
    on_its_database(object, out)
}

/// What may be done with an object, as far as both servers know it.
fn privileges(cx: Context<'_>, object: &Object, owner: &str) -> Acl {
    let full = object.acl.clone().unwrap_or_else(|| Acl::default_for(object.id.kind, owner, cx.to.major()));
    known_to_both(cx, full)
}

/// `MAINTAIN` is there from version 17 on.
pub(crate) fn known_to_both(cx: Context<'_>, mut acl: Acl) -> Acl {
    // A schema that is not in a database yet has no version.
    if [cx.from.major(), cx.to.major()].iter().any(|major| (1..17).contains(major)) {
        for grant in acl.own.values_mut().chain(acl.passed_on.values_mut().flat_map(BTreeMap::values_mut)) {
            grant.0.remove(&'m');
        }
        acl.own.retain(|_, grant| !grant.0.is_empty());
        acl.passed_on.values_mut().for_each(|grants| grants.retain(|_, grant| !grant.0.is_empty()));
        acl.passed_on.retain(|_, grants| !grants.is_empty());
    }
    acl
}

/// An extension brings a comment with it.
fn has_usual_comment(object: &Object) -> bool {
    matches!(&object.body, Body::Extension(extension) if extension.usual_comment)
}

fn on_its_database(object: &Object, mut out: Vec<Statement>) -> Vec<Statement> {
    if object.id.kind == Kind::Database {
        for statement in &mut out {
            statement.sql = setting::on_this_database(&statement.sql);
        }
    }
    out
}

/// What the differences in owner, comment, labels and privileges ask for.
pub(crate) fn alter(cx: Context<'_>, old: &Object, new: &Object) -> Vec<Statement> {
    let mut out = Vec::new();
    let mut changed_owner = None;
    if let (Some(before), Some(after)) = (&old.owner, &new.owner)
        && before != after
        && cx.options.owners
        && !goes_with_its_table(cx, new)
    {
        out.push(set_owner(new, after));
    }
    if let (Some(before), Some(after)) = (&old.owner, &new.owner)
        && before != after
        && cx.options.owners
    {
        changed_owner = Some((before.as_str(), after.as_str()));
    }
    let usual_comments = has_usual_comment(old) && has_usual_comment(new);
    if cx.options.comments && old.comment != new.comment && !usual_comments {
        out.extend(set_comment(new, new.comment.as_deref()));
    }
    for provider in old.labels.keys().chain(new.labels.keys().filter(|p| !old.labels.contains_key(*p))) {
        if old.labels.get(provider) != new.labels.get(provider) {
            out.push(set_label(new, provider, new.labels.get(provider).map(String::as_str)));
        }
    }
    if cx.options.privileges && carries_privileges(new) {
        let full = |object: &Object| privileges(cx, object, object.owner.as_deref().unwrap_or_default());
        let mut before = full(old);
        let after = full(new);
        if let Some((from, to)) = changed_owner {
            before.hand_on(from, to);
        }
        if cx.options.owners || old.owner == new.owner {
            grants(new, &before, &after, &mut out);
        }
    }
    if let (Body::View(a), Body::View(b)) = (&old.body, &new.body) {
        view_columns(cx, new, &a.columns.iter().collect::<Vec<_>>(), &b.columns.iter().collect::<Vec<_>>(), &mut out);
    }
    if let (Body::MaterializedView(a), Body::MaterializedView(b)) = (&old.body, &new.body) {
        let a: Vec<_> = a.columns.iter().map(|c| &c.column).collect();
        let b: Vec<_> = b.columns.iter().map(|c| &c.column).collect();
        view_columns(cx, new, &a, &b, &mut out);
    }
    on_its_database(new, out)
}

/// Comments and privileges on the columns of a view.
pub(crate) fn view_columns(
    cx: Context<'_>,
    view: &Object,
    old: &[&surefoot_catalog::objects::ViewColumn],
    new: &[&surefoot_catalog::objects::ViewColumn],
    out: &mut Vec<Statement>,
) {
    for column in new {
        let before = old.iter().find(|c| c.name == column.name);
        let comment = before.and_then(|c| c.comment.as_ref());
        if cx.options.comments && comment != column.comment.as_ref() {
            out.push(
                format!(
                    "COMMENT ON COLUMN {}.{} IS {}",
                    view.id.relation(),
                    quote_ident(&column.name),
                    literal_or_null(column.comment.as_deref())
                )
                .into(),
            );
        }
        if cx.options.privileges {
            let empty = Acl::default();
            let before = before.and_then(|c| c.acl.as_ref()).unwrap_or(&empty);
            let after = column.acl.as_ref().unwrap_or(&empty);
            let column = Object {
                id: view.id.part(Kind::Column, &column.name),
                owner: None,
                acl: None,
                comment: None,
                labels: BTreeMap::new(),
                body: Body::Schema(surefoot_catalog::objects::Schema {}),
            };
            grants(&column, before, after, out);
        }
    }
}

/// Whether this is a sequence that a column owns, before and after: it has the owner of the table, and changes it with
/// the table.
fn goes_with_its_table(cx: Context<'_>, object: &Object) -> bool {
    let owner = object.id.with_kind(Kind::SequenceOwner);
    object.id.kind == Kind::Sequence && cx.from.get(&owner).is_some() && cx.from.get(&owner) == cx.to.get(&owner)
}

fn carries_privileges(object: &Object) -> bool {
    !Acl::default_for(object.id.kind, "o", 18).own.is_empty() || object.id.kind == Kind::Column
}

/// The words SQL has for the kind of this object in `ALTER`, `DROP` and `COMMENT ON`.
pub(crate) fn sql_kind(object: &Object) -> &'static str {
    match &object.body {
        Body::Table(table) if table.sort == surefoot_catalog::objects::TableKind::Foreign => "FOREIGN TABLE",
        _ => object.id.kind.sql(),
    }
}

fn set_owner(object: &Object, owner: &str) -> Statement {
    format!("ALTER {} {} OWNER TO {}", sql_kind(object), object.id.reference(), quote_ident(owner)).into()
}

fn set_comment(object: &Object, comment: Option<&str>) -> Option<Statement> {
    let kind = sql_kind(object);
    // Every database is made with this one.
    let usual = (object.id.kind == Kind::Schema && &*object.id.name == "public").then_some("standard public schema");
    let text = literal_or_null(comment.or(usual));
    Some(format!("COMMENT ON {kind} {} IS {text}", object.id.reference()).into())
}

fn set_label(object: &Object, provider: &str, label: Option<&str>) -> Statement {
    format!(
        "SECURITY LABEL FOR {} ON {} {} IS {}",
        quote_ident(provider),
        sql_kind(object),
        object.id.reference(),
        literal_or_null(label)
    )
    .into()
}

/// `name = value` pairs as they stand in the parentheses of many commands.
pub(crate) fn attributes(attributes: &BTreeMap<String, String>) -> String {
    attributes.iter().map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>().join(", ")
}

/// A string constant, or `NULL`.
pub(crate) fn literal_or_null(text: Option<&str>) -> String {
    text.map_or_else(|| "NULL".to_owned(), |text| quote_literal(text).trim_start().to_owned())
}

/// A name with something after it; 63 bytes at most (PostgreSQL manual, 4.1.1).
pub(crate) fn with_ending(name: &str, end: &str) -> String {
    let mut cut = name.len().min(63 - end.len());
    while !name.is_char_boundary(cut) {
        cut -= 1;
    }
    format!("{}{end}", &name[..cut])
}

/// `GRANT` and `REVOKE` that make `before` into `after`.
pub(crate) fn grants(object: &Object, before: &Acl, after: &Acl, out: &mut Vec<Statement>) {
    let column = (object.id.kind == Kind::Column).then(|| object.id.part_name());
    let first = out.len();
    grants_to(object.id.kind, column.as_deref(), &granted_on(object), before, after, out);
    if object.id.kind == Kind::DefaultPrivilege {
        let (_, prefix) = setting::default_privilege_words(&object.id);
        out.iter_mut().skip(first).for_each(|statement| statement.sql.insert_str(0, &prefix));
    }
}

/// The same for what is no object of its own; `on` is what stands after `ON`.
pub(crate) fn grants_on(kind: Kind, on: &str, before: &Acl, after: &Acl, out: &mut Vec<Statement>) {
    grants_to(kind, None, on, before, after, out);
}

fn grants_to(kind: Kind, column: Option<&str>, on: &str, before: &Acl, after: &Acl, out: &mut Vec<Statement>) {
    // What was passed on goes before the right to do so, and comes after it.
    let none = BTreeMap::new();
    for by in before.chain().into_iter().rev() {
        let old = &before.passed_on[by];
        let new = after.passed_on.get(by).unwrap_or(&none);
        let kept: BTreeMap<String, Grant> = old
            .iter()
            .map(|(role, grant)| {
                let stays = |c: &char| new.get(role).and_then(|g| g.0.get(c));
                let grants = grant.0.iter().filter_map(|(c, g)| stays(c).map(|still| (*c, *g && *still)));
                (role.clone(), Grant(grants.collect()))
            })
            .collect();
        let first = out.len();
        grants_by(kind, column, on, old, &kept, out);
        out.iter_mut().skip(first).for_each(|statement| statement.sql = as_role(by, &statement.sql));
    }
    grants_by(kind, column, on, &before.own, &after.own, out);
    for by in after.chain() {
        let new = &after.passed_on[by];
        let old = before.passed_on.get(by).unwrap_or(&none);
        let kept: BTreeMap<String, Grant> = new
            .iter()
            .map(|(role, grant)| {
                let was = |c: &char| old.get(role).and_then(|g| g.0.get(c));
                let grants = grant.0.iter().filter_map(|(c, g)| was(c).map(|was| (*c, *g && *was)));
                (role.clone(), Grant(grants.collect()))
            })
            .collect();
        let first = out.len();
        grants_by(kind, column, on, &kept, new, out);
        out.iter_mut().skip(first).for_each(|statement| statement.sql = as_role(by, &statement.sql));
    }
}

/// The statement as another role, whose grant it is: `GRANTED BY` takes nobody but the current one.
fn as_role(role: &str, sql: &str) -> String {
    let role = literal_or_null(Some(role));
    setting::block(&format!(
        "DECLARE was text := current_setting('role'); BEGIN PERFORM set_config('role', {role}, true); {sql}; \
         PERFORM set_config('role', was, true); END"
    ))
}

fn grants_by(
    kind: Kind,
    column: Option<&str>,
    on: &str,
    before: &BTreeMap<String, Grant>,
    after: &BTreeMap<String, Grant>,
    out: &mut Vec<Statement>,
) {
    let grant_sql = |verb: &str, privileges: &[char], all: bool, to: &str, role: &str, end: &str| {
        let words = words(privileges, all, column);
        let role = if role.is_empty() { "PUBLIC".to_owned() } else { quote_ident(role) };
        format!("{verb} {words} ON {on} {to} {role}{end}")
    };
    let none = BTreeMap::new();
    let mut roles: Vec<&String> = before.keys().chain(after.keys()).collect();
    roles.sort_unstable();
    roles.dedup();
    for role in roles {
        let old = before.get(role).map_or(&none, |g| &g.0);
        let new = after.get(role).map_or(&none, |g| &g.0);
        let gone: Vec<char> = old.keys().filter(|c| !new.contains_key(c)).copied().collect();
        let fixed: Vec<char> = old.iter().filter(|(c, g)| **g && new.get(c) == Some(&false)).map(|(c, _)| *c).collect();
        if !gone.is_empty() {
            let all = gone.len() == old.len();
            out.push(grant_sql("REVOKE", &gone, all, "FROM", role, "").into());
        }
        if !fixed.is_empty() {
            out.push(grant_sql("REVOKE GRANT OPTION FOR", &fixed, false, "FROM", role, "").into());
        }
        for grantable in [false, true] {
            let added: Vec<char> = new
                .iter()
                .filter(|(c, g)| {
                    **g == grantable && (!old.contains_key(c) || (grantable && old.get(c) == Some(&false)))
                })
                .map(|(c, _)| *c)
                .collect();
            if !added.is_empty() {
                let end = if grantable { " WITH GRANT OPTION" } else { "" };
                let all = is_all(kind, &added);
                out.push(grant_sql("GRANT", &added, all, "TO", role, end).into());
            }
        }
    }
}

fn is_all(kind: Kind, privileges: &[char]) -> bool {
    // Version 13's list, so that ALL means no less where there are more.
    let all = Acl::default_for(kind, "o", 18);
    all.own.get("o").is_some_and(|grant| grant.0.len() > 1 && grant.0.len() == privileges.len())
}

fn words(privileges: &[char], all: bool, column: Option<&str>) -> String {
    // The order of the manual: SELECT, INSERT, UPDATE, DELETE, ...
    let mut letters: Vec<char> = privileges.to_vec();
    letters.sort_by_key(|c| "rawdDxtmXUCcTsA".find(*c));
    if all && column.is_none() {
        return "ALL".to_owned();
    }
    let words: Vec<String> = letters
        .iter()
        .map(|c| {
            let word = surefoot_catalog::Privilege(*c).sql();
            column.map_or_else(|| word.to_owned(), |column| format!("{word} ({column})"))
        })
        .collect();
    words.join(", ")
}

/// What stands after `ON` in a `GRANT`.
fn granted_on(object: &Object) -> String {
    match object.id.kind {
        Kind::DefaultPrivilege => setting::default_privilege_words(&object.id).0,
        Kind::Column | Kind::Table | Kind::View | Kind::MaterializedView => format!("TABLE {}", object.id.relation()),
        Kind::Server => format!("FOREIGN SERVER {}", object.id.relation()),
        kind if kind.is_type() => format!("TYPE {}", object.id.relation()),
        Kind::Aggregate => format!("FUNCTION {}({})", object.id.relation(), object.id.sub),
        kind => format!("{} {}", kind.sql(), object.id.reference()),
    }
}

#[cfg(test)]
mod tests {
    use surefoot_catalog::objects::View;
    use surefoot_catalog::{Body, Catalog, Id, Kind, Object};

    use crate::{Options, diff};

    fn one_view(version: u32) -> Catalog {
        let view = View { query: " SELECT 1;".into(), options: Vec::new(), columns: Vec::new() };
        let object = Object {
            id: Id::new(Kind::View, "public", "v"),
            owner: Some("me".into()),
            acl: None,
            comment: Some(version.to_string()),
            labels: Default::default(),
            body: Body::View(view),
        };
        Catalog::new(version, "me".into(), vec![object], &[])
    }

    #[test]
    fn a_privilege_that_only_one_server_has_is_no_difference() {
        for (from, to) in [(150_005, 170_001), (170_001, 150_005)] {
            let script = diff(&one_view(from), &one_view(to), &Options::default()).expect("an order").to_sql();
            assert_eq!(script, format!("COMMENT ON VIEW public.v IS '{to}';\n"));
            let empty = Catalog::empty(from, "me".into());
            let script = diff(&empty, &one_view(to), &Options::default()).expect("an order").to_sql();
            assert!(!script.contains("GRANT") && !script.contains("REVOKE"), "{script}");
        }
    }
}

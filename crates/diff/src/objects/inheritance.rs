//! A table that gets other parents, or the same ones in another order.
//!
//! A column that a table has from its parents only becomes the table's own when it leaves the last of them, and
//! PostgreSQL has no statement that takes this back. So a table that is on its way from one parent to another is given
//! a stand-in meanwhile: a table with just these columns and checks, which is dropped at the end.

use surefoot_catalog::objects::{Column, Constraint, ConstraintKind, Table};
use surefoot_catalog::{Body, Id, Kind, Object};

use crate::change::{Context, Statement};
use crate::common::with_ending;
use crate::objects::{column, constraint};

/// The parents that a table joins, in order: those that are new, and those that come after one that is. All of them
/// when a column that it has from them becomes its own as well, which happens on leaving.
pub(crate) fn joined<'a>(cx: Context<'_>, table: &Id, old: &Table, new: &'a Table) -> &'a [Id] {
    let becomes_own = |part: &Object| match (&part.body, cx.from.get(&part.id).map(|o| &o.body)) {
        (Body::Column(b), Some(Body::Column(a))) => b.inherited && b.local && a.inherited && !a.local,
        _ => false,
    };
    if !new.is_partition && new.of_type.is_none() && cx.to.parts(table, Kind::Column).any(becomes_own) {
        return &new.inherits;
    }
    let mut places = old.inherits.iter();
    // Those that stay come first, in the order in which they stand.
    let stay = new.inherits.iter().take_while(|id| places.any(|o| o == *id)).count();
    &new.inherits[stay..]
}

/// What comes before the columns change.
pub(crate) fn leave(cx: Context<'_>, object: &Object, old: &Table, new: &Table) -> Vec<Statement> {
    let name = object.id.relation();
    let mut out: Vec<Statement> = Vec::new();
    if let Some(stand_in) = stand_in(cx, &object.id) {
        let lines = lines(cx, object);
        let lines = if lines.is_empty() { String::new() } else { format!("\n    {}\n", lines.join(",\n    ")) };
        out.push(format!("CREATE TABLE {} ({lines})", stand_in.relation()).into());
        out.push(format!("ALTER TABLE {name} INHERIT {}", stand_in.relation()).into());
    }
    let joined = joined(cx, &object.id, old, new);
    for gone in old.inherits.iter().filter(|id| !new.inherits.contains(id) || joined.contains(id)) {
        out.push(format!("ALTER TABLE {name} NO INHERIT {}", gone.relation()).into());
    }
    out
}

/// What has to wait until the columns are there.
pub(crate) fn join(cx: Context<'_>, object: &Object, old: &Table, new: &Table) -> Vec<Statement> {
    let name = object.id.relation();
    let joined = joined(cx, &object.id, old, new).iter();
    let mut out: Vec<Statement> =
        joined.map(|id| format!("ALTER TABLE {name} INHERIT {}", id.relation()).into()).collect();
    if let Some(stand_in) = stand_in(cx, &object.id) {
        out.push(format!("ALTER TABLE {name} NO INHERIT {}", stand_in.relation()).into());
        out.push(format!("DROP TABLE {}", stand_in.relation()).into());
    }
    out
}

/// The table that stands in for the parents of this one while it changes them, where one is needed.
pub(crate) fn stand_in(cx: Context<'_>, table: &Id) -> Option<Id> {
    let body = |object: Option<&'_ Object>| match object.map(|o| &o.body) {
        Some(Body::Table(body)) => Some(body.clone()),
        _ => None,
    };
    let (old, new) = (body(cx.from.get(table))?, body(cx.to.get(table))?);
    if joined(cx, table, &old, &new).is_empty() || old.sort != new.sort {
        return None;
    }
    let columns = cx.to.parts(table, Kind::Column).any(|o| comes_with_parents(cx, o));
    let checks = cx.to.parts(table, Kind::Constraint).any(|o| comes_with_parents(cx, o));
    (columns || checks).then(|| Id::new(Kind::Table, &table.schema, &with_ending(&table.name, "__parent")))
}

/// What a new child table says of a column that it has from its parents.
pub(crate) fn own_settings(cx: Context<'_>, part: &Object, table: &Table) -> Vec<Statement> {
    let Body::Column(column) = &part.body else { return Vec::new() };
    let at = |kind: Kind| table.inherits.iter().filter_map(move |parent| cx.to.get(&parent.part(kind, &part.id.sub)));
    let theirs: Vec<&Column> = at(Kind::Column)
        .filter_map(|o| match &o.body {
            Body::Column(column) => Some(&**column),
            _ => None,
        })
        .collect();
    let Some(first) = theirs.first() else { return Vec::new() };
    let mut out: Vec<Statement> = Vec::new();
    let alter = format!("ALTER TABLE ONLY {} ALTER COLUMN {}", part.id.relation(), part.id.part_name());
    if at(Kind::Default).next().is_some() && cx.to.get(&part.id.with_kind(Kind::Default)).is_none() {
        out.push(format!("{alter} DROP DEFAULT").into());
    }
    let no_inherit = |c: &Column| c.not_null_constraint.as_ref().is_some_and(|c| c.ends_with(" NO INHERIT"));
    if column.not_null && !theirs.iter().any(|c| c.not_null && !no_inherit(c)) {
        out.push(match &column.not_null_constraint {
            Some(constraint) => format!("ALTER TABLE {} ADD {constraint}", part.id.relation()).into(),
            None => format!("{alter} SET NOT NULL").into(),
        });
    }
    // Storage and compression come with the column, the rest does not.
    let before = Column {
        storage: first.storage.clone(),
        compression: first.compression.clone(),
        statistics: None,
        options: Vec::new(),
        identity: None,
        not_null_comment: None,
        ..(**column).clone()
    };
    out.extend(column::settings(cx, part, column, Some(&before)));
    out
}

/// The table at which a part of this one is made: the stand-in for what is to come with the parents only.
pub(crate) fn made_at(cx: Context<'_>, part: &Object) -> String {
    let stand_in = if comes_with_parents(cx, part) { stand_in(cx, &part.id.with_kind_only(Kind::Table)) } else { None };
    stand_in.as_ref().unwrap_or(&part.id).relation()
}

/// Whether a column or check is to be had from the parents only, and is so already or not there yet.
pub(crate) fn comes_with_parents(cx: Context<'_>, part: &Object) -> bool {
    let only_theirs = |object: &Object| match &object.body {
        Body::Column(c) => c.inherited && !c.local,
        Body::Constraint(c) => c.sort == ConstraintKind::Check && c.inherited && !c.local && c.parent.is_none(),
        _ => false,
    };
    only_theirs(part) && cx.from.get(&part.id).is_none_or(only_theirs)
}

/// The columns and checks that stay as they are.
fn lines(cx: Context<'_>, table: &Object) -> Vec<String> {
    let mut out = Vec::new();
    for part in cx.to.columns(&table.id).into_iter().filter(|o| comes_with_parents(cx, o)) {
        if let (Body::Column(new), Some(Body::Column(old))) = (&part.body, cx.from.get(&part.id).map(|o| &o.body))
            && alike(old, new)
        {
            // From version 18 the constraint has a name, which stays while it is inherited.
            let stays = old.not_null && new.not_null && old.not_null_constraint == new.not_null_constraint;
            let null = if stays { " NOT NULL" } else { "" };
            out.push(format!("{}{null}", column::bare(part, new)));
        }
    }
    for part in cx.to.parts(&table.id, Kind::Constraint).filter(|o| comes_with_parents(cx, o)) {
        if let (Body::Constraint(new), Some(Body::Constraint(old))) =
            (&part.body, cx.from.get(&part.id).map(|o| &o.body))
            && same_check(old, new)
        {
            out.push(constraint::line(part, new));
        }
    }
    out
}

fn alike(a: &Column, b: &Column) -> bool {
    a.type_name == b.type_name && a.collation == b.collation && a.generated == b.generated
}

fn same_check(a: &Constraint, b: &Constraint) -> bool {
    a.definition == b.definition && a.enforced == b.enforced
}

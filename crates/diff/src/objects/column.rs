//! Columns of tables, and their defaults.

use surefoot_catalog::objects::{Column, Default, Identity, TableKind};
use surefoot_catalog::{Acl, Body, Catalog, Id, Kind, Object};
use surefoot_sql::{quote_ident, quote_literal};

use crate::change::{Change, Context, Statement};
use crate::common;
use crate::objects::{inheritance, narrowing, sequence, setting, table};

/// The column as a line of `CREATE TABLE`. A column of a typed table has its type from there, a partition has its
/// identity from the partitioned table.
pub(crate) fn line(
    cx: Context<'_>,
    object: &Object,
    body: &Column,
    default: Option<&Default>,
    typed: bool,
    partition: bool,
) -> String {
    let mut out = object.id.part_name();
    if typed {
        out.push_str(" WITH OPTIONS");
    } else {
        out.push_str(&format!(" {}", body.type_name));
        if !body.server_options.is_empty() {
            out.push_str(&format!(" OPTIONS ({})", table::server_options(&body.server_options)));
        }
        if let Some(collation) = &body.collation {
            out.push_str(&format!(" COLLATE {collation}"));
        }
    }
    if let Some(method) = &body.compression {
        out.push_str(&format!(" COMPRESSION {method}"));
    }
    if let Some(generated) = &body.generated {
        let kind = if generated.stored { "STORED" } else { "VIRTUAL" };
        out.push_str(&format!(" GENERATED ALWAYS AS ({}) {kind}", generated.expression));
    }
    if let Some(identity) = &body.identity
        && !partition
    {
        out.push_str(&identity_clause(identity));
    }
    if let Some(default) = default {
        out.push_str(&format!(" DEFAULT {}", default.expression));
    }
    if body.not_null {
        out.push_str(&not_null(cx, object, body));
    }
    out
}

/// Name, type and expression, as far as a parent table and its children have to agree on them.
pub(crate) fn bare(object: &Object, body: &Column) -> String {
    let collation = body.collation.as_ref().map(|c| format!(" COLLATE {c}")).unwrap_or_default();
    let generated = body.generated.as_ref().map(|generated| {
        let kind = if generated.stored { "STORED" } else { "VIRTUAL" };
        format!(" GENERATED ALWAYS AS ({}) {kind}", generated.expression)
    });
    format!("{} {}{collation}{}", object.id.part_name(), body.type_name, generated.unwrap_or_default())
}

fn not_null(cx: Context<'_>, object: &Object, body: &Column) -> String {
    match &body.not_null_constraint {
        Some(constraint) if !constraint.ends_with("NOT VALID") => {
            // `CONSTRAINT name NOT NULL column`: at a column its name is not said again.
            let (name, rest) = constraint.split_once(" NOT NULL ").unwrap_or((constraint, ""));
            let end = if rest.ends_with(" NO INHERIT") { " NO INHERIT" } else { "" };
            format!(" {name} NOT NULL{end}")
        }
        Some(_) => String::new(),
        None => match usual_not_null(cx, object) {
            Some(name) => format!(" CONSTRAINT {name} NOT NULL"),
            None => " NOT NULL".into(),
        },
    }
}

/// From version 18: the name PostgreSQL makes up for the constraint of a column, where it has to be said. It is unique
/// in the schema when it is made up, and so another one where a table has it that makes place for this one, or a
/// partition or child table that has it from this one and was made first.
fn usual_not_null(cx: Context<'_>, object: &Object) -> Option<String> {
    let table = object.id.with_kind_only(Kind::Table);
    let name = format!("{}_{}_not_null", object.id.name, object.id.sub);
    // A longer one is cut in a way of its own.
    if cx.from.major() < 18 || name.len() > 63 {
        return None;
    }
    let name = quote_ident(&name);
    let partitioned = matches!(cx.to.get(&table).map(|o| &o.body), Some(Body::Table(t)) if t.partition_key.is_some());
    (partitioned || cx.from.get(&object.id).is_some()).then_some(name)
}

/// Whether the column of a parent table in `here` has a constraint that is not so in `there`: losing and gaining it
/// reaches this column too.
fn parent_differs(here: &Catalog, there: &Catalog, object: &Object) -> bool {
    let table = object.id.with_kind_only(Kind::Table);
    let body = |catalog: &'_ Catalog| match catalog.get(&table).map(|o| &o.body) {
        Some(Body::Table(table)) => table.inherits.clone(),
        _ => Vec::new(),
    };
    let later = body(there);
    let mut parents: Vec<Id> = body(here).into_iter().filter(|parent| later.contains(parent)).collect();
    let partition = table.with_kind(Kind::Partition);
    if let Some(Body::Partition(body)) = here.get(&partition).map(|o| &o.body)
        && there.get(&partition).map(|o| &o.body) == here.get(&partition).map(|o| &o.body)
    {
        parents.push(body.parent.clone());
    }
    let column = |catalog: &Catalog, id: &Id| match catalog.get(id).map(|o| &o.body) {
        Some(Body::Column(c)) if c.not_null => Some(c.not_null_constraint.clone()),
        _ => None,
    };
    parents.iter().map(|parent| parent.part(Kind::Column, &object.id.sub)).any(|id| {
        let at_hand = column(here, &id);
        let stays_there = at_hand.as_ref().is_some_and(|c| c.as_ref().is_some_and(|c| c.ends_with(" NO INHERIT")));
        at_hand.is_some() && !stays_there && there.get(&id).is_some() && column(there, &id) != at_hand
    })
}

/// Whether a child table has its constraint by the name of this one's.
fn taken_by_child(cx: Context<'_>, object: &Object) -> bool {
    let start =
        format!("CONSTRAINT {} NOT NULL ", quote_ident(&format!("{}_{}_not_null", object.id.name, object.id.sub)));
    let named = |c: &Column| c.not_null_constraint.as_ref().is_some_and(|c| c.starts_with(&start));
    cx.to.objects().iter().any(|o| matches!(&o.body, Body::Column(c) if named(c)))
}

fn identity_clause(identity: &Identity) -> String {
    let when = if identity.always { "ALWAYS" } else { "BY DEFAULT" };
    let mut inside = identity.sequence.as_ref().map(|name| format!(" SEQUENCE NAME {name}")).unwrap_or_default();
    // The sequence takes the column's type; its bounds go with it.
    let settings = sequence::non_default(&identity.settings);
    inside.push_str(settings.strip_prefix(&format!(" AS {}", identity.settings.data_type)).unwrap_or(&settings));
    let options = if inside.is_empty() { String::new() } else { format!(" ({})", inside.trim_start()) };
    format!(" GENERATED {when} AS IDENTITY{options}")
}

/// `ADD COLUMN`, with the default where there is one, so that rows that are there get it.
pub(crate) fn add(cx: Context<'_>, object: &Object, body: &Column, default: Option<&Default>) -> Vec<Statement> {
    let line = line(cx, object, body, default, false, false);
    let table = inheritance::made_at(cx, object);
    let mut out: Vec<Statement> = vec![format!("ALTER TABLE {table} ADD COLUMN {line}").into()];
    out.extend(settings(cx, object, body, None));
    out
}

/// The values of a foreign table are not here, and stay.
pub(crate) fn drop(cx: Context<'_>, object: &Object) -> Vec<Statement> {
    let sql = format!("ALTER TABLE {} DROP COLUMN {}", object.id.relation(), object.id.part_name());
    if matches!(cx.from.get(&object.id.with_kind_only(Kind::Table)).map(|o| &o.body), Some(Body::Table(t)) if t.sort == TableKind::Foreign)
    {
        return vec![sql.into()];
    }
    // A child table that keeps the column must not lose it with its parent's.
    let table = object.id.with_kind_only(Kind::Table);
    let below = |o: Option<&Object>| matches!(o.map(|o| &o.body), Some(Body::Table(t)) if t.inherits.contains(&table));
    // One that leaves its parent has done so.
    let stays = |o: &Object| cx.to.get(&o.id).is_none() || below(cx.to.get(&o.id));
    let children = cx.from.objects().iter().filter(|o| below(Some(o)) && stays(o));
    let (keep, lose): (Vec<Id>, Vec<Id>) =
        children.map(|o| o.id.part(Kind::Column, &object.id.sub)).partition(|id| cx.to.get(id).is_some());
    // What a child has by itself as well has a drop of its own.
    let local = |id: &Id| matches!(cx.from.get(id).map(|o| &o.body), Some(Body::Column(c)) if c.local);
    let lose: Vec<Id> = lose.into_iter().filter(|id| !local(id)).collect();
    let loss = |id: &Id| format!("the values of {}", id.reference());
    if keep.is_empty() {
        return vec![Statement::losing(sql, loss(&object.id))];
    }
    let only = |id: &Id| format!("ALTER TABLE ONLY {} DROP COLUMN {}", id.relation(), id.part_name());
    let mut out = vec![Statement::losing(only(&object.id), loss(&object.id))];
    out.extend(lose.iter().map(|id| Statement::losing(only(id), loss(id))));
    out
}

fn prefix(object: &Object) -> String {
    format!("ALTER TABLE {} ALTER COLUMN {}", object.id.relation(), object.id.part_name())
}

fn only(object: &Object) -> String {
    format!("ALTER TABLE ONLY {} ALTER COLUMN {}", object.id.relation(), object.id.part_name())
}

/// What is said of a column after it is made.
pub(crate) fn settings(cx: Context<'_>, object: &Object, new: &Column, old: Option<&Column>) -> Vec<Statement> {
    let prefix = only(object);
    let mut out: Vec<Statement> = Vec::new();
    match (old.and_then(|o| o.storage.as_ref()), &new.storage) {
        (before, Some(after)) if before != Some(after) => {
            out.push(format!("{prefix} SET STORAGE {after}").into());
        }
        (Some(_), None) => out.push(format!("{prefix} SET STORAGE {}", new.usual_storage).into()),
        _ => {}
    }
    if old.is_some() && old.and_then(|o| o.compression.as_ref()) != new.compression.as_ref() {
        out.push(format!("{prefix} SET COMPRESSION {}", new.compression.as_deref().unwrap_or("default")).into());
    }
    if old.and_then(|o| o.statistics) != new.statistics {
        out.push(format!("{prefix} SET STATISTICS {}", new.statistics.unwrap_or(-1)).into());
    }
    let none = Vec::new();
    out.extend(table::change_options(&prefix, "", old.map_or(&none, |o| &o.options), &new.options));
    if let Some(old) = old
        && old.server_options != new.server_options
    {
        let options = table::change_server_options(&old.server_options, &new.server_options);
        out.push(format!("{prefix} OPTIONS ({options})").into());
    }
    if let Some(constraint) = new.not_null_constraint.as_ref().filter(|c| c.ends_with("NOT VALID"))
        && old.and_then(|o| o.not_null_constraint.as_ref()) != Some(constraint)
    {
        out.push(format!("ALTER TABLE {} ADD {constraint}", object.id.relation()).into());
    }
    not_null_comment(cx, object, new, old, &mut out);
    if let Some(identity) = &new.identity {
        identity_extras(cx, object, old.and_then(|o| o.identity.as_ref()), identity, &mut out);
    }
    out
}

pub(crate) fn alter(cx: Context<'_>, object: &Object, old: &Column, new: &Column) -> Change {
    let retyped = old.type_name != new.type_name || old.collation != new.collation;
    match (&old.generated, &new.generated) {
        (None, None) => {}
        (Some(a), Some(b)) if a == b && !retyped => {}
        (Some(a), Some(b)) if a.stored == b.stored && !retyped && cx.from.major() >= 17 => {
            let mut out = vec![format!("{} SET EXPRESSION AS ({})", prefix(object), b.expression).into()];
            out.extend(not_null_change(cx, object, old, new));
            out.extend(settings(cx, object, new, Some(old)));
            return Change::Alter { statements: out, disturbs: false };
        }
        (Some(a), None) if a.stored && !retyped => {
            let mut out = vec![format!("{} DROP EXPRESSION", prefix(object)).into()];
            out.extend(not_null_change(cx, object, old, new));
            out.extend(settings(cx, object, new, Some(old)));
            return Change::of(out);
        }
        _ => return Change::Replace,
    }
    let mut out: Vec<Statement> = Vec::new();
    if old.identity.is_some() && new.identity.is_none() {
        out.push(format!("{} DROP IDENTITY", prefix(object)).into());
    }
    if old.not_null && !new.not_null {
        out.extend(not_null_change(cx, object, old, new));
    }
    let follows = new.inherited && old.inherited && !new.local;
    // A sequence that is to hold less has to before its type does.
    let narrowed = match (&old.identity, &new.identity) {
        (Some(a), Some(b))
            if retyped && !follows && (b.settings.max < a.settings.max || b.settings.min > a.settings.min) =>
        {
            let mut inside = b.clone();
            inside.settings.data_type.clone_from(&a.settings.data_type);
            change_identity(object, a, &inside, &mut out);
            inside.settings.data_type.clone_from(&b.settings.data_type);
            Some(inside)
        }
        _ => None,
    };
    if retyped && !follows {
        out.push(retype(cx, object, old, new));
    }
    if !old.not_null || new.not_null {
        out.extend(not_null_change(cx, object, old, new));
    }
    match (&old.identity, &new.identity) {
        (None, Some(identity)) => add_identity(cx, object, identity, &mut out),
        (Some(a), Some(b)) if a != b => change_identity(object, narrowed.as_ref().unwrap_or(a), b, &mut out),
        _ => {}
    }
    let before = if retyped { Column { storage: None, compression: None, ..old.clone() } } else { old.clone() };
    out.extend(settings(cx, object, new, Some(&before)));
    if out.is_empty() && !retyped {
        return Change::Same;
    }
    Change::Alter { statements: out, disturbs: retyped }
}

/// The comment on the constraint that refuses NULL; one that is made anew has none.
fn not_null_comment(cx: Context<'_>, object: &Object, new: &Column, old: Option<&Column>, out: &mut Vec<Statement>) {
    let bare = |c: &Column| c.not_null_constraint.as_ref().map(|c| c.trim_end_matches(" NOT VALID").to_owned());
    let stays = old.filter(|old| old.not_null && new.not_null && bare(old) == bare(new));
    let before = stays.and_then(|old| old.not_null_comment.as_ref());
    if !cx.options.comments || before == new.not_null_comment.as_ref() {
        return;
    }
    let usual = || quote_ident(&format!("{}_{}_not_null", object.id.name, object.id.sub));
    let named = new.not_null_constraint.as_deref().and_then(constraint_name).map(str::to_owned);
    let (name, table) = (named.unwrap_or_else(usual), object.id.relation());
    let text = common::literal_or_null(new.not_null_comment.as_deref());
    out.push(format!("COMMENT ON CONSTRAINT {name} ON {table} IS {text}").into());
}

fn not_null_change(cx: Context<'_>, object: &Object, old: &Column, new: &Column) -> Vec<Statement> {
    let mut out: Vec<Statement> = Vec::new();
    let named = new.not_null_constraint.as_ref();
    if old.not_null && (!new.not_null || old.not_null_constraint != new.not_null_constraint) {
        if old.not_null_constraint.as_ref().is_some_and(|c| c.ends_with(" NOT VALID"))
            && named.map(String::as_str) == old.not_null_constraint.as_ref().and_then(|c| c.strip_suffix(" NOT VALID"))
        {
            let name = old.not_null_constraint.as_deref().and_then(constraint_name).unwrap_or_default();
            out.push(format!("ALTER TABLE {} VALIDATE CONSTRAINT {name}", object.id.relation()).into());
            return out;
        }
        // A constraint that came from a parent goes with it.
        if cx.from.major() < 18 || !parent_differs(cx.from, cx.to, object) {
            out.push(format!("{} DROP NOT NULL", prefix(object)).into());
        }
    }
    if new.not_null
        && (!old.not_null || old.not_null_constraint != new.not_null_constraint)
        && (cx.from.major() < 18 || !new.inherited || !parent_differs(cx.to, cx.from, object))
    {
        let table = inheritance::made_at(cx, object);
        let elsewhere = table != object.id.relation();
        match named {
            Some(constraint) if constraint.ends_with("NOT VALID") => {}
            Some(constraint) => out.push(format!("ALTER TABLE {table} ADD {constraint}").into()),
            None => out.push(match usual_not_null(cx, object).filter(|_| elsewhere || taken_by_child(cx, object)) {
                Some(name) => {
                    let column = object.id.part_name();
                    format!("ALTER TABLE {table} ADD CONSTRAINT {name} NOT NULL {column}").into()
                }
                None => format!("{} SET NOT NULL", prefix(object)).into(),
            }),
        }
    }
    out
}

/// The name in `CONSTRAINT name NOT NULL column`, as SQL.
fn constraint_name(constraint: &str) -> Option<&str> {
    constraint.strip_prefix("CONSTRAINT ")?.split_once(" NOT NULL ").map(|(name, _)| name)
}

/// The change of type, also where the type is another one of the same name.
pub(crate) fn retype(cx: Context<'_>, object: &Object, old: &Column, new: &Column) -> Statement {
    let mut sql = format!("{} TYPE {}", prefix(object), new.type_name);
    if let Some(collation) = &new.collation {
        sql.push_str(&format!(" COLLATE {collation}"));
    }
    let table = cx.to.get(&object.id.with_kind_only(Kind::Table)).map(|table| &table.body);
    // There are no rows to convert.
    let foreign = matches!(table, Some(Body::Table(table)) if table.sort == TableKind::Foreign);
    if new.generated.is_none()
        && !foreign
        && let Some(using) = cast(&object.id.part_name(), &old.type_name, &new.type_name)
    {
        sql.push_str(&format!(" USING {using}"));
    }
    let lost = if foreign || new.generated.is_some() { None } else { narrowing::loss(&old.type_name, &new.type_name) };
    match lost {
        Some(lost) => Statement::losing(sql, format!("{lost} of {}", object.id.reference())),
        None => sql.into(),
    }
}

/// What a change of type takes away, where the column is not changed otherwise.
pub(crate) fn after_retype(cx: Context<'_>, object: &Object, new: &Column) -> Vec<Statement> {
    settings(cx, object, new, Some(&Column { storage: None, compression: None, ..new.clone() }))
}

/// A change to a type that has the same name, as when an enum is made anew: by way of text, or attribute by attribute.
pub(crate) fn retype_same(cx: Context<'_>, object: &Object, new: &Column) -> Statement {
    let column = object.id.part_name();
    if let Some(value) = composite(cx, &column, &new.type_name) {
        return format!("{} TYPE {} USING {value}", prefix(object), new.type_name).into();
    }
    let text = if new.type_name.ends_with("[]") { "text[]" } else { "text" };
    let mut sql = format!("{} TYPE {}", prefix(object), new.type_name);
    if let Some(collation) = &new.collation {
        sql.push_str(&format!(" COLLATE {collation}"));
    }
    format!("{sql} USING {column}::{text}::{}", new.type_name).into()
}

/// A value of a composite type as one of the new type of the same name. `None` when it is not composite.
fn composite(cx: Context<'_>, value: &str, type_name: &str) -> Option<String> {
    let attributes = |catalog: &'_ Catalog| {
        let mut found = catalog.objects().iter().filter(|o| o.id.kind == Kind::Composite);
        match found.find(|o| o.id.relation() == type_name).map(|o| &o.body) {
            Some(Body::Composite(body)) => Some(body.attributes.clone()),
            _ => None,
        }
    };
    let (old, new) = (attributes(cx.from)?, attributes(cx.to)?);
    let values: Vec<String> = new
        .iter()
        .map(|b| {
            let name = quote_ident(&b.name);
            let Some(a) = old.iter().find(|a| a.name == b.name) else { return format!("NULL::{}", b.type_name) };
            let part = format!("({value}).{name}");
            if a.type_name == b.type_name {
                return part;
            }
            cast(&part, &a.type_name, &b.type_name).unwrap_or_else(|| format!("{part}::{}", b.type_name))
        })
        .collect();
    Some(format!(
        "CASE WHEN {value} IS NOT DISTINCT FROM NULL THEN NULL ELSE ROW({})::{type_name} END",
        values.join(", ")
    ))
}

/// How values of `old` become values of `new`: `None` where the server knows by itself.
fn cast(column: &str, old: &str, new: &str) -> Option<String> {
    let (from, to) = (Family::of(old), Family::of(new));
    let array = |t: &str| t.ends_with("[]");
    if base(old) == base(new) {
        return None;
    }
    match (array(old), array(new)) {
        (true, true) => return Some(format!("{column}::text[]::{new}")),
        (false, true) => {
            let element = new.trim_end_matches("[]");
            // A type of the project's own may be made anew meanwhile.
            let value = if element.contains('.') || old.contains('.') {
                format!("{column}::text::{element}")
            } else {
                cast(column, old, element).unwrap_or_else(|| column.to_owned())
            };
            return Some(format!("CASE WHEN {column} IS NULL THEN NULL ELSE ARRAY[{value}] END"));
        }
        (true, false) if old.contains('.') || new.contains('.') => return Some(format!("{column}[1]::text::{new}")),
        (true, false) if to != Family::Text => return Some(format!("{column}[1]::{new}")),
        _ => {}
    }
    match (from, to) {
        (Family::Number, Family::Number) if widens(old, new) => None,
        (Family::Number, Family::Number) | (Family::Time, Family::Time) | (Family::Json, Family::Json) => {
            Some(format!("{column}::{new}"))
        }
        // A cast that is written out would cut off what is too long; by assignment that is an error.
        (_, Family::Text) if new.starts_with("character") => Some(format!("{column}::text")),
        (_, Family::Text) => Some(format!("{column}::{new}")),
        (Family::Boolean, Family::Number) | (Family::Number, Family::Boolean) => {
            Some(format!("{column}::integer::{new}"))
        }
        (Family::Text, _) => Some(format!("{column}::{new}")),
        _ => Some(format!("{column}::text::{new}")),
    }
}

fn base(name: &str) -> &str {
    let name = name.split('(').next().unwrap_or(name).trim_end();
    if name == "character varying" || name == "text" { "text" } else { name }
}

fn widens(old: &str, new: &str) -> bool {
    let rank = |t: &str| match base(t) {
        "smallint" => 1,
        "integer" => 2,
        "bigint" => 3,
        "numeric" => 4,
        "real" => 5,
        "double precision" => 6,
        _ => 0,
    };
    rank(old) > 0 && rank(old) < rank(new)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Number,
    Text,
    Time,
    Json,
    Boolean,
    Other,
}

impl Family {
    fn of(name: &str) -> Self {
        if name.ends_with("[]") {
            return Self::Other;
        }
        match name.split('(').next().unwrap_or(name).trim_end() {
            "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" | "money" | "oid" => {
                Self::Number
            }
            "text" | "character varying" | "character" | "name" | "bpchar" | "\"char\"" | "citext" => Self::Text,
            "date" => Self::Time,
            name if name.starts_with("timestamp") => Self::Time,
            "json" | "jsonb" => Self::Json,
            "boolean" => Self::Boolean,
            _ => Self::Other,
        }
    }
}

fn add_identity(cx: Context<'_>, object: &Object, identity: &Identity, out: &mut Vec<Statement>) {
    let clause = identity_clause(identity);
    out.push(format!("{} ADD{clause}", prefix(object)).into());
    let is_table = cx.to.get(&object.id.with_kind_only(Kind::Table)).is_some();
    if is_table {
        out.push(advance(object, identity));
    }
}

/// Moves the sequence of an identity behind the values that are there.
pub(crate) fn advance(object: &Object, identity: &Identity) -> Statement {
    let table = object.id.relation();
    let column = object.id.part_name();
    let name = quote_literal(&object.id.sub);
    let (pick, than) = if identity.settings.increment < 0 { ("min", "<") } else { ("max", ">") };
    format!(
        "SELECT setval(pg_get_serial_sequence({}, {}), {pick}({column})) FROM {table} HAVING {pick}({column}) {than}= {}",
        quote_literal(&table).trim_start(),
        name.trim_start(),
        identity.settings.start,
    )
    .into()
}

/// The value of a column as one of the new type.
pub(crate) fn converted(name: &str, old: &Column, new: &Column, same_name: bool) -> String {
    if old.type_name == new.type_name {
        let text = if new.type_name.ends_with("[]") { "text[]" } else { "text" };
        return if same_name { format!("{name}::{text}::{}", new.type_name) } else { name.to_owned() };
    }
    cast(name, &old.type_name, &new.type_name).unwrap_or_else(|| name.to_owned())
}

/// Comment and privileges of the sequence behind an identity column. A partition has none of its own.
fn identity_extras(cx: Context<'_>, object: &Object, old: Option<&Identity>, new: &Identity, out: &mut Vec<Statement>) {
    let table = object.id.with_kind_only(Kind::Table);
    if old.is_some_and(|o| o.comment == new.comment && o.acl == new.acl)
        || cx.to.get(&table.with_kind(Kind::Partition)).is_some()
    {
        return;
    }
    let sequence = new.sequence.clone().unwrap_or_else(|| default_sequence(object));
    if cx.options.comments && old.and_then(|o| o.comment.as_ref()) != new.comment.as_ref() {
        let text = common::literal_or_null(new.comment.as_deref());
        out.push(format!("COMMENT ON SEQUENCE {sequence} IS {text}").into());
    }
    if cx.options.privileges {
        let owner = |catalog: &Catalog| catalog.get(&table).and_then(|t| t.owner.clone()).unwrap_or_default();
        let (before_owner, owner) = (owner(cx.from), owner(cx.to));
        let usual = || Acl::default_for(Kind::Sequence, &owner, cx.to.major());
        // A sequence that is made belongs to who owns the table, or makes it.
        let made = cx.from.get(&table).is_none();
        let before_owner = if made { cx.from.role.clone() } else { before_owner };
        let new_one = || setting::initial(cx, &object.id.with_kind(Kind::Sequence), &before_owner);
        let mut before = match old {
            Some(old) => old.acl.clone().unwrap_or_else(usual),
            None => new_one(),
        };
        before.hand_on(&before_owner, &owner);
        let after = new.acl.clone().unwrap_or_else(usual);
        common::grants_on(Kind::Sequence, &format!("SEQUENCE {sequence}"), &before, &after, out);
    }
}

fn default_sequence(object: &Object) -> String {
    let id = &object.id;
    surefoot_catalog::Id::new(Kind::Sequence, &id.schema, &format!("{}_{}_seq", id.name, id.sub)).relation()
}

fn change_identity(object: &Object, old: &Identity, new: &Identity, out: &mut Vec<Statement>) {
    if old.always != new.always {
        let when = if new.always { "ALWAYS" } else { "BY DEFAULT" };
        out.push(format!("{} SET GENERATED {when}", prefix(object)).into());
    }
    let before = old.sequence.clone().unwrap_or_else(|| default_sequence(object));
    let after = new.sequence.clone().unwrap_or_else(|| default_sequence(object));
    if before != after {
        let bare = after.rsplit_once('.').map_or(after.as_str(), |(_, name)| name);
        out.push(format!("ALTER SEQUENCE {before} RENAME TO {bare}").into());
    }
    if old.settings != new.settings {
        let regclass = format!("{}::regclass", quote_literal(&after).trim_start());
        // The sequence's type follows the column's.
        let mut settings = old.settings.clone();
        settings.data_type.clone_from(&new.settings.data_type);
        let write = |clauses: &str| format!("ALTER SEQUENCE {after}{clauses}");
        sequence::change_settings(&settings, &new.settings, &after, &regclass, write, out);
    }
}

/// Without `ONLY` the defaults of child tables would be overwritten.
pub(crate) fn set_default(object: &Object, body: &Default) -> Vec<Statement> {
    vec![format!("{} SET DEFAULT {}", only(object), body.expression).into()]
}

pub(crate) fn drop_default(object: &Object) -> Vec<Statement> {
    vec![format!("{} DROP DEFAULT", only(object)).into()]
}

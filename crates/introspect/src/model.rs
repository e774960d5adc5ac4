//! Reading the model of a database: one query per kind of object, all sent in one message.

use std::collections::{HashMap, HashSet};

use surefoot_catalog::{Acl, Body, Catalog, Id, Kind, Name, Object, Unmodelled};
use surefoot_pg::{Row, Session, literal};

use crate::query::{OLDEST, SETTINGS, for_version};
use crate::read::set_local;
use crate::{Error, Options, Result};

/// One file per kind, and at the end what is about objects of all kinds.
const FILES: &[&str] = &[
    include_str!("objects/schema.sql"),
    include_str!("objects/enum.sql"),
    include_str!("objects/domain.sql"),
    include_str!("objects/composite.sql"),
    include_str!("objects/range.sql"),
    include_str!("objects/function.sql"),
    include_str!("objects/sequence.sql"),
    include_str!("objects/sequence_owner.sql"),
    include_str!("objects/table.sql"),
    include_str!("objects/partition.sql"),
    include_str!("objects/column.sql"),
    include_str!("objects/default.sql"),
    include_str!("objects/constraint.sql"),
    include_str!("objects/index.sql"),
    include_str!("objects/view.sql"),
    include_str!("objects/materialized_view.sql"),
    include_str!("objects/rule.sql"),
    include_str!("objects/trigger.sql"),
    include_str!("objects/policy.sql"),
    include_str!("objects/database.sql"),
    include_str!("objects/extension.sql"),
    include_str!("objects/language.sql"),
    include_str!("objects/access_method.sql"),
    include_str!("objects/foreign.sql"),
    include_str!("objects/collation.sql"),
    include_str!("objects/conversion.sql"),
    include_str!("objects/base_type.sql"),
    include_str!("objects/text_search.sql"),
    include_str!("objects/aggregate.sql"),
    include_str!("objects/operator.sql"),
    include_str!("objects/operator_class.sql"),
    include_str!("objects/cast.sql"),
    include_str!("objects/transform.sql"),
    include_str!("objects/statistics.sql"),
    include_str!("objects/event_trigger.sql"),
    include_str!("objects/publication.sql"),
    include_str!("objects/subscription.sql"),
    include_str!("objects/default_privilege.sql"),
    include_str!("objects/unmodelled.sql"),
    include_str!("objects/alias.sql"),
    include_str!("objects/comment.sql"),
    include_str!("objects/label.sql"),
    include_str!("objects/depend.sql"),
];

/// Columns of every file. The statements around them return another number.
const COLUMNS: usize = 10;

/// An object's place in the system catalogs: class, object, part.
type Address = (u32, u32, i32);

/// Classes of objects: their OIDs are the same everywhere.
const CLASS: u32 = 1259;
const CONSTRAINT: u32 = 2606;

/// Reads the schema of the session's database: two round trips, whatever its size.
///
/// Works inside a transaction of the caller's as well as outside one, writes nothing, and leaves the settings of the
/// session as they were.
///
/// # Errors
/// [`Error::Version`] before PostgreSQL 13, otherwise what the server said.
pub async fn catalog(session: &Session, options: &Options) -> Result<Catalog> {
    if session.major() < OLDEST {
        return Err(Error::Version { major: session.major() });
    }
    let current: Vec<String> =
        SETTINGS.iter().map(|(name, _)| format!("pg_catalog.current_setting({})", literal(name))).collect();
    let rows = session
        .rows(&format!("SELECT {}, current_user, current_setting('server_version_num')", current.join(", ")))
        .await?;
    let before = rows.first().ok_or(Error::Row("the session's settings"))?;
    let role = before.get(SETTINGS.len()).unwrap_or_default().to_owned();
    let version = before.parse(SETTINGS.len() + 1).ok_or(Error::Row("the server's version"))?;
    let before: Vec<(&str, &str)> =
        SETTINGS.iter().enumerate().map(|(i, (name, _))| (*name, before.get(i).unwrap_or_default())).collect();

    let mut sql = set_local(SETTINGS);
    for file in FILES {
        sql.push_str(";\n");
        sql.push_str(&prepared(file, session.major(), &options.excluded_schemas));
    }
    sql.push_str(";\n");
    sql.push_str(&set_local(&before));

    let mut reader = Reader::default();
    for row in session.rows(&sql).await? {
        if row.len() == COLUMNS {
            reader.take(row)?;
        }
    }
    Ok(reader.finish(version, role))
}

/// A hash over the queries: two programs with the same one read a database into the same model.
#[must_use]
pub fn fingerprint() -> String {
    use sha2::Digest;
    let mut sha = sha2::Sha256::new();
    FILES.iter().for_each(|file| sha.update(file.as_bytes()));
    hex::encode(sha.finalize())
}

/// The text of a file for this version, with its short forms written out.
fn prepared(file: &str, major: u32, excluded_schemas: &[String]) -> String {
    let names: Vec<String> = excluded_schemas.iter().map(|s| literal(s)).collect();
    let user_schema = format!(
        "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname !~ '^_timescaledb_' \
         AND n.nspname NOT IN ('timescaledb_information', 'timescaledb_experimental') \
         AND n.nspname <> ALL (ARRAY[{}]::name[])",
        names.join(", ")
    );
    let mut sql = for_version(file, major).replace("@user_schema@", &user_schema);
    while let Some((before, argument, after)) = short_form(&sql, "@no_member:") {
        let (class, oid) = argument.split_once(':').unwrap_or((argument, "oid"));
        sql = format!(
            "{before}{oid} NOT IN (SELECT e.objid FROM pg_depend e WHERE e.classid = {class} AND e.deptype = 'e'){after}"
        );
    }
    while let Some((before, argument, after)) = short_form(&sql, "@sorted:") {
        sql = format!(
            "{before}COALESCE(CASE WHEN {argument} IS NOT NULL THEN \
             (SELECT json_agg(o ORDER BY o COLLATE \"C\") FROM unnest({argument}) o) END, '[]'){after}"
        );
    }
    sql
}

/// What stands before, in and after the first `@name:argument@`.
fn short_form<'a>(sql: &'a str, name: &str) -> Option<(&'a str, &'a str, &'a str)> {
    let (before, rest) = sql.split_once(name)?;
    let (argument, after) = rest.split_once('@')?;
    Some((before, argument, after))
}

/// Puts the rows together.
#[derive(Default)]
struct Reader {
    objects: Vec<Object>,
    addresses: HashMap<Address, usize>,
    aliases: HashMap<Address, Address>,
    depends: Vec<(Address, Address)>,
    names: HashMap<String, Name>,
    unmodelled: Vec<Unmodelled>,
}

impl Reader {
    fn take(&mut self, mut row: Row) -> Result<()> {
        let what = row.take(0).ok_or(Error::Row("a kind"))?;
        let address = address(&row, 1)?;
        match what.as_str() {
            "#comment" => {
                if let Some(object) = self.object(address) {
                    object.comment = row.take(9);
                } else if let Some(target) = self.aliases.get(&address).copied()
                    && address.0 == CONSTRAINT
                    && let Some(Body::Column(column)) = self.object(target).map(|o| &mut o.body)
                {
                    column.not_null_comment = row.take(9);
                }
            }
            "#label" => {
                let provider = row.take(5).unwrap_or_default();
                if let Some(object) = self.object(address) {
                    object.labels.insert(provider, row.take(9).unwrap_or_default());
                }
            }
            "#alias" => {
                let target = self::address(&row, 4)?;
                self.aliases.insert(address, target);
            }
            "#unmodelled" => {
                let catalog = row.take(5).unwrap_or_default();
                self.unmodelled.push(Unmodelled { catalog, what: row.take(9).unwrap_or_default() });
            }
            "#depend" => {
                let target = self::address(&row, 4)?;
                self.depends.push((address, target));
            }
            _ => self.add(&what, address, row)?,
        }
        Ok(())
    }

    fn add(&mut self, kind: &str, address: Address, mut row: Row) -> Result<()> {
        let kind: Kind = serde_json::from_value(serde_json::Value::String(kind.to_owned()))
            .map_err(|error| Error::Model { what: format!("the kind {kind}"), error })?;
        let schema = row.take(4).unwrap_or_default();
        let name = row.take(5).unwrap_or_default();
        let sub = row.take(6).unwrap_or_default();
        let id = Id { kind, schema: self.shared(schema), name: self.shared(name), sub: self.shared(sub) };
        let body = row.take(9).unwrap_or_default();
        let mut body: Body =
            serde_json::from_str(&body).map_err(|error| Error::Model { what: id.to_string(), error })?;
        normalise(&mut body);
        let owner = row.take(7);
        // A column belongs to who owns its table, and default privileges to the role that they are for.
        let giver = match kind {
            Kind::Column => self.object((CLASS, address.1, 0)).and_then(|table| table.owner.clone()),
            Kind::DefaultPrivilege => Some(id.name.to_string()),
            _ => owner.clone(),
        };
        own_privileges(&mut body, giver.as_deref());
        let acl = row.get(8).and_then(Acl::parse).map(|acl| acl.owned_by(giver.as_deref()));
        if address.0 != 0 {
            self.addresses.insert(address, self.objects.len());
        }
        self.objects.push(Object { id, owner, acl, comment: None, labels: Default::default(), body });
        Ok(())
    }

    fn shared(&mut self, name: String) -> Name {
        if let Some(known) = self.names.get(&name) {
            return known.clone();
        }
        let shared: Name = name.as_str().into();
        self.names.insert(name, shared.clone());
        shared
    }

    fn object(&mut self, address: Address) -> Option<&mut Object> {
        let i = *self.addresses.get(&address)?;
        self.objects.get_mut(i)
    }

    /// The object an address belongs to: itself, what it stands for, or what it is a part of.
    fn resolve(&self, address: Address) -> Option<usize> {
        let mut address = address;
        // A chain of aliases is short (array type, row type, table); the bound keeps bad data from looping.
        for _ in 0..6 {
            if let Some(i) = self.addresses.get(&address) {
                return Some(*i);
            }
            if let Some(target) = self.aliases.get(&address) {
                address = *target;
            } else if address.2 != 0 {
                address.2 = 0;
            } else {
                return None;
            }
        }
        None
    }

    fn finish(mut self, version: u32, role: String) -> Catalog {
        for object in &mut self.objects {
            // Every database is made with this one.
            if object.id.kind == Kind::Schema && object.comment.as_deref() == Some("standard public schema") {
                object.comment = None;
            }
        }
        let mut pairs = Vec::with_capacity(self.depends.len());
        let mut not = HashSet::new();
        for object in &self.objects {
            implied(object, &mut pairs, &mut not);
        }
        for (from, to) in &self.depends {
            if let (Some(from), Some(to)) = (self.resolve(*from), self.resolve(*to))
                && from != to
            {
                let pair = (self.objects[from].id.clone(), self.objects[to].id.clone());
                // A partitioned table is said to depend on the columns of its key, which depend on it.
                let own_part = pair.0.kind == Kind::Table && pair.1 == pair.0.part(pair.1.kind, &pair.1.sub);
                if !own_part && !not.contains(&pair) {
                    pairs.push(pair);
                }
            }
        }
        let mut catalog = Catalog::new(version, role, self.objects, &pairs);
        self.unmodelled.sort_by(|a, b| (&a.catalog, &a.what).cmp(&(&b.catalog, &b.what)));
        catalog.unmodelled = self.unmodelled;
        catalog
    }
}

/// What the server does not record as a dependency, and in `not` what it records the other way round.
fn implied(object: &Object, pairs: &mut Vec<(Id, Id)>, not: &mut HashSet<(Id, Id)>) {
    let id = &object.id;
    match &object.body {
        Body::SequenceOwner(owner) => {
            // The server says that the sequence depends on the column; the model says that the ownership does.
            let sequence = id.with_kind(Kind::Sequence);
            not.insert((sequence.clone(), owner.column.clone()));
            not.insert((sequence.clone(), relation(&owner.column)));
            pairs.push((id.clone(), sequence));
            pairs.push((id.clone(), owner.column.clone()));
        }
        Body::Partition(partition) => {
            let table = id.with_kind(Kind::Table);
            not.insert((table.clone(), partition.parent.clone()));
            pairs.push((id.clone(), table));
            pairs.push((id.clone(), partition.parent.clone()));
        }
        Body::Column(_) => pairs.push((id.clone(), relation(id))),
        Body::Default(_) => {
            pairs.push((id.clone(), id.with_kind(Kind::Column)));
            pairs.push((id.clone(), relation(id)));
            pairs.push((id.clone(), relation(id).with_kind(Kind::View)));
        }
        Body::Constraint(constraint) => {
            pairs.push((id.clone(), relation(id)));
            pairs.extend(constraint.references.iter().map(|to| (id.clone(), to.clone())));
            pairs.extend(constraint.parent.iter().map(|to| (id.clone(), to.clone())));
        }
        Body::Index(index) => {
            pairs.push((id.clone(), index.table.clone()));
            pairs.extend(index.parent.iter().map(|to| (id.clone(), to.clone())));
        }
        Body::Table(table) => pairs.extend(table.inherits.iter().map(|to| (id.clone(), to.clone()))),
        _ => {}
    }
}

fn relation(part: &Id) -> Id {
    Id { kind: Kind::Table, schema: part.schema.clone(), name: part.name.clone(), sub: "".into() }
}

/// Tells the lists of privileges inside of a body whose they are.
fn own_privileges(body: &mut Body, owner: Option<&str>) {
    let own = |acl: &mut Option<Acl>| *acl = acl.take().map(|acl| acl.owned_by(owner));
    match body {
        Body::Column(column) => column.identity.iter_mut().for_each(|identity| own(&mut identity.acl)),
        Body::View(view) => view.columns.iter_mut().for_each(|column| own(&mut column.acl)),
        Body::MaterializedView(view) => view.columns.iter_mut().for_each(|column| own(&mut column.column.acl)),
        Body::DefaultPrivilege(body) => body.acl = std::mem::take(&mut body.acl).owned_by(owner),
        _ => {}
    }
}

/// Takes out of the server's texts what the model keeps elsewhere.
fn normalise(body: &mut Body) {
    if let Body::Index(index) = body {
        index.definition = without_options(&index.definition, &index.options);
    }
    if let Body::Constraint(constraint) = body {
        constraint.definition = without_options(&constraint.definition, &constraint.options);
        for end in [" NOT ENFORCED"] {
            if let Some(rest) = constraint.definition.strip_suffix(end) {
                constraint.definition = rest.to_owned();
            }
        }
    }
}

/// `definition` without its ` WITH (...)`, which the server writes with the same options.
fn without_options(definition: &str, options: &[String]) -> String {
    if options.is_empty() {
        return definition.to_owned();
    }
    let Some(start) = definition.rfind(" WITH (") else { return definition.to_owned() };
    let inside = &definition[start + " WITH (".len()..];
    match inside.find(')') {
        Some(end) => format!("{}{}", &definition[..start], &inside[end + 1..]),
        None => definition.to_owned(),
    }
}

fn address(row: &Row, from: usize) -> Result<Address> {
    let read = || Some((row.parse(from)?, row.parse(from + 1)?, row.parse(from + 2)?));
    read().ok_or(Error::Row("the address of an object"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_used() {
        let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/src/objects");
        assert_eq!(std::fs::read_dir(dir).expect("src/objects").count(), FILES.len());
    }

    #[test]
    fn short_forms_are_written_out() {
        let sql =
            prepared("SELECT @sorted:c.opts@ WHERE @user_schema@ AND @no_member:1259:c.oid@", 17, &["o'h".into()]);
        assert!(!sql.contains('@'), "{sql}");
        assert!(sql.contains("'o''h'") && sql.contains("unnest(c.opts)"));
    }

    #[test]
    fn options_are_taken_out_of_definitions() {
        let definition = "CREATE INDEX i ON t USING btree (a) WITH (fillfactor='70') WHERE (a > 0)";
        let bare = "CREATE INDEX i ON t USING btree (a) WHERE (a > 0)";
        assert_eq!(without_options(definition, &["fillfactor=70".into()]), bare);
        assert_eq!(without_options(bare, &[]), bare);
    }
}

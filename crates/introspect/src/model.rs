//! Reading the model of a database: one query per kind of object, all sent in one message.

use std::collections::{HashMap, HashSet};

use surefoot_catalog::{Acl, Body, Catalog, FastBuild, Id, Kind, Name, Object, Unmodelled};
use surefoot_pg::{RowView, Session, literal};

use crate::query::{OLDEST, for_version, model_settings};
use crate::read::{SETTINGS_ROW, set_local};
use crate::unreadable::{needs, spared};
use crate::usual::Usual;
use crate::{Error, Options, Result};

/// One file per kind, and at the end what is about objects of all kinds. A relation comes before what belongs to it.
///
/// A row begins with what it is, and with the object's place in the system catalogs: class, object, part. What follows
/// depends on the first word: a kind is followed by schema, name, second name, owner, privileges and the body as JSON;
/// for a word with a `#`, see [`Reader::take`].
pub(crate) const FILES: &[&str] = &[
    include_str!("objects/role.sql"),
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
    include_str!("objects/type_name.sql"),
    include_str!("objects/column.sql"),
    include_str!("objects/view.sql"),
    include_str!("objects/materialized_view.sql"),
    include_str!("objects/default.sql"),
    include_str!("objects/constraint.sql"),
    include_str!("objects/operator_class_name.sql"),
    include_str!("objects/index.sql"),
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

/// An object's place in the system catalogs: class, object, part.
pub(crate) type Address = (u32, u32, i32);

/// Classes of objects: their OIDs are the same everywhere.
pub(crate) const CLASS: u32 = 1259;
pub(crate) const CONSTRAINT: u32 = 2606;

/// Reads the schema of the session's database, without the system catalogs in `closed`.
pub(crate) async fn read_model(session: &Session, options: &Options, closed: &[String]) -> Result<Catalog> {
    if session.major() < OLDEST {
        return Err(Error::Version { major: session.major() });
    }
    let settings = model_settings();
    let current: Vec<String> =
        settings.iter().map(|(name, _)| format!("pg_catalog.current_setting({})", literal(name))).collect();
    let rows = session
        .rows(&format!("SELECT {}, current_user, current_setting('server_version_num')", current.join(", ")))
        .await?;
    let before = rows.first().ok_or(Error::Row("the session's settings"))?;
    let role = before.get(settings.len()).unwrap_or_default().to_owned();
    let version = before.parse(settings.len() + 1).ok_or(Error::Row("the server's version"))?;
    let before: Vec<(&str, &str)> =
        settings.iter().enumerate().map(|(i, (name, _))| (*name, before.get(i).unwrap_or_default())).collect();

    let mut sql = set_local(&settings);
    for file in FILES.iter().filter(|file| !needs(file, closed)) {
        sql.push_str(";\n");
        sql.push_str(&spared(prepared(file, session.major(), options), closed));
    }
    sql.push_str(";\n");
    sql.push_str(&set_local(&before));

    let mut reader = Reader::default();
    read(session, &sql, &mut reader).await?;
    if let Some(rest) = reader.usual.questions() {
        read(session, &format!("{};\n{rest};\n{}", set_local(&settings), set_local(&before)), &mut reader).await?;
    }
    let mut catalog = reader.finish(version, role);
    catalog.roles = options.roles;
    Ok(catalog)
}

/// A hash over the queries: two programs with the same one read a database into the same model.
#[must_use]
pub fn fingerprint() -> String {
    use sha2::Digest;
    let mut sha = sha2::Sha256::new();
    FILES.iter().for_each(|file| sha.update(file.as_bytes()));
    hex::encode(sha.finalize())
}

/// Takes in all rows of these statements.
async fn read(session: &Session, sql: &str, reader: &mut Reader) -> Result<()> {
    let mut wrong = None;
    session
        .each_row(sql, |row| {
            if wrong.is_none() {
                wrong = reader.take(row).err();
            }
        })
        .await?;
    wrong.map_or(Ok(()), Err)
}

/// The text of a file for this version, with its short forms written out.
fn prepared(file: &str, major: u32, options: &Options) -> String {
    let names: Vec<String> = options.excluded_schemas.iter().map(|s| literal(s)).collect();
    let user_schema = format!(
        "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname !~ '^_timescaledb_' \
         AND n.nspname NOT IN ('timescaledb_information', 'timescaledb_experimental') \
         AND n.nspname <> ALL (ARRAY[{}]::name[])",
        names.join(", ")
    );
    let mut sql = for_version(file, major).replace("@user_schema@", &user_schema);
    sql = sql.replace("@roles@", if options.roles { "true" } else { "false" });
    while let Some((before, argument, after)) = short_form(&sql, "@no_member:") {
        let (class, oid) = argument.split_once(':').unwrap_or((argument, "oid"));
        sql = format!(
            "{before}{oid} NOT IN (SELECT e.objid FROM pg_depend e WHERE e.classid = {class} AND e.refclassid = 3079 AND e.deptype = 'e'){after}"
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
pub(crate) struct Reader {
    pub(crate) objects: Vec<Object>,
    pub(crate) addresses: HashMap<Address, usize, FastBuild>,
    pub(crate) aliases: HashMap<Address, Address, FastBuild>,
    /// Pairs of places in `objects` that the server does not record.
    pub(crate) parts: Vec<(usize, usize)>,
    pub(crate) usual: Usual,
    depends: Vec<(Address, Address)>,
    names: HashSet<Name, FastBuild>,
    unmodelled: Vec<Unmodelled>,
}

impl Reader {
    fn take(&mut self, row: RowView<'_>) -> Result<()> {
        let what = row.get(0).ok_or(Error::Row("a kind"))?;
        // What the statements around the files return.
        if what == SETTINGS_ROW {
            return Ok(());
        }
        let address = address(row, 1)?;
        let text = |i: usize| row.get(i).unwrap_or_default().to_owned();
        match what {
            "#column" => self.column(address, row)?,
            "#depend" => self.depends.push((address, self::address(row, 4)?)),
            "#default" => self.column_default(address, row)?,
            "#index" => self.index(address, row)?,
            "#constraint" => self.constraint(address, row)?,
            "#table" => self.table(address, row)?,
            "#alias" => {
                self.aliases.insert(address, self::address(row, 4)?);
            }
            "#type" => self.usual.add_type(address, row)?,
            "#class" => self.usual.add_class(address, row)?,
            "#definition" => self.definition(address, row),
            "#refers" => self.refers(address, row),
            "#comment" => {
                if let Some(object) = self.object(address) {
                    object.comment = row.get(4).map(str::to_owned);
                } else if let Some(target) = self.aliases.get(&address).copied()
                    && address.0 == CONSTRAINT
                    && let Some(Body::Column(column)) = self.object(target).map(|o| &mut o.body)
                {
                    column.not_null_comment = row.get(4).map(str::to_owned);
                }
            }
            "#label" => {
                if let Some(object) = self.object(address) {
                    object.labels.insert(text(4), text(5));
                }
            }
            "#unmodelled" => self.unmodelled.push(Unmodelled { catalog: text(4), what: text(5) }),
            kind => {
                let kind: Kind = serde_json::from_value(serde_json::Value::String(kind.to_owned()))
                    .map_err(|error| Error::Model { what: format!("the kind {kind}"), error })?;
                let name = |i: usize| row.get(i).unwrap_or_default();
                let (schema, name, sub) = (self.shared(name(4)), self.shared(name(5)), self.shared(name(6)));
                let body = row.get(9).unwrap_or_default();
                let at = self.add(address, Id { kind, schema, name, sub }, body)?;
                self.own(at, row.get(7), row.get(8));
            }
        }
        Ok(())
    }

    /// Adds an object by the JSON of its body.
    pub(crate) fn add(&mut self, address: Address, id: Id, body: &str) -> Result<usize> {
        let mut body: Body =
            serde_json::from_str(body).map_err(|error| Error::Model { what: id.to_string(), error })?;
        normalise(&mut body);
        Ok(self.put(address, id, body))
    }

    /// Adds an object, without owner and privileges, and says where it is.
    pub(crate) fn put(&mut self, address: Address, id: Id, body: Body) -> usize {
        let at = self.objects.len();
        if address.0 != 0 {
            self.addresses.insert(address, at);
        }
        self.objects.push(Object { id, owner: None, acl: None, comment: None, labels: Default::default(), body });
        at
    }

    /// Says whose an object is and who may use it. Of a part that has no owner of its own the owner is given too.
    pub(crate) fn own(&mut self, at: usize, owner: Option<&str>, acl: Option<&str>) {
        let object = &mut self.objects[at];
        // Default privileges are those of the role that they are for.
        let giver = if object.id.kind == Kind::DefaultPrivilege { Some(&*object.id.name) } else { owner };
        own_privileges(&mut object.body, giver);
        object.acl = acl.and_then(Acl::parse).map(|acl| acl.owned_by(giver));
        // A column belongs to who owns its table.
        if object.id.kind != Kind::Column {
            object.owner = owner.map(str::to_owned);
        }
    }

    /// The one copy of a name.
    pub(crate) fn shared(&mut self, name: &str) -> Name {
        if let Some(known) = self.names.get(name) {
            return known.clone();
        }
        let shared: Name = name.into();
        self.names.insert(shared.clone());
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
        let depends = std::mem::take(&mut self.depends);
        let recorded: Vec<(usize, usize)> =
            depends.into_iter().filter_map(|(from, to)| Some((self.resolve(from)?, self.resolve(to)?))).collect();
        let (mut catalog, places) = Catalog::of_objects(version, role, self.objects);
        let place = |i: usize| places.get(i).copied();
        let mut pairs: Vec<(u32, u32)> =
            self.parts.iter().filter_map(|(from, to)| Some((place(*from)?, place(*to)?))).collect();
        let mut not = HashSet::new();
        for object in catalog.objects() {
            implied(&catalog, object, &mut pairs, &mut not);
        }
        for (from, to) in recorded {
            if let (Some(from), Some(to)) = (place(from), place(to))
                && !not.contains(&(from, to))
                && !is_own_part(&catalog, from, to)
            {
                pairs.push((from, to));
            }
        }
        catalog.set_depends(pairs);
        self.unmodelled.sort_by(|a, b| (&a.catalog, &a.what).cmp(&(&b.catalog, &b.what)));
        catalog.unmodelled = self.unmodelled;
        catalog
    }
}

/// A partitioned table is said to depend on the columns of its key, which depend on it.
fn is_own_part(catalog: &Catalog, from: u32, to: u32) -> bool {
    let (from, to) = (&catalog.objects()[from as usize].id, &catalog.objects()[to as usize].id);
    from.kind == Kind::Table && from.name == to.name && from.schema == to.schema
}

/// What the server does not record as a dependency, and in `not` what it records the other way round.
fn implied(catalog: &Catalog, object: &Object, pairs: &mut Vec<(u32, u32)>, not: &mut HashSet<(u32, u32)>) {
    let id = &object.id;
    let place = |id: &Id| catalog.position(id).and_then(|i| u32::try_from(i).ok());
    let pair = |from: &Id, to: &Id| Some((place(from)?, place(to)?));
    let mut depends = |to: &Id| pairs.extend(pair(id, to));
    match &object.body {
        Body::SequenceOwner(owner) => {
            // The server says that the sequence depends on the column; the model says that the ownership does.
            let sequence = id.with_kind(Kind::Sequence);
            not.extend(pair(&sequence, &owner.column));
            not.extend(pair(&sequence, &relation(&owner.column)));
            depends(&sequence);
            depends(&owner.column);
        }
        Body::Partition(partition) => {
            let table = id.with_kind(Kind::Table);
            not.extend(pair(&table, &partition.parent));
            depends(&table);
            depends(&partition.parent);
        }
        Body::Constraint(constraint) => {
            constraint.references.iter().for_each(&mut depends);
            constraint.parent.iter().for_each(&mut depends);
        }
        Body::Index(index) => index.parent.iter().for_each(&mut depends),
        Body::Table(table) => table.inherits.iter().for_each(&mut depends),
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
pub(crate) fn normalise(body: &mut Body) {
    if let Body::Index(index) = body {
        index.definition = without_options(&index.definition, &index.options);
    }
    if let Body::Constraint(constraint) = body {
        constraint.definition = without_options(&constraint.definition, &constraint.options);
        for end in [" NOT VALID", " NOT ENFORCED"] {
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

fn address(row: RowView<'_>, from: usize) -> Result<Address> {
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
        let options = Options { excluded_schemas: vec!["o'h".into()], ..Options::default() };
        let sql = "SELECT @sorted:c.opts@ WHERE @user_schema@ AND @no_member:1259:c.oid@ AND @roles@";
        let sql = prepared(sql, 17, &options);
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

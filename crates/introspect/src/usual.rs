//! Tables, columns, defaults, constraints and indexes: the kinds of which there are tens of thousands.
//!
//! Most of them have nothing that is not said by a few numbers. For those the server sends the numbers, not a description
//! that it would have to write and this side to read; for the others it sends the JSON of the body as well.

use std::collections::{HashMap, HashSet};

use surefoot_catalog::objects::{
    Column, Constraint, ConstraintKind, Default as ColumnDefault, Index, Persistence, ReplicaIdentity, Table, TableKind,
};
use surefoot_catalog::{Body, FastBuild, Id, Kind};
use surefoot_pg::RowView;

use crate::model::{Address, CLASS, CONSTRAINT, Reader, normalise};
use crate::{Error, Result};

/// `pg_type`, in addresses.
const TYPE: u32 = 1247;

/// What the rows of other objects are looked up in.
#[derive(Default)]
pub(crate) struct Usual {
    types: Vec<TypeFacts>,
    /// By type and modifier.
    type_at: HashMap<(u32, i32), usize, FastBuild>,
    /// Columns by table and number: the place of the type in `types`, and the collation.
    columns: HashMap<(u32, i32), (usize, u32), FastBuild>,
    classes: HashMap<u32, Class, FastBuild>,
    /// Methods and types that have an operator class of their own by default.
    defaults: HashSet<(u32, u32), FastBuild>,
    /// Indexes and constraints whose definition the server has to be asked for.
    unsure: Vec<Address>,
    /// Foreign keys to tables that are not modelled, with the table.
    elsewhere: Vec<(Address, u32)>,
}

struct TypeFacts {
    name: String,
    storage: &'static str,
    /// What operator classes are looked up for; 0 for a domain.
    sorted_as: u32,
    is_enum: bool,
    is_array: bool,
}

struct Class {
    method: u32,
    of: u32,
    is_default: bool,
    /// In `pg_catalog`.
    name: Option<String>,
}

impl Usual {
    pub(crate) fn add_type(&mut self, address: Address, row: RowView<'_>) -> Result<()> {
        let read = || {
            Some(TypeFacts {
                name: row.get(4)?.to_owned(),
                storage: match row.get(5)? {
                    "p" => "PLAIN",
                    "e" => "EXTERNAL",
                    "m" => "MAIN",
                    _ => "EXTENDED",
                },
                sorted_as: row.parse(6)?,
                is_enum: row.get(7)? == "t",
                is_array: row.get(8)? == "t",
            })
        };
        self.type_at.insert((address.1, address.2), self.types.len());
        self.types.push(read().ok_or(Error::Row("the description of a type"))?);
        Ok(())
    }

    pub(crate) fn add_class(&mut self, address: Address, row: RowView<'_>) -> Result<()> {
        let read = || {
            Some(Class {
                method: row.parse(4)?,
                of: row.parse(5)?,
                is_default: row.get(6)? == "t",
                name: row.get(7).map(str::to_owned),
            })
        };
        let class = read().ok_or(Error::Row("the description of an operator class"))?;
        if class.is_default {
            self.defaults.insert((class.method, class.of));
        }
        self.classes.insert(address.1, class);
        Ok(())
    }

    /// A query for what the rows did not tell, if there is anything.
    pub(crate) fn questions(&self) -> Option<String> {
        let list = |class: u32| {
            let of = self.unsure.iter().filter(|a| a.0 == class).map(|a| a.1.to_string());
            of.collect::<Vec<_>>().join(", ")
        };
        let mut queries = Vec::new();
        for (class, function) in [(CLASS, "pg_get_indexdef"), (CONSTRAINT, "pg_get_constraintdef")] {
            let oids = list(class);
            if !oids.is_empty() {
                queries.push(format!(
                    "SELECT '#definition', {class}, i, 0, {function}(i), NULL FROM unnest(ARRAY[{oids}]::oid[]) i"
                ));
            }
        }
        if !self.elsewhere.is_empty() {
            let keys: Vec<String> = self.elsewhere.iter().map(|(key, table)| format!("({}, {table})", key.1)).collect();
            queries.push(format!(
                "SELECT '#refers', {CONSTRAINT}, k.key, 0, n.nspname, c.relname FROM (VALUES {}) k (key, relation) \
                 JOIN pg_class c ON c.oid = k.relation JOIN pg_namespace n ON n.oid = c.relnamespace",
                keys.join(", ")
            ));
        }
        (!queries.is_empty()).then(|| queries.join(" UNION ALL "))
    }

    /// What `pg_get_indexdef` writes after the name of a column, as `get_opclass_name` and what surrounds it do. `None`
    /// where it is not certain.
    fn key_words(&self, column: (usize, u32), class: u32, collation: u32, option: u32) -> Option<String> {
        let (facts, own_collation) = (&self.types[column.0], column.1);
        if collation != 0 && collation != own_collation {
            return None;
        }
        let class = self.classes.get(&class)?;
        let mut words = String::new();
        if class.is_default {
            // The class is the default for its own type, and for those that have none of their own.
            let without_own = || !self.defaults.contains(&(class.method, facts.sorted_as));
            let usual = match class.of {
                of if of == facts.sorted_as => true,
                // text, for varchar
                25 => facts.sorted_as == 1043 && without_own(),
                // anyenum
                3500 => facts.is_enum && without_own(),
                // anyarray
                2277 => facts.is_array && without_own(),
                _ => false,
            };
            if !usual {
                return None;
            }
        } else {
            words.push(' ');
            words.push_str(class.name.as_ref()?);
        }
        // Bits of pg_index.indoption: descending, nulls first.
        words.push_str(match option {
            0 => "",
            1 => " DESC NULLS LAST",
            2 => " NULLS FIRST",
            3 => " DESC",
            _ => return None,
        });
        Some(words)
    }
}

impl Reader {
    /// The identity of a relation that is modelled, and where it is.
    fn relation(&self, oid: u32) -> Option<(usize, &Id)> {
        let at = *self.addresses.get(&(CLASS, oid, 0))?;
        Some((at, &self.objects[at].id))
    }

    /// A part of a relation; `None` where the relation is not modelled, because it was made a moment ago.
    fn part_of(&mut self, oid: u32, kind: Kind, name: &str) -> Option<(usize, Id)> {
        let sub = self.shared(name);
        let (at, relation) = self.relation(oid)?;
        Some((at, Id { kind, schema: relation.schema.clone(), name: relation.name.clone(), sub }))
    }

    /// Adds an object from its JSON, or else as it usually is.
    fn add_or(&mut self, address: Address, id: Id, json: Option<&str>, usual: impl FnOnce() -> Body) -> Result<usize> {
        match json {
            Some(json) => self.add(address, id, json),
            None => Ok(self.put(address, id, usual())),
        }
    }

    pub(crate) fn table(&mut self, address: Address, row: RowView<'_>) -> Result<()> {
        let name = |i: usize| row.get(i).unwrap_or_default();
        let (schema, name, sub) = (self.shared(name(4)), self.shared(name(5)), self.shared(""));
        let row_type: u32 = row.parse(6).ok_or(Error::Row("the row type of a table"))?;
        self.aliases.insert((TYPE, row_type, 0), address);
        let at = self.add_or(address, Id { kind: Kind::Table, schema, name, sub }, row.get(9), || {
            Body::Table(Table {
                sort: TableKind::Plain,
                persistence: Persistence::Permanent,
                of_type: None,
                inherits: Vec::new(),
                is_partition: false,
                partition_key: None,
                options: Vec::new(),
                toast_options: Vec::new(),
                tablespace: None,
                access_method: None,
                row_security: false,
                force_row_security: false,
                replica_identity: ReplicaIdentity::Default,
                server: None,
                server_options: Vec::new(),
            })
        })?;
        self.own(at, row.get(7), row.get(8));
        Ok(())
    }

    pub(crate) fn column(&mut self, address: Address, row: RowView<'_>) -> Result<()> {
        let lacks = || Error::Row("the type of a column");
        let kind: (u32, i32) = (row.parse(6).ok_or_else(lacks)?, row.parse(7).ok_or_else(lacks)?);
        let collation: u32 = row.parse(9).ok_or_else(lacks)?;
        let Some((table, id)) = self.part_of(address.1, Kind::Column, row.get(4).unwrap_or_default()) else {
            return Ok(());
        };
        let type_at = *self.usual.type_at.get(&kind).ok_or_else(lacks)?;
        self.usual.columns.insert((address.1, address.2), (type_at, collation));
        let facts = &self.usual.types[type_at];
        let (type_name, usual_storage) = (facts.name.clone(), facts.storage.to_owned());
        let at = self.add_or(address, id, row.get(10), || {
            Body::Column(Box::new(Column {
                position: address.2,
                type_name,
                collation: None,
                not_null: row.get(8) == Some("t"),
                not_null_constraint: None,
                not_null_comment: None,
                generated: None,
                identity: None,
                storage: None,
                usual_storage,
                compression: None,
                statistics: None,
                options: Vec::new(),
                server_options: Vec::new(),
                inherited: false,
                local: true,
            }))
        })?;
        if row.get(5).is_some() || row.get(10).is_some() {
            let owner = self.objects[table].owner.clone();
            self.own(at, owner.as_deref(), row.get(5));
        }
        self.parts.push((at, table));
        Ok(())
    }

    pub(crate) fn column_default(&mut self, address: Address, row: RowView<'_>) -> Result<()> {
        let of = || Some((row.parse(4)?, row.parse(5)?));
        let (relation, number): (u32, i32) = of().ok_or(Error::Row("the column of a default"))?;
        let column = self.addresses.get(&(CLASS, relation, number)).copied();
        if let Some(Body::Column(c)) = column.map(|i| &self.objects[i].body)
            && c.generated.is_some()
        {
            self.aliases.insert(address, (CLASS, relation, number));
            return Ok(());
        }
        let name = match column {
            Some(i) => self.objects[i].id.sub.clone(),
            None => self.shared(row.get(7).unwrap_or_default()),
        };
        // A column of a table that is not there was made a moment ago.
        let Some((table, id)) = self.part_of(relation, Kind::Default, &name).filter(|(_, id)| !id.sub.is_empty())
        else {
            return Ok(());
        };
        let expression = row.get(6).unwrap_or_default().to_owned();
        let at = self.put(address, id, Body::Default(ColumnDefault { expression }));
        self.parts.push((at, table));
        self.parts.extend(column.map(|column| (at, column)));
        Ok(())
    }

    pub(crate) fn constraint(&mut self, address: Address, row: RowView<'_>) -> Result<()> {
        let of = || Some((row.parse(4)?, row.parse(7)?));
        let (relation, index): (u32, u32) = of().ok_or(Error::Row("the table of a constraint"))?;
        let sort = match row.get(6) {
            Some("p") => ConstraintKind::PrimaryKey,
            Some("u") => ConstraintKind::Unique,
            Some("x") => ConstraintKind::Exclusion,
            Some("f") => ConstraintKind::ForeignKey,
            _ => ConstraintKind::Check,
        };
        let Some((table, id)) = self.part_of(relation, Kind::Constraint, row.get(5).unwrap_or_default()) else {
            return Ok(());
        };
        if matches!(sort, ConstraintKind::PrimaryKey | ConstraintKind::Unique | ConstraintKind::Exclusion) {
            self.aliases.insert((CLASS, index, 0), address);
        }
        let flag = |i: usize| row.get(i) == Some("t");
        let (json, told) = (row.get(19), row.get(18));
        let (mut references, mut definition) = (None, told.map(str::to_owned));
        if json.is_none() && sort == ConstraintKind::ForeignKey {
            let to: u32 = row.parse(8).ok_or(Error::Row("the table of a foreign key"))?;
            references = self.relation(to).map(|(_, id)| id.clone());
            if references.is_none() {
                self.usual.elsewhere.push((address, to));
            }
        }
        if json.is_none() && definition.is_none() {
            definition = self.key_definition(sort, relation, references.as_ref(), row);
            if definition.is_none() {
                self.usual.unsure.push(address);
            }
        }
        let at = self.add_or(address, id, json, || {
            let mut body = Body::Constraint(Constraint {
                sort,
                definition: definition.unwrap_or_default(),
                validated: flag(9),
                enforced: true,
                deferrable: flag(10),
                deferred: flag(11),
                inherited: false,
                local: true,
                parent: None,
                references,
                options: Vec::new(),
                tablespace: None,
                clustered: false,
                replica_identity: false,
                index_comment: None,
                triggers: None,
            });
            normalise(&mut body);
            body
        })?;
        self.parts.push((at, table));
        Ok(())
    }

    /// The text that `pg_get_constraintdef` gives for a primary, unique or foreign key over plain columns, without
    /// `NOT VALID`; `None` where it is not certain.
    fn key_definition(
        &self,
        sort: ConstraintKind,
        table: u32,
        references: Option<&Id>,
        row: RowView<'_>,
    ) -> Option<String> {
        let mut out = match sort {
            ConstraintKind::PrimaryKey => format!("PRIMARY KEY ({})", self.column_list(table, row.get(12)?)?),
            ConstraintKind::Unique => {
                let nulls = if row.get(17) == Some("t") { "NULLS NOT DISTINCT " } else { "" };
                format!("UNIQUE {nulls}({})", self.column_list(table, row.get(12)?)?)
            }
            ConstraintKind::ForeignKey => {
                let to = references?;
                let matching = match row.get(14)? {
                    "s" => "",
                    "f" => " MATCH FULL",
                    _ => return None,
                };
                let action = |i: usize, when: &str| {
                    let action = match row.get(i)? {
                        "a" => return Some(String::new()),
                        "r" => "RESTRICT",
                        "c" => "CASCADE",
                        "n" => "SET NULL",
                        "d" => "SET DEFAULT",
                        _ => return None,
                    };
                    Some(format!(" {when} {action}"))
                };
                format!(
                    "FOREIGN KEY ({}) REFERENCES {}.{}({}){matching}{}{}",
                    self.column_list(table, row.get(12)?)?,
                    quoted(&to.schema)?,
                    quoted(&to.name)?,
                    self.column_list(row.parse(8)?, row.get(13)?)?,
                    action(15, "ON UPDATE")?,
                    action(16, "ON DELETE")?,
                )
            }
            ConstraintKind::Exclusion | ConstraintKind::Check => return None,
        };
        out.push_str(if row.get(10) == Some("t") { " DEFERRABLE" } else { "" });
        out.push_str(if row.get(11) == Some("t") { " INITIALLY DEFERRED" } else { "" });
        Some(out)
    }

    /// The names of columns, from the text of an array of their numbers.
    fn column_list(&self, table: u32, numbers: &str) -> Option<String> {
        let mut out = String::new();
        for number in numbers.strip_prefix('{')?.strip_suffix('}')?.split(',') {
            let at = *self.addresses.get(&(CLASS, table, number.parse().ok()?))?;
            out.push_str(if out.is_empty() { "" } else { ", " });
            out.push_str(&quoted(&self.objects[at].id.sub)?);
        }
        Some(out)
    }

    pub(crate) fn index(&mut self, address: Address, row: RowView<'_>) -> Result<()> {
        let table: u32 = row.parse(6).ok_or(Error::Row("the table of an index"))?;
        let name = |i: usize| row.get(i).unwrap_or_default();
        let (schema, name, sub) = (self.shared(name(4)), self.shared(name(5)), self.shared(""));
        let id = Id { kind: Kind::Index, schema, name, sub };
        let Some((on, on_id)) = self.relation(table).map(|(at, id)| (at, id.clone())) else { return Ok(()) };
        let definition = if row.get(14).is_none() { self.index_definition(&id, table, &on_id, row) } else { None };
        if row.get(14).is_none() && definition.is_none() {
            self.usual.unsure.push(address);
        }
        let at = self.add_or(address, id, row.get(14), || {
            Body::Index(Index {
                table: on_id,
                definition: definition.unwrap_or_default(),
                unique: row.get(8) == Some("t"),
                options: Vec::new(),
                tablespace: None,
                clustered: false,
                replica_identity: false,
                valid: true,
                statistics: Vec::new(),
                partitioned: false,
                parent: None,
            })
        })?;
        self.parts.push((at, on));
        Ok(())
    }

    /// The definition of an index or constraint that was asked for; one that was dropped meanwhile has none.
    pub(crate) fn definition(&mut self, address: Address, row: RowView<'_>) {
        let Some(object) = self.addresses.get(&address).map(|i| &mut self.objects[*i]) else { return };
        let text = row.get(4).unwrap_or_default().to_owned();
        match &mut object.body {
            Body::Index(index) => index.definition = text,
            Body::Constraint(constraint) => constraint.definition = text,
            _ => {}
        }
        normalise(&mut object.body);
    }

    /// The table that a foreign key points to, where that is not modelled.
    pub(crate) fn refers(&mut self, address: Address, row: RowView<'_>) {
        let names = row.get(4).zip(row.get(5));
        let object = self.addresses.get(&address).map(|i| &mut self.objects[*i].body);
        if let (Some(Body::Constraint(constraint)), Some((schema, name))) = (object, names) {
            constraint.references = Some(Id::new(Kind::Table, schema, name));
        }
    }

    /// The text that `pg_get_indexdef` gives for an index over plain columns; `None` where it is not certain.
    fn index_definition(&self, id: &Id, table: u32, on: &Id, row: RowView<'_>) -> Option<String> {
        let numbers = |i: usize| row.get(i).unwrap_or_default().split_ascii_whitespace().map(str::parse::<i64>);
        let method = match row.get(7)? {
            "403" => "btree",
            "405" => "hash",
            "2742" => "gin",
            _ => return None,
        };
        let unique = if row.get(8) == Some("t") { "UNIQUE " } else { "" };
        let mut out = format!(
            "CREATE {unique}INDEX {} ON {}.{} USING {method} (",
            quoted(&id.name)?,
            quoted(&on.schema)?,
            quoted(&on.name)?
        );
        let keys = numbers(9).zip(numbers(10)).zip(numbers(11)).zip(numbers(12));
        for (i, (((column, class), collation), option)) in keys.enumerate() {
            let column = (table, i32::try_from(column.ok()?).ok()?);
            let number = |n: std::result::Result<i64, _>| n.ok().and_then(|n: i64| u32::try_from(n).ok());
            let facts = *self.usual.columns.get(&column)?;
            let words = self.usual.key_words(facts, number(class)?, number(collation)?, number(option)?)?;
            let at = *self.addresses.get(&(CLASS, column.0, column.1))?;
            out.push_str(if i == 0 { "" } else { ", " });
            out.push_str(&quoted(&self.objects[at].id.sub)?);
            out.push_str(&words);
        }
        out.push(')');
        if row.get(13) == Some("t") {
            out.push_str(" NULLS NOT DISTINCT");
        }
        Some(out)
    }
}

/// A name as the server writes it; `None` for a key word, which not all versions quote.
fn quoted(name: &str) -> Option<String> {
    let id = Id { kind: Kind::Schema, schema: "".into(), name: name.into(), sub: "".into() };
    let quoted = id.relation();
    let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    let starts = name.bytes().next().is_some_and(|b| !b.is_ascii_digit());
    if quoted != name && plain && starts { None } else { Some(quoted) }
}

//! The statements, in the order that was found.

use std::collections::HashMap;

use surefoot_catalog::objects::{ConstraintKind, Table, TableKind};
use surefoot_catalog::{Body, Id, Kind, Object};
use surefoot_sql::quote_ident;

use super::edges::is_routine;
use super::reparse::stable;
use super::{DROP, LATE, MAKE, Node, Op, Planner, RETIRE, SLOTS, parents, same_relation};
use crate::change::Statement;
use crate::objects::{base_type, column, inheritance, table, types};
use crate::{Action, Script, Step, change, common};

impl<'a> Planner<'a> {
    pub(super) fn script(&self, order: &[usize]) -> Script {
        let mut parts: HashMap<usize, Vec<usize>> = HashMap::new();
        for slot in self.covered.keys() {
            parts.entry(self.representative(*slot)).or_default().push(slot / SLOTS);
        }
        let mut steps = Vec::new();
        for slot in order {
            let node = &self.nodes[slot / SLOTS];
            let mut of_slot = parts.get(slot).cloned().unwrap_or_default();
            of_slot.sort_by_key(|i| self.place(*i));
            let (action, statements) = match slot % SLOTS {
                RETIRE if self.checks_apart(slot / SLOTS, DROP) => {
                    (Action::Alter, node.old.map(types::drop_checks).unwrap_or_default())
                }
                RETIRE => (Action::Alter, self.retire(node)),
                DROP => {
                    let action = if node.op == Op::Replace { Action::DropToReplace } else { Action::Drop };
                    (action, self.drop(slot / SLOTS, action))
                }
                LATE if self.checks_apart(slot / SLOTS, MAKE) => {
                    (Action::Create, node.new.map(types::add_checks).unwrap_or_default())
                }
                LATE if self.copies(slot / SLOTS) => (Action::Alter, self.copy(node)),
                LATE => {
                    let inherits =
                        self.inherits_later(slot / SLOTS).map(|(o, a, b)| inheritance::join(self.cx, o, a, b));
                    let completes = self.completes_later(slot / SLOTS).map(|object| {
                        let mut out = base_type::define(object);
                        out.extend(common::after_create(self.cx, object));
                        out
                    });
                    (Action::Alter, inherits.or(completes).unwrap_or_default())
                }
                _ => self.make(slot / SLOTS, &of_slot),
            };
            steps.extend(statements.into_iter().map(|s| Step {
                object: node.id.clone(),
                action,
                // The text of a function is the author's.
                sql: if is_routine(node.id.kind) { s.sql } else { stable(&s.sql) },
                loss: s.loss,
                alone: s.alone,
            }));
        }
        Script { steps }
    }

    /// The order of the parts inside a table: columns as they stand, then the primary key, then the others.
    pub(super) fn place(&self, i: usize) -> (u8, i32, &'a Id) {
        let node = &self.nodes[i];
        match node.new.map(|o| &o.body) {
            Some(Body::Column(column)) => (0, column.position, node.id),
            Some(Body::Constraint(c)) if c.sort == ConstraintKind::PrimaryKey => (1, 0, node.id),
            Some(Body::Constraint(_)) => (1, 1, node.id),
            _ => (2, 0, node.id),
        }
    }

    pub(super) fn retire(&self, node: &Node<'_>) -> Vec<Statement> {
        let name = quote_ident(&retired_name(&node.id.name));
        // Its functions stay with it, and those of the new type have their names.
        let mut out: Vec<Statement> = self
            .functions_of_type(node.id)
            .map(|function| {
                let name = quote_ident(&retired_name(&function.name));
                format!("ALTER FUNCTION {} RENAME TO {name}", function.reference()).into()
            })
            .collect();
        out.push(format!("ALTER {} {} RENAME TO {name}", node.id.kind.sql(), node.id.relation()).into());
        if let Some(Body::Range(range)) = node.old.map(|o| &o.body)
            && self.cx.from.major() >= 14
        {
            let made_up = multirange_name(&node.id.name);
            let id = Id { name: made_up.as_str().into(), ..node.id.clone() };
            let multirange = range.multirange.clone().unwrap_or_else(|| id.relation());
            let name = quote_ident(&retired_name(&made_up));
            out.push(format!("ALTER TYPE {multirange} RENAME TO {name}").into());
            // The constructor without arguments is in the way too; the others differ in their types.
            out.push(format!("ALTER FUNCTION {multirange}() RENAME TO {name}").into());
        }
        for column in node.old.map(|o| self.cx.from.columns(&o.id)).unwrap_or_default() {
            if let Body::Column(c) = &column.body
                && c.identity.is_some()
            {
                // The sequence behind it would keep its name.
                out.push(
                    format!(
                        "ALTER TABLE {} ALTER COLUMN {} DROP IDENTITY",
                        Id { name: retired_name(&node.id.name).as_str().into(), ..node.id.clone() }.relation(),
                        column.id.part_name()
                    )
                    .into(),
                );
            }
        }
        out
    }

    /// Whether the type of a column makes place for another of the same name.
    fn type_is_retired(&self, column: &Id) -> bool {
        let Some(position) = self.cx.from.position(column) else { return false };
        let types = self.cx.from.depends_on(position).iter();
        types
            .filter_map(|i| self.node(&self.cx.from.objects()[*i as usize].id))
            .any(|i| self.nodes[i].id.kind.is_type() && self.retired.contains(&i))
    }

    /// The rows of a table that is built anew.
    fn copy(&self, node: &Node<'_>) -> Vec<Statement> {
        let (Some(old), Some(new)) = (node.old, node.new) else { return Vec::new() };
        let table = new.id.relation();
        let (mut names, mut values, mut after) = (Vec::new(), Vec::new(), Vec::new());
        let mut always = "";
        for column in self.cx.to.columns(&new.id) {
            let Body::Column(b) = &column.body else { continue };
            let Some(Body::Column(a)) = self.cx.from.get(&old.id.part(Kind::Column, &column.id.sub)).map(|o| &o.body)
            else {
                continue;
            };
            if b.generated.is_some() {
                continue;
            }
            let name = column.id.part_name();
            values.push(column::converted(&name, a, b, self.type_is_retired(&column.id)));
            if let Some(identity) = &b.identity {
                always = " OVERRIDING SYSTEM VALUE";
                after.push(column::advance(column, identity));
            }
            names.push(name);
        }
        let rows = Id { name: retired_name(&old.id.name).as_str().into(), ..old.id.clone() }.relation();
        let list = names.join(", ");
        let mut out: Vec<Statement> = Vec::new();
        if !names.is_empty() {
            out.push(format!("INSERT INTO {table} ({list}){always} SELECT {} FROM {rows}", values.join(", ")).into());
        }
        out.extend(after);
        out
    }

    pub(super) fn drop(&self, i: usize, action: Action) -> Vec<Statement> {
        let node = &self.nodes[i];
        let Some(old) = node.old else { return Vec::new() };
        if self.retired.contains(&i) {
            let id = Id { name: retired_name(&old.id.name).as_str().into(), ..old.id.clone() };
            let cascade = if base_type::has_shell(&old.body) { " CASCADE" } else { "" };
            let sql = format!("DROP {} {}{cascade}", common::sql_kind(old), id.relation());
            let foreign = matches!(&old.body, Body::Table(t) if t.sort == TableKind::Foreign);
            let lost = old.id.kind == Kind::Table && !foreign && !self.copies(i);
            return vec![if lost {
                Statement::losing(sql, format!("the rows of {}", old.id.relation()))
            } else {
                sql.into()
            }];
        }
        let mut statements = change::drop(self.cx, old);
        let generated = matches!(&old.body, Body::Column(c) if c.generated.is_some());
        if generated && action == Action::DropToReplace {
            // Its values are computed anew.
            statements.iter_mut().for_each(|s| s.loss = None);
        }
        statements
    }

    pub(super) fn make(&self, i: usize, parts: &[usize]) -> (Action, Vec<Statement>) {
        let node = &self.nodes[i];
        let Some(new) = node.new else { return (Action::Alter, Vec::new()) };
        let objects: Vec<&Object> = parts.iter().filter_map(|p| self.nodes[*p].new).collect();
        if let Op::Alter { statements, .. } = &node.op {
            return (Action::Alter, statements.clone());
        }
        let mut out = match &new.body {
            Body::Table(body) => {
                let inside: Vec<&Object> = objects.iter().copied().filter(|o| self.inside(new, body, o)).collect();
                let mut out = table::create(self.cx, new, body, &inside);
                for object in &objects {
                    if let Body::Default(default) = &object.body
                        && !inside.iter().any(|o| o.id == object.id)
                        && !self.parent_default_is(&object.id, default)
                    {
                        out.extend(column::set_default(object, default));
                    }
                }
                out
            }
            Body::Column(body) => {
                let default = objects.iter().find_map(|o| match &o.body {
                    Body::Default(default) if o.id.sub == new.id.sub && same_relation(&o.id, &new.id) => Some(default),
                    _ => None,
                });
                column::add(self.cx, new, body, default)
            }
            Body::Domain(body) if self.checks_apart(i, MAKE) => types::create_domain(new, &types::without_checks(body)),
            _ if self.completes_later(i).is_some() => base_type::create_shell(new),
            _ => change::create(self.cx, new),
        };
        if self.completes_later(i).is_none() {
            out.extend(common::after_create(self.cx, new));
        }
        if let Body::View(view) = &new.body {
            common::view_columns(self.cx, new, &[], &view.columns.iter().collect::<Vec<_>>(), &mut out);
        }
        if let Body::MaterializedView(view) = &new.body {
            let columns: Vec<_> = view.columns.iter().map(|c| &c.column).collect();
            common::view_columns(self.cx, new, &[], &columns, &mut out);
        }
        for object in objects {
            out.extend(common::after_create(self.cx, object));
        }
        let action = if node.op == Op::Replace { Action::Recreate } else { Action::Create };
        (action, out)
    }

    /// Whether a part is written in `CREATE TABLE`, or comes with a parent table.
    pub(super) fn inside(&self, table: &Object, body: &Table, part: &Object) -> bool {
        let comes_with_parent = !body.inherits.is_empty() && !body.is_partition;
        match &part.body {
            Body::Column(column) => !comes_with_parent || column.local || !column.inherited,
            Body::Constraint(c) => !comes_with_parent || c.local,
            Body::Default(_) => {
                let column = self.cx.to.get(&table.id.part(Kind::Column, &part.id.sub));
                column.is_some_and(|column| self.inside(table, body, column))
            }
            _ => true,
        }
    }

    pub(super) fn parent_default_is(&self, id: &Id, default: &surefoot_catalog::objects::Default) -> bool {
        parents(self.cx.to, &id.with_kind_only(Kind::Table)).iter().any(|parent| {
            matches!(self.cx.to.get(&parent.part(Kind::Default, &id.sub)).map(|o| &o.body), Some(Body::Default(d)) if d == default)
        })
    }
}

/// The name of a type or table while it waits to be dropped.
fn retired_name(name: &str) -> String {
    common::with_ending(name, "__replaced")
}

/// The name PostgreSQL makes up for the multirange of a range: `makeMultirangeTypeName`.
fn multirange_name(range: &str) -> String {
    if range.contains("range") { range.replacen("range", "multirange", 1) } else { format!("{range}_multirange") }
}

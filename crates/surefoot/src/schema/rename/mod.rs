//! Renames: said beside the object, given on the command line, known from a Prisma schema, or only suspected.
//!
//! A rename changes texts that only PostgreSQL can rewrite (views, expressions), so it is carried out on a copy of the
//! first schema, and what is compared is that copy.

mod alike;
mod prisma;
mod rounds;
mod said;

use std::fmt;
use std::pin::Pin;

use surefoot_catalog::{Body, Catalog, Id, Kind};
use surefoot_diff::{Action, Step};
use surefoot_sql::{quote_ident, quote_literal};

pub(super) use prisma::{annotated_prisma, exact, from_git};
pub(super) use rounds::{Renamed, Rounds, carry_out};
pub(super) use said::{Said, annotated, given};

/// One object under two names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rename {
    /// As it is. A value of an enum is the enum with the label as its part.
    pub(crate) old: Id,
    /// As it shall be. What it is in has the same name in both, except for what lives in a schema: that can move.
    pub(crate) new: Id,
}

/// What someone says about two objects that look like one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RenameAnswer {
    /// It is renamed.
    Yes,
    /// One goes, and the other is new.
    No,
    /// Nothing shall be done.
    Stop,
    /// Nobody is there to be asked.
    NotAsked,
}

/// Someone who can be asked.
pub trait AskRename {
    /// Whether what goes is what comes. It may take its time.
    fn ask<'a>(&'a self, rename: &'a Rename) -> Pin<Box<dyn Future<Output = RenameAnswer> + 'a>>;

    /// Whether questions get answers.
    fn can_answer(&self) -> bool;
}

/// Nobody to ask: what scripts have.
#[derive(Debug, Clone, Copy, Default)]
pub struct NobodyToAsk;

impl AskRename for NobodyToAsk {
    fn ask<'a>(&'a self, _: &'a Rename) -> Pin<Box<dyn Future<Output = RenameAnswer> + 'a>> {
        Box::pin(async { RenameAnswer::NotAsked })
    }

    fn can_answer(&self) -> bool {
        false
    }
}

impl Rename {
    /// What it is: `column`, `table`, `enum value` ...
    #[must_use]
    pub fn what(&self) -> String {
        if self.is_value() { "enum value".into() } else { self.old.kind.word() }
    }

    /// The old name in full.
    #[must_use]
    pub fn from(&self) -> String {
        full(&self.old)
    }

    /// The new name in full.
    #[must_use]
    pub fn to(&self) -> String {
        full(&self.new)
    }

    /// The old name as the directive takes it.
    #[must_use]
    pub fn old_name(&self) -> String {
        last(&self.old)
    }

    /// As `--renamed` takes it.
    #[must_use]
    pub fn written(&self) -> String {
        let path = |id: &Id| match id.kind {
            Kind::Schema => quote_ident(&id.name),
            _ if id.sub.is_empty() || is_function(id.kind) => id.relation(),
            Kind::Enum => format!("{}.{}", id.relation(), quote_ident(&id.sub)),
            _ => format!("{}.{}", id.relation(), id.part_name()),
        };
        format!("{}={}", path(&self.old), last(&self.new))
    }

    fn is_value(&self) -> bool {
        self.old.kind == Kind::Enum && !self.old.sub.is_empty()
    }

    /// Whether it still has to be done: the old name is there, the new one is wanted and not there.
    fn applies(&self, from: &Catalog, to: &Catalog) -> bool {
        !exists(from, &self.new) && exists(from, &self.old) && exists(to, &self.new)
    }

    /// What is outside comes first, so that what is inside goes by the new name of what it is in.
    fn level(&self) -> u8 {
        match self.old.kind {
            Kind::Schema => 0,
            Kind::Index | Kind::Sequence | Kind::Constraint | Kind::Trigger | Kind::Policy | Kind::Rule => 3,
            Kind::Column => 2,
            _ if self.is_value() => 2,
            _ => 1,
        }
    }

    /// The statements, each with the one that takes it back.
    fn statements(&self, from: &Catalog) -> Vec<(String, String)> {
        let (old, new) = (&self.old, &self.new);
        if self.is_value() {
            let rename = |a: &str, b: &str| {
                format!("ALTER TYPE {} RENAME VALUE {} TO {}", new.relation(), quote_literal(a), quote_literal(b))
            };
            return vec![(rename(&old.sub, &new.sub), rename(&new.sub, &old.sub))];
        }
        let part = |words: &str| {
            let rename = |a: &Id, b: &Id| format!("{words} {} TO {}", a.part_name(), b.part_name());
            vec![(rename(old, new), rename(new, old))]
        };
        let on_relation = |kind: &str| {
            let rename = |a: &Id, b: &Id| {
                format!("ALTER {kind} {} ON {} RENAME TO {}", a.part_name(), new.relation(), b.part_name())
            };
            vec![(rename(old, new), rename(new, old))]
        };
        match old.kind {
            Kind::Column => return part(&format!("ALTER TABLE {} RENAME COLUMN", new.relation())),
            Kind::Constraint => return part(&format!("ALTER TABLE {} RENAME CONSTRAINT", new.relation())),
            Kind::Trigger => return on_relation("TRIGGER"),
            Kind::Policy => return on_relation("POLICY"),
            Kind::Rule => return on_relation("RULE"),
            Kind::Schema => {
                let rename = |a: &Id, b: &Id| {
                    format!("ALTER SCHEMA {} RENAME TO {}", quote_ident(&a.name), quote_ident(&b.name))
                };
                return vec![(rename(old, new), rename(new, old))];
            }
            _ => {}
        }
        let mut out = Vec::new();
        let words = old.kind.sql();
        let moved = Id { schema: new.schema.clone(), ..old.clone() };
        if old.schema != new.schema {
            if from.get(&Id::new(Kind::Schema, "", &new.schema)).is_none() {
                let name = quote_ident(&new.schema);
                out.push((format!("CREATE SCHEMA {name}"), format!("DROP SCHEMA {name}")));
            }
            let to =
                |id: &Id, schema: &str| format!("ALTER {words} {} SET SCHEMA {}", id.reference(), quote_ident(schema));
            out.push((to(old, &new.schema), to(&moved, &old.schema)));
        }
        if old.name != new.name {
            let rename = |a: &Id, b: &Id| format!("ALTER {words} {} RENAME TO {}", a.reference(), quote_ident(&b.name));
            let after = Id { name: new.name.clone(), ..moved.clone() };
            out.push((rename(&moved, new), rename(&after, old)));
        }
        out
    }

    /// The same as steps of a script: those that do it, in order, and those that take it back, in theirs.
    fn steps(&self, from: &Catalog) -> (Vec<Step>, Vec<Step>) {
        let step = |object: &Id, sql: String| Step {
            object: object.clone(),
            action: Action::Alter,
            sql,
            loss: None,
            alone: false,
        };
        let (mut there, mut back) = (Vec::new(), Vec::new());
        let object = |id: &Id| if self.is_value() { id.part(Kind::Enum, "") } else { id.clone() };
        for (sql, undo) in self.statements(from) {
            there.push(step(&object(&self.old), sql));
            back.push(step(&object(&self.new), undo));
        }
        back.reverse();
        (there, back)
    }
}

impl fmt::Display for Rename {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = self.what();
        write!(f, "{what} {} is gone and {what} {} is new", self.from(), self.to())
    }
}

/// Whether a catalog has it; a value of an enum is not an object of its own.
fn exists(catalog: &Catalog, id: &Id) -> bool {
    if id.kind == Kind::Enum && !id.sub.is_empty() {
        return labels(catalog, &id.part(Kind::Enum, "")).iter().any(|label| **label == *id.sub);
    }
    catalog.get(id).is_some()
}

fn labels<'c>(catalog: &'c Catalog, id: &Id) -> &'c [String] {
    match catalog.get(id).map(|o| &o.body) {
        Some(Body::Enum(of)) => &of.labels,
        _ => &[],
    }
}

const fn is_function(kind: Kind) -> bool {
    matches!(kind, Kind::Function | Kind::Procedure | Kind::Aggregate)
}

fn full(id: &Id) -> String {
    match id.kind {
        Kind::Enum if !id.sub.is_empty() => format!("{} of {}", quote_literal(&id.sub), id.relation()),
        Kind::Schema => quote_ident(&id.name),
        _ => id.reference(),
    }
}

fn last(id: &Id) -> String {
    match id.kind {
        Kind::Enum if !id.sub.is_empty() => quote_ident(&id.sub),
        kind if id.sub.is_empty() || is_function(kind) => quote_ident(&id.name),
        _ => id.part_name(),
    }
}

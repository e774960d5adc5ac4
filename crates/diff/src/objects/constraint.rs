//! Constraints of tables.

use surefoot_catalog::Object;
use surefoot_catalog::objects::{Constraint, ConstraintKind};
use surefoot_sql::quote_ident;

use crate::change::{Change, Context, Statement};
use crate::common::literal_or_null;
use crate::objects::{inheritance, table};

/// Whether it can stand inside `CREATE TABLE`.
pub(crate) fn inline(body: &Constraint) -> bool {
    body.sort != ConstraintKind::ForeignKey && body.validated
}

/// The constraint as a line of `CREATE TABLE`, or after `ADD`.
pub(crate) fn line(object: &Object, body: &Constraint) -> String {
    format!("CONSTRAINT {} {}", object.id.part_name(), definition(body))
}

/// The server's text with the parameters and the tablespace of the index at their place: before `WHERE` and
/// `DEFERRABLE`.
fn definition(body: &Constraint) -> String {
    let mut clauses = String::new();
    if !body.options.is_empty() {
        clauses.push_str(&format!(" WITH ({})", table::options_sql(&body.options)));
    }
    if let Some(tablespace) = &body.tablespace {
        clauses.push_str(&format!(" USING INDEX TABLESPACE {}", quote_ident(tablespace)));
    }
    let mut text = body.definition.clone();
    let mut end = String::new();
    for (on, words) in [(body.deferred, " INITIALLY DEFERRED"), (body.deferrable, " DEFERRABLE")] {
        if on && let Some(rest) = text.strip_suffix(words) {
            end.insert_str(0, words);
            text = rest.to_owned();
        }
    }
    if body.sort == ConstraintKind::Exclusion
        && let Some(at) = text.find(" WHERE (")
    {
        end.insert_str(0, &text[at..]);
        text.truncate(at);
    }
    let not_enforced = if body.enforced { "" } else { " NOT ENFORCED" };
    format!("{text}{clauses}{end}{not_enforced}")
}

pub(crate) fn create(cx: Context<'_>, object: &Object, body: &Constraint) -> Vec<Statement> {
    let table = inheritance::made_at(cx, object);
    let add = format!("ALTER TABLE {table} ADD {}", line(object, body));
    let mut out: Vec<Statement> = Vec::new();
    let there = cx.from.get(&object.id.with_kind(surefoot_catalog::Kind::Table)).is_some();
    let slow = matches!(body.sort, ConstraintKind::ForeignKey | ConstraintKind::Check);
    if !body.validated && body.enforced {
        out.push(format!("{add} NOT VALID").into());
    } else if cx.options.online && there && slow && body.enforced {
        out.push(format!("{add} NOT VALID").into());
        out.push(validate(object));
    } else {
        out.push(add.into());
    }
    out.extend(settings(cx, object, body, None));
    out
}

fn validate(object: &Object) -> Statement {
    format!("ALTER TABLE {} VALIDATE CONSTRAINT {}", object.id.relation(), object.id.part_name()).into()
}

/// What is said of a constraint after it is made.
pub(crate) fn settings(cx: Context<'_>, object: &Object, new: &Constraint, old: Option<&Constraint>) -> Vec<Statement> {
    let table = object.id.relation();
    let name = object.id.part_name();
    let index = surefoot_catalog::Id::new(surefoot_catalog::Kind::Index, &object.id.schema, &object.id.sub).relation();
    let mut out: Vec<Statement> = Vec::new();
    let was = |f: fn(&Constraint) -> bool| old.is_some_and(f);
    if new.clustered && !was(|c| c.clustered) {
        out.push(format!("ALTER TABLE {table} CLUSTER ON {name}").into());
    } else if !new.clustered
        && was(|c| c.clustered)
        && !crate::objects::index::clustered(cx, &object.id.with_kind_only(surefoot_catalog::Kind::Table))
    {
        out.push(format!("ALTER TABLE {table} SET WITHOUT CLUSTER").into());
    }
    if new.replica_identity && !was(|c| c.replica_identity) {
        out.push(format!("ALTER TABLE {table} REPLICA IDENTITY USING INDEX {name}").into());
    }
    if old.and_then(|o| o.index_comment.as_ref()) != new.index_comment.as_ref() {
        out.push(format!("COMMENT ON INDEX {index} IS {}", literal_or_null(new.index_comment.as_deref())).into());
    }
    out
}

pub(crate) fn drop(object: &Object) -> Vec<Statement> {
    vec![format!("ALTER TABLE {} DROP CONSTRAINT {}", object.id.relation(), object.id.part_name()).into()]
}

pub(crate) fn alter(cx: Context<'_>, object: &Object, old: &Constraint, new: &Constraint) -> Change {
    let table = object.id.relation();
    let name = object.id.part_name();
    let mut out: Vec<Statement> = Vec::new();
    if old.definition != new.definition || old.sort != new.sort || old.enforced != new.enforced {
        let timing = |c: &Constraint| {
            let text = c.definition.trim_end_matches(" INITIALLY DEFERRED").trim_end_matches(" DEFERRABLE");
            text.to_owned()
        };
        let only_timing = old.sort == ConstraintKind::ForeignKey
            && new.sort == old.sort
            && timing(old) == timing(new)
            && old.enforced == new.enforced;
        if !only_timing {
            return Change::Replace;
        }
        let words = match (new.deferrable, new.deferred) {
            (false, _) => "NOT DEFERRABLE",
            (true, false) => "DEFERRABLE INITIALLY IMMEDIATE",
            (true, true) => "DEFERRABLE INITIALLY DEFERRED",
        };
        out.push(format!("ALTER TABLE {table} ALTER CONSTRAINT {name} {words}").into());
    }
    if new.inherited && new.local && !old.local && new.parent.is_none() {
        // The server joins it with the one that is there.
        out.push(format!("ALTER TABLE {table} ADD {}", line(object, new)).into());
    }
    if old.validated && !new.validated {
        return Change::Replace;
    }
    if !old.validated && new.validated {
        out.push(validate(object));
    }
    let index = surefoot_catalog::Id::new(surefoot_catalog::Kind::Index, &object.id.schema, &object.id.sub).relation();
    out.extend(table::change_index_options(&index, &old.options, &new.options));
    if old.tablespace != new.tablespace {
        let tablespace = new.tablespace.as_deref().unwrap_or("pg_default");
        out.push(format!("ALTER INDEX {index} SET TABLESPACE {}", quote_ident(tablespace)).into());
    }
    out.extend(settings(cx, object, new, Some(old)));
    Change::of(out)
}

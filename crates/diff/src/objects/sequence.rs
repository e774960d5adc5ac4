//! Sequences.

use surefoot_catalog::objects::{Sequence, SequenceOwner, SequenceSettings};
use surefoot_catalog::{Kind, Object};
use surefoot_sql::quote_literal;

use crate::change::{Change, Context, Statement};

pub(crate) fn create(object: &Object, body: &Sequence) -> Vec<Statement> {
    let unlogged = if body.unlogged { "UNLOGGED " } else { "" };
    let settings = non_default(&body.settings);
    vec![format!("CREATE {unlogged}SEQUENCE {}{settings}", object.id.relation()).into()]
}

pub(crate) fn alter(object: &Object, old: &Sequence, new: &Sequence) -> Change {
    let mut out: Vec<Statement> = Vec::new();
    let name = object.id.relation();
    if old.settings != new.settings {
        let regclass = format!("{}::regclass", quote_literal(&name).trim_start());
        let wide = |settings: &str| format!("ALTER SEQUENCE {name}{settings}");
        change_settings(&old.settings, &new.settings, &name, &regclass, wide, &mut out);
    }
    if old.unlogged != new.unlogged {
        let word = if new.unlogged { "UNLOGGED" } else { "LOGGED" };
        out.push(format!("ALTER SEQUENCE {name} SET {word}").into());
    }
    Change::of(out)
}

/// The statements that change a sequence's settings, of its own or behind an identity column. The server refuses
/// bounds that leave out the current value, so it is moved into them first.
pub(crate) fn change_settings(
    old: &SequenceSettings,
    new: &SequenceSettings,
    sequence: &str,
    regclass: &str,
    write: impl Fn(&str) -> String,
    out: &mut Vec<Statement>,
) {
    if new.min > old.min || new.max < old.max {
        let (min, max) = (old.min.min(new.min), old.max.max(new.max));
        if old.max < new.min || old.min > new.max {
            out.push(write(&format!(" AS bigint MINVALUE {min} MAXVALUE {max}")).into());
        }
        out.push(
            format!(
                "SELECT setval({regclass}, GREATEST({}, LEAST({}, last_value)), \
                 is_called AND last_value BETWEEN {} AND {}) FROM {sequence}",
                new.min, new.max, new.min, new.max
            )
            .into(),
        );
    }
    let mut clauses = String::new();
    if old.data_type != new.data_type {
        clauses.push_str(&format!(" AS {}", new.data_type));
    }
    let bounds = old.data_type != new.data_type || old.min != new.min || old.max != new.max;
    for (name, before, after) in [
        ("INCREMENT BY", old.increment, new.increment),
        ("MINVALUE", old.min, new.min),
        ("MAXVALUE", old.max, new.max),
        ("START WITH", old.start, new.start),
        ("CACHE", old.cache, new.cache),
    ] {
        if before != after || (bounds && matches!(name, "MINVALUE" | "MAXVALUE" | "START WITH")) {
            clauses.push_str(&format!(" {name} {after}"));
        }
    }
    if old.cycle != new.cycle {
        clauses.push_str(if new.cycle { " CYCLE" } else { " NO CYCLE" });
    }
    if !clauses.is_empty() {
        out.push(write(&clauses).into());
    }
}

/// The settings that differ from what `CREATE SEQUENCE` assumes, each with a space before it.
pub(crate) fn non_default(settings: &SequenceSettings) -> String {
    let mut out = String::new();
    if settings.data_type != "bigint" {
        out.push_str(&format!(" AS {}", settings.data_type));
    }
    let (low, high) = match settings.data_type.as_str() {
        "smallint" => (i64::from(i16::MIN), i64::from(i16::MAX)),
        "integer" => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    };
    let down = settings.increment < 0;
    let (min, max) = if down { (low, -1) } else { (1, high) };
    let start = if down { settings.max } else { settings.min };
    for (name, value, usual) in [
        ("INCREMENT BY", settings.increment, 1),
        ("MINVALUE", settings.min, min),
        ("MAXVALUE", settings.max, max),
        ("START WITH", settings.start, start),
        ("CACHE", settings.cache, 1),
    ] {
        if value != usual {
            out.push_str(&format!(" {name} {value}"));
        }
    }
    if settings.cycle {
        out.push_str(" CYCLE");
    }
    out
}

pub(crate) fn own(object: &Object, body: &SequenceOwner) -> Vec<Statement> {
    vec![format!("ALTER SEQUENCE {} OWNED BY {}", object.id.relation(), body.column.reference()).into()]
}

/// A sequence that is dropped needs no owner to be taken away.
pub(crate) fn disown(cx: Context<'_>, object: &Object) -> Vec<Statement> {
    if cx.to.get(&object.id.with_kind(Kind::Sequence)).is_none() {
        return Vec::new();
    }
    vec![format!("ALTER SEQUENCE {} OWNED BY NONE", object.id.relation()).into()]
}

//! Statements that take drift back where there is drift, and do nothing where there is none: a migration runs in every
//! environment, and only one of them had drifted.

use surefoot_catalog::{Body, Catalog, Id, Kind};
use surefoot_diff::{Action, Script, Step};
use surefoot_pg::literal;

/// The script with every statement made so that it can be run on a database that is as wanted already.
pub(super) fn guarded(script: &Script, wanted: &Catalog) -> Script {
    Script { steps: script.steps.iter().map(|step| Step { sql: guard(step, wanted), ..step.clone() }).collect() }
}

fn guard(step: &Step, wanted: &Catalog) -> String {
    let sql = &step.sql;
    // To the type it has already a column changes only where no view stands on it.
    if step.object.kind == Kind::Column
        && sql.contains(" TYPE ")
        && let Some(Body::Column(column)) = wanted.get(&step.object).map(|o| &o.body)
    {
        return block(&other_type(&step.object, &column.type_name), sql);
    }
    match step.action {
        Action::Drop | Action::DropToReplace => if_exists(step),
        Action::Create => if_not_exists(step),
        // It was dropped, if it was there.
        Action::Recreate => sql.clone(),
        Action::Alter => match sql.split_once(" ADD VALUE ") {
            Some((start, end)) if sql.starts_with("ALTER TYPE ") => format!("{start} ADD VALUE IF NOT EXISTS {end}"),
            _ => sql.clone(),
        },
    }
}

/// An expression that says whether a column has another type than this one, whatever the search path is.
fn other_type(column: &Id, type_name: &str) -> String {
    let bare = type_name.rsplit_once('.').map_or(type_name, |(_, bare)| bare);
    let quoted = |text: &str| literal(text).trim_start().to_owned();
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = to_regclass({}) AND attname = {} \
         AND format_type(atttypid, atttypmod) NOT IN ({}, {}))",
        quoted(&column.relation()),
        quoted(&column.sub),
        quoted(type_name),
        quoted(bare)
    )
}

fn if_exists(step: &Step) -> String {
    let sql = &step.sql;
    let verb = format!("DROP {} ", step.object.kind.sql());
    if let Some(rest) = sql.strip_prefix(&verb) {
        return format!("{verb}IF EXISTS {rest}");
    }
    for verb in [" DROP COLUMN ", " DROP CONSTRAINT ", " DROP ATTRIBUTE "] {
        if let Some((start, end)) = sql.split_once(verb)
            && start.starts_with("ALTER ")
        {
            return format!("{start}{verb}IF EXISTS {end}");
        }
    }
    match exists(&step.object) {
        Some(there) => block(&there, sql),
        None => sql.clone(),
    }
}

fn if_not_exists(step: &Step) -> String {
    let sql = &step.sql;
    for verb in [
        "CREATE TABLE ",
        "CREATE INDEX ",
        "CREATE UNIQUE INDEX ",
        "CREATE SEQUENCE ",
        "CREATE SCHEMA ",
        "CREATE EXTENSION ",
        "CREATE MATERIALIZED VIEW ",
        "CREATE STATISTICS ",
        "CREATE COLLATION ",
        "CREATE FOREIGN TABLE ",
        "CREATE UNLOGGED TABLE ",
    ] {
        if let Some(rest) = sql.strip_prefix(verb) {
            return format!("{verb}IF NOT EXISTS {}", rest.strip_prefix("IF NOT EXISTS ").unwrap_or(rest));
        }
    }
    if let Some(rest) = sql.strip_prefix("CREATE VIEW ") {
        return format!("CREATE OR REPLACE VIEW {rest}");
    }
    if let Some((start, end)) = sql.split_once(" ADD COLUMN ")
        && start.starts_with("ALTER ")
    {
        return format!("{start} ADD COLUMN IF NOT EXISTS {end}");
    }
    let makes = sql.starts_with("CREATE ") && !sql.starts_with("CREATE OR REPLACE ")
        || sql.contains(" ADD CONSTRAINT ")
        || sql.contains(" ATTACH PARTITION ");
    match exists(&step.object) {
        Some(there) if makes => block(&format!("NOT {there}"), sql),
        _ => sql.clone(),
    }
}

fn block(condition: &str, sql: &str) -> String {
    let mut tag = "surefoot".to_owned();
    while sql.contains(&format!("${tag}$")) {
        tag.push('_');
    }
    format!("DO ${tag}$ BEGIN\n    IF {condition} THEN\n        {sql};\n    END IF;\nEND ${tag}$")
}

/// An expression that says whether an object is there, for the kinds that have no `IF EXISTS` of their own everywhere.
fn exists(id: &Id) -> Option<String> {
    let relation = format!("to_regclass({})", literal(&id.relation()).trim_start());
    let name = literal(&id.sub);
    let name = name.trim_start();
    let part = |catalog: &str, table: &str, column: &str| {
        format!("EXISTS (SELECT FROM pg_catalog.{catalog} WHERE {table} = {relation} AND {column} = {name})")
    };
    Some(match id.kind {
        Kind::Constraint => format!(
            "EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE (conrelid = {relation} OR contypid = to_regtype({})) AND conname = {name})",
            literal(&id.relation()).trim_start()
        ),
        Kind::Trigger => part("pg_trigger", "tgrelid", "tgname"),
        Kind::Policy => part("pg_policy", "polrelid", "polname"),
        Kind::Rule => part("pg_rewrite", "ev_class", "rulename"),
        Kind::Partition => {
            format!("EXISTS (SELECT FROM pg_catalog.pg_inherits WHERE inhrelid = {relation})")
        }
        Kind::Enum | Kind::Domain | Kind::Composite | Kind::Range | Kind::BaseType => {
            format!("to_regtype({}) IS NOT NULL", literal(&id.relation()).trim_start())
        }
        Kind::Function | Kind::Procedure | Kind::Aggregate => {
            format!("to_regprocedure({}) IS NOT NULL", literal(&id.reference()).trim_start())
        }
        Kind::EventTrigger => {
            format!(
                "EXISTS (SELECT FROM pg_catalog.pg_event_trigger WHERE evtname = {})",
                literal(&id.name).trim_start()
            )
        }
        Kind::Publication => {
            format!("EXISTS (SELECT FROM pg_catalog.pg_publication WHERE pubname = {})", literal(&id.name).trim_start())
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(kind: Kind, name: &str, sub: &str, action: Action, sql: &str) -> String {
        let object = Id { sub: sub.into(), ..Id::new(kind, "public", name) };
        guard(&Step { object, action, sql: sql.into(), loss: None, alone: false }, &Catalog::default())
    }

    #[test]
    fn statements_say_if_exists_where_sql_has_it_and_ask_first_where_it_has_not() {
        use Action::{Alter, Create, Drop};
        let cases = [
            (Kind::Table, "t", "", Drop, "DROP TABLE public.t", "DROP TABLE IF EXISTS public.t"),
            (
                Kind::Column,
                "t",
                "c",
                Drop,
                "ALTER TABLE public.t DROP COLUMN c",
                "ALTER TABLE public.t DROP COLUMN IF EXISTS c",
            ),
            (
                Kind::Column,
                "t",
                "c",
                Create,
                "ALTER TABLE public.t ADD COLUMN c int",
                "ALTER TABLE public.t ADD COLUMN IF NOT EXISTS c int",
            ),
            (Kind::Policy, "t", "p", Drop, "DROP POLICY p ON public.t", "DROP POLICY IF EXISTS p ON public.t"),
            (
                Kind::Index,
                "i",
                "",
                Create,
                "CREATE UNIQUE INDEX i ON public.t (c)",
                "CREATE UNIQUE INDEX IF NOT EXISTS i ON public.t (c)",
            ),
            (
                Kind::Enum,
                "e",
                "",
                Alter,
                "ALTER TYPE public.e ADD VALUE 'x'",
                "ALTER TYPE public.e ADD VALUE IF NOT EXISTS 'x'",
            ),
        ];
        for (kind, name, sub, action, sql, wanted) in cases {
            assert_eq!(one(kind, name, sub, action, sql), wanted);
        }
        let constraint = one(Kind::Constraint, "t", "k", Create, "ALTER TABLE public.t ADD CONSTRAINT k CHECK (c > 0)");
        assert!(constraint.starts_with("DO $surefoot$") && constraint.contains("conname = 'k'"), "{constraint}");
    }
}

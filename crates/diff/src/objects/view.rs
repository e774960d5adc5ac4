//! Views and materialized views.

use surefoot_catalog::Object;
use surefoot_catalog::objects::{MaterializedView, View, ViewColumn};
use surefoot_sql::quote_ident;

use crate::change::{Change, Statement};
use crate::objects::table::options_sql;

pub(crate) fn create(object: &Object, body: &View) -> Vec<Statement> {
    vec![sql(object, body, "CREATE VIEW").into()]
}

fn sql(object: &Object, body: &View, verb: &str) -> String {
    let options =
        if body.options.is_empty() { String::new() } else { format!(" WITH ({})", options_sql(&body.options)) };
    let query = body.query.trim_end().trim_end_matches(';');
    format!("{verb} {}{options} AS\n{query}", object.id.relation())
}

/// `CREATE OR REPLACE VIEW` takes more columns at the end, and nothing else about the columns.
pub(crate) fn alter(object: &Object, old: &View, new: &View) -> Change {
    let same =
        |a: &ViewColumn, b: &ViewColumn| a.name == b.name && a.type_name == b.type_name && a.collation == b.collation;
    let fits = old.columns.len() <= new.columns.len() && old.columns.iter().zip(&new.columns).all(|(a, b)| same(a, b));
    if !fits {
        return Change::Replace;
    }
    if old.query == new.query {
        return Change::of(options(object, "VIEW", &old.options, &new.options));
    }
    Change::one(sql(object, new, "CREATE OR REPLACE VIEW"))
}

fn options(object: &Object, kind: &str, old: &[String], new: &[String]) -> Vec<Statement> {
    crate::objects::table::change_options(&format!("ALTER {kind} {}", object.id.relation()), "", old, new)
}

pub(crate) fn create_materialized(object: &Object, body: &MaterializedView) -> Vec<Statement> {
    let mut sql = format!("CREATE MATERIALIZED VIEW {}", object.id.relation());
    if let Some(method) = &body.access_method {
        sql.push_str(&format!(" USING {}", quote_ident(method)));
    }
    if !body.options.is_empty() {
        sql.push_str(&format!(" WITH ({})", options_sql(&body.options)));
    }
    if let Some(tablespace) = &body.tablespace {
        sql.push_str(&format!(" TABLESPACE {}", quote_ident(tablespace)));
    }
    let query = body.query.trim_end().trim_end_matches(';');
    sql.push_str(&format!(" AS\n{query}"));
    let mut out: Vec<Statement> = vec![sql.into()];
    for column in &body.columns {
        column_settings(object, column, None, &mut out);
    }
    out
}

pub(crate) fn alter_materialized(object: &Object, old: &MaterializedView, new: &MaterializedView) -> Change {
    let columns = |body: &MaterializedView| -> Vec<(String, String, Option<String>)> {
        let column = |c: &ViewColumn| (c.name.clone(), c.type_name.clone(), c.collation.clone());
        body.columns.iter().map(|c| column(&c.column)).collect()
    };
    if old.query != new.query || columns(old) != columns(new) || old.access_method != new.access_method {
        return Change::Replace;
    }
    let mut out = options(object, "MATERIALIZED VIEW", &old.options, &new.options);
    if old.tablespace != new.tablespace {
        let tablespace = new.tablespace.as_deref().unwrap_or("pg_default");
        let name = object.id.relation();
        out.push(format!("ALTER MATERIALIZED VIEW {name} SET TABLESPACE {}", quote_ident(tablespace)).into());
    }
    for (before, after) in old.columns.iter().zip(&new.columns) {
        column_settings(object, after, Some(before), &mut out);
    }
    Change::of(out)
}

fn column_settings(
    object: &Object,
    new: &surefoot_catalog::objects::MaterializedColumn,
    old: Option<&surefoot_catalog::objects::MaterializedColumn>,
    out: &mut Vec<Statement>,
) {
    let prefix =
        format!("ALTER MATERIALIZED VIEW {} ALTER COLUMN {}", object.id.relation(), quote_ident(&new.column.name));
    if let Some(storage) = &new.storage
        && old.and_then(|o| o.storage.as_ref()) != Some(storage)
    {
        out.push(format!("{prefix} SET STORAGE {storage}").into());
    }
    if new.storage.is_none() && old.is_some_and(|o| o.storage.is_some()) {
        out.push(format!("{prefix} SET STORAGE {}", new.usual_storage).into());
    }
    if old.and_then(|o| o.compression.as_ref()) != new.compression.as_ref() {
        out.push(format!("{prefix} SET COMPRESSION {}", new.compression.as_deref().unwrap_or("default")).into());
    }
    if old.and_then(|o| o.statistics) != new.statistics {
        out.push(format!("{prefix} SET STATISTICS {}", new.statistics.unwrap_or(-1)).into());
    }
    let none = Vec::new();
    out.extend(crate::objects::table::change_options(&prefix, "", old.map_or(&none, |o| &o.options), &new.options));
}

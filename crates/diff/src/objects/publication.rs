//! Publications and subscriptions.

use surefoot_catalog::Object;
use surefoot_catalog::objects::{Publication, PublishedTable, Subscription};
use surefoot_sql::quote_ident;

use crate::change::{Change, Statement};
use crate::common::{attributes, literal_or_null};

pub(crate) fn create(object: &Object, body: &Publication) -> Vec<Statement> {
    let mut sql = format!("CREATE PUBLICATION {}", object.id.relation());
    let members = members(body.tables.iter().map(table), body.schemas.iter());
    if body.all_tables {
        sql.push_str(" FOR ALL TABLES");
    } else if let Some(members) = members {
        sql.push_str(&format!(" FOR {members}"));
    }
    let mut options = Vec::new();
    if body.publish != "insert, update, delete, truncate" {
        options.push(format!("publish = {}", literal_or_null(Some(&body.publish))));
    }
    if body.via_root {
        options.push("publish_via_partition_root = true".into());
    }
    if let Some(generated) = body.generated.as_ref().filter(|g| *g != "none") {
        options.push(format!("publish_generated_columns = {generated}"));
    }
    if !options.is_empty() {
        sql.push_str(&format!(" WITH ({})", options.join(", ")));
    }
    vec![sql.into()]
}

fn table(published: &PublishedTable) -> String {
    let columns = published.columns.as_ref().map(|columns| {
        let names: Vec<String> = columns.iter().map(|c| quote_ident(c)).collect();
        format!(" ({})", names.join(", "))
    });
    let filter = published.filter.as_ref().map(|filter| format!(" WHERE ({filter})"));
    format!("{}{}{}", only(published), columns.unwrap_or_default(), filter.unwrap_or_default())
}

/// Children of a table are members of their own.
fn only(published: &PublishedTable) -> String {
    format!("ONLY {}", published.table.relation())
}

/// `TABLE a, b, TABLES IN SCHEMA c, d`; nothing for nothing.
fn members<'a>(tables: impl Iterator<Item = String>, schemas: impl Iterator<Item = &'a String>) -> Option<String> {
    let tables: Vec<String> = tables.collect();
    let schemas: Vec<String> = schemas.map(|schema| quote_ident(schema)).collect();
    let parts = [("TABLE ", tables), ("TABLES IN SCHEMA ", schemas)];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(_, list)| !list.is_empty())
        .map(|(words, list)| format!("{words}{}", list.join(", ")))
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

pub(crate) fn alter(object: &Object, old: &Publication, new: &Publication) -> Change {
    if old.all_tables != new.all_tables {
        return Change::Replace;
    }
    let name = object.id.relation();
    let mut out: Vec<Statement> = Vec::new();
    let gone = members(
        old.tables.iter().filter(|t| !new.tables.contains(t)).map(only),
        old.schemas.iter().filter(|s| !new.schemas.contains(s)),
    );
    if let Some(gone) = gone {
        out.push(format!("ALTER PUBLICATION {name} DROP {gone}").into());
    }
    let mut options = Vec::new();
    if old.publish != new.publish {
        options.push(format!("publish = {}", literal_or_null(Some(&new.publish))));
    }
    if old.via_root != new.via_root {
        options.push(format!("publish_via_partition_root = {}", new.via_root));
    }
    if let (Some(a), Some(b)) = (&old.generated, &new.generated)
        && a != b
    {
        options.push(format!("publish_generated_columns = {b}"));
    }
    if !options.is_empty() {
        out.push(format!("ALTER PUBLICATION {name} SET ({})", options.join(", ")).into());
    }
    let added = members(
        new.tables.iter().filter(|t| !old.tables.contains(t)).map(table),
        new.schemas.iter().filter(|s| !old.schemas.contains(s)),
    );
    if let Some(added) = added {
        out.push(format!("ALTER PUBLICATION {name} ADD {added}").into());
    }
    Change::of(out)
}

/// Made without connecting: the publisher may not be there, and its slot is made by whoever starts the replication.
pub(crate) fn create_subscription(object: &Object, body: &Subscription) -> Vec<Statement> {
    let name = object.id.relation();
    let mut options = vec!["connect = false".to_owned()];
    match &body.slot {
        Some(slot) if *slot == *object.id.name => {}
        Some(slot) => options.push(format!("slot_name = {}", literal_or_null(Some(slot)))),
        None => options.push("slot_name = NONE".into()),
    }
    if !body.options.is_empty() {
        options.push(attributes(&body.options));
    }
    let connection = body.connection.as_deref().unwrap_or("(hidden)");
    let sql = format!(
        "CREATE SUBSCRIPTION {name} CONNECTION {}\n    PUBLICATION {} WITH ({})",
        literal_or_null(Some(connection)),
        names(&body.publications),
        options.join(", ")
    );
    let mut out = vec![connecting(object, sql)];
    if body.enabled {
        out.push(format!("ALTER SUBSCRIPTION {name} ENABLE").into());
    }
    out
}

fn names(list: &[String]) -> String {
    list.iter().map(|name| quote_ident(name)).collect::<Vec<_>>().join(", ")
}

/// A secret is never read, so it has to be filled in where it is new.
fn connecting(object: &Object, sql: String) -> Statement {
    if sql.contains("(hidden)") {
        Statement::losing(sql, format!("the password of {}, which is not read: fill it in", object.id))
    } else {
        sql.into()
    }
}

/// The slot at the publisher is left alone, because dropping it takes a connection.
pub(crate) fn drop_subscription(object: &Object, body: &Subscription) -> Vec<Statement> {
    let name = object.id.relation();
    let mut out: Vec<Statement> = Vec::new();
    if body.enabled {
        out.push(format!("ALTER SUBSCRIPTION {name} DISABLE").into());
    }
    if body.slot.is_some() {
        out.push(format!("ALTER SUBSCRIPTION {name} SET (slot_name = NONE)").into());
    }
    let sql = format!("DROP SUBSCRIPTION {name}");
    out.push(match &body.slot {
        Some(slot) => Statement::losing(sql, format!("the use of the slot {slot}, which stays at the publisher")),
        None => sql.into(),
    });
    out
}

pub(crate) fn alter_subscription(object: &Object, old: &Subscription, new: &Subscription) -> Change {
    let name = object.id.relation();
    let prefix = format!("ALTER SUBSCRIPTION {name}");
    let mut out: Vec<Statement> = Vec::new();
    if old.options.get("two_phase") != new.options.get("two_phase") {
        return Change::Replace;
    }
    // The slot can only be changed, and taken away, while it does not run.
    let pause = old.enabled && (!new.enabled || old.slot != new.slot || old.options != new.options);
    if pause {
        out.push(format!("{prefix} DISABLE").into());
    }
    if let (Some(a), Some(b)) = (&old.connection, &new.connection)
        && a != b
    {
        out.push(connecting(object, format!("{prefix} CONNECTION {}", literal_or_null(Some(b)))));
    }
    if old.publications != new.publications {
        out.push(format!("{prefix} SET PUBLICATION {} WITH (refresh = false)", names(&new.publications)).into());
    }
    let mut set = Vec::new();
    if old.slot != new.slot {
        let slot = new.slot.as_deref().map_or_else(|| "NONE".into(), |slot| literal_or_null(Some(slot)));
        set.push(format!("slot_name = {slot}"));
    }
    for (option, value) in &new.options {
        if old.options.get(option) != Some(value) {
            set.push(format!("{option} = {value}"));
        }
    }
    for option in old.options.keys().filter(|o| !new.options.contains_key(*o)) {
        set.push(format!("{option} = {}", usual(option)));
    }
    if !set.is_empty() {
        out.push(format!("{prefix} SET ({})", set.join(", ")).into());
    }
    if new.enabled && (pause || !old.enabled) {
        out.push(format!("{prefix} ENABLE").into());
    }
    Change::of(out)
}

/// What an option is when it is not written (PostgreSQL manual, reference page of CREATE SUBSCRIPTION).
fn usual(option: &str) -> &'static str {
    match option {
        "synchronous_commit" => "'off'",
        "origin" => "'any'",
        "password_required" => "true",
        _ => "false",
    }
}

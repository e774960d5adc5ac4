//! The roles that migrations make: they belong to the server, where they may be already.

use surefoot_pg::{Session, ident, literal};

use crate::Result;

/// Roles, and the statements that make those that are missing.
pub(super) struct Roles {
    pub(super) names: Vec<String>,
    pub(super) sql: String,
}

/// Reads the roles that were not there before. Passwords are not read.
pub(super) async fn read(session: &Session, before: &[String]) -> Result<Roles> {
    let rows = session
        .rows(
            "SELECT rolname, concat_ws(' ', CASE WHEN rolsuper THEN 'SUPERUSER' END, \
               CASE WHEN NOT rolinherit THEN 'NOINHERIT' END, CASE WHEN rolcreaterole THEN 'CREATEROLE' END, \
               CASE WHEN rolcreatedb THEN 'CREATEDB' END, CASE WHEN rolcanlogin THEN 'LOGIN' ELSE 'NOLOGIN' END, \
               CASE WHEN rolreplication THEN 'REPLICATION' END, CASE WHEN rolbypassrls THEN 'BYPASSRLS' END, \
               CASE WHEN rolconnlimit >= 0 THEN 'CONNECTION LIMIT ' || rolconnlimit END, \
               CASE WHEN rolvaliduntil IS NOT NULL THEN 'VALID UNTIL ' || quote_literal(rolvaliduntil) END) \
             FROM pg_catalog.pg_roles ORDER BY rolname COLLATE \"C\"",
        )
        .await?;
    let mut roles = Roles { names: Vec::new(), sql: String::new() };
    for row in &rows {
        let (Some(name), Some(attributes)) = (row.get(0), row.get(1)) else { continue };
        if before.iter().any(|b| b == name) {
            continue;
        }
        roles.names.push(name.to_owned());
        roles.sql.push_str(&guarded(
            &format!("FROM pg_catalog.pg_roles WHERE rolname = {}", literal(name).trim_start()),
            &format!("CREATE ROLE {} {attributes}", ident(name)),
        ));
    }
    let members = session
        .rows(
            "SELECT DISTINCT r.rolname, m.rolname, a.admin_option FROM pg_catalog.pg_auth_members a \
             JOIN pg_catalog.pg_roles r ON r.oid = a.roleid JOIN pg_catalog.pg_roles m ON m.oid = a.member \
             ORDER BY 1, 2",
        )
        .await?;
    for row in &members {
        let (Some(role), Some(member)) = (row.get(0), row.get(1)) else { continue };
        let new = |name: &str| roles.names.iter().any(|n| n == name);
        // From 16 on who makes a role becomes a member of it; that is no statement of a migration.
        if !new(member) {
            continue;
        }
        let admin = if row.get(2) == Some("t") { " WITH ADMIN OPTION" } else { "" };
        roles.sql.push_str(&guarded(
            &format!(
                "FROM pg_catalog.pg_auth_members WHERE roleid = {}::regrole AND member = {}::regrole",
                literal(&ident(role)).trim_start(),
                literal(&ident(member)).trim_start()
            ),
            &format!("GRANT {} TO {}{admin}", ident(role), ident(member)),
        ));
    }
    Ok(roles)
}

/// A statement that runs only where nothing is found.
fn guarded(found: &str, sql: &str) -> String {
    format!("DO $role$\nBEGIN\n    IF NOT EXISTS (SELECT {found}) THEN\n        {sql};\n    END IF;\nEND\n$role$;\n\n")
}

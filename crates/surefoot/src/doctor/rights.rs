//! What the role may do, and the extensions that need more.

use std::time::Duration;

use surefoot_pg::{ConnectOptions, Session, ident, literal};
use surefoot_source::Migration;

use super::{Asked, Look, extensions_of, text};
use crate::state::History;

impl Look<'_> {
    pub(super) async fn role(&mut self) -> Asked {
        let row = self
            .one(
                "SELECT current_user, r.rolsuper, \
                   pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'), \
                   pg_catalog.pg_get_userbyid(d.datdba), pg_catalog.current_database(), \
                   coalesce(pg_catalog.has_schema_privilege((SELECT oid FROM pg_catalog.pg_namespace \
                     WHERE nspname = 'public'), 'CREATE'), false) \
                 FROM pg_catalog.pg_roles r, pg_catalog.pg_database d \
                 WHERE r.rolname = current_user AND d.datname = pg_catalog.current_database()",
            )
            .await?;
        let (role, database) = (text(&row, 0), text(&row, 4));
        let (superuser, may_create, in_public) = (text(&row, 1) == "t", text(&row, 2) == "t", text(&row, 5) == "t");
        let owner = text(&row, 3);
        let mut found = role.to_owned();
        if superuser {
            found.push_str(", a superuser");
        } else if owner == role {
            found.push_str(&format!(", owner of database {database}"));
        }
        let schema = self.project.journal_schema();
        let journal = self
            .one(&format!(
                "SELECT pg_catalog.has_schema_privilege(n.oid, 'USAGE'), \
                   coalesce((SELECT pg_catalog.bool_and(pg_catalog.has_table_privilege(c.oid, w.privilege)) \
                     FROM (VALUES ('meta', 'SELECT'), ('events', 'SELECT'), ('events', 'INSERT'), ('migrations', 'SELECT'), \
                       ('migrations', 'INSERT'), ('migrations', 'UPDATE'), ('files', 'INSERT'), ('steps', 'INSERT'), \
                       ('steps', 'UPDATE'), ('steps', 'DELETE'), ('application', 'INSERT'), ('application', 'UPDATE')) \
                       w(name, privilege) \
                     JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name), true) \
                 FROM pg_catalog.pg_namespace n WHERE n.nspname = {}",
                literal(schema)
            ))
            .await?;
        let quoted = ident(role);
        if journal.is_empty() && !may_create {
            self.report.fail(
                "role",
                format!("{found}; may not create schema {schema} for the journal"),
                format!("as an administrator: GRANT CREATE ON DATABASE {} TO {quoted};", ident(database)),
            );
        } else if !journal.is_empty() && (text(&journal, 0) != "t" || text(&journal, 1) != "t") {
            self.report.fail(
                "role",
                format!("{found}; may not write the journal in schema {schema}: it can look, not migrate"),
                format!(
                    "as its owner: GRANT USAGE ON SCHEMA {schema} TO {quoted}; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {quoted};"
                ),
            );
        } else if superuser && self.protected {
            self.report.warn(
                "role",
                format!("{found}, in a protected environment"),
                "use an ordinary role that owns the schema, and elevated-url for the migrations that need more",
            );
        } else if !may_create && !in_public {
            self.report.warn(
                "role",
                format!("{found}; may create neither schemas nor anything in schema public"),
                format!("grant what the migrations need, for one: GRANT CREATE ON SCHEMA public TO {quoted};"),
            );
        } else {
            let rights = match (may_create, in_public) {
                (true, true) => "may create schemas, and tables in public",
                (true, false) => "may create schemas",
                _ => "may create tables in public",
            };
            self.report.ok("role", format!("{found}; {rights}"));
        }
        Ok(())
    }

    pub(super) async fn elevated(&mut self) {
        let asked: Vec<&str> = self
            .set
            .into_iter()
            .flat_map(|s| s.migrations())
            .filter(|m| matches!(m.directives.role, Some(surefoot_source::Role::Elevated)))
            .map(|m| m.id.as_str())
            .collect();
        let connector = &self.target.connector;
        let environment = &self.target.spec.environment;
        if let Some(url) = &connector.elevated_url {
            let mut options = ConnectOptions::new(url.clone(), "surefoot doctor");
            options.timeout = Duration::from_secs(5);
            match Session::connect(&options).await {
                Ok(session) => {
                    let same = url.database() == connector.url.database();
                    session.close().await;
                    if same {
                        self.report.ok("elevated role", format!("{url} answers"));
                    } else {
                        self.report.fail(
                            "elevated role",
                            format!("{url} leads to another database than {}", connector.url),
                            format!("correct elevated-url in [environments.{environment}]"),
                        );
                    }
                }
                Err(e) => self.report.error("elevated role", &e.into()),
            }
        } else if let Some(role) = &connector.elevated_role {
            let may = self
                .one(&format!(
                    "SELECT pg_catalog.pg_has_role(oid, 'MEMBER') FROM pg_catalog.pg_roles WHERE rolname = {}",
                    literal(role)
                ))
                .await;
            match may {
                Ok(row) if text(&row, 0) == "t" => self.report.ok("elevated role", format!("SET ROLE {role}")),
                Ok(row) if row.is_empty() => self.report.fail(
                    "elevated role",
                    format!("there is no role {role}"),
                    format!("create it, or correct elevated-role in [environments.{environment}]"),
                ),
                Ok(_) => self.report.fail(
                    "elevated role",
                    format!("{} may not SET ROLE {role}", connector.url.user()),
                    format!("as an administrator: GRANT {} TO {};", ident(role), ident(connector.url.user())),
                ),
                Err(e) => self.unless_asked("elevated role", Err(e)),
            }
        } else if !asked.is_empty() && !connector.single_connection {
            let superuser = self.one("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user").await;
            if superuser.is_ok_and(|row| text(&row, 0) == "t") {
                self.report.ok("elevated role", "not needed: the role is a superuser");
            } else {
                self.report.warn(
                    "elevated role",
                    format!("none is configured, and {} asks for it", asked.join(", ")),
                    format!(
                        "set elevated-url or elevated-role in [environments.{environment}], or SUREFOOT_ELEVATED_URL"
                    ),
                );
            }
        }
    }

    pub(super) async fn extensions(&mut self) -> Asked {
        let Some(set) = self.set else { return Ok(()) };
        let history = History::read(self.project, set, &self.target.spec.environment, Some(self.session)).await;
        let pending: Vec<&Migration> = match &history {
            Ok(history) => history.to_run(set),
            // The journal's own check has told why.
            Err(_) => return Ok(()),
        };
        let wanted = extensions_of(self.project, self.invocation, &pending);
        if wanted.is_empty() {
            self.report.ok("extensions", "pending migrations create none");
            return Ok(());
        }
        let names: Vec<String> = wanted.iter().map(|(n, _)| literal(n)).collect();
        let rows = self
            .session
            .rows(&format!(
                "SELECT w.name, a.default_version, e.extversion, coalesce(v.trusted, false) OR r.rolsuper OR NOT coalesce(v.superuser, true) \
                 FROM unnest(ARRAY[{}]::text[]) w(name) \
                 LEFT JOIN pg_catalog.pg_available_extensions a ON a.name = w.name \
                 LEFT JOIN pg_catalog.pg_extension e ON e.extname = w.name \
                 LEFT JOIN pg_catalog.pg_available_extension_versions v ON v.name = a.name AND v.version = a.default_version \
                 CROSS JOIN pg_catalog.pg_roles r WHERE r.rolname = current_user ORDER BY 1",
                names.join(", ")
            ))
            .await?;
        let connector = &self.target.connector;
        let elevated = connector.elevated_url.is_some() || connector.elevated_role.is_some();
        let (mut good, mut bad, mut remedies) = (Vec::new(), Vec::new(), Vec::new());
        for row in &rows {
            let name = row.get(0).unwrap_or_default();
            let by = wanted.iter().find(|(n, _)| n == name).map_or("", |(_, id)| id.as_str());
            match (row.get(1), row.get(2)) {
                (_, Some(version)) => good.push(format!("{name} {version} is there")),
                (None, None) => {
                    bad.push(format!("{name}, which {by} creates, is not on the server"));
                    remedies.push(if connector.single_connection {
                        "use a server that has it: --url, or url in [environments.<name>]".to_owned()
                    } else {
                        format!("install the package of {name} on the server")
                    });
                }
                (Some(version), None) if row.get(3) == Some("t") || elevated => {
                    good.push(format!("{name} {version} can be created"));
                }
                (Some(version), None) => {
                    bad.push(format!("{name} {version}, which {by} creates, needs a superuser"));
                    remedies.push(format!(
                        "set elevated-url and put `-- surefoot: role elevated` in {by}, or as a superuser: CREATE EXTENSION {};",
                        ident(name)
                    ));
                }
            }
        }
        if bad.is_empty() {
            self.report.ok("extensions", good.join(", "));
        } else {
            self.report.fail("extensions", bad.join("; "), remedies.join("; "));
        }
        Ok(())
    }
}

//! What a database holds, and the statements that drop it.

use surefoot_pg::{Session, ident, literal};

use crate::Result;
use crate::target::Target;

/// What there is to drop.
#[derive(Debug, Default)]
pub(super) struct Inventory {
    /// Statements that empty the database.
    pub(super) whole: Vec<String>,
    /// Statements that drop the larger things one by one, before `whole`.
    pub(super) pieces: Vec<String>,
    /// Extensions for the elevated role, afterwards.
    pub(super) elevated_extensions: Vec<String>,
    pub(super) dropped: Vec<String>,
    pub(super) left: Vec<String>,
}

impl Inventory {
    pub(super) async fn read(session: &Session, journal: &str, target: &Target) -> Result<Self> {
        let mut out = Self::default();
        let elevated = target.connector.elevated_url.is_some() || target.connector.elevated_role.is_some();
        // Event triggers first: they would fire on our own drops.
        out.named(
            session,
            "EVENT TRIGGER",
            &format!(
                "SELECT e.evtname, {} FROM pg_catalog.pg_event_trigger e JOIN pg_catalog.pg_proc p ON p.oid = e.evtfoid \
                 JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
                 WHERE n.nspname <> {} AND NOT {}",
                mine_to_drop("e.evtowner"),
                literal(journal),
                member("pg_event_trigger", "e.oid"),
            ),
        )
        .await?;
        let kept = out.extensions(session, elevated).await?;
        for (kind, query) in [
            (
                "PUBLICATION",
                format!("SELECT p.pubname, {} FROM pg_catalog.pg_publication p", mine_to_drop("p.pubowner")),
            ),
            (
                "SERVER",
                format!(
                    "SELECT s.srvname, {} FROM pg_catalog.pg_foreign_server s WHERE NOT {}",
                    mine_to_drop("s.srvowner"),
                    member("pg_foreign_server", "s.oid"),
                ),
            ),
            (
                "FOREIGN DATA WRAPPER",
                format!(
                    "SELECT f.fdwname, {} FROM pg_catalog.pg_foreign_data_wrapper f WHERE NOT {}",
                    mine_to_drop("f.fdwowner"),
                    member("pg_foreign_data_wrapper", "f.oid"),
                ),
            ),
        ] {
            out.named(session, kind, &query).await?;
        }
        out.schemas(session, journal, &kept).await?;
        // A language after the functions written in it.
        out.named(
            session,
            "LANGUAGE",
            &format!(
                "SELECT l.lanname, {} FROM pg_catalog.pg_language l WHERE l.oid >= 16384 AND NOT {}",
                mine_to_drop("l.lanowner"),
                member("pg_language", "l.oid"),
            ),
        )
        .await?;
        out.casts(session).await?;
        out.large_objects(session).await?;
        let subscriptions =
            session.rows("SELECT pg_catalog.has_table_privilege('pg_catalog.pg_subscription', 'SELECT')").await?;
        if subscriptions.first().and_then(|r| r.get(0)) == Some("t") {
            let rows = session
                .rows(
                    "SELECT s.subname FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d \
                     ON d.oid = s.subdbid WHERE d.datname = pg_catalog.current_database() ORDER BY 1",
                )
                .await?;
            for name in rows.iter().filter_map(|r| r.get(0)) {
                out.left.push(format!("subscription {name}: its slot is on another server"));
            }
        }
        Ok(out)
    }

    /// Things with a plain name: `query` gives the name and whether we may drop it.
    pub(super) async fn named(&mut self, session: &Session, kind: &str, query: &str) -> Result<()> {
        for row in session.rows(&format!("{query} ORDER BY 1")).await? {
            let name = row.get(0).unwrap_or_default();
            if row.get(1) == Some("t") {
                self.whole.push(format!("DROP {kind} IF EXISTS {} CASCADE", ident(name)));
                self.dropped.push(format!("{} {name}", kind.to_lowercase()));
            } else {
                self.left.push(format!("{} {name}: it belongs to another role", kind.to_lowercase()));
            }
        }
        Ok(())
    }

    /// Returns the schemas that must stay because an extension that stays lives there.
    pub(super) async fn extensions(&mut self, session: &Session, elevated: bool) -> Result<Vec<String>> {
        let rows = session
            .rows(&format!(
                "SELECT e.extname, n.nspname, {} FROM pg_catalog.pg_extension e \
                 JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname <> 'plpgsql' ORDER BY 1",
                mine_to_drop("e.extowner")
            ))
            .await?;
        let mut kept = Vec::new();
        for row in rows {
            let (name, schema) = (row.get(0).unwrap_or_default(), row.get(1).unwrap_or_default());
            if row.get(2) == Some("t") {
                self.whole.push(format!("DROP EXTENSION IF EXISTS {} CASCADE", ident(name)));
                self.dropped.push(format!("extension {name}"));
                continue;
            }
            kept.push(schema.to_owned());
            if elevated {
                self.elevated_extensions.push(name.to_owned());
            } else {
                self.left.push(format!("extension {name}: it belongs to another role"));
            }
        }
        Ok(kept)
    }

    pub(super) async fn schemas(&mut self, session: &Session, journal: &str, kept: &[String]) -> Result<()> {
        let rows = session
            .rows(&format!(
                "SELECT n.nspname, {}, pg_catalog.pg_get_userbyid(n.nspowner), {} FROM pg_catalog.pg_namespace n \
                 WHERE {} ORDER BY n.nspname = 'public', 1",
                mine_to_drop("n.nspowner"),
                member("pg_namespace", "n.oid"),
                mine(journal),
            ))
            .await?;
        let standard = standard_public(session).await?;
        let mut has_public = false;
        for row in rows {
            let (name, owner) = (row.get(0).unwrap_or_default(), row.get(2).unwrap_or_default());
            let (mine, of_extension) = (row.get(1) == Some("t"), row.get(3) == Some("t"));
            has_public |= name == "public";
            let stays = !mine || of_extension || kept.iter().any(|k| k == name);
            let content = content(session, name).await?;
            self.pieces.extend(content.iter().cloned());
            if stays {
                if !content.is_empty() {
                    self.dropped.push(format!("content of schema {name}"));
                    self.whole.extend(content);
                }
                if name != "public" && !of_extension {
                    let why = if mine { "an extension that stays is in it" } else { "it belongs to another role" };
                    self.left.push(format!("schema {name}: {why}"));
                }
                continue;
            }
            self.whole.push(format!("DROP SCHEMA IF EXISTS {} CASCADE", ident(name)));
            if name != "public" {
                self.dropped.push(format!("schema {name}"));
                continue;
            }
            self.dropped.push("content of schema public".into());
            self.whole.push(standard.create(Some(owner)));
        }
        if !has_public && standard.may_create {
            self.whole.push(standard.create(None));
        }
        Ok(())
    }

    pub(super) async fn casts(&mut self, session: &Session) -> Result<()> {
        let rows = session
            .rows(&format!(
                "SELECT (pg_catalog.pg_identify_object('pg_catalog.pg_cast'::regclass, c.oid, 0)).identity \
                 FROM pg_catalog.pg_cast c JOIN pg_catalog.pg_type s ON s.oid = c.castsource \
                 JOIN pg_catalog.pg_type t ON t.oid = c.casttarget \
                 WHERE c.oid >= 16384 AND NOT {} AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend y \
                   WHERE y.classid = 'pg_catalog.pg_cast'::regclass AND y.objid = c.oid AND y.deptype = 'i') \
                 AND ({} OR {}) ORDER BY 1",
                member("pg_cast", "c.oid"),
                mine_to_drop("s.typowner"),
                mine_to_drop("t.typowner"),
            ))
            .await?;
        for cast in rows.iter().filter_map(|r| r.get(0)) {
            self.whole.push(format!("DROP CAST IF EXISTS {cast} CASCADE"));
            self.dropped.push(format!("cast {cast}"));
        }
        Ok(())
    }

    pub(super) async fn large_objects(&mut self, session: &Session) -> Result<()> {
        let from = format!("FROM pg_catalog.pg_largeobject_metadata l WHERE {}", mine_to_drop("l.lomowner"));
        let rows = session.rows(&format!("SELECT pg_catalog.count(*) {from}")).await?;
        let count: u64 = rows.first().and_then(|r| r.parse(0)).unwrap_or_default();
        if count > 0 {
            self.whole.push(format!("SELECT pg_catalog.lo_unlink(l.oid) {from}"));
            self.dropped.push(format!("{count} large objects"));
        }
        Ok(())
    }
}

/// The schema `public` as the server makes it for a new database.
pub(super) struct StandardPublic {
    owner: String,
    may_give: bool,
    may_create: bool,
    grant: &'static str,
}

impl StandardPublic {
    /// `owner` is whom it belonged to, when it was there.
    pub(super) fn create(&self, owner: Option<&str>) -> String {
        let owner = if self.may_give { Some(self.owner.as_str()) } else { owner };
        let authorization = owner.map(|o| format!(" AUTHORIZATION {}", ident(o))).unwrap_or_default();
        format!(
            "CREATE SCHEMA public{authorization}; GRANT {} ON SCHEMA public TO PUBLIC; \
             COMMENT ON SCHEMA public IS 'standard public schema'",
            self.grant
        )
    }
}

pub(super) async fn standard_public(session: &Session) -> Result<StandardPublic> {
    // Since PostgreSQL 15 it belongs to the owner of the database, and only he may create there.
    let modern = session.major() >= 15;
    let rows = session
        .rows(&format!(
            "SELECT r.rolname, {}, pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') \
             FROM pg_catalog.pg_roles r JOIN pg_catalog.pg_database d ON d.datname = pg_catalog.current_database() \
             WHERE {}",
            if modern { mine_to_drop("d.datdba") } else { "pg_catalog.pg_has_role(r.oid, 'MEMBER')".to_owned() },
            if modern { "r.rolname = 'pg_database_owner'" } else { "r.oid = 10" },
        ))
        .await?;
    let row = rows.first();
    Ok(StandardPublic {
        owner: row.and_then(|r| r.get(0)).unwrap_or_default().to_owned(),
        may_give: row.and_then(|r| r.get(1)) == Some("t"),
        may_create: row.and_then(|r| r.get(2)) == Some("t"),
        grant: if modern { "USAGE" } else { "ALL" },
    })
}

/// A condition on `pg_namespace n`: neither the system's nor the journal's.
pub(super) fn mine(journal: &str) -> String {
    format!("n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', {})", literal(journal))
}

/// A condition: the role has the rights of `owner`.
pub(super) fn mine_to_drop(owner: &str) -> String {
    format!("pg_catalog.pg_has_role({owner}, 'USAGE')")
}

/// A condition: the object belongs to an extension.
pub(super) fn member(catalog: &str, oid: &str) -> String {
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_depend x WHERE x.classid = 'pg_catalog.{catalog}'::regclass \
         AND x.objid = {oid} AND x.deptype = 'e')"
    )
}

/// Statements that drop what is in a schema, one by one, without what belongs to extensions.
pub(super) async fn content(session: &Session, schema: &str) -> Result<Vec<String>> {
    // Catalog, columns for schema and owner, further condition, rank.
    let kinds = [
        // The sequence of an identity column goes with its table, and not otherwise.
        (
            "pg_class",
            "relnamespace",
            "relowner",
            "(o.relkind IN ('r', 'p', 'v', 'm', 'f') OR o.relkind = 'S' AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend y \
             WHERE y.classid = 'pg_catalog.pg_class'::regclass AND y.objid = o.oid AND y.deptype = 'i'))",
            1,
        ),
        ("pg_proc", "pronamespace", "proowner", "true", 2),
        ("pg_operator", "oprnamespace", "oprowner", "true", 3),
        ("pg_opfamily", "opfnamespace", "opfowner", "true", 3),
        // Not the row types of tables, not array types, and not the multirange that comes with a range.
        (
            "pg_type",
            "typnamespace",
            "typowner",
            "(o.typrelid = 0 OR (SELECT c.relkind FROM pg_catalog.pg_class c WHERE c.oid = o.typrelid) = 'c') \
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.typarray = o.oid) AND o.typtype <> 'm'",
            4,
        ),
        ("pg_collation", "collnamespace", "collowner", "true", 5),
        ("pg_conversion", "connamespace", "conowner", "true", 5),
        ("pg_statistic_ext", "stxnamespace", "stxowner", "true", 5),
        ("pg_ts_config", "cfgnamespace", "cfgowner", "true", 5),
        ("pg_ts_dict", "dictnamespace", "dictowner", "true", 6),
    ];
    let parts: Vec<String> = kinds
        .iter()
        .map(|(catalog, namespace, owner, condition, rank)| {
            format!(
                "SELECT {rank} AS rank, i.type, i.identity FROM pg_catalog.{catalog} o \
                 JOIN pg_catalog.pg_namespace n ON n.oid = o.{namespace} \
                 CROSS JOIN LATERAL pg_catalog.pg_identify_object('pg_catalog.{catalog}'::regclass, o.oid, 0) i \
                 WHERE n.nspname = {} AND o.oid >= 16384 AND {condition} AND NOT {} AND {}",
                literal(schema),
                member(catalog, "o.oid"),
                mine_to_drop(&format!("o.{owner}")),
            )
        })
        .collect();
    let rows = session.rows(&format!("{} ORDER BY 1, 2, 3", parts.join(" UNION ALL "))).await?;
    Ok(rows
        .iter()
        .filter_map(|r| {
            let (kind, identity) = (r.get(1)?, r.get(2)?);
            let kind = match kind {
                "statistics object" => "STATISTICS".to_owned(),
                "composite type" => "TYPE".to_owned(),
                other => other.to_uppercase(),
            };
            Some(format!("DROP {kind} IF EXISTS {identity} CASCADE"))
        })
        .collect())
}

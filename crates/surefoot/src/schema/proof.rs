//! A script tried on a copy of the first schema with rows in it: four assertions.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use surefoot_catalog::{Body, Catalog, Id, Kind, Object};
use surefoot_diff::{Script, diff};
use surefoot_introspect::{Options, Snapshot, snapshot};
use surefoot_pg::{ConnectUrl, Session, literal};

use crate::schema::compare::{about_roles, build, first_line, is_role, order, run_step, summary};
use crate::schema::sample::{Filled, fill};
use crate::schema::{DiffReport, Lab};
use crate::{Error, Result};

/// What trying the script has shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "proof", rename_all = "snake_case")]
pub enum Proof {
    /// The script gives exactly the wanted schema, a second comparison finds nothing, rows survive where no step claims a
    /// loss, and the way back gives the schema before.
    Proven {
        /// Where it was tried.
        place: String,
        /// What became of rows.
        rows: RowsKept,
    },
    /// It does not.
    Failed {
        /// What happened.
        reason: String,
    },
}

/// Rows that were put into the copy before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RowsKept {
    /// Tables that had some.
    pub tables: usize,
    /// Rows in all; all of them were there afterwards, but for those that a step says it loses.
    pub rows: u64,
    /// Tables for which no row could be made up, and the server's word.
    pub empty: Vec<String>,
    /// Why the script was tried without rows: it depends on what is in the tables.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depends: Option<String>,
}

/// How a try ended that went to its end.
enum Tried {
    Good(RowsKept),
    Bad(String),
    /// A statement that fails because of rows.
    Rows(String),
}

/// Applies the script to a copy of the first schema, compares with the second, and goes back.
pub(super) async fn prove(lab: &Lab, a: &Catalog, b: &Catalog, report: &DiffReport) -> Result<Proof> {
    let tried = async {
        Ok(match attempt(lab, a, b, report, true).await? {
            // Whether it works hangs on the rows of the target; what it makes does not.
            Tried::Rows(reason) => match attempt(lab, a, b, report, false).await? {
                Tried::Good(kept) => Tried::Good(RowsKept { depends: Some(reason), ..kept }),
                other => other,
            },
            other => other,
        })
    }
    .await;
    Ok(match tried {
        Ok(Tried::Good(rows)) => Proof::Proven { place: lab.place.clone(), rows },
        Ok(Tried::Bad(reason) | Tried::Rows(reason)) => Proof::Failed { reason },
        Err(Error::Schema { message, .. }) => Proof::Failed { reason: message },
        Err(other) => return Err(other),
    })
}

async fn attempt(lab: &Lab, a: &Catalog, b: &Catalog, report: &DiffReport, with_rows: bool) -> Result<Tried> {
    let wanted = lab.database("wanted").await?;
    build(lab, &wanted, b).await?;
    let wanted = lines(lab, &wanted).await?;
    let url = lab.database("proof").await?;
    build(lab, &url, a).await?;
    let before = lines(lab, &url).await?;
    let session = lab.session(&url).await?;
    let prepared = async {
        let filled = if with_rows { fill(&session).await? } else { Filled::default() };
        Ok::<_, Error>((filled, Rows::read(&session).await?))
    }
    .await;
    session.close().await;
    let (filled, rows) = prepared?;
    for (script, wanted, lines_wanted, what) in
        [(&report.script, b, &wanted, "the script"), (&report.back, a, &before, "the way back")]
    {
        let session = lab.session(&url).await?;
        let ran = run(&session, script, lab).await;
        let kept = match &ran {
            Ok(None) if what == "the script" => rows.lost(&session, report).await.map(Some),
            _ => Ok(None),
        };
        session.close().await;
        match ran? {
            None => {}
            Some(reason) if filled.rows > 0 => return Ok(Tried::Rows(format!("{what}: {reason}"))),
            Some(reason) => return Ok(Tried::Bad(reason)),
        }
        if let Some(Some(lost)) = kept? {
            return Ok(Tried::Bad(lost));
        }
        let options = surefoot_diff::Options { owners: false, privileges: false, ..Default::default() };
        let now = lab.read(&url, &[]).await?;
        let left = diff(&bare(&now), &bare(wanted), &options).map_err(|e| order(&e))?;
        if !left.is_empty() {
            let names: Vec<String> = summary(&left).iter().map(|d| format!("{} {}", d.kind, d.name)).collect();
            return Ok(Tried::Bad(format!("{what} leaves differences in {}", names.join(", "))));
        }
        // The model may be blind where it is wrong: lines that share no query with it are the judge.
        let differs: Vec<String> = lines(lab, &url)
            .await?
            .diff(lines_wanted)
            .iter()
            .filter(|d| !d.order_only && !is_of_roles(&d.kind))
            .map(|d| format!("{} {}", d.kind, d.identity))
            .collect();
        if !differs.is_empty() {
            return Ok(Tried::Bad(format!("{what} gives another schema: {}", differs.join(", "))));
        }
    }
    Ok(Tried::Good(RowsKept { tables: filled.tables, rows: filled.rows, empty: filled.empty, depends: None }))
}

async fn lines(lab: &Lab, url: &ConnectUrl) -> Result<Snapshot> {
    let session = lab.session(url).await?;
    let seen = snapshot(&session, &Options::default()).await;
    session.close().await;
    Ok(seen?)
}

/// Kinds that are left out where roles are not there.
fn is_of_roles(kind: &str) -> bool {
    kind.contains("privilege")
        || kind.contains("setting")
        || kind.contains("database")
        || kind.contains("owner")
        || kind.contains("role")
}

/// Runs a script; what a statement fails of because of rows is given as text.
async fn run(session: &Session, script: &Script, lab: &Lab) -> Result<Option<String>> {
    for step in script.steps.iter().filter(|s| !is_role(s) && !about_roles(&s.sql)) {
        if let Err(e) = run_step(session, &step.sql, lab).await {
            let text = format!("{}: {e}", first_line(&step.sql));
            if e.code().is_some_and(|code| code.starts_with("22") || code.starts_with("23")) {
                return Ok(Some(text));
            }
            return Err(Error::Schema {
                code: "script-fails",
                message: text,
                hint: "please report the two schemas: this script should work".into(),
            });
        }
    }
    Ok(None)
}

/// The rows of all tables, by what survives a change of names: the table's OID, the column's number.
struct Rows {
    tables: Vec<Kept>,
}

struct Kept {
    oid: String,
    schema: String,
    name: String,
    rows: usize,
    /// Number, name, type, and the values that are not NULL.
    columns: Vec<(i32, String, Vec<String>)>,
}

impl Rows {
    async fn read(session: &Session) -> Result<Self> {
        let mut tables = Vec::new();
        for (oid, schema, name) in list(session).await? {
            let columns = columns(session, &oid).await?;
            let values = values(session, &schema, &name, &columns).await?;
            let rows = values.first().map_or(0, |(_, _, all)| all.len());
            if rows > 0 {
                let columns = values
                    .into_iter()
                    .map(|(number, name, all)| (number, name, all.into_iter().flatten().collect()))
                    .collect();
                tables.push(Kept { oid, schema, name, rows, columns });
            }
        }
        Ok(Self { tables })
    }

    /// What is gone that no step said it would lose.
    async fn lost(&self, session: &Session, report: &DiffReport) -> Result<Option<String>> {
        let claimed: BTreeSet<&Id> =
            report.script.steps.iter().filter(|s| s.loss.is_some()).map(|s| &s.object).collect();
        let whole = |kept: &Kept| claimed.contains(&Id::new(Kind::Table, &kept.schema, &kept.name));
        // A type that loses values takes those of its columns with it.
        let only_count = claimed.iter().any(|id| !matches!(id.kind, Kind::Table | Kind::Column));
        let now: BTreeMap<String, (String, String)> =
            list(session).await?.into_iter().map(|(oid, schema, name)| (oid, (schema, name))).collect();
        for kept in self.tables.iter().filter(|kept| !whole(kept)) {
            let named = (kept.schema.clone(), kept.name.clone());
            let same = now.get(&kept.oid);
            let anew = now.iter().find(|(_, name)| **name == named);
            let Some((oid, (schema, name))) = same.map(|name| (&kept.oid, name)).or(anew) else {
                return Ok(Some(format!(
                    "the rows of {}.{} are gone, and no statement says so",
                    kept.schema, kept.name
                )));
            };
            let columns = columns(session, oid).await?;
            let values = values(session, schema, name, &columns).await?;
            let rows = values.first().map_or(0, |(_, _, all)| all.len());
            if rows < kept.rows {
                let place = format!("{schema}.{name}");
                return Ok(Some(format!("{place} has {rows} of its {} rows, and no statement says so", kept.rows)));
            }
            if only_count {
                continue;
            }
            let table = Id::new(Kind::Table, &kept.schema, &kept.name);
            for (number, column, before) in &kept.columns {
                if claimed.contains(&table.part(Kind::Column, column)) {
                    continue;
                }
                let by_number = values.iter().find(|(n, _, _)| same.is_some() && n == number);
                let Some((_, now_named, after)) = by_number.or_else(|| values.iter().find(|(_, n, _)| n == column))
                else {
                    return Ok(Some(format!("the values of {name}.{column} are gone, and no statement says so")));
                };
                if !survived(session, schema, name, now_named, before, after).await? {
                    return Ok(Some(format!("the values of {name}.{now_named} are others, and no statement says so")));
                }
            }
        }
        Ok(None)
    }
}

/// Whether each value is there afterwards, as its new type writes it.
async fn survived(
    session: &Session,
    schema: &str,
    table: &str,
    column: &str,
    before: &[String],
    after: &[Option<String>],
) -> Result<bool> {
    let mut left: Vec<&String> = after.iter().flatten().collect();
    let mut take = |value: &String| left.iter().position(|v| *v == value).map(|at| left.swap_remove(at)).is_some();
    if before.iter().all(&mut take) {
        return Ok(true);
    }
    let list: Vec<String> = before.iter().map(|v| format!("({})", literal(v))).collect();
    let kind = session
        .rows(&format!(
            "SELECT pg_catalog.format_type(atttypid, atttypmod) FROM pg_catalog.pg_attribute WHERE attname = {} \
             AND attrelid = {}::regclass",
            literal(column),
            literal(&format!("{}.{}", surefoot_pg::ident(schema), surefoot_pg::ident(table)))
        ))
        .await?;
    let Some(kind) = kind.first().and_then(|r| r.get(0)) else { return Ok(true) };
    // What the new type cannot read was converted by an expression of the script's own.
    let Ok(cast) = session.rows(&format!("SELECT (v.x::{kind})::text FROM (VALUES {}) v(x)", list.join(", "))).await
    else {
        return Ok(true);
    };
    let mut left: Vec<&String> = after.iter().flatten().collect();
    Ok(cast
        .iter()
        .filter_map(|r| r.get(0))
        .all(|value| left.iter().position(|v| v.as_str() == value).map(|at| left.swap_remove(at)).is_some()))
}

async fn list(session: &Session) -> Result<Vec<(String, String, String)>> {
    let rows = session
        .rows(
            "SELECT c.oid, n.nspname, c.relname FROM pg_catalog.pg_class c \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' \
             AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_' \
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass \
               AND d.objid = c.oid AND d.deptype = 'e') ORDER BY 2, 3",
        )
        .await?;
    let text = |row: &surefoot_pg::Row, i: usize| row.get(i).unwrap_or_default().to_owned();
    Ok(rows.iter().map(|row| (text(row, 0), text(row, 1), text(row, 2))).collect())
}

async fn columns(session: &Session, oid: &str) -> Result<Vec<(i32, String)>> {
    let rows = session
        .rows(&format!(
            "SELECT attnum, attname FROM pg_catalog.pg_attribute WHERE attrelid = {oid} AND attnum > 0 \
             AND NOT attisdropped AND attgenerated = '' ORDER BY attnum"
        ))
        .await?;
    Ok(rows.iter().filter_map(|r| Some((r.parse(0)?, r.get(1)?.to_owned()))).collect())
}

type Values = Vec<(i32, String, Vec<Option<String>>)>;

async fn values(session: &Session, schema: &str, table: &str, columns: &[(i32, String)]) -> Result<Values> {
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let list: Vec<String> = columns.iter().map(|(_, name)| format!("{}::text", surefoot_pg::ident(name))).collect();
    let from = format!("{}.{}", surefoot_pg::ident(schema), surefoot_pg::ident(table));
    let rows = session.rows(&format!("SELECT {} FROM ONLY {from}", list.join(", "))).await?;
    Ok(columns
        .iter()
        .enumerate()
        .map(|(i, (number, name))| {
            (*number, name.clone(), rows.iter().map(|row| row.get(i).map(str::to_owned)).collect())
        })
        .collect())
}

/// What is left out where roles are not there.
fn bare(catalog: &Catalog) -> Catalog {
    catalog.filtered(|object: &Object| {
        !matches!(
            object.id.kind,
            Kind::Role | Kind::Membership | Kind::Database | Kind::DefaultPrivilege | Kind::Setting
        ) && !matches!(&object.body, Body::Schema(_) if &*object.id.name == "surefoot")
    })
}

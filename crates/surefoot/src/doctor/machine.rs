//! This machine: server binaries and the dev database.

use surefoot_devdb::{Found, Need, Request, Surroundings, choose, find_binaries};
use surefoot_pg::ConnectUrl;

use super::DoctorReport;
use crate::config::interpolate;
use crate::target::EMBEDDED;
use crate::{Invocation, Project};

/// This machine: server binaries and the dev database.
pub(super) fn machine(
    report: &mut DoctorReport,
    invocation: &Invocation,
    project: Option<&Project>,
    extensions: &[String],
    needs: Vec<Need>,
    major: Option<u32>,
) {
    let var = |name: &str| invocation.variables.get(name).filter(|v| !v.is_empty());
    let binaries = find_binaries(&Surroundings {
        pg_bin: var("PG_BIN").map(Into::into),
        path: var("PATH").map(Into::into),
        root: None,
    });
    if binaries.is_empty() {
        report.ok("binaries", "no PostgreSQL server on this machine; the embedded one serves as dev database");
    } else {
        let list: Vec<String> =
            binaries.iter().map(|f| format!("PostgreSQL {} in {}", f.version, f.bindir.display())).collect();
        report.ok("binaries", list.join(", "));
    }
    let Some(project) = project else { return };
    dev_database(report, invocation, project, extensions, needs, major, binaries);
}

fn dev_database(
    report: &mut DoctorReport,
    invocation: &Invocation,
    project: &Project,
    extensions: &[String],
    needs: Vec<Need>,
    major: Option<u32>,
    binaries: Vec<Found>,
) {
    let name = "dev database";
    let configured = invocation
        .variables
        .get("SUREFOOT_DEV_URL")
        .filter(|v| !v.is_empty())
        .cloned()
        .or_else(|| project.config.dev.url.clone());
    let url = match configured.map(|u| interpolate(&u, &invocation.variables)).transpose() {
        Ok(url) => url,
        Err(reason) => {
            report.fail(
                name,
                format!("[dev] url: {reason}"),
                "set the variable, or remove the key: a dev database is found by itself",
            );
            return;
        }
    };
    if url.as_deref() == Some(EMBEDDED) {
        report.ok(name, "the embedded PostgreSQL, as configured");
        return;
    }
    let shown = match url.as_deref().map(ConnectUrl::parse).transpose() {
        Ok(shown) => shown,
        Err(e) => {
            report.fail(name, format!("[dev] url: {e}"), e.hint());
            return;
        }
    };
    let mut extensions = extensions.to_vec();
    extensions.sort();
    extensions.dedup();
    let request = Request { url, major: project.config.dev.major.or(major), extensions, needs, binaries };
    match choose(&request) {
        Err(e) => report.warn(name, e.to_string(), e.hint().unwrap_or_default()),
        Ok(choice) => {
            let source = match (&choice.source, &shown) {
                (surefoot_devdb::Source::Url(_), Some(url)) => format!("a scratch database on {url}: "),
                _ => String::new(),
            };
            let found = format!("{source}{}", choice.reason);
            match choice.other_major {
                Some((target, dev)) => report.warn(
                    name,
                    format!("{found}, but the target is PostgreSQL {target} and this is {dev}"),
                    format!("install PostgreSQL {target} on this machine, or set url in [dev] of surefoot.toml"),
                ),
                None => report.ok(name, found),
            }
        }
    }
}

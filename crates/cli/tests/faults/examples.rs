//! Up, down to base, up again: the same catalog, for each of the five systems.

use std::path::Path;

use surefoot_testkit::{Major, Project, TestDb, require};

use crate::lab::{end, surefoot};

fn round_trip(name: &str, extension: Option<&str>) {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    if let Some(extension) = extension
        && !db.cluster().has_extension(extension)
    {
        surefoot_testkit::pass_over(&format!("{name} needs the extension {extension}"));
        return;
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name);
    let project = Project::copy_of(&source);
    let run = |args: &[&str]| {
        project
            .command(surefoot())
            .args(args)
            .arg("--yes")
            .env("SUREFOOT_URL", db.url())
            .env("SUREFOOT_ELEVATED_URL", db.url())
            .run()
    };
    let before = end(&db.url());
    let first = run(&["up"]);
    assert_eq!(first.code, Some(0), "{name}: {first}");
    let up = end(&db.url());
    let down = run(&["down", "--all"]);
    assert_eq!(down.code, Some(0), "{name}: {down}");
    let base = end(&db.url());
    assert_eq!(base.hash, before.hash, "{name}: down to base leaves something\n{}", base.catalog());
    let again = run(&["up"]);
    assert_eq!(again.code, Some(0), "{name}: {again}");
    let twice = end(&db.url());
    assert_eq!(twice.catalog(), up.catalog(), "{name}");
    assert_eq!(twice.hash, up.hash, "{name}");
}

#[test]
fn clinical_trial_diary() {
    round_trip("clinical-trial-diary", None);
}

#[test]
fn dentamind() {
    round_trip("dentamind", None);
}

#[test]
fn derm_cds() {
    round_trip("derm-cds", Some("vector"));
}

#[test]
fn medical_record() {
    round_trip("medical-record", None);
}

#[test]
fn warehouse() {
    round_trip("warehouse", None);
}

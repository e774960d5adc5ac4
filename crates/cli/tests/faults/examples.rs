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

/// The clean-up of the four phases and its way back: not one value of the old column is another, nor one row.
#[test]
fn dentamind_comes_back_from_its_clean_up_with_every_value() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/dentamind");
    let project = Project::copy_of(&source);
    let run = |args: &[&str]| project.command(surefoot()).args(args).arg("--yes").env("SUREFOOT_URL", db.url()).run();
    let _ = run(&["up", "--to", "0011"]).success();
    // Values that no rule computes from the new column.
    let _ = db.sql(
        "ALTER TABLE treatments DISABLE TRIGGER USER; UPDATE treatments SET tooth_universal = 1 + id % 32 WHERE id % 3 = 0; \
         ALTER TABLE treatments ENABLE TRIGGER USER",
    );
    let values = "SELECT count(*), count(tooth_universal), md5(string_agg(t.id || ' ' || coalesce(tooth_universal, 0) || ' ' \
                  || tooth_fdi || ' ' || fee, ',' ORDER BY t.id)) FROM treatments t WHERE id <= 5000";
    let before = db.sql(values);
    let _ = run(&["up"]).success();
    assert_eq!(db.one("SELECT rows FROM surefoot_attic.items WHERE columns = ARRAY['tooth_universal']"), "5000");
    let _ = db.sql(
        "INSERT INTO treatments (appointment_id, procedure_code, tooth_fdi, fee, performed_at) \
         VALUES (1, 'D2140', '11', 10, now()), (1, 'D1110', '00', 10, now())",
    );
    let _ = run(&["down"]).success();
    assert_eq!(db.sql(values), before);
    let since = db.one(
        "SELECT string_agg(coalesce(tooth_universal::text, '-'), ' ' ORDER BY id) FROM treatments WHERE id > 5000",
    );
    assert_eq!(since, "8 -");
    assert_eq!(db.one("SELECT count(*) FROM surefoot_attic.items"), "0");
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

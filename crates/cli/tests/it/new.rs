//! `new`: each style of naming goes on as it is.

use insta::assert_snapshot;
use surefoot::{Invocation, NewMigration, Project as Opened, new_migration};
use surefoot_testkit::Project;

use crate::{said, surefoot};

const NOW: &str = "20261121130213";

fn create(project: &Project, wanted: &NewMigration) -> Result<Vec<String>, String> {
    let invocation = Invocation { folder: project.path().to_path_buf(), ..Invocation::default() };
    let opened = Opened::open(&invocation).map_err(|e| e.to_string())?;
    new_migration(&opened, wanted, NOW).map(|r| r.files).map_err(|e| {
        let hint = e.hint().unwrap_or_default();
        format!("{e}\nhint: {hint}")
    })
}

fn named(name: &str) -> NewMigration {
    NewMigration { name: name.into(), ..NewMigration::default() }
}

/// What `new add_email` writes beside `files`.
fn beside(files: &[&str]) -> String {
    let project = Project::new();
    for file in files {
        project.write(file, "SELECT 1;\n");
    }
    match create(&project, &named("add_email")) {
        Ok(files) => files.join(" "),
        Err(e) => e,
    }
}

#[test]
fn goes_on_in_the_style_of_the_folder() {
    let mut wrong = Vec::new();
    for (files, expected) in [
        (&[][..], "migrations/001_add_email.sql migrations/001_add_email.rollback.sql"),
        (
            &["migrations/001_a.sql", "migrations/rollback/001_rollback.sql"],
            "migrations/002_add_email.sql migrations/rollback/002_rollback.sql",
        ),
        (
            &["migrations/001_a.sql", "migrations/rollback/.gitkeep"],
            "migrations/002_add_email.sql migrations/rollback/002_rollback.sql",
        ),
        (
            &["migrations/009_a.sql", "migrations/009_a.rollback.sql"],
            "migrations/010_add_email.sql migrations/010_add_email.rollback.sql",
        ),
        (
            &["migrations/1_a.sql", "migrations/28_b.sql"],
            "migrations/29_add_email.sql migrations/29_add_email.rollback.sql",
        ),
        (
            &["migrations/0012_a.up.sql", "migrations/0012_a.down.sql"],
            "migrations/0013_add_email.up.sql migrations/0013_add_email.down.sql",
        ),
        (&["migrations/0012_a.up.sql"], "migrations/0013_add_email.up.sql migrations/0013_add_email.down.sql"),
        (&["db/001_a.sql", "db/002_b.sql", "db/down/001_a.sql"], "db/003_add_email.sql db/down/003_add_email.sql"),
        (
            &["migrations/001_a.sql", "migrations/rollback/rollback_001.sql"],
            "migrations/002_add_email.sql migrations/rollback/rollback_002.sql",
        ),
        (
            &["migrations/001_a.sql", "migrations/rollback/1_undo_a.sql"],
            "migrations/002_add_email.sql migrations/rollback/2_undo_add_email.sql",
        ),
        (
            &["migrations/V1__a.sql", "migrations/V2__b.sql", "migrations/U2__b.sql"],
            "migrations/V3__add_email.sql migrations/U3__add_email.sql",
        ),
        (&["migrations/V1.9__a.sql"], "migrations/V1.10__add_email.sql migrations/U1.10__add_email.sql"),
        (&["migrations/V1_2__a.sql"], "migrations/V1_3__add_email.sql migrations/U1_3__add_email.sql"),
        (
            &["migrations/20240215120000_a/migration.sql"],
            "migrations/20261121130213_add_email/migration.sql migrations/20261121130213_add_email/down.sql",
        ),
        (
            &["migrations/20240215120000_a/up.sql", "migrations/20240215120000_a/down.sql"],
            "migrations/20261121130213_add_email/up.sql migrations/20261121130213_add_email/down.sql",
        ),
        (
            &["migrations/20240215120000_a.sql"],
            "migrations/20261121130213_add_email.sql migrations/20261121130213_add_email.rollback.sql",
        ),
        (
            &["migrations/20990215120000_a.sql"],
            "migrations/20990215120001_add_email.sql migrations/20990215120001_add_email.rollback.sql",
        ),
        (
            &["migrations/001_a/up.sql", "migrations/001_a/rollback.sql"],
            "migrations/002_add_email/up.sql migrations/002_add_email/rollback.sql",
        ),
        (
            &["migrations/20251014_001_a.sql", "migrations/20251015_002_b.sql"],
            "migrations/20261121_003_add_email.sql migrations/20261121_003_add_email.rollback.sql",
        ),
        (
            &["migrations/20251014_001_a.sql", "migrations/20251015_001_b.sql"],
            "migrations/20261121_001_add_email.sql migrations/20261121_001_add_email.rollback.sql",
        ),
        (
            &["migrations/2025-10-14_07_a.sql"],
            "migrations/2026-11-21_08_add_email.sql migrations/2026-11-21_08_add_email.rollback.sql",
        ),
        (
            &["migrations/20261121_001_a.sql"],
            "migrations/20261121_002_add_email.sql migrations/20261121_002_add_email.rollback.sql",
        ),
        (
            &["migrations/20251014_a.sql"],
            "migrations/20261121_add_email.sql migrations/20261121_add_email.rollback.sql",
        ),
        (
            &["migrations/20261121_a.sql"],
            "migrations/20261121130213_add_email.sql migrations/20261121130213_add_email.rollback.sql",
        ),
        (
            &["migrations/001_2025-10-14_a.sql"],
            "migrations/002_2026-11-21_add_email.sql migrations/002_2026-11-21_add_email.rollback.sql",
        ),
        (
            &["migrations/1700000000_a.up.sql"],
            "migrations/1795266133_add_email.up.sql migrations/1795266133_add_email.down.sql",
        ),
        (&["migrations/001 - first one.sql"], "migrations/002 - add_email.sql migrations/002 - add_email.rollback.sql"),
        (
            &["migrations/2025/001_a.sql"],
            "migrations/2026/002_add_email.sql migrations/2026/002_add_email.rollback.sql",
        ),
        (
            &["migrations/001_a.sql", "migrations/20240215120000_b.sql"],
            "migrations/20261121130213_add_email.sql migrations/20261121130213_add_email.rollback.sql",
        ),
    ] {
        let found = beside(files);
        if found != expected {
            wrong.push(format!("{files:?}\n  {found}\n  {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn joins_words_as_the_others_are_joined() {
    let project = Project::new()
        .file("migrations/001-add-users.sql", "SELECT 1;\n")
        .file("migrations/002-add-roles.sql", "SELECT 1;\n");
    let wanted = ["migrations/003-add-email.sql", "migrations/003-add-email.rollback.sql"];
    assert_eq!(create(&project, &named("Add email")).unwrap(), wanted);
    assert!(create(&project, &named("add_phone")).unwrap_err().contains("surefoot new add-phone"));
}

#[test]
fn the_configuration_wins_over_the_folder() {
    let timestamp = "[naming]\nstyle = \"timestamp\"\n";
    let project = Project::new().file("surefoot.toml", timestamp);
    let wanted = ["migrations/20261121130213_add_email/migration.sql", "migrations/20261121130213_add_email/down.sql"];
    assert_eq!(create(&project, &named("add_email")).unwrap(), wanted);
    let project = Project::new()
        .file("migrations/001_a.sql", "SELECT 1;\n")
        .file("surefoot.toml", format!("[migrations]\ndir = \"migrations\"\n{timestamp}"));
    assert_eq!(create(&project, &named("add_email")).unwrap()[0], "migrations/20261121130213_add_email.sql");
    let project = Project::new()
        .file("migrations/20240215120000_a.sql", "SELECT 1;\n")
        .file("surefoot.toml", "[migrations]\ndir = \"migrations\"\n[naming]\nstyle = \"numbered\"\n");
    assert_snapshot!(create(&project, &named("add_email")).unwrap_err(), @r#"
    [naming] style is "numbered", but migrations/20240215120000_a.sql is newer than any plain number
    hint: set style = "timestamp", or take the line out
    "#);
}

#[test]
fn a_name_against_the_rules_is_refused_with_a_better_one() {
    let project = Project::new().file("migrations/001_initial.sql", "SELECT 1;\n");
    for (name, better) in [
        ("AddPatientEmail", "add_patient_email"),
        ("adding_email", "add_email"),
        ("created_tables", "create_tables"),
        ("patient_email_index_add", "add_patient_email_index"),
        ("crate_table", "create_table"),
        ("new_table", "create_table"),
        ("vital_signs", "add_vital_signs"),
        ("002_add_email", "add_email"),
        ("add-email", "add_email"),
        (
            "add_an_index_on_the_email_of_patients_that_are_still_active",
            "add_an_index_on_the_email_of_patients_that_are",
        ),
    ] {
        let told = create(&project, &named(name)).unwrap_err();
        assert!(told.contains(&format!("surefoot new {better}\n")), "{name}: {told}");
    }
    for hostile in ["add_../../x", "add_a/b", "add_a\u{0}b", "add_a\nb/", "..", "", "   ", "!!!"] {
        for any_name in [false, true] {
            let wanted = NewMigration { any_name, ..named(hostile) };
            let _ = create(&project, &wanted);
        }
        assert_eq!(project.files().iter().filter(|f| !f.starts_with("migrations/")).count(), 0, "{hostile:?}");
    }
}

#[test]
fn the_rules_can_be_set() {
    let project = |naming: &str| {
        Project::new()
            .file("migrations/001_a.sql", "SELECT 1;\n")
            .file("surefoot.toml", format!("[migrations]\ndir = \"migrations\"\n[naming]\n{naming}\n"))
    };
    for (naming, name) in [
        ("verbs = []", "vital_signs"),
        ("verbs = [\"Erweitere\"]", "erweitere_patient"),
        ("case = \"any\"", "add_Email"),
        ("max-length = 80", "add_an_index_on_the_email_of_patients_that_are_still_active"),
        ("enforce = false", "Vital"),
    ] {
        let files = create(&project(naming), &named(name));
        assert_eq!(files.as_deref().map(|f| f[0].as_str()), Ok(&*format!("migrations/002_{name}.sql")), "{naming}");
    }
    assert!(create(&project("verbs = [\"create\"]"), &named("add_email")).is_err());
    assert!(create(&project("max-length = 5"), &named("add_email")).is_err());
    let anything = NewMigration { any_name: true, ..named("Vital") };
    assert_eq!(create(&project(""), &anything).unwrap()[0], "migrations/002_Vital.sql");
}

#[test]
fn a_name_that_would_be_read_otherwise_is_taken_back() {
    let project = Project::new().file("migrations/001_a.sql", "SELECT 1;\n");
    for name in ["rollback", "add_x.down", "undo"] {
        let told = create(&project, &NewMigration { any_name: true, ..named(name) });
        assert!(told.is_err(), "{name}: {told:?}");
        assert_eq!(project.files(), ["migrations/001_a.sql"], "{name}");
    }
}

#[test]
fn nothing_is_written_over() {
    let project = Project::new()
        .file("migrations/001_a.sql", "SELECT 1;\n")
        .file("migrations/rollback/001_rollback.sql", "SELECT 1;\n");
    std::fs::create_dir(project.join("migrations/002_add_email.sql")).unwrap();
    assert!(create(&project, &named("add_email")).unwrap_err().contains("is there already"));
    assert_eq!(project.files().len(), 2);
}

#[test]
fn many_at_once_get_a_number_each() {
    let project = Project::new().file("surefoot.toml", "").file("migrations/001_a.sql", "SELECT 1;\n");
    let running: Vec<_> = (0..8).map(|i| surefoot(&project, &["new", &format!("add_thing_{i}")]).start()).collect();
    for one in running {
        let _ = one.wait().success();
    }
    let mut numbers: Vec<String> = project
        .files()
        .iter()
        .filter_map(|f| f.strip_prefix("migrations/"))
        .filter(|f| !f.ends_with(".rollback.sql"))
        .map(|f| f[..3].to_owned())
        .collect();
    numbers.sort();
    assert_eq!(numbers, ["001", "002", "003", "004", "005", "006", "007", "008", "009"]);
}

#[test]
fn writes_the_header_of_the_clinical_trial_document() {
    let project = Project::new().file("database/migrations/001_initial_schema.sql", "BEGIN;\nSELECT 1;\nCOMMIT;\n");
    project.write("database/migrations/rollback/001_rollback.sql", "SELECT 1;\n");
    let wanted = NewMigration {
        ticket: Some("TICKET-001".into()),
        author: Some("Ann Example".into()),
        ..named("Add audit metadata")
    };
    let files = create(&project, &wanted).unwrap();
    assert_eq!(
        files,
        ["database/migrations/002_add_audit_metadata.sql", "database/migrations/rollback/002_rollback.sql"]
    );
    assert_snapshot!(project.read(&files[0]), @r"
    -- =====================================================
    -- Migration: 002 - Add audit metadata
    -- Ticket: TICKET-001
    -- Author: Ann Example
    -- Date: 2026-11-21
    -- =====================================================

    -- Purpose:
    -- Add audit metadata.

    -- Dependencies:
    -- Requires migration 001 (initial schema).

    BEGIN;



    COMMIT;
    ");
    assert_snapshot!(project.read(&files[1]), @r"
    -- =====================================================
    -- Rollback: 002 - Add audit metadata
    -- =====================================================

    BEGIN;

    -- Write the rollback in place of this statement, which refuses so that nothing passes for undone.
    DO $$ BEGIN
        RAISE EXCEPTION 'the rollback of 002_add_audit_metadata is not written yet';
    END $$;

    COMMIT;
    ");
}

#[test]
fn several_folders_ask_whose_it_is() {
    let project = Project::new()
        .file("a/migrations/001_a.sql", "SELECT 1;\n")
        .file("b/migrations/002_b.sql", "SELECT 1;\n")
        .file(
            "surefoot.toml",
            "[[migrations.dirs]]\npath = \"a/migrations\"\nowner = \"a-team\"\n[[migrations.dirs]]\npath = \"b/migrations\"\n",
        );
    assert_snapshot!(said(&project, &["new", "add_email"]), @r"
    exit code 64
    ----- stdout
    ----- stderr
    error: there are 2 migrations folders: a-team (a/migrations), b/migrations
    hint: say whose it is: --owner a-team
    ");
    assert_snapshot!(said(&project, &["new", "add_email", "--owner", "c"]), @r#"
    exit code 64
    ----- stdout
    ----- stderr
    error: there is no migrations folder of owner "c"
    hint: the owners: a-team (a/migrations), b/migrations
    "#);
    assert_snapshot!(said(&project, &["new", "add_email", "--owner", "a-team", "--no-down", "--author", "Ann"]), @r"
    exit code 0
    ----- stdout
    Wrote a/migrations/003_add_email.sql
    ----- stderr
    Next: write the SQL, then surefoot plan and surefoot up
    ");
}

#[test]
fn a_list_of_migrations_is_told_what_to_add() {
    let project = Project::new().file("migrations/001_a.sql", "SELECT 1;\n").file(
        "migrations/migration_config.yaml",
        "migrations:\n  - version: \"001\"\n    filename: \"001_a.sql\"\n    description: \"A\"\n",
    );
    assert_snapshot!(said(&project, &["new", "Add \"e\" mail"]), @r#"
    exit code 0
    ----- stdout
    Wrote migrations/002_add_e_mail.sql
    Wrote migrations/002_add_e_mail.rollback.sql
    ----- stderr
    warning: migrations/migration_config.yaml does not list it yet; add to `migrations`:

      - version: "002"
        filename: "002_add_e_mail.sql"
        description: "Add \"e\" mail"
        dependencies: ["001"]
        rollback_supported: true

    Next: write the SQL, then surefoot plan and surefoot up
    There is no surefoot.toml yet: surefoot init writes one
    "#);
    assert_snapshot!(said(&project, &["new", "Vital", "--json"]), @r#"
    exit code 3
    ----- stdout
    {
      "error": {
        "code": "name",
        "message": "\"Vital\" is against the naming rules\nthe name is not in snake_case: write `vital`\nthe name starts with `vital`, not with one of add, remove, update, rename, create, drop, alter, change, delete, insert, move, merge, split, enable, disable, grant, revoke, revert, set, backfill, migrate, convert, fix, replace, validate, make, index, partition, seed",
        "hint": "surefoot new add_vital\nor pass over the rules with --any-name; they are set in [naming] of surefoot.toml",
        "exit": 3
      }
    }
    ----- stderr
    "#);
}

//! `dev`: create, apply, seed, generate.

use surefoot_testkit::Project;

use crate::surefoot;

fn project() -> Project {
    Project::new()
        .file("migrations/001_create_a.sql", "CREATE TABLE a (id int PRIMARY KEY);\n")
        .file("seeds/development.sql", "INSERT INTO a VALUES (1) ON CONFLICT DO NOTHING;\n")
        .file(
            "surefoot.toml",
            "[project]\nname = \"clinic\"\n[environments.development]\nurl = \"embedded\"\n[dev]\ngenerate = \"cat > input.json; echo $DATABASE_URL > url; echo generated\"\n",
        )
}

#[test]
fn applies_seeds_and_generates() {
    let project = project();
    let out = surefoot(&project, &["dev"]).run().success();
    assert!(out.stdout.contains("Applied 1 migration. development is at 001."), "{out}");
    assert!(out.stdout.contains("Loaded 1 seed in development, 1 row."), "{out}");
    // What the command prints is no result of ours.
    assert!(out.stderr.contains("generated\n"), "{out}");
    assert!(project.read("input.json").contains("\"schema_version\":\"001\""), "{}", project.read("input.json"));
    assert!(project.read("url").starts_with("postgres"), "{}", project.read("url"));

    project.remove("url");
    let out = surefoot(&project, &["dev", "--skip-seed", "--skip-generate", "--json"]).run().success();
    assert!(out.stdout.contains("\"seed\": null") && out.stdout.contains("\"generated\": false"), "{out}");
    assert!(!project.join("url").exists());
}

#[test]
fn writes_a_migration_and_does_not_apply_an_empty_one() {
    let project = project();
    let out = surefoot(&project, &["dev", "--name", "add_b", "--create-only"]).run().success();
    assert!(out.stdout.contains("Write the change in migrations/002_add_b.sql"), "{out}");
    assert!(!project.join(".surefoot/db").exists());
    let out = surefoot(&project, &["dev", "--name", "add_c"]).run().success();
    assert!(out.stdout.contains("migrations/003_add_c.sql"), "{out}");
    assert!(!project.join(".surefoot/db").exists());
    let out = surefoot(&project, &["dev", "--create-only"]).run().code(64);
    assert!(out.stderr.contains("--name"), "{out}");
}

#[test]
fn a_generator_that_fails_fails_the_command_and_keeps_the_schema() {
    let project = project();
    project.write("surefoot.toml", "[project]\nname = \"clinic\"\n[dev]\ngenerate = \"exit 7\"\n");
    let out = surefoot(&project, &["dev"]).run().code(1);
    assert!(out.stderr.contains("[dev] generate `exit 7` failed: exit status 7"), "{out}");
    let _ = surefoot(&project, &["status"]).run().success();
}

//! `init`: what it sees and writes.

use insta::assert_snapshot;
use surefoot::config::Config;
use surefoot_testkit::Project;

use crate::{said, surefoot};

/// What it wrote, without comments and empty lines.
fn written(project: &Project) -> String {
    let text = project.read("surefoot.toml");
    if let Err(e) = Config::parse("surefoot.toml", &text) {
        panic!("{e}\n{text}");
    }
    // The commented lines are meant to be used as well.
    let live: String = text
        .lines()
        .map(|line| {
            let bare = line.strip_prefix("# ").unwrap_or(line);
            let is_toml = bare.starts_with('[') || bare.split_once(" = ").is_some_and(|(k, _)| !k.contains(' '));
            format!("{}\n", if is_toml { bare } else { line })
        })
        .collect();
    if let Err(e) = Config::parse("surefoot.toml", &live) {
        panic!("with the comments taken away: {e}\n{live}");
    }
    text.lines().filter(|l| !l.starts_with('#') && !l.is_empty()).map(|l| format!("{l}\n")).collect()
}

#[test]
fn an_empty_folder() {
    let project = Project::new().file(".git/HEAD", "ref: refs/heads/main\n").file(".gitignore", "/target");
    assert_snapshot!(said(&project, &["init", "--name", "shop"]), @r"
    exit code 0
    ----- stdout
    shop
      No migrations here yet.
    Wrote migrations/.gitkeep
    Wrote .gitignore
    Wrote surefoot.toml
    ----- stderr
    Next: surefoot new create_first_table, write the SQL, surefoot up
    ");
    assert_snapshot!(written(&project), @r#"
    [project]
    name = "shop"
    [migrations]
    dir = "migrations"
    [environments.development]
    url = "embedded"
    [naming]
    style = "numbered"
    "#);
    assert_eq!(project.read(".gitignore"), "/target\n.surefoot/\n");
    assert_eq!(project.files(), [".git/HEAD", ".gitignore", "migrations/.gitkeep", "surefoot.toml"]);
    project.write("surefoot.toml", "[project]\nname = \"mine\"\n");
    assert_snapshot!(said(&project, &["init"]), @r"
    exit code 0
    ----- stdout
    surefoot.toml is here already; nothing was written.
    ----- stderr
    hint: `surefoot status` shows where it stands; --force writes the file anew
    ");
    assert_eq!(project.read("surefoot.toml"), "[project]\nname = \"mine\"\n");
    let _ = surefoot(&project, &["init", "--force"]).run().success();
    assert!(project.read("surefoot.toml").contains("[environments.development]"));
    assert_eq!(project.read(".gitignore"), "/target\n.surefoot/\n");
    assert_snapshot!(said(&project, &["status"]), @r"
    exit code 0
    ----- stdout
    development is at nothing: 0 applied of 0 migrations.
    ----- stderr
    <name> → development embedded PostgreSQL (.surefoot/db)
    ");
}

#[test]
fn numbered_files_with_a_rollback_folder() {
    let project = Project::new()
        .file("database/migrations/001_initial_schema.sql", "SELECT 1;\n")
        .file("database/migrations/002_add_audit.sql", "SELECT 1;\n")
        .file("database/migrations/rollback/002_rollback.sql", "SELECT 1;\n")
        .file("database/migrations/README.md", "how\n")
        .file("seeds/demo.sql", "SELECT 1;\n")
        .file("alembic.ini", "");
    assert_snapshot!(said(&project, &["init", "--name", "diary"]), @r"
    exit code 0
    ----- stdout
    diary
      ✓ database/migrations: 2 migrations, 1 with a rollback  numbered, like 001_name.sql
      ✓ seeds  seeds
      ✓ alembic.ini  Alembic; only migrations that are SQL files are read
    Wrote surefoot.toml
    ----- stderr
    Next: surefoot plan shows what would run, surefoot up applies it
    ");
    assert_snapshot!(written(&project), @r#"
    [project]
    name = "diary"
    [migrations]
    dir = "database/migrations"
    [environments.development]
    url = "embedded"
    [seeds]
    development = "seeds"
    [naming]
    style = "numbered"
    "#);
    assert!(!project.join(".gitignore").exists());
}

#[test]
fn a_prisma_project() {
    let project = Project::new()
        .file("prisma/schema.prisma", "datasource db { provider = \"postgresql\" }\n")
        .file("prisma/migrations/migration_lock.toml", "provider = \"postgresql\"\n")
        .file("prisma/migrations/20240215120000_initial_schema/migration.sql", "SELECT 1;\n")
        .file("prisma/migrations/20240216140000_add_email/migration.sql", "SELECT 1;\n")
        .file("prisma/seeds/development.sql", "SELECT 1;\n")
        .file("prisma/seeds/production.sql", "SELECT 1;\n")
        .file("prisma/seed.ts", "")
        .file(".env", "DATABASE_URL=postgres://app:secret@db/app\n");
    assert_snapshot!(said(&project, &["init", "--name", "emr"]), @r"
    exit code 0
    ----- stdout
    emr
      ✓ prisma/migrations: 2 migrations, no rollbacks  prisma, like 20240215120000_name/migration.sql
      ✓ prisma/schema.prisma  Prisma's schema; its migrations run as they are
      ✓ prisma/seed.ts  seeds that are not SQL: not run by surefoot
      ✓ prisma/seeds  seeds
    Wrote surefoot.toml
    ----- stderr
    warning: DATABASE_URL is set, here or in .env: commands go there and not to the embedded PostgreSQL, unless you give --env development
    Next: surefoot plan shows what would run, surefoot up applies it
    ");
    assert_snapshot!(written(&project), @r#"
    [project]
    name = "emr"
    [migrations]
    dir = "prisma/migrations"
    [environments.development]
    url = "embedded"
    [seeds]
    development = "prisma/seeds/development.sql"
    production = "prisma/seeds/production.sql"
    [naming]
    style = "timestamp"
    "#);
}

#[test]
fn a_prisma_project_without_migrations() {
    let project = Project::new().file("prisma/schema.prisma", "datasource db { provider = \"postgresql\" }\n");
    let _ = surefoot(&project, &["init"]).run().success();
    let written = written(&project);
    assert!(written.contains("dir = \"prisma/migrations\"") && written.contains("style = \"timestamp\""), "{written}");
    assert!(project.join("prisma/migrations").is_dir());
}

#[test]
fn two_teams_and_one_chain() {
    let project = Project::new()
        .file("backend/migrations/001_create_users.sql", "SELECT 1;\n")
        .file("backend/migrations/002_add_email.sql", "SELECT 1;\n")
        .file("cds/migrations/003_create_lesions.sql", "SELECT 1;\n");
    assert_snapshot!(said(&project, &["init", "--name", "derm"]), @r"
    exit code 0
    ----- stdout
    derm
      ✓ backend/migrations: 2 migrations, no rollbacks  numbered, like 001_name.sql
      ✓ cds/migrations: 1 migration, no rollbacks  numbered, like 001_name.sql
    Wrote surefoot.toml
    ----- stderr
    Next: surefoot plan shows what would run, surefoot up applies it
    ");
    assert_snapshot!(written(&project), @r#"
    [project]
    name = "derm"
    [[migrations.dirs]]
    path = "backend/migrations"
    owner = "backend"
    [[migrations.dirs]]
    path = "cds/migrations"
    owner = "cds"
    [environments.development]
    url = "embedded"
    [naming]
    style = "numbered"
    "#);
    assert_snapshot!(said(&project, &["init", "--json", "--name", "derm", "--force"]), @r#"
    exit code 0
    ----- stdout
    {
      "command": "init",
      "project": "derm",
      "config": "surefoot.toml",
      "written": true,
      "created": [],
      "directories": [
        {
          "path": "backend/migrations",
          "owner": "backend"
        },
        {
          "path": "cds/migrations",
          "owner": "cds"
        }
      ],
      "found": {
        "folders": [
          {
            "path": "backend/migrations",
            "layout": "numbered",
            "layouts": [
              "numbered"
            ],
            "migrations": 2,
            "rollbacks": 0,
            "verifications": 0,
            "repeatables": 0,
            "migration_config": null,
            "used": true
          },
          {
            "path": "cds/migrations",
            "layout": "numbered",
            "layouts": [
              "numbered"
            ],
            "migrations": 1,
            "rollbacks": 0,
            "verifications": 0,
            "repeatables": 0,
            "migration_config": null,
            "used": true
          }
        ],
        "prisma_schema": null,
        "seeds": [],
        "foreign": []
      },
      "warnings": []
    }
    ----- stderr
    "#);
}

#[test]
fn two_chains_are_two_projects() {
    let project = Project::new()
        .file("billing/migrations/001_create_bills.sql", "SELECT 1;\n")
        .file("users/migrations/001_create_users.sql", "SELECT 1;\n")
        .file("users/migrations/002_add_email.sql", "SELECT 1;\n");
    assert_snapshot!(said(&project, &["init", "--name", "mono"]), @r"
    exit code 0
    ----- stdout
    mono
      ✓ users/migrations: 2 migrations, no rollbacks  numbered, like 001_name.sql
    Wrote surefoot.toml
    ----- stderr
    warning: billing/migrations has 1 migration of its own, left out here: `surefoot init -C billing` makes it a project
    Next: surefoot plan shows what would run, surefoot up applies it
    ");
    let _ = surefoot(&project, &["init", "-C", "billing"]).run().success();
    assert!(project.read("billing/surefoot.toml").contains("dir = \"migrations\""));
}

#[test]
fn a_list_with_environments() {
    let project = Project::new().file("db/migrations/001_warehouse.sql", "SELECT 1;\n").file(
        "db/migrations/migration_config.yaml",
        "migrations:\n  - version: \"001\"\n    filename: \"001_warehouse.sql\"\n    description: \"A\"\n\
         environments:\n  development:\n    execution:\n      timeout_seconds: 60\n  production:\n    execution:\n      timeout_seconds: 60\n",
    );
    assert_snapshot!(said(&project, &["init", "--name", "w"]), @r"
    exit code 0
    ----- stdout
    w
      ✓ db/migrations: 1 migration, no rollbacks  numbered, like 001_name.sql
      ✓ db/migrations/migration_config.yaml  dependencies, limits and environments are read from it
    Wrote surefoot.toml
    ----- stderr
    Next: surefoot plan shows what would run, surefoot up applies it
    ");
    assert_snapshot!(written(&project), @r#"
    [project]
    name = "w"
    [migrations]
    dir = "db/migrations"
    [environments.development]
    url = "embedded"
    [environments.production]
    protected = true
    [naming]
    style = "numbered"
    "#);
}

#[test]
fn odd_names_and_folders() {
    let project = Project::new();
    let _ = surefoot(&project, &["init", "--name", "a \"b\" \\ é", "--dir", "./db/my migrations/"]).run().success();
    let written = written(&project);
    assert!(written.contains("dir = \"db/my migrations\""), "{written}");
    assert!(project.join("db/my migrations").is_dir());
    let project = Project::new();
    assert_snapshot!(said(&project, &["init", "--dir", "../elsewhere"]), @r"
    exit code 64
    ----- stdout
    ----- stderr
    error: --dir ../elsewhere: not a folder inside the project
    hint: give it relative to the project, such as db/migrations
    ");
    assert!(project.files().is_empty());
}

#[test]
fn migrations_that_cannot_be_used_do_not_stop_it() {
    let project =
        Project::new().file("migrations/001_a.sql", "SELECT 1;\n").file("migrations/001_b.sql", "SELECT 1;\n");
    assert_snapshot!(said(&project, &["init", "--name", "x"]), @r"
    exit code 0
    ----- stdout
    x
      ✓ migrations: 2 migrations, no rollbacks  numbered, like 001_name.sql
    Wrote surefoot.toml
    ----- stderr
    warning: the migrations cannot be used yet: number 001 is carried by migrations/001_a.sql and migrations/001_b.sql; `surefoot status` tells all
    Next: surefoot plan shows what would run, surefoot up applies it
    ");
}

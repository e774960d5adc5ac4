//! `watch`: a database that follows files.

use std::time::Duration;

use surefoot_testkit::{Cmd, Project, Running};

use crate::surefoot;

const TIME: Duration = Duration::from_secs(120);

fn project() -> Project {
    Project::new()
        .file("schema.sql", "CREATE TABLE person (id int PRIMARY KEY, name text, age int);\n")
        .file("surefoot.toml", "[project]\nname = \"clinic\"\n[dev]\ngenerate = \"echo again >> generated\"\n")
}

fn watch(project: &Project, more: &[&str]) -> Cmd {
    surefoot(project, &[&["watch", "--on", "embedded"], more].concat()).timeout(TIME)
}

/// Waits for text that was not there `before`, and gives all there is then.
#[track_caller]
fn wait_for(running: &mut Running, before: usize, text: &str) -> usize {
    running.wait_until(|r| r.stdout().get(before..).is_some_and(|new| new.contains(text)));
    running.stdout().len()
}

#[test]
fn follows_the_file_and_keeps_the_rows() {
    let project = project();
    let mut running = watch(&project, &[]).start();
    let seen = wait_for(&mut running, 0, "+ table public.person");
    running.wait_until(|_| project.join("generated").exists());
    project.write("schema.sql", "CREATE TABLE person (id int PRIMARY KEY, name text, age int, email text);\n");
    let seen = wait_for(&mut running, seen, "+ column public.person.email");
    project.write("schema.sql", "CREATE TABLE person (id int PRIMARY KEY, name text,\n  age nowhere);\n");
    let seen = wait_for(&mut running, seen, "schema.sql:2:7: CREATE TABLE person: type \"nowhere\" does not exist");
    project.write("schema.sql", "CREATE TABLE person (id int PRIMARY KEY, name text, email text);\n");
    // Nothing is in it, so nothing is lost.
    wait_for(&mut running, seen, "- column public.person.age");
    running.interrupt();
    let out = running.wait().success();
    assert!(!out.stdout.contains("left undone"), "{out}");
    assert_eq!(project.read("generated").lines().count(), 3, "{out}");
    // The embedded database was left in order.
    let out = watch(&project, &["--once", "--json"]).run().success();
    assert!(out.stdout.contains("\"outcome\":\"same\""), "{out}");
}

#[test]
fn what_loses_rows_waits_for_a_yes() {
    let project = project();
    let _ = watch(&project, &["--once", "--skip-generate"]).run().success();
    project.write("insert.sql", "INSERT INTO person VALUES (1, 'Ann', 30);\n");
    let insert = ["seed", "--env", "development"];
    project.write("seeds/development.sql", "INSERT INTO person VALUES (1, 'Ann', 30) ON CONFLICT DO NOTHING;\n");
    project.write("migrations/001_start.sql", "SELECT 1;\n");
    let _ = surefoot(&project, &["up"]).run().success();
    let _ = surefoot(&project, &insert).run().success();
    project.write("schema.sql", "CREATE TABLE person (id int PRIMARY KEY, name text);\n");
    let out = watch(&project, &["--once"]).run().code(3);
    assert!(out.stdout.contains("left undone: it would lose the values of public.person.age"), "{out}");
    assert!(out.stderr.contains("1 migration is applied here"), "{out}");
    assert!(!project.join("generated").exists(), "{out}");
    #[cfg(unix)]
    {
        let mut running = watch(&project, &[]).start_on_terminal();
        running.wait_until(|r| r.stderr().contains("Go on?"));
        running.type_line("no");
        let seen = wait_for(&mut running, 0, "left undone");
        project.write("schema.sql", "CREATE TABLE person (id int PRIMARY KEY, name varchar);\n");
        running.wait_until(|r| r.stderr().matches("Go on?").count() == 2);
        running.type_line("y");
        wait_for(&mut running, seen, "applied:");
        running.interrupt();
        let _ = running.wait().success();
    }
    let out = watch(&project, &["--once", "--accept-losses"]).run().success();
    assert!(!out.stdout.contains("age") || cfg!(not(unix)), "{out}");
}

#[test]
fn other_databases_are_not_followed() {
    let project = project();
    project.write(
        "surefoot.toml",
        "[environments.production]\nurl = \"embedded\"\n[environments.stage]\nurl = \"embedded\"\nprotected = true\n",
    );
    for environment in ["production", "stage"] {
        let out = watch(&project, &["--env", environment]).run().code(3);
        assert!(out.stderr.contains(environment), "{out}");
        assert!(!project.join(".surefoot/db").exists(), "{out}");
    }
    let out = watch(&project, &["empty"]).run().code(64);
    assert!(out.stderr.contains("cannot be watched"), "{out}");
    project.write("schema.prisma", "");
    let out = surefoot(&project, &["watch", "--env", "stage"]).run().code(64);
    assert!(out.stderr.contains("several schemas: schema.sql, schema.prisma"), "{out}");
}

#[test]
fn what_is_there_already_is_not_dropped_unasked() {
    let project = project();
    let _ = watch(&project, &["--once", "--skip-generate"]).run().success();
    project.write("schema.sql", "CREATE TABLE other (id int);\n");
    let out = watch(&project, &["--once"]).run().code(3);
    assert!(out.stdout.contains("it would lose table public.person"), "{out}");
    // A Prisma schema of the same table: nothing to do but the defaults of its names.
    project.write(
        "schema.prisma",
        "datasource db {\n  provider = \"postgresql\"\n}\n\nmodel person {\n  id   Int     @id\n  name String?\n  age  Int?\n}\n",
    );
    let out = watch(&project, &["schema.prisma", "--once"]).run().success();
    assert!(out.stdout.contains("the database is as schema.prisma says"), "{out}");
}

//! `hooks`: commits that would break what others have are refused.

use std::path::Path;

use surefoot_testkit::{Cmd, Output, Project};

use crate::surefoot;

const BIN: &str = env!("CARGO_BIN_EXE_surefoot");

/// git as somebody without a configuration has it, with surefoot in PATH.
fn git(project: &Project, args: &[&str]) -> Output {
    let bin = Path::new(BIN).parent().expect("folder").display().to_string();
    project
        .command("git")
        .env("PATH", format!("{bin}:/usr/local/bin:/usr/bin:/bin"))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_NAME", "Ann")
        .env("GIT_AUTHOR_EMAIL", "ann@example.org")
        .env("GIT_COMMITTER_NAME", "Ann")
        .env("GIT_COMMITTER_EMAIL", "ann@example.org")
        .args(args)
        .run()
}

fn commit(project: &Project) -> Output {
    let _ = git(project, &["add", "-A"]).success();
    git(project, &["commit", "-m", "change"])
}

fn refused(project: &Project, reason: &str) {
    let out = commit(project).code(1);
    assert!(out.stderr.contains(reason), "{reason}: {out}");
    assert!(out.stderr.contains("git commit --no-verify"), "{out}");
    let _ = git(project, &["reset", "-q", "--hard"]).success();
}

/// A repository whose branch main has three migrations, with the hook.
fn repository() -> Project {
    let project = Project::new()
        .file("surefoot.toml", "[project]\nname = \"x\"\n[migrations]\ndir = \"m\"\n")
        .file(".gitignore", ".surefoot/\n")
        .file("README", "first\n");
    for n in 1..4 {
        project
            .write(&format!("m/00{n}_create_t{n}.sql"), format!("-- Migration: 00{n}\nCREATE TABLE t{n} (a int);\n"));
        project.write(&format!("m/00{n}_create_t{n}.rollback.sql"), format!("DROP TABLE t{n};\n"));
    }
    project.write("m/R__views.sql", "CREATE OR REPLACE VIEW v AS SELECT 1 AS one;\n");
    let _ = git(&project, &["init", "-q", "-b", "main", "."]).success();
    let out = surefoot(&project, &["hooks", "install"]).run().success();
    assert!(out.stdout.starts_with("Installed "), "{out}");
    let _ = commit(&project).success();
    project
}

#[test]
fn what_is_published_stays_as_it_is() {
    let project = repository();
    project.remove("m/001_create_t1.sql");
    refused(&project, "m/001_create_t1.sql is deleted: migrations are never deleted");
    project.write("m/001_create_t1.sql", "CREATE TABLE t1 (a bigint);\n");
    refused(&project, "m/001_create_t1.sql is edited, and it is published: main has it");
    let _ = git(&project, &["mv", "m/003_create_t3.sql", "m/004_create_t3.sql"]).success();
    refused(&project, "m/003_create_t3.sql is renamed to m/004_create_t3.sql, and it is published");
    project.remove("m/002_create_t2.rollback.sql");
    refused(&project, "m/002_create_t2.rollback.sql is deleted, the rollback of 002, and it is published");
    project.write("m/003_other.sql", "SELECT 1;\n");
    refused(&project, "number 003");
    let _ = git(&project, &["clean", "-qfd"]);

    // Comments, a better rollback, a repeatable, another folder, a new migration, anything else.
    project.write("m/001_create_t1.sql", "-- Migration: 001, the first\nCREATE TABLE t1\n  (a int);\n");
    project.write("m/002_create_t2.rollback.sql", "DROP TABLE IF EXISTS t2;\n");
    project.write("m/R__views.sql", "CREATE OR REPLACE VIEW v AS SELECT 2 AS one;\n");
    project.write("m/004_create_t4.sql", "CREATE TABLE t4 ();\n");
    project.write("README", "words\n");
    let out = commit(&project).success();
    assert!(out.stderr.contains("m/001_create_t1.sql: only comments or white space changed"), "{out}");
    let _ = git(&project, &["mv", "m", "db"]).success();
    project.write("surefoot.toml", "[project]\nname = \"x\"\n[migrations]\ndir = \"db\"\n");
    let _ = commit(&project).success();

    project.remove("db/R__views.sql");
    let _ = git(&project, &["add", "-A"]).success();
    let _ = git(&project, &["commit", "-m", "knowing why", "--no-verify"]).success();
}

#[test]
fn what_is_not_published_may_change_until_it_is_applied() {
    let project = repository();
    let _ = git(&project, &["checkout", "-q", "-b", "feature"]).success();
    project.write("m/004_create_t4.sql", "CREATE TABLE t4 (a int);\n");
    project.write("m/004_create_t4.rollback.sql", "DROP TABLE t4;\n");
    let _ = commit(&project).success();
    project.write("m/004_create_t4.sql", "CREATE TABLE t4 (a bigint);\n");
    let _ = commit(&project).success();
    let _ = git(&project, &["mv", "m/004_create_t4.sql", "m/005_create_t4.sql"]).success();
    let _ = git(&project, &["mv", "m/004_create_t4.rollback.sql", "m/005_create_t4.rollback.sql"]).success();
    let _ = commit(&project).success();

    let _ = surefoot(&project, &["up"]).run().success();
    project.write("m/005_create_t4.sql", "CREATE TABLE t4 (a text);\n");
    refused(&project, "m/005_create_t4.sql is edited, and it is applied in the development target");
    let _ = surefoot(&project, &["down"]).run().success();
    project.write("m/005_create_t4.sql", "CREATE TABLE t4 (a text);\n");
    let _ = commit(&project).success();

    // No target to ask: a note, no wait.
    project.write("m/005_create_t4.sql", "CREATE TABLE t4 (a uuid);\n");
    let _ = git(&project, &["add", "-A"]).success();
    let out = surefoot(&project, &["hooks", "run", "--url", "postgres://nobody@127.0.0.1:1/x"]).run().success();
    assert!(out.stderr.contains("is not known: cannot connect"), "{out}");
    assert!(out.took < std::time::Duration::from_secs(5), "{out}");
    let _ = commit(&project).success();

    project.write("m/006_branch.sql", "-- surefoot: depends 003\nCREATE TABLE t6 ();\n");
    refused(&project, "the history gets 2 heads: 005 (m/005_create_t4.sql), 006 (m/006_branch.sql)");
}

#[test]
fn what_a_merge_brings_is_not_this_commits_doing() {
    let project = repository();
    let _ = git(&project, &["checkout", "-q", "-b", "feature"]).success();
    project.write("README", "feature\n");
    let _ = commit(&project).success();
    let _ = git(&project, &["checkout", "-q", "main"]).success();
    project.write("m/001_create_t1.sql", "CREATE TABLE t1 (a bigint);\n");
    project.write("README", "main\n");
    let _ = git(&project, &["commit", "-qam", "knowing why", "--no-verify"]).success();
    let _ = git(&project, &["checkout", "-q", "feature"]).success();
    let _ = git(&project, &["merge", "-q", "main"]).code(1);
    project.write("README", "both\n");
    let _ = commit(&project).success();
}

#[test]
fn another_hook_is_kept_and_runs_first() {
    let project = Project::new()
        .file("sub dir/it's/migrations/001_a.sql", "CREATE TABLE a ();\n")
        .file("migrations/001_b.sql", "CREATE TABLE b ();\n");
    let _ = git(&project, &["init", "-q", "-b", "main", "."]).success();
    let _ = git(&project, &["config", "core.hooksPath", ".githooks"]).success();
    project.write(".githooks/pre-commit", "#!/bin/sh\necho first >> ran\n");
    let _ = Cmd::new("/bin/chmod").args(["+x"]).arg(project.join(".githooks/pre-commit")).run().success();
    let out = surefoot(&project, &["hooks", "install"]).run().code(3);
    assert!(out.stderr.contains("there is another pre-commit hook"), "{out}");
    let out = surefoot(&project, &["hooks", "install", "--force"]).run().success();
    assert!(out.stdout.contains("pre-commit.before-surefoot"), "{out}");
    let out = surefoot(&project, &["-C", "sub dir/it's", "hooks", "install", "--json"]).run().success();
    assert!(out.stdout.contains("\"was_there\": true"), "{out}");
    let _ = commit(&project).success();
    assert_eq!(project.read("ran"), "first\n");
    for path in ["sub dir/it's/migrations/001_a.sql", "migrations/001_b.sql"] {
        project.remove(path);
        refused(&project, "is deleted: migrations are never deleted");
    }
    // From a worktree the same hook guards.
    let _ = git(&project, &["worktree", "add", "-q", "tree", "-b", "other"]).success();
    let tree = project.join("tree");
    std::fs::remove_file(tree.join("migrations/001_b.sql")).expect("remove");
    let out = git(&project, &["-C", "tree", "commit", "-am", "x"]).code(1);
    assert!(out.stderr.contains("migrations/001_b.sql is deleted"), "{out}");
}

#[test]
fn outside_a_repository_it_says_so() {
    let project = Project::new().file("migrations/001_a.sql", "CREATE TABLE a ();\n");
    for command in [&["hooks", "install"][..], &["hooks", "run"]] {
        let out = surefoot(&project, command).env("GIT_CEILING_DIRECTORIES", "/").run().code(3);
        assert!(out.stderr.contains("is not in a git repository"), "{out}");
    }
}

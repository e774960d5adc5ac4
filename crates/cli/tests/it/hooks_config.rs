//! Commands around a run, and which of several settings wins.

use std::io::Write as _;

use insta::assert_snapshot;
use serde_json::Value;
use surefoot_testkit::{Major, Project, TestDb, require};

use crate::{on, on_said, surefoot};

const EVENTS: [&str; 7] =
    ["before-up", "after-up", "before-down", "after-down", "before-each", "after-each", "on-failure"];

/// Every hook writes what it gets to a file.
fn project() -> Project {
    let hooks: String = EVENTS.iter().map(|e| format!("{e} = \"cat >> hooks.jsonl\"\n")).collect();
    Project::new()
        .file("surefoot.toml", format!("[project]\nname = \"hooked\"\n[hooks]\n{hooks}"))
        .file("migrations/001_a.sql", "-- surefoot: owner web\nCREATE TABLE a (id int);\n")
        .file("migrations/001_a.down.sql", "DROP TABLE a;\n")
        .file("migrations/002_b.sql", "CREATE TABLE b (id int);\n")
        .file("migrations/002_b.down.sql", "DROP TABLE b;\n")
}

/// What the hooks got, and the file emptied.
fn got(project: &Project) -> Vec<Value> {
    let text = project.read("hooks.jsonl");
    project.remove("hooks.jsonl");
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

fn shape(hooks: &[Value]) -> Vec<String> {
    hooks
        .iter()
        .map(|h| {
            let list = h["migrations"].as_array().expect("migrations");
            let ids: Vec<&str> = list.iter().map(|m| m["id"].as_str().expect("id")).collect();
            format!("{} {}", h["event"].as_str().expect("event"), ids.join(" "))
        })
        .collect()
}

#[test]
fn hooks_are_told_what_runs() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = project();
    let url = db.url().replacen("postgres@", "postgres:s3cret@", 1);
    let _ = surefoot(&project, &["up", "--url", &url]).run().success();
    let hooks = got(&project);
    assert_eq!(
        shape(&hooks),
        [
            "before-up 001 002",
            "before-each 001",
            "after-each 001",
            "before-each 002",
            "after-each 002",
            "after-up 001 002"
        ]
    );
    let first = &hooks[0];
    assert_eq!(first["project"], "hooked");
    assert_eq!(first["environment"], "development");
    assert_eq!(first["error"], Value::Null);
    assert_eq!(first["run"], db.one("SELECT max(run) FROM surefoot.events WHERE kind = 'applied'"));
    let m = &first["migrations"][0];
    assert_eq!(
        (&m["id"], &m["name"], &m["direction"], &m["file"], &m["owner"]),
        (&"001".into(), &"a".into(), &"up".into(), &"migrations/001_a.sql".into(), &"web".into())
    );
    assert_eq!(m["sha256"].as_str().map(str::len), Some(64));
    let target = first["target"].as_str().expect("target");
    assert!(target.contains(db.name()), "{target}");
    assert!(!hooks.iter().any(|h| h.to_string().contains("s3cret")), "{hooks:?}");

    // Nothing runs: nobody is called.
    let _ = on(&project, &db, &["up"]).run().success();
    assert!(!project.join("hooks.jsonl").exists());
    let _ = on(&project, &db, &["down", "--dry-run"]).run().success();
    assert!(!project.join("hooks.jsonl").exists());

    let _ = on(&project, &db, &["down", "--all"]).run().success();
    let hooks = got(&project);
    assert_eq!(
        shape(&hooks),
        [
            "before-down 002 001",
            "before-each 002",
            "after-each 002",
            "before-each 001",
            "after-each 001",
            "after-down 002 001"
        ]
    );
    assert_eq!(hooks[0]["migrations"][0]["direction"], "down");
    assert_eq!(hooks[0]["migrations"][0]["file"], "migrations/002_b.down.sql");
}

#[test]
fn a_failure_is_told() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = project().file("migrations/002_b.sql", "INSERT INTO missing VALUES (1);\n");
    let _ = on(&project, &db, &["up"]).run().code(1);
    let hooks = got(&project);
    assert_eq!(
        shape(&hooks),
        ["before-up 001 002", "before-each 001", "after-each 001", "before-each 002", "on-failure 002"]
    );
    let error = hooks[4]["error"].as_str().expect("error");
    assert!(error.contains("relation \"missing\" does not exist"), "{error}");
    // In one transaction, too.
    let _ = on(&project, &db, &["down", "--all"]).run().success();
    project.remove("hooks.jsonl");
    let _ = on(&project, &db, &["up", "--single-transaction"]).run().code(1);
    assert_eq!(shape(&got(&project)), ["before-up 001 002", "on-failure 001 002"]);
}

#[test]
fn a_hook_that_fails_stops_the_run() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let toml = |hooks: &str| format!("[project]\nname = \"hooked\"\n[hooks]\n{hooks}");
    let project = project();
    project.write("surefoot.toml", toml("before-up = \"echo not now >&2; exit 3\"\n"));
    assert_snapshot!(on_said(&project, &db, &["up"]), @r"
    exit code 1
    ----- stdout
    ----- stderr
    hooked → development postgres://postgres@127.0.0.1:<port>/<db>
    not now
    error: hook before-up `echo not now >&2; exit 3` failed: exit status 3
    ");
    assert_eq!(db.one("SELECT count(*) FROM pg_namespace WHERE nspname = 'surefoot'"), "0");
    assert_eq!(db.one("SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE locktype = 'advisory' AND datname = current_database()"), "0");

    project.write("surefoot.toml", toml("before-each = \"grep -qv '002'\"\non-failure = \"touch failed\"\n"));
    assert_snapshot!(on_said(&project, &db, &["up"]), @r"
    exit code 1
    ----- stdout
      ✓ 001 a  1 statement, <duration>
    ----- stderr
    hooked → development postgres://postgres@127.0.0.1:<port>/<db>
    error: hook before-each `grep -qv '002'` failed: exit status 1
    ");
    assert_eq!(db.one("SELECT string_agg(id, ' ') FROM surefoot.migrations"), "001");
    assert!(!project.join("failed").exists(), "no migration failed");

    project.write("surefoot.toml", toml("after-each = \"exit 1\"\n"));
    let _ = on(&project, &db, &["up"]).run().code(1);
    assert_eq!(db.one("SELECT string_agg(id, ' ' ORDER BY id) FROM surefoot.migrations"), "001 002");

    project.write("surefoot.toml", toml("before-down = \"exit 1\"\n"));
    let _ = on(&project, &db, &["down"]).run().code(1);
    assert_eq!(db.one("SELECT count(*) FROM surefoot.migrations WHERE state = 'applied'"), "2");
    assert_eq!(db.one("SELECT kind FROM surefoot.events ORDER BY seq DESC LIMIT 1"), "refused");

    // One that fails after a failure does not hide it.
    project.write("surefoot.toml", toml("on-failure = \"exit 9\"\n"));
    project.write("migrations/003_c.sql", "SELECT 1 / 0;\n");
    let output = on(&project, &db, &["up"]).run().code(1);
    assert!(output.stderr.contains("division by zero"), "{output}");

    project.write("surefoot.toml", toml("after-up = \"exit 1\"\n"));
    project.write("migrations/003_c.sql", "SELECT 1;\n");
    assert_snapshot!(on_said(&project, &db, &["up"]), @r"
    exit code 1
    ----- stdout
      ✓ 003 c  1 statement, <duration>
    ----- stderr
    hooked → development postgres://postgres@127.0.0.1:<port>/<db>
    error: hook after-up `exit 1` failed: exit status 1
    ");
    let _ = on(&project, &db, &["status"]).run().success();
    let _ = on(&project, &db, &["verify"]).run().success();
    // What a hook prints is not data.
    project.write("surefoot.toml", toml("before-up = \"echo talk\"\n"));
    project.write("migrations/004_d.sql", "SELECT 1;\n");
    let output = on(&project, &db, &["up", "--json"]).run().success();
    let _: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|e| panic!("{e}: {output}"));
    assert!(output.stderr.contains("talk"), "{output}");
}

/// The target a plan names.
fn target(output: &str) -> String {
    let plan: Value = serde_json::from_str(output).unwrap_or_else(|e| panic!("{e}: {output}"));
    plan["target"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn the_nearer_setting_wins() {
    let dbs: Vec<TestDb> = (0..8).map_while(|_| TestDb::new(Major::Any)).collect();
    let [flag, surefoot_url, named, database_url, default, team, libpq, direct] =
        require!(<&[TestDb; 8]>::try_from(&dbs[..]).ok(), "a PostgreSQL server");
    let host = flag.cluster().address();
    let (host, port) = host.split_once(':').expect("address");
    let config =
        |environments: &str| format!("default-environment = \"local\"\n[project]\nname = \"p\"\n{environments}");
    let with_urls = config(&format!(
        "[environments.local]\nurl = \"{}\"\n[environments.test]\nurl = \"${{TEST_URL:{}}}\"\n",
        default.url(),
        named.url()
    ));
    let project = Project::new()
        .file("surefoot.toml", &with_urls)
        .file("migrations/001_a.sql", "CREATE TABLE a (id int);\n")
        .file(
            "migrations/migration_config.yaml",
            format!(
                "migration_system:\n  version: \"1.0\"\nsettings:\n  database:\n    host: {host}\n    port: {port}\n    name: {}\n    user: postgres\n",
                team.name()
            ),
        );
    let at = |args: &[&str], vars: &[(&str, &str)]| {
        let args: Vec<&str> = ["plan", "--json"].iter().chain(args).copied().collect();
        let command = vars.iter().fold(surefoot(&project, &args), |c, (k, v)| c.env(k, v));
        let said = target(&command.run().code(2).stdout);
        dbs.iter().find(|db| said.ends_with(&format!("/{}", db.name()))).map_or(said, |db| db.name().to_owned())
    };
    let (f, s, n, d) = (flag.url(), surefoot_url.url(), named.url(), database_url.url());
    let libpq_vars = [("PGHOST", host), ("PGPORT", port), ("PGUSER", "postgres"), ("PGDATABASE", libpq.name())];
    let mut vars = vec![("SUREFOOT_URL", s.as_str()), ("DATABASE_URL", &d)];
    vars.extend(libpq_vars);

    assert_eq!(at(&["--url", &f, "--env", "test"], &vars), flag.name());
    assert_eq!(at(&["--database-url", &f], &vars), flag.name());
    assert_eq!(at(&["--env", "test"], &vars), surefoot_url.name());
    vars.remove(0);
    assert_eq!(at(&["--env", "test"], &vars), named.name());
    let env = [("SUREFOOT_ENV", "test"), ("DATABASE_URL", d.as_str())];
    assert_eq!(at(&[], &env), named.name());
    assert_eq!(at(&["--env", "local"], &env), default.name());
    let filled = [("TEST_URL", f.as_str()), ("SUREFOOT_ENV", "test")];
    assert_eq!(at(&[], &filled), flag.name());
    assert_eq!(at(&[], &vars), database_url.name());
    vars.remove(0);
    assert_eq!(at(&[], &vars), default.name());
    project.write("surefoot.toml", config("[environments.local]\n"));
    assert_eq!(at(&[], &vars), team.name());
    project.remove("migrations/migration_config.yaml");
    assert_eq!(at(&[], &vars), libpq.name());
    assert_eq!(at(&[], &[]), "embedded PostgreSQL (.surefoot/db)");
    assert_eq!(at(&["--url", "embedded"], &vars), "embedded PostgreSQL (.surefoot/db)");

    // The nearest `.env` is read; what the process has wins over it.
    project.write(".env", format!("# a comment\nexport DATABASE_URL=\"{d}\"\nOTHER='x' # y\n"));
    assert_eq!(at(&[], &[]), database_url.name());
    assert_eq!(at(&[], &[("DATABASE_URL", &f)]), flag.name());
    project.write(".env", format!("SUREFOOT_ENV=test\nTEST_URL={n} # not this\n"));
    project.write("surefoot.toml", &with_urls);
    assert_eq!(at(&[], &vars), named.name());
    project.remove(".env");

    // Round the pooler.
    let pooled = format!("[environments.local]\nurl = \"{}\"\ndirect-url = \"{}\"\n", default.url(), direct.url());
    project.write("surefoot.toml", config(&pooled));
    assert_eq!(at(&[], &[]), direct.name());

    let output = surefoot(&project, &["plan", "--env", "prod"]).run().code(64);
    assert!(output.stderr.contains("there is no environment \"prod\""), "{output}");
    project.write("surefoot.toml", config("[environments.local]\nurl = \"${NO_SUCH}\"\n"));
    let output = surefoot(&project, &["plan"]).run().code(3);
    assert!(output.stderr.contains("environment variable NO_SUCH is not set"), "{output}");
}

#[test]
fn two_locks_two_limits() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let project = Project::new()
        .file("migrations/001_a.sql", "CREATE TABLE a (id int);\n")
        .file("migrations/002_b.sql", "ALTER TABLE a ADD b int;\n");
    let _ = on(&project, &db, &["up", "--to", "1"]).run().success();
    // A reader in the way: the limit for relation locks ends the wait.
    let url = db.url();
    let (done, wait) = std::sync::mpsc::channel::<()>();
    let reader = std::thread::spawn(move || {
        let program = ["/usr/bin/psql"].into_iter().find(|p| std::path::Path::new(p).exists())?;
        let mut child = std::process::Command::new(program)
            .args(["-X", "-q", "-d", &url])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::null())
            .spawn()
            .ok()?;
        let mut stdin = child.stdin.take()?;
        writeln!(stdin, "BEGIN; LOCK TABLE a IN ACCESS SHARE MODE;").ok()?;
        stdin.flush().ok()?;
        // Until the test has seen enough.
        let _ = wait.recv();
        drop(stdin);
        child.wait().ok()
    });
    let held = "SELECT count(*) FROM pg_locks WHERE relation = 'a'::regclass AND mode = 'AccessShareLock' AND granted";
    for _ in 0..200 {
        if db.one(held) != "0" || reader.is_finished() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    if reader.is_finished() {
        return surefoot_testkit::skip("two_locks_two_limits needs psql");
    }
    let output = on(
        &project,
        &db,
        &["up", "--lock-timeout", "100ms", "--retry-attempts", "1", "--migration-lock-timeout", "1min"],
    )
    .run()
    .code(1);
    assert!(output.stderr.contains("lock timeout"), "{output}");
    assert!(output.stderr.contains("tried: 2 times"), "{output}");
    assert!(output.stderr.contains("blocked by:"), "{output}");
    // A run that waits for the reader keeps another run from starting: that is the other limit.
    let mut first = on(&project, &db, &["up", "--lock-timeout", "30s"]).start();
    first.wait_until(|_| db.one("SELECT count(*) FROM pg_locks WHERE relation = 'a'::regclass AND NOT granted") != "0");
    let second =
        on(&project, &db, &["up", "--lock-timeout", "1min", "--migration-lock-timeout", "300ms"]).run().code(4);
    assert!(second.stderr.contains("pid "), "{second}");
    drop(done);
    let _ = first.wait().success();
    let _ = reader.join();
    // From the environment, and from the configuration; the flag wins.
    let shown = |args: &[&str], vars: &[(&str, &str)]| {
        let args: Vec<&str> = ["plan", "--down", "--format", "sql"].iter().chain(args).copied().collect();
        let script = vars.iter().fold(on(&project, &db, &args), |c, (k, v)| c.env(k, v)).run().code(2).stdout;
        script.lines().find(|l| l.starts_with("SET lock_timeout")).map(str::to_owned).unwrap_or_default()
    };
    project.write("migrations/002_b.down.sql", "ALTER TABLE a DROP b;\n");
    project.write(
        "surefoot.toml",
        format!(
            "[project]\nname = \"{}\"\n[execution]\nlock-timeout = \"7s\"\n[environments.development.execution]\nlock-timeout = \"8s\"\n[environments.other]\n",
            project.path().file_name().expect("name").to_string_lossy()
        ),
    );
    assert_eq!(shown(&["--env", "other"], &[]), "SET lock_timeout = 7000;");
    assert_eq!(shown(&[], &[]), "SET lock_timeout = 8000;");
    assert_eq!(shown(&[], &[("SUREFOOT_LOCK_TIMEOUT", "9s")]), "SET lock_timeout = 9000;");
    assert_eq!(shown(&["--lock-timeout", "1"], &[("SUREFOOT_LOCK_TIMEOUT", "9s")]), "SET lock_timeout = 1000;");
    let output = on(&project, &db, &["up", "--lock-timeout", "soon"]).run().code(64);
    assert!(output.stderr.contains("--lock-timeout"), "{output}");
}

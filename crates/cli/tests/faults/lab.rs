//! A project on a database of its own, and the judge of every fault test.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::Value;
use surefoot::introspect::{Options, snapshot};
use surefoot::journal::Journal;
use surefoot::pg::{ConnectOptions, ConnectUrl, Session};
use surefoot_testkit::{Cmd, Major, Output, Project, TestDb};

/// One part of a migration: what commits together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part {
    /// SQL that is true when the part took effect.
    pub(crate) took_effect: &'static str,
    /// Runs outside a transaction: while its outcome is not recorded it may or may not have taken effect.
    pub(crate) alone: bool,
}

/// What a migration leaves behind, part by part.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Witness {
    pub(crate) id: &'static str,
    pub(crate) up: &'static [Part],
    pub(crate) down: &'static [Part],
}

/// A part that is a transaction.
pub(crate) const fn part(took_effect: &'static str) -> Part {
    Part { took_effect, alone: false }
}

/// A part that is a statement outside a transaction.
pub(crate) const fn alone(took_effect: &'static str) -> Part {
    Part { took_effect, alone: true }
}

/// A database as far as it can be compared: catalog and rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) hash: String,
    pub(crate) rows: BTreeMap<String, (String, String)>,
    catalog: String,
}

impl End {
    /// The catalog as text.
    pub(crate) fn catalog(&self) -> &str {
        &self.catalog
    }
}

/// A project on a database of its own.
pub(crate) struct Lab {
    pub(crate) project: Project,
    pub(crate) db: TestDb,
}

/// A table that no migration touches.
const BYSTANDER: &str = "CREATE TABLE bystander (id int PRIMARY KEY, note text); \
     INSERT INTO bystander SELECT g, 'note ' || g FROM generate_series(1, 20) g";

impl Lab {
    /// `None` when there is no server.
    pub(crate) fn new(files: &[(&str, &str)]) -> Option<Self> {
        let db = TestDb::new(Major::Any)?;
        let _ = db.sql(BYSTANDER);
        Some(Self { project: project(files), db })
    }

    /// The command on this database.
    pub(crate) fn cmd(&self, args: &[&str]) -> Cmd {
        self.cmd_at(&self.db.url(), args)
    }

    /// The command by another way to it.
    pub(crate) fn cmd_at(&self, url: &str, args: &[&str]) -> Cmd {
        self.project.command(surefoot()).args(args).arg("--yes").env("SUREFOOT_URL", url)
    }

    /// Runs it to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.cmd(args).run()
    }

    /// Crashes it at the `n`th time that it comes by `point`.
    pub(crate) fn crash(&self, args: &[&str], point: &str, n: usize) -> Output {
        self.cmd(args).env("SUREFOOT_FAULT", format!("{point}:{n}")).run()
    }

    /// `status --json`.
    #[track_caller]
    pub(crate) fn status(&self) -> Value {
        let output = self.run(&["status", "--json"]);
        assert!(matches!(output.code, Some(0 | 2)), "{output}");
        serde_json::from_str(&output.stdout).unwrap_or_else(|e| panic!("{e}: {output}"))
    }

    /// The state of one migration.
    #[track_caller]
    pub(crate) fn state(&self, id: &str) -> String {
        let status = self.status();
        migration(&status, id)["state"].as_str().unwrap_or_default().to_owned()
    }

    /// The database as it is now.
    #[track_caller]
    pub(crate) fn end(&self) -> End {
        end(&self.db.url())
    }

    /// Kinds of the events of a migration, in order.
    #[track_caller]
    pub(crate) fn events(&self, migration: &str) -> Vec<String> {
        self.db
            .sql(&format!("SELECT kind FROM surefoot.events WHERE migration = '{migration}' ORDER BY seq"))
            .into_iter()
            .flatten()
            .collect()
    }

    /// (a) and (c): what `status` says is what the database shows.
    #[track_caller]
    pub(crate) fn tells_the_truth(&self, witnesses: &[Witness], when: &str) {
        let status = self.status();
        for witness in witnesses {
            let line = migration(&status, witness.id);
            let state = line["state"].as_str().unwrap_or_default();
            let done = line["parts_done"].as_u64().and_then(|n| usize::try_from(n).ok());
            let (parts, done) = match state {
                "applied" => (witness.up, witness.up.len()),
                "pending" => (witness.up, 0),
                "partial" => (witness.up, done.unwrap()),
                "partly rolled back" => (witness.down, done.unwrap()),
                other => panic!("{when}: {} is {other}", witness.id),
            };
            let open = state.starts_with("part");
            for (i, part) in parts.iter().enumerate() {
                let took = self.db.one(&format!("SELECT ({})::text", part.took_effect)) == "true";
                let may_be_either = open && i == done && part.alone;
                assert!(
                    may_be_either || took == (i < done),
                    "{when}: {} is {state}, {done} parts, but part {} took effect: {took}\n{}",
                    witness.id,
                    i + 1,
                    part.took_effect,
                );
            }
        }
    }

    /// (b), (d), (e), (f): the database is as `expected`, the journal whole, and nothing is left over.
    #[track_caller]
    pub(crate) fn ended_as(&self, expected: &End, when: &str) {
        self.is_clean(when);
        same(&self.end(), expected, when);
    }

    /// (d), (e): the journal is whole, no lock, no invalid index, no step in progress, no session.
    #[track_caller]
    pub(crate) fn is_clean(&self, when: &str) {
        clean(&self.db.url(), when);
    }

    /// Every one of these is applied, and was recorded so exactly once.
    #[track_caller]
    pub(crate) fn applied_once(&self, ids: &[&str], when: &str) {
        let status = self.status();
        for id in ids {
            assert_eq!(migration(&status, id)["state"], "applied", "{when}: {id}");
            let events = self.events(id);
            let applied = events.iter().filter(|kind| *kind == "applied").count();
            assert_eq!(applied, 1, "{when}: {id}: {events:?}");
        }
    }

    /// Waits until a query has the answer `t`.
    #[track_caller]
    pub(crate) fn wait_for(&self, what: &str, sql: &str) {
        wait_for(what, || self.db.one(sql) == "t");
    }
}

/// The command: the one just built, or the one named by `SUREFOOT_TEST_BIN` (a debug build: the crashes need one).
pub(crate) fn surefoot() -> PathBuf {
    std::env::var_os("SUREFOOT_TEST_BIN").map_or_else(|| env!("CARGO_BIN_EXE_surefoot").into(), PathBuf::from)
}

/// A project of these migrations, with short waits.
pub(crate) fn project(files: &[(&str, &str)]) -> Project {
    let project = Project::new().file(
        "surefoot.toml",
        "[project]\nname = \"faults\"\n[migrations]\ndir = \"migrations\"\n\
         [execution]\nretry-delay = \"50ms\"\nmigration-lock-timeout = \"40s\"\n",
    );
    files.iter().fold(project, |project, (name, text)| project.file(&format!("migrations/{name}"), text))
}

/// Polls until it holds.
#[track_caller]
pub(crate) fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(40), "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// One migration of a status.
#[track_caller]
pub(crate) fn migration<'a>(status: &'a Value, id: &str) -> &'a Value {
    status["migrations"]
        .as_array()
        .and_then(|all| all.iter().find(|m| m["id"] == id))
        .unwrap_or_else(|| panic!("no migration {id}: {status}"))
}

#[track_caller]
pub(crate) fn same(found: &End, expected: &End, when: &str) {
    assert_eq!(found.rows, expected.rows, "{when}: rows");
    assert_eq!(found.catalog, expected.catalog, "{when}: catalog");
    assert_eq!(found.hash, expected.hash, "{when}: hash");
}

/// A database as it is now.
#[track_caller]
pub(crate) fn end(url: &str) -> End {
    on_session(url, async |session| {
        let catalog = snapshot(session, &Options::default()).await.unwrap();
        let tables = session
            .rows(
                "SELECT format('%I.%I', schemaname, tablename) FROM pg_catalog.pg_tables \
                 WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'surefoot', 'surefoot_attic') ORDER BY 1",
            )
            .await
            .unwrap();
        let mut rows = BTreeMap::new();
        for table in tables {
            let table = table.get(0).unwrap_or_default();
            let row = session
                .rows(&format!(
                    "SELECT count(*), coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM ONLY {table} t"
                ))
                .await
                .unwrap();
            let value = |i| row[0].get(i).unwrap_or_default().to_owned();
            rows.insert(table.to_owned(), (value(0), value(1)));
        }
        End { hash: catalog.hash(), rows, catalog: catalog.to_text() }
    })
}

/// The journal is whole, and no lock, invalid index, step in progress or session is left.
#[track_caller]
pub(crate) fn clean(url: &str, when: &str) {
    let trouble = on_session(url, async |session| {
        let journal = Journal::open(session, "surefoot", Some("faults")).await.unwrap();
        let mut trouble = String::new();
        if let Some(journal) = &journal {
            let report = journal.verify(session).await.unwrap();
            trouble.extend(report.findings.iter().map(|f| format!("{}; ", f.what)));
            trouble.extend(journal.quick_check(session).await.unwrap().map(|f| f.what));
            let steps = journal.steps(session).await.unwrap();
            trouble.extend(steps.iter().map(|s| format!("step {s:?}; ")));
        }
        let left = "SELECT 'lock of ' || pid FROM pg_locks WHERE locktype = 'advisory' \
               AND classid::bigint IN (x'53465400'::int::bigint, x'53465401'::int::bigint) \
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
             UNION ALL SELECT 'invalid index ' || indexrelid::regclass::text FROM pg_index \
               WHERE NOT indisvalid OR NOT indisready OR NOT indislive \
             UNION ALL SELECT 'pending detach of ' || inhrelid::regclass::text FROM pg_inherits i \
               WHERE to_jsonb(i) ->> 'inhdetachpending' = 'true' \
             UNION ALL SELECT 'session ' || pid || ' ' || query FROM pg_stat_activity \
               WHERE datname = current_database() AND application_name LIKE 'surefoot%'";
        // A session that was just closed is listed a moment longer.
        let start = Instant::now();
        loop {
            let rows = session.rows(left).await.unwrap();
            if rows.is_empty() {
                return trouble;
            }
            if start.elapsed() > Duration::from_secs(5) {
                trouble.extend(rows.iter().map(|r| format!("{}; ", r.get(0).unwrap_or_default())));
                return trouble;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    assert_eq!(trouble, "", "{when}");
}

fn on_session<T: Send + 'static>(url: &str, work: impl AsyncFnOnce(&Session) -> T + Send + 'static) -> T {
    let url = ConnectUrl::parse(url).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let session = Session::connect(&ConnectOptions::new(url, "judge")).await.unwrap();
        let value = work(&session).await;
        session.close().await;
        value
    })
}

/// A session of someone else, which keeps its transaction open until it is dropped.
pub(crate) struct Other {
    session: Option<Session>,
    runtime: tokio::runtime::Runtime,
}

impl Other {
    /// Runs SQL in a new session and keeps it open.
    #[track_caller]
    pub(crate) fn open(url: &str, application: &str, sql: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let url = ConnectUrl::parse(url).unwrap();
        let session = runtime.block_on(async {
            let session = Session::connect(&ConnectOptions::new(url, application)).await.unwrap();
            session.run(sql).await.unwrap();
            session
        });
        Self { session: Some(session), runtime }
    }

    /// Its process on the server.
    pub(crate) fn pid(&self) -> i32 {
        self.session.as_ref().map_or(0, Session::pid)
    }

    /// Runs more SQL in it.
    #[track_caller]
    pub(crate) fn run(&self, sql: &str) {
        if let Some(session) = &self.session {
            self.runtime.block_on(session.run(sql)).unwrap();
        }
    }

    /// Ends it.
    pub(crate) fn end(mut self) {
        if let Some(session) = self.session.take() {
            self.runtime.block_on(session.close());
        }
    }
}

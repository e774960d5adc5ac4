//! The library as a program uses it: no command line, no embedded PostgreSQL.

use std::sync::Mutex;
use std::time::Duration;

use surefoot::executor::{Interrupt, Observer, Progress, Quiet};
use surefoot::{
    DownOptions, DownTo, Error, Exit, History, Invocation, Project, Standing, TargetPlace, UpOptions, down, prepare,
    status, unchanged_statements, up, verify,
};
use surefoot_testkit::{Major, Project as Files, TestDb, require};

#[expect(dead_code, reason = "the example's own main is not called")]
#[path = "../examples/embed.rs"]
mod embed;

fn files() -> Files {
    Files::new()
        .file("surefoot.toml", "[project]\nname = \"embedded-in-a-program\"\n")
        .file("migrations/001_a.sql", "CREATE TABLE a (id int);\nDO $$ BEGIN RAISE NOTICE 'here'; END $$;\n")
        .file("migrations/001_a.down.sql", "DROP TABLE a;\n")
        .file("migrations/002_b.sql", "CREATE TABLE b (id int);\n")
        .file("migrations/002_b.down.sql", "DROP TABLE b;\n")
}

fn invocation(files: &Files, db: &TestDb) -> Invocation {
    Invocation {
        folder: files.path().to_path_buf(),
        url: Some(db.url()),
        run: "test-1".into(),
        ..Invocation::default()
    }
}

#[derive(Debug, Default)]
struct Notes(Mutex<Vec<String>>);

impl Observer for Notes {
    fn observe(&self, progress: &Progress<'_>) {
        let note = match progress {
            Progress::Started { work, .. } => format!("start {}", work.id),
            Progress::Notice { notice, .. } => notice.message.clone(),
            Progress::Finished { work, .. } => format!("end {}", work.id),
            _ => return,
        };
        self.0.lock().unwrap().push(note);
    }
}

#[test]
fn up_and_down_without_the_command_line() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let files = files();
    let invocation = invocation(&files, &db);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let project = Project::open(&invocation).unwrap();
        let (set, spec) = prepare(&project, &invocation).unwrap();
        assert!(matches!(spec.place, TargetPlace::Url(_)));
        let target = spec.open(Duration::from_secs(5)).await.unwrap();
        let interrupt = Interrupt::default();
        let notes = Notes::default();
        let options = UpOptions { count: Some(1), ..UpOptions::default() };
        let report = up(&project, &invocation, &set, &target, &options, &notes, &interrupt).await.unwrap();
        assert_eq!((report.done.len(), report.left, report.current.as_deref()), (1, 1, Some("001")));
        assert_eq!(*notes.0.lock().unwrap(), ["start 001", "here", "end 001"]);
        let report = up(&project, &invocation, &set, &target, &UpOptions::default(), &Quiet, &interrupt).await.unwrap();
        assert_eq!((report.done.len(), report.left), (1, 0));

        let session = target.look().await.unwrap();
        let history = History::read(&project, &set, "development", Some(&session)).await.unwrap();
        session.close().await;
        let same = unchanged_statements(&project, &invocation, &set, &history);
        let report = status(&set, &history, &same);
        assert_eq!(report.count(Standing::Applied), 2);
        assert!(!verify(&project, &invocation, &set, &target).await.unwrap().has_findings());

        let options = DownOptions { to: DownTo::Base, single_transaction: true };
        let report = down(&project, &invocation, &set, &target, &options, &Quiet, &interrupt).await.unwrap();
        assert_eq!(report.done.iter().map(|d| d.id.as_str()).collect::<Vec<_>>(), ["002", "001"]);
        target.close().await.unwrap();
    });
    assert_eq!(db.one("SELECT count(*) FROM surefoot.events WHERE run = 'test-1' AND kind = 'reverted'"), "2");
}

#[test]
fn an_error_says_how_it_ends() {
    let db = require!(TestDb::new(Major::Any), "a PostgreSQL server");
    let files = files().file("migrations/002_b.sql", "INSERT INTO missing VALUES (1);\n");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let error = runtime.block_on(embed::migrate(files.path(), &db.url())).unwrap_err();
    assert_eq!((error.code(), error.exit()), ("statement", Exit::Failed));
    let Error::Run { done, .. } = &error else { panic!("{error}") };
    assert_eq!(done.len(), 1);
    files.write("migrations/002_b.sql", "CREATE TABLE b (id int);\n");
    let report = runtime.block_on(embed::migrate(files.path(), &db.url())).unwrap();
    assert_eq!(report.current.as_deref(), Some("002"));
    files.write("migrations/001_a.sql", "CREATE TABLE other (id int);\n");
    let error = runtime.block_on(embed::migrate(files.path(), &db.url())).unwrap_err();
    assert_eq!((error.code(), error.exit()), ("changed-file", Exit::Refused));
}

#[test]
#[cfg(not(feature = "embedded"))]
fn without_the_feature_there_is_no_embedded_server() {
    let files = files();
    let invocation = Invocation { folder: files.path().to_path_buf(), ..Invocation::default() };
    let project = Project::open(&invocation).unwrap();
    let (_, spec) = prepare(&project, &invocation).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let error = runtime.block_on(spec.open(Duration::ZERO)).unwrap_err();
    assert_eq!(error.code(), "no-embedded");
    assert!(!files.join(".surefoot").exists());
}

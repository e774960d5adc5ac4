//! Carries a case out.

use std::ops::Range;
use std::time::Duration;

use surefoot::devdb::Server;
use surefoot::devdb::embedded::EmbeddedOptions;
use surefoot_testkit::{Cmd, Major, Project, TestDb, normalise, skip, try_query};

use crate::case::{Block, Case, Document};

/// A step and what it printed.
pub(crate) struct Ran {
    pub(crate) line: usize,
    pub(crate) lines: Range<usize>,
    pub(crate) expected: Vec<String>,
    pub(crate) actual: Vec<String>,
}

struct Stage {
    project: Project,
    database: Option<TestDb>,
    /// What `{name}` means, and what is shown as `{name}`.
    words: Vec<(&'static str, String)>,
    env: Vec<(String, String)>,
}

/// Runs a case; `None` when it needs a server and there is none.
pub(crate) fn run(document: &Document, case: &Case) -> Option<Vec<Ran>> {
    let mut stage = Stage { project: Project::new(), database: None, words: Vec::new(), env: Vec::new() };
    if document.server {
        let Some(database) = TestDb::new(Major::Any) else {
            skip("these cases need a PostgreSQL server");
            return None;
        };
        let (role, owner) = database.ordinary_role();
        database.sql(&format!(
            "ALTER DATABASE \"{0}\" OWNER TO \"{role}\"; ALTER SCHEMA public OWNER TO \"{role}\"",
            database.name()
        ));
        stage.env.push(("DATABASE_URL".into(), database.url()));
        stage.words = vec![
            ("{url}", database.url()),
            ("{owner}", owner),
            ("{role}", role),
            ("{address}", database.cluster().address()),
            ("{db}", database.name().to_owned()),
        ];
        stage.database = Some(database);
    }
    let dir = stage.project.path().canonicalize().expect("path").to_string_lossy().into_owned();
    let name = dir.rsplit('/').next().expect("name").to_owned();
    // One after the other: what is not on record differs by nothing else.
    let mut out = Vec::new();
    for block in &case.blocks {
        match block {
            Block::File { path, how, text } => {
                let bytes = bytes(&stage.fill(text), how);
                stage.project.write(path, bytes);
            }
            Block::Env(pairs) => {
                for (key, value) in pairs {
                    let value = stage.fill(value);
                    stage.env.retain(|(k, _)| k != key);
                    stage.env.push((key.clone(), value));
                }
            }
            Block::Server(text) => {
                let database = stage.database.as_ref().expect("`server` blocks need `server: true`");
                database.sql(&stage.fill(text));
            }
            Block::Step(step) => {
                let (code, text) = stage.step(&step.command);
                let mut known: Vec<(&str, &str)> =
                    stage.words.iter().map(|(word, value)| (value.as_str(), *word)).collect();
                known.extend([(dir.as_str(), "<dir>"), (name.as_str(), "<project>")]);
                let text = normalise(&text, &known);
                let mut actual: Vec<String> = text.lines().map(|l| l.trim_end().to_owned()).collect();
                if code != Some(0) {
                    actual.push(match code {
                        Some(code) => format!("[exit {code}]"),
                        None => "[killed]".into(),
                    });
                }
                out.push(Ran { line: step.line, lines: step.lines.clone(), expected: step.expected.clone(), actual });
            }
        }
    }
    Some(out)
}

impl Stage {
    fn fill(&self, text: &str) -> String {
        self.words.iter().fold(text.to_owned(), |text, (word, value)| text.replace(word, value))
    }

    fn step(&self, command: &str) -> (Option<i32>, String) {
        let command = self.fill(command);
        if let Some(query) = command.strip_prefix("sql ") {
            return self.sql(query);
        }
        // Through a shell for its quotes, and for one stream of output.
        let script = match command.strip_prefix("sh ") {
            Some(script) => script.to_owned(),
            None => match command.strip_prefix("surefoot ") {
                Some(arguments) => format!("\"$SUREFOOT\" {arguments}"),
                None => panic!("there is no step {command:?}"),
            },
        };
        let mut cmd: Cmd = self.project.command("/bin/sh").args(["-c", &format!("exec 2>&1; {script}")]);
        for (key, value) in &self.env {
            cmd = cmd.env(key, value);
        }
        let output = cmd
            .env("SUREFOOT", env!("CARGO_BIN_EXE_surefoot"))
            .env("USER", "ana")
            .timeout(Duration::from_secs(120))
            .run();
        (output.code, output.stdout + &output.stderr)
    }

    fn sql(&self, query: &str) -> (Option<i32>, String) {
        let answer = match &self.database {
            Some(database) => database.try_sql(query),
            None => {
                let path = self.project.join(".surefoot/db");
                let options = EmbeddedOptions { wait_for_holder: Duration::from_secs(20), ..Default::default() };
                let server = Server::embedded(Some(&path), options).expect("the embedded database");
                let answer = try_query(&server.url(), query);
                server.stop().expect("stop");
                answer
            }
        };
        match answer {
            Ok(rows) => (Some(0), rows.iter().map(|row| row.join(" | ") + "\n").collect()),
            Err(e) => (Some(1), format!("ERROR {e}\n")),
        }
    }
}

fn bytes(text: &str, how: &[String]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for how in how {
        bytes = match how.as_str() {
            "crlf" => text.replace('\n', "\r\n").into_bytes(),
            "bom" => ["\u{feff}".as_bytes(), &bytes].concat(),
            "open" => bytes.strip_suffix(b"\n").unwrap_or(&bytes).to_vec(),
            "escapes" => unescape(text),
            other => panic!("there is no way to write a file {other:?}"),
        };
    }
    bytes
}

fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('\\') {
        out.extend_from_slice(before.as_bytes());
        if let Some(behind) = behind.strip_prefix('0') {
            out.push(0);
            rest = behind;
        } else {
            let hex = behind.strip_prefix('x').and_then(|h| h.get(..2)).expect("\\xNN");
            out.push(u8::from_str_radix(hex, 16).expect("two hexadecimal digits"));
            rest = &behind[3..];
        }
    }
    out.extend_from_slice(rest.as_bytes());
    out
}

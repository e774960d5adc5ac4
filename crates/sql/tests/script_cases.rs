//! Every case in `tests/cases/*.md`: a script, and what is read from it.
//!
//! A case is a heading, prose, a `sql` block and a `text` block with the expected reading. Lines
//! of the prose that matter: `vars: name=value` (one each), `crlf`, `bom`, `no final newline`.
//! Further blocks opened with "```sql name.sql" are files to include. Set
//! `UPDATE_CASES=1` to write the expected blocks anew, and read the difference.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use surefoot_sql::script::{Include, Item, Script, StatementKind, parse};
use surefoot_sql::tokens;

struct Files(BTreeMap<String, String>);

impl Include for Files {
    fn load(&mut self, from: &str, path: &str, relative: bool) -> Result<(String, Arc<str>), String> {
        let name = match from.rsplit_once('/') {
            Some((folder, _)) if relative => format!("{folder}/{path}"),
            _ => path.to_owned(),
        };
        match self.0.get(&name) {
            Some(text) => Ok((name, Arc::from(text.as_str()))),
            None => Err("there is no such file".to_owned()),
        }
    }
}

#[derive(Default)]
struct Case {
    title: String,
    sql: String,
    expected: String,
    vars: BTreeMap<String, String>,
    files: BTreeMap<String, String>,
}

fn cases(text: &str) -> Vec<Case> {
    let mut found = Vec::new();
    for section in text.split("\n## ").skip(1) {
        let (title, body) = section.split_once('\n').unwrap_or((section, ""));
        let mut case = Case { title: title.to_owned(), ..Case::default() };
        let (mut crlf, mut bom, mut cut) = (false, false, false);
        let mut lines = body.split_inclusive('\n');
        while let Some(line) = lines.next() {
            match line.trim_end() {
                "crlf" => crlf = true,
                "bom" => bom = true,
                "no final newline" => cut = true,
                line => {
                    if let Some((name, value)) = line.strip_prefix("vars: ").and_then(|set| set.split_once('=')) {
                        case.vars.insert(name.to_owned(), value.to_owned());
                    }
                    let Some(fence) = line.strip_prefix("```") else {
                        continue;
                    };
                    let block: String = lines.by_ref().take_while(|line| line.trim_end() != "```").collect();
                    match fence.split_once(' ') {
                        Some(("sql", name)) => {
                            case.files.insert(name.to_owned(), block);
                        }
                        _ if fence == "sql" => case.sql = block,
                        _ => case.expected = block,
                    }
                }
            }
        }
        if crlf {
            case.sql = case.sql.replace('\n', "\r\n");
        }
        if bom {
            case.sql.insert(0, '\u{feff}');
        }
        if cut {
            case.sql.pop();
        }
        found.push(case);
    }
    found
}

fn kind(kind: &StatementKind) -> String {
    match kind {
        StatementKind::Other => String::new(),
        other => format!(" {other:?}"),
    }
}

fn render(script: &Script) -> String {
    let mut out = String::new();
    let main = 0;
    for item in script.items() {
        match item {
            Item::Statement(_, statement) => {
                let place = script.place(statement);
                assert_eq!(place.at.line, statement.line, "line of {statement:?}");
                let file = if statement.file == main { "" } else { place.file };
                let _ = write!(out, "{file}{}{}:", place.at, kind(&statement.kind));
                let _ = writeln!(out, " {}", script.text(statement).escape_debug_but_quotes());
                if let Some(data) = script.copy_data(statement) {
                    let _ = writeln!(out, "  data: {}", data.escape_debug_but_quotes());
                }
            }
            Item::Echo(echo) => {
                let to = if echo.warn { "warn" } else { "echo" };
                let _ = writeln!(out, "{to}: {}", echo.text.escape_debug_but_quotes());
            }
        }
    }
    for warning in &script.warnings {
        let _ = writeln!(out, "warning {}: {}", warning.at, warning.message);
    }
    out
}

trait Escape {
    fn escape_debug_but_quotes(&self) -> String;
}

impl Escape for str {
    fn escape_debug_but_quotes(&self) -> String {
        self.replace('\r', "␍").replace('\n', "⏎").replace('\t', "⇥")
    }
}

#[track_caller]
fn check(case: &Case) -> String {
    for text in case.files.values().chain([&case.sql]) {
        let joined: String = tokens(text).map(|token| token.text(text)).collect();
        assert_eq!(&joined, text, "{}: tokens cover the text", case.title);
    }
    let read = parse("main.sql", Arc::from(case.sql.as_str()), &case.vars, &mut Files(case.files.clone()));
    match read {
        Ok(script) => {
            joins_again(case, &script);
            render(&script)
        }
        Err(error) => format!("error {error}\nhint: {}\n", error.hint()),
    }
}

/// Statements written one after another with semicolons read as the same statements.
#[track_caller]
fn joins_again(case: &Case, script: &Script) {
    let mut text = String::new();
    for statement in &script.statements {
        text.push_str(script.text(statement));
        text.push_str("\n;\n");
        if let Some(data) = script.copy_data(statement) {
            text.push_str(data);
            if !data.is_empty() && !data.ends_with('\n') {
                text.push('\n');
            }
            text.push_str("\\.\n");
        }
    }
    let again = parse("joined", Arc::from(text), &BTreeMap::new(), &mut Files(BTreeMap::new()))
        .unwrap_or_else(|error| panic!("{}: {error}", case.title));
    let feed = |script: &Script| {
        let mut bytes = Vec::new();
        script.normalised(&mut |chunk| bytes.extend_from_slice(chunk));
        String::from_utf8_lossy(&bytes).into_owned()
    };
    if script.warnings.iter().all(|warning| !warning.message.contains("never closed")) {
        assert_eq!(feed(&again), feed(script), "{}: joined", case.title);
    }
}

#[test]
fn all_cases() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files: Vec<_> =
        std::fs::read_dir(&folder).expect("cases folder").map(|entry| entry.expect("entry").path()).collect();
    files.sort();
    let (mut count, mut failures) = (0, Vec::new());
    for path in files {
        let text = std::fs::read_to_string(&path).expect("case file");
        let mut updated = text.clone();
        for case in cases(&text) {
            count += 1;
            let got = check(&case);
            if got != case.expected {
                failures.push(format!(
                    "{}: {}\n--- expected\n{}--- got\n{got}",
                    path.display(),
                    case.title,
                    case.expected
                ));
                let heading = updated.find(&format!("\n## {}\n", case.title)).expect("heading");
                let block = heading + updated[heading..].find("```text\n").expect("text block") + 8;
                let end = block + updated[block..].find("```").expect("end of block");
                updated.replace_range(block..end, &got);
            }
        }
        if std::env::var_os("UPDATE_CASES").is_some() {
            std::fs::write(&path, updated).expect("write cases");
        }
    }
    assert!(count > 50, "only {count} cases were found");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Reading is linear: this would not end in a reasonable time otherwise.
#[test]
fn large_texts() {
    let mut text = String::with_capacity(52 << 20);
    while text.len() < 25 << 20 {
        text.push_str("INSERT INTO t VALUES (1, 'it''s', E'\\'', $$ ; $$); -- ; '\n");
    }
    text.push_str("COPY t FROM stdin;\n");
    while text.len() < 38 << 20 {
        text.push_str("1\tvalue\t\\N\t'\n");
    }
    text.push_str("\\.\n");
    text.push_str("SELECT ");
    while text.len() < 45 << 20 {
        text.push_str(":v + ");
    }
    text.push_str("1;\nSELECT ");
    while text.len() < 50 << 20 {
        text.push_str("$a ' -- \" (");
    }
    text.push('\'');
    let vars = BTreeMap::from([("v".to_owned(), "1".to_owned())]);
    let script = parse("big", Arc::from(text.as_str()), &vars, &mut Files(BTreeMap::new()));
    let script = script.expect("readable");
    assert_eq!(script.statements.len(), (25 << 20) / 58 + 4);
}

/// Whatever the bytes, tokens cover the text and reading ends.
#[test]
fn any_soup_is_covered() {
    let pieces = [
        "'",
        "\"",
        "$$",
        "$a$",
        "E'",
        "--",
        "/*",
        "*/",
        ";",
        "\\",
        "\n",
        "\r\n",
        "x",
        "é",
        ":",
        ":x",
        "(",
        ")",
        "begin atomic ",
        "end ",
        "create function ",
        "copy t from stdin;",
        "\\.",
        "1.",
        "..",
        "U&",
        "\\if ",
        "\\endif",
        "\\set x ",
        " ",
    ];
    let mut state = 12345_u64;
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..12 {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            text.push_str(pieces[(state >> 33) as usize % pieces.len()]);
        }
        let mut at = 0;
        for token in tokens(&text) {
            assert!(token.start == at && token.end > at, "{text:?}");
            assert!(text.is_char_boundary(token.end), "{text:?}");
            at = token.end;
        }
        assert_eq!(at, text.len());
        let vars = BTreeMap::from([("x".to_owned(), "1; '2' :x :y".to_owned())]);
        if let Ok(script) = parse("soup", Arc::from(text.as_str()), &vars, &mut Files(BTreeMap::new())) {
            for statement in &script.statements {
                assert!(!script.text(statement).is_empty(), "{text:?}");
                for position in 0..40 {
                    let place = script.position(statement, position);
                    assert!(place.offset <= text.len(), "{text:?}");
                }
            }
        }
    }
}

#[test]
fn positions_lead_back_to_the_file() {
    let text = "\u{feff}-- é\r\nselect\r\n  'é', oops from :t where\r\n  x = nope;\n";
    let read = |vars: &BTreeMap<String, String>| {
        parse("f.sql", Arc::from(text), vars, &mut Files(BTreeMap::new())).expect("readable")
    };
    let plain = read(&BTreeMap::new());
    let statement = &plain.statements[0];
    let at = |script: &Script, needle: &str| {
        let sent = script.text(&script.statements[0]);
        let position = sent.split(needle).next().map_or(0, |before| before.chars().count()) + 1;
        script.position(&script.statements[0], position).to_string()
    };
    assert_eq!(plain.place(statement).to_string(), "f.sql:2:1");
    assert_eq!(at(&plain, "oops"), "f.sql:3:8");
    assert_eq!(at(&plain, "nope"), "f.sql:4:7");

    let vars = BTreeMap::from([("t".to_owned(), "a_very_long_name join other".to_owned())]);
    let replaced = read(&vars);
    assert!(replaced.statements[0].is_expanded());
    assert_eq!(at(&replaced, "oops"), "f.sql:3:8");
    assert_eq!(at(&replaced, "other"), "f.sql:3:18");
    assert_eq!(at(&replaced, "nope"), "f.sql:4:7");
}

/// psql sends the same statements. Runs where `SUREFOOT_TEST_PSQL` holds the arguments of a psql
/// on a throw-away database, separated by spaces: `-h /tmp/x -U postgres postgres`.
#[test]
#[expect(clippy::print_stderr, reason = "a skipped test must not pass in silence")]
fn psql_reads_the_same() {
    let Ok(arguments) = std::env::var("SUREFOOT_TEST_PSQL") else {
        eprintln!("SKIPPED: set SUREFOOT_TEST_PSQL to compare with psql");
        return;
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let work = std::env::temp_dir().join(format!("surefoot-psql-{}", std::process::id()));
    let mut compared = 0;
    for file in ["statements.md", "psql.md"] {
        let text = std::fs::read_to_string(folder.join(file)).expect("case file");
        for case in cases(&text) {
            let Ok(script) =
                parse("main.sql", Arc::from(case.sql.as_str()), &case.vars, &mut Files(case.files.clone()))
            else {
                continue;
            };
            // Known differences: psql sends what `\;` joins as one; and it reads line by line, so
            // it takes the continuation of an escape string for a plain string, which the server
            // does not.
            if ["escaped semicolon and colon", "an escape string goes on after a line end"]
                .contains(&case.title.as_str())
            {
                continue;
            }
            for (name, text) in case.files.iter().chain([(&"main.sql".to_owned(), &case.sql)]) {
                let path = work.join(name);
                std::fs::create_dir_all(path.parent().expect("folder")).expect("folder");
                std::fs::write(path, text).expect("write");
            }
            let mut command = std::process::Command::new("psql");
            command.current_dir(&work).args(["-X", "-e", "-o", "/dev/null", "-f", "main.sql"]);
            for (name, value) in &case.vars {
                command.args(["-v", &format!("{name}={value}")]);
            }
            let output = command.args(arguments.split(' ')).output().expect("psql");
            let feed = |text: &str| {
                let mut bytes = Vec::new();
                surefoot_sql::normalised(text, &mut |chunk| bytes.extend_from_slice(chunk));
                String::from_utf8_lossy(&bytes).into_owned()
            };
            // What `\echo` and `\timing` print is not sent; the last semicolon may be missing.
            let sent: String = String::from_utf8_lossy(&output.stdout)
                .lines()
                .filter(|line| {
                    ![
                        "Timing is",
                        "Pager usage",
                        "Expanded display",
                        "Tuples only",
                        "Output format",
                        "Time:",
                    ]
                    .iter()
                    .any(|start| line.starts_with(start))
                        // `\set` alone lists the variables.
                        && line.split_once(" = '").is_none_or(|(name, _)| name.contains(' '))
                        && !script
                            .echoes
                            .iter()
                            .any(|echo| echo.text.trim_end() == *line)
                })
                .map(|line| format!("{line}\n"))
                .collect();
            let ours: String =
                script.statements.iter().map(|statement| format!("{}\n;", script.text(statement))).collect();
            let plain = |text: &str| feed(text).replace(';', "").split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(plain(&ours), plain(&sent), "{}", case.title);
            compared += 1;
        }
    }
    let _ = std::fs::remove_dir_all(&work);
    eprintln!("{compared} cases compared with psql");
}

//! Whatever the text, reading it ends, and what is wrong has a place in it.

use std::path::{Path, PathBuf};

use surefoot_prisma::parse;

/// Reads a text; a refusal must be of use.
fn read(text: &str) {
    let files = [("schema.prisma".to_owned(), text.to_owned())];
    let Err(all) = parse(&files) else {
        return;
    };
    assert!(!all.is_empty(), "refused without a reason:\n{text}");
    let lines = text.split('\n').count();
    for one in all {
        let (line, column) = (one.place.line, one.place.column);
        let width = text.split('\n').nth(line - 1).map_or(0, |line| line.chars().count());
        assert!(line <= lines && column <= width + 1, "{one} is not in the text:\n{text}");
        assert!(!one.object.is_empty() && !one.message.is_empty() && !one.help.is_empty(), "{one:?} says too little");
    }
}

fn texts() -> Vec<String> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(cases).unwrap().map(|entry| entry.unwrap().path().join("schema.prisma")).collect();
    paths.sort();
    let texts: Vec<String> = paths.iter().filter_map(|path| std::fs::read_to_string(path).ok()).collect();
    assert!(texts.len() > 80);
    // The long ones add nothing to the short ones here.
    texts.into_iter().filter(|text| text.len() < 6000).collect()
}

#[test]
fn a_text_that_stops_anywhere_is_read() {
    for text in texts() {
        // Steps that meet every kind of place sooner or later.
        for end in (0..text.len()).step_by(29) {
            read(&text[..text.floor_char_boundary(end)]);
        }
    }
}

#[test]
fn a_text_with_a_line_missing_or_twice_is_read() {
    for text in texts() {
        let lines: Vec<&str> = text.split('\n').collect();
        for at in 0..lines.len() {
            let mut without = lines.clone();
            without.remove(at);
            read(&without.join("\n"));
            let mut twice = lines.clone();
            twice.insert(at, lines[at]);
            read(&twice.join("\n"));
        }
    }
}

#[test]
fn odd_texts_are_read() {
    let deep = format!("datasource db {{\n  provider = {}\n}}\n", "[".repeat(100_000));
    let calls = format!("model A {{\n  id Int @default({})\n}}\n", "a(".repeat(100_000));
    let braces = "model A {\n".repeat(1000);
    for text in [
        &deep, &calls, &braces, "", "\u{feff}", "}", "{", "model", "model A", "@@", "\"", "\\", "/*", "//", "\r",
        "\u{0}",
    ] {
        read(text);
    }
    assert!(parse(&[]).is_err());
}

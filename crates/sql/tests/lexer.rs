//! Kinds and borders of tokens, one line of text per check.

use surefoot_sql::{TokenKind, Unterminated, tokens};

/// Significant tokens as `kind:text`.
fn read(text: &str) -> Vec<String> {
    tokens(text)
        .filter(|token| token.kind != TokenKind::Whitespace)
        .map(|token| {
            let kind = match token.kind {
                TokenKind::Whitespace => "ws",
                TokenKind::LineComment => "line",
                TokenKind::BlockComment => "block",
                TokenKind::Ident => "w",
                TokenKind::QuotedIdent => "qi",
                TokenKind::UnicodeIdent => "ui",
                TokenKind::String => "s",
                TokenKind::EString => "es",
                TokenKind::UnicodeString => "us",
                TokenKind::BitString => "bs",
                TokenKind::DollarString => "ds",
                TokenKind::Number => "n",
                TokenKind::Param => "p",
                TokenKind::Operator => "o",
                TokenKind::Punct(_) => "c",
                TokenKind::Semicolon => "semi",
                TokenKind::Backslash => "bsl",
                TokenKind::Unterminated(Unterminated::Comment) => "open-comment",
                TokenKind::Unterminated(Unterminated::String) => "open-string",
                TokenKind::Unterminated(Unterminated::QuotedIdent) => "open-ident",
                TokenKind::Unterminated(Unterminated::DollarString) => "open-dollar",
                _ => "?",
            };
            format!("{kind}:{}", token.text(text))
        })
        .collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(read(text), expected, "{text}");
}

#[test]
fn operators_end_where_postgresql_ends_them() {
    check("a=-1", &["w:a", "o:=", "o:-", "n:1"]);
    check("a @- b", &["w:a", "o:@-", "w:b"]);
    check("a+-+b", &["w:a", "o:+", "o:-", "o:+", "w:b"]);
    check("a->>b<=c<>d!=e=>f", &["w:a", "o:->>", "w:b", "o:<=", "w:c", "o:<>", "w:d", "o:!=", "w:e", "o:=>", "w:f"]);
    check("a*/*c*/b", &["w:a", "o:*", "block:/*c*/", "w:b"]);
    check("a<--b", &["w:a", "o:<", "line:--b"]);
    check("a@--b", &["w:a", "o:@", "line:--b"]);
    check("a::b:=c:d", &["w:a", "o:::", "w:b", "o::=", "w:c", "c::", "w:d"]);
    check("count(*)", &["w:count", "c:(", "o:*", "c:)"]);
}

#[test]
fn numbers() {
    check("1..10", &["n:1", "o:..", "n:10"]);
    check("1.5e-3 .5 1. 1.e5 1e", &["n:1.5e-3", "n:.5", "n:1.", "n:1.e5", "n:1", "w:e"]);
    check("0xFF_a 0b10 0o17 1_000 1__0", &["n:0xFF_a", "n:0b10", "n:0o17", "n:1_000", "n:1", "w:__0"]);
    check("t.1 a.b", &["w:t", "n:.1", "w:a", "c:.", "w:b"]);
    check("$1 $12a $", &["p:$1", "p:$12", "w:a", "c:$"]);
}

#[test]
fn strings() {
    check("'a''b' 'c'", &["s:'a''b'", "s:'c'"]);
    check("'a'\n'b'", &["s:'a'\n'b'"]);
    check("'a' -- x\n'b'", &["s:'a' -- x\n'b'"]);
    check("'a' /* x */\n'b'", &["s:'a'", "block:/* x */", "s:'b'"]);
    check(
        r"E'\'' e'\\' n'x' X'ff' u&'x' U&",
        &[r"es:E'\''", r"es:e'\\'", "s:n'x'", "bs:X'ff'", "us:u&'x'", "w:U", "o:&"],
    );
    check("$$a$$ $x$ $$ $x$ $x$", &["ds:$$a$$", "ds:$x$ $$ $x$", "open-dollar:$x$"]);
    check("a$$b$$", &["w:a$$b$$"]);
    check("\"a\"\"b\" U&\"x\"", &["qi:\"a\"\"b\"", "ui:U&\"x\""]);
    check("'abc", &["open-string:'abc"]);
    check(r"E'abc\'", &[r"open-string:E'abc\'"]);
    check("\"abc", &["open-ident:\"abc"]);
}

#[test]
fn comments() {
    check("/* a /* b */ c */d", &["block:/* a /* b */ c */", "w:d"]);
    check("/*/ x */1", &["block:/*/ x */", "n:1"]);
    check("/***/ /**/1", &["block:/***/", "block:/**/", "n:1"]);
    check("/* /* */", &["open-comment:/* /* */"]);
    check("--a\r\n--b", &["line:--a", "line:--b"]);
}

#[test]
fn the_rest() {
    check("é_1$x \\ {", &["w:é_1$x", "bsl:\\", "c:{"]);
    check("a\u{a0}b", &["w:a\u{a0}b"]);
    check("[1,2];", &["c:[", "n:1", "c:,", "n:2", "c:]", "semi:;"]);
}

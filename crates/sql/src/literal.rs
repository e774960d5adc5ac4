//! The values of string constants and identifiers (manual chapter "Lexical Structure").

use std::borrow::Cow;

use crate::lexer::{Token, TokenKind, continuation};

/// The value of a string constant token of `text`: quotes removed, doubled quotes and escapes
/// resolved, continued pieces joined. `None` for other tokens and for escapes PostgreSQL would
/// refuse. `U&'...'` is read with `\` as its escape character (no `UESCAPE`).
#[must_use]
pub fn string_value<'a>(token: &Token, text: &'a str) -> Option<Cow<'a, str>> {
    let whole = token.text(text);
    match token.kind {
        TokenKind::DollarString => {
            let tag = whole[1..].find('$')? + 2;
            Some(Cow::Borrowed(whole.get(tag..whole.len() - tag)?))
        }
        TokenKind::String | TokenKind::EString | TokenKind::UnicodeString => {
            let pieces = pieces(whole, token.kind == TokenKind::EString);
            let raw: Cow<'a, str> = match pieces.as_slice() {
                [one] => Cow::Borrowed(*one),
                many => Cow::Owned(many.concat()),
            };
            match token.kind {
                TokenKind::EString => unescape(&raw).map(Cow::Owned),
                TokenKind::UnicodeString => unicode(&raw.replace("''", "'")).map(Cow::Owned),
                _ if raw.contains("''") => Some(Cow::Owned(raw.replace("''", "'"))),
                _ => Some(raw),
            }
        }
        _ => None,
    }
}

/// The name an identifier token of `text` stands for: folded to lower case when unquoted,
/// unquoted otherwise. `None` for other tokens.
#[must_use]
pub fn ident_value<'a>(token: &Token, text: &'a str) -> Option<Cow<'a, str>> {
    let whole = token.text(text);
    match token.kind {
        TokenKind::Ident if whole.bytes().any(|byte| byte.is_ascii_uppercase()) => {
            Some(Cow::Owned(whole.to_ascii_lowercase()))
        }
        TokenKind::Ident => Some(Cow::Borrowed(whole)),
        TokenKind::QuotedIdent => {
            let inner = whole.get(1..whole.len() - 1)?;
            Some(if inner.contains('"') { Cow::Owned(inner.replace("\"\"", "\"")) } else { Cow::Borrowed(inner) })
        }
        TokenKind::UnicodeIdent => {
            let inner = whole.get(3..whole.len() - 1)?;
            unicode(&inner.replace("\"\"", "\"")).map(Cow::Owned)
        }
        _ => None,
    }
}

/// The insides of a quoted string and of the strings that continue it.
pub(crate) fn pieces(whole: &str, escapes: bool) -> Vec<&str> {
    let bytes = whole.as_bytes();
    let mut found = Vec::with_capacity(1);
    let Some(mut start) = bytes.iter().position(|&byte| byte == b'\'').map(|at| at + 1) else {
        return found;
    };
    let mut pos = start;
    while pos < bytes.len() {
        match bytes[pos] {
            b'\\' if escapes => pos += 2,
            b'\'' if bytes.get(pos + 1) == Some(&b'\'') => pos += 2,
            b'\'' => {
                found.push(&whole[start..pos]);
                match continuation(bytes, pos + 1) {
                    Some(next) => {
                        start = next;
                        pos = next;
                    }
                    None => break,
                }
            }
            _ => pos += 1,
        }
    }
    found
}

fn unescape(raw: &str) -> Option<String> {
    let mut out: Vec<u8> = Vec::with_capacity(raw.len());
    let mut chars = raw.chars().peekable();
    let mut high: Option<u32> = None;
    while let Some(c) = chars.next() {
        if c == '\'' {
            chars.next();
            out.push(b'\'');
            continue;
        }
        if c != '\\' {
            push(&mut out, c);
            continue;
        }
        let escaped = chars.next()?;
        match escaped {
            'b' => out.push(8),
            'f' => out.push(12),
            'n' => out.push(b'\n'),
            'r' => out.push(b'\r'),
            't' => out.push(b'\t'),
            'v' => out.push(11),
            'u' | 'U' => {
                let code = hex(&mut chars, if escaped == 'u' { 4 } else { 8 })?;
                match (high.take(), code) {
                    (None, 0xd800..=0xdbff) => high = Some(code),
                    (Some(first), 0xdc00..=0xdfff) => push(&mut out, pair(first, code)?),
                    (None, _) => push(&mut out, char::from_u32(code)?),
                    (Some(_), _) => return None,
                }
            }
            'x' if chars.peek().is_some_and(char::is_ascii_hexdigit) => {
                let mut value = 0;
                for _ in 0..2 {
                    match chars.peek().and_then(|c| c.to_digit(16)) {
                        Some(digit) => value = value * 16 + digit,
                        None => break,
                    }
                    chars.next();
                }
                out.push(u8::try_from(value).ok()?);
            }
            '0'..='7' => {
                let mut value = escaped.to_digit(8)?;
                for _ in 0..2 {
                    match chars.peek().and_then(|c| c.to_digit(8)) {
                        Some(digit) => value = value * 8 + digit,
                        None => break,
                    }
                    chars.next();
                }
                out.push((value & 0xff) as u8);
            }
            other => push(&mut out, other),
        }
    }
    if high.is_some() {
        return None;
    }
    String::from_utf8(out).ok()
}

fn unicode(raw: &str) -> Option<String> {
    let mut out = String::with_capacity(raw.len());
    let mut chars = raw.chars().peekable();
    let mut high: Option<u32> = None;
    while let Some(c) = chars.next() {
        if c != '\\' {
            if high.is_some() {
                return None;
            }
            out.push(c);
            continue;
        }
        match chars.peek()? {
            '\\' => {
                chars.next();
                out.push('\\');
                continue;
            }
            '+' => {
                chars.next();
                let code = hex(&mut chars, 6)?;
                out.push(char::from_u32(code)?);
            }
            _ => {
                let code = hex(&mut chars, 4)?;
                match (high.take(), code) {
                    (None, 0xd800..=0xdbff) => high = Some(code),
                    (Some(first), 0xdc00..=0xdfff) => out.push(pair(first, code)?),
                    (None, _) => out.push(char::from_u32(code)?),
                    (Some(_), _) => return None,
                }
            }
        }
    }
    high.is_none().then_some(out)
}

fn pair(high: u32, low: u32) -> Option<char> {
    char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))
}

fn hex(chars: &mut impl Iterator<Item = char>, digits: usize) -> Option<u32> {
    let mut value = 0;
    for _ in 0..digits {
        value = value * 16 + chars.next()?.to_digit(16)?;
    }
    Some(value)
}

fn push(out: &mut Vec<u8>, c: char) {
    let mut buffer = [0; 4];
    out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexer::tokens;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let mut all = tokens(text);
        let token = all.next().unwrap_or_else(|| panic!("no token in {text}"));
        assert_eq!(token.end, text.len(), "one token: {text}");
        let value = string_value(&token, text).or_else(|| ident_value(&token, text));
        assert_eq!(value.as_deref(), expected, "{text}");
    }

    #[test]
    fn values() {
        check("'it''s'", Some("it's"));
        check("'a'  -- gap\n 'b'", Some("ab"));
        check(r"E'a\'b'", Some("a'b"));
        check("E'a\\'b'\n'c\\'d'", Some("a'bc'd"));
        check(r"E'\x41\101\u0041\U00000041\n'", Some("AAAA\n"));
        check(r"E'\uD83D\uDE00'", Some("😀"));
        check(r"E'\xff'", None);
        check(r"'back\slash'", Some(r"back\slash"));
        check("$a$b$$c$a$", Some("b$$c"));
        check("$$$$", Some(""));
        check(r"U&'d\0061t\+000061'", Some("data"));
        check(r#"U&"d\0061t\+000061""#, Some("data"));
        check(r"U&'\00'", None);
        check("FooBar", Some("foobar"));
        check(r#""Foo""Bar""#, Some("Foo\"Bar"));
        check("b'101'", None);
    }
}

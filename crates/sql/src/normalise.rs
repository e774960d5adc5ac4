//! The form of SQL text that is hashed to tell a change from a change of looks.

use crate::lexer::{Token, TokenKind, tokens};
use crate::literal::pieces;

/// Feeds `sink` the tokens of `text` in a form that comments, white space, line ends, a byte
/// order mark and the case of unquoted words do not change, and that any other difference does:
/// in strings, quoted identifiers, numbers, operators, function bodies (their comments included),
/// or in the order of things. Equal feeds mean equal SQL; hash them with whatever hash you like.
///
/// For a whole file with `COPY` data or psql meta-commands, see
/// [`Script::normalised`](crate::script::Script::normalised).
pub fn normalised(text: &str, sink: &mut dyn FnMut(&[u8])) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut first = true;
    for token in tokens(text).filter(|token| token.kind.is_significant()) {
        if !first {
            sink(b" ");
        }
        first = false;
        feed(&token, text, sink);
    }
}

fn feed(token: &Token, text: &str, sink: &mut dyn FnMut(&[u8])) {
    let whole = token.text(text);
    match token.kind {
        TokenKind::Ident => {
            let mut buffer = [0_u8; 64];
            for chunk in whole.as_bytes().chunks(buffer.len()) {
                let lower = &mut buffer[..chunk.len()];
                lower.copy_from_slice(chunk);
                lower.make_ascii_lowercase();
                sink(lower);
            }
        }
        TokenKind::String | TokenKind::EString | TokenKind::UnicodeString | TokenKind::BitString => {
            let open = whole.find('\'').map_or(0, |at| at + 1);
            sink(&whole.as_bytes()[..open]);
            let escapes = token.kind == TokenKind::EString;
            for (index, piece) in pieces(whole, escapes).into_iter().enumerate() {
                if index > 0 {
                    sink(b"'\n'");
                }
                line_ends_folded(piece, sink);
            }
            sink(b"'");
        }
        _ => line_ends_folded(whole, sink),
    }
}

/// Feeds text with CR LF as LF.
pub(crate) fn line_ends_folded(text: &str, sink: &mut dyn FnMut(&[u8])) {
    let bytes = text.as_bytes();
    let mut from = 0;
    for (at, _) in text.match_indices("\r\n") {
        sink(&bytes[from..at]);
        from = at + 1;
    }
    sink(&bytes[from..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        let mut out = Vec::new();
        normalised(text, &mut |bytes| out.extend_from_slice(bytes));
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn looks_do_not_count() {
        let plain = of("select a.b+1, 'x' from t where c = $$a\nb$$");
        for same in [
            "\u{feff}SELECT a . b + 1,'x'\r\nFROM t -- why\nWHERE c=$$a\r\nb$$",
            "select/* c /* d */ */a.b+1,\t'x' from T where C = $$a\nb$$ ",
        ] {
            assert_eq!(of(same), plain, "{same}");
        }
        assert_eq!(of("select 'a'\n'b'"), of("select 'a' -- c\r\n\r\n  'b'"));
    }

    #[test]
    fn substance_counts() {
        let plain = of("select 'x', \"Y\" from t where a <= 1 and $$ b $$");
        for other in [
            "select 'X', \"Y\" from t where a <= 1 and $$ b $$",
            "select ' x', \"Y\" from t where a <= 1 and $$ b $$",
            "select 'x', \"y\" from t where a <= 1 and $$ b $$",
            "select 'x', \"Y\" from t where a < = 1 and $$ b $$",
            "select 'x', \"Y\" from t where a <= 1 and $$  b $$",
            "select 'x', \"Y\" from t where a <= 1 and $$ b -- c $$",
            "select 'x', \"Y\" from t where a <= 1 or $$ b $$",
            "select 'x' \"Y\" from t where a <= 1 and $$ b $$",
            "select E'x', \"Y\" from t where a <= 1 and $$ b $$",
        ] {
            assert_ne!(of(other), plain, "{other}");
        }
    }
}

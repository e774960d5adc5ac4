//! Statements for showing: without the passwords in them.

use std::borrow::Cow;

use crate::lexer::{TokenKind, tokens};

/// The text with `'***'` for the constants that follow the word `PASSWORD`, and without the passwords in connection
/// strings that stand in constants. Pieces of statements will do, as a single line.
#[must_use]
pub fn redacted(text: &str) -> Cow<'_, str> {
    let lower = text.to_ascii_lowercase();
    if !lower.contains("password") && !lower.contains("://") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut after_password = false;
    for token in tokens(text) {
        let piece = token.text(text);
        match token.kind {
            kind if kind.is_string() || matches!(kind, TokenKind::Unterminated(_)) => {
                // A body is text of its own.
                let body = piece.strip_prefix('$').and_then(|p| p.find('$')).map_or(0, |n| n + 2);
                if after_password {
                    out.push_str("'***'");
                } else if body > 0 {
                    out.push_str(&piece[..body]);
                    out.push_str(&redacted(&piece[body..]));
                } else {
                    out.push_str(&connection(piece));
                }
                after_password = false;
            }
            TokenKind::Ident => {
                after_password = piece.eq_ignore_ascii_case("password");
                out.push_str(piece);
            }
            _ => {
                // `PASSWORD = '...'` and white space in between.
                after_password &= piece.chars().all(|c| c.is_whitespace() || c == '=');
                out.push_str(piece);
            }
        }
    }
    Cow::Owned(out)
}

/// A constant without the passwords of the connection strings in it.
fn connection(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    loop {
        let lower = rest.to_ascii_lowercase();
        let key = lower.find("password=").map(|at| (at, at + "password=".len()));
        let url = lower.find("://").map(|at| (at, at + 3));
        let first = [key.map(|(s, f)| (s, f, false)), url.map(|(s, f)| (s, f, true))].into_iter().flatten().min();
        let Some((_, from, in_url)) = first else {
            out.push_str(rest);
            return out;
        };
        out.push_str(&rest[..from]);
        rest = &rest[from..];
        if in_url {
            // user:password@host
            let end = rest.find(|c: char| c.is_whitespace() || c == '/' || c == '\'').unwrap_or(rest.len());
            if let Some(at) = rest[..end].rfind('@')
                && let Some(colon) = rest[..at].find(':')
            {
                out.push_str(&rest[..=colon]);
                out.push_str("***");
                rest = &rest[at..];
            }
        } else {
            let quoted = ["''", "'"].into_iter().find(|quote| rest.len() > quote.len() && rest.starts_with(quote));
            let end = match quoted {
                Some(quote) => rest[quote.len()..].find(quote).map_or(rest.len(), |n| n + 2 * quote.len()),
                None => rest.find(|c: char| c.is_whitespace() || matches!(c, '\'' | '&' | '$')).unwrap_or(rest.len()),
            };
            out.push_str("***");
            rest = &rest[end..];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::redacted;

    #[test]
    fn passwords_are_taken_out_and_the_rest_stays() {
        for (text, shown) in [
            (
                "CREATE ROLE a LOGIN PASSWORD 'x''y' VALID UNTIL 'infinity'",
                "CREATE ROLE a LOGIN PASSWORD '***' VALID UNTIL 'infinity'",
            ),
            ("alter user a encrypted password E'x\\'y'", "alter user a encrypted password '***'"),
            (
                "CREATE USER MAPPING FOR a SERVER s OPTIONS (user 'u', password 'p')",
                "CREATE USER MAPPING FOR a SERVER s OPTIONS (user 'u', password '***')",
            ),
            (
                "CREATE SUBSCRIPTION s CONNECTION 'host=h password=p user=u' PUBLICATION p",
                "CREATE SUBSCRIPTION s CONNECTION 'host=h password=*** user=u' PUBLICATION p",
            ),
            ("SELECT dblink('postgres://u:p@h/d')", "SELECT dblink('postgres://u:***@h/d')"),
            ("DO $$ BEGIN CREATE ROLE a PASSWORD 'p'; END $$", "DO $$ BEGIN CREATE ROLE a PASSWORD '***'; END $$"),
            ("ALTER ROLE a PASSWORD 'unfinished", "ALTER ROLE a PASSWORD '***'"),
            ("CREATE TABLE t (password text)", "CREATE TABLE t (password text)"),
            ("INSERT INTO t VALUES ('a', 'b')", "INSERT INTO t VALUES ('a', 'b')"),
        ] {
            assert_eq!(redacted(text), shown);
        }
    }
}

//! Texts of the server that would not be read as what they were printed from.

/// `status IN ('a', 'b')` over a `varchar` column is printed as `(ARRAY['a'::character varying, ...])::text[]`, and the
/// parser moves that cast into the array (`transformTypeCast` in parse_expr.c). A cast to the array's own type in
/// between keeps it outside, and is not printed again.
pub(super) fn stable(sql: &str) -> String {
    const START: &str = "(ARRAY[";
    const END: &str = ")::text[]";
    const TYPE: &str = "::character varying";
    let bytes = sql.as_bytes();
    let mut out = String::with_capacity(sql.len());
    let (mut copied, mut i) = (0, 0);
    while i < bytes.len() {
        if bytes[i] == b'\'' || bytes[i] == b'"' {
            i = after_quoted(bytes, i);
            continue;
        }
        if sql[i..].starts_with(START)
            && let Some(close) = closing(bytes, i + START.len())
            && sql[..close].ends_with(TYPE)
            && sql[close + 1..].starts_with(END)
        {
            out.push_str(&sql[copied..i]);
            out.push_str(&format!("({})::character varying[]){}", &sql[i..=close], &END[1..]));
            copied = close + 1 + END.len();
            i = copied;
            continue;
        }
        i += sql[i..].chars().next().map_or(1, char::len_utf8);
    }
    out.push_str(&sql[copied..]);
    out
}

/// The place of the bracket that closes the one before `from`.
fn closing(bytes: &[u8], from: usize) -> Option<usize> {
    let (mut depth, mut i) = (1, from);
    while i < bytes.len() {
        match bytes[i] {
            b'\'' | b'"' => {
                i = after_quoted(bytes, i);
                continue;
            }
            b'[' => depth += 1,
            b']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(i);
        }
        i += 1;
    }
    None
}

/// The place after a string or quoted name that begins at `from`. A doubled quote begins another one, which comes to
/// the same.
fn after_quoted(bytes: &[u8], from: usize) -> usize {
    let quote = bytes[from];
    let end = bytes[from + 1..].iter().position(|b| *b == quote);
    end.map_or(bytes.len(), |n| from + n + 2)
}

#[cfg(test)]
mod tests {
    use super::stable;

    #[test]
    fn a_cast_stays_outside() {
        assert_eq!(
            stable("CHECK (((s)::text = ANY ((ARRAY['a]'::character varying, 'ü'::character varying])::text[])))"),
            "CHECK (((s)::text = ANY (((ARRAY['a]'::character varying, 'ü'::character varying])::character varying[])::text[])))"
        );
    }

    #[test]
    fn the_rest_is_left_alone() {
        for sql in [
            "ANY (ARRAY['a'::text, 'b'::text])",
            "ANY ((ARRAY['a'::bpchar])::text[])",
            "IS '(ARRAY[''a''::character varying])::text[]'",
            "(ARRAY['a'::character varying",
        ] {
            assert_eq!(stable(sql), sql);
        }
    }
}

//! What a change of a column's type takes from its values, where the server takes it without a word.
//!
//! A value that does not fit at all is an error of the statement, and nothing is lost.

/// What values of type `old` lose as `new`, to be followed by "of <column>"; `None` where they keep all.
pub(crate) fn loss(old: &str, new: &str) -> Option<&'static str> {
    if let (Some(element), false) = (old.strip_suffix("[]"), new.ends_with("[]")) {
        // As text an array keeps all its elements.
        return if is_text(new) { None } else { loss(element, new).or(Some("all elements but the first")) };
    }
    let (old, new) = (old.trim_end_matches("[]"), new.trim_end_matches("[]"));
    let (from, to) = (Type::of(old), Type::of(new));
    match (from.name, to.name) {
        ("numeric" | "real" | "double precision" | "money", "smallint" | "integer" | "bigint" | "oid") => {
            (from.scale() != Some(0)).then_some("the digits behind the point")
        }
        ("numeric", "numeric") => match (from.scale(), to.scale()) {
            (_, None) => None,
            (Some(old), Some(new)) if old <= new => None,
            _ => Some("some digits behind the point"),
        },
        ("real" | "double precision", "numeric") if to.scale().is_some() => Some("some digits behind the point"),
        ("numeric", "real" | "double precision") | ("double precision", "real") | ("bigint" | "integer", "real") => {
            Some("the exact values")
        }
        ("bigint", "double precision") => Some("the exact values beyond 2^53"),
        ("smallint" | "integer" | "bigint" | "numeric", "boolean") => Some("all but whether it is zero"),
        ("timestamp" | "timestamptz", "date") => Some("the time of day"),
        ("timestamp" | "timestamptz", "time" | "timetz") => Some("the day"),
        ("timestamptz", "timestamp") | ("timetz", "time") => Some("the time zone"),
        ("timestamp", "timestamp") | ("timestamp" | "timestamptz", "timestamptz") | ("time", "time" | "timetz") => {
            let digits = |t: &Type| t.first.unwrap_or(6);
            (digits(&to) < digits(&from)).then_some("some digits of the seconds")
        }
        ("json", "jsonb") => Some("the order and the repetition of keys"),
        _ => None,
    }
}

fn is_text(name: &str) -> bool {
    matches!(Type::of(name).name, "text" | "character varying")
}

/// A type as `format_type` prints it, taken apart.
struct Type<'a> {
    name: &'a str,
    first: Option<u32>,
    second: Option<i32>,
}

impl<'a> Type<'a> {
    fn of(text: &'a str) -> Self {
        let (head, rest) = text.split_once('(').unwrap_or((text, ""));
        let (modifiers, tail) = rest.split_once(')').unwrap_or((rest, ""));
        let mut numbers = modifiers.split(',').map(str::trim);
        let first = numbers.next().and_then(|n| n.parse().ok());
        let second = numbers.next().and_then(|n| n.parse().ok());
        let head = head.trim_end();
        let zone = tail.trim() == "with time zone" || head.ends_with(" with time zone");
        let name = match (head.split(" with").next().unwrap_or(head), zone) {
            ("timestamp", true) => "timestamptz",
            ("timestamp", false) => "timestamp",
            ("time", true) => "timetz",
            ("time", false) => "time",
            _ => head,
        };
        Self { name, first, second }
    }

    /// Digits behind the point; `None` for any number of them. `numeric(5)` is `numeric(5,0)`.
    fn scale(&self) -> Option<i32> {
        match self.name {
            "numeric" => self.first.map(|_| self.second.unwrap_or(0)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::loss;

    #[test]
    fn what_is_lost() {
        for (old, new, lost) in [
            ("numeric(10,2)", "integer", Some("the digits behind the point")),
            ("numeric(10,0)", "bigint", None),
            ("numeric(10)", "integer", None),
            ("numeric", "numeric(10,2)", Some("some digits behind the point")),
            ("numeric(10,2)", "numeric(12,4)", None),
            ("numeric(10,4)", "numeric(12,2)", Some("some digits behind the point")),
            ("numeric(10,4)", "numeric", None),
            ("integer", "bigint", None),
            ("bigint", "integer", None),
            ("bigint", "double precision", Some("the exact values beyond 2^53")),
            ("timestamp with time zone", "date", Some("the time of day")),
            ("timestamp(3) without time zone", "date", Some("the time of day")),
            ("timestamp with time zone", "timestamp without time zone", Some("the time zone")),
            ("timestamp without time zone", "timestamp(0) without time zone", Some("some digits of the seconds")),
            ("timestamp(0) with time zone", "timestamp with time zone", None),
            ("time with time zone", "time without time zone", Some("the time zone")),
            ("date", "timestamp with time zone", None),
            ("json", "jsonb", Some("the order and the repetition of keys")),
            ("jsonb", "json", None),
            ("text", "character varying(10)", None),
            ("integer[]", "integer", Some("all elements but the first")),
            ("integer[]", "text", None),
            ("numeric[]", "integer[]", Some("the digits behind the point")),
            ("integer", "boolean", Some("all but whether it is zero")),
            ("boolean", "integer", None),
        ] {
            assert_eq!(loss(old, new), lost, "{old} as {new}");
        }
    }
}

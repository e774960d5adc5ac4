//! Durations as people write them: `500ms`, `2s`, `10min`, `1h`.

use std::time::Duration;

/// Reads a duration: a whole or decimal number and a unit (`ms`, `s`, `min`, `h`, `d`).
///
/// `0` needs no unit; for a timeout it means "none", as in PostgreSQL.
///
/// # Errors
/// What is wrong with the text, as a fact to be put after the name of the setting.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let split = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let unit = unit.trim();
    let value: f64 =
        number.parse().map_err(|_| format!("`{text}` is not a duration; write one like 500ms, 2s, 10min or 1h"))?;
    let seconds = match unit {
        "ms" => 0.001,
        "s" | "sec" => 1.0,
        "min" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        "" if value == 0.0 => 0.0,
        "" => {
            return Err(format!("`{text}` has no unit; write {text}ms, {text}s or {text}min"));
        }
        "m" => {
            return Err(format!("`{text}` has the unit `m`; write {number}min, or {number}ms"));
        }
        _ => {
            return Err(format!("`{text}` has an unknown unit `{unit}`; use ms, s, min, h or d"));
        }
    };
    Duration::try_from_secs_f64(value * seconds).map_err(|_| format!("`{text}` is too long"))
}

#[cfg(test)]
mod tests {
    use super::parse_duration;
    use std::time::Duration;

    #[test]
    fn reads_units() {
        for (text, millis) in
            [("500ms", 500), ("2s", 2000), ("10min", 600_000), ("1h", 3_600_000), ("0", 0), ("1.5 s", 1500)]
        {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "2", "2m", "2 parsecs", "s", "-1s", "1.2.3s", "9999999999999999999999h"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }
}

//! Version numbers as the names of files carry them.

use std::fmt;

/// A version: one number, or several joined by dots or a date (`1.2`, `20251014_001`).
///
/// Compared by value, part by part: `2` sorts before `10`, `001` equals `1`, `1.0` equals `1`.
/// Each part holds up to 38 digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(Vec<u128>);

impl Number {
    /// The number a text of digits stands for; `None` if it is not digits or too long.
    ///
    /// Parts may be separated by `.` or `_`, and a date written `2025-10-14` is one part.
    pub fn parse(text: &str) -> Option<Self> {
        let (mut parts, rest) = match iso_date(text) {
            Some((date, "")) => return Some(Self(vec![date])),
            Some((date, rest)) => (vec![date], rest.strip_prefix(['_', '-', '.'])?),
            None => (Vec::new(), text),
        };
        for part in rest.split(['.', '_']) {
            parts.push(digits(part)?);
        }
        Some(Self::from_parts(parts))
    }

    /// The number of these parts; zeros at the end do not count.
    pub fn from_parts(mut parts: Vec<u128>) -> Self {
        while parts.len() > 1 && parts.last() == Some(&0) {
            parts.pop();
        }
        Self(parts)
    }

    /// The parts, most significant first.
    pub fn parts(&self) -> &[u128] {
        &self.0
    }

    /// The first part, for numbers made of one.
    pub fn single(&self) -> Option<u128> {
        match self.0.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }

    /// The last part: the sequence number beside a date.
    pub(crate) fn last(&self) -> Option<u128> {
        self.0.last().copied()
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.0.iter().enumerate() {
            let dot = if index > 0 { "." } else { "" };
            write!(f, "{dot}{part}")?;
        }
        Ok(())
    }
}

/// A text of nothing but ASCII digits, as a number.
pub(crate) fn digits(text: &str) -> Option<u128> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// How many ASCII digits a text starts with.
pub(crate) fn digit_run(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// A leading `YYYY-MM-DD` as `YYYYMMDD`, and the rest of the text.
pub(crate) fn iso_date(text: &str) -> Option<(u128, &str)> {
    let head = text.get(..10)?;
    let shape = head.bytes().enumerate().all(|(index, byte)| match index {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let compact = head.replace('-', "");
    (shape && is_date(&compact)).then_some(())?;
    Some((digits(&compact)?, text.get(10..)?))
}

/// Whether eight digits are a date of this or the last century.
pub(crate) fn is_date(text: &str) -> bool {
    let part = |range: std::ops::Range<usize>| text.get(range).and_then(digits).unwrap_or(0);
    text.len() == 8
        && (1970..2100).contains(&part(0..4))
        && (1..=12).contains(&part(4..6))
        && (1..=31).contains(&part(6..8))
}

#[cfg(test)]
mod tests {
    use super::Number;

    #[test]
    fn compares_by_value() {
        let number = |text: &str| Number::parse(text).unwrap();
        assert!(number("2") < number("10"));
        assert_eq!(number("001"), number("1"));
        assert_eq!(number("1.0"), number("1"));
        assert!(number("1.2") < number("1.10"));
        assert!(number("20240215120000") < number("20240216140000"));
        assert_eq!(number("2025-10-14_001"), number("20251014_1"));
        assert_eq!(Number::parse("1a"), None);
        assert_eq!(Number::parse(""), None);
        assert_eq!(Number::parse(&"9".repeat(60)), None);
    }
}

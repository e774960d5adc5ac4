//! Constants that are written inside strings.

/// The bytes of a base64 text with padding.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let body = text.trim_end_matches('=');
    if text.len() - body.len() > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let mut held: u32 = 0;
    let mut bits = 0;
    for byte in body.bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        held = (held << 6) | u32::from(six);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            let byte = (held >> bits) & 0xff;
            bytes.push(u8::try_from(byte).ok()?);
            held &= (1 << bits) - 1;
        }
    }
    // Bits that belong to no byte must be nought.
    (held == 0).then_some(bytes)
}

/// A number with an optional fraction and exponent.
pub(super) fn is_decimal(text: &str) -> bool {
    let body = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (number, exponent) =
        body.split_once(['e', 'E']).map_or((body, None), |(number, exponent)| (number, Some(exponent)));
    let (whole, fraction) = number.split_once('.').map_or((number, ""), |(whole, fraction)| (whole, fraction));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty()) && exponent_fits
}

/// A moment of RFC 3339, as Prisma prints it: `2024-05-17 09:30:00.250 +02:00`.
pub(super) fn date_time(text: &str) -> Option<String> {
    let (date, rest) = (text.get(..10)?, text.get(10..)?);
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (time, rest) = (rest.get(..8)?, rest.get(8..)?);
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    let (fraction, offset) = match rest.strip_prefix('.') {
        Some(rest) => {
            let end = rest.find(|c: char| !c.is_ascii_digit())?;
            (&rest[..end], &rest[end..])
        }
        None => ("", rest),
    };
    if rest.starts_with('.') && fraction.is_empty() {
        return None;
    }
    let valid =
        (1..=12).contains(&month) && (1..=days(year, month)).contains(&day) && hour < 24 && minute < 60 && second <= 59;
    if !valid {
        return None;
    }
    let offset = match offset {
        "Z" | "z" => "+00:00".to_owned(),
        offset => {
            let sign = offset.chars().next().filter(|sign| *sign == '+' || *sign == '-')?;
            let [hours, minutes] = numbers(&offset[1..], ':', [2, 2])?;
            if hours > 23 || minutes > 59 {
                return None;
            }
            format!("{sign}{hours:02}:{minutes:02}")
        }
    };
    Some(format!("{date} {time}{} {offset}", thousands(fraction)))
}

fn numbers<const N: usize>(text: &str, separator: char, widths: [usize; N]) -> Option<[u32; N]> {
    let mut values = [0; N];
    let mut parts = text.split(separator);
    for (value, width) in values.iter_mut().zip(widths) {
        let part = parts.next().filter(|part| part.len() == width && part.bytes().all(|byte| byte.is_ascii_digit()))?;
        *value = part.parse().ok()?;
    }
    parts.next().is_none().then_some(values)
}

fn days(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// A fraction of a second in 0, 3, 6 or 9 digits, as few as hold it.
fn thousands(fraction: &str) -> String {
    let nine: String = fraction.chars().chain(std::iter::repeat('0')).take(9).collect();
    let length = [0, 3, 6, 9].into_iter().find(|length| nine[*length..].bytes().all(|byte| byte == b'0')).unwrap_or(9);
    if length == 0 { String::new() } else { format!(".{}", &nine[..length]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_strictly() {
        assert_eq!(base64("aGVsbG8="), Some(b"hello".to_vec()));
        assert_eq!(base64("/wD+"), Some(vec![0xff, 0, 0xfe]));
        assert_eq!(base64(""), Some(Vec::new()));
        for wrong in ["a", "aGVsbG8", "====", "!!!!", "aGVsbG9="] {
            assert_eq!(base64(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn moments_are_read_strictly() {
        assert_eq!(date_time("2020-01-01T01:02:03.5Z").as_deref(), Some("2020-01-01 01:02:03.500 +00:00"));
        assert_eq!(date_time("2024-02-29T23:59:59-09:30").as_deref(), Some("2024-02-29 23:59:59 -09:30"));
        for wrong in ["2020-01-01", "2023-02-29T00:00:00Z", "2020-01-01T24:00:00Z", "2020-01-01T00:00:00", "é"] {
            assert_eq!(date_time(wrong), None, "{wrong}");
        }
    }
}

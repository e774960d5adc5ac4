//! Lines and columns from byte offsets.

use std::fmt;

/// A place in a text as an editor shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineCol {
    /// Line number, from 1. Lines end with LF; a CR before it belongs to the line.
    pub line: usize,
    /// Column in characters, from 1. A byte order mark is not counted.
    pub column: usize,
}

impl fmt::Display for LineCol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// The line and column of byte `offset` of `text`. An offset past the end is taken as the end,
/// one inside a character as that character. For many look-ups in one text use [`LineIndex`].
#[must_use]
pub fn line_col(text: &str, offset: usize) -> LineCol {
    let offset = floor(text, offset);
    let before = &text.as_bytes()[..offset];
    let start = line_start(before);
    LineCol { line: 1 + count_line_ends(before), column: column(text, start, offset) }
}

/// Line starts of a text, for many look-ups.
#[derive(Debug, Clone)]
pub struct LineIndex<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> LineIndex<'a> {
    /// Reads the text once.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        let mut starts = vec![0];
        starts.extend(text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n').map(|(at, _)| at + 1));
        Self { text, starts }
    }

    /// The line and column of a byte offset, as [`line_col`] gives them.
    #[must_use]
    pub fn line_col(&self, offset: usize) -> LineCol {
        let offset = floor(self.text, offset);
        let line = self.starts.partition_point(|&start| start <= offset);
        let start = line.checked_sub(1).map_or(0, |index| self.starts[index]);
        LineCol { line, column: column(self.text, start, offset) }
    }

    /// The text of a line (from 1) without its line end; `None` when there is no such line.
    #[must_use]
    pub fn line_text(&self, line: usize) -> Option<&'a str> {
        let index = line.checked_sub(1)?;
        let start = *self.starts.get(index)?;
        let end = self.starts.get(index + 1).map_or(self.text.len(), |next| next - 1);
        let text = &self.text[start..end];
        Some(text.strip_suffix('\r').unwrap_or(text))
    }
}

pub(crate) fn count_line_ends(bytes: &[u8]) -> usize {
    bytes.iter().map(|&byte| usize::from(byte == b'\n')).sum()
}

fn line_start(before: &[u8]) -> usize {
    before.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1)
}

fn column(text: &str, start: usize, offset: usize) -> usize {
    let line = &text[start..offset.max(start)];
    let line = if start == 0 { line.strip_prefix('\u{feff}').unwrap_or(line) } else { line };
    1 + line.chars().count()
}

fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_agree() {
        let text = "\u{feff}a\r\nbé c\n\nlast";
        let index = LineIndex::new(text);
        for offset in 0..text.len() + 3 {
            assert_eq!(line_col(text, offset), index.line_col(offset), "{offset}");
        }
        let at = |needle: &str| line_col(text, text.find(needle).unwrap_or(0)).to_string();
        assert_eq!(at("a"), "1:1");
        assert_eq!(at("c"), "2:4");
        assert_eq!(at("last"), "4:1");
        assert_eq!(index.line_text(1), Some("\u{feff}a"));
        assert_eq!(index.line_text(4), Some("last"));
        assert_eq!(index.line_text(5), None);
        assert_eq!(index.line_text(0), None);
    }
}

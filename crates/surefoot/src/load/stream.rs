//! A dump read piece by piece, however large it is.

use std::io::BufRead;

use surefoot_sql::script::whole;

use crate::{Error, Result};

/// How much is read before it is looked at, in bytes.
const AT_ONCE: usize = 64 * 1024;

/// A piece of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Whole statements, with the line of the file they begin on, from 1.
    Sql { text: String, line: usize },
    /// A `COPY ... FROM STDIN`, without its semicolon, with its line. Rows follow.
    Copy { text: String, line: usize },
    /// Rows of it, in whole lines.
    Rows(Vec<u8>),
    /// There are no more.
    EndOfRows,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Sql,
    /// The rows of the `COPY` on this line.
    Rows(usize),
    EndOfRows,
}

/// Reads a file.
pub(super) struct Reader<R> {
    input: R,
    name: String,
    /// Read and not given out: all after `at`.
    held: Vec<u8>,
    at: usize,
    /// The line `at` is on, from 1.
    line: usize,
    wanted: usize,
    over: bool,
    state: State,
    next: Option<Piece>,
}

impl<R: BufRead> Reader<R> {
    pub(super) fn new(input: R, name: &str) -> Self {
        Self {
            input,
            name: name.to_owned(),
            held: Vec::new(),
            at: 0,
            line: 1,
            wanted: AT_ONCE,
            over: false,
            state: State::Sql,
            next: None,
        }
    }

    /// The next piece; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Piece>> {
        if let Some(piece) = self.next.take() {
            return Ok(Some(piece));
        }
        match self.state {
            State::Sql => self.sql(),
            State::Rows(begun) => self.rows(begun).map(Some),
            State::EndOfRows => {
                self.state = State::Sql;
                Ok(Some(Piece::EndOfRows))
            }
        }
    }

    fn sql(&mut self) -> Result<Option<Piece>> {
        loop {
            self.fill()?;
            let held = &self.held[self.at..];
            if held.is_empty() {
                return Ok(None);
            }
            // Rows that follow may be in any encoding; they are not looked at as text.
            let (text, broken) = match std::str::from_utf8(held) {
                Ok(text) => (text, None),
                Err(e) => {
                    let good = e.valid_up_to();
                    (std::str::from_utf8(&held[..good]).unwrap_or_default(), Some(good))
                }
            };
            let found = whole(text);
            if let Some(copy) = found.copy {
                let sql = text[copy..found.end].trim_end_matches(';').to_owned();
                let before = text[..copy].to_owned();
                let line = self.line;
                let copy_line = line + lines(&before);
                let after = text[found.end..].find('\n').map_or(text.len(), |i| found.end + i + 1);
                if !text[found.end..after].trim().is_empty() {
                    let place = format!("{}:{copy_line}", self.name);
                    return Err(broken_file(format!("{place}: text after COPY ... FROM stdin on the same line")));
                }
                self.skip(after);
                self.state = State::Rows(copy_line);
                let copy = Piece::Copy { text: sql, line: copy_line };
                if before.trim().is_empty() {
                    return Ok(Some(copy));
                }
                self.next = Some(copy);
                return Ok(Some(Piece::Sql { text: before, line }));
            }
            if found.end == 0 {
                if let Some(good) = broken {
                    let line = self.line + lines(&text[..good]);
                    return Err(broken_file(format!("{}:{line}: not UTF-8", self.name)));
                }
                if !self.over {
                    // A statement longer than what is held: twice as much, so that a long one is not read over and over.
                    self.wanted = held.len() * 2;
                    continue;
                }
            }
            let end = if found.end == 0 { text.len() } else { found.end };
            let piece = Piece::Sql { text: text[..end].to_owned(), line: self.line };
            self.skip(end);
            self.wanted = AT_ONCE;
            return Ok(Some(piece));
        }
    }

    fn rows(&mut self, begun: usize) -> Result<Piece> {
        let mut rows = Vec::new();
        while rows.len() < AT_ONCE {
            let from = rows.len();
            if !self.read_line(&mut rows)? {
                return Err(broken_file(format!(
                    "{}:{begun}: the rows of this COPY have no end: the file is cut off",
                    self.name
                )));
            }
            self.line += 1;
            let line = &rows[from..];
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            if line.strip_suffix(b"\r").unwrap_or(line) == b"\\." {
                rows.truncate(from);
                if rows.is_empty() {
                    self.state = State::Sql;
                    return Ok(Piece::EndOfRows);
                }
                self.state = State::EndOfRows;
                break;
            }
        }
        Ok(Piece::Rows(rows))
    }

    /// Adds the next line, with its end, to `out`; false at the end of the file.
    fn read_line(&mut self, out: &mut Vec<u8>) -> Result<bool> {
        let held = &self.held[self.at..];
        if let Some(end) = held.iter().position(|b| *b == b'\n') {
            out.extend_from_slice(&held[..=end]);
            self.at += end + 1;
            return Ok(true);
        }
        out.extend_from_slice(held);
        let some = !held.is_empty();
        self.held.clear();
        self.at = 0;
        let read = self.input.read_until(b'\n', out).map_err(|e| self.io(&e))?;
        Ok(some || read > 0)
    }

    /// Holds what is wanted, in whole lines.
    fn fill(&mut self) -> Result<()> {
        if self.at > 0 {
            self.held.drain(..self.at);
            self.at = 0;
        }
        while self.held.len() < self.wanted && !self.over {
            let read = self.input.read_until(b'\n', &mut self.held);
            if read.map_err(|e| self.io(&e))? == 0 {
                self.over = true;
            }
        }
        Ok(())
    }

    fn skip(&mut self, bytes: usize) {
        let end = self.at + bytes;
        self.line += self.held[self.at..end].iter().filter(|b| **b == b'\n').count();
        self.at = end;
    }

    fn io(&self, error: &std::io::Error) -> Error {
        Error::Io { action: "read", path: self.name.clone(), reason: error.to_string() }
    }
}

fn lines(text: &str) -> usize {
    text.bytes().filter(|b| *b == b'\n').count()
}

fn broken_file(message: String) -> Error {
    Error::Refused { code: "broken-file", message, hint: "write the file anew; nothing was loaded".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &[u8]) -> Vec<Piece> {
        let mut reader = Reader::new(text, "a.sql");
        std::iter::from_fn(|| reader.next().expect("a piece")).collect()
    }

    fn sql(text: &str, line: usize) -> Piece {
        Piece::Sql { text: text.into(), line }
    }

    #[test]
    fn statements_and_rows_come_apart() {
        let got = pieces(b"SELECT 1;\nCOPY t (a) FROM stdin;\n1\n\xff;'\n\\.\n\nSELECT 2;\n");
        let copy = Piece::Copy { text: "COPY t (a) FROM stdin".into(), line: 2 };
        let rows = Piece::Rows(b"1\n\xff;'\n".to_vec());
        assert_eq!(got[..4], [sql("SELECT 1;\n", 1), copy, rows, Piece::EndOfRows]);
        assert_eq!(got[4..], [sql("\nSELECT 2;", 6), sql("\n", 7)]);
    }

    #[test]
    fn a_long_statement_is_whole() {
        let body = "SELECT 1;\n".repeat(20_000);
        let text = format!("CREATE FUNCTION f() AS $$\n{body}$$;\nCOPY t FROM stdin;\n\\.\n");
        let got = pieces(text.as_bytes());
        assert_eq!(got.len(), 3);
        assert_eq!(got[1], Piece::Copy { text: "COPY t FROM stdin".into(), line: 20_003 });
        assert_eq!(got[2], Piece::EndOfRows);
    }

    #[test]
    fn many_rows_are_not_held() {
        let text = format!("COPY t FROM stdin;\n{}\\.\n", "some row\n".repeat(100_000));
        let got = pieces(text.as_bytes());
        let sizes: Vec<usize> =
            got.iter().filter_map(|p| if let Piece::Rows(rows) = p { Some(rows.len()) } else { None }).collect();
        assert_eq!(sizes.iter().sum::<usize>(), 900_000);
        assert!(sizes.iter().all(|size| *size < 2 * AT_ONCE), "{sizes:?}");
    }

    #[test]
    fn a_file_that_is_cut_off_is_no_dump() {
        let mut reader = Reader::new(&b"COPY t FROM stdin;\n1\n"[..], "a.sql");
        assert!(reader.next().is_ok());
        assert!(reader.next().is_err_and(|e| e.to_string().contains("a.sql:1: the rows of this COPY have no end")));
    }
}

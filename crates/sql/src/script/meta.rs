//! The words of a psql meta-command (psql manual, "Meta-Commands").

use std::collections::BTreeMap;

use super::vars::{Reference, Replacement};

/// What to do about a meta-command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Command {
    Include {
        relative: bool,
    },
    Set,
    Unset,
    Echo {
        warn: bool,
    },
    If,
    Elif,
    Else,
    Endif,
    Quit,
    Go,
    Encoding,
    /// Changes only what psql shows.
    Ignored,
    Refused(&'static str),
}

impl Command {
    pub(super) fn named(name: &str) -> Self {
        match name {
            "i" | "include" => Self::Include { relative: false },
            "ir" | "include_relative" => Self::Include { relative: true },
            "set" => Self::Set,
            "unset" => Self::Unset,
            "echo" | "qecho" => Self::Echo { warn: false },
            "warn" => Self::Echo { warn: true },
            "if" => Self::If,
            "elif" => Self::Elif,
            "else" => Self::Else,
            "endif" => Self::Endif,
            "q" | "quit" => Self::Quit,
            "g" | "gx" => Self::Go,
            "encoding" => Self::Encoding,
            "timing" | "pset" | "x" | "t" | "a" | "f" | "H" | "html" | "C" | "T" | "conninfo" | "errverbose"
            | "restrict" | "unrestrict" => Self::Ignored,
            _ => Self::Refused(remedy(name)),
        }
    }

    /// Whether it steers which lines count.
    pub(super) const fn is_branch(self) -> bool {
        matches!(self, Self::If | Self::Elif | Self::Else | Self::Endif)
    }
}

fn remedy(name: &str) -> &'static str {
    match name {
        "c" | "connect" => "a migration runs on one database; make a migration for the other one and remove the line",
        "copy" => "put the rows in the file with COPY ... FROM STDIN and \\. after them, or use INSERT",
        "!" | "setenv" | "getenv" | "cd" => {
            "do this outside the migration; it must not depend on the machine it runs from"
        }
        "gexec" => "run generated statements in a DO block with EXECUTE format(...)",
        "gset" => "use a DO block with SELECT ... INTO, or set the variable from outside",
        "gdesc" | "crosstabview" | "watch" | "s" | "p" | "print" => "it only shows something; remove the line",
        "prompt" => "nobody is there to answer; set the variable from outside",
        "password" => "use ALTER ROLE ... PASSWORD with a value that is not stored in the file",
        "o" | "out" | "w" | "write" => "a migration writes no files; remove the line",
        "e" | "edit" | "ef" | "ev" => "nobody is there to edit; remove the line",
        "r" | "reset" => "remove the text before it instead",
        "." => "it ends COPY data, but no COPY ... FROM STDIN stands before it",
        "bind" | "bind_named" | "parse" | "close" | "close_prepared" | "sendpipeline" | "startpipeline"
        | "endpipeline" | "syncpipeline" | "flush" | "flushrequest" | "getresults" => {
            "write the values into the statement"
        }
        name if name.starts_with("lo_") => "use the server functions lo_from_bytea and lo_unlink",
        name if name.starts_with(['d', 'l', 's', 'z', 'h', '?']) => "it only shows something; remove the line",
        _ => "no such meta-command is known; a backslash in SQL text belongs inside quotes",
    }
}

/// One argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Argument {
    pub(super) text: String,
    /// Whether any part of it was quoted.
    pub(super) quoted: bool,
}

/// Reads a command's words: they end with the line or at a backslash outside quotes.
#[derive(Debug)]
pub(super) struct Words<'a> {
    text: &'a str,
    pos: usize,
    line_end: usize,
}

impl<'a> Words<'a> {
    /// The name of the command whose backslash is at `at`, and the reader for its arguments.
    pub(super) fn new(text: &'a str, at: usize) -> (&'a str, Self) {
        let bytes = text.as_bytes();
        let line_end = bytes[at..].iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |found| at + found);
        let name_start = at + 1;
        let name_end = bytes[name_start..line_end]
            .iter()
            .position(|&byte| is_space(byte) || byte == b'\\')
            .map_or(line_end, |found| name_start + found);
        let words = Words { text, pos: name_end, line_end };
        (&text[name_start..name_end], words)
    }

    /// The end of the line.
    pub(super) const fn line_end(&self) -> usize {
        self.line_end
    }

    /// Offset after the command, once its arguments are read: `\\` ends it and is swallowed.
    pub(super) fn finish(&mut self) -> usize {
        self.skip_space();
        if self.text[self.pos..self.line_end].starts_with("\\\\") {
            self.pos += 2;
        }
        self.pos
    }

    fn byte(&self) -> Option<u8> {
        (self.pos < self.line_end).then(|| self.text.as_bytes()[self.pos])
    }

    fn skip_space(&mut self) {
        while self.byte().is_some_and(is_space) {
            self.pos += 1;
        }
    }

    /// The next argument; `None` at the end of the command.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub(super) fn next(&mut self, vars: &BTreeMap<String, String>) -> Result<Option<Argument>, &'static str> {
        self.skip_space();
        if matches!(self.byte(), None | Some(b'\\')) {
            return Ok(None);
        }
        let mut argument = Argument { text: String::new(), quoted: false };
        while let Some(byte) = self.byte() {
            match byte {
                b'\\' => break,
                byte if is_space(byte) => break,
                b'\'' => {
                    argument.quoted = true;
                    self.single_quoted(&mut argument.text)?;
                }
                b'"' => {
                    argument.quoted = true;
                    let inside = &self.text[self.pos + 1..self.line_end];
                    let length = inside.find('"').ok_or("a \" is not closed on its line")?;
                    let end = self.pos + 1 + length + 1;
                    argument.text.push_str(&self.text[self.pos..end]);
                    self.pos = end;
                }
                b'`' => return Err("a command in backquotes is never run"),
                b':' => {
                    let reference = Reference::at(&self.text[..self.line_end], self.pos);
                    let replaced = reference.and_then(|found| Some((found.value(vars)?, found.end)));
                    match replaced {
                        Some((Replacement::Sql(value) | Replacement::Atom(value), end)) => {
                            argument.text.push_str(&value);
                            self.pos = end;
                        }
                        None => {
                            argument.text.push(':');
                            self.pos += 1;
                        }
                    }
                }
                _ => {
                    let start = self.pos;
                    self.pos += 1;
                    while self
                        .byte()
                        .is_some_and(|byte| !is_space(byte) && !matches!(byte, b'\\' | b'\'' | b'"' | b'`' | b':'))
                    {
                        self.pos += 1;
                    }
                    argument.text.push_str(&self.text[start..self.pos]);
                }
            }
        }
        Ok(Some(argument))
    }

    /// All arguments left.
    pub(super) fn rest(&mut self, vars: &BTreeMap<String, String>) -> Result<Vec<Argument>, &'static str> {
        let mut found = Vec::new();
        while let Some(argument) = self.next(vars)? {
            found.push(argument);
        }
        Ok(found)
    }

    fn single_quoted(&mut self, out: &mut String) -> Result<(), &'static str> {
        const OPEN: &str = "a ' is not closed on its line";
        let line = &self.text[..self.line_end];
        let mut chars = line[self.pos + 1..].char_indices().peekable();
        let base = self.pos + 1;
        while let Some((at, c)) = chars.next() {
            match c {
                '\'' if chars.next_if(|&(_, next)| next == '\'').is_some() => out.push('\''),
                '\'' => {
                    self.pos = base + at + 1;
                    return Ok(());
                }
                '\\' => {
                    let (_, escaped) = chars.next().ok_or(OPEN)?;
                    match escaped {
                        'n' => out.push('\n'),
                        't' => out.push('\t'),
                        'b' => out.push('\u{8}'),
                        'r' => out.push('\r'),
                        'f' => out.push('\u{c}'),
                        'x' | '0'..='7' => {
                            let (radix, digits) = if escaped == 'x' { (16, 2) } else { (8, 2) };
                            let mut code = escaped.to_digit(8).unwrap_or(0);
                            for _ in 0..digits {
                                let Some(digit) = chars.peek().and_then(|&(_, c)| c.to_digit(radix)) else {
                                    break;
                                };
                                code = code * radix + digit;
                                chars.next();
                            }
                            let c = char::from_u32(code).filter(|c| c.is_ascii() && *c != '\0');
                            out.push(c.ok_or("an escape in '...' is not an ASCII character")?);
                        }
                        other => out.push(other),
                    }
                }
                c => out.push(c),
            }
        }
        Err(OPEN)
    }
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Result<&[&str], &str>) {
        let vars = BTreeMap::from([("a".to_owned(), "x y".to_owned()), ("q".to_owned(), "it's".to_owned())]);
        let (_, mut words) = Words::new(line, 0);
        let got = words.rest(&vars).map(|all| all.into_iter().map(|one| one.text).collect::<Vec<_>>());
        let expected = expected.map(|all| all.iter().map(|&one| one.to_owned()).collect());
        assert_eq!(got, expected, "{line}");
    }

    #[test]
    fn arguments() {
        check(r"\set n a b", Ok(&["n", "a", "b"]));
        check(r"\set n 'a b'c", Ok(&["n", "a bc"]));
        check(r"\set n 'it''s \'so\' \x41\101\n'", Ok(&["n", "it's 'so' AA\n"]));
        check("\\echo \"a b\"\r", Ok(&["\"a b\""]));
        check(
            r#"\echo :a :'q' :"q" :{?a} :{?no} :no a:a"#,
            Ok(&["x y", "'it''s'", "\"it's\"", "TRUE", "FALSE", ":no", "ax y"]),
        );
        check(r"\echo a\echo b", Ok(&["a"]));
        check(r"\echo 'a\\b'", Ok(&[r"a\b"]));
        check("\\echo 'a\nb'", Err("a ' is not closed on its line"));
        check(r"\echo `date`", Err("a command in backquotes is never run"));
        check("\\echo \"x", Err("a \" is not closed on its line"));
    }
}

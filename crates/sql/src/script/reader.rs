//! Reads files into statements.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::kind::{StatementKind, statement_kind};
use super::meta::{Command, Words};
use super::state::Tracker;
use super::vars::{self, Reference, Replacement};
use super::{
    Echo, Expansion, Include, Piece, Script, ScriptError, ScriptErrorKind, SourceFile, Statement,
    Warning,
};
use crate::lexer::{TokenKind, Tokens, tokens};
use crate::lines::{count_line_ends, line_col};

/// How deep files may include files.
const INCLUDE_LIMIT: usize = 32;
/// How long the text of one statement may become by replacing variables, in bytes.
const EXPANSION_LIMIT: usize = 64 << 20;

pub(super) fn read(
    name: &str,
    text: Arc<str>,
    vars: &BTreeMap<String, String>,
    include: &mut dyn Include,
) -> Result<Script, ScriptError> {
    let mut reader = Reader {
        script: Script::default(),
        vars: vars.clone(),
        include,
        open_files: Vec::new(),
    };
    let file = reader.add_file(name.to_owned(), text);
    reader.read_file(file)?;
    Ok(reader.script)
}

struct Reader<'i> {
    script: Script,
    vars: BTreeMap<String, String>,
    include: &'i mut dyn Include,
    /// Files being read, the outermost first.
    open_files: Vec<usize>,
}

/// The statement being read.
#[derive(Clone, Default)]
struct Pending {
    start: Option<usize>,
    end: usize,
    leading_from: usize,
    tracker: Tracker,
    expansion: Option<Box<Expansion>>,
    /// How far the file is copied into the expansion.
    copied_to: usize,
}

struct Condition {
    at: usize,
    outer_active: bool,
    active: bool,
    /// A branch was active already.
    taken: bool,
    seen_else: bool,
}

/// A file being read.
struct Current {
    file: usize,
    text: Arc<str>,
    pending: Pending,
    /// The statement set aside while a branch that does not count is skipped.
    parked: Option<Pending>,
    conditions: Vec<Condition>,
    /// `COPY` data starts on the next line, for this statement; `Some(None)` in a skipped branch.
    copy: Option<Option<usize>>,
    counted: usize,
    line: usize,
}

impl Current {
    fn is_active(&self) -> bool {
        self.conditions.last().is_none_or(|last| last.active)
    }

    fn line_of(&mut self, offset: usize) -> usize {
        if offset >= self.counted {
            self.line += count_line_ends(&self.text.as_bytes()[self.counted..offset]);
            self.counted = offset;
            self.line
        } else {
            line_col(&self.text, offset).line
        }
    }

    fn significant(&mut self, kind: TokenKind, token_text: &str, span: Range<usize>) {
        let pending = &mut self.pending;
        if pending.start.is_none() {
            pending.start = Some(span.start);
        }
        pending.end = span.end;
        pending.tracker.token(kind, token_text, span.start);
    }

    /// Copies the file up to `to` into the expansion and goes on copying from `resume`.
    fn cut(&mut self, to: usize, resume: usize) -> &mut Expansion {
        let pending = &mut self.pending;
        let expansion = pending.expansion.get_or_insert_with(|| {
            pending.copied_to = pending.start.unwrap_or(to);
            Box::default()
        });
        if pending.copied_to < to && pending.start.is_some() {
            expansion.pieces.push(Piece {
                at: expansion.text.len(),
                source: pending.copied_to,
                verbatim: true,
            });
            expansion.text.push_str(&self.text[pending.copied_to..to]);
        }
        pending.copied_to = resume;
        expansion
    }
}

enum After {
    Continue(usize),
    Quit,
}

impl Reader<'_> {
    fn add_file(&mut self, name: String, text: Arc<str>) -> usize {
        let known = self
            .script
            .files
            .iter()
            .position(|file| file.name == name && file.text == text);
        known.unwrap_or_else(|| {
            self.script.files.push(SourceFile { name, text });
            self.script.files.len() - 1
        })
    }

    fn error(&self, file: usize, offset: usize, kind: ScriptErrorKind) -> ScriptError {
        let place = self.script.place_of(file, offset);
        ScriptError {
            file: place.file.to_owned(),
            at: place.at,
            kind,
        }
    }

    fn warn(&mut self, file: usize, offset: usize, message: String) {
        let at = self.script.place_of(file, offset).at;
        self.script.warnings.push(Warning { file, at, message });
    }

    fn read_file(&mut self, file: usize) -> Result<(), ScriptError> {
        let text = Arc::clone(&self.script.files[file].text);
        if text.as_bytes().contains(&0) {
            let at = text.find('\0').unwrap_or(0);
            return Err(self.error(file, at, ScriptErrorKind::Nul));
        }
        let begin = if text.starts_with('\u{feff}') { 3 } else { 0 };
        let mut current = Current {
            file,
            text: Arc::clone(&text),
            pending: Pending {
                leading_from: begin,
                ..Pending::default()
            },
            parked: None,
            conditions: Vec::new(),
            copy: None,
            counted: 0,
            line: 1,
        };
        self.open_files.push(file);
        let mut tokens = Tokens::starting_at(&text, begin);
        loop {
            if let Some(statement) = current.copy.take() {
                tokens.jump(self.copy_data(&mut current, statement, tokens.offset())?);
            }
            let Some(token) = tokens.next() else {
                if let Some(open) = current.conditions.first() {
                    return Err(self.error(file, open.at, ScriptErrorKind::OpenIf));
                }
                break;
            };
            match token.kind {
                TokenKind::Whitespace | TokenKind::LineComment | TokenKind::BlockComment => {}
                TokenKind::Unterminated(what) => {
                    let kind = ScriptErrorKind::Unterminated(what);
                    return Err(self.error(file, token.start, kind));
                }
                TokenKind::Backslash => match self.meta(&mut current, token.start)? {
                    After::Continue(at) => tokens.jump(at),
                    After::Quit => break,
                },
                TokenKind::Semicolon if current.pending.tracker.splits() => {
                    self.finish(&mut current, token.end)?;
                }
                TokenKind::Punct(':')
                    if let Some(reference) = Reference::at(&text, token.start)
                        && current.is_active()
                        && self.substitute(&mut current, &reference, token.start)? =>
                {
                    tokens.jump(reference.end);
                }
                kind => current.significant(kind, token.text(&text), token.start..token.end),
            }
        }
        if let Some(at) = current.pending.tracker.open() {
            self.warn(
                file,
                at,
                "what is opened here is never closed, so the rest of the file is one statement"
                    .to_owned(),
            );
        }
        self.finish(&mut current, text.len())?;
        if let Some(Some(statement)) = current.copy {
            self.script.statements[statement].copy_data = Some(text.len()..text.len());
        }
        self.open_files.pop();
        Ok(())
    }

    /// Ends the statement being read; `after` is where the file goes on.
    fn finish(&mut self, current: &mut Current, after: usize) -> Result<(), ScriptError> {
        let active = current.is_active();
        let leading_from = current.pending.leading_from;
        let Some(start) = current.pending.start else {
            current.pending = Pending {
                leading_from,
                ..Pending::default()
            };
            return Ok(());
        };
        let end = current.pending.end;
        if current.copy.is_some() {
            return Err(self.error(current.file, start, ScriptErrorKind::TextBeforeCopyData));
        }
        if current.pending.expansion.is_some() && current.pending.copied_to < end {
            current.cut(end, end);
        }
        let pending = std::mem::replace(
            &mut current.pending,
            Pending {
                leading_from: after,
                ..Pending::default()
            },
        );
        let mut expansion = pending.expansion;
        if let Some(expansion) = &mut expansion {
            expansion.text.truncate(expansion.text.trim_end().len());
        }
        let kind = match &expansion {
            Some(expansion) => statement_kind(&expansion.text),
            None => statement_kind(&current.text[start..end]),
        };
        let copies = kind == StatementKind::CopyFromStdin;
        if active {
            let line = current.line_of(start);
            self.script.statements.push(Statement {
                file: current.file,
                start,
                end,
                line,
                leading: leading_from.min(start)..start,
                kind,
                copy_data: None,
                expansion,
            });
        }
        if copies {
            current.copy = Some(active.then(|| self.script.statements.len() - 1));
        }
        Ok(())
    }

    /// Takes the lines after `COPY ... FROM STDIN` up to `\.`; gives where SQL goes on.
    fn copy_data(
        &mut self,
        current: &mut Current,
        statement: Option<usize>,
        pos: usize,
    ) -> Result<usize, ScriptError> {
        let text = Arc::clone(&current.text);
        let mut data = text.len();
        for token in Tokens::starting_at(&text, pos) {
            let line_end = token.text(&text).find('\n');
            match (token.kind, line_end) {
                (TokenKind::Whitespace, Some(at)) => {
                    data = token.start + at + 1;
                    break;
                }
                (TokenKind::Whitespace | TokenKind::LineComment, None)
                | (TokenKind::BlockComment, None) => {}
                _ => {
                    let kind = ScriptErrorKind::TextBeforeCopyData;
                    return Err(self.error(current.file, token.start, kind));
                }
            }
        }
        let (end, after) = data_end(&text, data);
        if let Some(statement) = statement {
            self.script.statements[statement].copy_data = Some(data..end);
        }
        current.pending.leading_from = after;
        Ok(after)
    }

    /// Replaces a variable; `false` when it is not set, and its text stays.
    fn substitute(
        &mut self,
        current: &mut Current,
        reference: &Reference<'_>,
        at: usize,
    ) -> Result<bool, ScriptError> {
        let Some(replacement) = reference.value(&self.vars) else {
            if reference.is_plain() && current.pending.tracker.is_outside() {
                let message = format!("variable {} is not set; left as it is", reference.name);
                self.warn(current.file, at, message);
            }
            return Ok(false);
        };
        let expansion = current.cut(at, reference.end);
        expansion.pieces.push(Piece {
            at: expansion.text.len(),
            source: at,
            verbatim: false,
        });
        let span = at..reference.end;
        self.insert(current, replacement, &mut vec![reference.name], &span)?;
        if current.pending.start.is_none() {
            current.pending.expansion = None;
        }
        Ok(true)
    }

    fn insert<'n>(
        &mut self,
        current: &mut Current,
        replacement: Replacement,
        names: &mut Vec<&'n str>,
        span: &Range<usize>,
    ) -> Result<(), ScriptError> {
        let value = match replacement {
            Replacement::Atom(atom) => {
                current.significant(TokenKind::String, "", span.clone());
                return self.append(current, &atom, names, span);
            }
            Replacement::Sql(value) => value,
        };
        let name = names.last().copied().unwrap_or_default().to_owned();
        let fault = |reason: String| ScriptErrorKind::Variable {
            name: name.clone(),
            reason,
        };
        let mut tokens = tokens(&value);
        while let Some(token) = tokens.next() {
            match token.kind {
                TokenKind::Unterminated(what) => {
                    let kind = fault(format!("holds an unterminated {}", what.name()));
                    return Err(self.error(current.file, span.start, kind));
                }
                TokenKind::Backslash => {
                    let kind = fault("holds a backslash outside quotes".to_owned());
                    return Err(self.error(current.file, span.start, kind));
                }
                TokenKind::Semicolon if current.pending.tracker.splits() => {
                    self.finish(current, span.end)?;
                    current.pending.copied_to = span.end;
                    current.pending.expansion = Some(Box::new(Expansion {
                        text: String::new(),
                        pieces: vec![Piece {
                            at: 0,
                            source: span.start,
                            verbatim: false,
                        }],
                    }));
                    continue;
                }
                TokenKind::Punct(':') => {
                    if let Some(inner) = Reference::at(&value, token.start)
                        && !names.contains(&inner.name)
                        && let Some(replacement) = inner.value(&self.vars)
                    {
                        // Names are few and nesting is shallow: a copy keeps lifetimes simple.
                        let mut deeper: Vec<&str> = names.clone();
                        deeper.push(inner.name);
                        self.insert(current, replacement, &mut deeper, span)?;
                        tokens.jump(inner.end);
                        continue;
                    }
                    current.significant(token.kind, ":", span.clone());
                }
                kind if kind.is_significant() => {
                    current.significant(kind, token.text(&value), span.clone());
                }
                _ if current.pending.start.is_none() => continue,
                _ => {}
            }
            self.append(current, token.text(&value), names, span)?;
        }
        Ok(())
    }

    fn append(
        &self,
        current: &mut Current,
        text: &str,
        names: &[&str],
        span: &Range<usize>,
    ) -> Result<(), ScriptError> {
        let expansion = current.pending.expansion.get_or_insert_default();
        expansion.text.push_str(text);
        if expansion.text.len() <= EXPANSION_LIMIT {
            return Ok(());
        }
        let kind = ScriptErrorKind::Variable {
            name: names.first().copied().unwrap_or_default().to_owned(),
            reason: format!("grows the statement beyond {EXPANSION_LIMIT} bytes"),
        };
        Err(self.error(current.file, span.start, kind))
    }

    /// Runs the meta-command whose backslash is at `at`.
    fn meta(&mut self, current: &mut Current, at: usize) -> Result<After, ScriptError> {
        let text = Arc::clone(&current.text);
        match text.as_bytes().get(at + 1) {
            Some(b';') => {
                if current.pending.tracker.splits() {
                    self.finish(current, at + 2)?;
                } else {
                    current.cut(at, at + 1);
                }
                return Ok(After::Continue(at + 2));
            }
            Some(b':') => {
                current.significant(TokenKind::Punct(':'), ":", at..at + 2);
                current.cut(at, at + 1);
                return Ok(After::Continue(at + 2));
            }
            _ => {}
        }
        let (name, mut words) = Words::new(&text, at);
        let command = Command::named(name);
        let active = current.is_active();
        if !active && !command.is_branch() {
            let no_vars = BTreeMap::new();
            if words.rest(&no_vars).is_err() || matches!(command, Command::Refused(_)) {
                return Ok(After::Continue(words.line_end()));
            }
            return Ok(After::Continue(words.finish()));
        }
        if let Command::Refused(hint) = command {
            let command = name.to_owned();
            let kind = ScriptErrorKind::Refused { command, hint };
            return Err(self.error(current.file, at, kind));
        }
        let evaluates = match command {
            Command::Elif => current
                .conditions
                .last()
                .is_some_and(|last| last.outer_active && !last.taken),
            Command::If => active,
            _ => true,
        };
        let arguments = if evaluates {
            words.rest(&self.vars)
        } else {
            words.rest(&BTreeMap::new()).or(Ok(Vec::new()))
        };
        let arguments = arguments.map_err(|reason| {
            let hint = "quote the argument with '...' on one line";
            self.error(current.file, at, fault(name, reason, hint))
        })?;
        let after = words.finish();
        let arguments: Vec<_> = arguments
            .into_iter()
            .map(|argument| (argument.text, argument.quoted))
            .collect();
        let call = Call {
            name,
            at,
            after,
            arguments: &arguments,
        };
        if command.is_branch() {
            self.branch(current, command, &call, evaluates)?;
            return Ok(After::Continue(after));
        }
        if command == Command::Quit {
            return Ok(After::Quit);
        }
        if command == Command::Go {
            self.go(current, &call)?;
            return Ok(After::Continue(after));
        }
        if current.pending.start.is_some() {
            current.cut(at, after);
        }
        match command {
            Command::Include { relative } => self.include(current, relative, &call)?,
            Command::Set => self.set(current, &call)?,
            Command::Unset => {
                for (variable, _) in &arguments {
                    self.vars.remove(variable);
                }
            }
            Command::Echo { warn } => self.echo(warn, &arguments),
            Command::Encoding => self.encoding(current, &call)?,
            Command::Ignored
            | Command::If
            | Command::Elif
            | Command::Else
            | Command::Endif
            | Command::Quit
            | Command::Go
            | Command::Refused(_) => {}
        }
        Ok(After::Continue(after))
    }

    fn fault(
        &self,
        current: &Current,
        call: &Call<'_>,
        reason: impl Into<String>,
        hint: &'static str,
    ) -> ScriptError {
        self.error(current.file, call.at, fault(call.name, reason, hint))
    }

    fn branch(
        &mut self,
        current: &mut Current,
        command: Command,
        call: &Call<'_>,
        evaluates: bool,
    ) -> Result<(), ScriptError> {
        let was_active = current.is_active();
        let stray = |reason| ScriptErrorKind::StrayBranch {
            command: call.name.to_owned(),
            reason,
        };
        if command != Command::If {
            match current.conditions.last() {
                None => {
                    return Err(self.error(current.file, call.at, stray("without \\if")));
                }
                Some(last) if last.seen_else && command != Command::Endif => {
                    return Err(self.error(current.file, call.at, stray("after \\else")));
                }
                Some(_) => {}
            }
        }
        let holds = if evaluates && matches!(command, Command::If | Command::Elif) {
            let words: Vec<&str> = call
                .arguments
                .iter()
                .map(|(text, _)| text.as_str())
                .collect();
            let expression = words.join(" ");
            vars::boolean(&expression).ok_or_else(|| {
                self.fault(
                    current,
                    call,
                    format!("\"{expression}\" is neither true nor false"),
                    "use true, false, yes, no, on, off, 1 or 0; :{?name} tells whether a variable is set",
                )
            })?
        } else {
            false
        };
        match (command, current.conditions.last_mut()) {
            (Command::If, _) => current.conditions.push(Condition {
                at: call.at,
                outer_active: was_active,
                active: holds,
                taken: holds,
                seen_else: false,
            }),
            (Command::Elif, Some(last)) => {
                last.active = holds;
                last.taken |= holds;
            }
            (Command::Else, Some(last)) => {
                last.active = last.outer_active && !last.taken;
                last.taken = true;
                last.seen_else = true;
            }
            _ => {
                current.conditions.pop();
            }
        }
        match (was_active, current.is_active()) {
            (true, true) => {
                if current.pending.start.is_some() {
                    current.cut(call.at, call.after);
                }
            }
            (true, false) => {
                if current.pending.start.is_some() {
                    current.cut(call.at, call.after);
                }
                current.parked = Some(std::mem::take(&mut current.pending));
            }
            (false, true) => {
                current.pending = current.parked.take().unwrap_or_default();
                current.pending.copied_to = call.after;
            }
            (false, false) => current.pending = Pending::default(),
        }
        Ok(())
    }

    fn go(&mut self, current: &mut Current, call: &Call<'_>) -> Result<(), ScriptError> {
        if !call.arguments.is_empty() {
            return Err(self.fault(
                current,
                call,
                "output to files and programs is not possible",
                "write the command alone, or end the statement with ;",
            ));
        }
        if current.pending.start.is_none() {
            return Err(self.fault(
                current,
                call,
                "there is no statement before it, so psql would run the last one again",
                "remove the line, or write the statement out",
            ));
        }
        self.finish(current, call.after)
    }

    fn include(
        &mut self,
        current: &mut Current,
        relative: bool,
        call: &Call<'_>,
    ) -> Result<(), ScriptError> {
        if current.pending.start.is_some() {
            return Err(self.fault(
                current,
                call,
                "it stands inside a statement",
                "end the statement before it with ;",
            ));
        }
        let Some((path, quoted)) = call.arguments.first() else {
            return Err(self.fault(current, call, "no file is named", "name the file"));
        };
        let path = if *quoted {
            path
        } else {
            path.trim_end_matches(';')
        };
        if self.open_files.len() >= INCLUDE_LIMIT {
            let limit = INCLUDE_LIMIT;
            let kind = ScriptErrorKind::IncludeDepth { limit };
            return Err(self.error(current.file, call.at, kind));
        }
        let from = self.script.files[current.file].name.clone();
        let (name, text) = self.include.load(&from, path, relative).map_err(|reason| {
            let path = path.to_owned();
            self.error(
                current.file,
                call.at,
                ScriptErrorKind::Include { path, reason },
            )
        })?;
        let open: Vec<&str> = self
            .open_files
            .iter()
            .map(|&file| self.script.files[file].name.as_str())
            .collect();
        if let Some(first) = open.iter().position(|&open| open == name) {
            let mut chain = open[first..].to_vec();
            chain.push(&name);
            let kind = ScriptErrorKind::IncludeCycle {
                path: path.to_owned(),
                chain: chain.join(" -> "),
            };
            return Err(self.error(current.file, call.at, kind));
        }
        let file = self.add_file(name, text);
        self.read_file(file)?;
        current.pending.leading_from = call.after;
        Ok(())
    }

    fn set(&mut self, current: &Current, call: &Call<'_>) -> Result<(), ScriptError> {
        let Some(((name, _), values)) = call.arguments.split_first() else {
            return Ok(());
        };
        if !vars::is_name(name) {
            return Err(self.fault(
                current,
                call,
                format!("\"{name}\" is not the name of a variable"),
                "use letters, digits and underscores",
            ));
        }
        let value: String = values.iter().map(|(text, _)| text.as_str()).collect();
        if value.len() > EXPANSION_LIMIT {
            let hint = "use a shorter value";
            return Err(self.fault(current, call, format!("{name} becomes too long"), hint));
        }
        let on = vars::boolean(&value).unwrap_or(!value.is_empty());
        match name.as_str() {
            "AUTOCOMMIT" if !on => {
                return Err(self.fault(
                    current,
                    call,
                    "AUTOCOMMIT cannot be turned off",
                    "write BEGIN and COMMIT where the transaction starts and ends",
                ));
            }
            "SINGLELINE" if on => {
                return Err(self.fault(
                    current,
                    call,
                    "SINGLELINE cannot be turned on",
                    "end each statement with ;",
                ));
            }
            "ON_ERROR_STOP" if !on => self.warn(
                current.file,
                call.at,
                "ON_ERROR_STOP off has no effect: a migration stops at its first error".to_owned(),
            ),
            "ON_ERROR_ROLLBACK" if on => self.warn(
                current.file,
                call.at,
                "ON_ERROR_ROLLBACK has no effect: a migration stops at its first error".to_owned(),
            ),
            _ => {}
        }
        self.vars.insert(name.clone(), value);
        Ok(())
    }

    fn echo(&mut self, warn: bool, arguments: &[(String, bool)]) {
        let bare = matches!(arguments.first(), Some((first, false)) if first == "-n");
        let words: Vec<&str> = arguments
            .iter()
            .skip(usize::from(bare))
            .map(|(text, _)| text.as_str())
            .collect();
        let mut text = words.join(" ");
        if !bare {
            text.push('\n');
        }
        self.script.echoes.push(Echo {
            before: self.script.statements.len(),
            text,
            warn,
        });
    }

    fn encoding(&self, current: &Current, call: &Call<'_>) -> Result<(), ScriptError> {
        match call.arguments.first() {
            Some((name, _))
                if !["utf8", "utf-8", "unicode"].contains(&name.to_ascii_lowercase().as_str()) =>
            {
                Err(self.fault(
                    current,
                    call,
                    format!("encoding {name} is not possible"),
                    "save the file as UTF-8 and remove the line",
                ))
            }
            _ => Ok(()),
        }
    }
}

/// A meta-command with its arguments read.
struct Call<'a> {
    name: &'a str,
    at: usize,
    after: usize,
    /// Text, and whether a part of it was quoted.
    arguments: &'a [(String, bool)],
}

fn fault(name: &str, reason: impl Into<String>, hint: &'static str) -> ScriptErrorKind {
    ScriptErrorKind::Meta {
        command: name.to_owned(),
        reason: reason.into(),
        hint,
    }
}

/// Where `COPY` data ends and where SQL goes on: at a line that is `\.`, or with the text.
fn data_end(text: &str, data: usize) -> (usize, usize) {
    let rest = &text[data..];
    let after_marker = |at: usize| {
        let after = rest.get(at + 2..)?;
        if after.is_empty() {
            Some(at + 2)
        } else if after.starts_with('\n') {
            Some(at + 3)
        } else {
            after.starts_with("\r\n").then_some(at + 4)
        }
    };
    if rest.starts_with("\\.")
        && let Some(after) = after_marker(0)
    {
        return (data, data + after);
    }
    let mut from = 0;
    while let Some(found) = rest[from..].find("\n\\.") {
        let at = from + found + 1;
        if let Some(after) = after_marker(at) {
            return (data + at, data + after);
        }
        from = at;
    }
    (text.len(), text.len())
}

//! Runs meta-commands.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::meta::{Command, Words};
use super::reader::{After, Condition, Current, EXPANSION_LIMIT, Pending, Reader};
use super::{Echo, ScriptError, ScriptErrorKind, vars};
use crate::lexer::TokenKind;

/// How deep files may include files.
const INCLUDE_LIMIT: usize = 32;

impl Reader<'_> {
    /// Runs the meta-command whose backslash is at `at`.
    pub(super) fn meta(&mut self, current: &mut Current, at: usize) -> Result<After, ScriptError> {
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
            Command::Elif => current.conditions.last().is_some_and(|last| last.outer_active && !last.taken),
            Command::If => active,
            _ => true,
        };
        let arguments =
            if evaluates { words.rest(&self.vars) } else { words.rest(&BTreeMap::new()).or(Ok(Vec::new())) };
        let arguments = arguments.map_err(|reason| {
            let hint = "write the argument in '...' on one line; set variables that need a program from outside";
            self.error(current.file, at, fault(name, reason, hint))
        })?;
        let after = words.finish();
        let arguments: Vec<_> = arguments.into_iter().map(|argument| (argument.text, argument.quoted)).collect();
        let call = Call { name, at, after, arguments: &arguments };
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

    fn fault(&self, current: &Current, call: &Call<'_>, reason: impl Into<String>, hint: &'static str) -> ScriptError {
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
        let stray = |reason| ScriptErrorKind::StrayBranch { command: call.name.to_owned(), reason };
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
            let words: Vec<&str> = call.arguments.iter().map(|(text, _)| text.as_str()).collect();
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

    fn include(&mut self, current: &mut Current, relative: bool, call: &Call<'_>) -> Result<(), ScriptError> {
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
        let path = if *quoted { path } else { path.trim_end_matches(';') };
        if self.open_files.len() >= INCLUDE_LIMIT {
            let limit = INCLUDE_LIMIT;
            let kind = ScriptErrorKind::IncludeDepth { limit };
            return Err(self.error(current.file, call.at, kind));
        }
        let from = self.script.files[current.file].name.clone();
        let (name, text) = self.include.load(&from, path, relative).map_err(|reason| {
            let path = path.to_owned();
            self.error(current.file, call.at, ScriptErrorKind::Include { path, reason })
        })?;
        let open: Vec<&str> = self.open_files.iter().map(|&file| self.script.files[file].name.as_str()).collect();
        if let Some(first) = open.iter().position(|&open| open == name) {
            let mut chain = open[first..].to_vec();
            chain.push(&name);
            let kind = ScriptErrorKind::IncludeCycle { path: path.to_owned(), chain: chain.join(" -> ") };
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
                return Err(self.fault(current, call, "SINGLELINE cannot be turned on", "end each statement with ;"));
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
        let words: Vec<&str> = arguments.iter().skip(usize::from(bare)).map(|(text, _)| text.as_str()).collect();
        let mut text = words.join(" ");
        if !bare {
            text.push('\n');
        }
        self.script.echoes.push(Echo { before: self.script.statements.len(), text, warn });
    }

    fn encoding(&self, current: &Current, call: &Call<'_>) -> Result<(), ScriptError> {
        match call.arguments.first() {
            Some((name, _)) if !["utf8", "utf-8", "unicode"].contains(&name.to_ascii_lowercase().as_str()) => Err(self
                .fault(
                    current,
                    call,
                    format!("encoding {name} is not possible"),
                    "save the file as UTF-8 and remove the line",
                )),
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
    ScriptErrorKind::Meta { command: name.to_owned(), reason: reason.into(), hint }
}

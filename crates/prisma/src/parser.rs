//! From words to blocks. A line that cannot be read is reported and passed over, so that one
//! mistake does not hide the next.

use crate::ast::{
    Arg, Arity, Attribute, Block, BlockKind, Config, Document, Enum, EnumValue, Field, FieldType, Name, Value,
    ValueKind,
};
use crate::diagnostic::{Code, Report, Span};
use crate::lexer::{Token, TokenKind, tokens};
use crate::near;

/// Lists within calls within lists: deeper than this is no schema.
const DEPTH: usize = 32;

const KEYWORDS: [&str; 6] = ["model", "enum", "datasource", "generator", "view", "type"];

/// Reads one file into the document.
pub(crate) fn parse(file: usize, text: &str, document: &mut Document, report: &mut Report<'_>) {
    let tokens = tokens(file, text, report);
    Parser { tokens, at: 0, report }.document(document);
}

/// A problem that has been reported.
struct Reported;

type Parsed<T> = Result<T, Reported>;

struct Parser<'r, 'a> {
    tokens: Vec<Token>,
    at: usize,
    report: &'r mut Report<'a>,
}

impl Parser<'_, '_> {
    fn document(&mut self, document: &mut Document) {
        loop {
            self.skip_newlines();
            if self.peek() == &TokenKind::End {
                return;
            }
            if self.top(document).is_err() {
                self.skip_block();
            }
        }
    }

    fn top(&mut self, document: &mut Document) -> Parsed<()> {
        let keyword = match self.peek() {
            TokenKind::Word(word) => word.clone(),
            _ => String::new(),
        };
        if !KEYWORDS.contains(&keyword.as_str()) {
            let near = near::hint(&keyword, KEYWORDS);
            return self.fail(
                "file",
                format!("a block is expected here{near}"),
                "begin with `model`, `enum`, `view`, `datasource` or `generator`",
            );
        }
        self.at += 1;
        let name = self.name(&format!("the {keyword}"))?;
        let object = format!("{keyword} `{}`", name.text);
        if keyword == "type" && self.peek() == &TokenKind::Mark('=') {
            return self.fail(
                &object,
                "type aliases do not exist any more",
                "write the type with its attributes at each field",
            );
        }
        self.expect('{', &object)?;
        if self.peek() != &TokenKind::Newline {
            let _: Parsed<()> =
                self.fail(&object, "the content begins on the line of `{`", "begin a new line after `{`");
        }
        match keyword.as_str() {
            "enum" => {
                let read = self.enumeration(name, &object);
                document.enums.push(read);
            }
            "datasource" => {
                let read = self.config(name, &object);
                document.configs.push(read);
            }
            "generator" => self.generator(&object),
            "view" => document.blocks.push(self.block(BlockKind::View, name, &object)),
            "type" => document.blocks.push(self.block(BlockKind::Type, name, &object)),
            _ => document.blocks.push(self.block(BlockKind::Model, name, &object)),
        }
        Ok(())
    }

    /// The lines of a block up to its brace, each given to `line`.
    fn lines(&mut self, object: &str, mut line: impl FnMut(&mut Self) -> Parsed<()>) {
        loop {
            self.skip_newlines();
            match self.peek() {
                TokenKind::Mark('}') => {
                    self.at += 1;
                    return;
                }
                TokenKind::End => {
                    let _: Parsed<()> = self.fail(object, "the block has no end", "close it with `}`");
                    return;
                }
                _ => {
                    if line(self).is_err() {
                        self.skip_line();
                    }
                }
            }
        }
    }

    fn block(&mut self, kind: BlockKind, name: Name, object: &str) -> Block {
        let mut block = Block { kind, name, fields: Vec::new(), attributes: Vec::new() };
        self.lines(object, |parser| {
            if parser.peek() == &TokenKind::At2 {
                let attribute = parser.attribute(object)?;
                parser.end_of_line(object)?;
                block.attributes.push(attribute);
                return Ok(());
            }
            let field = parser.field(&block.name.text, object)?;
            block.fields.push(field);
            Ok(())
        });
        block
    }

    fn field(&mut self, model: &str, object: &str) -> Parsed<Field> {
        let TokenKind::Word(_) = self.peek() else {
            return self.fail(
                object,
                "a field or an attribute is expected here",
                "write `name Type`, or `@@attribute(...)` for the whole block",
            );
        };
        let name = self.name("the field")?;
        let object = format!("field `{model}.{}`", name.text);
        if self.peek() == &TokenKind::Mark(':') {
            return self.fail(&object, "there is a colon between name and type", "remove the colon");
        }
        let kind = match self.peek().clone() {
            TokenKind::Word(word) if word == "Unsupported" => {
                self.at += 1;
                self.expect('(', &object)?;
                let TokenKind::Text(text) = self.peek().clone() else {
                    return self.fail(
                        &object,
                        "`Unsupported` needs the database's type",
                        "write it as a string: `Unsupported(\"circle\")`",
                    );
                };
                self.at += 1;
                self.expect(')', &object)?;
                FieldType::Unsupported(text)
            }
            TokenKind::Word(_) => FieldType::Named(self.name("the type")?),
            TokenKind::Mark('[') => {
                return self.fail(&object, "the brackets of a list stand before its type", "write `Type[]`");
            }
            _ => return self.fail(&object, "the type is missing", "write `name Type`"),
        };
        let arity = self.arity(&object)?;
        let mut attributes = Vec::new();
        while self.peek() == &TokenKind::Mark('@') {
            attributes.push(self.attribute(&object)?);
        }
        self.end_of_line(&object)?;
        Ok(Field { name, kind, arity, attributes })
    }

    fn arity(&mut self, object: &str) -> Parsed<Arity> {
        let arity = match self.peek() {
            TokenKind::Mark('?') => {
                self.at += 1;
                Arity::Optional
            }
            TokenKind::Mark('[') => {
                self.at += 1;
                self.expect(']', object)?;
                Arity::List
            }
            TokenKind::Mark('!') => {
                return self.fail(
                    object,
                    "`!` is not used any more",
                    "remove it: fields are required unless marked with `?`",
                );
            }
            _ => return Ok(Arity::Required),
        };
        if matches!(self.peek(), TokenKind::Mark('?' | '[')) {
            return self.fail(
                object,
                "a list cannot be optional, nor hold lists or nulls",
                "write `Type[]` or `Type?`",
            );
        }
        Ok(arity)
    }

    fn enumeration(&mut self, name: Name, object: &str) -> Enum {
        let mut read = Enum { name, values: Vec::new(), attributes: Vec::new() };
        self.lines(object, |parser| {
            if parser.peek() == &TokenKind::At2 {
                let attribute = parser.attribute(object)?;
                parser.end_of_line(object)?;
                read.attributes.push(attribute);
                return Ok(());
            }
            let TokenKind::Word(_) = parser.peek() else {
                return parser.fail(object, "a value is expected here", "write one name on each line");
            };
            let name = parser.name("the value")?;
            let object = format!("enum value `{}.{}`", read.name.text, name.text);
            let mut attributes = Vec::new();
            while parser.peek() == &TokenKind::Mark('@') {
                attributes.push(parser.attribute(&object)?);
            }
            parser.end_of_line(&object)?;
            read.values.push(EnumValue { name, attributes });
            Ok(())
        });
        read
    }

    fn config(&mut self, name: Name, object: &str) -> Config {
        let mut config = Config { name, properties: Vec::new() };
        self.lines(object, |parser| {
            let key = parser.name("the setting")?;
            parser.expect('=', object)?;
            let value = parser.value(object, 0)?;
            parser.end_of_line(object)?;
            config.properties.push((key, value));
            Ok(())
        });
        config
    }

    /// Generators are other programs' business: only their end is looked for.
    fn generator(&mut self, object: &str) {
        self.lines(object, |parser| {
            parser.skip_line();
            Ok(())
        });
    }

    fn attribute(&mut self, object: &str) -> Parsed<Attribute> {
        let span = self.span();
        self.at += 1;
        let mut name = self.name("the attribute")?.text;
        while self.peek() == &TokenKind::Mark('.') {
            self.at += 1;
            name = format!("{name}.{}", self.name("the attribute")?.text);
        }
        let args = if self.peek() == &TokenKind::Mark('(') { self.args(object, 0)? } else { Vec::new() };
        Ok(Attribute { name, span, args })
    }

    fn args(&mut self, object: &str, depth: usize) -> Parsed<Vec<Arg>> {
        let mut args = Vec::new();
        self.series('(', ')', object, |parser| {
            let next = parser.tokens.get(parser.at + 1).map(|token| &token.kind);
            let named = matches!(parser.peek(), TokenKind::Word(_)) && next == Some(&TokenKind::Mark(':'));
            let name = if named {
                let name = parser.name("the argument")?;
                parser.at += 1;
                parser.skip_newlines();
                Some(name)
            } else {
                None
            };
            let value = parser.value(object, depth + 1)?;
            args.push(Arg { name, value });
            Ok(())
        })?;
        Ok(args)
    }

    fn value(&mut self, object: &str, depth: usize) -> Parsed<Value> {
        let span = self.span();
        if depth > DEPTH {
            return self.fail(object, "this is nested too deeply", "take some of the brackets away");
        }
        let kind = match self.peek().clone() {
            TokenKind::Text(text) => {
                self.at += 1;
                ValueKind::Text(text)
            }
            TokenKind::Number(number) => {
                self.at += 1;
                ValueKind::Number(number)
            }
            TokenKind::Mark('[') => {
                let mut values = Vec::new();
                self.series('[', ']', object, |parser| {
                    values.push(parser.value(object, depth + 1)?);
                    Ok(())
                })?;
                ValueKind::List(values)
            }
            TokenKind::Mark('{') => {
                let mut entries = Vec::new();
                self.series('{', '}', object, |parser| {
                    let name = parser.name("the key")?;
                    parser.expect(':', object)?;
                    entries.push((name, parser.value(object, depth + 1)?));
                    Ok(())
                })?;
                ValueKind::Object(entries)
            }
            TokenKind::Word(mut word) => {
                self.at += 1;
                while self.peek() == &TokenKind::Mark('.') {
                    self.at += 1;
                    word = format!("{word}.{}", self.name("the name")?.text);
                }
                if self.peek() == &TokenKind::Mark('(') {
                    ValueKind::Call(word, self.args(object, depth + 1)?)
                } else {
                    ValueKind::Word(word)
                }
            }
            _ => {
                return self.fail(
                    object,
                    "a value is expected here",
                    "write a string, a number, a name, a list or a call",
                );
            }
        };
        Ok(Value { kind, span })
    }

    /// Items between two brackets, with commas, on any number of lines.
    fn series(
        &mut self,
        open: char,
        close: char,
        object: &str,
        mut item: impl FnMut(&mut Self) -> Parsed<()>,
    ) -> Parsed<()> {
        self.expect(open, object)?;
        self.skip_newlines();
        if self.peek() == &TokenKind::Mark(close) {
            self.at += 1;
            return Ok(());
        }
        loop {
            item(self)?;
            self.skip_newlines();
            match self.peek() {
                TokenKind::Mark(',') => {
                    self.at += 1;
                    self.skip_newlines();
                }
                TokenKind::Mark(mark) if *mark == close => {
                    self.at += 1;
                    return Ok(());
                }
                _ => {
                    return self.fail(
                        object,
                        format!("`,` or `{close}` is expected here"),
                        format!("close the bracket with `{close}`"),
                    );
                }
            }
        }
    }

    fn name(&mut self, what: &str) -> Parsed<Name> {
        let span = self.span();
        match self.peek().clone() {
            TokenKind::Word(text) if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') => self.fail(
                "file",
                format!("`{text}` is no name for {what}"),
                "begin it with a letter, and `@map` it to the database's name",
            ),
            TokenKind::Word(text) if text.contains('-') => self.fail(
                "file",
                format!("`{text}` is no name for {what}: it has a `-`"),
                "use `_`, and `@map` it to the database's name",
            ),
            TokenKind::Word(text) => {
                self.at += 1;
                Ok(Name { text, span })
            }
            _ => self.fail("file", format!("the name of {what} is missing"), "write it here"),
        }
    }

    fn expect(&mut self, mark: char, object: &str) -> Parsed<()> {
        if self.peek() == &TokenKind::Mark(mark) {
            self.at += 1;
            return Ok(());
        }
        self.fail(object, format!("`{mark}` is expected here"), format!("write `{mark}`"))
    }

    fn end_of_line(&mut self, object: &str) -> Parsed<()> {
        match self.peek() {
            TokenKind::Newline => Ok(()),
            TokenKind::At2 => self.fail(
                object,
                "`@@` is for the whole block",
                "write `@` for one field, or move it to a line of its own",
            ),
            _ => self.fail(object, "the line goes on where it should end", "write one thing on each line"),
        }
    }

    fn fail<T>(&mut self, object: &str, message: impl Into<String>, help: impl Into<String>) -> Parsed<T> {
        let span = self.span();
        self.report.add(Code::Syntax, span, object, message, help);
        Err(Reported)
    }

    fn peek(&self) -> &TokenKind {
        self.tokens.get(self.at).map_or(&TokenKind::End, |token| &token.kind)
    }

    fn span(&self) -> Span {
        let last = self.tokens.len().saturating_sub(1);
        self.tokens.get(self.at.min(last)).map_or(Span { file: 0, start: 0 }, |token| token.span)
    }

    fn skip_newlines(&mut self) {
        while self.peek() == &TokenKind::Newline {
            self.at += 1;
        }
    }

    fn skip_line(&mut self) {
        while !matches!(self.peek(), TokenKind::Newline | TokenKind::End) {
            self.at += 1;
        }
    }

    /// Past a line that begins no block, and past the braces it opens.
    fn skip_block(&mut self) {
        let mut depth = 0usize;
        loop {
            match self.peek() {
                TokenKind::End => return,
                TokenKind::Newline if depth == 0 => return,
                TokenKind::Mark('{') => depth += 1,
                TokenKind::Mark('}') => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
        }
    }
}

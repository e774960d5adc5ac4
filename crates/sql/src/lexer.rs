//! Tokens of SQL text, following PostgreSQL's scanner (manual chapter "Lexical Structure").
//!
//! Works on bytes, allocates nothing, and covers the text without gaps: the spans of the tokens,
//! put together, are the text. `standard_conforming_strings` is taken to be on.

/// What a [`Token`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenKind {
    /// Spaces, tabs, line ends, form feeds, vertical tabs.
    Whitespace,
    /// `-- ...` up to, not including, the line end.
    LineComment,
    /// `/* ... */`, with comments nested in it.
    BlockComment,
    /// An unquoted word: keyword or identifier.
    Ident,
    /// `"..."`.
    QuotedIdent,
    /// `U&"..."`.
    UnicodeIdent,
    /// `'...'` or `N'...'`, with what continues it on following lines.
    String,
    /// `E'...'`, with backslash escapes.
    EString,
    /// `U&'...'`.
    UnicodeString,
    /// `B'...'` or `X'...'`.
    BitString,
    /// `$tag$ ... $tag$`.
    DollarString,
    /// A number, without a sign.
    Number,
    /// `$1`.
    Param,
    /// A run of operator characters, or `::`, `:=`, `..`.
    Operator,
    /// One of `, ( ) [ ] . :` or a character that SQL has no use for.
    Punct(char),
    /// `;`.
    Semicolon,
    /// `\`: not SQL, the start of a psql meta-command.
    Backslash,
    /// Something opened here and never closed; the token reaches to the end of the text.
    Unterminated(Unterminated),
}

impl TokenKind {
    /// Whether the token is neither white space nor a comment.
    #[must_use]
    pub const fn is_significant(self) -> bool {
        !matches!(self, Self::Whitespace | Self::LineComment | Self::BlockComment)
    }

    /// Whether the token is a comment.
    #[must_use]
    pub const fn is_comment(self) -> bool {
        matches!(self, Self::LineComment | Self::BlockComment)
    }

    /// Whether the token is a constant of the string family (bit strings are not).
    #[must_use]
    pub const fn is_string(self) -> bool {
        matches!(self, Self::String | Self::EString | Self::UnicodeString | Self::DollarString)
    }
}

/// What an [`TokenKind::Unterminated`] token opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unterminated {
    /// `/*` without `*/`.
    Comment,
    /// A quoted string without its closing quote.
    String,
    /// A quoted identifier without its closing quote.
    QuotedIdent,
    /// A dollar quote without the same tag again.
    DollarString,
}

impl Unterminated {
    /// What was opened, in words fit for a message.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Comment => "comment",
            Self::String => "quoted string",
            Self::QuotedIdent => "quoted identifier",
            Self::DollarString => "dollar-quoted string",
        }
    }
}

/// A piece of the text. Offsets are bytes and always lie on character boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// The byte offset of its first byte.
    pub start: usize,
    /// The byte offset after its last byte.
    pub end: usize,
}

impl Token {
    /// The text of the token, given the text it was taken from.
    #[must_use]
    pub fn text<'a>(&self, text: &'a str) -> &'a str {
        text.get(self.start..self.end).unwrap_or("")
    }

    /// Whether the token is this unquoted word, in any case.
    #[must_use]
    pub fn is_word(&self, text: &str, word: &str) -> bool {
        self.kind == TokenKind::Ident && self.text(text).eq_ignore_ascii_case(word)
    }
}

/// The tokens of `text`, from its first byte to its last. Never fails: what cannot be closed
/// becomes [`TokenKind::Unterminated`].
#[must_use]
pub const fn tokens(text: &str) -> Tokens<'_> {
    Tokens { text, pos: 0 }
}

/// Iterator over [`Token`]s; see [`tokens`].
#[derive(Debug, Clone)]
pub struct Tokens<'a> {
    text: &'a str,
    pos: usize,
}

impl<'a> Tokens<'a> {
    /// Tokens starting at byte `pos`, which must be where a token starts (offset 0, or the end of
    /// a token).
    #[must_use]
    pub const fn starting_at(text: &'a str, pos: usize) -> Self {
        Self { text, pos }
    }

    /// Where the next token starts.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.pos
    }

    /// Goes on at byte `pos` instead, as for [`Tokens::starting_at`].
    pub const fn jump(&mut self, pos: usize) {
        self.pos = pos;
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let start = self.pos;
        if start >= self.text.len() {
            return None;
        }
        let (kind, end) = scan(self.text, start);
        self.pos = end;
        Some(Token { kind, start, end })
    }
}

const SPACE: u8 = 1;
const WORD_START: u8 = 2;
const DIGIT: u8 = 4;
const OPERATOR: u8 = 8;
/// Operator characters that let an operator end in `+` or `-`.
const OPERATOR_FREE: u8 = 16;
const DOLLAR: u8 = 32;

const CLASS: [u8; 256] = {
    let mut table = [0_u8; 256];
    let mut i = 0;
    while i < 256 {
        let byte = i as u8;
        table[i] = match byte {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => SPACE,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80..=0xff => WORD_START,
            b'0'..=b'9' => DIGIT,
            b'~' | b'!' | b'@' | b'#' | b'^' | b'&' | b'|' | b'`' | b'?' | b'%' => OPERATOR | OPERATOR_FREE,
            b'+' | b'-' | b'*' | b'/' | b'<' | b'>' | b'=' => OPERATOR,
            b'$' => DOLLAR,
            _ => 0,
        };
        i += 1;
    }
    table
};

const fn is(byte: u8, class: u8) -> bool {
    CLASS[byte as usize] & class != 0
}

/// Whether a byte can be part of a psql variable name.
pub(crate) const fn is_variable_byte(byte: u8) -> bool {
    is(byte, WORD_START | DIGIT)
}

fn run(bytes: &[u8], mut pos: usize, class: u8) -> usize {
    while pos < bytes.len() && is(bytes[pos], class) {
        pos += 1;
    }
    pos
}

fn scan(text: &str, start: usize) -> (TokenKind, usize) {
    let bytes = text.as_bytes();
    let first = bytes[start];
    let second = bytes.get(start + 1).copied().unwrap_or(0);
    match first {
        b'-' if second == b'-' => (TokenKind::LineComment, line_end(bytes, start + 2)),
        b'/' if second == b'*' => block_comment(bytes, start),
        b'\'' => quoted_string(bytes, start + 1, false, TokenKind::String),
        b'"' => quoted_ident(bytes, start + 1, TokenKind::QuotedIdent),
        b'e' | b'E' if second == b'\'' => quoted_string(bytes, start + 2, true, TokenKind::EString),
        b'n' | b'N' if second == b'\'' => quoted_string(bytes, start + 2, false, TokenKind::String),
        b'b' | b'B' | b'x' | b'X' if second == b'\'' => quoted_string(bytes, start + 2, false, TokenKind::BitString),
        b'u' | b'U' if second == b'&' => match bytes.get(start + 2) {
            Some(b'\'') => quoted_string(bytes, start + 3, false, TokenKind::UnicodeString),
            Some(b'"') => quoted_ident(bytes, start + 3, TokenKind::UnicodeIdent),
            _ => (TokenKind::Ident, start + 1),
        },
        b'$' => dollar(text, start),
        b'.' if is(second, DIGIT) => (TokenKind::Number, number(bytes, start)),
        b'.' if second == b'.' => (TokenKind::Operator, start + 2),
        b':' if second == b':' || second == b'=' => (TokenKind::Operator, start + 2),
        b';' => (TokenKind::Semicolon, start + 1),
        b'\\' => (TokenKind::Backslash, start + 1),
        _ => match CLASS[first as usize] {
            SPACE => (TokenKind::Whitespace, run(bytes, start + 1, SPACE)),
            WORD_START => (TokenKind::Ident, run(bytes, start + 1, WORD_START | DIGIT | DOLLAR)),
            DIGIT => (TokenKind::Number, number(bytes, start)),
            class if class & OPERATOR != 0 => (TokenKind::Operator, operator(bytes, start)),
            _ => (TokenKind::Punct(char::from(first)), start + 1),
        },
    }
}

fn line_end(bytes: &[u8], pos: usize) -> usize {
    bytes[pos..].iter().position(|&byte| byte == b'\n' || byte == b'\r').map_or(bytes.len(), |found| pos + found)
}

fn block_comment(bytes: &[u8], start: usize) -> (TokenKind, usize) {
    let mut pos = start + 2;
    let mut depth = 1_usize;
    while pos + 1 < bytes.len() {
        match (bytes[pos], bytes[pos + 1]) {
            (b'/', b'*') => {
                depth += 1;
                pos += 2;
            }
            (b'*', b'/') => {
                depth -= 1;
                pos += 2;
                if depth == 0 {
                    return (TokenKind::BlockComment, pos);
                }
            }
            _ => pos += 1,
        }
    }
    (TokenKind::Unterminated(Unterminated::Comment), bytes.len())
}

fn quoted_ident(bytes: &[u8], inside: usize, kind: TokenKind) -> (TokenKind, usize) {
    match closing_quote(bytes, inside, b'"', false) {
        Some(end) => (kind, end),
        None => (TokenKind::Unterminated(Unterminated::QuotedIdent), bytes.len()),
    }
}

/// A string and the strings that continue it: two strings with white space between them that
/// holds a line end are one constant, and the second is read by the rules of the first.
fn quoted_string(bytes: &[u8], inside: usize, escapes: bool, kind: TokenKind) -> (TokenKind, usize) {
    let mut pos = inside;
    loop {
        let Some(end) = closing_quote(bytes, pos, b'\'', escapes) else {
            return (TokenKind::Unterminated(Unterminated::String), bytes.len());
        };
        match continuation(bytes, end) {
            Some(next) => pos = next,
            None => return (kind, end),
        }
    }
}

/// The offset after the quote that closes what is open at `pos`.
fn closing_quote(bytes: &[u8], mut pos: usize, quote: u8, escapes: bool) -> Option<usize> {
    while pos < bytes.len() {
        let byte = bytes[pos];
        if byte == quote {
            if bytes.get(pos + 1) != Some(&quote) {
                return Some(pos + 1);
            }
            pos += 2;
        } else if escapes && byte == b'\\' {
            pos += 2;
        } else {
            pos += 1;
        }
    }
    None
}

/// The offset inside the quote that continues a string which ended at `pos`.
pub(crate) fn continuation(bytes: &[u8], mut pos: usize) -> Option<usize> {
    let mut line_ended = false;
    loop {
        match *bytes.get(pos)? {
            b'\'' => return line_ended.then_some(pos + 1),
            b'\n' | b'\r' => {
                line_ended = true;
                pos += 1;
            }
            b'-' if bytes.get(pos + 1) == Some(&b'-') => pos = line_end(bytes, pos + 2),
            byte if is(byte, SPACE) => pos += 1,
            _ => return None,
        }
    }
}

fn dollar(text: &str, start: usize) -> (TokenKind, usize) {
    let bytes = text.as_bytes();
    let after = start + 1;
    if bytes.get(after).is_some_and(|&byte| is(byte, DIGIT)) {
        return (TokenKind::Param, run(bytes, after, DIGIT));
    }
    let tag_end = if bytes.get(after).is_some_and(|&byte| is(byte, WORD_START)) {
        run(bytes, after + 1, WORD_START | DIGIT)
    } else {
        after
    };
    if bytes.get(tag_end) != Some(&b'$') {
        return (TokenKind::Punct('$'), after);
    }
    let inside = tag_end + 1;
    match text[inside..].find(&text[start..inside]) {
        Some(found) => (TokenKind::DollarString, inside + found + (inside - start)),
        None => (TokenKind::Unterminated(Unterminated::DollarString), bytes.len()),
    }
}

fn number(bytes: &[u8], start: usize) -> usize {
    let at = |pos: usize| bytes.get(pos).copied().unwrap_or(0);
    if at(start) == b'0' {
        let digit: fn(u8) -> bool = match at(start + 1) {
            b'x' | b'X' => |byte| byte.is_ascii_hexdigit(),
            b'o' | b'O' => |byte| matches!(byte, b'0'..=b'7'),
            b'b' | b'B' => |byte| matches!(byte, b'0' | b'1'),
            _ => |_| false,
        };
        let mut pos = start + 2;
        while digit(at(pos)) || (at(pos) == b'_' && digit(at(pos + 1))) {
            pos += 1;
        }
        if pos > start + 2 {
            return pos;
        }
    }
    let digits = |mut pos: usize| {
        while at(pos).is_ascii_digit() || (at(pos) == b'_' && at(pos + 1).is_ascii_digit()) {
            pos += 1;
        }
        pos
    };
    let mut pos = digits(start);
    if at(pos) == b'.' && at(pos + 1) != b'.' {
        pos = digits(pos + 1);
    }
    if matches!(at(pos), b'e' | b'E') {
        let sign = usize::from(matches!(at(pos + 1), b'+' | b'-'));
        if at(pos + 1 + sign).is_ascii_digit() {
            pos = digits(pos + 1 + sign);
        }
    }
    pos
}

fn operator(bytes: &[u8], start: usize) -> usize {
    let mut end = run(bytes, start, OPERATOR);
    // A comment that starts inside the run ends the operator.
    for pos in start + 1..end.saturating_sub(1) {
        if matches!(&bytes[pos..pos + 2], b"--" | b"/*") {
            end = pos;
            break;
        }
    }
    // `a=-1` is `=` and `-`: a multi-character operator ends in a sign only when it holds a
    // character that the SQL standard's operators do not use.
    let ends_in_sign = |end: usize| matches!(bytes[end - 1], b'+' | b'-');
    if end - start > 1 && ends_in_sign(end) && !bytes[start..end - 1].iter().any(|&byte| is(byte, OPERATOR_FREE)) {
        while end - start > 1 && ends_in_sign(end) {
            end -= 1;
        }
    }
    end
}

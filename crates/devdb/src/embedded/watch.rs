//! Looks at what the embedded server says and repairs what a client could not
//! make sense of. Everything else passes through untouched.

/// Large enough for any error message.
const LARGEST_ERROR: usize = 1 << 20;
const HEAD: usize = 5;

/// A frame-by-frame reader of the server's side of a session.
#[derive(Debug)]
pub(crate) struct Watch {
    head: Vec<u8>,
    body: Body,
    /// The first `AuthenticationOk` has been seen.
    greeted: bool,
    /// The server's memory is damaged; the session ends with this command.
    damaged: bool,
}

#[derive(Debug)]
enum Body {
    /// Reading a header.
    None,
    /// Passing on this many bytes.
    Pass(usize),
    /// Leaving out this many bytes.
    Skip(usize),
    /// Collecting an error or a notice up to this length.
    Report(u8, Vec<u8>, usize),
    /// Passing on the end of the last command of a damaged session.
    Last(usize),
}

/// Whether the session can go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It can.
    Fine,
    /// It cannot: what was put out ends it.
    Over,
}

impl Watch {
    pub(crate) fn new() -> Self {
        Self { head: Vec::with_capacity(HEAD), body: Body::None, greeted: false, damaged: false }
    }

    /// Reads `bytes` and appends to `out` what the client is to get.
    pub(crate) fn feed(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) -> Verdict {
        while !bytes.is_empty() {
            match &mut self.body {
                Body::None => {
                    let (now, later) = bytes.split_at(bytes.len().min(HEAD - self.head.len()));
                    self.head.extend_from_slice(now);
                    bytes = later;
                    if self.head.len() == HEAD {
                        self.begin(out);
                    }
                }
                Body::Pass(left) => {
                    let (now, later) = bytes.split_at(bytes.len().min(*left));
                    out.extend_from_slice(now);
                    *left -= now.len();
                    bytes = later;
                    if *left == 0 {
                        self.body = Body::None;
                    }
                }
                Body::Skip(left) => {
                    let n = bytes.len().min(*left);
                    *left -= n;
                    bytes = bytes.get(n..).unwrap_or_default();
                    if *left == 0 {
                        self.body = Body::None;
                    }
                }
                Body::Last(left) => {
                    let (now, later) = bytes.split_at(bytes.len().min(*left));
                    out.extend_from_slice(now);
                    *left -= now.len();
                    bytes = later;
                    if *left == 0 {
                        out.extend(error_message("0A000", DAMAGED, HINT));
                        return Verdict::Over;
                    }
                }
                Body::Report(kind, collected, length) => {
                    let (now, later) = bytes.split_at(bytes.len().min(*length - collected.len()));
                    collected.extend_from_slice(now);
                    bytes = later;
                    if collected.len() == *length {
                        let (kind, collected) = (*kind, std::mem::take(collected));
                        self.body = Body::None;
                        if kind == b'E' && says(&collected, "24000", "cannot drop active portal") {
                            out.extend(error_message("0A000", WEDGED, HINT));
                            return Verdict::Over;
                        }
                        if kind == b'N' && says(&collected, "01000", "trying to delete portal name") {
                            // Of no meaning to anybody: our reason follows.
                            self.damaged = true;
                        } else {
                            push_message(out, kind, &collected);
                        }
                    }
                }
            }
        }
        Verdict::Fine
    }

    fn begin(&mut self, out: &mut Vec<u8>) {
        let [kind, a, b, c, d] = *self.head.as_slice() else { return };
        let length = (u32::from_be_bytes([a, b, c, d]) as usize).saturating_sub(4);
        let unexpected = !self.greeted && !matches!(kind, b'R' | b'E');
        if kind == b'R' {
            self.greeted = true;
        }
        self.body = if (kind == b'E' || kind == b'N' && self.greeted) && length <= LARGEST_ERROR {
            Body::Report(kind, Vec::with_capacity(length), length)
        } else if kind == b'Z' && self.damaged {
            out.extend_from_slice(&self.head);
            Body::Last(length)
        } else if unexpected {
            // Before the greeting a client understands only a greeting or an
            // error; the server puts notices before its refusal.
            Body::Skip(length)
        } else {
            out.extend_from_slice(&self.head);
            Body::Pass(length)
        };
        self.head.clear();
        if matches!(self.body, Body::Pass(0) | Body::Skip(0)) {
            self.body = Body::None;
        }
    }
}

const WEDGED: &str = "the embedded PostgreSQL cannot catch errors: an error was raised inside a PL/pgSQL block with an EXCEPTION clause, and the session cannot go on";
const DAMAGED: &str =
    "the embedded PostgreSQL cannot go on after a procedure that commits or rolls back; what it committed stays";
const HINT: &str = "Use PostgreSQL binaries of this machine or a server for this migration.";

/// Whether a report has this code and begins like this.
///
/// The answer to `ROLLBACK` after an error that an EXCEPTION clause should
/// have caught is that the portal is active: there is no way out of the
/// transaction. The warning about a portal is the sign that a procedure's
/// COMMIT has freed what is still used: later statements were seen to fail
/// with impossible errors or not to end.
fn says(report: &[u8], code: &str, message: &str) -> bool {
    field(report, b'C') == Some(code.as_bytes())
        && field(report, b'M').is_some_and(|m| m.starts_with(message.as_bytes()))
}

fn field(error: &[u8], wanted: u8) -> Option<&[u8]> {
    error.split(|b| *b == 0).find_map(|part| match part.split_first() {
        Some((kind, value)) if *kind == wanted => Some(value),
        _ => None,
    })
}

/// A FATAL error message.
pub(crate) fn error_message(code: &str, text: &str, hint: &str) -> Vec<u8> {
    let mut body = Vec::new();
    for (kind, value) in [(b'S', "FATAL"), (b'V', "FATAL"), (b'C', code), (b'M', text), (b'H', hint)] {
        if !value.is_empty() {
            body.push(kind);
            body.extend(value.bytes().filter(|b| *b != 0));
            body.push(0);
        }
    }
    body.push(0);
    let mut message = Vec::new();
    push_message(&mut message, b'E', &body);
    message
}

fn push_message(out: &mut Vec<u8>, kind: u8, body: &[u8]) {
    out.push(kind);
    out.extend(u32::try_from(body.len() + 4).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(body);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        push_message(&mut out, kind, body);
        out
    }

    /// Fed in pieces of every size, the result is the same.
    fn through(input: &[u8]) -> (Vec<u8>, Verdict) {
        let mut results: Vec<(Vec<u8>, Verdict)> = Vec::new();
        for size in [1, 2, 3, 7, input.len()] {
            let mut watch = Watch::new();
            let mut out = Vec::new();
            let mut verdict = Verdict::Fine;
            for piece in input.chunks(size) {
                verdict = watch.feed(piece, &mut out);
                if verdict == Verdict::Over {
                    break;
                }
            }
            results.push((out, verdict));
        }
        let first = results.swap_remove(0);
        assert!(results.iter().all(|r| *r == first));
        first
    }

    #[test]
    fn a_session_passes_unchanged() {
        let session = [
            message(b'R', &[0, 0, 0, 0]),
            message(b'Z', b"I"),
            message(b'E', b"SERROR\0C22012\0Mdivision by zero\0\0"),
            message(b'I', b""),
            message(b'Z', b"I"),
        ]
        .concat();
        assert_eq!(through(&session), (session, Verdict::Fine));
    }

    #[test]
    fn notices_before_the_greeting_are_left_out() {
        let refusal = message(b'E', b"SFATAL\0C3D000\0Mdatabase \"x\" does not exist\0\0");
        let session = [message(b'N', b"SLOG\0\0"), refusal.clone()].concat();
        assert_eq!(through(&session), (refusal, Verdict::Fine));
    }

    #[test]
    fn a_damaged_session_ends_after_its_command() {
        let command = [message(b'C', b"CALL\0"), message(b'Z', b"I")].concat();
        let session = [
            message(b'R', &[0, 0, 0, 0]),
            message(b'N', b"SWARNING\0C01000\0Mtrying to delete portal name that does not exist\0\0"),
            command.clone(),
        ]
        .concat();
        let (out, verdict) = through(&session);
        assert_eq!(verdict, Verdict::Over);
        let rest = out.get(9..).expect("greeting");
        assert_eq!(rest.get(..command.len()), Some(command.as_slice()));
        assert!(String::from_utf8_lossy(rest).contains("procedure that commits"));
    }

    #[test]
    fn a_wedged_session_is_ended_with_the_reason() {
        let session = [
            message(b'R', &[0, 0, 0, 0]),
            message(b'E', b"SERROR\0C24000\0Mcannot drop active portal \"\"\0\0"),
            message(b'Z', b"E"),
        ]
        .concat();
        let (out, verdict) = through(&session);
        assert_eq!(verdict, Verdict::Over);
        let text = String::from_utf8_lossy(&out);
        assert!(text.contains("EXCEPTION clause") && text.contains("FATAL"), "{text}");
    }
}

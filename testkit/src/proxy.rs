//! A TCP proxy between a client and a server that breaks on purpose.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What the proxy does with the connections through it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: bytes pass both ways.
    Pass,
    /// Connections are cut, new ones at once.
    Reset,
    /// Nothing passes any more, and nobody is told.
    BlackHole,
    /// A query with COMMIT reaches the server; its answer, and all after it,
    /// is swallowed and the client is cut off.
    DropCommitReply,
    /// Every piece waits so long in each direction.
    Delay(Duration),
}

/// A proxy on a port of 127.0.0.1; it ends when dropped.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    server: String,
    fault: Mutex<Fault>,
    ended: AtomicBool,
    commits: AtomicUsize,
    connections: AtomicUsize,
    /// The commit whose answer is lost, counted from the first; 0 for none.
    lose_reply: AtomicUsize,
    /// The piece from a client at which all connections are cut, counted from the first; 0 for none.
    cut_before: AtomicUsize,
    cut_after: AtomicUsize,
    pieces: AtomicUsize,
    /// Connections up to this number are dead, and nobody is told.
    stranded: AtomicUsize,
    streams: Mutex<Vec<TcpStream>>,
}

impl Proxy {
    /// Starts one in front of `server`, an address with a port.
    ///
    /// # Panics
    /// When there is no port to be had.
    #[must_use]
    pub fn start(server: impl Into<String>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("its number").port();
        let shared = Arc::new(Shared {
            server: server.into(),
            fault: Mutex::new(Fault::Pass),
            ended: AtomicBool::new(false),
            commits: AtomicUsize::new(0),
            connections: AtomicUsize::new(0),
            lose_reply: AtomicUsize::new(0),
            cut_before: AtomicUsize::new(0),
            cut_after: AtomicUsize::new(0),
            pieces: AtomicUsize::new(0),
            stranded: AtomicUsize::new(0),
            streams: Mutex::default(),
        });
        let inner = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                if inner.ended.load(Ordering::SeqCst) {
                    return;
                }
                if let Ok(client) = client {
                    inner.connections.fetch_add(1, Ordering::SeqCst);
                    inner.connect(client);
                }
            }
        });
        Self { port, shared }
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A URL of the server behind it, led through it.
    #[must_use]
    pub fn url(&self, url: &str) -> String {
        url.replacen(&self.shared.server, &format!("127.0.0.1:{}", self.port), 1)
    }

    /// Sets what happens from now on, to open connections too.
    pub fn set(&self, fault: Fault) {
        *lock(&self.shared.fault) = fault;
        if fault == Fault::Reset {
            self.shared.cut();
        }
    }

    /// Loses the answer to the `n`th query with COMMIT, counted from the
    /// start of the proxy, and cuts that client off; others pass.
    pub fn lose_commit_reply(&self, n: usize) {
        self.shared.lose_reply.store(n, Ordering::SeqCst);
    }

    /// Cuts all connections when the `n`th piece comes from a client, counted
    /// from the start of the proxy: before or after it went to the server.
    pub fn cut_at_piece(&self, n: usize, after: bool) {
        let at = if after { &self.shared.cut_after } else { &self.shared.cut_before };
        at.store(n, Ordering::SeqCst);
    }

    /// Nothing passes on the connections that are open now, and nobody is
    /// told; new ones work.
    pub fn strand(&self) {
        self.shared.stranded.store(self.connections(), Ordering::SeqCst);
    }

    /// How many pieces have come from clients.
    #[must_use]
    pub fn pieces(&self) -> usize {
        self.shared.pieces.load(Ordering::SeqCst)
    }

    /// How many queries with COMMIT have gone to the server.
    #[must_use]
    pub fn commits(&self) -> usize {
        self.shared.commits.load(Ordering::SeqCst)
    }

    /// How many connections were made to it.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        self.shared.cut();
        // Wakes the listener.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn fault(&self) -> Fault {
        *lock(&self.fault)
    }

    fn cut(&self) {
        for stream in lock(&self.streams).drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn connect(self: &Arc<Self>, client: TcpStream) {
        if self.fault() == Fault::Reset {
            return;
        }
        let Ok(server) = TcpStream::connect(&self.server) else { return };
        let _ = client.set_nodelay(true);
        let _ = server.set_nodelay(true);
        let copies = (client.try_clone(), server.try_clone());
        let copies2 = (client.try_clone(), server.try_clone());
        let ((Ok(c), Ok(s)), (Ok(c2), Ok(s2))) = (copies, copies2) else { return };
        lock(&self.streams).extend([c2, s2]);
        // Set when the next thing the server says is to be lost.
        let swallow = Arc::new(AtomicBool::new(false));
        let number = self.connections.load(Ordering::SeqCst);
        let (up, down) = (Arc::clone(self), Arc::clone(self));
        let swallow_up = Arc::clone(&swallow);
        std::thread::spawn(move || up.client_to_server(client, server, &swallow_up, number));
        std::thread::spawn(move || down.server_to_client(s, c, &swallow, number));
    }

    fn client_to_server(&self, mut client: TcpStream, mut server: TcpStream, swallow: &AtomicBool, number: usize) {
        let mut scanner = Scanner::default();
        let mut buffer = [0; 16 * 1024];
        while let Ok(n) = read(&mut client, &mut buffer) {
            if n == 0 || !self.hold(number) {
                break;
            }
            let bytes = buffer.get(..n).unwrap_or_default();
            let piece = self.pieces.fetch_add(1, Ordering::SeqCst) + 1;
            if piece == self.cut_before.load(Ordering::SeqCst) {
                self.cut();
                break;
            }
            if scanner.commit_in(bytes) {
                let commit = self.commits.fetch_add(1, Ordering::SeqCst) + 1;
                if self.fault() == Fault::DropCommitReply || commit == self.lose_reply.load(Ordering::SeqCst) {
                    swallow.store(true, Ordering::SeqCst);
                }
            }
            if server.write_all(bytes).is_err() {
                break;
            }
            if piece == self.cut_after.load(Ordering::SeqCst) {
                self.cut();
                break;
            }
        }
        if self.fault() != Fault::BlackHole {
            let _ = server.shutdown(Shutdown::Write);
        }
    }

    fn server_to_client(&self, mut server: TcpStream, mut client: TcpStream, swallow: &AtomicBool, number: usize) {
        let mut buffer = [0; 16 * 1024];
        while let Ok(n) = read(&mut server, &mut buffer) {
            if n == 0 || !self.hold(number) {
                break;
            }
            if swallow.load(Ordering::SeqCst) {
                // The server has answered: the commit is done, the answer lost.
                let _ = server.shutdown(Shutdown::Both);
                break;
            }
            if client.write_all(buffer.get(..n).unwrap_or_default()).is_err() {
                break;
            }
        }
        if self.fault() != Fault::BlackHole {
            let _ = client.shutdown(Shutdown::Both);
        }
    }

    /// Waits as the fault says; `false` when what was read is to be lost.
    fn hold(&self, number: usize) -> bool {
        while number <= self.stranded.load(Ordering::SeqCst) {
            if self.ended.load(Ordering::SeqCst) {
                return false;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        match self.fault() {
            Fault::Delay(time) => std::thread::sleep(time),
            Fault::BlackHole => {
                // Until the fault is lifted or the proxy ends.
                while self.fault() == Fault::BlackHole && !self.ended.load(Ordering::SeqCst) {
                    std::thread::sleep(Duration::from_millis(5));
                }
                return !self.ended.load(Ordering::SeqCst);
            }
            Fault::Pass | Fault::Reset | Fault::DropCommitReply => {}
        }
        true
    }
}

fn read(stream: &mut TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match stream.read(buffer) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// Finds COMMIT in Query and Parse messages, however they are cut in pieces.
#[derive(Debug, Default)]
struct Scanner {
    started: bool,
    pending: Vec<u8>,
}

/// Longer messages are data, not a COMMIT.
const LONGEST_LOOKED_AT: usize = 1 << 20;

impl Scanner {
    fn commit_in(&mut self, bytes: &[u8]) -> bool {
        self.pending.extend_from_slice(bytes);
        let mut found = false;
        loop {
            // The first messages of a connection have no type byte.
            let offset = usize::from(self.started);
            let Some(&[a, b, c, d]) = self.pending.get(offset..offset + 4) else { break };
            let length = u32::from_be_bytes([a, b, c, d]) as usize;
            if self.pending.len() < offset + length && length < LONGEST_LOOKED_AT {
                break;
            }
            let end = (offset + length).min(self.pending.len());
            let message: Vec<u8> = self.pending.drain(..end).collect();
            if self.started {
                found |= matches!(message.first(), Some(b'Q' | b'P')) && has_commit(&message);
            } else {
                // 3.0 is the start; anything else asks for encryption.
                self.started = message.get(4..8) == Some(&[0, 3, 0, 0]);
            }
        }
        found
    }
}

fn has_commit(message: &[u8]) -> bool {
    let text = String::from_utf8_lossy(message).to_ascii_lowercase();
    text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "commit")
}

#[cfg(test)]
mod tests {
    use super::Scanner;

    fn message(kind: u8, text: &str) -> Vec<u8> {
        let mut out = vec![kind];
        out.extend((text.len() as u32 + 5).to_be_bytes());
        out.extend(text.bytes());
        out.push(0);
        out
    }

    #[test]
    fn commit_is_found_in_any_pieces_and_not_in_other_words() {
        let hello = [0, 0, 0, 9, 0, 3, 0, 0, 0];
        let stream = |text: &str| [hello.as_slice(), &message(b'Q', text)].concat();
        for (text, expected) in
            [("COMMIT", true), ("insert; commit;", true), ("SELECT committed", false), ("BEGIN", false)]
        {
            for size in [1, 3, 100] {
                let mut scanner = Scanner::default();
                let found = stream(text).chunks(size).any(|piece| scanner.commit_in(piece));
                assert_eq!(found, expected, "{text} by {size}");
            }
        }
    }
}

//! The door in front of the embedded server.
//!
//! The server behind it serves its listener in one thread, one connection
//! after the other, and ends when a client vanishes in the middle of
//! something. The door keeps that from callers:
//!
//! - one client at a time has the seat; another waits, and is refused with
//!   SQLSTATE 53300 and the reason when that takes too long;
//! - a cancel request is answered at once (it can do nothing) instead of
//!   queueing behind the statement it is meant to stop;
//! - what the server says that no client understands is repaired (`watch`);
//! - a client that vanishes is bid farewell properly, so that its transaction
//!   is rolled back and its session ends;
//! - a server that ended anyway is started again for the next client.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use pglite_oxide::PgliteServer;

use super::root::embedded;
use super::watch::{Verdict, Watch, error_message};
use crate::{Error, Result};

const SSL_REQUEST: u32 = 80_877_103;
const GSS_REQUEST: u32 = 80_877_104;
const CANCEL_REQUEST: u32 = 80_877_102;
/// A client that connects and says nothing must not stay for ever.
const STARTUP_PATIENCE: Duration = Duration::from_secs(10);
/// How long `stop` waits for the running statement, which cannot be cancelled.
const STOP_PATIENCE: Duration = Duration::from_secs(5);
const LARGEST_STARTUP: usize = 10_000;

#[derive(Debug)]
pub(crate) struct Front {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    root: PathBuf,
    patience: Duration,
    stopping: AtomicBool,
    seat: Mutex<Seat>,
    freed: Condvar,
    clients: Mutex<HashMap<u64, TcpStream>>,
}

#[derive(Debug, Default)]
struct Seat {
    taken_since: Option<Instant>,
    server: Option<PgliteServer>,
}

impl Front {
    pub(crate) fn start(root: PathBuf, patience: Duration) -> Result<Self> {
        let server = start_server(&root)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(embedded)?;
        let address = listener.local_addr().map_err(embedded)?;
        let shared = Arc::new(Shared {
            root,
            patience,
            stopping: AtomicBool::new(false),
            seat: Mutex::new(Seat { taken_since: None, server: Some(server) }),
            freed: Condvar::new(),
            clients: Mutex::default(),
        });
        let accepting = {
            let shared = Arc::clone(&shared);
            std::thread::Builder::new()
                .name("surefoot-embedded".into())
                .spawn(move || accept(&listener, &shared))
                .map_err(|e| Error::Worker(e.to_string()))?
        };
        Ok(Self { address, shared, accepting: Some(accepting) })
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Ends the clients, then the server. A statement that does not end in
    /// time is left to the end of the process: there is no way to stop it.
    pub(crate) fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let Some(accepting) = self.accepting.take() else { return };
        self.shared.stopping.store(true, Ordering::SeqCst);
        // Wakes the listener; if that fails it has ended already.
        let woken = TcpStream::connect(self.address);
        if woken.is_ok() {
            let _ = accepting.join();
        }
        for client in lock(&self.shared.clients).values() {
            let _ = client.shutdown(Shutdown::Both);
        }
        let seat = lock(&self.shared.seat);
        self.shared.freed.notify_all();
        let (mut seat, _) = self
            .shared
            .freed
            .wait_timeout_while(seat, STOP_PATIENCE, |seat| seat.taken_since.is_some())
            .unwrap_or_else(PoisonError::into_inner);
        let busy = seat.taken_since.is_some();
        if let Some(server) = seat.server.take() {
            if busy {
                // Its destructor would wait for the statement to end.
                std::mem::forget(server);
            } else {
                drop(server);
            }
        }
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.end();
    }
}

fn start_server(root: &std::path::Path) -> Result<PgliteServer> {
    PgliteServer::builder()
        .path(root)
        // The server's own default is `public`; PostgreSQL's is this.
        .postgres_config("search_path", "\"$user\", public")
        .start()
        .map_err(embedded)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What the locks guard is valid after a panic elsewhere.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut number = 0;
    loop {
        let stream = listener.accept();
        if shared.stopping.load(Ordering::SeqCst) {
            return;
        }
        let Ok((stream, _)) = stream else {
            // Out of file descriptors, or a client gone before it was met.
            std::thread::sleep(Duration::from_millis(10));
            continue;
        };
        number += 1;
        if let Ok(copy) = stream.try_clone() {
            lock(&shared.clients).insert(number, copy);
        }
        let inner = Arc::clone(shared);
        let spawned = std::thread::Builder::new().name("surefoot-client".into()).spawn(move || {
            serve(stream, &inner);
            lock(&inner.clients).remove(&number);
        });
        if spawned.is_err() {
            lock(&shared.clients).remove(&number);
        }
    }
}

fn serve(mut client: TcpStream, shared: &Shared) {
    let _ = client.set_nodelay(true);
    let Ok(Some(startup)) = read_startup(&mut client) else { return };
    let server = match shared.take_seat() {
        Ok(server) => server,
        Err(refusal) => {
            let _ = client.write_all(&refusal.message());
            return;
        }
    };
    relay(client, server, &startup);
    shared.leave_seat();
}

/// The startup packet, after refusing encryption; `None` for a cancel request.
fn read_startup(client: &mut TcpStream) -> io::Result<Option<Vec<u8>>> {
    client.set_read_timeout(Some(STARTUP_PATIENCE))?;
    loop {
        let mut head = [0; 8];
        client.read_exact(&mut head)?;
        let [a, b, c, d, e, f, g, h] = head;
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        let code = u32::from_be_bytes([e, f, g, h]);
        if !(8..=LARGEST_STARTUP).contains(&length) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut packet = head.to_vec();
        packet.resize(length, 0);
        if let Some(rest) = packet.get_mut(8..) {
            client.read_exact(rest)?;
        }
        match code {
            SSL_REQUEST | GSS_REQUEST => client.write_all(b"N")?,
            CANCEL_REQUEST => return Ok(None),
            _ => {
                client.set_read_timeout(None)?;
                return Ok(Some(packet));
            }
        }
    }
}

enum Refusal {
    Occupied(Duration),
    Stopping,
    Failed(String),
}

impl Refusal {
    fn message(&self) -> Vec<u8> {
        let (code, text, hint) = match self {
            Self::Occupied(age) => (
                "53300",
                format!(
                    "the embedded PostgreSQL serves one connection at a time, and another has been open for {:.0} s",
                    age.as_secs_f64()
                ),
                "Close the other connection, or use a PostgreSQL server.",
            ),
            Self::Stopping => ("57P01", "the embedded PostgreSQL is stopping".into(), ""),
            Self::Failed(text) => (
                "57P03",
                format!("the embedded PostgreSQL did not start: {text}"),
                "Use PostgreSQL binaries or a server.",
            ),
        };
        error_message(code, &text, hint)
    }
}

impl Shared {
    fn take_seat(&self) -> std::result::Result<TcpStream, Refusal> {
        let deadline = Instant::now() + self.patience;
        let mut seat = lock(&self.seat);
        loop {
            if self.stopping.load(Ordering::SeqCst) {
                return Err(Refusal::Stopping);
            }
            let Some(since) = seat.taken_since else { break };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Refusal::Occupied(since.elapsed()));
            }
            seat = self.freed.wait_timeout(seat, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        let server = self.connect(&mut seat).map_err(|e| Refusal::Failed(e.to_string()))?;
        seat.taken_since = Some(Instant::now());
        Ok(server)
    }

    /// Connects to the server, starting it again when it has ended.
    fn connect(&self, seat: &mut Seat) -> Result<TcpStream> {
        if let Some(address) = seat.server.as_ref().and_then(PgliteServer::tcp_addr)
            && let Ok(stream) = TcpStream::connect(address)
        {
            return Ok(stream);
        }
        // First the old one, which has the directory.
        seat.server = None;
        let server = start_server(&self.root)?;
        let address = server.tcp_addr().ok_or_else(|| Error::Embedded("it has no address".into()))?;
        seat.server = Some(server);
        TcpStream::connect(address).map_err(embedded)
    }

    fn leave_seat(&self) {
        lock(&self.seat).taken_since = None;
        self.freed.notify_all();
    }
}

/// Carries bytes both ways until the server has ended the session.
fn relay(client: TcpStream, mut server: TcpStream, startup: &[u8]) {
    let _ = server.set_nodelay(true);
    if server.write_all(startup).is_err() {
        let _ = client.shutdown(Shutdown::Both);
        return;
    }
    let (Ok(mut from_client), Ok(mut to_server)) = (client.try_clone(), server.try_clone()) else {
        let _ = client.shutdown(Shutdown::Both);
        return;
    };
    let forward = std::thread::Builder::new().name("surefoot-forward".into()).spawn(move || {
        let _ = io::copy(&mut from_client, &mut to_server);
        // End of file, also when the client was cut off: the server then rolls
        // back and closes, where an error would end it.
        let _ = to_server.shutdown(Shutdown::Write);
    });
    let mut to_client = Some(client);
    let mut watch = Watch::new();
    let mut buffer = vec![0; 64 * 1024];
    let mut out = Vec::with_capacity(buffer.len());
    loop {
        let n = match server.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        // With the client gone the rest is still read, or the server would
        // fail to write it and end.
        let Some(stream) = &mut to_client else { continue };
        out.clear();
        let verdict = watch.feed(buffer.get(..n).unwrap_or_default(), &mut out);
        if stream.write_all(&out).is_err() || verdict == Verdict::Over {
            let _ = stream.shutdown(Shutdown::Both);
            to_client = None;
        }
    }
    if let Some(stream) = &to_client {
        let _ = stream.shutdown(Shutdown::Both);
    }
    if let Ok(forward) = forward {
        let _ = forward.join();
    }
}

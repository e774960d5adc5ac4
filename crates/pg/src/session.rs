//! One connection to a server.

use std::fmt;
use std::pin::pin;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt, TryStreamExt};
use tokio::sync::mpsc;
use tokio_postgres::{AsyncMessage, SimpleQueryMessage};

use crate::error::root_cause;
use crate::{ConnectUrl, Error, Result};

/// How to connect.
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    /// Where to.
    pub url: ConnectUrl,
    /// `application_name` of the session.
    pub application_name: String,
    /// How long to try.
    pub timeout: Duration,
}

impl ConnectOptions {
    /// Options with a ten-second time-out.
    pub fn new(url: ConnectUrl, application_name: impl Into<String>) -> Self {
        Self { url, application_name: application_name.into(), timeout: Duration::from_secs(10) }
    }
}

/// A message the server sent beside the results (`RAISE NOTICE`, warnings).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// `NOTICE`, `WARNING`, `INFO`, `LOG` or `DEBUG`.
    pub severity: String,
    /// SQLSTATE.
    pub code: String,
    /// The message.
    pub message: String,
    /// More detail, if any.
    pub detail: Option<String>,
    /// Advice, if any.
    pub hint: Option<String>,
}

/// One row of text values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row(Vec<Option<String>>);

impl Row {
    /// The value of column `i`, from 0; `None` for NULL.
    pub fn get(&self, i: usize) -> Option<&str> {
        self.0.get(i).and_then(|v| v.as_deref())
    }

    /// The value of column `i` as a number or another type that reads from text.
    pub fn parse<T: std::str::FromStr>(&self, i: usize) -> Option<T> {
        self.get(i).and_then(|v| v.parse().ok())
    }

    /// The value of column `i`, moved out; `None` for NULL.
    pub fn take(&mut self, i: usize) -> Option<String> {
        self.0.get_mut(i).and_then(Option::take)
    }

    /// Number of columns.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no columns.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A row while it is passed by: its values are not copied.
#[derive(Clone, Copy)]
pub struct RowView<'a>(&'a tokio_postgres::SimpleQueryRow);

impl<'a> RowView<'a> {
    /// The value of column `i`, from 0; `None` for NULL.
    pub fn get(self, i: usize) -> Option<&'a str> {
        if i < self.0.len() { self.0.get(i) } else { None }
    }

    /// The value of column `i` as a number or another type that reads from text.
    pub fn parse<T: std::str::FromStr>(self, i: usize) -> Option<T> {
        self.get(i).and_then(|v| v.parse().ok())
    }

    /// Number of columns.
    pub fn len(self) -> usize {
        self.0.len()
    }

    /// Whether there are no columns.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for RowView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries((0..self.len()).map(|i| self.get(i))).finish()
    }
}

/// What a statement gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Rows affected or returned, as the last command tag says.
    pub rows: u64,
    /// The first row returned, for checks.
    pub first: Option<Row>,
    /// The columns, from 0, that read `f` in some row: false where [`Session::booleans`] says so, else a text.
    pub false_in: Vec<usize>,
}

/// Cancels what a session is running, from anywhere.
#[derive(Clone)]
pub struct CancelHandle {
    token: tokio_postgres::CancelToken,
    url: ConnectUrl,
}

impl fmt::Debug for CancelHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CancelHandle({})", self.url)
    }
}

impl CancelHandle {
    /// Sends a cancel request (PostgreSQL manual, 55.2.8). Success means that it was delivered, not that the
    /// statement ended.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn cancel(&self) -> Result<()> {
        let done = if self.url.wants_tls() {
            let tls = crate::tls::connector(&self.url)?;
            self.token.cancel_query(tls).await
        } else {
            self.token.cancel_query(tokio_postgres::NoTls).await
        };
        done.map_err(Error::from_driver)
    }
}

/// A message whose answer nobody has waited for.
#[derive(Debug)]
pub struct Behind(tokio::task::JoinHandle<bool>);

impl Behind {
    /// Waits for the answer; whether it was good.
    pub async fn was_good(self) -> bool {
        self.0.await.unwrap_or(false)
    }
}

/// A connection to a server.
pub struct Session {
    pub(crate) client: tokio_postgres::Client,
    notices: std::sync::Mutex<mpsc::UnboundedReceiver<Notice>>,
    driver: tokio::task::JoinHandle<()>,
    abandoned: std::sync::atomic::AtomicBool,
    lost: std::sync::Arc<std::sync::Mutex<Option<String>>>,
    url: ConnectUrl,
    pid: i32,
    version: u32,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("url", &self.url).field("pid", &self.pid).finish_non_exhaustive()
    }
}

impl Session {
    /// Connects.
    ///
    /// # Errors
    /// [`Error::Connect`] with the target, never the password.
    pub async fn connect(options: &ConnectOptions) -> Result<Self> {
        let target = options.url.to_string();
        let fail = |e: &tokio_postgres::Error| Error::Connect {
            target: target.clone(),
            reason: match e.as_db_error() {
                Some(db) => db.message().to_owned(),
                None => root_cause(e),
            },
            code: e.as_db_error().map(|db| db.code().code().to_owned()),
        };
        let config = options.url.config(&options.application_name, options.timeout);
        // The driver's own time-out covers the TCP connection only, not a server that accepts and is silent.
        let patience = options.timeout * 2;
        let silent = || Error::Connect {
            target: target.clone(),
            reason: format!("no answer within {} s", patience.as_secs()),
            code: None,
        };
        let (sender, receiver) = mpsc::unbounded_channel();
        let lost = std::sync::Arc::new(std::sync::Mutex::new(None));
        let (client, driver) = if options.url.wants_tls() {
            let tls = crate::tls::connector(&options.url)?;
            let connecting = tokio::time::timeout(patience, config.connect(tls)).await.map_err(|_| silent())?;
            let (client, connection) = connecting.map_err(|e| fail(&e))?;
            (client, tokio::spawn(drive(connection, sender, std::sync::Arc::clone(&lost))))
        } else {
            let connecting =
                tokio::time::timeout(patience, config.connect(tokio_postgres::NoTls)).await.map_err(|_| silent())?;
            let (client, connection) = connecting.map_err(|e| fail(&e))?;
            (client, tokio::spawn(drive(connection, sender, std::sync::Arc::clone(&lost))))
        };
        let mut session = Self {
            client,
            notices: std::sync::Mutex::new(receiver),
            driver,
            abandoned: std::sync::atomic::AtomicBool::new(false),
            lost,
            url: options.url.clone(),
            pid: 0,
            version: 0,
        };
        let rows = session
            .rows("SELECT pg_catalog.pg_backend_pid(), pg_catalog.current_setting('server_version_num')")
            .await?;
        let row = rows.first().ok_or_else(|| Error::Unexpected("no row for pg_backend_pid()".into()))?;
        session.pid = row.parse(0).unwrap_or_default();
        session.version = row.parse(1).unwrap_or_default();
        Ok(session)
    }

    /// The server process of this session.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// `server_version_num`, such as 170005.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Major version, such as 17.
    pub fn major(&self) -> u32 {
        self.version / 10_000
    }

    /// Where it is connected to.
    pub fn url(&self) -> &ConnectUrl {
        &self.url
    }

    /// Whether the connection is known to be gone.
    pub fn is_closed(&self) -> bool {
        self.client.is_closed() || self.abandoned.load(std::sync::atomic::Ordering::Acquire)
    }

    /// A handle to cancel what this session runs.
    pub fn cancel_handle(&self) -> CancelHandle {
        CancelHandle { token: self.client.cancel_token(), url: self.url.clone() }
    }

    /// Runs one or more statements with the simple protocol and drops the rows.
    ///
    /// # Errors
    /// The server's error, or [`Error::Lost`].
    pub async fn run(&self, sql: &str) -> Result<Outcome> {
        let stream = self.client.simple_query_raw(sql).await.map_err(|e| self.error(e))?;
        outcome(stream).await.map_err(|e| self.error(e))
    }

    /// Runs `opening`, such as `BEGIN`, and a statement in one message, which saves a round trip: when `opening` fails
    /// the statement is not run. Places in errors are places in the statement.
    ///
    /// # Errors
    /// The server's error, or [`Error::Lost`].
    pub async fn run_opened(&self, opening: &str, sql: &str) -> Result<Outcome> {
        let before = format!("{opening}\n;\n");
        let ours = u32::try_from(before.chars().count()).unwrap_or(u32::MAX);
        self.run(&(before + sql)).await.map_err(|e| e.behind(ours))
    }

    /// Sends messages without waiting in between, which saves round trips. The server takes each up whatever became
    /// of the one before; in an aborted transaction that is to refuse it, and to roll back at `COMMIT`.
    pub async fn run_pipelined(&self, messages: &[&str]) -> Vec<Result<Outcome>> {
        let mut streams = Vec::with_capacity(messages.len());
        for sql in messages {
            streams.push(self.client.simple_query_raw(sql).await.map_err(|e| self.error(e)));
        }
        let mut outcomes = Vec::with_capacity(streams.len());
        for stream in streams {
            outcomes.push(match stream {
                Ok(stream) => outcome(stream).await.map_err(|e| self.error(e)),
                Err(e) => Err(e),
            });
        }
        outcomes
    }

    /// Sends a message and goes on without its answer. What is sent next finds it done.
    pub async fn run_behind(&self, sql: &str) -> Behind {
        let sent = self.client.simple_query_raw(sql).await;
        // Taken up as it comes: an answer that nobody takes holds up those after it.
        Behind(tokio::spawn(async move {
            match sent {
                Ok(stream) => outcome(stream).await.is_ok(),
                Err(_) => false,
            }
        }))
    }

    /// Runs a query with the simple protocol and returns its rows as text.
    ///
    /// # Errors
    /// The server's error, or [`Error::Lost`].
    pub async fn rows(&self, sql: &str) -> Result<Vec<Row>> {
        let stream = self.client.simple_query_raw(sql).await.map_err(|e| self.error(e))?;
        let mut stream = pin!(stream);
        let mut rows = Vec::new();
        while let Some(message) = stream.try_next().await.map_err(|e| self.error(e))? {
            if let SimpleQueryMessage::Row(row) = message {
                rows.push(text_row(&row));
            }
        }
        Ok(rows)
    }

    /// Runs queries with the simple protocol and hands each row over as it comes, so that the server goes on while it is
    /// taken in, and no more than a few are held at a time. What the rows said until an error is the caller's to forget.
    ///
    /// # Errors
    /// The server's error, or [`Error::Lost`].
    pub async fn each_row(&self, sql: &str, mut take: impl FnMut(RowView<'_>)) -> Result<()> {
        let stream = self.client.simple_query_raw(sql).await.map_err(|e| self.error(e))?;
        let mut stream = pin!(stream);
        while let Some(message) = stream.try_next().await.map_err(|e| self.error(e))? {
            if let SimpleQueryMessage::Row(row) = message {
                take(RowView(&row));
            }
        }
        Ok(())
    }

    /// Runs `COPY ... FROM STDIN` with the given data.
    ///
    /// # Errors
    /// The server's error, or [`Error::Lost`].
    pub async fn copy_in(&self, sql: &str, data: &[u8]) -> Result<u64> {
        let sink = self.client.copy_in::<_, bytes::Bytes>(sql).await.map_err(|e| self.error(e))?;
        let mut sink = pin!(sink);
        // Chunks bound the copies made on the way to the socket.
        for chunk in data.chunks(256 * 1024) {
            sink.feed(bytes::Bytes::copy_from_slice(chunk)).await.map_err(|e| self.error(e))?;
        }
        sink.finish().await.map_err(|e| self.error(e))
    }

    /// Which columns of a query are booleans, or of a domain over one. The query is analysed and not run.
    ///
    /// # Errors
    /// The server's error, or [`Error::Lost`].
    pub async fn booleans(&self, query: &str) -> Result<Vec<usize>> {
        use tokio_postgres::types::{Kind, Type};
        fn boolean(t: &Type) -> bool {
            *t == Type::BOOL || matches!(t.kind(), Kind::Domain(of) if boolean(of))
        }
        let prepared = self.client.prepare(query).await.map_err(|e| self.error(e))?;
        let columns = prepared.columns().iter().enumerate();
        Ok(columns.filter(|(_, column)| boolean(column.type_())).map(|(i, _)| i).collect())
    }

    /// Lets the server parse `statements` without running any, one round trip for all. Returns the index of the
    /// first that has a syntax error, with that error; other errors (a table that does not exist yet) do not count.
    ///
    /// Utility statements are only parsed by `Parse`; a query is wrapped in `PREPARE`, whose analysis happens at
    /// execution (PostgreSQL manual, 55.2.3).
    ///
    /// # Errors
    /// [`Error::Lost`].
    pub async fn check_syntax(&self, statements: &[String]) -> Result<Option<(usize, Error)>> {
        let mut pending: futures_util::stream::FuturesOrdered<_> =
            statements.iter().map(|s| self.client.prepare(s)).collect();
        let mut found = None;
        let mut i = 0;
        while let Some(result) = pending.next().await {
            if let Err(e) = result {
                let e = self.error(e);
                match e.class() {
                    crate::ErrorClass::Syntax if found.is_none() => found = Some((i, e)),
                    crate::ErrorClass::ConnectionLost => return Err(e),
                    _ => {}
                }
            }
            i += 1;
        }
        Ok(found)
    }

    /// The notices that arrived since the last call.
    pub fn take_notices(&self) -> Vec<Notice> {
        let mut out = Vec::new();
        if let Ok(mut receiver) = self.notices.lock() {
            while let Ok(notice) = receiver.try_recv() {
                out.push(notice);
            }
        }
        out
    }

    /// Cuts the connection without a word, also one that is dead though nobody told; every further call fails with
    /// [`Error::Lost`].
    pub fn abandon(&self) {
        self.abandoned.store(true, std::sync::atomic::Ordering::Release);
        self.driver.abort();
    }

    /// Ends the session and waits until the connection is closed.
    pub async fn close(self) {
        let Self { client, driver, .. } = self;
        drop(client);
        // The connection task ends by itself once the client is gone; do not wait for a dead network.
        let _ = tokio::time::timeout(Duration::from_secs(2), driver).await;
    }

    pub(crate) fn error(&self, e: tokio_postgres::Error) -> Error {
        let mut error = Error::from_driver(e);
        if let Error::Lost { reason } = &mut error
            && let Ok(slot) = self.lost.lock()
            && let Some(real) = slot.as_ref()
        {
            reason.clone_from(real);
        }
        error
    }
}

/// Moves the bytes of a connection and passes notices on, until it ends.
async fn drive<S, T>(
    mut connection: tokio_postgres::Connection<S, T>,
    sender: mpsc::UnboundedSender<Notice>,
    lost: std::sync::Arc<std::sync::Mutex<Option<String>>>,
) where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    loop {
        match std::future::poll_fn(|cx| connection.poll_message(cx)).await {
            Some(Ok(AsyncMessage::Notice(n))) => {
                // A closed receiver only means nobody listens any more.
                let _ = sender.send(Notice {
                    severity: n.severity().to_owned(),
                    code: n.code().code().to_owned(),
                    message: n.message().to_owned(),
                    detail: n.detail().map(str::to_owned),
                    hint: n.hint().map(str::to_owned),
                });
            }
            Some(Ok(_)) => {}
            Some(Err(e)) => {
                let reason = match e.as_db_error() {
                    Some(db) => db.message().to_owned(),
                    None => root_cause(&e),
                };
                if let Ok(mut slot) = lost.lock() {
                    *slot = Some(reason);
                }
                return;
            }
            None => return,
        }
    }
}

async fn outcome(stream: tokio_postgres::SimpleQueryStream) -> std::result::Result<Outcome, tokio_postgres::Error> {
    let mut stream = pin!(stream);
    let mut outcome = Outcome::default();
    while let Some(message) = stream.try_next().await? {
        match message {
            SimpleQueryMessage::Row(row) => {
                for i in (0..row.len()).filter(|i| row.get(*i) == Some("f")) {
                    if !outcome.false_in.contains(&i) {
                        outcome.false_in.push(i);
                    }
                }
                if outcome.first.is_none() {
                    outcome.first = Some(text_row(&row));
                }
            }
            SimpleQueryMessage::CommandComplete(n) => outcome.rows = n,
            _ => {}
        }
    }
    Ok(outcome)
}

fn text_row(row: &tokio_postgres::SimpleQueryRow) -> Row {
    Row((0..row.len()).map(|i| row.get(i).map(str::to_owned)).collect())
}

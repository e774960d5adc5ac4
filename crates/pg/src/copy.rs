//! `COPY` as a stream: rows of any number pass through without being held.

use std::fmt;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::{SinkExt, TryStreamExt};

use crate::{Result, Session};

/// The rows of a `COPY ... TO STDOUT`, as the server sends them.
pub struct CopyOut<'a> {
    session: &'a Session,
    stream: Pin<Box<tokio_postgres::CopyOutStream>>,
}

impl fmt::Debug for CopyOut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CopyOut")
    }
}

impl CopyOut<'_> {
    /// The next bytes, mostly one row; `None` after the last.
    ///
    /// # Errors
    /// The server's error, or [`Error::Lost`](crate::Error::Lost).
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        self.stream.try_next().await.map_err(|e| self.session.error(e))
    }
}

/// A `COPY ... FROM STDIN` that takes rows.
pub struct CopyIn<'a> {
    session: &'a Session,
    sink: Pin<Box<tokio_postgres::CopyInSink<Bytes>>>,
}

impl fmt::Debug for CopyIn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CopyIn")
    }
}

impl CopyIn<'_> {
    /// Sends bytes; they need not end with a row.
    ///
    /// # Errors
    /// The server's error, or [`Error::Lost`](crate::Error::Lost).
    pub async fn send(&mut self, bytes: Vec<u8>) -> Result<()> {
        self.sink.send(bytes.into()).await.map_err(|e| self.session.error(e))
    }

    /// Ends the rows and gives their number.
    ///
    /// # Errors
    /// The server's error, or [`Error::Lost`](crate::Error::Lost).
    pub async fn finish(mut self) -> Result<u64> {
        self.sink.as_mut().finish().await.map_err(|e| self.session.error(e))
    }
}

impl Session {
    /// Starts `COPY ... TO STDOUT`.
    ///
    /// # Errors
    /// The server's error, or [`Error::Lost`](crate::Error::Lost).
    pub async fn copy_out(&self, sql: &str) -> Result<CopyOut<'_>> {
        let stream = self.client.copy_out(sql).await.map_err(|e| self.error(e))?;
        Ok(CopyOut { session: self, stream: Box::pin(stream) })
    }

    /// Starts `COPY ... FROM STDIN`. Dropped before [`CopyIn::finish`], the rows are refused as a whole.
    ///
    /// # Errors
    /// The server's error, or [`Error::Lost`](crate::Error::Lost).
    pub async fn copy_from(&self, sql: &str) -> Result<CopyIn<'_>> {
        let sink = self.client.copy_in(sql).await.map_err(|e| self.error(e))?;
        Ok(CopyIn { session: self, sink: Box::pin(sink) })
    }
}

//! A few statements run to their end from code that is not async, wherever it
//! is called: on a thread with a runtime of its own.

use std::time::Duration;

use surefoot_pg::{ConnectOptions, ConnectUrl, Row, Session};

use crate::{Error, Result};

/// Enough for the first start on a slow machine.
const CONNECT: Duration = Duration::from_secs(60);

pub(crate) fn run<T, F>(work: impl FnOnce() -> F + Send + 'static) -> Result<T>
where
    T: Send + 'static,
    F: Future<Output = Result<T>>,
{
    std::thread::Builder::new()
        .name("surefoot-devdb".into())
        .spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|e| Error::Worker(e.to_string()))?
                .block_on(work())
        })
        .map_err(|e| Error::Worker(e.to_string()))?
        .join()
        .unwrap_or_else(|_| Err(Error::Worker("it panicked".into())))
}

pub(crate) fn run_sql(url: String, sql: String) -> Result<()> {
    query(url, sql).map(|_| ())
}

pub(crate) fn query(url: String, sql: String) -> Result<Vec<Row>> {
    run(move || async move {
        let url = ConnectUrl::parse(&url).map_err(|e| Error::Url(e.to_string()))?;
        let mut options = ConnectOptions::new(url, "surefoot-devdb");
        options.timeout = CONNECT;
        let session = Session::connect(&options).await?;
        let rows = session.rows(&sql).await;
        session.close().await;
        Ok(rows?)
    })
}

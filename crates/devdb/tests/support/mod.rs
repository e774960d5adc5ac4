//! A client that tells everything it hears.
#![allow(dead_code, reason = "each test program uses its part")]

use std::sync::{Arc, Mutex};

use surefoot_devdb::Server;
use surefoot_devdb::embedded::EmbeddedOptions;
use tokio_postgres::{AsyncMessage, Client, Error, NoTls, SimpleQueryMessage};

pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) heard: Arc<Mutex<Vec<String>>>,
    pub(crate) running: tokio::task::JoinHandle<()>,
}

impl Session {
    pub(crate) async fn open(url: &str) -> Result<Self, Error> {
        let (client, mut connection) = tokio_postgres::connect(url, NoTls).await?;
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let ears = Arc::clone(&heard);
        let running = tokio::spawn(async move {
            while let Some(Ok(message)) = std::future::poll_fn(|cx| connection.poll_message(cx)).await {
                ears.lock().unwrap().push(match message {
                    AsyncMessage::Notice(n) => n.message().to_owned(),
                    AsyncMessage::Notification(n) => format!("{}: {}", n.channel(), n.payload()),
                    _ => String::new(),
                });
            }
        });
        Ok(Self { client, heard, running })
    }

    /// The first column of the first row, or "" where there is none.
    pub(crate) async fn one(&self, sql: &str) -> String {
        self.ask(sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"))
    }

    /// The same, or the SQLSTATE and message of the error.
    pub(crate) async fn ask(&self, sql: &str) -> Result<String, String> {
        let messages = self.client.simple_query(sql).await.map_err(|e| match e.as_db_error() {
            Some(d) => format!("{} {}", d.code().code(), d.message()),
            None => e.to_string(),
        })?;
        Ok(messages
            .iter()
            .find_map(|m| match m {
                SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
                _ => None,
            })
            .unwrap_or_default())
    }

    pub(crate) async fn fails(&self, sql: &str, with: &str) {
        match self.ask(sql).await {
            Ok(value) => panic!("{sql} gave {value:?}"),
            Err(error) => assert!(error.contains(with), "{sql}: {error}"),
        }
    }

    pub(crate) fn heard(&self) -> Vec<String> {
        std::mem::take(&mut *self.heard.lock().unwrap())
    }

    pub(crate) async fn close(self) {
        drop(self.client);
        self.running.await.unwrap();
    }
}

pub(crate) fn embedded() -> Server {
    let options = EmbeddedOptions { wait_for_seat: std::time::Duration::from_secs(1), ..EmbeddedOptions::default() };
    Server::embedded(None, options).unwrap()
}

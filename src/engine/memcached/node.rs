//! One server, and the connections to it.

use std::{
    io,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use memcache::exp::{AsyncMetaClient, Error as Failure};

use crate::engine::limit::{longer, timeout};

/// How long a server may take to let somebody in, and to answer. It leaves time for a second try
/// within the time of a request; the answer, within that of a cache before a database.
const CONNECT: Duration = Duration::from_millis(500);
const ANSWER: Duration = Duration::from_millis(400);
/// Connections that are kept.
const IDLE: usize = 32;
/// How long nobody uses a connection before it isn't trusted any more. The client gives nobody its sockets,
/// so they send no keepalives.
const IDLE_AGE: Duration = Duration::from_secs(60);

pub(super) struct Node {
    pub(super) address: String,
    current: Mutex<Current>,
}

/// The connections that are trusted. Where one is silent, none is any more.
#[derive(Default)]
struct Current {
    client: Option<AsyncMetaClient>,
    /// Counts the clients, so that of many who see one fail only the first gives it up.
    number: u64,
}

impl Node {
    pub(super) fn new(address: &str) -> Self {
        Self {
            address: address.to_owned(),
            current: Mutex::default(),
        }
    }

    /// Asks the server, and once more on a new connection if the first one is broken or silent; says
    /// with the answer whether it was asked twice. That is safe for a swap, which finds its own row and
    /// merges nothing new into it, and for what is deleted, which is gone either way.
    pub(super) async fn ask<T, F: Future<Output = Result<T, Failure>>>(
        &self,
        request: impl Fn(AsyncMetaClient) -> F,
    ) -> Result<(T, bool), Failure> {
        let (client, number) = self.client().await?;
        match request(client).await {
            Err(error) if is_of_connection(&error) => {
                self.give_up(number);
                let (client, _) = self.client().await?;
                Ok((request(client).await?, true))
            }
            answer => Ok((answer?, false)),
        }
    }

    /// Asks the server only once. `None`: nobody knows whether it did what it was asked, because a
    /// connection that was open before is broken or silent.
    pub(super) async fn ask_once<T, F: Future<Output = Result<T, Failure>>>(
        &self,
        request: impl FnOnce(AsyncMetaClient) -> F,
    ) -> Result<Option<T>, Failure> {
        let was_open = self.current().client.is_some();
        let (client, number) = self.client().await?;
        match request(client).await {
            Err(error) if is_of_connection(&error) => {
                self.give_up(number);
                was_open.then_some(None).ok_or(error)
            }
            answer => answer.map(Some),
        }
    }

    async fn client(&self) -> Result<(AsyncMetaClient, u64), Failure> {
        let there = {
            let current = self.current();
            current
                .client
                .clone()
                .map(|client| (client, current.number))
        };
        if let Some(there) = there {
            return Ok(there);
        }
        let client = AsyncMetaClient::builder()
            .connect_timeout(Some(longer(CONNECT)))
            .io_timeout(Some(longer(ANSWER)))
            .max_idle(IDLE)
            .max_idle_age(IDLE_AGE)
            // This looks its name up.
            .connect_async(&self.address);
        let late = |_| Err(io::Error::from(io::ErrorKind::TimedOut).into());
        let client = timeout(CONNECT, client).await.unwrap_or_else(late)?;
        let mut current = self.current();
        current.number += 1;
        current.client = Some(client.clone());
        Ok((client, current.number))
    }

    fn give_up(&self, number: u64) {
        let mut current = self.current();
        if current.number == number {
            current.client = None;
        }
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        let current = self.current.lock();
        current.unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether it says something of the connection, not of what was asked.
fn is_of_connection(error: &Failure) -> bool {
    match error {
        Failure::Io(_) | Failure::Timeout { .. } | Failure::Protocol(_) => true,
        Failure::Ambiguous { source, .. } => is_of_connection(source),
        _ => false,
    }
}

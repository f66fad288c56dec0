//! Changes by other servers, of which PostgreSQL tells (`LISTEN`).

use std::{str::FromStr as _, time::Duration};

use sqlx::{any::AnyConnectOptions, postgres::PgListener};
use tokio::time::{sleep, timeout};

use super::{
    database_url::DatabaseUrl,
    pool::{Connector, TIMEOUT},
};
use crate::{
    engine::{self, shared::timeout::late},
    key::StoredKey,
};

/// The channel that [`Db::with_notifications`](super::Db::with_notifications) speaks on.
const CHANNEL: &str = "huihua_session";

/// How long nothing may be heard before the connection is tried: something between here and the
/// database may have forgotten it.
const QUIET: Duration = Duration::from_secs(5);
/// How long the database isn't asked again that couldn't be listened to.
const PAUSE: Duration = Duration::from_secs(1);

/// One that listens to what any server does to sessions.
pub struct InvalidationListener {
    database_url: DatabaseUrl,
    listener: Listener,
}

enum Listener {
    Connected(Box<PgListener>),
    /// The database couldn't be asked.
    Disconnected,
    /// A pooler hands on no notifications.
    Unavailable,
}

/// News of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Invalidation {
    /// The session under this key was changed or deleted.
    Changed(StoredKey),
    /// The connection was lost for a while: anything may have happened meanwhile.
    Lost,
}

impl InvalidationListener {
    /// Listens to the database at `url`. A connection that is lost, or can't be had yet, is made anew. Behind
    /// a pooler nothing can be heard, and whatever is cached is used until its time is over.
    ///
    /// # Errors
    /// When that is no address of a database.
    pub async fn listen(url: &str) -> engine::Result<Self> {
        let database_url = DatabaseUrl::parse(url)?;
        let listener = connect(&database_url).await.unwrap_or_else(|error| {
            failed(&error);
            Listener::Disconnected
        });
        Ok(Self {
            database_url,
            listener,
        })
    }

    /// Waits for the next invalidation.
    pub async fn next(&mut self) -> Invalidation {
        loop {
            let listener = match &mut self.listener {
                Listener::Connected(listener) => listener,
                Listener::Unavailable => return std::future::pending().await,
                Listener::Disconnected => {
                    self.listener = connect(&self.database_url)
                        .await
                        .unwrap_or(Listener::Disconnected);
                    if matches!(self.listener, Listener::Disconnected) {
                        // The database is away: asking again at once would only keep it so.
                        sleep(PAUSE).await;
                    }
                    return Invalidation::Lost;
                }
            };
            let heard = match timeout(QUIET, listener.try_recv()).await {
                Ok(heard) => heard,
                Err(_) => {
                    let asked = sqlx::query("SELECT 1").execute(&mut **listener);
                    match timeout(TIMEOUT, asked).await {
                        Ok(Ok(_)) => continue,
                        Ok(Err(error)) => Err(error),
                        Err(_) => Err(late().into()),
                    }
                }
            };
            match heard {
                Ok(Some(heard)) => {
                    if let Some(key) = StoredKey::parse(heard.payload()) {
                        return Invalidation::Changed(key);
                    }
                }
                Ok(None) => return Invalidation::Lost,
                Err(error) => {
                    failed(&error);
                    self.listener = Listener::Disconnected;
                    return Invalidation::Lost;
                }
            }
        }
    }
}

opaque_debug!(InvalidationListener);

fn failed(error: &sqlx::Error) {
    tracing::warn!(%error, "notifications of other servers can't be received");
}

async fn connect(database_url: &DatabaseUrl) -> Result<Listener, sqlx::Error> {
    let options = AnyConnectOptions::from_str(&database_url.url)?;
    let connector = Connector::new(options, database_url.dialect, false);
    if connector.meets_a_pooler().await? {
        tracing::warn!(
            "the database is behind a pooler, which hands on no notifications: other servers may see a \
             session for SESSION_CACHE_TTL after it was changed or deleted"
        );
        return Ok(Listener::Unavailable);
    }
    let mut listener = PgListener::connect(&database_url.url).await?;
    listener.listen(CHANNEL).await?;
    Ok(Listener::Connected(Box::new(listener)))
}

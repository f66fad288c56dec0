//! Changes by other servers, of which PostgreSQL tells (`LISTEN`).

use std::time::Duration;

use sqlx::postgres::PgListener;
use tokio::time::{sleep, timeout};

use super::{connector::Connector, database::TIMEOUT, database_url::DatabaseUrl};
use crate::{
    engine::{self, shared::timeout::late},
    key::StoredKey,
};

/// The channel that [`Db::with_notifications`](super::Db::with_notifications) speaks on.
const CHANNEL: &str = "huihua_session";

/// The silence after which the connection is tried, which a firewall may have forgotten.
const QUIET: Duration = Duration::from_secs(5);
/// The pause before a database is asked again that couldn't be listened to.
const PAUSE: Duration = Duration::from_secs(1);

/// Receives what any server does to sessions.
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
        Ok(Self { database_url, listener })
    }

    /// Waits for the next invalidation.
    pub async fn next(&mut self) -> Invalidation {
        loop {
            let listener = match &mut self.listener {
                Listener::Connected(listener) => listener,
                Listener::Unavailable => return std::future::pending().await,
                Listener::Disconnected => {
                    match connect(&self.database_url).await {
                        Ok(listener) => self.listener = listener,
                        // The database is away: asking again at once would only keep it so.
                        Err(_) => sleep(PAUSE).await,
                    }
                    return Invalidation::Lost;
                }
            };
            let heard = async {
                if let Ok(heard) = timeout(QUIET, listener.try_recv()).await {
                    let Some(heard) = heard? else {
                        return Ok(Some(Invalidation::Lost));
                    };
                    let key = StoredKey::parse(heard.payload());
                    return Ok(key.map(Invalidation::Changed));
                }
                let asked = sqlx::query("SELECT 1").execute(&mut **listener);
                timeout(TIMEOUT, asked).await.map_err(|_| late())??;
                Ok::<_, sqlx::Error>(None)
            };
            match heard.await {
                Ok(Some(invalidation)) => return invalidation,
                Ok(None) => {}
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

async fn connect(database_url: &DatabaseUrl) -> sqlx::Result<Listener> {
    if Connector::new(database_url)?.is_behind_pooler().await? {
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

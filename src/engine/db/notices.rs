//! What other servers changed, as PostgreSQL tells it (`LISTEN`).

use std::str::FromStr as _;

use sqlx::{any::AnyConnectOptions, postgres::PgListener};

use super::{address::Address, connections::Opener};
use crate::{key::StoredKey, settings::SettingError};

/// The channel that [`Db::with_notices`](super::Db::with_notices) speaks on.
const CHANNEL: &str = "huihua_session";

/// One that listens to what any server does to sessions.
#[derive(Debug)]
pub struct Notices(Option<PgListener>);

/// What was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The session under this key was changed or deleted.
    Changed(StoredKey),
    /// The connection was lost for a while: anything may have happened meanwhile.
    Lost,
}

impl Notices {
    /// Listens to the database at `url`. A connection that is lost is made anew. Behind a pooler
    /// nothing can be heard, and whatever is cached is used until its time is over.
    ///
    /// # Errors
    /// If there is no database to be had at that address.
    pub async fn listen(url: &str) -> Result<Self, SettingError> {
        let unusable = |error: sqlx::Error| {
            let why = format!("the database can't be listened to: {error}");
            SettingError::new("DATABASE_URL", why)
        };
        let address = Address::parse(url);
        let address = address.map_err(|why| SettingError::new("DATABASE_URL", why))?;
        let options = AnyConnectOptions::from_str(&address.url).map_err(unusable)?;
        let opener = Opener::new(options, address.dialect, false);
        if opener.meets_a_pooler().await.map_err(unusable)? {
            tracing::warn!(
                "the database is behind a pooler, which hands on no notices: other servers may see a \
                 session for SESSION_CACHE_TTL after it was changed or deleted"
            );
            return Ok(Self(None));
        }
        let url = &address.url;
        let mut listener = PgListener::connect(url).await.map_err(unusable)?;
        listener.listen(CHANNEL).await.map_err(unusable)?;
        Ok(Self(Some(listener)))
    }

    /// Waits for the next notice.
    pub async fn next(&mut self) -> Notice {
        let Some(listener) = &mut self.0 else {
            return std::future::pending().await;
        };
        loop {
            match listener.try_recv().await {
                Ok(Some(heard)) => {
                    if let Some(key) = StoredKey::parse(heard.payload()) {
                        return Notice::Changed(key);
                    }
                }
                Ok(None) => return Notice::Lost,
                Err(error) => {
                    tracing::warn!(%error, "notices of other servers can't be heard");
                    // The database is away: asking again at once would only keep it so.
                    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                    return Notice::Lost;
                }
            }
        }
    }
}

//! What other servers changed, as PostgreSQL tells it (`LISTEN`).

use sqlx::postgres::PgListener;

use crate::{key::StoredKey, settings::SettingError};

/// The channel that [`Db::with_notices`](super::Db::with_notices) speaks on.
const CHANNEL: &str = "huihua_session";

/// One that listens to what any server does to sessions.
#[derive(Debug)]
pub struct Notices(PgListener);

/// What was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The session under this key was changed or deleted.
    Changed(StoredKey),
    /// The connection was lost for a while: anything may have happened meanwhile.
    Lost,
}

impl Notices {
    /// Listens to the database at `url`. A connection that is lost is made anew.
    ///
    /// # Errors
    /// If there is no database to be had at that address.
    pub async fn listen(url: &str) -> Result<Self, SettingError> {
        let unusable = |error: sqlx::Error| {
            let why = format!("the database can't be listened to: {error}");
            SettingError::new("DATABASE_URL", why)
        };
        let mut listener = PgListener::connect(url).await.map_err(unusable)?;
        listener.listen(CHANNEL).await.map_err(unusable)?;
        Ok(Self(listener))
    }

    /// Waits for the next notice.
    pub async fn next(&mut self) -> Notice {
        loop {
            match self.0.try_recv().await {
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

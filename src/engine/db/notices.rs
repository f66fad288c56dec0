//! What other servers changed, as PostgreSQL tells it (`LISTEN`).

use std::{fmt, str::FromStr as _, time::Duration};

use sqlx::{any::AnyConnectOptions, postgres::PgListener};
use tokio::time::{sleep, timeout};

use super::{TIMEOUT, address::Address, connections::Opener, silence};
use crate::{key::StoredKey, settings::SettingError};

/// The channel that [`Db::with_notices`](super::Db::with_notices) speaks on.
const CHANNEL: &str = "huihua_session";

/// How long nothing may be heard before the connection is tried: something between here and the
/// database may have forgotten it.
const QUIET: Duration = Duration::from_secs(5);
/// How long the database isn't asked again that couldn't be listened to.
const PAUSE: Duration = Duration::from_secs(1);

/// One that listens to what any server does to sessions.
pub struct Notices {
    address: Address,
    hears: Hears,
}

enum Hears {
    By(Box<PgListener>),
    /// The database couldn't be asked.
    NotYet,
    /// A pooler hands on no notices.
    Never,
}

/// What was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The session under this key was changed or deleted.
    Changed(StoredKey),
    /// The connection was lost for a while: anything may have happened meanwhile.
    Lost,
}

impl Notices {
    /// Listens to the database at `url`. A connection that is lost, or can't be had yet, is made anew. Behind
    /// a pooler nothing can be heard, and whatever is cached is used until its time is over.
    ///
    /// # Errors
    /// If that is no address of a database.
    pub async fn listen(url: &str) -> Result<Self, SettingError> {
        let address = Address::parse(url);
        let address = address.map_err(|why| SettingError::new("DATABASE_URL", why))?;
        let hears = connect(&address).await.unwrap_or_else(|error| {
            failed(&error);
            Hears::NotYet
        });
        Ok(Self { address, hears })
    }

    /// Waits for the next notice.
    pub async fn next(&mut self) -> Notice {
        loop {
            let listener = match &mut self.hears {
                Hears::By(listener) => listener,
                Hears::Never => return std::future::pending().await,
                Hears::NotYet => {
                    self.hears = connect(&self.address).await.unwrap_or(Hears::NotYet);
                    if matches!(self.hears, Hears::NotYet) {
                        // The database is away: asking again at once would only keep it so.
                        sleep(PAUSE).await;
                    }
                    return Notice::Lost;
                }
            };
            let heard = match timeout(QUIET, listener.try_recv()).await {
                Ok(heard) => heard,
                Err(_) => {
                    let asked = sqlx::query("SELECT 1").execute(&mut **listener);
                    match timeout(TIMEOUT, asked).await {
                        Ok(Ok(_)) => continue,
                        Ok(Err(error)) => Err(error),
                        Err(_) => Err(silence()),
                    }
                }
            };
            match heard {
                Ok(Some(heard)) => {
                    if let Some(key) = StoredKey::parse(heard.payload()) {
                        return Notice::Changed(key);
                    }
                }
                Ok(None) => return Notice::Lost,
                Err(error) => {
                    failed(&error);
                    self.hears = Hears::NotYet;
                    return Notice::Lost;
                }
            }
        }
    }
}

impl fmt::Debug for Notices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Notices")
    }
}

fn failed(error: &sqlx::Error) {
    tracing::warn!(%error, "notices of other servers can't be heard");
}

async fn connect(address: &Address) -> Result<Hears, sqlx::Error> {
    let options = AnyConnectOptions::from_str(&address.url)?;
    let opener = Opener::new(options, address.dialect, false);
    if opener.meets_a_pooler().await? {
        tracing::warn!(
            "the database is behind a pooler, which hands on no notices: other servers may see a \
             session for SESSION_CACHE_TTL after it was changed or deleted"
        );
        return Ok(Hears::Never);
    }
    let mut listener = PgListener::connect(&address.url).await?;
    listener.listen(CHANNEL).await?;
    Ok(Hears::By(Box::new(listener)))
}

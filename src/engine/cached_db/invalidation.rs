//! Takes from the cache whatever was changed in the database.

use tokio::time::{Instant, sleep_until};

use super::{CachedDb, trust::TIMEOUT};
use crate::{
    engine::{Error, ErrorKind, Result, shared::timeout::within},
    key::{SessionKey, StoredKey},
};

impl CachedDb {
    /// True if the cache takes changes, so that what it holds may be shown. Of many readers one finds out.
    pub(super) async fn is_trusted(&self) -> bool {
        if self.breaker.is_open(&self.clock) {
            return false;
        }
        if self.probe.is_recent() {
            return true;
        }
        let _turn = self.probe.probing.lock().await;
        let nobodys = || SessionKey::generate().stored(true);
        !self.breaker.is_open(&self.clock)
            && (self.probe.is_recent() || self.invalidate(&nobodys()).await.is_ok())
    }

    /// Takes whatever the cache holds of `key`. If it can't be told, whatever the reason, it isn't asked
    /// until what it holds has run out; the error is when other servers ask it no more either.
    pub(super) async fn invalidate(&self, key: &StoredKey) -> Result<(), Instant> {
        let began = Instant::now();
        let told = within(TIMEOUT, self.cache.delete(key)).await;
        match self.record(told.map_err(|error| error.with_kind(ErrorKind::Unavailable))) {
            Some(_) => {
                self.probe.succeeded(began);
                Ok(())
            }
            None => Err(self.probe.failed(began)),
        }
    }

    /// The same, until no server shows what the cache held. Meanwhile the cache is told once more, as late
    /// as it may take as long as before: it may be back. Django would go on showing it, so beside Django a cache
    /// that can't be told is an error.
    /// `true`: Django's cache had the session.
    pub(super) async fn invalidate_everywhere(&self, key: &StoredKey) -> Result<bool> {
        if self.is_djangos {
            let told = within(TIMEOUT, self.cache.delete(key)).await;
            return told
                .map_err(|error| Error::because("telling Django's cache of a change", error));
        }
        let began = Instant::now();
        // What is in a cache of ours needn't be a session: it may be a lease.
        let Err(distrusted) = self.invalidate(key).await else {
            return Ok(false);
        };
        let took = began.elapsed();
        if distrusted > Instant::now() {
            sleep_until(distrusted - took).await;
            if self.invalidate(key).await.is_err() {
                sleep_until(distrusted).await;
            }
        }
        Ok(false)
    }
}

//! When a cache may be read: only while it forgets what it is told to forget.
//!
//! A cache may answer whoever reads and refuse whoever deletes: a Redis that has become a replica, or
//! lost its own. Whoever deletes knows, but servers that only read don't. So each server reads only
//! while a delete of its own has been done that it began within the last second, and whoever couldn't
//! delete waits for so long before it answers: then nobody reads any more.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration as Wait,
};

use time::Duration;
use tokio::{
    sync::Mutex as AsyncMutex,
    time::{Instant, sleep_until},
};

use super::{
    super::{ErrorKind, shared::timestamp::to_millis},
    CachedDb, LEASE, TIMEOUT, in_time,
};
use crate::{
    Clock,
    key::{SessionKey, StoredKey},
};

/// How long a delete proves that the cache takes others.
const PROOF: Wait = Wait::from_secs(1);

impl CachedDb {
    /// Whether the cache takes changes, so that what it holds may be shown. Of many who read first after
    /// a while, one finds out.
    pub(super) async fn is_trusted(&self) -> bool {
        if self.breaker.is_open(&self.clock) {
            return false;
        }
        if self.proofs.hold() {
            return true;
        }
        let _turn = self.proofs.proving.lock().await;
        let nobodys = || SessionKey::generate().stored(true);
        !self.breaker.is_open(&self.clock)
            && (self.proofs.hold() || self.invalidate(&nobodys()).await.is_ok())
    }

    /// Takes whatever the cache holds of `key`. If it can't be told, whatever the reason, it isn't asked
    /// until what it holds has run out; the error is when other servers ask it no more either.
    pub(super) async fn invalidate(&self, key: &StoredKey) -> Result<(), Instant> {
        let began = Instant::now();
        let told = in_time(self.cache.delete(key)).await;
        match self.record(told.map_err(|error| error.with_kind(ErrorKind::Unavailable))) {
            Some(()) => {
                self.proofs.done(began);
                Ok(())
            }
            None => Err(self.proofs.failed(began)),
        }
    }

    /// The same, and once it is done, no server shows what the cache held. While that is waited for, the
    /// cache is told once more, as late as it may take as long as before: it may be back.
    pub(super) async fn invalidate_everywhere(&self, key: &StoredKey) {
        let began = Instant::now();
        let Err(distrusted) = self.invalidate(key).await else {
            return;
        };
        let took = began.elapsed();
        if distrusted > Instant::now() {
            sleep_until(distrusted - took).await;
            if self.invalidate(key).await.is_err() {
                sleep_until(distrusted).await;
            }
        }
    }
}

/// The deletes that a cache took, and those that it didn't.
#[derive(Debug)]
pub(super) struct Proofs {
    start: Instant,
    /// Microseconds after `start`; 0: nothing was proven yet.
    until: AtomicU64,
    /// Since when every delete has failed.
    failing: Mutex<Option<Instant>>,
    /// Held by whoever proves it anew, so that nobody else does at the same time.
    proving: AsyncMutex<()>,
}

impl Default for Proofs {
    fn default() -> Self {
        Self {
            start: Instant::now(),
            until: AtomicU64::default(),
            failing: Mutex::default(),
            proving: AsyncMutex::default(),
        }
    }
}

impl Proofs {
    /// Whether a delete has been done that began a moment ago.
    fn hold(&self) -> bool {
        self.micros(Instant::now()) < self.until.load(Ordering::SeqCst)
    }

    /// A delete has been done that began then.
    fn done(&self, began: Instant) {
        *self.failing.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let until = self.micros(began + PROOF);
        self.until.fetch_max(until, Ordering::SeqCst);
    }

    /// A delete has failed that began then. From the moment that is answered on, nobody reads from a
    /// cache that goes on failing.
    fn failed(&self, began: Instant) -> Instant {
        // One that is silent was it already when it was asked; one that refuses may have begun to later.
        let since = match began.elapsed() < TIMEOUT {
            true => Instant::now(),
            false => began,
        };
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        *failing.get_or_insert(since) + PROOF
    }

    fn micros(&self, when: Instant) -> u64 {
        let since = when.saturating_duration_since(self.start);
        u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
    }
}

/// Until when the cache isn't read. What it couldn't be told to forget has run out by then.
#[derive(Debug, Default)]
pub(super) struct CircuitBreaker {
    /// Milliseconds since 1970; 0: there was none.
    until: AtomicI64,
}

impl CircuitBreaker {
    /// `ttl`: how long the cache keeps what is put there; who has left a lease by now may still do so.
    pub(super) fn trip(&self, clock: &Clock, ttl: Duration) {
        let until = clock.now() + ttl + LEASE;
        self.until.fetch_max(to_millis(until), Ordering::SeqCst);
    }

    pub(super) fn is_open(&self, clock: &Clock) -> bool {
        let until = self.until.load(Ordering::SeqCst);
        until > 0 && until > to_millis(clock.now())
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_proof_holds_from_its_beginning() {
        let proofs = Proofs::default();
        assert!(!proofs.hold());
        let began = Instant::now();
        advance(PROOF / 2).await;
        proofs.done(began);
        assert!(proofs.hold());
        // An earlier one that is done later takes nothing away.
        proofs.done(began - PROOF);
        assert!(proofs.hold());
        advance(PROOF / 2).await;
        assert!(!proofs.hold());
    }

    #[tokio::test(start_paused = true)]
    async fn only_the_first_failures_are_waited_for() {
        let proofs = Proofs::default();
        let first = Instant::now();
        assert_eq!(proofs.failed(first), first + PROOF);
        advance(2 * PROOF).await;
        assert_eq!(proofs.failed(Instant::now()), first + PROOF);
        proofs.done(Instant::now());
        let silent = Instant::now();
        advance(TIMEOUT).await;
        assert_eq!(proofs.failed(silent), silent + PROOF);
    }
}

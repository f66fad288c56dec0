//! Trust in a cache: it is read only while it forgets what it is told to forget.
//!
//! A cache may answer readers and refuse deletes: a Redis that has become a replica, or lost its own.
//! Servers that only read don't know. So each reads only while a delete of its own has been done that it
//! began within the last second, and one that couldn't delete waits for so long before it answers.

use std::{
    sync::atomic::{AtomicI64, AtomicU64, Ordering},
    time::Duration as Wait,
};

use parking_lot::Mutex;
use time::Duration;
use tokio::{sync::Mutex as AsyncMutex, time::Instant};

use crate::{Clock, timestamp::to_millis};

/// The time that reading the database may take before another may try.
pub(super) const LEASE: Duration = Duration::seconds(2);
/// The time that a request waits for the cache before it takes the database instead.
pub(super) const TIMEOUT: Wait = Wait::from_millis(500);
/// The time for which a delete proves that the cache takes others.
const PROBE_TTL: Wait = Wait::from_secs(1);

/// The deletes that a cache took, and those that it didn't.
#[derive(Debug)]
pub(super) struct DeleteProbe {
    start: Instant,
    /// Microseconds after `start`; 0: no delete was done yet.
    until: AtomicU64,
    /// The moment from which on every delete has failed.
    failing: Mutex<Option<Instant>>,
    /// Held during a delete that only probes the cache, so that nobody else probes it at the same time.
    pub(super) probing: AsyncMutex<()>,
}

impl Default for DeleteProbe {
    fn default() -> Self {
        Self {
            start: Instant::now(),
            until: AtomicU64::default(),
            failing: Mutex::default(),
            probing: AsyncMutex::default(),
        }
    }
}

impl DeleteProbe {
    /// True if a delete has been done that began a moment ago.
    pub(super) fn is_recent(&self) -> bool {
        self.micros(Instant::now()) < self.until.load(Ordering::SeqCst)
    }

    /// A delete has been done that began then.
    pub(super) fn succeeded(&self, began: Instant) {
        *self.failing.lock() = None;
        let until = self.micros(began + PROBE_TTL);
        self.until.fetch_max(until, Ordering::SeqCst);
    }

    /// A delete has failed that began then. The moment from which nobody reads a cache that goes on failing.
    pub(super) fn failed(&self, began: Instant) -> Instant {
        // One that is silent was it already when it was asked; one that refuses may have begun to later.
        let since = if began.elapsed() < TIMEOUT { Instant::now() } else { began };
        let mut failing = self.failing.lock();
        *failing.get_or_insert(since) + PROBE_TTL
    }

    fn micros(&self, when: Instant) -> u64 {
        let since = when.saturating_duration_since(self.start);
        u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
    }
}

/// The end of a time in which the cache isn't read. What it wasn't told to forget has run out by then.
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
mod tests;

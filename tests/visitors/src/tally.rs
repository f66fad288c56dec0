use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// So many violations are kept by their words; all are counted.
const KEPT: usize = 20;

/// What the visitors of one crowd have seen.
#[derive(Debug, Default)]
pub struct Tally {
    answered: AtomicU64,
    unavailable: AtomicU64,
    broken: AtomicU64,
    broken_reads: AtomicU64,
    acknowledged: AtomicU64,
    longest_micros: AtomicU64,
    lost: AtomicU64,
    violations: AtomicU64,
    words: Mutex<Vec<String>>,
}

impl Tally {
    pub(crate) fn answered(&self, took: Duration) {
        self.answered.fetch_add(1, Ordering::Relaxed);
        self.took(took);
    }

    pub(crate) fn unavailable(&self, took: Duration) {
        self.unavailable.fetch_add(1, Ordering::Relaxed);
        self.took(took);
    }

    pub(crate) fn broken(&self, reads: bool) {
        self.broken.fetch_add(1, Ordering::Relaxed);
        self.broken_reads.fetch_add(reads.into(), Ordering::Relaxed);
    }

    pub(crate) fn acknowledged(&self) {
        self.acknowledged.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn lost(&self) {
        self.lost.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn violation(&self, what: String) {
        self.violations.fetch_add(1, Ordering::Relaxed);
        let mut words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        if words.len() < KEPT {
            words.push(what);
        }
    }

    fn took(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.longest_micros.fetch_max(micros, Ordering::Relaxed);
    }

    /// Requests that were answered with a page.
    pub fn answers(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    /// Requests that were answered with 503.
    pub fn unavailables(&self) -> u64 {
        self.unavailable.load(Ordering::Relaxed)
    }

    /// Requests that weren't answered: the connection was refused or cut, or a proxy says so.
    pub fn breaks(&self) -> u64 {
        self.broken.load(Ordering::Relaxed)
    }

    /// Those of them that only read.
    pub fn broken_reads(&self) -> u64 {
        self.broken_reads.load(Ordering::Relaxed)
    }

    /// Logins, changes and logouts that were acknowledged.
    pub fn acknowledgements(&self) -> u64 {
        self.acknowledged.load(Ordering::Relaxed)
    }

    /// Sessions that a store lost which may: see [`crate::Crowd::of_a_store_that_forgets`].
    pub fn losses(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// How long the slowest answer took.
    pub fn longest(&self) -> Duration {
        Duration::from_micros(self.longest_micros.load(Ordering::Relaxed))
    }

    /// How often something was not as it had to be.
    pub fn violations(&self) -> u64 {
        self.violations.load(Ordering::Relaxed)
    }

    /// The first of them, in words.
    pub fn words(&self) -> Vec<String> {
        let words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        words.clone()
    }
}

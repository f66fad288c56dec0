//! Durations of calls.

use std::time::Duration;

/// The duration of each of many calls.
#[derive(Debug, Default)]
pub(crate) struct Timings(Vec<Duration>);

impl Timings {
    pub(crate) fn push(&mut self, took: Duration) {
        self.0.push(took);
    }

    pub(crate) fn join(all: impl IntoIterator<Item = Self>) -> Self {
        let mut all: Vec<_> = all.into_iter().flat_map(|timings| timings.0).collect();
        all.sort_unstable();
        Self(all)
    }

    /// The time that this share of the calls, of [`Timings::join`], took at most: microseconds.
    pub(crate) fn micros(&self, share: f64) -> f64 {
        let last = self.0.len().saturating_sub(1);
        let at = (last as f64 * share).round() as usize;
        self.0.get(at).map_or(0.0, |took| took.as_secs_f64() * 1e6)
    }
}

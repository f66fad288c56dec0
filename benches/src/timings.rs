//! Durations of calls.

use std::time::Duration;

/// The time that this share of the calls took at most: microseconds.
pub(crate) fn micros(calls: &[Duration], share: f64) -> f64 {
    let mut calls = calls.to_vec();
    calls.sort_unstable();
    let last = calls.len().saturating_sub(1);
    let at = (last as f64 * share).round() as usize;
    calls.get(at).map_or(0.0, |took| took.as_secs_f64() * 1e6)
}

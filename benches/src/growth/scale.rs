//! Sizes of the measurements of growth.

use std::time::Duration;

/// The numbers of a full run, and of a quick one.
#[derive(Debug)]
pub(super) struct Scale {
    /// Sessions in the tables, the smallest first.
    pub(super) sizes: &'static [u64],
    /// So often each table has its turn.
    pub(super) rounds: usize,
    /// Loads in a turn, at each concurrency.
    pub(super) loads: usize,
    /// Requests that a running site answers over each table.
    pub(super) requests: usize,
    /// The time between two clearings, and how long the sessions last that come meanwhile.
    pub(super) period: Duration,
    /// So many periods in a row.
    pub(super) periods: usize,
    /// Expired sessions that are cleared at once: those of ten minutes, after which a running site clears.
    pub(super) backlog: u64,
    /// So many backlogs in a row.
    pub(super) backlogs: usize,
    /// Sessions in the memory of the server: before and after it is looked at.
    pub(super) cached: [usize; 2],
}

impl Scale {
    pub(super) const FULL: Self = Self {
        sizes: &[1_000, 100_000, 10_000_000],
        rounds: 10,
        loads: 10_000,
        requests: 200_000,
        period: Duration::from_secs(5),
        periods: 12,
        backlog: 600_000,
        backlogs: 3,
        cached: [10_000, 1_000_000],
    };

    pub(super) const QUICK: Self = Self {
        sizes: &[1_000, 100_000],
        rounds: 4,
        loads: 2_000,
        requests: 20_000,
        period: Duration::from_secs(1),
        periods: 4,
        backlog: 50_000,
        backlogs: 2,
        cached: [10_000, 100_000],
    };
}

/// A number of sessions: `10 million`.
pub(super) fn many(number: u64) -> String {
    match number {
        1_000_000.. if number.is_multiple_of(1_000_000) => {
            format!("{} million", number / 1_000_000)
        }
        1_000.. if number.is_multiple_of(1_000) => format!("{} thousand", number / 1_000),
        _ => number.to_string(),
    }
}

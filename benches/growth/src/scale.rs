use std::time::Duration;

/// How much of everything.
#[derive(Debug)]
pub(crate) struct Scale {
    /// How many sessions the tables have, the smallest first.
    pub(crate) sizes: &'static [u64],
    /// So often each table has its turn.
    pub(crate) rounds: usize,
    /// Loads in a turn, at each concurrency.
    pub(crate) loads: usize,
    /// Requests that a running site answers over each table.
    pub(crate) requests: usize,
    /// The time between two clearings, and how long the sessions last that come meanwhile.
    pub(crate) period: Duration,
    /// So many periods in a row.
    pub(crate) periods: usize,
    /// Expired sessions that are cleared at once.
    pub(crate) backlog: u64,
    /// So many backlogs in a row.
    pub(crate) backlogs: usize,
    /// Sessions in the memory of the server: before and after it is looked at.
    pub(crate) cached: [usize; 2],
    /// How often the server is started.
    pub(crate) starts: usize,
    /// What is different from the full run, for the report.
    pub(crate) note: &'static str,
}

impl Scale {
    pub(crate) fn full() -> Self {
        Self {
            sizes: &[1_000, 100_000, 10_000_000],
            rounds: 10,
            loads: 10_000,
            requests: 200_000,
            period: Duration::from_secs(5),
            periods: 12,
            // What comes in the ten minutes after which a running site clears.
            backlog: 600_000,
            backlogs: 3,
            cached: [10_000, 1_000_000],
            starts: 10,
            note: "",
        }
    }

    pub(crate) fn quick() -> Self {
        Self {
            sizes: &[1_000, 100_000],
            rounds: 4,
            loads: 2_000,
            requests: 20_000,
            period: Duration::from_secs(1),
            periods: 4,
            backlog: 50_000,
            backlogs: 2,
            cached: [10_000, 100_000],
            starts: 10,
            note: "This is a quick run: the table of 10 million sessions is left out.\n\n",
        }
    }
}

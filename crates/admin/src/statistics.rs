//! Statistics: the number of sessions, and how and when they end.

use std::collections::HashSet;

use huihua::{
    engine::{Count, Cursor, Order, Result, StoreInfo},
    expiry::ExpiryPolicy,
};
use time::OffsetDateTime;

use crate::{
    SessionSummary,
    admin::{Admin, PAGE, size},
};

/// Days that the histogram of ends looks ahead.
const DAYS: usize = 14;

/// The number of sessions, and how and when they end.
#[derive(Debug, Clone, Default)]
pub struct Statistics {
    /// Live sessions as the store counts them; `None`: it can't.
    pub live: Option<Count>,
    /// Expired ones that still lie there; `None`: unknown.
    pub expired: Option<u64>,
    /// Sessions that were read for all that follows.
    pub read: u64,
    /// `true`: those were all. If not, they are a sample.
    pub complete: bool,
    /// By how they end, in the order of [`POLICIES`].
    pub by_policy: [u64; POLICIES.len()],
    /// Those that end within a day from now, within the day after it, and so on; of a damaged one nobody
    /// knows.
    pub by_day: [u64; DAYS],
    /// Those that end after that, or never.
    pub later: u64,
}

/// The names of all policies: as the site has it, after some time without a visit, at a fixed moment,
/// with the browser, never; and that of sessions that can't be read.
pub const POLICIES: [&str; 6] = ["default", "idle", "until", "close", "never", "unreadable"];

/// The name of a policy. `None`: its session can't be read.
pub fn policy_name(policy: Option<ExpiryPolicy>) -> &'static str {
    POLICIES[place(policy)]
}

impl Admin {
    /// Statistics by reading the first `sample` sessions in the store's own order: keys are random,
    /// so those are like the others.
    ///
    /// # Errors
    /// As [`Admin::rows`].
    pub async fn statistics(&self, sample: usize) -> Result<Statistics> {
        let info = self.store_info().await?;
        self.statistics_of(&info, sample).await
    }

    /// The same where the store has already said how much it holds.
    pub(crate) async fn statistics_of(
        &self,
        info: &StoreInfo,
        sample: usize,
    ) -> Result<Statistics> {
        let mut statistics =
            Statistics { live: info.rows, expired: info.expired, ..Statistics::default() };
        let now = self.clock.now();
        // A store that many write to may show a row on two pages.
        let mut counted = HashSet::new();
        let mut from: Option<Cursor> = None;
        while counted.len() < sample {
            let rows = (sample - counted.len()).min(PAGE);
            let page = self.list(Order::Natural, from.as_ref(), rows).await?;
            for session in page.sessions {
                if !counted.contains(&session.key) {
                    count(&mut statistics, &session, now);
                    counted.insert(session.key);
                }
            }
            from = page.next;
            if from.is_none() {
                statistics.complete = true;
                break;
            }
            tokio::task::yield_now().await;
        }
        statistics.read = size(counted.len());
        // Where all were read, no estimate is needed.
        if statistics.complete && statistics.live.is_none_or(|live| !live.exact) {
            statistics.live = Some(Count { number: statistics.read, exact: true });
        }
        Ok(statistics)
    }
}

fn count(statistics: &mut Statistics, session: &SessionSummary, now: OffsetDateTime) {
    statistics.by_policy[place(session.policy)] += 1;
    let Some(end) = session.end else { return };
    let days = usize::try_from((end - now).whole_days()).unwrap_or(0);
    match statistics.by_day.get_mut(days) {
        Some(day) => *day += 1,
        None => statistics.later += 1,
    }
}

/// The place of a policy among [`POLICIES`].
fn place(policy: Option<ExpiryPolicy>) -> usize {
    match policy {
        Some(ExpiryPolicy::Default) => 0,
        Some(ExpiryPolicy::Idle(_)) => 1,
        Some(ExpiryPolicy::Until(_)) => 2,
        Some(ExpiryPolicy::Close) => 3,
        Some(ExpiryPolicy::Never) => 4,
        None => 5,
    }
}

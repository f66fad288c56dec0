//! How many sessions there are, and how they end.

use std::collections::HashSet;

use huihua::{
    engine::{About, Count, Cursor, Order, Result},
    expiry::Policy,
};
use time::OffsetDateTime;

use crate::{
    ByPolicy, SessionSummary, Statistics,
    admin::{Admin, size},
};

/// Rows that are read at once.
const PAGE: usize = 1000;

impl Admin {
    /// Counts by reading the first `sample` sessions in the store's own order: keys are random, so
    /// those are like the others.
    ///
    /// # Errors
    /// If the store is broken.
    pub async fn statistics(&self, sample: usize) -> Result<Statistics> {
        let about = self.engine.about().await?;
        self.statistics_of(&about, sample).await
    }

    /// The same of a store that has said how much it holds.
    pub(crate) async fn statistics_of(&self, about: &About, sample: usize) -> Result<Statistics> {
        let mut statistics = Statistics {
            live: about.rows,
            expired: about.expired,
            ..Statistics::default()
        };
        let now = self.clock.now();
        // A store that many write to may show a row on two pages.
        let mut met = HashSet::new();
        let mut from: Option<Cursor> = None;
        while met.len() < sample {
            let rows = (sample - met.len()).min(PAGE);
            let page = self.list(Order::Own, from.as_ref(), rows).await?;
            for session in page.sessions {
                if !met.contains(&session.key) {
                    count(&mut statistics, &session, now);
                    met.insert(session.key);
                }
            }
            from = page.next;
            if from.is_none() {
                statistics.complete = true;
                break;
            }
            tokio::task::yield_now().await;
        }
        statistics.read = size(met.len());
        // Who has read them all needs no estimate.
        if statistics.complete && statistics.live.is_none_or(|live| !live.exact) {
            statistics.live = Some(Count {
                number: statistics.read,
                exact: true,
            });
        }
        Ok(statistics)
    }
}

fn count(statistics: &mut Statistics, session: &SessionSummary, now: OffsetDateTime) {
    *policy(&mut statistics.by_policy, session.policy) += 1;
    let days = usize::try_from((session.end - now).whole_days()).unwrap_or(0);
    match statistics.by_day.get_mut(days) {
        Some(day) => *day += 1,
        None => statistics.later += 1,
    }
}

fn policy(sums: &mut ByPolicy, policy: Option<Policy>) -> &mut u64 {
    match policy {
        Some(Policy::Default) => &mut sums.default,
        Some(Policy::Idle(_)) => &mut sums.idle,
        Some(Policy::Until(_)) => &mut sums.until,
        Some(Policy::Close) => &mut sums.close,
        Some(Policy::Never) => &mut sums.never,
        None => &mut sums.unreadable,
    }
}

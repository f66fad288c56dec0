//! How many sessions there are, and how they end.

use std::collections::HashSet;

use app::console::{ByPolicy, Census, Found};
use huihua::{
    engine::{Count, Cursor, Order, Result, StoreInfo},
    expiry::ExpiryPolicy,
};
use time::OffsetDateTime;

use super::{Operator, size};

/// Rows that are read at once.
const PAGE: usize = 1000;

impl Operator {
    /// Counts by reading the first `sample` sessions in the store's own order: keys are random, so
    /// those are like the others.
    ///
    /// # Errors
    /// If the store is broken.
    pub(crate) async fn census(&self, sample: usize) -> Result<Census> {
        let info = self.engine.info().await?;
        self.census_of(&info, sample).await
    }

    /// The same of a store that has said how much it holds.
    pub(super) async fn census_of(&self, info: &StoreInfo, sample: usize) -> Result<Census> {
        let mut census = Census {
            live: info.rows,
            expired: info.expired,
            ..Census::default()
        };
        let now = self.clock.now();
        // A store that many write to may show a row on two pages.
        let mut met = HashSet::new();
        let mut from: Option<Cursor> = None;
        while met.len() < sample {
            let rows = (sample - met.len()).min(PAGE);
            let page = self.list(Order::Own, from.as_ref(), rows).await?;
            for found in page.found {
                if !met.contains(&found.key) {
                    count(&mut census, &found, now);
                    met.insert(found.key);
                }
            }
            from = page.next;
            if from.is_none() {
                census.complete = true;
                break;
            }
            tokio::task::yield_now().await;
        }
        census.read = size(met.len());
        // Who has read them all needs no estimate.
        if census.complete && census.live.is_none_or(|live| !live.exact) {
            census.live = Some(Count {
                number: census.read,
                exact: true,
            });
        }
        Ok(census)
    }
}

fn count(census: &mut Census, found: &Found, now: OffsetDateTime) {
    *policy(&mut census.by_policy, found.policy) += 1;
    let days = usize::try_from((found.end - now).whole_days()).unwrap_or(0);
    match census.by_day.get_mut(days) {
        Some(day) => *day += 1,
        None => census.later += 1,
    }
}

fn policy(sums: &mut ByPolicy, policy: Option<ExpiryPolicy>) -> &mut u64 {
    match policy {
        Some(ExpiryPolicy::Default) => &mut sums.default,
        Some(ExpiryPolicy::Idle(_)) => &mut sums.idle,
        Some(ExpiryPolicy::Until(_)) => &mut sums.until,
        Some(ExpiryPolicy::Close) => &mut sums.close,
        Some(ExpiryPolicy::Never) => &mut sums.never,
        None => &mut sums.unreadable,
    }
}

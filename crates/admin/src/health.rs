//! The state of the store.

use std::time::{Duration, Instant};

use huihua::{
    engine::{Error, Result, Row, StoreInfo, StoreMetrics},
    key::SessionKey,
};
use time::OffsetDateTime;
use tokio::time::timeout;

use crate::{Job, Statistics, admin::Admin};

/// The time for an answer of the store.
const STORE_TIMEOUT: Duration = Duration::from_secs(2);

/// The store and the sessions in it.
#[derive(Debug, Clone)]
pub struct StoreOverview {
    /// The sessions, or why they can't be counted.
    pub statistics: Result<Statistics, String>,
    /// The time of a look-up of one key, or why it failed.
    pub latency: Result<Duration, String>,
    /// Its description; a warning if it gave none.
    pub info: StoreInfo,
    /// Its connections, and hits and misses of its cache.
    pub metrics: StoreMetrics,
    /// The background jobs.
    pub jobs: Vec<Job>,
}

impl Admin {
    /// The state of the store, which is asked once, and statistics by reading `sample` sessions.
    pub async fn overview(&self, sample: usize) -> StoreOverview {
        // Before what they change is counted: what is done can be seen in the numbers.
        let jobs = self.jobs();
        let (latency, info) = tokio::join!(self.lookup_latency(), in_time(self.store_info()));
        let statistics = match &info {
            Ok(info) => self.statistics_of(info, sample).await,
            Err(error) => Err(error.clone()),
        };
        let info = info.unwrap_or_else(|error| {
            let mut info = StoreInfo::default();
            let why = format!("it doesn't say what it is: {error}");
            info.warnings.push(why);
            info
        });
        let statistics = statistics.map_err(|error| error.to_string());
        StoreOverview { statistics, latency, info, metrics: self.metrics(), jobs }
    }

    /// Times a look-up of a key that no session has.
    ///
    /// # Errors
    /// When the store fails, or hasn't answered within two seconds.
    pub async fn lookup_latency(&self) -> Result<Duration, String> {
        let key = SessionKey::generate().stored(true);
        let start = Instant::now();
        let looked_up = in_time(self.engine.load(&key)).await;
        looked_up.map_err(|error| error.to_string())?;
        Ok(start.elapsed())
    }

    /// Stores a session that nobody has, reads it, and deletes it.
    ///
    /// # Errors
    /// When the store fails, has lost the session, or hasn't answered within two seconds.
    pub async fn round_trip(&self) -> Result<(), String> {
        let row = self.probe("{}");
        let kept = async {
            let mut key = SessionKey::generate().stored(true);
            // A store whose answer was lost may have it already: then another key is asked for.
            if !self.engine.create(&key, &row).await? {
                self.engine.delete(&key).await?;
                key = SessionKey::generate().stored(true);
                self.engine.create(&key, &row).await?;
            }
            let read = self.engine.load(&key).await?;
            self.engine.delete(&key).await?;
            Ok(read.is_some_and(|read| read.payload() == row.payload()))
        };
        match in_time(kept).await {
            Ok(true) => Ok(()),
            Ok(false) => Err("it has lost what it was just told to keep".into()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// A session that nobody has, for a minute.
    pub(crate) fn probe(&self, json: &str) -> Row {
        Row::new(
            self.signer.sign(json, OffsetDateTime::UNIX_EPOCH),
            self.clock.now() + time::Duration::MINUTE,
        )
    }
}

async fn in_time<T>(answer: impl Future<Output = Result<T>>) -> Result<T> {
    let late = |_| Error::new("it has not answered in time");
    timeout(STORE_TIMEOUT, answer).await.map_err(late)?
}

//! The state of the store, and a trial of its operations.

use std::time::{Duration, Instant};

use huihua::{
    engine::{Error, Replaced, Result, Row, StoreInfo, StoreMetrics},
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

/// One operation of a store, tried.
#[derive(Debug)]
pub struct Step {
    /// The operation.
    pub name: &'static str,
    /// `false`: the store did something else; or why it failed.
    pub done: Result<bool>,
    /// Its duration.
    pub took: Duration,
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

    /// Tries every operation of the store with a session that nobody has.
    pub async fn check_store(&self) -> [Step; 6] {
        let engine = &self.engine;
        let key = SessionKey::generate().stored(true);
        let (first, second) = (self.probe("{\"probe\":1}"), self.probe("{\"probe\":2}"));
        let swapped = async { Ok(engine.replace(&key, &first, &second).await? == Replaced::Done) };
        let refused = async {
            let replaced = engine.replace(&key, &first, &first).await?;
            Ok(matches!(replaced, Replaced::Changed(_)))
        };
        let read = async {
            let read = engine.load(&key).await?;
            Ok(read.is_some_and(|read| read.payload() == second.payload()))
        };
        let deleted = engine.delete(&key);
        let gone = async { Ok(engine.load(&key).await?.is_none()) };
        [
            step("write", engine.create(&key, &first)).await,
            step("swap", swapped).await,
            step("swap of what has changed", refused).await,
            step("read", read).await,
            step("delete", deleted).await,
            step("read of what is deleted", gone).await,
        ]
    }

    /// A session that nobody has, for a minute.
    fn probe(&self, json: &str) -> Row {
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

async fn step(name: &'static str, operation: impl Future<Output = Result<bool>>) -> Step {
    let start = Instant::now();
    let done = operation.await;
    Step { name, done, took: start.elapsed() }
}

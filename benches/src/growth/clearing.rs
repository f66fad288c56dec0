//! Clearing, while sessions come and are loaded.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Result;
use huihua::{
    Clock, Db, Engine,
    engine::Row,
    key::{SessionKey, StoredKey},
};
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep},
};

use super::table::{SESSION, Table};
use crate::{program::payload, timings::Timings};

/// How many sessions come a second.
pub(super) const NEW: u32 = 1_000;
/// Those who bring them.
const WRITERS: u32 = 16;
/// Those who load sessions, and how long each waits before the next.
const READERS: usize = 4;
const PAUSE: Duration = Duration::from_millis(4);

/// What was seen in several clearings of one table.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Rows that were removed, and how long that took in all.
    pub(super) cleared: u64,
    took: Duration,
    /// How many sessions came, and in which time.
    written: u64,
    lived: Duration,
    /// How long loads took: while nothing was cleared, and while something was.
    pub(super) loads: [Timings; 2],
    /// Bytes of the table after each clearing.
    pub(super) bytes: Vec<u64>,
}

impl Seen {
    /// Rows that are removed in a second of clearing.
    pub(super) fn went(&self) -> f64 {
        self.cleared as f64 / self.took.as_secs_f64().max(1e-6)
    }

    /// How many sessions came a second.
    pub(super) fn came(&self) -> f64 {
        self.written as f64 / self.lived.as_secs_f64().max(1e-6)
    }

    /// The share by which the table has grown since half of the clearings.
    pub(super) fn growth(&self) -> f64 {
        match (self.bytes.get(self.bytes.len() / 2), self.bytes.last()) {
            (Some(&half), Some(&last)) => last as f64 / half as f64 - 1.0,
            _ => 0.0,
        }
    }
}

/// Who comes until it is over.
#[derive(Clone)]
struct Life {
    db: Db,
    is_over: Arc<AtomicBool>,
    is_clearing: Arc<AtomicBool>,
}

/// Clears a table so many times, each time when sessions have come and been loaded for `period`. That is
/// also how long they last: as many expire as come, beside `backlog` that have expired before.
pub(super) async fn clear(
    table: &Table,
    times: usize,
    period: Duration,
    backlog: u64,
) -> Result<Seen> {
    let mut seen = Seen::default();
    for _ in 0..times {
        // Past the engine, and so before anybody is there who would have to wait.
        if backlog > 0 {
            table.add_expired(backlog).await?;
        }
        let life = Life {
            db: Db::connect(&table.url).await?,
            is_over: Arc::default(),
            is_clearing: Arc::default(),
        };
        let begun = Instant::now();
        let writers: JoinSet<_> = (0..WRITERS).map(|_| life.clone().write(period)).collect();
        let keys = (0..READERS).map(|_| table.any_keys(10_000));
        let readers: JoinSet<_> = keys.map(|keys| life.clone().read(keys)).collect();
        sleep(period).await;

        let start = Instant::now();
        life.is_clearing.store(true, Ordering::SeqCst);
        seen.cleared += life.db.clear_expired().await?;
        seen.took += start.elapsed();
        life.is_clearing.store(false, Ordering::SeqCst);
        seen.bytes.push(table.bytes().await?);
        if backlog > 0 {
            // Whoever had to wait meanwhile makes up for it.
            sleep(period).await;
        }

        life.is_over.store(true, Ordering::SeqCst);
        seen.written += writers.join_all().await.into_iter().sum::<u64>();
        seen.lived += begun.elapsed();
        for loads in readers.join_all().await {
            for (all, new) in seen.loads.iter_mut().zip(loads) {
                *all = Timings::join([std::mem::take(all), new]);
            }
        }
    }
    Ok(seen)
}

impl Life {
    /// Makes its share of the new sessions, whose end is `lasts` away, and says how many.
    async fn write(self, lasts: Duration) -> u64 {
        let (payload, clock) = (payload(SESSION), Clock::system());
        let mut ticks = interval(Duration::from_secs(1) * WRITERS / NEW);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut written = 0;
        while !self.is_over.load(Ordering::Relaxed) {
            ticks.tick().await;
            let row = Row::new(payload.clone(), clock.now() + lasts);
            let key = SessionKey::generate().stored(true);
            let created = self.db.create(&key, &row).await;
            assert!(created.expect("created"), "a new key");
            written += 1;
        }
        written
    }

    /// Loads sessions, and says how long that took while nothing was cleared, and while something was.
    async fn read(self, keys: Vec<StoredKey>) -> [Timings; 2] {
        let mut seen = <[Timings; 2]>::default();
        for key in keys.iter().cycle() {
            if self.is_over.load(Ordering::Relaxed) {
                break;
            }
            let start = Instant::now();
            let row = self.db.load(key).await.expect("loaded");
            let took = start.elapsed();
            assert!(row.is_some(), "a session that is alive");
            seen[usize::from(self.is_clearing.load(Ordering::Relaxed))].push(took);
            sleep(PAUSE).await;
        }
        seen
    }
}

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
use crate::{number::micros, program::payload};

/// New sessions a second.
pub(super) const NEW: u32 = 1_000;
/// Tasks that make them.
const WRITERS: u32 = 16;
/// Tasks that load sessions, and the pause of each before the next.
const READERS: usize = 4;
const PAUSE: Duration = Duration::from_millis(4);

/// The figures of several clearings of one table.
#[derive(Debug)]
pub(super) struct Seen {
    /// Rows that were removed, and how many that are in a second of clearing.
    pub(super) cleared: u64,
    pub(super) went: f64,
    /// New sessions a second.
    pub(super) came: f64,
    /// p99 of loads in microseconds: while nothing was cleared, and while something was.
    pub(super) late_loads: [f64; 2],
    /// Bytes of the table after each clearing, and the share by which it has grown since half of them.
    pub(super) bytes: Vec<u64>,
    pub(super) growth: f64,
}

/// The traffic until it is over.
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
    let (mut cleared, mut written, mut bytes) = (0, 0, Vec::new());
    let (mut took, mut lived) = (Duration::ZERO, Duration::ZERO);
    let mut loads = <[Vec<Duration>; 2]>::default();
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
        cleared += life.db.clear_expired().await?;
        took += start.elapsed();
        life.is_clearing.store(false, Ordering::SeqCst);
        bytes.push(table.bytes().await?);
        if backlog > 0 {
            // Whoever had to wait meanwhile makes up for it.
            sleep(period).await;
        }

        life.is_over.store(true, Ordering::SeqCst);
        written += writers.join_all().await.into_iter().sum::<u64>();
        lived += begun.elapsed();
        for [otherwise, meanwhile] in readers.join_all().await {
            loads[0].extend(otherwise);
            loads[1].extend(meanwhile);
        }
    }
    let a_second = |rows: u64, time: Duration| rows as f64 / time.as_secs_f64().max(1e-6);
    let half = bytes.get(bytes.len() / 2).zip(bytes.last());
    Ok(Seen {
        cleared,
        went: a_second(cleared, took),
        came: a_second(written, lived),
        late_loads: loads.map(|loads| micros(&loads, 0.99)),
        growth: half.map_or(0.0, |(half, last)| *last as f64 / *half as f64 - 1.0),
        bytes,
    })
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
    async fn read(self, keys: Vec<StoredKey>) -> [Vec<Duration>; 2] {
        let mut seen = <[Vec<Duration>; 2]>::default();
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

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

use super::{
    scale::Scale,
    table::{Table, payload},
};
use crate::timings::Timings;

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
    /// How many sessions came a second; of several times, when the fewest came.
    pub(super) came: f64,
    /// How long loads took: while nothing was cleared, and while something was.
    pub(super) loads: [Timings; 2],
    /// Bytes of the table after each clearing.
    pub(super) bytes: Vec<u64>,
}

impl Seen {
    /// Rows that are removed in a second of clearing.
    pub(super) fn a_second(&self) -> f64 {
        self.cleared as f64 / self.took.as_secs_f64().max(1e-6)
    }

    /// The share by which the table has grown since half of the clearings.
    pub(super) fn growth(&self) -> f64 {
        match (self.bytes.get(self.bytes.len() / 2), self.bytes.last()) {
            (Some(&half), Some(&last)) => last as f64 / half as f64 - 1.0,
            _ => 0.0,
        }
    }

    async fn clear(&mut self, table: &Table, life: &Life) -> Result<()> {
        let start = Instant::now();
        life.is_clearing.store(true, Ordering::SeqCst);
        self.cleared += life.db.clear_expired().await?;
        self.took += start.elapsed();
        life.is_clearing.store(false, Ordering::SeqCst);
        self.bytes.push(table.bytes().await?);
        Ok(())
    }
}

/// As many expire as come: every so often they are cleared.
pub(super) async fn steady(table: &Table, scale: &Scale) -> Result<Seen> {
    let mut seen = Seen::default();
    let life = Life::begin(table, scale).await?;
    for _ in 0..scale.periods {
        sleep(scale.period).await;
        seen.clear(table, &life).await?;
    }
    life.end(&mut seen).await;
    Ok(seen)
}

/// As many have expired as come in the ten minutes between two clearings of a running site.
pub(super) async fn backlogs(table: &Table, scale: &Scale) -> Result<Seen> {
    let mut seen = Seen::default();
    for _ in 0..scale.backlogs {
        // Past the engine, and so before anybody is there who would have to wait.
        table.add_expired(scale.backlog).await?;
        let life = Life::begin(table, scale).await?;
        sleep(scale.period).await;
        seen.clear(table, &life).await?;
        sleep(scale.period).await;
        life.end(&mut seen).await;
    }
    Ok(seen)
}

/// Sessions come and are loaded until it is ended.
struct Life {
    db: Db,
    begun: Instant,
    is_over: Arc<AtomicBool>,
    is_clearing: Arc<AtomicBool>,
    writers: JoinSet<u64>,
    readers: JoinSet<[Timings; 2]>,
}

impl Life {
    async fn begin(table: &Table, scale: &Scale) -> Result<Self> {
        let mut life = Self {
            db: Db::connect(&table.url).await?,
            begun: Instant::now(),
            is_over: Arc::default(),
            is_clearing: Arc::default(),
            writers: JoinSet::new(),
            readers: JoinSet::new(),
        };
        for _ in 0..WRITERS {
            let (db, is_over) = (life.db.clone(), life.is_over.clone());
            life.writers.spawn(write(db, is_over, scale.period));
        }
        for _ in 0..READERS {
            let (db, is_over) = (life.db.clone(), life.is_over.clone());
            let is_clearing = life.is_clearing.clone();
            let keys = table.any_keys(10_000);
            life.readers.spawn(read(db, keys, is_over, is_clearing));
        }
        Ok(life)
    }

    async fn end(self, seen: &mut Seen) {
        self.is_over.store(true, Ordering::SeqCst);
        let came: u64 = self.writers.join_all().await.into_iter().sum();
        seen.came = seen
            .came
            .min(came as f64 / self.begun.elapsed().as_secs_f64());
        for loads in self.readers.join_all().await {
            for (all, new) in seen.loads.iter_mut().zip(loads) {
                *all = Timings::join([std::mem::take(all), new]);
            }
        }
    }
}

/// Makes its share of the new sessions, whose end is `lasts` away, and says how many.
async fn write(db: Db, is_over: Arc<AtomicBool>, lasts: Duration) -> u64 {
    let (payload, clock) = (payload(), Clock::system());
    let mut ticks = interval(Duration::from_secs(1) * WRITERS / NEW);
    // Whoever had to wait makes up for it.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut written = 0;
    while !is_over.load(Ordering::Relaxed) {
        ticks.tick().await;
        let row = Row {
            payload: payload.clone(),
            expires_at: clock.now() + lasts,
        };
        let key = SessionKey::generate().stored(true);
        assert!(db.create(&key, &row).await.expect("created"), "a new key");
        written += 1;
    }
    written
}

/// Loads sessions, and says how long that took while nothing was cleared, and while something was.
async fn read(
    db: Db,
    keys: Vec<StoredKey>,
    is_over: Arc<AtomicBool>,
    is_clearing: Arc<AtomicBool>,
) -> [Timings; 2] {
    let [mut quiet, mut meanwhile] = <[Timings; 2]>::default();
    for key in keys.iter().cycle() {
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        let start = Instant::now();
        let row = db.load(key).await.expect("loaded");
        let took = start.elapsed();
        assert!(row.is_some(), "a session that is alive");
        match is_clearing.load(Ordering::Relaxed) {
            true => meanwhile.push(took),
            false => quiet.push(took),
        }
        sleep(PAUSE).await;
    }
    [quiet, meanwhile]
}

//! Clearing, while sessions come and are loaded.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use huihua::{
    Clock, Db, Engine,
    engine::Row,
    key::{SessionKey, StoredKey},
};
use measure::Timings;
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep},
};

use crate::{
    scale::Scale,
    table::{Table, payload},
};

/// How many sessions come a second.
pub(crate) const NEW: u32 = 1_000;
/// Those who bring them.
const WRITERS: u32 = 16;
/// Those who load sessions, and how long each waits before the next.
const READERS: usize = 4;
const PAUSE: Duration = Duration::from_millis(4);

/// What was seen in several clearings of one table.
#[derive(Debug)]
pub(crate) struct Seen {
    /// Rows that were removed.
    pub(crate) cleared: u64,
    /// How long that took in all.
    pub(crate) took: Duration,
    /// How many sessions came a second; of several times, when the fewest came.
    pub(crate) came: f64,
    /// How long loads took: while nothing was cleared, and while something was.
    pub(crate) loads: [Timings; 2],
    /// Bytes of the table after each clearing.
    pub(crate) bytes: Vec<u64>,
}

impl Seen {
    /// Rows that are removed in a second of clearing.
    pub(crate) fn a_second(&self) -> f64 {
        self.cleared as f64 / self.took.as_secs_f64().max(1e-6)
    }

    /// What was seen one after the other.
    fn together(all: Vec<Self>) -> Self {
        let (mut quiet, mut meanwhile) = (Vec::new(), Vec::new());
        let mut together = Self {
            cleared: 0,
            took: Duration::ZERO,
            came: f64::INFINITY,
            loads: Default::default(),
            bytes: Vec::new(),
        };
        for seen in all {
            together.cleared += seen.cleared;
            together.took += seen.took;
            together.came = together.came.min(seen.came);
            together.bytes.extend(seen.bytes);
            let [its_quiet, its_meanwhile] = seen.loads;
            quiet.push(its_quiet);
            meanwhile.push(its_meanwhile);
        }
        together.loads = [Timings::join(quiet), Timings::join(meanwhile)];
        together
    }

    /// The share by which the table has grown since half of the clearings.
    pub(crate) fn growth(&self) -> f64 {
        match (self.bytes.get(self.bytes.len() / 2), self.bytes.last()) {
            (Some(&half), Some(&last)) => last as f64 / half as f64 - 1.0,
            _ => 0.0,
        }
    }
}

/// As many expire as come: every so often they are cleared.
pub(crate) async fn steady(table: &Table, scale: &Scale) -> Seen {
    let life = Life::begin(table, scale).await;
    let mut clearings = Vec::new();
    for _ in 0..scale.periods {
        sleep(scale.period).await;
        clearings.push(life.clear(table).await);
    }
    life.end(clearings).await
}

/// As many have expired as come in the ten minutes between two clearings of a running site.
pub(crate) async fn backlogs(table: &Table, scale: &Scale) -> Seen {
    let mut all = Vec::new();
    for _ in 0..scale.backlogs {
        // Past the engine, and so before anybody is there who would have to wait.
        table.add_expired(scale.backlog).await;
        let life = Life::begin(table, scale).await;
        sleep(scale.period).await;
        let clearing = life.clear(table).await;
        sleep(scale.period).await;
        all.push(life.end(vec![clearing]).await);
    }
    Seen::together(all)
}

/// One clearing.
struct Clearing {
    rows: u64,
    took: Duration,
    bytes: u64,
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
    async fn begin(table: &Table, scale: &Scale) -> Self {
        let mut life = Self {
            db: table.engine().await,
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
            let keys = table.stored_keys(10_000);
            let (db, is_over) = (life.db.clone(), life.is_over.clone());
            let is_clearing = life.is_clearing.clone();
            life.readers.spawn(read(db, keys, is_over, is_clearing));
        }
        life
    }

    async fn clear(&self, table: &Table) -> Clearing {
        let start = Instant::now();
        self.is_clearing.store(true, Ordering::SeqCst);
        let rows = self.db.clear_expired().await.expect("cleared");
        let took = start.elapsed();
        self.is_clearing.store(false, Ordering::SeqCst);
        Clearing {
            rows,
            took,
            bytes: table.bytes().await,
        }
    }

    async fn end(self, clearings: Vec<Clearing>) -> Seen {
        self.is_over.store(true, Ordering::SeqCst);
        let came: u64 = self.writers.join_all().await.into_iter().sum();
        let came = came as f64 / self.begun.elapsed().as_secs_f64();
        let (mut quiet, mut meanwhile) = (Vec::new(), Vec::new());
        for [while_quiet, while_clearing] in self.readers.join_all().await {
            quiet.push(while_quiet);
            meanwhile.push(while_clearing);
        }
        Seen {
            cleared: clearings.iter().map(|clearing| clearing.rows).sum(),
            took: clearings.iter().map(|clearing| clearing.took).sum(),
            came,
            loads: [Timings::join(quiet), Timings::join(meanwhile)],
            bytes: clearings.iter().map(|clearing| clearing.bytes).collect(),
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
        let row = Row::new(payload.clone(), clock.now() + lasts);
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
    let mut seen = <[Timings; 2]>::default();
    for key in keys.iter().cycle() {
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        let start = Instant::now();
        let row = db.load(key).await.expect("loaded");
        let took = start.elapsed();
        assert!(row.is_some(), "a session that is alive");
        let [quiet, meanwhile] = &mut seen;
        match is_clearing.load(Ordering::Relaxed) {
            true => meanwhile.push(took),
            false => quiet.push(took),
        }
        sleep(PAUSE).await;
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(cleared: u64, came: f64, bytes: &[u64]) -> Seen {
        Seen {
            cleared,
            took: Duration::from_secs(2),
            came,
            loads: Default::default(),
            bytes: bytes.to_vec(),
        }
    }

    #[test]
    fn several_clearings_are_as_slow_as_all_of_them_and_as_full_as_the_emptiest() {
        let together = Seen::together(vec![seen(1000, 999.0, &[7]), seen(3000, 1001.0, &[8])]);
        assert_eq!(together.a_second(), 1000.0);
        assert_eq!(together.came, 999.0);
        assert_eq!(together.bytes, [7, 8]);
    }

    #[test]
    fn growth_is_that_of_the_second_half() {
        assert_eq!(seen(1, 1.0, &[1, 50, 100, 100, 150]).growth(), 0.5);
        assert_eq!(seen(1, 1.0, &[]).growth(), 0.0);
    }
}

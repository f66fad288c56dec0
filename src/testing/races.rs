//! Behaviours of an engine with many callers at once.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use futures_util::future::select;
use time::Duration;
use tokio::{task::yield_now, time::timeout};

use super::{Harness, new_key};
use crate::{
    Engine,
    engine::{Order, Replaced, Row},
    key::StoredKey,
};

const ROUNDS: usize = 30;

/// Every engine keeps these.
pub(super) const INSPECTS: bool = false;

pub(super) async fn one_of_many_creates_wins(harness: Harness) {
    for _ in 0..ROUNDS {
        let key = new_key();
        let created = harness.at_once(16, |engine, number| {
            let (key, row) = (key.clone(), harness.row(&format!("by {number}"), Duration::DAY));
            async move { engine.create(&key, &row).await.unwrap().then_some(row) }
        });
        let winners: Vec<_> = created.await.into_iter().flatten().collect();
        assert_eq!(winners.len(), 1);
        assert_eq!(harness.load(&key).await, winners.first().cloned());
    }
}

pub(super) async fn many_writers_on_one_key_lose_nothing(harness: Harness) {
    const WRITERS: usize = 64;
    let (key, _) = harness.made("begin", Duration::DAY).await;
    let written = harness.at_once(WRITERS, |engine, number| {
        let key = key.clone();
        async move {
            let mut seen = engine.load(&key).await.unwrap().unwrap();
            loop {
                let new = Row::new(format!("{},{number}", seen.payload()), seen.expires_at());
                match engine.replace(&key, &seen, &new).await.unwrap() {
                    Replaced::Done => return,
                    Replaced::Changed(now) => seen = now,
                    Replaced::Gone => panic!("nobody deleted it"),
                }
            }
        }
    });
    written.await;
    let row = harness.load(&key).await.unwrap();
    let numbers = row.payload().split(',').skip(1);
    let mut numbers: Vec<usize> = numbers.map(|number| number.parse().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..WRITERS).collect::<Vec<_>>());
}

pub(super) async fn many_sessions_at_once_stay_apart(harness: Harness) {
    let visited = harness.at_once(200, |engine, number| {
        let key = new_key();
        let one = harness.row(&format!("one of {number}"), Duration::DAY);
        let two = harness.row(&format!("two of {number}"), Duration::DAY);
        async move {
            assert!(engine.create(&key, &one).await.unwrap());
            assert_eq!(engine.load(&key).await.unwrap(), Some(one.clone()));
            assert_eq!(engine.replace(&key, &one, &two).await.unwrap(), Replaced::Done);
            assert_eq!(engine.load(&key).await.unwrap(), Some(two));
            engine.delete(&key).await.unwrap();
            assert_eq!(engine.load(&key).await.unwrap(), None);
        }
    });
    visited.await;
}

pub(super) async fn a_delete_racing_with_replaces_wins(harness: Harness) {
    let change = |seen: &Row, number| Row::new(format!("{number}"), seen.expires_at());
    delete_races(&harness, |race| race.write(change)).await;
}

pub(super) async fn a_delete_racing_with_touches_wins(harness: Harness) {
    let touch = |seen: &Row, number| {
        Row::new(seen.payload(), seen.expires_at() + Duration::seconds(number))
    };
    delete_races(&harness, |race| race.write(touch)).await;
}

pub(super) async fn a_delete_racing_with_loads_wins(harness: Harness) {
    delete_races(&harness, Race::read).await;
}

/// A row that is deleted while others use it.
#[derive(Clone)]
struct Race {
    engine: Arc<dyn Engine>,
    key: StoredKey,
    row: Row,
    deleted: Arc<AtomicBool>,
}

impl Race {
    /// Changes the row as fast as can be until it is gone.
    async fn write(self, change: fn(&Row, i64) -> Row) {
        let mut seen = self.row;
        for number in 1.. {
            let new = change(&seen, number);
            match self.engine.replace(&self.key, &seen, &new).await.unwrap() {
                Replaced::Done => seen = new,
                Replaced::Changed(now) => seen = now,
                Replaced::Gone => return,
            }
            // An engine that never waits would let nobody else have a turn.
            yield_now().await;
        }
    }

    /// Loads the row until it has been deleted.
    async fn read(self) {
        loop {
            let was_deleted = self.deleted.load(Ordering::SeqCst);
            let loaded = self.engine.load(&self.key).await.unwrap();
            if was_deleted {
                assert_eq!(loaded, None);
                return;
            }
            yield_now().await;
        }
    }

    async fn delete(self) {
        self.engine.delete(&self.key).await.unwrap();
        assert_eq!(self.engine.load(&self.key).await.unwrap(), None);
        self.deleted.store(true, Ordering::SeqCst);
    }
}

async fn delete_races<F>(harness: &Harness, meanwhile: impl Fn(Race) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    for _ in 0..ROUNDS {
        let (key, row) = harness.made("begin", Duration::DAY).await;
        let race = Race { engine: harness.engine.clone(), key, row, deleted: Arc::default() };
        let raced = harness.at_once(5, |_, number| {
            let (delete, meanwhile) = (race.clone().delete(), meanwhile(race.clone()));
            async move {
                match number {
                    0 => delete.await,
                    _ => meanwhile.await,
                }
            }
        });
        raced.await;
        assert_eq!(harness.load(&race.key).await, None);
    }
}

pub(super) async fn loads_at_once_find_their_own(harness: Harness) {
    const KEYS: usize = 100;
    let mut keys = Vec::new();
    for number in 0..KEYS {
        let (key, lives) = (new_key(), number % 3 > 0);
        let lasts = if lives { Duration::DAY } else { Duration::HOUR };
        let row = harness.row(&format!("of {number}"), lasts);
        let made = number % 5 > 0;
        if made {
            harness.create(&key, &row).await;
        }
        keys.push((key, (made && lives).then_some(row)));
    }
    harness.clock.pass(Duration::HOUR);
    // Each is asked for by three, of whom one gives up.
    let loaded = harness.at_once(3 * KEYS, |engine, number| {
        let (key, found) = keys[number % KEYS].clone();
        async move {
            let load = engine.load(&key);
            match number / KEYS {
                1 => drop(timeout(std::time::Duration::ZERO, load).await),
                _ => assert_eq!(load.await.unwrap(), found),
            }
        }
    });
    loaded.await;
}

pub(super) async fn who_gives_up_leaves_nobody_their_answer(harness: Harness) {
    let mut rows = Vec::new();
    for number in 0..20 {
        rows.push(harness.made(&format!("of {number}"), Duration::DAY).await);
    }
    let visited = harness.at_once(rows.len(), |engine, number| {
        let (key, row) = rows[number].clone();
        async move {
            for turns in 0..ROUNDS {
                let impatient = async {
                    if let Some(inspect) = engine.inspect() {
                        let _ = inspect.scan(Order::Natural, None, 10).await;
                    }
                    let _ = engine.replace(&key, &row, &row).await;
                };
                // They give up at any moment: each time a little later.
                let turns_of_others = async {
                    for _ in 0..turns {
                        yield_now().await;
                    }
                };
                select(pin!(impatient), pin!(turns_of_others)).await;
                assert_eq!(engine.load(&key).await.unwrap().as_ref(), Some(&row));
                assert_eq!(engine.replace(&key, &row, &row).await.unwrap(), Replaced::Done);
            }
        }
    });
    visited.await;
}

pub(super) async fn a_load_never_sees_half_a_row(harness: Harness) {
    let key = new_key();
    let rows = ["a", "b"].map(|letter| harness.row(&letter.repeat(50_000), Duration::DAY));
    harness.create(&key, &rows[0]).await;
    let done = Arc::new(AtomicBool::new(false));
    let over = harness.at_once(3, |engine, number| {
        let (key, rows, done) = (key.clone(), rows.clone(), done.clone());
        async move {
            for round in 0.. {
                if number > 0 {
                    assert!(rows.contains(&engine.load(&key).await.unwrap().unwrap()));
                } else {
                    let (old, new) = (&rows[round % 2], &rows[(round + 1) % 2]);
                    assert!(engine.replace(&key, old, new).await.unwrap() == Replaced::Done);
                    done.fetch_or(round + 1 == ROUNDS, Ordering::SeqCst);
                }
                if done.load(Ordering::SeqCst) {
                    return;
                }
                yield_now().await;
            }
        }
    });
    over.await;
}

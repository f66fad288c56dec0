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
use tokio::{
    sync::Barrier,
    task::{JoinSet, yield_now},
    time::timeout,
};

use super::{Harness, new_key};
use crate::engine::{Order, Replaced, Row};

const ROUNDS: usize = 30;

pub(super) async fn one_of_many_creates_wins(harness: Harness) {
    for _ in 0..ROUNDS {
        let key = new_key();
        let start = Arc::new(Barrier::new(16));
        let mut creates = JoinSet::new();
        for number in 0..16 {
            let row = harness.row(&format!("by {number}"), Duration::DAY);
            let (engine, key, start) = (harness.engine.clone(), key.clone(), start.clone());
            creates.spawn(async move {
                start.wait().await;
                let created = engine.create(&key, &row).await.unwrap();
                created.then_some(row)
            });
        }
        let winners: Vec<_> = creates.join_all().await.into_iter().flatten().collect();
        assert_eq!(winners.len(), 1);
        assert_eq!(harness.load(&key).await, winners.first().cloned());
    }
}

pub(super) async fn many_writers_on_one_key_lose_nothing(harness: Harness) {
    const WRITERS: usize = 64;
    let (key, _) = harness.made("begin", Duration::DAY).await;
    let start = Arc::new(Barrier::new(WRITERS));
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        let (engine, key, start) = (harness.engine.clone(), key.clone(), start.clone());
        writers.spawn(async move {
            start.wait().await;
            let mut seen = engine.load(&key).await.unwrap().unwrap();
            loop {
                let new = Row::new(format!("{},{number}", seen.payload()), seen.expires_at());
                match engine.replace(&key, &seen, &new).await.unwrap() {
                    Replaced::Done => return,
                    Replaced::Changed(now) => seen = now,
                    Replaced::Gone => panic!("nobody deleted it"),
                }
            }
        });
    }
    writers.join_all().await;
    let row = harness.load(&key).await.unwrap();
    let mut numbers: Vec<usize> = row
        .payload()
        .split(',')
        .skip(1)
        .map(|number| number.parse().unwrap())
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..WRITERS).collect::<Vec<_>>());
}

pub(super) async fn many_sessions_at_once_stay_apart(harness: Harness) {
    let mut visitors = JoinSet::new();
    for number in 0..200 {
        let (engine, key) = (harness.engine.clone(), new_key());
        let one = harness.row(&format!("one of {number}"), Duration::DAY);
        let two = harness.row(&format!("two of {number}"), Duration::DAY);
        visitors.spawn(async move {
            assert!(engine.create(&key, &one).await.unwrap());
            assert_eq!(engine.load(&key).await.unwrap(), Some(one.clone()));
            assert_eq!(
                engine.replace(&key, &one, &two).await.unwrap(),
                Replaced::Done
            );
            assert_eq!(engine.load(&key).await.unwrap(), Some(two));
            engine.delete(&key).await.unwrap();
            assert_eq!(engine.load(&key).await.unwrap(), None);
        });
    }
    visitors.join_all().await;
}

pub(super) async fn a_delete_racing_with_replaces_wins(harness: Harness) {
    delete_races(&harness, |seen, number| {
        Row::new(format!("{number}"), seen.expires_at())
    })
    .await;
}

pub(super) async fn a_delete_racing_with_touches_wins(harness: Harness) {
    delete_races(&harness, |seen, number| {
        Row::new(
            seen.payload(),
            seen.expires_at() + Duration::seconds(number),
        )
    })
    .await;
}

/// Writers change a row as fast as they can until it is gone; a delete comes in between.
async fn delete_races(harness: &Harness, change: fn(&Row, i64) -> Row) {
    for _ in 0..ROUNDS {
        let (key, row) = harness.made("begin", Duration::DAY).await;
        let written = Arc::new(Barrier::new(5));
        let mut writers = JoinSet::new();
        for _ in 0..4 {
            let (engine, key) = (harness.engine.clone(), key.clone());
            let (mut seen, written) = (row.clone(), written.clone());
            writers.spawn(async move {
                written.wait().await;
                for number in 1.. {
                    let new = change(&seen, number);
                    match engine.replace(&key, &seen, &new).await.unwrap() {
                        Replaced::Done => seen = new,
                        Replaced::Changed(now) => seen = now,
                        Replaced::Gone => return,
                    }
                    // An engine that never waits would let nobody else have a turn.
                    yield_now().await;
                }
            });
        }
        written.wait().await;
        harness.delete(&key).await;
        assert_eq!(harness.load(&key).await, None);
        writers.join_all().await;
        assert_eq!(harness.load(&key).await, None);
    }
}

pub(super) async fn a_delete_racing_with_loads_wins(harness: Harness) {
    for _ in 0..ROUNDS {
        let (key, _) = harness.made("x", Duration::DAY).await;
        let deleted = Arc::new(AtomicBool::new(false));
        let reading = Arc::new(Barrier::new(5));
        let mut readers = JoinSet::new();
        for _ in 0..4 {
            let (engine, key) = (harness.engine.clone(), key.clone());
            let (deleted, reading) = (deleted.clone(), reading.clone());
            readers.spawn(async move {
                reading.wait().await;
                loop {
                    let was_deleted = deleted.load(Ordering::SeqCst);
                    let loaded = engine.load(&key).await.unwrap();
                    if was_deleted {
                        assert_eq!(loaded, None);
                        return;
                    }
                    yield_now().await;
                }
            });
        }
        reading.wait().await;
        harness.delete(&key).await;
        deleted.store(true, Ordering::SeqCst);
        readers.join_all().await;
        assert_eq!(harness.load(&key).await, None);
    }
}

pub(super) async fn loads_at_once_find_their_own(harness: Harness) {
    let mut keys = Vec::new();
    for number in 0..100 {
        let key = new_key();
        let lasts = match number % 3 {
            0 => Duration::HOUR,
            _ => Duration::DAY,
        };
        let row = harness.row(&format!("of {number}"), lasts);
        let made = number % 5 > 0;
        if made {
            harness.create(&key, &row).await;
        }
        keys.push((key, (made && lasts == Duration::DAY).then_some(row)));
    }
    harness.clock.pass(Duration::HOUR);
    let mut loads = JoinSet::new();
    // Each is asked for by three, of whom one gives up.
    for patient in [true, false, true] {
        for (key, found) in keys.clone() {
            let engine = harness.engine.clone();
            loads.spawn(async move {
                let load = engine.load(&key);
                if patient {
                    assert_eq!(load.await.unwrap(), found);
                } else {
                    let _ = timeout(std::time::Duration::ZERO, load).await;
                }
            });
        }
    }
    loads.join_all().await;
}

pub(super) async fn who_gives_up_leaves_nobody_their_answer(harness: Harness) {
    let mut rows = Vec::new();
    for number in 0..20 {
        let (key, row) = harness.made(&format!("of {number}"), Duration::DAY).await;
        rows.push((key, row));
    }
    let mut visitors = JoinSet::new();
    for (key, row) in rows {
        let engine = harness.engine.clone();
        visitors.spawn(async move {
            for turns in 0..ROUNDS {
                let impatient = async {
                    if let Some(inspect) = engine.inspect() {
                        let _ = inspect.scan(Order::Natural, None, 10).await;
                    }
                    let _ = engine.replace(&key, &row, &row).await;
                };
                // They give up at any moment: each time a little later.
                select(pin!(impatient), pin!(turns_of_others(turns))).await;
                assert_eq!(engine.load(&key).await.unwrap().as_ref(), Some(&row));
                assert_eq!(
                    engine.replace(&key, &row, &row).await.unwrap(),
                    Replaced::Done
                );
            }
        });
    }
    visitors.join_all().await;
}

async fn turns_of_others(turns: usize) {
    for _ in 0..turns {
        yield_now().await;
    }
}

pub(super) async fn a_load_never_sees_half_a_row(harness: Harness) {
    let key = new_key();
    let rows = ["a", "b"].map(|letter| harness.row(&letter.repeat(50_000), Duration::DAY));
    harness.create(&key, &rows[0]).await;
    let done = Arc::new(AtomicBool::new(false));
    let mut readers = JoinSet::new();
    for _ in 0..2 {
        let (engine, key) = (harness.engine.clone(), key.clone());
        let (rows, done) = (rows.clone(), done.clone());
        readers.spawn(async move {
            while !done.load(Ordering::SeqCst) {
                let loaded = engine.load(&key).await.unwrap().unwrap();
                assert!(rows.contains(&loaded));
                yield_now().await;
            }
        });
    }
    for round in 0..ROUNDS {
        let (old, new) = (&rows[round % 2], &rows[(round + 1) % 2]);
        let replaced = harness.replace(&key, old, new).await;
        assert!(replaced == Replaced::Done);
        yield_now().await;
    }
    done.store(true, Ordering::SeqCst);
    readers.join_all().await;
}

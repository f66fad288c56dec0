//! Behaviours of an engine for its operator: clearing, listing and counting.

use std::collections::{BTreeSet, HashSet};

use time::Duration;
use tokio::task::{JoinSet, yield_now};

use super::{Harness, new_key};
use crate::{
    engine::{Inspect, Order, Row},
    expiry::NEVER,
    key::StoredKey,
};

/// Each of the rows that a harness has made, by when it ends.
async fn made(harness: &Harness, ends: impl IntoIterator<Item = Duration>) -> Vec<StoredKey> {
    let mut keys = Vec::new();
    for lasts in ends {
        let (key, _) = harness.made("x", lasts).await;
        keys.push(key);
    }
    keys
}

pub(super) async fn clearing_takes_only_what_has_ended(harness: Harness) {
    assert_eq!(harness.engine.clear_expired().await.unwrap(), 0);
    let mut live = Vec::new();
    for number in 0..700 {
        let lasts = if number < 600 {
            Duration::seconds(1000)
        } else {
            Duration::DAY
        };
        let key = new_key();
        let row = harness.row("x", lasts);
        assert!(harness.create(&key, &row).await);
        if number >= 600 {
            live.push(key);
        }
    }
    harness.clock.pass(Duration::seconds(1000));
    let cleared = harness.engine.clear_expired().await.unwrap();
    // 0: a store that drops them by itself.
    assert!(cleared == 600 || cleared == 0, "{cleared}");
    for key in live {
        assert!(harness.load(&key).await.is_some());
    }
    assert_eq!(harness.engine.clear_expired().await.unwrap(), 0);
}

/// The rows of a scan, page by page.
async fn rows_of(inspect: &dyn Inspect, order: Order, limit: usize) -> Vec<(StoredKey, Row)> {
    let (mut rows, mut from) = (Vec::new(), None);
    loop {
        let page = inspect.scan(order, from.as_ref(), limit).await;
        let page = page.unwrap();
        rows.extend(page.rows);
        match page.next {
            Some(next) => from = Some(next),
            None => return rows,
        }
    }
}

/// All keys that a scan meets, page by page.
async fn scanned(inspect: &dyn Inspect, limit: usize) -> BTreeSet<StoredKey> {
    let rows = rows_of(inspect, Order::Natural, limit).await;
    rows.into_iter().map(|(key, _)| key).collect()
}

pub(super) async fn a_scan_of_nothing_ends(harness: Harness) {
    let Some(inspect) = harness.inspect() else {
        return;
    };
    assert!(scanned(inspect, 10).await.is_empty());
}

pub(super) async fn a_scan_passes_over_what_has_ended(harness: Harness) {
    let Some(inspect) = harness.inspect() else {
        return;
    };
    let (short, long) = (new_key(), new_key());
    let row = harness.row("short", Duration::seconds(1000));
    harness.create(&short, &row).await;
    let row = harness.row("long", Duration::DAY);
    harness.create(&long, &row).await;
    assert_eq!(scanned(inspect, 1).await.len(), 2);
    harness.clock.pass(Duration::seconds(1000));
    let page = scanned(inspect, 10).await;
    assert_eq!(page, BTreeSet::from([long]));
}

pub(super) async fn a_scan_meets_everything_that_stays(harness: Harness) {
    let Some(inspect) = harness.inspect() else {
        return;
    };
    const STAY: usize = 10_000;
    let row = harness.row("stays", Duration::DAY);
    let mut makers = JoinSet::new();
    for _ in 0..16 {
        let (engine, row) = (harness.engine.clone(), row.clone());
        makers.spawn(async move {
            let mut keys = Vec::new();
            for _ in 0..STAY / 16 {
                let key = new_key();
                assert!(engine.create(&key, &row).await.unwrap());
                keys.push(key);
            }
            keys
        });
    }
    let staying: BTreeSet<_> = makers.join_all().await.into_iter().flatten().collect();
    assert_eq!(staying.len(), STAY);
    let (engine, passing) = (harness.engine.clone(), harness.row("passes", Duration::DAY));
    let passers = tokio::spawn(async move {
        loop {
            let key = new_key();
            engine.create(&key, &passing).await.unwrap();
            engine.delete(&key).await.unwrap();
            yield_now().await;
        }
    });
    let met = scanned(inspect, 1000).await;
    assert!(!passers.is_finished());
    passers.abort();
    assert!(
        staying.is_subset(&met),
        "{} of {STAY}",
        staying.intersection(&met).count()
    );
}

pub(super) async fn a_store_names_itself(harness: Harness) {
    let Some(inspect) = harness.inspect() else {
        return;
    };
    assert!(!inspect.info().await.unwrap().server.is_empty());
}

const ORDERS: [Order; 3] = [Order::Natural, Order::EndsFirst, Order::EndsLast];

pub(super) async fn every_order_meets_everything(harness: Harness) {
    let Some(inspect) = harness.inspect() else {
        return;
    };
    made(&harness, [Duration::seconds(1000)]).await;
    let ends = [7, 2, 2, 5, 2, 9, 7, 2, 2, 1].map(Duration::days);
    let mut keys = made(&harness, ends).await;
    for _ in 0..5 {
        let (key, row) = (new_key(), Row::new("never", NEVER));
        assert!(harness.create(&key, &row).await);
        keys.push(key);
    }
    harness.clock.pass(Duration::seconds(1000));
    let keys: BTreeSet<_> = keys.into_iter().collect();
    for order in ORDERS {
        for limit in [1, 2, 3, 100] {
            let met: BTreeSet<_> = rows_of(inspect, order, limit)
                .await
                .into_iter()
                .map(|(key, _)| key)
                .collect();
            assert_eq!(met, keys, "{order:?} by {limit}");
        }
    }
}

pub(super) async fn orders_that_are_announced_hold(harness: Harness) {
    let Some(inspect) = harness.inspect() else {
        return;
    };
    let ends = [7, 2, 2, 5, 2, 9, 7, 2, 2, 1].map(Duration::days);
    let keys = made(&harness, ends).await;
    // A part of a second, so that ends of one second stand in order too.
    made(
        &harness,
        [2_000_001, 2_000_002].map(|micros| Duration::days(2) + Duration::microseconds(micros)),
    )
    .await;
    let orders = inspect.info().await.unwrap().orders;
    assert!(!orders.contains(&Order::Natural));
    for order in orders {
        for limit in [1, 2, 3, 100] {
            let rows = rows_of(inspect, order, limit).await;
            // Each once, also those that end at the same time.
            assert_eq!(rows.len(), keys.len() + 2, "{order:?} by {limit}");
            let met: HashSet<_> = rows.iter().map(|(key, _)| key).collect();
            assert_eq!(met.len(), rows.len(), "{order:?} by {limit}");
            let sorted = rows.is_sorted_by(|(_, one), (_, next)| match order {
                Order::EndsLast => one.expires_at() >= next.expires_at(),
                _ => one.expires_at() <= next.expires_at(),
            });
            assert!(sorted, "{order:?} by {limit}");
        }
    }
}

pub(super) async fn an_order_meets_what_stays_once(harness: Harness) {
    let Some(inspect) = harness.inspect() else {
        return;
    };
    let ends = (0..40).map(|number| Duration::days(1 + number / 10));
    let staying: BTreeSet<_> = made(&harness, ends).await.into_iter().collect();
    for order in inspect.info().await.unwrap().orders {
        let (mut met, mut from, mut passing) = (Vec::new(), None, Vec::new());
        loop {
            // Some of them where the scan has been, some where it is, some where it goes.
            for key in passing {
                harness.delete(&key).await;
            }
            passing = made(
                &harness,
                (0..8).map(|number| Duration::hours(12 * number + 1)),
            )
            .await;
            let page = inspect.scan(order, from.as_ref(), 3).await.unwrap();
            met.extend(page.rows.into_iter().map(|(key, _)| key));
            match page.next {
                Some(next) => from = Some(next),
                None => break,
            }
        }
        for key in passing {
            harness.delete(&key).await;
        }
        met.retain(|key| staying.contains(key));
        assert_eq!(met.len(), staying.len(), "{order:?}");
        assert_eq!(BTreeSet::from_iter(met), staying, "{order:?}");
    }
}

pub(super) async fn a_store_that_counts_rows_counts_what_was_written(harness: Harness) {
    let Some(inspect) = harness.inspect() else {
        return;
    };
    made(&harness, [Duration::seconds(1000); 30]).await;
    let live = made(&harness, [Duration::DAY; 20]).await;
    let counts = async |live, expired| {
        let info = inspect.info().await.unwrap();
        match info.rows {
            Some(rows) if rows.exact => assert_eq!(rows.number, live),
            // Of those it may see that have expired, and whatever else lies there.
            Some(rows) => assert!(rows.number >= live, "{}", rows.number),
            None => {}
        }
        if let Some(there) = info.expired {
            assert_eq!(there, expired);
        }
    };
    counts(50, 0).await;
    harness.clock.pass(Duration::seconds(1000));
    counts(20, 30).await;
    harness.delete(&live[0]).await;
    harness.engine.clear_expired().await.unwrap();
    counts(19, 0).await;
}

pub(super) async fn a_scan_meets_what_was_just_read(harness: Harness) {
    let Some(inspect) = harness.inspect() else {
        return;
    };
    let keys = made(&harness, [Duration::HOUR; 20]).await;
    for _ in 0..50 {
        for key in &keys {
            assert!(harness.load(key).await.is_some());
        }
        let met = rows_of(inspect, Order::Natural, 100).await;
        let met: HashSet<_> = met.into_iter().map(|(key, _)| key).collect();
        let missed = keys.iter().filter(|key| !met.contains(key)).count();
        assert_eq!(missed, 0);
    }
}

pub(super) async fn metrics_count_what_was_cleared(harness: Harness) {
    let Some(inspect) = harness.inspect() else {
        return;
    };
    let before = inspect.metrics().cleared;
    harness.engine.clear_expired().await.unwrap();
    assert_eq!(inspect.metrics().cleared, before);
    let mut cleared = 0;
    for _ in 0..2 {
        made(&harness, [Duration::seconds(1000); 300]).await;
        harness.clock.pass(Duration::seconds(1000));
        cleared += harness.engine.clear_expired().await.unwrap();
        assert_eq!(inspect.metrics().cleared, before + cleared);
    }
}

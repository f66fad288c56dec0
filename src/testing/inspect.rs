//! Behaviours of an engine for its operator: listing and counting.

use std::collections::BTreeSet;

use time::Duration;
use tokio::task::yield_now;

use super::{Harness, new_key};
use crate::{
    engine::{Order, Row},
    expiry::NEVER,
    key::StoredKey,
};

/// An operator has to be able to ask something of the engine.
pub(super) const INSPECTS: bool = true;

const ORDERS: [Order; 3] = [Order::Natural, Order::EndsFirst, Order::EndsLast];

/// All keys that a scan meets.
async fn keys_of(harness: &Harness, order: Order, limit: usize) -> BTreeSet<StoredKey> {
    harness.scanned(order, limit).await.into_iter().map(|(key, _)| key).collect()
}

pub(super) async fn a_scan_of_nothing_ends(harness: Harness) {
    assert!(keys_of(&harness, Order::Natural, 10).await.is_empty());
}

pub(super) async fn a_scan_passes_over_what_has_ended(harness: Harness) {
    harness.made("short", Duration::seconds(1000)).await;
    let (long, _) = harness.made("long", Duration::DAY).await;
    for limit in [1, usize::MAX] {
        assert_eq!(keys_of(&harness, Order::Natural, limit).await.len(), 2);
    }
    harness.clock.pass(Duration::seconds(1000));
    assert_eq!(keys_of(&harness, Order::Natural, 10).await, BTreeSet::from([long]));
}

pub(super) async fn a_scan_meets_everything_that_stays(harness: Harness) {
    const STAY: usize = 10_000;
    let row = harness.row("stays", Duration::DAY);
    let made = harness.at_once(16, |engine, _| {
        let row = row.clone();
        async move {
            let mut keys = Vec::new();
            for _ in 0..STAY / 16 {
                let key = new_key();
                assert!(engine.create(&key, &row).await.unwrap());
                keys.push(key);
            }
            keys
        }
    });
    let staying: BTreeSet<_> = made.await.into_iter().flatten().collect();
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
    let met = keys_of(&harness, Order::Natural, 1000).await;
    assert!(!passers.is_finished());
    passers.abort();
    let missed = staying.difference(&met).count();
    assert_eq!(missed, 0, "of {STAY}");
}

pub(super) async fn a_store_names_itself(harness: Harness) {
    assert!(!harness.inspect().info().await.unwrap().server.is_empty());
}

pub(super) async fn every_order_meets_everything(harness: Harness) {
    harness.made_keys([Duration::seconds(1000)]).await;
    let ends = [7, 2, 2, 5, 2, 9, 7, 2, 2, 1].map(Duration::days);
    let mut keys = BTreeSet::from_iter(harness.made_keys(ends).await);
    for _ in 0..5 {
        let (key, row) = (new_key(), Row::new("never", NEVER));
        assert!(harness.create(&key, &row).await);
        keys.insert(key);
    }
    harness.clock.pass(Duration::seconds(1000));
    for order in ORDERS {
        for limit in [1, 2, 3, 100] {
            assert_eq!(keys_of(&harness, order, limit).await, keys, "{order:?} by {limit}");
        }
    }
}

pub(super) async fn orders_that_are_announced_hold(harness: Harness) {
    let ends = [7, 2, 2, 5, 2, 9, 7, 2, 2, 1].map(Duration::days);
    // A part of a second, so that ends of one second stand in order too.
    let parts = [2_000_001, 2_000_002].map(Duration::microseconds);
    let parts = parts.map(|part| Duration::days(2) + part);
    let keys = harness.made_keys(ends.into_iter().chain(parts)).await;
    let orders = harness.inspect().info().await.unwrap().orders;
    assert!(!orders.contains(&Order::Natural));
    for order in orders {
        for limit in [1, 2, 3, 100] {
            let rows = harness.scanned(order, limit).await;
            // Each once, also those that end at the same time.
            assert_eq!(rows.len(), keys.len(), "{order:?} by {limit}");
            let met: BTreeSet<_> = rows.iter().map(|(key, _)| key).collect();
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
    let inspect = harness.inspect();
    let ends = (0..40).map(|number| Duration::days(1 + number / 10));
    let staying = BTreeSet::from_iter(harness.made_keys(ends).await);
    for order in inspect.info().await.unwrap().orders {
        let (mut met, mut from, mut passing) = (Vec::new(), None, Vec::new());
        loop {
            // Some of them where the scan has been, some where it is, some where it goes.
            for key in passing {
                harness.delete(&key).await;
            }
            let ends = (0..8).map(|number| Duration::hours(12 * number + 1));
            passing = harness.made_keys(ends).await;
            let page = inspect.scan(order, from.as_ref(), 3).await.unwrap();
            met.extend(page.rows.into_iter().map(|(key, _)| key));
            from = page.next;
            if from.is_none() {
                break;
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
    harness.made_keys([Duration::seconds(1000); 30]).await;
    let live = harness.made_keys([Duration::DAY; 20]).await;
    let counts = async |live, expired| {
        let info = harness.inspect().info().await.unwrap();
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
    let keys = BTreeSet::from_iter(harness.made_keys([Duration::HOUR; 20]).await);
    for _ in 0..50 {
        for key in &keys {
            assert!(harness.load(key).await.is_some());
        }
        assert!(keys.is_subset(&keys_of(&harness, Order::Natural, 100).await));
    }
}

pub(super) async fn metrics_count_what_was_cleared(harness: Harness) {
    let inspect = harness.inspect();
    let before = inspect.metrics().cleared;
    harness.engine.clear_expired().await.unwrap();
    assert_eq!(inspect.metrics().cleared, before);
    let mut cleared = 0;
    for _ in 0..2 {
        harness.made_keys([Duration::seconds(1000); 300]).await;
        harness.clock.pass(Duration::seconds(1000));
        cleared += harness.engine.clear_expired().await.unwrap();
        assert_eq!(inspect.metrics().cleared, before + cleared);
    }
}

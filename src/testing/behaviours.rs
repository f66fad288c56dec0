//! Behaviours of an engine with one caller at a time.

use futures_util::future::join_all;
use time::Duration;

use super::{Harness, new_key};
use crate::{
    engine::{Order, Replaced, Row},
    expiry::NEVER,
    key::SessionKey,
};

/// Every engine keeps these.
pub(super) const INSPECTS: bool = false;

pub(super) async fn a_missing_row_is_none(harness: Harness) {
    assert_eq!(harness.load(&new_key()).await, None);
}

pub(super) async fn a_created_row_loads_as_it_was(harness: Harness) {
    let (key, row) = harness.made("payload", Duration::milliseconds(86_400_001)).await;
    assert_eq!(harness.load(&key).await, Some(row.clone()));
    // Again, in case the first time was another way.
    assert_eq!(harness.load(&key).await, Some(row));
}

pub(super) async fn a_row_is_created_once(harness: Harness) {
    let (key, first) = harness.made("first", Duration::DAY).await;
    let second = harness.row("second", Duration::DAY);
    assert!(!harness.create(&key, &second).await);
    assert_eq!(harness.load(&key).await, Some(first));
}

pub(super) async fn a_key_is_free_again_after_a_delete(harness: Harness) {
    let (key, _) = harness.made("first", Duration::DAY).await;
    harness.delete(&key).await;
    let second = harness.row("second", Duration::DAY);
    assert!(harness.create(&key, &second).await);
    assert_eq!(harness.load(&key).await, Some(second));
}

pub(super) async fn a_row_is_replaced_only_as_it_was_seen(harness: Harness) {
    let key = new_key();
    let one = harness.row("one", Duration::DAY);
    let two = harness.row("two", 2 * Duration::DAY);
    assert_eq!(harness.replace(&key, &one, &two).await, Replaced::Gone);
    assert_eq!(harness.load(&key).await, None);
    harness.create(&key, &one).await;
    assert_eq!(harness.replace(&key, &one, &two).await, Replaced::Done);
    assert_eq!(harness.load(&key).await, Some(two.clone()));
    assert_eq!(harness.replace(&key, &one, &one).await, Replaced::Changed(two.clone()));
    assert_eq!(harness.load(&key).await, Some(two));
}

pub(super) async fn a_touch_moves_only_the_end(harness: Harness) {
    let (key, row) = harness.made("x", Duration::HOUR).await;
    harness.load(&key).await;
    harness.clock.pass(Duration::MINUTE);
    let touched = harness.row("x", Duration::HOUR);
    assert_eq!(harness.replace(&key, &row, &touched).await, Replaced::Done);
    assert_eq!(harness.load(&key).await, Some(touched.clone()));
    // The payload is what was seen, whatever end it had then.
    assert_eq!(harness.replace(&key, &row, &touched).await, Replaced::Done);
    let sooner = harness.row("x", Duration::MINUTE);
    assert_eq!(harness.replace(&key, &touched, &sooner).await, Replaced::Done);
    assert_eq!(harness.load(&key).await, Some(sooner));
}

pub(super) async fn capitals_and_spaces_make_another_payload(harness: Harness) {
    let (key, row) = harness.made("Payload", Duration::DAY).await;
    for other in ["payload", "Payload ", " Payload", "PAYLOAD", "Payloa", ""] {
        let seen = harness.row(other, Duration::DAY);
        let new = harness.row("new", Duration::DAY);
        let replaced = harness.replace(&key, &seen, &new).await;
        assert_eq!(replaced, Replaced::Changed(row.clone()), "{other:?}");
    }
}

pub(super) async fn what_a_payload_holds_is_never_understood(harness: Harness) {
    for payload in [
        "'; DROP TABLE django_session; --",
        "\"quoted\" \\ %s %% $1 ? :name {} [] *",
        "1",
        "0:0",
        "lease:x",
        "END",
        "VALUE x 0 1",
    ] {
        let (key, row) = harness.made(payload, Duration::DAY).await;
        assert_eq!(harness.load(&key).await, Some(row.clone()));
        let longer = Row::new(format!("{payload}{payload}"), row.expires_at());
        assert_eq!(harness.replace(&key, &row, &longer).await, Replaced::Done, "{payload}");
        assert_eq!(harness.load(&key).await, Some(longer));
    }
}

pub(super) async fn a_deleted_row_is_gone(harness: Harness) {
    let (key, _) = harness.made("x", Duration::DAY).await;
    assert!(harness.load(&key).await.is_some());
    assert!(harness.delete(&key).await);
    assert_eq!(harness.load(&key).await, None);
    assert!(!harness.delete(&key).await);
    assert!(!harness.delete(&new_key()).await);
}

pub(super) async fn a_deleted_row_is_not_replaced(harness: Harness) {
    let (key, row) = harness.made("x", Duration::DAY).await;
    harness.delete(&key).await;
    assert_eq!(harness.replace(&key, &row, &row).await, Replaced::Gone);
    assert_eq!(harness.load(&key).await, None);
}

pub(super) async fn a_row_loads_until_its_end_and_no_longer(harness: Harness) {
    let (key, row) = harness.made("x", Duration::seconds(1000)).await;
    for step in [Duration::ZERO, Duration::seconds(999), Duration::milliseconds(999)] {
        harness.clock.pass(step);
        assert_eq!(harness.load(&key).await, Some(row.clone()));
    }
    harness.clock.pass(Duration::MILLISECOND);
    assert_eq!(harness.load(&key).await, None);
}

pub(super) async fn an_ended_row_is_not_replaced(harness: Harness) {
    let (key, short) = harness.made("short", Duration::seconds(1000)).await;
    harness.clock.pass(Duration::seconds(1000));
    let long = harness.row("long", Duration::DAY);
    assert_eq!(harness.replace(&key, &short, &long).await, Replaced::Gone);
    assert_eq!(harness.load(&key).await, None);
}

pub(super) async fn replacing_by_an_ended_row_ends_it(harness: Harness) {
    let (key, alive) = (new_key(), harness.row("x", Duration::DAY));
    for ended in [Duration::ZERO, -Duration::SECOND, -Duration::days(20_000)] {
        harness.delete(&key).await;
        assert!(harness.create(&key, &alive).await);
        let ended = harness.row("x", ended);
        assert_eq!(harness.replace(&key, &alive, &ended).await, Replaced::Done);
        assert_eq!(harness.load(&key).await, None);
        assert_eq!(harness.replace(&key, &ended, &alive).await, Replaced::Gone);
    }
}

pub(super) async fn a_row_without_end_stays(harness: Harness) {
    let (key, row) = (new_key(), Row::new("x", NEVER));
    assert!(harness.create(&key, &row).await);
    harness.clock.pass(Duration::days(365 * 300));
    assert_eq!(harness.load(&key).await.map(Row::into_payload), Some("x".to_owned()));
    let touched = Row::new("y", row.expires_at());
    assert_eq!(harness.replace(&key, &row, &touched).await, Replaced::Done);
}

pub(super) async fn a_row_that_has_ended_before_it_is_made_never_loads(harness: Harness) {
    let (key, row) = (new_key(), harness.row("x", -Duration::SECOND));
    harness.create(&key, &row).await;
    assert_eq!(harness.load(&key).await, None);
}

pub(super) async fn both_forms_of_keys_live_side_by_side(harness: Harness) {
    let key = SessionKey::generate();
    let keys = [true, false].map(|hashed| key.stored(hashed));
    let rows = ["hashed", "plain"].map(|payload| harness.row(payload, Duration::DAY));
    for (key, row) in keys.iter().zip(&rows) {
        assert!(harness.create(key, row).await);
    }
    for (key, row) in keys.iter().zip(rows) {
        assert_eq!(harness.load(key).await, Some(row));
    }
}

pub(super) async fn a_million_bytes_are_kept(harness: Harness) {
    let (key, small) = (new_key(), harness.row("small", Duration::DAY));
    let large = harness.row(&"abcdefghij".repeat(100_000), Duration::DAY);
    harness.create(&key, &small).await;
    assert_eq!(harness.replace(&key, &small, &large).await, Replaced::Done);
    assert!(harness.load(&key).await == Some(large.clone()));
    assert!(harness.replace(&key, &small, &small).await == Replaced::Changed(large.clone()));
    assert_eq!(harness.replace(&key, &large, &small).await, Replaced::Done);
    assert!(harness.create(&new_key(), &large).await);
}

pub(super) async fn bytes_that_are_no_row_read_as_none(harness: Harness) {
    for bytes in [&b""[..], b"\0\xff\xfe", b"no payload", &[0x80; 5000]] {
        let key = new_key();
        if !harness.fixture.corrupt(&key, bytes).await {
            continue;
        }
        // Text that is there may load: whether it is a session, its signature will say.
        let loaded = harness.load(&key).await;
        if let Some(row) = &loaded {
            assert_eq!(row.payload().as_bytes(), bytes);
        }
        let row = harness.row("x", Duration::DAY);
        assert_ne!(harness.replace(&key, &row, &row).await, Replaced::Done);
        if harness.engine.inspect().is_some() {
            let rows = harness.listed(Order::Natural, 10).await;
            let listed = rows.into_iter().find(|(listed, _)| *listed == key);
            assert_eq!(listed.map(|(_, row)| row.ok()), Some(loaded));
        }
        assert!(harness.delete(&key).await);
        assert_eq!(harness.load(&key).await, None);
        assert!(harness.create(&key, &row).await);
        assert_eq!(harness.load(&key).await, Some(row));
    }
}

pub(super) async fn a_damaged_row_harms_no_other(harness: Harness) {
    let row = harness.row("kept", Duration::DAY);
    let mut keys = Vec::new();
    let mut damaged = Vec::new();
    for number in 0..60 {
        let key = new_key();
        if number % 10 != 3 {
            assert!(harness.create(&key, &row).await);
        } else if harness.fixture.corrupt(&key, b"\xff\xfe").await {
            damaged.push(key.clone());
        } else {
            continue;
        }
        keys.push(key);
    }
    for _ in 0..5 {
        let loads = keys.iter().map(|key| harness.engine.load(key));
        for (key, loaded) in keys.iter().zip(join_all(loads).await) {
            let kept = (!damaged.contains(key)).then(|| row.clone());
            assert_eq!(loaded.unwrap(), kept);
        }
    }
    if let Some(inspect) = harness.engine.inspect() {
        for order in inspect.info().await.unwrap().orders {
            // One at a time, so that a page may hold nothing but a damaged row.
            let met = harness.scanned(order, 1).await.len();
            assert_eq!(met, keys.len() - damaged.len(), "{order:?}");
        }
    }
    for key in &damaged {
        assert_eq!(harness.replace(key, &row, &row).await, Replaced::Gone);
        assert!(harness.delete(key).await);
        assert!(harness.create(key, &row).await);
    }
}

pub(super) async fn clearing_takes_only_what_has_ended(harness: Harness) {
    assert_eq!(harness.engine.clear_expired().await.unwrap(), 0);
    harness.made_keys([Duration::seconds(1000); 600]).await;
    let live = harness.made_keys([Duration::DAY; 100]).await;
    harness.clock.pass(Duration::seconds(1000));
    let cleared = harness.engine.clear_expired().await.unwrap();
    // 0: a store that drops them by itself.
    assert!(cleared == 600 || cleared == 0, "{cleared}");
    for key in live {
        assert!(harness.load(&key).await.is_some());
    }
    assert_eq!(harness.engine.clear_expired().await.unwrap(), 0);
}

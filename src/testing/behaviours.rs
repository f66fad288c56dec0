//! What an engine does for one caller at a time.

use futures_util::future::join_all;
use time::Duration;

use super::{Harness, new_key};
use crate::{
    engine::{Order, Replaced, Row},
    expiry::NEVER,
    key::SessionKey,
};

pub(super) async fn a_missing_row_is_none(harness: Harness) {
    assert_eq!(harness.engine.load(&new_key()).await.unwrap(), None);
}

pub(super) async fn a_created_row_loads_as_it_was(harness: Harness) {
    let (key, row) = (
        new_key(),
        harness.row("payload", Duration::milliseconds(86_400_001)),
    );
    assert!(harness.engine.create(&key, &row).await.unwrap());
    assert_eq!(harness.engine.load(&key).await.unwrap(), Some(row.clone()));
    // Again, in case the first time was another way.
    assert_eq!(harness.engine.load(&key).await.unwrap(), Some(row));
}

pub(super) async fn a_row_is_created_once(harness: Harness) {
    let (key, first) = (new_key(), harness.row("first", Duration::DAY));
    assert!(harness.engine.create(&key, &first).await.unwrap());
    let second = harness.row("second", Duration::DAY);
    assert!(!harness.engine.create(&key, &second).await.unwrap());
    assert_eq!(harness.engine.load(&key).await.unwrap(), Some(first));
}

pub(super) async fn a_key_is_free_again_after_a_delete(harness: Harness) {
    let (key, first) = (new_key(), harness.row("first", Duration::DAY));
    assert!(harness.engine.create(&key, &first).await.unwrap());
    harness.engine.delete(&key).await.unwrap();
    let second = harness.row("second", Duration::DAY);
    assert!(harness.engine.create(&key, &second).await.unwrap());
    assert_eq!(harness.engine.load(&key).await.unwrap(), Some(second));
}

pub(super) async fn a_row_is_replaced_only_as_it_was_seen(harness: Harness) {
    let engine = &harness.engine;
    let (key, one, two) = (
        new_key(),
        harness.row("one", Duration::DAY),
        harness.row("two", 2 * Duration::DAY),
    );
    assert_eq!(
        engine.replace(&key, &one, &two).await.unwrap(),
        Replaced::Gone
    );
    assert_eq!(engine.load(&key).await.unwrap(), None);
    engine.create(&key, &one).await.unwrap();
    assert_eq!(
        engine.replace(&key, &one, &two).await.unwrap(),
        Replaced::Done
    );
    assert_eq!(engine.load(&key).await.unwrap(), Some(two.clone()));
    let again = engine.replace(&key, &one, &one).await.unwrap();
    assert_eq!(again, Replaced::Changed(two.clone()));
    assert_eq!(engine.load(&key).await.unwrap(), Some(two));
}

pub(super) async fn a_touch_moves_only_the_end(harness: Harness) {
    let engine = &harness.engine;
    let (key, row) = (new_key(), harness.row("x", Duration::HOUR));
    engine.create(&key, &row).await.unwrap();
    engine.load(&key).await.unwrap();
    harness.clock.pass(Duration::MINUTE);
    let touched = harness.row("x", Duration::HOUR);
    assert_eq!(
        engine.replace(&key, &row, &touched).await.unwrap(),
        Replaced::Done
    );
    assert_eq!(engine.load(&key).await.unwrap(), Some(touched.clone()));
    // The payload is what was seen, whatever end it had then.
    assert_eq!(
        engine.replace(&key, &row, &touched).await.unwrap(),
        Replaced::Done
    );
    let sooner = harness.row("x", Duration::MINUTE);
    assert_eq!(
        engine.replace(&key, &touched, &sooner).await.unwrap(),
        Replaced::Done
    );
    assert_eq!(engine.load(&key).await.unwrap(), Some(sooner));
}

pub(super) async fn capitals_and_spaces_make_another_payload(harness: Harness) {
    let (key, row) = (new_key(), harness.row("Payload", Duration::DAY));
    harness.engine.create(&key, &row).await.unwrap();
    for other in ["payload", "Payload ", " Payload", "PAYLOAD", "Payloa", ""] {
        let seen = harness.row(other, Duration::DAY);
        let new = harness.row("new", Duration::DAY);
        let replaced = harness.engine.replace(&key, &seen, &new).await.unwrap();
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
        let (key, row) = (new_key(), harness.row(payload, Duration::DAY));
        assert!(harness.engine.create(&key, &row).await.unwrap());
        assert_eq!(harness.engine.load(&key).await.unwrap(), Some(row.clone()));
        let longer = Row::new(format!("{payload}{payload}"), row.expires_at());
        let replaced = harness.engine.replace(&key, &row, &longer).await.unwrap();
        assert_eq!(replaced, Replaced::Done, "{payload}");
        assert_eq!(harness.engine.load(&key).await.unwrap(), Some(longer));
    }
}

pub(super) async fn a_deleted_row_is_gone(harness: Harness) {
    let (key, row) = (new_key(), harness.row("x", Duration::DAY));
    harness.engine.create(&key, &row).await.unwrap();
    assert!(harness.engine.load(&key).await.unwrap().is_some());
    harness.engine.delete(&key).await.unwrap();
    assert_eq!(harness.engine.load(&key).await.unwrap(), None);
    harness.engine.delete(&key).await.unwrap();
    harness.engine.delete(&new_key()).await.unwrap();
}

pub(super) async fn a_deleted_row_is_not_replaced(harness: Harness) {
    let (key, row) = (new_key(), harness.row("x", Duration::DAY));
    harness.engine.create(&key, &row).await.unwrap();
    harness.engine.delete(&key).await.unwrap();
    let replaced = harness.engine.replace(&key, &row, &row).await.unwrap();
    assert_eq!(replaced, Replaced::Gone);
    assert_eq!(harness.engine.load(&key).await.unwrap(), None);
}

pub(super) async fn a_row_loads_until_its_end_and_no_longer(harness: Harness) {
    let (key, row) = (new_key(), harness.row("x", Duration::seconds(1000)));
    harness.engine.create(&key, &row).await.unwrap();
    for step in [
        Duration::ZERO,
        Duration::seconds(999),
        Duration::milliseconds(999),
    ] {
        harness.clock.pass(step);
        assert_eq!(harness.engine.load(&key).await.unwrap(), Some(row.clone()));
    }
    harness.clock.pass(Duration::MILLISECOND);
    assert_eq!(harness.engine.load(&key).await.unwrap(), None);
}

pub(super) async fn an_ended_row_is_not_replaced(harness: Harness) {
    let (key, short) = (new_key(), harness.row("short", Duration::seconds(1000)));
    harness.engine.create(&key, &short).await.unwrap();
    harness.clock.pass(Duration::seconds(1000));
    let long = harness.row("long", Duration::DAY);
    let replaced = harness.engine.replace(&key, &short, &long).await.unwrap();
    assert_eq!(replaced, Replaced::Gone);
    assert_eq!(harness.engine.load(&key).await.unwrap(), None);
}

pub(super) async fn replacing_by_an_ended_row_ends_it(harness: Harness) {
    let (key, alive) = (new_key(), harness.row("x", Duration::DAY));
    for ended in [Duration::ZERO, -Duration::SECOND, -Duration::days(20_000)] {
        harness.engine.delete(&key).await.unwrap();
        assert!(harness.engine.create(&key, &alive).await.unwrap());
        let ended = harness.row("x", ended);
        let replaced = harness.engine.replace(&key, &alive, &ended).await.unwrap();
        assert_eq!(replaced, Replaced::Done);
        assert_eq!(harness.engine.load(&key).await.unwrap(), None);
        let back = harness.engine.replace(&key, &ended, &alive).await.unwrap();
        assert_eq!(back, Replaced::Gone);
    }
}

pub(super) async fn a_row_without_end_stays(harness: Harness) {
    let (key, row) = (new_key(), Row::new("x", NEVER));
    assert!(harness.engine.create(&key, &row).await.unwrap());
    harness.clock.pass(Duration::days(365 * 300));
    let loaded = harness.engine.load(&key).await.unwrap();
    assert_eq!(loaded.map(Row::into_payload), Some("x".to_owned()));
    let touched = Row::new("y", row.expires_at());
    let replaced = harness.engine.replace(&key, &row, &touched).await.unwrap();
    assert_eq!(replaced, Replaced::Done);
}

pub(super) async fn a_row_that_has_ended_before_it_is_made_never_loads(harness: Harness) {
    let (key, row) = (new_key(), harness.row("x", -Duration::SECOND));
    harness.engine.create(&key, &row).await.unwrap();
    assert_eq!(harness.engine.load(&key).await.unwrap(), None);
}

pub(super) async fn both_forms_of_keys_live_side_by_side(harness: Harness) {
    let key = SessionKey::generate();
    for hashed in [true, false] {
        let row = harness.row(if hashed { "hashed" } else { "plain" }, Duration::DAY);
        assert!(
            harness
                .engine
                .create(&key.stored(hashed), &row)
                .await
                .unwrap()
        );
    }
    for (hashed, payload) in [(true, "hashed"), (false, "plain")] {
        let row = harness.engine.load(&key.stored(hashed)).await.unwrap();
        assert_eq!(row.unwrap().payload(), payload);
    }
}

pub(super) async fn a_million_bytes_are_kept(harness: Harness) {
    let (key, small) = (new_key(), harness.row("small", Duration::DAY));
    let large = harness.row(&"abcdefghij".repeat(100_000), Duration::DAY);
    harness.engine.create(&key, &small).await.unwrap();
    let replaced = harness.engine.replace(&key, &small, &large).await.unwrap();
    assert_eq!(replaced, Replaced::Done);
    assert!(harness.engine.load(&key).await.unwrap() == Some(large.clone()));
    let changed = harness.engine.replace(&key, &small, &small).await.unwrap();
    assert!(changed == Replaced::Changed(large.clone()));
    let replaced = harness.engine.replace(&key, &large, &small).await.unwrap();
    assert_eq!(replaced, Replaced::Done);
    assert!(harness.engine.create(&new_key(), &large).await.unwrap());
}

pub(super) async fn bytes_that_are_no_row_read_as_none(harness: Harness) {
    for bytes in [&b""[..], b"\0\xff\xfe", b"no payload", &[0x80; 5000]] {
        let key = new_key();
        if !harness.fixture.corrupt(&key, bytes).await {
            continue;
        }
        // Text that is there may load: whether it is a session, its signature will say.
        let loaded = harness.engine.load(&key).await.unwrap();
        if let Some(row) = &loaded {
            assert_eq!(row.payload().as_bytes(), bytes);
        }
        let row = harness.row("x", Duration::DAY);
        let replaced = harness.engine.replace(&key, &row, &row).await.unwrap();
        assert_ne!(replaced, Replaced::Done);
        if let Some(inspect) = harness.inspect() {
            inspect.scan(Order::Own, None, 10).await.unwrap();
        }
        harness.engine.delete(&key).await.unwrap();
        assert_eq!(harness.engine.load(&key).await.unwrap(), None);
        assert!(harness.engine.create(&key, &row).await.unwrap());
        assert_eq!(harness.engine.load(&key).await.unwrap(), Some(row));
    }
}

pub(super) async fn a_damaged_row_harms_no_other(harness: Harness) {
    let row = harness.row("kept", Duration::DAY);
    let mut keys = Vec::new();
    let mut damaged = Vec::new();
    for number in 0..60 {
        let key = new_key();
        if number % 10 != 3 {
            assert!(harness.engine.create(&key, &row).await.unwrap());
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
    // One at a time, so that a page may hold nothing but a damaged row.
    let orders = match harness.inspect() {
        Some(inspect) => inspect.info().await.unwrap().orders,
        None => Vec::new(),
    };
    for order in orders {
        let (mut from, mut met) = (None, 0);
        for _ in 0..1000 {
            let page = harness
                .engine
                .inspected()
                .unwrap()
                .scan(order, from.as_ref(), 1)
                .await
                .unwrap();
            met += page.rows.len();
            from = page.next;
            if from.is_none() {
                break;
            }
        }
        assert_eq!(met, keys.len() - damaged.len(), "{order:?}");
    }
    for key in &damaged {
        let replaced = harness.engine.replace(key, &row, &row).await.unwrap();
        assert_eq!(replaced, Replaced::Gone);
        harness.engine.delete(key).await.unwrap();
        assert!(harness.engine.create(key, &row).await.unwrap());
    }
}

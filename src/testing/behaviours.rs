//! What an engine does for one caller at a time.

use futures_util::future::join_all;
use time::Duration;

use super::{Bench, new_key};
use crate::{
    engine::{Order, Replaced, Row},
    expiry::NEVER,
    key::SessionKey,
};

pub(super) async fn a_missing_row_is_none(bench: Bench) {
    assert_eq!(bench.engine.load(&new_key()).await.unwrap(), None);
}

pub(super) async fn a_created_row_loads_as_it_was(bench: Bench) {
    let (key, row) = (
        new_key(),
        bench.row("payload", Duration::milliseconds(86_400_001)),
    );
    assert!(bench.engine.create(&key, &row).await.unwrap());
    assert_eq!(bench.engine.load(&key).await.unwrap(), Some(row.clone()));
    // Again, in case the first time was another way.
    assert_eq!(bench.engine.load(&key).await.unwrap(), Some(row));
}

pub(super) async fn a_row_is_created_once(bench: Bench) {
    let (key, first) = (new_key(), bench.row("first", Duration::DAY));
    assert!(bench.engine.create(&key, &first).await.unwrap());
    let second = bench.row("second", Duration::DAY);
    assert!(!bench.engine.create(&key, &second).await.unwrap());
    assert_eq!(bench.engine.load(&key).await.unwrap(), Some(first));
}

pub(super) async fn a_key_is_free_again_after_a_delete(bench: Bench) {
    let (key, first) = (new_key(), bench.row("first", Duration::DAY));
    assert!(bench.engine.create(&key, &first).await.unwrap());
    bench.engine.delete(&key).await.unwrap();
    let second = bench.row("second", Duration::DAY);
    assert!(bench.engine.create(&key, &second).await.unwrap());
    assert_eq!(bench.engine.load(&key).await.unwrap(), Some(second));
}

pub(super) async fn a_row_is_replaced_only_as_it_was_seen(bench: Bench) {
    let engine = &bench.engine;
    let (key, one, two) = (
        new_key(),
        bench.row("one", Duration::DAY),
        bench.row("two", 2 * Duration::DAY),
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

pub(super) async fn a_touch_moves_only_the_end(bench: Bench) {
    let engine = &bench.engine;
    let (key, row) = (new_key(), bench.row("x", Duration::HOUR));
    engine.create(&key, &row).await.unwrap();
    engine.load(&key).await.unwrap();
    bench.clock.pass(Duration::MINUTE);
    let touched = bench.row("x", Duration::HOUR);
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
    let sooner = bench.row("x", Duration::MINUTE);
    assert_eq!(
        engine.replace(&key, &touched, &sooner).await.unwrap(),
        Replaced::Done
    );
    assert_eq!(engine.load(&key).await.unwrap(), Some(sooner));
}

pub(super) async fn capitals_and_spaces_make_another_payload(bench: Bench) {
    let (key, row) = (new_key(), bench.row("Payload", Duration::DAY));
    bench.engine.create(&key, &row).await.unwrap();
    for other in ["payload", "Payload ", " Payload", "PAYLOAD", "Payloa", ""] {
        let seen = bench.row(other, Duration::DAY);
        let new = bench.row("new", Duration::DAY);
        let replaced = bench.engine.replace(&key, &seen, &new).await.unwrap();
        assert_eq!(replaced, Replaced::Changed(row.clone()), "{other:?}");
    }
}

pub(super) async fn what_a_payload_holds_is_never_understood(bench: Bench) {
    for payload in [
        "'; DROP TABLE django_session; --",
        "\"quoted\" \\ %s %% $1 ? :name {} [] *",
        "1",
        "0:0",
        "lease:x",
        "END",
        "VALUE x 0 1",
    ] {
        let (key, row) = (new_key(), bench.row(payload, Duration::DAY));
        assert!(bench.engine.create(&key, &row).await.unwrap());
        assert_eq!(bench.engine.load(&key).await.unwrap(), Some(row.clone()));
        let longer = Row {
            payload: format!("{payload}{payload}"),
            ..row.clone()
        };
        let replaced = bench.engine.replace(&key, &row, &longer).await.unwrap();
        assert_eq!(replaced, Replaced::Done, "{payload}");
        assert_eq!(bench.engine.load(&key).await.unwrap(), Some(longer));
    }
}

pub(super) async fn a_deleted_row_is_gone(bench: Bench) {
    let (key, row) = (new_key(), bench.row("x", Duration::DAY));
    bench.engine.create(&key, &row).await.unwrap();
    assert!(bench.engine.load(&key).await.unwrap().is_some());
    bench.engine.delete(&key).await.unwrap();
    assert_eq!(bench.engine.load(&key).await.unwrap(), None);
    bench.engine.delete(&key).await.unwrap();
    bench.engine.delete(&new_key()).await.unwrap();
}

pub(super) async fn a_deleted_row_is_not_replaced(bench: Bench) {
    let (key, row) = (new_key(), bench.row("x", Duration::DAY));
    bench.engine.create(&key, &row).await.unwrap();
    bench.engine.delete(&key).await.unwrap();
    let replaced = bench.engine.replace(&key, &row, &row).await.unwrap();
    assert_eq!(replaced, Replaced::Gone);
    assert_eq!(bench.engine.load(&key).await.unwrap(), None);
}

pub(super) async fn a_row_loads_until_its_end_and_no_longer(bench: Bench) {
    let (key, row) = (new_key(), bench.row("x", Duration::seconds(1000)));
    bench.engine.create(&key, &row).await.unwrap();
    for step in [
        Duration::ZERO,
        Duration::seconds(999),
        Duration::milliseconds(999),
    ] {
        bench.clock.pass(step);
        assert_eq!(bench.engine.load(&key).await.unwrap(), Some(row.clone()));
    }
    bench.clock.pass(Duration::MILLISECOND);
    assert_eq!(bench.engine.load(&key).await.unwrap(), None);
}

pub(super) async fn an_ended_row_is_not_replaced(bench: Bench) {
    let (key, short) = (new_key(), bench.row("short", Duration::seconds(1000)));
    bench.engine.create(&key, &short).await.unwrap();
    bench.clock.pass(Duration::seconds(1000));
    let long = bench.row("long", Duration::DAY);
    let replaced = bench.engine.replace(&key, &short, &long).await.unwrap();
    assert_eq!(replaced, Replaced::Gone);
    assert_eq!(bench.engine.load(&key).await.unwrap(), None);
}

pub(super) async fn replacing_by_an_ended_row_ends_it(bench: Bench) {
    let (key, alive) = (new_key(), bench.row("x", Duration::DAY));
    for ended in [Duration::ZERO, -Duration::SECOND, -Duration::days(20_000)] {
        bench.engine.delete(&key).await.unwrap();
        assert!(bench.engine.create(&key, &alive).await.unwrap());
        let ended = bench.row("x", ended);
        let replaced = bench.engine.replace(&key, &alive, &ended).await.unwrap();
        assert_eq!(replaced, Replaced::Done);
        assert_eq!(bench.engine.load(&key).await.unwrap(), None);
        let back = bench.engine.replace(&key, &ended, &alive).await.unwrap();
        assert_eq!(back, Replaced::Gone);
    }
}

pub(super) async fn a_row_without_end_stays(bench: Bench) {
    let (key, mut row) = (new_key(), bench.row("x", Duration::ZERO));
    row.expires_at = NEVER;
    assert!(bench.engine.create(&key, &row).await.unwrap());
    bench.clock.pass(Duration::days(365 * 300));
    let loaded = bench.engine.load(&key).await.unwrap();
    assert_eq!(loaded.map(|row| row.payload), Some(row.payload.clone()));
    let touched = Row {
        payload: "y".into(),
        ..row.clone()
    };
    let replaced = bench.engine.replace(&key, &row, &touched).await.unwrap();
    assert_eq!(replaced, Replaced::Done);
}

pub(super) async fn a_row_that_has_ended_before_it_is_made_never_loads(bench: Bench) {
    let (key, row) = (new_key(), bench.row("x", -Duration::SECOND));
    bench.engine.create(&key, &row).await.unwrap();
    assert_eq!(bench.engine.load(&key).await.unwrap(), None);
}

pub(super) async fn both_forms_of_keys_live_side_by_side(bench: Bench) {
    let key = SessionKey::generate();
    for hashed in [true, false] {
        let row = bench.row(if hashed { "hashed" } else { "plain" }, Duration::DAY);
        assert!(
            bench
                .engine
                .create(&key.stored(hashed), &row)
                .await
                .unwrap()
        );
    }
    for (hashed, payload) in [(true, "hashed"), (false, "plain")] {
        let row = bench.engine.load(&key.stored(hashed)).await.unwrap();
        assert_eq!(row.unwrap().payload, payload);
    }
}

pub(super) async fn a_million_bytes_are_kept(bench: Bench) {
    let (key, small) = (new_key(), bench.row("small", Duration::DAY));
    let large = bench.row(&"abcdefghij".repeat(100_000), Duration::DAY);
    bench.engine.create(&key, &small).await.unwrap();
    let replaced = bench.engine.replace(&key, &small, &large).await.unwrap();
    assert_eq!(replaced, Replaced::Done);
    assert!(bench.engine.load(&key).await.unwrap() == Some(large.clone()));
    let changed = bench.engine.replace(&key, &small, &small).await.unwrap();
    assert!(changed == Replaced::Changed(large.clone()));
    let replaced = bench.engine.replace(&key, &large, &small).await.unwrap();
    assert_eq!(replaced, Replaced::Done);
    assert!(bench.engine.create(&new_key(), &large).await.unwrap());
}

pub(super) async fn bytes_that_are_no_row_read_as_none(bench: Bench) {
    for bytes in [&b""[..], b"\0\xff\xfe", b"no payload", &[0x80; 5000]] {
        let key = new_key();
        if !bench.subject.spoil(&key, bytes).await {
            continue;
        }
        // Text that is there may load: whether it is a session, its signature will say.
        let loaded = bench.engine.load(&key).await.unwrap();
        if let Some(row) = &loaded {
            assert_eq!(row.payload.as_bytes(), bytes);
        }
        let row = bench.row("x", Duration::DAY);
        let replaced = bench.engine.replace(&key, &row, &row).await.unwrap();
        assert_ne!(replaced, Replaced::Done);
        bench.engine.scan(Order::Own, None, 10).await.unwrap();
        bench.engine.delete(&key).await.unwrap();
        assert_eq!(bench.engine.load(&key).await.unwrap(), None);
        assert!(bench.engine.create(&key, &row).await.unwrap());
        assert_eq!(bench.engine.load(&key).await.unwrap(), Some(row));
    }
}

pub(super) async fn a_damaged_row_harms_no_other(bench: Bench) {
    let row = bench.row("kept", Duration::DAY);
    let mut keys = Vec::new();
    let mut damaged = Vec::new();
    for number in 0..60 {
        let key = new_key();
        if number % 10 != 3 {
            assert!(bench.engine.create(&key, &row).await.unwrap());
        } else if bench.subject.spoil(&key, b"\xff\xfe").await {
            damaged.push(key.clone());
        } else {
            continue;
        }
        keys.push(key);
    }
    for _ in 0..5 {
        let loads = keys.iter().map(|key| bench.engine.load(key));
        for (key, loaded) in keys.iter().zip(join_all(loads).await) {
            let kept = (!damaged.contains(key)).then(|| row.clone());
            assert_eq!(loaded.unwrap(), kept);
        }
    }
    // One at a time, so that a page may hold nothing but a damaged row.
    for order in bench.engine.info().await.unwrap().orders {
        let (mut from, mut met) = (None, 0);
        for _ in 0..1000 {
            let page = bench.engine.scan(order, from.as_ref(), 1).await.unwrap();
            met += page.rows.len();
            from = page.next;
            if from.is_none() {
                break;
            }
        }
        assert_eq!(met, keys.len() - damaged.len(), "{order:?}");
    }
    for key in &damaged {
        let replaced = bench.engine.replace(key, &row, &row).await.unwrap();
        assert_eq!(replaced, Replaced::Gone);
        bench.engine.delete(key).await.unwrap();
        assert!(bench.engine.create(key, &row).await.unwrap());
    }
}

mod harness;

use std::{sync::atomic::Ordering, time::Duration as Pause};

use huihua::{
    engine::{Count, Order, Row},
    expiry::{ExpiryPolicy, NEVER},
    key::SessionKey,
};
use serde_json::json;
use time::{Duration, OffsetDateTime};

use self::harness::{Harness, NOW};
use crate::*;

fn of(uname: &str) -> JobKind {
    JobKind::EndAllOf(uname.to_owned())
}

#[tokio::test]
async fn fifty_of_a_hundred_thousand_cost_fifty_rows() {
    let harness = Harness::new().await;
    harness.with_many(100_000, "ming").await;
    for order in [Order::Natural, Order::EndsFirst, Order::EndsLast] {
        let first = harness.admin.list(order, None, 50).await.unwrap();
        assert_eq!((first.sessions.len(), first.read, harness.read()), (50, 50, 50));
        let next = harness.admin.list(order, first.next.as_ref(), 50).await;
        let next = next.unwrap();
        assert_eq!((next.sessions.len(), harness.read()), (50, 50));
        assert!(
            first
                .sessions
                .iter()
                .all(|session| session.fingerprint != next.sessions[0].fingerprint)
        );
    }
    let statistics = harness.admin.statistics(2000).await.unwrap();
    assert_eq!((statistics.read, statistics.complete, harness.read()), (2000, false, 2000));
    let exact = Count { number: 100_000, exact: true };
    assert_eq!(statistics.live, Some(exact));
    assert_eq!((statistics.by_policy, statistics.later), ([2000, 0, 0, 0, 0, 0], 2000));
}

#[tokio::test]
async fn a_search_goes_on_where_it_stopped_and_misses_nobody() {
    let harness = Harness::new().await;
    harness.with_many(3000, "hong").await;
    let mut keys = Vec::new();
    for _ in 0..7 {
        keys.push(harness.with_name("ming").await.stored(true));
    }
    keys.sort();
    for (uname, all) in [("ming", 7), ("hong", 3000), ("min", 0), ("MING", 0)] {
        let filter = Filter::uname(uname);
        let (mut met, mut from) = (Vec::new(), None);
        loop {
            let page = harness.admin.search(&filter, from.as_ref(), 50, 500).await;
            let page = page.unwrap();
            assert!(page.sessions.len() <= 50 && page.read <= 500);
            met.extend(page.sessions.into_iter().map(|session| session.key));
            match page.next {
                Some(next) => from = Some(next),
                None => break,
            }
        }
        assert_eq!(met.len(), all, "{uname}");
        if uname == "ming" {
            assert_eq!(met, keys);
        }
    }
    harness.read();
    let filter = Filter {
        fingerprint: keys[0].fingerprint().to_string()[..11].to_ascii_uppercase(),
        ..Filter::default()
    };
    let page = harness.admin.search(&filter, None, 50, 10_000).await.unwrap();
    assert_eq!((page.sessions.len(), harness.read()), (1, 3007));
    assert_eq!(page.sessions[0].key, keys[0]);
    assert!(page.next.is_none());
}

#[tokio::test]
async fn a_session_is_opened_and_ended_under_either_form_of_its_key() {
    let harness = Harness::new().await;
    let key = harness.with_name("ming").await;
    let stored = key.stored(true);
    for text in [key.expose(), stored.as_str()] {
        assert!(stored_forms(text).unwrap().contains(&stored));
    }
    assert!(stored_forms("ming").is_none());
    let (session, opened) = harness.admin.open(&stored).await.unwrap().unwrap();
    assert_eq!(opened.unwrap().1["uname"], "ming");
    assert_eq!(session.policy, Some(ExpiryPolicy::Default));
    assert_eq!(session.changed, Some(NOW - Duration::MINUTE));

    let timeless = Ok(Row::new(harness.admin.signer.sign("{}", OffsetDateTime::UNIX_EPOCH), NOW));
    assert_eq!(harness.admin.summarize(&stored, &timeless).0.changed, None);

    assert!(harness.admin.end(&stored, "console").await.unwrap());
    assert!(!harness.admin.end(&stored, "console").await.unwrap());
    assert!(harness.admin.open(&stored).await.unwrap().is_none());
}

#[tokio::test]
async fn a_census_tells_how_and_when_sessions_end() {
    let harness = Harness::new().await;
    for (json, lasts) in [
        ("{}", Duration::hours(23)),
        (r#"{"_session_expiry":600}"#, Duration::minutes(10)),
        (r#"{"_session_expiry":0}"#, Duration::days(13)),
        (r#"{"_session_expiry":"2026-12-07T12:00:00"}"#, Duration::days(14)),
        (r#"{"_session_expiry":"9999-12-31T23:59:59+00:00"}"#, NEVER - NOW),
    ] {
        harness.with(harness.payload(json), NOW + lasts).await;
    }
    harness.with("e30:1:x".into(), NOW + Duration::DAY).await;
    harness.with(harness.payload("{}"), NOW - Duration::DAY).await;
    let statistics = harness.admin.statistics(100).await.unwrap();
    assert_eq!((statistics.read, statistics.complete), (6, true));
    assert_eq!(statistics.expired, Some(1));
    assert_eq!(statistics.by_policy, [1; POLICIES.len()]);
    assert_eq!(statistics.by_day, [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    assert_eq!(statistics.later, 2);
}

#[tokio::test]
async fn all_of_a_name_are_ended_and_nobody_else() {
    let harness = Harness::new().await;
    harness.with_many(2500, "小明").await;
    for uname in ["小明 ", "小", "小明明", "小红"] {
        harness.with_name(uname).await;
    }
    let clone = harness.admin.clone();
    clone.end_all_of("小明", "console");
    clone.end_all_of("小明", "console");
    drop(clone);
    let job = harness.ended(of("小明")).await;
    assert_eq!(job.state, JobState::Done);
    assert_eq!((job.removed, job.done, job.of), (2500, 2504, Some(2504)));
    assert_eq!(harness.names().await, ["小", "小明 ", "小明明", "小红"]);
    assert_eq!(harness.admin.jobs().len(), 1);
}

#[tokio::test]
async fn a_job_that_fails_says_why_and_how_far_it_came() {
    let harness = Harness::new().await;
    harness.with_many(10, "ming").await;
    harness.engine.deletes_left.store(3, Ordering::SeqCst);
    harness.admin.end_all_of("ming", "console");
    let job = harness.ended(of("ming")).await;
    assert_eq!(job.state, JobState::Failed("the disk is full".into()));
    assert_eq!(job.removed, 3);
    assert_eq!(harness.names().await.len(), 7);
}

#[tokio::test]
async fn expired_sessions_are_cleared_by_a_job() {
    let harness = Harness::new().await;
    for _ in 0..300 {
        let payload = harness.payload("{}");
        harness.with(payload, NOW - Duration::SECOND).await;
    }
    harness.with_name("ming").await;
    harness.admin.clear_expired("console");
    let job = harness.ended(JobKind::ClearExpired).await;
    assert_eq!((job.state, job.removed), (JobState::Done, 300));
    assert_eq!((job.done, job.of), (300, Some(300)));
    harness.admin.clear_regularly().await;
    let job = harness.ended(JobKind::ClearExpired).await;
    assert_eq!((job.removed, job.of), (0, None));
    assert_eq!(harness.names().await, ["ming"]);
}

#[tokio::test]
async fn the_health_of_a_store_is_told() {
    let harness = Harness::new().await;
    let StoreOverview { info, latency, metrics, .. } = harness.admin.overview(10).await;
    assert!(info.server.starts_with("SQLite 3"), "{}", info.server);
    assert!(latency.unwrap() < Pause::from_secs(2));
    assert!(metrics.pool.is_some() && metrics.cache.is_none());
}

#[tokio::test]
async fn what_loads_as_nothing_is_listed_counted_and_ended() {
    let harness = Harness::new().await;
    harness.with_name("ming").await;
    let whole = SessionKey::generate().stored(true);
    harness.insert(&whole, "x'ff00'", "'2999-01-01 00:00:00'").await;
    let endless = SessionKey::generate().stored(true);
    harness.insert(&endless, "'x'", "x'39ff'").await;
    let statistics = harness.admin.statistics(100).await.unwrap();
    assert_eq!(statistics.live, Some(Count { number: 3, exact: true }));
    assert_eq!((statistics.read, statistics.by_policy), (3, [1, 0, 0, 0, 0, 2]));
    assert_eq!((statistics.by_day[1], statistics.later), (1, 0));
    let filter = Filter { fingerprint: whole.fingerprint().to_string(), ..Filter::default() };
    let found = harness.admin.search(&filter, None, 50, 100).await.unwrap();
    let [found] = &found.sessions[..] else { panic!("{found:?}") };
    assert_eq!((&found.key, found.policy, found.end, found.bytes), (&whole, None, None, None));
    for key in [whole, endless] {
        assert!(harness.admin.open(&key).await.unwrap().is_none());
        assert!(harness.admin.end(&key, "console").await.unwrap());
        assert!(!harness.admin.end(&key, "console").await.unwrap());
    }
    assert_eq!(harness.names().await, ["ming"]);
}

#[tokio::test]
async fn why_a_session_cannot_be_read_is_told() {
    let harness = Harness::new().await;
    let large = json!({ "note": "x".repeat(2 << 20) }).to_string();
    for (payload, why) in [
        ("e30:1:x".to_owned(), Unreadable::Unsigned),
        ("nonsense".to_owned(), Unreadable::NoSession),
        (harness.payload("[]"), Unreadable::NoSession),
        (harness.payload(&large), Unreadable::TooLarge),
    ] {
        let key = harness.with(payload, NOW + Duration::DAY).await.stored(true);
        let (session, contents) = harness.admin.open(&key).await.unwrap().unwrap();
        assert_eq!((contents.unwrap_err(), session.policy), (why, None));
    }
}

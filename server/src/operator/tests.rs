mod bench;

use std::{sync::atomic::Ordering, time::Duration as Pause};

use app::console::{ByPolicy, JobKind, JobState};
use huihua::{
    engine::Count,
    expiry::{ExpiryPolicy, NEVER},
};
use time::Duration;

use self::bench::{Bench, NOW};
use super::*;

fn of(uname: &str) -> JobKind {
    JobKind::EndAllOf(uname.to_owned())
}

#[tokio::test]
async fn fifty_of_a_hundred_thousand_cost_fifty_rows() {
    let bench = Bench::new().await;
    bench.with_many(100_000, "ming").await;
    for order in [Order::Own, Order::EndsFirst, Order::EndsLast] {
        let first = bench.operator.list(order, None, 50).await.unwrap();
        assert_eq!((first.found.len(), first.read, bench.read()), (50, 50, 50));
        let next = bench.operator.list(order, first.next.as_ref(), 50).await;
        let next = next.unwrap();
        assert_eq!((next.found.len(), bench.read()), (50, 50));
        assert!(
            first
                .found
                .iter()
                .all(|found| found.name != next.found[0].name)
        );
    }
    let census = bench.operator.census(2000).await.unwrap();
    assert_eq!(
        (census.read, census.complete, bench.read()),
        (2000, false, 2000)
    );
    let exact = Count {
        number: 100_000,
        exact: true,
    };
    assert_eq!(census.live, Some(exact));
    assert_eq!((census.by_policy.default, census.later), (2000, 2000));
}

#[tokio::test]
async fn a_search_goes_on_where_it_stopped_and_misses_nobody() {
    let bench = Bench::new().await;
    bench.with_many(3000, "hong").await;
    let mut keys = Vec::new();
    for _ in 0..7 {
        keys.push(bench.with_name("ming").await.stored(true));
    }
    keys.sort();
    for (uname, all) in [("ming", 7), ("hong", 3000), ("min", 0), ("MING", 0)] {
        let wanted = Wanted::Uname(uname.into());
        let (mut met, mut from) = (Vec::new(), None);
        loop {
            let page = bench.operator.search(&wanted, from.as_ref(), 50, 500).await;
            let page = page.unwrap();
            assert!(page.found.len() <= 50 && page.read <= 500);
            met.extend(page.found.into_iter().map(|found| found.key));
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
    bench.read();
    let wanted = Wanted::Name(keys[0].fingerprint().to_string()[..11].to_ascii_uppercase());
    let page = bench
        .operator
        .search(&wanted, None, 50, 10_000)
        .await
        .unwrap();
    assert_eq!((page.found.len(), bench.read()), (1, 3007));
    assert_eq!(page.found[0].key, keys[0]);
    assert!(page.next.is_none());
}

#[tokio::test]
async fn a_session_is_opened_and_ended_under_either_form_of_its_key() {
    let bench = Bench::new().await;
    let key = bench.with_name("ming").await;
    let stored = key.stored(true);
    for text in [key.expose(), stored.as_str()] {
        assert!(both_forms(text).unwrap().contains(&stored));
    }
    assert!(both_forms("ming").is_none());
    let (found, values) = bench.operator.open(&stored).await.unwrap().unwrap();
    assert_eq!(values.unwrap()["uname"], "ming");
    assert_eq!(found.policy, Some(ExpiryPolicy::Default));
    assert_eq!(found.changed, Some(NOW - Duration::MINUTE));

    let timeless = Row {
        payload: bench.operator.signer.sign("{}", OffsetDateTime::UNIX_EPOCH),
        expires_at: NOW,
    };
    assert_eq!(bench.operator.found(&stored, &timeless).0.changed, None);

    assert!(bench.operator.end(&stored, "console").await.unwrap());
    assert!(!bench.operator.end(&stored, "console").await.unwrap());
    assert!(bench.operator.open(&stored).await.unwrap().is_none());
}

#[tokio::test]
async fn a_census_tells_how_and_when_sessions_end() {
    let bench = Bench::new().await;
    for (json, lasts) in [
        ("{}", Duration::hours(23)),
        (r#"{"_session_expiry":600}"#, Duration::minutes(10)),
        (r#"{"_session_expiry":0}"#, Duration::days(13)),
        (
            r#"{"_session_expiry":"2026-12-07T12:00:00"}"#,
            Duration::days(14),
        ),
        (
            r#"{"_session_expiry":"9999-12-31T23:59:59+00:00"}"#,
            NEVER - NOW,
        ),
    ] {
        bench.with(bench.payload(json), NOW + lasts).await;
    }
    bench.with("e30:1:x".into(), NOW + Duration::DAY).await;
    bench.with(bench.payload("{}"), NOW - Duration::DAY).await;
    let census = bench.operator.census(100).await.unwrap();
    assert_eq!((census.read, census.complete), (6, true));
    assert_eq!(census.expired, Some(1));
    assert_eq!(
        census.by_policy,
        ByPolicy {
            default: 1,
            idle: 1,
            until: 1,
            close: 1,
            never: 1,
            unreadable: 1,
        }
    );
    assert_eq!(census.by_day, [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    assert_eq!(census.later, 2);
}

#[tokio::test]
async fn all_of_a_name_are_ended_and_nobody_else() {
    let bench = Bench::new().await;
    bench.with_many(2500, "小明").await;
    for uname in ["小明 ", "小", "小明明", "小红"] {
        bench.with_name(uname).await;
    }
    let clone = bench.operator.clone();
    clone.end_all_of("小明", "console");
    clone.end_all_of("小明", "console");
    drop(clone);
    let job = bench.ended(of("小明")).await;
    assert_eq!(job.state, JobState::Done);
    assert_eq!((job.removed, job.done, job.of), (2500, 2504, Some(2504)));
    assert_eq!(bench.names().await, ["小", "小明 ", "小明明", "小红"]);
    assert_eq!(bench.operator.jobs().len(), 1);
}

#[tokio::test]
async fn a_job_that_fails_says_why_and_how_far_it_came() {
    let bench = Bench::new().await;
    bench.with_many(10, "ming").await;
    bench.engine.deletes_left.store(3, Ordering::SeqCst);
    bench.operator.end_all_of("ming", "console");
    let job = bench.ended(of("ming")).await;
    assert_eq!(job.state, JobState::Failed("the disk is full".into()));
    assert_eq!(job.removed, 3);
    assert_eq!(bench.names().await.len(), 7);
}

#[tokio::test]
async fn expired_sessions_are_cleared_by_a_job() {
    let bench = Bench::new().await;
    for _ in 0..300 {
        let payload = bench.payload("{}");
        bench.with(payload, NOW - Duration::SECOND).await;
    }
    bench.with_name("ming").await;
    bench.operator.clear_expired("console");
    let job = bench.ended(JobKind::ClearExpired).await;
    assert_eq!((job.state, job.removed), (JobState::Done, 300));
    assert_eq!((job.done, job.of), (300, Some(300)));
    bench.operator.clear_in_turn().await;
    let job = bench.ended(JobKind::ClearExpired).await;
    assert_eq!((job.removed, job.of), (0, None));
    assert_eq!(bench.names().await, ["ming"]);
}

#[tokio::test]
async fn the_health_of_a_store_is_told() {
    let bench = Bench::new().await;
    let (_, health) = bench.operator.look(10).await;
    assert!(health.server.starts_with("SQLite 3"), "{}", health.server);
    assert!(health.latency.unwrap() < Pause::from_secs(2));
    assert!(health.pool.is_some() && health.cache.is_none());
}

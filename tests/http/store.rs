//! The contract of an engine, kept by the `db` engine on SQLite.

use huihua::{
    Db, Engine,
    engine::{Replaced, Row},
    key::{SessionKey, StoredKey},
};
use time::Duration;

use crate::site::{START, Site};

fn row(payload: &str, lasts: Duration) -> Row {
    Row {
        payload: payload.into(),
        expires_at: START + lasts,
    }
}

fn key() -> StoredKey {
    SessionKey::generate().stored(true)
}

#[tokio::test]
async fn a_row_is_created_once() {
    let site = Site::new().await;
    let (key, first, second) = (
        key(),
        row("first", Duration::DAY),
        row("second", Duration::DAY),
    );
    assert_eq!(site.db.load(&key).await.unwrap(), None);
    assert!(site.db.create(&key, &first).await.unwrap());
    assert!(!site.db.create(&key, &second).await.unwrap());
    assert_eq!(site.db.load(&key).await.unwrap(), Some(first));
}

#[tokio::test]
async fn a_row_is_replaced_only_as_it_was_seen() {
    let site = Site::new().await;
    let (key, one, two) = (key(), row("one", Duration::DAY), row("two", Duration::DAY));
    assert_eq!(
        site.db.replace(&key, &one, &two).await.unwrap(),
        Replaced::Gone
    );
    site.db.create(&key, &one).await.unwrap();
    assert_eq!(
        site.db.replace(&key, &one, &two).await.unwrap(),
        Replaced::Done
    );
    let again = site.db.replace(&key, &one, &one).await.unwrap();
    assert_eq!(again, Replaced::Changed(two.clone()));
    site.db.delete(&key).await.unwrap();
    assert_eq!(
        site.db.replace(&key, &two, &one).await.unwrap(),
        Replaced::Gone
    );
    assert_eq!(site.db.load(&key).await.unwrap(), None);
}

#[tokio::test]
async fn a_row_past_its_end_neither_loads_nor_comes_back() {
    let site = Site::new().await;
    let (key, short, long) = (
        key(),
        row("short", Duration::SECOND),
        row("long", Duration::DAY),
    );
    site.db.create(&key, &short).await.unwrap();
    site.pass(Duration::SECOND);
    assert_eq!(site.db.load(&key).await.unwrap(), None);
    assert_eq!(
        site.db.replace(&key, &short, &long).await.unwrap(),
        Replaced::Gone
    );
    assert_eq!(site.db.load(&key).await.unwrap(), None);
}

#[tokio::test]
async fn replacing_by_a_row_that_has_ended_ends_the_session() {
    let site = Site::new().await;
    let (key, alive, ended) = (key(), row("x", Duration::DAY), row("x", -Duration::DAY));
    site.db.create(&key, &alive).await.unwrap();
    assert_eq!(
        site.db.replace(&key, &alive, &ended).await.unwrap(),
        Replaced::Done
    );
    assert_eq!(
        site.db.replace(&key, &ended, &alive).await.unwrap(),
        Replaced::Gone
    );
}

#[tokio::test]
async fn scanning_goes_through_the_live_rows_in_order() {
    let site = Site::new().await;
    let mut keys: Vec<_> = (0..5).map(|_| key()).collect();
    keys.sort();
    for (number, key) in keys.iter().enumerate() {
        let lasts = if number == 2 {
            Duration::ZERO
        } else {
            Duration::DAY
        };
        site.db.create(key, &row("x", lasts)).await.unwrap();
    }
    keys.remove(2);
    let mut seen = Vec::new();
    loop {
        let page = site.db.scan(seen.last(), 3).await.unwrap();
        if page.is_empty() {
            break;
        }
        seen.extend(page.into_iter().map(|(key, _)| key));
    }
    assert_eq!(seen, keys);
}

#[tokio::test]
async fn keys_are_values_and_never_sql() {
    let site = Site::new().await;
    let (first, second) = (key(), key());
    site.db
        .create(&first, &row("x', 0) --", Duration::DAY))
        .await
        .unwrap();
    site.db
        .create(&second, &row("'; DROP TABLE django_session", Duration::DAY))
        .await
        .unwrap();
    assert_eq!(site.rows().await, 2);
}

#[tokio::test]
async fn a_database_in_memory_is_one_database() {
    let db = Db::connect("sqlite::memory:").await.unwrap();
    db.migrate().await.unwrap();
    let key = key();
    db.create(&key, &row("x", Duration::days(36_500)))
        .await
        .unwrap();
    for _ in 0..20 {
        let db = db.clone();
        let key = key.clone();
        let loaded = tokio::spawn(async move { db.load(&key).await.unwrap() });
        assert!(loaded.await.unwrap().is_some());
    }
}

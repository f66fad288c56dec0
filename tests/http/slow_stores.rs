//! Stores that take their time, at a moment that the test chooses, and count what they are asked.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use axum::http::StatusCode;
use huihua::{
    Db, Engine, SecretKeys, SessionLayer,
    engine::{Replaced, Result, Row},
    key::StoredKey,
    testing::wait_longer,
};
use tokio::{
    sync::Notify,
    time::{Instant, pause, sleep},
};

use crate::{
    routes::routes,
    site::{Browser, Site},
};

/// A database, and what is done to the answers of its methods.
#[derive(Debug, Clone)]
struct Slow {
    db: Db,
    does: Arc<Does>,
}

#[derive(Debug, Default)]
struct Does {
    /// Nothing is answered any more, and loading takes a second and a half.
    hangs: AtomicBool,
    /// What is loaded then, so that no database is asked while the clock stands still.
    loads: std::sync::Mutex<Option<Row>>,
    /// The next swap is done, but answered late.
    holds: AtomicBool,
    held: Notify,
    swaps: AtomicUsize,
    goes_on: Notify,
}

impl Slow {
    fn hangs(&self) -> bool {
        self.does.hangs.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Engine for Slow {
    async fn load(&self, key: &StoredKey) -> Result<Option<Row>> {
        if !self.hangs() {
            return self.db.load(key).await;
        }
        sleep(Duration::from_millis(1500)).await;
        Ok(self.does.loads.lock().unwrap().clone())
    }

    async fn create(&self, key: &StoredKey, row: &Row) -> Result<bool> {
        if self.hangs() { pending().await } else { self.db.create(key, row).await }
    }

    async fn replace(&self, key: &StoredKey, seen: &Row, row: &Row) -> Result<Replaced> {
        if self.hangs() {
            return pending().await;
        }
        self.does.swaps.fetch_add(1, Ordering::SeqCst);
        let done = self.db.replace(key, seen, row).await;
        if self.does.holds.swap(false, Ordering::SeqCst) {
            self.does.held.notify_one();
            self.does.goes_on.notified().await;
        }
        done
    }

    async fn delete(&self, key: &StoredKey) -> Result<bool> {
        if self.hangs() { pending().await } else { self.db.delete(key).await }
    }
}

/// With the time-out that it has by default.
fn layer(site: &Site, engine: &Slow) -> SessionLayer {
    wait_longer(1);
    let secret = SecretKeys::allow_short("test").unwrap();
    let layer = SessionLayer::new(engine.clone(), &secret).with_secure(false);
    layer.with_clock(site.clock.clone())
}

async fn slow() -> (Site, Slow, Browser) {
    let site = Site::new().await;
    let engine = Slow { db: site.db.clone(), does: Arc::default() };
    let browser = Browser::new(&routes().layer(layer(&site, &engine)));
    (site, engine, browser)
}

/// Answers that are on their way when a login replaces the key tell the browser nothing of the
/// old one.
#[tokio::test]
async fn promise_6_a_change_that_is_answered_after_a_login_keeps_the_logins_cookie() {
    let (_site, engine, browser) = slow().await;
    browser.get("/login/ming").await;
    engine.does.holds.store(true, Ordering::SeqCst);
    let other_tab = browser.clone();
    let change = tokio::spawn(async move { other_tab.get("/set/a/b").await });
    engine.does.held.notified().await;
    browser.get("/login/hong").await;
    engine.does.goes_on.notify_one();
    assert_eq!(change.await.unwrap().set_cookie(), None);
    assert_eq!(browser.get("/").await.text, "hong");
}

/// Each loses at most to those who come first, to the one before it in the queue, and once while it
/// stands there; without a queue it would lose to everybody.
#[tokio::test]
async fn promise_2_many_changes_at_once_cost_the_store_a_few_swaps_each() {
    let (site, engine, browser) = slow().await;
    let patient = Browser::new(&routes().layer(site.layer_on(engine.clone())));
    browser.get("/login/ming").await;
    let browser = patient.with_key(&browser.key().unwrap());
    let changes: Vec<_> = (0..40)
        .map(|number| {
            let tab = browser.clone();
            tokio::spawn(async move { tab.get(&format!("/set/k{number}/v")).await.status })
        })
        .collect();
    for change in changes {
        assert_eq!(change.await.unwrap(), StatusCode::OK);
    }
    let swaps = engine.does.swaps.load(Ordering::SeqCst);
    assert!(swaps <= 160, "{swaps} for 40 changes");
}

#[tokio::test]
async fn promise_7_nobody_waits_longer_than_two_seconds_for_a_store() {
    let (site, engine, browser) = slow().await;
    browser.get("/login/ming").await;
    let key = browser.key();
    let row = site.db.load(&browser.stored_key()).await.unwrap();
    *engine.does.loads.lock().unwrap() = row;
    engine.does.hangs.store(true, Ordering::SeqCst);
    // From here on only what waits for time moves the clock.
    pause();
    for path in ["/set/a/b", "/login/ming", "/login/hong", "/logout"] {
        let start = Instant::now();
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!(page.set_cookie(), None, "{path}");
        assert!(start.elapsed() <= Duration::from_secs(2), "{path}");
    }
    assert_eq!(browser.key(), key);
    // Nobody's request waits for nothing.
    let start = Instant::now();
    let nobody = Browser::new(&routes().layer(layer(&site, &engine)));
    assert_eq!(nobody.get("/").await.text, "nobody");
    assert_eq!(start.elapsed(), Duration::ZERO);
}

//! A new key that is taken already: forced, because chance would need longer than the universe.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use axum::{body::Body, http::StatusCode, response::Response, routing::get};
use futures_util::stream;
use huihua::{
    Db, Engine, Session,
    engine::{Inspect, Order, Replaced, Result, Row},
    key::{SessionKey, StoredKey},
};

use crate::{
    routes::routes,
    site::{Browser, Site},
};

/// Somebody who always is a moment earlier: of the next keys, so many are taken before they are
/// created. The store underneath is real, and it is the one that says so.
#[derive(Debug, Clone)]
struct Earlier {
    db: Db,
    times: Arc<AtomicUsize>,
}

const THEIRS: &str = "somebody else's";

#[async_trait]
impl Engine for Earlier {
    async fn create(&self, key: &StoredKey, row: &Row) -> Result<bool> {
        let earlier = |times: usize| times.checked_sub(1);
        let order = Ordering::SeqCst;
        if self.times.fetch_update(order, order, earlier).is_ok() {
            let theirs = Row::new(THEIRS, row.expires_at());
            assert!(self.db.create(key, &theirs).await?);
        }
        self.db.create(key, row).await
    }

    async fn load(&self, key: &StoredKey) -> Result<Option<Row>> {
        self.db.load(key).await
    }

    async fn replace(&self, key: &StoredKey, seen: &Row, row: &Row) -> Result<Replaced> {
        self.db.replace(key, seen, row).await
    }

    async fn delete(&self, key: &StoredKey) -> Result<bool> {
        self.db.delete(key).await
    }
}

async fn crowded() -> (Site, Earlier, Browser) {
    let site = Site::new().await;
    let engine = Earlier { db: site.db.clone(), times: Arc::default() };
    let browser = Browser::new(&routes().layer(site.layer_on(engine.clone())));
    (site, engine, browser)
}

async fn theirs(site: &Site) -> usize {
    let rows = site.db.scan(Order::Natural, None, 100).await.unwrap().rows;
    rows.iter().filter(|(_, row)| row.as_ref().unwrap().payload() == THEIRS).count()
}

#[tokio::test]
async fn a_key_that_is_taken_at_the_beginning_leads_to_another() {
    let (site, engine, browser) = crowded().await;
    engine.times.store(3, Ordering::SeqCst);
    browser.get("/login/ming").await;
    assert_eq!(browser.get("/").await.text, "ming");
    assert_eq!((theirs(&site).await, site.rows().await), (3, 4));
}

#[tokio::test]
async fn a_key_that_is_taken_at_a_change_of_keys_leads_to_another() {
    let (site, engine, browser) = crowded().await;
    browser.get("/set/cart/1").await;
    let before = browser.key();
    engine.times.store(3, Ordering::SeqCst);
    for path in ["/cycle", "/login/ming"] {
        browser.get(path).await;
    }
    assert_ne!(browser.key(), before);
    assert_eq!(browser.get("/items").await.text, r#"{"cart":"1","uname":"ming"}"#);
    assert_eq!((theirs(&site).await, site.rows().await), (3, 4));
}

#[tokio::test]
async fn a_store_in_which_every_key_is_taken_is_broken_and_nobody_waits_for_ever() {
    let (_site, engine, browser) = crowded().await;
    engine.times.store(usize::MAX, Ordering::SeqCst);
    let page = browser.get("/login/ming").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(page.set_cookie(), None);
}

/// After the head, the session goes by the key that was stored, whatever it was given first.
#[tokio::test]
async fn promise_14_a_stream_goes_on_under_the_key_that_was_not_taken() {
    async fn page(stock: huihua::tower_sessions::Session, session: Session) -> Response {
        match session.id() {
            Some(_) => session.cycle_id().await.unwrap(),
            None => session.insert("uname", "ming").await.unwrap(),
        }
        let later = stream::once(async move {
            let fingerprint = session.fingerprint().unwrap();
            let lives = session.reload().await.unwrap();
            session.insert("late", 1).await.unwrap();
            let saved = session.save().await.is_ok();
            let is_same = stock.id() == session.id();
            Ok::<_, std::io::Error>(format!("{lives} {saved} {is_same} {fingerprint}"))
        });
        Response::new(Body::from_stream(later))
    }
    let (site, engine, _) = crowded().await;
    let routes = routes().route("/streamed", get(page));
    let browser = Browser::new(&routes.layer(site.layer_on(engine.clone())));
    for _ in ["begun", "renewed"] {
        engine.times.store(2, Ordering::SeqCst);
        let said = browser.get("/streamed").await.text;
        let key = SessionKey::parse(browser.key().unwrap().as_bytes()).unwrap();
        let fingerprint = key.stored(true).fingerprint();
        assert_eq!(said, format!("true true true {fingerprint}"));
        let items = browser.get("/items").await.text;
        assert_eq!(items, r#"{"late":1,"uname":"ming"}"#);
    }
    assert_eq!((theirs(&site).await, site.rows().await), (4, 5));
}

//! Once begun, a commit runs to its end; what is optional harms nobody; what can't be kept is said.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use axum::{
    http::{HeaderValue, StatusCode, header},
    routing::get,
};
use huihua::{
    Db, Engine, SecretKeys, Session, SessionLayer,
    engine::{Error, Replaced, Result, Row},
    key::StoredKey,
    signing::{SERVER_SIDE_SALT, Signer},
};
use time::Duration;
use tokio::sync::{Notify, Semaphore};

use crate::{
    routes::{app, routes},
    site::{Browser, Site},
};

#[derive(Debug, Clone, Copy)]
struct Lost {
    done: bool,
    silent: bool,
}

/// A database whose writes wait until they are let through, or fail.
#[derive(Debug, Clone)]
struct Gated {
    db: Db,
    gate: Arc<Semaphore>,
    /// Told when a write has to wait.
    held: Arc<Notify>,
    fails: Arc<AtomicBool>,
    /// The answers to changes are lost; whether they are done, and whether anything is answered then.
    lost: Arc<Mutex<Option<Lost>>>,
    is_silent: Arc<AtomicBool>,
}

impl Gated {
    fn new(site: &Site) -> Self {
        Self {
            db: site.db.clone(),
            gate: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
            held: Arc::default(),
            fails: Arc::default(),
            lost: Arc::default(),
            is_silent: Arc::default(),
        }
    }

    fn shut(&self) {
        self.gate.forget_permits(Semaphore::MAX_PERMITS);
    }

    async fn pass(&self) -> Result<()> {
        if self.fails.load(Ordering::SeqCst) || self.is_silent.load(Ordering::SeqCst) {
            return Err(Error::new("the disk is full"));
        }
        match self.gate.try_acquire() {
            Ok(permit) => permit.forget(),
            Err(_) => {
                self.held.notify_one();
                self.gate.acquire().await.unwrap().forget();
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Engine for Gated {
    async fn load(&self, key: &StoredKey) -> Result<Option<Row>> {
        if self.is_silent.load(Ordering::SeqCst) {
            return Err(Error::new("no answer"));
        }
        self.db.load(key).await
    }

    async fn create(&self, key: &StoredKey, row: &Row) -> Result<bool> {
        self.pass().await?;
        self.db.create(key, row).await
    }

    async fn replace(&self, key: &StoredKey, seen: &Row, row: &Row) -> Result<Replaced> {
        self.pass().await?;
        let lost = *self.lost.lock().unwrap();
        let replaced = match lost {
            Some(Lost { done: false, .. }) => Ok(Replaced::Gone),
            _ => self.db.replace(key, seen, row).await,
        };
        match lost {
            Some(Lost { silent, .. }) => {
                self.is_silent.store(silent, Ordering::SeqCst);
                Err(Error::new("the answer was lost"))
            }
            None => replaced,
        }
    }

    async fn delete(&self, key: &StoredKey) -> Result<bool> {
        self.pass().await?;
        self.db.delete(key).await
    }
}

/// Nobody says whether the old row is ended.
#[tokio::test]
async fn promise_5_who_gets_no_answer_to_a_login_has_a_key_that_works() {
    for path in ["/login/ming", "/login/hong", "/cycle"] {
        for (done, silent) in [(true, false), (true, true), (false, false), (false, true)] {
            let what = format!("{path}, done: {done}, silent: {silent}");
            let site = Site::new().await;
            let engine = Gated::new(&site);
            let app = routes().layer(site.layer_on(engine.clone()));
            let browser = Browser::new(&app);
            browser.get("/login/ming").await;
            let old = browser.key().unwrap();
            *engine.lost.lock().unwrap() = Some(Lost { done, silent });
            let page = browser.get(path).await;
            *engine.lost.lock().unwrap() = None;
            engine.is_silent.store(false, Ordering::SeqCst);

            let is_login = path != "/cycle";
            let renewed = match (done, silent) {
                (true, false) => true,
                (false, false) => false,
                (_, true) => is_login,
            };
            let is_done = done && !silent;
            assert_eq!(page.status, if is_done { 200 } else { 503 }, "{what}");
            assert_eq!(browser.key().unwrap() != old, renewed, "{what}");
            // Who only asked for a new key may have logged out meanwhile, for all that is known.
            if is_login || !(done && silent) {
                let is_hong = renewed && path == "/login/hong";
                let name = if is_hong { "hong" } else { "ming" };
                assert_eq!(browser.get("/").await.text, name, "{what}");
            }
            let thief = Browser::new(&app).with_key(&old);
            while renewed && thief.get("/").await.text != "nobody" {}
        }
    }
}

/// The client goes away at each of the points where a commit waits for the store.
#[tokio::test]
async fn promise_12_a_commit_runs_to_its_end_whoever_listens() {
    for path in ["/set/a/b", "/login/ming", "/login/hong", "/cycle", "/logout"] {
        for writes_before in 0..3 {
            let site = Site::new().await;
            let engine = Gated::new(&site);
            let layer = site.layer_on(engine.clone());
            let app = routes().layer(layer.clone());
            let browser = Browser::new(&app);
            browser.get("/login/ming").await;
            let before = browser.stored_key();
            let row = site.db.load(&before).await.unwrap().unwrap();

            engine.shut();
            engine.gate.add_permits(writes_before);
            let gone = browser.clone();
            let mut request = Box::pin(async move { gone.get(path).await });
            let is_done = tokio::select! {
                _ = &mut request => true,
                () = engine.held.notified() => false,
            };
            drop(request);
            if is_done {
                continue;
            }
            engine.gate.add_permits(100);
            layer.wait_for_commits().await;
            // What was begun has ended, and nothing is left of what replaced it.
            let now = site.db.load(&before).await.unwrap();
            let rows = site.rows().await;
            let is_whole = match path {
                "/set/a/b" => now.is_some_and(|now| now.payload() != row.payload()),
                "/logout" => now.is_none() && rows == 0,
                _ => now.is_none() && rows == 1,
            };
            assert!(is_whole, "{path} after {writes_before} writes");
        }
    }
}

/// Its cookie is renewed as before.
#[tokio::test]
async fn promise_12_a_login_that_failed_leaves_the_session_as_it_was() {
    let site = Site::new().await;
    let engine = Gated::new(&site);
    let browser = Browser::new(&routes().layer(site.layer_on(engine.clone())));
    browser.get("/login/ming").await;
    for path in ["/login/hong", "/logout", "/cycle"] {
        engine.fails.store(true, Ordering::SeqCst);
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        engine.fails.store(false, Ordering::SeqCst);
        let page = browser.get("/set/a/b").await;
        assert!(page.set_cookie().is_some(), "{path}");
        browser.get("/remove/a").await;
    }
}

#[tokio::test]
async fn promise_3_a_touch_that_fails_harms_nobody() {
    let site = Site::new().await;
    let engine = Gated::new(&site);
    for always in [false, true] {
        let layer = site.layer_on(engine.clone()).with_always_save(always);
        let browser = Browser::new(&routes().layer(layer));
        browser.get("/login/ming").await;
        if !always {
            browser.get("/expiry/idle-1000").await;
        }
        site.pass(Duration::seconds(100));
        engine.fails.store(true, Ordering::SeqCst);
        let page = browser.get("/").await;
        assert_eq!((page.status, &*page.text), (StatusCode::OK, "ming"));
        assert_eq!(page.set_cookie(), None);
        engine.fails.store(false, Ordering::SeqCst);
        assert!(browser.get("/").await.set_cookie().is_some());
    }
}

#[tokio::test]
async fn promise_7_an_answer_after_the_handler_ran_says_so() {
    let site = Site::new().await;
    let engine = Gated::new(&site);
    let browser = Browser::new(&routes().layer(site.layer_on(engine.clone())));
    browser.get("/login/ming").await;
    engine.fails.store(true, Ordering::SeqCst);
    for path in ["/set/a/b", "/login/hong", "/logout"] {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!(page.set_cookie(), None, "{path}");
        assert!(!page.headers.contains_key(header::RETRY_AFTER));
        assert!(!page.text.contains("Nothing is lost"), "{}", page.text);
        assert!(page.text.contains("look before you do it again"));
    }
}

/// What a fallback key verified is signed anew by the next write or touch, and then needs it no more.
#[tokio::test]
async fn promise_9_a_fallback_key_is_needed_until_the_next_write_or_touch() {
    let keys = |key: &str| SecretKeys::allow_short(key).unwrap();
    for (path, always, expiry) in [
        ("/", false, "idle-1000"),
        ("/", false, "never"),
        ("/", true, "default"),
        ("/set/a/b", false, "default"),
        ("/cycle", false, "close"),
    ] {
        let site = Site::new().await;
        let browser = Browser::new(&app(&site));
        browser.get("/login/ming").await;
        browser.get(&format!("/expiry/{expiry}")).await;
        site.pass(Duration::seconds(100));
        let rotated = keys("new").with_fallbacks(["test"]).unwrap();
        let layer = SessionLayer::new(site.db.clone(), &rotated)
            .with_secure(false)
            .with_always_save(always)
            .with_clock(site.clock.clone());
        let browser = browser.on(&routes().layer(layer));
        assert_eq!(browser.get(path).await.status, StatusCode::OK);
        let row = site.db.load(&browser.stored_key()).await.unwrap().unwrap();
        let signed_anew = Signer::new(&keys("new"), SERVER_SIDE_SALT).verify(row.payload());
        assert!(signed_anew.is_ok(), "{path} {expiry}");
        // And only once.
        browser.get("/").await;
        let now = site.db.load(&browser.stored_key()).await.unwrap().unwrap();
        assert!(always || now.payload() == row.payload(), "{path} {expiry}");
    }
}

/// Before, such a cookie was left out of a 200, and the row was made all the same.
#[test]
fn promise_14_a_cookie_that_is_no_header_is_refused_when_the_layer_is_made() {
    let site = tokio::runtime::Runtime::new().unwrap().block_on(Site::new());
    let made = |change: fn(SessionLayer) -> SessionLayer| {
        let layer = change(site.layer());
        let made = catch_unwind(AssertUnwindSafe(|| drop(routes().layer(layer))));
        made.map_err(|why| *why.downcast::<String>().unwrap())
    };
    assert_eq!(made(|layer| layer), Ok(()));
    assert_eq!(made(|layer| layer.with_secure(true)), Ok(()));
    assert_eq!(made(|layer| layer.with_domain("a.example")), Ok(()));
    for (change, part) in [
        ((|layer| layer.with_domain("a\nb")) as fn(SessionLayer) -> SessionLayer, "domain"),
        (|layer| layer.with_domain("a;b"), "domain"),
        (|layer| layer.with_domain(""), "domain"),
        (|layer| layer.with_domain("None"), "domain"),
        (|layer| layer.with_path("/\u{1}"), "path"),
        (|layer| layer.with_path("app"), "path"),
        (|layer| layer.with_path("/会话"), "path"),
        (|layer| layer.with_name("a b"), "name"),
        (|layer| layer.with_name(""), "name"),
        (|layer| layer.with_name("n".repeat(4000)), "name"),
        (|layer| layer.with_name("__Host-id"), "name"),
        (|layer| layer.with_same_site(huihua::SameSite::None), "SameSite"),
    ] {
        let why = made(change).unwrap_err();
        assert!(why.contains(&format!("the cookie's {part} ")), "{why}");
    }
}

/// A page that has shown a session is nobody else's, whatever its handler says.
#[tokio::test]
async fn promise_11_a_handlers_own_cache_control_shows_no_session() {
    const OWN: [(header::HeaderName, &str); 1] = [(header::CACHE_CONTROL, "public, max-age=600")];
    let site = Site::new().await;
    let reads = async |session: huihua::tower_sessions::Session| {
        session.get::<String>("uname").await.unwrap();
        OWN
    };
    let ours = async |session: Session| {
        session.policy();
        OWN
    };
    let writes = async |session: huihua::tower_sessions::Session| {
        session.insert("a", "b").await.unwrap();
        OWN
    };
    let app = routes()
        .route("/never-looked", get(async || OWN))
        .route("/reads", get(reads))
        .route("/ours", get(ours))
        .route("/writes", get(writes))
        .layer(site.layer());
    let browser = Browser::new(&app);
    let said = async |browser: &Browser, path| {
        browser.get(path).await.headers[header::CACHE_CONTROL].clone()
    };
    let public = HeaderValue::from_static("public, max-age=600");
    let private = HeaderValue::from_static("private, no-store");
    // Nobody's page shows no session.
    for path in ["/never-looked", "/reads", "/ours"] {
        assert_eq!(said(&browser, path).await, public, "{path}");
    }
    browser.get("/login/ming").await;
    assert_eq!(said(&browser, "/never-looked").await, public);
    for path in ["/reads", "/ours", "/writes", "/", "/logout"] {
        assert_eq!(said(&browser, path).await, private, "{path}");
    }
    assert_eq!(said(&browser, "/writes").await, private);
}

/// A policy or a trigger of the database may keep rows without a word.
#[tokio::test]
async fn promise_1_a_logout_that_deletes_nothing_is_not_answered_as_done() {
    let site = Site::new().await;
    let browser = Browser::new(&routes().layer(site.layer()));
    browser.get("/login/ming").await;
    site.sql(
        "CREATE TRIGGER keeps BEFORE DELETE ON django_session BEGIN SELECT RAISE(IGNORE); END",
    )
    .await;
    let page = browser.get("/logout").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(page.set_cookie(), None);
    assert_eq!(browser.get("/").await.text, "ming");
    site.sql("DROP TRIGGER keeps").await;
    assert_eq!(browser.get("/logout").await.status, StatusCode::OK);
    assert_eq!(site.rows().await, 0);
}

//! How large a session may be, and what other programs wrote that isn't understood here.

use axum::{Router, extract::Path, http::StatusCode, routing::get};
use huihua::{
    Engine, SecretKeys, Session, SessionLayer,
    engine::{Replaced, Row},
    signing::{MAX_BYTES, SERVER_SIDE_SALT, Signer},
};
use serde_json::json;
use time::Duration;

use crate::{
    routes::{app, routes},
    site::{Browser, Site},
};

async fn grow(Path(bytes): Path<usize>, session: huihua::tower_sessions::Session) -> String {
    session.insert("large", "a".repeat(bytes)).await.unwrap();
    format!("{:?}", session.save().await.err().map(|why| why.to_string()))
}

async fn grow_unsaved(Path(bytes): Path<usize>, session: Session) {
    session.insert("large", "a".repeat(bytes)).await.unwrap();
}

async fn grow_after_a_flush(Path(bytes): Path<usize>, session: Session) {
    session.flush().await.unwrap();
    session.insert("large", "a".repeat(bytes)).await.unwrap();
}

async fn grow_after_a_login(Path(bytes): Path<usize>, session: Session) {
    session.login("uname", "hong").await.unwrap();
    session.insert("large", "a".repeat(bytes)).await.unwrap();
}

async fn log_in_in_place(Path(name): Path<String>, session: Session) {
    session.flush().await.unwrap();
    session.login("uname", name).await.unwrap();
}

async fn fits(Path(bytes): Path<usize>, session: Session) -> String {
    session.insert("large", "a".repeat(bytes)).await.unwrap();
    let fits = session.fits().await.unwrap();
    session.remove_value("large").await.unwrap();
    fits.to_string()
}

fn site_with(layer: SessionLayer) -> Router {
    routes()
        .route("/grow/{bytes}", get(grow))
        .route("/unsaved/{bytes}", get(grow_unsaved))
        .route("/flushed/{bytes}", get(grow_after_a_flush))
        .route("/login-and/{bytes}", get(grow_after_a_login))
        .route("/in-place/{name}", get(log_in_in_place))
        .route("/fits/{bytes}", get(fits))
        .layer(layer)
}

#[tokio::test]
async fn promise_9_a_session_that_is_too_large_is_refused_when_it_is_written() {
    let site = Site::new().await;
    let browser = Browser::new(&site_with(site.layer()));
    browser.get("/login/ming").await;
    let row = site.db.load(&browser.stored_key()).await.unwrap();

    let page = browser.get(&format!("/grow/{MAX_BYTES}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("SESSION_MAX_BYTES"), "{}", page.text);
    assert_eq!(page.set_cookie(), None);
    // Who isn't told by the session is told by the answer.
    let page = browser.get(&format!("/unsaved/{MAX_BYTES}")).await;
    assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(page.set_cookie(), None);
    assert_eq!(site.db.load(&browser.stored_key()).await.unwrap(), row);
    assert_eq!(browser.get(&format!("/fits/{MAX_BYTES}")).await.text, "false");
    assert_eq!(browser.get("/").await.text, "ming");

    // `{"large":"","uname":"ming"}` has 27 bytes.
    let page = browser.get(&format!("/grow/{}", MAX_BYTES - 27)).await;
    assert_eq!(page.text, "None");
    assert_eq!(browser.get("/").await.text, "ming");
    let page = browser.get(&format!("/grow/{}", MAX_BYTES - 26)).await;
    assert_ne!(page.text, "None");
    let items = browser.get("/items").await.text;
    assert!(items.len() == MAX_BYTES, "{}", items.len());
    // Nor does it begin with one.
    let nobody = Browser::new(&site_with(site.layer()));
    assert_ne!(nobody.get(&format!("/grow/{MAX_BYTES}")).await.text, "None");
    assert_eq!(site.rows().await, 1);
}

#[tokio::test]
async fn promise_5_a_logout_stays_one_even_if_what_follows_is_too_large() {
    let site = Site::new().await;
    let browser = Browser::new(&site_with(site.layer()));
    browser.get("/login/ming").await;
    let page = browser.get(&format!("/flushed/{MAX_BYTES}")).await;
    assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(site.rows().await, 0);
}

/// What was to follow isn't kept, and the browser forgets the cookie that it has.
#[tokio::test]
async fn promise_5_a_logout_of_a_session_in_its_cookie_stays_one_too() {
    let site = Site::new().await;
    let keys = SecretKeys::allow_short("test").unwrap();
    let layer = SessionLayer::signed_cookies(&keys).with_secure(false);
    let layer = layer.with_max_bytes(100).with_clock(site.clock.clone());
    let browser = Browser::new(&site_with(layer));
    browser.get("/login/ming").await;
    let page = browser.get("/flushed/100").await;
    assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(page.set_cookie().unwrap().contains("Max-Age=0"));
    assert_eq!(browser.key(), None);
}

#[tokio::test]
async fn promise_5_a_login_that_is_too_large_leaves_the_old_session_whole() {
    let site = Site::new().await;
    let browser = Browser::new(&site_with(site.layer()));
    browser.get("/login/ming").await;
    let page = browser.get(&format!("/login-and/{MAX_BYTES}")).await;
    assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(page.set_cookie(), None);
    assert_eq!(browser.get("/").await.text, "ming");
    assert_eq!(site.rows().await, 1);
}

#[tokio::test]
async fn promise_9_one_limit_holds_for_what_others_wrote() {
    let site = Site::new().await;
    let browser = Browser::new(&app(&site));
    browser.get("/login/ming").await;
    let key = browser.stored_key();
    let seen = site.db.load(&key).await.unwrap().unwrap();
    let signer = Signer::new(&SecretKeys::allow_short("test").unwrap(), SERVER_SIDE_SALT);
    let theirs = json!({ "uname": "ming", "large": "a".repeat(MAX_BYTES) }).to_string();
    let row = Row::new(signer.sign(&theirs, site.clock.now()), seen.expires_at());
    assert_eq!(site.db.replace(&key, &seen, &row).await.unwrap(), Replaced::Done);

    // Not silently a guest: whoever logs in anew would lose what is there.
    for path in [
        "/",
        "/login/ming",
        "/set/a/b",
        "/remove/uname",
        "/items",
        "/cycle",
        "/clear",
        "/expiry/idle-60",
        "/stock_expiry/close",
    ] {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR, "{path}");
        assert!(page.text.contains("more than this site keeps"), "{path}");
        assert_eq!(page.set_cookie(), None);
    }
    assert_eq!(site.db.load(&key).await.unwrap().unwrap(), row);
    let larger = routes().layer(site.layer().with_max_bytes(2 * MAX_BYTES));
    let browser = browser.on(&larger);
    assert_eq!(browser.get("/").await.text, "ming");
    assert_eq!(browser.get("/set/a/b").await.status, StatusCode::OK);
    assert_eq!(browser.get("/").await.text, "ming");
}

/// Whoever has a session that is too large isn't locked in with it.
#[tokio::test]
async fn promise_5_a_session_that_is_too_large_to_be_read_can_be_ended() {
    let site = Site::new().await;
    let small = site_with(site.layer().with_max_bytes(100));
    for (path, rows) in [
        ("/logout", 0),
        ("/stock_logout", 0),
        ("/failing_logout", 0),
        ("/flushed/10", 1),
        ("/in-place/hong", 1),
    ] {
        let browser = Browser::new(&app(&site));
        browser.get("/login/ming").await;
        browser.get(&format!("/set/large/{}", "a".repeat(100))).await;
        let old = browser.key();
        let browser = browser.on(&small);
        // What doesn't ask for it is as ever.
        assert_ne!(browser.get("/fingerprint").await.text, "none");
        assert_eq!(browser.get("/").await.status, 500);

        let page = browser.get(path).await;
        assert_eq!(page.status == 500, path == "/failing_logout", "{path}");
        assert_ne!(browser.key(), old, "{path}");
        assert_eq!(site.rows().await, rows, "{path}");
        assert_eq!(browser.get("/logout").await.status, 200);
        assert_eq!(site.rows().await, 0, "{path}");
        assert_eq!(browser.get("/").await.text, "nobody");
    }
}

#[tokio::test]
async fn promise_6_a_session_that_is_too_large_hides_no_other_and_ends_with_it() {
    let site = Site::new().await;
    let small = site_with(site.layer().with_max_bytes(100));
    let large = Browser::new(&app(&site));
    large.get("/login/ming").await;
    large.get(&format!("/set/large/{}", "a".repeat(100))).await;
    let other = Browser::new(&small);
    other.get("/login/hong").await;
    for keys in [[&large, &other], [&other, &large]] {
        let keys = keys.map(|browser| browser.key().unwrap());
        let both = Browser::new(&small).with_key(&keys.join("; sessionid="));
        assert_eq!(both.get("/").await.text, "hong");
    }
    let keys = [&large, &other].map(|browser| browser.key().unwrap());
    let both = Browser::new(&small).with_key(&keys.join("; sessionid="));
    both.get("/logout").await;
    assert_eq!(site.rows().await, 0);
}

#[tokio::test]
async fn promise_9_a_cookie_that_holds_too_much_is_no_guest_and_can_be_ended() {
    let site = Site::new().await;
    let layer = |bytes| {
        let keys = SecretKeys::allow_short("test").unwrap();
        let layer = SessionLayer::signed_cookies(&keys).with_secure(false);
        site_with(layer.with_max_bytes(bytes).with_clock(site.clock.clone()))
    };
    let browser = Browser::new(&layer(1000));
    browser.get("/login/ming").await;
    browser.get(&format!("/set/large/{}", "a".repeat(100))).await;
    let browser = browser.on(&layer(100));
    for path in ["/", "/login/ming", "/set/a/b", "/clear"] {
        let page = browser.get(path).await;
        assert_eq!(page.status, 500, "{path}");
        assert_eq!(page.set_cookie(), None);
    }
    browser.get("/logout").await;
    assert_eq!(browser.key(), None);
}

/// What stands in a session's row, as JSON.
async fn stored(site: &Site, browser: &Browser) -> String {
    let signer = Signer::new(&SecretKeys::allow_short("test").unwrap(), SERVER_SIDE_SALT);
    let row = site.db.load(&browser.stored_key()).await.unwrap().unwrap();
    String::from_utf8(signer.verify(row.payload()).unwrap().json).unwrap()
}

/// A session as Python wrote it, in a browser.
async fn from_python(site: &Site, json: &str) -> Browser {
    let browser = Browser::new(&app(site));
    browser.get("/login/ming").await;
    let key = browser.stored_key();
    let seen = site.db.load(&key).await.unwrap().unwrap();
    let signer = Signer::new(&SecretKeys::allow_short("test").unwrap(), SERVER_SIDE_SALT);
    let row =
        Row::new(signer.sign(json, site.clock.now()), site.clock.now() + Duration::minutes(30));
    assert_eq!(site.db.replace(&key, &seen, &row).await.unwrap(), Replaced::Done);
    browser
}

/// `set_expiry(timedelta(minutes=30).total_seconds())` stores a float.
#[tokio::test]
async fn an_expiry_of_any_form_is_honoured_and_goes_back_as_it_came() {
    for (expiry, seconds) in [
        ("1800.0", Some(1800)),
        ("1.8e3", Some(1800)),
        ("1799.5", Some(1800)),
        ("\"2026-11-23 12:30:00+00:00\"", Some(1800)),
        // What isn't understood is the site's own, and is left alone.
        ("\"nonsense\"", Some(1_209_600)),
        ("[1800]", Some(1_209_600)),
        ("{\"seconds\":1800}", Some(1_209_600)),
        ("NaN", Some(1_209_600)),
        ("0.0", None),
    ] {
        let site = Site::new().await;
        let json = format!(r#"{{"_session_began":"x","_session_expiry":{expiry},"uname":"ming"}}"#);
        let browser = from_python(&site, &json).await;
        let page = browser.get("/set/a/b").await;
        let age = seconds.map(|seconds| format!("Max-Age={seconds};"));
        let cookie = page.set_cookie().unwrap();
        match &age {
            Some(age) => assert!(cookie.contains(age), "{expiry}: {cookie}"),
            None => assert!(!cookie.contains("Max-Age"), "{expiry}: {cookie}"),
        }
        assert_eq!(stored(&site, &browser).await, json.replace(r#""uname""#, r#""a":"b","uname""#));
        browser.get("/cycle").await;
        assert!(stored(&site, &browser).await.contains(&format!(":{expiry},")), "{expiry}");
        // Who chooses another one is heard.
        browser.get("/expiry/idle-10").await;
        assert!(stored(&site, &browser).await.contains(r#""_session_expiry":10,"#));
    }
}

/// The two keys that say when a session ends and began aren't values for handlers.
#[tokio::test]
async fn what_says_when_a_session_ends_is_no_value() {
    let site = Site::new().await;
    let browser = from_python(&site, r#"{"_session_expiry":1800.0,"uname":"ming"}"#).await;
    assert_eq!(browser.get("/items").await.text, r#"{"uname":"ming"}"#);
    browser.get("/set/_session_expiry/5").await;
    browser.get("/remove/_session_expiry").await;
    assert_eq!(stored(&site, &browser).await, r#"{"_session_expiry":1800.0,"uname":"ming"}"#);
}

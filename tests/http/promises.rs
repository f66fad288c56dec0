//! What the library promises, each by its number in `docs/architecture.md`.

use axum::{Router, extract::Path, http::StatusCode, routing::get};
use huihua::{Engine, Session, engine::Inspect, engine::Order, tower_sessions::Expiry};
use serde_json::Value;
use time::Duration;

use crate::{
    routes::app,
    site::{Browser, Site},
};

#[tokio::test]
async fn promise_1_a_request_under_way_brings_no_session_back() {
    let site = Site::new().await;
    // Each handler logs the visitor out in another tab before it goes on.
    for path in ["/slow/set", "/slow/cycle", "/slow/read", "/slow/expiry"] {
        let fast = app(&site);
        let tabs = Browser::new(&fast);
        tabs.get("/expiry/idle-10").await;
        tabs.get("/login/ming").await;
        tabs.get("/expiry/idle-10").await;
        let other_tab = tabs.clone();
        let clock_moves = site.clock.clone();
        let slow = Router::new()
            .route(
                "/slow/{what}",
                get(move |Path(what): Path<String>, session: Session| async move {
                    other_tab.get("/logout").await;
                    match what.as_str() {
                        "set" => session.insert("late", 1).await.unwrap(),
                        "cycle" => session.cycle_id().await.unwrap(),
                        "expiry" => session.set_expiry(Some(Expiry::OnSessionEnd)),
                        _ => {}
                    }
                    clock_moves.now().to_string()
                }),
            )
            .layer(site.layer());
        site.pass(Duration::SECOND);
        let before = tabs.key().unwrap();
        let page = Browser::new(&slow).with_key(&before).get(path).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.set_cookie(), None, "{path}");
        assert_eq!(site.rows().await, 0, "{path}");
    }
}

#[tokio::test]
async fn promise_2_different_keys_changed_at_once_all_survive() {
    let site = Site::new().await;
    let app = app(&site);
    let browser = Browser::new(&app);
    browser.get("/login/ming").await;
    browser.get("/set/old/1").await;
    let key = browser.key().unwrap();
    let writers: Vec<_> = (0..40)
        .map(|number| {
            let tab = Browser::new(&app).with_key(&key);
            tokio::spawn(async move { tab.get(&format!("/set/k{number}/v")).await.status })
        })
        .chain([tokio::spawn({
            let tab = Browser::new(&app).with_key(&key);
            async move { tab.get("/remove/old").await.status }
        })])
        .collect();
    for writer in writers {
        assert_eq!(writer.await.unwrap(), StatusCode::OK);
    }
    let items: Value = serde_json::from_str(&browser.get("/items").await.text).unwrap();
    assert_eq!(items.as_object().unwrap().len(), 41, "{items}");
    assert_eq!(items["old"], Value::Null);
}

#[tokio::test]
async fn promise_2_what_others_changed_meanwhile_comes_along_with_a_new_key() {
    let site = Site::new().await;
    let tabs = Browser::new(&app(&site));
    tabs.get("/set/cart/1").await;
    let key = tabs.key().unwrap();
    let other_tab = tabs.clone();
    let slow = Router::new()
        .route(
            "/login",
            get(move |session: Session| async move {
                other_tab.get("/set/cart/2").await;
                session.login("uname", "ming").await.unwrap();
            }),
        )
        .layer(site.layer());
    let here = Browser::new(&slow).with_key(&key);
    here.get("/login").await;
    let after = Browser::new(&app(&site)).with_key(&here.key().unwrap());
    assert_eq!(after.get("/items").await.text, r#"{"cart":"2","uname":"ming"}"#);
    assert_eq!(site.rows().await, 1);
}

#[tokio::test]
async fn promise_3_readers_do_not_write() {
    let site = Site::new().await;
    let browser = Browser::new(&app(&site));
    browser.get("/login/ming").await;
    let row = site.db.load(&browser.stored_key()).await.unwrap();
    site.pass(Duration::hours(1));
    for path in ["/", "/items", "/set/uname/ming", "/remove/missing"] {
        let page = browser.get(path).await;
        assert_eq!(page.set_cookie(), None, "{path}");
        assert_eq!(site.db.load(&browser.stored_key()).await.unwrap(), row, "{path}");
    }
}

#[tokio::test]
async fn promise_4_no_row_without_need() {
    let site = Site::new().await;
    let app = app(&site);
    for path in [
        "/",
        "/items",
        "/logout",
        "/stock_logout",
        "/clear",
        "/cycle",
        "/remove/x",
        "/expiry/never",
        "/failing_login/ming",
    ] {
        for browser in [
            Browser::new(&app),
            Browser::new(&app).with_key("abcdefghijklmnopqrstuvwxyz012345"),
            Browser::new(&app).with_key("nonsense"),
        ] {
            let page = browser.get(path).await;
            assert_eq!(page.set_cookie(), None, "{path}");
        }
    }
    assert_eq!(site.rows().await, 0);
}

#[tokio::test]
async fn promise_5_a_new_key_at_login_and_the_old_one_is_dead() {
    let site = Site::new().await;
    let app = app(&site);
    let browser = Browser::new(&app);
    browser.get("/set/cart/full").await;
    let before = browser.key().unwrap();
    browser.get("/login/ming").await;
    assert_ne!(browser.key().unwrap(), before);
    assert_eq!(Browser::new(&app).with_key(&before).get("/items").await.text, "{}");
    assert_eq!(browser.get("/items").await.text, r#"{"cart":"full","uname":"ming"}"#);
    // The same name keeps what it had, another one starts empty.
    browser.get("/login/ming").await;
    assert_eq!(browser.get("/items").await.text, r#"{"cart":"full","uname":"ming"}"#);
    browser.get("/login/hong").await;
    assert_eq!(browser.get("/items").await.text, r#"{"uname":"hong"}"#);
    assert_eq!(site.rows().await, 1);
}

#[tokio::test]
async fn promise_5_a_failed_login_leaves_the_old_session_whole() {
    let site = Site::new().await;
    let browser = Browser::new(&app(&site));
    browser.get("/login/ming").await;
    for path in ["/failing_login/ming", "/failing_login/hong"] {
        let page = browser.get(path).await;
        assert_eq!(page.set_cookie(), None);
        assert_eq!(browser.get("/").await.text, "ming", "{path}");
    }
    assert_eq!(site.rows().await, 1);
}

/// The store breaks between the two writes of a login: the new row is there, and the old one
/// can't be ended.
#[tokio::test]
async fn promise_5_a_login_that_cannot_end_the_old_session_is_none() {
    let site = Site::new().await;
    let browser = Browser::new(&app(&site));
    browser.get("/login/ming").await;
    let key = browser.key();
    site.sql(
        "CREATE TRIGGER stuck BEFORE UPDATE ON django_session \
         BEGIN SELECT RAISE(ABORT, 'stuck'); END",
    )
    .await;
    let page = browser.get("/login/hong").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(page.set_cookie(), None);
    assert_eq!(browser.key(), key);
    assert_eq!(browser.get("/").await.text, "ming");
    site.sql("DROP TRIGGER stuck").await;
    browser.get("/login/hong").await;
    assert_eq!(browser.get("/").await.text, "hong");
    let old = Browser::new(&app(&site)).with_key(&key.unwrap());
    assert_eq!(old.get("/").await.text, "nobody");
}

#[tokio::test]
async fn promise_5_a_failing_logout_stays_a_logout() {
    let site = Site::new().await;
    let browser = Browser::new(&app(&site));
    browser.get("/login/ming").await;
    browser.get("/failing_logout").await;
    assert_eq!(browser.key(), None);
    assert_eq!(site.rows().await, 0);
}

#[tokio::test]
async fn promise_5_two_logins_at_once_both_hold() {
    let site = Site::new().await;
    let tabs = Browser::new(&app(&site));
    tabs.get("/set/cart/full").await;
    let key = tabs.key().unwrap();
    let other_tab = tabs.clone();
    let slow = Router::new()
        .route(
            "/login",
            get(move |session: Session| async move {
                other_tab.get("/login/ming").await;
                session.login("uname", "ming").await.unwrap();
            }),
        )
        .layer(site.layer());
    let here = Browser::new(&slow).with_key(&key);
    here.get("/login").await;
    let after = Browser::new(&app(&site)).with_key(&here.key().unwrap());
    assert_eq!(after.get("/items").await.text, r#"{"uname":"ming"}"#);
    assert_eq!(tabs.get("/items").await.text, r#"{"cart":"full","uname":"ming"}"#);
}

#[tokio::test]
async fn promise_6_a_stale_cookie_is_ignored_and_not_erased() {
    let site = Site::new().await;
    let browser = Browser::new(&app(&site)).with_key("abcdefghijklmnopqrstuvwxyz012345");
    for path in ["/", "/items", "/logout", "/clear"] {
        assert_eq!(browser.get(path).await.set_cookie(), None, "{path}");
    }
    browser.get("/login/ming").await;
    assert_ne!(browser.key().unwrap(), "abcdefghijklmnopqrstuvwxyz012345");
}

#[tokio::test]
async fn promise_7_a_broken_store_is_not_a_logout() {
    let site = Site::new().await;
    let browser = Browser::new(&app(&site));
    browser.get("/login/ming").await;
    let key = browser.key();
    site.break_table().await;
    for path in ["/", "/set/a/b", "/logout"] {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!(page.headers["retry-after"], "5");
        assert_eq!(page.headers["cache-control"], "no-store");
        assert_eq!(page.set_cookie(), None);
        assert!(page.text.contains("Nothing is lost"));
    }
    assert_eq!(Browser::new(&app(&site)).get("/").await.text, "nobody");
    site.mend_table().await;
    assert_eq!(browser.key(), key);
    assert_eq!(browser.get("/").await.text, "ming");
}

#[tokio::test]
async fn promise_8_the_store_holds_no_key_and_its_hash_opens_nothing() {
    let site = Site::new().await;
    let app = app(&site);
    let browser = Browser::new(&app);
    browser.get("/login/ming").await;
    let (stored, _) = site.db.scan(Order::Natural, None, 1).await.unwrap().rows.remove(0);
    assert_eq!(stored.as_str().len(), 40);
    assert_eq!(stored, browser.stored_key());
    let thief = Browser::new(&app).with_key(stored.as_str());
    assert_eq!(thief.get("/").await.text, "nobody");
}

#[tokio::test]
async fn promise_11_no_cache_shows_a_session_to_somebody_else() {
    let site = Site::new().await;
    let browser = Browser::new(&app(&site));
    let anonymous = browser.get("/").await;
    assert_eq!(anonymous.headers["vary"], "Cookie");
    for path in ["/login/ming", "/", "/logout"] {
        let page = browser.get(path).await;
        assert_eq!(page.headers["vary"], "Cookie", "{path}");
        assert_eq!(page.headers["cache-control"], "private, no-store", "{path}");
    }
}

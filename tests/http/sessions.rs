//! What a handler can do with a session.

use axum::http::StatusCode;
use huihua::{
    Engine, SecretKeys,
    engine::{Inspect, Order, Replaced, Row},
    signing::{SERVER_SIDE_SALT, Signer},
};

use crate::{
    routes::{app, routes},
    site::{Browser, START, Site},
};

#[tokio::test]
async fn a_login_is_remembered_and_a_logout_forgets() {
    let site = Site::new().await;
    for way_out in ["/logout", "/stock_logout", "/delete"] {
        let browser = Browser::new(&app(&site));
        assert_eq!(browser.get("/").await.text, "nobody");
        browser.get("/login/ming").await;
        assert_eq!(browser.get("/").await.text, "ming");
        let gone = browser.clone().with_key(&browser.key().unwrap());
        let page = browser.get(way_out).await;
        let cookie = page.set_cookie().unwrap();
        assert!(cookie.contains("Max-Age=0"), "{cookie}");
        assert_eq!(gone.get("/").await.text, "nobody", "{way_out}");
        assert_eq!(site.rows().await, 0);
    }
}

#[tokio::test]
async fn two_visitors_do_not_see_each_other() {
    let site = Site::new().await;
    let app = app(&site);
    let (one, two) = (Browser::new(&app), Browser::new(&app));
    one.get("/login/one").await;
    two.get("/login/two").await;
    assert_eq!(one.get("/").await.text, "one");
    assert_eq!(two.get("/").await.text, "two");
}

#[tokio::test]
async fn both_extractors_are_one_session() {
    let site = Site::new().await;
    let browser = Browser::new(&app(&site));
    assert_eq!(browser.get("/both").await.text, "both");
    assert_eq!(browser.get("/items").await.text, r#"{"ours":2,"stock":1}"#);
}

#[tokio::test]
async fn the_dictionary_is_djangos() {
    let site = Site::new().await;
    let browser = Browser::new(&app(&site));
    assert_eq!(browser.get("/dictionary").await.text, "dictionary");
    assert_eq!(browser.get("/items").await.text, r#"{"a":1,"b":2,"n":null}"#);
}

#[tokio::test]
async fn without_the_layer_there_is_no_session_and_a_clear_error() {
    let browser = Browser::new(&routes());
    let page = browser.get("/items").await;
    assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(page.text.contains("SessionLayer"), "{}", page.text);
}

#[tokio::test]
async fn clearing_keeps_the_key_and_flushing_does_not() {
    let site = Site::new().await;
    let browser = Browser::new(&app(&site));
    browser.get("/login/ming").await;
    let key = browser.key();
    browser.get("/clear").await;
    assert_eq!(browser.get("/items").await.text, "{}");
    assert_eq!(browser.key(), key);
    assert_eq!(site.rows().await, 1);
}

#[tokio::test]
async fn a_row_that_somebody_else_signed_is_no_session() {
    let site = Site::new().await;
    let browser = Browser::new(&app(&site));
    browser.get("/login/ming").await;
    let stored = browser.stored_key();
    let seen = site.db.load(&stored).await.unwrap().unwrap();
    let row = Row::new(format!("x{}", seen.payload()), seen.expires_at());
    site.db.replace(&stored, &seen, &row).await.unwrap();
    assert_eq!(browser.get("/").await.text, "nobody");
}

/// What only Python's JSON can hold is seen by no handler, but it is somebody's all the same.
#[tokio::test]
async fn what_nobody_here_can_read_stays_with_whom_it_belongs_to() {
    for (next, stays) in [("/cycle", true), ("/login/ming", true), ("/login/hong", false)] {
        let site = Site::new().await;
        let browser = Browser::new(&app(&site));
        browser.get("/login/ming").await;
        browser.get("/set/same/x").await;
        let (key, row) = site.db.scan(Order::Natural, None, 2).await.unwrap().rows.remove(0);
        let row = row.unwrap();
        let signer = Signer::new(&SecretKeys::allow_short("test").unwrap(), SERVER_SIDE_SALT);
        let json = r#"{"uname":"ming","same":"x","theirs":NaN,"\ud800":1}"#;
        let theirs = Row::new(signer.sign(json, START), row.expires_at());
        let replaced = site.db.replace(&key, &row, &theirs).await.unwrap();
        assert_eq!(replaced, Replaced::Done);
        browser.get(next).await;
        browser.get("/set/same/x").await;
        let rows = site.db.scan(Order::Natural, None, 2).await.unwrap().rows;
        assert_eq!(rows.len(), 1, "{next}");
        let verified = signer.verify(rows[0].1.as_ref().unwrap().payload()).unwrap();
        let json = String::from_utf8(verified.json).unwrap();
        assert_eq!(json.contains("NaN"), stays, "{next}: {json}");
        assert_eq!(json.contains(r"\ud800"), stays, "{next}: {json}");
    }
}

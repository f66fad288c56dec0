//! Logins to the console, and the time that they last.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use huihua::Clock;
use reqwest::{Method, StatusCode};
use time::{Duration, OffsetDateTime};

use super::{FORM, TOKEN, first_handle, is_logged_in, log_in, open, start_with};
use crate::running::Running;

const PAGES: &[&str] =
    &["/console/", "/console/now/", "/console/sessions/", "/console/session/?of=x"];
const DEEDS: &[&str] = &[
    "/console/leave/",
    "/console/clear/",
    "/console/end-all/",
    "/console/session/",
    "/console/session/end/",
];

#[tokio::test]
async fn without_a_token_there_is_no_console() {
    let site = Running::start().await;
    let mut browser = site.browser();
    for path in PAGES {
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND);
    }
    for path in DEEDS.iter().chain(&["/console/"]) {
        let status = browser.post(path, FORM).await.status;
        assert!(status.is_client_error(), "{path}: {status}");
        assert_ne!(status, StatusCode::FORBIDDEN, "{path}");
    }
    site.stop().await;
}

#[tokio::test]
async fn only_the_token_opens_it_in_a_session_of_its_own() {
    let site = start_with(&[("LEPTOS_ENV", "PROD")]).await;
    let mut operator = site.browser();
    let page = operator.get("/console/").await;
    assert_eq!(page.status, StatusCode::OK);
    page.assert_has(&["<title>控制台</title>", "name=\"token\"", "type=\"password\""]);
    assert_eq!(page.header("set-cookie"), "");
    let wrong = operator.post("/console/", "token=a+token+of+some+lengt").await;
    assert_eq!(wrong.status, StatusCode::FORBIDDEN);
    wrong.assert_has(&["令牌不对", "aria-invalid=\"true\""]);
    assert!(!wrong.text.contains("of some lengt"));
    assert_eq!(wrong.header("set-cookie"), "");

    let opened = operator.post("/console/", FORM).await;
    let cookie = opened.header("set-cookie");
    assert!(cookie.starts_with("__Secure-console="), "{cookie}");
    for attribute in ["Path=/console/", "HttpOnly", "SameSite=Strict", "Secure", "Max-Age=900"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    let page = operator.get("/console/").await;
    page.assert_has(&["有效的会话", "id=\"hour\"", "/console/leave/"]);
    assert_eq!(page.header("cache-control"), "private, no-store");
    // It is nobody on the site, and in none of its rows.
    assert_eq!(site.rows().await, 0);
    page.assert_has(&["<dd id=\"live\">0</dd>"]);

    let closed = operator.cookie.clone();
    operator.post("/console/leave/", "").await;
    assert_eq!(operator.cookie, None);
    operator.cookie = closed;
    assert_eq!(operator.get("/console/sessions/").await.header("location"), "/console/");
    site.stop().await;
}

#[tokio::test]
async fn who_guesses_is_stopped_even_with_the_token() {
    let site = start_with(&[]).await;
    let mut guesser = site.browser();
    for _ in 0..5 {
        let page = guesser.post("/console/", "token=guess").await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
    }
    // A slow machine gives a try back every ten seconds.
    let mut page = guesser.post("/console/", FORM).await;
    for _ in 0..20 {
        if page.status == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
        page = guesser.post("/console/", FORM).await;
    }
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    let wait: u64 = page.header("retry-after").parse().unwrap();
    assert!((1..=11).contains(&wait), "{wait}");
    site.stop().await;
}

#[tokio::test]
async fn nothing_is_seen_or_done_while_it_is_closed_or_by_another_site() {
    let site = start_with(&[]).await;
    let mut ming = log_in(&site, "uname=ming").await;
    let mut stranger = site.browser();
    let now = stranger.get("/console/now/").await;
    assert_eq!(now.status, StatusCode::UNAUTHORIZED);
    for path in ["/console/sessions/", "/console/session/?of=x"] {
        let page = stranger.get(path).await;
        assert_eq!(page.status, StatusCode::FOUND, "{path}");
        assert_eq!(page.header("location"), "/console/", "{path}");
    }
    for path in DEEDS {
        let page = stranger.post(path, "uname=ming&of=x").await;
        assert_eq!(page.status, StatusCode::FOUND, "{path}");
        assert_eq!(page.header("location"), "/console/", "{path}");
        // The visitor's own cookie opens nothing here, either.
        let page = ming.post(path, "uname=ming&of=x").await;
        assert_eq!(page.header("location"), "/console/", "{path}");
    }
    let mut operator = open(&site).await;
    let handle = first_handle(&mut operator).await;
    for path in DEEDS {
        let request = operator
            .request(Method::POST, path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "cross-site")
            .body(format!("uname=ming&of={handle}"));
        let page = operator.send(request).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert!(is_logged_in(&mut ming).await);
    site.stop().await;
}

#[tokio::test]
async fn after_fifteen_minutes_without_a_click_it_is_closed() {
    let seconds = Arc::new(AtomicI64::new(0));
    let clock = {
        let seconds = seconds.clone();
        let begin = OffsetDateTime::UNIX_EPOCH + Duration::days(20_000);
        Clock::from_fn(move || begin + Duration::seconds(seconds.load(Ordering::SeqCst)))
    };
    let pass = |minutes: i64| seconds.fetch_add(minutes * 60, Ordering::SeqCst);
    let token = [("CONSOLE_TOKEN", TOKEN)];
    let site = Running::start_at(clock, &token).await;
    let mut operator = open(&site).await;
    pass(14);
    assert_eq!(operator.get("/console/sessions/").await.status, StatusCode::OK);
    pass(14);
    // The page that is left open asks by itself.
    assert_eq!(operator.get("/console/now/").await.status, StatusCode::OK);
    pass(2);
    assert_eq!(operator.get("/console/now/").await.status, StatusCode::UNAUTHORIZED);
    operator.get("/console/").await.assert_has(&["name=\"token\""]);
    site.stop().await;
}

//! The limit of tries to log in.

use reqwest::{Method, StatusCode};

use crate::running::{Browser, Page, Running};

async fn log_in(browser: &mut Browser, forwarded_for: &str) -> Page {
    let request = browser.request(Method::POST, "/login_handle/");
    let request = request
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-forwarded-for", forwarded_for)
        .body("uname=%E5%B0%8F%E6%98%8E&expiry=days&days=7");
    browser.send(request).await
}

/// Tries until it is refused: no limit can be reached sooner than by 50 tries, and none is left
/// after 500, however long each takes.
async fn until_refused(site: &Running, forwarded_for: &str) -> Page {
    let mut tried = 0;
    loop {
        let page = log_in(&mut site.browser(), forwarded_for).await;
        if page.status == StatusCode::TOO_MANY_REQUESTS {
            assert!(tried >= 50, "{tried}");
            return page;
        }
        assert_eq!(page.status, StatusCode::FOUND);
        tried += 1;
        assert!(tried < 500, "nobody is refused");
    }
}

#[tokio::test]
async fn who_tries_too_often_waits_and_keeps_what_they_typed() {
    let site = Running::start_with(&[("LOGIN_RATE_LIMIT", "1")]).await;
    // Nobody is trusted, so another name changes nothing.
    let page = until_refused(&site, "9.9.9.9").await;
    let wait: u64 = page.header("retry-after").parse().unwrap();
    assert!((1..=2).contains(&wait), "{wait}");
    assert_eq!(page.header("set-cookie"), "");
    page.assert_has(&["登录得太频繁了", "value=\"小明\"", "value=\"7\""]);
    assert_eq!(site.browser().get("/login/").await.status, StatusCode::OK);
    site.stop().await;
}

#[tokio::test]
async fn whom_a_trusted_proxy_names_has_tries_of_their_own() {
    let proxies = ("TRUSTED_PROXIES", "10.0.0.0/8, 127.0.0.1");
    let site = Running::start_with(&[("LOGIN_RATE_LIMIT", "1"), proxies]).await;
    until_refused(&site, "9.9.9.9").await;
    let page = log_in(&mut site.browser(), "8.8.8.8").await;
    assert_eq!(page.status, StatusCode::FOUND);
    // What a visitor writes in front of it themselves is not looked at.
    for name in ["8.8.8.8, 9.9.9.9", "9.9.9.9, 10.0.0.1"] {
        let mut refused = false;
        for _ in 0..10 {
            let page = log_in(&mut site.browser(), name).await;
            refused |= page.status == StatusCode::TOO_MANY_REQUESTS;
        }
        assert!(refused, "{name}");
    }
    site.stop().await;
}

#[tokio::test]
async fn without_a_limit_everybody_may_try() {
    let site = Running::start_with(&[("LOGIN_RATE_LIMIT", "0")]).await;
    for _ in 0..200 {
        let page = log_in(&mut site.browser(), "9.9.9.9").await;
        assert_eq!(page.status, StatusCode::FOUND);
    }
    site.stop().await;
}

use reqwest::{Method, StatusCode};

use crate::running::{Browser, Page, Running};

/// A page that is asked for with `cookies` alone.
async fn with(browser: &mut Browser, cookies: &str, path: &str) -> Page {
    browser.cookie = None;
    let request = browser.request(Method::GET, path).header("cookie", cookies);
    browser.send(request).await
}

#[tokio::test]
async fn everybody_reads_chinese_until_they_choose_english() {
    let site = Running::start().await;
    let mut browser = site.browser();
    let request = browser.request(Method::GET, "/").header("accept-language", "en");
    let page = browser.send(request).await;
    page.assert_has(&["<html lang=\"zh-CN\">", "<title>首页</title>", ">你好：游客</h1>"]);

    let page = browser.post("/preferences/", "language=en&next=%2Flogin%2F").await;
    assert_eq!((page.status, page.header("location")), (StatusCode::FOUND, "/login/"));
    let cookie = page.header("set-cookie").to_owned();
    assert!(cookie.starts_with("django_language=en;"), "{cookie}");
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=31536000"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    for (path, text) in [
        ("/", ">Hello, guest</h1>"),
        ("/login/", "<title>Log in</title>"),
        ("/missing", "There is no such page"),
    ] {
        let page = with(&mut browser, "a=b; django_language=en", path).await;
        page.assert_has(&["<html lang=\"en\">", text]);
    }
    // Nobody has a session for that.
    assert_eq!(site.rows().await, 0);
    site.stop().await;
}

#[tokio::test]
async fn a_session_keeps_the_language_and_knows_better_than_the_cookie() {
    let site = Running::start().await;
    let mut browser = site.browser();
    browser.post("/login_handle/", "uname=ming").await;
    let session = browser.cookie.clone().unwrap();
    browser.post("/preferences/", "language=en&next=/").await;
    for cookies in [session.clone(), format!("{session}; django_language=zh-hans")] {
        let page = with(&mut browser, &cookies, "/").await;
        page.assert_has(&[">Hello, ming</h1>", "_language", "two weeks after its last change"]);
    }
    site.stop().await;
}

#[tokio::test]
async fn problems_are_said_in_the_language_of_the_page() {
    let site = Running::start().await;
    let mut browser = site.browser();
    browser.cookie = Some("django_language=en".into());
    let page = browser.post("/login_handle/", "uname=&expiry=idle&seconds=0").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    page.assert_has(&["Please type a name", "Please type a whole number from 1 to 31536000"]);
    site.stop().await;
}

#[tokio::test]
async fn the_theme_is_kept_and_nonsense_is_not() {
    let site = Running::start().await;
    let mut browser = site.browser();
    let page = browser.post("/preferences/", "theme=dark&next=/").await;
    assert!(page.header("set-cookie").starts_with("theme=dark;"));
    for cookies in ["theme=dark", "theme=\"dark\""] {
        let page = with(&mut browser, cookies, "/").await;
        page.assert_has(&["<html lang=\"zh-CN\" data-theme=\"dark\">"]);
    }
    let page = with(&mut browser, "django_language=\"en\"", "/").await;
    page.assert_has(&["<html lang=\"en\""]);
    for body in ["theme=neon&next=//evil.test/", "language=fr&next=https://evil.test/", ""] {
        let page = browser.post("/preferences/", body).await;
        assert_eq!(
            (page.status, page.header("location"), page.header("set-cookie")),
            (StatusCode::FOUND, "/", ""),
            "{body}"
        );
    }
    site.stop().await;
}

#[tokio::test]
async fn the_language_can_be_chosen_where_sessions_are_off() {
    let site = Running::start_with(&[("SESSION_ENABLED", "false")]).await;
    let mut browser = site.browser();
    let page = browser.post("/preferences/", "language=en&next=/").await;
    assert!(page.header("set-cookie").starts_with("django_language=en"));
    site.stop().await;
}

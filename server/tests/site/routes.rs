use reqwest::{Method, StatusCode};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::running::Running;

const MING: &str = "uname=%E5%B0%8F%E6%98%8E";

#[tokio::test]
async fn login_greets_and_logout_forgets() {
    let site = Running::start().await;
    let mut browser = site.browser();
    let page = browser.get("/").await;
    assert_eq!(page.status, StatusCode::OK);
    page.assert_has(&[
        "<title>首页</title>",
        "<html lang=\"zh-CN\">",
        ">你好：游客</h1>",
        "<a href=\"/login/\">登录</a>",
        "href=\"/logout/\"",
    ]);
    let page = browser.get("/login/").await;
    page.assert_has(&["<title>登录</title>", "method=\"post\"", "action=\"/login_handle/\""]);

    let page = browser.post("/login_handle/", MING).await;
    assert_eq!((page.status, page.header("location")), (StatusCode::FOUND, "/"));
    let page = browser.get("/").await;
    page.assert_has(&[">你好：小明</h1>", "最后一次更改后两个星期到期", " UTC</time>"]);

    for logout in [Method::GET, Method::POST] {
        browser.post("/login_handle/", MING).await;
        let page = browser.send(browser.request(logout, "/logout/")).await;
        assert_eq!((page.status, page.header("location")), (StatusCode::FOUND, "/"));
        assert_eq!(browser.cookie, None);
        browser.get("/").await.assert_has(&[">你好：游客</h1>"]);
    }
    site.stop().await;
}

#[tokio::test]
async fn every_choice_of_expiry_is_kept_and_said() {
    let site = Running::start().await;
    let mut browser = site.browser();
    for (fields, cookie, words) in [
        ("expiry=default", "Max-Age=1209600", "两个星期"),
        ("expiry=idle&seconds=90", "Max-Age=90", "连续 90 秒没有活动"),
        ("expiry=days&days=5", "Max-Age=432000", "到期时间固定"),
        ("expiry=close", "Path=/", "关闭浏览器时到期"),
        ("expiry=never", "Max-Age=34560000", "永不过期"),
    ] {
        for (path, body) in
            [("/login_handle/", format!("{MING}&{fields}")), ("/expiry/", fields.to_owned())]
        {
            let page = browser.post(path, &body).await;
            assert_eq!((page.status, page.header("location")), (StatusCode::FOUND, "/"));
            let set = page.header("set-cookie");
            assert!(set.contains(cookie), "{set}");
            assert_eq!(set.contains("Max-Age"), fields != "expiry=close", "{set}");
            browser.get("/").await.assert_has(&[words, ">你好：小明</h1>"]);
        }
    }
    site.stop().await;
}

#[tokio::test]
async fn a_bad_field_brings_the_form_back_with_what_was_typed() {
    let site = Running::start().await;
    let mut browser = site.browser();
    let long = "x".repeat(151);
    for (body, problem, kept) in [
        ("uname=", "请输入名字", "id=\"uname-error\""),
        ("uname=%20%E3%80%80%09", "请输入名字", "aria-invalid=\"true\""),
        ("", "请输入名字", ""),
        (&format!("uname={long}"), "名字最多 150 个字符", long.as_str()),
        ("uname=a%00b", "名字里不能有控制字符", ""),
        ("uname=%22%3E%3Cb%3E&expiry=idle&seconds=soon", "1 到 31536000", "value=\"soon\""),
        ("uname=m&expiry=days&days=3651", "1 到 3650", "value=\"3651\""),
        ("uname=m&expiry=forever", "请选择一种有效期", "value=\"m\""),
        ("uname=m&uname=n", "重复的字段", "value=\"m\""),
        ("uname=%FF", "", "登录"),
    ] {
        let page = browser.post("/login_handle/", body).await;
        if body == "uname=%FF" && page.status == StatusCode::FOUND {
            // Not UTF-8: replaced by U+FFFD or refused, but never an error of the server.
            continue;
        }
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{body}");
        page.assert_has(&["<title>登录</title>", problem, kept]);
        assert!(!page.text.contains("\"><b>"), "{}", page.text);
        assert_eq!(browser.cookie, None);
    }
    site.stop().await;
}

#[tokio::test]
async fn changing_the_expiry_wants_a_login_and_good_fields() {
    let site = Running::start().await;
    let mut browser = site.browser();
    let page = browser.post("/expiry/", "expiry=never").await;
    assert_eq!((page.status, page.header("location")), (StatusCode::FOUND, "/login/"));
    browser.post("/login_handle/", MING).await;
    for nothing in ["", "seconds=60", "preset=", "preset=never-1"] {
        let page = browser.post("/expiry/", nothing).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{nothing}");
    }
    let page = browser.post("/expiry/", "expiry=idle&seconds=0").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    page.assert_has(&["<title>首页</title>", ">你好：小明</h1>", "seconds-error", "value=\"0\""]);
    site.stop().await;
}

#[tokio::test]
async fn a_logout_that_may_not_be_the_visitors_own_is_asked_for() {
    let site = Running::start().await;
    let mut browser = site.browser();
    browser.post("/login_handle/", MING).await;
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-purpose", "prefetch"),
        ("sec-purpose", "prefetch;prerender"),
        ("sec-purpose", "prefetch;anonymous-client-ip"),
        ("purpose", "prefetch"),
        ("purpose", "PREFETCH"),
        ("purpose", "preview"),
        ("x-purpose", "preview"),
        ("x-sec-purpose", "prefetch"),
        ("x-moz", "prefetch"),
        ("sec-fetch-dest", "image"),
        ("sec-fetch-dest", "iframe"),
        ("sec-fetch-dest", "empty"),
        ("sec-fetch-mode", "no-cors"),
        ("sec-fetch-mode", "cors"),
        ("accept", "image/avif,image/webp,*/*;q=0.8"),
    ] {
        let request = browser.request(Method::GET, "/logout/").header(name, value);
        let page = browser.send(request).await;
        assert_eq!(page.status, StatusCode::OK, "{name}: {value}");
        page.assert_has(&["<title>退出</title>", "method=\"post\" action=\"/logout/\""]);
    }
    browser.send(browser.request(Method::HEAD, "/logout/")).await;
    browser.get("/").await.assert_has(&[">你好：小明</h1>"]);
    for own in [
        &[][..],
        &[("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "none")],
        &[
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
            ("accept", "text/html,image/avif,*/*;q=0.8"),
        ],
        &[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "empty")],
        &[("accept", "*/*")],
    ] {
        browser.post("/login_handle/", MING).await;
        let mut request = browser.request(Method::GET, "/logout/");
        for (name, value) in own {
            request = request.header(*name, *value);
        }
        assert_eq!(browser.send(request).await.status, StatusCode::FOUND);
        assert_eq!(browser.cookie, None);
    }
    site.stop().await;
}

#[tokio::test]
async fn another_sites_form_is_refused() {
    let site = Running::start().await;
    let mut browser = site.browser();
    for path in ["/login_handle/", "/logout/", "/expiry/"] {
        let request = browser.request(Method::POST, path).header("sec-fetch-site", "cross-site");
        let request = request.header("content-type", "text/plain").body(MING);
        let page = browser.send(request).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(browser.cookie, None);
    }
    site.stop().await;
}

#[tokio::test]
async fn a_form_is_taken_however_a_proxy_writes_its_host_and_else_both_are_named() {
    let site = Running::start().await;
    let post = async |headers: &[(&str, &str)]| {
        let mut browser = site.browser();
        let mut request = browser.request(Method::POST, "/login_handle/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let form = "application/x-www-form-urlencoded";
        let request = request.header("content-type", form).body(MING);
        browser.send(request).await
    };
    for (host, origin) in [
        ("example.com", "http://example.com"),
        ("example.com", "https://example.com"),
        ("example.com:80", "http://example.com"),
        ("example.com:443", "https://example.com"),
        ("EXAMPLE.com", "http://example.com"),
        ("example.com.", "http://example.com"),
        ("[::1]:80", "http://[::1]"),
    ] {
        let page = post(&[("host", host), ("origin", origin)]).await;
        assert_eq!(page.status, StatusCode::FOUND, "{host} {origin}");
    }
    // What a browser itself says of it is enough.
    let headers = [
        ("host", "127.0.0.1:3000"),
        ("origin", "https://example.com"),
        ("sec-fetch-site", "same-origin"),
    ];
    assert_eq!(post(&headers).await.status, StatusCode::FOUND);
    for (host, origin, named) in [
        ("127.0.0.1:3000", "http://example.com", "<code>http://example.com</code>"),
        ("127.0.0.1:3000", "http://<b>", "<code>http://&lt;b&gt;</code>"),
        ("127.0.0.1:3000", "null", "<code>null</code>"),
    ] {
        let page = post(&[("host", host), ("origin", origin)]).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{host} {origin}");
        page.assert_has(&[named, "<code>127.0.0.1:3000</code>"]);
    }
    // As a proxy may ask, and as HTTP/2 says it.
    let address = site.url.strip_prefix("http://").unwrap();
    for (target, status) in [("http://Example.com:80", "302"), ("http://other.example", "403")] {
        let mut connection = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "POST {target}/logout/ HTTP/1.1\r\nHost: x\r\nOrigin: http://example.com\r\n\
             Content-Length: 0\r\nConnection: close\r\n\r\n"
        );
        connection.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
    }
    site.stop().await;
}

#[tokio::test]
async fn what_is_no_form_of_ours_is_refused() {
    let site = Running::start().await;
    let mut browser = site.browser();
    let json = browser.request(Method::POST, "/login_handle/");
    let json = json.header("content-type", "application/json").body("{\"uname\":\"m\"}");
    assert_eq!(browser.send(json).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let page = browser.post("/login_handle/", &format!("uname={}", "x".repeat(20_000))).await;
    assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE);
    for (path, place) in [("/login_handle/", "/login/"), ("/login", "/login/"), ("/expiry/", "/")] {
        assert_eq!(browser.get(path).await.header("location"), place);
    }
    site.stop().await;
}

#[tokio::test]
async fn the_open_page_can_ask_without_visiting() {
    let site = Running::start().await;
    let mut browser = site.browser();
    let page = browser.get("/session/").await;
    assert_eq!(page.text, r#"{"uname":null,"end":null}"#);
    browser.post("/login_handle/", &format!("{MING}&expiry=idle&seconds=1")).await;
    let page = browser.get("/session/").await;
    page.assert_has(&[r#"{"uname":"小明","end":"#]);
    assert_eq!(page.header("set-cookie"), "");
    site.stop().await;
}

#[tokio::test]
async fn without_sessions_pages_work_and_the_login_says_why_it_does_not() {
    let site = Running::start_with(&[("SESSION_ENABLED", "false")]).await;
    let mut browser = site.browser();
    browser.get("/").await.assert_has(&[">你好：游客</h1>"]);
    let page = browser.get("/login/").await;
    page.assert_has(&["会话已关闭"]);
    // By the machine's clock, and not from 1970 on.
    assert!(!page.text.contains("1970-01-15") && !page.text.contains("1971-"), "{}", page.text);
    let page = browser.post("/login_handle/", MING).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    page.assert_has(&["会话已关闭", "value=\"小明\""]);
    assert_eq!(browser.get("/logout/").await.status, StatusCode::FOUND);
    assert_eq!(browser.get("/readyz").await.status, StatusCode::OK);
    assert!(!site.folder.path().join("data").exists());
    site.stop().await;
}

#[tokio::test]
async fn a_session_survives_a_restart() {
    let site = Running::start().await;
    let mut browser = site.browser();
    browser.post("/login_handle/", MING).await;
    let database = format!("sqlite:{}", site.folder.path().join("data/test.sqlite3").display());
    let again = Running::start_with(&[("DATABASE_URL", &database)]).await;
    let mut other = again.browser();
    other.cookie = browser.cookie.clone();
    other.get("/").await.assert_has(&[">你好：小明</h1>"]);
    again.stop().await;
    site.stop().await;
}

#[tokio::test]
async fn a_broken_store_is_said_and_mended_without_a_restart() {
    let site = Running::start().await;
    let mut browser = site.browser();
    browser.post("/login_handle/", MING).await;
    let cookie = browser.cookie.clone();
    assert_eq!(browser.get("/readyz").await.status, StatusCode::OK);
    site.sql("ALTER TABLE django_session RENAME TO hidden").await;
    let page = browser.get("/").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    page.assert_has(&["什么都没有丢"]);
    assert_ne!(page.header("retry-after"), "");
    assert_eq!(browser.get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(browser.get("/healthz").await.status, StatusCode::OK);
    site.sql("ALTER TABLE hidden RENAME TO django_session").await;
    assert_eq!(browser.cookie, cookie);
    browser.get("/").await.assert_has(&[">你好：小明</h1>"]);
    site.stop().await;
}

#[tokio::test]
async fn expired_sessions_are_cleared_while_the_site_runs() {
    let before = Running::start().await;
    before.browser().post("/login_handle/", "uname=gone&expiry=never").await;
    before.browser().post("/login_handle/", "uname=alive&expiry=never").await;
    before
        .sql(
            "UPDATE django_session SET expire_date = '2000-01-01 00:00:00' \
             WHERE session_key = (SELECT min(session_key) FROM django_session)",
        )
        .await;
    let database = before.folder.path().join("data/test.sqlite3");
    let database = format!("sqlite:{}", database.display());
    let site = Running::start_with(&[("DATABASE_URL", &database)]).await;
    while before.rows().await > 1 {
        tokio::task::yield_now().await;
    }
    site.stop().await;
    before.stop().await;
}

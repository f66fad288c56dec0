//! Requests of somebody who wants in, or wants the site to fall over.

use huihua::{
    Clock, SecretKeys,
    key::SessionKey,
    signing::{SERVER_SIDE_SALT, SIGNED_COOKIES_SALT, Signer},
};
use reqwest::{Method, StatusCode, header::HeaderValue};
use servers::{Memcached, or_left_out};
use time::{Duration, OffsetDateTime};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::running::{Browser, Page, Running};

const GUEST: &str = "你好：游客";
const SECRET: &str = "a secret for tests";

/// The first page, as somebody with this `Cookie` line gets it.
async fn home(site: &Running, cookies: &str) -> Page {
    let mut browser = site.browser();
    browser.cookie = Some(cookies.to_owned());
    let page = browser.get("/").await;
    assert_eq!(page.status, StatusCode::OK, "{cookies:.100}");
    page
}

/// They are nobody, and nothing is done for them.
async fn is_nobody(site: &Running, cookies: &str) {
    let page = home(site, cookies).await;
    assert!(page.text.contains(GUEST), "{cookies:.100}");
    assert_eq!(page.header("set-cookie"), "", "{cookies:.100}");
}

async fn logged_in(site: &Running) -> (Browser, String) {
    let mut browser = site.browser();
    browser.post("/login_handle/", "uname=ming").await;
    let cookie = browser.cookie.clone().unwrap();
    let key = cookie.split_once('=').unwrap().1.to_owned();
    (browser, key)
}

#[tokio::test]
async fn a_key_that_the_server_did_not_make_is_never_adopted() {
    let site = Running::start().await;
    let chosen = format!("sessionid={}", "a".repeat(32));
    is_nobody(&site, &chosen).await;
    let mut victim = site.browser();
    victim.cookie = Some(chosen.clone());
    victim.post("/login_handle/", "uname=ming").await;
    assert_ne!(victim.cookie.as_deref(), Some(chosen.as_str()));
    is_nobody(&site, &chosen).await;
    site.stop().await;
}

#[tokio::test]
async fn promise_8_what_the_store_or_another_engine_has_opens_nothing() {
    let site = Running::start().await;
    let (_, key) = logged_in(&site).await;
    let stored = SessionKey::parse(key.as_bytes()).unwrap().stored(true);
    let now = Clock::system().now();
    let keys = SecretKeys::allow_short(SECRET).unwrap();
    let signed = |salt| Signer::new(&keys, salt).sign(r#"{"uname":"ming"}"#, now);
    for value in [
        stored.as_str().to_owned(),
        stored.as_str()[..32].to_owned(),
        key.to_uppercase(),
        format!("{key}x"),
        key[..31].to_owned(),
        signed(SERVER_SIDE_SALT),
        signed(SIGNED_COOKIES_SALT),
    ] {
        is_nobody(&site, &format!("sessionid={value}")).await;
    }
    site.stop().await;
}

#[tokio::test]
async fn only_a_cookie_of_exactly_this_name_counts() {
    let site = Running::start().await;
    let (_, key) = logged_in(&site).await;
    for name in
        ["\u{2000}sessionid", "\u{a0}sessionid", "Sessionid", "__Host-sessionid", "xsessionid"]
    {
        let line = HeaderValue::from_bytes(format!("{name}={key}").as_bytes()).unwrap();
        let mut browser = site.browser();
        let request = browser.request(Method::GET, "/").header("cookie", line);
        let page = browser.send(request).await;
        assert!(page.text.contains(GUEST), "{name:?}");
    }
    // Of several of the name, the first that opens a session.
    let other = "b".repeat(32);
    let page = home(&site, &format!("sessionid=junk; sessionid={key}")).await;
    assert!(page.text.contains("ming"));
    let page = home(&site, &format!("sessionid={other}; sessionid={key}")).await;
    assert!(page.text.contains("ming"));
    let long = format!("a={}; sessionid={key}", "x".repeat(64 * 1024));
    assert!(home(&site, &long).await.text.contains("ming"));
    site.stop().await;
}

#[tokio::test]
async fn promise_4_ten_thousand_strange_cookies_leave_nothing_behind() {
    let site = Running::start().await;
    let browser = site.browser();
    for number in 0..10_000 {
        let cookie = match number % 4 {
            0 => format!("sessionid={number:032}"),
            1 => format!("sessionid={}", "%00../".repeat(number % 50)),
            2 => format!("sessionid=\"{number}\"; sessionid=';DROP TABLE django_session"),
            _ => format!("sessionid={}", "e30:1rEkXv:".repeat(number % 30)),
        };
        let request = browser.request(Method::GET, "/session/");
        let answer = request.header("cookie", cookie).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert!(!answer.headers().contains_key("set-cookie"));
    }
    assert_eq!(site.rows().await, 0);
    site.stop().await;
}

#[tokio::test]
async fn promise_9_a_cookie_that_is_not_signed_by_us_opens_nothing() {
    let site = Running::start_with(&[
        ("SESSION_ENGINE", "signed_cookies"),
        ("SECRET_KEY_FALLBACKS", "an earlier secret"),
    ])
    .await;
    let now = Clock::system().now();
    let signed = |secret: &str, salt, json: &str, when| {
        Signer::new(&SecretKeys::allow_short(secret).unwrap(), salt).sign(json, when)
    };
    let ming = r#"{"uname":"ming"}"#;
    let good = signed(SECRET, SIGNED_COOKIES_SALT, ming, now);
    let earlier = signed("an earlier secret", SIGNED_COOKIES_SALT, ming, now);
    for value in [&good, &earlier] {
        let page = home(&site, &format!("sessionid={value}")).await;
        assert!(page.text.contains("ming"));
    }
    let bomb = format!("{{\"a\":\"{}\"}}", "x".repeat(30 << 20));
    let (value, signature) = good.rsplit_once(':').unwrap();
    let other = signed(SECRET, SIGNED_COOKIES_SALT, r#"{"uname":"root"}"#, now);
    for forged in [
        signed("another secret", SIGNED_COOKIES_SALT, ming, now),
        signed(SECRET, SERVER_SIDE_SALT, ming, now),
        signed(SECRET, SIGNED_COOKIES_SALT, ming, now - Duration::days(15)),
        signed(SECRET, SIGNED_COOKIES_SALT, ming, OffsetDateTime::UNIX_EPOCH),
        signed(SECRET, SIGNED_COOKIES_SALT, "[]", now),
        good[..good.len() - 1].to_owned(),
        good[1..].to_owned(),
        value.to_owned(),
        format!("{value}:"),
        format!(".{good}"),
        format!("{}:{signature}", other.rsplit_once(':').unwrap().0),
        String::new(),
    ] {
        is_nobody(&site, &format!("sessionid={forged}")).await;
    }
    // Who has the secret could make one that is too large: it is refused as any other.
    let bomb = signed(SECRET, SIGNED_COOKIES_SALT, &bomb, now);
    let mut browser = site.browser();
    browser.cookie = Some(format!("sessionid={bomb}"));
    assert_eq!(browser.get("/").await.status, 500);
    site.stop().await;
}

#[tokio::test]
async fn no_cookie_names_a_file_outside_its_folder() {
    let site = Running::start_with(&[("SESSION_ENGINE", "file")]).await;
    let outside = site.folder.path().join("data/outside");
    std::fs::write(&outside, "{}").unwrap();
    for value in ["../outside", "..%2foutside", "/etc/passwd", "a/../../outside", "\\..\\outside"] {
        is_nobody(&site, &format!("sessionid={value}")).await;
    }
    assert_eq!(std::fs::read(&outside).unwrap(), b"{}");
    site.stop().await;
}

#[tokio::test]
async fn a_name_is_text_wherever_it_is_shown() {
    let site = Running::start().await;
    for name in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "'; DROP TABLE django_session; --",
        "{{31337*31337}} ${31337*31337} %s",
        "</title></main><svg onload=alert(1)>",
    ] {
        let mut browser = site.browser();
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("uname", name)
            .finish();
        let page = browser.post("/login_handle/", &form).await;
        assert_eq!(page.status, StatusCode::FOUND, "{name}");
        let page = browser.get("/").await;
        for tag in ["<script>alert", "<img", "<svg onload", "982007569"] {
            assert!(!page.text.contains(tag), "{name}: {}", page.text);
        }
        assert_eq!(page.text.matches("<title>").count(), 1);
        let state = browser.get("/session/").await;
        let json: serde_json::Value = serde_json::from_str(&state.text).unwrap();
        assert_eq!(json["uname"], name, "{json}");
        assert_eq!(state.header("content-type"), "application/json");
    }
    site.stop().await;
}

#[tokio::test]
async fn a_form_that_is_not_ours_changes_nothing() {
    let site = Running::start().await;
    let form = "application/x-www-form-urlencoded";
    let large = format!("uname={}", "x".repeat(100_000));
    for (content_type, body, status) in [
        (form, "", 400),
        (form, "uname", 400),
        (form, "uname=a&uname=b", 400),
        (form, "uname=%ff%fe", 400),
        (form, "uname=a&expiry=sometimes", 400),
        (form, "uname=a&expiry=idle&seconds=-1", 400),
        (form, "uname=a&expiry=idle&seconds=99999999999999999999", 400),
        (form, "uname=a%0d%0aSet-Cookie:%20x=y", 400),
        (form, large.as_str(), 413),
        ("application/x-www-form-urlencoded; charset=gbk", "uname=a", 415),
        ("text/plain", "uname=a", 415),
        ("application/json", r#"{"uname":"a"}"#, 415),
        ("multipart/form-data; boundary=x", "--x--", 415),
    ] {
        let mut browser = site.browser();
        let request = browser.request(Method::POST, "/login_handle/");
        let request = request.header("content-type", content_type).body(body.to_owned());
        let page = browser.send(request).await;
        assert_eq!(page.status.as_u16(), status, "{content_type} {body:.60}");
        assert_eq!(page.header("set-cookie"), "", "{body:.60}");
    }
    assert_eq!(site.rows().await, 0);
    site.stop().await;
}

#[tokio::test]
async fn a_field_that_the_form_has_not_is_passed_over() {
    let site = Running::start().await;
    let mut browser = site.browser();
    let form = "uname=ming&_auth_user_id=1&is_admin=true&_session_expiry=0";
    let page = browser.post("/login_handle/", form).await;
    assert_eq!(page.status, StatusCode::FOUND);
    assert!(page.header("set-cookie").contains("Max-Age=1209600"));
    let state = browser.get("/session/").await;
    assert!(state.text.contains("\"ming\""), "{}", state.text);
    site.stop().await;
}

/// Half a form, and then nothing: whoever sends it doesn't keep the site busy for ever.
#[tokio::test]
async fn a_form_that_never_ends_is_given_up() {
    let site = Running::start().await;
    let address = site.url.strip_prefix("http://").unwrap().to_owned();
    let mut slow = TcpStream::connect(&address).await.unwrap();
    let head = "POST /login_handle/ HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\
                Content-Type: application/x-www-form-urlencoded\r\n\r\nuname=mi";
    slow.write_all(head.as_bytes()).await.unwrap();
    let answer = until_it_is_given_up(slow).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert_eq!(site.rows().await, 0);
    site.stop().await;
}

/// The same with half a head.
#[tokio::test]
async fn a_head_that_never_ends_is_given_up() {
    let site = Running::start().await;
    let address = site.url.strip_prefix("http://").unwrap().to_owned();
    let mut slow = TcpStream::connect(&address).await.unwrap();
    let head = "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ";
    slow.write_all(head.as_bytes()).await.unwrap();
    until_it_is_given_up(slow).await;
    assert_eq!(site.browser().get("/").await.status, StatusCode::OK);
    site.stop().await;
}

#[tokio::test]
async fn a_head_without_measure_is_refused() {
    let site = Running::start().await;
    let address = site.url.strip_prefix("http://").unwrap();
    for head in [
        format!("GET / HTTP/1.1\r\nHost: x\r\nX-Large: {}", "x".repeat(256 * 1024)),
        format!("GET / HTTP/1.1\r\n{}", "X-Many: x\r\n".repeat(20_000)),
    ] {
        let mut large = TcpStream::connect(address).await.unwrap();
        // It may be refused before all of it is sent.
        let _ = large.write_all(head.as_bytes()).await;
        let mut answer = vec![0; 12];
        large.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer, b"HTTP/1.1 431");
    }
    site.stop().await;
}

/// All that is answered until the connection ends.
async fn until_it_is_given_up(mut slow: TcpStream) -> String {
    // What only waits for time moves the clock.
    tokio::time::pause();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).await.unwrap();
    tokio::time::resume();
    answer
}

#[tokio::test]
async fn what_memcached_would_take_for_a_command_reaches_it_from_nowhere() {
    let name = "what_memcached_would_take_for_a_command_reaches_it_from_nowhere";
    let Some(memcached) = or_left_out(Memcached::start(), name) else {
        return;
    };
    let site = Running::start_with(&[
        ("SESSION_ENGINE", "memcached"),
        ("SESSION_MEMCACHED_SERVERS", &memcached.address()),
    ])
    .await;
    let (mut browser, key) = logged_in(&site).await;
    for value in [
        "a b c".to_owned(),
        format!("{key} flush_all"),
        format!("{key}%0d%0aflush_all%0d%0a"),
        format!("{key}\tflush_all"),
        "x".repeat(251),
    ] {
        let line = HeaderValue::from_str(&format!("sessionid={value}")).unwrap();
        let mut attacker = site.browser();
        let request = attacker.request(Method::GET, "/").header("cookie", line);
        assert!(attacker.send(request).await.text.contains(GUEST), "{value}");
    }
    let form = "uname=ming%20%0Aflush_all&expiry=idle%0d%0a&seconds=10%0d%0aflush_all";
    let refused = browser.post("/expiry/", form).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(browser.get("/").await.text.contains("ming"));
    site.stop().await;
}

#[tokio::test]
async fn another_site_can_neither_log_in_nor_out_nor_be_led_to() {
    let site = Running::start().await;
    let (_, key) = logged_in(&site).await;
    let cookie = format!("sessionid={key}");
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        for (path, content_type) in [
            ("/login_handle/", "application/x-www-form-urlencoded"),
            ("/login_handle/", "text/plain"),
            ("/logout/", "application/x-www-form-urlencoded"),
            ("/expiry/", "application/x-www-form-urlencoded"),
        ] {
            let mut browser = site.browser();
            let request = browser.request(Method::POST, path).header(name, value);
            let request = request
                .header("cookie", &cookie)
                .header("content-type", content_type)
                .body("uname=evil&expiry=never");
            let page = browser.send(request).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{path} {name}: {value}");
            assert_eq!(page.header("set-cookie"), "");
        }
    }
    for name in ["sec-purpose", "purpose"] {
        let mut browser = site.browser();
        let request = browser.request(Method::GET, "/logout/").header("cookie", &cookie);
        let page = browser.send(request.header(name, "prefetch")).await;
        assert_eq!((page.status, page.header("set-cookie")), (StatusCode::OK, ""));
    }
    assert!(home(&site, &cookie).await.text.contains("ming"));
    // Nobody says where to go after a login but the site.
    for query in ["?next=https://evil.example/", "?next=//evil.example", "?redirect=\\\\evil"] {
        let mut browser = site.browser();
        let page = browser.post(&format!("/login_handle/{query}"), "uname=ming&next=//evil").await;
        assert!(matches!(page.header("location"), "/" | ""), "{query}");
    }
    let mut browser = site.browser();
    let request = browser.request(Method::GET, "/login").header("host", "evil.example");
    assert_eq!(browser.send(request).await.header("location"), "/login/");
    site.stop().await;
}

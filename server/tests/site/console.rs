//! The operator's console, as a browser without JavaScript sees it.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use huihua::{Clock, key::SessionKey};
use reqwest::{Method, StatusCode};
use time::{Duration, OffsetDateTime};

use crate::running::{Browser, Page, Running};

const TOKEN: &str = "a token of some length";
const FORM: &str = "token=a+token+of+some+length";
const PAGES: &[&str] = &[
    "/console/",
    "/console/now/",
    "/console/sessions/",
    "/console/session/?of=x",
];
const DEEDS: &[&str] = &[
    "/console/leave/",
    "/console/clear/",
    "/console/end-all/",
    "/console/session/",
    "/console/session/end/",
];

async fn start_with(more: &[(&str, &str)]) -> Running {
    let token = [("CONSOLE_TOKEN", TOKEN)];
    let more: Vec<_> = token.iter().chain(more).copied().collect();
    Running::start_with(&more).await
}

async fn open(site: &Running) -> Browser {
    let mut operator = site.browser();
    let page = operator.post("/console/", FORM).await;
    assert_eq!(page.status, StatusCode::FOUND);
    assert_eq!(page.header("location"), "/console/");
    operator
}

async fn log_in(site: &Running, form: &str) -> Browser {
    let mut browser = site.browser();
    let page = browser.post("/login_handle/", form).await;
    assert_eq!(page.status, StatusCode::FOUND);
    browser
}

async fn is_logged_in(browser: &mut Browser) -> bool {
    let said = browser.get("/session/").await.text;
    !said.contains("\"uname\":null")
}

/// The first text between `before` and `after`.
fn between<'a>(page: &'a Page, before: &str, after: &str) -> &'a str {
    let (_, rest) = page.text.split_once(before).expect(before);
    rest.split_once(after).expect(after).0
}

/// How the table refers to its first session.
async fn first_handle(operator: &mut Browser) -> String {
    let table = operator.get("/console/sessions/").await;
    assert_eq!(table.status, StatusCode::OK);
    between(&table, "/console/session/?of=", "\"").to_owned()
}

/// Asks until the page says so: work in the background takes as long as it takes.
async fn until(operator: &mut Browser, path: &str, text: &str) -> Page {
    loop {
        let page = operator.get(path).await;
        if page.text.contains(text) {
            return page;
        }
        tokio::task::yield_now().await;
    }
}

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
    let gate = operator.get("/console/").await;
    assert_eq!(gate.status, StatusCode::OK);
    gate.assert_has(&[
        "<title>控制台</title>",
        "name=\"token\"",
        "type=\"password\"",
    ]);
    assert_eq!(gate.header("set-cookie"), "");
    let wrong = operator
        .post("/console/", "token=a+token+of+some+lengt")
        .await;
    assert_eq!(wrong.status, StatusCode::FORBIDDEN);
    wrong.assert_has(&["令牌不对", "aria-invalid=\"true\""]);
    assert!(!wrong.text.contains("of some lengt"));
    assert_eq!(wrong.header("set-cookie"), "");

    let opened = operator.post("/console/", FORM).await;
    let cookie = opened.header("set-cookie");
    assert!(cookie.starts_with("__Secure-console="), "{cookie}");
    for attribute in [
        "Path=/console/",
        "HttpOnly",
        "SameSite=Strict",
        "Secure",
        "Max-Age=900",
    ] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    let page = operator.get("/console/").await;
    page.assert_has(&["有效的会话", "id=\"hour\"", "/console/leave/"]);
    assert_eq!(page.header("cache-control"), "no-store");
    // It is nobody on the site, and in none of its rows.
    assert_eq!(site.rows().await, 0);
    page.assert_has(&["<dd id=\"live\">0</dd>"]);

    let closed = operator.cookie.clone();
    operator.post("/console/leave/", "").await;
    assert_eq!(operator.cookie, None);
    operator.cookie = closed;
    assert_eq!(
        operator.get("/console/sessions/").await.header("location"),
        "/console/"
    );
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
    let mut page = guesser.post("/console/", FORM).await;
    // A slow machine may have given one try back.
    if page.status == StatusCode::FOUND {
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
async fn the_table_names_sessions_and_never_says_a_key() {
    let site = start_with(&[("SESSION_HASH_KEYS", "false"), ("LOGIN_RATE_LIMIT", "0")]).await;
    let mut keys = Vec::new();
    for index in 0..60 {
        let browser = log_in(&site, &format!("uname=visitor{index}&expiry=days&days=7")).await;
        let cookie = browser.cookie.unwrap();
        keys.push(cookie.split_once('=').unwrap().1.to_owned());
    }
    let mut operator = open(&site).await;
    let mut path = "/console/sessions/".to_owned();
    let (mut met, mut pages) = (0, 0);
    loop {
        let page = operator.get(&path).await;
        assert_eq!(page.status, StatusCode::OK);
        for key in &keys {
            assert!(!page.text.contains(key) && !path.contains(key));
            let name = SessionKey::parse(key.as_bytes())
                .unwrap()
                .stored(false)
                .name();
            met += usize::from(page.text.contains(&format!("<code>{name}</code>")));
        }
        pages += 1;
        if !page.text.contains("id=\"next\"") {
            break;
        }
        let next = page.text.split("<a id=\"next\"").nth(1).unwrap();
        let next = next.split("href=\"").nth(1).unwrap_or_else(|| {
            panic!("no address in {next}");
        });
        path = next.split('"').next().unwrap().replace("&amp;", "&");
    }
    assert_eq!((met, pages), (60, 2));
    for order in ["ends-first", "ends-last"] {
        let page = operator
            .get(&format!("/console/sessions/?order={order}"))
            .await;
        page.assert_has(&["visitor", "id=\"next\""]);
    }
    let handle = first_handle(&mut operator).await;
    let one = operator
        .get(&format!("/console/session/?of={handle}"))
        .await;
    for key in &keys {
        assert!(!one.text.contains(key) && !handle.contains(key));
    }
    site.stop().await;
}

#[tokio::test]
async fn sessions_are_found_by_name_and_by_fingerprint() {
    let site = start_with(&[]).await;
    for uname in ["ming", "ming", "hong", "m%3Cb%3E"] {
        log_in(&site, &format!("uname={uname}")).await;
    }
    let mut operator = open(&site).await;
    let ming = operator.get("/console/sessions/?uname=ming").await;
    assert_eq!(ming.text.matches("<bdi>ming</bdi>").count(), 2);
    assert!(!ming.text.contains("hong"));
    ming.assert_has(&["读了 4 个会话，找到 2 个。"]);
    let name = between(&ming, "<code>", "</code>").to_owned();
    let found = operator
        .get(&format!("/console/sessions/?name={}", &name[..6]))
        .await;
    found.assert_has(&[&format!("<code>{name}</code>")]);
    assert_eq!(found.text.matches("<bdi>").count(), 1);
    let escaped = operator.get("/console/sessions/?uname=m%3Cb%3E").await;
    escaped.assert_has(&["<bdi>m&lt;b&gt;</bdi>"]);
    let nobody = operator.get("/console/sessions/?uname=nobody").await;
    nobody.assert_has(&["没有这样的会话"]);
    let nonsense = operator.get("/console/sessions/?name=%3Cscript%3E").await;
    assert_eq!(nonsense.status, StatusCode::BAD_REQUEST);
    nonsense.assert_has(&["指纹是 1 到 12 位", "value=\"&lt;script&gt;\""]);
    let stale = operator.get("/console/sessions/?uname=ming&from=x").await;
    assert_eq!(stale.header("location"), "/console/sessions/?uname=ming");
    site.stop().await;
}

#[tokio::test]
async fn values_are_shown_when_they_are_asked_for() {
    let site = start_with(&[]).await;
    let mut ming = log_in(&site, "uname=ming").await;
    ming.post(
        "/session/set/",
        "key=city&kind=json&value=%7B%22at%22%3A%22sea%22%7D",
    )
    .await;
    let mut operator = open(&site).await;
    let handle = first_handle(&mut operator).await;
    let path = format!("/console/session/?of={handle}");
    let closed = operator.get(&path).await;
    closed.assert_has(&["<bdi>city</bdi>", "字典", "显示值"]);
    assert!(!closed.text.contains("sea"));
    let shown = operator
        .post("/console/session/", &format!("of={handle}"))
        .await;
    assert_eq!(shown.status, StatusCode::OK);
    shown.assert_has(&["\"at\": \"sea\""]);
    let missing = operator.get("/console/session/?of=nonsense").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    missing.assert_has(&["这个会话不在了"]);
    site.stop().await;
}

#[tokio::test]
async fn whose_session_is_ended_is_logged_out() {
    let site = start_with(&[]).await;
    let mut ming = log_in(&site, "uname=ming").await;
    let mut operator = open(&site).await;
    let handle = first_handle(&mut operator).await;
    let form = format!("of={handle}&next=%2Fconsole%2Fsessions%2F%3Funame%3Dming");
    let ended = operator.post("/console/session/end/", &form).await;
    assert_eq!(ended.status, StatusCode::FOUND);
    assert_eq!(ended.header("location"), "/console/sessions/?uname=ming");
    assert!(!is_logged_in(&mut ming).await);
    let said = operator.get("/console/sessions/").await;
    said.assert_has(&["role=\"status\"", "已结束。"]);
    let once = operator.get("/console/sessions/").await;
    assert!(!once.text.contains("已结束。"));
    let elsewhere = format!("of={handle}&next=https%3A%2F%2Fevil.test%2F");
    let again = operator.post("/console/session/end/", &elsewhere).await;
    assert_eq!(again.header("location"), "/");
    let said = operator.get("/console/sessions/").await;
    said.assert_has(&["已经不在了。"]);
    site.stop().await;
}

#[tokio::test]
async fn all_sessions_of_a_name_end_and_no_others() {
    let site = start_with(&[]).await;
    let mut mings = Vec::new();
    for _ in 0..3 {
        mings.push(log_in(&site, "uname=%E5%B0%8F%E6%98%8E").await);
    }
    let mut hong = log_in(&site, "uname=%E5%B0%8F%E7%BA%A2").await;
    let mut operator = open(&site).await;
    let nobody = operator.post("/console/end-all/", "uname=+").await;
    assert_eq!(nobody.status, StatusCode::BAD_REQUEST);
    nobody.assert_has(&["请输入名字", "aria-describedby=\"uname-error\""]);
    let begun = operator
        .post("/console/end-all/", "uname=%E5%B0%8F%E6%98%8E")
        .await;
    assert_eq!(begun.header("location"), "/console/#jobs");
    until(&mut operator, "/console/now/", "完成，移除了 3 个").await;
    for ming in &mut mings {
        assert!(!is_logged_in(ming).await);
    }
    assert!(is_logged_in(&mut hong).await);
    site.stop().await;
}

#[tokio::test]
async fn expired_sessions_are_cleared() {
    let site = start_with(&[]).await;
    let mut operator = open(&site).await;
    // What the site clears by itself when it starts.
    for _ in 0..3 {
        log_in(&site, "uname=ming").await;
    }
    site.sql("UPDATE django_session SET expire_date = '2001-01-01 00:00:00.000000'")
        .await;
    log_in(&site, "uname=hong").await;
    let before = operator.get("/console/").await;
    before.assert_has(&["<dd id=\"live\">1</dd>", "<dd id=\"expired\">3</dd>"]);
    operator.post("/console/clear/", "").await;
    let page = until(&mut operator, "/console/", "完成，移除了 3 个").await;
    page.assert_has(&["清除过期的会话", "<dd id=\"expired\">0</dd>"]);
    assert_eq!(site.rows().await, 1);
    site.stop().await;
}

#[tokio::test]
async fn clearing_goes_on_while_nobody_looks_and_every_page_shows_how_far_it_is() {
    let site = start_with(&[]).await;
    let mut operator = open(&site).await;
    site.sql(
        "INSERT INTO django_session WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n \
         WHERE i < 300000) SELECT printf('%040x', i), 'x', '2001-01-01 00:00:00.000000' FROM n",
    )
    .await;
    operator.post("/console/clear/", "").await;
    let done = |page: &Page| -> u64 {
        let bar = between(page, "<progress", ">");
        let (_, value) = bar.split_once("value=\"").unwrap();
        value.split('"').next().unwrap().parse().unwrap()
    };
    let first = until(&mut operator, "/console/", "max=\"300000\"").await;
    let then = done(&first);
    // Whoever has the token sees it, in another browser too.
    let later = open(&site).await.get("/console/").await;
    assert!(done(&later) >= then);
    until(&mut operator, "/console/now/", "完成，移除了 300000 个").await;
    assert_eq!(site.rows().await, 0);
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
    assert_eq!(
        operator.get("/console/sessions/").await.status,
        StatusCode::OK
    );
    pass(14);
    // The page that is left open asks by itself.
    assert_eq!(operator.get("/console/now/").await.status, StatusCode::OK);
    pass(2);
    assert_eq!(
        operator.get("/console/now/").await.status,
        StatusCode::UNAUTHORIZED
    );
    operator
        .get("/console/")
        .await
        .assert_has(&["name=\"token\""]);
    site.stop().await;
}

#[tokio::test]
async fn a_store_that_is_broken_is_shown_as_that() {
    let site = start_with(&[]).await;
    let mut operator = open(&site).await;
    site.sql("ALTER TABLE django_session RENAME TO elsewhere")
        .await;
    let page = operator.get("/console/").await;
    assert_eq!(page.status, StatusCode::OK);
    page.assert_has(&["存储没有回答", "没有回答："]);
    let table = operator.get("/console/sessions/").await;
    assert_eq!(table.status, StatusCode::SERVICE_UNAVAILABLE);
    table.assert_has(&["存储没有回答"]);
    site.stop().await;
}

#[tokio::test]
async fn where_there_are_no_rows_it_says_so() {
    for more in [
        ("SESSION_ENGINE", "signed_cookies"),
        ("SESSION_ENABLED", "false"),
    ] {
        let site = start_with(&[more]).await;
        let mut operator = open(&site).await;
        operator
            .get("/console/")
            .await
            .assert_has(&["这里没有可以看的会话", "id=\"hour\""]);
        let table = operator.get("/console/sessions/").await;
        assert_eq!(table.header("location"), "/console/");
        site.stop().await;
    }
}

//! The operator's console, as a browser without JavaScript sees it.

mod login;

use std::fs;

use huihua::{
    Clock, SecretKeys,
    key::SessionKey,
    signing::{SERVER_SIDE_SALT, Signer},
};
use reqwest::{Method, StatusCode};

use crate::running::{Browser, Page, Running, SECRET_KEY};

const TOKEN: &str = "a token of some length";
const FORM: &str = "token=a+token+of+some+length";

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

/// The link of the table to its first session.
async fn first_handle(operator: &mut Browser) -> String {
    let table = operator.get("/console/sessions/").await;
    assert_eq!(table.status, StatusCode::OK);
    between(&table, "/console/session/?of=", "\"").to_owned()
}

/// Asks until the page says one of these: work in the background takes as long as it takes.
async fn until(operator: &mut Browser, path: &str, texts: &[&str]) -> Page {
    loop {
        let page = operator.get(path).await;
        if texts.iter().any(|text| page.text.contains(text)) {
            return page;
        }
        assert!(!page.text.contains("没有做完"), "{}", page.text);
        tokio::task::yield_now().await;
    }
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
            let name = SessionKey::parse(key.as_bytes()).unwrap().stored(false).fingerprint();
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
        let page = operator.get(&format!("/console/sessions/?order={order}")).await;
        page.assert_has(&["visitor", "id=\"next\""]);
    }
    let handle = first_handle(&mut operator).await;
    let one = operator.get(&format!("/console/session/?of={handle}")).await;
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
    let found = operator.get(&format!("/console/sessions/?name={}", &name[..6])).await;
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
    ming.post("/session/set/", "key=city&kind=json&value=%7B%22at%22%3A%22sea%22%7D").await;
    let mut operator = open(&site).await;
    let handle = first_handle(&mut operator).await;
    let path = format!("/console/session/?of={handle}");
    let closed = operator.get(&path).await;
    closed.assert_has(&["<bdi>city</bdi>", "字典", "显示值"]);
    assert!(!closed.text.contains("sea"));
    let shown = operator.post("/console/session/", &format!("of={handle}")).await;
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
    // What nobody reads takes nothing from who does.
    for (method, name, value) in [
        (Method::HEAD, "accept", "*/*"),
        (Method::GET, "sec-purpose", "prefetch"),
        (Method::GET, "sec-fetch-dest", "image"),
    ] {
        let request = operator.request(method, "/console/");
        let page = operator.send(request.header(name, value)).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.text.contains("已结束。"), "{value}");
    }
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
    // Neither of two names, nor whatever is put in the place of what is no text.
    let mut replaced = log_in(&site, "uname=%EF%BF%BD").await;
    for form in ["uname=%FF", "uname=%E5%B0%8F%E6%98%8E&uname=ming"] {
        let refused = operator.post("/console/end-all/", form).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{form}");
    }
    assert!(is_logged_in(&mut replaced).await && is_logged_in(&mut mings[0]).await);
    let begun = operator.post("/console/end-all/", "uname=%E5%B0%8F%E6%98%8E").await;
    assert_eq!(begun.header("location"), "/console/#jobs");
    until(&mut operator, "/console/now/", &["完成，移除了 3 个"]).await;
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
    site.sql("UPDATE django_session SET expire_date = '2001-01-01 00:00:00.000000'").await;
    log_in(&site, "uname=hong").await;
    let before = operator.get("/console/").await;
    before.assert_has(&["<dd id=\"live\">1</dd>", "<dd id=\"expired\">3</dd>"]);
    operator.post("/console/clear/", "").await;
    let page = until(&mut operator, "/console/", &["完成，移除了 3 个"]).await;
    page.assert_has(&["清除过期的会话", "<dd id=\"expired\">0</dd>"]);
    assert_eq!(site.rows().await, 1);
    site.stop().await;
}

#[tokio::test]
async fn clearing_goes_on_while_nobody_looks_and_every_page_shows_how_far_it_is() {
    const DONE: &str = "完成，移除了 300000 个";
    let site = start_with(&[]).await;
    let (mut operator, mut other) = (open(&site).await, open(&site).await);
    // What the site clears by itself when it starts.
    until(&mut operator, "/console/", &["完成，移除了 0 个"]).await;
    let first = loop {
        site.sql(
            "INSERT INTO django_session WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 \
             FROM n WHERE i < 300000) \
             SELECT printf('%040x', i), 'x', '2001-01-01 00:00:00.000000' FROM n",
        )
        .await;
        operator.post("/console/clear/", "").await;
        let page = until(&mut operator, "/console/", &["max=\"300000\"", DONE]).await;
        // Else all was cleared between two looks, by a machine that had much else to do.
        if page.text.contains("<progress") {
            break page;
        }
    };
    let done = |page: &Page| -> u64 {
        let bar = between(page, "<progress", ">");
        let (_, value) = bar.split_once("value=\"").unwrap();
        value.split('"').next().unwrap().parse().unwrap()
    };
    let then = done(&first);
    // Whoever has the token sees it, in another browser too.
    let later = other.get("/console/").await;
    assert!(later.text.contains(DONE) || done(&later) >= then);
    until(&mut operator, "/console/now/", &[DONE]).await;
    assert_eq!(site.rows().await, 0);
    site.stop().await;
}

#[tokio::test]
async fn a_store_that_is_broken_is_shown_as_that() {
    let site = start_with(&[]).await;
    let mut operator = open(&site).await;
    site.sql("ALTER TABLE django_session RENAME TO elsewhere").await;
    let page = operator.get("/console/").await;
    assert_eq!(page.status, StatusCode::OK);
    page.assert_has(&["存储没有回答", "没有回答："]);
    let table = operator.get("/console/sessions/").await;
    assert_eq!(table.status, StatusCode::SERVICE_UNAVAILABLE);
    table.assert_has(&["存储没有回答"]);
    site.stop().await;
}

#[tokio::test]
async fn a_session_that_the_store_cannot_read_is_no_broken_store() {
    let site = start_with(&[("SESSION_ENGINE", "file")]).await;
    log_in(&site, "uname=ming").await;
    let mut operator = open(&site).await;
    let handle = first_handle(&mut operator).await;
    let files = fs::read_dir(site.folder.path().join("data/sessions")).unwrap();
    let mut files = files.map(|file| file.unwrap());
    // The others are locks.
    let file = files.find(|file| !file.file_name().to_str().unwrap().starts_with('.')).unwrap();
    let large = fs::OpenOptions::new().write(true).open(file.path()).unwrap();
    large.set_len(64 * 1024 * 1024).unwrap();
    let page = operator.get(&format!("/console/session/?of={handle}")).await;
    assert_eq!(page.status, StatusCode::OK);
    page.assert_has(&["读不了：它超过了", "结束这个会话"]);
    operator.post("/console/session/end/", &format!("of={handle}")).await;
    operator.get("/console/sessions/").await.assert_has(&["已结束。"]);
    assert!(!file.path().exists());
    site.stop().await;
}

/// Beside them is one that an operator can read.
#[tokio::test]
async fn why_a_session_cannot_be_read_is_said_and_ending_it_helps() {
    let site = start_with(&[("SESSION_MAX_BYTES", "1024")]).await;
    let signer = Signer::new(&SecretKeys::allow_short(SECRET_KEY).unwrap(), SERVER_SIDE_SALT);
    let now = Clock::system().now();
    let large = signer.sign(&format!("{{\"note\":\"{}\"}}", "x".repeat(2000)), now);
    let list = signer.sign("[]", now);
    let mut operator = open(&site).await;
    for (data, status, why) in [
        (format!("'{large}'"), 200, "它超过了 SESSION_MAX_BYTES"),
        (format!("'{list}'"), 200, "它不是会话"),
        ("'e30:1:x'".to_owned(), 200, "不是用这个 SECRET_KEY 签的"),
        ("x'ff'".to_owned(), 404, "没有能读的会话"),
    ] {
        let key = SessionKey::generate().stored(true);
        let key = key.as_str();
        let insert = "INSERT INTO django_session VALUES";
        site.sql(&format!("{insert} ('{key}', {data}, '2999-01-01 00:00:00')")).await;
        let table = operator.get("/console/sessions/").await;
        table.assert_has(&["读不了"]);
        let handle = between(&table, "/console/session/?of=", "\"").to_owned();
        let page = operator.get(&format!("/console/session/?of={handle}")).await;
        assert_eq!(page.status, status, "{why}");
        page.assert_has(&[why, "结束这个会话"]);
        let shown = operator.post("/console/session/", &format!("of={handle}")).await;
        assert_eq!(shown.status, status, "{why}");
        assert!(!shown.text.contains("已记入日志"));
        operator.post("/console/session/end/", &format!("of={handle}")).await;
        operator.get("/console/sessions/").await.assert_has(&["已结束。", "没有这样的会话"]);
        assert_eq!(site.rows().await, 0);
    }
    site.stop().await;
}

#[tokio::test]
async fn where_there_are_no_rows_it_says_so() {
    for more in [("SESSION_ENGINE", "signed_cookies"), ("SESSION_ENABLED", "false")] {
        let site = start_with(&[more]).await;
        let mut operator = open(&site).await;
        operator.get("/console/").await.assert_has(&["这里没有可以看的会话", "id=\"hour\""]);
        let table = operator.get("/console/sessions/").await;
        assert_eq!(table.header("location"), "/console/");
        site.stop().await;
    }
}

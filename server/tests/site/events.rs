//! Events, as the log and Prometheus are told them: the built program, as it is run.

use std::path::Path;

use reqwest::{Client, Method, RequestBuilder, StatusCode};
use servers::{Huihua, folder_with_site};
use tempfile::TempDir;

use crate::running::{Browser, settings_in, sql_in};

struct Watched {
    huihua: Huihua,
    folder: TempDir,
}

impl Watched {
    fn start(more: &[(&str, &str)]) -> Self {
        let folder = folder_with_site();
        let metrics = [("METRICS_ADDR", "127.0.0.1:0")];
        let more = metrics.iter().chain(more);
        let more = more.map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        let settings = settings_in(&folder).into_iter().chain(more).collect();
        let program = Path::new(env!("CARGO_BIN_EXE_huihua"));
        Self { huihua: Huihua::start(program, &settings, folder.path()), folder }
    }

    fn browser(&self) -> Browser {
        Browser::at(self.huihua.url())
    }

    /// The figure in the line that begins so, or 0.
    async fn figure(&self, line: &str) -> f64 {
        let url = self.huihua.metrics_url().unwrap();
        let answer = reqwest::get(url).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let text = answer.text().await.unwrap();
        for secret in ["sessionid", "小明", "a secret for tests"] {
            assert!(!text.contains(secret), "{text}");
        }
        let found = text.lines().find_map(|found| found.strip_prefix(line));
        found.map_or(0.0, |figure| figure.trim().parse().unwrap())
    }

    async fn events(&self, name: &str) -> f64 {
        let line = format!("huihua_events_total{{event=\"{name}\"}}");
        self.figure(&line).await
    }

    async fn taken(&self, operation: &str) -> f64 {
        let line =
            format!("huihua_engine_seconds_count{{engine=\"db\",operation=\"{operation}\"}}");
        self.figure(&line).await
    }

    async fn sql(&self, statement: &str) {
        sql_in(&self.folder, statement).await;
    }

    fn lines(&self, text: &str) -> usize {
        let said = self.huihua.said();
        said.lines().filter(|line| line.contains(text)).count()
    }
}

#[tokio::test]
async fn what_happens_to_sessions_is_logged_and_counted_and_names_nobody() {
    let site = Watched::start(&[]);
    let mut browser = site.browser();
    assert_eq!(browser.get("/metrics").await.status, StatusCode::NOT_FOUND);
    let name = "uname=%E5%B0%8F%E6%98%8E%3Cscript%3E";
    browser.post("/login_handle/", name).await;
    let key = browser.cookie.clone().unwrap().split_once('=').unwrap().1.to_owned();
    browser.post("/login_handle/", "uname=").await;
    for _ in 0..3 {
        browser.get("/").await;
    }
    assert_eq!(site.events("login").await, 1.0);
    assert_eq!(site.taken("create").await, 1.0);
    assert!(site.taken("load").await >= 3.0);

    let request = browser.request(Method::POST, "/logout/");
    browser.send(request.header("origin", "https://evil.example")).await;
    assert_eq!(site.events("cross_site_refused").await, 1.0);
    browser.post("/logout/", "").await;
    assert_eq!(site.events("logout").await, 1.0);
    assert_eq!(site.taken("delete").await, 1.0);

    browser.post("/login_handle/", "uname=m").await;
    site.sql("UPDATE django_session SET session_data = 'e30:1rEkXv:' || hex(randomblob(16))").await;
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
    assert_eq!(site.events("refused_payload").await, 1.0);

    site.sql("ALTER TABLE django_session RENAME TO hidden").await;
    assert_eq!(browser.get("/").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(site.events("store_failed").await, 1.0);
    let failures = "huihua_engine_failures_total{engine=\"db\",operation=\"load\"}";
    assert_eq!(site.figure(failures).await, 1.0);
    let most = "huihua_engine_connections{state=\"most\"}";
    assert_eq!(site.figure(most).await, 8.0);

    // Who it was, the log says by the beginning of the key's hash, and by nothing else.
    let said = site.huihua.said();
    let stored = huihua::key::SessionKey::parse(key.as_bytes()).unwrap().stored(true);
    let named = format!("event=\"logout\" session={}", &stored.as_str()[..12]);
    assert!(said.contains(&named), "no {named} in {said}");
    for event in ["login", "refused_payload", "store_failed", "cross_site_refused"] {
        assert!(site.lines(&format!("event=\"{event}\"")) > 0, "{event}: {said}");
    }
    for secret in [key.as_str(), "小明", "<script>", "a secret for tests"] {
        assert!(!said.contains(secret), "{secret} is in {said}");
    }
}

#[tokio::test]
async fn the_log_says_which_setting_a_proxy_needs() {
    let log_in = async |site: &Watched, forwarded_for: &str| {
        let mut browser = site.browser();
        let request = browser.request(Method::POST, "/login_handle/");
        let request = request.header("x-forwarded-for", forwarded_for).body("");
        browser.send(request).await;
    };
    let untold = Watched::start(&[]);
    log_in(&untold, "9.9.9.9").await;
    assert!(untold.lines("client=127.0.0.1") == 1, "{}", untold.huihua.said());
    assert_eq!(untold.lines("TRUSTED_PROXIES"), 1);

    let told = Watched::start(&[("TRUSTED_PROXIES", "127.0.0.1")]);
    log_in(&told, "9.9.9.9:4711, 127.0.0.1").await;
    assert_eq!(told.lines("X-Forwarded-For"), 0);
    log_in(&told, "9.9.9.9, unknown").await;
    assert_eq!(told.lines("item=\"unknown\" proxy=127.0.0.1"), 1, "{}", told.huihua.said());

    let mut browser = told.browser();
    let request = browser.request(Method::POST, "/logout/").header("host", "a:1");
    browser.send(request.header("origin", "http://b:2")).await;
    assert_eq!(told.lines("origin=\"http://b:2\" host=\"a:1\""), 1, "{}", told.huihua.said());
}

#[tokio::test]
async fn a_session_that_ends_at_its_time_is_an_event() {
    let site = Watched::start(&[("SESSION_ABSOLUTE_AGE", "1")]);
    let mut browser = site.browser();
    browser.post("/login_handle/", "uname=m").await;
    // The one real second: the process has no clock to hand in. The row outlives it by its column.
    site.sql("UPDATE django_session SET expire_date = '2999-01-01 00:00:00'").await;
    while browser.get("/session/").await.text.contains("\"m\"") {
        tokio::task::yield_now().await;
    }
    assert!(site.events("expired").await >= 1.0);
    assert!(site.lines("event=\"expired\" session=") >= 1);
}

#[tokio::test]
async fn promise_4_strange_cookies_fill_no_log_and_most_cost_no_look_up() {
    let site = Watched::start(&[]);
    let client = Client::new();
    let before = site.huihua.said().lines().count();
    let send = |cookie: String| -> RequestBuilder {
        let request = client.get(format!("{}/session/", site.huihua.url()));
        request.header("cookie", cookie)
    };
    for number in 0..3000 {
        let cookie = match number % 3 {
            0 => format!("sessionid={}", "%00../".repeat(number % 50)),
            1 => format!("sessionid=\"{number}\"; sessionid=';DROP TABLE django_session"),
            _ => format!("sessionid={}", "e30:1rEkXv:".repeat(number % 30)),
        };
        assert_eq!(send(cookie).send().await.unwrap().status(), StatusCode::OK);
    }
    assert_eq!(site.taken("load").await, 0.0);
    for number in 0..3000 {
        let cookie = format!("sessionid={number:032}");
        assert_eq!(send(cookie).send().await.unwrap().status(), StatusCode::OK);
    }
    // One look-up each, and nothing else.
    assert_eq!(site.taken("load").await, 3000.0);
    for operation in ["create", "replace", "delete"] {
        assert_eq!(site.taken(operation).await, 0.0, "{operation}");
    }
    assert_eq!(site.huihua.said().lines().count(), before);
}

#[tokio::test]
async fn what_an_operator_does_is_logged_without_a_key_and_the_console_is_no_visitor() {
    let token = "a token of some length";
    let site = Watched::start(&[("CONSOLE_TOKEN", token)]);
    let mut ming = site.browser();
    ming.post("/login_handle/", "uname=ming").await;
    ming.post("/session/set/", "key=city&kind=text&value=Harbin").await;
    let mut operator = site.browser();
    operator.post("/console/", "token=another+one+of+that+length").await;
    operator.post("/console/", "token=a+token+of+some+length").await;
    let table = operator.get("/console/sessions/").await.text;
    let (_, rest) = table.split_once("/console/session/?of=").unwrap();
    let handle = rest.split('"').next().unwrap();
    operator.post("/console/session/", &format!("of={handle}")).await;
    operator.post("/console/session/end/", &format!("of={handle}")).await;
    // No value is shown of what can't be read.
    let key = huihua::key::SessionKey::generate().stored(true);
    let row = format!("('{}', 'e30:1:x', '2999-01-01 00:00:00')", key.as_str());
    site.sql(&format!("INSERT INTO django_session VALUES {row}")).await;
    let table = operator.get("/console/sessions/").await.text;
    let (_, rest) = table.split_once("/console/session/?of=").unwrap();
    let unsigned = rest.split('"').next().unwrap();
    operator.post("/console/session/", &format!("of={unsigned}")).await;
    operator.post("/console/leave/", "").await;
    assert_eq!(site.events("console_closed").await, 1.0);
    assert_eq!(site.events("login").await, 1.0);
    assert_eq!(site.events("logout").await, 0.0);

    let said = site.huihua.said();
    let key = ming.cookie.unwrap();
    let key = key.split_once('=').unwrap().1;
    let name = huihua::key::SessionKey::parse(key.as_bytes()).unwrap().stored(true).fingerprint();
    for line in [
        "event=\"console_refused\" by=\"console 127.0.0.1\" why=\"wrong token\"".to_owned(),
        "event=\"console_opened\" by=\"console 127.0.0.1\"".to_owned(),
        format!("event=\"values_shown\" by=\"console 127.0.0.1\" session=\"{name}\""),
        format!("event=\"session_ended\" by=\"console 127.0.0.1\" session=\"{name}\""),
        "event=\"console_closed\" by=\"console 127.0.0.1\"".to_owned(),
    ] {
        assert!(said.contains(&line), "no {line} in {said}");
    }
    assert_eq!(said.matches("values_shown").count(), 1, "{said}");
    for secret in [key, token, "another one", "Harbin", handle] {
        assert!(!said.contains(secret), "{secret} is in {said}");
    }
}

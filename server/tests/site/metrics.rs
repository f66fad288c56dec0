//! What Prometheus is told.

use reqwest::{Method, StatusCode};

use crate::running::Running;

/// The figure in the line that begins so, or 0.
async fn figure(site: &Running, line: &str) -> f64 {
    let url = format!("{}/metrics", site.metrics.as_ref().unwrap());
    let answer = reqwest::get(url).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let text = answer.text().await.unwrap();
    for secret in ["sessionid", "小明", "a secret for tests"] {
        assert!(!text.contains(secret), "{text}");
    }
    let found = text.lines().find_map(|found| found.strip_prefix(line));
    found.map_or(0.0, |figure| figure.trim().parse().unwrap())
}

// One test: the figures are those of the whole process.
#[tokio::test]
async fn what_visitors_do_and_what_the_store_takes_is_counted() {
    let site = Running::start_with(&[("METRICS_ADDR", "127.0.0.1:0")]).await;
    assert_eq!(
        site.browser().get("/metrics").await.status,
        StatusCode::NOT_FOUND
    );
    let event = |name: &str| format!("huihua_events_total{{event=\"{name}\"}}");
    let taken = |operation: &str| {
        format!("huihua_engine_seconds_count{{engine=\"db\",operation=\"{operation}\"}}")
    };
    let (logins, loads) = (event("login"), taken("load"));
    let before = (figure(&site, &logins).await, figure(&site, &loads).await);

    let mut browser = site.browser();
    browser
        .post("/login_handle/", "uname=%E5%B0%8F%E6%98%8E")
        .await;
    browser.post("/login_handle/", "uname=").await;
    for _ in 0..3 {
        browser.get("/").await;
    }
    assert!(figure(&site, &logins).await >= before.0 + 1.0);
    assert!(figure(&site, &loads).await >= before.1 + 3.0);
    assert!(figure(&site, &taken("create")).await >= 1.0);

    let request = browser.request(Method::POST, "/logout/");
    browser
        .send(request.header("origin", "https://evil.example"))
        .await;
    assert!(figure(&site, &event("cross_site_refused")).await >= 1.0);
    browser.post("/logout/", "").await;
    assert!(figure(&site, &event("logout")).await >= 1.0);
    assert!(figure(&site, &taken("delete")).await >= 1.0);

    browser.post("/login_handle/", "uname=m").await;
    site.sql("ALTER TABLE django_session RENAME TO hidden")
        .await;
    assert_eq!(
        browser.get("/").await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    let failures = "huihua_engine_failures_total{engine=\"db\",operation=\"load\"}";
    assert!(figure(&site, failures).await >= 1.0);
    site.stop().await;
}

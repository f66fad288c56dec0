use reqwest::{Method, StatusCode};

use crate::running::Running;

#[tokio::test]
async fn nothing_dynamic_is_cached() {
    let site = Running::start().await;
    let mut browser = site.browser();
    browser.post("/login_handle/", "uname=m").await;
    for path in ["/", "/login/", "/logout/", "/session/", "/missing"] {
        let page = browser.get(path).await;
        let cache_control = match path {
            // Whoever follows the link is logged out.
            "/session/" | "/missing" => "no-store",
            _ => "private, no-store",
        };
        assert_eq!(page.header("cache-control"), cache_control, "{path}");
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
        if path != "/missing" {
            assert_eq!(page.header("vary"), "Cookie", "{path}");
        }
    }
    site.stop().await;
}

/// Every route, and what doesn't belong to one: each kind of answer there is.
const REQUESTS: &[(&str, &str, u16)] = &[
    ("GET", "/", 200),
    ("GET", "/login/", 200),
    ("GET", "/login", 303),
    ("GET", "/login_handle/", 303),
    ("POST", "/login_handle/", 400),
    ("GET", "/expiry/", 303),
    ("POST", "/expiry/", 302),
    ("HEAD", "/logout/", 200),
    ("POST", "/logout/", 302),
    ("GET", "/session/", 200),
    ("GET", "/session/set/", 303),
    ("POST", "/session/set/", 302),
    ("POST", "/session/delete/", 302),
    ("POST", "/session/clear/", 302),
    ("POST", "/session/flush/", 302),
    ("POST", "/preferences/", 302),
    ("GET", "/console", 303),
    ("GET", "/console/", 200),
    ("POST", "/console/", 415),
    ("GET", "/console/now/", 401),
    ("GET", "/console/sessions/", 302),
    ("GET", "/console/session/", 302),
    ("POST", "/console/session/end/", 302),
    ("POST", "/console/end-all/", 302),
    ("POST", "/console/clear/", 302),
    ("POST", "/console/leave/", 302),
    ("PUT", "/", 405),
    ("GET", "/healthz", 200),
    ("GET", "/readyz", 200),
    ("GET", "/pkg/huihua.js", 200),
    ("GET", "/missing", 404),
];

#[tokio::test]
async fn every_answer_says_what_the_browser_may_do() {
    let console = ("CONSOLE_TOKEN", "a token of some length");
    let site = Running::start_with(&[("LEPTOS_ENV", "production"), console]).await;
    for (method, path, status) in REQUESTS {
        let mut browser = site.browser();
        let request = browser.request(method.parse().unwrap(), path);
        let page = browser.send(request).await;
        assert_eq!(page.status.as_u16(), *status, "{method} {path}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("strict-transport-security", "max-age=31536000"),
        ] {
            assert_eq!(page.header(name), value, "{method} {path}");
        }
        assert!(page.header("permissions-policy").contains("camera=()"));
        let policy = page.header("content-security-policy");
        for rule in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(rule), "{method} {path}: {policy}");
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
    }
    site.stop().await;
}

#[tokio::test]
async fn without_https_nobody_is_sent_there() {
    let site = Running::start().await;
    let page = site.browser().get("/").await;
    assert_eq!(page.header("strict-transport-security"), "");
    site.stop().await;
}

#[tokio::test]
async fn every_script_of_a_page_has_its_nonce_and_no_other_page_has_it() {
    let site = Running::start().await;
    let mut nonces = Vec::new();
    for path in ["/", "/", "/login/", "/missing"] {
        let page = site.browser().get(path).await;
        let policy = page.header("content-security-policy");
        let (_, rest) = policy.split_once("'nonce-").unwrap();
        let (nonce, _) = rest.split_once('\'').unwrap();
        assert!(nonce.len() >= 22, "{nonce}");
        let scripts = page.text.matches("<script").count();
        let known = page.text.matches(&format!("nonce=\"{nonce}\"")).count();
        assert!(scripts > 0 && known >= scripts, "{path}: {}", page.text);
        assert!(!page.text.contains("the-nonce-of-this-page"));
        assert!(
            !page.text.contains("<style") && !page.text.contains(" style="),
            "{path}"
        );
        assert!(!nonces.contains(&nonce.to_owned()));
        nonces.push(nonce.to_owned());
    }
    site.stop().await;
}

#[tokio::test]
async fn files_are_revalidated_compressed_and_given_no_session() {
    let site = Running::start().await;
    let mut browser = site.browser();
    browser.post("/login_handle/", "uname=m&expiry=never").await;
    for encoding in ["br", "gzip"] {
        let request = browser.request(Method::GET, "/pkg/huihua.js");
        let page = browser
            .send(request.header("accept-encoding", encoding))
            .await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.header("content-encoding"), encoding);
        assert_eq!(page.header("cache-control"), "no-cache");
        assert_eq!(page.header("set-cookie"), "");
        assert!(page.header("vary").contains("accept-encoding"));
    }
    let page = browser.get("/pkg/huihua.wasm").await;
    assert_eq!(page.header("content-type"), "application/wasm");
    let request = browser.request(Method::GET, "/pkg/huihua.wasm");
    let request = request.header("if-modified-since", page.header("last-modified"));
    assert_eq!(browser.send(request).await.status, StatusCode::NOT_MODIFIED);
    site.stop().await;
}

#[tokio::test]
async fn no_path_leads_out_of_the_site() {
    let site = Running::start().await;
    let mut browser = site.browser();
    for path in [
        "/missing",
        "/pkg/",
        "/%2e%2e/data/test.sqlite3",
        "/..%2fdata/test.sqlite3",
    ] {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        page.assert_has(&["没有这个页面"]);
    }
    site.stop().await;
}

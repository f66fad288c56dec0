use std::{fs, path::Path};

use axum::{Router, response::AppendHeaders, routing::get};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use reqwest::{Method, StatusCode};
use sha2::{Digest, Sha256};

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
        for rule in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(rule), "{method} {path}: {policy}");
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
    }
    site.stop().await;
}

#[tokio::test]
async fn the_page_of_an_error_depends_on_cookies_and_says_so() {
    let site = Running::start().await;
    for (method, path) in [("GET", "/missing"), ("PUT", "/missing"), ("PUT", "/login/")] {
        let mut browser = site.browser();
        let request = browser.request(method.parse().unwrap(), path);
        let page = browser.send(request).await;
        assert!(page.status.is_client_error());
        assert!(page.header("vary").contains("Cookie"), "{method} {path}");
    }
    site.stop().await;
}

#[tokio::test]
async fn a_path_that_no_file_can_have_is_not_there() {
    let site = Running::start().await;
    let long = format!("/{}", "a".repeat(300));
    let deep = "/a".repeat(3000);
    for path in [&long, &deep, "/%00", "/favicon.svg%00", "/pkg/%00x", "/pkg%00/x"] {
        for method in [Method::GET, Method::HEAD] {
            let mut browser = site.browser();
            let request = browser.request(method.clone(), path);
            let page = browser.send(request).await;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{method} {path}");
        }
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
async fn the_policy_of_a_page_names_each_of_its_scripts_by_hash_and_no_other() {
    let site = Running::start().await;
    let mut user = site.browser();
    user.post("/login_handle/", "uname=m").await;
    for path in ["/", "/login/", "/missing"] {
        for browser in [&mut site.browser(), &mut user] {
            let page = browser.get(path).await;
            let policy = page.header("content-security-policy");
            let scripts = page.text.split("<script").skip(1).map(|script| {
                let (_, script) = script.split_once('>').unwrap();
                script.split_once("</script>").unwrap().0
            });
            let hashes = scripts.map(|script| {
                let hash = BASE64_STANDARD.encode(Sha256::digest(script));
                format!("'sha256-{hash}'")
            });
            let hashes: Vec<String> = hashes.collect();
            assert!(!hashes.is_empty(), "{path}: {}", page.text);
            assert!(
                policy.contains(&format!("script-src 'self' {} ", hashes.join(" "))),
                "{path}: {policy}"
            );
            assert!(!policy.contains("nonce"), "{policy}");
            assert!(!page.text.contains("<style") && !page.text.contains(" style="), "{path}");
        }
    }
    site.stop().await;
}

#[tokio::test]
async fn the_page_of_every_guest_is_the_same_until_they_choose_another_look() {
    let site = Running::start().await;
    let guest = site.browser().get("/").await.text;
    let mut user = site.browser();
    user.post("/login_handle/", "uname=ming").await;
    assert!(user.get("/").await.text.contains("ming"));
    assert_eq!(site.browser().get("/").await.text, guest);
    let mut other = site.browser();
    for chosen in ["language=en", "theme=dark"] {
        other.post("/preferences/", chosen).await;
        assert_ne!(other.get("/").await.text, guest, "{chosen}");
    }
    assert_eq!(site.browser().get("/").await.text, guest);
    site.stop().await;
}

#[tokio::test]
async fn what_is_nothing_but_a_status_is_a_page_in_the_language_of_the_request() {
    let panicking =
        Router::new().route("/panic/", get(async || -> &'static str { panic!("on purpose") }));
    let site = Running::start_with_routes(panicking).await;
    let mut browser = site.browser();
    browser.post("/preferences/", "language=en").await;
    let large = "x".repeat(20_000);
    let requests = [
        (browser.request(Method::PUT, "/"), 405),
        (browser.request(Method::GET, "/panic/"), 500),
        (browser.request(Method::POST, "/login_handle/").body(large), 413),
        (
            browser
                .request(Method::POST, "/login_handle/")
                .header("content-type", "text/plain")
                .body("uname=m"),
            415,
        ),
        (
            browser
                .request(Method::POST, "/logout/")
                .header("content-type", "application/x-www-form-urlencoded")
                .body("%ff"),
            400,
        ),
    ];
    for (request, status) in requests {
        let page = browser.send(request).await;
        assert_eq!(page.status.as_u16(), status, "{}", page.text);
        assert!(page.text.contains("<html lang=\"en\""), "{}", page.text);
        assert!(page.text.contains("Back to the first page"), "{status}");
        let policy = page.header("content-security-policy");
        assert!(policy.contains("style-src 'self'"), "{status}: {policy}");
        assert!(page.header("cache-control").contains("no-store"));
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
        let page = browser.send(request.header("accept-encoding", encoding)).await;
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
    let unchanged = browser.send(request).await;
    assert_eq!(unchanged.status, StatusCode::NOT_MODIFIED);
    assert_eq!(unchanged.header("vary"), page.header("vary"));
    site.stop().await;
}

#[tokio::test]
async fn a_page_in_the_place_of_a_status_keeps_every_cookie_of_the_answer() {
    let failing = async || {
        let cookies = ["one=1", "two=2"].map(|cookie| ("set-cookie", cookie));
        (StatusCode::CONFLICT, AppendHeaders(cookies))
    };
    let routes = Router::new().route("/conflict/", get(failing));
    let site = Running::start_with_routes(routes).await;
    let page = site.browser().get("/conflict/").await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.assert_has(&["<title>"]);
    let cookies = page.headers.get_all("set-cookie");
    let cookies: Vec<_> = cookies.iter().collect();
    assert_eq!(cookies, ["one=1", "two=2"]);
    site.stop().await;
}

#[tokio::test]
async fn a_file_whose_name_has_a_hash_is_kept_for_ever() {
    let hashed = |folder: &Path| {
        let site = folder.join("site");
        for (kind, hash) in [
            ("js", "One-1abcdefghijklmnopq"),
            ("wasm", "Two_2abcdefghijklmnopq"),
            ("css", "Threeabcdefghijklmnopq"),
        ] {
            let file = |name: &str| site.join("pkg").join(name);
            let name = format!("huihua.{hash}.{kind}");
            fs::rename(file(&format!("huihua.{kind}")), file(&name)).unwrap();
        }
        fs::write(site.join("favicon.svg"), "<svg/>").unwrap();
        fs::write(site.join("pkg/huihua.js"), "// of a build without hashes").unwrap();
        fs::write(site.join("hash.txt"), "js: One-1abcdefghijklmnopq\nwasm: Two_2abcdefghijklmnopq\ncss: Threeabcdefghijklmnopq\n").unwrap();
    };
    let site = Running::start_in(hashed).await;
    let page = site.browser().get("/").await;
    page.assert_has(&[
        "/pkg/huihua.One-1abcdefghijklmnopq.js",
        "/pkg/huihua.Threeabcdefghijklmnopq.css",
        "huihua.Two_2abcdefghijklmnopq",
    ]);
    for (path, cache_control) in [
        ("/pkg/huihua.One-1abcdefghijklmnopq.js", "public, max-age=31536000, immutable"),
        ("/pkg/huihua.Threeabcdefghijklmnopq.css", "public, max-age=31536000, immutable"),
        ("/favicon.svg", "no-cache"),
        ("/pkg/huihua.js", "no-cache"),
        ("/pkg/huihua.One-2abcdefghijklmnopq.js", "no-store"),
    ] {
        let file = site.browser().get(path).await;
        assert_eq!(file.header("cache-control"), cache_control, "{path}");
    }
    // Only the file is kept for ever: no error in its place.
    let mut browser = site.browser();
    let path = "/pkg/huihua.One-1abcdefghijklmnopq.js";
    let posted = browser.request(Method::POST, path);
    let unacceptable =
        browser.request(Method::GET, path).header("accept-encoding", "identity;q=0, *;q=0");
    let out_of_range = browser.request(Method::GET, path).header("range", "bytes=999999999-");
    for (request, status) in [
        (posted, StatusCode::METHOD_NOT_ALLOWED),
        (unacceptable, StatusCode::NOT_ACCEPTABLE),
        (out_of_range, StatusCode::RANGE_NOT_SATISFIABLE),
    ] {
        let error = browser.send(request).await;
        assert_eq!((error.status, error.header("cache-control")), (status, "no-store"));
        error.assert_has(&["<title>"]);
    }
    site.stop().await;
}

#[tokio::test]
async fn no_path_leads_out_of_the_site() {
    let site = Running::start().await;
    let mut browser = site.browser();
    for path in ["/missing", "/pkg/", "/%2e%2e/data/test.sqlite3", "/..%2fdata/test.sqlite3"] {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        page.assert_has(&["没有这个页面"]);
    }
    site.stop().await;
}

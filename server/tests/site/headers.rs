use reqwest::{Method, StatusCode};

use crate::running::Running;

#[tokio::test]
async fn nothing_dynamic_is_cached() {
    let site = Running::start().await;
    let mut browser = site.browser();
    browser.post("/login_handle/", "uname=m").await;
    for path in ["/", "/login/", "/logout/", "/session/", "/missing"] {
        let page = browser.get(path).await;
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
        if path != "/missing" {
            assert_eq!(page.header("vary"), "Cookie", "{path}");
        }
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

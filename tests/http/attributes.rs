//! What stands beside the key in `Set-Cookie`, when a session begins and when it ends.

use huihua::SameSite;

use crate::{
    routes::routes,
    site::{Browser, Site},
};

#[tokio::test]
async fn the_cookie_has_the_attributes_that_were_chosen() {
    let site = Site::new().await;
    let chosen = site
        .layer()
        .with_secure(true)
        .with_name("sessionid")
        .with_same_site(SameSite::Strict)
        .with_domain("example.com")
        .with_path("/app");
    let browser = Browser::new(&routes().layer(chosen));
    let begun = browser.get("/login/ming").await;
    let ended = browser.get("/logout").await;
    for page in [&begun, &ended] {
        let cookie = page.set_cookie().unwrap();
        for attribute in
            ["; HttpOnly", "; Secure", "; SameSite=Strict", "; Domain=example.com", "; Path=/app"]
        {
            assert!(cookie.contains(attribute), "{attribute}: {cookie}");
        }
        assert_eq!(page.headers["vary"], "Cookie");
    }
    let removed = ended.set_cookie().unwrap();
    assert!(removed.starts_with("sessionid=;"), "{removed}");
    assert!(removed.contains("Max-Age=0"), "{removed}");
    assert!(removed.contains("Expires=Thu, 01 Jan 1970"), "{removed}");
}

#[tokio::test]
async fn the_cookie_has_no_attribute_that_was_taken_away() {
    let site = Site::new().await;
    let browser = Browser::new(&routes().layer(site.layer().with_http_only(false)));
    let page = browser.get("/login/ming").await;
    let cookie = page.set_cookie().unwrap();
    for attribute in ["HttpOnly", "Secure", "Domain"] {
        assert!(!cookie.contains(attribute), "{cookie}");
    }
    assert!(cookie.contains("; SameSite=Lax"), "{cookie}");
    assert!(cookie.contains("; Path=/"), "{cookie}");
}

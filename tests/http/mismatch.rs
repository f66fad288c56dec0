//! Handlers that take the `Session` of the other tower-sessions.

use axum::{Router, routing::get};
use http::StatusCode;
#[cfg(feature = "tower-sessions-0-15")]
use tower_sessions_core_0_14 as other;
#[cfg(not(feature = "tower-sessions-0-15"))]
use tower_sessions_core_0_15 as other;

use crate::site::{Browser, Site};

#[tokio::test]
async fn who_takes_the_session_of_another_version_is_told_which_is_served() {
    let site = Site::new().await;
    let (taken, served) =
        if cfg!(feature = "tower-sessions-0-15") { ("0.14", "0.15") } else { ("0.15", "0.14") };
    async fn read(session: other::Session) -> (StatusCode, String) {
        let seen = session.get::<u32>("seen").await;
        (StatusCode::INTERNAL_SERVER_ERROR, seen.unwrap_err().to_string())
    }
    async fn write(session: other::Session) -> (StatusCode, String) {
        let written = session.insert("seen", 1).await;
        (StatusCode::INTERNAL_SERVER_ERROR, written.unwrap_err().to_string())
    }
    async fn flush(session: other::Session) -> (StatusCode, String) {
        (StatusCode::INTERNAL_SERVER_ERROR, session.flush().await.unwrap_err().to_string())
    }
    let routes =
        Router::new().route("/r", get(read)).route("/w", get(write)).route("/f", get(flush));
    let browser = Browser::new(&routes.layer(site.layer()));
    for path in ["/r", "/w", "/f"] {
        let page = browser.get(path).await;
        assert!(page.text.contains(&format!("tower-sessions {taken}")), "{}", page.text);
        assert!(page.text.contains(&format!("that of {served}")), "{}", page.text);
        assert!(page.text.contains("feature tower-sessions-0-15"), "{}", page.text);
    }
    assert_eq!(site.rows().await, 0);
}

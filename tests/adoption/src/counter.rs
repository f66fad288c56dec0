//! Counts visits: the session as an extractor, and an expiry of the site's.

use axum::{Router, http::StatusCode, routing::get};
use time::Duration;
use tower_sessions::{Expiry, Session};

use crate::{browser::Browser, ours, stock};

const IDLE: Expiry = Expiry::OnInactivity(Duration::minutes(10));

async fn count(session: Session) -> Result<String, StatusCode> {
    let failed = |_| StatusCode::INTERNAL_SERVER_ERROR;
    let visits: u32 = session.get("visits").await.map_err(failed)?.unwrap_or_default();
    session.insert("visits", visits + 1).await.map_err(failed)?;
    Ok(format!("visit {}", visits + 1))
}

fn routes() -> Router {
    Router::new().route("/", get(count))
}

#[tokio::test]
async fn visits_are_counted() {
    for site in [
        routes().layer(stock().with_expiry(IDLE).with_name("counter")),
        routes().layer(ours().with_expiry(IDLE).with_name("counter")),
    ] {
        let mut browser = Browser::new(site);
        for visit in ["visit 1", "visit 2", "visit 3"] {
            assert_eq!(browser.get("/").await.text, visit);
        }
        assert!(browser.cookies()[0].starts_with("counter="));
    }
}

//! For whoever watches the process.

use std::time::Duration;

use axum::{extract::State, http::StatusCode};
use huihua::{Store, key::SessionKey};
use tokio::time::timeout;

use crate::site::SiteState;

/// How long the store may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// The process is up.
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// The store answers.
pub(crate) async fn ready(State(state): State<SiteState>) -> (StatusCode, &'static str) {
    let engine = match &state.store {
        None => return (StatusCode::OK, "ok, sessions are off\n"),
        Some(Store::Cookie) => return (StatusCode::OK, "ok, sessions are in their cookies\n"),
        Some(Store::Rows(engine)) => engine,
    };
    // Nobody has this key, so a store that works says so.
    let key = SessionKey::generate().stored(true);
    let why = match timeout(PATIENCE, engine.load(&key)).await {
        Ok(Ok(_)) => return (StatusCode::OK, "ok\n"),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "it has not answered in time".to_owned(),
    };
    tracing::error!(why, "the session store is broken");
    let said = "the session store is not answering\n";
    (StatusCode::SERVICE_UNAVAILABLE, said)
}

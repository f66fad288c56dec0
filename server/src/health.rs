//! For whoever watches the process.

use axum::{extract::State, http::StatusCode};
use huihua::Store;

use crate::{operator, site::SiteState};

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
    match operator::look_up(engine).await {
        Ok(_) => (StatusCode::OK, "ok\n"),
        Err(why) => {
            tracing::error!(why, "the session store is broken");
            let said = "the session store is not answering\n";
            (StatusCode::SERVICE_UNAVAILABLE, said)
        }
    }
}

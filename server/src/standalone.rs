//! Pages that stand alone, because what they would lean on may be broken too.

use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};

/// Sent with 503 while the store is broken.
pub(crate) const UNAVAILABLE: &str = include_str!("unavailable.html");
/// The same once a handler has run: what it did may be done in part.
pub(crate) const UNSAVED: &str = include_str!("unsaved.html");

/// The answer to an operator whose store didn't answer.
pub(crate) fn store_failed(error: huihua::engine::Error) -> Response {
    tracing::error!(%error, "the session store is broken");
    (StatusCode::SERVICE_UNAVAILABLE, Html(UNAVAILABLE)).into_response()
}

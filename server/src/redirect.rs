//! Redirects to paths of this site.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{MethodRouter, get},
};

/// 302 to `path`.
pub(crate) fn redirect(path: &str) -> Response {
    // What isn't ASCII has no place in an address.
    let location = HeaderValue::try_from(path).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::FOUND, [(header::LOCATION, location)]).into_response()
}

/// A route that answers GET with 303 to `path`.
pub(crate) fn get_redirect<S: Clone + Send + Sync + 'static>(
    path: &'static str,
) -> MethodRouter<S> {
    get(move || async move { Redirect::to(path) })
}

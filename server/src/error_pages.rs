//! Pages for answers that are nothing but a status: a body that is too large, a method that a route
//! doesn't have, a request that took too long, a panic. Those of a broken store stand alone, because what
//! they would lean on may be broken too.

use std::panic::{AssertUnwindSafe, catch_unwind};

use app::preferences::Preferences;
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use huihua::layer::{Failure, FailureKind};

use crate::{pages::error_page, state::SiteState};

/// Sent with 503 while the store is broken.
pub(crate) const UNAVAILABLE: &str = include_str!("unavailable.html");
/// The same once a handler has run: what it did may be done in part.
pub(crate) const UNSAVED: &str = include_str!("unsaved.html");

/// The page in the place of a handler's whose session can't be had or kept.
pub(crate) fn without_session(failure: &Failure<'_>) -> Response {
    match failure.kind {
        FailureKind::Unavailable => Html(UNAVAILABLE).into_response(),
        FailureKind::Unsaved => Html(UNSAVED).into_response(),
        // A page of the site is put there.
        _ => ().into_response(),
    }
}

/// The answer to an operator whose store didn't answer.
pub(crate) fn store_failed(error: huihua::engine::Error) -> Response {
    tracing::error!(%error, "the session store is broken");
    (StatusCode::SERVICE_UNAVAILABLE, Html(UNAVAILABLE)).into_response()
}

/// Puts a page of the site in the place of an error that has none, in the language of the request's cookies.
pub(crate) fn with_page(
    state: &SiteState,
    cookies: Option<HeaderValue>,
    response: Response,
) -> Response {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() || has_own_body(&response) {
        return response;
    }
    let cookies = cookies.map(|cookies| (header::COOKIE, cookies));
    let preferences = Preferences::from_cookies(&HeaderMap::from_iter(cookies));
    // An error without a page is better than a cut connection.
    let Ok(page) = catch_unwind(AssertUnwindSafe(|| error_page(state, preferences, status))) else {
        return response;
    };
    let (page, body) = page.into_parts();
    // The others stay: cookies, how long to wait, which methods there are.
    let (mut parts, _) = response.into_parts();
    for of_the_body in [header::CONTENT_LENGTH, header::CONTENT_ENCODING, header::LAST_MODIFIED] {
        parts.headers.remove(of_the_body);
    }
    parts.headers.extend(page.headers);
    Response::from_parts(parts, body)
}

/// `true`: a response is more than a library's word for its status, or a file under a status that
/// refuses it.
fn has_own_body(response: &Response) -> bool {
    let content_type = response.headers().get(header::CONTENT_TYPE);
    let is = |kind: &str| content_type.is_some_and(|it| it.as_bytes().starts_with(kind.as_bytes()));
    is("text/html") || is("application/json")
}

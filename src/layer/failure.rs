//! The responses in the place of the handler's, where a session can't be had or kept.

use std::{any::Any, fmt, sync::Arc};

use axum_core::{body::Body, response::IntoResponse};
use http::{
    HeaderMap, HeaderValue, Response, StatusCode,
    header::{
        CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, LAST_MODIFIED,
        RETRY_AFTER, TRANSFER_ENCODING,
    },
};

use super::response::vary_by_cookie;
use crate::engine;

/// Seconds after which a browser may try again when the store is broken.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("5");
const UNAVAILABLE_PAGE: &str = "<!doctype html><html lang=\"en\"><title>Unavailable</title>\
    <p>The session store is not answering. Nothing is lost: please try again in a moment.";
const UNSAVED_PAGE: &str = "<!doctype html><html lang=\"en\"><title>Not saved</title>\
    <p>The session store stopped answering before all was saved, so what you just did may be done only \
    in part. Please look before you do it again.";
const NOT_KEPT_PAGE: &str = "<!doctype html><html lang=\"en\"><title>Not kept</title>\
    <p>Your session holds more than this site keeps, so it was left as it was.";

/// Why a session can't be had or kept: see [`SessionLayer::with_failure_response`](super::SessionLayer).
#[derive(Debug)]
#[non_exhaustive]
pub struct Failure<'a> {
    /// What has come of the request.
    pub kind: FailureKind,
    /// Why, for the log.
    pub error: &'a engine::Error,
}

/// What has come of a request whose session can't be had or kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailureKind {
    /// The store failed before the handler ran: nothing has happened. 503, with `Retry-After`.
    Unavailable,
    /// The store failed after the handler had run: what it did to the session isn't saved, and what it did
    /// elsewhere is done. 503.
    Unsaved,
    /// The handler has run, and the session is too large to be kept, or can't be read. 500.
    NotKept,
}

impl FailureKind {
    fn status(self) -> StatusCode {
        match self {
            Self::Unavailable | Self::Unsaved => StatusCode::SERVICE_UNAVAILABLE,
            Self::NotKept => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

type Respond = dyn Fn(&Failure<'_>) -> Response<Body> + Send + Sync;

/// Makes the responses.
#[derive(Clone)]
pub(super) struct FailureResponse(Arc<Respond>);

impl Default for FailureResponse {
    fn default() -> Self {
        Self::new(|failure| {
            let page = match failure.kind {
                FailureKind::Unavailable => UNAVAILABLE_PAGE,
                FailureKind::Unsaved => UNSAVED_PAGE,
                FailureKind::NotKept => NOT_KEPT_PAGE,
            };
            ([(CONTENT_TYPE, "text/html; charset=utf-8")], page)
        })
    }
}

impl fmt::Debug for FailureResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FailureResponse")
    }
}

impl FailureResponse {
    pub(super) fn new<R: IntoResponse>(
        respond: impl Fn(&Failure<'_>) -> R + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(move |failure| respond(failure).into_response()))
    }

    pub(super) fn of<B: Default + 'static>(
        &self,
        kind: FailureKind,
        error: &engine::Error,
    ) -> Response<B> {
        let (mut parts, page) = self.0(&Failure { kind, error }).into_parts();
        parts.status = kind.status();
        let headers = &mut parts.headers;
        if kind == FailureKind::Unavailable {
            headers.entry(RETRY_AFTER).or_insert(RETRY_AFTER_SECONDS);
        }
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        vary_by_cookie(headers);
        let body = body(page, headers);
        Response::from_parts(parts, body)
    }
}

/// The page as a body of another type. All that is known of most types is how to make an empty one, so a page
/// can be sent where it is axum's.
fn body<B: Default + 'static>(page: Body, headers: &mut HeaderMap) -> B {
    let mut body = B::default();
    if let Some(body) = (&mut body as &mut dyn Any).downcast_mut() {
        *body = page;
    } else {
        for of_the_page in
            [CONTENT_TYPE, CONTENT_ENCODING, CONTENT_LENGTH, ETAG, LAST_MODIFIED, TRANSFER_ENCODING]
        {
            headers.remove(of_the_page);
        }
    }
    body
}

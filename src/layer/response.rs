//! Headers of responses, and those that say that a store failed.

use http::{
    HeaderMap, HeaderValue, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, VARY},
};

/// Seconds after which a browser may try again when the store is broken.
pub(super) const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("5");
/// Keeps every cache from a visitor's own page: `private` is for those that know no `no-store`.
pub(super) const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-store");
pub(super) const UNAVAILABLE_PAGE: &str = "<!doctype html><html lang=\"en\"><title>Unavailable</title>\
    <p>The session store is not answering. Nothing is lost: please try again in a moment.";
pub(super) const UNSAVED_PAGE: &str = "<!doctype html><html lang=\"en\"><title>Not saved</title>\
    <p>The session store stopped answering before all was saved, so what you just did may be done only \
    in part. Please look before you do it again.";
pub(super) const NOT_KEPT_PAGE: &str = "<!doctype html><html lang=\"en\"><title>Not kept</title>\
    <p>Your session holds more than this site keeps, so it was left as it was.";

pub(super) fn failure<B: From<&'static str>>(
    status: StatusCode,
    page: &'static str,
) -> Response<B> {
    let mut response = Response::new(B::from(page));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    vary_by_cookie(headers);
    response
}

pub(super) fn vary_by_cookie(headers: &mut HeaderMap) {
    if !headers.get_all(VARY).iter().any(names_cookie) {
        headers.append(VARY, HeaderValue::from_static("Cookie"));
    }
}

fn names_cookie(vary: &HeaderValue) -> bool {
    let mut names = vary.to_str().unwrap_or_default().split(',').map(str::trim);
    names.any(|name| name == "*" || name.eq_ignore_ascii_case("cookie"))
}
